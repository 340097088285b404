"""Rules for TensorFlow's incomplete gamma and beta functions: a series and continued fractions, whose
loops end once no element changes.

Source of the gamma function's: Cephes, `igam.c`; of the beta function's: Lentz's algorithm in
Numerical Recipes 6.4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, nan

from xdsl.dialects.builtin import f32, f64, i32
from xdsl.ir import SSAValue

from ireelite.dialects import tf
from ireelite.dialects.chlo import functions as chlo
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.lowering.frontend.tf.arithmetic import (
    Tensor,
    choose,
    fill,
    loop_while,
    operands,
    together,
)
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.nodes import Rule

TURNS = 2000
"""Turns after which a series or a fraction ends in any case."""


def lower_gamma(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `Igamma` and `Igammac`. Far from the origin a continued fraction is that of the upper
    function, near it a series that of the lower one; each is 1 less the other.
    """
    whole = operands(node, to)
    a, x = wide(whole)
    valid = (a > 0) & (x >= 0) & (a < inf)
    inner = valid & (x < inf)
    far = (x > 1) & (x > a)
    scale = (a * x.log() - x - lgamma(a)).exp()
    lower = gamma_series(choose(inner, a, 1), choose(inner & negated(far), x, 0)) * scale / a
    upper = gamma_fraction(choose(inner, a, 1), choose(inner & far, x, 2)) * scale
    lower = choose(x.equals(inf), 1, choose(far, -upper + 1, lower))
    upper = choose(x.equals(inf), 0, choose(far, upper, -lower + 1))
    result = upper if node.op_name == "Igammac" else lower
    return choose(valid, result, nan).as_type(whole[0].element).value


def lower_beta(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `Betainc`. The continued fraction converges fast below the mean; above it the function
    is 1 less that of swapped parameters.
    """
    whole = operands(node, to)
    a, b, x = wide(whole)
    valid = (a > 0) & (b > 0) & (x >= 0) & (x <= 1)
    inner = valid & (x > 0) & (x < 1)
    swapped = x > (a + 1) / (a + b + 2)
    p, q = choose(swapped, b, a), choose(swapped, a, b)
    rest = -x + 1
    y, z = choose(swapped, rest, x), choose(swapped, x, rest)
    front = (p * y.log() + q * z.log() + lgamma(a + b) - lgamma(a) - lgamma(b)).exp() / p
    fraction = beta_fraction(choose(inner, p, 1), choose(inner, q, 1), choose(inner, y, 0))
    result = choose(swapped, -(front * fraction) + 1, front * fraction)
    result = choose(x.equals(0), 0, choose(x.equals(1), 1, result))
    return choose(valid, result, nan).as_type(whole[0].element).value


def wide(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Returns tensors in their common shape, of f32 if their elements are narrower."""
    element = f64 if tensors[0].element == f64 else f32
    return [tensor.as_type(element) for tensor in together(*tensors)]


def lgamma(x: Tensor) -> Tensor:
    return x.apply(chlo.LgammaOp)


def negated(condition: Tensor) -> Tensor:
    return condition.apply(ew.NotOp)


def until_still(
    starts: Sequence[Tensor], turn: Callable[[Tensor, list[Tensor]], tuple[list[Tensor], Tensor]]
) -> list[Tensor]:
    """Returns the values of a loop whose turns yield the next values, and of each element whether
    it still changes; the first value is the one that counts. An element that is still keeps it.
    """
    first = starts[0]
    zero = fill(0, first, first.shape)
    dims = range(len(first.shape))

    def goes_on(carried: Sequence[Tensor]) -> Tensor:
        return (carried[0] < TURNS) & carried[1].reduce(ew.OrOp, 0, *dims)

    def next_values(carried: Sequence[Tensor]) -> list[Tensor]:
        number, changing, *values = carried
        made, changes = turn(number.as_type(first.element), values)
        made[0] = choose(changing, made[0], values[0])
        return [number + 1, changing & changes, *made]

    count = fill(0, zero).as_type(i32)
    return loop_while([count, zero.equals(0), *starts], goes_on, next_values)[2:]


def epsilon(like: Tensor) -> float:
    return 2.0**-53 if like.element == f64 else 2.0**-24


def gamma_series(a: Tensor, x: Tensor) -> Tensor:
    """Returns 1 + x / (a + 1) + x**2 / ((a + 1) (a + 2)) + ..."""
    one = fill(1, x, x.shape)

    def turn(number: Tensor, values: list[Tensor]) -> tuple[list[Tensor], Tensor]:
        total, term = values
        term = term * x / (a + number + 1)
        return [total + term, term], term > total * epsilon(x)

    return until_still([one, one], turn)[0]


def gamma_fraction(a: Tensor, x: Tensor) -> Tensor:
    """Returns the continued fraction of the upper incomplete gamma function, from its convergents'
    numerators and denominators, which are scaled down before they overflow.
    """
    y, z = -a + 1, x - a + 2
    before = [fill(1, x, x.shape), x]
    last = [x + 1, z * x]
    large = 1 / epsilon(x)

    def turn(number: Tensor, values: list[Tensor]) -> tuple[list[Tensor], Tensor]:
        found, p1, q1, p2, q2 = values
        step = number + 1
        between, slope = (y + step) * step, z + step * 2
        p, q = p1 * slope - p2 * between, q1 * slope - q2 * between
        ratio = choose(q.equals(0), found, p / q)
        changes = abs(ratio - found) > abs(ratio) * epsilon(x)
        scale = choose(abs(p) > large, fill(1 / large, x), 1)
        return [ratio, p * scale, q * scale, p1 * scale, q1 * scale], changes

    return until_still([last[0] / last[1], *last, *before], turn)[0]


def beta_fraction(a: Tensor, b: Tensor, x: Tensor) -> Tensor:
    """Returns the continued fraction of the incomplete beta function."""
    one = fill(1, x, x.shape)
    d = one / nonzero(-((a + b) * x / (a + 1)) + 1)

    def turn(number: Tensor, values: list[Tensor]) -> tuple[list[Tensor], Tensor]:
        found, c, d = values
        m = number + 1
        twice = a + m * 2
        even = m * (b - m) * x / ((twice - 1) * twice)
        d, c = one / nonzero(even * d + 1), nonzero(even / c + 1)
        found = found * d * c
        odd = -((a + m) * (a + b + m) * x / (twice * (twice + 1)))
        d, c = one / nonzero(odd * d + 1), nonzero(odd / c + 1)
        ratio = d * c
        return [found * ratio, c, d], abs(ratio - 1) > epsilon(x) * 2

    return until_still([d, one, d], turn)[0]


def nonzero(x: Tensor) -> Tensor:
    """Returns a number that is too near 0 to divide by as one that is not."""
    return choose(abs(x) < 1e-30, fill(1e-30, x), x)


RULES: dict[str, Rule] = {
    "Betainc": Rule(lower_beta, 3, True),
    "Igamma": Rule(lower_gamma, 2, True),
    "Igammac": Rule(lower_gamma, 2, True),
}
"""TensorFlow op -> the rule of an incomplete function."""
