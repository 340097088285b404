module @jit_complex_functions attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<5xcomplex<f32>> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<5xcomplex<f32>> {jax.result_info = "[0]"}, tensor<5xcomplex<f32>> {jax.result_info = "[1]"}, tensor<5xcomplex<f32>> {jax.result_info = "[2]"}, tensor<5xcomplex<f32>> {jax.result_info = "[3]"}, tensor<5xcomplex<f32>> {jax.result_info = "[4]"}) {
    %0 = stablehlo.log %arg0 : tensor<5xcomplex<f32>>
    %1 = stablehlo.sine %arg0 : tensor<5xcomplex<f32>>
    %2 = stablehlo.tanh %arg0 : tensor<5xcomplex<f32>>
    %3 = stablehlo.multiply %arg0, %arg0 : tensor<5xcomplex<f32>>
    %4 = stablehlo.constant dense<(5.000000e-01,0.000000e+00)> : tensor<complex<f32>>
    %5 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<complex<f32>>) -> tensor<5xcomplex<f32>>
    %6 = stablehlo.power %arg0, %5 : tensor<5xcomplex<f32>>
    return %0, %1, %2, %3, %6 : tensor<5xcomplex<f32>>, tensor<5xcomplex<f32>>, tensor<5xcomplex<f32>>, tensor<5xcomplex<f32>>, tensor<5xcomplex<f32>>
  }
}
