"""Matrices of a kernel, real or complex, whose arithmetic and loops are written as Python does.

    for i in turns(kernel, rows):
        with where(k < i, kernel):
            a[i, k] = a[i, k] * factor.conjugate()

inserts a loop, a branch, loads, products and stores: the body of a `for` or of a `with` runs once, and
what it inserts stands inside the loop or the branch. A complex entry is a pair of floats, so that
products with real numbers, conjugates and squares cost no more than they must.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from xdsl.dialects import arith, complex, memref, scf
from xdsl.dialects.builtin import AnyFloat, ComplexType, FloatAttr, IndexType, MemRefType
from xdsl.ir import Attribute, Block, Region, SSAValue

from ireelite.dialects.tensor_types import shape_of
from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.kernels.control import for_loop
from ireelite.lowering.kernels.kernel import Kernel
from ireelite.lowering.kernels.numbers import Number
from ireelite.lowering.scalars.scalar import Scalar
from ireelite.lowering.tensors.access import Read
from ireelite.lowering.tensors.indices import Indices


def turns(kernel: Kernel, count: int, name: str = "k") -> Iterator[Number]:
    """Inserts `scf.for` from 0 to below n, which carries nothing, as in `for k in turns(kernel,
    n)`; yields the index.
    """
    block = Block(arg_types=[IndexType()])
    block.args[0].name_hint = name
    with kernel.inside(block):
        yield Number(block.args[0], kernel)
        kernel.to.insert(scf.YieldOp())
    bounds = kernel.number(0), kernel.number(count), kernel.number(1)
    kernel.to.insert(scf.ForOp(*bounds, [], Region(block)))


@contextmanager
def where(condition: Number | Scalar, kernel: Kernel) -> Iterator[None]:
    """Inserts `scf.if` without results, as in `with where(a < b, kernel)`."""
    block = Block()
    with kernel.inside(block):
        yield
        kernel.to.insert(scf.YieldOp())
    kernel.to.insert(scf.IfOp(condition.value, [], [block]))


@light_dataclass(frozen=True)
class Entry:
    """A real or complex number."""

    real: Scalar
    imaginary: Scalar | None = None

    def _map(self, function: Callable[[Scalar], Scalar]) -> Entry:
        return Entry(function(self.real), function(self.imaginary) if self.imaginary else None)

    def _zip(self, other: Entry, function: Callable[[Scalar, Scalar], Scalar]) -> Entry:
        real = function(self.real, other.real)
        if self.imaginary is None:
            return Entry(real)
        assert other.imaginary is not None, "complex numbers meet complex ones"
        return Entry(real, function(self.imaginary, other.imaginary))

    def __add__(self, other: Entry) -> Entry:
        return self._zip(other, lambda a, b: a + b)

    def __sub__(self, other: Entry) -> Entry:
        return self._zip(other, lambda a, b: a - b)

    def __neg__(self) -> Entry:
        return self._map(lambda a: -a)

    def __mul__(self, other: Entry | Scalar | float) -> Entry:
        if not isinstance(other, Entry):
            return self._map(lambda a: a * other)
        if self.imaginary is None:
            return Entry(self.real * other.real)
        assert other.imaginary is not None, "complex numbers meet complex ones"
        return Entry(
            self.real * other.real - self.imaginary * other.imaginary,
            self.real * other.imaginary + self.imaginary * other.real,
        )

    def __truediv__(self, other: Entry | Scalar) -> Entry:
        """Returns a quotient. A complex divisor is scaled first, so that its square is a normal
        number.
        """
        if not isinstance(other, Entry):
            return self._map(lambda a: a / other)
        if other.imaginary is None:
            return self._map(lambda a: a / other.real)
        scaled = other / other.size()
        return self / other.size() * scaled.conjugate() / scaled.square()

    def conjugate(self) -> Entry:
        return Entry(self.real, -self.imaginary if self.imaginary else None)

    def square(self) -> Scalar:
        """Returns the square of the magnitude."""
        square = self.real * self.real
        return square if self.imaginary is None else square + self.imaginary * self.imaginary

    def size(self) -> Scalar:
        """Returns the larger magnitude of the parts; NaN if one is."""
        size = self.real.abs()
        return size if self.imaginary is None else size.at_least(self.imaginary.abs())

    def magnitude(self) -> Scalar:
        """Returns the magnitude, which overflows only if it is too large itself."""
        if self.imaginary is None:
            return self.real.abs()
        return hypotenuse(self.real, self.imaginary)

    def choose(self, condition: Number | Scalar, other: Entry) -> Entry:
        """This number where a condition holds, else another."""
        test = self.real.like(condition.value)
        return self._zip(other, test.select)

    def real_entry(self, value: Scalar) -> Entry:
        """Returns a real number as an entry of this one's kind."""
        return Entry(value, None if self.imaginary is None else value.const(0.0))


def hypotenuse(a: Scalar, b: Scalar) -> Scalar:
    """Returns the root of the sum of two squares, without their overflow."""
    a, b = a.abs(), b.abs()
    larger, smaller = a.at_least(b), a.at_most(b)
    ratio = smaller / larger
    root = larger * (ratio * ratio + 1.0).sqrt()
    return larger.equals(0.0).select(larger, root)


class Matrix:
    """The numbers of one point in a buffer, by their last indices."""

    def __init__(self, buffer: SSAValue, outer: Sequence[SSAValue], kernel: Kernel):
        assert isinstance(buffer.type, MemRefType)
        self.buffer, self.outer, self.kernel = buffer, list(outer), kernel
        self.element: Attribute = buffer.type.element_type

    def __getitem__(self, at: Number | tuple[Number, ...]) -> Entry:
        load = memref.LoadOp.get(self.buffer, self._place(at))
        return as_entry(self.kernel.to.insert(load).res, self.kernel)

    def __setitem__(self, at: Number | tuple[Number, ...], value: Entry | Scalar) -> None:
        entry = Entry(value) if isinstance(value, Scalar) else value
        stored = as_value(entry, self.element, self.kernel)
        self.kernel.to.insert(memref.StoreOp.get(stored, self.buffer, self._place(at)))

    def _place(self, at: Number | tuple[Number, ...]) -> list[SSAValue]:
        inner = at if isinstance(at, tuple) else (at,)
        return [*self.outer, *(index.value for index in inner)]

    def real(self, value: float) -> Scalar:
        """Returns a constant float, of the type that numbers have or that their parts have."""
        return real_constant(value, self.element, self.kernel)

    def entry(self, value: float) -> Entry:
        """Returns a constant number."""
        imaginary = self.real(0.0) if isinstance(self.element, ComplexType) else None
        return Entry(self.real(value), imaginary)

    def swap(self, a: tuple[Number, ...], b: tuple[Number, ...]) -> None:
        """Swaps two numbers."""
        first, second = self[a], self[b]
        self[a] = second
        self[b] = first


def part_type(element: Attribute) -> AnyFloat:
    """Returns the type of a number's parts."""
    part = element.element_type if isinstance(element, ComplexType) else element
    assert isinstance(part, AnyFloat)
    return part


def real_constant(value: float, element: Attribute, kernel: Kernel) -> Scalar:
    """Returns a constant float, of the type that numbers have or that their parts have."""
    return Scalar(kernel.constant(FloatAttr(value, part_type(element))), kernel.to)


def as_entry(value: SSAValue, kernel: Kernel) -> Entry:
    """Returns a float or a complex number as an entry."""
    to = kernel.to
    if not isinstance(value.type, ComplexType):
        return Entry(Scalar(value, to))
    real, imaginary = (to.insert(part(value)).results[0] for part in (complex.ReOp, complex.ImOp))
    return Entry(Scalar(real, to), Scalar(imaginary, to))


def as_value(entry: Entry, element: Attribute, kernel: Kernel) -> SSAValue:
    """Returns an entry as a value of an element type; a float becomes a complex number if need be."""
    if not isinstance(element, ComplexType):
        return entry.real.value
    imaginary = entry.imaginary or real_constant(0.0, element, kernel)
    made = complex.CreateOp(entry.real.value, imaginary.value, element)
    return kernel.to.insert(made).complex


def total(count: int, start: Entry, term: Callable[[Number], Entry], kernel: Kernel) -> Entry:
    """Returns the sum of a start and of the terms for k from 0 to below `count`, in this order."""
    return accumulate(count, start, lambda k, sum: sum + term(k), kernel)


def accumulate(
    count: int, start: Entry, step: Callable[[Number, Entry], Entry], kernel: Kernel
) -> Entry:
    """Returns what a loop makes of a start, turn by turn."""
    parts = [start.real] if start.imaginary is None else [start.real, start.imaginary]

    def turn(k: SSAValue, carried: Sequence[SSAValue]) -> Sequence[SSAValue]:
        before = Entry(*(start.real.like(value) for value in carried))
        after = step(Number(k, kernel), before)
        return (
            [after.real.value]
            if after.imaginary is None
            else [after.real.value, after.imaginary.value]
        )

    bounds = kernel.number(0), kernel.number(count)
    results = for_loop(kernel, *bounds, [part.value for part in parts], turn)
    return Entry(*(start.real.like(value) for value in results))


def largest_from(
    begin: Number, count: int, key: Callable[[Number], Scalar], kernel: Kernel
) -> Number:
    """Returns the first index, from `begin` to below `count`, of the largest key; `begin` if that
    is NaN.
    """

    def turn(k: SSAValue, carried: Sequence[SSAValue]) -> Sequence[SSAValue]:
        here, found = Number(k, kernel), key(Number(k, kernel))
        larger = (begin < here) & Number((found > start.like(carried[1])).value, kernel)
        return [
            kernel.to.insert(arith.SelectOp(larger.value, new, old)).result
            for new, old in zip((k, found.value), carried, strict=True)
        ]

    start = key(begin)
    bounds = kernel.number(0), kernel.number(count)
    return Number(for_loop(kernel, *bounds, [begin.value, start.value], turn)[0], kernel)


def largest_entry(a: Matrix, shape: tuple[int, int]) -> Scalar:
    """Returns the largest part of any number of a matrix; NaN if one is."""
    rows, columns = shape

    def row(i: Number, most: Entry) -> Entry:
        def larger(j: Number, most: Entry) -> Entry:
            return Entry(most.real.at_least(a[i, j].size()))

        return accumulate(columns, most, larger, a.kernel)

    return accumulate(rows, Entry(a.real(0.0)), row, a.kernel).real


def equal(a: Number, b: Number) -> Number:
    """Returns whether two indices are the same."""
    return (a >= b) & (b >= a)


def copy_matrix(a: SSAValue, point: Indices, matrix: Matrix, kernel: Kernel) -> None:
    """Stores one of an operand's matrices."""
    rows, columns = shape_of(a)[-2:]
    for i in turns(kernel, rows, "i"):
        for j in turns(kernel, columns, "j"):
            at = (*point, kernel.variable(i.value, rows), kernel.variable(j.value, columns))
            matrix[i, j] = as_entry(kernel.pull([Read(a, at)])[0], kernel)
