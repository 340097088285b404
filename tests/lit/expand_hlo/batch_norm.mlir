// RUN: ireelite-opt %s -p expand-hlo | filecheck %s

// One value for each feature is computed once, and spread over the elements.

// CHECK-LABEL: func.func @inference
// CHECK-DAG:   %[[CENTER:.+]] = stablehlo.broadcast_in_dim %mean, dims = [1] : (tensor<3xf32>) -> tensor<4x3xf32>
// CHECK-DAG:   %[[SHIFTED:.+]] = stablehlo.add %variance, %{{.+}} : tensor<3xf32>
// CHECK:       %[[ROOT:.+]] = stablehlo.sqrt %[[SHIFTED]] : tensor<3xf32>
// CHECK:       stablehlo.broadcast_in_dim %[[ROOT]], dims = [1]
// CHECK:       stablehlo.divide
func.func @inference(%x: tensor<4x3xf32>, %scale: tensor<3xf32>, %offset: tensor<3xf32>,
                     %mean: tensor<3xf32>, %variance: tensor<3xf32>) -> tensor<4x3xf32> {
  %0 = "stablehlo.batch_norm_inference"(%x, %scale, %offset, %mean, %variance)
      {epsilon = 0.001 : f32, feature_index = 1 : i64}
      : (tensor<4x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  return %0 : tensor<4x3xf32>
}

// Small floats are summed in f32.

// CHECK-LABEL: func.func @training
// CHECK:       stablehlo.convert %x : (tensor<4x3xf16>) -> tensor<4x3xf32>
// CHECK:       stablehlo.reduce({{.+}}) applies stablehlo.add across dimensions = [0]
// CHECK-SAME:  -> tensor<3xf32>
// CHECK:       stablehlo.convert {{.+}} -> tensor<4x3xf16>
func.func @training(%x: tensor<4x3xf16>, %scale: tensor<3xf16>, %offset: tensor<3xf16>) -> tensor<4x3xf16> {
  %0:3 = "stablehlo.batch_norm_training"(%x, %scale, %offset)
      {epsilon = 0.001 : f32, feature_index = 1 : i64}
      : (tensor<4x3xf16>, tensor<3xf16>, tensor<3xf16>) -> (tensor<4x3xf16>, tensor<3xf16>, tensor<3xf16>)
  return %0#0 : tensor<4x3xf16>
}
