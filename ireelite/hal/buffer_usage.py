"""Usage and memory type bits of buffers, as in the HAL, and the check before each use.

Each use of a buffer requires bits that its allocation requested. The bits required of the slots of
a command buffer are collected while commands are recorded, so an execution checks one mask for each
entry of its binding table.
"""

from __future__ import annotations

from typing import Protocol

from ireelite.light_enum import IntFlag
from ireelite.status import StatusCode, StatusError


class MemoryType(IntFlag):
    """Where a buffer resides, and whether host and device can access it."""

    NONE = 0
    OPTIMAL = 1
    HOST_VISIBLE = 2
    HOST_COHERENT = 4
    HOST_CACHED = 8
    DEVICE_VISIBLE = 16
    DEVICE_LOCAL = 48
    HOST_LOCAL = 70


class BufferUsage(IntFlag):
    """What a buffer may be used for."""

    NONE = 0
    TRANSFER_SOURCE = 1 << 0
    TRANSFER_TARGET = 1 << 1
    TRANSFER = 3
    DISPATCH_INDIRECT_PARAMETERS = 1 << 8
    DISPATCH_UNIFORM_READ = 1 << 9
    DISPATCH_STORAGE_READ = 1 << 10
    DISPATCH_STORAGE_WRITE = 1 << 11
    DISPATCH_STORAGE = 3 << 10
    DISPATCH_IMAGE_READ = 1 << 12
    DISPATCH_IMAGE_WRITE = 1 << 13
    DISPATCH_IMAGE = 3 << 12
    SHARING_EXPORT = 1 << 16
    SHARING_REPLICATE = 1 << 17
    SHARING_CONCURRENT = 1 << 18
    SHARING_IMMUTABLE = 1 << 19
    MAPPING_SCOPED = 1 << 24
    MAPPING_PERSISTENT = 1 << 25
    MAPPING_OPTIONAL = 1 << 26
    MAPPING_ACCESS_RANDOM = 1 << 27
    MAPPING_ACCESS_SEQUENTIAL_WRITE = 1 << 28
    MAPPING = 9 << 24
    DEFAULT = 3075


SOURCE = int(BufferUsage.TRANSFER_SOURCE)
TARGET = int(BufferUsage.TRANSFER_TARGET)
STORAGE = int(BufferUsage.DISPATCH_STORAGE)
COUNTS = int(BufferUsage.DISPATCH_INDIRECT_PARAMETERS)
MAPPED = int(BufferUsage.MAPPING_SCOPED)
DEVICE_VISIBLE = int(MemoryType.DEVICE_VISIBLE)
HOST_VISIBLE = int(MemoryType.HOST_VISIBLE)


class Usable(Protocol):
    """An object with the memory type and usage bits of a buffer."""

    memory_type: int
    usage: int


def check_use(buffer: Usable, usage: int, memory_type: int = DEVICE_VISIBLE) -> None:
    """Raises PERMISSION_DENIED unless the buffer was allocated with all of these usage and memory
    type bits. A buffer allocated with usage 0 has `BufferUsage.DEFAULT`.
    """
    if usage & ~buffer.usage and (buffer.usage or usage & ~int(BufferUsage.DEFAULT)):
        raise StatusError(
            StatusCode.PERMISSION_DENIED,
            "requested usage was not specified when the buffer was allocated; "
            f"buffer allows {usage_text(buffer.usage)}, operation requires {usage_text(usage)}",
        )
    if memory_type & ~buffer.memory_type:
        raise StatusError(
            StatusCode.PERMISSION_DENIED,
            "buffer memory type is not compatible with the requested operation; "
            f"buffer has {memory_type_text(buffer.memory_type)}, "
            f"operation requires {memory_type_text(memory_type)}",
        )


_MEMORY_TYPES = ("HOST_LOCAL", "DEVICE_LOCAL", "OPTIMAL", "HOST_VISIBLE", "HOST_COHERENT",
                 "HOST_CACHED", "DEVICE_VISIBLE")  # fmt: skip
_USAGES = ("TRANSFER", "DISPATCH_STORAGE", "DISPATCH_IMAGE", "MAPPING")


def memory_type_text(value: int) -> str:
    """Returns the names of memory type bits, as `DEVICE_LOCAL|HOST_VISIBLE`."""
    return _flags(MemoryType, _MEMORY_TYPES, value)


def usage_text(value: int) -> str:
    """Returns the names of usage bits, as `TRANSFER|DISPATCH_STORAGE`."""
    single = [usage.name or "" for usage in BufferUsage if usage.bit_count() == 1]
    return _flags(BufferUsage, (*_USAGES, *single), value)


def _flags(kind: type[IntFlag], order: tuple[str, ...], value: int) -> str:
    """Returns the names of the flags that are set in a value, joined by `|`, or `NONE`. Names are
    tried in the given order, in which combined flags come before their parts.
    """
    names: list[str] = []
    for name in order:
        bits = int(kind[name])
        if value & bits == bits:
            names.append(name)
            value &= ~bits
    return "|".join(names) or "NONE"
