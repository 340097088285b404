// Arithmetic of integers: signs, wrapping, and widths that devices have to emulate.

func.func @add_integers() {
  %a = util.unfoldable_constant dense<[7, -7, 2147483647, -2147483648, 100, 0]> : tensor<6xi32>
  %b = util.unfoldable_constant dense<[3, 2, 1, -1, -7, 5]> : tensor<6xi32>
  %r = stablehlo.add %a, %b : tensor<6xi32>
  check.expect_eq_const(%r, dense<[10, -5, -2147483648, 2147483647, 93, 5]> : tensor<6xi32>) : tensor<6xi32>
  return
}

func.func @subtract_integers() {
  %a = util.unfoldable_constant dense<[7, -7, 2147483647, -2147483648, 100, 0]> : tensor<6xi32>
  %b = util.unfoldable_constant dense<[3, 2, 1, -1, -7, 5]> : tensor<6xi32>
  %r = stablehlo.subtract %a, %b : tensor<6xi32>
  check.expect_eq_const(%r, dense<[4, -9, 2147483646, -2147483647, 107, -5]> : tensor<6xi32>) : tensor<6xi32>
  return
}

func.func @multiply_integers() {
  %a = util.unfoldable_constant dense<[7, -7, 2147483647, -2147483648, 100, 0]> : tensor<6xi32>
  %b = util.unfoldable_constant dense<[3, 2, 1, -1, -7, 5]> : tensor<6xi32>
  %r = stablehlo.multiply %a, %b : tensor<6xi32>
  check.expect_eq_const(%r, dense<[21, -14, 2147483647, -2147483648, -700, 0]> : tensor<6xi32>) : tensor<6xi32>
  return
}

func.func @maximum_integers() {
  %a = util.unfoldable_constant dense<[7, -7, 2147483647, -2147483648, 100, 0]> : tensor<6xi32>
  %b = util.unfoldable_constant dense<[3, 2, 1, -1, -7, 5]> : tensor<6xi32>
  %r = stablehlo.maximum %a, %b : tensor<6xi32>
  check.expect_eq_const(%r, dense<[7, 2, 2147483647, -1, 100, 5]> : tensor<6xi32>) : tensor<6xi32>
  return
}

func.func @minimum_integers() {
  %a = util.unfoldable_constant dense<[7, -7, 2147483647, -2147483648, 100, 0]> : tensor<6xi32>
  %b = util.unfoldable_constant dense<[3, 2, 1, -1, -7, 5]> : tensor<6xi32>
  %r = stablehlo.minimum %a, %b : tensor<6xi32>
  check.expect_eq_const(%r, dense<[3, -7, 1, -2147483648, -7, 0]> : tensor<6xi32>) : tensor<6xi32>
  return
}

func.func @divide_integers() {
  %a = util.unfoldable_constant dense<[7, -7, 2147483647, -100000, -1]> : tensor<5xi32>
  %b = util.unfoldable_constant dense<[3, 2, -5, -7, 2]> : tensor<5xi32>
  %r = stablehlo.divide %a, %b : tensor<5xi32>
  check.expect_eq_const(%r, dense<[2, -3, -429496729, 14285, 0]> : tensor<5xi32>) : tensor<5xi32>
  return
}

func.func @remainder_integers() {
  %a = util.unfoldable_constant dense<[7, -7, 2147483647, -100000, -1]> : tensor<5xi32>
  %b = util.unfoldable_constant dense<[3, 2, -5, -7, 2]> : tensor<5xi32>
  %r = stablehlo.remainder %a, %b : tensor<5xi32>
  check.expect_eq_const(%r, dense<[1, -1, 2, -5, -1]> : tensor<5xi32>) : tensor<5xi32>
  return
}

func.func @absolute_integers() {
  %a = util.unfoldable_constant dense<[3, -4, 0]> : tensor<3xi32>
  %r = stablehlo.abs %a : tensor<3xi32>
  check.expect_eq_const(%r, dense<[3, 4, 0]> : tensor<3xi32>) : tensor<3xi32>
  return
}

func.func @negate_integers() {
  %a = util.unfoldable_constant dense<[7, -7, 2147483647]> : tensor<3xi32>
  %r = stablehlo.negate %a : tensor<3xi32>
  check.expect_eq_const(%r, dense<[-7, 7, -2147483647]> : tensor<3xi32>) : tensor<3xi32>
  return
}

func.func @not_integers() {
  %a = util.unfoldable_constant dense<[7, -7, 2147483647]> : tensor<3xi32>
  %r = stablehlo.not %a : tensor<3xi32>
  check.expect_eq_const(%r, dense<[-8, 6, -2147483648]> : tensor<3xi32>) : tensor<3xi32>
  return
}

func.func @sign_integers() {
  %a = util.unfoldable_constant dense<[7, -7, 2147483647, -2147483648, 100, 0]> : tensor<6xi32>
  %r = stablehlo.sign %a : tensor<6xi32>
  check.expect_eq_const(%r, dense<[1, -1, 1, -1, 1, 0]> : tensor<6xi32>) : tensor<6xi32>
  return
}

func.func @bits_of_integers() {
  %a = util.unfoldable_constant dense<[7, -7, 2147483647, -2147483648, 100, 0]> : tensor<6xi32>
  %b = util.unfoldable_constant dense<[3, 2, 1, -1, -7, 5]> : tensor<6xi32>
  %and = stablehlo.and %a, %b : tensor<6xi32>
  %or = stablehlo.or %a, %b : tensor<6xi32>
  %xor = stablehlo.xor %a, %b : tensor<6xi32>
  check.expect_eq_const(%and, dense<[3, 0, 1, -2147483648, 96, 0]> : tensor<6xi32>) : tensor<6xi32>
  check.expect_eq_const(%or, dense<[7, -5, 2147483647, -1, -3, 5]> : tensor<6xi32>) : tensor<6xi32>
  check.expect_eq_const(%xor, dense<[4, -5, 2147483646, 2147483647, -99, 5]> : tensor<6xi32>) : tensor<6xi32>
  return
}

func.func @shift_left() {
  %a = util.unfoldable_constant dense<[7, -7, 2147483647, -2147483648, 100, 0]> : tensor<6xi32>
  %b = util.unfoldable_constant dense<[1, 4, 31, 0, 8, 3]> : tensor<6xi32>
  %r = stablehlo.shift_left %a, %b : tensor<6xi32>
  check.expect_eq_const(%r, dense<[14, -112, -2147483648, -2147483648, 25600, 0]> : tensor<6xi32>) : tensor<6xi32>
  return
}

func.func @shift_right_arithmetic() {
  %a = util.unfoldable_constant dense<[7, -7, 2147483647, -2147483648, 100, 0]> : tensor<6xi32>
  %b = util.unfoldable_constant dense<[1, 4, 31, 0, 8, 3]> : tensor<6xi32>
  %r = stablehlo.shift_right_arithmetic %a, %b : tensor<6xi32>
  check.expect_eq_const(%r, dense<[3, -1, 0, -2147483648, 0, 0]> : tensor<6xi32>) : tensor<6xi32>
  return
}

func.func @shift_right_logical() {
  %a = util.unfoldable_constant dense<[7, -7, 2147483647, -2147483648, 100, 0]> : tensor<6xi32>
  %b = util.unfoldable_constant dense<[1, 4, 31, 0, 8, 3]> : tensor<6xi32>
  %r = stablehlo.shift_right_logical %a, %b : tensor<6xi32>
  check.expect_eq_const(%r, dense<[3, 268435455, 0, -2147483648, 0, 0]> : tensor<6xi32>) : tensor<6xi32>
  return
}

func.func @clamp_integers() {
  %a = util.unfoldable_constant dense<-3> : tensor<i32>
  %b = util.unfoldable_constant dense<[7, -7, 2147483647, -2147483648, 100, 0]> : tensor<6xi32>
  %c = util.unfoldable_constant dense<50> : tensor<i32>
  %r = stablehlo.clamp %a, %b, %c : (tensor<i32>, tensor<6xi32>, tensor<i32>) -> tensor<6xi32>
  check.expect_eq_const(%r, dense<[7, -3, 50, -3, 50, 0]> : tensor<6xi32>) : tensor<6xi32>
  return
}

func.func @compare_integers() {
  %a = util.unfoldable_constant dense<[7, -7, 2147483647, -2147483648, 100, 0]> : tensor<6xi32>
  %b = util.unfoldable_constant dense<[3, 2, 1, -1, -7, 5]> : tensor<6xi32>
  %tEQ = stablehlo.compare EQ, %a, %b, SIGNED : (tensor<6xi32>, tensor<6xi32>) -> tensor<6xi1>
  %eq = stablehlo.convert %tEQ : (tensor<6xi1>) -> tensor<6xi8>
  %tNE = stablehlo.compare NE, %a, %b, SIGNED : (tensor<6xi32>, tensor<6xi32>) -> tensor<6xi1>
  %ne = stablehlo.convert %tNE : (tensor<6xi1>) -> tensor<6xi8>
  %tLT = stablehlo.compare LT, %a, %b, SIGNED : (tensor<6xi32>, tensor<6xi32>) -> tensor<6xi1>
  %lt = stablehlo.convert %tLT : (tensor<6xi1>) -> tensor<6xi8>
  %tLE = stablehlo.compare LE, %a, %b, SIGNED : (tensor<6xi32>, tensor<6xi32>) -> tensor<6xi1>
  %le = stablehlo.convert %tLE : (tensor<6xi1>) -> tensor<6xi8>
  %tGT = stablehlo.compare GT, %a, %b, SIGNED : (tensor<6xi32>, tensor<6xi32>) -> tensor<6xi1>
  %gt = stablehlo.convert %tGT : (tensor<6xi1>) -> tensor<6xi8>
  %tGE = stablehlo.compare GE, %a, %b, SIGNED : (tensor<6xi32>, tensor<6xi32>) -> tensor<6xi1>
  %ge = stablehlo.convert %tGE : (tensor<6xi1>) -> tensor<6xi8>
  check.expect_eq_const(%eq, dense<0> : tensor<6xi8>) : tensor<6xi8>
  check.expect_eq_const(%ne, dense<1> : tensor<6xi8>) : tensor<6xi8>
  check.expect_eq_const(%lt, dense<[0, 1, 0, 1, 0, 1]> : tensor<6xi8>) : tensor<6xi8>
  check.expect_eq_const(%le, dense<[0, 1, 0, 1, 0, 1]> : tensor<6xi8>) : tensor<6xi8>
  check.expect_eq_const(%gt, dense<[1, 0, 1, 0, 1, 0]> : tensor<6xi8>) : tensor<6xi8>
  check.expect_eq_const(%ge, dense<[1, 0, 1, 0, 1, 0]> : tensor<6xi8>) : tensor<6xi8>
  return
}

func.func @compare_lt_unsigned() {
  %a = util.unfoldable_constant dense<[7, -7, 2147483647, -2147483648, 100, 0]> : tensor<6xi32>
  %b = util.unfoldable_constant dense<[3, 2, 1, -1, -7, 5]> : tensor<6xi32>
  %ua = stablehlo.bitcast_convert %a : (tensor<6xi32>) -> tensor<6xui32>
  %ub = stablehlo.bitcast_convert %b : (tensor<6xi32>) -> tensor<6xui32>
  %t = stablehlo.compare LT, %ua, %ub, UNSIGNED : (tensor<6xui32>, tensor<6xui32>) -> tensor<6xi1>
  %r = stablehlo.convert %t : (tensor<6xi1>) -> tensor<6xi8>
  check.expect_eq_const(%r, dense<[0, 0, 0, 1, 1, 1]> : tensor<6xi8>) : tensor<6xi8>
  return
}

func.func @divide_unsigned() {
  %a = util.unfoldable_constant dense<[7, -7, 2147483647, -100000, -1]> : tensor<5xi32>
  %b = util.unfoldable_constant dense<[3, 2, -5, -7, 2]> : tensor<5xi32>
  %ua = stablehlo.bitcast_convert %a : (tensor<5xi32>) -> tensor<5xui32>
  %ub = stablehlo.bitcast_convert %b : (tensor<5xi32>) -> tensor<5xui32>
  %u = stablehlo.divide %ua, %ub : tensor<5xui32>
  %r = stablehlo.bitcast_convert %u : (tensor<5xui32>) -> tensor<5xi32>
  check.expect_eq_const(%r, dense<[2, 2147483644, 0, 0, 2147483647]> : tensor<5xi32>) : tensor<5xi32>
  return
}

func.func @arithmetic_of_i8() {
  %a = util.unfoldable_constant dense<[1, -6, 7, -8]> : tensor<4xi8>
  %b = util.unfoldable_constant dense<[-5, 2, 7, 9]> : tensor<4xi8>
  %add = stablehlo.add %a, %b : tensor<4xi8>
  %maximum = stablehlo.maximum %a, %b : tensor<4xi8>
  %minimum = stablehlo.minimum %a, %b : tensor<4xi8>
  %multiply = stablehlo.multiply %a, %b : tensor<4xi8>
  check.expect_eq_const(%add, dense<[-4, -4, 14, 1]> : tensor<4xi8>) : tensor<4xi8>
  check.expect_eq_const(%maximum, dense<[1, 2, 7, 9]> : tensor<4xi8>) : tensor<4xi8>
  check.expect_eq_const(%minimum, dense<[-5, -6, 7, -8]> : tensor<4xi8>) : tensor<4xi8>
  check.expect_eq_const(%multiply, dense<[-5, -12, 49, -72]> : tensor<4xi8>) : tensor<4xi8>
  return
}

func.func @arithmetic_of_i16() {
  %a = util.unfoldable_constant dense<[1, -6, 7, -8]> : tensor<4xi16>
  %b = util.unfoldable_constant dense<[-5, 2, 7, 9]> : tensor<4xi16>
  %add = stablehlo.add %a, %b : tensor<4xi16>
  %maximum = stablehlo.maximum %a, %b : tensor<4xi16>
  %minimum = stablehlo.minimum %a, %b : tensor<4xi16>
  %multiply = stablehlo.multiply %a, %b : tensor<4xi16>
  check.expect_eq_const(%add, dense<[-4, -4, 14, 1]> : tensor<4xi16>) : tensor<4xi16>
  check.expect_eq_const(%maximum, dense<[1, 2, 7, 9]> : tensor<4xi16>) : tensor<4xi16>
  check.expect_eq_const(%minimum, dense<[-5, -6, 7, -8]> : tensor<4xi16>) : tensor<4xi16>
  check.expect_eq_const(%multiply, dense<[-5, -12, 49, -72]> : tensor<4xi16>) : tensor<4xi16>
  return
}

func.func @arithmetic_of_i64() {
  %a = util.unfoldable_constant dense<[1, -6, 7, -8]> : tensor<4xi64>
  %b = util.unfoldable_constant dense<[-5, 2, 7, 9]> : tensor<4xi64>
  %add = stablehlo.add %a, %b : tensor<4xi64>
  %maximum = stablehlo.maximum %a, %b : tensor<4xi64>
  %minimum = stablehlo.minimum %a, %b : tensor<4xi64>
  %multiply = stablehlo.multiply %a, %b : tensor<4xi64>
  check.expect_eq_const(%add, dense<[-4, -4, 14, 1]> : tensor<4xi64>) : tensor<4xi64>
  check.expect_eq_const(%maximum, dense<[1, 2, 7, 9]> : tensor<4xi64>) : tensor<4xi64>
  check.expect_eq_const(%minimum, dense<[-5, -6, 7, -8]> : tensor<4xi64>) : tensor<4xi64>
  check.expect_eq_const(%multiply, dense<[-5, -12, 49, -72]> : tensor<4xi64>) : tensor<4xi64>
  return
}

func.func @subtract_i8_wraps() {
  %a = util.unfoldable_constant dense<[-128, 127, 0, 5]> : tensor<4xi8>
  %b = util.unfoldable_constant dense<[1, -1, -128, 7]> : tensor<4xi8>
  %r = stablehlo.subtract %a, %b : tensor<4xi8>
  check.expect_eq_const(%r, dense<[127, -128, -128, -2]> : tensor<4xi8>) : tensor<4xi8>
  return
}
