module @jit_newton_square_root attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<4xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<4xf32> {jax.result_info = "[0]"}, tensor<i32> {jax.result_info = "[1]"}) {
    %0 = stablehlo.constant dense<0> : tensor<i32>
    %1:4 = stablehlo.while(%iterArg = %arg0, %iterArg_0 = %arg0, %iterArg_1 = %arg0, %iterArg_2 = %0) : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<i32>
     cond {
      %2 = stablehlo.multiply %iterArg_1, %iterArg_1 : tensor<4xf32>
      %3 = stablehlo.subtract %2, %iterArg : tensor<4xf32>
      %4 = stablehlo.abs %3 : tensor<4xf32>
      %5 = stablehlo.constant dense<0xFF800000> : tensor<f32>
      %6 = stablehlo.reduce(%4 init: %5) applies stablehlo.maximum across dimensions = [0] : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
      %7 = stablehlo.constant dense<1.000000e-03> : tensor<f32>
      %8 = stablehlo.compare  GT, %6, %7,  FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %9 = stablehlo.constant dense<50> : tensor<i32>
      %10 = stablehlo.compare  LT, %iterArg_2, %9,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %11 = stablehlo.constant dense<false> : tensor<i1>
      %12 = stablehlo.broadcast_in_dim %11, dims = [] : (tensor<i1>) -> tensor<i1>
      %13 = stablehlo.compare  NE, %10, %12,  UNSIGNED : (tensor<i1>, tensor<i1>) -> tensor<i1>
      %14 = stablehlo.and %8, %13 : tensor<i1>
      stablehlo.return %14 : tensor<i1>
    } do {
      %2 = stablehlo.divide %iterArg_0, %iterArg_1 : tensor<4xf32>
      %3 = stablehlo.add %iterArg_1, %2 : tensor<4xf32>
      %4 = stablehlo.constant dense<5.000000e-01> : tensor<f32>
      %5 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<f32>) -> tensor<4xf32>
      %6 = stablehlo.multiply %5, %3 : tensor<4xf32>
      %7 = stablehlo.constant dense<1> : tensor<i32>
      %8 = stablehlo.add %iterArg_2, %7 : tensor<i32>
      stablehlo.return %iterArg, %iterArg_0, %6, %8 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<i32>
    }
    return %1#2, %1#3 : tensor<4xf32>, tensor<i32>
  }
}
