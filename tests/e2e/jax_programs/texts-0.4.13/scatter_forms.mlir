module @jit_scatter_forms attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<6x3xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg1: tensor<4xi32> {jax.arg_info = "index", mhlo.sharding = "{replicated}"}, %arg2: tensor<4x3xf32> {jax.arg_info = "update", mhlo.sharding = "{replicated}"}) -> (tensor<6x3xf32> {jax.result_info = "[0]"}, tensor<6x3xf32> {jax.result_info = "[1]"}, tensor<6x3xf32> {jax.result_info = "[2]"}, tensor<6x3xf32> {jax.result_info = "[3]"}) {
    %0 = stablehlo.constant dense<0> : tensor<i32>
    %1 = stablehlo.dynamic_slice %arg1, %0, sizes = [1] : (tensor<4xi32>, tensor<i32>) -> tensor<1xi32>
    %2 = stablehlo.reshape %1 : (tensor<1xi32>) -> tensor<i32>
    %3 = stablehlo.constant dense<0> : tensor<i32>
    %4 = stablehlo.constant dense<0> : tensor<i32>
    %5 = stablehlo.compare  LT, %3, %4,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %6 = stablehlo.constant dense<0> : tensor<i32>
    %7 = stablehlo.constant dense<4> : tensor<i32>
    %8 = stablehlo.add %6, %7 : tensor<i32>
    %9 = stablehlo.constant dense<0> : tensor<i32>
    %10 = stablehlo.select %5, %8, %9 : tensor<i1>, tensor<i32>
    %11 = stablehlo.constant dense<0> : tensor<i32>
    %12 = stablehlo.constant dense<0> : tensor<i32>
    %13 = stablehlo.compare  LT, %11, %12,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %14 = stablehlo.constant dense<0> : tensor<i32>
    %15 = stablehlo.constant dense<3> : tensor<i32>
    %16 = stablehlo.add %14, %15 : tensor<i32>
    %17 = stablehlo.constant dense<0> : tensor<i32>
    %18 = stablehlo.select %13, %16, %17 : tensor<i1>, tensor<i32>
    %19 = stablehlo.dynamic_slice %arg2, %10, %18, sizes = [1, 3] : (tensor<4x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x3xf32>
    %20 = stablehlo.reshape %19 : (tensor<1x3xf32>) -> tensor<3xf32>
    %21 = stablehlo.constant dense<0> : tensor<i32>
    %22 = stablehlo.compare  LT, %2, %21,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %23 = stablehlo.constant dense<6> : tensor<i32>
    %24 = stablehlo.add %2, %23 : tensor<i32>
    %25 = stablehlo.select %22, %24, %2 : tensor<i1>, tensor<i32>
    %26 = stablehlo.broadcast_in_dim %25, dims = [] : (tensor<i32>) -> tensor<1xi32>
    %27 = "stablehlo.scatter"(%arg0, %26, %20) ({
    ^bb0(%arg3: tensor<f32>, %arg4: tensor<f32>):
      stablehlo.return %arg4 : tensor<f32>
    }) {indices_are_sorted = true, scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [0], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0]>, unique_indices = true} : (tensor<6x3xf32>, tensor<1xi32>, tensor<3xf32>) -> tensor<6x3xf32>
    %28 = stablehlo.constant dense<0> : tensor<i32>
    %29 = stablehlo.broadcast_in_dim %28, dims = [] : (tensor<i32>) -> tensor<4xi32>
    %30 = stablehlo.compare  LT, %arg1, %29,  SIGNED : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi1>
    %31 = stablehlo.constant dense<6> : tensor<i32>
    %32 = stablehlo.broadcast_in_dim %31, dims = [] : (tensor<i32>) -> tensor<4xi32>
    %33 = stablehlo.add %arg1, %32 : tensor<4xi32>
    %34 = stablehlo.select %30, %33, %arg1 : tensor<4xi1>, tensor<4xi32>
    %35 = stablehlo.broadcast_in_dim %34, dims = [0] : (tensor<4xi32>) -> tensor<4x1xi32>
    %36 = "stablehlo.scatter"(%arg0, %35, %arg2) ({
    ^bb0(%arg3: tensor<f32>, %arg4: tensor<f32>):
      %57 = stablehlo.add %arg3, %arg4 : tensor<f32>
      stablehlo.return %57 : tensor<f32>
    }) {indices_are_sorted = false, scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>, unique_indices = false} : (tensor<6x3xf32>, tensor<4x1xi32>, tensor<4x3xf32>) -> tensor<6x3xf32>
    %37 = stablehlo.constant dense<0> : tensor<i32>
    %38 = stablehlo.broadcast_in_dim %37, dims = [] : (tensor<i32>) -> tensor<4xi32>
    %39 = stablehlo.compare  LT, %arg1, %38,  SIGNED : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi1>
    %40 = stablehlo.constant dense<6> : tensor<i32>
    %41 = stablehlo.broadcast_in_dim %40, dims = [] : (tensor<i32>) -> tensor<4xi32>
    %42 = stablehlo.add %arg1, %41 : tensor<4xi32>
    %43 = stablehlo.select %39, %42, %arg1 : tensor<4xi1>, tensor<4xi32>
    %44 = stablehlo.broadcast_in_dim %43, dims = [0] : (tensor<4xi32>) -> tensor<4x1xi32>
    %45 = "stablehlo.scatter"(%arg0, %44, %arg2) ({
    ^bb0(%arg3: tensor<f32>, %arg4: tensor<f32>):
      %57 = stablehlo.maximum %arg3, %arg4 : tensor<f32>
      stablehlo.return %57 : tensor<f32>
    }) {indices_are_sorted = false, scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>, unique_indices = false} : (tensor<6x3xf32>, tensor<4x1xi32>, tensor<4x3xf32>) -> tensor<6x3xf32>
    %46 = stablehlo.constant dense<0> : tensor<i32>
    %47 = stablehlo.broadcast_in_dim %46, dims = [] : (tensor<i32>) -> tensor<4xi32>
    %48 = stablehlo.compare  LT, %arg1, %47,  SIGNED : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi1>
    %49 = stablehlo.constant dense<6> : tensor<i32>
    %50 = stablehlo.broadcast_in_dim %49, dims = [] : (tensor<i32>) -> tensor<4xi32>
    %51 = stablehlo.add %arg1, %50 : tensor<4xi32>
    %52 = stablehlo.select %48, %51, %arg1 : tensor<4xi1>, tensor<4xi32>
    %53 = stablehlo.broadcast_in_dim %52, dims = [0] : (tensor<4xi32>) -> tensor<4x1xi32>
    %54 = stablehlo.constant dense<2.000000e+00> : tensor<f32>
    %55 = stablehlo.broadcast_in_dim %54, dims = [] : (tensor<f32>) -> tensor<4x3xf32>
    %56 = "stablehlo.scatter"(%arg0, %53, %55) ({
    ^bb0(%arg3: tensor<f32>, %arg4: tensor<f32>):
      %57 = stablehlo.multiply %arg3, %arg4 : tensor<f32>
      stablehlo.return %57 : tensor<f32>
    }) {indices_are_sorted = false, scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>, unique_indices = false} : (tensor<6x3xf32>, tensor<4x1xi32>, tensor<4x3xf32>) -> tensor<6x3xf32>
    return %27, %36, %45, %56 : tensor<6x3xf32>, tensor<6x3xf32>, tensor<6x3xf32>, tensor<6x3xf32>
  }
}
