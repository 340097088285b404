"""What an element of a tensor is made of: which elements of which other tensors.

`access` says it for every op that works on tensors, in terms of symbolic indices. Fusion asks it
whether an op reads a value where that value is made; kernels are generated from it. An op that only
moves or repeats data is a change of index and nothing else, or a choice between places by the index;
a reduction says which new loop dimensions its reads run through. The moves are in `moves.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from xdsl.dialects.builtin import TensorType
from xdsl.dialects.linalg import ops as linalg
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.ir import Block, BlockArgument, Operation, SSAValue
from xdsl.ir.affine import (
    AffineBinaryOpExpr,
    AffineBinaryOpKind,
    AffineConstantExpr,
    AffineDimExpr,
    AffineExpr,
    AffineMap,
)

from ireelite.lowering.tensors.indices import (
    Dim,
    Extent,
    Index,
    IndexSpace,
    Indices,
    type_shape,
)
from ireelite.lowering.tensors.moves import MOVES, Choice, Read
from ireelite.lowering.tensors.moves import shape_of as shape_of
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.parser import at_place


@dataclass(frozen=True, slots=True)
class Access:
    """What the elements of an op's results at one index are made of."""

    reads: tuple[Read, ...]
    """What the op's scalar function takes. Inside of `loop`, if there is one."""
    moves: bool = False
    """Whether the element is the one that is read, unchanged."""
    loop: tuple[Dim, ...] = ()
    """New dimensions through which the reads run, outermost first, while values accumulate."""
    inits: tuple[Read, ...] = ()
    """What the accumulators start from."""
    dims: tuple[Index, ...] = ()
    """The op's own iteration dimensions, for `linalg.index`."""
    choice: Choice | None = None
    """Which of the reads the element is, for an op that moves elements from several places."""


def access(op: Operation, at: Indices, space: IndexSpace) -> Access:
    """Returns what the elements of `op`'s results at the indices `at` are made of.

    Raises UNIMPLEMENTED for an op that is no tensor work.
    """
    if isinstance(op, LinalgStructuredOperation) and type(op) not in MOVES:
        made = _structured(op, at, space)
        number = yielded_input(op)
        return made if number is None else Access((made.reads[number],), moves=True)
    if (move := MOVES.get(type(op))) is not None:
        place = move(op, at, space)
        if isinstance(place, Read):
            return Access((place,), moves=True)
        return Access(tuple(place.reads()), moves=True, choice=place)
    if op.name.startswith(("arith.", "math.")) and len(op.results) == 1:
        return Access(tuple(Read(operand, at) for operand in op.operands))
    error = StatusError(StatusCode.UNIMPLEMENTED, f"'{op.name}' can't be part of a kernel")
    raise at_place(error, [op])


def is_move(op: Operation) -> bool:
    """Returns whether an op only moves or repeats elements."""
    return type(op) in MOVES or yielded_input(op) is not None


def yielded_input(op: Operation) -> int | None:
    """Returns the number of the input whose elements a `linalg.generic` moves or repeats, if it
    does no more. One that leaves them in place is a copy, by which a tensor is computed once.
    """
    if not isinstance(op, linalg.GenericOp):
        return None
    (end, *others) = op.body.block.ops
    if others or len(end.operands) != 1 or any(k.data != "parallel" for k in op.iterator_types):
        return None
    value = end.operands[0]
    if not isinstance(value, BlockArgument) or value.block is not op.body.block:
        return None
    number = value.index
    copies = op.indexing_maps.data[number].data == AffineMap.identity(len(op.iterator_types))
    return number if number < len(op.inputs) and not copies else None


# -- linalg ops ------------------------------------------------------------------------------------


def _structured(op: LinalgStructuredOperation, at: Indices, space: IndexSpace) -> Access:
    """Returns a linalg op: its indexing maps, with new dimensions for those that are reduced."""
    maps = [attribute.data for attribute in op.get_indexing_maps()]
    kinds = [kind.data for kind in op.get_iterator_types()]
    count = len(op.inputs)
    dims: list[Index | None] = [None] * len(kinds)
    for expr, index in zip(maps[count].results, at, strict=True):
        if isinstance(expr, AffineDimExpr):
            dims[expr.position] = index
    extents = open_extents(op, space.shape)
    loop: list[Dim] = []
    for position, known in enumerate(dims):
        if known is None:
            if kinds[position] != "reduction":
                raise StatusError(
                    StatusCode.UNIMPLEMENTED,
                    f"'{op.name}' has a parallel dimension that its result is not indexed by",
                )
            loop.append(space.dim(extents[position]))
            dims[position] = space.of(loop[-1])
    iteration = tuple(index for index in dims if index is not None)
    block = op.regions[0].block
    reads = [
        Read(value, tuple(evaluate(e, iteration, space) for e in map.results))
        for value, map, argument in zip(op.inputs, maps, block.args, strict=False)
        if argument.uses
    ]
    inits = [Read(init, at) for init in op.outputs]
    if not loop:
        used = zip(inits, block.args[count:], strict=True)
        reads += [init for init, argument in used if argument.uses]
    reads += [Read(value, ()) for value in captured(block)]
    return Access(
        tuple(reads), loop=tuple(loop), inits=tuple(inits if loop else ()), dims=iteration
    )


def captured(block: Block) -> list[SSAValue]:
    """Returns the scalars from around a linalg op that its body reads, each once, in order."""
    found: dict[SSAValue, None] = {}
    for op in block.ops:
        for operand in op.operands:
            owner = operand.owner
            if (owner.parent_block() if isinstance(owner, Operation) else owner) is not block:
                found[operand] = None
    return list(found)


def loop_extents(op: LinalgStructuredOperation) -> list[int]:
    """Returns the size of each loop dimension, read off the types of the operands.

    Raises INVALID_ARGUMENT for a dimension that no operand is indexed by.
    """
    return [int(extent) for extent in open_extents(op, type_shape) if isinstance(extent, int)]


def open_extents(
    op: LinalgStructuredOperation, shape: Callable[[SSAValue], Sequence[Extent]]
) -> list[Extent]:
    """Returns the size of each loop dimension, by the shapes of the operands. Raises as
    `loop_extents`.
    """
    extents: dict[int, Extent] = {}
    maps = op.get_indexing_maps()
    for value, map in zip((*op.inputs, *op.outputs), maps, strict=True):
        if isinstance(value.type, TensorType):
            for expr, size in zip(map.data.results, shape(value), strict=True):
                if isinstance(expr, AffineDimExpr):
                    extents[expr.position] = size
    count = maps.data[0].data.num_dims
    if missing := [d for d in range(count) if d not in extents]:
        raise StatusError(
            StatusCode.INVALID_ARGUMENT, f"'{op.name}' says nowhere how long its d{missing[0]} is"
        )
    return [extents[d] for d in range(count)]


def evaluate(expr: AffineExpr, dims: Sequence[Index], space: IndexSpace) -> Index:
    """Returns an affine expression at a point. Raises UNIMPLEMENTED for one that has no such index."""
    match expr:
        case AffineDimExpr(position=position):
            return dims[position]
        case AffineConstantExpr(value=value):
            return space.constant(value)
        case AffineBinaryOpExpr(kind=kind, lhs=lhs, rhs=rhs):
            a, b = evaluate(lhs, dims, space), evaluate(rhs, dims, space)
            if kind is AffineBinaryOpKind.Add:
                return space.add(a, b)
            for one, other in ((a, b), (b, a)):
                if kind is AffineBinaryOpKind.Mul and other.value is not None:
                    return space.scale(one, other.value)
            if b.value is not None and b.value > 0 and a.low >= 0:
                if kind is AffineBinaryOpKind.FloorDiv:
                    return space.divide(a, b.value)[0]
                if kind is AffineBinaryOpKind.Mod:
                    return space.divide(a, b.value)[1]
        case _:
            pass  # refused below
    raise StatusError(StatusCode.UNIMPLEMENTED, f"affine expression {expr} is not supported")
