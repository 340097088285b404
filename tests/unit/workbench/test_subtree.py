"""Every op of a program can be copied as text that parses by itself."""

from __future__ import annotations

import numpy as np
import pytest

import ireelite
import workbench
from ireelite.program import Program, compile_source
from ireelite.status import StatusError
from ireelite.syntax.context import make_context
from ireelite.syntax.parser import StageParser, parse_module
from workbench.model.subtree import ELIDED, subtree

LOOP = """func.func @main(%x: tensor<4xf32>, %n: tensor<i32>) -> tensor<4xf32> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %r:2 = stablehlo.while(%i = %zero, %acc = %x) : tensor<i32>, tensor<4xf32>
    cond {
      %c = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %c : tensor<i1>
    } do {
      %j = stablehlo.add %i, %one : tensor<i32>
      %y = stablehlo.multiply %acc, %acc : tensor<4xf32>
      stablehlo.return %j, %y : tensor<i32>, tensor<4xf32>
    }
  return %r#1 : tensor<4xf32>
}
func.func @weights(%x: tensor<40xf32>) -> tensor<40xf32> {
  %w = stablehlo.constant dense<[WEIGHTS]> : tensor<40xf32>
  %y = stablehlo.add %x, %w : tensor<40xf32>
  return %y : tensor<40xf32>
}""".replace("WEIGHTS", ", ".join(f"{n}.0" for n in range(40)))


@pytest.fixture(scope="module")
def program() -> Program:
    return compile_source(LOOP, record=True)


def test_every_op_of_every_stage_parses(program: Program):
    record, context = program.record, make_context()
    copied = 0
    for stage in record.stages:
        for position in range(len(stage.nodes)):
            text = subtree(record, stage, position)
            if ELIDED not in text:
                assert StageParser(context, text).parse_module().body.block.first_op is not None
                copied += 1
    assert copied > 900


def test_values_from_outside_are_arguments(program: Program):
    view = workbench.IRView(program)
    record = program.record
    hlo = {record.nodes.name(serial): n for n, serial in enumerate(record.stage("hlo").nodes)}
    text = view.subtree(f"hlo/{hlo['stablehlo.multiply']}")
    assert text == (
        "module {\n  func.func @copied(%acc: tensor<4xf32>) -> (tensor<4xf32>) {\n"
        "    %y = stablehlo.multiply %acc, %acc : tensor<4xf32>\n"
        "    return %y : tensor<4xf32>\n  }\n}\n"
    )
    loop = view.subtree(f"hlo/{hlo['stablehlo.while']}")
    assert "@copied(%zero: tensor<i32>, %x: tensor<4xf32>, %n: tensor<i32>, %one" in loop
    module = ireelite.load(ireelite.compile(loop, targets=["vmvx"], progress=False))
    x, zero, one = np.full(4, 2, np.float32), np.int32(0), np.int32(1)
    turns, result = module.copied(zero, x, np.int32(3), one)
    assert (turns, result.tolist()) == (3, [256.0] * 4)


def test_a_terminator_takes_what_it_ends_with_it(program: Program):
    record = program.record
    nodes = record.stage("hlo").nodes
    last = max(n for n, serial in enumerate(nodes) if record.nodes.name(serial) == "func.return")
    assert workbench.IRView(program).subtree(f"hlo/{last}").startswith("module {\n  func.func")


def test_constants_are_whole_where_the_program_is_known(program: Program):
    record = program.record
    known, alone = workbench.IRView(program), workbench.IRView(record)
    assert "3.800000e+01" in str(parse_module(known.subtree("hlo/0")))
    assert ELIDED in alone.subtree("hlo/0")
    with pytest.raises(StatusError, match="no op 'hlo/999'"):
        known.subtree("hlo/999")
