// RUN: ireelite-compile --compile-to=hl-seq %s | filecheck %s

// Executables are numbered by function, before all functions; the module keeps its name.
module @pair {
  func.func @first(%x: tensor<2xf32>) -> tensor<2xf32> {
    %0 = stablehlo.negate %x : tensor<2xf32>
    return %0 : tensor<2xf32>
  }
  func.func @second(%x: tensor<3xf32>) -> tensor<3xf32> {
    %0 = stablehlo.sqrt %x : tensor<3xf32>
    return %0 : tensor<3xf32>
  }
}
// CHECK:      module @pair {
// CHECK-NEXT:   iree.multi_arch_executable @first_ex_dispatch_0() {
// CHECK:          func.func @first_rgn_dispatch_0
// CHECK:        iree.multi_arch_executable @second_ex_dispatch_0() {
// CHECK:          func.func @second_rgn_dispatch_0
// CHECK:        func.func @first(%x: memref<2xf32>) -> memref<2xf32> {
// CHECK:          iree_hl_seq.dispatch first_ex_dispatch_0::first_rgn_dispatch_0
// CHECK:        func.func @second(%x: memref<3xf32>) -> memref<3xf32> {
// CHECK:          iree_hl_seq.dispatch second_ex_dispatch_0::second_rgn_dispatch_0
