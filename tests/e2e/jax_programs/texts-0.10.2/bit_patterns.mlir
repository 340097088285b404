module @jit_bit_patterns attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<6xi32>) -> (tensor<6xi1> {jax.result_info = "result[0]"}, tensor<6xi32> {jax.result_info = "result[1]"}, tensor<6xi32> {jax.result_info = "result[2]"}, tensor<6xi32> {jax.result_info = "result[3]"}, tensor<6xi32> {jax.result_info = "result[4]"}) {
    %0 = stablehlo.bitcast_convert %arg0 : (tensor<6xi32>) -> tensor<6xf32>
    %1 = stablehlo.abs %arg0 : tensor<6xi32>
    %2 = stablehlo.convert %1 : (tensor<6xi32>) -> tensor<6xf32>
    %3 = stablehlo.bitcast_convert %2 : (tensor<6xf32>) -> tensor<6xi32>
    %4 = stablehlo.is_finite %0 : (tensor<6xf32>) -> tensor<6xi1>
    %5 = stablehlo.count_leading_zeros %arg0 : tensor<6xi32>
    %c = stablehlo.constant dense<3> : tensor<i32>
    %6 = stablehlo.broadcast_in_dim %c, dims = [] : (tensor<i32>) -> tensor<6xi32>
    %7 = stablehlo.shift_left %arg0, %6 : tensor<6xi32>
    %c_0 = stablehlo.constant dense<3> : tensor<i32>
    %8 = stablehlo.broadcast_in_dim %c_0, dims = [] : (tensor<i32>) -> tensor<6xi32>
    %9 = stablehlo.shift_right_arithmetic %arg0, %8 : tensor<6xi32>
    return %4, %3, %5, %7, %9 : tensor<6xi1>, tensor<6xi32>, tensor<6xi32>, tensor<6xi32>, tensor<6xi32>
  }
}
