"""Passes of any xDSL pipeline, recorded as our own compilations are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass, PassPipeline
from xdsl.pattern_rewriter import RewritePattern

from ireelite.interrupts import interruptible
from ireelite.own_passes import apply_pass, checked_pass, name_of
from ireelite.provenance import Tracker
from ireelite.provenance.watching import watching
from ireelite.records import CompilationRecord
from ireelite.status import StatusError, invalid_argument
from ireelite.syntax.printer import Spans, print_spans
from workbench.model.numbers import quantity

INPUT, OUTPUT = "input", "output"
"""The stages of a record of passes: the program as it was given, and as it is after the last."""


@dataclass(frozen=True, repr=False)
class RecordedPasses:
    """What `record_passes` returns: each view takes it, as it takes a compiled program."""

    record: CompilationRecord
    module: ModuleOp
    """The program after the last pass; the one that was given is as it was."""

    def __repr__(self) -> str:
        runs = self.record.passes
        count = sum(len(run.rewrites) for run in runs)
        idle = sum(run.after is None for run in runs)
        passes, rewrites = quantity(len(runs), "pass", "passes"), quantity(count, "rewrite")
        return f"<RecordedPasses: {passes}, {rewrites}, {idle} changed nothing>"


@interruptible("workbench.record_passes")
def record_passes(
    module: ModuleOp | str | Path, passes: Any, context: Context | None = None
) -> RecordedPasses:
    """Runs xDSL passes over a copy of a module and records every rewrite, and the program after each
    pass that changed it.

    `module` is a module, MLIR text, or the path of a file with it. `passes` is a pipeline as
    `xdsl-opt -p` takes it ("canonicalize,cse"), a `ModulePass` or `RewritePattern` (or a class of
    either), or a list of these. `context` has the dialects; by default, those of xDSL and of
    `ireelite`. Raises NOT_FOUND for a file that is not there, INVALID_ARGUMENT for text that can't be
    read, for anything that is no pass, and for a pass that leaves the module invalid.

    Example:
        class AddToShift(RewritePattern): ...

        done = workbench.record_passes(text, ["canonicalize", AddToShift, "cse"])
        workbench.RewriteStepper(done)
        workbench.StageDiff(done, "input", "cse")
    """
    context = context or _context()
    program, source = _module(module, context)
    steps = list(_passes(passes))
    tracker = Tracker(source)
    _add_stage(tracker, INPUT, print_spans(program))
    for own in steps:
        name = name_of(type(own))
        with tracker.running(name, OUTPUT):
            with watching(tracker, own, program):
                apply_pass(own, program, context)
            _verify(program, name)
            tracker.program(program)
    _add_stage(tracker, OUTPUT, print_spans(program))
    return RecordedPasses(tracker.record, program)


def _add_stage(tracker: Tracker, name: str, spans: Spans) -> None:
    tracker.stage(
        name, spans.ops, spans.text, spans.op_spans, spans.value_spans, spans.name_starts,
        spans.complete, spans.value_types,
    )  # fmt: skip


def _passes(given: Any) -> Iterator[ModulePass | RewritePattern]:
    if isinstance(given, str):
        from xdsl.transforms import get_all_passes
        from xdsl.utils.exceptions import ArgSpecParseError

        try:
            yield from PassPipeline.parse_spec(get_all_passes(), given).passes
        # xDSL's parser of pipelines raises bare exceptions, and one that is not even an Exception.
        except (Exception, ArgSpecParseError) as error:
            said = str(error).strip().splitlines() or [type(error).__name__]
            message = said[-1].strip() if isinstance(error, ArgSpecParseError) else said[0]
            raise invalid_argument(f"pipeline '{given}': {message}") from error
    elif isinstance(given, Sequence):
        for one in given:
            yield from _passes(one)
    else:
        yield checked_pass(given)


def _module(given: ModuleOp | str | Path, context: Context) -> tuple[ModuleOp, str]:
    """Returns a copy of a module and its name."""
    if isinstance(given, ModuleOp):
        return given.clone(), "module"
    from ireelite.importers.source import read_source
    from ireelite.syntax.parser import parse_module

    if isinstance(given, str) and any(letter in given for letter in "\n{("):  # no path has these
        return parse_module(given, "module", context), "module"
    if not isinstance(given, str | Path):
        kind = type(given).__name__
        raise invalid_argument(f"expected a module, MLIR text or the path of a file, not {kind}")
    read = read_source(given)
    return parse_module(read.text, read.name, context), Path(read.name).name


def _context() -> Context:
    """Returns the dialects of `ireelite`, and those of xDSL that it has not."""
    from xdsl.dialects import get_all_dialects

    from ireelite.syntax.context import DIALECTS, make_context

    context = make_context()
    for name, load in get_all_dialects().items():
        if name not in DIALECTS and name != "builtin":
            context.register_dialect(name, load)
    return context


def _verify(program: ModuleOp, name: str) -> None:
    from ireelite.syntax.parser import verify

    try:
        verify(program)
    except StatusError as error:
        message = f"{error.message}; pass '{name}' left this op invalid"
        raise invalid_argument(message) from error
