"""The workbench: everything `ireelite` does, to be seen in a notebook, in a terminal, and in a file
sent by mail.

    view = workbench.IRView(program)        # a live widget in a notebook, a picture where nothing
    runs print(view.to_text())                   # the same in a terminal
    Path("report.html").write_text(view.to_html())

The names below are loaded when they are used, so that a view model can be had without a widget
library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.exercises import Exercise, Verdict
    from workbench.model.selection import Selection
    from workbench.widgets.fence_timeline import FenceTimeline
    from workbench.widgets.ir_view import IRView
    from workbench.widgets.page import page
    from workbench.widgets.pipeline_map import PipelineMap
    from workbench.widgets.tensor_peek import TensorPeek

_HOMES = {
    "Exercise": "workbench.exercises",
    "Verdict": "workbench.exercises",
    "Selection": "workbench.model.selection",
    "PipelineMap": "workbench.widgets.pipeline_map",
    "IRView": "workbench.widgets.ir_view",
    "FenceTimeline": "workbench.widgets.fence_timeline",
    "TensorPeek": "workbench.widgets.tensor_peek",
    "page": "workbench.widgets.page",
}

__all__ = [
    "Exercise",
    "FenceTimeline",
    "IRView",
    "PipelineMap",
    "Selection",
    "TensorPeek",
    "Verdict",
    "page",
]


def __getattr__(name: str) -> Any:
    if (home := _HOMES.get(name)) is None:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
