module @jit_windows attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<6x6xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<4x6xf32> {jax.result_info = "[0]"}, tensor<2x4xf32> {jax.result_info = "[1]"}, tensor<6x1xf32> {jax.result_info = "[2]"}) {
    %0 = stablehlo.constant dense<[1, 3]> : tensor<2xi32>
    %1 = stablehlo.iota dim = 0 : tensor<4xi32>
    %2 = stablehlo.broadcast_in_dim %1, dims = [0] : (tensor<4xi32>) -> tensor<4x1xi32>
    %3 = stablehlo.iota dim = 0 : tensor<3xi32>
    %4 = stablehlo.broadcast_in_dim %3, dims = [1] : (tensor<3xi32>) -> tensor<1x3xi32>
    %5 = stablehlo.broadcast_in_dim %2, dims = [0, 1] : (tensor<4x1xi32>) -> tensor<4x3xi32>
    %6 = stablehlo.broadcast_in_dim %4, dims = [0, 1] : (tensor<1x3xi32>) -> tensor<4x3xi32>
    %7 = stablehlo.add %5, %6 : tensor<4x3xi32>
    %8 = stablehlo.constant dense<0> : tensor<i32>
    %9 = stablehlo.broadcast_in_dim %8, dims = [] : (tensor<i32>) -> tensor<4x3xi32>
    %10 = stablehlo.compare  LT, %7, %9,  SIGNED : (tensor<4x3xi32>, tensor<4x3xi32>) -> tensor<4x3xi1>
    %11 = stablehlo.constant dense<6> : tensor<i32>
    %12 = stablehlo.broadcast_in_dim %11, dims = [] : (tensor<i32>) -> tensor<4x3xi32>
    %13 = stablehlo.add %7, %12 : tensor<4x3xi32>
    %14 = stablehlo.select %10, %13, %7 : tensor<4x3xi1>, tensor<4x3xi32>
    %15 = stablehlo.broadcast_in_dim %14, dims = [0, 1] : (tensor<4x3xi32>) -> tensor<4x3x1xi32>
    %16 = "stablehlo.gather"(%arg0, %15) {dimension_numbers = #stablehlo.gather<offset_dims = [2], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 2>, indices_are_sorted = false, slice_sizes = dense<[1, 6]> : tensor<2xi64>} : (tensor<6x6xf32>, tensor<4x3x1xi32>) -> tensor<4x3x6xf32>
    %17 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %18 = stablehlo.reduce(%16 init: %17) applies stablehlo.add across dimensions = [1] : (tensor<4x3x6xf32>, tensor<f32>) -> tensor<4x6xf32>
    %19 = stablehlo.constant dense<3.000000e+00> : tensor<f32>
    %20 = stablehlo.broadcast_in_dim %19, dims = [] : (tensor<f32>) -> tensor<4x6xf32>
    %21 = stablehlo.divide %18, %20 : tensor<4x6xf32>
    %22 = stablehlo.broadcast_in_dim %0, dims = [0] : (tensor<2xi32>) -> tensor<2x1xi32>
    %23 = stablehlo.constant dense<2> : tensor<i32>
    %24 = stablehlo.broadcast_in_dim %23, dims = [] : (tensor<i32>) -> tensor<2x1xi32>
    %25 = stablehlo.concatenate %22, %24, dim = 1 : (tensor<2x1xi32>, tensor<2x1xi32>) -> tensor<2x2xi32>
    %26 = "stablehlo.gather"(%arg0, %25) {dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0, 1], index_vector_dim = 1>, indices_are_sorted = true, slice_sizes = dense<[1, 4]> : tensor<2xi64>} : (tensor<6x6xf32>, tensor<2x2xi32>) -> tensor<2x4xf32>
    %27 = stablehlo.constant dense<0> : tensor<i32>
    %28 = stablehlo.broadcast_in_dim %27, dims = [] : (tensor<i32>) -> tensor<1xi32>
    %29 = "stablehlo.gather"(%arg0, %28) {dimension_numbers = #stablehlo.gather<offset_dims = [0], collapsed_slice_dims = [1], start_index_map = [1]>, indices_are_sorted = true, slice_sizes = dense<[6, 1]> : tensor<2xi64>} : (tensor<6x6xf32>, tensor<1xi32>) -> tensor<6xf32>
    %30 = stablehlo.broadcast_in_dim %29, dims = [0] : (tensor<6xf32>) -> tensor<6x1xf32>
    return %21, %26, %30 : tensor<4x6xf32>, tensor<2x4xf32>, tensor<6x1xf32>
  }
}
