module @jit_associative_scan attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<8xf32>) -> (tensor<8xf32> {jax.result_info = "result[0]"}, tensor<8xf32> {jax.result_info = "result[1]"}) {
    %0 = stablehlo.slice %arg0 [0:7:2] : (tensor<8xf32>) -> tensor<4xf32>
    %1 = stablehlo.slice %arg0 [1:8:2] : (tensor<8xf32>) -> tensor<4xf32>
    %2 = stablehlo.maximum %0, %1 : tensor<4xf32>
    %3 = stablehlo.slice %2 [0:3:2] : (tensor<4xf32>) -> tensor<2xf32>
    %4 = stablehlo.slice %2 [1:4:2] : (tensor<4xf32>) -> tensor<2xf32>
    %5 = stablehlo.maximum %3, %4 : tensor<2xf32>
    %6 = stablehlo.slice %5 [0:1:2] : (tensor<2xf32>) -> tensor<1xf32>
    %7 = stablehlo.slice %5 [1:2:2] : (tensor<2xf32>) -> tensor<1xf32>
    %8 = stablehlo.maximum %6, %7 : tensor<1xf32>
    %9 = stablehlo.slice %8 [0:0] : (tensor<1xf32>) -> tensor<0xf32>
    %10 = stablehlo.slice %5 [2:2:2] : (tensor<2xf32>) -> tensor<0xf32>
    %11 = stablehlo.maximum %9, %10 : tensor<0xf32>
    %12 = stablehlo.slice %5 [0:1] : (tensor<2xf32>) -> tensor<1xf32>
    %13 = stablehlo.concatenate %12, %11, dim = 0 : (tensor<1xf32>, tensor<0xf32>) -> tensor<1xf32>
    %cst = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %14 = stablehlo.pad %13, %cst, low = [0], high = [1], interior = [1] : (tensor<1xf32>, tensor<f32>) -> tensor<2xf32>
    %cst_0 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %15 = stablehlo.pad %8, %cst_0, low = [1], high = [0], interior = [1] : (tensor<1xf32>, tensor<f32>) -> tensor<2xf32>
    %16 = stablehlo.add %14, %15 : tensor<2xf32>
    %17 = stablehlo.slice %16 [0:1] : (tensor<2xf32>) -> tensor<1xf32>
    %18 = stablehlo.slice %2 [2:4:2] : (tensor<4xf32>) -> tensor<1xf32>
    %19 = stablehlo.maximum %17, %18 : tensor<1xf32>
    %20 = stablehlo.slice %2 [0:1] : (tensor<4xf32>) -> tensor<1xf32>
    %21 = stablehlo.concatenate %20, %19, dim = 0 : (tensor<1xf32>, tensor<1xf32>) -> tensor<2xf32>
    %cst_1 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %22 = stablehlo.pad %21, %cst_1, low = [0], high = [1], interior = [1] : (tensor<2xf32>, tensor<f32>) -> tensor<4xf32>
    %cst_2 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %23 = stablehlo.pad %16, %cst_2, low = [1], high = [0], interior = [1] : (tensor<2xf32>, tensor<f32>) -> tensor<4xf32>
    %24 = stablehlo.add %22, %23 : tensor<4xf32>
    %25 = stablehlo.slice %24 [0:3] : (tensor<4xf32>) -> tensor<3xf32>
    %26 = stablehlo.slice %arg0 [2:8:2] : (tensor<8xf32>) -> tensor<3xf32>
    %27 = stablehlo.maximum %25, %26 : tensor<3xf32>
    %28 = stablehlo.slice %arg0 [0:1] : (tensor<8xf32>) -> tensor<1xf32>
    %29 = stablehlo.concatenate %28, %27, dim = 0 : (tensor<1xf32>, tensor<3xf32>) -> tensor<4xf32>
    %cst_3 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %30 = stablehlo.pad %29, %cst_3, low = [0], high = [1], interior = [1] : (tensor<4xf32>, tensor<f32>) -> tensor<8xf32>
    %cst_4 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %31 = stablehlo.pad %24, %cst_4, low = [1], high = [0], interior = [1] : (tensor<4xf32>, tensor<f32>) -> tensor<8xf32>
    %32 = stablehlo.add %30, %31 : tensor<8xf32>
    %33 = stablehlo.slice %arg0 [0:7:2] : (tensor<8xf32>) -> tensor<4xf32>
    %34 = stablehlo.slice %arg0 [1:8:2] : (tensor<8xf32>) -> tensor<4xf32>
    %35 = stablehlo.multiply %33, %34 : tensor<4xf32>
    %36 = stablehlo.slice %35 [0:3:2] : (tensor<4xf32>) -> tensor<2xf32>
    %37 = stablehlo.slice %35 [1:4:2] : (tensor<4xf32>) -> tensor<2xf32>
    %38 = stablehlo.multiply %36, %37 : tensor<2xf32>
    %39 = stablehlo.slice %38 [0:1:2] : (tensor<2xf32>) -> tensor<1xf32>
    %40 = stablehlo.slice %38 [1:2:2] : (tensor<2xf32>) -> tensor<1xf32>
    %41 = stablehlo.multiply %39, %40 : tensor<1xf32>
    %42 = stablehlo.slice %41 [0:0] : (tensor<1xf32>) -> tensor<0xf32>
    %43 = stablehlo.slice %38 [2:2:2] : (tensor<2xf32>) -> tensor<0xf32>
    %44 = stablehlo.multiply %42, %43 : tensor<0xf32>
    %45 = stablehlo.slice %38 [0:1] : (tensor<2xf32>) -> tensor<1xf32>
    %46 = stablehlo.concatenate %45, %44, dim = 0 : (tensor<1xf32>, tensor<0xf32>) -> tensor<1xf32>
    %cst_5 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %47 = stablehlo.pad %46, %cst_5, low = [0], high = [1], interior = [1] : (tensor<1xf32>, tensor<f32>) -> tensor<2xf32>
    %cst_6 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %48 = stablehlo.pad %41, %cst_6, low = [1], high = [0], interior = [1] : (tensor<1xf32>, tensor<f32>) -> tensor<2xf32>
    %49 = stablehlo.add %47, %48 : tensor<2xf32>
    %50 = stablehlo.slice %49 [0:1] : (tensor<2xf32>) -> tensor<1xf32>
    %51 = stablehlo.slice %35 [2:4:2] : (tensor<4xf32>) -> tensor<1xf32>
    %52 = stablehlo.multiply %50, %51 : tensor<1xf32>
    %53 = stablehlo.slice %35 [0:1] : (tensor<4xf32>) -> tensor<1xf32>
    %54 = stablehlo.concatenate %53, %52, dim = 0 : (tensor<1xf32>, tensor<1xf32>) -> tensor<2xf32>
    %cst_7 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %55 = stablehlo.pad %54, %cst_7, low = [0], high = [1], interior = [1] : (tensor<2xf32>, tensor<f32>) -> tensor<4xf32>
    %cst_8 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %56 = stablehlo.pad %49, %cst_8, low = [1], high = [0], interior = [1] : (tensor<2xf32>, tensor<f32>) -> tensor<4xf32>
    %57 = stablehlo.add %55, %56 : tensor<4xf32>
    %58 = stablehlo.slice %57 [0:3] : (tensor<4xf32>) -> tensor<3xf32>
    %59 = stablehlo.slice %arg0 [2:8:2] : (tensor<8xf32>) -> tensor<3xf32>
    %60 = stablehlo.multiply %58, %59 : tensor<3xf32>
    %61 = stablehlo.slice %arg0 [0:1] : (tensor<8xf32>) -> tensor<1xf32>
    %62 = stablehlo.concatenate %61, %60, dim = 0 : (tensor<1xf32>, tensor<3xf32>) -> tensor<4xf32>
    %cst_9 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %63 = stablehlo.pad %62, %cst_9, low = [0], high = [1], interior = [1] : (tensor<4xf32>, tensor<f32>) -> tensor<8xf32>
    %cst_10 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %64 = stablehlo.pad %57, %cst_10, low = [1], high = [0], interior = [1] : (tensor<4xf32>, tensor<f32>) -> tensor<8xf32>
    %65 = stablehlo.add %63, %64 : tensor<8xf32>
    return %32, %65 : tensor<8xf32>, tensor<8xf32>
  }
}
