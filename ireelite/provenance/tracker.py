"""Follows operations through passes, and fills a record while it does.

A `Tracker` gives each operation it meets a serial number. Three things teach it ancestry: a
conversion rule (`lowering/rewriting/conversion.py`) names the op that is being converted, a greedy
pattern driver reports to a listener, and instruction encoders return their origins.

Operations are known by `id` and kept alive for two stages: an executable's instructions are
recorded one stage after its ops were last part of the program. What died before is columns only.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import CodeType
from typing import TYPE_CHECKING, Any

from xdsl.dialects.builtin import (
    ArrayAttr,
    FileLineColLoc,
    FusedLoc,
    NameLoc,
    StringAttr,
    UnknownLoc,
)
from xdsl.ir import Attribute, Operation, SSAValue

from ireelite.provenance.pattern_places import place_of, place_of_code
from ireelite.records import CompilationRecord, Decision, PassRun, TextSpans
from ireelite.records.compilation import new_stage
from ireelite.syntax.op_line import op_line

if TYPE_CHECKING:
    from xdsl.pattern_rewriter import RewritePattern

    from ireelite.provenance.listener import RewriteListener

EXECUTABLE = "iree.multi_arch_executable"
NONE = -1


class Tracker:
    """Fills a compilation record. One tracker follows one compilation."""

    def __init__(self, source: str = "", keeps_programs: bool = False):
        self.record = CompilationRecord(source=source)
        self.keeps_programs = keeps_programs
        """Whether the program is to be printed after each pass that changed it, not only at stages."""
        self._text = ""
        """The program as it was printed last."""
        self._aside = 0
        """The time that the running pass has spent on printing, in nanoseconds."""
        self._serials: dict[int, int] = {}
        """`id` of an op that is kept alive -> its serial number."""
        self._kept: list[Operation] = []
        """The ops that were met since the last stage."""
        self._stage_ops: Sequence[Operation] = ()
        self._alive: tuple[Sequence[Operation], ...] = ()
        """What keeps the ops alive whose serial numbers are known."""
        self._run: PassRun | None = None
        self._patterns: dict[object, int] = {}
        self._locations: dict[int, tuple[Attribute, int]] = {}
        self._printed: set[int] = set()
        """Serials of the ops of the program that was printed last."""
        self._derived: dict[tuple[CodeType, tuple[int, ...]], list[int]] = {}
        """What the running pass derived by no rule: function and sources -> the ops made."""
        self._rewrites = 0
        """How many rewrites the record has."""
        self._last_event = 0
        """When the running pass began, or when its last rewrite ended, in nanoseconds."""

    # -- ops ---------------------------------------------------------------------------------------

    def serial(self, op: Operation) -> int:
        """Returns the op's number, given at the first meeting."""
        if (known := self._serials.get(id(op))) is not None:
            return known
        return self._new_serial(op)

    def knows(self, op: Operation) -> bool:
        """Returns whether the op has a number."""
        return id(op) in self._serials

    def _new_serial(self, op: Operation) -> int:
        nodes = self.record.nodes
        serial = self._serials[id(op)] = nodes.append(nodes.strings.number(op.name))
        self._kept.append(op)
        return serial

    def derive(self, op: Operation, parents: Iterable[Operation]) -> None:
        """Notes that `op` was made from `parents`."""
        serial, nodes = self.serial(op), self.record.nodes
        sources = [self.serial(parent) for parent in parents]
        for source in sources:
            nodes.add_parent(serial, source)
        if self._run is not None and not self._run.rewrites:
            self._derived.setdefault((sys._getframe(1).f_code, tuple(sources)), []).append(serial)

    def invent(self, op: Operation) -> None:
        """Notes that the running pass made `op` from no other op in particular."""
        serial, nodes = self.serial(op), self.record.nodes
        if nodes.first_parents[serial] == NONE and nodes.inventors[serial] == NONE:
            name = self._run.name if self._run is not None else "input"
            nodes.inventors[serial] = nodes.strings.number(name)

    def merge(self, kept: Operation, replaced: Operation) -> None:
        """Notes that `kept` also does the work of `replaced` from now on, as after common
        subexpressions are eliminated: `kept` becomes a new node, made from both.
        """
        parents = (self.serial(kept), self.serial(replaced))
        serial, nodes = self._new_serial(kept), self.record.nodes
        for parent in parents:
            nodes.add_parent(serial, parent)

    # -- passes and rewrites -----------------------------------------------------------------------

    @contextmanager
    def running(self, name: str, stage: str) -> Iterator[None]:
        """Records one pass: its time, and the rewrites that are noted inside the block."""
        run = self._run = self.record.add_pass(name, stage)
        start = self._last_event = time.perf_counter_ns()
        self._aside = 0
        try:
            yield
        finally:
            run.nanoseconds = time.perf_counter_ns() - start - self._aside
            self._add_derivations(run)
            self._run = None

    def _add_derivations(self, run: PassRun) -> None:
        """Gives a pass that names no rules a rewrite for each group of ops that one function derived
        from the same ops: the passes that schedule kernels build them anew.
        """
        derived, self._derived = self._derived, {}
        if run.rewrites:
            return
        for (code, sources), made in derived.items():
            number = self.record.patterns.number(*place_of_code(code.co_name, code))
            run.rewrites.add(number, sources, made)
        self._rewrites += len(derived)

    def rewrite(
        self,
        pattern: Callable[..., object] | RewritePattern,
        ops_in: Sequence[Operation],
        ops_out: Sequence[Operation],
    ) -> None:
        """Records one application of a rule or pattern: the ops that it made come from the ops that
        it matched.
        """
        serials = self._serials
        sources = [serials.get(id(op), NONE) for op in ops_in]
        if NONE in sources:
            sources = [self.serial(op) for op in ops_in]
        for op, serial in zip(ops_in, sources, strict=True):
            self._keep_old_text(op, serial)
        first, made = self.record.nodes.first_parents, []
        for op in ops_out:
            if (serial := serials.get(id(op))) is None:
                serial = self._new_serial(op)
                if len(sources) == 1:
                    first[serial] = sources[0]
                    made.append(serial)
                    continue
            made.append(serial)
            for source in sources:
                self.record.nodes.add_parent(serial, source)
        if self._run is not None:
            number = self._pattern(pattern)
            now = time.perf_counter_ns()
            self._run.rewrites.add(number, sources, made, now - self._last_event)
            self._rewrites += 1
            # Keeping texts and columns is no part of the next rewrite.
            self._last_event = time.perf_counter_ns()

    def rewrite_in_place(
        self, pattern: Callable[..., object], op: Operation, made: Sequence[Operation]
    ) -> None:
        """Records one application of a rule that replaced an op by `made`. New ops in the regions
        of `made`, or directly before it in its block, also come from the op.
        """
        new = [
            inner for one in made for inner in one.walk() if inner is one or not self.knows(inner)
        ]
        before = made[0].prev_op if made else None
        while before is not None and not self.knows(before):
            new[:0] = before.walk()
            before = before.prev_op
        self.rewrite(pattern, [op], new)

    def removed_in_pass(self) -> set[int]:
        """Serials of the ops that rewrites of the running pass have matched."""
        if self._run is None:
            return set()
        rewrites, told, begin = self._run.rewrites, set[int](), 0
        for middle, end in zip(rewrites.ends[::2], rewrites.ends[1::2], strict=True):
            told.update(rewrites.ops[begin:middle])
            begin = end
        return told

    def program(self, module: Operation) -> None:
        """Records the program as the running pass leaves it, if the pass changed it."""
        from ireelite.syntax.printer import print_spans

        if self._run is None:
            return
        begin = time.perf_counter_ns()
        program = print_spans(module)
        if program.text != self._text:
            stage = self._run.after = new_stage(self._run.name, program.text)
            self._describe(program.ops)
            stage.nodes.extend(self._numbers_of(program.ops))
            stage.complete = program.complete
            stage.op_spans, stage.value_spans = program.op_spans, program.value_spans
            stage.name_starts.values.extend(program.name_starts)
            stage.value_types.values.extend(map(self.record.strings.number, program.value_types))
            self._printed, self._text = set(stage.nodes), program.text
        self._aside += time.perf_counter_ns() - begin

    def keep_text(self, op: Operation) -> None:
        """Keeps the text of an op that a rewrite is about to remove, unless a stage has it."""
        if (serial := self._serials.get(id(op))) is not None:
            self._keep_old_text(op, serial)

    def keep_new_text(self, op: Operation) -> None:
        """Keeps the text of an op that a rewrite has changed in place."""
        self.record.op_texts.add(
            self.serial(op), 2 * self._rewrites + 1, op_line(op, self._name_of)
        )
        self._printed.add(self.serial(op))

    def _keep_old_text(self, op: Operation, serial: int) -> None:
        if serial not in self._printed:
            self._printed.add(serial)
            self.record.op_texts.add(serial, 2 * self._rewrites, op_line(op, self._name_of))

    def _name_of(self, op: Operation) -> object:
        return self._serials.get(id(op), "")

    def listener(self) -> RewriteListener:
        """Returns a listener for a greedy pattern driver, which records each application of a
        pattern.
        """
        from ireelite.provenance.listener import RewriteListener

        return RewriteListener(self)

    def decide(
        self,
        kind: str,
        ops: Sequence[Operation],
        verdict: str,
        reason: str,
        facts: Mapping[str, int | float | str] | None = None,
    ) -> None:
        """Records why the running pass did something to `ops`, or did not.

        `kind` groups decisions (`fusion`), `verdict` is a word or two (`fused`, `not fused`),
        `reason` a sentence, and `facts` are the figures that it rests on.
        """
        serials = tuple(self.serial(op) for op in ops)
        by = self._run.name if self._run is not None else ""
        self.record.decided.append(Decision(kind, serials, verdict, reason, dict(facts or {}), by))

    def _pattern(self, pattern: Callable[..., object] | RewritePattern) -> int:
        """Returns the number of a rule, or of a pattern's class."""
        key = pattern if hasattr(pattern, "__name__") else type(pattern)
        if (known := self._patterns.get(key)) is None:
            known = self._patterns[key] = self.record.patterns.number(*place_of(key))
        return known

    # -- stages and instructions -------------------------------------------------------------------

    def stage(
        self,
        name: str,
        ops: Sequence[Operation],
        text: str,
        op_spans: Iterable[tuple[int, int, Operation]] | TextSpans,
        value_spans: Iterable[tuple[int, int, SSAValue]] | TextSpans,
        name_starts: Sequence[int] = (),
        complete: bool = True,
        value_types: Iterable[str] = (),
    ) -> None:
        """Records a stage boundary: `ops` in pre-order, and where they and the values stand in the
        text. Spans are columns, as `syntax.printer.print_spans` makes them, or rows; the types are
        those of the values in the order in which the text first mentions them.

        `complete` says that the text can be read back.
        """
        self._describe(ops)
        stage = self.record.add_stage(name, text, self._numbers_of(ops))
        stage.complete = complete
        stage.op_spans = _columns(op_spans, {op: n for n, op in enumerate(ops)})
        stage.value_spans = _columns(value_spans, {})
        stage.name_starts.values.extend(name_starts)
        self._printed, self._text = set(stage.nodes), text
        stage.value_types.values.extend(map(self.record.strings.number, value_types))
        self._forget(ops)

    def _numbers_of(self, ops: Sequence[Operation]) -> list[int]:
        serials = self._serials
        return [serials[id(op)] for op in ops]

    def _forget(self, ops: Sequence[Operation]) -> None:
        """Releases the ops that stood neither in this stage nor in the one before, and were not
        met between the two.
        """
        serials = self._serials
        self._alive = (self._stage_ops, self._kept, ops)
        self._serials = {id(op): serials[id(op)] for group in self._alive for op in group}
        self._stage_ops, self._kept = ops, []

    def _describe(self, ops: Sequence[Operation]) -> None:
        """Gives the ops of a stage their explanation, place and symbols.

        An op that no rule claims was made together with the op around it; a module continues the
        last one.
        """
        nodes, record = self.record.nodes, self.record
        root = record.stages[-1].nodes[0] if record.stages and record.stages[-1].nodes else NONE
        for op in ops:
            self.serial(op)
        nodes.fill()
        serials, number = self._serials, nodes.strings.number
        first, inventors = nodes.first_parents, nodes.inventors
        symbols, executables, entries = nodes.symbols, nodes.executables, nodes.entry_points
        locations = nodes.locations
        for op in ops:
            serial = serials[id(op)]
            around = op.parent_op()
            outer = NONE if around is None else serials.get(id(around), NONE)
            if root != NONE and first[serial] == NONE and inventors[serial] == NONE:
                if outer == NONE:
                    nodes.add_parent(serial, root)
                elif first[outer] != NONE:
                    for parent in nodes.parents(outer):
                        nodes.add_parent(serial, parent)
                else:
                    inventors[serial] = inventors[outer]
            if outer != NONE:
                executables[serial] = executables[outer]
                entries[serial] = entries[outer]
            if op.regions and isinstance(symbol := _symbol(op), StringAttr):
                symbols[serial] = known = number(symbol.data)
                if op.name == EXECUTABLE:
                    executables[serial] = known
                elif executables[serial] != NONE and op.name.endswith(".func"):
                    entries[serial] = known
            elif isinstance(symbol := _symbol(op), StringAttr):
                symbols[serial] = number(symbol.data)
            if locations[serial] == NONE and not isinstance(op.location, UnknownLoc):
                locations[serial] = self._location(op.location)

    def _location(self, location: Attribute) -> int:
        """Returns the number of a source location; what was made of several ops is where the first
        is.
        """
        if (known := self._locations.get(id(location))) is not None:
            return known[1]
        inner = location
        while isinstance(inner, FusedLoc) and isinstance(inner.locations, ArrayAttr):
            inner = inner.locations.data[0]
        match inner:
            case FileLineColLoc():
                place = (inner.filename.data, inner.line.data, inner.column.data)
                number = self.record.places.number(*place)
            case NameLoc():
                number = self.record.places.number(inner.desc.data, 0, 0)
            case _:
                number = NONE
        self._locations[id(location)] = location, number
        return number

    def instructions(
        self,
        kind: str,
        where: str,
        rows: Iterable[tuple[tuple[int, ...], str, object]],
        pass_name: str,
    ) -> None:
        """Records an instruction table from (address, mnemonic, origin) rows.

        An origin is the operation the instruction was encoded from, or the name of the pass that
        invented it, or None, in which case the encoder `pass_name` invented it.
        """
        rows = list(rows)
        nodes, serials = self.record.nodes, self._serials
        number = nodes.strings.number
        table = self.record.add_instructions(kind, where, len(rows[0][0]) if rows else 1)
        executable = where.partition("/")[0] if where != "module" else None
        described: list[tuple[int, int]] = []
        for address, mnemonic, origin in rows:
            serial = nodes.append(number(mnemonic))
            if isinstance(origin, Operation):
                source = serials.get(id(origin))
                source = self.serial(origin) if source is None else source
                nodes.first_parents[serial] = source
                described.append((serial, source))
            else:
                name = origin if isinstance(origin, str) else pass_name
                nodes.inventors[serial] = number(name)
            table.addresses.flat.extend(address)
            table.nodes.append(serial)
        nodes.fill()
        for column in (nodes.entry_points, nodes.locations):
            for serial, source in described:
                column[serial] = column[source]
        for serial in table.nodes:
            nodes.executables[serial] = number(executable)


def _symbol(op: Operation) -> Attribute | None:
    """Returns the name that an op defines."""
    found = op.properties.get("sym_name")
    return found if found is not None else op.attributes.get("sym_name")


def _columns(
    spans: Iterable[tuple[int, int, object]] | TextSpans, numbers: dict[Any, int]
) -> TextSpans:
    """Spans as columns; what they belong to is numbered, in the order of appearance if it is not
    numbered yet.
    """
    if isinstance(spans, TextSpans):
        return spans
    columns = TextSpans()
    for start, end, owner in spans:
        columns.add(start, end, numbers.setdefault(owner, len(numbers)))
    return columns
