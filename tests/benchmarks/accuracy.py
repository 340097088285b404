"""Measures how exact the elementwise functions of compiled programs are.

    python tests/benchmarks/accuracy.py --points 10000000

writes `notebooks/data/accuracy.json`: for each function, type and target the largest error, in
units in the last place of the correctly rounded result, where it is, and at how many points it was
measured. Functions of one f32 are measured at all of them on llvm-cpu, functions of one f16 or bf16
at all of them everywhere; elsewhere points are stratified. Errors of complex results are distances
in the plane, in units in the last place of the exact result's absolute value. References are
computed in f64 or `longdouble`; what would be the largest error is computed again by mpmath.

Every row starts at the hard points of its function: next to zeros and poles, and wherever an
earlier row had its largest error. Rows are saved every half minute and when the tool is
interrupted; `--missing` goes on where an earlier run ended, and leaves finished rows alone.
Several runs, of different targets, may share the file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import ml_dtypes
import numpy as np

import ireelite

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(ROOT / "tests" / "unit" / "lowering"))

import accuracy_points as places  # noqa: E402
from accuracy_exact import confirmed  # noqa: E402
from accuracy_functions import (  # noqa: E402
    BINARY,
    COMPLEX_BINARY,
    COMPLEX_UNARY,
    EXACT,
    OF_WIDE_FLOATS,
    UNARY,
    Reference,
)
from accuracy_rows import Key, Row, Watch, saved  # noqa: E402
from float_accuracy import DEVICES, Accuracy, errors, spacing  # noqa: E402
from float_sweep import largest, sweep  # noqa: E402

CHUNK = 1 << 18
"""Points that one call computes."""
SWEEP_CHUNK = 1 << 20
"""Points that one call computes where all f32 are visited."""
ALL = 1 << 32
"""How many f32 there are."""


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
        if self.is_small:
            return {name: f for name, f in (UNARY | BINARY).items() if name not in OF_WIDE_FLOATS}
        return UNARY | BINARY


KINDS = {
    "f32": Kind(np.dtype(np.float32), 23, np.float64),
    "f64": Kind(np.dtype(np.float64), 52, np.longdouble, points=0.1),
    "f16": Kind(np.dtype(np.float16), 10, np.float64, points=0.1),
    "bf16": Kind(np.dtype(ml_dtypes.bfloat16), 7, np.float64, points=0.1),
    "complex<f32>": Kind(np.dtype(np.float32), 23, np.clongdouble, points=0.1, is_complex=True),
    "complex<f64>": Kind(np.dtype(np.float64), 52, np.clongdouble, points=0.1, is_complex=True),
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


def is_length(name: str, type: str) -> bool:
    """Whether an op makes a float of a complex number."""
    return name == "stablehlo.abs" and type.startswith("complex")


def compiled(name: str, type: str, target: str, size: int) -> ireelite.Program:
    """A program of one function."""
    return ireelite.compile(function(name, type, size), targets=[target])


def reference(name: str, type: str, operands: Sequence[np.ndarray]) -> np.ndarray:
    """The exact results, in a wider type."""
    kind = KINDS[type]
    with np.errstate(all="ignore"):
        return np.asarray(kind.functions()[name](*(x.astype(kind.wide) for x in operands)))


def points(name: str, type: str, size: int, first: int) -> Iterator[list[np.ndarray]]:
    """Operands of a function in chunks of `size`, from chunk `first` on, without end; but all of a
    small type's numbers are one chunk.
    """
    kind = KINDS[type]
    if kind.is_small and arity(name) == 1:
        yield [np.arange(1 << 16, dtype=np.uint16).view(kind.type)]
        return
    n = first
    while True:
        yield stratified_operands(name, kind, size, np.random.default_rng([7, n]))
        n += 1


def stratified_operands(
    name: str, kind: Kind, size: int, random: np.random.Generator
) -> list[np.ndarray]:
    """A chunk of a function's operands."""
    if kind.is_complex and name in places.COMPLEX_OPERANDS:
        return places.COMPLEX_OPERANDS[name](kind.type, size, random)
    if kind.is_complex:
        make = lambda: places.complex_numbers(kind.type, kind.fraction, size, random)  # noqa: E731
        return [make() for _ in range(arity(name))]
    if arity(name) == 2:
        return places.ordinary(name, kind.type, kind.fraction, size, random)
    return [places.stratified(kind.type, kind.fraction, size, random)]


def hard_points(name: str, type: str, size: int) -> Iterator[list[np.ndarray]]:
    """Operands next to zeros, poles and thresholds, and those of known large errors, in chunks of
    `size`, of which the last one is filled up with ones.
    """
    kind = KINDS[type]
    if kind.is_small and arity(name) == 1:
        return
    columns = places.known(name, kind.type, arity(name), kind.is_complex)
    if arity(name) == 1 and not kind.is_complex:
        near = places.thresholds(compiled(name, type, "llvm-cpu", 8))
        near = np.concatenate([near, places.critical(name)])
        columns = [np.concatenate([columns[0], places.special_values(kind.type, near)])]
    for start in range(0, len(columns[0]), size):
        chunk = [column[start : start + size] for column in columns]
        yield [np.concatenate([x, np.ones(size - len(x), x.dtype)]) for x in chunk]


# -- measuring -------------------------------------------------------------------------------------


Confirm = Callable[[Accuracy], Accuracy]


def complex_errors(got: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """The distances of results from the exact ones, in units in the last place."""
    info = np.finfo(got.real.dtype)
    with np.errstate(all="ignore"):
        size = np.abs(exact).astype(got.real.dtype)
        wide = got.astype(exact.dtype)
        error = (np.abs(wide - exact) / spacing(size)).astype(np.float64)
        beyond = np.maximum(np.abs(exact.real), np.abs(exact.imag)) > float(info.max)
    error[(beyond & ~np.isfinite(got)) | np.isnan(exact)] = 0
    error[np.isnan(error)] = np.inf
    return error


def worst(
    got: np.ndarray,
    exact: np.ndarray,
    operands: Sequence[np.ndarray],
    best: Accuracy | None = None,
    confirm: Confirm = lambda found: found,
) -> Accuracy:
    """The largest error, or the largest so far."""
    judge = complex_errors if np.iscomplexobj(operands[0]) else errors
    return largest(judge(got, exact), got, exact, operands, best, confirm)


def confirmation(name: str, type: str) -> Confirm:
    """What computes a large error again, with an exact result."""
    return lambda found: confirmed(name, KINDS[type].type, found)


def chunk_size(name: str, type: str) -> int:
    """How many points one call computes."""
    return 1 << 16 if KINDS[type].is_small and arity(name) == 1 else CHUNK


def limit(name: str, type: str, target: str, count: int) -> int:
    """How many points make a row complete."""
    if sweeps(name, type, target):
        return ALL
    if KINDS[type].is_small and arity(name) == 1:
        return 1 << 16
    return int(count * KINDS[type].points)


def measure(
    name: str, type: str, targets: Sequence[str], count: int, seconds: float, resume: bool
) -> None:
    """Measures a function on some targets at the same points, and saves their rows."""
    size = chunk_size(name, type)
    loaded = {
        target: ireelite.load(compiled(name, type, target, size), device=DEVICES[target])
        for target in targets
    }
    wanted = limit(name, type, targets[0], count)
    watch = Watch(f"{name} {type} {' '.join(targets)}", wanted, seconds)
    rows = {t: Row.of((type, name, t), resume, every=wanted == 1 << 16) for t in targets}
    confirm = confirmation(name, type)
    done = min(row.points for row in rows.values())
    first = -(-done // size)

    def visit(operands: list[np.ndarray], known: int) -> None:
        exact = reference(name, type, operands)
        for target, module in loaded.items():
            got = np.asarray(module.main(*operands))
            rows[target].found = worst(got, exact, operands, rows[target].found, confirm)
            rows[target].points = max(rows[target].points, known)

    with watch.saving([*rows.values()]):
        for operands in hard_points(name, type, size):
            visit(operands, 0)
        for n, operands in enumerate(points(name, type, size, first), first + 1):
            if done >= wanted or watch.is_over:
                break
            visit(operands, done := min(n * size, max(wanted, size)))
            watch.show(done, ", ".join(str(row.found) for row in rows.values()))


def measure_all(name: str, seconds: float, resume: bool) -> None:
    """Measures a function of one f32 on llvm-cpu at all of them, and saves its row."""
    module = ireelite.load(
        compiled(name, "f32", "llvm-cpu", SWEEP_CHUNK), device=DEVICES["llvm-cpu"]
    )
    run = lambda x: np.asarray(module.main(x))  # noqa: E731
    watch = Watch(f"{name} f32 llvm-cpu", ALL, seconds)
    row = Row.of(("f32", name, "llvm-cpu"), resume, every=True)
    confirm = confirmation(name, "f32")
    with watch.saving([row]):
        for operands in hard_points(name, "f32", SWEEP_CHUNK):
            exact = reference(name, "f32", operands)
            row.found = worst(run(*operands), exact, operands, row.found, confirm)
        first = row.points // (2 * SWEEP_CHUNK)
        for state in sweep(run, UNARY[name], SWEEP_CHUNK, name in EXACT, first, row.found, confirm):
            row.found, row.points = state.found, state.points
            watch.show(row.points, str(row.found))
            if watch.is_over:
                break


# -- what to measure -------------------------------------------------------------------------------


def sweeps(name: str, type: str, target: str) -> bool:
    """Whether a function is measured at all f32."""
    return type == "f32" and target == "llvm-cpu" and arity(name) == 1


def has_no_type(name: str, type: str, target: str) -> bool:
    """Whether a target has not the type of a row."""
    return target == "vulkan-spirv" and "f64" in type


def wanted_rows(options: argparse.Namespace) -> list[Key]:
    """The rows that the options ask for, and that are not complete."""
    known = saved()
    return [
        (type, name, target)
        for type in options.types
        for name in KINDS[type].functions()
        for target in options.targets
        if name in (options.functions or [name])
        and not has_no_type(name, type, target)
        and not (
            options.missing
            and (row := known.get((type, name, target)))
            and int(str(row["points"])) >= limit(name, type, target, options.points)
        )
    ]


def plan(rows: Sequence[Key], count: int) -> str:
    """How long rows may take, by how long they took before."""
    known, total, unknown = saved(), 0.0, 0
    for type, name, target in rows:
        row = known.get((type, name, target), {})
        points, seconds = int(str(row.get("points", 0))), float(str(row.get("seconds", 0)))
        if not points or not seconds:
            unknown += 1
            continue
        total += seconds / points * (limit(name, type, target, count) - points % ALL)
    return (
        f"{len(rows)} rows, about {total / 60:.0f} minutes, and {unknown} that were not timed yet"
    )


def main() -> None:
    """Measures, prints and saves."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("functions", nargs="*", help="as chlo.erf; all by default")
    parser.add_argument("--types", nargs="+", choices=KINDS, default=[*KINDS])
    parser.add_argument("--targets", nargs="+", choices=DEVICES, default=[*DEVICES])
    parser.add_argument("--points", type=int, default=10_000_000, help="where not all are visited")
    parser.add_argument("--missing", action="store_true", help="go on with rows of too few points")
    parser.add_argument("--seconds", type=float, default=1e9, help="for a row, in this run")
    options = parser.parse_args()
    rows = wanted_rows(options)
    print(plan(rows, options.points), flush=True)
    together: dict[tuple[str, str], list[str]] = {}
    for type, name, target in rows:
        if sweeps(name, type, target):
            measure_all(name, options.seconds, options.missing)
        else:
            together.setdefault((type, name), []).append(target)
    for (type, name), targets in together.items():
        measure(name, type, targets, options.points, options.seconds, options.missing)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("interrupted: --missing goes on from here")
