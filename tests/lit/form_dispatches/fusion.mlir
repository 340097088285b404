// RUN: ireelite-opt -p hlo-to-linalg,form-dispatches %s | filecheck %s

// Elementwise ops join the contraction that made their operand; the broadcast bias and the splat are copied inside,
// and what nobody reads is gone.
func.func @bias_and_relu(%x: tensor<3x5xf32>, %w: tensor<5x7xf32>, %b: tensor<7xf32>) -> tensor<3x7xf32> {
  %zero = stablehlo.constant dense<0.0> : tensor<3x7xf32>
  %unused = stablehlo.exponential %b : tensor<7xf32>
  %y = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0] : (tensor<3x5xf32>, tensor<5x7xf32>) -> tensor<3x7xf32>
  %wide = stablehlo.broadcast_in_dim %b, dims = [1] : (tensor<7xf32>) -> tensor<3x7xf32>
  %z = stablehlo.add %y, %wide : tensor<3x7xf32>
  %r = stablehlo.maximum %z, %zero : tensor<3x7xf32>
  return %r : tensor<3x7xf32>
}
// CHECK-LABEL: func.func @bias_and_relu
// CHECK-NEXT:    %cst = arith.constant dense<[7, 3, 1]> : tensor<3xi32>
// CHECK-NEXT:    %r = iree.dispatch_region[%cst : tensor<3xi32>](%arg3 = %x : tensor<3x5xf32>, %arg4 = %w : tensor<5x7xf32>, %arg5 = %b : tensor<7xf32>) : tensor<3x7xf32> {
// CHECK-NOT:       math.exp
// CHECK:           linalg.fill
// CHECK-NEXT:      %y = linalg.matmul ins(%arg3, %arg4
// CHECK:           %wide = linalg.broadcast ins(%arg5
// CHECK-NEXT:      %z = arith.addf %y, %wide : tensor<3x7xf32>
// CHECK-NEXT:      %zero = arith.constant dense<0.000000e+00> : tensor<3x7xf32>
// CHECK-NEXT:      [[R:%r[_0-9]+]] = arith.maximumf %z, %zero : tensor<3x7xf32>
// CHECK-NEXT:      iree.return [[R]] : tensor<3x7xf32>
// CHECK-NEXT:    }
// CHECK-NEXT:    return %r : tensor<3x7xf32>

// A reduction of rows and what is computed from it share a region, whose workload is the rows.
func.func @rows(%x: tensor<3x5xf32>) -> tensor<3x5xf32> {
  %low = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %m = stablehlo.reduce(%x init: %low) applies stablehlo.maximum across dimensions = [1] : (tensor<3x5xf32>, tensor<f32>) -> tensor<3xf32>
  %n = stablehlo.negate %m : tensor<3xf32>
  %wide = stablehlo.broadcast_in_dim %n, dims = [0] : (tensor<3xf32>) -> tensor<3x5xf32>
  %e = stablehlo.add %x, %wide : tensor<3x5xf32>
  return %e : tensor<3x5xf32>
}
// CHECK-LABEL: func.func @rows
// CHECK-NEXT:    %cst = arith.constant dense<[3, 1, 1]> : tensor<3xi32>
// CHECK-NEXT:    %e = iree.dispatch_region[%cst : tensor<3xi32>](%arg1 = %x : tensor<3x5xf32>) : tensor<3x5xf32> {
// CHECK:           %m = linalg.generic
// CHECK:           arith.negf %m
// CHECK:           linalg.broadcast ins(%n
// CHECK-NEXT:      arith.addf
// CHECK-NEXT:      iree.return
// CHECK-NEXT:    }
// CHECK-NEXT:    return %e

// What is broadcast across columns must be whole before the rows are touched: two regions.
func.func @two_passes(%x: tensor<5x3xf32>) -> tensor<5x3xf32> {
  %low = stablehlo.constant dense<0xFF800000> : tensor<f32>
  %m = stablehlo.reduce(%x init: %low) applies stablehlo.maximum across dimensions = [0] : (tensor<5x3xf32>, tensor<f32>) -> tensor<3xf32>
  %n = stablehlo.negate %m : tensor<3xf32>
  %wide = stablehlo.broadcast_in_dim %n, dims = [1] : (tensor<3xf32>) -> tensor<5x3xf32>
  %e = stablehlo.add %x, %wide : tensor<5x3xf32>
  return %e : tensor<5x3xf32>
}
// CHECK-LABEL: func.func @two_passes
// CHECK-NEXT:    %cst = arith.constant dense<[3, 1, 1]> : tensor<3xi32>
// CHECK-NEXT:    %n = iree.dispatch_region[%cst : tensor<3xi32>](%arg1 = %x : tensor<5x3xf32>) : tensor<3xf32> {
// CHECK:           %m = linalg.generic
// CHECK:           arith.negf %m
// CHECK-NEXT:      iree.return
// CHECK-NEXT:    }
// CHECK-NEXT:    [[CST:%cst[_0-9]+]] = arith.constant dense<[3, 5, 1]> : tensor<3xi32>
// CHECK-NEXT:    %e = iree.dispatch_region{{.}}[[CST]] : tensor<3xi32>](%arg1 = %x : tensor<5x3xf32>, %arg2 = %n : tensor<3xf32>) : tensor<5x3xf32> {
// CHECK:           linalg.broadcast ins(%arg2
// CHECK-NEXT:      arith.addf

// A value that is returned and read on leaves its region as a second result.
func.func @both(%x: tensor<6xf32>) -> (tensor<6xf32>, tensor<6xf32>) {
  %s = stablehlo.sine %x : tensor<6xf32>
  %t = stablehlo.multiply %s, %x : tensor<6xf32>
  return %s, %t : tensor<6xf32>, tensor<6xf32>
}
// CHECK-LABEL: func.func @both
// CHECK:         [[S:%s]], [[T:%t]] = iree.dispatch_region[%cst : tensor<3xi32>](%arg1 = %x : tensor<6xf32>) : tensor<6xf32>, tensor<6xf32> {
// CHECK:           [[IN:%s[_0-9]+]] = math.sin %arg1
// CHECK-NEXT:      arith.mulf [[IN]], %arg1
// CHECK-NEXT:      iree.return {{%s[_0-9]+, %t[_0-9]+}} : tensor<6xf32>, tensor<6xf32>
// CHECK:         return [[S]], [[T]]
