"""The checks behind `hal.buffer_view.assert` and `hal.buffer.assert`, with upstream's wording."""

from __future__ import annotations

from collections.abc import Sequence

from ireelite.element_types import compatible, from_code
from ireelite.hal.buffer import Buffer, BufferUsage, BufferView, MemoryType
from ireelite.hal.device import Allocator
from ireelite.hal.host_allocator import HostAllocator
from ireelite.hal.host_memory import HostBuffer
from ireelite.status import invalid_argument


def check_buffer_view(
    view: BufferView, subject: str, element_type: int, encoding: int, shape: Sequence[int]
) -> None:
    """Raises INVALID_ARGUMENT if a view is not what a program declares it to be;
    -1 stands for any extent.
    """
    if not compatible(element_type & 0xFFFFFFFF, view.element_type & 0xFFFFFFFF):
        expected, actual = from_code(element_type), from_code(view.element_type)
        raise invalid_argument(
            f"{subject} element type mismatch; "
            f"expected {expected} ({expected.code:08X}) but have {actual} ({actual.code:08X})"
        )
    if encoding != view.encoding:
        raise invalid_argument(
            f"{subject} encoding mismatch; expected {encoding:08X} but have {view.encoding:08X}"
        )
    rank, expected_rank = len(view.shape), len(shape)
    if rank != expected_rank:
        raise invalid_argument(
            f"{subject} shape rank mismatch; expected {expected_rank} but have {rank}; "
            + _both_shapes(shape, view.shape)
        )
    for dimension, (expected, actual) in enumerate(zip(shape, view.shape, strict=True)):
        if expected not in (-1, actual):
            raise invalid_argument(
                f"{subject} shape dimension {dimension} mismatch; "
                f"expected {expected} but have {actual}; {_both_shapes(shape, view.shape)}"
            )


def _both_shapes(expected: Sequence[int], actual: Sequence[int]) -> str:
    from ireelite.values import format_shape

    return f"expected shape `{format_shape(expected)}`, actual shape `{format_shape(actual)}`"


def _can_share(buffer: Buffer, allocator: Allocator) -> bool:
    """Returns whether a CPU device can use the buffer of another one: its code needs no stricter
    alignment, and does not write to the buffer's constants.
    """
    return (
        isinstance(buffer, HostBuffer)
        and isinstance(allocator, HostAllocator)
        and buffer.address % allocator.alignment == 0
        and not (buffer.borrowed and allocator.private)
    )


def check_buffer(
    buffer: Buffer,
    subject: str,
    allocator: Allocator,
    minimum_length: int,
    memory_types: int,
    usage: int,
) -> None:
    """Raises INVALID_ARGUMENT if a program cannot use a buffer."""
    if buffer.allocator is not allocator and not _can_share(buffer, allocator):
        raise invalid_argument(f"{subject} buffer was allocated on another device")
    if buffer.byte_length < minimum_length:
        raise invalid_argument(
            f"{subject} buffer byte length {buffer.byte_length} less than expected minimum "
            f"{minimum_length}"
        )
    if memory_types & ~buffer.memory_type:
        raise invalid_argument(
            f"{subject} buffer memory type is not compatible; "
            f"expected {MemoryType(memory_types)!r}, actual {MemoryType(buffer.memory_type)!r}"
        )
    if usage & ~buffer.usage:
        raise invalid_argument(
            f"{subject} buffer usage is not compatible; "
            f"expected {BufferUsage(usage)!r}, actual {BufferUsage(buffer.usage)!r}"
        )
