"""Views as text: the same on every machine and on every run, so that a notebook's text can be
compared.

No time, no address, no device's own name is printed; these are for the pictures.
"""

from __future__ import annotations

from textwrap import wrap

from workbench.model.fence_timeline import FenceTimeline
from workbench.model.ir_view import IRView, Pane
from workbench.model.numbers import number, quantity
from workbench.model.pipeline_map import TABLE_KINDS, PipelineMap
from workbench.model.tensor_peek import TensorPeek
from workbench.model.tensor_set import TensorSet
from workbench.model.timeline_marks import Instant, Slice, Timeline

LINES_A_PANE = 3
LONGEST = 100


def pipeline_text(model: PipelineMap) -> str:
    """Returns a line for each stage, and under it the passes that made it."""
    lines: list[str] = []
    names = max((len(stage.name) for stage in model.stages), default=0)
    for n, stage in enumerate(model.stages, 1):
        here = "  <- here" if stage.name == model.here else ""
        lines.append(
            f"{n} {stage.name:{names}}  {stage.ops:4d} ops  {stage.title}: {stage.meaning}".rstrip(
                ": "
            )
            + here
        )
        for run in stage.busy_passes:
            lines.append(f"    by {run.name}: {quantity(run.rewrites, 'rewrite')}")
        if idle := stage.idle_passes:
            names_of_idle = ", ".join(run.name for run in idle)
            lines += wrap(
                f"nothing to rewrite for {names_of_idle}",
                LONGEST,
                initial_indent="    ",
                subsequent_indent="      ",
                break_on_hyphens=False,
            )
    for kind, title in TABLE_KINDS.items():
        own = sum(
            table.instructions
            for table in model.tables
            if table.kind == kind and table.where == "module"
        )
        kernels = [
            table.instructions
            for table in model.tables
            if table.kind == kind and table.where != "module"
        ]
        parts = [f"{own} in the module"] * bool(own) + [
            f"{sum(kernels)} in {quantity(len(kernels), 'kernel')}"
        ] * bool(kernels)
        lines += [f"  bytes: {title}, {', '.join(parts)}"] * bool(parts)
    return "\n".join(lines)


def ir_text(model: IRView) -> str:
    """Returns the op that is followed, and in each pane the lines where its relatives begin."""
    if model.focus is None:
        return "no ops"
    lit = model.lit()
    told = sum(bool(serials) for serials in lit.values())
    places = quantity(len(model.panes), "place")
    lines = [f"following {model.identity(model.focus)}: lit in {told} of {places}"]
    width = max(len(pane.short) for pane in model.panes)
    for pane in model.panes:
        lines += _pane_lines(model, pane, width, len(lit[pane.name]))
    return "\n".join(lines)


def _pane_lines(model: IRView, pane: Pane, width: int, lit: int) -> list[str]:
    numbers = model.telling_lines(pane, LINES_A_PANE)
    head = f"{pane.short:{width}} | "
    ran = [f"{' ' * width} | {badge}"] if (badge := model.badges.get(pane.name)) else []
    if not numbers:
        return [f"{head}-", *ran]
    shown = [
        f"{head if n == numbers[0] else ' ' * width + ' | '}{_cut(pane.lines[n].text)}"
        f"{_value(model, pane.lines[n].serial)}"
        for n in numbers
    ]
    if (more := lit - len(shown)) > 0:
        shown.append(f"{' ' * width} | ... and {more} more")
    return shown + ran


def _value(model: IRView, serial: int) -> str:
    """Returns the value that a run gave an op."""
    text = model.ran.text(serial) if model.ran is not None else ""
    return f"  = {text}" if text else ""


def _cut(line: str) -> str:
    line = line.strip()
    return line if len(line) <= LONGEST else line[: LONGEST - 3] + "..."


def timeline_text(model: FenceTimeline) -> str:
    """Formats each lane's events in the lane's own order, numbered within it; `<-` names what an
    event had to follow.
    """
    names = _local_names(model)
    lines: list[str] = []
    causes: dict[int, list[str]] = {}
    for arrow in model.arrows:
        causes.setdefault(arrow.effect, []).append(names[arrow.cause])
    marks: dict[str, list[Slice | Instant]] = {}
    for mark in model.marks:
        marks.setdefault(mark.lane, []).append(mark)
    for lane in model.lanes:
        lines.append(lane)
        for mark in marks.get(lane, ()):
            after = causes.get(mark.id)
            tail = f"  <- {', '.join(after)}" if after else ""
            label = (
                mark.label
                if isinstance(mark, Instant) or mark.label == mark.kind
                else f"{mark.kind} {mark.label}"
            )
            label = f"pending {label}" if mark.pending else label
            lines.append(f"  {'  ' * mark.depth}{names[mark.id]}: {label}{tail}")
    lines += [_timeline_line(timeline) for timeline in model.timelines]
    if model.record.pending:
        lines += model.record.deadlock_report().splitlines()
    if model.memory:
        lines.append(f"peak of live bytes: {max(live for _, _, live in model.memory)}")
    return "\n".join(lines) or "nothing is recorded yet: call a function of the module"


def _timeline_line(timeline: Timeline) -> str:
    """Returns a line with a semaphore's payloads and the sender of each."""
    changes = [
        f" -> {'failed' if each.value is None else each.value} by {each.sender}"
        for each in timeline.payloads
    ]
    return f"semaphore {timeline.name}: {timeline.base}{''.join(changes)}"


def _local_names(model: FenceTimeline) -> dict[int, str]:
    """Returns `host.2`, `queue0.1`: an event's number among those of its lane, which no other
    thread can change.
    """
    names: dict[int, str] = {}
    ends = {s.end_id: s.id for s in model.slices}
    for lane in model.lanes:
        short = lane.rpartition("/")[2]
        ids = sorted(e.id for e in model.events.values() if e.lane == lane and e.id not in ends)
        names.update({event_id: f"{short}.{n}" for n, event_id in enumerate(ids)})
    names.update({end: names[begin] for end, begin in ends.items()})
    return names


def tensor_text(model: TensorPeek) -> str:
    """Returns the type, the range, the values of a small tensor or the shades of a picture, the
    best classes.
    """
    title = f"{model.title}: " if model.title else ""
    part = f" slice {model.slice}" if model.slice else ""
    lines = [
        f"{title}{model.type}{part} min {number(model.low)} mean {number(model.mean)} max "
        f"{number(model.high)}"
    ]
    stats = model.statistics
    lines += (
        [f"{stats.nans} NaN, the first at {list(stats.nan_at)}"] if stats.nan_at is not None else []
    )
    if stats.infinity_at is not None:
        lines.append(f"{stats.infinities} infinite, the first at {list(stats.infinity_at)}")
    cells = model.cells()
    if model.picture:
        lines += ["".join(_shade(model.unit(value)) for value in row) for row in cells]
    elif 0 < model.grid.size <= 64:
        lines += ["  ".join(row) for row in model.texts()]
    if not model.array.size:
        lines = [f"{title}{model.type} has no elements"]
    lines += [f"{score.label}: {number(score.value)}" for score in model.scores]
    return "\n".join(lines)


def tensors_text(model: TensorSet) -> str:
    """Returns the tensor that is shown, with how two differ; how many others there are to choose
    from.
    """
    lines = [model.verdict] if model.verdict else []
    lines.append(tensor_text(model.peek))
    if not model.verdict and (more := len(model.choices) - 1):
        lines.append(f"and {quantity(more, 'other value')} to choose from")
    return "\n".join(lines)


def _shade(unit: float) -> str:
    return " .:-=+*#%@"[min(int(abs(unit) * 10), 9)] * 2
