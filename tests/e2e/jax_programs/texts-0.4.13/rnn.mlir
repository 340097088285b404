module @jit_rnn attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<3x4xf32> {jax.arg_info = "input_weights", mhlo.sharding = "{replicated}"}, %arg1: tensor<4x4xf32> {jax.arg_info = "state_weights", mhlo.sharding = "{replicated}"}, %arg2: tensor<4xf32> {jax.arg_info = "bias", mhlo.sharding = "{replicated}"}, %arg3: tensor<7x3xf32> {jax.arg_info = "sequence", mhlo.sharding = "{replicated}"}) -> (tensor<4xf32> {jax.result_info = "[0]"}, tensor<7x4xf32> {jax.result_info = "[1]"}) {
    %0 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<4xf32>
    %2 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %3 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<7x4xf32>
    %4 = stablehlo.constant dense<0> : tensor<i32>
    %5:7 = stablehlo.while(%iterArg = %arg3, %iterArg_0 = %arg0, %iterArg_1 = %arg1, %iterArg_2 = %arg2, %iterArg_3 = %4, %iterArg_4 = %1, %iterArg_5 = %3) : tensor<7x3xf32>, tensor<3x4xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<i32>, tensor<4xf32>, tensor<7x4xf32>
     cond {
      %6 = stablehlo.constant dense<7> : tensor<i32>
      %7 = stablehlo.compare  LT, %iterArg_3, %6,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %7 : tensor<i1>
    } do {
      %6 = stablehlo.constant dense<0> : tensor<i32>
      %7 = stablehlo.compare  LT, %iterArg_3, %6,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %8 = stablehlo.convert %iterArg_3 : tensor<i32>
      %9 = stablehlo.constant dense<7> : tensor<i32>
      %10 = stablehlo.add %8, %9 : tensor<i32>
      %11 = stablehlo.select %7, %10, %iterArg_3 : tensor<i1>, tensor<i32>
      %12 = stablehlo.constant dense<0> : tensor<i32>
      %13 = stablehlo.dynamic_slice %iterArg, %11, %12, sizes = [1, 3] : (tensor<7x3xf32>, tensor<i32>, tensor<i32>) -> tensor<1x3xf32>
      %14 = stablehlo.reshape %13 : (tensor<1x3xf32>) -> tensor<3xf32>
      %15 = stablehlo.dot_general %14, %iterArg_0, contracting_dims = [0] x [0], precision = [DEFAULT, DEFAULT] : (tensor<3xf32>, tensor<3x4xf32>) -> tensor<4xf32>
      %16 = stablehlo.dot_general %iterArg_4, %iterArg_1, contracting_dims = [0] x [0], precision = [DEFAULT, DEFAULT] : (tensor<4xf32>, tensor<4x4xf32>) -> tensor<4xf32>
      %17 = stablehlo.add %15, %16 : tensor<4xf32>
      %18 = stablehlo.add %17, %iterArg_2 : tensor<4xf32>
      %19 = stablehlo.tanh %18 : tensor<4xf32>
      %20 = stablehlo.broadcast_in_dim %19, dims = [1] : (tensor<4xf32>) -> tensor<1x4xf32>
      %21 = stablehlo.constant dense<0> : tensor<i32>
      %22 = stablehlo.compare  LT, %iterArg_3, %21,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %23 = stablehlo.convert %iterArg_3 : tensor<i32>
      %24 = stablehlo.constant dense<7> : tensor<i32>
      %25 = stablehlo.add %23, %24 : tensor<i32>
      %26 = stablehlo.select %22, %25, %iterArg_3 : tensor<i1>, tensor<i32>
      %27 = stablehlo.constant dense<0> : tensor<i32>
      %28 = stablehlo.dynamic_update_slice %iterArg_5, %20, %26, %27 : (tensor<7x4xf32>, tensor<1x4xf32>, tensor<i32>, tensor<i32>) -> tensor<7x4xf32>
      %29 = stablehlo.constant dense<1> : tensor<i32>
      %30 = stablehlo.add %iterArg_3, %29 : tensor<i32>
      stablehlo.return %iterArg, %iterArg_0, %iterArg_1, %iterArg_2, %30, %19, %28 : tensor<7x3xf32>, tensor<3x4xf32>, tensor<4x4xf32>, tensor<4xf32>, tensor<i32>, tensor<4xf32>, tensor<7x4xf32>
    }
    return %5#5, %5#6 : tensor<4xf32>, tensor<7x4xf32>
  }
}
