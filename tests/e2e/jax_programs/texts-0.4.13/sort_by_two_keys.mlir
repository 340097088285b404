module @jit_sort_by_two_keys attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<10xi32> {jax.arg_info = "first", mhlo.sharding = "{replicated}"}, %arg1: tensor<10xf32> {jax.arg_info = "second", mhlo.sharding = "{replicated}"}) -> (tensor<10xi32> {jax.result_info = "[0]"}, tensor<10xf32> {jax.result_info = "[1]"}, tensor<10xi32> {jax.result_info = "[2]"}) {
    %0 = stablehlo.iota dim = 0 : tensor<10xi32>
    %1:3 = "stablehlo.sort"(%arg0, %arg1, %0) ({
    ^bb0(%arg2: tensor<i32>, %arg3: tensor<i32>, %arg4: tensor<f32>, %arg5: tensor<f32>, %arg6: tensor<i32>, %arg7: tensor<i32>):
      %2 = stablehlo.bitcast_convert %arg4 : (tensor<f32>) -> tensor<i32>
      %3 = stablehlo.bitcast_convert %arg4 : (tensor<f32>) -> tensor<ui32>
      %4 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
      %5 = stablehlo.compare  EQ, %arg4, %4,  FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %6 = stablehlo.constant dense<0> : tensor<i32>
      %7 = stablehlo.select %5, %6, %2 : tensor<i1>, tensor<i32>
      %8 = stablehlo.compare  NE, %arg4, %arg4,  FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %9 = stablehlo.constant dense<2143289344> : tensor<i32>
      %10 = stablehlo.select %8, %9, %7 : tensor<i1>, tensor<i32>
      %11 = stablehlo.constant dense<2147483647> : tensor<ui32>
      %12 = stablehlo.subtract %11, %3 : tensor<ui32>
      %13 = stablehlo.bitcast_convert %12 : (tensor<ui32>) -> tensor<i32>
      %14 = stablehlo.constant dense<0> : tensor<i32>
      %15 = stablehlo.compare  LT, %10, %14,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %16 = stablehlo.select %15, %13, %10 : tensor<i1>, tensor<i32>
      %17 = stablehlo.bitcast_convert %arg5 : (tensor<f32>) -> tensor<i32>
      %18 = stablehlo.bitcast_convert %arg5 : (tensor<f32>) -> tensor<ui32>
      %19 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
      %20 = stablehlo.compare  EQ, %arg5, %19,  FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %21 = stablehlo.constant dense<0> : tensor<i32>
      %22 = stablehlo.select %20, %21, %17 : tensor<i1>, tensor<i32>
      %23 = stablehlo.compare  NE, %arg5, %arg5,  FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %24 = stablehlo.constant dense<2143289344> : tensor<i32>
      %25 = stablehlo.select %23, %24, %22 : tensor<i1>, tensor<i32>
      %26 = stablehlo.constant dense<2147483647> : tensor<ui32>
      %27 = stablehlo.subtract %26, %18 : tensor<ui32>
      %28 = stablehlo.bitcast_convert %27 : (tensor<ui32>) -> tensor<i32>
      %29 = stablehlo.constant dense<0> : tensor<i32>
      %30 = stablehlo.compare  LT, %25, %29,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %31 = stablehlo.select %30, %28, %25 : tensor<i1>, tensor<i32>
      %32 = stablehlo.compare  LT, %16, %31,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %33 = stablehlo.compare  LT, %arg2, %arg3,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %34 = stablehlo.compare  EQ, %arg2, %arg3,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %35 = stablehlo.and %34, %32 : tensor<i1>
      %36 = stablehlo.or %33, %35 : tensor<i1>
      stablehlo.return %36 : tensor<i1>
    }) {dimension = 0 : i64, is_stable = true} : (tensor<10xi32>, tensor<10xf32>, tensor<10xi32>) -> (tensor<10xi32>, tensor<10xf32>, tensor<10xi32>)
    return %1#0, %1#1, %1#2 : tensor<10xi32>, tensor<10xf32>, tensor<10xi32>
  }
}
