// RUN: ireelite-compile --compile-to=schedules --iree-hal-target-backends=llvm-cpu --schedule=avx512f %s | filecheck %s
// RUN: ireelite-compile --compile-to=executables --iree-hal-target-backends=llvm-cpu --schedule=avx512f %s | filecheck %s --check-prefix=LLVM
// RUN: ireelite-compile --compile-to=schedules --iree-hal-target-backends=llvm-cpu --schedule=avx512f %s | ireelite-compile --compile-from=schedules --compile-to=schedules --iree-hal-target-backends=llvm-cpu - | filecheck %s

// Each part of the result lists its updates, a register at a time, and applies those of the list.

func.func @add(%x: tensor<8192xf32>, %i: tensor<65536x1xi32>, %u: tensor<65536xf32>) -> tensor<8192xf32> {
  %0 = "stablehlo.scatter"(%x, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
  ^bb0(%l: tensor<f32>, %r: tensor<f32>):
    %s = stablehlo.add %l, %r : tensor<f32>
    stablehlo.return %s : tensor<f32>
  }) : (tensor<8192xf32>, tensor<65536x1xi32>, tensor<65536xf32>) -> tensor<8192xf32>
  return %0 : tensor<8192xf32>
}
// CHECK-LABEL: func.func @add_rgn_dispatch_0
// CHECK:         %list = memref.alloca() : memref<528xi32>
// CHECK:         scf.parallel (%part) =
// CHECK:           scf.for %[[K:.*]] = %{{.*}} to
// CHECK-NEXT:        %[[OLD:.*]] = memref.load %arg0[%[[K]]]
// CHECK-NEXT:        memref.store %[[OLD]], %arg3[%[[K]]]
// CHECK:             scf.for
// CHECK:               scf.for
// CHECK:                 scf.parallel
// CHECK:                   %[[WORD:.*]] = arith.ori
// CHECK-NEXT:              memref.append %[[WORD]] if %{{.*}} to %list count %count : i32, memref<528xi32>, memref<i64>
// CHECK:                 mapping = ["lanes"]
// CHECK:               scf.for
// CHECK-NEXT:            memref.load %list
// CHECK-NOT:             scf.if
// CHECK:                 memref.store %{{.*}}, %arg3
// CHECK:           mapping = ["workgroup"]

// LLVM:           %[[PACKED:.*]] = llvm.intr.compress(%{{.*}}) : (vector<16xi32>, vector<16xi1>, vector<16xi32>) -> vector<16xi32>
// LLVM:           llvm.intr.ctpop(%{{.*}}) : (i16) -> i16
// LLVM:           llvm.store %[[PACKED]]
