// A program that tests itself, run by `ireelite-check-module`: each function is a test.

func.func @products() {
  %a = util.unfoldable_constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %0 = stablehlo.multiply %a, %a : tensor<3xf32>
  check.expect_eq_const(%0, dense<[1.0, 4.0, 9.0]> : tensor<3xf32>) : tensor<3xf32>
  return
}
func.func @roots() {
  %a = util.unfoldable_constant dense<[1.0, 4.0, 2.0]> : tensor<3xf32>
  %0 = stablehlo.sqrt %a : tensor<3xf32>
  check.expect_almost_eq_const(%0, dense<[1.0, 2.0, 1.41421]> : tensor<3xf32>) : tensor<3xf32>
  return
}
