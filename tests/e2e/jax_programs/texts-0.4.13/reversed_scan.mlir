module @jit_reversed_scan attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<4x3xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<3xf32> {jax.result_info = "[0]"}, tensor<4x3xf32> {jax.result_info = "[1]"}) {
    %0 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<3xf32>
    %2 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %3 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<4x3xf32>
    %4 = stablehlo.constant dense<0> : tensor<i32>
    %5:4 = stablehlo.while(%iterArg = %arg0, %iterArg_0 = %4, %iterArg_1 = %1, %iterArg_2 = %3) : tensor<4x3xf32>, tensor<i32>, tensor<3xf32>, tensor<4x3xf32>
     cond {
      %6 = stablehlo.constant dense<4> : tensor<i32>
      %7 = stablehlo.compare  LT, %iterArg_0, %6,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %7 : tensor<i1>
    } do {
      %6 = stablehlo.constant dense<4> : tensor<i32>
      %7 = stablehlo.subtract %6, %iterArg_0 : tensor<i32>
      %8 = stablehlo.constant dense<1> : tensor<i32>
      %9 = stablehlo.subtract %7, %8 : tensor<i32>
      %10 = stablehlo.constant dense<0> : tensor<i32>
      %11 = stablehlo.compare  LT, %9, %10,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %12 = stablehlo.convert %9 : tensor<i32>
      %13 = stablehlo.constant dense<4> : tensor<i32>
      %14 = stablehlo.add %12, %13 : tensor<i32>
      %15 = stablehlo.select %11, %14, %9 : tensor<i1>, tensor<i32>
      %16 = stablehlo.constant dense<0> : tensor<i32>
      %17 = stablehlo.dynamic_slice %iterArg, %15, %16, sizes = [1, 3] : (tensor<4x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x3xf32>
      %18 = stablehlo.reshape %17 : (tensor<1x3xf32>) -> tensor<3xf32>
      %19 = stablehlo.add %iterArg_1, %18 : tensor<3xf32>
      %20 = stablehlo.multiply %iterArg_1, %18 : tensor<3xf32>
      %21 = stablehlo.broadcast_in_dim %20, dims = [1] : (tensor<3xf32>) -> tensor<1x3xf32>
      %22 = stablehlo.constant dense<0> : tensor<i32>
      %23 = stablehlo.compare  LT, %9, %22,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %24 = stablehlo.convert %9 : tensor<i32>
      %25 = stablehlo.constant dense<4> : tensor<i32>
      %26 = stablehlo.add %24, %25 : tensor<i32>
      %27 = stablehlo.select %23, %26, %9 : tensor<i1>, tensor<i32>
      %28 = stablehlo.constant dense<0> : tensor<i32>
      %29 = stablehlo.dynamic_update_slice %iterArg_2, %21, %27, %28 : (tensor<4x3xf32>, tensor<1x3xf32>, tensor<i32>, tensor<i32>) -> tensor<4x3xf32>
      %30 = stablehlo.constant dense<1> : tensor<i32>
      %31 = stablehlo.add %iterArg_0, %30 : tensor<i32>
      stablehlo.return %iterArg, %31, %19, %29 : tensor<4x3xf32>, tensor<i32>, tensor<3xf32>, tensor<4x3xf32>
    }
    return %5#2, %5#3 : tensor<3xf32>, tensor<4x3xf32>
  }
}
