"""`VmBuffer`: a `vm.buffer` that Python's `memoryview` and `bytes` accept."""

from __future__ import annotations

from typing import Any

import numpy

from ireelite.modules.python_module import VmRef
from ireelite.status import StatusError
from ireelite.vm.refs import Buffer


class VmBuffer(numpy.ndarray[Any, numpy.dtype[numpy.uint8]]):
    """Bytes that the VM and Python share.

    It is an array, since up to Python 3.11 only classes that are written in C offer the buffer
    protocol.
    """

    _buffer: Buffer

    def __new__(cls, length: int, alignment: int = 0, mutable: bool = True) -> VmBuffer:
        """Returns a buffer of zero bytes. `alignment` is a power of two, or 0 for any.

        Raises ValueError for other alignments and for lengths below zero, RuntimeError without
        memory.
        """
        if length < 0:
            raise ValueError(f"a buffer cannot be {length} bytes long")
        if alignment and (alignment < 0 or alignment & (alignment - 1)):
            raise ValueError(f"alignment {alignment} is not a power of two")
        try:
            storage = Buffer.allocate(length + max(alignment, 1) - 1).data
        except StatusError as error:
            raise RuntimeError(f"Error creating buffer: {error}") from error
        start = 0
        if alignment > 1:
            from ireelite.memory_address import address_of

            start = -address_of(storage) % alignment
        return cls._of(Buffer(storage[start : start + length], mutable=mutable))

    @classmethod
    def _of(cls, buffer: Buffer) -> VmBuffer:
        self = super().__new__(cls, (len(buffer.data),), numpy.uint8, buffer.data)
        self._buffer = buffer
        return self

    @staticmethod
    def __iree_vm_cast__(reference: VmRef) -> VmBuffer | None:
        value = reference.value
        return VmBuffer._of(value) if isinstance(value, Buffer) else None

    @property
    def ref(self) -> VmRef:
        """The reference to it."""
        return VmRef(self._buffer)

    @property
    def __iree_vm_ref__(self) -> VmRef:
        return self.ref

    def __getitem__(self, key: Any) -> Any:
        return self.view(numpy.ndarray)[key]

    def __eq__(self, other: object) -> bool:  # type: ignore[override]
        return isinstance(other, VmBuffer) and self._buffer is other._buffer

    def __ne__(self, other: object) -> bool:  # type: ignore[override]
        return not self == other

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self._buffer)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<VmBuffer size {len(self)} at 0x{self.ctypes.data:x}>"
