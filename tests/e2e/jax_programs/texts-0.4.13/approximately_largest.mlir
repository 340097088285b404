module @jit_approximately_largest attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func @top_k_lt_f32_comparator(%arg0: tensor<f32>, %arg1: tensor<f32>, %arg2: tensor<i32>, %arg3: tensor<i32>) -> tensor<i1> {
    %0 = stablehlo.compare  LT, %arg0, %arg1 : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %0 : tensor<i1>
  }
  func.func @top_k_gt_f32_comparator(%arg0: tensor<f32>, %arg1: tensor<f32>, %arg2: tensor<i32>, %arg3: tensor<i32>) -> tensor<i1> {
    %0 = stablehlo.compare  GT, %arg0, %arg1 : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %0 : tensor<i1>
  }
  func.func public @main(%arg0: tensor<3x20xf32> {jax.arg_info = "x", mhlo.sharding = "{replicated}"}) -> (tensor<3x3xf32> {jax.result_info = "[0][0]"}, tensor<3x3xi32> {jax.result_info = "[0][1]"}, tensor<2x20xf32> {jax.result_info = "[1][0]"}, tensor<2x20xi32> {jax.result_info = "[1][1]"}) {
    %0 = stablehlo.iota dim = 1 : tensor<3x20xi32>
    %1 = stablehlo.constant dense<-1> : tensor<i32>
    %2 = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %3 = stablehlo.convert %2 : tensor<f32>
    %4:2 = stablehlo.custom_call @ApproxTopK(%arg0, %0, %3, %1) {called_computations = [@top_k_gt_f32_comparator], mhlo.backend_config = {aggregate_to_topk = true, is_fallback = true, recall_target = 0.949999988 : f32, reduction_dim = 1 : i64, reduction_input_size_override = -1 : i64, top_k = 3 : i64}} : (tensor<3x20xf32>, tensor<3x20xi32>, tensor<f32>, tensor<i32>) -> (tensor<3x3xf32>, tensor<3x3xi32>)
    %5 = stablehlo.iota dim = 0 : tensor<3x20xi32>
    %6 = stablehlo.constant dense<-1> : tensor<i32>
    %7 = stablehlo.constant dense<0x7F800000> : tensor<f32>
    %8 = stablehlo.convert %7 : tensor<f32>
    %9:2 = stablehlo.custom_call @ApproxTopK(%arg0, %5, %8, %6) {called_computations = [@top_k_lt_f32_comparator], mhlo.backend_config = {aggregate_to_topk = true, is_fallback = true, recall_target = 0.949999988 : f32, reduction_dim = 0 : i64, reduction_input_size_override = -1 : i64, top_k = 2 : i64}} : (tensor<3x20xf32>, tensor<3x20xi32>, tensor<f32>, tensor<i32>) -> (tensor<2x20xf32>, tensor<2x20xi32>)
    return %4#0, %4#1, %9#0, %9#1 : tensor<3x3xf32>, tensor<3x3xi32>, tensor<2x20xf32>, tensor<2x20xi32>
  }
}
