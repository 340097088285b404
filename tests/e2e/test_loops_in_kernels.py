"""Counted loops over small tensors are one kernel, on every target, with the results of their turns."""

from __future__ import annotations

import numpy as np
import pytest

import ireelite

CONFIGURATIONS = [
    pytest.param("llvm-cpu", "local-sync", id="native"),
    pytest.param("vmvx", "local-sync", id="vmvx"),
    pytest.param("vulkan-spirv", "webgpu", id="spirv", marks=pytest.mark.webgpu),
]


def loop(name: str, turns: int, inputs: str, carried: str, types: str, body: str, yields: str):
    """A function that goes through a loop, whose body may read the turn's number, `%i`."""
    starts = ", ".join(f"%{c} = %{c}0" for c in carried.split())
    results = ", ".join(f"%r#{n + 1}" for n in range(len(carried.split())))
    return f"""func.func @{name}({inputs}) -> ({types}) {{
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %r:{len(carried.split()) + 1} = stablehlo.while(%i = %zero, {starts}) : tensor<i32>, {types}
   cond {{
    %n = stablehlo.constant dense<{turns}> : tensor<i32>
    %p = stablehlo.compare LT, %i, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %p : tensor<i1>
  }} do {{
    %one = stablehlo.constant dense<1> : tensor<i32>
    %next = stablehlo.add %i, %one : tensor<i32>
    {body}
    stablehlo.return %next, {yields} : tensor<i32>, {types}
  }}
  return {results} : {types}
}}"""


FUNCTIONS = {
    "long": loop(
        "long", 100_000, "%s0: tensor<i32>", "s", "tensor<i32>",
        """%k = stablehlo.constant dense<1664525> : tensor<i32>
    %m = stablehlo.multiply %s, %k : tensor<i32>
    %t = stablehlo.add %m, %i : tensor<i32>""",
        "%t",
    ),
    "bytes": loop(
        "bytes", 300, "%s0: tensor<7xi8>", "s", "tensor<7xi8>",
        """%k = stablehlo.constant dense<3> : tensor<7xi8>
    %t = stablehlo.multiply %s, %k : tensor<7xi8>""",
        "%t",
    ),
    "scaled by its sum": loop(
        "scaled", 20, "%s0: tensor<200xf32>, %t0: tensor<2x3xf32>", "s t", "tensor<200xf32>, tensor<2x3xf32>",
        """%z = stablehlo.constant dense<0.0> : tensor<f32>
    %half = stablehlo.constant dense<0.5> : tensor<200xf32>
    %s1 = stablehlo.multiply %s, %half : tensor<200xf32>
    %t1 = stablehlo.add %t, %t : tensor<2x3xf32>""",
        "%s1, %t1",
    ),
    "shifted": loop(
        "shifted", 5, "%s0: tensor<8xi32>, %t0: tensor<8xi32>", "s t", "tensor<8xi32>, tensor<8xi32>",
        """%a = stablehlo.slice %s [1:8] : (tensor<8xi32>) -> tensor<7xi32>
    %b = stablehlo.slice %s [0:1] : (tensor<8xi32>) -> tensor<1xi32>
    %c = stablehlo.concatenate %a, %b, dim = 0 : (tensor<7xi32>, tensor<1xi32>) -> tensor<8xi32>
    %d = stablehlo.add %t, %s : tensor<8xi32>""",
        "%c, %d",
    ),
    "two shapes": loop(
        "two_shapes", 4, "%s0: tensor<3xf32>, %t0: tensor<2x3xf32>", "s t", "tensor<3xf32>, tensor<2x3xf32>",
        """%z = stablehlo.constant dense<0.0> : tensor<f32>
    %sum = stablehlo.reduce(%t init: %z) applies stablehlo.add across dimensions = [0] : (tensor<2x3xf32>, tensor<f32>) -> tensor<3xf32>
    %all = stablehlo.reduce(%s init: %z) applies stablehlo.add across dimensions = [0] : (tensor<3xf32>, tensor<f32>) -> tensor<f32>
    %w = stablehlo.broadcast_in_dim %all, dims = [] : (tensor<f32>) -> tensor<2x3xf32>
    %t1 = stablehlo.add %t, %w : tensor<2x3xf32>""",
        "%sum, %t1",
    ),
    "history": loop(
        "history", 6, "%s0: tensor<6xi32>, %x0: tensor<i32>", "s x", "tensor<6xi32>, tensor<i32>",
        """%x1 = stablehlo.add %x, %x : tensor<i32>
    %u = stablehlo.reshape %x1 : (tensor<i32>) -> tensor<1xi32>
    %s1 = stablehlo.dynamic_update_slice %s, %u, %i : (tensor<6xi32>, tensor<1xi32>, tensor<i32>) -> tensor<6xi32>""",
        "%s1, %x1",
    ),
    "swapped": loop(
        "swapped", 3, "%s0: tensor<4xf32>, %t0: tensor<4xf32>", "s t", "tensor<4xf32>, tensor<4xf32>",
        "", "%t, %s",
    ),
    "in parts": loop(
        "in_parts", 1_200_000, "%s0: tensor<i32>", "s", "tensor<i32>",
        """%k = stablehlo.constant dense<5> : tensor<i32>
    %t = stablehlo.add %s, %k : tensor<i32>""", "%t",
    ),
    "matrices": loop(
        "matrices", 7, "%s0: tensor<3x3xf32>", "s", "tensor<3x3xf32>",
        """%q = stablehlo.dot_general %s, %s, contracting_dims = [1] x [0] : (tensor<3x3xf32>, tensor<3x3xf32>) -> tensor<3x3xf32>
    %w = stablehlo.dot_general %q, %s, contracting_dims = [0] x [1] : (tensor<3x3xf32>, tensor<3x3xf32>) -> tensor<3x3xf32>
    %t = stablehlo.tanh %w : tensor<3x3xf32>""", "%t",
    ),
    "sorted": loop(
        "sorted", 3, "%s0: tensor<40xi32>", "s", "tensor<40xi32>",
        """%n = stablehlo.not %s : tensor<40xi32>
    %t = "stablehlo.sort"(%n) <{dimension = 0 : i64, is_stable = true}> ({
      ^bb0(%a: tensor<i32>, %b: tensor<i32>):
        %c = stablehlo.compare LT, %a, %b, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
        stablehlo.return %c : tensor<i1>
      }) : (tensor<40xi32>) -> tensor<40xi32>""", "%t",
    ),
    "no turn": loop("no_turn", 0, "%s0: tensor<4xf32>", "s", "tensor<4xf32>",
        "%t = stablehlo.add %s, %s : tensor<4xf32>", "%t"),
}  # fmt: skip

TEXT = "\n".join(FUNCTIONS.values())


@pytest.mark.parametrize("target, device", CONFIGURATIONS)
def test_loops_in_kernels(target: str, device: str):
    program = ireelite.load(ireelite.compile(TEXT, targets=[target]), device=device)
    state = 1
    for turn in range(100_000):
        state = (state * 1664525 + turn) & 0xFFFFFFFF
    assert int(program.long(np.int32(1))) & 0xFFFFFFFF == state
    x = np.arange(7, dtype=np.int8)
    factor = np.uint8(pow(3, 300, 256))
    np.testing.assert_array_equal(program.bytes(x).view(np.uint8), x.view(np.uint8) * factor)
    rng = np.random.default_rng(0)
    s, t = rng.random(200, np.float32), rng.random((2, 3), np.float32)
    for found, expected in zip(program.scaled(s, t), (s * 0.5**20, t * 2**20), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    ints = np.arange(8, dtype=np.int32)
    shifted, sums = program.shifted(ints, ints * 0)
    np.testing.assert_array_equal(shifted, np.roll(ints, -5))
    np.testing.assert_array_equal(sums, sum(np.roll(ints, -n) for n in range(5)))
    s = t[0]
    found = program.two_shapes(s, t)
    for _ in range(4):
        s, t = t.sum(0), t + s.sum()
    np.testing.assert_allclose(found[0], s, rtol=1e-5)
    np.testing.assert_allclose(found[1], t, rtol=1e-5)
    history, last = program.history(np.zeros(6, np.int32), np.int32(3))
    np.testing.assert_array_equal(history, 3 * 2 ** np.arange(1, 7))
    assert last == 3 * 64
    a, b = rng.random((2, 4), np.float32)
    np.testing.assert_array_equal(program.swapped(a, b), [b, a])
    np.testing.assert_array_equal(program.no_turn(a), a)
    assert int(program.in_parts(np.int32(2))) == 6_000_002
    matrix = expected = rng.random((3, 3), np.float32)
    for _ in range(7):
        expected = np.tanh((expected @ expected).T @ expected.T)
    np.testing.assert_allclose(program.matrices(matrix), expected, rtol=1e-4)
    np.testing.assert_array_equal(program.sorted(np.arange(40, dtype=np.int32)), np.arange(-40, 0))


def test_each_is_one_dispatch():
    program = ireelite.compile(TEXT, targets=["vmvx"], record=True)
    assert program.ir("dispatch").count("iree_tensor.serial") == len(FUNCTIONS) + 1
    assert program.ir("dispatch").count("scf.while") == 0
    assert program.ir("ll-seq").count("static_dispatch") == len(FUNCTIONS) + 1
    decisions = program.record.decisions("loops")
    assert {d.verdict for d in decisions} == {"one kernel"}


REASONS = {
    "a turn computes more than 4096 elements": (
        10, "tensor<5000xf32>", "%t = stablehlo.add %s, %s : tensor<5000xf32>",
    ),
    "data decides about its turns, of which there may be more than 40000": (
        1000, "tensor<16xf32>",
        """%t = "stablehlo.sort"(%s) <{dimension = 0 : i64, is_stable = true}> ({
      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
        %c = stablehlo.compare LT, %a, %b : (tensor<f32>, tensor<f32>) -> tensor<i1>
        stablehlo.return %c : tensor<i1>
      }) : (tensor<16xf32>) -> tensor<16xf32>""",
    ),
    "'stablehlo.fft' is not computed element by element": (
        10, "tensor<4xcomplex<f32>>",
        "%t = stablehlo.fft %s, type = FFT, length = [4] : (tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>>",
    ),
}  # fmt: skip


@pytest.mark.parametrize("reason", REASONS)
def test_a_loop_that_is_no_kernel_says_why(reason: str):
    turns, type, body = REASONS[reason]
    text = loop("main", turns, f"%s0: {type}", "s", type, body, "%t")
    program = ireelite.compile(text, targets=["vmvx"], record=True)
    (decision,) = program.record.decisions("loops")
    assert (decision.verdict, decision.reason) == ("separate", reason)
