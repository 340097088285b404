// Control flow on the host: loops, choices, assertions.

func.func @while_counts() {
  %a = util.unfoldable_constant dense<1> : tensor<i32>
  %b = util.unfoldable_constant dense<5> : tensor<i32>
  %r = stablehlo.while(%i = %a) : tensor<i32>
  cond {
    %c = stablehlo.compare LT, %i, %b : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %n = stablehlo.add %i, %i : tensor<i32>
    stablehlo.return %n : tensor<i32>
  }
  check.expect_eq_const(%r, dense<8> : tensor<i32>) : tensor<i32>
  return
}

func.func @while_carries_a_tensor() {
  %a = util.unfoldable_constant dense<3> : tensor<i32>
  %b = util.unfoldable_constant dense<[1.0, -2.0]> : tensor<2xf32>
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %n, %r = stablehlo.while(%i = %a, %x = %b) : tensor<i32>, tensor<2xf32>
  cond {
    %c = stablehlo.compare GT, %i, %zero : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %m = stablehlo.subtract %i, %one : tensor<i32>
    %y = stablehlo.multiply %x, %b : tensor<2xf32>
    %z = stablehlo.add %y, %b : tensor<2xf32>
    stablehlo.return %m, %z : tensor<i32>, tensor<2xf32>
  }
  check.expect_eq_const(%n, dense<0> : tensor<i32>) : tensor<i32>
  check.expect_almost_eq_const(%r, dense<[4.0, 10.0]> : tensor<2xf32>) : tensor<2xf32>
  return
}

func.func @if_true() {
  %a = util.unfoldable_constant dense<4> : tensor<i32>
  %b = util.unfoldable_constant dense<[1.0, 2.0]> : tensor<2xf32>
  %three = stablehlo.constant dense<3> : tensor<i32>
  %t = stablehlo.compare GT, %a, %three : (tensor<i32>, tensor<i32>) -> tensor<i1>
  %r = "stablehlo.if"(%t) ({
    %p = stablehlo.add %b, %b : tensor<2xf32>
    stablehlo.return %p : tensor<2xf32>
  }, {
    %q = stablehlo.multiply %b, %b : tensor<2xf32>
    stablehlo.return %q : tensor<2xf32>
  }) : (tensor<i1>) -> tensor<2xf32>
  check.expect_almost_eq_const(%r, dense<[2.0, 4.0]> : tensor<2xf32>) : tensor<2xf32>
  return
}

func.func @an_assertion_that_holds() {
  %a = util.unfoldable_constant dense<[1.0, 2.0]> : tensor<2xf32>
  %b = util.unfoldable_constant dense<[3.0, 4.0]> : tensor<2xf32>
  %t = stablehlo.compare LT, %a, %b : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
  stablehlo.custom_call @shape_assertion(%t) {error_message = "not less", has_side_effect = true} : (tensor<2xi1>) -> ()
  %r = stablehlo.add %a, %b : tensor<2xf32>
  check.expect_almost_eq_const(%r, dense<[4.0, 6.0]> : tensor<2xf32>) : tensor<2xf32>
  return
}
