"""Bytecode functions as Python functions: the fast engine.

Each register is a local variable (`i7`, `r2`), each import a global name that is bound to the
method it resolves to (`import_3`), straight-line code is straight-line Python, and loops and ifs
are Python's own (see `control`). What `dataflow` knows is used: constants are literals, sums that
cannot overflow are not wrapped, indices that cannot be negative are not checked.

A translation belongs to a module; the names it uses are bound anew in each context.
"""

from __future__ import annotations

from types import CodeType

from ireelite.bytecode.calling_convention import argument_registers, parse_cconv
from ireelite.bytecode.isa import MOVE_BIT, REF_BIT, REF_ORDINAL
from ireelite.bytecode.module_def import Instruction
from ireelite.bytecode.registers import CELL, register_counts
from ireelite.vm.control import (
    Branch,
    Goto,
    Leave,
    Loop,
    Moves,
    Node,
    Repeat,
    Run,
    falls_through,
    nests,
    structure,
)
from ireelite.vm.dataflow import Edge, Flow, Registers, Untranslatable, Value
from ireelite.vm.instructions import EMITTERS, FORWARDABLE, takes_expressions
from ireelite.vm.jit.entry import enter_compiled, hot_loop
from ireelite.vm.jit.region import find_regions
from ireelite.vm.liveness import Liveness
from ireelite.vm.module_facts import ModuleFacts
from ireelite.vm.python_source import drop_unread, literal
from ireelite.vm.translation import Translation

_LIMITS = {
    "i32": "-0x80000000 <= {0} <= 0x7FFFFFFF",
    "i64": "-0x8000000000000000 <= {0} <= 0x7FFFFFFFFFFFFFFF",
}
_DEEPEST_EXPRESSION = 20
"""Parentheses in an expression that becomes part of another."""


def translate(
    facts: ModuleFacts,
    ordinal: int,
    recording: bool = False,
    limited: bool = False,
    compiling: bool = False,
) -> Translation | None:
    """Returns a function as Python, or None if it is one that only the interpreter can run (see
    `dataflow`).

    With `recording` each import call is preceded by a note of where it is made; if `limited`, each
    block by taking its instructions from the context's meter; with `compiling`, loops that have run
    long go on as native code (see `jit`).
    """
    try:
        writer = Writer(facts, ordinal, recording, limited, compiling)
        writer.function()
    except Untranslatable:
        return None
    source = "\n".join(writer.lines) + "\n"
    compiled = compile(source, f"<bytecode {facts.module.name!r}>", "exec", dont_inherit=True)
    code = next(constant for constant in compiled.co_consts if isinstance(constant, CodeType))
    return Translation(ordinal, source, code, writer.places, tuple(writer.regions))


class Writer:
    """Writes one function. The emitters of `instructions` call `line`, `number`,
    `reference` and `assign`.
    """

    def __init__(
        self,
        facts: ModuleFacts,
        ordinal: int,
        recording: bool = False,
        limited: bool = False,
        compiling: bool = False,
    ):
        self.facts = facts
        module = self.module = facts.module
        self.ordinal = ordinal
        self.recording = recording
        self.limited = limited
        self.function_def = module.functions[ordinal]
        self.flow = Flow(module, self.function_def)
        self.liveness = Liveness(self.flow)
        self.regions = find_regions(self.flow, self.liveness, ordinal) if compiling else {}
        self.registers = Registers()
        self.forwarded: dict[int, str] = {}
        """Expressions of registers that only the next instruction reads,
        and which were not assigned.
        """
        self.next_reader: Instruction | None = None
        """The instruction behind the one at hand, if it is the only reader of that one's result."""
        self.rounding_cell = any(
            edge.target <= block for block in self.flow.order for edge in self.flow.edges[block]
        )
        """Whether f32 are rounded by storing them, which pays in a loop; else by a call."""
        self.rounds = False
        self.lines: list[str] = []
        self.places: list[tuple[int, int, str | None] | None] = []
        self.depth = 0
        self.loops = 0
        self.place: tuple[int, int, str | None] | None = None
        self.constants: list[tuple[int, str]] = []
        """Lines that only set a register to a constant."""
        self.variables: set[str] = set()
        """Number registers that some line reads."""
        self.continues = False
        """Whether the block at hand leads to another."""
        self.emptied: list[str] = []
        """Reference registers that the instruction at hand has moved from."""

    def function(self) -> None:
        """Writes the whole function."""
        convention = parse_cconv(self.function_def.signature.cconv)
        kinds = convention.argument_kinds()
        arguments = [self.name(raw) for raw in argument_registers(kinds)]
        self.line(f"def fn{self.ordinal}({', '.join(arguments)}):")
        self.depth += 1
        count = register_counts(self.module, self.function_def)[1]
        others = [name for name in (f"r{n}" for n in range(count)) if name not in arguments]
        if others:
            self.line(" = ".join([*others, "None"]))
        cell = len(self.lines)
        self.line("")
        if self.regions:
            self.line(f"heat = heats[{self.ordinal}]")
        nodes = structure(self.flow)
        start = len(self.lines)
        if nodes is None or not nests(nodes):
            self._dispatch()
        else:
            self.write_nodes(nodes)
        if len(self.lines) == start:
            self.line("pass")
        if self.rounds and self.rounding_cell:
            self.lines[cell] = " cell = new_cell()"
        drop_unread(self.lines, self.constants, self.variables)

    # -- for emitters

    def line(self, text: str) -> None:
        """Adds a line at the current depth."""
        self.lines.append(" " * self.depth + text)
        self.places.append(self.place)

    @staticmethod
    def name(raw: int) -> str:
        """Returns the variable of a register."""
        return f"r{raw & REF_ORDINAL}" if raw & REF_BIT else f"i{raw}"

    def value(self, kind: str, raw: int) -> Value:
        """Returns what is known of a number register."""
        return self.registers.read(kind, raw)

    def number(self, kind: str, raw: int, bare: bool = False) -> str:
        """Returns a number register as an atom of an expression, or any expression if `bare`."""
        value = self.registers.read(kind, raw)
        expression = self.forwarded.pop(raw, None)
        if value.constant is not None:
            return literal(value.constant)
        if expression is not None:
            return expression if bare else f"({expression})"
        name = f"i{raw}"
        self.variables.add(name)
        return name

    def reference(self, raw: int) -> str:
        """Returns a reference register as an atom; it will be emptied behind the instruction if it
        is moved from.
        """
        name = f"r{raw & REF_ORDINAL}"
        if name in self.emptied:
            return "None"
        if raw & MOVE_BIT:
            self.emptied.append(name)
        return name

    def assign(self, raw: int, expression: str) -> None:
        """Sets a register."""
        name = self.name(raw)
        if name in self.emptied:
            self.emptied.remove(name)
        self.line(f"{name} = {expression}")

    def assign_all(self, raws: tuple[int, ...], expression: str) -> None:
        """Sets several registers to the members of a tuple."""
        names = [self.name(raw) for raw in raws]
        self.emptied = [name for name in self.emptied if name not in names]
        self.line(f"{', '.join(names)} = {expression}")

    def cell(self, raw: int) -> str:
        """Returns a register of any kind as an atom."""
        return self.reference(raw) if raw & REF_BIT else self.number(CELL, raw)

    def rounded(self, expression: str) -> str:
        """Returns an expression rounded to f32, as an atom."""
        if not self.rounding_cell:
            return f"round_f32({expression})"
        self.rounds = True
        self.line(f"cell[0] = {expression}")
        return "cell[0]"

    def assign_fixed(self, raw: int, expression: str, fix: str) -> None:
        """Sets a number register to a value that must still be wrapped or rounded.

        What cannot fail and is read only by the next instruction becomes part of that one; a store
        rounds by itself.
        """
        reader = self.next_reader
        if reader is not None and fix == "f32" and reader.op.mnemonic == "buffer.store.f32":
            if reader.operands[2] == raw:
                self.forwarded[raw] = expression
                return
        if fix == "f32":
            expression = self.rounded(expression)
        elif (
            reader is not None
            and not fix
            and takes_expressions(reader)
            and expression.count("(") < _DEEPEST_EXPRESSION
        ):
            self.forwarded[raw] = expression
            return
        self.line(f"i{raw} = {expression}")
        if fix in _LIMITS:
            self.line(f"if not {_LIMITS[fix].format(f'i{raw}')}: i{raw} = wrap{fix[1:]}(i{raw})")

    def note_position(self, row: Instruction) -> None:
        """Tells the recorder, if there is one, which instruction is calling."""
        if self.recording:
            self.line(f"recorder.position = {(self.module.name, self.ordinal, row.pc)!r}")

    # -- control

    def write_nodes(self, nodes: list[Node]) -> None:
        """Writes nodes, one behind the other."""
        for node in nodes:
            match node:
                case Run(block):
                    self._run(block)
                case Moves(_, edge):
                    self._moves(edge)
                case Branch(block, arms):
                    self._branch(block, arms)
                case Loop():
                    self._loop(node)
                case Leave():
                    self.line("break")
                case Repeat():
                    self.line("continue")
                case Goto(edge):
                    self._moves(edge)
                    self.line(f"block = {edge.target}")

    def _loop(self, loop: Loop) -> None:
        """Writes a loop.

        If all it does before it may end is to test a condition, then that stands in its first line.
        """
        if (region := self.regions.get(loop.head)) is not None:
            hot_loop(self, loop, region)
            return
        body = loop.body
        first = len(self.lines)
        self.line("while True:")
        self.depth += 1
        match body:
            case [Run(head), Branch(_, [arm, [Leave()]])]:
                self._run(head)
                if len(self.lines) == first + 1:
                    condition = self.flow.blocks[head].instructions[-1].operands[0]
                    self.lines[first] = (
                        f"{' ' * (self.depth - 1)}while {self.number('i', condition, bare=True)}:"
                    )
                    self.write_nodes(arm)
                else:
                    self._branch(head, [arm, [Leave()]])
            case _:
                self.write_nodes(body)
        if len(self.lines) == first + 1:
            self.line("pass")
        self.depth -= 1

    def _indented(self, nodes: list[Node]) -> None:
        self.depth += 1
        start = len(self.lines)
        self.write_nodes(nodes)
        if len(self.lines) == start:
            self.line("pass")
        self.depth -= 1

    def _run(self, block: int) -> None:
        """Writes the instructions of a block. Leaves `registers` as they are at its end."""
        self.continues = bool(self.flow.edges[block])
        live = self.liveness.after(block)
        if self.limited:
            self._count(block)
        for position, row, _, registers in self.flow.walk(block):
            self.registers = registers
            self.next_reader = self._only_reader(block, position, live)
            self._instruction(block, position, row)

    def _count(self, block: int) -> None:
        rows = self.flow.blocks[block].instructions
        self.place = (rows[0].pc, self._pc_behind(block, 0), None)
        self.line(f"meter.left -= {len(rows)}")
        self.line("if meter.left < 0: meter.more()")

    def _instruction(self, block: int, position: int, row: Instruction) -> None:
        self.place = (row.pc, self._pc_behind(block, position), self.facts.import_called(row))
        self.emptied = []
        EMITTERS[row.op.mnemonic](self, row)
        for name in self.emptied:
            self.line(f"{name} = None")
        self.emptied = []

    def _only_reader(self, block: int, position: int, live: list[int]) -> Instruction | None:
        """Returns the next instruction if it reads the result of this one, and nothing else does."""
        rows = self.flow.blocks[block].instructions
        if position + 1 == len(rows) or rows[position].op.mnemonic not in FORWARDABLE:
            return None
        written = self.liveness.writes(block, position)
        if not written & self.liveness.reads(block, position + 1):
            return None
        remains = live[position + 1] & ~self.liveness.writes(block, position + 1)
        reads = [raw for kind, raw in self.flow.touched[block][position + 1].reads if kind != "r"]
        once = reads.count(rows[position].operands[-1]) == 1
        return rows[position + 1] if once and not written & remains else None

    def _branch(self, block: int, arms: list[list[Node]]) -> None:
        row = self.flow.blocks[block].instructions[-1]
        registers = self.registers
        if row.op.mnemonic == "br_table":
            index = self.number("i", row.operands[0])
            tests = [f"{index} == {number}" for number in range(len(arms) - 1)]
            ordered = [*arms[1:], arms[0]]
        else:
            tests = [self.number("i", row.operands[0], bare=True)]
            ordered = arms
        for number, arm in enumerate(ordered[:-1]):
            self.registers = registers
            if not arm and number == len(tests) - 1 and ordered[-1] and len(tests) == 1:
                self.line(f"if not ({tests[0]}):" if " " in tests[0] else f"if not {tests[0]}:")
                self._indented(ordered[-1])
                self.registers = registers
                return
            self.line(f"{'if' if number == 0 else 'elif'} {tests[number]}:")
            self._indented(arm)
        self.registers = registers
        if not ordered[-1]:
            return
        if tests and (len(tests) > 1 or falls_through(ordered[0])):
            self.line("else:")
            self._indented(ordered[-1])
        else:
            self.write_nodes(ordered[-1])

    def _moves(self, edge: Edge) -> None:
        """Writes an edge's moves in order; numbers and references apart, as they cannot meet."""
        registers = self.registers = self.registers.copy()
        if edge.condition is not None:
            registers.assume(edge.condition, edge.holds)
        for source, target in edge.moves:
            if source & REF_BIT:
                name = self.name(source)
                if (source ^ target) & REF_ORDINAL:
                    self.line(f"{self.name(target)} = {name}")
                    if source & MOVE_BIT:
                        self.line(f"{name} = None")
        needed = self.liveness.needed_moves(edge)
        for position, value in registers.move(edge.moves):
            if position in needed:
                self._copy(*edge.moves[position], value)

    def _copy(self, source: int, target: int, value: Value) -> None:
        if value.constant is not None:
            self.set_constant(target, value.constant)
        elif source != target:
            self.variables.add(f"i{source}")
            self.line(f"i{target} = i{source}")

    def set_constant(self, raw: int, constant: float) -> None:
        """Sets a number register to a constant; the line goes away if nothing reads the
        variable.
        """
        self.constants.append((len(self.lines), f"i{raw}"))
        self.line(f"i{raw} = {literal(constant)}")

    def _dispatch(self) -> None:
        """Writes the function as a loop over block numbers, for control flow that does not nest."""
        self.line("block = 0")
        self.line("while True:")
        self.depth += 1
        self._choose(sorted(self.flow.order))
        self.depth -= 1

    def _choose(self, blocks: list[int]) -> None:
        if len(blocks) > 1:
            middle = len(blocks) // 2
            self.line(f"if block < {blocks[middle]}:")
            self.depth += 1
            self._choose(blocks[:middle])
            self.depth -= 1
            self.line("else:")
            self.depth += 1
            self._choose(blocks[middle:])
            self.depth -= 1
            return
        block = blocks[0]
        if (region := self.regions.get(block)) is not None:
            ways: list[list[Node]] = [[Goto(leaving.edge)] for leaving in region.exits]
            enter_compiled(self, region, ways, "continue")
        self._run(block)
        edges = self.flow.edges[block]
        if len(edges) == 1:
            self.write_nodes([Goto(edges[0])])
        elif edges:
            self._branch(block, [[Goto(edge)] for edge in edges])

    # -- lines

    def _pc_behind(self, block: int, position: int) -> int:
        blocks = self.flow.blocks
        rows = blocks[block].instructions
        if position + 1 < len(rows):
            return rows[position + 1].pc
        return blocks[block + 1].pc if block + 1 < len(blocks) else self.function_def.length
