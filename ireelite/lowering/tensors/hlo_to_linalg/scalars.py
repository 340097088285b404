"""What StableHLO's elementwise ops compute, in `arith`, `math` and `complex` ops.

A builder makes an op's result from its operands, which are all scalars, or all tensors of one shape
where `takes_tensors` allows it. Operands are signless: the element type of the HLO operands, which
a builder takes too, has their sign. Semantics: the StableHLO specification.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf

from xdsl.dialects import arith, complex, math
from xdsl.dialects.builtin import AnyFloat, ComplexType, IntegerType, f32, i1
from xdsl.ir import Attribute, Operation, SSAValue

from ireelite.dialects.chlo import functions as chlo
from ireelite.dialects.elements import is_unsigned, signless
from ireelite.dialects.extensions import arith_extra, complex_extra, math_extra
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo import mixed
from ireelite.dialects.stablehlo.attributes import ComparisonType
from ireelite.dialects.stablehlo.comparison import CompareOp
from ireelite.dialects.tensor_types import element_type_of
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.tensors.hlo_to_linalg.functions import (
    build_complex,
    build_float_sign,
    build_integer_sign,
    build_is_finite,
    build_negate,
    build_not,
    build_same,
    build_sign_bits,
    build_square,
    build_unsigned_power,
    build_zero,
    high_half,
    is_equal_to,
    lexicographic,
    shift,
)
from ireelite.lowering.tensors.hlo_to_linalg.kinds import (
    Scalar,
    by_kind,
    complex_of,
    function,
    integers,
)
from ireelite.lowering.tensors.hlo_to_linalg.kinds import constant_like as constant_like

SCALARS_ONLY = (
    chlo.IsInfOp,
    chlo.IsNegInfOp,
    chlo.IsPosInfOp,
    chlo.MulhiOp,
    ew.ShiftLeftOp,
    ew.ShiftRightArithmeticOp,
    ew.ShiftRightLogicalOp,
    ew.SignOp,
    mixed.ClampOp,
    mixed.ComplexOp,
    mixed.IsFiniteOp,
)
"""Ops whose builders compare, or change the type: xDSL has those ops on scalars alone."""


def takes_tensors(op: type[Operation], element: Attribute) -> bool:
    """Returns whether the builder of an op works on tensors, not only on scalars."""
    return not isinstance(element, ComplexType) and op not in SCALARS_ONLY


def build_clamp(values: Sequence[SSAValue], element: Attribute, to: Conversion) -> SSAValue:
    """Returns the smaller of the upper bound and the larger of the lower bound and the number."""
    low, value, high = values
    larger = ELEMENTWISE[ew.MaximumOp]([value, low], element, to)
    return ELEMENTWISE[ew.MinimumOp]([larger, high], element, to)


ELEMENTWISE: Mapping[type[Operation], Scalar] = {
    ew.AbsOp: by_kind(math.AbsFOp, math.AbsIOp, complexes=complex.AbsOp),
    ew.AddOp: by_kind(arith.AddfOp, arith.AddiOp, None, arith.OrIOp, complex.AddOp),
    ew.AndOp: integers(arith.AndIOp),
    ew.Atan2Op: function(math.Atan2Op, complex.Atan2Op),
    ew.CeilOp: function(math.CeilOp),
    ew.CosineOp: function(math.CosOp, complex.CosOp),
    ew.DivideOp: by_kind(arith.DivfOp, arith.DivSIOp, arith.DivUIOp, None, complex.DivOp),
    ew.ExponentialOp: function(math.ExpOp, complex.ExpOp),
    ew.ExponentialMinusOneOp: function(math.ExpM1Op, complex.Expm1Op),
    ew.FloorOp: function(math.FloorOp),
    ew.LogOp: function(math.LogOp, complex.LogOp),
    ew.LogPlusOneOp: function(math.Log1pOp, complex.Log1pOp),
    ew.LogisticOp: function(math_extra.LogisticOp, complex_extra.LogisticOp),
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
    ew.CbrtOp: function(math.CbrtOp, complex_extra.CbrtOp),
    ew.CountLeadingZerosOp: integers(math.CountLeadingZerosOp),
    ew.PopcntOp: integers(math.CtPopOp),
    ew.RoundNearestAfzOp: function(math.RoundOp),
    ew.ShiftLeftOp: by_kind(signed=shift(arith.ShLIOp, build_zero)),
    ew.ShiftRightArithmeticOp: by_kind(signed=shift(arith.ShRSIOp, build_sign_bits)),
    ew.ShiftRightLogicalOp: by_kind(signed=shift(arith.ShRUIOp, build_zero)),
    ew.SignOp: by_kind(build_float_sign, build_integer_sign, complexes=complex.SignOp),
    ew.TanOp: function(math.TanOp, complex.TanOp),
    mixed.ClampOp: build_clamp,
    mixed.ComplexOp: build_complex,
    mixed.ImagOp: function(build_zero, complex.ImOp),
    mixed.IsFiniteOp: function(build_is_finite),
    mixed.RealOp: function(build_same, complex.ReOp),
    chlo.AcosOp: function(math.AcosOp, complex_extra.AcosOp),
    chlo.AcoshOp: function(math.AcoshOp, complex_extra.AcoshOp),
    chlo.AsinAcosKernelOp: function(complexes=complex_extra.AsinAcosKernelOp),
    chlo.AsinOp: function(math.AsinOp, complex_extra.AsinOp),
    chlo.AsinhOp: function(math.AsinhOp, complex_extra.AsinhOp),
    chlo.AtanOp: function(math.AtanOp, complex_extra.AtanOp),
    chlo.AtanhOp: function(math.AtanhOp, complex_extra.AtanhOp),
    chlo.BesselI1eOp: function(math_extra.BesselI1eOp),
    chlo.ConjOp: function(build_same, complex.ConjOp),
    chlo.CoshOp: function(math.CoshOp, complex_extra.CoshOp),
    chlo.DigammaOp: function(math_extra.DigammaOp),
    chlo.ErfInvOp: function(math_extra.ErfInvOp),
    chlo.ErfOp: function(math.ErfOp),
    chlo.ErfcOp: function(math_extra.ErfcOp),
    chlo.IsInfOp: function(is_equal_to(inf, size_only=True)),
    chlo.IsNegInfOp: function(is_equal_to(-inf)),
    chlo.IsPosInfOp: function(is_equal_to(inf)),
    chlo.LgammaOp: function(math_extra.LgammaOp),
    chlo.MulhiOp: by_kind(signed=high_half(True), unsigned=high_half(False)),
    chlo.NextAfterOp: function(math_extra.NextAfterOp),
    chlo.PolygammaOp: function(math_extra.PolygammaOp),
    chlo.SinhOp: function(math.SinhOp, complex_extra.SinhOp),
    chlo.SquareOp: function(build_square, complex_extra.SquareOp),
    chlo.TanOp: function(math.TanOp, complex.TanOp),
    chlo.ZetaOp: function(math_extra.ZetaOp),
}
"""Op -> what makes its result from scalars."""

# -- comparisons -----------------------------------------------------------------------------------

FLOAT_PREDICATES = {"EQ": "oeq", "NE": "une", "GE": "oge", "GT": "ogt", "LE": "ole", "LT": "olt"}
INT_PREDICATES = {"EQ": "eq", "NE": "ne", "GE": "sge", "GT": "sgt", "LE": "sle", "LT": "slt"}
UNSIGNED_PREDICATES = {"EQ": "eq", "NE": "ne", "GE": "uge", "GT": "ugt", "LE": "ule", "LT": "ult"}
COMPLEX_COMPARISONS = {"EQ": complex.EqualOp, "NE": complex.NotEqualOp}


def build_compare(op: CompareOp, lhs: SSAValue, rhs: SSAValue, to: Conversion) -> SSAValue:
    """Returns a comparison of scalars. i1 compares as unsigned; a comparison type comes before the
    sign of the elements' type.
    """
    direction, element = op.direction, element_type_of(op.lhs)
    kind = ComparisonType.NOTYPE if op.compare_type is None else op.compare_type.data
    if isinstance(element, ComplexType):
        return build_complex_comparison(direction, lhs, rhs, to)
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


def build_complex_comparison(
    direction: str, lhs: SSAValue, rhs: SSAValue, to: Conversion
) -> SSAValue:
    """Compares by the real parts, and by the imaginary ones of numbers whose real parts are equal."""
    if direction in COMPLEX_COMPARISONS:
        return to.insert(COMPLEX_COMPARISONS[direction](lhs, rhs)).result
    a, b = (to.insert(complex.ReOp(v)).result for v in (lhs, rhs))
    c, d = (to.insert(complex.ImOp(v)).result for v in (lhs, rhs))
    equal = to.insert(arith.CmpfOp(a, b, "oeq")).result
    by_real = to.insert(arith.CmpfOp(a, b, FLOAT_PREDICATES[direction])).result
    by_imaginary = to.insert(arith.CmpfOp(c, d, FLOAT_PREDICATES[direction])).result
    return to.insert(arith.SelectOp(equal, by_imaginary, by_real)).result


def total_order(value: SSAValue, element: AnyFloat, to: Conversion) -> SSAValue:
    """Returns an integer for each float, in IEEE 754's total order: -NaN, numbers with -0 before 0,
    NaN. The bits of a negative float, all but the sign, are inverted.
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
    """Returns a scalar of one HLO element type as one of another. Floats to integers truncate;
    anything to i1 is `!= 0`; a complex number made real loses its imaginary part.
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
    """Returns a float wider or narrower; through f32 between two formats of one width."""
    if source.bitwidth == target.bitwidth:
        return convert_float(convert_float(value, source, f32, to), f32, target, to)
    op = arith.ExtFOp if source.bitwidth < target.bitwidth else arith.TruncFOp
    return to.insert(op(value, target)).result


def convert_complex(
    value: SSAValue, source: ComplexType, target: Attribute, to: Conversion
) -> SSAValue:
    """Converts both parts of a complex number, or its real part."""
    inner = source.element_type
    real = to.insert(complex.ReOp(value)).result
    if not isinstance(target, ComplexType):
        return build_convert(real, inner, target, to)
    imaginary = to.insert(complex.ImOp(value)).result
    parts = [build_convert(part, inner, target.element_type, to) for part in (real, imaginary)]
    return complex_of(parts[0], parts[1], to)
