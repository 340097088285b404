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
    assert row.seconds(1e12, row.processed / 2, 0.0, register_bytes=1) == 2.0
    assert row.seconds(1e12, row.processed / 2, 0.0, register_bytes=4) == 0.5


def product_of(element, result):
    return f"""
      func.func @f(%x: tensor<32x64x{element}>, %w: tensor<64x16x{element}>) -> tensor<32x16x{result}> {{
        %0 = stablehlo.dot %x, %w :
          (tensor<32x64x{element}>, tensor<64x16x{element}>) -> tensor<32x16x{result}>
        return %0 : tensor<32x16x{result}>
      }}"""


@pytest.mark.parametrize(
    ("element", "result", "width"),
    [
        ("f64", "f64", 8),
        ("f32", "f32", 4),
        ("f16", "f32", 4),
        ("bf16", "f32", 2),
        ("i8", "i32", 2),
    ],
)
def test_a_product_and_its_sum_are_one_instruction_on_elements_of_their_width(
    element, result, width
):
    (row,) = ireelite.compile(product_of(element, result), targets=["vmvx"]).cost()
    assert row.processed == 32 * 16 * 64 * width
    assert (row.single, row.lines) == (0, 0)


ACCESSES = """
func.func @scattered(%x: tensor<8192xf32>, %at: tensor<500x1xi32>, %u: tensor<500xf32>)
    -> tensor<8192xf32> {
  %0 = "stablehlo.scatter"(%x, %at, %u) <{
    scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [0],
      scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
   ^bb0(%l: tensor<f32>, %r: tensor<f32>):
    %s = stablehlo.add %l, %r : tensor<f32>
    stablehlo.return %s : tensor<f32>
  }) : (tensor<8192xf32>, tensor<500x1xi32>, tensor<500xf32>) -> tensor<8192xf32>
  return %0 : tensor<8192xf32>
}
func.func @rows(%x: tensor<1024x16xf32>, %at: tensor<100x1xi32>) -> tensor<100x16xf32> {
  %0 = "stablehlo.gather"(%x, %at) <{
    dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0],
      start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, 16>}>
    : (tensor<1024x16xf32>, tensor<100x1xi32>) -> tensor<100x16xf32>
  return %0 : tensor<100x16xf32>
}
func.func @tiles(%x: tensor<512x256xf32>) -> tensor<256x512xf32> {
  %0 = stablehlo.transpose %x, dims = [1, 0] : (tensor<512x256xf32>) -> tensor<256x512xf32>
  return %0 : tensor<256x512xf32>
}
func.func @narrow(%x: tensor<512x5x13xf32>) -> tensor<13x512x5xf32> {
  %0 = stablehlo.transpose %x, dims = [2, 0, 1] : (tensor<512x5x13xf32>) -> tensor<13x512x5xf32>
  return %0 : tensor<13x512x5xf32>
}
func.func @merged(%x: tensor<6000xf32>) -> tensor<6000xf32> {
  %0 = "stablehlo.sort"(%x) <{dimension = 0 : i64}> ({
   ^bb0(%l: tensor<f32>, %r: tensor<f32>):
    %p = stablehlo.compare LT, %l, %r : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %p : tensor<i1>
  }) : (tensor<6000xf32>) -> tensor<6000xf32>
  return %0 : tensor<6000xf32>
}
func.func @shifted(%x: tensor<96xi32>) -> tensor<96xi32> {
  %0 = stablehlo.constant dense<3> : tensor<96xi32>
  %1 = stablehlo.shift_left %x, %0 : tensor<96xi32>
  return %1 : tensor<96xi32>
}
"""


@pytest.fixture(scope="module")
def accesses():
    found = {}
    for row in ireelite.compile(ACCESSES, targets=["vmvx"]).cost():
        found.setdefault(row.function, []).append(row)
    return found


def test_places_that_data_determine_take_a_line_each(accesses):
    (row,) = accesses["scattered"]
    assert row.lines == 2 * 500 and row.single > 0  # each half of the result sees all updates
    seconds = row.seconds(cached_bytes_per_second=1.0)
    assert seconds == pytest.approx(row.read + row.written + 64 * row.lines)
    (row,) = accesses["rows"]  # rows of 16 fill registers, wherever they begin
    assert row.lines == 0


def test_loops_that_are_too_short_for_a_tile_take_a_line_for_each_element(accesses):
    assert accesses["tiles"][0].lines == 0
    assert accesses["narrow"][0].lines == 13 * 512 * 5


def test_loops_that_depend_on_data_count_until_they_have_filled_what_they_store(
    accesses,
):
    for row in accesses["merged"]:
        assert not row.is_exact and row.written == 4 * 6000 and row.single > 6000


def test_a_merge_counts_what_it_does_for_each_element_and_for_each_chunk(accesses):
    """The search for where a chunk begins in both runs is not done for each element."""
    merge = accesses["merged"][-1]
    compared = 2 + 1  # two elements are loaded, the first of them is stored
    assert 6000 * compared < merge.single < 6000 * 30


def test_an_insertion_passes_half_of_the_places_before_its_own(accesses):
    insertion = accesses["merged"][0]
    places = 32
    moves = 6000 * (places - 1) / 4
    assert 2 * moves < insertion.single < 20 * moves  # a load and a store each, and the way there


def test_what_depends_on_constants_alone_costs_nothing(accesses):
    (row,) = accesses["shifted"]
    assert row.processed == 96 * 4


def test_a_program_without_kernels_has_no_costs():
    program = ireelite.compile(SOURCE, targets=["vmvx"])
    later = ireelite.compile(program.ir("vm", elide=False))
    with pytest.raises(StatusError, match="FAILED_PRECONDITION"):
        later.cost()
