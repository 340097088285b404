// RUN: not ireelite-opt %s 2>&1 | filecheck %s
func.func @f(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.multipy %a, %a : tensor<4xf32>
  return %0 : tensor<4xf32>
}
// CHECK:      ireelite-opt: error: INVALID_ARGUMENT; {{.*}}unknown_op.mlir:3:{{[0-9]+}}: there is no op 'stablehlo.multipy'; did you mean 'stablehlo.multiply'
// CHECK-NEXT:   %0 = stablehlo.multipy %a, %a : tensor<4xf32>
// CHECK-NEXT: {{ +\^}}
