module @jit_batched_while attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<6xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<6xf32> {jax.result_info = "[0]"}, tensor<6xi32> {jax.result_info = "[1]"}) {
    %0 = stablehlo.abs %arg0 : tensor<6xf32>
    %1 = stablehlo.constant dense<0> : tensor<i32>
    %2 = stablehlo.broadcast_in_dim %1, dims = [] : (tensor<i32>) -> tensor<6xi32>
    %3:2 = stablehlo.while(%iterArg = %0, %iterArg_0 = %2) : tensor<6xf32>, tensor<6xi32>
     cond {
      %4 = stablehlo.constant dense<1.000000e+01> : tensor<f32>
      %5 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<f32>) -> tensor<6xf32>
      %6 = stablehlo.compare  LT, %iterArg, %5,  FLOAT : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xi1>
      %7 = stablehlo.constant dense<false> : tensor<i1>
      %8 = stablehlo.reduce(%6 init: %7) applies stablehlo.or across dimensions = [0] : (tensor<6xi1>, tensor<i1>) -> tensor<i1>
      stablehlo.return %8 : tensor<i1>
    } do {
      %4 = stablehlo.constant dense<2.000000e+00> : tensor<f32>
      %5 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<f32>) -> tensor<6xf32>
      %6 = stablehlo.multiply %iterArg, %5 : tensor<6xf32>
      %7 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
      %8 = stablehlo.broadcast_in_dim %7, dims = [] : (tensor<f32>) -> tensor<6xf32>
      %9 = stablehlo.add %6, %8 : tensor<6xf32>
      %10 = stablehlo.constant dense<1> : tensor<i32>
      %11 = stablehlo.broadcast_in_dim %10, dims = [] : (tensor<i32>) -> tensor<6xi32>
      %12 = stablehlo.add %iterArg_0, %11 : tensor<6xi32>
      %13 = stablehlo.constant dense<1.000000e+01> : tensor<f32>
      %14 = stablehlo.broadcast_in_dim %13, dims = [] : (tensor<f32>) -> tensor<6xf32>
      %15 = stablehlo.compare  LT, %iterArg, %14,  FLOAT : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xi1>
      %16 = stablehlo.broadcast_in_dim %15, dims = [0] : (tensor<6xi1>) -> tensor<6xi1>
      %17 = stablehlo.select %16, %9, %iterArg : tensor<6xi1>, tensor<6xf32>
      %18 = stablehlo.broadcast_in_dim %15, dims = [0] : (tensor<6xi1>) -> tensor<6xi1>
      %19 = stablehlo.select %18, %12, %iterArg_0 : tensor<6xi1>, tensor<6xi32>
      stablehlo.return %17, %19 : tensor<6xf32>, tensor<6xi32>
    }
    return %3#0, %3#1 : tensor<6xf32>, tensor<6xi32>
  }
}
