func.func @ext(%input: tensor<8xi8>, %scale: tensor<8xi8>) -> tensor<8xf32> {
  %init0 = tensor.empty() : tensor<8xf32>
  %res = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
    ins(%input, %scale : tensor<8xi8>, tensor<8xi8>) outs(%init0 : tensor<8xf32>) {
  ^bb0(%in: i8, %s: i8, %out: f32):
    %1 = arith.bitcast %in : i8 to f8E4M3FN
    %sc = arith.bitcast %s : i8 to f8E8M0FNU
    %2 = arith.scaling_extf %1, %sc : f8E4M3FN, f8E8M0FNU to f32
    linalg.yield %2 : f32
  } -> tensor<8xf32>
  return %res : tensor<8xf32>
}
func.func @trunc(%input: tensor<8xf32>, %scale: tensor<8xi8>) -> tensor<8xi8> {
  %sc = tensor.bitcast %scale : tensor<8xi8> to tensor<8xf8E8M0FNU>
  %0 = arith.scaling_truncf %input, %sc : tensor<8xf32>, tensor<8xf8E8M0FNU> to tensor<8xf8E4M3FN>
  %1 = tensor.bitcast %0 : tensor<8xf8E4M3FN> to tensor<8xi8>
  return %1 : tensor<8xi8>
}
func.func @by_floats(%input: tensor<8xf32>, %scale: tensor<8xf32>) -> tensor<8xi8> {
  %0 = arith.scaling_truncf %input, %scale : tensor<8xf32>, tensor<8xf32> to tensor<8xf8E4M3FN>
  %1 = tensor.bitcast %0 : tensor<8xf8E4M3FN> to tensor<8xi8>
  return %1 : tensor<8xi8>
}
func.func @is(%x: tensor<6xf32>, %h: tensor<6xf16>) -> (tensor<6xi1>, tensor<6xi1>, tensor<6xi1>, tensor<6xi1>, tensor<6xi1>) {
  %0 = math.isnan %x : tensor<6xf32>
  %1 = math.isinf %x : tensor<6xf32>
  %2 = math.isfinite %x : tensor<6xf32>
  %3 = math.isnormal %h : tensor<6xf16>
  %4 = math.isinf %h : tensor<6xf16>
  return %0, %1, %2, %3, %4 : tensor<6xi1>, tensor<6xi1>, tensor<6xi1>, tensor<6xi1>, tensor<6xi1>
}
func.func @index(%n: i8) -> (i64, i32) {
  %0 = arith.index_castui %n : i8 to index
  %1 = arith.index_cast %0 : index to i64
  %2 = arith.index_castui %0 : index to i32
  return %1, %2 : i64, i32
}
func.func @fours(%a: tensor<5xi8>) -> (tensor<5xf32>, tensor<5xi8>) {
  %e = tensor.empty() : tensor<5xf32>
  %f = tensor.empty() : tensor<5xi8>
  %r:2 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%a : tensor<5xi8>) outs(%e, %f : tensor<5xf32>, tensor<5xi8>) {
  ^bb0(%in: i8, %o: f32, %p: i8):
    %0 = arith.trunci %in : i8 to i4
    %1 = arith.bitcast %0 : i4 to f4E2M1FN
    %2 = arith.extf %1 : f4E2M1FN to f32
    %3 = arith.negf %2 : f32
    %4 = arith.truncf %3 : f32 to f4E2M1FN
    %5 = arith.bitcast %4 : f4E2M1FN to i4
    %6 = arith.extui %5 : i4 to i8
    linalg.yield %2, %6 : f32, i8
  } -> (tensor<5xf32>, tensor<5xi8>)
  return %r#0, %r#1 : tensor<5xf32>, tensor<5xi8>
}
