"""Ops that move elements: which element of which operand an element of the result is.

Most are a change of index. Those that take their elements from several places are a choice, by tests
of indices: a place is only read where its tests hold, so that no read is outside of a tensor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import DYNAMIC_INDEX, IntegerAttr, TensorType
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Operation, SSAValue

from ireelite.dialects.extensions import iree_tensor
from ireelite.dialects.extensions.tensor_extra import BitcastOp
from ireelite.dialects.sequencer import iree
from ireelite.dialects.stablehlo.fields import number, numbers
from ireelite.lowering.tensors.indices import (
    UNBOUNDED,
    Bounded,
    Element,
    Index,
    IndexSpace,
    Indices,
    OpenQuotient,
    OpenRemainder,
    Product,
    Quotient,
    Remainder,
)
from ireelite.status import StatusCode, StatusError


@dataclass(frozen=True, slots=True)
class Read:
    """The element of `value` at `at`; a scalar has no indices."""

    value: SSAValue
    at: Indices


@dataclass(frozen=True, slots=True)
class Test:
    """Whether an index is from `low` to below `high`, and a multiple of `step` from `low` on."""

    index: Index
    low: int
    high: int | Index
    """A size that is open is an index."""
    step: int = 1

    @property
    def known(self) -> bool | None:
        """What the index's bounds decide; None if they leave it open."""
        if not isinstance(self.high, int):
            return None
        if self.index.high < self.low or self.index.low >= self.high:
            return False
        inside = self.low <= self.index.low and self.index.high < self.high
        return True if inside and self.step == 1 else None


@dataclass(frozen=True, slots=True)
class Choice:
    """The element of one of two places, of which only that one is read."""

    tests: tuple[Test, ...]
    """What must hold for the first."""
    yes: Read | Choice
    no: Read | Choice

    def indices(self) -> Iterator[Index]:
        """Yields the indices that are tested to reach any of the places."""
        for test in self.tests:
            yield test.index
            if not isinstance(test.high, int):
                yield test.high
        for place in (self.yes, self.no):
            if isinstance(place, Choice):
                yield from place.indices()

    def reads(self) -> Iterator[Read]:
        """Yields all places."""
        for place in (self.yes, self.no):
            if isinstance(place, Read):
                yield place
            else:
                yield from place.reads()


def elements_of(indices: Iterable[Index]) -> list[Read]:
    """Returns the elements of tensors that indices are made of, innermost last."""
    found: list[Read] = []
    waiting = [atom for index in indices for atom in index.terms]
    while waiting:
        atom = waiting.pop()
        if isinstance(atom, Bounded | Quotient | Remainder):
            waiting.extend(atom.of.terms)
        elif isinstance(atom, Product | OpenQuotient | OpenRemainder):
            waiting.extend((*atom.of.terms, *atom.size.terms))
        elif isinstance(atom, Element):
            found.append(Read(atom.value, atom.at))
            if atom.clamped is not None and atom.clamped.most is not None:
                waiting.extend(atom.clamped.most.terms)
    return found


# -- ops that are a change of index ----------------------------------------------------------------


def _broadcast(op: linalg.BroadcastOp, at: Indices, space: IndexSpace) -> Read:
    added = op.dimensions.get_values()
    return Read(op.input, tuple(index for d, index in enumerate(at) if d not in added))


def _transpose(op: linalg.TransposeOp, at: Indices, space: IndexSpace) -> Read:
    order = op.permutation.get_values()
    source = list(at)
    for position, dim in enumerate(order):
        source[int(dim)] = at[position]
    return Read(op.inputs[0], tuple(source))


def _fill(op: linalg.FillOp, at: Indices, space: IndexSpace) -> Read:
    return Read(op.inputs[0], ())


def _slice(op: tensor.ExtractSliceOp, at: Indices, space: IndexSpace) -> Read:
    parts = zip(at, offsets_of(op, space), strides_of(op), strict=True)
    source = tuple(space.add(space.scale(index, stride), offset) for index, offset, stride in parts)
    return Read(op.source, source)


def offsets_of(op: tensor.ExtractSliceOp | tensor.InsertSliceOp, space: IndexSpace) -> Indices:
    """Returns where a slice begins: numbers, or scalars of type `index`."""
    dynamic = iter(op.offsets)
    return tuple(
        index_of(next(dynamic), space) if offset == DYNAMIC_INDEX else space.constant(int(offset))
        for offset in op.static_offsets.get_values()
    )


def strides_of(op: tensor.ExtractSliceOp | tensor.InsertSliceOp) -> list[int]:
    """Returns the distances between a slice's elements. Raises UNIMPLEMENTED for one that is no
    constant.
    """
    if op.strides:
        raise StatusError(StatusCode.UNIMPLEMENTED, f"the strides of '{op.name}' must be constants")
    return [int(stride) for stride in op.static_strides.get_values()]


def _reshape(
    op: tensor.CollapseShapeOp | tensor.ExpandShapeOp, at: Indices, space: IndexSpace
) -> Read:
    position = space.linear(at, space.shape(op.result))
    return Read(op.src, space.split(position, space.shape(op.src)))


def _extract(op: tensor.ExtractOp, at: Indices, space: IndexSpace) -> Read:
    return Read(op.tensor, tuple(index_of(index, space) for index in op.indices))


def _cast(op: tensor.CastOp | BitcastOp | iree.SizedOp, at: Indices, space: IndexSpace) -> Read:
    return Read(op.source, at)


# -- ops with indices from data ----------------------------------------------------------------------


def starts_of(
    starts: Sequence[SSAValue], last: Sequence[Index], unsigned: bool, space: IndexSpace
) -> Indices:
    """Returns where a part begins whose start tensors of rank 0 hold."""
    return tuple(
        space.clamped(start, (), most, unsigned) for start, most in zip(starts, last, strict=True)
    )


def last_starts(whole: SSAValue, part: SSAValue, space: IndexSpace) -> list[Index]:
    """Returns the last start of each dimension from which a part is inside of a whole."""
    sizes = zip(space.shape(whole), space.shape(part), strict=True)
    return [space.add(space.size(a), space.scale(space.size(b), -1)) for a, b in sizes]


def starts_in(
    op: iree_tensor.SliceOp | iree_tensor.UpdateOp, part: SSAValue, space: IndexSpace
) -> Indices:
    """Returns where the part of a tensor begins that an op takes or puts there."""
    last = last_starts(op.operand, part, space)
    return starts_of(op.starts, last, op.unsigned.value.data != 0, space)


def _part(op: iree_tensor.SliceOp, at: Indices, space: IndexSpace) -> Read:
    starts = starts_in(op, op.result, space)
    return Read(op.operand, tuple(map(space.add, at, starts)))


def _gather(op: iree_tensor.GatherOp, at: Indices, space: IndexSpace) -> Read:
    n, sizes, shape = op.dimension_numbers, op.sizes, space.shape(op.operand)
    offset_dims, vector = numbers(n.offset_dims), number(n.index_vector_dim)
    batch = [index for d, index in enumerate(at) if d not in offset_dims]
    batching = numbers(n.operand_batching_dims)
    dropped = {*numbers(n.collapsed_slice_dims), *batching}
    kept = dict(zip([d for d in range(len(shape)) if d not in dropped], offset_dims, strict=True))
    source = [at[kept[d]] if d in kept else space.constant(0) for d in range(len(shape))]
    result = space.shape(op.result)
    for component, d in enumerate(numbers(n.start_index_map)):
        place = list(batch)
        if vector < len(shape_of(op.indices)):
            place.insert(vector, space.constant(component))
        part = result[kept[d]] if sizes[d] == DYNAMIC_INDEX else sizes[d]
        most = space.add(space.size(shape[d]), space.scale(space.size(part), -1))
        start = space.clamped(op.indices, tuple(place), most, op.unsigned.value.data != 0)
        source[d] = space.add(source[d], start)
    for d, d_start in zip(batching, numbers(n.start_indices_batching_dims), strict=True):
        source[d] = space.add(source[d], batch[d_start - (d_start > vector)])
    return Read(op.operand, tuple(source))


# -- ops that take elements from several places ------------------------------------------------------


def _inserted(
    part: SSAValue,
    whole: SSAValue,
    at: Indices,
    starts: Indices,
    strides: Sequence[int],
    space: IndexSpace,
) -> Read | Choice:
    """Returns the element of a part, or that of a whole where the part is not."""
    tests: list[Test] = []
    source: list[Index] = []
    for index, start, stride, size in zip(at, starts, strides, space.shape(part), strict=True):
        if size == 0:
            return Read(whole, at)
        offset = space.add(index, space.scale(start, -1))
        if not isinstance(size, int):
            # up to the last element of the part: what is between two of them is not of it
            high = space.add(space.scale(space.size(size), stride), space.constant(1 - stride))
            tests.append(Test(offset, 0, high, stride))
            inside = space.bounded(offset, 0, UNBOUNDED)
            source.append(space.divide(inside, stride)[0] if stride > 1 else inside)
            continue
        last = (size - 1) * stride
        if offset.low < 0 or offset.high > last or stride > 1:
            tests.append(Test(offset, 0, last + 1, stride))
        inside = space.bounded(offset, 0, last)
        source.append(space.divide(inside, stride)[0] if stride > 1 else inside)
    read = Read(part, tuple(source))
    return Choice(tuple(tests), read, Read(whole, at)) if tests else read


def _insert_slice(op: tensor.InsertSliceOp, at: Indices, space: IndexSpace) -> Read | Choice:
    return _inserted(op.source, op.dest, at, offsets_of(op, space), strides_of(op), space)


def _update(op: iree_tensor.UpdateOp, at: Indices, space: IndexSpace) -> Read | Choice:
    starts = starts_in(op, op.update, space)
    return _inserted(op.update, op.operand, at, starts, [1] * len(at), space)


def _concatenate(op: tensor.ConcatOp, at: Indices, space: IndexSpace) -> Read | Choice:
    """Returns a choice by halves: an index is compared as often as their number can be halved."""
    dim = op.dim.value.data
    if not all(isinstance(space.shape(value)[dim], int) for value in op.inputs):
        return _concatenate_open(op, at, space)
    inputs = [value for value in op.inputs if shape_of(value)[dim]]
    ends = list(accumulate(shape_of(value)[dim] for value in inputs))

    def place(first: int, last: int) -> Read | Choice:
        begin = ends[first - 1] if first else 0
        if first + 1 < last:
            middle = (first + last) // 2
            test = Test(at[dim], 0, ends[middle - 1])
            return Choice((test,), place(first, middle), place(middle, last))
        offset = space.add(at[dim], space.constant(-begin))
        inside = space.bounded(offset, 0, ends[first] - begin - 1)
        return Read(inputs[first], (*at[:dim], inside, *at[dim + 1 :]))

    return place(0, len(inputs)) if inputs else Read(op.inputs[0], at)


def _concatenate_open(op: tensor.ConcatOp, at: Indices, space: IndexSpace) -> Read | Choice:
    """Returns a choice by the ends of the parts, one after the other."""
    dim = op.dim.value.data
    begins = [space.constant(0)]
    for value in op.inputs:
        begins.append(space.add(begins[-1], space.size(space.shape(value)[dim])))

    def place(number: int) -> Read | Choice:
        offset = space.add(at[dim], space.scale(begins[number], -1))
        inside = space.bounded(offset, 0, UNBOUNDED)
        read = Read(op.inputs[number], (*at[:dim], inside, *at[dim + 1 :]))
        if number + 1 == len(op.inputs):
            return read
        return Choice((Test(at[dim], 0, begins[number + 1]),), read, place(number + 1))

    return place(0)


MOVES: dict[type[Operation], Callable[..., Read | Choice]] = {
    BitcastOp: _cast,
    linalg.BroadcastOp: _broadcast,
    linalg.FillOp: _fill,
    linalg.TransposeOp: _transpose,
    iree.SizedOp: _cast,
    tensor.CastOp: _cast,
    iree_tensor.GatherOp: _gather,
    iree_tensor.SliceOp: _part,
    iree_tensor.UpdateOp: _update,
    tensor.CollapseShapeOp: _reshape,
    tensor.ConcatOp: _concatenate,
    tensor.ExpandShapeOp: _reshape,
    tensor.ExtractOp: _extract,
    tensor.ExtractSliceOp: _slice,
    tensor.InsertSliceOp: _insert_slice,
}
"""Op -> the function that says which element of its operands the result's element is."""


# -- values ----------------------------------------------------------------------------------------


def index_of(value: SSAValue, space: IndexSpace) -> Index:
    """Returns a scalar of type `index` as a symbolic index."""
    owner = value.owner
    if isinstance(owner, arith.ConstantOp) and isinstance(owner.value, IntegerAttr):
        return space.constant(owner.value.value.data)
    return space.element(value, ())


def shape_of(value: SSAValue) -> tuple[int, ...]:
    """Returns a tensor's extents; a scalar has none."""
    return value.type.get_shape() if isinstance(value.type, TensorType) else ()
