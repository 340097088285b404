module @jit_lstm attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<16xf32> {jax.arg_info = "params['b']", mhlo.sharding = "{replicated}"}, %arg1: tensor<7x16xf32> {jax.arg_info = "params['w']", mhlo.sharding = "{replicated}"}, %arg2: tensor<5x2x3xf32> {jax.arg_info = "sequence", mhlo.sharding = "{replicated}"}) -> (tensor<2x4xf32> {jax.result_info = "[0][0]"}, tensor<2x4xf32> {jax.result_info = "[0][1]"}, tensor<5x2x4xf32> {jax.result_info = "[1]"}) {
    %0 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<2x4xf32>
    %2 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %3 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<2x4xf32>
    %4 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %5 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<f32>) -> tensor<5x2x4xf32>
    %6 = stablehlo.constant dense<0> : tensor<i32>
    %7:7 = stablehlo.while(%iterArg = %arg2, %iterArg_0 = %arg1, %iterArg_1 = %arg0, %iterArg_2 = %6, %iterArg_3 = %1, %iterArg_4 = %3, %iterArg_5 = %5) : tensor<5x2x3xf32>, tensor<7x16xf32>, tensor<16xf32>, tensor<i32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<5x2x4xf32>
     cond {
      %8 = stablehlo.constant dense<5> : tensor<i32>
      %9 = stablehlo.compare  LT, %iterArg_2, %8,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %9 : tensor<i1>
    } do {
      %8 = stablehlo.constant dense<0> : tensor<i32>
      %9 = stablehlo.compare  LT, %iterArg_2, %8,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %10 = stablehlo.convert %iterArg_2 : tensor<i32>
      %11 = stablehlo.constant dense<5> : tensor<i32>
      %12 = stablehlo.add %10, %11 : tensor<i32>
      %13 = stablehlo.select %9, %12, %iterArg_2 : tensor<i1>, tensor<i32>
      %14 = stablehlo.constant dense<0> : tensor<i32>
      %15 = stablehlo.constant dense<0> : tensor<i32>
      %16 = stablehlo.dynamic_slice %iterArg, %13, %14, %15, sizes = [1, 2, 3] : (tensor<5x2x3xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x2x3xf32>
      %17 = stablehlo.reshape %16 : (tensor<1x2x3xf32>) -> tensor<2x3xf32>
      %18 = stablehlo.concatenate %17, %iterArg_3, dim = 1 : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<2x7xf32>
      %19 = stablehlo.dot_general %18, %iterArg_0, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<2x7xf32>, tensor<7x16xf32>) -> tensor<2x16xf32>
      %20 = stablehlo.broadcast_in_dim %iterArg_1, dims = [1] : (tensor<16xf32>) -> tensor<1x16xf32>
      %21 = stablehlo.broadcast_in_dim %20, dims = [0, 1] : (tensor<1x16xf32>) -> tensor<2x16xf32>
      %22 = stablehlo.add %19, %21 : tensor<2x16xf32>
      %23 = "stablehlo.slice"(%22) {limit_indices = dense<[2, 4]> : tensor<2xi64>, start_indices = dense<0> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} : (tensor<2x16xf32>) -> tensor<2x4xf32>
      %24 = "stablehlo.slice"(%22) {limit_indices = dense<[2, 8]> : tensor<2xi64>, start_indices = dense<[0, 4]> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} : (tensor<2x16xf32>) -> tensor<2x4xf32>
      %25 = "stablehlo.slice"(%22) {limit_indices = dense<[2, 12]> : tensor<2xi64>, start_indices = dense<[0, 8]> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} : (tensor<2x16xf32>) -> tensor<2x4xf32>
      %26 = "stablehlo.slice"(%22) {limit_indices = dense<[2, 16]> : tensor<2xi64>, start_indices = dense<[0, 12]> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} : (tensor<2x16xf32>) -> tensor<2x4xf32>
      %27 = func.call @sigmoid(%24) : (tensor<2x4xf32>) -> tensor<2x4xf32>
      %28 = stablehlo.multiply %27, %iterArg_4 : tensor<2x4xf32>
      %29 = func.call @sigmoid_0(%23) : (tensor<2x4xf32>) -> tensor<2x4xf32>
      %30 = stablehlo.tanh %25 : tensor<2x4xf32>
      %31 = stablehlo.multiply %29, %30 : tensor<2x4xf32>
      %32 = stablehlo.add %28, %31 : tensor<2x4xf32>
      %33 = func.call @sigmoid_1(%26) : (tensor<2x4xf32>) -> tensor<2x4xf32>
      %34 = stablehlo.tanh %32 : tensor<2x4xf32>
      %35 = stablehlo.multiply %33, %34 : tensor<2x4xf32>
      %36 = stablehlo.broadcast_in_dim %35, dims = [1, 2] : (tensor<2x4xf32>) -> tensor<1x2x4xf32>
      %37 = stablehlo.constant dense<0> : tensor<i32>
      %38 = stablehlo.compare  LT, %iterArg_2, %37,  SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %39 = stablehlo.convert %iterArg_2 : tensor<i32>
      %40 = stablehlo.constant dense<5> : tensor<i32>
      %41 = stablehlo.add %39, %40 : tensor<i32>
      %42 = stablehlo.select %38, %41, %iterArg_2 : tensor<i1>, tensor<i32>
      %43 = stablehlo.constant dense<0> : tensor<i32>
      %44 = stablehlo.constant dense<0> : tensor<i32>
      %45 = stablehlo.dynamic_update_slice %iterArg_5, %36, %42, %43, %44 : (tensor<5x2x4xf32>, tensor<1x2x4xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<5x2x4xf32>
      %46 = stablehlo.constant dense<1> : tensor<i32>
      %47 = stablehlo.add %iterArg_2, %46 : tensor<i32>
      stablehlo.return %iterArg, %iterArg_0, %iterArg_1, %47, %35, %32, %45 : tensor<5x2x3xf32>, tensor<7x16xf32>, tensor<16xf32>, tensor<i32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<5x2x4xf32>
    }
    return %7#4, %7#5, %7#6 : tensor<2x4xf32>, tensor<2x4xf32>, tensor<5x2x4xf32>
  }
  func.func private @sigmoid(%arg0: tensor<2x4xf32>) -> tensor<2x4xf32> {
    %0 = stablehlo.negate %arg0 : tensor<2x4xf32>
    %1 = stablehlo.exponential %0 : tensor<2x4xf32>
    %2 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %3 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<2x4xf32>
    %4 = stablehlo.add %3, %1 : tensor<2x4xf32>
    %5 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %6 = stablehlo.broadcast_in_dim %5, dims = [] : (tensor<f32>) -> tensor<2x4xf32>
    %7 = stablehlo.divide %6, %4 : tensor<2x4xf32>
    return %7 : tensor<2x4xf32>
  }
  func.func private @sigmoid_0(%arg0: tensor<2x4xf32>) -> tensor<2x4xf32> {
    %0 = stablehlo.negate %arg0 : tensor<2x4xf32>
    %1 = stablehlo.exponential %0 : tensor<2x4xf32>
    %2 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %3 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<2x4xf32>
    %4 = stablehlo.add %3, %1 : tensor<2x4xf32>
    %5 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %6 = stablehlo.broadcast_in_dim %5, dims = [] : (tensor<f32>) -> tensor<2x4xf32>
    %7 = stablehlo.divide %6, %4 : tensor<2x4xf32>
    return %7 : tensor<2x4xf32>
  }
  func.func private @sigmoid_1(%arg0: tensor<2x4xf32>) -> tensor<2x4xf32> {
    %0 = stablehlo.negate %arg0 : tensor<2x4xf32>
    %1 = stablehlo.exponential %0 : tensor<2x4xf32>
    %2 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %3 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<2x4xf32>
    %4 = stablehlo.add %3, %1 : tensor<2x4xf32>
    %5 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %6 = stablehlo.broadcast_in_dim %5, dims = [] : (tensor<f32>) -> tensor<2x4xf32>
    %7 = stablehlo.divide %6, %4 : tensor<2x4xf32>
    return %7 : tensor<2x4xf32>
  }
}
