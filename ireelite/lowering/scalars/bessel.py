"""The scaled Bessel function i1e, in numbers of about twice the digits of f32.

The coefficients are near-minimax fits of this project's own.
"""

from __future__ import annotations

from math import inf

from ireelite.lowering.scalars.wide import Wide

I1E_NEAR = (
    0.044687709875608835,
    -0.06112433802966629,
    0.0680575999095116,
    -0.06848260620582547,
    0.06376740371340721,
    -0.055280039227051464,
    0.04467457262125467,
    -0.03367135551992323,
    0.023686016957729535,
    -0.015571309256763564,
    0.009583962150731578,
    -0.00553456775924123,
    0.0030057624197775295,
    -0.0015388749696724586,
    0.0007445123445061157,
    -0.00034117472445271377,
    0.0001484212433475852,
    -6.142655719704761e-05,
    2.4233753149624307e-05,
    -9.131775730568571e-06,
    3.293899139003749e-06,
    -1.1381566323785447e-06,
    3.759367306404118e-07,
    -1.1993980285486188e-07,
    3.802984785138283e-08,
    -1.1224475126135595e-08,
    2.603206542331157e-09,
    -7.277033556073836e-10,
    3.7284532079392345e-10,
    -9.506861180736366e-11,
)
"""`i1e(x) / x` in `x / 4 - 1` for x from 0 to 8."""
I1E_FAR = (
    0.38939845902587233,
    -0.009749577193235735,
    -0.00021923576383389164,
    -1.5038547200586069e-05,
    -1.8349101325767222e-06,
    -3.4838557557291117e-07,
    -1.000128853940553e-07,
    -4.3129184172684204e-08,
    -2.337390287012516e-08,
    -8.42771682702194e-09,
    6.734310537909657e-09,
    1.4034024133959491e-08,
    5.975030968277672e-09,
    -7.641795676034438e-09,
    -7.889848976920764e-09,
    3.4251438778109992e-09,
    6.245255068442246e-09,
    -1.4374337131008915e-09,
    -3.797451097225927e-09,
    5.286046246017779e-10,
    1.6868438196411579e-09,
    -1.3971214581347582e-10,
    -4.766622015982119e-10,
    1.844115411882636e-11,
    6.319632530497757e-11,
)
"""`i1e(x) √x` in `16 / x - 1` for x from 8 on."""
HUGE = 2.0**64
"""From here on `16 / x` is nothing beside 1."""


def bessel_i1e(x: Wide) -> Wide:
    """Returns the modified Bessel function of order 1, times e^-|x|; an odd function."""
    a = x.abs()
    far = a.rough > 8.0
    small = a.const(8.0).where(far, a)
    near = small * (small * 0.25 - 1.0).polynomial(I1E_NEAR)
    # the inverse of a huge number would be subnormal
    huge = a.rough > HUGE
    moved = (a * (1 / HUGE)).where(huge, a)
    inverse = a.const(1.0) / moved.where(far & (a.rough < inf), 8.0)
    place = (inverse * 16.0).where(huge.equals(0), 0.0) - 1.0
    root = inverse.where(far, 0.125).sqrt()
    root = (root * HUGE**-0.5).where(huge, root)
    tail = place.polynomial(I1E_FAR) * root
    result = tail.where(far, near)
    result = result.where(a.rough < inf, 0.0)
    result = result.where(x.rough >= 0.0, -result)
    return result.where(a.rough > 0.0, x)
