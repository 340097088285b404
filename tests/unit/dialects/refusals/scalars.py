"""Examples of what the verifiers of `arith`, `math` and `memref` ops refuse that xDSL lacks.

A text with `«` where the op begins that the error must point at -> the error's words.
"""

from __future__ import annotations

SIGNATURE = "%s: f32, %t: tensor<4xf32>, %n: i8, %i: index, %w: tensor<5xf32>, %h: f16"
BUFFERS = "%v: i32, %p: i1, %b: memref<8xi32>, %m: memref<2x4xi32>, %c: memref<i64>"


def one(op: str, signature: str = SIGNATURE) -> str:
    return f"func.func @f({signature}) {{\n  {op}\n  func.return\n}}"


REFUSED = {
    "arith, on integers with a sign": (
        one(
            "%u = builtin.unrealized_conversion_cast %n : i8 to ui8\n  «%0 = arith.addi %u, %u : ui8"
        ),
        "'arith.addi' op takes signless integers, not ui8",
    ),
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
    "a list of two dimensions": (
        one("«memref.append %v if %p to %m count %c : i32, memref<2x4xi32>, memref<i64>", BUFFERS),
        "'memref.append' op the buffer must have rank 1, not type memref<2x4xi32>",
    ),
    "a list of other numbers": (
        one("«memref.append %p if %p to %b count %c : i1, memref<8xi32>, memref<i64>", BUFFERS),
        "'memref.append' op a value of type i1 is appended to memref<8xi32>",
    ),
    "a count of another type": (
        one("«memref.append %v if %p to %b count %b : i32, memref<8xi32>, memref<8xi32>", BUFFERS),
        "'memref.append' op the count must be a memref<i64>, not memref<8xi32>",
    ),
}
