"""Register tiles: which kernels get them, and that they change no value."""

from __future__ import annotations

import re
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import ireelite
from ireelite.lowering.schedules import tiling
from ireelite.lowering.schedules.tiles import REGISTER_FILES, candidates, choose_tile
from ireelite.status import StatusError

RANDOM = np.random.default_rng(11)


def product_of(name: str, a: str, b: str, out: str, epilogue: str = "", extra: str = "") -> str:
    return f"""
func.func @{name}(%a: {a}, %b: {b}{extra}) -> {out} {{
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : ({a}, {b}) -> {out}
  {epilogue or "return %0 : " + out}
}}"""


def tensor(*shape: int, of: str = "f32") -> str:
    return f"tensor<{'x'.join(map(str, shape))}x{of}>"


def is_tiled(program: ireelite.Program) -> bool:
    return '"lanes"' in program.ir("schedules")


@pytest.mark.parametrize("name", REGISTER_FILES)
def test_a_tile_fits_the_registers_and_the_points(name):
    file = REGISTER_FILES[name]
    for rows in (1, 2, 7, 64, 1000):
        for columns in (file.lanes, file.lanes + 1, 100, 4096):
            tile = choose_tile(rows, columns, file.lanes, file.accumulators)
            assert tile is not None
            assert tile.rows <= rows and tile.columns <= columns
            assert tile.registers * tile.rows <= file.accumulators
            assert tile.columns == tile.registers * file.lanes
    part = choose_tile(8, file.lanes - 1, file.lanes, file.accumulators)
    assert part is None or part.columns == file.lanes // 2 >= 4
    assert choose_tile(8, 3, file.lanes, file.accumulators) is None
    narrow = choose_tile(8, 4096, file.lanes, file.accumulators, most_columns=2 * file.lanes)
    assert narrow is not None and narrow.columns <= 2 * file.lanes
    assert choose_tile(7, 33, 4, 12, even=True) is None
    evens = list(candidates(24, 96, file.lanes, file.accumulators, even=True))
    assert evens and all(24 % t.rows == 0 and 96 % t.columns == 0 for t in evens)


SHAPES = [(64, 8, 80), (9, 7, 17), (1, 64, 100), (2, 1, 16), (7, 3, 257)]


@pytest.mark.parametrize(
    ("dtype", "cpu"), [("f32", "host"), ("f32", "generic"), ("f64", "host"), ("i8", "generic")]
)
def test_products_of_all_remainders(dtype, cpu):
    text = "".join(
        product_of(f"p{n}", tensor(m, k, of=dtype), tensor(k, c, of=dtype), tensor(m, c, of=dtype))
        for n, (m, k, c) in enumerate(SHAPES)
    )
    program = ireelite.compile(text, targets=["llvm-cpu"], cpu=cpu)
    assert is_tiled(program)
    module = ireelite.load(program, device="local-sync")
    for n, (m, k, c) in enumerate(SHAPES):
        kind = np.dtype({"f32": "f4", "f64": "f8", "i32": "i4", "i8": "i1"}[dtype])
        a, b = (RANDOM.integers(-9, 9, shape).astype(kind) for shape in ((m, k), (k, c)))
        np.testing.assert_array_equal(getattr(module, f"p{n}")(a, b), a @ b)


@pytest.mark.parametrize("dtype", ["bf16", "f16", "f8E4M3FN", "f8E5M2"])
def test_products_of_small_floats_are_tiled(dtype):
    """They are added up as f32; a bf16 result is rounded once."""
    small = {"bf16": "bfloat16", "f16": "float16", "f8E4M3FN": "float8_e4m3fn"}
    kind = np.dtype(getattr(ml_dtypes, small.get(dtype, "float8_e5m2"), np.float16))
    text = product_of("wide", tensor(9, 40, of=dtype), tensor(40, 33, of=dtype), tensor(9, 33))
    text += product_of(
        "same", tensor(9, 40, of=dtype), tensor(40, 33, of=dtype), tensor(9, 33, of=dtype)
    )
    text += f"""
func.func @turned(%a: {tensor(16, 40, of=dtype)}, %b: {tensor(33, 40, of=dtype)}) -> {tensor(16, 33)} {{
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [1] : ({tensor(16, 40, of=dtype)}, {tensor(33, 40, of=dtype)}) -> {tensor(16, 33)}
  return %0 : {tensor(16, 33)}
}}"""
    program = ireelite.compile(text, targets=["llvm-cpu"])
    assert program.ir("schedules").count('["workgroup"]') == 3
    module = ireelite.load(program, device="local-sync")
    a, b = (RANDOM.integers(-3, 4, shape).astype(kind) for shape in ((9, 40), (40, 33)))
    exact = a.astype("f4") @ b.astype("f4")
    np.testing.assert_array_equal(module.wide(a, b), exact)
    np.testing.assert_array_equal(
        np.asarray(module.same(a, b)).astype("f4"), exact.astype(kind).astype("f4")
    )
    a, b = (RANDOM.integers(-3, 4, shape).astype(kind) for shape in ((16, 40), (33, 40)))
    np.testing.assert_array_equal(module.turned(a, b), a.astype("f4") @ b.astype("f4").T)


@pytest.mark.parametrize("dtype", ["i2", "ui4", "f4E2M1FN", "f6E3M2FN", "ui8", "f8E4M3FN"])
def test_schedules_keep_the_values_of_all_narrow_types(dtype):
    """Those that share bytes run in plain loops."""
    out = {"i": "i32", "u": "ui32", "f": "f32"}[dtype[0]]
    a, b, c = tensor(20, 33, of=dtype), tensor(33, 40, of=dtype), tensor(20, 40, of=out)
    turned, back = tensor(40, 33, of=dtype), tensor(33, 20, of=dtype)
    text = product_of("product", a, b, c)
    text += f"""
func.func @columns(%a: {a}, %b: {turned}) -> {c} {{
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [1] : ({a}, {turned}) -> {c}
  return %0 : {c}
}}
func.func @turned(%a: {a}) -> {tensor(33, 20, of="f32")} {{
  %0 = stablehlo.transpose %a, dims = [1, 0] : ({a}) -> {back}
  %1 = stablehlo.convert %0 : ({back}) -> {tensor(33, 20, of="f32")}
  return %1 : {tensor(33, 20, of="f32")}
}}"""
    plain, tiled = (
        ireelite.load(ireelite.compile(text, targets=["llvm-cpu"], schedule=name))
        for name in ("plain", None)
    )
    kind = plain.product.signature.arguments[0].dtype
    x, y = (RANDOM.integers(0, 4, shape).astype(kind) for shape in ((20, 33), (33, 40)))
    for one, other in (
        (plain.product(x, y), tiled.product(x, y)),
        (plain.columns(x, y.T.copy()), tiled.columns(x, y.T.copy())),
        (plain.turned(x), tiled.turned(x)),
    ):
        np.testing.assert_array_equal(one, other)
    expected = x.astype("f4") @ y.astype("f4")
    np.testing.assert_array_equal(np.asarray(tiled.product(x, y)).astype("f4"), expected)


@pytest.mark.parametrize(("groups", "features"), [(2, 32), (4, 64), (3, 48), (8, 32)])
def test_convolutions_of_groups_run_in_tiles_that_lie_in_one(groups, features):
    inside = 4
    text = f"""
func.func @conv(%x: tensor<1x8x9x{groups * inside}xf32>, %w: tensor<3x3x{inside}x{features}xf32>) -> tensor<1x6x7x{features}xf32> {{
  %0 = stablehlo.convolution(%x, %w) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {{}} {{batch_group_count = 1 : i64, feature_group_count = {groups} : i64}} : (tensor<1x8x9x{groups * inside}xf32>, tensor<3x3x{inside}x{features}xf32>) -> tensor<1x6x7x{features}xf32>
  return %0 : tensor<1x6x7x{features}xf32>
}}"""
    program = ireelite.compile(text, targets=["llvm-cpu"])
    assert is_tiled(program)
    x = RANDOM.integers(-3, 4, (1, 8, 9, groups * inside)).astype("f4")
    w = RANDOM.integers(-3, 4, (3, 3, inside, features)).astype("f4")
    windows = np.lib.stride_tricks.sliding_window_view(x[0], (3, 3), (0, 1))
    parts = [
        np.einsum("yxcij,ijco->yxo", part, weights)
        for part, weights in zip(
            np.split(windows, groups, axis=2), np.split(w, groups, axis=3), strict=True
        )
    ]
    found = ireelite.load(program, device="local-sync").conv(x, w)
    np.testing.assert_array_equal(np.asarray(found)[0], np.concatenate(parts, axis=2))


def test_operands_whose_indices_divide_the_tiles_dimensions():
    """Heads of features, in columns and in rows, and rows that share an operand."""
    text = """
func.func @columns(%a: tensor<24x40xf32>, %w: tensor<3x16x40xf32>) -> tensor<24x48xf32> {
  %0 = stablehlo.reshape %w : (tensor<3x16x40xf32>) -> tensor<48x40xf32>
  %1 = stablehlo.dot_general %a, %0, contracting_dims = [1] x [1] : (tensor<24x40xf32>, tensor<48x40xf32>) -> tensor<24x48xf32>
  return %1 : tensor<24x48xf32>
}
func.func @neighbours(%a: tensor<24x40xf32>, %w: tensor<40x3x16xf32>, %b: tensor<3x16xf32>) -> tensor<24x48xf32> {
  %0 = stablehlo.transpose %w, dims = [0, 1, 2] : (tensor<40x3x16xf32>) -> tensor<40x3x16xf32>
  %1 = stablehlo.reshape %0 : (tensor<40x3x16xf32>) -> tensor<40x48xf32>
  %2 = stablehlo.dot_general %a, %1, contracting_dims = [1] x [0] : (tensor<24x40xf32>, tensor<40x48xf32>) -> tensor<24x48xf32>
  %3 = stablehlo.reshape %b : (tensor<3x16xf32>) -> tensor<48xf32>
  %4 = stablehlo.broadcast_in_dim %3, dims = [1] : (tensor<48xf32>) -> tensor<24x48xf32>
  %5 = stablehlo.add %2, %4 : tensor<24x48xf32>
  return %5 : tensor<24x48xf32>
}
func.func @shared(%a: tensor<24x40xf32>, %w: tensor<6x32x40xf32>) -> tensor<24x32xf32> {
  %0 = stablehlo.broadcast_in_dim %w, dims = [0, 2, 3] : (tensor<6x32x40xf32>) -> tensor<6x4x32x40xf32>
  %1 = stablehlo.reshape %0 : (tensor<6x4x32x40xf32>) -> tensor<24x32x40xf32>
  %2 = stablehlo.dot_general %a, %1, batching_dims = [0] x [0], contracting_dims = [1] x [2] : (tensor<24x40xf32>, tensor<24x32x40xf32>) -> tensor<24x32xf32>
  return %2 : tensor<24x32xf32>
}"""
    module = ireelite.load(ireelite.compile(text, targets=["llvm-cpu"]), device="local-sync")
    shapes = (24, 40), (3, 16, 40), (40, 3, 16), (3, 16), (6, 32, 40)
    a, w, v, b, u = (RANDOM.integers(-9, 9, shape).astype("f4") for shape in shapes)
    np.testing.assert_array_equal(module.columns(a, w), a @ w.reshape(48, 40).T)
    expected = a @ v.reshape(40, 48) + b.reshape(48)
    np.testing.assert_array_equal(module.neighbours(a, v, b), expected)
    shared = np.einsum("mk,mnk->mn", a, u.repeat(4, axis=0))
    np.testing.assert_array_equal(module.shared(a, u), shared)


EPILOGUES = {
    "bias": (
        "%1 = stablehlo.broadcast_in_dim %c, dims = [1] : (tensor<37xf32>) -> tensor<11x37xf32>\n"
        "%2 = stablehlo.add %0, %1 : tensor<11x37xf32>\n return %2 : tensor<11x37xf32>",
        "tensor<37xf32>",
        lambda x, c: x + c,
    ),
    "logistic": (
        "%1 = stablehlo.logistic %0 : tensor<11x37xf32>\n return %1 : tensor<11x37xf32>",
        "tensor<37xf32>",
        lambda x, c: 1 / (1 + np.exp(-x)),
    ),
    "tanh": (
        "%1 = stablehlo.tanh %0 : tensor<11x37xf32>\n return %1 : tensor<11x37xf32>",
        "tensor<37xf32>",
        lambda x, c: np.tanh(x),
    ),
    "select": (
        "%z = stablehlo.constant dense<0.0> : tensor<11x37xf32>\n"
        "%1 = stablehlo.compare GT, %0, %z : (tensor<11x37xf32>, tensor<11x37xf32>) -> tensor<11x37xi1>\n"
        "%2 = stablehlo.select %1, %0, %z : tensor<11x37xi1>, tensor<11x37xf32>\n"
        "return %2 : tensor<11x37xf32>",
        "tensor<37xf32>",
        lambda x, c: np.maximum(x, 0),
    ),
    "residual": (
        "%1 = stablehlo.add %0, %c : tensor<11x37xf32>\n return %1 : tensor<11x37xf32>",
        "tensor<11x37xf32>",
        lambda x, c: x + c,
    ),
}


def test_what_follows_a_product_is_in_its_tile():
    text = "".join(
        product_of(name, tensor(11, 21), tensor(21, 37), tensor(11, 37), epilogue, f", %c: {kind}")
        for name, (epilogue, kind, _) in EPILOGUES.items()
    )
    module = ireelite.load(ireelite.compile(text, targets=["llvm-cpu"]), device="local-sync")
    a, b = RANDOM.standard_normal((2, 21, 37), np.float32)
    a = np.ascontiguousarray(a[:, :11].T)
    for name, (_, kind, reference) in EPILOGUES.items():
        shape = (37,) if kind == "tensor<37xf32>" else (11, 37)
        c = RANDOM.standard_normal(shape, np.float32)
        found = getattr(module, name)(a, b, c)
        np.testing.assert_allclose(found, reference(a @ b, c), rtol=2e-5, atol=2e-5, err_msg=name)


def test_an_operand_that_the_result_replaces_is_read_once():
    """The sum is written over a transient, in tiles that overlap only where nothing is read."""
    text = """
func.func @f(%a: tensor<11x21xf32>, %b: tensor<21x37xf32>, %c: tensor<11x37xf32>) -> tensor<11x37xf32> {
  %0 = stablehlo.exponential %c : tensor<11x37xf32>
  %1 = stablehlo.sine %0 : tensor<11x37xf32>
  %2 = stablehlo.custom_call @Sharding(%1) : (tensor<11x37xf32>) -> tensor<11x37xf32>
  %3 = stablehlo.optimization_barrier %2 : tensor<11x37xf32>
  %4 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<11x21xf32>, tensor<21x37xf32>) -> tensor<11x37xf32>
  %5 = stablehlo.add %4, %3 : tensor<11x37xf32>
  %6 = stablehlo.multiply %5, %3 : tensor<11x37xf32>
  return %6 : tensor<11x37xf32>
}"""
    module = ireelite.load(ireelite.compile(text, targets=["llvm-cpu"]), device="local-sync")
    a, b = (
        RANDOM.standard_normal((11, 21), np.float32),
        RANDOM.standard_normal((21, 37), np.float32),
    )
    c = RANDOM.standard_normal((11, 37), np.float32)
    d = np.sin(np.exp(c))
    np.testing.assert_allclose(module.f(a, b, c), (a @ b + d) * d, rtol=1e-4, atol=1e-4)


def test_batches_transposed_operands_sums_and_convolutions():
    text = """
func.func @batch(%a: tensor<3x5x7xf32>, %b: tensor<3x7x40xf32>) -> tensor<3x5x40xf32> {
  %0 = stablehlo.dot_general %a, %b, batching_dims = [0] x [0], contracting_dims = [2] x [1] : (tensor<3x5x7xf32>, tensor<3x7x40xf32>) -> tensor<3x5x40xf32>
  return %0 : tensor<3x5x40xf32>
}
func.func @left(%a: tensor<7x5xf32>, %b: tensor<7x40xf32>) -> tensor<5x40xf32> {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [0] x [0] : (tensor<7x5xf32>, tensor<7x40xf32>) -> tensor<5x40xf32>
  return %0 : tensor<5x40xf32>
}
func.func @right(%a: tensor<5x7xf32>, %b: tensor<40x7xf32>) -> tensor<5x40xf32> {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [1] : (tensor<5x7xf32>, tensor<40x7xf32>) -> tensor<5x40xf32>
  return %0 : tensor<5x40xf32>
}
func.func @columns(%a: tensor<19x70xf32>) -> tensor<70xf32> {
  %z = stablehlo.constant dense<0.0> : tensor<f32>
  %0 = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [0] : (tensor<19x70xf32>, tensor<f32>) -> tensor<70xf32>
  return %0 : tensor<70xf32>
}
func.func @conv(%x: tensor<1x6x6x3xf32>, %w: tensor<3x3x3x20xf32>) -> tensor<1x4x4x20xf32> {
  %0 = stablehlo.convolution(%x, %w) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x6x6x3xf32>, tensor<3x3x3x20xf32>) -> tensor<1x4x4x20xf32>
  return %0 : tensor<1x4x4x20xf32>
}"""
    program = ireelite.compile(text, targets=["llvm-cpu"])
    module = ireelite.load(program, device="local-sync")

    def random(*shape: int):
        return RANDOM.standard_normal(shape, np.float32)

    a, b = random(3, 5, 7), random(3, 7, 40)
    close: dict[str, Any] = {"rtol": 1e-5, "atol": 1e-5}
    np.testing.assert_allclose(module.batch(a, b), a @ b, **close)
    a, b = random(7, 5), random(7, 40)
    np.testing.assert_allclose(module.left(a, b), a.T @ b, **close)
    a, b = random(5, 7), random(40, 7)
    np.testing.assert_allclose(module.right(a, b), a @ b.T, **close)
    a = random(19, 70)
    np.testing.assert_allclose(module.columns(a), a.sum(0), **close)
    x, w = random(1, 6, 6, 3), random(3, 3, 3, 20)
    windows = np.lib.stride_tricks.sliding_window_view(x[0], (3, 3), (0, 1))
    np.testing.assert_allclose(
        module.conv(x, w)[0], np.einsum("yxcij,ijco->yxo", windows, w), **close
    )


# lhs, rhs, contracted, batched, columns are packed
OPERANDS = [
    ((33, 48), (40, 48), ([1], [1]), False, True),
    ((48, 33), (40, 48), ([0], [1]), False, True),
    ((33, 21), (40, 21), ([1], [1]), False, True),
    ((3, 20, 32), (3, 37, 32), ([2], [2]), True, True),
    ((64, 4, 16), (50, 4, 16), ([1, 2], [1, 2]), False, True),
    ((64, 16, 4), (50, 4, 16), ([1, 2], [2, 1]), False, True),
    ((2, 600), (4, 600), ([1], [1]), False, False),
    ((40, 300), (300, 10), ([1], [0]), False, False),
    ((1, 300), (300, 1000), ([1], [0]), False, False),
]


@pytest.mark.parametrize(("dtype", "cpu"), [("f32", "host"), ("f64", "host"), ("i32", "generic")])
def test_operands_that_are_read_in_columns_are_packed(dtype, cpu):
    text, expected = "", []
    for n, (a, b, (left, right), batched, _) in enumerate(OPERANDS):
        kind = np.dtype({"f32": "f4", "f64": "f8", "i32": "i4"}[dtype])
        x, y = (RANDOM.integers(-9, 9, shape).astype(kind) for shape in (a, b))
        names = [("b" if batched and d == 0 else f"m{d}") for d in range(len(a))]
        others = [("b" if batched and d == 0 else f"n{d}") for d in range(len(b))]
        for k, (i, j) in enumerate(zip(left, right, strict=True)):
            names[i] = others[j] = f"k{k}"
        free = [name for name in (*names, *others) if name[0] in "mn"]
        letters = {name: chr(97 + at) for at, name in enumerate(dict.fromkeys([*names, *others]))}
        free = ["b"] * batched + free
        spelled = ["".join(letters[name] for name in each) for each in (names, others, free)]
        out = np.einsum("{},{}->{}".format(*spelled), x, y)
        types = [tensor(*array.shape, of=dtype) for array in (x, y, out)]
        batch = "batching_dims = [0] x [0], " if batched else ""
        text += f"""
func.func @f{n}(%a: {types[0]}, %b: {types[1]}) -> {types[2]} {{
  %0 = stablehlo.dot_general %a, %b, {batch}contracting_dims = {left} x {right} : ({types[0]}, {types[1]}) -> {types[2]}
  return %0 : {types[2]}
}}"""
        expected.append((x, y, out))
    program = ireelite.compile(text, targets=["llvm-cpu"], cpu=cpu)
    packed = [case[-1] for case in OPERANDS]
    assert program.ir("schedules").count("%packed = memref.alloca") == sum(packed)
    module = ireelite.load(program, device="local-sync")
    for n, (x, y, out) in enumerate(expected):
        np.testing.assert_array_equal(getattr(module, f"f{n}")(x, y), out, err_msg=str(n))


def test_large_operands_are_packed_where_many_rows_read_them(monkeypatch):
    monkeypatch.setattr(tiling, "LARGE_BUFFER", 1000)
    shapes = [(60, 21, 70), (60, 100, 33), (8, 21, 70), (50, 9, 33)]
    text = "".join(
        product_of(f"p{n}", tensor(m, k), tensor(k, c), tensor(m, c))
        for n, (m, k, c) in enumerate(shapes)
    )
    program = ireelite.compile(text, targets=["llvm-cpu"])
    assert program.ir("schedules").count("%packed = memref.alloca") == 2
    module = ireelite.load(program, device="local-sync")
    for n, (m, k, c) in enumerate(shapes):
        a, b = (RANDOM.integers(-9, 9, shape).astype("f4") for shape in ((m, k), (k, c)))
        np.testing.assert_array_equal(getattr(module, f"p{n}")(a, b), a @ b)


TRANSPOSES = [
    ((70, 40), (1, 0), "f32"),
    ((64, 96), (1, 0), "f64"),
    ((35, 70), (1, 0), "i8"),
    ((48, 33), (1, 0), "i1"),
    ((3, 17, 64), (0, 2, 1), "i32"),
    ((2, 5, 17, 33), (0, 3, 1, 2), "f32"),
    ((2, 33, 5, 17), (0, 2, 3, 1), "i64"),
    ((4, 16, 3, 16), (3, 2, 1, 0), "f32"),
]


@pytest.mark.parametrize("cpu", ["host", "generic"])
def test_transposes_in_squares(cpu):
    text, expected = "", []
    for n, (shape, order, dtype) in enumerate(TRANSPOSES):
        a, out = tensor(*shape, of=dtype), tensor(*(shape[d] for d in order), of=dtype)
        text += f"""
func.func @t{n}(%a: {a}) -> {out} {{
  %0 = stablehlo.transpose %a, dims = {list(order)} : ({a}) -> {out}
  return %0 : {out}
}}"""
        kind = "bool" if dtype == "i1" else dtype.replace("f32", "f4").replace("f64", "f8")
        kind = {"i8": "i1", "i32": "i4", "i64": "i8"}.get(kind, kind)
        values = RANDOM.integers(0, 2 if dtype == "i1" else 100, shape).astype(kind)
        expected.append((values, values.transpose(order)))
    program = ireelite.compile(text, targets=["llvm-cpu"], cpu=cpu)
    assert program.ir("schedules").count('mapping = ["unroll", "lanes"]') >= len(TRANSPOSES) - 1
    module = ireelite.load(program, device="local-sync")
    for n, (values, turned) in enumerate(expected):
        np.testing.assert_array_equal(getattr(module, f"t{n}")(values), turned, err_msg=str(n))


def test_what_is_around_a_transpose_is_in_its_tile():
    text = """
func.func @f(%a: tensor<40x70xf32>, %b: tensor<70x40xf32>, %c: tensor<40xf32>) -> (tensor<70x40xf32>, tensor<70x40xi1>) {
  %0 = stablehlo.exponential %a : tensor<40x70xf32>
  %1 = stablehlo.transpose %0, dims = [1, 0] : (tensor<40x70xf32>) -> tensor<70x40xf32>
  %2 = stablehlo.broadcast_in_dim %c, dims = [1] : (tensor<40xf32>) -> tensor<70x40xf32>
  %3 = stablehlo.add %1, %2 : tensor<70x40xf32>
  %4 = stablehlo.multiply %3, %b : tensor<70x40xf32>
  %5 = stablehlo.compare GT, %4, %2 : (tensor<70x40xf32>, tensor<70x40xf32>) -> tensor<70x40xi1>
  return %4, %5 : tensor<70x40xf32>, tensor<70x40xi1>
}
func.func @square(%a: tensor<70x70xf32>) -> tensor<70x70xf32> {
  %0 = stablehlo.transpose %a, dims = [1, 0] : (tensor<70x70xf32>) -> tensor<70x70xf32>
  %1 = stablehlo.add %a, %0 : tensor<70x70xf32>
  %2 = stablehlo.reverse %1, dims = [0] : tensor<70x70xf32>
  return %2 : tensor<70x70xf32>
}"""
    module = ireelite.load(ireelite.compile(text, targets=["llvm-cpu"]), device="local-sync")
    a, b = (
        RANDOM.standard_normal((40, 70), np.float32),
        RANDOM.standard_normal((70, 40), np.float32),
    )
    c = RANDOM.standard_normal(40, np.float32)
    product, larger = module.f(a, b, c)
    np.testing.assert_allclose(product, (np.exp(a).T + c) * b, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(larger, np.asarray(product) > c)
    s = RANDOM.standard_normal((70, 70), np.float32)
    np.testing.assert_array_equal(module.square(s), (s + s.T)[::-1])


def test_the_scheduled_text_reads_back():
    text = product_of("f", tensor(9, 7), tensor(7, 33), tensor(9, 33))
    program = ireelite.compile(text, targets=["llvm-cpu"])
    again = ireelite.compile(program.ir("schedules", elide=False), targets=["llvm-cpu"])
    a, b = RANDOM.standard_normal((9, 7), np.float32), RANDOM.standard_normal((7, 33), np.float32)
    results = [ireelite.load(p, device="local-sync").f(a, b) for p in (program, again)]
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('["unroll", "lanes"]', '["lanes", "unroll"]', "a tile's dimensions are marked"),
        ("[%k, %j]", "[%j, %k]", "accesses neighbours along its last dimension only"),
    ],
)
def test_marks_that_do_not_fit_are_refused(old, new, message):
    text = product_of("f", tensor(8, 16), tensor(16, 16), tensor(8, 16))
    scheduled = ireelite.compile(text, targets=["llvm-cpu"]).ir("schedules", elide=False)
    assert old in scheduled
    with pytest.raises(StatusError, match=message):
        ireelite.compile(scheduled.replace(old, new), targets=["llvm-cpu"])


def test_a_tile_computes_no_point_twice_where_a_few_more_loads_avoid_it():
    lanes, accumulators = REGISTER_FILES["avx512f"].lanes, REGISTER_FILES["avx512f"].accumulators
    for rows, columns, height in ((32, 32, 8), (32, 512, 4), (256, 256, 6)):
        tile = choose_tile(rows, columns, lanes, accumulators)
        assert tile is not None and tile.rows == height, (rows, columns)


def test_columns_from_the_second_cache_are_multiplied_by_four_rows_at_least():
    file = REGISTER_FILES["avx512f"]
    tiles = [
        choose_tile(128, 256, file.lanes, file.accumulators, cached_columns=cached)
        for cached in (256, 64, 16)
    ]
    assert [tile and (tile.rows, tile.registers) for tile in tiles] == [(3, 8), (4, 4), (4, 4)]
    shape = tensor(128, 256), tensor(256, 256), tensor(128, 256)
    program = ireelite.compile(product_of("f", *shape), targets=["llvm-cpu"], schedule="avx512f")
    tiles = re.search(r"constant (\d+) : index\s+scf.parallel \(%tile\)", program.ir("schedules"))
    assert tiles and int(tiles[1]) == 128 // 4 * 256 // 64


def test_products_of_less_than_a_register_of_columns_are_tiled():
    a = tensor(8, 8)
    program = ireelite.compile(product_of("p", a, a, a), targets=["llvm-cpu"])
    assert is_tiled(program)
