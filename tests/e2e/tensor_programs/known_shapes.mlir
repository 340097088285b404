func.func @flow_moves() -> (tensor<2x2xf32>, tensor<4x4xf32>, tensor<6xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %x = flow.tensor.dynamic_constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32> -> tensor<?x?xf32>
  %m = tensor.dim %x, %c0 : tensor<?x?xf32>
  %n = tensor.dim %x, %c1 : tensor<?x?xf32>
  %t = flow.tensor.tie_shape %x : tensor<?x?xf32>{%m, %n}
  %p = flow.tensor.slice %t[%c0, %c1 for %c2, %c2] : tensor<?x?xf32>{%m, %n} -> tensor<2x2xf32>
  %v = flow.tensor.load %p[%c1, %c0] : tensor<2x2xf32>

  %s = arith.addi %m, %c2 : index
  %e = flow.tensor.splat %v : tensor<?x4xf32>{%s}
  %u = flow.tensor.update %p, %e[%c1, %c2] : tensor<2x2xf32> -> %e as tensor<?x4xf32>{%s}
  %w = flow.tensor.store %v, %u[%c3, %c3] : tensor<?x4xf32>{%s}
  %k = flow.tensor.clone %w : tensor<?x4xf32>{%s}
  %r = tensor.cast %k : tensor<?x4xf32> to tensor<4x4xf32>
  %mn = arith.muli %m, %n : index
  %f = flow.tensor.reshape %t : tensor<?x?xf32>{%m, %n} -> tensor<?xf32>{%mn}
  %g = tensor.cast %f : tensor<?xf32> to tensor<6xf32>
  return %p, %r, %g : tensor<2x2xf32>, tensor<4x4xf32>, tensor<6xf32>
}
func.func @flow_bits() -> (tensor<6xi8>, tensor<2xi32>, tensor<8xi1>, tensor<2xi8>, tensor<4xi4>, tensor<2xf32>) {
  %x = flow.tensor.dynamic_constant dense<[513, 1027, 1541]> : tensor<3xi16> -> tensor<3xi16>
  %a = flow.tensor.bitcast %x : tensor<3xi16> -> tensor<6xi8>
  %y = flow.tensor.dynamic_constant dense<[[1, 2, 3, 4], [5, 6, 7, -1]]> : tensor<2x4xi8> -> tensor<2x4xi8>
  %b = flow.tensor.bitcast %y : tensor<2x4xi8> -> tensor<2xi32>
  %z = flow.tensor.dynamic_constant dense<[-91]> : tensor<1xi8> -> tensor<1xi8>
  %c = flow.tensor.bitcast %z : tensor<1xi8> -> tensor<8xi1>
  %i = flow.tensor.dynamic_constant dense<[[true, false, false, true], [true, false, true, false], [true, true, true, true], [false, false, false, false]]> : tensor<4x4xi1> -> tensor<4x4xi1>
  %d = flow.tensor.bitcast %i : tensor<4x4xi1> -> tensor<2xi8>
  %h = flow.tensor.dynamic_constant dense<[33, -104]> : tensor<2xi8> -> tensor<2xi8>
  %e = flow.tensor.bitcast %h : tensor<2xi8> -> tensor<4xi4>
  %j = flow.tensor.dynamic_constant dense<[1065353216, -1073741824]> : tensor<2xi32> -> tensor<2xi32>
  %f = flow.tensor.bitcast %j : tensor<2xi32> -> tensor<2xf32>
  return %a, %b, %c, %d, %e, %f : tensor<6xi8>, tensor<2xi32>, tensor<8xi1>, tensor<2xi8>, tensor<4xi4>, tensor<2xf32>
}
func.func private @filled(%m: index, %n: index) -> tensor<?x?xi32> {
  %e = tensor.empty(%m, %n) : tensor<?x?xi32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} outs(%e : tensor<?x?xi32>) {
  ^bb0(%o: i32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %k = arith.muli %i, %n : index
    %l = arith.addi %k, %j : index
    %v = arith.index_cast %l : index to i32
    linalg.yield %v : i32
  } -> tensor<?x?xi32>
  return %r : tensor<?x?xi32>
}
func.func private @part(%m: index) -> tensor<?x?xi32> {
  %c1 = arith.constant 1 : index
  %n = arith.addi %m, %c1 : index
  %x = call @filled(%m, %n) : (index, index) -> tensor<?x?xi32>
  %y = tensor.extract_slice %x[%c1, 0] [%c1, %n] [1, 1] : tensor<?x?xi32> to tensor<?x?xi32>
  return %y : tensor<?x?xi32>
}
func.func @calls() -> tensor<1x4xi32> {
  %c3 = util.unfoldable_constant 3 : index
  %x = call @part(%c3) : (index) -> tensor<?x?xi32>
  %y = tensor.cast %x : tensor<?x?xi32> to tensor<1x4xi32>
  return %y : tensor<1x4xi32>
}
func.func @shapes(%a: tensor<4x6xf32>) -> (tensor<2x2x6xf32>, tensor<24xf32>, tensor<5x8xf32>, tensor<8x6xf32>, tensor<6xf32>, tensor<4x6xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %zero = arith.constant 0.0 : f32
  %x = tensor.cast %a : tensor<4x6xf32> to tensor<?x?xf32>
  %m = tensor.dim %x, %c0 : tensor<?x?xf32>
  %n = tensor.dim %x, %c1 : tensor<?x?xf32>
  %h = arith.divui %m, %c2 : index
  %e = tensor.expand_shape %x [[0, 1], [2]] output_shape [%h, 2, %n] : tensor<?x?xf32> into tensor<?x2x?xf32>
  %e1 = tensor.cast %e : tensor<?x2x?xf32> to tensor<2x2x6xf32>
  %f = tensor.collapse_shape %e [[0, 1, 2]] : tensor<?x2x?xf32> into tensor<?xf32>
  %f1 = tensor.cast %f : tensor<?xf32> to tensor<24xf32>
  %p = tensor.pad %x low[%c0, %c1] high[%c1, 1] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : f32
  } : tensor<?x?xf32> to tensor<?x?xf32>
  %p1 = tensor.cast %p : tensor<?x?xf32> to tensor<5x8xf32>
  %q = tensor.concat dim(0) %x, %a : (tensor<?x?xf32>, tensor<4x6xf32>) -> tensor<?x6xf32>
  %q1 = tensor.cast %q : tensor<?x6xf32> to tensor<8x6xf32>
  %r = tensor.extract_slice %x[%c1, 0] [1, %n] [1, 1] : tensor<?x?xf32> to tensor<?xf32>
  %r1 = tensor.cast %r : tensor<?xf32> to tensor<6xf32>
  %u = tensor.insert_slice %r into %x[2, 0] [1, %n] [1, 1] : tensor<?xf32> into tensor<?x?xf32>
  %u1 = tensor.cast %u : tensor<?x?xf32> to tensor<4x6xf32>
  return %e1, %f1, %p1, %q1, %r1, %u1 : tensor<2x2x6xf32>, tensor<24xf32>, tensor<5x8xf32>, tensor<8x6xf32>, tensor<6xf32>, tensor<4x6xf32>
}
func.func @tiles(%a: tensor<5x6xi32>) -> (tensor<3x2x2x3xi32>, tensor<5x6xi32>) {
  %c2 = util.unfoldable_constant 2 : index
  %c3 = arith.constant 3 : index
  %c0 = arith.constant 0 : index
  %pad = arith.constant 9 : i32
  %x = tensor.cast %a : tensor<5x6xi32> to tensor<?x?xi32>
  %m = tensor.dim %x, %c0 : tensor<?x?xi32>
  %o = arith.ceildivui %m, %c2 : index
  %e = tensor.empty(%o, %c2, %c2, %c3) : tensor<?x?x?x?xi32>
  %p = linalg.pack %x padding_value(%pad : i32) inner_dims_pos = [0, 1] inner_tiles = [%c2, %c3] into %e : tensor<?x?xi32> -> tensor<?x?x?x?xi32>
  %p1 = tensor.cast %p : tensor<?x?x?x?xi32> to tensor<3x2x2x3xi32>

  %n = arith.muli %c2, %c3 : index
  %f = tensor.empty(%m, %n) : tensor<?x?xi32>
  %u = linalg.unpack %p inner_dims_pos = [0, 1] inner_tiles = [%c2, %c3] into %f : tensor<?x?x?x?xi32> -> tensor<?x?xi32>
  %u1 = tensor.cast %u : tensor<?x?xi32> to tensor<5x6xi32>
  return %p1, %u1 : tensor<3x2x2x3xi32>, tensor<5x6xi32>
}
func.func @loops(%a: tensor<3xf32>, %p: tensor<i1>) -> (tensor<3xf32>, tensor<3xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %x = tensor.cast %a : tensor<3xf32> to tensor<?xf32>
  %r = scf.for %i = %c0 to %c4 step %c1 iter_args(%v = %x) -> (tensor<?xf32>) {
    %s = arith.addf %v, %x : tensor<?xf32>
    scf.yield %s : tensor<?xf32>
  }
  %r1 = tensor.cast %r : tensor<?xf32> to tensor<3xf32>
  %c = tensor.extract %p[] : tensor<i1>
  %t = scf.if %c -> (tensor<?xf32>) {
    %s = arith.mulf %r, %x : tensor<?xf32>
    scf.yield %s : tensor<?xf32>
  } else {
    scf.yield %x : tensor<?xf32>
  }
  %t1 = tensor.cast %t : tensor<?xf32> to tensor<3xf32>
  return %r1, %t1 : tensor<3xf32>, tensor<3xf32>
}
func.func @hlo_windows(%a: tensor<1x6x6x2xf32>, %k: tensor<3x3x2x4xf32>) -> (tensor<1x4x4x4xf32>, tensor<1x3x3x2xf32>) {
  %x = tensor.cast %a : tensor<1x6x6x2xf32> to tensor<?x?x?x2xf32>
  %w = tensor.cast %k : tensor<3x3x2x4xf32> to tensor<?x?x2x4xf32>
  %0 = stablehlo.convolution(%x, %w) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<?x?x?x2xf32>, tensor<?x?x2x4xf32>) -> tensor<?x?x?x4xf32>
  %c = tensor.cast %0 : tensor<?x?x?x4xf32> to tensor<1x4x4x4xf32>
  %init = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %1 = "stablehlo.reduce_window"(%x, %init) ({
  ^bb0(%p: tensor<f32>, %q: tensor<f32>):
    %m = stablehlo.maximum %p, %q : tensor<f32>
    stablehlo.return %m : tensor<f32>
  }) {window_dimensions = array<i64: 1, 2, 2, 1>, window_strides = array<i64: 1, 2, 2, 1>} : (tensor<?x?x?x2xf32>, tensor<f32>) -> tensor<?x?x?x2xf32>
  %d = tensor.cast %1 : tensor<?x?x?x2xf32> to tensor<1x3x3x2xf32>
  return %c, %d : tensor<1x4x4x4xf32>, tensor<1x3x3x2xf32>
}
func.func @hlo_sums(%a: tensor<4x6xf32>) -> (tensor<4x4xcomplex<f32>>, tensor<4x4xf32>, tensor<6x6xf32>, tensor<4x2xf32>, tensor<4x2xi32>) {
  %x = tensor.cast %a : tensor<4x6xf32> to tensor<?x6xf32>
  %y = tensor.cast %a : tensor<4x6xf32> to tensor<?x?xf32>
  %0 = stablehlo.fft %x, type = RFFT, length = [6] : (tensor<?x6xf32>) -> tensor<?x4xcomplex<f32>>
  %f = tensor.cast %0 : tensor<?x4xcomplex<f32>> to tensor<4x4xcomplex<f32>>
  %t = stablehlo.transpose %y, dims = [1, 0] : (tensor<?x?xf32>) -> tensor<?x?xf32>
  %1 = stablehlo.dot %y, %t : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  %d = tensor.cast %1 : tensor<?x?xf32> to tensor<4x4xf32>
  %2 = stablehlo.einsum %y, %y, config = "ij,ik->jk" : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  %e = tensor.cast %2 : tensor<?x?xf32> to tensor<6x6xf32>
  %3:2 = chlo.top_k(%y, k = 2) : tensor<?x?xf32> -> (tensor<?x2xf32>, tensor<?x2xi32>)
  %g = tensor.cast %3#0 : tensor<?x2xf32> to tensor<4x2xf32>
  %h = tensor.cast %3#1 : tensor<?x2xi32> to tensor<4x2xi32>
  return %f, %d, %e, %g, %h : tensor<4x4xcomplex<f32>>, tensor<4x4xf32>, tensor<6x6xf32>, tensor<4x2xf32>, tensor<4x2xi32>
}
func.func @numbers() -> tensor<24xindex> {
  %c7 = arith.constant 7 : index
  %m3 = arith.constant -3 : index
  %c2 = arith.constant 2 : index
  %0 = arith.addi %c7, %m3 : index
  %e = tensor.empty(%0) : tensor<?xf32>
  %1 = arith.divsi %c7, %m3 : index
  %2 = arith.remsi %c7, %m3 : index
  %3 = arith.floordivsi %c7, %m3 : index
  %4 = arith.ceildivsi %c7, %m3 : index
  %5 = arith.ceildivui %c7, %c2 : index
  %6 = arith.shli %c7, %c2 : index
  %7 = arith.shrsi %m3, %c2 : index
  %8 = arith.shrui %c7, %c2 : index
  %9 = arith.minsi %c7, %m3 : index
  %10 = arith.minui %c7, %m3 : index
  %11 = arith.maxsi %c7, %m3 : index
  %12 = arith.maxui %c7, %c2 : index
  %13 = arith.andi %c7, %m3 : index
  %14 = arith.ori %c7, %m3 : index
  %15 = arith.xori %c7, %m3 : index
  %p = arith.cmpi slt, %c7, %m3 : index
  %q = arith.cmpi ult, %c7, %m3 : index
  %16 = arith.select %p, %c7, %c2 : index
  %17 = arith.select %q, %c7, %c2 : index
  %i = arith.index_cast %m3 : index to i32
  %b = arith.trunci %i : i32 to i8
  %u = arith.extui %b : i8 to i64
  %18 = arith.index_cast %u : i64 to index
  %s = arith.extsi %b : i8 to i64
  %19 = arith.index_cast %s : i64 to index
  %20 = arith.remui %c7, %c2 : index
  %21 = arith.divui %c7, %c2 : index
  %d = arith.constant dense<[[3, 5], [8, 13]]> : tensor<2x2xindex>
  %one = arith.constant 1 : index
  %22 = tensor.extract %d[%one, %one] : tensor<2x2xindex>
  %zero = arith.constant 0 : index
  %23 = tensor.dim %e, %zero : tensor<?xf32>
  %r = tensor.from_elements %0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23 : tensor<24xindex>
  return %r : tensor<24xindex>
}
func.func private @flip(%x: tensor<2x8xi1, #iree_encoding.packed_storage>) -> tensor<2x8xi1, #iree_encoding.packed_storage> {
  %all = arith.constant dense<true> : tensor<2x8xi1, #iree_encoding.packed_storage>
  %y = arith.xori %x, %all : tensor<2x8xi1, #iree_encoding.packed_storage>
  return %y : tensor<2x8xi1, #iree_encoding.packed_storage>
}
func.func @packed(%a: tensor<2xi8>) -> (tensor<2xi8>, tensor<1xi8>) {
  %x = flow.tensor.bitcast %a : tensor<2xi8> -> tensor<2x8xi1, #iree_encoding.packed_storage>
  %y = call @flip(%x) : (tensor<2x8xi1, #iree_encoding.packed_storage>) -> tensor<2x8xi1, #iree_encoding.packed_storage>
  %z = flow.tensor.bitcast %y : tensor<2x8xi1, #iree_encoding.packed_storage> -> tensor<2xi8>
  %s = tensor.extract_slice %y[1, 0] [1, 8] [1, 1] : tensor<2x8xi1, #iree_encoding.packed_storage> to tensor<8xi1, #iree_encoding.packed_storage>
  %w = flow.tensor.bitcast %s : tensor<8xi1, #iree_encoding.packed_storage> -> tensor<1xi8>
  return %z, %w : tensor<2xi8>, tensor<1xi8>
}
