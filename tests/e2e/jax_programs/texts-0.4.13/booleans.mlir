module @jit_booleans attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<6xi1> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg1: tensor<6xi1> {jax.arg_info = "y", mhlo.sharding = "{replicated}"}) -> (tensor<6xi1> {jax.result_info = "[0]"}, tensor<6xi1> {jax.result_info = "[1]"}, tensor<6xi1> {jax.result_info = "[2]"}, tensor<i1> {jax.result_info = "[3]"}, tensor<i1> {jax.result_info = "[4]"}, tensor<i32> {jax.result_info = "[5]"}) {
    %0 = stablehlo.and %arg0, %arg1 : tensor<6xi1>
    %1 = stablehlo.not %arg1 : tensor<6xi1>
    %2 = stablehlo.or %arg0, %1 : tensor<6xi1>
    %3 = stablehlo.xor %arg0, %arg1 : tensor<6xi1>
    %4 = stablehlo.constant dense<false> : tensor<i1>
    %5 = stablehlo.reduce(%arg0 init: %4) applies stablehlo.or across dimensions = [0] : (tensor<6xi1>, tensor<i1>) -> tensor<i1>
    %6 = stablehlo.constant dense<true> : tensor<i1>
    %7 = stablehlo.reduce(%arg1 init: %6) applies stablehlo.and across dimensions = [0] : (tensor<6xi1>, tensor<i1>) -> tensor<i1>
    %8 = stablehlo.convert %arg0 : (tensor<6xi1>) -> tensor<6xi32>
    %9 = stablehlo.constant dense<0> : tensor<i32>
    %10 = stablehlo.reduce(%8 init: %9) applies stablehlo.add across dimensions = [0] : (tensor<6xi32>, tensor<i32>) -> tensor<i32>
    return %0, %2, %3, %5, %7, %10 : tensor<6xi1>, tensor<6xi1>, tensor<6xi1>, tensor<i1>, tensor<i1>, tensor<i32>
  }
}
