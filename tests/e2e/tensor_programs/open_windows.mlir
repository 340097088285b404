func.func @convolution(%x: tensor<?x6x5x3xf32>, %w: tensor<3x3x3x4xf32>) -> tensor<?x3x5x4xf32> {
  %0 = stablehlo.convolution(%x, %w) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {stride = [2, 1], pad = [[1, 1], [1, 1]]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<?x6x5x3xf32>, tensor<3x3x3x4xf32>) -> tensor<?x3x5x4xf32>
  return %0 : tensor<?x3x5x4xf32>
}
func.func @of_halves(%x: tensor<2x?x7xf16>, %w: tensor<4x1x2xf16>) -> tensor<?x4x2xf16> {
  %0 = stablehlo.convolution(%x, %w) dim_numbers = [f, b, 0]x[o, i, 0]->[b, f, 0], window = {stride = [3], pad = [[-1, 0]], lhs_dilate = [1], rhs_dilate = [2]} {batch_group_count = 1 : i64, feature_group_count = 2 : i64} : (tensor<2x?x7xf16>, tensor<4x1x2xf16>) -> tensor<?x4x2xf16>
  return %0 : tensor<?x4x2xf16>
}
func.func @pool(%x: tensor<?x6x?xf32>) -> tensor<?x3x?xf32> {
  %i = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %0 = "stablehlo.reduce_window"(%x, %i) <{window_dimensions = array<i64: 1, 3, 1>, window_strides = array<i64: 1, 2, 1>, padding = dense<[[0, 0], [0, 1], [0, 0]]> : tensor<3x2xi64>}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %m = stablehlo.maximum %a, %b : tensor<f32>
    stablehlo.return %m : tensor<f32>
  }) : (tensor<?x6x?xf32>, tensor<f32>) -> tensor<?x3x?xf32>
  return %0 : tensor<?x3x?xf32>
}
func.func @sums(%x: tensor<?x5xi32>) -> tensor<?x5xi32> {
  %i = stablehlo.constant dense<0> : tensor<i32>
  %0 = "stablehlo.reduce_window"(%x, %i) <{window_dimensions = array<i64: 1, 5>, padding = dense<[[0, 0], [4, 0]]> : tensor<2x2xi64>}> ({
  ^bb0(%a: tensor<i32>, %b: tensor<i32>):
    %m = stablehlo.add %a, %b : tensor<i32>
    stablehlo.return %m : tensor<i32>
  }) : (tensor<?x5xi32>, tensor<i32>) -> tensor<?x5xi32>
  return %0 : tensor<?x5xi32>
}
