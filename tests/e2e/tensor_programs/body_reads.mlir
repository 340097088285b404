func.func @rows(%t: tensor<5x3xf32>, %i: tensor<4xi64>) -> tensor<4x3xf32> {
  %e = tensor.empty() : tensor<4x3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%i : tensor<4xi64>) outs(%e : tensor<4x3xf32>) {
  ^bb0(%in: i64, %out: f32):
    %j = linalg.index 1 : index
    %k = arith.index_cast %in : i64 to index
    %x = tensor.extract %t[%k, %j] : tensor<5x3xf32>
    linalg.yield %x : f32
  } -> tensor<4x3xf32>
  return %r : tensor<4x3xf32>
}
func.func @chain(%t: tensor<6xi32>, %u: tensor<6xf32>, %scale: f32) -> tensor<6xf32> {
  %e = tensor.empty() : tensor<6xf32>
  %s = tensor.from_elements %scale : tensor<1xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%e : tensor<6xf32>) {
  ^bb0(%out: f32):
    %i = linalg.index 0 : index
    %a = tensor.extract %t[%i] : tensor<6xi32>
    %b = arith.index_cast %a : i32 to index
    %c = tensor.extract %t[%b] : tensor<6xi32>
    %d = arith.index_cast %c : i32 to index
    %x = tensor.extract %u[%d] : tensor<6xf32>
    %c0 = arith.constant 0 : index
    %f = tensor.extract %s[%c0] : tensor<1xf32>
    %y = arith.mulf %x, %f : f32
    linalg.yield %y : f32
  } -> tensor<6xf32>
  return %r : tensor<6xf32>
}
func.func @sum(%t: tensor<8xf32>, %i: tensor<3x4xi32>) -> tensor<3xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<3xf32>) -> tensor<3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%i : tensor<3x4xi32>) outs(%z : tensor<3xf32>) {
  ^bb0(%in: i32, %acc: f32):
    %k = arith.index_cast %in : i32 to index
    %x = tensor.extract %t[%k] : tensor<8xf32>
    %s = arith.addf %acc, %x : f32
    linalg.yield %s : f32
  } -> tensor<3xf32>
  return %r : tensor<3xf32>
}
func.func @generate(%t: tensor<3x4xi32>) -> (tensor<4x3xi32>, tensor<4x5xi32>) {
  %c2 = arith.constant 2 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %g = tensor.generate {
  ^bb0(%i: index, %j: index):
    %x = tensor.extract %t[%j, %i] : tensor<3x4xi32>
    tensor.yield %x : i32
  } : tensor<4x3xi32>
  %p = tensor.pad %t low[0, 1] high[1, 0] {
  ^bb0(%i: index, %j: index):
    %k = arith.remui %i, %c3 : index
    %l = arith.remui %j, %c3 : index
    %x = tensor.extract %t[%k, %l] : tensor<3x4xi32>
    tensor.yield %x : i32
  } : tensor<3x4xi32> to tensor<4x5xi32>
  return %g, %p : tensor<4x3xi32>, tensor<4x5xi32>
}
func.func @map(%t: tensor<4xi32>, %u: tensor<4xi32>, %n: tensor<0xi32>) -> (tensor<4xi32>, tensor<4xi32>, tensor<4xi32>) {
  %e = tensor.empty() : tensor<4xi32>
  %m = linalg.map ins(%t : tensor<4xi32>) outs(%e : tensor<4xi32>) (%in: i32) {
    %k = arith.index_cast %in : i32 to index
    %x = tensor.extract %u[%k] : tensor<4xi32>
    %i = linalg.index 0 : index
    %j = arith.index_cast %i : index to i32
    %y = arith.addi %x, %j : i32
    linalg.yield %y : i32
  }
  %w = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%t : tensor<4xi32>) {
  ^bb0(%out: i32):
    %k = arith.index_cast %out : i32 to index
    %x = tensor.extract %u[%k] : tensor<4xi32>
    %y = arith.addi %x, %out : i32
    linalg.yield %y : i32
  } -> tensor<4xi32>
  %v = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%t : tensor<4xi32>) outs(%e : tensor<4xi32>) {
  ^bb0(%in: i32, %out: i32):
    %c5 = arith.constant 2 : i32
    %i = linalg.index 0 : index
    %big = arith.cmpi sgt, %in, %c5 : i32
    %q = scf.if %big -> (i32) {
      %j = arith.index_cast %i : index to i32
      scf.yield %j : i32
    } else {
      scf.yield %in : i32
    }
    linalg.yield %q : i32
  } -> tensor<4xi32>
  return %m, %w, %v : tensor<4xi32>, tensor<4xi32>, tensor<4xi32>
}
func.func @outside(%t: tensor<4xi32>, %u: tensor<4xi32>) -> tensor<4xi32> {
  %e = tensor.empty() : tensor<4xi32>
  %one = tensor.extract_slice %u[0] [1] [1] : tensor<4xi32> to tensor<1xi32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%t : tensor<4xi32>) outs(%e : tensor<4xi32>) {
  ^bb0(%in: i32, %out: i32):
    %k = arith.index_cast %in : i32 to index
    %x = tensor.extract %u[%k] : tensor<4xi32>
    %c9 = arith.constant 9 : index
    %y = tensor.extract %one[%c9] : tensor<1xi32>
    %z = arith.addi %x, %y : i32
    linalg.yield %z : i32
  } -> tensor<4xi32>
  return %r : tensor<4xi32>
}
