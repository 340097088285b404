// Functions of tensors whose types leave sizes open.
func.func @reduce_sum_1d(%a: tensor<?xi32>) -> tensor<i32> {
  %c = stablehlo.constant dense<0> : tensor<i32>
  %1 = stablehlo.reduce(%a init: %c) applies stablehlo.add across dimensions = [0] : (tensor<?xi32>, tensor<i32>) -> tensor<i32>
  return %1 : tensor<i32>
}
func.func @reduce_sum_2d(%a: tensor<?x3xi32>) -> tensor<3xi32> {
  %c = stablehlo.constant dense<0> : tensor<i32>
  %1 = stablehlo.reduce(%a init: %c) applies stablehlo.add across dimensions = [0] : (tensor<?x3xi32>, tensor<i32>) -> tensor<3xi32>
  return %1 : tensor<3xi32>
}
func.func @add_one(%a: tensor<?xi32>) -> tensor<?xi32> {
  %c = stablehlo.constant dense<1> : tensor<i32>
  %0 = stablehlo.get_dimension_size %a, dim = 0 : (tensor<?xi32>) -> tensor<i32>
  %1 = stablehlo.reshape %0 : (tensor<i32>) -> tensor<1xi32>
  %2 = stablehlo.dynamic_broadcast_in_dim %c, %1, dims = [] : (tensor<i32>, tensor<1xi32>) -> tensor<?xi32>
  %3 = stablehlo.add %a, %2 : tensor<?xi32>
  return %3 : tensor<?xi32>
}
func.func @products(%a: tensor<?x3xf32>, %b: tensor<?x3xf32>) -> tensor<?xf32> {
  %0 = stablehlo.multiply %a, %b : tensor<?x3xf32>
  %c = stablehlo.constant dense<0.0> : tensor<f32>
  %1 = stablehlo.reduce(%0 init: %c) applies stablehlo.add across dimensions = [1] : (tensor<?x3xf32>, tensor<f32>) -> tensor<?xf32>
  %2 = stablehlo.exponential %1 : tensor<?xf32>
  return %2 : tensor<?xf32>
}
func.func @matmul(%a: tensor<?x?xf32>, %b: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}
func.func @accumulated(%lhs: tensor<?x?xi8>, %rhs: tensor<?x?xi8>, %acc: tensor<?x?xi32>) -> tensor<?x?xi32> {
  %r1 = linalg.matmul ins(%lhs, %rhs: tensor<?x?xi8>, tensor<?x?xi8>) outs(%acc: tensor<?x?xi32>) -> tensor<?x?xi32>
  %r2 = linalg.matmul ins(%lhs, %rhs: tensor<?x?xi8>, tensor<?x?xi8>) outs(%r1: tensor<?x?xi32>) -> tensor<?x?xi32>
  return %r2: tensor<?x?xi32>
}
func.func @fills(%arg0: tensor<?x?xi64>) -> (tensor<?x?xi64>, tensor<?x?xi64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = tensor.dim %arg0, %c0 : tensor<?x?xi64>
  %1 = tensor.dim %arg0, %c1 : tensor<?x?xi64>
  %k0 = arith.constant -1 : i64
  %e0 = tensor.empty(%0, %1) : tensor<?x?xi64>
  %v0 = linalg.fill ins(%k0 : i64) outs(%e0 : tensor<?x?xi64>) -> tensor<?x?xi64>
  %k1 = arith.constant 9223372036854775807 : i64
  %e1 = tensor.empty(%0, %1) : tensor<?x?xi64>
  %v1 = linalg.fill ins(%k1 : i64) outs(%e1 : tensor<?x?xi64>) -> tensor<?x?xi64>
  return %v0, %v1 : tensor<?x?xi64>, tensor<?x?xi64>
}
func.func @transpose(%a: tensor<?x3x?xf32>) -> tensor<?x?x3xf32> {
  %0 = stablehlo.transpose %a, dims = [2, 0, 1] : (tensor<?x3x?xf32>) -> tensor<?x?x3xf32>
  return %0 : tensor<?x?x3xf32>
}
func.func @softmax(%a: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = tensor.dim %a, %c0 : tensor<?x?xf32>
  %1 = tensor.dim %a, %c1 : tensor<?x?xf32>
  %e = tensor.empty(%0, %1) : tensor<?x?xf32>
  %sm = linalg.softmax dimension(1) ins(%a : tensor<?x?xf32>) outs(%e : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %sm : tensor<?x?xf32>
}
func.func @flatten(%a: tensor<?x3xf32>) -> tensor<?xf32> {
  %0 = stablehlo.get_dimension_size %a, dim = 0 : (tensor<?x3xf32>) -> tensor<i32>
  %c3 = stablehlo.constant dense<3> : tensor<i32>
  %1 = stablehlo.multiply %0, %c3 : tensor<i32>
  %2 = stablehlo.reshape %1 : (tensor<i32>) -> tensor<1xi32>
  %3 = stablehlo.dynamic_reshape %a, %2 : (tensor<?x3xf32>, tensor<1xi32>) -> tensor<?xf32>
  return %3 : tensor<?xf32>
}
func.func @mean(%a: tensor<?x4xf32>) -> tensor<4xf32> {
  %c = stablehlo.constant dense<0.0> : tensor<f32>
  %1 = stablehlo.reduce(%a init: %c) applies stablehlo.add across dimensions = [0] : (tensor<?x4xf32>, tensor<f32>) -> tensor<4xf32>
  %0 = stablehlo.get_dimension_size %a, dim = 0 : (tensor<?x4xf32>) -> tensor<i32>
  %n = stablehlo.convert %0 : (tensor<i32>) -> tensor<f32>
  %b = stablehlo.broadcast_in_dim %n, dims = [] : (tensor<f32>) -> tensor<4xf32>
  %2 = stablehlo.divide %1, %b : tensor<4xf32>
  return %2 : tensor<4xf32>
}
func.func @iota(%a: tensor<?xf32>) -> tensor<?xf32> {
  %0 = stablehlo.get_dimension_size %a, dim = 0 : (tensor<?xf32>) -> tensor<i32>
  %2 = stablehlo.reshape %0 : (tensor<i32>) -> tensor<1xi32>
  %3 = stablehlo.dynamic_iota %2, dim = 0 : (tensor<1xi32>) -> tensor<?xf32>
  %4 = stablehlo.add %a, %3 : tensor<?xf32>
  return %4 : tensor<?xf32>
}
func.func @chain(%a: tensor<?x4xf32>, %w: tensor<4x8xf32>, %b: tensor<8xf32>) -> tensor<?x8xf32> {
  %0 = stablehlo.dot_general %a, %w, contracting_dims = [1] x [0] : (tensor<?x4xf32>, tensor<4x8xf32>) -> tensor<?x8xf32>
  %n = stablehlo.get_dimension_size %a, dim = 0 : (tensor<?x4xf32>) -> tensor<i32>
  %n1 = stablehlo.reshape %n : (tensor<i32>) -> tensor<1xi32>
  %c8 = stablehlo.constant dense<8> : tensor<1xi32>
  %s = stablehlo.concatenate %n1, %c8, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
  %bb = stablehlo.dynamic_broadcast_in_dim %b, %s, dims = [1] : (tensor<8xf32>, tensor<2xi32>) -> tensor<?x8xf32>
  %1 = stablehlo.add %0, %bb : tensor<?x8xf32>
  %2 = stablehlo.tanh %1 : tensor<?x8xf32>
  return %2 : tensor<?x8xf32>
}
func.func @concat(%a: tensor<?x2xf32>, %b: tensor<?x2xf32>, %c: tensor<3x2xf32>) -> tensor<?x2xf32> {
  %0 = stablehlo.concatenate %a, %b, %c, dim = 0 : (tensor<?x2xf32>, tensor<?x2xf32>, tensor<3x2xf32>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
func.func @concat1(%a: tensor<?x2xf32>, %b: tensor<?x3xf32>) -> tensor<?x5xf32> {
  %0 = stablehlo.concatenate %a, %b, dim = 1 : (tensor<?x2xf32>, tensor<?x3xf32>) -> tensor<?x5xf32>
  return %0 : tensor<?x5xf32>
}
func.func @pad(%a: tensor<?x2xf32>, %v: tensor<f32>) -> tensor<?x5xf32> {
  %0 = stablehlo.pad %a, %v, low = [1, 2], high = [2, 0], interior = [2, 1] : (tensor<?x2xf32>, tensor<f32>) -> tensor<?x5xf32>
  return %0 : tensor<?x5xf32>
}
func.func @dpad(%a: tensor<?xf32>, %v: tensor<f32>) -> tensor<?xf32> {
  %n = stablehlo.get_dimension_size %a, dim = 0 : (tensor<?xf32>) -> tensor<i32>
  %l = stablehlo.reshape %n : (tensor<i32>) -> tensor<1xi32>
  %h = stablehlo.constant dense<[1]> : tensor<1xi32>
  %i = stablehlo.constant dense<[0]> : tensor<1xi32>
  %0 = stablehlo.dynamic_pad %a, %v, %l, %h, %i : (tensor<?xf32>, tensor<f32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
func.func @cut_pad(%a: tensor<?x3xf32>) -> tensor<?x4xf32> {
  %v = stablehlo.constant dense<7.0> : tensor<f32>
  %0 = stablehlo.pad %a, %v, low = [-4, 1], high = [-1, -2], interior = [2, 1] : (tensor<?x3xf32>, tensor<f32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
func.func @cut_dpad(%a: tensor<?xf32>) -> tensor<?xf32> {
  %v = stablehlo.constant dense<7.0> : tensor<f32>
  %n = stablehlo.get_dimension_size %a, dim = 0 : (tensor<?xf32>) -> tensor<i32>
  %s = stablehlo.reshape %n : (tensor<i32>) -> tensor<1xi32>
  %5 = stablehlo.constant dense<[5]> : tensor<1xi32>
  %4 = stablehlo.constant dense<[4]> : tensor<1xi32>
  %l = stablehlo.subtract %5, %s : tensor<1xi32>
  %h = stablehlo.subtract %s, %4 : tensor<1xi32>
  %i = stablehlo.constant dense<[1]> : tensor<1xi32>
  %0 = stablehlo.dynamic_pad %a, %v, %l, %h, %i : (tensor<?xf32>, tensor<f32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
func.func @tail(%a: tensor<?xf32>) -> tensor<?xf32> {
  %n = stablehlo.get_dimension_size %a, dim = 0 : (tensor<?xf32>) -> tensor<i32>
  %l = stablehlo.reshape %n : (tensor<i32>) -> tensor<1xi32>
  %s = stablehlo.constant dense<[1]> : tensor<1xi32>
  %t = stablehlo.constant dense<[2]> : tensor<1xi32>
  %0 = stablehlo.real_dynamic_slice %a, %s, %l, %t : (tensor<?xf32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
func.func @reversed(%a: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %0 = stablehlo.reverse %a, dims = [0, 1] : tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}
func.func @insert(%a: tensor<?xf32>, %b: tensor<2xf32>) -> tensor<?xf32> {
  %0 = tensor.insert_slice %b into %a[1] [2] [1] : tensor<2xf32> into tensor<?xf32>
  return %0 : tensor<?xf32>
}
func.func @extract(%a: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %n = tensor.dim %a, %c0 : tensor<?xf32>
  %m = arith.subi %n, %c2 : index
  %0 = tensor.extract_slice %a[1] [%m] [1] : tensor<?xf32> to tensor<?xf32>
  return %0 : tensor<?xf32>
}
func.func @folded(%a: tensor<?x4xf32>) -> tensor<?x2x2xf32> {
  %n = stablehlo.get_dimension_size %a, dim = 0 : (tensor<?x4xf32>) -> tensor<i32>
  %l = stablehlo.reshape %n : (tensor<i32>) -> tensor<1xi32>
  %t = stablehlo.constant dense<[2, 2]> : tensor<2xi32>
  %s = stablehlo.concatenate %l, %t, dim = 0 : (tensor<1xi32>, tensor<2xi32>) -> tensor<3xi32>
  %0 = stablehlo.dynamic_reshape %a, %s : (tensor<?x4xf32>, tensor<3xi32>) -> tensor<?x2x2xf32>
  return %0 : tensor<?x2x2xf32>
}
func.func @pairs(%a: tensor<?x4xf32>) -> tensor<?x2xf32> {
  %s = stablehlo.constant dense<[-1, 2]> : tensor<2xi32>
  %0 = "chlo.dynamic_reshape"(%a, %s) : (tensor<?x4xf32>, tensor<2xi32>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
func.func @rows_of(%a: tensor<?x4xf32>, %b: tensor<?xf32>) -> tensor<?x?xf32> {
  %n = stablehlo.get_dimension_size %b, dim = 0 : (tensor<?xf32>) -> tensor<i32>
  %l = stablehlo.reshape %n : (tensor<i32>) -> tensor<1xi32>
  %r = stablehlo.constant dense<-1> : tensor<1xi32>
  %s = stablehlo.concatenate %l, %r, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
  %0 = chlo.dynamic_reshape %a, %s : (tensor<?x4xf32>, tensor<2xi32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}
func.func @scaled(%a: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %n = stablehlo.get_dimension_size %a, dim = 0 : (tensor<?x4xf32>) -> tensor<i32>
  %two = stablehlo.constant dense<2> : tensor<i32>
  %enough = stablehlo.compare GE, %n, %two, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
  stablehlo.custom_call @shape_assertion(%enough, %n) {api_version = 2 : i32, error_message = "needs two rows, not {0}", has_side_effect = true} : (tensor<i1>, tensor<i32>) -> ()
  %0 = call @wrapped(%n, %a) : (tensor<i32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
func.func private @wrapped(%n: tensor<i32>, %a: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %f = stablehlo.convert %n : (tensor<i32>) -> tensor<f32>
  %l = stablehlo.reshape %n : (tensor<i32>) -> tensor<1xi32>
  %four = stablehlo.constant dense<4> : tensor<1xi32>
  %s = stablehlo.concatenate %l, %four, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
  %b = stablehlo.dynamic_broadcast_in_dim %f, %s, dims = [] : (tensor<f32>, tensor<2xi32>) -> tensor<?x4xf32>
  %0 = stablehlo.divide %a, %b : tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
