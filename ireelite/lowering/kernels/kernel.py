"""A kernel under construction: its loops, and the scalars that have been computed in each.

A `Kernel` answers one question: what is the scalar of this tensor at this index? It asks `access`
what that element is made of, and so on backwards, until it meets buffers and constants. Each scalar
is computed once, in the outermost loop in which its index is known: what does not depend on a loop
stands before it. The walk keeps its own stack, since programs may be chains of thousands of ops.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Container, Iterable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle

from xdsl.dialects import arith, memref, scf
from xdsl.dialects.builtin import FloatAttr, IndexType, IntegerAttr
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ireelite.dialects.sequencer.iree_ll_seq import is_open
from ireelite.lowering.kernels.places import element_index, read_place
from ireelite.lowering.kernels.scalars import LEAVES, apply_scalar_op, inline_body
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.tensors.access import Access, Read, access
from ireelite.lowering.tensors.indices import (
    Atom,
    Bounded,
    Dim,
    Element,
    Extent,
    Index,
    IndexSpace,
    Indices,
    OpenQuotient,
    OpenRemainder,
    Product,
    Quotient,
    Remainder,
    type_shape,
)
from ireelite.lowering.tensors.moves import elements_of
from ireelite.status import StatusCode, StatusError

OPEN_KINDS = {
    Product: arith.MuliOp,
    OpenQuotient: arith.DivUIOp,
    OpenRemainder: arith.RemUIOp,
}
"""Arithmetic of an index and a size that is open -> the op that does it."""

LARGEST_KERNEL = 200_000
"""Scalars that one kernel may compute. Fusion makes no such kernel; text may ask for one."""


@dataclass(eq=False, slots=True)
class Scope:
    """The body of a loop or of a branch, or the kernel's entry."""

    block: Block
    depth: int
    """Larger than that of what is around it."""


@dataclass(slots=True)
class Pending:
    """An op whose operands' scalars are being computed."""

    op: Operation
    at: Indices
    access: Access
    bodies: tuple[Scope, ...] = ()
    """Of a reduction: the bodies of its loops, outermost first."""


@dataclass(frozen=True, slots=True)
class PendingLoad:
    """An element of a buffer whose indices' scalars are being computed."""

    read: Read


Waiting = list[Read | Pending | PendingLoad]


class Kernel:
    """Builds the body of one kernel function in its `entry` block."""

    def __init__(
        self,
        to: Conversion,
        entry: Block,
        shape: Callable[[SSAValue], Sequence[Extent]] = type_shape,
    ):
        """Takes a function that returns the sizes of a tensor of the function that becomes a
        kernel, as `shape`.
        """
        self.to = to
        self.space = IndexSpace(shape)
        self.buffers: dict[SSAValue, tuple[SSAValue, Indices]] = {}
        """Tensor -> the buffer that holds it, and the point for which it does: a scratch buffer has
        what one point of the outer loop needs, without that point's indices; others have `()`.
        """
        self._depth = 0
        self._entry = self._root = Scope(entry, 0)
        """Where constants stand, and the outermost scope for everything else."""
        self._scopes: dict[Dim, Scope] = {}
        self._variables: dict[Dim, SSAValue] = {}
        self._scalars: MutableMapping[tuple[SSAValue, Indices], SSAValue] = {}
        self._indices: MutableMapping[Index | Atom, SSAValue] = {}
        self._constants: dict[Attribute, SSAValue] = {}

    # -- constants, which stand once at the kernel's top -------------------------------------------

    def constant(self, value: IntegerAttr | FloatAttr) -> SSAValue:
        """Returns a scalar constant."""
        if value not in self._constants:
            with self.to.at(self._entry.block):
                result = self.to.insert(arith.ConstantOp(value)).result
            if isinstance(value.type, IndexType) and int(value.value.data) >= 0:
                result.name_hint = f"c{value.value.data}"
            self._constants[value] = result
        return self._constants[value]

    def number(self, value: int) -> SSAValue:
        """Returns a constant of type `index`."""
        return self.constant(IntegerAttr(value, IndexType()))

    def length(self, extent: Extent) -> SSAValue:
        """Returns the size of a dimension as a value."""
        return self.number(extent) if isinstance(extent, int) else self._scalars[extent, ()]

    def scratch(self, element: Attribute, shape: Sequence[int]) -> SSAValue:
        """Returns a new buffer of the kernel's own, whose contents no other invocation sees."""
        with self.to.at(self._entry.block):
            made = self.to.insert(memref.AllocaOp.get(element, shape=shape)).memref
        made.name_hint = "scratch"
        return made

    # -- loops -------------------------------------------------------------------------------------

    @contextmanager
    def parallel(self, extents: Sequence[Extent], names: Sequence[str]) -> Iterator[Indices]:
        """Inserts `scf.parallel` over an index space, around what the `with` block makes; yields
        the indices. Rank 0 has one point.
        """
        dims = self.space.dims(extents or (1,))
        block = Block(arg_types=[IndexType()] * len(dims))
        self._root = scope = self._scope(block)
        for dim, argument, name in zip(dims, block.args, cycle(names), strict=False):
            argument.name_hint = name
            self._enter(dim, scope, argument)
        with self.to.at(block):
            yield tuple(map(self.space.of, dims)) if extents else ()
            self.to.insert(scf.ReduceOp())
        with self.to.at(self._entry.block):
            zero, one = self.number(0), self.number(1)
            ends = [self.length(dim.end) for dim in dims] if extents else [one]
            rank = len(dims)
            self.to.insert(scf.ParallelOp([zero] * rank, ends, [one] * rank, Region(block)))

    @contextmanager
    def loops(self, extents: Sequence[Extent], around: Indices, name: str) -> Iterator[Indices]:
        """Inserts nested `scf.for` within the loops of `around`, without carried values; yields the
        indices. What is inserted inside stands in the innermost; a scalar whose index is known
        further out is computed there.
        """
        dims = self.space.dims(extents)
        parent = self._home(around)
        bodies = self._open(dims, (), name)
        with self.to.at((bodies[-1] if bodies else parent).block):
            yield tuple(map(self.space.of, dims))
        self._close(dims, parent, bodies, (), ())

    @contextmanager
    def inside(self, block: Block) -> Iterator[None]:
        """Builds a block of a structured op that the caller inserts afterwards, at the point where
        the `with` began. Every scalar is computed inside, unless it was computed before.
        """
        saved = self._root, self._scalars, self._indices
        self._root = self._scope(block)
        self._scalars = ChainMap({}, self._scalars)
        self._indices = ChainMap({}, self._indices)
        with self.to.at(block):
            yield
        self._root, self._scalars, self._indices = saved

    def variable(self, value: SSAValue, extent: Extent, around: Indices = ()) -> Index:
        """Returns a value of type `index`, from 0 to `extent` - 1, as a symbolic index. It must
        have been made in the block that is being built, in the loops of `around`.
        """
        dim = self.space.dim(extent)
        self._enter(dim, self._home(around), value)
        return self.space.of(dim)

    def define(self, value: SSAValue, at: Indices, scalar: SSAValue) -> None:
        """Makes a scalar the element of a tensor at these indices, in the block that is built."""
        self._scalars[value, at] = scalar

    def _scope(self, block: Block) -> Scope:
        """Returns a scope inside of all those that are open."""
        self._depth += 1
        return Scope(block, self._depth)

    @contextmanager
    def at(self, around: Indices) -> Iterator[None]:
        """Inserts inside the loops of `around`, behind what is there."""
        with self.to.at(self._home(around).block):
            yield

    def _enter(self, dim: Dim, scope: Scope, variable: SSAValue) -> None:
        self._scopes[dim], self._variables[dim] = scope, variable

    def _home(self, indices: Iterable[Index]) -> Scope:
        """Returns the outermost scope in which these are known."""
        return self._innermost(dim for index in indices for dim in index.dims)

    def _innermost(self, dims: Iterable[Dim]) -> Scope:
        """Returns the innermost of these dimensions' loops."""
        home = self._root
        for dim in dims:
            if (scope := self._scopes[dim]).depth > home.depth:
                home = scope
        return home

    def _open(
        self, dims: Sequence[Dim], types: Sequence[Attribute], name: str
    ) -> tuple[Scope, ...]:
        """Returns the bodies of nested loops, outermost first, which carry values of these types."""
        bodies: list[Scope] = []
        for dim in dims:
            block = Block(arg_types=[IndexType(), *types])
            block.args[0].name_hint = name
            bodies.append(self._scope(block))
            self._enter(dim, bodies[-1], block.args[0])
        return tuple(bodies)

    def _close(
        self,
        dims: Sequence[Dim],
        parent: Scope,
        bodies: Sequence[Scope],
        starts: Sequence[SSAValue],
        results: Sequence[SSAValue],
    ) -> list[SSAValue]:
        """Makes loops of bodies whose innermost yields `results`; the values after the outermost."""
        around = (parent, *bodies[:-1])
        for dim, body, outside in reversed(list(zip(dims, bodies, around, strict=True))):
            with self.to.at(body.block):
                self.to.insert(scf.YieldOp(*results))
            first = starts if outside is parent else outside.block.args[1:]
            bounds = self.number(0), self.length(dim.end), self.number(1)
            with self.to.at(outside.block):
                loop = scf.ForOp(*bounds, list(first), Region(body.block))
                results = list(self.to.insert(loop).results)
        return list(results)

    # -- indices -----------------------------------------------------------------------------------

    def index(self, index: Index) -> SSAValue:
        """Returns the value of a symbolic index, computed in the outermost loop that knows it."""
        for part in _in_order(index, self._indices):
            if part not in self._indices:
                with self.to.at(self._innermost(part.dims).block):
                    made = self._sum(part) if isinstance(part, Index) else self._atom(part)
                self._indices[part] = made
        return self._indices[index]

    def _atom(self, atom: Atom) -> SSAValue:
        match atom:
            case Dim():
                return self._variables[atom]
            case Quotient():
                kind = arith.DivUIOp
            case Remainder():
                kind = arith.RemUIOp
            case Element():
                return element_index(atom, self._scalars[atom.value, atom.at], self)
            case Bounded():
                return self._indices[atom.of]
            case Product() | OpenQuotient() | OpenRemainder():
                made = OPEN_KINDS[type(atom)](self._indices[atom.of], self._indices[atom.size])
                return self.to.insert(made).result
            case _:
                raise AssertionError(atom)
        return self.to.insert(kind(self._indices[atom.of], self.number(atom.divisor))).result

    def _sum(self, index: Index) -> SSAValue:
        """Returns the sum: positive terms first, then what is subtracted, then the constant."""
        total: SSAValue | None = None
        for atom, factor in sorted(index.terms.items(), key=lambda term: term[1] < 0):
            value = self._indices[atom]
            if factor < 0 and total is None:
                total = self.number(index.constant)
            if abs(factor) != 1:
                value = self.to.insert(arith.MuliOp(value, self.number(abs(factor)))).result
            if total is None:
                total = value
            else:
                kind = arith.AddiOp if factor > 0 else arith.SubiOp
                total = self.to.insert(kind(total, value)).result
        if total is None:
            return self.number(index.constant)
        if index.constant and any(factor > 0 for factor in index.terms.values()):
            kind = arith.AddiOp if index.constant > 0 else arith.SubiOp
            total = self.to.insert(kind(total, self.number(abs(index.constant)))).result
        return total

    # -- scalars -----------------------------------------------------------------------------------

    def pull(self, reads: Sequence[Read]) -> list[SSAValue]:
        """Returns the scalars of these elements. Raises UNIMPLEMENTED for an op that is no tensor
        work, RESOURCE_EXHAUSTED for a kernel that would have too many.
        """
        waiting: Waiting = list(reversed(reads))
        while waiting:
            item = waiting.pop()
            if isinstance(item, Pending):
                self._finish(item)
            elif isinstance(item, PendingLoad):
                self._load(item.read)
            elif (item.value, item.at) not in self._scalars:
                self._visit(item, waiting)
        return self._known(reads)

    def _visit(self, read: Read, waiting: Waiting) -> None:
        """Puts what an element is made of on the stack, and the element itself below it."""
        if len(self._scalars) > LARGEST_KERNEL:
            raise StatusError(
                StatusCode.RESOURCE_EXHAUSTED,
                f"a kernel would compute over {LARGEST_KERNEL} scalars: divide its dispatch",
            )
        if self._is_in_buffer(read.value, read.at):
            waiting.append(PendingLoad(read))
            waiting.extend(elements_of(read.at))
            return
        op = read.value.owner
        assert isinstance(op, Operation), "a kernel's arguments are buffers"
        if type(op) in LEAVES:
            waiting.append(Pending(op, read.at, Access(())))
            waiting.extend(elements_of(read.at))
            return
        made = access(op, read.at, self.space)
        bodies: tuple[Scope, ...] = ()
        if made.loop:
            types = [_element_type(init.value) for init in made.inits]
            bodies = self._open(made.loop, types, "k")
        waiting.append(Pending(op, read.at, made, bodies))
        if made.choice is not None:
            waiting.extend(elements_of(made.choice.indices()))
            return
        waiting.extend(reversed((*made.inits, *made.reads)))
        for index in made.dims:
            waiting.extend(elements_of((index,)))

    def _finish(self, pending: Pending) -> None:
        """Makes the scalars of an op whose operands' scalars are there."""
        op, at, made = pending.op, pending.at, pending.access
        if any((result, at) in self._scalars for result in op.results):
            return
        if made.choice is not None:
            with self.to.rewriting(read_place, op), self.to.at(self._home(at).block):
                self._keep(op, at, [read_place(made.choice, self)])
        elif made.moves:
            (read,) = made.reads
            scalar = self._scalars[read.value, read.at]
            self._keep(op, at, [scalar])
            if self.to.tracker is not None and isinstance(scalar.owner, Operation):
                self.to.tracker.derive(scalar.owner, (op,))
        elif (rule := LEAVES.get(type(op))) is not None:
            with self.to.rewriting(rule, op):
                self._keep(op, at, [rule(op, self)])
        elif made.loop:
            self._keep(op, at, self._reduce(pending))
        else:
            scalars = self._known(made.reads)
            with self.to.at(self._home((*at, *made.dims)).block):
                self._keep(op, at, apply_scalar_op(op, made, scalars, self))

    def _is_in_buffer(self, value: SSAValue, at: Indices) -> bool:
        """Returns whether a buffer holds the element of a value at these indices."""
        held = self.buffers.get(value)
        return held is not None and at[: len(held[1])] == held[1]

    def _keep(self, op: Operation, at: Indices, scalars: Sequence[SSAValue]) -> None:
        for result, scalar in zip(op.results, scalars, strict=True):
            self._scalars[result, at] = scalar

    def _known(self, reads: Sequence[Read]) -> list[SSAValue]:
        return [self._scalars[read.value, read.at] for read in reads]

    def _load(self, read: Read) -> None:
        """Loads an element of a buffer."""
        buffer, point = self.buffers[read.value]
        owner = read.value.owner
        made_by = (owner,) if isinstance(owner, Operation) else ()
        with self.to.rewriting(Kernel._load, *made_by), self.to.at(self._home(read.at).block):
            at = self.flat(read.value, read.at, buffer) or read.at[len(point) :]
            indices = [self.index(index) for index in at]
            element = self.to.insert(memref.LoadOp.get(buffer, indices)).res
        self._scalars[read.value, read.at] = element

    def flat(self, value: SSAValue, at: Indices, buffer: SSAValue) -> Indices:
        """Returns the one index of an element in a buffer whose type leaves its size open: such
        buffers are flat. Nothing for another buffer.
        """
        if not is_open(buffer.type):
            return ()
        position = self.space.linear(at, self.space.shape(value))
        self.pull(list(elements_of((position,))))
        return (position,)

    def _reduce(self, pending: Pending) -> list[SSAValue]:
        """Loops over the reduced dimensions, outermost first, that carry the accumulators."""
        op, made, bodies = pending.op, pending.access, pending.bodies
        assert isinstance(op, LinalgStructuredOperation)
        starts = self._known(made.inits)
        innermost = bodies[-1].block
        with self.to.at(innermost):
            scalars = self._known(made.reads)
            with self.to.rewriting(inline_body, op):
                results = inline_body(op, made, scalars, innermost.args[1:], self)
        with self.to.rewriting(Kernel._reduce, op):
            return self._close(made.loop, self._home(pending.at), bodies, starts, results)


def _in_order(index: Index, known: Container[Index | Atom]) -> list[Index | Atom]:
    """Returns the parts of an index that are not known yet, each after those that it is made of."""
    parts: list[Index | Atom] = []
    waiting: list[Index | Atom] = [index]
    while waiting:
        part = waiting.pop()
        if part in known:
            continue
        parts.append(part)
        if isinstance(part, Index):
            waiting.extend(reversed(list(part.terms)))
        elif isinstance(part, Bounded | Quotient | Remainder):
            waiting.append(part.of)
        elif isinstance(part, Product | OpenQuotient | OpenRemainder):
            waiting += [part.of, part.size]
        elif isinstance(part, Element) and part.clamped is not None:
            waiting += [part.clamped.most] if part.clamped.most is not None else []
    return parts[::-1]


def _element_type(value: SSAValue) -> Attribute:
    return getattr(value.type, "element_type", value.type)
