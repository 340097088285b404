"""Elementwise functions of StableHLO and CHLO against NumPy on every target, in one module a target:
every op on every kind of element it takes, with the values at which formulas go wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest

import ireelite

DEVICES = {"llvm-cpu": "local-sync", "vmvx": "local-sync", "vulkan-spirv": "webgpu"}
MLIR = {
    "bool": "i1",
    "int8": "i8",
    "int16": "i16",
    "int32": "i32",
    "int64": "i64",
    "uint8": "ui8",
    "uint16": "ui16",
    "uint32": "ui32",
    "uint64": "ui64",
    "float16": "f16",
    "float32": "f32",
    "float64": "f64",
    "complex64": "complex<f32>",
}
SIGNED = ("int8", "int64")
UNSIGNED = ("uint8", "uint32")
FLOATS = ("float16", "float32", "float64")

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 7.0, -88.9, -103.0, np.inf, -np.inf]


def numbers(dtype: str, seed: int) -> np.ndarray:
    """40 numbers of a type: the ends of its range, special ones, and random ones."""
    random, kind = np.random.default_rng(seed), np.dtype(dtype)
    if dtype == "bool":
        return random.integers(0, 2, 40).astype(bool)
    if kind.kind in "iu":
        info = np.iinfo(dtype)
        ends = [info.min, info.max, 0, 1, info.max - 1, info.bits, info.bits - 1, -1 & info.max]
        rest = random.integers(info.min, info.max, 16, dtype, endpoint=True)
        small = random.integers(0, 9, 16)
        return random.permutation(np.array([*ends, *rest.tolist(), *small.tolist()], dtype))
    if kind.kind == "c":
        parts = numbers("float32", seed), numbers("float32", seed + 1)
        finite = [np.where(np.isfinite(p) & (np.abs(p) < 30), p, 0.25) for p in parts]
        return (finite[0] + 1j * finite[1]).astype(dtype)
    info = np.finfo(dtype)
    ends = [np.nan, info.max, -info.max, info.tiny, info.smallest_subnormal, -info.tiny]
    return random.permutation(np.array([*SPECIAL, *ends, *random.normal(0, 3, 20)], dtype))


@dataclass(frozen=True)
class Case:
    """An op on operands of some types, and what it yields."""

    op: str
    dtypes: tuple[str, ...]
    result: str
    reference: Callable[..., np.ndarray]
    ulps: float = 0

    @property
    def name(self) -> str:
        return f"{self.op}_{'_'.join(self.dtypes)}_{self.result}".replace(".", "_")

    @property
    def operands(self) -> list[np.ndarray]:
        return [numbers(dtype, 11 * n) for n, dtype in enumerate(self.dtypes)]

    def function(self) -> str:
        """The function that applies the op."""
        types = [f"tensor<40x{MLIR[dtype]}>" for dtype in (*self.dtypes, self.result)]
        names = [f"%a{n}" for n in range(len(self.dtypes))]
        declared = ", ".join(f"{n}: {t}" for n, t in zip(names, types[:-1], strict=True))
        return (
            f"func.func @{self.name}({declared}) -> {types[-1]} {{\n"
            f'  %0 = "{self.op}"({", ".join(names)}) : ({", ".join(types[:-1])}) -> {types[-1]}\n'
            f"  return %0 : {types[-1]}\n}}\n"
        )


def same(op: str, arity: int, dtypes: tuple[str, ...], reference, ulps: float = 0) -> list[Case]:
    """Cases whose result has the operands' type; floats narrower than f64 are computed in f64."""

    def wide(*operands: np.ndarray) -> np.ndarray:
        kind = operands[0].dtype
        if kind.kind == "f":
            operands = tuple(o.astype(np.float64) for o in operands)
        return np.asarray(reference(*operands)).astype(kind)

    return [Case(op, (d,) * arity, d, wide, ulps) for d in dtypes]


def bits(x: np.ndarray) -> int:
    return 8 * x.dtype.itemsize


def unsigned(x: np.ndarray) -> np.ndarray:
    return x.view(f"u{x.dtype.itemsize}")


def shift_left(x: np.ndarray, n: np.ndarray) -> np.ndarray:
    n = unsigned(n)
    inside = n < bits(x)
    return np.where(inside, unsigned(x) << np.where(inside, n, 0), 0).astype(unsigned(x).dtype)


def shift_right_logical(x: np.ndarray, n: np.ndarray) -> np.ndarray:
    n = unsigned(n)
    inside = n < bits(x)
    return np.where(inside, unsigned(x) >> np.where(inside, n, 0), 0).astype(unsigned(x).dtype)


def shift_right_arithmetic(x: np.ndarray, n: np.ndarray) -> np.ndarray:
    signed = x.view(f"i{x.dtype.itemsize}")
    return signed >> np.minimum(unsigned(n), bits(x) - 1).astype(signed.dtype)


def count(function: Callable[[int, int], int]) -> Callable[[np.ndarray], np.ndarray]:
    """A function of the bits of each integer, and of its width."""
    return lambda x: np.array([function(int(n), bits(x)) for n in unsigned(x)])


def divide(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Towards zero; by zero all bits are set, and the least number by -1 is itself."""
    low = 0 if x.dtype.kind == "u" else int(np.iinfo(x.dtype).min)
    mask = (1 << bits(x)) - 1
    quotients = []
    for a, b in zip(x.tolist(), y.tolist(), strict=True):
        q = -1 if b == 0 else abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        quotients.append(((q - low) & mask) + low)
    return np.array(quotients, x.dtype)


def remainder(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.array(
        [a if b == 0 else int(math.fmod(a, b)) if abs(a) < 2**50 else a - b * int_div(a, b)
         for a, b in zip(x.tolist(), y.tolist(), strict=True)], x.dtype
    )  # fmt: skip


def int_div(a: int, b: int) -> int:
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def maximum(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The larger one; 0 is larger than -0, and NaN wins."""
    equal = np.where(np.signbit(x), y, x)
    return np.where(x == y, equal, np.maximum(x, y))


def minimum(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return -maximum(-x, -y)


def integer_sign(x: np.ndarray) -> np.ndarray:
    return np.sign(x)


def float_sign(x: np.ndarray) -> np.ndarray:
    return np.where(x == 0, x, np.sign(x))


def round_away(x: np.ndarray) -> np.ndarray:
    return np.copysign(np.floor(np.abs(x) + 0.5), x)


def logistic(x: np.ndarray) -> np.ndarray:
    return np.where(x < 0, np.exp(x) / (1 + np.exp(x)), 1 / (1 + np.exp(-x)))


def high_product(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    shift, kind = bits(x), x.dtype
    return np.array([a * b >> shift for a, b in zip(x.tolist(), y.tolist(), strict=True)], kind)


def saturated(dtype: str) -> Callable[[np.ndarray], np.ndarray]:
    """Floats as integers: cut, NaN as 0, and what is out of range as the nearest end."""
    info = np.iinfo(dtype)

    def convert(x: np.ndarray) -> np.ndarray:
        whole = [0 if math.isnan(v) else v for v in x.astype(np.float64).tolist()]
        ends = [info.min if v < info.min else info.max if v > info.max else int(v) for v in whole]
        return np.array(ends, dtype)

    return convert


def lgamma(x: float) -> float:
    try:
        return math.lgamma(x)
    except (ValueError, OverflowError):
        return math.inf


WIDE = ("float32", "float64")


def cases() -> Iterator[Case]:
    integers = SIGNED + UNSIGNED
    for name, reference in (
        ("shift_left", shift_left),
        ("shift_right_logical", shift_right_logical),
        ("shift_right_arithmetic", shift_right_arithmetic),
        ("divide", divide),
        ("remainder", remainder),
        ("maximum", np.maximum),
        ("minimum", np.minimum),
        ("add", np.add),
        ("multiply", np.multiply),
    ):
        for dtype in integers:
            yield Case(f"stablehlo.{name}", (dtype, dtype), dtype, bitwise(reference, dtype))
    for name, reference in (
        ("popcnt", count(lambda n, _: n.bit_count())),
        ("count_leading_zeros", count(lambda n, width: width - n.bit_length())),
        ("not", np.invert),
        ("negate", np.negative),
    ):
        for dtype in integers:
            yield Case(f"stablehlo.{name}", (dtype,), dtype, bitwise(reference, dtype))
    for dtype in integers:
        yield Case("chlo.mulhi", (dtype, dtype), dtype, high_product)
    yield from same("stablehlo.sign", 1, SIGNED, integer_sign)
    for name, reference, ulps in (
        ("sign", float_sign, 0),
        ("ceil", np.ceil, 0),
        ("floor", np.floor, 0),
        ("round_nearest_afz", round_away, 0),
        ("round_nearest_even", np.rint, 0),
        ("cbrt", np.cbrt, 2),
        ("cosine", np.cos, 2),
        ("logistic", logistic, 2),
        ("tan", np.tan, 2),
        ("tanh", np.tanh, 2),
    ):
        yield from same(f"stablehlo.{name}", 1, FLOATS, reference, ulps)
    for name, reference in (
        ("acos", np.arccos),
        ("acosh", np.arccosh),
        ("asin", np.arcsin),
        ("asinh", np.arcsinh),
        ("atan", np.arctan),
        ("atanh", np.arctanh),
        ("cosh", np.cosh),
        ("erf", np.vectorize(math.erf, otypes=[float])),
        ("erfc", np.vectorize(math.erfc, otypes=[float])),
        ("lgamma", np.vectorize(lgamma, otypes=[float])),
        ("sinh", np.sinh),
        ("square", np.square),
    ):
        yield from same(f"chlo.{name}", 1, ("float32",), reference, 2)
    for name, reference in (("maximum", maximum), ("minimum", minimum), ("remainder", np.fmod)):
        yield from same(f"stablehlo.{name}", 2, FLOATS, reference)
    yield from same("stablehlo.atan2", 2, WIDE, np.arctan2, 2)
    yield from same("stablehlo.power", 2, WIDE, np.power, 2)
    for dtype in FLOATS:
        yield Case("chlo.next_after", (dtype, dtype), dtype, np.nextafter)
    for dtype in FLOATS:
        yield Case("stablehlo.is_finite", (dtype,), "bool", np.isfinite)
        yield Case("chlo.is_inf", (dtype,), "bool", np.isinf)
        yield Case("chlo.is_neg_inf", (dtype,), "bool", lambda x: x == -np.inf)
        yield Case("stablehlo.convert", (dtype,), "bool", lambda x: x != 0)
        for integer in ("int8", "uint32", "int64"):
            yield Case("stablehlo.convert", (dtype,), integer, saturated(integer))
        yield Case(
            "stablehlo.clamp", (dtype,) * 3, dtype, lambda a, x, b: minimum(maximum(x, a), b)
        )
    for dtype in integers:
        yield Case("stablehlo.convert", (dtype,), "float32", lambda x: x.astype(np.float32))
    for name, reference in (("real", np.real), ("imag", np.imag), ("abs", np.abs)):
        yield Case(f"stablehlo.{name}", ("complex64",), "float32", reference, 2)
    yield Case("stablehlo.complex", ("float32",) * 2, "complex64", as_complex)
    for name, reference in (
        ("tan", np.tan),
        ("log_plus_one", log_plus_one),
        ("cbrt", complex_root),
    ):
        yield from same(f"stablehlo.{name}", 1, ("complex64",), widened(reference), 16)
    for name, reference in (
        ("acos", np.arccos),
        ("acosh", np.arccosh),
        ("asin", np.arcsin),
        ("asinh", np.arcsinh),
        ("atan", np.arctan),
        ("atanh", np.arctanh),
        ("conj", np.conj),
        ("cosh", np.cosh),
        ("sinh", np.sinh),
    ):
        yield from same(f"chlo.{name}", 1, ("complex64",), widened(reference), 16)


def bitwise(reference: Callable[..., np.ndarray], dtype: str) -> Callable[..., np.ndarray]:
    """A reference whose result is taken modulo the width of a type."""

    def wrapped(*operands: np.ndarray) -> np.ndarray:
        return np.asarray(reference(*operands)).astype(dtype)

    return wrapped


def as_complex(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    result = np.empty(len(x), np.complex64)
    result.real, result.imag = x, y
    return result


def widened(reference: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: reference(x.astype(np.complex128))


def log_plus_one(x: np.ndarray) -> np.ndarray:
    return np.log(1 + x)


def complex_root(x: np.ndarray) -> np.ndarray:
    return np.where(x == 0, x, np.cbrt(np.abs(x)) * np.exp(1j * np.angle(x) / 3))


CASES = list({case.name: case for case in cases()}.values())


def agree(got: np.ndarray, expected: np.ndarray, ulps: float) -> np.ndarray:
    """Where results are those that are expected, NaN and the sign of zero included, or within some
    units in the last place; of complex numbers, in that of the length.
    """
    if got.dtype.kind == "c":
        size = np.maximum(np.spacing(np.abs(expected)), np.finfo(np.float32).tiny)
        equal = (got == expected) | (np.isnan(got) & np.isnan(expected))
        return equal | (np.abs(got - expected) <= ulps * size)
    if got.dtype.kind != "f":
        return got == expected
    same_bits = (got == expected) & (np.signbit(got) == np.signbit(expected))
    same_bits |= np.isnan(got) & np.isnan(expected)
    distance = np.abs(got.astype(np.float64) - expected.astype(np.float64))
    near = distance <= ulps * np.spacing(np.abs(expected)).astype(np.float64)
    return same_bits | (near & (ulps > 0) & (np.signbit(got) == np.signbit(expected)))


@pytest.mark.parametrize("target", DEVICES)
def test_functions_are_those_of_numpy(target):
    text = "".join(case.function() for case in CASES)
    module = ireelite.load(ireelite.compile(text, targets=[target]), device=DEVICES[target])
    wrong: list[str] = []
    for case in CASES:
        with np.errstate(all="ignore"):
            got = np.asarray(getattr(module, case.name)(*case.operands)).view(case.result)
            expected = case.reference(*case.operands).astype(case.result)
            allowed = case.ulps * (1 if target == "llvm-cpu" else 2)
            if not (good := agree(got, expected, allowed)).all():
                at = int(np.argmin(good))
                places = [operand[at] for operand in case.operands]
                wrong.append(f"{case.name}{places}: {got[at]!r}, expected {expected[at]!r}")
    assert wrong == []
