"""Kernels whose sizes are open: push constants, buffers of any length, and a loop over a workload that
the host computes.

Sizes are words of one push constant block. There are 64 invocations in a workgroup along x, one along
y and z, and at most as many workgroups as a device runs; each invocation goes on from its first point
in steps of all invocations, so that any workload is covered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.dialects import func, scf
from xdsl.dialects.builtin import DenseArrayBase, MemRefType, i32, i64
from xdsl.ir import Block, Operation, Region, SSAValue

from ireelite.dialects import spirv
from ireelite.targets.registry import WorkgroupAxis
from ireelite.targets.spirv.conversion import KernelConversion
from ireelite.targets.spirv.grid import INVOCATIONS, MAX_WORKGROUPS, Grid
from ireelite.targets.spirv.unroll import most_sizes

LOCAL_SIZE = (INVOCATIONS, 1, 1)
"""Invocations of a workgroup."""
OPEN_GRID = Grid(LOCAL_SIZE, LOCAL_SIZE, (1, 1, 1), linear=False)
"""The plan of a dispatch whose workload is not known."""
AXES = (
    WorkgroupAxis(0, INVOCATIONS, MAX_WORKGROUPS),
    WorkgroupAxis(1, 1, MAX_WORKGROUPS),
    WorkgroupAxis(2, 1, MAX_WORKGROUPS),
)
"""The workgroups that the host starts."""
STRIDES = tuple(MAX_WORKGROUPS * size for size in LOCAL_SIZE)
"""From one point of an invocation to the next: all invocations of as many workgroups as there can be.
Where there are less, they cover the workload by one point each."""


MAX_SIZES = "iree.most_sizes"
"""Attribute of a `spirv.module`: for each of its sizes the largest that its loops are right for, or
-1, as `array<i64: -1, 1920000>`."""


def limits_of(kernel: func.FuncOp, copies: dict[Operation, int]) -> DenseArrayBase | None:
    """Returns the attribute for a kernel, if one of its loops goes to an open size."""
    most = most_sizes(kernel.body.block, copies)
    if not most:
        return None
    numbers = [most.get(n, -1) for n, a in enumerate(kernel.args) if a in sizes_of(kernel)]
    return DenseArrayBase.from_list(i64, numbers)


def sizes_of(kernel: func.FuncOp) -> list[SSAValue]:
    """Returns the arguments of a kernel that are sizes."""
    return [argument for argument in kernel.args if not isinstance(argument.type, MemRefType)]


def declare_sizes(kernel: func.FuncOp, to: KernelConversion) -> spirv.GlobalVariableOp | None:
    """Returns the push constants of a kernel: one word for each size. None if it has no sizes."""
    if not (sizes := sizes_of(kernel)):
        return None
    block = spirv.SpirvStructType([i32] * len(sizes), [4 * n for n in range(len(sizes))])
    type = spirv.SpirvPointerType(block, spirv.StorageClass.PUSH_CONSTANT)
    return to.insert(spirv.GlobalVariableOp(f"{kernel.sym_name.data}_sizes", type))


def load_sizes(kernel: func.FuncOp, variable: spirv.GlobalVariableOp, to: KernelConversion) -> None:
    """Loads all sizes, at the beginning of the function."""
    for number, size in enumerate(sizes_of(kernel)):
        pointer = to.insert(spirv.AddressOfOp(variable)).pointer
        word = to.insert(spirv.AccessChainOp(pointer, [to.constant(number)])).component_ptr
        to.map(size, to.insert(spirv.LoadOp(word)).value)


def lower_open_parallel(loop: scf.ParallelOp, to: KernelConversion) -> None:
    """Lowers the loop: each invocation does the points of its own, dimension by dimension."""
    assert to.global_id is not None
    pointer = to.insert(spirv.AddressOfOp(to.global_id)).pointer
    ids = to.insert(spirv.LoadOp(pointer)).value
    for constant in to.constants:
        to.convert(constant)
    rank = len(loop.upperBound)
    axes = list(reversed(range(rank)))
    firsts = [to.insert(spirv.CompositeExtractOp(ids, axis)).component for axis in axes]

    def dimension(number: int) -> None:
        if number == rank:
            for op in loop.body.block.ops:
                if op is not loop.body.block.last_op:
                    to.convert(op)
            return
        first, stride = firsts[number], to.constant(STRIDES[axes[number]])
        upper = to.value(loop.upperBound[number])

        def body(index: SSAValue) -> None:
            to.map(loop.body.block.args[number], index)
            dimension(number + 1)

        count_up(first, upper, stride, body, to)

    dimension(0)


def count_up(
    first: SSAValue,
    upper: SSAValue,
    step: SSAValue,
    work: Callable[[SSAValue], None],
    to: KernelConversion,
) -> None:
    """Emits a loop from a first index to below an upper one that carries nothing."""
    entry, body, latch, merge = Block(), Block(), Block(), Block()
    header = Block(arg_types=[i32])
    blocks: Sequence[Block] = [entry, header, body, latch, merge]
    to.insert(spirv.LoopOp([], Region(blocks)))
    index = header.args[0]
    with to.at(entry):
        to.insert(spirv.BranchOp(header, [first]))
    with to.at(header):
        more = to.binary("SLessThan", index, upper)
        to.insert(spirv.BranchConditionalOp(more, body, merge))
    with to.at(body):
        work(index)
        to.insert(spirv.BranchOp(latch))
    with to.at(latch):
        to.insert(spirv.BranchOp(header, [to.binary("IAdd", index, step)]))
    with to.at(merge):
        to.insert(spirv.MergeOp([]))
