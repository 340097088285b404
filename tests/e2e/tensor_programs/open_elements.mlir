// Functions of open sizes with elements of all kinds, and with loops of the host.
func.func @bytes(%a: tensor<?xui8>) -> tensor<?xui8> {
  %0 = stablehlo.add %a, %a : tensor<?xui8>
  return %0 : tensor<?xui8>
}
func.func @inverted(%a: tensor<?xi1>) -> tensor<?xi1> {
  %0 = stablehlo.not %a : tensor<?xi1>
  return %0 : tensor<?xi1>
}
func.func @squares(%a: tensor<?xf16>) -> tensor<?xf16> {
  %0 = stablehlo.multiply %a, %a : tensor<?xf16>
  return %0 : tensor<?xf16>
}
func.func @sums_of_four(%a: tensor<?xf32>, %b: tensor<4xf32>) -> tensor<?xf32> {
  %0 = stablehlo.add %a, %b : (tensor<?xf32>, tensor<4xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
func.func @negated(%a: tensor<?x2x?x1x?x2xf32>) -> tensor<?x2x?x1x?x2xf32> {
  %0 = stablehlo.negate %a : tensor<?x2x?x1x?x2xf32>
  return %0 : tensor<?x2x?x1x?x2xf32>
}
func.func @doubled(%a: tensor<?xf32>) -> tensor<?xf32> {
  %c = stablehlo.constant dense<3> : tensor<i32>
  %z = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %0:2 = stablehlo.while(%i = %z, %x = %a) : tensor<i32>, tensor<?xf32>
    cond {
      %p = stablehlo.compare LT, %i, %c : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %p : tensor<i1>
    } do {
      %j = stablehlo.add %i, %one : tensor<i32>
      %y = stablehlo.add %x, %x : tensor<?xf32>
      stablehlo.return %j, %y : tensor<i32>, tensor<?xf32>
    }
  return %0#1 : tensor<?xf32>
}
func.func @both(%a: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>, tensor<2xf32>) {
  %c = stablehlo.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %0 = stablehlo.negate %a : tensor<?xf32>
  return %a, %0, %c : tensor<?xf32>, tensor<?xf32>, tensor<2xf32>
}
func.func @products_of_complex(%a: tensor<?xcomplex<f32>>) -> tensor<?xcomplex<f32>> {
  %0 = stablehlo.multiply %a, %a : tensor<?xcomplex<f32>>
  return %0 : tensor<?xcomplex<f32>>
}
