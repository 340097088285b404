// Transcendental functions, at arguments small, large and in between.

func.func @exponential() {
  %a = util.unfoldable_constant dense<[0.0, 1.0, -1.0, 4.5, -20.0]> : tensor<5xf32>
  %r = stablehlo.exponential %a : tensor<5xf32>
  check.expect_almost_eq_const(%r, dense<[1.0, 2.718282, 0.36787942, 90.017128, 2.0611537e-09]> : tensor<5xf32>) : tensor<5xf32>
  return
}

func.func @exponential_minus_one() {
  %a = util.unfoldable_constant dense<[0.0, 9.9999997e-05, -9.9999997e-05, 1.5, -8.0]> : tensor<5xf32>
  %r = stablehlo.exponential_minus_one %a : tensor<5xf32>
  check.expect_almost_eq_const(%r, dense<[0.0, 0.000100005, -9.9994999e-05, 3.481689, -0.99966455]> : tensor<5xf32>) : tensor<5xf32>
  return
}

func.func @logarithm() {
  %a = util.unfoldable_constant dense<[1.0, 2.7182817, 0.0099999998, 12345.0]> : tensor<4xf32>
  %r = stablehlo.log %a : tensor<4xf32>
  check.expect_almost_eq_const(%r, dense<[0.0, 1.0, -4.6051702, 9.4210062]> : tensor<4xf32>) : tensor<4xf32>
  return
}

func.func @logarithm_of_the_edge() {
  %a = util.unfoldable_constant dense<[0.0, 0x7F800000, 1.0, -1.0]> : tensor<4xf32>
  %r = stablehlo.log %a : tensor<4xf32>
  check.expect_almost_eq_const(%r, dense<[0xFF800000, 0x7F800000, 0.0, 0x7FC00000]> : tensor<4xf32>) : tensor<4xf32>
  return
}

func.func @logarithm_plus_one() {
  %a = util.unfoldable_constant dense<[0.0, 9.9999997e-05, -0.5, 41.0]> : tensor<4xf32>
  %r = stablehlo.log_plus_one %a : tensor<4xf32>
  check.expect_almost_eq_const(%r, dense<[0.0, 9.9994999e-05, -0.69314718, 3.7376697]> : tensor<4xf32>) : tensor<4xf32>
  return
}

func.func @sine() {
  %a = util.unfoldable_constant dense<[0.0, 1.0, -2.0, 3.1415927, 50.0]> : tensor<5xf32>
  %r = stablehlo.sine %a : tensor<5xf32>
  check.expect_almost_eq_const(%r, dense<[0.0, 0.84147102, -0.90929741, -8.7422777e-08, -0.26237485]> : tensor<5xf32>) : tensor<5xf32>
  return
}

func.func @cosine() {
  %a = util.unfoldable_constant dense<[0.0, 1.0, -2.0, 3.1415927, 50.0]> : tensor<5xf32>
  %r = stablehlo.cosine %a : tensor<5xf32>
  check.expect_almost_eq_const(%r, dense<[1.0, 0.54030228, -0.41614681, -1.0, 0.964966]> : tensor<5xf32>) : tensor<5xf32>
  return
}

func.func @hyperbolic_tangent() {
  %a = util.unfoldable_constant dense<[0.0, 0.5, -1.0, 20.0, -0.001]> : tensor<5xf32>
  %r = stablehlo.tanh %a : tensor<5xf32>
  check.expect_almost_eq_const(%r, dense<[0.0, 0.4621172, -0.76159418, 1.0, -0.0009999997]> : tensor<5xf32>) : tensor<5xf32>
  return
}

func.func @logistic() {
  %a = util.unfoldable_constant dense<[0.0, 1.0, -4.0, 30.0]> : tensor<4xf32>
  %r = stablehlo.logistic %a : tensor<4xf32>
  check.expect_almost_eq_const(%r, dense<[0.5, 0.7310586, 0.01798621, 1.0]> : tensor<4xf32>) : tensor<4xf32>
  return
}

func.func @exponential_of_a_scalar() {
  %a = util.unfoldable_constant dense<1.0> : tensor<f32>
  %r = stablehlo.exponential %a : tensor<f32>
  check.expect_almost_eq_const(%r, dense<2.718282> : tensor<f32>) : tensor<f32>
  return
}

func.func @sine_of_a_scalar() {
  %a = util.unfoldable_constant dense<0.5> : tensor<f32>
  %r = stablehlo.sine %a : tensor<f32>
  check.expect_almost_eq_const(%r, dense<0.47942555> : tensor<f32>) : tensor<f32>
  return
}

func.func @softmax() {
  %a = util.unfoldable_constant dense<[[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]]> : tensor<2x3xf32>
  %z = stablehlo.constant dense<0.0> : tensor<f32>
  %low = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %m = stablehlo.reduce(%a init: %low) applies stablehlo.maximum across dimensions = [1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>
  %mb = stablehlo.broadcast_in_dim %m, dims = [0] : (tensor<2xf32>) -> tensor<2x3xf32>
  %d = stablehlo.subtract %a, %mb : tensor<2x3xf32>
  %e = stablehlo.exponential %d : tensor<2x3xf32>
  %s = stablehlo.reduce(%e init: %z) applies stablehlo.add across dimensions = [1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>
  %sb = stablehlo.broadcast_in_dim %s, dims = [0] : (tensor<2xf32>) -> tensor<2x3xf32>
  %r = stablehlo.divide %e, %sb : tensor<2x3xf32>
  check.expect_almost_eq_const(%r, dense<[[0.090030581, 0.24472846, 0.66524094], [0.33333334, 0.33333334, 0.33333334]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  return
}
