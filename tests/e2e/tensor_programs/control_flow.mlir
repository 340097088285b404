// Loops and choices of StableHLO, nested and with tensors of many types carried.

func.func @count(%limit: tensor<i32>, %x: tensor<4xf32>) -> (tensor<i32>, tensor<4xf32>) {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %0:2 = stablehlo.while(%i = %zero, %sum = %x) : tensor<i32>, tensor<4xf32>
  cond {
    %1 = stablehlo.compare LT, %i, %limit : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  } do {
    %1 = stablehlo.add %i, %one : tensor<i32>
    %2 = stablehlo.add %sum, %x : tensor<4xf32>
    stablehlo.return %1, %2 : tensor<i32>, tensor<4xf32>
  }
  return %0#0, %0#1 : tensor<i32>, tensor<4xf32>
}

// Carried values change places, and one is passed on as it is.
func.func @fibonacci(%n: tensor<i64>) -> (tensor<i64>, tensor<i64>) {
  %zero = stablehlo.constant dense<0> : tensor<i64>
  %one = stablehlo.constant dense<1> : tensor<i64>
  %0:4 = stablehlo.while(%i = %zero, %a = %zero, %b = %one, %limit = %n) : tensor<i64>, tensor<i64>, tensor<i64>, tensor<i64>
  cond {
    %1 = stablehlo.compare LT, %i, %limit : (tensor<i64>, tensor<i64>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  } do {
    %1 = stablehlo.add %i, %one : tensor<i64>
    %2 = stablehlo.add %a, %b : tensor<i64>
    stablehlo.return %1, %b, %2, %limit : tensor<i64>, tensor<i64>, tensor<i64>, tensor<i64>
  }
  return %0#1, %0#3 : tensor<i64>, tensor<i64>
}

// Values of every kind: logical, half, complex, unsigned, of no elements, and of rank 0.
func.func @kinds(%p: tensor<3xi1>, %h: tensor<3xf16>, %c: tensor<2xcomplex<f32>>, %u: tensor<2xui8>, %e: tensor<0x3xf32>, %b: tensor<bf16>)
    -> (tensor<3xi1>, tensor<3xf16>, tensor<2xcomplex<f32>>, tensor<2xui8>, tensor<0x3xf32>, tensor<bf16>) {
  %zero = stablehlo.constant dense<0> : tensor<ui32>
  %one = stablehlo.constant dense<1> : tensor<ui32>
  %limit = stablehlo.constant dense<3> : tensor<ui32>
  %0:7 = stablehlo.while(%i = %zero, %p_ = %p, %h_ = %h, %c_ = %c, %u_ = %u, %e_ = %e, %b_ = %b)
      : tensor<ui32>, tensor<3xi1>, tensor<3xf16>, tensor<2xcomplex<f32>>, tensor<2xui8>, tensor<0x3xf32>, tensor<bf16>
  cond {
    %1 = stablehlo.compare LT, %i, %limit : (tensor<ui32>, tensor<ui32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  } do {
    %1 = stablehlo.add %i, %one : tensor<ui32>
    %2 = stablehlo.not %p_ : tensor<3xi1>
    %3 = stablehlo.add %h_, %h : tensor<3xf16>
    %4 = stablehlo.multiply %c_, %c : tensor<2xcomplex<f32>>
    %5 = stablehlo.add %u_, %u : tensor<2xui8>
    %6 = stablehlo.add %e_, %e : tensor<0x3xf32>
    %7 = stablehlo.multiply %b_, %b : tensor<bf16>
    stablehlo.return %1, %2, %3, %4, %5, %6, %7
        : tensor<ui32>, tensor<3xi1>, tensor<3xf16>, tensor<2xcomplex<f32>>, tensor<2xui8>, tensor<0x3xf32>, tensor<bf16>
  }
  return %0#1, %0#2, %0#3, %0#4, %0#5, %0#6
      : tensor<3xi1>, tensor<3xf16>, tensor<2xcomplex<f32>>, tensor<2xui8>, tensor<0x3xf32>, tensor<bf16>
}

// Pairs of swapped buffers, and a value that the loop only reads.
func.func @swap(%a: tensor<2xf32>, %b: tensor<2xf32>, %n: tensor<i32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %0:3 = stablehlo.while(%i = %zero, %x = %a, %y = %b) : tensor<i32>, tensor<2xf32>, tensor<2xf32>
  cond {
    %1 = stablehlo.compare NE, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  } do {
    %1 = stablehlo.add %i, %one : tensor<i32>
    stablehlo.return %1, %y, %x : tensor<i32>, tensor<2xf32>, tensor<2xf32>
  }
  return %0#1, %0#2 : tensor<2xf32>, tensor<2xf32>
}

// A counter of 4 bits.
func.func @swap_narrow(%a: tensor<2xf32>, %b: tensor<2xf32>, %m: tensor<i32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %n = stablehlo.convert %m : (tensor<i32>) -> tensor<i4>
  %zero = stablehlo.constant dense<0> : tensor<i4>
  %one = stablehlo.constant dense<1> : tensor<i4>
  %0:3 = stablehlo.while(%i = %zero, %x = %a, %y = %b) : tensor<i4>, tensor<2xf32>, tensor<2xf32>
  cond {
    %1 = stablehlo.compare NE, %i, %n : (tensor<i4>, tensor<i4>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  } do {
    %1 = stablehlo.add %i, %one : tensor<i4>
    stablehlo.return %1, %y, %x : tensor<i4>, tensor<2xf32>, tensor<2xf32>
  }
  return %0#1, %0#2 : tensor<2xf32>, tensor<2xf32>
}

// The condition depends on a tensor that the body computes: the number of turns is not known.
func.func @until(%x: tensor<f32>, %limit: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %0:2 = stablehlo.while(%a = %x, %last = %x) : tensor<f32>, tensor<f32>
  cond {
    %1 = stablehlo.compare LT, %a, %limit : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  } do {
    %1 = stablehlo.add %a, %a : tensor<f32>
    stablehlo.return %1, %a : tensor<f32>, tensor<f32>
  }
  return %0#0, %0#1 : tensor<f32>, tensor<f32>
}

func.func @branch(%p: tensor<i1>, %x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  %0:2 = "stablehlo.if"(%p) ({
    %1 = stablehlo.add %x, %x : tensor<2xf32>
    stablehlo.return %1, %x : tensor<2xf32>, tensor<2xf32>
  }, {
    %1 = stablehlo.constant dense<[7.0, 8.0]> : tensor<2xf32>
    stablehlo.return %x, %1 : tensor<2xf32>, tensor<2xf32>
  }) : (tensor<i1>) -> (tensor<2xf32>, tensor<2xf32>)
  return %0#0, %0#1 : tensor<2xf32>, tensor<2xf32>
}

func.func @choose(%index: tensor<i32>, %x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = "stablehlo.case"(%index) ({
    stablehlo.return %x : tensor<2xf32>
  }, {
    %1 = stablehlo.negate %x : tensor<2xf32>
    stablehlo.return %1 : tensor<2xf32>
  }, {
    %1 = func.call @square(%x) : (tensor<2xf32>) -> tensor<2xf32>
    stablehlo.return %1 : tensor<2xf32>
  }) : (tensor<i32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

func.func @only(%index: tensor<i32>, %x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = "stablehlo.case"(%index) ({
    %1 = stablehlo.negate %x : tensor<2xf32>
    stablehlo.return %1 : tensor<2xf32>
  }) : (tensor<i32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

func.func private @square(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = stablehlo.multiply %x, %x : tensor<2xf32>
  return %0 : tensor<2xf32>
}

// A function with a loop of its own, called from loops and from outside of one.
func.func private @collatz(%start: tensor<i32>) -> tensor<i32> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %two = stablehlo.constant dense<2> : tensor<i32>
  %three = stablehlo.constant dense<3> : tensor<i32>
  %0:2 = stablehlo.while(%n = %start, %steps = %zero) : tensor<i32>, tensor<i32>
  cond {
    %1 = stablehlo.compare GT, %n, %one : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  } do {
    %1 = stablehlo.remainder %n, %two : tensor<i32>
    %2 = stablehlo.compare EQ, %1, %zero : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %3 = "stablehlo.if"(%2) ({
      %5 = stablehlo.divide %n, %two : tensor<i32>
      stablehlo.return %5 : tensor<i32>
    }, {
      %5 = stablehlo.multiply %n, %three : tensor<i32>
      %6 = stablehlo.add %5, %one : tensor<i32>
      stablehlo.return %6 : tensor<i32>
    }) : (tensor<i1>) -> tensor<i32>
    %4 = stablehlo.add %steps, %one : tensor<i32>
    stablehlo.return %3, %4 : tensor<i32>, tensor<i32>
  }
  return %0#1 : tensor<i32>
}

func.func @longest(%limit: tensor<i32>) -> (tensor<i32>, tensor<i32>) {
  %one = stablehlo.constant dense<1> : tensor<i32>
  %0:2 = stablehlo.while(%i = %one, %best = %one) : tensor<i32>, tensor<i32>
  cond {
    %1 = stablehlo.compare LE, %i, %limit : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  } do {
    %1 = func.call @collatz(%i) : (tensor<i32>) -> tensor<i32>
    %2 = stablehlo.maximum %best, %1 : tensor<i32>
    %3 = stablehlo.add %i, %one : tensor<i32>
    stablehlo.return %3, %2 : tensor<i32>, tensor<i32>
  }
  %4 = func.call @collatz(%limit) : (tensor<i32>) -> tensor<i32>
  return %0#1, %4 : tensor<i32>, tensor<i32>
}

// Five levels of nesting.
func.func @deep(%n: tensor<i32>, %p: tensor<i1>) -> tensor<i32> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %0:2 = stablehlo.while(%i = %zero, %a = %zero) : tensor<i32>, tensor<i32>
  cond {
    %1 = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  } do {
    %1 = "stablehlo.if"(%p) ({
      %2:2 = stablehlo.while(%j = %zero, %b = %a) : tensor<i32>, tensor<i32>
      cond {
        %3 = stablehlo.compare LE, %j, %i : (tensor<i32>, tensor<i32>) -> tensor<i1>
        stablehlo.return %3 : tensor<i1>
      } do {
        %3 = "stablehlo.case"(%j) ({
          %5 = stablehlo.add %b, %one : tensor<i32>
          stablehlo.return %5 : tensor<i32>
        }, {
          %5:2 = stablehlo.while(%k = %zero, %c = %b) : tensor<i32>, tensor<i32>
          cond {
            %6 = stablehlo.compare LT, %k, %j : (tensor<i32>, tensor<i32>) -> tensor<i1>
            stablehlo.return %6 : tensor<i1>
          } do {
            %6 = stablehlo.add %k, %one : tensor<i32>
            %7 = stablehlo.add %c, %i : tensor<i32>
            stablehlo.return %6, %7 : tensor<i32>, tensor<i32>
          }
          stablehlo.return %5#1 : tensor<i32>
        }, {
          %5 = stablehlo.subtract %b, %j : tensor<i32>
          stablehlo.return %5 : tensor<i32>
        }) : (tensor<i32>) -> tensor<i32>
        %4 = stablehlo.add %j, %one : tensor<i32>
        stablehlo.return %4, %3 : tensor<i32>, tensor<i32>
      }
      stablehlo.return %2#1 : tensor<i32>
    }, {
      %2 = stablehlo.subtract %a, %one : tensor<i32>
      stablehlo.return %2 : tensor<i32>
    }) : (tensor<i1>) -> tensor<i32>
    %8 = stablehlo.add %i, %one : tensor<i32>
    stablehlo.return %8, %1 : tensor<i32>, tensor<i32>
  }
  return %0#1 : tensor<i32>
}

// A loop that runs no turn, one without values, and results that nothing reads.
func.func @nothing(%x: tensor<2xf32>) -> tensor<2xf32> {
  %false = stablehlo.constant dense<false> : tensor<i1>
  %0:2 = stablehlo.while(%a = %x, %b = %x) : tensor<2xf32>, tensor<2xf32>
  cond {
    stablehlo.return %false : tensor<i1>
  } do {
    %1 = stablehlo.add %a, %b : tensor<2xf32>
    stablehlo.return %1, %1 : tensor<2xf32>, tensor<2xf32>
  }
  stablehlo.while()
  cond {
    stablehlo.return %false : tensor<i1>
  } do {
    stablehlo.return
  }
  return %0#0 : tensor<2xf32>
}

// Each turn writes its part of an output, as a scan does; parts at the ends are clamped.
func.func @stack(%x: tensor<3xf32>) -> (tensor<3xf32>, tensor<5x3xf32>, tensor<5xi64>) {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %most = stablehlo.constant dense<7> : tensor<i32>
  %rows = stablehlo.constant dense<-1.0> : tensor<5x3xf32>
  %counts = stablehlo.constant dense<0> : tensor<5xi64>
  %0:4 = stablehlo.while(%i = %zero, %s = %x, %out = %rows, %turns = %counts)
      : tensor<i32>, tensor<3xf32>, tensor<5x3xf32>, tensor<5xi64>
  cond {
    %1 = stablehlo.compare LT, %i, %most : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  } do {
    %1 = stablehlo.add %i, %one : tensor<i32>
    %2 = stablehlo.add %s, %x : tensor<3xf32>
    %3 = stablehlo.reshape %2 : (tensor<3xf32>) -> tensor<1x3xf32>
    %4 = stablehlo.dynamic_update_slice %out, %3, %i, %zero
        : (tensor<5x3xf32>, tensor<1x3xf32>, tensor<i32>, tensor<i32>) -> tensor<5x3xf32>
    %5 = stablehlo.convert %i : (tensor<i32>) -> tensor<i64>
    %6 = stablehlo.reshape %5 : (tensor<i64>) -> tensor<1xi64>
    %7 = stablehlo.dynamic_update_slice %turns, %6, %1 : (tensor<5xi64>, tensor<1xi64>, tensor<i32>) -> tensor<5xi64>
    stablehlo.return %1, %2, %4, %7 : tensor<i32>, tensor<3xf32>, tensor<5x3xf32>, tensor<5xi64>
  }
  return %0#1, %0#2, %0#3 : tensor<3xf32>, tensor<5x3xf32>, tensor<5xi64>
}

// A tensor that is read behind the update keeps what it had.
func.func @keep(%x: tensor<8xf32>, %i: tensor<i32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %part = stablehlo.constant dense<[5.0, 6.0]> : tensor<2xf32>
  %0 = stablehlo.add %x, %x : tensor<8xf32>
  %1 = stablehlo.dynamic_update_slice %0, %part, %i : (tensor<8xf32>, tensor<2xf32>, tensor<i32>) -> tensor<8xf32>
  %2 = stablehlo.dynamic_update_slice %1, %part, %i : (tensor<8xf32>, tensor<2xf32>, tensor<i32>) -> tensor<8xf32>
  return %0, %2 : tensor<8xf32>, tensor<8xf32>
}
