module @jit_gathers attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<5x4xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg1: tensor<3xi32> {jax.arg_info = "rows", mhlo.sharding = "{replicated}"}, %arg2: tensor<3xi32> {jax.arg_info = "columns", mhlo.sharding = "{replicated}"}) -> (tensor<3x4xf32> {jax.result_info = "[0]"}, tensor<5x3xf32> {jax.result_info = "[1]"}, tensor<3xf32> {jax.result_info = "[2]"}, tensor<3x3xf32> {jax.result_info = "[3]"}) {
    %0 = stablehlo.constant dense<0> : tensor<i32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<i32>) -> tensor<3xi32>
    %2 = stablehlo.compare  LT, %arg1, %1,  SIGNED : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
    %3 = stablehlo.constant dense<5> : tensor<i32>
    %4 = stablehlo.broadcast_in_dim %3, dims = [] : (tensor<i32>) -> tensor<3xi32>
    %5 = stablehlo.add %arg1, %4 : tensor<3xi32>
    %6 = stablehlo.select %2, %5, %arg1 : tensor<3xi1>, tensor<3xi32>
    %7 = stablehlo.broadcast_in_dim %6, dims = [0] : (tensor<3xi32>) -> tensor<3x1xi32>
    %8 = "stablehlo.gather"(%arg0, %7) {dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = dense<[1, 4]> : tensor<2xi64>} : (tensor<5x4xf32>, tensor<3x1xi32>) -> tensor<3x4xf32>
    %9 = stablehlo.constant dense<0> : tensor<i32>
    %10 = stablehlo.broadcast_in_dim %9, dims = [] : (tensor<i32>) -> tensor<3xi32>
    %11 = stablehlo.compare  LT, %arg2, %10,  SIGNED : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
    %12 = stablehlo.constant dense<4> : tensor<i32>
    %13 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<i32>) -> tensor<3xi32>
    %14 = stablehlo.add %arg2, %13 : tensor<3xi32>
    %15 = stablehlo.select %11, %14, %arg2 : tensor<3xi1>, tensor<3xi32>
    %16 = stablehlo.broadcast_in_dim %15, dims = [0] : (tensor<3xi32>) -> tensor<3x1xi32>
    %17 = "stablehlo.gather"(%arg0, %16) {dimension_numbers = #stablehlo.gather<offset_dims = [0], collapsed_slice_dims = [1], start_index_map = [1], index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = dense<[5, 1]> : tensor<2xi64>} : (tensor<5x4xf32>, tensor<3x1xi32>) -> tensor<5x3xf32>
    %18 = stablehlo.constant dense<0> : tensor<i32>
    %19 = stablehlo.broadcast_in_dim %18, dims = [] : (tensor<i32>) -> tensor<3xi32>
    %20 = stablehlo.compare  LT, %arg1, %19,  SIGNED : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
    %21 = stablehlo.constant dense<5> : tensor<i32>
    %22 = stablehlo.broadcast_in_dim %21, dims = [] : (tensor<i32>) -> tensor<3xi32>
    %23 = stablehlo.add %arg1, %22 : tensor<3xi32>
    %24 = stablehlo.select %20, %23, %arg1 : tensor<3xi1>, tensor<3xi32>
    %25 = stablehlo.constant dense<0> : tensor<i32>
    %26 = stablehlo.broadcast_in_dim %25, dims = [] : (tensor<i32>) -> tensor<3xi32>
    %27 = stablehlo.compare  LT, %arg2, %26,  SIGNED : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
    %28 = stablehlo.constant dense<4> : tensor<i32>
    %29 = stablehlo.broadcast_in_dim %28, dims = [] : (tensor<i32>) -> tensor<3xi32>
    %30 = stablehlo.add %arg2, %29 : tensor<3xi32>
    %31 = stablehlo.select %27, %30, %arg2 : tensor<3xi1>, tensor<3xi32>
    %32 = stablehlo.broadcast_in_dim %24, dims = [0] : (tensor<3xi32>) -> tensor<3x1xi32>
    %33 = stablehlo.broadcast_in_dim %31, dims = [0] : (tensor<3xi32>) -> tensor<3x1xi32>
    %34 = stablehlo.concatenate %32, %33, dim = 1 : (tensor<3x1xi32>, tensor<3x1xi32>) -> tensor<3x2xi32>
    %35 = "stablehlo.gather"(%arg0, %34) {dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [0, 1], start_index_map = [0, 1], index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = dense<1> : tensor<2xi64>} : (tensor<5x4xf32>, tensor<3x2xi32>) -> tensor<3xf32>
    %36 = stablehlo.broadcast_in_dim %arg1, dims = [0] : (tensor<3xi32>) -> tensor<3x1xi32>
    %37 = stablehlo.constant dense<0> : tensor<i32>
    %38 = stablehlo.broadcast_in_dim %37, dims = [] : (tensor<i32>) -> tensor<3x1xi32>
    %39 = stablehlo.compare  LT, %36, %38,  SIGNED : (tensor<3x1xi32>, tensor<3x1xi32>) -> tensor<3x1xi1>
    %40 = stablehlo.constant dense<5> : tensor<i32>
    %41 = stablehlo.broadcast_in_dim %40, dims = [] : (tensor<i32>) -> tensor<3x1xi32>
    %42 = stablehlo.add %36, %41 : tensor<3x1xi32>
    %43 = stablehlo.select %39, %42, %36 : tensor<3x1xi1>, tensor<3x1xi32>
    %44 = stablehlo.constant dense<0> : tensor<i32>
    %45 = stablehlo.broadcast_in_dim %44, dims = [] : (tensor<i32>) -> tensor<3xi32>
    %46 = stablehlo.compare  LT, %arg2, %45,  SIGNED : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi1>
    %47 = stablehlo.constant dense<4> : tensor<i32>
    %48 = stablehlo.broadcast_in_dim %47, dims = [] : (tensor<i32>) -> tensor<3xi32>
    %49 = stablehlo.add %arg2, %48 : tensor<3xi32>
    %50 = stablehlo.select %46, %49, %arg2 : tensor<3xi1>, tensor<3xi32>
    %51 = stablehlo.reshape %43 : (tensor<3x1xi32>) -> tensor<3xi32>
    %52 = stablehlo.broadcast_in_dim %51, dims = [0] : (tensor<3xi32>) -> tensor<3x3xi32>
    %53 = stablehlo.broadcast_in_dim %50, dims = [1] : (tensor<3xi32>) -> tensor<3x3xi32>
    %54 = stablehlo.broadcast_in_dim %52, dims = [0, 1] : (tensor<3x3xi32>) -> tensor<3x3x1xi32>
    %55 = stablehlo.broadcast_in_dim %53, dims = [0, 1] : (tensor<3x3xi32>) -> tensor<3x3x1xi32>
    %56 = stablehlo.concatenate %54, %55, dim = 2 : (tensor<3x3x1xi32>, tensor<3x3x1xi32>) -> tensor<3x3x2xi32>
    %57 = "stablehlo.gather"(%arg0, %56) {dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [0, 1], start_index_map = [0, 1], index_vector_dim = 2>, indices_are_sorted = false, slice_sizes = dense<1> : tensor<2xi64>} : (tensor<5x4xf32>, tensor<3x3x2xi32>) -> tensor<3x3xf32>
    return %8, %17, %35, %57 : tensor<3x4xf32>, tensor<5x3xf32>, tensor<3xf32>, tensor<3x3xf32>
  }
}
