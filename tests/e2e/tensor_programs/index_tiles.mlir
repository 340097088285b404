func.func @tiles_of_indices(%a: tensor<5x6xi32>) -> (tensor<3x2x2x3xi32>, tensor<5x6xi32>) {
  %pad = arith.constant 9 : index
  %xe = tensor.empty() : tensor<5x6xindex>
  %x = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%a : tensor<5x6xi32>) outs(%xe : tensor<5x6xindex>) {
  ^bb0(%in: i32, %out: index):
    %c = arith.index_cast %in : i32 to index
    linalg.yield %c : index
  } -> tensor<5x6xindex>
  %e = tensor.empty() : tensor<3x2x2x3xindex>
  %p = linalg.pack %x padding_value(%pad : index) inner_dims_pos = [0, 1] inner_tiles = [2, 3] into %e : tensor<5x6xindex> -> tensor<3x2x2x3xindex>
  %f = tensor.empty() : tensor<5x6xindex>
  %u = linalg.unpack %p inner_dims_pos = [0, 1] inner_tiles = [2, 3] into %f : tensor<3x2x2x3xindex> -> tensor<5x6xindex>
  %p1e = tensor.empty() : tensor<3x2x2x3xi32>
  %p1 = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%p : tensor<3x2x2x3xindex>) outs(%p1e : tensor<3x2x2x3xi32>) {
  ^bb0(%in: index, %out: i32):
    %c = arith.index_cast %in : index to i32
    linalg.yield %c : i32
  } -> tensor<3x2x2x3xi32>
  %u1e = tensor.empty() : tensor<5x6xi32>
  %u1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%u : tensor<5x6xindex>) outs(%u1e : tensor<5x6xi32>) {
  ^bb0(%in: index, %out: i32):
    %c = arith.index_cast %in : index to i32
    linalg.yield %c : i32
  } -> tensor<5x6xi32>
  return %p1, %u1 : tensor<3x2x2x3xi32>, tensor<5x6xi32>
}
