module @jit_log_sum_exp attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<4x5xf32>) -> (tensor<4xf32> {jax.result_info = "result[0]"}, tensor<5xf32> {jax.result_info = "result[1]"}) {
    %cst = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %0 = stablehlo.reduce(%arg0 init: %cst) applies stablehlo.maximum across dimensions = [1] : (tensor<4x5xf32>, tensor<f32>) -> tensor<4xf32>
    %cst_0 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %cst_0, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %2 = stablehlo.maximum %1, %0 : tensor<4xf32>
    %3 = stablehlo.is_finite %2 : (tensor<4xf32>) -> tensor<4xi1>
    %cst_1 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %4 = stablehlo.broadcast_in_dim %cst_1, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %5 = stablehlo.select %3, %2, %4 : tensor<4xi1>, tensor<4xf32>
    %6 = stablehlo.broadcast_in_dim %5, dims = [0] : (tensor<4xf32>) -> tensor<4x1xf32>
    %7 = stablehlo.broadcast_in_dim %6, dims = [0, 1] : (tensor<4x1xf32>) -> tensor<4x5xf32>
    %8 = stablehlo.subtract %arg0, %7 : tensor<4x5xf32>
    %9 = stablehlo.exponential %8 : tensor<4x5xf32>
    %cst_2 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %10 = stablehlo.reduce(%9 init: %cst_2) applies stablehlo.add across dimensions = [1] : (tensor<4x5xf32>, tensor<f32>) -> tensor<4xf32>
    %11 = stablehlo.sign %10 : tensor<4xf32>
    %12 = stablehlo.abs %10 : tensor<4xf32>
    %13 = stablehlo.log %12 : tensor<4xf32>
    %14 = stablehlo.add %13, %5 : tensor<4xf32>
    %15 = stablehlo.slice %arg0 [0:1, 0:5] : (tensor<4x5xf32>) -> tensor<1x5xf32>
    %16 = stablehlo.reshape %15 : (tensor<1x5xf32>) -> tensor<5xf32>
    %17 = stablehlo.slice %arg0 [1:2, 0:5] : (tensor<4x5xf32>) -> tensor<1x5xf32>
    %18 = stablehlo.reshape %17 : (tensor<1x5xf32>) -> tensor<5xf32>
    %19 = stablehlo.maximum %16, %18 : tensor<5xf32>
    %20 = stablehlo.subtract %16, %18 : tensor<5xf32>
    %21 = stablehlo.compare NE, %20, %20, FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
    %22 = stablehlo.add %16, %18 : tensor<5xf32>
    %23 = stablehlo.abs %20 : tensor<5xf32>
    %24 = stablehlo.negate %23 : tensor<5xf32>
    %25 = stablehlo.exponential %24 : tensor<5xf32>
    %26 = stablehlo.log_plus_one %25 : tensor<5xf32>
    %27 = stablehlo.add %19, %26 : tensor<5xf32>
    %28 = stablehlo.select %21, %22, %27 : tensor<5xi1>, tensor<5xf32>
    return %14, %28 : tensor<4xf32>, tensor<5xf32>
  }
}
