func.func @product(%a: memref<64x48xf32>, %b: memref<32x48xf32>, %c: memref<64x32xf32>, %p: memref<?xi8>, %q: memref<?xi32>, %n: index, %more: i1) {
  vmvx.mmt4d lhs(%a offset %n row_stride %n : memref<64x48xf32>) rhs(%b offset %n row_stride %n : memref<32x48xf32>) out(%c offset %n row_stride %n : memref<64x32xf32>) sizes(%n, %n, %n) tile(%n, %n, %n)
  vmvx.mmt4d lhs(%p offset %n row_stride %n : memref<?xi8>) rhs(%p offset %n row_stride %n : memref<?xi8>) out(%q offset %n row_stride %n : memref<?xi32>) sizes(%n, %n, %n) tile(%n, %n, %n) accumulate(%more) {kept}
  vmvx.copy in(%a offset %n strides[%n, %n] : memref<64x48xf32>) out(%b offset %n strides[%n, %n] : memref<32x48xf32>) sizes(%n, %n)
  vmvx.copy in(%p offset %n strides[%n, %n] : memref<?xi8>) out(%p offset %n strides[%n, %n] : memref<?xi8>) sizes(%n, %n) {kept}
  return
}
