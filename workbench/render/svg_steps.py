"""Draws the stepper: on the left the passes that rewrote something, on the right one rewrite."""

from __future__ import annotations

from workbench.model.numbers import quantity
from workbench.model.rewrite_stepper import OpLine, RewriteStepper, Step
from workbench.render.svg import Drawing, fitted

WIDTH = 980
LEFT = 300
ROW = 17.0
HEAD = 34
MAX_PASSES = 18
MAX_LINES = 8
MAX_SOURCE = 14
SIZE = 10.0


def draw_steps(model: RewriteStepper) -> Drawing:
    """Passes with a bar for their share of the rewrites, and the current rewrite. It shows no times:
    two machines draw the same picture.
    """
    drawing = Drawing(WIDTH)
    drawing.text(2, 15, fitted(model.label, WIDTH - 4, 13), 13, "fill-ink bold")
    left = _passes(drawing, model)
    right = _rewrite(drawing, model.step(model.at), model.total) if model.total else 0.0
    drawing.height = max(left, right) + 4
    return drawing


def _passes(drawing: Drawing, model: RewriteStepper) -> float:
    busy = [run for run in model.runs if len(run.rewrites)]
    most = max((len(run.rewrites) for run in busy), default=1)
    here = model.place(model.at)[0] if model.total else -1
    y, stage = float(HEAD), ""
    for number, run in enumerate(busy):
        if number == MAX_PASSES:
            drawing.text(14, y + 12, f"⋯ {len(busy) - number} more passes", SIZE, "fill-muted")
            y += ROW
            break
        if run.stage != stage:
            stage = run.stage
            drawing.text(2, y + 12, f"→ {fitted(stage, LEFT - 30, 11)}", 11, "fill-ink bold")
            y += ROW
        count = f"{len(run.rewrites):,}"
        if model.runs[here] is run:
            drawing.rect(8, y, LEFT - 10, ROW - 1, "fill-lit bare", 3)
            drawing.rect(8, y, 3, ROW - 1, "fill-amber bare")
        bar = max(56 * len(run.rewrites) / most, 1.5)
        drawing.rect(LEFT - 118, y + 4, bar, ROW - 9, "fill-blue bare", 2)
        drawing.text(LEFT - 6, y + 12, count, SIZE, "fill-muted", "end")
        drawing.text(15, y + 12, fitted(run.name, LEFT - 140, SIZE, True), SIZE, "fill-ink mono")
        y += ROW
    if idle := len(model.runs) - len(busy):
        drawing.text(
            14, y + 12, f"{quantity(idle, 'pass', 'passes')} without rewrites", SIZE, "fill-muted"
        )
        y += ROW
    return y


def _rewrite(drawing: Drawing, step: Step, total: int) -> float:
    x, width, y = LEFT + 14.0, WIDTH - LEFT - 16.0, float(HEAD)
    drawing.text(x, y + 12, fitted(step.pattern, width, 13, True), 13, "fill-ink mono bold")
    where = f" · {step.file}:{step.line}" if step.file else ""
    told = f"rewrite {step.number + 1:,} of {total:,} · {step.run.name}{where}"
    drawing.text(x, y + 28, fitted(told, width, 10.5), 10.5, "fill-muted")
    y += 40
    changed = step.changed
    for sign, ops in (("−", step.removed), ("+", step.added)):
        for op in ops[:MAX_LINES]:
            shown = "~" if op.serial in changed and sign == "+" else sign
            _line(drawing, shown, op, x, y, width)
            y += ROW
        if len(ops) > MAX_LINES:
            more = f"{sign} ⋯ {len(ops) - MAX_LINES} more"
            drawing.text(x + 6, y + 12, more, SIZE, "fill-muted")
            y += ROW
    if step.source:
        y += 8
        lines = step.source.split("\n")
        cut = len(lines) > MAX_SOURCE
        lines = [*lines[: MAX_SOURCE - 1], "⋯"] if cut else lines
        drawing.rect(x, y, width, 14 * len(lines) + 10, "fill-card stroke-line", 5)
        for row, line in enumerate(lines):
            shown = fitted(line, width - 16, SIZE, True)
            drawing.spans(x + 8, y + 15 + 14 * row, SIZE, [(shown, "fill-ink")])
        y += 14 * len(lines) + 10
    return y


def _line(drawing: Drawing, sign: str, op: OpLine, x: float, y: float, width: float) -> None:
    paint = {"−": "red", "+": "green", "~": "blue"}[sign]
    ground = {"−": "fill-lit", "+": "fill-palegreen", "~": "fill-paleblue"}[sign]
    drawing.rect(x, y, width, ROW - 1, f"{ground} bare")
    drawing.rect(x, y, 3, ROW - 1, f"fill-{paint} bare")
    drawing.text(x + 8, y + 12, sign, SIZE, f"fill-{paint} bold")
    text = fitted(op.text, width - 30, SIZE, True)
    head, name, tail = text.partition(op.name)
    spans = [(head, "fill-ink"), (name, "fill-blue bold"), (tail, "fill-ink")]
    drawing.spans(x + 22, y + 12, SIZE, [span for span in spans if span[0]])
