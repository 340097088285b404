// RUN: ireelite-compile --compile-to=hl-seq %s | filecheck %s --check-prefix=HIGH
// RUN: ireelite-compile --compile-to=ll-seq %s | filecheck %s --check-prefix=LOW

// A constant that is returned is copied: the caller may write to what it gets. One that a dispatch reads is not.
func.func @constants(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %c = stablehlo.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %s = stablehlo.add %x, %c : tensor<2xf32>
  return %c, %s, %x : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}
// HIGH:      func.func @constants(%x: memref<2xf32>)
// HIGH-NEXT:   %c = iree_interp.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
// HIGH:        iree_hl_seq.dispatch constants_ex_dispatch_0::constants_rgn_dispatch_0[%cst : memref<3xi32>](%x, %c, %s)
// HIGH-NEXT:   [[OUT:%[0-9]+]] = "iree_hl_seq.alloc_heap"() : () -> memref<2xf32>
// HIGH-NEXT:   iree_hl_seq.copy %c, [[OUT]] : memref<2xf32>, memref<2xf32>
// HIGH-NEXT:   iree_hl_seq.return [[OUT]], %s, %x

// LOW:      func.func @constants(%x: memref<2xf32>)
// LOW-NEXT:   %c = iree_ll_seq.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
// LOW-NEXT:   %s = "iree_ll_seq.alloc_heap"() : () -> memref<2xf32>
// LOW-NEXT:   [[OUT:%[0-9]+]] = "iree_ll_seq.alloc_heap"() : () -> memref<2xf32>
// LOW-NOT:    barrier
// LOW:        iree_ll_seq.static_dispatch constants_ex_dispatch_0::constants_rgn_dispatch_0[dense<[2, 1, 1]> : tensor<3xi32>](%x, %c, %s)
// LOW-NEXT:   iree_ll_seq.copy %c, [[OUT]]
// LOW-NEXT:   iree_ll_seq.return [[OUT]], %s, %x
