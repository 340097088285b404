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
            f"{view} shows a compilation, and a {_name(source)} has the record of a run: pass the "
            f"program, as in {view}(ireelite.compile(source, record=True)); "
            "FenceTimeline shows runs"
        )
    raise invalid_argument(
        f"{view} shows a compiled program or its record, not a {_name(source)}: pass what "
        "ireelite.compile(source, record=True) returns"
    )


def execution_of(source: Any, view: str) -> ExecutionRecord:
    """Returns the record of the runs of a loaded module; a record is its own.

    Raises INVALID_ARGUMENT for anything else, with what `view` takes.
    """
    record = getattr(source, "record", source)
    if isinstance(record, ExecutionRecord):
        return record
    raise invalid_argument(
        f"{view} shows the runs of a loaded module or their record, not a {_name(source)}: pass "
        "what ireelite.load(program, record=True) returns, after a call"
    )


def _name(source: Any) -> str:
    return type(source).__name__
