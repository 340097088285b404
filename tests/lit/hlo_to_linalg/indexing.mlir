// RUN: ireelite-opt -p hlo-to-linalg %s | filecheck %s
// RUN: ireelite-opt -p hlo-to-linalg %s | ireelite-opt | filecheck %s

func.func @slices(%x: tensor<3x4xf32>, %u: tensor<1x2xf32>, %i: tensor<ui8>, %j: tensor<i32>) -> (tensor<2x2xf32>, tensor<3x4xf32>) {
  %a = stablehlo.dynamic_slice %x, %j, %j, sizes = [2, 2] : (tensor<3x4xf32>, tensor<i32>, tensor<i32>) -> tensor<2x2xf32>
  %b = stablehlo.dynamic_update_slice %x, %u, %i, %i : (tensor<3x4xf32>, tensor<1x2xf32>, tensor<ui8>, tensor<ui8>) -> tensor<3x4xf32>
  return %a, %b : tensor<2x2xf32>, tensor<3x4xf32>
}
// CHECK-LABEL: func.func @slices
// CHECK:         %a = iree_tensor.slice %x, %j, %j {unsigned = false} : (tensor<3x4xf32>, tensor<i32>, tensor<i32>) -> tensor<2x2xf32>
// CHECK:         %b = iree_tensor.update %x, %u, [[I:%[a-z0-9]+]], [[I]] {unsigned = true} : (tensor<3x4xf32>, tensor<1x2xf32>, tensor<i8>, tensor<i8>) -> tensor<3x4xf32>

func.func @gathers(%x: tensor<16x8xf32>, %i: tensor<3x1xi64>) -> tensor<3x8xf32> {
  %g = "stablehlo.gather"(%x, %i) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, 8>}> : (tensor<16x8xf32>, tensor<3x1xi64>) -> tensor<3x8xf32>
  return %g : tensor<3x8xf32>
}
// CHECK-LABEL: func.func @gathers
// CHECK:         %g = iree_tensor.gather %x, %i {dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, 8>, unsigned = false} : (tensor<16x8xf32>, tensor<3x1xi64>) -> tensor<3x8xf32>

func.func @joins(%x: tensor<3x4xf32>, %y: tensor<2x4xf32>, %v: tensor<f32>) -> (tensor<5x4xf32>, tensor<3x4xf32>, tensor<5x9xf32>, tensor<0x4xf32>) {
  %c = stablehlo.concatenate %x, %y, dim = 0 : (tensor<3x4xf32>, tensor<2x4xf32>) -> tensor<5x4xf32>
  %r = stablehlo.reverse %x, dims = [0] : tensor<3x4xf32>
  %p = stablehlo.pad %x, %v, low = [-1, 2], high = [0, 0], interior = [2, 1] : (tensor<3x4xf32>, tensor<f32>) -> tensor<6x9xf32>
  %s = stablehlo.slice %p [0:5, 0:9] : (tensor<6x9xf32>) -> tensor<5x9xf32>
  %e = stablehlo.slice %c [5:5, 0:4] : (tensor<5x4xf32>) -> tensor<0x4xf32>
  return %c, %r, %s, %e : tensor<5x4xf32>, tensor<3x4xf32>, tensor<5x9xf32>, tensor<0x4xf32>
}
// CHECK-LABEL: func.func @joins
// CHECK:         %c = tensor.concat dim(0) %x, %y : (tensor<3x4xf32>, tensor<2x4xf32>) -> tensor<5x4xf32>
// CHECK:         %r = tensor.extract_slice %x[2, 0] [3, 4] [-1, 1] : tensor<3x4xf32> to tensor<3x4xf32>
// CHECK:         [[PART:%[0-9]+]] = tensor.extract_slice %x[1, 0] [2, 4] [1, 1] : tensor<3x4xf32> to tensor<2x4xf32>
// CHECK-NEXT:    %p = tensor.insert_slice [[PART]] into %{{[0-9]+}}[2, 2] [2, 4] [3, 2] : tensor<2x4xf32> into tensor<6x9xf32>
// CHECK:         %e = tensor.empty() : tensor<0x4xf32>
