"""Scalars that write arithmetic as Python does, for lowering rules that are formulas.

    x = Scalar.of(op.operand, to)
    n = (x * LOG2_E).round_even()

inserts an `arith.constant`, an `arith.mulf` and a `math.roundeven` at the conversion's current
point. Numbers become constants of the other operand's type. Sums and products of floats carry
`fastmath<contract>`, so that a target with a fused multiply-add may use it, except those of
`x.exactly()`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import (
    AnyFloat,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    f32,
    f64,
    i1,
)
from xdsl.dialects.utils import FastMathFlag
from xdsl.ir import Attribute, Operation, SSAValue

from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.rewriting.conversion import Conversion

CONTRACT = arith.FastMathFlagsAttr((FastMathFlag.ALLOW_CONTRACT,))
STRICT = arith.FastMathFlagsAttr("none")

FLOAT_OPS: dict[str, type[Operation]] = {
    "add": arith.AddfOp,
    "sub": arith.SubfOp,
    "mul": arith.MulfOp,
    "div": arith.DivfOp,
}
INTEGER_OPS: dict[str, type[Operation]] = {
    "add": arith.AddiOp,
    "sub": arith.SubiOp,
    "mul": arith.MuliOp,
    "and": arith.AndIOp,
    "or": arith.OrIOp,
    "xor": arith.XOrIOp,
    "shl": arith.ShLIOp,
    "sar": arith.ShRSIOp,
    "shr": arith.ShRUIOp,
    "umod": arith.RemUIOp,
    "smax": arith.MaxSIOp,
}


@light_dataclass(frozen=True)
class FloatFormat:
    """How a float type keeps a number: a sign bit, an exponent and a fraction."""

    type: AnyFloat
    bits: int
    """Width of the type."""
    fraction: int
    """Bits of the fraction, without the leading one."""
    bias: int
    """What is added to an exponent before it is stored; the largest exponent too."""

    @property
    def integer(self) -> IntegerType:
        """The integer type of the same width."""
        return IntegerType(self.bits)

    @property
    def leading_one(self) -> int:
        """The place of the leading one among the bits of the fraction."""
        return 1 << self.fraction

    @property
    def smallest_normal(self) -> float:
        """The smallest positive number with a leading one."""
        return 2.0 ** (1 - self.bias)

    @property
    def half_precision(self) -> int:
        """Half of the digits, as a number of low bits that a factor of an exact product drops."""
        return (self.fraction + 2) // 2


FORMATS: dict[int, FloatFormat] = {
    32: FloatFormat(f32, bits=32, fraction=23, bias=127),
    64: FloatFormat(f64, bits=64, fraction=52, bias=1023),
}
"""By width. Formulas compute in these; narrower floats are widened first."""


@light_dataclass(frozen=True)
class Scalar:
    """A value and the conversion that formulas on it insert their ops into."""

    value: SSAValue
    to: Conversion
    flags: arith.FastMathFlagsAttr = CONTRACT
    reassociated: bool = False
    """Whether the target's compiler reorders sums and products, whatever their flags are."""

    # -- making ------------------------------------------------------------------------------------

    @classmethod
    def of(cls, old: SSAValue, to: Conversion) -> Scalar:
        """Returns the new value of an old one."""
        return cls(to.value(old), to)

    def like(self, value: SSAValue | Operation) -> Scalar:
        """Returns another value with the same flags."""
        return replace(self, value=SSAValue.get(value))

    def const(self, number: int | float) -> Scalar:
        """Returns a constant of this scalar's type."""
        return self.constant(number, self.value.type)

    def constant(self, number: int | float, type: Attribute) -> Scalar:
        """Returns a constant of a type."""
        if isinstance(type, AnyFloat):
            attribute = FloatAttr(float(number), type)
        else:
            assert isinstance(type, IntegerType | IndexType) and isinstance(number, int)
            attribute = IntegerAttr(number, type)
        return self.like(self.to.insert(arith.ConstantOp(attribute)))

    def exactly(self) -> Scalar:
        """Returns the same value, whose sums and products are rounded one by one."""
        return replace(self, flags=STRICT)

    def settled(self) -> Scalar:
        """Returns a sum or product that no compiler simplifies against its operands.

        Where one would, this drops the last bit, which the error that is computed next contains.
        """
        return (self.bits() & -2).from_bits() if self.reassociated else self

    @property
    def is_float(self) -> bool:
        return isinstance(self.value.type, AnyFloat)

    @property
    def width(self) -> int:
        """Bits of a float or an integer."""
        type = self.value.type
        if isinstance(type, IntegerType):
            return type.width.data
        assert isinstance(type, AnyFloat)
        return type.bitwidth

    @property
    def sign_bit(self) -> int:
        """The integer pattern of this width whose sign bit alone is set."""
        return -1 << (self.width - 1)

    @property
    def format(self) -> FloatFormat:
        """The format of a float, or of the float as wide as an integer."""
        return FORMATS[self.width]

    # -- arithmetic --------------------------------------------------------------------------------

    def _other(self, other: Scalar | int | float) -> SSAValue:
        return other.value if isinstance(other, Scalar) else self.const(other).value

    def _binary(self, name: str, other: Scalar | int | float) -> Scalar:
        right = self._other(other)
        if self.is_float:
            op = FLOAT_OPS[name](self.value, right, flags=self.flags)  # pyright: ignore[reportCallIssue]
        else:
            op = INTEGER_OPS[name](self.value, right)  # pyright: ignore[reportCallIssue]
        return self.like(self.to.insert(op))

    def __add__(self, other: Scalar | int | float) -> Scalar:
        return self._binary("add", other)

    def __sub__(self, other: Scalar | int | float) -> Scalar:
        return self._binary("sub", other)

    def __rsub__(self, other: int | float) -> Scalar:
        return self.const(other) - self

    def __neg__(self) -> Scalar:
        return self.like(self.to.insert(arith.NegfOp(self.value, self.flags)))

    def __mul__(self, other: Scalar | int | float) -> Scalar:
        return self._binary("mul", other)

    def __truediv__(self, other: Scalar | int | float) -> Scalar:
        return self._binary("div", other)

    def __and__(self, other: Scalar | int) -> Scalar:
        return self._binary("and", other)

    def __or__(self, other: Scalar | int) -> Scalar:
        return self._binary("or", other)

    def __xor__(self, other: Scalar | int) -> Scalar:
        return self._binary("xor", other)

    def __lshift__(self, other: Scalar | int) -> Scalar:
        return self._binary("shl", other)

    def __rshift__(self, other: Scalar | int) -> Scalar:
        """Keeps the sign."""
        return self._binary("sar", other)

    def shift_right_unsigned(self, other: Scalar | int) -> Scalar:
        return self._binary("shr", other)

    def mod_unsigned(self, other: Scalar | int) -> Scalar:
        return self._binary("umod", other)

    def at_least(self, other: Scalar | int | float) -> Scalar:
        """Returns the larger; NaN if either is."""
        if self.is_float:
            return self.like(self.to.insert(arith.MaximumfOp(self.value, self._other(other))))
        return self._binary("smax", other)

    def at_most(self, other: Scalar | float) -> Scalar:
        """Returns the smaller; NaN if either is."""
        return self.like(self.to.insert(arith.MinimumfOp(self.value, self._other(other))))

    def round_even(self) -> Scalar:
        return self.like(self.to.insert(math.RoundEvenOp(self.value)))

    def floor(self) -> Scalar:
        return self.like(self.to.insert(math.FloorOp(self.value)))

    def abs(self) -> Scalar:
        return self.like(self.to.insert(math.AbsFOp(self.value)))

    def sqrt(self) -> Scalar:
        return self.like(self.to.insert(math.SqrtOp(self.value)))

    # -- comparing ---------------------------------------------------------------------------------

    def compare(self, predicate: str, other: Scalar | int | float) -> Scalar:
        """Returns an i1; `predicate` is `arith.cmpf`'s or `arith.cmpi`'s, as `olt`, `ult`."""
        kind = arith.CmpfOp if self.is_float else arith.CmpiOp
        return self.like(self.to.insert(kind(self.value, self._other(other), predicate)))

    def __lt__(self, other: Scalar | int | float) -> Scalar:
        return self.compare("olt" if self.is_float else "slt", other)

    def __le__(self, other: Scalar | int | float) -> Scalar:
        return self.compare("ole" if self.is_float else "sle", other)

    def __gt__(self, other: Scalar | int | float) -> Scalar:
        return self.compare("ogt" if self.is_float else "sgt", other)

    def __ge__(self, other: Scalar | int | float) -> Scalar:
        return self.compare("oge" if self.is_float else "sge", other)

    def equals(self, other: Scalar | int | float) -> Scalar:
        return self.compare("oeq" if self.is_float else "eq", other)

    def select(self, yes: Scalar | float, no: Scalar | float) -> Scalar:
        """Returns `yes` where this i1 is set, else `no`; at least one of them is a scalar."""
        kind = yes if isinstance(yes, Scalar) else no
        assert isinstance(kind, Scalar) and self.value.type == i1
        return kind.like(
            self.to.insert(arith.SelectOp(self.value, kind._other(yes), kind._other(no)))
        )

    # -- types -------------------------------------------------------------------------------------

    def bits(self) -> Scalar:
        """Returns the bits of a float, as an integer of its width."""
        return self.like(self.to.insert(arith.BitcastOp(self.value, IntegerType(self.width))))

    def from_bits(self) -> Scalar:
        """Returns the f32 or f64 with these bits."""
        return self.like(self.to.insert(arith.BitcastOp(self.value, self.format.type)))

    def to_int(self) -> Scalar:
        """Returns an integer of the float's width, rounded towards zero."""
        return self.like(self.to.insert(arith.FPToSIOp(self.value, IntegerType(self.width))))

    def to_float(self) -> Scalar:
        """Returns the float of an integer's width nearest to it."""
        return self.like(self.to.insert(arith.SIToFPOp(self.value, self.format.type)))

    def to_index(self) -> Scalar:
        return self.like(self.to.insert(arith.IndexCastOp(self.value, IndexType())))

    # -- small formulas ----------------------------------------------------------------------------

    def polynomial(self, coefficients: Sequence[float]) -> Scalar:
        """Returns `c0 + c1 x + c2 x² + …` by Horner's scheme."""
        result = self.const(coefficients[-1])
        for coefficient in reversed(coefficients[:-1]):
            result = result * self + coefficient
        return result

    def power_of_two(self) -> Scalar:
        """Returns the float `2^self` for an integer that is an exponent of a normal number."""
        return ((self + self.format.bias) << self.format.fraction).from_bits()

    def times_power_of_two(self, exponent: Scalar) -> Scalar:
        """Returns `self · 2^exponent`, rounded once, which makes subnormal results right.

        The exponent is an integer of this float's width, at most twice the largest exponent.
        """
        half = exponent >> 1
        return self * half.power_of_two() * (exponent - half).power_of_two()

    def with_sign_of(self, sign: Scalar) -> Scalar:
        """Returns a float that is not negative, with another's sign bit."""
        bits = self.bits() | (sign.bits() & sign.sign_bit)
        return self.like(self.to.insert(arith.BitcastOp(bits.value, self.value.type)))

    def flip_sign_of(self, sign: Scalar) -> Scalar:
        """Returns a float, negated where another's sign bit is set."""
        bits = self.bits() ^ (sign.bits() & sign.sign_bit)
        return self.like(self.to.insert(arith.BitcastOp(bits.value, self.value.type)))
