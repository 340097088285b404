"""Within programs of HLO, `linalg`, `tensor` and `flow`: shapes with `?` become static wherever
constants decide them.

Exporters write programs for any size: sizes are asked for, computed with and given to ops that make
tensors of that size. Where a function's arguments have static shapes, all this is constant. The
functions that are called with shapes of any size are inlined, ops are folded, those of dynamic shape
become those of static shape, and every result gets the shape that follows from its operands. Ops of
`flow` become others.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import TYPE_CHECKING

from xdsl.dialects import arith, cf, func, scf, tensor
from xdsl.dialects.builtin import DYNAMIC_INDEX, FunctionType, ModuleOp, TensorType
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects import util
from ireelite.dialects.stablehlo import control
from ireelite.dialects.stablehlo.composition import CompositeOp
from ireelite.dialects.stablehlo.contraction import DotGeneralOp
from ireelite.dialects.stablehlo.indexing import ReverseOp
from ireelite.dialects.stablehlo.shapes import compatible
from ireelite.dialects.symbols import find_symbol
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.hlo.composition import expand_composite
from ireelite.lowering.frontend.hlo.inferred_types import HLO, inferred_types
from ireelite.lowering.frontend.hlo.static_forms import (
    is_decided_by_arguments,
    is_known,
    static_form,
)
from ireelite.lowering.frontend.shapes.flow_forms import FLOW_FORMS
from ireelite.lowering.frontend.shapes.numbers import folded_number
from ireelite.lowering.frontend.shapes.parameters import settle_parameters
from ireelite.lowering.frontend.shapes.storage import drop_packed_storage
from ireelite.lowering.frontend.shapes.types import result_types, retype
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.fold_constants import FOLDS, MAX_ELEMENTS, folded_value
from ireelite.lowering.rewriting.inlining import calls_in, inline_call
from ireelite.lowering.rewriting.replacing import replace_in_place
from ireelite.lowering.rewriting.sequences import is_private, is_tensor_work
from ireelite.status import StatusError, invalid_argument
from ireelite.syntax.checks import check_op
from ireelite.syntax.errors import first_lines
from ireelite.syntax.parser import at_place, place_of

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

MAX_CALLS = 10_000
"""Calls that are inlined in one function. More are calls in a circle."""


def refine_shapes(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """Refines the shapes of every function of static arguments, in place. Raises UNIMPLEMENTED for
    an op whose shape no constant decides, naming the op and the operand.
    """
    drop_packed_storage(module)
    dynamic = dynamic_functions(module)
    if not dynamic:
        return module
    refinement = Refinement(Conversion({}, "static shapes", tracker), tracker)
    changed = {
        function.sym_name.data
        for function in functions_of(module)
        if refinement.inline(function, dynamic)
    }
    called = {call.callee.root_reference.data for call in calls_in(module)}
    for function in functions_of(module):
        name = function.sym_name.data
        if name in dynamic and is_private(function) and name not in called:
            function.detach()
            function.erase()
        elif name in dynamic | changed:
            refinement.refine_function(function, name in called)
    return module


def dynamic_functions(module: ModuleOp) -> set[str]:
    """Returns the functions that compute with shapes, and those that pass tensors of open shapes on
    to them, by name.
    """
    functions = {f.sym_name.data: f for f in functions_of(module)}
    dynamic = {name for name, function in functions.items() if is_dynamic(function)}
    waiting = [name for name, f in functions.items() if name not in dynamic and has_open_type(f)]
    callees = {
        name: {call.callee.root_reference.data for call in calls_in(functions[name])}
        for name in waiting
    }
    while more := {name for name in waiting if name not in dynamic and callees[name] & dynamic}:
        dynamic |= more
    return dynamic


def has_open_type(function: func.FuncOp) -> bool:
    """Returns whether an argument or a result of a function has a shape that is not known."""
    type = function.function_type
    return any(
        isinstance(t, TensorType) and DYNAMIC_INDEX in t.get_shape()
        for t in (*type.inputs, *type.outputs)
    )


def functions_of(module: ModuleOp) -> list[func.FuncOp]:
    """Returns the functions of a module that have a body."""
    return [f for f in module.ops if isinstance(f, func.FuncOp) and f.body.blocks]


def is_dynamic(function: func.FuncOp) -> bool:
    """Returns whether a function's body computes with shapes, has ops of `flow`, or does tensor
    work on shapes that are not known.
    """
    return any(
        static_form(op) is not None
        or type(op) in FLOW_FORMS
        or (is_tensor_work(op) and not all(map(is_known, (*op.operands, *op.results))))
        for op in function.walk()
    )


def changes_shape(op: hlo.ConvertOp) -> bool:
    """Returns whether an op gives a tensor another static type, as exporters do before a call."""
    return shape_of(op.operand) != shape_of(op.result)


class Refinement:
    """Refines one function after the other."""

    def __init__(self, to: Conversion, tracker: Tracker | None):
        self.to, self.tracker = to, tracker
        self.is_open = False
        """Whether arguments of the function leave sizes open, on which shapes may depend."""

    def inline(self, function: func.FuncOp, dynamic: Container[str]) -> bool:
        """Inlines the calls of dynamic functions, also through composites. Returns whether there are
        any.
        """
        self.call_decompositions(function, dynamic)
        waiting, inlined = calls_in(function), 0
        while waiting:
            call = waiting.pop()
            if call.callee.root_reference.data not in dynamic:
                continue
            callee = find_symbol(call, call.callee)
            assert isinstance(callee, func.FuncOp)
            if len(callee.body.blocks) != 1:
                continue
            self.call_decompositions(callee, dynamic)
            if (inlined := inlined + 1) > MAX_CALLS:
                raise invalid_argument(
                    f"{place_of(callee)}'@{callee.sym_name.data}' calls itself with shapes that "
                    "are not static"
                )
            waiting += inline_call(call, callee, self.tracker)
        return inlined > 0

    def call_decompositions(self, function: func.FuncOp, dynamic: Container[str]) -> None:
        """Makes the composites of dynamic functions calls."""
        for op in list(function.walk()):
            if isinstance(op, CompositeOp) and op.decomposition.root_reference.data in dynamic:
                replace_in_place(op, expand_composite, self.to)

    def refine_function(self, function: func.FuncOp, is_called: bool) -> None:
        """Refines a function's body, and its results unless it is called."""
        self.is_open = not all(map(is_known, function.args))
        for block in function.body.blocks:
            self.refine_block(block)
        if len(function.body.blocks) == 1 and not is_called:
            end, type = function.body.block.last_op, function.function_type
            assert end is not None
            outputs = [value.type for value in end.operands]
            function.function_type = FunctionType.from_lists([*type.inputs], outputs)
        keep_declared_types(function)

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
        if isinstance(op, tensor.CastOp) and is_known(op.source):
            return replace_in_place(op, cast_away, self.to)
        if self.is_open and is_decided_by_arguments(op):
            return []
        if (rule := static_form(op) or FLOW_FORMS.get(type(op))) is not None:
            return replace_in_place(op, rule, self.to)
        if not isinstance(op, arith.ConstantOp) and (number := folded_number(op)) is not None:
            replace_in_place(op, lambda _, to: to.insert(arith.ConstantOp(number)).results, self.to)
            return []
        if (fold := FOLDS.get(type(op))) is not None and is_known(op.results[0]):
            if op.operands and (value := folded_value(op, fold, MAX_ELEMENTS)) is not None:
                replace_in_place(
                    op, lambda _, to: to.insert(hlo.ConstantOp(value)).results, self.to
                )
                return []
        if isinstance(op, control.WhileOp | scf.WhileOp | scf.ForOp):
            self.refine_loop(op)
        elif isinstance(op, control.IfOp | control.CaseOp | scf.IfOp | scf.IndexSwitchOp):
            self.refine_choice(op)
        elif self.is_open and isinstance(op, FOLLOWING):
            follow_operands(op)
        settle_parameters(op)
        if not all(map(is_known, op.results)):
            if (types := result_types(op)) is not None:
                retype(op.results, types)
            elif self.is_open and isinstance(op, control.IfOp | control.CaseOp):
                pass  # the branches, which read values from around them, decide
            elif op.name.startswith(HLO) and all(map(is_known, op.operands)):
                retype(op.results, inferred_types(op))
        check_refined(op)
        return []

    def refine_loop(self, op: control.WhileOp | scf.WhileOp | scf.ForOp) -> None:
        """Gives the carried values the types of the operands, in each turn."""
        inits = op.iter_args if isinstance(op, scf.ForOp) else op.operands
        types = [value.type for value in inits]
        for region in op.regions:
            arguments = region.block.args
            retype(arguments[len(arguments) - len(types) :], types)
            self.refine_block(region.block)
            end = region.block.last_op
            if isinstance(end, scf.ConditionOp):
                types = [value.type for value in end.args]
        retype(op.results, types)

    def refine_choice(
        self, op: control.IfOp | control.CaseOp | scf.IfOp | scf.IndexSwitchOp
    ) -> None:
        """Gives the results the types that the branches return, where all return the same."""
        ends: list[Operation] = []
        for region in op.regions:
            if region.blocks:
                self.refine_block(region.block)
                ends += [] if region.block.last_op is None else [region.block.last_op]
        for number, result in enumerate(op.results):
            types = {end.operands[number].type for end in ends}
            if len(types) == 1:
                retype([result], list(types))


FOLLOWING = (hlo.ReduceOp, hlo.SliceOp, hlo.TransposeOp, DotGeneralOp, ReverseOp)
"""Ops that are lowered to tensors of the sizes that their operands' types say."""


def follow_operands(op: Operation) -> None:
    """Gives an op's results the types that follow from its operands'. Sizes that the results' own
    types knew beyond are those of a cast, which compares them when the program runs.
    """
    for number, inferred in enumerate(inferred_types(op)):
        declared = closed(op.results[number].type, inferred)
        retype([op.results[number]], [inferred])
        if declared == inferred:
            continue
        result = op.results[number]
        cast = tensor.CastOp(result, declared)
        cast.location = op.location
        Rewriter.insert_op(cast, InsertPoint.after(op))
        result.replace_uses_with_if(cast.dest, lambda use, cast=cast: use.operation is not cast)


def closed(declared: Attribute, inferred: Attribute) -> TensorType:
    """Returns a type with the sizes that either of two types of a tensor knows."""
    assert isinstance(declared, TensorType) and isinstance(inferred, TensorType)
    sizes = zip(declared.get_shape(), inferred.get_shape(), strict=True)
    return TensorType(inferred.element_type, [b if a == DYNAMIC_INDEX else a for a, b in sizes])


def cast_away(op: tensor.CastOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns the operand, whose shape is known. Raises INVALID_ARGUMENT for a result of another
    shape.
    """
    if not compatible(shape_of(op.source), shape_of(op.dest)):
        raise invalid_argument(f"can't take a {op.source.type} for a {op.dest.type}")
    return [op.source]


def keep_declared_types(function: func.FuncOp) -> None:
    """Casts what an op takes that does not follow its operands' types: a call, a global, a return,
    the end of a region.
    """
    for op in list(function.walk()):
        for number, wanted in enumerate(declared_types(op)):
            value = op.operands[number]
            if wanted not in (None, value.type) and isinstance(value.type, TensorType):
                cast = tensor.CastOp(value, wanted)  # pyright: ignore[reportArgumentType]
                cast.location = op.location
                Rewriter.insert_op(cast, InsertPoint.before(op))
                op.operands[number] = cast.dest


def declared_types(op: Operation) -> Sequence[Attribute | None]:
    """Returns the types that an op's operands must have, whatever they are made of; None where none
    is declared.
    """
    if isinstance(op, func.CallOp):
        callee = find_symbol(op, op.callee)
        return list(callee.function_type.inputs) if isinstance(callee, func.FuncOp) else []
    if isinstance(op, func.ReturnOp):
        function = op.parent_op()
        return list(function.function_type.outputs) if isinstance(function, func.FuncOp) else []
    if isinstance(op, util.GlobalStoreOp):
        stored = find_symbol(op, op.global_name)
        return [stored.type] if isinstance(stored, util.GlobalOp) else []
    if isinstance(op, cf.BranchOp):
        return list(op.successor.arg_types)
    if isinstance(op, cf.ConditionalBranchOp):
        return [None, *op.then_block.arg_types, *op.else_block.arg_types]
    around = op.parent_op()
    if isinstance(op, scf.YieldOp) and isinstance(around, scf.IfOp):
        return [result.type for result in around.results]
    if isinstance(op, hlo.ReturnOp) and isinstance(around, control.IfOp | control.CaseOp):
        return [result.type for result in around.results]
    return []


def same_elements(op: hlo.ConvertOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns the operand of a conversion to another shape, with its elements converted, and a cast
    to the sizes that only the result's type knows. Raises INVALID_ARGUMENT where both shapes are
    static and differ.
    """
    shape, element = shape_of(op.operand), element_type_of(op.result)
    if DYNAMIC_INDEX not in (*shape, *shape_of(op.result)):
        raise invalid_argument(f"can't take a {op.operand.type} for a {op.result.type}")
    value = op.operand
    if element_type_of(value) != element:
        value = to.insert(hlo.ConvertOp(value, TensorType(element, shape))).result
    declared = closed(op.result.type, value.type)
    return [value if declared == value.type else to.insert(tensor.CastOp(value, declared)).dest]


def check_refined(op: Operation) -> None:
    """Raises INVALID_ARGUMENT for an op whose operands have shapes that do not fit together, or that
    yields a negative size: it shows once they are known.
    """
    try:
        if op.name.startswith(HLO) and all(map(is_known, (*op.operands, *op.results))):
            op.verify_()
        elif op.name.startswith("tensor."):
            check_op(op)
    except VerifyException as error:
        raise invalid_argument(
            f"'{op.name}' op {first_lines(error)}; these are the shapes that follow from the "
            "arguments"
        ) from error
    for result in op.results:
        shape = result.type.get_shape() if isinstance(result.type, TensorType) else ()
        if any(size < 0 and size != DYNAMIC_INDEX for size in shape):
            raise invalid_argument(f"'{op.name}' has a negative size: {list(shape)}")
