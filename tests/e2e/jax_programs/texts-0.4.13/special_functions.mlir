module @jit_special_functions attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<8xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<8xf32> {jax.result_info = "[0]"}, tensor<8xf32> {jax.result_info = "[1]"}, tensor<8xf32> {jax.result_info = "[2]"}, tensor<8xf32> {jax.result_info = "[3]"}, tensor<8xf32> {jax.result_info = "[4]"}) {
    %0 = chlo.lgamma %arg0 : tensor<8xf32> -> tensor<8xf32>
    %1 = chlo.digamma %arg0 : tensor<8xf32> -> tensor<8xf32>
    %2 = chlo.erf %arg0 : tensor<8xf32> -> tensor<8xf32>
    %3 = chlo.erfc %arg0 : tensor<8xf32> -> tensor<8xf32>
    %4 = stablehlo.constant dense<4.000000e+00> : tensor<f32>
    %5 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %6 = stablehlo.divide %arg0, %5 : tensor<8xf32>
    %7 = chlo.erf_inv %6 : tensor<8xf32> -> tensor<8xf32>
    return %0, %1, %2, %3, %7 : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
  }
}
