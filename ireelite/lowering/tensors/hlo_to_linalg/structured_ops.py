"""Building `linalg` ops on tensors during a conversion."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import (
    AffineMapAttr,
    AnyFloat,
    ComplexType,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    IntegerType,
    TensorType,
    i64,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.dialects.linalg.attrs import IteratorTypeAttr
from xdsl.ir import Attribute, Block, Region, SSAValue
from xdsl.ir.affine import AffineConstantExpr, AffineDimExpr, AffineExpr, AffineMap

from ireelite.dialects.sequencer import iree
from ireelite.dialects.tensor_types import element_type_of
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.tensors.hlo_to_linalg.sized_conversion import SizedConversion
from ireelite.syntax.elements import make_splat


def empty(type: TensorType, to: Conversion) -> SSAValue:
    """Returns a tensor whose contents do not matter. Where its type leaves sizes open, they are
    those of the result that is being made.
    """
    sizes = to.open_sizes(type) if isinstance(to, SizedConversion) else []
    return to.insert(tensor.EmptyOp(sizes, type)).tensor


def filled(value: SSAValue, type: TensorType, to: Conversion) -> SSAValue:
    """Returns a tensor that holds one value everywhere, from a scalar or from a tensor of rank 0."""
    if not isinstance(value.type, TensorType):
        if isinstance(value.type, AnyFloat | IntegerType):
            return to.insert(linalg.FillOp([value], [empty(type, to)])).results[0]
        rank = type.get_num_dims()
        maps = [AffineMap(rank, 0, ()), AffineMap.identity(rank)]
        return generic([value], [empty(type, to)], maps, lambda scalars: scalars[:1], to).results[0]
    if value.type == type:
        return value
    constant = value.owner.value if isinstance(value.owner, arith.ConstantOp) else None
    if isinstance(constant, DenseIntOrFPElementsAttr) and type.has_static_shape():
        return to.insert(arith.ConstantOp(make_splat(type, constant.data.data))).result
    return moved(value, type, [], to)


def generic(
    inputs: Sequence[SSAValue],
    inits: Sequence[SSAValue],
    maps: Sequence[AffineMap],
    body: Callable[[Sequence[SSAValue]], Sequence[SSAValue]],
    to: Conversion,
    reductions: Sequence[int] = (),
) -> linalg.GenericOp:
    """Returns a `linalg.generic` whose body is built by a function of the scalars at one point."""
    scalars = [
        element_type_of(v) if isinstance(v.type, TensorType) else v.type for v in (*inputs, *inits)
    ]
    block = Block(arg_types=scalars)
    with to.at(block):
        to.insert(linalg.YieldOp(*body(block.args)))
    rank = maps[0].num_dims
    kinds = [
        IteratorTypeAttr.reduction() if d in reductions else IteratorTypeAttr.parallel()
        for d in range(rank)
    ]
    return to.insert(
        linalg.GenericOp(
            inputs,
            inits,
            Region(block),
            [AffineMapAttr(m) for m in maps],
            kinds,
            [init.type for init in inits],
        )
    )


def pointwise(
    inputs: Sequence[SSAValue],
    result: TensorType,
    body: Callable[[Sequence[SSAValue]], SSAValue],
    to: Conversion,
) -> SSAValue:
    """Returns a `linalg.generic` over tensors of one shape, built by a function of the scalars at
    one index.
    """
    same = AffineMap.identity(len(result.get_shape()))
    maps = [same] * (len(inputs) + 1)
    return generic(
        inputs, [empty(result, to)], maps, lambda v: [body(v[: len(inputs)])], to
    ).results[0]


def moved(
    value: SSAValue, type: TensorType, dims: Sequence[int | None], to: Conversion
) -> SSAValue:
    """Returns the elements of a tensor at other indices: each of its dimensions has the index of a
    dimension of the result, or 0.
    """
    rank = len(type.get_shape())
    maps = [dims_map(rank, dims), AffineMap.identity(rank)]
    return generic([value], [empty(type, to)], maps, lambda v: [v[0]], to).results[0]


def sliced(
    value: SSAValue,
    ranges: Sequence[tuple[int, int, int]],
    type: TensorType,
    to: Conversion,
    open_sizes: Sequence[SSAValue] = (),
) -> SSAValue:
    """Inserts a `tensor.extract_slice` of (offset, size, stride) in each dimension, and the sizes
    that these leave open: those of the tensor that is being made, unless they are given.
    """
    if not open_sizes and isinstance(to, SizedConversion):
        open_sizes = to.open_sizes(type)
    return to.insert(
        tensor.ExtractSliceOp.build(
            operands=[value, [], open_sizes, []],
            result_types=[type],
            properties=static_slice(*([r[k] for r in ranges] for k in range(3))),
        )
    ).result


def static_slice(
    offsets: Sequence[int], sizes: Sequence[int], strides: Sequence[int]
) -> dict[str, Attribute]:
    """Returns the properties of a slice; a size that an operand says is DYNAMIC_INDEX."""
    rows = {"static_offsets": offsets, "static_sizes": sizes, "static_strides": strides}
    return {name: DenseArrayBase.from_list(i64, row) for name, row in rows.items()}


def with_sizes(value: SSAValue, to: Conversion) -> SSAValue:
    """Returns a tensor that says its sizes, which do not follow from its op's operands."""
    assert isinstance(value.type, TensorType)
    sizes = to.open_sizes(value.type) if isinstance(to, SizedConversion) else []
    return to.insert(iree.SizedOp(value, sizes)).result if sizes else value


def has_named_moves(type: TensorType) -> bool:
    """Returns whether xDSL's `linalg.broadcast` and `linalg.transpose` take elements of this type."""
    return not isinstance(type.element_type, ComplexType)


def dims_map(rank: int, dims: Sequence[int | None]) -> AffineMap:
    """Returns the map from `rank` loop dimensions to a tensor's: a loop dimension, or None for the
    index 0.
    """
    exprs: list[AffineExpr] = [
        AffineConstantExpr(0) if d is None else AffineDimExpr(d) for d in dims
    ]
    return AffineMap(rank, 0, tuple(exprs))
