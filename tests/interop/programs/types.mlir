// Types: conversions between them, complex numbers, small floats, constants.

func.func @convert_floats_to_integers() {
  %a = util.unfoldable_constant dense<[2.0, -2.0, 1.0, -0.0, 100.0, -100.0]> : tensor<6xf32>
  %r = stablehlo.convert %a : (tensor<6xf32>) -> tensor<6xi32>
  check.expect_eq_const(%r, dense<[2, -2, 1, 0, 100, -100]> : tensor<6xi32>) : tensor<6xi32>
  return
}

func.func @convert_floats_to_bytes() {
  %a = util.unfoldable_constant dense<[2.0, -2.0, 1.0, -0.0, 100.0, -100.0]> : tensor<6xf32>
  %r = stablehlo.convert %a : (tensor<6xf32>) -> tensor<6xi8>
  check.expect_eq_const(%r, dense<[2, -2, 1, 0, 100, -100]> : tensor<6xi8>) : tensor<6xi8>
  return
}

func.func @convert_integers_to_floats() {
  %a = util.unfoldable_constant dense<[7, -7, 2147483647, -2147483648, 100, 0]> : tensor<6xi32>
  %r = stablehlo.convert %a : (tensor<6xi32>) -> tensor<6xf32>
  check.expect_almost_eq_const(%r, dense<[7.0, -7.0, 2.1474836e+09, -2.1474836e+09, 100.0, 0.0]> : tensor<6xf32>) : tensor<6xf32>
  return
}

func.func @convert_bytes_to_floats() {
  %a = util.unfoldable_constant dense<[1, -2, 127, -128]> : tensor<4xi8>
  %r = stablehlo.convert %a : (tensor<4xi8>) -> tensor<4xf32>
  check.expect_almost_eq_const(%r, dense<[1.0, -2.0, 127.0, -128.0]> : tensor<4xf32>) : tensor<4xf32>
  return
}

func.func @convert_bytes_to_integers() {
  %a = util.unfoldable_constant dense<[1, -2, 127, -128]> : tensor<4xi8>
  %r = stablehlo.convert %a : (tensor<4xi8>) -> tensor<4xi32>
  check.expect_eq_const(%r, dense<[1, -2, 127, -128]> : tensor<4xi32>) : tensor<4xi32>
  return
}

func.func @convert_integers_to_shorts() {
  %a = util.unfoldable_constant dense<[1, -2, 40000, 65536]> : tensor<4xi32>
  %r = stablehlo.convert %a : (tensor<4xi32>) -> tensor<4xi16>
  check.expect_eq_const(%r, dense<[1, -2, -25536, 0]> : tensor<4xi16>) : tensor<4xi16>
  return
}

func.func @convert_integers_to_long() {
  %a = util.unfoldable_constant dense<[7, -7, 2147483647, -2147483648, 100, 0]> : tensor<6xi32>
  %r = stablehlo.convert %a : (tensor<6xi32>) -> tensor<6xi64>
  check.expect_eq_const(%r, dense<[7, -7, 2147483647, -2147483648, 100, 0]> : tensor<6xi64>) : tensor<6xi64>
  return
}

func.func @convert_through_bf16() {
  %a = util.unfoldable_constant dense<[1.0, 1.0078125, -3.1400001, 1.0e+10]> : tensor<4xf32>
  %n = stablehlo.convert %a : (tensor<4xf32>) -> tensor<4xbf16>
  %r = stablehlo.convert %n : (tensor<4xbf16>) -> tensor<4xf32>
  check.expect_almost_eq_const(%r, dense<[1.0, 1.0078125, -3.140625, 9.9992207e+09]> : tensor<4xf32>) : tensor<4xf32>
  return
}

func.func @bits_of_floats() {
  %a = util.unfoldable_constant dense<[1.0, -0.0, 0x7F800000, 9.9999461e-41]> : tensor<4xf32>
  %r = stablehlo.bitcast_convert %a : (tensor<4xf32>) -> tensor<4xi32>
  check.expect_eq_const(%r, dense<[1065353216, -2147483648, 2139095040, 71362]> : tensor<4xi32>) : tensor<4xi32>
  return
}

func.func @floats_of_bits() {
  %a = util.unfoldable_constant dense<[1065353216, 1078530011, -1082130432]> : tensor<3xi32>
  %r = stablehlo.bitcast_convert %a : (tensor<3xi32>) -> tensor<3xf32>
  check.expect_almost_eq_const(%r, dense<[1.0, 3.1415927, -1.0]> : tensor<3xf32>) : tensor<3xf32>
  return
}

func.func @a_constant() {
  %r = stablehlo.constant dense<[[1.25, -2.5], [1.0e+10, 0.0]]> : tensor<2x2xf32>
  check.expect_almost_eq_const(%r, dense<[[1.25, -2.5], [1.0e+10, 0.0]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  return
}

func.func @a_constant_of_bytes() {
  %r = stablehlo.constant dense<[1, -1, 127]> : tensor<3xi8>
  check.expect_eq_const(%r, dense<[1, -1, 127]> : tensor<3xi8>) : tensor<3xi8>
  return
}

func.func @iota_over_rows() {
  %r = stablehlo.iota dim = 0 : tensor<3x4xi32>
  check.expect_eq_const(%r, dense<[[0, 0, 0, 0], [1, 1, 1, 1], [2, 2, 2, 2]]> : tensor<3x4xi32>) : tensor<3x4xi32>
  return
}

func.func @iota_over_columns() {
  %r = stablehlo.iota dim = 1 : tensor<3x4xf32>
  check.expect_almost_eq_const(%r, dense<[[0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 2.0, 3.0]]> : tensor<3x4xf32>) : tensor<3x4xf32>
  return
}

func.func @complex_product() {
  %a = util.unfoldable_constant dense<[1.0, -2.0, 0.5]> : tensor<3xf32>
  %b = util.unfoldable_constant dense<[2.0, 1.0, -1.0]> : tensor<3xf32>
  %c = util.unfoldable_constant dense<[3.0, 0.0, 1.0]> : tensor<3xf32>
  %d = util.unfoldable_constant dense<[-1.0, 2.0, 1.0]> : tensor<3xf32>
  %x = stablehlo.complex %a, %b : tensor<3xcomplex<f32>>
  %y = stablehlo.complex %c, %d : tensor<3xcomplex<f32>>
  %z = stablehlo.multiply %x, %y : tensor<3xcomplex<f32>>
  %r = stablehlo.real %z : (tensor<3xcomplex<f32>>) -> tensor<3xf32>
  %i = stablehlo.imag %z : (tensor<3xcomplex<f32>>) -> tensor<3xf32>
  check.expect_almost_eq_const(%r, dense<[5.0, -2.0, 1.5]> : tensor<3xf32>) : tensor<3xf32>
  check.expect_almost_eq_const(%i, dense<[5.0, -4.0, -0.5]> : tensor<3xf32>) : tensor<3xf32>
  return
}

func.func @complex_quotient() {
  %a = util.unfoldable_constant dense<[1.0, -2.0, 0.5]> : tensor<3xf32>
  %b = util.unfoldable_constant dense<[2.0, 1.0, -1.0]> : tensor<3xf32>
  %c = util.unfoldable_constant dense<[3.0, 0.0, 1.0]> : tensor<3xf32>
  %d = util.unfoldable_constant dense<[-1.0, 2.0, 1.0]> : tensor<3xf32>
  %x = stablehlo.complex %a, %b : tensor<3xcomplex<f32>>
  %y = stablehlo.complex %c, %d : tensor<3xcomplex<f32>>
  %z = stablehlo.divide %x, %y : tensor<3xcomplex<f32>>
  %r = stablehlo.real %z : (tensor<3xcomplex<f32>>) -> tensor<3xf32>
  %i = stablehlo.imag %z : (tensor<3xcomplex<f32>>) -> tensor<3xf32>
  check.expect_almost_eq_const(%r, dense<[0.1, 0.5, -0.25]> : tensor<3xf32>) : tensor<3xf32>
  check.expect_almost_eq_const(%i, dense<[0.69999999, 1.0, -0.75]> : tensor<3xf32>) : tensor<3xf32>
  return
}

func.func @complex_exponential() {
  %a = util.unfoldable_constant dense<[1.0, -2.0, 0.5]> : tensor<3xf32>
  %b = util.unfoldable_constant dense<[2.0, 1.0, -1.0]> : tensor<3xf32>
  %x = stablehlo.complex %a, %b : tensor<3xcomplex<f32>>
  %z = stablehlo.exponential %x : tensor<3xcomplex<f32>>
  %r = stablehlo.real %z : (tensor<3xcomplex<f32>>) -> tensor<3xf32>
  %i = stablehlo.imag %z : (tensor<3xcomplex<f32>>) -> tensor<3xf32>
  check.expect_almost_eq_const(%r, dense<[-1.1312044, 0.073121957, 0.89080781]> : tensor<3xf32>) : tensor<3xf32>
  check.expect_almost_eq_const(%i, dense<[2.4717267, 0.11388071, -1.387351]> : tensor<3xf32>) : tensor<3xf32>
  return
}

func.func @complex_absolute() {
  %a = util.unfoldable_constant dense<[3.0, 0.0, -5.0]> : tensor<3xf32>
  %b = util.unfoldable_constant dense<[4.0, -2.0, 12.0]> : tensor<3xf32>
  %x = stablehlo.complex %a, %b : tensor<3xcomplex<f32>>
  %r = stablehlo.abs %x : (tensor<3xcomplex<f32>>) -> tensor<3xf32>
  check.expect_almost_eq_const(%r, dense<[5.0, 2.0, 13.0]> : tensor<3xf32>) : tensor<3xf32>
  return
}
