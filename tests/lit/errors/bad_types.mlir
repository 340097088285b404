// RUN: not ireelite-opt %s 2>&1 | filecheck %s
func.func @f(%a: tensor<4xf32>, %b: tensor<5xf32>) -> tensor<4xf32> {
  %0 = stablehlo.multiply %a, %b : (tensor<4xf32>, tensor<5xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
// CHECK: ireelite-opt: error: INVALID_ARGUMENT; {{.*}}bad_types.mlir:3:8: 'stablehlo.multiply' op requires the same type for all operands and the result
