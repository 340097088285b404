// RUN: ireelite-compile --compile-to=dispatch %s | filecheck %s --check-prefix=DISPATCH
// RUN: ireelite-compile --compile-to=hl-seq %s | filecheck %s --check-prefix=HLSEQ
// RUN: ireelite-compile --compile-to=ll-seq %s | filecheck %s --check-prefix=LLSEQ
// RUN: ireelite-compile --compile-to=kernels %s | filecheck %s --check-prefix=KERNELS
// RUN: ireelite-compile --compile-to=executables --iree-hal-target-backends=llvm-cpu %s | filecheck %s --check-prefix=NATIVE
// RUN: ireelite-compile --compile-to=executables --iree-hal-target-backends=vmvx --iree-vmvx-enable-microkernels=false %s | filecheck %s --check-prefix=VMVX
// RUN: ireelite-compile --compile-to=executables --iree-hal-target-backends=vulkan-spirv %s | filecheck %s --check-prefix=SPIRV
// RUN: ireelite-compile --compile-to=executables --iree-hal-target-backends=llvm-cpu,vmvx,vulkan-spirv %s | filecheck %s --check-prefix=MULTI

func.func @scale_rows(%x: tensor<3x5xf32>, %w: tensor<5x7xf32>) -> tensor<3xf32> {
  %zero = stablehlo.constant dense<0.0> : tensor<f32>
  %y = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0] : (tensor<3x5xf32>, tensor<5x7xf32>) -> tensor<3x7xf32>
  %s = stablehlo.reduce(%y init: %zero) applies stablehlo.add across dimensions = [1] : (tensor<3x7xf32>, tensor<f32>) -> tensor<3xf32>
  return %s : tensor<3xf32>
}

// DISPATCH:      module {
// DISPATCH-NEXT:   func.func @scale_rows(%x: tensor<3x5xf32>, %w: tensor<5x7xf32>) -> tensor<3xf32> {
// DISPATCH-NEXT:     %cst = arith.constant dense<[7, 3, 1]> : tensor<3xi32>
// DISPATCH-NEXT:     %y = iree.dispatch_region[%cst : tensor<3xi32>](%arg2 = %x : tensor<3x5xf32>, %arg3 = %w : tensor<5x7xf32>) : tensor<3x7xf32> {
// DISPATCH-NEXT:       [[V0:%[0-9]+]] = arith.constant 0.000000e+00 : f32
// DISPATCH-NEXT:       [[V1:%[0-9]+]] = tensor.empty() : tensor<3x7xf32>
// DISPATCH-NEXT:       [[V2:%[0-9]+]] = linalg.fill ins([[V0]] : f32) outs([[V1]] : tensor<3x7xf32>) -> tensor<3x7xf32>
// DISPATCH-NEXT:       %y_1 = linalg.matmul ins(%arg2, %arg3 : tensor<3x5xf32>, tensor<5x7xf32>) outs([[V2]] : tensor<3x7xf32>) -> tensor<3x7xf32>
// DISPATCH-NEXT:       iree.return %y_1 : tensor<3x7xf32>
// DISPATCH-NEXT:     }
// DISPATCH-NEXT:     %cst_1 = arith.constant dense<[3, 1, 1]> : tensor<3xi32>
// DISPATCH-NEXT:     %s = iree.dispatch_region[%cst_1 : tensor<3xi32>](%arg2 = %y : tensor<3x7xf32>) : tensor<3xf32> {
// DISPATCH-NEXT:       [[V0]] = arith.constant 0.000000e+00 : f32
// DISPATCH-NEXT:       [[V1]] = tensor.empty() : tensor<3xf32>
// DISPATCH-NEXT:       [[V2]] = linalg.fill ins([[V0]] : f32) outs([[V1]] : tensor<3xf32>) -> tensor<3xf32>
// DISPATCH-NEXT:       %s_1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%arg2 : tensor<3x7xf32>) outs([[V2]] : tensor<3xf32>) {
// DISPATCH-NEXT:       ^bb0([[V3:%[0-9]+]]: f32, [[V4:%[0-9]+]]: f32):
// DISPATCH-NEXT:         [[V5:%[0-9]+]] = arith.addf [[V4]], [[V3]] : f32
// DISPATCH-NEXT:         linalg.yield [[V5]] : f32
// DISPATCH-NEXT:       } -> tensor<3xf32>
// DISPATCH-NEXT:       iree.return %s_1 : tensor<3xf32>
// DISPATCH-NEXT:     }
// DISPATCH-NEXT:     return %s : tensor<3xf32>
// DISPATCH-NEXT:   }
// DISPATCH-NEXT: }

// HLSEQ:      module {
// HLSEQ-NEXT:   iree.multi_arch_executable @scale_rows_ex_dispatch_0() {
// HLSEQ-NEXT:     iree.executable(Unspecified) {
// HLSEQ-NEXT:       module {
// HLSEQ-NEXT:         func.func @scale_rows_rgn_dispatch_0(%arg0: memref<3x5xf32>, %arg1: memref<5x7xf32>, %arg2: memref<3x7xf32>) attributes {iree.executable.export} {
// HLSEQ-NEXT:           [[V0:%[0-9]+]] = iree.load_input(%arg0 : memref<3x5xf32>) : tensor<3x5xf32>
// HLSEQ-NEXT:           [[V1:%[0-9]+]] = iree.load_input(%arg1 : memref<5x7xf32>) : tensor<5x7xf32>
// HLSEQ-NEXT:           [[V2:%[0-9]+]] = arith.constant 0.000000e+00 : f32
// HLSEQ-NEXT:           [[V3:%[0-9]+]] = tensor.empty() : tensor<3x7xf32>
// HLSEQ-NEXT:           [[V4:%[0-9]+]] = linalg.fill ins([[V2]] : f32) outs([[V3]] : tensor<3x7xf32>) -> tensor<3x7xf32>
// HLSEQ-NEXT:           %y = linalg.matmul ins([[V0]], [[V1]] : tensor<3x5xf32>, tensor<5x7xf32>) outs([[V4]] : tensor<3x7xf32>) -> tensor<3x7xf32>
// HLSEQ-NEXT:           iree.store_output(%y : tensor<3x7xf32>, %arg2 : memref<3x7xf32>)
// HLSEQ-NEXT:           iree.return
// HLSEQ-NEXT:         }
// HLSEQ-NEXT:       }
// HLSEQ-NEXT:     }
// HLSEQ-NEXT:   }
// HLSEQ-NEXT:   iree.multi_arch_executable @scale_rows_ex_dispatch_1() {
// HLSEQ-NEXT:     iree.executable(Unspecified) {
// HLSEQ-NEXT:       module {
// HLSEQ-NEXT:         func.func @scale_rows_rgn_dispatch_1(%arg0: memref<3x7xf32>, %arg1: memref<3xf32>) attributes {iree.executable.export} {
// HLSEQ-NEXT:           [[V0:%[0-9]+]] = iree.load_input(%arg0 : memref<3x7xf32>) : tensor<3x7xf32>
// HLSEQ-NEXT:           [[V1:%[0-9]+]] = arith.constant 0.000000e+00 : f32
// HLSEQ-NEXT:           [[V2:%[0-9]+]] = tensor.empty() : tensor<3xf32>
// HLSEQ-NEXT:           [[V3:%[0-9]+]] = linalg.fill ins([[V1]] : f32) outs([[V2]] : tensor<3xf32>) -> tensor<3xf32>
// HLSEQ-NEXT:           %s = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins([[V0]] : tensor<3x7xf32>) outs([[V3]] : tensor<3xf32>) {
// HLSEQ-NEXT:           ^bb0([[V4:%[0-9]+]]: f32, [[V5:%[0-9]+]]: f32):
// HLSEQ-NEXT:             [[V6:%[0-9]+]] = arith.addf [[V5]], [[V4]] : f32
// HLSEQ-NEXT:             linalg.yield [[V6]] : f32
// HLSEQ-NEXT:           } -> tensor<3xf32>
// HLSEQ-NEXT:           iree.store_output(%s : tensor<3xf32>, %arg1 : memref<3xf32>)
// HLSEQ-NEXT:           iree.return
// HLSEQ-NEXT:         }
// HLSEQ-NEXT:       }
// HLSEQ-NEXT:     }
// HLSEQ-NEXT:   }
// HLSEQ-NEXT:   func.func @scale_rows(%x: memref<3x5xf32>, %w: memref<5x7xf32>) -> memref<3xf32> {
// HLSEQ-NEXT:     %cst = iree_interp.constant dense<[7, 3, 1]> : tensor<3xi32>
// HLSEQ-NEXT:     %y = "iree_hl_seq.alloc_heap"() : () -> memref<3x7xf32>
// HLSEQ-NEXT:     iree_hl_seq.dispatch scale_rows_ex_dispatch_0::scale_rows_rgn_dispatch_0[%cst : memref<3xi32>](%x, %w, %y) : (memref<3x5xf32>, memref<5x7xf32>, memref<3x7xf32>) -> ()
// HLSEQ-NEXT:     %cst_1 = iree_interp.constant dense<[3, 1, 1]> : tensor<3xi32>
// HLSEQ-NEXT:     %s = "iree_hl_seq.alloc_heap"() : () -> memref<3xf32>
// HLSEQ-NEXT:     iree_hl_seq.dispatch scale_rows_ex_dispatch_1::scale_rows_rgn_dispatch_1[%cst_1 : memref<3xi32>](%y, %s) : (memref<3x7xf32>, memref<3xf32>) -> ()
// HLSEQ-NEXT:     iree_hl_seq.return %s : memref<3xf32>
// HLSEQ-NEXT:   }
// HLSEQ-NEXT: }

// LLSEQ:      module {
// LLSEQ-NEXT:   iree.multi_arch_executable @scale_rows_ex_dispatch_0[0]() {
// LLSEQ-NEXT:     iree.executable(Unspecified) {
// LLSEQ-NEXT:       module {
// LLSEQ-NEXT:         func.func @scale_rows_rgn_dispatch_0(%arg0: memref<3x5xf32>, %arg1: memref<5x7xf32>, %arg2: memref<3x7xf32>) attributes {iree.executable.export, iree.executable.workload = dense<[7, 3, 1]> : tensor<3xi32>, iree.ordinal = 0 : i32} {
// LLSEQ-NEXT:           [[V0:%[0-9]+]] = iree.load_input(%arg0 : memref<3x5xf32>) : tensor<3x5xf32>
// LLSEQ-NEXT:           [[V1:%[0-9]+]] = iree.load_input(%arg1 : memref<5x7xf32>) : tensor<5x7xf32>
// LLSEQ-NEXT:           [[V2:%[0-9]+]] = arith.constant 0.000000e+00 : f32
// LLSEQ-NEXT:           [[V3:%[0-9]+]] = tensor.empty() : tensor<3x7xf32>
// LLSEQ-NEXT:           [[V4:%[0-9]+]] = linalg.fill ins([[V2]] : f32) outs([[V3]] : tensor<3x7xf32>) -> tensor<3x7xf32>
// LLSEQ-NEXT:           %y = linalg.matmul ins([[V0]], [[V1]] : tensor<3x5xf32>, tensor<5x7xf32>) outs([[V4]] : tensor<3x7xf32>) -> tensor<3x7xf32>
// LLSEQ-NEXT:           iree.store_output(%y : tensor<3x7xf32>, %arg2 : memref<3x7xf32>)
// LLSEQ-NEXT:           iree.return
// LLSEQ-NEXT:         }
// LLSEQ-NEXT:       }
// LLSEQ-NEXT:     }
// LLSEQ-NEXT:   }
// LLSEQ-NEXT:   iree.multi_arch_executable @scale_rows_ex_dispatch_1[1]() {
// LLSEQ-NEXT:     iree.executable(Unspecified) {
// LLSEQ-NEXT:       module {
// LLSEQ-NEXT:         func.func @scale_rows_rgn_dispatch_1(%arg0: memref<3x7xf32>, %arg1: memref<3xf32>) attributes {iree.executable.export, iree.executable.workload = dense<[3, 1, 1]> : tensor<3xi32>, iree.ordinal = 0 : i32} {
// LLSEQ-NEXT:           [[V0:%[0-9]+]] = iree.load_input(%arg0 : memref<3x7xf32>) : tensor<3x7xf32>
// LLSEQ-NEXT:           [[V1:%[0-9]+]] = arith.constant 0.000000e+00 : f32
// LLSEQ-NEXT:           [[V2:%[0-9]+]] = tensor.empty() : tensor<3xf32>
// LLSEQ-NEXT:           [[V3:%[0-9]+]] = linalg.fill ins([[V1]] : f32) outs([[V2]] : tensor<3xf32>) -> tensor<3xf32>
// LLSEQ-NEXT:           %s = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins([[V0]] : tensor<3x7xf32>) outs([[V3]] : tensor<3xf32>) {
// LLSEQ-NEXT:           ^bb0([[V4:%[0-9]+]]: f32, [[V5:%[0-9]+]]: f32):
// LLSEQ-NEXT:             [[V6:%[0-9]+]] = arith.addf [[V5]], [[V4]] : f32
// LLSEQ-NEXT:             linalg.yield [[V6]] : f32
// LLSEQ-NEXT:           } -> tensor<3xf32>
// LLSEQ-NEXT:           iree.store_output(%s : tensor<3xf32>, %arg1 : memref<3xf32>)
// LLSEQ-NEXT:           iree.return
// LLSEQ-NEXT:         }
// LLSEQ-NEXT:       }
// LLSEQ-NEXT:     }
// LLSEQ-NEXT:   }
// LLSEQ-NEXT:   func.func @scale_rows(%x: memref<3x5xf32>, %w: memref<5x7xf32>) -> memref<3xf32> attributes {iree.ordinal = 0 : i32} {
// LLSEQ-NEXT:     %s = "iree_ll_seq.alloc_heap"() : () -> memref<3xf32>
// LLSEQ-NEXT:     %arena = "iree_ll_seq.alloc_arena"() : () -> memref<256xi8>
// LLSEQ-NEXT:     %y = iree_ll_seq.subspan %arena[0] : memref<256xi8> -> memref<3x7xf32>
// LLSEQ-NEXT:     iree_ll_seq.static_dispatch scale_rows_ex_dispatch_0::scale_rows_rgn_dispatch_0[dense<[7, 3, 1]> : tensor<3xi32>](%x, %w, %y) : (memref<3x5xf32>, memref<5x7xf32>, memref<3x7xf32>) -> ()
// LLSEQ-NEXT:     iree_ll_seq.barrier
// LLSEQ-NEXT:     iree_ll_seq.static_dispatch scale_rows_ex_dispatch_1::scale_rows_rgn_dispatch_1[dense<[3, 1, 1]> : tensor<3xi32>](%y, %s) : (memref<3x7xf32>, memref<3xf32>) -> ()
// LLSEQ-NEXT:     iree_ll_seq.return %s : memref<3xf32>
// LLSEQ-NEXT:   }
// LLSEQ-NEXT: }

// KERNELS:      module {
// KERNELS-NEXT:   iree.multi_arch_executable @scale_rows_ex_dispatch_0[0]() {
// KERNELS-NEXT:     iree.executable(Unspecified) {
// KERNELS-NEXT:       module {
// KERNELS-NEXT:         func.func @scale_rows_rgn_dispatch_0(%arg0: memref<3x5xf32>, %arg1: memref<5x7xf32>, %arg2: memref<3x7xf32>) attributes {iree.executable.export, iree.executable.workload = dense<[7, 3, 1]> : tensor<3xi32>, iree.ordinal = 0 : i32} {
// KERNELS-NEXT:           [[V0:%[0-9]+]] = arith.constant 0.000000e+00 : f32
// KERNELS-NEXT:           %c0 = arith.constant 0 : index
// KERNELS-NEXT:           %c5 = arith.constant 5 : index
// KERNELS-NEXT:           %c1 = arith.constant 1 : index
// KERNELS-NEXT:           %c3 = arith.constant 3 : index
// KERNELS-NEXT:           %c7 = arith.constant 7 : index
// KERNELS-NEXT:           scf.parallel (%i, %j) = (%c0, %c0) to (%c3, %c7) step (%c1, %c1) {
// KERNELS-NEXT:             [[V1:%[0-9]+]] = scf.for %k = %c0 to %c5 step %c1 iter_args([[V2:%[0-9]+]] = [[V0]]) -> (f32) {
// KERNELS-NEXT:               [[V3:%[0-9]+]] = memref.load %arg0[%i, %k] : memref<3x5xf32>
// KERNELS-NEXT:               [[V4:%[0-9]+]] = memref.load %arg1[%k, %j] : memref<5x7xf32>
// KERNELS-NEXT:               [[V5:%[0-9]+]] = arith.mulf [[V3]], [[V4]] : f32
// KERNELS-NEXT:               [[V6:%[0-9]+]] = arith.addf [[V5]], [[V2]] : f32
// KERNELS-NEXT:               scf.yield [[V6]] : f32
// KERNELS-NEXT:             }
// KERNELS-NEXT:             memref.store [[V1]], %arg2[%i, %j] : memref<3x7xf32>
// KERNELS-NEXT:             scf.reduce
// KERNELS-NEXT:           }
// KERNELS-NEXT:           return
// KERNELS-NEXT:         }
// KERNELS-NEXT:       }
// KERNELS-NEXT:     }
// KERNELS-NEXT:   }
// KERNELS-NEXT:   iree.multi_arch_executable @scale_rows_ex_dispatch_1[1]() {
// KERNELS-NEXT:     iree.executable(Unspecified) {
// KERNELS-NEXT:       module {
// KERNELS-NEXT:         func.func @scale_rows_rgn_dispatch_1(%arg0: memref<3x7xf32>, %arg1: memref<3xf32>) attributes {iree.executable.export, iree.executable.workload = dense<[3, 1, 1]> : tensor<3xi32>, iree.ordinal = 0 : i32} {
// KERNELS-NEXT:           [[V0:%[0-9]+]] = arith.constant 0.000000e+00 : f32
// KERNELS-NEXT:           %c0 = arith.constant 0 : index
// KERNELS-NEXT:           %c7 = arith.constant 7 : index
// KERNELS-NEXT:           %c1 = arith.constant 1 : index
// KERNELS-NEXT:           %c3 = arith.constant 3 : index
// KERNELS-NEXT:           scf.parallel (%i) = (%c0) to (%c3) step (%c1) {
// KERNELS-NEXT:             [[V1:%[0-9]+]] = scf.for %k = %c0 to %c7 step %c1 iter_args([[V2:%[0-9]+]] = [[V0]]) -> (f32) {
// KERNELS-NEXT:               [[V3:%[0-9]+]] = memref.load %arg0[%i, %k] : memref<3x7xf32>
// KERNELS-NEXT:               [[V4:%[0-9]+]] = arith.addf [[V2]], [[V3]] : f32
// KERNELS-NEXT:               scf.yield [[V4]] : f32
// KERNELS-NEXT:             }
// KERNELS-NEXT:             memref.store [[V1]], %arg1[%i] : memref<3xf32>
// KERNELS-NEXT:             scf.reduce
// KERNELS-NEXT:           }
// KERNELS-NEXT:           return
// KERNELS-NEXT:         }
// KERNELS-NEXT:       }
// KERNELS-NEXT:     }
// KERNELS-NEXT:   }
// KERNELS-NEXT:   func.func @scale_rows(%x: memref<3x5xf32>, %w: memref<5x7xf32>) -> memref<3xf32> attributes {iree.ordinal = 0 : i32} {
// KERNELS-NEXT:     %s = "iree_ll_seq.alloc_heap"() : () -> memref<3xf32>
// KERNELS-NEXT:     %arena = "iree_ll_seq.alloc_arena"() : () -> memref<256xi8>
// KERNELS-NEXT:     %y = iree_ll_seq.subspan %arena[0] : memref<256xi8> -> memref<3x7xf32>
// KERNELS-NEXT:     iree_ll_seq.static_dispatch scale_rows_ex_dispatch_0::scale_rows_rgn_dispatch_0[dense<[7, 3, 1]> : tensor<3xi32>](%x, %w, %y) : (memref<3x5xf32>, memref<5x7xf32>, memref<3x7xf32>) -> ()
// KERNELS-NEXT:     iree_ll_seq.barrier
// KERNELS-NEXT:     iree_ll_seq.static_dispatch scale_rows_ex_dispatch_1::scale_rows_rgn_dispatch_1[dense<[3, 1, 1]> : tensor<3xi32>](%y, %s) : (memref<3x7xf32>, memref<3xf32>) -> ()
// KERNELS-NEXT:     iree_ll_seq.return %s : memref<3xf32>
// KERNELS-NEXT:   }
// KERNELS-NEXT: }

// NATIVE: iree.multi_arch_executable @scale_rows_ex_dispatch_0[0]() {
// NATIVE: iree.executable(LLVM) {
// NATIVE: llvm.func @scale_rows_rgn_dispatch_0(%bindings: !llvm.ptr, %constants: !llvm.ptr, %begin: i64, %end: i64) attributes {iree.executable.export, iree.executable.workload = dense<[7, 3, 1]> : tensor<3xi32>, iree.ordinal = 0 : i32, iree.executable.workgroup_count = dense<[3, 1, 1]> : tensor<3xi32>, iree.executable.binding_sizes = array<i64: 60, 140, 84>} {
// NATIVE: {{%[0-9]+}} = llvm.icmp "slt" %i, %end : i64
// NATIVE: {{%[0-9]+}} = llvm.icmp "slt" %j, %c7 : i64
// NATIVE: {{%[0-9]+}} = llvm.icmp "slt" %k, %c5 : i64
// NATIVE: {{%[0-9]+}} = llvm.fmul {{%[0-9]+}}, {{%[0-9]+}} {fastmathFlags = #llvm.fastmath<reassoc,contract>} : f32
// NATIVE: {{%[0-9]+}} = llvm.fadd {{%[0-9]+}}, {{%[0-9]+}} {fastmathFlags = #llvm.fastmath<reassoc,contract>} : f32
// NATIVE: llvm.store {{%[0-9]+}}, {{%[0-9]+}} : f32, !llvm.ptr
// NATIVE: llvm.return
// NATIVE: iree.multi_arch_executable @scale_rows_ex_dispatch_1[1]() {
// NATIVE: iree.executable(LLVM) {
// NATIVE: llvm.func @scale_rows_rgn_dispatch_1(%bindings: !llvm.ptr, %constants: !llvm.ptr, %begin: i64, %end: i64) attributes {iree.executable.export, iree.executable.workload = dense<[3, 1, 1]> : tensor<3xi32>, iree.ordinal = 0 : i32, iree.executable.workgroup_count = dense<[3, 1, 1]> : tensor<3xi32>, iree.executable.binding_sizes = array<i64: 84, 12>} {
// NATIVE: {{%[0-9]+}} = llvm.icmp "slt" %i, %end : i64
// NATIVE: {{%[0-9]+}} = llvm.icmp "slt" %k, %c7 : i64
// NATIVE: {{%[0-9]+}} = llvm.fadd {{%[0-9]+}}, {{%[0-9]+}} {fastmathFlags = #llvm.fastmath<reassoc,contract>} : f32
// NATIVE: llvm.store {{%[0-9]+}}, {{%[0-9]+}} : f32, !llvm.ptr
// NATIVE: llvm.return
// NATIVE: func.func @scale_rows(%x: memref<3x5xf32>, %w: memref<5x7xf32>) -> memref<3xf32> attributes {iree.ordinal = 0 : i32} {

// VMVX:      module {
// VMVX-NEXT:   iree.multi_arch_executable @scale_rows_ex_dispatch_0[0]() {
// VMVX-NEXT:     iree.executable(IreeBytecode) {
// VMVX-NEXT:       module {
// VMVX-NEXT:         vm.func @scale_rows_rgn_dispatch_0([[V0:%[0-9]+]]: !vm.ref<!vm.buffer>, [[V1:%[0-9]+]]: !vm.ref<!vm.buffer>, [[V2:%[0-9]+]]: !vm.ref<!vm.list>, [[V3:%[0-9]+]]: i32, [[V4:%[0-9]+]]: i32, [[V5:%[0-9]+]]: i32, [[V6:%[0-9]+]]: i32, [[V7:%[0-9]+]]: i32, [[V8:%[0-9]+]]: i32, [[V9:%[0-9]+]]: i32, [[V10:%[0-9]+]]: i32, [[V11:%[0-9]+]]: i32) attributes {iree.executable.export, iree.executable.workload = dense<[7, 3, 1]> : tensor<3xi32>, iree.ordinal = 0 : i32} {
// VMVX-NEXT:           [[V12:%[0-9]+]] = vm.const.i32.zero : i32
// VMVX-NEXT:           %arg0 = vm.list.get.ref [[V2]], [[V12]] : (!vm.ref<!vm.list>, i32) -> !vm.ref<!vm.buffer>
// VMVX-NEXT:           [[V13:%[0-9]+]] = vm.const.i32 1 : i32
// VMVX-NEXT:           %arg1 = vm.list.get.ref [[V2]], [[V13]] : (!vm.ref<!vm.list>, i32) -> !vm.ref<!vm.buffer>
// VMVX-NEXT:           [[V14:%[0-9]+]] = vm.const.i32 2 : i32
// VMVX-NEXT:           %arg2 = vm.list.get.ref [[V2]], [[V14]] : (!vm.ref<!vm.list>, i32) -> !vm.ref<!vm.buffer>
// VMVX-NEXT:           [[V15:%[0-9]+]] = vm.const.f32.zero : f32
// VMVX-NEXT:           %c0 = vm.const.i64.zero : i64
// VMVX-NEXT:           %c5 = vm.const.i64 5 : i64
// VMVX-NEXT:           %c1 = vm.const.i64 1 : i64
// VMVX-NEXT:           %c3 = vm.const.i64 3 : i64
// VMVX-NEXT:           %c7 = vm.const.i64 7 : i64
// VMVX-NEXT:           vm.br ^bb1(%c0) : (i64)
// VMVX-NEXT:         ^bb1(%i: i64):
// VMVX-NEXT:           [[V16:%[0-9]+]] = vm.cmp.lt.i64.s %i, %c3 : (i64, i64) -> i32
// VMVX-NEXT:           vm.cond_br [[V16]] ^bb2, ^bb9 : (i32)
// VMVX-NEXT:         ^bb2:
// VMVX-NEXT:           vm.br ^bb3(%c0) : (i64)
// VMVX-NEXT:         ^bb3(%j: i64):
// VMVX-NEXT:           [[V17:%[0-9]+]] = vm.cmp.lt.i64.s %j, %c7 : (i64, i64) -> i32
// VMVX-NEXT:           vm.cond_br [[V17]] ^bb4, ^bb8 : (i32)
// VMVX-NEXT:         ^bb4:
// VMVX-NEXT:           vm.br ^bb5(%c0, [[V15]]) : (i64, f32)
// VMVX-NEXT:         ^bb5(%k: i64, [[V18:%[0-9]+]]: f32):
// VMVX-NEXT:           [[V19:%[0-9]+]] = vm.cmp.lt.i64.s %k, %c5 : (i64, i64) -> i32
// VMVX-NEXT:           vm.cond_br [[V19]] ^bb6, ^bb7 : (i32)
// VMVX-NEXT:         ^bb6:
// VMVX-NEXT:           [[V21:%[0-9]+]] = vm.fma.i64 %i, %c5, %k : (i64, i64, i64) -> i64
// VMVX-NEXT:           [[V22:%[0-9]+]] = vm.buffer.load.f32 %arg0, [[V21]] : (!vm.ref<!vm.buffer>, i64) -> f32
// VMVX-NEXT:           [[V24:%[0-9]+]] = vm.fma.i64 %k, %c7, %j : (i64, i64, i64) -> i64
// VMVX-NEXT:           [[V25:%[0-9]+]] = vm.buffer.load.f32 %arg1, [[V24]] : (!vm.ref<!vm.buffer>, i64) -> f32
// VMVX-NEXT:           [[V26:%[0-9]+]] = vm.mul.f32 [[V22]], [[V25]] : (f32, f32) -> f32
// VMVX-NEXT:           [[V27:%[0-9]+]] = vm.add.f32 [[V26]], [[V18]] : (f32, f32) -> f32
// VMVX-NEXT:           [[V28:%[0-9]+]] = vm.add.i64 %k, %c1 : (i64, i64) -> i64
// VMVX-NEXT:           vm.br ^bb5([[V28]], [[V27]]) : (i64, f32)
// VMVX-NEXT:         ^bb7:
// VMVX-NEXT:           [[V30:%[0-9]+]] = vm.fma.i64 %i, %c7, %j : (i64, i64, i64) -> i64
// VMVX-NEXT:           vm.buffer.store.f32 %arg2, [[V30]], [[V18]] : (!vm.ref<!vm.buffer>, i64, f32)
// VMVX-NEXT:           [[V31:%[0-9]+]] = vm.add.i64 %j, %c1 : (i64, i64) -> i64
// VMVX-NEXT:           vm.br ^bb3([[V31]]) : (i64)
// VMVX-NEXT:         ^bb8:
// VMVX-NEXT:           [[V32:%[0-9]+]] = vm.add.i64 %i, %c1 : (i64, i64) -> i64
// VMVX-NEXT:           vm.br ^bb1([[V32]]) : (i64)
// VMVX-NEXT:         ^bb9:
// VMVX-NEXT:           vm.return
// VMVX-NEXT:         }
// VMVX-NEXT:       }
// VMVX-NEXT:     }
// VMVX-NEXT:   }
// VMVX-NEXT:   iree.multi_arch_executable @scale_rows_ex_dispatch_1[1]() {
// VMVX-NEXT:     iree.executable(IreeBytecode) {
// VMVX-NEXT:       module {
// VMVX-NEXT:         vm.func @scale_rows_rgn_dispatch_1([[V0:%[0-9]+]]: !vm.ref<!vm.buffer>, [[V1:%[0-9]+]]: !vm.ref<!vm.buffer>, [[V2:%[0-9]+]]: !vm.ref<!vm.list>, [[V3:%[0-9]+]]: i32, [[V4:%[0-9]+]]: i32, [[V5:%[0-9]+]]: i32, [[V6:%[0-9]+]]: i32, [[V7:%[0-9]+]]: i32, [[V8:%[0-9]+]]: i32, [[V9:%[0-9]+]]: i32, [[V10:%[0-9]+]]: i32, [[V11:%[0-9]+]]: i32) attributes {iree.executable.export, iree.executable.workload = dense<[3, 1, 1]> : tensor<3xi32>, iree.ordinal = 0 : i32} {
// VMVX-NEXT:           [[V12:%[0-9]+]] = vm.const.i32.zero : i32
// VMVX-NEXT:           %arg0 = vm.list.get.ref [[V2]], [[V12]] : (!vm.ref<!vm.list>, i32) -> !vm.ref<!vm.buffer>
// VMVX-NEXT:           [[V13:%[0-9]+]] = vm.const.i32 1 : i32
// VMVX-NEXT:           %arg1 = vm.list.get.ref [[V2]], [[V13]] : (!vm.ref<!vm.list>, i32) -> !vm.ref<!vm.buffer>
// VMVX-NEXT:           [[V14:%[0-9]+]] = vm.const.f32.zero : f32
// VMVX-NEXT:           %c0 = vm.const.i64.zero : i64
// VMVX-NEXT:           %c7 = vm.const.i64 7 : i64
// VMVX-NEXT:           %c1 = vm.const.i64 1 : i64
// VMVX-NEXT:           %c3 = vm.const.i64 3 : i64
// VMVX-NEXT:           vm.br ^bb1(%c0) : (i64)
// VMVX-NEXT:         ^bb1(%i: i64):
// VMVX-NEXT:           [[V15:%[0-9]+]] = vm.cmp.lt.i64.s %i, %c3 : (i64, i64) -> i32
// VMVX-NEXT:           vm.cond_br [[V15]] ^bb2, ^bb6 : (i32)
// VMVX-NEXT:         ^bb2:
// VMVX-NEXT:           vm.br ^bb3(%c0, [[V14]]) : (i64, f32)
// VMVX-NEXT:         ^bb3(%k: i64, [[V16:%[0-9]+]]: f32):
// VMVX-NEXT:           [[V17:%[0-9]+]] = vm.cmp.lt.i64.s %k, %c7 : (i64, i64) -> i32
// VMVX-NEXT:           vm.cond_br [[V17]] ^bb4, ^bb5 : (i32)
// VMVX-NEXT:         ^bb4:
// VMVX-NEXT:           [[V19:%[0-9]+]] = vm.fma.i64 %i, %c7, %k : (i64, i64, i64) -> i64
// VMVX-NEXT:           [[V20:%[0-9]+]] = vm.buffer.load.f32 %arg0, [[V19]] : (!vm.ref<!vm.buffer>, i64) -> f32
// VMVX-NEXT:           [[V21:%[0-9]+]] = vm.add.f32 [[V16]], [[V20]] : (f32, f32) -> f32
// VMVX-NEXT:           [[V22:%[0-9]+]] = vm.add.i64 %k, %c1 : (i64, i64) -> i64
// VMVX-NEXT:           vm.br ^bb3([[V22]], [[V21]]) : (i64, f32)
// VMVX-NEXT:         ^bb5:
// VMVX-NEXT:           vm.buffer.store.f32 %arg1, %i, [[V16]] : (!vm.ref<!vm.buffer>, i64, f32)
// VMVX-NEXT:           [[V23:%[0-9]+]] = vm.add.i64 %i, %c1 : (i64, i64) -> i64
// VMVX-NEXT:           vm.br ^bb1([[V23]]) : (i64)
// VMVX-NEXT:         ^bb6:
// VMVX-NEXT:           vm.return
// VMVX-NEXT:         }
// VMVX-NEXT:       }
// VMVX-NEXT:     }
// VMVX-NEXT:   }
// VMVX-NEXT:   func.func @scale_rows(%x: memref<3x5xf32>, %w: memref<5x7xf32>) -> memref<3xf32> attributes {iree.ordinal = 0 : i32} {
// VMVX-NEXT:     %s = "iree_ll_seq.alloc_heap"() : () -> memref<3xf32>
// VMVX-NEXT:     %arena = "iree_ll_seq.alloc_arena"() : () -> memref<256xi8>
// VMVX-NEXT:     %y = iree_ll_seq.subspan %arena[0] : memref<256xi8> -> memref<3x7xf32>
// VMVX-NEXT:     iree_ll_seq.static_dispatch scale_rows_ex_dispatch_0::scale_rows_rgn_dispatch_0[dense<[7, 3, 1]> : tensor<3xi32>](%x, %w, %y) : (memref<3x5xf32>, memref<5x7xf32>, memref<3x7xf32>) -> ()
// VMVX-NEXT:     iree_ll_seq.barrier
// VMVX-NEXT:     iree_ll_seq.static_dispatch scale_rows_ex_dispatch_1::scale_rows_rgn_dispatch_1[dense<[3, 1, 1]> : tensor<3xi32>](%y, %s) : (memref<3x7xf32>, memref<3xf32>) -> ()
// VMVX-NEXT:     iree_ll_seq.return %s : memref<3xf32>
// VMVX-NEXT:   }
// VMVX-NEXT: }

// SPIRV:      module {
// SPIRV-NEXT:   iree.multi_arch_executable @scale_rows_ex_dispatch_0[0]() {
// SPIRV-NEXT:     iree.executable(SPIRV) {
// SPIRV-NEXT:       spirv.module Logical GLSL450 requires #spirv.vce<v1.0, [Shader], [SPV_KHR_storage_buffer_storage_class]> {
// SPIRV-NEXT:         spirv.GlobalVariable @globalInvocationID built_in("GlobalInvocationId") : !spirv.ptr<vector<3xi32>, Input>
// SPIRV-NEXT:         spirv.GlobalVariable @scale_rows_rgn_dispatch_0_arg_0 bind(0, 0) : !spirv.ptr<!spirv.struct<(!spirv.array<15 x f32, stride=4> [0])>, StorageBuffer>
// SPIRV-NEXT:         spirv.GlobalVariable @scale_rows_rgn_dispatch_0_arg_1 bind(0, 1) : !spirv.ptr<!spirv.struct<(!spirv.array<35 x f32, stride=4> [0])>, StorageBuffer>
// SPIRV-NEXT:         spirv.GlobalVariable @scale_rows_rgn_dispatch_0_arg_2 bind(0, 2) : !spirv.ptr<!spirv.struct<(!spirv.array<21 x f32, stride=4> [0])>, StorageBuffer>
// SPIRV-NEXT:         spirv.func @scale_rows_rgn_dispatch_0() "None" {
// SPIRV-NEXT:           [[V0:%[0-9]+]] = spirv.mlir.addressof @globalInvocationID : !spirv.ptr<vector<3xi32>, Input>
// SPIRV-NEXT:           [[V1:%[0-9]+]] = spirv.Load "Input" [[V0]] : vector<3xi32>
// SPIRV-NEXT:           %j = spirv.CompositeExtract [[V1]][0 : i32] : vector<3xi32>
// SPIRV-NEXT:           %i = spirv.CompositeExtract [[V1]][1 : i32] : vector<3xi32>
// SPIRV-NEXT:           [[V2:%[0-9]+]] = spirv.CompositeExtract [[V1]][2 : i32] : vector<3xi32>
// SPIRV-NEXT:           [[V3:%[0-9]+]] = spirv.Constant 0.000000e+00 : f32
// SPIRV-NEXT:           %c0 = spirv.Constant 0 : i32
// SPIRV-NEXT:           %c5 = spirv.Constant 5 : i32
// SPIRV-NEXT:           %c1 = spirv.Constant 1 : i32
// SPIRV-NEXT:           [[V4:%[0-9]+]] = spirv.mlir.loop -> f32 {
// SPIRV-NEXT:             spirv.Branch ^bb1(%c0, [[V3]] : i32, f32)
// SPIRV-NEXT:           ^bb1(%k: i32, [[V5:%[0-9]+]]: f32):
// SPIRV-NEXT:             [[V6:%[0-9]+]] = spirv.SLessThan %k, %c5 : i32
// SPIRV-NEXT:             spirv.BranchConditional [[V6]], ^bb2, ^bb4
// SPIRV-NEXT:           ^bb2:
// SPIRV-NEXT:             [[V7:%[0-9]+]] = spirv.mlir.addressof @scale_rows_rgn_dispatch_0_arg_0 : !spirv.ptr<!spirv.struct<(!spirv.array<15 x f32, stride=4> [0])>, StorageBuffer>
// SPIRV-NEXT:             [[V8:%[0-9]+]] = spirv.Constant 0 : i32
// SPIRV-NEXT:             [[V9:%[0-9]+]] = spirv.Constant 5 : i32
// SPIRV-NEXT:             [[V10:%[0-9]+]] = spirv.IMul %i, [[V9]] : i32
// SPIRV-NEXT:             [[V11:%[0-9]+]] = spirv.IAdd [[V10]], %k : i32
// SPIRV-NEXT:             [[V12:%[0-9]+]] = spirv.AccessChain [[V7]][[[V8]], [[V11]]] : !spirv.ptr<!spirv.struct<(!spirv.array<15 x f32, stride=4> [0])>, StorageBuffer>, i32, i32 -> !spirv.ptr<f32, StorageBuffer>
// SPIRV-NEXT:             [[V13:%[0-9]+]] = spirv.Load "StorageBuffer" [[V12]] : f32
// SPIRV-NEXT:             [[V14:%[0-9]+]] = spirv.mlir.addressof @scale_rows_rgn_dispatch_0_arg_1 : !spirv.ptr<!spirv.struct<(!spirv.array<35 x f32, stride=4> [0])>, StorageBuffer>
// SPIRV-NEXT:             [[V15:%[0-9]+]] = spirv.Constant 0 : i32
// SPIRV-NEXT:             [[V16:%[0-9]+]] = spirv.Constant 7 : i32
// SPIRV-NEXT:             [[V17:%[0-9]+]] = spirv.IMul %k, [[V16]] : i32
// SPIRV-NEXT:             [[V18:%[0-9]+]] = spirv.IAdd [[V17]], %j : i32
// SPIRV-NEXT:             [[V19:%[0-9]+]] = spirv.AccessChain [[V14]][[[V15]], [[V18]]] : !spirv.ptr<!spirv.struct<(!spirv.array<35 x f32, stride=4> [0])>, StorageBuffer>, i32, i32 -> !spirv.ptr<f32, StorageBuffer>
// SPIRV-NEXT:             [[V20:%[0-9]+]] = spirv.Load "StorageBuffer" [[V19]] : f32
// SPIRV-NEXT:             [[V21:%[0-9]+]] = spirv.FMul [[V13]], [[V20]] : f32
// SPIRV-NEXT:             [[V22:%[0-9]+]] = spirv.FAdd [[V21]], [[V5]] : f32
// SPIRV-NEXT:             spirv.Branch ^bb3
// SPIRV-NEXT:           ^bb3:
// SPIRV-NEXT:             [[V23:%[0-9]+]] = spirv.IAdd %k, %c1 : i32
// SPIRV-NEXT:             spirv.Branch ^bb1([[V23]], [[V22]] : i32, f32)
// SPIRV-NEXT:           ^bb4:
// SPIRV-NEXT:             spirv.mlir.merge [[V5]] : f32
// SPIRV-NEXT:           }
// SPIRV-NEXT:           [[V24:%[0-9]+]] = spirv.mlir.addressof @scale_rows_rgn_dispatch_0_arg_2 : !spirv.ptr<!spirv.struct<(!spirv.array<21 x f32, stride=4> [0])>, StorageBuffer>
// SPIRV-NEXT:           [[V25:%[0-9]+]] = spirv.Constant 0 : i32
// SPIRV-NEXT:           [[V26:%[0-9]+]] = spirv.Constant 7 : i32
// SPIRV-NEXT:           [[V27:%[0-9]+]] = spirv.IMul %i, [[V26]] : i32
// SPIRV-NEXT:           [[V28:%[0-9]+]] = spirv.IAdd [[V27]], %j : i32
// SPIRV-NEXT:           [[V29:%[0-9]+]] = spirv.AccessChain [[V24]][[[V25]], [[V28]]] : !spirv.ptr<!spirv.struct<(!spirv.array<21 x f32, stride=4> [0])>, StorageBuffer>, i32, i32 -> !spirv.ptr<f32, StorageBuffer>
// SPIRV-NEXT:           spirv.Store "StorageBuffer" [[V29]], [[V4]] : f32
// SPIRV-NEXT:           spirv.Return
// SPIRV-NEXT:         }
// SPIRV-NEXT:         spirv.EntryPoint "GLCompute" @scale_rows_rgn_dispatch_0, @globalInvocationID
// SPIRV-NEXT:         spirv.ExecutionMode @scale_rows_rgn_dispatch_0 "LocalSize", 1, 1, 1
// SPIRV-NEXT:       }
// SPIRV-NEXT:     }
// SPIRV-NEXT:   }
// SPIRV-NEXT:   iree.multi_arch_executable @scale_rows_ex_dispatch_1[1]() {
// SPIRV-NEXT:     iree.executable(SPIRV) {
// SPIRV-NEXT:       spirv.module Logical GLSL450 requires #spirv.vce<v1.0, [Shader], [SPV_KHR_storage_buffer_storage_class]> {
// SPIRV-NEXT:         spirv.GlobalVariable @globalInvocationID built_in("GlobalInvocationId") : !spirv.ptr<vector<3xi32>, Input>
// SPIRV-NEXT:         spirv.GlobalVariable @scale_rows_rgn_dispatch_1_arg_0 bind(0, 0) : !spirv.ptr<!spirv.struct<(!spirv.array<21 x f32, stride=4> [0])>, StorageBuffer>
// SPIRV-NEXT:         spirv.GlobalVariable @scale_rows_rgn_dispatch_1_arg_1 bind(0, 1) : !spirv.ptr<!spirv.struct<(!spirv.array<3 x f32, stride=4> [0])>, StorageBuffer>
// SPIRV-NEXT:         spirv.func @scale_rows_rgn_dispatch_1() "None" {
// SPIRV-NEXT:           [[V0:%[0-9]+]] = spirv.mlir.addressof @globalInvocationID : !spirv.ptr<vector<3xi32>, Input>
// SPIRV-NEXT:           [[V1:%[0-9]+]] = spirv.Load "Input" [[V0]] : vector<3xi32>
// SPIRV-NEXT:           %i = spirv.CompositeExtract [[V1]][0 : i32] : vector<3xi32>
// SPIRV-NEXT:           [[V2:%[0-9]+]] = spirv.CompositeExtract [[V1]][1 : i32] : vector<3xi32>
// SPIRV-NEXT:           [[V3:%[0-9]+]] = spirv.CompositeExtract [[V1]][2 : i32] : vector<3xi32>
// SPIRV-NEXT:           [[V4:%[0-9]+]] = spirv.Constant 0.000000e+00 : f32
// SPIRV-NEXT:           %c0 = spirv.Constant 0 : i32
// SPIRV-NEXT:           %c7 = spirv.Constant 7 : i32
// SPIRV-NEXT:           %c1 = spirv.Constant 1 : i32
// SPIRV-NEXT:           [[V5:%[0-9]+]] = spirv.mlir.loop -> f32 {
// SPIRV-NEXT:             spirv.Branch ^bb1(%c0, [[V4]] : i32, f32)
// SPIRV-NEXT:           ^bb1(%k: i32, [[V6:%[0-9]+]]: f32):
// SPIRV-NEXT:             [[V7:%[0-9]+]] = spirv.SLessThan %k, %c7 : i32
// SPIRV-NEXT:             spirv.BranchConditional [[V7]], ^bb2, ^bb4
// SPIRV-NEXT:           ^bb2:
// SPIRV-NEXT:             [[V8:%[0-9]+]] = spirv.mlir.addressof @scale_rows_rgn_dispatch_1_arg_0 : !spirv.ptr<!spirv.struct<(!spirv.array<21 x f32, stride=4> [0])>, StorageBuffer>
// SPIRV-NEXT:             [[V9:%[0-9]+]] = spirv.Constant 0 : i32
// SPIRV-NEXT:             [[V10:%[0-9]+]] = spirv.Constant 7 : i32
// SPIRV-NEXT:             [[V11:%[0-9]+]] = spirv.IMul %i, [[V10]] : i32
// SPIRV-NEXT:             [[V12:%[0-9]+]] = spirv.IAdd [[V11]], %k : i32
// SPIRV-NEXT:             [[V13:%[0-9]+]] = spirv.AccessChain [[V8]][[[V9]], [[V12]]] : !spirv.ptr<!spirv.struct<(!spirv.array<21 x f32, stride=4> [0])>, StorageBuffer>, i32, i32 -> !spirv.ptr<f32, StorageBuffer>
// SPIRV-NEXT:             [[V14:%[0-9]+]] = spirv.Load "StorageBuffer" [[V13]] : f32
// SPIRV-NEXT:             [[V15:%[0-9]+]] = spirv.FAdd [[V6]], [[V14]] : f32
// SPIRV-NEXT:             spirv.Branch ^bb3
// SPIRV-NEXT:           ^bb3:
// SPIRV-NEXT:             [[V16:%[0-9]+]] = spirv.IAdd %k, %c1 : i32
// SPIRV-NEXT:             spirv.Branch ^bb1([[V16]], [[V15]] : i32, f32)
// SPIRV-NEXT:           ^bb4:
// SPIRV-NEXT:             spirv.mlir.merge [[V6]] : f32
// SPIRV-NEXT:           }
// SPIRV-NEXT:           [[V17:%[0-9]+]] = spirv.mlir.addressof @scale_rows_rgn_dispatch_1_arg_1 : !spirv.ptr<!spirv.struct<(!spirv.array<3 x f32, stride=4> [0])>, StorageBuffer>
// SPIRV-NEXT:           [[V18:%[0-9]+]] = spirv.Constant 0 : i32
// SPIRV-NEXT:           [[V19:%[0-9]+]] = spirv.AccessChain [[V17]][[[V18]], %i] : !spirv.ptr<!spirv.struct<(!spirv.array<3 x f32, stride=4> [0])>, StorageBuffer>, i32, i32 -> !spirv.ptr<f32, StorageBuffer>
// SPIRV-NEXT:           spirv.Store "StorageBuffer" [[V19]], [[V5]] : f32
// SPIRV-NEXT:           spirv.Return
// SPIRV-NEXT:         }
// SPIRV-NEXT:         spirv.EntryPoint "GLCompute" @scale_rows_rgn_dispatch_1, @globalInvocationID
// SPIRV-NEXT:         spirv.ExecutionMode @scale_rows_rgn_dispatch_1 "LocalSize", 1, 1, 1
// SPIRV-NEXT:       }
// SPIRV-NEXT:     }
// SPIRV-NEXT:   }
// SPIRV-NEXT:   func.func @scale_rows(%x: memref<3x5xf32>, %w: memref<5x7xf32>) -> memref<3xf32> attributes {iree.ordinal = 0 : i32} {
// SPIRV-NEXT:     %s = "iree_ll_seq.alloc_heap"() : () -> memref<3xf32>
// SPIRV-NEXT:     %arena = "iree_ll_seq.alloc_arena"() : () -> memref<256xi8>
// SPIRV-NEXT:     %y = iree_ll_seq.subspan %arena[0] : memref<256xi8> -> memref<3x7xf32>
// SPIRV-NEXT:     iree_ll_seq.static_dispatch scale_rows_ex_dispatch_0::scale_rows_rgn_dispatch_0[dense<[7, 3, 1]> : tensor<3xi32>](%x, %w, %y) : (memref<3x5xf32>, memref<5x7xf32>, memref<3x7xf32>) -> ()
// SPIRV-NEXT:     iree_ll_seq.barrier
// SPIRV-NEXT:     iree_ll_seq.static_dispatch scale_rows_ex_dispatch_1::scale_rows_rgn_dispatch_1[dense<[3, 1, 1]> : tensor<3xi32>](%y, %s) : (memref<3x7xf32>, memref<3xf32>) -> ()
// SPIRV-NEXT:     iree_ll_seq.return %s : memref<3xf32>
// SPIRV-NEXT:   }
// SPIRV-NEXT: }

// MULTI:   iree.multi_arch_executable @scale_rows_ex_dispatch_0[0]() {
// MULTI:     iree.executable(LLVM) {
// MULTI:         llvm.func @scale_rows_rgn_dispatch_0
// MULTI:     iree.executable(IreeBytecode) {
// MULTI:         vm.func @scale_rows_rgn_dispatch_0
// MULTI:     iree.executable(SPIRV) {
// MULTI:       spirv.module Logical GLSL450 requires #spirv.vce<v1.0, [Shader], [SPV_KHR_storage_buffer_storage_class]> {
// MULTI:         spirv.func @scale_rows_rgn_dispatch_0
// MULTI:         spirv.EntryPoint "GLCompute" @scale_rows_rgn_dispatch_0, @globalInvocationID
// MULTI:         spirv.ExecutionMode @scale_rows_rgn_dispatch_0 "LocalSize", 1, 1, 1
// MULTI:   iree.multi_arch_executable @scale_rows_ex_dispatch_1[1]() {
// MULTI:     iree.executable(LLVM) {
// MULTI:         llvm.func @scale_rows_rgn_dispatch_1
// MULTI:     iree.executable(IreeBytecode) {
// MULTI:         vm.func @scale_rows_rgn_dispatch_1
// MULTI:     iree.executable(SPIRV) {
// MULTI:       spirv.module Logical GLSL450 requires #spirv.vce<v1.0, [Shader], [SPV_KHR_storage_buffer_storage_class]> {
// MULTI:         spirv.func @scale_rows_rgn_dispatch_1
// MULTI:         spirv.EntryPoint "GLCompute" @scale_rows_rgn_dispatch_1, @globalInvocationID
// MULTI:         spirv.ExecutionMode @scale_rows_rgn_dispatch_1 "LocalSize", 1, 1, 1
// MULTI:   func.func @scale_rows(%x: memref<3x5xf32>, %w: memref<5x7xf32>) -> memref<3xf32> attributes {iree.ordinal = 0 : i32} {
// MULTI:     %s = "iree_ll_seq.alloc_heap"() : () -> memref<3xf32>
// MULTI:     %arena = "iree_ll_seq.alloc_arena"() : () -> memref<256xi8>
// MULTI:     %y = iree_ll_seq.subspan %arena[0] : memref<256xi8> -> memref<3x7xf32>
// MULTI:     iree_ll_seq.static_dispatch scale_rows_ex_dispatch_0::scale_rows_rgn_dispatch_0[dense<[7, 3, 1]> : tensor<3xi32>](%x, %w, %y) : (memref<3x5xf32>, memref<5x7xf32>, memref<3x7xf32>) -> ()
// MULTI:     iree_ll_seq.barrier
// MULTI:     iree_ll_seq.static_dispatch scale_rows_ex_dispatch_1::scale_rows_rgn_dispatch_1[dense<[3, 1, 1]> : tensor<3xi32>](%y, %s) : (memref<3x7xf32>, memref<3xf32>) -> ()
// MULTI:     iree_ll_seq.return %s : memref<3xf32>
