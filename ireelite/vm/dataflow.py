"""What is known of the number registers of a function before each instruction, without running it.

The translator keeps a register in one Python variable whatever its type, so it must know the type
that each read will find. It also wants bounds: an index known to be small needs no wrapping to 64
bits, one known not to be negative no check. A function for which the types cannot be known (it
reads a register that it has not written, or half of a 64-bit value) is `Untranslatable` and left to
the interpreter, which keeps bits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ireelite.bytecode.calling_convention import argument_registers, parse_cconv
from ireelite.bytecode.isa import REF_BIT
from ireelite.bytecode.module_def import FunctionDef, Instruction, ModuleDef
from ireelite.bytecode.registers import CELL, Accesses, accesses
from ireelite.light_named_tuple import NamedTuple
from ireelite.vm.intervals import LIMITS, Interval, fixed_interval, result_interval


class Untranslatable(Exception):
    """A function whose registers have no types of their own."""


class Value(NamedTuple):
    """A register's type, and bounds: of an int always, of a float only if it is a constant."""

    kind: str
    """`i q f d`, or `h` for the upper half of a 64-bit value."""
    low: Any = None
    high: Any = None

    @property
    def constant(self) -> Any:
        """The one value that it can have, or None."""
        return self.low if self.low is not None and self.low == self.high else None

    def join(self, other: Value) -> Value:
        """Returns what is known if it may be either."""
        if self.kind in LIMITS:
            return Value(self.kind, min(self.low, other.low), max(self.high, other.high))
        return self if repr(self) == repr(other) else Value(self.kind)


_ANYTHING = {kind: Value(kind, *LIMITS.get(kind, (None, None))) for kind in "iqfd"}
"""By kind: any value of it."""
_UPPER = Value("h")


class Registers:
    """The number registers at one point of a function."""

    def __init__(self, values: dict[int, Value] | None = None):
        self.values: dict[int, Value] = values if values is not None else {}
        self.conditions: dict[int, tuple[str, int, int]] = {}
        """Registers that hold a comparison of two others, which have not changed since."""

    def copy(self) -> Registers:
        """Returns a copy."""
        copied = Registers(dict(self.values))
        copied.conditions = dict(self.conditions)
        return copied

    def read(self, kind: str, raw: int) -> Value:
        """Returns what a register holds. Raises `Untranslatable` if that may be something of
        another kind.
        """
        value = self.values.get(raw)
        if value is None or (value.kind != kind and kind != CELL):
            raise Untranslatable(f"register i{raw} is read as {kind}; it holds {value}")
        return value

    def write(self, raw: int, value: Value) -> None:
        """Sets a register, and with a 64-bit value the one after it."""
        self.forget(raw)
        if value.kind in "qd":
            self.forget(raw + 1)
            self.values[raw + 1] = _UPPER
        self.values[raw] = value

    def forget(self, raw: int) -> None:
        """Forgets what a register held, and a 64-bit value of which it was a half."""
        old = self.values.pop(raw, None)
        if old is not None:
            if old.kind == "h":
                self.values.pop(raw - 1, None)
            elif old.kind in "qd":
                self.values.pop(raw + 1, None)
        conditions = self.conditions
        if conditions and any([raw in (name, a, b) for name, (_, a, b) in conditions.items()]):
            self.conditions = {
                name: row for name, row in conditions.items() if raw not in (name, row[1], row[2])
            }

    def move(self, moves: tuple[tuple[int, int], ...]) -> list[tuple[int, Value]]:
        """Carries out the number moves of a branch, one after the other.

        Returns those that copy a whole value: position among the moves, and the value. A 64-bit
        value is moved by two moves that follow each other.
        """
        done: list[tuple[int, Value]] = []
        skip = False
        for position, (source, target) in enumerate(moves):
            if skip or source & REF_BIT:
                skip = False
                continue
            value = self.values.get(source)
            if value is not None and value.kind in "qd":
                if (
                    moves[position + 1 : position + 2] == ((source + 1, target + 1),)
                    and target % 2 == 0
                ):
                    self.write(target, value)
                    done.append((position, value))
                    skip = True
                    continue
                value = None
            if value is None or value.kind == "h":
                self.forget(target)
            else:
                self.write(target, value)
                done.append((position, value))
        return done

    def assume(self, condition: int, holds: bool) -> None:
        """Narrows bounds by what a comparison that holds, or does not, says of its operands."""
        if (row := self.conditions.get(condition)) is None:
            return
        mnemonic, a, b = row
        left, right = self.values.get(a), self.values.get(b)
        if left is None or right is None:
            return
        low_a, high_a, low_b, high_b = left.low, left.high, right.low, right.high
        if mnemonic == "cmp.lt.s":
            if holds:
                high_a, low_b = min(high_a, high_b - 1), max(low_b, low_a + 1)
            else:
                low_a, high_b = max(low_a, low_b), min(high_b, high_a)
        elif (mnemonic == "cmp.eq") == holds:
            low_a = low_b = max(low_a, low_b)
            high_a = high_b = min(high_a, high_b)
        if low_a <= high_a and low_b <= high_b:
            self.values[a] = Value(left.kind, low_a, high_a)
            self.values[b] = Value(right.kind, low_b, high_b)

    def step(self, row: Instruction, touched: Accesses) -> None:
        """Carries out an instruction that is no terminator (or a call that is)."""
        reads = [self.read(kind, raw) for kind, raw in touched.reads if kind != "r"]
        mnemonic = row.op.mnemonic
        for kind, raw in touched.writes:
            if kind != "r":
                self.write(raw, _result(mnemonic, row.operands, kind, reads))
        if (name := _COMPARISONS.get(mnemonic)) is not None:
            a, b, target = row.operands
            if target not in (a, b):
                self.conditions[target] = (name, a, b)


_COMPARISONS = {
    f"{name}.{kind}{sign}": f"{name}{sign}"
    for kind in ("i32", "i64")
    for name, sign in (("cmp.lt", ".s"), ("cmp.eq", ""), ("cmp.ne", ""))
}


def _result(mnemonic: str, operands: tuple[Any, ...], kind: str, reads: list[Value]) -> Value:
    """Returns what an instruction leaves in a result register."""
    if mnemonic.startswith("const."):
        constant = 0.0 if kind in "fd" else 0
        if not mnemonic.endswith(".zero"):
            constant = operands[0]
        return Value(kind, constant, constant)
    if mnemonic.startswith(("select.", "switch.")):
        values = [value for value in reads[1:] if value.kind == kind]
        joined = values[0]
        for value in values[1:]:
            joined = joined.join(value)
        return joined
    anything = _ANYTHING[kind]
    if kind not in LIMITS:
        return anything
    low, high = _interval(mnemonic, reads)
    return Value(kind, low, high) if anything.low <= low and high <= anything.high else anything


def exact_result(mnemonic: str, kind: str, reads: list[Value]) -> Interval:
    """Bounds of an int result before it is wrapped."""
    if mnemonic.startswith(("select.", "switch.")):
        values = [value for value in reads[1:] if value.kind == kind]
        return Interval(min(value.low for value in values), max(value.high for value in values))
    return _interval(mnemonic, reads)


def _interval(mnemonic: str, reads: list[Value]) -> Interval:
    if (fixed := fixed_interval(mnemonic)) is not None:
        return fixed
    return result_interval(mnemonic, [Interval(v.low, v.high) for v in reads if v.kind in LIMITS])


class Edge(NamedTuple):
    """A way from the end of a block to another."""

    target: int
    moves: tuple[tuple[int, int], ...] = ()
    condition: int | None = None
    """The register on which it is taken, if it hangs on one."""
    holds: bool = True


class Flow:
    """A function's blocks, the ways between them, and what is known where each of them begins."""

    def __init__(self, module: ModuleDef, function: FunctionDef):
        self.blocks = function.blocks
        self.touched = [
            [accesses(module, function, row) for row in block.instructions]
            for block in function.blocks
        ]
        self.edges: list[list[Edge]] = [
            [
                edge._replace(moves=with_halves_together(edge.moves)) if edge.moves else edge
                for edge in _edges(index, block.instructions, len(self.blocks))
            ]
            for index, block in enumerate(self.blocks)
        ]
        kinds = parse_cconv(function.signature.cconv).argument_kinds()
        entry = Registers()
        for kind, raw in zip(kinds, argument_registers(kinds)):
            if kind != "r":
                entry.write(raw, _ANYTHING[kind])
        self._drop_impossible_ways()
        self.order = _reverse_postorder(self.edges)
        self.position = {block: number for number, block in enumerate(self.order)}
        self.entries: dict[int, Registers] = {0: entry}
        self._ends: dict[int, Registers] = {}
        self._solve()

    def walk(self, block: int) -> Iterator[tuple[int, Instruction, Accesses, Registers]]:
        """Yields the instructions of a block, each with its position and what is known before it.

        Then take `leave`.
        """
        registers = self.entries[block].copy()
        rows = self.blocks[block].instructions
        for position, row in enumerate(rows):
            yield position, row, self.touched[block][position], registers
            if position < len(rows) - 1 or row.op.mnemonic in _CALL_TERMINATORS:
                registers.step(row, self.touched[block][position])

    def _drop_impossible_ways(self) -> None:
        """Drops ways that cannot be taken: a `fail` goes on if its status is 0, which it is not
        where a branch has just found that.
        """
        into: dict[int, list[Edge]] = {}
        for edges in self.edges:
            for edge in edges:
                into.setdefault(edge.target, []).append(edge)
        for index, block in enumerate(self.blocks):
            last = block.instructions[-1]
            if last.op.mnemonic != "fail" or not self.edges[index]:
                continue
            status = last.operands[0]
            written = {raw for touched in self.touched[index] for _, raw in touched.writes}
            found = all(
                edge.condition == status
                and edge.holds
                and status not in [target for _, target in edge.moves]
                for edge in into.get(index, ())
                if edge.target == index
            )
            constant = {
                row.operands[1]: row.operands[0]
                for row in self.blocks[0].instructions
                if row.op.mnemonic == "const.i32"
            }
            if (found and index != 0 and status not in written) or self._always(status, constant):
                self.edges[index] = []

    def _always(self, raw: int, constants: dict[int, int]) -> bool:
        """Returns whether a register gets its only value, one that is not 0, in the entry block."""
        writes = sum(
            raw == name for rows in self.touched for touched in rows for _, name in touched.writes
        )
        return writes == 1 and constants.get(raw, 0) != 0

    def _solve(self) -> None:
        waiting = {0}
        while waiting:
            block = min(waiting, key=self.position.__getitem__)
            waiting.discard(block)
            registers = self._ends[block] = self._after_all(block)
            for edge in self.edges[block]:
                leaving = registers.copy()
                if edge.condition is not None:
                    leaving.assume(edge.condition, edge.holds)
                leaving.move(edge.moves)
                if self._join(block, edge.target, leaving):
                    waiting.add(edge.target)

    def at_end(self, block: int) -> Registers:
        """Returns what is known when a block is left."""
        return self._ends[block].copy()

    def _after_all(self, block: int) -> Registers:
        registers = self.entries[block].copy()
        rows, touched = self.blocks[block].instructions, self.touched[block]
        last = len(rows) - 1
        for row, registers_of_row in zip(rows[:last], touched):
            registers.step(row, registers_of_row)
        if rows[last].op.mnemonic in _CALL_TERMINATORS:
            registers.step(rows[last], touched[last])
        return registers

    def _join(self, source: int, target: int, leaving: Registers) -> bool:
        """Adds what comes along an edge to what is known at its target; whether that changed it."""
        entry = self.entries.get(target)
        if entry is None:
            leaving.conditions = {}
            self.entries[target] = leaving
            return True
        back = self.position[target] <= self.position[source]
        changed = False
        for raw, value in list(entry.values.items()):
            if raw not in entry.values:
                continue
            other = leaving.values.get(raw)
            if other is value:
                continue
            if other is None or other.kind != value.kind:
                entry.forget(raw)
                changed = True
                continue
            joined = value.join(other)
            if joined != value:
                entry.values[raw] = _widened(value, joined) if back else joined
                changed = True
        return changed


_CALL_TERMINATORS = ("call.yieldable", "call.variadic.yieldable")


def _widened(old: Value, new: Value) -> Value:
    """Returns a bound that moved around a loop is let go, so that the next round does not move it
    again.
    """
    if new.kind not in LIMITS:
        return new
    least, greatest = LIMITS[new.kind]
    low = new.low if new.low == old.low else 0 if new.low >= 0 else least
    return Value(new.kind, low, new.high if new.high == old.high else greatest)


def _edges(index: int, rows: list[Instruction], count: int) -> list[Edge]:
    """Returns the ways out of a block."""
    row = rows[-1]
    operands = row.operands
    match row.op.mnemonic:
        case "br" | "yield" | "break":
            return [Edge(*operands)]
        case "cond_br":
            condition, target, moves, other, other_moves = operands
            return [
                Edge(target, moves, condition, True),
                Edge(other, other_moves, condition, False),
            ]
        case "cond_break":
            return [Edge(operands[1], operands[2])]
        case "br_table":
            return [Edge(operands[1], operands[2]), *(Edge(*case) for case in operands[3])]
        case "call.yieldable":
            return [Edge(operands[2])]
        case "call.variadic.yieldable":
            return [Edge(operands[3])]
        case "fail" if index + 1 < count:
            return [Edge(index + 1)]
        case _:
            return []


def with_halves_together(moves: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """Returns the same moves, each of an upper half directly behind that of its lower one where no
    move between them depends on it. Chains of 64-bit values may have been ordered by halves.
    """
    ordered, present = list(moves), frozenset(moves)
    position = 0
    while position < len(ordered) - 1:
        source, target = ordered[position]
        upper = (source + 1, target + 1)
        position += 1
        if (source | target) & (REF_BIT | 1) or upper not in present:
            continue
        for later in range(position, len(ordered)):
            if ordered[later] == upper:
                ordered.insert(position, ordered.pop(later))
                break
            if ordered[later][1] in upper or ordered[later][0] == upper[1]:
                break
    return tuple(ordered)


def _reverse_postorder(edges: list[list[Edge]]) -> list[int]:
    """Blocks that can be reached, each before those that it leads to but for the ways back."""
    order: list[int] = []
    seen = {0}
    path = [(0, iter(edges[0]))]
    while path:
        block, ways = path[-1]
        edge = next((edge for edge in ways if edge.target not in seen), None)
        if edge is None:
            order.append(block)
            path.pop()
        else:
            seen.add(edge.target)
            path.append((edge.target, iter(edges[edge.target])))
    return order[::-1]
