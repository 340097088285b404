"""What a dispatch costs: the bytes that it reads and writes, and its operations, counted in its
kernels.

Loops of known bounds count as often as they turn. Of what depends on data, a loop counts as one
turn and a condition as its longer branch, and the row says that it is an estimate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod

from xdsl.dialects import arith, func, memref, scf
from xdsl.dialects.builtin import IndexType, MemRefType, ModuleOp
from xdsl.ir import Block, Operation, Region, SSAValue

from ireelite import element_types
from ireelite.dialects.sequencer.iree import MultiArchExecutableOp
from ireelite.dialects.sequencer.iree_ll_seq import StaticDispatchOp
from ireelite.lowering.tensors.element_cost import scalar_cost


@dataclass
class Cost:
    """Counts of one function of an executable."""

    operations: int = 0
    """Arithmetic on elements, counted as fusion counts it (`element_cost`); on indices none."""
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
    is_exact: bool
    """Whether nothing that was counted depends on data."""

    def seconds(
        self,
        bytes_per_second: float = 12e9,
        operations_per_second: float = 5e10,
        overhead: float = 2e-8,
        cached_bytes_per_second: float = 8e10,
        cache_bytes: int = 32 << 20,
    ) -> float:
        """Returns the estimated time, in seconds, on a machine with these rates. Memory access and
        computation overlap; buffers that together fit in the last-level cache are accessed at its
        rate. The defaults are for one core of a server with 512-bit vectors, averaged over many
        calls.
        """
        moved = self.read + self.written
        rate = cached_bytes_per_second if moved <= cache_bytes else bytes_per_second
        return overhead + max(moved / rate, self.operations / operations_per_second)


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
    cost = Cost()
    for block in function.body.blocks:
        _count(block, 1, cost)
    return cost


def _row(function: str, name: str, cost: Cost) -> DispatchCost:
    read = written = 0
    for buffer, (loads, stores) in cost.accesses.items():
        # What is made inside, as a row that is kept, never leaves the caches.
        if isinstance(buffer.owner, Block) and isinstance(buffer.type, MemRefType):
            type = element_types.from_mlir(str(buffer.type.element_type))
            count = prod(buffer.type.get_shape())
            read += type.packed_size(min(loads, count))
            written += type.packed_size(min(stores, count))
    return DispatchCost(function, name, read, written, cost.operations, cost.is_exact)


def _count(block: Block, times: int, cost: Cost) -> None:
    for op in block.ops:
        match op:
            case memref.LoadOp():
                buffer = _root(op.memref)
                loads, stores = cost.accesses.get(buffer, (0, 0))
                cost.accesses[buffer] = (loads + times, stores)
            case memref.StoreOp():
                buffer = _root(op.memref)
                loads, stores = cost.accesses.get(buffer, (0, 0))
                cost.accesses[buffer] = (loads, stores + times)
            case scf.IfOp():
                _count_longer(op, times, cost)
            case _ if op.regions:
                turns = _turns(op)
                cost.is_exact &= turns is not None
                for inner in _blocks(op.regions):
                    _count(inner, times * (1 if turns is None else turns), cost)
            case _:
                cost.operations += times * _operations(op)


def _count_longer(op: scf.IfOp, times: int, cost: Cost) -> None:
    """Counts the branch with more operations."""
    branches: list[Cost] = []
    for region in op.regions:
        branch = Cost()
        for block in region.blocks:
            _count(block, times, branch)
        branches.append(branch)
    longer = max(branches, key=lambda branch: branch.operations)
    cost.operations += longer.operations
    cost.is_exact = False
    for buffer in {buffer: None for branch in branches for buffer in branch.accesses}:
        rows = [branch.accesses.get(buffer, (0, 0)) for branch in branches]
        before = cost.accesses.get(buffer, (0, 0))
        loads, stores = (max(column) for column in zip(*rows))
        cost.accesses[buffer] = (before[0] + loads, before[1] + stores)


def _turns(op: Operation) -> int | None:
    """Returns how often the body of an op runs; None if that depends on data."""
    match op:
        case scf.ParallelOp():
            bounds = list(zip(op.lowerBound, op.upperBound, op.step))
        case scf.ForOp():
            bounds = [(op.lb, op.ub, op.step)]
        case scf.ReduceOp():
            return 1
        case _:
            return None
    turns = 1
    for lower, upper, step in bounds:
        numbers = (_number(lower), _number(upper), _number(step))
        if None in numbers:
            return None
        low, high, by = (number or 0 for number in numbers)
        turns *= max(-((low - high) // by), 0)
    return turns


def _number(value: SSAValue) -> int | None:
    """Returns the value of a constant."""
    owner = value.owner
    if not isinstance(owner, arith.ConstantOp):
        return None
    number = getattr(getattr(owner.value, "value", None), "data", None)
    return number if isinstance(number, int) else None


def _operations(op: Operation) -> int:
    """Counts the operations of an op as fusion does; none for arithmetic on indices."""
    if any(isinstance(value.type, IndexType) for value in (*op.operands, *op.results)):
        return 0
    return scalar_cost(op)


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
