module @jit_log_sum_exp attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<4x5xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<4xf32> {jax.result_info = "[0]"}, tensor<5xf32> {jax.result_info = "[1]"}) {
    %0 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %1 = stablehlo.reduce(%arg0 init: %0) applies stablehlo.maximum across dimensions = [1] : (tensor<4x5xf32>, tensor<f32>) -> tensor<4xf32>
    %2 = call @isfinite(%1) : (tensor<4xf32>) -> tensor<4xi1>
    %3 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %4 = stablehlo.broadcast_in_dim %3, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %5 = stablehlo.select %2, %1, %4 : tensor<4xi1>, tensor<4xf32>
    %6 = stablehlo.broadcast_in_dim %5, dims = [0] : (tensor<4xf32>) -> tensor<4x1xf32>
    %7 = stablehlo.broadcast_in_dim %6, dims = [0, 1] : (tensor<4x1xf32>) -> tensor<4x5xf32>
    %8 = stablehlo.subtract %arg0, %7 : tensor<4x5xf32>
    %9 = stablehlo.exponential %8 : tensor<4x5xf32>
    %10 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %11 = stablehlo.reduce(%9 init: %10) applies stablehlo.add across dimensions = [1] : (tensor<4x5xf32>, tensor<f32>) -> tensor<4xf32>
    %12 = stablehlo.log %11 : tensor<4xf32>
    %13 = stablehlo.add %12, %5 : tensor<4xf32>
    %14 = call @isnan(%13) : (tensor<4xf32>) -> tensor<4xi1>
    %15 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %16 = call @_where(%14, %13, %15) : (tensor<4xi1>, tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
    %17 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %18 = stablehlo.broadcast_in_dim %17, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %19 = stablehlo.compare  EQ, %13, %18,  FLOAT : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
    %20 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %21 = call @_where_0(%19, %20, %16) : (tensor<4xi1>, tensor<f32>, tensor<4xf32>) -> tensor<4xf32>
    %22 = stablehlo.constant dense<0> : tensor<i32>
    %23 = stablehlo.constant dense<0> : tensor<i32>
    %24 = stablehlo.compare  LT, %22, %23,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %25 = stablehlo.constant dense<0> : tensor<i32>
    %26 = stablehlo.constant dense<4> : tensor<i32>
    %27 = stablehlo.add %25, %26 : tensor<i32>
    %28 = stablehlo.constant dense<0> : tensor<i32>
    %29 = stablehlo.select %24, %27, %28 : tensor<i1>, tensor<i32>
    %30 = stablehlo.constant dense<0> : tensor<i32>
    %31 = stablehlo.constant dense<0> : tensor<i32>
    %32 = stablehlo.compare  LT, %30, %31,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %33 = stablehlo.constant dense<0> : tensor<i32>
    %34 = stablehlo.constant dense<5> : tensor<i32>
    %35 = stablehlo.add %33, %34 : tensor<i32>
    %36 = stablehlo.constant dense<0> : tensor<i32>
    %37 = stablehlo.select %32, %35, %36 : tensor<i1>, tensor<i32>
    %38 = stablehlo.dynamic_slice %arg0, %29, %37, sizes = [1, 5] : (tensor<4x5xf32>, tensor<i32>, tensor<i32>) -> tensor<1x5xf32>
    %39 = stablehlo.reshape %38 : (tensor<1x5xf32>) -> tensor<5xf32>
    %40 = stablehlo.constant dense<1> : tensor<i32>
    %41 = stablehlo.constant dense<0> : tensor<i32>
    %42 = stablehlo.compare  LT, %40, %41,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %43 = stablehlo.constant dense<1> : tensor<i32>
    %44 = stablehlo.constant dense<4> : tensor<i32>
    %45 = stablehlo.add %43, %44 : tensor<i32>
    %46 = stablehlo.constant dense<1> : tensor<i32>
    %47 = stablehlo.select %42, %45, %46 : tensor<i1>, tensor<i32>
    %48 = stablehlo.constant dense<0> : tensor<i32>
    %49 = stablehlo.constant dense<0> : tensor<i32>
    %50 = stablehlo.compare  LT, %48, %49,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %51 = stablehlo.constant dense<0> : tensor<i32>
    %52 = stablehlo.constant dense<5> : tensor<i32>
    %53 = stablehlo.add %51, %52 : tensor<i32>
    %54 = stablehlo.constant dense<0> : tensor<i32>
    %55 = stablehlo.select %50, %53, %54 : tensor<i1>, tensor<i32>
    %56 = stablehlo.dynamic_slice %arg0, %47, %55, sizes = [1, 5] : (tensor<4x5xf32>, tensor<i32>, tensor<i32>) -> tensor<1x5xf32>
    %57 = stablehlo.reshape %56 : (tensor<1x5xf32>) -> tensor<5xf32>
    %58 = call @logaddexp(%39, %57) : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xf32>
    return %13, %58 : tensor<4xf32>, tensor<5xf32>
  }
  func.func private @isfinite(%arg0: tensor<4xf32>) -> tensor<4xi1> {
    %0 = stablehlo.is_finite %arg0 : (tensor<4xf32>) -> tensor<4xi1>
    return %0 : tensor<4xi1>
  }
  func.func private @isnan(%arg0: tensor<4xf32>) -> tensor<4xi1> {
    %0 = stablehlo.compare  NE, %arg0, %arg0,  FLOAT : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
    return %0 : tensor<4xi1>
  }
  func.func private @_where(%arg0: tensor<4xi1>, %arg1: tensor<4xf32>, %arg2: tensor<f32>) -> tensor<4xf32> {
    %0 = stablehlo.convert %arg2 : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %2 = stablehlo.select %arg0, %arg1, %1 : tensor<4xi1>, tensor<4xf32>
    return %2 : tensor<4xf32>
  }
  func.func private @_where_0(%arg0: tensor<4xi1>, %arg1: tensor<f32>, %arg2: tensor<4xf32>) -> tensor<4xf32> {
    %0 = stablehlo.convert %arg1 : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %2 = stablehlo.select %arg0, %1, %arg2 : tensor<4xi1>, tensor<4xf32>
    return %2 : tensor<4xf32>
  }
  func.func private @logaddexp(%arg0: tensor<5xf32>, %arg1: tensor<5xf32>) -> tensor<5xf32> {
    %0 = stablehlo.maximum %arg0, %arg1 : tensor<5xf32>
    %1 = stablehlo.subtract %arg0, %arg1 : tensor<5xf32>
    %2 = stablehlo.compare  NE, %1, %1,  FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
    %3 = stablehlo.add %arg0, %arg1 : tensor<5xf32>
    %4 = stablehlo.abs %1 : tensor<5xf32>
    %5 = stablehlo.negate %4 : tensor<5xf32>
    %6 = stablehlo.exponential %5 : tensor<5xf32>
    %7 = stablehlo.log_plus_one %6 : tensor<5xf32>
    %8 = stablehlo.add %0, %7 : tensor<5xf32>
    %9 = stablehlo.select %2, %3, %8 : tensor<5xi1>, tensor<5xf32>
    return %9 : tensor<5xf32>
  }
}
