"""The stepper as text: the passes with what they applied, and one rewrite in full."""

from __future__ import annotations

from textwrap import wrap

from workbench.model.rewrite_stepper import RewriteStepper, Step

LONGEST = 100
MAX_PATTERNS = 4
MAX_LINES = 12
MAX_IDLE = 16
MAX_PASSES = 40


def steps_text(model: RewriteStepper) -> str:
    """Stages, passes and patterns with their counts, then the current rewrite. No times: two runs
    print the same.
    """
    lines = [model.label]
    names = dict.fromkeys(run.stage for run in model.runs)
    for name in names:
        runs = [run for run in model.runs if run.stage == name]
        idle = [run.name for run in runs if not len(run.rewrites)]
        lines.append(f"to {name}")
        busy = [run for run in runs if len(run.rewrites)]
        for run in busy[:MAX_PASSES]:
            counts = sorted(run.rewrites.counts().items(), key=lambda item: (-item[1], item[0]))
            patterns = [f"{one} x{times}" for one, times in counts[:MAX_PATTERNS]]
            more = len(counts) - len(patterns)
            patterns += [f"{more} more"] * bool(more)
            lines.append(f"  {run.name}: {len(run.rewrites)} ({', '.join(patterns)})")
        if len(busy) > MAX_PASSES:
            lines.append(f"  ... and {len(busy) - MAX_PASSES} more passes with rewrites")
        if idle:
            more = f" and {len(idle) - MAX_IDLE} more passes" if len(idle) > MAX_IDLE else ""
            told = f"no rewrites: {', '.join(idle[:MAX_IDLE])}{more}"
            lines += wrap(
                told,
                LONGEST,
                initial_indent="  ",
                subsequent_indent="    ",
                break_on_hyphens=False,
            )
    if model.total:
        lines += step_lines(model.step(model.at), model.total)
    return "\n".join(lines)


def step_lines(step: Step, total: int) -> list[str]:
    """Formats one rewrite: what applied it, what it took away (-), put there (+) or changed (~).

    The line in the pattern's file is left out: it changes with every edit above it.
    """
    where = f" ({step.file})" if step.file else ""
    lines = [f"rewrite {step.number + 1} of {total}: {step.pattern}{where}, in {step.run.name}"]
    changed = step.changed
    for sign, ops in (("-", step.removed), ("+", step.added)):
        for op in ops[:MAX_LINES]:
            shown = "~" if op.serial in changed and sign == "+" else sign
            lines.append(f"  {shown} {_cut(op.text)}")
        if len(ops) > MAX_LINES:
            lines.append(f"  {sign} ... and {len(ops) - MAX_LINES} more")
    return lines


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."
