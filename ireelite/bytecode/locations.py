"""Where instructions come from: a table of source locations, and its rows as text.

A row is one of the kinds of location that MLIR has, or None for an unknown one. Rows refer to each
other by index, and only to rows before them, so that no cycle can be written down; `LocationTable`
gives equal locations one row. Row 0 is always the unknown location.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ireelite.light_named_tuple import NamedTuple


class FileLineCol(NamedTuple):
    """A place in a source text."""

    filename: str
    line: int
    """From 1."""
    column: int
    """From 1."""


class CallSite(NamedTuple):
    """A place in a function that was inlined where it was called."""

    callee: int
    """The row of the place in the function."""
    caller: int
    """The row of the call."""


class Fused(NamedTuple):
    """Several places of which one thing was made."""

    locations: tuple[int, ...]
    metadata: str | None = None


class Name(NamedTuple):
    """Something that has a name, as a node of a graph."""

    name: str
    child: int = 0
    """The row of the place that the name stands for; 0 if there is none."""


Location = FileLineCol | CallSite | Fused | Name | None

UNKNOWN = "[unknown]"
MAX_PIECES = 256
"""Rows that one location is written out with. A table of n rows can describe a location of 2**n
places, each row naming the one before it twice."""


def children(location: Location) -> tuple[int, ...]:
    """Returns the rows that a row is made of."""
    match location:
        case CallSite(callee, caller):
            return callee, caller
        case Fused(locations, _):
            return locations
        case Name(_, child) if child:
            return (child,)
        case _:
            return ()


class LocationTable:
    """A table that is being filled: equal locations get one row, in the order of first mention."""

    def __init__(self) -> None:
        self.rows: list[Location] = [None]
        self._known: dict[Location, int] = {None: 0}

    def add(self, location: Location) -> int:
        """Returns the row of a location, whose children must be rows already."""
        row = self._known.get(location)
        if row is None:
            assert all(0 <= child < len(self.rows) for child in children(location))
            row = self._known[location] = len(self.rows)
            self.rows.append(location)
        return row


def format_location(table: Sequence[Location], row: int) -> str:
    """Formats a row as upstream's stack traces do: `file.mlir:3:10`, `"name"(file.mlir:3:10)`, a
    callee above its caller with ` at ` between them.

    Writes `...` for what is behind the first `MAX_PIECES` rows.
    """
    pieces = iter(range(MAX_PIECES))

    def write(row: int) -> Iterator[str]:
        if next(pieces, None) is None:
            yield "..."
            return
        match table[row]:
            case None:
                yield UNKNOWN
            case FileLineCol(filename, line, column):
                yield f"{filename}:{line}:{column}"
            case CallSite(callee, caller):
                yield from write(callee)
                yield "\n      at "
                yield from write(caller)
            case Name(name, child):
                yield f'"{name}"'
                if child:
                    yield "("
                    yield from write(child)
                    yield ")"
            case Fused(locations, metadata):
                yield f"<{metadata}>[\n" if metadata is not None else "[\n"
                for position, each in enumerate(locations[:MAX_PIECES]):
                    yield ",\n    " if position else "    "
                    yield from write(each)
                yield "\n  ]"

    return "".join(write(row))


def places(table: Sequence[Location], row: int) -> list[FileLineCol]:
    """Returns the places in source texts that a row is made of, innermost callee first, each once.

    At most `MAX_PIECES` rows are looked at.
    """
    found: dict[FileLineCol, None] = {}
    waiting = [row]
    for _ in range(MAX_PIECES):
        if not waiting:
            break
        location = table[waiting.pop()]
        if isinstance(location, FileLineCol):
            found[location] = None
        waiting += reversed(children(location)[:MAX_PIECES])
    return list(found)
