"""Ops of `linalg` and `tensor` that become others of the same level: softmax, tiled layouts, padding,
parts of another rank and generated tensors.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith, math, tensor
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    AnyFloat,
    DenseArrayBase,
    FloatAttr,
    IntegerType,
    TensorType,
    i64,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineMap

from ireelite.dialects.extensions.linalg.mapped import IndexOp
from ireelite.dialects.extensions.linalg.packing import PackOp, SoftmaxOp, UnPackOp
from ireelite.dialects.extensions.tensor_extra import BitcastOp, GenerateOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.rewriting.conversion import Conversion, Rules
from ireelite.lowering.tensors.hlo_to_linalg.body_reads import Space, lower_space
from ireelite.lowering.tensors.hlo_to_linalg.movement import reshaped
from ireelite.lowering.tensors.hlo_to_linalg.signless import copy_signless, tensor_type
from ireelite.lowering.tensors.hlo_to_linalg.structured_ops import (
    dims_map,
    empty,
    filled,
    generic,
    pointwise,
)
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.errors import place_of

# -- softmax -----------------------------------------------------------------------------------------


def lower_softmax(op: SoftmaxOp, to: Conversion) -> SSAValue:
    """Returns the maximum, the exponentials of the differences, their sum, and the quotients."""
    value, dim = to.value(op.input), op.dimension.value.data
    type = tensor_type(op.result)
    element, shape = type.element_type, type.get_shape()
    kept = [d for d in range(len(shape)) if d != dim]
    row = TensorType(element, [shape[d] for d in kept])
    maps = [AffineMap.identity(len(shape)), dims_map(len(shape), kept)]

    def reduced(source: SSAValue, start: float, kind: type[Operation]) -> SSAValue:
        first = to.insert(arith.ConstantOp(FloatAttr(start, element))).result  # pyright: ignore
        init = filled(first, row, to)

        def body(v: Sequence[SSAValue]) -> list[SSAValue]:
            return [to.insert(kind(v[1], v[0])).results[0]]  # pyright: ignore

        return generic([source], [init], maps, body, to, [dim]).results[0]

    def with_row(source: SSAValue, other: SSAValue, body) -> SSAValue:
        operands = [maps[0], maps[1], maps[0]]
        return generic([source, other], [empty(type, to)], operands, body, to).results[0]

    def exponential(v: Sequence[SSAValue]) -> list[SSAValue]:
        difference = to.insert(arith.SubfOp(v[0], v[1])).result
        return [to.insert(math.ExpOp(difference)).result]

    largest = reduced(value, float("-inf"), arith.MaximumfOp)
    powers = with_row(value, largest, exponential)
    total = reduced(powers, 0.0, arith.AddfOp)
    return with_row(powers, total, lambda v: [to.insert(arith.DivfOp(v[0], v[1])).result])


# -- tiled layouts -----------------------------------------------------------------------------------


def tiled_shape(shape: Sequence[int], dims: Sequence[int], tiles: Sequence[int]) -> list[int]:
    """Returns the outer size of each dimension, with the size of its tile behind it if it has one."""
    sizes: list[int] = []
    for d, size in enumerate(shape):
        if d in dims:
            tile = tiles[dims.index(d)]
            sizes += [-(-size // tile), tile]
        else:
            sizes.append(size)
    return sizes


def layout_order(rank: int, dims: Sequence[int], order: Sequence[int]) -> list[int]:
    """Returns, for each dimension of the tiled layout, its place in `tiled_shape`."""
    places, tile_places, place = [], {}, 0
    for d in range(rank):
        places.append(place)
        place += 1
        if d in dims:
            tile_places[d] = place
            place += 1
    return [places[d] for d in order] + [tile_places[d] for d in dims]


def lower_pack(op: PackOp, to: Conversion) -> SSAValue:
    """Lowers to padding, a reshape that gives each tile dimensions of its own, and a transposition."""
    value, shape = to.value(op.source), shape_of(op.source)
    rank, result = len(shape), tensor_type(op.result)
    dims, tiles = op.dims, op.tiles
    sizes = tiled_shape(shape, dims, tiles)
    full = [
        -(-size // tiles[dims.index(d)]) * tiles[dims.index(d)] if d in dims else size
        for d, size in enumerate(shape)
    ]
    if full != list(shape):
        assert op.padding_value is not None, "the verifier asks for it"
        whole = filled(to.value(op.padding_value), TensorType(result.element_type, full), to)
        value = to.insert(
            tensor.InsertSliceOp.from_static_parameters(value, whole, [0] * rank, shape)
        ).result
    value = reshaped(value, sizes, to)
    return transposed(value, layout_order(rank, dims, op.order(rank)), result, to)


def lower_unpack(op: UnPackOp, to: Conversion) -> SSAValue:
    """Returns the transposition back, a reshape that joins the tiles, and the part that is wanted."""
    result = tensor_type(op.result)
    shape, dims, tiles = result.get_shape(), op.dims, op.tiles
    rank = len(shape)
    sizes = tiled_shape(shape, dims, tiles)
    order = layout_order(rank, dims, op.order(rank))
    back = [order.index(place) for place in range(len(order))]
    value = transposed(to.value(op.source), back, TensorType(result.element_type, sizes), to)
    full = [
        -(-size // tiles[dims.index(d)]) * tiles[dims.index(d)] if d in dims else size
        for d, size in enumerate(shape)
    ]
    value = reshaped(value, full, to)
    if full == list(shape):
        return value
    return to.insert(tensor.ExtractSliceOp.from_static_parameters(value, [0] * rank, shape)).result


def transposed(value: SSAValue, order: Sequence[int], type: TensorType, to: Conversion) -> SSAValue:
    if isinstance(type.element_type, AnyFloat | IntegerType):
        permutation = DenseArrayBase.from_list(i64, list(order))
        return to.insert(linalg.TransposeOp(value, empty(type, to), permutation)).results[0]
    rank = len(order)
    read = AffineMap(rank, 0, tuple(AffineDimExpr(order.index(d)) for d in range(rank)))
    maps = [read, AffineMap.identity(rank)]
    return generic([value], [empty(type, to)], maps, lambda scalars: scalars[:1], to).results[0]


# -- parts of another rank -----------------------------------------------------------------------------


def lower_extract_slice(op: tensor.ExtractSliceOp, to: Conversion) -> Operation | SSAValue:
    """Returns a part of the operand's rank, and a reshape where the result has less dimensions."""
    sizes = [int(n) for n in op.static_sizes.get_values()]
    result = tensor_type(op.result)
    if len(sizes) == result.get_num_dims():
        return copy_signless(op, to)
    part = op.create(
        operands=to.operands(op),
        result_types=[TensorType(result.element_type, sizes)],
        properties=dict(op.properties),
    )
    return reshaped(to.insert(part).results[0], result.get_shape(), to)


def lower_insert_slice(op: tensor.InsertSliceOp, to: Conversion) -> Operation:
    """Returns the part under the rank of the whole."""
    sizes = [int(n) for n in op.static_sizes.get_values()]
    if len(sizes) == len(shape_of(op.source)):
        return copy_signless(op, to)
    source, *rest = to.operands(op)
    part = op.create(
        operands=[reshaped(source, sizes, to), *rest],
        result_types=[tensor_type(op.result)],
        properties=dict(op.properties),
    )
    return to.insert(part)


# -- tensors from scalars ----------------------------------------------------------------------------


def lower_bitcast(op: BitcastOp, to: Conversion) -> SSAValue:
    """Returns the value itself where only the sign of integers changes, else the bits of each
    element.
    """
    value, type = to.value(op.source), tensor_type(op.result)
    if value.type == type:
        return value
    element = type.element_type
    return pointwise(
        [value],
        type,
        lambda v: to.insert(arith.BitcastOp(v[0], element)).result,  # pyright: ignore[reportArgumentType]
        to,
    )


def lower_splat(op: tensor.SplatOp, to: Conversion) -> SSAValue:
    return filled(to.value(op.input), tensor_type(op.result), to)


def lower_insert(op: tensor.InsertOp, to: Conversion) -> SSAValue:
    """Returns a part of one element."""
    whole = to.value(op.dest)
    rank = len(shape_of(op.dest))
    element = element_type_of(op.dest)
    one = filled(to.value(op.scalar), TensorType(element, [1] * rank), to)
    ones = DenseArrayBase.from_list(i64, [1] * rank)
    return to.insert(
        tensor.InsertSliceOp.build(
            operands=[one, whole, [to.value(i) for i in op.indices], [], []],
            result_types=[whole.type],
            properties={
                "static_offsets": DenseArrayBase.from_list(i64, [DYNAMIC_INDEX] * rank),
                "static_sizes": ones,
                "static_strides": ones,
            },
        )
    ).result


def lower_generate(op: GenerateOp, to: Conversion) -> SSAValue:
    return generated(op.body, tensor_type(op.result), to)


def generated(body: Region, type: TensorType, to: Conversion) -> SSAValue:
    """Returns a tensor whose elements a region computes of their indices."""
    rank = len(type.get_shape())
    block = Block(arg_types=[type.element_type])
    values: dict[SSAValue, SSAValue] = {}
    for d, argument in enumerate(body.block.args):
        block.add_op(index := IndexOp(d))
        values[argument] = index.result
    for op in body.block.ops:
        block.add_op(op.clone(values))
        values.update(zip(op.results, block.last_op.results, strict=True))  # pyright: ignore
    space = Space(
        block=block,
        extents=type.get_shape(),
        inputs=[],
        inits=[empty(type, to)],
        maps=[AffineMap.identity(rank)],
        arguments=[],
        reductions=(),
    )
    return lower_space(space, to).results[0]


def lower_pad(op: tensor.PadOp, to: Conversion) -> SSAValue:
    """Returns a tensor of what pads, into which the operand is inserted."""
    if op.low or op.high:
        raise StatusError(
            StatusCode.UNIMPLEMENTED, f"{place_of(op)}'{op.name}' must pad by constant numbers"
        )
    type, shape = tensor_type(op.result), shape_of(op.source)
    yielded = op.region.block.last_op
    assert yielded is not None
    padding = yielded.operands[0]
    if owner_block(padding) is op.region.block:
        whole = generated(op.region, type, to)
    else:
        whole = filled(to.value(padding), type, to)
    offsets = [int(v) for v in op.static_low.get_values()]
    return to.insert(
        tensor.InsertSliceOp.from_static_parameters(to.value(op.source), whole, offsets, shape)
    ).result


def owner_block(value: SSAValue) -> Block | None:
    owner = value.owner
    return owner.parent_block() if isinstance(owner, Operation) else owner


def lower_reshape(op: tensor.ReshapeOp, to: Conversion) -> SSAValue:
    """Reshapes to the shape of the result's type: the operand for it must be constant."""
    return reshaped(to.value(op.source), tensor_type(op.result).get_shape(), to)


RULES: Rules = {
    BitcastOp: lower_bitcast,
    GenerateOp: lower_generate,
    PackOp: lower_pack,
    SoftmaxOp: lower_softmax,
    UnPackOp: lower_unpack,
    tensor.ExtractSliceOp: lower_extract_slice,
    tensor.InsertOp: lower_insert,
    tensor.InsertSliceOp: lower_insert_slice,
    tensor.PadOp: lower_pad,
    tensor.ReshapeOp: lower_reshape,
    tensor.SplatOp: lower_splat,
}
