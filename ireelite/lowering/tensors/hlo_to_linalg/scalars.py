"""What StableHLO's elementwise ops mean, said in arith and math ops.

Each function here works on scalars, and where xDSL allows on tensors of one shape. Semantics: the
StableHLO specification.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import (
    AnyFloat,
    FloatAttr,
    IntegerAttr,
    IntegerType,
    TensorType,
    i1,
)
from xdsl.ir import Attribute, Operation, SSAValue

from ireelite.dialects.extensions import arith_extra
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.elementwise import element_type_of
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.status import invalid_argument
from ireelite.syntax.elements import splat

Scalar = Callable[[Sequence[SSAValue], Attribute, Conversion], SSAValue]
"""Makes an op's result from its operands, all scalars or all tensors of one shape,
and the result's type.
"""


def is_float(value: SSAValue | Attribute) -> bool:
    """Whether a scalar or tensor, or a type, is of floats."""
    type = value.type if isinstance(value, SSAValue) else value
    return isinstance(type.element_type if isinstance(type, TensorType) else type, AnyFloat)


def constant_like(value: float, type: Attribute, to: Conversion) -> SSAValue:
    """An `arith.constant` of a scalar type, or a splat of a tensor type."""
    element = type.element_type if isinstance(type, TensorType) else type
    assert isinstance(element, AnyFloat | IntegerType)
    number = float(value) if isinstance(element, AnyFloat) else int(value)
    if isinstance(type, TensorType):
        attribute: Attribute = splat(type, number)
    elif isinstance(element, AnyFloat):
        attribute = FloatAttr(number, element)
    else:
        attribute = IntegerAttr(int(number), element)
    return to.insert(arith.ConstantOp(attribute)).result


def unary(op: type[Operation]) -> Scalar:
    """A float op of one operand."""
    return floats_only(lambda v, type, to: to.insert(op(v[0])).results[0])  # pyright: ignore[reportCallIssue]


def floats_only(build: Scalar) -> Scalar:
    """The same for floats; refuses other types."""

    def checked(values: Sequence[SSAValue], type: Attribute, to: Conversion) -> SSAValue:
        if not is_float(values[0]):
            raise invalid_argument(f"a function of floats can't be applied to {values[0].type}")
        return build(values, type, to)

    return checked


def is_logical(value: SSAValue) -> bool:
    """Whether a scalar or tensor is of i1."""
    type = value.type
    return (type.element_type if isinstance(type, TensorType) else type) == i1


def by_kind(
    on_float: type[Operation], on_int: type[Operation], on_logical: type[Operation] | None = None
) -> Scalar:
    """A binary op with a float and an integer form, and for i1 perhaps a logical one."""

    def build(values: Sequence[SSAValue], type: Attribute, to: Conversion) -> SSAValue:
        op = on_float if is_float(values[0]) else on_int
        if on_logical is not None and is_logical(values[0]):
            op = on_logical
        return to.insert(op(*values)).results[0]  # pyright: ignore[reportCallIssue]

    return build


def build_negate(values: Sequence[SSAValue], type: Attribute, to: Conversion) -> SSAValue:
    if is_float(values[0]):
        return to.insert(arith.NegfOp(values[0])).result
    return to.insert(arith.SubiOp(constant_like(0, type, to), values[0])).result


def build_abs(values: Sequence[SSAValue], type: Attribute, to: Conversion) -> SSAValue:
    if is_float(values[0]):
        return to.insert(math.AbsFOp(values[0])).result
    return to.insert(math.AbsIOp(values[0])).result


def build_not(values: Sequence[SSAValue], type: Attribute, to: Conversion) -> SSAValue:
    return to.insert(arith.XOrIOp(values[0], constant_like(-1, type, to))).result


def build_remainder(values: Sequence[SSAValue], type: Attribute, to: Conversion) -> SSAValue:
    if is_float(values[0]):
        return to.insert(arith_extra.RemFOp(values[0], values[1])).result
    return to.insert(arith.RemSIOp(values[0], values[1])).result


def build_logistic(values: Sequence[SSAValue], type: Attribute, to: Conversion) -> SSAValue:
    one = constant_like(1, type, to)
    power = to.insert(math.ExpOp(to.insert(arith.NegfOp(values[0])).result)).result
    return to.insert(arith.DivfOp(one, to.insert(arith.AddfOp(one, power)).result)).result


ELEMENTWISE: dict[type[Operation], Scalar] = {
    ew.AbsOp: build_abs,
    ew.AddOp: by_kind(arith.AddfOp, arith.AddiOp, arith.OrIOp),
    ew.AndOp: by_kind(arith.AndIOp, arith.AndIOp),
    ew.Atan2Op: floats_only(by_kind(math.Atan2Op, math.Atan2Op)),
    ew.CeilOp: unary(math.CeilOp),
    ew.CosineOp: unary(math.CosOp),
    ew.DivideOp: by_kind(arith.DivfOp, arith.DivSIOp),
    ew.ExponentialOp: unary(math.ExpOp),
    ew.ExponentialMinusOneOp: unary(math.ExpM1Op),
    ew.FloorOp: unary(math.FloorOp),
    ew.LogOp: unary(math.LogOp),
    ew.LogPlusOneOp: unary(math.Log1pOp),
    ew.LogisticOp: floats_only(build_logistic),
    ew.MaximumOp: by_kind(arith.MaximumfOp, arith.MaxSIOp, arith.OrIOp),
    ew.MinimumOp: by_kind(arith.MinimumfOp, arith.MinSIOp, arith.AndIOp),
    ew.MultiplyOp: by_kind(arith.MulfOp, arith.MuliOp, arith.AndIOp),
    ew.NegateOp: build_negate,
    ew.NotOp: build_not,
    ew.OrOp: by_kind(arith.OrIOp, arith.OrIOp),
    ew.PowerOp: by_kind(math.PowFOp, math.IPowIOp),
    ew.RemainderOp: build_remainder,
    ew.RoundNearestEvenOp: unary(math.RoundEvenOp),
    ew.RsqrtOp: unary(math.RsqrtOp),
    ew.SineOp: unary(math.SinOp),
    ew.SqrtOp: unary(math.SqrtOp),
    ew.SubtractOp: by_kind(arith.SubfOp, arith.SubiOp),
    ew.TanhOp: unary(math.TanhOp),
    ew.XorOp: by_kind(arith.XOrIOp, arith.XOrIOp),
}

FLOAT_PREDICATES = {"EQ": "oeq", "NE": "une", "GE": "oge", "GT": "ogt", "LE": "ole", "LT": "olt"}
INT_PREDICATES = {"EQ": "eq", "NE": "ne", "GE": "sge", "GT": "sgt", "LE": "sle", "LT": "slt"}
UNSIGNED_PREDICATES = {"EQ": "eq", "NE": "ne", "GE": "uge", "GT": "ugt", "LE": "ule", "LT": "ult"}


def build_compare(op: ew.CompareOp, lhs: SSAValue, rhs: SSAValue, to: Conversion) -> SSAValue:
    """A comparison of scalars. i1 compares as unsigned, as StableHLO says."""
    direction = op.direction
    if is_float(lhs):
        return to.insert(arith.CmpfOp(lhs, rhs, FLOAT_PREDICATES[direction])).result
    unsigned = element_type_of(op.lhs) == i1 or (
        op.compare_type is not None and op.compare_type.data == "UNSIGNED"
    )
    predicates = UNSIGNED_PREDICATES if unsigned else INT_PREDICATES
    return to.insert(arith.CmpiOp(lhs, rhs, predicates[direction])).result


def build_convert(value: SSAValue, target: Attribute, to: Conversion) -> SSAValue:
    """A scalar of another type. Floats to integers truncate; anything to i1 is `!= 0`;
    i1 is 0 or 1.
    """
    source = value.type
    if source == target:
        return value
    if target == i1:
        zero = constant_like(0, source, to)
        if isinstance(source, AnyFloat):
            return to.insert(arith.CmpfOp(value, zero, "une")).result
        return to.insert(arith.CmpiOp(value, zero, "ne")).result
    if isinstance(source, AnyFloat) and isinstance(target, AnyFloat):
        op = arith.ExtFOp if source.bitwidth < target.bitwidth else arith.TruncFOp
    elif isinstance(source, AnyFloat):
        op = arith.FPToSIOp
    elif isinstance(target, AnyFloat):
        op = arith.UIToFPOp if source == i1 else arith.SIToFPOp
    else:
        assert isinstance(source, IntegerType) and isinstance(target, IntegerType)
        if source.width.data > target.width.data:
            op = arith.TruncIOp
        else:
            op = arith.ExtUIOp if source == i1 else arith.ExtSIOp
    return to.insert(op(value, target)).results[0]  # pyright: ignore[reportArgumentType]
