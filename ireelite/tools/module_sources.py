"""`--module=` flags: files, standard input, Python files and shared libraries, in load order."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ireelite.files import code_of, is_file, not_a_file, reason
from ireelite.modules.sources import ModuleSource, load_code, parse_source
from ireelite.status import StatusError, invalid_argument
from ireelite.vm.bytecode_module import BytecodeModule

if TYPE_CHECKING:
    from ireelite.vm.instance import Instance
    from ireelite.vm.module import Module


def load_sources(texts: Sequence[str], instance: Instance, trusted: bool = True) -> list[Module]:
    """Returns the modules of a command line.

    Raises INVALID_ARGUMENT for standard input named twice, PERMISSION_DENIED for anything but
    bytecode unless `trusted`, and what keeps a module from being loaded, each with upstream's
    contexts.
    """
    if texts.count("-") > 1:
        raise invalid_argument("--module=- is given twice; standard input holds one module")
    try:
        return [_load(parse_source(text), instance, trusted) for text in texts]
    except StatusError as error:
        error.annotate("loading modules and dependencies")
        raise


def _load(source: ModuleSource, instance: Instance, trusted: bool) -> Module:
    if source.kind != "bytecode":
        return load_code(source, instance, trusted)
    try:
        return _read(source.path)
    except (OSError, ValueError) as error:
        failure = StatusError(
            code_of(error), f"failed to open file '{source.path}': {reason(error)}"
        )
        raise failure.annotate(f"loading bytecode module at '{source.path}'") from error
    except StatusError as error:
        error.annotate(f"loading bytecode module at '{source.path}'")
        raise


def _read(path: str) -> BytecodeModule:
    if path == "-":
        return BytecodeModule.from_bytes(sys.stdin.buffer.read())
    if not is_file(path):
        raise not_a_file(path)
    return BytecodeModule.from_file(path)
