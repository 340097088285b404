"""Where the functions are measured that are not measured at all numbers."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

import ireelite

INTEGERS = {2: np.uint16, 4: np.uint32, 8: np.uint64}
"""Bytes of a float -> the integers of its width."""
WIDTHS = (0.01, 0.5, 1, 2, 6, 20, 100, 1e4)
"""Half the widths of ranges around 0 in which functions are interesting."""
NEIGHBOURS = 24
"""Floats on either side of a threshold that are visited."""
CONSTANT = re.compile(r"constant\((-?\d[^ ]*) : f(?:32|64)\)")


HARD = json.loads((Path(__file__).parent / "hard_points.json").read_text())
"""Op -> operands at which an error was large once: of floats, and of complex numbers as pairs."""
QUARTER_TURNS = [n * math.pi / 2 for n in (*range(1, 80), 2**10, 2**13 * 2 / math.pi, 10**5)]
POLES = [float(-n) for n in (*range(26), 100, 1000, 10**5, 2**22)]
DIGAMMA_ZEROS = [
    1.4616321449683623,
    -0.5040830082644554,
    -1.5734984731623904,
    -2.6107208684441447,
    -3.6352933664369012,
    -4.653237761743142,
    -5.667162441556886,
]
LGAMMA_ZEROS = [
    *(1.0, 2.0, -2.457024738220801, -2.747682646727413, -3.143580888349980, -3.955294284858597),
    *(-4.039361839740537, -4.991544640560047, -5.008218168322593, -5.998607480080876),
    *(-6.001385294453155, -6.999801507890638),
]
CRITICAL: Mapping[str, list[float]] = {
    "stablehlo.cosine": QUARTER_TURNS,
    "stablehlo.sine": QUARTER_TURNS,
    "stablehlo.tan": QUARTER_TURNS,
    "chlo.digamma": [*POLES, *DIGAMMA_ZEROS],
    "chlo.lgamma": [*POLES, *LGAMMA_ZEROS],
}
"""Op -> zeros and poles, besides the numbers that its formula has."""


def critical(name: str) -> np.ndarray:
    """Zeros and poles of a function of one float."""
    return np.array(CRITICAL.get(name, []), np.float64)


def known(name: str, kind: np.dtype, arity: int, is_complex: bool) -> list[np.ndarray]:
    """The hard points of a function, a column for each operand; at least one point."""
    rows = HARD["complex" if is_complex else "float"].get(name, []) or [[1.0] * arity]
    columns = [[complex(*x) if isinstance(x, list) else x for x in column] for column in zip(*rows)]
    with np.errstate(all="ignore"):
        return [
            np.array(
                column, np.result_type(kind, np.complex64) if is_complex else np.float64
            ).astype(np.result_type(kind, np.complex64) if is_complex else kind)
            for column in columns
        ]


def all_exponents(kind: np.dtype, fraction: int, count: int, random: np.random.Generator):
    """Floats of each sign and exponent, 0's and infinity's among them, equally many of each."""
    integer = INTEGERS[kind.itemsize]
    heads = np.arange(count, dtype=np.uint64) % (1 << (8 * kind.itemsize - fraction))
    fractions = random.integers(0, 1 << fraction, count, np.uint64)
    return ((heads << np.uint64(fraction)) | fractions).astype(integer).view(kind)


def stratified(
    kind: np.dtype, fraction: int, count: int, random: np.random.Generator
) -> np.ndarray:
    """Two thirds of all exponents alike, the others in ranges where functions are interesting."""
    spread = all_exponents(kind, fraction, count - count // 3, random)
    widths = random.choice(WIDTHS, count // 3)
    with np.errstate(over="ignore"):
        return np.concatenate([spread, (widths * random.uniform(-1, 1, count // 3)).astype(kind)])


def special_values(kind: np.dtype, thresholds: np.ndarray) -> np.ndarray:
    """Zeros, infinities, NaN, the ends of the ranges of normal and subnormal numbers, and the
    neighbours of thresholds; of both signs.
    """
    import ml_dtypes

    info = ml_dtypes.finfo(kind)
    least = float(info.smallest_subnormal)
    ends = [0.0, least, 2 * least, float(info.tiny) - least, float(info.tiny), float(info.max)]
    with np.errstate(over="ignore"):
        near = np.unique(np.abs(np.concatenate([thresholds, 2.0 ** np.arange(-24, 25)])))
        near = near.astype(kind)
    bits = near.view(INTEGERS[kind.itemsize])
    around = [bits + np.array(n).astype(bits.dtype) for n in range(-NEIGHBOURS, NEIGHBOURS + 1)]
    positive = np.concatenate(
        [np.array([*ends, np.inf, np.nan]).astype(kind), np.concatenate(around).view(kind)]
    )
    return np.concatenate([positive, -positive])


def thresholds(program: ireelite.Program) -> np.ndarray:
    """The floats that a compiled function compares with, and those that it computes with."""
    text = program.ir("executables", elide=False)
    return np.unique([float(x) for x in CONSTANT.findall(text) if not x.startswith("0x")])


def ordinary(
    name: str, kind: np.dtype, fraction: int, count: int, random: np.random.Generator
) -> list[np.ndarray]:
    """Operands of a function of two numbers, many of them where its result is finite."""
    if name == "chlo.zeta":
        negative = -np.exp(random.uniform(-4, 5, count // 3))
        second = np.concatenate([np.exp(random.uniform(-5, 9, count - count // 3)), negative])
        first = 1 + np.exp(random.uniform(-3, 4.5, count))
        parts = [np.where(second < 0, np.rint(first) + 1, first), second]
    elif name == "chlo.polygamma":
        negative = -np.exp(random.uniform(-4, 5, count // 3))
        second = np.concatenate([np.exp(random.uniform(-4, 9, count - count // 3)), negative])
        parts = [random.integers(0, 25, count), second]
    elif name == "stablehlo.power":
        span, largest = (20, 89) if kind.itemsize <= 4 else (300, 720)
        base = np.exp(random.uniform(-span, span, count)) * random.choice([1, 1, 1, -1], count)
        base[: count // 4] = 1 + random.uniform(-0.1, 0.1, count // 4) ** 3
        size = random.uniform(-1.2, 1.2, count) * largest
        size = size / np.maximum(np.abs(np.log(np.abs(base))), 1e-9)
        parts = [base, np.where(base < 0, np.rint(size), size)]
    else:
        parts = [random.permutation(stratified(kind, fraction, count, random)) for _ in range(2)]
        near = random.choice([1.0, 1.0, -1.0, 1e-3, 1e3], count // 4)
        with np.errstate(all="ignore"):
            scale = np.exp2(random.uniform(-3, 3, count // 4)) * near
            parts[1][: count // 4] = (parts[0][: count // 4].astype(np.float64) * scale).astype(
                kind
            )
    with np.errstate(over="ignore"):
        return [np.asarray(part).astype(kind) for part in parts]


def complex_power_operands(kind: np.dtype, count: int, random: np.random.Generator):
    """Bases of all angles, and exponents whose products with the base's logarithm are moderate."""
    base = np.exp(random.uniform(-8, 8, count) + 1j * random.uniform(-np.pi, np.pi, count))
    product = random.uniform(-80, 80, count) + 1j * random.uniform(-80, 80, count)
    product *= random.uniform(0, 1, count) ** 3
    both = [base, product / np.log(base)]
    return [x.astype(np.result_type(kind, np.complex64)) for x in both]


def complex_quotients(kind: np.dtype, count: int, random: np.random.Generator):
    """Operands of a complex arc tangent of all ratios, many of them near ±i, where it is infinite."""
    make = lambda n: random.normal(size=n) + 1j * random.normal(size=n)  # noqa: E731
    scale = lambda n: np.exp(random.uniform(-1, 1, n) * random.choice([1, 20, 40], n))  # noqa: E731
    y, x = make(count) * scale(count), make(count) * scale(count)
    part = count // 3
    ratio = np.exp(random.uniform(-40, 2, part) + 1j * random.uniform(-4, 4, part))
    y[:part] = x[:part] * ratio
    near = slice(part, 2 * part)
    off = np.exp(random.uniform(-18, 0, part) + 1j * random.uniform(-4, 4, part))
    y[near] = 1j * random.choice([1, -1], part) * x[near] * (1 + off)
    return [z.astype(np.result_type(kind, np.complex64)) for z in (y, x)]


COMPLEX_OPERANDS: Mapping[str, Callable[..., list[np.ndarray]]] = {
    "stablehlo.atan2": complex_quotients,
    "stablehlo.power": complex_power_operands,
}
"""Op -> what makes its operands, where numbers of all magnitudes would rarely be of use."""


def complex_numbers(kind: np.dtype, fraction: int, count: int, random: np.random.Generator):
    """Complex numbers of all magnitudes of their parts, and some near 0, the unit circle, and the
    axes.
    """

    def part() -> np.ndarray:
        values = stratified(kind, fraction, count, random)
        return random.permutation(np.where(np.isfinite(values), values, 1))

    real, imaginary = part(), part()
    quarter = count // 4
    angle, size = random.uniform(-np.pi, np.pi, quarter), random.uniform(-1, 1, quarter) ** 5
    real[:quarter] = ((1 + size) * np.cos(angle)).astype(kind)
    imaginary[:quarter] = ((1 + size) * np.sin(angle)).astype(kind)
    near = slice(quarter, 2 * quarter)
    real[near] = random.uniform(-90, 90, quarter).astype(kind)
    imaginary[near] = random.uniform(-7, 7, quarter).astype(kind)
    result = np.empty(count, np.result_type(kind, np.complex64))
    result.real, result.imag = real, imaginary
    return result
