"""What stands on the lanes of a timeline: slices, moments, waits and arrows, and how each is labelled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ireelite.records import Event


@dataclass(frozen=True)
class Slice:
    """An interval on a lane: a call, an invocation, or a dispatch."""

    id: int
    """Id of the event that began it."""
    end_id: int
    kind: str
    """`call`, `invoke` or `dispatch`."""
    label: str
    short: str
    """What a dispatch computes, where that is known; otherwise the label without what the labels of
    all dispatches begin with.
    """
    lane: str
    depth: int
    """0 for an outermost slice, 1 for one inside it."""
    order: tuple[int, int]
    time: tuple[int, int]
    """Nanoseconds since the first event of the record."""
    details: tuple[tuple[str, str], ...]
    pending: bool = False


@dataclass(frozen=True)
class Instant:
    """A moment on a lane: a submit, wait, signal, transfer, alloc or free."""

    id: int
    kind: str
    label: str
    lane: str
    depth: int
    order: int
    time: int
    details: tuple[tuple[str, str], ...]
    pending: bool = False


@dataclass(frozen=True)
class WaitSpan:
    """From when something began to wait until its timepoint was reached."""

    id: int
    """Of the wait event."""
    lane: str
    level: int
    """Waits of a lane that overlap have different levels, from 0."""
    order: tuple[int, int]
    time: tuple[int, int]
    cause: str
    """Whom it waited for: `signalled by local-task/queue0`; what keeps it, where it is pending."""
    pending: bool = False


@dataclass(frozen=True)
class Payload:
    """What a semaphore is at from an event on."""

    order: int
    time: int
    value: int | None
    """None from a failure on."""
    event: int
    sender: str


@dataclass(frozen=True)
class Timeline:
    """One semaphore over a run."""

    name: str
    base: int
    """The payload before the first event."""
    payloads: tuple[Payload, ...]

    def at(self, position: int, clock: str) -> int | None:
        """The payload at a position of a clock; None if it has failed by then."""
        now: int | None = self.base
        for payload in self.payloads:
            if getattr(payload, clock) <= position:
                now = payload.value
        return now


@dataclass(frozen=True)
class Arrow:
    """From cause to effect, by event ids; `kind` is `signal`, `submit`, or of two commands on
    queues `data` or `reuse` (see `dispatch_order.Need`)."""

    cause: int
    effect: int
    kind: str


def common_words(labels: set[str]) -> int:
    """How many characters all labels begin with, in whole words;
    the last stays, as in `dispatch_0`.
    """
    shared: list[str] = []
    for words in zip(*(label.split("_") for label in labels)):
        if len(set(words)) > 1:
            break
        shared.append(words[0])
    return sum(len(word) + 1 for word in shared[:-1]) if len(labels) > 1 else 0


def label_of(event: Event) -> str:
    """What to write on a mark: the kernel, the function called, or the semaphore and its value."""
    if (name := event.where.get("entry_point")) is not None:
        return str(name)
    details = event.details
    if event.kind.startswith(("call", "invoke")):
        return str(
            details.get("name") or details.get("function") or event.where.get("name") or "call"
        )
    if event.kind in ("signal", "wait", "fail") and "semaphore" in details:
        points = zip(str(details["semaphore"]).split(), str(details.get("value", "")).split())
        return f"{event.kind} {', '.join(f'{name} ≥ {value}' for name, value in points)}".rstrip()
    if event.kind == "submit" and "operation" in details:
        return f"submit {details['operation']}"
    if "bytes" in details:
        return f"{event.kind} {details['bytes']} bytes"
    return event.kind


def facts_of(*events: Event) -> tuple[tuple[str, str], ...]:
    facts: dict[str, str] = {}
    for event in events:
        for key, value in {**event.where, **event.details}.items():
            facts.setdefault(key, _plain(value))
    return tuple(facts.items())


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "×".join(_plain(item) for item in value)
    return str(value)
