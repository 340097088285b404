"""Limits on what a program may use: instructions, time and memory.

    limits = Limits(max_instructions=10_000_000, deadline=1.0, max_memory=1 << 28)
    context = Context(instance, modules, limits=limits)

Instructions and time are counted for each call from outside, together with all that it calls in its
turn: other modules, Python modules and what these call back, and executables that are bytecode
themselves. Memory is what the context's VM buffers, lists and globals, and the device buffers that
it allocated, hold at a time.

A block's instructions are counted when it is entered, and bulk instructions by what they touch.
Code for a context with limits is another than for one without, which pays nothing. What goes past
a limit fails as any instruction may, with a stack trace, and the context stays as usable as it was.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from types import FrameType
from typing import Any

from ireelite.forking import short_lock
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.vm import effects
from ireelite.vm.arithmetic import wrap64
from ireelite.vm.backtrace import Location
from ireelite.vm.refs import Buffer, List
from ireelite.vm.running_meters import running_meters

SLICE = 10_000
"""Instructions between two looks at the clock."""
LOAN = 1 << 22
"""Instructions between two looks at the clock in compiled code."""
OVERHEAD = 64
"""Bytes counted for an object besides its contents."""
SLOT = 16
"""Bytes counted for an element of a list."""
_BYTES_PER_INSTRUCTION = 64
"""What a bulk instruction is taken to move in the time of another instruction."""
_HASHED_PER_INSTRUCTION = 2


@dataclass(frozen=True)
class Limits:
    """What a call may use. None means: as much as it likes.

    Going past `max_instructions` or `max_memory` is RESOURCE_EXHAUSTED, past `deadline`
    DEADLINE_EXCEEDED.
    """

    max_instructions: int | None = None
    """Instructions in one call from outside."""
    deadline: float | None = None
    """Seconds that one call from outside may take."""
    max_memory: int | None = None
    """Bytes held by the VM buffers, lists and globals of a context, and by its device buffers."""

    def __post_init__(self) -> None:
        for name in ("max_instructions", "deadline", "max_memory"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, (int, float)):
                raise invalid_argument(f"{name} is {value!r}; a limit is a number or None")
            if value is not None and not value >= 0:
                raise invalid_argument(f"{name} is {value}; a limit is not negative")

    def __bool__(self) -> bool:
        return (self.max_instructions, self.deadline, self.max_memory) != (None, None, None)


class Meter:
    """The account of contexts that share their limits.

    Running code takes from `left` and calls `more` when that has become negative.
    """

    def __init__(self, limits: Limits):
        self.limits = limits
        self.left = 0
        self.held = 0
        """Bytes, what was freed since the last allocation included."""
        self._reserve: int | None = limits.max_instructions
        self._until: float | None = None
        self._depth = 0
        self._lock = short_lock()
        self._freed: deque[int] = deque()

    def more(self) -> None:
        """Lets the code go on for a while. Raises RESOURCE_EXHAUSTED or DEADLINE_EXCEEDED."""
        if self._until is not None and monotonic() > self._until:
            raise StatusError(
                StatusCode.DEADLINE_EXCEEDED,
                f"the call took longer than its deadline of {self.limits.deadline:g} s",
            )
        grant = max(SLICE, -self.left)
        if self._reserve is not None:
            grant = min(grant, self._reserve)
            if self.left + grant < 0:
                raise StatusError(
                    StatusCode.RESOURCE_EXHAUSTED,
                    f"the call ran more than {self.limits.max_instructions} instructions",
                )
            self._reserve -= grant
        self.left += grant

    def spend(self, instructions: int) -> None:
        """Counts instructions. Raises RESOURCE_EXHAUSTED or DEADLINE_EXCEEDED."""
        self.left -= instructions
        if self.left < 0:
            self.more()

    def lend(self, left: int) -> int:
        """Takes instructions for compiled code, which counts them itself and has `left`; returns
        how many it has now. Unless that is as many as it needs, `more` will fail.
        """
        left += self.left
        self.left = 0
        if self._until is not None and monotonic() > self._until:
            if self._reserve is not None:
                self._reserve += left
            return -1
        grant = max(LOAN - left, 0)
        if self._reserve is not None:
            grant = min(grant, self._reserve)
            self._reserve -= grant
        return left + grant

    def settle(self, left: int) -> None:
        """Takes back what compiled code has not used of its instructions."""
        kept = min(left, SLICE)
        self.left += kept
        if self._reserve is not None:
            self._reserve += left - kept

    def seconds_left(self) -> float | None:
        """Returns the seconds until the deadline of the call that is running; None if it has none."""
        return None if self._until is None else max(self._until - monotonic(), 0.0)

    def hold(self, amount: int, what: str) -> None:
        """Counts bytes of memory. Raises RESOURCE_EXHAUSTED."""
        while self._freed:
            self.held -= self._freed.popleft()
        most = self.limits.max_memory
        if most is not None and self.held + amount > most:
            raise StatusError(
                StatusCode.RESOURCE_EXHAUSTED,
                f"{what} needs {amount} bytes, and {self.held} of {most} are held already",
            )
        self.held += amount

    def release(self, amount: int) -> None:
        """Bytes are free again. May be called at any time, also by the garbage collector."""
        self._freed.append(amount)

    def guard(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """Returns a function under these limits.

        The outermost call of a guarded function begins a new account.
        """

        def guarded(*arguments: Any) -> Any:
            self._enter()
            try:
                return call(*arguments)
            finally:
                self._exit()

        return guarded

    def effects(self) -> dict[str, Callable[..., Any]]:
        """Returns the functions of `effects` that take memory, or time by the length of something,
        with their use counted.
        """
        return {name: getattr(self, f"_{name}") for name in _COUNTED}

    def _enter(self) -> None:
        with self._lock:
            self._depth += 1
            if self._depth == 1:
                self.left = 0
                self._reserve = self.limits.max_instructions
                seconds = self.limits.deadline
                self._until = None if seconds is None else monotonic() + seconds
        running_meters().append(self)

    def _exit(self) -> None:
        running_meters().pop()
        with self._lock:
            self._depth -= 1
            if self._depth == 0:
                self._until = None

    def _moved(self, length: int) -> None:
        self.spend(max(length, 0) // _BYTES_PER_INSTRUCTION)

    def _buffer_alloc(self, length: int, alignment: int) -> Buffer:
        self.hold(OVERHEAD + max(length, 0), "a buffer")
        return self._own(lambda: Buffer.allocate(length).data, length)

    def _buffer_clone(self, source: Any, offset: int, length: int, alignment: int) -> Buffer:
        effects.checked_buffer(source).range(offset, length, "clone")
        self.hold(OVERHEAD + length, "a buffer")
        return self._own(
            lambda: effects.buffer_clone(source, offset, length, alignment).data, length
        )

    def _own(self, data: Callable[[], memoryview], length: int) -> Buffer:
        try:
            self._moved(length)
            return _CountedBuffer(data(), self)
        except BaseException:
            self.release(OVERHEAD + max(length, 0))
            raise

    def _buffer_fill(self, buffer: Any, view: str, offset: int, length: int, value: Any) -> None:
        self._moved(min(8 * length, effects.buffer_length(buffer)))
        effects.buffer_fill(buffer, view, offset, length, value)

    def _buffer_copy(
        self, source: Any, source_offset: int, target: Any, target_offset: int, length: int
    ) -> None:
        self._moved(min(length, effects.buffer_length(source)))
        effects.buffer_copy(source, source_offset, target, target_offset, length)

    def _buffer_compare(
        self, lhs: Any, lhs_offset: int, rhs: Any, rhs_offset: int, length: int
    ) -> int:
        self._moved(min(length, effects.buffer_length(lhs)))
        return effects.buffer_compare(lhs, lhs_offset, rhs, rhs_offset, length)

    def _buffer_hash(self, buffer: Any, offset: int, length: int) -> int:
        from ireelite.vm.siphash import siphash_2_4

        data = bytes(effects.checked_buffer(buffer).range(offset, length, "hash"))
        return wrap64(siphash_2_4(data, lambda size: self.spend(size // _HASHED_PER_INSTRUCTION)))

    def _list_alloc(self, element_type: str, capacity: int) -> List:
        plain = effects.list_alloc(element_type, capacity)
        self.hold(OVERHEAD, "a list")
        return _CountedList(plain.element_type, self)

    def _list_resize(self, target: Any, size: int) -> None:
        own = isinstance(target, _CountedList)
        growth = size - (target.counted if own else 0)
        if growth > 0:
            self._moved(SLOT * growth)
            self.hold(SLOT * growth, "a list")
        try:
            effects.list_resize(target, size)
        except BaseException:
            self.release(SLOT * max(growth, 0))
            raise
        if own:
            target.counted = size
        if growth < 0 or not own:
            self.release(SLOT * abs(growth))


class _CountedBuffer(Buffer):
    """A buffer that tells its meter when it goes."""

    __slots__ = ("_meter",)

    def __init__(self, data: memoryview, meter: Meter):
        super().__init__(data)
        self._meter = meter

    def __del__(self) -> None:
        self._meter.release(OVERHEAD + len(self.data))


class _CountedList(List):
    """A list that tells its meter when it goes."""

    __slots__ = ("_meter", "counted")

    def __init__(self, element_type: str, meter: Meter):
        super().__init__(element_type)
        self._meter = meter
        self.counted = 0
        """Elements that the meter knows of."""

    def __del__(self) -> None:
        self._meter.release(OVERHEAD + SLOT * self.counted)


_COUNTED = (
    *("buffer_alloc", "buffer_clone", "buffer_fill", "buffer_copy", "buffer_compare"),
    *("buffer_hash", "list_alloc", "list_resize"),
)


def __locate__(frame: FrameType, line: int) -> list[Location]:
    """Returns no locations: the frames of this file are on the way to an instruction, or below one."""
    return []
