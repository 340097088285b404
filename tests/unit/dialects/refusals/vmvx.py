"""Examples of what the verifiers of `vmvx` refuse.

A text with `«` where the op begins that the error must point at -> the error's words.
"""

from __future__ import annotations

SIGNATURE = "%a: memref<4xf32>, %b: memref<4xi8>, %d: memref<4xf64>, %n: index"


def product(left: str, right: str, result: str) -> str:
    """A product of buffers by their names and element types, as `a f32`."""

    def matrix(text: str) -> str:
        name, type = text.split()
        return f"(%{name} offset %n row_stride %n : memref<4x{type}>)"

    sizes = "sizes(%n, %n, %n) tile(%n, %n, %n)"
    op = f"«vmvx.mmt4d lhs{matrix(left)} rhs{matrix(right)} out{matrix(result)} {sizes}"
    return f"func.func @f({SIGNATURE}) {{\n  {op}\n  func.return\n}}"


def copy(source: str, target: str) -> str:
    """A copy between buffers."""

    def matrix(text: str) -> str:
        name, type = text.split()
        return f"(%{name} offset %n strides[%n, %n] : {type})"

    op = f"«vmvx.copy in{matrix(source)} out{matrix(target)} sizes(%n, %n)"
    return f"func.func @f({SIGNATURE}, %p: memref<4xi1>) {{\n  {op}\n  func.return\n}}"


REFUSED = {
    "a product of two types": (
        product("a f32", "b i8", "a f32"),
        "'vmvx.mmt4d' op multiplies elements of one type, not f32 and i8",
    ),
    "a product in another type": (
        product("d f64", "d f64", "d f64"),
        "'vmvx.mmt4d' op has no product of f64 in f64; it has those of f32 in f32, i8 in i32",
    ),
    "a copy to another type": (
        copy("a memref<4xf32>", "d memref<4xf64>"),
        "'vmvx.copy' op copies elements of one type, not f32 to f64",
    ),
    "a copy of bits": (
        copy("p memref<4xi1>", "p memref<4xi1>"),
        "'vmvx.copy' op copies elements of 8, 16, 32 or 64 bits, not i1",
    ),
}
