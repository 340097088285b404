// RUN: ireelite-opt %s -p expand-quantized | filecheck %s

// The interface has the storage, and elements are moved as they are.

// CHECK-LABEL: func.func @moves(%x: tensor<2x3xui8>) -> tensor<3x2xui8>
// CHECK-NEXT:  %0 = stablehlo.transpose %x, dims = [1, 0] : (tensor<2x3xui8>) -> tensor<3x2xui8>
// CHECK-NEXT:  return %0
func.func @moves(%x: tensor<2x3x!quant.uniform<u8:f32, 0.5:3>>) -> tensor<3x2x!quant.uniform<u8:f32, 0.5:3>> {
  %0 = stablehlo.transpose %x, dims = [1, 0] : (tensor<2x3x!quant.uniform<u8:f32, 0.5:3>>) -> tensor<3x2x!quant.uniform<u8:f32, 0.5:3>>
  return %0 : tensor<3x2x!quant.uniform<u8:f32, 0.5:3>>
}

// Other ops compute in the type that is expressed.

// CHECK-LABEL: func.func @computes(%x: tensor<2xi8>) -> tensor<2xi8>
// CHECK:       stablehlo.convert %x : (tensor<2xi8>) -> tensor<2xi32>
// CHECK:       stablehlo.subtract
// CHECK:       stablehlo.convert
// CHECK:       stablehlo.multiply
// CHECK:       stablehlo.tanh %{{.+}} : tensor<2xf32>
// CHECK:       stablehlo.divide
// CHECK:       stablehlo.clamp
// CHECK:       stablehlo.round_nearest_even
// CHECK:       stablehlo.convert %{{.+}} : (tensor<2xf32>) -> tensor<2xi8>
func.func @computes(%x: tensor<2x!quant.uniform<i8:f32, 0.5:3>>) -> tensor<2x!quant.uniform<i8:f32, 0.25>> {
  %0 = "stablehlo.tanh"(%x) : (tensor<2x!quant.uniform<i8:f32, 0.5:3>>) -> tensor<2x!quant.uniform<i8:f32, 0.25>>
  return %0 : tensor<2x!quant.uniform<i8:f32, 0.25>>
}

// Each index of the dimension has its scale.

// CHECK-LABEL: func.func @by_axis
// CHECK:       %[[SCALES:.+]] = stablehlo.constant dense<[5.000000e-01, 2.500000e-01]> : tensor<2xf32>
// CHECK:       stablehlo.broadcast_in_dim %[[SCALES]], dims = [1] : (tensor<2xf32>) -> tensor<3x2xf32>
func.func @by_axis(%x: tensor<3x2x!quant.uniform<i8:f32:1, {0.5, 0.25}>>) -> tensor<3x2xf32> {
  %0 = stablehlo.uniform_dequantize %x : (tensor<3x2x!quant.uniform<i8:f32:1, {0.5, 0.25}>>) -> tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}
