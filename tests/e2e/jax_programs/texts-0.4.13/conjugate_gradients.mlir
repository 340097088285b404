module @jit_conjugate_gradients attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<4x4xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg1: tensor<4xf32> {jax.arg_info = "y", mhlo.sharding = "{replicated}"}) -> (tensor<4xf32> {jax.result_info = ""}) {
    %0 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %2 = stablehlo.dot_general %arg1, %arg1, contracting_dims = [0] x [0], precision = [HIGHEST, HIGHEST] : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
    %3 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %4 = stablehlo.add %3, %2 : tensor<f32>
    %5 = stablehlo.constant dense<9.99999997E-7> : tensor<f32>
    %6 = stablehlo.multiply %5, %5 : tensor<f32>
    %7 = stablehlo.convert %6 : tensor<f32>
    %8 = stablehlo.multiply %7, %4 : tensor<f32>
    %9 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %10 = stablehlo.multiply %9, %9 : tensor<f32>
    %11 = stablehlo.convert %10 : tensor<f32>
    %12 = stablehlo.maximum %8, %11 : tensor<f32>
    %13 = stablehlo.dot_general %arg0, %1, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<4x4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %14 = stablehlo.subtract %arg1, %13 : tensor<4xf32>
    %15 = stablehlo.dot_general %14, %14, contracting_dims = [0] x [0], precision = [HIGHEST, HIGHEST] : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
    %16 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %17 = stablehlo.add %16, %15 : tensor<f32>
    %18 = stablehlo.constant dense<0> : tensor<i32>
    %19:7 = stablehlo.while(%iterArg = %12, %iterArg_0 = %arg0, %iterArg_1 = %1, %iterArg_2 = %14, %iterArg_3 = %17, %iterArg_4 = %14, %iterArg_5 = %18) : tensor<f32>, tensor<4x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>, tensor<4xf32>, tensor<i32>
     cond {
      %20 = stablehlo.compare  GT, %iterArg_3, %iterArg,  FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %21 = stablehlo.constant dense<40> : tensor<i32>
      %22 = stablehlo.compare  LT, %iterArg_5, %21,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %23 = stablehlo.constant dense<false> : tensor<i1>
      %24 = stablehlo.broadcast_in_dim %23, dims = [] : (tensor<i1>) -> tensor<i1>
      %25 = stablehlo.compare  NE, %22, %24,  UNSIGNED : (tensor<i1>, tensor<i1>) -> tensor<i1>
      %26 = stablehlo.and %20, %25 : tensor<i1>
      stablehlo.return %26 : tensor<i1>
    } do {
      %20 = stablehlo.dot_general %iterArg_0, %iterArg_4, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<4x4xf32>, tensor<4xf32>) -> tensor<4xf32>
      %21 = stablehlo.dot_general %iterArg_4, %20, contracting_dims = [0] x [0], precision = [HIGHEST, HIGHEST] : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
      %22 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
      %23 = stablehlo.add %22, %21 : tensor<f32>
      %24 = stablehlo.divide %iterArg_3, %23 : tensor<f32>
      %25 = stablehlo.broadcast_in_dim %24, dims = [] : (tensor<f32>) -> tensor<4xf32>
      %26 = stablehlo.multiply %25, %iterArg_4 : tensor<4xf32>
      %27 = stablehlo.add %iterArg_1, %26 : tensor<4xf32>
      %28 = stablehlo.broadcast_in_dim %24, dims = [] : (tensor<f32>) -> tensor<4xf32>
      %29 = stablehlo.multiply %28, %20 : tensor<4xf32>
      %30 = stablehlo.subtract %iterArg_2, %29 : tensor<4xf32>
      %31 = stablehlo.dot_general %30, %30, contracting_dims = [0] x [0], precision = [HIGHEST, HIGHEST] : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
      %32 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
      %33 = stablehlo.add %32, %31 : tensor<f32>
      %34 = stablehlo.divide %33, %iterArg_3 : tensor<f32>
      %35 = stablehlo.broadcast_in_dim %34, dims = [] : (tensor<f32>) -> tensor<4xf32>
      %36 = stablehlo.multiply %35, %iterArg_4 : tensor<4xf32>
      %37 = stablehlo.add %30, %36 : tensor<4xf32>
      %38 = stablehlo.constant dense<1> : tensor<i32>
      %39 = stablehlo.add %iterArg_5, %38 : tensor<i32>
      stablehlo.return %iterArg, %iterArg_0, %27, %30, %33, %37, %39 : tensor<f32>, tensor<4x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<f32>, tensor<4xf32>, tensor<i32>
    }
    return %19#2 : tensor<4xf32>
  }
}
