"""`HalDevice`, `HalDriver` and `HalCommandBuffer`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ireelite.hal.buffer import WHOLE_BUFFER
from ireelite.hal.command_buffer import BufferRef, CommandBuffer, Copy, Fill
from ireelite.hal.device import Device
from ireelite.hal.registry import Driver
from ireelite.hal.semaphore import Semaphore
from ireelite.modules.python_module import VmRef
from ireelite.runtime.dtypes import map_dtype_to_hal_element_type
from ireelite.runtime.errors import raising
from ireelite.runtime.hal_enums import BufferUsage, HalElementType, MemoryType
from ireelite.runtime.hal_memory import HalAllocator, HalBuffer, HalBufferView
from ireelite.runtime.hal_timeline import FenceLike, HalSemaphore, fence_of
from ireelite.status import StatusCode, StatusError

if TYPE_CHECKING:
    import numpy

_CPU = 1
"""DLPack's number for host memory."""


class HalDevice:
    """A device with one queue."""

    def __init__(self, device: Device):
        self.device = device
        """The HAL's object."""
        self.allocator = HalAllocator(device.allocator)

    @staticmethod
    def __iree_vm_cast__(reference: VmRef) -> HalDevice | None:
        return HalDevice(reference.value) if isinstance(reference.value, Device) else None

    @property
    def ref(self) -> VmRef:
        """The reference to it."""
        return VmRef(self.device)

    @property
    def __iree_vm_ref__(self) -> VmRef:
        return self.ref

    def create_semaphore(self, initial_value: int) -> HalSemaphore:
        """Returns a timeline that begins at `initial_value`."""
        return HalSemaphore(Semaphore(initial_value))

    def queue_alloca(
        self, allocation_size: int, wait_semaphores: FenceLike, signal_semaphores: FenceLike
    ) -> HalBuffer:
        """Returns a transient buffer, to be used once the signal is reached."""
        with raising("allocating memory on queue"):
            buffer = self.device.alloca(
                fence_of(wait_semaphores),
                fence_of(signal_semaphores),
                int(MemoryType.DEVICE_LOCAL),
                int(BufferUsage.DEFAULT),
                allocation_size,
            )
        return HalBuffer(buffer)

    def queue_dealloca(
        self, buffer: HalBuffer, wait_semaphores: FenceLike, signal_semaphores: FenceLike
    ) -> None:
        """Gives a transient back."""
        with raising("deallocating memory on queue"):
            self.device.dealloca(
                fence_of(wait_semaphores), fence_of(signal_semaphores), buffer.buffer
            )

    def queue_copy(
        self,
        source_buffer: HalBuffer,
        target_buffer: HalBuffer,
        wait_semaphores: FenceLike,
        signal_semaphores: FenceLike,
    ) -> None:
        """Copies all of the source to the beginning of the target.

        Raises ValueError if the target is shorter.
        """
        length = source_buffer.byte_length()
        if length > target_buffer.byte_length():
            raise ValueError(
                "the source's length must be less than or equal to the target's; "
                f"{length} is more than {target_buffer.byte_length()}"
            )
        source = BufferRef(0, source_buffer.buffer, 0, length)
        target = BufferRef(0, target_buffer.buffer, 0, length)
        with raising("copying buffer on queue"):
            self.device.submit(
                fence_of(wait_semaphores), fence_of(signal_semaphores), [Copy(source, target)]
            )

    def queue_execute(
        self,
        command_buffer: HalCommandBuffer,
        wait_semaphores: FenceLike,
        signal_semaphores: FenceLike,
    ) -> None:
        """Executes a command buffer that has ended."""
        with raising("executing command buffer on queue"):
            self.device.execute(
                fence_of(wait_semaphores), fence_of(signal_semaphores), command_buffer.commands
            )

    def create_dlpack_capsule(
        self, buffer_view: HalBufferView, device_type_code: int, device_id: int
    ) -> Any:
        """Returns a DLPack capsule over a view in host memory, without a copy.

        Raises ValueError for other devices than (1, 0), the CPU, and for types that DLPack lacks.
        """
        if (device_type_code, device_id) != (_CPU, 0) or not self.allocator._is_host:
            raise ValueError("only host memory, DLPack device (1, 0), can be exported")
        dtype = HalElementType.map_to_dtype(buffer_view.element_type)
        array = buffer_view.map().asarray(buffer_view.shape, dtype)
        try:
            return array.__dlpack__()
        except (BufferError, TypeError) as error:
            raise ValueError(f"cannot export {buffer_view!r}: {error}") from error

    def from_dlpack_capsule(self, capsule: Any) -> HalBufferView:
        """Returns a view of a capsule's tensor in host memory: shared if it is aligned well enough,
        else copied. Raises ValueError for types that have no element type.
        """
        import numpy

        array = numpy.from_dlpack(_Capsule(capsule))
        element_type = map_dtype_to_hal_element_type(array.dtype)
        if element_type is None:
            raise ValueError(f"no element type for dtype {array.dtype}")
        data = numpy.asarray(_Writable(numpy.ascontiguousarray(array)))
        with raising("importing DLPack tensor"):
            buffer = self.device.allocator.import_data(
                int(MemoryType.DEVICE_LOCAL | MemoryType.HOST_VISIBLE),
                int(BufferUsage.DEFAULT | BufferUsage.MAPPING),
                data.reshape(-1).view(numpy.uint8).data,
            )
        return HalBufferView(HalBuffer(buffer), array.shape, element_type)

    def __repr__(self) -> str:
        return f"<HalDevice {self.device.id}>"


class _Writable:
    """An array of foreign memory. NumPy takes tensors of others for read-only, which they are
    not.
    """

    def __init__(self, array: numpy.ndarray[Any, Any]):
        self._array = array
        interface = array.__array_interface__
        self.__array_interface__ = {**interface, "data": (interface["data"][0], False)}


class _Capsule:
    """A DLPack producer that has its capsule already."""

    def __init__(self, capsule: Any):
        self._capsule = capsule

    def __dlpack__(self, **_options: Any) -> Any:
        return self._capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return _CPU, 0


class HalDriver:
    """One way to reach devices."""

    def __init__(self, driver: Driver):
        self.driver = driver
        """The HAL's object."""

    @staticmethod
    def query() -> list[str]:
        """Names of all drivers."""
        from ireelite.loaders import drivers

        return [name for driver in drivers().drivers for name in (driver.name, *driver.aliases)]

    def query_available_devices(self) -> list[dict[str, Any]]:
        """Returns the devices, each with `device_id`, `path` and `name`."""
        return [
            {"device_id": number, "path": info.uri.partition("://")[2], "name": info.name}
            for number, info in enumerate(self.driver.enumerate())
        ]

    def create_default_device(self, allocators: Sequence[str] | None = None) -> HalDevice:
        """Returns the first device. Raises ValueError and RuntimeError as `create_device`."""
        return self._create("", allocators)

    def create_device(
        self,
        device_id: int | dict[str, Any],
        params: dict[str, str] | None = None,
        allocators: Sequence[str] | None = None,
    ) -> HalDevice:
        """Returns a device by number, or by what `query_available_devices` says of it.

        Raises ValueError if there is none, RuntimeError if it cannot be opened.
        """
        number = device_id["device_id"] if isinstance(device_id, dict) else device_id
        known = self.query_available_devices()
        found = next((info for info in known if info["device_id"] == number), None)
        if found is None:
            raise ValueError(f"Device id {number} not found. Available devices: {known}")
        if params:
            raise ValueError(f"driver '{self.driver.name}' has no parameters; given {params}")
        return self._create(found["path"], allocators)

    def create_device_by_uri(
        self, device_uri: str, allocators: Sequence[str] | None = None
    ) -> HalDevice:
        """Returns a device by URI, as `webgpu://0`. Raises ValueError if there is none."""
        return self._create(device_uri.partition("://")[2], allocators)

    def _create(self, path: str, allocators: Sequence[str] | None) -> HalDevice:
        if allocators:
            raise ValueError(f"there is one allocator a device; given {list(allocators)}")
        with raising("Error creating device"):
            return HalDevice(self.driver.create(path))

    def __repr__(self) -> str:
        return f"<HalDriver {self.driver.name}>"


class HalCommandBuffer:
    """Commands, recorded once and executed any number of times."""

    def __init__(self, device: HalDevice, binding_capacity: int = 0, begin: bool = True):
        self._device = device
        self._capacity = binding_capacity
        self._commands: CommandBuffer | None = None
        if begin:
            self.begin()

    @property
    def commands(self) -> CommandBuffer:
        """The HAL's object. Raises FAILED_PRECONDITION before `begin`."""
        if self._commands is None:
            raise StatusError(
                StatusCode.FAILED_PRECONDITION, "command buffer is not in a recording state"
            )
        return self._commands

    @property
    def ref(self) -> VmRef:
        """The reference to it."""
        return VmRef(self.commands)

    @property
    def __iree_vm_ref__(self) -> VmRef:
        return self.ref

    def begin(self) -> None:
        """Begins recording. Raises RuntimeError if it has begun."""
        with raising("beginning command buffer"):
            if self._commands is not None:
                raise StatusError(
                    StatusCode.FAILED_PRECONDITION, "command buffer is already in a recording state"
                )
            self._commands = CommandBuffer(self._device.device, binding_capacity=self._capacity)

    def end(self) -> None:
        """Ends recording. Raises RuntimeError if it is not recording."""
        with raising("ending command buffer"):
            self.commands.finalize()

    def copy(
        self,
        source_buffer: HalBuffer,
        target_buffer: HalBuffer,
        source_offset: int = 0,
        target_offset: int = 0,
        length: int | None = None,
        end: bool = False,
    ) -> None:
        """Records a copy, of all that is left of the source by default."""
        with raising("copy command"):
            whole = source_buffer.buffer.resolve(source_offset, WHOLE_BUFFER)[1]
            count = whole if length is None else length
            source = BufferRef(
                0, source_buffer.buffer, *source_buffer.buffer.resolve(source_offset, count)
            )
            target = BufferRef(
                0, target_buffer.buffer, *target_buffer.buffer.resolve(target_offset, count)
            )
            self.commands.record(Copy(source, target))
        if end:
            self.end()

    def fill(
        self,
        target_buffer: HalBuffer,
        pattern: Any,
        target_offset: int = 0,
        length: int | None = None,
        end: bool = False,
    ) -> None:
        """Records a fill with the bytes of `pattern`, 1, 2 or 4: a NumPy scalar, say."""
        data = bytes(memoryview(pattern).cast("B"))
        if len(data) not in (1, 2, 4):
            raise ValueError(f"fill patterns must be 1, 2, or 4 bytes (got {len(data)})")
        with raising("fill command"):
            extent = WHOLE_BUFFER if length is None else length
            place = target_buffer.buffer.resolve(target_offset, extent)
            self.commands.record(Fill(BufferRef(0, target_buffer.buffer, *place), data))
        if end:
            self.end()

    def __repr__(self) -> str:
        return f"<HalCommandBuffer {self._commands!r}>"
