// Fourier transforms of real numbers. Upstream's compiler has none for Vulkan.

func.func @fft_of_reals() {
  %a = util.unfoldable_constant dense<[1.0, 2.0, -1.0, 0.5, 0.0, 3.0, -2.0, 4.0]> : tensor<8xf32>
  %z = stablehlo.fft %a, type = RFFT, length = [8] : (tensor<8xf32>) -> tensor<5xcomplex<f32>>
  %r = stablehlo.real %z : (tensor<5xcomplex<f32>>) -> tensor<5xf32>
  %i = stablehlo.imag %z : (tensor<5xcomplex<f32>>) -> tensor<5xf32>
  check.expect_almost_eq_const(%r, dense<[7.5, 2.767767, 4.0, -0.76776695, -11.5]> : tensor<5xf32>) : tensor<5xf32>
  check.expect_almost_eq_const(%i, dense<[0.0, 2.1819806, -0.5, 4.1819806, 0.0]> : tensor<5xf32>) : tensor<5xf32>
  return
}
