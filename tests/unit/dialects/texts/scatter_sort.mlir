func.func @scatter_sort(%x: tensor<2x3xf32>, %i: tensor<2x1xi32>, %u: tensor<2x3xf32>, %n: tensor<2x3xui8>) -> tensor<2x3xf32> {
  %0 = "stablehlo.scatter"(%x, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>, indices_are_sorted = true, unique_indices = false}> ({
  ^bb0(%old: tensor<f32>, %new: tensor<f32>):
    %sum = stablehlo.add %old, %new : tensor<f32>
    stablehlo.return %sum : tensor<f32>
  }) : (tensor<2x3xf32>, tensor<2x1xi32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %1, %2 = "stablehlo.sort"(%0, %n) <{dimension = 1 : i64, is_stable = true}> ({
  ^bb1(%a: tensor<f32>, %b: tensor<f32>, %c: tensor<ui8>, %d: tensor<ui8>):
    %less = stablehlo.compare LT, %a, %b, TOTALORDER : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %less : tensor<i1>
  }) : (tensor<2x3xf32>, tensor<2x3xui8>) -> (tensor<2x3xf32>, tensor<2x3xui8>)
  return %1 : tensor<2x3xf32>
}
