"""Examples of what the verifiers of convolutions, window reductions, batch norms and transforms
refuse.

A text with `«` where the op begins that the error must point at -> the error's words.
"""

from __future__ import annotations

SIGNATURE = (
    "%x: tensor<2x8x3xf32>, %k: tensor<3x3x4xf32>, %k2: tensor<3x4xf32>, %ki: tensor<3x3x4xi32>, "
    "%k0: tensor<0x3x4xf32>, %pad: tensor<3x2xi64>, %a: tensor<2x3xf32>, %s: tensor<2x2xf32>, "
    "%z: tensor<f32>, %f: tensor<3xf32>, %c: tensor<8xcomplex<f32>>, %g: tensor<3x2xf32>"
)


def within(op: str) -> str:
    return f"func.func @f({SIGNATURE}) {{\n  {op}\n  func.return\n}}"


def convolution(
    window: str = "{}",
    kernel: tuple[str, str] = ("%k", "3x3x4xf32"),
    numbers: str = "[b, 0, f]x[0, i, o]->[b, 0, f]",
    counts: tuple[int, int] = (1, 1),
    more: str = "",
    result: str = "2x6x4xf32",
) -> str:
    return within(
        f"«%0 = stablehlo.convolution(%x, {kernel[0]}) dim_numbers = {numbers}, window = {window} "
        f"{{batch_group_count = {counts[0]} : i64, feature_group_count = {counts[1]} : i64{more}}} : "
        f"(tensor<2x8x3xf32>, tensor<{kernel[1]}>) -> tensor<{result}>"
    )


def raw_convolution(properties: str) -> str:
    return within(
        '«%0 = "stablehlo.convolution"(%x, %k) <{batch_group_count = 1 : i64, feature_group_count = 1 : i64, '
        f"{properties}}}> : (tensor<2x8x3xf32>, tensor<3x3x4xf32>) -> tensor<2x6x4xf32>"
    )


LAYOUT = "dimension_numbers = #stablehlo.conv<[b, 0, f]x[0, i, o]->[b, 0, f]>"
SUM = "%v = stablehlo.add %l, %r : tensor<f32>\n    stablehlo.return %v : tensor<f32>"
GREATER = (
    "%v = stablehlo.compare GE, %l, %r : (tensor<f32>, tensor<f32>) -> tensor<i1>\n"
    "    stablehlo.return %v : tensor<i1>"
)


def reduce_window(
    properties: str = "window_dimensions = array<i64: 1, 2>",
    body: str = SUM,
    result: str = "2x2xf32",
) -> str:
    return within(
        f'«%0 = "stablehlo.reduce_window"(%a, %z) <{{{properties}}}> ({{\n'
        f"  ^bb0(%l: tensor<f32>, %r: tensor<f32>):\n    {body}\n"
        f"  }}) : (tensor<2x3xf32>, tensor<f32>) -> tensor<{result}>"
    )


def select_and_scatter(select: str = GREATER, source: str = "%s : 2x2xf32") -> str:
    name, _, type = source.partition(" : ")
    return within(
        f'«%0 = "stablehlo.select_and_scatter"(%a, {name}, %z) <{{window_dimensions = array<i64: 1, 2>}}> '
        f"({{\n  ^bb0(%l: tensor<f32>, %r: tensor<f32>):\n    {select}\n  }}, "
        f"{{\n  ^bb0(%l: tensor<f32>, %r: tensor<f32>):\n    {SUM}\n  }}) : "
        f"(tensor<2x3xf32>, tensor<{type}>, tensor<f32>) -> tensor<2x3xf32>"
    )


def map(
    dimensions: str = "0, 1", other: str = "%a : tensor<2x3xf32>", returns: str = "tensor<f32>"
) -> str:
    name, _, type = other.partition(" : ")
    return within(
        f'«%0 = "stablehlo.map"(%a, {name}) <{{dimensions = array<i64: {dimensions}>}}> '
        f"({{\n  ^bb0(%l: tensor<f32>, %r: {returns}):\n    stablehlo.return %l : tensor<f32>\n"
        f"  }}) : (tensor<2x3xf32>, {type}) -> tensor<2x3xf32>"
    )


def batch_norm_grad(feature: int = 1, mean: str = "%f : 3xf32", gradient: str = "%a : 2x3xf32"):
    (m, _, mean_type), (g, _, gradient_type) = (t.partition(" : ") for t in (mean, gradient))
    return within(
        f'«%0:3 = "stablehlo.batch_norm_grad"(%a, %f, {m}, %f, {g}) <{{epsilon = 0.0 : f32, '
        f"feature_index = {feature} : i64}}> : (tensor<2x3xf32>, tensor<3xf32>, tensor<{mean_type}>, "
        f"tensor<3xf32>, tensor<{gradient_type}>) -> (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>)"
    )


def fft(kind: str, lengths: str, operand: str, result: str) -> str:
    name, _, type = operand.partition(" : ")
    return within(
        f"«%0 = stablehlo.fft {name}, type = {kind}, length = [{lengths}] : (tensor<{type}>) -> "
        f"tensor<{result}>"
    )


REFUSED = {
    "convolution of two ranks": (
        convolution(kernel=("%k2", "3x4xf32")),
        "'stablehlo.convolution' op needs operands of one rank, 2 or more: tensor<2x8x3xf32>, tensor<3x4xf32>",
    ),
    "convolution that names a dimension twice": (
        raw_convolution(
            "dimension_numbers = #stablehlo.conv<raw input_batch_dimension = 0, input_feature_dimension = 0, "
            "input_spatial_dimensions = [1], kernel_input_feature_dimension = 1, kernel_output_feature_dimension = 2, "
            "kernel_spatial_dimensions = [0], output_batch_dimension = 0, output_feature_dimension = 2, "
            "output_spatial_dimensions = [1]>"
        ),
        "'stablehlo.convolution' op input dimensions [0, 0, 1] do not name each of 3 dimensions once",
    ),
    "convolution of groups of both kinds": (
        convolution(counts=(2, 3)),
        "'stablehlo.convolution' op needs group counts of 1 or more, of which one is 1: feature_group_count is 3, "
        "batch_group_count is 2",
    ),
    "convolution with a remainder": (
        convolution(counts=(3, 1)),
        "'stablehlo.convolution' op the input's batch dimension, 2, can't be divided into 3 groups",
    ),
    "convolution of other features": (
        convolution(counts=(1, 1), numbers="[b, f, 0]x[0, i, o]->[b, 0, f]"),
        "'stablehlo.convolution' op has 3 input features in the kernel for 8 of the input in 1 groups",
    ),
    "convolution of two element types": (
        convolution(kernel=("%ki", "3x3x4xi32")),
        "'stablehlo.convolution' op needs operands of one element type: tensor<2x8x3xf32>, tensor<3x3x4xi32>",
    ),
    "convolution of three precisions": (
        convolution(
            more=", precision_config = [" + ", ".join(["#stablehlo<precision HIGH>"] * 3) + "]"
        ),
        "'stablehlo.convolution' op precision_config has one precision for each operand",
    ),
    "convolution of another shape": (
        convolution(result="2x8x4xf32"),
        "'stablehlo.convolution' op yields (tensor<2x6x4xf32>), not (tensor<2x8x4xf32>)",
    ),
    "convolution with an empty kernel": (
        convolution(kernel=("%k0", "0x3x4xf32")),
        "'stablehlo.convolution' op the kernel's spatial dimensions must be 1 or more, not [0]",
    ),
    "convolution with strides for other dimensions": (
        convolution(window="{stride = [1, 2]}"),
        "'stablehlo.convolution' op window_strides must have 1 numbers, not 2",
    ),
    "convolution with padding for other dimensions": (
        convolution(window="{pad = [[1, 1], [1, 1]]}"),
        "'stablehlo.convolution' op padding must be a tensor<1x2xi64>, not a tensor<2x2xi64>",
    ),
    "convolution that reverses other dimensions": (
        raw_convolution(f"{LAYOUT}, window_reversal = array<i1: false, true>"),
        "'stablehlo.convolution' op window_reversal must have 1 values, not 2",
    ),
    "convolution with padding of another shape": (
        within(
            f'«%0 = "stablehlo.dynamic_conv"(%x, %k, %pad) <{{{LAYOUT}, batch_group_count = 1 : i64, '
            "feature_group_count = 1 : i64}> : (tensor<2x8x3xf32>, tensor<3x3x4xf32>, tensor<3x2xi64>) -> "
            "tensor<2x6x4xf32>"
        ),
        "'stablehlo.dynamic_conv' op takes padding as a tensor<1x2> of integers, not tensor<3x2xi64>",
    ),
    "window without a stride": (
        reduce_window(
            "window_dimensions = array<i64: 1, 2>, window_strides = array<i64: 1, 0>",
        ),
        "'stablehlo.reduce_window' op window_strides must be 1 or more, not [1, 0]",
    ),
    "windows of numbers of another shape": (
        within(
            '«%0 = "stablehlo.dynamic_reduce_window"(%a, %z, %n, %n, %n, %n, %n) ({\n'
            f"  ^bb0(%l: tensor<f32>, %r: tensor<f32>):\n    {SUM}\n"
            "  }) : (tensor<2x3xf32>, tensor<f32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>, "
            "tensor<2xi32>, tensor<2xi32>) -> tensor<?x?xf32>"
        ).replace("%z: tensor<f32>", "%z: tensor<f32>, %n: tensor<2xi32>"),
        "'stablehlo.dynamic_reduce_window' op takes integers of shape [2, 2] for windows, not "
        "tensor<2xi32>",
    ),
    "window reduction of another shape": (
        reduce_window(result="2x3xf32"),
        "'stablehlo.reduce_window' op yields (tensor<2x2xf32>), not (tensor<2x3xf32>)",
    ),
    "window reducer that returns nothing": (
        reduce_window(body="stablehlo.return"),
        "'stablehlo.reduce_window' op needs a reducer that returns (tensor<f32>), not ()",
    ),
    "selection from windows of another number": (
        select_and_scatter(source="%a : 2x3xf32"),
        "'stablehlo.select_and_scatter' op takes a source of type tensor<2x2xf32>, not tensor<2x3xf32>",
    ),
    "selection that is no choice": (
        select_and_scatter(select=SUM),
        "'stablehlo.select_and_scatter' op needs a select function of two tensor<f32> that returns a tensor<i1>",
    ),
    "reduction along a dimension twice": (
        within(
            "«%0 = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [1, 1] : "
            "(tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>"
        ),
        "'stablehlo.reduce' op dimensions [1, 1] name one twice",
    ),
    "map of two shapes": (
        map(other="%f : tensor<3xf32>"),
        "'stablehlo.map' op inputs and the result must have one shape",
    ),
    "map along one dimension": (
        map(dimensions="0"),
        "'stablehlo.map' op dimensions must be [0, 1]",
    ),
    "map of other scalars": (
        map(returns="tensor<i32>"),
        "'stablehlo.map' op needs a function of (tensor<f32>, tensor<f32>) that returns tensor<f32>",
    ),
    "batch norm without its feature dimension": (
        batch_norm_grad(feature=2),
        "'stablehlo.batch_norm_grad' op tensor<2x3xf32> has no feature dimension 2",
    ),
    "batch norm of another mean": (
        batch_norm_grad(mean="%a : 2x3xf32"),
        "'stablehlo.batch_norm_grad' op takes operands of type tensor<3xf32>, not tensor<2x3xf32>",
    ),
    "batch norm of another gradient": (
        batch_norm_grad(gradient="%g : 3x2xf32"),
        "'stablehlo.batch_norm_grad' op takes a gradient of type tensor<2x3xf32>, not tensor<3x2xf32>",
    ),
    "transform of other numbers": (
        fft("RFFT", "8", "%c : 8xcomplex<f32>", "5xcomplex<f32>"),
        "'stablehlo.fft' op RFFT takes real numbers of f32 or f64, not tensor<8xcomplex<f32>>",
    ),
    "transform of too many dimensions": (
        fft("FFT", "1, 8", "%c : 8xcomplex<f32>", "8xcomplex<f32>"),
        "'stablehlo.fft' op transforms 1 to 3 dimensions of tensor<8xcomplex<f32>>, not 2",
    ),
    "transform of another length": (
        fft("IRFFT", "8", "%c : 8xcomplex<f32>", "8xf32"),
        "'stablehlo.fft' op IRFFT of length [8] takes last dimensions [5], not [8]",
    ),
    "float of no exponent": (
        within("«%0 = stablehlo.reduce_precision %a, format = e0m3 : tensor<2x3xf32>"),
        "'stablehlo.reduce_precision' op a float has no 0 exponent and 3 mantissa bits",
    ),
}
