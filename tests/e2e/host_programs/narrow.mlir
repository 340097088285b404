// Integers narrower than a register keep to their width. IREE's own compiler lets them overflow into
// the register, so this is held to the language only, on every machine.
// COMPILED HERE
// CALL wraps(100, 100) = (-56,)
// CALL unsigned(-1, 2) = (127, 1, 0, 65535)
// CALL signs(-1) = (-1, 255, -1, 255)
// CALL cut(300) = (44, 300, 0)
// CALL cut(-129) = (127, -129, 1)
// CALL booleans(1, 1) = (0, -1, 1, 1.0, -1.0)
// CALL products(-3, 5) = (-15, -1, -15, 4)
// CALL long_products(-3, 5) = (-15, -1, -15, 4)
// CALL long_products(4611686018427387905, -9223372036854775807) = (-4611686018427387903, -2305843009213693953, -4611686018427387903, 2305843009213693952)
// CALL carries(-1, 1) = (0, 1)
// CALL carries(1, 1) = (2, 0)
// CALL quotients(-128, 3) = (-43, -42, 43)
// CALL zeros(1) = (7,)
// CALL minimum(-128, 127) = (-128, 127, 127, -128)
// CALL halves(-2) = (-1, 127)

module @narrow {
  func.func @wraps(%a: i8, %b: i8) -> i8 {
    %0 = arith.addi %a, %b : i8
    return %0 : i8
  }
  func.func @unsigned(%a: i8, %b: i8) -> (i8, i8, i1, i32) {
    %0 = arith.divui %a, %b : i8
    %1 = arith.remui %a, %b : i8
    %2 = arith.cmpi ult, %a, %b : i8
    %3 = arith.extsi %a : i8 to i16
    %4 = arith.extui %3 : i16 to i32
    return %0, %1, %2, %4 : i8, i8, i1, i32
  }
  func.func @signs(%a: i8) -> (i32, i32, i64, i64) {
    %0 = arith.extsi %a : i8 to i32
    %1 = arith.extui %a : i8 to i32
    %2 = arith.extsi %a : i8 to i64
    %3 = arith.extui %a : i8 to i64
    return %0, %1, %2, %3 : i32, i32, i64, i64
  }
  func.func @cut(%a: i32) -> (i8, i16, i1) {
    %0 = arith.trunci %a : i32 to i8
    %1 = arith.trunci %a : i32 to i16
    %2 = arith.trunci %a : i32 to i1
    return %0, %1, %2 : i8, i16, i1
  }
  func.func @booleans(%a: i1, %b: i1) -> (i1, i32, i32, f32, f32) {
    %0 = arith.addi %a, %b : i1
    %1 = arith.extsi %a : i1 to i32
    %2 = arith.extui %a : i1 to i32
    %3 = arith.uitofp %a : i1 to f32
    %4 = arith.sitofp %a : i1 to f32
    return %0, %1, %2, %3, %4 : i1, i32, i32, f32, f32
  }
  func.func @products(%a: i8, %b: i8) -> (i8, i8, i8, i8) {
    %0, %1 = arith.mulsi_extended %a, %b : i8
    %2, %3 = arith.mului_extended %a, %b : i8
    return %0, %1, %2, %3 : i8, i8, i8, i8
  }
  func.func @long_products(%a: i64, %b: i64) -> (i64, i64, i64, i64) {
    %0, %1 = arith.mulsi_extended %a, %b : i64
    %2, %3 = arith.mului_extended %a, %b : i64
    return %0, %1, %2, %3 : i64, i64, i64, i64
  }
  func.func @carries(%a: i8, %b: i8) -> (i8, i1) {
    %0, %1 = arith.addui_extended %a, %b : i8, i1
    return %0, %1 : i8, i1
  }
  func.func @quotients(%a: i8, %b: i8) -> (i8, i8, i8) {
    %0 = arith.floordivsi %a, %b : i8
    %1 = arith.ceildivsi %a, %b : i8
    %2 = arith.ceildivui %a, %b : i8
    return %0, %1, %2 : i8, i8, i8
  }
  func.func @zeros(%a: i8) -> i8 {
    %0 = math.ctlz %a : i8
    return %0 : i8
  }
  func.func @minimum(%a: i8, %b: i8) -> (i8, i8, i8, i8) {
    %0 = arith.minsi %a, %b : i8
    %1 = arith.maxsi %a, %b : i8
    %2 = arith.minui %a, %b : i8
    %3 = arith.maxui %a, %b : i8
    return %0, %1, %2, %3 : i8, i8, i8, i8
  }
  func.func @halves(%a: i8) -> (i8, i8) {
    %one = arith.constant 1 : i8
    %0 = arith.shrsi %a, %one : i8
    %1 = arith.shrui %a, %one : i8
    return %0, %1 : i8, i8
  }
}
