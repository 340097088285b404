"""Rules for TensorFlow ops that compute each element by itself."""

from __future__ import annotations

from collections.abc import Callable

from xdsl.dialects.builtin import ComplexType, IntegerType, Signedness, i1
from xdsl.ir import Operation, SSAValue

from ireelite.dialects import tf
from ireelite.dialects.chlo import functions as chlo
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.indexing import BitcastConvertOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.nodes import Rule, attribute, fail, flag, number
from ireelite.lowering.frontend.tf.values import (
    are_broadcast,
    broadcast,
    broadcast_last,
    compare,
    convert,
    filled,
    numpy_broadcast,
    select,
    splat,
)

Make = Callable[[SSAValue, TfConversion], SSAValue]
Combine = Callable[[SSAValue, SSAValue, TfConversion], SSAValue]


def unary(op: type[ew.UnaryOp] | type[chlo.UnaryOp], value: SSAValue, to: TfConversion) -> SSAValue:
    return to.insert(op(value)).result


def binary(op: type[ew.BinaryOp], lhs: SSAValue, rhs: SSAValue, to: TfConversion) -> SSAValue:
    return to.insert(op(lhs, rhs)).result


def scaled(value: SSAValue, factor: float, to: TfConversion) -> SSAValue:
    """Returns a tensor times a number."""
    return binary(ew.MultiplyOp, value, splat(factor, value, to), to)


def is_signed(value: SSAValue) -> bool:
    element = element_type_of(value)
    return not isinstance(element, IntegerType) or (
        element.signedness.data is not Signedness.UNSIGNED and element.width.data > 1
    )


def is_integer(value: SSAValue) -> bool:
    return isinstance(element_type_of(value), IntegerType)


# -- one operand -----------------------------------------------------------------------------------


def lower_unary(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    value = to.value(node.data[0])
    if is_integer(value) and node.op_name in OF_INTEGERS:
        return value
    return unary(UNARY[node.op_name], value, to)


def lower_function(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    return FUNCTIONS[node.op_name](to.value(node.data[0]), to)


def square(value: SSAValue, to: TfConversion) -> SSAValue:
    return binary(ew.MultiplyOp, value, value, to)


def reciprocal(value: SSAValue, to: TfConversion) -> SSAValue:
    return binary(ew.DivideOp, splat(1, value, to), value, to)


def relu(value: SSAValue, to: TfConversion) -> SSAValue:
    return binary(ew.MaximumOp, value, splat(0, value, to), to)


def relu6(value: SSAValue, to: TfConversion) -> SSAValue:
    return binary(ew.MinimumOp, relu(value, to), splat(6, value, to), to)


def elu(value: SSAValue, to: TfConversion) -> SSAValue:
    """Computes x, and exp(x) - 1 below 0."""
    is_positive = compare("GT", value, splat(0, value, to), to)
    return select(is_positive, value, unary(ew.ExponentialMinusOneOp, value, to), to)


SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
"""Of "Self-Normalizing Neural Networks" (2017)."""


def selu(value: SSAValue, to: TfConversion) -> SSAValue:
    is_positive = compare("GT", value, splat(0, value, to), to)
    below = scaled(unary(ew.ExponentialMinusOneOp, value, to), SELU_SCALE * SELU_ALPHA, to)
    return select(is_positive, scaled(value, SELU_SCALE, to), below, to)


def softplus(value: SSAValue, to: TfConversion) -> SSAValue:
    """Computes log(1 + exp(x)) as max(x, 0) + log(1 + exp(-|x|)), which does not overflow."""
    magnitude = unary(ew.NegateOp, unary(ew.AbsOp, value, to), to)
    tail = unary(ew.LogPlusOneOp, unary(ew.ExponentialOp, magnitude, to), to)
    return binary(ew.AddOp, relu(value, to), tail, to)


def softsign(value: SSAValue, to: TfConversion) -> SSAValue:
    magnitude = unary(ew.AbsOp, value, to)
    below = binary(ew.AddOp, magnitude, splat(1, value, to), to)
    return binary(ew.DivideOp, value, below, to)


def is_nan(value: SSAValue, to: TfConversion) -> SSAValue:
    return compare("NE", value, value, to)


def is_inf(value: SSAValue, to: TfConversion) -> SSAValue:
    return compare("EQ", unary(ew.AbsOp, value, to), splat(float("inf"), value, to), to)


def is_finite(value: SSAValue, to: TfConversion) -> SSAValue:
    return compare("LT", unary(ew.AbsOp, value, to), splat(float("inf"), value, to), to)


def zeros_like(value: SSAValue, to: TfConversion) -> SSAValue:
    return splat(0, value, to)


def ones_like(value: SSAValue, to: TfConversion) -> SSAValue:
    return splat(1, value, to)


def lower_leaky_relu(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    return leaky(to.value(node.data[0]), number(node, "alpha", 0.2), to)


def leaky(value: SSAValue, slope: float, to: TfConversion) -> SSAValue:
    """Computes x, and a multiple of it below 0."""
    is_positive = compare("GT", value, splat(0, value, to), to)
    return select(is_positive, value, scaled(value, slope, to), to)


def lower_cast(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    return convert(to.value(node.data[0]), attribute(node, "DstT"), to)


def lower_bitcast(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    value, target = to.value(node.data[0]), attribute(node, "type")
    if element_type_of(value) == target:
        return value
    return to.insert(BitcastConvertOp(value, target)).result


# -- two operands ----------------------------------------------------------------------------------


def lower_binary(node: tf.NodeOp, to: TfConversion) -> Operation:
    lhs, rhs = numpy_broadcast(node, [to.value(value) for value in node.data], to)
    return to.insert(BINARY[node.op_name](lhs, rhs))


def lower_compare(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers a comparison. Tensors whose shapes do not broadcast are not equal, in one boolean, where
    the node says that this is no error.
    """
    values = [to.value(value) for value in node.data]
    is_answer = not flag(node, "incompatible_shape_error", absent=True)
    if is_answer and not are_broadcast([shape_of(value) for value in values]):
        return filled(node.op_name == "NotEqual", i1, (), to)
    lhs, rhs = numpy_broadcast(node, values, to)
    return compare(COMPARISONS[node.op_name], lhs, rhs, to)


def lower_combination(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    lhs, rhs = numpy_broadcast(node, [to.value(value) for value in node.data], to)
    if lhs.type != rhs.type:
        raise fail(node, f"its operands have different types: {lhs.type} and {rhs.type}")
    return COMBINATIONS[node.op_name](lhs, rhs, to)


def squared_difference(lhs: SSAValue, rhs: SSAValue, to: TfConversion) -> SSAValue:
    """Returns the squares of differences, of complex ones their squared sizes."""
    difference = binary(ew.SubtractOp, lhs, rhs, to)
    if not isinstance(element_type_of(difference), ComplexType):
        return square(difference, to)
    return binary(ew.MultiplyOp, unary(chlo.ConjOp, difference, to), difference, to)


def differs_in_sign(remainder: SSAValue, rhs: SSAValue, to: TfConversion) -> SSAValue:
    """Returns whether a division left a remainder of another sign than the divisor's."""
    zero = splat(0, rhs, to)
    signs = [compare("LT", value, zero, to) for value in (remainder, rhs)]
    differ = compare("NE", signs[0], signs[1], to)
    return binary(ew.AndOp, compare("NE", remainder, zero, to), differ, to)


def floor_div(lhs: SSAValue, rhs: SSAValue, to: TfConversion) -> SSAValue:
    """Returns the quotient, rounded down."""
    quotient = binary(ew.DivideOp, lhs, rhs, to)
    if not is_integer(lhs):
        return unary(ew.FloorOp, quotient, to)
    if not is_signed(lhs):
        return quotient
    remainder = binary(ew.RemainderOp, lhs, rhs, to)
    below = binary(ew.SubtractOp, quotient, splat(1, quotient, to), to)
    return select(differs_in_sign(remainder, rhs, to), below, quotient, to)


def floor_mod(lhs: SSAValue, rhs: SSAValue, to: TfConversion) -> SSAValue:
    """Returns the remainder of a division that rounds down: it has the divisor's sign."""
    remainder = binary(ew.RemainderOp, lhs, rhs, to)
    if not is_signed(lhs):
        return remainder
    above = binary(ew.AddOp, remainder, rhs, to)
    return select(differs_in_sign(remainder, rhs, to), above, remainder, to)


def truncate_div(lhs: SSAValue, rhs: SSAValue, to: TfConversion) -> SSAValue:
    """Returns the quotient, rounded to zero."""
    quotient = binary(ew.DivideOp, lhs, rhs, to)
    if is_integer(lhs):
        return quotient
    down, up = unary(ew.FloorOp, quotient, to), unary(ew.CeilOp, quotient, to)
    return select(compare("LT", quotient, splat(0, quotient, to), to), up, down, to)


def or_zero(test: int, op: type[ew.BinaryOp], first: type[ew.UnaryOp] | None = None) -> Combine:
    """Returns a function that applies `op`, with `first` of the second operand, and gives 0 where
    operand number `test` is 0.
    """

    def combine(lhs: SSAValue, rhs: SSAValue, to: TfConversion) -> SSAValue:
        zero = splat(0, lhs, to)
        second = rhs if first is None else unary(first, rhs, to)
        result = binary(op, lhs, second, to)
        return select(compare("EQ", (lhs, rhs)[test], zero, to), zero, result, to)

    return combine


def right_shift(lhs: SSAValue, rhs: SSAValue, to: TfConversion) -> SSAValue:
    """Returns a shift that keeps the sign of a signed number."""
    op = ew.ShiftRightArithmeticOp if is_signed(lhs) else ew.ShiftRightLogicalOp
    return binary(op, lhs, rhs, to)


def xlog1py(lhs: SSAValue, rhs: SSAValue, to: TfConversion) -> SSAValue:
    return or_zero(0, ew.MultiplyOp, ew.LogPlusOneOp)(lhs, rhs, to)


def relu_grad(lhs: SSAValue, rhs: SSAValue, to: TfConversion) -> SSAValue:
    """Returns the gradient where the activation is positive."""
    zero = splat(0, lhs, to)
    return select(compare("GT", rhs, zero, to), lhs, zero, to)


def lower_approximate_equal(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    lhs, rhs = numpy_broadcast(node, [to.value(value) for value in node.data], to)
    difference = unary(ew.AbsOp, binary(ew.SubtractOp, lhs, rhs, to), to)
    tolerance = number(node, "tolerance", 1e-5)
    return compare("LT", difference, splat(tolerance, difference, to), to)


# -- more operands ---------------------------------------------------------------------------------


def lower_add_n(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    if not node.data:
        raise fail(node, "has nothing to add")
    total, *rest = (to.value(value) for value in node.data)
    for value in rest:
        total = binary(ew.AddOp, total, value, to)
    return total


def lower_select(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    pred, on_true, on_false = (to.value(value) for value in node.data)
    shape = shape_of(on_true)
    if node.op_name == "Select" and len(shape) > 1 and shape_of(pred) == shape[:1]:
        on_true, on_false = numpy_broadcast(node, [on_true, on_false], to)
        pred = broadcast(pred, shape, [0], to)  # the older op chooses rows
    elif shape_of(pred) == ():
        on_true, on_false = numpy_broadcast(node, [on_true, on_false], to)
    else:
        pred, on_true, on_false = numpy_broadcast(node, [pred, on_true, on_false], to)
    return select(pred, on_true, on_false, to)


def lower_clip(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers to max(min(x, high), low), where the bounds may be one number each: the lower one holds
    if they contradict each other.
    """
    value, low, high = (to.value(value) for value in node.data)
    bounds = [broadcast_last(bound, shape_of(value), to) for bound in (low, high)]
    return binary(ew.MaximumOp, binary(ew.MinimumOp, value, bounds[1], to), bounds[0], to)


# -- tables ----------------------------------------------------------------------------------------

UNARY: dict[str, type[ew.UnaryOp] | type[chlo.UnaryOp]] = {
    "Abs": ew.AbsOp,
    "Acos": chlo.AcosOp,
    "Acosh": chlo.AcoshOp,
    "Asin": chlo.AsinOp,
    "Asinh": chlo.AsinhOp,
    "Atan": chlo.AtanOp,
    "Atanh": chlo.AtanhOp,
    "Ceil": ew.CeilOp,
    "Conj": chlo.ConjOp,
    "Cos": ew.CosineOp,
    "Cosh": chlo.CoshOp,
    "Digamma": chlo.DigammaOp,
    "Erf": chlo.ErfOp,
    "Erfc": chlo.ErfcOp,
    "Erfinv": chlo.ErfInvOp,
    "Exp": ew.ExponentialOp,
    "Expm1": ew.ExponentialMinusOneOp,
    "Floor": ew.FloorOp,
    "Invert": ew.NotOp,
    "Lgamma": chlo.LgammaOp,
    "Log": ew.LogOp,
    "Log1p": ew.LogPlusOneOp,
    "LogicalNot": ew.NotOp,
    "Neg": ew.NegateOp,
    "Rint": ew.RoundNearestEvenOp,
    "Round": ew.RoundNearestEvenOp,
    "Rsqrt": ew.RsqrtOp,
    "Sigmoid": ew.LogisticOp,
    "Sign": ew.SignOp,
    "Sin": ew.SineOp,
    "Sinh": chlo.SinhOp,
    "Sqrt": ew.SqrtOp,
    "Tan": ew.TanOp,
    "Tanh": ew.TanhOp,
}

OF_INTEGERS = ("Ceil", "Floor", "Rint", "Round")
"""Ops of `UNARY` that leave integers as they are."""

FUNCTIONS: dict[str, Make] = {
    "Elu": elu,
    "Inv": reciprocal,
    "IsFinite": is_finite,
    "IsInf": is_inf,
    "IsNan": is_nan,
    "OnesLike": ones_like,
    "Reciprocal": reciprocal,
    "Relu": relu,
    "Relu6": relu6,
    "Selu": selu,
    "Softplus": softplus,
    "Softsign": softsign,
    "Square": square,
    "ZerosLike": zeros_like,
}
"""TensorFlow op -> what it makes of one operand."""

BINARY: dict[str, type[ew.BinaryOp]] = {
    "Add": ew.AddOp,
    "AddV2": ew.AddOp,
    "Atan2": ew.Atan2Op,
    "BitwiseAnd": ew.AndOp,
    "BitwiseOr": ew.OrOp,
    "BitwiseXor": ew.XorOp,
    "Div": ew.DivideOp,
    "LeftShift": ew.ShiftLeftOp,
    "LogicalAnd": ew.AndOp,
    "LogicalOr": ew.OrOp,
    "Maximum": ew.MaximumOp,
    "Minimum": ew.MinimumOp,
    "Mod": ew.RemainderOp,
    "Mul": ew.MultiplyOp,
    "Pow": ew.PowerOp,
    "RealDiv": ew.DivideOp,
    "Sub": ew.SubtractOp,
    "TruncateMod": ew.RemainderOp,
}

COMBINATIONS: dict[str, Combine] = {
    "DivNoNan": or_zero(1, ew.DivideOp),
    "FloorDiv": floor_div,
    "FloorMod": floor_mod,
    "MulNoNan": or_zero(1, ew.MultiplyOp),
    "ReluGrad": relu_grad,
    "RightShift": right_shift,
    "SquaredDifference": squared_difference,
    "TruncateDiv": truncate_div,
    "Xdivy": or_zero(0, ew.DivideOp),
    "Xlog1py": xlog1py,
    "Xlogy": or_zero(0, ew.MultiplyOp, ew.LogOp),
}
"""TensorFlow op -> what it makes of two operands of one type."""

COMPARISONS = {
    "Equal": "EQ",
    "Greater": "GT",
    "GreaterEqual": "GE",
    "Less": "LT",
    "LessEqual": "LE",
    "NotEqual": "NE",
}

ORDERED = frozenset(
    (
        *("Elu", "FloorDiv", "FloorMod", "Greater", "GreaterEqual", "IsFinite", "IsInf", "Less"),
        *("LessEqual", "Maximum", "Minimum", "Mod", "Relu", "Relu6", "ReluGrad", "Selu"),
        *("Softplus", "Softsign", "TruncateDiv", "TruncateMod"),
    )
)
"""Ops that order elements: they refuse complex ones."""

RULES: dict[str, Rule] = {
    **{op: Rule(lower_unary, 1, op in ORDERED) for op in UNARY},
    **{op: Rule(lower_function, 1, op in ORDERED) for op in FUNCTIONS},
    **{op: Rule(lower_binary, 2, op in ORDERED) for op in BINARY},
    **{op: Rule(lower_combination, 2, op in ORDERED) for op in COMBINATIONS},
    **{op: Rule(lower_compare, 2, op in ORDERED) for op in COMPARISONS},
    **dict.fromkeys(("AddN", "AccumulateNV2"), Rule(lower_add_n)),
    "ApproximateEqual": Rule(lower_approximate_equal, 2, True),
    "Bitcast": Rule(lower_bitcast, 1),
    "Cast": Rule(lower_cast, 1),
    "ClipByValue": Rule(lower_clip, 3, True),
    "LeakyRelu": Rule(lower_leaky_relu, 1, True),
    "Select": Rule(lower_select, 3),
    "SelectV2": Rule(lower_select, 3),
}
"""TensorFlow op -> the rule of an elementwise op."""
