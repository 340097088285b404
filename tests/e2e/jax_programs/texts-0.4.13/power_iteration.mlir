module @jit_power_iteration attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<4x4xf32> {jax.arg_info = "matrix", mhlo.sharding = "{replicated}"}, %arg1: tensor<4xf32> {jax.arg_info = "vector", mhlo.sharding = "{replicated}"}) -> (tensor<4xf32> {jax.result_info = ""}) {
    %0 = stablehlo.constant dense<0> : tensor<i32>
    %1 = stablehlo.constant dense<0> : tensor<i32>
    %2:4 = stablehlo.while(%iterArg = %arg0, %iterArg_0 = %1, %iterArg_1 = %0, %iterArg_2 = %arg1) : tensor<4x4xf32>, tensor<i32>, tensor<i32>, tensor<4xf32>
     cond {
      %3 = stablehlo.constant dense<5> : tensor<i32>
      %4 = stablehlo.compare  LT, %iterArg_0, %3,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %4 : tensor<i1>
    } do {
      %3 = stablehlo.constant dense<1> : tensor<i32>
      %4 = stablehlo.add %iterArg_1, %3 : tensor<i32>
      %5 = stablehlo.dot_general %iterArg, %iterArg_2, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<4x4xf32>, tensor<4xf32>) -> tensor<4xf32>
      %6 = func.call @norm(%5) : (tensor<4xf32>) -> tensor<f32>
      %7 = stablehlo.broadcast_in_dim %6, dims = [] : (tensor<f32>) -> tensor<4xf32>
      %8 = stablehlo.divide %5, %7 : tensor<4xf32>
      %9 = stablehlo.constant dense<1> : tensor<i32>
      %10 = stablehlo.add %iterArg_0, %9 : tensor<i32>
      stablehlo.return %iterArg, %10, %4, %8 : tensor<4x4xf32>, tensor<i32>, tensor<i32>, tensor<4xf32>
    }
    return %2#3 : tensor<4xf32>
  }
  func.func private @norm(%arg0: tensor<4xf32>) -> tensor<f32> {
    %0 = stablehlo.multiply %arg0, %arg0 : tensor<4xf32>
    %1 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %2 = stablehlo.reduce(%0 init: %1) applies stablehlo.add across dimensions = [0] : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
    %3 = stablehlo.sqrt %2 : tensor<f32>
    return %3 : tensor<f32>
  }
}
