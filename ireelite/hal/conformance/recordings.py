"""Level 4: recordings are executed with tables of bindings."""

from __future__ import annotations

import weakref
from collections.abc import Sequence

from ireelite.hal.buffer import BufferUsage
from ireelite.hal.command_buffer import (
    Binding,
    BufferRef,
    Command,
    CommandBuffer,
    CommandBufferMode,
    Copy,
    Dispatch,
    Fill,
)
from ireelite.hal.conformance.checks import (
    SOON,
    Check,
    Level,
    Subject,
    checks_of,
    code_of,
    denied,
    equal,
    fence,
    forgotten,
    holds,
    numbers,
    reached,
    ref,
    words,
)
from ireelite.status import StatusCode

CHECKS: list[Check] = []
LEVEL = Level("command buffers", "recordings are executed with tables of bindings", CHECKS)
check = checks_of(CHECKS)


def recorded(subject: Subject, *commands: Command, slots: int = 0, mode: int = 0) -> CommandBuffer:
    """Returns a finalized command buffer of these commands."""
    recording = CommandBuffer(subject.device, mode, 3, slots)
    for command in commands:
        recording.record(command)
    recording.finalize()
    return recording


def execute(subject: Subject, recording: CommandBuffer, *table: Binding) -> None:
    """Executes a command buffer and waits until it has run."""
    subject.device.execute(None, done := fence(), recording, table)
    reached(done, "the fence of an execution")


def fails(
    subject: Subject, code: StatusCode, recording: CommandBuffer, table: Sequence[Binding] = ()
) -> None:
    """Raises Deviation unless an execution fails with `code` and its signal fence does, too."""
    done = fence()
    denied(code, lambda: (subject.device.execute(None, done, recording, table), done.wait(SOON)))
    equal(code_of(done), code.name, "the status of the signal fence")


def slot(number: int, offset: int = 0, length: int = -1) -> BufferRef:
    """Returns a reference to a range of the binding table's entry at a slot."""
    return BufferRef(number, None, offset, length)


@check("Nothing runs while commands are recorded: Device.execute does it.")
def executed(subject: Subject) -> None:
    """A recording runs when it is executed, each time anew."""
    one, two = subject.buffer([1]), subject.buffer([0])
    recording = recorded(subject, Fill(ref(two, 0, 4), words(7)), Copy(ref(two), ref(one)))
    equal(numbers(one), [1], "the buffer after recording")
    for _ in range(2):
        one.write(0, words(1))
        execute(subject, recording)
        equal(numbers(one), [7], "the buffer after an execution")


@check("BufferRef.resolve(table) looks slots up: give it the table of this execution.")
def tables(subject: Subject) -> None:
    """A recording with slots uses the buffers of each execution's table."""
    recording = recorded(
        subject,
        Fill(slot(1), words(5)),
        Dispatch(subject.axpy, 0, (4, 1, 1), (2,), (slot(0, 0, 16), slot(1, 0, 16))),
        slots=2,
    )
    for factor in (1, 2, 3):
        x, y = subject.buffer([factor] * 4), subject.buffer([0] * 4)
        execute(subject, recording, (x, 0, 16), (y, 0, 16))
        equal(numbers(y), [5 + 2 * factor] * 4, f"y = 5 + 2 x with x = {factor}")


@check("The place of a slot is the table's offset plus the command's.")
def offsets(subject: Subject) -> None:
    """Offsets of the table and of the command add up."""
    recording = recorded(subject, Fill(slot(0, 4, 8), b"\1"), slots=1)
    buffer = subject.buffer(64)
    execute(subject, recording, (buffer, 16, 32))
    execute(subject, recording, (buffer.subspan(32, 32), 8, -1))
    expected = bytes(20) + b"\1" * 8 + bytes(16) + b"\1" * 8 + bytes(12)
    holds(buffer, expected, "the buffer")


@check("Keep a copy of the table, tuple(table), in the submission: not in the command buffer.")
def captured(subject: Subject) -> None:
    """Each execution has the table that it came with, and its buffers, also while it waits."""
    recording = recorded(subject, Copy(slot(0), slot(1)), slots=2)
    gate, dones, results = fence(), [], []
    for byte in range(1, 5):
        results.append(target := subject.buffer(16))
        table: list[Binding] = [(subject.buffer(bytes([byte] * 16)), 0, 16), (target, 0, 16)]
        subject.device.execute(gate, done := fence(), recording, table)
        dones.append(done)
        table[0] = (subject.buffer(b"\xee" * 16), 0, 16)
        table.pop()
    gate.signal()
    for byte, (done, result) in enumerate(zip(dones, results, strict=True), 1):
        reached(done, f"the fence of execution {byte}")
        holds(result, bytes([byte] * 16), f"the target of execution {byte}")


@check(
    "Drop the table when an execution is over, also in the command buffer, the queue and the loop of "
    "the thread."
)
def dropped(subject: Subject) -> None:
    """An execution that is over keeps no buffer of its table."""
    recording = recorded(subject, Fill(slot(0), b"\1"), slots=1)
    buffer = subject.buffer(1 << 12)
    gone = weakref.ref(buffer)
    execute(subject, recording, (buffer, 0, 16))
    del buffer
    forgotten(gone, "the buffer of the table")


@check(
    "Call command_buffer.begin_execution(table) first in execute; if it raises, fail the fence and raise."
)
def unready(subject: Subject) -> None:
    """Recordings that are not finalized, or have been executed once for all, are refused."""
    recording = CommandBuffer(subject.device)
    fails(subject, StatusCode.FAILED_PRECONDITION, recording)
    once = recorded(subject, mode=int(CommandBufferMode.ONE_SHOT))
    execute(subject, once)
    fails(subject, StatusCode.FAILED_PRECONDITION, once)


@check("begin_execution raises for too short a table; BufferRef.resolve for what leaves an entry.")
def misfits(subject: Subject) -> None:
    """Tables that are too short, and ranges that leave their entry, are refused."""
    recording = recorded(subject, Fill(slot(0, 8, 8), b"\1"), slots=1)
    buffer = subject.buffer(64)
    fails(subject, StatusCode.INVALID_ARGUMENT, recording)
    fails(subject, StatusCode.OUT_OF_RANGE, recording, [(buffer, 0, 12)])
    fails(subject, StatusCode.OUT_OF_RANGE, recording, [(buffer, 56, 16)])
    holds(buffer, bytes(64), "the buffer")


@check("begin_execution tests them: call it before anything runs.")
def misaligned(subject: Subject) -> None:
    """The offset of a table's entry is a multiple of what the recording's commands require."""
    recording = recorded(subject, Fill(slot(0, 4, 8), b"\1\2\3\4"), slots=1)
    buffer = subject.buffer(64)
    fails(subject, StatusCode.INVALID_ARGUMENT, recording, [(buffer, 2, 32)])
    execute(subject, recording, (buffer, 8, 32))
    holds(buffer, bytes(12) + b"\1\2\3\4" * 2 + bytes(44), "the buffer")


@check("begin_execution tests the bits: call it before anything runs.")
def usages(subject: Subject) -> None:
    """A table's buffers were allocated for what the recording does with them."""
    recording = recorded(subject, Fill(slot(0), b"\1"), slots=1)
    buffer = subject.buffer(16, int(BufferUsage.TRANSFER_SOURCE))
    fails(subject, StatusCode.PERMISSION_DENIED, recording, [(buffer, 0, 16)])
