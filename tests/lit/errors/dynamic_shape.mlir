// RUN: not ireelite-compile --compile-to=dispatch %s 2>&1 | filecheck %s
func.func @f(%x: tensor<?x3x3xf32>) -> tensor<?x3x3xf32> {
  %0 = stablehlo.cholesky %x, lower = true : tensor<?x3x3xf32>
  return %0 : tensor<?x3x3xf32>
}
// CHECK: ireelite-compile: error: UNIMPLEMENTED; {{.*}}dynamic_shape.mlir:3:8: 'stablehlo.cholesky' has a value of type tensor<?x3x3xf32>; its shapes must be static, and dimension 0 has no size; give argument 0 of @f, a tensor<?x3x3xf32>, a static type, in the text or by --input-shapes=f=8x3x3
