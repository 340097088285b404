"""Scalar ops that become simpler ones for every target, where tensors become loops."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xdsl.dialects import arith, math, scf
from xdsl.dialects.builtin import AnyFloat, IndexType, IntegerType
from xdsl.ir import Block, Operation, SSAValue

from ireelite.dialects.elements import is_small_float
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.scalars.scalar import Scalar

Formula = Callable[..., Scalar]
"""A function of the operands."""


def call(kind: type[Operation], *operands: Scalar) -> Scalar:
    """Returns a math op that every target has."""
    first = operands[0]
    op = kind.create(operands=[o.value for o in operands], result_types=[first.value.type])
    return first.like(first.to.insert(op))


# -- floats ------------------------------------------------------------------------------------------


def copy_sign(x: Scalar, sign: Scalar) -> Scalar:
    return x.abs().with_sign_of(sign)


def truncate(x: Scalar) -> Scalar:
    return x.abs().floor().with_sign_of(x)


def max_number(a: Scalar, b: Scalar) -> Scalar:
    """Returns the larger; the other one if one is NaN."""
    return is_nan(a).select(b, is_nan(b).select(a, a.at_least(b)))


def min_number(a: Scalar, b: Scalar) -> Scalar:
    """Returns the smaller; the other one if one is NaN."""
    return is_nan(a).select(b, is_nan(b).select(a, a.at_most(b)))


def is_nan(x: Scalar) -> Scalar:
    return x.compare("une", x)


def power_of_integer(x: Scalar, n: Scalar) -> Scalar:
    """Returns the power of |x|, negative where x is and n is odd: a float need not hold n exactly."""
    assert isinstance(x.value.type, AnyFloat)
    exponent = x.like(x.to.insert(arith.SIToFPOp(n.value, x.value.type)))
    size = call(math.PowFOp, x.abs(), exponent)
    return (n & 1).equals(0).select(size, size.flip_sign_of(x))


# -- integers ----------------------------------------------------------------------------------------


def width(x: Scalar) -> int:
    assert isinstance(x.value.type, IntegerType)
    return x.value.type.width.data


def signed(pattern: int, bits: int) -> int:
    """Returns a pattern of bits as the number it is."""
    pattern &= (1 << bits) - 1
    return pattern - (1 << bits) if pattern >> (bits - 1) else pattern


def repeated(byte: int, x: Scalar) -> int:
    """Returns a byte in every byte of an integer like x."""
    return signed(int.from_bytes(bytes([byte]) * 8, "little"), width(x))


def count_ones(x: Scalar) -> Scalar:
    """Counts ones by sums of neighbours: of bits, of pairs, of fours, of bytes, as far as there are
    any.
    """
    bits = width(x)
    x = x - (x.shift_right_unsigned(1) & repeated(0x55, x))
    if bits >= 4:
        x = (x & repeated(0x33, x)) + (x.shift_right_unsigned(2) & repeated(0x33, x))
    if bits >= 8:
        x = (x + x.shift_right_unsigned(4)) & repeated(0x0F, x)
    return x if bits <= 8 else (x * repeated(0x01, x)).shift_right_unsigned(bits - 8)


def count_leading_zeros(x: Scalar) -> Scalar:
    """Returns the ones left over when all bits below the first one are set."""
    bits, step = width(x), 1
    while step < bits:
        x = x | x.shift_right_unsigned(step)
        step *= 2
    return count_ones(x ^ -1)


def count_trailing_zeros(x: Scalar) -> Scalar:
    """Returns the ones below the lowest one."""
    return count_ones((x ^ -1) & (x - 1))


def absolute(x: Scalar) -> Scalar:
    return (x < 0).select(0 - x, x)


def divide(a: Scalar, b: Scalar) -> Scalar:
    return a.like(a.to.insert(arith.DivSIOp(a.value, b.value)))


def divide_down(a: Scalar, b: Scalar) -> Scalar:
    quotient = divide(a, b)
    rest = a - quotient * b
    inexact = rest.compare("ne", 0) & (rest ^ b).compare("slt", 0)
    return inexact.select(quotient - 1, quotient)


def divide_up(a: Scalar, b: Scalar) -> Scalar:
    quotient = divide(a, b)
    rest = a - quotient * b
    inexact = rest.compare("ne", 0) & (rest ^ b).compare("sge", 0)
    return inexact.select(quotient + 1, quotient)


def divide_up_unsigned(a: Scalar, b: Scalar) -> Scalar:
    quotient = a.like(a.to.insert(arith.DivUIOp(a.value, b.value)))
    return (a - quotient * b).compare("ne", 0).select(quotient + 1, quotient)


def integer_power(x: Scalar, n: Scalar) -> Scalar:
    """Raises to a power by squaring, a bit of the exponent at a time. To a negative one it is 0,
    but for 1 and -1.
    """
    to, type = x.to, x.value.type
    body = Block(arg_types=[IndexType(), type, type, type])
    begin, end, step = (x.constant(k, IndexType()) for k in (0, width(x), 1))
    loop = scf.ForOp(begin.value, end.value, step.value, [x.const(1).value, x.value, n.value], body)
    with to.at(body):
        power, square, rest = (x.like(argument) for argument in body.args[1:])
        times = (rest & 1).equals(0).select(square.const(1), square)
        following = (power * times, square * square, rest.shift_right_unsigned(1))
        to.insert(scf.YieldOp(*(value.value for value in following)))
    positive = x.like(to.insert(loop).results[0])
    odd_minus_one = x.equals(-1) & (n & 1).equals(1)
    unit = x.equals(1) | x.equals(-1)
    negative = odd_minus_one.select(x.const(-1), unit.select(x.const(1), x.const(0)))
    return (n < 0).select(negative, positive)


# -- the table ---------------------------------------------------------------------------------------

FORMULAS: Mapping[type[Operation], Formula] = {
    arith.CeilDivSIOp: divide_up,
    arith.CeilDivUIOp: divide_up_unsigned,
    arith.FloorDivSIOp: divide_down,
    arith.MaxnumfOp: max_number,
    arith.MinnumfOp: min_number,
    math.AbsIOp: absolute,
    math.CopySignOp: copy_sign,
    math.CountLeadingZerosOp: count_leading_zeros,
    math.CountTrailingZerosOp: count_trailing_zeros,
    math.CtPopOp: count_ones,
    math.FPowIOp: power_of_integer,
    math.IPowIOp: integer_power,
    math.TruncOp: truncate,
}
"""Op -> the formula that stands for it."""


def compose(op: Operation, to: Conversion) -> SSAValue | None:
    """Inserts the formula of an op on scalars that has one; the value that stands for its result."""
    if any(is_small_float(value.type) for value in op.operands):
        return None  # it is composed when it has become an op on f32
    if (formula := FORMULAS.get(type(op))) is not None:
        return formula(*(Scalar(value, to) for value in op.operands)).value
    if isinstance(op, arith.CmpfOp):
        return compare_order(op, to)
    return None


def compare_order(op: arith.CmpfOp, to: Conversion) -> SSAValue | None:
    """Lowers `ord` and `uno`, which say whether a number is NaN; returns None for other predicates."""
    word = arith.CMPF_COMPARISON_OPERATIONS[op.predicate.value.data]
    if word not in ("ord", "uno"):
        return None
    a, b = Scalar(op.lhs, to), Scalar(op.rhs, to)
    if word == "uno":
        return (is_nan(a) | is_nan(b)).value
    return (a.equals(a) & b.equals(b)).value
