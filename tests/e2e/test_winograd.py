"""Winograd's transforms, against MLIR's decomposition of them and against a convolution."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest

import ireelite
from ireelite.reference import interpret
from ireelite.syntax.parser import parse_module

CONFIGURATIONS = [
    pytest.param(("llvm-cpu", "local-sync"), id="native"),
    pytest.param(("vmvx", "local-sync"), id="vmvx"),
    pytest.param(("vulkan-spirv", "webgpu"), id="spirv", marks=pytest.mark.webgpu),
]

MADE_BY_MLIR = {
    ("filter", "F_2_3", (1, 3, 3, 1), (4, 4, 1, 1)): [
        *(-4, 5, -1, 0),
        *(0.5, 0, 2.5, 3),
        *(0.5, -5, 3.5, -1),
        *(-3, 0, 5, 2),
    ],
    ("input", "F_2_3", (1, 4, 4, 1), (4, 4, 1, 1, 1, 1)): [
        *(-3, 4, 2, -3),
        *(4, -9, 9, -18),
        *(-2, 5, 7, 0),
        *(-3, -7, 1, -3),
    ],
    ("output", "F_2_3", (4, 4, 1, 1, 1, 1), (1, 2, 2, 1)): [13, 6, 11, -12],
    ("filter", "F_4_3", (1, 3, 3, 1), (6, 6, 1, 1)): [
        *(-4.0, 3.3333335, -0.6666666, -1.3333334, 0.6666666, 0),
        *(0.3333334, 0, 1.1111112, -0.3611111, -0.9166667, -2),
        *(0.3333334, -2.2222226, 1.5555557, 1.1944445, -0.6944445, 0.6666667),
        *(0.6666666, -0.2777778, -1.0555556, 0.3055556, 0.6944445, 1.3333334),
        *(0.6666666, 0.8333334, -1.2777778, -0.4722222, 0.5833334, 0),
        *(3, 0, -3.3333335, 0.0833333, 1.75, 2),
    ],
    ("input", "F_4_3", (1, 6, 6, 1), (6, 6, 1, 1, 1, 1)): [
        *(-0.6523438, 0.5976562, -0.4179688, 1.2265625, -0.5859375, 0.9375),
        *(-0.3046875, 0.3203125, -0.328125, 0.65625, -0.25, 0.3828125),
        *(-0.53125, -0.140625, 0.0703125, 0.421875, -0.421875, 0.65625),
        *(-0.1484375, 0.3984375, -0.0703125, 0.703125, -0.046875, 0.28125),
        *(-0.5859375, -0.5078125, -0.3515625, -0.046875, -0.546875, 0.53125),
        *(0.25, 0.5976562, 0.1367188, 0.625, 0.1875, 0.0351562),
    ],
    ("output", "F_4_3", (6, 6, 1, 1, 1, 1), (1, 4, 4, 1)): [
        *(1740, -666, 2592, -2080),
        *(-762, 764, -1277, 2693),
        *(2914, 197, 2883, 572),
        *(-154, 5056, 64, 18502),
    ],
    ("filter", "F_2_5", (1, 5, 1, 1), (6, 1, 1, 1)): [
        *(-4, -0.6666667, -1.3333333, 1.7666668, 1.7333335, 6)
    ],
    ("input", "F_2_5", (1, 6, 1, 1), (6, 1, 1, 1, 1, 1)): [1.375, 1.5, 0, 2.25, 0.75, -0.875],
    ("output", "F_2_5", (6, 1, 1, 1, 1, 1), (1, 2, 1, 1)): [156, 70],
}
"""(op, algorithm, the source's shape, the result's) -> the result for `integers` of both."""

CONVOLUTIONS = {
    "halves": ("F_2_3", 2, (3, 3), "f16"),
    "singles": ("F_4_3", 4, (3, 3), "f32"),
    "doubles": ("F_2_5", 2, (5, 5), "f64"),
    "rows": ("F_4_3", 4, (1, 3), "f32"),
    "columns": ("F_2_5", 2, (5, 1), "f32"),
}
"""Name -> the algorithm, its results in a tile's row, a filter's height and width, the element."""
TOLERANCES = {"f64": 1e-12, "f32": 1e-4, "f16": 6e-2}
BATCH, TILES, CHANNELS, FILTERS = 2, (1, 2), 3, 2


def integers(shape) -> np.ndarray:
    at = np.arange(prod(shape))
    return ((at * 7 + at**2 * 3) % 11 - 4).astype(np.float32).reshape(shape)


def tensor(shape, element: str) -> str:
    return f"tensor<{'x'.join([*map(str, shape), element])}>"


def one_op(name: str, op: str, algorithm: str, source: str, result: str) -> str:
    return (
        f"func.func @{name}(%a: {source}, %out: {result}) -> {result} {{\n"
        f"  %0 = linalg.winograd_{op}_transform fmr({algorithm}) ins(%a : {source}) "
        f"outs(%out : {result}) -> {result}\n  return %0 : {result}\n}}\n"
    )


def shapes_of(m: int, filter) -> dict[str, tuple[int, ...]]:
    """The shapes of a convolution's operands, and of those of its transforms."""
    steps = [m if n > 1 else 1 for n in filter]
    tile = [step + n - 1 for step, n in zip(steps, filter, strict=True)]
    out = [count * step for count, step in zip(TILES, steps, strict=True)]
    image = [size + n - 1 for size, n in zip(out, filter, strict=True)]
    return {
        "filter": (FILTERS, *filter, CHANNELS),
        "image": (BATCH, *image, CHANNELS),
        "out": (BATCH, *out, FILTERS),
        "filters": (*tile, CHANNELS, FILTERS),
        "tiles": (*tile, *TILES, BATCH, CHANNELS),
        "products": (*tile, *TILES, BATCH, FILTERS),
        "flat_filters": (prod(tile), CHANNELS, FILTERS),
        "flat_tiles": (prod(tile), prod(TILES) * BATCH, CHANNELS),
        "flat_products": (prod(tile), prod(TILES) * BATCH, FILTERS),
    }


def convolution(name: str, algorithm: str, m: int, filter, element: str) -> str:
    """A function that yields a convolution by its transforms, and by `linalg.conv_2d_nhwc_fhwc`."""
    shapes = shapes_of(m, filter)
    t = {key: tensor(shape, element) for key, shape in shapes.items()}
    sizes = ", ".join(map(str, shapes["products"]))
    return f"""
func.func @{name}(%d: {t["image"]}, %g: {t["filter"]}, %out: {t["out"]}) -> ({t["out"]}, {t["out"]}) {{
  %zero = arith.constant 0.0 : {element}
  %e0 = tensor.empty() : {t["filters"]}
  %0 = linalg.winograd_filter_transform fmr({algorithm}) ins(%g : {t["filter"]}) outs(%e0 : {t["filters"]}) -> {t["filters"]}
  %e1 = tensor.empty() : {t["tiles"]}
  %1 = linalg.winograd_input_transform fmr({algorithm}) ins(%d : {t["image"]}) outs(%e1 : {t["tiles"]}) -> {t["tiles"]}
  %2 = tensor.collapse_shape %0 [[0, 1], [2], [3]] : {t["filters"]} into {t["flat_filters"]}
  %3 = tensor.collapse_shape %1 [[0, 1], [2, 3, 4], [5]] : {t["tiles"]} into {t["flat_tiles"]}
  %e2 = tensor.empty() : {t["flat_products"]}
  %4 = linalg.fill ins(%zero : {element}) outs(%e2 : {t["flat_products"]}) -> {t["flat_products"]}
  %5 = linalg.batch_matmul ins(%3, %2 : {t["flat_tiles"]}, {t["flat_filters"]}) outs(%4 : {t["flat_products"]}) -> {t["flat_products"]}
  %6 = tensor.expand_shape %5 [[0, 1], [2, 3, 4], [5]] output_shape [{sizes}] : {t["flat_products"]} into {t["products"]}
  %7 = linalg.winograd_output_transform fmr({algorithm}) ins(%6 : {t["products"]}) outs(%out : {t["out"]}) -> {t["out"]}
  %8 = linalg.conv_2d_nhwc_fhwc ins(%d, %g : {t["image"]}, {t["filter"]}) outs(%out : {t["out"]}) -> {t["out"]}
  return %7, %8 : {t["out"]}, {t["out"]}
}}
"""


ALONE = {
    f"{op}_{algorithm}_{'x'.join(map(str, source))}": (op, algorithm, source, result)
    for op, algorithm, source, result in MADE_BY_MLIR
}
REMAINDERS = one_op(
    "remainders", "input", "F_2_3", tensor((1, 5, 7, 1), "f32"), tensor((4, 4, 1, 2, 1, 1), "f32")
)
TEXT = REMAINDERS
for _name, (_op, _algorithm, _source, _result) in ALONE.items():
    TEXT += one_op(_name, _op, _algorithm, tensor(_source, "f32"), tensor(_result, "f32"))
for _name, _case in CONVOLUTIONS.items():
    TEXT += convolution(_name, *_case)
EVERY_PROGRAM = {
    name: (TEXT, name, [integers(source), integers(result)])
    for name, (_, algorithm, source, result) in ALONE.items()
    if algorithm == "F_2_5"
}
"""Some of the functions here, for upstream's runtime."""


@pytest.fixture(scope="module", params=CONFIGURATIONS)
def module(request):
    target, device = request.param
    return ireelite.load(ireelite.compile(TEXT, targets=[target]), device=device)


@pytest.mark.parametrize("name", ALONE)
def test_each_transform_is_that_of_mlir(module, name):
    *_, source, result = ALONE[name]
    wanted = np.reshape(MADE_BY_MLIR[ALONE[name]], result)
    got = np.asarray(module[name](integers(source), integers(result)))
    np.testing.assert_allclose(got, wanted, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_the_transforms_make_a_convolution(module, name):
    _, m, filter, element = CONVOLUTIONS[name]
    dtype = {"f16": np.float16, "f32": np.float32, "f64": np.float64}[element]
    shapes, random = shapes_of(m, filter), np.random.default_rng(3)
    given = [
        random.standard_normal(shapes[key]).astype(dtype) for key in ("image", "filter", "out")
    ]
    by_transforms, direct = (np.asarray(a, np.float64) for a in module[name](*given))
    np.testing.assert_allclose(by_transforms, direct, rtol=0, atol=TOLERANCES[element])


def test_what_fills_no_tile_is_not_read(module):
    image, out = integers((1, 5, 7, 1)), np.zeros((4, 4, 1, 2, 1, 1), np.float32)
    whole = np.asarray(module.remainders(image, out))
    image[:, 4], image[:, :, 6] = np.nan, np.nan
    np.testing.assert_array_equal(module.remainders(image, out), whole)


@pytest.fixture(scope="module")
def parsed():
    return parse_module(TEXT)


@pytest.mark.parametrize("name", ALONE)
def test_the_reference_is_that_of_mlir(parsed, name):
    *_, source, result = ALONE[name]
    wanted = np.reshape(MADE_BY_MLIR[ALONE[name]], result)
    (got,) = interpret(parsed, name, integers(source), integers(result))
    np.testing.assert_allclose(got, wanted, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", ["singles", "columns"])
def test_the_reference_makes_a_convolution(parsed, name):
    _, m, filter, _ = CONVOLUTIONS[name]
    shapes = shapes_of(m, filter)
    given = [integers(shapes[key]) for key in ("image", "filter", "out")]
    by_transforms, direct = interpret(parsed, name, *given)
    np.testing.assert_allclose(by_transforms, direct, rtol=1e-5, atol=1e-2)
