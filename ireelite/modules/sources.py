"""Modules as they are written on command lines.

    file.vmfb                       bytecode
    -                               bytecode from standard input
    my_module.py                    what `create()` of a Python file returns
    my_module.py@create?key=value&key=value
    lib.so, lib.so@export?key=value&key=value
                                    what a function of a shared library makes

Parameters are strings. They are taken as they stand: there are no percent escapes, a key without
`=` is empty, and of two with one name a Python function gets the last.
"""

from __future__ import annotations

import importlib.util
import inspect
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

from ireelite.files import is_file
from ireelite.modules.python_module import PyModuleInterface, failure
from ireelite.status import StatusCode, StatusError, invalid_argument, near_names, not_found

if TYPE_CHECKING:
    from types import ModuleType

    from ireelite.vm.instance import Instance
    from ireelite.vm.module import Module

PYTHON_SUFFIX = ".py"
DYNAMIC_SUFFIXES = (".so", ".dylib", ".dll", ".sos")
DEFAULT_FUNCTION = "create"
"""What makes the module in a Python file."""


@dataclass(frozen=True)
class ModuleSource:
    """Where a module comes from."""

    path: str
    """A file; `-` is standard input."""
    export: str = ""
    """The function that makes it; empty for the default."""
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def kind(self) -> str:
        """`python`, `dynamic` or `bytecode`, by the file's name."""
        suffix = Path(self.path).suffix
        if suffix == PYTHON_SUFFIX:
            return "python"
        return "dynamic" if suffix in DYNAMIC_SUFFIXES else "bytecode"


def parse_source(text: str) -> ModuleSource:
    """Reads `path@export?key=value&key=value`, in which all but the path can be left out.

    Raises INVALID_ARGUMENT for an export or parameters of bytecode, which has none.
    """
    if text == "-" or is_file(text):
        return ModuleSource(text)
    marks = [at for at, character in enumerate(text) if character == "@"]
    mark = next((at for at in marks if is_file(text[:at])), marks[0] if marks else None)
    if mark is None:
        path, _, query = text.partition("?")
        export = ""
    else:
        path = text[:mark]
        export, _, query = text[mark + 1 :].partition("?")
    source = ModuleSource(path, export, _parameters(query))
    if source.kind == "bytecode" and (export or source.parameters):
        raise invalid_argument(
            f"'{text}': a bytecode module has neither an export to name nor parameters"
        )
    return source


def _parameters(query: str) -> tuple[tuple[str, str], ...]:
    query = query.removeprefix("&").removesuffix("&").strip()
    if not query:
        return ()
    pairs = [item.partition("=") for item in query.split("&")]
    return tuple((key, value) for key, _, value in pairs)


def load_code(source: ModuleSource, instance: Instance, trusted: bool = True) -> Module:
    """The module of a Python file or a shared library.

    Raises PERMISSION_DENIED unless `trusted`, and whatever keeps it from being made.
    """
    if source.kind == "dynamic":
        from ireelite.modules.dynamic import load_dynamic_module

        return load_dynamic_module(
            source.path,
            source.export or None,
            source.parameters,
            instance=instance,
            trusted=trusted,
        )
    try:
        if not trusted:
            raise StatusError(
                StatusCode.PERMISSION_DENIED,
                "a Python module is code of this process, which is not run unless it is trusted",
            )
        return _create(source, _run_file(source.path))
    except StatusError as error:
        raise error.annotate(f"loading python module at '{source.path}'") from error.__cause__


def as_module(value: Any) -> Module | None:
    """The VM's module that an object is, or stands for; None if it does neither."""
    for candidate in (value, getattr(value, "module", None)):
        if all(hasattr(candidate, name) for name in ("name", "dependencies", "instantiate")):
            return candidate
    return None


def _run_file(path: str) -> ModuleType:
    """The file as a Python module of its own; what lies beside it can be imported meanwhile."""
    if not is_file(path):
        raise not_found(f"failed to open file '{path}'")
    # The same name each time: its types are then known as newer versions of what they were before.
    name = f"ireelite_module_file_{Path(path).stem}_{crc32(os.fsencode(Path(path).resolve())):08x}"
    before = sys.modules.get(name)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    folder = str(Path(path).resolve().parent)
    sys.modules[name] = module
    sys.path.insert(0, folder)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        if before is not None:
            sys.modules[name] = before
        raise failure(error, f"file '{path}'") from error
    finally:
        sys.path.remove(folder)
    return module


def _create(source: ModuleSource, file: ModuleType) -> Module:
    name = source.export or DEFAULT_FUNCTION
    function = getattr(file, name, None)
    if not callable(function):
        own = [
            known
            for known, value in vars(file).items()
            if inspect.isfunction(value) and value.__module__ == file.__name__
        ]
        raise not_found(f"no function `{name}` in '{source.path}'{near_names(name, own)}")
    parameters = dict(source.parameters)
    _check_parameters(name, function, parameters)
    try:
        made = function(**parameters)
    except (Exception, SystemExit) as error:
        raise failure(error, f"`{name}` of '{source.path}'") from error
    module = as_module(made)
    if module is None:
        hint = "; return interface.create()" if isinstance(made, PyModuleInterface) else ""
        raise invalid_argument(
            f"`{name}` of '{source.path}' returned {type(made).__name__}; "
            f"a module is expected, as PyModuleInterface.create() makes it{hint}"
        )
    return module


def _check_parameters(name: str, function: Any, given: dict[str, str]) -> None:
    """Raises INVALID_ARGUMENT for parameters that the function has not, or must have and lacks."""
    known = inspect.signature(function).parameters.values()
    named = {
        row.name: row for row in known if row.kind in (row.POSITIONAL_OR_KEYWORD, row.KEYWORD_ONLY)
    }
    if not any(row.kind == row.VAR_KEYWORD for row in known):
        for key in given:
            if key not in named:
                raise invalid_argument(
                    f"`{name}` has no parameter '{key}'{near_names(key, list(named))}"
                )
    missing = [
        row.name
        for row in known
        if row.default is row.empty
        and row.name not in given
        and row.kind not in (row.VAR_KEYWORD, row.VAR_POSITIONAL)
    ]
    if missing:
        raise invalid_argument(f"`{name}` needs the parameter '{missing[0]}'")
