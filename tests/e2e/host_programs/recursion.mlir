// Functions that call themselves and each other: IREE's own compiler does not come to an end on them.
// COMPILED HERE
// CALL factorial(20) = (2432902008176640000,)
// CALL factorial(0) = (1,)
// CALL fibonacci(15) = (610,)
// CALL is_even(7) = (0,)
// CALL is_even(10) = (1,)
// CALL ackermann(2, 3) = (9,)

module @recursion {
  func.func @factorial(%n: i64) -> i64 {
    %one = arith.constant 1 : i64
    %small = arith.cmpi sle, %n, %one : i64
    %result = scf.if %small -> (i64) {
      scf.yield %one : i64
    } else {
      %less = arith.subi %n, %one : i64
      %rest = func.call @factorial(%less) : (i64) -> i64
      %product = arith.muli %n, %rest : i64
      scf.yield %product : i64
    }
    return %result : i64
  }

  func.func @fibonacci(%n: i32) -> i32 {
    %one = arith.constant 1 : i32
    %two = arith.constant 2 : i32
    %small = arith.cmpi ult, %n, %two : i32
    cf.cond_br %small, ^done(%n : i32), ^more
  ^done(%value: i32):
    return %value : i32
  ^more:
    %n1 = arith.subi %n, %one : i32
    %n2 = arith.subi %n, %two : i32
    %f1 = call @fibonacci(%n1) : (i32) -> i32
    %f2 = call @fibonacci(%n2) : (i32) -> i32
    %sum = arith.addi %f1, %f2 : i32
    cf.br ^done(%sum : i32)
  }

  func.func @is_even(%n: i32) -> i1 {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %none = arith.cmpi eq, %n, %zero : i32
    %yes = arith.constant true
    %result = scf.if %none -> (i1) {
      scf.yield %yes : i1
    } else {
      %less = arith.subi %n, %one : i32
      %odd = func.call @is_odd(%less) : (i32) -> i1
      scf.yield %odd : i1
    }
    return %result : i1
  }

  func.func private @is_odd(%n: i32) -> i1 {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %none = arith.cmpi eq, %n, %zero : i32
    %no = arith.constant false
    %result = scf.if %none -> (i1) {
      scf.yield %no : i1
    } else {
      %less = arith.subi %n, %one : i32
      %even = func.call @is_even(%less) : (i32) -> i1
      scf.yield %even : i1
    }
    return %result : i1
  }

  func.func @ackermann(%m: i32, %n: i32) -> i32 {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %flat = arith.cmpi eq, %m, %zero : i32
    %result = scf.if %flat -> (i32) {
      %next = arith.addi %n, %one : i32
      scf.yield %next : i32
    } else {
      %m1 = arith.subi %m, %one : i32
      %empty = arith.cmpi eq, %n, %zero : i32
      %inner = scf.if %empty -> (i32) {
        scf.yield %one : i32
      } else {
        %n1 = arith.subi %n, %one : i32
        %a = func.call @ackermann(%m, %n1) : (i32, i32) -> i32
        scf.yield %a : i32
      }
      %outer = func.call @ackermann(%m1, %inner) : (i32, i32) -> i32
      scf.yield %outer : i32
    }
    return %result : i32
  }
}
