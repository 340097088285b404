// RUN: ireelite-compile --compile-to=vm --iree-hal-target-backends=vmvx %s | filecheck %s
// RUN: ireelite-compile --compile-to=vm --iree-hal-target-backends=vmvx --module-name=numbers %s | filecheck %s --check-prefix=NAMED

func.func @scale(%x: tensor<6xf32>) -> tensor<6xf32> {
  %two = stablehlo.constant dense<2.0> : tensor<6xf32>
  %0 = stablehlo.multiply %x, %two : tensor<6xf32>
  return %0 : tensor<6xf32>
}
// NAMED: vm.module @numbers {

// CHECK:      vm.module @module {
// CHECK-DAG:    vm.import @hal.fence.create "0rI_r" minimum_version 7
// CHECK-DAG:    vm.import @hal.command_buffer.dispatch "0rrIiiiICiDCiirIID_v" minimum_version 7
// CHECK:        vm.rodata @scale_ex_dispatch_0_vmvx "application/{{.*}}" dense<"0x
// CHECK:        vm.func @scale(%input0: !vm.ref<!hal.buffer_view>) -> !vm.ref<!hal.buffer_view> {
// CHECK:          vm.call.variadic @hal.buffer_view.assert
// CHECK:          vm.call @hal.fence.create
// CHECK:          vm.call @hal.device.queue.alloca
// CHECK:          vm.call.variadic @hal.device.queue.execute.indirect
// CHECK:          vm.call.variadic.yieldable @hal.fence.await
// CHECK:          vm.cond_br
// CHECK:          vm.fail "failed to wait on timepoint"
// CHECK:          vm.call.variadic @hal.buffer_view.create
// CHECK-NEXT:     vm.return
// CHECK:        vm.export @scale {iree.abi.declaration = "sync func @scale(%input0: tensor<6xf32>) -> (%output0: tensor<6xf32>)"}
// CHECK:        vm.func @__init() {
// CHECK:          vm.call @hal.devices.get
// CHECK:          vm.call @hal.executable.create
// CHECK:        vm.export @__init
