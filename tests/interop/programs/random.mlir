// Random numbers. The generators have no state but their argument, so their numbers are fixed.

func.func @philox() {
  %a = util.unfoldable_constant dense<[5, 0, 17, 3]> : tensor<4xi32>
  %s, %r = "stablehlo.rng_bit_generator"(%a) {rng_algorithm = #stablehlo<rng_algorithm PHILOX>} : (tensor<4xi32>) -> (tensor<4xi32>, tensor<6xi32>)
  check.expect_eq_const(%r, dense<[968712654, 2005642274, -815050058, 1470582505, -1498549820, 1258236630]> : tensor<6xi32>) : tensor<6xi32>
  return
}

func.func @three_fry() {
  %a = util.unfoldable_constant dense<[5, 0, 17, 3]> : tensor<4xi32>
  %s, %r = "stablehlo.rng_bit_generator"(%a) {rng_algorithm = #stablehlo<rng_algorithm THREE_FRY>} : (tensor<4xi32>) -> (tensor<4xi32>, tensor<6xi32>)
  check.expect_eq_const(%r, dense<[-559897863, -1667046832, -879651171, 423482346, -2035103276, -55573889]> : tensor<6xi32>) : tensor<6xi32>
  return
}

func.func @uniform() {
  %a = util.unfoldable_constant dense<-2.0> : tensor<f32>
  %b = util.unfoldable_constant dense<6.0> : tensor<f32>
  %shape = stablehlo.constant dense<[7]> : tensor<1xi64>
  %r = stablehlo.rng %a, %b, %shape, distribution = UNIFORM : (tensor<f32>, tensor<f32>, tensor<1xi64>) -> tensor<7xf32>
  check.expect_almost_eq_const(%r, dense<[-1.99998, 0.055480201, 2.11094, 4.1664, -1.77815, 0.27731001, 2.3327701]> : tensor<7xf32>) : tensor<7xf32>
  return
}

func.func @uniform_in_a_matrix() {
  %a = util.unfoldable_constant dense<0.0> : tensor<f32>
  %b = util.unfoldable_constant dense<1.0> : tensor<f32>
  %shape = stablehlo.constant dense<[2, 3]> : tensor<2xi64>
  %r = stablehlo.rng %a, %b, %shape, distribution = UNIFORM : (tensor<f32>, tensor<f32>, tensor<2xi64>) -> tensor<2x3xf32>
  check.expect_almost_eq_const(%r, dense<[[0.82757699, 0.084509201, 0.34144101], [0.58787102, 0.84480298, 0.101735]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  return
}

func.func @normal() {
  %a = util.unfoldable_constant dense<1.0> : tensor<f32>
  %b = util.unfoldable_constant dense<2.0> : tensor<f32>
  %shape = stablehlo.constant dense<[2, 4]> : tensor<2xi64>
  %r = stablehlo.rng %a, %b, %shape, distribution = NORMAL : (tensor<f32>, tensor<f32>, tensor<2xi64>) -> tensor<2x4xf32>
  check.expect_almost_eq_const(%r, dense<[[2.1417201, 1.63519, -0.453076, 3.9184999], [-0.696778, 0.0932175, 2.2911301, 2.08635]]> : tensor<2x4xf32>) : tensor<2x4xf32>
  return
}
