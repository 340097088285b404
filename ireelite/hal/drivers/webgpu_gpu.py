"""A WebGPU device through wgpu-py: opening it, its memory, its pipelines, its submissions.

Everything that touches wgpu is here and in `webgpu_encoder`; wgpu is imported when a device is
opened. Opening is lazy since a process that forks after a device was made hangs in the child.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import time
from collections.abc import Callable, Collection, Sequence
from functools import wraps
from typing import Any, NoReturn, TypeVar, cast

from ireelite.forking import short_lock, take_part
from ireelite.hal.drivers.webgpu_groups import BindGroups, GpuDispatch
from ireelite.hal.drivers.webgpu_memory import GpuMemory
from ireelite.hal.waits import renewed
from ireelite.interrupts import HeldInterrupts
from ireelite.status import StatusCode, StatusError, invalid_argument

WANTED_FEATURES = (
    "immediates",
    "shader-f16",
    "shader-f64",
    "shader-int64",
    "subgroup",
    "timestamp-query",
)
SECONDS_VARIABLE = "IREELITE_GPU_SECONDS"
"""Environment variable: seconds that a submission may take on a WebGPU device, after which it fails
with DEADLINE_EXCEEDED and the device is given up; 0, the default, for any time.

WebGPU cannot stop a shader. One that never ends occupies its device until the system resets the GPU
or the process ends; without a limit, all later work of the device waits for it. Mesa's software
driver ends each loop of a shader after 65,535 iterations.
"""
_LONGEST_PAUSE = 0.002
"""Maximum number of seconds between two looks at a submission whose time is limited."""
PACKAGES = "libvulkan1 mesa-vulkan-drivers"


def adapters() -> list[Any]:
    """Returns the Vulkan adapters of this machine. Raises UNAVAILABLE if wgpu is not installed or
    cannot be loaded.
    """
    # Mesa prints to stderr when this is not set; whether the directory exists does not matter.
    os.environ.setdefault("XDG_RUNTIME_DIR", "/tmp")
    try:
        import wgpu
        from wgpu.backends.wgpu_native.extras import set_instance_extras
    except (ImportError, OSError) as error:
        raise StatusError(
            StatusCode.UNAVAILABLE,
            f"device webgpu needs the package 'wgpu' (pip install wgpu): {error}",
        ) from error
    global _process
    with _instance_lock:
        if _process is None:
            # Without the OpenGL backend adapters are found in a tenth of the time. It is too late
            # for that if the process has used wgpu before, which does no harm.
            with contextlib.suppress(RuntimeError):
                set_instance_extras(backends=["Vulkan"])
            _process = os.getpid()
    if _process != os.getpid():
        raise StatusError(StatusCode.UNAVAILABLE, FORKED)
    try:
        return [a for a in wgpu.gpu.enumerate_adapters_sync() if a.info["backend_type"] == "Vulkan"]
    except (OSError, RuntimeError) as error:
        raise StatusError(
            StatusCode.UNAVAILABLE, f"WebGPU cannot be loaded: {error}; {_remedy()}"
        ) from error


_instance_lock = short_lock()
_process: int | None = None
"""Id of the process that first used WebGPU, which processes forked from it cannot use."""
FORKED = (
    "WebGPU cannot be used in a process that was forked from one that has used it: start such "
    "processes by multiprocessing's method 'spawn', or use WebGPU in the child alone"
)


def _remedy() -> str:
    return f"install a Vulkan driver (Debian, Ubuntu: apt install {PACKAGES})"


class _Gone:
    """Replacement of a wgpu object that must not be used any more: each attribute access raises."""

    def __init__(self, failure: StatusError):
        self.failure = failure

    def __getattr__(self, name: str) -> Any:
        raise renewed(self.failure)


_kept: list[Any] = []
"""Objects that a forked process must not release, as that needs threads of the original process."""

_Method = TypeVar("_Method", bound=Callable[..., Any])


def _notes_loss(method: _Method) -> _Method:
    """Wraps a method of `Gpu`, which then raises UNAVAILABLE if the device is lost."""

    @wraps(method)
    def noted(self: Gpu, *arguments: Any) -> Any:
        try:
            return method(self, *arguments)
        except Exception as error:
            if isinstance(error, self.error) and (failure := self.loss(error)) is not None:
                raise failure from error
            raise

    return cast("_Method", noted)


class Gpu:
    """One opened WebGPU device. It has those of the wanted `features` that its adapter has."""

    def __init__(self, adapter: Any, features: Collection[str] = WANTED_FEATURES, index: int = 0):
        import wgpu
        from wgpu.backends.wgpu_native._api import libf
        from wgpu.backends.wgpu_native._ffi import ffi, lib

        self.most_seconds = most_seconds()
        """Seconds that a submission may take; 0 for any time."""
        self.lost: StatusError | None = None
        """The error that made the device unusable; None while it is usable."""
        self.adapter = adapter
        self.index = index
        """Index of the device's adapter among the machine's Vulkan adapters."""
        self.features = sorted({*features} & {*adapter.features})
        self.device: Any = adapter.request_device_sync(required_features=self.features)
        self.limits: dict[str, int] = dict(self.device.limits)
        self.offset_alignment = self.limits["min-storage-buffer-offset-alignment"]
        self.error: type[Exception] = wgpu.GPUError
        self._ffi: Any = ffi
        self._lib: Any = lib
        self._libf: Any = libf
        usage = wgpu.BufferUsage
        self._storage_usage = usage.STORAGE | usage.COPY_SRC | usage.COPY_DST | usage.INDIRECT
        self._staging_usage = usage.MAP_READ | usage.COPY_DST
        self.copy_source_usage = usage.COPY_SRC
        self._staging: Any = None
        self._lock = short_lock()
        self._layouts: dict[tuple[tuple[int, ...], ...], list[Any]] = {}
        self.memory = GpuMemory(self.create_storage, self.limits["max-buffer-size"])
        self.groups = BindGroups(self)
        take_part(self)

    @classmethod
    def open(cls, index: int = 0, features: Collection[str] = WANTED_FEATURES) -> Gpu:
        """Returns the index-th Vulkan adapter's device. Raises UNAVAILABLE naming what to install
        if there is none.
        """
        found = adapters()
        if not found:
            raise StatusError(StatusCode.UNAVAILABLE, f"no WebGPU adapter found; {_remedy()}")
        if index >= len(found):
            raise StatusError(
                StatusCode.NOT_FOUND, f"no WebGPU adapter {index}; there are {len(found)}"
            )
        return cls(found[index], features, index)

    @property
    def name(self) -> str:
        """As the driver calls the adapter."""
        return self.adapter.info["device"]

    # -- loss --------------------------------------------------------------------------------------

    def loss(self, error: Exception) -> StatusError | None:
        """Returns UNAVAILABLE if the error says that the device is lost, else None. Each later use
        of a lost device raises UNAVAILABLE.
        """
        if "device is lost" not in str(error):
            return None
        message = (
            f"the WebGPU device '{self.name}' is lost: load modules again, on a new device; "
            "what its buffers held is gone"
        )
        return self._lose(StatusError(StatusCode.UNAVAILABLE, message))

    def _lose(self, failure: StatusError) -> StatusError:
        if self.lost is None:
            self.lost = failure
            self.device = self._lib = self._libf = self._ffi = _Gone(failure)
        return renewed(self.lost)

    def hold(self) -> None:
        """Does nothing before a fork: the library's threads cannot be paused, and the device's
        queue is paused by `WorkQueue.hold`.
        """

    def let_go(self) -> None:
        """Does nothing after a fork in the process that forked."""

    def begin_anew(self) -> list[Callable[[], object]]:
        """Marks the device as lost in a forked process, and prevents calls of wgpu there."""
        from wgpu import _classes

        _kept.append((self.device, self._lib, self._libf, self._ffi))
        for kind in vars(_classes).values():
            if isinstance(kind, type) and "__del__" in vars(kind):
                kind.__del__ = lambda self: None  # pyright: ignore[reportAttributeAccessIssue]
        self._lose(StatusError(StatusCode.UNAVAILABLE, FORKED))
        return []

    # -- memory ------------------------------------------------------------------------------------

    def create_storage(self, byte_length: int) -> Any:
        """Allocates zeroed memory for storage bindings and copies, a multiple of 4 bytes.

        Raises RESOURCE_EXHAUSTED.
        """
        size = max(4, byte_length + 3 & ~3)
        if size > self.limits["max-buffer-size"]:
            raise StatusError(
                StatusCode.RESOURCE_EXHAUSTED,
                f"buffer of {byte_length} bytes exceeds the device's maximum "
                f"of {self.limits['max-buffer-size']}",
            )
        try:
            return self.device.create_buffer(size=size, usage=self._storage_usage)
        except self.error as error:
            raise self.loss(error) or StatusError(
                StatusCode.RESOURCE_EXHAUSTED, f"device allocation failed: {error}"
            ) from error

    @_notes_loss
    def create_source(self, data: bytes | bytearray | memoryview) -> Any:
        """Returns a buffer with these bytes to copy from; their number is a multiple of 4."""
        return self.device.create_buffer_with_data(data=data, usage=self.copy_source_usage)

    @_notes_loss
    def read(self, handle: Any, offset: int, length: int) -> memoryview:
        """Bytes of a buffer after all that was submitted before; any offset and length."""
        if not length:
            return memoryview(b"")
        start, end = offset & ~3, offset + length + 3 & ~3
        size = end - start
        with self._lock:
            # Taken while it may be mapped: if an interrupt left it so, its next use would abort the
            # process.
            staging, self._staging = self._staging, None
            if staging is None or staging.size < size:
                staging = self.device.create_buffer(
                    size=max(4096, 1 << (size - 1).bit_length()), usage=self._staging_usage
                )
            encoder = self.device.create_command_encoder()
            encoder.copy_buffer_to_buffer(handle, start, staging, 0, size)
            self.device.queue.submit([encoder.finish()])
            # The library locks an event that its poller waits for; an interrupt could leave it so.
            with HeldInterrupts().held():
                mapped = staging.map_async("READ", 0, size)
            mapped.sync_wait()
            data = bytearray(staging.read_mapped(0, size, copy=False))
            staging.unmap()
            self._staging = staging
        return memoryview(data)[offset - start : offset - start + length]

    @_notes_loss
    def write(self, handle: Any, offset: int, data: bytes | bytearray | memoryview) -> None:
        """Overwrites bytes before whatever is submitted next; any offset and length."""
        data = memoryview(data).cast("B")
        if not len(data):
            return
        start, end = offset & ~3, offset + len(data) + 3 & ~3
        if (start, end) != (offset, offset + len(data)):
            window = bytearray(self.read(handle, start, end - start))
            window[offset - start : offset - start + len(data)] = data
            data = memoryview(window)
        self.device.queue.write_buffer(handle, start, data)

    # -- pipelines ---------------------------------------------------------------------------------

    def create_pipeline(
        self, shader: Any, entry_point: str, sets: Sequence[Sequence[int]], constant_bytes: int
    ) -> tuple[Any, list[Any]]:
        """Returns a compute pipeline and its bind group layouts; `sets` are the binding numbers of
        each descriptor set.

        Raises INVALID_ARGUMENT with the validation error, UNAVAILABLE if push constants are needed
        and not there.
        """
        bindings = max((len(bindings) for bindings in sets), default=0)
        if bindings > self.limits["max-storage-buffers-per-shader-stage"]:
            raise StatusError(
                StatusCode.RESOURCE_EXHAUSTED,
                f"entry point '{entry_point}' has {bindings} bindings; the device takes "
                f"{self.limits['max-storage-buffers-per-shader-stage']}",
            )
        if constant_bytes and "immediates" not in self.features:
            raise StatusError(StatusCode.UNAVAILABLE, "this WebGPU device has no push constants")
        try:
            layouts = self._bind_group_layouts(sets)
            extra = {"immediate_size": constant_bytes} if constant_bytes else {}
            layout = self.device.create_pipeline_layout(bind_group_layouts=layouts, **extra)
            compute = {"module": shader, "entry_point": entry_point}
            return self.device.create_compute_pipeline(layout=layout, compute=compute), layouts
        except self.error as error:
            raise self.loss(error) or invalid_argument(
                f"entry point '{entry_point}' is not accepted: {_flat(error)}"
            ) from error

    def create_shader(self, words: bytes | memoryview) -> Any:
        """Returns a shader module of SPIR-V. Raises INVALID_ARGUMENT with the validation error."""
        try:
            return self.device.create_shader_module(code=bytes(words))
        except self.error as error:
            raise self.loss(error) or invalid_argument(
                f"SPIR-V is not accepted: {_flat(error)}"
            ) from error

    def _bind_group_layouts(self, sets: Sequence[Sequence[int]]) -> list[Any]:
        # All bindings are read-write: one buffer bound both ways in one dispatch would be refused.
        key = tuple(tuple(bindings) for bindings in sets)
        if key not in self._layouts:
            self._layouts[key] = [
                self.device.create_bind_group_layout(
                    entries=[
                        {"binding": b, "visibility": 4, "buffer": {"type": "storage"}}
                        for b in bindings
                    ]
                )
                for bindings in key
            ]
        return self._layouts[key]

    # -- submission --------------------------------------------------------------------------------

    def dispatch(self, compute_pass: Any, dispatch: GpuDispatch, groups: Sequence[Any]) -> None:
        """Adds a dispatch with its bind groups to a pass.

        The library is called without wgpu-py, which takes longer than the call: what is wrong in a
        pass is raised when its command encoder is finished.
        """
        self._prepare(compute_pass, dispatch, groups)
        self._lib.wgpuComputePassEncoderDispatchWorkgroups(compute_pass._internal, *dispatch.counts)

    def dispatch_indirect(
        self,
        compute_pass: Any,
        dispatch: GpuDispatch,
        groups: Sequence[Any],
        handle: Any,
        offset: int,
    ) -> None:
        """Adds a dispatch whose workgroup counts are in a buffer."""
        self._prepare(compute_pass, dispatch, groups)
        compute_pass.dispatch_workgroups_indirect(handle, offset)

    def _prepare(self, compute_pass: Any, dispatch: GpuDispatch, groups: Sequence[Any]) -> None:
        lib, into = self._lib, compute_pass._internal
        lib.wgpuComputePassEncoderSetPipeline(into, dispatch.pipeline._internal)
        for position, group in enumerate(groups):
            lib.wgpuComputePassEncoderSetBindGroup(
                into, position, group._internal, 0, self._ffi.NULL
            )
        if dispatch.constants:
            lib.wgpuComputePassEncoderSetImmediates(
                into, 0, dispatch.constants, len(dispatch.constants)
            )

    def submit(self, commands: Any) -> int:
        """Submits one finished command buffer and returns its index on the queue's timeline.

        What wgpu finds wrong here ends the process. The command buffer has been made for this
        submission alone, no buffer is ever destroyed, and only staging memory is ever mapped: so
        nothing can be wrong.
        """
        array = self._ffi.new("WGPUCommandBuffer[]", [commands._internal])
        return int(self._libf.wgpuQueueSubmitForIndex(self.device.queue._internal, 1, array))

    def wait(self, index: int) -> None:
        """Blocks until a submission is done; other threads run meanwhile.

        If that takes more than `most_seconds`, gives up the device, whose later uses raise
        UNAVAILABLE, and raises DEADLINE_EXCEEDED.
        """
        if self.most_seconds:
            self._wait_within(self.most_seconds)
            return
        self._lib.wgpuDevicePoll(
            self.device._internal, True, self._ffi.new("WGPUSubmissionIndex *", index)
        )

    def _wait_within(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        pause = _LONGEST_PAUSE / 64
        # The function returns a Boolean in one byte of a larger integer.
        while not self._lib.wgpuDevicePoll(self.device._internal, False, self._ffi.NULL) & 1:
            if time.monotonic() > end:
                self._give_up(seconds)
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _give_up(self, seconds: float) -> NoReturn:
        reason = (
            f"a submission to the WebGPU device '{self.name}' took more than {seconds:g} s, the "
            f"limit that {SECONDS_VARIABLE} sets; its shader may never end"
        )
        remedy = "load modules again, on a new device; what this device's buffers held is gone"
        # Releasing the device would wait for the submission, even when the interpreter exits.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self.device))
        self._lose(
            StatusError(StatusCode.UNAVAILABLE, f"the device is given up: {reason}; {remedy}")
        )
        raise StatusError(StatusCode.DEADLINE_EXCEEDED, f"{reason}; {remedy}")

    @property
    def timestamp_period(self) -> float:
        """Nanoseconds of one timestamp tick."""
        return float(self._lib.wgpuQueueGetTimestampPeriod(self.device.queue._internal))


def most_seconds() -> float:
    """Returns the seconds that a submission may take, as the environment variable says; 0 for any
    time. Raises INVALID_ARGUMENT if it is not a number of at least 0.
    """
    text = os.environ.get(SECONDS_VARIABLE, "0")
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not seconds >= 0:
        raise invalid_argument(
            f"the environment variable {SECONDS_VARIABLE} is '{text}'; seconds are expected, or 0 "
            "for no limit"
        )
    return seconds


def _flat(error: Exception) -> str:
    return " ".join(str(error).split())
