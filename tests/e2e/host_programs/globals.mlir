// State: initial values, initializers in order, and what calls leave behind.
// CALL count(3) = (7,)
// CALL count(3) = (10,)
// CALL all() = (1, 2, 3.5, 4.25, 6, 1)
// CALL order() = (42,)
// CALL list_of_three() = (3, 11)
// CALL toggle() = (1,)
// CALL toggle() = (0,)

module @globals {
  util.global private mutable @counter = 4 : i32
  util.global private @number = 1 : i32
  util.global private @wide = 2 : i64
  util.global private @single = 3.5 : f32
  util.global private @double = 4.25 : f64
  util.global private mutable @position = 6 : index
  util.global private @flag = true
  util.global private mutable @first : i32
  util.global private mutable @second : i32
  util.global private mutable @off = false
  util.global private @items : !util.list<i32>

  util.initializer {
    %0 = util.global.load @counter : i32
    %five = arith.constant 5 : i32
    %1 = arith.muli %0, %five : i32
    util.global.store %1, @first : i32
    util.return
  }
  util.initializer {
    %0 = util.global.load @first : i32
    %limit = arith.constant 10 : i32
    %large = arith.cmpi sgt, %0, %limit : i32
    cf.cond_br %large, ^large, ^small
  ^large:
    %1 = arith.addi %0, %0 : i32
    %two = arith.constant 2 : i32
    %2 = arith.addi %1, %two : i32
    util.global.store %2, @second : i32
    util.return
  ^small:
    util.return
  }
  util.initializer {
    %three = arith.constant 3 : index
    %two = arith.constant 2 : index
    %eleven = arith.constant 11 : i32
    %0 = util.list.create %three : !util.list<i32>
    util.list.resize %0, %three : !util.list<i32>
    util.list.set %0[%two], %eleven : !util.list<i32>
    util.global.store %0, @items : !util.list<i32>
    util.return
  }

  func.func @count(%by: i32) -> i32 {
    %0 = util.global.load @counter : i32
    %1 = arith.addi %0, %by : i32
    util.global.store %1, @counter : i32
    return %1 : i32
  }
  func.func @all() -> (i32, i64, f32, f64, index, i1) {
    %0 = util.global.load @number : i32
    %1 = util.global.load @wide : i64
    %2 = util.global.load @single : f32
    %3 = util.global.load @double : f64
    %4 = util.global.load @position : index
    %5 = util.global.load @flag : i1
    return %0, %1, %2, %3, %4, %5 : i32, i64, f32, f64, index, i1
  }
  func.func @order() -> i32 {
    %0 = util.global.load @second : i32
    return %0 : i32
  }
  func.func @list_of_three() -> (index, i32) {
    %0 = util.global.load @items : !util.list<i32>
    %size = util.list.size %0 : !util.list<i32>
    %two = arith.constant 2 : index
    %last = util.list.get %0[%two] : !util.list<i32>
    return %size, %last : index, i32
  }
  func.func @toggle() -> i1 {
    %0 = util.global.load @off : i1
    %true = arith.constant true
    %1 = arith.xori %0, %true : i1
    util.global.store %1, @off : i1
    return %1 : i1
  }
}
