module @jit_fft_of_odd_length attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<15xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<15xcomplex<f32>> {jax.result_info = "[0]"}, tensor<15xf32> {jax.result_info = "[1]"}) {
    %0 = call @fft(%arg0) : (tensor<15xf32>) -> tensor<15xcomplex<f32>>
    %1 = call @fft_0(%arg0) : (tensor<15xf32>) -> tensor<8xcomplex<f32>>
    %2 = stablehlo.constant dense<0> : tensor<i32>
    %3 = call @_pad(%1, %2) : (tensor<8xcomplex<f32>>, tensor<i32>) -> tensor<8xcomplex<f32>>
    %4 = call @fft_1(%3) : (tensor<8xcomplex<f32>>) -> tensor<15xf32>
    return %0, %4 : tensor<15xcomplex<f32>>, tensor<15xf32>
  }
  func.func private @fft(%arg0: tensor<15xf32>) -> tensor<15xcomplex<f32>> {
    %0 = stablehlo.convert %arg0 : (tensor<15xf32>) -> tensor<15xcomplex<f32>>
    %1 = stablehlo.constant dense<1> : tensor<i32>
    %2 = stablehlo.constant dense<1> : tensor<1xi32>
    %3 = stablehlo.constant dense<1> : tensor<i32>
    %4 = stablehlo.constant dense<1> : tensor<1xi32>
    %5 = stablehlo.constant dense<15> : tensor<i32>
    %6 = stablehlo.constant dense<15> : tensor<i32>
    %7 = stablehlo.convert %6 : (tensor<i32>) -> tensor<f64>
    %8 = stablehlo.constant dense<1.000000e+00> : tensor<f64>
    %9 = stablehlo.reshape %8 : (tensor<f64>) -> tensor<1xf64>
    %10 = stablehlo.constant dense<15> : tensor<i32>
    %11 = stablehlo.constant dense<15> : tensor<1xi32>
    %12 = stablehlo.constant dense<15> : tensor<i32>
    %13 = stablehlo.constant dense<15> : tensor<1xi32>
    %14 = stablehlo.constant dense<[20, 0, 0, 0, 0, 0, 14, 0, 16, 0, 8, 0, 0, 0, 0, 0, 12, 0, 7, 0, 14, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]> : tensor<44xui8>
    %15 = stablehlo.custom_call @dynamic_ducc_fft(%14, %0, %11, %2, %4, %9, %13) {api_version = 2 : i32, indices_of_shape_operands = dense<6> : tensor<1xi64>, operand_layouts = [dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>], result_layouts = [dense<0> : tensor<1xindex>]} : (tensor<44xui8>, tensor<15xcomplex<f32>>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>, tensor<1xf64>, tensor<1xi32>) -> tensor<15xcomplex<f32>>
    return %15 : tensor<15xcomplex<f32>>
  }
  func.func private @fft_0(%arg0: tensor<15xf32>) -> tensor<8xcomplex<f32>> {
    %0 = stablehlo.constant dense<1> : tensor<i32>
    %1 = stablehlo.constant dense<1> : tensor<1xi32>
    %2 = stablehlo.constant dense<1> : tensor<i32>
    %3 = stablehlo.constant dense<1> : tensor<1xi32>
    %4 = stablehlo.constant dense<15> : tensor<i32>
    %5 = stablehlo.constant dense<15> : tensor<i32>
    %6 = stablehlo.convert %5 : (tensor<i32>) -> tensor<f64>
    %7 = stablehlo.constant dense<1.000000e+00> : tensor<f64>
    %8 = stablehlo.reshape %7 : (tensor<f64>) -> tensor<1xf64>
    %9 = stablehlo.constant dense<15> : tensor<i32>
    %10 = stablehlo.constant dense<15> : tensor<1xi32>
    %11 = stablehlo.constant dense<8> : tensor<i32>
    %12 = stablehlo.constant dense<8> : tensor<1xi32>
    %13 = stablehlo.constant dense<[20, 0, 0, 0, 0, 0, 14, 0, 16, 0, 8, 0, 0, 0, 6, 0, 12, 0, 7, 0, 14, 0, 0, 0, 0, 0, 2, 1, 1, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]> : tensor<44xui8>
    %14 = stablehlo.custom_call @dynamic_ducc_fft(%13, %arg0, %10, %1, %3, %8, %12) {api_version = 2 : i32, indices_of_shape_operands = dense<6> : tensor<1xi64>, operand_layouts = [dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>], result_layouts = [dense<0> : tensor<1xindex>]} : (tensor<44xui8>, tensor<15xf32>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>, tensor<1xf64>, tensor<1xi32>) -> tensor<8xcomplex<f32>>
    return %14 : tensor<8xcomplex<f32>>
  }
  func.func private @_pad(%arg0: tensor<8xcomplex<f32>>, %arg1: tensor<i32>) -> tensor<8xcomplex<f32>> {
    %0 = stablehlo.broadcast_in_dim %arg1, dims = [] : (tensor<i32>) -> tensor<1x2xi32>
    %1 = stablehlo.convert %0 : (tensor<1x2xi32>) -> tensor<1x2xcomplex<f32>>
    %2 = stablehlo.constant dense<0> : tensor<i32>
    %3 = stablehlo.constant dense<0> : tensor<i32>
    %4 = stablehlo.compare  LT, %2, %3,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %5 = stablehlo.constant dense<0> : tensor<i32>
    %6 = stablehlo.constant dense<1> : tensor<i32>
    %7 = stablehlo.add %5, %6 : tensor<i32>
    %8 = stablehlo.constant dense<0> : tensor<i32>
    %9 = stablehlo.select %4, %7, %8 : tensor<i1>, tensor<i32>
    %10 = stablehlo.constant dense<0> : tensor<i32>
    %11 = stablehlo.constant dense<0> : tensor<i32>
    %12 = stablehlo.compare  LT, %10, %11,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %13 = stablehlo.constant dense<0> : tensor<i32>
    %14 = stablehlo.constant dense<2> : tensor<i32>
    %15 = stablehlo.add %13, %14 : tensor<i32>
    %16 = stablehlo.constant dense<0> : tensor<i32>
    %17 = stablehlo.select %12, %15, %16 : tensor<i1>, tensor<i32>
    %18 = stablehlo.dynamic_slice %1, %9, %17, sizes = [1, 1] : (tensor<1x2xcomplex<f32>>, tensor<i32>, tensor<i32>) -> tensor<1x1xcomplex<f32>>
    %19 = stablehlo.reshape %18 : (tensor<1x1xcomplex<f32>>) -> tensor<complex<f32>>
    %20 = stablehlo.pad %arg0, %19, low = [0], high = [0], interior = [0] : (tensor<8xcomplex<f32>>, tensor<complex<f32>>) -> tensor<8xcomplex<f32>>
    %21 = stablehlo.constant dense<0> : tensor<i32>
    %22 = stablehlo.constant dense<0> : tensor<i32>
    %23 = stablehlo.compare  LT, %21, %22,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %24 = stablehlo.constant dense<0> : tensor<i32>
    %25 = stablehlo.constant dense<1> : tensor<i32>
    %26 = stablehlo.add %24, %25 : tensor<i32>
    %27 = stablehlo.constant dense<0> : tensor<i32>
    %28 = stablehlo.select %23, %26, %27 : tensor<i1>, tensor<i32>
    %29 = stablehlo.constant dense<1> : tensor<i32>
    %30 = stablehlo.constant dense<0> : tensor<i32>
    %31 = stablehlo.compare  LT, %29, %30,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %32 = stablehlo.constant dense<1> : tensor<i32>
    %33 = stablehlo.constant dense<2> : tensor<i32>
    %34 = stablehlo.add %32, %33 : tensor<i32>
    %35 = stablehlo.constant dense<1> : tensor<i32>
    %36 = stablehlo.select %31, %34, %35 : tensor<i1>, tensor<i32>
    %37 = stablehlo.dynamic_slice %1, %28, %36, sizes = [1, 1] : (tensor<1x2xcomplex<f32>>, tensor<i32>, tensor<i32>) -> tensor<1x1xcomplex<f32>>
    %38 = stablehlo.reshape %37 : (tensor<1x1xcomplex<f32>>) -> tensor<complex<f32>>
    %39 = stablehlo.pad %20, %38, low = [0], high = [0], interior = [0] : (tensor<8xcomplex<f32>>, tensor<complex<f32>>) -> tensor<8xcomplex<f32>>
    return %39 : tensor<8xcomplex<f32>>
  }
  func.func private @fft_1(%arg0: tensor<8xcomplex<f32>>) -> tensor<15xf32> {
    %0 = stablehlo.constant dense<1> : tensor<i32>
    %1 = stablehlo.constant dense<1> : tensor<1xi32>
    %2 = stablehlo.constant dense<1> : tensor<i32>
    %3 = stablehlo.constant dense<1> : tensor<1xi32>
    %4 = stablehlo.constant dense<15> : tensor<i32>
    %5 = stablehlo.constant dense<15> : tensor<i32>
    %6 = stablehlo.convert %5 : (tensor<i32>) -> tensor<f64>
    %7 = stablehlo.constant dense<1.000000e+00> : tensor<f64>
    %8 = stablehlo.divide %7, %6 : tensor<f64>
    %9 = stablehlo.reshape %8 : (tensor<f64>) -> tensor<1xf64>
    %10 = stablehlo.constant dense<8> : tensor<i32>
    %11 = stablehlo.constant dense<8> : tensor<1xi32>
    %12 = stablehlo.constant dense<15> : tensor<i32>
    %13 = stablehlo.constant dense<15> : tensor<1xi32>
    %14 = stablehlo.constant dense<[16, 0, 0, 0, 12, 0, 16, 0, 8, 0, 0, 0, 7, 0, 12, 0, 12, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]> : tensor<40xui8>
    %15 = stablehlo.custom_call @dynamic_ducc_fft(%14, %arg0, %13, %1, %3, %9, %13) {api_version = 2 : i32, indices_of_shape_operands = dense<6> : tensor<1xi64>, operand_layouts = [dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>, dense<0> : tensor<1xindex>], result_layouts = [dense<0> : tensor<1xindex>]} : (tensor<40xui8>, tensor<8xcomplex<f32>>, tensor<1xi32>, tensor<1xi32>, tensor<1xi32>, tensor<1xf64>, tensor<1xi32>) -> tensor<15xf32>
    return %15 : tensor<15xf32>
  }
}
