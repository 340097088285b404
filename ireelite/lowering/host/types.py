"""What values of host code are in the virtual machine.

Narrow integers live in 32-bit registers as the signed numbers they are, an i1 as 0 or 1; `index`
is an i64; a tensor is a `hal.buffer_view` of any shape.
"""

from __future__ import annotations

from xdsl.dialects.builtin import IndexType, IntegerType, TensorType, f32, f64, i1, i32, i64
from xdsl.ir import Attribute, SSAValue

from ireelite.dialects import vm
from ireelite.dialects.util import types as util_types
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.vm.building import emit, number
from ireelite.status import StatusCode, StatusError

VIEW = vm.RefType.to("hal.buffer_view")
FENCE = vm.RefType.to("hal.fence")
BUFFER = vm.RefType.to("vm.buffer")
LIST = vm.RefType.to("vm.list")

INTEGER_WIDTHS = (1, 8, 16, 32, 64)


def vm_type(type: Attribute) -> Attribute:
    """Returns the register type of a value. Raises UNIMPLEMENTED for a type that host code can't
    hold.
    """
    match type:
        case IndexType():
            return i64
        case IntegerType() if type.width.data in INTEGER_WIDTHS:
            return i64 if type.width.data == 64 else i32
        case TensorType():
            return VIEW
        case util_types.BufferType() | vm.BufferType():
            return BUFFER
        case util_types.ListType() | vm.ListType():
            return LIST
        case util_types.ObjectType():
            return vm.RefType.to(type.name)
        case vm.RefType():
            return type
        case _ if type in (f32, f64):
            return type
        case _:
            raise StatusError(
                StatusCode.UNIMPLEMENTED, f"host code can't hold a value of type {type}"
            )


def element_name(type: Attribute) -> str:
    """Returns what a list of such elements holds, as a module's type table names it."""
    if isinstance(type, util_types.VariantType):
        return "!vm.opaque"
    if type in (IntegerType(8), IntegerType(16)):
        return str(type)
    register = vm_type(type)
    return f"!{register.object.data}" if isinstance(register, vm.RefType) else str(register)


def width_of(type: Attribute) -> int:
    """Returns the bits of an integer or index."""
    return type.width.data if isinstance(type, IntegerType) else 64


def is_narrow(type: Attribute) -> bool:
    """Returns whether an integer is narrower than its register."""
    return isinstance(type, IntegerType) and type.width.data < 32


def canonical(to: Conversion, value: SSAValue, type: Attribute) -> SSAValue:
    """Returns an integer of this type from a register of which only so many low bits are right."""
    if not is_narrow(type):
        return value
    if type == i1:
        return emit(to, "and.i32", value, number(to, 1, i32))
    return emit(to, f"ext.i{width_of(type)}.i32.s", value)


def as_unsigned(to: Conversion, value: SSAValue, type: Attribute) -> SSAValue:
    """Returns the same bits as a number that is not negative, if the register has room for that."""
    if not is_narrow(type) or type == i1:
        return value
    return emit(to, f"ext.i{width_of(type)}.i32.u", value)


def as_signed(to: Conversion, value: SSAValue, type: Attribute) -> SSAValue:
    """Returns the same bits as a signed number: an i1 is 0 or -1."""
    return emit(to, "sub.i32", number(to, 0, i32), value) if type == i1 else value


def resize(to: Conversion, value: SSAValue, target: Attribute, signed: bool = True) -> SSAValue:
    """Returns an i32 or i64 register as the other."""
    if value.type == target:
        return value
    if target == i32:
        return emit(to, "trunc.i64.i32", value, type=i32)
    return emit(to, f"ext.i32.i64.{'s' if signed else 'u'}", value, type=i64)
