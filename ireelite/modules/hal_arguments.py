"""Arguments of the `hal` module's functions:
checks with upstream's wording, and the module's own objects.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from ireelite.hal.buffer import Buffer
from ireelite.hal.device import Device, fits
from ireelite.hal.executable import Executable
from ireelite.hal.files import File
from ireelite.hal.semaphore import Fence
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.vm.refs import Buffer as VmBuffer

if TYPE_CHECKING:
    from ireelite.hal.recording import Recording
    from ireelite.vm.limits import Meter

T = TypeVar("T")


class HalContext:
    """What the functions of one context share."""

    def __init__(
        self,
        devices: Sequence[Device],
        recording: Recording | None = None,
        refused: set[str] | None = None,
    ):
        self.devices = list(devices)
        self.recording = recording
        """Where events go; None if nobody keeps a record."""
        self.refused = refused
        """The formats of native code that were asked for in vain; None if native code may run."""

    def refuses(self, device: Device, format: str) -> bool:
        """Returns whether a format, with wildcards `*` and `?`, is native code that may not run."""
        if self.refused is None:
            return False
        found = {known for known in device.loaders.by_format if fits(known, format)}
        native = found & device.loaders.native_formats
        if not native or native != found:
            return False
        self.refused.update(native)
        return True

    def load_executable(
        self, device: Device, format: str, data: VmBuffer, constants: memoryview | None
    ) -> Executable:
        """Loads an executable on a device; it remembers which rodata it came from.

        Raises PERMISSION_DENIED for native code that may not run, and what the loader raises.
        """
        if self.refuses(device, format):
            raise StatusError(
                StatusCode.PERMISSION_DENIED,
                f"executable format '{format}' is native code, which is not run unless it is "
                "trusted",
            )
        code = checked(data, VmBuffer).data
        if self.refused is not None:
            device.loaders.try_out(format, code)
        executable = device.create_executable(format, code, constants)
        executable.origin = data.origin
        return executable


class Channel:
    """A collective channel of one rank: a device of this package never has peers."""

    vm_type = "hal.channel"


class MemoryFile(File):
    """A range of a `vm.buffer` that queues can read and write."""

    def __init__(self, data: memoryview):
        self.data = data

    @property
    def byte_length(self) -> int:
        """Length of the range in bytes."""
        return len(self.data)

    def _range(self, offset: int, length: int) -> memoryview:
        return self.data[offset : offset + length]


def checked(value: T | None, type: type[T]) -> T:
    """Checks an argument. Raises INVALID_ARGUMENT with upstream's wording."""
    if isinstance(value, type):
        return value
    if value is None:
        raise invalid_argument("ref is null")
    have = getattr(value, "vm_type", value.__class__.__name__)
    raise invalid_argument(
        f"ref type mismatch; expected {getattr(type, 'vm_type', type.__name__)} but have {have}"
    )


def check_fences(wait: Fence | None, signal: Fence | None) -> None:
    """Checks what a queue operation waits for and signals. Each may be null."""
    if wait is not None and wait.__class__ is not Fence:
        checked(wait, Fence)
    if signal is not None and signal.__class__ is not Fence:
        checked(signal, Fence)


def allocate_within(meter: Meter, size: int, allocate: Callable[[], Buffer]) -> Buffer:
    """Returns a buffer whose bytes count among those that a call with limits may hold, until it
    goes.

    Raises RESOURCE_EXHAUSTED, and what allocating fails with.
    """
    size = max(size, 0)
    meter.hold(size, "a device buffer")
    try:
        buffer = allocate()
    except BaseException:
        meter.release(size)
        raise
    weakref.finalize(buffer, meter.release, size)
    return buffer


def text(buffer: VmBuffer) -> str:
    """Returns a `vm.buffer` as a string."""
    return bytes(checked(buffer, VmBuffer).data).decode(errors="replace")


def byte_range(buffer: VmBuffer, offset: int, length: int) -> memoryview:
    """Bytes of a `vm.buffer`, -1 meaning all the rest. Raises OUT_OF_RANGE."""
    data = checked(buffer, VmBuffer).data
    if length == -1:
        length = len(data) - offset
    if offset < 0 or length < 0 or offset + length > len(data):
        raise StatusError(
            StatusCode.OUT_OF_RANGE,
            f"range [{offset}, {offset + length}) out of bounds; vm.buffer length {len(data)}",
        )
    return data[offset : offset + length]


def check_function(executable: Executable, function: int) -> None:
    """Raises INVALID_ARGUMENT if an executable has no entry point of this id."""
    if not 0 <= function < len(checked(executable, Executable).entry_points):
        raise invalid_argument(
            f"executable function ordinal {function} out of range; {executable!r}"
        )


def check_scalar_width(length: int) -> None:
    """Raises INVALID_ARGUMENT for anything but 1, 2 and 4 bytes."""
    if length not in (1, 2, 4):
        raise invalid_argument(f"buffer load/store length {length} is not 1, 2 or 4")


def no_collectives() -> StatusError:
    """Returns the error for what needs several ranks."""
    return StatusError(
        StatusCode.UNIMPLEMENTED, "collective operations need several devices; these have one rank"
    )
