module @jit_convolve_signals attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<10xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg1: tensor<3xf32> {jax.arg_info = "y", mhlo.sharding = "{replicated}"}) -> (tensor<12xf32> {jax.result_info = "[0]"}, tensor<10xf32> {jax.result_info = "[1]"}, tensor<8xf32> {jax.result_info = "[2]"}) {
    %0 = call @convolve(%arg0, %arg1) : (tensor<10xf32>, tensor<3xf32>) -> tensor<12xf32>
    %1 = call @convolve_0(%arg0, %arg1) : (tensor<10xf32>, tensor<3xf32>) -> tensor<10xf32>
    %2 = call @correlate(%arg0, %arg1) : (tensor<10xf32>, tensor<3xf32>) -> tensor<8xf32>
    return %0, %1, %2 : tensor<12xf32>, tensor<10xf32>, tensor<8xf32>
  }
  func.func private @convolve(%arg0: tensor<10xf32>, %arg1: tensor<3xf32>) -> tensor<12xf32> {
    %0 = call @_conv(%arg0, %arg1) : (tensor<10xf32>, tensor<3xf32>) -> tensor<12xf32>
    return %0 : tensor<12xf32>
  }
  func.func private @_conv(%arg0: tensor<10xf32>, %arg1: tensor<3xf32>) -> tensor<12xf32> {
    %0 = call @_flip(%arg1) : (tensor<3xf32>) -> tensor<3xf32>
    %1 = stablehlo.broadcast_in_dim %arg0, dims = [2] : (tensor<10xf32>) -> tensor<1x1x10xf32>
    %2 = stablehlo.broadcast_in_dim %0, dims = [2] : (tensor<3xf32>) -> tensor<1x1x3xf32>
    %3 = stablehlo.convolution(%1, %2) dim_numbers = [b, f, 0]x[o, i, 0]->[b, f, 0], window = {stride = [1], pad = [[2, 2]], lhs_dilate = [1], rhs_dilate = [1], reverse = [0]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision DEFAULT>]} : (tensor<1x1x10xf32>, tensor<1x1x3xf32>) -> tensor<1x1x12xf32>
    %4 = stablehlo.constant dense<0> : tensor<i32>
    %5 = stablehlo.constant dense<0> : tensor<i32>
    %6 = stablehlo.compare  LT, %4, %5,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %7 = stablehlo.constant dense<0> : tensor<i32>
    %8 = stablehlo.constant dense<1> : tensor<i32>
    %9 = stablehlo.add %7, %8 : tensor<i32>
    %10 = stablehlo.constant dense<0> : tensor<i32>
    %11 = stablehlo.select %6, %9, %10 : tensor<i1>, tensor<i32>
    %12 = stablehlo.constant dense<0> : tensor<i32>
    %13 = stablehlo.constant dense<0> : tensor<i32>
    %14 = stablehlo.compare  LT, %12, %13,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %15 = stablehlo.constant dense<0> : tensor<i32>
    %16 = stablehlo.constant dense<1> : tensor<i32>
    %17 = stablehlo.add %15, %16 : tensor<i32>
    %18 = stablehlo.constant dense<0> : tensor<i32>
    %19 = stablehlo.select %14, %17, %18 : tensor<i1>, tensor<i32>
    %20 = stablehlo.constant dense<0> : tensor<i32>
    %21 = stablehlo.constant dense<0> : tensor<i32>
    %22 = stablehlo.compare  LT, %20, %21,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %23 = stablehlo.constant dense<0> : tensor<i32>
    %24 = stablehlo.constant dense<12> : tensor<i32>
    %25 = stablehlo.add %23, %24 : tensor<i32>
    %26 = stablehlo.constant dense<0> : tensor<i32>
    %27 = stablehlo.select %22, %25, %26 : tensor<i1>, tensor<i32>
    %28 = stablehlo.dynamic_slice %3, %11, %19, %27, sizes = [1, 1, 12] : (tensor<1x1x12xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x1x12xf32>
    %29 = stablehlo.reshape %28 : (tensor<1x1x12xf32>) -> tensor<12xf32>
    return %29 : tensor<12xf32>
  }
  func.func private @_flip(%arg0: tensor<3xf32>) -> tensor<3xf32> {
    %0 = stablehlo.reverse %arg0, dims = [0] : tensor<3xf32>
    return %0 : tensor<3xf32>
  }
  func.func private @convolve_0(%arg0: tensor<10xf32>, %arg1: tensor<3xf32>) -> tensor<10xf32> {
    %0 = call @_conv_1(%arg0, %arg1) : (tensor<10xf32>, tensor<3xf32>) -> tensor<10xf32>
    return %0 : tensor<10xf32>
  }
  func.func private @_conv_1(%arg0: tensor<10xf32>, %arg1: tensor<3xf32>) -> tensor<10xf32> {
    %0 = call @_flip_2(%arg1) : (tensor<3xf32>) -> tensor<3xf32>
    %1 = stablehlo.broadcast_in_dim %arg0, dims = [2] : (tensor<10xf32>) -> tensor<1x1x10xf32>
    %2 = stablehlo.broadcast_in_dim %0, dims = [2] : (tensor<3xf32>) -> tensor<1x1x3xf32>
    %3 = stablehlo.convolution(%1, %2) dim_numbers = [b, f, 0]x[o, i, 0]->[b, f, 0], window = {stride = [1], pad = [[1, 1]], lhs_dilate = [1], rhs_dilate = [1], reverse = [0]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision DEFAULT>]} : (tensor<1x1x10xf32>, tensor<1x1x3xf32>) -> tensor<1x1x10xf32>
    %4 = stablehlo.constant dense<0> : tensor<i32>
    %5 = stablehlo.constant dense<0> : tensor<i32>
    %6 = stablehlo.compare  LT, %4, %5,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %7 = stablehlo.constant dense<0> : tensor<i32>
    %8 = stablehlo.constant dense<1> : tensor<i32>
    %9 = stablehlo.add %7, %8 : tensor<i32>
    %10 = stablehlo.constant dense<0> : tensor<i32>
    %11 = stablehlo.select %6, %9, %10 : tensor<i1>, tensor<i32>
    %12 = stablehlo.constant dense<0> : tensor<i32>
    %13 = stablehlo.constant dense<0> : tensor<i32>
    %14 = stablehlo.compare  LT, %12, %13,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %15 = stablehlo.constant dense<0> : tensor<i32>
    %16 = stablehlo.constant dense<1> : tensor<i32>
    %17 = stablehlo.add %15, %16 : tensor<i32>
    %18 = stablehlo.constant dense<0> : tensor<i32>
    %19 = stablehlo.select %14, %17, %18 : tensor<i1>, tensor<i32>
    %20 = stablehlo.constant dense<0> : tensor<i32>
    %21 = stablehlo.constant dense<0> : tensor<i32>
    %22 = stablehlo.compare  LT, %20, %21,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %23 = stablehlo.constant dense<0> : tensor<i32>
    %24 = stablehlo.constant dense<10> : tensor<i32>
    %25 = stablehlo.add %23, %24 : tensor<i32>
    %26 = stablehlo.constant dense<0> : tensor<i32>
    %27 = stablehlo.select %22, %25, %26 : tensor<i1>, tensor<i32>
    %28 = stablehlo.dynamic_slice %3, %11, %19, %27, sizes = [1, 1, 10] : (tensor<1x1x10xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x1x10xf32>
    %29 = stablehlo.reshape %28 : (tensor<1x1x10xf32>) -> tensor<10xf32>
    return %29 : tensor<10xf32>
  }
  func.func private @_flip_2(%arg0: tensor<3xf32>) -> tensor<3xf32> {
    %0 = stablehlo.reverse %arg0, dims = [0] : tensor<3xf32>
    return %0 : tensor<3xf32>
  }
  func.func private @correlate(%arg0: tensor<10xf32>, %arg1: tensor<3xf32>) -> tensor<8xf32> {
    %0 = call @_conv_3(%arg0, %arg1) : (tensor<10xf32>, tensor<3xf32>) -> tensor<8xf32>
    return %0 : tensor<8xf32>
  }
  func.func private @_conv_3(%arg0: tensor<10xf32>, %arg1: tensor<3xf32>) -> tensor<8xf32> {
    %0 = stablehlo.broadcast_in_dim %arg0, dims = [2] : (tensor<10xf32>) -> tensor<1x1x10xf32>
    %1 = stablehlo.broadcast_in_dim %arg1, dims = [2] : (tensor<3xf32>) -> tensor<1x1x3xf32>
    %2 = stablehlo.convolution(%0, %1) dim_numbers = [b, f, 0]x[o, i, 0]->[b, f, 0], window = {stride = [1], pad = [[0, 0]], lhs_dilate = [1], rhs_dilate = [1], reverse = [0]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision DEFAULT>]} : (tensor<1x1x10xf32>, tensor<1x1x3xf32>) -> tensor<1x1x8xf32>
    %3 = stablehlo.constant dense<0> : tensor<i32>
    %4 = stablehlo.constant dense<0> : tensor<i32>
    %5 = stablehlo.compare  LT, %3, %4,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %6 = stablehlo.constant dense<0> : tensor<i32>
    %7 = stablehlo.constant dense<1> : tensor<i32>
    %8 = stablehlo.add %6, %7 : tensor<i32>
    %9 = stablehlo.constant dense<0> : tensor<i32>
    %10 = stablehlo.select %5, %8, %9 : tensor<i1>, tensor<i32>
    %11 = stablehlo.constant dense<0> : tensor<i32>
    %12 = stablehlo.constant dense<0> : tensor<i32>
    %13 = stablehlo.compare  LT, %11, %12,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %14 = stablehlo.constant dense<0> : tensor<i32>
    %15 = stablehlo.constant dense<1> : tensor<i32>
    %16 = stablehlo.add %14, %15 : tensor<i32>
    %17 = stablehlo.constant dense<0> : tensor<i32>
    %18 = stablehlo.select %13, %16, %17 : tensor<i1>, tensor<i32>
    %19 = stablehlo.constant dense<0> : tensor<i32>
    %20 = stablehlo.constant dense<0> : tensor<i32>
    %21 = stablehlo.compare  LT, %19, %20,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %22 = stablehlo.constant dense<0> : tensor<i32>
    %23 = stablehlo.constant dense<8> : tensor<i32>
    %24 = stablehlo.add %22, %23 : tensor<i32>
    %25 = stablehlo.constant dense<0> : tensor<i32>
    %26 = stablehlo.select %21, %24, %25 : tensor<i1>, tensor<i32>
    %27 = stablehlo.dynamic_slice %2, %10, %18, %26, sizes = [1, 1, 8] : (tensor<1x1x8xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x1x8xf32>
    %28 = stablehlo.reshape %27 : (tensor<1x1x8xf32>) -> tensor<8xf32>
    return %28 : tensor<8xf32>
  }
}
