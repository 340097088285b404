"""Who came from whom: follows operations through passes, and fills a record while it does.

A `Tracker` gives each operation it meets a serial number (operations hash by identity and the
tracker keeps them alive, so a number is never used twice). Two things teach it ancestry: a
conversion rule (`lowering/conversion.py`) tells it which op is being converted, and instruction
encoders hand their origins back.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

from xdsl.ir import Operation, SSAValue

from ireelite.records import (
    CompilationRecord,
    Decision,
    InstructionTable,
    Node,
    PassRun,
    Rewrite,
    Stage,
    TextSpan,
)

if TYPE_CHECKING:
    from xdsl.pattern_rewriter import RewritePattern

    from ireelite.provenance.listener import RewriteListener

SOURCE_ROOT = Path(__file__).resolve().parents[2]


class Tracker:
    """Fills a compilation record. One tracker follows one compilation."""

    def __init__(self, source: str = ""):
        self.record = CompilationRecord(source=source)
        self._serials: dict[Operation, int] = {}
        self._run: PassRun | None = None
        self._places: dict[object, tuple[str, str, int]] = {}

    # -- ops ---------------------------------------------------------------------------------------

    def serial(self, op: Operation) -> int:
        """The op's number, given at the first meeting."""
        if (known := self._serials.get(op)) is not None:
            return known
        serial = self._serials[op] = self._new_node(op.name)
        return serial

    def _new_node(self, name: str) -> int:
        nodes = self.record.nodes
        nodes.append(Node(len(nodes), name))
        return len(nodes) - 1

    def derive(self, op: Operation, parents: Iterable[Operation]) -> None:
        """Notes that `op` was made from `parents`."""
        node = self.record.nodes[self.serial(op)]
        for parent in parents:
            serial = self.serial(parent)
            if serial != node.serial and serial not in node.parents:
                node.parents.append(serial)

    def invent(self, op: Operation) -> None:
        """Notes that the running pass made `op` from nothing in particular."""
        node = self.record.nodes[self.serial(op)]
        if not node.parents and node.invented_by is None:
            node.invented_by = self._run.name if self._run is not None else "input"

    def merge(self, kept: Operation, replaced: Operation) -> None:
        """Notes that `kept` also does the work of `replaced` from now on, as after common
        subexpressions are eliminated: `kept` becomes a new node, made from both.
        """
        parents = [self.serial(kept), self.serial(replaced)]
        serial = self._serials[kept] = self._new_node(kept.name)
        self.record.nodes[serial].parents += parents

    # -- passes and rewrites -----------------------------------------------------------------------

    @contextmanager
    def running(self, name: str, stage: str) -> Iterator[None]:
        """Records one pass: its time, and the rewrites that are noted inside the block."""
        run = self._run = PassRun(name, stage, 0)
        self.record.passes.append(run)
        start = time.perf_counter_ns()
        try:
            yield
        finally:
            run.nanoseconds = time.perf_counter_ns() - start
            self._run = None

    def rewrite(
        self,
        pattern: Callable[..., object] | RewritePattern,
        ops_in: Sequence[Operation],
        ops_out: Sequence[Operation],
    ) -> None:
        """Notes one application of a rule or pattern,
        and that what it made came from what it matched.
        """
        for op in ops_out:
            self.derive(op, ops_in)
        if self._run is not None:
            name, file, line = self._place(pattern)
            serials_in = [self.serial(op) for op in ops_in]
            serials_out = [self.serial(op) for op in ops_out]
            self._run.rewrites.append(Rewrite(name, file, line, serials_in, serials_out))

    def listener(self) -> RewriteListener:
        """A listener for a greedy pattern driver, which records each application of a pattern."""
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
        self.record.decided.append(
            Decision(
                kind,
                tuple(self.serial(op) for op in ops),
                verdict,
                reason,
                dict(facts or {}),
                self._run.name if self._run is not None else "",
            )
        )

    def _place(self, pattern: Callable[..., object] | RewritePattern) -> tuple[str, str, int]:
        """Name, file and line of the source of a rule, or of a pattern's class."""
        key = pattern if hasattr(pattern, "__name__") else type(pattern)
        if (known := self._places.get(key)) is None:
            known = self._places[key] = _place_of(key)
        return known

    # -- stages and instructions -------------------------------------------------------------------

    def stage(
        self,
        name: str,
        ops: Sequence[Operation],
        text: str,
        op_spans: Iterable[tuple[int, int, Operation]],
        value_spans: Iterable[tuple[int, int, SSAValue]],
    ) -> None:
        """Records a stage boundary: `ops` in pre-order,
        and where they and the values stand in the text.
        """
        position = {op: n for n, op in enumerate(ops)}
        if self.record.stages:
            for op in ops:
                self._explain(op)
        numbers: dict[SSAValue, int] = {}
        stage = Stage(name, text, [self.serial(op) for op in ops])
        stage.op_spans = [TextSpan(a, b, position[op]) for a, b, op in op_spans if op in position]
        stage.value_spans = [
            TextSpan(a, b, numbers.setdefault(value, len(numbers))) for a, b, value in value_spans
        ]
        self.record.stages.append(stage)

    def _explain(self, op: Operation) -> None:
        """An op that no rule claims was made together with the op around it;
        a module continues the last one.
        """
        node = self.record.nodes[self.serial(op)]
        if node.parents or node.invented_by is not None:
            return
        around = op.parent_op()
        if around is None:
            node.parents.append(self.record.stages[-1].nodes[0])
            return
        outer = self.record.nodes[self.serial(around)]
        if outer.parents:
            node.parents.extend(outer.parents)
        else:
            node.invented_by = outer.invented_by

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
        table = InstructionTable(kind, where, [], [])
        for address, mnemonic, origin in rows:
            serial = self._new_node(mnemonic)
            node = self.record.nodes[serial]
            if isinstance(origin, Operation):
                node.parents.append(self.serial(origin))
            else:
                node.invented_by = origin if isinstance(origin, str) else pass_name
            table.addresses.append(address)
            table.nodes.append(serial)
        self.record.instructions.append(table)


def _place_of(rule: Any) -> tuple[str, str, int]:
    """Name, file and first line of a function, or of the method that a pattern's class matches
    with.
    """
    method = getattr(rule, "match_and_rewrite", rule)
    code = getattr(inspect.unwrap(method), "__code__", None)
    # xDSL's decorator of patterns keeps the method that it wraps in its closure alone.
    for cell in getattr(method, "__closure__", None) or ():
        inner = cell.cell_contents
        if isinstance(inner, FunctionType) and inner.__name__ == "match_and_rewrite":
            code = inner.__code__
    if code is None:
        source = inspect.getsourcefile(method) or ""
        file, line = source, inspect.getsourcelines(method)[1]
    else:
        file, line = code.co_filename, code.co_firstlineno
    path = Path(file)
    relative = path.relative_to(SOURCE_ROOT) if path.is_relative_to(SOURCE_ROOT) else path.name
    return getattr(rule, "__name__", type(rule).__name__), Path(relative).as_posix(), line
