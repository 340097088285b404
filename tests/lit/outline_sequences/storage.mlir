// RUN: ireelite-compile --compile-to=hl-seq %s | filecheck %s

// Result 0 is made in the argument that is its storage.
func.func @in_place(%x: tensor<4xf32>, %to: tensor<4xf32> {iree.abi.output = 0 : index}) -> tensor<4xf32> {
  %0 = math.absf %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}
// CHECK:      func.func @in_place(%x: memref<4xf32>, %to: memref<4xf32> {iree.abi.output = 0 : index}) -> memref<4xf32> {
// CHECK-NOT:    alloc_heap
// CHECK:        iree_hl_seq.dispatch in_place_ex_dispatch_0::in_place_rgn_dispatch_0[%cst : memref<3xi32>](%x, %to)
// CHECK-NEXT:   iree_hl_seq.return %to : memref<4xf32>

// What the storage held is read, so the result is made elsewhere and copied.
func.func @read(%x: tensor<4xf32>, %to: tensor<4xf32> {iree.abi.output = 0 : index}) -> tensor<4xf32> {
  %0 = arith.addf %x, %to : tensor<4xf32>
  return %0 : tensor<4xf32>
}
// CHECK:      func.func @read(
// CHECK:        %0 = "iree_hl_seq.alloc_heap"() : () -> memref<4xf32>
// CHECK-NEXT:   iree_hl_seq.dispatch read_ex_dispatch_0::read_rgn_dispatch_0[%cst : memref<3xi32>](%x, %to, %0)
// CHECK-NEXT:   iree_hl_seq.copy %0, %to : memref<4xf32>, memref<4xf32>
// CHECK-NEXT:   iree_hl_seq.return %to : memref<4xf32>

// Two arguments that are storage for each other's contents.
func.func @swap(%x: tensor<4xf32> {iree.abi.output = 1 : index}, %y: tensor<4xf32> {iree.abi.output = 0 : index}) -> (tensor<4xf32>, tensor<4xf32>) {
  return %x, %y : tensor<4xf32>, tensor<4xf32>
}
// CHECK:      func.func @swap(
// CHECK-NEXT:   [[X:%[0-9]+]] = "iree_hl_seq.alloc_heap"() : () -> memref<4xf32>
// CHECK-NEXT:   iree_hl_seq.copy %x, [[X]]
// CHECK-NEXT:   [[Y:%[0-9]+]] = "iree_hl_seq.alloc_heap"() : () -> memref<4xf32>
// CHECK-NEXT:   iree_hl_seq.copy %y, [[Y]]
// CHECK-NEXT:   iree_hl_seq.copy [[Y]], %x
// CHECK-NEXT:   iree_hl_seq.copy [[X]], %y
// CHECK-NEXT:   iree_hl_seq.return %y, %x : memref<4xf32>, memref<4xf32>

// A constant is copied there; a value that is returned twice is copied once.
func.func @twice(%x: tensor<2xf32>, %to: tensor<2xf32> {iree.abi.output = 1 : index}, %c: tensor<2xi32> {iree.abi.output = 2 : index}) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xi32>) {
  %0 = math.absf %x : tensor<2xf32>
  %1 = arith.constant dense<[1, 2]> : tensor<2xi32>
  return %0, %0, %1 : tensor<2xf32>, tensor<2xf32>, tensor<2xi32>
}
// CHECK:      func.func @twice(
// CHECK:        [[R:%[0-9]+]] = "iree_hl_seq.alloc_heap"() : () -> memref<2xf32>
// CHECK:        iree_hl_seq.copy [[R]], %to : memref<2xf32>, memref<2xf32>
// CHECK-NEXT:   iree_hl_seq.copy %0, %c : memref<2xi32>, memref<2xi32>
// CHECK-NEXT:   iree_hl_seq.return [[R]], %to, %c
