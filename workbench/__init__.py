"""The workbench: what `ireelite` does, to be seen in a notebook, in a terminal, and in a file.

    what is looked at            view
    a compilation, whole         PipelineMap, IRView
    its passes and rewrites      RewriteStepper, StageDiff
    what it made                 DispatchGraph, ExecutableView, MemoryPlan
    a run                        FenceTimeline, TensorPeek, VMDebugger
    modules of one context       ModuleMap
    all that apply to anything   Workbench, workbench.open
    several of them in one file  page
    passes of yours, of xDSL     record_passes
    upstream's printed passes    read_dump

A compilation is seen if it was made with `record=True`, and so is a run of a module that was loaded
with it. Views of one program share a `Selection`: an op chosen in one is lit in all of them.

Example:
    program = ireelite.compile("model.pb", record=True)
    view = workbench.IRView(program)
    view                          # in a notebook: a live widget, a picture without a kernel
    print(view.to_text())         # in a terminal
    Path("report.html").write_text(view.to_html())

Every view has `to_text`, `to_svg`, `to_html` and `to_json`; `help(workbench.IRView)` says what it
shows and which keys it has. The names below are loaded at their first use, so a view model needs no
widget library. `Exercise` and `Verdict` are what the lessons in `notebooks/` are made of.
"""

from __future__ import annotations

import ireelite  # noqa: F401  # isort: skip - first: it handles Ctrl-C during these imports
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ireelite.interrupts import interruptible

if TYPE_CHECKING:
    from workbench.dumps import read_dump
    from workbench.exercises import Exercise, Verdict
    from workbench.model.device_values import device_values
    from workbench.model.selection import Selection
    from workbench.recording import record_passes
    from workbench.widgets.debug_views import VMDebugger
    from workbench.widgets.layout import Workbench
    from workbench.widgets.layout import open_workbench as open
    from workbench.widgets.step_views import RewriteStepper, StageDiff
    from workbench.widgets.structure_views import (
        DispatchGraph,
        ExecutableView,
        MemoryPlan,
        ModuleMap,
    )
    from workbench.widgets.tensor_views import TensorPeek
    from workbench.widgets.view import page
    from workbench.widgets.views import FenceTimeline, IRView, PipelineMap

_HOMES = {
    "Exercise": "workbench.exercises",
    "Verdict": "workbench.exercises",
    "Selection": "workbench.model.selection",
    "device_values": "workbench.model.device_values",
    "DispatchGraph": "workbench.widgets.structure_views",
    "ExecutableView": "workbench.widgets.structure_views",
    "MemoryPlan": "workbench.widgets.structure_views",
    "ModuleMap": "workbench.widgets.structure_views",
    "PipelineMap": "workbench.widgets.views",
    "IRView": "workbench.widgets.views",
    "FenceTimeline": "workbench.widgets.views",
    "TensorPeek": "workbench.widgets.tensor_views",
    "VMDebugger": "workbench.widgets.debug_views",
    "RewriteStepper": "workbench.widgets.step_views",
    "StageDiff": "workbench.widgets.step_views",
    "Workbench": "workbench.widgets.layout",
    "page": "workbench.widgets.view",
    "read_dump": "workbench.dumps",
    "record_passes": "workbench.recording",
}

__all__ = [
    "DispatchGraph",
    "ExecutableView",
    "Exercise",
    "FenceTimeline",
    "IRView",
    "MemoryPlan",
    "ModuleMap",
    "PipelineMap",
    "RewriteStepper",
    "Selection",
    "StageDiff",
    "TensorPeek",
    "VMDebugger",
    "Verdict",
    "Workbench",
    "device_values",
    "open",
    "page",
    "read_dump",
    "record_passes",
]


def __getattr__(name: str) -> Any:
    home = "workbench.widgets.layout" if name == "open" else _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}")
    with interruptible(f"the import of workbench.{name}"):
        return getattr(import_module(home), "open_workbench" if name == "open" else name)


def __dir__() -> list[str]:
    return sorted(__all__)
