module @jit_nested_loops attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<5x3xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<f32> {jax.result_info = ""}) {
    %0 = stablehlo.constant dense<0> : tensor<i32>
    %1 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %2 = stablehlo.constant dense<0> : tensor<i32>
    %3:4 = stablehlo.while(%iterArg = %arg0, %iterArg_0 = %2, %iterArg_1 = %0, %iterArg_2 = %1) : tensor<5x3xf32>, tensor<i32>, tensor<i32>, tensor<f32>
     cond {
      %4 = stablehlo.constant dense<5> : tensor<i32>
      %5 = stablehlo.compare  LT, %iterArg_0, %4,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %5 : tensor<i1>
    } do {
      %4 = stablehlo.constant dense<1> : tensor<i32>
      %5 = stablehlo.add %iterArg_1, %4 : tensor<i32>
      %6 = stablehlo.constant dense<0> : tensor<i32>
      %7 = stablehlo.constant dense<0> : tensor<i32>
      %8:5 = stablehlo.while(%iterArg_3 = %iterArg_1, %iterArg_4 = %iterArg, %iterArg_5 = %7, %iterArg_6 = %6, %iterArg_7 = %iterArg_2) : tensor<i32>, tensor<5x3xf32>, tensor<i32>, tensor<i32>, tensor<f32>
       cond {
        %11 = stablehlo.constant dense<3> : tensor<i32>
        %12 = stablehlo.compare  LT, %iterArg_5, %11,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
        stablehlo.return %12 : tensor<i1>
      } do {
        %11 = stablehlo.constant dense<1> : tensor<i32>
        %12 = stablehlo.add %iterArg_6, %11 : tensor<i32>
        %13 = stablehlo.compare  LT, %iterArg_3, %iterArg_6,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
        %14 = stablehlo.constant dense<0> : tensor<i32>
        %15 = stablehlo.compare  LT, %iterArg_3, %14,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
        %16 = stablehlo.convert %iterArg_3 : tensor<i32>
        %17 = stablehlo.constant dense<5> : tensor<i32>
        %18 = stablehlo.add %16, %17 : tensor<i32>
        %19 = stablehlo.select %15, %18, %iterArg_3 : tensor<i1>, tensor<i32>
        %20 = stablehlo.constant dense<0> : tensor<i32>
        %21 = stablehlo.compare  LT, %iterArg_6, %20,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
        %22 = stablehlo.convert %iterArg_6 : tensor<i32>
        %23 = stablehlo.constant dense<3> : tensor<i32>
        %24 = stablehlo.add %22, %23 : tensor<i32>
        %25 = stablehlo.select %21, %24, %iterArg_6 : tensor<i1>, tensor<i32>
        %26 = stablehlo.dynamic_slice %iterArg_4, %19, %25, sizes = [1, 1] : (tensor<5x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x1xf32>
        %27 = stablehlo.reshape %26 : (tensor<1x1xf32>) -> tensor<f32>
        %28 = stablehlo.constant dense<0> : tensor<i32>
        %29 = stablehlo.compare  LT, %iterArg_3, %28,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
        %30 = stablehlo.convert %iterArg_3 : tensor<i32>
        %31 = stablehlo.constant dense<5> : tensor<i32>
        %32 = stablehlo.add %30, %31 : tensor<i32>
        %33 = stablehlo.select %29, %32, %iterArg_3 : tensor<i1>, tensor<i32>
        %34 = stablehlo.constant dense<0> : tensor<i32>
        %35 = stablehlo.compare  LT, %iterArg_6, %34,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
        %36 = stablehlo.convert %iterArg_6 : tensor<i32>
        %37 = stablehlo.constant dense<3> : tensor<i32>
        %38 = stablehlo.add %36, %37 : tensor<i32>
        %39 = stablehlo.select %35, %38, %iterArg_6 : tensor<i1>, tensor<i32>
        %40 = stablehlo.dynamic_slice %iterArg_4, %33, %39, sizes = [1, 1] : (tensor<5x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x1xf32>
        %41 = stablehlo.reshape %40 : (tensor<1x1xf32>) -> tensor<f32>
        %42 = stablehlo.negate %41 : tensor<f32>
        %43 = func.call @_where(%13, %27, %42) : (tensor<i1>, tensor<f32>, tensor<f32>) -> tensor<f32>
        %44 = stablehlo.convert %iterArg_7 : tensor<f32>
        %45 = stablehlo.add %44, %43 : tensor<f32>
        %46 = stablehlo.constant dense<1> : tensor<i32>
        %47 = stablehlo.add %iterArg_5, %46 : tensor<i32>
        stablehlo.return %iterArg_3, %iterArg_4, %47, %12, %45 : tensor<i32>, tensor<5x3xf32>, tensor<i32>, tensor<i32>, tensor<f32>
      }
      %9 = stablehlo.constant dense<1> : tensor<i32>
      %10 = stablehlo.add %iterArg_0, %9 : tensor<i32>
      stablehlo.return %iterArg, %10, %5, %8#4 : tensor<5x3xf32>, tensor<i32>, tensor<i32>, tensor<f32>
    }
    return %3#3 : tensor<f32>
  }
  func.func private @_where(%arg0: tensor<i1>, %arg1: tensor<f32>, %arg2: tensor<f32>) -> tensor<f32> {
    %0 = stablehlo.select %arg0, %arg1, %arg2 : tensor<i1>, tensor<f32>
    return %0 : tensor<f32>
  }
}
