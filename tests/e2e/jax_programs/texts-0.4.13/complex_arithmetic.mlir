module @jit_complex_arithmetic attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<4x3xcomplex<f32>> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg1: tensor<4x3xcomplex<f32>> {jax.arg_info = "y", mhlo.sharding = "{replicated}"}) -> (tensor<4x3xcomplex<f32>> {jax.result_info = "[0]"}, tensor<4x3xcomplex<f32>> {jax.result_info = "[1]"}, tensor<4x3xcomplex<f32>> {jax.result_info = "[2]"}, tensor<4x3xf32> {jax.result_info = "[3]"}, tensor<4x3xf32> {jax.result_info = "[4]"}, tensor<4x3xcomplex<f32>> {jax.result_info = "[5]"}, tensor<4x3xcomplex<f32>> {jax.result_info = "[6]"}) {
    %0 = stablehlo.multiply %arg0, %arg1 : tensor<4x3xcomplex<f32>>
    %1 = stablehlo.divide %arg0, %arg1 : tensor<4x3xcomplex<f32>>
    %2 = stablehlo.real %arg0 : (tensor<4x3xcomplex<f32>>) -> tensor<4x3xf32>
    %3 = stablehlo.imag %arg0 : (tensor<4x3xcomplex<f32>>) -> tensor<4x3xf32>
    %4 = stablehlo.negate %3 : tensor<4x3xf32>
    %5 = stablehlo.complex %2, %4 : tensor<4x3xcomplex<f32>>
    %6 = stablehlo.add %5, %arg1 : tensor<4x3xcomplex<f32>>
    %7 = stablehlo.abs %arg0 : (tensor<4x3xcomplex<f32>>) -> tensor<4x3xf32>
    %8 = call @angle(%arg1) : (tensor<4x3xcomplex<f32>>) -> tensor<4x3xf32>
    %9 = stablehlo.exponential %arg0 : tensor<4x3xcomplex<f32>>
    %10 = stablehlo.sqrt %arg1 : tensor<4x3xcomplex<f32>>
    return %0, %1, %6, %7, %8, %9, %10 : tensor<4x3xcomplex<f32>>, tensor<4x3xcomplex<f32>>, tensor<4x3xcomplex<f32>>, tensor<4x3xf32>, tensor<4x3xf32>, tensor<4x3xcomplex<f32>>, tensor<4x3xcomplex<f32>>
  }
  func.func private @angle(%arg0: tensor<4x3xcomplex<f32>>) -> tensor<4x3xf32> {
    %0 = stablehlo.real %arg0 : (tensor<4x3xcomplex<f32>>) -> tensor<4x3xf32>
    %1 = stablehlo.imag %arg0 : (tensor<4x3xcomplex<f32>>) -> tensor<4x3xf32>
    %2 = stablehlo.atan2 %1, %0 : tensor<4x3xf32>
    return %2 : tensor<4x3xf32>
  }
}
