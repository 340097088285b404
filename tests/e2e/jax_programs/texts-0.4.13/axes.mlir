module @jit_axes attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<2x3x4xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<4x2x3xf32> {jax.result_info = "[0]"}, tensor<3x2x4xf32> {jax.result_info = "[1]"}, tensor<3x4x2xf32> {jax.result_info = "[2]"}, tensor<2x2x4xf32> {jax.result_info = "[3]"}, tensor<3x2x4xf32> {jax.result_info = "[4]"}) {
    %0 = stablehlo.constant dense<[0, 2]> : tensor<2xi32>
    %1 = stablehlo.transpose %arg0, dims = [2, 0, 1] : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
    %2 = stablehlo.transpose %arg0, dims = [1, 0, 2] : (tensor<2x3x4xf32>) -> tensor<3x2x4xf32>
    %3 = stablehlo.transpose %arg0, dims = [1, 2, 0] : (tensor<2x3x4xf32>) -> tensor<3x4x2xf32>
    %4 = stablehlo.broadcast_in_dim %0, dims = [0] : (tensor<2xi32>) -> tensor<2x1xi32>
    %5 = "stablehlo.gather"(%arg0, %4) {dimension_numbers = #stablehlo.gather<offset_dims = [0, 2], collapsed_slice_dims = [1], start_index_map = [1], index_vector_dim = 1>, indices_are_sorted = true, slice_sizes = dense<[2, 1, 4]> : tensor<3xi64>} : (tensor<2x3x4xf32>, tensor<2x1xi32>) -> tensor<2x2x4xf32>
    %6 = stablehlo.reverse %5, dims = [0] : tensor<2x2x4xf32>
    %7 = call @rot90(%arg0) : (tensor<2x3x4xf32>) -> tensor<3x2x4xf32>
    return %1, %2, %3, %6, %7 : tensor<4x2x3xf32>, tensor<3x2x4xf32>, tensor<3x4x2xf32>, tensor<2x2x4xf32>, tensor<3x2x4xf32>
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
