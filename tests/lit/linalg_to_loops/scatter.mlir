// RUN: ireelite-compile --compile-to=kernels %s | filecheck %s

// A scatter copies its input, then applies the updates whose place is inside, a row at a time. What
// makes the updates is computed where they are applied.
func.func @main(%x: tensor<4x6xf32>, %i: tensor<5x1xi32>, %u: tensor<5x6xf32>) -> tensor<4x6xf32> {
  %y = stablehlo.negate %u : tensor<5x6xf32>
  %0 = "stablehlo.scatter"(%x, %i, %y) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
  ^bb0(%old: tensor<f32>, %new: tensor<f32>):
    %sum = stablehlo.add %old, %new : tensor<f32>
    stablehlo.return %sum : tensor<f32>
  }) : (tensor<4x6xf32>, tensor<5x1xi32>, tensor<5x6xf32>) -> tensor<4x6xf32>
  return %0 : tensor<4x6xf32>
}
// CHECK:      func.func @main_rgn_dispatch_0([[U:%.*]]: memref<5x6xf32>, [[X:%.*]]: memref<4x6xf32>, [[I:%.*]]: memref<5x1xi32>, [[OUT:%.*]]: memref<4x6xf32>)
// CHECK:        scf.for [[ROW:%.*]] = %c0 to %c4 step %c1 {
// CHECK:          scf.for [[COLUMN:%.*]] = %c0 to %c6 step %c1 {
// CHECK-NEXT:       [[OLD:%.*]] = memref.load [[X]]{{\[}}[[ROW]], [[COLUMN]]]
// CHECK-NEXT:       memref.store [[OLD]], [[OUT]]{{\[}}[[ROW]], [[COLUMN]]]
// CHECK:        scf.for [[K:%.*]] = %c0 to %c5 step %c1 {
// CHECK-NEXT:     [[INDEX:%.*]] = memref.load [[I]]{{\[}}[[K]], %c0]
// CHECK-NEXT:     [[LOW:%.*]] = arith.minsi [[INDEX]], {{%.*}} : i32
// CHECK-NEXT:     [[NEAR:%.*]] = arith.maxsi [[LOW]], {{%.*}} : i32
// CHECK-NEXT:     [[PLACE:%.*]] = arith.index_cast [[NEAR]] : i32 to index
// CHECK-NEXT:     [[NOT_BEFORE:%.*]] = arith.cmpi sge, [[PLACE]], %c0
// CHECK-NEXT:     [[NOT_BEHIND:%.*]] = arith.cmpi slt, [[PLACE]], %c4
// CHECK-NEXT:     [[INSIDE:%.*]] = arith.andi [[NOT_BEFORE]], [[NOT_BEHIND]]
// CHECK-NEXT:     scf.if [[INSIDE]] {
// CHECK-NEXT:       scf.for [[C:%.*]] = %c0 to %c6 step %c1 {
// CHECK-NEXT:         [[BEFORE:%.*]] = memref.load [[OUT]]{{\[}}[[PLACE]], [[C]]]
// CHECK-NEXT:         [[UPDATE:%.*]] = memref.load [[U]]{{\[}}[[K]], [[C]]]
// CHECK-NEXT:         [[NEGATED:%.*]] = arith.negf [[UPDATE]]
// CHECK-NEXT:         [[SUM:%.*]] = arith.addf [[BEFORE]], [[NEGATED]]
// CHECK-NEXT:         memref.store [[SUM]], [[OUT]]{{\[}}[[PLACE]], [[C]]]
