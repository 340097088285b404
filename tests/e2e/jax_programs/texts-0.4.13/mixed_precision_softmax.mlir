module @jit_mixed_precision_softmax attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<4x4xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<4x4xbf16> {jax.result_info = ""}) {
    %0 = stablehlo.convert %arg0 : (tensor<4x4xf32>) -> tensor<4x4xbf16>
    %1 = stablehlo.constant dense<0xFF80> : tensor<bf16>
    %2 = stablehlo.reduce(%0 init: %1) applies stablehlo.maximum across dimensions = [1] : (tensor<4x4xbf16>, tensor<bf16>) -> tensor<4xbf16>
    %3 = stablehlo.broadcast_in_dim %2, dims = [0] : (tensor<4xbf16>) -> tensor<4x1xbf16>
    %4 = stablehlo.broadcast_in_dim %3, dims = [0, 1] : (tensor<4x1xbf16>) -> tensor<4x4xbf16>
    %5 = stablehlo.subtract %0, %4 : tensor<4x4xbf16>
    %6 = stablehlo.convert %5 : (tensor<4x4xbf16>) -> tensor<4x4xf32>
    %7 = stablehlo.exponential %6 : tensor<4x4xf32>
    %8 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %9 = stablehlo.reduce(%7 init: %8) applies stablehlo.add across dimensions = [1] : (tensor<4x4xf32>, tensor<f32>) -> tensor<4xf32>
    %10 = stablehlo.broadcast_in_dim %9, dims = [0] : (tensor<4xf32>) -> tensor<4x1xf32>
    %11 = stablehlo.broadcast_in_dim %10, dims = [0, 1] : (tensor<4x1xf32>) -> tensor<4x4xf32>
    %12 = stablehlo.divide %7, %11 : tensor<4x4xf32>
    %13 = stablehlo.convert %12 : (tensor<4x4xf32>) -> tensor<4x4xbf16>
    return %13 : tensor<4x4xbf16>
  }
}
