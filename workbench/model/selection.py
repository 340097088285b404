"""What a reader is pointing at: one object that all views of a program share.

A selection is a small dictionary, so that it can cross to a browser and back. Its fields:

    seq          number, grows with every change; a view ignores what is older than what it shows
    kind         what was pointed at, one of `KINDS`, or None when nothing is selected
    ops          serial numbers of nodes of the compilation record. Instructions are nodes too
    value        {"stage": "hlo", "number": 3, "name": "%0"}: an SSA value; `number` is the one that
                 its definition and its uses share in `Stage.value_spans`
    dispatch     symbol of an entry point, unique in a module
    instruction  {"table": "spirv:NAME/SPIRV", "address": [12]}: a row of an instruction table,
                 `table` is `kind:where` of the `InstructionTable`
    address      {"module": "module", "function": 0, "pc": 36}: a place in VM bytecode
    run, event   which run (`FenceTimeline.run`), and the id of a slice or an instant in it
    buffer       name of a buffer: of the run in `run` (`b1`), or without a run of the memory plan
    stage        name of a pane, to bring into sight

`ops` connects the views: whatever else is selected, the ops it belongs to are in `ops`, and each
view lights all that it shows of them, of their ancestors and of their descendants. So a view that
selects fills `ops`; where it can't, `Selection` does, from its record. The other fields serve the
views that show such a thing, and are None unless it was pointed at.

In a view's script `follow` reads and sets the selection, `pick` makes one, `selection.relatives`
gives what lights up (`widgets/static/common.js`).
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from traitlets import Dict, HasTraits, Unicode, observe

from ireelite.records import CompilationRecord
from workbench.model.numbers import quantity

if TYPE_CHECKING:
    from workbench.model.selected_edges import SelectedEdges

NOTHING: dict[str, Any] = {
    "seq": 0,
    "kind": None,
    "ops": [],
    "value": None,
    "dispatch": None,
    "instruction": None,
    "address": None,
    "run": None,
    "event": None,
    "buffer": None,
    "stage": None,
}
"""The state that a selection starts in."""
KINDS = {
    "value": "value",
    "instruction": "instruction",
    "address": "address",
    "event": "slice",
    "buffer": "buffer",
    "dispatch": "dispatch",
    "ops": "op",
    "stage": "stage",
}
"""The kind of what is selected, by the field that holds it, the most precise first."""


class Selection(HasTraits):
    """The shared selection. Views link their `selection` trait to `state`.

    Example:
        selection = workbench.IRView(program).shared
        selection.select(dispatch="main_dispatch_0")
        selection.ops
    """

    state = Dict()
    channel = Unicode()
    """Views in one page with the same channel follow each other without a kernel."""

    def __init__(self, channel: str = "workbench", record: CompilationRecord | None = None):
        """Gives selections without ops those that they belong to, if there is a record."""
        import uuid

        self.record = record
        self._edges: SelectedEdges | None = None
        super().__init__(channel=f"{channel}/{uuid.uuid4().hex[:8]}", state=dict(NOTHING))

    def __repr__(self) -> str:
        chosen = [
            f"{name} {value}"
            for name, value in self.state.items()
            if value and name not in ("seq", "kind", "ops")
        ]
        parts = [quantity(len(self.ops), "op")] if self.ops else []
        return f"<Selection of {', '.join(parts + chosen) or 'nothing'}>"

    def select(
        self,
        ops: Iterable[int] = (),
        event: int | None = None,
        stage: str | None = None,
        run: str | None = None,
        *,
        value: dict[str, Any] | None = None,
        dispatch: str | None = None,
        instruction: dict[str, Any] | None = None,
        address: dict[str, Any] | None = None,
        buffer: str | None = None,
    ) -> None:
        """Points at ops, at an event or a buffer of a run (`FenceTimeline.run`), at a value, a
        dispatch, an instruction, a VM address, a stage (forms above); all views follow.
        """
        fields = {
            "ops": sorted(ops),
            "value": value,
            "dispatch": dispatch,
            "instruction": instruction,
            "address": address,
            "run": run,
            "event": event,
            "buffer": buffer,
            "stage": stage,
        }
        self._change(fields)

    def clear(self) -> None:
        """Points at nothing."""
        self.select()

    @property
    def ops(self) -> frozenset[int]:
        """Serial numbers of the selected ops."""
        return frozenset(map(int, self.state.get("ops", ())))

    @property
    def event(self) -> int | None:
        """Id of the selected event, or None."""
        return self.state.get("event")

    def get(self, field: str) -> Any:
        """Returns a field of the state by name, or None."""
        return self.state.get(field, NOTHING[field])

    @property
    def edges(self) -> SelectedEdges | None:
        """The edges around what is selected; None without a record."""
        if self._edges is None and self.record is not None:
            from workbench.model.selected_edges import SelectedEdges

            self._edges = SelectedEdges(self.record.nodes)
        return self._edges

    def relatives(self, record: CompilationRecord) -> set[int]:
        """Returns all that is lit: the union of the relatives of the selected ops."""
        lit: set[int] = set()
        for serial in self.ops:
            lit |= record.relatives(serial)
        return lit

    def to_json(self) -> dict[str, Any]:
        """Returns the state, as it crosses to a browser."""
        return dict(self.state)

    def _change(self, fields: dict[str, Any]) -> None:
        seq = int(self.state.get("seq", 0)) + 1
        given = {field for field, own in fields.items() if own is not None and own != []}
        kind = next((kind for field, kind in KINDS.items() if field in given), None)
        self.state = {**NOTHING, **fields, "kind": kind, "seq": seq}

    @observe("state")
    def _fill_ops(self, _: Any) -> None:
        from workbench.model.selected_ops import ops_of

        if self.record is None or self.state.get("ops"):
            return
        if ops := ops_of(self.record, self.state):
            seq = int(self.state.get("seq", 0)) + 1
            self.state = {**self.state, "ops": ops, "seq": seq}


MAX_LISTED_OPS = 64
"""Number of ops above which a selection crosses to a browser with runs in their place."""


def with_runs(state: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a selection with many ops, as those of a large dispatch, as `{"runs": [first, count,
    ...]}`: serial numbers of a kernel follow each other, and each view gets them.
    """
    if len(ops := state.get("ops", ())) <= MAX_LISTED_OPS:
        return dict(state)
    runs: list[int] = []
    following = -1
    for serial in sorted(ops):
        if serial == following:
            runs[-1] += 1
        else:
            runs += [serial, 1]
        following = serial + 1
    return {**state, "ops": {"runs": runs}}


def without_runs(state: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the inverse of `with_runs`, ops ascending."""
    if not isinstance(ops := state.get("ops"), Mapping):
        return dict(state)
    runs = ops["runs"]
    pairs = zip(runs[::2], runs[1::2], strict=True)
    return {**state, "ops": [n for first, count in pairs for n in range(first, first + count)]}


_SHARED: weakref.WeakValueDictionary[str, Selection] = weakref.WeakValueDictionary()


def shared_selection(record: CompilationRecord | None) -> Selection:
    """Returns the one selection of all views of a program. Records of one module, which has a digest,
    share it; of any other record, as one of passes or of a dump, the views share one.
    """
    name = key = ""
    if record is not None:
        name = record.module_digest or record.source
        # A selection keeps its record alive, so that no other record has this number meanwhile.
        key = record.module_digest or f"record {id(record)}"
    if (known := _SHARED.get(key)) is None:
        known = _SHARED[key] = Selection(f"workbench/{name}", record)
    return known
