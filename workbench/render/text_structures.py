"""Text of the views of a program's structure: dispatches, memory, modules, executables."""

from __future__ import annotations

from workbench.model.box_graph import BoxGraph, BoxGroup, GraphNode
from workbench.model.executable_view import ExecutableView
from workbench.model.memory_plan import Buffer, MemoryPlan, plan_summary
from workbench.model.module_map import ModuleMap
from workbench.model.stage_graph import short_type, size_text
from workbench.model.workgroup_grid import grid_heading

MAX_REASONS = 4
MAX_NEST_LINES = 30
MACHINE_TEXTS = ("schedule", "code", "LLVM IR", "assembly", "instructions")
"""Texts that differ from one machine to the next, which text of a view leaves out."""


def dispatch_text(model: BoxGraph) -> str:
    """Formats each box with its ops, what flows into it and from where, and why it is a box of its
    own.
    """
    lines = [model.label]
    _group_lines(model.group, lines, "")
    return "\n".join(lines)


def _group_lines(group: BoxGroup, lines: list[str], indent: str) -> None:
    for number, node in enumerate(group.nodes):
        if node.kind == "input":
            lines.append(f"{indent}in {node.title}: {', '.join(node.ops)}".rstrip(": "))
            continue
        lines.append(f"{indent}{_heading(node)}")
        for edge in (edge for edge in group.edges if edge.target == number):
            source = group.nodes[edge.source]
            if source.kind != "input":
                values = ", ".join(edge.lines)
                name = source.entry_point or source.title
                lines.append(f"{indent}  <- {name}: {values}".rstrip(": "))
            elif node.kind == "region":
                lines.append(f"{indent}  <- {source.title}")
            lines += [f"{indent}     {reason}" for reason in edge.reasons[:MAX_REASONS]]
        if node.inner is not None:
            _group_lines(node.inner, lines, indent + "  ")
            continue
        if node.ops and node.kind in ("region", "box"):
            more = f" + {node.hidden} more" * (node.hidden > 0)
            lines.append(f"{indent}  {'; '.join(node.ops)}{more}")
            lines += [f"{indent}  {note}" for note in node.notes]
            lines += [f"{indent}  {reason}" for reason in node.reasons[:MAX_REASONS]]
            if (more_reasons := len(node.reasons) - MAX_REASONS) > 0:
                lines.append(f"{indent}  ... and {more_reasons} more reasons")


def _heading(node: GraphNode) -> str:
    name = f" {node.entry_point}" if node.entry_point else ""
    kind = {"region": "dispatch", "result": "out"}.get(node.kind, node.kind)
    return f"{kind}{name} {node.title}"


def memory_text(model: MemoryPlan) -> str:
    """Formats, for each function, what each level does and the buffers, with what keeps them alive."""
    lines = [model.label]
    for plan in model.functions:
        lines.append(f"@{plan.name}: {plan_summary(plan)}")
        for level in range(plan.levels):
            work = " + ".join(one.name for one in plan.work_at(level)) or "-"
            around = [w.name for w in plan.work if w.first < w.last and w.first <= level <= w.last]
            inside = f" in {', '.join(around)}" if around else ""
            used = f", {size_text(plan.used(level))} of the arena" if plan.arena else ""
            lines.append(f"  level {level}: {work}{inside}{used}")
        lines += [f"  {_buffer_line(buffer)}" for buffer in plan.buffers]
    return "\n".join(lines)


def _buffer_line(buffer: Buffer) -> str:
    place = f"[{buffer.offset}, {buffer.end})" if buffer.offset is not None else buffer.reason
    kept = ", ".join(work.name for work in buffer.keepers)
    shares = f", shares bytes with {', '.join(buffer.sharing)}" if buffer.sharing else ""
    alive = f"levels {buffer.first} to {buffer.last}"
    return (
        f"{buffer.name} {short_type(buffer.type)} {size_text(buffer.bytes)}: {alive}, {place}, "
        f"kept by {kept or 'nothing'}{shares}"
    )


def module_text(model: ModuleMap) -> str:
    """Formats each module in load order with its imports, exports, globals and the parts of its
    file.
    """
    lines = [model.label]
    for number, box in enumerate(model.modules, 1):
        needs = f", needs {', '.join(box.dependencies)}" if box.dependencies else ""
        lines.append(f"{number} {box.name} version {box.version}, {box.kind}{needs}")
        used = box.used_exports
        for row in used:
            users = f"  <- {', '.join(row.users)}" if row.users else ""
            lines.append(f"  exports {row.name}{row.signature}{users}")
        if len(box.exports) > len(used):
            lines.append(f"  exports {len(box.exports) - len(used)} more, not used")
        for row in box.imports:
            where = f"-> {model.modules[row.module].name}" if row.module >= 0 else "not resolved"
            lines.append(f"  imports {row.name}  {where}")
        lines += [
            f"  global {one.name} {one.type} = {' | '.join(one.values)}" for one in box.globals
        ]
        lines += [f"  {part.bytes:>8} bytes  {part.group}: {part.name}" for part in box.parts]
    return "\n".join(lines)


def executable_text(model: ExecutableView) -> str:
    """Returns the chosen executable: how long each of its texts is, its nests, and who computes
    what.
    """
    lines = [model.label]
    panes = model.panes(model.dispatch)
    for pane in panes:
        if pane.name not in MACHINE_TEXTS:
            linked = sum(line.serial >= 0 for line in pane.lines)
            where = f" for {pane.target}" if pane.target else ""
            lines.append(f"  {pane.name}{where}: {len(pane.lines)} lines, {linked} of ops")
    nests = next(pane for pane in panes if pane.name == "nests")
    lines += [f"    {line.text}" for line in nests.lines[:MAX_NEST_LINES]]
    if (more := len(nests.lines) - MAX_NEST_LINES) > 0:
        lines.append(f"    ... and {more} more lines")
    for grid in model.grids(model.dispatch):
        if grid.target != "llvm-cpu":
            note = f"; {grid.note}" if grid.note else ""
            lines.append(f"  {grid.target}: {grid_heading(grid)}{note}")
            lines.append(f"    the first {grid.unit} reads {grid.reads or 'nothing by index'}")
    return "\n".join(lines)
