"""Bind groups: the ranges of memory that a dispatch binds, as WebGPU takes them.

To make one takes wgpu as long as a small dispatch. Programs bind the same ranges again and again,
since memory is used again, so a device keeps its bind groups by what they bind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ireelite.hal.drivers.webgpu_memory import GpuBlock
from ireelite.light_named_tuple import NamedTuple
from ireelite.status import invalid_argument

if TYPE_CHECKING:
    from ireelite.hal.drivers.webgpu_gpu import Gpu

MAX_GROUPS = 4096
"""Bind groups that a device keeps."""
SPARE_BYTES = 16
"""What is bound for a range without bytes: a shader expects one element at least, of so many bytes
at most."""

Range = tuple[GpuBlock, int, int]
"""A block, the offset of the first byte, and the number of bytes."""
GroupKey = tuple[int, ...]
"""The number of a layout; the number of the block, offset and length of each range."""


class GpuDispatch(NamedTuple):
    """A dispatch whose buffers and sizes are known."""

    pipeline: Any
    groups: tuple[GroupKey, ...]
    constants: bytes
    counts: tuple[int, int, int]


class BindGroups:
    """The bind groups of one device. A group is dropped before memory that it binds."""

    def __init__(self, gpu: Gpu):
        self._gpu = gpu
        self._groups: dict[GroupKey, Any] = {}
        self._keys: dict[int, set[GroupKey]] = {}
        """By the number of a block that they bind."""

    def find(self, keys: Sequence[GroupKey]) -> list[Any] | None:
        """Returns the bind groups with these keys; None if one of them is not kept."""
        found = [self._groups.get(key) for key in keys]
        return None if None in found else found

    def bind(
        self, layout: Any, bindings: Sequence[int], ranges: Sequence[Range]
    ) -> tuple[GroupKey, Any]:
        """Returns a bind group and its key. Raises INVALID_ARGUMENT for ranges that cannot be
        bound.
        """
        words = [id(layout)]
        for block, offset, length in ranges:
            words += (block.number, offset, length)
        key = tuple(words)
        if (group := self._groups.get(key)) is None:
            group = self._made(layout, bindings, ranges)
            self._keep(key, group, [block for block, _, _ in ranges])
        return key, group

    def _made(self, layout: Any, bindings: Sequence[int], ranges: Sequence[Range]) -> Any:
        entries = [
            {"binding": binding, "resource": self._resource(*range_)}
            for binding, range_ in zip(bindings, ranges, strict=True)
        ]
        try:
            return self._gpu.device.create_bind_group(layout=layout, entries=entries)
        except self._gpu.error as error:
            raise invalid_argument(
                f"buffers cannot be bound: {' '.join(str(error).split())}"
            ) from error

    def _keep(self, key: GroupKey, group: Any, blocks: Sequence[GpuBlock]) -> None:
        if len(self._groups) >= MAX_GROUPS:
            self._groups.clear()
            self._keys.clear()
        self._groups[key] = group
        for block in blocks:
            self._keys.setdefault(block.number, set()).add(key)
            if block.forget is None:
                block.forget = self._forgetter(block.number)

    def _forgetter(self, number: int) -> Callable[[], None]:
        groups, keys = self._groups, self._keys
        unbound: set[GroupKey] = set()

        def forget() -> None:
            # Runs in any thread, at any time: each step is atomic.
            for key in keys.pop(number, ()):
                groups.pop(key, None)
                for other in key[1::3]:
                    keys.get(other, unbound).discard(key)

        return forget

    def _resource(self, block: GpuBlock, offset: int, length: int) -> dict[str, Any]:
        if not length:
            spare = self._gpu.create_storage(SPARE_BYTES)
            return {"buffer": spare, "offset": 0, "size": SPARE_BYTES}
        return {"buffer": block.handle, "offset": offset, "size": length + 3 & ~3}
