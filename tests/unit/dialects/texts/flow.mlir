
func.func @f(%v: f32, %i: index, %x: tensor<8x8xf32>, %y: tensor<?x4xi8>) {
  %0 = flow.tensor.constant dense<1> : tensor<4xi32> -> tensor<?xi32>
  %1 = flow.tensor.dynamic_constant dense<1.000000e+00> : tensor<2x4xf32> -> tensor<?x4xf32>
  %2 = flow.tensor.tie_shape %1 : tensor<?x4xf32>{%i}
  %3 = flow.tensor.reshape %2 : tensor<?x4xf32>{%i} -> tensor<2x?xf32>{%i}
  %4 = flow.tensor.bitcast %y : tensor<?x4xi8>{%i} -> tensor<?xi32>{%i}
  %5 = flow.tensor.bitcast %x : tensor<8x8xf32> -> tensor<64xi32>
  %6 = flow.tensor.load %x[%i, %i] : tensor<8x8xf32>
  %7 = flow.tensor.store %6, %x[%i, %i] : tensor<8x8xf32>
  %8 = flow.tensor.empty : tensor<?x8xf32>{%i}
  %9 = flow.tensor.alloca : tensor<f32>
  %10 = flow.tensor.load %9 : tensor<f32>
  %11 = flow.tensor.splat %v : tensor<?x?xf32>{%i, %i}
  %12 = flow.tensor.clone %11 : tensor<?x?xf32>{%i, %i}
  %13 = flow.tensor.slice %x[%i, %i for %i, %i] : tensor<8x8xf32> -> tensor<?x2xf32>{%i}
  %14 = flow.tensor.update %13, %x[%i, %i] : tensor<?x2xf32>{%i} -> %x as tensor<8x8xf32>
  %15 = flow.tensor.transfer %11 : tensor<?x?xf32>{%i, %i} to #hal.device.promise<@b>
  %16 = flow.tensor.transfer %x : tensor<8x8xf32> to #hal.device.affinity<@b, [0]>
  func.return
}
