module @jit_uint8_arithmetic attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<8xui8>, %arg1: tensor<8xui8>) -> (tensor<8xui8> {jax.result_info = "result[0]"}, tensor<8xui8> {jax.result_info = "result[1]"}, tensor<8xui8> {jax.result_info = "result[2]"}, tensor<8xui8> {jax.result_info = "result[3]"}, tensor<8xui8> {jax.result_info = "result[4]"}, tensor<8xui8> {jax.result_info = "result[5]"}) {
    %0 = stablehlo.add %arg0, %arg1 : tensor<8xui8>
    %1 = stablehlo.multiply %arg0, %arg1 : tensor<8xui8>
    %c = stablehlo.constant dense<1> : tensor<ui8>
    %2 = stablehlo.broadcast_in_dim %c, dims = [] : (tensor<ui8>) -> tensor<8xui8>
    %3 = stablehlo.or %arg1, %2 : tensor<8xui8>
    %4 = call @floor_divide(%arg0, %3) : (tensor<8xui8>, tensor<8xui8>) -> tensor<8xui8>
    %c_0 = stablehlo.constant dense<2> : tensor<ui8>
    %5 = stablehlo.broadcast_in_dim %c_0, dims = [] : (tensor<ui8>) -> tensor<8xui8>
    %6 = stablehlo.shift_right_logical %arg0, %5 : tensor<8xui8>
    %7 = stablehlo.maximum %arg0, %arg1 : tensor<8xui8>
    %8 = stablehlo.xor %arg0, %arg1 : tensor<8xui8>
    return %0, %1, %4, %6, %7, %8 : tensor<8xui8>, tensor<8xui8>, tensor<8xui8>, tensor<8xui8>, tensor<8xui8>, tensor<8xui8>
  }
  func.func private @floor_divide(%arg0: tensor<8xui8>, %arg1: tensor<8xui8>) -> tensor<8xui8> {
    %0 = stablehlo.divide %arg0, %arg1 : tensor<8xui8>
    return %0 : tensor<8xui8>
  }
}
