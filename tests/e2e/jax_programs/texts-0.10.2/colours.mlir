module @jit_colours attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<4x4x3xf32>) -> (tensor<4x4xf32> {jax.result_info = "result[0]"}, tensor<4x4x3xui8> {jax.result_info = "result[1]"}) {
    %cst = stablehlo.constant dense<[2.990000e-01, 5.870000e-01, 1.140000e-01]> : tensor<3xf32>
    %0 = stablehlo.dot_general %arg0, %cst, contracting_dims = [2] x [0], precision = [DEFAULT, DEFAULT] : (tensor<4x4x3xf32>, tensor<3xf32>) -> tensor<4x4xf32>
    %cst_0 = stablehlo.constant dense<3.130800e-03> : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %cst_0, dims = [] : (tensor<f32>) -> tensor<4x4x3xf32>
    %2 = stablehlo.compare LE, %arg0, %1, FLOAT : (tensor<4x4x3xf32>, tensor<4x4x3xf32>) -> tensor<4x4x3xi1>
    %cst_1 = stablehlo.constant dense<1.292000e+01> : tensor<f32>
    %3 = stablehlo.broadcast_in_dim %cst_1, dims = [] : (tensor<f32>) -> tensor<4x4x3xf32>
    %4 = stablehlo.multiply %3, %arg0 : tensor<4x4x3xf32>
    %cst_2 = stablehlo.constant dense<0.416666657> : tensor<f32>
    %5 = stablehlo.broadcast_in_dim %cst_2, dims = [] : (tensor<f32>) -> tensor<4x4x3xf32>
    %6 = stablehlo.power %arg0, %5 : tensor<4x4x3xf32>
    %cst_3 = stablehlo.constant dense<1.055000e+00> : tensor<f32>
    %7 = stablehlo.broadcast_in_dim %cst_3, dims = [] : (tensor<f32>) -> tensor<4x4x3xf32>
    %8 = stablehlo.multiply %7, %6 : tensor<4x4x3xf32>
    %cst_4 = stablehlo.constant dense<5.500000e-02> : tensor<f32>
    %9 = stablehlo.broadcast_in_dim %cst_4, dims = [] : (tensor<f32>) -> tensor<4x4x3xf32>
    %10 = stablehlo.subtract %8, %9 : tensor<4x4x3xf32>
    %11 = call @_where(%2, %4, %10) : (tensor<4x4x3xi1>, tensor<4x4x3xf32>, tensor<4x4x3xf32>) -> tensor<4x4x3xf32>
    %cst_5 = stablehlo.constant dense<2.550000e+02> : tensor<f32>
    %12 = stablehlo.broadcast_in_dim %cst_5, dims = [] : (tensor<f32>) -> tensor<4x4x3xf32>
    %13 = stablehlo.multiply %11, %12 : tensor<4x4x3xf32>
    %14 = call @round(%13) : (tensor<4x4x3xf32>) -> tensor<4x4x3xf32>
    %c = stablehlo.constant dense<0> : tensor<i32>
    %c_6 = stablehlo.constant dense<255> : tensor<i32>
    %15 = call @clip(%14, %c, %c_6) : (tensor<4x4x3xf32>, tensor<i32>, tensor<i32>) -> tensor<4x4x3xf32>
    %16 = stablehlo.convert %15 : (tensor<4x4x3xf32>) -> tensor<4x4x3xui8>
    return %0, %16 : tensor<4x4xf32>, tensor<4x4x3xui8>
  }
  func.func private @_where(%arg0: tensor<4x4x3xi1>, %arg1: tensor<4x4x3xf32>, %arg2: tensor<4x4x3xf32>) -> tensor<4x4x3xf32> {
    %0 = stablehlo.select %arg0, %arg1, %arg2 : tensor<4x4x3xi1>, tensor<4x4x3xf32>
    return %0 : tensor<4x4x3xf32>
  }
  func.func private @round(%arg0: tensor<4x4x3xf32>) -> tensor<4x4x3xf32> {
    %0 = stablehlo.round_nearest_even %arg0 : tensor<4x4x3xf32>
    return %0 : tensor<4x4x3xf32>
  }
  func.func private @clip(%arg0: tensor<4x4x3xf32>, %arg1: tensor<i32>, %arg2: tensor<i32>) -> tensor<4x4x3xf32> {
    %0 = stablehlo.convert %arg1 : (tensor<i32>) -> tensor<f32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<4x4x3xf32>
    %2 = stablehlo.maximum %1, %arg0 : tensor<4x4x3xf32>
    %3 = stablehlo.convert %arg2 : (tensor<i32>) -> tensor<f32>
    %4 = stablehlo.broadcast_in_dim %3, dims = [] : (tensor<f32>) -> tensor<4x4x3xf32>
    %5 = stablehlo.minimum %4, %2 : tensor<4x4x3xf32>
    return %5 : tensor<4x4x3xf32>
  }
}
