"""The conversion to linalg, and what it knows of sizes that types leave open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import DYNAMIC_INDEX, IndexType, IntegerAttr, TensorType
from xdsl.ir import Operation, SSAValue

from ireelite.dialects.sequencer import iree
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.tensors.indices import Extent, type_shape
from ireelite.lowering.tensors.sizes import Shape
from ireelite.status import invalid_argument

ARITHMETIC = {
    arith.AddiOp: lambda a, b: a + b,
    arith.SubiOp: lambda a, b: a - b,
    arith.MuliOp: lambda a, b: a * b,
    arith.DivSIOp: lambda a, b: truncated_quotient(a, b),
    arith.MaxSIOp: max,
    arith.MinSIOp: min,
}
"""Op on sizes -> the same of numbers."""


def truncated_quotient(a: int, b: int) -> int:
    """Returns a / b without its fraction; 0 if b is 0."""
    return (abs(a) // abs(b)) * (1 if (a < 0) == (b < 0) else -1) if b else 0


class SamePlaces(dict[tuple[int, ...], Shape]):
    """The sizes of tensors that are open in the same dimensions, each of one size."""

    def __init__(self, sizes: Shape):
        super().__init__()
        self.sizes = sizes

    def __missing__(self, shape: tuple[int, ...]) -> Shape:
        return tuple(self.sizes[d] if n == DYNAMIC_INDEX else n for d, n in enumerate(shape))


class SizedConversion(Conversion):
    """A conversion that computes sizes on the way: in the sequence that it builds, as scalars of
    type `index` between the ops on tensors.
    """

    shapes: dict[SSAValue, Shape]
    """Tensor of the program -> its sizes, for those whose types leave some open."""
    wanted: Mapping[tuple[int, ...], Shape]
    """Shape of a type -> the sizes of the tensors of that shape which are made now."""

    def start(self) -> None:
        """Forgets the sizes of the function before."""
        self.shapes, self.wanted = {}, {}
        self._same: dict[SSAValue, Extent] = {}
        self._computed: dict[object, SSAValue] = {}

    def shape(self, value: SSAValue) -> Shape:
        """Returns the sizes of a tensor of the program."""
        shape = self.shapes.get(value)
        return tuple(map(self.find, type_shape(value) if shape is None else shape))

    def open_sizes(self, type: TensorType) -> list[SSAValue]:
        """Returns the sizes that a type leaves open, of a tensor that is being made."""
        shape = type.get_shape()
        if DYNAMIC_INDEX not in shape:
            return []
        sizes = self.wanted[tuple(shape)]
        return [self.value_of(n) for n, s in zip(sizes, shape, strict=True) if s == DYNAMIC_INDEX]

    def making(self, type: TensorType, sizes: Sequence[Extent]) -> TensorType:
        """Returns a type whose sizes are these, in a tensor that is being made."""
        self.wanted = {**self.wanted, tuple(type.get_shape()): tuple(sizes)}
        return type

    def value_of(self, size: Extent) -> SSAValue:
        """Returns a size as a scalar."""
        if isinstance(size, SSAValue):
            return size
        if size not in self._computed:
            constant = self.insert(arith.ConstantOp(IntegerAttr(size, IndexType())))
            constant.result.name_hint = f"c{size}" if size >= 0 else None
            self._computed[size] = constant.result
        return self._computed[size]

    def combine(self, kind: type[Operation], a: Extent, b: Extent) -> Extent:
        """Applies one of `ARITHMETIC`, once for the same operands; to numbers at compile time."""
        a, b = self.find(a), self.find(b)
        if isinstance(a, int) and isinstance(b, int):
            return ARITHMETIC[kind](a, b)
        if kind is arith.MuliOp and 1 in (a, b):
            return b if a == 1 else a
        if kind in (arith.AddiOp, arith.SubiOp) and b == 0:
            return a
        key = (kind, a, b)
        if key not in self._computed:
            made = kind(self.value_of(a), self.value_of(b))  # pyright: ignore[reportCallIssue]
            self._computed[key] = self.insert(made).results[0]
        return self._computed[key]

    def product(self, sizes: Sequence[Extent]) -> Extent:
        """Returns the product of sizes."""
        total: Extent = 1
        for size in sizes:
            total = self.combine(arith.MuliOp, total, size)
        return total

    def find(self, size: Extent) -> Extent:
        """Returns the one value of all sizes that were found equal."""
        while isinstance(size, SSAValue) and size in self._same:
            size = self._same[size]
        return size

    def require(self, size: Extent, expected: Extent, what: str) -> Extent:
        """Checks, when the program runs, that a size is another. Returns the one that is left.
        Raises INVALID_ARGUMENT for two numbers that differ.
        """
        size, expected = self.find(size), self.find(expected)
        if size is expected or size == expected:
            return expected
        if isinstance(size, int) and isinstance(expected, int):
            raise invalid_argument(f"{what} has a size of {size}, not of {expected}")
        self.check(size, expected, f"{what} has another size than it must have")
        if isinstance(size, SSAValue):
            self._same[size] = expected
            return expected
        assert isinstance(expected, SSAValue)
        self._same[expected] = size
        return size

    def check(
        self, size: Extent, expected: Extent, message: str, values: Sequence[Extent] = ()
    ) -> None:
        """Fails with a message, when the program runs, where a size is not another. Numbers in
        braces in the message stand for `values`.
        """
        if size != expected:
            both = self.value_of(size), self.value_of(expected)
            self.insert(iree.CheckSizeOp(*both, message, [self.value_of(v) for v in values]))
