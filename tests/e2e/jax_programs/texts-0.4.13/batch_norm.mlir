module @jit_batch_norm attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<2x6x6x3xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg1: tensor<3xf32> {jax.arg_info = "scale", mhlo.sharding = "{replicated}"}, %arg2: tensor<3xf32> {jax.arg_info = "shift", mhlo.sharding = "{replicated}"}) -> (tensor<2x6x6x3xf32> {jax.result_info = ""}) {
    %0 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %1 = stablehlo.reduce(%arg0 init: %0) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<2x6x6x3xf32>, tensor<f32>) -> tensor<3xf32>
    %2 = stablehlo.constant dense<7.200000e+01> : tensor<f32>
    %3 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<3xf32>
    %4 = stablehlo.divide %1, %3 : tensor<3xf32>
    %5 = stablehlo.constant dense<0> : tensor<i32>
    %6 = call @_var(%arg0, %5) : (tensor<2x6x6x3xf32>, tensor<i32>) -> tensor<3xf32>
    %7 = stablehlo.broadcast_in_dim %4, dims = [3] : (tensor<3xf32>) -> tensor<1x1x1x3xf32>
    %8 = stablehlo.broadcast_in_dim %7, dims = [0, 1, 2, 3] : (tensor<1x1x1x3xf32>) -> tensor<2x6x6x3xf32>
    %9 = stablehlo.subtract %arg0, %8 : tensor<2x6x6x3xf32>
    %10 = stablehlo.constant dense<1.000000e-03> : tensor<f32>
    %11 = stablehlo.broadcast_in_dim %10, dims = [] : (tensor<f32>) -> tensor<3xf32>
    %12 = stablehlo.add %6, %11 : tensor<3xf32>
    %13 = stablehlo.sqrt %12 : tensor<3xf32>
    %14 = stablehlo.broadcast_in_dim %13, dims = [3] : (tensor<3xf32>) -> tensor<1x1x1x3xf32>
    %15 = stablehlo.broadcast_in_dim %14, dims = [0, 1, 2, 3] : (tensor<1x1x1x3xf32>) -> tensor<2x6x6x3xf32>
    %16 = stablehlo.divide %9, %15 : tensor<2x6x6x3xf32>
    %17 = stablehlo.broadcast_in_dim %arg1, dims = [3] : (tensor<3xf32>) -> tensor<1x1x1x3xf32>
    %18 = stablehlo.broadcast_in_dim %17, dims = [0, 1, 2, 3] : (tensor<1x1x1x3xf32>) -> tensor<2x6x6x3xf32>
    %19 = stablehlo.multiply %16, %18 : tensor<2x6x6x3xf32>
    %20 = stablehlo.broadcast_in_dim %arg2, dims = [3] : (tensor<3xf32>) -> tensor<1x1x1x3xf32>
    %21 = stablehlo.broadcast_in_dim %20, dims = [0, 1, 2, 3] : (tensor<1x1x1x3xf32>) -> tensor<2x6x6x3xf32>
    %22 = stablehlo.add %19, %21 : tensor<2x6x6x3xf32>
    return %22 : tensor<2x6x6x3xf32>
  }
  func.func private @_var(%arg0: tensor<2x6x6x3xf32>, %arg1: tensor<i32>) -> tensor<3xf32> {
    %0 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %1 = stablehlo.reduce(%arg0 init: %0) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<2x6x6x3xf32>, tensor<f32>) -> tensor<3xf32>
    %2 = stablehlo.broadcast_in_dim %1, dims = [3] : (tensor<3xf32>) -> tensor<1x1x1x3xf32>
    %3 = stablehlo.constant dense<7.200000e+01> : tensor<f32>
    %4 = stablehlo.broadcast_in_dim %3, dims = [] : (tensor<f32>) -> tensor<1x1x1x3xf32>
    %5 = stablehlo.divide %2, %4 : tensor<1x1x1x3xf32>
    %6 = stablehlo.broadcast_in_dim %5, dims = [0, 1, 2, 3] : (tensor<1x1x1x3xf32>) -> tensor<2x6x6x3xf32>
    %7 = stablehlo.subtract %arg0, %6 : tensor<2x6x6x3xf32>
    %8 = stablehlo.multiply %7, %7 : tensor<2x6x6x3xf32>
    %9 = stablehlo.convert %arg1 : (tensor<i32>) -> tensor<f32>
    %10 = stablehlo.constant dense<7.200000e+01> : tensor<f32>
    %11 = stablehlo.subtract %10, %9 : tensor<f32>
    %12 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %13 = stablehlo.reduce(%8 init: %12) applies stablehlo.add across dimensions = [0, 1, 2] : (tensor<2x6x6x3xf32>, tensor<f32>) -> tensor<3xf32>
    %14 = stablehlo.broadcast_in_dim %11, dims = [] : (tensor<f32>) -> tensor<3xf32>
    %15 = stablehlo.divide %13, %14 : tensor<3xf32>
    return %15 : tensor<3xf32>
  }
}
