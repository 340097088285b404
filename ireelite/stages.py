"""The stages of a compilation, and which stage a program is in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ireelite.status import invalid_argument, near_names, not_found

if TYPE_CHECKING:
    from xdsl.dialects.builtin import ModuleOp

STAGES = (
    "tf",
    "hlo",
    "dispatch",
    "hl-seq",
    "ll-seq",
    "kernels",
    "schedules",
    "executables",
    "vm",
    "module",
)
"""What `--compile-to=` takes. The last one is bytes."""


def stage_index(name: str) -> int:
    """Returns a stage's place in the order. Raises NOT_FOUND with the near names."""
    if name not in STAGES:
        raise not_found(f"no stage '{name}'{near_names(name, list(STAGES))}")
    return STAGES.index(name)


HOMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("tf.", ("tf",)),
    ("sdy.", ("hlo",)),
    ("stablehlo.", ("hlo",)),
    ("check.", STAGES[STAGES.index("hlo") : STAGES.index("vm")]),
    ("util.", STAGES[STAGES.index("hlo") : STAGES.index("vm")]),
    ("iree.call", STAGES[STAGES.index("dispatch") : STAGES.index("vm")]),
    ("iree.dispatch_region", ("dispatch",)),
    ("iree_hl_seq.", ("hl-seq",)),
    ("iree_ll_seq.", ("ll-seq", "kernels", "schedules", "executables")),
    ("scf.parallel", ("kernels", "schedules")),
    ("llvm.", ("executables",)),
    ("spirv.", ("executables",)),
    ("vm.module", ("vm",)),
)
"""How op names begin -> the stages such ops have a place in.

Ops that are not listed may stand in several.
"""


OUTSIDE = ("builtin.module", "util.initializer")
"""Ops without a name that a module may hold; a module within a module is refused as such."""


def check_stage(program: ModuleOp, stage: str) -> None:
    """Raises INVALID_ARGUMENT for an op that has no place in this stage,
    naming it and where it was read.
    """
    from ireelite.syntax.errors import at_place, place_of

    for op in program.body.block.ops:
        if "sym_name" not in op.properties and op.name not in OUTSIDE:
            raise invalid_argument(
                f"{place_of(op)}'{op.name}' is outside of functions; a module holds functions and "
                "globals"
            )
    for op in program.walk():
        around = op.parent_op()
        if op.name == "builtin.module" and around is not None and around.name != "iree.executable":
            error = invalid_argument(
                "a module within a module is not supported; move its functions to the module around "
                "it, or compile it alone"
            )
            raise at_place(error, [*op.walk()])
        for prefix, homes in HOMES:
            if op.name.startswith(prefix) and stage not in homes:
                raise invalid_argument(
                    f"{place_of(op)}'{op.name}' has no place in stage '{stage}'; it belongs to "
                    f"{' or '.join(homes)}"
                )


def detect_stage(program: ModuleOp) -> str:
    """Returns the stage whose dialects a program is in, for text that does not name it."""
    names = [op.name for op in program.walk()]
    markers: Sequence[tuple[str, str]] = (
        ("tf.", "tf"),
        ("vm.module", "vm"),
        ("vm.func", "executables"),
        ("llvm.", "executables"),
        ("spirv.", "executables"),
        ("iree_hl_seq.", "hl-seq"),
        ("iree_ll_seq.", _kernel_stage(program)),
        ("iree.dispatch_region", "dispatch"),
        ("iree.dynamic_dispatch_region", "dispatch"),
    )
    for prefix, stage in markers:
        if any(name.startswith(prefix) for name in names):
            return stage
    return "hlo"


def _kernel_stage(program: ModuleOp) -> str:
    """Returns the stage of a low-level sequencer: what its executables hold says how far they are."""
    from ireelite.dialects.sequencer import iree

    if not any(op.name == "scf.parallel" for op in program.walk()):
        return "ll-seq"
    formats = {op.format for op in program.walk() if isinstance(op, iree.ExecutableOp)}
    return "kernels" if iree.ExecutableFormat.UNSPECIFIED in formats else "schedules"
