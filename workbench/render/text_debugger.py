"""A debugger's position as text: the same for the same call at the same position."""

from __future__ import annotations

from workbench.model.vm_debugger import VmDebugger
from workbench.model.vm_listing import LABEL
from workbench.model.vm_trace import Place, Shown

CONTEXT_ROWS = 4
LONGEST = 100


def debugger_text(model: VmDebugger) -> str:
    """Formats where the debugger is, the call stack, the code around, the registers with a `*`
    where they have changed.
    """
    debugger = model.debugger
    lines = [f"position {model.position} of {debugger.recorded} · {debugger.why}"]
    stack = model.stack
    if not stack:
        ending = model.ending
        return "\n".join([*lines, ending["text"] if ending else "not begun"])
    ending = model.ending
    if ending is not None and ending["failed"] and ending["position"] == model.position:
        lines.append(f"fails: {ending['text']}")
    for depth, place in reversed(list(enumerate(stack))):
        function = model.listing.functions[place.function]
        row = function.rows[place.row]
        lines.append(_cut(f"[{depth}] {function.title}+{row.pc:X}  {row.source}".rstrip()))
    lines += _code(model, stack[-1])
    lines += [
        _cut(f"{'*' if register.changed else ' '} {register.name:7} {value_text(register)}")
        for register in in_order(stack[-1])
    ]
    return "\n".join(lines)


def in_order(place: Place) -> list[Shown]:
    """Returns the registers that have been written, numbers first."""
    return sorted(place.registers.values(), key=lambda r: (r.slot[0], int(r.slot[1:])))


def value_text(register: Shown) -> str:
    """Returns a register's value with its type."""
    if register.slot[0] == "r":
        return register.text
    return f"{register.type} {register.text}"


def _code(model: VmDebugger, place: Place) -> list[str]:
    rows = model.listing.functions[place.function].rows
    lines: list[str] = []
    for number in range(
        max(place.row - CONTEXT_ROWS, 0), min(place.row + CONTEXT_ROWS + 1, len(rows))
    ):
        row = rows[number]
        mark = "->" if number == place.row else "  "
        lines.append(row.text if row.pc == LABEL else _cut(f"{mark} {row.pc:5X}  {row.text}"))
    return lines


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST else line[: LONGEST - 3] + "..."
