
ml_program.global private mutable @counter(dense<2.0> : tensor<f32>) : tensor<f32>
ml_program.global private @table(dense<[1, 2, 3]> : tensor<3xi32>) : tensor<?xi32>
ml_program.global private mutable @later : tensor<2xf32>
ml_program.func @inc(%x: tensor<f32>) -> tensor<f32> {
  %0 = ml_program.global_load @counter : tensor<f32>
  ml_program.global_store @counter = %x : tensor<f32>
  ml_program.return %0 : tensor<f32>
}
ml_program.subgraph @look() -> tensor<?xi32> {
  %0 = ml_program.global_load_const @table : tensor<?xi32>
  ml_program.output %0 : tensor<?xi32>
}
