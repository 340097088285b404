"""The two records that carry all the workbench knows: what the compiler did, and what the runtime
did.

Both are plain data with a versioned JSON form; neither imports xDSL, NumPy or the workbench.

A `CompilationRecord` is a graph. Its *nodes* are operations (and SPIR-V and VM instructions), each
with a serial number that never changes; its *edges* are derivations. A *stage* is an ordered list
of nodes together with the printed text and where each node stands in it, so an op that survives
from one stage to the next is simply the same node in both. The identity that people see,
`dispatch/7`, is a node's pre-order position in a stage.

An `ExecutionRecord` is a list of events. Each names the events it had to follow (`causes`), which
makes a fence timeline a drawing of this list: an arrow for each cause, from cause to effect.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ireelite.status import StatusCode, StatusError, near_names, not_found

COMPILATION_FORMAT = "ireelite.compilation-record"
EXECUTION_FORMAT = "ireelite.execution-record"
VERSION = 1


@dataclass
class Node:
    """One operation or instruction, from the moment it was made."""

    serial: int
    name: str
    """The op's name (`stablehlo.multiply`), or the instruction's mnemonic (`OpFMul`, `mul.f32`)."""
    parents: list[int] = field(default_factory=list)
    """Serials of the nodes this one was derived from."""
    invented_by: str | None = None
    """The pass that made this node out of nothing (a terminator, a device query),
    if it has no parents.
    """


@dataclass(frozen=True)
class TextSpan:
    """Characters [start, end) of a stage's text that belong to a node or to a value."""

    start: int
    end: int
    index: int
    """For an op: its position in `Stage.nodes`.

    For a value: a number that its definition and uses share.
    """


@dataclass
class Stage:
    """The program as it stood at one stage boundary."""

    name: str
    text: str
    nodes: list[int]
    """Serials in pre-order: position n is the op that is called `stage/n`."""
    op_spans: list[TextSpan] = field(default_factory=list)
    value_spans: list[TextSpan] = field(default_factory=list)


@dataclass
class Rewrite:
    """One application of one rule or pattern."""

    pattern: str
    file: str
    """Path of the source file, relative to the directory that holds the `ireelite` package."""
    line: int
    ops_in: list[int]
    ops_out: list[int]


@dataclass
class PassRun:
    """One pass over the module: how long it took and what it rewrote."""

    name: str
    stage: str
    """The stage this pass works towards."""
    nanoseconds: int
    rewrites: list[Rewrite] = field(default_factory=list)


@dataclass
class InstructionTable:
    """Where the bytes came from: the instructions of one bytecode module or of one SPIR-V
    binary.
    """

    kind: str
    """`vm` for VM bytecode (address: function ordinal, byte offset), `spirv` for words (address:
    word offset).
    """
    where: str
    """`module` for the program itself, else `executable/variant`,
    as `simple_mul_ex_dispatch_0/SPIRV`.
    """
    addresses: list[tuple[int, ...]]
    nodes: list[int]


@dataclass
class CompilationRecord:
    """Everything that happened between a source program and a module's bytes."""

    source: str = ""
    module_digest: str = ""
    nodes: list[Node] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)
    passes: list[PassRun] = field(default_factory=list)
    instructions: list[InstructionTable] = field(default_factory=list)

    def stage(self, name: str) -> Stage:
        """The stage of that name. Raises NOT_FOUND with the near names."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise not_found(
            f"no stage '{name}' in this record{near_names(name, [s.name for s in self.stages])}"
        )

    def identity(self, serial: int) -> str:
        """The `stage/n` of a node at the first stage it stands in,
        or `-` if it lived only between two stages.
        """
        return self._identities().get(serial, "-")

    def serial(self, identity: str) -> int:
        """The node that is called `stage/n`. Raises NOT_FOUND."""
        name, _, position = identity.rpartition("/")
        nodes = self.stage(name).nodes
        if not position.isdigit() or int(position) >= len(nodes):
            raise not_found(
                f"no op '{identity}': stage '{name}' has the ops {name}/0 to "
                f"{name}/{len(nodes) - 1}"
            )
        return nodes[int(position)]

    def ancestors(self, serial: int) -> set[int]:
        """All nodes that this one was derived from, itself not included."""
        return self._closure(serial, {node.serial: node.parents for node in self.nodes})

    def descendants(self, serial: int) -> set[int]:
        """All nodes that were derived from this one, itself not included."""
        children: dict[int, list[int]] = {}
        for node in self.nodes:
            for parent in node.parents:
                children.setdefault(parent, []).append(node.serial)
        return self._closure(serial, children)

    def relatives(self, serial: int) -> set[int]:
        """The node, its ancestors and its descendants:
        what lights up when a reader points at it.
        """
        return {serial} | self.ancestors(serial) | self.descendants(serial)

    def provenance_shares(self) -> list[ProvenanceShare]:
        """For each stage and instruction table: how many nodes come from the first stage,
        and how many were invented.
        """
        roots = set(self.stages[0].nodes) if self.stages else set()
        parents = {node.serial: node.parents for node in self.nodes}
        rows = [(stage.name, stage.nodes) for stage in self.stages[1:]]
        rows += [(f"{table.kind}:{table.where}", table.nodes) for table in self.instructions]
        shares: list[ProvenanceShare] = []
        for name, serials in rows:
            derived = invented = 0
            for serial in serials:
                if serial in roots or self._closure(serial, parents) & roots:
                    derived += 1
                elif self._inventors(serial, parents):
                    invented += 1
            shares.append(ProvenanceShare(name, len(serials), derived, invented))
        return shares

    def to_json(self) -> str:
        """The record as versioned JSON text."""
        body = {"format": COMPILATION_FORMAT, "version": VERSION, **asdict(self)}
        return json.dumps(body, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> CompilationRecord:
        """Reads what `to_json` wrote. Raises INVALID_ARGUMENT for other formats and versions."""
        body = _checked_json(text, COMPILATION_FORMAT)
        return cls(
            source=body["source"],
            module_digest=body["module_digest"],
            nodes=[Node(**node) for node in body["nodes"]],
            stages=[
                Stage(
                    name=stage["name"],
                    text=stage["text"],
                    nodes=stage["nodes"],
                    op_spans=[TextSpan(**span) for span in stage["op_spans"]],
                    value_spans=[TextSpan(**span) for span in stage["value_spans"]],
                )
                for stage in body["stages"]
            ],
            passes=[
                PassRun(
                    p["name"], p["stage"], p["nanoseconds"], [Rewrite(**r) for r in p["rewrites"]]
                )
                for p in body["passes"]
            ],
            instructions=[
                InstructionTable(
                    t["kind"], t["where"], [tuple(a) for a in t["addresses"]], t["nodes"]
                )
                for t in body["instructions"]
            ],
        )

    def save(self, path: str | Path) -> None:
        """Writes the JSON form."""
        Path(path).write_text(self.to_json(), encoding="utf-8")

    def summary(self) -> str:
        """Stages, passes and rewrites as text that two runs print the same (no times)."""
        lines = [f"compilation of {self.source or '<memory>'}"]
        for stage in self.stages:
            lines.append(f"  stage {stage.name}: {len(stage.nodes)} ops")
            for run in self.passes:
                if run.stage == stage.name:
                    lines.append(f"    made by {run.name}: {len(run.rewrites)} rewrites")
        for table in self.instructions:
            lines.append(f"  {table.kind} instructions of {table.where}: {len(table.nodes)}")
        return "\n".join(lines)

    def _identities(self) -> dict[int, str]:
        identities: dict[int, str] = {}
        for stage in self.stages:
            for position, serial in enumerate(stage.nodes):
                identities.setdefault(serial, f"{stage.name}/{position}")
        return identities

    def _inventors(self, serial: int, parents: dict[int, list[int]]) -> set[str]:
        invented = {node.serial: node.invented_by for node in self.nodes if node.invented_by}
        return {invented[s] for s in {serial} | self._closure(serial, parents) if s in invented}

    @staticmethod
    def _closure(serial: int, edges: dict[int, list[int]]) -> set[int]:
        reached: set[int] = set()
        waiting = list(edges.get(serial, ()))
        while waiting:
            if (node := waiting.pop()) not in reached:
                reached.add(node)
                waiting.extend(edges.get(node, ()))
        return reached


@dataclass(frozen=True)
class ProvenanceShare:
    """Where the nodes of one stage come from."""

    where: str
    total: int
    derived: int
    """Nodes with an ancestor in the first stage."""
    invented: int
    """Nodes without one whose inventing pass is known."""

    @property
    def unexplained(self) -> int:
        return self.total - self.derived - self.invented


@dataclass(frozen=True)
class Event:
    """Something that happened at run time."""

    id: int
    kind: str
    """call_begin call_end submit wait signal fail dispatch_begin dispatch_end transfer alloc free
    upload import.

    An upload copies constants to a device; an import shares them without a copy.
    """
    time_ns: int
    """On the clock of `time.perf_counter_ns`; device clocks are calibrated to it."""
    lane: str
    """`host`, or the queue it happened on, as `local-sync/queue0`."""
    causes: tuple[int, ...] = ()
    """Ids of the events that had to happen before."""
    where: dict[str, Any] = field(default_factory=dict)
    """Either module, rodata (ordinal of the executable) and entry_point, or module,
    function (ordinal) and pc.
    """
    details: dict[str, Any] = field(default_factory=dict)
    """What the kind needs: semaphore and value, buffer and bytes, workgroups, submission."""


@dataclass
class ExecutionRecord:
    """The events of one or more invocations, in the order they were recorded."""

    device: str = ""
    events: list[Event] = field(default_factory=list)

    def slices(self) -> Iterator[tuple[Event, Event]]:
        """Pairs of begin and end events: dispatches and calls."""
        open_slices: dict[int, Event] = {}
        for event in self.events:
            if event.kind.endswith("_begin"):
                open_slices[event.id] = event
            elif event.kind.endswith("_end"):
                begin = next((open_slices[c] for c in event.causes if c in open_slices), None)
                if begin is not None:
                    yield begin, event

    def in_dependency_order(self) -> list[Event]:
        """Events sorted so that every cause stands before its effects, ties by id:
        the same for two equal runs.
        """
        known = {event.id for event in self.events}
        waiting = {event.id: sum(c in known for c in event.causes) for event in self.events}
        effects: dict[int, list[Event]] = {}
        for event in self.events:
            for cause in event.causes:
                effects.setdefault(cause, []).append(event)
        import heapq

        ready = [(event.id, event) for event in self.events if not waiting[event.id]]
        heapq.heapify(ready)
        ordered: list[Event] = []
        while ready:
            _, event = heapq.heappop(ready)
            ordered.append(event)
            for effect in effects.get(event.id, ()):
                waiting[effect.id] -= 1
                if not waiting[effect.id]:
                    heapq.heappush(ready, (effect.id, effect))
        if len(ordered) != len(self.events):
            raise StatusError(
                StatusCode.INTERNAL, "the causes of this execution record form a cycle"
            )
        return ordered

    def summary(self) -> str:
        """The events in dependency order, without times: two runs of one program print the same."""
        ordered = self.in_dependency_order()
        number = {event.id: position for position, event in enumerate(ordered)}
        lines: list[str] = []
        for event in ordered:
            facts = [
                f"{key}={_plain(value)}" for key, value in {**event.where, **event.details}.items()
            ]
            after = [f"#{number[c]}" for c in event.causes if c in number]
            tail = f" after {' '.join(after)}" if after else ""
            lines.append(f"#{number[event.id]} {event.lane}: {event.kind} {' '.join(facts)}{tail}")
        return "\n".join(lines)

    def to_json(self) -> str:
        """The record as versioned JSON text."""
        return json.dumps(
            {"format": EXECUTION_FORMAT, "version": VERSION, **asdict(self)}, separators=(",", ":")
        )

    @classmethod
    def from_json(cls, text: str) -> ExecutionRecord:
        """Reads what `to_json` wrote. Raises INVALID_ARGUMENT for other formats and versions."""
        body = _checked_json(text, EXECUTION_FORMAT)
        events = [Event(**{**event, "causes": tuple(event["causes"])}) for event in body["events"]]
        return cls(body["device"], events)

    def save(self, path: str | Path) -> None:
        """Writes the JSON form."""
        Path(path).write_text(self.to_json(), encoding="utf-8")


class ExecutionRecorder:
    """Takes events while a program runs. A runtime without one pays a single `is None` test at an
    event.

    `position` is (module name, function ordinal, pc) of the VM instruction being executed; the VM
    keeps it.
    """

    def __init__(self, device: str = ""):
        import threading
        import time

        self.record = ExecutionRecord(device)
        self.position: tuple[str, int, int] | None = None
        self._clock = time.perf_counter_ns
        self._lock = threading.Lock()

    def event(
        self,
        kind: str,
        lane: str,
        causes: Iterable[int] = (),
        where: dict[str, Any] | None = None,
        time_ns: int | None = None,
        **details: Any,
    ) -> int:
        """Adds an event and returns its id. Without `where`,
        it is placed at the current VM position.
        """
        if where is None:
            where = {}
            if self.position is not None:
                where = dict(zip(("module", "function", "pc"), self.position, strict=True))
        now = self._clock() if time_ns is None else time_ns
        with self._lock:
            events = self.record.events
            events.append(Event(len(events), kind, now, lane, tuple(causes), where, details))
            return len(events) - 1


def _plain(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "x".join(str(v) for v in value)
    return str(value)


def _checked_json(text: str, expected: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except json.JSONDecodeError as error:
        raise StatusError(StatusCode.INVALID_ARGUMENT, f"not a record: {error}") from error
    found = (body.get("format"), body.get("version")) if isinstance(body, dict) else (None, None)
    if found != (expected, VERSION):
        raise StatusError(
            StatusCode.INVALID_ARGUMENT,
            f"record has format {found[0]!r} version {found[1]!r}; this reader takes {expected!r} "
            f"version {VERSION}",
        )
    return body
