"""The rules that lower TensorFlow nodes to StableHLO ops, one for each op or family of ops.

Op semantics: TensorFlow's op definitions (`tensorflow/core/ops/*_ops.cc`) as its own XLA bridge
reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from xdsl.dialects.builtin import (
    AnyFloat,
    ComplexType,
    DenseIntOrFPElementsAttr,
    IntegerType,
    Signedness,
    StringAttr,
    TensorType,
    i32,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects import tf
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.elementwise import element_type_of, shape_of
from ireelite.lowering.frontend.tf.constants import (
    IDENTITIES,
    axes,
    constant_ints,
    lower_evaluated,
)
from ireelite.lowering.frontend.tf.nodes import (
    DROPPED,
    attribute,
    fail,
    flag,
)
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.status import StatusCode, StatusError

NodeRule = Callable[[tf.NodeOp, Conversion], SSAValue | Sequence[SSAValue] | Operation | None]


LARGEST_SPLAT = 1 << 16
"""Elements of the largest constant that is made of one value."""


# -- small things the rules are made of ------------------------------------------------------------


def splat(
    value: float, like: SSAValue, to: Conversion, shape: Sequence[int] | None = None
) -> SSAValue:
    """A constant of one value, with the element type of `like` and its shape unless one is
    given.
    """
    element = element_type_of(like)
    dims = shape_of(like) if shape is None else shape
    if prod(dims) > LARGEST_SPLAT:  # a constant holds each of its elements
        return broadcast(splat(value, like, to, ()), dims, [], to)
    if isinstance(element, IntegerType):
        constant = DenseIntOrFPElementsAttr.from_list(
            TensorType(element, dims), [whole(value, element)]
        )
    elif isinstance(element, ComplexType):
        type: Any = TensorType(element, dims)
        constant = DenseIntOrFPElementsAttr.from_list(type, [(value, 0.0)])
    else:
        assert isinstance(element, AnyFloat)
        constant = DenseIntOrFPElementsAttr.from_list(TensorType(element, dims), [value])
    return to.insert(hlo.ConstantOp(constant)).result


def broadcast(
    value: SSAValue, shape: Sequence[int], dims: Sequence[int], to: Conversion
) -> SSAValue:
    """Broadcasts unless the shape is right already."""
    if shape_of(value) == tuple(shape):
        return value
    type = TensorType(element_type_of(value), shape)
    return to.insert(hlo.BroadcastInDimOp(value, dims, type)).result


def reduce(
    op: type[ew.BinaryOp], value: SSAValue, init: float, dims: Sequence[int], to: Conversion
) -> SSAValue:
    """Folds `value` along `dims`."""
    start = splat(init, value, to, shape=())
    body = hlo.ReduceOp.simple_body(op, element_type_of(value))
    return to.insert(hlo.ReduceOp([value], [start], dims, body)).outputs[0]


def numpy_broadcast(
    node: tf.NodeOp, lhs: SSAValue, rhs: SSAValue, to: Conversion
) -> tuple[SSAValue, SSAValue]:
    """Both operands in their common shape, by NumPy's broadcasting rules.

    Raises INVALID_ARGUMENT.
    """
    left, right = shape_of(lhs), shape_of(rhs)
    rank = max(len(left), len(right))
    padded = [(1,) * (rank - len(s)) + s for s in (left, right)]
    if any(a != b and 1 not in (a, b) for a, b in zip(*padded, strict=True)):
        raise fail(node, f"shapes {list(left)} and {list(right)} do not broadcast")
    shape = [max(a, b) if 0 not in (a, b) else 0 for a, b in zip(*padded, strict=True)]
    values = (
        broadcast(value, shape, range(rank - len(own), rank), to)
        for value, own in ((lhs, left), (rhs, right))
    )
    first, second = values
    return first, second


def whole(value: float, element: IntegerType) -> int:
    """A value as an integer of this type; an infinity is the type's own extreme."""
    if value not in (float("inf"), float("-inf")):
        return int(value)
    unsigned = element.signedness.data is Signedness.UNSIGNED
    bits = element.width.data - (0 if unsigned else 1)
    if value > 0:
        return (1 << bits) - 1
    return 0 if unsigned else -(1 << bits)


def compare_kind(element: Attribute) -> str:
    """How StableHLO compares elements of this type."""
    if not isinstance(element, IntegerType):
        return "FLOAT"
    is_unsigned = element.signedness.data is Signedness.UNSIGNED or element.width.data == 1
    return "UNSIGNED" if is_unsigned else "SIGNED"


# -- rules -----------------------------------------------------------------------------------------


def lower_const(node: tf.NodeOp, to: Conversion) -> Operation:
    value = attribute(node, "value")
    if not isinstance(value, DenseIntOrFPElementsAttr):
        raise fail(node, "its value is not a tensor")
    return to.insert(hlo.ConstantOp(value))


def lower_identity(node: tf.NodeOp, to: Conversion) -> SSAValue:
    return to.value(node.data[0])


def lower_identities(node: tf.NodeOp, to: Conversion) -> Sequence[SSAValue]:
    return [to.value(value) for value in node.data]


def lower_nothing(node: tf.NodeOp, to: Conversion) -> None:
    return None


def lower_unary(node: tf.NodeOp, to: Conversion) -> Operation:
    return to.insert(UNARY[node.op_name](to.value(node.data[0])))


def lower_binary(node: tf.NodeOp, to: Conversion) -> Operation:
    lhs, rhs = numpy_broadcast(node, to.value(node.data[0]), to.value(node.data[1]), to)
    return to.insert(BINARY[node.op_name](lhs, rhs))


def lower_square(node: tf.NodeOp, to: Conversion) -> Operation:
    value = to.value(node.data[0])
    return to.insert(ew.MultiplyOp(value, value))


def lower_relu(node: tf.NodeOp, to: Conversion) -> Operation:
    value = to.value(node.data[0])
    return to.insert(ew.MaximumOp(value, splat(0, value, to)))


def lower_bias_add(node: tf.NodeOp, to: Conversion) -> Operation:
    value, bias = to.value(node.data[0]), to.value(node.data[1])
    shape = shape_of(value)
    layout = node.attributes.get("data_format")
    channel = (
        1 if isinstance(layout, StringAttr) and layout.data.startswith("NC") else len(shape) - 1
    )
    if not 0 <= channel < len(shape):
        raise fail(node, f"{value.type} has no channels")
    if shape_of(bias) != (shape[channel],):
        raise fail(node, f"bias has shape {list(shape_of(bias))}; expected [{shape[channel]}]")
    return to.insert(ew.AddOp(value, broadcast(bias, shape, [channel], to)))


def lower_matmul(node: tf.NodeOp, to: Conversion) -> Operation:
    lhs, rhs = to.value(node.data[0]), to.value(node.data[1])
    left, right = int(not flag(node, "transpose_a")), int(flag(node, "transpose_b"))
    if (
        len(shape_of(lhs)) != 2
        or len(shape_of(rhs)) != 2
        or shape_of(lhs)[left] != shape_of(rhs)[right]
    ):
        raise fail(node, f"shapes {list(shape_of(lhs))} and {list(shape_of(rhs))} do not multiply")
    return to.insert(hlo.DotGeneralOp(lhs, rhs, ([left], [right])))


def lower_softmax(node: tf.NodeOp, to: Conversion) -> Operation:
    """exp(x - max) / sum(exp(x - max)) along the last dimension."""
    value = to.value(node.data[0])
    shape = shape_of(value)
    last, others = len(shape) - 1, range(len(shape) - 1)
    largest = reduce(ew.MaximumOp, value, float("-inf"), [last], to)
    shifted = to.insert(ew.SubtractOp(value, broadcast(largest, shape, others, to)))
    powers = to.insert(ew.ExponentialOp(shifted.result)).result
    total = reduce(ew.AddOp, powers, 0, [last], to)
    return to.insert(ew.DivideOp(powers, broadcast(total, shape, others, to)))


def lower_argmax(node: tf.NodeOp, to: Conversion) -> SSAValue:
    """A reduction over (value, index) pairs that keeps the larger value,
    and of equal ones the smaller index.
    """
    value = to.value(node.data[0])
    shape = shape_of(value)
    dims = axes(node, 1, len(shape), to)
    if len(dims) != 1:
        raise fail(node, f"takes one dimension, not {dims}")
    dim = dims[0]
    index_type = node.attributes.get("output_type", i32)
    if not isinstance(index_type, IntegerType) or index_type.width.data == 1:
        raise fail(node, "its attribute 'output_type' is not an integer type")
    larger = ew.ComparisonDirection.GT if node.op_name == "ArgMax" else ew.ComparisonDirection.LT
    worst = float("-inf") if node.op_name == "ArgMax" else float("inf")
    indices = to.insert(hlo.IotaOp(dim, TensorType(index_type, shape))).result
    starts = [splat(worst, value, to, shape=()), splat(0, indices, to, shape=())]
    body = arg_reducer(larger, element_type_of(value), index_type)
    return to.insert(hlo.ReduceOp([value, indices], starts, [dim], body)).outputs[1]


def arg_reducer(better: str, element: Attribute, index: Attribute) -> Region:
    """`(value, index), (value', index')` -> the pair that is better,
    or of equal values the smaller index.
    """
    value_type, index_type = TensorType(element, []), TensorType(index, [])
    block = Block(arg_types=[value_type, index_type, value_type, index_type])
    best, best_index, new, new_index = block.args
    kind = compare_kind(element)
    keep = ew.CompareOp(better, best, new, kind)
    same = ew.CompareOp("EQ", best, new, kind)
    first = ew.CompareOp("LT", best_index, new_index, compare_kind(index))
    tie = ew.AndOp(same.result, first.result)
    choose = ew.OrOp(keep.result, tie.result)
    value = ew.SelectOp(choose.result, best, new)
    position = ew.SelectOp(choose.result, best_index, new_index)
    ops = [keep, same, first, tie, choose, value, position]
    block.add_ops([*ops, hlo.ReturnOp(value.result, position.result)])
    return Region(block)


def lower_reduction(node: tf.NodeOp, to: Conversion) -> SSAValue:
    value = to.value(node.data[0])
    shape = shape_of(value)
    dims = axes(node, 1, len(shape), to)
    op, init = REDUCTIONS[node.op_name]
    result = reduce(op, value, init, dims, to)
    if node.op_name == "Mean":
        count = 1
        for dim in dims:
            count *= shape[dim]
        result = to.insert(ew.DivideOp(result, splat(count, result, to))).result
    if flag(node, "keep_dims"):
        kept = [1 if d in dims else size for d, size in enumerate(shape)]
        result = to.insert(hlo.ReshapeOp(result, TensorType(element_type_of(value), kept))).result
    return result


def lower_reshape(node: tf.NodeOp, to: Conversion) -> SSAValue:
    value = to.value(node.data[0])
    shape, count = constant_ints(node, 1, to), 1
    for size in shape_of(value):
        count *= size
    known = 1
    for size in shape:
        known *= size if size >= 0 else 1
    if shape.count(-1) > 1 or (-1 in shape and (not known or count % known)):
        raise fail(node, f"can't reshape {list(shape_of(value))} to {shape}")
    shape = [count // known if size == -1 else size for size in shape]
    if tuple(shape) == shape_of(value):
        return value
    return to.insert(hlo.ReshapeOp(value, TensorType(element_type_of(value), shape))).result


def lower_transpose(node: tf.NodeOp, to: Conversion) -> Operation:
    value, order = to.value(node.data[0]), constant_ints(node, 1, to)
    if sorted(order) != list(range(len(shape_of(value)))):
        raise fail(node, f"{order} is not a permutation of the dimensions of {value.type}")
    type = TensorType(element_type_of(value), [shape_of(value)[d] for d in order])
    return to.insert(hlo.TransposeOp(value, order, type))


def lower_cast(node: tf.NodeOp, to: Conversion) -> SSAValue:
    value, target = to.value(node.data[0]), attribute(node, "DstT")
    if element_type_of(value) == target:
        return value
    return to.insert(hlo.ConvertOp(value, TensorType(target, shape_of(value)))).result


def lower_compare(node: tf.NodeOp, to: Conversion) -> Operation:
    lhs, rhs = numpy_broadcast(node, to.value(node.data[0]), to.value(node.data[1]), to)
    kind = compare_kind(element_type_of(lhs))
    return to.insert(ew.CompareOp(COMPARISONS[node.op_name], lhs, rhs, kind))


def lower_select(node: tf.NodeOp, to: Conversion) -> Operation:
    pred, on_true, on_false = (to.value(v) for v in node.data)
    on_true, on_false = numpy_broadcast(node, on_true, on_false, to)
    shape = shape_of(on_true)
    if node.op_name == "Select" and len(shape) > 1 and shape_of(pred) == shape[:1]:
        pred = broadcast(pred, shape, [0], to)  # the older op chooses rows
    elif shape_of(pred) != ():
        pred, on_true = numpy_broadcast(node, pred, on_true, to)
        on_true, on_false = numpy_broadcast(node, on_true, on_false, to)
    return to.insert(ew.SelectOp(pred, on_true, on_false))


UNARY: dict[str, type[ew.UnaryOp]] = {
    "Abs": ew.AbsOp,
    "Ceil": ew.CeilOp,
    "Cos": ew.CosineOp,
    "Exp": ew.ExponentialOp,
    "Expm1": ew.ExponentialMinusOneOp,
    "Floor": ew.FloorOp,
    "Log": ew.LogOp,
    "Log1p": ew.LogPlusOneOp,
    "LogicalNot": ew.NotOp,
    "Neg": ew.NegateOp,
    "Rsqrt": ew.RsqrtOp,
    "Sigmoid": ew.LogisticOp,
    "Sin": ew.SineOp,
    "Sqrt": ew.SqrtOp,
    "Tanh": ew.TanhOp,
}

BINARY: dict[str, type[ew.BinaryOp]] = {
    "Add": ew.AddOp,
    "AddV2": ew.AddOp,
    "LogicalAnd": ew.AndOp,
    "LogicalOr": ew.OrOp,
    "Maximum": ew.MaximumOp,
    "Minimum": ew.MinimumOp,
    "Mul": ew.MultiplyOp,
    "Pow": ew.PowerOp,
    "RealDiv": ew.DivideOp,
    "Sub": ew.SubtractOp,
}

COMPARISONS = {
    "Equal": "EQ",
    "Greater": "GT",
    "GreaterEqual": "GE",
    "Less": "LT",
    "LessEqual": "LE",
    "NotEqual": "NE",
}

REDUCTIONS: dict[str, tuple[type[ew.BinaryOp], float]] = {
    "Max": (ew.MaximumOp, float("-inf")),
    "Mean": (ew.AddOp, 0),
    "Min": (ew.MinimumOp, float("inf")),
    "Prod": (ew.MultiplyOp, 1),
    "Sum": (ew.AddOp, 0),
}

RULES: dict[str, NodeRule] = {
    **dict.fromkeys(UNARY, lower_unary),
    **dict.fromkeys(BINARY, lower_binary),
    **dict.fromkeys(COMPARISONS, lower_compare),
    **dict.fromkeys(REDUCTIONS, lower_reduction),
    "ArgMax": lower_argmax,
    "ArgMin": lower_argmax,
    "BiasAdd": lower_bias_add,
    "Cast": lower_cast,
    "Const": lower_const,
    **dict.fromkeys(IDENTITIES, lower_identity),
    "IdentityN": lower_identities,
    "MatMul": lower_matmul,
    **dict.fromkeys(DROPPED, lower_nothing),
    "Relu": lower_relu,
    "Reshape": lower_reshape,
    "Select": lower_select,
    "SelectV2": lower_select,
    "Softmax": lower_softmax,
    "Square": lower_square,
    "Transpose": lower_transpose,
}
"""TensorFlow op -> the rule that says it in HLO.

Placeholder and fetches are the function's signature.
"""


ORDERED = frozenset(
    (
        *("ArgMax", "ArgMin", "Greater", "GreaterEqual", "Less", "LessEqual", "Max", "Maximum"),
        *("Min", "Minimum", "Relu", "Softmax"),
    )
)
"""TensorFlow ops that order elements: they refuse complex ones."""

OPERANDS: dict[str, int] = {
    **dict.fromkeys((*BINARY, *COMPARISONS, *REDUCTIONS), 2),
    **dict.fromkeys(("ArgMax", "ArgMin", "BiasAdd", "MatMul", "Reshape", "Transpose"), 2),
    **dict.fromkeys((*UNARY, *IDENTITIES, "Cast", "Relu", "Softmax", "Square"), 1),
    **dict.fromkeys(("Select", "SelectV2"), 3),
    **dict.fromkeys(("Const", "ControlTrigger", "NoOp"), 0),
}
"""TensorFlow op -> how many data operands it takes."""


def lower_constant_only(node: tf.NodeOp, to: Conversion) -> Operation:
    lowered = lower_evaluated(node, to)
    if lowered is None:
        raise StatusError(
            StatusCode.UNIMPLEMENTED,
            f"node '{node.node_name.data}' is a {node.op_name}, which is supported for constant "
            "operands only",
        )
    return lowered
