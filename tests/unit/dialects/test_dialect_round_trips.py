"""Every op of the project's dialects prints, reads back, and prints the same again."""

from importlib import import_module
from io import StringIO
from pathlib import Path

import pytest
from xdsl.dialects.builtin import TensorType, i1
from xdsl.ir import Dialect
from xdsl.printer import Printer

from ireelite.bytecode.isa import OPCODES, Opcode
from ireelite.dialects.extensions.arith_tensors import TensorOp
from ireelite.dialects.vm.instructions import NOT_OPS, instruction_class
from ireelite.status import StatusError
from ireelite.syntax.context import make_context
from ireelite.syntax.parser import parse_module
from ireelite.syntax.printer import print_module

TF = """
tf.graph @g inputs = ["x", "y"] outputs = ["s", "m:1"] {
  %x, %x_ctl = tf.Placeholder() name("x") {dtype = f32, shape = #tf.shape<[2, -1]>} : () -> tensor<2x?xf32>
  %y, %y_ctl = tf.Placeholder() [%x_ctl] name("y") {dtype = i1, shape = #tf.shape<[]>} : () -> tensor<i1>
  %ready = tf.NoOp() [%x_ctl, %y_ctl] name("scope/ready") : () -> ()
  %c, %c_ctl = tf.Const() name("c") {value = dense<[1.0, 2.0]> : tensor<2xf32>, _class = ["loc:@x"]} : () -> tensor<2xf32>
  %s, %s_ctl = tf.AddV2(%x, %c) [%ready] name("s") {T = f32} : (tensor<2x?xf32>, tensor<2xf32>) -> tensor<*xf32>
  %f, %t, %m_ctl = tf.Switch(%s, %y) name("m") {N = 2 : i64} : (tensor<*xf32>, tensor<i1>) -> (tensor<*xf32>, tensor<*xf32>)
  %e, %e_ctl = tf.Enter(%s) name("e") {frame_name = "loop"} : (tensor<*xf32>) -> tensor<*xf32>
  %l, %n_i, %l_ctl = tf.Merge(%e, %n) name("l") : (tensor<*xf32>, tensor<*xf32>) -> (tensor<*xf32>, tensor<*xi32>)
  %n, %n_ctl = tf.NextIteration(%l) name("n") : (tensor<*xf32>) -> tensor<*xf32>
  %i, %i_ctl = tf.IfRegion(%y) name("i") : (tensor<i1>) -> tensor<*xf32> ({
    tf.yield %s : tensor<*xf32>
  }, {
    %neg, %neg_ctl = tf.Neg(%s) name("neg") : (tensor<*xf32>) -> tensor<*xf32>
    tf.yield %neg : tensor<*xf32>
  })
  %w, %w_ctl = tf.WhileRegion(%i) name("w") : (tensor<*xf32>) -> tensor<*xf32> ({
  ^bb0(%a: tensor<*xf32>):
    tf.yield %y : tensor<i1>
  }, {
  ^bb0(%b: tensor<*xf32>):
    tf.yield %b : tensor<*xf32>
  })
  tf.fetch %s, %t : tensor<*xf32>, tensor<*xf32>
}
"""

UNARY = """abs ceil cosine exponential exponential_minus_one floor log log_plus_one logistic negate
    round_nearest_even rsqrt sine sqrt tanh""".split()
BINARY = "add atan2 divide maximum minimum multiply power remainder subtract".split()
LOGICAL = "and or xor".split()

STABLEHLO = "\n".join(
    [
        "func.func @f(%x: tensor<2x3xf32>, %n: tensor<2x3xi32>, %p: tensor<2x3xi1>, %q: tensor<i1>, %w: tensor<3x4xf32>,",
        "    %z: tensor<f32>, %none: tensor<i32>, %b: tensor<5x3x2xf32>) {",
        *(f"  %{name} = stablehlo.{name} %x : tensor<2x3xf32>" for name in UNARY),
        *(f"  %{name} = stablehlo.{name} %x, %x : tensor<2x3xf32>" for name in BINARY),
        *(
            f"  %{name} = stablehlo.{name} %n, %n {{kept = 1 : i32}} : tensor<2x3xi32>"
            for name in LOGICAL
        ),
        """  %not = stablehlo.not %p : tensor<2x3xi1>
  %eq = stablehlo.compare EQ, %x, %x : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi1>
  %ge = stablehlo.compare GE, %n, %n, UNSIGNED : (tensor<2x3xi32>, tensor<2x3xi32>) -> tensor<2x3xi1>
  %s0 = stablehlo.select %p, %x, %x : tensor<2x3xi1>, tensor<2x3xf32>
  %s1 = stablehlo.select %q, %x, %x : tensor<i1>, tensor<2x3xf32>
  %c0 = stablehlo.constant dense<[[1.0, 2.0], [3.0, 0x7FC00000]]> : tensor<2x2xf32>
  %c1 = stablehlo.constant {kept} dense<-1> : tensor<100000xi64>
  %c2 = stablehlo.constant dense<true> : tensor<i1>
  %cv = stablehlo.convert %x : (tensor<2x3xf32>) -> tensor<2x3xi64>
  %bc = stablehlo.broadcast_in_dim %x, dims = [2, 0] : (tensor<2x3xf32>) -> tensor<3x7x2xf32>
  %b0 = stablehlo.broadcast_in_dim %z, dims = [] : (tensor<f32>) -> tensor<7xf32>
  %tr = stablehlo.transpose %x, dims = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %rs = stablehlo.reshape %x : (tensor<2x3xf32>) -> tensor<1x6xf32>
  %sl = stablehlo.slice %x [0:2, 1:3] : (tensor<2x3xf32>) -> tensor<2x2xf32>
  %st = stablehlo.slice %x [1:2, 0:3:2] : (tensor<2x3xf32>) -> tensor<1x2xf32>
  %io = stablehlo.iota dim = 1 : tensor<2x3xi32>
  %d0 = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0], precision = [HIGHEST, DEFAULT] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  %d1 = stablehlo.dot_general %b, %b, batching_dims = [0] x [0], contracting_dims = [1] x [1] : (tensor<5x3x2xf32>, tensor<5x3x2xf32>) -> tensor<5x2x2xf32>
  %d2 = stablehlo.dot_general %n, %n, contracting_dims = [0, 1] x [0, 1] : (tensor<2x3xi32>, tensor<2x3xi32>) -> tensor<i64>
  %r0 = stablehlo.reduce(%x init: %z) applies stablehlo.add across dimensions = [1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>
  %r1:2 = stablehlo.reduce(%x init: %z), (%n init: %none) across dimensions = [0] : (tensor<2x3xf32>, tensor<2x3xi32>, tensor<f32>, tensor<i32>) -> (tensor<3xf32>, tensor<3xi32>)
   reducer(%l0: tensor<f32>, %r: tensor<f32>) (%l1: tensor<i32>, %i: tensor<i32>) {
    stablehlo.return %r, %l1 : tensor<f32>, tensor<i32>
  }
  %w0, %w1 = stablehlo.while(%iterArg = %n, %kept = %z) : tensor<2x3xi32>, tensor<f32> attributes {hint = "x"}
  cond {
    %w2 = stablehlo.constant dense<false> : tensor<i1>
    stablehlo.return %w2 : tensor<i1>
  } do {
    stablehlo.return %iterArg, %kept : tensor<2x3xi32>, tensor<f32>
  }
  stablehlo.while()
  cond {
    stablehlo.return %q : tensor<i1>
  } do {
    stablehlo.return
  }
  %if = "stablehlo.if"(%q) ({
    stablehlo.return %z : tensor<f32>
  }, {
    stablehlo.return %w1 : tensor<f32>
  }) : (tensor<i1>) -> tensor<f32>
  %ca, %cb = "stablehlo.case"(%none) ({
    stablehlo.return %z, %n : tensor<f32>, tensor<2x3xi32>
  }, {
    stablehlo.return %w1, %w0 : tensor<f32>, tensor<2x3xi32>
  }) : (tensor<i32>) -> (tensor<f32>, tensor<2x3xi32>)
  return
}""",
    ]
)

STABLEHLO_MOVEMENT = """
#rows = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>
func.func private @op(tensor<3x4xf32>) -> tensor<3x4xf32>
func.func @f(%x: tensor<3x4xf32>, %y: tensor<3x?xf32, #stablehlo.bounds<?, 9>>, %z: tensor<f32>, %i: tensor<i32>,
    %at: tensor<ui64>, %rows: tensor<5x1xi32>, %n: tensor<2xi32>, %s: tensor<2xindex>, %u: tensor<2xui64>, %token: !stablehlo.token) {
  %ds = stablehlo.dynamic_slice %x, %at, %at, sizes = [1, 4] : (tensor<3x4xf32>, tensor<ui64>, tensor<ui64>) -> tensor<1x4xf32>
  %du = stablehlo.dynamic_update_slice %x, %ds, %i, %i : (tensor<3x4xf32>, tensor<1x4xf32>, tensor<i32>, tensor<i32>) -> tensor<3x4xf32>
  %p = stablehlo.pad %x, %z, low = [-1, 2], high = [0, 1], interior = [0, 3] : (tensor<3x4xf32>, tensor<f32>) -> tensor<2x16xf32>
  %c = stablehlo.concatenate %x, %ds, %x, dim = 0 : (tensor<3x4xf32>, tensor<1x4xf32>, tensor<3x4xf32>) -> tensor<7x4xf32>
  %c1 = stablehlo.concatenate %x, dim = 1 : (tensor<3x4xf32>) -> tensor<3x4xf32>
  %r = stablehlo.reverse %x, dims = [0, 1] : tensor<3x4xf32>
  %b = stablehlo.broadcast %x, sizes = [2, 0] : (tensor<3x4xf32>) -> tensor<2x0x3x4xf32>
  %bits = stablehlo.bitcast_convert %x {note} : (tensor<3x4xf32>) -> tensor<3x4x2xbf16>
  %g = "stablehlo.gather"(%x, %rows) <{dimension_numbers = #rows, slice_sizes = array<i64: 1, 4>, indices_are_sorted = true}> : (tensor<3x4xf32>, tensor<5x1xi32>) -> tensor<5x4xf32>
  %t = "stablehlo.torch_index_select"(%x, %n) <{dim = 1 : i64, batch_dims = 0 : i64}> : (tensor<3x4xf32>, tensor<2xi32>) -> tensor<3x2xf32>
  %size = stablehlo.get_dimension_size %y, dim = 1 : (tensor<3x?xf32, #stablehlo.bounds<?, 9>>) -> tensor<i32>
  %set = stablehlo.set_dimension_size %x, %size, dim = 1 : (tensor<3x4xf32>, tensor<i32>) -> tensor<3x?xf32, #stablehlo.bounds<?, 4>>
  %di = stablehlo.dynamic_iota %s, dim = 1 : (tensor<2xindex>) -> tensor<?x?xi32>
  %dr = stablehlo.dynamic_reshape %y, %n : (tensor<3x?xf32, #stablehlo.bounds<?, 9>>, tensor<2xi32>) -> tensor<?x?xf32>
  %cr = chlo.dynamic_reshape %y, %n : (tensor<3x?xf32, #stablehlo.bounds<?, 9>>, tensor<2xi32>) -> tensor<?x?xf32>
  %db = stablehlo.dynamic_broadcast_in_dim %z, %n, dims = [] {known_expanding_dimensions = array<i64>} : (tensor<f32>, tensor<2xi32>) -> tensor<?x?xf32>
  %rs = stablehlo.real_dynamic_slice %x, %n, %n, %n : (tensor<3x4xf32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>) -> tensor<?x?xf32>
  %dp = stablehlo.dynamic_pad %x, %z, %n, %n, %n : (tensor<3x4xf32>, tensor<f32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>) -> tensor<?x?xf32>
  %dg = "stablehlo.dynamic_gather"(%x, %rows, %n) <{dimension_numbers = #rows}> : (tensor<3x4xf32>, tensor<5x1xi32>, tensor<2xi32>) -> tensor<5x?xf32>
  %rng = stablehlo.rng %z, %z, %n, distribution = NORMAL : (tensor<f32>, tensor<f32>, tensor<2xi32>) -> tensor<2x3xf32>
  %state, %random = stablehlo.rng_bit_generator %u, algorithm = THREE_FRY : (tensor<2xui64>) -> (tensor<2xui64>, tensor<3xui8>)
  %t0 = stablehlo.tuple : tuple<>
  %t1 = stablehlo.tuple %x, %t0, %token : tuple<tensor<3x4xf32>, tuple<>, !stablehlo.token>
  %e = stablehlo.get_tuple_element %t1[1] : (tuple<tensor<3x4xf32>, tuple<>, !stablehlo.token>) -> tuple<>
  %ct = stablehlo.create_token : !stablehlo.token
  %aa = stablehlo.after_all %ct, %token : !stablehlo.token
  %a0 = stablehlo.after_all : !stablehlo.token
  %o0, %o1 = stablehlo.optimization_barrier %x, %aa : tensor<3x4xf32>, !stablehlo.token
  stablehlo.optimization_barrier()
  %comp = stablehlo.composite "ns.op" %x {composite_attributes = {k = 1 : i64}, decomposition = @op, version = 2 : i32} : (tensor<3x4xf32>) -> tensor<3x4xf32>
  %cc = stablehlo.custom_call @"not-an-identifier"(%x) {api_version = 4 : i32, backend_config = {k = 1 : i64}, called_computations = [@op], has_side_effect = true, operand_layouts = [dense<[1, 0]> : tensor<2xindex>], output_operand_aliases = [#stablehlo.output_operand_alias<output_tuple_indices = [], operand_index = 0, operand_tuple_indices = []>], result_layouts = [dense<[1, 0]> : tensor<2xindex>]} : (tensor<3x4xf32>) -> tensor<3x4xf32>
  stablehlo.custom_call @nothing() : () -> ()
  return
}"""

IREE = """
func.func @f(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %cst = arith.constant dense<[4, 1, 1]> : tensor<3xi32>
  %0, %1 = iree.dispatch_region[%cst : tensor<3xi32>](%a = %x : tensor<4xf32>, %b = %y : tensor<4xf32>) : tensor<4xf32>, tensor<4xf32> {
    %s = arith.addf %a, %b : tensor<4xf32>
    iree.return %s, %a : tensor<4xf32>, tensor<4xf32>
  } {kept = 1 : i32}
  return %0 : tensor<4xf32>
}
func.func private @module.external(tensor<4xf32> {iree.abi.output = 0 : index}) -> tensor<4xf32> attributes {iree.abi.model = "coarse-fences"}
func.func private @run_seq_0(%x: memref<4xf32>) -> (memref<4xf32>, memref<2xi8>) {
  %0 = iree_ll_seq.constant dense<[1, 2]> : tensor<2xi8>
  iree_ll_seq.return %x, %0 : memref<4xf32>, memref<2xi8>
}
func.func private @run_seq_1(%x: tensor<4xf32>) {
  return
}
func.func @run(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0, %1 = iree.call @run_seq_0(%x) : (tensor<4xf32>) -> (tensor<4xf32>, tensor<2xi8>)
  iree.call @run_seq_1(%0) {kept = 1 : i32} : (tensor<4xf32>) -> ()
  %2 = call @module.external(%0) : (tensor<4xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}
iree.multi_arch_executable @unnumbered() {
}
iree.multi_arch_executable @numbered[3]() {
  iree.executable(Unspecified) {
    module {
      func.func @entry(%in: memref<4xf32>, %out: memref<4xf32>) {
        %0 = iree.load_input(%in : memref<4xf32>) : tensor<4xf32>
        iree.store_output(%0 : tensor<4xf32>, %out : memref<4xf32>)
        %at = arith.constant dense<1> : tensor<i32>
        iree.update_output(%0 : tensor<4xf32>, %out : memref<4xf32>) at %at : tensor<i32> {unsigned = false}
        iree.return
      }
    }
  }
  iree.executable(LLVM) {
    module {
    }
  }
}
"""

EXECUTABLE = """
iree.multi_arch_executable @ex() {
  iree.executable(Unspecified) {
    module {
      func.func @entry(%in: memref<4xf32>, %out: memref<4xf32>) {
        iree.return
      }
    }
  }
}
"""

SEQUENCERS = f"""{EXECUTABLE}
func.func @high(%x: memref<4xf32>) -> memref<4xf32> {{
  %w = iree_interp.constant dense<[4, 1, 1]> : tensor<3xi32>
  %c = iree_interp.constant dense<[1.5, 2.0, 2.0, 2.5]> : tensor<4xf32>
  %0 = "iree_hl_seq.alloc_heap"() : () -> memref<4xf32>
  iree_hl_seq.copy %c, %0 : memref<4xf32>, memref<4xf32>
  iree_hl_seq.fill dense<1.500000e+00> : tensor<f32>, %0 {{kept}} : memref<4xf32>
  iree_hl_seq.dispatch ex::entry[%w : memref<3xi32>](%x, %0) : (memref<4xf32>, memref<4xf32>) -> () {{kept}}
  iree_hl_seq.return %0 : memref<4xf32>
}}
func.func @low(%x: memref<4xf32>) -> memref<4xf32> {{
  %c = iree_ll_seq.constant dense<[1.5, 2.0, 2.0, 2.5]> : tensor<4xf32>
  %0 = "iree_ll_seq.alloc_heap"() : () -> memref<4xf32>
  iree_ll_seq.fill dense<1.500000e+00> : tensor<f32>, %0 : memref<4xf32>
  %arena = "iree_ll_seq.alloc_arena"() : () -> memref<512xi8>
  %1 = iree_ll_seq.subspan %arena[256] : memref<512xi8> -> memref<4xf32>
  iree_ll_seq.copy %c, %1 : memref<4xf32>, memref<4xf32>
  iree_ll_seq.barrier
  iree_ll_seq.static_dispatch ex::entry[dense<[4, 1, 1]> : tensor<3xi32>](%1, %0) : (memref<4xf32>, memref<4xf32>) -> ()
  iree_ll_seq.return %0 : memref<4xf32>
}}
"""

VM = """
vm.module @module attributes {version = 3 : i32} {
  vm.import @hal.fence.create "0rI_r" minimum_version 7
  vm.import @other.f "0v_v"
  vm.import optional @other.print "0r_v" minimum_version 2
  vm.rodata @text "with \\22quotes\\22"
  vm.rodata @bytes "application/x-flatbuffers" dense<[0, -1]> : tensor<2xi8>
  vm.rodata @nothing ""
  vm.global.ref @"name with spaces" : !vm.ref<!hal.device>
  vm.global.ref @string : !vm.ref<!custom.string>
  vm.global.i32 @count
  vm.global.i64 @total
  vm.global.f32 @sum
  vm.global.f64 @product
  vm.func @f(%x: i32, %d: !vm.ref<!hal.device>) -> (i32, i64) attributes {kept} {
    %0 = vm.const.i64 -5 : i64
    vm.cond_br %x ^bb1(%x), ^bb2(%0, %0) : (i32, i32, i64, i64)
  ^bb1(%1: i32):
    %2, %3 = vm.call @other.pair(%1, %d) : (i32, !vm.ref<!hal.device>) -> i32, i64
    vm.call.variadic @other.span segments [65535, 2] (%1, %2, %2) {kept} : (i32, i32, i32)
    vm.return %2, %3 : (i32, i64)
  ^bb2(%4: i64, %5: i64):
    vm.call.variadic.yieldable @other.wait segments [1] (%d) ^bb3 : (!vm.ref<!hal.device>)
  ^bb3(%6: i32):
    vm.fail "no way out" %6 : (i32)
  }
  vm.export @f {iree.abi.declaration = "func @f()"}
}
"""

UTIL = """
module @host {
  util.global private mutable @i = 4 : index
  util.global public @l : i64 = 5 : i64
  util.global @t = dense<[1, 2]> : tensor<2xi32>
  util.initializer {
    util.return
  }
  func.func @f(%l: !util.list<?>, %b: !util.buffer, %n: index, %x: i32, %y: f64, %n2: !util.list<i32>) -> i1 {
    %held = util.global.load @i : index
    util.global.store %held, @i : index
    %seen = util.global.load immutable @t : tensor<2xi32>
    %none = util.list.construct [] : !util.list<?>
    %made = util.list.create : !util.list<tensor<?xi32>>
    %made2 = util.list.create %n : !util.list<!custom.string>
    %nothing = util.null : !vm.list<i32>
    %nothing2 = util.null : !vm.list<?>
    %nothing3 = util.null : !vm.buffer
    %nothing4 = util.null : !util.variant
    %e = util.list.construct [%x : i32, %n2 : !util.list<i32>] : !util.list<?>
    %s = util.list.size %l : !util.list<?>
    util.list.resize %l, %n : !util.list<?>
    %g = util.list.get %l[%n] : !util.list<?> -> f64
    %g2 = util.list.get %n2[%n] : !util.list<i32>
    util.list.set %l[%n], %y : f64 -> !util.list<?>
    util.list.set %n2[%n], %x : !util.list<i32>
    %c = util.buffer.constant : !util.buffer = "hello"
    %c2 = util.buffer.constant "foo" {kept} : !util.buffer = dense<[1, 2, 3]> : tensor<3xi32>
    %a = util.buffer.alloc uninitialized : !util.buffer{%n}
    %a2 = util.buffer.alloc uninitialized : !util.buffer{%n}
    util.buffer.dealloc %a2 : !util.buffer{%n}
    %sl = util.buffer.slice %a[%n] : !util.buffer{%n} -> !util.buffer{%n}
    %sz = util.buffer.size %a : !util.buffer
    util.buffer.copy %a[%n], %sl[%n], %n : !util.buffer{%n} -> !util.buffer{%n}
    %eq = util.buffer.compare %a[%n], %sl[%n], %n : !util.buffer{%n}, !util.buffer{%n}
    util.buffer.fill %x, %a[%n for %n] : i32 -> !util.buffer{%n}
    %ld = util.buffer.load %a[%n for %n] : !util.buffer{%n} -> i32
    util.buffer.store %ld, %a[%n for %n] : i32 -> !util.buffer{%n}
    %h = util.buffer.hash %a[%n for %n] : !util.buffer{%n} -> i64
    %nul = util.null : !util.buffer
    %e1 = util.cmp.eq %nul, %a : !util.buffer
    %e2 = util.cmp.ne %h, %h : i64
    %bb:2 = util.optimization_barrier %h, %x : i64, i32
    %u = util.unfoldable_constant 5 : i32
    %sw = util.switch i32 from [%x, %u] at %n else %ld : i32
    %u2 = util.unfoldable_constant dense<[1, 2]> : tensor<2xi8>
    %ca = util.cast %b : !util.buffer to !hal.buffer_view
    return %e1 : i1
  }
}
"""

SDY = """
sdy.mesh @mesh = <["x"=2, "y"=4]> {kept}
sdy.mesh @one = <[], device_ids=[0]>
func.func @f(%x: tensor<8xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"x", ?}], replicated={"y"}>}) {
  %0 = sdy.sharding_constraint %x <@mesh, [{"x":(1)2, "y"}]> {kept} : tensor<8xf32>
  %1 = sdy.reshard %0 <@mesh, [{}]> : tensor<8xf32>
  %2, %3 = sdy.manual_computation(%0, %1) in_shardings=[<@mesh, [{"x"}]>, <@mesh, [{}]>] out_shardings=[<@mesh, [{"x"}]>, <@mesh, [{}]>] manual_axes={"x"} (%a: tensor<4xf32>, %b: tensor<8xf32>) {
    sdy.return %a, %b : tensor<4xf32>, tensor<8xf32>
  } {rule = #sdy.op_sharding_rule<([i])->([i]) {i=8}>} : (tensor<8xf32>, tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>)
  sdy.manual_computation() in_shardings=[] out_shardings=[] manual_axes={} () {
    sdy.return
  } : () -> ()
  func.return
}
"""

TEXTS = {
    "sdy": SDY,
    "tf": TF,
    "stablehlo": STABLEHLO,
    "movement of stablehlo": STABLEHLO_MOVEMENT,
    "iree": IREE,
    "sequencers": SEQUENCERS,
    "vm": VM,
    "util": UTIL,
}
TEXTS |= {path.stem: path.read_text() for path in Path(__file__).with_name("texts").glob("*.mlir")}

DIALECTS = {
    "sdy": ("ireelite.dialects.sdy", "Sdy"),
    "tf": ("ireelite.dialects.tf", "Tf"),
    "iree_tensor": ("ireelite.dialects.extensions.iree_tensor", "IreeTensor"),
    "stablehlo": ("ireelite.dialects.stablehlo", "StableHLO"),
    "chlo": ("ireelite.dialects.chlo", "Chlo"),
    "iree": ("ireelite.dialects.sequencer.iree", "Iree"),
    "iree_interp": ("ireelite.dialects.sequencer.iree_interp", "IreeInterp"),
    "iree_hl_seq": ("ireelite.dialects.sequencer.iree_hl_seq", "IreeHlSeq"),
    "iree_ll_seq": ("ireelite.dialects.sequencer.iree_ll_seq", "IreeLlSeq"),
    "vm": ("ireelite.dialects.vm", "Vm"),
    "util": ("ireelite.dialects.util", "Util"),
    "flow": ("ireelite.dialects.flow", "Flow"),
    "vmvx": ("ireelite.dialects.vmvx", "Vmvx"),
}


CONTEXT = make_context()


def round_trip(text: str) -> str:
    """The printed form of what the printed form of a text says, which must be the printed form."""
    once = print_module(parse_module(text, context=CONTEXT))
    again = print_module(parse_module(once, context=CONTEXT))
    assert again == once
    return once


@pytest.mark.parametrize("name", TEXTS)
def test_printed_text_reads_back(name):
    once = round_trip(TEXTS[name])
    given = [line.strip() for line in TEXTS[name].strip().splitlines()]
    assert len(once.strip().splitlines()) >= len(given)


@pytest.mark.parametrize("name", DIALECTS)
def test_every_op_of_the_dialect_is_among_these_texts(name):
    module, attribute = DIALECTS[name]
    dialect: Dialect = getattr(import_module(module), attribute)
    seen = {op.name for text in TEXTS.values() for op in parse_module(text).walk()}
    assert {op.name for op in dialect.operations} <= seen


def test_functions_print_as_upstream_prints_them():
    text = TEXTS["functions"]
    assert round_trip(text).splitlines()[1:-1] == [f"  {line}" for line in text.splitlines()]


def test_names_numbers_and_nesting_survive():
    assert round_trip(VM).splitlines()[2:] == [
        f"  {line}" for line in VM.strip().splitlines()[1:]
    ] + ["}"]


ON_SCALARS_AND_TENSORS = """
func.func @scalars(%f: f32, %i: i32, %p: i1) {
  %0 = arith.cmpf olt, %f, %f : f32
  %1 = arith.cmpi slt, %i, %i : i32
  %2 = arith.select %p, %f, %f : f32
  %3 = arith.sitofp %i : i32 to f32
  %4 = arith.extui %p : i1 to i32
  return
}
func.func @tensors(%f: tensor<4xf32>, %i: tensor<4xi32>, %p: tensor<4xi1>, %q: i1, %h: tensor<4xf16>) {
  %0 = arith.cmpf olt, %f, %f fastmath<nnan> : tensor<4xf32>
  %1 = arith.cmpi uge, %i, %i : tensor<4xi32>
  %2 = arith.select %p, %f, %f : tensor<4xi1>, tensor<4xf32>
  %3 = arith.select %q, %f, %f {kept} : tensor<4xf32>
  %4 = arith.extf %h : tensor<4xf16> to tensor<4xf32>
  %5 = arith.extsi %p : tensor<4xi1> to tensor<4xi32>
  %6 = arith.extui %p {kept} : tensor<4xi1> to tensor<4xi32>
  %7 = arith.fptosi %f : tensor<4xf32> to tensor<4xi32>
  %8 = arith.fptoui %f : tensor<4xf32> to tensor<4xi32>
  %9 = arith.sitofp %i : tensor<4xi32> to tensor<4xf32>
  %10 = arith.truncf %f : tensor<4xf32> to tensor<4xf16>
  %11 = arith.trunci %i : tensor<4xi32> to tensor<4xi1>
  %12 = arith.uitofp %i : tensor<4xi32> to tensor<4xf32>
  return
}
"""


def test_arithmetic_on_tensors_has_classes_of_its_own():
    printed = round_trip(ON_SCALARS_AND_TENSORS)
    assert printed.split("\n")[1:-2] == [f"  {n}" for n in ON_SCALARS_AND_TENSORS.split("\n")[1:-1]]
    module = parse_module(ON_SCALARS_AND_TENSORS)
    generic = StringIO()
    Printer(generic, print_generic_format=True).print_op(module)
    again = parse_module(generic.getvalue())
    for one, other in zip(module.walk(), again.walk(), strict=True):
        assert type(one) is type(other)
    for function in module.body.block.ops:
        for op in list(function.regions[0].block.ops)[:-1]:
            assert isinstance(op, TensorOp) is (function.sym_name.data == "tensors")
            assert op.results[0].type in (TensorType(i1, [4]), i1) or "cmp" not in op.name


DECLARATIONS = [
    "func.func private @m.f(tensor<4xf32> {iree.abi.output = 0 : index}, i32) -> tensor<4xf32>",
    "func.func private @m.f(i32 {a.b = 1 : i8}) attributes {c.d}",
    "func.func private @m.f(i32, i32) -> (i32 {a.b}, tensor<?xf32>)",
    'func.func private @"m.f-g"() -> i32',
]


@pytest.mark.parametrize("text", DECLARATIONS)
def test_declarations_keep_the_attributes_of_arguments_and_results(text):
    assert round_trip(text) == f"module {{\n  {text}\n}}\n"
    generic = StringIO()
    Printer(generic, print_generic_format=True).print_op(parse_module(text))
    assert round_trip(generic.getvalue()) == round_trip(text)


def test_empty_attributes_of_arguments_of_declarations_are_no_attributes():
    text = (
        '"func.func"() <{arg_attrs = [{}], function_type = (i32) -> (), res_attrs = [], '
        'sym_name = "f", sym_visibility = "private"}> ({}) : () -> ()'
    )
    assert round_trip(text) == "module {\n  func.func private @f(i32) -> ()\n}\n"


def test_names_of_arguments_of_declarations_and_their_locations_are_read():
    text = (
        'func.func private @m.f(%a: i32 {x.y}, %b: i32)\nfunc.func private @m.g(i32 loc("f":1:2))'
    )
    assert round_trip(text) == (
        "module {\n  func.func private @m.f(i32 {x.y}, i32)\n"
        "  func.func private @m.g(i32) -> ()\n}\n"
    )


def test_the_older_spelling_of_an_op_reads_as_todays():
    text = "func.func @f(%x: tensor<4xf32>) { %0 = mhlo.multiply(%x, %x) : tensor<4xf32>\n return }"
    assert "%0 = stablehlo.multiply %x, %x : tensor<4xf32>" in round_trip(text)


def test_names_as_strings_and_numbers_read_as_names():
    text = """func.func @f(%x: tensor<2x2xf32>, %z: tensor<f32>, %s: tensor<2xi64>, %t: tensor<2xui64>) {
      %0 = "mhlo.compare"(%x, %x) {comparison_direction = "LT", compare_type = "FLOAT"} : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xi1>
      %1 = "mhlo.dot"(%x, %x) {precision_config = ["DEFAULT", "HIGHEST"]} : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
      %2 = "mhlo.rng_normal"(%z, %z, %s) : (tensor<f32>, tensor<f32>, tensor<2xi64>) -> tensor<2x3xf32>
      %3, %4 = "mhlo.rng_bit_generator"(%t) {rng_algorithm = 1 : i32} : (tensor<2xui64>) -> (tensor<2xui64>, tensor<3xui32>)
      return
    }"""
    printed = round_trip(text)
    assert "stablehlo.compare LT, %x, %x, FLOAT :" in printed
    assert "stablehlo.dot %x, %x, precision = [DEFAULT, HIGHEST] :" in printed
    assert "stablehlo.rng %z, %z, %s, distribution = NORMAL :" in printed
    assert "stablehlo.rng_bit_generator %t, algorithm = THREE_FRY :" in printed


def test_a_name_that_is_not_of_the_enumeration_is_refused():
    text = """func.func @f(%x: tensor<2xf32>) {
      %0 = "mhlo.compare"(%x, %x) {comparison_direction = "LESS"} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xi1>
      return
    }"""
    with pytest.raises(StatusError, match="comparison_direction"):
        round_trip(text)


def test_a_generic_form_reads_as_the_custom_one():
    text = """func.func @f(%x: tensor<2x3xf32>) {
      %0 = "stablehlo.transpose"(%x) <{permutation = array<i64: 1, 0>}> : (tensor<2x3xf32>) -> tensor<3x2xf32>
      return
    }"""
    assert (
        "%0 = stablehlo.transpose %x, dims = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>"
        in round_trip(text)
    )


def test_float_constants_keep_their_bits():
    values = "[0.1, 0x7FC00001, 0xFF800000, 0x00000001, -0.0, 3.4028235e+38]"
    text = f"func.func @f() {{ %0 = stablehlo.constant dense<{values}> : tensor<6xf32>\n return }}"
    bits = []
    for source in (text, print_module(parse_module(text))):
        (constant,) = (op for op in parse_module(source).walk() if op.name == "stablehlo.constant")
        bits.append(constant.properties["value"].data.data.hex())
    assert bits[0] == bits[1]
    assert bits[0][8:32] == "0100c07f" + "000080ff" + "01000000"


# -- an op for each instruction ---------------------------------------------------------------------

OPERAND_TYPES = {
    "i": "i32",
    "q": "i64",
    "f": "f32",
    "d": "f64",
    "r": "!vm.ref<!vm.buffer>",
    "r'": "!vm.ref<!vm.buffer>",
}
IMMEDIATE_TEXTS = {
    "imm32": "-7",
    "imm64": "123456789012",
    "immf32": "-1.500000e+00",
    "immf64": "2.500000e-01",
    "g32": "@state",
    "ro32": "@data",
    "fn32": "@callee",
    "S": "segments [65535, 0] ",
    "s16": '"message"',
}


def instruction_text(opcode: Opcode) -> str:
    """A function that holds one instruction, and a return if that is no terminator."""
    own = [f"%{kind[0]}" for kind in opcode.fields if kind in OPERAND_TYPES]
    types = [OPERAND_TYPES[kind] for kind in opcode.fields if kind in OPERAND_TYPES]
    results = [OPERAND_TYPES[kind[1]] for kind in opcode.fields if kind[0] == ">" and kind != ">L"]
    if "L" in opcode.fields:
        kind = results[0] if results else "i32"
        name = next(f"%{k[0]}" for k, t in OPERAND_TYPES.items() if t == kind)
        own += [name, name]
        types += [kind, kind]
    immediates = [IMMEDIATE_TEXTS[kind] for kind in opcode.fields if kind in IMMEDIATE_TEXTS]
    listed = ", ".join(own)
    text = f"{listed}" if "fn32" not in opcode.fields else f"({listed})"
    if opcode.mnemonic == "list.alloc":
        text += ' {element = "i32"}'
    targets = ", ".join(["^bb1"] * opcode.fields.count("pc"))
    tail = f" : ({', '.join(types)})" if types else (" : " if results else "")
    tail += (" -> " if types and results else "") + ", ".join(results)
    head = f"%out = vm.{opcode.mnemonic}" if results else f"vm.{opcode.mnemonic}"
    line = " ".join(filter(None, [head, *immediates, text, targets])) + tail
    end = "" if opcode.terminator else "\n  vm.br ^bb1"
    return (
        "vm.module @m { vm.func @f(%i: i32, %q: i64, %f: f32, %d: f64, %r: !vm.ref<!vm.buffer>) {\n"
        f"  {line}{end}\n^bb1:\n  vm.return\n}} }}"
    )


@pytest.mark.parametrize("mnemonic", [m for m in OPCODES if m not in NOT_OPS])
def test_every_instruction_has_an_op_that_reads_back(mnemonic):
    once = round_trip(instruction_text(OPCODES[mnemonic]))
    assert f"vm.{mnemonic}" in once


@pytest.mark.parametrize("mnemonic", sorted(NOT_OPS))
def test_instructions_that_are_not_ops_are_unknown(mnemonic):
    assert instruction_class(mnemonic) is None
