"""The ops of a stage as a graph: nesting, operands, results and types, found from the places of ops
and values in the stage's text, so that a record is enough and no IR is parsed again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from math import prod

from ireelite.records import CompilationRecord, Stage
from workbench.model.ir_tokens import SpanIndex

ELEMENT_BITS = re.compile(r"^(?:[su]?i|bf|f|tf|complex<f|complex<i)(\d+)")
SHAPED = re.compile(r"^(?:tensor|memref|vector)<((?:[\d?]+x)*)([^,>]+>?)")


@dataclass
class GraphOp:
    """One op of a stage."""

    position: int
    """`stage/position` is its identity."""
    serial: int
    name: str
    parent: int
    """Position of the op around it, or -1."""
    results: list[int] = field(default_factory=list)
    """Numbers of values, as are `operands` and `arguments`."""
    operands: list[int] = field(default_factory=list)
    """In the order of the text, repeated as often as they are used."""
    arguments: list[int] = field(default_factory=list)
    """Arguments of the op's own blocks."""
    captured: list[tuple[int, int]] = field(default_factory=list)
    """(argument, operand): what the op passes to its block, written `%argument = %operand`."""
    children: list[int] = field(default_factory=list)


class StageGraph:
    """The ops and values of one stage."""

    def __init__(self, record: CompilationRecord, stage: Stage):
        self.record, self.stage = record, stage
        self.text = stage.text
        names = record.nodes.name
        self.ops = [GraphOp(n, serial, names(serial), -1) for n, serial in enumerate(stage.nodes)]
        self.value_names: dict[int, str] = {}
        self.definers: dict[int, int] = {}
        """The op whose result or block argument a value is, by position."""
        self._nest()
        self._read_values()

    def _nest(self) -> None:
        spans = self.stage.op_spans
        stack: list[tuple[int, int]] = []
        order = sorted(zip(spans.starts, (-end for end in spans.ends), spans.indexes, strict=True))
        for start, minus_end, position in order:
            while stack and stack[-1][0] <= start:
                stack.pop()
            if stack:
                self.ops[position].parent = stack[-1][1]
                self.ops[stack[-1][1]].children.append(position)
            stack.append((-minus_end, position))

    def _read_values(self) -> None:
        spans, owners = self.stage.value_spans, SpanIndex(self.stage.op_spans)
        starts = self.stage.name_starts.values
        rows = list(zip(spans.starts, spans.ends, spans.indexes, strict=True))
        owned = [owners.at(start) for start, _, _ in rows]
        for (start, end, value), owner in zip(rows, owned, strict=True):
            self.value_names.setdefault(value, self.text[start:end])
            if owner >= 0 and start < starts[owner]:
                self.definers[value] = owner
                self.ops[owner].results.append(value)
        before: tuple[int, int] | None = None
        for (start, end, value), owner in zip(rows, owned, strict=True):
            if owner < 0 or start < starts[owner]:
                before = None
                continue
            op = self.ops[owner]
            if value not in self.definers:
                self.definers[value] = owner
                op.arguments.append(value)
                before = (end, value)
                continue
            if value in op.arguments:
                before = None
                continue
            op.operands.append(value)
            if before is not None and self.text[before[0] : start].strip() == "=":
                op.captured.append((before[1], value))
            before = None

    @cached_property
    def users(self) -> dict[int, list[int]]:
        """Value -> positions of the ops that take it as an operand, in order."""
        found: dict[int, list[int]] = {}
        for op in self.ops:
            for value in dict.fromkeys(op.operands):
                found.setdefault(value, []).append(op.position)
        return found

    def type_of(self, value: int) -> str:
        """Returns the value's type as MLIR prints it; nothing in a record that was made without
        types.
        """
        types = self.stage.value_types.values
        return self.record.strings[types[value]] if value < len(types) else ""

    def ancestors(self, position: int) -> Iterator[GraphOp]:
        """Yields the ops around an op, the innermost first."""
        while (position := self.ops[position].parent) >= 0:
            yield self.ops[position]

    def inside(self, position: int) -> list[GraphOp]:
        """Returns the ops within an op, in pre-order, itself not included."""
        found: list[GraphOp] = []
        waiting = list(reversed(self.ops[position].children))
        while waiting:
            op = self.ops[waiting.pop()]
            found.append(op)
            waiting += reversed(op.children)
        return found

    def text_of(self, position: int) -> str:
        """Returns the op as it is printed, with what is in it."""
        spans = self.stage.op_spans
        return self.text[spans.starts[position] : spans.ends[position]]


def shape_of(type: str) -> tuple[int | None, ...] | None:
    """Returns the sizes of a shaped type, None for an open one; None for a type without a shape."""
    match = SHAPED.match(type)
    if match is None:
        return None
    sizes = match[1].split("x")[:-1]
    return tuple(None if size == "?" else int(size) for size in sizes)


def bytes_of(type: str) -> int | None:
    """Returns how many bytes a value of a type has; None if that is not known before it runs."""
    match = SHAPED.match(type)
    element = match[2] if match is not None else type
    sizes = shape_of(type) if match is not None else ()
    bits = ELEMENT_BITS.match(element)
    if bits is None or sizes is None or None in sizes:
        return None
    width = -(-int(bits[1]) // 8) * (2 if element.startswith("complex") else 1)
    return width * prod(size for size in sizes if size is not None)


def short_type(type: str) -> str:
    """Returns `16x128xf32` for `tensor<16x128xf32>`, the type itself where it has no shape."""
    match = re.fullmatch(r"(?:tensor|memref|vector)<(.*)>", type)
    return match[1] if match is not None else type


def size_text(count: int | None) -> str:
    """Formats `640 B`, `8 KB`, `1.5 MB`; empty if the size is not known."""
    if count is None:
        return ""
    if count < 1024:
        return f"{count} B"
    for unit in ("KB", "MB", "GB"):
        count_in = count / 1024 ** (("KB", "MB", "GB").index(unit) + 1)
        if count_in < 1024 or unit == "GB":
            return f"{count_in:.4g} {unit}" if count_in < 1000 else f"{count_in:.0f} {unit}"
    raise AssertionError("a size has a unit")
