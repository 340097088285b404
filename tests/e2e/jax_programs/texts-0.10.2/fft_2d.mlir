module @jit_fft_2d attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<8x8xf32>) -> (tensor<8x8xcomplex<f32>> {jax.result_info = "result[0]"}, tensor<8x8xf32> {jax.result_info = "result[1]"}) {
    %0 = call @fft(%arg0) : (tensor<8x8xf32>) -> tensor<8x8xcomplex<f32>>
    %1 = call @fft(%arg0) : (tensor<8x8xf32>) -> tensor<8x8xcomplex<f32>>
    %2 = stablehlo.abs %1 : (tensor<8x8xcomplex<f32>>) -> tensor<8x8xf32>
    %3 = call @_roll_static(%2) : (tensor<8x8xf32>) -> tensor<8x8xf32>
    return %0, %3 : tensor<8x8xcomplex<f32>>, tensor<8x8xf32>
  }
  func.func private @fft(%arg0: tensor<8x8xf32>) -> tensor<8x8xcomplex<f32>> {
    %0 = stablehlo.convert %arg0 : (tensor<8x8xf32>) -> tensor<8x8xcomplex<f32>>
    %1 = stablehlo.fft %0, type = FFT, length = [8, 8] : (tensor<8x8xcomplex<f32>>) -> tensor<8x8xcomplex<f32>>
    return %1 : tensor<8x8xcomplex<f32>>
  }
  func.func private @_roll_static(%arg0: tensor<8x8xf32>) -> tensor<8x8xf32> {
    %0 = stablehlo.slice %arg0 [4:8, 0:8] : (tensor<8x8xf32>) -> tensor<4x8xf32>
    %1 = stablehlo.slice %arg0 [0:4, 0:8] : (tensor<8x8xf32>) -> tensor<4x8xf32>
    %2 = stablehlo.concatenate %0, %1, dim = 0 : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<8x8xf32>
    %3 = stablehlo.slice %2 [0:8, 4:8] : (tensor<8x8xf32>) -> tensor<8x4xf32>
    %4 = stablehlo.slice %2 [0:8, 0:4] : (tensor<8x8xf32>) -> tensor<8x4xf32>
    %5 = stablehlo.concatenate %3, %4, dim = 1 : (tensor<8x4xf32>, tensor<8x4xf32>) -> tensor<8x8xf32>
    return %5 : tensor<8x8xf32>
  }
}
