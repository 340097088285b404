module @jit_shapes attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<1x3x1x2xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<3x2xf32> {jax.result_info = "[0]"}, tensor<6xf32> {jax.result_info = "[1]"}, tensor<2x3x4x2xf32> {jax.result_info = "[2]"}, tensor<1x3x1x1x2xf32> {jax.result_info = "[3]"}, tensor<1x3x1x2xf32> {jax.result_info = "[4]"}) {
    %0 = stablehlo.reshape %arg0 : (tensor<1x3x1x2xf32>) -> tensor<3x2xf32>
    %1 = stablehlo.reshape %arg0 : (tensor<1x3x1x2xf32>) -> tensor<6xf32>
    %2 = stablehlo.reshape %arg0 : (tensor<1x3x1x2xf32>) -> tensor<3x2xf32>
    %3 = stablehlo.broadcast_in_dim %2, dims = [1, 3] : (tensor<3x2xf32>) -> tensor<2x3x4x2xf32>
    %4 = stablehlo.broadcast_in_dim %arg0, dims = [0, 1, 3, 4] : (tensor<1x3x1x2xf32>) -> tensor<1x3x1x1x2xf32>
    %5 = call @_roll_static(%arg0) : (tensor<1x3x1x2xf32>) -> tensor<1x3x1x2xf32>
    return %0, %1, %3, %4, %5 : tensor<3x2xf32>, tensor<6xf32>, tensor<2x3x4x2xf32>, tensor<1x3x1x1x2xf32>, tensor<1x3x1x2xf32>
  }
  func.func private @_roll_static(%arg0: tensor<1x3x1x2xf32>) -> tensor<1x3x1x2xf32> {
    %0 = "stablehlo.slice"(%arg0) {limit_indices = dense<[1, 3, 1, 2]> : tensor<4xi64>, start_indices = dense<[0, 2, 0, 0]> : tensor<4xi64>, strides = dense<1> : tensor<4xi64>} : (tensor<1x3x1x2xf32>) -> tensor<1x1x1x2xf32>
    %1 = "stablehlo.slice"(%arg0) {limit_indices = dense<[1, 2, 1, 2]> : tensor<4xi64>, start_indices = dense<0> : tensor<4xi64>, strides = dense<1> : tensor<4xi64>} : (tensor<1x3x1x2xf32>) -> tensor<1x2x1x2xf32>
    %2 = stablehlo.concatenate %0, %1, dim = 1 : (tensor<1x1x1x2xf32>, tensor<1x2x1x2xf32>) -> tensor<1x3x1x2xf32>
    return %2 : tensor<1x3x1x2xf32>
  }
}
