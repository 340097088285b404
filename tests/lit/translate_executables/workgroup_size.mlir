// RUN: ireelite-compile --compile-to=executables --iree-hal-target-backends=vulkan-spirv --workgroup-size=8,2 %s | filecheck %s --check-prefix=SPIRV
// RUN: ireelite-compile --compile-to=executables --iree-hal-target-device=vulkan %s | filecheck %s --check-prefix=DEVICE
// RUN: ireelite-compile --compile-to=executables --iree-hal-target-device=webgpu,local --iree-hal-local-target-device-backends=vmvx %s | filecheck %s --check-prefix=BOTH

func.func @negate(%x: tensor<5x30xf32>) -> tensor<5x30xf32> {
  %0 = stablehlo.negate %x : tensor<5x30xf32>
  return %0 : tensor<5x30xf32>
}
// SPIRV: spirv.ExecutionMode @negate_rgn_dispatch_0 "LocalSize", 8, 2, 1

// DEVICE-NOT: iree.executable(IreeBytecode)
// DEVICE-NOT: iree.executable(LLVM)
// DEVICE:     iree.executable(SPIRV)

// BOTH-NOT: iree.executable(LLVM)
// BOTH:     iree.executable(IreeBytecode)
// BOTH:     iree.executable(SPIRV)
