"""The recorded steps of a call as HTML without scripts: a notebook keeps it under the picture, so
that a reader goes through the steps where neither a kernel nor a script runs.
"""

from __future__ import annotations

from html import escape
from itertools import islice

from workbench.model.vm_debugger import VmDebugger
from workbench.model.vm_trace import Place
from workbench.render.text_debugger import in_order, value_text

MAX_LENGTH = 60_000
"""Characters of the steps that a notebook keeps."""
MAX_STEPS = 300
"""Steps before and after where the debugger is."""
MAX_VALUE = 60


def steps_html(model: VmDebugger) -> str:
    """Returns a list that can be unfolded: each step's instruction, and under it the registers
    before it runs, with a `*` where the last step has changed them. Of many steps, those nearest to
    where the debugger is.
    """
    segment = model.trace.segment(model.position)
    if segment is None:
        return ""
    here = model.position - segment.start
    skipped = max(here - MAX_STEPS, 0)
    near = islice(enumerate(model.trace.stacks(segment)), skipped, here + MAX_STEPS + 1)
    rows = [_step(model, segment.start + n, stack) for n, stack in near]
    first, last = _nearest([len(row) for row in rows], here - skipped)
    begin, end = segment.start + skipped + first, segment.start + skipped + last
    total = model.debugger.recorded
    which = f"{total} recorded steps" if last - first >= total else f"steps {begin} to {end}"
    rest = "" if last - first >= total else f" of {total}; the notebook that ran has the others"
    return (
        f"<details><summary>{which}{rest}: unfold a step to see the registers before it</summary>"
        f"{''.join(rows[first : last + 1])}</details>"
    )


def _nearest(lengths: list[int], here: int) -> tuple[int, int]:
    """Returns the numbers of the first and the last row around `here` that there is room for."""
    first = last = here
    room = MAX_LENGTH - lengths[here]
    while True:
        before = lengths[first - 1] if first else room + 1
        after = lengths[last + 1] if last + 1 < len(lengths) else room + 1
        if min(before, after) > room:
            return first, last
        if after <= room and (last - here <= here - first or before > room):
            last, room = last + 1, room - after
        else:
            first, room = first - 1, room - before


def _step(model: VmDebugger, position: int, stack: list[Place]) -> str:
    here = "● " if position == model.position else ""
    if not stack:
        ending = model.ending
        text = ending["text"] if ending else ""
        return f"<div><code>{here}{position} · end: {escape(_cut(text))}</code></div>"
    place = stack[-1]
    function = model.listing.functions[place.function]
    row = function.rows[place.row]
    where = f"{'  ' * (len(stack) - 1)}{function.title}+{row.pc:X}"
    summary = escape(f"{here}{position} · {where}  {_cut(row.text)}")
    lines = [
        f"{'*' if register.changed else ' '} {register.name:7} {_cut(value_text(register))}"
        for register in in_order(place)
        if register.changed or register.text not in ("0", "null")
    ]
    if row.source:
        lines.insert(0, row.source)
    held = escape("\n".join(lines) or "no register has been written")
    return f"<details><summary><code>{summary}</code></summary><pre>{held}</pre></details>"


def _cut(text: str) -> str:
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 1] + "…"
