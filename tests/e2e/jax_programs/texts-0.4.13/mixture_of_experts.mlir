module @jit_mixture_of_experts attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<6x4xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg1: tensor<4x3x5xf32> {jax.arg_info = "experts", mhlo.sharding = "{replicated}"}, %arg2: tensor<4x3xf32> {jax.arg_info = "gate", mhlo.sharding = "{replicated}"}) -> (tensor<6x5xf32> {jax.result_info = ""}) {
    %0 = stablehlo.dot_general %arg0, %arg2, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<6x4xf32>, tensor<4x3xf32>) -> tensor<6x3xf32>
    %1 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %2 = stablehlo.reduce(%0 init: %1) applies stablehlo.maximum across dimensions = [1] : (tensor<6x3xf32>, tensor<f32>) -> tensor<6xf32>
    %3 = stablehlo.broadcast_in_dim %2, dims = [0] : (tensor<6xf32>) -> tensor<6x1xf32>
    %4 = stablehlo.broadcast_in_dim %3, dims = [0, 1] : (tensor<6x1xf32>) -> tensor<6x3xf32>
    %5 = stablehlo.subtract %0, %4 : tensor<6x3xf32>
    %6 = stablehlo.exponential %5 : tensor<6x3xf32>
    %7 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %8 = stablehlo.reduce(%6 init: %7) applies stablehlo.add across dimensions = [1] : (tensor<6x3xf32>, tensor<f32>) -> tensor<6xf32>
    %9 = stablehlo.broadcast_in_dim %8, dims = [0] : (tensor<6xf32>) -> tensor<6x1xf32>
    %10 = stablehlo.broadcast_in_dim %9, dims = [0, 1] : (tensor<6x1xf32>) -> tensor<6x3xf32>
    %11 = stablehlo.divide %6, %10 : tensor<6x3xf32>
    %values, %indices = chlo.top_k(%11, k = 2) : tensor<6x3xf32> -> (tensor<6x2xf32>, tensor<6x2xi32>)
    %12 = stablehlo.dot_general %arg0, %arg1, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<6x4xf32>, tensor<4x3x5xf32>) -> tensor<6x3x5xf32>
    %13 = stablehlo.broadcast_in_dim %indices, dims = [0, 1] : (tensor<6x2xi32>) -> tensor<6x2x1xi32>
    %14 = call @take_along_axis(%12, %13) : (tensor<6x3x5xf32>, tensor<6x2x1xi32>) -> tensor<6x2x5xf32>
    %15 = stablehlo.broadcast_in_dim %values, dims = [0, 1] : (tensor<6x2xf32>) -> tensor<6x2x1xf32>
    %16 = stablehlo.broadcast_in_dim %15, dims = [0, 1, 2] : (tensor<6x2x1xf32>) -> tensor<6x2x5xf32>
    %17 = stablehlo.multiply %14, %16 : tensor<6x2x5xf32>
    %18 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %19 = stablehlo.reduce(%17 init: %18) applies stablehlo.add across dimensions = [1] : (tensor<6x2x5xf32>, tensor<f32>) -> tensor<6x5xf32>
    return %19 : tensor<6x5xf32>
  }
  func.func private @take_along_axis(%arg0: tensor<6x3x5xf32>, %arg1: tensor<6x2x1xi32>) -> tensor<6x2x5xf32> {
    %0 = stablehlo.iota dim = 0 : tensor<6x2x1xi32>
    %1 = stablehlo.constant dense<0> : tensor<i32>
    %2 = stablehlo.broadcast_in_dim %1, dims = [] : (tensor<i32>) -> tensor<6x2x1xi32>
    %3 = stablehlo.compare  LT, %arg1, %2,  SIGNED : (tensor<6x2x1xi32>, tensor<6x2x1xi32>) -> tensor<6x2x1xi1>
    %4 = stablehlo.constant dense<3> : tensor<i32>
    %5 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<i32>) -> tensor<6x2x1xi32>
    %6 = stablehlo.add %arg1, %5 : tensor<6x2x1xi32>
    %7 = stablehlo.select %3, %6, %arg1 : tensor<6x2x1xi1>, tensor<6x2x1xi32>
    %8 = stablehlo.concatenate %0, %7, dim = 2 : (tensor<6x2x1xi32>, tensor<6x2x1xi32>) -> tensor<6x2x2xi32>
    %9 = stablehlo.constant dense<[0, 1]> : tensor<2xi32>
    %10 = stablehlo.constant dense<[0, 1]> : tensor<2xi32>
    %11 = stablehlo.constant dense<6> : tensor<i32>
    %12 = stablehlo.broadcast_in_dim %11, dims = [] : (tensor<i32>) -> tensor<1xi32>
    %13 = stablehlo.constant dense<3> : tensor<i32>
    %14 = stablehlo.broadcast_in_dim %13, dims = [] : (tensor<i32>) -> tensor<1xi32>
    %15 = stablehlo.constant dense<5> : tensor<i32>
    %16 = stablehlo.broadcast_in_dim %15, dims = [] : (tensor<i32>) -> tensor<1xi32>
    %17 = stablehlo.concatenate %12, %14, %16, dim = 0 : (tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<3xi32>
    %18 = stablehlo.constant dense<0> : tensor<i32>
    %19 = stablehlo.broadcast_in_dim %18, dims = [] : (tensor<i32>) -> tensor<2xi32>
    %20 = stablehlo.compare  LT, %9, %19,  SIGNED : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi1>
    %21 = stablehlo.constant dense<3> : tensor<i32>
    %22 = stablehlo.broadcast_in_dim %21, dims = [] : (tensor<i32>) -> tensor<2xi32>
    %23 = stablehlo.add %9, %22 : tensor<2xi32>
    %24 = stablehlo.select %20, %23, %9 : tensor<2xi1>, tensor<2xi32>
    %25 = stablehlo.broadcast_in_dim %24, dims = [0] : (tensor<2xi32>) -> tensor<2x1xi32>
    %26 = "stablehlo.gather"(%17, %25) {dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = dense<1> : tensor<1xi64>} : (tensor<3xi32>, tensor<2x1xi32>) -> tensor<2xi32>
    %27 = stablehlo.constant dense<1> : tensor<i32>
    %28 = stablehlo.broadcast_in_dim %27, dims = [] : (tensor<i32>) -> tensor<1xi32>
    %29 = stablehlo.constant dense<1> : tensor<i32>
    %30 = stablehlo.broadcast_in_dim %29, dims = [] : (tensor<i32>) -> tensor<1xi32>
    %31 = stablehlo.constant dense<5> : tensor<i32>
    %32 = stablehlo.broadcast_in_dim %31, dims = [] : (tensor<i32>) -> tensor<1xi32>
    %33 = stablehlo.concatenate %28, %30, %32, dim = 0 : (tensor<1xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<3xi32>
    %34 = stablehlo.constant dense<0> : tensor<i32>
    %35 = stablehlo.broadcast_in_dim %34, dims = [] : (tensor<i32>) -> tensor<2xi32>
    %36 = stablehlo.compare  LT, %10, %35,  SIGNED : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi1>
    %37 = stablehlo.constant dense<3> : tensor<i32>
    %38 = stablehlo.broadcast_in_dim %37, dims = [] : (tensor<i32>) -> tensor<2xi32>
    %39 = stablehlo.add %10, %38 : tensor<2xi32>
    %40 = stablehlo.select %36, %39, %10 : tensor<2xi1>, tensor<2xi32>
    %41 = stablehlo.broadcast_in_dim %40, dims = [0] : (tensor<2xi32>) -> tensor<2x1xi32>
    %42 = "stablehlo.gather"(%33, %41) {dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = dense<1> : tensor<1xi64>} : (tensor<3xi32>, tensor<2x1xi32>) -> tensor<2xi32>
    %43 = stablehlo.subtract %26, %42 : tensor<2xi32>
    %44 = stablehlo.constant dense<0> : tensor<i32>
    %45 = stablehlo.broadcast_in_dim %44, dims = [] : (tensor<i32>) -> tensor<6x2x2xi32>
    %46 = stablehlo.compare  GE, %8, %45,  SIGNED : (tensor<6x2x2xi32>, tensor<6x2x2xi32>) -> tensor<6x2x2xi1>
    %47 = stablehlo.broadcast_in_dim %43, dims = [2] : (tensor<2xi32>) -> tensor<1x1x2xi32>
    %48 = stablehlo.broadcast_in_dim %47, dims = [0, 1, 2] : (tensor<1x1x2xi32>) -> tensor<6x2x2xi32>
    %49 = stablehlo.compare  LE, %8, %48,  SIGNED : (tensor<6x2x2xi32>, tensor<6x2x2xi32>) -> tensor<6x2x2xi1>
    %50 = stablehlo.and %46, %49 : tensor<6x2x2xi1>
    %51 = stablehlo.constant dense<true> : tensor<i1>
    %52 = stablehlo.reduce(%50 init: %51) applies stablehlo.and across dimensions = [2] : (tensor<6x2x2xi1>, tensor<i1>) -> tensor<6x2xi1>
    %53 = "stablehlo.gather"(%arg0, %8) {dimension_numbers = #stablehlo.gather<offset_dims = [2], collapsed_slice_dims = [0, 1], start_index_map = [0, 1], index_vector_dim = 2>, indices_are_sorted = false, slice_sizes = dense<[1, 1, 5]> : tensor<3xi64>} : (tensor<6x3x5xf32>, tensor<6x2x2xi32>) -> tensor<6x2x5xf32>
    %54 = stablehlo.broadcast_in_dim %52, dims = [0, 1] : (tensor<6x2xi1>) -> tensor<6x2x5xi1>
    %55 = stablehlo.constant dense<0x7FC00000> : tensor<f32>
    %56 = stablehlo.broadcast_in_dim %55, dims = [] : (tensor<f32>) -> tensor<6x2x5xf32>
    %57 = stablehlo.select %54, %53, %56 : tensor<6x2x5xi1>, tensor<6x2x5xf32>
    return %57 : tensor<6x2x5xf32>
  }
}
