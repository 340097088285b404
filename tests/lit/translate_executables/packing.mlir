// RUN: ireelite-compile --compile-to=schedules --iree-hal-target-backends=llvm-cpu --schedule=sse %s | filecheck %s
// RUN: ireelite-compile --compile-to=schedules --iree-hal-target-backends=llvm-cpu --schedule=plain %s | filecheck %s --check-prefix=PLAIN
// RUN: ireelite-compile --compile-to=executables --iree-hal-target-backends=llvm-cpu --schedule=sse %s | filecheck %s --check-prefix=LLVM

// What tiles read in columns is packed for a strip, in squares that are turned in registers.

func.func @turned(%a: tensor<32x24xf32>, %b: tensor<48x24xf32>) -> tensor<32x48xf32> {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [1] : (tensor<32x24xf32>, tensor<48x24xf32>) -> tensor<32x48xf32>
  return %0 : tensor<32x48xf32>
}
// CHECK-LABEL: func.func @turned_rgn_dispatch_0
// CHECK:         %packed = memref.alloca() : memref<24x16xf32>
// CHECK:         scf.parallel (%tile) =
// CHECK:           scf.for %[[K:[0-9]+]]
// CHECK:             scf.for %[[C:[0-9]+]]
// CHECK:               scf.parallel (%[[R:[0-9]+]], %[[L:[0-9]+]]) =
// CHECK-NEXT:            %[[ROW:[0-9]+]] = arith.addi %[[K]], %[[R]] : index
// CHECK-NEXT:            %[[COLUMN:[0-9]+]] = arith.addi %[[C]], %[[L]] : index
// CHECK:                 %[[NUMBER:[0-9]+]] = memref.load %arg1[%{{[0-9]+}}, %[[ROW]]]
// CHECK-NEXT:            memref.store %[[NUMBER]], %packed[%[[ROW]], %[[COLUMN]]]
// CHECK:               mapping = ["unroll", "lanes"]
// CHECK:           scf.for
// CHECK:             scf.parallel
// CHECK:               scf.for %k
// CHECK:                 memref.load %arg0[%i, %k]
// CHECK-NEXT:            memref.load %packed[%k, %{{[0-9]+}}]
// CHECK:             mapping = ["unroll", "lanes"]
// CHECK:         mapping = ["workgroup"]

// A transpose is such squares and nothing else.

func.func @transpose(%a: tensor<16x32xf32>) -> tensor<32x16xf32> {
  %0 = stablehlo.transpose %a, dims = [1, 0] : (tensor<16x32xf32>) -> tensor<32x16xf32>
  return %0 : tensor<32x16xf32>
}
// CHECK-LABEL: func.func @transpose_rgn_dispatch_0
// CHECK:           memref.load %arg0[%j, %i]
// CHECK-NEXT:      memref.store %{{[0-9]+}}, %arg1[%i, %j]
// CHECK:         mapping = ["unroll", "lanes"]

// PLAIN-NOT:     mapping

// LLVM-LABEL:    @transpose_rgn_dispatch_0
// LLVM-COUNT-4:    llvm.load %{{.*}} -> vector<4xf32>
// LLVM-COUNT-8:    llvm.shufflevector
// LLVM-COUNT-4:    llvm.store %{{.*}} : vector<4xf32>
