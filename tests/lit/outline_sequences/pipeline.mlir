// RUN: ireelite-opt -p outline-sequences %s | filecheck %s --check-prefix=OUTLINED
// RUN: ireelite-compile --compile-to=dispatch %s | filecheck %s --check-prefix=DISPATCH
// RUN: ireelite-compile --compile-to=hl-seq %s | filecheck %s --check-prefix=HIGH
// RUN: ireelite-compile --compile-to=ll-seq %s | filecheck %s --check-prefix=LOW
// RUN: ireelite-compile --compile-to=executables --iree-hal-target-backends=vmvx %s | filecheck %s --check-prefix=EXECUTABLES

// The host's part of a program is the same at every stage; its tensor work is in functions beside it.
module @pipeline {
  func.func private @other.norm(%x: tensor<4xf32>, %to: tensor<4xf32> {iree.abi.output = 0 : index}) -> tensor<4xf32>
  func.func @run(%x: tensor<4xf32>, %n: i32, %any: tensor<?xi8>) -> (tensor<4xf32>, tensor<?xi8>) {
    %zero = arith.constant 0 : i32
    %half = arith.constant dense<0.5> : tensor<4xf32>
    %0 = arith.mulf %x, %half : tensor<4xf32>
    %1 = math.exp %0 : tensor<4xf32>
    %to = tensor.empty() : tensor<4xf32>
    %2 = call @other.norm(%1, %to) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %p = arith.cmpi sgt, %n, %zero : i32
    %3 = scf.if %p -> (tensor<4xf32>) {
      %4 = arith.addf %2, %half : tensor<4xf32>
      scf.yield %4 : tensor<4xf32>
    } else {
      scf.yield %half : tensor<4xf32>
    }
    return %3, %any : tensor<4xf32>, tensor<?xi8>
  }
}

// OUTLINED:      module @pipeline {
// OUTLINED-NEXT:   func.func private @other.norm(tensor<4xf32>, tensor<4xf32> {iree.abi.output = 0 : index}) -> tensor<4xf32>
// OUTLINED-NEXT:   func.func private @run_seq_0(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
// OUTLINED-NEXT:     %half = arith.constant dense<5.000000e-01> : tensor<4xf32>
// OUTLINED-NEXT:     %half_1 = arith.constant dense<5.000000e-01> : tensor<4xf32>
// OUTLINED-NEXT:     %0 = arith.mulf %x, %half_1 : tensor<4xf32>
// OUTLINED-NEXT:     %1 = math.exp %0 : tensor<4xf32>
// OUTLINED-NEXT:     %to = tensor.empty() : tensor<4xf32>
// OUTLINED-NEXT:     return %half, %1, %to : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
// OUTLINED-NEXT:   }
// OUTLINED-NEXT:   func.func private @run_seq_1(%0: tensor<4xf32>) -> tensor<4xf32> {
// OUTLINED-NEXT:     %half = arith.constant dense<5.000000e-01> : tensor<4xf32>
// OUTLINED-NEXT:     %1 = arith.addf %0, %half : tensor<4xf32>
// OUTLINED-NEXT:     return %1 : tensor<4xf32>
// OUTLINED-NEXT:   }
// OUTLINED-NEXT:   func.func @run(%x: tensor<4xf32>, %n: i32, %any: tensor<?xi8>) -> (tensor<4xf32>, tensor<?xi8>) {
// OUTLINED-NEXT:     %zero = arith.constant 0 : i32
// OUTLINED-NEXT:     %half, %0, %to = iree.call @run_seq_0(%x) : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
// OUTLINED-NEXT:     %1 = call @other.norm(%0, %to) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
// OUTLINED-NEXT:     %p = arith.cmpi sgt, %n, %zero : i32
// OUTLINED-NEXT:     %2 = scf.if %p -> (tensor<4xf32>) {
// OUTLINED-NEXT:       %3 = iree.call @run_seq_1(%1) : (tensor<4xf32>) -> tensor<4xf32>
// OUTLINED-NEXT:       scf.yield %3 : tensor<4xf32>
// OUTLINED-NEXT:     } else {
// OUTLINED-NEXT:       scf.yield %half : tensor<4xf32>
// OUTLINED-NEXT:     }
// OUTLINED-NEXT:     return %2, %any : tensor<4xf32>, tensor<?xi8>
// OUTLINED-NEXT:   }

// DISPATCH:      func.func private @run_seq_0(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
// DISPATCH:        iree.dispatch_region
// DISPATCH:      func.func @run(
// DISPATCH:        iree.call @run_seq_0(%x) : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
// DISPATCH-NEXT:   call @other.norm

// HIGH:      iree.multi_arch_executable @run_seq_0_ex_dispatch_0() {
// HIGH:      iree.multi_arch_executable @run_seq_1_ex_dispatch_0() {
// HIGH:      func.func private @other.norm(tensor<4xf32>, tensor<4xf32> {iree.abi.output = 0 : index}) -> tensor<4xf32>
// HIGH:      func.func private @run_seq_0(%x: memref<4xf32>) -> (memref<4xf32>, memref<4xf32>, memref<4xf32>) {
// HIGH:        iree_hl_seq.dispatch run_seq_0_ex_dispatch_0::run_seq_0_rgn_dispatch_0
// HIGH:        iree_hl_seq.fill dense<5.000000e-01> : tensor<f32>, [[FILLED:%[0-9]+]] : memref<4xf32>
// HIGH-NEXT:   iree_hl_seq.return [[FILLED]], %0, %to : memref<4xf32>, memref<4xf32>, memref<4xf32>
// HIGH:      func.func @run(%x: tensor<4xf32>, %n: i32, %any: tensor<?xi8>) -> (tensor<4xf32>, tensor<?xi8>) {
// HIGH-NEXT:   %zero = arith.constant 0 : i32
// HIGH-NEXT:   %half, %0, %to = iree.call @run_seq_0(%x) : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)

// LOW:      func.func private @run_seq_1(%0: memref<4xf32>) -> memref<4xf32> attributes {iree.ordinal = 1 : i32} {
// LOW:        iree_ll_seq.static_dispatch run_seq_1_ex_dispatch_0::run_seq_1_rgn_dispatch_0
// LOW:      func.func @run(%x: tensor<4xf32>, %n: i32, %any: tensor<?xi8>) -> (tensor<4xf32>, tensor<?xi8>) {

// EXECUTABLES:      iree.executable(IreeBytecode) {
// EXECUTABLES:      func.func @run(%x: tensor<4xf32>, %n: i32, %any: tensor<?xi8>) -> (tensor<4xf32>, tensor<?xi8>) {
// EXECUTABLES-NEXT:   %zero = arith.constant 0 : i32
// EXECUTABLES:        scf.if %p -> (tensor<4xf32>) {
// EXECUTABLES-NEXT:     iree.call @run_seq_1(
