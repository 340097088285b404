"""Checks a shared object before the system's loader gets to see it, which trusts what it is given.

Source: the System V ABI's object file format (gABI, chapters 4 and 5), 64-bit little-endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from ireelite.status import StatusCode, StatusError

HEADER = struct.Struct("<4s3B9xHHIQQQIHHHHHH")
SEGMENT = struct.Struct("<IIQQQQQQ")
ENTRY = struct.Struct("<qQ")

SHARED_OBJECT = 3
MACHINES = {62: "x86-64", 183: "AArch64", 3: "x86", 40: "ARM", 243: "RISC-V"}
X86_64 = 62
MACHINE_OF = {"x86_64": X86_64, "amd64": X86_64, "aarch64": 183, "arm64": 183, "riscv64": 243}
"""What `platform.machine()` calls them, in lower case."""
LOAD, DYNAMIC = 1, 2
NEEDED, HASH, STRINGS, SYMBOLS, RELOCATIONS, RELOCATIONS_SIZE, STRINGS_SIZE = 1, 4, 5, 6, 7, 8, 10
GNU_HASH = 0x6FFFFEF5


@dataclass(frozen=True)
class Segment:
    """A row of the program header table; all in bytes."""

    kind: int
    offset: int
    address: int
    file_size: int
    memory_size: int


def check_shared_object(data: memoryview, alone: bool = True) -> None:
    """Raises DATA_LOSS unless the data is a whole x86-64 shared object; if `alone`, also for one that
    needs other shared objects.
    """
    view = data.cast("B")
    if (why := shared_object_defect(view, X86_64)) is not None:
        raise StatusError(
            StatusCode.DATA_LOSS, f"executable is not a 64-bit x86-64 ELF shared object: {why}"
        )
    if not alone:
        return
    segments = _segments(view)
    dynamic = _dynamic(view, segments)
    if needed := [value for tag, value in dynamic if tag == NEEDED]:
        names = (_string(view, segments, dict(dynamic)[STRINGS] + at) for at in needed)
        raise StatusError(
            StatusCode.DATA_LOSS,
            f"executable needs other shared objects, which it may not: {', '.join(names)}",
        )


def shared_object_defect(data: memoryview, expected_machine: int) -> str | None:
    """Returns why the system's loader, which would trust the data, must not be given it; None if it
    may be.
    """
    if len(data) < HEADER.size:
        return f"{len(data)} bytes are too few for its header"
    magic, width, order, _, kind, machine, *_ = HEADER.unpack_from(data)
    if magic != b"\x7fELF":
        return f"it begins with {bytes(magic)!r}"
    if width != 2 or order != 1:
        return f"its class is {width} and its byte order {order}; expected 2 and 1"
    if machine != expected_machine:
        return f"it is for {MACHINES.get(machine, f'machine {machine}')}"
    if kind != SHARED_OBJECT:
        return f"its type is {kind}; a shared object has {SHARED_OBJECT}"
    *_, entry_size, count, _, _, _ = HEADER.unpack_from(data)
    table = HEADER.unpack_from(data)[8]
    if entry_size != SEGMENT.size or table + count * SEGMENT.size > len(data):
        return "its program headers lie outside the data"
    return _wrong_segments(data, _segments(data))


def _segments(data: memoryview) -> list[Segment]:
    header = HEADER.unpack_from(data)
    table, count = header[8], header[-4]
    found: list[Segment] = []
    for n in range(count):
        kind, _, offset, address, _, file_size, memory_size, _ = SEGMENT.unpack_from(
            data, table + n * SEGMENT.size
        )
        found.append(Segment(kind, offset, address, file_size, memory_size))
    return found


def _wrong_segments(data: memoryview, segments: list[Segment]) -> str | None:
    for number, segment in enumerate(segments):
        if segment.kind not in (LOAD, DYNAMIC):
            continue
        if segment.offset + segment.file_size > len(data):
            end = segment.offset + segment.file_size
            return f"segment {number} ends at byte {end} of {len(data)}"
        if segment.file_size > segment.memory_size:
            return f"segment {number} has more bytes than it takes in memory"
    if not any(segment.kind == LOAD for segment in segments):
        return "nothing of it is loaded"
    if sum(segment.kind == DYNAMIC for segment in segments) != 1:
        return "it has no dynamic section"
    tags = dict(_dynamic(data, segments))
    if not {STRINGS, SYMBOLS} <= tags.keys() or not {HASH, GNU_HASH} & tags.keys():
        return "it has no table of symbols"
    for tag in (STRINGS, SYMBOLS, HASH, GNU_HASH, RELOCATIONS):
        if tag in tags and _offset(segments, tags[tag]) is None:
            return f"entry {tag:#x} of its dynamic section lies outside what is loaded"
    for start, size in ((RELOCATIONS, RELOCATIONS_SIZE), (STRINGS, STRINGS_SIZE)):
        length = tags.get(size, 0)
        if start in tags and length and _offset(segments, tags[start] + length - 1) is None:
            return f"entry {size:#x} of its dynamic section lies outside what is loaded"
    return None


def _dynamic(data: memoryview, segments: list[Segment]) -> list[tuple[int, int]]:
    """Returns the (tag, value) pairs of the dynamic section, up to its end mark."""
    segment = next(segment for segment in segments if segment.kind == DYNAMIC)
    rows: list[tuple[int, int]] = []
    end = segment.offset + segment.file_size
    for at in range(segment.offset, end - ENTRY.size + 1, ENTRY.size):
        tag, value = ENTRY.unpack_from(data, at)
        if tag == 0:
            break
        rows.append((tag, value))
    return rows


def _offset(segments: list[Segment], address: int) -> int | None:
    """Returns the file offset of the byte at an address; None if no segment loads it from the file."""
    for segment in segments:
        if segment.kind == LOAD and 0 <= address - segment.address < segment.file_size:
            return address - segment.address + segment.offset
    return None


def _string(data: memoryview, segments: list[Segment], address: int) -> str:
    if (start := _offset(segments, address)) is None:
        return f"one without a name, at {address:#x}"
    return bytes(data[start : start + 256]).partition(b"\0")[0].decode(errors="replace")
