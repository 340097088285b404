"""Index arithmetic of builders, written as Python does.

    middle = (low + high) / 2

inserts an `arith.addi` and an `arith.divui` at the kernel's current point. Numbers become constants
of the other operand's type, and what is known is computed at once.
"""

from __future__ import annotations

from xdsl.dialects import arith
from xdsl.dialects.builtin import IndexType, IntegerAttr, IntegerType, i32
from xdsl.ir import Operation, SSAValue

from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.kernels.kernel import Kernel


@light_dataclass(frozen=True)
class Number:
    """A value of type `index`, or a condition on such values, of one kernel."""

    value: SSAValue
    kernel: Kernel

    @property
    def known(self) -> int | None:
        """The number that it is, if it is a constant."""
        owner = self.value.owner
        if isinstance(owner, arith.ConstantOp) and isinstance(owner.value, IntegerAttr):
            return owner.value.value.data
        return None

    def _other(self, other: Number | int) -> Number:
        return other if isinstance(other, Number) else constant(other, self.kernel)

    def _make(self, op: Operation) -> Number:
        return Number(self.kernel.to.insert(op).results[0], self.kernel)

    def __add__(self, other: Number | int) -> Number:
        other = self._other(other)
        if self.known is not None and other.known is not None:
            return constant(self.known + other.known, self.kernel)
        if other.known == 0:
            return self
        if self.known == 0:
            return other
        return self._make(arith.AddiOp(self.value, other.value))

    def __sub__(self, other: Number | int) -> Number:
        other = self._other(other)
        if self.known is not None and other.known is not None:
            return constant(self.known - other.known, self.kernel)
        if other.known == 0:
            return self
        return self._make(arith.SubiOp(self.value, other.value))

    def __mul__(self, other: Number | int) -> Number:
        other = self._other(other)
        if self.known is not None and other.known is not None:
            return constant(self.known * other.known, self.kernel)
        if other.known == 1:
            return self
        return self._make(arith.MuliOp(self.value, other.value))

    def __floordiv__(self, other: int) -> Number:
        """Divides numbers that are not negative."""
        if self.known is not None:
            return constant(self.known // other, self.kernel)
        return (
            self if other == 1 else self._make(arith.DivUIOp(self.value, self._other(other).value))
        )

    def __mod__(self, other: Number | int) -> Number:
        """Returns the remainder of numbers that are not negative."""
        return self._make(arith.RemUIOp(self.value, self._other(other).value))

    def minimum(self, other: Number | int) -> Number:
        """Returns the smaller of two, signed."""
        other = self._other(other)
        if self.known is not None and other.known is not None:
            return constant(min(self.known, other.known), self.kernel)
        return self._make(arith.MinSIOp(self.value, other.value))

    def maximum(self, other: Number | int) -> Number:
        """Returns the larger of two, signed."""
        other = self._other(other)
        if self.known is not None and other.known is not None:
            return constant(max(self.known, other.known), self.kernel)
        return self._make(arith.MaxSIOp(self.value, other.value))

    def _compare(self, other: Number | int, predicate: str) -> Number:
        return self._make(arith.CmpiOp(self.value, self._other(other).value, predicate))

    def __lt__(self, other: Number | int) -> Number:
        return self._compare(other, "slt")

    def __ge__(self, other: Number | int) -> Number:
        return self._compare(other, "sge")

    def __and__(self, other: Number) -> Number:
        """Returns whether both conditions hold."""
        return self._make(arith.AndIOp(self.value, other.value))

    def __or__(self, other: Number) -> Number:
        """Returns whether one of two conditions holds."""
        return self._make(arith.OrIOp(self.value, other.value))

    def select(self, yes: Number | int, no: Number | int) -> Number:
        """Selects one of two numbers by this condition."""
        a = yes if isinstance(yes, Number) else constant(yes, self.kernel)
        b = no if isinstance(no, Number) else constant(no, self.kernel)
        return self._make(arith.SelectOp(self.value, a.value, b.value))


def constant(value: int, kernel: Kernel) -> Number:
    """Returns a number that is known."""
    return Number(kernel.number(value), kernel)


def as_index(value: SSAValue, unsigned: bool, kernel: Kernel) -> Number:
    """Returns an integer as an index."""
    to = kernel.to
    if isinstance(value.type, IndexType):
        return Number(value, kernel)
    assert isinstance(value.type, IntegerType)
    if unsigned and value.type.width.data < 32:
        value = to.insert(arith.ExtUIOp(value, i32)).result
    return Number(to.insert(arith.IndexCastOp(value, IndexType())).result, kernel)
