func.func @rows(%x: tensor<?x4xf32>, %i: tensor<?x1xi32>) -> tensor<?x4xf32> {
  %0 = "stablehlo.gather"(%x, %i) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, 4>}> : (tensor<?x4xf32>, tensor<?x1xi32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
func.func @embed(%x: tensor<9x4xf32>, %i: tensor<?x3x1xi64>) -> tensor<?x3x4xf32> {
  %0 = "stablehlo.gather"(%x, %i) <{dimension_numbers = #stablehlo.gather<offset_dims = [2], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 2>, slice_sizes = array<i64: 1, 4>}> : (tensor<9x4xf32>, tensor<?x3x1xi64>) -> tensor<?x3x4xf32>
  %1 = stablehlo.negate %0 : tensor<?x3x4xf32>
  return %1 : tensor<?x3x4xf32>
}
func.func @pairs(%x: tensor<?xf32>, %i: tensor<5x1xui8>) -> tensor<5x2xf32> {
  %0 = "stablehlo.gather"(%x, %i) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 2>}> : (tensor<?xf32>, tensor<5x1xui8>) -> tensor<5x2xf32>
  return %0 : tensor<5x2xf32>
}
func.func @whole_rows(%x: tensor<?x?xf32>, %i: tensor<?x1xi32>) -> tensor<?x?xf32> {
  %n = stablehlo.get_dimension_size %x, dim = 1 : (tensor<?x?xf32>) -> tensor<i32>
  %l = stablehlo.reshape %n : (tensor<i32>) -> tensor<1xi32>
  %one = stablehlo.constant dense<1> : tensor<1xi32>
  %s = stablehlo.concatenate %one, %l, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
  %0 = "stablehlo.dynamic_gather"(%x, %i, %s) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>}> : (tensor<?x?xf32>, tensor<?x1xi32>, tensor<2xi32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}
func.func @windows(%x: tensor<?xf32>, %i: tensor<?x1xi32>, %u: tensor<?xf32>) -> tensor<?x?xf32> {
  %n = stablehlo.get_dimension_size %u, dim = 0 : (tensor<?xf32>) -> tensor<i32>
  %s = stablehlo.reshape %n : (tensor<i32>) -> tensor<1xi32>
  %0 = "stablehlo.dynamic_gather"(%x, %i, %s) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], start_index_map = [0], index_vector_dim = 1>}> : (tensor<?xf32>, tensor<?x1xi32>, tensor<1xi32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}
func.func @two_rows(%x: tensor<5x?xf32>, %i: tensor<1xi32>) -> tensor<2x?xf32> {
  %n = stablehlo.get_dimension_size %x, dim = 1 : (tensor<5x?xf32>) -> tensor<i32>
  %l = stablehlo.reshape %n : (tensor<i32>) -> tensor<1xi32>
  %zero = stablehlo.constant dense<0> : tensor<1xi32>
  %two = stablehlo.constant dense<2> : tensor<1xi32>
  %s = stablehlo.concatenate %two, %l, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
  %start = stablehlo.concatenate %i, %zero, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
  %limit = stablehlo.add %start, %s : tensor<2xi32>
  %steps = stablehlo.constant dense<1> : tensor<2xi32>
  %0 = stablehlo.real_dynamic_slice %x, %start, %limit, %steps : (tensor<5x?xf32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>) -> tensor<2x?xf32>
  return %0 : tensor<2x?xf32>
}
func.func @take(%x: tensor<?x4xf32>, %i: tensor<i32>, %j: tensor<i32>) -> tensor<2x3xf32> {
  %0 = stablehlo.dynamic_slice %x, %i, %j, sizes = [2, 3] : (tensor<?x4xf32>, tensor<i32>, tensor<i32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
func.func @put(%x: tensor<?x4xf32>, %u: tensor<?x2xf32>, %i: tensor<i64>, %j: tensor<i64>) -> tensor<?x4xf32> {
  %0 = stablehlo.dynamic_update_slice %x, %u, %i, %j : (tensor<?x4xf32>, tensor<?x2xf32>, tensor<i64>, tensor<i64>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
func.func @loop_over_gathered(%x: tensor<?xf32>, %u: tensor<3xf32>) -> tensor<3xf32> {
  %i = stablehlo.constant dense<[[0], [5], [1]]> : tensor<3x1xi32>
  %0 = "stablehlo.gather"(%x, %i) <{dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1>}> : (tensor<?xf32>, tensor<3x1xi32>) -> tensor<3xf32>
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %three = stablehlo.constant dense<3> : tensor<i32>
  %r:2 = stablehlo.while(%n = %zero, %s = %u) : tensor<i32>, tensor<3xf32>
  cond {
    %c = stablehlo.compare LT, %n, %three : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %v = stablehlo.dynamic_slice %0, %n, sizes = [1] : (tensor<3xf32>, tensor<i32>) -> tensor<1xf32>
    %old = stablehlo.dynamic_slice %s, %n, sizes = [1] : (tensor<3xf32>, tensor<i32>) -> tensor<1xf32>
    %sum = stablehlo.add %old, %v : tensor<1xf32>
    %q = stablehlo.dynamic_update_slice %s, %sum, %n : (tensor<3xf32>, tensor<1xf32>, tensor<i32>) -> tensor<3xf32>
    %w = stablehlo.reverse %q, dims = [0] : tensor<3xf32>
    %t = stablehlo.add %q, %w : tensor<3xf32>
    %m = stablehlo.add %n, %one : tensor<i32>
    stablehlo.return %m, %t : tensor<i32>, tensor<3xf32>
  }
  return %r#1 : tensor<3xf32>
}
