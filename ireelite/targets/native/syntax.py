"""Types and constants in the syntax of LLVM IR."""

from __future__ import annotations

import struct

from xdsl.dialects import llvm
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    Float16Type,
    Float32Type,
    Float64Type,
    FloatAttr,
    IntegerAttr,
    IntegerType,
    VectorType,
    i1,
)
from xdsl.ir import Attribute

from ireelite.status import StatusCode, StatusError


def type_text(type: Attribute) -> str:
    """Returns a type in LLVM's syntax."""
    if isinstance(type, IntegerType):
        return f"i{type.width.data}"
    if isinstance(type, Float16Type):
        return "half"
    if isinstance(type, Float32Type):
        return "float"
    if isinstance(type, Float64Type):
        return "double"
    if isinstance(type, llvm.LLVMPointerType):
        return "ptr"
    if isinstance(type, VectorType):
        return f"<{type.get_shape()[0]} x {type_text(type.element_type)}>"
    if isinstance(type, llvm.LLVMArrayType):
        return f"[{type.size.data} x {type_text(type.type)}]"
    raise StatusError(StatusCode.UNIMPLEMENTED, f"native code has no type for {type}")


def mangled(type: Attribute) -> str:
    """Returns the suffix that names a type in an intrinsic's name."""
    if isinstance(type, VectorType):
        return f"v{type.get_shape()[0]}{mangled(type.element_type)}"
    return {"float": "f32", "double": "f64"}.get(text := type_text(type), text)


def constant_text(value: Attribute, type: Attribute) -> str:
    """Returns a constant in LLVM's syntax: floats as the bits of the equal double, the number of a
    vector's lanes once a lane.
    """
    if isinstance(value, DenseIntOrFPElementsAttr) and isinstance(type, VectorType):
        element = type.element_type
        numbers = [constant_text(number, element) for number in value.iter_attrs()]
        numbers *= type.get_shape()[0] // len(numbers)
        return f"<{', '.join(f'{type_text(element)} {number}' for number in numbers)}>"
    if isinstance(value, FloatAttr):
        return f"0x{struct.unpack('<Q', struct.pack('<d', value.value.data))[0]:016X}"
    if isinstance(value, IntegerAttr):
        if type == i1:
            return "true" if value.value.data else "false"
        return str(value.value.data)
    raise StatusError(StatusCode.UNIMPLEMENTED, f"native code has no constant {value}")
