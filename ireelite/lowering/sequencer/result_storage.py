"""Arguments that are storage for results, as `iree.abi.output` on them says.

A sequence makes such a result in its place, or copies it there. Host code leaves that to a sequence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdsl.dialects import func, scf, tensor
from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, IndexType, IntegerAttr, i1
from xdsl.ir import Block, Operation, OpResult, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ireelite.dialects import util
from ireelite.dialects.symbols import find_symbol
from ireelite.lowering.rewriting.plain_names import plain_name
from ireelite.lowering.rewriting.sequences import (
    ABI_OUTPUT,
    is_static_tensor,
    is_tensor_work,
    output_storage,
)
from ireelite.lowering.sequencer.abi import ABI_MODEL
from ireelite.status import invalid_argument
from ireelite.syntax.parser import place_of

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


def check_output_storage(op: Operation) -> None:
    """Raises INVALID_ARGUMENT for an argument that can't be storage for the result it names."""
    if not isinstance(op, func.FuncOp):
        return
    inputs, outputs = op.function_type.inputs.data, op.function_type.outputs.data
    for argument, attributes in enumerate(op.arg_attrs or ()):
        value = attributes.data.get(ABI_OUTPUT)
        if value is not None and not isinstance(value, IntegerAttr):
            raise invalid_argument(
                f"{place_of(op)}argument {argument} of '{op.sym_name.data}' has {ABI_OUTPUT} = "
                f"{value}, which is not the number of a result"
            )
    numbers = output_storage(op)
    for argument, result in enumerate(numbers):
        if result is None:
            continue
        wrong = None
        if not 0 <= result < len(outputs):
            wrong = f"it has {len(outputs)} result{'s' * (len(outputs) != 1)}, counted from 0"
        elif numbers.index(result) != argument:
            wrong = f"argument {numbers.index(result)} is storage for that result already"
        elif inputs[argument] != outputs[result] or not is_static_tensor(inputs[argument]):
            wrong = (
                f"that result is a {outputs[result]} and the argument a {inputs[argument]}; both "
                "must be tensors of one static shape"
            )
        if wrong is not None:
            raise invalid_argument(
                f"{place_of(op)}argument {argument} of '{op.sym_name.data}' has {ABI_OUTPUT} = "
                f"{result}, but {wrong}"
            )


def store_results(function: func.FuncOp, names: set[str], tracker: Tracker | None) -> None:
    """Inserts, before each return of host code, a call of a sequence for each result that belongs
    into an argument and is not there yet.
    """
    if function.is_declaration:
        return
    storage = {n: function.args[i] for i, n in enumerate(output_storage(function)) if n is not None}
    for op in [b.last_op for b in function.body.blocks] if storage else []:
        if not isinstance(op, func.ReturnOp):
            continue
        for number, target in storage.items():
            if is_in(value := op.operands[number], target):
                continue
            into = copy_function(function, value, names)
            parent = function.parent_block()
            assert parent is not None
            parent.insert_op_before(into, function)
            calls = call_to_store(into, value, target)
            op.operands[number] = calls[-1].results[0]
            Rewriter.insert_op(calls, InsertPoint.before(op))
            made = [inner for new in (into, *calls) for inner in new.walk()]
            for new in made:
                new.location = op.location
            if tracker is not None:
                tracker.rewrite(store_results, [op], made)


def call_to_store(into: func.FuncOp, value: SSAValue, target: SSAValue) -> list[Operation]:
    """Returns a call that puts a value into storage, unless that is where it is. What has just been
    made can't be there.
    """
    call = func.CallOp(into.sym_name.data, [value, target], [value.type])
    if isinstance(value.owner, Operation) and is_tensor_work(value.owner):
        return [call]
    there = util.CmpEqOp.create(operands=[value, target], result_types=[i1])
    keep, store = Block([scf.YieldOp(value)]), Block([call, scf.YieldOp(call.results[0])])
    return [there, scf.IfOp(there.result, [value.type], Region(keep), Region(store))]


def is_in(value: SSAValue, target: SSAValue) -> bool:
    """Returns whether a value is the storage itself, or a result that a call has written to it."""
    if (value := without_casts(value)) is target:
        return True
    call = value.owner
    if not isinstance(call, func.CallOp) or not isinstance(value, OpResult):
        return False
    callee = find_symbol(call, call.callee)
    return isinstance(callee, func.FuncOp) and any(
        number == value.index and without_casts(operand) is target
        for number, operand in zip(output_storage(callee), call.operands, strict=True)
    )


def without_casts(value: SSAValue) -> SSAValue:
    """Returns the value itself, before casts that change only its type."""
    while isinstance(value.owner, tensor.CastOp):
        value = value.owner.source
    return value


def copy_function(function: func.FuncOp, value: SSAValue, names: set[str]) -> func.FuncOp:
    """Returns a new sequence of a host function that puts its first argument into its second."""
    number, prefix = 0, plain_name(function.sym_name.data)
    while (name := f"{prefix}_store_{number}") in names:
        number += 1
    names.add(name)
    body = Block(arg_types=[value.type, value.type])
    body.add_op(func.ReturnOp(body.args[0]))
    attributes = [DictionaryAttr({}), DictionaryAttr({ABI_OUTPUT: IntegerAttr(0, IndexType())})]
    copy = func.FuncOp(
        name,
        (body.arg_types, [value.type]),
        Region(body),
        "private",
        arg_attrs=ArrayAttr(attributes),
    )
    if (model := function.attributes.get(ABI_MODEL)) is not None:
        copy.attributes[ABI_MODEL] = model
    return copy
