"""The VM module `hal_loader`, version 1: executables whose entry points run on the calling thread.

Names and calling conventions are those of IREE's `hal_loader.imports.mlir`, which programs of the
execution model `inline-dynamic` import beside `hal_inline`. A dispatch has run when the call
returns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from weakref import WeakKeyDictionary

from ireelite.hal.command_buffer import BufferRef, Dispatch
from ireelite.hal.drivers.host_device import HostDevice
from ireelite.hal.executable import BoundBuffer, Executable, HostDispatch, HostExecutable
from ireelite.hal.host_memory import HostBuffer
from ireelite.modules.hal_arguments import HalContext, byte_range, checked, text
from ireelite.modules.hal_inline import MEMORY, USAGE, Storage
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.vm.native import NativeModule, vm_export
from ireelite.vm.refs import Buffer as VmBuffer

if TYPE_CHECKING:
    from ireelite.hal.recording import Recording

NAME = "hal_loader"
VERSION = 1
WORD = 4
"""Bytes of an executable's constant."""
MAX_PREPARED = 64
"""Dispatches that are kept prepared: of one entry point, with their counts and constants."""


class LoaderFunctions(HalContext):
    """One context's functions, over the loaders of a CPU device."""

    def __init__(
        self,
        device: HostDevice,
        recording: Recording | None = None,
        refused: set[str] | None = None,
    ):
        super().__init__([device], recording, refused)
        self._device = device
        self._prepared: dict[tuple[object, ...], HostDispatch] = {}
        self._constants: WeakKeyDictionary[VmBuffer, HostBuffer] = WeakKeyDictionary()
        """The module's constants, as executables take them."""

    def fork(self) -> LoaderFunctions:
        """Returns the functions for a forked context: over the same loaders."""
        return LoaderFunctions(self._device, self.recording, self.refused)

    @vm_export("executable.query_support", "0r_i")
    def executable_query_support(self, format: VmBuffer) -> int:
        """Returns 1 for the name of a format that a loader takes and that may run, else 0."""
        name = text(format)
        return int(self._device.loaders.accepts(name) and not self.refuses(self._device, name))

    @vm_export("executable.load", "0rrr_r")
    def executable_load(
        self, format: VmBuffer, data: VmBuffer, constants: VmBuffer | None
    ) -> Executable:
        """Loads an executable; it remembers which rodata it came from. Raises INVALID_ARGUMENT for
        constants that are not 32-bit words, and what the loader raises.
        """
        words = None if constants is None else checked(constants, VmBuffer).data
        if words is not None and len(words) % WORD:
            raise invalid_argument(
                f"the constants of an executable have {len(words)} bytes, no multiple of {WORD}"
            )
        return self.load_executable(self._device, text(format), data, words)

    @vm_export("executable.lookup.function", "0rr_I")
    def executable_lookup_function(self, executable: Executable, name: VmBuffer) -> int:
        """Returns the id of an entry point. Raises NOT_FOUND."""
        return checked(executable, Executable).lookup(text(name))

    @vm_export("executable.dispatch", "0rIiiiCiDCrIID_v")
    def executable_dispatch(
        self,
        executable: Executable,
        function: int,
        x: int,
        y: int,
        z: int,
        constants: list[int],
        bindings: list[tuple[VmBuffer, int, int]],
    ) -> None:
        """Runs an entry point over a grid of workgroups; a binding is (buffer, offset, length).

        Raises OUT_OF_RANGE for an id that is none and for bindings past the end of their buffers,
        PERMISSION_DENIED for a constant that the code is known to write to, and what the code fails
        with.
        """
        if not isinstance(executable, HostExecutable):
            raise invalid_argument(
                f"{checked(executable, Executable)!r} was not made for a CPU device"
            )
        if not 0 <= function < (count := len(executable.entry_points)):
            raise StatusError(
                StatusCode.OUT_OF_RANGE,
                f"function id {function} out of range; the executable has {count} functions",
            )
        key = (executable, function, x, y, z, *constants)
        if (run := self._prepared.get(key)) is None:
            if len(self._prepared) >= MAX_PREPARED:
                self._prepared.clear()
            run = self._prepared[key] = executable.prepare(function, (x, y, z), constants)
        bound = [
            self._bound(executable, function, position, *binding)
            for position, binding in enumerate(bindings)
        ]
        if self.recording is None:
            run(bound)
            return
        refs = tuple(BufferRef(0, *each) for each in bound)
        dispatch = Dispatch(executable, function, (x, y, z), tuple(constants), refs)
        with self.recording.dispatching(dispatch):
            run(bound)

    def _bound(
        self,
        executable: HostExecutable,
        function: int,
        position: int,
        buffer: VmBuffer,
        offset: int,
        length: int,
    ) -> BoundBuffer:
        if buffer.__class__ is Storage and 0 <= offset <= offset + length <= len(buffer.data):
            return cast("Storage", buffer).buffer, offset, length
        length = len(byte_range(buffer, offset, length))
        if isinstance(buffer, Storage):
            return buffer.buffer, offset, length
        if buffer.mutable:
            allocator, data = self._device.host_allocator, buffer.data
            return HostBuffer(allocator, MEMORY, USAGE, data, buffer.place[0]), offset, length
        if position in (executable.written_bindings(function) or ()):
            raise StatusError(
                StatusCode.PERMISSION_DENIED,
                f"binding {position} of '{executable.entry_points[function]}' is a constant, and "
                "the entry point writes to it",
            )
        if (constant := self._constants.get(buffer)) is None:
            imported = self._device.host_allocator.import_data(MEMORY, USAGE, buffer.data)
            constant = self._constants[buffer] = imported
        return constant, offset, length


def hal_loader_module(
    device: HostDevice, recording: Recording | None = None, refused: set[str] | None = None
) -> NativeModule:
    """Returns the module over the loaders of a CPU device.

    With `refused`, native code is not run; the set gets the formats that were asked for.
    """
    return NativeModule(
        NAME, version=VERSION, state_factory=lambda: LoaderFunctions(device, recording, refused)
    )
