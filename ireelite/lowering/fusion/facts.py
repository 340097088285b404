"""What fusion knows of an op: what it reads where, how much it computes, and whether it is copied.

Ops that only move data, splats and indices are *copied* into each dispatch that reads through them,
where they are a change of index and cost nothing. Everything else is *work*: it is computed once, in
one dispatch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from math import prod

from xdsl.dialects import arith, func, scf, tensor
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, IndexType
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Operation, SSAValue

from ireelite.dialects.extensions.iree_tensor.kernel_op import UNBOUNDED_READS, KernelOp
from ireelite.dialects.sequencer import iree
from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.fusion.rules import ALL_RULES, LONGEST_COPY, MOVEMENT
from ireelite.lowering.rewriting.regions import outer_operands
from ireelite.lowering.rewriting.sequences import CONTROL_OPS, is_decision
from ireelite.lowering.tensors.access import Read, access, is_move, shape_of
from ireelite.lowering.tensors.indices import (
    NOMINAL_TURNS,
    Extent,
    IndexSpace,
    Indices,
    type_shape,
)
from ireelite.lowering.tensors.moves import elements_of
from ireelite.lowering.tensors.sizes import Shape
from ireelite.syntax.elements import splat_of

Way = tuple[int, ...]
"""Numbers of dimensions: those of the op's result first, then those of its loop."""


@light_dataclass(frozen=True)
class Source:
    """Where an op reads an element of a value, as seen through the ops that are copied."""

    value: SSAValue
    in_place: bool
    """Whether it is the element at the index that the op's own result has."""
    shared: int
    """How many of the leading indices are those of the op's own result."""
    at: Indices
    reads: int
    """How many elements of the value the op reads in all, one that is read twice counted twice."""
    way: Way | None = None
    """Which of the op's dimensions, and those of its loop, each index is; None for other indices,
    and where an element is read for several points, or for several turns."""


@light_dataclass(frozen=True)
class Work:
    """An op that computes."""

    op: Operation
    sources: tuple[Source, ...]
    loop_points: int
    """How many elements it goes through for one of its results: 1 without a loop."""
    shape: Shape
    """The workload: the shape of its results, but for an op whose kernel a builder writes."""

    @property
    def is_built(self) -> bool:
        """Whether a builder writes its kernel, with loops of the op's own."""
        return isinstance(self.op, KernelOp)

    @property
    def loops(self) -> bool:
        """Whether an element of its result takes a loop: a reduction or a contraction."""
        return self.loop_points != 1 or self.is_built

    @cached_property
    def reduces_rows(self) -> bool:
        """Whether it is a reduction that reads each element once: no contraction."""
        return (
            self.loops
            and not self.is_built
            and all(source.reads <= prod(shape_of(source.value)) for source in self.sources)
        )

    @cached_property
    def points(self) -> int:
        """How often its scalar function is computed."""
        return count_of(self.shape) * self.loop_points


class Facts:
    """The facts about tensor ops of one block, between two places where something is decided."""

    def __init__(
        self,
        ops: Iterable[Operation],
        before: Facts | None = None,
        shape: Callable[[SSAValue], Sequence[Extent]] = type_shape,
        rules: frozenset[str] = ALL_RULES,
    ):
        """Takes ops in order, the facts about ops before and around them as `before`, a function
        that returns the sizes of a tensor as `shape`, and the rules that are on.
        """
        self.shape = shape
        self.moves: dict[Operation, str | None] = {}
        """Ops that only move data -> why each is computed once; None if it is copied."""
        self.copied: set[Operation] = set(before.copied if before is not None else ())
        """Ops that are copied to where they are read."""
        self.work: dict[Operation, Work] = {}
        """All other ops, but for constants that are data, in order."""
        weights = self._weights = dict(before._weights if before is not None else {})
        for op in ops:
            if isinstance(op, arith.ConstantOp | tensor.EmptyOp):
                if is_cheap(op) and not is_buffered(op):
                    self.copied.add(op)
                continue
            if is_cheap(op):
                weight = 1 + sum(weights.get(o, 0) for o in owners(op.operands))
                reason = against_copies(op, weight, rules)
                if moves_data(op):
                    self.moves[op] = reason
                if reason is None:
                    self.copied.add(op)
                    weights[op] = weight
                    continue
            self.work[op] = self._find(op)

    def _find(self, op: Operation) -> Work:
        space = IndexSpace(self.shape)
        if isinstance(op, KernelOp):
            workload = op.workload_in(self.shape)
            sources = self._sources(op, operand_reads(op, space), None, space)
            return Work(op, sources, 1, workload)
        shape = tuple(self.shape(op.results[0]))
        own = tuple(map(space.of, space.dims(shape)))
        made = access(op, own, space)
        turns = prod(dim.turns for dim in made.loop)
        points = turns * count_of(shape)
        reads = [(read, points) for read in (*made.inits, *made.reads)]
        loop = tuple(map(space.of, made.loop))
        return Work(op, self._sources(op, reads, own, space, loop), turns, shape)

    def _sources(
        self,
        op: Operation,
        reads: Iterable[tuple[Read, int]],
        own: Indices | None,
        space: IndexSpace,
        loop: Indices = (),
    ) -> tuple[Source, ...]:
        """Returns what an op reads, and how often, as seen through the ops that are copied."""
        first = len(own or ()) if loop else 0
        place = {index: number for number, index in enumerate((*(own or ()), *loop))}
        needed = frozenset(range(first, len(place)))
        sources: dict[tuple[SSAValue, Indices], Source] = {}
        waiting = list(reads)[::-1]
        seen: set[tuple[SSAValue, Indices]] = set()
        copied: dict[Operation, None] = {}
        while waiting:
            read, count = waiting.pop()
            if (read.value, read.at) in seen:
                continue
            seen.add((read.value, read.at))
            waiting.extend((element, count) for element in elements_of(read.at))
            owner = read.value.owner
            if isinstance(owner, Operation) and owner in self.copied:
                copied[owner] = None
                follows = is_move(owner) or isinstance(owner, arith.IndexCastOp)
                inner = access(owner, read.at, space) if follows else None
                if inner is not None:
                    waiting.extend((further, count) for further in reversed(inner.reads))
            elif not isinstance(owner, tensor.EmptyOp):
                in_place = own is not None and read.at == own
                shared = shared_indices(read.at, own or ())
                way = tuple(place.get(index, OTHER) for index in read.at)
                if own is None or OTHER in way or not needed.issubset(way):
                    way = None
                sources[read.value, read.at] = Source(
                    read.value, in_place, shared, read.at, count, way
                )
        found = {value for value, _ in (*sources, *seen)}
        unread = [Source(value, False, 0, (), 0) for value in self._operands([op, *copied], found)]
        return (*sources.values(), *unread)

    def _operands(self, ops: Iterable[Operation], found: set[SSAValue]) -> Iterator[SSAValue]:
        """Yields what ops need and no index reads, as the indices of a gather from one element and
        the start of a slice of all of a tensor: it must be made before them all the same. `found`
        is what is known already.
        """
        waiting = list(ops)
        while waiting:
            for operand in waiting.pop().operands:
                owner = operand.owner
                if operand in found or not isinstance(owner, Operation):
                    continue
                found.add(operand)
                if owner in self.copied:
                    waiting.append(owner)
                elif owner in self.work:
                    yield operand


OTHER = -1
"""The number of an index that is no dimension."""


def against_copies(op: Operation, weight: int, rules: frozenset[str]) -> str | None:
    """Returns why an op that computes nothing is not copied to what reads it; None if it is.
    `weight` is the number of ops that would be.
    """
    if needs_buffer(op):
        return "its result is stored as it is: it is returned, or carried by a loop or a choice"
    if weight > LONGEST_COPY and not has_one_reader(op):
        return f"{weight} moves lead to it, and several ops read it"
    if MOVEMENT not in rules and moves_data(op):
        return f"the rule '{MOVEMENT}' is off"
    return None


SIZES_AND_SCALARS = (iree.SizedOp, tensor.CastOp, tensor.ExtractOp, linalg.FillOp)
"""Moves by which types and hosts see a tensor in another way, and splats."""


def moves_data(op: Operation) -> bool:
    """Returns whether an op moves the elements of a tensor."""
    return is_move(op) and not isinstance(op, SIZES_AND_SCALARS)


def shared_indices(a: Indices, b: Indices) -> int:
    """Returns how many leading indices are equal."""
    return next((n for n, (i, j) in enumerate(zip(a, b)) if i is not j), min(len(a), len(b)))


def count_of(shape: Iterable[Extent]) -> int:
    """Returns how many elements a shape has; an estimate where sizes are open."""
    return prod(size if isinstance(size, int) else NOMINAL_TURNS for size in shape)


def operand_reads(op: KernelOp, space: IndexSpace) -> list[tuple[Read, int]]:
    """Returns what an op reads whose kernel a builder writes: all elements of each operand, and of
    what its regions read from around it, at indices of no order.
    """

    def whole(value: SSAValue) -> Read:
        return Read(value, tuple(map(space.of, space.dims(space.shape(value)))))

    found = [
        (whole(operand), often * count_of(space.shape(operand)))
        for operand, often in zip(op.operands, op.reads, strict=True)
        if not isinstance(operand.type, IndexType)
    ]
    inside = {operand for operand in op.operands}
    around = [value for value in outer_operands(op) if value not in inside]
    return found + [(whole(value), UNBOUNDED_READS) for value in around]


def is_cheap(op: Operation) -> bool:
    """Returns whether the op computes nothing: it moves data, is one value everywhere, or an index."""
    if isinstance(op, arith.ConstantOp):
        value = op.value
        return (
            not isinstance(value, DenseIntOrFPElementsAttr)
            or len(value) == 1
            or splat_of(value) is not None
        )
    if isinstance(op, tensor.EmptyOp | arith.IndexCastOp) or is_move(op):
        return True
    return isinstance(op, linalg.GenericOp) and not op.inputs


def is_buffered(op: Operation) -> bool:
    """Returns whether a kernel takes a result of this op as a buffer, whatever it is."""
    return any(
        isinstance(user := use.operation, KernelOp) and result in user.buffered
        for result in op.results
        for use in result.uses
    )


def needs_buffer(op: Operation) -> bool:
    """Returns whether the function returns a result of this op as it is, a loop or a choice carries
    it, or the host reads it.
    """
    users = [use.operation for result in op.results for use in result.uses]
    return any(isinstance(user, WHOLE_TENSOR_READERS) or is_read_back(user) for user in users)


WHOLE_TENSOR_READERS = (func.ReturnOp, scf.YieldOp, *CONTROL_OPS)
"""Ops whose operands are whole tensors."""


def is_read_back(op: Operation) -> bool:
    """Returns whether the host reads an element of a tensor to decide what runs."""
    return isinstance(op, tensor.ExtractOp) and is_decision(op.result, None)


def has_one_reader(op: Operation) -> bool:
    """Returns whether one operand of one op reads the result."""
    return op.results[0].has_one_use()


def owners(values: Iterable[SSAValue]) -> list[Operation]:
    """Returns the ops that define these values."""
    return [value.owner for value in values if isinstance(value.owner, Operation)]


def shown(shape: Shape) -> str:
    """Returns a shape in a reason: `[4, ?]`."""
    return f"[{', '.join(str(n) if isinstance(n, int) else '?' for n in shape)}]"
