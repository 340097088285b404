module @jit_sets attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<11xi32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg1: tensor<7xi32> {jax.arg_info = "y", mhlo.sharding = "{replicated}"}) -> (tensor<11xi1> {jax.result_info = "[0]"}, tensor<11xi32> {jax.result_info = "[1]"}) {
    %0 = call @_in1d(%arg0, %arg1) : (tensor<11xi32>, tensor<7xi32>) -> tensor<11xi1>
    %1 = stablehlo.abs %arg0 : tensor<11xi32>
    %2 = call @lexsort(%arg0, %1) : (tensor<11xi32>, tensor<11xi32>) -> tensor<11xi32>
    return %0, %2 : tensor<11xi1>, tensor<11xi32>
  }
  func.func private @_in1d(%arg0: tensor<11xi32>, %arg1: tensor<7xi32>) -> tensor<11xi1> {
    %0 = stablehlo.broadcast_in_dim %arg0, dims = [0] : (tensor<11xi32>) -> tensor<11x1xi32>
    %1 = stablehlo.broadcast_in_dim %arg1, dims = [1] : (tensor<7xi32>) -> tensor<1x7xi32>
    %2 = stablehlo.broadcast_in_dim %0, dims = [0, 1] : (tensor<11x1xi32>) -> tensor<11x7xi32>
    %3 = stablehlo.broadcast_in_dim %1, dims = [0, 1] : (tensor<1x7xi32>) -> tensor<11x7xi32>
    %4 = stablehlo.compare  EQ, %2, %3,  SIGNED : (tensor<11x7xi32>, tensor<11x7xi32>) -> tensor<11x7xi1>
    %5 = stablehlo.constant dense<false> : tensor<i1>
    %6 = stablehlo.reduce(%4 init: %5) applies stablehlo.or across dimensions = [1] : (tensor<11x7xi1>, tensor<i1>) -> tensor<11xi1>
    return %6 : tensor<11xi1>
  }
  func.func private @lexsort(%arg0: tensor<11xi32>, %arg1: tensor<11xi32>) -> tensor<11xi32> {
    %0 = stablehlo.iota dim = 0 : tensor<11xi32>
    %1:3 = "stablehlo.sort"(%arg1, %arg0, %0) ({
    ^bb0(%arg2: tensor<i32>, %arg3: tensor<i32>, %arg4: tensor<i32>, %arg5: tensor<i32>, %arg6: tensor<i32>, %arg7: tensor<i32>):
      %2 = stablehlo.compare  LT, %arg4, %arg5,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %3 = stablehlo.compare  LT, %arg2, %arg3,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %4 = stablehlo.compare  EQ, %arg2, %arg3,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %5 = stablehlo.and %4, %2 : tensor<i1>
      %6 = stablehlo.or %3, %5 : tensor<i1>
      stablehlo.return %6 : tensor<i1>
    }) {dimension = 0 : i64, is_stable = true} : (tensor<11xi32>, tensor<11xi32>, tensor<11xi32>) -> (tensor<11xi32>, tensor<11xi32>, tensor<11xi32>)
    return %1#2 : tensor<11xi32>
  }
}
