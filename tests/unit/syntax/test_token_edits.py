"""Small programs with tokens deleted, repeated, exchanged or replaced: each is read, or refused with
a place; no other exception, and no text that takes more than a few steps a character.
"""

from __future__ import annotations

import random
import re

import pytest
from xdsl.utils.lexer import Input
from xdsl.utils.mlir_lexer import MLIRTokenKind

from ireelite.compile_options import CompileOptions
from ireelite.importers.source import MLIR, Source
from ireelite.passes import Compilation
from ireelite.pipeline import lower
from ireelite.status import StatusError
from ireelite.syntax.context import make_context
from ireelite.syntax.errors import UNPRINTABLE
from ireelite.syntax.lexer import StageLexer
from ireelite.syntax.parser import parse_module
from ireelite.syntax.printer import print_module

PROGRAMS = {
    "elementwise": """#loc1 = loc("m.py":3:4)
!t = tensor<2x3xf32>
module @m attributes {mhlo.num_partitions = 1 : i32} {
  func.func public @main(%x: !t {a.b = "c"} loc("x"), %w: tensor<3x4xf32>) -> (!t {jax.result_info = ""}) {
    %c = stablehlo.constant dense<[[1.0, -2.5e3, 0x7F800000], [1.0, 2.0, 3.0]]> : tensor<2x3xf32> loc(#loc1)
    %0 = stablehlo.add %x, %c : tensor<2x3xf32> loc(#loc1)
    %1 = stablehlo.compare GT, %0, %x, FLOAT : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi1>
    %2 = "stablehlo.select"(%1, %0, %x) : (tensor<2x3xi1>, tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
    return %2 : tensor<2x3xf32>
  }
}
""",
    "contraction": """func.func @main(%x: tensor<2x3xf32>, %w: tensor<3x4xf32>, %z: tensor<f32>) -> tensor<2xf32> {
  %0 = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0], precision = [DEFAULT, HIGHEST] : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  %1 = "stablehlo.transpose"(%0) <{permutation = array<i64: 1, 0>}> : (tensor<2x4xf32>) -> tensor<4x2xf32>
  %2 = stablehlo.reduce(%1 init: %z) across dimensions = [0] : (tensor<4x2xf32>, tensor<f32>) -> tensor<2xf32>
   reducer(%a: tensor<f32>, %b: tensor<f32>) {
    %s = stablehlo.add %a, %b : tensor<f32>
    stablehlo.return %s : tensor<f32>
  }
  return %2 : tensor<2xf32>
}
""",
    "control flow": """func.func @main(%c: i1, %n: index, %a: f32) -> f32 {
  cf.cond_br %c, ^bb1(%a : f32), ^bb2
^bb1(%x: f32):
  %0 = arith.constant 2.0 : f32
  %1 = scf.if %c -> (f32) {
    scf.yield %0 : f32
  } else {
    %m = arith.mulf %x, %0 : f32
    scf.yield %m : f32
  }
  %i = arith.constant 1 : index
  %2 = scf.for %k = %i to %n step %i iter_args(%acc = %1) -> (f32) {
    %t = math.tanh %acc : f32
    scf.yield %t : f32
  }
  return %2 : f32
^bb2:
  %3 = func.call @m.other(%a) : (f32) -> f32
  return %3 : f32
}
func.func private @m.other(f32 {x.y}) -> f32 attributes {a.b}
""",
    "structured": """#map = affine_map<(d0, d1) -> (d1, d0)>
func.func @f(%a: tensor<4x5xf32>) -> tensor<5x4xf32> {
  %e = tensor.empty() : tensor<5x4xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%a : tensor<4x5xf32>) outs(%e : tensor<5x4xf32>) {
  ^bb0(%x: f32, %y: f32):
    %s = arith.addf %x, %x : f32
    linalg.yield %s : f32
  } -> tensor<5x4xf32>
  return %0 : tensor<5x4xf32>
}
""",
    "host": """util.global private mutable @g = 5 : i32
func.func @f(%n: i32, %l: !util.list<i64>) -> i32 attributes {iree.abi.stub} {
  %0 = util.global.load @g : i32
  %1 = arith.addi %0, %n : i32
  util.global.store %1, @g : i32
  %s = util.buffer.constant "name" : !util.buffer = "a\\22b"
  return %1 : i32
}
""",
    "machine": """vm.module @m {
  vm.global.i32 @g
  vm.rodata @r dense<[1, 2]> : tensor<2xi8>
  vm.import @hal.f "0i_r"
  vm.func @f(%i: i32) -> i32 {
    %0 = vm.const.i32 5 : i32
    %1 = vm.add.i32 %i, %0 : (i32, i32) -> i32
    vm.return %1 : i32
  }
  vm.export @f
}
""",
    "graph": """tf.graph @g inputs = ["x"] outputs = ["y"] {
  %x, %x_ctl = tf.Placeholder() name("x") {dtype = f32} : () -> tensor<2xf32>
  %y, %y_ctl = tf.Neg(%x) name("y") {T = f32} : (tensor<2xf32>) -> tensor<2xf32>
  tf.fetch %y : tensor<2xf32>
}
""",
    "resources": """"builtin.module"() ({
  "func.func"() <{function_type = () -> (), sym_name = "f"}> ({
    %0 = stablehlo.constant dense_resource<w> : tensor<2xf32>
    "func.return"() : () -> ()
  }) : () -> ()
}) : () -> ()
{-#
  dialect_resources: {builtin: {w: "0x040000000000803F00000040"}},
  external_resources: {r: {pipeline: "x", verify_each: true}}
#-}
""",
}

STRANGE = (
    "0", "-1", "4294967296", "99999999999999999999", "0xFFFFFFFFFFFFFFFFFF", "1.0", "1e999", "i1", "i0", "f16",
    "index", "none", "tensor<?xf32>", "tensor<*xf32>", "tensor<0xf32>", "tensor<4xcomplex<f32>>", "vector<[4]xf32>",
    "memref<4xf32, 1>", "!vm.ref<!a.b>", "!util.list<?>", "%x", "%new", "%0#7", "@g", '@"a b"', "^bb0", "^bb9", "#map",
    "#none", "!none", '"', '"\\ff"', '"text"', "dense<1> : tensor<3xi32>", "dense<> : tensor<0xi8>",
    "array<i64: 1>", "[1, [2]]", "{a = 1}", "affine_map<(d0) -> (d0)>", "loc(unknown)", "true", "unit", "(", ")", "{",
    "}", "<", ">", "[", "]", ":", ",", "=", "->", "...", "-", "?", "*", "{-#", "#-}", "\0", "é", "stablehlo.sort",
    "arith.addi", "func.func", "module", "return", "scf.yield", "linalg.matmul", "foo.bar",
)  # fmt: skip

CONTEXT = make_context()
PLACE = re.compile(r"e\.mlir:(\d+):(\d+): ")
EDITS_OF_EACH = 250


def tokens(text: str) -> list[str]:
    """The tokens of a text, each with the blanks before it."""
    lexer = StageLexer(Input(text, "e.mlir"))
    found, end = [], 0
    while (token := lexer.lex()).kind is not MLIRTokenKind.EOF:
        found.append(text[end : token.span.end])
        end = token.span.end
    return found


def edited(words: list[str], choose: random.Random) -> str:
    """A text with one or two tokens changed."""
    words = list(words)
    for _ in range(choose.choice((1, 1, 2))):
        at, other = choose.randrange(len(words)), choose.randrange(len(words))
        match choose.randrange(6):
            case 0:
                words[at] = ""
            case 1:
                words[at] *= 2
            case 2:
                words[at], words[other] = words[other], words[at]
            case 3:
                words[at] = words[other]
            case 4:
                del words[at : at + choose.randrange(1, 9)]
                words = words or [""]
            case _:
                words[at] = " " + choose.choice(STRANGE)
    return "".join(words)


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_edited_program_is_read_or_refused_at_a_place(name):
    words = tokens(PROGRAMS[name])
    parse_module(PROGRAMS[name], "e.mlir", CONTEXT)
    choose = random.Random(name)
    refused = 0
    for _ in range(EDITS_OF_EACH):
        text = edited(words, choose)
        try:
            print_module(parse_module(text, "e.mlir", CONTEXT))
        except StatusError as error:
            refused += 1
            place = PLACE.match(error.message)
            assert place is not None, f"{error}\n{text}"
            assert int(place[1]) <= text.count("\n") + 1, f"{error}\n{text}"
    assert refused > EDITS_OF_EACH // 4


@pytest.mark.parametrize(
    "name", ["elementwise", "contraction", "control flow", "structured", "host", "graph"]
)
def test_an_edited_program_is_lowered_or_refused_at_a_place(name):
    words = tokens(PROGRAMS[name])
    choose = random.Random(f"lowered {name}")
    for text in (PROGRAMS[name], *(edited(words, choose) for _ in range(EDITS_OF_EACH))):
        source = Source(text.encode(), "e.mlir", "main", MLIR)
        try:
            program, stage = source.parse()
            with source.excerpts():
                lower(program, stage, "vm", Compilation(CompileOptions(("vmvx",))))
        except StatusError as error:
            assert text != PROGRAMS[name], f"{error}"
            place = PLACE.match(error.message)
            assert place is not None, f"{error}\n{text}"
            line = text.split("\n")[int(place[1]) - 1]
            shown = "".join(c if c.isprintable() or c == "\t" else UNPRINTABLE for c in line)
            assert error.excerpt.split("\n")[0] in shown
            assert error.excerpt.endswith("^"), f"{error}\n{text}"


@pytest.mark.parametrize("letter", ["\r", "\x85", "\u2028", "\x1b"])
def test_a_letter_that_cannot_be_shown_breaks_no_line(letter):
    text = f'func.func @f() {{\n  "stablehlo.a{letter}dd"() : () -> ()\n}}'
    with pytest.raises(StatusError) as caught:
        Source(text.encode(), "e.mlir", "main", MLIR).parse()
    assert caught.value.message.startswith(
        f"e.mlir:2:3: there is no op 'stablehlo.a{UNPRINTABLE}dd'"
    )
    assert len(str(caught.value).splitlines()) == 3
