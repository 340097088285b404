// Counts as far as an argument says: 100,000 turns are several dispatches of one kernel.
func.func @sum_to(%n: tensor<i32>, %x: tensor<3xf32>) -> (tensor<i32>, tensor<3xf32>) {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %0:3 = stablehlo.while(%i = %zero, %s = %zero, %v = %x) : tensor<i32>, tensor<i32>, tensor<3xf32>
  cond {
    %1 = stablehlo.compare LT, %i, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  } do {
    %1 = stablehlo.add %i, %one : tensor<i32>
    %2 = stablehlo.xor %s, %i : tensor<i32>
    %3 = stablehlo.negate %v : tensor<3xf32>
    stablehlo.return %1, %2, %3 : tensor<i32>, tensor<i32>, tensor<3xf32>
  }
  return %0#1, %0#2 : tensor<i32>, tensor<3xf32>
}

// Ends by data alone. A value is carried on unchanged, and two change places.
func.func @gcd(%a: tensor<i64>, %b: tensor<i64>) -> (tensor<i64>, tensor<i32>) {
  %zero = stablehlo.constant dense<0> : tensor<i64>
  %none = stablehlo.constant dense<0> : tensor<i32>
  %0:3 = stablehlo.while(%x = %a, %y = %b, %turns = %none) : tensor<i64>, tensor<i64>, tensor<i32>
  cond {
    %1 = stablehlo.compare NE, %y, %zero, SIGNED : (tensor<i64>, tensor<i64>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  } do {
    %one = stablehlo.constant dense<1> : tensor<i32>
    %1 = stablehlo.remainder %x, %y : tensor<i64>
    %2 = stablehlo.add %turns, %one : tensor<i32>
    stablehlo.return %y, %1, %2 : tensor<i64>, tensor<i64>, tensor<i32>
  }
  return %0#0, %0#2 : tensor<i64>, tensor<i32>
}

// Ends when it is near enough, after 50 turns at most: nothing is read back.
func.func @root(%x: tensor<f32>, %tolerance: tensor<f32>) -> (tensor<f32>, tensor<i32>) {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1.0> : tensor<f32>
  %0:2 = stablehlo.while(%y = %one, %i = %zero) : tensor<f32>, tensor<i32>
  cond {
    %most = stablehlo.constant dense<50> : tensor<i32>
    %1 = stablehlo.compare LT, %i, %most, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    %2 = stablehlo.multiply %y, %y : tensor<f32>
    %3 = stablehlo.subtract %2, %x : tensor<f32>
    %4 = stablehlo.abs %3 : tensor<f32>
    %5 = stablehlo.compare GT, %4, %tolerance : (tensor<f32>, tensor<f32>) -> tensor<i1>
    %false = stablehlo.constant dense<false> : tensor<i1>
    %same = stablehlo.compare NE, %1, %false, UNSIGNED : (tensor<i1>, tensor<i1>) -> tensor<i1>
    %6 = stablehlo.and %same, %5 : tensor<i1>
    stablehlo.return %6 : tensor<i1>
  } do {
    %half = stablehlo.constant dense<0.5> : tensor<f32>
    %next = stablehlo.constant dense<1> : tensor<i32>
    %1 = stablehlo.divide %x, %y : tensor<f32>
    %2 = stablehlo.add %y, %1 : tensor<f32>
    %3 = stablehlo.multiply %2, %half : tensor<f32>
    %4 = stablehlo.add %i, %next : tensor<i32>
    stablehlo.return %3, %4 : tensor<f32>, tensor<i32>
  }
  return %0#0, %0#1 : tensor<f32>, tensor<i32>
}

// 180 times up to 250 turns, of loops with a choice of three inside, one branch of which has a loop.
func.func @nested(%x: tensor<4xi32>) -> tensor<4xi32> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %0:2 = stablehlo.while(%i = %zero, %v = %x) : tensor<i32>, tensor<4xi32>
  cond {
    %n = stablehlo.constant dense<180> : tensor<i32>
    %1 = stablehlo.compare LT, %i, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  } do {
    %next = stablehlo.add %i, %one : tensor<i32>
    %three = stablehlo.constant dense<3> : tensor<i32>
    %kind = stablehlo.remainder %i, %three : tensor<i32>
    %1 = "stablehlo.case"(%kind) ({
      %2 = stablehlo.reverse %v, dims = [0] : tensor<4xi32>
      stablehlo.return %2 : tensor<4xi32>
    }, {
      %2:2 = stablehlo.while(%j = %zero, %w = %v) : tensor<i32>, tensor<4xi32>
      cond {
        %n = stablehlo.constant dense<250> : tensor<i32>
        %3 = stablehlo.compare LT, %j, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
        stablehlo.return %3 : tensor<i1>
      } do {
        %3 = stablehlo.add %j, %one : tensor<i32>
        %4 = stablehlo.add %j, %i : tensor<i32>
        %5 = stablehlo.broadcast_in_dim %4, dims = [] : (tensor<i32>) -> tensor<4xi32>
        %6 = stablehlo.xor %w, %5 : tensor<4xi32>
        %7 = stablehlo.add %6, %v : tensor<4xi32>
        stablehlo.return %3, %7 : tensor<i32>, tensor<4xi32>
      }
      stablehlo.return %2#1 : tensor<4xi32>
    }, {
      %2 = stablehlo.not %v : tensor<4xi32>
      stablehlo.return %2 : tensor<4xi32>
    }) : (tensor<i32>) -> tensor<4xi32>
    stablehlo.return %next, %1 : tensor<i32>, tensor<4xi32>
  }
  return %0#1 : tensor<4xi32>
}

// The inner loop's turns are limited by the outer one's number; each turn updates in place.
func.func @triangle(%x: tensor<30xi32>) -> tensor<30xi32> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %0:2 = stablehlo.while(%i = %zero, %v = %x) : tensor<i32>, tensor<30xi32>
  cond {
    %n = stablehlo.constant dense<29> : tensor<i32>
    %1 = stablehlo.compare LT, %i, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  } do {
    %next = stablehlo.add %i, %one : tensor<i32>
    %1:2 = stablehlo.while(%j = %zero, %w = %v) : tensor<i32>, tensor<30xi32>
    cond {
      %2 = stablehlo.compare LT, %j, %next, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %2 : tensor<i1>
    } do {
      %2 = stablehlo.add %j, %one : tensor<i32>
      %3 = stablehlo.dynamic_slice %w, %j, sizes = [1] : (tensor<30xi32>, tensor<i32>) -> tensor<1xi32>
      %4 = stablehlo.dynamic_slice %w, %next, sizes = [1] : (tensor<30xi32>, tensor<i32>) -> tensor<1xi32>
      %5 = stablehlo.minimum %3, %4 : tensor<1xi32>
      %6 = stablehlo.maximum %3, %4 : tensor<1xi32>
      %7 = stablehlo.dynamic_update_slice %w, %5, %j : (tensor<30xi32>, tensor<1xi32>, tensor<i32>) -> tensor<30xi32>
      %8 = stablehlo.dynamic_update_slice %7, %6, %next : (tensor<30xi32>, tensor<1xi32>, tensor<i32>) -> tensor<30xi32>
      stablehlo.return %2, %8 : tensor<i32>, tensor<30xi32>
    }
    stablehlo.return %next, %1#1 : tensor<i32>, tensor<30xi32>
  }
  return %0#1 : tensor<30xi32>
}

// A recurrent network: products, a function, and outputs that are stacked, as many as an argument says.
func.func @recurrent(%n: tensor<i32>, %h0: tensor<5xf32>, %w: tensor<5x5xf32>, %xs: tensor<9x5xf32>) -> (tensor<5xf32>, tensor<9x5xf16>) {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %ys0 = stablehlo.constant dense<-1.0> : tensor<9x5xf16>
  %0:3 = stablehlo.while(%i = %zero, %h = %h0, %ys = %ys0) : tensor<i32>, tensor<5xf32>, tensor<9x5xf16>
  cond {
    %1 = stablehlo.compare LT, %i, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  } do {
    %1 = stablehlo.add %i, %one : tensor<i32>
    %2 = stablehlo.dynamic_slice %xs, %i, %zero, sizes = [1, 5] : (tensor<9x5xf32>, tensor<i32>, tensor<i32>) -> tensor<1x5xf32>
    %3 = stablehlo.reshape %2 : (tensor<1x5xf32>) -> tensor<5xf32>
    %4 = stablehlo.dot_general %h, %w, contracting_dims = [0] x [0] : (tensor<5xf32>, tensor<5x5xf32>) -> tensor<5xf32>
    %5 = stablehlo.add %3, %4 : tensor<5xf32>
    %6 = stablehlo.tanh %5 : tensor<5xf32>
    %7 = stablehlo.convert %6 : (tensor<5xf32>) -> tensor<5xf16>
    %8 = stablehlo.reshape %7 : (tensor<5xf16>) -> tensor<1x5xf16>
    %9 = stablehlo.dynamic_update_slice %ys, %8, %i, %zero : (tensor<9x5xf16>, tensor<1x5xf16>, tensor<i32>, tensor<i32>) -> tensor<9x5xf16>
    stablehlo.return %1, %6, %9 : tensor<i32>, tensor<5xf32>, tensor<9x5xf16>
  }
  return %0#1, %0#2 : tensor<5xf32>, tensor<9x5xf16>
}

// Carries tensors of every kind, of shapes without elements and of rank 0, some of them swapped.
func.func @kinds(%n: tensor<i8>, %p: tensor<2xi1>, %i: tensor<17xi4>, %b: tensor<bf16>, %c: tensor<2xcomplex<f32>>, %e: tensor<0x3xf32>, %u: tensor<20xui8>, %v: tensor<20xui8>)
    -> (tensor<2xi1>, tensor<17xi4>, tensor<bf16>, tensor<2xcomplex<f32>>, tensor<0x3xf32>, tensor<20xui8>, tensor<20xui8>, tensor<f32>) {
  %zero = stablehlo.constant dense<0> : tensor<i8>
  %one = stablehlo.constant dense<1> : tensor<i8>
  %none = stablehlo.constant dense<0.0> : tensor<f32>
  %0:9 = stablehlo.while(%k = %zero, %p1 = %p, %i1 = %i, %b1 = %b, %c1 = %c, %e1 = %e, %u1 = %u, %v1 = %v, %s1 = %none)
      : tensor<i8>, tensor<2xi1>, tensor<17xi4>, tensor<bf16>, tensor<2xcomplex<f32>>, tensor<0x3xf32>, tensor<20xui8>, tensor<20xui8>, tensor<f32>
  cond {
    %1 = stablehlo.compare LT, %k, %n, SIGNED : (tensor<i8>, tensor<i8>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  } do {
    %1 = stablehlo.add %k, %one : tensor<i8>
    %2 = stablehlo.not %p1 : tensor<2xi1>
    %3 = stablehlo.add %i1, %i1 : tensor<17xi4>
    %4 = stablehlo.add %b1, %b1 : tensor<bf16>
    %5 = stablehlo.multiply %c1, %c1 : tensor<2xcomplex<f32>>
    %6 = stablehlo.add %e1, %e1 : tensor<0x3xf32>
    %7 = stablehlo.reduce(%e1 init: %none) applies stablehlo.add across dimensions = [0, 1] : (tensor<0x3xf32>, tensor<f32>) -> tensor<f32>
    %8 = stablehlo.cosine %7 : tensor<f32>
    %9 = stablehlo.add %s1, %8 : tensor<f32>
    stablehlo.return %1, %2, %3, %4, %5, %6, %v1, %u1, %9
        : tensor<i8>, tensor<2xi1>, tensor<17xi4>, tensor<bf16>, tensor<2xcomplex<f32>>, tensor<0x3xf32>, tensor<20xui8>, tensor<20xui8>, tensor<f32>
  }
  return %0#1, %0#2, %0#3, %0#4, %0#5, %0#6, %0#7, %0#8
      : tensor<2xi1>, tensor<17xi4>, tensor<bf16>, tensor<2xcomplex<f32>>, tensor<0x3xf32>, tensor<20xui8>, tensor<20xui8>, tensor<f32>
}

// A choice over small tensors is one kernel.
func.func @choice(%p: tensor<i1>, %x: tensor<6xf32>) -> (tensor<6xf32>, tensor<f32>) {
  %none = stablehlo.constant dense<0.0> : tensor<f32>
  %0:2 = "stablehlo.if"(%p) ({
    %1 = stablehlo.reduce(%x init: %none) applies stablehlo.add across dimensions = [0] : (tensor<6xf32>, tensor<f32>) -> tensor<f32>
    %2 = stablehlo.broadcast_in_dim %1, dims = [] : (tensor<f32>) -> tensor<6xf32>
    %3 = stablehlo.subtract %x, %2 : tensor<6xf32>
    stablehlo.return %3, %1 : tensor<6xf32>, tensor<f32>
  }, {
    stablehlo.return %x, %none : tensor<6xf32>, tensor<f32>
  }) : (tensor<i1>) -> (tensor<6xf32>, tensor<f32>)
  return %0#0, %0#1 : tensor<6xf32>, tensor<f32>
}

// Each turn decides by a scalar from around the loop.
func.func @invariant(%p: tensor<i1>, %n: tensor<i32>, %x: tensor<2xi32>) -> tensor<2xi32> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %0:2 = stablehlo.while(%i = %zero, %v = %x) : tensor<i32>, tensor<2xi32>
  cond {
    %1 = stablehlo.compare LT, %i, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  } do {
    %1 = stablehlo.add %i, %one : tensor<i32>
    %2 = "stablehlo.if"(%p) ({
      %3 = stablehlo.add %v, %v : tensor<2xi32>
      stablehlo.return %3 : tensor<2xi32>
    }, {
      %3 = stablehlo.negate %v : tensor<2xi32>
      stablehlo.return %3 : tensor<2xi32>
    }) : (tensor<i1>) -> tensor<2xi32>
    stablehlo.return %1, %2 : tensor<i32>, tensor<2xi32>
  }
  return %0#1 : tensor<2xi32>
}
