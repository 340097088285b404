module @jit_stable_order attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<12xi32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<12xi32> {jax.result_info = "[0]"}, tensor<12xi32> {jax.result_info = "[1]"}) {
    %0 = call @argsort(%arg0) : (tensor<12xi32>) -> tensor<12xi32>
    %1 = stablehlo.negate %arg0 : tensor<12xi32>
    %2 = call @argsort_0(%1) : (tensor<12xi32>) -> tensor<12xi32>
    return %0, %2 : tensor<12xi32>, tensor<12xi32>
  }
  func.func private @argsort(%arg0: tensor<12xi32>) -> tensor<12xi32> {
    %0 = stablehlo.iota dim = 0 : tensor<12xi32>
    %1:2 = "stablehlo.sort"(%arg0, %0) ({
    ^bb0(%arg1: tensor<i32>, %arg2: tensor<i32>, %arg3: tensor<i32>, %arg4: tensor<i32>):
      %2 = stablehlo.compare  LT, %arg1, %arg2,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %2 : tensor<i1>
    }) {dimension = 0 : i64, is_stable = true} : (tensor<12xi32>, tensor<12xi32>) -> (tensor<12xi32>, tensor<12xi32>)
    return %1#1 : tensor<12xi32>
  }
  func.func private @argsort_0(%arg0: tensor<12xi32>) -> tensor<12xi32> {
    %0 = stablehlo.iota dim = 0 : tensor<12xi32>
    %1:2 = "stablehlo.sort"(%arg0, %0) ({
    ^bb0(%arg1: tensor<i32>, %arg2: tensor<i32>, %arg3: tensor<i32>, %arg4: tensor<i32>):
      %2 = stablehlo.compare  LT, %arg1, %arg2,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %2 : tensor<i1>
    }) {dimension = 0 : i64, is_stable = true} : (tensor<12xi32>, tensor<12xi32>) -> (tensor<12xi32>, tensor<12xi32>)
    return %1#1 : tensor<12xi32>
  }
}
