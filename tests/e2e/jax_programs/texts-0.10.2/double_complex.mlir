module @jit_double_complex attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<6xcomplex<f64>>) -> (tensor<6xcomplex<f64>> {jax.result_info = "result[0]"}, tensor<6xcomplex<f64>> {jax.result_info = "result[1]"}) {
    %0 = stablehlo.real %arg0 : (tensor<6xcomplex<f64>>) -> tensor<6xf64>
    %1 = stablehlo.imag %arg0 : (tensor<6xcomplex<f64>>) -> tensor<6xf64>
    %2 = stablehlo.negate %1 : tensor<6xf64>
    %3 = stablehlo.complex %0, %2 : tensor<6xcomplex<f64>>
    %4 = stablehlo.multiply %arg0, %3 : tensor<6xcomplex<f64>>
    %5 = stablehlo.exponential %arg0 : tensor<6xcomplex<f64>>
    return %4, %5 : tensor<6xcomplex<f64>>, tensor<6xcomplex<f64>>
  }
}
