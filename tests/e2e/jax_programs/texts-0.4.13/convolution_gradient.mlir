module @jit_convolution_gradient attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<3x3x2x3xf32> {jax.arg_info = "kernel", mhlo.sharding = "{replicated}"}, %arg1: tensor<1x6x6x2xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<3x3x2x3xf32> {jax.result_info = "[0]"}, tensor<1x6x6x2xf32> {jax.result_info = "[1]"}) {
    %0 = stablehlo.convolution(%arg1, %arg0) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {stride = [2, 2], pad = [[0, 1], [0, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [0, 0]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision DEFAULT>]} : (tensor<1x6x6x2xf32>, tensor<3x3x2x3xf32>) -> tensor<1x3x3x3xf32>
    %1 = stablehlo.multiply %0, %0 : tensor<1x3x3x3xf32>
    %2 = stablehlo.constant dense<2.000000e+00> : tensor<f32>
    %3 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<1x3x3x3xf32>
    %4 = stablehlo.multiply %3, %0 : tensor<1x3x3x3xf32>
    %5 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %6 = stablehlo.reduce(%1 init: %5) applies stablehlo.add across dimensions = [0, 1, 2, 3] : (tensor<1x3x3x3xf32>, tensor<f32>) -> tensor<f32>
    %7 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %8 = stablehlo.broadcast_in_dim %7, dims = [] : (tensor<f32>) -> tensor<1x3x3x3xf32>
    %9 = stablehlo.multiply %8, %4 : tensor<1x3x3x3xf32>
    %10 = stablehlo.convolution(%arg1, %9) dim_numbers = [f, 0, 1, b]x[i, 0, 1, o]->[0, 1, b, f], window = {stride = [1, 1], pad = [[0, 1], [0, 1]], lhs_dilate = [1, 1], rhs_dilate = [2, 2], reverse = [0, 0]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision DEFAULT>]} : (tensor<1x6x6x2xf32>, tensor<1x3x3x3xf32>) -> tensor<3x3x2x3xf32>
    %11 = stablehlo.reverse %arg0, dims = [0, 1] : tensor<3x3x2x3xf32>
    %12 = stablehlo.convolution(%9, %11) dim_numbers = [b, 0, 1, f]x[0, 1, o, i]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[2, 1], [2, 1]], lhs_dilate = [2, 2], rhs_dilate = [1, 1], reverse = [0, 0]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision DEFAULT>]} : (tensor<1x3x3x3xf32>, tensor<3x3x2x3xf32>) -> tensor<1x6x6x2xf32>
    return %10, %12 : tensor<3x3x2x3xf32>, tensor<1x6x6x2xf32>
  }
}
