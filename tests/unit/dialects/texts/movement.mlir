func.func @movement(%x: tensor<8x6xf32>, %i: tensor<i32>, %u: tensor<2x6xf32>, %n: tensor<5x1xi8>) -> tensor<5x6xf32> {
  %0 = iree_tensor.slice %x, %i, %i {unsigned = false} : (tensor<8x6xf32>, tensor<i32>, tensor<i32>) -> tensor<2x6xf32>
  %1 = iree_tensor.update %x, %0, %i, %i {kept, unsigned = true} : (tensor<8x6xf32>, tensor<2x6xf32>, tensor<i32>, tensor<i32>) -> tensor<8x6xf32>
  %2 = iree_tensor.gather %1, %n {dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, 6>, unsigned = true} : (tensor<8x6xf32>, tensor<5x1xi8>) -> tensor<5x6xf32>
  return %2 : tensor<5x6xf32>
}
