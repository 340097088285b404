// Ops whose kernels have loops of their own, over sizes that types leave open.

func.func @sorted(%keys: tensor<?xi32>, %values: tensor<?xf32>) -> (tensor<?xi32>, tensor<?xf32>) {
  %0:2 = "stablehlo.sort"(%keys, %values) <{dimension = 0 : i64, is_stable = true}> ({
  ^bb0(%a: tensor<i32>, %b: tensor<i32>, %c: tensor<f32>, %d: tensor<f32>):
    %1 = stablehlo.compare LT, %a, %b : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<?xi32>, tensor<?xf32>) -> (tensor<?xi32>, tensor<?xf32>)
  return %0#0, %0#1 : tensor<?xi32>, tensor<?xf32>
}

func.func @sorted_columns(%a: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %0 = "stablehlo.sort"(%a) <{dimension = 0 : i64}> ({
  ^bb0(%l: tensor<f32>, %r: tensor<f32>):
    %1 = stablehlo.compare GT, %l, %r : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) : (tensor<?x?xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// Rows are added to those that indices name; places outside of the tensor are left out.
func.func @add_rows(%a: tensor<?x?xf32>, %at: tensor<?xi32>, %rows: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %0 = "stablehlo.scatter"(%a, %at, %rows) <{scatter_dimension_numbers = #stablehlo.scatter<
      update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0],
      index_vector_dim = 1>}> ({
  ^bb0(%old: tensor<f32>, %new: tensor<f32>):
    %1 = stablehlo.add %old, %new : tensor<f32>
    stablehlo.return %1 : tensor<f32>
  }) : (tensor<?x?xf32>, tensor<?xi32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %0 : tensor<?x?xf32>
}

// Each batch has windows of two elements, put in order to places in its own row.
func.func @put_pairs(%a: tensor<?x?xi32>, %at: tensor<?x?x1xi64>, %pairs: tensor<?x?x2xi32>) -> tensor<?x?xi32> {
  %0 = "stablehlo.scatter"(%a, %at, %pairs) <{scatter_dimension_numbers = #stablehlo.scatter<
      update_window_dims = [2], input_batching_dims = [0], scatter_indices_batching_dims = [0],
      scatter_dims_to_operand_dims = [1], index_vector_dim = 2>}> ({
  ^bb0(%old: tensor<i32>, %new: tensor<i32>):
    stablehlo.return %new : tensor<i32>
  }) : (tensor<?x?xi32>, tensor<?x?x1xi64>, tensor<?x?x2xi32>) -> tensor<?x?xi32>
  return %0 : tensor<?x?xi32>
}
