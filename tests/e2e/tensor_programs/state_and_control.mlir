// Host code around tensor work: a global tensor, loops and branches that carry tensors, numbers to
// tensors and back.
module @host {
  util.global private mutable @kept = dense<[1.0, 2.0]> : tensor<2xf32>
  func.func @accumulate(%x: tensor<2xf32>) -> tensor<2xf32> {
    %0 = util.global.load @kept : tensor<2xf32>
    %1 = arith.addf %0, %x : tensor<2xf32>
    util.global.store %1, @kept : tensor<2xf32>
    return %1 : tensor<2xf32>
  }
  func.func @power(%x: tensor<2xf32>, %n: i32) -> (tensor<2xf32>, i32) {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %r = scf.for %i = %c0 to %n step %c1 iter_args(%v = %x) -> (tensor<2xf32>) : i32 {
      %y = arith.mulf %v, %x : tensor<2xf32>
      scf.yield %y : tensor<2xf32>
    }
    return %r, %n : tensor<2xf32>, i32
  }
  func.func @either(%c: i1, %a: tensor<?xf32>, %b: tensor<?xf32>) -> (tensor<?xf32>, index) {
    %0 = scf.if %c -> (tensor<?xf32>) {
      scf.yield %a : tensor<?xf32>
    } else {
      scf.yield %b : tensor<?xf32>
    }
    %c0 = arith.constant 0 : index
    %n = tensor.dim %0, %c0 : tensor<?xf32>
    return %0, %n : tensor<?xf32>, index
  }
  func.func @scaled(%x: tensor<2xf32>, %k: f32) -> tensor<2xf32> {
    %0 = tensor.splat %k : tensor<2xf32>
    %1 = arith.mulf %x, %0 : tensor<2xf32>
    return %1 : tensor<2xf32>
  }
  func.func @second(%x: tensor<2xf32>) -> f32 {
    %c1 = arith.constant 1 : index
    %y = arith.addf %x, %x : tensor<2xf32>
    %0 = tensor.extract %y[%c1] : tensor<2xf32>
    return %0 : f32
  }
  func.func @element(%x: tensor<2xi64>, %i: index) -> i64 {
    %0 = tensor.extract %x[%i] : tensor<2xi64>
    return %0 : i64
  }
  func.func @until(%x: tensor<f32>) -> tensor<f32> {
    %limit = arith.constant 100.0 : f32
    %0 = scf.while (%v = %x) : (tensor<f32>) -> tensor<f32> {
      %e = tensor.extract %v[] : tensor<f32>
      %more = arith.cmpf olt, %e, %limit : f32
      scf.condition(%more) %v : tensor<f32>
    } do {
    ^bb0(%v: tensor<f32>):
      %d = arith.addf %v, %v : tensor<f32>
      scf.yield %d : tensor<f32>
    }
    return %0 : tensor<f32>
  }
  func.func @chosen(%c: i1, %a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<?xf32> {
    %0 = arith.select %c, %a, %b : tensor<?xf32>
    return %0 : tensor<?xf32>
  }
}
