module @jit_trapezoids attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<7xf32>) -> (tensor<f32> {jax.result_info = "result[0]"}, tensor<7xf32> {jax.result_info = "result[1]"}, tensor<5xf32> {jax.result_info = "result[2]"}) {
    %c = stablehlo.constant dense<0> : tensor<i32>
    %c_0 = stablehlo.constant dense<1> : tensor<i32>
    %0 = call @_linspace(%c, %c_0) : (tensor<i32>, tensor<i32>) -> tensor<7xf32>
    %1 = stablehlo.slice %arg0 [1:7] : (tensor<7xf32>) -> tensor<6xf32>
    %2 = stablehlo.slice %arg0 [0:6] : (tensor<7xf32>) -> tensor<6xf32>
    %3 = stablehlo.add %1, %2 : tensor<6xf32>
    %4 = call @diff(%0) : (tensor<7xf32>) -> tensor<6xf32>
    %5 = stablehlo.multiply %3, %4 : tensor<6xf32>
    %cst = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %6 = stablehlo.reduce(%5 init: %cst) applies stablehlo.add across dimensions = [0] : (tensor<6xf32>, tensor<f32>) -> tensor<f32>
    %cst_1 = stablehlo.constant dense<2.000000e+00> : tensor<f32>
    %7 = stablehlo.divide %6, %cst_1 : tensor<f32>
    %8 = call @gradient(%arg0) : (tensor<7xf32>) -> tensor<7xf32>
    %9 = call @diff_0(%arg0) : (tensor<7xf32>) -> tensor<5xf32>
    return %7, %8, %9 : tensor<f32>, tensor<7xf32>, tensor<5xf32>
  }
  func.func private @_linspace(%arg0: tensor<i32>, %arg1: tensor<i32>) -> tensor<7xf32> {
    %0 = stablehlo.convert %arg0 : (tensor<i32>) -> tensor<f32>
    %1 = stablehlo.convert %arg1 : (tensor<i32>) -> tensor<f32>
    %2 = stablehlo.subtract %1, %0 : tensor<f32>
    %cst = stablehlo.constant dense<6.000000e+00> : tensor<f32>
    %3 = stablehlo.divide %2, %cst : tensor<f32>
    %4 = stablehlo.iota dim = 0 : tensor<6xf32>
    %cst_0 = stablehlo.constant dense<6.000000e+00> : tensor<f32>
    %5 = stablehlo.broadcast_in_dim %cst_0, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %6 = stablehlo.divide %4, %5 : tensor<6xf32>
    %7 = stablehlo.reshape %0 : (tensor<f32>) -> tensor<1xf32>
    %cst_1 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %8 = stablehlo.broadcast_in_dim %cst_1, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %9 = stablehlo.subtract %8, %6 : tensor<6xf32>
    %10 = stablehlo.broadcast_in_dim %7, dims = [0] : (tensor<1xf32>) -> tensor<6xf32>
    %11 = stablehlo.multiply %10, %9 : tensor<6xf32>
    %12 = stablehlo.reshape %1 : (tensor<f32>) -> tensor<1xf32>
    %13 = stablehlo.broadcast_in_dim %12, dims = [0] : (tensor<1xf32>) -> tensor<6xf32>
    %14 = stablehlo.multiply %13, %6 : tensor<6xf32>
    %15 = stablehlo.add %11, %14 : tensor<6xf32>
    %16 = stablehlo.broadcast_in_dim %1, dims = [] : (tensor<f32>) -> tensor<1xf32>
    %17 = stablehlo.concatenate %15, %16, dim = 0 : (tensor<6xf32>, tensor<1xf32>) -> tensor<7xf32>
    return %17 : tensor<7xf32>
  }
  func.func private @diff(%arg0: tensor<7xf32>) -> tensor<6xf32> {
    %0 = stablehlo.slice %arg0 [1:7] : (tensor<7xf32>) -> tensor<6xf32>
    %1 = stablehlo.slice %arg0 [0:6] : (tensor<7xf32>) -> tensor<6xf32>
    %2 = stablehlo.subtract %0, %1 : tensor<6xf32>
    return %2 : tensor<6xf32>
  }
  func.func private @gradient(%arg0: tensor<7xf32>) -> tensor<7xf32> {
    %0 = stablehlo.slice %arg0 [1:2] : (tensor<7xf32>) -> tensor<1xf32>
    %1 = stablehlo.slice %arg0 [0:1] : (tensor<7xf32>) -> tensor<1xf32>
    %2 = stablehlo.subtract %0, %1 : tensor<1xf32>
    %3 = stablehlo.slice %arg0 [6:7] : (tensor<7xf32>) -> tensor<1xf32>
    %4 = stablehlo.slice %arg0 [5:6] : (tensor<7xf32>) -> tensor<1xf32>
    %5 = stablehlo.subtract %3, %4 : tensor<1xf32>
    %6 = stablehlo.slice %arg0 [2:7] : (tensor<7xf32>) -> tensor<5xf32>
    %7 = stablehlo.slice %arg0 [0:5] : (tensor<7xf32>) -> tensor<5xf32>
    %8 = stablehlo.subtract %6, %7 : tensor<5xf32>
    %cst = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %9 = stablehlo.broadcast_in_dim %cst, dims = [] : (tensor<f32>) -> tensor<5xf32>
    %10 = stablehlo.multiply %8, %9 : tensor<5xf32>
    %cst_0 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %11 = stablehlo.broadcast_in_dim %cst_0, dims = [] : (tensor<f32>) -> tensor<5xf32>
    %12 = stablehlo.divide %10, %11 : tensor<5xf32>
    %cst_1 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %13 = stablehlo.broadcast_in_dim %cst_1, dims = [] : (tensor<f32>) -> tensor<1xf32>
    %14 = stablehlo.divide %5, %13 : tensor<1xf32>
    %cst_2 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %15 = stablehlo.broadcast_in_dim %cst_2, dims = [] : (tensor<f32>) -> tensor<1xf32>
    %16 = stablehlo.divide %2, %15 : tensor<1xf32>
    %17 = stablehlo.concatenate %16, %12, %14, dim = 0 : (tensor<1xf32>, tensor<5xf32>, tensor<1xf32>) -> tensor<7xf32>
    return %17 : tensor<7xf32>
  }
  func.func private @diff_0(%arg0: tensor<7xf32>) -> tensor<5xf32> {
    %0 = stablehlo.slice %arg0 [1:7] : (tensor<7xf32>) -> tensor<6xf32>
    %1 = stablehlo.slice %arg0 [0:6] : (tensor<7xf32>) -> tensor<6xf32>
    %2 = stablehlo.subtract %0, %1 : tensor<6xf32>
    %3 = stablehlo.slice %2 [1:6] : (tensor<6xf32>) -> tensor<5xf32>
    %4 = stablehlo.slice %2 [0:5] : (tensor<6xf32>) -> tensor<5xf32>
    %5 = stablehlo.subtract %3, %4 : tensor<5xf32>
    return %5 : tensor<5xf32>
  }
}
