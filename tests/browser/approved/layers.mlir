func.func @layers(%x: tensor<16x64xf32>, %w: tensor<64x32xf32>, %b: tensor<32xf32>, %v: tensor<32x8xf32>)
    -> tensor<16x8xf32> {
  %product = stablehlo.dot %x, %w : (tensor<16x64xf32>, tensor<64x32xf32>) -> tensor<16x32xf32>
  %bias = stablehlo.broadcast_in_dim %b, dims = [1] : (tensor<32xf32>) -> tensor<16x32xf32>
  %sum = stablehlo.add %product, %bias : tensor<16x32xf32>
  %zero = stablehlo.constant dense<0.0> : tensor<16x32xf32>
  %positive = stablehlo.maximum %sum, %zero : tensor<16x32xf32>
  %scores = stablehlo.dot %positive, %v : (tensor<16x32xf32>, tensor<32x8xf32>) -> tensor<16x8xf32>
  return %scores : tensor<16x8xf32>
}
