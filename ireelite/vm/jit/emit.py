"""A region as LLVM IR.

    int64_t region(int64_t *state, int64_t (*poll)(int64_t left))

`state` has 64-bit words: the instructions that may run, an index for a trap, then for each buffer
its address, its bytes to load from and its bytes to store to, then the inputs; on return the first
word has the instructions left, and the outputs stand where the inputs stood. The result is the
number of the exit, or minus one minus the number of the `Stop`.

Each block takes its instructions from those that may run when it is entered; the heads of loops
look whether enough are left until the next head, and `poll` for more. What would fail stops the
code before the instruction.
"""

from __future__ import annotations

import ctypes
import struct
from functools import cache
from typing import Any

from ireelite.bytecode.isa import REF_ORDINAL
from ireelite.bytecode.module_def import Instruction
from ireelite.light_named_tuple import NamedTuple
from ireelite.vm.dataflow import Flow, Registers, Value
from ireelite.vm.jit.first_turns import first_turns
from ireelite.vm.jit.region import Exit, Region, Register
from ireelite.vm.jit.rules import RULES, TYPES, WIDTHS

NAME = "region"
BUDGET, INDEX, BUFFERS = 0, 1, 2
"""Words of the state."""
_UNLIKELY = "!0"


class Stop(NamedTuple):
    """Where the code gives up: before an instruction, of which the i64 `register` is all that it
    needs, or with the registers that are `saved`; `entering` on the way into the head of a loop,
    whose block is not counted yet."""

    block: int
    position: int
    register: int | None = None
    saved: tuple[Register, ...] | None = None
    entering: bool = False


class RegionCode(NamedTuple):
    """LLVM IR, and what its results mean."""

    text: str
    stops: list[Stop]
    words: int
    """Of the state."""


def inputs_at(region: Region) -> int:
    """Returns the word of the state where the registers begin."""
    return BUFFERS + 3 * len(region.buffers)


def emit_region(flow: Flow, region: Region, disjoint: bool) -> RegionCode:
    """Writes a region; `disjoint` code is for buffers that do not overlap."""
    writer = RegionWriter(flow, region, disjoint)
    writer.function()
    saved = [len(each.outputs) for each in region.exits]
    saved += [len(stop.saved) for stop in writer.stops if stop.saved is not None]
    words = inputs_at(region) + max([len(region.inputs), *saved])
    return RegionCode(writer.text(), writer.stops, words)


class RegionWriter:
    """Writes the IR of one region. The rules call `read`, `write`, `emit`, and those below them."""

    def __init__(self, flow: Flow, region: Region, disjoint: bool):
        self.flow = flow
        self.region = region
        self.first = inputs_at(region)
        """The word of the state where registers are saved."""
        self.disjoint = disjoint
        self.first_turns = first_turns(flow, region.blocks)
        """The blocks of loops that have a copy for their first turn, by head."""
        self._turn = frozenset[int]()
        """The blocks of the loop whose copy is being written."""
        self.registers = Registers()
        self.stops: list[Stop] = []
        self.entry_lines: list[str] = []
        self._body: list[str] = []
        self._variables: dict[Register, str] = {}
        self._declared: dict[str, str] = {}
        self._counts: dict[tuple[int, int, bool], str] = {}
        self._traps: list[tuple[str, int, str]] = []
        self._names = 0
        self._label = ""
        self._block = 0
        self._position = 0

    # -- for rules
    # --------------------------------------------------------------------------------------------

    def line(self, text: str) -> None:
        """Adds an instruction without a result."""
        self._body.append(f"  {text}")

    def emit(self, text: str) -> str:
        """Adds an instruction; returns its result."""
        name = self._name()
        self._body.append(f"  {name} = {text}")
        return name

    def known(self, kind: str, raw: int) -> Value:
        """Returns what is known of a number register."""
        return self.registers.read(kind, raw)

    def read(self, kind: str, raw: int) -> str:
        """Returns a number register's value."""
        constant = self.registers.read(kind, raw).constant
        if constant is not None:
            return self.literal(kind, constant)
        return self.emit(f"load {TYPES[kind]}, ptr {self._variable(kind, raw)}")

    def write(self, kind: str, raw: int, value: str) -> None:
        """Sets a number register."""
        self.line(f"store {TYPES[kind]} {value}, ptr {self._variable(kind, raw)}")

    @staticmethod
    def literal(kind: str, value: Any) -> str:
        """Returns a constant."""
        if kind in "fd":
            return f"0x{struct.pack('>d', value).hex().upper()}"
        return str(value)

    def call(self, name: str, result: str, arguments: str) -> str:
        """Calls an intrinsic."""
        kinds = ", ".join(each.split()[0] for each in arguments.split(", "))
        self._declared[name] = f"declare {result} @{name}({kinds})"
        return self.emit(f"call {result} @{name}({arguments})")

    def library(self, name: str, operands: list[str]) -> str:
        """Calls a function of C's library on doubles."""
        arguments = ", ".join(f"double {each}" for each in operands)
        function = f"inttoptr (i64 {library_address(name)} to ptr)"
        return self.emit(f"call double {function}({arguments}) #1")

    def require(self, condition: str, index: str = "0", register: int | None = None) -> None:
        """Stops before the instruction at hand unless a condition holds."""
        label = self._new_label()
        self.line(f"br i1 {condition}, label %{label}, label %trap, !prof {_UNLIKELY}")
        self._traps.append((self._label, len(self.stops), index))
        self.stops.append(Stop(self._block, self._position, register))
        self._start(label)

    def require_or_save(self, condition: str, saved: tuple[Register, ...]) -> None:
        """Stops before the instruction at hand, with registers saved, unless a condition holds."""
        label, stop = self._new_label(), self._new_label()
        self.line(f"br i1 {condition}, label %{label}, label %{stop}, !prof {_UNLIKELY}")
        self._start(stop)
        self._save(saved)
        self._return(-1 - len(self.stops))
        self.stops.append(Stop(self._block, self._position, saved=saved))
        self._start(label)

    def element(self, raw: int, view: str, index: str, register: int, stores: bool) -> str:
        """Returns the address of an element that is in bounds."""
        number = self.number(raw)
        width = WIDTHS[view]
        inside = self.emit(f"icmp ult i64 {index}, {self._count(number, width, stores)}")
        self.require(inside, index, register)
        return self.emit(f"getelementptr i{8 * width}, ptr %base{number}, i64 {index}")

    def number(self, raw: int) -> int:
        """Returns which of the buffers a reference register holds."""
        return self.region.buffers.index(raw & REF_ORDINAL)

    def length(self, raw: int) -> str:
        """Returns the bytes of a buffer; -1 for other references."""
        return f"%bytes{self.number(raw)}"

    def scope(self, raw: int) -> str:
        """Returns what an access says of the memory that it touches."""
        if not self.disjoint or len(self.region.buffers) < 2:
            return ""
        number = self.number(raw)
        return f", !alias.scope !{_scope(number)}, !noalias !{_scope(number) + 1}"

    # -- the function
    # --------------------------------------------------------------------------------------------

    def function(self) -> None:
        """Writes the whole function."""
        region = self.region
        self._load_state()
        for block in self._in_order(region.blocks):
            if block in self.first_turns:
                self._turn = self.first_turns[block]
                for each in self._in_order(self._turn):
                    self._write_block(each)
                self._turn = frozenset()
            self._write_block(block)
        for number, each in enumerate(region.exits):
            self._exit(number, each)
        if self._traps:
            self._write_trap()

    def _in_order(self, blocks: frozenset[int]) -> list[int]:
        return sorted(blocks, key=self.flow.position.__getitem__)

    def text(self) -> str:
        """Returns the module."""
        return "\n".join(
            [
                *self._declared.values(),
                f"define i64 @{NAME}(ptr noalias %state, ptr %poll) #0 {{",
                "entry:",
                *self.entry_lines,
                f"  br label %{self._begin()}",
                *self._body,
                "}",
                'attributes #0 = { nounwind "no-builtins" }',
                "attributes #1 = { nounwind willreturn memory(none) }",
                "attributes #2 = { cold nounwind memory(inaccessiblemem: readwrite) }",
                '!0 = !{!"branch_weights", i32 1000000, i32 1}',
                *_scopes(len(self.region.buffers)),
                "",
            ]
        )

    def _begin(self) -> str:
        """Returns the label of the first block."""
        return self._entered(self.region.head)

    def _entered(self, head: int) -> str:
        """Returns the label at which a loop is entered."""
        return f"P{head}.first" if head in self.first_turns else f"P{head}"

    def _at(self, name: str, block: int) -> str:
        """Returns a label of a block, or of its copy for a loop's first turn."""
        return f"{name}{block}.first" if block in self._turn else f"{name}{block}"

    def _load_state(self) -> None:
        region = self.region
        lines = self.entry_lines
        lines.append("  %left = alloca i64")
        lines.append("  %budget = load i64, ptr %state")
        lines.append("  store i64 %budget, ptr %left")
        for number in range(len(region.buffers)):
            begin = BUFFERS + 3 * number
            for name, kind, offset in (("base", "ptr", 0), ("bytes", "i64", 1), ("room", "i64", 2)):
                lines.append(f"  %{name}{number}.at = {word(begin + offset)}")
                lines.append(f"  %{name}{number} = load {kind}, ptr %{name}{number}.at")
        entry = self.flow.entries[region.head]
        for kind, raw in region.registers:
            variable = self._variable(kind, raw)
            constant = entry.values[raw].constant
            if constant is not None:
                lines.append(
                    f"  store {TYPES[kind]} {self.literal(kind, constant)}, ptr {variable}"
                )
        for position, (kind, raw) in enumerate(region.inputs):
            lines.append(f"  %in{position}.at = {word(self.first + position)}")
            lines.append(f"  %in{position} = load {TYPES[kind]}, ptr %in{position}.at")
            lines.append(f"  store {TYPES[kind]} %in{position}, ptr {self._variable(kind, raw)}")

    def _write_block(self, block: int) -> None:
        rows = self.flow.blocks[block].instructions
        self._block, self._position = block, 0
        if block in self.region.bounds:
            self._write_head(block)
        else:
            self._start(self._at("B", block))
        left = self.emit("load i64, ptr %left")
        self.line(f"store i64 {self.emit(f'sub nsw i64 {left}, {len(rows)}')}, ptr %left")
        for position, row, _, registers in self.flow.walk(block):
            self._position, self.registers = position, registers
            if position == len(rows) - 1:
                self._terminator(block, row)
            else:
                self._instruction(row)

    def _instruction(self, row: Instruction) -> None:
        RULES[row.op.mnemonic](self, row)

    def _write_head(self, block: int) -> None:
        """Writes the head of a loop: what polls is a loop around it, so that it keeps one way back."""
        need = self.region.bounds[block]
        at = {name: self._at(name, block) for name in "PBEQL"}
        self._start(at["P"])
        self.line(f"br label %{at['B']}")
        self._start(at["B"])
        left = self.emit("load i64, ptr %left")
        enough = self.emit(f"icmp sge i64 {left}, {need}")
        self.line(f"br i1 {enough}, label %{at['E']}, label %{at['Q']}, !prof {_UNLIKELY}")
        self._start(at["Q"])
        more = self.emit(f"call i64 %poll(i64 {left}) #2")
        self.line(f"store i64 {more}, ptr %left")
        granted = self.emit(f"icmp sge i64 {more}, {need}")
        self.line(f"br i1 {granted}, label %{at['P']}, label %{at['L']}")
        self._start(at["L"])
        saved = self.region.live[block]
        self.registers = Registers()
        self._save(saved)
        self._return(-1 - len(self.stops))
        self.stops.append(Stop(block, 0, saved=saved, entering=True))
        self._start(at["E"])

    def _terminator(self, block: int, row: Instruction) -> None:
        edges = self.flow.edges[block]
        labels = [self._edge_label(block, number) for number in range(len(edges))]
        match row.op.mnemonic:
            case "cond_br":
                test = self.emit(f"icmp ne i32 {self.read('i', row.operands[0])}, 0")
                self.line(f"br i1 {test}, label %{labels[0]}, label %{labels[1]}")
            case "br_table":
                cases = " ".join(
                    f"i32 {number}, label %{label}" for number, label in enumerate(labels[1:])
                )
                index = self.read("i", row.operands[0])
                self.line(f"switch i32 {index}, label %{labels[0]} [{cases}]")
            case _:
                self.line(f"br label %{labels[0]}")
        at_end = self.registers
        for edge, label in zip(edges, labels):
            if edge.target not in self.region.blocks:
                continue
            self._start(label)
            registers = at_end.copy()
            for position, value in registers.move(edge.moves):
                source, target = edge.moves[position]
                if source != target:
                    self._move(value.kind, source, target)
            self.line(f"br label %{self._next(block, edge.target)}")

    def _next(self, block: int, target: int) -> str:
        """Returns the label to which an edge leads within the region."""
        if self._goes_back(block, target):
            return f"P{target}" if target in self._turn else f"B{target}"
        if target in self.region.bounds:
            return self._entered(target)
        return self._at("B", target)

    def _goes_back(self, block: int, target: int) -> bool:
        return self.flow.position[target] <= self.flow.position[block]

    def _edge_label(self, block: int, number: int) -> str:
        edge = self.flow.edges[block][number]
        if edge.target in self.region.blocks:
            return self._at("e", block) + f".{number}"
        for position, each in enumerate(self.region.exits):
            if each.block == block and each.edge is edge:
                return f"X{position}"
        raise AssertionError(f"edge {number} of block {block} leads nowhere")

    def _move(self, kind: str, source: int, target: int) -> None:
        value = self.emit(f"load {TYPES[kind]}, ptr {self._variable(kind, source)}")
        self.write(kind, target, value)

    def _exit(self, number: int, each: Exit) -> None:
        self._start(f"X{number}")
        self._save(each.outputs)
        self._return(number)

    def _save(self, registers: tuple[Register, ...]) -> None:
        for position, (kind, raw) in enumerate(registers):
            value = self.emit(f"load {TYPES[kind]}, ptr {self._variable(kind, raw)}")
            place = self.emit(word(self.first + position))
            self.line(f"store {TYPES[kind]} {value}, ptr {place}")

    def _return(self, result: int | str) -> None:
        self.line(f"store i64 {self.emit('load i64, ptr %left')}, ptr %state")
        self.line(f"ret i64 {result}")

    def _write_trap(self) -> None:
        self._start("trap")
        numbers = ", ".join(f"[ {-1 - number}, %{label} ]" for label, number, _ in self._traps)
        indices = ", ".join(f"[ {index}, %{label} ]" for label, _, index in self._traps)
        number, index = self.emit(f"phi i64 {numbers}"), self.emit(f"phi i64 {indices}")
        self.line(f"store i64 {index}, ptr {self.emit(word(INDEX))}")
        self._return(number)

    def _count(self, number: int, width: int, stores: bool) -> str:
        """Returns how many elements of a width a buffer has, computed where the function begins."""
        key = (number, width, stores)
        if key not in self._counts:
            name = f"%count{number}.{width}.{'s' if stores else 'l'}"
            size = f"%room{number}" if stores else f"%bytes{number}"
            least = f"@llvm.smax.i64(i64 {size}, i64 0)"
            self._declared["llvm.smax.i64"] = "declare i64 @llvm.smax.i64(i64, i64)"
            self.entry_lines.append(f"  {name}.0 = call i64 {least}")
            self.entry_lines.append(f"  {name} = lshr i64 {name}.0, {width.bit_length() - 1}")
            self._counts[key] = name
        return self._counts[key]

    def _variable(self, kind: str, raw: int) -> str:
        if (kind, raw) not in self._variables:
            name = self._variables[kind, raw] = f"%{kind}{raw}"
            self.entry_lines.insert(0, f"  {name} = alloca {TYPES[kind]}")
        return self._variables[kind, raw]

    def _start(self, label: str) -> None:
        self._body.append(f"{label}:")
        self._label = label

    def _new_label(self) -> str:
        self._names += 1
        return f"c{self._names}"

    def _name(self) -> str:
        self._names += 1
        return f"%v{self._names}"


def word(position: int) -> str:
    """Returns the address of a word of the state."""
    return f"getelementptr i64, ptr %state, i64 {position}"


def _scope(number: int) -> int:
    return 2 + 3 * number


def _scopes(count: int) -> list[str]:
    """Returns metadata: a scope for each buffer, the list of it, and the list of the others."""
    lines = ["!1 = distinct !{!1}"]
    for number in range(count):
        others = ", ".join(f"!{_scope(each) + 2}" for each in range(count) if each != number)
        lines += [
            f"!{_scope(number)} = !{{!{_scope(number) + 2}}}",
            f"!{_scope(number) + 1} = !{{{others}}}",
            f"!{_scope(number) + 2} = distinct !{{!{_scope(number) + 2}, !1}}",
        ]
    return lines


@cache
def library_address(name: str) -> int:
    """Returns the address of a function of C's library in this process."""
    function = getattr(ctypes.CDLL(None), name)
    return ctypes.cast(function, ctypes.c_void_p).value or 0
