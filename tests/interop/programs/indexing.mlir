// Elements by index: gather, scatter, and torch's selection.

func.func @gather_rows() {
  %a = util.unfoldable_constant dense<[[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]]> : tensor<4x3xi32>
  %b = util.unfoldable_constant dense<[[2], [0], [3]]> : tensor<3x1xi32>
  %r = "stablehlo.gather"(%a, %b) {
    dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>,
    slice_sizes = array<i64: 1, 3>, indices_are_sorted = false} : (tensor<4x3xi32>, tensor<3x1xi32>) -> tensor<3x3xi32>
  check.expect_eq_const(%r, dense<[[7, 8, 9], [1, 2, 3], [10, 11, 12]]> : tensor<3x3xi32>) : tensor<3x3xi32>
  return
}

func.func @gather_elements() {
  %a = util.unfoldable_constant dense<[[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]]> : tensor<4x3xi32>
  %b = util.unfoldable_constant dense<[[2, 1], [0, 0], [3, 2]]> : tensor<3x2xi32>
  %r = "stablehlo.gather"(%a, %b) {
    dimension_numbers = #stablehlo.gather<offset_dims = [], collapsed_slice_dims = [0, 1], start_index_map = [0, 1], index_vector_dim = 1>,
    slice_sizes = array<i64: 1, 1>, indices_are_sorted = false} : (tensor<4x3xi32>, tensor<3x2xi32>) -> tensor<3xi32>
  check.expect_eq_const(%r, dense<[8, 1, 12]> : tensor<3xi32>) : tensor<3xi32>
  return
}

func.func @gather_is_clamped() {
  %a = util.unfoldable_constant dense<[[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]]> : tensor<4x3xi32>
  %b = util.unfoldable_constant dense<[[99], [-4]]> : tensor<2x1xi32>
  %r = "stablehlo.gather"(%a, %b) {
    dimension_numbers = #stablehlo.gather<offset_dims = [1, 2], start_index_map = [0], index_vector_dim = 1>,
    slice_sizes = array<i64: 2, 3>, indices_are_sorted = false} : (tensor<4x3xi32>, tensor<2x1xi32>) -> tensor<2x2x3xi32>
  check.expect_eq_const(%r, dense<[[[7, 8, 9], [10, 11, 12]], [[1, 2, 3], [4, 5, 6]]]> : tensor<2x2x3xi32>) : tensor<2x2x3xi32>
  return
}

func.func @scatter_rows() {
  %a = util.unfoldable_constant dense<[[51, 52, 53], [54, 55, 56], [57, 58, 59], [60, 61, 62]]> : tensor<4x3xi32>
  %b = util.unfoldable_constant dense<[[3], [1]]> : tensor<2x1xi32>
  %c = util.unfoldable_constant dense<[[90, 91, 92], [80, 81, 82]]> : tensor<2x3xi32>
  %r = "stablehlo.scatter"(%a, %b, %c) ({
    ^bb0(%x: tensor<i32>, %y: tensor<i32>):
      stablehlo.return %y : tensor<i32>
    }) {scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>,
    indices_are_sorted = false, unique_indices = true} : (tensor<4x3xi32>, tensor<2x1xi32>, tensor<2x3xi32>) -> tensor<4x3xi32>
  check.expect_eq_const(%r, dense<[[51, 52, 53], [80, 81, 82], [57, 58, 59], [90, 91, 92]]> : tensor<4x3xi32>) : tensor<4x3xi32>
  return
}

func.func @scatter_and_add() {
  %a = util.unfoldable_constant dense<[[101, 102, 103], [104, 105, 106], [107, 108, 109], [110, 111, 112]]> : tensor<4x3xi32>
  %b = util.unfoldable_constant dense<[[3], [1]]> : tensor<2x1xi32>
  %c = util.unfoldable_constant dense<[[90, 91, 92], [80, 81, 82]]> : tensor<2x3xi32>
  %r = "stablehlo.scatter"(%a, %b, %c) ({
    ^bb0(%x: tensor<i32>, %y: tensor<i32>):
      %s = stablehlo.add %x, %y : tensor<i32>
      stablehlo.return %s : tensor<i32>
    }) {scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>,
    indices_are_sorted = false, unique_indices = true} : (tensor<4x3xi32>, tensor<2x1xi32>, tensor<2x3xi32>) -> tensor<4x3xi32>
  check.expect_eq_const(%r, dense<[[101, 102, 103], [184, 186, 188], [107, 108, 109], [200, 202, 204]]> : tensor<4x3xi32>) : tensor<4x3xi32>
  return
}

func.func @scatter_and_multiply() {
  %a = util.unfoldable_constant dense<[[0.25, 0.5, 0.75], [1.0, 1.25, 1.5], [1.75, 2.0, 2.25], [2.5, 2.75, 3.0]]> : tensor<4x3xf32>
  %b = util.unfoldable_constant dense<[[3], [1]]> : tensor<2x1xi32>
  %c = util.unfoldable_constant dense<[[90.0, 91.0, 92.0], [80.0, 81.0, 82.0]]> : tensor<2x3xf32>
  %r = "stablehlo.scatter"(%a, %b, %c) ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %s = stablehlo.multiply %x, %y : tensor<f32>
      stablehlo.return %s : tensor<f32>
    }) {scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>,
    indices_are_sorted = false, unique_indices = true} : (tensor<4x3xf32>, tensor<2x1xi32>, tensor<2x3xf32>) -> tensor<4x3xf32>
  check.expect_almost_eq_const(%r, dense<[[0.25, 0.5, 0.75], [80.0, 101.25, 123.0], [1.75, 2.0, 2.25], [225.0, 250.25, 276.0]]> : tensor<4x3xf32>) : tensor<4x3xf32>
  return
}

func.func @scatter_as_many_as_there_are() {
  %a = util.unfoldable_constant dense<[[201, 202, 203], [204, 205, 206], [207, 208, 209], [210, 211, 212]]> : tensor<4x3xi32>
  %ix = flow.tensor.dynamic_constant dense<[[0], [2]]> : tensor<2x1xi32> -> tensor<?x1xi32>
  %up = flow.tensor.dynamic_constant dense<[[10, 20, 30], [40, 50, 60]]> : tensor<2x3xi32> -> tensor<?x3xi32>
  %r = "stablehlo.scatter"(%a, %ix, %up) ({
    ^bb0(%x: tensor<i32>, %y: tensor<i32>):
      %s = stablehlo.add %x, %y : tensor<i32>
      stablehlo.return %s : tensor<i32>
    }) {scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>,
    indices_are_sorted = false, unique_indices = true} : (tensor<4x3xi32>, tensor<?x1xi32>, tensor<?x3xi32>) -> tensor<4x3xi32>
  check.expect_eq_const(%r, dense<[[211, 222, 233], [204, 205, 206], [247, 258, 269], [210, 211, 212]]> : tensor<4x3xi32>) : tensor<4x3xi32>
  return
}

func.func @torch_select_rows() {
  %a = util.unfoldable_constant dense<[[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]]> : tensor<4x3xi32>
  %b = util.unfoldable_constant dense<[3, 3, 1]> : tensor<3xi32>
  %r = "stablehlo.torch_index_select"(%a, %b) {dim = 0 : i64, batch_dims = 0 : i64} : (tensor<4x3xi32>, tensor<3xi32>) -> tensor<3x3xi32>
  check.expect_eq_const(%r, dense<[[10, 11, 12], [10, 11, 12], [4, 5, 6]]> : tensor<3x3xi32>) : tensor<3x3xi32>
  return
}

func.func @torch_select_columns() {
  %a = util.unfoldable_constant dense<[[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]]> : tensor<4x3xi32>
  %b = util.unfoldable_constant dense<[2, 0]> : tensor<2xi32>
  %r = "stablehlo.torch_index_select"(%a, %b) {dim = 1 : i64, batch_dims = 0 : i64} : (tensor<4x3xi32>, tensor<2xi32>) -> tensor<4x2xi32>
  check.expect_eq_const(%r, dense<[[3, 1], [6, 4], [9, 7], [12, 10]]> : tensor<4x2xi32>) : tensor<4x2xi32>
  return
}
