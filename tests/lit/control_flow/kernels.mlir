// RUN: ireelite-compile --compile-to=dispatch %s | filecheck %s --check-prefix=DISPATCH
// RUN: ireelite-compile --compile-to=hl-seq %s | filecheck %s --check-prefix=HLSEQ
// RUN: ireelite-compile --compile-to=ll-seq %s | filecheck %s --check-prefix=LLSEQ
// RUN: ireelite-compile --compile-to=kernels %s | filecheck %s --check-prefix=KERNEL
// RUN: ireelite-compile --compile-to=vm --iree-hal-target-backends=vmvx %s | filecheck %s --check-prefix=VM

// As many turns as an argument says. The outputs are stacked in place, and a product is kept.
func.func @scan(%n: tensor<i32>, %x: tensor<24xf32>, %w: tensor<24x24xf32>) -> tensor<9x24xf32> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %init = stablehlo.constant dense<0.0> : tensor<9x24xf32>
  %0:3 = stablehlo.while(%i = %zero, %h = %x, %ys = %init) : tensor<i32>, tensor<24xf32>, tensor<9x24xf32>
  cond {
    %1 = stablehlo.compare LT, %i, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  } do {
    %1 = stablehlo.add %i, %one : tensor<i32>
    %2 = stablehlo.dot_general %h, %w, contracting_dims = [0] x [0] : (tensor<24xf32>, tensor<24x24xf32>) -> tensor<24xf32>
    %3 = stablehlo.reshape %2 : (tensor<24xf32>) -> tensor<1x24xf32>
    %4 = stablehlo.dynamic_update_slice %ys, %3, %i, %zero : (tensor<9x24xf32>, tensor<1x24xf32>, tensor<i32>, tensor<i32>) -> tensor<9x24xf32>
    stablehlo.return %1, %2, %4 : tensor<i32>, tensor<24xf32>, tensor<9x24xf32>
  }
  return %0#2 : tensor<9x24xf32>
}

// The kernel takes a part of the turns, and says whether the loop goes on. Other kernels take the rest.
// DISPATCH-LABEL: func.func @scan
// DISPATCH:         iree.dispatch_region[{{.*}}) : tensor<i1>, tensor<i32>, tensor<24xf32>, tensor<9x24xf32>, tensor<i32>, tensor<24xf32> {
// DISPATCH:           iree_tensor.serial %zero, %arg3, %init, %6 : (tensor<i32>, tensor<24xf32>, tensor<9x24xf32>, tensor<i32>) -> (tensor<i1>, tensor<i32>, tensor<24xf32>, tensor<9x24xf32>, tensor<i32>, tensor<24xf32>) {
// DISPATCH:             scf.while
// DISPATCH:               %[[BOTH:.*]] = arith.andi %{{.*}}, %{{.*}} : tensor<i1>
// DISPATCH:               %[[MORE:.*]] = tensor.extract %[[BOTH]][] : tensor<i1>
// DISPATCH-NEXT:          scf.condition(%[[MORE]])
// DISPATCH:               %[[NEW:.*]] = iree_tensor.keep %{{.*}} : tensor<24xf32>
// DISPATCH:               iree_tensor.update %ys, %{{.*}}, %i, %zero
// DISPATCH:               scf.yield %{{.*}}, %[[NEW]],
// DISPATCH-NEXT:        } attributes {iree_tensor.most_turns = {{.*}} : i64}
// DISPATCH:             iree_tensor.yield
// DISPATCH:         scf.while
// DISPATCH-NEXT:      %[[GO:.*]] = tensor.extract %{{.*}}[] : tensor<i1>
// DISPATCH-NEXT:      scf.condition(%[[GO]])
// DISPATCH:           iree.dispatch_region
// DISPATCH:             iree_tensor.serial

// HLSEQ:          iree_tensor.serial
// HLSEQ-LABEL:    func.func @scan(
// HLSEQ-COUNT-6:    iree_hl_seq.alloc_heap
// HLSEQ:            iree_hl_seq.dispatch
// HLSEQ:            scf.while
// HLSEQ-NEXT:         memref.load %{{.*}}[] : memref<i1>
// HLSEQ:              iree_hl_seq.dispatch
// HLSEQ:              scf.yield

// One condition is read back for each dispatch, and nothing is allocated or copied in the loop.
// LLSEQ-LABEL:    func.func @scan(
// LLSEQ:            iree_ll_seq.static_dispatch
// LLSEQ-NOT:        copy
// LLSEQ:            scf.while
// LLSEQ-NEXT:         memref.load %[[FLAG:.*]][] : memref<i1>
// LLSEQ-NOT:          alloc
// LLSEQ:              iree_ll_seq.static_dispatch {{.*}}%[[FLAG]],
// LLSEQ-NEXT:         scf.yield
// LLSEQ-NEXT:       }
// LLSEQ-NEXT:       iree_ll_seq.return

// A turn computes the product to memory of its own, overwrites the state, and stores a row.
// KERNEL-LABEL:   func.func @scan_rgn_dispatch_0
// KERNEL:           scf.while
// KERNEL:             scf.for
// KERNEL:               scf.for
// KERNEL:                 memref.load %arg5[%k] : memref<24xf32>
// KERNEL:               memref.store %{{.*}}, %arg8[%{{.*}}] : memref<24xf32>
// KERNEL:             scf.for
// KERNEL-NEXT:          memref.load %arg8
// KERNEL-NEXT:          memref.store %{{.*}}, %arg5
// KERNEL:             memref.store %{{.*}}, %arg6[%{{.*}}, %{{.*}}] : memref<9x24xf32>
// KERNEL:           memref.store %{{.*}}, %arg3[] : memref<i1>

// VM:          vm.func @scan(
// VM:            vm.call.variadic @hal.device.queue.execute.indirect {{.*}} %scan_0_command_buffer,
// VM:            vm.br ^bb1
// VM:            vm.call.variadic.yieldable @hal.fence.await
// VM:            vm.call @hal.buffer.load(
// VM:            vm.cond_br %{{.*}} ^bb5, ^bb6
// VM:          ^bb5:
// VM-NOT:        alloca
// VM:            vm.call.variadic @hal.device.queue.execute.indirect {{.*}} %scan_1_command_buffer,
// VM:            vm.br ^bb1
