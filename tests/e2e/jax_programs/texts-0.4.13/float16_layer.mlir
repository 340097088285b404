module @jit_float16_layer attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<4x6xf16> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg1: tensor<6x3xf16> {jax.arg_info = "w", mhlo.sharding = "{replicated}"}) -> (tensor<4x3xf16> {jax.result_info = "[0]"}, tensor<4x6xf16> {jax.result_info = "[1]"}, tensor<f16> {jax.result_info = "[2]"}, tensor<4x6xf16> {jax.result_info = "[3]"}) {
    %0 = stablehlo.convert %arg0 : (tensor<4x6xf16>) -> tensor<4x6xf32>
    %1 = stablehlo.convert %arg1 : (tensor<6x3xf16>) -> tensor<6x3xf32>
    %2 = stablehlo.dot_general %0, %1, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<4x6xf32>, tensor<6x3xf32>) -> tensor<4x3xf16>
    %3 = stablehlo.exponential %arg0 : tensor<4x6xf16>
    %4 = stablehlo.convert %arg0 : (tensor<4x6xf16>) -> tensor<4x6xf32>
    %5 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %6 = stablehlo.reduce(%4 init: %5) applies stablehlo.add across dimensions = [0, 1] : (tensor<4x6xf32>, tensor<f32>) -> tensor<f32>
    %7 = stablehlo.convert %6 : (tensor<f32>) -> tensor<f16>
    %8 = call @sort(%arg0) : (tensor<4x6xf16>) -> tensor<4x6xf16>
    return %2, %3, %7, %8 : tensor<4x3xf16>, tensor<4x6xf16>, tensor<f16>, tensor<4x6xf16>
  }
  func.func private @sort(%arg0: tensor<4x6xf16>) -> tensor<4x6xf16> {
    %0 = "stablehlo.sort"(%arg0) ({
    ^bb0(%arg1: tensor<f16>, %arg2: tensor<f16>):
      %1 = stablehlo.bitcast_convert %arg1 : (tensor<f16>) -> tensor<i16>
      %2 = stablehlo.bitcast_convert %arg1 : (tensor<f16>) -> tensor<ui16>
      %3 = stablehlo.constant dense<0.000000e+00> : tensor<f16>
      %4 = stablehlo.compare  EQ, %arg1, %3,  FLOAT : (tensor<f16>, tensor<f16>) -> tensor<i1>
      %5 = stablehlo.constant dense<0> : tensor<i16>
      %6 = stablehlo.select %4, %5, %1 : tensor<i1>, tensor<i16>
      %7 = stablehlo.compare  NE, %arg1, %arg1,  FLOAT : (tensor<f16>, tensor<f16>) -> tensor<i1>
      %8 = stablehlo.constant dense<32256> : tensor<i16>
      %9 = stablehlo.select %7, %8, %6 : tensor<i1>, tensor<i16>
      %10 = stablehlo.constant dense<32767> : tensor<ui16>
      %11 = stablehlo.subtract %10, %2 : tensor<ui16>
      %12 = stablehlo.bitcast_convert %11 : (tensor<ui16>) -> tensor<i16>
      %13 = stablehlo.constant dense<0> : tensor<i16>
      %14 = stablehlo.compare  LT, %9, %13,  SIGNED : (tensor<i16>, tensor<i16>) -> tensor<i1>
      %15 = stablehlo.select %14, %12, %9 : tensor<i1>, tensor<i16>
      %16 = stablehlo.bitcast_convert %arg2 : (tensor<f16>) -> tensor<i16>
      %17 = stablehlo.bitcast_convert %arg2 : (tensor<f16>) -> tensor<ui16>
      %18 = stablehlo.constant dense<0.000000e+00> : tensor<f16>
      %19 = stablehlo.compare  EQ, %arg2, %18,  FLOAT : (tensor<f16>, tensor<f16>) -> tensor<i1>
      %20 = stablehlo.constant dense<0> : tensor<i16>
      %21 = stablehlo.select %19, %20, %16 : tensor<i1>, tensor<i16>
      %22 = stablehlo.compare  NE, %arg2, %arg2,  FLOAT : (tensor<f16>, tensor<f16>) -> tensor<i1>
      %23 = stablehlo.constant dense<32256> : tensor<i16>
      %24 = stablehlo.select %22, %23, %21 : tensor<i1>, tensor<i16>
      %25 = stablehlo.constant dense<32767> : tensor<ui16>
      %26 = stablehlo.subtract %25, %17 : tensor<ui16>
      %27 = stablehlo.bitcast_convert %26 : (tensor<ui16>) -> tensor<i16>
      %28 = stablehlo.constant dense<0> : tensor<i16>
      %29 = stablehlo.compare  LT, %24, %28,  SIGNED : (tensor<i16>, tensor<i16>) -> tensor<i1>
      %30 = stablehlo.select %29, %27, %24 : tensor<i1>, tensor<i16>
      %31 = stablehlo.compare  LT, %15, %30,  SIGNED : (tensor<i16>, tensor<i16>) -> tensor<i1>
      stablehlo.return %31 : tensor<i1>
    }) {dimension = 1 : i64, is_stable = true} : (tensor<4x6xf16>) -> tensor<4x6xf16>
    return %0 : tensor<4x6xf16>
  }
}
