"""NumPy views of VM buffers, checked as IREE's `vmvx` module checks them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ireelite.light_named_tuple import NamedTuple
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.vm.effects import checked_buffer
from ireelite.vm.jit.product_forms import ELEMENTS_PER_INSTRUCTION
from ireelite.vm.running_meters import running_meter

_UPPER = 0xFFFF_FFFF_0000_0000
_MAX_ELEMENTS = 1 << 40
"""Elements of a view, of which many may be the same."""


class View(NamedTuple):
    """Elements of a buffer, and which of the process's bytes they are among."""

    array: Any
    start: int
    end: int


def count(elements: int) -> None:
    """Counts work against the limits of the call that is running, if there are any."""
    if (meter := running_meter()) is not None:
        meter.spend(elements // ELEMENTS_PER_INSTRUCTION)


def view_2d(
    name: str,
    reference: Any,
    dtype: Any,
    offset: int,
    strides: tuple[int, int],
    sizes: tuple[int, int],
    writes: bool = False,
) -> View:
    """Returns a two-dimensional view; `offset` and `strides` count elements.

    Raises INVALID_ARGUMENT, OUT_OF_RANGE, RESOURCE_EXHAUSTED for more elements than can be gone
    through, and PERMISSION_DENIED for a read-only buffer that is to be written.
    """
    if any(size & _UPPER for size in sizes) or any(stride + 1 & _UPPER for stride in strides):
        raise invalid_argument(f"buffer overflow for {name}")
    buffer = checked_buffer(reference)
    if writes:
        buffer.writable()
    width = np.dtype(dtype).itemsize
    if not all(sizes):
        return View(np.empty(sizes, dtype), 0, 0)
    if sizes[0] * sizes[1] > _MAX_ELEMENTS:
        raise StatusError(
            StatusCode.RESOURCE_EXHAUSTED, f"{name} is a view of {sizes[0]} x {sizes[1]} elements"
        )
    low = sum(min(stride, 0) * (size - 1) for stride, size in zip(strides, sizes))
    last = sum(max(stride, 0) * (size - 1) for stride, size in zip(strides, sizes))
    data = buffer.range((offset + low) * width, (last - low + 1) * width)
    flat = np.frombuffer(data, dtype)
    array = as_strided(flat[-low:], sizes, [stride * width for stride in strides], writeable=writes)
    start, _, _ = buffer.place
    return View(array, start + (offset + low) * width, start + (offset + last + 1) * width)


def is_apart(output: View, inputs: list[View]) -> bool:
    """Returns whether no element is written twice, nor one read after it was written.

    An input that is the output, element for element, is read before it is written.
    """
    array = output.array
    if any(stride == 0 and size > 1 for stride, size in zip(array.strides, array.shape)):
        return False
    return all(
        each.end <= output.start
        or output.end <= each.start
        or (each.start == output.start and each.array.strides == array.strides)
        for each in inputs
    )
