// RUN: ireelite-compile --compile-to=hl-seq %s | filecheck %s --check-prefix=HIGH
// RUN: ireelite-compile --compile-to=ll-seq %s | filecheck %s --check-prefix=LOW
// RUN: ireelite-compile --compile-to=vm --iree-hal-target-backends=vmvx %s | filecheck %s --check-prefix=VM

// A constant of equal elements that is returned is no data of the module: the device fills a buffer with it. The HAL
// has patterns of up to four bytes. What is wider is copied in part, and then doubled.
func.func @fills() -> (tensor<1000000xf32>, tensor<1024xi64>) {
  %0 = stablehlo.constant dense<1.0> : tensor<1000000xf32>
  %1 = stablehlo.constant dense<4294967298> : tensor<1024xi64>
  return %0, %1 : tensor<1000000xf32>, tensor<1024xi64>
}
// HIGH:      func.func @fills() -> (memref<1000000xf32>, memref<1024xi64>)
// HIGH-NOT:    constant
// HIGH:        iree_hl_seq.fill dense<1.000000e+00> : tensor<f32>, [[A:%[0-9]+]] : memref<1000000xf32>
// HIGH:        iree_hl_seq.fill dense<4294967298> : tensor<i64>, [[B:%[0-9]+]] : memref<1024xi64>
// HIGH-NEXT:   iree_hl_seq.return [[A]], [[B]]

// LOW-NOT:     constant
// LOW-NOT:     barrier
// LOW:         iree_ll_seq.fill dense<1.000000e+00> : tensor<f32>, [[A:%[0-9]+]] : memref<1000000xf32>
// LOW-NEXT:    iree_ll_seq.fill dense<4294967298> : tensor<i64>, [[B:%[0-9]+]] : memref<1024xi64>
// LOW-NEXT:    iree_ll_seq.return [[A]], [[B]]

// VM:        vm.func @__fills_memoize
// VM:          vm.call @hal.command_buffer.fill_buffer
// VM:          vm.call @hal.command_buffer.copy_buffer
// VM:          vm.call @hal.command_buffer.execution_barrier
// VM:          vm.call @hal.command_buffer.copy_buffer
// VM:          vm.call @hal.command_buffer.execution_barrier
// VM-NOT:      copy_buffer
// VM:          vm.call @hal.command_buffer.finalize
