"""Reading the tables of a parameter file, with checks that each read lies within the file."""

from __future__ import annotations

import struct
from typing import Any

from ireelite.hal.files import FileRange, HostFile
from ireelite.status import StatusCode, StatusError


def read_bytes(file: HostFile, offset: int, length: int, what: str) -> bytes:
    """Returns a range of a file. Raises OUT_OF_RANGE, naming `what`, if the file is too short."""
    held = bytearray(file_range(file, offset, length, what).length)
    file.read_into(offset, memoryview(held))
    return bytes(held)


def file_range(file: HostFile, offset: int, length: int, what: str) -> FileRange:
    """Returns a range of a file, unread. Raises OUT_OF_RANGE, naming `what`, if the file is too
    short.
    """
    if offset + length > (size := file.byte_length):
        raise StatusError(
            StatusCode.OUT_OF_RANGE,
            f"{what} is out of range: bytes {offset} to {offset + length} of a file of {size} "
            "bytes; the file is damaged or cut off",
        )
    return FileRange(file, offset, length)


class Cursor:
    """Reads little-endian values one after the other, from a file of which it holds a part."""

    PART = 1 << 16

    def __init__(self, file: HostFile, offset: int = 0):
        self._file = file
        self._size = file.byte_length
        self._start = self.offset = offset
        self._held = b""

    def take(self, length: int, what: str) -> bytes:
        """Returns the next bytes. Raises OUT_OF_RANGE, naming `what`, at the file's end."""
        at = self.offset - self._start
        if at + length > len(self._held):
            self._start, at = self.offset, 0
            part = min(max(length, self.PART), max(self._size - self.offset, length))
            self._held = read_bytes(self._file, self.offset, part, what)
        self.offset += length
        return self._held[at : at + length]

    def skip(self, length: int) -> None:
        """Passes over bytes."""
        self.offset += length
        self._start, self._held = self.offset, b""

    def unpack(self, format: str, what: str) -> tuple[Any, ...]:
        """Returns the next values of a `struct` format, little-endian and unaligned."""
        layout = "<" + format
        return struct.unpack(layout, self.take(struct.calcsize(layout), what))
