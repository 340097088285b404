module @jit_hessian attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<5xf32>) -> (tensor<5x5xf32> {jax.result_info = "result"}) {
    %0 = stablehlo.iota dim = 0 : tensor<5x5xi32>
    %1 = stablehlo.iota dim = 1 : tensor<5x5xi32>
    %c = stablehlo.constant dense<0> : tensor<i32>
    %2 = stablehlo.broadcast_in_dim %c, dims = [] : (tensor<i32>) -> tensor<5x5xi32>
    %3 = stablehlo.add %0, %2 : tensor<5x5xi32>
    %4 = stablehlo.compare EQ, %3, %1, SIGNED : (tensor<5x5xi32>, tensor<5x5xi32>) -> tensor<5x5xi1>
    %5 = stablehlo.convert %4 : (tensor<5x5xi1>) -> tensor<5x5xf32>
    %6 = stablehlo.slice %5 [0:5, 0:5] : (tensor<5x5xf32>) -> tensor<5x5xf32>
    %7 = stablehlo.convert %6 : tensor<5x5xf32>
    %8 = stablehlo.sine %arg0 : tensor<5xf32>
    %9 = stablehlo.cosine %arg0 : tensor<5xf32>
    %10 = stablehlo.broadcast_in_dim %9, dims = [1] : (tensor<5xf32>) -> tensor<1x5xf32>
    %11 = stablehlo.broadcast_in_dim %10, dims = [0, 1] : (tensor<1x5xf32>) -> tensor<5x5xf32>
    %12 = stablehlo.multiply %7, %11 : tensor<5x5xf32>
    %13 = stablehlo.cosine %arg0 : tensor<5xf32>
    %14 = stablehlo.sine %arg0 : tensor<5xf32>
    %15 = stablehlo.broadcast_in_dim %14, dims = [1] : (tensor<5xf32>) -> tensor<1x5xf32>
    %16 = stablehlo.broadcast_in_dim %15, dims = [0, 1] : (tensor<1x5xf32>) -> tensor<5x5xf32>
    %17 = stablehlo.multiply %7, %16 : tensor<5x5xf32>
    %18 = stablehlo.negate %17 : tensor<5x5xf32>
    %19:2 = call @_roll_static(%arg0, %7) : (tensor<5xf32>, tensor<5x5xf32>) -> (tensor<5xf32>, tensor<5x5xf32>)
    %20 = stablehlo.multiply %19#0, %19#0 : tensor<5xf32>
    %cst = stablehlo.constant dense<2.000000e+00> : tensor<f32>
    %21 = stablehlo.broadcast_in_dim %cst, dims = [] : (tensor<f32>) -> tensor<5xf32>
    %22 = stablehlo.multiply %21, %19#0 : tensor<5xf32>
    %23 = stablehlo.broadcast_in_dim %22, dims = [1] : (tensor<5xf32>) -> tensor<1x5xf32>
    %24 = stablehlo.broadcast_in_dim %23, dims = [0, 1] : (tensor<1x5xf32>) -> tensor<5x5xf32>
    %25 = stablehlo.multiply %19#1, %24 : tensor<5x5xf32>
    %cst_0 = stablehlo.constant dense<2.000000e+00> : tensor<f32>
    %26 = stablehlo.broadcast_in_dim %cst_0, dims = [] : (tensor<f32>) -> tensor<5xf32>
    %27 = stablehlo.multiply %26, %19#0 : tensor<5xf32>
    %cst_1 = stablehlo.constant dense<2.000000e+00> : tensor<f32>
    %28 = stablehlo.broadcast_in_dim %cst_1, dims = [] : (tensor<f32>) -> tensor<5x5xf32>
    %29 = stablehlo.multiply %28, %19#1 : tensor<5x5xf32>
    %30 = stablehlo.multiply %8, %20 : tensor<5xf32>
    %31 = stablehlo.broadcast_in_dim %20, dims = [1] : (tensor<5xf32>) -> tensor<1x5xf32>
    %32 = stablehlo.broadcast_in_dim %31, dims = [0, 1] : (tensor<1x5xf32>) -> tensor<5x5xf32>
    %33 = stablehlo.multiply %12, %32 : tensor<5x5xf32>
    %34 = stablehlo.broadcast_in_dim %8, dims = [1] : (tensor<5xf32>) -> tensor<1x5xf32>
    %35 = stablehlo.broadcast_in_dim %34, dims = [0, 1] : (tensor<1x5xf32>) -> tensor<5x5xf32>
    %36 = stablehlo.multiply %35, %25 : tensor<5x5xf32>
    %37 = stablehlo.add %33, %36 : tensor<5x5xf32>
    %cst_2 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %38 = stablehlo.reduce(%30 init: %cst_2) applies stablehlo.add across dimensions = [0] : (tensor<5xf32>, tensor<f32>) -> tensor<f32>
    %cst_3 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %39 = stablehlo.reduce(%37 init: %cst_3) applies stablehlo.add across dimensions = [1] : (tensor<5x5xf32>, tensor<f32>) -> tensor<5xf32>
    %40 = stablehlo.iota dim = 0 : tensor<1x1xi32>
    %41 = stablehlo.iota dim = 1 : tensor<1x1xi32>
    %c_4 = stablehlo.constant dense<0> : tensor<i32>
    %42 = stablehlo.broadcast_in_dim %c_4, dims = [] : (tensor<i32>) -> tensor<1x1xi32>
    %43 = stablehlo.add %40, %42 : tensor<1x1xi32>
    %44 = stablehlo.compare EQ, %43, %41, SIGNED : (tensor<1x1xi32>, tensor<1x1xi32>) -> tensor<1x1xi1>
    %45 = stablehlo.convert %44 : (tensor<1x1xi1>) -> tensor<1x1xf32>
    %46 = stablehlo.slice %45 [0:1, 0:1] : (tensor<1x1xf32>) -> tensor<1x1xf32>
    %47 = stablehlo.reshape %46 : (tensor<1x1xf32>) -> tensor<1xf32>
    %48 = stablehlo.convert %47 : tensor<1xf32>
    %49 = stablehlo.broadcast_in_dim %48, dims = [0] : (tensor<1xf32>) -> tensor<1x5xf32>
    %50 = stablehlo.broadcast_in_dim %8, dims = [1] : (tensor<5xf32>) -> tensor<1x5xf32>
    %51 = stablehlo.broadcast_in_dim %12, dims = [0, 2] : (tensor<5x5xf32>) -> tensor<5x1x5xf32>
    %52 = stablehlo.multiply %50, %49 : tensor<1x5xf32>
    %53 = stablehlo.broadcast_in_dim %49, dims = [1, 2] : (tensor<1x5xf32>) -> tensor<1x1x5xf32>
    %54 = stablehlo.broadcast_in_dim %53, dims = [0, 1, 2] : (tensor<1x1x5xf32>) -> tensor<5x1x5xf32>
    %55 = stablehlo.multiply %51, %54 : tensor<5x1x5xf32>
    %56 = stablehlo.broadcast_in_dim %20, dims = [1] : (tensor<5xf32>) -> tensor<1x5xf32>
    %57 = stablehlo.broadcast_in_dim %25, dims = [0, 2] : (tensor<5x5xf32>) -> tensor<5x1x5xf32>
    %58 = stablehlo.multiply %49, %56 : tensor<1x5xf32>
    %59 = stablehlo.broadcast_in_dim %49, dims = [1, 2] : (tensor<1x5xf32>) -> tensor<1x1x5xf32>
    %60 = stablehlo.broadcast_in_dim %59, dims = [0, 1, 2] : (tensor<1x1x5xf32>) -> tensor<5x1x5xf32>
    %61 = stablehlo.multiply %60, %57 : tensor<5x1x5xf32>
    %62 = stablehlo.broadcast_in_dim %27, dims = [1] : (tensor<5xf32>) -> tensor<1x5xf32>
    %63 = stablehlo.broadcast_in_dim %29, dims = [0, 2] : (tensor<5x5xf32>) -> tensor<5x1x5xf32>
    %64 = stablehlo.multiply %52, %62 : tensor<1x5xf32>
    %65 = stablehlo.broadcast_in_dim %62, dims = [1, 2] : (tensor<1x5xf32>) -> tensor<1x1x5xf32>
    %66 = stablehlo.broadcast_in_dim %65, dims = [0, 1, 2] : (tensor<1x1x5xf32>) -> tensor<5x1x5xf32>
    %67 = stablehlo.multiply %55, %66 : tensor<5x1x5xf32>
    %68 = stablehlo.broadcast_in_dim %52, dims = [1, 2] : (tensor<1x5xf32>) -> tensor<1x1x5xf32>
    %69 = stablehlo.broadcast_in_dim %68, dims = [0, 1, 2] : (tensor<1x1x5xf32>) -> tensor<5x1x5xf32>
    %70 = stablehlo.multiply %69, %63 : tensor<5x1x5xf32>
    %71 = stablehlo.add %67, %70 : tensor<5x1x5xf32>
    %72:2 = call @_roll_static_0(%64, %71) : (tensor<1x5xf32>, tensor<5x1x5xf32>) -> (tensor<1x5xf32>, tensor<5x1x5xf32>)
    %73 = stablehlo.broadcast_in_dim %13, dims = [1] : (tensor<5xf32>) -> tensor<1x5xf32>
    %74 = stablehlo.broadcast_in_dim %18, dims = [0, 2] : (tensor<5x5xf32>) -> tensor<5x1x5xf32>
    %75 = stablehlo.multiply %58, %73 : tensor<1x5xf32>
    %76 = stablehlo.broadcast_in_dim %73, dims = [1, 2] : (tensor<1x5xf32>) -> tensor<1x1x5xf32>
    %77 = stablehlo.broadcast_in_dim %76, dims = [0, 1, 2] : (tensor<1x1x5xf32>) -> tensor<5x1x5xf32>
    %78 = stablehlo.multiply %61, %77 : tensor<5x1x5xf32>
    %79 = stablehlo.broadcast_in_dim %58, dims = [1, 2] : (tensor<1x5xf32>) -> tensor<1x1x5xf32>
    %80 = stablehlo.broadcast_in_dim %79, dims = [0, 1, 2] : (tensor<1x1x5xf32>) -> tensor<5x1x5xf32>
    %81 = stablehlo.multiply %80, %74 : tensor<5x1x5xf32>
    %82 = stablehlo.add %78, %81 : tensor<5x1x5xf32>
    %83 = stablehlo.add %72#0, %75 : tensor<1x5xf32>
    %84 = stablehlo.add %72#1, %82 : tensor<5x1x5xf32>
    %85 = stablehlo.slice %83 [0:1, 0:5] : (tensor<1x5xf32>) -> tensor<1x5xf32>
    %86 = stablehlo.slice %84 [0:5, 0:1, 0:5] : (tensor<5x1x5xf32>) -> tensor<5x1x5xf32>
    %87 = stablehlo.reshape %85 : (tensor<1x5xf32>) -> tensor<5xf32>
    %88 = stablehlo.reshape %86 : (tensor<5x1x5xf32>) -> tensor<5x5xf32>
    %89 = stablehlo.transpose %88, dims = [1, 0] : (tensor<5x5xf32>) -> tensor<5x5xf32>
    %90 = stablehlo.slice %89 [0:5, 0:5] : (tensor<5x5xf32>) -> tensor<5x5xf32>
    return %90 : tensor<5x5xf32>
  }
  func.func private @_roll_static(%arg0: tensor<5xf32>, %arg1: tensor<5x5xf32>) -> (tensor<5xf32>, tensor<5x5xf32>) {
    %0 = stablehlo.slice %arg0 [4:5] : (tensor<5xf32>) -> tensor<1xf32>
    %1 = stablehlo.slice %arg1 [0:5, 4:5] : (tensor<5x5xf32>) -> tensor<5x1xf32>
    %2 = stablehlo.slice %arg0 [0:4] : (tensor<5xf32>) -> tensor<4xf32>
    %3 = stablehlo.slice %arg1 [0:5, 0:4] : (tensor<5x5xf32>) -> tensor<5x4xf32>
    %4 = stablehlo.concatenate %0, %2, dim = 0 : (tensor<1xf32>, tensor<4xf32>) -> tensor<5xf32>
    %5 = stablehlo.concatenate %1, %3, dim = 1 : (tensor<5x1xf32>, tensor<5x4xf32>) -> tensor<5x5xf32>
    return %4, %5 : tensor<5xf32>, tensor<5x5xf32>
  }
  func.func private @_roll_static_0(%arg0: tensor<1x5xf32>, %arg1: tensor<5x1x5xf32>) -> (tensor<1x5xf32>, tensor<5x1x5xf32>) {
    %0 = stablehlo.slice %arg0 [0:1, 0:1] : (tensor<1x5xf32>) -> tensor<1x1xf32>
    %1 = stablehlo.slice %arg0 [0:1, 1:5] : (tensor<1x5xf32>) -> tensor<1x4xf32>
    %2 = stablehlo.slice %arg1 [0:5, 0:1, 0:1] : (tensor<5x1x5xf32>) -> tensor<5x1x1xf32>
    %3 = stablehlo.slice %arg1 [0:5, 0:1, 1:5] : (tensor<5x1x5xf32>) -> tensor<5x1x4xf32>
    %cst = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %4 = stablehlo.pad %1, %cst, low = [0, 0], high = [0, 1], interior = [0, 0] : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x5xf32>
    %cst_0 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %5 = stablehlo.pad %3, %cst_0, low = [0, 0, 0], high = [0, 0, 1], interior = [0, 0, 0] : (tensor<5x1x4xf32>, tensor<f32>) -> tensor<5x1x5xf32>
    %cst_1 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %6 = stablehlo.pad %0, %cst_1, low = [0, 4], high = [0, 0], interior = [0, 0] : (tensor<1x1xf32>, tensor<f32>) -> tensor<1x5xf32>
    %cst_2 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %7 = stablehlo.pad %2, %cst_2, low = [0, 0, 4], high = [0, 0, 0], interior = [0, 0, 0] : (tensor<5x1x1xf32>, tensor<f32>) -> tensor<5x1x5xf32>
    %8 = stablehlo.add %4, %6 : tensor<1x5xf32>
    %9 = stablehlo.add %5, %7 : tensor<5x1x5xf32>
    return %8, %9 : tensor<1x5xf32>, tensor<5x1x5xf32>
  }
}
