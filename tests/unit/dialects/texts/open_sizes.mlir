iree.multi_arch_executable @ex() {
  iree.executable(Unspecified) {
    module {
      func.func @entry(%arg0: memref<?x3xf32>, %arg1: memref<?x3xf32>, %n: index) attributes {iree.executable.export} {
        %0 = iree.load_input(%arg0 : memref<?x3xf32>) sizes(%n) : tensor<?x3xf32>
        iree.store_output(%0 : tensor<?x3xf32>, %arg1 : memref<?x3xf32>)
        iree.return
      }
    }
  }
}
func.func @tensors(%a: tensor<?x3xf32>, %n: index) -> tensor<?x3xf32> {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %a, %c0 : tensor<?x3xf32>
  iree.check_size %m is %n or "dimension 0 of argument 0 has another size" {kept}
  %0 = iree.dynamic_dispatch_region[%n, %n, %m](%arg0 = %a : tensor<?x3xf32>, %size = %n : index) : (tensor<?x3xf32>) sizes(%n) {
    %1 = iree.sized %arg0 sizes(%size) {kept} : tensor<?x3xf32>
    %2 = math.exp %1 : tensor<?x3xf32>
    iree.return %2 : tensor<?x3xf32>
  } {kept}
  func.return %0 : tensor<?x3xf32>
}
func.func @buffers(%a: memref<?x3xf32>) -> memref<?x3xf32> {
  %c0 = arith.constant 0 : index
  %n = memref.dim %a, %c0 : memref<?x3xf32>
  %0 = "iree_hl_seq.alloc_heap"(%n) : (index) -> memref<?x3xf32>
  iree_hl_seq.dynamic_dispatch ex::entry[%n, %n, %n](%a, %0, %n) : (memref<?x3xf32>, memref<?x3xf32>, index) -> () {kept}
  iree_hl_seq.return %0 : memref<?x3xf32>
}
func.func @planned(%a: memref<?x3xf32>) -> memref<?x3xf32> {
  %c0 = arith.constant 0 : index
  %n = memref.dim %a, %c0 : memref<?x3xf32>
  %0 = "iree_ll_seq.alloc_heap"(%n) : (index) -> memref<?x3xf32>
  iree_ll_seq.dynamic_dispatch ex::entry[%n, %n, %n](%a, %0, %n) : (memref<?x3xf32>, memref<?x3xf32>, index) -> () {kept}
  iree_ll_seq.return %0 : memref<?x3xf32>
}
