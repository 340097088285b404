module @jit_uint8_arithmetic attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<8xui8> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg1: tensor<8xui8> {jax.arg_info = "y", mhlo.sharding = "{replicated}"}) -> (tensor<8xui8> {jax.result_info = "[0]"}, tensor<8xui8> {jax.result_info = "[1]"}, tensor<8xui8> {jax.result_info = "[2]"}, tensor<8xui8> {jax.result_info = "[3]"}, tensor<8xui8> {jax.result_info = "[4]"}, tensor<8xui8> {jax.result_info = "[5]"}) {
    %0 = stablehlo.add %arg0, %arg1 : tensor<8xui8>
    %1 = stablehlo.multiply %arg0, %arg1 : tensor<8xui8>
    %2 = stablehlo.constant dense<1> : tensor<ui8>
    %3 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<ui8>) -> tensor<8xui8>
    %4 = stablehlo.or %arg1, %3 : tensor<8xui8>
    %5 = call @floor_divide(%arg0, %4) : (tensor<8xui8>, tensor<8xui8>) -> tensor<8xui8>
    %6 = stablehlo.constant dense<2> : tensor<ui8>
    %7 = stablehlo.broadcast_in_dim %6, dims = [] : (tensor<ui8>) -> tensor<8xui8>
    %8 = stablehlo.shift_right_logical %arg0, %7 : tensor<8xui8>
    %9 = stablehlo.maximum %arg0, %arg1 : tensor<8xui8>
    %10 = stablehlo.xor %arg0, %arg1 : tensor<8xui8>
    return %0, %1, %5, %8, %9, %10 : tensor<8xui8>, tensor<8xui8>, tensor<8xui8>, tensor<8xui8>, tensor<8xui8>, tensor<8xui8>
  }
  func.func private @floor_divide(%arg0: tensor<8xui8>, %arg1: tensor<8xui8>) -> tensor<8xui8> {
    %0 = stablehlo.divide %arg0, %arg1 : tensor<8xui8>
    %1 = stablehlo.constant dense<0> : tensor<ui8>
    %2 = stablehlo.broadcast_in_dim %1, dims = [] : (tensor<ui8>) -> tensor<8xui8>
    %3 = stablehlo.compare  EQ, %arg0, %2,  UNSIGNED : (tensor<8xui8>, tensor<8xui8>) -> tensor<8xi1>
    %4 = stablehlo.constant dense<0> : tensor<ui8>
    %5 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<ui8>) -> tensor<8xui8>
    %6 = stablehlo.constant dense<1> : tensor<ui8>
    %7 = stablehlo.broadcast_in_dim %6, dims = [] : (tensor<ui8>) -> tensor<8xui8>
    %8 = stablehlo.select %3, %5, %7 : tensor<8xi1>, tensor<8xui8>
    %9 = stablehlo.constant dense<0> : tensor<ui8>
    %10 = stablehlo.broadcast_in_dim %9, dims = [] : (tensor<ui8>) -> tensor<8xui8>
    %11 = stablehlo.compare  EQ, %arg1, %10,  UNSIGNED : (tensor<8xui8>, tensor<8xui8>) -> tensor<8xi1>
    %12 = stablehlo.constant dense<0> : tensor<ui8>
    %13 = stablehlo.broadcast_in_dim %12, dims = [] : (tensor<ui8>) -> tensor<8xui8>
    %14 = stablehlo.constant dense<1> : tensor<ui8>
    %15 = stablehlo.broadcast_in_dim %14, dims = [] : (tensor<ui8>) -> tensor<8xui8>
    %16 = stablehlo.select %11, %13, %15 : tensor<8xi1>, tensor<8xui8>
    %17 = stablehlo.compare  NE, %8, %16,  UNSIGNED : (tensor<8xui8>, tensor<8xui8>) -> tensor<8xi1>
    %18 = stablehlo.remainder %arg0, %arg1 : tensor<8xui8>
    %19 = stablehlo.constant dense<0> : tensor<ui8>
    %20 = stablehlo.broadcast_in_dim %19, dims = [] : (tensor<ui8>) -> tensor<8xui8>
    %21 = stablehlo.compare  NE, %18, %20,  UNSIGNED : (tensor<8xui8>, tensor<8xui8>) -> tensor<8xi1>
    %22 = stablehlo.and %17, %21 : tensor<8xi1>
    %23 = stablehlo.constant dense<1> : tensor<ui8>
    %24 = stablehlo.broadcast_in_dim %23, dims = [] : (tensor<ui8>) -> tensor<8xui8>
    %25 = stablehlo.subtract %0, %24 : tensor<8xui8>
    %26 = call @_where(%22, %25, %0) : (tensor<8xi1>, tensor<8xui8>, tensor<8xui8>) -> tensor<8xui8>
    return %26 : tensor<8xui8>
  }
  func.func private @_where(%arg0: tensor<8xi1>, %arg1: tensor<8xui8>, %arg2: tensor<8xui8>) -> tensor<8xui8> {
    %0 = stablehlo.select %arg0, %arg1, %arg2 : tensor<8xi1>, tensor<8xui8>
    return %0 : tensor<8xui8>
  }
}
