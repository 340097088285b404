"""A compilation record as a file, version 2.

    8 bytes    89 49 52 45 52 45 43 0A ("\\x89IREREC\\n")
    u32        version
    u32        length of the header
    u32        CRC-32 of the header
    header     JSON: names, times and counts, and the sections: name -> [offset, length, count]
    payload    the sections: columns (`columns.pack_ints`) and deflated text

Integers are little-endian. A reader needs the header and the strings at once, and the other
sections when they are used. Version 1 was JSON text; `version_one` converts it.
"""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

from ireelite.records.columns import Stored, Strings, damaged, pack_ints
from ireelite.records.compilation import CompilationRecord, InstructionTable, PassRun, Stage
from ireelite.records.tables import Rewrites
from ireelite.status import StatusCode, StatusError

MAGIC = b"\x89IREREC\n"
VERSION = 2
PREFIX = struct.Struct("<8sIII")


def to_bytes(record: CompilationRecord) -> bytes:
    """Returns the record as the bytes of a file."""
    payload = bytearray()
    sections: dict[str, list[int]] = {}

    def put(name: str, data: bytes, count: int) -> None:
        if data:
            sections[name] = [len(payload), len(data), count]
            payload.extend(data)
        else:
            sections[name] = [0, 0, 0]

    def put_text(name: str, text: str) -> None:
        raw = text.encode()
        put(name, zlib.compress(raw, 6), len(raw))

    for name, column in record.columns():
        put(name, pack_ints(column), len(column))
    for prefix, stage in record.printed():
        put_text(f"{prefix}text", stage.text)
    put_text("strings", json.dumps(record.strings[:], separators=(",", ":")))
    header = {
        "source": record.source,
        "module_digest": record.module_digest,
        "stages": [[stage.name, stage.complete] for stage in record.stages],
        "passes": [
            [run.name, run.stage, run.nanoseconds]
            + ([] if run.after is None else [run.after.name, run.after.complete])
            for run in record.passes
        ],
        "tables": [[table.kind, table.where, table.addresses.width] for table in record.instructions],
        "sections": sections,
    }  # fmt: skip
    head = json.dumps(header, separators=(",", ":")).encode()
    return PREFIX.pack(MAGIC, VERSION, len(head), zlib.crc32(head)) + head + bytes(payload)


def from_bytes(data: bytes) -> CompilationRecord:
    """Reads a record of version 2, or converts one of version 1.

    Raises INVALID_ARGUMENT for other formats and versions, DATA_LOSS for a damaged record.
    """
    if not data.startswith(MAGIC):
        from ireelite.records.version_one import from_json

        return from_json(data)
    if len(data) < PREFIX.size:
        raise damaged("the file ends before its header")
    _, version, length, checksum = PREFIX.unpack_from(data)
    if version != VERSION:
        raise other_version(version)
    head = data[PREFIX.size : PREFIX.size + length]
    if len(head) != length or zlib.crc32(head) != checksum:
        raise damaged("its header is not what was written")
    return _from_header(json.loads(head), memoryview(data)[PREFIX.size + length :])


def other_version(version: object) -> StatusError:
    """Returns the error for a record of a version that this reader doesn't know."""
    return StatusError(
        StatusCode.INVALID_ARGUMENT,
        f"this compilation record has version {version}; this reader takes versions 1 and "
        f"{VERSION}: compile the program again with a record, or read it with the ireelite that "
        "wrote it",
    )


def _from_header(header: dict[str, Any], payload: memoryview) -> CompilationRecord:
    stored = Stored(payload, header["sections"])
    strings = Strings(json.loads(stored.bytes("strings")))
    record = CompilationRecord(header["source"], header["module_digest"], strings, stored)
    for n, (name, complete) in enumerate(header["stages"]):
        record.stages.append(Stage(name, complete, stored, f"stage/{n}/"))
    for n, (name, stage, nanoseconds, *after) in enumerate(header["passes"]):
        rewrites = Rewrites(record.patterns, stored, f"pass/{n}/")
        left = Stage(after[0], after[1], stored, f"pass/{n}/after/") if after else None
        record.passes.append(PassRun(name, stage, nanoseconds, rewrites, left))
    for n, (kind, where, width) in enumerate(header["tables"]):
        record.instructions.append(InstructionTable(kind, where, width, stored, f"table/{n}/"))
    return record
