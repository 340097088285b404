"""erf in arithmetic: a polynomial near zero, one less `e^-x²` times another further out; and erfc and
the inverse of erf in numbers of about twice the digits of f32.

The coefficients are near-minimax fits of this project's own.
"""

from __future__ import annotations

from math import inf, nan

from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.scalars.exponential import exp
from ireelite.lowering.scalars.scalar import Scalar
from ireelite.lowering.scalars.wide import Wide


@light_dataclass(frozen=True)
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

ERF_NEAR = (
    1.1283791670955126,
    -0.37612638903183754,
    0.1128379167095512,
    -0.026866170645129854,
    0.005223977625423455,
    -0.0008548327021945428,
    0.00012055332903350668,
    -1.4925647581008593e-05,
    1.6462045711013026e-06,
    -1.6364645854816389e-07,
    1.479243542696247e-08,
    -1.2164764337224506e-09,
    8.709755232851789e-11,
    -4.2320376764874594e-12,
)
"""`erf(x) / x` in x² up to 1."""
ERFCX = (
    0.2025479696711243,
    -0.26906708003615815,
    0.11326994423724149,
    -0.029891123982675377,
    0.0023403645554918133,
    0.0012653078816374952,
    -0.0002653364218803765,
    -9.345754955794377e-05,
    2.1912016672639577e-05,
    1.0885408543114068e-05,
    -1.216795615287484e-06,
    -1.4628756338456629e-06,
    -1.1060228289793619e-07,
    1.713354348081073e-07,
    5.674928541692919e-08,
    -9.867677832630243e-09,
    -1.1562661257681447e-08,
    -2.112055422085592e-09,
    1.2060877623335051e-09,
    8.010141992289974e-10,
    6.562028355240938e-11,
    -1.245106030874114e-10,
    -4.635351685174531e-11,
    6.816428583838011e-12,
    5.839715710004103e-12,
    4.673308923372974e-13,
)
"""`erfc(x) e^x²` in a number that goes from -1 to 1, in `(x - 2) / (x + 2)` linearly, for x from ½ to
28.
"""
ERFCX_CENTRE, ERFCX_RADIUS = 2 / 15, 11 / 15
ERF_INV_NEAR = (
    0.9640216376238271,
    0.09346781082872313,
    0.01969115624149996,
    0.0051730134143669814,
    0.0015097228866488097,
    0.0004685490797665593,
    0.00015139579317223367,
    5.032913899276012e-05,
    1.708827086911536e-05,
    5.897369707106248e-06,
    2.061807634088785e-06,
    7.284410087537506e-07,
    2.596288868961427e-07,
    9.333498475464365e-08,
    3.374168207932262e-08,
    1.2069526819271783e-08,
    4.386566807482245e-09,
    1.8195083967474338e-09,
    6.838709701559695e-10,
    1.0403024012917805e-10,
    3.2451168422992795e-11,
    7.141785581587032e-11,
    2.7682198403422412e-11,
)
"""`erf⁻¹(x) / x` in `32/9 x² - 1` for x up to ¾."""
ERF_INV_MID = (
    0.9128737681332255,
    0.02109702820613471,
    0.0010132773373844758,
    -0.0017377022043479245,
    9.504592665448854e-05,
    0.00016187166798717315,
    -9.194978255271316e-06,
    -2.1996286242847046e-05,
    9.253521340140282e-07,
    3.313531345433879e-06,
    -6.075460392121328e-08,
    -5.226575164576221e-07,
    -6.461322556028953e-09,
    8.506258893458039e-08,
    3.87086826805767e-09,
    -1.410242013209569e-08,
    -1.1140251561257107e-09,
    2.352115221943381e-09,
    2.5183117345658077e-10,
    -3.7944358456269177e-10,
    -4.3219192187958e-11,
    5.2169393925423146e-11,
    4.135802779640511e-12,
    -4.320036586597941e-12,
)
"""`erf⁻¹(x) / w` for `w = √-ln(1 - x²)`, in `(w - 1.7) / 0.8`, for w from 0.9 to 2.5."""
ERF_INV_FAR = (
    0.9639604089404485,
    0.019624079783919637,
    -0.007919391699679262,
    0.002599651367324155,
    -0.0006190258434958332,
    1.5349050141203775e-05,
    0.0001070266585485988,
    -9.335996887562931e-05,
    5.752888037692913e-05,
    -2.9068845227612703e-05,
    1.1424712170858343e-05,
    -2.0460146933092236e-06,
    -1.9524452848502784e-06,
    2.7934755445829783e-06,
    -2.113593879628204e-06,
    1.0472899866411298e-06,
    -2.1746617118287016e-07,
    -1.9221694366409928e-07,
    2.5044527044252825e-07,
    -1.351194533396671e-07,
    3.2552898862014546e-08,
    -3.9584253731451824e-09,
    -6.88331941778741e-09,
    2.06454423960913e-08,
    -1.281042896354628e-08,
    -2.6899425847538027e-09,
    4.141464421871201e-09,
    -2.892729341057321e-10,
    -3.1653774443680985e-10,
)
"""The same in `(w - 4.35) / 1.85`, for w from 2.5 to 6.2."""


def erf(x: Scalar) -> Scalar:
    """Returns the error function, an odd one."""
    constants = ERROR_FUNCTION[x.width]
    a = x.abs().at_most(constants.is_one)
    square = a * a
    near = a + a * square.polynomial(constants.near)
    place = (a - 2.0) / (a + 2.0)
    far = 1.0 - exp(-square) * place.polynomial(constants.far)
    return (a < 1.0).select(near, far).with_sign_of(x)


def erfc(x: Wide) -> Wide:
    """Returns 1 less the error function."""
    a = x.abs()
    near = a.rough < 0.5
    small = a.where(near, 0.5)
    small = small.where(x.rough >= 0.0, -small)
    inner = 1.0 - small * (small * small).polynomial(ERF_NEAR)
    far = a.const(0.5).where(near, a)
    far = far.where(far.rough < 28.0, 28.0)
    place = ((far - 2.0) / (far + 2.0) - ERFCX_CENTRE) * (1 / ERFCX_RADIUS)
    outer = far.exp_of_negated_square() * place.polynomial(ERFCX)
    outer = outer.where(x.rough >= 0.0, 2.0 - outer)
    return x.where(x.rough.compare("une", x.rough), inner.where(near, outer))


def erf_inv(x: Wide) -> Wide:
    """Returns the number whose error function is x; an odd function."""
    a = x.abs()
    size = a.rough
    inside = a.where(size < 1.0, 0.5)
    square = inside * inside
    near = inside * (square * (32 / 9) - 1.0).polynomial(ERF_INV_NEAR)
    w = (-((1.0 - inside) * (inside + 1.0)).log()).where(size > 0.25, 1.0).sqrt()
    middle = ((w - 1.7) * (1 / 0.8)).polynomial(ERF_INV_MID)
    outer = ((w - 4.35) * (1 / 1.85)).polynomial(ERF_INV_FAR)
    far = w * middle.where(w.rough < 2.5, outer)
    result = near.where(size < 0.75, far)
    result = result.const(inf).where(size.equals(1.0), result)
    result = result.where(size <= 1.0, nan)
    result = result.where(x.rough >= 0.0, -result)
    return result.where(size > 0.0, x)
