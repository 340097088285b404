module @jit_bit_patterns attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<6xi32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<6xi1> {jax.result_info = "[0]"}, tensor<6xi32> {jax.result_info = "[1]"}, tensor<6xi32> {jax.result_info = "[2]"}, tensor<6xi32> {jax.result_info = "[3]"}, tensor<6xi32> {jax.result_info = "[4]"}) {
    %0 = stablehlo.bitcast_convert %arg0 : (tensor<6xi32>) -> tensor<6xf32>
    %1 = stablehlo.abs %arg0 : tensor<6xi32>
    %2 = stablehlo.convert %1 : (tensor<6xi32>) -> tensor<6xf32>
    %3 = stablehlo.bitcast_convert %2 : (tensor<6xf32>) -> tensor<6xi32>
    %4 = call @isfinite(%0) : (tensor<6xf32>) -> tensor<6xi1>
    %5 = stablehlo.count_leading_zeros %arg0 : tensor<6xi32>
    %6 = stablehlo.constant dense<3> : tensor<i32>
    %7 = stablehlo.broadcast_in_dim %6, dims = [] : (tensor<i32>) -> tensor<6xi32>
    %8 = stablehlo.shift_left %arg0, %7 : tensor<6xi32>
    %9 = stablehlo.constant dense<3> : tensor<i32>
    %10 = stablehlo.broadcast_in_dim %9, dims = [] : (tensor<i32>) -> tensor<6xi32>
    %11 = stablehlo.shift_right_arithmetic %arg0, %10 : tensor<6xi32>
    return %4, %3, %5, %8, %11 : tensor<6xi1>, tensor<6xi32>, tensor<6xi32>, tensor<6xi32>, tensor<6xi32>
  }
  func.func private @isfinite(%arg0: tensor<6xf32>) -> tensor<6xi1> {
    %0 = stablehlo.is_finite %arg0 : (tensor<6xf32>) -> tensor<6xi1>
    return %0 : tensor<6xi1>
  }
}
