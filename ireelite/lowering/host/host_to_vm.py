"""Stage 6 to 7 for host code: functions, globals and initializers of the virtual machine.

A function is lowered block by block, by the rules of `scalars`, `control`, `calls`
and `values`. Initial values and initializers become one function, which `__init` calls, or
which is `__init` if a module needs no device.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeGuard

from xdsl.dialects import func
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, FunctionType, TensorType
from xdsl.ir import Block, Operation, Region

from ireelite.dialects import util, vm
from ireelite.dialects.affinity import AFFINITY, device_name
from ireelite.dialects.flow_parameters import NamedParameterAttr
from ireelite.lowering.host.abi import is_public, signature
from ireelite.lowering.host.calls import CALL_RULES
from ireelite.lowering.host.checks import CHECK_RULES
from ireelite.lowering.host.control import CONTROL_RULES
from ireelite.lowering.host.conversion import HostConversion
from ireelite.lowering.host.parameters import load_parameters
from ireelite.lowering.host.scalars import SCALAR_RULES, constant
from ireelite.lowering.host.transfers import TRANSFER_RULES
from ireelite.lowering.host.types import VIEW, canonical, vm_type
from ireelite.lowering.host.values import VALUE_RULES, is_number, store_global
from ireelite.lowering.host.views import assert_view
from ireelite.lowering.rewriting.conversion import Rules
from ireelite.lowering.rewriting.sequences import output_storage
from ireelite.lowering.sequencer.abi import is_async, orders_by_fences, reflection
from ireelite.lowering.vm.buffer_views import upload_view

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


def lower_host_code(ops: Sequence[Operation], to: HostConversion, device: bool) -> str | None:
    """Lowers functions, globals and initializers. Returns the name of the function that sets the
    module's state, if `__init` must call it.
    """
    for op in ops:
        if isinstance(op, func.FuncOp) and not op.is_declaration:
            lower_host_function(op, to)
    return lower_globals(ops, to, device)


HOST_RULES: Rules = {
    **SCALAR_RULES,
    **CONTROL_RULES,
    **CALL_RULES,
    **CHECK_RULES,
    **VALUE_RULES,
    **TRANSFER_RULES,
}

INITIALIZE = "__initialize"
"""The function that sets globals when a module is loaded."""
INIT = "__init"
"""The function that runs when a module is loaded."""


def host_conversion(module_name: str, tracker: Tracker | None) -> HostConversion:
    """Returns the conversion to the virtual machine, for host functions and for all else."""
    return HostConversion(HOST_RULES, module_name, tracker)


def lower_host_function(function: func.FuncOp, to: HostConversion) -> None:
    """Lowers a host function that has a body; exports it if it is public."""
    name = function.sym_name.data
    to.fenced, to.signal = orders_by_fences(function), None
    with to.rewriting(lower_host_function, function):
        type = signature(function)
        entry = Block(arg_types=type.inputs)
        region = Region(entry)
        for old, new in zip(function.args, entry.args, strict=False):
            to.map(old, new)
        if is_async(function):
            wait, to.signal = entry.args[-2:]
            wait.name_hint, to.signal.name_hint = "wait", "signal"
            for old in function.args:
                if to.has_fence(old.type):
                    to.ready[old] = wait
        with to.at(entry):
            if is_public(function):
                take_arguments(function, to)
            to.convert_region(function.body)
        to.b.add_function(name, type, region)
        if is_public(function):
            to.b.add_export(name, reflection(function))
    to.fenced = False


def take_arguments(function: func.FuncOp, to: HostConversion) -> None:
    """Extends integers that callers pass from their low bits, and asserts the type and shape of
    tensors, since no sequence sees those that are only passed on. The size of storage for a result
    is asserted by the sequence that writes it.
    """
    storage = output_storage(function)
    for number, old in enumerate(function.args):
        to.values[old] = canonical(to, to.value(old), old.type)
        if isinstance(old.type, TensorType) and storage[number] is None:
            assert_view(to, to.value(old), old.type, f"input{number}")


def lower_globals(ops: Sequence[Operation], to: HostConversion, device: bool) -> str | None:
    """Declares globals, and writes the function that sets them, if there is anything to set.

    Returns its name if something must call it: it is `__init` itself in a module that needs no
    device, as `device` and what has been lowered before say.
    """
    for op in ops:
        if isinstance(op, util.GlobalOp):
            with to.rewriting(lower_globals, op):
                declare_global(op, to)
    setting = [op for op in ops if sets_something(op)]
    if not setting:
        return None
    entry = Block()
    region = Region(entry)
    to.fenced = False
    with to.at(entry):
        load_parameters([op for op in setting if is_parameter(op)], to, region)
        for op in setting:
            if is_parameter(op):
                continue
            if isinstance(op, util.GlobalOp):
                place = device_name(op.attributes.get(AFFINITY))
                with to.rewriting(set_initial_value, op), to.b.on(place):
                    set_initial_value(op, to)
            elif isinstance(op, util.InitializerOp):
                with to.rewriting(run_initializer, op):
                    run_initializer(op, to)
        to.b.emit("return")
        name = INITIALIZE if device or to.b.uses_device else INIT
        to.b.add_function(name, FunctionType.from_lists([], []), region)
        if name == INIT:
            to.b.add_export(INIT, {})
            return None
    return name


def sets_something(op: Operation) -> bool:
    """Returns whether an op has an effect when a module is loaded."""
    if isinstance(op, util.GlobalOp):
        return op.initial_value is not None
    return isinstance(op, util.InitializerOp)


def is_parameter(op: Operation) -> TypeGuard[util.GlobalOp]:
    """Returns whether an op is a global whose initial value is read from a file."""
    return isinstance(op, util.GlobalOp) and isinstance(op.initial_value, NamedParameterAttr)


def declare_global(op: util.GlobalOp, to: HostConversion) -> None:
    """Declares the global in the module's state."""
    name, type = op.sym_name.data, vm_type(op.type)
    if isinstance(type, vm.RefType):
        to.b.add_global(name, type.object.data)
    else:
        assert is_number(type)
        to.b.add_number(name, type)


def set_initial_value(op: util.GlobalOp, to: HostConversion) -> None:
    """Stores the initial value: a number, or a tensor that is uploaded."""
    value = op.initial_value
    assert value is not None
    if isinstance(value, DenseIntOrFPElementsAttr) and vm_type(op.type) == VIEW:
        store_global(to, op.sym_name.data, upload_view(to.b, value, to.region))
    else:
        store_global(to, op.sym_name.data, constant(to, value))


def run_initializer(op: util.InitializerOp, to: HostConversion) -> None:
    """Lowers an initializer's body in place; its returns branch to the end of the body."""
    after = Block()
    to.convert_region(op.body, leave=after)
    to.enter(after)
