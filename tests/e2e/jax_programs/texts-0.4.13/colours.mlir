module @jit_colours attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<4x4x3xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<4x4xf32> {jax.result_info = "[0]"}, tensor<4x4x3xui8> {jax.result_info = "[1]"}) {
    %0 = stablehlo.constant dense<[2.990000e-01, 5.870000e-01, 1.140000e-01]> : tensor<3xf32>
    %1 = stablehlo.dot_general %arg0, %0, contracting_dims = [2] x [0], precision = [DEFAULT, DEFAULT] : (tensor<4x4x3xf32>, tensor<3xf32>) -> tensor<4x4xf32>
    %2 = stablehlo.constant dense<3.130800e-03> : tensor<f32>
    %3 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<4x4x3xf32>
    %4 = stablehlo.compare  LE, %arg0, %3,  FLOAT : (tensor<4x4x3xf32>, tensor<4x4x3xf32>) -> tensor<4x4x3xi1>
    %5 = stablehlo.constant dense<1.292000e+01> : tensor<f32>
    %6 = stablehlo.broadcast_in_dim %5, dims = [] : (tensor<f32>) -> tensor<4x4x3xf32>
    %7 = stablehlo.multiply %6, %arg0 : tensor<4x4x3xf32>
    %8 = stablehlo.constant dense<0.416666657> : tensor<f32>
    %9 = stablehlo.broadcast_in_dim %8, dims = [] : (tensor<f32>) -> tensor<4x4x3xf32>
    %10 = stablehlo.power %arg0, %9 : tensor<4x4x3xf32>
    %11 = stablehlo.constant dense<1.055000e+00> : tensor<f32>
    %12 = stablehlo.broadcast_in_dim %11, dims = [] : (tensor<f32>) -> tensor<4x4x3xf32>
    %13 = stablehlo.multiply %12, %10 : tensor<4x4x3xf32>
    %14 = stablehlo.constant dense<5.500000e-02> : tensor<f32>
    %15 = stablehlo.broadcast_in_dim %14, dims = [] : (tensor<f32>) -> tensor<4x4x3xf32>
    %16 = stablehlo.subtract %13, %15 : tensor<4x4x3xf32>
    %17 = call @_where(%4, %7, %16) : (tensor<4x4x3xi1>, tensor<4x4x3xf32>, tensor<4x4x3xf32>) -> tensor<4x4x3xf32>
    %18 = stablehlo.constant dense<2.550000e+02> : tensor<f32>
    %19 = stablehlo.broadcast_in_dim %18, dims = [] : (tensor<f32>) -> tensor<4x4x3xf32>
    %20 = stablehlo.multiply %17, %19 : tensor<4x4x3xf32>
    %21 = call @round(%20) : (tensor<4x4x3xf32>) -> tensor<4x4x3xf32>
    %22 = stablehlo.constant dense<0> : tensor<i32>
    %23 = stablehlo.constant dense<255> : tensor<i32>
    %24 = call @clip(%21, %22, %23) : (tensor<4x4x3xf32>, tensor<i32>, tensor<i32>) -> tensor<4x4x3xf32>
    %25 = stablehlo.convert %24 : (tensor<4x4x3xf32>) -> tensor<4x4x3xui8>
    return %1, %25 : tensor<4x4xf32>, tensor<4x4x3xui8>
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
