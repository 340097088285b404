"""The records of what a reader passes to a view."""

from __future__ import annotations

from typing import Any

from ireelite.records import CompilationRecord, ExecutionRecord
from ireelite.session import LoadedModule
from ireelite.status import invalid_argument


def compilation_of(source: Any, view: str) -> CompilationRecord:
    """Returns the record of compilation of a program; a record is its own.

    Raises INVALID_ARGUMENT for anything else, with what `view` takes.
    """
    is_loaded = isinstance(source, LoadedModule)
    record = None if is_loaded else getattr(source, "record", source)
    if isinstance(record, CompilationRecord):
        return record
    if is_loaded or isinstance(record, ExecutionRecord):
        raise invalid_argument(
            f"{view} shows a compilation, and {_name(source)} has the record of a run: pass the "
            f"program, as in {view}(ireelite.compile(source, record=True)); "
            "FenceTimeline shows runs"
        )
    raise invalid_argument(
        f"{view} shows a compiled program or its record, not {_name(source)}: pass what "
        "ireelite.compile(source, record=True) returns"
    )


def execution_of(source: Any, view: str) -> ExecutionRecord:
    """Returns the record of the runs of a loaded module; a record is its own.

    Raises INVALID_ARGUMENT for anything else, with what `view` takes.
    """
    record = source.record if isinstance(source, LoadedModule) else source
    if isinstance(record, ExecutionRecord):
        return record
    from ireelite.program import Program  # late: who shows runs alone needs no compiler

    if isinstance(record, Program | CompilationRecord):
        raise invalid_argument(
            f"{view} shows runs, and {_name(source)} has the record of a compilation: pass the module, "
            f"as in {view}(ireelite.load(program, record=True)), after a call; PipelineMap shows "
            "compilations"
        )
    raise invalid_argument(
        f"{view} shows the runs of a loaded module or their record, not {_name(source)}: pass "
        "what ireelite.load(program, record=True) returns, after a call"
    )


def _name(source: Any) -> str:
    return type(source).__name__
