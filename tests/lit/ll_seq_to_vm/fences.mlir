// RUN: ireelite-compile --compile-to=vm --iree-execution-model=async-external --iree-hal-target-backends=vmvx %s | filecheck %s

// Nothing to allocate: the queue waits for the caller's fence and signals its other one; storage
// comes back as it was given.
func.func @into(%x: tensor<4xf32>, %to: tensor<4xf32> {iree.abi.output = 0 : index}) -> tensor<4xf32> {
  %0 = math.absf %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}
// CHECK:      vm.func @into(%input0: !vm.ref<!hal.buffer_view>, %input1: !vm.ref<!hal.buffer_view>, %wait: !vm.ref<!hal.fence>, %signal: !vm.ref<!hal.fence>) -> !vm.ref<!hal.buffer_view> {
// CHECK:        vm.call.variadic @hal.buffer_view.assert
// CHECK-NOT:    hal.buffer_view.assert
// CHECK-NOT:    @hal.fence
// CHECK:        vm.call.variadic @hal.device.queue.execute.indirect {{.*}}(%device, {{%[a-z0-9_]+}}, %wait, %signal, %into_command_buffer,
// CHECK-NOT:    @hal.fence
// CHECK:        vm.return %input1
// CHECK:      vm.export @into {iree.abi.declaration = "async func @into(%input0: tensor<4xf32>, %input1: tensor<4xf32> {iree.abi.output = 0 : index}) -> (%output0: tensor<4xf32>)", iree.abi.model = "coarse-fences"}

// An allocation, and an arena that is released before the caller's fence is signalled.
func.func @chain(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = stablehlo.dot_general %x, %x, contracting_dims = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = stablehlo.dot_general %0, %x, contracting_dims = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %1 : tensor<4x4xf32>
}
// CHECK:      vm.func @chain(%input0: !vm.ref<!hal.buffer_view>, %wait: !vm.ref<!hal.fence>, %signal: !vm.ref<!hal.fence>)
// CHECK:        [[FIRST:%[a-z0-9_]+]] = vm.call @hal.fence.create
// CHECK:        vm.call @hal.device.queue.alloca(%device, {{%[a-z0-9_]+}}, {{%[a-z0-9_]+}}, [[FIRST]],
// CHECK:        [[SECOND:%[a-z0-9_]+]] = vm.call @hal.fence.create
// CHECK:        vm.call @hal.device.queue.alloca(%device, {{%[a-z0-9_]+}}, [[FIRST]], [[SECOND]],
// CHECK:        [[READY:%[a-z0-9_]+]] = vm.call.variadic @hal.fence.join {{.*}}(%{{[a-z0-9_]+}}, %wait, [[SECOND]])
// CHECK:        %done = vm.call @hal.fence.create
// CHECK:        vm.call.variadic @hal.device.queue.execute.indirect {{.*}}(%device, {{%[a-z0-9_]+}}, [[READY]], %done,
// CHECK:        vm.call @hal.device.queue.dealloca(%device, {{%[a-z0-9_]+}}, %done, %signal,
// CHECK-NOT:    hal.fence.await

// No work: the fences are joined on the queue.
func.func @same(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
// CHECK:      vm.func @same(
// CHECK:        vm.call @hal.device.queue.barrier(%device, {{%[a-z0-9_]+}}, %wait, %signal,

// CHECK:      vm.func @__init
