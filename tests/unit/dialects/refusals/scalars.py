"""Examples of what the verifiers of `arith` and `math` ops refuse that xDSL lacks.

A text with `«` where the op begins that the error must point at -> the error's words.
"""

from __future__ import annotations

SIGNATURE = "%s: f32, %t: tensor<4xf32>, %n: i8, %i: index, %w: tensor<5xf32>, %h: f16"


def one(op: str) -> str:
    return f"func.func @f({SIGNATURE}) {{\n  {op}\n  func.return\n}}"


REFUSED = {
    "an index cast between integers": (
        one("«%0 = arith.index_castui %n : i8 to i32"),
        "'arith.index_castui' op casts between an index and an integer, not i8 to i32",
    ),
    "the bits of an index": (
        one("«%0 = arith.bitcast %n : i8 to index"),
        "'arith.bitcast' op takes numbers of a known width, not an index: use index_cast",
    ),
    "a scale of another shape": (
        one("«%0 = arith.scaling_truncf %t, %w : tensor<4xf32>, tensor<5xf32> to tensor<4xf16>"),
        "'arith.scaling_truncf' op must have operands and a result of one shape",
    ),
    "a scale that is an integer": (
        one("«%0 = arith.scaling_truncf %s, %n : f32, i8 to f16"),
        "'arith.scaling_truncf' op takes and yields floats, not f32, i8 and f16",
    ),
    "a scaled float that gets no wider": (
        one("«%0 = arith.scaling_extf %s, %h : f32, f16 to f16"),
        "'arith.scaling_extf' op the result must be wider, not f32 to f16",
    ),
    "a question about an integer": (
        one("«%0 = math.isnan %n : i8"),
        "'math.isnan' op yields a i1 of floats of that shape",
    ),
}
