"""What the compiler did.

A `CompilationRecord` is a graph. Its *nodes* are operations (and instructions of native code, of
SPIR-V and of the VM), each with a serial number that never changes; its *edges* are derivations. A
*stage* is an ordered list of nodes together with the printed text and where each node stands in it,
so an op that survives from one stage to the next is simply the same node in both. The identity that
people see, `dispatch/7`, is a node's pre-order position in a stage.

All of it is columns (`columns`), which a record that was read from a file loads when they are used.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ireelite.light_dataclass import light_dataclass
from ireelite.records.columns import Columnar, Stored, Strings, ints
from ireelite.records.nodes import Nodes, Places
from ireelite.records.tables import (
    Addresses,
    Decision,
    Decisions,
    OpTexts,
    Patterns,
    Rewrites,
    TextSpans,
)
from ireelite.status import near_names, not_found

if TYPE_CHECKING:
    from ireelite.records.fusions import Fusion


class Stage(Columnar):
    """The program as it stood at one stage boundary."""

    COLUMNS = ("nodes",)
    nodes: array[int]
    """Serials in pre-order: position n is the op that is called `stage/n`."""

    def __init__(
        self, name: str, complete: bool = True, stored: Stored | None = None, prefix: str = ""
    ):
        super().__init__(stored, prefix)
        self.name = name
        self.complete = complete
        """Whether no constant in the text is shortened: the text can be read back."""
        self.op_spans = TextSpans(stored, f"{prefix}op/")
        """In the order of `nodes`."""
        self.value_spans = TextSpans(stored, f"{prefix}value/")
        self.name_starts = _Column(stored, f"{prefix}name/")
        """Where each op's name begins in the text, in the order of `nodes`."""
        self.value_types = _Column(stored, f"{prefix}type/")
        """For each value, by its number in `value_spans`, the string number of its type; a record
        that was written before there were types has none.
        """
        self._packed: tuple[int, bytes] | None = None

    @property
    def text(self) -> str:
        """The printed program, with long constants shortened."""
        if self._stored is not None and self._packed is None:
            return self._stored.bytes(f"{self._prefix}text").decode()
        return zlib.decompress(self._packed[1]).decode() if self._packed is not None else ""

    @text.setter
    def text(self, text: str) -> None:
        raw = text.encode()
        self._packed = len(raw), zlib.compress(raw, 1)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Stage):
            return NotImplemented
        return (
            (self.name, self.complete, self.nodes) == (other.name, other.complete, other.nodes)
            and self.op_spans.same_columns(other.op_spans)
            and self.value_spans.same_columns(other.value_spans)
            and self.text == other.text
        )

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __repr__(self) -> str:
        return f"<Stage {self.name}: {self.rows_stored('nodes')} ops>"


def new_stage(name: str, text: str, nodes: Sequence[int] = ()) -> Stage:
    """Returns a program as it is printed, whose spans the caller fills in."""
    stage = Stage(name)
    stage.text = text
    stage.nodes.extend(nodes)
    return stage


class _Column(Columnar):
    """One column by itself; it is empty where it was not stored."""

    COLUMNS = ("values",)
    values: array[int]

    def __init__(self, stored: Stored | None, prefix: str):
        known = stored is not None and stored.has(f"{prefix}values")
        super().__init__(stored if known else None, prefix)


@dataclass(repr=False)
class PassRun:
    """One pass over the module: how long it took and what it rewrote."""

    name: str
    stage: str
    """The stage this pass works towards."""
    nanoseconds: int
    rewrites: Rewrites
    after: Stage | None = None
    """The program as the pass left it, where that was kept and differs from what the pass took."""

    def __repr__(self) -> str:
        time = f"{self.nanoseconds / 1e6:.1f} ms"
        count = len(self.rewrites)
        return f"<PassRun {self.name}: {count} rewrite{'s' * (count != 1)}, {time}>"


class InstructionTable(Columnar):
    """Where the bytes came from: the instructions of one module, or of one executable."""

    COLUMNS = ("nodes",)
    nodes: array[int]
    """An instruction is a node, made from the op that it was encoded from."""

    def __init__(
        self, kind: str, where: str, width: int, stored: Stored | None = None, prefix: str = ""
    ):
        super().__init__(stored, prefix)
        self.kind = kind
        """`vm` for VM bytecode (address: function ordinal, byte offset), `spirv` for words
        (address: word offset), `native` for object code (address: function ordinal, byte offset).
        """
        self.where = where
        """`module` for the program itself, else `executable/variant`, as
        `simple_mul_ex_dispatch_0/SPIRV`.
        """
        self.addresses = Addresses(width, stored, f"{prefix}address/")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, InstructionTable):
            return NotImplemented
        mine = (self.kind, self.where, self.nodes, self.addresses.flat)
        return mine == (other.kind, other.where, other.nodes, other.addresses.flat)

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __repr__(self) -> str:
        count = self.rows_stored("nodes")
        return f"<InstructionTable {self.kind}:{self.where}: {count} instructions>"


class CompilationRecord:
    """Everything that happened between a source program and a module's bytes."""

    def __init__(
        self, source: str = "", module_digest: str = "", strings: Strings | None = None,
        stored: Stored | None = None,
    ):  # fmt: skip
        self.source = source
        self.module_digest = module_digest
        self.strings = strings if strings is not None else Strings()
        self.places = Places(self.strings, stored)
        self.patterns = Patterns(self.strings, stored)
        self.nodes = Nodes(self.strings, self.places, stored)
        self.stages: list[Stage] = []
        self.passes: list[PassRun] = []
        self.instructions: list[InstructionTable] = []
        self.decided = Decisions(self.strings, stored)
        self.op_texts = OpTexts(self.strings, stored)
        self._first_places: tuple[int, array[int], array[int]] | None = None

    # -- writing -----------------------------------------------------------------------------------

    def add_stage(self, name: str, text: str, nodes: Sequence[int] = ()) -> Stage:
        """Adds a stage, whose spans the caller fills in."""
        stage = new_stage(name, text, nodes)
        self.stages.append(stage)
        return stage

    def add_pass(self, name: str, stage: str, nanoseconds: int = 0) -> PassRun:
        """Adds a pass, whose rewrites the caller fills in."""
        run = PassRun(name, stage, nanoseconds, Rewrites(self.patterns))
        self.passes.append(run)
        return run

    def add_instructions(self, kind: str, where: str, width: int) -> InstructionTable:
        """Adds an instruction table, whose rows the caller fills in; an address has `width`
        numbers.
        """
        table = InstructionTable(kind, where, width)
        self.instructions.append(table)
        return table

    # -- reading -----------------------------------------------------------------------------------

    def stage(self, name: str) -> Stage:
        """Returns the stage of that name. Raises NOT_FOUND with the near names."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise not_found(
            f"no stage '{name}' in this record{near_names(name, [s.name for s in self.stages])}"
        )

    def identity(self, serial: int) -> str:
        """Returns the `stage/n` of a node at the first stage it stands in, or `-` if it lived only
        between two stages.
        """
        stages, positions = self._first_place()
        if not 0 <= serial < len(stages) or stages[serial] < 0:
            return "-"
        return f"{self.stages[stages[serial]].name}/{positions[serial]}"

    def serial(self, identity: str) -> int:
        """Returns the node that is called `stage/n`. Raises NOT_FOUND."""
        name, _, position = identity.rpartition("/")
        nodes = self.stage(name).nodes
        if not position.isdecimal() or int(position) >= len(nodes):
            raise not_found(
                f"no op '{identity}': stage '{name}' has the ops {name}/0 to "
                f"{name}/{len(nodes) - 1}"
            )
        return nodes[int(position)]

    def ancestors(self, serial: int) -> set[int]:
        """Returns all nodes that this one was derived from, itself not included."""
        return self.nodes.ancestors([serial])

    def descendants(self, serial: int) -> set[int]:
        """Returns all nodes that were derived from this one, itself not included."""
        return self.nodes.descendants([serial])

    def relatives(self, serial: int) -> set[int]:
        """Returns the node, its ancestors and its descendants: what lights up when a reader points
        at it.
        """
        return {serial} | self.ancestors(serial) | self.descendants(serial)

    def provenance_shares(self) -> list[ProvenanceShare]:
        """Returns, for each stage and instruction table, how many nodes come from the first stage,
        and how many were invented.
        """
        derived = self.nodes.marked_from(self.stages[0].nodes if self.stages else ())
        inventors = self.nodes.inventors
        invented = self.nodes.marked_from(n for n, by in enumerate(inventors) if by >= 0)
        rows = [(stage.name, stage.nodes) for stage in self.stages[1:]]
        rows += [(f"{table.kind}:{table.where}", table.nodes) for table in self.instructions]
        shares: list[ProvenanceShare] = []
        for name, serials in rows:
            from_source = sum(derived[serial] for serial in serials)
            by_a_pass = sum(invented[serial] > derived[serial] for serial in serials)
            shares.append(ProvenanceShare(name, len(serials), from_source, by_a_pass))
        return shares

    def decisions(self, kind: str | None = None) -> list[Decision]:
        """Returns the decisions of one kind, or all, in the order in which they were taken."""
        if kind is None:
            return list(self.decided)
        number = self.strings.numbers.get(kind)
        return [self.decided[n] for n, own in enumerate(self.decided.kinds) if own == number]

    @property
    def fusions(self) -> list[Fusion]:
        """Which ops share a dispatch and which do not, with the rules, the reasons and the counts, in
        the order in which it was decided."""
        from ireelite.records.fusions import fusions_of

        return list(fusions_of(self))

    def why(self, first: str, second: str) -> str:
        """Returns the decisions that concern both of two ops (`dispatch/3`, `dispatch/5`), in
        words, a line each; a decision about an op that they were made from, or that was made from
        them, counts.

        Raises NOT_FOUND for an identity that is not there.
        """
        families = [self.relatives(self.serial(identity)) for identity in (first, second)]
        found = (
            self.decided[n]
            for n in range(len(self.decided))
            if all(not family.isdisjoint(self.decided.about(n)) for family in families)
        )
        lines = [f"{one.kind}, by {one.pass_name}: {one.words()}" for one in found]
        return "\n".join(lines) or f"no pass recorded a decision about {first} and {second}"

    def summary(self) -> str:
        """Stages, passes and rewrites as text that two runs print the same (no times)."""
        lines = [f"compilation of {self.source or '<memory>'}"]
        for stage in self.stages:
            lines.append(f"  stage {stage.name}: {stage.rows_stored('nodes')} ops")
            for run in self.passes:
                if run.stage == stage.name:
                    lines.append(f"    made by {run.name}: {len(run.rewrites)} rewrites")
        for table in self.instructions:
            count = table.rows_stored("nodes")
            lines.append(f"  {table.kind} instructions of {table.where}: {count}")
        return "\n".join(lines)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CompilationRecord):
            return NotImplemented
        return (
            (self.source, self.module_digest) == (other.source, other.module_digest)
            and self.nodes == other.nodes
            and self.stages == other.stages
            and self.passes == other.passes
            and self.instructions == other.instructions
            and self.decided == other.decided
        )

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __repr__(self) -> str:
        stages = ", ".join(stage.name for stage in self.stages)
        return (
            f"<CompilationRecord {self.source or '<memory>'}: {len(self.nodes)} nodes; "
            f"stages {stages or 'none'}>"
        )

    # -- on disk -----------------------------------------------------------------------------------

    def to_bytes(self) -> bytes:
        """Returns the record as the bytes of a file."""
        from ireelite.records.file_format import to_bytes

        return to_bytes(self)

    @classmethod
    def from_bytes(cls, data: bytes) -> CompilationRecord:
        """Reads what `to_bytes` wrote, and JSON text of version 1.

        Raises INVALID_ARGUMENT for other formats and versions, DATA_LOSS for a damaged record.
        """
        from ireelite.records.file_format import from_bytes

        return from_bytes(data)

    def save(self, path: str | Path) -> None:
        """Writes the file whole, or not at all."""
        from ireelite.files import write_whole

        write_whole(path, self.to_bytes())

    @classmethod
    def load(cls, path: str | Path) -> CompilationRecord:
        """Reads a file that `save` wrote, or of version 1; its columns are read when they are used.

        Raises NOT_FOUND if there is no such file, and what `from_bytes` raises.
        """
        from ireelite.files import is_file

        if not is_file(path):
            raise not_found(f"failed to open file '{path}'")
        return cls.from_bytes(Path(path).read_bytes())

    def columns(self) -> Iterator[tuple[str, array[int]]]:
        """Yields (section name, column) of all columns, for writing."""
        self.nodes.fill()
        for table in (self.nodes, self.places, self.patterns, self.decided, self.op_texts):
            yield from table.columns()
        for prefix, stage in self.printed():
            yield from _under(prefix, stage)
            yield from _under(f"{prefix}op/", stage.op_spans)
            yield from _under(f"{prefix}value/", stage.value_spans)
            yield from _under(f"{prefix}name/", stage.name_starts)
            yield from _under(f"{prefix}type/", stage.value_types)
        for n, run in enumerate(self.passes):
            yield from _under(f"pass/{n}/", run.rewrites)
        for n, table in enumerate(self.instructions):
            yield from _under(f"table/{n}/", table)
            yield from _under(f"table/{n}/address/", table.addresses)

    def printed(self) -> Iterator[tuple[str, Stage]]:
        """Yields (section prefix, program) of all that was printed: the stages, then what passes
        left.
        """
        for n, stage in enumerate(self.stages):
            yield f"stage/{n}/", stage
        for n, run in enumerate(self.passes):
            if run.after is not None:
                yield f"pass/{n}/after/", run.after

    def _first_place(self) -> tuple[array[int], array[int]]:
        """Returns, for each node, the number of the first stage it stands in, and its position
        there.
        """
        if self._first_places is None or self._first_places[0] != len(self.stages):
            size = len(self.nodes)
            stages, positions = ints([-1]) * size, ints([-1]) * size
            for number in reversed(range(len(self.stages))):
                for position, serial in enumerate(self.stages[number].nodes):
                    stages[serial], positions[serial] = number, position
            self._first_places = len(self.stages), stages, positions
        return self._first_places[1:]


def _under(prefix: str, table: Columnar) -> Iterator[tuple[str, array[int]]]:
    for name in (*table.COLUMNS, *table.LATER):
        yield prefix + name, getattr(table, name)


@light_dataclass(frozen=True)
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
