"""The views of what passes did: rewrite by rewrite, and from program to program."""

from __future__ import annotations

from typing import Any

from workbench.model import rewrite_stepper
from workbench.model.selection import Selection, shared_selection
from workbench.model.sources import compilation_of
from workbench.render.svg_steps import draw_steps
from workbench.render.text_steps import steps_text
from workbench.widgets.view import Form, View


class RewriteStepper(View):
    """Every rewrite of every pass, one after the other: the pattern or rule with its source, the op
    that it matched, what it took away and what it put there.

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

    def __init__(self, source: Any, at: int | None = None, selection: Selection | None = None):
        record = compilation_of(source, "RewriteStepper")
        model = rewrite_stepper.RewriteStepper(record, at)
        shared = selection or shared_selection(record)
        if model.followed and (at is not None or not shared.ops):
            shared.select(model.followed)
        super().__init__(model, shared)
