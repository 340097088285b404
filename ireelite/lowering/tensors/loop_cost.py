"""What loops and choices over small tensors cost if one invocation runs them in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

from xdsl.dialects import arith, scf, tensor
from xdsl.dialects.builtin import TensorType
from xdsl.ir import Block, Operation, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.stablehlo.convolution import ConvolutionOp
from ireelite.dialects.stablehlo.elementwise import TranscendentalOp
from ireelite.dialects.stablehlo.fields import numbers
from ireelite.dialects.stablehlo.indexing import DynamicUpdateSliceOp
from ireelite.dialects.stablehlo.linear_algebra import CholeskyOp, TriangularSolveOp
from ireelite.dialects.stablehlo.scatter_sort import ScatterOp, SortOp
from ireelite.dialects.stablehlo.windows import ReduceWindowOp, SelectAndScatterOp
from ireelite.dialects.tensor_types import shape_of
from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.rewriting.sequences import CONTROL_OPS, is_static, values_of
from ireelite.lowering.tensors.counters import turns_at_most
from ireelite.lowering.tensors.hlo_to_linalg import (
    bits,
    contraction,
    convolution,
    creation,
    elementwise,
    indexing,
    linear_algebra,
    movement,
    precision,
    reduction,
    scatter_sort,
    windows,
)
from ireelite.lowering.tensors.index_bounds import most_turns
from ireelite.lowering.tensors.loops import passes_all

KERNEL_OPS = {
    *(*bits.RULES, *contraction.RULES, *convolution.RULES, *creation.RULES, *elementwise.RULES),
    *(*indexing.RULES, *linear_algebra.RULES, *movement.RULES, *precision.RULES),
    *(*reduction.RULES, *scatter_sort.RULES, *windows.RULES),
}
"""Tensor work that a kernel of several ops computes."""

DECISIONS = {arith.ConstantOp, arith.IndexCastOp, tensor.ExtractOp}
"""Ops that read what a loop or a choice decides by."""

FREE = {
    *creation.RULES,
    *(hlo.BroadcastInDimOp, hlo.ReshapeOp, hlo.SliceOp, hlo.TransposeOp),
}
"""Ops whose elements are computed where they are read, at no cost."""


DATA_DEPENDENT = {CholeskyOp, SortOp, TriangularSolveOp}
"""Ops whose kernels have loops of a number of turns that is no constant."""


@light_dataclass(frozen=True)
class Cost:
    """Scalar operations, and elements that are stored, by one invocation."""

    piece: int = 0
    """Of the longest piece without a loop."""
    total: int = 0
    """Of everything, at most."""
    back_edges: int = 0
    """How often loops begin again, at most: those that go through elements, too."""
    is_open: bool = False
    """Whether data decides about the turns of a loop in it."""

    def then(self, other: Cost) -> Cost:
        """Returns the cost of both, one after the other."""
        return Cost(
            max(self.piece, other.piece),
            self.total + other.total,
            self.back_edges + other.back_edges,
            self.is_open or other.is_open,
        )


UNKNOWN = "the number of turns of a loop in it is not known"


def cost_of_block(block: Block) -> Cost | str:
    """Returns the cost of a block's work and of what its end stores; a reason if no kernel can do
    it.
    """
    end = stored(block)
    cost, piece, edges = Cost(), end, nest_edges(end)
    is_open = any(type(op) in DATA_DEPENDENT for op in block.ops)
    for op in block.ops:
        if op is block.last_op or type(op) in DECISIONS:
            continue
        if not all(map(is_static, values_of(op))):
            return f"'{op.name}' has a value whose shape is not known"
        if isinstance(op, CONTROL_OPS):
            inner = cost_of_control(op)
            if isinstance(inner, str):
                return inner
            cost = cost.then(inner)
        elif type(op) in KERNEL_OPS:
            piece += points_of(op)
            edges += nest_edges(points_of(op)) if has_loop(op) else 0
        else:
            return f"'{op.name}' is not computed element by element"
    return cost.then(Cost(piece, piece, edges, is_open))


def cost_of_blocks(op: Operation) -> Cost | str:
    """Returns the cost of all blocks of a loop or a choice, each once."""
    cost = Cost()
    for region in op.regions:
        inner = cost_of_block(region.block)
        if isinstance(inner, str):
            return inner
        cost = cost.then(inner)
    return cost


def cost_of_control(op: Operation) -> Cost | str:
    """Returns the cost of all turns of a loop, or of the branches of a choice."""
    if isinstance(op, scf.WhileOp) and not passes_all(op):
        return "a condition passes on other values than it takes"
    cost = cost_of_blocks(op)
    if isinstance(cost, str) or not isinstance(op, scf.ForOp | scf.WhileOp):
        return cost
    turns = turns_at_most(op) if isinstance(op, scf.WhileOp) else most_turns(op)
    if turns is None:
        return UNKNOWN
    is_open = cost.is_open or isinstance(op, scf.WhileOp) or not has_constant_bounds(op)
    total, edges = turns * max(cost.total, 1), turns * (cost.back_edges + 1) + 1
    return Cost(cost.piece, total, edges, is_open).then(cost_of_start(op))


def cost_of_start(op: Operation) -> Cost:
    """Returns the cost of what stands before the first turn of a loop: carried tensors are copied."""
    elements = sum(prod(shape_of(value)) for value in op.results if shape_of(value))
    return Cost(0, elements, nest_edges(elements) if elements else 0)


def has_constant_bounds(op: scf.ForOp) -> bool:
    """Returns whether the number of turns of a loop is a constant."""
    return all(isinstance(v.owner, arith.ConstantOp) for v in (op.lb, op.ub, op.step))


def nest_edges(points: int) -> int:
    """Returns how often nested loops over so many points begin again, at most: inner ones may be
    short.
    """
    return 2 * points + MAX_NESTED


MAX_NESTED = 4
"""Nested loops without a turn, which begin once."""


def has_loop(op: Operation) -> bool:
    """Returns whether computing an op's results takes a loop."""
    values = (*op.operands, *op.results)
    return any(isinstance(value.type, TensorType) and shape_of(value) for value in values)


def stored(block: Block) -> int:
    """Elements of tensors that the end of a block stores: those of an update in place that it
    replaces, which are counted with the update.
    """
    end = block.last_op
    assert end is not None
    values = end.args if isinstance(end, scf.ConditionOp) else end.operands
    carried = block.args[len(block.args) - len(values) :] if block.args else [None] * len(values)
    return sum(
        prod(shape_of(value))
        for value, argument in zip(values, carried, strict=False)
        if isinstance(value.type, TensorType)
        and shape_of(value)
        and value is not argument
        and not isinstance(value.owner, CONTROL_OPS)
        and not (isinstance(value.owner, DynamicUpdateSliceOp) and is_in_place(value.owner))
    )


def is_in_place(op: DynamicUpdateSliceOp) -> bool:
    """Returns whether an update is of a tensor that a loop carries, or of an update of one, and
    what the loop carries next, or what another update takes.
    """
    block = op.parent_block()
    if block is None or (end := block.last_op) is None:
        return False
    carried = op.operand
    while isinstance(carried.owner, DynamicUpdateSliceOp):
        carried = carried.owner.operand
    value: SSAValue = op.result
    while value.has_one_use():
        (use,) = value.uses
        if isinstance(use.operation, DynamicUpdateSliceOp) and use.index == 0:
            value = use.operation.result
            continue
        number = use.index + len(block.args) - len(end.operands)
        return use.operation is end and number >= 0 and carried is block.args[number]
    return False


# -- points --------------------------------------------------------------------------------------------


def points_of(op: Operation) -> int:
    """Returns the scalar operations of an op: its elements, times what each goes through."""
    if type(op) in FREE:
        return 0
    if (rule := POINTS.get(type(op))) is not None:
        return rule(op)
    elements = sum(prod(shape_of(v)) for v in op.results if isinstance(v.type, TensorType))
    return elements * (FUNCTION if isinstance(op, TranscendentalOp) else 1)


FUNCTION = 4
"""What a function as the exponential costs, in operations of the time that most take."""


def contraction_points(op: hlo.DotGeneralOp) -> int:
    return prod(shape_of(op.result)) * prod(shape_of(op.lhs)[d] for d in op.contracting[0])


def convolution_points(op: ConvolutionOp) -> int:
    """Counts the points of a convolution: an element of the kernel is used once for each position
    of one output feature at most.
    """
    return prod(shape_of(op.result)) * prod(shape_of(op.rhs))


def window_points(op: ReduceWindowOp) -> int:
    return prod(shape_of(op.outputs[0])) * prod(numbers(op.window_dimensions)) * len(op.outputs)


def sort_points(op: SortOp) -> int:
    """Runs of 64 elements at most are sorted by insertion, and then merged."""
    elements = prod(shape_of(op.inputs[0]))
    return elements * (min(elements, 64) + elements.bit_length()) * len(op.inputs)


def scatter_points(op: ScatterOp) -> int:
    return sum(prod(shape_of(value)) for value in (*op.inputs, *op.updates))


def update_points(op: DynamicUpdateSliceOp) -> int:
    return prod(shape_of(op.update if is_in_place(op) else op.operand))


def cubic(shape: Sequence[int]) -> int:
    return prod(shape) * (shape[-1] if shape else 1)


POINTS: Mapping[type[Operation], Callable[[Any], int]] = {
    CholeskyOp: lambda op: cubic(shape_of(op.a)),
    ConvolutionOp: convolution_points,
    DynamicUpdateSliceOp: update_points,
    hlo.DotGeneralOp: contraction_points,
    hlo.ReduceOp: lambda op: sum(prod(shape_of(value)) for value in op.inputs),
    ReduceWindowOp: window_points,
    ScatterOp: scatter_points,
    SelectAndScatterOp: lambda op: (
        prod(shape_of(op.operand)) * prod(numbers(op.window_dimensions) or [1])
    ),
    SortOp: sort_points,
    TriangularSolveOp: lambda op: cubic(shape_of(op.a)) * prod(shape_of(op.b)[-1:]),
}
"""Op -> the scalar operations that it takes, for those that loop."""
