// RUN: ireelite-opt --raise-tf-control-flow %s | filecheck %s
// RUN: ireelite-opt --raise-tf-control-flow --tf-to-hlo %s | filecheck %s --check-prefix=HLO

// A choice of three branches: the index is compared with 0 and with 1, once each, and two choices
// stand in each other.
//
// CHECK: tf.graph @three
// CHECK: [[ZERO:%.*]], %{{.*}} = tf.Equal(%k, %{{.*}}) name("xs/is_0")
// CHECK: tf.Equal(%k, %{{.*}}) name("xs/is_1")
// CHECK-NOT: tf.Equal
// CHECK: tf.IfRegion([[ZERO]]) name("merge")
// CHECK: tf.Neg(%x)
// CHECK: tf.yield
// CHECK: tf.IfRegion(
// CHECK: tf.Exp(%x)
// CHECK: tf.yield
// CHECK: tf.Add(%x, %y)
// CHECK: tf.yield
// CHECK-NOT: Switch
// CHECK: tf.fetch

// HLO: func.func @three(%k: tensor<i32>, %x: tensor<3xf32>, %y: tensor<3xf32>) -> tensor<3xf32>
// HLO: stablehlo.compare EQ, %k, %{{.*}}, SIGNED
// HLO: "stablehlo.if"
// HLO: stablehlo.negate
// HLO: "stablehlo.if"
// HLO: stablehlo.exponential
// HLO: stablehlo.add
tf.graph @three inputs = ["k", "x", "y"] outputs = ["merge"] {
  %k, %k_ctl = tf.Placeholder() name("k") {dtype = i32} : () -> tensor<i32>
  %x, %x_ctl = tf.Placeholder() name("x") {dtype = f32} : () -> tensor<3xf32>
  %y, %y_ctl = tf.Placeholder() name("y") {dtype = f32} : () -> tensor<3xf32>
  %x_0, %x_1, %x_2, %xs_ctl = tf._SwitchN(%x, %k) name("xs") {num_outs = 3 : i64} : (tensor<3xf32>, tensor<i32>) -> (tensor<*xf32>, tensor<*xf32>, tensor<*xf32>)
  %y_0, %y_1, %y_2, %ys_ctl = tf._SwitchN(%y, %k) name("ys") {num_outs = 3 : i64} : (tensor<3xf32>, tensor<i32>) -> (tensor<*xf32>, tensor<*xf32>, tensor<*xf32>)
  %neg, %neg_ctl = tf.Neg(%x_0) name("neg") {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %exp, %exp_ctl = tf.Exp(%x_1) name("exp") {T = f32} : (tensor<*xf32>) -> tensor<*xf32>
  %add, %add_ctl = tf.Add(%x_2, %y_2) name("add") {T = f32} : (tensor<*xf32>, tensor<*xf32>) -> tensor<*xf32>
  %merge, %merge_k, %merge_ctl = tf.Merge(%neg, %exp, %add) name("merge") : (tensor<*xf32>, tensor<*xf32>, tensor<*xf32>) -> (tensor<*xf32>, tensor<*xi32>)
  tf.fetch %merge : tensor<*xf32>
}
