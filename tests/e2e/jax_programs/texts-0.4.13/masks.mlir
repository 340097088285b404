module @jit_masks attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<3x5xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg1: tensor<3x5xi1> {jax.arg_info = "mask", mhlo.sharding = "{replicated}"}) -> (tensor<3x5xf32> {jax.result_info = "[0]"}, tensor<3x5xf32> {jax.result_info = "[1]"}, tensor<3x5xf32> {jax.result_info = "[2]"}) {
    %0 = stablehlo.constant dense<0> : tensor<i32>
    %1 = call @_where(%arg1, %arg0, %0) : (tensor<3x5xi1>, tensor<3x5xf32>, tensor<i32>) -> tensor<3x5xf32>
    %2 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %3 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<3x5xf32>
    %4 = stablehlo.compare  GT, %arg0, %3,  FLOAT : (tensor<3x5xf32>, tensor<3x5xf32>) -> tensor<3x5xi1>
    %5 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %6 = stablehlo.broadcast_in_dim %5, dims = [] : (tensor<f32>) -> tensor<3x5xf32>
    %7 = stablehlo.compare  GT, %arg0, %6,  FLOAT : (tensor<3x5xf32>, tensor<3x5xf32>) -> tensor<3x5xi1>
    %8 = stablehlo.negate %arg0 : tensor<3x5xf32>
    %9 = stablehlo.constant dense<9.000000e+00> : tensor<f32>
    %10 = call @_where_0(%7, %8, %9) : (tensor<3x5xi1>, tensor<3x5xf32>, tensor<f32>) -> tensor<3x5xf32>
    %11 = call @_where_1(%4, %arg0, %10) : (tensor<3x5xi1>, tensor<3x5xf32>, tensor<3x5xf32>) -> tensor<3x5xf32>
    %12 = stablehlo.convert %arg1 : (tensor<3x5xi1>) -> tensor<3x5xi32>
    %13 = stablehlo.negate %arg0 : tensor<3x5xf32>
    %14 = stablehlo.constant dense<0> : tensor<i32>
    %15 = stablehlo.constant dense<1> : tensor<i32>
    %16 = call @clip(%12, %14, %15) : (tensor<3x5xi32>, tensor<i32>, tensor<i32>) -> tensor<3x5xi32>
    %17 = stablehlo.broadcast_in_dim %arg0, dims = [1, 2] : (tensor<3x5xf32>) -> tensor<1x3x5xf32>
    %18 = stablehlo.broadcast_in_dim %13, dims = [1, 2] : (tensor<3x5xf32>) -> tensor<1x3x5xf32>
    %19 = stablehlo.concatenate %17, %18, dim = 0 : (tensor<1x3x5xf32>, tensor<1x3x5xf32>) -> tensor<2x3x5xf32>
    %20 = stablehlo.iota dim = 0 : tensor<3xi32>
    %21 = stablehlo.broadcast_in_dim %20, dims = [0] : (tensor<3xi32>) -> tensor<3x1xi32>
    %22 = stablehlo.iota dim = 0 : tensor<5xi32>
    %23 = stablehlo.broadcast_in_dim %22, dims = [1] : (tensor<5xi32>) -> tensor<1x5xi32>
    %24 = stablehlo.constant dense<0> : tensor<i32>
    %25 = stablehlo.broadcast_in_dim %24, dims = [] : (tensor<i32>) -> tensor<3x5xi32>
    %26 = stablehlo.compare  LT, %16, %25,  SIGNED : (tensor<3x5xi32>, tensor<3x5xi32>) -> tensor<3x5xi1>
    %27 = stablehlo.constant dense<2> : tensor<i32>
    %28 = stablehlo.broadcast_in_dim %27, dims = [] : (tensor<i32>) -> tensor<3x5xi32>
    %29 = stablehlo.add %16, %28 : tensor<3x5xi32>
    %30 = stablehlo.select %26, %29, %16 : tensor<3x5xi1>, tensor<3x5xi32>
    %31 = stablehlo.constant dense<0> : tensor<i32>
    %32 = stablehlo.broadcast_in_dim %31, dims = [] : (tensor<i32>) -> tensor<3x1xi32>
    %33 = stablehlo.compare  LT, %21, %32,  SIGNED : (tensor<3x1xi32>, tensor<3x1xi32>) -> tensor<3x1xi1>
    %34 = stablehlo.constant dense<3> : tensor<i32>
    %35 = stablehlo.broadcast_in_dim %34, dims = [] : (tensor<i32>) -> tensor<3x1xi32>
    %36 = stablehlo.add %21, %35 : tensor<3x1xi32>
    %37 = stablehlo.select %33, %36, %21 : tensor<3x1xi1>, tensor<3x1xi32>
    %38 = stablehlo.constant dense<0> : tensor<i32>
    %39 = stablehlo.broadcast_in_dim %38, dims = [] : (tensor<i32>) -> tensor<1x5xi32>
    %40 = stablehlo.compare  LT, %23, %39,  SIGNED : (tensor<1x5xi32>, tensor<1x5xi32>) -> tensor<1x5xi1>
    %41 = stablehlo.constant dense<5> : tensor<i32>
    %42 = stablehlo.broadcast_in_dim %41, dims = [] : (tensor<i32>) -> tensor<1x5xi32>
    %43 = stablehlo.add %23, %42 : tensor<1x5xi32>
    %44 = stablehlo.select %40, %43, %23 : tensor<1x5xi1>, tensor<1x5xi32>
    %45 = stablehlo.reshape %37 : (tensor<3x1xi32>) -> tensor<3xi32>
    %46 = stablehlo.broadcast_in_dim %45, dims = [0] : (tensor<3xi32>) -> tensor<3x5xi32>
    %47 = stablehlo.reshape %44 : (tensor<1x5xi32>) -> tensor<5xi32>
    %48 = stablehlo.broadcast_in_dim %47, dims = [1] : (tensor<5xi32>) -> tensor<3x5xi32>
    %49 = stablehlo.broadcast_in_dim %30, dims = [0, 1] : (tensor<3x5xi32>) -> tensor<3x5x1xi32>
    %50 = stablehlo.broadcast_in_dim %46, dims = [0, 1] : (tensor<3x5xi32>) -> tensor<3x5x1xi32>
    %51 = stablehlo.broadcast_in_dim %48, dims = [0, 1] : (tensor<3x5xi32>) -> tensor<3x5x1xi32>
    %52 = stablehlo.concatenate %49, %50, %51, dim = 2 : (tensor<3x5x1xi32>, tensor<3x5x1xi32>, tensor<3x5x1xi32>) -> tensor<3x5x3xi32>
    %53 = "stablehlo.gather"(%19, %52) {dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [0, 1, 2], start_index_map = [0, 1, 2], index_vector_dim = 2>, indices_are_sorted = false, slice_sizes = dense<1> : tensor<3xi64>} : (tensor<2x3x5xf32>, tensor<3x5x3xi32>) -> tensor<3x5xf32>
    return %1, %11, %53 : tensor<3x5xf32>, tensor<3x5xf32>, tensor<3x5xf32>
  }
  func.func private @_where(%arg0: tensor<3x5xi1>, %arg1: tensor<3x5xf32>, %arg2: tensor<i32>) -> tensor<3x5xf32> {
    %0 = stablehlo.convert %arg2 : (tensor<i32>) -> tensor<f32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<3x5xf32>
    %2 = stablehlo.select %arg0, %arg1, %1 : tensor<3x5xi1>, tensor<3x5xf32>
    return %2 : tensor<3x5xf32>
  }
  func.func private @_where_0(%arg0: tensor<3x5xi1>, %arg1: tensor<3x5xf32>, %arg2: tensor<f32>) -> tensor<3x5xf32> {
    %0 = stablehlo.broadcast_in_dim %arg2, dims = [] : (tensor<f32>) -> tensor<3x5xf32>
    %1 = stablehlo.select %arg0, %arg1, %0 : tensor<3x5xi1>, tensor<3x5xf32>
    return %1 : tensor<3x5xf32>
  }
  func.func private @_where_1(%arg0: tensor<3x5xi1>, %arg1: tensor<3x5xf32>, %arg2: tensor<3x5xf32>) -> tensor<3x5xf32> {
    %0 = stablehlo.select %arg0, %arg1, %arg2 : tensor<3x5xi1>, tensor<3x5xf32>
    return %0 : tensor<3x5xf32>
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
