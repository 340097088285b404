module @jit_bfloat16_layer attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<4x6xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg1: tensor<6x3xf32> {jax.arg_info = "w", mhlo.sharding = "{replicated}"}) -> (tensor<4x3xbf16> {jax.result_info = "[0]"}, tensor<f32> {jax.result_info = "[1]"}) {
    %0 = stablehlo.convert %arg0 : (tensor<4x6xf32>) -> tensor<4x6xbf16>
    %1 = stablehlo.convert %arg1 : (tensor<6x3xf32>) -> tensor<6x3xbf16>
    %2 = stablehlo.dot_general %0, %1, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<4x6xbf16>, tensor<6x3xbf16>) -> tensor<4x3xbf16>
    %3 = stablehlo.tanh %2 : tensor<4x3xbf16>
    %4 = stablehlo.convert %3 : (tensor<4x3xbf16>) -> tensor<4x3xf32>
    %5 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %6 = stablehlo.reduce(%4 init: %5) applies stablehlo.add across dimensions = [0, 1] : (tensor<4x3xf32>, tensor<f32>) -> tensor<f32>
    return %3, %6 : tensor<4x3xbf16>, tensor<f32>
  }
}
