"""What StableHLO's elementwise ops compute, in `arith`, `math` and `complex` ops.

A builder makes an op's result from its operands, which are all scalars, or all tensors of one shape
where `takes_tensors` allows it. Operands are signless: the element type of the HLO operands, which
a builder takes too, has their sign. Semantics: the StableHLO specification.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from xdsl.dialects import arith, complex, math
from xdsl.dialects.builtin import (
    AnyFloat,
    ComplexType,
    FloatAttr,
    IntegerAttr,
    IntegerType,
    TensorType,
    f32,
    i1,
)
from xdsl.ir import Attribute, Operation, SSAValue

from ireelite.dialects.elements import is_small_float, is_unsigned, signless
from ireelite.dialects.extensions import arith_extra
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.attributes import ComparisonType
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.elements import splat

Scalar = Callable[[Sequence[SSAValue], Attribute, Conversion], SSAValue]
"""Makes an op's result from its operands and the element type of the HLO operands."""


def constant_like(value: float | tuple[float, float], type: Attribute, to: Conversion) -> SSAValue:
    """A constant of a scalar type, or a splat of a tensor type."""
    element = type.element_type if isinstance(type, TensorType) else type
    if isinstance(element, ComplexType):
        numbers = value if isinstance(value, tuple) else (value, 0.0)
        real, imaginary = (constant_like(part, element.element_type, to) for part in numbers)
        return complex_of(real, imaginary, to)
    assert not isinstance(value, tuple)
    assert isinstance(element, AnyFloat | IntegerType)
    number = float(value) if isinstance(element, AnyFloat) else int(value)
    if isinstance(type, TensorType):
        attribute: Attribute = splat(type, number)
    elif isinstance(element, AnyFloat):
        attribute = FloatAttr(number, element)
    else:
        attribute = IntegerAttr(int(number), element)
    return to.insert(arith.ConstantOp(attribute)).result


def complex_of(real: SSAValue, imaginary: SSAValue, to: Conversion) -> SSAValue:
    """The complex number with these parts."""
    assert isinstance(real.type, AnyFloat)
    return to.insert(complex.CreateOp(real, imaginary, ComplexType(real.type))).complex


def takes_tensors(op: type[Operation], element: Attribute) -> bool:
    """Whether the builder of an op works on tensors, not only on scalars."""
    compound = op is ew.LogisticOp and is_small_float(element)
    return not isinstance(element, ComplexType) and not compound


# -- by the kind of element ------------------------------------------------------------------------


def by_kind(
    floats: type[Operation] | Scalar | None = None,
    signed: type[Operation] | Scalar | None = None,
    unsigned: type[Operation] | Scalar | None = None,
    logical: type[Operation] | Scalar | None = None,
    complexes: type[Operation] | Scalar | None = None,
) -> Scalar:
    """The op, or the builder, for each kind of element. Integers without a sign of their own are
    signed; i1 is unsigned unless it has an op of its own.

    Raises UNIMPLEMENTED for a kind without an op.
    """

    def build(values: Sequence[SSAValue], element: Attribute, to: Conversion) -> SSAValue:
        if isinstance(element, AnyFloat):
            make = floats
        elif isinstance(element, ComplexType):
            make = complexes
        elif element == i1:
            make = logical or unsigned or signed
        else:
            make = unsigned or signed if is_unsigned(element) else signed
        if make is None:
            raise StatusError(
                StatusCode.UNIMPLEMENTED, f"elements of type {element} are not supported here"
            )
        if isinstance(make, type):
            return to.insert(make(*values)).results[0]  # pyright: ignore[reportCallIssue]
        return make(values, element, to)

    return build


def function(floats: type[Operation], complexes: type[Operation] | None = None) -> Scalar:
    """A function of real or complex numbers."""
    return by_kind(floats=floats, complexes=complexes)


def integers(signed: type[Operation], unsigned: type[Operation] | None = None) -> Scalar:
    """An op on integers and truth values."""
    return by_kind(signed=signed, unsigned=unsigned, logical=signed)


def build_negate(values: Sequence[SSAValue], element: Attribute, to: Conversion) -> SSAValue:
    zero = constant_like(0, values[0].type, to)
    return to.insert(arith.SubiOp(zero, values[0])).result


def build_not(values: Sequence[SSAValue], element: Attribute, to: Conversion) -> SSAValue:
    return to.insert(arith.XOrIOp(values[0], constant_like(-1, values[0].type, to))).result


def build_unsigned_power(
    values: Sequence[SSAValue], element: Attribute, to: Conversion
) -> SSAValue:
    """`math.ipowi` reads a signed exponent: the power to the exponent without its highest bit, times
    that of the bit, which for n bits is `x ^ 2^(n-1)`: 0 for even, 1 for odd x modulo `2^n`.
    """
    x, n = values
    assert isinstance(element, IntegerType)
    bits = element.width.data

    def const(value: int) -> SSAValue:
        return constant_like(value, x.type, to)

    low = to.insert(arith.AndIOp(n, const((1 << bits - 1) - 1))).result
    power = to.insert(math.IPowIOp(x, low)).results[0]
    high = to.insert(arith.ShRUIOp(n, const(bits - 1))).result
    unset = to.insert(arith.XOrIOp(high, const(1))).result
    odd = to.insert(arith.AndIOp(x, const(1))).result
    return to.insert(arith.MuliOp(power, to.insert(arith.OrIOp(odd, unset)).result)).result


def build_logistic(values: Sequence[SSAValue], element: Attribute, to: Conversion) -> SSAValue:
    """`1 / (1 + e^-x)`, of a small float in f32 throughout."""
    if is_small_float(element):
        (wide,) = (build_convert(v, element, f32, to) for v in values)
        return build_convert(build_logistic([wide], f32, to), f32, element, to)
    one = constant_like(1, values[0].type, to)
    negated = ELEMENTWISE[ew.NegateOp](values, element, to)
    power = ELEMENTWISE[ew.ExponentialOp]([negated], element, to)
    total = ELEMENTWISE[ew.AddOp]([one, power], element, to)
    return ELEMENTWISE[ew.DivideOp]([one, total], element, to)


def lexicographic(direction: str) -> Scalar:
    """The larger or smaller of two complex numbers: by their real parts, then by the imaginary."""

    def build(values: Sequence[SSAValue], element: Attribute, to: Conversion) -> SSAValue:
        first, second = (to.insert(complex.ReOp(v)).result for v in values)
        low, high = (to.insert(complex.ImOp(v)).result for v in values)
        equal = to.insert(arith.CmpfOp(first, second, "oeq")).result
        real = to.insert(arith.CmpfOp(first, second, direction)).result
        imaginary = to.insert(arith.CmpfOp(low, high, direction)).result
        take = to.insert(arith.SelectOp(equal, imaginary, real)).result
        return to.insert(arith.SelectOp(take, *values)).result

    return build


ELEMENTWISE: Mapping[type[Operation], Scalar] = {
    ew.AbsOp: by_kind(math.AbsFOp, math.AbsIOp, complexes=complex.AbsOp),
    ew.AddOp: by_kind(arith.AddfOp, arith.AddiOp, None, arith.OrIOp, complex.AddOp),
    ew.AndOp: integers(arith.AndIOp),
    ew.Atan2Op: function(math.Atan2Op),
    ew.CeilOp: function(math.CeilOp),
    ew.CosineOp: function(math.CosOp, complex.CosOp),
    ew.DivideOp: by_kind(arith.DivfOp, arith.DivSIOp, arith.DivUIOp, None, complex.DivOp),
    ew.ExponentialOp: function(math.ExpOp, complex.ExpOp),
    ew.ExponentialMinusOneOp: function(math.ExpM1Op, complex.Expm1Op),
    ew.FloorOp: function(math.FloorOp),
    ew.LogOp: function(math.LogOp, complex.LogOp),
    ew.LogPlusOneOp: function(math.Log1pOp, complex.Log1pOp),
    ew.LogisticOp: by_kind(build_logistic, complexes=build_logistic),
    ew.MaximumOp: by_kind(
        arith.MaximumfOp, arith.MaxSIOp, arith.MaxUIOp, arith.OrIOp, lexicographic("ogt")
    ),
    ew.MinimumOp: by_kind(
        arith.MinimumfOp, arith.MinSIOp, arith.MinUIOp, arith.AndIOp, lexicographic("olt")
    ),
    ew.MultiplyOp: by_kind(arith.MulfOp, arith.MuliOp, None, arith.AndIOp, complex.MulOp),
    ew.NegateOp: by_kind(arith.NegfOp, build_negate, complexes=complex.NegOp),
    ew.NotOp: by_kind(signed=build_not),
    ew.OrOp: integers(arith.OrIOp),
    ew.PowerOp: by_kind(math.PowFOp, math.IPowIOp, build_unsigned_power, None, complex.PowOp),
    ew.RemainderOp: by_kind(arith_extra.RemFOp, arith.RemSIOp, arith.RemUIOp),
    ew.RoundNearestEvenOp: function(math.RoundEvenOp),
    ew.RsqrtOp: function(math.RsqrtOp, complex.RsqrtOp),
    ew.SineOp: function(math.SinOp, complex.SinOp),
    ew.SqrtOp: function(math.SqrtOp, complex.SqrtOp),
    ew.SubtractOp: by_kind(arith.SubfOp, arith.SubiOp, None, None, complex.SubOp),
    ew.TanhOp: function(math.TanhOp, complex.TanhOp),
    ew.XorOp: integers(arith.XOrIOp),
}

# -- comparisons -----------------------------------------------------------------------------------

FLOAT_PREDICATES = {"EQ": "oeq", "NE": "une", "GE": "oge", "GT": "ogt", "LE": "ole", "LT": "olt"}
INT_PREDICATES = {"EQ": "eq", "NE": "ne", "GE": "sge", "GT": "sgt", "LE": "sle", "LT": "slt"}
UNSIGNED_PREDICATES = {"EQ": "eq", "NE": "ne", "GE": "uge", "GT": "ugt", "LE": "ule", "LT": "ult"}
COMPLEX_COMPARISONS = {"EQ": complex.EqualOp, "NE": complex.NotEqualOp}


def build_compare(op: ew.CompareOp, lhs: SSAValue, rhs: SSAValue, to: Conversion) -> SSAValue:
    """A comparison of scalars. i1 compares as unsigned; a comparison type comes before the sign of
    the elements' type.
    """
    direction, element = op.direction, ew.element_type_of(op.lhs)
    kind = ComparisonType.NOTYPE if op.compare_type is None else op.compare_type.data
    if isinstance(element, ComplexType):
        return to.insert(COMPLEX_COMPARISONS[direction](lhs, rhs)).result
    if isinstance(element, AnyFloat):
        if kind != ComparisonType.TOTALORDER:
            return to.insert(arith.CmpfOp(lhs, rhs, FLOAT_PREDICATES[direction])).result
        lhs, rhs = (total_order(v, element, to) for v in (lhs, rhs))
        unsigned = False
    else:
        by_type = kind != ComparisonType.SIGNED and is_unsigned(element)
        unsigned = kind == ComparisonType.UNSIGNED or by_type or element == i1
    predicates = UNSIGNED_PREDICATES if unsigned else INT_PREDICATES
    return to.insert(arith.CmpiOp(lhs, rhs, predicates[direction])).result


def total_order(value: SSAValue, element: AnyFloat, to: Conversion) -> SSAValue:
    """An integer for each float, in IEEE 754's total order: -NaN, numbers with -0 before 0, NaN.
    The bits of a negative float, all but the sign, are inverted.
    """
    bits = element.bitwidth
    pattern = to.insert(arith.BitcastOp(value, IntegerType(bits))).result
    places = constant_like(bits - 1, pattern.type, to)
    sign = to.insert(arith.ShRSIOp(pattern, places)).result
    mask = constant_like((1 << bits - 1) - 1, pattern.type, to)
    return to.insert(arith.XOrIOp(pattern, to.insert(arith.AndIOp(sign, mask)).result)).result


# -- conversions -----------------------------------------------------------------------------------


def build_convert(
    value: SSAValue, source: Attribute, target: Attribute, to: Conversion
) -> SSAValue:
    """A scalar of one HLO element type as one of another. Floats to integers truncate; anything to
    i1 is `!= 0`; a complex number made real loses its imaginary part.
    """
    if signless(source) == signless(target):
        return value
    if isinstance(source, ComplexType):
        return convert_complex(value, source, target, to)
    if isinstance(target, ComplexType):
        real = build_convert(value, source, target.element_type, to)
        imaginary = constant_like(0, target.element_type, to)
        return complex_of(real, imaginary, to)
    if target == i1:
        zero = constant_like(0, value.type, to)
        if isinstance(source, AnyFloat):
            return to.insert(arith.CmpfOp(value, zero, "une")).result
        return to.insert(arith.CmpiOp(value, zero, "ne")).result
    if isinstance(source, AnyFloat) and isinstance(target, AnyFloat):
        return convert_float(value, source, target, to)
    if isinstance(source, AnyFloat):
        op = arith.FPToUIOp if is_unsigned(target) else arith.FPToSIOp
    elif isinstance(target, AnyFloat):
        op = arith.UIToFPOp if is_unsigned(source) else arith.SIToFPOp
    else:
        assert isinstance(source, IntegerType) and isinstance(target, IntegerType)
        if source.width.data > target.width.data:
            op = arith.TruncIOp
        else:
            op = arith.ExtUIOp if is_unsigned(source) else arith.ExtSIOp
    return to.insert(op(value, signless(target))).results[0]  # pyright: ignore[reportArgumentType]


def convert_float(value: SSAValue, source: AnyFloat, target: AnyFloat, to: Conversion) -> SSAValue:
    """A float wider or narrower; through f32 between two formats of one width."""
    if source.bitwidth == target.bitwidth:
        return convert_float(convert_float(value, source, f32, to), f32, target, to)
    op = arith.ExtFOp if source.bitwidth < target.bitwidth else arith.TruncFOp
    return to.insert(op(value, target)).result


def convert_complex(
    value: SSAValue, source: ComplexType, target: Attribute, to: Conversion
) -> SSAValue:
    """Both parts of a complex number, or its real part."""
    inner = source.element_type
    real = to.insert(complex.ReOp(value)).result
    if not isinstance(target, ComplexType):
        return build_convert(real, inner, target, to)
    imaginary = to.insert(complex.ImOp(value)).result
    parts = [build_convert(part, inner, target.element_type, to) for part in (real, imaginary)]
    return complex_of(parts[0], parts[1], to)
