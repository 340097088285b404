// RUN: not ireelite-compile --compile-to=dispatch %s 2>&1 | filecheck %s
func.func @f(%x: tensor<?x2x!quant.uniform<i8:f32:1, {0.5, 0.25}>>) -> tensor<?x2xf32> {
  %0 = stablehlo.uniform_dequantize %x : (tensor<?x2x!quant.uniform<i8:f32:1, {0.5, 0.25}>>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
// CHECK: ireelite-compile: error: UNIMPLEMENTED; {{.*}}dynamic_quantized.mlir:3:8: 'stablehlo.uniform_dequantize' has a value of type tensor<?x2x!quant.uniform{{.*}}; its shapes must be static, and dimension 0 has no size; give argument 0 of @f, {{.*}}
