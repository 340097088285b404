module @jit_sgd_step attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<2xf32> {jax.arg_info = "params['b']", mhlo.sharding = "{replicated}"}, %arg1: tensor<4x2xf32> {jax.arg_info = "params['w']", mhlo.sharding = "{replicated}"}, %arg2: tensor<8x4xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg3: tensor<8x2xf32> {jax.arg_info = "y", mhlo.sharding = "{replicated}"}) -> (tensor<2xf32> {jax.result_info = "['b']"}, tensor<4x2xf32> {jax.result_info = "['w']"}) {
    %0 = stablehlo.dot_general %arg2, %arg1, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<8x4xf32>, tensor<4x2xf32>) -> tensor<8x2xf32>
    %1 = stablehlo.broadcast_in_dim %arg0, dims = [1] : (tensor<2xf32>) -> tensor<1x2xf32>
    %2 = stablehlo.broadcast_in_dim %1, dims = [0, 1] : (tensor<1x2xf32>) -> tensor<8x2xf32>
    %3 = stablehlo.add %0, %2 : tensor<8x2xf32>
    %4 = stablehlo.subtract %3, %arg3 : tensor<8x2xf32>
    %5 = stablehlo.multiply %4, %4 : tensor<8x2xf32>
    %6 = stablehlo.constant dense<2.000000e+00> : tensor<f32>
    %7 = stablehlo.broadcast_in_dim %6, dims = [] : (tensor<f32>) -> tensor<8x2xf32>
    %8 = stablehlo.multiply %7, %4 : tensor<8x2xf32>
    %9 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %10 = stablehlo.reduce(%5 init: %9) applies stablehlo.add across dimensions = [0, 1] : (tensor<8x2xf32>, tensor<f32>) -> tensor<f32>
    %11 = stablehlo.constant dense<1.600000e+01> : tensor<f32>
    %12 = stablehlo.divide %10, %11 : tensor<f32>
    %13 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %14 = stablehlo.constant dense<1.600000e+01> : tensor<f32>
    %15 = stablehlo.divide %13, %14 : tensor<f32>
    %16 = stablehlo.broadcast_in_dim %15, dims = [] : (tensor<f32>) -> tensor<8x2xf32>
    %17 = stablehlo.multiply %16, %8 : tensor<8x2xf32>
    %18 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %19 = stablehlo.reduce(%17 init: %18) applies stablehlo.add across dimensions = [0] : (tensor<8x2xf32>, tensor<f32>) -> tensor<2xf32>
    %20 = stablehlo.reshape %19 : (tensor<2xf32>) -> tensor<1x2xf32>
    %21 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %22 = stablehlo.reduce(%20 init: %21) applies stablehlo.add across dimensions = [0] : (tensor<1x2xf32>, tensor<f32>) -> tensor<2xf32>
    %23 = stablehlo.dot_general %17, %arg2, contracting_dims = [0] x [0], precision = [DEFAULT, DEFAULT] : (tensor<8x2xf32>, tensor<8x4xf32>) -> tensor<2x4xf32>
    %24 = stablehlo.transpose %23, dims = [1, 0] : (tensor<2x4xf32>) -> tensor<4x2xf32>
    %25 = stablehlo.constant dense<1.000000e-01> : tensor<f32>
    %26 = stablehlo.broadcast_in_dim %25, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %27 = stablehlo.multiply %26, %22 : tensor<2xf32>
    %28 = stablehlo.subtract %arg0, %27 : tensor<2xf32>
    %29 = stablehlo.constant dense<1.000000e-01> : tensor<f32>
    %30 = stablehlo.broadcast_in_dim %29, dims = [] : (tensor<f32>) -> tensor<4x2xf32>
    %31 = stablehlo.multiply %30, %24 : tensor<4x2xf32>
    %32 = stablehlo.subtract %arg1, %31 : tensor<4x2xf32>
    return %28, %32 : tensor<2xf32>, tensor<4x2xf32>
  }
}
