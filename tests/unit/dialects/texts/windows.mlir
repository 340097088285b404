func.func @custom(%arg0: tensor<2x4x5x4xf32>, %arg1: tensor<3x3x4x3xf32>) -> tensor<2x2x2x3xf32> {
  %0 = stablehlo.convolution(%arg0, %arg1) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {stride = [2, 1], pad = [[0, 1], [0, -1]], rhs_dilate = [1, 1], reverse = [true, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision HIGHEST>]} : (tensor<2x4x5x4xf32>, tensor<3x3x4x3xf32>) -> tensor<2x2x2x3xf32>
  return %0 : tensor<2x2x2x3xf32>
}
func.func @generic(%arg0: tensor<100x26x26x32xf32>, %arg1: tensor<3x3x1x32xf32>, %padding: tensor<2x2xi64>) -> tensor<100x28x28x1xf32> {
  %result = stablehlo.convolution(%arg0, %arg1) dim_numbers = [b, 0, 1, f]x[0, 1, o, i]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[2, 2], [2, 2]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [false, true]} {feature_group_count = 1 : i64, batch_group_count = 1 : i64} : (tensor<100x26x26x32xf32>, tensor<3x3x1x32xf32>) -> tensor<100x28x28x1xf32>
  %dynamic = "stablehlo.dynamic_conv"(%arg0, %arg1, %padding) <{dimension_numbers = #stablehlo.conv<[b, 0, 1, f]x[0, 1, o, i]->[b, 0, 1, f]>, feature_group_count = 1 : i64, batch_group_count = 1 : i64}> : (tensor<100x26x26x32xf32>, tensor<3x3x1x32xf32>, tensor<2x2xi64>) -> tensor<100x28x28x1xf32>
  return %result : tensor<100x28x28x1xf32>
}
func.func @normalizations(%input: tensor<2x2x2x2xf32>, %scale: tensor<2xf32>, %mean: tensor<2xf32>, %variance: tensor<2xf32>, %grad_output: tensor<2x2x2x2xf32>) -> tensor<2x2x2x2xf32> {
  %0, %1, %2 = "stablehlo.batch_norm_grad"(%input, %scale, %mean, %variance, %grad_output) <{epsilon = 1.000000e-03 : f32, feature_index = 0 : i64}> : (tensor<2x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2x2x2x2xf32>) -> (tensor<2x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>)
  %3, %4, %5 = "stablehlo.batch_norm_training"(%input, %scale, %mean) <{epsilon = 1.000000e-03 : f32, feature_index = 0 : i64}> : (tensor<2x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>) -> (tensor<2x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>)
  %6 = "stablehlo.batch_norm_inference"(%input, %scale, %mean, %scale, %mean) <{epsilon = 1.000000e-03 : f32, feature_index = 0 : i64}> : (tensor<2x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<2x2x2x2xf32>
  return %0 : tensor<2x2x2x2xf32>
}
func.func @reductions(%x: tensor<3x16xf32>, %o: tensor<3x4xf32>, %init: tensor<f32>) -> tensor<3x9xcomplex<f32>> {
  %0 = stablehlo.fft %x, type = RFFT, length = [16] : (tensor<3x16xf32>) -> tensor<3x9xcomplex<f32>>
  %1 = stablehlo.fft %x, type = RFFT, length = [3, 16] : (tensor<3x16xf32>) -> tensor<3x9xcomplex<f32>>
  %2 = stablehlo.reduce_precision %x, format = e8m10 : tensor<3x16xf32>
  %3 = stablehlo.reduce_precision %x, format = e8m10 : tensor<3x16xf32>
  %4 = "stablehlo.map"(%x, %x) <{dimensions = array<i64: 0, 1>}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %p = stablehlo.multiply %a, %b : tensor<f32>
    stablehlo.return %p : tensor<f32>
  }) : (tensor<3x16xf32>, tensor<3x16xf32>) -> tensor<3x16xf32>
  %5 = "stablehlo.reduce_window"(%x, %init) <{window_dimensions = array<i64: 1, 4>, window_strides = array<i64: 1, 4>, padding = dense<0> : tensor<2x2xi64>}> ({
  ^bb0(%a_1: tensor<f64>, %b_1: tensor<f64>):
    %p_1 = stablehlo.add %a_1, %b_1 : tensor<f64>
    stablehlo.return %p_1 : tensor<f64>
  }) : (tensor<3x16xf32>, tensor<f32>) -> tensor<3x4xf64>
  %6 = "stablehlo.select_and_scatter"(%x, %o, %init) <{window_dimensions = array<i64: 1, 4>, window_strides = array<i64: 1, 4>}> ({
  ^bb0(%a_2: tensor<f32>, %b_2: tensor<f32>):
    %p_2 = stablehlo.compare GE, %a_2, %b_2 : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %p_2 : tensor<i1>
  }, {
  ^bb0(%a_3: tensor<f32>, %b_3: tensor<f32>):
    %p_3 = stablehlo.add %a_3, %b_3 : tensor<f32>
    stablehlo.return %p_3 : tensor<f32>
  }) : (tensor<3x16xf32>, tensor<3x4xf32>, tensor<f32>) -> tensor<3x16xf32>
  return %1 : tensor<3x9xcomplex<f32>>
}
func.func @windows_of_open_sizes(%x: tensor<?xf32>, %init: tensor<f32>, %n: tensor<1xi32>, %padding: tensor<1x2xi32>) -> tensor<?xf32> {
  %0 = "stablehlo.dynamic_reduce_window"(%x, %init, %n, %n, %n, %n, %padding) ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %1 = stablehlo.add %a, %b : tensor<f32>
    stablehlo.return %1 : tensor<f32>
  }) : (tensor<?xf32>, tensor<f32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>, tensor<1x2xi32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
