module @jit_one_hot attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<6xi32>) -> (tensor<6x10xf32> {jax.result_info = "result[0]"}, tensor<6x10xi32> {jax.result_info = "result[1]"}) {
    %0 = stablehlo.iota dim = 0 : tensor<10x10xi32>
    %1 = stablehlo.iota dim = 1 : tensor<10x10xi32>
    %c = stablehlo.constant dense<0> : tensor<i32>
    %2 = stablehlo.broadcast_in_dim %c, dims = [] : (tensor<i32>) -> tensor<10x10xi32>
    %3 = stablehlo.add %0, %2 : tensor<10x10xi32>
    %4 = stablehlo.compare EQ, %3, %1, SIGNED : (tensor<10x10xi32>, tensor<10x10xi32>) -> tensor<10x10xi1>
    %5 = stablehlo.convert %4 : (tensor<10x10xi1>) -> tensor<10x10xf32>
    %c_0 = stablehlo.constant dense<0> : tensor<i32>
    %6 = stablehlo.broadcast_in_dim %c_0, dims = [] : (tensor<i32>) -> tensor<6xi32>
    %7 = stablehlo.compare LT, %arg0, %6, SIGNED : (tensor<6xi32>, tensor<6xi32>) -> tensor<6xi1>
    %c_1 = stablehlo.constant dense<10> : tensor<i32>
    %8 = stablehlo.broadcast_in_dim %c_1, dims = [] : (tensor<i32>) -> tensor<6xi32>
    %9 = stablehlo.add %arg0, %8 : tensor<6xi32>
    %10 = stablehlo.select %7, %9, %arg0 : tensor<6xi1>, tensor<6xi32>
    %11 = stablehlo.broadcast_in_dim %10, dims = [0] : (tensor<6xi32>) -> tensor<6x1xi32>
    %12 = "stablehlo.gather"(%5, %11) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = array<i64: 1, 10>}> : (tensor<10x10xf32>, tensor<6x1xi32>) -> tensor<6x10xf32>
    %13 = stablehlo.broadcast_in_dim %arg0, dims = [0] : (tensor<6xi32>) -> tensor<6x1xi32>
    %14 = stablehlo.iota dim = 0 : tensor<10xi32>
    %15 = stablehlo.broadcast_in_dim %14, dims = [1] : (tensor<10xi32>) -> tensor<1x10xi32>
    %16 = stablehlo.broadcast_in_dim %13, dims = [0, 1] : (tensor<6x1xi32>) -> tensor<6x10xi32>
    %17 = stablehlo.broadcast_in_dim %15, dims = [0, 1] : (tensor<1x10xi32>) -> tensor<6x10xi32>
    %18 = stablehlo.compare EQ, %16, %17, SIGNED : (tensor<6x10xi32>, tensor<6x10xi32>) -> tensor<6x10xi1>
    %19 = stablehlo.convert %18 : (tensor<6x10xi1>) -> tensor<6x10xi32>
    return %12, %19 : tensor<6x10xf32>, tensor<6x10xi32>
  }
}
