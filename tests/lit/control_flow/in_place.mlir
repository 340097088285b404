// RUN: ireelite-compile --compile-to=ll-seq %s | filecheck %s

// A scan writes its outputs in place: each turn costs what it writes, and nothing is copied.
func.func @scan(%x: tensor<8192xf32>, %n: tensor<i32>) -> tensor<1000x8192xf32> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %init = stablehlo.constant dense<0.0> : tensor<1000x8192xf32>
  %0:3 = stablehlo.while(%i = %zero, %s = %x, %ys = %init) : tensor<i32>, tensor<8192xf32>, tensor<1000x8192xf32>
  cond {
    %1 = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  } do {
    %1 = stablehlo.add %i, %one : tensor<i32>
    %2 = stablehlo.add %s, %x : tensor<8192xf32>
    %3 = stablehlo.reshape %2 : (tensor<8192xf32>) -> tensor<1x8192xf32>
    %4 = stablehlo.dynamic_update_slice %ys, %3, %i, %zero
        : (tensor<1000x8192xf32>, tensor<1x8192xf32>, tensor<i32>, tensor<i32>) -> tensor<1000x8192xf32>
    stablehlo.return %1, %2, %4 : tensor<i32>, tensor<8192xf32>, tensor<1000x8192xf32>
  }
  return %0#2 : tensor<1000x8192xf32>
}

// CHECK:     iree.update_output(%{{.*}} : tensor<1x8192xf32>, %arg2 : memref<1000x8192xf32>) at
// CHECK:     %[[ROWS:.*]] = "iree_ll_seq.alloc_heap"() : () -> memref<1000x8192xf32>
// CHECK-NOT: alloc_heap
// CHECK:     iree_ll_seq.fill dense<0.000000e+00> : tensor<f32>, %[[ROWS]] : memref<1000x8192xf32>
// CHECK:     scf.for %turn = {{.*}} iter_args(%i = %{{.*}}, %s = %{{.*}}, %spare = %{{.*}}, %spare_1 = %{{.*}}) -> (memref<i32>, memref<8192xf32>, memref<i32>, memref<8192xf32>) {
// CHECK-NOT: copy
// CHECK:     iree_ll_seq.static_dispatch {{.*}}[dense<[8192, 1, 1]> : tensor<3xi32>]({{.*}}, %i, %[[ROWS]]) :
// CHECK:     scf.yield
// CHECK:     iree_ll_seq.return %[[ROWS]] : memref<1000x8192xf32>
