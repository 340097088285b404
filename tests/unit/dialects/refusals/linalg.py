"""Examples of what the verifiers and readers of named `linalg` ops refuse.

A text with `«` where the op begins that the error must point at -> the error's words.
"""

from __future__ import annotations

SIGNATURE = (
    "%a: tensor<2x3xf32>, %b: tensor<3x4xf32>, %c: tensor<2x4xf32>, %i: tensor<2x4xi32>, "
    "%k: tensor<1x9x9x1xf32>, %w: tensor<3x3x1x2xf32>, %r: tensor<1x7x7x2xf32>, %s: f32, "
    "%z: tensor<2xcomplex<f32>>, %t: tensor<1x1x8x4xf32>, %n: i32, %v: tensor<2x3xi32>"
)


def one(op: str) -> str:
    return f"func.func @f({SIGNATURE}) {{\n  {op}\n  func.return\n}}"


CONV = "ins(%k, %w : tensor<1x9x9x1xf32>, tensor<3x3x1x2xf32>) outs(%r : tensor<1x7x7x2xf32>) -> tensor<1x7x7x2xf32>"
PACKED = "inner_dims_pos = [0, 1] inner_tiles = [8, 4] into %t"


def winograd(op: str, source: str, result: str, algorithm: str = "fmr(F_2_3)") -> str:
    """One of Winograd's transforms between types."""
    return (
        f"func.func @f(%a: {source}, %b: {result}) {{\n"
        f"  «%0 = linalg.winograd_{op}_transform {algorithm} ins(%a : {source}) outs(%b : {result})"
        f" -> {result}\n  func.return\n}}"
    )


REFUSED = {
    "one input of a product": (
        one(
            "%0 = linalg.matmul «ins(%a : tensor<2x3xf32>) outs(%c : tensor<2x4xf32>) -> tensor<2x4xf32>"
        ),
        "'linalg.matmul' takes 2 inputs and one output, not 1 and 1",
    ),
    "a product of another type": (
        one(
            "%0 = linalg.matmul «ins(%a, %b : tensor<2x3xf32>, tensor<3x4xf32>) outs(%c : tensor<2x4xf32>) -> tensor<2x5xf32>"
        ),
        "'linalg.matmul' yields tensor<2x4xf32>, as its outputs",
    ),
    "factors that do not fit": (
        one(
            "«%0 = linalg.matmul ins(%a, %c : tensor<2x3xf32>, tensor<2x4xf32>) outs(%c : tensor<2x4xf32>) -> tensor<2x4xf32>"
        ),
        "'linalg.matmul' op inferred input/output operand #1 has shape's dimension #0 to be 3, but found 2",
    ),
    "a stride of 0": (
        one(f"«%0 = linalg.conv_2d_nhwc_hwcf {{strides = dense<0> : tensor<2xi64>}} {CONV}"),
        "'linalg.conv_2d_nhwc_hwcf' op takes 2 positive strides, not (0, 0)",
    ),
    "a tangent of integers": (
        one(
            "%0 = linalg.tanh «ins(%i : tensor<2x4xi32>) outs(%i : tensor<2x4xi32>) -> tensor<2x4xi32>"
        ),
        "'linalg.tanh' does not take elements of i32",
    ),
    "a reciprocal of integers": (
        one(
            "%0 = linalg.reciprocal «ins(%i : tensor<2x4xi32>) outs(%i : tensor<2x4xi32>) -> tensor<2x4xi32>"
        ),
        "'linalg.reciprocal' does not take elements of i32",
    ),
    "a power of integers": (
        one(
            "%0 = linalg.powf «ins(%i, %i : tensor<2x4xi32>, tensor<2x4xi32>) outs(%i : tensor<2x4xi32>) -> tensor<2x4xi32>"
        ),
        "'linalg.powf' does not take elements of i32",
    ),
    "a complex number as a real one": (
        one(
            "%0 = linalg.tanh «ins(%z : tensor<2xcomplex<f32>>) outs(%c : tensor<2x4xf32>) -> tensor<2x4xf32>"
        ),
        "'linalg.tanh' has no cast from complex<f32> to f32",
    ),
    "two outputs of a scalar function": (
        one(
            "%0 = linalg.elementwise kind=#linalg.elementwise_kind<add> «ins(%c, %c : tensor<2x4xf32>, tensor<2x4xf32>) outs(%c, %c : tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>"
        ),
        "'linalg.elementwise' takes a kind, inputs and one output",
    ),
    "one input of a sum": (
        one(
            "%0 = linalg.elementwise kind=#linalg.elementwise_kind<add> «ins(%c : tensor<2x4xf32>) outs(%c : tensor<2x4xf32>) -> tensor<2x4xf32>"
        ),
        "'linalg.elementwise' takes 2 inputs for add, not 1",
    ),
    "a contraction without maps": (
        one(
            "«%0 = linalg.contract ins(%c, %c : tensor<2x4xf32>, tensor<2x4xf32>) outs(%c : tensor<2x4xf32>) -> tensor<2x4xf32>"
        ),
        "'linalg.contract' op takes indexing_maps and two inputs",
    ),
    "a reduction with a function of one number": (
        one(
            "%0 = linalg.reduce { arith.negf } «ins(%a : tensor<2x3xf32>) outs(%c : tensor<2x4xf32>) dimensions = [1]"
        ),
        "'arith.negf' is no function of 2 scalars",
    ),
    "a reduction along no dimension": (
        one(
            "«%0 = linalg.reduce { arith.addf } ins(%a : tensor<2x3xf32>) outs(%c : tensor<2x4xf32>) dimensions = [2]"
        ),
        "'linalg.reduce' op can't reduce dimensions [2] of 2",
    ),
    "a function that yields too much": (
        one(
            "«%0 = linalg.map ins(%c : tensor<2x4xf32>) outs(%c : tensor<2x4xf32>) (%x: f32, %y: f32) {\n"
            "    linalg.yield %x, %x : f32, f32\n  }"
        ),
        "'linalg.map' op has a body that yields (f32), not (f32, f32)",
    ),
    "an unpacking into another type": (
        one(
            '«%0 = "linalg.unpack"(%t, %t) <{outer_dims_perm = array<i64>, inner_dims_pos = array<i64: 0, 1>, '
            "static_inner_tiles = array<i64: 8, 4>, operandSegmentSizes = array<i32: 1, 1, 0, 0>}> : "
            "(tensor<1x1x8x4xf32>, tensor<1x1x8x4xf32>) -> tensor<2x4xf32>"
        ),
        "'linalg.unpack' op yields a tensor<1x1x8x4xf32>, not a tensor<2x4xf32>",
    ),
    "padding of another type": (
        one(
            "«%0 = linalg.pack %a padding_value(%n : i32) inner_dims_pos = [0, 1] inner_tiles = [8, 4] into %t : tensor<2x3xf32> -> tensor<1x1x8x4xf32>"
        ),
        "'linalg.pack' op pads with a f32, not a i32",
    ),
    "an unpacking with padding": (
        one(
            "«%0 = linalg.unpack %t padding_value(%s : f32) inner_dims_pos = [0, 1] inner_tiles = [8, 4] into %c : tensor<1x1x8x4xf32> -> tensor<2x4xf32>"
        ),
        "'linalg.unpack' op takes no padding value",
    ),
    "a softmax along no dimension": (
        one(
            "«%0 = linalg.softmax dimension(2) ins(%c : tensor<2x4xf32>) outs(%c : tensor<2x4xf32>) -> tensor<2x4xf32>"
        ),
        "'linalg.softmax' op tensor<2x4xf32> has no dimension 2",
    ),
    "a softmax that declares another type": (
        one(
            "%0 = linalg.softmax dimension(1) «ins(%c : tensor<2x4xf32>) outs(%c : tensor<2x4xf32>) -> tensor<2x3xf32>"
        ),
        "'linalg.softmax' yields tensor<2x4xf32>, as its outputs",
    ),
    "a softmax of two types": (
        one(
            "«%0 = linalg.softmax dimension(1) ins(%a : tensor<2x3xf32>) outs(%c : tensor<2x4xf32>) -> tensor<2x4xf32>"
        ),
        "'linalg.softmax' op takes and yields tensors of one type",
    ),
    "tiles that are not filled": (
        one(f"«%0 = linalg.pack %a {PACKED} : tensor<2x3xf32> -> tensor<1x1x8x4xf32>"),
        "'linalg.pack' op needs a padding value: dimension 0 of 2 elements is no multiple of 8",
    ),
    "a tiled layout of another type": (
        one(
            f"«%0 = linalg.pack %v padding_value(%s : f32) {PACKED} : tensor<2x3xi32> -> tensor<1x1x8x4xf32>"
        ),
        "'linalg.pack' op makes tensor<1x1x8x4xi32> of tensor<2x3xi32>, not tensor<1x1x8x4xf32>",
    ),
    "a dimension divided twice": (
        one(
            "«%0 = linalg.pack %a inner_dims_pos = [0, 0] inner_tiles = [8, 4] into %t : tensor<2x3xf32> -> tensor<1x1x8x4xf32>"
        ),
        "'linalg.pack' op can't divide dimensions [0, 0] of tensor<2x3xf32> into tiles of [8, 4]",
    ),
    "too few indices": (
        one(
            "«%0 = tensor.generate {\n ^bb0(%at: index):\n tensor.yield %s : f32 } : tensor<2x3xf32>"
        ),
        "'tensor.generate' op needs a region that takes the indices of a tensor<2x3xf32>",
    ),
    "an element of another type": (
        one(
            "«%0 = tensor.generate {\n ^bb0(%at: index):\n tensor.yield %at : index } : tensor<2xf32>"
        ),
        "'tensor.generate' op needs a region that yields a f32",
    ),
    "an open tile without an operand": (
        one(
            '«%0 = "linalg.pack"(%c, %t) <{operandSegmentSizes = array<i32: 1, 1, 0, 0>, '
            "outer_dims_perm = array<i64>, inner_dims_pos = array<i64: 0, 1>, "
            "static_inner_tiles = array<i64: -9223372036854775808, 4>}> "
            ": (tensor<2x4xf32>, tensor<1x1x8x4xf32>) -> tensor<1x1x8x4xf32>"
        ),
        "'linalg.pack' op needs an operand for each tile whose size is open",
    ),
    "an index outside of a structured op": (
        one("«%0 = linalg.index 0 : index"),
        "'linalg.index' op must stand directly in the body of a structured op",
    ),
    "an index of a dimension that there is not": (
        one(
            "%0 = linalg.map ins(%a : tensor<2x3xf32>) outs(%a : tensor<2x3xf32>) (%x: f32, %y: f32) {\n"
            "    «%j = linalg.index 2 : index\n    linalg.yield %x : f32\n  }"
        ),
        "'linalg.index' op asks for dimension 2 of loops that have 2",
    ),
    "an unknown Winograd algorithm": (
        winograd("filter", "tensor<2x3x3x5xf32>", "tensor<4x4x5x2xf32>", "fmr(«F_3_3)").replace(
            "«%0", "%0"
        ),
        "expected one of F_2_3, F_4_3, F_2_5",
    ),
    "a number of no Winograd algorithm": (
        one(
            '«%0 = "linalg.winograd_filter_transform"(%w, %w) <{fmr = 3 : i32}> '
            ": (tensor<3x3x1x2xf32>, tensor<3x3x1x2xf32>) -> tensor<3x3x1x2xf32>"
        ),
        "'linalg.winograd_filter_transform' op takes an fmr of F_2_3, F_4_3, F_2_5, numbered from 0",
    ),
    "two images for one Winograd transform": (
        one(
            "%0 = linalg.winograd_filter_transform fmr(F_2_3) «ins(%w, %w : tensor<3x3x1x2xf32>, tensor<3x3x1x2xf32>) outs(%w : tensor<3x3x1x2xf32>) -> tensor<3x3x1x2xf32>"
        ),
        "'linalg.winograd_filter_transform' takes one input and one output",
    ),
    "a Winograd transform of another type than its output's": (
        one(
            "%0 = linalg.winograd_filter_transform fmr(F_2_3) «ins(%w : tensor<3x3x1x2xf32>) outs(%w : tensor<3x3x1x2xf32>) -> tensor<3x1xf32>"
        ),
        "'linalg.winograd_filter_transform' yields tensor<3x3x1x2xf32>, as its outputs",
    ),
    "tiles of an image without their places": (
        winograd("input", "tensor<2x6x6x5xf32>", "tensor<4x4x2x5xf32>"),
        "'linalg.winograd_input_transform' op takes a tensor of rank 4 and yields one of rank 6, not 4 and 4",
    ),
    "a Winograd transform of integers": (
        winograd("filter", "tensor<2x3x3x5xi32>", "tensor<4x4x5x2xi32>"),
        "'linalg.winograd_filter_transform' op transforms floating-point numbers, not i32",
    ),
    "a filter of another size than the algorithm's": (
        winograd("filter", "tensor<2x5x3x5xf32>", "tensor<4x4x5x2xf32>"),
        "'linalg.winograd_filter_transform' op takes filters of 3x3, 3x1 or 1x3 elements, not of 5x3",
    ),
    "more tiles than an image has": (
        winograd("input", "tensor<2x7x6x5xf32>", "tensor<4x4x3x2x2x5xf32>"),
        "'linalg.winograd_input_transform' op makes tensor<4x4x2x2x2x5xf32> of tensor<2x7x6x5xf32>, not tensor<4x4x3x2x2x5xf32>",
    ),
    "tiles of another size than the algorithm's": (
        winograd("output", "tensor<4x3x2x2x1x5xf32>", "tensor<1x4x4x5xf32>"),
        "'linalg.winograd_output_transform' op takes tiles of 4x4, 4x1 or 1x4 elements, not of 4x3",
    ),
    "an image that tiles do not fill": (
        winograd("output", "tensor<4x4x2x2x1x5xf32>", "tensor<1x4x5x5xf32>"),
        "'linalg.winograd_output_transform' op makes tensor<1x4x4x5xf32> of tensor<4x4x2x2x1x5xf32>, not tensor<1x4x5x5xf32>",
    ),
}
