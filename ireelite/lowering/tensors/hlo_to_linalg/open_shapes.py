"""Ops on tensors whose types leave sizes open: what sizes their results have, and how they are lowered.

The rule of an op says the shape of its results, in sizes: numbers, or scalars that the host computes.
Sizes that must be equal and are not the same value are compared when the program runs. The op is then
lowered by the rule for static shapes, whose new tensors get these sizes, or by one of `LOWERINGS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xdsl.dialects import arith, func, tensor
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseArrayBase,
    IntegerType,
    TensorType,
    i64,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.ir import Operation, SSAValue
from xdsl.ir.affine import AffineDimExpr

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.extensions.linalg.packing import SoftmaxOp
from ireelite.dialects.sequencer import iree
from ireelite.dialects.stablehlo import dynamic_shapes as dynamic
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo import mixed
from ireelite.dialects.stablehlo.composition import CustomCallOp
from ireelite.dialects.stablehlo.elementwise import shape_of
from ireelite.dialects.stablehlo.fields import numbers
from ireelite.dialects.stablehlo.reduction import MapOp
from ireelite.lowering.frontend.hlo.static_forms import SHAPE_ASSERTION
from ireelite.lowering.rewriting.open_shapes import open_argument
from ireelite.lowering.rewriting.sequences import is_static
from ireelite.lowering.tensors.hlo_to_linalg import creation
from ireelite.lowering.tensors.hlo_to_linalg.movement import reassociation
from ireelite.lowering.tensors.hlo_to_linalg.scalars import ELEMENTWISE
from ireelite.lowering.tensors.hlo_to_linalg.signless import copy_signless, tensor_type
from ireelite.lowering.tensors.hlo_to_linalg.size_numbers import numbers_of
from ireelite.lowering.tensors.hlo_to_linalg.sized_conversion import SizedConversion
from ireelite.lowering.tensors.hlo_to_linalg.structured_ops import empty, moved
from ireelite.lowering.tensors.sizes import Shape, constant_size
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.syntax.errors import at_place, place_of

LowerOp = Callable[[Operation, SizedConversion], None]


def is_open_function(function: func.FuncOp) -> bool:
    """Whether an argument of a function leaves a size open."""
    return not all(map(is_static, function.args))


def ask_sizes(function: func.FuncOp, to: SizedConversion) -> None:
    """Asks for the open sizes of a function's arguments, whose new values are there."""
    to.start()
    for argument in function.args:
        if is_static(argument):
            continue
        new = to.value(argument)
        sizes = [
            to.insert(tensor.DimOp(new, to.value_of(d))).result if size == DYNAMIC_INDEX else size
            for d, size in enumerate(shape_of(argument))
        ]
        to.shapes[argument] = tuple(sizes)


def lower_open(op: Operation, to: SizedConversion, lower_op: LowerOp) -> None:
    """Lowers an op of a function with open sizes. Raises UNIMPLEMENTED for one that has no form for
    them, with what to do.
    """
    if isinstance(op, tensor.DimOp):
        to.apply(op, lower_dim, op.results)
        return
    if isinstance(op, CustomCallOp) and op.target == SHAPE_ASSERTION:
        to.apply(op, lower_assertion, op.results)
        return
    static = all(map(is_static, (*op.operands, *op.results)))
    if isinstance(op, func.ReturnOp) or (static and not isinstance(op, SCALAR_SIZES)):
        lower_op(op, to)
        return
    rule = shape_rule(op)
    try:
        shape = rule(op, to)
    except StatusError as error:
        raise at_place(error, [op]) from error.__cause__
    for result in op.results:
        to.shapes[result] = shape
    to.wanted = {tuple(shape_of(result)): shape for result in op.results}
    if isinstance(op, SoftmaxOp):
        d = op.dimension.value.data
        to.wanted |= {without(shape_of(op.results[0]), d): without(shape, d)}
    with_shape = [v for v in op.operands if not is_static(v)]
    saved = {v: to.value(v) for v in op.operands} if rule is same_shape else {}
    if saved and with_shape:
        to.values |= {v: recast(v, op.results[0], to) for v in saved}
    if type(op) in LOWERINGS:
        to.apply(op, LOWERINGS[type(op)], op.results)
    elif isinstance(op, LinalgStructuredOperation | tensor.CastOp):
        to.apply(op, copy_signless, op.results)
    else:
        lower_op(op, to)
    to.values |= saved


def shape_rule(op: Operation) -> Callable[[Any, SizedConversion], Shape]:
    """The rule for the shape of an op's results. Raises UNIMPLEMENTED."""
    if (rule := SHAPES.get(type(op))) is not None:
        return rule
    if op.name.startswith(("arith.", "math.")):
        return same_shape
    if isinstance(op, LinalgStructuredOperation):
        return structured_shape
    raise refused(op)


def without(shape: Sequence[Any], dimension: int) -> tuple[Any, ...]:
    """A shape without one of its dimensions."""
    return tuple(size for d, size in enumerate(shape) if d != dimension)


def recast(value: SSAValue, result: SSAValue, to: SizedConversion) -> SSAValue:
    """An operand under the sizes that the result's type has, where its own type says others."""
    new = to.value(value)
    shape = shape_of(result)
    if not isinstance(new.type, TensorType) or new.type.get_shape() in (shape, ()):
        return new
    return to.insert(tensor.CastOp(new, TensorType(new.type.element_type, shape))).dest


def refused(op: Operation) -> StatusError:
    """The error of an op that needs static shapes."""
    value = next(v for v in (*op.operands, *op.results) if not is_static(v))
    dimension = shape_of(value).index(DYNAMIC_INDEX)
    return StatusError(
        StatusCode.UNIMPLEMENTED,
        f"{place_of(op)}'{op.name}' has a value of type {value.type}; its shapes must be static, and "
        f"dimension {dimension} has no size{open_argument(op)}",
    )


# -- shapes ------------------------------------------------------------------------------------------


def same_shape(op: Operation, to: SizedConversion) -> Shape:
    """One shape for all tensors; those of rank 0 are read everywhere."""
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
    """The one size that all of these are. Each has a name."""
    _, found = sizes[0]
    for what, size in sizes[1:]:
        found = to.require(size, found, f"'{op.name}': {what}")
    return found


def reduced_shape(op: hlo.ReduceOp, to: SizedConversion) -> Shape:
    shapes = [(f"operand {n}", to.shape(v)) for n, v in enumerate(op.inputs)]
    whole = [
        required(op, [(f"dimension {d} of {what}", shape[d]) for what, shape in shapes], to)
        for d in range(len(shapes[0][1]))
    ]
    return tuple(size for d, size in enumerate(whole) if d not in op.dims)


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
    """Sizes that an op says, which its result's type may say too."""
    return tuple(
        given if size == DYNAMIC_INDEX else to.require(given, size, f"'{op.name}': dimension {d}")
        for d, (given, size) in enumerate(zip(sizes, shape_of(op.results[0]), strict=True))
    )


def iota_shape(op: dynamic.DynamicIotaOp, to: SizedConversion) -> Shape:
    return declared_shape(op, numbers_of(op.output_shape, to), to)


def broadcast_shape(op: dynamic.DynamicBroadcastInDimOp, to: SizedConversion) -> Shape:
    """The operand's open sizes are those of the result, unless the op says that they are expanded."""
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


def sliced_shape(op: hlo.SliceOp, to: SizedConversion) -> Shape:
    return tuple(shape_of(op.result))


def empty_shape(op: tensor.EmptyOp, to: SizedConversion) -> Shape:
    sizes = iter(to.find(to.value(size)) for size in op.dynamic_sizes)
    return tuple(
        constant_or_same(next(sizes)) if size == DYNAMIC_INDEX else size
        for size in shape_of(op.tensor)
    )


def constant_or_same(size: Any) -> Any:
    return constant_size(size) if isinstance(size, SSAValue) else size


def cast_shape(op: tensor.CastOp, to: SizedConversion) -> Shape:
    return declared_shape(op, to.shape(op.source), to)


def structured_shape(op: LinalgStructuredOperation, to: SizedConversion) -> Shape:
    """The shape of the destination. Each loop has one size in all operands."""
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
            elif size == DYNAMIC_INDEX:
                raise refused(op)
    return tuple(map_size for map_size in to.shape(op.outputs[0]))


def softmax_shape(op: SoftmaxOp, to: SizedConversion) -> Shape:
    return to.shape(op.input)


SHAPES: Mapping[type[Operation], Callable[[Any, SizedConversion], Shape]] = {
    **dict.fromkeys(ELEMENTWISE, same_shape),
    MapOp: same_shape,
    SoftmaxOp: softmax_shape,
    dynamic.DynamicBroadcastInDimOp: broadcast_shape,
    dynamic.DynamicIotaOp: iota_shape,
    dynamic.DynamicReshapeOp: reshaped_shape,
    dynamic.GetDimensionSizeOp: lambda op, to: (),
    ew.CompareOp: same_shape,
    ew.SelectOp: same_shape,
    hlo.ConvertOp: same_shape,
    hlo.DotGeneralOp: product_shape,
    hlo.ReduceOp: reduced_shape,
    hlo.SliceOp: sliced_shape,
    hlo.TransposeOp: transposed_shape,
    mixed.ClampOp: same_shape,
    tensor.CastOp: cast_shape,
    tensor.EmptyOp: empty_shape,
}
"""Op -> the shape of its results."""

SCALAR_SIZES = (dynamic.GetDimensionSizeOp,)
"""Ops of static types that are about open sizes all the same."""


# -- lowerings ---------------------------------------------------------------------------------------


def lower_dim(op: tensor.DimOp, to: SizedConversion) -> SSAValue:
    """The size that is known already."""
    (dimension,) = numbers_of(op.index, to) if not constant_index(op) else (constant_index(op)[0],)
    if not isinstance(dimension, int):
        raise StatusError(
            StatusCode.UNIMPLEMENTED, f"'{op.name}' needs a constant as its dimension"
        )
    return to.value_of(to.shape(op.source)[dimension])


def constant_index(op: tensor.DimOp) -> list[int]:
    size = constant_size(op.index)
    return [size] if isinstance(size, int) else []


def lower_dimension_size(op: dynamic.GetDimensionSizeOp, to: SizedConversion) -> SSAValue:
    """A tensor of rank 0, for what computes with the size as with data."""
    type = tensor_type(op.result)
    assert isinstance(type.element_type, IntegerType)
    size = to.value_of(to.shape(op.operand)[op.dim])
    number = to.insert(arith.IndexCastOp(size, type.element_type)).result
    return to.insert(linalg.FillOp([number], [empty(type, to)])).results[0]


def lower_assertion(op: CustomCallOp, to: SizedConversion) -> None:
    """A comparison of sizes, which is made when the program runs, and fails with the call's message.
    Another predicate is no assertion about sizes, and is left out.
    """
    compared = op.operands[0].owner
    if not isinstance(compared, ew.CompareOp):
        return
    try:
        (a,), (b,) = (numbers_of(v, to) for v in (compared.lhs, compared.rhs))
    except StatusError:
        return
    kind = compared.comparison_direction.data
    if kind in ("GT", "LT"):
        a, b = (
            (a, to.combine(arith.AddiOp, b, 1))
            if kind == "GT"
            else (to.combine(arith.AddiOp, a, 1), b)
        )
    if kind in ("GE", "GT"):
        b = to.combine(arith.MaxSIOp, a, b)
    elif kind in ("LE", "LT"):
        b = to.combine(arith.MinSIOp, a, b)
    elif kind != "EQ":
        return
    message = op.attributes.get("error_message", op.backend_config)
    text = str(getattr(message, "data", "a shape is not as the program assumes"))
    to.check(a, b, text)


def lower_broadcast(op: dynamic.DynamicBroadcastInDimOp, to: SizedConversion) -> SSAValue:
    sources: list[int | None] = [
        None if size == 1 or d in expanding(op) else target
        for d, (size, target) in enumerate(zip(to.shape(op.operand), op_dims(op), strict=True))
    ]
    return moved(to.value(op.operand), tensor_type(op.result), sources, to)


def lower_reshape(op: dynamic.DynamicReshapeOp, to: SizedConversion) -> SSAValue:
    """Through the flat shape, as where shapes are static."""
    value, result = to.value(op.operand), tensor_type(op.result)
    shape, rank = to.shapes.get(op.result, ()), len(shape_of(op.operand))
    flat = TensorType(result.element_type, [DYNAMIC_INDEX])
    if rank != 1:
        value = to.insert(
            tensor.CollapseShapeOp(
                operands=[value],
                result_types=[flat],
                properties={"reassociation": reassociation(rank)},
            )
        ).result
        count = to.value_of(to.product(to.shape(op.operand)))
        value = to.insert(iree.SizedOp(value, [count])).result
    if len(shape) == 1:
        return value if value.type == result else to.insert(tensor.CastOp(value, result)).dest
    return to.insert(
        tensor.ExpandShapeOp.build(
            operands=[value, to.open_sizes(result)],
            result_types=[result],
            properties={
                "reassociation": reassociation(len(shape)),
                "static_output_shape": DenseArrayBase.from_list(i64, list(result.get_shape())),
            },
        )
    ).result


def lower_empty(op: tensor.EmptyOp, to: SizedConversion) -> SSAValue:
    return empty(tensor_type(op.tensor), to)


LOWERINGS: Mapping[type[Operation], Callable[[Any, SizedConversion], SSAValue]] = {
    dynamic.DynamicBroadcastInDimOp: lower_broadcast,
    dynamic.DynamicIotaOp: creation.lower_iota,
    dynamic.DynamicReshapeOp: lower_reshape,
    dynamic.GetDimensionSizeOp: lower_dimension_size,
    tensor.EmptyOp: lower_empty,
}
"""Op -> its lowering, where that for static shapes is of no use."""
