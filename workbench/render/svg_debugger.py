"""Draws where a debugger is: the code around at the left; the call stack and the registers at the
right.
"""

from __future__ import annotations

from workbench.model.vm_debugger import VmDebugger
from workbench.model.vm_listing import LABEL
from workbench.model.vm_trace import Place, Shown
from workbench.render.svg import Drawing, fitted, text_width
from workbench.render.text_debugger import in_order, value_text

WIDTH = 980
LEFT = 560
ROW = 17
CODE_ROWS = 15
MAX_REGISTERS = 14
SIZE = 10.5


def draw_debugger(model: VmDebugger) -> Drawing:
    """Returns the first frame of the view: what stands here is what the script draws, too."""
    drawing = Drawing(WIDTH)
    debugger = model.debugger
    heading = f"position {model.position} of {debugger.recorded} · {debugger.why}"
    drawing.text(2, 14, heading, 12, "fill-ink bold")
    ending = model.ending
    here = ending is not None and ending["position"] == model.position
    if ending is not None and here:
        look = "fill-red bold" if ending["failed"] else "fill-green bold"
        x = 16 + text_width(heading, 12)
        drawing.text(x, 14, fitted(ending["text"], WIDTH - x, 11), 11, look)
    stack = model.stack
    if not stack:
        drawing.height = 24
        return drawing
    left = _code(drawing, model, stack[-1])
    right = _stack(drawing, model, stack)
    right = _registers(drawing, in_order(stack[-1]), right + 14)
    drawing.height = max(left, right) + 6
    return drawing


def _code(drawing: Drawing, model: VmDebugger, place: Place) -> float:
    function = model.listing.functions[place.function]
    first = max(min(place.row - CODE_ROWS // 2, len(function.rows) - CODE_ROWS), 0)
    shown = function.rows[first : first + CODE_ROWS]
    top = 26.0
    drawing.rect(1, top, LEFT, ROW * (len(shown) + 1) + 10, "fill-card stroke-line", 6)
    drawing.text(
        10, top + 15, fitted(function.title, LEFT - 20, 11, True), 11, "fill-ink mono bold"
    )
    y = top + ROW + 4
    for number, row in enumerate(shown, first):
        if number == place.row:
            drawing.rect(2, y + 1, LEFT - 2, ROW, "fill-lit bare")
            drawing.rect(2, y + 1, 3, ROW, "fill-amber bare")
            drawing.text(8, y + 13, "▶", 9, "fill-ink")
        if row.pc == LABEL:
            drawing.text(22, y + 13, row.text, SIZE, "fill-muted mono")
        else:
            drawing.text(58, y + 13, f"{row.pc:X}", SIZE, "fill-muted mono", "end")
            drawing.text(68, y + 13, fitted(row.text, LEFT - 76, SIZE, True), SIZE, "fill-ink mono")
        y += ROW
    return y + 6


def _stack(drawing: Drawing, model: VmDebugger, stack: list[Place]) -> float:
    x, y = LEFT + 14, 26.0
    drawing.text(x, y + 12, "call stack", 11, "fill-ink bold")
    y += ROW
    for depth, place in reversed(list(enumerate(stack))):
        function = model.listing.functions[place.function]
        row = function.rows[place.row]
        weight = " bold" if depth == len(stack) - 1 else ""
        text = f"{depth}  {function.title}+{row.pc:X}"
        drawing.text(x, y + 12, fitted(text, WIDTH - x, SIZE, True), SIZE, f"fill-ink mono{weight}")
        y += ROW
        if row.source:
            source = fitted(row.source, WIDTH - x - 20, 9.5, True)
            drawing.text(x + 20, y + 10, source, 9.5, "fill-muted mono")
            y += ROW - 2
    return y


def _registers(drawing: Drawing, registers: list[Shown], top: float) -> float:
    x, y = LEFT + 14, top
    drawing.text(x, y + 12, "registers", 11, "fill-ink bold")
    drawing.text(x + 66, y + 12, "* changed by the last step", 9.5, "fill-muted")
    y += ROW
    for register in registers[:MAX_REGISTERS]:
        if register.changed:
            drawing.rect(x - 4, y + 1, WIDTH - x + 2, ROW - 1, "fill-lit bare")
            drawing.text(x - 1, y + 14, "*", 11, "fill-ink bold")
        look = "fill-ink" if register.text not in ("null", "0") else "fill-muted"
        drawing.text(x + 9, y + 13, register.name, SIZE, "fill-muted mono")
        value = fitted(value_text(register), WIDTH - x - 66, SIZE, True)
        drawing.text(x + 62, y + 13, value, SIZE, f"{look} mono")
        y += ROW
    if (more := len(registers) - MAX_REGISTERS) > 0:
        drawing.text(x + 9, y + 12, f"and {more} more", 9.5, "fill-muted")
        y += ROW
    return y
