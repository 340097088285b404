"""Which workgroup, or which lane of it, computes which element of a buffer, as rows and columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.model.tile_map import TileMap

LOOKS = 4
"""Number of colours of the picture."""


@dataclass
class Grid:
    """A part of a buffer as rows and columns: the last dimension is the columns, all others the
    rows.
    """

    tile: TileMap
    target: str
    rows: int
    columns: int
    all_rows: int
    all_columns: int

    def index(self, row: int, column: int) -> tuple[int, ...]:
        """Returns the element of a cell."""
        index: list[int] = [column] if self.tile.shape else []
        for size in reversed(self.tile.shape[:-1]):
            index.insert(0, row % size if size else 0)
            row //= max(size, 1)
        return tuple(index)

    def looks(self) -> dict[tuple[int, ...], int]:
        """Returns a number below LOOKS for each workgroup in the picture: neighbours differ."""
        found: dict[tuple[int, ...], int] = {}
        for row in range(self.rows):
            for column in range(self.columns):
                owner = self.tile.owners.get(self.index(row, column))
                if owner is None or owner.workgroup in found:
                    continue
                places = [self.index(row, column - 1)] * (column > 0)
                places += [self.index(row - 1, column)] * (row > 0)
                near = [self.tile.owners[at].workgroup for at in places if at in self.tile.owners]
                taken = {found[group] for group in near}
                free = [n for n in range(LOOKS) if n not in taken]
                found[owner.workgroup] = min(free, key=lambda n: (n - len(found)) % LOOKS)
        return found

    @property
    def unit(self) -> str:
        """What a point of the outer loop is: each is an invocation of a shader's grid."""
        return "invocation" if self.target == "vulkan-spirv" else "workgroup"

    @property
    def legend(self) -> str:
        """What the numbers in the picture are."""
        if len(self.tile.owners) == len(self.tile.workgroups):
            return f"the number is that of the {self.unit}"
        first = f"bold: number of the {self.unit} at its first element"
        has_lanes = any(owner.lanes for owner in self.tile.owners.values())
        return f"{first}; others: the lane" if has_lanes else first

    @property
    def note(self) -> str:
        """What is to be known about the picture."""
        parts = []
        if (self.rows, self.columns) != (self.all_rows, self.all_columns):
            shown = [
                (self.rows, self.all_rows, "rows"),
                (self.columns, self.all_columns, "columns"),
            ]
            cut = [f"{some} of {every} {name}" for some, every, name in shown if some < every]
            parts.append(f"shown: the first {', '.join(cut)}")
        if not self.tile.complete:
            parts.append("some stores depend on data or come later")
        if self.tile.calls:
            parts.append(f"calls {', '.join(self.tile.calls)}")
        return "; ".join(parts)

    @property
    def reads(self) -> str:
        """What the first workgroup reads: `%arg0[0:4, 0:64]`."""
        return ", ".join(
            f"{name}[{', '.join(f'{low}:{high + 1}' for low, high in ranges)}]"
            for name, ranges in self.tile.reads.items()
        )


def grid_heading(grid: Grid) -> str:
    """Returns what the picture of a grid shows."""
    loops = {"point": "one element at a time"}
    how = ", ".join(loops.get(word, word) for word in grid.tile.mapping) or "one loop"
    count = len(grid.tile.workgroups)
    return f"who computes {grid.tile.buffer}: {count} {grid.unit}{'s' * (count != 1)}; loops: {how}"


def grid_state(grid: Grid) -> dict[str, Any]:
    """Returns what a page draws of a grid."""
    owners = {owner: n for n, owner in enumerate(dict.fromkeys(grid.tile.owners.values()))}
    groups = {group: n for n, group in enumerate(grid.tile.workgroups)}
    looks = grid.looks()
    cells: list[int] = []
    used: dict[int, int] = {}
    for row in range(grid.rows):
        for column in range(grid.columns):
            owner = grid.tile.owners.get(grid.index(row, column))
            number = owners[owner] if owner is not None else -1
            cells.append(used.setdefault(number, len(used)) if number >= 0 else -1)
    by_number = list(owners)
    shown = [by_number[number] for number in used]
    return {
        "target": grid.target,
        "buffer": grid.tile.buffer,
        "shape": list(grid.tile.shape),
        "rows": grid.rows,
        "columns": grid.columns,
        "cells": cells,
        "owners": [
            [
                groups[owner.workgroup],
                list(owner.lanes),
                owner.text(grid.unit),
                looks[owner.workgroup],
            ]
            for owner in shown
        ],
        "workgroups": len(groups),
        "mapping": list(grid.tile.mapping),
        "reads": grid.reads,
        "note": grid.note,
        "legend": grid.legend,
    }
