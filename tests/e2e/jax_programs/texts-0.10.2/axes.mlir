module @jit_axes attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<2x3x4xf32>) -> (tensor<4x2x3xf32> {jax.result_info = "result[0]"}, tensor<3x2x4xf32> {jax.result_info = "result[1]"}, tensor<3x4x2xf32> {jax.result_info = "result[2]"}, tensor<2x2x4xf32> {jax.result_info = "result[3]"}, tensor<3x2x4xf32> {jax.result_info = "result[4]"}) {
    %0 = stablehlo.transpose %arg0, dims = [2, 0, 1] : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
    %1 = stablehlo.transpose %arg0, dims = [1, 0, 2] : (tensor<2x3x4xf32>) -> tensor<3x2x4xf32>
    %2 = stablehlo.transpose %arg0, dims = [1, 2, 0] : (tensor<2x3x4xf32>) -> tensor<3x4x2xf32>
    %3 = stablehlo.slice %arg0 [0:2, 0:3:2, 0:4] : (tensor<2x3x4xf32>) -> tensor<2x2x4xf32>
    %4 = stablehlo.reverse %3, dims = [0] : tensor<2x2x4xf32>
    %5 = call @rot90(%arg0) : (tensor<2x3x4xf32>) -> tensor<3x2x4xf32>
    return %0, %1, %2, %4, %5 : tensor<4x2x3xf32>, tensor<3x2x4xf32>, tensor<3x4x2xf32>, tensor<2x2x4xf32>, tensor<3x2x4xf32>
  }
  func.func private @rot90(%arg0: tensor<2x3x4xf32>) -> tensor<3x2x4xf32> {
    %0 = call @_flip(%arg0) : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
    %1 = stablehlo.transpose %0, dims = [1, 0, 2] : (tensor<2x3x4xf32>) -> tensor<3x2x4xf32>
    return %1 : tensor<3x2x4xf32>
  }
  func.func private @_flip(%arg0: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
    %0 = stablehlo.reverse %arg0, dims = [1] : tensor<2x3x4xf32>
    return %0 : tensor<2x3x4xf32>
  }
}
