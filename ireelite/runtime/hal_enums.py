"""The HAL's enumerations under the names of IREE's Python runtime."""

from __future__ import annotations

from enum import IntEnum, IntFlag
from functools import cache
from typing import Any

from ireelite.element_types import from_code
from ireelite.hal.buffer_usage import BufferUsage as BufferUsage
from ireelite.hal.buffer_usage import MemoryType as MemoryType
from ireelite.status import StatusError


class MemoryAccess(IntFlag):
    """What may be done with a buffer's bytes."""

    NONE = 0
    READ = 1
    WRITE = 2
    DISCARD = 4
    DISCARD_WRITE = 6
    ALL = 7


class BufferCompatibility(IntFlag):
    """What an allocator can do with buffers of some kind."""

    NONE = 0
    ALLOCATABLE = 1
    IMPORTABLE = 2
    EXPORTABLE = 4
    QUEUE_TRANSFER = 1 << 10
    QUEUE_DISPATCH = 1 << 11


class HalElementType(IntEnum):
    """What a buffer view's elements are."""

    NONE = 0
    OPAQUE_8 = 8
    OPAQUE_16 = 16
    OPAQUE_32 = 32
    OPAQUE_64 = 64
    INT_4 = 0x1000_0004
    INT_8 = 0x1000_0008
    INT_16 = 0x1000_0010
    INT_32 = 0x1000_0020
    INT_64 = 0x1000_0040
    SINT_4 = 0x1100_0004
    SINT_8 = 0x1100_0008
    SINT_16 = 0x1100_0010
    SINT_32 = 0x1100_0020
    SINT_64 = 0x1100_0040
    UINT_4 = 0x1200_0004
    UINT_8 = 0x1200_0008
    UINT_16 = 0x1200_0010
    UINT_32 = 0x1200_0020
    UINT_64 = 0x1200_0040
    BOOL_8 = 0x1300_0008
    FLOAT_16 = 0x2100_0010
    FLOAT_32 = 0x2100_0020
    FLOAT_64 = 0x2100_0040
    BFLOAT_16 = 0x2200_0010
    COMPLEX_64 = 0x2300_0040
    COMPLEX_128 = 0x2300_0080
    FLOAT_8_E5M2 = 0x2400_0008
    FLOAT_8_E4M3_FN = 0x2500_0008
    FLOAT_8_E5M2_FNUZ = 0x2600_0008
    FLOAT_8_E4M3_FNUZ = 0x2700_0008
    FLOAT_8_E8M0_FNU = 0x2800_0008

    @staticmethod
    def map_to_dtype(element_type: int) -> Any:
        """Returns the NumPy dtype of the elements on the host: f32 for floats that NumPy lacks
        where `ml_dtypes` is not installed. Raises ValueError if there is none.
        """
        return _dtype_of(int(element_type))

    @staticmethod
    def is_byte_aligned(element_type: int) -> bool:
        """Returns whether an element is whole bytes."""
        return not int(element_type) & 7

    @staticmethod
    def dense_byte_count(element_type: int) -> int:
        """Bytes of an element, rounded up."""
        return ((int(element_type) & 0xFF) + 7) // 8


@cache
def _dtype_of(code: int) -> Any:
    from ireelite.arrays import is_widened, numpy_dtype

    try:
        element_type = from_code(code)
    except StatusError as error:
        raise ValueError(f"no dtype for element type {code:08X}: {error.message}") from error
    if element_type.numpy is None:
        raise ValueError(f"no dtype for element type {element_type}")
    return numpy_dtype("float32" if is_widened(element_type) else element_type.numpy)


def element_type_of(code: int) -> HalElementType | int:
    """Returns the member with a code, or the code itself."""
    try:
        return HalElementType(code & 0xFFFFFFFF)
    except ValueError:
        return code
