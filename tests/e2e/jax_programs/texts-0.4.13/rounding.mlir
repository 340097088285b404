module @jit_rounding attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<9xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg1: tensor<9xi32> {jax.arg_info = "n", mhlo.sharding = "{replicated}"}) -> (tensor<9xf32> {jax.result_info = "[0]"}, tensor<9xf32> {jax.result_info = "[1]"}, tensor<9xf32> {jax.result_info = "[2]"}, tensor<9xf32> {jax.result_info = "[3]"}, tensor<9xf32> {jax.result_info = "[4]"}, tensor<9xi32> {jax.result_info = "[5]"}, tensor<9xi32> {jax.result_info = "[6]"}) {
    %0 = stablehlo.floor %arg0 : tensor<9xf32>
    %1 = stablehlo.ceil %arg0 : tensor<9xf32>
    %2 = call @round(%arg0) : (tensor<9xf32>) -> tensor<9xf32>
    %3 = call @trunc(%arg0) : (tensor<9xf32>) -> tensor<9xf32>
    %4 = stablehlo.constant dense<3.000000e-01> : tensor<f32>
    %5 = call @fmod(%arg0, %4) : (tensor<9xf32>, tensor<f32>) -> tensor<9xf32>
    %6 = stablehlo.negate %arg1 : tensor<9xi32>
    %7 = stablehlo.constant dense<4> : tensor<i32>
    %8 = call @floor_divide(%6, %7) : (tensor<9xi32>, tensor<i32>) -> tensor<9xi32>
    %9 = stablehlo.negate %arg1 : tensor<9xi32>
    %10 = stablehlo.constant dense<4> : tensor<i32>
    %11 = call @remainder(%9, %10) : (tensor<9xi32>, tensor<i32>) -> tensor<9xi32>
    return %0, %1, %2, %3, %5, %8, %11 : tensor<9xf32>, tensor<9xf32>, tensor<9xf32>, tensor<9xf32>, tensor<9xf32>, tensor<9xi32>, tensor<9xi32>
  }
  func.func private @round(%arg0: tensor<9xf32>) -> tensor<9xf32> {
    %0 = stablehlo.constant dense<1.000000e+01> : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<9xf32>
    %2 = stablehlo.multiply %arg0, %1 : tensor<9xf32>
    %3 = stablehlo.round_nearest_even %2 : tensor<9xf32>
    %4 = stablehlo.constant dense<1.000000e+01> : tensor<f32>
    %5 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<f32>) -> tensor<9xf32>
    %6 = stablehlo.divide %3, %5 : tensor<9xf32>
    return %6 : tensor<9xf32>
  }
  func.func private @trunc(%arg0: tensor<9xf32>) -> tensor<9xf32> {
    %0 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<9xf32>
    %2 = stablehlo.compare  LT, %arg0, %1,  FLOAT : (tensor<9xf32>, tensor<9xf32>) -> tensor<9xi1>
    %3 = stablehlo.ceil %arg0 : tensor<9xf32>
    %4 = stablehlo.floor %arg0 : tensor<9xf32>
    %5 = call @_where(%2, %3, %4) : (tensor<9xi1>, tensor<9xf32>, tensor<9xf32>) -> tensor<9xf32>
    return %5 : tensor<9xf32>
  }
  func.func private @_where(%arg0: tensor<9xi1>, %arg1: tensor<9xf32>, %arg2: tensor<9xf32>) -> tensor<9xf32> {
    %0 = stablehlo.select %arg0, %arg1, %arg2 : tensor<9xi1>, tensor<9xf32>
    return %0 : tensor<9xf32>
  }
  func.func private @fmod(%arg0: tensor<9xf32>, %arg1: tensor<f32>) -> tensor<9xf32> {
    %0 = stablehlo.convert %arg1 : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<9xf32>
    %2 = stablehlo.remainder %arg0, %1 : tensor<9xf32>
    return %2 : tensor<9xf32>
  }
  func.func private @floor_divide(%arg0: tensor<9xi32>, %arg1: tensor<i32>) -> tensor<9xi32> {
    %0 = stablehlo.convert %arg1 : tensor<i32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<i32>) -> tensor<9xi32>
    %2 = stablehlo.divide %arg0, %1 : tensor<9xi32>
    %3 = stablehlo.sign %arg0 : tensor<9xi32>
    %4 = stablehlo.sign %0 : tensor<i32>
    %5 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<i32>) -> tensor<9xi32>
    %6 = stablehlo.compare  NE, %3, %5,  SIGNED : (tensor<9xi32>, tensor<9xi32>) -> tensor<9xi1>
    %7 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<i32>) -> tensor<9xi32>
    %8 = stablehlo.remainder %arg0, %7 : tensor<9xi32>
    %9 = stablehlo.constant dense<0> : tensor<i32>
    %10 = stablehlo.broadcast_in_dim %9, dims = [] : (tensor<i32>) -> tensor<9xi32>
    %11 = stablehlo.compare  NE, %8, %10,  SIGNED : (tensor<9xi32>, tensor<9xi32>) -> tensor<9xi1>
    %12 = stablehlo.and %6, %11 : tensor<9xi1>
    %13 = stablehlo.constant dense<1> : tensor<i32>
    %14 = stablehlo.broadcast_in_dim %13, dims = [] : (tensor<i32>) -> tensor<9xi32>
    %15 = stablehlo.subtract %2, %14 : tensor<9xi32>
    %16 = call @_where_0(%12, %15, %2) : (tensor<9xi1>, tensor<9xi32>, tensor<9xi32>) -> tensor<9xi32>
    return %16 : tensor<9xi32>
  }
  func.func private @_where_0(%arg0: tensor<9xi1>, %arg1: tensor<9xi32>, %arg2: tensor<9xi32>) -> tensor<9xi32> {
    %0 = stablehlo.select %arg0, %arg1, %arg2 : tensor<9xi1>, tensor<9xi32>
    return %0 : tensor<9xi32>
  }
  func.func private @remainder(%arg0: tensor<9xi32>, %arg1: tensor<i32>) -> tensor<9xi32> {
    %0 = stablehlo.convert %arg1 : tensor<i32>
    %1 = stablehlo.constant dense<0> : tensor<i32>
    %2 = stablehlo.compare  EQ, %0, %1,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %3 = stablehlo.constant dense<1> : tensor<i32>
    %4 = call @_where_1(%2, %3, %0) : (tensor<i1>, tensor<i32>, tensor<i32>) -> tensor<i32>
    %5 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<i32>) -> tensor<9xi32>
    %6 = stablehlo.remainder %arg0, %5 : tensor<9xi32>
    %7 = stablehlo.constant dense<0> : tensor<i32>
    %8 = stablehlo.broadcast_in_dim %7, dims = [] : (tensor<i32>) -> tensor<9xi32>
    %9 = stablehlo.compare  NE, %6, %8,  SIGNED : (tensor<9xi32>, tensor<9xi32>) -> tensor<9xi1>
    %10 = stablehlo.constant dense<0> : tensor<i32>
    %11 = stablehlo.broadcast_in_dim %10, dims = [] : (tensor<i32>) -> tensor<9xi32>
    %12 = stablehlo.compare  LT, %6, %11,  SIGNED : (tensor<9xi32>, tensor<9xi32>) -> tensor<9xi1>
    %13 = stablehlo.constant dense<0> : tensor<i32>
    %14 = stablehlo.compare  LT, %4, %13,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %15 = stablehlo.broadcast_in_dim %14, dims = [] : (tensor<i1>) -> tensor<9xi1>
    %16 = stablehlo.compare  NE, %12, %15,  UNSIGNED : (tensor<9xi1>, tensor<9xi1>) -> tensor<9xi1>
    %17 = stablehlo.and %16, %9 : tensor<9xi1>
    %18 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<i32>) -> tensor<9xi32>
    %19 = stablehlo.add %6, %18 : tensor<9xi32>
    %20 = stablehlo.select %17, %19, %6 : tensor<9xi1>, tensor<9xi32>
    return %20 : tensor<9xi32>
  }
  func.func private @_where_1(%arg0: tensor<i1>, %arg1: tensor<i32>, %arg2: tensor<i32>) -> tensor<i32> {
    %0 = stablehlo.select %arg0, %arg1, %arg2 : tensor<i1>, tensor<i32>
    return %0 : tensor<i32>
  }
}
