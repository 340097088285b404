func.func @choice(%c: tensor<i1>, %x: tensor<?xf32>) -> tensor<?xf32> {
  %n = stablehlo.get_dimension_size %x, dim = 0 : (tensor<?xf32>) -> tensor<i32>
  %two = stablehlo.constant dense<2> : tensor<i32>
  %enough = stablehlo.compare GE, %n, %two, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
  stablehlo.custom_call @shape_assertion(%enough, %n) {api_version = 2 : i32, error_message = "needs two elements", has_side_effect = true} : (tensor<i1>, tensor<i32>) -> ()
  %half = stablehlo.constant dense<0.5> : tensor<f32>
  %r = "stablehlo.if"(%c) ({
    %l = stablehlo.reshape %n : (tensor<i32>) -> tensor<1xi32>
    %b = stablehlo.dynamic_broadcast_in_dim %half, %l, dims = [] : (tensor<f32>, tensor<1xi32>) -> tensor<?xf32>
    %p = stablehlo.multiply %x, %b : tensor<?xf32>
    stablehlo.return %p : tensor<?xf32>
  }, {
    stablehlo.return %x : tensor<?xf32>
  }) : (tensor<i1>) -> tensor<?xf32>
  %0 = stablehlo.negate %r : tensor<?xf32>
  return %0 : tensor<?xf32>
}
func.func @cases(%i: tensor<i32>, %x: tensor<?xf32>) -> tensor<?xf32> {
  %r = "stablehlo.case"(%i) ({
    %p = stablehlo.add %x, %x : tensor<?xf32>
    stablehlo.return %p : tensor<?xf32>
  }, {
    %p = stablehlo.concatenate %x, %x, dim = 0 : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
    stablehlo.return %p : tensor<?xf32>
  }, {
    stablehlo.return %x : tensor<?xf32>
  }) : (tensor<i32>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}
func.func @loop(%turns: tensor<i32>, %x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %n = stablehlo.get_dimension_size %x, dim = 0 : (tensor<?x2xf32>) -> tensor<i32>
  %l = stablehlo.reshape %n : (tensor<i32>) -> tensor<1xi32>
  %c = stablehlo.constant dense<2> : tensor<1xi32>
  %s = stablehlo.concatenate %l, %c, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> tensor<2xi32>
  %0:2 = stablehlo.while(%i = %zero, %a = %x) : tensor<i32>, tensor<?x2xf32>
    cond {
      %more = stablehlo.compare LT, %i, %turns : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %more : tensor<i1>
    } do {
      %j = stablehlo.add %i, %one : tensor<i32>
      %f = stablehlo.convert %j : (tensor<i32>) -> tensor<f32>
      %b = stablehlo.dynamic_broadcast_in_dim %f, %s, dims = [] : (tensor<f32>, tensor<2xi32>) -> tensor<?x2xf32>
      %p = stablehlo.add %a, %b : tensor<?x2xf32>
      stablehlo.return %j, %p : tensor<i32>, tensor<?x2xf32>
    }
  return %0#1 : tensor<?x2xf32>
}
