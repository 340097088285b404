module @jit_cumulative_windows attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<6x6xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<6x6xf32> {jax.result_info = "[0]"}, tensor<6x6xf32> {jax.result_info = "[1]"}) {
    %0 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<f32>
    %2 = "stablehlo.reduce_window"(%arg0, %1) ({
    ^bb0(%arg1: tensor<f32>, %arg2: tensor<f32>):
      %4 = stablehlo.add %arg1, %arg2 : tensor<f32>
      stablehlo.return %4 : tensor<f32>
    }) {base_dilations = dense<1> : tensor<2xi64>, padding = dense<[[2, 0], [0, 0]]> : tensor<2x2xi64>, window_dilations = dense<1> : tensor<2xi64>, window_dimensions = dense<[3, 1]> : tensor<2xi64>, window_strides = dense<1> : tensor<2xi64>} : (tensor<6x6xf32>, tensor<f32>) -> tensor<6x6xf32>
    %3 = call @cumlogsumexp(%arg0) : (tensor<6x6xf32>) -> tensor<6x6xf32>
    return %2, %3 : tensor<6x6xf32>, tensor<6x6xf32>
  }
  func.func private @cumlogsumexp(%arg0: tensor<6x6xf32>) -> tensor<6x6xf32> {
    %0 = "stablehlo.slice"(%arg0) {limit_indices = dense<[6, 5]> : tensor<2xi64>, start_indices = dense<0> : tensor<2xi64>, strides = dense<[1, 2]> : tensor<2xi64>} : (tensor<6x6xf32>) -> tensor<6x3xf32>
    %1 = "stablehlo.slice"(%arg0) {limit_indices = dense<6> : tensor<2xi64>, start_indices = dense<[0, 1]> : tensor<2xi64>, strides = dense<[1, 2]> : tensor<2xi64>} : (tensor<6x6xf32>) -> tensor<6x3xf32>
    %2 = call @logaddexp(%0, %1) : (tensor<6x3xf32>, tensor<6x3xf32>) -> tensor<6x3xf32>
    %3 = "stablehlo.slice"(%2) {limit_indices = dense<[6, 2]> : tensor<2xi64>, start_indices = dense<0> : tensor<2xi64>, strides = dense<[1, 2]> : tensor<2xi64>} : (tensor<6x3xf32>) -> tensor<6x1xf32>
    %4 = "stablehlo.slice"(%2) {limit_indices = dense<[6, 3]> : tensor<2xi64>, start_indices = dense<[0, 1]> : tensor<2xi64>, strides = dense<[1, 2]> : tensor<2xi64>} : (tensor<6x3xf32>) -> tensor<6x1xf32>
    %5 = call @logaddexp_0(%3, %4) : (tensor<6x1xf32>, tensor<6x1xf32>) -> tensor<6x1xf32>
    %6 = "stablehlo.slice"(%2) {limit_indices = dense<[6, 3]> : tensor<2xi64>, start_indices = dense<[0, 2]> : tensor<2xi64>, strides = dense<[1, 2]> : tensor<2xi64>} : (tensor<6x3xf32>) -> tensor<6x1xf32>
    %7 = call @logaddexp_1(%5, %6) : (tensor<6x1xf32>, tensor<6x1xf32>) -> tensor<6x1xf32>
    %8 = "stablehlo.slice"(%2) {limit_indices = dense<[6, 1]> : tensor<2xi64>, start_indices = dense<0> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} : (tensor<6x3xf32>) -> tensor<6x1xf32>
    %9 = stablehlo.concatenate %8, %7, dim = 1 : (tensor<6x1xf32>, tensor<6x1xf32>) -> tensor<6x2xf32>
    %10 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %11 = stablehlo.pad %9, %10, low = [0, 0], high = [0, 0], interior = [0, 1] : (tensor<6x2xf32>, tensor<f32>) -> tensor<6x3xf32>
    %12 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %13 = stablehlo.pad %5, %12, low = [0, 1], high = [0, 1], interior = [0, 1] : (tensor<6x1xf32>, tensor<f32>) -> tensor<6x3xf32>
    %14 = stablehlo.add %11, %13 : tensor<6x3xf32>
    %15 = "stablehlo.slice"(%14) {limit_indices = dense<[6, 2]> : tensor<2xi64>, start_indices = dense<0> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} : (tensor<6x3xf32>) -> tensor<6x2xf32>
    %16 = "stablehlo.slice"(%arg0) {limit_indices = dense<6> : tensor<2xi64>, start_indices = dense<[0, 2]> : tensor<2xi64>, strides = dense<[1, 2]> : tensor<2xi64>} : (tensor<6x6xf32>) -> tensor<6x2xf32>
    %17 = call @logaddexp_2(%15, %16) : (tensor<6x2xf32>, tensor<6x2xf32>) -> tensor<6x2xf32>
    %18 = "stablehlo.slice"(%arg0) {limit_indices = dense<[6, 1]> : tensor<2xi64>, start_indices = dense<0> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} : (tensor<6x6xf32>) -> tensor<6x1xf32>
    %19 = stablehlo.concatenate %18, %17, dim = 1 : (tensor<6x1xf32>, tensor<6x2xf32>) -> tensor<6x3xf32>
    %20 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %21 = stablehlo.pad %19, %20, low = [0, 0], high = [0, 1], interior = [0, 1] : (tensor<6x3xf32>, tensor<f32>) -> tensor<6x6xf32>
    %22 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %23 = stablehlo.pad %14, %22, low = [0, 1], high = [0, 0], interior = [0, 1] : (tensor<6x3xf32>, tensor<f32>) -> tensor<6x6xf32>
    %24 = stablehlo.add %21, %23 : tensor<6x6xf32>
    return %24 : tensor<6x6xf32>
  }
  func.func private @logaddexp(%arg0: tensor<6x3xf32>, %arg1: tensor<6x3xf32>) -> tensor<6x3xf32> {
    %0 = stablehlo.maximum %arg0, %arg1 : tensor<6x3xf32>
    %1 = stablehlo.subtract %arg0, %arg1 : tensor<6x3xf32>
    %2 = stablehlo.compare  NE, %1, %1,  FLOAT : (tensor<6x3xf32>, tensor<6x3xf32>) -> tensor<6x3xi1>
    %3 = stablehlo.add %arg0, %arg1 : tensor<6x3xf32>
    %4 = stablehlo.abs %1 : tensor<6x3xf32>
    %5 = stablehlo.negate %4 : tensor<6x3xf32>
    %6 = stablehlo.exponential %5 : tensor<6x3xf32>
    %7 = stablehlo.log_plus_one %6 : tensor<6x3xf32>
    %8 = stablehlo.add %0, %7 : tensor<6x3xf32>
    %9 = stablehlo.select %2, %3, %8 : tensor<6x3xi1>, tensor<6x3xf32>
    return %9 : tensor<6x3xf32>
  }
  func.func private @logaddexp_0(%arg0: tensor<6x1xf32>, %arg1: tensor<6x1xf32>) -> tensor<6x1xf32> {
    %0 = stablehlo.maximum %arg0, %arg1 : tensor<6x1xf32>
    %1 = stablehlo.subtract %arg0, %arg1 : tensor<6x1xf32>
    %2 = stablehlo.compare  NE, %1, %1,  FLOAT : (tensor<6x1xf32>, tensor<6x1xf32>) -> tensor<6x1xi1>
    %3 = stablehlo.add %arg0, %arg1 : tensor<6x1xf32>
    %4 = stablehlo.abs %1 : tensor<6x1xf32>
    %5 = stablehlo.negate %4 : tensor<6x1xf32>
    %6 = stablehlo.exponential %5 : tensor<6x1xf32>
    %7 = stablehlo.log_plus_one %6 : tensor<6x1xf32>
    %8 = stablehlo.add %0, %7 : tensor<6x1xf32>
    %9 = stablehlo.select %2, %3, %8 : tensor<6x1xi1>, tensor<6x1xf32>
    return %9 : tensor<6x1xf32>
  }
  func.func private @logaddexp_1(%arg0: tensor<6x1xf32>, %arg1: tensor<6x1xf32>) -> tensor<6x1xf32> {
    %0 = stablehlo.maximum %arg0, %arg1 : tensor<6x1xf32>
    %1 = stablehlo.subtract %arg0, %arg1 : tensor<6x1xf32>
    %2 = stablehlo.compare  NE, %1, %1,  FLOAT : (tensor<6x1xf32>, tensor<6x1xf32>) -> tensor<6x1xi1>
    %3 = stablehlo.add %arg0, %arg1 : tensor<6x1xf32>
    %4 = stablehlo.abs %1 : tensor<6x1xf32>
    %5 = stablehlo.negate %4 : tensor<6x1xf32>
    %6 = stablehlo.exponential %5 : tensor<6x1xf32>
    %7 = stablehlo.log_plus_one %6 : tensor<6x1xf32>
    %8 = stablehlo.add %0, %7 : tensor<6x1xf32>
    %9 = stablehlo.select %2, %3, %8 : tensor<6x1xi1>, tensor<6x1xf32>
    return %9 : tensor<6x1xf32>
  }
  func.func private @logaddexp_2(%arg0: tensor<6x2xf32>, %arg1: tensor<6x2xf32>) -> tensor<6x2xf32> {
    %0 = stablehlo.maximum %arg0, %arg1 : tensor<6x2xf32>
    %1 = stablehlo.subtract %arg0, %arg1 : tensor<6x2xf32>
    %2 = stablehlo.compare  NE, %1, %1,  FLOAT : (tensor<6x2xf32>, tensor<6x2xf32>) -> tensor<6x2xi1>
    %3 = stablehlo.add %arg0, %arg1 : tensor<6x2xf32>
    %4 = stablehlo.abs %1 : tensor<6x2xf32>
    %5 = stablehlo.negate %4 : tensor<6x2xf32>
    %6 = stablehlo.exponential %5 : tensor<6x2xf32>
    %7 = stablehlo.log_plus_one %6 : tensor<6x2xf32>
    %8 = stablehlo.add %0, %7 : tensor<6x2xf32>
    %9 = stablehlo.select %2, %3, %8 : tensor<6x2xi1>, tensor<6x2xf32>
    return %9 : tensor<6x2xf32>
  }
}
