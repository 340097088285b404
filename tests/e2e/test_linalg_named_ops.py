"""Named ops of `linalg`, against NumPy, on every target."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import ireelite

CONFIGURATIONS = [
    pytest.param(("llvm-cpu", "local-sync"), id="native"),
    pytest.param(("vmvx", "local-sync"), id="vmvx"),
    pytest.param(("vulkan-spirv", "webgpu"), id="spirv", marks=pytest.mark.webgpu),
]

PRODUCTS = {
    "matmul": ("mk", "kn", "mn"),
    "matmul_transpose_a": ("km", "kn", "mn"),
    "batch_matmul": ("bmk", "bkn", "bmn"),
    "batch_matmul_transpose_b": ("bmk", "bnk", "bmn"),
    "batch_reduce_matmul": ("bmk", "bkn", "mn"),
    "matvec": ("mk", "k", "m"),
    "vecmat": ("k", "kn", "n"),
    "batch_matvec": ("bmk", "bk", "bm"),
    "dot": ("k", "k", ""),
    "mmt4d": ("mkil", "nkjl", "mnij"),
    "batch_mmt4d": ("bmkil", "bnkjl", "bmnij"),
}
SIZES = {"m": 2, "k": 3, "n": 4, "b": 2, "i": 2, "j": 3, "l": 2}
STRIDES, DILATIONS = (2, 1, 1), (1, 2, 1)
CONVOLUTIONS = {
    "conv_1d_nwc_wcf": ("nwc", "wcf", "nwf"),
    "conv_1d_ncw_fcw": ("ncw", "fcw", "nfw"),
    "conv_2d_nhwc_hwcf": ("nhwc", "hwcf", "nhwf"),
    "conv_2d_nhwc_fhwc": ("nhwc", "fhwc", "nhwf"),
    "conv_2d_nchw_fchw": ("nchw", "fchw", "nfhw"),
    "conv_2d_ngchw_gfchw": ("ngchw", "gfchw", "ngfhw"),
    "conv_2d_nhwgc_gfhwc": ("nhwgc", "gfhwc", "nhwgf"),
    "conv_3d_ndhwc_dhwcf": ("ndhwc", "dhwcf", "ndhwf"),
    "depthwise_conv_2d_nhwc_hwc": ("nhwc", "hwc", "nhwc"),
    "depthwise_conv_2d_nhwc_hwcm": ("nhwc", "hwcm", "nhwcm"),
    "depthwise_conv_3d_ncdhw_cdhw": ("ncdhw", "cdhw", "ncdhw"),
}
POOLINGS = {"sum": np.sum, "max": np.max, "min": np.min}
LAYOUTS = {"nhwc": ("sum", "max", "min"), "nchw": ("sum", "max"), "nwc": ("max",)}
EXTENTS = {"n": 2, "c": 2, "f": 2, "g": 2, "m": 2, "d": 2, "h": 3, "w": 2}
WINDOW = {"d": 2, "h": 2, "w": 2}


def declare(
    name: str, inputs: list[str], output: str, attributes: str = "", zeros: str = ""
) -> str:
    """A function that runs one op on its arguments, the last of which is the output."""
    values = [f"%a{i}" for i in range(len(inputs))]
    arguments = ", ".join(f"{v}: {t}" for v, t in zip(values, inputs, strict=True))
    extra = ", %zero, %zero" if zeros else ""
    types = ", ".join([*inputs, *(["i32", "i32"] if zeros else [])])
    constant = f"  %zero = arith.constant {zeros} : i32\n" if zeros else ""
    return (
        f"func.func @{name}({arguments}, %out: {output}) -> {output} {{\n{constant}"
        f"  %0 = linalg.{name}{attributes} ins({', '.join(values)}{extra} : {types}) "
        f"outs(%out : {output}) -> {output}\n  return %0 : {output}\n}}\n"
    )


def tensor(shape, element: str = "f32") -> str:
    return f"tensor<{'x'.join([*map(str, shape), element])}>"


def windows(spatial: list[str]) -> str:
    count = len(spatial)
    return (
        f" {{dilations = dense<{list(DILATIONS[:count])}> : tensor<{count}xi64>, "
        f"strides = dense<{list(STRIDES[:count])}> : tensor<{count}xi64>}}"
    )


def image_shape(letters: str, spatial: list[str]) -> list[int]:
    sizes = dict(EXTENTS)
    for d, letter in enumerate(spatial):
        sizes[letter] = (EXTENTS[letter] - 1) * STRIDES[d] + (WINDOW[letter] - 1) * DILATIONS[d] + 1
    return [sizes[letter] for letter in letters]


def convolve(image, kernel, out, letters) -> np.ndarray:
    """Each point of the window in turn: a strided part of the image times that of the kernel."""
    source, filter, target = letters
    spatial = [letter for letter in "dhw" if letter in source]
    for point in product(*(range(WINDOW[s]) for s in spatial)):
        part = [slice(None)] * image.ndim
        taken = [slice(None)] * kernel.ndim
        for d, (s, offset) in enumerate(zip(spatial, point, strict=True)):
            start = offset * DILATIONS[d]
            stop = start + (EXTENTS[s] - 1) * STRIDES[d] + 1
            part[source.index(s)] = slice(start, stop, STRIDES[d])
            taken[filter.index(s)] = offset
        names = "".join(letter for letter in filter if letter not in spatial)
        out = out + np.einsum(
            f"{source},{names}->{target}", image[tuple(part)], kernel[tuple(taken)]
        )
    return out


def cases():
    """Name -> text, shapes of the arguments, and the result as a function of them."""
    made = {}
    for name, (a, b, c) in PRODUCTS.items():
        shapes = [[SIZES[letter] for letter in letters] for letters in (a, b, c)]
        text = declare(name, [tensor(s) for s in shapes[:2]], tensor(shapes[2]))
        formula = f"{a},{b}->{c}"
        made[name] = text, shapes, lambda x, y, z, f=formula: np.einsum(f, x, y) + z
    for name, letters in CONVOLUTIONS.items():
        spatial = [letter for letter in "dhw" if letter in letters[0]]
        shapes = [
            image_shape(letters[0], spatial),
            [WINDOW[s] if s in spatial else EXTENTS[s] for s in letters[1]],
            [EXTENTS[s] for s in letters[2]],
        ]
        text = declare(name, [tensor(s) for s in shapes[:2]], tensor(shapes[2]), windows(spatial))
        made[name] = text, shapes, lambda x, k, z, at=letters: convolve(x, k, z, at)
    for layout, kinds in LAYOUTS.items():
        spatial = [letter for letter in "dhw" if letter in layout]
        for kind in kinds:
            name = f"pooling_{layout}_{kind}"
            shapes = [
                image_shape(layout, spatial),
                [WINDOW[s] for s in spatial],
                [EXTENTS[s] for s in layout],
            ]
            text = declare(
                name, [tensor(s) for s in shapes[:2]], tensor(shapes[2]), windows(spatial)
            )
            made[name] = (
                text,
                shapes,
                lambda x, w, z, at=layout, f=POOLINGS[kind], s=tuple(spatial): pool(x, z, at, f, s),
            )
    return made


def pool(image, out, layout, function, spatial) -> np.ndarray:
    parts = [out]
    for point in product(*(range(WINDOW[s]) for s in spatial)):
        part = [slice(None)] * image.ndim
        for d, (s, offset) in enumerate(zip(spatial, point, strict=True)):
            start = offset * DILATIONS[d]
            stop = start + (EXTENTS[s] - 1) * STRIDES[d] + 1
            part[layout.index(s)] = slice(start, stop, STRIDES[d])
        parts.append(image[tuple(part)])
    return function(np.stack(parts), axis=0)


CASES = cases()
SCALARS = """
#row = affine_map<(i, j) -> (j)>
#all = affine_map<(i, j) -> (i, j)>
func.func @quantized(%a: tensor<2x3xi8>, %b: tensor<3x4xi8>, %out: tensor<2x4xi32>) -> tensor<2x4xi32> {
  %p = arith.constant 3 : i32
  %q = arith.constant -2 : i32
  %0 = linalg.quantized_matmul ins(%a, %b, %p, %q : tensor<2x3xi8>, tensor<3x4xi8>, i32, i32) outs(%out : tensor<2x4xi32>) -> tensor<2x4xi32>
  return %0 : tensor<2x4xi32>
}
func.func @unsigned(%a: tensor<2x3xi8>, %b: tensor<3x4xi8>, %out: tensor<2x4xi32>) -> tensor<2x4xi32> {
  %0 = linalg.matmul {cast = #linalg.type_fn<cast_unsigned>} ins(%a, %b : tensor<2x3xi8>, tensor<3x4xi8>) outs(%out : tensor<2x4xi32>) -> tensor<2x4xi32>
  return %0 : tensor<2x4xi32>
}
func.func @broadcast(%a: tensor<2x3xf32>, %b: tensor<3xf32>) -> tensor<2x3xf32> {
  %e = tensor.empty() : tensor<2x3xf32>
  %0 = linalg.elementwise kind=#linalg.elementwise_kind<sub> indexing_maps = [#all, #row, #all] ins(%a, %b : tensor<2x3xf32>, tensor<3xf32>) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = linalg.negf ins(%0 : tensor<2x3xf32>) outs(%e : tensor<2x3xf32>) -> tensor<2x3xf32>
  %2 = linalg.map { arith.mulf } ins(%1, %0 : tensor<2x3xf32>, tensor<2x3xf32>) outs(%e : tensor<2x3xf32>)
  return %2 : tensor<2x3xf32>
}
func.func @reduce(%a: tensor<2x3x4xf32>, %b: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %0 = linalg.reduce { arith.maximumf } ins(%a : tensor<2x3x4xf32>) outs(%b : tensor<2x4xf32>) dimensions = [1]
  return %0 : tensor<2x4xf32>
}
func.func @softmax(%a: tensor<3x5x2xf32>) -> tensor<3x5x2xf32> {
  %e = tensor.empty() : tensor<3x5x2xf32>
  %0 = linalg.softmax dimension(1) ins(%a : tensor<3x5x2xf32>) outs(%e : tensor<3x5x2xf32>) -> tensor<3x5x2xf32>
  return %0 : tensor<3x5x2xf32>
}
func.func @pack(%a: tensor<5x6xf32>) -> tensor<2x2x4x3xf32> {
  %z = arith.constant 7.0 : f32
  %e = tensor.empty() : tensor<2x2x4x3xf32>
  %0 = linalg.pack %a padding_value(%z : f32) outer_dims_perm = [1, 0] inner_dims_pos = [0, 1] inner_tiles = [4, 3] into %e : tensor<5x6xf32> -> tensor<2x2x4x3xf32>
  return %0 : tensor<2x2x4x3xf32>
}
func.func @unpack(%a: tensor<2x2x4x3xf32>) -> tensor<5x6xf32> {
  %e = tensor.empty() : tensor<5x6xf32>
  %0 = linalg.unpack %a outer_dims_perm = [1, 0] inner_dims_pos = [0, 1] inner_tiles = [4, 3] into %e : tensor<2x2x4x3xf32> -> tensor<5x6xf32>
  return %0 : tensor<5x6xf32>
}
func.func @pad(%a: tensor<2x3xf32>) -> tensor<4x6xf32> {
  %z = arith.constant 7.0 : f32
  %0 = tensor.pad %a low[1, 2] high[1, 1] {
  ^bb0(%i: index, %j: index):
    tensor.yield %z : f32
  } : tensor<2x3xf32> to tensor<4x6xf32>
  return %0 : tensor<4x6xf32>
}
func.func @generate(%a: tensor<3x2xi32>) -> tensor<3x2xi32> {
  %0 = tensor.generate {
  ^bb0(%i: index, %j: index):
    %1 = arith.muli %i, %i : index
    %2 = arith.addi %1, %j : index
    %3 = arith.index_cast %2 : index to i32
    tensor.yield %3 : i32
  } : tensor<3x2xi32>
  %4 = linalg.map { arith.addi } ins(%0, %a : tensor<3x2xi32>, tensor<3x2xi32>) outs(%a : tensor<3x2xi32>)
  return %4 : tensor<3x2xi32>
}
"""


def arrays(shapes) -> list[np.ndarray]:
    random = np.random.default_rng(7)
    return [random.integers(-4, 5, shape).astype(np.float32) for shape in shapes]


TEXT = "".join(text for text, _, _ in CASES.values()) + SCALARS
EVERY_PROGRAM = {
    name: (TEXT, name, arrays(CASES[name][1]))
    for name in ("batch_matmul", "conv_2d_nchw_fchw", "depthwise_conv_2d_nhwc_hwcm", "mmt4d")
}
"""Some of the functions here, for upstream's runtime."""


@pytest.fixture(scope="module", params=CONFIGURATIONS)
def module(request):
    target, device = request.param
    return ireelite.load(ireelite.compile(TEXT, targets=[target]), device=device)


@pytest.mark.parametrize("name", CASES)
def test_products_and_windows(module, name):
    _, shapes, formula = CASES[name]
    given = arrays(shapes)
    np.testing.assert_array_equal(np.asarray(module[name](*given)), formula(*given))


def test_forms_with_scalars_maps_and_functions(module):
    a, b = np.int8([[1, -2, 3], [-4, 5, -128]]), np.int8(np.arange(12).reshape(3, 4) - 6)
    out = np.full((2, 4), 10, np.int32)
    wide = [x.astype(np.int32) for x in (a, b)]
    np.testing.assert_array_equal(module.quantized(a, b, out), (wide[0] - 3) @ (wide[1] + 2) + 10)
    bare = [x.view(np.uint8).astype(np.int32) for x in (a, b)]
    np.testing.assert_array_equal(module.unsigned(a, b, out), bare[0] @ bare[1] + 10)
    x, y = arrays([(2, 3), (3,)])
    np.testing.assert_array_equal(module.broadcast(x, y), -((x - y) ** 2))
    x, y = arrays([(2, 3, 4), (2, 4)])
    np.testing.assert_array_equal(module.reduce(x, y), np.maximum(x.max(1), y))


def test_softmax(module):
    (x,) = arrays([(3, 5, 2)])
    powers = np.exp(x - x.max(1, keepdims=True))
    np.testing.assert_allclose(module.softmax(x), powers / powers.sum(1, keepdims=True), rtol=1e-6)


def test_tiled_layouts_and_padding(module):
    (x,) = arrays([(5, 6)])
    whole = np.full((8, 6), 7, np.float32)
    whole[:5] = x
    tiled = whole.reshape(2, 4, 2, 3).transpose(2, 0, 1, 3)
    np.testing.assert_array_equal(module.pack(x), tiled)
    np.testing.assert_array_equal(module.unpack(np.ascontiguousarray(tiled)), x)
    (x,) = arrays([(2, 3)])
    np.testing.assert_array_equal(module.pad(x), np.pad(x, ((1, 1), (2, 1)), constant_values=7))
    at = np.arange(3, dtype=np.int32)[:, None] ** 2 + np.arange(2, dtype=np.int32)
    np.testing.assert_array_equal(module.generate(np.ones((3, 2), np.int32)), at + 1)
