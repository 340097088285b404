module @jit_complex_functions attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<5xcomplex<f32>>) -> (tensor<5xcomplex<f32>> {jax.result_info = "result[0]"}, tensor<5xcomplex<f32>> {jax.result_info = "result[1]"}, tensor<5xcomplex<f32>> {jax.result_info = "result[2]"}, tensor<5xcomplex<f32>> {jax.result_info = "result[3]"}, tensor<5xcomplex<f32>> {jax.result_info = "result[4]"}) {
    %0 = stablehlo.log %arg0 : tensor<5xcomplex<f32>>
    %1 = stablehlo.real %arg0 : (tensor<5xcomplex<f32>>) -> tensor<5xf32>
    %2 = stablehlo.imag %arg0 : (tensor<5xcomplex<f32>>) -> tensor<5xf32>
    %cst = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %3 = stablehlo.broadcast_in_dim %cst, dims = [] : (tensor<f32>) -> tensor<5xf32>
    %4 = stablehlo.compare EQ, %1, %3, FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
    %5 = stablehlo.sine %1 : tensor<5xf32>
    %6 = stablehlo.cosine %1 : tensor<5xf32>
    %7 = stablehlo.exponential_minus_one %2 : tensor<5xf32>
    %8 = stablehlo.negate %2 : tensor<5xf32>
    %9 = stablehlo.exponential_minus_one %8 : tensor<5xf32>
    %10 = stablehlo.subtract %7, %9 : tensor<5xf32>
    %cst_0 = stablehlo.constant dense<2.000000e+00> : tensor<f32>
    %11 = stablehlo.broadcast_in_dim %cst_0, dims = [] : (tensor<f32>) -> tensor<5xf32>
    %12 = stablehlo.divide %10, %11 : tensor<5xf32>
    %13 = stablehlo.add %7, %9 : tensor<5xf32>
    %cst_1 = stablehlo.constant dense<2.000000e+00> : tensor<f32>
    %14 = stablehlo.broadcast_in_dim %cst_1, dims = [] : (tensor<f32>) -> tensor<5xf32>
    %15 = stablehlo.add %13, %14 : tensor<5xf32>
    %cst_2 = stablehlo.constant dense<2.000000e+00> : tensor<f32>
    %16 = stablehlo.broadcast_in_dim %cst_2, dims = [] : (tensor<f32>) -> tensor<5xf32>
    %17 = stablehlo.divide %15, %16 : tensor<5xf32>
    %18 = stablehlo.multiply %5, %17 : tensor<5xf32>
    %19 = stablehlo.multiply %6, %12 : tensor<5xf32>
    %cst_3 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %20 = stablehlo.broadcast_in_dim %cst_3, dims = [] : (tensor<f32>) -> tensor<5xf32>
    %21 = stablehlo.complex %20, %19 : tensor<5xcomplex<f32>>
    %22 = stablehlo.complex %18, %19 : tensor<5xcomplex<f32>>
    %23 = stablehlo.select %4, %21, %22 : tensor<5xi1>, tensor<5xcomplex<f32>>
    %24 = stablehlo.tanh %arg0 : tensor<5xcomplex<f32>>
    %25 = stablehlo.multiply %arg0, %arg0 : tensor<5xcomplex<f32>>
    %cst_4 = stablehlo.constant dense<(5.000000e-01,0.000000e+00)> : tensor<complex<f32>>
    %26 = stablehlo.broadcast_in_dim %cst_4, dims = [] : (tensor<complex<f32>>) -> tensor<5xcomplex<f32>>
    %27 = stablehlo.power %arg0, %26 : tensor<5xcomplex<f32>>
    return %0, %23, %24, %25, %27 : tensor<5xcomplex<f32>>, tensor<5xcomplex<f32>>, tensor<5xcomplex<f32>>, tensor<5xcomplex<f32>>, tensor<5xcomplex<f32>>
  }
}
