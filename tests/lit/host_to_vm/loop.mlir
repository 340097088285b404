// RUN: ireelite-compile --compile-to=vm --iree-execution-model=host-only %s | filecheck %s

// A host-only program imports nothing, and its state is set by `__init` itself.

util.global private mutable @calls = 2 : i32

func.func @sum(%n: i32) -> i64 {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %zero = arith.constant 0 : i64
  %0 = util.global.load @calls : i32
  %1 = arith.addi %0, %c1 : i32
  util.global.store %1, @calls : i32
  %sum = scf.for %i = %c0 to %n step %c1 iter_args(%acc = %zero) -> (i64) : i32 {
    %wide = arith.extui %i : i32 to i64
    %next = arith.addi %acc, %wide : i64
    scf.yield %next : i64
  }
  return %sum : i64
}
// CHECK:       vm.module @module {
// CHECK-NOT:     vm.import
// CHECK:         vm.global.i32 @calls
// CHECK-NEXT:    vm.func @sum(%n: i32) -> i64 {
// CHECK:           [[CALLS:%.+]] = vm.global.load.i32 @calls : i32
// CHECK-NEXT:      [[MORE:%.+]] = vm.add.i32 [[CALLS]], %c1 : (i32, i32) -> i32
// CHECK-NEXT:      vm.global.store.i32 @calls [[MORE]] : (i32)
// CHECK-NEXT:      vm.br ^bb1(%c0, %zero) : (i32, i64)
// CHECK-NEXT:    ^bb1(%i: i32, %acc: i64):
// CHECK-NEXT:      [[LESS:%.+]] = vm.cmp.lt.i32.s %i, %n : (i32, i32) -> i32
// CHECK-NEXT:      vm.cond_br [[LESS]] ^bb2, ^bb3 : (i32)
// CHECK-NEXT:    ^bb2:
// CHECK-NEXT:      %wide = vm.ext.i32.i64.u %i : (i32) -> i64
// CHECK-NEXT:      %next = vm.add.i64 %acc, %wide : (i64, i64) -> i64
// CHECK:           vm.br ^bb1({{%.+}}, %next) : (i32, i64)
// CHECK-NEXT:    ^bb3:
// CHECK-NEXT:      vm.return %acc : (i64)
// CHECK:         vm.export @sum {iree.abi.declaration = "sync func @sum(%input0: i32) -> (%output0: i64)"}
// CHECK-NEXT:    vm.func @__init() {
// CHECK-NEXT:      %0 = vm.const.i32 2 : i32
// CHECK-NEXT:      vm.global.store.i32 @calls %0 : (i32)
// CHECK-NEXT:      vm.return
