"""The panes of IR as a widget."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ireelite.records import CompilationRecord
from workbench.model import ir_view as model
from workbench.model.selection import Selection, shared_selection
from workbench.render.assets import script
from workbench.render.html import PageView
from workbench.render.svg import Drawing
from workbench.render.svg_ir import draw_ir
from workbench.render.text import ir_text
from workbench.widgets.base import View, record_of


class IRView(View):
    """A program at every stage, side by side; point at an op and its relatives light up in all of
    them.

    `source` is a compiled program or its record. `focus` is the op lit at first, as `tf/2`; without
    one it is the op with the longest story. `stages` chooses the panes.
    """

    _esm = script("ir")
    kind = model.KIND

    def __init__(
        self,
        source: Any,
        focus: str | None = None,
        stages: Iterable[str] | None = None,
        selection: Selection | None = None,
    ):
        record: CompilationRecord = record_of(source)
        self.model = model.IRView(record, focus, stages)
        shared = selection or shared_selection(record)
        if self.model.focus is not None and (focus is not None or not shared.ops):
            shared.select([self.model.focus])
        super().__init__(self.model.state(), shared)

    def label(self) -> str:
        focus = self.model.focus
        name = self.model.identity(focus) if focus is not None else "nothing"
        return f"{self.model.record.source or 'A program'} at every stage, following {name}"

    def to_text(self) -> str:
        return ir_text(self.model)

    def page_view(self) -> PageView:
        """This view as a part of a page, which is a file of its own: with all lines."""
        return PageView(self.kind, self.model.state(None), self.label(), self.to_text())

    def drawing(self) -> Drawing:
        return draw_ir(self.model)
