// RUN: ireelite-compile --compile-to=dispatch %s | filecheck %s --check-prefix=DISPATCH
// RUN: ireelite-compile --compile-to=hl-seq %s | filecheck %s --check-prefix=HLSEQ
// RUN: ireelite-compile --compile-to=ll-seq %s | filecheck %s --check-prefix=LLSEQ
// RUN: ireelite-compile --compile-to=vm --iree-hal-target-backends=vmvx %s | filecheck %s --check-prefix=VM

// A loop that counts, one that does not, and a choice, each of too much work to be one kernel. Only the second loop and the choice read back.
func.func @control(%x: tensor<8192xf32>, %most: tensor<f32>, %index: tensor<i32>) -> tensor<8192xf32> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %ten = stablehlo.constant dense<300000> : tensor<i32>
  %0:2 = stablehlo.while(%i = %zero, %sum = %x) : tensor<i32>, tensor<8192xf32>
  cond {
    %1 = stablehlo.compare LT, %i, %ten : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  } do {
    %1 = stablehlo.add %i, %one : tensor<i32>
    %2 = stablehlo.multiply %sum, %x : tensor<8192xf32>
    stablehlo.return %1, %2 : tensor<i32>, tensor<8192xf32>
  }
  %3 = stablehlo.while(%y = %x) : tensor<8192xf32>
  cond {
    %4 = stablehlo.slice %y [3:4] : (tensor<8192xf32>) -> tensor<1xf32>
    %5 = stablehlo.reshape %4 : (tensor<1xf32>) -> tensor<f32>
    %6 = stablehlo.compare GT, %5, %most : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %6 : tensor<i1>
  } do {
    %4 = stablehlo.negate %y : tensor<8192xf32>
    stablehlo.return %4 : tensor<8192xf32>
  }
  %5 = "stablehlo.case"(%index) ({
    stablehlo.return %0#1 : tensor<8192xf32>
  }, {
    %6 = stablehlo.exponential %3 : tensor<8192xf32>
    stablehlo.return %6 : tensor<8192xf32>
  }) : (tensor<i32>) -> tensor<8192xf32>
  return %5 : tensor<8192xf32>
}


// DISPATCH:        func.func @control(%x: tensor<8192xf32>, %most: tensor<f32>, %index: tensor<i32>) -> tensor<8192xf32> {
// DISPATCH-NEXT:     %0 = arith.constant 0 : index
// DISPATCH-NEXT:     %1 = arith.constant 300000 : index
// DISPATCH-NEXT:     %2 = arith.constant 1 : index
// DISPATCH-NEXT:     %3 = scf.for %turn = %0 to %1 step %2 iter_args(%sum = %x) -> (tensor<8192xf32>) {
// DISPATCH-NEXT:       %cst = arith.constant dense<[8192, 1, 1]> : tensor<3xi32>
// DISPATCH-NEXT:       %4 = iree.dispatch_region[%cst : tensor<3xi32>](%arg3 = %sum : tensor<8192xf32>, %arg4 = %x : tensor<8192xf32>) : tensor<8192xf32> {
// DISPATCH-NEXT:         %5 = arith.mulf %arg3, %arg4 : tensor<8192xf32>
// DISPATCH-NEXT:         iree.return %5 : tensor<8192xf32>
// DISPATCH-NEXT:       }
// DISPATCH-NEXT:       scf.yield %4 : tensor<8192xf32>
// DISPATCH-NEXT:     }
// DISPATCH-NEXT:     %cst_1 = arith.constant dense<1> : tensor<3xi32>
// DISPATCH-NEXT:     %5 = iree.dispatch_region[%cst_1 : tensor<3xi32>](%arg3 = %x : tensor<8192xf32>, %arg4 = %most : tensor<f32>) : tensor<i1> {
// DISPATCH-NEXT:       %6 = tensor.extract_slice %arg3[3] [1] [1] : tensor<8192xf32> to tensor<1xf32>
// DISPATCH-NEXT:       %7 = tensor.collapse_shape %6 [] : tensor<1xf32> into tensor<f32>
// DISPATCH-NEXT:       %8 = tensor.empty() : tensor<i1>
// DISPATCH-NEXT:       %9 = linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []} ins(%7, %arg4 : tensor<f32>, tensor<f32>) outs(%8 : tensor<i1>) {
// DISPATCH-NEXT:       ^bb0(%10: f32, %11: f32, %12: i1):
// DISPATCH-NEXT:         %13 = arith.cmpf ogt, %10, %11 : f32
// DISPATCH-NEXT:         linalg.yield %13 : i1
// DISPATCH-NEXT:       } -> tensor<i1>
// DISPATCH-NEXT:       iree.return %9 : tensor<i1>
// DISPATCH-NEXT:     }
// DISPATCH-NEXT:     %6, %7 = scf.while (%8 = %5, %y = %x) : (tensor<i1>, tensor<8192xf32>) -> (tensor<i1>, tensor<8192xf32>) {
// DISPATCH-NEXT:       %9 = tensor.extract %8[] : tensor<i1>
// DISPATCH-NEXT:       scf.condition(%9) %8, %y : tensor<i1>, tensor<8192xf32>
// DISPATCH-NEXT:     } do {
// DISPATCH-NEXT:     ^bb0(%10: tensor<i1>, %y_1: tensor<8192xf32>):
// DISPATCH-NEXT:       %cst_2 = arith.constant dense<[8192, 1, 1]> : tensor<3xi32>
// DISPATCH-NEXT:       %11 = iree.dispatch_region[%cst_2 : tensor<3xi32>](%arg3 = %y_1 : tensor<8192xf32>) : tensor<8192xf32> {
// DISPATCH-NEXT:         %12 = arith.negf %arg3 : tensor<8192xf32>
// DISPATCH-NEXT:         iree.return %12 : tensor<8192xf32>
// DISPATCH-NEXT:       }
// DISPATCH-NEXT:       %cst_3 = arith.constant dense<1> : tensor<3xi32>
// DISPATCH-NEXT:       %12 = iree.dispatch_region[%cst_3 : tensor<3xi32>](%arg3 = %11 : tensor<8192xf32>, %arg4 = %most : tensor<f32>) : tensor<i1> {
// DISPATCH-NEXT:         %13 = tensor.extract_slice %arg3[3] [1] [1] : tensor<8192xf32> to tensor<1xf32>
// DISPATCH-NEXT:         %14 = tensor.collapse_shape %13 [] : tensor<1xf32> into tensor<f32>
// DISPATCH-NEXT:         %15 = tensor.empty() : tensor<i1>
// DISPATCH-NEXT:         %16 = linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []} ins(%14, %arg4 : tensor<f32>, tensor<f32>) outs(%15 : tensor<i1>) {
// DISPATCH-NEXT:         ^bb0(%17: f32, %18: f32, %19: i1):
// DISPATCH-NEXT:           %20 = arith.cmpf ogt, %17, %18 : f32
// DISPATCH-NEXT:           linalg.yield %20 : i1
// DISPATCH-NEXT:         } -> tensor<i1>
// DISPATCH-NEXT:         iree.return %16 : tensor<i1>
// DISPATCH-NEXT:       }
// DISPATCH-NEXT:       scf.yield %12, %11 : tensor<i1>, tensor<8192xf32>
// DISPATCH-NEXT:     }
// DISPATCH-NEXT:     %13 = tensor.extract %index[] : tensor<i32>
// DISPATCH-NEXT:     %14 = arith.index_cast %13 : i32 to index
// DISPATCH-NEXT:     %15 = scf.index_switch %14 -> tensor<8192xf32>
// DISPATCH-NEXT:     case 0 {
// DISPATCH-NEXT:       scf.yield %3 : tensor<8192xf32>
// DISPATCH-NEXT:     }
// DISPATCH-NEXT:     default {
// DISPATCH-NEXT:       %cst_4 = arith.constant dense<[8192, 1, 1]> : tensor<3xi32>
// DISPATCH-NEXT:       %16 = iree.dispatch_region[%cst_4 : tensor<3xi32>](%arg3 = %7 : tensor<8192xf32>) : tensor<8192xf32> {
// DISPATCH-NEXT:         %17 = math.exp %arg3 : tensor<8192xf32>
// DISPATCH-NEXT:         iree.return %17 : tensor<8192xf32>
// DISPATCH-NEXT:       }
// DISPATCH-NEXT:       scf.yield %16 : tensor<8192xf32>
// DISPATCH-NEXT:     }
// DISPATCH-NEXT:     return %15 : tensor<8192xf32>
// DISPATCH-NEXT:   }

// HLSEQ:        func.func @control(%x: memref<8192xf32>, %most: memref<f32>, %index: memref<i32>) -> memref<8192xf32> {
// HLSEQ-NEXT:     %0 = arith.constant 0 : index
// HLSEQ-NEXT:     %1 = arith.constant 300000 : index
// HLSEQ-NEXT:     %2 = arith.constant 1 : index
// HLSEQ-NEXT:     %3 = scf.for %turn = %0 to %1 step %2 iter_args(%sum = %x) -> (memref<8192xf32>) {
// HLSEQ-NEXT:       %cst = iree_interp.constant dense<[8192, 1, 1]> : tensor<3xi32>
// HLSEQ-NEXT:       %4 = "iree_hl_seq.alloc_heap"() : () -> memref<8192xf32>
// HLSEQ-NEXT:       iree_hl_seq.dispatch control_ex_dispatch_0::control_rgn_dispatch_0[%cst : memref<3xi32>](%sum, %x, %4) : (memref<8192xf32>, memref<8192xf32>, memref<8192xf32>) -> ()
// HLSEQ-NEXT:       scf.yield %4 : memref<8192xf32>
// HLSEQ-NEXT:     }
// HLSEQ-NEXT:     %cst_1 = iree_interp.constant dense<1> : tensor<3xi32>
// HLSEQ-NEXT:     %5 = "iree_hl_seq.alloc_heap"() : () -> memref<i1>
// HLSEQ-NEXT:     iree_hl_seq.dispatch control_ex_dispatch_1::control_rgn_dispatch_1[%cst_1 : memref<3xi32>](%x, %most, %5) : (memref<8192xf32>, memref<f32>, memref<i1>) -> ()
// HLSEQ-NEXT:     %6, %7 = scf.while (%8 = %5, %y = %x) : (memref<i1>, memref<8192xf32>) -> (memref<i1>, memref<8192xf32>) {
// HLSEQ-NEXT:       %9 = memref.load %8[] : memref<i1>
// HLSEQ-NEXT:       scf.condition(%9) %8, %y : memref<i1>, memref<8192xf32>
// HLSEQ-NEXT:     } do {
// HLSEQ-NEXT:     ^bb0(%10: memref<i1>, %y_1: memref<8192xf32>):
// HLSEQ-NEXT:       %cst_2 = iree_interp.constant dense<[8192, 1, 1]> : tensor<3xi32>
// HLSEQ-NEXT:       %11 = "iree_hl_seq.alloc_heap"() : () -> memref<8192xf32>
// HLSEQ-NEXT:       iree_hl_seq.dispatch control_ex_dispatch_2::control_rgn_dispatch_2[%cst_2 : memref<3xi32>](%y_1, %11) : (memref<8192xf32>, memref<8192xf32>) -> ()
// HLSEQ-NEXT:       %cst_3 = iree_interp.constant dense<1> : tensor<3xi32>
// HLSEQ-NEXT:       %12 = "iree_hl_seq.alloc_heap"() : () -> memref<i1>
// HLSEQ-NEXT:       iree_hl_seq.dispatch control_ex_dispatch_1::control_rgn_dispatch_1[%cst_3 : memref<3xi32>](%11, %most, %12) : (memref<8192xf32>, memref<f32>, memref<i1>) -> ()
// HLSEQ-NEXT:       scf.yield %12, %11 : memref<i1>, memref<8192xf32>
// HLSEQ-NEXT:     }
// HLSEQ-NEXT:     %13 = memref.load %index[] : memref<i32>
// HLSEQ-NEXT:     %14 = arith.index_cast %13 : i32 to index
// HLSEQ-NEXT:     %15 = scf.index_switch %14 -> memref<8192xf32>
// HLSEQ-NEXT:     case 0 {
// HLSEQ-NEXT:       scf.yield %3 : memref<8192xf32>
// HLSEQ-NEXT:     }
// HLSEQ-NEXT:     default {
// HLSEQ-NEXT:       %cst_4 = iree_interp.constant dense<[8192, 1, 1]> : tensor<3xi32>
// HLSEQ-NEXT:       %16 = "iree_hl_seq.alloc_heap"() : () -> memref<8192xf32>
// HLSEQ-NEXT:       iree_hl_seq.dispatch control_ex_dispatch_3::control_rgn_dispatch_3[%cst_4 : memref<3xi32>](%7, %16) : (memref<8192xf32>, memref<8192xf32>) -> ()
// HLSEQ-NEXT:       scf.yield %16 : memref<8192xf32>
// HLSEQ-NEXT:     }
// HLSEQ-NEXT:     iree_hl_seq.return %15 : memref<8192xf32>
// HLSEQ-NEXT:   }

// LLSEQ:        func.func @control(%x: memref<8192xf32>, %most: memref<f32>, %index: memref<i32>) -> memref<8192xf32> attributes {iree.ordinal = 0 : i32} {
// LLSEQ-NEXT:     %0 = "iree_ll_seq.alloc_heap"() : () -> memref<8192xf32>
// LLSEQ-NEXT:     %1 = "iree_ll_seq.alloc_heap"() : () -> memref<8192xf32>
// LLSEQ-NEXT:     %2 = "iree_ll_seq.alloc_heap"() {iree.host_visible} : () -> memref<i1>
// LLSEQ-NEXT:     %arena = "iree_ll_seq.alloc_arena"() : () -> memref<65536xi8>
// LLSEQ-NEXT:     %3 = iree_ll_seq.subspan %arena[0] : memref<65536xi8> -> memref<8192xf32>
// LLSEQ-NEXT:     %4 = iree_ll_seq.subspan %arena[32768] : memref<65536xi8> -> memref<8192xf32>
// LLSEQ-NEXT:     %5 = arith.constant 0 : index
// LLSEQ-NEXT:     %6 = arith.constant 300000 : index
// LLSEQ-NEXT:     %7 = arith.constant 1 : index
// LLSEQ-NEXT:     iree_ll_seq.copy %x, %0 : memref<8192xf32>, memref<8192xf32>
// LLSEQ-NEXT:     %8, %9 = scf.for %turn = %5 to %6 step %7 iter_args(%sum = %0, %spare = %1) -> (memref<8192xf32>, memref<8192xf32>) {
// LLSEQ-NEXT:       iree_ll_seq.static_dispatch control_ex_dispatch_0::control_rgn_dispatch_0[dense<[8192, 1, 1]> : tensor<3xi32>](%sum, %x, %spare) : (memref<8192xf32>, memref<8192xf32>, memref<8192xf32>) -> ()
// LLSEQ-NEXT:       scf.yield %spare, %sum : memref<8192xf32>, memref<8192xf32>
// LLSEQ-NEXT:     }
// LLSEQ-NEXT:     iree_ll_seq.static_dispatch control_ex_dispatch_1::control_rgn_dispatch_1[dense<1> : tensor<3xi32>](%x, %most, %2) : (memref<8192xf32>, memref<f32>, memref<i1>) -> ()
// LLSEQ-NEXT:     iree_ll_seq.copy %x, %3 : memref<8192xf32>, memref<8192xf32>
// LLSEQ-NEXT:     %10, %11 = scf.while (%y = %3, %spare_1 = %4) : (memref<8192xf32>, memref<8192xf32>) -> (memref<8192xf32>, memref<8192xf32>) {
// LLSEQ-NEXT:       %12 = memref.load %2[] : memref<i1>
// LLSEQ-NEXT:       scf.condition(%12) %y, %spare_1 : memref<8192xf32>, memref<8192xf32>
// LLSEQ-NEXT:     } do {
// LLSEQ-NEXT:     ^bb0(%y_1: memref<8192xf32>, %spare_2: memref<8192xf32>):
// LLSEQ-NEXT:       iree_ll_seq.static_dispatch control_ex_dispatch_2::control_rgn_dispatch_2[dense<[8192, 1, 1]> : tensor<3xi32>](%y_1, %spare_2) : (memref<8192xf32>, memref<8192xf32>) -> ()
// LLSEQ-NEXT:       iree_ll_seq.barrier
// LLSEQ-NEXT:       iree_ll_seq.static_dispatch control_ex_dispatch_1::control_rgn_dispatch_1[dense<1> : tensor<3xi32>](%spare_2, %most, %2) : (memref<8192xf32>, memref<f32>, memref<i1>) -> ()
// LLSEQ-NEXT:       scf.yield %spare_2, %y_1 : memref<8192xf32>, memref<8192xf32>
// LLSEQ-NEXT:     }
// LLSEQ-NEXT:     %13 = memref.load %index[] : memref<i32>
// LLSEQ-NEXT:     %14 = arith.index_cast %13 : i32 to index
// LLSEQ-NEXT:     scf.index_switch %14
// LLSEQ-NEXT:     case 0 {
// LLSEQ-NEXT:       scf.yield
// LLSEQ-NEXT:     }
// LLSEQ-NEXT:     default {
// LLSEQ-NEXT:       iree_ll_seq.static_dispatch control_ex_dispatch_3::control_rgn_dispatch_3[dense<[8192, 1, 1]> : tensor<3xi32>](%10, %8) : (memref<8192xf32>, memref<8192xf32>) -> ()
// LLSEQ-NEXT:       scf.yield
// LLSEQ-NEXT:     }
// LLSEQ-NEXT:     iree_ll_seq.return %8 : memref<8192xf32>
// LLSEQ-NEXT:   }

// VM:      vm.func @control(%input0: !vm.ref<!hal.buffer_view>, %input1: !vm.ref<!hal.buffer_view>, %input2: !vm.ref<!hal.buffer_view>) -> !vm.ref<!hal.buffer_view> {
// VM:        %20 = vm.call @hal.device.queue.alloca(%device, %19, %16, %allocated, %17, %18, %8, %6, %17)
// VM:        %21 = vm.call @hal.device.queue.alloca(%device, %19, %allocated, %allocated_1, %17, %18, %8, %6, %17)
// VM:        %24 = vm.call @hal.device.queue.alloca(%device, %19, %allocated_1, %allocated_2, %17, %22, %23, %12, %17)
// VM:        %arena = vm.call @hal.device.queue.alloca(%device, %19, %allocated_2, %allocated_3, %17, %18, %8, %25, %17)
// VM:        %26 = vm.call @hal.buffer.subspan(%arena, %17, %6)
// VM:        %27 = vm.call @hal.buffer.subspan(%arena, %6, %6)
// VM:        vm.call.variadic @hal.device.queue.execute.indirect {{.*}}(%device, {{.*}}, %allocated_3, %done, %control_0_command_buffer,
// VM:        vm.br ^bb1(%28, %done, %20, %21
// VM:      ^bb1(%turn: i64, %ready: !vm.ref<!hal.fence>, %sum: !vm.ref<!hal.buffer>, %spare: !vm.ref<!hal.buffer>):
// VM:        vm.cond_br %31 ^bb2, ^bb3 : (i32)
// VM:      ^bb2:
// VM:        vm.call.variadic @hal.device.queue.execute.indirect {{.*}}(%device, {{.*}}, %ready, %done_1, %control_2_command_buffer,
// VM:        vm.br ^bb1(%35, %done_1, %spare, %sum
// VM:      ^bb3:
// VM:        vm.call.variadic @hal.device.queue.execute.indirect {{.*}}(%device, {{.*}}, %ready, %done_2, %control_1_command_buffer,
// VM:        vm.br ^bb4(%done_2, %26, %27
// VM:      ^bb4(%ready_1: !vm.ref<!hal.fence>, %y: !vm.ref<!hal.buffer>, %spare_1: !vm.ref<!hal.buffer>):
// VM:        vm.call.variadic.yieldable @hal.fence.await {{.*}}(%42, %41, %ready_1) ^bb5 : (i32, i64, !vm.ref<!hal.fence>)
// VM:      ^bb5(%status: i32):
// VM:        vm.cond_br %status ^bb6, ^bb7 : (i32)
// VM:      ^bb6:
// VM:      ^bb7:
// VM:        %44 = vm.call @hal.buffer.load(%24, %41, %43) : (!vm.ref<!hal.buffer>, i64, i32) -> i32
// VM:        vm.cond_br %46 ^bb8, ^bb9 : (i32)
// VM:      ^bb8:
// VM:        vm.call.variadic @hal.device.queue.execute.indirect {{.*}}(%device, {{.*}}, %50, %done_3, %control_3_command_buffer,
// VM:        vm.br ^bb4(%done_3, %spare_1, %y
// VM:      ^bb9:
// VM:        %staging = vm.call @hal.device.queue.alloca(%device_1, %57, %53, %allocated_4, %52, %55, %56, %54, %52)
// VM:        vm.call.variadic.yieldable @hal.fence.await {{.*}}(%58, %52, %copied) ^bb10 : (i32, i64, !vm.ref<!hal.fence>)
// VM:      ^bb10(%status_1: i32):
// VM:        vm.cond_br %status_1 ^bb11, ^bb12 : (i32)
// VM:      ^bb11:
// VM:      ^bb12:
// VM:        %61 = vm.call @hal.buffer.load(%staging, %59, %60) : (!vm.ref<!hal.buffer>, i64, i32) -> i32
// VM:        vm.cond_br %64 ^bb15, ^bb13 : (i32)
// VM:      ^bb13:
// VM:        vm.br ^bb14
// VM:      ^bb14:
// VM:        vm.call.variadic @hal.device.queue.execute.indirect {{.*}}(%device, {{.*}}, %67, %done_4, %control_4_command_buffer,
// VM:        vm.br ^bb16(%done_4
// VM:      ^bb15:
// VM:        vm.br ^bb16(%69
// VM:      ^bb16(%ready_2: !vm.ref<!hal.fence>):
// VM:        vm.call.variadic.yieldable @hal.fence.await {{.*}}(%73, %71, %ready_2) ^bb17 : (i32, i64, !vm.ref<!hal.fence>)
// VM:      ^bb17(%status_2: i32):
// VM:        vm.cond_br %status_2 ^bb18, ^bb19 : (i32)
// VM:      ^bb18:
// VM:      ^bb19:
