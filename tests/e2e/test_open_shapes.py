"""Programs whose arguments leave sizes open, on every target, with sizes of all kinds."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import ireelite
from ireelite.status import StatusCode, StatusError

PROGRAM = Path(__file__).parent / "tensor_programs" / "open_shapes.mlir"
ELEMENTS = PROGRAM.with_stem("open_elements")
CONTROL = PROGRAM.with_stem("open_control")
PLACES = PROGRAM.with_stem("open_places")
WINDOWS = PROGRAM.with_stem("open_windows")

CONFIGURATIONS = [
    pytest.param(("llvm-cpu", "local-task"), id="native"),
    pytest.param(("vmvx", "local-sync"), id="vmvx"),
    pytest.param(("vulkan-spirv", "webgpu"), id="spirv", marks=pytest.mark.webgpu),
]


@cache
def compiled(target: str, program: Path = PROGRAM):
    return ireelite.compile(program, targets=[target])


@pytest.fixture(scope="module", params=CONFIGURATIONS)
def module(request):
    target, device = request.param
    return ireelite.load(compiled(target), device=device)


def between(first: str, behind: str) -> str:
    """Some of the functions."""
    text = PROGRAM.read_text()
    return text[text.index(f"func.func @{first}") : text.index(f"func.func @{behind}")]


def softmax(a):
    powers = np.exp(a - a.max(1, keepdims=True, initial=-np.inf))
    return powers / powers.sum(1, keepdims=True)


def spread(a):
    """`a` with two rows between its rows and a column between its columns, and edges of 7."""
    n = len(a)
    padded = np.full((3 + n + 2 * max(n - 1, 0), 5), 7, np.float32)
    padded[1 : 1 + 3 * n : 3, 2::2] = a
    return padded


def padded(a, low, high, interior):
    """`a` with elements of 7 between its elements and at its edges, or without those edges."""
    for axis, (before, behind, between) in enumerate(zip(low, high, interior, strict=True)):
        places = np.arange(a.shape[axis]) * (between + 1) + before
        length = max(before + max((a.shape[axis] - 1) * (between + 1) + 1, 0) + behind, 0)
        kept = (places >= 0) & (places < length)
        rows = np.moveaxis(a, axis, 0)
        whole = np.full((length, *rows.shape[1:]), 7, a.dtype)
        whole[places[kept]] = rows[kept]
        a = np.moveaxis(whole, 0, axis)
    return a


def cases(n: int, k: int, m: int):
    """(function, arguments, what it yields) for three sizes."""
    pick = np.random.default_rng(n * 10_000 + k * 100 + m)

    def floats(*shape):
        return pick.random(shape, np.float32)

    def integers(dtype, *shape):
        return pick.integers(-9, 9, shape).astype(dtype)

    i, i3 = integers(np.int32, n), integers(np.int32, n, 3)
    yield "reduce_sum_1d", [i], i.sum(dtype=np.int32)
    yield "reduce_sum_2d", [i3], i3.sum(0, dtype=np.int32)
    yield "add_one", [i], i + 1
    x, y = floats(n, 3), floats(n, 3)
    yield "products", [x, y], np.exp((x * y).sum(1))
    yield "flatten", [x], x.ravel()
    a, b = floats(n, k), floats(k, m)
    yield "matmul", [a, b], a @ b
    s, t, u = integers(np.int8, n, k), integers(np.int8, k, m), integers(np.int32, n, m)
    yield "accumulated", [s, t, u], 2 * (s.astype(np.int32) @ t) + u
    yield "transpose", [z := floats(n, 3, k)], z.transpose(2, 0, 1)
    if k:
        yield "softmax", [a], softmax(a)
    if n:
        yield "mean", [v := floats(n, 4)], v.mean(0)
    yield "iota", [f := floats(n)], f + np.arange(n, dtype=np.float32)
    v, w, c = floats(n, 4), floats(4, 8), floats(8)
    yield "chain", [v, w, c], np.tanh(v @ w + c)
    a, b, c, d = floats(n, 2), floats(k, 2), floats(3, 2), floats(n + 3)
    yield "concat", [a, b, c], np.concatenate([a, b, c])
    yield "concat1", [a, x], np.concatenate([a, x], 1)
    yield "pad", [a, np.float32(7)], spread(a)
    yield "dpad", [d, np.float32(7)], np.pad(d, (n + 3, 1), constant_values=7)
    if n > 1:
        yield "cut_pad", [x], padded(x, [-4, 1], [-1, -2], [2, 1])
    yield "cut_dpad", [d], padded(d, [2 - n], [n - 1], [1])
    yield "tail", [d], d[1::2]
    yield "reversed", [x], x[::-1, ::-1]
    yield "insert", [d, c[:2, 0]], np.concatenate([d[:1], c[:2, 0], d[3:]])
    yield "extract", [d], d[1:-1]
    yield "folded", [v], v.reshape(n, 2, 2)
    yield "pairs", [v], v.reshape(2 * n, 2)
    yield "rows_of", [v, floats(n)], v.reshape(n, 4 if n else 0)
    if n > 1:
        yield "scaled", [v], v / n


SHOWN = ("reduce_sum_2d", "products", "matmul", "scaled")
EVERY_PROGRAM = {n: (PROGRAM, n, values) for n, values, _ in cases(5, 7, 3) if n in SHOWN}
"""Programs that upstream's runtime runs, too."""


@pytest.mark.parametrize("sizes", [(1, 1, 1), (0, 3, 2), (3, 0, 2), (5, 7, 3), (65, 9, 2)])
def test_one_module_takes_every_size(module, sizes):
    for name, arguments, expected in cases(*sizes):
        found = getattr(module, name)(*arguments)
        assert found.shape == expected.shape, name
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5, err_msg=name)


def test_the_reference_takes_every_size():
    for name, arguments, expected in cases(5, 7, 3):
        found = compiled("vmvx").interpret(*arguments, function=name)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5, err_msg=name)


def test_a_loop_of_more_turns_than_a_driver_counts_is_whole(module):
    a = np.ones(70_001, np.int32)
    assert module.reduce_sum_1d(a) == 70_001


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_elements_of_all_kinds_and_loops_of_the_host(configuration):
    target, device = configuration
    module = ireelite.load(compiled(target, ELEMENTS), device=device)
    for n in (0, 7, 66):
        f = np.arange(n, dtype=np.float32)
        u, b, h = (
            (f * 37 % 256).astype(np.uint8),
            f % 3 == 0,
            np.linspace(0, 1, n).astype(np.float16),
        )
        np.testing.assert_array_equal(module.bytes(u), u + u)
        np.testing.assert_array_equal(module.inverted(b), ~b)
        np.testing.assert_array_equal(module.squares(h), h * h)
        np.testing.assert_array_equal(module.doubled(f), 8 * f)
        c = (f + 1j * f).astype(np.complex64)
        np.testing.assert_allclose(module.products_of_complex(c), c * c)
        for found, expected in zip(module.both(f), (f, -f, [1, 2]), strict=True):
            np.testing.assert_array_equal(found, expected)
        deep = np.ones((n % 4, 2, 3, 1, 2, 2), np.float32)
        np.testing.assert_array_equal(module.negated(deep), -deep)
    ones = np.ones(4, np.float32)
    np.testing.assert_array_equal(module.sums_of_four(ones, ones), ones + ones)
    with pytest.raises(
        StatusError, match="input0 shape dimension 0 mismatch; expected 4 but have 5"
    ):
        module.sums_of_four(np.ones(5, np.float32), ones)


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_loops_and_choices_carry_tensors_of_every_size(configuration):
    target, device = configuration
    module = ireelite.load(compiled(target, CONTROL), device=device)
    for n in (2, 7):
        x = np.arange(n, dtype=np.float32)
        np.testing.assert_array_equal(module.choice(np.array(True), x), -x / 2)
        np.testing.assert_array_equal(module.choice(np.array(False), x), -x)
        for i, expected in enumerate((x + x, np.tile(x, 2), x)):
            np.testing.assert_array_equal(module.cases(np.int32(i), x), expected)
        rows = np.ones((n, 2), np.float32)
        np.testing.assert_array_equal(module.loop(np.int32(4), rows), rows + 10)
    with pytest.raises(StatusError, match="INVALID_ARGUMENT; needs two elements"):
        module.choice(np.array(True), np.ones(1, np.float32))


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_places_that_data_decides_are_clamped_to_every_size(configuration):
    target, device = configuration
    module = ireelite.load(compiled(target, PLACES), device=device)
    pick = np.random.default_rng(3)
    i = np.array([0, -3, 5, 2, 100, 2**31 - 1, -(2**31)], np.int32)
    k = np.array([0, 1, 200, 255, 3], np.uint8)
    w, j = pick.random((9, 4), np.float32), np.array([[0, -3, 5], [1 << 40, 8, -(1 << 40)]])
    np.testing.assert_array_equal(module.embed(w, j[:, :, None]), -w[np.clip(j, 0, 8)])
    u = pick.random((2, 2), np.float32)
    for n in (2, 7):
        x = pick.random((n, 4), np.float32)
        np.testing.assert_array_equal(module.rows(x, i[:, None]), x[np.clip(i, 0, n - 1)])
        np.testing.assert_array_equal(module.whole_rows(x, i[:, None]), x[np.clip(i, 0, n - 1)])
        flat, first = x.ravel(), np.minimum(k.astype(int), 4 * n - 2)
        expected = np.stack([flat[first], flat[first + 1]], 1)
        np.testing.assert_array_equal(module.pairs(flat, k[:, None]), expected)
        starts = np.clip(i, 0, 4 * n - 3)[:, None] + np.arange(3)
        windows = module.windows(flat, i[:, None], np.ones(3, np.float32))
        np.testing.assert_array_equal(windows, flat[starts])
        looped = np.float32([1, 2, 3])
        for turn, value in enumerate(flat[np.clip([0, 5, 1], 0, 4 * n - 1)]):
            looped[turn] += value
            looped += looped[::-1].copy()
        found = module.loop_over_gathered(flat, np.float32([1, 2, 3]))
        np.testing.assert_array_equal(found, looped)
        rows = pick.random((5, n), np.float32)
        for a, first in ((2, 2), (-4, 0), (5, 3)):
            found = module.two_rows(rows, np.int32([a]))
            np.testing.assert_array_equal(found, rows[first : first + 2])
        for a, b in ((0, 0), (-5, 9), (3, 1), (2**31 - 1, -(2**31))):
            row, column = np.clip(a, 0, n - 2), np.clip(b, 0, 1)
            found = module.take(x, np.int32(a), np.int32(b))
            np.testing.assert_array_equal(found, x[row : row + 2, column : column + 3])
            changed, column = x.copy(), np.clip(b, 0, 2)
            changed[row : row + 2, column : column + 2] = u
            np.testing.assert_array_equal(module.put(x, u, np.int64(a), np.int64(b)), changed)
    with pytest.raises(StatusError, match=r"INVALID_ARGUMENT; 'stablehlo.gather': dimension 0 of"):
        module.pairs(np.ones(1, np.float32), k[:, None])
    with pytest.raises(StatusError, match=r"'stablehlo.dynamic_gather': dimension 0 of operand 0"):
        module.windows(np.ones(2, np.float32), i[:, None], np.ones(3, np.float32))


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_windows_lie_in_batches_of_every_size(configuration):
    target, device = configuration
    module = ireelite.load(compiled(target, WINDOWS), device=device)
    pick = np.random.default_rng(4)
    w = pick.integers(-3, 4, (3, 3, 3, 4)).astype(np.float32)
    v = pick.integers(-3, 4, (4, 1, 2)).astype(np.float16)
    for n in (1, 2, 7):
        x = pick.integers(-4, 5, (n, 6, 5, 3)).astype(np.float32)
        edged = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
        places = [(i, j) for i in range(3) for j in range(3)]
        expected = sum(edged[:, i : i + 5 : 2, j : j + 5] @ w[i, j] for i, j in places)
        np.testing.assert_array_equal(module.convolution(x, w), expected)
        x = pick.integers(-4, 5, (2, n, 7)).astype(np.float16)
        features = [
            [x[f // 2, :, s] * v[f, 0, 0] + x[f // 2, :, s + 2] * v[f, 0, 1] for s in (1, 4)]
            for f in range(4)
        ]
        np.testing.assert_array_equal(module.of_halves(x, v), np.moveaxis(features, 2, 0))
        x = pick.random((n, 6, n + 1), np.float32) - 2
        expected = [x[:, i : i + 3].max(1) for i in (0, 2, 4)]
        np.testing.assert_array_equal(module.pool(x), np.stack(expected, 1))
        x = pick.integers(-9, 9, (n, 5), np.int32)
        np.testing.assert_array_equal(module.sums(x), x.cumsum(1))


def test_an_assertion_about_sizes_is_made_when_the_program_runs(module):
    with pytest.raises(StatusError, match=r"INVALID_ARGUMENT; needs two rows, not 1;"):
        module.scaled(np.ones((1, 4), np.float32))


def test_a_number_of_elements_that_fills_no_rows_is_refused(module):
    with pytest.raises(StatusError, match=r"INVALID_ARGUMENT; 'chlo.dynamic_reshape': the number"):
        module.rows_of(np.ones((2, 4), np.float32), np.ones(3, np.float32))


def test_tensors_are_filled_with_wide_integers(module):
    first, second = module.fills(np.zeros((2, 3), np.int64))
    np.testing.assert_array_equal(first, np.full((2, 3), -1))
    np.testing.assert_array_equal(second, np.full((2, 3), 2**63 - 1))


def test_sizes_that_do_not_agree_are_refused_with_both(module):
    a = np.ones((2, 3), np.float32)
    with pytest.raises(StatusError) as caught:
        module.products(a, np.ones((4, 3), np.float32))
    assert caught.value.code is StatusCode.INVALID_ARGUMENT
    words = "input1 shape dimension 0 mismatch; expected 2 but have 4; expected shape `2x3`"
    assert words in str(caught.value)
    with pytest.raises(
        StatusError, match="input1 shape dimension 0 mismatch; expected 3 but have 2"
    ):
        module.matmul(a, a)


def test_one_module_has_all_targets():
    program = ireelite.compile(between("add_one", "products"))
    assert program.targets == ("llvm-cpu", "vmvx", "vulkan-spirv")
    for size in (4, 9):
        a = np.arange(size, dtype=np.int32)
        np.testing.assert_array_equal(ireelite.load(program).add_one(a), a + 1)


def test_texts_of_every_stage_compile_to_the_same_module():
    options = {"targets": ["vmvx"], "strip_source_map": True}
    straight = ireelite.compile(between("products", "matmul"), **options)
    for stage in straight.stages[1:]:
        again = ireelite.compile(straight.ir(stage, elide=False), **options)
        assert again.data == straight.data, stage


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_floats_beside_scales_have_open_sizes(configuration):
    target, device = configuration
    text = """
    func.func @up(%x: tensor<?xbf16>, %scale: tensor<?xf32>) -> tensor<?xf32> {
      %0 = arith.scaling_extf %x, %scale : tensor<?xbf16>, tensor<?xf32> to tensor<?xf32>
      return %0 : tensor<?xf32>
    }"""
    import ml_dtypes

    x = np.array([1, 2, 3.5, -8, 0.125], ml_dtypes.bfloat16)
    scale = np.array([1, 2, 0.5, 4, 1], np.float32)
    up = ireelite.load(ireelite.compile(text, targets=[target]), device=device).up
    assert up(x, scale).tolist() == (x.astype(np.float32) * scale).tolist()


CHOSEN_SIZES = """
func.func @chosen(%a: tensor<?xf32>) -> tensor<?x?x?x?x?xi8> {
  %n = stablehlo.get_dimension_size %a, dim = 0 : (tensor<?xf32>) -> tensor<i32>
  %c2 = stablehlo.constant dense<2> : tensor<i32>
  %c3 = stablehlo.constant dense<3> : tensor<i32>
  %c5 = stablehlo.constant dense<5> : tensor<i32>
  %c9 = stablehlo.constant dense<9> : tensor<i32>
  %less = stablehlo.subtract %n, %c5 : tensor<i32>
  %quotient = stablehlo.divide %less, %c3 : tensor<i32>
  %0 = stablehlo.add %quotient, %c9 : tensor<i32>
  %rest = stablehlo.remainder %less, %c3 : tensor<i32>
  %1 = stablehlo.add %rest, %c3 : tensor<i32>
  %lt = stablehlo.compare LT, %n, %c5 : (tensor<i32>, tensor<i32>) -> tensor<i1>
  %ge = stablehlo.compare GE, %n, %c3 : (tensor<i32>, tensor<i32>) -> tensor<i1>
  %both = stablehlo.and %lt, %ge : tensor<i1>
  %2 = stablehlo.select %both, %n, %c2 : tensor<i1>, tensor<i32>
  %eq = stablehlo.compare EQ, %n, %c5 : (tensor<i32>, tensor<i32>) -> tensor<i1>
  %ne = stablehlo.not %eq : tensor<i1>
  %some = stablehlo.or %ne, %both : tensor<i1>
  %truth = stablehlo.convert %some : (tensor<i1>) -> tensor<i32>
  %3 = stablehlo.add %truth, %c2 : tensor<i32>
  %sign = stablehlo.sign %less : tensor<i32>
  %opposite = stablehlo.negate %sign : tensor<i32>
  %4 = stablehlo.add %opposite, %c2 : tensor<i32>
  %r0 = stablehlo.reshape %0 : (tensor<i32>) -> tensor<1xi32>
  %r1 = stablehlo.reshape %1 : (tensor<i32>) -> tensor<1xi32>
  %r2 = stablehlo.reshape %2 : (tensor<i32>) -> tensor<1xi32>
  %r3 = stablehlo.reshape %3 : (tensor<i32>) -> tensor<1xi32>
  %r4 = stablehlo.reshape %4 : (tensor<i32>) -> tensor<1xi32>
  %sizes = stablehlo.concatenate %r0, %r1, %r2, %r3, %r4, dim = 0 : (tensor<1xi32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<5xi32>
  %zero = stablehlo.constant dense<0> : tensor<i8>
  %all = stablehlo.dynamic_broadcast_in_dim %zero, %sizes, dims = [] : (tensor<i8>, tensor<5xi32>) -> tensor<?x?x?x?x?xi8>
  return %all : tensor<?x?x?x?x?xi8>
}"""


def test_sizes_are_chosen_by_what_sizes_compare_to():
    program = ireelite.compile(CHOSEN_SIZES, targets=["vmvx"])
    module = ireelite.load(program)
    for n in range(12):
        x, less = np.zeros(n, np.float32), n - 5
        expected = (
            *(int(less / 3) + 9, int(np.fmod(less, 3)) + 3, n if 3 <= n < 5 else 2),
            *(2 + (n != 5), 2 - int(np.sign(less))),
        )
        assert module.chosen(x).shape == program.interpret(x).shape == expected


def test_numbers_of_constants_belong_to_the_sizes_that_are_computed_from_them():
    text = """
    func.func @shifted(%x: tensor<?xi32>, %turns: tensor<i32>) -> tensor<?xi32> {
      %zero = stablehlo.constant dense<0> : tensor<i32>
      %one = stablehlo.constant dense<1> : tensor<i32>
      %two = stablehlo.constant dense<2> : tensor<i32>
      %sign = stablehlo.sign %two : tensor<i32>
      %n = stablehlo.get_dimension_size %x, dim = 0 : (tensor<?xi32>) -> tensor<i32>
      %quotient = stablehlo.divide %n, %two : tensor<i32>
      %of_n = stablehlo.sign %n : tensor<i32>
      %differ = stablehlo.compare NE, %of_n, %sign, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %less = stablehlo.subtract %quotient, %one : tensor<i32>
      %half = stablehlo.select %differ, %less, %quotient : tensor<i1>, tensor<i32>
      %result:2 = stablehlo.while(%i = %zero, %v = %x) : tensor<i32>, tensor<?xi32>
      cond {
        %more = stablehlo.compare LT, %i, %turns, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
        stablehlo.return %more : tensor<i1>
      } do {
        %size = stablehlo.get_dimension_size %v, dim = 0 : (tensor<?xi32>) -> tensor<i32>
        %shape = stablehlo.reshape %size : (tensor<i32>) -> tensor<1xi32>
        %all = stablehlo.dynamic_broadcast_in_dim %half, %shape, dims = [] : (tensor<i32>, tensor<1xi32>) -> tensor<?xi32>
        %next = stablehlo.add %v, %all : tensor<?xi32>
        %j = stablehlo.add %i, %one : tensor<i32>
        stablehlo.return %j, %next : tensor<i32>, tensor<?xi32>
      }
      return %result#1 : tensor<?xi32>
    }"""
    shifted = ireelite.load(ireelite.compile(text, targets=["vmvx"])).shifted
    for n in (0, 1, 5, 8):
        half = n // 2 if n else -1
        x = np.arange(n, dtype=np.int32)
        assert shifted(x, 3).tolist() == (x + 3 * half).tolist()
