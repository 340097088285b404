module @jit_largest attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<3x8xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<3x3xf32> {jax.result_info = "[0]"}, tensor<3x3xi32> {jax.result_info = "[1]"}) {
    %values, %indices = chlo.top_k(%arg0, k = 3) : tensor<3x8xf32> -> (tensor<3x3xf32>, tensor<3x3xi32>)
    return %values, %indices : tensor<3x3xf32>, tensor<3x3xi32>
  }
}
