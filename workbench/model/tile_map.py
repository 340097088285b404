"""Which invocation computes which element: a scheduled kernel's loops run over their indices alone.

A schedule's outer loops are `scf.parallel` with a word for each dimension: `workgroup` (a workgroup
or an invocation of the grid), `unroll` (registers) and `lanes`. What a kernel stores to a buffer at
a point of these loops belongs to that point. Values that depend on data are unknown; both branches
of a choice between them run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from workbench.model.stage_graph import GraphOp, StageGraph, shape_of

MAX_STEPS = 40_000
"""Ops that are run for one picture; what lies behind them is not shown."""
_CONSTANT = re.compile(r"arith\.constant (-?\d+|true|false)\b")
_MAPPING = re.compile(r"mapping = \[([^\]]*)\]")
_SEGMENTS = re.compile(r"operandSegmentSizes = array<i32: (\d+), (\d+), (\d+), (\d+)>")
_PREDICATE = re.compile(r"arith\.cmpi (\w+)")

Value = int | None
Index = tuple[int, ...]


@dataclass(frozen=True)
class Owner:
    """The point of the loops that stores an element: its indices by mapping."""

    workgroup: Index
    unroll: Index
    lanes: Index

    def text(self, grid: str = "workgroup") -> str:
        """Formats `workgroup 1, register 3, lane 7`; `grid` is what a point of the outer loop is
        called.
        """
        names = ((grid, self.workgroup), ("register", self.unroll), ("lane", self.lanes))
        parts = [f"{name} {', '.join(map(str, index))}" for name, index in names if index]
        return ", ".join(parts) or "the one invocation"


@dataclass
class TileMap:
    """The elements of one buffer, and who stores them."""

    buffer: str = ""
    shape: tuple[int, ...] = ()
    owners: dict[Index, Owner] = field(default_factory=dict)
    reads: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    """Buffer -> for each dimension the least and the largest index that the first workgroup reads."""
    mapping: tuple[str, ...] = ()
    """The words of the loops, from the outside in."""
    calls: tuple[str, ...] = ()
    """Functions of the runtime that do a part of the work."""
    complete: bool = True
    """Whether every store was followed."""

    @property
    def workgroups(self) -> list[Index]:
        """The workgroups that store something, in order."""
        return sorted({owner.workgroup for owner in self.owners.values()})


def tile_map(graph: StageGraph, function: GraphOp, most_steps: int = MAX_STEPS) -> TileMap:
    """Runs the loops of a kernel, up to so many ops of them. The buffer is the one that most
    elements are stored to.
    """
    return _Run(graph, function, most_steps).result()


class _Stop(Exception):
    """The run has taken as many steps as it may."""


class _Run:
    def __init__(self, graph: StageGraph, function: GraphOp, most_steps: int):
        self.graph, self.function = graph, function
        self.values: dict[int, Value] = {}
        self.point: list[tuple[str, int]] = []
        self.owner: Owner | None = None
        """Of the point, once it was asked for."""
        self.stores: dict[int, dict[Index, Owner]] = {}
        self.reads: dict[int, list[tuple[int, int]]] = {}
        self.first: Index | None = None
        self.mapping: dict[str, None] = {}
        self.calls: dict[str, None] = {}
        self.complete = True
        self.steps, self.most_steps = 0, most_steps
        self.buffers = dict.fromkeys(function.arguments)
        ops = graph.ops
        self.storing = {
            around.position
            for op in graph.inside(function.position)
            if op.name in ("memref.store", "vector.store")
            for around in (op, *graph.ancestors(op.position))
        }
        self.constants = {
            op.position: match[1]
            for op in (ops[function.position], *graph.inside(function.position))
            if op.name == "arith.constant"
            and (match := _CONSTANT.search(graph.text_of(op.position)))
        }
        self.attributes: dict[int, str] = {}
        self.regions: dict[int, tuple[list[int], ...]] = {}
        needed = self._indices()
        self.kept: dict[int, list[int]] = {
            around.position: [n for n in around.children if self._is_kept(ops[n], needed)]
            for around in (function, *graph.inside(function.position))
            if around.children
        }
        """Of each block, the ops that indices depend on, and those that use them."""

    def _indices(self) -> set[int]:
        """Returns the values that indices, bounds and conditions depend on."""
        inside = self.graph.inside(self.function.position)
        needed: set[int] = set()
        waiting: list[int] = []
        for op in inside:
            match op.name:
                case "memref.store":
                    waiting += op.operands[2:]
                case "memref.load":
                    waiting += op.operands[1:]
                case "scf.parallel" | "scf.for":
                    waiting += op.operands[: 3 * max(len(op.arguments), 1)]
                case "scf.if":
                    waiting += op.operands[:1]
        while waiting:
            value = waiting.pop()
            definer = self.graph.definers.get(value, -1)
            if value in needed or definer < 0:
                continue
            needed.add(value)
            op = self.graph.ops[definer]
            waiting += op.operands
            waiting += [v for n in op.children for v in self._yielded(self.graph.ops[n])]
        return needed

    def _yielded(self, op: GraphOp) -> list[int]:
        return op.operands if op.name.endswith((".yield", ".condition")) else []

    def _is_kept(self, op: GraphOp, needed: set[int]) -> bool:
        name = op.name
        if name in _RUNS or name.startswith("vmvx.") or name.endswith((".yield", ".condition")):
            return name != "scf.reduce"
        return op.position in self.storing or any(value in needed for value in op.results)

    def result(self) -> TileMap:
        try:
            self._block(self.kept.get(self.function.position, []))
        except _Stop:
            self.complete = False
        if not self.stores:
            calls = tuple(self.calls)
            return TileMap(mapping=tuple(self.mapping), calls=calls, complete=self.complete)
        buffer = max(self.stores, key=lambda value: (len(self.stores[value]), -value))
        shape = shape_of(self.graph.type_of(buffer)) or ()
        reads = {
            self.graph.value_names[value]: tuple(ranges) for value, ranges in self.reads.items()
        }
        return TileMap(
            self.graph.value_names[buffer],
            tuple(size if size is not None else 0 for size in shape),
            self.stores[buffer],
            reads,
            tuple(self.mapping),
            tuple(self.calls),
            self.complete,
        )

    def _block(self, positions: Sequence[int]) -> list[Value]:
        """Runs ops one after the other; returns what the last one yields."""
        yielded: list[Value] = []
        for position in positions:
            op = self.graph.ops[position]
            self.steps += 1
            if self.steps > self.most_steps:
                raise _Stop
            if op.name.endswith((".yield", ".condition")):
                yielded = [self.values.get(value) for value in op.operands]
            elif (run := _RUNS.get(op.name)) is not None:
                run(self, op)
            elif op.children and op.position in self.storing:
                self.complete = False
            elif op.name.startswith("vmvx."):
                self.calls[op.name] = None
            else:
                self._scalar(op)
        return yielded

    # -- values ------------------------------------------------------------------------------------

    def _scalar(self, op: GraphOp) -> None:
        if not op.results:
            return
        if op.position in self.constants:
            word = self.constants[op.position]
            value = int(word == "true") if word in ("true", "false") else int(word)
        else:
            operands = [self.values.get(value) for value in op.operands]
            value = self._computed(op, operands)
        for result in op.results:
            self.values[result] = value

    def _computed(self, op: GraphOp, operands: list[Value]) -> Value:
        if op.name == "arith.select" and operands[0] is not None:
            return operands[1 if operands[0] else 2]
        if any(value is None for value in operands) or not operands:
            return None
        known = [value for value in operands if value is not None]
        if op.name == "arith.cmpi":
            predicate = _PREDICATE.search(self._text(op))
            return int(_compare(predicate[1] if predicate else "", known[0], known[1]))
        compute = _ARITHMETIC.get(op.name)
        return compute(*known) if compute is not None else None

    def _text(self, op: GraphOp) -> str:
        if op.position not in self.attributes:
            self.attributes[op.position] = self.graph.text_of(op.position)
        return self.attributes[op.position]

    # -- loops and choices ---------------------------------------------------------------------------

    def parallel(self, op: GraphOp) -> None:
        count = len(op.arguments)
        segments = _SEGMENTS.search(self._head(op))
        count = int(segments[1]) if segments else count
        bounds = [self.values.get(value) for value in op.operands[: 3 * count]]
        tail = _MAPPING.search(self._tail(op))
        words = re.findall(r'"(\w+)"', tail[1]) if tail else []
        words += ["point"] * (count - len(words))
        self.mapping.update(dict.fromkeys(words))
        if None in bounds or len(bounds) < 3 * count:
            self.complete = False
            return
        known = [bound for bound in bounds if bound is not None]
        ranges = [
            range(known[n], known[count + n], max(known[2 * count + n], 1)) for n in range(count)
        ]
        for point in _points(ranges):
            for argument, index in zip(op.arguments, point):
                self.values[argument] = index
            self.point += zip(words, point)
            self.owner = None
            self._block(self.kept.get(op.position, []))
            del self.point[-count:]
            self.owner = None

    def loop(self, op: GraphOp) -> None:
        """Runs a loop: whole if its body stores; any other one for what the first workgroup reads."""
        bounds = [self.values.get(value) for value in op.operands[:3]]
        carried = op.arguments[1:]
        for argument, operand in zip(carried, op.operands[3:]):
            self.values[argument] = self.values.get(operand)
        if None in bounds:
            self.complete = self.complete and op.position not in self.storing
        elif op.position in self.storing or self._is_first():
            low, high, step = (bound for bound in bounds if bound is not None)
            turns = range(low, high, max(step, 1))
            if op.position not in self.storing:
                # The least and the largest index are read in the first or the last turn.
                turns = sorted({*turns[:1], *turns[-1:]})
            for index in turns:
                self.values[op.arguments[0]] = index
                yielded = self._block(self.kept.get(op.position, []))
                for argument, value in zip(carried, yielded):
                    self.values[argument] = value
        for result, argument in zip(op.results, carried):
            self.values[result] = self.values.get(argument)

    def choice(self, op: GraphOp) -> None:
        then, other = self._branches(op)
        condition = self.values.get(op.operands[0]) if op.operands else None
        if condition is not None:
            yielded = self._block(then if condition else other)
        else:
            first, second = self._block(then), self._block(other)
            yielded = [a if a == b else None for a, b in zip(first, second)]
        for result, value in zip(op.results, [*yielded, *[None] * len(op.results)]):
            self.values[result] = value

    def _branches(self, op: GraphOp) -> tuple[list[int], list[int]]:
        """Returns the ops of both regions: those of the second follow an `else`, or the second
        `({`.
        """
        if op.position not in self.regions:
            spans, text = self.graph.stage.op_spans, self.graph.text
            first: list[int] = []
            second: list[int] = []
            end = None
            for n in op.children:
                if end is not None and "}" in text[end : spans.starts[n]]:
                    first, second = second, first
                second.append(n)
                end = spans.ends[n]
            kept = set(self.kept.get(op.position, []))
            parts = (first, second) if first else (second, [])
            self.regions[op.position] = tuple([n for n in part if n in kept] for part in parts)
        then, other = self.regions[op.position]
        return then, other

    # -- memory ------------------------------------------------------------------------------------

    def store(self, op: GraphOp) -> None:
        buffer, *places = op.operands[1:]
        if buffer not in self.buffers:
            return
        index = [self.values.get(value) for value in places]
        if None in index:
            self.complete = False
            return
        owner = self._owner()
        if self.first is None:
            self.first = owner.workgroup
        place = tuple(one for one in index if one is not None)
        self.stores.setdefault(buffer, {})[place] = owner

    def load(self, op: GraphOp) -> None:
        buffer, *places = op.operands
        self.values[op.results[0]] = None
        index = [self.values.get(value) for value in places]
        if buffer not in self.buffers or not self._is_first() or None in index:
            return
        known = [one for one in index if one is not None]
        ranges = self.reads.setdefault(buffer, [(one, one) for one in known])
        self.reads[buffer] = [
            (min(low, one), max(high, one)) for (low, high), one in zip(ranges, known)
        ]

    def _is_first(self) -> bool:
        return self.first is None or self._owner().workgroup == self.first

    def _owner(self) -> Owner:
        if self.owner is None:
            parts: dict[str, list[int]] = {"unroll": [], "lanes": [], "": []}
            for word, index in self.point:
                parts[word if word in parts else ""].append(index)
            self.owner = Owner(tuple(parts[""]), tuple(parts["unroll"]), tuple(parts["lanes"]))
        return self.owner

    def _head(self, op: GraphOp) -> str:
        spans = self.graph.stage.op_spans
        end = spans.starts[op.children[0]] if op.children else spans.ends[op.position]
        return self.graph.text[spans.starts[op.position] : end]

    def _tail(self, op: GraphOp) -> str:
        spans = self.graph.stage.op_spans
        start = spans.ends[op.children[-1]] if op.children else spans.starts[op.position]
        return self.graph.text[start : spans.ends[op.position]]


def _points(ranges: Sequence[range]) -> Iterator[Index]:
    if not ranges:
        yield ()
        return
    for index in ranges[0]:
        for rest in _points(ranges[1:]):
            yield (index, *rest)


def _compare(predicate: str, a: int, b: int) -> bool:
    if predicate.startswith("u"):
        a, b = a % (1 << 64), b % (1 << 64)
    match predicate.lstrip("us"):
        case "lt":
            return a < b
        case "le":
            return a <= b
        case "gt":
            return a > b
        case "ge":
            return a >= b
        case "ne":
            return a != b
        case _:
            return a == b


def _divided(a: int, b: int) -> Value:
    return int(a / b) if b and abs(a) < 1 << 52 else None


_RUNS = {
    "scf.parallel": _Run.parallel,
    "scf.for": _Run.loop,
    "scf.if": _Run.choice,
    "memref.store": _Run.store,
    "memref.load": _Run.load,
    "scf.reduce": lambda run, op: None,
}
_ARITHMETIC = {
    "arith.addi": lambda a, b: a + b,
    "arith.subi": lambda a, b: a - b,
    "arith.muli": lambda a, b: a * b,
    "arith.divui": _divided,
    "arith.divsi": _divided,
    "arith.floordivsi": lambda a, b: a // b if b else None,
    "arith.ceildivsi": lambda a, b: -(-a // b) if b else None,
    "arith.ceildivui": lambda a, b: -(-a // b) if b else None,
    "arith.remui": lambda a, b: a % b if b else None,
    "arith.remsi": lambda a, b: a - b * int(a / b) if b else None,
    "arith.minsi": min,
    "arith.minui": min,
    "arith.maxsi": max,
    "arith.maxui": max,
    "arith.andi": lambda a, b: a & b,
    "arith.ori": lambda a, b: a | b,
    "arith.xori": lambda a, b: a ^ b,
    "arith.shli": lambda a, b: a << b,
    "arith.shrui": lambda a, b: a >> b,
    "arith.shrsi": lambda a, b: a >> b,
    "arith.index_cast": lambda a: a,
    "arith.index_castui": lambda a: a,
    "arith.extui": lambda a: a,
    "arith.extsi": lambda a: a,
    "arith.trunci": lambda a: a,
}
