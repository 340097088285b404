// RUN: ireelite-opt %s -p expand-hlo | filecheck %s

// Older products become dot_general.

// CHECK-LABEL: func.func @dot
// CHECK:       stablehlo.dot_general %a, %b, contracting_dims = [1] x [0], precision = [HIGHEST, DEFAULT]
func.func @dot(%a: tensor<2x3xf32>, %b: tensor<3xf32>) -> tensor<2xf32> {
  %0 = stablehlo.dot %a, %b, precision = [HIGHEST, DEFAULT] : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// Names of both operands that the result has are batching dimensions.

// CHECK-LABEL: func.func @einsum
// CHECK:       %[[PRODUCT:.+]] = stablehlo.dot_general %a, %b, batching_dims = [0] x [0], contracting_dims = [2] x [1] : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>
// CHECK:       stablehlo.transpose %[[PRODUCT]], dims = [2, 1, 0]
func.func @einsum(%a: tensor<2x3x4xf32>, %b: tensor<2x4x5xf32>) -> tensor<5x3x2xf32> {
  %0 = stablehlo.einsum %a, %b, config = "bij,bjk->kib" : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<5x3x2xf32>
  return %0 : tensor<5x3x2xf32>
}

// A repeated name is a diagonal.

// CHECK-LABEL: func.func @trace
// CHECK:       stablehlo.compare EQ
// CHECK:       stablehlo.select
// CHECK:       stablehlo.reduce
func.func @trace(%a: tensor<3x3xf32>) -> tensor<f32> {
  %0 = stablehlo.unary_einsum %a, config = "ii->" : (tensor<3x3xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// CHECK-LABEL: func.func @broadcast
// CHECK:       %[[WIDE:.+]] = stablehlo.broadcast_in_dim %b, dims = [1] : (tensor<3xf32>) -> tensor<2x3xf32>
// CHECK:       stablehlo.compare LT, %a, %[[WIDE]], TOTALORDER
func.func @broadcast(%a: tensor<2x3xf32>, %b: tensor<3xf32>) -> tensor<2x3xi1> {
  %0 = chlo.broadcast_compare %a, %b {compare_type = #chlo<comparison_type TOTALORDER>, comparison_direction = #chlo<comparison_direction LT>} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xi1>
  return %0 : tensor<2x3xi1>
}

// Rows outside of a group count as 0 for it.

// CHECK-LABEL: func.func @ragged
// CHECK:       %[[ROWS:.+]] = stablehlo.select %{{.+}} : tensor<6x4x3xi1>, tensor<6x4x3xf32>
// CHECK:       stablehlo.dot_general %[[ROWS]], %b, contracting_dims = [1, 2] x [1, 0]
func.func @ragged(%a: tensor<6x4xf32>, %b: tensor<3x4x5xf32>, %sizes: tensor<3xi32>) -> tensor<6x5xf32> {
  %0 = "chlo.ragged_dot"(%a, %b, %sizes) {ragged_dot_dimension_numbers = #chlo.ragged_dot<
      lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [1], lhs_ragged_dimensions = [0],
      rhs_group_dimensions = [0]>} : (tensor<6x4xf32>, tensor<3x4x5xf32>, tensor<3xi32>) -> tensor<6x5xf32>
  return %0 : tensor<6x5xf32>
}
