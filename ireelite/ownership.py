"""Who else holds the memory of a call's arguments and results.

Callers write to their arrays, before and after a call, and modules keep tensors in globals. Memory
is shared between them for the time of a call at most; what outlives it is copied. Whether something
does is a question of reference counts, which CPython keeps exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from sys import getrefcount
from typing import TYPE_CHECKING, Any

from ireelite.hal.buffer import BufferView
from ireelite.hal.host_blocks import PASSING
from ireelite.hal.host_memory import HostBuffer, LentBuffer

if TYPE_CHECKING:
    from ireelite.hal.device import Device


def return_lent(values: list[Any], devices: Sequence[Device]) -> None:
    """Ends the loan of the arrays among the arguments of a call, which are taken from the list.

    What the program keeps gets memory of its own. A device that still holds a buffer only because
    its queue cleans up releases it when it is idle.
    """
    is_idle = False
    while values:
        value = values.pop()
        if value.__class__ is not BufferView or value.buffer.__class__ is not LentBuffer:
            continue
        buffer = value.buffer
        del value
        if getrefcount(buffer) > 1 + PASSING and not is_idle:
            for device in devices:
                device.wait_idle()
            is_idle = True
        if getrefcount(buffer) > 1 + PASSING:
            buffer.keep()


def is_alone(results: Sequence[Any], position: int) -> bool:
    """Returns whether the memory of a result, a buffer view, is reached through these results
    alone.
    """
    view = results[position]
    # The sequence and the variable refer to the view; the view and the variable to the buffer.
    if getrefcount(view) > 2 + PASSING:
        return False
    buffer = view.buffer
    if not isinstance(buffer, HostBuffer):
        return True
    return not buffer.borrowed and buffer.root is buffer and getrefcount(buffer) <= 2 + PASSING


def private_copy(view: BufferView) -> BufferView:
    """Returns the view with a copy of its memory; itself where that can't be written."""
    buffer = view.buffer
    if not isinstance(buffer, HostBuffer) or buffer.data.readonly:
        return view
    copy = buffer.allocator.upload(buffer.memory_type, buffer.usage, buffer.data)
    return BufferView(copy, view.shape, view.element_type, view.encoding)


def separate(view: BufferView, references: int) -> BufferView:
    """Returns the memory of an argument for its caller alone: if a program keeps the buffer, that
    gets a copy, and the view returned is of the memory that the caller may have mapped.

    `references` are those to the view that the caller knows of, its variable included.
    """
    buffer = view.buffer
    if not isinstance(buffer, HostBuffer) or buffer.data.readonly:
        return view
    # The parameter refers to the view too; the view and the variable to the buffer.
    is_kept = getrefcount(view) > references + 1 + PASSING
    if not is_kept and getrefcount(buffer) <= 2 + PASSING:
        return view
    own = HostBuffer(
        buffer.allocator, buffer.memory_type, buffer.usage, buffer.data, buffer.address
    )
    own.borrowed = buffer.borrowed
    buffer.detach()
    return BufferView(own, view.shape, view.element_type, view.encoding)
