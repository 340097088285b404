module @jit_batched_while attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<6xf32>) -> (tensor<6xf32> {jax.result_info = "result[0]"}, tensor<6xi32> {jax.result_info = "result[1]"}) {
    %0 = stablehlo.abs %arg0 : tensor<6xf32>
    %c = stablehlo.constant dense<0> : tensor<i32>
    %1 = stablehlo.broadcast_in_dim %c, dims = [] : (tensor<i32>) -> tensor<6xi32>
    %2:2 = stablehlo.while(%iterArg = %0, %iterArg_0 = %1) : tensor<6xf32>, tensor<6xi32>
    cond {
      %cst = stablehlo.constant dense<1.000000e+01> : tensor<f32>
      %3 = stablehlo.broadcast_in_dim %cst, dims = [] : (tensor<f32>) -> tensor<6xf32>
      %4 = stablehlo.compare LT, %iterArg, %3, FLOAT : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xi1>
      %c_1 = stablehlo.constant dense<false> : tensor<i1>
      %5 = stablehlo.reduce(%4 init: %c_1) applies stablehlo.or across dimensions = [0] : (tensor<6xi1>, tensor<i1>) -> tensor<i1>
      stablehlo.return %5 : tensor<i1>
    } do {
      %cst = stablehlo.constant dense<2.000000e+00> : tensor<f32>
      %3 = stablehlo.broadcast_in_dim %cst, dims = [] : (tensor<f32>) -> tensor<6xf32>
      %4 = stablehlo.multiply %iterArg, %3 : tensor<6xf32>
      %cst_1 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
      %5 = stablehlo.broadcast_in_dim %cst_1, dims = [] : (tensor<f32>) -> tensor<6xf32>
      %6 = stablehlo.add %4, %5 : tensor<6xf32>
      %c_2 = stablehlo.constant dense<1> : tensor<i32>
      %7 = stablehlo.broadcast_in_dim %c_2, dims = [] : (tensor<i32>) -> tensor<6xi32>
      %8 = stablehlo.add %iterArg_0, %7 : tensor<6xi32>
      %cst_3 = stablehlo.constant dense<1.000000e+01> : tensor<f32>
      %9 = stablehlo.broadcast_in_dim %cst_3, dims = [] : (tensor<f32>) -> tensor<6xf32>
      %10 = stablehlo.compare LT, %iterArg, %9, FLOAT : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xi1>
      %11 = stablehlo.broadcast_in_dim %10, dims = [0] : (tensor<6xi1>) -> tensor<6xi1>
      %12 = stablehlo.select %11, %6, %iterArg : tensor<6xi1>, tensor<6xf32>
      %13 = stablehlo.broadcast_in_dim %10, dims = [0] : (tensor<6xi1>) -> tensor<6xi1>
      %14 = stablehlo.select %13, %8, %iterArg_0 : tensor<6xi1>, tensor<6xi32>
      stablehlo.return %12, %14 : tensor<6xf32>, tensor<6xi32>
    }
    return %2#0, %2#1 : tensor<6xf32>, tensor<6xi32>
  }
}
