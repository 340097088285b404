"""A kernel's function and its `scf.parallel`: the buffers, the entry point, and who computes what.

One invocation computes one point of the index space: its last dimension is x, the one before y, and
all slower ones together are z. A buffer of any shape is a flat array in a struct.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from math import ceil, prod

from xdsl.dialects import arith, func, memref, scf
from xdsl.dialects.builtin import DYNAMIC_INDEX, MemRefType, VectorType, f32, f64, i32, i64
from xdsl.ir import Block, Region, SSAValue

from ireelite.dialects import spirv
from ireelite.lowering.lockstep.tile import tile_words
from ireelite.lowering.schedules.schedule import LANES
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.targets.spirv.conversion import KernelConversion
from ireelite.targets.spirv.grid import Size
from ireelite.targets.spirv.neighbours import WORDS, find_neighbours
from ireelite.targets.spirv.open_sizes import (
    OPEN_GRID,
    declare_sizes,
    load_sizes,
    lower_open_parallel,
)
from ireelite.targets.spirv.tile import lower_tile
from ireelite.targets.spirv.unroll import constant_value, plan_unrolling
from ireelite.targets.spirv.widths import WORD_BITS, narrow_bits

MAX_BINDINGS = 32
GLOBAL_ID = "globalInvocationID"


def lower_kernel(kernel: func.FuncOp, to: KernelConversion) -> None:
    """Lowers the function and what it declares: its buffers, its entry point and the size of its
    workgroups.
    """
    name = kernel.sym_name.data
    buffers = [arg for arg in kernel.args if isinstance(arg.type, MemRefType)]
    if len(buffers) > MAX_BINDINGS:
        raise StatusError(
            StatusCode.RESOURCE_EXHAUSTED,
            f"'{name}' has {len(buffers)} buffers; a shader can have {MAX_BINDINGS}",
        )
    id_type = spirv.SpirvPointerType(
        spirv.BUILT_INS["GlobalInvocationId"], spirv.StorageClass.INPUT
    )
    to.global_id = to.insert(
        spirv.GlobalVariableOp(GLOBAL_ID, id_type, built_in="GlobalInvocationId")
    )
    to.access = find_neighbours(kernel)
    sizes = declare_sizes(kernel, to)
    for number, arg in enumerate(buffers):
        variable = spirv.GlobalVariableOp(
            f"{name}_arg_{number}", _buffer_type(arg, to), bind=(0, number)
        )
        to.buffers[arg] = to.insert(variable)
    to.copies = plan_unrolling(kernel.body.block, name, to.access.loops)
    body = Block()
    to.insert(spirv.FuncOp(name, Region(body)))
    with to.at(body):
        if sizes is not None:
            load_sizes(kernel, sizes, to)
        for op in kernel.body.block.ops:
            match op:
                case scf.ParallelOp() if to.grid is OPEN_GRID:
                    with to.rewriting(lower_open_parallel, op):
                        lower_open_parallel(op, to)
                case arith.ConstantOp():
                    in_body = [
                        u for u in op.result.uses if not isinstance(u.operation, scf.ParallelOp)
                    ]
                    if in_body or to.grid is OPEN_GRID:
                        to.constants.append(op)
                case memref.AllocaOp() | scf.ParallelOp() | func.ReturnOp():
                    to.convert(op)
                case _:
                    raise to.unsupported(f"'{op.name}' outside of 'scf.parallel'")
    to.insert(spirv.EntryPointOp(name, [GLOBAL_ID]))
    to.insert(spirv.ExecutionModeOp(name, to.grid.local_size))


def _buffer_type(buffer: SSAValue, to: KernelConversion) -> spirv.SpirvPointerType:
    """Returns a memref as a storage buffer: a flat array in a struct, of words if its elements are
    narrower than those, or of vectors.
    """
    type = buffer.type
    if not isinstance(type, MemRefType):
        raise to.unsupported(f"arguments of type {type}")
    element, count = type.element_type, prod(type.get_shape())
    if (bits := narrow_bits(element)) is not None:
        element, count = i32, ceil(count * bits / WORD_BITS)
    if element not in (f32, f64, i32, i64):
        raise to.unsupported(f"buffers with elements of type {element}")
    if DYNAMIC_INDEX in type.get_shape():
        open_array = spirv.SpirvRuntimeArrayType(element, spirv.byte_size(element))
        return spirv.SpirvPointerType(
            spirv.SpirvStructType([open_array], [0]), spirv.StorageClass.STORAGE_BUFFER
        )
    if buffer in to.access.vectors:
        element, count = VectorType(element, [WORDS]), count // WORDS
    array = spirv.SpirvArrayType(max(count, 1), element, stride=spirv.byte_size(element))
    return spirv.SpirvPointerType(
        spirv.SpirvStructType([array], [0]), spirv.StorageClass.STORAGE_BUFFER
    )


def lower_return(op: func.ReturnOp, to: KernelConversion) -> None:
    """Ends the kernel."""
    to.insert(spirv.ReturnOp())


# -- one invocation, one point ---------------------------------------------------------------------


def extents(loop: scf.ParallelOp) -> list[int]:
    """Returns the extents of a kernel's index space.

    Raises INVALID_ARGUMENT unless it goes from 0 in steps of 1.
    """
    lower = [constant_value(bound) for bound in loop.lowerBound]
    upper = [constant_value(bound) for bound in loop.upperBound]
    step = [constant_value(bound) for bound in loop.step]
    known = [bound for bound in upper if bound is not None]
    if (
        any(bound != 0 for bound in lower)
        or any(size != 1 for size in step)
        or len(known) != len(upper)
    ):
        raise invalid_argument(
            "a kernel's 'scf.parallel' goes from 0 to constant bounds in steps of 1"
        )
    return known


def workload_of(sizes: list[int]) -> Size:
    """Returns the invocations in x, y and z for an index space with these extents."""
    return sizes[-1], sizes[-2] if len(sizes) > 1 else 1, prod(sizes[:-2])


def lower_parallel(loop: scf.ParallelOp, to: KernelConversion) -> None:
    """Lowers the loop: each invocation finds its indices, and does the body if there is work for
    it. The points of a tile are one invocation's.
    """
    if LANES in tile_words(loop):
        lower_tile(loop, to)
        return
    if loop.results:
        raise to.unsupported("reductions in 'scf.parallel'")
    assert to.global_id is not None
    pointer = to.insert(spirv.AddressOfOp(to.global_id)).pointer
    ids = to.insert(spirv.LoadOp(pointer)).value
    place: list[SSAValue] = [
        to.insert(spirv.CompositeExtractOp(ids, n)).component for n in range(3)
    ]
    sizes = extents(loop)
    if to.grid.workload != workload_of(sizes):
        raise invalid_argument(
            f"'{to.entry_point}' has the workload {to.grid.workload} and a loop over {tuple(sizes)}"
        )
    find, guard = (_linear_indices if to.grid.linear else _grid_indices)(sizes, place, to)

    def do_work() -> None:
        for constant in to.constants:
            to.convert(constant)
        for old, new in zip(loop.body.block.args, find(), strict=True):
            to.map(old, new)
        for op in loop.body.block.ops:
            if op is not loop.body.block.last_op:
                to.convert(op)

    if guard is None:
        do_work()
    else:
        to.selection(guard, do_work)


Indices = Callable[[], list[SSAValue]]


def _grid_indices(
    sizes: list[int], place: list[SSAValue], to: KernelConversion
) -> tuple[Indices, SSAValue | None]:
    """Indices straight from the invocation's id,
    and the guard if there are more of them than work.
    """
    fast = place[: min(len(sizes), 2)][::-1]
    slow = sizes[: len(sizes) - len(fast)]
    inside = [
        to.binary("SLessThan", place[n], to.constant(to.grid.workload[n]))
        for n in range(3)
        if not to.grid.exact(n)
    ]
    guard = reduce(lambda a, b: to.binary("LogicalAnd", a, b), inside) if inside else None
    return lambda: _split(place[2], slow, to) + fast, guard


def _linear_indices(
    sizes: list[int], place: list[SSAValue], to: KernelConversion
) -> tuple[Indices, SSAValue | None]:
    """Indices from the invocation's number in rows of `grid.row`."""
    start = to.binary("IMul", place[1], to.constant(to.grid.row))
    number = to.binary("IAdd", start, place[0])
    work = prod(sizes)
    guard = None
    if to.grid.row * to.grid.counts[1] != work:
        guard = to.binary("SLessThan", number, to.constant(work))
    return lambda: _split(number, sizes, to), guard


def _split(number: SSAValue, sizes: list[int], to: KernelConversion) -> list[SSAValue]:
    """Returns the row-major indices of element `number` in an index space."""
    indices: list[SSAValue] = []
    for size in sizes[:0:-1]:
        extent = to.constant(size)
        indices.insert(0, to.binary("SRem", number, extent))
        number = to.binary("SDiv", number, extent)
    return [number, *indices] if sizes else []
