"""Within HLO: shapes with `?` become static wherever constants decide them.

Exporters write programs for any size: sizes are asked for, computed with and given to ops that make
tensors of that size. Where a function's arguments have static shapes, all this is constant. The
functions that are called with shapes of any size are inlined, ops are folded, those of dynamic shape
become those of static shape, and every result gets the shape that follows from its operands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xdsl.dialects import func
from xdsl.dialects.builtin import DYNAMIC_INDEX, FunctionType, ModuleOp, TensorType
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.rewriter import Rewriter

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.stablehlo import contraction, control, gather, indexing, reduction
from ireelite.dialects.stablehlo.composition import CompositeOp, OptimizationBarrierOp
from ireelite.dialects.stablehlo.elementwise import element_type_of, shape_of
from ireelite.dialects.stablehlo.scatter_sort import ScatterOp, SortOp
from ireelite.dialects.symbols import find_symbol
from ireelite.lowering.frontend.hlo.composition import expand_composite
from ireelite.lowering.frontend.hlo.static_forms import (
    is_known,
    static_form,
)
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.fold_constants import FOLDS, MAX_ELEMENTS, folded_value
from ireelite.lowering.rewriting.inlining import calls_in, inline_call
from ireelite.lowering.rewriting.replacing import replace_in_place
from ireelite.lowering.rewriting.sequences import is_private
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.syntax.parser import at_place, place_of

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

HLO = ("chlo.", "stablehlo.")
"""How the names of HLO's ops begin."""

MOST_CALLS = 10_000
"""Calls that are inlined in one function. More are calls in a circle."""


def refine_shapes(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """Refines the shapes of every function of static arguments, in place. Raises UNIMPLEMENTED for
    an op whose shape no constant decides, naming the op and the operand.
    """
    dynamic = {f.sym_name.data for f in functions_of(module) if is_dynamic(f)}
    if not dynamic:
        return module
    refinement = Refinement(Conversion({}, "static shapes", tracker), tracker)
    for function in functions_of(module):
        refinement.inline(function, dynamic)
    called = {call.callee.root_reference.data for call in calls_in(module)}
    for function in functions_of(module):
        name = function.sym_name.data
        if name in dynamic and is_private(function) and name not in called:
            function.detach()
            function.erase()
        elif name in dynamic and len(function.body.blocks) == 1:
            refinement.refine_function(function)
    return module


def functions_of(module: ModuleOp) -> list[func.FuncOp]:
    """The functions of a module that have a body."""
    return [f for f in module.ops if isinstance(f, func.FuncOp) and f.body.blocks]


def is_dynamic(function: func.FuncOp) -> bool:
    """Whether a function's body computes with shapes, or has HLO on shapes that are not known."""
    return any(
        static_form(op) is not None
        or (op.name.startswith(HLO) and not all(map(is_known, (*op.operands, *op.results))))
        for op in function.walk()
    )


def changes_shape(op: hlo.ConvertOp) -> bool:
    """Whether an op gives a tensor another static type, as exporters do before a call."""
    return shape_of(op.operand) != shape_of(op.result)


class Refinement:
    """Refines one function after the other."""

    def __init__(self, to: Conversion, tracker: Tracker | None):
        self.to, self.tracker = to, tracker

    def inline(self, function: func.FuncOp, dynamic: set[str]) -> None:
        """Inlines the calls of dynamic functions, also through composites."""
        for op in list(function.walk()):
            if isinstance(op, CompositeOp) and op.decomposition.root_reference.data in dynamic:
                replace_in_place(op, expand_composite, self.to)
        waiting, inlined = calls_in(function), 0
        while waiting:
            call = waiting.pop()
            if call.callee.root_reference.data not in dynamic:
                continue
            callee = find_symbol(call, call.callee)
            assert isinstance(callee, func.FuncOp)
            if (inlined := inlined + 1) > MOST_CALLS:
                raise invalid_argument(
                    f"{place_of(callee)}'@{callee.sym_name.data}' calls itself with shapes that "
                    "are not static"
                )
            waiting += inline_call(call, callee, self.tracker)

    def refine_function(self, function: func.FuncOp) -> None:
        """Refines a function's body and its results."""
        block = function.body.block
        self.refine_block(block)
        end, type = block.last_op, function.function_type
        assert end is not None
        outputs = [value.type for value in end.operands]
        function.function_type = FunctionType.from_lists([*type.inputs], outputs)

    def refine_block(self, block: Block) -> None:
        """Refines the ops of a block in order. What replaces an op is refined in turn."""
        op = block.first_op
        while op is not None:
            following = op.next_op
            try:
                made = self.refine_op(op)
            except StatusError as error:
                raise at_place(error, [op]) from error
            op = made[0] if made else following

    def refine_op(self, op: Operation) -> list[Operation]:
        """Folds an op of constants, or gives its results static types. Returns the
        new ops.
        """
        if isinstance(op, hlo.ConvertOp) and changes_shape(op):
            return replace_in_place(op, same_elements, self.to)
        if (rule := static_form(op)) is not None:
            return replace_in_place(op, rule, self.to)
        if (fold := FOLDS.get(type(op))) is not None and is_known(op.results[0]):
            if op.operands and (value := folded_value(op, fold, MAX_ELEMENTS)) is not None:
                replace_in_place(
                    op, lambda _, to: to.insert(hlo.ConstantOp(value)).results, self.to
                )
                return []
        if isinstance(op, control.WhileOp):
            self.refine_loop(op)
        elif isinstance(op, control.IfOp | control.CaseOp):
            self.refine_choice(op)
        elif not all(map(is_known, op.results)):
            if not isinstance(op, func.CallOp) and all(map(is_known, op.operands)):
                retype(op.results, inferred_types(op))
        return []

    def refine_loop(self, op: control.WhileOp) -> None:
        """The carried values have the types of the operands, in each turn."""
        types = [value.type for value in op.operand]
        for region in (op.cond, op.body):
            retype(region.block.args, types)
            self.refine_block(region.block)
        retype(op.res, types)

    def refine_choice(self, op: control.IfOp | control.CaseOp) -> None:
        """The results have the types that the branches return."""
        for region in op.regions:
            self.refine_block(region.block)
        end = op.regions[0].block.last_op
        assert end is not None
        retype(op.results, [value.type for value in end.operands])


def same_elements(op: hlo.ConvertOp, to: Conversion) -> Sequence[SSAValue]:
    """The operand of a conversion to another shape, with its elements converted. Raises
    INVALID_ARGUMENT where both shapes are static and differ.
    """
    shape, element = shape_of(op.operand), element_type_of(op.result)
    if DYNAMIC_INDEX not in (*shape, *shape_of(op.result)):
        raise invalid_argument(f"can't take a {op.operand.type} for a {op.result.type}")
    if element_type_of(op.operand) == element:
        return [op.operand]
    return [to.insert(hlo.ConvertOp(op.operand, TensorType(element, shape))).result]


def retype(values: Sequence[SSAValue], types: Sequence[Attribute]) -> None:
    """Gives values other types."""
    for value, type in zip(values, types, strict=True):
        if value.type != type:
            Rewriter.replace_value_with_new_type(value, type)


# -- inference ---------------------------------------------------------------------------------------


def inferred_types(op: Operation) -> list[Attribute]:
    """The types of an op's results, from operands of static shapes. Raises UNIMPLEMENTED."""
    for kind, rule in INFERENCE.items():
        if isinstance(op, kind):
            return typed(op, [rule(op)])
    if isinstance(op, SAME_TYPES):
        return [value.type for value in op.operands[: len(op.results)]]
    if isinstance(op, reduction.ReduceOp):
        shapes = [
            [s for d, s in enumerate(shape_of(value)) if d not in op.dims] for value in op.inputs
        ]
        return typed(op, shapes)
    if op.name.startswith(HLO) and len(op.results) == 1 and not op.regions:
        return typed(op, [broadcast_shape([shape_of(value) for value in op.operands])])
    raise StatusError(
        StatusCode.UNIMPLEMENTED,
        f"'{op.name}' needs a result of a static shape, not {op.results[0].type}",
    )


def typed(op: Operation, shapes: Sequence[Sequence[int]]) -> list[Attribute]:
    """Types of the results' elements and these shapes."""
    elements = [element_type_of(result) for result in op.results]
    return [TensorType(e, shape) for e, shape in zip(elements, shapes, strict=True)]


def broadcast_shape(shapes: Sequence[Sequence[int]]) -> list[int]:
    """The common shape of tensors of equal shapes, or of those that broadcast as in NumPy."""
    rank = max(map(len, shapes))
    padded = [[1] * (rank - len(shape)) + list(shape) for shape in shapes]
    return [next((s for s in sizes if s != 1), 1) for sizes in zip(*padded, strict=True)]


SAME_TYPES = (
    ScatterOp,
    SortOp,
    OptimizationBarrierOp,
    indexing.DynamicUpdateSliceOp,
    indexing.ReverseOp,
)
"""Ops whose results have the types of their first operands."""

INFERENCE: Mapping[type[Operation], Callable[[Any], Sequence[int]]] = {
    contraction.DotGeneralOp: lambda op: contraction.contracted_shape(
        op.lhs, op.rhs, op.contracting, op.batching
    ),
    gather.GatherOp: lambda op: gather.gathered_shape(
        op.dimension_numbers, shape_of(op.start_indices), op.sizes
    ),
    gather.TorchIndexSelectOp: lambda op: gather.selected_shape(
        shape_of(op.operand), shape_of(op.index), op.dimension, op.batch
    ),
    hlo.SliceOp: lambda op: hlo.sliced_shape(op.ranges),
    hlo.TransposeOp: lambda op: [shape_of(op.operand)[d] for d in op.dims],
    indexing.BitcastConvertOp: lambda op: indexing.bitcast_shape(
        shape_of(op.operand), element_type_of(op.operand), element_type_of(op.result)
    ),
    indexing.BroadcastOp: lambda op: [*op.sizes, *shape_of(op.operand)],
    indexing.ConcatenateOp: lambda op: indexing.concatenated_shape(
        [shape_of(value) for value in op.inputs], op.dim
    ),
    indexing.DynamicSliceOp: lambda op: op.sizes,
    indexing.PadOp: lambda op: indexing.padded_shape(
        shape_of(op.operand), op.low, op.high, op.interior
    ),
}
"""Op -> the shape of its result."""
