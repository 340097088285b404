"""Convolutions, window reductions and gradients of pools with random attributes, against plain loops
in NumPy, on every target.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

import ireelite
from ireelite import element_types

CONFIGURATIONS = [
    pytest.param("llvm-cpu", "local-sync", id="native"),
    pytest.param("vmvx", "local-sync", id="vmvx"),
    pytest.param("vulkan-spirv", "webgpu", id="spirv", marks=pytest.mark.webgpu),
]

Array = NDArray[np.generic]


@dataclass(frozen=True)
class Window:
    """How windows lie in one dimension."""

    size: int
    stride: int = 1
    low: int = 0
    high: int = 0
    base: int = 1
    dilation: int = 1
    reverse: bool = False

    def count(self, extent: int) -> int:
        length = self.low + ((extent - 1) * self.base + 1 if extent else 0) + self.high
        span = (self.size - 1) * self.dilation + 1
        return 0 if length <= 0 or span > length else (length - span) // self.stride + 1

    def place(self, window: int, inside: int, extent: int) -> int | None:
        """The element of the operand at a place of a window; None where there is padding."""
        inside = self.size - 1 - inside if self.reverse else inside
        at, hole = divmod(window * self.stride + inside * self.dilation - self.low, self.base)
        return at if not hole and 0 <= at < extent else None


@dataclass(frozen=True)
class Case:
    """A function of one module, its arguments and what it returns."""

    text: str
    arguments: list[Array]
    results: list[Array]


def tensor(value: Array) -> str:
    shape = "".join(f"{extent}x" for extent in value.shape)
    return f"tensor<{shape}{element(value.dtype)}>"


def element(dtype: np.dtype) -> str:
    return element_types.from_numpy(str(dtype)).mlir


def function(name: str, op: str, case_arguments: Sequence[Array], results: Sequence[Array]) -> Case:
    """`op` is text with {operands}, {types} and {results}."""
    names = [f"%a{n}" for n in range(len(case_arguments))]
    types = [tensor(a) for a in case_arguments]
    yields = ", ".join(tensor(r) for r in results)
    values = ", ".join(f"%r#{n}" for n in range(len(results)))
    signature = ", ".join(f"{n}: {t}" for n, t in zip(names, types, strict=True))
    body = op.format(operands=", ".join(names), types=", ".join(types), results=yields)
    return Case(
        f"func.func @{name}({signature}) -> ({yields}) {{\n  %r:{len(results)} = {body}\n"
        f"  return {values} : {yields}\n}}",
        list(case_arguments),
        list(results),
    )


def places(shape: Sequence[int]) -> Iterator[tuple[int, ...]]:
    return product(*map(range, shape))


def numbers(values: Sequence[int]) -> str:
    return f"array<i64: {', '.join(map(str, values))}>" if len(values) else "array<i64>"


def attributes(windows: Sequence[Window]) -> str:
    pads = ", ".join(f"[{w.low}, {w.high}]" for w in windows)
    padding = f", padding = dense<[{pads}]> : tensor<{len(windows)}x2xi64>" if windows else ""
    return (
        f"window_dimensions = {numbers([w.size for w in windows])}, "
        f"window_strides = {numbers([w.stride for w in windows])}{padding}"
    )


def values_of(rng: np.random.Generator, dtype: str, shape: Sequence[int]) -> Array:
    """Small numbers, whose sums and products every type holds exactly."""
    small = rng.integers(0 if dtype[0] in "ub" else -3, 4, shape)
    if dtype.startswith("complex"):
        return (small + 1j * rng.integers(-3, 4, shape)).astype(dtype)
    return small.astype(dtype)


# -- convolutions ----------------------------------------------------------------------------------


def convolve(
    lhs: Array,
    rhs: Array,
    windows: Sequence[Window],
    layout: tuple[list[int], list[int], list[int]],
    groups: tuple[int, int],
    dtype: np.dtype,
) -> Array:
    """Plain loops over the result and the window; sums of a wide type."""
    (batch, feature, *spatial), (inner, outer, *kernel), output = layout
    features, batches = groups
    counts = [w.count(lhs.shape[d]) for w, d in zip(windows, spatial, strict=True)]
    extents = [lhs.shape[batch] // batches, rhs.shape[outer], *counts]
    shape = [0] * lhs.ndim
    for d, extent in zip(output, extents, strict=True):
        shape[d] = extent
    wide = np.complex128 if dtype.kind == "c" else np.float64 if dtype.kind in "fV" else np.int64
    result = np.zeros(shape, wide)
    a, b = lhs.astype(wide), rhs.astype(wide)
    for at in places(shape):
        n, o, *window = (at[d] for d in output)
        if batches > 1:
            n += o // (rhs.shape[outer] // batches) * (lhs.shape[batch] // batches)
        first = 0
        if features > 1:
            first = o // (rhs.shape[outer] // features) * (lhs.shape[feature] // features)
        for inside in places([w.size for w in windows]):
            read = [
                w.place(p, k, lhs.shape[d])
                for w, p, k, d in zip(windows, window, inside, spatial, strict=True)
            ]
            if None in read:
                continue
            left, right = [0] * lhs.ndim, [0] * rhs.ndim
            left[batch], right[outer] = n, o
            for d, k, place, offset in zip(spatial, kernel, read, inside, strict=True):
                left[d], right[k] = place, offset
            for i in range(rhs.shape[inner]):
                left[feature], right[inner] = first + i, i
                result[at] += a[tuple(left)] * b[tuple(right)]
    return result.astype(dtype)


def layout_text(layout: Sequence[Sequence[int]]) -> str:
    texts = []
    for letters, group in zip(("bf", "io", "bf"), layout, strict=True):
        names = dict(zip(group, (*letters, *map(str, range(len(group) - 2))), strict=True))
        texts.append(f"[{', '.join(names[d] for d in sorted(names))}]")
    return "{}x{}->{}".format(*texts)


def convolution(name: str, rng: np.random.Generator, dtype: str, result: str, rank: int) -> Case:
    """A convolution with `rank` spatial dimensions and random attributes."""
    features, batches = [(1, 1), (1, 1), (2, 1), (1, 2), (3, 1)][rng.integers(5)]
    windows = [
        Window(
            int(rng.integers(1, 4)),
            int(rng.integers(1, 3)),
            int(rng.integers(-1, 3)),
            int(rng.integers(-1, 3)),
            int(rng.integers(1, 3)),
            int(rng.integers(1, 3)),
            bool(rng.integers(2)),
        )
        for _ in range(rank)
    ]
    extents = [int(rng.integers(3, 6 if rank < 3 else 4)) for _ in range(rank)]
    inner, outer = int(rng.integers(1, 3)), int(rng.integers(1, 3)) * features * batches
    layout = tuple([int(d) for d in rng.permutation(rank + 2)] for _ in range(3))
    lhs, rhs = [0] * (rank + 2), [0] * (rank + 2)
    left = [batches * int(rng.integers(1, 3)), inner * features, *extents]
    for d, extent in zip(layout[0], left, strict=True):
        lhs[d] = extent
    for d, extent in zip(layout[1], [inner, outer, *(w.size for w in windows)], strict=True):
        rhs[d] = extent
    a, b = values_of(rng, dtype, lhs), values_of(rng, dtype, rhs)
    expected = convolve(a, b, windows, layout, (features, batches), np.dtype(result))
    pads = [[w.low, w.high] for w in windows]
    reverse = ", ".join(str(w.reverse).lower() for w in windows)
    op = (
        f"stablehlo.convolution({{operands}}) dim_numbers = {layout_text(layout)}, "
        f"window = {{{{stride = {[w.stride for w in windows]}, pad = {pads}, "
        f"lhs_dilate = {[w.base for w in windows]}, rhs_dilate = {[w.dilation for w in windows]}, "
        f"reverse = [{reverse}]}}}} {{{{batch_group_count = {batches} : i64, "
        f"feature_group_count = {features} : i64}}}} : ({{types}}) -> {{results}}"
    )
    return function(name, op, [a, b], [expected])


CONVOLVED = [
    ("float32", "float32"),
    ("int32", "int32"),
    ("int8", "int32"),
    ("uint8", "uint8"),
    ("float16", "float16"),
    ("float16", "float32"),
    ("complex64", "complex64"),
    ("bool", "bool"),
]


def convolutions() -> Iterator[Case]:
    rng = np.random.default_rng(7)
    for number in range(20):
        dtype, result = CONVOLVED[number % len(CONVOLVED)]
        yield convolution(f"conv{number}", rng, dtype, result, number % 5 if number % 5 < 4 else 1)
    yield convolution("conv4d", rng, "float32", "float32", 4)


# -- window reductions -----------------------------------------------------------------------------


def fold_windows(
    operands: Sequence[Array], inits: Sequence, windows: Sequence[Window], body: Callable
) -> list[Array]:
    """Plain loops: each window starts from the init values, which padding has, too."""
    shape = [w.count(n) for w, n in zip(windows, operands[0].shape, strict=True)]
    results = [np.zeros(shape, operand.dtype) for operand in operands]
    for at in places(shape):
        total = tuple(inits)
        for inside in places([w.size for w in windows]):
            read = [
                w.place(p, k, n)
                for w, p, k, n in zip(windows, at, inside, operands[0].shape, strict=True)
            ]
            elements = inits if None in read else [o[tuple(read)] for o in operands]
            total = body(*total, *elements)
        for result, value in zip(results, total, strict=True):
            result[at] = value
    return results


def add(a, b):
    return (a + b,)


def maximum(a, b):
    return (np.maximum(a, b),)


def larger(a, i, b, j):
    """The larger value with its number; of equal ones the first."""
    return (b, j) if b > a else (a, i)


LARGER = """%g = stablehlo.compare GT, %b, %a : (tensor<{0}>, tensor<{0}>) -> tensor<i1>
    %v = stablehlo.select %g, %b, %a : tensor<i1>, tensor<{0}>
    %n = stablehlo.select %g, %j, %i : tensor<i1>, tensor<i32>
    stablehlo.return %v, %n : tensor<{0}>, tensor<i32>"""


def random_windows(rng: np.random.Generator, rank: int, dilated: bool = True) -> list[Window]:
    most = 3 if dilated else 2
    return [
        Window(
            int(rng.integers(1, 4)) if rank < 4 else int(rng.integers(1, 3)),
            int(rng.integers(1, 4)),
            int(rng.integers(-1, 3)),
            int(rng.integers(-1, 3)),
            int(rng.integers(1, most)),
            int(rng.integers(1, most)),
        )
        for _ in range(rank)
    ]


def reduced_window(name: str, rng: np.random.Generator, dtype: str, rank: int, kind: str) -> Case:
    windows = random_windows(rng, rank)
    shape = [int(rng.integers(2, 7 if rank < 4 else 4)) for _ in range(rank)]
    operand = values_of(rng, dtype, shape)
    init = np.asarray(int(rng.integers(0, 2)), dtype)
    arguments, inits, scalar = [operand], [init], element(operand.dtype)
    if kind == "larger":
        numbered = np.arange(operand.size, dtype=np.int32).reshape(shape)
        arguments, inits = [operand, numbered], [init, np.int32(-1)]
        block = f"%a: tensor<{scalar}>, %i: tensor<i32>, %b: tensor<{scalar}>, %j: tensor<i32>"
        region, body = LARGER.format(scalar), larger
    else:
        block = f"%a: tensor<{scalar}>, %b: tensor<{scalar}>"
        region = (
            f"%v = stablehlo.{kind} %a, %b : tensor<{scalar}>\n"
            f"    stablehlo.return %v : tensor<{scalar}>"
        )
        body = {"add": add, "maximum": maximum}[kind]
    results = fold_windows(arguments, inits, windows, body)
    op = (
        f'"stablehlo.reduce_window"({{operands}}) <{{{{{attributes(windows)}, '
        f"base_dilations = {numbers([w.base for w in windows])}, "
        f"window_dilations = {numbers([w.dilation for w in windows])}}}}}> "
        f"({{{{\n  ^bb0({block}):\n    {region}\n  }}}}) : ({{types}}) -> ({{results}})"
    )
    return function(name, op, [*arguments, *map(np.asarray, inits)], results)


def window_reductions() -> Iterator[Case]:
    rng = np.random.default_rng(11)
    types = ["float32", "int32", "uint8", "float16", "complex64", "int8"]
    for number in range(12):
        kind = ["add", "maximum", "larger"][number % 3]
        dtype = types[number % len(types)]
        if dtype == "complex64" and kind != "add":
            dtype = "float32"
        yield reduced_window(f"window{number}", rng, dtype, number % 4, kind)
    yield reduced_window("window6d", rng, "float32", 6, "add")
    operand = np.array([1, np.nan, 3, 4, -0.0, 0.0], np.float32)
    yield function(
        "nan",
        f'"stablehlo.reduce_window"({{operands}}) <{{{{{attributes([Window(2, 2)])}}}}}> ({{{{\n'
        "  ^bb0(%a: tensor<f32>, %b: tensor<f32>):\n    %v = stablehlo.maximum %a, %b : tensor<f32>\n"
        "    stablehlo.return %v : tensor<f32>\n  }}) : ({types}) -> ({results})",
        [operand, np.float32(-np.inf)],
        [np.array([np.nan, 4, 0], np.float32)],
    )


# -- gradients of pools ----------------------------------------------------------------------------


def select_and_scatter(operand: Array, source: Array, init, windows: Sequence[Window]) -> Array:
    """Plain loops: of equal elements the first of a window is selected."""
    result = np.full(operand.shape, init, operand.dtype)
    for at in places(source.shape):
        best = None
        for inside in places([w.size for w in windows]):
            read = tuple(
                w.place(p, k, n)
                for w, p, k, n in zip(windows, at, inside, operand.shape, strict=True)
            )
            if None not in read and (best is None or not operand[best] >= operand[read]):
                best = read
        if best is not None:
            result[best] += source[at]
    return result


def gradient(name: str, rng: np.random.Generator, dtype: str, rank: int) -> Case:
    windows = random_windows(rng, rank, dilated=False)
    shape = [int(rng.integers(3, 8 if rank < 3 else 5)) for _ in range(rank)]
    operand = values_of(rng, dtype, shape)
    counts = [w.count(n) for w, n in zip(windows, shape, strict=True)]
    source, init = values_of(rng, dtype, counts), np.asarray(int(rng.integers(2)), dtype)
    scalar = element(operand.dtype)
    op = (
        f'"stablehlo.select_and_scatter"({{operands}}) <{{{{{attributes(windows)}}}}}> ({{{{\n'
        f"  ^bb0(%a: tensor<{scalar}>, %b: tensor<{scalar}>):\n"
        f"    %v = stablehlo.compare GE, %a, %b : (tensor<{scalar}>, tensor<{scalar}>) -> tensor<i1>\n"
        "    stablehlo.return %v : tensor<i1>\n  }}, {{\n"
        f"  ^bb0(%a: tensor<{scalar}>, %b: tensor<{scalar}>):\n"
        f"    %v = stablehlo.add %a, %b : tensor<{scalar}>\n"
        f"    stablehlo.return %v : tensor<{scalar}>\n  }}}}) : ({{types}}) -> {{results}}"
    )
    expected = select_and_scatter(operand, source, init, windows)
    return function(name, op, [operand, source, init], [expected])


def gradients() -> Iterator[Case]:
    rng = np.random.default_rng(13)
    for number in range(8):
        dtype = ["float32", "int32", "float16", "uint8"][number % 4]
        yield gradient(f"gradient{number}", rng, dtype, (1, 2, 2, 2, 3, 2, 1, 2)[number])


CASES = [*convolutions(), *window_reductions(), *gradients()]


@pytest.mark.parametrize(("target", "device"), CONFIGURATIONS)
def test_windows(target: str, device: str):
    text = "\n".join(case.text for case in CASES)
    program = ireelite.load(ireelite.compile(text, targets=[target]), device=device)
    for case in CASES:
        name = case.text.partition("(")[0].removeprefix("func.func @")
        found = getattr(program, name)(*case.arguments)
        for result, expected in zip(
            found if isinstance(found, tuple | list) else [found], case.results, strict=True
        ):
            result = np.asarray(result)
            assert result.dtype == expected.dtype and result.shape == expected.shape, case.text
            assert np.array_equal(result, expected, equal_nan=expected.dtype.kind in "fc"), (
                f"{case.text}\n{result}\n{expected}"
            )
