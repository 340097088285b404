"""Draws a fence timeline: a band for each lane, boxes for slices, marks for moments, arrows from
cause to effect.
"""

from __future__ import annotations

from html import escape

from workbench.model.dispatch_order import Barrier
from workbench.model.fence_timeline import FenceTimeline
from workbench.model.timeline_marks import Arrow, Instant, Slice, WaitSpan
from workbench.render.svg import Drawing, arrow_head, fitted, points, text_width

WIDTH = 980
LABEL_WIDTH = 132
ROW = 30
BAND_GAP = 20
TOP = 30
MEMORY_HEIGHT = 46

SHAPES = {
    "signal": "M0 -6L6 0L0 6L-6 0Z",
    "fail": "M-5 -5L5 5M-5 5L5 -5",
    "wait": "M-5 -6L5 -6L-5 6L5 6Z",
    "submit": "M-5 -6L6 0L-5 6Z",
    "transfer": "M-6 -3L1 -3L1 -6L6 0L1 6L1 3L-6 3Z",
    "upload": "M-6 5L0 -6L6 5Z",
    "import": "M-6 -5L0 6L6 -5Z",
    "alloc": "M-5 -5L5 -5L5 5L-5 5Z",
    "free": "M-5 -5L5 -5L5 5L-5 5Z",
}
"""One shape for each kind of moment, so that colour is never alone."""
COLOURS = {
    "signal": "red",
    "fail": "red",
    "wait": "amber",
    "submit": "blue",
    "transfer": "green",
    "upload": "green",
    "import": "green",
    "alloc": "pink",
    "free": "pink",
}


ARROW_LOOKS = (
    ("signal", "signal → wait", "red", ""),
    ("submit", "submit → run", "blue", 'stroke-dasharray="5 3"'),
    ("data", "wrote → reads", "green", ""),
    ("reuse", "memory → used again", "muted", 'stroke-dasharray="2 3"'),
)
"""Kind of an arrow, what it means, its colour, its dashes."""
WAITS_HEIGHT = 12
"""What waits take below the last lane, if memory is not drawn there."""
WAIT_LOOK = 'stroke-width="3"'
PENDING = 'stroke-dasharray="3 3"'
"""Dashes of pending marks, which have no fill of their own colour."""
CHIPS = 24
"""How many semaphores are named under the lanes, at most."""
SLICE_LOOKS = {
    "dispatch": "fill-palegreen stroke-green",
    "call": "fill-paleblue stroke-blue",
    "invoke": "fill-card stroke-blue",
}
BARRIER_LOOK = 'stroke-width="3" stroke-dasharray="3 2"'


def draw_timeline(
    model: FenceTimeline, clock: str = "order", zoom: tuple[int, int] | None = None
) -> Drawing:
    """Returns the lanes on a clock, `order` (two equal runs draw the same) or `time`; `zoom` is a
    range on that clock.
    """
    first, last = zoom if zoom is not None else model.span(clock)
    drawing = Drawing(WIDTH)
    plot = _Plot(model, clock, first, last)
    _legend(drawing, model)
    bottom = _bands(drawing, plot)
    if model.record.pending:
        _now(drawing, plot)
    for wait in model.waits:
        _wait(drawing, plot, wait)
    for slice_ in model.slices:
        _slice(drawing, plot, slice_)
    for barrier in model.barriers:
        _barrier(drawing, plot, barrier)
    for arrow in model.arrows:
        if arrow.kind in ("data", "reuse"):
            _need(drawing, plot, arrow)
        else:
            _arrow(drawing, plot, arrow)
    for instant in model.instants:
        _instant(drawing, plot, instant)
    if model.memory:
        bottom = _memory(drawing, plot, bottom)
    elif any(wait.lane == model.lanes[-1] for wait in model.waits):
        bottom += WAITS_HEIGHT
    caption = (
        "left to right: each event after its causes" if clock == "order" else "left to right: time"
    )
    drawing.text(LABEL_WIDTH, bottom + 14, caption, 9.5, "fill-muted")
    bottom = _payloads(drawing, model, bottom + 20)
    for line in model.blocked:
        drawing.text(
            LABEL_WIDTH, bottom + 10, fitted(line, WIDTH - LABEL_WIDTH, 9.5), 9.5, "fill-red"
        )
        bottom += 14
    drawing.height = bottom
    return drawing


class _Plot:
    """Where things are: x by clock, y by lane and depth."""

    def __init__(self, model: FenceTimeline, clock: str, first: int, last: int):
        self.model, self.clock, self.first, self.last = model, clock, first, last
        self.columns = model.columns() if clock == "order" else None
        extent = max(self._at(last) - self._at(first), 1)
        self.scale = (WIDTH - LABEL_WIDTH - 28) / extent
        self.tops: dict[str, float] = {}
        y = float(TOP)
        for lane in model.lanes:
            self.tops[lane] = y
            y += model.rows(lane) * ROW + BAND_GAP
        self.bottom = y - BAND_GAP

    def x(self, position: int) -> float:
        return LABEL_WIDTH + 12 + (self._at(position) - self._at(self.first)) * self.scale

    def _at(self, position: int) -> int:
        return (
            position if self.columns is None else self.columns[min(position, len(self.columns) - 1)]
        )

    def shows(self, begin: int, end: int) -> bool:
        return end >= self.first and begin <= self.last

    def place(self, mark: Slice | Instant | WaitSpan) -> tuple[int, int]:
        """Returns the positions of a mark's begin and end on the clock."""
        if isinstance(mark, Slice | WaitSpan):
            return mark.order if self.clock == "order" else mark.time
        position = mark.order if self.clock == "order" else mark.time
        return position, position

    def y(self, mark: Slice | Instant) -> float:
        return self.tops[mark.lane] + mark.depth * ROW

    def event(self, event_id: int) -> tuple[float, float]:
        """Returns the middle of an event's mark: a slice's left or right edge, or an instant."""
        position = (self.model.order if self.clock == "order" else self.model.times)[event_id]
        return self.x(position), self.y(self.model.mark(event_id)) + ROW / 2

    def middle(self, event_id: int) -> tuple[float, float]:
        """Returns the middle of the mark that an event begins."""
        mark = self.model.mark(event_id)
        begin, end = self.place(mark)
        return (self.x(begin) + self.x(end)) / 2, self.y(mark) + ROW / 2


def _legend(drawing: Drawing, model: FenceTimeline) -> None:
    x = float(LABEL_WIDTH + 4)
    present = {instant.kind for instant in model.instants}
    for kind in (kind for kind in SHAPES if kind in present):
        _mark(drawing, kind, x + 6, 11)
        drawing.text(x + 16, 15, kind, 9.5, "fill-muted")
        x += 28 + text_width(kind, 9.5)
    for kind, text, colour, dash in ARROW_LOOKS:
        if any(arrow.kind == kind for arrow in model.arrows):
            text += model.notes.get(kind, "")
            drawing.path(
                f"M{points(x, 11)}L{points(x + 20, 11)}",
                f"open stroke-{colour}",
                f'stroke-width="1.6" {dash}'.strip(),
            )
            drawing.path(arrow_head(x + 25, 11, 1, 0, 4), f"fill-{colour} bare")
            drawing.text(x + 31, 15, text, 9.5, "fill-muted")
            x += 43 + text_width(text, 9.5)
    if model.waits:
        drawing.path(f"M{points(x, 11)}H{points(x + 18)}", "open stroke-amber", WAIT_LOOK)
        drawing.text(x + 23, 15, "waiting", 9.5, "fill-muted")
        x += 32 + text_width("waiting", 9.5)
    if model.barriers:
        drawing.path(f"M{points(x + 3, 4)}V18", "open stroke-muted", BARRIER_LOOK)
        drawing.text(x + 10, 15, "barrier", 9.5, "fill-muted")


def _bands(drawing: Drawing, plot: _Plot) -> float:
    for lane, top in plot.tops.items():
        height = plot.model.rows(lane) * ROW
        drawing.rect(LABEL_WIDTH, top, WIDTH - LABEL_WIDTH - 1, height, "fill-card stroke-line", 5)
        name, *below = plot.model.lane_lines(lane)
        x, room = LABEL_WIDTH - 9, LABEL_WIDTH - 12
        drawing.text(x, top + 14, fitted(name, room, 11), 11, "fill-ink bold", "end")
        for number, line in enumerate(below):
            y = top + 26 + 11 * number
            drawing.text(x, y, fitted(line, room, 9.5), 9.5, "fill-muted", "end")
    return plot.bottom


def _slice(drawing: Drawing, plot: _Plot, mark: Slice) -> None:
    begin, end = plot.place(mark)
    if not plot.shows(begin, end):
        return
    left, right = max(plot.x(begin), LABEL_WIDTH + 2), min(plot.x(end), WIDTH - 3)
    y = plot.y(mark) + 3
    look = SLICE_LOOKS[mark.kind]
    extra = ""
    if mark.pending:
        look, extra = f"open {look.rpartition(' ')[2]}", PENDING
    state = "pending " if mark.pending else ""
    spoken = escape(f"{state}{mark.kind} {mark.label} on {mark.lane}")
    drawing.open(f'class="mark slice" data-event="{mark.id}" aria-label="{spoken}"')
    drawing.rect(left, y, max(right - left, 3), ROW - 6, f"shape {look}", 4, extra)
    label = fitted(mark.short, right - left - 14, 9.5, True)
    if label == mark.short or len(label) > 3:
        drawing.text(left + 8, y + 15.5, label, 9.5, "fill-ink mono")
    drawing.close()


def _instant(drawing: Drawing, plot: _Plot, mark: Instant) -> None:
    position, _ = plot.place(mark)
    if not plot.shows(position, position):
        return
    drawing.open(
        f'class="mark instant" data-event="{mark.id}" aria-label="{escape(f"{mark.label} on {mark.lane}")}"'
    )
    _mark(drawing, mark.kind, plot.x(position), plot.y(mark) + ROW / 2, mark.pending)
    drawing.close()


def _wait(drawing: Drawing, plot: _Plot, wait: WaitSpan) -> None:
    """Draws a wait as a line at the bottom of its lane, from its beginning to its end."""
    begin, end = plot.place(wait)
    if not plot.shows(begin, end):
        return
    left, right = max(plot.x(begin), LABEL_WIDTH + 2), min(plot.x(end), WIDTH - 3)
    foot = plot.tops[wait.lane] + plot.model.rows(wait.lane) * ROW
    y = foot + 5 + 4 * (wait.level % 3)
    look = PENDING if wait.pending else WAIT_LOOK
    spoken = escape(f"{plot.model.mark(wait.id).label} on {wait.lane}, {wait.cause}")
    drawing.open(f'class="wait" data-event="{wait.id}" aria-label="{spoken}"')
    drawing.path(f"M{points(left, y)}H{points(right)}", "open stroke-amber", look)
    drawing.close()


def _now(drawing: Drawing, plot: _Plot) -> None:
    """Draws a line after the last event that has happened."""
    model = plot.model
    position = model.now
    if plot.clock == "order":
        happened = [model.order[e.id] for e in model.record.events if e.id in model.order]
        position = max(happened, default=0)
    if not plot.shows(position, position):
        return
    x = plot.x(position) + 8
    drawing.path(f"M{points(x, TOP - 6)}V{points(plot.bottom)}", "open stroke-red", PENDING)
    drawing.text(x - 4, TOP - 1, "now", 9.5, "fill-red", "end")


def _payloads(drawing: Drawing, model: FenceTimeline, top: float) -> float:
    """Draws the semaphores' payloads at the end of the record; returns the y below them."""
    if not model.timelines:
        return top
    drawing.text(LABEL_WIDTH - 9, top + 12, "semaphores", 11, "fill-ink bold", "end")
    drawing.text(LABEL_WIDTH - 9, top + 24, "at the end", 9.5, "fill-muted", "end")
    x = float(LABEL_WIDTH)
    for timeline in model.timelines[:CHIPS]:
        last = timeline.payloads[-1].value if timeline.payloads else timeline.base
        text = f"{timeline.name} = {'failed' if last is None else last}"
        width = text_width(text, 9.5, True) + 14
        if x + width > WIDTH:
            x, top = float(LABEL_WIDTH), top + 22
        drawing.rect(x, top, width, 18, "fill-card stroke-line", 9)
        drawing.text(
            x + 7, top + 12.5, text, 9.5, "fill-red mono" if last is None else "mono fill-ink"
        )
        x += width + 6
    if (more := len(model.timelines) - CHIPS) > 0:
        drawing.text(x, top + 12.5, f"and {more} more", 9.5, "fill-muted")
    return top + 26


def _mark(drawing: Drawing, kind: str, x: float, y: float, pending: bool = False) -> None:
    colour = COLOURS.get(kind, "muted")
    shape = SHAPES.get(kind, "M-4 -4L4 -4L4 4L-4 4Z")
    hollow = pending or kind in ("free", "fail")
    look = f"open stroke-{colour}" if hollow else f"fill-{colour} bare"
    drawing.path(
        shape, f"shape {look}", f'transform="translate({points(x)} {points(y)})" stroke-width="1.8"'
    )


def _arrow(drawing: Drawing, plot: _Plot, arrow: Arrow) -> None:
    (x1, y1), (x2, y2) = plot.event(arrow.cause), plot.event(arrow.effect)
    limits = (LABEL_WIDTH, WIDTH)
    if not (limits[0] <= x1 <= limits[1] and limits[0] <= x2 <= limits[1]):
        return
    colour, dash = ("red", "") if arrow.kind == "signal" else ("blue", 'stroke-dasharray="5 3"')
    down = 1 if y2 > y1 else -1
    if y1 == y2:
        lift = y1 - ROW / 2 - 4
        route = f"M{points(x1, y1 - 6)}C{points(x1, lift)} {points(x2, lift)} {points(x2, y2 - 8)}"
        drawing.path(route, f"open stroke-{colour}", f'stroke-width="1.6" {dash}'.strip())
        drawing.path(arrow_head(x2, y2 - 7, 0, 1, 4), f"fill-{colour} bare")
        return
    start, tip = y1 + 7 * down, y2 - 8 * down
    bend = min(abs(tip - start) / 2, 22) * down
    curve = (
        f"{points(x1, start + 2 * bend)} {points(x2, tip - 2 * bend)} {points(x2, tip - 4 * down)}"
    )
    route = f"M{points(x1, start)}C{curve}"
    drawing.path(route, f"open stroke-{colour}", f'stroke-width="1.6" {dash}'.strip())
    drawing.path(arrow_head(x2, tip, 0, down, 4), f"fill-{colour} bare")


def _need(drawing: Drawing, plot: _Plot, arrow: Arrow) -> None:
    """Draws an arc over the lane, from one command to another that has to follow it."""
    ends = [plot.middle(event) for event in (arrow.cause, arrow.effect)]
    if any(not LABEL_WIDTH <= x <= WIDTH for x, _ in ends):
        return
    (x1, y1), (x2, y2) = ends
    _, _, colour, dash = next(look for look in ARROW_LOOKS if look[0] == arrow.kind)
    top = min(y1, y2) - ROW / 2
    lift = top - 12
    tip = y2 - ROW / 2 + 3
    route = f"M{points(x1, y1 - ROW / 2 + 3)}C{points(x1, lift)} {points(x2, lift)} {points(x2, tip - 4)}"
    drawing.path(route, f"open stroke-{colour}", f'stroke-width="1.4" {dash}'.strip())
    drawing.path(arrow_head(x2, tip, 0, 1, 3.5), f"fill-{colour} bare")


def _barrier(drawing: Drawing, plot: _Plot, barrier: Barrier) -> None:
    (x1, _), (x2, y) = plot.event(barrier.end), plot.event(barrier.begin)
    x = (x1 + x2) / 2
    if not LABEL_WIDTH <= x <= WIDTH:
        return
    drawing.path(
        f"M{points(x, y - ROW / 2 + 1)}V{points(y + ROW / 2 - 1)}",
        "open stroke-muted",
        BARRIER_LOOK,
    )


def _memory(drawing: Drawing, plot: _Plot, bottom: float) -> float:
    """Draws live bytes as steps below the lanes, with the peak written on it."""
    top = bottom + BAND_GAP
    base = top + MEMORY_HEIGHT
    peak = max(live for _, _, live in plot.model.memory) or 1
    column = 0 if plot.clock == "order" else 1
    route = f"M{points(plot.x(plot.first), base)}"
    for point in plot.model.memory:
        x = min(max(plot.x(point[column]), LABEL_WIDTH), WIDTH - 3)
        route += f"H{points(x)}V{points(base - (MEMORY_HEIGHT - 12) * point[2] / peak)}"
    route += f"H{points(plot.x(plot.last))}V{points(base)}Z"
    drawing.text(LABEL_WIDTH - 9, top + 14, "live bytes", 11, "fill-ink bold", "end")
    drawing.path(route, "fill-paleblue stroke-blue")
    drawing.text(LABEL_WIDTH - 9, top + 27, f"peak {peak}", 9.5, "fill-muted", "end")
    return base
