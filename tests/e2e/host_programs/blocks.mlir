// Control flow between blocks.
// CALL grade(95) = (1,)
// CALL grade(70) = (2,)
// CALL grade(12) = (3,)
// CALL swap(3) = (4, 3)
// CALL swap(4) = (3, 4)
// CALL weekday(0) = (10,)
// CALL weekday(1) = (21,)
// CALL weekday(2) = (21,)
// CALL weekday(9) = (99,)
// CALL checked_root(16.0) = (4.0,)
// FAIL checked_root(-1.0) : FAILED_PRECONDITION root of a negative number
// CALL behind(5) = (11,)

module @blocks {
  func.func @grade(%points: i32) -> i32 {
    %good = arith.constant 90 : i32
    %fair = arith.constant 50 : i32
    %0 = arith.cmpi sge, %points, %good : i32
    %one = arith.constant 1 : i32
    cf.cond_br %0, ^done(%one : i32), ^next
  ^next:
    %1 = arith.cmpi sge, %points, %fair : i32
    %two = arith.constant 2 : i32
    %three = arith.constant 3 : i32
    cf.cond_br %1, ^done(%two : i32), ^done(%three : i32)
  ^done(%grade: i32):
    return %grade : i32
  }

  func.func @swap(%n: i32) -> (i64, i64) {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %a = arith.constant 3 : i64
    %b = arith.constant 4 : i64
    cf.br ^loop(%n, %a, %b : i32, i64, i64)
  ^loop(%left: i32, %x: i64, %y: i64):
    %more = arith.cmpi sgt, %left, %zero : i32
    cf.cond_br %more, ^body, ^exit
  ^body:
    %less = arith.subi %left, %one : i32
    cf.br ^loop(%less, %y, %x : i32, i64, i64)
  ^exit:
    return %x, %y : i64, i64
  }

  func.func @weekday(%n: i32) -> i32 {
    %ten = arith.constant 10 : i32
    %c = arith.constant 20 : i32
    %one = arith.constant 1 : i32
    cf.switch %n : i32, [
      default: ^other,
      0: ^first(%ten : i32),
      1: ^second,
      2: ^second
    ]
  ^first(%value: i32):
    return %value : i32
  ^second:
    %sum = arith.addi %c, %one : i32
    cf.br ^first(%sum : i32)
  ^other:
    %many = arith.constant 99 : i32
    return %many : i32
  }

  func.func @checked_root(%x: f32) -> f32 {
    %zero = arith.constant 0.0 : f32
    %ok = arith.cmpf oge, %x, %zero : f32
    cf.assert %ok, "root of a negative number"
    %0 = math.sqrt %x : f32
    return %0 : f32
  }

  func.func @behind(%n: i32) -> i32 {
    %one = arith.constant 1 : i32
    cf.br ^far
  ^near(%y: i32):
    %z = arith.addi %y, %one : i32
    return %z : i32
  ^far:
    %x = arith.addi %n, %n : i32
    cf.br ^near(%x : i32)
  }
}
