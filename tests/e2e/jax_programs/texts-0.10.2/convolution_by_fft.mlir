module @jit_convolution_by_fft attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<32xf32>, %arg1: tensor<5xf32>) -> (tensor<32xf32> {jax.result_info = "result"}) {
    %0 = call @fft(%arg0) : (tensor<32xf32>) -> tensor<17xcomplex<f32>>
    %c = stablehlo.constant dense<0> : tensor<i32>
    %1 = call @_pad(%arg1, %c) : (tensor<5xf32>, tensor<i32>) -> tensor<32xf32>
    %2 = call @fft(%1) : (tensor<32xf32>) -> tensor<17xcomplex<f32>>
    %3 = stablehlo.multiply %0, %2 : tensor<17xcomplex<f32>>
    %c_0 = stablehlo.constant dense<0> : tensor<i32>
    %4 = call @_pad_0(%3, %c_0) : (tensor<17xcomplex<f32>>, tensor<i32>) -> tensor<17xcomplex<f32>>
    %5 = call @fft_1(%4) : (tensor<17xcomplex<f32>>) -> tensor<32xf32>
    return %5 : tensor<32xf32>
  }
  func.func private @fft(%arg0: tensor<32xf32>) -> tensor<17xcomplex<f32>> {
    %0 = stablehlo.fft %arg0, type = RFFT, length = [32] : (tensor<32xf32>) -> tensor<17xcomplex<f32>>
    return %0 : tensor<17xcomplex<f32>>
  }
  func.func private @_pad(%arg0: tensor<5xf32>, %arg1: tensor<i32>) -> tensor<32xf32> {
    %0 = stablehlo.convert %arg1 : (tensor<i32>) -> tensor<f32>
    %1 = stablehlo.pad %arg0, %0, low = [0], high = [27], interior = [0] : (tensor<5xf32>, tensor<f32>) -> tensor<32xf32>
    return %1 : tensor<32xf32>
  }
  func.func private @_pad_0(%arg0: tensor<17xcomplex<f32>>, %arg1: tensor<i32>) -> tensor<17xcomplex<f32>> {
    %0 = stablehlo.convert %arg1 : (tensor<i32>) -> tensor<complex<f32>>
    %1 = stablehlo.pad %arg0, %0, low = [0], high = [0], interior = [0] : (tensor<17xcomplex<f32>>, tensor<complex<f32>>) -> tensor<17xcomplex<f32>>
    return %1 : tensor<17xcomplex<f32>>
  }
  func.func private @fft_1(%arg0: tensor<17xcomplex<f32>>) -> tensor<32xf32> {
    %0 = stablehlo.fft %arg0, type = IRFFT, length = [32] : (tensor<17xcomplex<f32>>) -> tensor<32xf32>
    return %0 : tensor<32xf32>
  }
}
