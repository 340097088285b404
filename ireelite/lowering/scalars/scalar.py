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
from dataclasses import dataclass

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import (
    Float32Type,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    f32,
    i1,
    i32,
)
from xdsl.dialects.utils import FastMathFlag
from xdsl.ir import Attribute, Operation, SSAValue

from ireelite.lowering.rewriting.conversion import Conversion

CONTRACT = arith.FastMathFlagsAttr((FastMathFlag.ALLOW_CONTRACT,))
STRICT = arith.FastMathFlagsAttr("none")
SIGN_BIT = -0x80000000

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


@dataclass(frozen=True)
class Scalar:
    """A value and the conversion that formulas on it insert their ops into."""

    value: SSAValue
    to: Conversion
    flags: arith.FastMathFlagsAttr = CONTRACT

    # -- making ------------------------------------------------------------------------------------

    @classmethod
    def of(cls, old: SSAValue, to: Conversion) -> Scalar:
        """The new value of an old one."""
        return cls(to.value(old), to)

    def like(self, value: SSAValue | Operation) -> Scalar:
        """Another value with the same flags."""
        return Scalar(SSAValue.get(value), self.to, self.flags)

    def const(self, number: int | float) -> Scalar:
        """A constant of this scalar's type."""
        return self.constant(number, self.value.type)

    def constant(self, number: int | float, type: Attribute) -> Scalar:
        """A constant of a type."""
        if isinstance(type, Float32Type):
            attribute = FloatAttr(float(number), type)
        else:
            assert isinstance(type, IntegerType | IndexType) and isinstance(number, int)
            attribute = IntegerAttr(number, type)
        return self.like(self.to.insert(arith.ConstantOp(attribute)))

    def exactly(self) -> Scalar:
        """The same value, whose sums and products are rounded one by one."""
        return Scalar(self.value, self.to, STRICT)

    @property
    def is_float(self) -> bool:
        return isinstance(self.value.type, Float32Type)

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
        """The larger; NaN if either is."""
        if self.is_float:
            return self.like(self.to.insert(arith.MaximumfOp(self.value, self._other(other))))
        return self._binary("smax", other)

    def at_most(self, other: Scalar | float) -> Scalar:
        """The smaller; NaN if either is."""
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
        """An i1; `predicate` is `arith.cmpf`'s or `arith.cmpi`'s, as `olt`, `ult`."""
        kind = arith.CmpfOp if self.is_float else arith.CmpiOp
        return self.like(self.to.insert(kind(self.value, self._other(other), predicate)))

    def __lt__(self, other: Scalar | int | float) -> Scalar:
        return self.compare("olt" if self.is_float else "slt", other)

    def __gt__(self, other: Scalar | int | float) -> Scalar:
        return self.compare("ogt" if self.is_float else "sgt", other)

    def __ge__(self, other: Scalar | int | float) -> Scalar:
        return self.compare("oge" if self.is_float else "sge", other)

    def equals(self, other: Scalar | int | float) -> Scalar:
        return self.compare("oeq" if self.is_float else "eq", other)

    def select(self, yes: Scalar | float, no: Scalar | float) -> Scalar:
        """`yes` where this i1 is set, else `no`; at least one of them is a scalar."""
        kind = yes if isinstance(yes, Scalar) else no
        assert isinstance(kind, Scalar) and self.value.type == i1
        return kind.like(
            self.to.insert(arith.SelectOp(self.value, kind._other(yes), kind._other(no)))
        )

    # -- types -------------------------------------------------------------------------------------

    def bits(self) -> Scalar:
        """The bits of an f32."""
        return self.like(self.to.insert(arith.BitcastOp(self.value, i32)))

    def from_bits(self) -> Scalar:
        """The f32 with these bits."""
        return self.like(self.to.insert(arith.BitcastOp(self.value, f32)))

    def to_int(self) -> Scalar:
        return self.like(self.to.insert(arith.FPToSIOp(self.value, i32)))

    def to_float(self) -> Scalar:
        return self.like(self.to.insert(arith.SIToFPOp(self.value, f32)))

    def to_index(self) -> Scalar:
        return self.like(self.to.insert(arith.IndexCastOp(self.value, IndexType())))

    # -- small formulas ----------------------------------------------------------------------------

    def polynomial(self, coefficients: Sequence[float]) -> Scalar:
        """`c0 + c1 x + c2 x² + …` by Horner's scheme."""
        result = self.const(coefficients[-1])
        for coefficient in reversed(coefficients[:-1]):
            result = result * self + coefficient
        return result

    def times_power_of_two(self, exponent: Scalar) -> Scalar:
        """`self · 2^exponent` for an i32 in [-252, 254], rounded once,
        so that denormals are right.
        """
        half = exponent >> 1
        steps = (half, exponent - half)
        result = self
        for step in steps:
            result = result * ((step + 127) << 23).from_bits()
        return result

    def with_sign_of(self, sign: Scalar) -> Scalar:
        """A float that is not negative, with another's sign bit."""
        return (self.bits() | (sign.bits() & SIGN_BIT)).from_bits()
