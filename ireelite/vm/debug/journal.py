"""What running code changes outside of its registers, kept so that it can be undone and redone.

Buffers, lists and globals all are sequences whose slices can be assigned to: bytes of a buffer or
of the number globals, items of a list or of the reference globals. A change is a slice with what it
was and what it became.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ireelite.bytecode.isa import REF_ORDINAL, ROWS
from ireelite.bytecode.module_def import Instruction
from ireelite.light_named_tuple import NamedTuple
from ireelite.status import StatusCode, StatusError
from ireelite.vm.bytecode_module import BytecodeState
from ireelite.vm.effects import ELEMENTS
from ireelite.vm.frame import Frame
from ireelite.vm.refs import Buffer, List

_WIDTHS = {"i32": 4, "i64": 8, "f32": 4, "f64": 8, "u8": 1, "i8": 1, "u16": 2, "i16": 2}
_OVERHEAD = 200
"""Bytes that a change takes besides its contents."""


class Change(NamedTuple):
    """A slice from `start` on that was `old` and became `new`; a list's may differ in length."""

    container: Any
    start: int
    old: Any
    new: Any


class Place(NamedTuple):
    """A slice that an instruction is about to write; without a `stop` it goes to the end."""

    container: Any
    start: int
    stop: int | None

    def copy(self) -> Any:
        """Copies what is there now."""
        piece = self.container[self.start : self.stop]
        return bytes(piece) if isinstance(piece, memoryview) else piece


class RecordFull(StatusError):
    """RESOURCE_EXHAUSTED: a call does more than can be kept so that it can be undone."""

    def __init__(self, most_bytes: int):
        super().__init__(
            StatusCode.RESOURCE_EXHAUSTED,
            f"what the call has done so far fills the {most_bytes} bytes that its record may take",
        )


class Journal:
    """Changes in the order in which they happened, each with the step that made it."""

    def __init__(self, most_bytes: int):
        self.changes: list[Change] = []
        self.steps: list[int] = []
        """The step of each change."""
        self._most_bytes = most_bytes
        self._bytes = 0

    def add(self, step: int, changes: list[Change]) -> None:
        """Notes what a step has changed. Raises `RecordFull`."""
        self.take(sum(_OVERHEAD + _size(change.old) + _size(change.new) for change in changes))
        self.changes += changes
        self.steps += [step] * len(changes)

    def take(self, amount: int) -> None:
        """Counts memory that is kept for the record's sake. Raises `RecordFull`."""
        if self._bytes + amount > self._most_bytes:
            raise RecordFull(self._most_bytes)
        self._bytes += amount

    def travel(self, now: int, then: int) -> None:
        """Undoes or redoes all changes between two steps: those of step `now` and later have not
        happened, afterwards those of `then` and later have not.
        """
        here, there = bisect_left(self.steps, now), bisect_left(self.steps, then)
        if there < here:
            undo(reversed(self.changes[there:here]))
        else:
            for container, start, old, new in self.changes[here:there]:
                container[start : start + len(old)] = new

    def last_change(self, container: Any, start: int, stop: int | None, before: int) -> int | None:
        """Returns the last step before `before` that changed [start, stop) of a container, or None."""
        for index in range(bisect_right(self.steps, before - 1) - 1, -1, -1):
            change = self.changes[index]
            if change.container is not container:
                continue
            end = change.start + max(len(change.old), len(change.new))
            if end > start and (stop is None or change.start < stop):
                return self.steps[index]
        return None


def undo(changes: Iterable[Change]) -> None:
    """Takes changes back, in the order given."""
    for container, start, old, new in changes:
        container[start : start + len(new)] = old


def places(frame: Frame, row: Instruction) -> list[Place]:
    """Returns what an instruction that is not a call is going to write, if it does not fail."""
    find = _PLACES.get(row.op.mnemonic)
    return [] if find is None else list(find(frame, row))


class Snapshot:
    """All that a native function could change: what can be reached from some references, and the
    globals of bytecode modules.
    """

    def __init__(self, values: Iterable[Any], states: Iterable[Any]):
        places: dict[int, Place] = {}
        self._lists: list[tuple[List, list[Any]]] = []
        waiting = list(values)
        for state in states:
            if isinstance(state, BytecodeState):
                for container in (state.memory.data, state.refs):
                    places[id(container)] = Place(container, 0, None)
                waiting += state.refs
        while waiting:
            value = waiting.pop()
            if isinstance(value, (list, tuple)):
                waiting += value
            elif isinstance(value, List) and id(value.items) not in places:
                places[id(value.items)] = Place(value.items, 0, None)
                self._lists.append((value, value.items))
                waiting += value.items
            elif isinstance(value, Buffer) and value.mutable:
                places[id(value.data)] = Place(value.data, 0, None)
        self._before = [(place, place.copy()) for place in places.values()]

    def changes(self) -> list[Change]:
        """Returns what is different now. A list whose items are in another container now gets its
        own back, with the new contents.
        """
        for owner, items in self._lists:
            if owner.items is not items:
                items[:] = owner.items
                owner.items = items
        return [
            Change(place.container, 0, old, new)
            for place, old in self._before
            if not _same(old, new := place.copy())
        ]


def _same(old: Any, new: Any) -> bool:
    """Returns whether two slices hold the same bytes, or the very same items."""
    if not isinstance(old, list):
        return old == new
    return len(old) == len(new) and all(a is b for a, b in zip(old, new))


def _size(part: Any) -> int:
    return len(part) * (8 if isinstance(part, list) else 1)


def _reference(frame: Frame, raw: int) -> Any:
    return frame.refs[raw & REF_ORDINAL]


def _bytes(buffer: Any, start: int, length: int) -> Iterator[Place]:
    if isinstance(buffer, Buffer) and buffer.mutable and start >= 0 and length > 0:
        yield Place(buffer.data, start, start + length)


def _store(frame: Frame, row: Instruction) -> Iterator[Place]:
    width = _WIDTHS[ELEMENTS[row.op.mnemonic.removeprefix("buffer.store.")]]
    buffer, index = row.operands[:2]
    return _bytes(_reference(frame, buffer), width * frame.read("q", index), width)


def _fill(frame: Frame, row: Instruction) -> Iterator[Place]:
    width = _WIDTHS[ELEMENTS[row.op.mnemonic.removeprefix("buffer.fill.")]]
    buffer, offset, length = row.operands[:3]
    start, count = frame.read("q", offset), frame.read("q", length)
    return _bytes(_reference(frame, buffer), width * start, width * count)


def _copy(frame: Frame, row: Instruction) -> Iterator[Place]:
    _, _, buffer, offset, length = row.operands
    return _bytes(_reference(frame, buffer), frame.read("q", offset), frame.read("q", length))


def _list_set(frame: Frame, row: Instruction) -> Iterator[Place]:
    target, index = _reference(frame, row.operands[0]), frame.read("i", row.operands[1])
    if isinstance(target, List) and 0 <= index < len(target.items):
        yield Place(target.items, index, index + 1)


def _list_resize(frame: Frame, row: Instruction) -> Iterator[Place]:
    target, size = _reference(frame, row.operands[0]), frame.read("i", row.operands[1])
    if isinstance(target, List) and size >= 0:
        yield Place(target.items, min(size, len(target.items)), None)


def _offset(frame: Frame, row: Instruction) -> int:
    return row.operands[0] if row.op.fields[0] == "g32" else frame.read("i", row.operands[0])


def _global_store(frame: Frame, row: Instruction) -> Iterator[Place]:
    offset = _offset(frame, row)
    if offset >= 0:
        width = _WIDTHS[row.op.mnemonic.rpartition(".")[2]]
        yield Place(frame.state.memory.data, offset, offset + width)


def _global_store_ref(frame: Frame, row: Instruction) -> Iterator[Place]:
    ordinal = _offset(frame, row)
    if 0 <= ordinal < len(frame.state.refs):
        yield Place(frame.state.refs, ordinal, ordinal + 1)


_Find = Callable[[Frame, Instruction], Iterator[Place]]


def _prefixed(prefix: str, find: _Find) -> dict[str, _Find]:
    return {row.mnemonic: find for row in ROWS if row.mnemonic.startswith(prefix)}


_PLACES: dict[str, _Find] = {
    **_prefixed("buffer.store.", _store),
    **_prefixed("buffer.fill.", _fill),
    "buffer.copy": _copy,
    **_prefixed("list.set.", _list_set),
    "list.resize": _list_resize,
    **_prefixed("global.store.", _global_store),
    **dict.fromkeys(("global.store.ref", "global.store.indirect.ref"), _global_store_ref),
}
"""How to find what an instruction writes, by mnemonic."""
