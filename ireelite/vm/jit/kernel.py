"""Whole entry points of executables as native code: all workgroups of a dispatch in one call.

An entry point can be compiled if it does no more than get its bindings from the list at constant
positions, compute, load, store and multiply matrices (`imports`). The state of its code (see
`emit`) has words in front of the registers: the workgroup that runs, counted with x fastest, the one
before which it ends, how many there are in x, y and z, and the addresses of functions that multiply.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ireelite.bytecode.isa import REF_BIT, REF_ORDINAL
from ireelite.bytecode.module_def import Instruction
from ireelite.light_named_tuple import NamedTuple
from ireelite.vm.dataflow import Flow, Registers
from ireelite.vm.jit.emit import RegionCode, RegionWriter, word
from ireelite.vm.jit.imports import emit_product, moved, product_of
from ireelite.vm.jit.products import NUMBERS
from ireelite.vm.jit.region import (
    BRANCHES,
    MAX_INSTRUCTIONS,
    Region,
    Register,
    kinds_of,
    live_at,
    path_bounds,
)
from ireelite.vm.jit.rules import BUFFER_OPERANDS, RULES
from ireelite.vm.liveness import Liveness
from ireelite.vm.loops import Irreducible, immediate_dominators, natural_loops

CCONV = "0rrriiiiiiiii_v"
LOCAL, CONSTANTS, LIST, FIRST_BINDING = 0, 1, 2, 3
"""What a reference register holds: an argument, or from the last number on a binding."""
GRID_WORDS = 5
FUNCTION_WORDS = len(NUMBERS)
_REFERENCES = frozenset(("list.get.ref", "discard.refs", "assign.ref", "const.ref.zero", "call"))

Held = dict[int, int]
"""What each reference register holds; those that are null are not there."""


@dataclass(frozen=True)
class Kernel:
    """An entry point that can be compiled. `held` says for each block what the reference registers
    hold where it begins."""

    region: Region
    held: dict[int, Held]
    products: dict[tuple[int, int], tuple[Register, ...]]
    """Block and position of each call that multiplies, and the registers that are live there."""
    imports: tuple[str, ...] = ()
    """Names of what its module imports."""


class _Unfit(Exception):
    """An entry point does what cannot be compiled."""


def find_kernel(
    flow: Flow, liveness: Liveness, ordinal: int, imports: Sequence[str] = ()
) -> Kernel | None:
    """Returns a function of an entry point's calling convention, if it can be compiled. `imports`
    are the names of what its module imports.
    """
    try:
        loops = natural_loops(flow, immediate_dominators(flow))
        held, used, stored, products = _hold(flow, imports)
    except (Irreducible, _Unfit):
        return None
    body = set(flow.order)
    size = sum(len(flow.blocks[block].instructions) for block in body)
    if 0 in loops or size > MAX_INSTRUCTIONS:
        return None
    heads = {0, *loops}
    region = Region(
        ordinal,
        head=0,
        blocks=frozenset(body),
        outermost=True,
        exits=(),
        registers=(),
        inputs=(),
        buffers=tuple(sorted(used)),
        stored=frozenset(stored),
        bounds=path_bounds(flow, body, heads),
        live={head: live_at(flow, head, liveness.live_in[head]) for head in heads},
        cost=size,
        size=size,
    )
    live = {place: _live_before(flow, liveness, *place) for place in products}
    return Kernel(region, held, live, tuple(imports))


def step(flow_constant: int | None, row: Instruction, held: Held) -> None:
    """Updates what reference registers hold by an instruction; the constant is the index of a
    `list.get.ref`.
    """
    match row.op.mnemonic:
        case "list.get.ref":
            target = row.operands[3] & REF_ORDINAL
            if held.get(row.operands[0] & REF_ORDINAL) != LIST or flow_constant is None:
                raise _Unfit
            held[target] = FIRST_BINDING + flow_constant
        case "discard.refs":
            for raw in row.operands[0]:
                held.pop(raw & REF_ORDINAL, None)
        case "const.ref.zero":
            held.pop(row.operands[0] & REF_ORDINAL, None)
        case "call":
            for raw in moved(row):
                held.pop(raw & REF_ORDINAL, None)
        case "assign.ref":
            _move(held, *row.operands)


def _move(held: Held, source: int, target: int) -> None:
    value = held.get(source & REF_ORDINAL)
    if source & ~REF_ORDINAL & ~REF_BIT:
        held.pop(source & REF_ORDINAL, None)
    held.pop(target & REF_ORDINAL, None)
    if value is not None:
        held[target & REF_ORDINAL] = value


class _Contents(NamedTuple):
    """What reference registers hold where each block begins; what loads, stores and products go
    through; what is stored through; and the block and position of each product."""

    held: dict[int, Held]
    used: set[int]
    stored: set[int]
    products: list[tuple[int, int]]


def _hold(flow: Flow, imports: Sequence[str]) -> _Contents:
    """Returns what the instructions do with references. Raises `_Unfit`."""
    held: dict[int, Held] = {0: {0: LOCAL, 1: CONSTANTS, 2: LIST}}
    used: set[int] = set()
    stored: set[int] = set()
    products: list[tuple[int, int]] = []
    for block in flow.order:
        now = dict(held[block])
        last = flow.blocks[block].instructions[-1]
        for position, row, _, registers in flow.walk(block):
            if row is last:
                break
            if row.op.mnemonic == "call":
                if (product := product_of(row, registers, imports)) is None:
                    raise _Unfit
                numbers = [now.get(raw & REF_ORDINAL, LIST) for raw in product.buffers]
                if LIST in numbers:
                    raise _Unfit
                used.update(numbers)
                stored.add(numbers[-1])
                products.append((block, position))
            if row.op.mnemonic in _REFERENCES:
                step(_index(registers, row), row, now)
            elif row.op.mnemonic not in RULES:
                raise _Unfit
            elif row.op.mnemonic in BUFFER_OPERANDS:
                number = now.get(row.operands[0] & REF_ORDINAL, LIST)
                if number == LIST:
                    raise _Unfit
                used.add(number)
                if row.op.mnemonic.startswith("buffer.store"):
                    stored.add(number)
        if last.op.mnemonic not in BRANCHES and last.op.mnemonic != "return":
            raise _Unfit
        for edge in flow.edges[block]:
            after = dict(now)
            for source, target in edge.moves:
                if source & REF_BIT:
                    _move(after, source, target)
            if held.setdefault(edge.target, after) != after:
                raise _Unfit
    return _Contents(held, used, stored, products)


def held_at(flow: Flow, kernel: Kernel, block: int, position: int) -> Held:
    """Returns what reference registers hold before an instruction."""
    now = dict(kernel.held[block])
    for number, row, _, registers in flow.walk(block):
        if number == position:
            break
        if row.op.mnemonic in _REFERENCES:
            step(_index(registers, row), row, now)
    return now


def _live_before(flow: Flow, liveness: Liveness, block: int, position: int) -> tuple[Register, ...]:
    """Returns the number registers that an instruction reads, or others after it."""
    after = liveness.after(block)[position]
    live = after & ~liveness.writes(block, position) | liveness.reads(block, position)
    registers = next(found for at, _, _, found in flow.walk(block) if at == position)
    return kinds_of(registers, live)


def _index(registers: Registers, row: Instruction) -> int | None:
    """Returns the index of a `list.get.ref`, if it is a constant."""
    if row.op.mnemonic != "list.get.ref":
        return None
    return registers.read("i", row.operands[1]).constant


def emit_kernel(flow: Flow, kernel: Kernel, disjoint: bool) -> RegionCode:
    """Writes an entry point; `disjoint` code is for buffers that do not overlap."""
    writer = KernelWriter(flow, kernel, disjoint)
    writer.function()
    saved = max(len(each) for each in (*kernel.region.live.values(), *kernel.products.values()))
    return RegionCode(writer.text(), writer.stops, writer.first + saved)


class KernelWriter(RegionWriter):
    """Writes the IR of an entry point: its blocks, in a loop over workgroups."""

    def __init__(self, flow: Flow, kernel: Kernel, disjoint: bool):
        super().__init__(flow, kernel.region, disjoint)
        self.kernel = kernel
        self.grid = self.first
        self.first += GRID_WORDS + FUNCTION_WORDS
        self.held: Held = {}

    def number(self, raw: int) -> int:
        return self.region.buffers.index(self.held[raw & REF_ORDINAL])

    def product(self, type: int) -> str:
        """Returns the function that multiplies elements of a type in the flags of `mmt4d`."""
        place = self.grid + GRID_WORDS + list(NUMBERS).index(type)
        return self.emit(f"load ptr, ptr {self.emit(word(place))}")

    def function(self) -> None:
        self._loop_over_workgroups()
        super().function()
        self._start("done")
        self._return(0)

    def _begin(self) -> str:
        return "workgroup"

    def _loop_over_workgroups(self) -> None:
        lines = self.entry_lines
        lines.append("  %group = alloca i64")
        for position, name in enumerate(("first", "end", "nx", "ny", "nz")):
            lines.append(f"  %{name}.at = {word(self.grid + position)}")
            lines.append(f"  %{name} = load i64, ptr %{name}.at")
        lines.append("  store i64 %first, ptr %group")
        lines.append("  %plane = mul i64 %nx, %ny")
        self._start("workgroup")
        group = self.emit("load i64, ptr %group")
        more = self.emit(f"icmp ult i64 {group}, %end")
        self.line(f"br i1 {more}, label %ids, label %done")
        self._start("ids")
        row = self.emit(f"udiv i64 {group}, %nx")
        ids = (
            self.emit(f"urem i64 {group}, %nx"),
            self.emit(f"urem i64 {row}, %ny"),
            self.emit(f"udiv i64 {group}, %plane"),
        )
        for register, value in enumerate((*ids, "1", "1", "1", "%nx", "%ny", "%nz")):
            self.write("i", register, self.emit(f"trunc i64 {value} to i32"))
        self.line("br label %P0")

    def _write_block(self, block: int) -> None:
        self.held = dict(self.kernel.held[block])
        super()._write_block(block)

    def _instruction(self, row: Instruction) -> None:
        if row.op.mnemonic not in _REFERENCES:
            super()._instruction(row)
            return
        if (product := product_of(row, self.registers, self.kernel.imports)) is not None:
            emit_product(self, product, self.kernel.products[self._block, self._position])
        step(_index(self.registers, row), row, self.held)

    def _terminator(self, block: int, row: Instruction) -> None:
        if row.op.mnemonic != "return":
            super()._terminator(block, row)
            return
        group = self.emit("load i64, ptr %group")
        self.line(f"store i64 {self.emit(f'add nuw nsw i64 {group}, 1')}, ptr %group")
        self.line("br label %workgroup")

    def _return(self, result: int | str) -> None:
        self.line(f"store i64 {self.emit('load i64, ptr %group')}, ptr %first.at")
        super()._return(result)
