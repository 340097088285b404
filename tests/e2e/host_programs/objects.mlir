// Lists and buffers.
// CALL greeting() = (b"hello",)
// CALL length(b"four") = (4,)
// CALL shout(b"hello") = (b"HELLO", b"hello")
// CALL mixed(7, 2.5) = (7, 2.5, 4)
// CALL built() = (2, 30)
// CALL numbers() = (3, 262657)
// CALL same(b"abcd", b"xbcx") = (1, 0)
// CALL filled(4, 77) = (77, -128, 0.5, 16)
// CALL hash(b"abc") = (6754548778392356773,)
// CALL pick(0) = (10,)
// CALL pick(1) = (20,)
// CALL pick(2) = (-1,)
// CALL through(b"text") = (b"text",)
// FAIL outside() : OUT_OF_RANGE

module @objects {
  func.func @greeting() -> !util.buffer {
    %0 = util.buffer.constant : !util.buffer = "hello"
    return %0 : !util.buffer
  }
  func.func @length(%b: !util.buffer) -> index {
    %0 = util.buffer.size %b : !util.buffer
    return %0 : index
  }
  func.func @shout(%text: !util.buffer) -> (!util.buffer, !util.buffer) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : i8
    %size = util.buffer.size %text : !util.buffer
    %copy = util.buffer.slice %text[%c0] : !util.buffer{%size} -> !util.buffer{%size}
    scf.for %i = %c0 to %size step %c1 {
      %0 = util.buffer.load %copy[%i for %c1] : !util.buffer{%size} -> i8
      %1 = arith.subi %0, %c32 : i8
      util.buffer.store %1, %copy[%i for %c1] : i8 -> !util.buffer{%size}
    }
    return %copy, %text : !util.buffer, !util.buffer
  }
  func.func @mixed(%n: i32, %x: f32) -> (i32, f32, index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c4 = arith.constant 4 : index
    %list = util.list.create : !util.list<?>
    util.list.resize %list, %c4 : !util.list<?>
    util.list.set %list[%c0], %n : i32 -> !util.list<?>
    util.list.set %list[%c1], %x : f32 -> !util.list<?>
    %inner = util.list.create : !util.list<?>
    util.list.set %list[%c2], %inner : !util.list<?> -> !util.list<?>
    %0 = util.list.get %list[%c0] : !util.list<?> -> i32
    %1 = util.list.get %list[%c1] : !util.list<?> -> f32
    %2 = util.list.size %list : !util.list<?>
    return %0, %1, %2 : i32, f32, index
  }
  func.func @built() -> (index, i64) {
    %a = arith.constant 20 : i64
    %b = arith.constant 30 : i64
    %c1 = arith.constant 1 : index
    %list = util.list.construct [%a : i64, %b : i64] : !util.list<i64>
    %size = util.list.size %list : !util.list<i64>
    %last = util.list.get %list[%c1] : !util.list<i64>
    return %size, %last : index, i64
  }
  func.func @numbers() -> (i32, i32) {
    %c0 = arith.constant 0 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %c12 = arith.constant 12 : index
    %0 = util.buffer.constant : !util.buffer = dense<[1, 2, 3]> : tensor<3xi32>
    %1 = util.buffer.load %0[%c8 for %c4] : !util.buffer{%c12} -> i32
    %2 = util.buffer.constant : !util.buffer = dense<[1, 2, 4, 0]> : tensor<4xi8>
    %3 = util.buffer.load %2[%c0 for %c4] : !util.buffer{%c4} -> i32
    %4 = arith.addi %3, %1 : i32
    %five = arith.constant 259 : i32
    %5 = arith.subi %4, %five : i32
    %6 = arith.constant 256 : i32
    %7 = arith.addi %5, %6 : i32
    return %1, %7 : i32, i32
  }
  func.func @same(%a: !util.buffer, %b: !util.buffer) -> (i1, i1) {
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c3 = arith.constant 3 : index
    %n = util.buffer.size %a : !util.buffer
    %m = util.buffer.size %b : !util.buffer
    %0 = util.buffer.compare %a[%c1], %b[%c1], %c2 : !util.buffer{%n}, !util.buffer{%m}
    %1 = util.buffer.compare %a[%c1], %b[%c1], %c3 : !util.buffer{%n}, !util.buffer{%m}
    return %0, %1 : i1, i1
  }
  func.func @filled(%n: index, %v: i32) -> (i32, i8, f32, index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %c8 = arith.constant 8 : index
    %size = arith.muli %n, %c4 : index
    %buffer = util.buffer.alloc uninitialized : !util.buffer{%size}
    util.buffer.fill %v, %buffer[%c0 for %size] : i32 -> !util.buffer{%size}
    %byte = arith.constant -128 : i8
    util.buffer.fill %byte, %buffer[%c4 for %c4] : i8 -> !util.buffer{%size}
    %half = arith.constant 0.5 : f32
    util.buffer.store %half, %buffer[%c8 for %c4] : f32 -> !util.buffer{%size}
    %c12 = arith.constant 12 : index
    %0 = util.buffer.load %buffer[%c12 for %c4] : !util.buffer{%size} -> i32
    %1 = util.buffer.load %buffer[%c4 for %c1] : !util.buffer{%size} -> i8
    %2 = util.buffer.load %buffer[%c8 for %c4] : !util.buffer{%size} -> f32
    return %0, %1, %2, %size : i32, i8, f32, index
  }
  func.func @hash(%b: !util.buffer) -> i64 {
    %c0 = arith.constant 0 : index
    %n = util.buffer.size %b : !util.buffer
    %0 = util.buffer.hash %b[%c0 for %n] : !util.buffer{%n} -> i64
    return %0 : i64
  }
  func.func @pick(%i: index) -> i32 {
    %a = arith.constant 10 : i32
    %b = arith.constant 20 : i32
    %none = arith.constant -1 : i32
    %0 = util.switch i32 from [%a, %b] at %i else %none : i32
    return %0 : i32
  }
  func.func @through(%b: !util.buffer) -> !util.buffer {
    %0 = util.optimization_barrier %b : !util.buffer
    return %0 : !util.buffer
  }
  func.func @outside() -> i32 {
    %c9 = arith.constant 9 : index
    %list = util.list.create : !util.list<i32>
    %0 = util.list.get %list[%c9] : !util.list<i32>
    return %0 : i32
  }
}
