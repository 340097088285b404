"""Level 3: code runs over workgroups."""

from __future__ import annotations

from itertools import product

from ireelite.hal.buffer import Buffer, BufferUsage
from ireelite.hal.command_buffer import Barrier, BufferRef, Copy, Dispatch, Fill
from ireelite.hal.conformance.checks import (
    Check,
    Level,
    Subject,
    checks_of,
    denied,
    equal,
    numbers,
    ref,
    words,
)
from ireelite.hal.executable import Executable
from ireelite.status import StatusCode

CHECKS: list[Check] = []
LEVEL = Level("dispatch", "code runs over workgroups", CHECKS)
check = checks_of(CHECKS)


def axpy(
    subject: Subject, x: Buffer, y: Buffer, factor: int, count: int, counts: BufferRef | None = None
) -> Dispatch:
    """Returns the dispatch `y[i] += factor * x[i]` of `count` workgroups."""
    bindings = ref(x, 0, x.byte_length), ref(y, 0, y.byte_length)
    return Dispatch(subject.axpy, 0, (count, 1, 1), (factor,), bindings, counts)


@check(
    "executable.prepare(entry_point, workgroups, constants) is a function of the resolved bindings."
)
def dispatched(subject: Subject) -> None:
    """A dispatch runs its entry point once a workgroup."""
    x, y = subject.buffer(range(1, 9)), subject.buffer([100] * 8)
    subject.run(axpy(subject, x, y, 2, 8))
    equal(numbers(y), [102, 104, 106, 108, 110, 112, 114, 116], "y after y += 2 x")
    equal(numbers(x), list(range(1, 9)), "x")


@check("Pass all of command.workgroups on, not their number only once.")
def grids(subject: Subject) -> None:
    """A dispatch of fewer workgroups leaves the other elements alone, and one of none does nothing."""
    for count in (1, 3, 0):
        x, y = subject.buffer([1] * 4), subject.buffer([0] * 4)
        subject.run(axpy(subject, x, y, 5, count))
        equal(numbers(y), [5] * count + [0] * (4 - count), f"y after {count} workgroups")


@check("workgroups are (x, y, z), in this order: command.counts(table) for all dispatches.")
def three_dimensions(subject: Subject) -> None:
    """Grids have three dimensions."""
    for counts in ((3, 2, 2), (1, 4, 1), (2, 1, 3), (2, 0, 2)):
        x, y = subject.buffer([1] * 64), subject.buffer([0] * 64)
        bindings = ref(x, 0, 256), ref(y, 0, 256)
        subject.run(Dispatch(subject.axpy, 0, counts, (5,), bindings))
        ran = {u + 4 * v + 16 * w for u, v, w in product(*map(range, counts))}
        expected = [5 if n in ran else 0 for n in range(64)]
        equal(numbers(y), expected, f"y after {'x'.join(map(str, counts))} workgroups")


@check("Push constants are 32 bits: 0xFFFFFFFF may come as -1.")
def constants(subject: Subject) -> None:
    """A dispatch has its own constants."""
    x, y = subject.buffer([1, 2]), subject.buffer([10, 10])
    subject.run(axpy(subject, x, y, 3, 2), axpy(subject, x, y, -1, 2))
    equal(numbers(y), [12, 14], "y after y += 3 x, y -= x")


@check("A binding is (buffer, offset, length): command.bindings, each resolved.")
def ranges(subject: Subject) -> None:
    """A binding is a range of a buffer, and of a subspan."""
    whole = subject.buffer([1] * 256)
    part = whole.subspan(256, 512)
    bindings = ref(part, 0, 16), ref(part, 256, 16)
    subject.run(Dispatch(subject.axpy, 0, (4, 1, 1), (7,), bindings))
    expected = [1] * 128 + [8] * 4 + [1] * 124
    equal(numbers(whole), expected, "the whole buffer, whose words 128 to 131 were bound")


@check("Commands run one after another; a Barrier needs nothing if they do anyway.")
def dependent(subject: Subject) -> None:
    """A dispatch sees what the commands before it wrote, and those after it see its result."""
    x, y, z = subject.buffer(16), subject.buffer(16), subject.buffer(16)
    subject.run(
        Fill(ref(x), words(3)),
        Barrier(2, 1),
        axpy(subject, x, y, 2, 4),
        Barrier(1, 1),
        axpy(subject, y, y, 1, 4),
        Barrier(1, 2),
        Copy(ref(y), ref(z)),
    )
    equal(numbers(z), [12] * 4, "z, a copy of y after y = 2 x, y += y")


@check("command.counts(table) reads the counts, when the dispatch runs and not before.")
def indirect(subject: Subject) -> None:
    """The counts of workgroups may come from a buffer, as it is when the dispatch runs."""
    x, y, counts = subject.buffer([1] * 4), subject.buffer([0] * 4), subject.buffer(16)
    subject.run(
        Fill(ref(counts, 4, 12), words(1)),
        Fill(ref(counts, 4, 4), words(3)),
        axpy(subject, x, y, 9, 0, ref(counts, 4, 12)),
    )
    equal(numbers(y), [9, 9, 9, 0], "y after workgroups as a buffer says: 3, 1, 1")


@check("check_uses(commands) sees to it, and command.counts(table) to what a slot brings.")
def wrong_counts(subject: Subject) -> None:
    """The buffer of workgroup counts has 12 bytes at a multiple of 4, and is allocated for them."""
    x, y, counts = subject.buffer([1] * 4), subject.buffer([0] * 4), subject.buffer([1] * 8)
    plain = subject.buffer(words(1, 1, 1), int(BufferUsage.DEFAULT))
    for code, place in (
        (StatusCode.INVALID_ARGUMENT, ref(counts, 2, 12)),
        (StatusCode.OUT_OF_RANGE, ref(counts, 4, 8)),
        (StatusCode.OUT_OF_RANGE, ref(counts, 24)),
        (StatusCode.PERMISSION_DENIED, ref(plain, 0, 12)),
    ):
        subject.fails(code, axpy(subject, x, y, 9, 1, place))
    equal(numbers(y), [0] * 4, "y, as nothing ran")


@check("Look at the executable: isinstance(executable, HostExecutable).")
def foreign(subject: Subject) -> None:
    """Code of another device is refused."""
    x = subject.buffer([1])
    code = Executable("no-format", ["axpy"])
    dispatch = Dispatch(code, 0, (1, 1, 1), (1,), (ref(x, 0, 4), ref(x, 0, 4)))
    subject.fails(StatusCode.INVALID_ARGUMENT, dispatch)


@check("Let what `prepare` and its function raise fail the signal fence.")
def misfits(subject: Subject) -> None:
    """A dispatch with too few bindings or constants is refused."""
    x = ref(subject.buffer([1]), 0, 4)
    code = subject.axpy
    subject.fails(StatusCode.INVALID_ARGUMENT, Dispatch(code, 0, (1, 1, 1), (1,), (x,)))
    subject.fails(StatusCode.INVALID_ARGUMENT, Dispatch(code, 0, (1, 1, 1), (), (x, x)))


@check("check_uses(commands) sees to it.")
def usages(subject: Subject) -> None:
    """A binding's buffer was allocated for storage."""
    x = subject.buffer(4, int(BufferUsage.TRANSFER))
    y = subject.buffer(4)
    subject.fails(StatusCode.PERMISSION_DENIED, axpy(subject, x, y, 1, 1))


@check("Device.create_executable asks LoaderSet.load, which raises for you.")
def formats(subject: Subject) -> None:
    """A format that no loader takes is NOT_FOUND."""
    device = subject.device
    denied(StatusCode.NOT_FOUND, lambda: device.create_executable("no-format", memoryview(b"")))
    equal(device.query_i64("hal.executable.format", "no-format"), 0, "hal.executable.format")
