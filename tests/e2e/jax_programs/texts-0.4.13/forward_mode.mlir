module @jit_forward_mode attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<4xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg1: tensor<4xf32> {jax.arg_info = "tangent", mhlo.sharding = "{replicated}"}) -> (tensor<4xf32> {jax.result_info = "[0]"}, tensor<4xf32> {jax.result_info = "[1]"}) {
    %0 = stablehlo.multiply %arg0, %arg0 : tensor<4xf32>
    %1 = stablehlo.constant dense<2.000000e+00> : tensor<f32>
    %2 = stablehlo.broadcast_in_dim %1, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %3 = stablehlo.multiply %2, %arg0 : tensor<4xf32>
    %4 = stablehlo.multiply %arg1, %3 : tensor<4xf32>
    %5 = stablehlo.negate %0 : tensor<4xf32>
    %6 = stablehlo.negate %4 : tensor<4xf32>
    %7 = stablehlo.exponential %5 : tensor<4xf32>
    %8 = stablehlo.multiply %6, %7 : tensor<4xf32>
    %9:2 = call @_cumulative_reduction(%arg0, %arg1) : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
    %10 = stablehlo.multiply %7, %9#0 : tensor<4xf32>
    %11 = stablehlo.multiply %8, %9#0 : tensor<4xf32>
    %12 = stablehlo.multiply %7, %9#1 : tensor<4xf32>
    %13 = stablehlo.add %11, %12 : tensor<4xf32>
    return %10, %13 : tensor<4xf32>, tensor<4xf32>
  }
  func.func private @_cumulative_reduction(%arg0: tensor<4xf32>, %arg1: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
    %0 = call @cumsum(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
    %1 = call @cumsum(%arg1) : (tensor<4xf32>) -> tensor<4xf32>
    return %0, %1 : tensor<4xf32>, tensor<4xf32>
  }
  func.func private @cumsum(%arg0: tensor<4xf32>) -> tensor<4xf32> {
    %0 = "stablehlo.slice"(%arg0) {limit_indices = dense<3> : tensor<1xi64>, start_indices = dense<0> : tensor<1xi64>, strides = dense<2> : tensor<1xi64>} : (tensor<4xf32>) -> tensor<2xf32>
    %1 = "stablehlo.slice"(%arg0) {limit_indices = dense<4> : tensor<1xi64>, start_indices = dense<1> : tensor<1xi64>, strides = dense<2> : tensor<1xi64>} : (tensor<4xf32>) -> tensor<2xf32>
    %2 = stablehlo.add %0, %1 : tensor<2xf32>
    %3 = "stablehlo.slice"(%2) {limit_indices = dense<1> : tensor<1xi64>, start_indices = dense<0> : tensor<1xi64>, strides = dense<2> : tensor<1xi64>} : (tensor<2xf32>) -> tensor<1xf32>
    %4 = "stablehlo.slice"(%2) {limit_indices = dense<2> : tensor<1xi64>, start_indices = dense<1> : tensor<1xi64>, strides = dense<2> : tensor<1xi64>} : (tensor<2xf32>) -> tensor<1xf32>
    %5 = stablehlo.add %3, %4 : tensor<1xf32>
    %6 = "stablehlo.slice"(%5) {limit_indices = dense<0> : tensor<1xi64>, start_indices = dense<0> : tensor<1xi64>, strides = dense<1> : tensor<1xi64>} : (tensor<1xf32>) -> tensor<0xf32>
    %7 = "stablehlo.slice"(%2) {limit_indices = dense<2> : tensor<1xi64>, start_indices = dense<2> : tensor<1xi64>, strides = dense<2> : tensor<1xi64>} : (tensor<2xf32>) -> tensor<0xf32>
    %8 = stablehlo.add %6, %7 : tensor<0xf32>
    %9 = "stablehlo.slice"(%2) {limit_indices = dense<1> : tensor<1xi64>, start_indices = dense<0> : tensor<1xi64>, strides = dense<1> : tensor<1xi64>} : (tensor<2xf32>) -> tensor<1xf32>
    %10 = stablehlo.concatenate %9, %8, dim = 0 : (tensor<1xf32>, tensor<0xf32>) -> tensor<1xf32>
    %11 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %12 = stablehlo.pad %10, %11, low = [0], high = [1], interior = [1] : (tensor<1xf32>, tensor<f32>) -> tensor<2xf32>
    %13 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %14 = stablehlo.pad %5, %13, low = [1], high = [0], interior = [1] : (tensor<1xf32>, tensor<f32>) -> tensor<2xf32>
    %15 = stablehlo.add %12, %14 : tensor<2xf32>
    %16 = "stablehlo.slice"(%15) {limit_indices = dense<1> : tensor<1xi64>, start_indices = dense<0> : tensor<1xi64>, strides = dense<1> : tensor<1xi64>} : (tensor<2xf32>) -> tensor<1xf32>
    %17 = "stablehlo.slice"(%arg0) {limit_indices = dense<4> : tensor<1xi64>, start_indices = dense<2> : tensor<1xi64>, strides = dense<2> : tensor<1xi64>} : (tensor<4xf32>) -> tensor<1xf32>
    %18 = stablehlo.add %16, %17 : tensor<1xf32>
    %19 = "stablehlo.slice"(%arg0) {limit_indices = dense<1> : tensor<1xi64>, start_indices = dense<0> : tensor<1xi64>, strides = dense<1> : tensor<1xi64>} : (tensor<4xf32>) -> tensor<1xf32>
    %20 = stablehlo.concatenate %19, %18, dim = 0 : (tensor<1xf32>, tensor<1xf32>) -> tensor<2xf32>
    %21 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %22 = stablehlo.pad %20, %21, low = [0], high = [1], interior = [1] : (tensor<2xf32>, tensor<f32>) -> tensor<4xf32>
    %23 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %24 = stablehlo.pad %15, %23, low = [1], high = [0], interior = [1] : (tensor<2xf32>, tensor<f32>) -> tensor<4xf32>
    %25 = stablehlo.add %22, %24 : tensor<4xf32>
    return %25 : tensor<4xf32>
  }
}
