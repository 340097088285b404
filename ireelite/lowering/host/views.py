"""Views of tensors in host code: their sizes, and what other modules see of them.

The views of this module's own tensors have whole words, since shaders access those. Functions of
other modules take views of the elements alone.
"""

from __future__ import annotations

from math import prod

from xdsl.dialects.builtin import DYNAMIC_INDEX, TensorType, i32, i64
from xdsl.ir import SSAValue

from ireelite import element_types
from ireelite.dialects.elements import row_of
from ireelite.lowering.host.conversion import HostConversion
from ireelite.lowering.vm import hal_imports as hal
from ireelite.lowering.vm.buffer_views import buffer_view, viewed_size
from ireelite.lowering.vm.building import emit, number


def view_size(to: HostConversion, view: SSAValue, type: TensorType, axis: int) -> SSAValue:
    """Returns the size of a dimension, of the type or of the view."""
    if (size := type.get_shape()[axis]) != DYNAMIC_INDEX:
        return number(to, size, i64)
    return to.b.call("hal.buffer_view.dim", view, number(to, axis, i32))[0]


def assert_view(to: HostConversion, view: SSAValue, type: TensorType, name: str) -> None:
    """Fails unless a view that another module gives has this element type and shape."""
    b = to.b
    dims = [view_size(to, view, type, axis) for axis in range(type.get_num_dims())]
    code = b.i32(element_types.from_mlir(str(type.element_type)).hal_code)
    layout = b.i32(hal.DENSE_ROW_MAJOR)
    b.call_variadic("hal.buffer_view.assert", [view, b.text(name), code, layout, dims])


def exact_view(to: HostConversion, old: SSAValue) -> SSAValue:
    """Returns the new value of an operand of a call of another module: of a tensor, a view of its
    elements alone.
    """
    view, type = to.value(old), old.type
    return without_padding(to, view, type) if isinstance(type, TensorType) else view


def without_padding(to: HostConversion, view: SSAValue, type: TensorType) -> SSAValue:
    """Returns a view of a tensor's elements alone, without the rest of the last word."""
    row = row_of(type.element_type)
    if type.has_static_shape():
        size = row.packed_size(prod(type.get_shape()))
        if size == viewed_size(type):
            return view
        length = number(to, size, i64)
    elif row.storage_bits % 32 == 0:
        return view
    else:
        length = open_length(to, view, type, row.storage_bits)
    dims = [view_size(to, view, type, axis) for axis in range(type.get_num_dims())]
    (buffer,) = to.b.call("hal.buffer_view.buffer", view)
    return buffer_view(to.b, buffer, length, type, dims)


def open_length(to: HostConversion, view: SSAValue, type: TensorType, bits: int) -> SSAValue:
    """Bytes of the elements, of so many bits each, of a tensor whose type leaves sizes open."""
    total = number(to, bits, i64)
    for axis in range(type.get_num_dims()):
        total = emit(to, "mul.i64", total, view_size(to, view, type, axis))
    rounded = emit(to, "add.i64", total, number(to, 7, i64))
    return emit(to, "shr.i64.u", rounded, number(to, 3, i32))
