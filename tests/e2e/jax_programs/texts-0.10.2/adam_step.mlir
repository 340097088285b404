module @jit_adam_step attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<2xf32>, %arg1: tensor<4x2xf32>, %arg2: tensor<2xf32>, %arg3: tensor<4x2xf32>, %arg4: tensor<2xf32>, %arg5: tensor<4x2xf32>, %arg6: tensor<i32>, %arg7: tensor<8x4xf32>, %arg8: tensor<8x2xf32>) -> (tensor<2xf32> {jax.result_info = "result[0]['b']"}, tensor<4x2xf32> {jax.result_info = "result[0]['w']"}, tensor<2xf32> {jax.result_info = "result[1]['b']"}, tensor<4x2xf32> {jax.result_info = "result[1]['w']"}, tensor<2xf32> {jax.result_info = "result[2]['b']"}, tensor<4x2xf32> {jax.result_info = "result[2]['w']"}, tensor<i32> {jax.result_info = "result[3]"}) {
    %0 = stablehlo.dot_general %arg7, %arg1, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<8x4xf32>, tensor<4x2xf32>) -> tensor<8x2xf32>
    %1 = stablehlo.broadcast_in_dim %arg0, dims = [1] : (tensor<2xf32>) -> tensor<1x2xf32>
    %2 = stablehlo.broadcast_in_dim %1, dims = [0, 1] : (tensor<1x2xf32>) -> tensor<8x2xf32>
    %3 = stablehlo.add %0, %2 : tensor<8x2xf32>
    %4 = stablehlo.subtract %3, %arg8 : tensor<8x2xf32>
    %5 = stablehlo.multiply %4, %4 : tensor<8x2xf32>
    %cst = stablehlo.constant dense<2.000000e+00> : tensor<f32>
    %6 = stablehlo.broadcast_in_dim %cst, dims = [] : (tensor<f32>) -> tensor<8x2xf32>
    %7 = stablehlo.multiply %6, %4 : tensor<8x2xf32>
    %cst_0 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %8 = stablehlo.reduce(%5 init: %cst_0) applies stablehlo.add across dimensions = [0, 1] : (tensor<8x2xf32>, tensor<f32>) -> tensor<f32>
    %cst_1 = stablehlo.constant dense<1.600000e+01> : tensor<f32>
    %9 = stablehlo.divide %8, %cst_1 : tensor<f32>
    %cst_2 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %cst_3 = stablehlo.constant dense<1.600000e+01> : tensor<f32>
    %10 = stablehlo.divide %cst_2, %cst_3 : tensor<f32>
    %11 = stablehlo.broadcast_in_dim %10, dims = [] : (tensor<f32>) -> tensor<8x2xf32>
    %12 = stablehlo.multiply %11, %7 : tensor<8x2xf32>
    %cst_4 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %13 = stablehlo.reduce(%12 init: %cst_4) applies stablehlo.add across dimensions = [0] : (tensor<8x2xf32>, tensor<f32>) -> tensor<2xf32>
    %14 = stablehlo.reshape %13 : (tensor<2xf32>) -> tensor<1x2xf32>
    %cst_5 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %15 = stablehlo.reduce(%14 init: %cst_5) applies stablehlo.add across dimensions = [0] : (tensor<1x2xf32>, tensor<f32>) -> tensor<2xf32>
    %16 = stablehlo.dot_general %12, %arg7, contracting_dims = [0] x [0], precision = [DEFAULT, DEFAULT] : (tensor<8x2xf32>, tensor<8x4xf32>) -> tensor<2x4xf32>
    %17 = stablehlo.transpose %16, dims = [1, 0] : (tensor<2x4xf32>) -> tensor<4x2xf32>
    %cst_6 = stablehlo.constant dense<0.899999976> : tensor<f32>
    %18 = stablehlo.broadcast_in_dim %cst_6, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %19 = stablehlo.multiply %18, %arg2 : tensor<2xf32>
    %cst_7 = stablehlo.constant dense<1.000000e-01> : tensor<f32>
    %20 = stablehlo.broadcast_in_dim %cst_7, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %21 = stablehlo.multiply %20, %15 : tensor<2xf32>
    %22 = stablehlo.add %19, %21 : tensor<2xf32>
    %cst_8 = stablehlo.constant dense<0.899999976> : tensor<f32>
    %23 = stablehlo.broadcast_in_dim %cst_8, dims = [] : (tensor<f32>) -> tensor<4x2xf32>
    %24 = stablehlo.multiply %23, %arg3 : tensor<4x2xf32>
    %cst_9 = stablehlo.constant dense<1.000000e-01> : tensor<f32>
    %25 = stablehlo.broadcast_in_dim %cst_9, dims = [] : (tensor<f32>) -> tensor<4x2xf32>
    %26 = stablehlo.multiply %25, %17 : tensor<4x2xf32>
    %27 = stablehlo.add %24, %26 : tensor<4x2xf32>
    %cst_10 = stablehlo.constant dense<9.990000e-01> : tensor<f32>
    %28 = stablehlo.broadcast_in_dim %cst_10, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %29 = stablehlo.multiply %28, %arg4 : tensor<2xf32>
    %30 = stablehlo.multiply %15, %15 : tensor<2xf32>
    %cst_11 = stablehlo.constant dense<1.000000e-03> : tensor<f32>
    %31 = stablehlo.broadcast_in_dim %cst_11, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %32 = stablehlo.multiply %31, %30 : tensor<2xf32>
    %33 = stablehlo.add %29, %32 : tensor<2xf32>
    %cst_12 = stablehlo.constant dense<9.990000e-01> : tensor<f32>
    %34 = stablehlo.broadcast_in_dim %cst_12, dims = [] : (tensor<f32>) -> tensor<4x2xf32>
    %35 = stablehlo.multiply %34, %arg5 : tensor<4x2xf32>
    %36 = stablehlo.multiply %17, %17 : tensor<4x2xf32>
    %cst_13 = stablehlo.constant dense<1.000000e-03> : tensor<f32>
    %37 = stablehlo.broadcast_in_dim %cst_13, dims = [] : (tensor<f32>) -> tensor<4x2xf32>
    %38 = stablehlo.multiply %37, %36 : tensor<4x2xf32>
    %39 = stablehlo.add %35, %38 : tensor<4x2xf32>
    %40 = stablehlo.convert %arg6 : (tensor<i32>) -> tensor<f32>
    %cst_14 = stablehlo.constant dense<0.899999976> : tensor<f32>
    %41 = stablehlo.power %cst_14, %40 : tensor<f32>
    %cst_15 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %42 = stablehlo.subtract %cst_15, %41 : tensor<f32>
    %43 = stablehlo.convert %arg6 : (tensor<i32>) -> tensor<f32>
    %cst_16 = stablehlo.constant dense<9.990000e-01> : tensor<f32>
    %44 = stablehlo.power %cst_16, %43 : tensor<f32>
    %cst_17 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %45 = stablehlo.subtract %cst_17, %44 : tensor<f32>
    %46 = stablehlo.broadcast_in_dim %42, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %47 = stablehlo.divide %22, %46 : tensor<2xf32>
    %cst_18 = stablehlo.constant dense<1.000000e-03> : tensor<f32>
    %48 = stablehlo.broadcast_in_dim %cst_18, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %49 = stablehlo.multiply %48, %47 : tensor<2xf32>
    %50 = stablehlo.broadcast_in_dim %45, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %51 = stablehlo.divide %33, %50 : tensor<2xf32>
    %52 = stablehlo.sqrt %51 : tensor<2xf32>
    %cst_19 = stablehlo.constant dense<9.99999993E-9> : tensor<f32>
    %53 = stablehlo.broadcast_in_dim %cst_19, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %54 = stablehlo.add %52, %53 : tensor<2xf32>
    %55 = stablehlo.divide %49, %54 : tensor<2xf32>
    %56 = stablehlo.subtract %arg0, %55 : tensor<2xf32>
    %57 = stablehlo.broadcast_in_dim %42, dims = [] : (tensor<f32>) -> tensor<4x2xf32>
    %58 = stablehlo.divide %27, %57 : tensor<4x2xf32>
    %cst_20 = stablehlo.constant dense<1.000000e-03> : tensor<f32>
    %59 = stablehlo.broadcast_in_dim %cst_20, dims = [] : (tensor<f32>) -> tensor<4x2xf32>
    %60 = stablehlo.multiply %59, %58 : tensor<4x2xf32>
    %61 = stablehlo.broadcast_in_dim %45, dims = [] : (tensor<f32>) -> tensor<4x2xf32>
    %62 = stablehlo.divide %39, %61 : tensor<4x2xf32>
    %63 = stablehlo.sqrt %62 : tensor<4x2xf32>
    %cst_21 = stablehlo.constant dense<9.99999993E-9> : tensor<f32>
    %64 = stablehlo.broadcast_in_dim %cst_21, dims = [] : (tensor<f32>) -> tensor<4x2xf32>
    %65 = stablehlo.add %63, %64 : tensor<4x2xf32>
    %66 = stablehlo.divide %60, %65 : tensor<4x2xf32>
    %67 = stablehlo.subtract %arg1, %66 : tensor<4x2xf32>
    %c = stablehlo.constant dense<1> : tensor<i32>
    %68 = stablehlo.add %arg6, %c : tensor<i32>
    return %56, %67, %22, %27, %33, %39, %68 : tensor<2xf32>, tensor<4x2xf32>, tensor<2xf32>, tensor<4x2xf32>, tensor<2xf32>, tensor<4x2xf32>, tensor<i32>
  }
}
