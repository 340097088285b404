#rows = affine_map<(m, n, k) -> (m, k)>
#columns = affine_map<(m, n, k) -> (n, k)>
#result = affine_map<(m, n, k) -> (m, n)>
func.func @linalg(%a: tensor<2x3xf32>, %b: tensor<4x3xf32>, %c: tensor<2x4xf32>, %k: tensor<1x9x9x1xi8>, %w: tensor<3x3x1x2xi8>, %r: tensor<1x4x4x2xi32>, %s: i32, %t: tensor<1x1x8x4xf32>, %z: f32, %row: tensor<2xf32>) {
  %0 = linalg.matmul indexing_maps = [#rows, #columns, #result] ins(%a, %b : tensor<2x3xf32>, tensor<4x3xf32>) outs(%c : tensor<2x4xf32>) -> tensor<2x4xf32>
  %1 = linalg.conv_2d_nhwc_hwcf_q {cast = #linalg.type_fn<cast_unsigned>, dilations = dense<1> : tensor<2xi64>, strides = dense<2> : tensor<2xi64>} ins(%k, %w, %s, %s : tensor<1x9x9x1xi8>, tensor<3x3x1x2xi8>, i32, i32) outs(%r : tensor<1x4x4x2xi32>) -> tensor<1x4x4x2xi32>
  %2 = linalg.map { arith.addf } ins(%0, %c : tensor<2x4xf32>, tensor<2x4xf32>) outs(%c : tensor<2x4xf32>)
  %3 = linalg.reduce { arith.maximumf } ins(%2 : tensor<2x4xf32>) outs(%row : tensor<2xf32>) dimensions = [1]
  %4 = linalg.elementwise kind=#linalg.elementwise_kind<max_signed> ins(%2, %2 : tensor<2x4xf32>, tensor<2x4xf32>) outs(%c : tensor<2x4xf32>) -> tensor<2x4xf32>
  %5 = linalg.contract indexing_maps = [#rows, #columns, #result] ins(%a, %b : tensor<2x3xf32>, tensor<4x3xf32>) outs(%c : tensor<2x4xf32>) -> tensor<2x4xf32>
  %6 = linalg.softmax dimension(1) ins(%4 : tensor<2x4xf32>) outs(%c : tensor<2x4xf32>) -> tensor<2x4xf32>
  %7 = linalg.pack %6 padding_value(%z : f32) outer_dims_perm = [1, 0] inner_dims_pos = [0, 1] inner_tiles = [8, 4] into %t : tensor<2x4xf32> -> tensor<1x1x8x4xf32>
  %8 = linalg.unpack %7 outer_dims_perm = [1, 0] inner_dims_pos = [0, 1] inner_tiles = [8, 4] into %c : tensor<1x1x8x4xf32> -> tensor<2x4xf32>
  %9 = tensor.generate {
  ^bb0(%i: index):
    tensor.yield %z : f32
  } : tensor<8xf32>
  return
}
func.func @winograd(%g: tensor<2x3x1x5xf32>, %d: tensor<2x?x6x5xf32>, %d1: tensor<6x1x?x6x2x5xf32>, %y: tensor<4x4x2x3x1x2xf16>, %o: tensor<1x4x6x2xf16>, %g1: tensor<6x1x5x2xf32>) {
  %0 = linalg.winograd_filter_transform fmr(F_4_3) ins(%g : tensor<2x3x1x5xf32>) outs(%g1 : tensor<6x1x5x2xf32>) -> tensor<6x1x5x2xf32>
  %1 = linalg.winograd_input_transform {name = "tiles"} fmr(F_2_5) ins(%d : tensor<2x?x6x5xf32>) outs(%d1 : tensor<6x1x?x6x2x5xf32>) -> tensor<6x1x?x6x2x5xf32>
  %2 = linalg.winograd_output_transform fmr(F_2_3) ins(%y : tensor<4x4x2x3x1x2xf16>) outs(%o : tensor<1x4x6x2xf16>) -> tensor<1x4x6x2xf16>
  return
}
