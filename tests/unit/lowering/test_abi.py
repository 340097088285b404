"""What reflection says of a function."""

import pytest
from xdsl.dialects import func

from ireelite.lowering.sequencer.abi import declaration, is_async, reflection
from ireelite.signature import parse_declaration
from ireelite.syntax.parser import parse_module

FENCED = 'attributes {iree.abi.model = "coarse-fences"}'


def function(text: str) -> func.FuncOp:
    op = parse_module(text).body.block.first_op
    assert isinstance(op, func.FuncOp)
    return op


DECLARED = {
    "func.func private @f()": "sync func @f() -> ()",
    "func.func private @f(tensor<4xf32>, i32, index) -> (tensor<?xi8>, i64)": (
        "sync func @f(%input0: tensor<4xf32>, %input1: i32, %input2: index)"
        " -> (%output0: tensor<?xi8>, %output1: i64)"
    ),
    "func.func private @f(memref<2x3xf32>) -> memref<f16>": (
        "sync func @f(%input0: tensor<2x3xf32>) -> (%output0: tensor<f16>)"
    ),
    f"func.func private @f(tensor<4xi1>) -> tensor<4xi1> {FENCED}": (
        "async func @f(%input0: tensor<4xi1>) -> (%output0: tensor<4xi1>)"
    ),
    'func.func private @f(i32 {z.y = "b", a.b}, i32 {iree.abi.name = "x"}, i32 {a.b = 1 : i8, iree.abi.name = "y"}) -> (i32 {iree.abi.name = "r", a.b})': (
        'sync func @f(%input0: i32 {a.b, z.y = "b"}, %x: i32, %y: i32 {a.b = 1 : i8}) -> (%r: i32 {a.b})'
    ),
    'func.func private @"1 (a) \\"q\\""(i32)': ('sync func @1 (a) "q"(%input0: i32) -> ()'),
    "func.func private @f(!custom.string, tensor<4xf32> {iree.abi.output = 0 : index}) -> tensor<4xf32>": (
        "sync func @f(%input0: !custom.string, %input1: tensor<4xf32> {iree.abi.output = 0 : index}) -> (%output0: tensor<4xf32>)"
    ),
}


@pytest.mark.parametrize("text", DECLARED)
def test_a_declaration_numbers_arguments_and_results_and_keeps_their_attributes(text):
    said = declaration(function(text))
    assert said == DECLARED[text]
    signature = parse_declaration(said)
    assert signature.is_async is is_async(function(text))
    assert signature.name == function(text).sym_name.data
    assert len(signature.arguments) == len(function(text).function_type.inputs)


def test_reflection_adds_the_model_and_what_the_author_says():
    assert reflection(function("func.func private @f()")) == {
        "iree.abi.declaration": "sync func @f() -> ()"
    }
    text = (
        'func.func private @f() attributes {iree.abi.model = "coarse-fences", '
        'iree.abi.declaration = "my own words", iree.reflection = {author = "me", number = 1 : i32}}'
    )
    assert reflection(function(text)) == {
        "iree.abi.declaration": "my own words",
        "iree.abi.model": "coarse-fences",
        "author": "me",
    }
    text = 'func.func private @f() attributes {iree.abi.model = "sync"}'
    assert set(reflection(function(text))) == {"iree.abi.declaration"}
