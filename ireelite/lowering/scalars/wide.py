"""Numbers with about twice the digits of f32, for formulas whose parts nearly cancel each other.

A formula is written once. It computes in f64 where a target has f64, and else in pairs of f32, which
have a few digits less and the exponents of f32. What decides between cases compares the leading part
alone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import factorial, inf, log
from struct import pack, unpack

from xdsl.dialects import math, scf
from xdsl.dialects.builtin import IndexType
from xdsl.ir import Block

from ireelite.lowering.scalars.compound import call
from ireelite.lowering.scalars.logarithm import log as scalar_log
from ireelite.lowering.scalars.pairs import (
    Pair,
    exact_product,
    exact_sum,
    exact_sum_any,
    product,
    quotient,
)
from ireelite.lowering.scalars.scalar import Scalar


class Wide(ABC):
    """A number with the arithmetic of Python, whose other operand may be a constant."""

    @property
    @abstractmethod
    def rough(self) -> Scalar:
        """The leading digits."""

    @property
    @abstractmethod
    def parts(self) -> list[Scalar]:
        """The scalars that hold the number."""

    @abstractmethod
    def of(self, parts: Sequence[Scalar]) -> Wide:
        """Returns the number of the same kind that these scalars hold."""

    @abstractmethod
    def const(self, number: float) -> Wide:
        """Returns a constant of the same kind."""

    @abstractmethod
    def _add(self, other: Wide) -> Wide: ...

    @abstractmethod
    def _multiply(self, other: Wide) -> Wide: ...

    @abstractmethod
    def _divide(self, other: Wide) -> Wide: ...

    @abstractmethod
    def __neg__(self) -> Wide: ...

    @abstractmethod
    def exp(self) -> Wide:
        """Returns e to the power of this number."""

    @abstractmethod
    def log(self) -> Wide:
        """Returns the natural logarithm of this number, which is positive."""

    @abstractmethod
    def sqrt(self) -> Wide:
        """Returns the square root of this number, which is positive."""

    @abstractmethod
    def exp_of_negated_square(self) -> Wide:
        """Returns e to the power of minus the square of this number."""

    @abstractmethod
    def scale_of_powers(self) -> Wide:
        """Returns the logarithm of a scale by which powers of this number, which is positive, and
        of larger ones are divided, so that none is out of range.
        """

    @abstractmethod
    def power(self, exponent: Wide, scale: Wide) -> Wide:
        """This number, which is positive, over a scale, given as its logarithm, to a power."""

    @abstractmethod
    def times(self, factor: Wide) -> Wide:
        """Returns a product that may be infinite."""

    @abstractmethod
    def exp_times(self, factor: Wide) -> Wide:
        """Returns e to the power of this number, times a factor that is not 0."""

    def wide(self, other: Wide | float) -> Wide:
        """Returns a number as one of this kind."""
        return other if isinstance(other, Wide) else self.const(other)

    def __add__(self, other: Wide | float) -> Wide:
        return self._add(self.wide(other))

    def __sub__(self, other: Wide | float) -> Wide:
        return self._add(-self.wide(other))

    def __rsub__(self, other: float) -> Wide:
        return self.const(other) - self

    def __mul__(self, other: Wide | float) -> Wide:
        return self._multiply(self.wide(other))

    def __truediv__(self, other: Wide | float) -> Wide:
        return self._divide(self.wide(other))

    def where(self, condition: Scalar, otherwise: Wide | float) -> Wide:
        """This number where a condition holds, else another."""
        others = self.wide(otherwise).parts
        return self.of([condition.select(a, b) for a, b in zip(self.parts, others, strict=True)])

    def abs(self) -> Wide:
        return self.where(self.rough >= 0.0, -self)

    def polynomial(self, coefficients: Sequence[float]) -> Wide:
        """Returns `c0 + c1 x + c2 x² + …` by Horner's scheme."""
        result = self.const(coefficients[-1])
        for coefficient in reversed(coefficients[:-1]):
            result = result * self + coefficient
        return result


@dataclass(frozen=True)
class Plain(Wide):
    """An f64."""

    value: Scalar

    @property
    def rough(self) -> Scalar:
        return self.value

    @property
    def parts(self) -> list[Scalar]:
        return [self.value]

    def of(self, parts: Sequence[Scalar]) -> Plain:
        return Plain(parts[0])

    def const(self, number: float) -> Plain:
        return Plain(self.value.const(number))

    def _add(self, other: Wide) -> Plain:
        return Plain(self.value + other.rough)

    def _multiply(self, other: Wide) -> Plain:
        return Plain(self.value * other.rough)

    def _divide(self, other: Wide) -> Plain:
        return Plain(self.value / other.rough)

    def __neg__(self) -> Plain:
        return Plain(-self.value)

    def exp(self) -> Plain:
        return Plain(call(math.ExpOp, self.value))

    def log(self) -> Plain:
        return Plain(call(math.LogOp, self.value))

    def sqrt(self) -> Plain:
        return Plain(self.value.sqrt())

    def exp_of_negated_square(self) -> Plain:
        square = exact_product(self.value, self.value)
        high = call(math.ExpOp, -square.high)
        return Plain(self.value.like((high - high * square.low).value))

    def scale_of_powers(self) -> Plain:
        return self.const(0.0)

    def power(self, exponent: Wide, scale: Wide) -> Plain:
        return Plain(call(math.PowFOp, self.value, exponent.rough))

    def times(self, factor: Wide) -> Wide:
        return self * factor

    def exp_times(self, factor: Wide) -> Wide:
        return self.exp() * factor


def nearest_f32(number: float) -> float:
    """Returns a number rounded to f32."""
    try:
        return unpack("<f", pack("<f", number))[0]
    except OverflowError:
        return inf if number > 0 else -inf


LN2_PARTS = (0.69287109375, 0.000276029109954834, 5.769834388047457e-08)
"""ln(2) as a sum of numbers of 14 bits, whose products with an exponent are exact, and a rest."""
LN2_REST = 1.6465949582897082e-12
EXACT_TERMS = 7
"""Terms of e^r that need more digits than an f32 has."""
ALL_TERMS = 13
FAR = 2.0**64
"""A factor that brings numbers from the ends of the range of f32 to its middle."""
SMALLEST_EXPONENT, LARGEST_EXPONENT = -104.0, 89.0


@dataclass(frozen=True)
class Double(Wide):
    """A pair of f32."""

    pair: Pair

    @property
    def rough(self) -> Scalar:
        return self.pair.high

    @property
    def parts(self) -> list[Scalar]:
        return [self.pair.high, self.pair.low]

    def of(self, parts: Sequence[Scalar]) -> Wide:
        return Double(Pair(parts[0], parts[1]))

    def const(self, number: float) -> Wide:
        high = nearest_f32(number)
        low = number - high if abs(high) < inf else 0.0
        scalar = self.pair.high
        return Double(Pair(scalar.const(high), scalar.const(low)))

    def _add(self, other: Wide) -> Wide:
        a, b = self.pair, Pair(*other.parts)
        total = exact_sum_any(a.high, b.high)
        return Double(exact_sum(total.high, total.low + (a.low + b.low)))

    def _multiply(self, other: Wide) -> Wide:
        return Double(product(self.pair, Pair(*other.parts)))

    def _divide(self, other: Wide) -> Wide:
        return Double(quotient(self.pair, Pair(*other.parts)))

    def __neg__(self) -> Wide:
        return Double(Pair(-self.pair.high, -self.pair.low))

    def exp(self) -> Wide:
        high = self.rough.at_most(LARGEST_EXPONENT).at_least(SMALLEST_EXPONENT).exactly()
        low = high.equals(self.rough).select(self.pair.low, 0.0)
        n = (high * (1 / log(2))).round_even()
        rest = Double(Pair(high, low))
        for part in LN2_PARTS:
            rest = rest + Double(Pair(n * -part, n.const(0.0)))
        rest = rest - Double(Pair(n * LN2_REST, n.const(0.0)))
        r = rest.rough
        tail = r.polynomial([1 / factorial(k) for k in range(EXACT_TERMS, ALL_TERMS)])
        result = Double(Pair(tail, tail.const(0.0)))
        for k in reversed(range(EXACT_TERMS)):
            result = result * rest + 1 / factorial(k)
        exponent = n.to_int()
        parts = [part.times_power_of_two(exponent) for part in result.parts]
        return self.of(parts)

    def log(self) -> Wide:
        small, large = self.rough < 1 / FAR, self.rough > FAR
        scale = large.select(self.rough.const(1 / FAR), small.select(self.rough.const(FAR), 1.0))
        scaled = self.of([part * scale for part in self.parts])
        first = scalar_log(scaled.rough).exactly()
        start = self.of([first, first.const(0.0)])
        error = scaled * (-start).exp() - 1.0
        result = start + error - error * error * 0.5
        moved = self.const(log(FAR)).where(large, self.const(-log(FAR)).where(small, 0.0))
        return result + moved

    def sqrt(self) -> Wide:
        root = self.rough.sqrt().exactly()
        start = Double(Pair(root, root.const(0.0)))
        return start + (self - start * start) / (start + start)

    def exp_of_negated_square(self) -> Wide:
        return (-(self * self)).exp()

    def scale_of_powers(self) -> Wide:
        return self.log()

    def power(self, exponent: Wide, scale: Wide) -> Wide:
        return ((self.log() - scale) * exponent).exp()

    def times(self, factor: Wide) -> Wide:
        rough = self.rough * factor.rough
        finite = rough.abs() < inf
        return (self * factor).where(finite, self.of([rough, rough.const(0.0)]))

    def exp_times(self, factor: Wide) -> Wide:
        size = (self + factor.abs().log()).exp()
        return size.where(factor.rough > 0.0, -size)


def repeat(
    count: int | Scalar, state: Sequence[Wide], step: Callable[..., Sequence[Wide]]
) -> list[Wide]:
    """Returns the numbers that are left when a step has been taken `count` times, an `index` if it
    is not constant: a loop.
    """
    first = state[0].rough
    to = first.to
    flat = [part for number in state for part in number.parts]
    body = Block(arg_types=[IndexType(), *(part.value.type for part in flat)])
    begin, by = (first.constant(n, IndexType()) for n in (0, 1))
    end = count if isinstance(count, Scalar) else first.constant(count, IndexType())
    loop = scf.ForOp(begin.value, end.value, by.value, [part.value for part in flat], body)

    def numbers(values: Sequence[object]) -> list[Wide]:
        rest = iter(values)
        return [
            number.of([part.like(next(rest)) for part in number.parts])  # pyright: ignore[reportArgumentType]
            for number in state
        ]

    with to.at(body):
        following = step(*numbers(body.args[1:]))
        to.insert(scf.YieldOp(*(part.value for number in following for part in number.parts)))
    return numbers(to.insert(loop).results)
