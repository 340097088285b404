"""The ops that a program may have, from the tables of the passes that lower them.

`ireelite-opt --list-ops` prints them. `python -m ireelite.tools.op_list README.md` writes them
between the two comments that name this command.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from ireelite.status import invalid_argument

KERNEL, EXPANDED, HOST, ERASED = "kernel", "expanded", "host", "erased"
"""How an op is lowered: to a kernel or a part of one, to other ops of its level, to code of the
host around dispatches, or to nothing.
"""

STRUCTURE = ("stablehlo.return", "sdy.return")
"""Ops that end the regions of others and need no rule."""

BEGIN, END = "<!-- ireelite-opt --list-ops -->", "<!-- end of the list -->"


def hlo_ops() -> dict[str, str]:
    """Returns how every op of an HLO program that is lowered is lowered."""
    from ireelite.lowering.frontend.hlo import one_device
    from ireelite.lowering.frontend.hlo.expand import EXPANSIONS
    from ireelite.lowering.frontend.hlo.quantized import CONVERSIONS
    from ireelite.lowering.frontend.hlo.static_forms import STATIC_FORMS
    from ireelite.lowering.frontend.hlo.unpack_tuples import PACKING
    from ireelite.lowering.tensors import control_flow
    from ireelite.lowering.tensors.hlo_to_linalg.program import RULES

    found = {op.name: KERNEL for op in RULES}
    found |= {op.name: EXPANDED for op in (*EXPANSIONS, *STATIC_FORMS, *CONVERSIONS)}
    found |= {op.name: ERASED for op in PACKING}
    found |= {op.name: HOST for op in control_flow.RULES}
    found |= {name: ERASED for name in one_device.RULES if name not in found}
    found |= dict.fromkeys(STRUCTURE, KERNEL)
    return {
        name: how
        for name, how in sorted(found.items())
        if name.partition(".")[0] in ("stablehlo", "chlo", "sdy")
    }


def missing_ops() -> list[str]:
    """Ops of the specifications, and of the dialects here, that are not lowered."""
    from ireelite.dialects.chlo import Chlo
    from ireelite.dialects.stablehlo import StableHLO
    from ireelite.syntax.specified_ops import SPECIFIED

    known = hlo_ops()
    every = {f"{dialect}.{op}" for dialect, ops in SPECIFIED.items() for op in ops}
    every |= {op.name for dialect in (StableHLO, Chlo) for op in dialect.operations}
    return sorted(name for name in every - known.keys() if "._" not in name)


def tensorflow_ops() -> list[str]:
    """Returns every TensorFlow op that a graph may have."""
    from ireelite.lowering.frontend.tf.support import SUPPORTED

    return list(SUPPORTED)


def table() -> str:
    """Returns a line for each op: its name, how it is lowered, and for which targets."""
    from ireelite.targets.registry import TARGETS

    targets = " ".join(TARGETS)
    lines = [f"{name:<40}{how:<12}{targets}" for name, how in hlo_ops().items()]
    lines += [f"{'tf.' + name:<40}{EXPANDED:<12}{targets}" for name in tensorflow_ops()]
    lines += [f"{name:<40}not lowered" for name in missing_ops()]
    return "".join(f"{line}\n" for line in lines)


def markdown() -> str:
    """Returns the list as the README has it."""
    known = hlo_ops()
    rows: Sequence[tuple[str, Sequence[str]]] = (
        ("StableHLO", short(known, "stablehlo")),
        ("CHLO", short(known, "chlo")),
        ("TensorFlow", tensorflow_ops()),
        ("Not yet", missing_ops()),
    )
    paragraphs = [
        textwrap.fill(
            f"**{title}** ({len(names)}): {', '.join(f'`{name}`' for name in names)}.",
            width=118,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for title, names in rows
        if names
    ]
    return "\n\n".join([BEGIN, *paragraphs, END])


def short(known: Mapping[str, str], dialect: str) -> list[str]:
    """Names of a dialect's ops without the dialect."""
    return [name.partition(".")[2] for name in known if name.partition(".")[0] == dialect]


def updated(text: str) -> str:
    """Returns a text with the list of today between its two comments. Raises INVALID_ARGUMENT
    without.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise invalid_argument(f"the text has no '{BEGIN}' or no '{END}'")
    return before + markdown() + after


def main(paths: Sequence[str]) -> None:
    """Writes the list into files."""
    for path in map(Path, paths):
        path.write_text(updated(path.read_text()))


if __name__ == "__main__":
    main(sys.argv[1:])
