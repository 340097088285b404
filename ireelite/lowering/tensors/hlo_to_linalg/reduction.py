"""Reductions: a `linalg.generic` whose body is the reducer, made scalar."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xdsl.dialects import arith, scf, tensor
from xdsl.dialects.builtin import ComplexType, IndexType, IntegerAttr, TensorType, f32
from xdsl.ir import Block, Operation, SSAValue
from xdsl.ir.affine import AffineMap

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.elements import is_small_float, signless
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.comparison import CompareOp, SelectOp
from ireelite.dialects.stablehlo.indexing import BitcastConvertOp
from ireelite.dialects.stablehlo.reduction import MapOp
from ireelite.dialects.stablehlo.windows import DynamicReduceWindowOp, ReduceWindowOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.rewriting.conversion import Conversion, Rules
from ireelite.lowering.tensors.hlo_to_linalg.bits import bits_of, from_bits
from ireelite.lowering.tensors.hlo_to_linalg.scalars import (
    ELEMENTWISE,
    build_compare,
    build_convert,
    constant_like,
)
from ireelite.lowering.tensors.hlo_to_linalg.signless import tensor_type
from ireelite.lowering.tensors.hlo_to_linalg.structured_ops import (
    dims_map,
    filled,
    generic,
    pointwise,
)
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.errors import at_place, place_of


def lower_reduce(op: hlo.ReduceOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns a generic with the reducer's body made scalar. Accumulators start from the init
    values.
    """
    if adds_small_floats(op):
        return [lower_small_sum(op, to)]
    rank = len(shape_of(op.inputs[0]))
    kept: list[int | None] = [d for d in range(rank) if d not in op.dims]
    inits = accumulators(op, to)
    maps = [AffineMap.identity(rank)] * len(inits) + [dims_map(rank, kept)] * len(inits)
    values = [to.value(v) for v in op.inputs]
    return generic(values, inits, maps, scalar_reducer(op, to), to, op.dims).results


def adds_small_floats(op: hlo.ReduceOp) -> bool:
    """Returns whether a reduction is a sum of floats narrower than f32."""
    first = op.body.block.first_op
    adds = isinstance(first, ew.AddOp) and set(first.operands) == set(op.body.block.args)
    types = {element_type_of(value) for value in (*op.inputs, *op.outputs)}
    alone = len(op.inputs) == 1 and len(types) == 1 and len(op.body.block.ops) == 2
    return adds and alone and is_small_float(types.pop())


def lower_small_sum(op: hlo.ReduceOp, to: Conversion) -> SSAValue:
    """Returns a sum in f32, rounded once, as contractions of these types are: each element counts,
    however large the sum is, and sums of several elements are added at a time.
    """
    type, small = tensor_type(op.outputs[0]), element_type_of(op.inputs[0])
    wide, rank = TensorType(f32, type.get_shape()), len(shape_of(op.inputs[0]))
    kept: list[int | None] = [d for d in range(rank) if d not in op.dims]
    init = op.init_values[0]
    if isinstance(init.owner, hlo.ConstantOp):
        start = constant_like(number_of(init.owner), f32, to)
    else:
        scalar = TensorType(f32, [])
        start = pointwise(
            [to.value(init)], scalar, lambda v: build_convert(v[0], small, f32, to), to
        )

    def body(v: Sequence[SSAValue]) -> list[SSAValue]:
        return [to.insert(arith.AddfOp(v[1], build_convert(v[0], small, f32, to))).result]

    maps = [AffineMap.identity(rank), dims_map(rank, kept)]
    inits = [filled(start, wide, to)]
    (total,) = generic([to.value(op.inputs[0])], inits, maps, body, to, op.dims).results
    return pointwise([total], type, lambda v: build_convert(v[0], f32, small, to), to)


def lower_map(op: MapOp, to: Conversion) -> SSAValue:
    """Returns a pointwise generic with the function made scalar."""
    body = scalar_function(op.computation.block, to)
    return pointwise(to.operands(op), tensor_type(op.result), lambda v: body(v)[0], to)


Body = Callable[[Sequence[SSAValue]], list[SSAValue]]
"""Makes what a function returns, from the scalars that it takes."""


def initial(init: SSAValue, output: SSAValue, to: Conversion) -> SSAValue:
    """Returns a tensor for an output of a reduction that holds the init value everywhere."""
    type, source, target = tensor_type(output), element_type_of(init), element_type_of(output)
    if source == target:
        start = start_of(init, to)
    elif isinstance(init.owner, hlo.ConstantOp) and not isinstance(target, ComplexType):
        start = constant_like(number_of(init.owner), type.element_type, to)
    else:
        scalar = TensorType(type.element_type, [])
        start = pointwise(
            [to.value(init)], scalar, lambda v: build_convert(v[0], source, target, to), to
        )
    return filled(start, type, to)


def accumulators(
    op: hlo.ReduceOp | ReduceWindowOp | DynamicReduceWindowOp, to: Conversion
) -> list[SSAValue]:
    """Returns the init values of a reduction, as tensors of its outputs' types."""
    return [
        initial(init, output, to) for init, output in zip(op.init_values, op.outputs, strict=True)
    ]


def scalar_reducer(
    op: hlo.ReduceOp | ReduceWindowOp | DynamicReduceWindowOp, to: Conversion
) -> Body:
    """Returns a reducer on scalars, which takes the elements first, as a generic does. Elements
    become what the reducer takes.
    """
    count, reducer = len(op.inputs), scalar_function(op.body.block, to)
    sources = [element_type_of(v) for v in op.inputs]
    targets = [element_type_of(v) for v in op.outputs]

    def body(v: Sequence[SSAValue]) -> list[SSAValue]:
        elements = [
            build_convert(element, source, target, to)
            for element, source, target in zip(v, sources, targets, strict=False)
        ]
        return reducer([*v[-count:], *elements])

    return body


def scalar_function(block: Block, to: Conversion) -> Body:
    """Returns a function of rank 0 tensors, on scalars. What it reads from around it is read here."""
    around = {v: scalar_of(v, to) for v in values_from_around(block)}

    def body(v: Sequence[SSAValue]) -> list[SSAValue]:
        return lower_scalar_block(block, {**around, **dict(zip(block.args, v, strict=True))}, to)

    return body


def values_from_around(block: Block) -> list[SSAValue]:
    """Returns what a region's ops, and those of regions in it, read that is defined outside of it."""
    inner = list(block.walk())
    own = {*block.args, *(result for op in inner for result in op.results)}
    return [v for op in inner for v in op.operands if v not in own]


def start_of(value: SSAValue, to: Conversion) -> SSAValue:
    """Returns an init value as a scalar; a complex one as the tensor that it is."""
    is_complex = isinstance(element_type_of(value), ComplexType)
    return to.value(value) if is_complex else scalar_of(value, to)


def scalar_of(value: SSAValue, to: Conversion) -> SSAValue:
    """Returns the element of a rank 0 tensor; a real constant, or a scalar, directly."""
    if not isinstance(value.type, TensorType):
        return to.value(value)
    element = signless(element_type_of(value))
    if isinstance(value.owner, hlo.ConstantOp) and not isinstance(element, ComplexType):
        return constant_like(number_of(value.owner), element, to)
    return to.insert(tensor.ExtractOp(to.value(value), [], element)).result


def number_of(op: hlo.ConstantOp) -> Any:
    """Returns the number in a rank 0 constant; of a complex one, both parts."""
    return next(iter(op.value.get_values()))


def lower_scalar_block(
    block: Block, values: dict[SSAValue, SSAValue], to: Conversion
) -> list[SSAValue]:
    """Returns a reducer on rank 0 tensors, in scalars: the values it returns."""
    for op in block.ops:
        operands = [values[o] for o in op.operands]
        if isinstance(op, hlo.ReturnOp | scf.YieldOp):
            return operands
        if isinstance(op, scf.IfOp | scf.IndexSwitchOp):
            chosen = lower_choice(op, operands[0], values, to)
            values.update(zip(op.results, chosen, strict=True))
            continue
        if (rule := SCALARS.get(type(op))) is None:
            raise StatusError(
                StatusCode.UNIMPLEMENTED,
                f"{place_of(op)}'{op.name}' is not supported inside a reducer",
            )
        try:
            values[op.results[0]] = rule(op, operands, to)
        except StatusError as error:
            raise at_place(error, [op]) from error.__cause__
    raise StatusError(StatusCode.INVALID_ARGUMENT, "a reducer must end in 'stablehlo.return'")


def lower_choice(
    op: scf.IfOp | scf.IndexSwitchOp,
    selector: SSAValue,
    values: Mapping[SSAValue, SSAValue],
    to: Conversion,
) -> Sequence[SSAValue]:
    """Returns a choice between functions of scalars: the results of all, of which one is selected."""
    if isinstance(op, scf.IfOp):
        cases, default = {1: op.true_region}, op.false_region
    else:
        numbers = [int(n) for n in op.cases.get_values()]
        cases, default = dict(zip(numbers, op.case_regions, strict=True)), op.default_region
    chosen: Sequence[SSAValue] = lower_scalar_block(default.block, dict(values), to)
    for number, region in cases.items():
        results = lower_scalar_block(region.block, dict(values), to)
        taken = selector
        if isinstance(op, scf.IndexSwitchOp):
            label = to.insert(arith.ConstantOp(IntegerAttr(number, IndexType()))).result
            taken = to.insert(arith.CmpiOp(selector, label, "eq")).result
        pairs = zip(results, chosen, strict=True)
        chosen = [to.insert(arith.SelectOp(taken, *pair)).results[0] for pair in pairs]
    return chosen


def scalar_elementwise(op: Operation, values: Sequence[SSAValue], to: Conversion) -> SSAValue:
    return ELEMENTWISE[type(op)](values, element_type_of(op.operands[0]), to)


def scalar_compare(op: CompareOp, values: Sequence[SSAValue], to: Conversion) -> SSAValue:
    return build_compare(op, values[0], values[1], to)


def scalar_select(op: SelectOp, values: Sequence[SSAValue], to: Conversion) -> SSAValue:
    return to.insert(arith.SelectOp(*values)).result


def scalar_convert(op: hlo.ConvertOp, values: Sequence[SSAValue], to: Conversion) -> SSAValue:
    return build_convert(values[0], element_type_of(op.operand), element_type_of(op.result), to)


def scalar_bitcast(op: BitcastConvertOp, values: Sequence[SSAValue], to: Conversion) -> SSAValue:
    """Reinterprets a scalar as one of the same width: both tensors have rank 0."""
    return from_bits(bits_of(values[0], to), signless(element_type_of(op.result)), to)


def scalar_constant(op: hlo.ConstantOp, values: Sequence[SSAValue], to: Conversion) -> SSAValue:
    return constant_like(number_of(op), signless(element_type_of(op.result)), to)


def scalar_same(op: Operation, values: Sequence[SSAValue], to: Conversion) -> SSAValue:
    """Returns an op that only changes the shape of a tensor has no effect on one of rank 0."""
    return values[0]


def scalar_index(op: arith.IndexCastOp, values: Sequence[SSAValue], to: Conversion) -> SSAValue:
    return to.insert(arith.IndexCastOp(values[0], op.result.type)).result


SCALARS: Mapping[type[Operation], Callable[..., SSAValue]] = {
    **dict.fromkeys(ELEMENTWISE, scalar_elementwise),
    CompareOp: scalar_compare,
    SelectOp: scalar_select,
    BitcastConvertOp: scalar_bitcast,
    hlo.BroadcastInDimOp: scalar_same,
    hlo.ConstantOp: scalar_constant,
    hlo.ConvertOp: scalar_convert,
    hlo.ReshapeOp: scalar_same,
    hlo.TransposeOp: scalar_same,
    arith.IndexCastOp: scalar_index,
    tensor.ExtractOp: scalar_same,
}
"""Op in a reducer -> the function that makes it of scalars."""

RULES: Rules = {
    hlo.ReduceOp: lower_reduce,
    MapOp: lower_map,
}
