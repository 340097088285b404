"""Which ops share a dispatch, and the reason that the record gives."""

from __future__ import annotations

import numpy as np
import pytest

import ireelite
from ireelite.lowering.fusion.rules import MAX_BUFFERS


def regions(program: ireelite.Program) -> int:
    return program.ir("dispatch").count("iree.dispatch_region")


def reasons(program: ireelite.Program) -> list[tuple[str, str]]:
    """Verdicts and reasons, but for those about ops that only move data."""
    decisions = program.record.decisions("fusion")
    return [(d.verdict, d.reason) for d in decisions if d.facts["rule"] != "movement"]


def compiled(text: str, **options) -> ireelite.Program:
    return ireelite.compile(text, targets=["llvm-cpu"], record=True, **options)


def test_what_is_read_where_it_is_made_shares_a_dispatch():
    program = compiled(
        """func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.exponential %x : tensor<4xf32>
  %1 = stablehlo.negate %0 : tensor<4xf32>
  return %1 : tensor<4xf32>
}"""
    )
    assert regions(program) == 1
    assert reasons(program) == [("fused", "it is read where it is made")]


def test_a_product_and_its_own_transpose_are_two_dispatches():
    program = compiled(
        """func.func @main(%x: tensor<8x8xf32>, %y: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %0 = stablehlo.dot_general %x, %y, contracting_dims = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = stablehlo.transpose %0, dims = [1, 0] : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %2 = stablehlo.add %0, %1 : tensor<8x8xf32>
  return %2 : tensor<8x8xf32>
}"""
    )
    assert regions(program) == 2
    assert reasons(program) == [
        ("separate", "it is read at another index, where another invocation makes it")
    ]
    rng = np.random.default_rng(0)
    x, y = (rng.standard_normal((8, 8), np.float32) for _ in range(2))
    result = ireelite.load(program).main(x, y)
    np.testing.assert_allclose(result, x @ y + (x @ y).T, rtol=1e-5, atol=1e-5)


def test_moves_that_lead_back_do_not_divide_a_dispatch():
    program = compiled(
        """func.func @main(%x: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %0 = stablehlo.exponential %x : tensor<3x4xf32>
  %1 = stablehlo.transpose %0, dims = [1, 0] : (tensor<3x4xf32>) -> tensor<4x3xf32>
  %2 = stablehlo.reshape %1 : (tensor<4x3xf32>) -> tensor<2x6xf32>
  %3 = stablehlo.reshape %2 : (tensor<2x6xf32>) -> tensor<4x3xf32>
  %4 = stablehlo.transpose %3, dims = [1, 0] : (tensor<4x3xf32>) -> tensor<3x4xf32>
  %5 = stablehlo.negate %4 : tensor<3x4xf32>
  return %5 : tensor<3x4xf32>
}"""
    )
    assert regions(program) == 1


def test_a_generic_that_reads_backwards_starts_a_dispatch():
    lines = ["func.func @main(%x0: tensor<8xf32>) -> tensor<8xf32> {"]
    lines.append("  %e = tensor.empty() : tensor<8xf32>")
    for n in range(10):
        lines.append(
            f"""  %x{n + 1} = linalg.generic {{indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (7 - d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}} ins(%x{n}, %x{n} : tensor<8xf32>, tensor<8xf32>) outs(%e : tensor<8xf32>) {{
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  }} -> tensor<8xf32>"""
        )
    program = compiled("\n".join([*lines, "  return %x10 : tensor<8xf32>", "}"]))
    assert regions(program) == 10
    assert len(program.ir("kernels").splitlines()) < 200
    x = np.arange(8, dtype=np.float32)
    expected = x
    for _ in range(10):
        expected = expected + expected[::-1]
    np.testing.assert_array_equal(ireelite.load(program).main(x), expected)


def test_a_reduction_takes_the_ops_that_only_it_reads():
    program = compiled(
        """func.func @main(%x: tensor<8x16xf32>) -> tensor<8xf32> {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %0 = stablehlo.multiply %x, %x : tensor<8x16xf32>
  %1 = stablehlo.reduce(%0 init: %zero) applies stablehlo.add across dimensions = [1] : (tensor<8x16xf32>, tensor<f32>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}"""
    )
    assert regions(program) == 1
    assert reasons(program) == [("fused", "it is computed where the loop reads it")]
    x = np.random.default_rng(1).standard_normal((8, 16), np.float32)
    np.testing.assert_allclose(ireelite.load(program).main(x), (x * x).sum(1), rtol=1e-5)


@pytest.mark.parametrize("returned", [False, True])
def test_a_contraction_does_not_compute_its_operands_again(returned: bool):
    results = "%0, %1 : tensor<8x8xf32>, tensor<8x8xf32>"
    program = compiled(
        f"""func.func @main(%x: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {{
  %0 = stablehlo.exponential %x : tensor<8x8xf32>
  %1 = stablehlo.dot_general %0, %x, contracting_dims = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  return {results if returned else results.replace("%0, %1", "%1, %1")}
}}"""
    )
    assert regions(program) == 2
    assert reasons(program) == [("separate", "each element is read 8 times")]


def test_a_dispatch_has_no_more_buffers_than_devices_bind():
    count = 3 * MAX_BUFFERS
    arguments = ", ".join(f"%x{n}: tensor<4xf32>" for n in range(count))
    lines = [f"func.func @main({arguments}) -> tensor<4xf32> {{"]
    previous = "%x0"
    for n in range(1, count):
        lines.append(f"  %s{n} = stablehlo.add {previous}, %x{n} : tensor<4xf32>")
        previous = f"%s{n}"
    text = "\n".join([*lines, f"  return {previous} : tensor<4xf32>", "}"])
    program = ireelite.compile(text, targets=["vulkan-spirv", "llvm-cpu"], record=True)
    assert regions(program) > 1
    assert any("buffers" in reason for _, reason in reasons(program))
    xs = [np.full(4, n, np.float32) for n in range(count)]
    np.testing.assert_array_equal(ireelite.load(program).main(*xs), np.sum(xs, axis=0))


def test_equal_kernels_are_one_executable():
    lines = ["func.func @main(%x0: tensor<8x8xf32>, %y: tensor<8x8xf32>) -> tensor<8x8xf32> {"]
    for n in range(30):
        lines.append(
            f"  %x{n + 1} = stablehlo.dot_general %x{n}, %y, contracting_dims = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>"
        )
    program = compiled("\n".join([*lines, "  return %x30 : tensor<8x8xf32>", "}"]))
    assert program.ir("hl-seq").count("iree.multi_arch_executable") == 1
    assert program.ir("hl-seq").count("iree_hl_seq.dispatch") == 30
    for share in program.record.provenance_shares():
        assert share.derived + share.invented == share.total
    record = program.record
    product = record.stage("hlo").nodes[5]
    kernel = [
        serial
        for serial in record.descendants(product)
        if record.nodes[serial].name == "memref.store"
    ]
    assert kernel, "each product is followed into the kernel that it shares"
    y = np.roll(np.eye(8, dtype=np.float32), 1, 0)
    x = np.eye(8, dtype=np.float32)
    result = ireelite.load(program).main(x, y)
    np.testing.assert_array_equal(result, np.linalg.matrix_power(y, 30))


@pytest.mark.parametrize(
    ("shape", "axis", "dispatches"),
    [((100, 40), 1, 1), ((8, 16, 40), 2, 1), ((3, 5), 1, 1), ((4, 4000), 1, 3), ((100, 40), 0, 3)],
)
def test_rows_share_a_dispatch_if_they_are_many_or_small(shape, axis, dispatches):
    wide = "x".join(map(str, shape))
    reduced = [extent for d, extent in enumerate(shape) if d != axis]
    kept = [d for d in range(len(shape)) if d != axis]
    narrow = "x".join(map(str, reduced))
    program = compiled(
        f"""func.func @main(%x: tensor<{wide}xf32>) -> tensor<{wide}xf32> {{
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %e = stablehlo.exponential %x : tensor<{wide}xf32>
  %s = stablehlo.reduce(%e init: %zero) applies stablehlo.add across dimensions = [{axis}] : (tensor<{wide}xf32>, tensor<f32>) -> tensor<{narrow}xf32>
  %b = stablehlo.broadcast_in_dim %s, dims = {kept} : (tensor<{narrow}xf32>) -> tensor<{wide}xf32>
  %q = stablehlo.divide %e, %b : tensor<{wide}xf32>
  return %q : tensor<{wide}xf32>
}}"""
    )
    assert regions(program) == dispatches
    x = np.random.default_rng(3).standard_normal(shape, np.float32)
    expected = np.exp(x) / np.exp(x).sum(axis, keepdims=True)
    np.testing.assert_allclose(ireelite.load(program).main(x), expected, rtol=1e-5)


def test_what_is_read_elsewhere_in_a_row_is_not_computed_again_and_again():
    """Each op reads two elements of the one before: in one dispatch the last would compute 2^12."""
    lines = [
        """func.func @main(%x: tensor<80x16xf32>) -> tensor<80x16xf32> {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %s = stablehlo.reduce(%x init: %zero) applies stablehlo.add across dimensions = [1] : (tensor<80x16xf32>, tensor<f32>) -> tensor<80xf32>
  %b = stablehlo.broadcast_in_dim %s, dims = [0] : (tensor<80xf32>) -> tensor<80x16xf32>
  %y0 = stablehlo.add %x, %b : tensor<80x16xf32>"""
    ]
    for n in range(12):
        lines.append(
            f"""  %r{n} = stablehlo.reverse %y{n}, dims = [1] : tensor<80x16xf32>
  %y{n + 1} = stablehlo.subtract %y{n}, %r{n} : tensor<80x16xf32>"""
        )
    program = compiled("\n".join([*lines, "  return %y12 : tensor<80x16xf32>", "}"]))
    assert regions(program) == 13
    x = np.random.default_rng(4).standard_normal((80, 16), np.float32)
    expected = x + x.sum(1, keepdims=True)
    for _ in range(12):
        expected = expected - expected[:, ::-1]
    np.testing.assert_allclose(ireelite.load(program).main(x), expected, rtol=1e-3, atol=1e-2)


def test_padding_that_windows_read_several_times_is_computed_once():
    program = compiled(
        """func.func @main(%x: tensor<1x6x6x4xf32>, %w: tensor<3x3x4x5xf32>) -> tensor<1x6x6x5xf32> {
  %0 = stablehlo.convolution(%x, %w) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {pad = [[1, 1], [1, 1]]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x6x6x4xf32>, tensor<3x3x4x5xf32>) -> tensor<1x6x6x5xf32>
  return %0 : tensor<1x6x6x5xf32>
}"""
    )
    assert regions(program) == 2
    assert "scf.for" not in program.ir("kernels").split("scf.if")[1].partition("func.func")[0]


def test_a_dimension_of_one_element_that_is_repeated_is_a_move():
    program = compiled(
        """func.func @main(%x: tensor<5x7xf32>, %w: tensor<7x9xf32>, %b: tensor<1x9xf32>) -> tensor<5x9xf32> {
  %0 = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0] : (tensor<5x7xf32>, tensor<7x9xf32>) -> tensor<5x9xf32>
  %1 = stablehlo.broadcast_in_dim %b, dims = [0, 1] : (tensor<1x9xf32>) -> tensor<5x9xf32>
  %2 = stablehlo.add %0, %1 : tensor<5x9xf32>
  return %2 : tensor<5x9xf32>
}"""
    )
    assert regions(program) == 1


TWO_PRODUCERS = """func.func @up(%x: tensor<8x8xf32>, %y: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %a = stablehlo.tanh %x : tensor<8x8xf32>
  %b = stablehlo.exponential %y : tensor<8x8xf32>
  %r = stablehlo.add %a, %b : tensor<8x8xf32>
  return %r : tensor<8x8xf32>
}
func.func @down(%x: tensor<8x8xf32>, %y: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %a = stablehlo.tanh %x : tensor<8x8xf32>
  %d = stablehlo.dot_general %y, %y, contracting_dims = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %t = stablehlo.transpose %d, dims = [1, 0] : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %b = stablehlo.exponential %t : tensor<8x8xf32>
  %r = stablehlo.add %a, %b : tensor<8x8xf32>
  return %r : tensor<8x8xf32>
}
func.func @neither(%x: tensor<8x8xf32>, %y: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %a = stablehlo.tanh %x : tensor<8x8xf32>
  %d = stablehlo.dot_general %a, %y, contracting_dims = [1] x [0] : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %t = stablehlo.transpose %d, dims = [1, 0] : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %b = stablehlo.exponential %t : tensor<8x8xf32>
  %r = stablehlo.add %a, %b : tensor<8x8xf32>
  return %r : tensor<8x8xf32>
}"""


def test_what_makes_both_operands_is_one_dispatch_where_the_order_allows_it():
    program = compiled(TWO_PRODUCERS)
    bodies = program.ir("dispatch").split("func.func")[1:]
    assert [body.count("iree.dispatch_region") for body in bodies] == [1, 2, 3]
    x, y = (np.random.default_rng(n).standard_normal((8, 8), np.float32) for n in range(2))
    module = ireelite.load(program)
    a = np.tanh(x)
    wanted = (a + np.exp(y), a + np.exp((y @ y).T), a + np.exp((a @ y).T))
    for function, want in zip((module.up, module.down, module.neither), wanted, strict=True):
        np.testing.assert_allclose(function(x, y), want, rtol=1e-4, atol=1e-5)
