module @jit_least_squares_by_descent attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<6x3xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg1: tensor<6xf32> {jax.arg_info = "y", mhlo.sharding = "{replicated}"}) -> (tensor<3xf32> {jax.result_info = ""}) {
    %0 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<3xf32>
    %2 = stablehlo.constant dense<0> : tensor<i32>
    %3 = stablehlo.constant dense<0> : tensor<i32>
    %4:5 = stablehlo.while(%iterArg = %arg0, %iterArg_0 = %arg1, %iterArg_1 = %3, %iterArg_2 = %2, %iterArg_3 = %1) : tensor<6x3xf32>, tensor<6xf32>, tensor<i32>, tensor<i32>, tensor<3xf32>
     cond {
      %5 = stablehlo.constant dense<20> : tensor<i32>
      %6 = stablehlo.compare  LT, %iterArg_1, %5,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %6 : tensor<i1>
    } do {
      %5 = stablehlo.constant dense<1> : tensor<i32>
      %6 = stablehlo.add %iterArg_2, %5 : tensor<i32>
      %7 = stablehlo.dot_general %iterArg, %iterArg_3, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<6x3xf32>, tensor<3xf32>) -> tensor<6xf32>
      %8 = stablehlo.subtract %7, %iterArg_0 : tensor<6xf32>
      %9 = stablehlo.multiply %8, %8 : tensor<6xf32>
      %10 = stablehlo.constant dense<2.000000e+00> : tensor<f32>
      %11 = stablehlo.broadcast_in_dim %10, dims = [] : (tensor<f32>) -> tensor<6xf32>
      %12 = stablehlo.multiply %11, %8 : tensor<6xf32>
      %13 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
      %14 = stablehlo.reduce(%9 init: %13) applies stablehlo.add across dimensions = [0] : (tensor<6xf32>, tensor<f32>) -> tensor<f32>
      %15 = stablehlo.constant dense<6.000000e+00> : tensor<f32>
      %16 = stablehlo.divide %14, %15 : tensor<f32>
      %17 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
      %18 = stablehlo.constant dense<6.000000e+00> : tensor<f32>
      %19 = stablehlo.divide %17, %18 : tensor<f32>
      %20 = stablehlo.broadcast_in_dim %19, dims = [] : (tensor<f32>) -> tensor<6xf32>
      %21 = stablehlo.multiply %20, %12 : tensor<6xf32>
      %22 = stablehlo.dot_general %21, %iterArg, contracting_dims = [0] x [0], precision = [DEFAULT, DEFAULT] : (tensor<6xf32>, tensor<6x3xf32>) -> tensor<3xf32>
      %23 = stablehlo.constant dense<5.000000e-02> : tensor<f32>
      %24 = stablehlo.broadcast_in_dim %23, dims = [] : (tensor<f32>) -> tensor<3xf32>
      %25 = stablehlo.multiply %24, %22 : tensor<3xf32>
      %26 = stablehlo.subtract %iterArg_3, %25 : tensor<3xf32>
      %27 = stablehlo.constant dense<1> : tensor<i32>
      %28 = stablehlo.add %iterArg_1, %27 : tensor<i32>
      stablehlo.return %iterArg, %iterArg_0, %28, %6, %26 : tensor<6x3xf32>, tensor<6xf32>, tensor<i32>, tensor<i32>, tensor<3xf32>
    }
    return %4#4 : tensor<3xf32>
  }
}
