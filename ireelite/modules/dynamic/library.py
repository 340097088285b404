"""A loaded library: from the first look at its file to its unloading."""

from __future__ import annotations

import ctypes
import os
import platform
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ireelite.executables.elf_image import MACHINE_OF, shared_object_defect
from ireelite.loaders.shared_object import SharedObject
from ireelite.modules.dynamic import abi
from ireelite.modules.dynamic.host import Host
from ireelite.modules.dynamic.threads import call_library, outside
from ireelite.status import StatusCode, StatusError, not_found
from ireelite.vm.instance import Instance

_ELF = b"\x7fELF"
_MAGIC = (_ELF, b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"MZ")
"""How shared libraries begin: ELF, Mach-O of one and of several machines, PE."""

_LARGEST_TABLE = 1 << 12
_FIRST_TABLE = abi.ModuleTable.call.offset + ctypes.sizeof(ctypes.c_void_p)
"""Bytes of a module's table in version 1.0."""


class Library:
    """A library and the module that it has made.

    States and objects refer to it; when the last of them and the module are gone, the module is
    destroyed, its types are unregistered, and the library is unloaded.
    """

    def __init__(self, path: str | os.PathLike[str], instance: Instance):
        """Loads a library. Raises NOT_FOUND for a missing file, DATA_LOSS for what is no library
        of this system's, INCOMPATIBLE for one that is not made for this interface.
        """
        data = _read(path)
        _check_file(path, data)
        self.shared = SharedObject(memoryview(data), f"library '{path}'")
        self.host = Host(instance, f"library {Path(path).resolve()}")
        self.host.library = weakref.ref(self)
        self._ended = weakref.finalize(self, _end, self.shared, self.host)
        try:
            _check_marker(path, self.shared.address(abi.MARKER))
        except StatusError:
            self.unload()
            raise

    def create(self, export: str, params: Sequence[tuple[str, str]]) -> abi.ModuleTable:
        """Calls the function that makes the module. Raises NOT_FOUND if there is none, what it
        fails with, and INTERNAL for a module that cannot be one.
        """
        address = self.shared.address(export)
        if address is None:
            raise not_found(f"the library exports no function '{export}'")
        texts = [text.encode() for pair in params for text in pair]
        buffers = [ctypes.create_string_buffer(text, len(text) + 1) for text in texts]
        views = [
            abi.StringView(ctypes.addressof(buffer), len(text))
            for buffer, text in zip(buffers, texts)
        ]
        pairs = (abi.StringPair * max(len(params), 1))(*zip(views[::2], views[1::2]))
        out = ctypes.c_void_p()
        self.host.call(
            abi.Create(address), abi.VERSION, self.host.address, len(params),
            ctypes.addressof(pairs), ctypes.addressof(out),
        )  # fmt: skip
        if not out.value:
            raise _broken(f"'{export}' made no module and gave no error")
        table = _checked_table(out.value)
        if table.destroy:
            self.host.end_module = abi.Destroy(table.destroy), table.self
        return table

    def unload(self) -> None:
        """Ends the library now; for one whose module was never given to anybody."""
        self._ended()


def _end(shared: SharedObject, host: Host) -> None:
    def end() -> None:
        errors: list[BaseException] = []
        if host.end_module is not None:
            errors += _errors_of(host, *host.end_module)
        host.unregister_types()
        # What a failed start has left behind is destroyed while there is code to do it.
        host.references.clear()
        errors += _errors_of(host, shared.close)
        host.close()
        if errors:
            raise errors[0]

    outside(end)


def _errors_of(host: Host, *call: Any) -> list[BaseException]:
    """Returns what failed in a call that is part of an end, which must go on."""
    _, error = call_library(host.stray, *call)
    return [] if error is None else [error]


def _read(path: str | os.PathLike[str]) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise not_found(f"failed to open file '{path}': {error.strerror}") from error


def _check_file(path: str | os.PathLike[str], data: bytes) -> None:
    """Checks what can be checked before the library's constructors run."""
    if not data.startswith(_MAGIC):
        raise StatusError(StatusCode.DATA_LOSS, f"'{path}' is not a shared library")
    machine = MACHINE_OF.get(platform.machine().lower())
    if data.startswith(_ELF) and machine is not None:
        defect = shared_object_defect(memoryview(data), machine)
        if defect is not None:
            raise StatusError(
                StatusCode.DATA_LOSS, f"'{path}' is not a shared library for this machine: {defect}"
            )
    if abi.MARKER.encode() not in data:
        raise _foreign(path)


def _foreign(path: str | os.PathLike[str]) -> StatusError:
    return StatusError(
        StatusCode.INCOMPATIBLE,
        f"'{path}' was not built for this runtime: it does not export {abi.MARKER}; a library that "
        "was built for IREE's own runtime or for another one would crash here; build it with the "
        "header ireelite/dynamic_module.h",
    )


def _check_marker(path: str | os.PathLike[str], address: int | None) -> None:
    if address is None:
        raise _foreign(path)
    marker = abi.Marker.from_address(address)
    if marker.magic != abi.MAGIC:
        raise _foreign(path)
    if marker.version >> 16 != abi.VERSION >> 16:
        raise StatusError(
            StatusCode.INCOMPATIBLE,
            f"'{path}' was built for version {version_text(marker.version)} of the dynamic module "
            f"interface; this runtime has {version_text(abi.VERSION)}",
        )
    if marker.pointer_size != ctypes.sizeof(ctypes.c_void_p):
        raise StatusError(
            StatusCode.INCOMPATIBLE, f"'{path}' has pointers of {marker.pointer_size} bytes"
        )


def version_text(version: int) -> str:
    """Formats a version as `1.0`."""
    return f"{version >> 16}.{version & 0xFFFF}"


def _checked_table(address: int) -> abi.ModuleTable:
    """Returns the module's table; what a newer version has behind it is left alone."""
    table = abi.ModuleTable.from_address(address)
    if not _FIRST_TABLE <= table.struct_size <= _LARGEST_TABLE:
        raise _broken(f"its struct_size is {table.struct_size}")
    if table.abi_version >> 16 != abi.VERSION >> 16:
        raise _broken(f"its abi_version is {version_text(table.abi_version)}")
    if not table.call:
        raise _broken("it has no function `call`")
    return table


def _broken(why: str) -> StatusError:
    return StatusError(StatusCode.INTERNAL, f"the library's module cannot be used: {why}")
