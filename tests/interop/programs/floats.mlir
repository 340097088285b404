// Arithmetic of floats, element by element: what each op says of signs, halves, NaN and infinity.

func.func @absolute() {
  %a = util.unfoldable_constant dense<[1.5, -2.25, 0.0, -7.0, 3000000.0, 0.1]> : tensor<6xf32>
  %r = stablehlo.abs %a : tensor<6xf32>
  check.expect_almost_eq_const(%r, dense<[1.5, 2.25, 0.0, 7.0, 3000000.0, 0.1]> : tensor<6xf32>) : tensor<6xf32>
  return
}

func.func @absolute_of_a_scalar() {
  %a = util.unfoldable_constant dense<-4.5> : tensor<f32>
  %r = stablehlo.abs %a : tensor<f32>
  check.expect_almost_eq_const(%r, dense<4.5> : tensor<f32>) : tensor<f32>
  return
}

func.func @add_floats() {
  %a = util.unfoldable_constant dense<[1.5, -2.25, 0.0, -7.0, 3000000.0, 0.1]> : tensor<6xf32>
  %b = util.unfoldable_constant dense<[2.0, 0.5, -3.0, 7.0, -0.25, 0.30000001]> : tensor<6xf32>
  %r = stablehlo.add %a, %b : tensor<6xf32>
  check.expect_almost_eq_const(%r, dense<[3.5, -1.75, -3.0, 0.0, 2999999.8, 0.40000001]> : tensor<6xf32>) : tensor<6xf32>
  return
}

func.func @subtract_floats() {
  %a = util.unfoldable_constant dense<[1.5, -2.25, 0.0, -7.0, 3000000.0, 0.1]> : tensor<6xf32>
  %b = util.unfoldable_constant dense<[2.0, 0.5, -3.0, 7.0, -0.25, 0.30000001]> : tensor<6xf32>
  %r = stablehlo.subtract %a, %b : tensor<6xf32>
  check.expect_almost_eq_const(%r, dense<[-0.5, -2.75, 3.0, -14.0, 3000000.2, -0.20000002]> : tensor<6xf32>) : tensor<6xf32>
  return
}

func.func @multiply_floats() {
  %a = util.unfoldable_constant dense<[1.5, -2.25, 0.0, -7.0, 3000000.0, 0.1]> : tensor<6xf32>
  %b = util.unfoldable_constant dense<[2.0, 0.5, -3.0, 7.0, -0.25, 0.30000001]> : tensor<6xf32>
  %r = stablehlo.multiply %a, %b : tensor<6xf32>
  check.expect_almost_eq_const(%r, dense<[3.0, -1.125, -0.0, -49.0, -750000.0, 0.030000001]> : tensor<6xf32>) : tensor<6xf32>
  return
}

func.func @divide_floats() {
  %a = util.unfoldable_constant dense<[1.5, -2.25, 0.0, -7.0, 3000000.0, 0.1]> : tensor<6xf32>
  %b = util.unfoldable_constant dense<[2.0, 0.5, -3.0, 7.0, -0.25, 0.30000001]> : tensor<6xf32>
  %r = stablehlo.divide %a, %b : tensor<6xf32>
  check.expect_almost_eq_const(%r, dense<[0.75, -4.5, -0.0, -1.0, -12000000.0, 0.33333331]> : tensor<6xf32>) : tensor<6xf32>
  return
}

func.func @multiply_scalars() {
  %a = util.unfoldable_constant dense<-1.5> : tensor<f32>
  %b = util.unfoldable_constant dense<6.0> : tensor<f32>
  %r = stablehlo.multiply %a, %b : tensor<f32>
  check.expect_almost_eq_const(%r, dense<-9.0> : tensor<f32>) : tensor<f32>
  return
}

func.func @maximum_floats() {
  %a = util.unfoldable_constant dense<[1.5, -2.25, 0.0, -7.0, 3000000.0, 0.1]> : tensor<6xf32>
  %b = util.unfoldable_constant dense<[2.0, 0.5, -3.0, 7.0, -0.25, 0.30000001]> : tensor<6xf32>
  %r = stablehlo.maximum %a, %b : tensor<6xf32>
  check.expect_almost_eq_const(%r, dense<[2.0, 0.5, 0.0, 7.0, 3000000.0, 0.30000001]> : tensor<6xf32>) : tensor<6xf32>
  return
}

func.func @minimum_floats() {
  %a = util.unfoldable_constant dense<[1.5, -2.25, 0.0, -7.0, 3000000.0, 0.1]> : tensor<6xf32>
  %b = util.unfoldable_constant dense<[2.0, 0.5, -3.0, 7.0, -0.25, 0.30000001]> : tensor<6xf32>
  %r = stablehlo.minimum %a, %b : tensor<6xf32>
  check.expect_almost_eq_const(%r, dense<[1.5, -2.25, -3.0, -7.0, -0.25, 0.1]> : tensor<6xf32>) : tensor<6xf32>
  return
}

func.func @maximum_hands_nan_on() {
  %a = util.unfoldable_constant dense<[0x7FC00000, 1.0, 0x7F800000, 0xFF800000]> : tensor<4xf32>
  %b = util.unfoldable_constant dense<[1.0, 0x7FC00000, 2.0, 3.0]> : tensor<4xf32>
  %r = stablehlo.maximum %a, %b : tensor<4xf32>
  check.expect_almost_eq_const(%r, dense<[0x7FC00000, 0x7FC00000, 0x7F800000, 3.0]> : tensor<4xf32>) : tensor<4xf32>
  return
}

func.func @minimum_hands_nan_on() {
  %a = util.unfoldable_constant dense<[0x7FC00000, 1.0, 0x7F800000, 0xFF800000]> : tensor<4xf32>
  %b = util.unfoldable_constant dense<[1.0, 0x7FC00000, 2.0, 3.0]> : tensor<4xf32>
  %r = stablehlo.minimum %a, %b : tensor<4xf32>
  check.expect_almost_eq_const(%r, dense<[0x7FC00000, 0x7FC00000, 2.0, 0xFF800000]> : tensor<4xf32>) : tensor<4xf32>
  return
}

func.func @negate_floats() {
  %a = util.unfoldable_constant dense<[1.5, -2.25, 0.0, -7.0, 3000000.0, 0.1]> : tensor<6xf32>
  %r = stablehlo.negate %a : tensor<6xf32>
  check.expect_almost_eq_const(%r, dense<[-1.5, 2.25, -0.0, 7.0, -3000000.0, -0.1]> : tensor<6xf32>) : tensor<6xf32>
  return
}

func.func @floor_floats() {
  %a = util.unfoldable_constant dense<[-1.5, 1.5, 0.0, 2.9990001, -3.0, 1000000.0]> : tensor<6xf32>
  %r = stablehlo.floor %a : tensor<6xf32>
  check.expect_almost_eq_const(%r, dense<[-2.0, 1.0, 0.0, 2.0, -3.0, 1000000.0]> : tensor<6xf32>) : tensor<6xf32>
  return
}

func.func @ceil_floats() {
  %a = util.unfoldable_constant dense<[-1.5, 1.5, 0.0, 2.0009999, -3.0]> : tensor<5xf32>
  %r = stablehlo.ceil %a : tensor<5xf32>
  check.expect_almost_eq_const(%r, dense<[-1.0, 2.0, 0.0, 3.0, -3.0]> : tensor<5xf32>) : tensor<5xf32>
  return
}

func.func @round_halves_away() {
  %a = util.unfoldable_constant dense<[0.5, -0.5, 1.5, 2.5, -2.5, 0.49999997, 8388609.0, -1.2]> : tensor<8xf32>
  %r = stablehlo.round_nearest_afz %a : tensor<8xf32>
  check.expect_almost_eq_const(%r, dense<[1.0, -1.0, 2.0, 3.0, -3.0, 0.0, 8388609.0, -1.0]> : tensor<8xf32>) : tensor<8xf32>
  return
}

func.func @round_halves_to_even() {
  %a = util.unfoldable_constant dense<[0.5, -0.5, 1.5, 2.5, -2.5, 0.49999997, 8388609.0, -1.2]> : tensor<8xf32>
  %r = stablehlo.round_nearest_even %a : tensor<8xf32>
  check.expect_almost_eq_const(%r, dense<[0.0, -0.0, 2.0, 2.0, -2.0, 0.0, 8388609.0, -1.0]> : tensor<8xf32>) : tensor<8xf32>
  return
}

func.func @square_root() {
  %a = util.unfoldable_constant dense<[0.0, 1.0, 2.0, 1.0e+08, 0.25]> : tensor<5xf32>
  %r = stablehlo.sqrt %a : tensor<5xf32>
  check.expect_almost_eq_const(%r, dense<[0.0, 1.0, 1.4142135, 10000.0, 0.5]> : tensor<5xf32>) : tensor<5xf32>
  return
}

func.func @reciprocal_square_root() {
  %a = util.unfoldable_constant dense<[1.0, 4.0, 0.25, 20000.0]> : tensor<4xf32>
  %r = stablehlo.rsqrt %a : tensor<4xf32>
  check.expect_almost_eq_const(%r, dense<[1.0, 0.5, 2.0, 0.007071068]> : tensor<4xf32>) : tensor<4xf32>
  return
}

func.func @remainder_floats() {
  %a = util.unfoldable_constant dense<[7.0, -7.0, 4.5, -0.25, 6.0]> : tensor<5xf32>
  %b = util.unfoldable_constant dense<[3.0, 3.0, -2.0, 1.0, -3.0]> : tensor<5xf32>
  %r = stablehlo.remainder %a, %b : tensor<5xf32>
  check.expect_almost_eq_const(%r, dense<[1.0, -1.0, 0.5, -0.25, 0.0]> : tensor<5xf32>) : tensor<5xf32>
  return
}

func.func @power_floats() {
  %a = util.unfoldable_constant dense<[2.0, 3.0, 4.0, 0.5, 9.0]> : tensor<5xf32>
  %b = util.unfoldable_constant dense<[10.0, 2.0, 0.5, -2.0, -0.5]> : tensor<5xf32>
  %r = stablehlo.power %a, %b : tensor<5xf32>
  check.expect_almost_eq_const(%r, dense<[1024.0, 9.0, 2.0, 4.0, 0.33333334]> : tensor<5xf32>) : tensor<5xf32>
  return
}

func.func @clamp_floats() {
  %a = util.unfoldable_constant dense<-1.0> : tensor<f32>
  %b = util.unfoldable_constant dense<[1.5, -2.25, 0.0, -7.0, 3000000.0, 0.1]> : tensor<6xf32>
  %c = util.unfoldable_constant dense<2.0> : tensor<f32>
  %r = stablehlo.clamp %a, %b, %c : (tensor<f32>, tensor<6xf32>, tensor<f32>) -> tensor<6xf32>
  check.expect_almost_eq_const(%r, dense<[1.5, -1.0, 0.0, -1.0, 2.0, 0.1]> : tensor<6xf32>) : tensor<6xf32>
  return
}

func.func @compare_floats() {
  %a = util.unfoldable_constant dense<[1.0, 2.0, 3.0, -1.0, 0x7F800000]> : tensor<5xf32>
  %b = util.unfoldable_constant dense<[1.0, 3.0, 2.0, -1.0, 1.0]> : tensor<5xf32>
  %tEQ = stablehlo.compare EQ, %a, %b, FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
  %eq = stablehlo.convert %tEQ : (tensor<5xi1>) -> tensor<5xi8>
  %tNE = stablehlo.compare NE, %a, %b, FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
  %ne = stablehlo.convert %tNE : (tensor<5xi1>) -> tensor<5xi8>
  %tLT = stablehlo.compare LT, %a, %b, FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
  %lt = stablehlo.convert %tLT : (tensor<5xi1>) -> tensor<5xi8>
  %tLE = stablehlo.compare LE, %a, %b, FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
  %le = stablehlo.convert %tLE : (tensor<5xi1>) -> tensor<5xi8>
  %tGT = stablehlo.compare GT, %a, %b, FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
  %gt = stablehlo.convert %tGT : (tensor<5xi1>) -> tensor<5xi8>
  %tGE = stablehlo.compare GE, %a, %b, FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
  %ge = stablehlo.convert %tGE : (tensor<5xi1>) -> tensor<5xi8>
  check.expect_eq_const(%eq, dense<[1, 0, 0, 1, 0]> : tensor<5xi8>) : tensor<5xi8>
  check.expect_eq_const(%ne, dense<[0, 1, 1, 0, 1]> : tensor<5xi8>) : tensor<5xi8>
  check.expect_eq_const(%lt, dense<[0, 1, 0, 0, 0]> : tensor<5xi8>) : tensor<5xi8>
  check.expect_eq_const(%le, dense<[1, 1, 0, 1, 0]> : tensor<5xi8>) : tensor<5xi8>
  check.expect_eq_const(%gt, dense<[0, 0, 1, 0, 1]> : tensor<5xi8>) : tensor<5xi8>
  check.expect_eq_const(%ge, dense<[1, 0, 1, 1, 1]> : tensor<5xi8>) : tensor<5xi8>
  return
}

func.func @compare_floats_with_nan() {
  %a = util.unfoldable_constant dense<[1.0, 0x7FC00000, 3.0, 0x7FC00000, 0x7F800000]> : tensor<5xf32>
  %b = util.unfoldable_constant dense<[1.0, 3.0, 2.0, -1.0, 1.0]> : tensor<5xf32>
  %tEQ = stablehlo.compare EQ, %a, %b, FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
  %eq = stablehlo.convert %tEQ : (tensor<5xi1>) -> tensor<5xi8>
  %tNE = stablehlo.compare NE, %a, %b, FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
  %ne = stablehlo.convert %tNE : (tensor<5xi1>) -> tensor<5xi8>
  %tLT = stablehlo.compare LT, %a, %b, FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
  %lt = stablehlo.convert %tLT : (tensor<5xi1>) -> tensor<5xi8>
  %tGT = stablehlo.compare GT, %a, %b, FLOAT : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xi1>
  %gt = stablehlo.convert %tGT : (tensor<5xi1>) -> tensor<5xi8>
  check.expect_eq_const(%eq, dense<[1, 0, 0, 0, 0]> : tensor<5xi8>) : tensor<5xi8>
  check.expect_eq_const(%ne, dense<[0, 1, 1, 1, 1]> : tensor<5xi8>) : tensor<5xi8>
  check.expect_eq_const(%lt, dense<0> : tensor<5xi8>) : tensor<5xi8>
  check.expect_eq_const(%gt, dense<[0, 0, 1, 0, 1]> : tensor<5xi8>) : tensor<5xi8>
  return
}

func.func @is_finite() {
  %a = util.unfoldable_constant dense<[1.0, 0x7F800000, 0xFF800000, -0.0, 3.0e+38]> : tensor<5xf32>
  %t = stablehlo.is_finite %a : (tensor<5xf32>) -> tensor<5xi1>
  %r = stablehlo.convert %t : (tensor<5xi1>) -> tensor<5xi8>
  check.expect_eq_const(%r, dense<[1, 0, 0, 1, 1]> : tensor<5xi8>) : tensor<5xi8>
  return
}

func.func @select_floats() {
  %a = util.unfoldable_constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %b = util.unfoldable_constant dense<[3.0, 2.0, 1.0]> : tensor<3xf32>
  %t = stablehlo.compare GT, %a, %b : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xi1>
  %r = stablehlo.select %t, %a, %b : tensor<3xi1>, tensor<3xf32>
  check.expect_almost_eq_const(%r, dense<[3.0, 2.0, 3.0]> : tensor<3xf32>) : tensor<3xf32>
  return
}

func.func @select_by_a_scalar() {
  %a = util.unfoldable_constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %b = util.unfoldable_constant dense<[3.0, 2.0, 1.0]> : tensor<3xf32>
  %c = util.unfoldable_constant dense<7> : tensor<i32>
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %t = stablehlo.compare LT, %c, %zero : (tensor<i32>, tensor<i32>) -> tensor<i1>
  %r = stablehlo.select %t, %a, %b : tensor<i1>, tensor<3xf32>
  check.expect_almost_eq_const(%r, dense<[3.0, 2.0, 1.0]> : tensor<3xf32>) : tensor<3xf32>
  return
}

func.func @atan2_floats() {
  %a = util.unfoldable_constant dense<[1.0, -1.0, 0.5, 3.0]> : tensor<4xf32>
  %b = util.unfoldable_constant dense<[1.0, 2.0, -3.0, -0.5]> : tensor<4xf32>
  %r = stablehlo.atan2 %a, %b : tensor<4xf32>
  check.expect_almost_eq_const(%r, dense<[0.78539813, -0.46364763, 2.976444, 1.7359451]> : tensor<4xf32>) : tensor<4xf32>
  return
}
