"""Elements of the buffers that builders write, whose sizes may be open, and arithmetic on sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

from xdsl.dialects import memref
from xdsl.ir import SSAValue

from ireelite.lowering.kernels.control import for_loop
from ireelite.lowering.kernels.kernel import Kernel
from ireelite.lowering.kernels.numbers import Number
from ireelite.lowering.tensors.indices import Extent, Indices


def places(value: SSAValue, at: Indices, buffer: SSAValue, kernel: Kernel) -> list[SSAValue]:
    """Returns the indices in a buffer of a tensor's element: one if the tensor's size is open."""
    return [kernel.index(index) for index in kernel.flat(value, at, buffer) or at]


def load(value: SSAValue, at: Indices, buffer: SSAValue, kernel: Kernel) -> SSAValue:
    """Returns an element of the buffer that holds a tensor."""
    return kernel.to.insert(memref.LoadOp.get(buffer, places(value, at, buffer, kernel))).res


def store(
    element: SSAValue, value: SSAValue, at: Indices, buffer: SSAValue, kernel: Kernel
) -> None:
    """Puts an element into the buffer that holds a tensor."""
    kernel.to.insert(memref.StoreOp.get(element, buffer, places(value, at, buffer, kernel)))


def length(extent: Extent, kernel: Kernel) -> Number:
    """Returns a size as a number."""
    return Number(kernel.length(extent), kernel)


def as_extent(number: Number) -> Extent:
    """Returns a number that a kernel computes as a size."""
    if number.known is not None:
        return number.known
    number.kernel.define(number.value, (), number.value)
    return number.value


def product(extents: Sequence[Extent], kernel: Kernel) -> Extent:
    """Returns the product of sizes."""
    known = prod(extent for extent in extents if isinstance(extent, int))
    opened = [extent for extent in extents if not isinstance(extent, int)]
    if not opened:
        return known
    total = length(opened[0], kernel)
    for extent in opened[1:]:
        total = total * length(extent, kernel)
    return as_extent(total * known)


Turn = Callable[[SSAValue, Sequence[SSAValue]], Sequence[SSAValue]]


def count_through(kernel: Kernel, extent: Extent, turn: Turn) -> None:
    """Inserts a loop over an extent, which carries nothing; none for an extent of 1."""
    if extent == 1:
        turn(kernel.number(0), [])
    else:
        for_loop(kernel, kernel.number(0), kernel.length(extent), [], turn)
