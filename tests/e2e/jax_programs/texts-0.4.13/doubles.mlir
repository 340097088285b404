module @jit_doubles attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<4x4xf64> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg1: tensor<4xi64> {jax.arg_info = "n", mhlo.sharding = "{replicated}"}) -> (tensor<f64> {jax.result_info = "[0]"}, tensor<4x4xf64> {jax.result_info = "[1]"}, tensor<4xi64> {jax.result_info = "[2]"}, tensor<4xi64> {jax.result_info = "[3]"}) {
    %0 = call @norm(%arg0) : (tensor<4x4xf64>) -> tensor<f64>
    %1 = stablehlo.exponential %arg0 : tensor<4x4xf64>
    %2 = stablehlo.dot_general %1, %arg0, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<4x4xf64>, tensor<4x4xf64>) -> tensor<4x4xf64>
    %3 = stablehlo.constant dense<1000000007> : tensor<i64>
    %4 = stablehlo.broadcast_in_dim %3, dims = [] : (tensor<i64>) -> tensor<4xi64>
    %5 = stablehlo.multiply %arg1, %4 : tensor<4xi64>
    %6 = call @_cumulative_reduction(%arg1) : (tensor<4xi64>) -> tensor<4xi64>
    return %0, %2, %5, %6 : tensor<f64>, tensor<4x4xf64>, tensor<4xi64>, tensor<4xi64>
  }
  func.func private @norm(%arg0: tensor<4x4xf64>) -> tensor<f64> {
    %0 = stablehlo.multiply %arg0, %arg0 : tensor<4x4xf64>
    %1 = stablehlo.constant dense<0.000000e+00> : tensor<f64>
    %2 = stablehlo.reduce(%0 init: %1) applies stablehlo.add across dimensions = [0, 1] : (tensor<4x4xf64>, tensor<f64>) -> tensor<f64>
    %3 = stablehlo.sqrt %2 : tensor<f64>
    return %3 : tensor<f64>
  }
  func.func private @_cumulative_reduction(%arg0: tensor<4xi64>) -> tensor<4xi64> {
    %0 = call @cumsum(%arg0) : (tensor<4xi64>) -> tensor<4xi64>
    return %0 : tensor<4xi64>
  }
  func.func private @cumsum(%arg0: tensor<4xi64>) -> tensor<4xi64> {
    %0 = "stablehlo.slice"(%arg0) {limit_indices = dense<3> : tensor<1xi64>, start_indices = dense<0> : tensor<1xi64>, strides = dense<2> : tensor<1xi64>} : (tensor<4xi64>) -> tensor<2xi64>
    %1 = "stablehlo.slice"(%arg0) {limit_indices = dense<4> : tensor<1xi64>, start_indices = dense<1> : tensor<1xi64>, strides = dense<2> : tensor<1xi64>} : (tensor<4xi64>) -> tensor<2xi64>
    %2 = stablehlo.add %0, %1 : tensor<2xi64>
    %3 = "stablehlo.slice"(%2) {limit_indices = dense<1> : tensor<1xi64>, start_indices = dense<0> : tensor<1xi64>, strides = dense<2> : tensor<1xi64>} : (tensor<2xi64>) -> tensor<1xi64>
    %4 = "stablehlo.slice"(%2) {limit_indices = dense<2> : tensor<1xi64>, start_indices = dense<1> : tensor<1xi64>, strides = dense<2> : tensor<1xi64>} : (tensor<2xi64>) -> tensor<1xi64>
    %5 = stablehlo.add %3, %4 : tensor<1xi64>
    %6 = "stablehlo.slice"(%5) {limit_indices = dense<0> : tensor<1xi64>, start_indices = dense<0> : tensor<1xi64>, strides = dense<1> : tensor<1xi64>} : (tensor<1xi64>) -> tensor<0xi64>
    %7 = "stablehlo.slice"(%2) {limit_indices = dense<2> : tensor<1xi64>, start_indices = dense<2> : tensor<1xi64>, strides = dense<2> : tensor<1xi64>} : (tensor<2xi64>) -> tensor<0xi64>
    %8 = stablehlo.add %6, %7 : tensor<0xi64>
    %9 = "stablehlo.slice"(%2) {limit_indices = dense<1> : tensor<1xi64>, start_indices = dense<0> : tensor<1xi64>, strides = dense<1> : tensor<1xi64>} : (tensor<2xi64>) -> tensor<1xi64>
    %10 = stablehlo.concatenate %9, %8, dim = 0 : (tensor<1xi64>, tensor<0xi64>) -> tensor<1xi64>
    %11 = stablehlo.constant dense<0> : tensor<i64>
    %12 = stablehlo.pad %10, %11, low = [0], high = [1], interior = [1] : (tensor<1xi64>, tensor<i64>) -> tensor<2xi64>
    %13 = stablehlo.constant dense<0> : tensor<i64>
    %14 = stablehlo.pad %5, %13, low = [1], high = [0], interior = [1] : (tensor<1xi64>, tensor<i64>) -> tensor<2xi64>
    %15 = stablehlo.add %12, %14 : tensor<2xi64>
    %16 = "stablehlo.slice"(%15) {limit_indices = dense<1> : tensor<1xi64>, start_indices = dense<0> : tensor<1xi64>, strides = dense<1> : tensor<1xi64>} : (tensor<2xi64>) -> tensor<1xi64>
    %17 = "stablehlo.slice"(%arg0) {limit_indices = dense<4> : tensor<1xi64>, start_indices = dense<2> : tensor<1xi64>, strides = dense<2> : tensor<1xi64>} : (tensor<4xi64>) -> tensor<1xi64>
    %18 = stablehlo.add %16, %17 : tensor<1xi64>
    %19 = "stablehlo.slice"(%arg0) {limit_indices = dense<1> : tensor<1xi64>, start_indices = dense<0> : tensor<1xi64>, strides = dense<1> : tensor<1xi64>} : (tensor<4xi64>) -> tensor<1xi64>
    %20 = stablehlo.concatenate %19, %18, dim = 0 : (tensor<1xi64>, tensor<1xi64>) -> tensor<2xi64>
    %21 = stablehlo.constant dense<0> : tensor<i64>
    %22 = stablehlo.pad %20, %21, low = [0], high = [1], interior = [1] : (tensor<2xi64>, tensor<i64>) -> tensor<4xi64>
    %23 = stablehlo.constant dense<0> : tensor<i64>
    %24 = stablehlo.pad %15, %23, low = [1], high = [0], interior = [1] : (tensor<2xi64>, tensor<i64>) -> tensor<4xi64>
    %25 = stablehlo.add %22, %24 : tensor<4xi64>
    return %25 : tensor<4xi64>
  }
}
