ml_program.global private mutable @counter(dense<2.0> : tensor<f32>) : tensor<f32>
ml_program.global private @table(dense<[1, 2, 3]> : tensor<3xi32>) : tensor<?xi32>
util.global private @bytes = #util.byte_pattern<257> : tensor<2xi32>
util.global private mutable @state {inlining_policy = #util.inline.never} = dense<5> : tensor<2xi32>
ml_program.func @inc() -> tensor<f32> {
  %0 = ml_program.global_load @counter : tensor<f32>
  %c1 = arith.constant dense<1.0> : tensor<f32>
  %1 = stablehlo.add %0, %c1 : tensor<f32>
  ml_program.global_store @counter = %1 : tensor<f32>
  %2 = ml_program.global_load @counter : tensor<f32>
  ml_program.return %2 : tensor<f32>
}
ml_program.subgraph @look() -> tensor<3xi32> {
  %0 = ml_program.global_load_const @table : tensor<?xi32>
  %1 = tensor.cast %0 : tensor<?xi32> to tensor<3xi32>
  %2 = arith.addi %1, %1 : tensor<3xi32>
  ml_program.output %2 : tensor<3xi32>
}
func.func @addresses() -> (tensor<2xi32>, tensor<2xi32>) attributes {inlining_policy = #util.inline.always} {
  %p = util.global.address immutable @bytes : !util.ptr<tensor<2xi32>>
  %q = util.global.address @state : !util.ptr<tensor<2xi32>>
  %0 = util.global.load.indirect immutable %p : !util.ptr<tensor<2xi32>> -> tensor<2xi32>
  %1 = util.global.load.indirect %q : !util.ptr<tensor<2xi32>> -> tensor<2xi32>
  %2 = arith.addi %0, %1 : tensor<2xi32>
  util.global.store.indirect %2, %q : tensor<2xi32> -> !util.ptr<tensor<2xi32>>
  %3 = util.global.load.indirect %q : !util.ptr<tensor<2xi32>> -> tensor<2xi32>
  return %0, %3 : tensor<2xi32>, tensor<2xi32>
}
