module @jit_joins attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<2x3xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg1: tensor<2x3xf32> {jax.arg_info = "y", mhlo.sharding = "{replicated}"}) -> (tensor<2x6xf32> {jax.result_info = "[0]"}, tensor<2x2x3xf32> {jax.result_info = "[1]"}, tensor<4x6xf32> {jax.result_info = "[2]"}, tensor<6x3xf32> {jax.result_info = "[3]"}, tensor<2x1xf32> {jax.result_info = "[4][0]"}, tensor<2x1xf32> {jax.result_info = "[4][1]"}, tensor<2x1xf32> {jax.result_info = "[4][2]"}) {
    %0 = stablehlo.concatenate %arg0, %arg1, dim = 1 : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x6xf32>
    %1 = stablehlo.broadcast_in_dim %arg0, dims = [0, 2] : (tensor<2x3xf32>) -> tensor<2x1x3xf32>
    %2 = stablehlo.broadcast_in_dim %arg1, dims = [0, 2] : (tensor<2x3xf32>) -> tensor<2x1x3xf32>
    %3 = stablehlo.concatenate %1, %2, dim = 1 : (tensor<2x1x3xf32>, tensor<2x1x3xf32>) -> tensor<2x2x3xf32>
    %4 = stablehlo.reshape %arg0 : (tensor<2x3xf32>) -> tensor<1x2x1x3xf32>
    %5 = stablehlo.reshape %4 : (tensor<1x2x1x3xf32>) -> tensor<2x3xf32>
    %6 = stablehlo.broadcast_in_dim %5, dims = [1, 3] : (tensor<2x3xf32>) -> tensor<2x2x2x3xf32>
    %7 = stablehlo.reshape %6 : (tensor<2x2x2x3xf32>) -> tensor<4x6xf32>
    %8 = stablehlo.broadcast_in_dim %arg0, dims = [0, 2] : (tensor<2x3xf32>) -> tensor<2x1x3xf32>
    %9 = stablehlo.reshape %8 : (tensor<2x1x3xf32>) -> tensor<1x2x1x1x1x3xf32>
    %10 = stablehlo.reshape %9 : (tensor<1x2x1x1x1x3xf32>) -> tensor<1x2x1x1x3xf32>
    %11 = stablehlo.broadcast_in_dim %10, dims = [0, 1, 3, 4, 5] : (tensor<1x2x1x1x3xf32>) -> tensor<1x2x3x1x1x3xf32>
    %12 = stablehlo.reshape %11 : (tensor<1x2x3x1x1x3xf32>) -> tensor<2x3x3xf32>
    %13 = stablehlo.reshape %12 : (tensor<2x3x3xf32>) -> tensor<6x3xf32>
    %14 = "stablehlo.slice"(%arg1) {limit_indices = dense<[2, 1]> : tensor<2xi64>, start_indices = dense<0> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} : (tensor<2x3xf32>) -> tensor<2x1xf32>
    %15 = "stablehlo.slice"(%arg1) {limit_indices = dense<2> : tensor<2xi64>, start_indices = dense<[0, 1]> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} : (tensor<2x3xf32>) -> tensor<2x1xf32>
    %16 = "stablehlo.slice"(%arg1) {limit_indices = dense<[2, 3]> : tensor<2xi64>, start_indices = dense<[0, 2]> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} : (tensor<2x3xf32>) -> tensor<2x1xf32>
    return %0, %3, %7, %13, %14, %15, %16 : tensor<2x6xf32>, tensor<2x2x3xf32>, tensor<4x6xf32>, tensor<6x3xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>
  }
}
