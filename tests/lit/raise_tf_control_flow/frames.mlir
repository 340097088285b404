// RUN: ireelite-opt --raise-tf-control-flow %s | filecheck %s
// RUN: ireelite-opt --raise-tf-control-flow --tf-to-hlo %s | filecheck %s --check-prefix=HLO

// A loop in a branch, and a choice in its body.
//
// CHECK: tf.graph @loop_in_choice
// CHECK: tf.IfRegion(%p) name("merge") : (tensor<i1>) -> tensor<*xf32> ({
// CHECK: tf.WhileRegion(%zero, %x)
// CHECK: ^bb0(%{{.*}}: tensor<*xi32>, %{{.*}}: tensor<*xf32>):
// CHECK: tf.Less(%{{.*}}, %n)
// CHECK: tf.yield %{{.*}} : tensor<*xi1>
// CHECK: ^bb0(
// CHECK: tf.IfRegion(%{{.*}}) name("inner")
// CHECK: tf.Neg
// CHECK: tf.yield
// CHECK: tf.Exp
// CHECK: tf.yield
// CHECK-NOT: Switch
// CHECK: tf.fetch

// HLO: func.func @loop_in_choice(%p: tensor<i1>, %x: tensor<3xf32>, %n: tensor<i32>) -> tensor<3xf32>
// HLO: "stablehlo.if"(%p) ({
// HLO: stablehlo.while
// HLO: stablehlo.compare LT, %{{.*}}, %n, SIGNED
// HLO: "stablehlo.if"
// HLO: stablehlo.negate
// HLO: stablehlo.exponential
// HLO: stablehlo.return %x : tensor<3xf32>
tf.graph @loop_in_choice inputs = ["p", "x", "n"] outputs = ["merge"] {
  %p, %p_ctl = tf.Placeholder() name("p") {dtype = i1} : () -> tensor<i1>
  %x, %x_ctl = tf.Placeholder() name("x") {dtype = f32} : () -> tensor<3xf32>
  %n, %n_ctl = tf.Placeholder() name("n") {dtype = i32} : () -> tensor<i32>
  %x_f, %x_t, %xs_ctl = tf.Switch(%x, %p) name("xs") : (tensor<3xf32>, tensor<i1>) -> (tensor<*xf32>, tensor<*xf32>)
  %n_f, %n_t, %ns_ctl = tf.Switch(%n, %p) name("ns") : (tensor<i32>, tensor<i1>) -> (tensor<*xi32>, tensor<*xi32>)
  %zero, %zero_ctl = tf.Const() [%ns_ctl] name("zero") {value = dense<0> : tensor<i32>} : () -> tensor<i32>
  %i_in, %i_in_ctl = tf.Enter(%zero) name("i_in") {frame_name = "loop"} : (tensor<i32>) -> tensor<*xi32>
  %s_in, %s_in_ctl = tf.Enter(%x_t) name("s_in") {frame_name = "loop"} : (tensor<*xf32>) -> tensor<*xf32>
  %n_in, %n_in_ctl = tf.Enter(%n_t) name("n_in") {frame_name = "loop", is_constant = true} : (tensor<*xi32>) -> tensor<*xi32>
  %i, %i_k, %i_ctl = tf.Merge(%i_in, %i_next) name("i") : (tensor<*xi32>, tensor<*xi32>) -> (tensor<*xi32>, tensor<*xi32>)
  %s, %s_k, %s_ctl = tf.Merge(%s_in, %s_next) name("s") : (tensor<*xf32>, tensor<*xf32>) -> (tensor<*xf32>, tensor<*xi32>)
  %less, %less_ctl = tf.Less(%i, %n_in) name("less") : (tensor<*xi32>, tensor<*xi32>) -> tensor<*xi1>
  %go, %go_ctl = tf.LoopCond(%less) name("go") : (tensor<*xi1>) -> tensor<*xi1>
  %i_end, %i_body, %is_ctl = tf.Switch(%i, %go) name("is") : (tensor<*xi32>, tensor<*xi1>) -> (tensor<*xi32>, tensor<*xi32>)
  %s_end, %s_body, %ss_ctl = tf.Switch(%s, %go) name("ss") : (tensor<*xf32>, tensor<*xi1>) -> (tensor<*xf32>, tensor<*xf32>)
  %one, %one_ctl = tf.Const() [%is_ctl] name("one") {value = dense<1> : tensor<i32>} : () -> tensor<i32>
  %odd, %odd_ctl = tf.Equal(%i_body, %one) name("odd") : (tensor<*xi32>, tensor<i32>) -> tensor<*xi1>
  %s_f, %s_t, %sc_ctl = tf.Switch(%s_body, %odd) name("sc") : (tensor<*xf32>, tensor<*xi1>) -> (tensor<*xf32>, tensor<*xf32>)
  %exp, %exp_ctl = tf.Exp(%s_f) name("exp") : (tensor<*xf32>) -> tensor<*xf32>
  %neg, %neg_ctl = tf.Neg(%s_t) name("neg") : (tensor<*xf32>) -> tensor<*xf32>
  %inner, %inner_k, %inner_ctl = tf.Merge(%exp, %neg) name("inner") : (tensor<*xf32>, tensor<*xf32>) -> (tensor<*xf32>, tensor<*xi32>)
  %more, %more_ctl = tf.AddV2(%i_body, %one) name("more") : (tensor<*xi32>, tensor<i32>) -> tensor<*xi32>
  %i_next, %i_next_ctl = tf.NextIteration(%more) name("i_next") : (tensor<*xi32>) -> tensor<*xi32>
  %s_next, %s_next_ctl = tf.NextIteration(%inner) name("s_next") : (tensor<*xf32>) -> tensor<*xf32>
  %out, %out_ctl = tf.Exit(%s_end) name("out") : (tensor<*xf32>) -> tensor<*xf32>
  %keep, %keep_ctl = tf.Identity(%x_f) name("keep") : (tensor<*xf32>) -> tensor<*xf32>
  %merge, %merge_k, %merge_ctl = tf.Merge(%keep, %out) name("merge") : (tensor<*xf32>, tensor<*xf32>) -> (tensor<*xf32>, tensor<*xi32>)
  tf.fetch %merge : tensor<*xf32>
}
