// RUN: ireelite-opt -p hlo-to-linalg %s | filecheck %s

func.func @moves(%x: tensor<2x6xf32>, %v: tensor<6xf32>) -> (tensor<6x2xf32>, tensor<3x4xf32>, tensor<1x3xf32>, tensor<2x6xf32>, tensor<6x4xi32>) {
  %t = stablehlo.transpose %x, dims = [1, 0] : (tensor<2x6xf32>) -> tensor<6x2xf32>
  %r = stablehlo.reshape %x : (tensor<2x6xf32>) -> tensor<3x4xf32>
  %s = stablehlo.slice %x [1:2, 0:6:2] : (tensor<2x6xf32>) -> tensor<1x3xf32>
  %b = stablehlo.broadcast_in_dim %v, dims = [1] : (tensor<6xf32>) -> tensor<2x6xf32>
  %i = stablehlo.iota dim = 1 : tensor<6x4xi32>
  return %t, %r, %s, %b, %i : tensor<6x2xf32>, tensor<3x4xf32>, tensor<1x3xf32>, tensor<2x6xf32>, tensor<6x4xi32>
}
// CHECK-LABEL: func.func @moves
// CHECK:         %t = linalg.transpose ins(%x:tensor<2x6xf32>) outs(%{{[0-9]+}}:tensor<6x2xf32>) permutation = [1, 0]
// CHECK:         [[FLAT:%[0-9]+]] = tensor.collapse_shape %x {{\[\[}}0 : i64, 1 : i64]] : tensor<2x6xf32> into tensor<12xf32>
// CHECK-NEXT:    %r = tensor.expand_shape [[FLAT]] {{\[\[}}0 : i64, 1 : i64]] output_shape [3, 4] : tensor<12xf32> into tensor<3x4xf32>
// CHECK-NEXT:    %s = tensor.extract_slice %x[1, 0] [1, 3] [1, 2] : tensor<2x6xf32> to tensor<1x3xf32>
// CHECK:         %b = linalg.broadcast ins(%v:tensor<6xf32>) outs(%{{[0-9]+}}:tensor<2x6xf32>) dimensions = [0]
// CHECK:         %i = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} outs(%{{[0-9]+}} : tensor<6x4xi32>)
// CHECK:           linalg.index 1 : index
// CHECK-NEXT:      arith.index_cast

func.func @repeats_a_dimension_of_one(%x: tensor<1x6xf32>) -> tensor<2x6xf32> {
  %b = stablehlo.broadcast_in_dim %x, dims = [0, 1] : (tensor<1x6xf32>) -> tensor<2x6xf32>
  return %b : tensor<2x6xf32>
}
// CHECK-LABEL: func.func @repeats_a_dimension_of_one
// CHECK:         %b = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, affine_map<(d0, d1) -> (d0, d1)>]

func.func @batched(%x: tensor<2x3x5xf32>, %y: tensor<2x7x5xf32>) -> tensor<2x3x7xf32> {
  %d = stablehlo.dot_general %x, %y, batching_dims = [0] x [0], contracting_dims = [2] x [2] : (tensor<2x3x5xf32>, tensor<2x7x5xf32>) -> tensor<2x3x7xf32>
  return %d : tensor<2x3x7xf32>
}
// CHECK-LABEL: func.func @batched
// CHECK:         %d = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}

func.func @elementwise(%x: tensor<4xf32>, %n: tensor<4xi32>, %p: tensor<4xi1>) -> (tensor<4xf32>, tensor<4xi32>, tensor<4xf32>) {
  %a = stablehlo.add %x, %x : tensor<4xf32>
  %b = stablehlo.add %n, %n : tensor<4xi32>
  %c = stablehlo.select %p, %x, %a : tensor<4xi1>, tensor<4xf32>
  return %a, %b, %c : tensor<4xf32>, tensor<4xi32>, tensor<4xf32>
}
// CHECK-LABEL: func.func @elementwise
// CHECK-DAG:     %a = arith.addf %x, %x : tensor<4xf32>
// CHECK-DAG:     %b = arith.addi %n, %n : tensor<4xi32>
// CHECK-DAG:     arith.select

// On i1, arithmetic is logic.
func.func @logic(%p: tensor<4xi1>, %q: tensor<4xi1>) -> (tensor<4xi1>, tensor<4xi1>, tensor<4xi1>, tensor<4xi1>) {
  %add = stablehlo.add %p, %q : tensor<4xi1>
  %max = stablehlo.maximum %p, %q : tensor<4xi1>
  %mul = stablehlo.multiply %p, %q : tensor<4xi1>
  %min = stablehlo.minimum %p, %q : tensor<4xi1>
  return %add, %max, %mul, %min : tensor<4xi1>, tensor<4xi1>, tensor<4xi1>, tensor<4xi1>
}
// CHECK-LABEL: func.func @logic
// CHECK-NEXT:    %add = arith.ori %p, %q : tensor<4xi1>
// CHECK-NEXT:    %max = arith.ori %p, %q : tensor<4xi1>
// CHECK-NEXT:    %mul = arith.andi %p, %q : tensor<4xi1>
// CHECK-NEXT:    %min = arith.andi %p, %q : tensor<4xi1>
