module @jit_gan_step attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<6x1xf32>, %arg1: tensor<3x6xf32>, %arg2: tensor<4x6xf32>, %arg3: tensor<4x3xf32>) -> (tensor<6x1xf32> {jax.result_info = "result['d']"}, tensor<3x6xf32> {jax.result_info = "result['g']"}) {
    %0 = stablehlo.dot_general %arg2, %arg0, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<4x6xf32>, tensor<6x1xf32>) -> tensor<4x1xf32>
    %1 = stablehlo.dot_general %arg3, %arg1, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<4x3xf32>, tensor<3x6xf32>) -> tensor<4x6xf32>
    %2 = stablehlo.tanh %1 : tensor<4x6xf32>
    %cst = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %3 = stablehlo.broadcast_in_dim %cst, dims = [] : (tensor<f32>) -> tensor<4x6xf32>
    %4 = stablehlo.subtract %3, %2 : tensor<4x6xf32>
    %5 = stablehlo.dot_general %2, %arg0, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<4x6xf32>, tensor<6x1xf32>) -> tensor<4x1xf32>
    %6:3 = call @log_sigmoid(%0) : (tensor<4x1xf32>) -> (tensor<4x1xf32>, tensor<4x1xf32>, tensor<4x1xf32>)
    %cst_0 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %7 = stablehlo.reduce(%6#0 init: %cst_0) applies stablehlo.add across dimensions = [0, 1] : (tensor<4x1xf32>, tensor<f32>) -> tensor<f32>
    %cst_1 = stablehlo.constant dense<4.000000e+00> : tensor<f32>
    %8 = stablehlo.divide %7, %cst_1 : tensor<f32>
    %9 = stablehlo.negate %8 : tensor<f32>
    %10 = stablehlo.negate %5 : tensor<4x1xf32>
    %11:3 = call @log_sigmoid(%10) : (tensor<4x1xf32>) -> (tensor<4x1xf32>, tensor<4x1xf32>, tensor<4x1xf32>)
    %cst_2 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %12 = stablehlo.reduce(%11#0 init: %cst_2) applies stablehlo.add across dimensions = [0, 1] : (tensor<4x1xf32>, tensor<f32>) -> tensor<f32>
    %cst_3 = stablehlo.constant dense<4.000000e+00> : tensor<f32>
    %13 = stablehlo.divide %12, %cst_3 : tensor<f32>
    %14 = stablehlo.subtract %9, %13 : tensor<f32>
    %cst_4 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %15 = stablehlo.negate %cst_4 : tensor<f32>
    %cst_5 = stablehlo.constant dense<4.000000e+00> : tensor<f32>
    %16 = stablehlo.divide %15, %cst_5 : tensor<f32>
    %17 = stablehlo.broadcast_in_dim %16, dims = [] : (tensor<f32>) -> tensor<4x1xf32>
    %18 = call @log_sigmoid_0(%11#1, %11#2, %17) : (tensor<4x1xf32>, tensor<4x1xf32>, tensor<4x1xf32>) -> tensor<4x1xf32>
    %19 = stablehlo.negate %18 : tensor<4x1xf32>
    %cst_6 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %20 = stablehlo.negate %cst_6 : tensor<f32>
    %cst_7 = stablehlo.constant dense<4.000000e+00> : tensor<f32>
    %21 = stablehlo.divide %20, %cst_7 : tensor<f32>
    %22 = stablehlo.broadcast_in_dim %21, dims = [] : (tensor<f32>) -> tensor<4x1xf32>
    %23 = call @log_sigmoid_0(%6#1, %6#2, %22) : (tensor<4x1xf32>, tensor<4x1xf32>, tensor<4x1xf32>) -> tensor<4x1xf32>
    %24 = stablehlo.dot_general %19, %2, contracting_dims = [0] x [0], precision = [DEFAULT, DEFAULT] : (tensor<4x1xf32>, tensor<4x6xf32>) -> tensor<1x6xf32>
    %25 = stablehlo.transpose %24, dims = [1, 0] : (tensor<1x6xf32>) -> tensor<6x1xf32>
    %26 = stablehlo.dot_general %19, %arg0, contracting_dims = [1] x [1], precision = [DEFAULT, DEFAULT] : (tensor<4x1xf32>, tensor<6x1xf32>) -> tensor<4x6xf32>
    %27 = stablehlo.multiply %26, %4 : tensor<4x6xf32>
    %28 = stablehlo.multiply %27, %2 : tensor<4x6xf32>
    %29 = stablehlo.add %27, %28 : tensor<4x6xf32>
    %30 = stablehlo.dot_general %29, %arg3, contracting_dims = [0] x [0], precision = [DEFAULT, DEFAULT] : (tensor<4x6xf32>, tensor<4x3xf32>) -> tensor<6x3xf32>
    %31 = stablehlo.transpose %30, dims = [1, 0] : (tensor<6x3xf32>) -> tensor<3x6xf32>
    %32 = stablehlo.dot_general %23, %arg2, contracting_dims = [0] x [0], precision = [DEFAULT, DEFAULT] : (tensor<4x1xf32>, tensor<4x6xf32>) -> tensor<1x6xf32>
    %33 = stablehlo.transpose %32, dims = [1, 0] : (tensor<1x6xf32>) -> tensor<6x1xf32>
    %34 = stablehlo.add %25, %33 : tensor<6x1xf32>
    %cst_8 = stablehlo.constant dense<1.000000e-01> : tensor<f32>
    %35 = stablehlo.broadcast_in_dim %cst_8, dims = [] : (tensor<f32>) -> tensor<6x1xf32>
    %36 = stablehlo.multiply %35, %34 : tensor<6x1xf32>
    %37 = stablehlo.subtract %arg0, %36 : tensor<6x1xf32>
    %cst_9 = stablehlo.constant dense<1.000000e-01> : tensor<f32>
    %38 = stablehlo.broadcast_in_dim %cst_9, dims = [] : (tensor<f32>) -> tensor<3x6xf32>
    %39 = stablehlo.multiply %38, %31 : tensor<3x6xf32>
    %40 = stablehlo.add %arg1, %39 : tensor<3x6xf32>
    return %37, %40 : tensor<6x1xf32>, tensor<3x6xf32>
  }
  func.func private @log_sigmoid(%arg0: tensor<4x1xf32>) -> (tensor<4x1xf32>, tensor<4x1xf32>, tensor<4x1xf32>) {
    %0 = stablehlo.negate %arg0 : tensor<4x1xf32>
    %1:3 = call @softplus(%0) : (tensor<4x1xf32>) -> (tensor<4x1xf32>, tensor<4x1xf32>, tensor<4x1xf32>)
    %2 = stablehlo.negate %1#0 : tensor<4x1xf32>
    return %2, %1#1, %1#2 : tensor<4x1xf32>, tensor<4x1xf32>, tensor<4x1xf32>
  }
  func.func private @softplus(%arg0: tensor<4x1xf32>) -> (tensor<4x1xf32>, tensor<4x1xf32>, tensor<4x1xf32>) {
    %cst = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %0 = stablehlo.broadcast_in_dim %cst, dims = [] : (tensor<f32>) -> tensor<4x1xf32>
    %1 = stablehlo.maximum %arg0, %0 : tensor<4x1xf32>
    %2 = stablehlo.broadcast_in_dim %cst, dims = [] : (tensor<f32>) -> tensor<4x1xf32>
    %3 = stablehlo.subtract %arg0, %2 : tensor<4x1xf32>
    %4 = stablehlo.compare NE, %3, %3, FLOAT : (tensor<4x1xf32>, tensor<4x1xf32>) -> tensor<4x1xi1>
    %5 = stablehlo.broadcast_in_dim %cst, dims = [] : (tensor<f32>) -> tensor<4x1xf32>
    %6 = stablehlo.add %arg0, %5 : tensor<4x1xf32>
    %7 = stablehlo.abs %3 : tensor<4x1xf32>
    %8 = stablehlo.negate %7 : tensor<4x1xf32>
    %9 = stablehlo.exponential %8 : tensor<4x1xf32>
    %10 = stablehlo.log_plus_one %9 : tensor<4x1xf32>
    %11 = stablehlo.add %1, %10 : tensor<4x1xf32>
    %12 = stablehlo.select %4, %6, %11 : tensor<4x1xi1>, tensor<4x1xf32>
    %cst_0 = stablehlo.constant dense<0x7F800000> : tensor<f32>
    %13 = stablehlo.broadcast_in_dim %cst_0, dims = [] : (tensor<f32>) -> tensor<4x1xf32>
    %14 = stablehlo.compare EQ, %arg0, %13, FLOAT : (tensor<4x1xf32>, tensor<4x1xf32>) -> tensor<4x1xi1>
    %cst_1 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %15 = stablehlo.broadcast_in_dim %cst_1, dims = [] : (tensor<f32>) -> tensor<4x1xf32>
    %16 = stablehlo.select %14, %15, %arg0 : tensor<4x1xi1>, tensor<4x1xf32>
    %cst_2 = stablehlo.constant dense<0x7F800000> : tensor<f32>
    %17 = stablehlo.broadcast_in_dim %cst_2, dims = [] : (tensor<f32>) -> tensor<4x1xf32>
    %18 = stablehlo.compare EQ, %12, %17, FLOAT : (tensor<4x1xf32>, tensor<4x1xf32>) -> tensor<4x1xi1>
    %cst_3 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %19 = stablehlo.broadcast_in_dim %cst_3, dims = [] : (tensor<f32>) -> tensor<4x1xf32>
    %20 = stablehlo.select %18, %19, %12 : tensor<4x1xi1>, tensor<4x1xf32>
    %21 = stablehlo.subtract %16, %20 : tensor<4x1xf32>
    %22 = stablehlo.exponential %21 : tensor<4x1xf32>
    %cst_4 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %cst_5 = stablehlo.constant dense<0x7F800000> : tensor<f32>
    %23 = stablehlo.compare EQ, %cst_4, %cst_5, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %cst_6 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %cst_7 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %24 = stablehlo.select %23, %cst_7, %cst_6 : tensor<i1>, tensor<f32>
    %cst_8 = stablehlo.constant dense<0x7F800000> : tensor<f32>
    %25 = stablehlo.broadcast_in_dim %cst_8, dims = [] : (tensor<f32>) -> tensor<4x1xf32>
    %26 = stablehlo.compare EQ, %12, %25, FLOAT : (tensor<4x1xf32>, tensor<4x1xf32>) -> tensor<4x1xi1>
    %cst_9 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %27 = stablehlo.broadcast_in_dim %cst_9, dims = [] : (tensor<f32>) -> tensor<4x1xf32>
    %28 = stablehlo.select %26, %27, %12 : tensor<4x1xi1>, tensor<4x1xf32>
    %29 = stablehlo.broadcast_in_dim %24, dims = [] : (tensor<f32>) -> tensor<4x1xf32>
    %30 = stablehlo.subtract %29, %28 : tensor<4x1xf32>
    %31 = stablehlo.exponential %30 : tensor<4x1xf32>
    %cst_10 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %32 = stablehlo.broadcast_in_dim %cst_10, dims = [] : (tensor<f32>) -> tensor<4x1xf32>
    %33 = stablehlo.multiply %32, %31 : tensor<4x1xf32>
    return %12, %22, %33 : tensor<4x1xf32>, tensor<4x1xf32>, tensor<4x1xf32>
  }
  func.func private @log_sigmoid_0(%arg0: tensor<4x1xf32>, %arg1: tensor<4x1xf32>, %arg2: tensor<4x1xf32>) -> tensor<4x1xf32> {
    %0 = stablehlo.negate %arg2 : tensor<4x1xf32>
    %1 = call @softplus_1(%arg0, %arg1, %0) : (tensor<4x1xf32>, tensor<4x1xf32>, tensor<4x1xf32>) -> tensor<4x1xf32>
    %2 = stablehlo.negate %1 : tensor<4x1xf32>
    return %2 : tensor<4x1xf32>
  }
  func.func private @softplus_1(%arg0: tensor<4x1xf32>, %arg1: tensor<4x1xf32>, %arg2: tensor<4x1xf32>) -> tensor<4x1xf32> {
    %0 = stablehlo.multiply %arg2, %arg0 : tensor<4x1xf32>
    return %0 : tensor<4x1xf32>
  }
}
