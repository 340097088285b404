"""`iree_tensor.scatter`: a part of the result is copied from the inputs, then updated in order.

A point of the workload owns the elements of a tile of the dimensions that index vectors name, in
their row-major order, at one position in the others, or at a row of positions in the last one. It
goes through all updates of its position, and applies those whose place is in its tile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerAttr, IntegerType
from xdsl.ir import SSAValue

from ireelite.dialects.extensions.iree_tensor import ScatterOp
from ireelite.lowering.kernels.control import when
from ireelite.lowering.kernels.elements import (
    as_extent,
    count_through,
    length,
    load,
    product,
    store,
)
from ireelite.lowering.kernels.kernel import Kernel
from ireelite.lowering.kernels.numbers import Number, as_index
from ireelite.lowering.kernels.scalars import apply_region, scalars_around
from ireelite.lowering.tensors.access import Read
from ireelite.lowering.tensors.indices import Extent, Index, Indices


def build_scatter(
    op: ScatterOp, point: Indices, outputs: Sequence[SSAValue], kernel: Kernel
) -> None:
    part = Part(op, point, kernel)
    copy_inputs(op, part, outputs, kernel)
    Updates(op, part, outputs, kernel).apply_all()


class Part:
    """The elements that a point of the workload owns."""

    def __init__(self, op: ScatterOp, point: Indices, kernel: Kernel):
        self.op, self.kernel = op, kernel
        self.shape = kernel.space.shape(op.inputs[0])
        self.tile, *others = point
        self.position = dict(zip(op.parallel_dims, others, strict=True))
        """Dimension -> position, or number of the row."""
        self.dims = sorted(op.start_dims)
        self.count, tiles = product([self.shape[d] for d in self.dims], kernel), op.tiles.value.data
        self.size = parts_of(self.count, tiles, kernel)
        """Elements of a tile."""

    def along_row(self, limit: Extent, body: Callable[[dict[int, Index]], None]) -> None:
        """Calls `body` with each position of the row that is below `limit` in the last dimension."""
        op, kernel, dim = self.op, self.kernel, self.op.row_dim
        if dim is None:
            body(self.position)
            return
        row, space = op.row.value.data, kernel.space

        def turn(k: SSAValue, _: Sequence[SSAValue]) -> list[SSAValue]:
            begin = space.scale(self.position[dim], row)
            place = space.add(begin, kernel.variable(k, row))
            within = row == 1 and limit is self.shape[dim]
            inside = [] if within else below(place, limit, kernel)
            when_all(kernel, inside, lambda: body(self.position | {dim: place}))
            return []

        count_through(kernel, row, turn)


def copy_inputs(op: ScatterOp, part: Part, outputs: Sequence[SSAValue], kernel: Kernel) -> None:
    """Copies the inputs' elements of a part to the results."""
    space, shape = kernel.space, part.shape
    extents = [shape[d] for d in part.dims]

    def copy_row(k: SSAValue, _: Sequence[SSAValue]) -> list[SSAValue]:
        place = space.add(space.multiply(part.tile, part.size), kernel.variable(k, part.size))
        inside = [] if op.tiles.value.data == 1 else below(place, part.count, kernel)
        when_all(kernel, inside, lambda: part.along_row(shape[-1], lambda p: copy(place, p)))
        return []

    def copy(place: Index, position: dict[int, Index]) -> None:
        found = position | dict(zip(part.dims, space.split(place, extents), strict=True))
        at = tuple(found[d] for d in range(len(shape)))
        elements = kernel.pull([Read(value, at) for value in op.inputs])
        for element, value, buffer in zip(elements, op.outputs, outputs, strict=True):
            store(element, value, at, buffer, kernel)

    count_through(kernel, part.size, copy_row)


class Updates:
    """The updates that a point of the workload applies."""

    def __init__(self, op: ScatterOp, part: Part, outputs: Sequence[SSAValue], kernel: Kernel):
        self.op, self.part, self.outputs, self.kernel = op, part, outputs, kernel
        self.shape = part.shape
        self.places = kernel.space.shape(op.indices)[:-1]
        self.window = kernel.space.shape(op.updates[0])[len(self.places) :]
        self.around = scalars_around(op.body.block, kernel)

    def apply_all(self) -> None:
        """Goes through all indices whose batch is the part's, in order."""
        batch = {b: self.part.position[a] for a, b in self.op.batching_dims.items()}
        extents = self.places

        def go_through(dims: Sequence[int], known: dict[int, Index]) -> None:
            if not dims:
                self.apply_window(tuple(known[d] for d in range(len(extents))))
                return
            dim, *rest = dims

            def turn(k: SSAValue, _: Sequence[SSAValue]) -> list[SSAValue]:
                go_through(rest, known | {dim: self.kernel.variable(k, extents[dim])})
                return []

            count_through(self.kernel, extents[dim], turn)

        go_through([d for d in range(len(extents)) if d not in batch], batch)

    def apply_window(self, place: Indices) -> None:
        """Applies the updates of one index vector, in the row-major order of its window."""
        kernel, op, part = self.kernel, self.op, self.part
        starts = {dim: self.start(n, dim, place) for n, dim in enumerate(op.start_dims)}
        conditions = [
            Number(kernel.index(part.position[d]), kernel) < length(self.window[d], kernel)
            for d in op.parallel_dims
            if d not in op.batching_dims and d != op.row_dim and self.window[d] != self.shape[d]
        ]
        moving = [d for d in part.dims if self.window[d] != 1]
        for dim in part.dims:
            if dim not in moving:
                conditions += self.in_bounds(starts[dim], dim)

        def go_through(dims: Sequence[int], places: dict[int, Number], offsets: dict[int, Index]):
            if not dims:
                self.apply_row(place, places, offsets)
                return
            dim, *rest = dims

            def turn(k: SSAValue, _: Sequence[SSAValue]) -> list[SSAValue]:
                reached, offset = (
                    starts[dim] + Number(k, kernel),
                    kernel.variable(k, self.window[dim]),
                )
                further = places | {dim: reached}, offsets | {dim: offset}
                check = self.in_bounds(reached, dim)
                when_all(kernel, check, lambda: go_through(rest, *further))
                return []

            count_through(kernel, self.window[dim], turn)

        when_all(kernel, conditions, lambda: go_through(moving, starts, {}))

    def in_bounds(self, place: Number, dim: int) -> list[Number]:
        """Returns the conditions that a place is inside of a dimension of the inputs."""
        return [place >= 0, place < length(self.shape[dim], self.kernel)]

    def apply_row(
        self, place: Indices, places: dict[int, Number], offsets: dict[int, Index]
    ) -> None:
        """Applies the updates of a row whose place is inside of the inputs, if it is in the tile."""
        kernel, op, part, zero = self.kernel, self.op, self.part, self.kernel.space.constant(0)
        reached = {d: kernel.variable(n.value, self.shape[d]) for d, n in places.items()}
        steady = {d: zero for d in op.batching_dims}
        window = steady | {d: offsets.get(d, zero) for d in op.start_dims}

        def apply_one(position: dict[int, Index]) -> None:
            found = position | reached
            where = tuple(found[d] for d in range(len(self.shape)))
            update = position | window
            at = (*place, *(update[d] for d in range(len(self.shape))))
            targets = list(zip(op.outputs, self.outputs, strict=True))
            olds = [load(value, where, buffer, kernel) for value, buffer in targets]
            news = kernel.pull([Read(value, at) for value in op.updates])
            results = apply_region(op.body.block, [*olds, *news], self.around, kernel)
            for result, (value, buffer) in zip(results, targets, strict=True):
                store(result, value, where, buffer, kernel)

        limit = self.window[-1] if self.window else 1
        when_all(kernel, self.in_tile(reached), lambda: part.along_row(limit, apply_one))

    def in_tile(self, reached: dict[int, Index]) -> list[Number]:
        """Returns the condition that a place is in the part's tile."""
        if self.op.tiles.value.data == 1:
            return []
        kernel, space, part = self.kernel, self.kernel.space, self.part
        linear = space.linear(
            tuple(reached[d] for d in part.dims), [self.shape[d] for d in part.dims]
        )
        begin = space.multiply(part.tile, part.size)
        behind = Number(kernel.index(linear), kernel) - Number(kernel.index(begin), kernel)
        return [behind >= 0, behind < length(part.size, kernel)]

    def start(self, number: int, dim: int, place: Indices) -> Number:
        """Returns a number of an index vector, brought near enough to the inputs' bounds to be an
        `index`: places outside stay outside.
        """
        kernel = self.kernel
        at = (*place, kernel.space.constant(number))
        (value,) = kernel.pull([Read(self.op.indices, at)])
        unsigned = bool(self.op.unsigned.value.data)
        window, size = self.window[dim], self.shape[dim]
        if isinstance(window, int) and isinstance(size, int):
            near = clamped(value, -window, size, unsigned, kernel)
        else:
            near = near_sizes(value, window, size, unsigned, kernel)
        return as_index(near, unsigned, kernel)


def near_sizes(
    value: SSAValue, behind: Extent, size: Extent, unsigned: bool, kernel: Kernel
) -> SSAValue:
    """Returns an integer between -`behind` and a size, as far as `index` may have fewer bits."""
    type, to = value.type, kernel.to
    if not isinstance(type, IntegerType) or type.width.data < 32 + (not unsigned):
        return value
    high = to.insert(arith.IndexCastOp(kernel.length(size), type)).result
    if unsigned:
        return to.insert(arith.MinUIOp(value, high)).result
    low = (Number(kernel.number(0), kernel) - length(behind, kernel)).value
    value = to.insert(arith.MinSIOp(value, high)).result
    return to.insert(arith.MaxSIOp(value, to.insert(arith.IndexCastOp(low, type)).result)).result


def clamped(value: SSAValue, low: int, high: int, unsigned: bool, kernel: Kernel) -> SSAValue:
    """Returns an integer between two bounds, as far as its type has them."""
    type, to = value.type, kernel.to
    if not isinstance(type, IntegerType):
        return value
    limit = (1 << type.width.data - (not unsigned)) - 1
    smaller = arith.MinUIOp if unsigned else arith.MinSIOp
    if high < limit:
        value = to.insert(smaller(value, kernel.constant(IntegerAttr(high, type)))).results[0]
    if not unsigned and low > -limit - 1:
        value = to.insert(arith.MaxSIOp(value, kernel.constant(IntegerAttr(low, type)))).results[0]
    return value


def parts_of(count: Extent, parts: int, kernel: Kernel) -> Extent:
    """Returns how many elements each of some parts has, but for the last ones."""
    if isinstance(count, int):
        return -(-count // parts)
    return count if parts == 1 else as_extent((length(count, kernel) + (parts - 1)) // parts)


def below(place: Index, limit: Extent, kernel: Kernel) -> list[Number]:
    """Returns the condition that an index is below a limit, if its bounds do not say so."""
    if isinstance(limit, int) and place.high < limit:
        return []
    return [Number(kernel.index(place), kernel) < length(limit, kernel)]


def when_all(kernel: Kernel, conditions: Sequence[Number], body: Callable[[], object]) -> None:
    """Does what `body` inserts where all conditions hold."""
    if not conditions:
        body()
        return
    first, *rest = conditions
    for condition in rest:
        first = first & condition
    when(kernel, first.value, body)
