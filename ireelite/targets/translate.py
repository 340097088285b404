"""Stage 6: a copy of the kernels for every target that was asked for, then each in the target's own
words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, StringAttr
from xdsl.ir import Block, Operation, Region

from ireelite.dialects.sequencer import iree
from ireelite.lowering.program.frame import device_of, dispatched
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.sequences import is_sequence
from ireelite.status import StatusError, invalid_argument, invalid_option
from ireelite.syntax.parser import at_place, place_of
from ireelite.targets.registry import DeviceChoice, TargetOptions, TargetSelection

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


def schedule_kernels(
    module: ModuleOp,
    selection: TargetSelection,
    options: TargetOptions,
    tracker: Tracker | None,
    devices: Sequence[DeviceChoice] = (),
) -> ModuleOp:
    """Gives each target its own copy of every kernel, with the target's schedule, in place. With
    several `devices`, only the targets of devices that run a kernel get a copy.

    Raises INVALID_ARGUMENT if there are executables and no target was named.
    """
    if not selection.targets and any(
        isinstance(op, iree.MultiArchExecutableOp) for op in module.body.ops
    ):
        raise invalid_option(
            "no target: name at least one, as --iree-hal-target-backends=vmvx, or "
            "--iree-hal-target-device=local --iree-hal-local-target-device-backends=vmvx; "
            "targets: llvm-cpu, vmvx, vulkan-spirv"
        )
    families = families_of_executables(module, devices)
    check_families(selection, devices, families)
    for op in module.body.block.ops:
        if isinstance(op, iree.MultiArchExecutableOp):
            copy_kernels(op, selection, options, tracker, families.get(op.sym_name.data))
    return module


def check_families(
    selection: TargetSelection, devices: Sequence[DeviceChoice], used: dict[str, set[str]]
) -> None:
    """Raises INVALID_ARGUMENT for a device that has executables to run but runs none of the
    targets.
    """
    known = {target.device for target in selection.targets}
    for choice in devices:
        if choice.family not in known and any(choice.family in rows for rows in used.values()):
            names = ", ".join(target.name for target in selection.targets) or "none"
            raise invalid_argument(
                f"device '{choice.name}' is of kind {choice.family}, which runs none of the targets "
                f"({names}); name a target for it"
            )


def families_of_executables(
    module: ModuleOp, devices: Sequence[DeviceChoice]
) -> dict[str, set[str]]:
    """Returns the families of the devices that run each executable, by its name. Empty if there is
    only one device.
    """
    if not devices:
        return {}
    family_of = {choice.name: choice.family for choice in devices}
    found: dict[str, set[str]] = {}
    for op in module.body.block.ops:
        if isinstance(op, func.FuncOp) and is_sequence(op):
            family = family_of[device_of(op, list(family_of))]
            for name in dispatched(op):
                found.setdefault(name, set()).add(family)
    return found


def copy_kernels(
    op: iree.MultiArchExecutableOp,
    selection: TargetSelection,
    options: TargetOptions,
    tracker: Tracker | None,
    families: set[str] | None,
) -> None:
    """Replaces the kernels for an unspecified target, in place, by one `iree.executable(TAG)` of
    scheduled kernels for each target. Targets of other device families than `families` get none.
    """
    (source,) = op.executables
    for target in selection.remaining:
        if families is not None and target.device not in families:
            continue
        copy = source.clone()
        copy.properties["format_name"] = StringAttr(target.tag)
        copy.location = source.location
        op.body.block.add_op(copy)
        if tracker is not None:
            pairs = zip(source.walk(), copy.walk(), strict=True)
            for old, new in pairs:
                tracker.derive(new, (old,))
        for kernel in list(copy.walk()):
            if isinstance(kernel, func.FuncOp):
                target.schedule(kernel, options, tracker)
    source.detach()
    source.erase()


def translate_executables(
    module: ModuleOp,
    selection: TargetSelection,
    options: TargetOptions,
    tracker: Tracker | None,
    devices: Sequence[DeviceChoice] = (),
) -> ModuleOp:
    """Returns the sequencer as it was, with the kernels of each target in the target's own words. A
    default target that can't take one executable is left out of all.

    Raises the error of a target that was named, or of the first one if none remains.
    """
    to = Conversion({}, "executables", tracker)
    result = ModuleOp([], module.attributes, module.sym_name)
    with to.at(result.body.block):
        for op in module.body.block.ops:
            if isinstance(op, iree.MultiArchExecutableOp):
                with to.rewriting(translate, op):
                    to.insert(translate(op, selection, options, tracker, bool(devices)))
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
    several: bool,
) -> iree.MultiArchExecutableOp:
    """Returns the op with one translated executable for every target that accepts the kernels.

    Raises INVALID_ARGUMENT if there are no kernels for a target that was named. For a program for
    several devices this is no error: its text may have kernels for some of the targets only.
    """
    sources = {source.format: source for source in op.executables}
    variants: list[Operation] = []
    for target in selection.remaining:
        if (source := sources.get(target.tag)) is None:
            if not selection.by_name or several:
                continue
            raise invalid_argument(
                f"{place_of(op)}'{op.name}' op '{op.sym_name.data}' has no kernels for target "
                f"{target.name}: it has no iree.executable({target.tag})"
            )
        kernels = source.module
        assert isinstance(kernels, ModuleOp)
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
