// RUN: ireelite-compile --compile-to=kernels %s | filecheck %s

// A reduction of pairs is one loop with two accumulators.
func.func @argmax(%x: tensor<2x9xf32>) -> tensor<2xi32> {
  %low = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %none = stablehlo.constant dense<0> : tensor<i32>
  %n = stablehlo.iota dim = 1 : tensor<2x9xi32>
  %m:2 = stablehlo.reduce(%x init: %low), (%n init: %none) across dimensions = [1] : (tensor<2x9xf32>, tensor<2x9xi32>, tensor<f32>, tensor<i32>) -> (tensor<2xf32>, tensor<2xi32>)
   reducer(%best: tensor<f32>, %new: tensor<f32>) (%at: tensor<i32>, %here: tensor<i32>) {
    %keep = stablehlo.compare GE, %best, %new, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %v = stablehlo.select %keep, %best, %new : tensor<i1>, tensor<f32>
    %i = stablehlo.select %keep, %at, %here : tensor<i1>, tensor<i32>
    stablehlo.return %v, %i : tensor<f32>, tensor<i32>
  }
  return %m#1 : tensor<2xi32>
}
// CHECK:      func.func @argmax_rgn_dispatch_0(%arg0: memref<2x9xf32>, %arg1: memref<2xi32>)
// CHECK:        scf.parallel (%i) = (%c0) to (%c2) step (%c1) {
// CHECK:          {{%.*}}, [[AT:%.*]] = scf.for [[K:%.*]] = %c0 to %c9 step %c1 iter_args([[BEST:%.*]] = {{%.*}}, [[WHERE:%.*]] = {{%.*}}) -> (f32, i32) {
// CHECK-DAG:        [[NEW:%.*]] = memref.load %arg0[%i, [[K]]] : memref<2x9xf32>
// CHECK-DAG:        [[HERE:%.*]] = arith.index_cast [[K]] : index to i32
// CHECK:            [[KEEP:%.*]] = arith.cmpf oge, [[BEST]], [[NEW]] : f32
// CHECK:            arith.select [[KEEP]], [[BEST]], [[NEW]] : f32
// CHECK:            arith.select [[KEEP]], [[WHERE]], [[HERE]] : i32
// CHECK:            scf.yield
// CHECK:          memref.store [[AT]], %arg1[%i] : memref<2xi32>
