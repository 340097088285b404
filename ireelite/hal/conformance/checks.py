"""What a check of a driver is, and what checks are written with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ireelite.hal.buffer import Buffer, BufferUsage, MemoryType
from ireelite.hal.command_buffer import WHOLE_BUFFER, BufferRef, Command
from ireelite.hal.conformance.kernels import axpy_for
from ireelite.hal.device import Device
from ireelite.hal.executable import Executable
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.light_dataclass import light_dataclass
from ireelite.status import StatusCode, StatusError

MEMORY = int(MemoryType.DEVICE_LOCAL | MemoryType.HOST_VISIBLE)
USAGE = int(BufferUsage.DEFAULT | BufferUsage.MAPPING | BufferUsage.DISPATCH_INDIRECT_PARAMETERS)
SOON = 5.0
"""Seconds within which what has to happen happens."""


class Deviation(Exception):
    """A driver did something else than what was expected."""

    def __init__(self, expected: str, got: str):
        super().__init__(f"expected {expected}; got {got}")
        self.expected = expected
        self.got = got


@light_dataclass(frozen=True)
class Check:
    """One thing that a driver must do."""

    title: str
    """What holds, as a sentence."""
    hint: str
    """Where to look if it does not."""
    run: Callable[[Subject], None]
    """Raises `Deviation`, or whatever the driver raises."""


@light_dataclass(frozen=True)
class Level:
    """Checks that are passed together."""

    name: str
    about: str
    checks: Sequence[Check]


def checks_of(checks: list[Check]) -> Callable[[str], Callable[..., Callable[[Subject], None]]]:
    """A decorator that adds a function to a level's checks: its docstring is the title, and the
    argument the hint.
    """

    def hinted(hint: str) -> Callable[..., Callable[[Subject], None]]:
        def add(function: Callable[[Subject], None]) -> Callable[[Subject], None]:
            title = " ".join((function.__doc__ or function.__name__).split()).rstrip(".")
            checks.append(Check(title, hint, function))
            return function

        return add

    return hinted


class Subject:
    """The device of a check, with what most checks need of one."""

    def __init__(self, device: Device, axpy: Callable[[Device], Executable] | None = None):
        self.device = device
        self._axpy = axpy or axpy_for
        self._executable: Executable | None = None

    @property
    def axpy(self) -> Executable:
        """Code for the device: workgroup i does `y[i] += a * x[i]`, for u32 in two bindings and one
        constant.
        """
        if self._executable is None:
            self._executable = self._axpy(self.device)
        return self._executable

    def buffer(self, contents: int | bytes | Sequence[int], usage: int = USAGE) -> Buffer:
        """A buffer of so many bytes, or with these bytes or u32."""
        if isinstance(contents, int):
            return self.device.allocator.allocate(MEMORY, usage, contents)
        data = contents if isinstance(contents, bytes) else words(*contents)
        buffer = self.device.allocator.allocate(MEMORY, usage, len(data))
        buffer.write(0, data)
        return buffer

    def run(self, *commands: Command) -> None:
        """Submits commands and waits for them."""
        self.device.submit(None, done := fence(), commands)
        reached(done, "the fence of a submission")

    def fails(self, code: StatusCode, *commands: Command) -> None:
        """Expects commands to fail, when they are submitted or when they run."""
        done = fence()
        denied(code, lambda: (self.device.submit(None, done, commands), done.wait(SOON)))
        equal(code_of(done), code.name, "the status of the signal fence")


def fence() -> Fence:
    """A fence of a new semaphore."""
    return Fence([(Semaphore(), 1)])


def ref(buffer: Buffer | None, offset: int = 0, length: int = WHOLE_BUFFER) -> BufferRef:
    """A range of a buffer."""
    return BufferRef(0, buffer, offset, length)


def words(*values: int) -> bytes:
    """u32 as bytes."""
    return b"".join(value.to_bytes(4, "little") for value in values)


def numbers(buffer: Buffer) -> list[int]:
    """The u32 of a buffer."""
    return list(memoryview(bytes(buffer.read())).cast("I"))


def equal(got: Any, expected: Any, what: str) -> None:
    """Raises Deviation unless two values are equal."""
    if got != expected:
        raise Deviation(f"{what} to be {_short(expected)}", _short(got))


def holds(buffer: Buffer, expected: bytes, what: str) -> None:
    """Raises Deviation unless a buffer has these bytes."""
    got = bytes(buffer.read())
    if got != expected:
        at = next((i for i, (a, b) in enumerate(zip(got, expected)) if a != b), 0)
        raise Deviation(
            f"{what} to be {_short(expected[at : at + 16])} from byte {at}",
            _short(got[at : at + 16]),
        )


def reached(done: Fence, what: str) -> None:
    """Raises Deviation unless a fence is reached soon, and the failure of one that fails."""
    if not done.wait(SOON):
        raise Deviation(f"{what} to be signalled", f"nothing within {SOON:g} seconds")


def pending(done: Fence, what: str) -> None:
    """Raises Deviation if a fence is decided."""
    if done.decided():
        raise Deviation(f"{what} to be undecided yet", f"a fence that is {code_of(done)}")


def code_of(done: Fence) -> str:
    """`OK`, `DEFERRED`, or the name of the failure."""
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
