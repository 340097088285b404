"""Where the buffers of a program are, and when: lifetimes against the schedule, offsets in the
arena, and what keeps each buffer alive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ireelite.records import CompilationRecord, Decision
from ireelite.status import StatusCode, StatusError
from workbench.model.dispatch_graph import entry_point_at
from workbench.model.event_ops import EventOps
from workbench.model.stage_graph import StageGraph, bytes_of, short_type, size_text

KIND = "memory"
STAGE = "ll-seq"
PASS = "hl-to-ll-seq"


@dataclass(frozen=True)
class Work:
    """A dispatch, copy or fill, or a loop or choice around some."""

    serial: int
    """Its node at stage `hl-seq`."""
    name: str
    """What it computes, or its op's name."""
    entry_point: str
    first: int
    last: int
    """Levels: groups of work between which a barrier stands. Equal for a dispatch."""


@dataclass
class Buffer:
    """One buffer, from the first level that uses it to the last."""

    name: str
    """Of the value in stage `ll-seq`."""
    type: str
    bytes: int | None
    """None where an open size decides."""
    first: int
    last: int
    offset: int | None
    """Bytes from the arena's start; None outside of the arena."""
    reason: str
    serials: list[int]
    """Its allocation, at the stages that have one."""
    begins: list[Work] = field(default_factory=list)
    """What uses it first."""
    keepers: list[Work] = field(default_factory=list)
    """What keeps it alive to its last level."""
    sharing: list[str] = field(default_factory=list)
    """Names of the buffers that have some of its bytes at other times."""

    @property
    def end(self) -> int:
        """The byte behind it in the arena."""
        return (self.offset or 0) + (self.bytes or 0)

    @property
    def label(self) -> str:
        """What a screen reader says for it."""
        where = f"at byte {self.offset} of the arena" if self.offset is not None else "on its own"
        alive = f"alive from level {self.first} to {self.last}"
        return f"{self.name}: {short_type(self.type)}, {size_text(self.bytes)}, {where}, {alive}"


@dataclass
class FunctionPlan:
    """The buffers of one function."""

    name: str
    levels: int
    work: list[Work]
    """In the order of the levels, loops and choices before what is in them."""
    buffers: list[Buffer]
    """Those of the arena by offset, then the others."""
    arena: int = 0
    """Bytes, as are the next two."""
    lower_bound: int = 0
    """The most that is in use at one level: no arena is smaller."""
    without_sharing: int = 0
    alignment: int = 1
    constants: int = 0
    arguments: list[tuple[str, str]] = field(default_factory=list)

    @property
    def transients(self) -> list[Buffer]:
        """The buffers in the arena."""
        return [buffer for buffer in self.buffers if buffer.offset is not None]

    @property
    def own(self) -> list[Buffer]:
        """The buffers outside of the arena."""
        return [buffer for buffer in self.buffers if buffer.offset is None]

    def live(self, level: int) -> list[Buffer]:
        """Returns the buffers that are alive at a level."""
        return [buffer for buffer in self.buffers if buffer.first <= level <= buffer.last]

    def used(self, level: int) -> int:
        """Bytes of the arena that are in use at a level, with what alignment adds."""
        return sum(
            -(-(buffer.bytes or 0) // self.alignment) * self.alignment
            for buffer in self.transients
            if buffer.first <= level <= buffer.last
        )

    def work_at(self, level: int) -> list[Work]:
        """Returns the dispatches, copies and fills of a level."""
        return [work for work in self.work if work.first == level == work.last]


def require_plan(record: CompilationRecord) -> None:
    """Raises FAILED_PRECONDITION for a record whose memory was not planned while it was made."""
    names = [stage.name for stage in record.stages]
    placed = record.decisions("schedule") or record.decisions("placement")
    if not (placed or any(node.entry_point is not None for node in record.nodes)):
        raise StatusError(
            StatusCode.FAILED_PRECONDITION,
            "this program has no buffers to plan: none of its functions has work for a device",
        )
    if STAGE not in names or not placed:
        raise StatusError(
            StatusCode.FAILED_PRECONDITION,
            f"this record has no plan of memory: its stages are {', '.join(names) or 'none'}; "
            f"compile the program past stage '{STAGE}' with a record, from the stage before it "
            "or an earlier one",
        )


class MemoryPlan:
    """View model of the plan of memory of all functions of a program."""

    def __init__(self, record: CompilationRecord):
        """Raises FAILED_PRECONDITION for a record whose memory was not planned while it was made."""
        require_plan(record)
        self.record = record
        self.graph = StageGraph(record, record.stage(STAGE))
        self._events = EventOps.of(record)
        self._position = {op.serial: op.position for op in self.graph.ops}
        self.functions = [self._function(op.position) for op in self.graph.ops
                          if op.parent == 0 and op.name == "func.func"]  # fmt: skip
        self.functions = [plan for plan in self.functions if plan.work or plan.buffers]

    @property
    def label(self) -> str:
        """One line about the whole."""
        source = self.record.source or "a program"
        sizes = [f"an arena of {size_text(p.arena)}" for p in self.functions if p.arena]
        return f"The memory of {source}: {', '.join(sizes) or 'no arena'}"

    # -- from the record ---------------------------------------------------------------------------

    def _function(self, position: int) -> FunctionPlan:
        op = self.graph.ops[position]
        name = self.record.nodes[op.serial].symbol or ""

        def own(kind: str) -> list[Decision]:
            return [d for d in self.record.decisions(kind) if d.facts.get("function") == name]

        work = [self._work(decision) for decision in own("schedule")]
        work.sort(key=lambda one: (one.first, -one.last))
        known = {one.serial: one for one in work}
        buffers = [self._buffer(decision, known) for decision in own("placement")]
        levels = max([one.last + 1 for one in work], default=0)
        plan = FunctionPlan(name, levels, work, buffers)
        for decision in own("arena"):
            plan.arena = int(decision.facts["bytes"])
            plan.lower_bound = int(decision.facts["lower bound"])
            plan.without_sharing = int(decision.facts["without sharing"])
            plan.alignment = int(decision.facts["alignment"])
        if plan.own:
            self._keep_results(plan)
        plan.buffers.sort(key=lambda b: (b.offset is None, b.offset or 0, b.first))
        for buffer in plan.transients:
            buffer.sharing = [
                other.name
                for other in plan.transients
                if other is not buffer and other.offset < buffer.end and buffer.offset < other.end  # pyright: ignore[reportOptionalOperand]
            ]
        self._around(plan, position)
        return plan

    def _work(self, decision: Decision) -> Work:
        facts, serial = decision.facts, decision.ops[0]
        first = int(facts.get("level", facts.get("first", 0)))
        last = int(facts.get("level", facts.get("last", 0)))
        lowered = [n for n in self.record.nodes.children(serial) if n in self._position]
        points = [entry_point_at(self.graph, self._position[n]) for n in lowered]
        entry_point = next(filter(None, points), "")
        computes = self._events.computes(entry_point) if entry_point else ""
        name = computes or entry_point or self.record.nodes.name(serial)
        return Work(serial, name, entry_point, first, last)

    def _buffer(self, decision: Decision, known: dict[int, Work]) -> Buffer:
        alloc, *users = decision.ops
        facts = decision.facts
        places = [n for n in self.record.nodes.children(alloc) if n in self._position]
        named = [n for n in places if self._results(n) and "arena" not in self.record.nodes.name(n)]
        value = self._results(named[0])[0] if named else -1
        type = self.graph.type_of(value) if value >= 0 else ""
        size = int(facts["bytes"]) if "bytes" in facts else bytes_of(type)
        offset = int(facts["offset"]) if "offset" in facts else None
        uses = [known[user] for user in users if user in known]
        return Buffer(
            self.graph.value_names.get(value, self.record.identity(alloc)),
            type,
            size,
            int(facts["first"]),
            int(facts["last"]),
            offset,
            decision.reason,
            [alloc, *named],
            uses[:1],
            uses[1:],
        )

    def _results(self, serial: int) -> list[int]:
        return self.graph.ops[self._position[serial]].results

    def _keep_results(self, plan: FunctionPlan) -> None:
        """Extends the lifetime of what a function returns to its end."""
        for buffer in plan.own:
            if "returns" in buffer.reason:
                buffer.last = max(plan.levels - 1, buffer.last)

    def _around(self, plan: FunctionPlan, position: int) -> None:
        """Arguments, and the bytes of constants: what the caller and the module hold."""
        op = self.graph.ops[position]
        for value in op.arguments:
            plan.arguments.append((self.graph.value_names[value], self.graph.type_of(value)))
        for inner in self.graph.inside(position):
            if inner.name.endswith("ll_seq.constant"):
                sizes = [bytes_of(self.graph.type_of(value)) for value in inner.results]
                plan.constants += sum(size for size in sizes if size is not None)

    # -- for renderers -----------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Returns what a script gets beside the picture."""
        serials = {
            serial
            for plan in self.functions
            for serial in (
                *(one.serial for one in plan.work),
                *(serial for buffer in plan.buffers for serial in buffer.serials),
            )
        }
        return {
            "kind": KIND,
            "graph": self._events.lineage.graph(serials),
            "functions": [_plan_state(plan) for plan in self.functions],
        }


def plan_summary(plan: FunctionPlan) -> str:
    """Returns the figures of one function: how large its arena is, and how small it could be."""
    parts = []
    if plan.arena:
        bound = "as small as it can be" if plan.arena == plan.lower_bound else (
            f"lower bound {size_text(plan.lower_bound)}"
        )  # fmt: skip
        parts.append(f"arena {size_text(plan.arena)}, {bound}")
        parts.append(f"{size_text(plan.without_sharing)} without sharing")
    else:
        parts.append("no arena")
    own = sum(buffer.bytes or 0 for buffer in plan.own)
    if plan.own:
        buffers = "1 buffer of its own" if len(plan.own) == 1 else f"{len(plan.own)} own buffers"
        parts.append(f"{size_text(own)} in {buffers}")
    if plan.constants:
        parts.append(f"{size_text(plan.constants)} of constants")
    return " · ".join(parts)


def _plan_state(plan: FunctionPlan) -> dict[str, Any]:
    return {
        "name": plan.name,
        "levels": plan.levels,
        "used": [plan.used(level) for level in range(plan.levels)],
        "work": [
            {
                "serial": one.serial,
                "name": one.name,
                "entryPoint": one.entry_point,
                "first": one.first,
                "last": one.last,
            }
            for one in plan.work
        ],
        "buffers": [
            {
                "name": buffer.name,
                "type": short_type(buffer.type),
                "size": size_text(buffer.bytes),
                "first": buffer.first,
                "last": buffer.last,
                "offset": buffer.offset,
                "reason": buffer.reason,
                "serials": buffer.serials,
                "begins": [one.name for one in buffer.begins],
                "keepers": [one.name for one in buffer.keepers],
                "keeperSerials": [one.serial for one in buffer.keepers],
                "sharing": buffer.sharing,
            }
            for buffer in plan.buffers
        ],
    }
