// RUN: ireelite-opt -p hlo-to-linalg %s | filecheck %s

// A convolution is a contraction whose maps run through windows. Padding is a tensor of its own.

func.func @convolution(%x: tensor<1x8x8x4xf32>, %k: tensor<3x3x2x6xf32>) -> tensor<1x4x4x6xf32> {
  %0 = stablehlo.convolution(%x, %k) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f],
      window = {stride = [2, 2], pad = [[1, 1], [1, 1]], rhs_dilate = [1, 1]}
      {batch_group_count = 1 : i64, feature_group_count = 2 : i64}
      : (tensor<1x8x8x4xf32>, tensor<3x3x2x6xf32>) -> tensor<1x4x4x6xf32>
  return %0 : tensor<1x4x4x6xf32>
}
// CHECK-LABEL: func.func @convolution
// CHECK:         [[PART:%[0-9]+]] = tensor.insert_slice %x into %{{[0-9]+}}[0, 1, 1, 0] [1, 8, 8, 4] [1, 1, 1, 1] : tensor<1x8x8x4xf32> into tensor<1x10x10x4xf32>
// CHECK:         [[PADDED:%[0-9]+]] = linalg.generic {{.*}} ins([[PART]] : tensor<1x10x10x4xf32>)
// CHECK:         linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, ((d1 * 2) + d4), ((d2 * 2) + d5), (d6 + ((d3 floordiv 3) * 2)))>,
// CHECK-SAME:    affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d4, d5, d6, d3)>, affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1, d2, d3)>]
// CHECK-SAME:    iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]
// CHECK-SAME:    ins([[PADDED]], %k

// Windows that read each element once at most read through the padding. Sums of half floats are f32.

func.func @apart(%x: tensor<1x7x1xf16>, %k: tensor<2x1x1xf16>) -> tensor<1x4x1xf16> {
  %0 = stablehlo.convolution(%x, %k) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f],
      window = {stride = [2], pad = [[1, 0]]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64}
      : (tensor<1x7x1xf16>, tensor<2x1x1xf16>) -> tensor<1x4x1xf16>
  return %0 : tensor<1x4x1xf16>
}
// CHECK-LABEL: func.func @apart
// CHECK:         [[PART:%[0-9]+]] = tensor.insert_slice %x
// CHECK-NEXT:    arith.constant 0.000000e+00 : f32
// CHECK:         [[SUM:%[0-9]+]] = linalg.generic {{.*}} ins([[PART]], %k : {{.*}}) outs(%{{[0-9]+}} : tensor<1x4x1xf32>)
// CHECK:         linalg.generic {{.*}} ins([[SUM]] : tensor<1x4x1xf32>)
// CHECK:           arith.truncf

// The lengths of a window are those of an operand that is not read.

func.func @pool(%x: tensor<4x6xf32>, %init: tensor<f32>) -> tensor<2x3xf32> {
  %0 = "stablehlo.reduce_window"(%x, %init) <{window_dimensions = array<i64: 2, 2>, window_strides = array<i64: 2, 2>}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %m = stablehlo.maximum %a, %b : tensor<f32>
    stablehlo.return %m : tensor<f32>
  }) : (tensor<4x6xf32>, tensor<f32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
// CHECK-LABEL: func.func @pool
// CHECK:         [[SIZES:%[0-9]+]] = tensor.empty() : tensor<2x2xi1>
// CHECK:         linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (((d0 * 2) + d2), ((d1 * 2) + d3))>, affine_map<(d0, d1, d2, d3) -> (d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1)>]
// CHECK-SAME:    ins(%x, [[SIZES]]
// CHECK:           arith.maximumf

// The gradient of a pool: the place that each window prefers, then, for each element, the sum over
// the windows that it may be in.

func.func @gradient(%x: tensor<7xf32>, %s: tensor<3xf32>, %init: tensor<f32>) -> tensor<7xf32> {
  %0 = "stablehlo.select_and_scatter"(%x, %s, %init) <{window_dimensions = array<i64: 3>, window_strides = array<i64: 2>}> ({
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %p = stablehlo.compare GE, %a, %b : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %p : tensor<i1>
  }, {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    %p = stablehlo.add %a, %b : tensor<f32>
    stablehlo.return %p : tensor<f32>
  }) : (tensor<7xf32>, tensor<3xf32>, tensor<f32>) -> tensor<7xf32>
  return %0 : tensor<7xf32>
}
// CHECK-LABEL: func.func @gradient
// CHECK:         %{{[0-9]+}}, [[PREFERRED:%[0-9]+]] = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (((d0 * 2) + d1))>
// CHECK-SAME:    iterator_types = ["parallel", "reduction"]} ins(%x,
// CHECK:           arith.cmpf oge
// CHECK:         tensor.insert_slice %s into %{{[0-9]+}}[1] [3] [1] : tensor<3xf32> into tensor<5xf32>
// CHECK:         tensor.insert_slice [[PREFERRED]] into %{{[0-9]+}}[1] [3] [1] : tensor<3xi32> into tensor<5xi32>
// CHECK:         linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (((d0 floordiv 2) + d1))>
// CHECK:           arith.addf
// CHECK:           arith.cmpi eq
// CHECK:           arith.select
