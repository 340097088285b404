"""Examples of what the verifiers of functions, quantized types and CHLO refuse.

A text with `«` where the error must point at -> the error's words.
"""

from __future__ import annotations

SIGNATURE = (
    "%a: tensor<2x3xf32>, %b: tensor<3x4xf32>, %p: tensor<2x3xi1>, %z: tensor<f32>, %k: tensor<i32>, "
    "%w: tensor<3xi32>, %t: tensor<4xf32>, %at: index"
)


def within(op: str) -> str:
    return f"func.func @f({SIGNATURE}) {{\n  {op}\n  func.return\n}}"


REFUSED = {
    "an if whose region takes a value": (
        within(
            '%c = arith.constant true\n  «"scf.if"(%c) ({\n  ^bb0(%x: i32):\n    scf.yield\n  }, {\n  }) : (i1) -> ()'
        ),
        "'scf.if' op enters a region with (), not (i32)",
    ),
    "a loop with more results than it carries": (
        within(
            '«%0 = "scf.for"(%at, %at, %at) ({\n  ^bb0(%i: index):\n    scf.yield\n  }) '
            ": (index, index, index) -> i32"
        ),
        "'scf.for' op yields (), not (i32)",
    ),
    "a branch to where a function is entered": (
        "func.func @f() {\n^a:\n  «cf.br ^a\n}",
        "'cf.br' op branches to the first block of a region, where the region is entered",
    ),
    "a block with the name of another": (
        "func.func @f() {\n  cf.br ^a\n^a:\n  return\n«^a:\n  return\n}",
        "there are two blocks '^a' in this region",
    ),
    "a shape with a size too few": (
        within('«%0 = "tensor.empty"() : () -> tensor<?xf32>'),
        "'tensor.empty' op has 0 operands for 1 sizes",
    ),
    "an element put in at no index": (
        within("«%0 = tensor.insert %at into %x[] : tensor<4xindex>").replace(
            "%at: index", "%at: index, %x: tensor<4xindex>"
        ),
        "'tensor.insert' op a tensor<4xindex> has 1 indices, not 0",
    ),
    "a visibility that there is none of": (
        '«"func.func"() <{function_type = () -> (), sym_name = "f", sym_visibility = "text"}> ({}) : () -> ()',
        "'func.func' op has the visibility 'text'; there are public, private, nested",
    ),
    "attributes of more results than there are": (
        '«"func.func"() <{function_type = () -> (), sym_name = "f", sym_visibility = "private", '
        "res_attrs = [{}]}> ({}) : () -> ()",
        "'func.func' op has 1 entries of res_attrs, not 0",
    ),
    "a function of the machine with a tensor": (
        "vm.module @m {\n  «vm.func @f() -> tensor<4xf32> {\n    vm.return\n  }\n}",
        "'vm.func' op no register holds a tensor<4xf32>",
    ),
    "an instruction with another immediate": (
        '«"vm.const.i32"() {value = 5 : i64} : () -> i32',
        "'vm.const.i32' op can't have '5 : i64' as its 'value'",
    ),
    "a callee of the machine that is no name": (
        '«"vm.call"() {callee = affine_map<(d0) -> (d0)>} : () -> ()',
        "'vm.call' op can't have 'affine_map<(d0) -> (d0)>' as its 'callee'",
    ),
    "read-only data of numbers": (
        '«"vm.rodata"() <{sym_name = "r", value = dense<1> : tensor<si8>}> : () -> ()',
        "'vm.rodata' op holds bytes, a tensor<Nxi8>, not a tensor<si8>",
    ),
    "a global of what is no type": (
        '«"util.global"() <{sym_name = "g", type = dense<1> : tensor<2xindex>}> : () -> ()',
        "'util.global' op dense<1> : tensor<2xindex> should be of attribute subclassing `TypeAttribute`",
    ),
    "a quantized storage too wide": (
        within(
            '%0 = "stablehlo.uniform_quantize"(%t) : (tensor<4xf32>) -> tensor<4x«!quant.uniform<i64:f32, 1.0>>'
        ),
        "stores 32 bits at most, not i64",
    ),
    "an empty storage range": (
        within(
            '%0 = "stablehlo.uniform_quantize"(%t) : (tensor<4xf32>) -> tensor<4x«!quant.uniform<i8<5:5>:f32, 1.0>>'
        ),
        "storage range 5:5 is empty or outside i8",
    ),
    "scales without a dimension": (
        within(
            '%0 = "stablehlo.uniform_quantize"(%t) : (tensor<4xf32>) -> tensor<4x«!quant.uniform<i8:f32, {1.0, 2.0}>>'
        ),
        "has several scales but no dimension that they belong to",
    ),
    "a negative quantized dimension": (
        within(
            '%0 = "stablehlo.uniform_quantize"(%t) : (tensor<4xf32>) -> tensor<4x«!quant.uniform<i8:f32:-1, {1.0}>>'
        ),
        "dimension -1 is negative",
    ),
    "a scale of zero": (
        within(
            '%0 = "stablehlo.uniform_quantize"(%t) : (tensor<4xf32>) -> tensor<4x«!quant.uniform<i8:f32, 0.0>>'
        ),
        "scale 0.0 is not positive and finite in f32",
    ),
    "a zero point outside the storage": (
        within(
            '%0 = "stablehlo.uniform_quantize"(%t) : (tensor<4xf32>) -> tensor<4x«!quant.uniform<i8:f32, 1.0:300>>'
        ),
        "zero point 300 is outside -128:127",
    ),
    "too few scales": (
        within(
            '«%0 = "stablehlo.uniform_quantize"(%t) : (tensor<4xf32>) -> tensor<4x!quant.uniform<i8:f32:0, {1.0, 2.0}>>'
        ),
        "'stablehlo.uniform_quantize' op tensor<4x!quant.uniform<i8:f32:0, {1.000000e+00,2.000000e+00}>> needs a scale for each index of its dimension 0",
    ),
    "a clamp of another type": (
        within(
            "«%0 = stablehlo.clamp %t, %t, %t : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<5xf32>"
        ),
        "'stablehlo.clamp' op yields tensor<4xf32>, not tensor<5xf32>",
    ),
    "a bound of another shape": (
        within(
            "«%0 = stablehlo.clamp %a, %t, %t : (tensor<2x3xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>"
        ),
        "'stablehlo.clamp' op needs bounds that are scalars or of type tensor<4xf32>, not tensor<2x3xf32>",
    ),
    "an integer that is not finite": (
        within("«%0 = stablehlo.is_finite %w : (tensor<3xi32>) -> tensor<3xi1>"),
        "'stablehlo.is_finite' op takes floats or elements quantized alike, not i32",
    ),
    "complex numbers of integers": (
        within(
            '«%0 = "stablehlo.complex"(%w, %w) : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xcomplex<f32>>'
        ),
        "'stablehlo.complex' op takes tensors of floats or complex numbers, not tensor<3xi32>",
    ),
    "complex numbers of halves": (
        within(
            '%h = stablehlo.convert %t : (tensor<4xf32>) -> tensor<4xf16>\n«%0 = "stablehlo.complex"(%h, %h) : (tensor<4xf16>, tensor<4xf16>) -> tensor<4xcomplex<f32>>'
        ),
        "'stablehlo.complex' op takes parts of type f32 or f64, not f16",
    ),
    "a quantization to floats": (
        within("«%0 = stablehlo.uniform_quantize %t : (tensor<4xf32>) -> tensor<4xf32>"),
        "'stablehlo.uniform_quantize' op yields quantized elements, not tensor<4xf32>",
    ),
    "a quantization of another shape": (
        within(
            "«%0 = stablehlo.uniform_quantize %t : (tensor<4xf32>) -> tensor<5x!quant.uniform<i8:f32, 0.5>>"
        ),
        "'stablehlo.uniform_quantize' op can't quantize tensor<4xf32> to tensor<5x!quant.uniform<i8:f32, 5.000000e-01>>",
    ),
    "floats that are dequantized": (
        within("«%0 = stablehlo.uniform_dequantize %t : (tensor<4xf32>) -> tensor<4xf32>"),
        "'stablehlo.uniform_dequantize' op takes quantized elements, not tensor<4xf32>",
    ),
    "a dequantization to another type": (
        within(
            "%q8 = stablehlo.uniform_quantize %t : (tensor<4xf32>) -> tensor<4x!quant.uniform<i8:f32, 0.5>>\n«%0 = stablehlo.uniform_dequantize %q8 : (tensor<4x!quant.uniform<i8:f32, 0.5>>) -> tensor<4xf64>"
        ),
        "'stablehlo.uniform_dequantize' op yields tensor<4xf32>, not tensor<4xf64>",
    ),
    "a dot of scalars": (
        within("«%0 = stablehlo.dot %z, %z : (tensor<f32>, tensor<f32>) -> tensor<f32>"),
        "'stablehlo.dot' op multiplies vectors and matrices, not tensor<f32> and tensor<f32>",
    ),
    "a dot of other dimensions": (
        within("«%0 = stablehlo.dot %a, %t : (tensor<2x3xf32>, tensor<4xf32>) -> tensor<2xf32>"),
        "'stablehlo.dot' op the last dimension of tensor<2x3xf32> and the first of tensor<4xf32> differ",
    ),
    "a dot of another shape": (
        within(
            "«%0 = stablehlo.dot %a, %b : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x3xf32>"
        ),
        "'stablehlo.dot' op yields a tensor of shape [2, 4], not tensor<2x3xf32>",
    ),
    "a subscript that is no letter": (
        within(
            '«%0 = stablehlo.unary_einsum %a, config = "a1->a" : (tensor<2x3xf32>) -> tensor<2xf32>'
        ),
        "'stablehlo.unary_einsum' op '1' in 'a1' names no dimension",
    ),
    "two ellipses": (
        within(
            '«%0 = stablehlo.unary_einsum %a, config = "......->" : (tensor<2x3xf32>) -> tensor<f32>'
        ),
        "'stablehlo.unary_einsum' op '......' has more than one '...'",
    ),
    "too few subscripts": (
        within(
            '«%0 = stablehlo.unary_einsum %a, config = "a->a" : (tensor<2x3xf32>) -> tensor<2xf32>'
        ),
        "'stablehlo.unary_einsum' op 'a' does not name 2 dimensions",
    ),
    "operands of an einsum": (
        within(
            '«%0 = stablehlo.einsum %a, %b, config = "ab->a" : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2xf32>'
        ),
        "'stablehlo.einsum' op 'ab->a' has 1 operands, not 2",
    ),
    "a subscript of nothing": (
        within(
            '«%0 = stablehlo.unary_einsum %a, config = "ab->c" : (tensor<2x3xf32>) -> tensor<2xf32>'
        ),
        "'stablehlo.unary_einsum' op no operand has a dimension 'c'",
    ),
    "a subscript twice": (
        within(
            '«%0 = stablehlo.unary_einsum %a, config = "ab->aa" : (tensor<2x3xf32>) -> tensor<2x2xf32>'
        ),
        "'stablehlo.unary_einsum' op names a dimension of the result twice",
    ),
    "subscripts of two sizes": (
        within(
            '«%0 = stablehlo.einsum %a, %b, config = "ab,ac->bc" : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<3x4xf32>'
        ),
        "'stablehlo.einsum' op dimension 'a' is both 2 and 3",
    ),
    "an einsum of another shape": (
        within(
            '«%0 = stablehlo.unary_einsum %a, config = "ab->b" : (tensor<2x3xf32>) -> tensor<2xf32>'
        ),
        "'stablehlo.unary_einsum' op yields a tensor of shape [3], not tensor<2xf32>",
    ),
    "a chlo function of two types": (
        within("«%0 = chlo.erf %t : tensor<4xf32> -> tensor<5xf32>"),
        "'chlo.erf' op requires the same type for all operands and the result: tensor<4xf32>, tensor<5xf32>",
    ),
    "a broadcast that does not match": (
        within(
            "«%0 = chlo.broadcast_add %a, %t : (tensor<2x3xf32>, tensor<4xf32>) -> tensor<2x4xf32>"
        ),
        "'chlo.broadcast_add' op dimensions of 3 and 4 elements do not match",
    ),
    "broadcast dimensions": (
        within(
            "«%0 = chlo.broadcast_add %a, %t {broadcast_dimensions = array<i64: 5>} : (tensor<2x3xf32>, tensor<4xf32>) -> tensor<2x3xf32>"
        ),
        "'chlo.broadcast_add' op broadcast dimensions [5] do not name, in order, the dimensions of a tensor of rank 1 in one of rank 2",
    ),
    "a broadcast of two types": (
        within(
            "«%0 = chlo.broadcast_add %a, %w : (tensor<2x3xf32>, tensor<3xi32>) -> tensor<2x3xf32>"
        ),
        "'chlo.broadcast_add' op needs elements of one type, not f32 and i32",
    ),
    "a broadcast of another shape": (
        within(
            "«%0 = chlo.broadcast_add %a, %z : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x4xf32>"
        ),
        "'chlo.broadcast_add' op yields a tensor of shape [2, 3], not tensor<2x4xf32>",
    ),
    "a broadcast of another element": (
        within(
            "«%0 = chlo.broadcast_add %a, %z : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xi32>"
        ),
        "'chlo.broadcast_add' op yields elements of type f32, not tensor<2x3xi32>",
    ),
    "a broadcast selection by numbers": (
        within(
            "«%0 = chlo.broadcast_select %a, %z, %a : (tensor<2x3xf32>, tensor<f32>, tensor<2x3xf32>) -> tensor<2x3xf32>"
        ),
        "'chlo.broadcast_select' op chooses by a tensor of i1, not tensor<2x3xf32>",
    ),
    "a broadcast selection of two types": (
        within(
            "«%0 = chlo.broadcast_select %p, %z, %k : (tensor<2x3xi1>, tensor<f32>, tensor<i32>) -> tensor<2x3xf32>"
        ),
        "'chlo.broadcast_select' op both choices and the result must have one element type",
    ),
    "a broadcast selection of indices": (
        within(
            "%i = tensor.from_elements %at : tensor<1xindex>\n«%0 = chlo.broadcast_select %p, %i, %i : (tensor<2x3xi1>, tensor<1xindex>, tensor<1xindex>) -> tensor<2x3xindex>"
        ),
        "'chlo.broadcast_select' op takes no tensors with elements of type index",
    ),
    "a broadcast selection of another shape": (
        within(
            "«%0 = chlo.broadcast_select %p, %z, %z : (tensor<2x3xi1>, tensor<f32>, tensor<f32>) -> tensor<2xf32>"
        ),
        "'chlo.broadcast_select' op yields a tensor of shape [2, 3], not tensor<2xf32>",
    ),
    "a chlo constant of another type": (
        within(
            '«%0 = "chlo.constant"() <{value = dense<1.0> : tensor<2xf32>}> : () -> tensor<3xf32>'
        ),
        "'chlo.constant' op holds a tensor<2xf32> but yields a tensor<3xf32>",
    ),
    "a repeated number of another type": (
        within(
            '«%0 = "chlo.constant_like"(%a) {value = 1 : i32} : (tensor<2x3xf32>) -> tensor<2x3xf32>'
        ),
        "'chlo.constant_like' op repeats a i32 but yields a tensor<2x3xf32>",
    ),
    "a repeated number of another shape": (
        within(
            '«%0 = "chlo.constant_like"(%a) {value = 1.0 : f32} : (tensor<2x3xf32>) -> tensor<2x4xf32>'
        ),
        "'chlo.constant_like' op yields the shape of tensor<2x3xf32>, not tensor<2x4xf32>",
    ),
    "more than there are": (
        within("«%0:2 = chlo.top_k(%t, k = 5) : tensor<4xf32> -> (tensor<5xf32>, tensor<5xi32>)"),
        "'chlo.top_k' op can't take 5 elements along the last dimension of (4,)",
    ),
    "top values of another type": (
        within("«%0:2 = chlo.top_k(%t, k = 2) : tensor<4xf32> -> (tensor<3xf32>, tensor<2xi32>)"),
        "'chlo.top_k' op yields tensor<2xf32>, not tensor<3xf32>",
    ),
    "top indices of another shape": (
        within("«%0:2 = chlo.top_k(%t, k = 2) : tensor<4xf32> -> (tensor<2xf32>, tensor<3xi32>)"),
        "'chlo.top_k' op yields indices of shape (2,)",
    ),
    "top indices that are no integers": (
        within("«%0:2 = chlo.top_k(%t, k = 2) : tensor<4xf32> -> (tensor<2xf32>, tensor<2xf64>)"),
        "'chlo.top_k' op yields indices, which are integers, not f64",
    ),
    "no ragged dimension": (
        within(
            '«%0 = "chlo.ragged_dot"(%a, %b, %w) {ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [0]>} : (tensor<2x3xf32>, tensor<3x4xf32>, tensor<3xi32>) -> tensor<2x4xf32>'
        ),
        "'chlo.ragged_dot' op needs one dimension with groups in the left operand",
    ),
    "a ragged product of no dimension": (
        within(
            '«%0 = "chlo.ragged_dot"(%a, %b, %w) {ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_contracting_dimensions = [7], rhs_contracting_dimensions = [0], lhs_ragged_dimensions = [0]>} : (tensor<2x3xf32>, tensor<3x4xf32>, tensor<3xi32>) -> tensor<2x4xf32>'
        ),
        "'chlo.ragged_dot' op dimensions [7] do not name some of (2, 3) once each",
    ),
    "a ragged product that does not match": (
        within(
            '«%0 = "chlo.ragged_dot"(%a, %b, %w) {ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_contracting_dimensions = [0], rhs_contracting_dimensions = [0], lhs_ragged_dimensions = [0]>} : (tensor<2x3xf32>, tensor<3x4xf32>, tensor<3xi32>) -> tensor<2x4xf32>'
        ),
        "'chlo.ragged_dot' op dimensions [0] of tensor<2x3xf32> and [0] of tensor<3x4xf32> do not match",
    ),
    "a ragged dimension that is none": (
        within(
            '«%0 = "chlo.ragged_dot"(%a, %b, %w) {ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [0], lhs_ragged_dimensions = [4]>} : (tensor<2x3xf32>, tensor<3x4xf32>, tensor<3xi32>) -> tensor<2x4xf32>'
        ),
        "'chlo.ragged_dot' op tensor<2x3xf32> has no dimension 4",
    ),
    "group sizes of another shape": (
        within(
            '%p2 = stablehlo.convert %a : (tensor<2x3xf32>) -> tensor<2x3xi32>\n«%0 = "chlo.ragged_dot"(%a, %b, %p2) {ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [0], lhs_ragged_dimensions = [1]>} : (tensor<2x3xf32>, tensor<3x4xf32>, tensor<2x3xi32>) -> tensor<2x4xf32>'
        ),
        "'chlo.ragged_dot' op needs group sizes of shape [g] or [g] for g groups, not [2, 3]",
    ),
    "no dimension of groups": (
        within(
            '«%0 = "chlo.ragged_dot"(%a, %b, %w) {ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [0], lhs_ragged_dimensions = [0]>} : (tensor<2x3xf32>, tensor<3x4xf32>, tensor<3xi32>) -> tensor<2x4xf32>'
        ),
        "'chlo.ragged_dot' op needs 1 dimension of groups in the right operand, not []",
    ),
    "too few groups": (
        within(
            '«%0 = "chlo.ragged_dot"(%a, %b, %w) {ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [0], lhs_ragged_dimensions = [0], rhs_group_dimensions = [1]>} : (tensor<2x3xf32>, tensor<3x4xf32>, tensor<3xi32>) -> tensor<2x4xf32>'
        ),
        "'chlo.ragged_dot' op has 3 groups, and 4 parts for them",
    ),
    "a ragged product of another shape": (
        within(
            '«%0 = "chlo.ragged_dot"(%a, %b, %w) {ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [0], lhs_ragged_dimensions = [1]>} : (tensor<2x3xf32>, tensor<3x4xf32>, tensor<3xi32>) -> tensor<2x4xf32>'
        ),
        "'chlo.ragged_dot' op yields a tensor of shape [3, 2, 4], not tensor<2x4xf32>",
    ),
    "a scan along no dimension": (
        within(
            "«%0:2 = chlo.scan(%a) inits (%z) dimension = 7 {\n^bb0(%x: tensor<3xf32>, %y: tensor<f32>):\n  stablehlo.return %y, %y : tensor<f32>, tensor<f32>\n} : (tensor<2x3xf32>, tensor<f32>) -> (tensor<2xf32>, tensor<f32>)"
        ),
        "'chlo.scan' op dimension 7 is outside an input",
    ),
    "a scan of another size": (
        within(
            "«%0:2 = chlo.scan(%a) inits (%z) dimension = 0 attributes {scan_dim_size = 5 : i64} {\n^bb0(%x: tensor<3xf32>, %y: tensor<f32>):\n  stablehlo.return %y, %y : tensor<f32>, tensor<f32>\n} : (tensor<2x3xf32>, tensor<f32>) -> (tensor<2xf32>, tensor<f32>)"
        ),
        "'chlo.scan' op needs one number of parts, not [2, 5]",
    ),
    "a scan with another function": (
        within(
            "«%0:2 = chlo.scan(%a) inits (%z) dimension = 0 {\n^bb0(%x: tensor<2xf32>, %y: tensor<f32>):\n  stablehlo.return %y, %y : tensor<f32>, tensor<f32>\n} : (tensor<2x3xf32>, tensor<f32>) -> (tensor<2xf32>, tensor<f32>)"
        ),
        "'chlo.scan' op calls a function of (tensor<3xf32>, tensor<f32>), not of (tensor<2xf32>, tensor<f32>)",
    ),
    "a scan with other results": (
        within(
            "«%0:2 = chlo.scan(%a) inits (%z) dimension = 0 {\n^bb0(%x: tensor<3xf32>, %y: tensor<f32>):\n  stablehlo.return %y, %y : tensor<f32>, tensor<f32>\n} : (tensor<2x3xf32>, tensor<f32>) -> (tensor<9xf32>, tensor<f32>)"
        ),
        "'chlo.scan' op yields (tensor<2xf32>, tensor<f32>), not (tensor<9xf32>, tensor<f32>)",
    ),
    "a precision too many": (
        within(
            "«%0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0], precision = [HIGH, HIGH, HIGH] : "
            "(tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>"
        ),
        "'stablehlo.dot_general' op has 2 operands, but 3 precisions",
    ),
    "a precision beside an algorithm": (
        within(
            "«%0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0], precision = [HIGH, HIGH], "
            "algorithm = <accumulation_type = f32> : "
            "(tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>"
        ),
        "'stablehlo.dot_general' op has an algorithm, beside which precisions must be DEFAULT",
    ),
    "an algorithm of no parts": (
        within(
            "«%0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0], "
            "algorithm = <lhs_component_count = 0> : "
            "(tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>"
        ),
        "'stablehlo.dot_general' op algorithm needs a positive lhs_component_count, not 0",
    ),
}
