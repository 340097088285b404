"""The pipeline map as a widget."""

from __future__ import annotations

from typing import Any

from ireelite.records import CompilationRecord
from workbench.model import pipeline_map as model
from workbench.model.selection import Selection, shared_selection
from workbench.render.assets import script
from workbench.render.svg import Drawing
from workbench.render.svg_pipeline import draw_pipeline
from workbench.render.text import pipeline_text
from workbench.widgets.base import View, record_of


class PipelineMap(View):
    """The stages of a compilation as a strip, each with its ops and the passes that made it.

    `source` is a compiled program or its record; `here` lights one stage.
    """

    _esm = script("pipeline")
    kind = model.KIND

    def __init__(self, source: Any, here: str | None = None, selection: Selection | None = None):
        record: CompilationRecord = record_of(source)
        self.model = model.PipelineMap(record, here)
        drawing = draw_pipeline(self.model)
        super().__init__(
            {**self.model.state(), "svg": drawing.fragment(self.label())},
            selection or shared_selection(record),
        )

    def label(self) -> str:
        return (
            f"The pipeline of {self.model.source or 'a program'}: {len(self.model.stages)} stages"
        )

    def to_text(self) -> str:
        return pipeline_text(self.model)

    def drawing(self) -> Drawing:
        return draw_pipeline(self.model)
