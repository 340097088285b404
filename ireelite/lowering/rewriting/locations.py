"""Source locations of ops: what is made of several ops, and the table that a module is written with.

An op that was read from text has its file, line and column, one of a graph the name of its node.
Conversions give new ops the locations of the old ones (see `conversion`), and the module's file has
them in its source map.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from xdsl.dialects.builtin import (
    ArrayAttr,
    CallSiteLoc,
    FileLineColLoc,
    FusedLoc,
    LocationAttr,
    NameLoc,
    NoneAttr,
    UnknownLoc,
)
from xdsl.ir import Attribute, Operation

from ireelite.bytecode.locations import CallSite, FileLineCol, Fused, LocationTable, Name


def fused(ops: Sequence[Operation]) -> LocationAttr:
    """Returns the location of what is made of `ops`: theirs if it is one, else all that are known."""
    if len(ops) == 1:
        return ops[0].location
    parts: dict[Attribute, None] = {}
    for op in ops:
        location = op.location
        if isinstance(location, FusedLoc) and isinstance(location.metadata, NoneAttr):
            assert isinstance(location.locations, ArrayAttr)
            parts |= dict.fromkeys(location.locations)
        elif not isinstance(location, UnknownLoc):
            parts[location] = None
    if len(parts) < 2:
        return next(
            (cast(LocationAttr, part) for part in parts), ops[0].location if ops else UnknownLoc()
        )
    return FusedLoc(ArrayAttr(list(parts)), NoneAttr())


class SourceMap:
    """The table of the locations that a module's instructions mention."""

    def __init__(self) -> None:
        self.table = LocationTable()
        self._rows: dict[Attribute, int] = {}

    def row(self, location: Attribute) -> int:
        """Returns the row of a location, written when it is first asked for."""
        if (known := self._rows.get(location)) is not None:
            return known
        match location:
            case FileLineColLoc():
                plain = FileLineCol(
                    location.filename.data, location.line.data, location.column.data
                )
            case NameLoc():
                plain = Name(location.desc.data, self.row(location.location))
            case CallSiteLoc():
                plain = CallSite(self.row(location.callee), self.row(location.caller))
            case FusedLoc() if isinstance(location.locations, ArrayAttr):
                metadata = (
                    None if isinstance(location.metadata, NoneAttr) else str(location.metadata)
                )
                plain = Fused(tuple(self.row(part) for part in location.locations), metadata)
            case _:
                plain = None
        row = self._rows[location] = self.table.add(plain)
        return row
