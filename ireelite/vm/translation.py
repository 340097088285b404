"""A bytecode function as Python code, kept between processes as Python keeps its own modules'."""

from __future__ import annotations

import marshal
import sys
from functools import cache
from os import scandir
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING

from ireelite.executables.code_cache import cached, digest
from ireelite.light_named_tuple import NamedTuple

if TYPE_CHECKING:
    from ireelite.vm.module_facts import ModuleFacts

MAX_KEPT_MODULE = 1 << 20
"""Bytes of the largest module whose translations are kept: they are found by the content of it all,
which takes a millisecond to digest.
"""


class Translation(NamedTuple):
    """A function's Python code."""

    ordinal: int
    source: str
    code: CodeType
    places: list[tuple[int, int, str | None] | None]
    """For each line, from 0: pc of its instruction, pc behind it, and the import that it calls."""
    heads: tuple[int, ...]
    """The heads of the loops that can go on as native code."""


def kept_translation(
    facts: ModuleFacts, key: str | None, ordinal: int, recording: bool, limited: bool
) -> Translation | None:
    """Returns a function as Python, or None if only the interpreter can run it: what a process before
    this one made of the same module, else a new translation. `key` is its `module_digest`.
    """

    def make() -> bytes:
        # Imported here, as what was kept needs no translator.
        from ireelite.vm.translator import translate

        made.append(translate(facts, ordinal, recording, limited, compiling=not recording))
        return marshal.dumps(None if made[0] is None else tuple(made[0]))

    made: list[Translation | None] = []
    if key is None:
        make()
    else:
        parts = ("translation", sys.version, key)
        data = cached((*parts, f"{ordinal} {recording} {limited}"), make)
        if not made:
            row = marshal.loads(data)
            return None if row is None else Translation(*row)
    return made[0]


def module_digest(data: memoryview) -> str | None:
    """Returns the digest of a module's bytes and of what translates them; None for a module that is
    too large, or if the code of the translator is in no folder.
    """
    if data.nbytes > MAX_KEPT_MODULE:
        return None
    try:
        return digest(_translator().encode() + digest(data)).hex()
    except OSError:
        return None


@cache
def _translator() -> str:
    """Returns what changes whenever the code of this package and of what reads bytecode does. Raises
    OSError if the code is in no folder.
    """
    folder = Path(__file__).parent
    rows = [
        f"{entry.path} {(status := entry.stat()).st_mtime_ns} {status.st_size}"
        for place in (folder, folder / "jit", folder.parent / "bytecode")
        for entry in scandir(place)
        if entry.name.endswith(".py")
    ]
    return digest("\n".join(sorted(rows)).encode()).hex()
