"""The views of what passes did: rewrite by rewrite, and from program to program."""

from __future__ import annotations

from typing import Any

import traitlets

from workbench.model import rewrite_stepper, stage_diff
from workbench.model.selection import Selection, shared_selection
from workbench.model.sources import compilation_of
from workbench.progress import shows_progress
from workbench.render.svg_diff import draw_diff
from workbench.render.svg_steps import draw_steps
from workbench.render.text_diff import diff_text
from workbench.render.text_steps import steps_text
from workbench.widgets.view import Form, View, packed_json


class RewriteStepper(View):
    """Every rewrite of every pass, one after the other. It shows the pattern or rule with its
    source, the op that it matched, what it took away and what it put there.

    `source` is a compiled program or its record; `at` is the number of the rewrite shown at first,
    from 0. In a notebook ←/→ step, Home/End go to the ends, Space plays, n/p jump to the next and
    the previous rewrite that touched the selected op, PageUp/PageDown go from pass to pass. Raises
    INVALID_ARGUMENT for a source without a record of compilation, OUT_OF_RANGE for a rewrite that
    it has not.

    Example:
        program = ireelite.compile("model.pb", record=True)
        workbench.RewriteStepper(program)
    """

    form = Form(rewrite_stepper.KIND, draw_steps, steps_text)

    @shows_progress
    def __init__(self, source: Any, at: int | None = None, selection: Selection | None = None):
        record = compilation_of(source, "RewriteStepper")
        model = rewrite_stepper.RewriteStepper(record, at)
        shared = selection or shared_selection(record)
        if model.followed and (at is not None or not shared.ops):
            shared.select(model.followed)
        super().__init__(model, shared)


class StageDiff(View):
    """Programs side by side, op by op. It shows what stayed, moved, was renamed, changed, split,
    merged, came new or is gone. Ops are followed by identity, so a new name or number is no
    difference.

    `source` is a compiled program or its record; `programs` are the names of stages, and of passes
    where the record keeps the program after them (`compile(..., record="passes")`, `read_dump`,
    `record_passes`); `cse#2` is the
    second pass of that name. In a notebook n/p jump from change to change, u unfolds, and each
    column chooses its program. Raises INVALID_ARGUMENT for a source without a record of
    compilation, NOT_FOUND for a name that it has not.

    Example:
        program = ireelite.compile("model.pb", record=True)
        workbench.StageDiff(program, "hlo", "dispatch")
        workbench.StageDiff(workbench.read_dump("dump.mlir"), "canonicalize @main", "cse @main")
    """

    form = Form(stage_diff.KIND, draw_diff, diff_text)
    programs = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """The names of the programs, a column each; another list shows others."""

    @shows_progress
    def __init__(self, source: Any, *programs: str, selection: Selection | None = None):
        record = compilation_of(source, "StageDiff")
        model = stage_diff.StageDiff(record, programs)
        super().__init__(model, selection or shared_selection(record))
        self.programs = model.names

    @traitlets.observe("programs")
    def _show_programs(self, _: Any) -> None:
        if self.programs and self.programs != self.model.names:
            before, data = self.model, self.data
            try:
                self.model = stage_diff.StageDiff(before.record, self.programs)
                self.data = self._data(self.model.state())
                self.packed = packed_json(self.data)
            except KeyboardInterrupt:
                self.model, self.data = before, data
                self.programs = before.names
