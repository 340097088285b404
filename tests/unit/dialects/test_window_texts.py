"""The texts of convolutions, transforms and reductions: older and generic spellings, and errors."""

import pytest

from ireelite.status import StatusError
from ireelite.syntax.parser import parse_module
from ireelite.syntax.printer import print_module

VALUES = "%x: tensor<2x8x3xf32>, %k: tensor<3x3x4xf32>, %c: tensor<8xcomplex<f32>>, %z: tensor<f32>"
PRETTY = (
    "%0 = stablehlo.convolution(%x, %k) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], "
    "window = {stride = [2], pad = [[1, -1]], lhs_dilate = [1], rhs_dilate = [2], reverse = [true]} "
    "{batch_group_count = 1 : i64, feature_group_count = 1 : i64} : "
    "(tensor<2x8x3xf32>, tensor<3x3x4xf32>) -> tensor<2x2x4xf32>"
)


def within(op: str) -> str:
    return f"func.func @f({VALUES}) {{\n  {op}\n  return\n}}"


def printed(op: str) -> str:
    """An op as it is printed, on one line."""
    lines = print_module(parse_module(within(op), "a.mlir")).splitlines()[2:-3]
    return " ".join(line.strip() for line in lines)


RAW = (
    "#stablehlo.conv<raw input_batch_dimension = 0, input_feature_dimension = 2, input_spatial_dimensions = [1], "
    "kernel_input_feature_dimension = 1, kernel_output_feature_dimension = 2, kernel_spatial_dimensions = [0], "
    "output_batch_dimension = 0, output_feature_dimension = 2, output_spatial_dimensions = [1]>"
)


@pytest.mark.parametrize(
    "numbers", ["#stablehlo.conv<[b, 0, f]x[0, i, o]->[b, 0, f]>", RAW], ids=["letters", "raw"]
)
@pytest.mark.parametrize("lists", ["array<i64: {}>", "dense<{}> : tensor<1xi64>"])
def test_a_generic_convolution_reads_as_the_pretty_form(numbers: str, lists: str):
    strides, holes, dilation = (lists.format(n) for n in (2, 1, 2))
    reverse = "dense<true> : tensor<1xi1>" if "dense" in lists else "array<i1: true>"
    op = (
        '%0 = "stablehlo.convolution"(%x, %k) {batch_group_count = 1 : i64, feature_group_count = 1 : i64, '
        f"dimension_numbers = {numbers}, window_strides = {strides}, lhs_dilation = {holes}, "
        f"rhs_dilation = {dilation}, window_reversal = {reverse}, padding = dense<[[1, -1]]> : tensor<1x2xi64>}} "
        ": (tensor<2x8x3xf32>, tensor<3x3x4xf32>) -> tensor<2x2x4xf32>"
    )
    assert printed(op) == printed(PRETTY)


def test_a_convolution_prints_as_it_reads():
    assert printed(PRETTY) == PRETTY


def test_a_reduction_by_an_op_that_does_not_commute_has_a_region():
    op = (
        '%0 = "stablehlo.reduce"(%k, %z) <{dimensions = array<i64: 0>}> ({\n'
        "  ^bb0(%a: tensor<f32>, %b: tensor<f32>):\n"
        "    %d = stablehlo.divide %a, %b : tensor<f32>\n    stablehlo.return %d : tensor<f32>\n"
        "  }) : (tensor<3x3x4xf32>, tensor<f32>) -> tensor<3x4xf32>"
    )
    assert "reducer(%a: tensor<f32>, %b: tensor<f32>)" in printed(op)
    assert printed(op.replace("divide", "add")).startswith(
        "%0 = stablehlo.reduce(%k init: %z) applies stablehlo.add across dimensions = [0]"
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("x[0, i, o]", "x[0, i, b]", "'b' is no dimension here; expected a number or i or o"),
        ("x[0, i, o]", "x[0, i]", "dimension 'o' is missing"),
        ("[b, 0, f]x", "[b, 1, f]x", "dimension '0' is missing"),
        ("[b, 0, f]x", "[b, b, f]x", "dimension 'b' is given twice"),
        (
            "stride = [2]",
            "stide = [2]",
            "field 'stide' of a window is unknown; the fields are stride, pad",
        ),
        ("lhs_dilate", "stride", "field 'stride' of a window is given twice"),
        ("[[1, -1]]", "[[1, -1, 0]]", "expected low and high padding, not 3 numbers"),
    ],
)
def test_errors_of_a_convolution_say_what_is_wrong(old: str, new: str, message: str):
    with pytest.raises(StatusError) as caught:
        parse_module(within(PRETTY.replace(old, new, 1)), "a.mlir")
    assert caught.value.message.startswith("a.mlir:2:") and message in caught.value.message


@pytest.mark.parametrize(
    ("op", "message"),
    [
        (
            "%0 = stablehlo.fft %c, type = DCT, length = [8] : (tensor<8xcomplex<f32>>) -> tensor<8xcomplex<f32>>",
            "a.mlir:2:33: Expected `FFT`, `IFFT`, `RFFT`, or `IRFFT`.",
        ),
        (
            "%0 = stablehlo.reduce_precision %z, format = f16 : tensor<f32>",
            "a.mlir:2:48: expected a float format, as e5m10",
        ),
        (
            "%0 = stablehlo.reduce(%k init: %z) applies stablehlo.divide across dimensions = [0] : "
            "(tensor<3x3x4xf32>, tensor<f32>) -> tensor<3x4xf32>",
            "a.mlir:2:46: 'stablehlo.divide' can't be applied in a reduction",
        ),
    ],
)
def test_errors_of_other_ops_have_a_place(op: str, message: str):
    with pytest.raises(StatusError) as caught:
        parse_module(within(op), "a.mlir")
    assert caught.value.message.splitlines()[0] == message
