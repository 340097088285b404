module @jit_masks attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<3x5xf32>, %arg1: tensor<3x5xi1>) -> (tensor<3x5xf32> {jax.result_info = "result[0]"}, tensor<3x5xf32> {jax.result_info = "result[1]"}, tensor<3x5xf32> {jax.result_info = "result[2]"}) {
    %c = stablehlo.constant dense<0> : tensor<i32>
    %0 = call @_where(%arg1, %arg0, %c) : (tensor<3x5xi1>, tensor<3x5xf32>, tensor<i32>) -> tensor<3x5xf32>
    %cst = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %cst, dims = [] : (tensor<f32>) -> tensor<3x5xf32>
    %2 = stablehlo.compare GT, %arg0, %1, FLOAT : (tensor<3x5xf32>, tensor<3x5xf32>) -> tensor<3x5xi1>
    %cst_0 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %3 = stablehlo.broadcast_in_dim %cst_0, dims = [] : (tensor<f32>) -> tensor<3x5xf32>
    %4 = stablehlo.compare GT, %arg0, %3, FLOAT : (tensor<3x5xf32>, tensor<3x5xf32>) -> tensor<3x5xi1>
    %5 = stablehlo.negate %arg0 : tensor<3x5xf32>
    %c_1 = stablehlo.constant dense<false> : tensor<i1>
    %6 = stablehlo.broadcast_in_dim %c_1, dims = [] : (tensor<i1>) -> tensor<3x5xi1>
    %7 = stablehlo.broadcast_in_dim %6, dims = [1, 2] : (tensor<3x5xi1>) -> tensor<1x3x5xi1>
    %8 = stablehlo.broadcast_in_dim %2, dims = [1, 2] : (tensor<3x5xi1>) -> tensor<1x3x5xi1>
    %9 = stablehlo.broadcast_in_dim %4, dims = [1, 2] : (tensor<3x5xi1>) -> tensor<1x3x5xi1>
    %10 = stablehlo.concatenate %7, %8, %9, dim = 0 : (tensor<1x3x5xi1>, tensor<1x3x5xi1>, tensor<1x3x5xi1>) -> tensor<3x3x5xi1>
    %11 = call @argmax(%10) : (tensor<3x3x5xi1>) -> tensor<3x5xi32>
    %cst_2 = stablehlo.constant dense<9.000000e+00> : tensor<f32>
    %12 = stablehlo.broadcast_in_dim %cst_2, dims = [] : (tensor<f32>) -> tensor<3x5xf32>
    %c_3 = stablehlo.constant dense<1> : tensor<i32>
    %13 = stablehlo.broadcast_in_dim %c_3, dims = [] : (tensor<i32>) -> tensor<3x5xi32>
    %14 = stablehlo.compare LT, %11, %13, SIGNED : (tensor<3x5xi32>, tensor<3x5xi32>) -> tensor<3x5xi1>
    %c_4 = stablehlo.constant dense<2> : tensor<i32>
    %15 = stablehlo.broadcast_in_dim %c_4, dims = [] : (tensor<i32>) -> tensor<3x5xi32>
    %16 = stablehlo.compare LT, %11, %15, SIGNED : (tensor<3x5xi32>, tensor<3x5xi32>) -> tensor<3x5xi1>
    %17 = stablehlo.select %16, %arg0, %5 : tensor<3x5xi1>, tensor<3x5xf32>
    %18 = stablehlo.select %14, %12, %17 : tensor<3x5xi1>, tensor<3x5xf32>
    %19 = stablehlo.convert %arg1 : (tensor<3x5xi1>) -> tensor<3x5xi32>
    %20 = stablehlo.negate %arg0 : tensor<3x5xf32>
    %c_5 = stablehlo.constant dense<0> : tensor<i32>
    %c_6 = stablehlo.constant dense<1> : tensor<i32>
    %21 = call @clip(%19, %c_5, %c_6) : (tensor<3x5xi32>, tensor<i32>, tensor<i32>) -> tensor<3x5xi32>
    %22 = stablehlo.broadcast_in_dim %arg0, dims = [1, 2] : (tensor<3x5xf32>) -> tensor<1x3x5xf32>
    %23 = stablehlo.broadcast_in_dim %20, dims = [1, 2] : (tensor<3x5xf32>) -> tensor<1x3x5xf32>
    %24 = stablehlo.concatenate %22, %23, dim = 0 : (tensor<1x3x5xf32>, tensor<1x3x5xf32>) -> tensor<2x3x5xf32>
    %25 = stablehlo.iota dim = 0 : tensor<3xi32>
    %26 = stablehlo.broadcast_in_dim %25, dims = [0] : (tensor<3xi32>) -> tensor<3x1xi32>
    %27 = stablehlo.iota dim = 0 : tensor<5xi32>
    %28 = stablehlo.broadcast_in_dim %27, dims = [1] : (tensor<5xi32>) -> tensor<1x5xi32>
    %c_7 = stablehlo.constant dense<0> : tensor<i32>
    %29 = stablehlo.broadcast_in_dim %c_7, dims = [] : (tensor<i32>) -> tensor<3x5xi32>
    %30 = stablehlo.compare LT, %21, %29, SIGNED : (tensor<3x5xi32>, tensor<3x5xi32>) -> tensor<3x5xi1>
    %c_8 = stablehlo.constant dense<2> : tensor<i32>
    %31 = stablehlo.broadcast_in_dim %c_8, dims = [] : (tensor<i32>) -> tensor<3x5xi32>
    %32 = stablehlo.add %21, %31 : tensor<3x5xi32>
    %33 = stablehlo.select %30, %32, %21 : tensor<3x5xi1>, tensor<3x5xi32>
    %c_9 = stablehlo.constant dense<0> : tensor<i32>
    %34 = stablehlo.broadcast_in_dim %c_9, dims = [] : (tensor<i32>) -> tensor<3x1xi32>
    %35 = stablehlo.compare LT, %26, %34, SIGNED : (tensor<3x1xi32>, tensor<3x1xi32>) -> tensor<3x1xi1>
    %c_10 = stablehlo.constant dense<3> : tensor<i32>
    %36 = stablehlo.broadcast_in_dim %c_10, dims = [] : (tensor<i32>) -> tensor<3x1xi32>
    %37 = stablehlo.add %26, %36 : tensor<3x1xi32>
    %38 = stablehlo.select %35, %37, %26 : tensor<3x1xi1>, tensor<3x1xi32>
    %c_11 = stablehlo.constant dense<0> : tensor<i32>
    %39 = stablehlo.broadcast_in_dim %c_11, dims = [] : (tensor<i32>) -> tensor<1x5xi32>
    %40 = stablehlo.compare LT, %28, %39, SIGNED : (tensor<1x5xi32>, tensor<1x5xi32>) -> tensor<1x5xi1>
    %c_12 = stablehlo.constant dense<5> : tensor<i32>
    %41 = stablehlo.broadcast_in_dim %c_12, dims = [] : (tensor<i32>) -> tensor<1x5xi32>
    %42 = stablehlo.add %28, %41 : tensor<1x5xi32>
    %43 = stablehlo.select %40, %42, %28 : tensor<1x5xi1>, tensor<1x5xi32>
    %44 = stablehlo.broadcast_in_dim %38, dims = [0, 1] : (tensor<3x1xi32>) -> tensor<3x5xi32>
    %45 = stablehlo.broadcast_in_dim %43, dims = [0, 1] : (tensor<1x5xi32>) -> tensor<3x5xi32>
    %46 = stablehlo.broadcast_in_dim %33, dims = [0, 1] : (tensor<3x5xi32>) -> tensor<3x5x1xi32>
    %47 = stablehlo.broadcast_in_dim %44, dims = [0, 1] : (tensor<3x5xi32>) -> tensor<3x5x1xi32>
    %48 = stablehlo.broadcast_in_dim %45, dims = [0, 1] : (tensor<3x5xi32>) -> tensor<3x5x1xi32>
    %49 = stablehlo.concatenate %46, %47, %48, dim = 2 : (tensor<3x5x1xi32>, tensor<3x5x1xi32>, tensor<3x5x1xi32>) -> tensor<3x5x3xi32>
    %50 = "stablehlo.gather"(%24, %49) <{dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [0, 1, 2], start_index_map = [0, 1, 2], index_vector_dim = 2>, indices_are_sorted = false, slice_sizes = array<i64: 1, 1, 1>}> : (tensor<2x3x5xf32>, tensor<3x5x3xi32>) -> tensor<3x5xf32>
    return %0, %18, %50 : tensor<3x5xf32>, tensor<3x5xf32>, tensor<3x5xf32>
  }
  func.func private @_where(%arg0: tensor<3x5xi1>, %arg1: tensor<3x5xf32>, %arg2: tensor<i32>) -> tensor<3x5xf32> {
    %0 = stablehlo.convert %arg2 : (tensor<i32>) -> tensor<f32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<3x5xf32>
    %2 = stablehlo.select %arg0, %arg1, %1 : tensor<3x5xi1>, tensor<3x5xf32>
    return %2 : tensor<3x5xf32>
  }
  func.func private @argmax(%arg0: tensor<3x3x5xi1>) -> tensor<3x5xi32> {
    %0 = stablehlo.iota dim = 0 : tensor<3x3x5xi32>
    %c = stablehlo.constant dense<false> : tensor<i1>
    %c_0 = stablehlo.constant dense<0> : tensor<i32>
    %1:2 = stablehlo.reduce(%arg0 init: %c), (%0 init: %c_0) across dimensions = [0] : (tensor<3x3x5xi1>, tensor<3x3x5xi32>, tensor<i1>, tensor<i32>) -> (tensor<3x5xi1>, tensor<3x5xi32>)
     reducer(%arg1: tensor<i1>, %arg3: tensor<i1>) (%arg2: tensor<i32>, %arg4: tensor<i32>)  {
      %2 = stablehlo.compare GT, %arg1, %arg3, UNSIGNED : (tensor<i1>, tensor<i1>) -> tensor<i1>
      %3 = stablehlo.compare NE, %arg1, %arg1, UNSIGNED : (tensor<i1>, tensor<i1>) -> tensor<i1>
      %4 = stablehlo.or %2, %3 : tensor<i1>
      %5 = stablehlo.compare EQ, %arg1, %arg3, UNSIGNED : (tensor<i1>, tensor<i1>) -> tensor<i1>
      %6 = stablehlo.compare LT, %arg2, %arg4, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %7 = stablehlo.and %5, %6 : tensor<i1>
      %8 = stablehlo.or %4, %7 : tensor<i1>
      %9 = stablehlo.select %4, %arg1, %arg3 : tensor<i1>, tensor<i1>
      %10 = stablehlo.select %8, %arg2, %arg4 : tensor<i1>, tensor<i32>
      stablehlo.return %9, %10 : tensor<i1>, tensor<i32>
    }
    return %1#1 : tensor<3x5xi32>
  }
  func.func private @clip(%arg0: tensor<3x5xi32>, %arg1: tensor<i32>, %arg2: tensor<i32>) -> tensor<3x5xi32> {
    %0 = stablehlo.convert %arg1 : tensor<i32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<i32>) -> tensor<3x5xi32>
    %2 = stablehlo.maximum %1, %arg0 : tensor<3x5xi32>
    %3 = stablehlo.convert %arg2 : tensor<i32>
    %4 = stablehlo.broadcast_in_dim %3, dims = [] : (tensor<i32>) -> tensor<3x5xi32>
    %5 = stablehlo.minimum %4, %2 : tensor<3x5xi32>
    return %5 : tensor<3x5xi32>
  }
}
