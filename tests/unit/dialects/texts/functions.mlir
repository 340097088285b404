func.func @f(%x: tensor<4xf32>, %c: tensor<4xcomplex<f32>>, %s: tensor<f32>, %i: tensor<4xi32>, %m: tensor<2x4xf32>, %n: tensor<2x4xi32>, %r: tensor<2xf32>, %p: tensor<4xi1>, %g: tensor<3xi32>, %q: tensor<4x!quant.uniform<ui8<1:254>:f32, 5.000000e-01:128>>) {
  %0 = chlo._asin_acos_kernel %c : tensor<4xcomplex<f32>> -> tensor<4xcomplex<f32>>
  %1 = chlo.acos %x : tensor<4xf32> -> tensor<4xf32>
  %2 = chlo.acosh %x : tensor<4xf32> -> tensor<4xf32>
  %3 = chlo.asin %x : tensor<4xf32> -> tensor<4xf32>
  %4 = chlo.asinh %x : tensor<4xf32> -> tensor<4xf32>
  %5 = chlo.atan %x : tensor<4xf32> -> tensor<4xf32>
  %6 = chlo.atanh %x : tensor<4xf32> -> tensor<4xf32>
  %7 = chlo.bessel_i1e %x : tensor<4xf32> -> tensor<4xf32>
  %8 = chlo.conj %x : tensor<4xf32> -> tensor<4xf32>
  %9 = chlo.cosh %x : tensor<4xf32> -> tensor<4xf32>
  %10 = chlo.digamma %x : tensor<4xf32> -> tensor<4xf32>
  %11 = chlo.erf %x : tensor<4xf32> -> tensor<4xf32>
  %12 = chlo.erf_inv %x : tensor<4xf32> -> tensor<4xf32>
  %13 = chlo.erfc %x : tensor<4xf32> -> tensor<4xf32>
  %14 = chlo.lgamma %x : tensor<4xf32> -> tensor<4xf32>
  %15 = chlo.sinh %x : tensor<4xf32> -> tensor<4xf32>
  %16 = chlo.square %x : tensor<4xf32> -> tensor<4xf32>
  %17 = chlo.tan %x : tensor<4xf32> -> tensor<4xf32>
  %18 = chlo.is_inf %x : tensor<4xf32> -> tensor<4xi1>
  %19 = chlo.is_neg_inf %x : tensor<4xf32> -> tensor<4xi1>
  %20 = chlo.is_pos_inf %x : tensor<4xf32> -> tensor<4xi1>
  %21 = chlo.mulhi %i, %i : tensor<4xi32>, tensor<4xi32> -> tensor<4xi32>
  %22 = chlo.next_after %x, %x : tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
  %23 = chlo.polygamma %x, %x : tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
  %24 = chlo.zeta %x, %x : tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
  %25 = chlo.broadcast_add %m, %x : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %26 = chlo.broadcast_and %n, %i : (tensor<2x4xi32>, tensor<4xi32>) -> tensor<2x4xi32>
  %27 = chlo.broadcast_atan2 %m, %x : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %28 = chlo.broadcast_divide %m, %x : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %29 = chlo.broadcast_maximum %m, %x : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %30 = chlo.broadcast_minimum %m, %x : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %31 = chlo.broadcast_multiply %m, %x : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %32 = chlo.broadcast_or %n, %i : (tensor<2x4xi32>, tensor<4xi32>) -> tensor<2x4xi32>
  %33 = chlo.broadcast_power %m, %x : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %34 = chlo.broadcast_remainder %m, %x : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %35 = chlo.broadcast_shift_left %n, %i : (tensor<2x4xi32>, tensor<4xi32>) -> tensor<2x4xi32>
  %36 = chlo.broadcast_shift_right_arithmetic %n, %i : (tensor<2x4xi32>, tensor<4xi32>) -> tensor<2x4xi32>
  %37 = chlo.broadcast_shift_right_logical %n, %i : (tensor<2x4xi32>, tensor<4xi32>) -> tensor<2x4xi32>
  %38 = chlo.broadcast_subtract %m, %x : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %39 = chlo.broadcast_xor %n, %i : (tensor<2x4xi32>, tensor<4xi32>) -> tensor<2x4xi32>
  %40 = chlo.broadcast_next_after %m, %x : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %41 = chlo.broadcast_polygamma %m, %x : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %42 = chlo.broadcast_zeta %m, %x : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %43 = chlo.broadcast_add %m, %r {broadcast_dimensions = array<i64: 0>} : (tensor<2x4xf32>, tensor<2xf32>) -> tensor<2x4xf32>
  %44 = chlo.broadcast_compare %m, %x {comparison_direction = #chlo<comparison_direction LT>, compare_type = #chlo<comparison_type TOTALORDER>} : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xi1>
  %45 = chlo.broadcast_complex %m, %x : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xcomplex<f32>>
  %46 = chlo.broadcast_select %p, %s, %x : (tensor<4xi1>, tensor<f32>, tensor<4xf32>) -> tensor<4xf32>
  %47 = chlo.constant dense<1.000000e+00> : tensor<4xf32>
  %48 = "chlo.constant_like"(%m) <{value = 3.200000e+00 : f32}> : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %49 = "chlo.ragged_dot"(%m, %x, %g) <{precision_config = [#chlo<precision DEFAULT>, #chlo<precision HIGHEST>], ragged_dot_dimension_numbers = #chlo.ragged_dot<lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [0], lhs_ragged_dimensions = [1]>}> : (tensor<2x4xf32>, tensor<4xf32>, tensor<3xi32>) -> tensor<3x2xf32>
  %50 = stablehlo.cbrt %x : tensor<4xf32>
  %51 = stablehlo.count_leading_zeros %i : tensor<4xi32>
  %52 = stablehlo.popcnt %i : tensor<4xi32>
  %53 = stablehlo.round_nearest_afz %x : tensor<4xf32>
  %54 = stablehlo.sign %x : tensor<4xf32>
  %55 = stablehlo.tan %x : tensor<4xf32>
  %56 = stablehlo.shift_left %i, %i : tensor<4xi32>
  %57 = stablehlo.shift_right_arithmetic %i, %i : tensor<4xi32>
  %58 = stablehlo.shift_right_logical %i, %i : tensor<4xi32>
  %59 = stablehlo.clamp %s, %x, %s : (tensor<f32>, tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %60 = stablehlo.clamp %x, %x, %x : tensor<4xf32>
  %61 = stablehlo.real %c : (tensor<4xcomplex<f32>>) -> tensor<4xf32>
  %62 = stablehlo.imag %c : (tensor<4xcomplex<f32>>) -> tensor<4xf32>
  %63 = stablehlo.complex %x, %x : tensor<4xcomplex<f32>>
  %64 = stablehlo.is_finite %x : (tensor<4xf32>) -> tensor<4xi1>
  %65 = stablehlo.uniform_quantize %x : (tensor<4xf32>) -> tensor<4x!quant.uniform<i8:f32:0, {1.000000e-01:-30,5.000000e-01:-20,1.000000e+00,2.000000e+00:3}>>
  %66 = stablehlo.uniform_dequantize %q : (tensor<4x!quant.uniform<ui8<1:254>:f32, 5.000000e-01:128>>) -> tensor<4xf32>
  %67 = stablehlo.constant() <{value = dense<[1, 2]> : tensor<2xi8>}> {note} : () -> tensor<2x!quant.uniform<i8<-127:127>:f32, 2.000000e+00:15>>
  %68 = stablehlo.add %q, %q : tensor<4x!quant.uniform<ui8<1:254>:f32, 5.000000e-01:128>>
  %69 = stablehlo.dot %m, %x, precision = [DEFAULT, HIGH] : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2xf32>
  %single = stablehlo.dot %m, %x, precision = [DEFAULT] : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2xf32>
  %70 = stablehlo.einsum %m, %m, config = "ab,cb->ac" : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x2xf32>
  %71 = stablehlo.unary_einsum %m, config = "ab->a" : (tensor<2x4xf32>) -> tensor<2xf32>
  %72, %73 = chlo.top_k(%m, k = 2) : tensor<2x4xf32> -> (tensor<2x2xf32>, tensor<2x2xi32>)
  %74, %75 = chlo.top_k(%m, k = 2, is_stable = false) : tensor<2x4xf32> -> (tensor<2x2xf32>, tensor<2x2xi32>)
  %76, %77 = chlo.scan(%m) inits (%x) dimension=0 attributes {scan_dim_size = 2 : i64} {
  ^bb0(%in: tensor<4xf32>, %carry: tensor<4xf32>):
    %sum = stablehlo.add %in, %carry : tensor<4xf32>
    stablehlo.return %sum, %sum : tensor<4xf32>, tensor<4xf32>
  } : (tensor<2x4xf32>, tensor<4xf32>) -> (tensor<2x4xf32>, tensor<4xf32>)
  return
}
