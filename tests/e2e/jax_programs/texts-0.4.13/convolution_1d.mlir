module @jit_convolution_1d attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<4x8x2xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg1: tensor<3x2x4xf32> {jax.arg_info = "kernel", mhlo.sharding = "{replicated}"}, %arg2: tensor<4xf32> {jax.arg_info = "bias", mhlo.sharding = "{replicated}"}) -> (tensor<4x4x4xf32> {jax.result_info = ""}) {
    %0 = stablehlo.convolution(%arg0, %arg1) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {stride = [2], pad = [[2, 0]], lhs_dilate = [1], rhs_dilate = [1], reverse = [0]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision DEFAULT>]} : (tensor<4x8x2xf32>, tensor<3x2x4xf32>) -> tensor<4x4x4xf32>
    %1 = stablehlo.broadcast_in_dim %arg2, dims = [2] : (tensor<4xf32>) -> tensor<1x1x4xf32>
    %2 = stablehlo.broadcast_in_dim %1, dims = [0, 1, 2] : (tensor<1x1x4xf32>) -> tensor<4x4x4xf32>
    %3 = stablehlo.add %0, %2 : tensor<4x4x4xf32>
    %4 = call @silu(%3) : (tensor<4x4x4xf32>) -> tensor<4x4x4xf32>
    return %4 : tensor<4x4x4xf32>
  }
  func.func private @silu(%arg0: tensor<4x4x4xf32>) -> tensor<4x4x4xf32> {
    %0 = call @sigmoid(%arg0) : (tensor<4x4x4xf32>) -> tensor<4x4x4xf32>
    %1 = stablehlo.multiply %arg0, %0 : tensor<4x4x4xf32>
    return %1 : tensor<4x4x4xf32>
  }
  func.func private @sigmoid(%arg0: tensor<4x4x4xf32>) -> tensor<4x4x4xf32> {
    %0 = stablehlo.negate %arg0 : tensor<4x4x4xf32>
    %1 = stablehlo.exponential %0 : tensor<4x4x4xf32>
    %2 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %3 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<4x4x4xf32>
    %4 = stablehlo.add %3, %1 : tensor<4x4x4xf32>
    %5 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %6 = stablehlo.broadcast_in_dim %5, dims = [] : (tensor<f32>) -> tensor<4x4x4xf32>
    %7 = stablehlo.divide %6, %4 : tensor<4x4x4xf32>
    return %7 : tensor<4x4x4xf32>
  }
}
