module @jit_sort_rows attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<4x9xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<4x9xf32> {jax.result_info = "[0]"}, tensor<4x9xf32> {jax.result_info = "[1]"}) {
    %0 = call @sort(%arg0) : (tensor<4x9xf32>) -> tensor<4x9xf32>
    %1 = call @sort_0(%arg0) : (tensor<4x9xf32>) -> tensor<4x9xf32>
    return %0, %1 : tensor<4x9xf32>, tensor<4x9xf32>
  }
  func.func private @sort(%arg0: tensor<4x9xf32>) -> tensor<4x9xf32> {
    %0 = "stablehlo.sort"(%arg0) ({
    ^bb0(%arg1: tensor<f32>, %arg2: tensor<f32>):
      %1 = stablehlo.bitcast_convert %arg1 : (tensor<f32>) -> tensor<i32>
      %2 = stablehlo.bitcast_convert %arg1 : (tensor<f32>) -> tensor<ui32>
      %3 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
      %4 = stablehlo.compare  EQ, %arg1, %3,  FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %5 = stablehlo.constant dense<0> : tensor<i32>
      %6 = stablehlo.select %4, %5, %1 : tensor<i1>, tensor<i32>
      %7 = stablehlo.compare  NE, %arg1, %arg1,  FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %8 = stablehlo.constant dense<2143289344> : tensor<i32>
      %9 = stablehlo.select %7, %8, %6 : tensor<i1>, tensor<i32>
      %10 = stablehlo.constant dense<2147483647> : tensor<ui32>
      %11 = stablehlo.subtract %10, %2 : tensor<ui32>
      %12 = stablehlo.bitcast_convert %11 : (tensor<ui32>) -> tensor<i32>
      %13 = stablehlo.constant dense<0> : tensor<i32>
      %14 = stablehlo.compare  LT, %9, %13,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %15 = stablehlo.select %14, %12, %9 : tensor<i1>, tensor<i32>
      %16 = stablehlo.bitcast_convert %arg2 : (tensor<f32>) -> tensor<i32>
      %17 = stablehlo.bitcast_convert %arg2 : (tensor<f32>) -> tensor<ui32>
      %18 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
      %19 = stablehlo.compare  EQ, %arg2, %18,  FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %20 = stablehlo.constant dense<0> : tensor<i32>
      %21 = stablehlo.select %19, %20, %16 : tensor<i1>, tensor<i32>
      %22 = stablehlo.compare  NE, %arg2, %arg2,  FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %23 = stablehlo.constant dense<2143289344> : tensor<i32>
      %24 = stablehlo.select %22, %23, %21 : tensor<i1>, tensor<i32>
      %25 = stablehlo.constant dense<2147483647> : tensor<ui32>
      %26 = stablehlo.subtract %25, %17 : tensor<ui32>
      %27 = stablehlo.bitcast_convert %26 : (tensor<ui32>) -> tensor<i32>
      %28 = stablehlo.constant dense<0> : tensor<i32>
      %29 = stablehlo.compare  LT, %24, %28,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %30 = stablehlo.select %29, %27, %24 : tensor<i1>, tensor<i32>
      %31 = stablehlo.compare  LT, %15, %30,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %31 : tensor<i1>
    }) {dimension = 1 : i64, is_stable = true} : (tensor<4x9xf32>) -> tensor<4x9xf32>
    return %0 : tensor<4x9xf32>
  }
  func.func private @sort_0(%arg0: tensor<4x9xf32>) -> tensor<4x9xf32> {
    %0 = "stablehlo.sort"(%arg0) ({
    ^bb0(%arg1: tensor<f32>, %arg2: tensor<f32>):
      %1 = stablehlo.bitcast_convert %arg1 : (tensor<f32>) -> tensor<i32>
      %2 = stablehlo.bitcast_convert %arg1 : (tensor<f32>) -> tensor<ui32>
      %3 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
      %4 = stablehlo.compare  EQ, %arg1, %3,  FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %5 = stablehlo.constant dense<0> : tensor<i32>
      %6 = stablehlo.select %4, %5, %1 : tensor<i1>, tensor<i32>
      %7 = stablehlo.compare  NE, %arg1, %arg1,  FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %8 = stablehlo.constant dense<2143289344> : tensor<i32>
      %9 = stablehlo.select %7, %8, %6 : tensor<i1>, tensor<i32>
      %10 = stablehlo.constant dense<2147483647> : tensor<ui32>
      %11 = stablehlo.subtract %10, %2 : tensor<ui32>
      %12 = stablehlo.bitcast_convert %11 : (tensor<ui32>) -> tensor<i32>
      %13 = stablehlo.constant dense<0> : tensor<i32>
      %14 = stablehlo.compare  LT, %9, %13,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %15 = stablehlo.select %14, %12, %9 : tensor<i1>, tensor<i32>
      %16 = stablehlo.bitcast_convert %arg2 : (tensor<f32>) -> tensor<i32>
      %17 = stablehlo.bitcast_convert %arg2 : (tensor<f32>) -> tensor<ui32>
      %18 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
      %19 = stablehlo.compare  EQ, %arg2, %18,  FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %20 = stablehlo.constant dense<0> : tensor<i32>
      %21 = stablehlo.select %19, %20, %16 : tensor<i1>, tensor<i32>
      %22 = stablehlo.compare  NE, %arg2, %arg2,  FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %23 = stablehlo.constant dense<2143289344> : tensor<i32>
      %24 = stablehlo.select %22, %23, %21 : tensor<i1>, tensor<i32>
      %25 = stablehlo.constant dense<2147483647> : tensor<ui32>
      %26 = stablehlo.subtract %25, %17 : tensor<ui32>
      %27 = stablehlo.bitcast_convert %26 : (tensor<ui32>) -> tensor<i32>
      %28 = stablehlo.constant dense<0> : tensor<i32>
      %29 = stablehlo.compare  LT, %24, %28,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %30 = stablehlo.select %29, %27, %24 : tensor<i1>, tensor<i32>
      %31 = stablehlo.compare  LT, %15, %30,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %31 : tensor<i1>
    }) {dimension = 0 : i64, is_stable = true} : (tensor<4x9xf32>) -> tensor<4x9xf32>
    return %0 : tensor<4x9xf32>
  }
}
