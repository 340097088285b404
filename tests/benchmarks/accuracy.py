"""Measures how exact the elementwise functions of compiled programs are on f32.

    python tests/benchmarks/accuracy.py --stride 1 --points 10000000

writes `notebooks/data/accuracy.json`: for each function and target the largest error, in units in
the last place of the correctly rounded result, where it is, and at how many points it was measured.
On llvm-cpu unary functions are measured at every `stride`-th f32 of all of them; elsewhere, and
functions of two numbers, at random points of all exponents. Rows of other functions stay in the
file. References are computed in f64.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

import ireelite

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(ROOT / "tests" / "unit" / "lowering"))

from float_accuracy import DEVICES, Accuracy, round_away, worst  # noqa: E402
from special_references import (  # noqa: E402
    bessel_i1e,
    digamma,
    erf,
    erf_inv,
    erfc,
    lgamma,
    polygamma,
    zeta,
)

DATA = ROOT / "notebooks" / "data" / "accuracy.json"
CHUNK = 1 << 18
"""Points that one call computes."""
SLOW_STRIDE = 1009
"""The least stride for a function whose reference NumPy has not."""
ALL = 1 << 32
"""How many f32 there are."""

Reference = Callable[..., np.ndarray]

UNARY: dict[str, Reference] = {
    "stablehlo.abs": np.abs,
    "stablehlo.cbrt": np.cbrt,
    "stablehlo.ceil": np.ceil,
    "stablehlo.cosine": np.cos,
    "stablehlo.exponential": np.exp,
    "stablehlo.exponential_minus_one": np.expm1,
    "stablehlo.floor": np.floor,
    "stablehlo.log": np.log,
    "stablehlo.log_plus_one": np.log1p,
    "stablehlo.logistic": lambda x: 1 / (1 + np.exp(-x)),
    "stablehlo.negate": np.negative,
    "stablehlo.round_nearest_afz": round_away,
    "stablehlo.round_nearest_even": np.rint,
    "stablehlo.rsqrt": lambda x: 1 / np.sqrt(x),
    "stablehlo.sign": lambda x: np.where(x == 0, x, np.sign(x)),
    "stablehlo.sine": np.sin,
    "stablehlo.sqrt": np.sqrt,
    "stablehlo.tan": np.tan,
    "stablehlo.tanh": np.tanh,
    "chlo.acos": np.arccos,
    "chlo.acosh": np.arccosh,
    "chlo.asin": np.arcsin,
    "chlo.asinh": np.arcsinh,
    "chlo.atan": np.arctan,
    "chlo.atanh": np.arctanh,
    "chlo.bessel_i1e": bessel_i1e,
    "chlo.cosh": np.cosh,
    "chlo.digamma": digamma,
    "chlo.erf": erf,
    "chlo.erf_inv": erf_inv,
    "chlo.erfc": erfc,
    "chlo.lgamma": lgamma,
    "chlo.sinh": np.sinh,
    "chlo.square": np.square,
}
"""Op -> its reference."""

BINARY: dict[str, Reference] = {
    "stablehlo.add": np.add,
    "stablehlo.atan2": np.arctan2,
    "stablehlo.divide": np.divide,
    "stablehlo.multiply": np.multiply,
    "stablehlo.power": np.power,
    "stablehlo.remainder": np.fmod,
    "stablehlo.subtract": np.subtract,
    "chlo.polygamma": polygamma,
    "chlo.zeta": zeta,
}
"""Op of two numbers -> its reference."""

SLOW = {"bessel_i1e", "digamma", "erf", "erf_inv", "erfc", "lgamma", "polygamma", "zeta"}
"""Functions whose references are slow."""


def is_slow(name: str) -> bool:
    return name.partition(".")[2] in SLOW


# -- points ----------------------------------------------------------------------------------------


def every(stride: int) -> Iterator[list[np.ndarray]]:
    """Every `stride`-th f32, by its bits."""
    for start in range(0, ALL, CHUNK * stride):
        bits = np.arange(start, start + CHUNK * stride, stride, np.uint64)
        yield [np.minimum(bits, ALL - 1).astype(np.uint32).view(np.float32)]


def stratified(count: int, random: np.random.Generator) -> np.ndarray:
    """Floats: half of them of all exponents alike, half where functions are interesting."""
    bits = random.integers(0, ALL, count // 2, np.uint64).astype(np.uint32)
    widths = random.choice([0.5, 1, 2, 6, 20, 100, 1e4], count - count // 2)
    return np.concatenate(
        [bits.view(np.float32), (widths * random.uniform(-1, 1, len(widths))).astype(np.float32)]
    )


def ordinary(name: str, count: int, random: np.random.Generator) -> list[np.ndarray]:
    """Operands of a function of two numbers, many of them where its result is finite."""
    if name == "chlo.zeta":
        parts = [1 + np.exp(random.uniform(-3, 4.5, count)), np.exp(random.uniform(-5, 9, count))]
    elif name == "chlo.polygamma":
        parts = [random.integers(0, 25, count), np.exp(random.uniform(-4, 9, count))]
    elif name == "stablehlo.power":
        base = np.exp(random.uniform(-20, 20, count)) * random.choice([1, 1, 1, -1], count)
        size = (
            random.uniform(-1.1, 1.1, count) * 89 / np.maximum(np.abs(np.log(np.abs(base))), 1e-3)
        )
        parts = [base, np.where(base < 0, np.rint(size), size)]
    else:
        parts = [random.permutation(stratified(count, random)) for _ in range(2)]
    return [np.asarray(part, np.float32) for part in parts]


def points(name: str, target: str, stride: int, count: int) -> Iterator[list[np.ndarray]]:
    """Operands of a function, a chunk at a time."""
    if name in UNARY and target == "llvm-cpu":
        yield from every(max(stride, SLOW_STRIDE if is_slow(name) else 1))
        return
    random = np.random.default_rng(7)
    for _ in range(max(1, -(-count // CHUNK))):
        yield [stratified(CHUNK, random)] if name in UNARY else ordinary(name, CHUNK, random)


# -- measuring -------------------------------------------------------------------------------------


def program(name: str, target: str) -> ireelite.LoadedModule:
    """A program that applies a function to tensors of `CHUNK` f32."""
    tensor, operands = f"tensor<{CHUNK}xf32>", ["%a", "%b"][: 1 + (name in BINARY)]
    types = ", ".join([tensor] * len(operands))
    text = f"""
      func.func @main({", ".join(f"{operand}: {tensor}" for operand in operands)}) -> {tensor} {{
        %0 = "{name}"({", ".join(operands)}) : ({types}) -> {tensor}
        return %0 : {tensor}
      }}"""
    return ireelite.load(ireelite.compile(text, targets=[target]), device=DEVICES[target])


def measure(name: str, target: str, stride: int, count: int) -> dict[str, object]:
    """The row of a function on a target."""
    reference = UNARY.get(name) or BINARY[name]
    compiled, start, measured, found = program(name, target), time.monotonic(), 0, None
    for operands in points(name, target, stride, count):
        got = np.asarray(compiled.main(*operands))
        with np.errstate(all="ignore"):
            exact = np.asarray(reference(*(x.astype(np.float64) for x in operands)))
        one = worst(got, exact, operands)
        measured += len(got)
        if found is None or one.error > found.error:
            found = one
        show(f"{name} on {target}: {measured:,} points, {found}")
    assert isinstance(found, Accuracy)
    show(f"{name:32} {target:12} {found}, {measured:,} points, {time.monotonic() - start:.0f} s\n")
    return {
        "function": name,
        "target": target,
        "ulps": round(found.error, 3),
        "operands": [repr(x) for x in found.place],
        "got": repr(found.got),
        "exact": repr(found.expected),
        "points": measured,
        "all": measured >= ALL,
    }


def show(text: str) -> None:
    """A line that the next one replaces."""
    print(f"\r\033[K{text}", end="", flush=True)


def save(rows: Sequence[dict[str, object]]) -> None:
    """Replaces the rows of these functions and targets in the file."""
    key = lambda row: (str(row["function"]), str(row["target"]))  # noqa: E731
    known = {key(row): row for row in json.loads(DATA.read_text())} if DATA.exists() else {}
    known |= {key(row): row for row in rows}
    lines = [json.dumps(known[k]) for k in sorted(known)]
    DATA.write_text("[\n" + ",\n".join(lines) + "\n]\n")


def main() -> None:
    """Measures, prints and saves."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("functions", nargs="*", default=[*UNARY, *BINARY], help="as chlo.erf")
    parser.add_argument("--targets", nargs="+", choices=DEVICES, default=[*DEVICES])
    parser.add_argument("--stride", type=int, default=1, help="of the f32 on llvm-cpu")
    parser.add_argument("--points", type=int, default=10_000_000, help="elsewhere")
    options = parser.parse_args()
    for target in options.targets:
        for name in options.functions:
            save([measure(name, target, options.stride, options.points)])


if __name__ == "__main__":
    main()
