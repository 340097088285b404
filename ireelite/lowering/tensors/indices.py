"""Symbolic indices: which element of a tensor is read, in terms of loop dimensions.

An `Index` is a sum of *atoms* with integer factors, and a constant:

    4·i + k - 7        (i div 3)·2 + j        (5·i + j) mod 7

An atom is a loop dimension, a quotient, a remainder, an element of another tensor (an index that the
data decides), a scalar (a size that the host decides), a product with such a size, or an index inside
of bounds that a test has found. All are made by an `IndexSpace`,
which makes each of them once: two indices are equal exactly when they are one object, so that they
are compared and looked up in constant time however deeply they nest. Bounds are known for each, by
which `4·i + j` divided by 4 is `i` where `0 <= j < 4`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from xdsl.dialects.builtin import TensorType
from xdsl.ir import SSAValue

UNBOUNDED = 1 << 62
"""A bound that says nothing."""

NOMINAL_TURNS = 1 << 10
"""Turns of a loop whose size is open, where work is estimated."""

Extent = int | SSAValue
"""The size of a dimension: a number, or a scalar of type `index`."""


def type_shape(value: SSAValue) -> Sequence[Extent]:
    """Returns the sizes in a tensor's type; a scalar has none."""
    return value.type.get_shape() if isinstance(value.type, TensorType) else ()


@dataclass(eq=False, slots=True)
class Atom:
    """What an index is a sum of. `low` and `high` are inclusive bounds of its values."""

    number: int
    """Its place in the order in which atoms were made: the order of the terms of a sum."""
    low: int
    high: int
    dims: frozenset[Dim]
    """The loop dimensions that it depends on."""


@dataclass(eq=False, slots=True)
class Dim(Atom):
    """A loop dimension, which counts from 0 to `high`, or to below a size that is open."""

    size: SSAValue | None = None

    @property
    def extent(self) -> int:
        """How many values it takes, at most."""
        return self.high + 1

    @property
    def end(self) -> Extent:
        """How many values it takes."""
        return self.extent if self.size is None else self.size

    @property
    def turns(self) -> int:
        """How many values it takes; an estimate for one of an open size."""
        return self.extent if self.size is None else NOMINAL_TURNS


@dataclass(eq=False, slots=True)
class Quotient(Atom):
    """`of` divided by `divisor`, rounded down. `of` is not negative."""

    of: Index
    divisor: int


@dataclass(eq=False, slots=True)
class Remainder(Atom):
    """The rest of that division."""

    of: Index
    divisor: int


@dataclass(eq=False, slots=True)
class Product(Atom):
    """An index times a size that is open. Neither is negative."""

    of: Index
    size: Index


@dataclass(eq=False, slots=True)
class OpenQuotient(Atom):
    """`of` divided by a size that is open, rounded down."""

    of: Index
    size: Index


@dataclass(eq=False, slots=True)
class OpenRemainder(Atom):
    """The rest of that division."""

    of: Index
    size: Index


@dataclass(eq=False, slots=True)
class Element(Atom):
    """A scalar of type `index`, or the element of a tensor of integers, read at `at`."""

    value: SSAValue
    at: Indices
    clamped: Clamp | None
    """How a number outside of the bounds becomes one inside; None for one that can't be outside."""


@dataclass(frozen=True, slots=True)
class Clamp:
    """How an integer is clamped to the bounds of an index."""

    unsigned: bool
    """Whether the integer counts without a sign."""
    most: Index | None = None
    """The upper bound, if a size that is open decides it."""


@dataclass(eq=False, slots=True)
class Bounded(Atom):
    """An index where a test has found it inside of `low` and `high`."""

    of: Index


@dataclass(eq=False, slots=True)
class Index:
    """A sum of atoms with factors, and a constant."""

    terms: Mapping[Atom, int]
    constant: int
    low: int
    high: int
    dims: frozenset[Dim]

    @property
    def value(self) -> int | None:
        """The number that it is, if it depends on nothing."""
        return None if self.terms else self.constant


Indices = tuple[Index, ...]


@dataclass(slots=True)
class IndexSpace:
    """Makes the indices of one kernel, each once."""

    shape: Callable[[SSAValue], Sequence[Extent]] = type_shape
    """The sizes of a tensor: those in its type, with values for those that it leaves open."""
    _atoms: dict[object, Atom] = field(default_factory=dict)
    _sums: dict[object, Index] = field(default_factory=dict)
    _count: int = 0

    def dim(self, extent: Extent) -> Dim:
        """Returns a new loop dimension of `extent` points."""
        if isinstance(extent, int):
            made = Dim(self._next(), 0, extent - 1, frozenset())
        else:
            made = Dim(self._next(), 0, UNBOUNDED - 1, frozenset(), extent)
        made.dims = frozenset((made,))
        return made

    def dims(self, extents: Iterable[Extent]) -> tuple[Dim, ...]:
        """Returns a new loop dimension for each extent."""
        return tuple(map(self.dim, extents))

    def constant(self, value: int) -> Index:
        """Returns the index that is a number."""
        return self._sum({}, value)

    def of(self, atom: Atom, factor: int = 1) -> Index:
        """Returns the index that is one atom."""
        return self._sum({atom: factor}, 0)

    def element(self, value: SSAValue, at: Indices, high: int = UNBOUNDED) -> Index:
        """Returns the index that `value` holds at `at`, from 0 to `high`."""
        return self._element(value, at, high, None)

    def clamped(self, value: SSAValue, at: Indices, most: Index, unsigned: bool) -> Index:
        """Returns the integer that a tensor holds at `at`, clamped to 0 to `most`."""
        if most.value == 0:
            return self.constant(0)
        if most.value is None:
            return self._element(value, at, UNBOUNDED, Clamp(unsigned, most))
        return self._element(value, at, most.value, Clamp(unsigned))

    def _element(self, value: SSAValue, at: Indices, high: int, clamp: Clamp | None) -> Index:
        key = ("element", value, at, high, clamp)
        if (known := self._atoms.get(key)) is None:
            dims = frozenset[Dim]().union(*(index.dims for index in at))
            known = self._atoms[key] = Element(self._next(), 0, high, dims, value, at, clamp)
        return self.of(known)

    def bounded(self, index: Index, low: int, high: int) -> Index:
        """Returns an index where it is known to be from `low` to `high`, which it is not
        everywhere.
        """
        if index.low >= low and index.high <= high:
            return index
        key = ("bounded", index, low, high)
        if (known := self._atoms.get(key)) is None:
            low, high = max(low, index.low), min(high, index.high)
            known = self._atoms[key] = Bounded(self._next(), low, high, index.dims, index)
        return self.of(known)

    def add(self, a: Index, b: Index) -> Index:
        """Returns a + b."""
        if not b.terms and not b.constant:
            return a
        if not a.terms and not a.constant:
            return b
        terms = dict(a.terms)
        for atom, factor in b.terms.items():
            terms[atom] = terms.get(atom, 0) + factor
        return self._sum(_joined(terms), a.constant + b.constant)

    def scale(self, a: Index, factor: int) -> Index:
        """Returns a · factor."""
        if factor == 1:
            return a
        return self._sum({atom: f * factor for atom, f in a.terms.items()}, a.constant * factor)

    def size(self, extent: Extent) -> Index:
        """Returns a size as an index."""
        return self.constant(extent) if isinstance(extent, int) else self.element(extent, ())

    def multiply(self, a: Index, extent: Extent) -> Index:
        """Returns a · a size."""
        if isinstance(extent, int):
            return self.scale(a, extent)
        size = self.size(extent)
        total = self.scale(size, a.constant)
        for atom, factor in a.terms.items():
            product = self._open(Product, self.of(atom), size, UNBOUNDED)
            total = self.add(total, self.of(product, factor))
        return total

    def divide_by(self, a: Index, extent: Extent) -> tuple[Index, Index]:
        """Returns the quotient, rounded down, and the remainder of an index that is not negative
        and a size. What the size divides goes to the quotient, if the rest is an index of a
        dimension of that size.
        """
        if isinstance(extent, int):
            return self.divide(a, extent)
        size = self.size(extent)
        whole, rest = self.constant(0), self.constant(a.constant)
        for atom, factor in a.terms.items():
            if isinstance(atom, Product) and atom.size is size:
                whole = self.add(whole, self.scale(atom.of, factor))
            else:
                rest = self.add(rest, self.of(atom, factor))
        if not rest.terms and not rest.constant:
            return whole, rest
        (atom, *others) = rest.terms or [None]
        within = isinstance(atom, Dim) and not others and rest.terms[atom] == 1
        if within and not rest.constant and isinstance(atom, Dim) and atom.size is extent:
            return whole, rest
        return (
            self.of(self._open(OpenQuotient, a, size, a.high)),
            self.of(self._open(OpenRemainder, a, size, UNBOUNDED)),
        )

    def _open(
        self,
        kind: type[Product] | type[OpenQuotient] | type[OpenRemainder],
        of: Index,
        size: Index,
        high: int,
    ) -> Atom:
        """Returns an atom of an index and a size that is open, made once."""
        key = (kind, of, size)
        if (known := self._atoms.get(key)) is None:
            known = self._atoms[key] = kind(self._next(), 0, high, of.dims | size.dims, of, size)
        return known

    def divide(self, a: Index, divisor: int) -> tuple[Index, Index]:
        """Returns the quotient, rounded down, and the remainder of an index that is not negative.

        What the divisor divides goes to the quotient as it is, if the rest is not negative.
        """
        whole = {atom: f // divisor for atom, f in a.terms.items() if f % divisor == 0}
        rest = {atom: f for atom, f in a.terms.items() if f % divisor}
        above, below = divmod(a.constant, divisor)
        part = self._sum(rest, below)
        if part.low >= 0 and part.high < divisor:
            return self._sum(whole, above), part
        if part.low < 0:
            whole, above, part = {}, 0, a
        quotient = self.of(self._division(Quotient, part, divisor))
        remainder = self.of(self._division(Remainder, part, divisor))
        return self.add(self._sum(whole, above), quotient), remainder

    def linear(self, at: Indices, shape: Sequence[Extent]) -> Index:
        """Returns the row-major position of an element in a tensor of this shape."""
        position = self.constant(0)
        for index, extent in zip(at, shape, strict=True):
            position = self.add(self.multiply(position, extent), index)
        return position

    def split(self, position: Index, shape: Sequence[Extent]) -> Indices:
        """Returns the indices of the element at a row-major position."""
        if not shape or not all(shape):
            return tuple(self.constant(0) for _ in shape)
        indices: list[Index] = []
        for extent in reversed(shape[1:]):
            position, rest = self.divide_by(position, extent)
            indices.append(rest)
        return (position, *reversed(indices))

    # -- making each once --------------------------------------------------------------------------

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _division(self, kind: type[Quotient] | type[Remainder], of: Index, divisor: int) -> Atom:
        key = (kind, of, divisor)
        if (known := self._atoms.get(key)) is None:
            high = of.high // divisor if kind is Quotient else divisor - 1
            known = kind(self._next(), 0, high, of.dims, of, divisor)
            self._atoms[key] = known
        return known

    def _sum(self, terms: Mapping[Atom, int], constant: int) -> Index:
        ordered = sorted((t for t in terms.items() if t[1]), key=lambda term: term[0].number)
        key = (tuple(ordered), constant)
        if (known := self._sums.get(key)) is None:
            low = constant + sum(f * (a.low if f > 0 else a.high) for a, f in ordered)
            high = constant + sum(f * (a.high if f > 0 else a.low) for a, f in ordered)
            dims = frozenset[Dim]().union(*(atom.dims for atom, _ in ordered))
            known = self._sums[key] = Index(dict(ordered), constant, low, high, dims)
        return known


def _joined(terms: dict[Atom, int]) -> dict[Atom, int]:
    """Returns the same sum, with `n·(x div n) + x mod n` made `x`."""
    for atom, factor in list(terms.items()):
        if not isinstance(atom, Remainder) or terms.get(atom) != factor:
            continue
        for other in list(terms):
            if (
                isinstance(other, Quotient)
                and other.of is atom.of
                and other.divisor == atom.divisor
                and terms[other] == factor * atom.divisor
                and not atom.of.constant
            ):
                del terms[atom], terms[other]
                for inner, f in atom.of.terms.items():
                    terms[inner] = terms.get(inner, 0) + f * factor
                break
    return terms
