module @jit_adam_step attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<2xf32> {jax.arg_info = "params['b']", mhlo.sharding = "{replicated}"}, %arg1: tensor<4x2xf32> {jax.arg_info = "params['w']", mhlo.sharding = "{replicated}"}, %arg2: tensor<2xf32> {jax.arg_info = "first['b']", mhlo.sharding = "{replicated}"}, %arg3: tensor<4x2xf32> {jax.arg_info = "first['w']", mhlo.sharding = "{replicated}"}, %arg4: tensor<2xf32> {jax.arg_info = "second['b']", mhlo.sharding = "{replicated}"}, %arg5: tensor<4x2xf32> {jax.arg_info = "second['w']", mhlo.sharding = "{replicated}"}, %arg6: tensor<i32> {jax.arg_info = "count", mhlo.sharding = "{replicated}"}, %arg7: tensor<8x4xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}, %arg8: tensor<8x2xf32> {jax.arg_info = "y", mhlo.sharding = "{replicated}"}) -> (tensor<2xf32> {jax.result_info = "[0]['b']"}, tensor<4x2xf32> {jax.result_info = "[0]['w']"}, tensor<2xf32> {jax.result_info = "[1]['b']"}, tensor<4x2xf32> {jax.result_info = "[1]['w']"}, tensor<2xf32> {jax.result_info = "[2]['b']"}, tensor<4x2xf32> {jax.result_info = "[2]['w']"}, tensor<i32> {jax.result_info = "[3]"}) {
    %0 = stablehlo.dot_general %arg7, %arg1, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<8x4xf32>, tensor<4x2xf32>) -> tensor<8x2xf32>
    %1 = stablehlo.broadcast_in_dim %arg0, dims = [1] : (tensor<2xf32>) -> tensor<1x2xf32>
    %2 = stablehlo.broadcast_in_dim %1, dims = [0, 1] : (tensor<1x2xf32>) -> tensor<8x2xf32>
    %3 = stablehlo.add %0, %2 : tensor<8x2xf32>
    %4 = stablehlo.subtract %3, %arg8 : tensor<8x2xf32>
    %5 = stablehlo.multiply %4, %4 : tensor<8x2xf32>
    %6 = stablehlo.constant dense<2.000000e+00> : tensor<f32>
    %7 = stablehlo.broadcast_in_dim %6, dims = [] : (tensor<f32>) -> tensor<8x2xf32>
    %8 = stablehlo.multiply %7, %4 : tensor<8x2xf32>
    %9 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %10 = stablehlo.reduce(%5 init: %9) applies stablehlo.add across dimensions = [0, 1] : (tensor<8x2xf32>, tensor<f32>) -> tensor<f32>
    %11 = stablehlo.constant dense<1.600000e+01> : tensor<f32>
    %12 = stablehlo.divide %10, %11 : tensor<f32>
    %13 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %14 = stablehlo.constant dense<1.600000e+01> : tensor<f32>
    %15 = stablehlo.divide %13, %14 : tensor<f32>
    %16 = stablehlo.broadcast_in_dim %15, dims = [] : (tensor<f32>) -> tensor<8x2xf32>
    %17 = stablehlo.multiply %16, %8 : tensor<8x2xf32>
    %18 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %19 = stablehlo.reduce(%17 init: %18) applies stablehlo.add across dimensions = [0] : (tensor<8x2xf32>, tensor<f32>) -> tensor<2xf32>
    %20 = stablehlo.reshape %19 : (tensor<2xf32>) -> tensor<1x2xf32>
    %21 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %22 = stablehlo.reduce(%20 init: %21) applies stablehlo.add across dimensions = [0] : (tensor<1x2xf32>, tensor<f32>) -> tensor<2xf32>
    %23 = stablehlo.dot_general %17, %arg7, contracting_dims = [0] x [0], precision = [DEFAULT, DEFAULT] : (tensor<8x2xf32>, tensor<8x4xf32>) -> tensor<2x4xf32>
    %24 = stablehlo.transpose %23, dims = [1, 0] : (tensor<2x4xf32>) -> tensor<4x2xf32>
    %25 = stablehlo.constant dense<0.899999976> : tensor<f32>
    %26 = stablehlo.broadcast_in_dim %25, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %27 = stablehlo.multiply %26, %arg2 : tensor<2xf32>
    %28 = stablehlo.constant dense<1.000000e-01> : tensor<f32>
    %29 = stablehlo.broadcast_in_dim %28, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %30 = stablehlo.multiply %29, %22 : tensor<2xf32>
    %31 = stablehlo.add %27, %30 : tensor<2xf32>
    %32 = stablehlo.constant dense<0.899999976> : tensor<f32>
    %33 = stablehlo.broadcast_in_dim %32, dims = [] : (tensor<f32>) -> tensor<4x2xf32>
    %34 = stablehlo.multiply %33, %arg3 : tensor<4x2xf32>
    %35 = stablehlo.constant dense<1.000000e-01> : tensor<f32>
    %36 = stablehlo.broadcast_in_dim %35, dims = [] : (tensor<f32>) -> tensor<4x2xf32>
    %37 = stablehlo.multiply %36, %24 : tensor<4x2xf32>
    %38 = stablehlo.add %34, %37 : tensor<4x2xf32>
    %39 = stablehlo.constant dense<9.990000e-01> : tensor<f32>
    %40 = stablehlo.broadcast_in_dim %39, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %41 = stablehlo.multiply %40, %arg4 : tensor<2xf32>
    %42 = stablehlo.multiply %22, %22 : tensor<2xf32>
    %43 = stablehlo.constant dense<1.000000e-03> : tensor<f32>
    %44 = stablehlo.broadcast_in_dim %43, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %45 = stablehlo.multiply %44, %42 : tensor<2xf32>
    %46 = stablehlo.add %41, %45 : tensor<2xf32>
    %47 = stablehlo.constant dense<9.990000e-01> : tensor<f32>
    %48 = stablehlo.broadcast_in_dim %47, dims = [] : (tensor<f32>) -> tensor<4x2xf32>
    %49 = stablehlo.multiply %48, %arg5 : tensor<4x2xf32>
    %50 = stablehlo.multiply %24, %24 : tensor<4x2xf32>
    %51 = stablehlo.constant dense<1.000000e-03> : tensor<f32>
    %52 = stablehlo.broadcast_in_dim %51, dims = [] : (tensor<f32>) -> tensor<4x2xf32>
    %53 = stablehlo.multiply %52, %50 : tensor<4x2xf32>
    %54 = stablehlo.add %49, %53 : tensor<4x2xf32>
    %55 = stablehlo.convert %arg6 : (tensor<i32>) -> tensor<f32>
    %56 = stablehlo.constant dense<0.899999976> : tensor<f32>
    %57 = stablehlo.power %56, %55 : tensor<f32>
    %58 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %59 = stablehlo.subtract %58, %57 : tensor<f32>
    %60 = stablehlo.convert %arg6 : (tensor<i32>) -> tensor<f32>
    %61 = stablehlo.constant dense<9.990000e-01> : tensor<f32>
    %62 = stablehlo.power %61, %60 : tensor<f32>
    %63 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %64 = stablehlo.subtract %63, %62 : tensor<f32>
    %65 = stablehlo.broadcast_in_dim %59, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %66 = stablehlo.divide %31, %65 : tensor<2xf32>
    %67 = stablehlo.constant dense<1.000000e-03> : tensor<f32>
    %68 = stablehlo.broadcast_in_dim %67, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %69 = stablehlo.multiply %68, %66 : tensor<2xf32>
    %70 = stablehlo.broadcast_in_dim %64, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %71 = stablehlo.divide %46, %70 : tensor<2xf32>
    %72 = stablehlo.sqrt %71 : tensor<2xf32>
    %73 = stablehlo.constant dense<9.99999993E-9> : tensor<f32>
    %74 = stablehlo.broadcast_in_dim %73, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %75 = stablehlo.add %72, %74 : tensor<2xf32>
    %76 = stablehlo.divide %69, %75 : tensor<2xf32>
    %77 = stablehlo.subtract %arg0, %76 : tensor<2xf32>
    %78 = stablehlo.broadcast_in_dim %59, dims = [] : (tensor<f32>) -> tensor<4x2xf32>
    %79 = stablehlo.divide %38, %78 : tensor<4x2xf32>
    %80 = stablehlo.constant dense<1.000000e-03> : tensor<f32>
    %81 = stablehlo.broadcast_in_dim %80, dims = [] : (tensor<f32>) -> tensor<4x2xf32>
    %82 = stablehlo.multiply %81, %79 : tensor<4x2xf32>
    %83 = stablehlo.broadcast_in_dim %64, dims = [] : (tensor<f32>) -> tensor<4x2xf32>
    %84 = stablehlo.divide %54, %83 : tensor<4x2xf32>
    %85 = stablehlo.sqrt %84 : tensor<4x2xf32>
    %86 = stablehlo.constant dense<9.99999993E-9> : tensor<f32>
    %87 = stablehlo.broadcast_in_dim %86, dims = [] : (tensor<f32>) -> tensor<4x2xf32>
    %88 = stablehlo.add %85, %87 : tensor<4x2xf32>
    %89 = stablehlo.divide %82, %88 : tensor<4x2xf32>
    %90 = stablehlo.subtract %arg1, %89 : tensor<4x2xf32>
    %91 = stablehlo.constant dense<1> : tensor<i32>
    %92 = stablehlo.add %arg6, %91 : tensor<i32>
    return %77, %90, %31, %38, %46, %54, %92 : tensor<2xf32>, tensor<4x2xf32>, tensor<2xf32>, tensor<4x2xf32>, tensor<2xf32>, tensor<4x2xf32>, tensor<i32>
  }
}
