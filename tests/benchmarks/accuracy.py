"""Measures how exact the elementwise functions of compiled programs are.

    python tests/benchmarks/accuracy.py --points 10000000

writes `notebooks/data/accuracy.json`: for each function, type and target the largest error, in
units in the last place of the correctly rounded result, where it is, and at how many points it was
measured. Functions of one f32 are measured at all of them on llvm-cpu, functions of one f16 or bf16
at all of them everywhere; elsewhere points are stratified. Errors of complex results are distances
in the plane, in units in the last place of the exact result's absolute value. References are
computed in f64 or `longdouble`. Rows are saved one by one, and rows of other functions stay in the
file; `--missing` goes on where an earlier run ended.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import ml_dtypes
import numpy as np

import ireelite

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(ROOT / "tests" / "unit" / "lowering"))

import accuracy_points as places  # noqa: E402
from accuracy_functions import (  # noqa: E402
    BINARY,
    COMPLEX_BINARY,
    COMPLEX_UNARY,
    EXACT,
    UNARY,
    Reference,
)
from float_accuracy import DEVICES, Accuracy, spacing, worst  # noqa: E402
from float_sweep import sweep  # noqa: E402

DATA = ROOT / "notebooks" / "data" / "accuracy.json"
CHUNK = 1 << 18
"""Points that one call computes."""
SWEEP_CHUNK = 1 << 20
"""Points that one call computes where all f32 are visited."""
ALL = 1 << 32
"""How many f32 there are."""
SLOW_CHUNK = 1 << 13
SLOW = {("chlo.zeta", "vmvx"), ("chlo.polygamma", "vmvx")}
"""Functions whose loops the virtual machine takes some milliseconds for at each point: one chunk of
`SLOW_CHUNK` is measured.
"""


@dataclass(frozen=True)
class Kind:
    """An element type: NumPy's type of it or of its parts, its fraction's bits, and the type of its
    references.
    """

    type: np.dtype
    fraction: int
    wide: type
    points: float = 1
    """How many of the points that were asked for are measured."""
    is_complex: bool = False

    @property
    def is_small(self) -> bool:
        """Whether functions of one number are measured at all numbers."""
        return self.type.itemsize == 2

    def functions(self) -> dict[str, Reference]:
        """Op -> its reference."""
        if self.is_complex:
            return COMPLEX_UNARY | COMPLEX_BINARY
        return UNARY | BINARY


KINDS = {
    "f32": Kind(np.dtype(np.float32), 23, np.float64),
    "f64": Kind(np.dtype(np.float64), 52, np.longdouble, points=0.1),
    "f16": Kind(np.dtype(np.float16), 10, np.float64, points=0.1),
    "bf16": Kind(np.dtype(ml_dtypes.bfloat16), 7, np.float64, points=0.1),
    "complex<f32>": Kind(np.dtype(np.float32), 23, np.clongdouble, is_complex=True),
}
"""The element types that are measured."""


def arity(name: str) -> int:
    """How many operands a function has."""
    return 2 if name in BINARY or name in COMPLEX_BINARY else 1


# -- programs and points ---------------------------------------------------------------------------


def function(name: str, type: str, size: int, symbol: str = "main") -> str:
    """The text of a function that applies an op to tensors of `size` elements."""
    tensor, operands = f"tensor<{size}x{type}>", ["%a", "%b"][: arity(name)]
    result = (
        tensor.replace("complex<f32>", "f32").replace("complex<f64>", "f64")
        if name == "stablehlo.abs"
        else tensor
    )
    types = ", ".join([tensor] * len(operands))
    return f"""
      func.func @{symbol}({", ".join(f"{operand}: {tensor}" for operand in operands)}) -> {result} {{
        %0 = "{name}"({", ".join(operands)}) : ({types}) -> {result}
        return %0 : {result}
      }}"""


def compiled(name: str, type: str, target: str, size: int) -> ireelite.Program:
    """A program of one function."""
    return ireelite.compile(function(name, type, size), targets=[target])


def reference(name: str, type: str, operands: Sequence[np.ndarray]) -> np.ndarray:
    """The exact results, in a wider type."""
    kind = KINDS[type]
    with np.errstate(all="ignore"):
        return np.asarray(kind.functions()[name](*(x.astype(kind.wide) for x in operands)))


def points(name: str, type: str, size: int, count: int) -> Iterator[list[np.ndarray]]:
    """Operands of a function, at least `count` in all, in chunks of `size`."""
    kind, random = KINDS[type], np.random.default_rng(7)
    if kind.is_small and arity(name) == 1:
        yield [np.arange(1 << 16, dtype=np.uint16).view(kind.type)]
        return
    special = places.special_values(
        kind.type, places.thresholds(compiled(name, type, "llvm-cpu", 8))
    )
    for n in range(max(1, -(-count // size))):
        if kind.is_complex and name == "stablehlo.power":
            yield places.complex_power_operands(kind.type, size, random)
        elif kind.is_complex:
            make = lambda: places.complex_numbers(kind.type, kind.fraction, size, random)  # noqa: E731
            yield [make() for _ in range(arity(name))]
        elif arity(name) == 2:
            yield places.ordinary(name, kind.type, kind.fraction, size, random)
        else:
            chunk = places.stratified(kind.type, kind.fraction, size, random)
            part = special[:size] if n == 0 else special[:0]
            chunk[len(chunk) - len(part) :] = part
            yield [chunk]


# -- measuring -------------------------------------------------------------------------------------


def worst_complex(got: np.ndarray, exact: np.ndarray, operands: Sequence[np.ndarray]) -> Accuracy:
    """The largest distance of a result from the exact one."""
    info = np.finfo(got.real.dtype)
    with np.errstate(all="ignore"):
        size = np.abs(exact).astype(got.real.dtype)
        wide = got.astype(exact.dtype)
        error = (np.abs(wide - exact) / spacing(size)).astype(np.float64)
        beyond = np.maximum(np.abs(exact.real), np.abs(exact.imag)) > float(info.max)
    error[(beyond & ~np.isfinite(got)) | np.isnan(exact)] = 0
    error[np.isnan(error)] = np.inf
    at = int(np.argmax(error))
    place = tuple(complex(x[at]) for x in operands)
    return Accuracy(float(error[at]), place, complex(got[at]), complex(exact[at]))


def chunk_size(name: str, type: str, targets: Sequence[str]) -> int:
    """How many points one call computes."""
    if any((name, target) in SLOW for target in targets):
        return SLOW_CHUNK
    return 1 << 16 if KINDS[type].is_small and arity(name) == 1 else CHUNK


def measure(name: str, type: str, targets: Sequence[str], count: int) -> list[dict[str, object]]:
    """The rows of a function on some targets, measured at the same points."""
    kind, start = KINDS[type], time.monotonic()
    size = chunk_size(name, type, targets)
    loaded = {
        target: ireelite.load(compiled(name, type, target, size), device=DEVICES[target])
        for target in targets
    }
    found: dict[str, Accuracy] = {}
    judge, measured = worst_complex if kind.is_complex else worst, 0
    count = size if size == SLOW_CHUNK else int(count * kind.points)
    for operands in points(name, type, size, count):
        exact = reference(name, type, operands)
        measured += size
        for target, module in loaded.items():
            one = judge(np.asarray(module.main(*operands)), exact, operands)
            if target not in found or one.error > found[target].error:
                found[target] = one
        show(f"{name} on {type}: {measured:,} points, {', '.join(map(str, found.values()))}")
    return [
        row(name, type, target, one, measured, time.monotonic() - start)
        for target, one in found.items()
    ]


def measure_all(name: str, limit: float) -> dict[str, object]:
    """The row of a function of one f32 on llvm-cpu, measured at all of them, or as many as are
    visited in some seconds.
    """
    start = time.monotonic()
    module = ireelite.load(
        compiled(name, "f32", "llvm-cpu", SWEEP_CHUNK), device=DEVICES["llvm-cpu"]
    )
    run = lambda x: np.asarray(module.main(x))  # noqa: E731
    state = None
    for state in sweep(run, UNARY[name], SWEEP_CHUNK, name in EXACT):
        show(f"{name} on f32: {state.points:,} points, {state.found}")
        if time.monotonic() - start > limit:
            break
    assert state is not None and state.found is not None
    return row(name, "f32", "llvm-cpu", state.found, state.points, time.monotonic() - start)


def row(
    name: str, type: str, target: str, found: Accuracy, measured: int, seconds: float
) -> dict[str, object]:
    """A row of the table, which is printed as well."""
    show(f"{name:32} {type:12} {target:12} {found}, {measured:,} points, {seconds:.0f} s\n")
    every = arity(name) == 1 and (measured >= ALL or KINDS[type].is_small)
    return {
        "function": name,
        "type": type,
        "target": target,
        "ulps": round(found.error, 3),
        "operands": [repr(x) for x in found.place],
        "got": repr(found.got),
        "exact": repr(found.expected),
        "points": measured,
        "all": every,
    }


def show(text: str) -> None:
    """A line that the next one replaces; without a terminal, whole lines only."""
    if sys.stdout.isatty():
        print(f"\r\033[K{text}", end="", flush=True)
    elif text.endswith("\n"):
        print(text, end="", flush=True)


# -- the table -------------------------------------------------------------------------------------

Key = tuple[str, str, str]


def key(row: dict[str, object]) -> Key:
    return str(row["type"]), str(row["function"]), str(row["target"])


def saved() -> dict[Key, dict[str, object]]:
    """The rows of the file."""
    return {key(row): row for row in json.loads(DATA.read_text())} if DATA.exists() else {}


def save(rows: Sequence[dict[str, object]]) -> None:
    """Replaces the rows of these functions, types and targets in the file."""
    known = saved() | {key(row): row for row in rows}
    lines = [json.dumps(known[k]) for k in sorted(known)]
    DATA.write_text("[\n" + ",\n".join(lines) + "\n]\n")


def sweeps(name: str, type: str, target: str) -> bool:
    """Whether a function is measured at all f32."""
    return type == "f32" and target == "llvm-cpu" and arity(name) == 1


def main() -> None:
    """Measures, prints and saves."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("functions", nargs="*", help="as chlo.erf; all by default")
    parser.add_argument("--types", nargs="+", choices=KINDS, default=[*KINDS])
    parser.add_argument("--targets", nargs="+", choices=DEVICES, default=[*DEVICES])
    parser.add_argument("--points", type=int, default=10_000_000, help="where not all are visited")
    parser.add_argument("--missing", action="store_true", help="only rows of fewer points than now")
    parser.add_argument("--seconds", type=float, default=1e9, help="for a function at all f32")
    options = parser.parse_args()
    for type in options.types:
        for name in KINDS[type].functions():
            if options.functions and name not in options.functions:
                continue
            wanted = [
                t
                for t in options.targets
                if not (options.missing and done(name, type, t, options.points))
            ]
            rest = [target for target in wanted if not sweeps(name, type, target)]
            if len(rest) < len(wanted):
                save([measure_all(name, options.seconds)])
            slow = [target for target in rest if (name, target) in SLOW]
            for group in (slow, [target for target in rest if target not in slow]):
                if group:
                    save(measure(name, type, group, options.points))


def done(name: str, type: str, target: str, count: int) -> bool:
    """Whether the file has a row of as many points."""
    row = saved().get((type, name, target))
    wanted = ALL if sweeps(name, type, target) else int(count * KINDS[type].points)
    wanted = SLOW_CHUNK if (name, target) in SLOW else wanted
    return row is not None and (bool(row["all"]) or int(str(row["points"])) >= wanted)


if __name__ == "__main__":
    main()
