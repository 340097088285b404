"""Groups: work that will share a dispatch, with what limits of fusion ask about it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from math import prod

from xdsl.dialects.builtin import TensorType
from xdsl.ir import Operation, SSAValue

from ireelite.dialects.elements import find_row
from ireelite.dialects.extensions.iree_tensor import UpdateOp
from ireelite.light_dataclass import field, light_dataclass
from ireelite.lowering.fusion.facts import Source, Way, Work, count_of
from ireelite.lowering.rewriting.regions import is_within
from ireelite.lowering.tensors.element_cost import STORE_AND_LOAD, scalar_cost
from ireelite.lowering.tensors.indices import type_shape
from ireelite.lowering.tensors.sizes import Shape

MAX_USES_VISITED = 4
"""Uses of a value that are looked at one by one; one with more counts as used outside."""

COPY_COST = STORE_AND_LOAD + 1
"""Operations of an op that computes nothing: it is there because its result is better stored."""


SharedRead = tuple[SSAValue, Way | None]
"""An operand, and how it is read."""


@light_dataclass()
class Group:
    """Work that will share a dispatch."""

    shape: Shape
    work: dict[Operation, Work] = field(default_factory=dict)
    read: set[SSAValue] = field(default_factory=set)
    """What it reads from outside."""
    written: set[SSAValue] = field(default_factory=set)
    """What it makes that may be read outside."""
    read_by_loops: set[SSAValue] = field(default_factory=set)
    """What its reductions and contractions read."""
    loop_shapes: set[Shape] = field(default_factory=set)
    """The workloads of its reductions and contractions."""
    shared_reads: dict[SharedRead, Source] = field(default_factory=dict)
    """What it reads from outside, and how, where other work may read it in the same way."""
    ends_in_loops: bool = True
    """Whether nothing is computed of what its loops compute."""
    reduces_rows: bool = True
    """Whether all of its loops are reductions of rows."""
    is_built: bool = False
    """Whether a builder writes the loops of something in it."""
    updates: bool = False
    """Whether something in it replaces a part of a tensor."""
    shares_bytes: bool = False
    """Whether elements of a result share bytes."""
    most_points: int = 0
    """How often the scalar function is computed that is computed most often."""
    operations: int = 0
    """Scalar operations in all."""

    @property
    def ops(self) -> list[Operation]:
        """The ops, in order."""
        return list(self.work)

    @property
    def loops(self) -> bool:
        """Whether something in it is a reduction or a contraction."""
        return bool(self.loop_shapes)

    def narrow(self, work: Work) -> None:
        """Gives the dispatch the workload of a reduction of its rows."""
        if len(work.shape) < len(self.shape):
            self.shape = work.shape

    def add(self, work: Work, way: Way | None = None) -> None:
        """Adds work behind what is there; `way` is how a loop reads it that is to follow."""
        self.shared_reads.update(self.new_shared_reads(work, way))
        self.ends_in_loops &= work.loops or not self.loops
        self.read |= self.new_reads(work)
        self.written -= self.last_reads(work)
        self.written.update(work.op.results)
        self.work[work.op] = work
        if work.loops:
            self.loop_shapes.add(work.shape)
            self.read_by_loops.update(source.value for source in work.sources)
            self.reduces_rows &= work.reduces_rows
        self.is_built |= work.is_built
        self.updates |= isinstance(work.op, UpdateOp)
        self.shares_bytes |= any(map(shares_bytes, work.op.results))
        self.most_points = max(self.most_points, work.points)
        self.operations += work.points * (scalar_cost(work.op) or COPY_COST)

    def absorb(self, other: Group) -> None:
        """Adds all work of another group of this workload, neither of which reads what the other
        makes.
        """
        self.work |= other.work
        self.shared_reads |= other.shared_reads
        self.read |= other.read
        self.written |= other.written
        self.read_by_loops |= other.read_by_loops
        self.loop_shapes |= other.loop_shapes
        self.ends_in_loops &= other.ends_in_loops
        self.most_points = max(self.most_points, other.most_points)
        self.operations += other.operations
        other.work = {}

    def buffers_with(self, work: Work) -> int:
        """Returns how many buffers the dispatch would have with one op more."""
        read, written = self.new_reads(work) - self.read, self.last_reads(work)
        return len(self.read) + len(read) + len(self.written) - len(written) + len(work.op.results)

    def row_set(self, outer: Shape, more: Iterable[SSAValue]) -> int:
        """Bytes of the buffers of one row, among them these further values: of what is read and
        written, and of what a loop reads that another makes.
        """
        values = self.read | self.written | self.read_by_loops | set(more)
        return sum(row_bytes(value, outer) for value in values)

    def new_reads(self, work: Work) -> set[SSAValue]:
        """Returns what an op reads that the group does not make."""
        return {s.value for s in work.sources if s.value.owner not in self.work}

    def new_shared_reads(self, work: Work, way: Way | None) -> dict[SharedRead, Source]:
        """Returns what an op reads from outside of the group in a way in which other work may read
        it.
        """
        return {
            (source.value, source.way if way is None or not source.in_place else way): source
            for source in work.sources
            if source.way is not None and source.value.owner not in self.work
        }

    def last_reads(self, work: Work) -> set[SSAValue]:
        """Returns what the group makes that no other op reads. A value with many uses is not looked
        at.
        """
        return {
            source.value
            for source in work.sources
            if source.value in self.written
            and len(users := first_users(source.value)) <= MAX_USES_VISITED
            and all(is_within(user, self.work) or is_within(user, (work.op,)) for user in users)
        }


def first_users(value: SSAValue) -> list[Operation]:
    """Returns the ops that use a value: one more than a few, if there are as many."""
    return [use.operation for use in islice(value.uses, MAX_USES_VISITED + 1)]


# -- bytes -----------------------------------------------------------------------------------------


def element_bits(value: SSAValue) -> int:
    """Bits that an element of a tensor takes in memory; those of a word if no buffer holds it."""
    element = value.type.element_type if isinstance(value.type, TensorType) else value.type
    row = find_row(element)
    return 32 if row is None else row.storage_bits


def shares_bytes(value: SSAValue) -> bool:
    """Returns whether elements of a tensor share bytes with their neighbours."""
    return element_bits(value) < 8


def row_bytes(value: SSAValue, outer: Shape) -> int:
    """Bytes of what one point of the outer dimensions reads or makes of a value: all of it, if it
    has other dimensions.
    """
    shape = tuple(type_shape(value))
    inner = shape[len(outer) :] if shape[: len(outer)] == tuple(outer) else shape
    return -(-prod(max(size, 0) if isinstance(size, int) else 1 for size in inner)
             * element_bits(value) // 8)  # fmt: skip


def byte_count(value: SSAValue, shape: Iterable[object]) -> int:
    """Bytes of a tensor of that shape."""
    return -(-count_of(shape) * element_bits(value) // 8)  # pyright: ignore[reportArgumentType]
