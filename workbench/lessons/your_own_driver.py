"""Exercises of `08_your_own_driver`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ireelite.hal import conformance
from ireelite.hal.buffer import Buffer
from ireelite.hal.command_buffer import Copy, Fill, ReadBack, Update
from ireelite.hal.conformance.checks import SOON, Subject, fence, ref
from ireelite.hal.conformance.dispatches import axpy
from ireelite.hal.device import Device
from ireelite.hal.drivers.local_sync import LocalSyncDevice
from ireelite.hal.executable import LoaderSet
from ireelite.hal.host_allocator import HostAllocator
from ireelite.status import StatusError
from workbench.answer_pictures import Bar, Picture, bars, listing
from workbench.exercises import Exercise, Mistake
from workbench.kinds_of_answers import kind_of, shown
from workbench.lessons.quizzes import quiz as questions


class _Unclean(HostAllocator):
    def allocate(self, memory_type: int, usage: int, byte_length: int, zeroed: bool = True) -> Any:
        return super().allocate(memory_type, usage, byte_length, zeroed=False)


class Odd(LocalSyncDevice):
    """A driver with a fault."""

    def __init__(self) -> None:
        super().__init__(LoaderSet([]), ("odd",))
        self.allocator = self._host = _Unclean()


class Deaf(LocalSyncDevice):
    """A driver with a fault."""

    def __init__(self) -> None:
        super().__init__(LoaderSet([]), ("deaf",))

    def submit(self, wait: Any, signal: Any, commands: Any, log: Any = None) -> None:
        """Runs commands."""
        super().submit(None, signal, commands, log)


class Mute(LocalSyncDevice):
    """A driver with a fault."""

    def __init__(self) -> None:
        super().__init__(LoaderSet([]), ("mute",))

    def execute(
        self, wait: Any, signal: Any, command_buffer: Any, table: Any = (), log: Any = None
    ) -> None:
        """Runs a recording."""
        command_buffer.begin_execution(table)
        super().execute(wait, signal, command_buffer, table, log)


def _conforming(make: Any, upto: int) -> Any:
    """Returns a device whose driver has passed the levels up to `upto`. Raises Mistake with the
    report if it has not, and for what is no driver.
    """
    if not isinstance(make, type) or Device not in make.__mro__:
        raise Mistake(f"expected the class of a driver, got {kind_of(make)}.")
    driver: Callable[[], Device] = make
    report = conformance.check(driver, upto=upto)
    if not report:
        raise Mistake(f"the suite says\n{report!r}")
    return driver()


def _written(subject: Subject, buffer: Buffer) -> None:
    other = subject.buffer(16)
    subject.run(
        Fill(ref(buffer), b"\1"),
        Update(ref(buffer, 4, 8), bytes(8)),
        Copy(ref(buffer, 0, 4), ref(other, 12, 4)),
        ReadBack(ref(buffer), memoryview(bytearray(16))),
    )


def _moved(make: Callable[[], Any]) -> Any:
    device = _conforming(make, 8)
    subject = Subject(device)
    _written(subject, subject.buffer(16))
    if (moved := getattr(device, "moved", None)) is None:
        raise Mistake("the device has no attribute `moved`: set self.moved = 0 in __init__.")
    return moved


def _dispatched(make: Callable[[], Device]) -> list[str]:
    subject = Subject(_conforming(make, 2))
    x, y = subject.buffer([1]), subject.buffer([0])
    found: list[str] = []
    for _ in range(6):
        subject.device.submit(None, done := fence(), [axpy(subject, x, y, 1, 1)])
        with suppress(StatusError):
            done.wait(SOON)
        found.append(done.query().name)
        _written(subject, subject.buffer(16))
    return found


def _first_blamed_wrongly(methods: Any) -> Picture:
    """Returns what the suite says of the first driver whose method is not the one to mend."""
    right = ("allocate", "submit", "execute")
    pairs = zip(methods, right, strict=True)
    place = next(n for n, (yours, name) in enumerate(pairs) if shown(yours) != repr(name))
    driver = (Odd, Deaf, Mute)[place]
    text = repr(conformance.check(driver))
    failed = [
        n for n, line in enumerate(text.split("\n")) if line.lstrip().startswith(("✗", "hint"))
    ]
    return listing(f"conformance.check(lesson.{driver.__name__})", text, failed)


def _of_writes(make: Any) -> Picture:
    """Returns how many bytes each command of the exercise's submission writes."""
    rows = [
        Bar("Fill, all 16", 16, "16 bytes"),
        Bar("Update at 4", 8, "8 bytes"),
        Bar("Copy of 4", 4, "4 bytes"),
        Bar("ReadBack", 0, "writes to no buffer"),
        Bar("yours", float(_moved(make)), f"{_moved(make)} bytes", is_yours=True),
    ]
    return bars("what each command writes", rows)


blame = Exercise(
    name="blame",
    task="which method has to be mended in Odd, in Deaf and in Mute? Give three names: "
    "'allocate', 'submit' or 'execute'.",
    spec=lambda: ["allocate", "submit", "execute"],
    explain=_first_blamed_wrongly,
    hints=(
        "conformance.check(lesson.Odd) says what was expected, and what came.",
        "Which method gets a wait fence for commands, and which for a recording?",
    ),
)

counting = Exercise(
    name="counting",
    task="write a driver whose device has .moved, the bytes that fills, updates and copies wrote. "
    "It must pass the suite.",
    spec=lambda: 28,
    explain=_of_writes,
    apply=_moved,
    hints=(
        "command.target.resolve(table)[2] is how many bytes a command writes.",
        "Count when the work has run, not when it comes: a range that is wrong must fail the fence.",
        "In go(self, work, failure), put a function of yours in place of work.work.",
    ),
)

failing = Exercise(
    name="failing",
    task="write a driver whose dispatches number 3, 6, 9 and so on fail with ABORTED",
    spec=lambda: ["OK", "OK", "ABORTED"] * 2,
    apply=_dispatched,
    hints=(
        "Raise StatusError(StatusCode.ABORTED, ...) where the work is done; Submission does the rest.",
        "Count in the device: each submission is another object.",
    ),
)

quiz = questions(
    {
        "a fence may be waited for before anyone has promised to signal it": True,
        "a submission that fails leaves its signal fence undecided": False,
        "a recording with slots can be executed with other buffers each time": True,
        "a driver has to know what a compiled program computes": False,
        "memory that a device allocates holds what was there before": False,
    },
    hints=(
        "Levels 1, 4, 5 and 6 have four of the answers.",
        "`prepare` has given you a function: did you look into it?",
    ),
)
