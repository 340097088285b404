"""Object code linked into this process: by this project's own linker if it takes the object, else by
LLVM's JIT linker."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from ireelite.executables.elf_link import LinkedCode
from ireelite.status import StatusCode, StatusError

_library_number = itertools.count()


def link(object_code: bytes, names: Sequence[str]) -> tuple[Any, list[int]]:
    """Links an object; returns what keeps the code alive and the addresses of the functions. Raises
    INTERNAL if the object refers to a symbol that does not exist.
    """
    try:
        code = LinkedCode(object_code, names)
    except ValueError:
        return _link_by_llvm(object_code, names)
    return code, code.addresses


def _link_by_llvm(object_code: bytes, names: Sequence[str]) -> tuple[Any, list[int]]:
    from ireelite.executables.native_object import llvm

    jit = _jit()
    builder = llvm().JITLibraryBuilder().add_object_img(object_code)
    for name in names:
        builder.export_symbol(name)
    try:
        tracker = builder.link(jit, f"ireelite{next(_library_number)}")
        return tracker, [tracker[name] for name in names]
    except (RuntimeError, KeyError) as error:
        raise StatusError(StatusCode.INTERNAL, f"native code cannot be linked: {error}") from error


LINKS_PER_JIT = 16
"""LLVM keeps 9 KB of each object that it ever linked until the JIT goes, which its last code keeps;
a new JIT costs as much as four links."""
_shared_jit: list[Any] = []
"""The JIT in use, once for each link that it has left."""


def _jit() -> Any:
    """Returns the process's JIT, made when the first native executable is loaded and renewed now
    and then.
    """
    try:
        return _shared_jit.pop()
    except IndexError:
        from ireelite.executables.native_object import llvm

        jit = llvm().create_lljit_compiler(use_jit_link=True)
        _shared_jit.extend([jit] * (LINKS_PER_JIT - 1))
        return jit
