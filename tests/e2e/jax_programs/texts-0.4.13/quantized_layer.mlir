module @jit_quantized_layer attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<4x6xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg1: tensor<6x3xf32> {jax.arg_info = "w", mhlo.sharding = "{replicated}"}) -> (tensor<4x3xf32> {jax.result_info = ""}) {
    %0 = stablehlo.abs %arg0 : tensor<4x6xf32>
    %1 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %2 = stablehlo.reduce(%0 init: %1) applies stablehlo.maximum across dimensions = [0, 1] : (tensor<4x6xf32>, tensor<f32>) -> tensor<f32>
    %3 = stablehlo.constant dense<1.270000e+02> : tensor<f32>
    %4 = stablehlo.divide %2, %3 : tensor<f32>
    %5 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<f32>) -> tensor<4x6xf32>
    %6 = stablehlo.divide %arg0, %5 : tensor<4x6xf32>
    %7 = call @round(%6) : (tensor<4x6xf32>) -> tensor<4x6xf32>
    %8 = stablehlo.constant dense<-127> : tensor<i32>
    %9 = stablehlo.constant dense<127> : tensor<i32>
    %10 = call @clip(%7, %8, %9) : (tensor<4x6xf32>, tensor<i32>, tensor<i32>) -> tensor<4x6xf32>
    %11 = stablehlo.convert %10 : (tensor<4x6xf32>) -> tensor<4x6xi8>
    %12 = stablehlo.abs %arg1 : tensor<6x3xf32>
    %13 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %14 = stablehlo.reduce(%12 init: %13) applies stablehlo.maximum across dimensions = [0, 1] : (tensor<6x3xf32>, tensor<f32>) -> tensor<f32>
    %15 = stablehlo.constant dense<1.270000e+02> : tensor<f32>
    %16 = stablehlo.divide %14, %15 : tensor<f32>
    %17 = stablehlo.broadcast_in_dim %16, dims = [] : (tensor<f32>) -> tensor<6x3xf32>
    %18 = stablehlo.divide %arg1, %17 : tensor<6x3xf32>
    %19 = call @round_0(%18) : (tensor<6x3xf32>) -> tensor<6x3xf32>
    %20 = stablehlo.constant dense<-127> : tensor<i32>
    %21 = stablehlo.constant dense<127> : tensor<i32>
    %22 = call @clip_1(%19, %20, %21) : (tensor<6x3xf32>, tensor<i32>, tensor<i32>) -> tensor<6x3xf32>
    %23 = stablehlo.convert %22 : (tensor<6x3xf32>) -> tensor<6x3xi8>
    %24 = stablehlo.dot_general %11, %23, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<4x6xi8>, tensor<6x3xi8>) -> tensor<4x3xi32>
    %25 = stablehlo.convert %24 : (tensor<4x3xi32>) -> tensor<4x3xf32>
    %26 = stablehlo.multiply %4, %16 : tensor<f32>
    %27 = stablehlo.broadcast_in_dim %26, dims = [] : (tensor<f32>) -> tensor<4x3xf32>
    %28 = stablehlo.multiply %25, %27 : tensor<4x3xf32>
    return %28 : tensor<4x3xf32>
  }
  func.func private @round(%arg0: tensor<4x6xf32>) -> tensor<4x6xf32> {
    %0 = stablehlo.round_nearest_even %arg0 : tensor<4x6xf32>
    return %0 : tensor<4x6xf32>
  }
  func.func private @clip(%arg0: tensor<4x6xf32>, %arg1: tensor<i32>, %arg2: tensor<i32>) -> tensor<4x6xf32> {
    %0 = stablehlo.convert %arg1 : (tensor<i32>) -> tensor<f32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<4x6xf32>
    %2 = stablehlo.maximum %1, %arg0 : tensor<4x6xf32>
    %3 = stablehlo.convert %arg2 : (tensor<i32>) -> tensor<f32>
    %4 = stablehlo.broadcast_in_dim %3, dims = [] : (tensor<f32>) -> tensor<4x6xf32>
    %5 = stablehlo.minimum %4, %2 : tensor<4x6xf32>
    return %5 : tensor<4x6xf32>
  }
  func.func private @round_0(%arg0: tensor<6x3xf32>) -> tensor<6x3xf32> {
    %0 = stablehlo.round_nearest_even %arg0 : tensor<6x3xf32>
    return %0 : tensor<6x3xf32>
  }
  func.func private @clip_1(%arg0: tensor<6x3xf32>, %arg1: tensor<i32>, %arg2: tensor<i32>) -> tensor<6x3xf32> {
    %0 = stablehlo.convert %arg1 : (tensor<i32>) -> tensor<f32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<6x3xf32>
    %2 = stablehlo.maximum %1, %arg0 : tensor<6x3xf32>
    %3 = stablehlo.convert %arg2 : (tensor<i32>) -> tensor<f32>
    %4 = stablehlo.broadcast_in_dim %3, dims = [] : (tensor<f32>) -> tensor<6x3xf32>
    %5 = stablehlo.minimum %4, %2 : tensor<6x3xf32>
    return %5 : tensor<6x3xf32>
  }
}
