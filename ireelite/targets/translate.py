"""Stage 6: each executable's kernels in the words of every target that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, Region

from ireelite.dialects.sequencer import iree
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.status import StatusError, invalid_argument
from ireelite.syntax.parser import at_place
from ireelite.targets.registry import TargetOptions, TargetSelection

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


def translate_executables(
    module: ModuleOp, selection: TargetSelection, options: TargetOptions, tracker: Tracker | None
) -> ModuleOp:
    """The sequencer as it was, and for each target an `iree.executable(TAG)` in place of the
    unspecified one. A default target that can't take one executable is left out of all.

    Raises INVALID_ARGUMENT without any target, and the error of a named target or of the first one
    if none remains.
    """
    if not selection.targets and any(
        isinstance(op, iree.MultiArchExecutableOp) for op in module.body.ops
    ):
        raise invalid_argument(
            "no target: name at least one, as --iree-hal-target-backends=vmvx, or "
            "--iree-hal-target-device=local --iree-hal-local-target-device-backends=vmvx; "
            "targets: llvm-cpu, vmvx, vulkan-spirv"
        )
    to = Conversion({}, "executables", tracker)
    result = ModuleOp([], module.attributes, module.sym_name)
    with to.at(result.body.block):
        for op in module.body.block.ops:
            if isinstance(op, iree.MultiArchExecutableOp):
                with to.rewriting(translate, op):
                    to.insert(translate(op, selection, options, tracker))
            else:
                with to.deriving_from(op):
                    to.clone(op)
    to.finish()
    selection.check_any(selection.remaining)
    remove_left_out(result, selection)
    return result


def translate(
    op: iree.MultiArchExecutableOp,
    selection: TargetSelection,
    options: TargetOptions,
    tracker: Tracker | None,
) -> iree.MultiArchExecutableOp:
    """One executable for every target that takes it."""
    (source,) = op.executables
    kernels = source.module
    assert isinstance(kernels, ModuleOp)
    variants: list[Operation] = []
    for target in selection.remaining:
        try:
            body = target.lower(kernels, tracker, options)
        except StatusError as error:
            context = f"while compiling executable '{op.sym_name.data}' for {target.name}"
            selection.leave_out(target, at_place(error.annotate(context), [op]), op, tracker)
            continue
        variant = iree.ExecutableOp(target.tag, body)
        if tracker is not None:
            tracker.derive(variant, (source,))
            tracker.derive(body, (kernels,))
        variants.append(variant)
    ordinal = None if op.ordinal is None else op.ordinal.value.data
    return iree.MultiArchExecutableOp(op.sym_name.data, Region(Block(variants)), ordinal)


def remove_left_out(module: ModuleOp, selection: TargetSelection) -> None:
    """Erases the variants of targets that could not take a later executable."""
    tags = {target.tag for target in selection.targets if target.name in selection.left_out}
    for op in module.body.block.ops:
        if tags and isinstance(op, iree.MultiArchExecutableOp):
            for variant in op.executables:
                if variant.format in tags:
                    variant.detach()
                    variant.erase()
