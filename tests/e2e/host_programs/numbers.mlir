// Arithmetic on every width.
// CALL floats(2.0, 0.5) = (2.5, 4.0, 1.4142135381698608, 1.0, 2.0)
// CALL doubles(2.0, 0.1) = (2.1, 20.0, 1.4142135623730951, 0.9092974268256817)
// CALL mathematics(0.5) = (0.4794255495071411, 0.8775825500488281, 1.6487212181091309, 0.46211716532707214, 0.4636476039886475, 0.5204998850822449)
// CALL rounding(-2.5) = (-3.0, -2.0, -2.0, -3.0)
// CALL rounding(2.5) = (2.0, 3.0, 2.0, 3.0)
// CALL conversions(-7.0) = (-7, -7, -7.0, -7.0)
// CALL bits(1.0) = (1065353216, 4607182418800017408)
// CALL wide(-7, 1099511627776) = (-7696581394432, -6, -7, 1099511627776, 1)
// CALL divisions(-7, 2) = (-3, -1, 2147483644, 1, -4, -3)
// CALL shifts(-8, 2) = (-32, -2, 1073741822)
// CALL compares(1, -1) = (0, 1, 0, 1, 1)
// CALL selected(1) = (5, 6.5)
// CALL selected(0) = (7, 8.5)
// CALL zeros(255) = (24,)
// CALL ordered(1.0, 2.0) = (1, 0)
// CALL arguments(1, 2.5, 3, 4, 5.5, 1) = (1, 2.5, 3, 4, 5.5, 1)

module @numbers {
  func.func @floats(%a: f32, %b: f32) -> (f32, f32, f32, f32, f32) {
    %0 = arith.addf %a, %b : f32
    %1 = arith.divf %a, %b : f32
    %2 = math.sqrt %a : f32
    %3 = math.fma %a, %b, %b : f32
    %4 = arith.subf %3, %b : f32
    %5 = arith.maximumf %a, %b : f32
    return %0, %1, %2, %4, %5 : f32, f32, f32, f32, f32
  }
  func.func @doubles(%a: f64, %b: f64) -> (f64, f64, f64, f64) {
    %0 = arith.addf %a, %b : f64
    %1 = arith.divf %a, %b : f64
    %2 = math.sqrt %a : f64
    %3 = math.sin %a : f64
    return %0, %1, %2, %3 : f64, f64, f64, f64
  }
  func.func @mathematics(%x: f32) -> (f32, f32, f32, f32, f32, f32) {
    %0 = math.sin %x : f32
    %1 = math.cos %x : f32
    %2 = math.exp %x : f32
    %3 = math.tanh %x : f32
    %4 = math.atan %x : f32
    %5 = math.erf %x : f32
    return %0, %1, %2, %3, %4, %5 : f32, f32, f32, f32, f32, f32
  }
  func.func @rounding(%x: f32) -> (f32, f32, f32, f32) {
    %0 = math.floor %x : f32
    %1 = math.ceil %x : f32
    %2 = math.roundeven %x : f32
    %3 = math.round %x : f32
    return %0, %1, %2, %3 : f32, f32, f32, f32
  }
  func.func @conversions(%x: f32) -> (i32, i64, f64, f32) {
    %0 = arith.fptosi %x : f32 to i32
    %1 = arith.fptosi %x : f32 to i64
    %2 = arith.extf %x : f32 to f64
    %3 = arith.sitofp %0 : i32 to f32
    return %0, %1, %2, %3 : i32, i64, f64, f32
  }
  func.func @bits(%x: f32) -> (i32, i64) {
    %0 = arith.bitcast %x : f32 to i32
    %1 = arith.extf %x : f32 to f64
    %2 = arith.bitcast %1 : f64 to i64
    return %0, %2 : i32, i64
  }
  func.func @wide(%a: i64, %b: i64) -> (i64, i64, i64, i64, i1) {
    %0 = arith.muli %a, %b : i64
    %one = arith.constant 1 : i64
    %1 = arith.addi %a, %one : i64
    %2 = arith.minsi %a, %b : i64
    %3 = arith.minui %a, %b : i64
    %4 = arith.cmpi slt, %a, %b : i64
    return %0, %1, %2, %3, %4 : i64, i64, i64, i64, i1
  }
  func.func @divisions(%a: i32, %b: i32) -> (i32, i32, i32, i32, i32, i32) {
    %0 = arith.divsi %a, %b : i32
    %1 = arith.remsi %a, %b : i32
    %2 = arith.divui %a, %b : i32
    %3 = arith.remui %a, %b : i32
    %4 = arith.floordivsi %a, %b : i32
    %5 = arith.ceildivsi %a, %b : i32
    return %0, %1, %2, %3, %4, %5 : i32, i32, i32, i32, i32, i32
  }
  func.func @shifts(%a: i32, %b: i32) -> (i32, i32, i32) {
    %0 = arith.shli %a, %b : i32
    %1 = arith.shrsi %a, %b : i32
    %2 = arith.shrui %a, %b : i32
    return %0, %1, %2 : i32, i32, i32
  }
  func.func @compares(%a: i32, %b: i32) -> (i1, i1, i1, i1, i1) {
    %0 = arith.cmpi slt, %a, %b : i32
    %1 = arith.cmpi ult, %a, %b : i32
    %2 = arith.cmpi eq, %a, %b : i32
    %3 = arith.cmpi sge, %a, %b : i32
    %4 = arith.cmpi ule, %a, %b : i32
    return %0, %1, %2, %3, %4 : i1, i1, i1, i1, i1
  }
  func.func @selected(%c: i1) -> (i64, f32) {
    %a = arith.constant 5 : i64
    %b = arith.constant 7 : i64
    %x = arith.constant 6.5 : f32
    %y = arith.constant 8.5 : f32
    %0 = arith.select %c, %a, %b : i64
    %1 = arith.select %c, %x, %y : f32
    return %0, %1 : i64, f32
  }
  func.func @zeros(%n: i32) -> i32 {
    %0 = math.ctlz %n : i32
    return %0 : i32
  }
  func.func @ordered(%a: f32, %b: f32) -> (i1, i1) {
    %0 = arith.cmpf ord, %a, %b : f32
    %1 = arith.cmpf uno, %a, %b : f32
    return %0, %1 : i1, i1
  }
  func.func @arguments(%a: i32, %b: f64, %c: i32, %d: i64, %e: f32, %f: i1) -> (i32, f64, i32, i64, f32, i1) {
    return %a, %b, %c, %d, %e, %f : i32, f64, i32, i64, f32, i1
  }
}
