"""Commands as CPU devices run them: each becomes a function of the binding table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ireelite.hal.buffer import Buffer
from ireelite.hal.command_buffer import (
    Binding,
    Command,
    Copy,
    Dispatch,
    Fill,
    ReadBack,
    Update,
    check_lengths,
    resolver,
)
from ireelite.hal.executable import HostExecutable
from ireelite.hal.host_memory import HostBuffer
from ireelite.status import StatusCode, StatusError, invalid_argument

if TYPE_CHECKING:
    from ireelite.hal.host_pool import HostPool

Step = Callable[[Sequence[Binding]], None]
"""A command, ready to run; takes the binding table."""


def prepared(commands: Sequence[Command], pool: HostPool | None = None) -> list[Step]:
    """Returns the steps of commands; one that only orders others has none. The threads of the pool
    share the workgroups of a dispatch.

    Raises what is wrong with the commands, as INVALID_ARGUMENT for an executable of another device.
    """
    return [
        _prepare(command, pool)
        for command in commands
        if isinstance(command, Fill | Update | Copy | ReadBack | Dispatch)
    ]


def _prepare(command: Command, pool: HostPool | None) -> Step:
    match command:
        case Dispatch():
            return _prepare_dispatch(command, pool)
        case Fill():
            return lambda table: _fill(command, table)
        case Update():
            return lambda table: _update(command, table)
        case Copy():
            return lambda table: _copy(command, table)
        case ReadBack():
            return lambda table: _read_back(command, table)
        case _:
            raise StatusError(StatusCode.INTERNAL, f"{command} does nothing on this device")


def _prepare_dispatch(command: Dispatch, pool: HostPool | None) -> Step:
    executable = command.executable
    if not isinstance(executable, HostExecutable):
        raise invalid_argument(f"{executable!r} was not made for a CPU device")
    resolve = resolver(command.bindings)
    if command.workgroups_ref is not None:

        def run_indirect(table: Sequence[Binding]) -> None:
            counts = command.counts(table)
            run = executable.prepare(command.entry_point, counts, command.constants, pool)
            run(resolve(table))

        return run_indirect
    run = executable.prepare(command.entry_point, command.workgroups, command.constants, pool)
    return lambda table: run(resolve(table))


def _host(buffer: Buffer) -> HostBuffer:
    if not isinstance(buffer, HostBuffer):
        raise invalid_argument(f"{buffer!r} is not in host memory")
    return buffer


def _fill(command: Fill, table: Sequence[Binding]) -> None:
    buffer, offset, length = command.target.resolve(table)
    if length % len(command.pattern):
        raise invalid_argument(
            f"fill of {length} bytes is not a multiple of its {len(command.pattern)}-byte pattern"
        )
    _host(buffer).writable()[offset : offset + length] = command.pattern * (
        length // len(command.pattern)
    )


def _update(command: Update, table: Sequence[Binding]) -> None:
    buffer, offset, length = command.target.resolve(table)
    command.store(_host(buffer).writable()[offset : offset + length])


def _copy(command: Copy, table: Sequence[Binding]) -> None:
    source, source_offset, length = command.source.resolve(table)
    target, offset, target_length = command.target.resolve(table)
    check_lengths("copy", length, target_length)
    # memoryview assignment is a memmove: overlapping ranges of one buffer are right.
    _host(target).writable()[offset : offset + length] = _host(source).data[
        source_offset : source_offset + length
    ]


def _read_back(command: ReadBack, table: Sequence[Binding]) -> None:
    buffer, offset, length = command.source.resolve(table)
    command.take(_host(buffer).data[offset : offset + length])
