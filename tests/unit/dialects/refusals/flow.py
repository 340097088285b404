"""Examples of what the verifiers of `flow` refuse.

A text with `«` where the op begins that the error must point at -> the error's words.
"""

from __future__ import annotations

SIGNATURE = "%a: tensor<2x3xf32>, %d: tensor<?x3xf32>, %i: index, %v: tensor<6xf32>"


def one(op: str) -> str:
    return f"func.func @f({SIGNATURE}) {{\n  {op}\n  func.return\n}}"


REFUSED = {
    "a flow constant of another shape": (
        one("«%0 = flow.tensor.constant dense<1> : tensor<4xi32> -> tensor<2x?xi32>"),
        "'flow.tensor.constant' op a tensor<4xi32> can't be a tensor<2x?xi32>",
    ),
    "a flow constant of no elements' type": (
        one("«%0 = flow.tensor.dynamic_constant 1 : i32 -> tensor<?xi32>"),
        "'flow.tensor.dynamic_constant' op needs dense elements, not 1 : i32",
    ),
    "a tied shape without its size": (
        one("«%0 = flow.tensor.tie_shape %d : tensor<?x3xf32>"),
        "'flow.tensor.tie_shape' op needs 1 sizes of a tensor<?x3xf32>, not 0",
    ),
    "a flow reshape to another size": (
        one("«%0 = flow.tensor.reshape %a : tensor<2x3xf32> -> tensor<5xf32>"),
        "'flow.tensor.reshape' op makes a tensor<5xf32> of a tensor<2x3xf32>: they differ in size",
    ),
    "a flow reshape to other elements": (
        one("«%0 = flow.tensor.reshape %a : tensor<2x3xf32> -> tensor<6xi32>"),
        "'flow.tensor.reshape' op makes a tensor<6xi32> of a tensor<2x3xf32>: their elements differ",
    ),
    "a flow load with one index": (
        one("«%0 = flow.tensor.load %a[%i] : tensor<2x3xf32>"),
        "'flow.tensor.load' op a tensor<2x3xf32> has 2 indices, not 1",
    ),
    "a flow transfer to no device": (
        one("«%0 = flow.tensor.transfer %v : tensor<6xf32> to 7 : i32"),
        "'flow.tensor.transfer' op needs a device, as #hal.device.promise<@a>, not 7 : i32",
    ),
    "a flow slice of another rank": (
        one("«%0 = flow.tensor.slice %a[%i, %i for %i, %i] : tensor<2x3xf32> -> tensor<?xf32>{%i}"),
        "'flow.tensor.slice' op takes a tensor<?xf32> of a tensor<2x3xf32>: their ranks differ",
    ),
    "a flow slice of other elements": (
        one("«%0 = flow.tensor.slice %v[%i for %i] : tensor<6xf32> -> tensor<?xi32>{%i}"),
        "'flow.tensor.slice' op takes a tensor<?xi32> of a tensor<6xf32>: their elements differ",
    ),
    "a flow update to another type": (
        one(
            '«%0 = "flow.tensor.update"(%v, %i, %v) <{operandSegmentSizes = array<i32: 1, 0, 1, 1, 0>}> '
            ": (tensor<6xf32>, index, tensor<6xf32>) -> tensor<7xf32>"
        ),
        "'flow.tensor.update' op updates a tensor<6xf32> to a tensor<7xf32>",
    ),
}
