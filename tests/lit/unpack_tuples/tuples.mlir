// RUN: ireelite-opt -p unpack-tuples %s | filecheck %s

func.func @loop(%x: tensor<i32>) -> tensor<i32> {
  %k = stablehlo.create_token : !stablehlo.token
  %t = stablehlo.tuple %x, %x : tuple<tensor<i32>, tensor<i32>>
  %w:2 = "stablehlo.while"(%t, %k) ({
  ^bb0(%a: tuple<tensor<i32>, tensor<i32>>, %kk: !stablehlo.token):
    %0 = stablehlo.get_tuple_element %a[0] : (tuple<tensor<i32>, tensor<i32>>) -> tensor<i32>
    %c = stablehlo.constant dense<10> : tensor<i32>
    %1 = stablehlo.compare LT, %0, %c : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }, {
  ^bb0(%a: tuple<tensor<i32>, tensor<i32>>, %kk: !stablehlo.token):
    %0 = stablehlo.get_tuple_element %a[0] : (tuple<tensor<i32>, tensor<i32>>) -> tensor<i32>
    %1 = stablehlo.get_tuple_element %a[1] : (tuple<tensor<i32>, tensor<i32>>) -> tensor<i32>
    %2 = stablehlo.add %0, %1 : tensor<i32>
    %t2 = stablehlo.tuple %2, %1 : tuple<tensor<i32>, tensor<i32>>
    stablehlo.return %t2, %kk : tuple<tensor<i32>, tensor<i32>>, !stablehlo.token
  }) : (tuple<tensor<i32>, tensor<i32>>, !stablehlo.token) -> (tuple<tensor<i32>, tensor<i32>>, !stablehlo.token)
  %r = stablehlo.get_tuple_element %w#0[0] : (tuple<tensor<i32>, tensor<i32>>) -> tensor<i32>
  return %r : tensor<i32>
}
// CHECK-LABEL: func.func @loop(%x: tensor<i32>) -> tensor<i32>
// CHECK-NEXT:    %r, %0 = stablehlo.while(%1 = %x, %2 = %x) : tensor<i32>, tensor<i32>
// CHECK-NOT:     tuple
// CHECK-NOT:     token
// CHECK:           stablehlo.return %4, %2 : tensor<i32>, tensor<i32>

func.func @signature(%x: tuple<tensor<4xf32>, tuple<tensor<i32>>> {a.b = 1 : i32}, %y: tensor<i32> {c.d = 2 : i32}) -> (tuple<tensor<4xf32>>, tensor<i32>) {
  %0 = stablehlo.get_tuple_element %x[0] : (tuple<tensor<4xf32>, tuple<tensor<i32>>>) -> tensor<4xf32>
  %1 = stablehlo.tuple %0 : tuple<tensor<4xf32>>
  return %1, %y : tuple<tensor<4xf32>>, tensor<i32>
}
// CHECK-LABEL: func.func @signature(%{{[0-9]+}}: tensor<4xf32>, %{{[0-9]+}}: tensor<i32>, %y: tensor<i32> {c.d = 2 : i32}) -> (tensor<4xf32>, tensor<i32>)
