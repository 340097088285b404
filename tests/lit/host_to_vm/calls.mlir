// RUN: ireelite-compile --compile-to=vm %s | filecheck %s
// RUN: ireelite-compile --compile-to=vm --iree-execution-model=async-external %s | filecheck %s --check-prefix=ASYNC

// Calls of another module: with a fallback, with another type in the machine, and with fences.

func.func private @other.print(!other.string) attributes {vm.fallback = @ignore}
func.func private @other.size(!other.string) -> index attributes {vm.signature = (!vm.ref<!other.string>) -> i32, vm.version = 3 : i32}
func.func private @other.view(tensor<?xf32>) -> tensor<?xf32> attributes {iree.abi.model = "coarse-fences"}

func.func private @ignore(%s: !other.string) {
  return
}
func.func @measure(%s: !other.string) -> index {
  call @other.print(%s) : (!other.string) -> ()
  %0 = call @other.size(%s) : (!other.string) -> index
  return %0 : index
}
func.func @through(%x: tensor<?xf32>) -> tensor<?xf32> {
  %0 = call @other.view(%x) : (tensor<?xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
// CHECK-DAG:   vm.import optional @other.print "0r_v"
// CHECK-DAG:   vm.import @other.size "0r_i" minimum_version 3
// CHECK-DAG:   vm.import @other.view "0rrr_r"
// CHECK:       vm.func @measure(%s: !vm.ref<!other.string>) -> i64 {
// CHECK-NEXT:    [[THERE:%.+]] = vm.import.resolved @other.print() : i32
// CHECK-NEXT:    vm.cond_br [[THERE]] ^bb1, ^bb2 : (i32)
// CHECK-NEXT:  ^bb1:
// CHECK-NEXT:    vm.call @other.print(%s) : (!vm.ref<!other.string>)
// CHECK-NEXT:    vm.br ^bb3
// CHECK-NEXT:  ^bb2:
// CHECK-NEXT:    vm.call @ignore(%s) : (!vm.ref<!other.string>)
// CHECK-NEXT:    vm.br ^bb3
// CHECK-NEXT:  ^bb3:
// CHECK-NEXT:    [[SIZE:%.+]] = vm.call @other.size(%s) : (!vm.ref<!other.string>) -> i32
// CHECK-NEXT:    [[WIDE:%.+]] = vm.ext.i32.i64.s [[SIZE]] : (i32) -> i64
// CHECK-NEXT:    vm.return [[WIDE]] : (i64)
// CHECK:       vm.func @through(%x: !vm.ref<!hal.buffer_view>) -> !vm.ref<!hal.buffer_view> {
// CHECK:         [[DONE:%.+]] = vm.call @hal.fence.create
// CHECK:         [[VIEW:%.+]] = vm.call @other.view(%x, {{%.+}}, [[DONE]])
// CHECK:         vm.call.variadic.yieldable @hal.fence.await
// CHECK:         vm.return [[VIEW]] : (!vm.ref<!hal.buffer_view>)

// ASYNC:       vm.func @through(%x: !vm.ref<!hal.buffer_view>, %wait: !vm.ref<!hal.fence>, %signal: !vm.ref<!hal.fence>) -> !vm.ref<!hal.buffer_view> {
// ASYNC:         [[DONE:%.+]] = vm.call @hal.fence.create
// ASYNC-NEXT:    [[VIEW:%.+]] = vm.call @other.view(%x, %wait, [[DONE]])
// ASYNC-NOT:     await
// ASYNC:         vm.call @hal.device.queue.barrier({{%.+}}, {{%.+}}, [[DONE]], %signal, {{%.+}})
// ASYNC-NEXT:    vm.return [[VIEW]] : (!vm.ref<!hal.buffer_view>)
// ASYNC:       vm.export @through {iree.abi.declaration = "async func @through(%input0: tensor<?xf32>) -> (%output0: tensor<?xf32>)", iree.abi.model = "coarse-fences"}
