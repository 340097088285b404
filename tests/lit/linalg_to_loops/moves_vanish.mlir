// RUN: ireelite-compile --compile-to=kernels %s | filecheck %s

// Ops that only move data become index arithmetic: one load, one store. The index space is the output's, its last
// dimension fastest, and a scalar has one loop of extent 1.
func.func @moves(%x: tensor<6x4xf32>) -> tensor<2x3xf32> {
  %s = stablehlo.slice %x [0:6:2, 1:3] : (tensor<6x4xf32>) -> tensor<3x2xf32>
  %t = stablehlo.transpose %s, dims = [1, 0] : (tensor<3x2xf32>) -> tensor<2x3xf32>
  %n = stablehlo.negate %t : tensor<2x3xf32>
  return %n : tensor<2x3xf32>
}
// CHECK:      func.func @moves_rgn_dispatch_0(%arg0: memref<6x4xf32>, %arg1: memref<2x3xf32>) attributes {iree.executable.export, iree.executable.workload = dense<[3, 2, 1]> : tensor<3xi32>
// CHECK:        scf.parallel (%i, %j) = (%c0, %c0) to (%c2, %c3) step (%c1, %c1) {
// CHECK:          memref.load %arg0[
// CHECK-NOT:      memref.load
// CHECK:          arith.negf
// CHECK-NEXT:     memref.store {{%.*}}, %arg1[%i, %j] : memref<2x3xf32>

func.func @scalar(%x: tensor<f32>) -> tensor<f32> {
  %n = stablehlo.negate %x : tensor<f32>
  return %n : tensor<f32>
}
// CHECK:      func.func @scalar_rgn_dispatch_0(%arg0: memref<f32>, %arg1: memref<f32>) attributes {iree.executable.export, iree.executable.workload = dense<1> : tensor<3xi32>
// CHECK:        scf.parallel (%i) = (%c0) to (%c1) step (%c1)
// CHECK:          memref.load %arg0[] : memref<f32>
// CHECK:          memref.store {{%.*}}, %arg1[] : memref<f32>
