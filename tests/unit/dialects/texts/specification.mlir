func.func @f(%x: tensor<2xf32>, %y: tensor<?xf32>, %p: tensor<2xi1>, %m: tensor<?x4xi32>, %q: tensor<2x!quant.uniform<i8:f32, 0.072314441204071045:15>>, %t: tuple<tensor<2xf32>>) -> tensor<2xf32> {
  %0 = stablehlo.select %p, %x, %y : (tensor<2xi1>, tensor<2xf32>, tensor<?xf32>) -> tensor<?xf32>
  %1 = stablehlo.compare LT, %x, %y : (tensor<2xf32>, tensor<?xf32>) -> tensor<?xi1>
  %2 = stablehlo.reduce_precision %y, format = e5m2 : (tensor<?xf32>) -> tensor<2xf32>
  %3 = stablehlo.convert %x : tensor<2xf32>
  %4 = stablehlo.slice %y [0:2] : (tensor<?xf32>) -> tensor<2xf32>
  %5 = stablehlo.transpose %m, dims = [1, 0] : (tensor<?x4xi32>) -> tensor<4x3xi32>
  %6 = stablehlo.reshape %m : (tensor<?x4xi32>) -> tensor<12xi32>
  %7 = stablehlo.broadcast_in_dim %y, dims = [1] : (tensor<?xf32>) -> tensor<3x2xf32>
  %8 = stablehlo.reduce_precision %q, format = e5m2 : tensor<2x!quant.uniform<i8:f32, 0.072314441204071045:15>>
  %9 = stablehlo.complex %x, %y : (tensor<2xf32>, tensor<?xf32>) -> tensor<?xcomplex<f32>>
  %10 = stablehlo.custom_call @f(%t, %x) {output_operand_aliases = [#stablehlo.output_operand_alias<output_tuple_indices = [], operand_index = 0, operand_tuple_indices = [0]>]} : (tuple<tensor<2xf32>>, tensor<2xf32>) -> tensor<2xf32>
  return %3 : tensor<2xf32>
}
