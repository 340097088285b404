module @jit_int16_arithmetic attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<8xi16> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<8xi16> {jax.result_info = "[0]"}, tensor<8xi16> {jax.result_info = "[1]"}, tensor<8xi16> {jax.result_info = "[2]"}, tensor<8xi16> {jax.result_info = "[3]"}, tensor<8xi16> {jax.result_info = "[4]"}, tensor<8xi16> {jax.result_info = "[5]"}) {
    %0 = stablehlo.multiply %arg0, %arg0 : tensor<8xi16>
    %1 = stablehlo.abs %arg0 : tensor<8xi16>
    %2 = stablehlo.constant dense<7> : tensor<i32>
    %3 = call @floor_divide(%arg0, %2) : (tensor<8xi16>, tensor<i32>) -> tensor<8xi16>
    %4 = stablehlo.constant dense<7> : tensor<i32>
    %5 = call @remainder(%arg0, %4) : (tensor<8xi16>, tensor<i32>) -> tensor<8xi16>
    %6 = call @sign(%arg0) : (tensor<8xi16>) -> tensor<8xi16>
    %7 = stablehlo.popcnt %arg0 : tensor<8xi16>
    return %0, %1, %3, %5, %6, %7 : tensor<8xi16>, tensor<8xi16>, tensor<8xi16>, tensor<8xi16>, tensor<8xi16>, tensor<8xi16>
  }
  func.func private @floor_divide(%arg0: tensor<8xi16>, %arg1: tensor<i32>) -> tensor<8xi16> {
    %0 = stablehlo.convert %arg1 : (tensor<i32>) -> tensor<i16>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<i16>) -> tensor<8xi16>
    %2 = stablehlo.divide %arg0, %1 : tensor<8xi16>
    %3 = stablehlo.sign %arg0 : tensor<8xi16>
    %4 = stablehlo.sign %0 : tensor<i16>
    %5 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<i16>) -> tensor<8xi16>
    %6 = stablehlo.compare  NE, %3, %5,  SIGNED : (tensor<8xi16>, tensor<8xi16>) -> tensor<8xi1>
    %7 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<i16>) -> tensor<8xi16>
    %8 = stablehlo.remainder %arg0, %7 : tensor<8xi16>
    %9 = stablehlo.constant dense<0> : tensor<i16>
    %10 = stablehlo.broadcast_in_dim %9, dims = [] : (tensor<i16>) -> tensor<8xi16>
    %11 = stablehlo.compare  NE, %8, %10,  SIGNED : (tensor<8xi16>, tensor<8xi16>) -> tensor<8xi1>
    %12 = stablehlo.and %6, %11 : tensor<8xi1>
    %13 = stablehlo.constant dense<1> : tensor<i16>
    %14 = stablehlo.broadcast_in_dim %13, dims = [] : (tensor<i16>) -> tensor<8xi16>
    %15 = stablehlo.subtract %2, %14 : tensor<8xi16>
    %16 = call @_where(%12, %15, %2) : (tensor<8xi1>, tensor<8xi16>, tensor<8xi16>) -> tensor<8xi16>
    return %16 : tensor<8xi16>
  }
  func.func private @_where(%arg0: tensor<8xi1>, %arg1: tensor<8xi16>, %arg2: tensor<8xi16>) -> tensor<8xi16> {
    %0 = stablehlo.select %arg0, %arg1, %arg2 : tensor<8xi1>, tensor<8xi16>
    return %0 : tensor<8xi16>
  }
  func.func private @remainder(%arg0: tensor<8xi16>, %arg1: tensor<i32>) -> tensor<8xi16> {
    %0 = stablehlo.convert %arg1 : (tensor<i32>) -> tensor<i16>
    %1 = stablehlo.constant dense<0> : tensor<i16>
    %2 = stablehlo.compare  EQ, %0, %1,  SIGNED : (tensor<i16>, tensor<i16>) -> tensor<i1>
    %3 = stablehlo.constant dense<1> : tensor<i16>
    %4 = call @_where_0(%2, %3, %0) : (tensor<i1>, tensor<i16>, tensor<i16>) -> tensor<i16>
    %5 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<i16>) -> tensor<8xi16>
    %6 = stablehlo.remainder %arg0, %5 : tensor<8xi16>
    %7 = stablehlo.constant dense<0> : tensor<i16>
    %8 = stablehlo.broadcast_in_dim %7, dims = [] : (tensor<i16>) -> tensor<8xi16>
    %9 = stablehlo.compare  NE, %6, %8,  SIGNED : (tensor<8xi16>, tensor<8xi16>) -> tensor<8xi1>
    %10 = stablehlo.constant dense<0> : tensor<i16>
    %11 = stablehlo.broadcast_in_dim %10, dims = [] : (tensor<i16>) -> tensor<8xi16>
    %12 = stablehlo.compare  LT, %6, %11,  SIGNED : (tensor<8xi16>, tensor<8xi16>) -> tensor<8xi1>
    %13 = stablehlo.constant dense<0> : tensor<i16>
    %14 = stablehlo.compare  LT, %4, %13,  SIGNED : (tensor<i16>, tensor<i16>) -> tensor<i1>
    %15 = stablehlo.broadcast_in_dim %14, dims = [] : (tensor<i1>) -> tensor<8xi1>
    %16 = stablehlo.compare  NE, %12, %15,  UNSIGNED : (tensor<8xi1>, tensor<8xi1>) -> tensor<8xi1>
    %17 = stablehlo.and %16, %9 : tensor<8xi1>
    %18 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<i16>) -> tensor<8xi16>
    %19 = stablehlo.add %6, %18 : tensor<8xi16>
    %20 = stablehlo.select %17, %19, %6 : tensor<8xi1>, tensor<8xi16>
    return %20 : tensor<8xi16>
  }
  func.func private @_where_0(%arg0: tensor<i1>, %arg1: tensor<i16>, %arg2: tensor<i16>) -> tensor<i16> {
    %0 = stablehlo.select %arg0, %arg1, %arg2 : tensor<i1>, tensor<i16>
    return %0 : tensor<i16>
  }
  func.func private @sign(%arg0: tensor<8xi16>) -> tensor<8xi16> {
    %0 = stablehlo.sign %arg0 : tensor<8xi16>
    return %0 : tensor<8xi16>
  }
}
