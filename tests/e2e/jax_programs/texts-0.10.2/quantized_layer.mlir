module @jit_quantized_layer attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<4x6xf32>, %arg1: tensor<6x3xf32>) -> (tensor<4x3xf32> {jax.result_info = "result"}) {
    %0 = stablehlo.abs %arg0 : tensor<4x6xf32>
    %cst = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %1 = stablehlo.reduce(%0 init: %cst) applies stablehlo.maximum across dimensions = [0, 1] : (tensor<4x6xf32>, tensor<f32>) -> tensor<f32>
    %cst_0 = stablehlo.constant dense<1.270000e+02> : tensor<f32>
    %2 = stablehlo.divide %1, %cst_0 : tensor<f32>
    %3 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<4x6xf32>
    %4 = stablehlo.divide %arg0, %3 : tensor<4x6xf32>
    %5 = call @round(%4) : (tensor<4x6xf32>) -> tensor<4x6xf32>
    %c = stablehlo.constant dense<-127> : tensor<i32>
    %c_1 = stablehlo.constant dense<127> : tensor<i32>
    %6 = call @clip(%5, %c, %c_1) : (tensor<4x6xf32>, tensor<i32>, tensor<i32>) -> tensor<4x6xf32>
    %7 = stablehlo.convert %6 : (tensor<4x6xf32>) -> tensor<4x6xi8>
    %8 = stablehlo.abs %arg1 : tensor<6x3xf32>
    %cst_2 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %9 = stablehlo.reduce(%8 init: %cst_2) applies stablehlo.maximum across dimensions = [0, 1] : (tensor<6x3xf32>, tensor<f32>) -> tensor<f32>
    %cst_3 = stablehlo.constant dense<1.270000e+02> : tensor<f32>
    %10 = stablehlo.divide %9, %cst_3 : tensor<f32>
    %11 = stablehlo.broadcast_in_dim %10, dims = [] : (tensor<f32>) -> tensor<6x3xf32>
    %12 = stablehlo.divide %arg1, %11 : tensor<6x3xf32>
    %13 = call @round_0(%12) : (tensor<6x3xf32>) -> tensor<6x3xf32>
    %c_4 = stablehlo.constant dense<-127> : tensor<i32>
    %c_5 = stablehlo.constant dense<127> : tensor<i32>
    %14 = call @clip_1(%13, %c_4, %c_5) : (tensor<6x3xf32>, tensor<i32>, tensor<i32>) -> tensor<6x3xf32>
    %15 = stablehlo.convert %14 : (tensor<6x3xf32>) -> tensor<6x3xi8>
    %16 = stablehlo.dot_general %7, %15, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<4x6xi8>, tensor<6x3xi8>) -> tensor<4x3xi32>
    %17 = stablehlo.convert %16 : (tensor<4x3xi32>) -> tensor<4x3xf32>
    %18 = stablehlo.multiply %2, %10 : tensor<f32>
    %19 = stablehlo.broadcast_in_dim %18, dims = [] : (tensor<f32>) -> tensor<4x3xf32>
    %20 = stablehlo.multiply %17, %19 : tensor<4x3xf32>
    return %20 : tensor<4x3xf32>
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
