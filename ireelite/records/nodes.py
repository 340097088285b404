"""The nodes of a compilation record, and the edges between them.

A node's serial number is its place in the columns. Most nodes have one parent, which stands in a
column; further parents are (child, parent) rows of two columns of their own. The children of a node
are found through an index, compressed sparse rows, that is made when it is first needed.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from ireelite.light_dataclass import field, light_dataclass
from ireelite.records.columns import NONE, Columnar, Stored, Strings


@light_dataclass(frozen=True)
class Node:
    """One operation or instruction, from the moment it was made."""

    serial: int
    name: str
    """The op's name (`stablehlo.multiply`), or the instruction's mnemonic (`OpFMul`, `mul.f32`)."""
    parents: list[int] = field(default_factory=list)
    """Serials of the nodes this one was derived from."""
    invented_by: str | None = None
    """The pass that made this node from no other (a terminator, a device query), if it has no
    parents.
    """
    symbol: str | None = None
    """The symbol that the op defines."""
    executable: str | None = None
    """Symbol of the executable that the op stands in."""
    entry_point: str | None = None
    """Symbol of the function in an executable that the op stands in."""
    location: tuple[str, int, int] | None = None
    """File, line and column of the source it comes from, where that is known."""

    def __repr__(self) -> str:
        made = f" from {self.parents}" if self.parents else ""
        by = f" by {self.invented_by}" if self.invented_by else ""
        place = f", {':'.join(map(str, self.location))}" if self.location else ""
        return f"<Node {self.serial}: {self.name}{made}{by}{place}>"


class Nodes(Columnar, Sequence[Node]):
    """All nodes of a record by serial number."""

    COLUMNS = (
        "names",
        "first_parents",
        "inventors",
        "symbols",
        "executables",
        "entry_points",
        "locations",
        "more_children",
        "more_parents",
    )
    names: array[int]
    first_parents: array[int]
    inventors: array[int]
    symbols: array[int]
    executables: array[int]
    entry_points: array[int]
    locations: array[int]
    """Numbers of places; -1 for none."""
    more_children: array[int]
    more_parents: array[int]

    def __init__(self, strings: Strings, places: Places, stored: Stored | None = None):
        super().__init__(stored, "node/")
        self.strings, self.places = strings, places
        self._more: dict[int, list[int]] | None = {} if stored is None else None
        self._children: tuple[int, int, array[int], array[int]] | None = None
        self._parents: tuple[int, int, array[int], array[int]] | None = None

    # -- writing -----------------------------------------------------------------------------------

    def add(
        self,
        name: str,
        parents: Iterable[int] = (),
        invented_by: str | None = None,
        *,
        symbol: str | None = None,
        executable: str | None = None,
        entry_point: str | None = None,
        location: tuple[str, int, int] | None = None,
    ) -> int:
        """Returns a new node's serial number."""
        serial = self.append(self.strings.number(name))
        for parent in parents:
            self.add_parent(serial, parent)
        self.inventors[serial] = self.strings.number(invented_by)
        if symbol is not None or executable is not None or location is not None:
            self.describe(serial, symbol, executable, entry_point, location)
        return serial

    def append(self, name: int) -> int:
        """Returns a new node's serial number, by its name's number."""
        serial = len(self.names)
        self.names.append(name)
        self.first_parents.append(NONE)
        self.inventors.append(NONE)
        return serial

    def add_parent(self, serial: int, parent: int) -> None:
        """Adds an edge once; a node is not its own parent."""
        first = self.first_parents[serial]
        if first == NONE:
            if parent != serial:
                self.first_parents[serial] = parent
        elif parent not in (first, serial):
            others = self.more.setdefault(serial, [])
            if parent not in others:
                others.append(parent)
                self.more_children.append(serial)
                self.more_parents.append(parent)

    def describe(
        self,
        serial: int,
        symbol: str | None,
        executable: str | None,
        entry_point: str | None,
        location: tuple[str, int, int] | None,
    ) -> None:
        """Says where a node stands and where it comes from."""
        self.fill()
        number = self.strings.number
        self.symbols[serial] = number(symbol)
        self.executables[serial] = number(executable)
        self.entry_points[serial] = number(entry_point)
        if location is not None:
            self.locations[serial] = self.places.number(*location)

    def fill(self) -> None:
        """Gives the descriptive columns a row for each node."""
        for column in (self.symbols, self.executables, self.entry_points, self.locations):
            if missing := len(self.names) - len(column):
                column.frombytes(b"\xff" * (column.itemsize * missing))

    # -- reading -----------------------------------------------------------------------------------

    @property
    def more(self) -> dict[int, list[int]]:
        """The parents after the first, of the nodes that have several."""
        if self._more is None:
            self._more = {}
            for child, parent in zip(self.more_children, self.more_parents, strict=True):
                self._more.setdefault(child, []).append(parent)
        return self._more

    def name(self, serial: int) -> str:
        """Returns the op's name, or the instruction's mnemonic."""
        return self.strings[self.names[serial]]

    def parents(self, serial: int) -> tuple[int, ...]:
        """Serials of the nodes a node was derived from."""
        first = self.first_parents[serial]
        if first == NONE:
            return ()
        return (first, *self.more.get(serial, ()))

    def children(self, serial: int) -> array[int]:
        """Serials of the nodes derived from a node, ascending."""
        starts, targets = self.child_index()
        return targets[starts[serial] : starts[serial + 1]]

    def child_index(self) -> tuple[array[int], array[int]]:
        """Returns compressed sparse rows: the children of n are `targets[starts[n]:starts[n + 1]]`."""
        size, extra = len(self.names), len(self.more_children)
        if self._children is None or self._children[:2] != (size, extra):
            self._children = (size, extra, *self._index(size, to_children=True))
        return self._children[2:]

    def parent_index(self) -> tuple[array[int], array[int]]:
        """Returns compressed sparse rows: the parents of n are `targets[starts[n]:starts[n + 1]]`,
        ascending.
        """
        size, extra = len(self.names), len(self.more_children)
        if self._parents is None or self._parents[:2] != (size, extra):
            self._parents = (size, extra, *self._index(size, to_children=False))
        return self._parents[2:]

    def _index(self, size: int, to_children: bool) -> tuple[array[int], array[int]]:
        import numpy as np

        parents = np.concatenate((self.first_parents, self.more_parents), dtype=np.int32)
        children = np.concatenate((np.arange(size), self.more_children), dtype=np.int32)
        known = parents >= 0
        keys, targets = parents[known], children[known]
        if not to_children:
            keys, targets = targets, keys
        starts = np.concatenate(([0], np.cumsum(np.bincount(keys, minlength=size))))
        targets = targets[np.lexsort((targets, keys))]
        rows = starts.astype(np.int32).tobytes(), targets.tobytes()
        return array("i", rows[0]), array("i", rows[1])

    def ancestors(self, serials: Iterable[int]) -> set[int]:
        """Returns all that the given nodes were derived from; a given node is in it only if another
        one came from it.
        """
        first, more = self.first_parents, self.more
        reached: set[int] = set()
        found = set(serials)
        while found:
            several = more.keys() & found
            found = set(map(first.__getitem__, found))
            for serial in several:
                found.update(more[serial])
            found.discard(NONE)
            found -= reached
            reached |= found
        return reached

    def descendants(self, serials: Iterable[int]) -> set[int]:
        """Returns all that was derived from the given nodes."""
        starts, targets = self.child_index()
        reached: set[int] = set()
        found = set(serials)
        while found:
            children: set[int] = set()
            for serial in found:
                if (begin := starts[serial]) != (end := starts[serial + 1]):
                    children.update(targets[begin:end])
            found = children - reached
            reached |= found
        return reached

    def marked_from(self, seeds: Iterable[int]) -> bytearray:
        """Returns a byte for each node: 1 for the seeds and all that was derived from them."""
        marked = bytearray(len(self.names))
        seeds = list(seeds)
        for serial in seeds:
            marked[serial] = 1
        for serial in self.descendants(seeds):
            marked[serial] = 1
        return marked

    @overload
    def __getitem__(self, index: int) -> Node: ...
    @overload
    def __getitem__(self, index: slice) -> list[Node]: ...
    def __getitem__(self, index: int | slice) -> Node | list[Node]:
        if isinstance(index, slice):
            return [self[n] for n in range(*index.indices(len(self)))]
        serial = index + len(self) if index < 0 else index
        if not 0 <= serial < len(self):
            raise IndexError(f"there is no node {index}: the record has {len(self)}")
        text = self.strings.text
        described = serial < len(self.symbols)
        return Node(
            serial,
            self.name(serial),
            list(self.parents(serial)),
            text(self.inventors[serial]),
            text(self.symbols[serial]) if described else None,
            text(self.executables[serial]) if described else None,
            text(self.entry_points[serial]) if described else None,
            self.places.place(self.locations[serial]) if described else None,
        )

    def __iter__(self) -> Iterator[Node]:
        return (self[serial] for serial in range(len(self)))

    def __len__(self) -> int:
        return self.rows_stored("names")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Nodes):
            return NotImplemented
        if self.strings[:] == other.strings[:] and self.places.same_columns(other.places):
            return self.same_columns(other)
        return list(self) == list(other)

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __repr__(self) -> str:
        return f"<Nodes: {len(self)}>"


class Places(Columnar):
    """Places in source text: file, line, column; equal places have one number."""

    COLUMNS = ("files", "lines", "columns_")
    files: array[int]
    lines: array[int]
    columns_: array[int]

    def __init__(self, strings: Strings, stored: Stored | None = None):
        super().__init__(stored, "place/")
        self.strings = strings
        self._numbers: dict[tuple[str, int, int], int] = {}

    def number(self, file: str, line: int, column: int) -> int:
        """Returns the number of a place, a new one if it is met for the first time."""
        key = (file, line, column)
        if (known := self._numbers.get(key)) is None:
            known = self._numbers[key] = len(self.files)
            self.files.append(self.strings.number(file))
            self.lines.append(line)
            self.columns_.append(column)
        return known

    def place(self, number: int) -> tuple[str, int, int] | None:
        """Returns file, line and column; None for -1."""
        if number < 0:
            return None
        return self.strings[self.files[number]], self.lines[number], self.columns_[number]

    def __repr__(self) -> str:
        return f"<Places: {len(self.files)}>"
