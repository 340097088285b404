"""Decisions about memory: places in the arena, registers, moves, and references that are let go once."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ireelite.bytecode.calling_convention import argument_registers, parse_cconv
from ireelite.bytecode.isa import MOVE_BIT, REF_BIT
from ireelite.bytecode.module_def import FunctionDef, Instruction, ModuleDef
from ireelite.bytecode.registers import callee_signature
from ireelite.compile_options import CompileOptions
from ireelite.dialects import vm
from ireelite.importers.source import read_source
from ireelite.lowering.sequencer.arena import ALIGNMENT, Lifetime, aligned, peak, place
from ireelite.lowering.vm.moves import sequentialise
from ireelite.lowering.vm.registers import Allocation, Liveness, is_ref, width_of
from ireelite.lowering.vm.vm_to_bytecode import vm_to_bytecode
from ireelite.passes import Compilation
from ireelite.pipeline import lower
from ireelite.syntax.parser import parse_module
from ireelite.targets.registry import TARGETS

DATA = Path(__file__).resolve().parents[3] / "notebooks" / "data"

# -- the arena --------------------------------------------------------------------------------------

lifetimes = st.builds(
    lambda first, length, size: Lifetime(first, first + length, size),
    st.integers(0, 12),
    st.integers(0, 6),
    st.integers(0, 3000),
)


@given(st.lists(lifetimes, min_size=1, max_size=14))
def test_no_two_buffers_that_live_together_overlap(buffers):
    size = place(buffers)
    for n, one in enumerate(buffers):
        assert one.offset >= 0 and one.offset % ALIGNMENT == 0 and one.offset + one.size <= size
        for other in buffers[:n]:
            together = one.first <= other.last and other.first <= one.last
            apart = one.offset + one.size <= other.offset or other.offset + other.size <= one.offset
            assert apart or not together


def largest_first(buffers: list[Lifetime]) -> int:
    """The arena if each buffer, largest first, gets the lowest offset that is free."""
    placed: list[tuple[int, Lifetime]] = []
    for one in sorted(buffers, key=lambda t: -t.size):
        offset = 0
        for start, other in sorted(placed, key=lambda p: p[0]):
            together = one.first <= other.last and other.first <= one.last
            if together and start < offset + one.size:
                offset = max(offset, aligned(start + other.size))
        placed.append((offset, one))
    return max(aligned(start + one.size) for start, one in placed)


@given(st.lists(lifetimes, min_size=1, max_size=14))
def test_the_arena_is_never_larger_than_with_the_largest_first(buffers):
    assert peak(buffers) <= place(buffers) <= largest_first(buffers)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=60))
def test_buffers_of_one_size_fill_an_arena_without_gaps(lives):
    buffers = [Lifetime(first, first + length, 1000) for first, length in lives]
    assert place(buffers) == peak(buffers)


# -- parallel moves ---------------------------------------------------------------------------------


class Scratch:
    """Stands in for an allocation: registers beyond all that the moves name."""

    def scratch(self, ref: bool) -> int:
        return 100 | (REF_BIT if ref else 0)


@given(
    st.permutations(range(12)),
    st.lists(st.integers(0, 11), min_size=12, max_size=12),
    st.integers(0, 12),
    st.booleans(),
)
def test_moves_in_sequence_do_what_moves_at_once_do(targets, sources, count, refs):
    bit = REF_BIT if refs else 0
    pairs = [(s | bit, t | bit) for s, t in zip(sources, targets, strict=True) if s != t][:count]
    registers = {r | bit: r for r in range(12)}
    moves = [(source, target, 1) for source, target in pairs]
    for source, target in sequentialise(moves, Scratch()):  # pyright: ignore[reportArgumentType]
        registers[target] = registers[source]
    moved = {target: source & ~REF_BIT for source, target in pairs}
    assert all(registers[r | bit] == moved.get(r | bit, r) for r in range(12))


@given(st.permutations(range(8)))
def test_a_permutation_takes_one_extra_move_a_cycle(order):
    pairs = [(s, t) for t, s in enumerate(order) if s != t]
    cycles, seen = 0, set()
    for start in range(8):
        if start not in seen and order[start] != start:
            cycles += 1
            while start not in seen:
                seen.add(start)
                start = order[start]
    moves = [(source, target, 1) for source, target in pairs]
    assert len(sequentialise(moves, Scratch())) == len(pairs) + cycles  # pyright: ignore[reportArgumentType]


@given(
    st.lists(st.integers(1, 2), min_size=1, max_size=8),
    st.lists(st.integers(1, 2), min_size=1, max_size=8),
    st.data(),
)
def test_halves_of_wide_values_follow_each_other(before, after, data):
    """Values of one and of two registers lie side by side, and are moved to another such order."""

    def placed(widths):
        starts, at = [], 0
        for width in widths:
            at += at % width
            starts.append((at, width))
            at += width
        return starts

    sources, moves = placed(before), []
    for target, width in placed(after):
        fitting = [start for start, other in sources if other == width]
        if fitting and (source := data.draw(st.sampled_from(fitting))) != target:
            moves.append((source, target, width))
    registers = {r: r for r in range(40)}
    sequence = sequentialise(moves, Scratch())  # pyright: ignore[reportArgumentType]
    for source, target in sequence:
        registers[target] = registers.get(source)
    for source, target, width in moves:
        assert [registers[target + n] for n in range(width)] == [source + n for n in range(width)]
        if width == 2:
            at = [n for n, (_, to) in enumerate(sequence) if to == target]
            assert [sequence[n + 1][1] for n in at] == [target + 1] * len(at)


# -- programs ---------------------------------------------------------------------------------------

REFERENCES = """
vm.module @m {
  vm.import @other.use "0r_v"
  vm.import @other.make "0v_r"
  vm.import @other.wait "0CrD_i"
  vm.func @swap_in_a_loop(%a: !vm.ref<!vm.buffer>, %b: !vm.ref<!vm.buffer>, %n: i32) -> !vm.ref<!vm.buffer> {
    %one = vm.const.i32 1 : i32
    vm.br ^bb1(%a, %b, %n) : (!vm.ref<!vm.buffer>, !vm.ref<!vm.buffer>, i32)
  ^bb1(%x: !vm.ref<!vm.buffer>, %y: !vm.ref<!vm.buffer>, %k: i32):
    %less = vm.sub.i32 %k, %one : (i32, i32) -> i32
    vm.cond_br %less ^bb1(%y, %x, %less), ^bb2(%y) : (i32, !vm.ref<!vm.buffer>, !vm.ref<!vm.buffer>, i32, !vm.ref<!vm.buffer>)
  ^bb2(%z: !vm.ref<!vm.buffer>):
    vm.return %z : (!vm.ref<!vm.buffer>)
  }
  vm.func @needed_on_one_side(%c: i32, %a: !vm.ref<!vm.buffer>, %unused: !vm.ref<!vm.buffer>) {
    %b = vm.call @other.make() : !vm.ref<!vm.buffer>
    %dead = vm.call @other.make() : !vm.ref<!vm.buffer>
    vm.cond_br %c ^bb1, ^bb2 : (i32)
  ^bb1:
    vm.call @other.use(%a) : (!vm.ref<!vm.buffer>)
    vm.call @other.use(%a) : (!vm.ref<!vm.buffer>)
    vm.br ^bb3
  ^bb2:
    vm.call @other.use(%b) : (!vm.ref<!vm.buffer>)
    vm.br ^bb3
  ^bb3:
    vm.return
  }
  vm.func @the_same_twice(%a: !vm.ref<!vm.buffer>, %c: i32) -> (!vm.ref<!vm.buffer>, !vm.ref<!vm.buffer>) {
    vm.cond_br %c ^bb1(%a, %a), ^bb2 : (i32, !vm.ref<!vm.buffer>, !vm.ref<!vm.buffer>)
  ^bb1(%x: !vm.ref<!vm.buffer>, %y: !vm.ref<!vm.buffer>):
    vm.return %x, %y : (!vm.ref<!vm.buffer>, !vm.ref<!vm.buffer>)
  ^bb2:
    vm.return %a, %a : (!vm.ref<!vm.buffer>, !vm.ref<!vm.buffer>)
  }
  vm.func @waits(%a: !vm.ref<!vm.buffer>, %b: !vm.ref<!vm.buffer>) -> !vm.ref<!vm.buffer> {
    vm.call.variadic.yieldable @other.wait segments [2] (%a, %b) ^bb1 : (!vm.ref<!vm.buffer>, !vm.ref<!vm.buffer>)
  ^bb1(%status: i32):
    vm.cond_br %status ^bb2, ^bb3 : (i32)
  ^bb2:
    vm.fail "waiting" %status : (i32)
  ^bb3:
    vm.return %b : (!vm.ref<!vm.buffer>)
  }
  vm.func @selects(%c: i32, %a: !vm.ref<!vm.buffer>, %b: !vm.ref<!vm.buffer>) -> !vm.ref<!vm.buffer> {
    %s = vm.select.ref %c, %a, %b : (i32, !vm.ref<!vm.buffer>, !vm.ref<!vm.buffer>) -> !vm.ref<!vm.buffer>
    %t = vm.select.ref %c, %s, %s : (i32, !vm.ref<!vm.buffer>, !vm.ref<!vm.buffer>) -> !vm.ref<!vm.buffer>
    vm.return %t : (!vm.ref<!vm.buffer>)
  }
}
"""


def programs() -> dict[str, vm.ModuleOp]:
    """Modules at stage `vm`."""
    found: dict[str, vm.ModuleOp] = {}
    for name in ("simple_mul", "digits_mlp"):
        module, stage = read_source(DATA / f"{name}.pb").parse()
        lowered = lower(module, stage, "vm", Compilation(CompileOptions(tuple(TARGETS))))
        op = lowered.body.block.first_op
        assert isinstance(op, vm.ModuleOp)
        found[name] = op
    op = parse_module(REFERENCES).body.block.first_op
    assert isinstance(op, vm.ModuleOp)
    return found | {"references": op}


@pytest.fixture(scope="module")
def modules() -> dict[str, vm.ModuleOp]:
    return programs()


@pytest.mark.parametrize("name", ["simple_mul", "digits_mlp", "references"])
def test_values_that_live_together_have_registers_of_their_own(modules, name):
    for function in modules[name].body.block.ops:
        if not isinstance(function, vm.FuncOp):
            continue
        registers = Allocation(function)
        live = Liveness(function)
        for block in function.body.blocks:
            alive = set(live.needed_at_end(block))
            check_apart(registers, alive)
            for op in reversed(list(block.ops)):
                alive = (alive - set(op.results)) | set(op.operands)
                check_apart(registers, alive)
            check_apart(registers, set(live.needed_at_start(block)) | set(block.args))


def check_apart(registers: Allocation, alive) -> None:
    """No two of these values share a register; 64-bit ones begin at an even one."""
    used: set[tuple[bool, int]] = set()
    for value in alive:
        first, width = registers.register[value], width_of(value)
        assert width == 1 or first % 2 == 0
        own = {(is_ref(value), first + n) for n in range(width)}
        assert not own & used
        used |= own


# -- references -------------------------------------------------------------------------------------


class State(NamedTuple):
    """The reference registers that hold something on every path to a place, and on some path."""

    surely: frozenset[int]
    perhaps: frozenset[int]


class References:
    """Follows what reference registers hold, along every path of a function."""

    def __init__(self, module: ModuleDef, function: FunctionDef):
        self.module, self.function = module, function
        self.at_entry: dict[int, State] = {}
        self.settled = False

    def run(self) -> None:
        """Raises AssertionError for a read of an empty register, and for what is held at a return."""
        kinds = parse_cconv(self.function.signature.cconv).argument_kinds()
        start = zip(kinds, argument_registers(kinds), strict=True)
        arguments = frozenset(raw for kind, raw in start if kind == "r")
        waiting = [(0, State(arguments, arguments))]
        while waiting:
            index, state = waiting.pop()
            if (known := self.at_entry.get(index)) is not None:
                state = State(known.surely & state.surely, known.perhaps | state.perhaps)
            if state != known:
                self.at_entry[index] = state
                waiting += self.block(index, state)
        self.settled = True
        for index, state in self.at_entry.items():
            self.block(index, state)

    def block(self, index: int, state: State) -> list[tuple[int, State]]:
        """The successors, with what is held at their entry."""
        surely, perhaps = set(state.surely), set(state.perhaps)
        following: list[tuple[int, State]] = []
        for row in self.function.blocks[index].instructions:
            try:
                following = self.step(row, surely, perhaps)
            except AssertionError as error:
                error.add_note(f"at {row.op.mnemonic} {row.operands} of block {index}")
                raise
        return following

    def step(
        self, row: Instruction, surely: set[int], perhaps: set[int]
    ) -> list[tuple[int, State]]:
        """Runs one instruction; the successors if it is a branch."""

        def read(raw: int, now: set[int], maybe: set[int]) -> None:
            register = raw & ~MOVE_BIT
            assert register in now, f"register {register:#x} is read but may hold nothing"
            if raw & MOVE_BIT:
                now.discard(register)
                maybe.discard(register)

        if row.op.mnemonic == "discard.refs":
            for raw in row.operands[0]:
                assert raw in perhaps or not self.settled, (
                    f"register {raw:#x} is let go but never holds anything"
                )
                surely.discard(raw)
                perhaps.discard(raw)
            return []
        fields = list(zip(row.op.fields, row.operands, strict=True))
        results: list[int] = []
        for kind, operand in fields:
            if kind in ("r", "r'"):
                read(operand, surely, perhaps)
            elif kind == "L":
                for raw in operand:
                    if raw & REF_BIT:
                        read(raw, surely, perhaps)
            elif kind == ">r'":
                results.append(operand & ~MOVE_BIT)
            elif kind == ">L":
                kinds = parse_cconv(
                    callee_signature(self.module, row.operands[0]).cconv
                ).result_kinds()
                results += [raw for k, raw in zip(kinds, operand, strict=True) if k == "r"]
        for raw in results:
            assert raw not in perhaps, (
                f"register {raw:#x} may hold a reference that is written over"
            )
            surely.add(raw)
            perhaps.add(raw)
        if row.op.mnemonic == "return":
            assert not perhaps, f"a return leaves {perhaps}"
        targets = [operand for kind, operand in fields if kind == "pc"]
        moves = [operand for kind, operand in fields if kind == "M"] or [()] * len(targets)
        following: list[tuple[int, State]] = []
        for target, pairs in zip(targets, moves, strict=True):
            now, maybe = set(surely), set(perhaps)
            for source, destination in pairs:
                if source & REF_BIT:
                    read(source, now, maybe)
                    now.add(destination)  # a move into a register lets go of what it held
                    maybe.add(destination)
            following.append((target, State(frozenset(now), frozenset(maybe))))
        return following


@pytest.mark.parametrize("name", ["simple_mul", "digits_mlp", "references"])
def test_every_path_lets_each_reference_go_exactly_once(modules, name):
    module = vm_to_bytecode(modules[name])
    for function in module.functions:
        References(module, function).run()


def test_the_function_of_a_kernel_lets_its_bindings_go():
    from ireelite.bytecode.decode import decode_module
    from ireelite.targets.registry import TargetOptions, find_target

    program, stage = read_source(DATA / "digits_mlp.pb").parse()
    lowered = lower(program, stage, "executables", Compilation(CompileOptions(("vmvx",))))
    target = find_target("vmvx")
    bodies = [op for op in lowered.walk() if op.name == "iree.executable"]
    assert len(bodies) > 1
    for variant in bodies:
        body = variant.regions[0].block.first_op
        assert body is not None
        module = decode_module(target.serialize(body, TargetOptions()).data)
        for function in module.functions:
            References(module, function).run()
