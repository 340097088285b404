"""How host functions are called: their types in the virtual machine, and what they import."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import (
    FunctionType,
    IntegerAttr,
    SymbolRefAttr,
    TensorType,
    i32,
    i64,
)
from xdsl.ir import Attribute

from ireelite.dialects import vm
from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.host.types import FENCE, vm_type
from ireelite.lowering.sequencer.abi import is_async
from ireelite.lowering.vm.vm_to_bytecode import cconv_of
from ireelite.status import StatusError, invalid_argument
from ireelite.syntax.parser import place_of

SIGNATURE = "vm.signature"
"""On a declaration: the function's type in the virtual machine, if it isn't the usual one."""
FALLBACK = "vm.fallback"
"""On a declaration: the function to call where the import is missing."""
VERSION = "vm.version"
"""On a declaration: the least version of the module that the function is in."""
NO_SIDE_EFFECTS = "nosideeffects"


def is_public(function: func.FuncOp) -> bool:
    """Returns whether other modules may call a function."""
    visibility = function.sym_visibility
    return not function.is_declaration and (visibility is None or visibility.data == "public")


def signature(function: func.FuncOp) -> FunctionType:
    """Returns a function's type in the virtual machine, fences included.

    Raises INVALID_ARGUMENT for a `vm.signature` that is not a function type, or has another number
    of values.
    """
    type, override = function.function_type, function.attributes.get(SIGNATURE)
    inputs = [vm_type(t) for t in type.inputs]
    outputs = [vm_type(t) for t in type.outputs]
    if override is not None:
        if not isinstance(override, FunctionType):
            raise refused(function, f"its {SIGNATURE} is no function type: {override}")
        given = [vm_type(t) for t in override.inputs], [vm_type(t) for t in override.outputs]
        if (len(given[0]), len(given[1])) != (len(inputs), len(outputs)):
            raise refused(function, f"its {SIGNATURE} has another number of values: {override}")
        if not all(map(stands_for, (*given[0], *given[1]), (*inputs, *outputs))):
            raise refused(function, f"its {SIGNATURE} has values of another kind: {override}")
        inputs, outputs = given
    if is_async(function):
        inputs += [FENCE, FENCE]
    return FunctionType.from_lists(inputs, outputs)


def stands_for(given: Attribute, type: Attribute) -> bool:
    """Returns whether a register of one type can hold what is in one of another: integers are made
    wider or narrower, and a reference is what it is at run time.
    """
    integers = {i32, i64}
    both_references = isinstance(given, vm.RefType) and isinstance(type, vm.RefType)
    return given == type or both_references or integers.issuperset((given, type))


def refused(function: func.FuncOp, what: str) -> StatusError:
    """Returns the error of a function that can't be lowered."""
    return invalid_argument(f"{place_of(function)}'{function.sym_name.data}': {what}")


@light_dataclass(frozen=True)
class Import:
    """A function of another module, as its declaration says."""

    name: str
    cconv: str
    minimum_version: int | None
    fallback: str | None
    """The function of this module that is called instead if the import is missing."""


def import_of(function: func.FuncOp) -> Import:
    """Returns the import of a declaration without a body. Raises INVALID_ARGUMENT for a malformed
    one.
    """
    name = function.sym_name.data
    if "." not in name:
        raise refused(
            function, "has no body; a function of another module is named module.function"
        )
    type = signature(function)
    version, fallback = function.attributes.get(VERSION), function.attributes.get(FALLBACK)
    if fallback is not None and not isinstance(fallback, SymbolRefAttr):
        raise refused(function, f"its {FALLBACK} names no function: {fallback}")
    if version is not None and not isinstance(version, IntegerAttr):
        raise refused(function, f"its {VERSION} is no number: {version}")
    if version is not None and not 0 <= version.value.data < 1 << 32:
        raise refused(function, f"its {VERSION} is no 32-bit number: {version}")
    return Import(
        name,
        cconv_of(type.inputs.data, type.outputs.data),
        None if version is None else version.value.data,
        None if fallback is None else fallback.root_reference.data,
    )


def has_tensors(types: Sequence[Attribute]) -> bool:
    """Returns whether any of these is a tensor."""
    return any(isinstance(type, TensorType) for type in types)
