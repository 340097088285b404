"""Reductions: a `linalg.generic` whose body is the reducer, made scalar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    TensorType,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Block, SSAValue
from xdsl.ir.affine import AffineMap

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.elementwise import element_type_of, shape_of
from ireelite.lowering.rewriting.conversion import Conversion, Rules
from ireelite.lowering.tensors.hlo_to_linalg.scalars import (
    ELEMENTWISE,
    build_compare,
    build_convert,
    constant_like,
)
from ireelite.lowering.tensors.hlo_to_linalg.structured_ops import dims_map, empty, generic
from ireelite.status import StatusCode, StatusError

if TYPE_CHECKING:
    pass


def lower_reduce(op: hlo.ReduceOp, to: Conversion) -> Sequence[SSAValue]:
    """A generic with the reducer's body made scalar. Accumulators start from the init values."""
    rank = len(shape_of(op.inputs[0]))
    kept: list[int | None] = [d for d in range(rank) if d not in op.dims]
    inits: list[SSAValue] = []
    for output, init in zip(op.outputs, op.init_values, strict=True):
        assert isinstance(output.type, TensorType)
        start = scalar_of(init, to)
        inits.append(to.insert(linalg.FillOp([start], [empty(output.type, to)])).results[0])
    count = len(inits)

    def body(v: Sequence[SSAValue]) -> list[SSAValue]:
        elements, accumulators = v[:count], v[count:]
        return lower_scalar_block(op.body.block, [*accumulators, *elements], to)

    maps = [AffineMap.identity(rank)] * count + [dims_map(rank, kept)] * count
    values = [to.value(v) for v in op.inputs]
    return generic(values, inits, maps, body, to, op.dims).results


def scalar_of(value: SSAValue, to: Conversion) -> SSAValue:
    """The element of a rank 0 tensor; a constant directly."""
    new = to.value(value)
    if isinstance(value.owner, hlo.ConstantOp) and isinstance(
        value.owner.value, DenseIntOrFPElementsAttr
    ):
        number = next(iter(value.owner.value.get_values()))
        assert isinstance(number, int | float)
        return constant_like(number, element_type_of(value), to)
    return to.insert(tensor.ExtractOp(new, [], element_type_of(value))).result


def lower_scalar_block(
    block: Block, arguments: Sequence[SSAValue], to: Conversion
) -> list[SSAValue]:
    """A reducer on rank 0 tensors, said in scalars: the values it returns."""
    values: dict[SSAValue, SSAValue] = dict(zip(block.args, arguments, strict=True))
    for op in block.ops:
        operands = [values[o] for o in op.operands]
        if isinstance(op, hlo.ReturnOp):
            return operands
        if isinstance(op, ew.CompareOp):
            result = build_compare(op, operands[0], operands[1], to)
        elif isinstance(op, ew.SelectOp):
            result = to.insert(arith.SelectOp(*operands)).result
        elif isinstance(op, hlo.ConvertOp):
            result = build_convert(operands[0], element_type_of(op.result), to)
        elif isinstance(op, hlo.ConstantOp):
            number = next(iter(op.value.get_values()))
            assert isinstance(number, int | float)
            result = constant_like(number, element_type_of(op.result), to)
        elif (build := ELEMENTWISE.get(type(op))) is not None:
            result = build(operands, element_type_of(op.results[0]), to)
        else:
            raise StatusError(
                StatusCode.UNIMPLEMENTED, f"'{op.name}' is not supported inside a reducer"
            )
        values[op.results[0]] = result
    raise StatusError(StatusCode.INVALID_ARGUMENT, "a reducer must end in 'stablehlo.return'")


RULES: Rules = {
    hlo.ReduceOp: lower_reduce,
}
