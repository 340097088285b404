module @jit_transformer attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<8x16xf32>, %arg1: tensor<16xf32>, %arg2: tensor<16xf32>, %arg3: tensor<32xf32>, %arg4: tensor<16xf32>, %arg5: tensor<16xf32>, %arg6: tensor<16xf32>, %arg7: tensor<16x16xf32>, %arg8: tensor<16x48xf32>, %arg9: tensor<16x32xf32>, %arg10: tensor<32x16xf32>, %arg11: tensor<16xf32>, %arg12: tensor<16xf32>, %arg13: tensor<32xf32>, %arg14: tensor<16xf32>, %arg15: tensor<16xf32>, %arg16: tensor<16xf32>, %arg17: tensor<16x16xf32>, %arg18: tensor<16x48xf32>, %arg19: tensor<16x32xf32>, %arg20: tensor<32x16xf32>, %arg21: tensor<16xf32>, %arg22: tensor<16xf32>, %arg23: tensor<32xf32>, %arg24: tensor<16xf32>, %arg25: tensor<16xf32>, %arg26: tensor<16xf32>, %arg27: tensor<16x16xf32>, %arg28: tensor<16x48xf32>, %arg29: tensor<16x32xf32>, %arg30: tensor<32x16xf32>) -> (tensor<8x16xf32> {jax.result_info = "result"}) {
    %cst = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %0 = stablehlo.reduce(%arg0 init: %cst) applies stablehlo.add across dimensions = [1] : (tensor<8x16xf32>, tensor<f32>) -> tensor<8xf32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [0] : (tensor<8xf32>) -> tensor<8x1xf32>
    %cst_0 = stablehlo.constant dense<1.600000e+01> : tensor<f32>
    %2 = stablehlo.broadcast_in_dim %cst_0, dims = [] : (tensor<f32>) -> tensor<8x1xf32>
    %3 = stablehlo.divide %1, %2 : tensor<8x1xf32>
    %4 = stablehlo.broadcast_in_dim %3, dims = [0, 1] : (tensor<8x1xf32>) -> tensor<8x16xf32>
    %5 = stablehlo.subtract %arg0, %4 : tensor<8x16xf32>
    %6 = stablehlo.multiply %5, %5 : tensor<8x16xf32>
    %cst_1 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %7 = stablehlo.reduce(%6 init: %cst_1) applies stablehlo.add across dimensions = [1] : (tensor<8x16xf32>, tensor<f32>) -> tensor<8xf32>
    %8 = stablehlo.broadcast_in_dim %7, dims = [0] : (tensor<8xf32>) -> tensor<8x1xf32>
    %cst_2 = stablehlo.constant dense<1.600000e+01> : tensor<f32>
    %9 = stablehlo.broadcast_in_dim %cst_2, dims = [] : (tensor<f32>) -> tensor<8x1xf32>
    %10 = stablehlo.divide %8, %9 : tensor<8x1xf32>
    %11 = stablehlo.broadcast_in_dim %3, dims = [0, 1] : (tensor<8x1xf32>) -> tensor<8x16xf32>
    %12 = stablehlo.subtract %arg0, %11 : tensor<8x16xf32>
    %cst_3 = stablehlo.constant dense<9.99999974E-6> : tensor<f32>
    %13 = stablehlo.broadcast_in_dim %cst_3, dims = [] : (tensor<f32>) -> tensor<8x1xf32>
    %14 = stablehlo.add %10, %13 : tensor<8x1xf32>
    %15 = stablehlo.rsqrt %14 : tensor<8x1xf32>
    %16 = stablehlo.broadcast_in_dim %15, dims = [0, 1] : (tensor<8x1xf32>) -> tensor<8x16xf32>
    %17 = stablehlo.multiply %12, %16 : tensor<8x16xf32>
    %18 = stablehlo.broadcast_in_dim %arg5, dims = [1] : (tensor<16xf32>) -> tensor<1x16xf32>
    %19 = stablehlo.broadcast_in_dim %18, dims = [0, 1] : (tensor<1x16xf32>) -> tensor<8x16xf32>
    %20 = stablehlo.multiply %17, %19 : tensor<8x16xf32>
    %21 = stablehlo.broadcast_in_dim %arg1, dims = [1] : (tensor<16xf32>) -> tensor<1x16xf32>
    %22 = stablehlo.broadcast_in_dim %21, dims = [0, 1] : (tensor<1x16xf32>) -> tensor<8x16xf32>
    %23 = stablehlo.add %20, %22 : tensor<8x16xf32>
    %24 = stablehlo.dot_general %23, %arg8, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<8x16xf32>, tensor<16x48xf32>) -> tensor<8x48xf32>
    %25 = stablehlo.reshape %24 : (tensor<8x48xf32>) -> tensor<8x3x2x8xf32>
    %26 = stablehlo.transpose %25, dims = [1, 2, 0, 3] : (tensor<8x3x2x8xf32>) -> tensor<3x2x8x8xf32>
    %27 = stablehlo.slice %26 [0:1, 0:2, 0:8, 0:8] : (tensor<3x2x8x8xf32>) -> tensor<1x2x8x8xf32>
    %28 = stablehlo.reshape %27 : (tensor<1x2x8x8xf32>) -> tensor<2x8x8xf32>
    %29 = stablehlo.slice %26 [1:2, 0:2, 0:8, 0:8] : (tensor<3x2x8x8xf32>) -> tensor<1x2x8x8xf32>
    %30 = stablehlo.reshape %29 : (tensor<1x2x8x8xf32>) -> tensor<2x8x8xf32>
    %31 = stablehlo.slice %26 [2:3, 0:2, 0:8, 0:8] : (tensor<3x2x8x8xf32>) -> tensor<1x2x8x8xf32>
    %32 = stablehlo.reshape %31 : (tensor<1x2x8x8xf32>) -> tensor<2x8x8xf32>
    %33 = stablehlo.dot_general %28, %30, batching_dims = [0] x [0], contracting_dims = [2] x [2], precision = [DEFAULT, DEFAULT] : (tensor<2x8x8xf32>, tensor<2x8x8xf32>) -> tensor<2x8x8xf32>
    %cst_4 = stablehlo.constant dense<8.000000e+00> : tensor<f32>
    %34 = stablehlo.sqrt %cst_4 : tensor<f32>
    %35 = stablehlo.convert %34 : tensor<f32>
    %36 = stablehlo.broadcast_in_dim %35, dims = [] : (tensor<f32>) -> tensor<2x8x8xf32>
    %37 = stablehlo.divide %33, %36 : tensor<2x8x8xf32>
    %c = stablehlo.constant dense<true> : tensor<i1>
    %38 = stablehlo.broadcast_in_dim %c, dims = [] : (tensor<i1>) -> tensor<8x8xi1>
    %39 = call @tril(%38) : (tensor<8x8xi1>) -> tensor<8x8xi1>
    %cst_5 = stablehlo.constant dense<-1.000000e+09> : tensor<f32>
    %40 = call @_where(%39, %37, %cst_5) : (tensor<8x8xi1>, tensor<2x8x8xf32>, tensor<f32>) -> tensor<2x8x8xf32>
    %cst_6 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %41 = stablehlo.reduce(%40 init: %cst_6) applies stablehlo.maximum across dimensions = [2] : (tensor<2x8x8xf32>, tensor<f32>) -> tensor<2x8xf32>
    %cst_7 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %42 = stablehlo.broadcast_in_dim %cst_7, dims = [] : (tensor<f32>) -> tensor<2x8xf32>
    %43 = stablehlo.maximum %42, %41 : tensor<2x8xf32>
    %44 = stablehlo.broadcast_in_dim %43, dims = [0, 1] : (tensor<2x8xf32>) -> tensor<2x8x1xf32>
    %45 = stablehlo.broadcast_in_dim %44, dims = [0, 1, 2] : (tensor<2x8x1xf32>) -> tensor<2x8x8xf32>
    %46 = stablehlo.subtract %40, %45 : tensor<2x8x8xf32>
    %47 = stablehlo.exponential %46 : tensor<2x8x8xf32>
    %cst_8 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %48 = stablehlo.reduce(%47 init: %cst_8) applies stablehlo.add across dimensions = [2] : (tensor<2x8x8xf32>, tensor<f32>) -> tensor<2x8xf32>
    %49 = stablehlo.broadcast_in_dim %48, dims = [0, 1] : (tensor<2x8xf32>) -> tensor<2x8x1xf32>
    %50 = stablehlo.broadcast_in_dim %49, dims = [0, 1, 2] : (tensor<2x8x1xf32>) -> tensor<2x8x8xf32>
    %51 = stablehlo.divide %47, %50 : tensor<2x8x8xf32>
    %52 = stablehlo.dot_general %32, %51, batching_dims = [0] x [0], contracting_dims = [1] x [2], precision = [DEFAULT, DEFAULT] : (tensor<2x8x8xf32>, tensor<2x8x8xf32>) -> tensor<2x8x8xf32>
    %53 = stablehlo.transpose %52, dims = [2, 0, 1] : (tensor<2x8x8xf32>) -> tensor<8x2x8xf32>
    %54 = stablehlo.reshape %53 : (tensor<8x2x8xf32>) -> tensor<8x16xf32>
    %55 = stablehlo.dot_general %54, %arg7, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<8x16xf32>, tensor<16x16xf32>) -> tensor<8x16xf32>
    %56 = stablehlo.add %arg0, %55 : tensor<8x16xf32>
    %cst_9 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %57 = stablehlo.reduce(%56 init: %cst_9) applies stablehlo.add across dimensions = [1] : (tensor<8x16xf32>, tensor<f32>) -> tensor<8xf32>
    %58 = stablehlo.broadcast_in_dim %57, dims = [0] : (tensor<8xf32>) -> tensor<8x1xf32>
    %cst_10 = stablehlo.constant dense<1.600000e+01> : tensor<f32>
    %59 = stablehlo.broadcast_in_dim %cst_10, dims = [] : (tensor<f32>) -> tensor<8x1xf32>
    %60 = stablehlo.divide %58, %59 : tensor<8x1xf32>
    %61 = stablehlo.broadcast_in_dim %60, dims = [0, 1] : (tensor<8x1xf32>) -> tensor<8x16xf32>
    %62 = stablehlo.subtract %56, %61 : tensor<8x16xf32>
    %63 = stablehlo.multiply %62, %62 : tensor<8x16xf32>
    %cst_11 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %64 = stablehlo.reduce(%63 init: %cst_11) applies stablehlo.add across dimensions = [1] : (tensor<8x16xf32>, tensor<f32>) -> tensor<8xf32>
    %65 = stablehlo.broadcast_in_dim %64, dims = [0] : (tensor<8xf32>) -> tensor<8x1xf32>
    %cst_12 = stablehlo.constant dense<1.600000e+01> : tensor<f32>
    %66 = stablehlo.broadcast_in_dim %cst_12, dims = [] : (tensor<f32>) -> tensor<8x1xf32>
    %67 = stablehlo.divide %65, %66 : tensor<8x1xf32>
    %68 = stablehlo.broadcast_in_dim %60, dims = [0, 1] : (tensor<8x1xf32>) -> tensor<8x16xf32>
    %69 = stablehlo.subtract %56, %68 : tensor<8x16xf32>
    %cst_13 = stablehlo.constant dense<9.99999974E-6> : tensor<f32>
    %70 = stablehlo.broadcast_in_dim %cst_13, dims = [] : (tensor<f32>) -> tensor<8x1xf32>
    %71 = stablehlo.add %67, %70 : tensor<8x1xf32>
    %72 = stablehlo.rsqrt %71 : tensor<8x1xf32>
    %73 = stablehlo.broadcast_in_dim %72, dims = [0, 1] : (tensor<8x1xf32>) -> tensor<8x16xf32>
    %74 = stablehlo.multiply %69, %73 : tensor<8x16xf32>
    %75 = stablehlo.broadcast_in_dim %arg6, dims = [1] : (tensor<16xf32>) -> tensor<1x16xf32>
    %76 = stablehlo.broadcast_in_dim %75, dims = [0, 1] : (tensor<1x16xf32>) -> tensor<8x16xf32>
    %77 = stablehlo.multiply %74, %76 : tensor<8x16xf32>
    %78 = stablehlo.broadcast_in_dim %arg2, dims = [1] : (tensor<16xf32>) -> tensor<1x16xf32>
    %79 = stablehlo.broadcast_in_dim %78, dims = [0, 1] : (tensor<1x16xf32>) -> tensor<8x16xf32>
    %80 = stablehlo.add %77, %79 : tensor<8x16xf32>
    %81 = stablehlo.dot_general %80, %arg9, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<8x16xf32>, tensor<16x32xf32>) -> tensor<8x32xf32>
    %82 = stablehlo.broadcast_in_dim %arg3, dims = [1] : (tensor<32xf32>) -> tensor<1x32xf32>
    %83 = stablehlo.broadcast_in_dim %82, dims = [0, 1] : (tensor<1x32xf32>) -> tensor<8x32xf32>
    %84 = stablehlo.add %81, %83 : tensor<8x32xf32>
    %85 = stablehlo.multiply %84, %84 : tensor<8x32xf32>
    %86 = stablehlo.multiply %85, %84 : tensor<8x32xf32>
    %cst_14 = stablehlo.constant dense<4.471500e-02> : tensor<f32>
    %87 = stablehlo.broadcast_in_dim %cst_14, dims = [] : (tensor<f32>) -> tensor<8x32xf32>
    %88 = stablehlo.multiply %87, %86 : tensor<8x32xf32>
    %89 = stablehlo.add %84, %88 : tensor<8x32xf32>
    %cst_15 = stablehlo.constant dense<0.797884583> : tensor<f32>
    %90 = stablehlo.broadcast_in_dim %cst_15, dims = [] : (tensor<f32>) -> tensor<8x32xf32>
    %91 = stablehlo.multiply %90, %89 : tensor<8x32xf32>
    %92 = stablehlo.tanh %91 : tensor<8x32xf32>
    %cst_16 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %93 = stablehlo.broadcast_in_dim %cst_16, dims = [] : (tensor<f32>) -> tensor<8x32xf32>
    %94 = stablehlo.add %93, %92 : tensor<8x32xf32>
    %cst_17 = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %95 = stablehlo.broadcast_in_dim %cst_17, dims = [] : (tensor<f32>) -> tensor<8x32xf32>
    %96 = stablehlo.multiply %95, %94 : tensor<8x32xf32>
    %97 = stablehlo.multiply %84, %96 : tensor<8x32xf32>
    %98 = stablehlo.dot_general %97, %arg10, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<8x32xf32>, tensor<32x16xf32>) -> tensor<8x16xf32>
    %99 = stablehlo.add %56, %98 : tensor<8x16xf32>
    %100 = stablehlo.broadcast_in_dim %arg4, dims = [1] : (tensor<16xf32>) -> tensor<1x16xf32>
    %101 = stablehlo.broadcast_in_dim %100, dims = [0, 1] : (tensor<1x16xf32>) -> tensor<8x16xf32>
    %102 = stablehlo.add %99, %101 : tensor<8x16xf32>
    %cst_18 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %103 = stablehlo.reduce(%102 init: %cst_18) applies stablehlo.add across dimensions = [1] : (tensor<8x16xf32>, tensor<f32>) -> tensor<8xf32>
    %104 = stablehlo.broadcast_in_dim %103, dims = [0] : (tensor<8xf32>) -> tensor<8x1xf32>
    %cst_19 = stablehlo.constant dense<1.600000e+01> : tensor<f32>
    %105 = stablehlo.broadcast_in_dim %cst_19, dims = [] : (tensor<f32>) -> tensor<8x1xf32>
    %106 = stablehlo.divide %104, %105 : tensor<8x1xf32>
    %107 = stablehlo.broadcast_in_dim %106, dims = [0, 1] : (tensor<8x1xf32>) -> tensor<8x16xf32>
    %108 = stablehlo.subtract %102, %107 : tensor<8x16xf32>
    %109 = stablehlo.multiply %108, %108 : tensor<8x16xf32>
    %cst_20 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %110 = stablehlo.reduce(%109 init: %cst_20) applies stablehlo.add across dimensions = [1] : (tensor<8x16xf32>, tensor<f32>) -> tensor<8xf32>
    %111 = stablehlo.broadcast_in_dim %110, dims = [0] : (tensor<8xf32>) -> tensor<8x1xf32>
    %cst_21 = stablehlo.constant dense<1.600000e+01> : tensor<f32>
    %112 = stablehlo.broadcast_in_dim %cst_21, dims = [] : (tensor<f32>) -> tensor<8x1xf32>
    %113 = stablehlo.divide %111, %112 : tensor<8x1xf32>
    %114 = stablehlo.broadcast_in_dim %106, dims = [0, 1] : (tensor<8x1xf32>) -> tensor<8x16xf32>
    %115 = stablehlo.subtract %102, %114 : tensor<8x16xf32>
    %cst_22 = stablehlo.constant dense<9.99999974E-6> : tensor<f32>
    %116 = stablehlo.broadcast_in_dim %cst_22, dims = [] : (tensor<f32>) -> tensor<8x1xf32>
    %117 = stablehlo.add %113, %116 : tensor<8x1xf32>
    %118 = stablehlo.rsqrt %117 : tensor<8x1xf32>
    %119 = stablehlo.broadcast_in_dim %118, dims = [0, 1] : (tensor<8x1xf32>) -> tensor<8x16xf32>
    %120 = stablehlo.multiply %115, %119 : tensor<8x16xf32>
    %121 = stablehlo.broadcast_in_dim %arg15, dims = [1] : (tensor<16xf32>) -> tensor<1x16xf32>
    %122 = stablehlo.broadcast_in_dim %121, dims = [0, 1] : (tensor<1x16xf32>) -> tensor<8x16xf32>
    %123 = stablehlo.multiply %120, %122 : tensor<8x16xf32>
    %124 = stablehlo.broadcast_in_dim %arg11, dims = [1] : (tensor<16xf32>) -> tensor<1x16xf32>
    %125 = stablehlo.broadcast_in_dim %124, dims = [0, 1] : (tensor<1x16xf32>) -> tensor<8x16xf32>
    %126 = stablehlo.add %123, %125 : tensor<8x16xf32>
    %127 = stablehlo.dot_general %126, %arg18, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<8x16xf32>, tensor<16x48xf32>) -> tensor<8x48xf32>
    %128 = stablehlo.reshape %127 : (tensor<8x48xf32>) -> tensor<8x3x2x8xf32>
    %129 = stablehlo.transpose %128, dims = [1, 2, 0, 3] : (tensor<8x3x2x8xf32>) -> tensor<3x2x8x8xf32>
    %130 = stablehlo.slice %129 [0:1, 0:2, 0:8, 0:8] : (tensor<3x2x8x8xf32>) -> tensor<1x2x8x8xf32>
    %131 = stablehlo.reshape %130 : (tensor<1x2x8x8xf32>) -> tensor<2x8x8xf32>
    %132 = stablehlo.slice %129 [1:2, 0:2, 0:8, 0:8] : (tensor<3x2x8x8xf32>) -> tensor<1x2x8x8xf32>
    %133 = stablehlo.reshape %132 : (tensor<1x2x8x8xf32>) -> tensor<2x8x8xf32>
    %134 = stablehlo.slice %129 [2:3, 0:2, 0:8, 0:8] : (tensor<3x2x8x8xf32>) -> tensor<1x2x8x8xf32>
    %135 = stablehlo.reshape %134 : (tensor<1x2x8x8xf32>) -> tensor<2x8x8xf32>
    %136 = stablehlo.dot_general %131, %133, batching_dims = [0] x [0], contracting_dims = [2] x [2], precision = [DEFAULT, DEFAULT] : (tensor<2x8x8xf32>, tensor<2x8x8xf32>) -> tensor<2x8x8xf32>
    %cst_23 = stablehlo.constant dense<8.000000e+00> : tensor<f32>
    %137 = stablehlo.sqrt %cst_23 : tensor<f32>
    %138 = stablehlo.convert %137 : tensor<f32>
    %139 = stablehlo.broadcast_in_dim %138, dims = [] : (tensor<f32>) -> tensor<2x8x8xf32>
    %140 = stablehlo.divide %136, %139 : tensor<2x8x8xf32>
    %c_24 = stablehlo.constant dense<true> : tensor<i1>
    %141 = stablehlo.broadcast_in_dim %c_24, dims = [] : (tensor<i1>) -> tensor<8x8xi1>
    %142 = call @tril(%141) : (tensor<8x8xi1>) -> tensor<8x8xi1>
    %cst_25 = stablehlo.constant dense<-1.000000e+09> : tensor<f32>
    %143 = call @_where(%142, %140, %cst_25) : (tensor<8x8xi1>, tensor<2x8x8xf32>, tensor<f32>) -> tensor<2x8x8xf32>
    %cst_26 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %144 = stablehlo.reduce(%143 init: %cst_26) applies stablehlo.maximum across dimensions = [2] : (tensor<2x8x8xf32>, tensor<f32>) -> tensor<2x8xf32>
    %cst_27 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %145 = stablehlo.broadcast_in_dim %cst_27, dims = [] : (tensor<f32>) -> tensor<2x8xf32>
    %146 = stablehlo.maximum %145, %144 : tensor<2x8xf32>
    %147 = stablehlo.broadcast_in_dim %146, dims = [0, 1] : (tensor<2x8xf32>) -> tensor<2x8x1xf32>
    %148 = stablehlo.broadcast_in_dim %147, dims = [0, 1, 2] : (tensor<2x8x1xf32>) -> tensor<2x8x8xf32>
    %149 = stablehlo.subtract %143, %148 : tensor<2x8x8xf32>
    %150 = stablehlo.exponential %149 : tensor<2x8x8xf32>
    %cst_28 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %151 = stablehlo.reduce(%150 init: %cst_28) applies stablehlo.add across dimensions = [2] : (tensor<2x8x8xf32>, tensor<f32>) -> tensor<2x8xf32>
    %152 = stablehlo.broadcast_in_dim %151, dims = [0, 1] : (tensor<2x8xf32>) -> tensor<2x8x1xf32>
    %153 = stablehlo.broadcast_in_dim %152, dims = [0, 1, 2] : (tensor<2x8x1xf32>) -> tensor<2x8x8xf32>
    %154 = stablehlo.divide %150, %153 : tensor<2x8x8xf32>
    %155 = stablehlo.dot_general %135, %154, batching_dims = [0] x [0], contracting_dims = [1] x [2], precision = [DEFAULT, DEFAULT] : (tensor<2x8x8xf32>, tensor<2x8x8xf32>) -> tensor<2x8x8xf32>
    %156 = stablehlo.transpose %155, dims = [2, 0, 1] : (tensor<2x8x8xf32>) -> tensor<8x2x8xf32>
    %157 = stablehlo.reshape %156 : (tensor<8x2x8xf32>) -> tensor<8x16xf32>
    %158 = stablehlo.dot_general %157, %arg17, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<8x16xf32>, tensor<16x16xf32>) -> tensor<8x16xf32>
    %159 = stablehlo.add %102, %158 : tensor<8x16xf32>
    %cst_29 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %160 = stablehlo.reduce(%159 init: %cst_29) applies stablehlo.add across dimensions = [1] : (tensor<8x16xf32>, tensor<f32>) -> tensor<8xf32>
    %161 = stablehlo.broadcast_in_dim %160, dims = [0] : (tensor<8xf32>) -> tensor<8x1xf32>
    %cst_30 = stablehlo.constant dense<1.600000e+01> : tensor<f32>
    %162 = stablehlo.broadcast_in_dim %cst_30, dims = [] : (tensor<f32>) -> tensor<8x1xf32>
    %163 = stablehlo.divide %161, %162 : tensor<8x1xf32>
    %164 = stablehlo.broadcast_in_dim %163, dims = [0, 1] : (tensor<8x1xf32>) -> tensor<8x16xf32>
    %165 = stablehlo.subtract %159, %164 : tensor<8x16xf32>
    %166 = stablehlo.multiply %165, %165 : tensor<8x16xf32>
    %cst_31 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %167 = stablehlo.reduce(%166 init: %cst_31) applies stablehlo.add across dimensions = [1] : (tensor<8x16xf32>, tensor<f32>) -> tensor<8xf32>
    %168 = stablehlo.broadcast_in_dim %167, dims = [0] : (tensor<8xf32>) -> tensor<8x1xf32>
    %cst_32 = stablehlo.constant dense<1.600000e+01> : tensor<f32>
    %169 = stablehlo.broadcast_in_dim %cst_32, dims = [] : (tensor<f32>) -> tensor<8x1xf32>
    %170 = stablehlo.divide %168, %169 : tensor<8x1xf32>
    %171 = stablehlo.broadcast_in_dim %163, dims = [0, 1] : (tensor<8x1xf32>) -> tensor<8x16xf32>
    %172 = stablehlo.subtract %159, %171 : tensor<8x16xf32>
    %cst_33 = stablehlo.constant dense<9.99999974E-6> : tensor<f32>
    %173 = stablehlo.broadcast_in_dim %cst_33, dims = [] : (tensor<f32>) -> tensor<8x1xf32>
    %174 = stablehlo.add %170, %173 : tensor<8x1xf32>
    %175 = stablehlo.rsqrt %174 : tensor<8x1xf32>
    %176 = stablehlo.broadcast_in_dim %175, dims = [0, 1] : (tensor<8x1xf32>) -> tensor<8x16xf32>
    %177 = stablehlo.multiply %172, %176 : tensor<8x16xf32>
    %178 = stablehlo.broadcast_in_dim %arg16, dims = [1] : (tensor<16xf32>) -> tensor<1x16xf32>
    %179 = stablehlo.broadcast_in_dim %178, dims = [0, 1] : (tensor<1x16xf32>) -> tensor<8x16xf32>
    %180 = stablehlo.multiply %177, %179 : tensor<8x16xf32>
    %181 = stablehlo.broadcast_in_dim %arg12, dims = [1] : (tensor<16xf32>) -> tensor<1x16xf32>
    %182 = stablehlo.broadcast_in_dim %181, dims = [0, 1] : (tensor<1x16xf32>) -> tensor<8x16xf32>
    %183 = stablehlo.add %180, %182 : tensor<8x16xf32>
    %184 = stablehlo.dot_general %183, %arg19, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<8x16xf32>, tensor<16x32xf32>) -> tensor<8x32xf32>
    %185 = stablehlo.broadcast_in_dim %arg13, dims = [1] : (tensor<32xf32>) -> tensor<1x32xf32>
    %186 = stablehlo.broadcast_in_dim %185, dims = [0, 1] : (tensor<1x32xf32>) -> tensor<8x32xf32>
    %187 = stablehlo.add %184, %186 : tensor<8x32xf32>
    %188 = stablehlo.multiply %187, %187 : tensor<8x32xf32>
    %189 = stablehlo.multiply %188, %187 : tensor<8x32xf32>
    %cst_34 = stablehlo.constant dense<4.471500e-02> : tensor<f32>
    %190 = stablehlo.broadcast_in_dim %cst_34, dims = [] : (tensor<f32>) -> tensor<8x32xf32>
    %191 = stablehlo.multiply %190, %189 : tensor<8x32xf32>
    %192 = stablehlo.add %187, %191 : tensor<8x32xf32>
    %cst_35 = stablehlo.constant dense<0.797884583> : tensor<f32>
    %193 = stablehlo.broadcast_in_dim %cst_35, dims = [] : (tensor<f32>) -> tensor<8x32xf32>
    %194 = stablehlo.multiply %193, %192 : tensor<8x32xf32>
    %195 = stablehlo.tanh %194 : tensor<8x32xf32>
    %cst_36 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %196 = stablehlo.broadcast_in_dim %cst_36, dims = [] : (tensor<f32>) -> tensor<8x32xf32>
    %197 = stablehlo.add %196, %195 : tensor<8x32xf32>
    %cst_37 = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %198 = stablehlo.broadcast_in_dim %cst_37, dims = [] : (tensor<f32>) -> tensor<8x32xf32>
    %199 = stablehlo.multiply %198, %197 : tensor<8x32xf32>
    %200 = stablehlo.multiply %187, %199 : tensor<8x32xf32>
    %201 = stablehlo.dot_general %200, %arg20, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<8x32xf32>, tensor<32x16xf32>) -> tensor<8x16xf32>
    %202 = stablehlo.add %159, %201 : tensor<8x16xf32>
    %203 = stablehlo.broadcast_in_dim %arg14, dims = [1] : (tensor<16xf32>) -> tensor<1x16xf32>
    %204 = stablehlo.broadcast_in_dim %203, dims = [0, 1] : (tensor<1x16xf32>) -> tensor<8x16xf32>
    %205 = stablehlo.add %202, %204 : tensor<8x16xf32>
    %cst_38 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %206 = stablehlo.reduce(%205 init: %cst_38) applies stablehlo.add across dimensions = [1] : (tensor<8x16xf32>, tensor<f32>) -> tensor<8xf32>
    %207 = stablehlo.broadcast_in_dim %206, dims = [0] : (tensor<8xf32>) -> tensor<8x1xf32>
    %cst_39 = stablehlo.constant dense<1.600000e+01> : tensor<f32>
    %208 = stablehlo.broadcast_in_dim %cst_39, dims = [] : (tensor<f32>) -> tensor<8x1xf32>
    %209 = stablehlo.divide %207, %208 : tensor<8x1xf32>
    %210 = stablehlo.broadcast_in_dim %209, dims = [0, 1] : (tensor<8x1xf32>) -> tensor<8x16xf32>
    %211 = stablehlo.subtract %205, %210 : tensor<8x16xf32>
    %212 = stablehlo.multiply %211, %211 : tensor<8x16xf32>
    %cst_40 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %213 = stablehlo.reduce(%212 init: %cst_40) applies stablehlo.add across dimensions = [1] : (tensor<8x16xf32>, tensor<f32>) -> tensor<8xf32>
    %214 = stablehlo.broadcast_in_dim %213, dims = [0] : (tensor<8xf32>) -> tensor<8x1xf32>
    %cst_41 = stablehlo.constant dense<1.600000e+01> : tensor<f32>
    %215 = stablehlo.broadcast_in_dim %cst_41, dims = [] : (tensor<f32>) -> tensor<8x1xf32>
    %216 = stablehlo.divide %214, %215 : tensor<8x1xf32>
    %217 = stablehlo.broadcast_in_dim %209, dims = [0, 1] : (tensor<8x1xf32>) -> tensor<8x16xf32>
    %218 = stablehlo.subtract %205, %217 : tensor<8x16xf32>
    %cst_42 = stablehlo.constant dense<9.99999974E-6> : tensor<f32>
    %219 = stablehlo.broadcast_in_dim %cst_42, dims = [] : (tensor<f32>) -> tensor<8x1xf32>
    %220 = stablehlo.add %216, %219 : tensor<8x1xf32>
    %221 = stablehlo.rsqrt %220 : tensor<8x1xf32>
    %222 = stablehlo.broadcast_in_dim %221, dims = [0, 1] : (tensor<8x1xf32>) -> tensor<8x16xf32>
    %223 = stablehlo.multiply %218, %222 : tensor<8x16xf32>
    %224 = stablehlo.broadcast_in_dim %arg25, dims = [1] : (tensor<16xf32>) -> tensor<1x16xf32>
    %225 = stablehlo.broadcast_in_dim %224, dims = [0, 1] : (tensor<1x16xf32>) -> tensor<8x16xf32>
    %226 = stablehlo.multiply %223, %225 : tensor<8x16xf32>
    %227 = stablehlo.broadcast_in_dim %arg21, dims = [1] : (tensor<16xf32>) -> tensor<1x16xf32>
    %228 = stablehlo.broadcast_in_dim %227, dims = [0, 1] : (tensor<1x16xf32>) -> tensor<8x16xf32>
    %229 = stablehlo.add %226, %228 : tensor<8x16xf32>
    %230 = stablehlo.dot_general %229, %arg28, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<8x16xf32>, tensor<16x48xf32>) -> tensor<8x48xf32>
    %231 = stablehlo.reshape %230 : (tensor<8x48xf32>) -> tensor<8x3x2x8xf32>
    %232 = stablehlo.transpose %231, dims = [1, 2, 0, 3] : (tensor<8x3x2x8xf32>) -> tensor<3x2x8x8xf32>
    %233 = stablehlo.slice %232 [0:1, 0:2, 0:8, 0:8] : (tensor<3x2x8x8xf32>) -> tensor<1x2x8x8xf32>
    %234 = stablehlo.reshape %233 : (tensor<1x2x8x8xf32>) -> tensor<2x8x8xf32>
    %235 = stablehlo.slice %232 [1:2, 0:2, 0:8, 0:8] : (tensor<3x2x8x8xf32>) -> tensor<1x2x8x8xf32>
    %236 = stablehlo.reshape %235 : (tensor<1x2x8x8xf32>) -> tensor<2x8x8xf32>
    %237 = stablehlo.slice %232 [2:3, 0:2, 0:8, 0:8] : (tensor<3x2x8x8xf32>) -> tensor<1x2x8x8xf32>
    %238 = stablehlo.reshape %237 : (tensor<1x2x8x8xf32>) -> tensor<2x8x8xf32>
    %239 = stablehlo.dot_general %234, %236, batching_dims = [0] x [0], contracting_dims = [2] x [2], precision = [DEFAULT, DEFAULT] : (tensor<2x8x8xf32>, tensor<2x8x8xf32>) -> tensor<2x8x8xf32>
    %cst_43 = stablehlo.constant dense<8.000000e+00> : tensor<f32>
    %240 = stablehlo.sqrt %cst_43 : tensor<f32>
    %241 = stablehlo.convert %240 : tensor<f32>
    %242 = stablehlo.broadcast_in_dim %241, dims = [] : (tensor<f32>) -> tensor<2x8x8xf32>
    %243 = stablehlo.divide %239, %242 : tensor<2x8x8xf32>
    %c_44 = stablehlo.constant dense<true> : tensor<i1>
    %244 = stablehlo.broadcast_in_dim %c_44, dims = [] : (tensor<i1>) -> tensor<8x8xi1>
    %245 = call @tril(%244) : (tensor<8x8xi1>) -> tensor<8x8xi1>
    %cst_45 = stablehlo.constant dense<-1.000000e+09> : tensor<f32>
    %246 = call @_where(%245, %243, %cst_45) : (tensor<8x8xi1>, tensor<2x8x8xf32>, tensor<f32>) -> tensor<2x8x8xf32>
    %cst_46 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %247 = stablehlo.reduce(%246 init: %cst_46) applies stablehlo.maximum across dimensions = [2] : (tensor<2x8x8xf32>, tensor<f32>) -> tensor<2x8xf32>
    %cst_47 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %248 = stablehlo.broadcast_in_dim %cst_47, dims = [] : (tensor<f32>) -> tensor<2x8xf32>
    %249 = stablehlo.maximum %248, %247 : tensor<2x8xf32>
    %250 = stablehlo.broadcast_in_dim %249, dims = [0, 1] : (tensor<2x8xf32>) -> tensor<2x8x1xf32>
    %251 = stablehlo.broadcast_in_dim %250, dims = [0, 1, 2] : (tensor<2x8x1xf32>) -> tensor<2x8x8xf32>
    %252 = stablehlo.subtract %246, %251 : tensor<2x8x8xf32>
    %253 = stablehlo.exponential %252 : tensor<2x8x8xf32>
    %cst_48 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %254 = stablehlo.reduce(%253 init: %cst_48) applies stablehlo.add across dimensions = [2] : (tensor<2x8x8xf32>, tensor<f32>) -> tensor<2x8xf32>
    %255 = stablehlo.broadcast_in_dim %254, dims = [0, 1] : (tensor<2x8xf32>) -> tensor<2x8x1xf32>
    %256 = stablehlo.broadcast_in_dim %255, dims = [0, 1, 2] : (tensor<2x8x1xf32>) -> tensor<2x8x8xf32>
    %257 = stablehlo.divide %253, %256 : tensor<2x8x8xf32>
    %258 = stablehlo.dot_general %238, %257, batching_dims = [0] x [0], contracting_dims = [1] x [2], precision = [DEFAULT, DEFAULT] : (tensor<2x8x8xf32>, tensor<2x8x8xf32>) -> tensor<2x8x8xf32>
    %259 = stablehlo.transpose %258, dims = [2, 0, 1] : (tensor<2x8x8xf32>) -> tensor<8x2x8xf32>
    %260 = stablehlo.reshape %259 : (tensor<8x2x8xf32>) -> tensor<8x16xf32>
    %261 = stablehlo.dot_general %260, %arg27, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<8x16xf32>, tensor<16x16xf32>) -> tensor<8x16xf32>
    %262 = stablehlo.add %205, %261 : tensor<8x16xf32>
    %cst_49 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %263 = stablehlo.reduce(%262 init: %cst_49) applies stablehlo.add across dimensions = [1] : (tensor<8x16xf32>, tensor<f32>) -> tensor<8xf32>
    %264 = stablehlo.broadcast_in_dim %263, dims = [0] : (tensor<8xf32>) -> tensor<8x1xf32>
    %cst_50 = stablehlo.constant dense<1.600000e+01> : tensor<f32>
    %265 = stablehlo.broadcast_in_dim %cst_50, dims = [] : (tensor<f32>) -> tensor<8x1xf32>
    %266 = stablehlo.divide %264, %265 : tensor<8x1xf32>
    %267 = stablehlo.broadcast_in_dim %266, dims = [0, 1] : (tensor<8x1xf32>) -> tensor<8x16xf32>
    %268 = stablehlo.subtract %262, %267 : tensor<8x16xf32>
    %269 = stablehlo.multiply %268, %268 : tensor<8x16xf32>
    %cst_51 = stablehlo.constant dense<0.000000e+00> : tensor<f32>
    %270 = stablehlo.reduce(%269 init: %cst_51) applies stablehlo.add across dimensions = [1] : (tensor<8x16xf32>, tensor<f32>) -> tensor<8xf32>
    %271 = stablehlo.broadcast_in_dim %270, dims = [0] : (tensor<8xf32>) -> tensor<8x1xf32>
    %cst_52 = stablehlo.constant dense<1.600000e+01> : tensor<f32>
    %272 = stablehlo.broadcast_in_dim %cst_52, dims = [] : (tensor<f32>) -> tensor<8x1xf32>
    %273 = stablehlo.divide %271, %272 : tensor<8x1xf32>
    %274 = stablehlo.broadcast_in_dim %266, dims = [0, 1] : (tensor<8x1xf32>) -> tensor<8x16xf32>
    %275 = stablehlo.subtract %262, %274 : tensor<8x16xf32>
    %cst_53 = stablehlo.constant dense<9.99999974E-6> : tensor<f32>
    %276 = stablehlo.broadcast_in_dim %cst_53, dims = [] : (tensor<f32>) -> tensor<8x1xf32>
    %277 = stablehlo.add %273, %276 : tensor<8x1xf32>
    %278 = stablehlo.rsqrt %277 : tensor<8x1xf32>
    %279 = stablehlo.broadcast_in_dim %278, dims = [0, 1] : (tensor<8x1xf32>) -> tensor<8x16xf32>
    %280 = stablehlo.multiply %275, %279 : tensor<8x16xf32>
    %281 = stablehlo.broadcast_in_dim %arg26, dims = [1] : (tensor<16xf32>) -> tensor<1x16xf32>
    %282 = stablehlo.broadcast_in_dim %281, dims = [0, 1] : (tensor<1x16xf32>) -> tensor<8x16xf32>
    %283 = stablehlo.multiply %280, %282 : tensor<8x16xf32>
    %284 = stablehlo.broadcast_in_dim %arg22, dims = [1] : (tensor<16xf32>) -> tensor<1x16xf32>
    %285 = stablehlo.broadcast_in_dim %284, dims = [0, 1] : (tensor<1x16xf32>) -> tensor<8x16xf32>
    %286 = stablehlo.add %283, %285 : tensor<8x16xf32>
    %287 = stablehlo.dot_general %286, %arg29, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<8x16xf32>, tensor<16x32xf32>) -> tensor<8x32xf32>
    %288 = stablehlo.broadcast_in_dim %arg23, dims = [1] : (tensor<32xf32>) -> tensor<1x32xf32>
    %289 = stablehlo.broadcast_in_dim %288, dims = [0, 1] : (tensor<1x32xf32>) -> tensor<8x32xf32>
    %290 = stablehlo.add %287, %289 : tensor<8x32xf32>
    %291 = stablehlo.multiply %290, %290 : tensor<8x32xf32>
    %292 = stablehlo.multiply %291, %290 : tensor<8x32xf32>
    %cst_54 = stablehlo.constant dense<4.471500e-02> : tensor<f32>
    %293 = stablehlo.broadcast_in_dim %cst_54, dims = [] : (tensor<f32>) -> tensor<8x32xf32>
    %294 = stablehlo.multiply %293, %292 : tensor<8x32xf32>
    %295 = stablehlo.add %290, %294 : tensor<8x32xf32>
    %cst_55 = stablehlo.constant dense<0.797884583> : tensor<f32>
    %296 = stablehlo.broadcast_in_dim %cst_55, dims = [] : (tensor<f32>) -> tensor<8x32xf32>
    %297 = stablehlo.multiply %296, %295 : tensor<8x32xf32>
    %298 = stablehlo.tanh %297 : tensor<8x32xf32>
    %cst_56 = stablehlo.constant dense<1.000000e+00> : tensor<f32>
    %299 = stablehlo.broadcast_in_dim %cst_56, dims = [] : (tensor<f32>) -> tensor<8x32xf32>
    %300 = stablehlo.add %299, %298 : tensor<8x32xf32>
    %cst_57 = stablehlo.constant dense<5.000000e-01> : tensor<f32>
    %301 = stablehlo.broadcast_in_dim %cst_57, dims = [] : (tensor<f32>) -> tensor<8x32xf32>
    %302 = stablehlo.multiply %301, %300 : tensor<8x32xf32>
    %303 = stablehlo.multiply %290, %302 : tensor<8x32xf32>
    %304 = stablehlo.dot_general %303, %arg30, contracting_dims = [1] x [0], precision = [DEFAULT, DEFAULT] : (tensor<8x32xf32>, tensor<32x16xf32>) -> tensor<8x16xf32>
    %305 = stablehlo.add %262, %304 : tensor<8x16xf32>
    %306 = stablehlo.broadcast_in_dim %arg24, dims = [1] : (tensor<16xf32>) -> tensor<1x16xf32>
    %307 = stablehlo.broadcast_in_dim %306, dims = [0, 1] : (tensor<1x16xf32>) -> tensor<8x16xf32>
    %308 = stablehlo.add %305, %307 : tensor<8x16xf32>
    return %308 : tensor<8x16xf32>
  }
  func.func private @tril(%arg0: tensor<8x8xi1>) -> tensor<8x8xi1> {
    %0 = stablehlo.iota dim = 0 : tensor<8x8xi32>
    %c = stablehlo.constant dense<0> : tensor<i32>
    %1 = stablehlo.broadcast_in_dim %c, dims = [] : (tensor<i32>) -> tensor<8x8xi32>
    %2 = stablehlo.add %0, %1 : tensor<8x8xi32>
    %3 = stablehlo.iota dim = 1 : tensor<8x8xi32>
    %4 = stablehlo.compare GE, %2, %3, SIGNED : (tensor<8x8xi32>, tensor<8x8xi32>) -> tensor<8x8xi1>
    %c_0 = stablehlo.constant dense<false> : tensor<i1>
    %5 = stablehlo.broadcast_in_dim %c_0, dims = [] : (tensor<i1>) -> tensor<8x8xi1>
    %6 = stablehlo.select %4, %arg0, %5 : tensor<8x8xi1>, tensor<8x8xi1>
    return %6 : tensor<8x8xi1>
  }
  func.func private @_where(%arg0: tensor<8x8xi1>, %arg1: tensor<2x8x8xf32>, %arg2: tensor<f32>) -> tensor<2x8x8xf32> {
    %0 = stablehlo.convert %arg2 : tensor<f32>
    %1 = stablehlo.broadcast_in_dim %arg0, dims = [1, 2] : (tensor<8x8xi1>) -> tensor<2x8x8xi1>
    %2 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<2x8x8xf32>
    %3 = stablehlo.select %1, %arg1, %2 : tensor<2x8x8xi1>, tensor<2x8x8xf32>
    return %3 : tensor<2x8x8xf32>
  }
}

