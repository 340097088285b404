// RUN: ireelite-compile --compile-to=kernels --iree-hal-target-backends=vmvx %s -o - | filecheck %s

func.func @clamps(%x: tensor<300xf32>, %i: tensor<ui8>, %j: tensor<i64>) -> (tensor<2xf32>, tensor<2xf32>) {
  %a = stablehlo.dynamic_slice %x, %i, sizes = [2] : (tensor<300xf32>, tensor<ui8>) -> tensor<2xf32>
  %b = stablehlo.dynamic_slice %x, %j, sizes = [2] : (tensor<300xf32>, tensor<i64>) -> tensor<2xf32>
  return %a, %b : tensor<2xf32>, tensor<2xf32>
}
// A number that has all of its bits is widened without a sign; a wide one is clamped before it is cast.
// CHECK-LABEL: func.func @clamps_rgn_dispatch_0
// CHECK:         [[WIDE:%[0-9]+]] = arith.extui %{{[0-9]+}} : i8 to i64
// CHECK-NEXT:    arith.index_cast [[WIDE]] : i64 to index
// CHECK:         [[LOW:%[0-9]+]] = arith.maxsi %{{[0-9]+}}, %{{[0-9]+}} : i64
// CHECK-NEXT:    [[INSIDE:%[0-9]+]] = arith.minsi [[LOW]], %{{[0-9]+}} : i64
// CHECK-NEXT:    arith.index_cast [[INSIDE]] : i64 to index

func.func @chooses(%x: tensor<8xf32>, %u: tensor<3xf32>, %i: tensor<i32>) -> tensor<8xf32> {
  %0 = stablehlo.dynamic_update_slice %x, %u, %i : (tensor<8xf32>, tensor<3xf32>, tensor<i32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
// Only the place that is chosen is read.
// CHECK-LABEL: func.func @chooses_rgn_dispatch_0
// CHECK:         [[AT:%[0-9]+]] = arith.subi %i, %{{[0-9]+}} : index
// CHECK-NEXT:    [[IN:%[0-9]+]] = arith.cmpi ult, [[AT]], %c3 : index
// CHECK-NEXT:    scf.if [[IN]] -> (f32) {
// CHECK-NEXT:      memref.load %arg1{{\[}}[[AT]]] : memref<3xf32>
// CHECK:         } else {
// CHECK-NEXT:      memref.load %arg0[%i] : memref<8xf32>

func.func @halves(%a: tensor<2xf32>, %b: tensor<3xf32>, %c: tensor<4xf32>, %d: tensor<5xf32>) -> tensor<14xf32> {
  %0 = stablehlo.concatenate %a, %b, %c, %d, dim = 0 : (tensor<2xf32>, tensor<3xf32>, tensor<4xf32>, tensor<5xf32>) -> tensor<14xf32>
  return %0 : tensor<14xf32>
}
// Of four tensors, the right one is found by two comparisons.
// CHECK-LABEL: func.func @halves_rgn_dispatch_0
// CHECK:         [[FRONT:%[0-9]+]] = arith.cmpi slt, %i, %c5 : index
// CHECK-NEXT:    scf.if [[FRONT]] -> (f32) {
// CHECK-NEXT:      arith.cmpi slt, %i, %c2 : index
// CHECK:         } else {
// CHECK:           arith.cmpi slt, %i, %c9 : index
