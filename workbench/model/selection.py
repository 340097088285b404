"""What a reader is pointing at: one object that all views of a program share.

A selection is a small dictionary, so that it can cross to a browser and back: `ops` (serial
numbers), `run` and `event` (which run, and the id of a slice or an instant in it, or None), `stage`
(a pane's name, or None), and `seq`, a number that grows with every change. A view ignores what is
older than what it shows; so two views, linked once in the page and once more through the kernel,
never chase each other.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any

from traitlets import Dict, HasTraits, Unicode

from ireelite.records import CompilationRecord

NOTHING: dict[str, Any] = {"seq": 0, "ops": [], "run": None, "event": None, "stage": None}
"""The state that a selection starts in."""


class Selection(HasTraits):
    """The shared selection. Views link their `selection` trait to `state`."""

    state = Dict()
    channel = Unicode()
    """Views in one page with the same channel follow each other without a kernel."""

    def __init__(self, channel: str = "workbench"):
        import uuid

        super().__init__(
            channel=f"{channel}/{uuid.uuid4().hex[:8]}",
            state=dict(NOTHING),
        )

    def select(
        self,
        ops: Iterable[int] = (),
        event: int | None = None,
        stage: str | None = None,
        run: str | None = None,
    ) -> None:
        """Points at ops, at an event of a run (`FenceTimeline.run`), at a stage;
        all views follow.
        """
        seq = int(self.state.get("seq", 0)) + 1
        self.state = {"seq": seq, "ops": sorted(ops), "run": run, "event": event, "stage": stage}

    def clear(self) -> None:
        """Points at nothing."""
        self.select()

    @property
    def ops(self) -> frozenset[int]:
        """Serial numbers of the selected ops."""
        return frozenset(int(serial) for serial in self.state.get("ops", ()))

    @property
    def event(self) -> int | None:
        """Id of the selected event, or None."""
        return self.state.get("event")

    def relatives(self, record: CompilationRecord) -> set[int]:
        """All that is lit: the union of the relatives of the selected ops."""
        lit: set[int] = set()
        for serial in self.ops:
            lit |= record.relatives(serial)
        return lit

    def to_json(self) -> dict[str, Any]:
        """The state, as it crosses to a browser."""
        return dict(self.state)


_SHARED: weakref.WeakValueDictionary[str, Selection] = weakref.WeakValueDictionary()


def shared_selection(record: CompilationRecord | None) -> Selection:
    """The one selection of all views of a program; a record is known by its module's digest."""
    key = (record.module_digest or record.source) if record is not None else ""
    if (known := _SHARED.get(key)) is None:
        known = _SHARED[key] = Selection(f"workbench/{key}")
    return known
