"""The fence timeline as a widget."""

from __future__ import annotations

from typing import Any

from ireelite.records import CompilationRecord, ExecutionRecord
from workbench.model import fence_timeline as model
from workbench.model.selection import Selection, shared_selection
from workbench.render.assets import script
from workbench.render.svg import Drawing
from workbench.render.svg_timeline import draw_timeline
from workbench.render.text import timeline_text
from workbench.widgets.base import View, record_of


class FenceTimeline(View):
    """A run as lanes: the host and each queue, with an arrow from every cause to its effect.

    `source` is a loaded module or its record of execution. With `program` (what was compiled, or
    its record) a click on a slice lights the ops it ran, and an op lights its slices. `memory` adds
    the live bytes.
    """

    _esm = script("timeline")
    kind = model.KIND

    def __init__(
        self,
        source: Any,
        program: Any = None,
        memory: bool = False,
        selection: Selection | None = None,
    ):
        record: ExecutionRecord = record_of(source)
        compilation: CompilationRecord | None = record_of(program) if program is not None else None
        self.model = model.FenceTimeline(record, compilation, memory)
        data = {**self.model.state(), "label": self.label()}
        super().__init__(data, selection or shared_selection(compilation))

    def label(self) -> str:
        model = self.model
        counts = f"{len(model.lanes)} lanes with {len(model.slices)} slices and {len(model.arrows)} arrows"
        return f"A run on {counts} from cause to effect"

    def to_text(self) -> str:
        return timeline_text(self.model)

    def drawing(self) -> Drawing:
        return draw_timeline(self.model)
