"""One kernel: which loops it has, and what each of them stores.

The outer loop, `scf.parallel`, runs over the dispatch's workload. Where all outputs have that shape,
each point stores an element of each. Where they only begin with the same dimensions, each point of
the outer loop stores a slice of each output: one nest of inner loops for each shape, and one for
each value that is kept in scratch memory. Ops of the `iree_tensor` dialect have builders, which come
first: their workload is the outer loop, and their results are in buffers for what follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdsl.dialects import func, memref
from xdsl.dialects.builtin import DYNAMIC_INDEX, DenseIntOrFPElementsAttr, MemRefType
from xdsl.ir import Attribute, Block, Region, SSAValue

from ireelite.dialects.extensions.iree_tensor.kernel_op import KernelOp
from ireelite.dialects.sequencer import iree
from ireelite.dialects.sequencer.iree_ll_seq import is_open, takes_open_sizes
from ireelite.lowering.kernels.builders import build_op, shared_workload, stored_in
from ireelite.lowering.kernels.keep import Shape, Store, by_inner_shape, keep_values
from ireelite.lowering.kernels.kernel import Kernel
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.tensors.access import Read
from ireelite.lowering.tensors.indices import Extent, Indices, type_shape
from ireelite.lowering.tensors.moves import elements_of, starts_of
from ireelite.lowering.tensors.sizes import MAX_PARALLEL, Sizes, open_workload
from ireelite.lowering.tensors.workload import workload_of
from ireelite.status import StatusCode, StatusError

PARALLEL_NAMES = "ijlmn"
INNER_NAME = "j"


def lower_kernel(function: func.FuncOp, to: Conversion) -> func.FuncOp:
    """Returns a function of buffers, from one of loads, ops on tensors, and stores.

    Raises INVALID_ARGUMENT for a function that stores nothing, or whose outputs' shapes do not
    begin with its workload; UNIMPLEMENTED for an op that is no tensor work.
    """
    block = Block(arg_types=map(kernel_type, function.body.block.arg_types))
    for index, (old, new) in enumerate(zip(function.args, block.args, strict=True)):
        to.map(old, new)
        is_buffer = isinstance(new.type, MemRefType)
        new.name_hint = f"arg{index}" if is_buffer else f"size{index}"
    name = function.sym_name.data
    sizes = Sizes(function.body.block) if takes_open_sizes(function) else None
    kernel = Kernel(to, block, type_shape if sizes is None else sizes.of)
    for argument in function.args:
        if not isinstance(argument.type, MemRefType):
            kernel.define(argument, (), to.value(argument))
    stores: list[Store] = []
    for op in function.body.block.ops:
        if isinstance(op, iree.LoadInputOp):
            kernel.buffers[op.result] = to.value(op.source), ()
        elif isinstance(op, Store):
            stores.append(op)
    if not stores:
        raise StatusError(StatusCode.INVALID_ARGUMENT, f"'{name}' stores no output")
    built = [op for op in function.body.block.ops if isinstance(op, KernelOp)]
    stored = stored_in([s for s in stores if isinstance(s, iree.StoreOutputOp)], kernel)
    stores = [store for store in stores if not is_built_in_place(store, stored, kernel)]
    shapes = [tuple(kernel.space.shape(store.value)) for store in stores]
    outer = outer_of(function, built, shapes, kernel)
    parallel = len(outer) if sizes is None else MAX_PARALLEL
    outer, inside = outer[:parallel], outer[parallel:]
    if wrong := [shape for shape in shapes if shape[: len(outer)] != outer]:
        raise StatusError(
            StatusCode.INVALID_ARGUMENT,
            f"'{name}' has the workload {outer}, which an output of shape {wrong[0]} does not begin with",
        )
    with kernel.parallel(outer, PARALLEL_NAMES) as point:
        for op in built:
            if not inside:
                build_op(op, point, stored, kernel)
                continue
            with kernel.loops(inside, point, INNER_NAME) as indices:
                build_op(op, (*point, *indices), stored, kernel)
        left = keep_values(stores, point, kernel) if sizes is None else stores
        for inner, group in by_inner_shape(left, len(outer), kernel.space.shape):
            if inner:
                with kernel.loops(inner, point, INNER_NAME) as indices:
                    store_elements(group, (*point, *indices), kernel)
            else:
                store_elements(group, point, kernel)
    with to.at(block):
        to.insert(func.ReturnOp())
    made = func.FuncOp(name, (block.arg_types, []), Region(block))
    made.attributes |= function.attributes
    return made


def kernel_type(type: Attribute) -> Attribute:
    """Returns the type of a kernel's argument: a buffer whose type leaves sizes open is flat, since
    its places are computed by sizes that are arguments.
    """
    if isinstance(type, MemRefType) and is_open(type):
        return MemRefType(type.element_type, [DYNAMIC_INDEX])
    return type


def outer_of(
    function: func.FuncOp,
    built: Sequence[KernelOp],
    shapes: Sequence[tuple[Extent, ...]],
    kernel: Kernel,
) -> tuple[Extent, ...]:
    """Returns the extents of the outer loop."""
    if built:
        return shared_workload(built, kernel.space.shape)
    if takes_open_sizes(function):
        return open_workload(shapes)
    return outer_shape(function, [tuple(map(int, shape)) for shape in shapes])  # pyright: ignore


def is_built_in_place(store: Store, stored: Mapping[SSAValue, SSAValue], kernel: Kernel) -> bool:
    """Returns whether a builder stores an output where it belongs: the buffer of an op that has
    one.
    """
    built = isinstance(store, iree.StoreOutputOp) and isinstance(store.value.owner, KernelOp)
    return built and stored[store.value] is kernel.to.value(store.target)


def outer_shape(function: func.FuncOp, shapes: Sequence[Shape]) -> Shape:
    """Returns the extents of the outer loop: the leading dimensions that all outputs share.

    Where the function says its workload, it is the longest such shape with that workload.
    """
    first = shapes[0]
    shared = next(
        (
            d
            for d in range(len(first))
            if any(len(shape) <= d or shape[d] != first[d] for shape in shapes)
        ),
        len(first),
    )
    workload = function.attributes.get(iree.WORKLOAD)
    if not isinstance(workload, DenseIntOrFPElementsAttr):
        return first[:shared]
    wanted = [int(extent) for extent in workload.get_values()]
    for count in range(shared, -1, -1):
        if workload_of(first[:count]) == wanted:
            return first[:count]
    raise StatusError(
        StatusCode.INVALID_ARGUMENT,
        f"'{function.sym_name.data}' has the workload {wanted}, which its outputs' shapes "
        f"{', '.join(map(str, shapes))} do not begin with",
    )


def store_elements(stores: Sequence[Store], at: Indices, kernel: Kernel) -> None:
    """Stores one element of each output."""
    scalars = kernel.pull([Read(store.value, at) for store in stores])
    for store, scalar in zip(stores, scalars, strict=True):
        with kernel.to.rewriting(lower_store, store):
            target = kernel.to.value(store.target)
            place = kernel.flat(store.value, at, target) or place_of(store, at, kernel)
            lower_store(scalar, target, place, at, kernel)


def place_of(store: Store, at: Indices, kernel: Kernel) -> Indices:
    """Returns where an element of what is stored goes: behind the start of its part, if it is one."""
    if not isinstance(store, iree.UpdateOutputOp):
        return at
    last = [kernel.space.constant(start) for start in store.highest]
    starts = starts_of(store.starts, last, store.unsigned.value.data != 0, kernel.space)
    kernel.pull(list(elements_of(starts)))
    return tuple(map(kernel.space.add, at, starts))


def lower_store(
    value: SSAValue, target: SSAValue, place: Indices, at: Indices, kernel: Kernel
) -> None:
    """Lowers `iree.store_output` at one point; rank 0 has no index."""
    indices = [kernel.index(index) for index in place]
    with kernel.at((*at, *place)):
        kernel.to.insert(memref.StoreOp.get(value, target, indices))
