module @jit_not_numbers attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<6xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<6xi1> {jax.result_info = "[0]"}, tensor<6xf32> {jax.result_info = "[1]"}, tensor<f32> {jax.result_info = "[2]"}, tensor<6xf32> {jax.result_info = "[3]"}, tensor<6xf32> {jax.result_info = "[4]"}) {
    %0 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %2 = stablehlo.compare  GT, %arg0, %1,  FLOAT : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xi1>
    %3 = stablehlo.constant dense<0x7FC00000> : tensor<f32>
    %4 = call @_where(%2, %arg0, %3) : (tensor<6xi1>, tensor<6xf32>, tensor<f32>) -> tensor<6xf32>
    %5 = call @isnan(%4) : (tensor<6xf32>) -> tensor<6xi1>
    %6 = call @nan_to_num(%4) : (tensor<6xf32>) -> tensor<6xf32>
    %7 = call @nansum(%4) : (tensor<6xf32>) -> tensor<f32>
    %8 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %9 = stablehlo.broadcast_in_dim %8, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %10 = stablehlo.maximum %4, %9 : tensor<6xf32>
    %11 = stablehlo.sqrt %arg0 : tensor<6xf32>
    return %5, %6, %7, %10, %11 : tensor<6xi1>, tensor<6xf32>, tensor<f32>, tensor<6xf32>, tensor<6xf32>
  }
  func.func private @_where(%arg0: tensor<6xi1>, %arg1: tensor<6xf32>, %arg2: tensor<f32>) -> tensor<6xf32> {
    %0 = stablehlo.convert %arg2 : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %2 = stablehlo.select %arg0, %arg1, %1 : tensor<6xi1>, tensor<6xf32>
    return %2 : tensor<6xf32>
  }
  func.func private @isnan(%arg0: tensor<6xf32>) -> tensor<6xi1> {
    %0 = stablehlo.compare  NE, %arg0, %arg0,  FLOAT : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xi1>
    return %0 : tensor<6xi1>
  }
  func.func private @nan_to_num(%arg0: tensor<6xf32>) -> tensor<6xf32> {
    %0 = call @isnan_0(%arg0) : (tensor<6xf32>) -> tensor<6xi1>
    %1 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %2 = call @_where_1(%0, %1, %arg0) : (tensor<6xi1>, tensor<f32>, tensor<6xf32>) -> tensor<6xf32>
    %3 = stablehlo.constant dense<0x7F800000> : tensor<f32>
    %4 = stablehlo.broadcast_in_dim %3, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %5 = stablehlo.compare  EQ, %2, %4,  FLOAT : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xi1>
    %6 = stablehlo.constant dense<3.40282347E+38> : tensor<f32>
    %7 = call @_where_2(%5, %6, %2) : (tensor<6xi1>, tensor<f32>, tensor<6xf32>) -> tensor<6xf32>
    %8 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %9 = stablehlo.broadcast_in_dim %8, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %10 = stablehlo.compare  EQ, %7, %9,  FLOAT : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xi1>
    %11 = stablehlo.constant dense<-3.40282347E+38> : tensor<f32>
    %12 = call @_where_3(%10, %11, %7) : (tensor<6xi1>, tensor<f32>, tensor<6xf32>) -> tensor<6xf32>
    return %12 : tensor<6xf32>
  }
  func.func private @isnan_0(%arg0: tensor<6xf32>) -> tensor<6xi1> {
    %0 = stablehlo.compare  NE, %arg0, %arg0,  FLOAT : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xi1>
    return %0 : tensor<6xi1>
  }
  func.func private @_where_1(%arg0: tensor<6xi1>, %arg1: tensor<f32>, %arg2: tensor<6xf32>) -> tensor<6xf32> {
    %0 = stablehlo.broadcast_in_dim %arg1, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %1 = stablehlo.select %arg0, %0, %arg2 : tensor<6xi1>, tensor<6xf32>
    return %1 : tensor<6xf32>
  }
  func.func private @_where_2(%arg0: tensor<6xi1>, %arg1: tensor<f32>, %arg2: tensor<6xf32>) -> tensor<6xf32> {
    %0 = stablehlo.broadcast_in_dim %arg1, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %1 = stablehlo.select %arg0, %0, %arg2 : tensor<6xi1>, tensor<6xf32>
    return %1 : tensor<6xf32>
  }
  func.func private @_where_3(%arg0: tensor<6xi1>, %arg1: tensor<f32>, %arg2: tensor<6xf32>) -> tensor<6xf32> {
    %0 = stablehlo.broadcast_in_dim %arg1, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %1 = stablehlo.select %arg0, %0, %arg2 : tensor<6xi1>, tensor<6xf32>
    return %1 : tensor<6xf32>
  }
  func.func private @nansum(%arg0: tensor<6xf32>) -> tensor<f32> {
    %0 = stablehlo.compare  NE, %arg0, %arg0,  FLOAT : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xi1>
    %1 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %2 = call @_where_4(%0, %1, %arg0) : (tensor<6xi1>, tensor<f32>, tensor<6xf32>) -> tensor<6xf32>
    %3 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %4 = stablehlo.reduce(%2 init: %3) applies stablehlo.add across dimensions = [0] : (tensor<6xf32>, tensor<f32>) -> tensor<f32>
    return %4 : tensor<f32>
  }
  func.func private @_where_4(%arg0: tensor<6xi1>, %arg1: tensor<f32>, %arg2: tensor<6xf32>) -> tensor<6xf32> {
    %0 = stablehlo.broadcast_in_dim %arg1, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %1 = stablehlo.select %arg0, %0, %arg2 : tensor<6xi1>, tensor<6xf32>
    return %1 : tensor<6xf32>
  }
}
