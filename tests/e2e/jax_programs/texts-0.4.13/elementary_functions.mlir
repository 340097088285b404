module @jit_elementary_functions attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<10xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<10xf32> {jax.result_info = "[0]"}, tensor<10xf32> {jax.result_info = "[1]"}, tensor<10xf32> {jax.result_info = "[2]"}, tensor<10xf32> {jax.result_info = "[3]"}, tensor<10xf32> {jax.result_info = "[4]"}, tensor<10xf32> {jax.result_info = "[5]"}, tensor<10xf32> {jax.result_info = "[6]"}, tensor<10xf32> {jax.result_info = "[7]"}, tensor<10xf32> {jax.result_info = "[8]"}, tensor<10xf32> {jax.result_info = "[9]"}, tensor<10xf32> {jax.result_info = "[10]"}, tensor<10xf32> {jax.result_info = "[11]"}) {
    %0 = chlo.asin %arg0 : tensor<10xf32> -> tensor<10xf32>
    %1 = stablehlo.constant dense<-1.000000e+00> : tensor<f32>
    %2 = stablehlo.broadcast_in_dim %1, dims = [] : (tensor<f32>) -> tensor<10xf32>
    %3 = stablehlo.compare  NE, %arg0, %2,  FLOAT : (tensor<10xf32>, tensor<10xf32>) -> tensor<10xi1>
    %4 = stablehlo.multiply %arg0, %arg0 : tensor<10xf32>
    %5 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %6 = stablehlo.broadcast_in_dim %5, dims = [] : (tensor<f32>) -> tensor<10xf32>
    %7 = stablehlo.subtract %6, %4 : tensor<10xf32>
    %8 = stablehlo.sqrt %7 : tensor<10xf32>
    %9 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %10 = stablehlo.broadcast_in_dim %9, dims = [] : (tensor<f32>) -> tensor<10xf32>
    %11 = stablehlo.add %10, %arg0 : tensor<10xf32>
    %12 = stablehlo.atan2 %8, %11 : tensor<10xf32>
    %13 = stablehlo.constant dense<2.000000e+00> : tensor<f32>
    %14 = stablehlo.broadcast_in_dim %13, dims = [] : (tensor<f32>) -> tensor<10xf32>
    %15 = stablehlo.multiply %14, %12 : tensor<10xf32>
    %16 = stablehlo.constant dense<3.14159274> : tensor<f32>
    %17 = stablehlo.broadcast_in_dim %16, dims = [] : (tensor<f32>) -> tensor<10xf32>
    %18 = stablehlo.select %3, %15, %17 : tensor<10xi1>, tensor<10xf32>
    %19 = chlo.atan %arg0 : tensor<10xf32> -> tensor<10xf32>
    %20 = chlo.sinh %arg0 : tensor<10xf32> -> tensor<10xf32>
    %21 = chlo.cosh %arg0 : tensor<10xf32> -> tensor<10xf32>
    %22 = chlo.atanh %arg0 : tensor<10xf32> -> tensor<10xf32>
    %23 = stablehlo.exponential_minus_one %arg0 : tensor<10xf32>
    %24 = stablehlo.log_plus_one %arg0 : tensor<10xf32>
    %25 = stablehlo.cbrt %arg0 : tensor<10xf32>
    %26 = chlo.tan %arg0 : tensor<10xf32> -> tensor<10xf32>
    %27 = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %28 = stablehlo.broadcast_in_dim %27, dims = [] : (tensor<f32>) -> tensor<10xf32>
    %29 = stablehlo.atan2 %arg0, %28 : tensor<10xf32>
    %30 = chlo.asinh %arg0 : tensor<10xf32> -> tensor<10xf32>
    return %0, %18, %19, %20, %21, %22, %23, %24, %25, %26, %29, %30 : tensor<10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<10xf32>, tensor<10xf32>
  }
}
