"""Ops on tensors whose types leave sizes open: what sizes their results have, and how they are lowered.

The rule of an op says the shape of its results, in sizes: numbers, or scalars that the host computes.
Sizes that must be equal and are not the same value are compared when the program runs. The op is then
lowered by the rule for static shapes, whose new tensors get these sizes, or by one of `LOWERINGS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xdsl.dialects import func, tensor
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    TensorType,
)
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.ir import Operation, SSAValue

from ireelite.dialects.elements import find_row
from ireelite.dialects.extensions.linalg.packing import SoftmaxOp
from ireelite.dialects.extensions.tensor_extra import BitcastOp
from ireelite.dialects.stablehlo import dynamic_shapes as dynamic
from ireelite.dialects.stablehlo.convolution import ConvolutionOp
from ireelite.dialects.stablehlo.custom_call import CustomCallOp
from ireelite.dialects.stablehlo.windows import ReduceWindowOp, SelectAndScatterOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.hlo.static_forms import SHAPE_ASSERTION
from ireelite.lowering.rewriting.open_shapes import refused
from ireelite.lowering.rewriting.sequences import is_static
from ireelite.lowering.tensors.hlo_to_linalg import open_orders, open_windows
from ireelite.lowering.tensors.hlo_to_linalg.body_reads import reads_of
from ireelite.lowering.tensors.hlo_to_linalg.open_lowerings import (
    LOWERINGS,
    lower_assertion,
    lower_dim,
)
from ireelite.lowering.tensors.hlo_to_linalg.open_windows import has_open_windows
from ireelite.lowering.tensors.hlo_to_linalg.shape_rules import same_shape
from ireelite.lowering.tensors.hlo_to_linalg.shape_table import shape_rule
from ireelite.lowering.tensors.hlo_to_linalg.signless import copy_signless
from ireelite.lowering.tensors.hlo_to_linalg.sized_conversion import SamePlaces, SizedConversion
from ireelite.lowering.tensors.hlo_to_linalg.window_shapes import padded_sizes
from ireelite.status import StatusError
from ireelite.syntax.errors import at_place

LowerOp = Callable[[Operation, SizedConversion], None]


def is_open_function(function: func.FuncOp) -> bool:
    """Returns whether a tensor of a function leaves a size open: an argument, or a result of its
    ops.
    """
    values = (result for op in function.body.block.ops for result in op.results)
    return not all(map(is_static, (*function.args, *values)))


def ask_sizes(function: func.FuncOp, to: SizedConversion) -> None:
    """Asks for the open sizes of a function's arguments, whose new values are there."""
    to.start()
    for argument in function.args:
        if is_static(argument):
            continue
        new = to.value(argument)
        if isinstance(new.owner, BitcastOp):  # whose elements have a sign in the function's type
            new = new.owner.source
        sizes = [
            to.insert(tensor.DimOp(new, to.value_of(d))).result if size == DYNAMIC_INDEX else size
            for d, size in enumerate(shape_of(argument))
        ]
        to.shapes[argument] = tuple(sizes)


def lower_open(op: Operation, to: SizedConversion, lower_op: LowerOp) -> None:
    """Lowers an op of a function with open sizes. Raises UNIMPLEMENTED for one that has no form for
    them, with what to do.
    """
    if isinstance(op, tensor.DimOp):
        to.apply(op, lower_dim, op.results)
        return
    check_elements(op)
    if isinstance(op, CustomCallOp) and op.target == SHAPE_ASSERTION:
        to.apply(op, lower_assertion, op.results)
        return
    static = all(map(is_static, (*op.operands, *op.results)))
    if isinstance(op, func.ReturnOp) or (static and not isinstance(op, SCALAR_SIZES)):
        lower_op(op, to)
        return
    rule = shape_rule(op)
    try:
        shape = rule(op, to)
    except StatusError as error:
        raise at_place(error, [op]) from error.__cause__
    structured = isinstance(op, LinalgStructuredOperation)
    for number, result in enumerate(op.results):
        to.shapes[result] = to.shape(op.outputs[number]) if structured else shape
    to.wanted = {tuple(shape_of(result)): shape for result in op.results}
    if isinstance(op, SoftmaxOp):
        d = op.dimension.value.data
        to.wanted |= {without(shape_of(op.results[0]), d): without(shape, d)}
    opened = has_open_windows(op)
    if isinstance(op, ConvolutionOp | ReduceWindowOp) and not opened:
        to.wanted |= padded_sizes(op, to)
    with_shape = [v for v in op.operands if not is_static(v)]
    saved = {v: to.value(v) for v in op.operands} if rule is same_shape else {}
    if saved and with_shape:
        to.values |= {v: recast(v, op.results[0], to) for v in saved}
    if isinstance(op, SelectAndScatterOp):
        to.wanted = SamePlaces(to.shape(op.operand))
    table = open_windows.LOWERINGS if opened else {**LOWERINGS, **open_orders.LOWERINGS}
    if (lowering := table.get(type(op))) is not None:
        to.apply(op, lowering, op.results)
    elif isinstance(op, LinalgStructuredOperation | tensor.CastOp):
        if op.regions and reads_of(op.regions[0].block):
            raise refused(op)
        to.apply(op, copy_signless, op.results)
    else:
        lower_op(op, to)
    to.values |= saved


def check_elements(op: Operation) -> None:
    """Raises UNIMPLEMENTED for a tensor of an open size whose elements share bytes."""
    for value in (*op.operands, *op.results):
        row = None if is_static(value) else find_row(element_type_of(value))
        if row is not None and row.storage_bits < BYTE:
            raise refused(op)


BYTE = 8
"""Bits."""


def without(shape: Sequence[Any], dimension: int) -> tuple[Any, ...]:
    """Returns a shape without one of its dimensions."""
    return tuple(size for d, size in enumerate(shape) if d != dimension)


def recast(value: SSAValue, result: SSAValue, to: SizedConversion) -> SSAValue:
    """Returns an operand under the sizes that the result's type has, where its own type says
    others.
    """
    new = to.value(value)
    shape = shape_of(result)
    if not isinstance(new.type, TensorType) or new.type.get_shape() in (shape, ()):
        return new
    return to.insert(tensor.CastOp(new, TensorType(new.type.element_type, shape))).dest


SCALAR_SIZES = (dynamic.GetDimensionSizeOp,)
"""Ops of static types that are about open sizes all the same."""
