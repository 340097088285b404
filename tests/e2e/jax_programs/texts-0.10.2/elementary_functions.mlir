module @jit_elementary_functions attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<10xf32>) -> (tensor<10xf32> {jax.result_info = "result[0]"}, tensor<10xf32> {jax.result_info = "result[1]"}, tensor<10xf32> {jax.result_info = "result[2]"}, tensor<10xf32> {jax.result_info = "result[3]"}, tensor<10xf32> {jax.result_info = "result[4]"}, tensor<10xf32> {jax.result_info = "result[5]"}, tensor<10xf32> {jax.result_info = "result[6]"}, tensor<10xf32> {jax.result_info = "result[7]"}, tensor<10xf32> {jax.result_info = "result[8]"}, tensor<10xf32> {jax.result_info = "result[9]"}, tensor<10xf32> {jax.result_info = "result[10]"}, tensor<10xf32> {jax.result_info = "result[11]"}) {
    %0 = chlo.asin %arg0 : tensor<10xf32> -> tensor<10xf32>
    %1 = chlo.acos %arg0 : tensor<10xf32> -> tensor<10xf32>
    %2 = chlo.atan %arg0 : tensor<10xf32> -> tensor<10xf32>
    %3 = chlo.sinh %arg0 : tensor<10xf32> -> tensor<10xf32>
    %4 = chlo.cosh %arg0 : tensor<10xf32> -> tensor<10xf32>
    %5 = chlo.atanh %arg0 : tensor<10xf32> -> tensor<10xf32>
    %6 = stablehlo.exponential_minus_one %arg0 : tensor<10xf32>
    %7 = stablehlo.log_plus_one %arg0 : tensor<10xf32>
    %8 = stablehlo.cbrt %arg0 : tensor<10xf32>
    %9 = stablehlo.tan %arg0 : tensor<10xf32>
    %cst = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %10 = stablehlo.broadcast_in_dim %cst, dims = [] : (tensor<f32>) -> tensor<10xf32>
    %11 = stablehlo.atan2 %arg0, %10 : tensor<10xf32>
    %12 = chlo.asinh %arg0 : tensor<10xf32> -> tensor<10xf32>
    return %0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %11, %12 : tensor<10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<10xf32>
  }
}
