module @jit_clip_by_global_norm attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<2xf32> {jax.arg_info = "gradients['b']", mhlo.sharding = "{replicated}"}, %arg1: tensor<4x2xf32> {jax.arg_info = "gradients['w']", mhlo.sharding = "{replicated}"}) -> (tensor<2xf32> {jax.result_info = "['b']"}, tensor<4x2xf32> {jax.result_info = "['w']"}) {
    %0 = stablehlo.multiply %arg0, %arg0 : tensor<2xf32>
    %1 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %2 = stablehlo.reduce(%0 init: %1) applies stablehlo.add across dimensions = [0] : (tensor<2xf32>, tensor<f32>) -> tensor<f32>
    %3 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %4 = stablehlo.add %3, %2 : tensor<f32>
    %5 = stablehlo.multiply %arg1, %arg1 : tensor<4x2xf32>
    %6 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %7 = stablehlo.reduce(%5 init: %6) applies stablehlo.add across dimensions = [0, 1] : (tensor<4x2xf32>, tensor<f32>) -> tensor<f32>
    %8 = stablehlo.add %4, %7 : tensor<f32>
    %9 = stablehlo.sqrt %8 : tensor<f32>
    %10 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %11 = stablehlo.divide %10, %9 : tensor<f32>
    %12 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %13 = stablehlo.minimum %12, %11 : tensor<f32>
    %14 = stablehlo.broadcast_in_dim %13, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %15 = stablehlo.multiply %arg0, %14 : tensor<2xf32>
    %16 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %17 = stablehlo.divide %16, %9 : tensor<f32>
    %18 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %19 = stablehlo.minimum %18, %17 : tensor<f32>
    %20 = stablehlo.broadcast_in_dim %19, dims = [] : (tensor<f32>) -> tensor<4x2xf32>
    %21 = stablehlo.multiply %arg1, %20 : tensor<4x2xf32>
    return %15, %21 : tensor<2xf32>, tensor<4x2xf32>
  }
}
