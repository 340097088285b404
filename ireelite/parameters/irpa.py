"""IREE's parameter archives (`.irpa`), version 0.0: read and written.

A file holds one archive or several, each of which says where the next begins. An archive has a
header, a table of entries, a segment with their names and metadata, and a segment with their data;
offsets are relative to the header, so that archives can be joined as they are.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ireelite.files import write_whole
from ireelite.hal.files import HostFile
from ireelite.parameters.index import PATTERN_SIZES, Parameter, Splat
from ireelite.parameters.reading import file_range, read_bytes
from ireelite.status import StatusCode, StatusError, invalid_argument

MAGIC = b"IRPA"
_PREFIX = struct.Struct("<4sHHQQQ")
"""Magic, major and minor version, size of the header, offset of the next header, flags."""
_HEADER = struct.Struct("<4sHHQQQ7Q")
"""The prefix, the number of entries, and (offset, length) of table, metadata and data."""
_ENTRY = struct.Struct("<QIQQQQQQ")
"""Size, type, flags, (offset, length) of name and of metadata, alignment."""
_SPLAT = struct.Struct("<Q16sB")
"""Length of the value, the pattern, and how many bytes of it count."""
_DATA = struct.Struct("<QQ")
"""Offset and length in the data segment."""
_SKIP, _IS_SPLAT, _IS_DATA, _EXTERNAL = range(4)
_ENTRY_ALIGNMENT = 16
_DATA_ALIGNMENT = 64
_FILE_ALIGNMENT = 4096


def read_irpa(file: HostFile) -> Iterator[Parameter]:
    """Yields the parameters of an archive file.

    Raises INVALID_ARGUMENT for another format, OUT_OF_RANGE for a damaged file, and UNIMPLEMENTED
    for newer versions and for data in other files.
    """
    base, seen = 0, set[int]()
    while True:
        if base in seen:
            raise invalid_argument(f"the archive header at byte {base} is linked to twice")
        seen.add(base)
        prefix = read_bytes(file, base, _PREFIX.size, "the IRPA header")
        magic, major, minor, header_size, next_offset, _ = _PREFIX.unpack(prefix)
        if magic != MAGIC:
            raise invalid_argument(f"byte {base} begins no IRPA archive, but with {magic!r}")
        if (major, minor) != (0, 0):
            raise StatusError(
                StatusCode.UNIMPLEMENTED,
                f"IRPA version {major}.{minor} is not supported; 0.0 is. Convert the file with "
                "iree-convert-parameters",
            )
        if header_size != _HEADER.size:
            raise invalid_argument(
                f"the IRPA header says that it has {header_size} bytes; in version 0 it has "
                f"{_HEADER.size}"
            )
        yield from _read_archive(file, base)
        if not next_offset:
            return
        base += next_offset


def _read_archive(file: HostFile, base: int) -> Iterator[Parameter]:
    header = _HEADER.unpack(read_bytes(file, base, _HEADER.size, "the IRPA header"))
    count, table_at, table_size, names_at, names_size, data_at, data_size = header[6:]
    table = read_bytes(file, base + table_at, table_size, "the entry table")
    names = read_bytes(file, base + names_at, names_size, "the metadata segment")
    file_range(file, base + data_at, data_size, "the storage segment")

    def named(offset: int, length: int) -> bytes:
        if length and offset + length > len(names):
            raise StatusError(
                StatusCode.OUT_OF_RANGE,
                f"bytes {offset} to {offset + length} of the metadata segment are out of range: it "
                f"has {len(names)} bytes",
            )
        return names[offset : offset + length]

    at = 0
    for _ in range(count):
        if at + _ENTRY.size > len(table):
            raise _truncated("an entry's header")
        size, kind, _, name_at, name_size, about_at, about_size, _ = _ENTRY.unpack_from(table, at)
        if size < _ENTRY.size or at + size > len(table):
            raise _truncated("an entry")
        rest = table[at + _ENTRY.size : at + size]
        at += _aligned(size, _ENTRY_ALIGNMENT)
        if kind == _SKIP:
            continue
        key = named(name_at, name_size).decode(errors="replace")
        about = named(about_at, about_size)
        if kind == _IS_SPLAT:
            yield _read_splat(key, about, rest)
        elif kind == _IS_DATA:
            if len(rest) < _DATA.size:
                raise _truncated("an entry of data")
            start, length = _DATA.unpack_from(rest)
            if length and start + length > data_size:
                raise StatusError(
                    StatusCode.OUT_OF_RANGE,
                    f"parameter `{key}` has bytes {start} to {start + length} of a data segment "
                    f"that has {data_size} bytes",
                )
            where = file_range(file, base + data_at + start, length, f"parameter `{key}`")
            yield Parameter(key, length, where, about)
        else:
            what = "in another file" if kind == _EXTERNAL else f"of entry type {kind}"
            raise StatusError(
                StatusCode.UNIMPLEMENTED,
                f"parameter `{key}` is {what}, which is not supported; "
                "write an archive that holds its data with iree-convert-parameters",
            )


def _read_splat(key: str, about: bytes, rest: bytes) -> Parameter:
    if len(rest) < _SPLAT.size:
        raise _truncated("an entry of a repeated pattern")
    length, pattern, width = _SPLAT.unpack_from(rest)
    if width not in PATTERN_SIZES or length % width:
        raise invalid_argument(
            f"parameter `{key}` has {length} bytes of a repeated pattern of {width}; a pattern has "
            "1, 2, 4, 8 or 16 bytes, of which the length is a multiple"
        )
    return Parameter(key, length, Splat(pattern[:width]), about)


def _truncated(what: str) -> StatusError:
    return StatusError(StatusCode.OUT_OF_RANGE, f"the entry table ends within {what}")


def _aligned(size: int, alignment: int) -> int:
    return -(-size // alignment) * alignment


def save_archive(path: str | Path, values: Mapping[str, Any]) -> None:
    """Writes a parameter archive: key -> array, bytes-like, or `Parameter`.

    A splat is kept as its pattern. Raises INVALID_ARGUMENT for values that have no bytes.
    """
    from ireelite.parameters.sources import as_parameter

    entries = bytearray()
    names = bytearray()
    data: list[bytes] = []
    data_size = 0
    for key, value in values.items():
        parameter = as_parameter(key, value)
        name_at = len(names)
        names += key.encode()
        about_at = len(names)
        names += parameter.metadata
        match parameter.storage:
            case Splat(pattern):
                kind, alignment = _IS_SPLAT, 0
                rest = _SPLAT.pack(parameter.length, pattern.ljust(16, b"\0"), len(pattern))
            case _:
                kind, alignment = _IS_DATA, _DATA_ALIGNMENT
                rest = _DATA.pack(data_size, parameter.length)
                held = parameter.read()
                data.append(held + bytes(-len(held) % _DATA_ALIGNMENT))
                data_size += len(data[-1])
        size = _ENTRY.size + len(rest)
        where = (name_at, len(key.encode()), about_at, len(parameter.metadata))
        entries += _ENTRY.pack(size, kind, 0, *where, alignment) + rest
        entries += bytes(-len(entries) % _ENTRY_ALIGNMENT)
    table_at = _aligned(_HEADER.size, _ENTRY_ALIGNMENT)
    names_at = table_at + len(entries)
    data_at = _aligned(names_at + len(names), _DATA_ALIGNMENT)
    places = (table_at, len(entries), names_at, len(names), data_at, data_size)
    header = _HEADER.pack(MAGIC, 0, 0, _HEADER.size, 0, 0, len(values), *places)
    front = header.ljust(table_at, b"\0") + entries + names
    whole = front.ljust(data_at, b"\0") + b"".join(data)
    write_whole(path, whole.ljust(_aligned(len(whole), _FILE_ALIGNMENT), b"\0"))
