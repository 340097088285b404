module @jit_fft_2d attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<8x8xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<8x8xcomplex<f32>> {jax.result_info = "[0]"}, tensor<8x8xf32> {jax.result_info = "[1]"}) {
    %0 = call @fft(%arg0) : (tensor<8x8xf32>) -> tensor<8x8xcomplex<f32>>
    %1 = call @fft_0(%arg0) : (tensor<8x8xf32>) -> tensor<8x8xcomplex<f32>>
    %2 = stablehlo.abs %1 : (tensor<8x8xcomplex<f32>>) -> tensor<8x8xf32>
    %3 = call @_roll_static(%2) : (tensor<8x8xf32>) -> tensor<8x8xf32>
    return %0, %3 : tensor<8x8xcomplex<f32>>, tensor<8x8xf32>
  }
  func.func private @fft(%arg0: tensor<8x8xf32>) -> tensor<8x8xcomplex<f32>> {
    %0 = stablehlo.convert %arg0 : (tensor<8x8xf32>) -> tensor<8x8xcomplex<f32>>
    %1 = stablehlo.constant dense<8> : tensor<i32>
    %2 = stablehlo.constant dense<1> : tensor<i32>
    %3 = stablehlo.constant dense<8> : tensor<1xi32>
    %4 = stablehlo.constant dense<1> : tensor<1xi32>
    %5 = stablehlo.concatenate %3, %4, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
    %6 = stablehlo.constant dense<8> : tensor<i32>
    %7 = stablehlo.constant dense<1> : tensor<i32>
    %8 = stablehlo.constant dense<8> : tensor<1xi32>
    %9 = stablehlo.constant dense<1> : tensor<1xi32>
    %10 = stablehlo.concatenate %8, %9, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
    %11 = stablehlo.constant dense<64> : tensor<i32>
    %12 = stablehlo.constant dense<64> : tensor<i32>
    %13 = stablehlo.convert %12 : (tensor<i32>) -> tensor<f64>
    %14 = stablehlo.constant dense<1.000000e+00> : tensor<f64>
    %15 = stablehlo.reshape %14 : (tensor<f64>) -> tensor<1xf64>
    %16 = stablehlo.constant dense<8> : tensor<i32>
    %17 = stablehlo.constant dense<8> : tensor<i32>
    %18 = stablehlo.constant dense<8> : tensor<1xi32>
    %19 = stablehlo.constant dense<8> : tensor<1xi32>
    %20 = stablehlo.concatenate %18, %19, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
    %21 = stablehlo.constant dense<8> : tensor<i32>
    %22 = stablehlo.constant dense<8> : tensor<i32>
    %23 = stablehlo.constant dense<8> : tensor<1xi32>
    %24 = stablehlo.constant dense<8> : tensor<1xi32>
    %25 = stablehlo.concatenate %23, %24, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
    %26 = stablehlo.constant dense<[20, 0, 0, 0, 0, 0, 14, 0, 16, 0, 8, 0, 0, 0, 0, 0, 12, 0, 7, 0, 14, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]> : tensor<48xui8>
    %27 = stablehlo.custom_call @dynamic_ducc_fft(%26, %0, %20, %5, %10, %15, %25) {api_version = 2 : i32, indices_of_shape_operands = dense<6> : tensor<1xi64>, operand_layouts = [dense<0> : tensor<1xindex>, dense<[1, 0]> : tensor<2xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>], result_layouts = [dense<[1, 0]> : tensor<2xindex>]} : (tensor<48xui8>, tensor<8x8xcomplex<f32>>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>, tensor<1xf64>, tensor<2xi32>) -> tensor<8x8xcomplex<f32>>
    return %27 : tensor<8x8xcomplex<f32>>
  }
  func.func private @fft_0(%arg0: tensor<8x8xf32>) -> tensor<8x8xcomplex<f32>> {
    %0 = stablehlo.convert %arg0 : (tensor<8x8xf32>) -> tensor<8x8xcomplex<f32>>
    %1 = stablehlo.constant dense<8> : tensor<i32>
    %2 = stablehlo.constant dense<1> : tensor<i32>
    %3 = stablehlo.constant dense<8> : tensor<1xi32>
    %4 = stablehlo.constant dense<1> : tensor<1xi32>
    %5 = stablehlo.concatenate %3, %4, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
    %6 = stablehlo.constant dense<8> : tensor<i32>
    %7 = stablehlo.constant dense<1> : tensor<i32>
    %8 = stablehlo.constant dense<8> : tensor<1xi32>
    %9 = stablehlo.constant dense<1> : tensor<1xi32>
    %10 = stablehlo.concatenate %8, %9, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
    %11 = stablehlo.constant dense<64> : tensor<i32>
    %12 = stablehlo.constant dense<64> : tensor<i32>
    %13 = stablehlo.convert %12 : (tensor<i32>) -> tensor<f64>
    %14 = stablehlo.constant dense<1.000000e+00> : tensor<f64>
    %15 = stablehlo.reshape %14 : (tensor<f64>) -> tensor<1xf64>
    %16 = stablehlo.constant dense<8> : tensor<i32>
    %17 = stablehlo.constant dense<8> : tensor<i32>
    %18 = stablehlo.constant dense<8> : tensor<1xi32>
    %19 = stablehlo.constant dense<8> : tensor<1xi32>
    %20 = stablehlo.concatenate %18, %19, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
    %21 = stablehlo.constant dense<8> : tensor<i32>
    %22 = stablehlo.constant dense<8> : tensor<i32>
    %23 = stablehlo.constant dense<8> : tensor<1xi32>
    %24 = stablehlo.constant dense<8> : tensor<1xi32>
    %25 = stablehlo.concatenate %23, %24, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
    %26 = stablehlo.constant dense<[20, 0, 0, 0, 0, 0, 14, 0, 16, 0, 8, 0, 0, 0, 0, 0, 12, 0, 7, 0, 14, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]> : tensor<48xui8>
    %27 = stablehlo.custom_call @dynamic_ducc_fft(%26, %0, %20, %5, %10, %15, %25) {api_version = 2 : i32, indices_of_shape_operands = dense<6> : tensor<1xi64>, operand_layouts = [dense<0> : tensor<1xindex>, dense<[1, 0]> : tensor<2xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>], result_layouts = [dense<[1, 0]> : tensor<2xindex>]} : (tensor<48xui8>, tensor<8x8xcomplex<f32>>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>, tensor<1xf64>, tensor<2xi32>) -> tensor<8x8xcomplex<f32>>
    return %27 : tensor<8x8xcomplex<f32>>
  }
  func.func private @_roll_static(%arg0: tensor<8x8xf32>) -> tensor<8x8xf32> {
    %0 = "stablehlo.slice"(%arg0) {limit_indices = dense<8> : tensor<2xi64>, start_indices = dense<[4, 0]> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} : (tensor<8x8xf32>) -> tensor<4x8xf32>
    %1 = "stablehlo.slice"(%arg0) {limit_indices = dense<[4, 8]> : tensor<2xi64>, start_indices = dense<0> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} : (tensor<8x8xf32>) -> tensor<4x8xf32>
    %2 = stablehlo.concatenate %0, %1, dim = 0 : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<8x8xf32>
    %3 = "stablehlo.slice"(%2) {limit_indices = dense<8> : tensor<2xi64>, start_indices = dense<[0, 4]> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} : (tensor<8x8xf32>) -> tensor<8x4xf32>
    %4 = "stablehlo.slice"(%2) {limit_indices = dense<[8, 4]> : tensor<2xi64>, start_indices = dense<0> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} : (tensor<8x8xf32>) -> tensor<8x4xf32>
    %5 = stablehlo.concatenate %3, %4, dim = 1 : (tensor<8x4xf32>, tensor<8x4xf32>) -> tensor<8x8xf32>
    return %5 : tensor<8x8xf32>
  }
}
