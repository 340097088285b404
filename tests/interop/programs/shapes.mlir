// Ops that move elements: broadcasts, slices, paddings, transpositions.

func.func @broadcast() {
  %a = util.unfoldable_constant dense<[1.0, 2.0]> : tensor<2xf32>
  %r = stablehlo.broadcast %a, sizes = [3] : (tensor<2xf32>) -> tensor<3x2xf32>
  check.expect_almost_eq_const(%r, dense<[[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]]> : tensor<3x2xf32>) : tensor<3x2xf32>
  return
}

func.func @broadcast_of_a_scalar() {
  %a = util.unfoldable_constant dense<2.5> : tensor<f32>
  %r = stablehlo.broadcast_in_dim %a, dims = [] : (tensor<f32>) -> tensor<2x2xf32>
  check.expect_almost_eq_const(%r, dense<2.5> : tensor<2x2xf32>) : tensor<2x2xf32>
  return
}

func.func @broadcast_of_rows() {
  %a = util.unfoldable_constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %r = stablehlo.broadcast_in_dim %a, dims = [1] : (tensor<3xf32>) -> tensor<2x3xf32>
  check.expect_almost_eq_const(%r, dense<[[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  return
}

func.func @broadcast_of_columns() {
  %a = util.unfoldable_constant dense<[[1], [2]]> : tensor<2x1xi32>
  %r = stablehlo.broadcast_in_dim %a, dims = [0, 1] : (tensor<2x1xi32>) -> tensor<2x3xi32>
  check.expect_eq_const(%r, dense<[[1, 1, 1], [2, 2, 2]]> : tensor<2x3xi32>) : tensor<2x3xi32>
  return
}

func.func @broadcast_then_add() {
  %a = util.unfoldable_constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
  %b = util.unfoldable_constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %r = chlo.broadcast_add %a, %b : (tensor<3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  check.expect_almost_eq_const(%r, dense<[[2.0, 4.0, 6.0], [5.0, 7.0, 9.0]]> : tensor<2x3xf32>) : tensor<2x3xf32>
  return
}

func.func @concatenate_rows() {
  %a = util.unfoldable_constant dense<[[1, 2, 3, 4]]> : tensor<1x4xi32>
  %b = util.unfoldable_constant dense<[[5, 6, 7, 8], [9, 10, 11, 12]]> : tensor<2x4xi32>
  %r = stablehlo.concatenate %a, %b, dim = 0 : (tensor<1x4xi32>, tensor<2x4xi32>) -> tensor<3x4xi32>
  check.expect_eq_const(%r, dense<[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]> : tensor<3x4xi32>) : tensor<3x4xi32>
  return
}

func.func @concatenate_three_columns() {
  %a = util.unfoldable_constant dense<[[1], [5], [9]]> : tensor<3x1xi32>
  %b = util.unfoldable_constant dense<[[2], [6], [10]]> : tensor<3x1xi32>
  %c = util.unfoldable_constant dense<[[3, 4], [7, 8], [11, 12]]> : tensor<3x2xi32>
  %r = stablehlo.concatenate %a, %b, %c, dim = 1 : (tensor<3x1xi32>, tensor<3x1xi32>, tensor<3x2xi32>) -> tensor<3x4xi32>
  check.expect_eq_const(%r, dense<[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]> : tensor<3x4xi32>) : tensor<3x4xi32>
  return
}

func.func @concatenate_with_nothing() {
  %a = util.unfoldable_constant dense<[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]> : tensor<3x4xi32>
  %b = stablehlo.constant dense<> : tensor<0x4xi32>
  %r = stablehlo.concatenate %a, %b, dim = 0 : (tensor<3x4xi32>, tensor<0x4xi32>) -> tensor<3x4xi32>
  check.expect_eq_const(%r, dense<[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]> : tensor<3x4xi32>) : tensor<3x4xi32>
  return
}

func.func @pad_edges_and_gaps() {
  %a = util.unfoldable_constant dense<[[1, 2, 3], [5, 6, 7], [9, 10, 11]]> : tensor<3x3xi32>
  %b = util.unfoldable_constant dense<9> : tensor<i32>
  %r = stablehlo.pad %a, %b, low = [1, 2], high = [1, 1], interior = [0, 1] : (tensor<3x3xi32>, tensor<i32>) -> tensor<5x8xi32>
  check.expect_eq_const(%r, dense<[[9, 9, 9, 9, 9, 9, 9, 9], [9, 9, 1, 9, 2, 9, 3, 9], [9, 9, 5, 9, 6, 9, 7, 9], [9, 9, 9, 9, 10, 9, 11, 9], [9, 9, 9, 9, 9, 9, 9, 9]]> : tensor<5x8xi32>) : tensor<5x8xi32>
  return
}

func.func @pad_nothing() {
  %a = util.unfoldable_constant dense<[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]> : tensor<3x4xi32>
  %b = util.unfoldable_constant dense<9> : tensor<i32>
  %r = stablehlo.pad %a, %b, low = [0, 0], high = [0, 0], interior = [0, 0] : (tensor<3x4xi32>, tensor<i32>) -> tensor<3x4xi32>
  check.expect_eq_const(%r, dense<[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]> : tensor<3x4xi32>) : tensor<3x4xi32>
  return
}

func.func @reshape() {
  %a = util.unfoldable_constant dense<[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]> : tensor<3x4xi32>
  %r = stablehlo.reshape %a : (tensor<3x4xi32>) -> tensor<2x3x2xi32>
  check.expect_eq_const(%r, dense<[[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 10], [11, 12]]]> : tensor<2x3x2xi32>) : tensor<2x3x2xi32>
  return
}

func.func @reshape_to_a_scalar() {
  %a = util.unfoldable_constant dense<[[7]]> : tensor<1x1xi32>
  %r = stablehlo.reshape %a : (tensor<1x1xi32>) -> tensor<i32>
  check.expect_eq_const(%r, dense<7> : tensor<i32>) : tensor<i32>
  return
}

func.func @reverse_rows() {
  %a = util.unfoldable_constant dense<[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]> : tensor<3x4xi32>
  %r = stablehlo.reverse %a, dims = [0] : tensor<3x4xi32>
  check.expect_eq_const(%r, dense<[[9, 10, 11, 12], [5, 6, 7, 8], [1, 2, 3, 4]]> : tensor<3x4xi32>) : tensor<3x4xi32>
  return
}

func.func @reverse_both() {
  %a = util.unfoldable_constant dense<[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]> : tensor<3x4xi32>
  %r = stablehlo.reverse %a, dims = [0, 1] : tensor<3x4xi32>
  check.expect_eq_const(%r, dense<[[12, 11, 10, 9], [8, 7, 6, 5], [4, 3, 2, 1]]> : tensor<3x4xi32>) : tensor<3x4xi32>
  return
}

func.func @slice() {
  %a = util.unfoldable_constant dense<[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]> : tensor<3x4xi32>
  %r = stablehlo.slice %a [1:3, 0:2] : (tensor<3x4xi32>) -> tensor<2x2xi32>
  check.expect_eq_const(%r, dense<[[5, 6], [9, 10]]> : tensor<2x2xi32>) : tensor<2x2xi32>
  return
}

func.func @slice_with_strides() {
  %a = util.unfoldable_constant dense<[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]> : tensor<3x4xi32>
  %r = stablehlo.slice %a [0:3:2, 1:4:2] : (tensor<3x4xi32>) -> tensor<2x2xi32>
  check.expect_eq_const(%r, dense<[[2, 4], [10, 12]]> : tensor<2x2xi32>) : tensor<2x2xi32>
  return
}

func.func @dynamic_slice() {
  %a = util.unfoldable_constant dense<[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]> : tensor<3x4xi32>
  %b = util.unfoldable_constant dense<1> : tensor<i32>
  %c = util.unfoldable_constant dense<2> : tensor<i32>
  %r = stablehlo.dynamic_slice %a, %b, %c, sizes = [2, 2] : (tensor<3x4xi32>, tensor<i32>, tensor<i32>) -> tensor<2x2xi32>
  check.expect_eq_const(%r, dense<[[7, 8], [11, 12]]> : tensor<2x2xi32>) : tensor<2x2xi32>
  return
}

func.func @dynamic_slice_is_clamped() {
  %a = util.unfoldable_constant dense<[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]> : tensor<3x4xi32>
  %b = util.unfoldable_constant dense<-5> : tensor<i32>
  %c = util.unfoldable_constant dense<99> : tensor<i32>
  %r = stablehlo.dynamic_slice %a, %b, %c, sizes = [2, 2] : (tensor<3x4xi32>, tensor<i32>, tensor<i32>) -> tensor<2x2xi32>
  check.expect_eq_const(%r, dense<[[3, 4], [7, 8]]> : tensor<2x2xi32>) : tensor<2x2xi32>
  return
}

func.func @dynamic_update_slice() {
  %a = util.unfoldable_constant dense<[[21, 22, 23, 24], [25, 26, 27, 28], [29, 30, 31, 32]]> : tensor<3x4xi32>
  %b = util.unfoldable_constant dense<[[90, 91], [92, 93]]> : tensor<2x2xi32>
  %c = util.unfoldable_constant dense<1> : tensor<i32>
  %d = util.unfoldable_constant dense<1> : tensor<i32>
  %r = stablehlo.dynamic_update_slice %a, %b, %c, %d : (tensor<3x4xi32>, tensor<2x2xi32>, tensor<i32>, tensor<i32>) -> tensor<3x4xi32>
  check.expect_eq_const(%r, dense<[[21, 22, 23, 24], [25, 90, 91, 28], [29, 92, 93, 32]]> : tensor<3x4xi32>) : tensor<3x4xi32>
  return
}

func.func @transpose() {
  %a = util.unfoldable_constant dense<[[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]> : tensor<3x4xi32>
  %r = stablehlo.transpose %a, dims = [1, 0] : (tensor<3x4xi32>) -> tensor<4x3xi32>
  check.expect_eq_const(%r, dense<[[1, 5, 9], [2, 6, 10], [3, 7, 11], [4, 8, 12]]> : tensor<4x3xi32>) : tensor<4x3xi32>
  return
}

func.func @transpose_three() {
  %a = util.unfoldable_constant dense<[[[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0], [8.0, 9.0, 10.0, 11.0]], [[12.0, 13.0, 14.0, 15.0], [16.0, 17.0, 18.0, 19.0], [20.0, 21.0, 22.0, 23.0]]]> : tensor<2x3x4xf32>
  %r = stablehlo.transpose %a, dims = [2, 0, 1] : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  check.expect_almost_eq_const(%r, dense<[[[0.0, 4.0, 8.0], [12.0, 16.0, 20.0]], [[1.0, 5.0, 9.0], [13.0, 17.0, 21.0]], [[2.0, 6.0, 10.0], [14.0, 18.0, 22.0]], [[3.0, 7.0, 11.0], [15.0, 19.0, 23.0]]]> : tensor<4x2x3xf32>) : tensor<4x2x3xf32>
  return
}

func.func @bytes_side_by_side() {
  %a = util.unfoldable_constant dense<[1, 2, 3, 4, 5]> : tensor<5xi8>
  %r = stablehlo.slice %a [1:4] : (tensor<5xi8>) -> tensor<3xi8>
  check.expect_eq_const(%r, dense<[2, 3, 4]> : tensor<3xi8>) : tensor<3xi8>
  return
}
