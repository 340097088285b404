module @jit_edges attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<8x8xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<8x8xf32> {jax.result_info = ""}) {
    %0 = stablehlo.constant dense<[[1.000000e+00, 0.000000e+00, -1.000000e+00], [2.000000e+00, 0.000000e+00, -2.000000e+00], [1.000000e+00, 0.000000e+00, -1.000000e+00]]> : tensor<3x3xf32>
    %1 = call @_flip(%0) : (tensor<3x3xf32>) -> tensor<3x3xf32>
    %2 = stablehlo.broadcast_in_dim %arg0, dims = [2, 3] : (tensor<8x8xf32>) -> tensor<1x1x8x8xf32>
    %3 = stablehlo.broadcast_in_dim %1, dims = [2, 3] : (tensor<3x3xf32>) -> tensor<1x1x3x3xf32>
    %4 = stablehlo.convolution(%2, %3) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [0, 0]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision DEFAULT>]} : (tensor<1x1x8x8xf32>, tensor<1x1x3x3xf32>) -> tensor<1x1x8x8xf32>
    %5 = stablehlo.constant dense<0> : tensor<i32>
    %6 = stablehlo.constant dense<0> : tensor<i32>
    %7 = stablehlo.compare  LT, %5, %6,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %8 = stablehlo.constant dense<0> : tensor<i32>
    %9 = stablehlo.constant dense<1> : tensor<i32>
    %10 = stablehlo.add %8, %9 : tensor<i32>
    %11 = stablehlo.constant dense<0> : tensor<i32>
    %12 = stablehlo.select %7, %10, %11 : tensor<i1>, tensor<i32>
    %13 = stablehlo.constant dense<0> : tensor<i32>
    %14 = stablehlo.constant dense<0> : tensor<i32>
    %15 = stablehlo.compare  LT, %13, %14,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %16 = stablehlo.constant dense<0> : tensor<i32>
    %17 = stablehlo.constant dense<1> : tensor<i32>
    %18 = stablehlo.add %16, %17 : tensor<i32>
    %19 = stablehlo.constant dense<0> : tensor<i32>
    %20 = stablehlo.select %15, %18, %19 : tensor<i1>, tensor<i32>
    %21 = stablehlo.constant dense<0> : tensor<i32>
    %22 = stablehlo.constant dense<0> : tensor<i32>
    %23 = stablehlo.compare  LT, %21, %22,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %24 = stablehlo.constant dense<0> : tensor<i32>
    %25 = stablehlo.constant dense<8> : tensor<i32>
    %26 = stablehlo.add %24, %25 : tensor<i32>
    %27 = stablehlo.constant dense<0> : tensor<i32>
    %28 = stablehlo.select %23, %26, %27 : tensor<i1>, tensor<i32>
    %29 = stablehlo.constant dense<0> : tensor<i32>
    %30 = stablehlo.constant dense<0> : tensor<i32>
    %31 = stablehlo.compare  LT, %29, %30,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %32 = stablehlo.constant dense<0> : tensor<i32>
    %33 = stablehlo.constant dense<8> : tensor<i32>
    %34 = stablehlo.add %32, %33 : tensor<i32>
    %35 = stablehlo.constant dense<0> : tensor<i32>
    %36 = stablehlo.select %31, %34, %35 : tensor<i1>, tensor<i32>
    %37 = stablehlo.dynamic_slice %4, %12, %20, %28, %36, sizes = [1, 1, 8, 8] : (tensor<1x1x8x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x1x8x8xf32>
    %38 = stablehlo.reshape %37 : (tensor<1x1x8x8xf32>) -> tensor<8x8xf32>
    %39 = stablehlo.transpose %0, dims = [1, 0] : (tensor<3x3xf32>) -> tensor<3x3xf32>
    %40 = call @_flip_0(%39) : (tensor<3x3xf32>) -> tensor<3x3xf32>
    %41 = stablehlo.broadcast_in_dim %arg0, dims = [2, 3] : (tensor<8x8xf32>) -> tensor<1x1x8x8xf32>
    %42 = stablehlo.broadcast_in_dim %40, dims = [2, 3] : (tensor<3x3xf32>) -> tensor<1x1x3x3xf32>
    %43 = stablehlo.convolution(%41, %42) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1], reverse = [0, 0]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision DEFAULT>]} : (tensor<1x1x8x8xf32>, tensor<1x1x3x3xf32>) -> tensor<1x1x8x8xf32>
    %44 = stablehlo.constant dense<0> : tensor<i32>
    %45 = stablehlo.constant dense<0> : tensor<i32>
    %46 = stablehlo.compare  LT, %44, %45,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %47 = stablehlo.constant dense<0> : tensor<i32>
    %48 = stablehlo.constant dense<1> : tensor<i32>
    %49 = stablehlo.add %47, %48 : tensor<i32>
    %50 = stablehlo.constant dense<0> : tensor<i32>
    %51 = stablehlo.select %46, %49, %50 : tensor<i1>, tensor<i32>
    %52 = stablehlo.constant dense<0> : tensor<i32>
    %53 = stablehlo.constant dense<0> : tensor<i32>
    %54 = stablehlo.compare  LT, %52, %53,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %55 = stablehlo.constant dense<0> : tensor<i32>
    %56 = stablehlo.constant dense<1> : tensor<i32>
    %57 = stablehlo.add %55, %56 : tensor<i32>
    %58 = stablehlo.constant dense<0> : tensor<i32>
    %59 = stablehlo.select %54, %57, %58 : tensor<i1>, tensor<i32>
    %60 = stablehlo.constant dense<0> : tensor<i32>
    %61 = stablehlo.constant dense<0> : tensor<i32>
    %62 = stablehlo.compare  LT, %60, %61,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %63 = stablehlo.constant dense<0> : tensor<i32>
    %64 = stablehlo.constant dense<8> : tensor<i32>
    %65 = stablehlo.add %63, %64 : tensor<i32>
    %66 = stablehlo.constant dense<0> : tensor<i32>
    %67 = stablehlo.select %62, %65, %66 : tensor<i1>, tensor<i32>
    %68 = stablehlo.constant dense<0> : tensor<i32>
    %69 = stablehlo.constant dense<0> : tensor<i32>
    %70 = stablehlo.compare  LT, %68, %69,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %71 = stablehlo.constant dense<0> : tensor<i32>
    %72 = stablehlo.constant dense<8> : tensor<i32>
    %73 = stablehlo.add %71, %72 : tensor<i32>
    %74 = stablehlo.constant dense<0> : tensor<i32>
    %75 = stablehlo.select %70, %73, %74 : tensor<i1>, tensor<i32>
    %76 = stablehlo.dynamic_slice %43, %51, %59, %67, %75, sizes = [1, 1, 8, 8] : (tensor<1x1x8x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x1x8x8xf32>
    %77 = stablehlo.reshape %76 : (tensor<1x1x8x8xf32>) -> tensor<8x8xf32>
    %78 = call @hypot(%38, %77) : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
    return %78 : tensor<8x8xf32>
  }
  func.func private @_flip(%arg0: tensor<3x3xf32>) -> tensor<3x3xf32> {
    %0 = stablehlo.reverse %arg0, dims = [0, 1] : tensor<3x3xf32>
    return %0 : tensor<3x3xf32>
  }
  func.func private @_flip_0(%arg0: tensor<3x3xf32>) -> tensor<3x3xf32> {
    %0 = stablehlo.reverse %arg0, dims = [0, 1] : tensor<3x3xf32>
    return %0 : tensor<3x3xf32>
  }
  func.func private @hypot(%arg0: tensor<8x8xf32>, %arg1: tensor<8x8xf32>) -> tensor<8x8xf32> {
    %0 = stablehlo.abs %arg0 : tensor<8x8xf32>
    %1 = stablehlo.abs %arg1 : tensor<8x8xf32>
    %2 = stablehlo.maximum %0, %1 : tensor<8x8xf32>
    %3 = stablehlo.minimum %0, %1 : tensor<8x8xf32>
    %4 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %5 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<f32>) -> tensor<8x8xf32>
    %6 = stablehlo.compare  EQ, %2, %5,  FLOAT : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xi1>
    %7 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %8 = stablehlo.broadcast_in_dim %7, dims = [] : (tensor<f32>) -> tensor<8x8xf32>
    %9 = stablehlo.compare  EQ, %2, %8,  FLOAT : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xi1>
    %10 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %11 = stablehlo.broadcast_in_dim %10, dims = [] : (tensor<f32>) -> tensor<8x8xf32>
    %12 = stablehlo.select %9, %11, %2 : tensor<8x8xi1>, tensor<8x8xf32>
    %13 = stablehlo.divide %3, %12 : tensor<8x8xf32>
    %14 = stablehlo.multiply %13, %13 : tensor<8x8xf32>
    %15 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %16 = stablehlo.broadcast_in_dim %15, dims = [] : (tensor<f32>) -> tensor<8x8xf32>
    %17 = stablehlo.add %16, %14 : tensor<8x8xf32>
    %18 = stablehlo.sqrt %17 : tensor<8x8xf32>
    %19 = stablehlo.multiply %2, %18 : tensor<8x8xf32>
    %20 = stablehlo.select %6, %2, %19 : tensor<8x8xi1>, tensor<8x8xf32>
    return %20 : tensor<8x8xf32>
  }
}
