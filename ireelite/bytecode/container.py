"""The `.vmfb` file: a size-prefixed FlatBuffer and the rodata that lies behind it, flat or as a
polyglot ZIP.

A loader skips a ZIP local header if there is one, takes the FlatBuffer, and finds external rodata
at
`align64(end of the FlatBuffer) + offset`, counted from the start of the file. It never needs the
ZIP's directory; that is there so that `unzip` can open the file.
"""

from __future__ import annotations

import struct
from typing import Any

from ireelite.light_named_tuple import NamedTuple
from ireelite.status import StatusCode, StatusError

ALIGNMENT = 64
"""Of the FlatBuffer's prefix and of each external segment, in bytes from the start of the file."""

EXTENSIONS = {
    "application/x-flatbuffers": ".fb",
    "application/octet-stream": ".bin",
    "application/x-elf": ".so",
    "application/json": ".json",
    "text/plain": ".txt",
    "application/x-spirv": ".spv",
}
"""File name extensions of ZIP members by MIME type; `.bin` for all others."""

_LOCAL = struct.Struct("<IHHHHHIIIHH")
_LOCAL_SIGNATURE = 0x04034B50
_CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
_ZIP64_END = struct.Struct("<IQHHIIQQQQ")
_ZIP64_LOCATOR = struct.Struct("<IIQI")
_END = struct.Struct("<IHHHHIIH")
_VERSION = 45
_STORED = 0
_FIRST_OF_1980 = 0x21
_ABSENT_32 = 0xFFFF_FFFF
_ABSENT_16 = 0xFFFF
_PADDING_EXTRA = 0xFECA
_ZIP64_EXTRA = 1
_ROOT_MEMBER = "module.fb"
_LONGEST_NAME = 1024
"""Bytes of a member's name in the ZIP; a longer name is cut, as its length has 16 bits."""


class Member(NamedTuple):
    """An external rodata segment: its file name in the ZIP, and its bytes."""

    name: str
    data: Any


class Contents(NamedTuple):
    """The parts of a file, as views into it."""

    file: memoryview
    flatbuffer: memoryview
    """Size prefix included."""
    rodata_base: int

    def segment(self, offset: int, length: int) -> memoryview:
        """Returns external rodata. Raises OUT_OF_RANGE if the file ends before it does."""
        start = self.rodata_base + offset
        if start + length > len(self.file):
            raise StatusError(
                StatusCode.OUT_OF_RANGE,
                f"external rodata [{offset}, {offset + length}) exceeds the {len(self.file)} bytes "
                "there",
            )
        return self.file[start : start + length]

    def member_names(self) -> dict[int, str]:
        """Returns the ZIP member names of external segments by their offset; empty for a flat file."""
        names: dict[int, str] = {}
        at = self.rodata_base
        while self.file[:2] == b"PK" and at + _LOCAL.size <= len(self.file):
            header = _LOCAL.unpack_from(self.file, at)
            name_at = at + _LOCAL.size
            payload = name_at + header[9] + header[10]
            if header[0] != _LOCAL_SIGNATURE or payload > len(self.file):
                break
            names[payload - self.rodata_base] = str(
                self.file[name_at : name_at + header[9]], "utf-8", "replace"
            )
            at = payload + _stored_size(header, self.file[name_at + header[9] : payload])
        return names


def segment_offsets(members: list[Member], polyglot_zip: bool) -> list[int]:
    """Returns the offset of each external segment, counted from the end of the FlatBuffer rounded
    up to 64.
    """
    offsets: list[int] = []
    at = 0
    for member in members:
        if polyglot_zip:
            at += len(_local_header(member.name, member.data, at))
        else:
            at = _aligned(at)
        offsets.append(at)
        at += len(member.data)
    return offsets


def write_container(flatbuffer: bytes, members: list[Member], polyglot_zip: bool = True) -> bytes:
    """Returns a file from a size-prefixed FlatBuffer and its external segments, placed as
    `segment_offsets` says.
    """
    parts: list[Any] = []  # joined once: members may be large
    size = 0

    def add(*more: Any) -> None:
        nonlocal size
        parts.extend(more)
        size += sum(map(len, more))

    if not polyglot_zip:
        add(flatbuffer)
        for member in members:
            add(bytes(-size % ALIGNMENT), member.data)
        return b"".join(parts)

    padded = _aligned(len(flatbuffer))
    root = struct.pack("<I", padded - 4) + flatbuffer[4:] + bytes(padded - len(flatbuffer))
    directory = bytearray()
    for member in [Member(_ROOT_MEMBER, root), *members]:
        directory += _central_header(member, size)
        add(_local_header(member.name, member.data, size), member.data)
    return b"".join([*parts, directory, _end_of_directory(size, len(directory), 1 + len(members))])


def read_container(data: Any) -> Contents:
    """Finds the parts of a flat or polyglot file. Raises DATA_LOSS if they are not there."""
    file = memoryview(data).cast("B")
    start = 0
    if len(file) >= _LOCAL.size and file[:4] == b"PK\x03\x04":
        (method,) = struct.unpack_from("<H", file, 8)
        if method != _STORED:
            raise StatusError(
                StatusCode.DATA_LOSS,
                "not a bytecode module: a ZIP archive whose first member is compressed "
                f"(method {method}); the parts of a module are stored as they are",
            )
        start = _LOCAL.size + sum(struct.unpack_from("<HH", file, 26))
    if _is_text(file):
        raise StatusError(
            StatusCode.DATA_LOSS,
            "not a bytecode module but text; compile a program's text first: ireelite-compile "
            "FILE -o FILE.vmfb, or ireelite.compile",
        )
    if start + 20 > len(file):
        raise StatusError(
            StatusCode.DATA_LOSS, f"a module of {len(file)} bytes is too short to hold a FlatBuffer"
        )
    (size,) = struct.unpack_from("<I", file, start)
    end = start + 4 + size
    if size < 16 or end > len(file):
        raise StatusError(
            StatusCode.DATA_LOSS,
            f"not a bytecode module: its FlatBuffer claims {size} bytes, and "
            f"{len(file) - start - 4} follow",
        )
    return Contents(file, file[start:end], _aligned(end))


def _is_text(file: memoryview) -> bool:
    """Returns whether a file begins with 16 printable characters or more."""
    head = bytes(file[:64])
    return len(head) >= 16 and all(byte in b"\t\n\r" or 0x20 <= byte < 0x7F for byte in head)


def _aligned(offset: int) -> int:
    return offset + -offset % ALIGNMENT


def _name_in_zip(name: str) -> bytes:
    return name.encode()[:_LONGEST_NAME].decode(errors="ignore").encode()


def _local_header(name: str, data: Any, at: int) -> bytes:
    """Returns a local header at file offset `at`, padded so that the payload behind it is aligned."""
    encoded = _name_in_zip(name)
    unpadded = _LOCAL.size + len(encoded) + 4 + 20
    padding = -(at + unpadded) % ALIGNMENT
    extra = struct.pack("<HH", _PADDING_EXTRA, padding) + bytes(padding)
    extra += struct.pack("<HHQQ", _ZIP64_EXTRA, 16, len(data), len(data))
    lengths = (len(encoded), len(extra))
    checksum = _checksum(data)
    return (
        _LOCAL.pack(
            *(
                _LOCAL_SIGNATURE,
                _VERSION,
                0,
                0,
                0,
                _FIRST_OF_1980,
                checksum,
                _ABSENT_32,
                _ABSENT_32,
                *lengths,
            )
        )
        + encoded
        + extra
    )


def _central_header(member: Member, at: int) -> bytes:
    encoded = _name_in_zip(member.name)
    size = len(member.data)
    extra = struct.pack("<HHQQQ", _ZIP64_EXTRA, 24, size, size, at)
    made_by_unix = 3 << 8 | 30
    fixed = (0x02014B50, made_by_unix, _VERSION, 0, 0, 0, _FIRST_OF_1980, _checksum(member.data))
    lengths = (_ABSENT_32, _ABSENT_32, len(encoded), len(extra), 0, 0, 0, 0, _ABSENT_32)
    return _CENTRAL.pack(*fixed, *lengths) + encoded + extra


def _end_of_directory(start: int, size: int, count: int) -> bytes:
    zip64_end = _ZIP64_END.pack(
        0x06064B50, _ZIP64_END.size - 12, _VERSION, _VERSION, 0, 0, count, count, size, start
    )
    locator = _ZIP64_LOCATOR.pack(0x07064B50, 0, start + size, 1)
    few = min(count, _ABSENT_16)
    return zip64_end + locator + _END.pack(0x06054B50, 0, 0, few, few, _ABSENT_32, _ABSENT_32, 0)


def _checksum(data: Any) -> int:
    import zlib

    return zlib.crc32(data)


def _stored_size(header: tuple[int, ...], extra: memoryview) -> int:
    """Returns the size of a member, from its zip64 field where the header has none."""
    if header[7] != _ABSENT_32:
        return header[7]
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<HH", extra, at)
        if tag == _ZIP64_EXTRA and at + 20 <= len(extra):
            return struct.unpack_from("<Q", extra, at + 12)[0]
        at += 4 + length
    return 0
