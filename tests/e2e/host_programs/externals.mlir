// Functions of another module, one of which is not there.
// CALL sum(3, 4) = (7,)
// CALL scaled(2.5) = (5.0,)
// CALL there(1) = (101,)
// CALL missing(1) = (-1,)
// CALL index(5) = (10,)
// CALL swapped(1, 2) = (2, 1)
// CALL text() = (b"text",)
// CALL collected() = (3,)
// FAIL failing() : UNAVAILABLE not today

module @externals {
  func.func private @ext.add(i32, i32) -> i32
  func.func private @ext.double(f32) -> f32
  func.func private @ext.there(i32) -> i32 attributes {vm.fallback = @instead}
  func.func private @ext.missing(i32) -> i32 attributes {vm.fallback = @instead}
  func.func private @ext.index(index) -> index attributes {vm.signature = (i32) -> i32}
  func.func private @ext.swap(i64, i64) -> (i64, i64) attributes {nosideeffects}
  func.func private @ext.copy(!util.buffer) -> !util.buffer
  func.func private @ext.fill(!util.list<?>) -> ()
  func.func private @ext.fail() -> ()

  func.func private @instead(%n: i32) -> i32 {
    %0 = arith.constant -1 : i32
    %1 = arith.muli %n, %0 : i32
    return %1 : i32
  }
  func.func @sum(%a: i32, %b: i32) -> i32 {
    %0 = call @ext.add(%a, %b) : (i32, i32) -> i32
    return %0 : i32
  }
  func.func @scaled(%x: f32) -> f32 {
    %0 = call @ext.double(%x) : (f32) -> f32
    return %0 : f32
  }
  func.func @there(%n: i32) -> i32 {
    %0 = call @ext.there(%n) : (i32) -> i32
    return %0 : i32
  }
  func.func @missing(%n: i32) -> i32 {
    %0 = call @ext.missing(%n) : (i32) -> i32
    return %0 : i32
  }
  func.func @index(%n: index) -> index {
    %0 = call @ext.index(%n) : (index) -> index
    return %0 : index
  }
  func.func @swapped(%a: i64, %b: i64) -> (i64, i64) {
    %0, %1 = call @ext.swap(%a, %b) : (i64, i64) -> (i64, i64)
    return %0, %1 : i64, i64
  }
  func.func @text() -> !util.buffer {
    %0 = util.buffer.constant : !util.buffer = "text"
    %1 = call @ext.copy(%0) : (!util.buffer) -> !util.buffer
    return %1 : !util.buffer
  }
  func.func @collected() -> index {
    %list = util.list.create : !util.list<?>
    call @ext.fill(%list) : (!util.list<?>) -> ()
    %0 = util.list.size %list : !util.list<?>
    return %0 : index
  }
  func.func @failing() {
    call @ext.fail() : () -> ()
    return
  }
}
