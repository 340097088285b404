"""What the compiler can't lower is refused at the op that it can't lower.

In the texts, `«` stands where the error must point.
"""

from pathlib import Path

import pytest
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp

import ireelite
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.errors import placing_errors
from ireelite.syntax.parser import parse_module

VMVX, VULKAN = "vmvx", "vulkan-spirv"


def sized(op: str) -> str:
    """A function with an op that takes numbers of -1 and the size of an argument."""
    return (
        "func.func @main(%x: tensor<?x?xf32>, %i: tensor<?x1xi32>) -> tensor<?x?xf32> {\n"
        "  %n = stablehlo.get_dimension_size %x, dim = 1 : (tensor<?x?xf32>) -> tensor<i32>\n"
        "  %m = stablehlo.reshape %n : (tensor<i32>) -> tensor<1xi32>\n"
        "  %less = stablehlo.constant dense<-1> : tensor<1xi32>\n"
        "  %s = stablehlo.concatenate %less, %m, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> "
        "tensor<2xi32>\n"
        "  %l = stablehlo.concatenate %m, %m, dim = 0 : (tensor<1xi32>, tensor<1xi32>) -> "
        "tensor<2xi32>\n"
        "  %none = stablehlo.constant dense<0> : tensor<2xi32>\n"
        "  %ones = stablehlo.constant dense<1> : tensor<2xi32>\n"
        f"  %0 = «{op}\n  return %0 : tensor<?x?xf32>\n}}"
    )


def graph(nodes: str) -> str:
    """A TensorFlow graph that takes %x and yields %y."""
    return (
        'tf.graph @g inputs = ["x"] outputs = ["y"] {\n'
        '  %x, %xc = tf.Placeholder() name("x") {dtype = f32} : () -> tensor<2xf32>\n'
        f"  {nodes}\n  tf.fetch %y : tensor<2xf32>\n}}"
    )


def sequence(kernel: str, workload: str = "[4, 1, 1]", inputs: int = 1) -> str:
    """A low-level sequence with one dispatch of a kernel, whose buffers are %0 and so on."""
    types = ", ".join(["memref<4xf32>"] * (inputs + 1))
    buffers = ", ".join(f"%{n}: memref<4xf32>" for n in range(inputs + 1))
    bound = ", ".join([*["%a"] * inputs, "%r"])
    workload = f"dense<{workload}> : tensor<3xi32>"
    return (
        "iree.multi_arch_executable @e[0]() {\n  iree.executable(Unspecified) {\n    module {\n"
        f"      «func.func @k({buffers}) attributes {{iree.executable.export, "
        f"iree.executable.workload = {workload}, iree.ordinal = 0 : i32}} {{\n"
        f"{kernel}        iree.return\n      }}\n    }}\n  }}\n}}\n"
        "func.func @f(%a: memref<4xf32>) -> memref<4xf32> attributes {iree.ordinal = 0 : i32} {\n"
        '  %r = "iree_ll_seq.alloc_heap"() : () -> memref<4xf32>\n'
        f"  iree_ll_seq.static_dispatch e::k[{workload}]({bound}) : ({types}) -> ()\n"
        "  iree_ll_seq.return %r : memref<4xf32>\n}"
    )


COPY = (
    "        %v = iree.load_input(%0 : memref<4xf32>) : tensor<4xf32>\n"
    "        iree.store_output(%v : tensor<4xf32>, %{last} : memref<4xf32>)\n"
)


REFUSED = {
    "elements of a width that no target has": (
        "func.func @f(%a: tensor<4xi128>) -> tensor<4xi128> {\n"
        "  %0 = «stablehlo.add %a, %a : tensor<4xi128>\n  return %0 : tensor<4xi128>\n}",
        "i128",
    ),
    "a dispatch over too many elements": (
        "func.func @f(%a: tensor<5000000000xi8>) -> tensor<5000000000xi8> {\n"
        "  %0 = «stablehlo.add %a, %a : tensor<5000000000xi8>\n  return %0 : tensor<5000000000xi8>\n}",
        "a dispatch over a shape of [5000000000] has 5000000000 elements in one of the three numbers",
    ),
    "an op that the machine has not": (
        "func.func @f() {\n  %0 = «llvm.mlir.constant(1 : i32) : i32\n  return\n}",
        "no rule lowers 'llvm.mlir.constant' to the virtual machine",
    ),
    "a value that the host can't hold": (
        "func.func private @g()\n«func.func @f(%a: vector<4xf32>) {\n  return\n}",
        "host code can't hold a value of type vector<4xf32>",
    ),
    "a call of what there is not": (
        "func.func @f() {\n  «call @g() : () -> ()\n  return\n}",
        "'@g' could not be found in symbol table",
    ),
    "a shape that is not static": (
        "func.func @f(%a: tensor<?x?xf32>) -> tensor<?x?xf32> {\n"
        "  %0 = «stablehlo.cholesky %a : tensor<?x?xf32>\n  return %0 : tensor<?x?xf32>\n}",
        "shapes must be static",
    ),
    "a module within a module": (
        "module {\n  «module @inner {\n    func.func @f() {\n      return\n    }\n  }\n}",
        "a module within a module is not supported",
    ),
    "a module within a function": (
        "func.func @f() {\n  «module @inner {\n  }\n  return\n}",
        "a module within a module is not supported",
    ),
    "an op outside of functions": (
        "%0 = «stablehlo.constant dense<1> : tensor<i32>\nfunc.func @f() {\n  return\n}",
        "'stablehlo.constant' is outside of functions",
    ),
    "a transform of too many points": (
        "func.func @f(%a: tensor<16777259xcomplex<f32>>) -> tensor<16777259xcomplex<f32>> {\n"
        "  %0 = «stablehlo.fft %a, type = FFT, length = [16777259] : "
        "(tensor<16777259xcomplex<f32>>) -> tensor<16777259xcomplex<f32>>\n"
        "  return %0 : tensor<16777259xcomplex<f32>>\n}",
        "a transform of 16777259 points needs tables that are too large",
    ),
    "a function with a name of the module's own": (
        "«func.func @__init(%a: tensor<2xf32>) -> tensor<2xf32> {\n"
        "  %0 = stablehlo.negate %a : tensor<2xf32>\n  return %0 : tensor<2xf32>\n}",
        "'__init' is a name that the compiler gives to something of its own",
    ),
    "a constant of a float that no target has": (
        "func.func @f() -> tensor<4xf80> {\n"
        "  %0 = stablehlo.constant dense<«1.0> : tensor<4xf80>\n  return %0 : tensor<4xf80>\n}",
        "constants of f80 are not supported",
    ),
    "a number of a float that no target has": (
        "func.func @f() {\n  %0 = arith.constant «1.0 : f128\n  return\n}",
        "constants of f128 are not supported",
    ),
    "an attribute outside of ops whose parts do not fit together": (
        "#map = «affine_map<(d0)[s0] -> (d0 floordiv s0)>\nfunc.func @f() {\n  return\n}",
        "Floor division with non-constant (semi-affine) is not supported yet",
    ),
    "a very long name": (
        f"func.func @f() {{\n  «call @{'x' * 5000}() : () -> ()\n  return\n}}",
        f"'func.call' op '@{'x' * 78}...{'x' * 39}' could not be found",
    ),
    "an index of more than 64 bits": (
        "func.func @f() -> index {\n"
        "  %0 = arith.constant «9223372036854775808 : index\n  return %0 : index\n}",
        "an index has 64 bits, and 9223372036854775808 has more",
    ),
    "a known custom call of what is no tensor": (
        "func.func @f(%a: tensor<4x4xf32>) -> tensor<4xf32> {\n"
        "  %0:5 = «stablehlo.custom_call @lapack_ssytrd_ffi(%a) {mhlo.backend_config = {uplo = 85 : ui8}} : "
        "(tensor<4x4xf32>) -> (index, tensor<4xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i32>)\n"
        "  return %0#1 : tensor<4xf32>\n}",
        "expects a tensor, not a index",
    ),
    "an argument of strings": (
        "«func.func @f(%a: tensor<3x!tf_type.string>) {\n  return\n}",
        "no buffer holds elements of type !tf_type.string",
    ),
    "elements that only a check sees and no buffer holds": (
        "func.func @f() {\n"
        "  %0 = «util.unfoldable_constant dense<(1.0, 2.0)> : tensor<2xcomplex<f16>>\n"
        "  check.expect_almost_eq_const %0, dense<(1.0, 2.0)> : tensor<2xcomplex<f16>>\n  return\n}",
        "no buffer holds elements of type complex<f16>",
    ),
    "a shape of unknown rank": (
        "func.func @f(%a: tensor<*xf32>) -> tensor<*xf32> {\n"
        "  %0 = «stablehlo.negate %a : tensor<*xf32>\n  return %0 : tensor<*xf32>\n}",
        "has a value of type tensor<*xf32>, whose rank is not known",
    ),
    "a broadcast to an open size": (
        "func.func @f(%a: tensor<f32>) -> tensor<?xf32> {\n"
        "  %0 = «stablehlo.broadcast_in_dim %a, dims = [] : (tensor<f32>) -> tensor<?xf32>\n"
        "  return %0 : tensor<?xf32>\n}",
        "stablehlo.dynamic_broadcast_in_dim takes a shape as an operand",
    ),
    "sizes that contradict each other once they are known": (
        "func.func @f(%a: tensor<2xf32>, %b: tensor<3xf32>) -> tensor<?xf32> {\n"
        "  %0 = stablehlo.convert %a : (tensor<2xf32>) -> tensor<?xf32>\n"
        "  %1 = stablehlo.convert %b : (tensor<3xf32>) -> tensor<?xf32>\n"
        "  %2 = «stablehlo.add %0, %1 : tensor<?xf32>\n  return %2 : tensor<?xf32>\n}",
        "these are the shapes that follow from the arguments",
    ),
    "an op by which devices work together": (
        "func.func @f(%a: tensor<2xf32>) -> tensor<2xf32> {\n"
        '  %0 = «"stablehlo.collective_permute"(%a) <{source_target_pairs = dense<[[0, 1]]> '
        ": tensor<1x2xi64>}> : (tensor<2xf32>) -> tensor<2xf32>\n"
        "  return %0 : tensor<2xf32>\n}",
        "exchanges data between devices 0, 1: a program runs on one device",
    ),
    "an op that exchanges data with the host": (
        "func.func @f(%a: tensor<2xf32>) -> tensor<2xf32> {\n"
        '  %0 = «"stablehlo.infeed"(%a) : (tensor<2xf32>) -> tensor<2xf32>\n'
        "  return %0 : tensor<2xf32>\n}",
        "exchanges data with a host program while it runs",
    ),
    "a dialect of another compiler": (
        'func.func @f(%a: tensor<2xf32>) {\n  «"tosa.abs"(%a) : (tensor<2xf32>) -> ()\n  return\n}',
        "there is no dialect 'tosa'; programs are written in stablehlo, chlo,",
    ),
    "an op that no reducer has": (
        "func.func @f(%x: tensor<4xf32>, %z: tensor<f32>) -> tensor<f32> {\n"
        "  %0 = stablehlo.reduce(%x init: %z) across dimensions = [0] : "
        "(tensor<4xf32>, tensor<f32>) -> tensor<f32>\n"
        "   reducer(%a: tensor<f32>, %b: tensor<f32>) {\n"
        "    %s = «stablehlo.dot_general %a, %b, contracting_dims = [] x [] : "
        "(tensor<f32>, tensor<f32>) -> tensor<f32>\n"
        "    stablehlo.return %s : tensor<f32>\n  }\n  return %0 : tensor<f32>\n}",
        "'stablehlo.dot_general' is not supported inside a reducer",
    ),
    "a float of the host that has no cast": (
        "func.func @f(%a: f64) -> f64 {\n  %0 = «arith.truncf %a : f64 to f16\n"
        "  %1 = arith.extf %0 : f16 to f64\n  return %1 : f64\n}",
        "host code can't convert a f64 to a f16",
    ),
    "an op of another stage": (
        "vm.module @m {\n  vm.func @f() {\n    vm.return\n  }\n}\n"
        "func.func @g(%a: tensor<4xf32>) -> tensor<4xf32> {\n"
        "  %0 = «stablehlo.negate %a : tensor<4xf32>\n  return %0 : tensor<4xf32>\n}",
        "'stablehlo.negate' has no place in stage 'vm'",
    ),
    "a program of the machine that is no module": (
        "«func.func @g() {\n  return\n}\nvm.module @m {\n  vm.func @f() {\n    vm.return\n  }\n}",
        "expected a 'vm.module' at stage 'vm'",
    ),
    "a call that a module of the machine has no function for": (
        "vm.module @m {\n  vm.func @f() {\n    «vm.call @g()\n    vm.return\n  }\n}",
        "vm.module @m has no function named 'g'",
    ),
    "an export of a function that a module of the machine has not": (
        "vm.module @m {\n  vm.func @f() {\n    vm.return\n  }\n  «vm.export @g\n}",
        "vm.module @m has no function named 'g'",
    ),
    "a global that a module of the machine has not": (
        "vm.module @m {\n  vm.func @f() -> i32 {\n    %0 = «vm.global.load.i32 @g : i32\n"
        "    vm.return %0 : i32\n  }\n}",
        "vm.module @m has no global named 'g'",
    ),
    "a call of the machine with too few operands": (
        '«vm.module @m {\n  vm.import @other.f "0CrD_i"\n'
        "  vm.func @f(%a: !vm.ref<!vm.buffer>) -> i32 {\n"
        "    %0 = vm.call.variadic @other.f segments [3] (%a) : (!vm.ref<!vm.buffer>) -> i32\n"
        "    vm.return %0 : (i32)\n  }\n}",
        "it has 1 arguments where 3 are expected",
    ),
    "an open shape of a negative size": (
        sized("stablehlo.dynamic_iota %s, dim = 0 : (tensor<2xi32>) -> tensor<?x?xf32>"),
        "'stablehlo.dynamic_iota': dimension 0 of the result has size -1",
    ),
    "bits of a state of an open size": (
        "func.func @main(%s: tensor<?xi32>) -> (tensor<?xi32>, tensor<3xi32>) {\n"
        "  %a, %b = «stablehlo.rng_bit_generator %s, algorithm = PHILOX : (tensor<?xi32>) -> "
        "(tensor<?xi32>, tensor<3xi32>)\n"
        "  return %a, %b : tensor<?xi32>, tensor<3xi32>\n}",
        "'stablehlo.rng_bit_generator' has a value of type tensor<?xi32>; its shapes must be static",
    ),
    "an open slice from a negative place": (
        sized(
            "stablehlo.real_dynamic_slice %x, %s, %l, %ones : (tensor<?x?xf32>, tensor<2xi32>, "
            "tensor<2xi32>, tensor<2xi32>) -> tensor<?x?xf32>"
        ),
        "slices dimension 0 of a tensor<?x?xf32> from -1",
    ),
    "an open slice in steps of none": (
        sized(
            "stablehlo.real_dynamic_slice %x, %l, %l, %none : (tensor<?x?xf32>, tensor<2xi32>, "
            "tensor<2xi32>, tensor<2xi32>) -> tensor<?x?xf32>"
        ),
        "has a distance of 0 between elements in dimension 0; it is at least 1",
    ),
    "an open slice of a gather that has a negative size": (
        sized(
            '"stablehlo.dynamic_gather"(%x, %i, %s) <{dimension_numbers = #stablehlo.gather<'
            "offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], "
            "index_vector_dim = 1>}> : (tensor<?x?xf32>, tensor<?x1xi32>, tensor<2xi32>) -> "
            "tensor<?x?xf32>"
        ),
        "'stablehlo.dynamic_gather': a slice of [-1, ?] does not fit into a shape of [?, ?]",
    ),
    "a Placeholder that is no input": (
        graph(
            '%z, %zc = «tf.Placeholder() name("z") {dtype = f32} : () -> tensor<2xf32>\n'
            '  %y, %yc = tf.AddV2(%x, %z) name("y") {T = f32} : '
            "(tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>"
        ),
        "node 'z' (Placeholder): a Placeholder that results depend on must be one of the graph's",
    ),
    "a node that is not supported": (
        graph('%y, %yc = «tf.StringLower(%x) name("y") : (tensor<2xf32>) -> tensor<2xf32>'),
        "node 'y' is a StringLower, which is not supported",
    ),
    "a node with too many operands": (
        graph(
            '%y, %yc = «tf.Neg(%x, %x) name("y") : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>'
        ),
        "node 'y' (Neg): takes 1 operands, not 2",
    ),
    "a node with too many results": (
        graph(
            '%y, %w, %yc = «tf.Neg(%x) name("y") : (tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>)'
        ),
        "node 'y' (Neg): has 1 results, not 2",
    ),
    "a feed of no static shape": (
        'tf.graph @g inputs = ["x"] outputs = ["x"] {\n'
        '  %x, %xc = «tf.Placeholder() name("x") {dtype = f32} : () -> tensor<?xf32>\n'
        "  tf.fetch %x : tensor<?xf32>\n}",
        "a feed needs a static shape",
    ),
    "a function beside a graph": (
        graph('%y, %yc = tf.Neg(%x) name("y") : (tensor<2xf32>) -> tensor<2xf32>')
        + "\n«func.func @f() {\n  return\n}",
        "expected tf.graph ops but found 'func.func'",
    ),
    "the largest elements of an open dimension": (
        "func.func @f(%a: tensor<3x?xf32>) -> tensor<3x3xf32> {\n"
        "  %v, %i = «chlo.top_k(%a, k = 3) : tensor<3x?xf32> -> (tensor<3x3xf32>, tensor<3x3xi32>)\n"
        "  return %v : tensor<3x3xf32>\n}",
        "'chlo.top_k' has a value of type tensor<3x?xf32>; its shapes must be static",
    ),
    "a body that reads elements in a loop of an open size": (
        "func.func @f(%t: tensor<8xf32>, %j: tensor<?xi32>, %e: tensor<?xf32>)"
        " -> tensor<?xf32> {\n"
        "  %r = «linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>]"
        ', iterator_types = ["parallel"]} ins(%j : tensor<?xi32>) outs(%e : tensor<?xf32>) {\n'
        "  ^bb0(%in: i32, %acc: f32):\n"
        "    %k = arith.index_cast %in : i32 to index\n"
        "    %x = tensor.extract %t[%k] : tensor<8xf32>\n"
        "    linalg.yield %x : f32\n"
        "  } -> tensor<?xf32>\n  return %r : tensor<?xf32>\n}",
        "'linalg.generic' has a value of type tensor<?xi32>; its shapes must be static",
    ),
    "a body that reads elements of a tensor of an open size": (
        "func.func @f(%t: tensor<?xf32>, %j: tensor<4xi32>, %e: tensor<4xf32>) -> tensor<4xf32> {\n"
        "  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>]"
        ', iterator_types = ["parallel"]} ins(%j : tensor<4xi32>) outs(%e : tensor<4xf32>) {\n'
        "  ^bb0(%in: i32, %acc: f32):\n"
        "    %k = arith.index_cast %in : i32 to index\n"
        "    %x = «tensor.extract %t[%k] : tensor<?xf32>\n"
        "    linalg.yield %x : f32\n"
        "  } -> tensor<4xf32>\n  return %r : tensor<4xf32>\n}",
        "'tensor.extract' has a value of type tensor<?xf32>; its shapes must be static",
    ),
    "a size that data decides": (
        "func.func @f(%a: tensor<9x4xf32>, %b: tensor<i32>) -> tensor<?x4xf32> {\n"
        "  %n = tensor.extract %b[] : tensor<i32>\n"
        "  %i = arith.index_cast %n : i32 to index\n"
        "  %r = «tensor.extract_slice %a[0, 0] [%i, 4] [1, 1] : tensor<9x4xf32> to tensor<?x4xf32>\n"
        "  return %r : tensor<?x4xf32>\n}",
        "a size must follow from the sizes of arguments, not from data; 'tensor.extract' computes it",
    ),
    "a part that begins and ends where data decides": (
        "func.func @f(%a: tensor<?xf32>, %b: tensor<1xi32>) -> tensor<?xf32> {\n"
        "  %1 = stablehlo.constant dense<1> : tensor<1xi32>\n"
        "  %twice = stablehlo.add %b, %b : tensor<1xi32>\n"
        "  %r = «stablehlo.real_dynamic_slice %a, %b, %twice, %1 : (tensor<?xf32>, tensor<1xi32>, "
        "tensor<1xi32>, tensor<1xi32>) -> tensor<?xf32>\n"
        "  return %r : tensor<?xf32>\n}",
        "a size must follow from the sizes of arguments, not from data; it is an argument",
    ),
    "a known custom call whose result has another shape": (
        "func.func @f(%a: tensor<7xi8>) -> tensor<17xi8> {\n"
        "  %0:2 = «stablehlo.custom_call @mhlo.topk(%a) {mhlo.attributes = {k = 3 : i64, "
        "largest = false}, mhlo.version = 1 : i64} : (tensor<7xi8>) -> (tensor<17xi8>, "
        "tensor<17xi32>)\n  return %0#0 : tensor<17xi8>\n}",
        "'stablehlo.custom_call' can't be lowered to fewer ops of HLO: it computes a tensor<3xi8>, "
        "not a tensor<17xi8>",
    ),
    "a known custom call whose operands do not fit": (
        "func.func @f(%a: tensor<4x4xf32>, %b: tensor<4x2xf32>) -> tensor<4x2xf32> {\n"
        "  %0 = «stablehlo.custom_call @lapack_strsm_ffi(%a, %b) {mhlo.backend_config = {diag = 78 : "
        "ui8, side = 82 : ui8, trans_x = 78 : ui8, uplo = 76 : ui8}} : "
        "(tensor<4x4xf32>, tensor<4x2xf32>) -> tensor<4x2xf32>\n  return %0 : tensor<4x2xf32>\n}",
        "'stablehlo.triangular_solve' op can't solve a tensor<4x4xf32> for a tensor<4x2xf32>",
    ),
    "normal numbers that would be too many constants": (
        "func.func @f(%z: tensor<f32>) -> tensor<2x1099511627776xf32> {\n"
        "  %s = stablehlo.constant dense<[2, 1099511627776]> : tensor<2xi64>\n"
        "  %0 = «stablehlo.rng %z, %z, %s, distribution = NORMAL : "
        "(tensor<f32>, tensor<f32>, tensor<2xi64>) -> tensor<2x1099511627776xf32>\n"
        "  return %0 : tensor<2x1099511627776xf32>\n}",
        "2199023255552 random numbers of a normal distribution need constants that are too large",
    ),
    "a shape of so many dimensions that its loops nest too deeply": (
        f"func.func @f(%a: tensor<{'1x' * 500}f32>) -> tensor<{'1x' * 500}f32> {{\n"
        f"  %0 = «stablehlo.negate %a : tensor<{'1x' * 500}f32>\n"
        f"  return %0 : tensor<{'1x' * 500}f32>\n}}",
        "this nests too deeply to be compiled",
    ),
    "a tuple where one value is needed": (
        "func.func @f() {\n  %0 = «util.null : tuple<>\n  return\n}",
        "'util.null' can't be lowered",
    ),
    "a size that its type does not hold": (
        "func.func @f(%a: tensor<1099511627776xi8>) -> tensor<i32> {\n"
        "  %0 = «stablehlo.get_dimension_size %a, dim = 0 : (tensor<1099511627776xi8>) -> tensor<i32>\n"
        "  return %0 : tensor<i32>\n}",
        "Integer value 1099511627776 is out of range for type i32",
    ),
    "a scan of more turns than an i32 counts": (
        "func.func @f(%x: tensor<4294967296xi8>, %a: tensor<i8>) -> tensor<4294967296xi8> {\n"
        "  %0, %1 = «chlo.scan(%x) inits (%a) dimension = 0 {\n"
        "  ^bb0(%p: tensor<i8>, %c: tensor<i8>):\n    %2 = stablehlo.add %p, %c : tensor<i8>\n"
        "    stablehlo.return %2, %2 : tensor<i8>, tensor<i8>\n"
        "  } : (tensor<4294967296xi8>, tensor<i8>) -> (tensor<4294967296xi8>, tensor<i8>)\n"
        "  return %0 : tensor<4294967296xi8>\n}",
        "has 4294967296 elements in one of the three numbers of its workload",
    ),
    "a serial op with results for its memory": (
        "func.func @f(%a: tensor<4xf32>) -> tensor<4xf32> {\n"
        "  %0, %m = «iree_tensor.serial %a : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xi32>) {\n"
        "  ^bb0(%x: tensor<4xf32>):\n    %1 = arith.mulf %x, %x : tensor<4xf32>\n"
        "    %2 = iree_tensor.keep %1 : tensor<4xf32>\n    iree_tensor.yield %2 : tensor<4xf32>\n  }\n"
        "  return %0 : tensor<4xf32>\n}",
        "'iree_tensor.serial' has results for memory",
    ),
    "an op of unknown location in a function of unknown location": (
        "func.func @f() {\n  «return loc(unknown)\n  return\n} loc(unknown)",
        "'func.return' must be the last operation in its parent block",
    ),
    "an op of unknown location that can't be lowered": (
        "func.func @f() {\n  «call @g() : () -> () loc(unknown)\n  return loc(unknown)\n} loc(unknown)",
        "'@g' could not be found in symbol table",
    ),
    "what is made of an op whose location has a name alone": (
        "func.func @f(%a: tensor<4xi128>) -> tensor<4xi128> {\n"
        '  %0 = «stablehlo.add %a, %a : tensor<4xi128> loc("sum")\n'
        '  return %0 : tensor<4xi128> loc(unknown)\n} loc("f"(callsite(unknown at unknown)))',
        "i128",
    ),
    "a kernel of another workload": (
        sequence(COPY.format(last=1), workload="[3, 1, 1]"),
        "'k' has the workload [3, 1, 1], which its outputs' shapes",
    ),
}

REFUSED_BY_VULKAN = {
    "more buffers than shaders have": (
        sequence(COPY.format(last=40), inputs=40),
        "'k' has 41 buffers; a shader can have",
    ),
}

CASES = [
    *((marked, words, VMVX) for marked, words in REFUSED.values()),
    *((marked, words, VULKAN) for marked, words in REFUSED_BY_VULKAN.values()),
]


@pytest.mark.parametrize(("marked", "words", "target"), CASES, ids=[*REFUSED, *REFUSED_BY_VULKAN])
def test_a_refusal_points_at_its_op(marked: str, words: str, target: str):
    before, after = marked.split("«")
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    with pytest.raises(StatusError) as caught:
        ireelite.compile(before + after, targets=[target])
    assert caught.value.message.startswith(f"<memory>.mlir:{line}:{column}: ")
    assert words in caught.value.message
    first, source, caret = str(caught.value).split("\n")
    assert words in first and all(context in first for context in caught.value.contexts)
    assert after.startswith(source[caret.index("^") :])


@pytest.mark.parametrize(
    "location",
    [
        '"model.py":1:2',
        '"jit(f)/neg"(callsite("f"("model.py":1:2) at "model.py":3:4))',
        'fused["neg"("model.py":1:2), "model.py":3:4]',
    ],
)
def test_a_place_in_another_text_has_no_caret(location: str):
    text = (
        "func.func @f(%a: tensor<?x?xf32>) -> tensor<?x?xf32> {\n"
        f"  %0 = stablehlo.cholesky %a : tensor<?x?xf32> loc({location})\n"
        "  return %0 : tensor<?x?xf32>\n}"
    )
    with pytest.raises(StatusError) as caught:
        ireelite.compile(text, targets=[VMVX])
    assert caught.value.message.startswith("model.py:1:2: ") and not caught.value.excerpt


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ("dim { size: 5000000000 }", "node 'y': a dispatch over a shape of [5000000000] has"),
        ("dim { size: 1 } " * 500, "node 'y': this nests too deeply to be compiled"),
    ],
)
def test_an_error_about_a_graph_names_the_node_that_an_op_was_made_of(
    tmp_path: Path, shape: str, words: str
):
    graph = tmp_path / "graph.pbtxt"
    graph.write_text(
        'node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } attr { '
        f'key: "shape" value {{ shape {{ {shape} }} }} }} }}\n'
        'node { name: "y" op: "Neg" input: "x" attr { key: "T" value { type: DT_FLOAT } } }\n'
    )
    with pytest.raises(StatusError) as caught:
        ireelite.compile(graph, targets=[VMVX])
    assert caught.value.message.startswith(f"{graph}: {words}")


def test_an_error_without_a_place_gets_that_of_the_op_which_its_function_works_on():
    module = parse_module(
        "func.func @f(%a: i32) -> i32 {\n  %0 = arith.addi %a, %a : i32\n  return %0 : i32\n}", "a"
    )

    def work_on(program: ModuleOp, code: StatusCode) -> None:
        function = program.body.block.first_op
        assert isinstance(function, func.FuncOp)
        for _op in function.body.block.ops:
            raise StatusError(code, "is wrong")

    for code, message in (
        (StatusCode.UNIMPLEMENTED, "a:2:8: is wrong"),
        (StatusCode.NOT_FOUND, "is wrong"),
    ):
        with pytest.raises(StatusError) as caught, placing_errors(module):
            work_on(module, code)
        assert caught.value.message == message
    with pytest.raises(StatusError) as caught, placing_errors(module):
        raise StatusError(StatusCode.INVALID_ARGUMENT, "is wrong")
    assert caught.value.message == "a:1:1: is wrong"


def test_brackets_that_are_open_are_not_listed():
    text = f"""func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {{
  %0 = sdy.reshard %x <@mesh, [{"{" * 3000}]> : tensor<4xf32>
  return %0 : tensor<4xf32>
}}
"""
    with pytest.raises(StatusError) as caught:
        ireelite.compile(text, targets=["vmvx"])
    assert caught.value.message.endswith("closing parenthesis `]` in attribute body!")
    assert len(caught.value.message) < 200
