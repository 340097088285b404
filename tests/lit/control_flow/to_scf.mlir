// RUN: ireelite-opt -p hlo-control-to-scf %s | filecheck %s

// Loops and choices keep their regions; what the host reads back is one element.
func.func @control(%x: tensor<4xf32>, %n: tensor<i32>) -> tensor<4xf32> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %0:2 = stablehlo.while(%i = %zero, %sum = %x) : tensor<i32>, tensor<4xf32>
  cond {
    %1 = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  } do {
    %1 = stablehlo.add %i, %one : tensor<i32>
    %2 = "stablehlo.case"(%i) ({
      stablehlo.return %sum : tensor<4xf32>
    }, {
      stablehlo.return %x : tensor<4xf32>
    }, {
      %3 = stablehlo.negate %sum : tensor<4xf32>
      stablehlo.return %3 : tensor<4xf32>
    }) : (tensor<i32>) -> tensor<4xf32>
    stablehlo.return %1, %2 : tensor<i32>, tensor<4xf32>
  }
  %p = stablehlo.compare EQ, %0#0, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
  %q = "stablehlo.if"(%p) ({
    stablehlo.return %0#1 : tensor<4xf32>
  }, {
    stablehlo.return %x : tensor<4xf32>
  }) : (tensor<i1>) -> tensor<4xf32>
  return %q : tensor<4xf32>
}

// CHECK:        %0, %1 = scf.while (%i = %zero, %sum = %x) : (tensor<i32>, tensor<4xf32>) -> (tensor<i32>, tensor<4xf32>) {
// CHECK-NEXT:     %2 = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
// CHECK-NEXT:     %3 = tensor.extract %2[] : tensor<i1>
// CHECK-NEXT:     scf.condition(%3) %i, %sum : tensor<i32>, tensor<4xf32>
// CHECK-NEXT:   } do {
// CHECK-NEXT:   ^bb0(%i_1: tensor<i32>, %sum_1: tensor<4xf32>):
// CHECK-NEXT:     %4 = stablehlo.add %i_1, %one : tensor<i32>
// CHECK-NEXT:     %5 = tensor.extract %i_1[] : tensor<i32>
// CHECK-NEXT:     %6 = arith.index_cast %5 : i32 to index
// CHECK-NEXT:     %7 = scf.index_switch %6 -> tensor<4xf32>
// CHECK-NEXT:     case 0 {
// CHECK-NEXT:       scf.yield %sum_1 : tensor<4xf32>
// CHECK-NEXT:     }
// CHECK-NEXT:     case 1 {
// CHECK-NEXT:       scf.yield %x : tensor<4xf32>
// CHECK-NEXT:     }
// CHECK-NEXT:     default {
// CHECK-NEXT:       %8 = stablehlo.negate %sum_1 : tensor<4xf32>
// CHECK-NEXT:       scf.yield %8 : tensor<4xf32>
// CHECK-NEXT:     }
// CHECK-NEXT:     scf.yield %4, %7 : tensor<i32>, tensor<4xf32>
// CHECK-NEXT:   }
// CHECK-NEXT:   %p = stablehlo.compare EQ, %0, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
// CHECK-NEXT:   %q = tensor.extract %p[] : tensor<i1>
// CHECK-NEXT:   %q_1 = scf.if %q -> (tensor<4xf32>) {
// CHECK-NEXT:     scf.yield %1 : tensor<4xf32>
// CHECK-NEXT:   } else {
// CHECK-NEXT:     scf.yield %x : tensor<4xf32>
// CHECK-NEXT:   }
