"""StableHLO text, op by op: what the benchmarks' programs are written with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

IDENTITIES = {"add": "0", "maximum": "-inf", "minimum": "inf"}
"""What a reduction by an op begins with."""
HEX_INFINITIES = {
    "f16": ("0x7C00", "0xFC00"),
    "bf16": ("0x7F80", "0xFF80"),
    "f32": ("0x7F800000", "0xFF800000"),
    "f64": ("0x7FF0000000000000", "0xFFF0000000000000"),
}


@dataclass(frozen=True)
class Tensor:
    """A value of a function: its name, and its sizes and element type."""

    name: str
    shape: tuple[int, ...]
    element: str = "f32"

    @property
    def type(self) -> str:
        """`tensor<2x3xf32>`."""
        return tensor_type(self.shape, self.element)


def tensor_type(shape: Sequence[int], element: str) -> str:
    """`tensor<2x3xf32>`."""
    return f"tensor<{''.join(f'{size}x' for size in shape)}{element}>"


def literal(text: str, element: str) -> str:
    """A number as MLIR reads one of that type."""
    if text in ("inf", "-inf"):
        return HEX_INFINITIES[element][text == "-inf"]
    return f"{float(text):e}" if "f" in element else text


class FunctionText:
    """The function `main` of some arguments, built op by op."""

    def __init__(self, *arguments: Tensor):
        self.arguments = arguments
        self._lines: list[str] = []

    def op(self, text: str, shape: Sequence[int], element: str = "f32") -> Tensor:
        """Adds an op with one result, whose text is what stands behind the `=`."""
        result = Tensor(f"%v{len(self._lines)}", tuple(shape), element)
        self._lines.append(f"  {result.name} = {text}\n")
        return result

    def rename(self, result: Tensor, name: str) -> None:
        """Gives the last op's result another name, as `%v7:2`, which has two."""
        line = self._lines[-1]
        self._lines[-1] = line.replace(f"{result.name} =", f"{name} =", 1)

    def returns(self, *results: Tensor) -> str:
        """The text of the whole function."""
        given = ", ".join(f"{argument.name}: {argument.type}" for argument in self.arguments)
        types = ", ".join(result.type for result in results)
        names = ", ".join(result.name for result in results)
        body = "".join(self._lines)
        return f"func.func @main({given}) -> ({types}) {{\n{body}  return {names} : {types}\n}}\n"

    def constant(self, value: object, element: str = "f32", shape: Sequence[int] = ()) -> Tensor:
        """A constant: one number in every element."""
        text = literal(str(value), element)
        return self.op(
            f"stablehlo.constant dense<{text}> : {tensor_type(shape, element)}", shape, element
        )

    def map(self, name: str, *operands: Tensor) -> Tensor:
        """An elementwise op on operands of one type."""
        names = ", ".join(operand.name for operand in operands)
        first = operands[0]
        return self.op(f"stablehlo.{name} {names} : {first.type}", first.shape, first.element)

    def convert(self, value: Tensor, element: str) -> Tensor:
        """The elements as another type."""
        to = tensor_type(value.shape, element)
        return self.op(
            f"stablehlo.convert {value.name} : ({value.type}) -> {to}", value.shape, element
        )

    def compare(self, direction: str, a: Tensor, b: Tensor) -> Tensor:
        """`i1` of a comparison as `LT`."""
        kind = "FLOAT" if "f" in a.element else "SIGNED"
        to = tensor_type(a.shape, "i1")
        text = f"stablehlo.compare {direction}, {a.name}, {b.name}, {kind} : "
        return self.op(f"{text}({a.type}, {b.type}) -> {to}", a.shape, "i1")

    def select(self, chosen: Tensor, a: Tensor, b: Tensor) -> Tensor:
        """`a` where `chosen`, else `b`."""
        text = f"stablehlo.select {chosen.name}, {a.name}, {b.name} : {chosen.type}, {a.type}"
        return self.op(text, a.shape, a.element)

    def broadcast(self, value: Tensor, shape: Sequence[int], dims: Sequence[int] = ()) -> Tensor:
        """`broadcast_in_dim`: dimension i of the value is dimension `dims[i]` of the result."""
        to = tensor_type(shape, value.element)
        text = f"stablehlo.broadcast_in_dim {value.name}, dims = {list(dims)} : "
        return self.op(f"{text}({value.type}) -> {to}", shape, value.element)

    def reshape(self, value: Tensor, shape: Sequence[int]) -> Tensor:
        """The elements in their order with other sizes."""
        to = tensor_type(shape, value.element)
        return self.op(
            f"stablehlo.reshape {value.name} : ({value.type}) -> {to}", shape, value.element
        )

    def transpose(self, value: Tensor, dims: Sequence[int]) -> Tensor:
        """Dimension i of the result is dimension `dims[i]` of the value."""
        shape = [value.shape[dim] for dim in dims]
        to = tensor_type(shape, value.element)
        text = f"stablehlo.transpose {value.name}, dims = {list(dims)} : ({value.type}) -> {to}"
        return self.op(text, shape, value.element)

    def reduce(self, name: str, value: Tensor, dims: Sequence[int]) -> Tensor:
        """A reduction by `add`, `maximum` or `minimum`."""
        start = self.constant(IDENTITIES[name], value.element)
        shape = [size for dim, size in enumerate(value.shape) if dim not in dims]
        to = tensor_type(shape, value.element)
        text = f"stablehlo.reduce({value.name} init: {start.name}) applies stablehlo.{name} "
        text += f"across dimensions = {list(dims)} : ({value.type}, {start.type}) -> {to}"
        return self.op(text, shape, value.element)

    def dot(
        self,
        a: Tensor,
        b: Tensor,
        contracting: tuple[int, int] = (1, 0),
        batching: Sequence[int] = (),
        element: str | None = None,
    ) -> Tensor:
        """`dot_general` over one dimension of each, with the same batch dimensions in both."""
        left, right = contracting
        outer = [size for dim, size in enumerate(a.shape) if dim not in (left, *batching)]
        inner = [size for dim, size in enumerate(b.shape) if dim not in (right, *batching)]
        shape = [*(a.shape[dim] for dim in batching), *outer, *inner]
        of = element or a.element
        batch = f"batching_dims = {list(batching)} x {list(batching)}, " if batching else ""
        text = f"stablehlo.dot_general {a.name}, {b.name}, {batch}"
        text += f"contracting_dims = [{left}] x [{right}] : "
        return self.op(f"{text}({a.type}, {b.type}) -> {tensor_type(shape, of)}", shape, of)

    def convolution(
        self, x: Tensor, kernel: Tensor, pad: int, stride: int = 1, groups: int = 1
    ) -> Tensor:
        """A two-dimensional convolution, NHWC by HWIO."""
        _, *sizes, _ = x.shape
        rows, columns = (
            (size + 2 * pad - taps) // stride + 1
            for size, taps in zip(sizes, kernel.shape[:2], strict=True)
        )
        shape = (x.shape[0], rows, columns, kernel.shape[3])
        text = (
            f"stablehlo.convolution({x.name}, {kernel.name}) "
            "dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], "
            f"window = {{stride = [{stride}, {stride}], pad = [[{pad}, {pad}], [{pad}, {pad}]]}} "
            f"{{batch_group_count = 1 : i64, feature_group_count = {groups} : i64}} : "
            f"({x.type}, {kernel.type}) -> {tensor_type(shape, x.element)}"
        )
        return self.op(text, shape, x.element)

    def softmax(self, x: Tensor) -> Tensor:
        """Softmax over the last dimension."""
        last = len(x.shape) - 1
        kept = range(last)
        highest = self.broadcast(self.reduce("maximum", x, [last]), x.shape, kept)
        powers = self.map("exponential", self.map("subtract", x, highest))
        total = self.broadcast(self.reduce("add", powers, [last]), x.shape, kept)
        return self.map("divide", powers, total)

    def gelu(self, x: Tensor) -> Tensor:
        """The approximation of GELU by a tanh."""
        half, one, cubic, scale = (
            self.constant(value, x.element, x.shape) for value in (0.5, 1.0, 0.044715, 0.7978846)
        )
        cube = self.map("multiply", self.map("multiply", x, x), x)
        inner = self.map("add", x, self.map("multiply", cubic, cube))
        factor = self.map("add", one, self.map("tanh", self.map("multiply", scale, inner)))
        return self.map("multiply", self.map("multiply", half, x), factor)

    def relu(self, x: Tensor) -> Tensor:
        """The larger of the elements and zero."""
        return self.map("maximum", x, self.constant(0.0, x.element, x.shape))

    def linear(self, x: Tensor, weights: Tensor, bias: Tensor) -> Tensor:
        """`x @ weights + bias`."""
        product = self.dot(x, weights)
        return self.map("add", product, self.broadcast(bias, product.shape, [1]))
