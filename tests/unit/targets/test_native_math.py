"""Every expanded math function against NumPy in double precision:
a bound in units in the last place.
"""

import math

import numpy as np
import pytest

EDGES = np.array(
    [
        *(
            0.0,
            1.0,
            1e-45,
            1e-40,
            1.1754944e-38,
            1e-20,
            0.5,
            0.49999997,
            1.5,
            2.5,
            3.0,
            88.72,
            88.73,
            103.9,
        ),
        *(104.5, 8191.9, 8192.0, 1e5, 1e10, 1e22, 3.4028235e38, np.inf),
    ],
    np.float32,
)
EDGES = np.concatenate([EDGES, -EDGES, [np.float32(np.nan)]])


def samples(seed=0):
    """Edge cases, all kinds of f32, and what is near the origin."""
    random = np.random.default_rng(seed)
    bits = random.integers(0, 2**32, 30000, np.uint64).astype(np.uint32).view(np.float32)
    parts = [
        random.uniform(-width, width, 10000).astype(np.float32) for width in (0.1, 1, 10, 100, 9000)
    ]
    return np.concatenate([EDGES, bits, *parts])


def units_in_the_last_place(got, expected):
    """How far f32 results are from exact ones; 0 for two NaN, infinite for a wrong sign."""
    with np.errstate(all="ignore"):
        rounded = expected.astype(np.float32)
        spacing = np.spacing(np.abs(rounded)).astype(np.float64)
        error = np.abs(got.astype(np.float64) - expected) / spacing
    same = (got.view(np.int32) == rounded.view(np.int32)) | (np.isnan(got) & np.isnan(rounded))
    error[same] = 0
    error[np.isnan(error) | (np.signbit(got) != np.signbit(rounded)) & ~same] = np.inf
    return error


def check(got, expected, bound, *arguments):
    error = units_in_the_last_place(got, expected)
    worst = int(np.argmax(error))
    where = tuple(argument[worst] for argument in arguments)
    assert error[worst] <= bound, (
        f"{error[worst]} ulp at {where}: {got[worst]}, not {expected[worst]}"
    )


def exact(name, x):
    """A function of f32 values in double precision."""
    with np.errstate(all="ignore"):
        wide = x.astype(np.float64)
        match name:
            case "erf":
                return np.vectorize(math.erf)(wide)
            case "rsqrt":
                return 1 / np.sqrt(wide)
            case "round":
                return np.copysign(np.floor(np.abs(wide) + 0.5), wide)
            case "roundeven":
                return np.rint(wide)
            case "absf":
                return np.abs(wide)
            case _:
                return getattr(np, name)(wide)


BOUNDS = {
    "absf": 0,
    "ceil": 0,
    "cos": 2.5,
    "erf": 5,
    "exp": 1.5,
    "exp2": 1.5,
    "expm1": 2,
    "floor": 0,
    "log": 1.5,
    "log10": 2.5,
    "log1p": 3,
    "log2": 2,
    "round": 0,
    "roundeven": 0,
    "rsqrt": 1.5,
    "sin": 2.5,
    "sqrt": 0.5,
    "tanh": 3,
    "trunc": 0,
}


@pytest.mark.parametrize(("name", "bound"), BOUNDS.items())
def test_unary(native, name, bound):
    x = samples()
    check(native.elementwise(f"math.{name} $ : f32", x), exact(name, x), bound, x)


def pairs():
    random = np.random.default_rng(1)
    left, right = (side.ravel() for side in np.meshgrid(EDGES, EDGES))
    near_one, few = random.uniform(0.9, 1.1, 20000), random.uniform(-5, 5, 20000)
    large, whole = random.uniform(-800, 800, 20000), random.integers(-5, 6, 20000)
    bases = [left, samples(2), near_one, few]
    exponents = [right, samples(3), large, whole]
    return [
        np.concatenate([part.astype(np.float32) for part in side]) for side in (bases, exponents)
    ]


@pytest.mark.parametrize(
    ("op", "function", "bound"),
    [("math.powf", np.power, 2.5), ("math.atan2", np.arctan2, 2.5), ("arith.remf", np.fmod, 0)],
)
def test_binary(native, op, function, bound):
    x, y = pairs()
    with np.errstate(all="ignore"):
        expected = function(x.astype(np.float64), y.astype(np.float64))
    check(native.elementwise(f"{op} $ : f32", x, y), expected, bound, x, y)


def test_fma_rounds_once(native):
    a = np.array([1 + 2**-12, 3e38], np.float32)
    c = np.array([-(1 + 2**-11), -np.inf], np.float32)
    assert native.elementwise("math.fma $ : f32", a, a, c).tolist() == [2.0**-24, -np.inf]


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_large_angles_keep_their_digits(native, name):
    x = np.array([1e22, 2.0**100, 3.4028235e38, -16367173.0 * 2.0**72], np.float32)
    got = native.elementwise(f"math.{name} $ : f32", x)
    expected = [getattr(math, name)(float(value)) for value in x]
    np.testing.assert_allclose(got, expected, rtol=3e-7)
