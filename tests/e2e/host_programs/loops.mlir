// Structured control flow.
// CALL fibonacci(50) = (12586269025,)
// CALL gcd(1071, 462) = (21,)
// CALL gcd(-3000000000, 1234567890) = (30,)
// CALL triangle(17) = (136,)
// CALL triangle(0) = (0,)
// CALL name(3) = (30,)
// CALL name(5) = (50,)
// CALL name(4) = (-1,)
// CALL powers(2.0, 5) = (31.0, 32.0)
// CALL early(3) = (9,)
// CALL early(300) = (-1,)
// CALL countdown(10) = (0, 55)

module @loops {
  func.func @fibonacci(%n: i32) -> i64 {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %a0 = arith.constant 0 : i64
    %b0 = arith.constant 1 : i64
    %i, %a, %b = scf.while (%i = %zero, %a = %a0, %b = %b0) : (i32, i64, i64) -> (i32, i64, i64) {
      %more = arith.cmpi slt, %i, %n : i32
      scf.condition(%more) %i, %a, %b : i32, i64, i64
    } do {
    ^bb0(%i: i32, %a: i64, %b: i64):
      %next = arith.addi %i, %one : i32
      %sum = arith.addi %a, %b : i64
      scf.yield %next, %b, %sum : i32, i64, i64
    }
    return %a : i64
  }

  func.func @gcd(%a: i64, %b: i64) -> i64 {
    %zero = arith.constant 0 : i64
    %x, %y = scf.while (%x = %a, %y = %b) : (i64, i64) -> (i64, i64) {
      %more = arith.cmpi ne, %y, %zero : i64
      scf.condition(%more) %x, %y : i64, i64
    } do {
    ^bb0(%x: i64, %y: i64):
      %r = arith.remsi %x, %y : i64
      scf.yield %y, %r : i64, i64
    }
    %size = math.absi %x : i64
    return %size : i64
  }

  func.func @triangle(%n: index) -> index {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %sum = scf.for %i = %c0 to %n step %c1 iter_args(%outer = %c0) -> (index) {
      %inner = scf.for %j = %c0 to %i step %c1 iter_args(%acc = %outer) -> (index) {
        %next = arith.addi %acc, %c1 : index
        scf.yield %next : index
      }
      scf.yield %inner : index
    }
    return %sum : index
  }

  func.func @name(%n: index) -> i32 {
    %0 = scf.index_switch %n -> i32
    case 3 {
      %c = arith.constant 30 : i32
      scf.yield %c : i32
    }
    case 5 {
      %c = arith.constant 50 : i32
      scf.yield %c : i32
    }
    default {
      %c = arith.constant -1 : i32
      scf.yield %c : i32
    }
    return %0 : i32
  }

  func.func @powers(%base: f32, %n: i32) -> (f32, f32) {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %zero = arith.constant 0.0 : f32
    %one = arith.constant 1.0 : f32
    %sum, %power = scf.for %i = %c0 to %n step %c1
        iter_args(%sum = %zero, %power = %one) -> (f32, f32) : i32 {
      %s = arith.addf %sum, %power : f32
      %p = arith.mulf %power, %base : f32
      scf.yield %s, %p : f32, f32
    }
    return %sum, %power : f32, f32
  }

  func.func @early(%n: i32) -> i32 {
    %limit = arith.constant 100 : i32
    %0 = scf.execute_region -> (i32) {
      %large = arith.cmpi sgt, %n, %limit : i32
      cf.cond_br %large, ^large, ^small
    ^large:
      %minus = arith.constant -1 : i32
      scf.yield %minus : i32
    ^small:
      %square = arith.muli %n, %n : i32
      scf.yield %square : i32
    }
    return %0 : i32
  }

  func.func @countdown(%n: i32) -> (i32, i32) {
    %one = arith.constant 1 : i32
    %zero = arith.constant 0 : i32
    %left, %sum = scf.while (%n0 = %n, %s0 = %zero) : (i32, i32) -> (i32, i32) {
      %more = arith.cmpi sgt, %n0, %zero : i32
      scf.condition(%more) %n0, %s0 : i32, i32
    } do {
    ^bb0(%n1: i32, %s1: i32):
      %s2 = arith.addi %s1, %n1 : i32
      %n2 = arith.subi %n1, %one : i32
      scf.yield %n2, %s2 : i32, i32
    }
    return %left, %sum : i32, i32
  }
}
