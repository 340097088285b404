module @jit_loop_of_dynamic_bounds attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<i32> {jax.arg_info = "count", mhlo.sharding = "{replicated}"}) -> (tensor<i32> {jax.result_info = ""}) {
    %0 = stablehlo.constant dense<0> : tensor<i32>
    %1 = stablehlo.constant dense<0> : tensor<i32>
    %2:3 = stablehlo.while(%iterArg = %0, %iterArg_0 = %arg0, %iterArg_1 = %1) : tensor<i32>, tensor<i32>, tensor<i32>
     cond {
      %3 = stablehlo.compare  LT, %iterArg, %iterArg_0,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %3 : tensor<i1>
    } do {
      %3 = stablehlo.constant dense<1> : tensor<i32>
      %4 = stablehlo.add %iterArg, %3 : tensor<i32>
      %5 = stablehlo.multiply %iterArg, %iterArg : tensor<i32>
      %6 = stablehlo.add %iterArg_1, %5 : tensor<i32>
      stablehlo.return %4, %iterArg_0, %6 : tensor<i32>, tensor<i32>, tensor<i32>
    }
    return %2#2 : tensor<i32>
  }
}
