module @jit_passed_through attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<3xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg1: tensor<3xf32> {jax.arg_info = "y", mhlo.sharding = "{replicated}"}) -> (tensor<3xf32> {jax.result_info = "[0]"}, tensor<3xf32> {jax.result_info = "[1]"}, tensor<3xf32> {jax.result_info = "[2]"}, tensor<f32> {jax.result_info = "[3]"}, tensor<0x4xf32> {jax.result_info = "[4]"}, tensor<3xi32> {jax.result_info = "[5]"}) {
    %0 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<0x4xf32>
    %2 = stablehlo.iota dim = 0 : tensor<3xi32>
    %3 = stablehlo.constant dense<3.500000e+00> : tensor<f32>
    return %arg1, %arg0, %arg0, %3, %1, %2 : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<f32>, tensor<0x4xf32>, tensor<3xi32>
  }
}
