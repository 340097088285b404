"""An error about one function says which others of the module compile."""

from __future__ import annotations

import pytest

import ireelite
from ireelite.other_functions import function_texts, without
from ireelite.status import StatusError

RIGHT = """func.func @{}(%x: tensor<2xf32> {{a.b = "func.func }}"}}) -> tensor<2xf32> attributes {{c.d}} {{
  return %x : tensor<2xf32>
}}
"""
UNKNOWN = """func.func @wrong(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = stablehlo.thin %x : tensor<2xf32>
  return %0 : tensor<2xf32>
}
"""
ABROAD = """func.func @abroad(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = stablehlo.custom_call @elsewhere(%x) : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}
"""
CALLER = """func.func @caller(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = call @wrong(%x) : (tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}
"""
PRIVATE = "func.func private @outside(i32) -> i32\n"


def refusal(text: str) -> str:
    with pytest.raises(StatusError) as caught:
        ireelite.compile(text, targets=("vmvx",))
    return str(caught.value).splitlines()[0]


@pytest.mark.parametrize("wrong", [UNKNOWN, ABROAD], ids=["the text is wrong", "a pass refuses"])
@pytest.mark.parametrize("frame", ["{}", "module @m {{\n{}}}\n"])
def test_the_others_are_named(wrong, frame):
    name = "wrong" if wrong is UNKNOWN else "abroad"
    text = frame.format(RIGHT.format("g") + PRIVATE + wrong + RIGHT.format("h"))
    assert refusal(text).endswith(
        f"; without @{name} the other functions of the module compile: @g, @h"
    )


def test_those_that_compile_alone_are_named_where_not_all_do():
    text = RIGHT.format("g") + UNKNOWN + ABROAD + CALLER
    assert refusal(text).endswith("; of the other functions of the module these compile alone: @g")


@pytest.mark.parametrize(
    "text",
    [UNKNOWN, UNKNOWN + PRIVATE, UNKNOWN + CALLER, RIGHT.format("g") + "func.funk @f() {\n}\n"],
    ids=["no other function", "a declaration", "a caller", "no function is wrong"],
)
def test_nothing_is_said_where_nothing_else_compiles(text):
    assert "compile:" not in refusal(text) and "compile alone" not in refusal(text)


def test_functions_are_found_in_a_text():
    text = f"module {{\n{RIGHT.format('g')}{PRIVATE}{UNKNOWN}}}\n"
    functions = function_texts(text)
    found = [(function.name, function.is_public) for function in functions]
    assert found == [("g", True), ("outside", False), ("wrong", True)]
    assert [text[f.start : f.end].count("\n") for f in functions] == [2, 0, 3]
    left = without(text, functions[:1])
    assert len(left) == len(text) and left.splitlines()[4:] == text.splitlines()[4:]
    assert "@g" not in left


def test_a_text_that_ends_early_has_the_functions_before():
    functions = function_texts(RIGHT.format("g") + 'func.func @f() {\n  "')
    assert [function.name for function in functions] == ["g"]
