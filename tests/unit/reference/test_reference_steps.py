"""Ops that the reference would compute one by one for too long are refused."""

import numpy as np
import pytest

from ireelite.reference.interpret import interpret
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.parser import parse_module

LARGE = 3_000_000

PROGRAMS = {
    "stablehlo.scatter": (
        f"  %u = stablehlo.constant dense<1.0> : tensor<{LARGE}xf32>\n"
        f"  %i = stablehlo.constant dense<0> : tensor<{LARGE}x1xi32>\n"
        "  %0 = «stablehlo.scatter"
        '"(%x, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [0], '
        "scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({\n"
        "  ^bb0(%a: tensor<f32>, %b: tensor<f32>):\n    stablehlo.return %b : tensor<f32>\n  }) : "
        f"(tensor<1xf32>, tensor<{LARGE}x1xi32>, tensor<{LARGE}xf32>) -> tensor<1xf32>\n"
    ),
    "stablehlo.sort": (
        f"  %w = stablehlo.constant dense<1.0> : tensor<{LARGE}x1xf32>\n"
        '  %s = «stablehlo.sort"(%w) <{dimension = 1 : i64}> ({\n'
        "  ^bb0(%a: tensor<f32>, %b: tensor<f32>):\n"
        "    %c = stablehlo.compare LT, %a, %b : (tensor<f32>, tensor<f32>) -> tensor<i1>\n"
        f"    stablehlo.return %c : tensor<i1>\n  }}) : (tensor<{LARGE}x1xf32>) -> tensor<{LARGE}x1xf32>\n"
        f"  %0 = stablehlo.slice %s [0:1, 0:1] : (tensor<{LARGE}x1xf32>) -> tensor<1x1xf32>\n"
    ),
    "chlo.scan": (
        '  %0 = «chlo.scan"(%x) <{dimension = 0 : i64, is_reverse = false, '
        f"operandSegmentSizes = array<i32: 0, 1>, resultSegmentSizes = array<i32: 0, 1>, scan_dim_size = {LARGE} : i64}}> ({{\n"
        "  ^bb0(%a: tensor<1xf32>):\n    stablehlo.return %a : tensor<1xf32>\n  }) : "
        "(tensor<1xf32>) -> tensor<1xf32>\n"
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_op_that_takes_too_many_turns_is_refused_at_its_place(name: str):
    body = PROGRAMS[name].replace("«", '"')
    result = body.rpartition("-> ")[2].strip()
    text = f"func.func @f(%x: tensor<1xf32>) -> {result} {{\n{body}  return %0 : {result}\n}}"
    module = parse_module(text, "a")
    with pytest.raises(StatusError) as caught:
        interpret(module, "f", np.ones(1, np.float32))
    line = text[: text.index(f'"{name}"')].count("\n") + 1
    assert caught.value.code is StatusCode.RESOURCE_EXHAUSTED
    assert caught.value.message.startswith(f"a:{line}:8: '{name}': takes {LARGE} turns of a loop")
