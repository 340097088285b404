module @jit_trapezoids attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<7xf32> {jax.arg_info = "y", mhlo.sharding = "{replicated}"}) -> (tensor<f32> {jax.result_info = "[0]"}, tensor<7xf32> {jax.result_info = "[1]"}, tensor<5xf32> {jax.result_info = "[2]"}) {
    %0 = stablehlo.constant dense<0> : tensor<i32>
    %1 = stablehlo.constant dense<1> : tensor<i32>
    %2 = call @_linspace(%0, %1) : (tensor<i32>, tensor<i32>) -> tensor<7xf32>
    %3 = stablehlo.constant dense<1> : tensor<i32>
    %4 = stablehlo.dynamic_slice %arg0, %3, sizes = [6] : (tensor<7xf32>, tensor<i32>) -> tensor<6xf32>
    %5 = stablehlo.constant dense<0> : tensor<i32>
    %6 = stablehlo.dynamic_slice %arg0, %5, sizes = [6] : (tensor<7xf32>, tensor<i32>) -> tensor<6xf32>
    %7 = stablehlo.add %4, %6 : tensor<6xf32>
    %8 = call @diff(%2) : (tensor<7xf32>) -> tensor<6xf32>
    %9 = stablehlo.multiply %7, %8 : tensor<6xf32>
    %10 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %11 = stablehlo.reduce(%9 init: %10) applies stablehlo.add across dimensions = [0] : (tensor<6xf32>, tensor<f32>) -> tensor<f32>
    %12 = stablehlo.constant dense<2.000000e+00> : tensor<f32>
    %13 = stablehlo.divide %11, %12 : tensor<f32>
    %14 = call @gradient(%arg0) : (tensor<7xf32>) -> tensor<7xf32>
    %15 = call @diff_0(%arg0) : (tensor<7xf32>) -> tensor<5xf32>
    return %13, %14, %15 : tensor<f32>, tensor<7xf32>, tensor<5xf32>
  }
  func.func private @_linspace(%arg0: tensor<i32>, %arg1: tensor<i32>) -> tensor<7xf32> {
    %0 = stablehlo.convert %arg0 : (tensor<i32>) -> tensor<f32>
    %1 = stablehlo.convert %arg1 : (tensor<i32>) -> tensor<f32>
    %2 = stablehlo.subtract %1, %0 : tensor<f32>
    %3 = stablehlo.constant dense<6.000000e+00> : tensor<f32>
    %4 = stablehlo.divide %2, %3 : tensor<f32>
    %5 = stablehlo.iota dim = 0 : tensor<6xf32>
    %6 = stablehlo.constant dense<6.000000e+00> : tensor<f32>
    %7 = stablehlo.broadcast_in_dim %6, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %8 = stablehlo.divide %5, %7 : tensor<6xf32>
    %9 = stablehlo.reshape %0 : (tensor<f32>) -> tensor<1xf32>
    %10 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %11 = stablehlo.broadcast_in_dim %10, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %12 = stablehlo.subtract %11, %8 : tensor<6xf32>
    %13 = stablehlo.broadcast_in_dim %9, dims = [0] : (tensor<1xf32>) -> tensor<6xf32>
    %14 = stablehlo.multiply %13, %12 : tensor<6xf32>
    %15 = stablehlo.reshape %1 : (tensor<f32>) -> tensor<1xf32>
    %16 = stablehlo.broadcast_in_dim %15, dims = [0] : (tensor<1xf32>) -> tensor<6xf32>
    %17 = stablehlo.multiply %16, %8 : tensor<6xf32>
    %18 = stablehlo.add %14, %17 : tensor<6xf32>
    %19 = stablehlo.broadcast_in_dim %1, dims = [] : (tensor<f32>) -> tensor<1xf32>
    %20 = stablehlo.concatenate %18, %19, dim = 0 : (tensor<6xf32>, tensor<1xf32>) -> tensor<7xf32>
    return %20 : tensor<7xf32>
  }
  func.func private @diff(%arg0: tensor<7xf32>) -> tensor<6xf32> {
    %0 = stablehlo.constant dense<1> : tensor<i32>
    %1 = stablehlo.dynamic_slice %arg0, %0, sizes = [6] : (tensor<7xf32>, tensor<i32>) -> tensor<6xf32>
    %2 = stablehlo.constant dense<0> : tensor<i32>
    %3 = stablehlo.dynamic_slice %arg0, %2, sizes = [6] : (tensor<7xf32>, tensor<i32>) -> tensor<6xf32>
    %4 = stablehlo.subtract %1, %3 : tensor<6xf32>
    return %4 : tensor<6xf32>
  }
  func.func private @gradient(%arg0: tensor<7xf32>) -> tensor<7xf32> {
    %0 = "stablehlo.slice"(%arg0) {limit_indices = dense<2> : tensor<1xi64>, start_indices = dense<1> : tensor<1xi64>, strides = dense<1> : tensor<1xi64>} : (tensor<7xf32>) -> tensor<1xf32>
    %1 = "stablehlo.slice"(%arg0) {limit_indices = dense<1> : tensor<1xi64>, start_indices = dense<0> : tensor<1xi64>, strides = dense<1> : tensor<1xi64>} : (tensor<7xf32>) -> tensor<1xf32>
    %2 = stablehlo.subtract %0, %1 : tensor<1xf32>
    %3 = "stablehlo.slice"(%arg0) {limit_indices = dense<7> : tensor<1xi64>, start_indices = dense<2> : tensor<1xi64>, strides = dense<1> : tensor<1xi64>} : (tensor<7xf32>) -> tensor<5xf32>
    %4 = "stablehlo.slice"(%arg0) {limit_indices = dense<5> : tensor<1xi64>, start_indices = dense<0> : tensor<1xi64>, strides = dense<1> : tensor<1xi64>} : (tensor<7xf32>) -> tensor<5xf32>
    %5 = stablehlo.subtract %3, %4 : tensor<5xf32>
    %6 = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %7 = stablehlo.broadcast_in_dim %6, dims = [] : (tensor<f32>) -> tensor<5xf32>
    %8 = stablehlo.multiply %5, %7 : tensor<5xf32>
    %9 = "stablehlo.slice"(%arg0) {limit_indices = dense<7> : tensor<1xi64>, start_indices = dense<6> : tensor<1xi64>, strides = dense<1> : tensor<1xi64>} : (tensor<7xf32>) -> tensor<1xf32>
    %10 = "stablehlo.slice"(%arg0) {limit_indices = dense<6> : tensor<1xi64>, start_indices = dense<5> : tensor<1xi64>, strides = dense<1> : tensor<1xi64>} : (tensor<7xf32>) -> tensor<1xf32>
    %11 = stablehlo.subtract %9, %10 : tensor<1xf32>
    %12 = stablehlo.concatenate %2, %8, %11, dim = 0 : (tensor<1xf32>, tensor<5xf32>, tensor<1xf32>) -> tensor<7xf32>
    %13 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %14 = stablehlo.broadcast_in_dim %13, dims = [] : (tensor<f32>) -> tensor<7xf32>
    %15 = stablehlo.divide %12, %14 : tensor<7xf32>
    return %15 : tensor<7xf32>
  }
  func.func private @diff_0(%arg0: tensor<7xf32>) -> tensor<5xf32> {
    %0 = stablehlo.constant dense<1> : tensor<i32>
    %1 = stablehlo.dynamic_slice %arg0, %0, sizes = [6] : (tensor<7xf32>, tensor<i32>) -> tensor<6xf32>
    %2 = stablehlo.constant dense<0> : tensor<i32>
    %3 = stablehlo.dynamic_slice %arg0, %2, sizes = [6] : (tensor<7xf32>, tensor<i32>) -> tensor<6xf32>
    %4 = stablehlo.subtract %1, %3 : tensor<6xf32>
    %5 = stablehlo.constant dense<1> : tensor<i32>
    %6 = stablehlo.dynamic_slice %4, %5, sizes = [5] : (tensor<6xf32>, tensor<i32>) -> tensor<5xf32>
    %7 = stablehlo.constant dense<0> : tensor<i32>
    %8 = stablehlo.dynamic_slice %4, %7, sizes = [5] : (tensor<6xf32>, tensor<i32>) -> tensor<5xf32>
    %9 = stablehlo.subtract %6, %8 : tensor<5xf32>
    return %9 : tensor<5xf32>
  }
}
