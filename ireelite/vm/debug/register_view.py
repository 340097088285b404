"""The registers of a running function as a person reads them.

Number registers are 32-bit cells, and a 64-bit value takes two. What a cell means is known where
every way to the instruction at hand agrees on it; then its value is shown as that, besides the plain
i32.

    registers = debugger.registers
    registers["i3"], registers["q4"], registers["f2"], registers["d6"], registers["r0"]
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Any

from ireelite.status import not_found
from ireelite.vm.frame import Frame
from ireelite.vm.ref_names import RefNames
from ireelite.vm.tracing import number_text

KINDS = {"i": "i32", "q": "i64", "f": "f32", "d": "f64"}
"""First letters of the names of registers, with the types that they are read as."""
_CODES = {"i": "<i", "q": "<q", "f": "<f", "d": "<d"}


class RegisterValues(Mapping[str, Any]):
    """A copy of a frame's registers.

    `i3` is a cell as an i32, `f3` the same cell as an f32, `q4` and `d4` two cells as an i64 and an
    f64, `r0` a reference. Iterating gives the cells and the references.
    """

    def __init__(self, frame: Frame):
        self.numbers = bytes(frame.numbers)
        """The cells."""
        self.refs = list(frame.refs)
        """The references; None is null."""

    @property
    def cells(self) -> list[int]:
        """The number registers as i32."""
        return list(struct.unpack(f"<{len(self.numbers) // 4}i", self.numbers))

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def __getitem__(self, name: str) -> Any:
        """Returns a register's value. Raises KeyError if there is none of that name."""
        kind, digits = name[:1], name[1:]
        if digits.isdecimal():
            ordinal = int(digits)
            if kind == "r" and ordinal < len(self.refs):
                return self.refs[ordinal]
            width = 2 if kind in ("q", "d") else 1
            if kind in KINDS and 4 * (ordinal + width) <= len(self.numbers):
                return struct.unpack_from(_CODES[kind], self.numbers, 4 * ordinal)[0]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        yield from (f"i{ordinal}" for ordinal in range(len(self.numbers) // 4))
        yield from (f"r{ordinal}" for ordinal in range(len(self.refs)))

    def __len__(self) -> int:
        return len(self.numbers) // 4 + len(self.refs)


class Registers(RegisterValues):
    """A copy of a frame's registers, with what is known about them.

    Iterating gives each register by the name that shows its type.
    """

    def __init__(self, frame: Frame, names: RefNames, before: Frame | None = None):
        super().__init__(frame)
        self._names = names
        self.kinds = kinds_at(frame)
        """For cells whose meaning is known, by ordinal: `i q f d`, or `h` for an upper half."""
        self.changed = {name for name in super().__iter__() if self._has_changed(name, before)}
        """Cells (`i4`) and references (`r0`) that the last step changed; of a function that has just
        been entered, its arguments."""

    def __iter__(self) -> Iterator[str]:
        for ordinal in range(len(self.numbers) // 4):
            kind = self.kinds.get(ordinal, "i")
            if kind != "h":
                yield f"{kind}{ordinal}"
        yield from (f"r{ordinal}" for ordinal in range(len(self.refs)))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        """Formats one line a cell, with a `*` where it has changed."""
        lines: list[str] = []
        for ordinal, cell in enumerate(self.cells):
            kind = self.kinds.get(ordinal, "")
            typed = ""
            if kind in ("q", "f", "d"):
                value = number_text(kind, self[f"{kind}{ordinal}"])
                typed = f"  {KINDS[kind]} {value}"
            elif kind == "h":
                typed = "  (upper half)"
            lines.append(f"{self._mark(f'i{ordinal}')} i{ordinal:<4} {cell:<12}{typed}".rstrip())
        for ordinal, value in enumerate(self.refs):
            shown = self._names.describe(value)
            lines.append(f"{self._mark(f'r{ordinal}')} r{ordinal:<4} {shown}")
        return "\n".join(lines)

    def _mark(self, name: str) -> str:
        return "*" if name in self.changed else " "

    def _has_changed(self, name: str, before: Frame | None) -> bool:
        ordinal = int(name[1:])
        if name[0] == "r":
            return self.refs[ordinal] is not (None if before is None else before.refs[ordinal])
        here = slice(4 * ordinal, 4 * ordinal + 4)
        return self.numbers[here] != (bytes(4) if before is None else before.numbers[here])


def parse_name(name: str) -> tuple[str, int]:
    """Parses the kind (`i q f d r`) and ordinal of a register's name. Raises NOT_FOUND for another
    name.
    """
    if name[:1] not in (*KINDS, "r") or not name[1:].isdecimal():
        raise not_found(f"no register is called '{name}'; names are like i3 q4 f2 d6 r0")
    return name[0], int(name[1:])


def kinds_at(frame: Frame) -> dict[int, str]:
    """Returns what is known of the cells' meaning at the next instruction of a frame."""
    flow = frame.state.module.facts.flow(frame.ordinal)
    if flow is None or frame.block not in flow.entries:
        return {}
    for position, _, _, registers in flow.walk(frame.block):
        if position == frame.index:
            return {ordinal: value.kind for ordinal, value in registers.values.items()}
    return {}
