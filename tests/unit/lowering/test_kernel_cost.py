"""The costs of a program's dispatches: bytes and operations as one counts them by hand."""

import pytest

import ireelite
from ireelite.lowering.tensors.element_cost import FUNCTION_COST
from ireelite.status import StatusError

SOURCE = """
func.func @layer(%x: tensor<32x64xf32>, %w: tensor<64x128xf32>, %b: tensor<128xf32>)
    -> (tensor<32x128xf32>, tensor<32xf32>) {
  %0 = stablehlo.dot %x, %w : (tensor<32x64xf32>, tensor<64x128xf32>) -> tensor<32x128xf32>
  %1 = stablehlo.broadcast_in_dim %b, dims = [1] : (tensor<128xf32>) -> tensor<32x128xf32>
  %2 = stablehlo.add %0, %1 : tensor<32x128xf32>
  %3 = stablehlo.constant dense<0.0> : tensor<f32>
  %4 = stablehlo.reduce(%2 init: %3) applies stablehlo.add across dimensions = [1]
    : (tensor<32x128xf32>, tensor<f32>) -> tensor<32xf32>
  return %2, %4 : tensor<32x128xf32>, tensor<32xf32>
}
func.func @function(%a: tensor<40xf32>) -> tensor<40xf32> {
  %0 = stablehlo.exponential %a : tensor<40xf32>
  return %0 : tensor<40xf32>
}
func.func @sorted(%a: tensor<50xi16>) -> tensor<50xi16> {
  %0 = "stablehlo.sort"(%a) ({
  ^bb0(%x: tensor<i16>, %y: tensor<i16>):
    %1 = stablehlo.compare LT, %x, %y : (tensor<i16>, tensor<i16>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) {dimension = 0 : i64} : (tensor<50xi16>) -> tensor<50xi16>
  return %0 : tensor<50xi16>
}
func.func @part(%a: tensor<1000x8xi4>) -> tensor<10x8xi4> {
  %0 = stablehlo.slice %a [5:15, 0:8] : (tensor<1000x8xi4>) -> tensor<10x8xi4>
  %1 = stablehlo.add %0, %0 : tensor<10x8xi4>
  return %1 : tensor<10x8xi4>
}
"""


@pytest.fixture(scope="module")
def rows():
    found = {}
    for row in ireelite.compile(SOURCE, targets=["vmvx"]).cost():
        found.setdefault(row.function, []).append(row)
    return found


def test_a_product_and_its_sums(rows):
    read, written = 4 * (32 * 64 + 64 * 128 + 128), 4 * 32 * 128
    product = 32 * 128 * (2 * 64 + 1)
    total = [
        sum(getattr(row, name) for row in rows["layer"])
        for name in ("read", "written", "operations")
    ]
    if len(rows["layer"]) == 2:  # the sums read what the product wrote
        read += written
    assert total == [read, written + 4 * 32, product + 32 * 128]
    assert all(row.is_exact and row.name.startswith("layer") for row in rows["layer"])


def test_a_function_counts_as_it_does_in_fusion(rows):
    (row,) = rows["function"]
    assert row.operations == 40 * FUNCTION_COST


def test_what_depends_on_data_is_an_estimate(rows):
    (row,) = rows["sorted"]
    assert not row.is_exact and row.written == 100 and 100 <= row.read <= 200


def test_only_what_is_read_counts(rows):
    (row,) = rows["part"]
    assert (row.read, row.written) == (40, 40)


def test_time_is_of_the_slower_of_both(rows):
    (row,) = rows["part"]
    assert row.seconds(1e3, 1e12, 1.0, cache_bytes=79) == pytest.approx(1.08)
    assert row.seconds(1e3, 1e12, 1.0, cached_bytes_per_second=1e4) == pytest.approx(1.008)
    assert row.seconds(1e12, row.operations / 2, 0.0) == 2.0


def test_a_program_without_kernels_has_no_costs():
    program = ireelite.compile(SOURCE, targets=["vmvx"])
    later = ireelite.compile(program.ir("vm", elide=False))
    with pytest.raises(StatusError, match="FAILED_PRECONDITION"):
        later.cost()
