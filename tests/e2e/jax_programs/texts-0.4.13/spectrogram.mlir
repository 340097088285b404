module @jit_spectrogram attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<16xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<3x5xf32> {jax.result_info = ""}) {
    %0 = stablehlo.constant dense<0> : tensor<i32>
    %1 = stablehlo.dynamic_slice %arg0, %0, sizes = [8] : (tensor<16xf32>, tensor<i32>) -> tensor<8xf32>
    %2 = stablehlo.constant dense<4> : tensor<i32>
    %3 = stablehlo.dynamic_slice %arg0, %2, sizes = [8] : (tensor<16xf32>, tensor<i32>) -> tensor<8xf32>
    %4 = stablehlo.constant dense<8> : tensor<i32>
    %5 = stablehlo.dynamic_slice %arg0, %4, sizes = [8] : (tensor<16xf32>, tensor<i32>) -> tensor<8xf32>
    %6 = stablehlo.broadcast_in_dim %1, dims = [1] : (tensor<8xf32>) -> tensor<1x8xf32>
    %7 = stablehlo.broadcast_in_dim %3, dims = [1] : (tensor<8xf32>) -> tensor<1x8xf32>
    %8 = stablehlo.broadcast_in_dim %5, dims = [1] : (tensor<8xf32>) -> tensor<1x8xf32>
    %9 = stablehlo.concatenate %6, %7, %8, dim = 0 : (tensor<1x8xf32>, tensor<1x8xf32>, tensor<1x8xf32>) -> tensor<3x8xf32>
    %10 = stablehlo.iota dim = 0 : tensor<8xi32>
    %11 = stablehlo.convert %10 : (tensor<8xi32>) -> tensor<8xf32>
    %12 = stablehlo.constant dense<6.28318548> : tensor<f32>
    %13 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %14 = stablehlo.multiply %13, %11 : tensor<8xf32>
    %15 = stablehlo.constant dense<8.000000e+00> : tensor<f32>
    %16 = stablehlo.broadcast_in_dim %15, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %17 = stablehlo.divide %14, %16 : tensor<8xf32>
    %18 = stablehlo.cosine %17 : tensor<8xf32>
    %19 = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %20 = stablehlo.broadcast_in_dim %19, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %21 = stablehlo.multiply %20, %18 : tensor<8xf32>
    %22 = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %23 = stablehlo.broadcast_in_dim %22, dims = [] : (tensor<f32>) -> tensor<8xf32>
    %24 = stablehlo.subtract %23, %21 : tensor<8xf32>
    %25 = stablehlo.convert %24 : tensor<8xf32>
    %26 = stablehlo.broadcast_in_dim %25, dims = [1] : (tensor<8xf32>) -> tensor<1x8xf32>
    %27 = stablehlo.broadcast_in_dim %26, dims = [0, 1] : (tensor<1x8xf32>) -> tensor<3x8xf32>
    %28 = stablehlo.multiply %9, %27 : tensor<3x8xf32>
    %29 = call @fft(%28) : (tensor<3x8xf32>) -> tensor<3x5xcomplex<f32>>
    %30 = stablehlo.abs %29 : (tensor<3x5xcomplex<f32>>) -> tensor<3x5xf32>
    %31 = stablehlo.multiply %30, %30 : tensor<3x5xf32>
    %32 = stablehlo.log_plus_one %31 : tensor<3x5xf32>
    return %32 : tensor<3x5xf32>
  }
  func.func private @fft(%arg0: tensor<3x8xf32>) -> tensor<3x5xcomplex<f32>> {
    %0 = stablehlo.constant dense<8> : tensor<i32>
    %1 = stablehlo.constant dense<1> : tensor<i32>
    %2 = stablehlo.constant dense<8> : tensor<1xi32>
    %3 = stablehlo.constant dense<1> : tensor<1xi32>
    %4 = stablehlo.concatenate %2, %3, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
    %5 = stablehlo.constant dense<5> : tensor<i32>
    %6 = stablehlo.constant dense<1> : tensor<i32>
    %7 = stablehlo.constant dense<5> : tensor<1xi32>
    %8 = stablehlo.constant dense<1> : tensor<1xi32>
    %9 = stablehlo.concatenate %7, %8, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
    %10 = stablehlo.constant dense<8> : tensor<i32>
    %11 = stablehlo.constant dense<8> : tensor<i32>
    %12 = stablehlo.convert %11 : (tensor<i32>) -> tensor<f64>
    %13 = stablehlo.constant dense<1.000000e+00> : tensor<f64>
    %14 = stablehlo.reshape %13 : (tensor<f64>) -> tensor<1xf64>
    %15 = stablehlo.constant dense<3> : tensor<i32>
    %16 = stablehlo.constant dense<8> : tensor<i32>
    %17 = stablehlo.constant dense<3> : tensor<1xi32>
    %18 = stablehlo.constant dense<8> : tensor<1xi32>
    %19 = stablehlo.concatenate %17, %18, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
    %20 = stablehlo.constant dense<3> : tensor<i32>
    %21 = stablehlo.constant dense<5> : tensor<i32>
    %22 = stablehlo.constant dense<3> : tensor<1xi32>
    %23 = stablehlo.constant dense<5> : tensor<1xi32>
    %24 = stablehlo.concatenate %22, %23, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
    %25 = stablehlo.constant dense<[20, 0, 0, 0, 0, 0, 14, 0, 16, 0, 8, 0, 0, 0, 6, 0, 12, 0, 7, 0, 14, 0, 0, 0, 0, 0, 2, 1, 2, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]> : tensor<44xui8>
    %26 = stablehlo.custom_call @dynamic_ducc_fft(%25, %arg0, %19, %4, %9, %14, %24) {api_version = 2 : i32, indices_of_shape_operands = dense<6> : tensor<1xi64>, operand_layouts = [dense<0> : tensor<1xindex>, dense<[1, 0]> : tensor<2xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>], result_layouts = [dense<[1, 0]> : tensor<2xindex>]} : (tensor<44xui8>, tensor<3x8xf32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>, tensor<1xf64>, tensor<2xi32>) -> tensor<3x5xcomplex<f32>>
    return %26 : tensor<3x5xcomplex<f32>>
  }
}
