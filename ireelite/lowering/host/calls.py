"""Calls that host code makes: of its own functions, of sequences, and of other modules.

A function with fences is called with a fence at which its tensors are ready and a new one that it
signals; one without is called when its tensors are ready.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import (
    FunctionType,
    StringAttr,
    SymbolRefAttr,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, SSAValue

from ireelite.dialects.sequencer import iree
from ireelite.dialects.symbols import find_symbol
from ireelite.lowering.host.abi import NO_SIDE_EFFECTS, has_tensors, import_of, refused, signature
from ireelite.lowering.host.conversion import HostConversion
from ireelite.lowering.host.types import FENCE, canonical, resize, vm_type
from ireelite.lowering.host.views import exact_view
from ireelite.lowering.rewriting.conversion import Rules
from ireelite.lowering.sequencer.abi import is_async
from ireelite.status import StatusCode, StatusError


def lower_call(op: func.CallOp, to: HostConversion) -> list[SSAValue]:
    return call(op, find(op, op.callee.root_reference.data), to)


def lower_sequence_call(op: iree.CallOp, to: HostConversion) -> list[SSAValue]:
    return call(op, find(op, op.callee.root_reference.data), to)


def find(op: Operation, name: str) -> func.FuncOp:
    """Returns the function that an op names. Raises NOT_FOUND."""
    found = find_symbol(op, SymbolRefAttr(name))
    if not isinstance(found, func.FuncOp):
        raise StatusError(StatusCode.NOT_FOUND, f"'{op.name}' calls '{name}', which is no function")
    return found


def call(op: Operation, callee: func.FuncOp, to: HostConversion) -> list[SSAValue]:
    """Calls a function with an op's operands; returns the new values of the op's results."""
    fences = is_async(callee)
    type = call_signature(op, callee)
    awaits = pending = None
    if fences:
        ready = to.joined(to.fences_of(op.operands))
        silent = NO_SIDE_EFFECTS in callee.attributes and callee.is_declaration
        has_results = has_tensors([r.type for r in op.results])
        pending = None if silent and not has_results else to.new_fence()
        if pending is not None and not (to.fenced and has_results):
            awaits = pending
    else:
        to.await_values(op.operands)
        ready = None
    passed = exact_view if callee.is_declaration else HostConversion.value
    arguments = [
        adapt(to, passed(to, old), target)
        for old, target in zip(op.operands, type.inputs.data, strict=False)
    ]
    if ready is not None:
        arguments += [ready, pending or to.b.null("hal.fence")]
    results = call_function(to, callee, type, arguments)
    if awaits is not None:
        to.b.await_fence(awaits, to.region)
    values: list[SSAValue] = []
    for old, result in zip(op.results, results, strict=True):
        value = adapt(to, result, vm_type(old.type))
        values.append(canonical(to, value, old.type) if callee.is_declaration else value)
        if pending is not None and to.has_fence(old.type):
            to.ready[old] = pending
    return values


def call_signature(op: Operation, callee: func.FuncOp) -> FunctionType:
    """Returns the type of the callee in the virtual machine; a sequence takes and yields views."""
    if isinstance(op, iree.CallOp):
        fences = [FENCE, FENCE] if is_async(callee) else []
        inputs = [*(vm_type(v.type) for v in op.operands), *fences]
        return FunctionType.from_lists(inputs, [vm_type(v.type) for v in op.results])
    return signature(callee)


def adapt(to: HostConversion, value: SSAValue, target: Attribute) -> SSAValue:
    """Returns a number as a wider or narrower one, where a `vm.signature` asks for that."""
    if value.type != target and {value.type, target} == {i32, i64}:
        return resize(to, value, target)
    return value


def call_function(
    to: HostConversion, callee: func.FuncOp, type: FunctionType, arguments: Sequence[SSAValue]
) -> Sequence[SSAValue]:
    """Returns the call itself, of this module's function or of an import."""
    name, outputs = callee.sym_name.data, type.outputs.data
    if not callee.is_declaration:
        return to.b.call(name, *arguments, types=outputs)
    imported = import_of(callee)
    optional = imported.fallback is not None
    to.b.declare_import(name, imported.cconv, imported.minimum_version, optional)
    if imported.fallback is None:
        return to.b.call(name, *arguments, types=outputs)
    other = find(callee, imported.fallback)
    check_fallbacks(callee)
    if signature(other) != type:
        raise refused(callee, f"its fallback '{imported.fallback}' has another type")
    return call_or_fall_back(to, callee, other, type, arguments)


def check_fallbacks(callee: func.FuncOp) -> None:
    """Raises INVALID_ARGUMENT if the fallback of a declaration, or the fallback of that and so on,
    is a declaration that it comes from.
    """
    passed, function = {callee}, callee
    while function.is_declaration and (name := import_of(function).fallback) is not None:
        function = find(function, name)
        if function in passed:
            raise refused(callee, f"its fallback leads back to '{name}'")
        passed.add(function)


def call_or_fall_back(
    to: HostConversion,
    callee: func.FuncOp,
    other: func.FuncOp,
    type: FunctionType,
    arguments: Sequence[SSAValue],
) -> Sequence[SSAValue]:
    """Calls an import if it is there, and another function if it is not."""
    present, missing, after = Block(), Block(), Block(arg_types=type.outputs.data)
    callee_name = StringAttr(callee.sym_name.data)
    (resolved,) = to.b.emit("import.resolved", [], [i32], callee=callee_name)
    to.branch(resolved, present, missing)
    to.enter(present)
    results = to.b.call(callee_name.data, *arguments, types=type.outputs.data)
    to.b.emit("br", results, successors=[after])
    to.enter(missing)
    to.b.emit("br", call_function(to, other, type, arguments), successors=[after])
    to.enter(after)
    return after.args


CALL_RULES: Rules = {func.CallOp: lower_call, iree.CallOp: lower_sequence_call}
