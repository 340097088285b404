"""Marks on the lanes of a timeline: slices, instants, waits and arrows, with their labels."""

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
    """What a dispatch computes, if that is known, else its label without the words that the labels
    of all dispatches begin with. For other slices, the label.
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
    """An instant on a lane: a submit, wait, signal, fail, transfer, alloc or free."""

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
    """The time from the beginning of a wait until its timepoint was reached."""

    id: int
    """Id of the wait event."""
    lane: str
    level: int
    """Level from 0; overlapping waits of a lane have different levels."""
    order: tuple[int, int]
    time: tuple[int, int]
    cause: str
    """What ended the wait, as `ended by local-task/queue0`, or what is to end a pending wait."""
    pending: bool = False


@dataclass(frozen=True)
class Payload:
    """The payload of a semaphore from an event on."""

    order: int
    time: int
    value: int | None
    """None after a failure."""
    event: int
    sender: str


@dataclass(frozen=True)
class Timeline:
    """The payloads of one semaphore over a run."""

    name: str
    base: int
    """The payload before the first event."""
    payloads: tuple[Payload, ...]

    def at(self, position: int, clock: str) -> int | None:
        """Returns the payload at a position of a clock; None if the semaphore has failed."""
        now: int | None = self.base
        for payload in self.payloads:
            if getattr(payload, clock) <= position:
                now = payload.value
        return now

    def state(self) -> dict[str, Any]:
        """Returns what a renderer in a browser gets."""
        payloads = [dict(vars(payload)) for payload in self.payloads]
        return {"name": self.name, "base": self.base, "payloads": payloads}


@dataclass(frozen=True)
class Arrow:
    """An arrow from cause to effect, by event ids. `kind` is `signal` or `submit`, or, between two
    commands on queues, `data` or `reuse` (see `dispatch_order.Need`).
    """

    cause: int
    effect: int
    kind: str


def common_words(labels: set[str]) -> int:
    """Returns the length of the words that all labels begin with, without the last of them: 2 for
    `f_dispatch_0` and `f_dispatch_1`, so that `dispatch_0` is left. Returns 0 for a single label.
    """
    shared: list[str] = []
    for words in zip(*(label.split("_") for label in labels)):
        if len(set(words)) > 1:
            break
        shared.append(words[0])
    return sum(len(word) + 1 for word in shared[:-1]) if len(labels) > 1 else 0


def label_of(event: Event) -> str:
    """Returns the text on a mark: the kernel, the function, or the semaphore and its value."""
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
