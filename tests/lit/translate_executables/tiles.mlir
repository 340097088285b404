// RUN: ireelite-compile --compile-to=schedules --iree-hal-target-backends=llvm-cpu --iree-llvmcpu-target-cpu=generic %s | filecheck %s --check-prefix=SCHEDULES
// RUN: ireelite-compile --compile-to=executables --iree-hal-target-backends=llvm-cpu --iree-llvmcpu-target-cpu=generic %s | filecheck %s --check-prefix=LLVM
// RUN: ireelite-compile --compile-to=schedules --iree-hal-target-backends=llvm-cpu --iree-llvmcpu-target-cpu=generic %s | ireelite-compile --compile-to=executables --iree-hal-target-backends=llvm-cpu --iree-llvmcpu-target-cpu=generic - | filecheck %s --check-prefix=LLVM
// RUN: ireelite-compile --compile-to=schedules --iree-hal-target-backends=vmvx --iree-vmvx-enable-microkernels=false %s | filecheck %s --check-prefix=PLAIN

// The points of a tile run at once: rows in registers of their own, columns side by side in them.

func.func @product(%a: tensor<64x48xf32>, %b: tensor<48x32xf32>) -> tensor<64x32xf32> {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<64x48xf32>, tensor<48x32xf32>) -> tensor<64x32xf32>
  return %0 : tensor<64x32xf32>
}
// SCHEDULES:     scf.parallel (%tile) =
// SCHEDULES:         arith.remui %tile
// SCHEDULES:         arith.divui %tile
// SCHEDULES:         scf.parallel
// SCHEDULES:           %i = arith.addi
// SCHEDULES:           %j = arith.addi
// SCHEDULES:           scf.for %k
// SCHEDULES:             memref.load %{{.*}}[%i, %k]
// SCHEDULES:             memref.load %{{.*}}[%k, %j]
// SCHEDULES:         mapping = ["unroll", "lanes"]
// SCHEDULES:     mapping = ["workgroup"]

// LLVM:     %[[LEFT:.*]] = llvm.load %{{.*}} : !llvm.ptr -> f32
// LLVM:     %[[RIGHT:.*]] = llvm.load %{{.*}} {alignment = 4 : i64} : !llvm.ptr -> vector<[[W:.*]]xf32>
// LLVM:     %[[FIRST:.*]] = llvm.insertelement %[[LEFT]], %{{.*}}[%{{.*}} : i32] : vector<[[W]]xf32>
// LLVM:     %[[ALL:.*]] = llvm.shufflevector %[[FIRST]]
// LLVM:     llvm.fmul %[[ALL]], %[[RIGHT]] {{.*}}vector<[[W]]xf32>
// LLVM:     llvm.store %{{.*}}, %{{.*}} {alignment = 4 : i64} : vector<[[W]]xf32>, !llvm.ptr

// PLAIN:     scf.parallel
// PLAIN-NOT: mapping
// PLAIN:     return
