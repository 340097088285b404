"""Reading and writing the files that users name.

A file is written whole or not at all: to a temporary beside it, which then takes its name. Its mode
stays, a link to it stays a link, and a device or a pipe, which has no contents to protect, is
written where it is.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from ireelite.light_dataclass import light_dataclass
from ireelite.status import StatusCode, StatusError

DESCRIPTORS = r"/dev/fd|/proc/(?:self|thread-self|\d+)(?:/task/\d+)?/fd"
"""Directories whose entries are what a process has open: `/dev/stdout` is a link into one."""

LONGEST_CHAIN = 40
"""Links that the system follows."""


CODES = {
    errno.ENOENT: StatusCode.NOT_FOUND,
    errno.EACCES: StatusCode.PERMISSION_DENIED,
    errno.EPERM: StatusCode.PERMISSION_DENIED,
    errno.EISDIR: StatusCode.FAILED_PRECONDITION,
    errno.ENOTDIR: StatusCode.FAILED_PRECONDITION,
    errno.EINVAL: StatusCode.INVALID_ARGUMENT,
    errno.ENAMETOOLONG: StatusCode.INVALID_ARGUMENT,
}
"""Error number of the operating system -> status code; UNAVAILABLE for all others."""


def code_of(error: OSError | ValueError) -> StatusCode:
    """Returns the status code of an error with a path: INVALID_ARGUMENT for one that no system
    takes.
    """
    if isinstance(error, OSError):
        return CODES.get(error.errno or 0, StatusCode.UNAVAILABLE)
    return StatusCode.INVALID_ARGUMENT


def reason(error: OSError | ValueError) -> str:
    """Returns why a path could not be opened, in the system's words."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return "the path holds a NUL byte" if "null" in str(error) else str(error)


def is_file(path: str | os.PathLike[str]) -> bool:
    """Returns whether a path is that of a regular file. False for paths that can't exist."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


def not_a_file(path: str | os.PathLike[str], hint: str = "") -> StatusError:
    """Returns the error about a path that is no regular file: NOT_FOUND, or FAILED_PRECONDITION for
    a directory, a pipe or a device.
    """
    if os.path.exists(path):
        why = (
            "Is a directory" if os.path.isdir(path) else "it is a pipe or a device, no regular file"
        )
        return StatusError(StatusCode.FAILED_PRECONDITION, f"failed to open file '{path}': {why}")
    return StatusError(StatusCode.NOT_FOUND, f"failed to open file '{path}'{hint}")


_PRIVATE: dict[str, int] = (
    {} if sys.platform == "win32" else {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS}
)


def read_pages(path: str | Path) -> mmap.mmap:
    """Returns the contents of a file in memory pages of this process. The pages are writable;
    writes do not reach the file.

    The file is read, not mapped: truncating a mapped file ends the processes that use it with
    SIGBUS, and no check before an access can rule that out. Reading takes about 0.2 ms a MB. Raises
    ValueError for an empty file, and OSError.
    """
    with open(path, "rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return _pages_of(file.read())
        pages = _pages(size)
        view = memoryview(pages)
        read = 0
        while read < size and (count := file.readinto(view[read:])):
            read += count
        # The file has been truncated meanwhile: return the bytes that were read.
        return pages if read == size else _pages_of(bytes(view[:read]))


def _pages(size: int) -> mmap.mmap:
    if not size:
        raise ValueError("cannot map an empty file")
    pages = mmap.mmap(-1, size, **_PRIVATE)
    if sys.platform == "linux" and size >= 1 << 21:
        pages.madvise(mmap.MADV_HUGEPAGE)
    return pages


def _pages_of(data: bytes) -> mmap.mmap:
    pages = _pages(len(data))
    pages[:] = data
    return pages


def write_whole(path: str | Path, data: bytes) -> Path:
    """Writes a file, whole or not at all. Raises what `write_all` raises."""
    return write_all({path: data})[0]


def write_all(contents: Mapping[str | Path, bytes | bytearray]) -> list[Path]:
    """Writes several files, none of which changes before all are on the disk.

    Raises the system's error as `code_of` translates it (FAILED_PRECONDITION for a directory,
    NOT_FOUND for one that is not there), and leaves nothing behind.
    """
    with contextlib.ExitStack() as cleanup:
        staged: list[_Staged] = []
        for path, data in contents.items():
            with _failing(path):
                staged.append(_stage(Path(path), data))
                cleanup.callback(staged[-1].discard)
        for file in staged:
            with _failing(file.path):
                file.commit()
    return [file.path for file in staged]


@contextlib.contextmanager
def _failing(path: str | Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise StatusError(code_of(error), f"can't write '{path}': {reason(error)}") from error


@light_dataclass()
class _Staged:
    """A file to be written, and where its contents are until then."""

    path: Path
    target: str
    temporary: str | None
    """None for what is written where it is."""
    data: bytes | bytearray

    def commit(self) -> None:
        """Gives the temporary the name of the file, or writes in place."""
        if self.temporary is None:
            _write_in_place(self.target, self.data)
            return
        os.replace(self.temporary, self.target)
        self.temporary = None
        with contextlib.suppress(OSError):  # not every system can do that with directories
            directory = os.open(os.path.dirname(self.target) or ".", os.O_RDONLY)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)

    def discard(self) -> None:
        """Removes the temporary if it is still there."""
        if self.temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(self.temporary)


def _stage(path: Path, data: bytes | bytearray) -> _Staged:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        found = None
    if _open_entry(str(path)) is not None or (
        found is not None and not stat.S_ISREG(found.st_mode)
    ):
        if found is not None and stat.S_ISDIR(found.st_mode):
            raise IsADirectoryError(errno.EISDIR, "Is a directory")
        return _Staged(path, str(path), None, data)
    target = os.path.realpath(path)
    if found is not None and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "Permission denied")
    temporary = os.path.join(os.path.dirname(target), f".ireelite-{os.urandom(8).hex()}.tmp")
    staged = _Staged(path, target, temporary, data)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            if found is not None:
                _keep_attributes(file.fileno(), found)
            os.fsync(file.fileno())
    except BaseException:
        staged.discard()
        raise
    return staged


def _keep_attributes(handle: int, found: os.stat_result) -> None:
    """Gives a new file the owner, as far as this user may, and the mode of the one it replaces."""
    if hasattr(os, "fchown"):
        with contextlib.suppress(OSError):
            os.fchown(handle, found.st_uid, found.st_gid)
        os.fchmod(handle, stat.S_IMODE(found.st_mode))


def _open_entry(path: str) -> str | None:
    """Returns the path that is, or leads by links to, an entry of what a process has open."""
    for _ in range(LONGEST_CHAIN):
        parent = os.path.realpath(os.path.dirname(path) or ".")
        if re.fullmatch(DESCRIPTORS, parent):
            return os.path.join(parent, os.path.basename(path))
        if not os.path.islink(path):
            return None
        path = os.path.join(parent, os.readlink(path))
    return None


def _write_in_place(path: str, data: bytes | bytearray) -> None:
    with os.fdopen(_open_in_place(path), "wb", buffering=0) as file:
        rest = memoryview(data)
        while rest:
            rest = rest[file.write(rest) :]


def _open_in_place(path: str) -> int:
    """Returns a descriptor to write to: for one that this process has open, with its place in the
    file.
    """
    folder, _, name = (_open_entry(path) or "").rpartition("/")
    if folder in ("/dev/fd", f"/proc/{os.getpid()}/fd") and name.isdecimal():
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        return os.dup(int(name))
    return os.open(path, os.O_WRONLY | os.O_APPEND)
