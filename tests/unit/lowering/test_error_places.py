"""What the compiler can't lower is refused at the op that it can't lower.

In the texts, `«` stands where the error must point.
"""

import pytest

import ireelite
from ireelite.status import StatusError

REFUSED = {
    "elements of a width that no target has": (
        "func.func @f(%a: tensor<4xi128>) -> tensor<4xi128> {\n"
        "  %0 = «stablehlo.add %a, %a : tensor<4xi128>\n  return %0 : tensor<4xi128>\n}",
        "i128",
    ),
    "an op that no kernel has": (
        "func.func @f(%a: tensor<4xf32>) -> tensor<4xf32> {\n"
        "  %0 = «tensor.insert_slice %a into %a[0] [4] [1] : tensor<4xf32> into tensor<4xf32>\n"
        "  return %0 : tensor<4xf32>\n}",
        "'tensor.insert_slice' can't be part of a kernel",
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
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_points_at_its_op(name):
    marked, words = REFUSED[name]
    before = marked[: marked.index("«")]
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    with pytest.raises(StatusError) as caught:
        ireelite.compile(marked.replace("«", ""), targets=["vmvx"])
    assert caught.value.message.startswith(f"<memory>.mlir:{line}:{column}: ")
    assert words in caught.value.message
