"""Elementwise ops of StableHLO and CHLO that are more than one op of `arith`, `math` or `complex`."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith, complex, math
from xdsl.dialects.builtin import IntegerType
from xdsl.ir import Attribute, Operation, SSAValue

from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.tensors.hlo_to_linalg.kinds import Scalar, complex_of, constant_like


def build_negate(values: Sequence[SSAValue], element: Attribute, to: Conversion) -> SSAValue:
    zero = constant_like(0, values[0].type, to)
    return to.insert(arith.SubiOp(zero, values[0])).result


def build_not(values: Sequence[SSAValue], element: Attribute, to: Conversion) -> SSAValue:
    return to.insert(arith.XOrIOp(values[0], constant_like(-1, values[0].type, to))).result


def build_unsigned_power(
    values: Sequence[SSAValue], element: Attribute, to: Conversion
) -> SSAValue:
    """Raises to an unsigned power, since `math.ipowi` reads a signed exponent: the power to the
    exponent without its highest bit, times that of the bit, which for n bits is `x ^ 2^(n-1)`: 0
    for even, 1 for odd x modulo `2^n`.
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


def lexicographic(direction: str) -> Scalar:
    """Returns the larger or smaller of two complex numbers: by their real parts, then by the
    imaginary.
    """

    def build(values: Sequence[SSAValue], element: Attribute, to: Conversion) -> SSAValue:
        first, second = (to.insert(complex.ReOp(v)).result for v in values)
        low, high = (to.insert(complex.ImOp(v)).result for v in values)
        equal = to.insert(arith.CmpfOp(first, second, "oeq")).result
        real = to.insert(arith.CmpfOp(first, second, direction)).result
        imaginary = to.insert(arith.CmpfOp(low, high, direction)).result
        take = to.insert(arith.SelectOp(equal, imaginary, real)).result
        return to.insert(arith.SelectOp(take, *values)).result

    return build


# -- integers ----------------------------------------------------------------------------------------


def shift(op: type[Operation], beyond: Scalar) -> Scalar:
    """Returns a shift that is defined for every number of places: from the width of the type on,
    and for negative ones, it is what `beyond` builds.
    """

    def build(values: Sequence[SSAValue], element: Attribute, to: Conversion) -> SSAValue:
        value, places = values
        assert isinstance(value.type, IntegerType)
        width = constant_like(value.type.width.data, value.type, to)
        inside = to.insert(arith.CmpiOp(places, width, "ult")).result
        safe = to.insert(arith.SelectOp(inside, places, constant_like(0, value.type, to))).result
        moved = to.insert(op.create(operands=[value, safe], result_types=[value.type])).results[0]
        return to.insert(arith.SelectOp(inside, moved, beyond(values, element, to))).result

    return build


def build_zero(values: Sequence[SSAValue], element: Attribute, to: Conversion) -> SSAValue:
    return constant_like(0, values[0].type, to)


def build_sign_bits(values: Sequence[SSAValue], element: Attribute, to: Conversion) -> SSAValue:
    """Returns the sign of an integer in every bit."""
    type = values[0].type
    assert isinstance(type, IntegerType)
    places = constant_like(type.width.data - 1, type, to)
    return to.insert(arith.ShRSIOp(values[0], places)).result


def build_integer_sign(values: Sequence[SSAValue], element: Attribute, to: Conversion) -> SSAValue:
    """Returns the sign's bits, with the lowest one set if a number is positive."""
    (value,) = values
    zero, one = (constant_like(n, value.type, to) for n in (0, 1))
    negative = build_sign_bits(values, element, to)
    positive = to.insert(arith.CmpiOp(value, zero, "sgt")).result
    return to.insert(arith.SelectOp(positive, one, negative)).result


def high_half(is_signed: bool) -> Scalar:
    """Returns the upper half of a product, in integers of twice the width; for 64 bits from
    products of halves.
    """

    def build(values: Sequence[SSAValue], element: Attribute, to: Conversion) -> SSAValue:
        type = values[0].type
        assert isinstance(type, IntegerType)
        bits = type.width.data
        if bits == 64:
            return high_half_of_64(values, is_signed, to)
        extend = arith.ExtSIOp if is_signed else arith.ExtUIOp
        wide = IntegerType(2 * bits)
        a, b = (to.insert(extend(v, wide)).result for v in values)
        product = to.insert(arith.MuliOp(a, b)).result
        moved = to.insert(arith.ShRUIOp(product, constant_like(bits, wide, to))).result
        return to.insert(arith.TruncIOp(moved, type)).result

    return build


def high_half_of_64(values: Sequence[SSAValue], is_signed: bool, to: Conversion) -> SSAValue:
    """Returns the upper 64 bits of a product: that of unsigned numbers, less the other number for
    each negative one.
    """
    type = values[0].type
    places, mask = constant_like(32, type, to), constant_like(0xFFFFFFFF, type, to)

    def upper(v: SSAValue) -> SSAValue:
        return to.insert(arith.ShRUIOp(v, places)).result

    def lower(v: SSAValue) -> SSAValue:
        return to.insert(arith.AndIOp(v, mask)).result

    def times(a: SSAValue, b: SSAValue) -> SSAValue:
        return to.insert(arith.MuliOp(a, b)).result

    def plus(a: SSAValue, b: SSAValue) -> SSAValue:
        return to.insert(arith.AddiOp(a, b)).result

    a, b = values
    middle = plus(times(upper(a), lower(b)), upper(times(lower(a), lower(b))))
    other = plus(times(lower(a), upper(b)), lower(middle))
    result = plus(times(upper(a), upper(b)), plus(upper(middle), upper(other)))
    for factor, subtracted in ((a, b), (b, a)) if is_signed else ():
        sign = build_sign_bits([factor], type, to)
        masked = to.insert(arith.AndIOp(sign, subtracted)).result
        result = to.insert(arith.SubiOp(result, masked)).result
    return result


# -- floats ------------------------------------------------------------------------------------------


def build_float_sign(values: Sequence[SSAValue], element: Attribute, to: Conversion) -> SSAValue:
    """Returns 1 with the number's sign; NaN and zeros are their own."""
    (value,) = values
    one, zero = (constant_like(n, value.type, to) for n in (1, 0))
    unit = to.insert(math.CopySignOp(one, value)).results[0]
    size = to.insert(math.AbsFOp(value)).result
    nonzero = to.insert(arith.CmpfOp(size, zero, "ogt")).result
    return to.insert(arith.SelectOp(nonzero, unit, value)).result


def is_equal_to(number: float, size_only: bool = False) -> Scalar:
    """Returns whether a float, or its absolute value, is a number."""

    def build(values: Sequence[SSAValue], element: Attribute, to: Conversion) -> SSAValue:
        (value,) = values
        if size_only:
            value = to.insert(math.AbsFOp(value)).result
        other = constant_like(number, value.type, to)
        return to.insert(arith.CmpfOp(value, other, "oeq")).result

    return build


def build_is_finite(values: Sequence[SSAValue], element: Attribute, to: Conversion) -> SSAValue:
    size = to.insert(math.AbsFOp(values[0])).result
    infinity = constant_like(float("inf"), size.type, to)
    return to.insert(arith.CmpfOp(size, infinity, "olt")).result


def build_square(values: Sequence[SSAValue], element: Attribute, to: Conversion) -> SSAValue:
    return to.insert(arith.MulfOp(values[0], values[0])).result


def build_same(values: Sequence[SSAValue], element: Attribute, to: Conversion) -> SSAValue:
    return values[0]


def build_complex(values: Sequence[SSAValue], element: Attribute, to: Conversion) -> SSAValue:
    return complex_of(values[0], values[1], to)
