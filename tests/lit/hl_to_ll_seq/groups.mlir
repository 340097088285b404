// RUN: ireelite-compile --compile-to=ll-seq %s | filecheck %s

// Two independent reductions share a group; what reads both waits behind a barrier. Their buffers live at the same
// time, so they lie side by side in the arena; the last transient may take the place of one that is dead by then. (The rows are too few
// to share a dispatch.)
func.func @groups(%x: tensor<32x96xf32>) -> tensor<32xf32> {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %one = stablehlo.constant dense<1.0> : tensor<f32>
  %s = stablehlo.reduce(%x init: %zero) applies stablehlo.add across dimensions = [1] : (tensor<32x96xf32>, tensor<f32>) -> tensor<32xf32>
  %p = stablehlo.reduce(%x init: %one) applies stablehlo.multiply across dimensions = [0] : (tensor<32x96xf32>, tensor<f32>) -> tensor<96xf32>
  %wide = stablehlo.broadcast_in_dim %p, dims = [1] : (tensor<96xf32>) -> tensor<32x96xf32>
  %y = stablehlo.multiply %x, %wide : tensor<32x96xf32>
  %t = stablehlo.reduce(%y init: %zero) applies stablehlo.add across dimensions = [1] : (tensor<32x96xf32>, tensor<f32>) -> tensor<32xf32>
  %u = stablehlo.reduce(%y init: %one) applies stablehlo.multiply across dimensions = [1] : (tensor<32x96xf32>, tensor<f32>) -> tensor<32xf32>
  %w = stablehlo.add %s, %t : tensor<32xf32>
  %r = stablehlo.add %w, %u : tensor<32xf32>
  return %r : tensor<32xf32>
}
// CHECK:      func.func @groups(%x: memref<32x96xf32>) -> memref<32xf32> attributes {iree.ordinal = 0 : i32} {
// CHECK-NEXT:   %r = "iree_ll_seq.alloc_heap"() : () -> memref<32xf32>
// CHECK-NEXT:   %arena = "iree_ll_seq.alloc_arena"() : () -> memref<13056xi8>
// CHECK-NEXT:   %s = iree_ll_seq.subspan %arena[512] : memref<13056xi8> -> memref<32xf32>
// CHECK-NEXT:   %p = iree_ll_seq.subspan %arena[0] : memref<13056xi8> -> memref<96xf32>
// CHECK-NEXT:   %y = iree_ll_seq.subspan %arena[768] : memref<13056xi8> -> memref<32x96xf32>
// CHECK-NEXT:   %w = iree_ll_seq.subspan %arena[0] : memref<13056xi8> -> memref<32xf32>
// CHECK-NEXT:   iree_ll_seq.static_dispatch groups_ex_dispatch_0::groups_rgn_dispatch_0
// CHECK-NEXT:   iree_ll_seq.static_dispatch groups_ex_dispatch_1::groups_rgn_dispatch_1
// CHECK-NEXT:   iree_ll_seq.barrier
// CHECK-NEXT:   iree_ll_seq.static_dispatch groups_ex_dispatch_2::groups_rgn_dispatch_2
// CHECK-NEXT:   iree_ll_seq.barrier
// CHECK-NEXT:   iree_ll_seq.static_dispatch groups_ex_dispatch_3::groups_rgn_dispatch_3
// CHECK-NEXT:   iree_ll_seq.barrier
// CHECK-NEXT:   iree_ll_seq.static_dispatch groups_ex_dispatch_4::groups_rgn_dispatch_4
// CHECK-NEXT:   iree_ll_seq.return %r
