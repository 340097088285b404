"""erf in arithmetic: a polynomial near zero, one less `e^-x²` times another further out.

The coefficients are near-minimax fits of this project's own.
"""

from __future__ import annotations

from dataclasses import dataclass

from ireelite.lowering.scalars.exponential import exp
from ireelite.lowering.scalars.scalar import Scalar


@dataclass(frozen=True)
class ErrorFunction:
    """The polynomials of a float type."""

    near: tuple[float, ...]
    """`erf(x) / x - 1` in x² on [0, 1]."""
    far: tuple[float, ...]
    """`(1 - erf(x)) · e^x²` in `(x - 2) / (x + 2)` for x from 1 to `is_one`."""
    is_one: float
    """From here on erf is 1."""


ERROR_FUNCTION = {
    32: ErrorFunction(
        near=(
            0.12837916612625122,
            -0.3761262595653534,
            0.11283594369888306,
            -0.02685421146452427,
            0.005189087241888046,
            -0.000801686430349946,
            7.875874871388078e-05,
        ),
        far=(
            0.25539568066596985,
            -0.4271858334541321,
            0.24165821075439453,
            -0.0789785236120224,
            0.003732141340151429,
            0.006994855590164661,
            -0.0008365899557247758,
            -0.0009441596339456737,
        ),
        is_one=4.0,
    ),
    64: ErrorFunction(
        near=(
            0.1283791670955126,
            -0.37612638903183754,
            0.1128379167095512,
            -0.02686617064512984,
            0.0052239776254232985,
            -0.000854832702193483,
            0.00012055332902888736,
            -1.4925647567519332e-05,
            1.6462045441468418e-06,
            -1.6364642158167616e-07,
            1.4792401209404813e-08,
            -1.216456005728345e-09,
            8.709045129053106e-11,
            -4.230945824295338e-12,
        ),
        far=(
            0.25539567631050575,
            -0.4271858474139585,
            0.24165819424246585,
            -0.07897858101570611,
            0.0037328924043978336,
            0.006997461736971578,
            -0.00084714325299195,
            -0.0009819769411038642,
            4.355558686575482e-05,
            0.00017435947400205157,
            2.7527175557227246e-05,
            -2.7562209161129353e-05,
            -1.3998283772784976e-05,
            1.3058577122278017e-06,
            4.011749647325067e-06,
            1.272567661840228e-06,
            -1.1352571477273627e-06,
        ),
        is_one=6.0,
    ),
}
"""By the width of the type."""


def erf(x: Scalar) -> Scalar:
    """The error function, an odd one."""
    constants = ERROR_FUNCTION[x.width]
    a = x.abs().at_most(constants.is_one)
    square = a * a
    near = a + a * square.polynomial(constants.near)
    place = (a - 2.0) / (a + 2.0)
    far = 1.0 - exp(-square) * place.polynomial(constants.far)
    return (a < 1.0).select(near, far).with_sign_of(x)
