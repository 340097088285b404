
func.func @f(%s: f32, %t: tensor<4xf32>, %e: f8E4M3FN, %n: i8, %i: index, %w: tensor<4xf8E8M0FNU>, %b: memref<8xi8>, %m: memref<i64>, %q: i1) {
  %0 = arith.index_castui %n : i8 to index
  %1 = arith.index_castui %i : index to i32
  %2 = arith.scaling_extf %e, %s : f8E4M3FN, f32 to f32
  %3 = arith.scaling_truncf %t, %w : tensor<4xf32>, tensor<4xf8E8M0FNU> to tensor<4xf8E4M3FN>
  %4 = math.isfinite %s : f32
  %5 = math.isinf %t : tensor<4xf32>
  %6 = math.isnan %t : tensor<4xf32>
  %7 = math.isnormal %s : f32
  %10 = arith.constant 1 : i32
  %11 = arith.dot_pairs %10, %10, %10 : i32
  %13 = arith.dot_quads %10, %10, %10 : i32
  %12 = arith.dot_pairs %s, %10, %10 : f32
  memref.append %n if %q to %b count %m : i8, memref<8xi8>, memref<i64>
  %8 = arith.cmpi "sgt", %n, %n {kept} : i8
  %9 = arith.cmpf olt, %t, %t fastmath<nnan> : tensor<4xf32>
  "scf.parallel"(%i, %i, %i) <{operandSegmentSizes = array<i32: 1, 1, 1, 0>}> ({
  ^bb0(%p: index):
    "scf.reduce"() {a.b = 1 : i32} : () -> ()
  }) : (index, index, index) -> ()
  func.return
}
