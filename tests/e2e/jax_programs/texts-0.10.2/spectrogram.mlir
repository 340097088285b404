module @jit_spectrogram attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<16xf32>) -> (tensor<3x5xf32> {jax.result_info = "result"}) {
    %0 = stablehlo.slice %arg0 [0:8] : (tensor<16xf32>) -> tensor<8xf32>
    %1 = stablehlo.slice %arg0 [4:12] : (tensor<16xf32>) -> tensor<8xf32>
    %2 = stablehlo.slice %arg0 [8:16] : (tensor<16xf32>) -> tensor<8xf32>
    %3 = stablehlo.broadcast_in_dim %0, dims = [1] : (tensor<8xf32>) -> tensor<1x8xf32>
    %4 = stablehlo.broadcast_in_dim %1, dims = [1] : (tensor<8xf32>) -> tensor<1x8xf32>
    %5 = stablehlo.broadcast_in_dim %2, dims = [1] : (tensor<8xf32>) -> tensor<1x8xf32>
    %6 = stablehlo.concatenate %3, %4, %5, dim = 0 : (tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>) -> tensor<3x8xf32>
    %7 = stablehlo.iota dim = 0 : tensor<8xi32>
    %8 = stablehlo.convert %7 : (tensor<8xi32>) -> tensor<8xf32>
    %cst = stablehlo.constant dense<6.28318548> : tensor<f32>
    %9 = stablehlo.broadcast_in_dim %cst, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %10 = stablehlo.multiply %9, %8 : tensor<8xf32>
    %cst_0 = stablehlo.constant dense<8.000000e+00> : tensor<f32>
    %11 = stablehlo.broadcast_in_dim %cst_0, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %12 = stablehlo.divide %10, %11 : tensor<8xf32>
    %13 = stablehlo.cosine %12 : tensor<8xf32>
    %cst_1 = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %14 = stablehlo.broadcast_in_dim %cst_1, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %15 = stablehlo.multiply %14, %13 : tensor<8xf32>
    %cst_2 = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %16 = stablehlo.broadcast_in_dim %cst_2, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %17 = stablehlo.subtract %16, %15 : tensor<8xf32>
    %18 = stablehlo.convert %17 : tensor<8xf32>
    %19 = stablehlo.broadcast_in_dim %18, dims = [1] : (tensor<8xf32>) -> tensor<1x8xf32>
    %20 = stablehlo.broadcast_in_dim %19, dims = [0, 1] : (tensor<1x8xf32>) -> tensor<3x8xf32>
    %21 = stablehlo.multiply %6, %20 : tensor<3x8xf32>
    %22 = call @fft(%21) : (tensor<3x8xf32>) -> tensor<3x5xcomplex<f32>>
    %23 = stablehlo.abs %22 : (tensor<3x5xcomplex<f32>>) -> tensor<3x5xf32>
    %24 = stablehlo.multiply %23, %23 : tensor<3x5xf32>
    %25 = stablehlo.log_plus_one %24 : tensor<3x5xf32>
    return %25 : tensor<3x5xf32>
  }
  func.func private @fft(%arg0: tensor<3x8xf32>) -> tensor<3x5xcomplex<f32>> {
    %0 = stablehlo.fft %arg0, type = RFFT, length = [8] : (tensor<3x8xf32>) -> tensor<3x5xcomplex<f32>>
    return %0 : tensor<3x5xcomplex<f32>>
  }
}
