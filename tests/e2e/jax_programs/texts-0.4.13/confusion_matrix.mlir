module @jit_confusion_matrix attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<20xi32> {jax.arg_info = "true", mhlo.sharding = "{replicated}"}, %arg1: tensor<20xi32> {jax.arg_info = "predicted", mhlo.sharding = "{replicated}"}) -> (tensor<5x5xi32> {jax.result_info = ""}) {
    %0 = stablehlo.constant dense<0> : tensor<i32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<i32>) -> tensor<5x5xi32>
    %2 = stablehlo.constant dense<0> : tensor<i32>
    %3 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<i32>) -> tensor<20xi32>
    %4 = stablehlo.compare  LT, %arg0, %3,  SIGNED : (tensor<20xi32>, tensor<20xi32>) -> tensor<20xi1>
    %5 = stablehlo.constant dense<5> : tensor<i32>
    %6 = stablehlo.broadcast_in_dim %5, dims = [] : (tensor<i32>) -> tensor<20xi32>
    %7 = stablehlo.add %arg0, %6 : tensor<20xi32>
    %8 = stablehlo.select %4, %7, %arg0 : tensor<20xi1>, tensor<20xi32>
    %9 = stablehlo.constant dense<0> : tensor<i32>
    %10 = stablehlo.broadcast_in_dim %9, dims = [] : (tensor<i32>) -> tensor<20xi32>
    %11 = stablehlo.compare  LT, %arg1, %10,  SIGNED : (tensor<20xi32>, tensor<20xi32>) -> tensor<20xi1>
    %12 = stablehlo.constant dense<5> : tensor<i32>
    %13 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<i32>) -> tensor<20xi32>
    %14 = stablehlo.add %arg1, %13 : tensor<20xi32>
    %15 = stablehlo.select %11, %14, %arg1 : tensor<20xi1>, tensor<20xi32>
    %16 = stablehlo.broadcast_in_dim %8, dims = [0] : (tensor<20xi32>) -> tensor<20x1xi32>
    %17 = stablehlo.broadcast_in_dim %15, dims = [0] : (tensor<20xi32>) -> tensor<20x1xi32>
    %18 = stablehlo.concatenate %16, %17, dim = 1 : (tensor<20x1xi32>, tensor<20x1xi32>) -> tensor<20x2xi32>
    %19 = stablehlo.constant dense<1> : tensor<i32>
    %20 = stablehlo.broadcast_in_dim %19, dims = [] : (tensor<i32>) -> tensor<20xi32>
    %21 = "stablehlo.scatter"(%1, %18, %20) ({
    ^bb0(%arg2: tensor<i32>, %arg3: tensor<i32>):
      %22 = stablehlo.add %arg2, %arg3 : tensor<i32>
      stablehlo.return %22 : tensor<i32>
    }) {indices_are_sorted = false, scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [0, 1], scatter_dims_to_operand_dims = [0, 1], index_vector_dim = 1>, unique_indices = false} : (tensor<5x5xi32>, tensor<20x2xi32>, tensor<20xi32>) -> tensor<5x5xi32>
    return %21 : tensor<5x5xi32>
  }
}
