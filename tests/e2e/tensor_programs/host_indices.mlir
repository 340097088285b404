func.func @rows(%a: tensor<10x4xf32>) -> tensor<4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c10 = arith.constant 10 : index
  %z = arith.constant dense<0.0> : tensor<4xf32>
  %r = scf.for %i = %c0 to %c10 step %c1 iter_args(%acc = %z) -> (tensor<4xf32>) {
    %row = tensor.extract_slice %a[%i, 0] [1, 4] [1, 1] : tensor<10x4xf32> to tensor<4xf32>
    %s = arith.addf %acc, %row : tensor<4xf32>
    scf.yield %s : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}
func.func @part(%a: tensor<10x4xf32>, %i: index) -> (tensor<4xf32>, tensor<10x4xf32>) {
  %row = tensor.extract_slice %a[%i, 0] [1, 4] [1, 1] : tensor<10x4xf32> to tensor<4xf32>
  %c1 = arith.constant 1 : index
  %j = arith.subi %i, %c1 : index
  %w = tensor.insert_slice %row into %a[%j, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<10x4xf32>
  return %row, %w : tensor<4xf32>, tensor<10x4xf32>
}
func.func @below(%a: tensor<10xf32>, %i: index) -> tensor<10xf32> {
  %e = tensor.empty() : tensor<10xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%a : tensor<10xf32>) outs(%e : tensor<10xf32>) {
  ^bb0(%x: f32, %out: f32):
    %j = linalg.index 0 : index
    %c = arith.cmpi ult, %j, %i : index
    %z = arith.constant 0.0 : f32
    %y = arith.select %c, %x, %z : f32
    linalg.yield %y : f32
  } -> tensor<10xf32>
  return %r : tensor<10xf32>
}
func.func @elements(%a: tensor<10xf32>, %b: tensor<i32>) -> (tensor<10xf32>, f32) {
  %c3 = arith.constant 3 : index
  %n = tensor.extract %b[] : tensor<i32>
  %i = arith.index_cast %n : i32 to index
  %v = tensor.extract %a[%i] : tensor<10xf32>
  %w = arith.addf %v, %v : f32
  %t = tensor.insert %w into %a[%i] : tensor<10xf32>
  %u = tensor.insert %w into %t[%c3] : tensor<10xf32>
  return %u, %v : tensor<10xf32>, f32
}
func.func @read(%a: tensor<10x4xf32>, %b: tensor<i32>) -> tensor<2x4xf32> {
  %n = tensor.extract %b[] : tensor<i32>
  %i = arith.index_cast %n : i32 to index
  %r = tensor.extract_slice %a[%i, 0] [2, 4] [1, 1] : tensor<10x4xf32> to tensor<2x4xf32>
  return %r : tensor<2x4xf32>
}
