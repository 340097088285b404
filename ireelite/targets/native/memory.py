"""Elements of buffers as native code has them in memory."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.dialects import llvm
from xdsl.dialects.builtin import DYNAMIC_INDEX, FixedBitwidthType, IntegerType, MemRefType
from xdsl.ir import Attribute, SSAValue

from ireelite import element_types
from ireelite.dialects.elements import row_of
from ireelite.lowering.rewriting.scf_to_blocks import BlockConversion
from ireelite.status import StatusCode, StatusError


def memory_type(type: Attribute) -> Attribute:
    """Returns the LLVM type of an element in memory: an i1 is a byte. Raises UNIMPLEMENTED for an
    element that native code does not access.
    """
    if (known := row_of(type).llvm) is None:
        names = ", ".join(row.mlir for row in element_types.TABLE if row.llvm is not None)
        raise StatusError(
            StatusCode.UNIMPLEMENTED,
            f"native code can't access elements of type {type}; it can: {names}",
        )
    return IntegerType(int(known[1:])) if known[0] == "i" else type


def buffer_size(type: Attribute) -> int:
    """Returns how many bytes a kernel's buffer has; 0 for one of an open size, which has any
    number.
    """
    assert isinstance(type, MemRefType)
    if DYNAMIC_INDEX in type.get_shape():
        return 0
    return prod(type.get_shape()) * element_size(memory_type(type.element_type))


def element_size(element: Attribute) -> int:
    """Returns how many bytes an element takes in memory."""
    assert isinstance(element, FixedBitwidthType)
    return element.size


def element_pointer(to: BlockConversion, buffer: SSAValue, indices: Sequence[SSAValue]) -> SSAValue:
    """Returns the address of one element of a row-major buffer."""
    type = buffer.type
    assert isinstance(type, MemRefType)
    if not indices:
        return to.value(buffer)
    row = memory_type(type.element_type)
    for extent in reversed(type.get_shape()[1:]):
        row = llvm.LLVMArrayType(extent, row)
    positions = [to.value(index) for index in indices]
    return to.insert(
        llvm.GEPOp.from_mixed_indices(to.value(buffer), positions, row, inbounds=True)
    ).result
