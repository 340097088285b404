// RUN: ireelite-compile --compile-to=dispatch %s | filecheck %s --check-prefix=DISPATCH
// RUN: ireelite-compile --compile-to=hl-seq %s | filecheck %s --check-prefix=HLSEQ
// RUN: ireelite-compile --compile-to=ll-seq %s | filecheck %s --check-prefix=LLSEQ
// RUN: ireelite-compile --compile-to=kernels %s | filecheck %s --check-prefix=KERNELS
// RUN: ireelite-compile --compile-to=executables --iree-hal-target-backends=llvm-cpu %s | filecheck %s --check-prefix=NATIVE
// RUN: ireelite-compile --compile-to=executables --iree-hal-target-backends=vmvx %s | filecheck %s --check-prefix=VMVX
// RUN: ireelite-compile --compile-to=executables --iree-hal-target-backends=vulkan-spirv %s | filecheck %s --check-prefix=SPIRV
// RUN: ireelite-compile --compile-to=executables --iree-hal-target-backends=llvm-cpu,vmvx,vulkan-spirv %s | filecheck %s --check-prefix=MULTI

func.func @simple_mul(%arg0: tensor<4xf32>, %arg1: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mhlo.multiply(%arg0, %arg1) : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// DISPATCH:      module {
// DISPATCH-NEXT:   func.func @simple_mul(%arg0: tensor<4xf32>, %arg1: tensor<4xf32>) -> tensor<4xf32> {
// DISPATCH-NEXT:     %cst = arith.constant dense<[4, 1, 1]> : tensor<3xi32>
// DISPATCH-NEXT:     [[V0:%[0-9]+]] = iree.dispatch_region[%cst : tensor<3xi32>](%arg2 = %arg0 : tensor<4xf32>, %arg3 = %arg1 : tensor<4xf32>) : tensor<4xf32> {
// DISPATCH-NEXT:       [[V1:%[0-9]+]] = arith.mulf %arg2, %arg3 : tensor<4xf32>
// DISPATCH-NEXT:       iree.return [[V1]] : tensor<4xf32>
// DISPATCH-NEXT:     }
// DISPATCH-NEXT:     return [[V0]] : tensor<4xf32>
// DISPATCH-NEXT:   }
// DISPATCH-NEXT: }

// HLSEQ:      module {
// HLSEQ-NEXT:   iree.multi_arch_executable @simple_mul_ex_dispatch_0() {
// HLSEQ-NEXT:     iree.executable(Unspecified) {
// HLSEQ-NEXT:       module {
// HLSEQ-NEXT:         func.func @simple_mul_rgn_dispatch_0(%arg0: memref<4xf32>, %arg1: memref<4xf32>, %arg2: memref<4xf32>) attributes {iree.executable.export} {
// HLSEQ-NEXT:           [[V0:%[0-9]+]] = iree.load_input(%arg0 : memref<4xf32>) : tensor<4xf32>
// HLSEQ-NEXT:           [[V1:%[0-9]+]] = iree.load_input(%arg1 : memref<4xf32>) : tensor<4xf32>
// HLSEQ-NEXT:           [[V2:%[0-9]+]] = arith.mulf [[V0]], [[V1]] : tensor<4xf32>
// HLSEQ-NEXT:           iree.store_output([[V2]] : tensor<4xf32>, %arg2 : memref<4xf32>)
// HLSEQ-NEXT:           iree.return
// HLSEQ-NEXT:         }
// HLSEQ-NEXT:       }
// HLSEQ-NEXT:     }
// HLSEQ-NEXT:   }
// HLSEQ-NEXT:   func.func @simple_mul(%arg0: memref<4xf32>, %arg1: memref<4xf32>) -> memref<4xf32> {
// HLSEQ-NEXT:     %cst = iree_interp.constant dense<[4, 1, 1]> : tensor<3xi32>
// HLSEQ-NEXT:     [[V0:%[0-9]+]] = "iree_hl_seq.alloc_heap"() : () -> memref<4xf32>
// HLSEQ-NEXT:     iree_hl_seq.dispatch simple_mul_ex_dispatch_0::simple_mul_rgn_dispatch_0[%cst : memref<3xi32>](%arg0, %arg1, [[V0]]) : (memref<4xf32>, memref<4xf32>, memref<4xf32>) -> ()
// HLSEQ-NEXT:     iree_hl_seq.return [[V0]] : memref<4xf32>
// HLSEQ-NEXT:   }
// HLSEQ-NEXT: }

// LLSEQ:      module {
// LLSEQ-NEXT:   iree.multi_arch_executable @simple_mul_ex_dispatch_0[0]() {
// LLSEQ-NEXT:     iree.executable(Unspecified) {
// LLSEQ-NEXT:       module {
// LLSEQ-NEXT:         func.func @simple_mul_rgn_dispatch_0(%arg0: memref<4xf32>, %arg1: memref<4xf32>, %arg2: memref<4xf32>) attributes {iree.executable.export, iree.executable.workload = dense<[4, 1, 1]> : tensor<3xi32>, iree.ordinal = 0 : i32} {
// LLSEQ-NEXT:           [[V0:%[0-9]+]] = iree.load_input(%arg0 : memref<4xf32>) : tensor<4xf32>
// LLSEQ-NEXT:           [[V1:%[0-9]+]] = iree.load_input(%arg1 : memref<4xf32>) : tensor<4xf32>
// LLSEQ-NEXT:           [[V2:%[0-9]+]] = arith.mulf [[V0]], [[V1]] : tensor<4xf32>
// LLSEQ-NEXT:           iree.store_output([[V2]] : tensor<4xf32>, %arg2 : memref<4xf32>)
// LLSEQ-NEXT:           iree.return
// LLSEQ-NEXT:         }
// LLSEQ-NEXT:       }
// LLSEQ-NEXT:     }
// LLSEQ-NEXT:   }
// LLSEQ-NEXT:   func.func @simple_mul(%arg0: memref<4xf32>, %arg1: memref<4xf32>) -> memref<4xf32> attributes {iree.ordinal = 0 : i32} {
// LLSEQ-NEXT:     [[V0:%[0-9]+]] = "iree_ll_seq.alloc_heap"() : () -> memref<4xf32>
// LLSEQ-NEXT:     iree_ll_seq.static_dispatch simple_mul_ex_dispatch_0::simple_mul_rgn_dispatch_0[dense<[4, 1, 1]> : tensor<3xi32>](%arg0, %arg1, [[V0]]) : (memref<4xf32>, memref<4xf32>, memref<4xf32>) -> ()
// LLSEQ-NEXT:     iree_ll_seq.return [[V0]] : memref<4xf32>
// LLSEQ-NEXT:   }
// LLSEQ-NEXT: }

// KERNELS:      module {
// KERNELS-NEXT:   iree.multi_arch_executable @simple_mul_ex_dispatch_0[0]() {
// KERNELS-NEXT:     iree.executable(Unspecified) {
// KERNELS-NEXT:       module {
// KERNELS-NEXT:         func.func @simple_mul_rgn_dispatch_0(%arg0: memref<4xf32>, %arg1: memref<4xf32>, %arg2: memref<4xf32>) attributes {iree.executable.export, iree.executable.workload = dense<[4, 1, 1]> : tensor<3xi32>, iree.ordinal = 0 : i32} {
// KERNELS-NEXT:           %c0 = arith.constant 0 : index
// KERNELS-NEXT:           %c1 = arith.constant 1 : index
// KERNELS-NEXT:           %c4 = arith.constant 4 : index
// KERNELS-NEXT:           scf.parallel (%i) = (%c0) to (%c4) step (%c1) {
// KERNELS-NEXT:             [[V0:%[0-9]+]] = memref.load %arg0[%i] : memref<4xf32>
// KERNELS-NEXT:             [[V1:%[0-9]+]] = memref.load %arg1[%i] : memref<4xf32>
// KERNELS-NEXT:             [[V2:%[0-9]+]] = arith.mulf [[V0]], [[V1]] : f32
// KERNELS-NEXT:             memref.store [[V2]], %arg2[%i] : memref<4xf32>
// KERNELS-NEXT:             scf.reduce
// KERNELS-NEXT:           }
// KERNELS-NEXT:           return
// KERNELS-NEXT:         }
// KERNELS-NEXT:       }
// KERNELS-NEXT:     }
// KERNELS-NEXT:   }
// KERNELS-NEXT:   func.func @simple_mul(%arg0: memref<4xf32>, %arg1: memref<4xf32>) -> memref<4xf32> attributes {iree.ordinal = 0 : i32} {
// KERNELS-NEXT:     [[V0:%[0-9]+]] = "iree_ll_seq.alloc_heap"() : () -> memref<4xf32>
// KERNELS-NEXT:     iree_ll_seq.static_dispatch simple_mul_ex_dispatch_0::simple_mul_rgn_dispatch_0[dense<[4, 1, 1]> : tensor<3xi32>](%arg0, %arg1, [[V0]]) : (memref<4xf32>, memref<4xf32>, memref<4xf32>) -> ()
// KERNELS-NEXT:     iree_ll_seq.return [[V0]] : memref<4xf32>
// KERNELS-NEXT:   }
// KERNELS-NEXT: }

// NATIVE:      module {
// NATIVE-NEXT:   iree.multi_arch_executable @simple_mul_ex_dispatch_0[0]() {
// NATIVE-NEXT:     iree.executable(LLVM) {
// NATIVE-NEXT:       module {
// NATIVE-NEXT:         llvm.func @simple_mul_rgn_dispatch_0(%bindings: !llvm.ptr, %constants: !llvm.ptr, %begin: i64, %end: i64) attributes {iree.executable.export, iree.executable.workload = dense<[4, 1, 1]> : tensor<3xi32>, iree.ordinal = 0 : i32, iree.executable.workgroup_count = dense<[4, 1, 1]> : tensor<3xi32>, iree.executable.binding_sizes = array<i64: 16, 16, 16>} {
// NATIVE-NEXT:           [[V0:%[0-9]+]] = llvm.getelementptr inbounds %bindings[0] : (!llvm.ptr) -> !llvm.ptr, !llvm.ptr
// NATIVE-NEXT:           %arg0 = llvm.load [[V0]] : !llvm.ptr -> !llvm.ptr
// NATIVE-NEXT:           [[V1:%[0-9]+]] = llvm.getelementptr inbounds %bindings[1] : (!llvm.ptr) -> !llvm.ptr, !llvm.ptr
// NATIVE-NEXT:           %arg1 = llvm.load [[V1]] : !llvm.ptr -> !llvm.ptr
// NATIVE-NEXT:           [[V2:%[0-9]+]] = llvm.getelementptr inbounds %bindings[2] : (!llvm.ptr) -> !llvm.ptr, !llvm.ptr
// NATIVE-NEXT:           %arg2 = llvm.load [[V2]] : !llvm.ptr -> !llvm.ptr
// NATIVE-NEXT:           %c0 = llvm.mlir.constant(0) : i64
// NATIVE-NEXT:           %c1 = llvm.mlir.constant(1) : i64
// NATIVE-NEXT:           %c4 = llvm.mlir.constant(4) : i64
// NATIVE-NEXT:           llvm.br ^bb1(%begin : i64)
// NATIVE-NEXT:         ^bb1(%i: i64):
// NATIVE-NEXT:           [[V3:%[0-9]+]] = llvm.icmp "slt" %i, %end : i64
// NATIVE-NEXT:           llvm.cond_br [[V3]], ^bb2, ^bb3
// NATIVE-NEXT:         ^bb2:
// NATIVE-NEXT:           [[V4:%[0-9]+]] = llvm.getelementptr inbounds %arg0[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
// NATIVE-NEXT:           [[V5:%[0-9]+]] = llvm.load [[V4]] : !llvm.ptr -> f32
// NATIVE-NEXT:           [[V6:%[0-9]+]] = llvm.getelementptr inbounds %arg1[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
// NATIVE-NEXT:           [[V7:%[0-9]+]] = llvm.load [[V6]] : !llvm.ptr -> f32
// NATIVE-NEXT:           [[V8:%[0-9]+]] = llvm.fmul [[V5]], [[V7]] : f32
// NATIVE-NEXT:           [[V9:%[0-9]+]] = llvm.getelementptr inbounds %arg2[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
// NATIVE-NEXT:           llvm.store [[V8]], [[V9]] : f32, !llvm.ptr
// NATIVE-NEXT:           [[V10:%[0-9]+]] = llvm.add %i, %c1 overflow<nsw> : i64
// NATIVE-NEXT:           llvm.br ^bb1([[V10]] : i64)
// NATIVE-NEXT:         ^bb3:
// NATIVE-NEXT:           llvm.return
// NATIVE-NEXT:         }
// NATIVE-NEXT:       }
// NATIVE-NEXT:     }
// NATIVE-NEXT:   }
// NATIVE-NEXT:   func.func @simple_mul(%arg0: memref<4xf32>, %arg1: memref<4xf32>) -> memref<4xf32> attributes {iree.ordinal = 0 : i32} {
// NATIVE-NEXT:     [[V0:%[0-9]+]] = "iree_ll_seq.alloc_heap"() : () -> memref<4xf32>
// NATIVE-NEXT:     iree_ll_seq.static_dispatch simple_mul_ex_dispatch_0::simple_mul_rgn_dispatch_0[dense<[4, 1, 1]> : tensor<3xi32>](%arg0, %arg1, [[V0]]) : (memref<4xf32>, memref<4xf32>, memref<4xf32>) -> ()
// NATIVE-NEXT:     iree_ll_seq.return [[V0]] : memref<4xf32>
// NATIVE-NEXT:   }
// NATIVE-NEXT: }

// VMVX:      module {
// VMVX-NEXT:   iree.multi_arch_executable @simple_mul_ex_dispatch_0[0]() {
// VMVX-NEXT:     iree.executable(IreeBytecode) {
// VMVX-NEXT:       module {
// VMVX-NEXT:         vm.func @simple_mul_rgn_dispatch_0([[V0:%[0-9]+]]: !vm.ref<!vm.buffer>, [[V1:%[0-9]+]]: !vm.ref<!vm.buffer>, [[V2:%[0-9]+]]: !vm.ref<!vm.list>, [[V3:%[0-9]+]]: i32, [[V4:%[0-9]+]]: i32, [[V5:%[0-9]+]]: i32, [[V6:%[0-9]+]]: i32, [[V7:%[0-9]+]]: i32, [[V8:%[0-9]+]]: i32, [[V9:%[0-9]+]]: i32, [[V10:%[0-9]+]]: i32, [[V11:%[0-9]+]]: i32) attributes {iree.executable.export, iree.executable.workload = dense<[4, 1, 1]> : tensor<3xi32>, iree.ordinal = 0 : i32} {
// VMVX-NEXT:           [[V12:%[0-9]+]] = vm.const.i32.zero : i32
// VMVX-NEXT:           %arg0 = vm.list.get.ref [[V2]], [[V12]] : (!vm.ref<!vm.list>, i32) -> !vm.ref<!vm.buffer>
// VMVX-NEXT:           [[V13:%[0-9]+]] = vm.const.i32 1 : i32
// VMVX-NEXT:           %arg1 = vm.list.get.ref [[V2]], [[V13]] : (!vm.ref<!vm.list>, i32) -> !vm.ref<!vm.buffer>
// VMVX-NEXT:           [[V14:%[0-9]+]] = vm.const.i32 2 : i32
// VMVX-NEXT:           %arg2 = vm.list.get.ref [[V2]], [[V14]] : (!vm.ref<!vm.list>, i32) -> !vm.ref<!vm.buffer>
// VMVX-NEXT:           %c0 = vm.const.i64.zero : i64
// VMVX-NEXT:           %c1 = vm.const.i64 1 : i64
// VMVX-NEXT:           %c4 = vm.const.i64 4 : i64
// VMVX-NEXT:           vm.br ^bb1(%c0) : (i64)
// VMVX-NEXT:         ^bb1(%i: i64):
// VMVX-NEXT:           [[V15:%[0-9]+]] = vm.cmp.lt.i64.s %i, %c4 : (i64, i64) -> i32
// VMVX-NEXT:           vm.cond_br [[V15]] ^bb2, ^bb3 : (i32)
// VMVX-NEXT:         ^bb2:
// VMVX-NEXT:           [[V16:%[0-9]+]] = vm.buffer.load.f32 %arg0, %i : (!vm.ref<!vm.buffer>, i64) -> f32
// VMVX-NEXT:           [[V17:%[0-9]+]] = vm.buffer.load.f32 %arg1, %i : (!vm.ref<!vm.buffer>, i64) -> f32
// VMVX-NEXT:           [[V18:%[0-9]+]] = vm.mul.f32 [[V16]], [[V17]] : (f32, f32) -> f32
// VMVX-NEXT:           vm.buffer.store.f32 %arg2, %i, [[V18]] : (!vm.ref<!vm.buffer>, i64, f32)
// VMVX-NEXT:           [[V19:%[0-9]+]] = vm.add.i64 %i, %c1 : (i64, i64) -> i64
// VMVX-NEXT:           vm.br ^bb1([[V19]]) : (i64)
// VMVX-NEXT:         ^bb3:
// VMVX-NEXT:           vm.return
// VMVX-NEXT:         }
// VMVX-NEXT:       }
// VMVX-NEXT:     }
// VMVX-NEXT:   }
// VMVX-NEXT:   func.func @simple_mul(%arg0: memref<4xf32>, %arg1: memref<4xf32>) -> memref<4xf32> attributes {iree.ordinal = 0 : i32} {
// VMVX-NEXT:     [[V0:%[0-9]+]] = "iree_ll_seq.alloc_heap"() : () -> memref<4xf32>
// VMVX-NEXT:     iree_ll_seq.static_dispatch simple_mul_ex_dispatch_0::simple_mul_rgn_dispatch_0[dense<[4, 1, 1]> : tensor<3xi32>](%arg0, %arg1, [[V0]]) : (memref<4xf32>, memref<4xf32>, memref<4xf32>) -> ()
// VMVX-NEXT:     iree_ll_seq.return [[V0]] : memref<4xf32>
// VMVX-NEXT:   }
// VMVX-NEXT: }

// SPIRV:      module {
// SPIRV-NEXT:   iree.multi_arch_executable @simple_mul_ex_dispatch_0[0]() {
// SPIRV-NEXT:     iree.executable(SPIRV) {
// SPIRV-NEXT:       spirv.module Logical GLSL450 requires #spirv.vce<v1.0, [Shader], [SPV_KHR_storage_buffer_storage_class]> {
// SPIRV-NEXT:         spirv.GlobalVariable @globalInvocationID built_in("GlobalInvocationId") : !spirv.ptr<vector<3xi32>, Input>
// SPIRV-NEXT:         spirv.GlobalVariable @simple_mul_rgn_dispatch_0_arg_0 bind(0, 0) : !spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>
// SPIRV-NEXT:         spirv.GlobalVariable @simple_mul_rgn_dispatch_0_arg_1 bind(0, 1) : !spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>
// SPIRV-NEXT:         spirv.GlobalVariable @simple_mul_rgn_dispatch_0_arg_2 bind(0, 2) : !spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>
// SPIRV-NEXT:         spirv.func @simple_mul_rgn_dispatch_0() "None" {
// SPIRV-NEXT:           [[V0:%[0-9]+]] = spirv.mlir.addressof @globalInvocationID : !spirv.ptr<vector<3xi32>, Input>
// SPIRV-NEXT:           [[V1:%[0-9]+]] = spirv.Load "Input" [[V0]] : vector<3xi32>
// SPIRV-NEXT:           %i = spirv.CompositeExtract [[V1]][0 : i32] : vector<3xi32>
// SPIRV-NEXT:           [[V2:%[0-9]+]] = spirv.CompositeExtract [[V1]][1 : i32] : vector<3xi32>
// SPIRV-NEXT:           [[V3:%[0-9]+]] = spirv.CompositeExtract [[V1]][2 : i32] : vector<3xi32>
// SPIRV-NEXT:           [[V4:%[0-9]+]] = spirv.mlir.addressof @simple_mul_rgn_dispatch_0_arg_0 : !spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>
// SPIRV-NEXT:           [[V5:%[0-9]+]] = spirv.Constant 0 : i32
// SPIRV-NEXT:           [[V6:%[0-9]+]] = spirv.AccessChain [[V4]][[[V5]], %i] : !spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>, i32, i32 -> !spirv.ptr<f32, StorageBuffer>
// SPIRV-NEXT:           [[V7:%[0-9]+]] = spirv.Load "StorageBuffer" [[V6]] : f32
// SPIRV-NEXT:           [[V8:%[0-9]+]] = spirv.mlir.addressof @simple_mul_rgn_dispatch_0_arg_1 : !spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>
// SPIRV-NEXT:           [[V9:%[0-9]+]] = spirv.Constant 0 : i32
// SPIRV-NEXT:           [[V10:%[0-9]+]] = spirv.AccessChain [[V8]][[[V9]], %i] : !spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>, i32, i32 -> !spirv.ptr<f32, StorageBuffer>
// SPIRV-NEXT:           [[V11:%[0-9]+]] = spirv.Load "StorageBuffer" [[V10]] : f32
// SPIRV-NEXT:           [[V12:%[0-9]+]] = spirv.FMul [[V7]], [[V11]] : f32
// SPIRV-NEXT:           [[V13:%[0-9]+]] = spirv.mlir.addressof @simple_mul_rgn_dispatch_0_arg_2 : !spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>
// SPIRV-NEXT:           [[V14:%[0-9]+]] = spirv.Constant 0 : i32
// SPIRV-NEXT:           [[V15:%[0-9]+]] = spirv.AccessChain [[V13]][[[V14]], %i] : !spirv.ptr<!spirv.struct<(!spirv.array<4 x f32, stride=4> [0])>, StorageBuffer>, i32, i32 -> !spirv.ptr<f32, StorageBuffer>
// SPIRV-NEXT:           spirv.Store "StorageBuffer" [[V15]], [[V12]] : f32
// SPIRV-NEXT:           spirv.Return
// SPIRV-NEXT:         }
// SPIRV-NEXT:         spirv.EntryPoint "GLCompute" @simple_mul_rgn_dispatch_0, @globalInvocationID
// SPIRV-NEXT:         spirv.ExecutionMode @simple_mul_rgn_dispatch_0 "LocalSize", 1, 1, 1
// SPIRV-NEXT:       }
// SPIRV-NEXT:     }
// SPIRV-NEXT:   }
// SPIRV-NEXT:   func.func @simple_mul(%arg0: memref<4xf32>, %arg1: memref<4xf32>) -> memref<4xf32> attributes {iree.ordinal = 0 : i32} {
// SPIRV-NEXT:     [[V0:%[0-9]+]] = "iree_ll_seq.alloc_heap"() : () -> memref<4xf32>
// SPIRV-NEXT:     iree_ll_seq.static_dispatch simple_mul_ex_dispatch_0::simple_mul_rgn_dispatch_0[dense<[4, 1, 1]> : tensor<3xi32>](%arg0, %arg1, [[V0]]) : (memref<4xf32>, memref<4xf32>, memref<4xf32>) -> ()
// SPIRV-NEXT:     iree_ll_seq.return [[V0]] : memref<4xf32>
// SPIRV-NEXT:   }
// SPIRV-NEXT: }

// MULTI:   iree.multi_arch_executable @simple_mul_ex_dispatch_0[0]() {
// MULTI:     iree.executable(LLVM) {
// MULTI:         llvm.func @simple_mul_rgn_dispatch_0
// MULTI:     iree.executable(IreeBytecode) {
// MULTI:         vm.func @simple_mul_rgn_dispatch_0
// MULTI:     iree.executable(SPIRV) {
// MULTI:       spirv.module Logical GLSL450 requires #spirv.vce<v1.0, [Shader], [SPV_KHR_storage_buffer_storage_class]> {
// MULTI:         spirv.func @simple_mul_rgn_dispatch_0
// MULTI:         spirv.EntryPoint "GLCompute" @simple_mul_rgn_dispatch_0, @globalInvocationID
// MULTI:         spirv.ExecutionMode @simple_mul_rgn_dispatch_0 "LocalSize", 1, 1, 1
// MULTI:   func.func @simple_mul(%arg0: memref<4xf32>, %arg1: memref<4xf32>) -> memref<4xf32> attributes {iree.ordinal = 0 : i32} {
// MULTI:     {{%[0-9]+}} = "iree_ll_seq.alloc_heap"() : () -> memref<4xf32>
// MULTI:     iree_ll_seq.static_dispatch simple_mul_ex_dispatch_0::simple_mul_rgn_dispatch_0[dense<[4, 1, 1]> : tensor<3xi32>](%arg0, %arg1, {{%[0-9]+}}) : (memref<4xf32>, memref<4xf32>, memref<4xf32>) -> ()
// MULTI:     iree_ll_seq.return {{%[0-9]+}} : memref<4xf32>
