// RUN: ireelite-compile --compile-to=kernels %s | filecheck %s

// A counted loop over a small tensor is one kernel, which overwrites the tensor in place.
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %r:2 = stablehlo.while(%i = %zero, %v = %x) : tensor<i32>, tensor<4xf32>
   cond {
    %n = stablehlo.constant dense<1000> : tensor<i32>
    %p = stablehlo.compare LT, %i, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %p : tensor<i1>
  } do {
    %one = stablehlo.constant dense<1> : tensor<i32>
    %next = stablehlo.add %i, %one : tensor<i32>
    %s = stablehlo.multiply %v, %v : tensor<4xf32>
    stablehlo.return %next, %s : tensor<i32>, tensor<4xf32>
  }
  return %r#1 : tensor<4xf32>
}
// CHECK:      func.func @main_rgn_dispatch_0([[IN:%.*]]: memref<4xf32>, [[OUT:%.*]]: memref<4xf32>)
// CHECK:        scf.for [[K:%.*]] = %c0 to %c4 step %c1 {
// CHECK-NEXT:     [[START:%.*]] = memref.load [[IN]]{{\[}}[[K]]]
// CHECK-NEXT:     memref.store [[START]], [[OUT]]{{\[}}[[K]]]
// CHECK:        scf.for {{%.*}} = %c0 to %c1000 step %c1 {
// CHECK-NEXT:     scf.for [[J:%.*]] = %c0 to %c4 step %c1 {
// CHECK-NEXT:       [[OLD:%.*]] = memref.load [[OUT]]{{\[}}[[J]]]
// CHECK-NEXT:       [[NEW:%.*]] = arith.mulf [[OLD]], [[OLD]]
// CHECK-NEXT:       memref.store [[NEW]], [[OUT]]{{\[}}[[J]]]
