module @jit_passed_through attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<3xf32>, %arg1: tensor<3xf32>) -> (tensor<3xf32> {jax.result_info = "result[0]"}, tensor<3xf32> {jax.result_info = "result[1]"}, tensor<3xf32> {jax.result_info = "result[2]"}, tensor<f32> {jax.result_info = "result[3]"}, tensor<0x4xf32> {jax.result_info = "result[4]"}, tensor<3xi32> {jax.result_info = "result[5]"}) {
    %cst = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %0 = stablehlo.broadcast_in_dim %cst, dims = [] : (tensor<f32>) -> tensor<0x4xf32>
    %1 = stablehlo.iota dim = 0 : tensor<3xi32>
    %cst_0 = stablehlo.constant dense<3.500000e+00> : tensor<f32>
    return %arg1, %arg0, %arg0, %cst_0, %0, %1 : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<f32>, tensor<0x4xf32>, tensor<3xi32>
  }
}
