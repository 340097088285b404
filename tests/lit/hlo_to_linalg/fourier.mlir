// RUN: ireelite-opt -p hlo-to-linalg %s | filecheck %s

// A sum over 8 rows with the roots of order 8, times roots of order 24, then a sum over 3 rows.

func.func @transform(%x: tensor<24xcomplex<f32>>) -> tensor<24xcomplex<f32>> {
  %0 = stablehlo.fft %x, type = FFT, length = [24] : (tensor<24xcomplex<f32>>) -> tensor<24xcomplex<f32>>
  return %0 : tensor<24xcomplex<f32>>
}
// CHECK-LABEL: func.func @transform
// CHECK:         [[ROWS:%[0-9]+]] = tensor.expand_shape {{.*}} output_shape [1, 8, 3, 1]
// CHECK:         [[ROOTS:%[0-9]+]] = arith.constant {{.*}} : tensor<8x8xcomplex<f32>>
// CHECK:         [[SUMS:%[0-9]+]] = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3, d4) -> (d0, d4, d1, d3)>, affine_map<(d0, d1, d2, d3, d4) -> (d4, d2)>, affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3)>]
// CHECK-SAME:    ins([[ROWS]], [[ROOTS]]
// CHECK:           complex.mul
// CHECK:         [[TWIDDLES:%[0-9]+]] = arith.constant {{.*}} : tensor<3x8xcomplex<f32>>
// CHECK:         linalg.generic {{.*}} ins([[SUMS]], [[TWIDDLES]]
// CHECK:         tensor.expand_shape {{.*}} output_shape [1, 3, 1, 8]
// CHECK:         arith.constant {{.*}} : tensor<3x3xcomplex<f32>>
// CHECK:         linalg.generic
// CHECK-NOT:     linalg.transpose
