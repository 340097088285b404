"""The debug database of a module file: which instruction comes from which source location.

The file has a table of locations, and for each function the byte offsets of instructions with their
rows in that table. Upstream's compiler (3.13) writes one map only, that of the module's last
function, and puts it where the first belongs; the function that a map names is what it is taken
for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ireelite.bytecode import schema
from ireelite.bytecode.flatbuffer import Table
from ireelite.bytecode.locations import (
    CallSite,
    FileLineCol,
    Fused,
    Location,
    Name,
    children,
    format_location,
)
from ireelite.bytecode.module_def import FunctionDef, Instruction, ModuleDef
from ireelite.status import StatusCode, StatusError


def to_table(name: str, offsets: Sequence[int], rows: Sequence[Instruction]) -> dict[str, Any]:
    """Returns a function's map, as the schema has it."""
    pairs = zip(offsets, rows, strict=True)
    return {
        "local_name": name,
        "locations": [(at, row.location) for at, row in pairs if row.location is not None],
    }


def to_database(table: Sequence[Location], maps: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Returns the whole database as the schema has it; None for a module without a source map."""
    if not table:
        return None
    unions = [None if location is None else _to_union(location) for location in table]
    tags = [0 if pair is None else 1 + schema.LOCATIONS.index(pair[0]) for pair in unions]
    return {"location_table_type": bytes(tags), "location_table": unions, "functions": maps}


def attach(module: ModuleDef, database: dict[str, Any] | None) -> None:
    """Gives a decoded module its locations. Raises DATA_LOSS for a table that is none.

    Offsets at which no instruction begins are ignored: nothing runs there.
    """
    if database is None:
        return
    pairs = database["location_table"] or []
    table = [None if pair is None else _from_union(*pair) for pair in pairs]
    for row, location in enumerate(table):
        if not all(0 <= child < row for child in children(location)):
            raise _broken(f"location {row} is made of others that are not before it: {location}")
    module.locations = table or [None]
    exported = {export.name: export.ordinal for export in module.exports}
    maps = database["functions"] or []
    for position, each in enumerate(maps):
        name = each["local_name"] or ""
        ordinal = position if len(maps) == len(module.functions) else exported.get(name, -1)
        if 0 <= ordinal < len(module.functions):
            _attach_map(module.functions[ordinal], name, each["locations"] or [], len(table))


def location_text(module: ModuleDef, ordinal: int, pc: int) -> str:
    """Returns the source location of the instruction at a byte offset of a function, as stack
    traces have it; `-` if the module does not record it.
    """
    for block in module.functions[ordinal].blocks:
        for row in block.instructions:
            if row.pc == pc and row.location is not None:
                return format_location(module.locations, row.location)
    return "-"


def _attach_map(
    function: FunctionDef, name: str, locations: list[tuple[int, int]], count: int
) -> None:
    for at, row in locations:
        if not 0 <= row < count:
            raise _broken(f"byte {at} of function '{name}' has location {row} of {count}")
    function.name = name
    if not locations:
        return
    by_offset = dict(locations)
    for block in function.blocks:
        block.instructions = [
            Instruction(op, operands, origin, pc, by_offset.get(pc))
            for op, operands, origin, pc, _ in block.instructions
        ]


def _to_union(location: CallSite | FileLineCol | Fused | Name) -> tuple[Table, dict[str, Any]]:
    match location:
        case CallSite(callee, caller):
            return schema.CALL_SITE, {"callee": callee, "caller": caller}
        case FileLineCol(filename, line, column):
            return schema.FILE_LINE_COL, {"filename": filename, "line": line, "column": column}
        case Fused(locations, metadata):
            return schema.FUSED, {"metadata": metadata, "locations": locations}
        case Name(name, child):
            return schema.NAME, {"name": name, "child_location": child}


def _from_union(table: Table, value: dict[str, Any]) -> Location:
    if table is schema.CALL_SITE:
        return CallSite(value["callee"], value["caller"])
    if table is schema.FILE_LINE_COL:
        return FileLineCol(value["filename"] or "", value["line"], value["column"])
    if table is schema.FUSED:
        return Fused(value["locations"] or (), value["metadata"])
    return Name(value["name"] or "", value["child_location"])


def _broken(why: str) -> StatusError:
    return StatusError(StatusCode.DATA_LOSS, f"malformed bytecode module: {why}")
