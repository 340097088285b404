"""The recorded steps of a call, kept so that a script without a kernel can go through them: each
with what it changed.

    trace = VmTrace(debugger, Listing())
    trace.keep(0, 500)
    trace.registers(17)          # name -> how it is shown, at position 17

A *segment* is a run of positions that are kept one after the other. It begins with all registers of
the functions that are running; from there on, a step says only what is shown differently. Positions
are those of the debugger.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from ireelite.vm.debug.debugger import Debugger
from ireelite.vm.debug.register_view import KINDS
from ireelite.vm.frame import Frame
from ireelite.vm.refs import type_of
from ireelite.vm.tracing import number_text
from workbench.model.vm_listing import Listing
from workbench.model.vm_objects import NOTHING, Contents, contents


class Shown(NamedTuple):
    """A register as it is shown."""

    slot: str
    """The cell (`i4`) or reference (`r0`) that it begins at."""
    name: str
    """`i4`, `i4:5` for one of 64 bits, `r0`; empty for a cell that is the upper half of another."""
    type: str
    """`i32 i64 f32 f64`, or the type of what is referred to; empty for null."""
    text: str
    changed: bool
    """Whether the last step changed it."""
    object: int = -1
    """Number of the object that it refers to, whose contents are kept."""


class Step(NamedTuple):
    """What is to be shown at a position, before its instruction runs."""

    frame: int
    """Serial of the function that is running; -1 where the call has returned."""
    function: int
    """In the listing."""
    row: int
    changes: tuple[Shown, ...]
    """Registers that are shown differently from where this frame was shown last."""


END = Step(-1, -1, -1, ())


class Caller(NamedTuple):
    """A function that waits for the one it called, at the beginning of a segment."""

    frame: int
    function: int
    row: int
    registers: tuple[Shown, ...]


@dataclass
class Segment:
    """Steps at the positions from `start` on."""

    start: int
    callers: tuple[Caller, ...]
    """Outermost first."""
    steps: list[Step] = field(default_factory=list)

    @property
    def stop(self) -> int:
        """The position after the last."""
        return self.start + len(self.steps)


class Place(NamedTuple):
    """A running function: where it stands, and its registers by slot."""

    frame: int
    function: int
    row: int
    registers: dict[str, Shown]


class VmTrace:
    """Steps that are kept, of a debugger's call."""

    def __init__(self, debugger: Debugger, listing: Listing):
        self.debugger = debugger
        self.listing = listing
        self.segments: list[Segment] = []
        self.versions: dict[int, list[tuple[int, Contents]]] = {}
        """Number of an object -> (position, what it holds from there on)."""
        self._kinds: dict[tuple[int, int, int], list[dict[int, str]]] = {}

    # -- keeping

    def keep(self, start: int, count: int) -> Segment | None:
        """Keeps up to `count` positions from `start` on, also such as have not been recorded yet,
        and leaves the debugger at the last. Those that are kept already are not kept again; returns
        the segment of the others, None if there are none.
        """
        stop = start + count
        while (known := self.segment(start)) is not None:
            start = known.stop
        following = [each.start for each in self.segments if each.start > start]
        stop = min([stop, *following])
        debugger = self.debugger
        if start >= stop or start > debugger.recorded:
            return None
        debugger.seek(start)
        segment = Segment(start, self._callers())
        shown: dict[int, tuple[bytes, list[Any], dict[str, Shown]]] = {}
        while True:
            segment.steps.append(self._step(shown))
            if debugger.position + 1 >= stop or debugger.finished:
                break
            before = debugger.position
            if debugger.step().position == before:
                break
        self.segments.append(segment)
        self.segments.sort(key=lambda each: each.start)
        return segment

    def _callers(self) -> tuple[Caller, ...]:
        debugger = self.debugger
        callers: list[Caller] = []
        for frame in debugger.frames[:-1]:
            shown = [s for s in self._shown(frame, b"", []) if s.text not in ("", "0", "null")]
            callers.append(Caller(*self._standing(frame), tuple(shown)))
        return tuple(callers)

    def _standing(self, frame: Frame) -> tuple[int, int, int]:
        number = self.listing.number(frame.state, frame.ordinal)
        row = self.listing.functions[number].row_of(frame.block, frame.index)
        return frame.serial, number, row

    def _step(self, known: dict[int, tuple[bytes, list[Any], dict[str, Shown]]]) -> Step:
        if self.debugger.finished:
            return END
        frame = self.debugger.frame
        numbers, refs, last = known.get(frame.serial, (b"", [], {}))
        changes: list[Shown] = []
        for shown in self._shown(frame, numbers, refs):
            before = last.get(shown.slot)
            if not shown.name and before is None:
                continue
            if before is not None and not shown.changed and shown[:4] == before[:4]:
                continue
            if before is None and not shown.changed and shown.text in ("0", "null"):
                continue
            last[shown.slot] = shown
            if not shown.name:
                del last[shown.slot]
            changes.append(shown)
        known[frame.serial] = bytes(frame.numbers), list(frame.refs), last
        for value in frame.refs:
            self._keep_object(value)
        return Step(*self._standing(frame), tuple(changes))

    def _shown(self, frame: Frame, numbers: bytes, refs: list[Any]) -> list[Shown]:
        """Returns all registers of a frame; `numbers` and `refs` are those of one step ago."""
        before = numbers or bytes(len(frame.numbers))
        kinds = self._kinds_at(frame)
        shown: list[Shown] = []
        for ordinal in range(len(frame.numbers) // 4):
            kind = kinds.get(ordinal, "i")
            if kind == "h":
                shown.append(Shown(f"i{ordinal}", "", "", "", False))
                continue
            cells = slice(4 * ordinal, 4 * ordinal + (8 if kind in "qd" else 4))
            changed = before[cells] != frame.numbers[cells]
            name = f"i{ordinal}:{ordinal + 1}" if kind in "qd" else f"i{ordinal}"
            text = number_text(kind, frame.read(kind, ordinal))
            shown.append(Shown(f"i{ordinal}", name, KINDS[kind], text, changed))
        for ordinal, value in enumerate(frame.refs):
            changed = value is not (refs[ordinal] if refs else None)
            name = f"r{ordinal}"
            if value is None:
                shown.append(Shown(name, name, "", "null", changed))
                continue
            described = self.debugger.names.describe(value)
            number = self.debugger.names.number(value)
            held = contents(value, self.debugger.names) is not NOTHING
            shown.append(
                Shown(name, name, type_of(value), described, changed, number if held else -1)
            )
        return shown

    def _kinds_at(self, frame: Frame) -> dict[int, str]:
        """Returns what the cells mean at the next instruction of a frame."""
        key = (id(frame.state), frame.ordinal, frame.block)
        if (known := self._kinds.get(key)) is None:
            flow = frame.state.module.facts.flow(frame.ordinal)
            known = []
            if flow is not None and frame.block in flow.entries:
                known = [
                    {ordinal: value.kind for ordinal, value in registers.values.items()}
                    for _, _, _, registers in flow.walk(frame.block)
                ]
            self._kinds[key] = known
        return known[frame.index] if frame.index < len(known) else {}

    def _keep_object(self, value: Any) -> None:
        if value is None:
            return
        held = contents(value, self.debugger.names)
        if held is NOTHING:
            return
        position = self.debugger.position
        versions = self.versions.setdefault(self.debugger.names.number(value), [])
        if not versions or (versions[-1][0] < position and versions[-1][1] != held):
            versions.append((position, held))

    # -- what is kept

    def segment(self, position: int) -> Segment | None:
        """Returns the segment that a position is in."""
        for segment in self.segments:
            if segment.start <= position < segment.stop:
                return segment
        return None

    def stack(self, position: int) -> list[Place]:
        """Returns the running functions at a kept position, outermost first; none at the end."""
        segment = self.segment(position)
        if segment is None:
            return []
        return next(islice(self.stacks(segment), position - segment.start, None))

    def stacks(self, segment: Segment) -> Iterator[list[Place]]:
        """Yields the running functions at each position of a segment, outermost first; none at the
        end.
        """
        stack = [
            Place(frame, function, row, {shown.slot: shown for shown in registers})
            for frame, function, row, registers in segment.callers
        ]
        for step in segment.steps:
            if step.frame < 0:
                yield []
                return
            frames = [place.frame for place in stack]
            registers: dict[str, Shown] = {}
            if step.frame in frames:
                del stack[frames.index(step.frame) + 1 :]
                registers = {s: r._replace(changed=False) for s, r in stack.pop().registers.items()}
            registers.update({shown.slot: shown for shown in step.changes})
            registers = {slot: shown for slot, shown in registers.items() if shown.name}
            stack.append(Place(step.frame, step.function, step.row, registers))
            yield list(stack)

    def holds(self, number: int, position: int) -> Contents:
        """Returns what an object held at a position."""
        versions = self.versions.get(number, [])
        known = [held for since, held in versions if since <= position]
        return known[-1] if known else versions[0][1] if versions else NOTHING

    def state(self, segments: list[Segment], objects_since: int = 0) -> dict[str, Any]:
        """Segments as a script gets them, with the contents of objects from a position on."""
        return {
            "segments": [
                {
                    "start": segment.start,
                    "callers": [
                        [*caller[:3], _plain(caller.registers)] for caller in segment.callers
                    ],
                    "steps": [[*step[:3], _plain(step.changes)] for step in segment.steps],
                }
                for segment in segments
            ],
            "objects": {
                str(number): [[since, *held] for since, held in versions]
                for number, versions in self.versions.items()
                if versions[-1][0] >= objects_since
            },
        }


def _plain(registers: tuple[Shown, ...]) -> list[list[Any]]:
    return [
        [shown.slot, shown.name, shown.type, shown.text, int(shown.changed), shown.object]
        for shown in registers
    ]
