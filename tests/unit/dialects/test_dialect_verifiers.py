"""Every rule of a verifier refuses an example, and says where and why.

In the texts, `«` stands where the op begins that the error must point at.
"""

from __future__ import annotations

import ast
import re
import runpy
from pathlib import Path

import pytest
from xdsl.dialects.builtin import UnitAttr, i32
from xdsl.utils.exceptions import VerifyException

import ireelite.dialects
from ireelite.dialects import vm
from ireelite.status import StatusCode, StatusError
from ireelite.syntax import checks
from ireelite.syntax.context import make_context
from ireelite.syntax.parser import parse_module
from ireelite.syntax.printer import print_module

DIALECTS = Path(ireelite.dialects.__file__).parent
CONTEXT = make_context()

VALUES = (
    "%a: tensor<2x3xf32>, %b: tensor<3x4xf32>, %p: tensor<2x3xi1>, %q: tensor<7xi1>, %z: tensor<f32>, %k: tensor<i32>, "
    "%n: i32, %l: i64, %m: memref<4xf32>, %m5: memref<5xf32>, %w: tensor<3xi32>, %wide: memref<3xi64>, %mw: memref<3xi32>, "
    "%t: tensor<4xf32>, %arena: memref<256xi8>, %r: !vm.ref<!vm.buffer>, %at: index, "
    "%list: !util.list<i64>, %any: !util.list<?>, %buf: !util.buffer"
)


def within(op: str) -> str:
    """A function that holds an op, on values of many types."""
    return f"func.func @f({VALUES}) {{\n  {op}\n  func.return\n}}"


def graph(body: str, signature: str = 'inputs = ["x"] outputs = ["x"]') -> str:
    return f"«tf.graph @g {signature} {{\n{body}\n}}"


X = '%x, %x_ctl = tf.Placeholder() name("x") {dtype = f32} : () -> tensor<2xf32>'


def tf_node(op: str) -> str:
    """A node `y` that reads `x`."""
    return f'tf.{op}(%x) name("y") : (tensor<2xf32>) -> tensor<2xf32>'


def tf_regions(op: str, regions: str) -> str:
    """A graph with a node that has regions, or none."""
    body = f"{X}\n«%y, %c = {tf_node(op)}{regions}\ntf.fetch %x : tensor<2xf32>"
    return graph(body).removeprefix("«")


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


def vm_function(body: str, signature: str = "%i: i32, %q: i64, %r: !vm.ref<!vm.buffer>") -> str:
    return f"vm.module @m {{\n  vm.func @f({signature}) {{\n    {body}\n    vm.return\n  }}\n}}"


def reduce(inputs: str, arguments: str, yielded: str) -> str:
    """The generic form of a reduction of one input, which can say what the custom form can't."""
    return within(
        f'%0 = «"stablehlo.reduce"({inputs}) <{{dimensions = array<i64: 1>}}> '
        f"({{\n  ^bb0({arguments}):\n    stablehlo.return %x : tensor<f32>\n  }}) : {yielded}"
    ).replace("%0 = «", "«%0 = ")


def loop(arguments: str, condition: str, returned: str, types: str = "tensor<i32>") -> str:
    """A loop that carries `%k`, in the generic form."""
    return within(
        f'«%0 = "stablehlo.while"(%k) ({{\n  ^bb0({arguments}):\n    {condition}\n  }}, {{\n'
        f"  ^bb0(%y: tensor<i32>):\n    {returned}\n  }}) : (tensor<i32>) -> {types}"
    )


def choice(*branches: str) -> str:
    """A choice by `%k`, in the generic form."""
    regions = f"({', '.join(f'{{{branch}}}' for branch in branches)})" if branches else ""
    return within(f'«%0 = "stablehlo.case"(%k) {regions} : (tensor<i32>) -> tensor<f32>')


ENDS = "stablehlo.return %z : tensor<f32>"
HOLDS = "%p0 = stablehlo.constant dense<true> : tensor<i1>  stablehlo.return %p0 : tensor<i1>"

REFUSED = {
    "a mesh of no devices": (
        '«sdy.mesh @m = <["x"=2, "y"=0]>',
        "'sdy.mesh' op has an axis of no devices",
    ),
    "a reshard that changes the type": (
        within(
            '%0 = «"sdy.reshard"(%t) {sharding = #sdy.sharding<@m, [{}]>} : (tensor<4xf32>) -> tensor<2xf32>'
        ),
        "'sdy.reshard' op changes the type: tensor<4xf32> to tensor<2xf32>",
    ),
    "a manual computation of fewer values": (
        within(
            "«sdy.manual_computation(%t) in_shardings=[] out_shardings=[] manual_axes={} () { sdy.return } "
            ": (tensor<4xf32>) -> ()"
        ),
        "'sdy.manual_computation' op has 1 operands and 0 results, its body 0 and 0",
    ),
    # control flow
    "a condition that takes other values": (
        loop("%x: tensor<f32>", HOLDS, "stablehlo.return %y : tensor<i32>"),
        "'stablehlo.while' op needs a condition that takes (tensor<i32>), not (tensor<f32>)",
    ),
    "a condition of several numbers": (
        loop(
            "%x: tensor<i32>",
            "stablehlo.return %p : tensor<2x3xi1>",
            "stablehlo.return %y : tensor<i32>",
        ),
        "'stablehlo.while' op needs a condition that returns (tensor<i1>), not (tensor<2x3xi1>)",
    ),
    "a body that returns too little": (
        loop("%x: tensor<i32>", HOLDS, "stablehlo.return"),
        "'stablehlo.while' op needs a body that returns (tensor<i32>), not ()",
    ),
    "a body that ends like a loop of numbers": (
        loop("%x: tensor<i32>", HOLDS, "scf.yield %y : tensor<i32>"),
        "'stablehlo.while' op has a region that does not end with stablehlo.return",
    ),
    "a loop with a result of another size": (
        loop("%x: tensor<i32>", HOLDS, "stablehlo.return %y : tensor<i32>", types="tensor<1xi32>"),
        "'stablehlo.while' op carries (tensor<i32>), not (tensor<1xi32>)",
    ),
    "a branch that takes a value": (
        choice(ENDS, f"^bb0(%x: tensor<f32>): {ENDS}"),
        "'stablehlo.case' op needs a branch 1 that takes (), not (tensor<f32>)",
    ),
    "branches that return different values": (
        choice(ENDS, "stablehlo.return %k : tensor<i32>"),
        "'stablehlo.case' op needs a branch 1 that returns (tensor<f32>), not (tensor<i32>)",
    ),
    "a choice between nothing": (choice(), "'stablehlo.case' op needs at least one branch"),
    # util and vm
    "buffers of another alignment": (
        within("«%0 = util.buffer.alloc uninitialized {alignment = 3 : index} : !util.buffer{%at}"),
        "'util.buffer.alloc' op an alignment must be a power of two, not 3",
    ),
    "a number as a reference": (
        within("«%0 = util.cast %n : i32 to !util.buffer"),
        "'util.cast' op can't cast a i32 to a !util.buffer",
    ),
    "a branch of the machine to a block that takes something else": (
        vm_function("«vm.br ^a(%i) : (i32)\n  ^a(%x: i64):"),
        "'vm.br' op passes values to a block that takes others",
    ),
    "a branch of the machine to nowhere": (
        vm_function("«vm.cond_br %i ^a : (i32)\n  ^a:"),
        "'vm.cond_br' op has 2 successors, not 1",
    ),
    "a predicate that there is none of": (
        within(
            '«%0 = "arith.cmpf"(%a, %a) <{predicate = 99 : i64}> : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi1>'
        ),
        "'arith.cmpf' op there is no predicate 99",
    ),
    # check
    "a check of two types": (
        within('«"check.expect_eq"(%a, %b) : (tensor<2x3xf32>, tensor<3x4xf32>) -> ()'),
        "'check.expect_eq' op compares a tensor<2x3xf32> with a tensor<3x4xf32>",
    ),
    "a check against a constant of another type": (
        within("«check.expect_eq_const(%z, dense<1> : tensor<i32>) : tensor<f32>"),
        "'check.expect_eq_const' op compares a tensor<f32> with a tensor<i32>",
    ),
    "a probe that changes the type": (
        within(
            '«%0 = "interpreter.probe"(%a) <{probe_id = "p"}> : (tensor<2x3xf32>) -> tensor<f32>'
        ),
        "'interpreter.probe' op yields its operand's type, not tensor<f32>",
    ),
    # what xDSL leaves to checks.py
    "padding to another size": (
        within(
            "%0 = «tensor.pad %t low[1] high[0] {\n  ^bb0(%j: index):\n    %e = arith.constant 0.0 : f32\n"
            "    tensor.yield %e : f32\n  } : tensor<4xf32> to tensor<6xf32>"
        ),
        "'tensor.pad' op pads a tensor<4xf32> to 5 elements, not 6",
    ),
    "a slice of another size": (
        within(
            "%0 = «tensor.insert_slice %t into %a[0, 0] [2, 3] [1, 1] : tensor<4xf32> into tensor<2x3xf32>"
        ),
        "'tensor.insert_slice' op has a slice of sizes [2, 3], not [4]",
    ),
    "padding that takes no indices": (
        within(
            "%0 = «tensor.pad %t low[1] high[0] {\n  ^bb0(%j: i32):\n    %e = arith.constant 0.0 : f32\n"
            "    tensor.yield %e : f32\n  } : tensor<4xf32> to tensor<5xf32>"
        ),
        "'tensor.pad' op has a body that takes (index), not (i32)",
    ),
    "a call of what no buffer holds": (
        "func.func @f(%x: tensor<4xcomplex<i8>>) {\n"
        "  «stablehlo.custom_call @g(%x) : (tensor<4xcomplex<i8>>) -> ()\n  return\n}",
        "'stablehlo.custom_call' op takes no tensors with elements of type complex<i8>",
    ),
    "padding that crops": (
        within(
            "%0 = «tensor.pad %t low[-1] high[0] {\n  ^bb0(%j: index):\n    %e = arith.constant 0.0 : f32\n    tensor.yield %e : f32\n  } "
            ": tensor<4xf32> to tensor<3xf32>"
        ),
        "'tensor.pad' op pads by -1; tensor.extract_slice crops a tensor",
    ),
    "a slice of a known size as a tensor of any": (
        within("%0 = «tensor.extract_slice %t[1] [3] [1] : tensor<4xf32> to tensor<?xf32>"),
        "'tensor.extract_slice' op has a slice of sizes [3], not [?]",
    ),
    "a slice beyond its tensor": (
        within("%0 = «tensor.extract_slice %t[2] [3] [1] : tensor<4xf32> to tensor<3xf32>"),
        "'tensor.extract_slice' op slices dimension 0 of a tensor<4xf32> from 2, 3 elements in steps of 1, beyond its 4",
    ),
    "an insertion of other numbers than the tensor has": (
        within(
            "%0 = «tensor.insert_slice %t into %a[0] [4] [1] : tensor<4xf32> into tensor<2x3xf32>"
        ),
        "'tensor.insert_slice' op a slice of a tensor<2x3xf32> has 2 offsets, sizes and strides; this one has 1, 1 and 1",
    ),
    "a function in a function": (
        "func.func @f() {\n  «func.func @g() {\n    return\n  }\n  return\n}",
        "'func.func' op is within a func.func; functions are in modules",
    ),
    "a body without a terminator": (
        "«func.func @f(%n: i32) {\n}",
        "'func.func' op has a block that does not end with a terminator",
    ),
    "a value that is not made yet": (
        "func.func @f(%n: i32) {\n  «%0 = arith.addi %early, %n : i32\n  %early = arith.addi %n, %n : i32\n  return\n}",
        "'arith.addi' op reads %early, which is not made on every way to this op",
    ),
    "a value that is made on another way": (
        "func.func @f(%c: i1, %n: i32) -> i32 {\n  cf.cond_br %c, ^a, ^b\n^a:\n  %made = arith.addi %n, %n : i32\n"
        "  cf.br ^b\n^b:\n  «return %made : i32\n}",
        "'func.return' op reads %made, which is not made on every way to this op",
    ),
    "a branch before the end of a block": (
        within(
            '"scf.execute_region"() ({\n    «cf.br ^a\n    %0 = arith.addi %n, %n : i32\n    scf.yield\n'
            "  ^a:\n    scf.yield\n  }) : () -> ()"
        ),
        "'cf.br' op branches and must be the last of its block",
    ),
    "a sum of tensors that begins with none": (
        within(
            "«%0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = "
            '["parallel"]} ins(%t : tensor<4xf32>) {\n^bb0(%in: f32):\n  linalg.yield %in : f32\n} '
            "-> tensor<4xf32>"
        ),
        "'linalg.generic' op needs an operand of 'outs' for each of its 1 results, and one at least; it has 0",
    ),
    "a reducer that returns nothing": (
        within(
            "«%0 = stablehlo.reduce(%a init: %z) across dimensions = [1] : (tensor<2x3xf32>, tensor<f32>) "
            "-> tensor<2xf32>\n reducer(%x: tensor<f32>, %y: tensor<f32>) {\n    stablehlo.return\n  }"
        ),
        "'stablehlo.reduce' op needs a reducer that returns (tensor<f32>), not ()",
    ),
    "a block that ends with a sum": (
        within('"scf.execute_region"() ({\n    «%0 = arith.addi %n, %n : i32\n  }) : () -> ()'),
        "'arith.addi' op ends a block and is not a terminator",
    ),
    "an initializer that ends as a function does": (
        '«util.initializer {\n  "func.return"() : () -> ()\n}',
        "'util.initializer' op ends with util.return, not with func.return",
    ),
    "a branch with too many arguments": (
        within("«cf.br ^a(%n, %n : i32, i32)\n^a(%x: i32):"),
        "'cf.br' op passes to its successor (i32), not (i32, i32)",
    ),
    "a branch of two with another type": (
        "func.func @f(%c: i1, %n: i32) {\n  «cf.cond_br %c, ^a, ^b(%n : i32)\n^a:\n  return\n^b(%x: i64):\n  return\n}",
        "'cf.cond_br' op passes to its second successor (i64), not (i32)",
    ),
    "a case of a switch with another type": (
        "func.func @f(%n: i32) {\n  «cf.switch %n : i32, [\n    default: ^a,\n    1: ^b(%n : i32)\n  ]\n^a:\n  return\n"
        "^b(%x: i64):\n  return\n}",
        "'cf.switch' op passes to a case (i64), not (i32)",
    ),
    "an if with results and one region": (
        "func.func @f(%c: i1, %n: i32) {\n  «%0 = scf.if %c -> (i32) {\n    scf.yield %n : i32\n  }\n  return\n}",
        "'scf.if' op must have an else region if it has results",
    ),
    "an if that yields something else": (
        "func.func @f(%c: i1, %n: i32, %l: i64) {\n  «%0 = scf.if %c -> (i32) {\n    scf.yield %l : i64\n  } else {\n"
        "    scf.yield %n : i32\n  }\n  return\n}",
        "'scf.if' op needs a region that yields (i32), not (i64)",
    ),
    "a while that goes on with something else": (
        "func.func @f(%c: i1, %n: i32) {\n  «%0 = scf.while (%a = %n) : (i32) -> i32 {\n    scf.condition(%c) %a : i32\n"
        "  } do {\n  ^bb0(%b: i64):\n    scf.yield %n : i32\n  }\n  return\n}",
        "'scf.while' op Block arguments with wrong type, expected i32, got i64",
    ),
    "a while that yields something else": (
        "func.func @f(%c: i1, %n: i32, %l: i64) {\n  «%0 = scf.while (%a = %n) : (i32) -> i32 {\n"
        "    scf.condition(%c) %l : i64\n  } do {\n  ^bb0(%b: i32):\n    scf.yield %n : i32\n  }\n  return\n}",
        "'scf.while' op goes on with (i32), not (i64)",
    ),
    "a while without a condition": (
        '«%0 = "scf.while"(%n) ({\n^bb0(%a: i32):\n  scf.yield %a : i32\n}, {\n^bb0(%b: i32):\n  scf.yield %b : i32\n}) : (i32) -> i32'.join(
            ("func.func @f(%n: i32) {\n  ", "\n  return\n}")
        ),
        "'scf.while' op must end its first region with scf.condition",
    ),
    "a cast to other elements": (
        within("«%0 = tensor.cast %t : tensor<4xf32> to tensor<4xi32>"),
        "'tensor.cast' op can't cast a tensor<4xf32> to a tensor<4xi32>: their elements differ",
    ),
    "an element without an index": (
        within("«%0 = tensor.extract %t[] : tensor<4xf32>"),
        "'tensor.extract' op a tensor<4xf32> has 1 indices, not 0",
    ),
    "too few elements": (
        within("«%0 = tensor.from_elements %n : tensor<2xi32>"),
        "'tensor.from_elements' op a tensor<2xi32> has 2 elements, not 1",
    ),
    "elements without a number": (
        within("«%0 = tensor.from_elements %n : tensor<?xi32>"),
        "'tensor.from_elements' op must yield a tensor of static shape, not a tensor<?xi32>",
    ),
    "a dimension that is not there": (
        within("%c = arith.constant 3 : index\n«%0 = tensor.dim %t, %c : tensor<4xf32>"),
        "'tensor.dim' op a tensor<4xf32> has 1 dimensions; none is number 3",
    ),
    "a fill of another type": (
        within("«%0 = linalg.fill ins(%n : i32) outs(%t : tensor<4xf32>) -> tensor<4xf32>"),
        "'linalg.fill' op takes (f32), not (i32)",
    ),
    # tf
    "two nodes of one name": (
        graph(f"{X}\n{X.replace('%x', '%y')}\ntf.fetch %x : tensor<2xf32>"),
        "'tf.graph' op two nodes have one name",
    ),
    "a feed that is no node": (
        graph(f"{X}\ntf.fetch %x : tensor<2xf32>", 'inputs = ["y"] outputs = ["x"]'),
        "'tf.graph' op input 'y' is not a node of this graph",
    ),
    "fewer fetches than outputs": (
        graph(f"{X}\ntf.fetch"),
        "'tf.graph' op must end in a tf.fetch with a value for each output",
    ),
    "a node before the one that it reads": (
        graph(f"%y, %c = {tf_node('Neg')}\n{X}\ntf.fetch %x : tensor<2xf32>"),
        "'tf.graph' op 'y' reads a value that is computed after it",
    ),
    "a choice without branches": (
        tf_regions("IfRegion", ""),
        "'tf.IfRegion' op has 2 regions, not 0",
    ),
    "a branch that fetches": (
        tf_regions("IfRegion", " ({ tf.fetch }, { tf.fetch })"),
        "'tf.IfRegion' op has a region that does not end in a tf.yield",
    ),
    "a branch without a result": (
        tf_regions("IfRegion", " ({ tf.yield }, { tf.yield })"),
        "'tf.IfRegion' op takes one predicate, and each region yields its results",
    ),
    "a loop that decides nothing": (
        tf_regions("WhileRegion", " ({ tf.yield }, { tf.yield })"),
        "'tf.WhileRegion' op its regions take what it carries, and yield one value and those",
    ),
    # stablehlo, elementwise
    "operands of two types": (
        within(
            "«%0 = stablehlo.add %a, %b : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x3xf32>"
        ),
        "'stablehlo.add' op requires the same type for all operands and the result: tensor<3x4xf32>, tensor<2x3xf32>",
    ),
    "not a tensor": (
        within("«%0 = stablehlo.slice %n [0:5] : (i32) -> tensor<5xf32>"),
        "expects a tensor, not a i32",
    ),
    "comparison of two types": (
        within(
            "«%0 = stablehlo.compare EQ, %a, %b : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x3xi1>"
        ),
        "'stablehlo.compare' op compares tensor<2x3xf32> with tensor<3x4xf32>",
    ),
    "comparison that does not yield i1": (
        within(
            '«%0 = "stablehlo.compare"(%a, %a) <{comparison_direction = #stablehlo<comparison_direction EQ>}> : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi32>'
        ),
        "'stablehlo.compare' op must yield i1 of the operands' shape, not tensor<2x3xi32>",
    ),
    "choices of two types": (
        within(
            '«%0 = "stablehlo.select"(%p, %a, %b) : (tensor<2x3xi1>, tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x3xf32>'
        ),
        "'stablehlo.select' op both choices and the result must have one type",
    ),
    "predicate of another shape": (
        within("«%0 = stablehlo.select %q, %a, %a : tensor<7xi1>, tensor<2x3xf32>"),
        "'stablehlo.select' op takes a predicate of type tensor<i1> or tensor<2x3xi1>, not tensor<7xi1>",
    ),
    # stablehlo, shapes
    "conversion that changes the shape": (
        within("«%0 = stablehlo.convert %a : (tensor<2x3xf32>) -> tensor<6xi32>"),
        "'stablehlo.convert' op changes the shape: tensor<2x3xf32> to tensor<6xi32>",
    ),
    "reshape to another count": (
        within("«%0 = stablehlo.reshape %a : (tensor<2x3xf32>) -> tensor<7xf32>"),
        "'stablehlo.reshape' op can't reshape tensor<2x3xf32> to tensor<7xf32>",
    ),
    "reshape to another element type": (
        within("«%0 = stablehlo.reshape %a : (tensor<2x3xf32>) -> tensor<6xi32>"),
        "'stablehlo.reshape' op can't reshape tensor<2x3xf32> to tensor<6xi32>",
    ),
    "broadcast that names a dimension twice": (
        within(
            "«%0 = stablehlo.broadcast_in_dim %a, dims = [1, 1] : (tensor<2x3xf32>) -> tensor<2x3xf32>"
        ),
        "'stablehlo.broadcast_in_dim' op dims [1, 1] do not name each of the operand's dimensions once",
    ),
    "broadcast that does not fit": (
        within(
            "«%0 = stablehlo.broadcast_in_dim %a, dims = [0, 1] : (tensor<2x3xf32>) -> tensor<2x4xf32>"
        ),
        "'stablehlo.broadcast_in_dim' op can't broadcast tensor<2x3xf32> to tensor<2x4xf32>",
    ),
    "broadcast to another element type": (
        within(
            "«%0 = stablehlo.broadcast_in_dim %a, dims = [0, 1] : (tensor<2x3xf32>) -> tensor<2x3xi32>"
        ),
        "'stablehlo.broadcast_in_dim' op can't broadcast tensor<2x3xf32> to tensor<2x3xi32>",
    ),
    "not a permutation": (
        within(
            "«%0 = stablehlo.transpose %a, dims = [0, 0] : (tensor<2x3xf32>) -> tensor<2x2xf32>"
        ),
        "'stablehlo.transpose' op dims [0, 0] are not a permutation",
    ),
    "transpose of another type": (
        within(
            "«%0 = stablehlo.transpose %a, dims = [1, 0] : (tensor<2x3xf32>) -> tensor<2x3xf32>"
        ),
        "'stablehlo.transpose' op yields tensor<3x2xf32>, not tensor<2x3xf32>",
    ),
    "slice with too few ranges": (
        within("«%0 = stablehlo.slice %a [0:2] : (tensor<2x3xf32>) -> tensor<2xf32>"),
        "'stablehlo.slice' op needs a range for each of 2 dimensions",
    ),
    "slice beyond the end": (
        within("«%0 = stablehlo.slice %a [0:2, 1:5] : (tensor<2x3xf32>) -> tensor<2x4xf32>"),
        "'stablehlo.slice' op range 1:5:1 is outside a dimension of 3",
    ),
    "slice with a stride of 0": (
        within("«%0 = stablehlo.slice %a [0:2:0, 0:3] : (tensor<2x3xf32>) -> tensor<2x3xf32>"),
        "stride 0 is not positive",
    ),
    "slice of another type": (
        within(
            '«%0 = "stablehlo.slice"(%a) <{start_indices = array<i64: 0, 0>, limit_indices = array<i64: 1, 3>, '
            "strides = array<i64: 1, 1>}> : (tensor<2x3xf32>) -> tensor<2x3xf32>"
        ),
        "'stablehlo.slice' op yields tensor<1x3xf32>, not tensor<2x3xf32>",
    ),
    "constant of another type": (
        within(
            '«%0 = "stablehlo.constant"() <{value = dense<1.0> : tensor<2xf32>}> : () -> tensor<3xf32>'
        ),
        "'stablehlo.constant' op holds a tensor<2xf32> but yields a tensor<3xf32>",
    ),
    "iota along no dimension": (
        within("«%0 = stablehlo.iota dim = 2 : tensor<2x3xi32>"),
        "'stablehlo.iota' op tensor<2x3xi32> has no dimension 2",
    ),
    # stablehlo, movement
    "a slice of fewer starts than dimensions": (
        within(
            "«%0 = stablehlo.dynamic_slice %a, %k, sizes = [1, 1] : (tensor<2x3xf32>, tensor<i32>) -> tensor<1x1xf32>"
        ),
        "'stablehlo.dynamic_slice' op needs 2 start indices, not 1",
    ),
    "a slice from a float": (
        within(
            "«%0 = stablehlo.dynamic_slice %t, %z, sizes = [1] : (tensor<4xf32>, tensor<f32>) -> tensor<1xf32>"
        ),
        "'stablehlo.dynamic_slice' op takes tensors of integers, not tensor<f32>",
    ),
    "a slice that is larger than its operand": (
        within(
            "«%0 = stablehlo.dynamic_slice %t, %k, sizes = [5] : (tensor<4xf32>, tensor<i32>) -> tensor<5xf32>"
        ),
        "'stablehlo.dynamic_slice' op a slice of [5] does not fit into a shape of [4]",
    ),
    "an update of other elements": (
        within(
            "«%0 = stablehlo.dynamic_update_slice %t, %w, %k : (tensor<4xf32>, tensor<3xi32>, tensor<i32>) -> tensor<4xf32>"
        ),
        "'stablehlo.dynamic_update_slice' op takes an update of f32, as the operand",
    ),
    "a padding value of other elements": (
        within(
            "«%0 = stablehlo.pad %t, %k, low = [0], high = [0], interior = [0] : (tensor<4xf32>, tensor<i32>) -> tensor<4xf32>"
        ),
        "'stablehlo.pad' op takes a tensor<f32> as padding value, not a tensor<i32>",
    ),
    "padding that removes more than there is": (
        within(
            "«%0 = stablehlo.pad %t, %z, low = [-3], high = [-2], interior = [0] : (tensor<4xf32>, tensor<f32>) -> tensor<0xf32>"
        ),
        "'stablehlo.pad' op padding makes a shape of [-1]",
    ),
    "tensors of other sizes one behind the other": (
        within(
            "«%0 = stablehlo.concatenate %a, %b, dim = 0 : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<5x3xf32>"
        ),
        "'stablehlo.concatenate' op can't join tensor<3x4xf32> to tensor<2x3xf32> along dimension 0",
    ),
    "a reversal of a dimension twice": (
        within("«%0 = stablehlo.reverse %a, dims = [1, 1] : tensor<2x3xf32>"),
        "'stablehlo.reverse' op dims [1, 1] do not name dimensions below 2 once each",
    ),
    "the bits of booleans as many elements": (
        within("«%0 = stablehlo.bitcast_convert %q : (tensor<7xi1>) -> tensor<7xi8>"),
        "'stablehlo.bitcast_convert' op needs 8 elements of i1 in the last dimension for one i8, not tensor<7xi1>",
    ),
    "the bits of too few elements": (
        within("«%0 = stablehlo.bitcast_convert %a : (tensor<2x3xf32>) -> tensor<2xi64>"),
        "'stablehlo.bitcast_convert' op needs 2 elements of f32 in the last dimension for one i64, not tensor<2x3xf32>",
    ),
    "a gather whose dimensions are not sorted": (
        within(
            '«%0 = "stablehlo.gather"(%b, %w) <{dimension_numbers = #stablehlo.gather<offset_dims = [2, 1], '
            "start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, 1>}> : "
            "(tensor<3x4xf32>, tensor<3xi32>) -> tensor<3x1x1xf32>"
        ),
        "'stablehlo.gather' op offset_dims [2, 1] are not sorted",
    ),
    "a gather of another shape": (
        within(
            '«%0 = "stablehlo.gather"(%b, %w) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], '
            "collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = "
            "array<i64: 1, 4>}> : (tensor<3x4xf32>, tensor<3xi32>) -> tensor<3x5xf32>"
        ),
        "'stablehlo.gather' op yields tensor<3x4xf32>, not tensor<3x5xf32>",
    ),
    "a shape of too few numbers": (
        within(
            "«%0 = stablehlo.dynamic_reshape %t, %w : (tensor<4xf32>, tensor<3xi32>) -> tensor<?x?xf32>"
        ),
        "'stablehlo.dynamic_reshape' op takes a list of 2 numbers as shape operand, not tensor<3xi32>",
    ),
    "a state of the wrong size": (
        within(
            "«%0, %1 = stablehlo.rng_bit_generator %w, algorithm = PHILOX : (tensor<3xi32>) -> (tensor<3xi32>, tensor<2xi8>)"
        ),
        "'stablehlo.rng_bit_generator' op takes a state of 2 or 3 elements of 64 bits for PHILOX, or of 4 elements of 32 bits, not tensor<3xi32>",
    ),
    "an element behind the end of a tuple": (
        within(
            "%0 = stablehlo.tuple %t : tuple<tensor<4xf32>>\n  "
            "«%1 = stablehlo.get_tuple_element %0[1] : (tuple<tensor<4xf32>>) -> tensor<4xf32>"
        ),
        "'stablehlo.get_tuple_element' op a tuple<tensor<4xf32>> has 1 values; index 1 is outside",
    ),
    "layouts of some operands": (
        within(
            "«%0 = stablehlo.custom_call @x(%t, %t) {operand_layouts = [dense<0> : tensor<1xindex>]} : "
            "(tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>"
        ),
        "'stablehlo.custom_call' op has 1 operand layouts for 2 operands",
    ),
    # stablehlo, contractions
    "contraction of sizes that differ": (
        within(
            "«%0 = stablehlo.dot_general %a, %b, contracting_dims = [0] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) "
            "-> tensor<3x4xf32>"
        ),
        "'stablehlo.dot_general' op contracting dimensions [0] of tensor<2x3xf32> and [0] of tensor<3x4xf32> do not match",
    ),
    "contraction of a dimension there is not": (
        within(
            "«%0 = stablehlo.dot_general %a, %b, batching_dims = [5] x [0], contracting_dims = [1] x [0] : "
            "(tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>"
        ),
        "dimensions [5, 1] do not name dimensions of tensor<2x3xf32> once each",
    ),
    "contraction of another type": (
        within(
            '«%0 = "stablehlo.dot_general"(%a, %b) <{dot_dimension_numbers = #stablehlo.dot<'
            "lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [0]>}> : "
            "(tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<9xf32>"
        ),
        "'stablehlo.dot_general' op yields a tensor of shape [2, 4], not tensor<9xf32>",
    ),
    "reduction without a start": (
        reduce("", "%x: tensor<f32>, %y: tensor<f32>", "() -> tensor<2xf32>"),
        "'stablehlo.reduce' op needs one init value for each input, and at least one",
    ),
    "reduction of two shapes": (
        within(
            "«%0:2 = stablehlo.reduce(%a init: %z), (%b init: %z) across dimensions = [1] : (tensor<2x3xf32>, "
            "tensor<3x4xf32>, tensor<f32>, tensor<f32>) -> (tensor<2xf32>, tensor<3xf32>)\n"
            " reducer(%x: tensor<f32>, %y: tensor<f32>) (%v: tensor<f32>, %u: tensor<f32>) {\n"
            "  stablehlo.return %x, %v : tensor<f32>, tensor<f32>\n}"
        ),
        "'stablehlo.reduce' op inputs must have one shape",
    ),
    "reduction from a start of another type": (
        within(
            "«%0 = stablehlo.reduce(%a init: %k) applies stablehlo.add across dimensions = [1] : "
            "(tensor<2x3xf32>, tensor<i32>) -> tensor<2xf32>"
        ),
        "'stablehlo.reduce' op init values must be scalars of the inputs' element types",
    ),
    "reducer of too few arguments": (
        reduce("%a, %z", "%x: tensor<f32>", "(tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>"),
        "'stablehlo.reduce' op reducer must take an accumulator and an element for each input",
    ),
    "reduction along no dimension": (
        within(
            "«%0 = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [9] : "
            "(tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>"
        ),
        "'stablehlo.reduce' op dimensions [9] are outside tensor<2x3xf32>",
    ),
    "reduction of another type": (
        reduce(
            "%a, %z",
            "%x: tensor<f32>, %y: tensor<f32>",
            "(tensor<2x3xf32>, tensor<f32>) -> tensor<5xf32>",
        ),
        "'stablehlo.reduce' op yields (tensor<2xf32>), not (tensor<5xf32>)",
    ),
    # elements
    "elements of no width that StableHLO has": (
        within(
            "%0 = stablehlo.iota dim = 0 : tensor<4xi32>\n«%1 = stablehlo.convert %0 : (tensor<4xi32>) -> tensor<4xi24>"
        ),
        "'stablehlo.convert' op takes no tensors with elements of type i24",
    ),
    "the bits of floats": (
        within("«%0 = stablehlo.and %a, %a : tensor<2x3xf32>"),
        "'stablehlo.and' op takes tensors of i1 or integers, not tensor<2x3xf32>",
    ),
    "an op applied by a reduction to elements that it does not take": (
        within(
            "%c = stablehlo.constant dense<0.0> : tensor<f32>\n  «%0 = stablehlo.reduce(%a init: %c) "
            "applies stablehlo.and across dimensions = [0] : (tensor<2x3xf32>, tensor<f32>) "
            "-> tensor<3xf32>"
        ),
        "'stablehlo.and' op takes tensors of i1 or integers, not tensor<f32>",
    ),
    "floats compared as integers": (
        within(
            "«%0 = stablehlo.compare LT, %a, %a, SIGNED : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi1>"
        ),
        "'stablehlo.compare' op compares integers by SIGNED, not tensor<2x3xf32>",
    ),
    # tensor.bitcast
    "a bitcast to another shape": (
        within("«%0 = tensor.bitcast %a : tensor<2x3xf32> to tensor<3x2xi32>"),
        "'tensor.bitcast' op changes the shape: tensor<2x3xf32> to tensor<3x2xi32>",
    ),
    "a bitcast to another width": (
        within("«%0 = tensor.bitcast %a : tensor<2x3xf32> to tensor<2x3xi8>"),
        "'tensor.bitcast' op changes the width of the elements: tensor<2x3xf32> to tensor<2x3xi8>",
    ),
    # arith on tensors
    "a choice between other shapes": (
        within("«%0 = arith.select %q, %a, %a : tensor<7xi1>, tensor<2x3xf32>"),
        "'arith.select' op must have operands and a result of one shape",
    ),
    "a comparison of tensors of two types": (
        within(
            '«%0 = "arith.cmpf"(%a, %p) <{predicate = 1 : i64}> : (tensor<2x3xf32>, tensor<2x3xi1>) -> tensor<2x3xi1>'
        ),
        "'arith.cmpf' op compares tensors of one type, and yields a tensor of i1",
    ),
    "a choice between two types": (
        within(
            '«%0 = "arith.select"(%p, %a, %p) : (tensor<2x3xi1>, tensor<2x3xf32>, tensor<2x3xi1>) -> tensor<2x3xf32>'
        ),
        "'arith.select' op selects between tensors of one type",
    ),
    "a choice by numbers": (
        within("«%0 = arith.select %a, %a, %a : tensor<2x3xf32>, tensor<2x3xf32>"),
        "'arith.select' op the condition must be an i1 or a tensor of i1, not tensor<2x3xf32>",
    ),
    "a conversion from an integer that is none": (
        within("«%0 = arith.sitofp %a : tensor<2x3xf32> to tensor<2x3xf64>"),
        "'arith.sitofp' op can't convert elements of type f32 to f64",
    ),
    "an extension to the same width": (
        within("«%0 = arith.extui %p : tensor<2x3xi1> to tensor<2x3xi1>"),
        "'arith.extui' op the new elements must be wider, not i1 to i1",
    ),
    "a truncation to more": (
        within("«%0 = arith.truncf %a : tensor<2x3xf32> to tensor<2x3xf64>"),
        "'arith.truncf' op the new elements must be narrower, not f32 to f64",
    ),
    # iree
    "a region that returns another type": (
        within(
            "%0 = iree.dispatch_region[%w : tensor<3xi32>](%x = %t : tensor<4xf32>) : tensor<9xf32> {\n"
            "    «iree.return %x : tensor<4xf32>\n  }"
        ),
        "'iree.return' op must return what its parent yields: expected (tensor<9xf32>) but got (tensor<4xf32>)",
    ),
    "a function that returns a value to nobody": (
        "func.func @f(%t: tensor<4xf32>) {\n  «iree.return %t : tensor<4xf32>\n}",
        "'iree.return' op must return what its parent yields: expected () but got (tensor<4xf32>)",
    ),
    "a region's workload": (
        within(
            "«%0 = iree.dispatch_region[%n : i32](%x = %t : tensor<4xf32>) : tensor<4xf32> {\n"
            "    iree.return %x : tensor<4xf32>\n  }"
        ),
        "'iree.dispatch_region' op workload must be a tensor<3xi32>, not i32",
    ),
    "a region's arguments": (
        within(
            '«%0 = "iree.dispatch_region"(%w, %t) ({\n  ^bb0(%x: tensor<9xf32>):\n    iree.return %x : tensor<9xf32>\n'
            "  }) : (tensor<3xi32>, tensor<4xf32>) -> tensor<9xf32>"
        ),
        "'iree.dispatch_region' op body arguments must have the types of the inputs they are bound to",
    ),
    "a region without results": (
        within(
            '«"iree.dispatch_region"(%w, %t) ({\n  ^bb0(%x: tensor<4xf32>):\n    iree.return\n'
            "  }) : (tensor<3xi32>, tensor<4xf32>) -> ()"
        ),
        "'iree.dispatch_region' op must yield at least one result",
    ),
    "a call of a sequence that is not here": (
        within("«%0 = iree.call @g(%t) : (tensor<4xf32>) -> tensor<4xf32>"),
        "'iree.call' op 'g' is no function with a body in this module",
    ),
    "a call of a sequence that is elsewhere": (
        "func.func private @m.g(tensor<4xf32>)\n"
        + within("«iree.call @m.g(%t) : (tensor<4xf32>) -> ()"),
        "'iree.call' op 'm.g' is no function with a body in this module",
    ),
    "a call of a sequence with another shape": (
        within("«iree.call @g(%t) : (tensor<4xf32>) -> ()")
        + "\nfunc.func @g(%x: memref<5xf32>) {\n  func.return\n}",
        "'iree.call' op 'g' has arguments (memref<5xf32>), but this call (tensor<4xf32>)",
    ),
    "a call of a sequence for another result": (
        within("«%0 = iree.call @g(%t) : (tensor<4xf32>) -> tensor<?xf32>")
        + "\nfunc.func @g(%x: tensor<4xf32>) -> tensor<4xf32> {\n  func.return %x : tensor<4xf32>\n}",
        "'iree.call' op 'g' has results (tensor<4xf32>), but this call (tensor<?xf32>)",
    ),
    "a load of another shape": (
        within("«%0 = iree.load_input(%m5 : memref<5xf32>) : tensor<4xf32>"),
        "'iree.load_input' op tensor<4xf32> and memref<5xf32> differ in shape or element type",
    ),
    "a store of another shape": (
        within("«iree.store_output(%t : tensor<4xf32>, %m5 : memref<5xf32>)"),
        "'iree.store_output' op tensor<4xf32> and memref<5xf32> differ in shape or element type",
    ),
    "a part of other elements": (
        within(
            "«iree.update_output(%w : tensor<3xi32>, %m5 : memref<5xf32>) at %k : tensor<i32> "
            "{unsigned = false}"
        ),
        "'iree.update_output' op can't write a tensor<3xi32> to a part of a memref<5xf32>",
    ),
    "a part that is larger than the whole": (
        within(
            "«iree.update_output(%t : tensor<4xf32>, %m3 : memref<3xf32>) at %k : tensor<i32> "
            "{unsigned = false}"
        ).replace("%at: index", "%m3: memref<3xf32>, %at: index"),
        "'iree.update_output' op needs a part of memref<3xf32> and 1 starts, not tensor<4xf32> and 1",
    ),
    "an executable of functions": (
        "«iree.multi_arch_executable @e() {\n  func.func @f() {\n    func.return\n  }\n}",
        "'iree.multi_arch_executable' op may hold nothing but iree.executable ops",
    ),
    "two variants of one format": (
        "«iree.multi_arch_executable @e() {\n  iree.executable(LLVM) {\n    module {\n    }\n  }\n"
        "  iree.executable(LLVM) {\n    module {\n    }\n  }\n}",
        "'iree.multi_arch_executable' op holds two executables of one format",
    ),
    "an unknown format": (
        "iree.multi_arch_executable @e() {\n  «iree.executable(Metal) {\n    module {\n    }\n  }\n}",
        "'iree.executable' op unknown executable format 'Metal'; known: Unspecified, IreeBytecode, LLVM, SPIRV",
    ),
    "an empty variant": (
        "iree.multi_arch_executable @e() {\n  «iree.executable(LLVM) {\n  }\n}",
        "'iree.executable' op must hold exactly one module",
    ),
    # sequencers
    "a constant of another shape": (
        within(
            '«%0 = "iree_interp.constant"() <{value = dense<1.0> : tensor<2xf32>}> : () -> memref<3xf32>'
        ),
        "'iree_interp.constant' op a constant of tensor<2xf32> can't fill a memref<3xf32>",
    ),
    "a high-level copy of another shape": (
        within("«iree_hl_seq.copy %m, %m5 : memref<4xf32>, memref<5xf32>"),
        "'iree_hl_seq.copy' op can't copy a memref<4xf32> to a memref<5xf32>",
    ),
    "a fill with another type": (
        within("«iree_hl_seq.fill dense<1> : tensor<i32>, %m : memref<4xf32>"),
        "'iree_hl_seq.fill' op a constant of tensor<i32> can't be each element of a memref<4xf32>",
    ),
    "a fill with several elements": (
        within("«iree_ll_seq.fill dense<1.0> : tensor<4xf32>, %m : memref<4xf32>"),
        "'iree_ll_seq.fill' op a constant of tensor<4xf32> can't be each element of a "
        "memref<4xf32>",
    ),
    "a dispatch's workload": (
        EXECUTABLE
        + within(
            "«iree_hl_seq.dispatch ex::entry[%wide : memref<3xi64>](%m, %m) : (memref<4xf32>, memref<4xf32>) -> ()"
        ),
        "'iree_hl_seq.dispatch' op workload must be a memref<3xi32>, not memref<3xi64>",
    ),
    "a dispatch of no executable": (
        within(
            "«iree_hl_seq.dispatch nowhere::entry[%mw : memref<3xi32>](%m) : (memref<4xf32>) -> ()"
        ),
        "'iree_hl_seq.dispatch' op 'nowhere' is not an executable of this module",
    ),
    "an entry point in one part": (
        EXECUTABLE
        + within(
            '«"iree_ll_seq.static_dispatch"(%m) <{entry_point = @ex, workload = dense<1> : tensor<3xi32>}> '
            ": (memref<4xf32>) -> ()"
        ),
        "'iree_ll_seq.static_dispatch' op @ex must name an executable and its entry point",
    ),
    "bindings of other types": (
        EXECUTABLE
        + within(
            "«iree_hl_seq.dispatch ex::entry[%mw : memref<3xi32>](%m5, %m) : (memref<5xf32>, memref<4xf32>) -> ()"
        ),
        "'iree_hl_seq.dispatch' op entry point 'entry' takes (memref<4xf32>, memref<4xf32>) "
        "but is given (memref<5xf32>, memref<4xf32>)",
    ),
    "a subspan beyond the arena": (
        within("«%0 = iree_ll_seq.subspan %arena[248] : memref<256xi8> -> memref<4xf32>"),
        "'iree_ll_seq.subspan' op bytes 248 to 264 are outside the arena's 256",
    ),
    "a low-level copy of another size": (
        within("«iree_ll_seq.copy %m, %m5 : memref<4xf32>, memref<5xf32>"),
        "'iree_ll_seq.copy' op can't copy a memref<4xf32> to a memref<5xf32>",
    ),
    "a static dispatch's workload": (
        EXECUTABLE
        + within(
            "«iree_ll_seq.static_dispatch ex::entry[dense<1> : tensor<2xi32>](%m, %m) : (memref<4xf32>, memref<4xf32>) -> ()"
        ),
        "'iree_ll_seq.static_dispatch' op workload must be a tensor<3xi32>, not tensor<2xi32>",
    ),
    # vm
    "an import of no module": (
        'vm.module @m {\n  «vm.import @f "0v_v"\n}',
        "'vm.import' op 'f' does not name a module and a function",
    ),
    "an unreadable calling convention": (
        'vm.module @m {\n  «vm.import @a.f "1v"\n}',
        "'vm.import' op invalid calling convention '1v': it must begin with the version, 0",
    ),
    "a function without a body": (
        "vm.module @m {\n  «vm.func @f(%i: i32)\n}",
        "'vm.func' op the entry block's arguments must have the function's input types",
    ),
    "a function of other ops": (
        vm_function("func.call @g() : () -> ()").replace("vm.func", "«vm.func"),
        "'vm.func' op may hold instructions only, not 'func.call'",
    ),
    "too few operands": (
        vm_function("«%0 = vm.add.i32 %i : (i32) -> i32"),
        "'vm.add.i32' op takes 2 operands, not 1",
    ),
    "too many operands": (
        vm_function("«%0 = vm.add.i32 %i, %i, %i : (i32, i32, i32) -> i32"),
        "'vm.add.i32' op takes 2 operands, not 3",
    ),
    "too few results": (
        vm_function("«vm.add.i32 %i, %i : (i32, i32)"),
        "'vm.add.i32' op yields 1 values, not 0",
    ),
    "a number where a reference must be": (
        vm_function("«%0 = vm.buffer.length %i : (i32) -> i64"),
        "'vm.buffer.length' op expects a reference, not a i32",
    ),
    "a number of another width": (
        vm_function("«%0 = vm.add.i32 %i, %q : (i32, i64) -> i32"),
        "'vm.add.i32' op expects a i32, not a i64",
    ),
    "a result of another width": (
        vm_function("«%0 = vm.add.i32 %i, %i : (i32, i32) -> i64"),
        "'vm.add.i32' op expects a i32, not a i64",
    ),
    "an immediate that is not there": (
        vm_function('«%0 = "vm.const.i32"() : () -> i32'),
        "'vm.const.i32' op lacks its 'value'",
    ),
    "a list of nothing in particular": (
        vm_function("«%0 = vm.list.alloc %i : (i32) -> !vm.ref<!vm.list>"),
        "'vm.list.alloc' op lacks the type of the list's elements: {element = \"i32\"}",
    ),
    # util
    "an initial value of another type": (
        "«util.global @g : f32 = 4 : i32",
        "'util.global' op 'g' is a f32; its initial value 4 : i32 is not",
    ),
    "a parameter of an open shape": (
        'util.global @g = «#flow.parameter.named<"w"> : tensor<?xf32>',
        "parameter 'w' is a tensor of static shape, not a tensor<?xf32>",
    ),
    "a global that is not there": (
        within("«%0 = util.global.load @g : i32"),
        "'util.global.load' op there is no global named 'g'",
    ),
    "a global of another type": (
        f"util.global mutable @g : i64\n{within('«util.global.store %n, @g : i32')}",
        "'util.global.store' op the global 'g' is a i64, not a i32",
    ),
    "a store to a global that is not mutable": (
        f"util.global @g : i32\n{within('«util.global.store %n, @g : i32')}",
        "'util.global.store' op the global 'g' is not mutable: only an initializer sets it",
    ),
    "an initializer with arguments": (
        "«util.initializer {\n^bb0(%x: i32):\n  util.return\n}",
        "'util.initializer' op must have a body that takes no arguments",
    ),
    "an initializer that returns something": (
        "util.initializer {\n  %x = arith.constant 1 : i32\n  «util.return %x : i32\n}",
        "'util.return' op an initializer returns nothing",
    ),
    "a comparison of two types": (
        within('«%0 = "util.cmp.eq"(%n, %l) : (i32, i64) -> i1'),
        "'util.cmp.eq' op compares a i32 with a i64",
    ),
    "a barrier that changes a type": (
        within('«%0 = "util.optimization_barrier"(%n) : (i32) -> i64'),
        "'util.optimization_barrier' op yields its operands, so its results have their types",
    ),
    "an unfoldable constant of another type": (
        within('«%0 = "util.unfoldable_constant"() <{value = 1 : i32}> : () -> i64'),
        "'util.unfoldable_constant' op a i64 can't have the value 1 : i32",
    ),
    "a choice of another type": (
        within("«%0 = util.switch i32 from [%n] at %at else %n : i64"),
        "'util.switch' op chooses a i64 from a i32",
    ),
    "an element that a list can't hold": (
        within("«util.list.set %list[%at], %n : i32 -> !util.list<i64>"),
        "'util.list.set' op !util.list<i64> can't hold a value of type i32",
    ),
    "an element of no type": (
        within("«%0 = util.list.get %any[%at] : !util.list<?>"),
        "'util.list.get' op an element of a list of anything must be given a type",
    ),
    "bytes of a number": (
        within("«%0 = util.buffer.constant : !util.buffer = 5 : i32"),
        "'util.buffer.constant' op 5 : i32 has no bytes; a string or a dense<...> has",
    ),
    "a number that a buffer can't hold": (
        within("«%0 = util.buffer.load %buf[%at for %at] : !util.buffer{%at} -> i7")
        .replace("«", "%c = arith.constant 1 : index\n  «")
        .replace("for %at]", "for %c]"),
        "'util.buffer.load' op a buffer can't hold a number of type i7",
    ),
    "a number of another length": (
        within("«util.buffer.store %n, %buf[%at for %c] : i32 -> !util.buffer{%at}").replace(
            "«", "%c = arith.constant 8 : index\n  «"
        ),
        "'util.buffer.store' op a i32 takes 4 bytes, not 8",
    ),
}


for family in sorted(Path(__file__).with_name("refusals").glob("*.py")):
    examples = runpy.run_path(str(family))["REFUSED"]
    assert not (shared := REFUSED.keys() & examples.keys()), shared
    REFUSED |= examples

RESULTS = re.compile(r"«((?:%\w+(?::\d+)?(?:, )?)+ = )")


def refusal(marked: str) -> tuple[StatusError, str]:
    """The error of a text, and the place it must name: the op's, behind its results."""
    marked = RESULTS.sub(r"\1«", marked)
    before = marked[: marked.index("«")]
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    with pytest.raises(StatusError) as caught:
        parse_module(marked.replace("«", ""), "program.mlir", CONTEXT)
    return caught.value, f"program.mlir:{line}:{column}: "


@pytest.mark.parametrize("name", REFUSED)
def test_a_rule_refuses_with_place_and_reason(name):
    marked, words = REFUSED[name]
    error, place = refusal(marked)
    assert error.code is StatusCode.INVALID_ARGUMENT
    assert error.message.splitlines()[0] == place + words


def test_an_immediate_of_another_kind_cannot_be_printed():
    op = vm.op("const.i32").make([], [i32], value=UnitAttr())
    with pytest.raises(VerifyException, match="unexpected immediate"):
        print_module(op)


PRINTED_ONLY = {("instructions.py", "unexpected immediate ")}
"""Rules that no text can break: printing refuses what was built wrongly."""


def rules_of(path: Path) -> dict[tuple[int, int], str]:
    """(first line, last line) -> first words of each `raise VerifyException(...)` of a file."""
    found: dict[tuple[int, int], str] = {}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            if getattr(node.exc.func, "id", "") == "VerifyException":
                text = next(
                    (n.value for n in ast.walk(node.exc) if isinstance(n, ast.Constant)), ""
                )
                found[node.lineno, node.end_lineno or node.lineno] = str(text)
    return found


def raised_at(error: BaseException) -> tuple[str, int]:
    """File and line that raised the error behind an error."""
    while not isinstance(error, VerifyException) and (
        behind := error.__cause__ or error.__context__
    ):
        error = behind
    trace = error.__traceback__
    assert trace is not None
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame.f_code.co_filename, trace.tb_lineno


def test_no_rule_is_without_an_example():
    reached: set[tuple[str, int]] = set()
    for marked, _ in REFUSED.values():
        error, _ = refusal(marked)
        reached.add(raised_at(error))
    missing = [
        f"{path.name}:{first}: {words}"
        for path in (*sorted(DIALECTS.rglob("*.py")), Path(checks.__file__))
        if path.parent.name != "spirv"
        for (first, last), words in rules_of(path).items()
        if (path.name, words) not in PRINTED_ONLY
        and not any((str(path), line) in reached for line in range(first, last + 1))
    ]
    assert missing == []


UNREADABLE = {
    "an op that is misspelt": (
        within("%0 = stablehlo.multipy %a, %a : tensor<2x3xf32>"),
        "there is no op 'stablehlo.multipy'; did you mean 'stablehlo.multiply'?",
        "2:8",
    ),
    "an operand too few": (
        within("%0 = stablehlo.add %a : tensor<2x3xf32>"),
        "'stablehlo.add' takes 2 operands, not 1",
        "2:22",
    ),
    "two choices": (
        within("%0 = stablehlo.select %p, %a : tensor<2x3xi1>, tensor<2x3xf32>"),
        "'stablehlo.select' takes 3 operands",
        "2:25",
    ),
    "no result type": (
        within("%0 = stablehlo.negate %z : (tensor<f32>) -> ()"),
        "expected one result type, not 0",
        "2:30",
    ),
    "a comparison of another type": (
        within(
            "%0 = stablehlo.compare EQ, %a, %a : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>"
        ),
        "this compare yields tensor<2x3xi1>, not tensor<2x3xf32>",
        "2:37",
    ),
    "a slice of another type": (
        within("%0 = stablehlo.slice %a [0:1, 0:3] : (tensor<2x3xf32>) -> tensor<2x3xf32>"),
        "this slice yields tensor<1x3xf32>, not tensor<2x3xf32>",
        "2:38",
    ),
    "a contraction of another type": (
        within(
            "%0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) "
            "-> tensor<4x2xf32>"
        ),
        "this dot_general yields tensor<2x4xf32>, not tensor<4x2xf32>",
        "2:67",
    ),
    "a contraction that is no tensor": (
        within(
            "%0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) -> f32"
        ),
        "'stablehlo.dot_general' yields a tensor, not a f32",
        "2:67",
    ),
    "an unknown argument": (
        within(
            "%0 = stablehlo.dot_general %a, %b, contracts = [1] x [0] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>"
        ),
        "unknown argument 'contracts' of 'stablehlo.dot_general'",
        "2:38",
    ),
    "a reduction of another type": (
        within(
            "%0 = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [1] : "
            "(tensor<2x3xf32>, tensor<f32>) -> tensor<7xf32>"
        ),
        "this reduce does not yield (tensor<2x3xf32>, tensor<f32>) -> tensor<7xf32>",
        "2:86",
    ),
    "a reduction without types": (
        within(
            "%0 = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [1] : tensor<2xf32>"
        ),
        "expected a function type",
        "2:86",
    ),
    "a reduction by a function of one operand": (
        within(
            "%0 = stablehlo.reduce(%a init: %z) applies stablehlo.negate across dimensions = [1] : "
            "(tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>"
        ),
        "'stablehlo.negate' can't be applied in a reduction",
        "2:46",
    ),
    "a constant that is a number": (
        within("%0 = stablehlo.constant 1 : i32"),
        "expected a dense constant",
        "2:27",
    ),
    "an elided constant": (
        within("%0 = stablehlo.constant dense<...> : tensor<9xf32>"),
        "the elements of this constant were left out when the text was printed",
        "2:33",
    ),
    "a buffer of a vector": (
        within("%0 = iree_interp.constant dense<5> : vector<3xi32>"),
        "expected a dense constant of a tensor",
        "2:29",
    ),
    "a constant buffer of a number": (
        within("%0 = iree_ll_seq.constant 5 : i32"),
        "expected a dense constant of a tensor",
        "2:29",
    ),
    "a workload of a number": (
        within("iree_ll_seq.static_dispatch a::b[5 : i32](%m) : (memref<4xf32>) -> ()"),
        "expected a dense constant as the workload",
        "2:36",
    ),
    "a single colon": (
        within(
            "iree_ll_seq.static_dispatch a:b[dense<1> : tensor<3xi32>](%m) : (memref<4xf32>) -> ()"
        ),
        "in '::' between executable and entry point",
        "2:33",
    ),
    "a buffer that is a number": (
        within("iree_hl_seq.copy %m, %n : memref<4xf32>, i32"),
        "i32 should be of base attribute memref",
        "2:3",
    ),
    "an undefined value": (
        within("%0 = stablehlo.add %a, %zzz : tensor<2x3xf32>"),
        "'%zzz' is used and not defined",
        "2:26",
    ),
    "a reference to what nobody registers": (
        "vm.module @m {\n  vm.global.ref @g : !vm.ref<i32>\n}",
        "expected a type that a module registers, as !hal.device",
        "2:30",
    ),
    "a global of no type": (
        "util.global @g",
        "expected the global's type, or an initial value that has one",
        "1:15",
    ),
    "an unfoldable constant of no type": (
        within('%0 = util.unfoldable_constant "text"'),
        "expected a value that has a type",
        "2:33",
    ),
    "rodata that is a number": (
        'vm.module @m {\n  vm.rodata @g "text/plain" 5 : i32\n}',
        "expected the bytes of the rodata",
        "2:16",
    ),
    "rodata that is not ASCII": (
        'vm.module @m {\n  vm.rodata @g "é"\n}',
        "text of rodata is ASCII",
        "2:16",
    ),
    "too many bits": (
        vm_function("%0 = vm.const.f32 0x1FFFFFFFF : f32"),
        "expected the 32 bits of a f32",
        "3:23",
    ),
    "too large a number": (
        vm_function("%0 = vm.const.i32 99999999999 : i32"),
        "99999999999 is out of range for type i32",
        "3:10",
    ),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_text_that_says_nothing_is_refused_with_a_place_and_a_caret(name):
    text, words, expected = UNREADABLE[name]
    with pytest.raises(StatusError) as caught:
        parse_module(text, "program.mlir", CONTEXT)
    assert caught.value.code is StatusCode.INVALID_ARGUMENT
    source, caret = caught.value.excerpt.split("\n")
    place, _, message = caught.value.message.partition(": ")
    name, line, column = place.split(":")
    assert (name, f"{line}:{column}") == ("program.mlir", expected) and words in message
    lines = text.splitlines()
    assert source == (lines[int(line) - 1] if int(line) <= len(lines) else "")
    assert caret == " " * (int(column) - 1) + "^"


def test_nesting_too_deep_for_the_reader_is_said():
    text = "module {\n" * 20_000 + "}\n" * 20_000
    with pytest.raises(StatusError, match="nests too deeply") as caught:
        parse_module(text)
    assert caught.value.code is StatusCode.INVALID_ARGUMENT
