func.func @kernel_ops(%x: tensor<8x6xf32>, %n: tensor<8x6xi32>, %z: tensor<f32>, %i: tensor<5x1xi32>, %u: tensor<5x1x6xf32>, %run: tensor<i32>) -> tensor<8x6xf32> {
  %0 = iree_tensor.scan %x, %z {dimension = 1 : i64, reverse = false, exclusive = false, kept} : (tensor<8x6xf32>, tensor<f32>) -> tensor<8x6xf32> {
  ^bb0(%sum: f32, %element: f32):
    %1 = arith.addf %sum, %element : f32
    iree_tensor.yield %1 : f32
  }
  %2, %3 = iree_tensor.sort %0, %n {dimension = 0 : i64, run = 4 : i64} : (tensor<8x6xf32>, tensor<8x6xi32>) -> (tensor<8x6xf32>, tensor<8x6xi32>) {
  ^bb1(%a: f32, %b: f32, %c: i32, %d: i32):
    %4 = arith.cmpf olt, %a, %b : f32
    iree_tensor.yield %4 : i1
  }
  %5, %6 = iree_tensor.merge %2, %3, %run {dimension = 0 : i64, chunk = 2 : i64} : (tensor<8x6xf32>, tensor<8x6xi32>, tensor<i32>) -> (tensor<8x6xf32>, tensor<8x6xi32>) {
  ^bb2(%a1: f32, %b1: f32, %c1: i32, %d1: i32):
    %7 = arith.cmpi slt, %c1, %d1 : i32
    iree_tensor.yield %7 : i1
  }
  %8 = iree_tensor.scatter %5, %i, %u {starts = array<i64: 0>, batching = array<i64>, unsigned = false, tiles = 2 : i64, row = 3 : i64} : (tensor<8x6xf32>, tensor<5x1xi32>, tensor<5x1x6xf32>) -> tensor<8x6xf32> {
  ^bb3(%old: f32, %new: f32):
    %9 = arith.mulf %old, %new : f32
    iree_tensor.yield %9 : f32
  }
  %10, %memory = iree_tensor.serial %8 : (tensor<8x6xf32>) -> (tensor<8x6xf32>, tensor<4xi32>) {
  ^bb4(%state: tensor<8x6xf32>):
    %11 = arith.mulf %state, %state : tensor<8x6xf32>
    %12 = iree_tensor.keep %11 : tensor<8x6xf32>
    iree_tensor.yield %12 : tensor<8x6xf32>
  }
  return %10 : tensor<8x6xf32>
}
func.func @triangles(%a: tensor<3x4x4xf32>, %b: tensor<3x4x2xf32>, %c: tensor<4x4xcomplex<f32>>) {
  %0 = iree_tensor.cholesky %a : (tensor<3x4x4xf32>) -> tensor<3x4x4xf32>
  %1 = iree_tensor.triangular_solve %0, %b {unit = false} : (tensor<3x4x4xf32>, tensor<3x4x2xf32>) -> tensor<3x4x2xf32>
  %2, %3 = iree_tensor.lu %b : (tensor<3x4x2xf32>) -> (tensor<3x4x2xf32>, tensor<3x2xi32>)
  %4 = stablehlo.cholesky %a, lower = true : tensor<3x4x4xf32>
  %5 = stablehlo.cholesky %c : tensor<4x4xcomplex<f32>>
  %6 = "stablehlo.triangular_solve"(%a, %b) <{left_side = true, lower = true, transpose_a = #stablehlo<transpose NO_TRANSPOSE>, unit_diagonal = false}> : (tensor<3x4x4xf32>, tensor<3x4x2xf32>) -> tensor<3x4x2xf32>
  return
}
func.func @orthogonal(%a: tensor<3x4x2xcomplex<f32>>, %b: tensor<3x4x5xcomplex<f32>>, %c: tensor<4x4xf64>, %d: tensor<3x4x4xcomplex<f64>>, %e: tensor<3xf64>, %f: tensor<4xf64>) {
  %0, %1, %2 = iree_tensor.qr %a {pivoting = true} : (tensor<3x4x2xcomplex<f32>>) -> (tensor<3x4x2xcomplex<f32>>, tensor<3x2xcomplex<f32>>, tensor<3x2xi32>)
  %3 = iree_tensor.reflect %0, %1, %b {adjoint = false} : (tensor<3x4x2xcomplex<f32>>, tensor<3x2xcomplex<f32>>, tensor<3x4x5xcomplex<f32>>) -> tensor<3x4x5xcomplex<f32>>
  %4, %5 = iree_tensor.hessenberg %c : (tensor<4x4xf64>) -> (tensor<4x4xf64>, tensor<3xf64>)
  %6, %7, %8 = iree_tensor.eigen %c : (tensor<4x4xf64>) -> (tensor<4xf64>, tensor<4x4xf64>, tensor<4x4xf64>)
  %9, %10, %11 = iree_tensor.orthogonalize %a : (tensor<3x4x2xcomplex<f32>>) -> (tensor<3x2xf32>, tensor<3x4x2xcomplex<f32>>, tensor<3x2x2xcomplex<f32>>)
  %12, %13, %14 = iree_tensor.schur %d, %d : (tensor<3x4x4xcomplex<f64>>, tensor<3x4x4xcomplex<f64>>) -> (tensor<3x4x4xcomplex<f64>>, tensor<3x4x4xcomplex<f64>>, tensor<3xi32>)
  %15, %16 = iree_tensor.eigenvectors %12, %13 : (tensor<3x4x4xcomplex<f64>>, tensor<3x4x4xcomplex<f64>>) -> (tensor<3x4x4xcomplex<f64>>, tensor<3x4x4xcomplex<f64>>)
  %17, %18, %19, %20 = iree_tensor.tridiagonal_solve %e, %f, %e, %c : (tensor<3xf64>, tensor<4xf64>, tensor<3xf64>, tensor<4x4xf64>) -> (tensor<3xf64>, tensor<4xf64>, tensor<3xf64>, tensor<4x4xf64>)
  return
}
func.func @transforms(%a: tensor<2x12xcomplex<f32>>, %b: tensor<4x3xcomplex<f32>>) {
  %0 = iree_tensor.fft_stage %a, %b {done = 1 : i64, inverse = false} : (tensor<2x12xcomplex<f32>>, tensor<4x3xcomplex<f32>>) -> tensor<2x12xcomplex<f32>>
  return
}
func.func @ops_of_open_sizes(%x: tensor<?x?xf32>, %n: tensor<?x?xi32>, %run: tensor<i32>, %parts: index) -> tensor<?x?xf32> {
  %0, %1 = iree_tensor.sort_parts %x, %n, %parts {dimension = 1 : i64, run = 4 : i64} : (tensor<?x?xf32>, tensor<?x?xi32>, index) -> (tensor<?x?xf32>, tensor<?x?xi32>) {
  ^bb0(%a: f32, %b: f32, %c: i32, %d: i32):
    %2 = arith.cmpi slt, %c, %d : i32
    iree_tensor.yield %2 : i1
  }
  %3 = iree_tensor.merge_parts %0, %run, %parts {dimension = 1 : i64, chunk = 8 : i64} : (tensor<?x?xf32>, tensor<i32>, index) -> tensor<?x?xf32> {
  ^bb1(%e: f32, %f: f32):
    %4 = arith.cmpf olt, %e, %f : f32
    iree_tensor.yield %4 : i1
  }
  func.return %3 : tensor<?x?xf32>
}
