"""Bodies of `linalg` ops that read elements of whole tensors by indices that they compute.

    ^bb0(%in: i64, %out: f32):
      %i = arith.index_cast %in : i64 to index
      %x = tensor.extract %table[%i] : tensor<16xf32>

Each such read becomes an input: the elements of a gather, whose positions an op of the same iteration
space computes. Where the indices are the op's own, the tensor itself is the input.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import (
    DenseArrayBase,
    IndexType,
    IntegerAttr,
    IntegerType,
    TensorType,
    i32,
    i64,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.ir import Block, Operation, SSAValue
from xdsl.ir.affine import AffineConstantExpr, AffineDimExpr, AffineExpr, AffineMap

from ireelite.dialects.extensions import iree_tensor
from ireelite.dialects.extensions.linalg.mapped import IndexOp, MapOp, ReduceOp
from ireelite.dialects.stablehlo.gather import GatherDimensionNumbersAttr
from ireelite.dialects.tensor_types import shape_of
from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.rewriting.conversion import Conversion, Lowered, Rules
from ireelite.lowering.rewriting.open_shapes import refused
from ireelite.lowering.rewriting.sequences import is_static
from ireelite.lowering.tensors.access import loop_extents
from ireelite.lowering.tensors.hlo_to_linalg.movement import reshaped
from ireelite.lowering.tensors.hlo_to_linalg.signless import copy_signless
from ireelite.lowering.tensors.hlo_to_linalg.structured_ops import empty, generic
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.errors import place_of


@light_dataclass()
class Space:
    """A body at the points of an iteration space, and what it takes there."""

    block: Block
    extents: Sequence[int]
    inputs: list[SSAValue]
    inits: Sequence[SSAValue]
    maps: list[AffineMap]
    """Of the inputs, then of the inits."""
    arguments: list[SSAValue]
    """What the block calls the inputs: its arguments, and the elements that it reads itself."""
    reductions: Sequence[int]

    def add(self, name: SSAValue, value: SSAValue, map: AffineMap) -> None:
        """Adds an input."""
        self.maps.insert(len(self.inputs), map)
        self.inputs.append(value)
        self.arguments.append(name)

    @property
    def outputs(self) -> Sequence[SSAValue]:
        """What the block calls the inits, or the accumulators."""
        return self.block.args[len(self.block.args) - len(self.inits) :]


def lower_body(op: LinalgStructuredOperation, to: Conversion) -> Lowered:
    """Returns the op itself, or one whose body reads nothing but its arguments."""
    block = op.regions[0].block
    if not reads_of(block):
        return copy_signless(op, to)
    kinds = op.get_iterator_types()
    inputs = [to.value(value) for value in op.inputs]
    space = Space(
        block,
        loop_extents(op),
        inputs,
        [to.value(value) for value in op.outputs],
        [map.data for map in op.get_indexing_maps()],
        list(block.args[: len(inputs)]),
        [d for d, kind in enumerate(kinds) if kind.data == "reduction"],
    )
    return list(lower_space(space, to).results)


def reads_of(block: Block) -> list[tensor.ExtractOp]:
    """Returns the reads of a body. Raises UNIMPLEMENTED for one in a region inside of it."""
    found: list[tensor.ExtractOp] = []
    for op in block.walk():
        if isinstance(op, tensor.ExtractOp):
            if op.parent is not block:
                raise StatusError(
                    StatusCode.UNIMPLEMENTED,
                    f"{place_of(op)}'{op.name}' in a region of a function of scalars is not "
                    "supported; read the element outside of that region",
                )
            found.append(op)
    return found


def lower_space(space: Space, to: Conversion) -> linalg.GenericOp:
    """Returns a generic op, with an input for each read of the body."""
    for read in reads_of(space.block):
        map = own_map(read, space)
        if map is not None:
            space.add(read.result, to.value(read.tensor), map)
        else:
            identity = AffineMap.identity(len(space.extents))
            space.add(read.result, gathered(read, space, to), identity)

    def body(scalars: Sequence[SSAValue]) -> Sequence[SSAValue]:
        end = space.block.last_op
        assert end is not None
        values = dict(zip((*space.arguments, *space.outputs), scalars, strict=True))
        copy_ops([op for op in space.block.ops if op is not end], values, to)
        return [around(value, values, to) for value in end.operands]

    return generic(space.inputs, space.inits, space.maps, body, to, space.reductions)


def own_map(read: tensor.ExtractOp, space: Space) -> AffineMap | None:
    """Returns the map of a read whose indices are the op's own, of dimensions as long as the
    tensor's.
    """
    exprs: list[AffineExpr] = []
    for index, size in zip(read.indices, shape_of(read.tensor), strict=True):
        owner = index.owner
        if isinstance(owner, IndexOp) and space.extents[owner.dim.value.data] == size:
            exprs.append(AffineDimExpr(owner.dim.value.data))
        elif (number := constant_index(index)) is not None and 0 <= number < size:
            exprs.append(AffineConstantExpr(number))
        else:
            return None
    return AffineMap(len(space.extents), 0, tuple(exprs))


def constant_index(value: SSAValue) -> int | None:
    """Returns the number that a constant is."""
    owner = value.owner
    if isinstance(owner, arith.ConstantOp) and isinstance(owner.value, IntegerAttr):
        return owner.value.value.data
    return None


def gathered(read: tensor.ExtractOp, space: Space, to: Conversion) -> SSAValue:
    """Returns the elements that a read finds at each point of the iteration space. Raises
    UNIMPLEMENTED for a read of a tensor whose sizes are open.
    """
    if not is_static(read.tensor):
        raise refused(read)
    source = to.value(read.tensor)
    shape, count = shape_of(source), prod(shape_of(source))
    assert isinstance(source.type, TensorType)
    if count == 0:
        return empty(TensorType(source.type.element_type, space.extents), to)
    number = i32 if count <= 1 << 31 else i64
    where = positions(read, shape, number, space, to)
    none, first = DenseArrayBase.from_list(i64, []), DenseArrayBase.from_list(i64, [0])
    vector = IntegerAttr(len(space.extents), i64)
    dimensions = GatherDimensionNumbersAttr(none, first, none, none, first, vector)
    flat = reshaped(source, [count], to)
    return to.insert(iree_tensor.GatherOp(flat, where, dimensions, [1], False)).result


def positions(
    read: tensor.ExtractOp,
    shape: Sequence[int],
    number: IntegerType,
    space: Space,
    to: Conversion,
) -> SSAValue:
    """Returns where in a tensor's row-major order the elements are that a read finds."""
    needed = needed_ops(read.indices, space)
    reads_outputs = uses_any([*needed, read], space.outputs)
    if reads_outputs and space.reductions:
        raise StatusError(
            StatusCode.UNIMPLEMENTED,
            f"{place_of(read)}'{read.name}' has an index that follows from what is accumulated, "
            "which is not supported",
        )
    names, inputs = list(space.arguments), list(space.inputs)
    maps = space.maps if reads_outputs else space.maps[: len(inputs)]
    if reads_outputs:
        names, inputs = [*names, *space.outputs], [*inputs, *space.inits]

    def body(scalars: Sequence[SSAValue]) -> Sequence[SSAValue]:
        values = dict(zip(names, scalars[: len(names)], strict=True))
        copy_ops(needed, values, to)
        place: SSAValue | None = None
        for index, size in zip(read.indices, shape, strict=True):
            value = around(index, values, to)
            if place is not None:
                extent = to.insert(arith.ConstantOp(IntegerAttr(size, IndexType()))).result
                scaled = to.insert(arith.MuliOp(place, extent)).result
                value = to.insert(arith.AddiOp(scaled, value)).result
            place = value
        if place is None:
            place = to.insert(arith.ConstantOp(IntegerAttr(0, IndexType()))).result
        return [to.insert(arith.IndexCastOp(place, number)).result]

    result = TensorType(number, space.extents)
    identity = AffineMap.identity(len(space.extents))
    return generic(inputs, [empty(result, to)], [*maps, identity], body, to).results[0]


def needed_ops(values: Iterable[SSAValue], space: Space) -> list[Operation]:
    """Returns the ops of a body that compute values, in order, up to reads that are inputs by now."""
    found: set[Operation] = set()
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        owner = value.owner
        if value in space.arguments or not isinstance(owner, Operation) or owner in found:
            continue
        if owner.parent is space.block:
            found.add(owner)
            waiting += [operand for op in owner.walk() for operand in op.operands]
    return [op for op in space.block.ops if op in found]


def uses_any(ops: Sequence[Operation], values: Sequence[SSAValue]) -> bool:
    """Returns whether ops read one of these values."""
    return any(operand in values for op in ops for inner in op.walk() for operand in inner.operands)


def copy_ops(ops: Sequence[Operation], values: dict[SSAValue, SSAValue], to: Conversion) -> None:
    """Copies the ops of a body, but for reads that are inputs; `values` gets their results."""
    for op in ops:
        if op.results and op.results[0] in values:
            continue
        for inner in op.walk():
            for operand in inner.operands:
                if operand not in values and not is_inside(operand, op):
                    values[operand] = to.value(operand)
        copy = to.insert(op.clone(values))
        values.update(zip(op.results, copy.results, strict=True))


def is_inside(value: SSAValue, op: Operation) -> bool:
    """Returns whether a value is made in a region of an op."""
    owner = value.owner
    parent = owner.parent_op() if isinstance(owner, Block) else owner
    return (
        parent is not None and (parent is op or op.is_ancestor(parent)) and value not in op.results
    )


def around(value: SSAValue, values: dict[SSAValue, SSAValue], to: Conversion) -> SSAValue:
    """Returns the copy of a value of a body, or the new value of one from around it."""
    return values[value] if value in values else to.value(value)


RULES: Rules = {
    MapOp: lower_body,
    ReduceOp: lower_body,
    linalg.GenericOp: lower_body,
}
