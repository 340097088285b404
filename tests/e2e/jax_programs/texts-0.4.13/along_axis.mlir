module @jit_along_axis attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<4x6xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg1: tensor<4x2xi32> {jax.arg_info = "index", mhlo.sharding = "{replicated}"}) -> (tensor<4x2xf32> {jax.result_info = "[0]"}, tensor<4x2xf32> {jax.result_info = "[1]"}) {
    %0 = call @take_along_axis(%arg0, %arg1) : (tensor<4x6xf32>, tensor<4x2xi32>) -> tensor<4x2xf32>
    %1 = stablehlo.constant dense<0> : tensor<i32>
    %2 = stablehlo.constant dense<0> : tensor<i32>
    %3 = stablehlo.compare  LT, %1, %2,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %4 = stablehlo.constant dense<0> : tensor<i32>
    %5 = stablehlo.constant dense<4> : tensor<i32>
    %6 = stablehlo.add %4, %5 : tensor<i32>
    %7 = stablehlo.constant dense<0> : tensor<i32>
    %8 = stablehlo.select %3, %6, %7 : tensor<i1>, tensor<i32>
    %9 = stablehlo.constant dense<0> : tensor<i32>
    %10 = stablehlo.constant dense<0> : tensor<i32>
    %11 = stablehlo.compare  LT, %9, %10,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %12 = stablehlo.constant dense<0> : tensor<i32>
    %13 = stablehlo.constant dense<2> : tensor<i32>
    %14 = stablehlo.add %12, %13 : tensor<i32>
    %15 = stablehlo.constant dense<0> : tensor<i32>
    %16 = stablehlo.select %11, %14, %15 : tensor<i1>, tensor<i32>
    %17 = stablehlo.dynamic_slice %arg1, %8, %16, sizes = [1, 2] : (tensor<4x2xi32>, tensor<i32>, tensor<i32>) -> tensor<1x2xi32>
    %18 = stablehlo.reshape %17 : (tensor<1x2xi32>) -> tensor<2xi32>
    %19 = call @_take(%arg0, %18) : (tensor<4x6xf32>, tensor<2xi32>) -> tensor<4x2xf32>
    return %0, %19 : tensor<4x2xf32>, tensor<4x2xf32>
  }
  func.func private @take_along_axis(%arg0: tensor<4x6xf32>, %arg1: tensor<4x2xi32>) -> tensor<4x2xf32> {
    %0 = stablehlo.iota dim = 0 : tensor<4x2x1xi32>
    %1 = stablehlo.constant dense<0> : tensor<i32>
    %2 = stablehlo.broadcast_in_dim %1, dims = [] : (tensor<i32>) -> tensor<4x2xi32>
    %3 = stablehlo.compare  LT, %arg1, %2,  SIGNED : (tensor<4x2xi32>, tensor<4x2xi32>) -> tensor<4x2xi1>
    %4 = stablehlo.constant dense<6> : tensor<i32>
    %5 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<i32>) -> tensor<4x2xi32>
    %6 = stablehlo.add %arg1, %5 : tensor<4x2xi32>
    %7 = stablehlo.select %3, %6, %arg1 : tensor<4x2xi1>, tensor<4x2xi32>
    %8 = stablehlo.reshape %7 : (tensor<4x2xi32>) -> tensor<4x2x1xi32>
    %9 = stablehlo.concatenate %0, %8, dim = 2 : (tensor<4x2x1xi32>, tensor<4x2x1xi32>) -> tensor<4x2x2xi32>
    %10 = stablehlo.constant dense<[0, 1]> : tensor<2xi32>
    %11 = stablehlo.constant dense<[0, 1]> : tensor<2xi32>
    %12 = stablehlo.constant dense<4> : tensor<i32>
    %13 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<i32>) -> tensor<1xi32>
    %14 = stablehlo.constant dense<6> : tensor<i32>
    %15 = stablehlo.broadcast_in_dim %14, dims = [] : (tensor<i32>) -> tensor<1xi32>
    %16 = stablehlo.concatenate %13, %15, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
    %17 = stablehlo.constant dense<0> : tensor<i32>
    %18 = stablehlo.broadcast_in_dim %17, dims = [] : (tensor<i32>) -> tensor<2xi32>
    %19 = stablehlo.compare  LT, %10, %18,  SIGNED : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi1>
    %20 = stablehlo.constant dense<2> : tensor<i32>
    %21 = stablehlo.broadcast_in_dim %20, dims = [] : (tensor<i32>) -> tensor<2xi32>
    %22 = stablehlo.add %10, %21 : tensor<2xi32>
    %23 = stablehlo.select %19, %22, %10 : tensor<2xi1>, tensor<2xi32>
    %24 = stablehlo.broadcast_in_dim %23, dims = [0] : (tensor<2xi32>) -> tensor<2x1xi32>
    %25 = "stablehlo.gather"(%16, %24) {dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = dense<1> : tensor<1xi64>} : (tensor<2xi32>, tensor<2x1xi32>) -> tensor<2xi32>
    %26 = stablehlo.constant dense<1> : tensor<i32>
    %27 = stablehlo.broadcast_in_dim %26, dims = [] : (tensor<i32>) -> tensor<1xi32>
    %28 = stablehlo.constant dense<1> : tensor<i32>
    %29 = stablehlo.broadcast_in_dim %28, dims = [] : (tensor<i32>) -> tensor<1xi32>
    %30 = stablehlo.concatenate %27, %29, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
    %31 = stablehlo.constant dense<0> : tensor<i32>
    %32 = stablehlo.broadcast_in_dim %31, dims = [] : (tensor<i32>) -> tensor<2xi32>
    %33 = stablehlo.compare  LT, %11, %32,  SIGNED : (tensor<2xi32>, tensor<2xi32>) -> tensor<2xi1>
    %34 = stablehlo.constant dense<2> : tensor<i32>
    %35 = stablehlo.broadcast_in_dim %34, dims = [] : (tensor<i32>) -> tensor<2xi32>
    %36 = stablehlo.add %11, %35 : tensor<2xi32>
    %37 = stablehlo.select %33, %36, %11 : tensor<2xi1>, tensor<2xi32>
    %38 = stablehlo.broadcast_in_dim %37, dims = [0] : (tensor<2xi32>) -> tensor<2x1xi32>
    %39 = "stablehlo.gather"(%30, %38) {dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = dense<1> : tensor<1xi64>} : (tensor<2xi32>, tensor<2x1xi32>) -> tensor<2xi32>
    %40 = stablehlo.subtract %25, %39 : tensor<2xi32>
    %41 = stablehlo.constant dense<0> : tensor<i32>
    %42 = stablehlo.broadcast_in_dim %41, dims = [] : (tensor<i32>) -> tensor<4x2x2xi32>
    %43 = stablehlo.compare  GE, %9, %42,  SIGNED : (tensor<4x2x2xi32>, tensor<4x2x2xi32>) -> tensor<4x2x2xi1>
    %44 = stablehlo.broadcast_in_dim %40, dims = [2] : (tensor<2xi32>) -> tensor<1x1x2xi32>
    %45 = stablehlo.broadcast_in_dim %44, dims = [0, 1, 2] : (tensor<1x1x2xi32>) -> tensor<4x2x2xi32>
    %46 = stablehlo.compare  LE, %9, %45,  SIGNED : (tensor<4x2x2xi32>, tensor<4x2x2xi32>) -> tensor<4x2x2xi1>
    %47 = stablehlo.and %43, %46 : tensor<4x2x2xi1>
    %48 = stablehlo.constant dense<true> : tensor<i1>
    %49 = stablehlo.reduce(%47 init: %48) applies stablehlo.and across dimensions = [2] : (tensor<4x2x2xi1>, tensor<i1>) -> tensor<4x2xi1>
    %50 = "stablehlo.gather"(%arg0, %9) {dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [0, 1], start_index_map = [0, 1], index_vector_dim = 2>, indices_are_sorted = false, slice_sizes = dense<1> : tensor<2xi64>} : (tensor<4x6xf32>, tensor<4x2x2xi32>) -> tensor<4x2xf32>
    %51 = stablehlo.constant dense<0x7FC00000> : tensor<f32>
    %52 = stablehlo.broadcast_in_dim %51, dims = [] : (tensor<f32>) -> tensor<4x2xf32>
    %53 = stablehlo.select %49, %50, %52 : tensor<4x2xi1>, tensor<4x2xf32>
    return %53 : tensor<4x2xf32>
  }
  func.func private @_take(%arg0: tensor<4x6xf32>, %arg1: tensor<2xi32>) -> tensor<4x2xf32> {
    %0 = stablehlo.broadcast_in_dim %arg1, dims = [0] : (tensor<2xi32>) -> tensor<2x1xi32>
    %1 = "stablehlo.gather"(%arg0, %0) {dimension_numbers = #stablehlo.gather<offset_dims = [0], collapsed_slice_dims = [1], start_index_map = [1], index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = dense<[4, 1]> : tensor<2xi64>} : (tensor<4x6xf32>, tensor<2x1xi32>) -> tensor<4x2xf32>
    return %1 : tensor<4x2xf32>
  }
}
