// RUN: ireelite-opt -p hlo-to-linalg %s | filecheck %s

// Stages of three and of eight numbers; the twiddles of the last one are ones. No elements are reordered.

func.func @transform(%x: tensor<24xcomplex<f32>>) -> tensor<24xcomplex<f32>> {
  %0 = stablehlo.fft %x, type = FFT, length = [24] : (tensor<24xcomplex<f32>>) -> tensor<24xcomplex<f32>>
  return %0 : tensor<24xcomplex<f32>>
}
// CHECK-LABEL: func.func @transform
// CHECK:         [[ROWS:%[0-9]+]] = tensor.expand_shape {{.*}} output_shape [1, 24]
// CHECK:         [[TWIDDLES:%[0-9]+]] = arith.constant {{.*}} : tensor<3x8xcomplex<f32>>
// CHECK:         [[SUMS:%[0-9]+]] = iree_tensor.fft_stage [[ROWS]], [[TWIDDLES]] {done = 1 : i64, inverse = false}
// CHECK:         [[ONES:%[0-9]+]] = arith.constant dense<(1.000000e+00,0.000000e+00)> : tensor<8x1xcomplex<f32>>
// CHECK:         iree_tensor.fft_stage [[SUMS]], [[ONES]] {done = 3 : i64, inverse = false}
// CHECK-NOT:     linalg.transpose
