"""Examples of what the verifiers of StableHLO refuse that the specification has no meaning for:
accuracies, products' algorithms, quantized products, shapes that are constants, composites and calls.

A text with `«` where the error must point at -> the error's words.
"""

from __future__ import annotations

SIGNATURE = (
    "%a: tensor<2x3xf32>, %b: tensor<3x4xf32>, %z: tensor<f32>, %i: tensor<3xi32>, "
    "%j: tensor<1x1xi32>, %w: tensor<3x3x1x2xf32>, %m: memref<4xf32>, %t: tensor<4xf32>, "
    "%s: tensor<?xi32>, %p: tuple<tensor<f32>, tensor<4xf32>>"
)
LEFT, RIGHT = "!quant.uniform<i8:f32, 0.5:3>", "!quant.uniform<i8:f32, 0.25>"


def within(op: str, signature: str = SIGNATURE) -> str:
    return f"func.func @f({signature}) {{\n  {op}\n  func.return\n}}"


def accuracy(fields: str) -> str:
    return within(
        f"%0 = stablehlo.tanh %a {{result_accuracy = «#stablehlo.result_accuracy<{fields}>}} "
        ": tensor<2x3xf32>"
    )


def product(left: str, right: str, result: str) -> str:
    """A product of tensors of these elements."""
    types = f"(tensor<2x3x{left}>, tensor<3x4x{right}>) -> tensor<2x4x{result}>"
    return within(
        f"«%0 = stablehlo.dot_general %x, %y, contracting_dims = [1] x [0] : {types}",
        f"%x: tensor<2x3x{left}>, %y: tensor<3x4x{right}>",
    )


def sized(op: str, shape: str, length: int = 2) -> str:
    """An op that reads the constant %k."""
    return within(f"%k = stablehlo.constant dense<{shape}> : tensor<{length}xi32>\n  {op}")


def call(target: str, rest: str) -> str:
    return within(f"«%0 = stablehlo.custom_call @{target}{rest}")


ALIAS = (
    "{{output_operand_aliases = [#stablehlo.output_operand_alias<output_tuple_indices = {}, "
    "operand_index = {}, operand_tuple_indices = {}>]}}"
)
LAYOUTS = "{{operand_layouts = [{}], result_layouts = [{}]}}"
ROWS, COLUMNS = "dense<[1, 0]> : tensor<2xindex>", "dense<[0, 1]> : tensor<2xindex>"
PADDING = (
    "%l = stablehlo.constant dense<1> : tensor<2xi32>\n  %n = stablehlo.constant dense<{}> : "
    "tensor<2xi32>\n  «%0 = stablehlo.dynamic_pad %a, %z, %l, %l, %n : (tensor<2x3xf32>, "
    "tensor<f32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>) -> tensor<5x5xf32>"
)
COMPOSITE = (
    "func.func private @g(%x: tensor<f32>) -> tensor<f32> {{\n  return %x : tensor<f32>\n}}\n"
    "func.func @f(%z: tensor<f32>, %t: tensor<4xf32>) {{\n"
    '  «%0 = stablehlo.composite "{}" %{} {{decomposition = @{}}} : (tensor<{}>) -> tensor<{}>\n'
    "  return\n}}"
)

REFUSED = {
    "a negative tolerance": (
        accuracy("ulps = -1, mode = #stablehlo.result_accuracy_mode<TOLERANCE>"),
        "has a negative tolerance, -1",
    ),
    "tolerances beside another mode": (
        accuracy("ulps = 1, mode = #stablehlo.result_accuracy_mode<HIGHEST>"),
        "has tolerances, which only mode TOLERANCE has, not HIGHEST",
    ),
    "an algorithm of bf16 in two operations": (
        within(
            "«%0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0], algorithm = "
            "<lhs_precision_type = bf16, rhs_precision_type = bf16, accumulation_type = f32, "
            "lhs_component_count = 1, rhs_component_count = 1, num_primitive_operations = 2, "
            "allow_imprecise_accumulation = false> : (tensor<2x3xf32>, tensor<3x4xf32>) -> "
            "tensor<2x4xf32>"
        ),
        "'stablehlo.dot_general' op has an algorithm that no hardware has: "
        "#stablehlo.dot_algorithm<lhs_precision_type = bf16, rhs_precision_type = bf16, "
        "accumulation_type = f32, lhs_component_count = 1, rhs_component_count = 1, "
        "num_primitive_operations = 2, allow_imprecise_accumulation = false>",
    ),
    "a product with a left operand alone quantized": (
        product(LEFT, "f32", LEFT),
        "'stablehlo.dot_general' op needs a quantized right operand, not a tensor<3x4xf32>",
    ),
    "a product of f16 with what denotes f32": (
        product("f16", RIGHT, "f16"),
        "'stablehlo.dot_general' op needs a left operand and a result of f32, which the right one "
        "denotes, not f16 and f16",
    ),
    "a product of quantized operands that is not": (
        product(LEFT, RIGHT, "f32"),
        "'stablehlo.dot_general' op quantizes its result if its left operand is: "
        "tensor<2x3x!quant.uniform<i8:f32, 5.000000e-01:3>>, tensor<2x4xf32>",
    ),
    "a product of two storages": (
        product("!quant.uniform<i16:f32, 0.5>", RIGHT, LEFT),
        "'stablehlo.dot_general' op needs operands of one storage, not i16 and i8",
    ),
    "a product of what denotes two types": (
        product("!quant.uniform<i8:f16, 0.5>", RIGHT, LEFT),
        "'stablehlo.dot_general' op needs elements that denote one type, not f16, f32, f32",
    ),
    "a product with more scales than its right operand": (
        product(LEFT, RIGHT, "!quant.uniform<i8:f32:0, {0.5, 0.25}>"),
        "'stablehlo.dot_general' op yields a scale for each index only if "
        "tensor<3x4x!quant.uniform<i8:f32, 2.500000e-01>> has them",
    ),
    "a product with a zero point on the right": (
        product(LEFT, LEFT, LEFT),
        "'stablehlo.dot_general' op needs a right operand whose zero points are 0, not a "
        "tensor<3x4x!quant.uniform<i8:f32, 5.000000e-01:3>>",
    ),
    "a product that contracts a dimension of scales": (
        product(LEFT, "!quant.uniform<i8:f32:0, {0.5, 0.25, 0.5}>", LEFT),
        "'stablehlo.dot_general' op contracts dimension 0 of tensor<3x4x!quant.uniform<i8:f32:0, "
        "{5.000000e-01,2.500000e-01,5.000000e-01}>>, whose scales differ",
    ),
    "a convolution with scales along a window": (
        within(
            "«%0 = stablehlo.convolution(%x, %y) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], "
            "window = {} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : "
            "(tensor<1x4x1xf32>, tensor<2x1x1x!quant.uniform<i8:f32:0, {0.5, 0.25}>>) -> "
            "tensor<1x3x1xf32>",
            "%x: tensor<1x4x1xf32>, %y: tensor<2x1x1x!quant.uniform<i8:f32:0, {0.5, 0.25}>>",
        ),
        "'stablehlo.convolution' op needs scales along the kernel's output feature dimension, 2, if "
        "along any, not a tensor<2x1x1x!quant.uniform<i8:f32:0, {5.000000e-01,2.500000e-01}>>",
    ),
    "a shape of another size": (
        sized("«%0 = stablehlo.dynamic_iota %k, dim = 0 : (tensor<2xi32>) -> tensor<4x3xi32>", "3"),
        "'stablehlo.dynamic_iota' op can't yield tensor<4x3xi32> in the shape [3, 3]",
    ),
    "a negative size": (
        sized(
            "«%0 = stablehlo.dynamic_iota %k, dim = 0 : (tensor<2xi32>) -> tensor<?x?xi32>", "-1"
        ),
        "'stablehlo.dynamic_iota' op can't yield tensor<?x?xi32> in the shape [-1, -1]",
    ),
    "a shape of an open rank": (
        within("«%0 = stablehlo.dynamic_iota %s, dim = 0 : (tensor<?xi32>) -> tensor<4xi32>"),
        "'stablehlo.dynamic_iota' op needs a shape of a known rank, not a tensor<?xi32>",
    ),
    "random numbers of another shape": (
        sized(
            "«%0 = stablehlo.rng %z, %z, %k, distribution = NORMAL : (tensor<f32>, tensor<f32>, "
            "tensor<2xi32>) -> tensor<4x5xf32>",
            "[4, 6]",
        ),
        "'stablehlo.rng' op can't yield tensor<4x5xf32> in the shape [4, 6]",
    ),
    "a reshape to another number of elements": (
        sized(
            "«%0 = stablehlo.dynamic_reshape %a, %k : (tensor<2x3xf32>, tensor<2xi32>) -> "
            "tensor<?x2xf32>",
            "[4, 2]",
        ),
        "'stablehlo.dynamic_reshape' op can't reshape tensor<2x3xf32> to [4, 2]",
    ),
    "a broadcast to a smaller shape": (
        sized(
            "«%0 = stablehlo.dynamic_broadcast_in_dim %i, %k, dims = [1] : (tensor<3xi32>, "
            "tensor<2xi32>) -> tensor<?x?xi32>",
            "[2, 1]",
        ),
        "'stablehlo.dynamic_broadcast_in_dim' op can't broadcast tensor<3xi32> to [2, 1]",
    ),
    "a padding of a negative number between elements": (
        within(PADDING.format(-1)),
        "'stablehlo.dynamic_pad' op needs an interior padding of 0 or more, not -1",
    ),
    "a padding to another shape": (
        within(PADDING.format(1)),
        "'stablehlo.dynamic_pad' op yields tensor<5x7xf32>, not tensor<5x5xf32>",
    ),
    "a gather of slices that are too large": (
        sized(
            '«%0 = "stablehlo.dynamic_gather"(%a, %j, %k) <{dimension_numbers = '
            "#stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], "
            "index_vector_dim = 1>}> : (tensor<2x3xf32>, tensor<1x1xi32>, tensor<2xi32>) -> "
            "tensor<1x?xf32>",
            "[1, 4]",
        ),
        "'stablehlo.dynamic_gather' op a slice of [1, 4] does not fit into a shape of [2, 3]",
    ),
    "a composite without a namespace": (
        COMPOSITE.format("op", "z", "g", "f32", "f32"),
        '\'stablehlo.composite\' op needs a name with a namespace, as "ns.op", not "op"',
    ),
    "a composite of no function": (
        COMPOSITE.format("ns.op", "z", "h", "f32", "f32"),
        "'stablehlo.composite' op has no function '@h' as decomposition",
    ),
    "a composite of another type": (
        COMPOSITE.format("ns.op", "t", "g", "4xf32", "f32"),
        "'stablehlo.composite' op has other operands or results than '@g', a "
        "(tensor<f32>) -> tensor<f32>",
    ),
    "a call with layouts of operands alone": (
        call("f", f"(%a) {{operand_layouts = [{ROWS}]}} : (tensor<2x3xf32>) -> tensor<2x3xf32>"),
        "'stablehlo.custom_call' op has layouts, but none of its results",
    ),
    "a layout of a tuple": (
        call(
            "f", f"(%p) {LAYOUTS.format(ROWS, ROWS)} : (tuple<tensor<f32>, tensor<4xf32>>) -> f32"
        ),
        "'stablehlo.custom_call' op has a layout for tuple<tensor<f32>, tensor<4xf32>>; tuples have "
        "none",
    ),
    "a layout of another rank": (
        call("f", f"(%a) {LAYOUTS.format(ROWS, COLUMNS)} : (tensor<2x3xf32>) -> tensor<4xf32>"),
        "'stablehlo.custom_call' op has the layout dense<[0, 1]> : tensor<2xindex> for "
        "tensor<4xf32>, which lists no 1 dimensions once each",
    ),
    "an alias of no operand": (
        call("f", f"(%t) {ALIAS.format('[]', 1, '[]')} : (tensor<4xf32>) -> tensor<4xf32>"),
        "'stablehlo.custom_call' op has an alias of operand 1, and 1 operands",
    ),
    "an alias of no result": (
        within(
            f"«%0:2 = stablehlo.custom_call @f(%t) {ALIAS.format('[2]', 0, '[]')} : "
            "(tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)"
        ),
        "'stablehlo.custom_call' op has an alias of result [2], and 2 results",
    ),
    "an alias without a result": (
        within(
            f"«stablehlo.custom_call @f(%t) {ALIAS.format('[]', 0, '[]')} : (tensor<4xf32>) -> ()"
        ),
        "'stablehlo.custom_call' op has an alias, but no result",
    ),
    "an alias of another type": (
        call("f", f"(%t) {ALIAS.format('[]', 0, '[]')} : (tensor<4xf32>) -> tensor<2xf32>"),
        "'stablehlo.custom_call' op has a result of tensor<2xf32> as alias of tensor<4xf32>",
    ),
    "an alias of no part": (
        call(
            "f",
            f"(%p) {ALIAS.format('[]', 0, '[2]')} : (tuple<tensor<f32>, tensor<4xf32>>) -> "
            "tensor<4xf32>",
        ),
        "'stablehlo.custom_call' op has an alias of part 2 of a tuple<tensor<f32>, tensor<4xf32>>",
    ),
    "a call of the typed interface with a text": (
        call("f", '(%t) {api_version = 4 : i32, backend_config = ""} : (tensor<4xf32>) -> f32'),
        "'stablehlo.custom_call' op has a text as backend_config; api_version 4 has a dictionary, "
        "any other has a text",
    ),
    "a buffer that is no operand's": (
        call("f", "(%m) : (memref<4xf32>) -> memref<4xf32>"),
        "'stablehlo.custom_call' op has a buffer as result 0, of which no operand is an alias",
    ),
    "a buffer of another size": (
        call("Unpin", "(%m) : (memref<4xf32>) -> tensor<5xf32>"),
        "'stablehlo.custom_call' op takes or yields one buffer, and a tensor of its shape for 'Pin' "
        "and 'Unpin'",
    ),
    "a scatter into a narrower type": (
        within(
            '«%0 = "stablehlo.scatter"(%i, %j, %u) <{scatter_dimension_numbers = '
            "#stablehlo.scatter<inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], "
            "index_vector_dim = 1>}> ({\n  ^bb0(%x: tensor<i8>, %y: tensor<i8>):\n    "
            "stablehlo.return %y : tensor<i8>\n  }) : (tensor<3xi32>, tensor<1x1xi32>, "
            "tensor<1xi32>) -> tensor<3xi8>",
            "%i: tensor<3xi32>, %j: tensor<1x1xi32>, %u: tensor<1xi32>",
        ),
        "'stablehlo.scatter' op can't promote elements of tensor<3xi32> to tensor<i8>",
    ),
    "a barrier of elements with a scale for each index": (
        within(
            "«%0 = stablehlo.optimization_barrier %x : tensor<2x!quant.uniform<i8:f32:0, "
            "{0.5, 0.25}>>",
            "%x: tensor<2x!quant.uniform<i8:f32:0, {0.5, 0.25}>>",
        ),
        "'stablehlo.optimization_barrier' op takes tensors of i1, integers, floats, complex numbers "
        "or elements quantized alike, not tensor<2x!quant.uniform<i8:f32:0, "
        "{5.000000e-01,2.500000e-01}>>",
    ),
    "a bound too few": (
        "func.func @f(%x: «tensor<?x?xf32, #stablehlo.bounds<4>>) {\n  return\n}",
        "this type has 1 bounds for 2 dimensions",
    ),
    "a bound of a known size": (
        "func.func @f(%x: «tensor<3x?xf32, #stablehlo.bounds<4, ?>>) {\n  return\n}",
        "this type has a bound of 4 for dimension 0, whose size is 3; only a size that is open has "
        "one",
    ),
    "an encoding that is not known": (
        "func.func @f(%x: «tensor<4xf32, #sparse_tensor.encoding<{map = (d0) -> (d0 : dense)}>>) "
        "{\n  return\n}",
        "there is no encoding 'sparse_tensor.encoding' of tensors; they are dense",
    ),
}
