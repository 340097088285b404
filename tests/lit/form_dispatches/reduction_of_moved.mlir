// RUN: ireelite-compile %s --compile-to=dispatch | filecheck %s

// What is only read through a move of its elements, by the reduction that has taken it into its
// loop, is no result of the dispatch.

// CHECK-LABEL: func.func @f
// CHECK:         %s = iree.dispatch_region[%cst : tensor<3xi32>](%arg1 = %x : tensor<2x6xf32>) : tensor<3xf32> {
// CHECK-NEXT:      %e = math.exp
// CHECK:           tensor.expand_shape
// CHECK:           linalg.generic
// CHECK:           iree.return %{{[a-z0-9_]+}} : tensor<3xf32>
// CHECK-NOT:     tensor.expand_shape
func.func @f(%x: tensor<2x6xf32>) -> tensor<3xf32> {
  %z = stablehlo.constant dense<0.0> : tensor<f32>
  %e = stablehlo.exponential %x : tensor<2x6xf32>
  %r = stablehlo.reshape %e : (tensor<2x6xf32>) -> tensor<4x3xf32>
  %s = stablehlo.reduce(%r init: %z) applies stablehlo.add across dimensions = [0] : (tensor<4x3xf32>, tensor<f32>) -> tensor<3xf32>
  return %s : tensor<3xf32>
}
