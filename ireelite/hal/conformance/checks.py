"""Checks of a driver, their levels, and the helper functions that checks are written with."""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from ireelite.hal.buffer import Buffer, BufferUsage, MemoryType
from ireelite.hal.command_buffer import WHOLE_BUFFER, BufferRef, Command
from ireelite.hal.conformance.kernels import axpy_for
from ireelite.hal.device import Device
from ireelite.hal.executable import Executable
from ireelite.hal.host_memory import HostBuffer
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.light_dataclass import light_dataclass
from ireelite.memory_address import address_of
from ireelite.status import StatusCode, StatusError

MEMORY = int(MemoryType.DEVICE_LOCAL | MemoryType.HOST_VISIBLE)
USAGE = int(BufferUsage.DEFAULT | BufferUsage.MAPPING | BufferUsage.DISPATCH_INDIRECT_PARAMETERS)
ALIGNMENT = 64
"""Bytes to whose multiples host memory is aligned; upstream's heap buffers are, too."""
SOON = 5.0
"""Seconds that a check waits for an event that must happen."""


class Deviation(Exception):
    """Raised by a check if a driver deviates from the expected behaviour."""

    def __init__(self, expected: str, got: str):
        super().__init__(f"expected {expected}; got {got}")
        self.expected = expected
        self.got = got


@light_dataclass(frozen=True)
class Check:
    """One requirement on drivers, with the function that checks it."""

    title: str
    """The requirement, as a sentence."""
    hint: str
    """Where to look if the check fails."""
    run: Callable[[Subject], None]
    """The check. If it fails, it raises `Deviation` or any exception of the driver."""


@light_dataclass(frozen=True)
class Level:
    """A named group of checks."""

    name: str
    about: str
    checks: Sequence[Check]


def checks_of(checks: list[Check]) -> Callable[[str], Callable[..., Callable[[Subject], None]]]:
    """Returns a decorator that appends a function to the checks of a level. The decorator's
    argument is the hint, and the function's docstring is the title.
    """

    def hinted(hint: str) -> Callable[..., Callable[[Subject], None]]:
        def add(function: Callable[[Subject], None]) -> Callable[[Subject], None]:
            title = " ".join((function.__doc__ or function.__name__).split()).rstrip(".")
            checks.append(Check(title, hint, function))
            return function

        return add

    return hinted


class Subject:
    """The device under test, with helpers for most checks."""

    def __init__(self, device: Device, axpy: Callable[[Device], Executable] | None = None):
        self.device = device
        self._axpy = axpy or axpy_for
        self._executable: Executable | None = None

    @property
    def axpy(self) -> Executable:
        """Executable for the device: a workgroup computes `y[i] += a * x[i]` on u32, with the
        bindings x and y and the constant a; workgroup (u, v, w) has i = u + 4 v + 16 w.
        """
        if self._executable is None:
            self._executable = self._axpy(self.device)
        return self._executable

    def buffer(self, contents: int | bytes | Sequence[int], usage: int = USAGE) -> Buffer:
        """Returns a new buffer: of `contents` bytes if that is an int, else with the given bytes or
        u32 values.
        """
        if isinstance(contents, int):
            return self.device.allocator.allocate(MEMORY, usage, contents)
        data = contents if isinstance(contents, bytes) else words(*contents)
        buffer = self.device.allocator.allocate(MEMORY, usage, len(data))
        buffer.write(0, data)
        return buffer

    def run(self, *commands: Command) -> None:
        """Submits commands and waits until they have run."""
        self.device.submit(None, done := fence(), commands)
        reached(done, "the fence of a submission")

    def fails(self, code: StatusCode, *commands: Command) -> None:
        """Raises Deviation unless the commands fail with `code`, on submission or when they run,
        and their signal fence fails with `code`, too.
        """
        done = fence()
        denied(code, lambda: (self.device.submit(None, done, commands), done.wait(SOON)))
        equal(code_of(done), code.name, "the status of the signal fence")


def fence() -> Fence:
    """Returns a fence at value 1 of a new semaphore."""
    return Fence([(Semaphore(), 1)])


def ref(buffer: Buffer | None, offset: int = 0, length: int = WHOLE_BUFFER) -> BufferRef:
    """Returns a reference to a range of a buffer."""
    return BufferRef(0, buffer, offset, length)


def words(*values: int) -> bytes:
    """Returns u32 values as little-endian bytes."""
    return b"".join(value.to_bytes(4, "little") for value in values)


def numbers(buffer: Buffer) -> list[int]:
    """Returns the contents of a buffer as u32 values."""
    return list(memoryview(bytes(buffer.read())).cast("I"))


def equal(got: Any, expected: Any, what: str) -> None:
    """Raises Deviation unless two values are equal."""
    if got != expected:
        raise Deviation(f"{what} to be {_short(expected)}", _short(got))


def holds(buffer: Buffer, expected: bytes, what: str) -> None:
    """Raises Deviation unless the contents of a buffer equal these bytes."""
    got = bytes(buffer.read())
    if got != expected:
        at = next((i for i, (a, b) in enumerate(zip(got, expected)) if a != b), 0)
        raise Deviation(
            f"{what} to be {_short(expected[at : at + 16])} from byte {at}",
            _short(got[at : at + 16]),
        )


def reached(done: Fence, what: str) -> None:
    """Raises Deviation unless a fence is reached within `SOON` seconds. Raises the failure of a
    failed fence.
    """
    if not done.wait(SOON):
        raise Deviation(f"{what} to be signalled", f"nothing within {SOON:g} seconds")


def aligned(buffer: Buffer, alignment: int, what: str) -> None:
    """Raises Deviation unless the memory of a buffer begins at a multiple of `alignment` bytes and
    at the address that the buffer states, if it is in host memory.
    """
    if isinstance(buffer, HostBuffer) and buffer.byte_length:
        address = address_of(buffer.data)
        equal(address % alignment, 0, f"the address of {what} modulo {alignment}")
        equal(buffer.address - address, 0, f"buffer.address of {what}, minus where its data is,")


def forgotten(gone: weakref.ref[Buffer], what: str) -> None:
    """Raises Deviation unless a buffer goes within `SOON` seconds, by a garbage collection at the
    latest.
    """
    end, pause = time.monotonic() + SOON, 0.001
    while gone() is not None:
        if time.monotonic() > end:
            raise Deviation(f"{what} to be released", "a buffer that is still there")
        time.sleep(pause)
        pause *= 2
        gc.collect()


def pending(done: Fence, what: str) -> None:
    """Raises Deviation if a fence is reached or has failed."""
    if done.decided():
        raise Deviation(f"{what} to be undecided yet", f"a fence that is {code_of(done)}")


def code_of(done: Fence) -> str:
    """Returns the status of a fence: `OK`, `DEFERRED`, or the name of its failure's code."""
    return done.query().name


def denied(code: StatusCode, action: Callable[[], Any]) -> None:
    """Raises Deviation unless an action raises a StatusError with this code."""
    try:
        result = action()
    except StatusError as error:
        if error.code != code:
            raise Deviation(f"a StatusError {code.name}", str(error)) from error
        return
    raise Deviation(f"a StatusError {code.name}", f"no error, but {_short(result)}")


def _short(value: Any) -> str:
    text = value.hex(" ") if isinstance(value, bytes) else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
