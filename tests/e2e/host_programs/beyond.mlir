// What IREE's own compiler reads but can't lower, or lowers to something else.
// COMPILED HERE
// CALL whole(-2.5) = (-2.0, -2.0)
// CALL whole(2.5) = (2.0, 2.0)
// CALL numbers_win(1.0) = (1.0, 1.0)
// CALL remainders(7.5, 2.0) = (1.5, 1.5)
// CALL remainders(-7.5, 2.0) = (-1.5, -1.5)
// CALL not_set() = (1,)
// CALL set() = (0,)
// CALL chain(0) = (1, 2)
// CALL chain(3) = (4, 5)

module @beyond {
  util.global private mutable @nothing : !util.buffer
  util.global private mutable @something : !util.buffer

  func.func @whole(%x: f32) -> (f32, f64) {
    %0 = math.trunc %x : f32
    %1 = arith.extf %x : f32 to f64
    %2 = math.trunc %1 : f64
    return %0, %2 : f32, f64
  }
  func.func @numbers_win(%x: f32) -> (f32, f32) {
    %zero = arith.constant 0.0 : f32
    %nan = arith.divf %zero, %zero : f32
    %0 = arith.maxnumf %x, %nan : f32
    %1 = arith.minnumf %nan, %x : f32
    return %0, %1 : f32, f32
  }
  func.func @remainders(%a: f32, %b: f32) -> (f32, f64) {
    %0 = arith.remf %a, %b : f32
    %1 = arith.extf %a : f32 to f64
    %2 = arith.extf %b : f32 to f64
    %3 = arith.remf %1, %2 : f64
    return %0, %3 : f32, f64
  }
  func.func @not_set() -> i1 {
    %0 = util.global.load @nothing : !util.buffer
    %null = util.null : !util.buffer
    %1 = util.cmp.eq %0, %null : !util.buffer
    return %1 : i1
  }
  func.func @set() -> i1 {
    %text = util.buffer.constant : !util.buffer = "x"
    util.global.store %text, @something : !util.buffer
    %0 = util.global.load @something : !util.buffer
    %null = util.null : !util.buffer
    %1 = util.cmp.eq %0, %null : !util.buffer
    return %1 : i1
  }
  util.func public @chain(%n: i32) -> (i32, i32) {
    %one = arith.constant 1 : i32
    %0 = arith.addi %n, %one : i32
    %1 = util.call @next(%0) : (i32) -> i32
    util.return %0, %1 : i32, i32
  }
  util.func private @next(%n: i32) -> i32 {
    %one = arith.constant 1 : i32
    %0 = arith.addi %n, %one : i32
    util.return %0 : i32
  }
}
