"""What a dispatch costs: the bytes that it reads and writes, its operations, and what a machine with
vector registers takes for them, counted in its kernels.

Loops of known bounds count as often as they turn. Of loops whose turns depend on data, the innermost
that store count as often as fills the buffers that they store to, one that goes back from the place
of a loop around it as often as passes half of the places before that one, as insertion into what is
sorted does on average, and all others once. A condition counts as its longer branch. The row says
that it is an estimate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil, prod

from xdsl.dialects import arith, func, memref, scf
from xdsl.dialects.builtin import IndexType, MemRefType, ModuleOp
from xdsl.ir import Block, Operation, Region, SSAValue

from ireelite import element_types
from ireelite.dialects.sequencer.iree import MultiArchExecutableOp
from ireelite.dialects.sequencer.iree_ll_seq import StaticDispatchOp
from ireelite.lowering.kernels.access_patterns import (
    LINE,
    Access,
    Loop,
    constant_int,
    separate_lines,
)
from ireelite.lowering.kernels.instruction_cost import instructions, register_bytes
from ireelite.lowering.tensors.element_cost import scalar_cost


@dataclass
class Cost:
    """Counts of one function of an executable."""

    operations: int = 0
    """Arithmetic on elements, counted as fusion counts it (`element_cost`); on indices none."""
    processed: int = 0
    """See `DispatchCost`."""
    single: int = 0
    """See `DispatchCost`."""
    lines: int = 0
    """See `DispatchCost`."""
    accesses: dict[SSAValue, tuple[int, int]] = field(default_factory=dict)
    """Elements that are read and written of each buffer, counted as often as they are."""
    is_exact: bool = True


@dataclass(frozen=True)
class DispatchCost:
    """One dispatch of a program, in the order of the program's text."""

    function: str
    """The function that dispatches."""
    name: str
    """The entry point."""
    read: int
    """Bytes of the buffers that are read, each once."""
    written: int
    """Bytes of the buffers that are written."""
    operations: int
    """Arithmetic on elements; a multiplication and an addition are two."""
    processed: int
    """Bytes of the elements that instructions take: their number in a register's bytes is that of
    vector instructions. A multiplication and the addition of its product are one instruction, what
    takes as long as several additions counts as those, and the extension of a factor nothing.
    """
    single: int
    """Instructions that take one element, as what they do depends on data."""
    lines: int
    """Accesses that each take one element of another cache line, as in a gather."""
    is_exact: bool
    """Whether nothing that was counted depends on data."""

    def __repr__(self) -> str:
        work = f"{self.read} bytes read, {self.written} written, {self.operations} operations"
        return f"<DispatchCost {self.name} of {self.function}: {work}>"

    def seconds(
        self,
        bytes_per_second: float = 2e10,
        instructions_per_second: float = 3.7e9,
        overhead: float = 2e-8,
        cached_bytes_per_second: float = 8e10,
        cache_bytes: int = 32 << 20,
        register_bytes: int = 64,
    ) -> float:
        """Returns the estimated time, in seconds, on a machine with these rates and registers of so
        many bytes. Memory access and computation overlap; buffers that together fit in the
        last-level cache are accessed at its rate. The defaults are for one core of a server with
        512-bit vectors, averaged over many calls.
        """
        moved = self.read + self.written
        rate = cached_bytes_per_second if moved <= cache_bytes else bytes_per_second
        instructions = self.processed / register_bytes + self.single
        computing = instructions / instructions_per_second
        return overhead + max((moved + LINE * self.lines) / rate, computing)


def dispatch_costs(module: ModuleOp) -> list[DispatchCost]:
    """Returns the costs of all dispatches of a program at stage `kernels`."""
    entries = {
        (executable.sym_name.data, function.sym_name.data): function
        for executable in module.walk()
        if isinstance(executable, MultiArchExecutableOp)
        for function in executable.walk()
        if isinstance(function, func.FuncOp)
    }
    costs: dict[tuple[str, str], Cost] = {}
    rows: list[DispatchCost] = []
    for function in module.ops:
        if not isinstance(function, func.FuncOp):
            continue
        for op in function.walk():
            if isinstance(op, StaticDispatchOp):
                key = (
                    op.entry_point.root_reference.data,
                    op.entry_point.nested_references.data[0].data,
                )
                if key not in costs:
                    costs[key] = kernel_cost(entries[key])
                rows.append(_row(function.sym_name.data, key[1], costs[key]))
    return rows


def kernel_cost(function: func.FuncOp) -> Cost:
    """Returns the counts of one run of a kernel."""
    counter = _Counter(turns=1)
    counter.count_kernel(function)
    if (turns := counter.turns_that_fill()) > 1:
        counter = _Counter(turns)
        counter.count_kernel(function)
    return counter.cost


def _row(function: str, name: str, cost: Cost) -> DispatchCost:
    read = written = 0
    for buffer, (loads, stores) in cost.accesses.items():
        # What is made inside, as a row that is kept, never leaves the caches.
        if isinstance(buffer.owner, Block) and isinstance(buffer.type, MemRefType):
            type = element_types.from_mlir(str(buffer.type.element_type))
            count = _elements(buffer.type)
            read += type.packed_size(min(loads, count or loads))
            written += type.packed_size(min(stores, count or stores))
    return DispatchCost(
        function,
        name,
        read,
        written,
        cost.operations,
        cost.processed,
        cost.single,
        cost.lines,
        cost.is_exact,
    )


class _Counter:
    """Counts a kernel; a loop that fills a buffer, and whose turns depend on data, counts `turns`
    times.
    """

    def __init__(self, turns: int):
        self.cost = Cost()
        self._turns = turns
        self._constants: set[SSAValue] = set()
        """Values that depend on constants alone."""
        self._is_data: set[SSAValue] = set()
        """Values that depend on elements of buffers."""
        self._filled: set[SSAValue] = set()
        """Buffers that loops store to whose turns depend on data."""
        self._nest: list[Access] = []
        self._turns_of: dict[SSAValue, int] = {}
        """Index of each loop around what is counted -> how often the loop turns."""
        self._is_filling = False
        """Whether what is counted is in a loop that counts `turns` times."""

    def count_kernel(self, function: func.FuncOp) -> None:
        """Counts one run of a kernel."""
        for block in function.body.blocks:
            for op in block.ops:
                self._nest = []
                self._count_op(op, (), 1, False)
                self.cost.lines += separate_lines(self._nest, self._is_data)

    def turns_that_fill(self) -> int:
        """Returns how often loops whose turns depend on data must turn to store as many elements as
        the buffers have that they store to.
        """
        turns = 1
        for buffer in self._filled:
            assert isinstance(buffer.type, MemRefType)
            _, stores = self.cost.accesses[buffer]
            turns = max(turns, ceil((_elements(buffer.type) or 0) / max(stores, 1)))
        return turns

    def _count(self, block: Block, loops: tuple[Loop, ...], times: int, single: bool) -> None:
        for op in block.ops:
            self._count_op(op, loops, times, single)

    def _count_op(self, op: Operation, loops: tuple[Loop, ...], times: int, single: bool) -> None:
        """Counts an op that runs `times` times, `single` if for one element at a time."""
        if op.operands and all(each in self._constants for each in op.operands):
            self._constants.update(op.results)
        if isinstance(op, memref.LoadOp) or any(each in self._is_data for each in op.operands):
            self._is_data.update(op.results)
        match op:
            case arith.ConstantOp():
                self._constants.update(op.results)
            case memref.LoadOp() | memref.StoreOp():
                self._count_access(op, loops, times, single)
            case scf.IfOp():
                self._count_longer(op, loops, times, single or op.cond in self._is_data)
            case _ if op.regions:
                self._count_loop(op, loops, times, single)
            case _:
                self._count_arithmetic(op, times, single)

    def _count_access(
        self,
        op: memref.LoadOp | memref.StoreOp,
        loops: tuple[Loop, ...],
        times: int,
        single: bool,
    ) -> None:
        buffer = _root(op.memref)
        loads, stores = self.cost.accesses.get(buffer, (0, 0))
        if isinstance(op, memref.LoadOp):
            loads += times
        else:
            stores += times
            if self._is_filling and isinstance(buffer.owner, Block):
                self._filled.add(buffer)
        self.cost.accesses[buffer] = (loads, stores)
        self._nest.append(Access(op, loops, times))
        self.cost.single += times * single

    def _count_loop(self, op: Operation, loops: tuple[Loop, ...], times: int, single: bool) -> None:
        was_filling = self._is_filling
        if (dimensions := _dimensions(op)) is not None:
            loops = (*loops, *dimensions)
            times *= prod(loop.turns for loop in dimensions)
            self._turns_of.update((loop.index, loop.turns) for loop in dimensions)
        else:
            if (passed := _places_passed(op, self._turns_of)) is not None:
                times = ceil(times * passed)
            elif not was_filling and _fills(op):
                times *= self._turns
                self._is_filling = True
                if isinstance(op, scf.ForOp):
                    self._turns_of[op.body.block.args[0]] = self._turns
            single = single or isinstance(op, scf.WhileOp)
            self.cost.is_exact = False
        for block in _blocks(op.regions):
            self._count(block, loops, times, single)
        self._is_filling = was_filling

    def _count_arithmetic(self, op: Operation, times: int, single: bool) -> None:
        if single:
            self.cost.single += times * bool(op.operands) * instructions(op)
        if any(isinstance(value.type, IndexType) for value in (*op.operands, *op.results)):
            return
        if not op.results or op.results[0] in self._constants:
            return
        self.cost.operations += times * scalar_cost(op)
        is_chosen = isinstance(op, arith.SelectOp) and op.cond in self._constants
        if not (single or is_chosen) and (count := instructions(op)):
            self.cost.processed += times * count * register_bytes(op)

    def _count_longer(
        self, op: scf.IfOp, loops: tuple[Loop, ...], times: int, single: bool
    ) -> None:
        """Counts the branch with more operations, and of each buffer the accesses of the branch that
        has more.
        """
        cost, nest = self.cost, self._nest
        branches: list[tuple[Cost, list[Access]]] = []
        for region in op.regions:
            self.cost, self._nest = Cost(), []
            for block in region.blocks:
                self._count(block, loops, times, single)
            branches.append((self.cost, self._nest))
        self.cost, self._nest = cost, nest
        longer, its_accesses = max(branches, key=lambda row: row[0].operations + row[0].single)
        cost.operations += longer.operations
        cost.processed += longer.processed
        cost.single += longer.single
        cost.is_exact = False
        nest += its_accesses
        for buffer in {buffer: None for branch, _ in branches for buffer in branch.accesses}:
            rows = [branch.accesses.get(buffer, (0, 0)) for branch, _ in branches]
            before = cost.accesses.get(buffer, (0, 0))
            loads, stores = (max(column) for column in zip(*rows))
            cost.accesses[buffer] = (before[0] + loads, before[1] + stores)


def _dimensions(op: Operation) -> list[Loop] | None:
    """Returns the dimensions of a loop; none for what runs once; None if a number of turns is not
    known.
    """
    match op:
        case scf.ParallelOp():
            bounds = list(zip(op.body.block.args, op.lowerBound, op.upperBound, op.step))
        case scf.ForOp():
            bounds = [(op.body.block.args[0], op.lb, op.ub, op.step)]
        case scf.ReduceOp():
            return []
        case _:
            return None
    loops: list[Loop] = []
    for index, *limits in bounds:
        low, high, by = map(constant_int, limits)
        if low is None or high is None or by is None:
            return None
        loops.append(Loop(index, max(-((low - high) // by), 0)))
    return loops


def _fills(loop: Operation) -> bool:
    """Returns whether a loop whose turns depend on data stores by itself, and not only by others of
    the kind in it.
    """
    for op in loop.walk():
        if isinstance(op, memref.StoreOp) and isinstance(_root(op.memref).owner, Block):
            around = op.parent_op()
            while around is not None and not _turns_are_data(around):
                around = around.parent_op()
            if around is loop:
                return True
    return False


def _turns_are_data(op: Operation) -> bool:
    is_loop = isinstance(op, (scf.ForOp, scf.ParallelOp, scf.WhileOp))
    return is_loop and _dimensions(op) is None


def _places_passed(op: Operation, turns: dict[SSAValue, int]) -> float | None:
    """Returns how often a loop turns on average that begins at the place of a loop around it and goes
    back from there: half of the way to the first place. None for another loop.
    """
    if not isinstance(op, scf.WhileOp):
        return None
    yielded = op.after_region.block.last_op
    assert yielded is not None
    for begin, carried, kept in zip(op.arguments, op.after_region.block.args, yielded.operands):
        if begin in turns and _is_one_before(kept, carried):
            return (turns[begin] - 1) / 4
    return None


def _is_one_before(value: SSAValue, place: SSAValue) -> bool:
    op = value.owner
    return isinstance(op, arith.SubiOp) and op.lhs is place and constant_int(op.rhs) == 1


def _elements(buffer: MemRefType) -> int | None:
    """Returns how many elements a buffer has; None if that depends on data."""
    shape = buffer.get_shape()
    return None if -1 in shape else prod(shape)


def _root(buffer: SSAValue) -> SSAValue:
    """Returns the buffer that a view is of."""
    while isinstance(buffer.owner, Operation) and buffer.owner.operands:
        if not isinstance(buffer.owner.operands[0].type, MemRefType):
            break
        buffer = buffer.owner.operands[0]
    return buffer


def _blocks(regions: tuple[Region, ...] | list[Region]) -> Iterator[Block]:
    for region in regions:
        yield from region.blocks
