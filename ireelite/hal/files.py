"""Files that are read and written by queue operations.

A file is never mapped into memory: the thread that runs a command reads or writes the bytes. So a
file that was truncated in the meantime leads to an error (DATA_LOSS), not to a signal of the
operating system.
"""

from __future__ import annotations

import os
from _thread import allocate_lock
from abc import ABC, abstractmethod
from io import FileIO
from pathlib import Path
from typing import Self

from ireelite.files import code_of
from ireelite.status import StatusCode, StatusError, invalid_argument

MODES = {"r": "rb", "r+": "r+b", "w": "w+b"}


class File(ABC):
    """A sequence of bytes outside of device memory, for `Device.read` and `Device.write`."""

    vm_type = "hal.file"

    @property
    @abstractmethod
    def byte_length(self) -> int:
        """Length of the file in bytes."""

    def range(self, offset: int, length: int) -> memoryview | FileRange:
        """Returns a range of the file. Raises OUT_OF_RANGE if it exceeds the file."""
        if offset < 0 or length < 0 or offset + length > self.byte_length:
            raise StatusError(
                StatusCode.OUT_OF_RANGE,
                f"file range [{offset}, {offset + length}) out of bounds; file length "
                f"{self.byte_length}",
            )
        return self._range(offset, length)

    @abstractmethod
    def _range(self, offset: int, length: int) -> memoryview | FileRange:
        """Returns a range that is known to lie within the file."""


class HostFile(File):
    """A file of the operating system, open until `close`, or until the end of a `with` block.

    A file that nothing refers to any more is closed. Operations on a closed file, those that wait
    in a queue included, fail with FAILED_PRECONDITION.
    """

    def __init__(self, path: str | Path, mode: str = "r", byte_length: int | None = None):
        """Opens a file for reading (`r`), for reading and writing (`r+`), or creates it anew (`w`).

        `byte_length` sets the length of a writable file; new bytes are zeros. Raises NOT_FOUND,
        PERMISSION_DENIED or UNAVAILABLE, FAILED_PRECONDITION for a directory, and INVALID_ARGUMENT
        for other modes, for a path that no file can have, for a negative `byte_length` and for a
        `byte_length` with mode `r`.
        """
        if mode not in MODES:
            raise invalid_argument(f"a file is opened with mode {', '.join(MODES)}, not {mode!r}")
        self.path = str(path)
        self.readonly = mode == "r"
        self._lock = allocate_lock()
        try:
            self._file = FileIO(self.path, MODES[mode])
            if byte_length is not None:
                if self.readonly:
                    raise invalid_argument("a file that is only read keeps its length")
                self._file.truncate(byte_length)
        except (OSError, ValueError) as error:
            raise self._failed("open", error) from error

    @property
    def byte_length(self) -> int:
        """Current length of the file in bytes."""
        try:
            return os.fstat(self._file.fileno()).st_size
        except (OSError, ValueError) as error:
            raise self._failed("read", error) from error

    def close(self) -> None:
        """Closes the file. Has no effect on a closed file."""
        with self._lock:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def __del__(self) -> None:
        # The constructor may have failed before the file was open.
        if (file := vars(self).get("_file")) is not None:
            file.close()

    def _range(self, offset: int, length: int) -> FileRange:
        return FileRange(self, offset, length)

    def read_into(self, offset: int, target: memoryview) -> None:
        """Fills `target` with the bytes of the file from `offset` on.

        Raises DATA_LOSS if the file is too short, FAILED_PRECONDITION if it is closed, UNAVAILABLE
        if it cannot be read.
        """
        done = 0
        while done < len(target):
            try:
                with self._lock:
                    self._file.seek(offset + done)
                    count = self._file.readinto(target[done:])
            except (OSError, ValueError) as error:
                raise self._failed("read", error) from error
            if not count:
                raise StatusError(
                    StatusCode.DATA_LOSS,
                    f"file '{self.path}' ends at byte {offset + done}, within a read of "
                    f"{len(target)} bytes from byte {offset}",
                )
            done += count

    def write_from(self, offset: int, source: memoryview) -> None:
        """Writes `source` to the file from `offset` on.

        Raises FAILED_PRECONDITION if the file is closed, UNAVAILABLE if it cannot be written.
        """
        done = 0
        while done < len(source):
            try:
                with self._lock:
                    self._file.seek(offset + done)
                    done += self._file.write(source[done:]) or 0
            except (OSError, ValueError) as error:
                raise self._failed("write", error) from error

    def _failed(self, doing: str, error: OSError | ValueError) -> StatusError:
        file = vars(self).get("_file")
        if file is not None and file.closed:
            return StatusError(
                StatusCode.FAILED_PRECONDITION, f"cannot {doing} file '{self.path}': it is closed"
            )
        reason = getattr(error, "strerror", None) or error
        return StatusError(code_of(error), f"cannot {doing} file '{self.path}': {reason}")

    def __repr__(self) -> str:
        length = "closed" if self._file.closed else f"{self.byte_length} bytes"
        return f"<hal.file '{self.path}': {length}>"


class FileRange:
    """A range of a file, as the data of an `Update` or the target of a `ReadBack`."""

    __slots__ = ("file", "length", "offset")

    def __init__(self, file: HostFile, offset: int, length: int):
        self.file = file
        self.offset = offset
        self.length = length

    @property
    def readonly(self) -> bool:
        """True if the file may not be written."""
        return self.file.readonly

    def __len__(self) -> int:
        return self.length

    def part(self, offset: int, length: int) -> FileRange:
        """Returns a part of the range; `offset` counts from its start."""
        return FileRange(self.file, self.offset + offset, length)

    def read_into(self, target: memoryview) -> None:
        """Fills `target`, which has the length of the range, with its bytes."""
        self.file.read_into(self.offset, target)

    def write_from(self, source: memoryview) -> None:
        """Overwrites the range with `source`, which has its length."""
        self.file.write_from(self.offset, source)
