"""Shared objects in this process, from bytes.

The bytes are written to a file of their own, which nobody else can change: a library may be
overwritten in place while this process runs an older copy of it, and each load is a library by
itself, with its own globals, even if the system would take both for the same file.
"""

from __future__ import annotations

import ctypes
import os
import weakref

from ireelite.status import StatusCode, StatusError


class SharedObject:
    """A shared object, until `close` or until the last reference to it goes."""

    def __init__(self, data: memoryview, what: str = "executable"):
        """Loads the object, which runs its constructors.

        Raises DATA_LOSS if the system does not take it, RESOURCE_EXHAUSTED if it cannot be
        written; `what` begins the message.
        """
        file, path = _private_file(data, what)
        try:
            self._library = ctypes.CDLL(path)
        except OSError as error:
            os.close(file)
            reason = str(error).removeprefix(f"{path}: ")
            raise StatusError(StatusCode.DATA_LOSS, f"{what} cannot be loaded: {reason}") from error
        finally:
            if not path.startswith("/proc/"):
                os.unlink(path)
        # The system takes a path that it has loaded before for the same library,
        # so the file is closed, and its number used again, only once that is gone.
        self.close = weakref.finalize(self, _unload, self._library._handle, file)
        """Unloads it, which runs its destructors; once."""
        self.close.atexit = False

    def address(self, name: str) -> int | None:
        """Returns the address of a symbol; None if the object does not export it."""
        try:
            return ctypes.addressof(ctypes.c_char.in_dll(self._library, name))
        except ValueError:
            return None


def _private_file(data: memoryview, what: str) -> tuple[int, str]:
    """Writes the bytes to a new file; returns its descriptor and path. Raises RESOURCE_EXHAUSTED."""
    try:
        if hasattr(os, "memfd_create"):
            file = os.memfd_create("ireelite-shared-object")
            path = f"/proc/self/fd/{file}"
        else:
            import tempfile

            file, path = tempfile.mkstemp(prefix="ireelite-", suffix=".so")
        rest = data.cast("B")
        while len(rest):
            rest = rest[os.write(file, rest) :]
    except OSError as error:
        raise StatusError(
            StatusCode.RESOURCE_EXHAUSTED, f"{what} cannot be written to a file: {error}"
        ) from error
    return file, path


def _unload(handle: int, file: int) -> None:
    from _ctypes import dlclose

    dlclose(handle)
    os.close(file)
