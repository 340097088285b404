module @jit_one_hot attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<6xi32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<6x10xf32> {jax.result_info = "[0]"}, tensor<6x10xi32> {jax.result_info = "[1]"}) {
    %0 = stablehlo.iota dim = 0 : tensor<10x10xi32>
    %1 = stablehlo.constant dense<0> : tensor<i32>
    %2 = stablehlo.broadcast_in_dim %1, dims = [] : (tensor<i32>) -> tensor<10x10xi32>
    %3 = stablehlo.add %0, %2 : tensor<10x10xi32>
    %4 = stablehlo.iota dim = 1 : tensor<10x10xi32>
    %5 = stablehlo.compare  EQ, %3, %4,  SIGNED : (tensor<10x10xi32>, tensor<10x10xi32>) -> tensor<10x10xi1>
    %6 = stablehlo.convert %5 : (tensor<10x10xi1>) -> tensor<10x10xf32>
    %7 = stablehlo.constant dense<0> : tensor<i32>
    %8 = stablehlo.broadcast_in_dim %7, dims = [] : (tensor<i32>) -> tensor<6xi32>
    %9 = stablehlo.compare  LT, %arg0, %8,  SIGNED : (tensor<6xi32>, tensor<6xi32>) -> tensor<6xi1>
    %10 = stablehlo.constant dense<10> : tensor<i32>
    %11 = stablehlo.broadcast_in_dim %10, dims = [] : (tensor<i32>) -> tensor<6xi32>
    %12 = stablehlo.add %arg0, %11 : tensor<6xi32>
    %13 = stablehlo.select %9, %12, %arg0 : tensor<6xi1>, tensor<6xi32>
    %14 = stablehlo.broadcast_in_dim %13, dims = [0] : (tensor<6xi32>) -> tensor<6x1xi32>
    %15 = "stablehlo.gather"(%6, %14) {dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, indices_are_sorted = false, slice_sizes = dense<[1, 10]> : tensor<2xi64>} : (tensor<10x10xf32>, tensor<6x1xi32>) -> tensor<6x10xf32>
    %16 = stablehlo.broadcast_in_dim %arg0, dims = [0] : (tensor<6xi32>) -> tensor<6x1xi32>
    %17 = stablehlo.iota dim = 0 : tensor<10xi32>
    %18 = stablehlo.broadcast_in_dim %17, dims = [1] : (tensor<10xi32>) -> tensor<1x10xi32>
    %19 = stablehlo.broadcast_in_dim %16, dims = [0, 1] : (tensor<6x1xi32>) -> tensor<6x10xi32>
    %20 = stablehlo.broadcast_in_dim %18, dims = [0, 1] : (tensor<1x10xi32>) -> tensor<6x10xi32>
    %21 = stablehlo.compare  EQ, %19, %20,  SIGNED : (tensor<6x10xi32>, tensor<6x10xi32>) -> tensor<6x10xi1>
    %22 = stablehlo.convert %21 : (tensor<6x10xi1>) -> tensor<6x10xi32>
    return %15, %22 : tensor<6x10xf32>, tensor<6x10xi32>
  }
}
