// RUN: ireelite-opt -p refine-shapes %s | filecheck %s

func.func @main(%x: tensor<6x4xf32>) -> tensor<?x2xf32> {
  %0 = stablehlo.convert %x : (tensor<6x4xf32>) -> tensor<?x4xf32>
  %1 = call @any(%0) : (tensor<?x4xf32>) -> tensor<?x2xf32>
  return %1 : tensor<?x2xf32>
}
func.func private @any(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  %n = stablehlo.get_dimension_size %x, dim = 0 : (tensor<?x4xf32>) -> tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %ok = stablehlo.compare GE, %n, %one, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
  stablehlo.custom_call @shape_assertion(%ok, %n) {error_message = "too small: {0}", has_side_effect = true} : (tensor<i1>, tensor<i32>) -> ()
  %two = stablehlo.constant dense<2> : tensor<i32>
  %rows = stablehlo.multiply %n, %two : tensor<i32>
  %r = stablehlo.reshape %rows : (tensor<i32>) -> tensor<1xi32>
  %c = stablehlo.constant dense<2> : tensor<1xi32>
  %shape = stablehlo.concatenate %r, %c, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
  %y = stablehlo.dynamic_reshape %x, %shape : (tensor<?x4xf32>, tensor<2xi32>) -> tensor<?x2xf32>
  %i = stablehlo.dynamic_iota %shape, dim = 0 : (tensor<2xi32>) -> tensor<?x2xf32>
  %z = stablehlo.add %y, %i : tensor<?x2xf32>
  return %z : tensor<?x2xf32>
}
// CHECK:         func.func @main(%x: tensor<6x4xf32>) -> tensor<12x2xf32> {
// CHECK-NOT:     shape_assertion
// CHECK:         %y = stablehlo.reshape %x : (tensor<6x4xf32>) -> tensor<12x2xf32>
// CHECK-NEXT:    %i = stablehlo.iota dim = 0 : tensor<12x2xf32>
// CHECK-NEXT:    %z = stablehlo.add %y, %i : tensor<12x2xf32>
// CHECK-NEXT:    return %z : tensor<12x2xf32>
// CHECK-NOT:     @any

func.func @each(%x: tensor<4xf32>, %v: tensor<f32>, %i: tensor<3x1xi32>, %m: tensor<16x8xf32>) -> (tensor<?xf32>, tensor<?xf32>, tensor<?x?xf32>, tensor<3x?xf32>, tensor<?xf32>, tensor<?xf32>) {
  %a = stablehlo.constant dense<1> : tensor<1xi64>
  %b = stablehlo.constant dense<3> : tensor<1xi64>
  %s = stablehlo.real_dynamic_slice %x, %a, %b, %a : (tensor<4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?xf32>
  %p = stablehlo.dynamic_pad %s, %v, %a, %b, %a : (tensor<?xf32>, tensor<f32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?xf32>
  %n = arith.constant dense<[2, 4]> : tensor<2xindex>
  %d = stablehlo.dynamic_broadcast_in_dim %x, %n, dims = [1] : (tensor<4xf32>, tensor<2xindex>) -> tensor<?x?xf32>
  %k = stablehlo.constant dense<[1, 8]> : tensor<2xi32>
  %g = "stablehlo.dynamic_gather"(%m, %i, %k) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>}> : (tensor<16x8xf32>, tensor<3x1xi32>, tensor<2xi32>) -> tensor<3x?xf32>
  %z = stablehlo.constant dense<2> : tensor<i32>
  %t = stablehlo.set_dimension_size %x, %z, dim = 0 : (tensor<4xf32>, tensor<i32>) -> tensor<?xf32, #stablehlo.bounds<4>>
  %w:2 = stablehlo.while(%q = %p, %j = %z) : tensor<?xf32>, tensor<i32> cond {
    %c = stablehlo.compare LT, %j, %z : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %e = stablehlo.add %q, %q : tensor<?xf32>
    stablehlo.return %e, %j : tensor<?xf32>, tensor<i32>
  }
  %u = stablehlo.convert %t : (tensor<?xf32, #stablehlo.bounds<4>>) -> tensor<?xf32>
  return %p, %w#0, %d, %g, %s, %u : tensor<?xf32>, tensor<?xf32>, tensor<?x?xf32>, tensor<3x?xf32>, tensor<?xf32>, tensor<?xf32>
}
// CHECK-LABEL: func.func @each
// CHECK-SAME:      -> (tensor<7xf32>, tensor<7xf32>, tensor<2x4xf32>, tensor<3x8xf32>, tensor<2xf32>, tensor<2xf32>)
// CHECK:         stablehlo.slice %x [1:3] : (tensor<4xf32>) -> tensor<2xf32>
// CHECK:         stablehlo.pad %s, %v, low = [1], high = [3], interior = [1] : (tensor<2xf32>, tensor<f32>) -> tensor<7xf32>
// CHECK:         stablehlo.broadcast_in_dim %x, dims = [1] : (tensor<4xf32>) -> tensor<2x4xf32>
// CHECK:         "stablehlo.gather"(%m, %i) {{.*}}slice_sizes = array<i64: 1, 8>{{.*}} -> tensor<3x8xf32>
// CHECK:         stablehlo.slice %x [0:2] : (tensor<4xf32>) -> tensor<2xf32>
// CHECK:         stablehlo.while(%q = %p, %j = %z) : tensor<7xf32>, tensor<i32>
