"""The shapes of results in functions whose arguments leave sizes open, in sizes: numbers, or scalars
that the host computes. Sizes that must be equal and are not the same value are compared when the
program runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial, reduce
from typing import Any

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    TensorType,
)
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.ir import Operation, SSAValue
from xdsl.ir.affine import AffineDimExpr

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.chlo.dynamic_reshape import INFERRED_SIZE, DynamicReshapeOp
from ireelite.dialects.extensions.linalg.packing import SoftmaxOp
from ireelite.dialects.stablehlo import dynamic_shapes as dynamic
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.fields import numbers
from ireelite.dialects.stablehlo.gather import GatherOp, gathered_shape
from ireelite.dialects.stablehlo.indexing import (
    BitcastConvertOp,
    ConcatenateOp,
    DynamicSliceOp,
    DynamicUpdateSliceOp,
    PadOp,
    ReverseOp,
)
from ireelite.dialects.tensor_types import shape_of
from ireelite.lowering.rewriting.open_shapes import refused
from ireelite.lowering.rewriting.sequences import is_static
from ireelite.lowering.tensors.hlo_to_linalg.size_numbers import numbers_of
from ireelite.lowering.tensors.hlo_to_linalg.sized_conversion import SizedConversion
from ireelite.lowering.tensors.indices import Extent
from ireelite.lowering.tensors.sizes import Shape, constant_size
from ireelite.status import StatusCode, StatusError, invalid_argument


def same_shape(op: Operation, to: SizedConversion) -> Shape:
    """Returns one shape for all tensors; those of rank 0 are read everywhere."""
    rank = len(shape_of(op.results[0]))
    operands = [
        (n, v) for n, v in enumerate(op.operands) if isinstance(v.type, TensorType) and shape_of(v)
    ]
    shapes = [(f"operand {n}", to.shape(v)) for n, v in operands]
    if is_static(op.results[0]):
        shapes.insert(0, ("the result", tuple(shape_of(op.results[0]))))
    if not shapes or any(len(shape) != rank for _, shape in shapes):
        raise invalid_argument(f"'{op.name}' needs operands of one rank")
    return tuple(
        required(op, [(f"dimension {d} of {what}", shape[d]) for what, shape in shapes], to)
        for d in range(rank)
    )


def required(op: Operation, sizes: Sequence[tuple[str, Any]], to: SizedConversion) -> Any:
    """Returns the one size that all of these are. Each has a name."""
    _, found = sizes[0]
    for what, size in sizes[1:]:
        found = to.require(size, found, f"'{op.name}': {what}")
    return found


def reduced_shape(op: hlo.ReduceOp, to: SizedConversion) -> Shape:
    whole = joined_sizes(op, op.inputs, to)
    return tuple(size for d, size in enumerate(whole) if d not in op.dims)


def joined_sizes(op: Operation, values: Sequence[SSAValue], to: SizedConversion) -> Shape:
    """Returns the one shape that the first operands of an op must have."""
    shapes = [(f"operand {n}", to.shape(v)) for n, v in enumerate(values)]
    return tuple(
        required(op, [(f"dimension {d} of {what}", shape[d]) for what, shape in shapes], to)
        for d in range(len(shapes[0][1]))
    )


def transposed_shape(op: hlo.TransposeOp, to: SizedConversion) -> Shape:
    shape = to.shape(op.operand)
    return tuple(shape[d] for d in op.dims)


def product_shape(op: hlo.DotGeneralOp, to: SizedConversion) -> Shape:
    lhs, rhs = to.shape(op.lhs), to.shape(op.rhs)
    pairs = [*zip(*op.batching, strict=True), *zip(*op.contracting, strict=True)]
    joined = [
        to.require(rhs[b], lhs[a], f"'{op.name}': dimension {b} of operand 1") for a, b in pairs
    ]
    batch = joined[: len(op.batching[0])]
    used = [set(dims) for dims in zip(*pairs, strict=True)] if pairs else [set[int](), set[int]()]
    free = [
        size
        for shape, taken in zip((lhs, rhs), used, strict=True)
        for d, size in enumerate(shape)
        if d not in taken
    ]
    return tuple(map(to.find, (*batch, *free)))


def declared_shape(op: Operation, sizes: Sequence[Any], to: SizedConversion) -> Shape:
    """Sizes that an op says, which its result's type may say too. Raises INVALID_ARGUMENT for a
    negative one.
    """
    for d, size in enumerate(sizes):
        if isinstance(size, int) and size < 0:
            raise invalid_argument(f"'{op.name}': dimension {d} of the result has size {size}")
    return tuple(
        given if size == DYNAMIC_INDEX else to.require(given, size, f"'{op.name}': dimension {d}")
        for d, (given, size) in enumerate(zip(sizes, shape_of(op.results[0]), strict=True))
    )


def iota_shape(op: dynamic.DynamicIotaOp, to: SizedConversion) -> Shape:
    return declared_shape(op, numbers_of(op.output_shape, to), to)


def broadcast_shape(op: dynamic.DynamicBroadcastInDimOp, to: SizedConversion) -> Shape:
    """Returns the shape of a broadcast: the operand's open sizes are those of the result, unless
    the op says that they are expanded.
    """
    shape = list(declared_shape(op, numbers_of(op.output_dimensions, to), to))
    for d, (size, target) in enumerate(zip(to.shape(op.operand), op_dims(op), strict=True)):
        if size != 1 and d not in expanding(op):
            what = f"'{op.name}': dimension {target} of the result"
            shape[target] = to.require(shape[target], size, what)
    return tuple(shape)


def op_dims(op: dynamic.DynamicBroadcastInDimOp) -> list[int]:
    return list(numbers(op.broadcast_dimensions))


def expanding(op: dynamic.DynamicBroadcastInDimOp) -> Sequence[int]:
    """Dimensions of the operand that the op says to have one element, which is repeated."""
    known = op.known_expanding_dimensions
    return [] if known is None else numbers(known)


def reshaped_shape(op: dynamic.DynamicReshapeOp, to: SizedConversion) -> Shape:
    shape = declared_shape(op, numbers_of(op.output_shape, to), to)
    count, given = to.product(shape), to.product(to.shape(op.operand))
    to.require(count, given, f"'{op.name}': the number of elements")
    return shape


def check_fits(
    op: GatherOp
    | dynamic.DynamicGatherOp
    | dynamic.RealDynamicSliceOp
    | DynamicSliceOp
    | DynamicUpdateSliceOp,
    sizes: Sequence[Extent],
    to: SizedConversion,
) -> None:
    """Checks, when the program runs, that parts are no larger than the operand."""
    for d, (whole, part) in enumerate(zip(to.shape(op.operand), sizes, strict=True)):
        if whole is not part and not (isinstance(whole, int) and isinstance(part, int)):
            what = f"'{op.name}': dimension {d} of operand 0 is smaller than what is taken or put there"
            to.check(to.combine(arith.MaxSIOp, whole, part), whole, what)


def taken(op: DynamicSliceOp, to: SizedConversion) -> Shape:
    check_fits(op, op.sizes, to)
    return declared_shape(op, op.sizes, to)


def updated(op: DynamicUpdateSliceOp, to: SizedConversion) -> Shape:
    check_fits(op, to.shape(op.update), to)
    return declared_shape(op, to.shape(op.operand), to)


def gathered(op: GatherOp, to: SizedConversion) -> Shape:
    return slices_shape(op, op.sizes, to)


def gathered_by_sizes(op: dynamic.DynamicGatherOp, to: SizedConversion) -> Shape:
    return slices_shape(op, numbers_of(op.slice_sizes, to), to)


def slices_shape(
    op: GatherOp | dynamic.DynamicGatherOp, slices: Sequence[Extent], to: SizedConversion
) -> Shape:
    """Returns the sizes of the indices and of slices, which must fit into the operand. Raises
    UNIMPLEMENTED for a slice of an open size in a dimension that the result does not have.
    """
    check_fits(op, slices, to)
    n = op.dimension_numbers
    for d in (*numbers(n.collapsed_slice_dims), *numbers(n.operand_batching_dims)):
        if not isinstance(slices[d], int):
            raise refused(op)
    batching = (n.operand_batching_dims, n.start_indices_batching_dims)
    for d, d_start in zip(*map(numbers, batching), strict=True):
        size, other = to.shape(op.operand)[d], to.shape(op.start_indices)[d_start]
        to.require(size, other, f"'{op.name}': dimension {d} of operand 0")
    shape = gathered_shape(n, to.shape(op.start_indices), tuple[Extent, ...](slices))
    return declared_shape(op, shape, to)


def inferred_reshape(op: DynamicReshapeOp, to: SizedConversion) -> Shape:
    """Returns a shape with a size that follows from the number of elements, if one is -1."""
    sizes, given = list(numbers_of(op.output_shape, to)), to.product(to.shape(op.operand))
    inferred = [d for d, size in enumerate(sizes) if size == INFERRED_SIZE]
    if len(inferred) > 1:
        raise invalid_argument(f"'{op.name}': only one size can follow from the others")
    for place in inferred:
        rows = to.product([size for d, size in enumerate(sizes) if d != place])
        rows = to.combine(arith.MaxSIOp, rows, 1)  # no elements, however many rows
        sizes[place] = to.combine(arith.DivSIOp, given, rows)
    shape = declared_shape(op, sizes, to)
    to.require(to.product(shape), given, f"'{op.name}': the number of elements")
    return shape


def sliced_shape(op: hlo.SliceOp, to: SizedConversion) -> Shape:
    for d, (size, (_, limit, _)) in enumerate(zip(to.shape(op.operand), op.ranges, strict=True)):
        if not isinstance(size, int):
            what = f"'{op.name}': dimension {d} of operand 0 ends before {limit}"
            to.check(to.combine(arith.MaxSIOp, size, limit), size, what)
    return tuple(shape_of(op.result))


def empty_shape(op: tensor.EmptyOp, to: SizedConversion) -> Shape:
    sizes = iter(number for size in op.dynamic_sizes for number in numbers_of(size, to))
    return tuple(
        constant_or_same(next(sizes)) if size == DYNAMIC_INDEX else size
        for size in shape_of(op.tensor)
    )


def constant_or_same(size: Any) -> Any:
    return constant_size(size) if isinstance(size, SSAValue) else size


def cast_shape(op: tensor.CastOp, to: SizedConversion) -> Shape:
    return declared_shape(op, to.shape(op.source), to)


def structured_shape(op: LinalgStructuredOperation, to: SizedConversion) -> Shape:
    """Returns the shape of the destination. Each loop has one size in all operands."""
    sizes: dict[int, Any] = {}
    operands = [v for v in (*op.outputs, *op.inputs)]
    maps = [m.data for m in op.get_indexing_maps()]
    count = len(op.inputs)
    ordered = [*maps[count:], *maps[:count]]
    for number, (value, map) in enumerate(zip(operands, ordered, strict=True)):
        if not isinstance(value.type, TensorType):
            continue
        place = number + count if number < len(op.outputs) else number - len(op.outputs)
        for d, (expr, size) in enumerate(zip(map.results, to.shape(value), strict=True)):
            if isinstance(expr, AffineDimExpr):
                what = f"'{op.name}': dimension {d} of operand {place}"
                known = sizes.get(expr.position)
                sizes[expr.position] = size if known is None else to.require(size, known, what)
            elif not isinstance(size, int):
                raise refused(op)
    return to.shape(op.outputs[0])


def joined_shape(op: ConcatenateOp, to: SizedConversion) -> Shape:
    shapes, dim = [to.shape(v) for v in op.inputs], op.dim
    shape = [
        required(op, [(f"dimension {d} of operand {n}", s[d]) for n, s in enumerate(shapes)], to)
        if d != dim
        else reduce(partial(to.combine, arith.AddiOp), (s[d] for s in shapes))
        for d in range(len(shapes[0]))
    ]
    return declared_shape(op, shape, to)


def padded_shape(op: PadOp | dynamic.DynamicPadOp, to: SizedConversion) -> Shape:
    """Edges, elements, and what is between two elements."""
    low, high, interior = edges_of(op, to)
    sizes: list[Extent] = []
    for size, before, behind, between in zip(
        to.shape(op.operand), low, high, interior, strict=True
    ):
        if between:
            gaps = to.combine(arith.MaxSIOp, to.combine(arith.SubiOp, size, 1), 0)
            size = to.combine(arith.AddiOp, size, to.combine(arith.MuliOp, gaps, between))
        edges = to.combine(arith.AddiOp, before, behind)
        sizes.append(to.combine(arith.AddiOp, size, edges))
    return declared_shape(op, sizes, to)


def edges_of(
    op: PadOp | dynamic.DynamicPadOp, to: SizedConversion
) -> tuple[Sequence[Extent], Sequence[Extent], Sequence[int]]:
    """Returns what is added before, behind and between the elements of each dimension."""
    if isinstance(op, PadOp):
        return op.low, op.high, op.interior
    values = (op.edge_padding_low, op.edge_padding_high, op.interior_padding)
    low, high, between = (numbers_of(value, to) for value in values)
    return low, high, as_numbers(op, between, 0)


def as_numbers(op: Operation, sizes: Sequence[Extent], least: int) -> list[int]:
    """Distances between elements, which must be constants. Raises UNIMPLEMENTED for one that is no
    constant, INVALID_ARGUMENT for one below `least`.
    """
    known = [size for size in sizes if isinstance(size, int)]
    if len(known) < len(sizes):
        raise StatusError(
            StatusCode.UNIMPLEMENTED,
            f"'{op.name}' has a distance between elements that no constant decides",
        )
    for d, size in enumerate(known):
        if size < least:
            raise invalid_argument(
                f"'{op.name}' has a distance of {size} between elements in dimension {d}; it is at "
                f"least {least}"
            )
    return known


def cut_shape(op: dynamic.RealDynamicSliceOp, to: SizedConversion) -> Shape:
    """Returns the sizes from a start to below a limit, in steps."""
    steps = as_numbers(op, numbers_of(op.strides, to), 1)
    if (part := part_at_data(op, steps, to)) is not None:
        check_fits(op, part, to)
        return declared_shape(op, part, to)
    start, limit = numbers_of(op.start_indices, to), numbers_of(op.limit_indices, to)
    sizes: list[Extent] = []
    for first, end, step in zip(start, limit, steps, strict=True):
        span = to.combine(arith.SubiOp, end, first)
        whole = to.combine(arith.AddiOp, span, step - 1)
        sizes.append(whole if step == 1 else to.combine(arith.DivSIOp, whole, step))
    return declared_shape(op, sizes, to)


def part_at_data(
    op: dynamic.RealDynamicSliceOp, steps: Sequence[int], to: SizedConversion
) -> Sequence[Extent] | None:
    """Returns the sizes of a part that begins where data decides: what is added to its start is its
    limit. None for a slice whose start is known, or whose limit is another.
    """
    limit = op.limit_indices.owner
    if not isinstance(limit, ew.AddOp) or op.start_indices not in limit.operands or {*steps} - {1}:
        return None
    try:
        numbers_of(op.start_indices, to)
    except StatusError:
        added = limit.rhs if limit.lhs is op.start_indices else limit.lhs
        return numbers_of(added, to)
    return None


def bits_shape(op: BitcastConvertOp, to: SizedConversion) -> Shape:
    """Returns the same, where elements have the same number of bits."""
    if len(shape_of(op.operand)) != len(shape_of(op.result)):
        raise refused(op)
    return declared_shape(op, to.shape(op.operand), to)


def operand_shape(op: ReverseOp, to: SizedConversion) -> Shape:
    return to.shape(op.operand)


def destination_shape(op: tensor.InsertSliceOp, to: SizedConversion) -> Shape:
    if len(shape_of(op.source)) != len(shape_of(op.dest)):
        raise refused(op)
    return to.shape(op.dest)


def part_shape(op: tensor.ExtractSliceOp, to: SizedConversion) -> Shape:
    numbers, sizes = op.static_sizes.get_values(), iter(op.sizes)
    if len(numbers) != len(shape_of(op.result)):
        raise refused(op)
    given = [
        constant_or_same(numbers_of(next(sizes), to)[0]) if n == DYNAMIC_INDEX else int(n)
        for n in numbers
    ]
    return declared_shape(op, given, to)


def softmax_shape(op: SoftmaxOp, to: SizedConversion) -> Shape:
    return to.shape(op.input)
