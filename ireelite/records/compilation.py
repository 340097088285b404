"""What the compiler did.

A `CompilationRecord` is a graph. Its *nodes* are operations (and SPIR-V and VM instructions), each
with a serial number that never changes; its *edges* are derivations. A *stage* is an ordered list
of nodes together with the printed text and where each node stands in it, so an op that survives
from one stage to the next is simply the same node in both. The identity that people see,
`dispatch/7`, is a node's pre-order position in a stage.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ireelite.records.json_text import checked_json
from ireelite.status import near_names, not_found

COMPILATION_FORMAT = "ireelite.compilation-record"
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


@dataclass(frozen=True)
class Decision:
    """Why a pass did something to some ops, or did not."""

    kind: str
    """What was decided: `fusion`."""
    ops: tuple[int, ...]
    """Serials of the nodes it is about."""
    verdict: str
    """`fused`, `not fused`."""
    reason: str
    facts: dict[str, int | float | str] = field(default_factory=dict)
    """The figures the decision rests on, by name."""
    pass_name: str = ""
    """The pass that decided."""

    def words(self) -> str:
        """`not fused: the intermediate has a second user (users 2)`."""
        figures = ", ".join(f"{name} {value}" for name, value in self.facts.items())
        return f"{self.verdict}: {self.reason}" + (f" ({figures})" if figures else "")


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
    decided: list[Decision] = field(default_factory=list)

    def decisions(self, kind: str | None = None) -> list[Decision]:
        """The decisions of one kind, or all, in the order in which they were taken."""
        return [d for d in self.decided if kind is None or d.kind == kind]

    def why(self, first: str, second: str) -> str:
        """The decisions that concern both of two ops (`dispatch/3`, `dispatch/5`), in words, a
        line each; a decision about an op that they were made from, or that was made from them,
        counts.

        Raises NOT_FOUND for an identity that is not there.
        """
        families = [self.relatives(self.serial(identity)) for identity in (first, second)]
        lines = [
            f"{decision.kind}, by {decision.pass_name}: {decision.words()}"
            for decision in self.decided
            if all(family.intersection(decision.ops) for family in families)
        ]
        return "\n".join(lines) or f"no pass recorded a decision about {first} and {second}"

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
        body = checked_json(text, COMPILATION_FORMAT, VERSION)
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
            decided=[Decision(**{**d, "ops": tuple(d["ops"])}) for d in body.get("decided", ())],
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
