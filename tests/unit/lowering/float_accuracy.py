"""Measures the float functions that compiled programs compute, in units in the last place.

    python tests/unit/lowering/float_accuracy.py --types f32 f64 --targets llvm-cpu vmvx

prints the largest error of each function and where it is. `measure` does one function for a test.
The references are NumPy's and libm's in a wider type: f64 for f32, and 64 digits or more
(`np.longdouble`) for f64.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import ml_dtypes
import numpy as np

import ireelite
from ireelite.executables import native_object

Reference = Callable[..., np.ndarray]

TYPES = {"f32": (np.float32, np.uint32, np.float64), "f64": (np.float64, np.uint64, np.longdouble)}
"""NumPy's type, the integers of its width, and the type of its references."""

DEVICES = {"llvm-cpu": "local-sync", "vmvx": "local-sync", "vulkan-spirv": "webgpu"}


@dataclass(frozen=True)
class Accuracy:
    """The largest error of a function on a set of points."""

    error: float
    """In units in the last place of the correctly rounded result; infinite for a wrong sign, NaN or
    infinity."""
    place: tuple[complex, ...]
    got: complex
    expected: complex

    def __str__(self) -> str:
        where = ", ".join(map(str, self.place))
        return f"{self.error:.3f} ulp at {where}: {self.got}, exactly {self.expected}"


# -- references ------------------------------------------------------------------------------------


def erf(x: np.ndarray) -> np.ndarray:
    """The error function by a series of positive terms, in x's own type."""
    a = np.minimum(np.abs(x), x.dtype.type(7))
    term, total, square = a, a, a * a
    for n in range(1, 160):
        term = term * (2 * square) / (2 * n + 1)
        total = total + term
    near = 2 / np.sqrt(_pi(x.dtype)) * np.exp(-square) * total
    return np.copysign(np.where(np.isnan(x), x, np.where(a >= 6.5, 1, near)), x)


def _pi(dtype: np.dtype) -> np.ndarray:
    return 4 * np.arctan(dtype.type(1))


def round_away(x: np.ndarray) -> np.ndarray:
    whole = np.trunc(x)
    return np.where(np.abs(x - whole) >= 0.5, whole + np.copysign(1, x), whole)


def maximum(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The larger; 0 is larger than -0."""
    return np.where(x == y, np.where(np.signbit(x), y, x), np.maximum(x, y))


def minimum(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The smaller; -0 is smaller than 0."""
    return np.where(x == y, np.where(np.signbit(x), x, y), np.minimum(x, y))


UNARY: dict[str, Reference] = {
    "absf": np.abs,
    "acos": np.arccos,
    "acosh": np.arccosh,
    "asin": np.arcsin,
    "asinh": np.arcsinh,
    "atan": np.arctan,
    "atanh": np.arctanh,
    "cbrt": np.cbrt,
    "ceil": np.ceil,
    "cos": np.cos,
    "cosh": np.cosh,
    "erf": erf,
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "floor": np.floor,
    "log": np.log,
    "log10": np.log10,
    "log1p": np.log1p,
    "log2": np.log2,
    "round": round_away,
    "roundeven": np.rint,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "sin": np.sin,
    "sinh": np.sinh,
    "sqrt": np.sqrt,
    "tan": np.tan,
    "tanh": np.tanh,
    "trunc": np.trunc,
}
"""Ops of the math dialect and their references."""

BINARY: dict[str, Reference] = {
    "math.atan2": np.arctan2,
    "math.copysign": np.copysign,
    "math.powf": np.power,
    "arith.remf": np.fmod,
    "arith.addf": np.add,
    "arith.subf": np.subtract,
    "arith.mulf": np.multiply,
    "arith.divf": np.divide,
    "arith.maximumf": maximum,
    "arith.minimumf": minimum,
}

EXACT = {"absf", "ceil", "floor", "round", "roundeven", "trunc", "arith.remf", "math.copysign"}
"""Functions whose results have no rounding error."""


# -- points ----------------------------------------------------------------------------------------


def edges(type: str) -> np.ndarray:
    """Numbers at which a formula changes or fails, of both signs."""
    kind, _, _ = TYPES[type]
    info = np.finfo(kind)
    borders = [0.0, info.smallest_subnormal, info.tiny / 2, info.tiny, info.max, np.inf, np.nan]
    near = [0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, math.pi / 2, math.pi, math.sqrt(0.5), math.sqrt(2)]
    near += [math.tan(math.pi / 8), 2.0**13, 2.0**19, 88.72, 103.9, 709.78, 745.13, 1e22, 4.0, 6.0]
    near += [info.maxexp, info.minexp, math.log(2) * info.maxexp, math.log(2) * (info.maxexp + 1)]
    near += [1 / info.eps, 2 / info.eps, info.eps, info.eps / 2, 20.0, 40.0, 10.0, 100.0, 1000.0]
    numbers = np.array(near, kind)
    around = [np.nextafter(numbers, kind(side)) for side in (0, np.inf)]
    result = np.concatenate([np.array(borders, kind), numbers, *around])
    return np.concatenate([result, -result])


def near_quadrants(type: str) -> np.ndarray:
    """Floats next to multiples of π/2, where a sine or cosine loses digits."""
    kind, _, _ = TYPES[type]
    counts = np.concatenate([np.arange(1, 400), 2 ** np.arange(9, 62, dtype=np.int64) + 1])
    return (counts.astype(np.longdouble) * (_pi(np.dtype(np.longdouble)) / 2)).astype(kind)


HARD_ANGLES = {
    "f32": [-16367173.0 * 2.0**72, 16367173.0 * 2.0**72],
    "f64": [6381956970095103.0 * 2.0**797, 5319372648326541.0 * 2.0**255],
}
"""Floats closest to a multiple of π/2 for their exponents."""


@cache
def points(type: str, count: int, seed: int = 0) -> np.ndarray:
    """Edges, floats of all exponents, and floats from ranges in which functions are interesting."""
    kind, integer, _ = TYPES[type]
    random = np.random.default_rng(seed)
    parts = [edges(type), near_quadrants(type), np.array(HARD_ANGLES[type], kind)]
    parts.append(random.integers(0, np.iinfo(integer).max, count, integer).view(kind))
    for width in (0.01, 0.5, 1, 2, 6, 20, 100, 800, 1e5):
        parts.append(random.uniform(-width, width, count // 4).astype(kind))
    parts.append((1 + random.uniform(-1, 1, count // 4) ** 9).astype(kind))
    return np.concatenate(parts)


def pairs(type: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Operands of binary functions."""
    kind, _, _ = TYPES[type]
    random = np.random.default_rng(3)
    left, right = (side.ravel() for side in np.meshgrid(edges(type), edges(type)))
    spread = random.permutation(points(type, count, 1))
    other = random.permutation(points(type, count, 2))[: len(spread)]
    near_one = random.uniform(0.7, 1.5, count)
    large = random.uniform(-1, 1, count) * (170 if type == "f32" else 1500)
    positive = np.exp(random.uniform(-1, 1, count) * (80 if type == "f32" else 600))
    small = random.uniform(-1.05, 1.05, count)
    whole = random.integers(-9, 10, count)
    bases = [left, spread, near_one, positive, -positive, random.uniform(0.5, 40, count)]
    exponents = [right, other, large, small, whole, random.uniform(-180, 180, count)]
    return (
        np.concatenate([part.astype(kind) for part in bases]),
        np.concatenate([part.astype(kind) for part in exponents]),
    )


# -- running ---------------------------------------------------------------------------------------


def spelling(name: str) -> str:
    """The op that a name of the tables means."""
    return name if "." in name else f"math.{name}"


def compiled(name: str, type: str, target: str, count: int) -> ireelite.LoadedModule:
    """A program that applies a function to tensors of `count` elements."""
    arity = 2 if name in BINARY else 1
    tensor = f"tensor<{count}x{type}>"
    arguments = [f"%a{n}" for n in range(arity)]
    declared = ", ".join(f"{argument}: {tensor}" for argument in arguments)
    text = f"""
      func.func @main({declared}) -> {tensor} {{
        %0 = {spelling(name)} {", ".join(arguments)} : {tensor}
        return %0 : {tensor}
      }}"""
    program = ireelite.compile(text, targets=[target])
    return ireelite.load(program, device=DEVICES[target])


def evaluate(name: str, type: str, target: str, *operands: np.ndarray) -> np.ndarray:
    """A function of arrays of rank 1, compiled and run."""
    return compiled(name, type, target, len(operands[0])).main(*operands)


def machine(cpu: str) -> Callable[[], native_object.Machine]:
    """What replaces `native_object.host_machine` to compile for another CPU of this machine's kind,
    as `x86-64-v2`, which has no fused multiply-add.
    """
    other = native_object.Machine(native_object.host_machine().triple, cpu, "")
    return lambda: other


# -- errors ----------------------------------------------------------------------------------------


def spacing(x: np.ndarray) -> np.ndarray:
    """The unit in the last place, of infinity that of the largest finite numbers."""
    largest = ml_dtypes.finfo(x.dtype).max
    return np.spacing(np.minimum(np.abs(x), np.nextafter(largest, x.dtype.type(0))))


def errors(got: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """How far floats are from exact results of a wider type, in units in the last place."""
    kind, wide = got.dtype.type, expected.dtype.type
    info = ml_dtypes.finfo(kind)
    with np.errstate(all="ignore"):
        rounded = expected.astype(kind)
        beyond = wide(2) ** int(info.maxexp)
        finite = np.clip(got.astype(wide), -beyond, beyond)
        exact = np.clip(expected, -beyond, beyond)
        error = np.abs(finite - exact) / spacing(rounded).astype(wide)
        same = (got == rounded) & (np.signbit(got) == np.signbit(rounded))
        same |= np.isnan(got) & np.isnan(rounded)
    error[same & (np.isinf(rounded) | np.isnan(rounded) | (rounded == 0))] = 0
    error[np.isnan(error) | (np.signbit(got) != np.signbit(rounded)) & ~same] = np.inf
    return error.astype(np.float64)


def reference(name: str, type: str, *operands: np.ndarray) -> np.ndarray:
    """The exact results, in a wider type."""
    wide = TYPES[type][2]
    function = BINARY[name] if name in BINARY else UNARY[name]
    with np.errstate(all="ignore"):
        return np.asarray(function(*(operand.astype(wide) for operand in operands)))


def worst(got: np.ndarray, expected: np.ndarray, operands: Sequence[np.ndarray]) -> Accuracy:
    """The largest error."""
    all_errors = errors(got, expected)
    at = int(np.argmax(all_errors))
    place = tuple(float(operand[at]) for operand in operands)
    return Accuracy(float(all_errors[at]), place, float(got[at]), float(expected[at]))


def measure(name: str, type: str, target: str, count: int = 2000) -> Accuracy:
    """The largest error of a function on a target, on a few times `count` points."""
    return measure_at(name, type, target, operands(name, type, count))


def operands(name: str, type: str, count: int) -> Sequence[np.ndarray]:
    """A few times `count` points in a function's domain, and outside it."""
    return pairs(type, count) if name in BINARY else (points(type, count),)


def measure_at(name: str, type: str, target: str, places: Sequence[np.ndarray]) -> Accuracy:
    """The largest error at some places."""
    got = evaluate(name, type, target, *places)
    return worst(got, reference(name, type, *places), places)


def measure_all(name: str, target: str, stride: int) -> Accuracy:
    """The largest error of a unary function on every `stride`-th f32."""
    chunk = 1 << 20
    program = compiled(name, "f32", target, chunk)
    results = []
    for start in range(0, 1 << 32, chunk * stride):
        bits = np.arange(start, start + chunk * stride, stride, np.uint64)
        x = np.minimum(bits, 0xFFFFFFFF).astype(np.uint32).view(np.float32)
        results.append(worst(program.main(x), reference(name, "f32", x), [x]))
    return max(results, key=lambda accuracy: accuracy.error)


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("functions", nargs="*", default=[*UNARY, *BINARY])
    parser.add_argument("--types", nargs="+", choices=TYPES, default=["f32", "f64"])
    parser.add_argument("--targets", nargs="+", choices=DEVICES, default=["llvm-cpu"])
    parser.add_argument("--count", type=int, default=20000, help="about a quarter of the points")
    parser.add_argument("--stride", type=int, help="unary functions on every so manieth f32")
    parser.add_argument("--cpu", help="what llvm-cpu compiles for, as x86-64-v2")
    options = parser.parse_args()
    if options.cpu:
        native_object.host_machine = machine(options.cpu)
    for name in options.functions:
        for type in options.types:
            for target in options.targets:
                if options.stride and type == "f32" and name in UNARY:
                    accuracy = measure_all(name, target, options.stride)
                else:
                    accuracy = measure(name, type, target, options.count)
                print(f"{name:16} {type:4} {target:12} {accuracy}", flush=True)


if __name__ == "__main__":
    main()
