"""What a target is, and which there are.

A target turns a kernel into its own words (stage 6) and those into an executable's bytes. Adding
one is a line in
`TARGETS`; nothing else in the compiler names a target.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation

from ireelite.light_dataclass import light_dataclass
from ireelite.status import StatusCode, StatusError, invalid_argument, near_names, not_found

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


InstructionRow = tuple[tuple[int, ...], str, object]
"""(address, mnemonic, origin): where an instruction is, and the op it was made from."""


@light_dataclass(frozen=True)
class TargetOptions:
    """What a user may decide about code generation."""

    workgroup_size: tuple[int, int, int] | None = None
    """Invocations in a workgroup, x y z; None lets each target choose."""
    polyglot_zip: bool = True
    """Whether executables that are modules themselves are ZIP archives too."""
    source_map: bool = True
    """Whether executables that are modules themselves say where their instructions come from."""
    cpu: str = "host"
    """What native code is made for: `host`, or `generic` for any CPU of the architecture."""
    schedule: str | None = None
    """The schedule of native kernels, one of `SCHEDULES`; None is that of the CPU's registers. `plain`
    is that of shaders, too."""
    vulkan_target: str | None = None
    """The schedule of shaders, one of `SHADER_SCHEDULES`; None is that of this machine's devices."""
    shader_capabilities: tuple[str, ...] | None = None
    """The SPIR-V capabilities that shaders may have; None lets them have what they need."""
    reassociate: bool = True
    """Whether the order of the sums of an accumulation in a loop is open."""
    microkernels: bool = True
    """Whether executables for vmvx may call the microkernels of the VM module `vmvx`."""
    origins: bool = False
    """Whether a compilation record wants to know the op of each machine instruction."""


@light_dataclass()
class Blob:
    """An executable's bytes, and where its instructions came from."""

    data: bytes
    origins: list[InstructionRow] = field(default_factory=list)


@dataclass(frozen=True)
class DeviceFeature:
    """What a device must have to run an executable, beyond taking its format."""

    category: str
    """As `hal.device.query.i64` is asked: `vulkan.feature`."""
    key: str
    """In the category: `shader_float64`."""
    reason: str = field(default="", compare=False)
    """The op that needs it, and the targets that have it everywhere."""


@light_dataclass(frozen=True)
class WorkgroupAxis:
    """How many workgroups there are along one axis of a dispatch whose workload the host computes."""

    of: int | None = None
    """The number of the workload's size that they cover: 0 x, 1 y, 2 z; None for one workgroup."""
    points: int = 1
    """Points that a workgroup covers."""
    most: int | None = None
    """The most workgroups that a device runs; each then covers several parts."""


class Target(Protocol):
    """One kind of executable."""

    name: str
    """As in `--iree-hal-target-backends=`."""
    tag: str
    """As in `iree.executable(TAG)`."""
    device: str
    """The device family that runs it; devices answer ids that begin with it."""
    format: str
    """What a device is asked whether it takes."""

    def schedule(
        self, kernel: func.FuncOp, options: TargetOptions, tracker: Tracker | None
    ) -> None:
        """Schedules a kernel for the target, in place: what runs at once, and in which order."""
        ...

    def lower(
        self, kernels: ModuleOp, tracker: Tracker | None, options: TargetOptions
    ) -> Operation:
        """Returns the module that goes into `iree.executable(TAG)`; `kernels` is left as it is."""
        ...

    def serialize(self, body: Operation, options: TargetOptions) -> Blob:
        """Returns the bytes of an executable, from what `lower` made or from its text read back."""
        ...

    def features(self, body: Operation) -> Sequence[DeviceFeature]:
        """Returns what a device must have to run an executable, from what `lower` made."""
        ...

    def workgroup_counts(
        self, body: Operation, workload: tuple[int, int, int]
    ) -> tuple[int, int, int]:
        """Returns how many workgroups cover a workload, x y z."""
        ...

    def workgroup_axes(self, body: Operation) -> tuple[WorkgroupAxis, WorkgroupAxis, WorkgroupAxis]:
        """Returns how many workgroups, x y z, cover a workload that the host computes."""
        ...

    def most_sizes(self, body: Operation) -> Sequence[int | None]:
        """Returns the largest that each size may be which an entry point takes; None, or nothing at
        all, for any.
        """
        ...


CANNOT_TAKE = (StatusCode.UNIMPLEMENTED, StatusCode.RESOURCE_EXHAUSTED)
"""Codes of the errors by which a target refuses a program that another target may well take."""


class TargetWarning(UserWarning):
    """A default target can't take a program, and the module has no executables for it."""


@light_dataclass()
class TargetSelection:
    """The targets of one compilation.

    A target that was named must take the program; a default target that can't is left out of the
    module. The choice holds for the whole module, since `__select_variant` picks one target for all
    of its executables.
    """

    targets: Sequence[Target]
    by_name: bool = True
    """Whether the user named these targets."""
    left_out: dict[str, StatusError] = field(default_factory=dict)
    """Name of a target that can't take the program -> its first error."""
    taken: list[Target] = field(default_factory=list)
    """The targets that the module has executables for."""

    @property
    def remaining(self) -> list[Target]:
        """The targets that have taken all of the program they have seen."""
        return [target for target in self.targets if target.name not in self.left_out]

    def leave_out(
        self, target: Target, error: StatusError, executable: Operation, tracker: Tracker | None
    ) -> None:
        """Removes a target that raised `error` for an executable, and records why. Raises it if the
        target was named, or if it is not one of the refusals in `CANNOT_TAKE`.
        """
        if self.by_name or error.code not in CANNOT_TAKE:
            raise error
        self.left_out[target.name] = error
        if tracker is not None:
            facts = {"target": target.name, "code": error.code.name}
            tracker.decide("target", [executable], "left out", error.message, facts)

    def take(self, targets: Sequence[Target], tracker: Tracker | None) -> None:
        """Notes the targets that the module has executables for."""
        self.taken = list(targets)
        if tracker is not None:
            for target in targets:
                reason = "takes every executable of the program"
                tracker.decide("target", [], "taken", reason, {"target": target.name})

    def check_any(self, remaining: Sequence[Target]) -> None:
        """Raises the first target's error, with the others', if no target remains."""
        if remaining or not self.left_out:
            return
        first, *others = self.left_out.values()
        for name, error in list(self.left_out.items())[1:]:
            first.annotate(f"target {name}: {error.message}")
        raise first.annotate("no target remains") if others else first

    @property
    def warnings(self) -> list[str]:
        """One message for each target that was left out: the place, what it can't take, its name."""
        return [
            f"{error.message}; target {name} is left out of the module"
            for name, error in self.left_out.items()
        ]


TARGETS: dict[str, tuple[str, str, str]] = {
    "llvm-cpu": ("LLVM", "ireelite.targets.native.target", "NativeTarget"),
    "vmvx": ("IreeBytecode", "ireelite.targets.vmvx.target", "VmvxTarget"),
    "vulkan-spirv": ("SPIRV", "ireelite.targets.spirv.target", "SpirvTarget"),
}
"""Name -> (tag, where the target's class is). The order is the order of preference on a device that
takes several; a target's module is imported when the target is used."""


FAMILIES = ("local", "vulkan")
"""Kinds of devices; a device runs the targets whose `device` is its kind."""


@light_dataclass(frozen=True)
class DeviceChoice:
    """A device of a multi-device program: the first device of its kind, or a later one."""

    name: str = ""
    """The device's name in the program; empty in a program for a single device."""
    family: str = ""
    """One of `FAMILIES`; empty for any."""
    ordinal: int = 0
    """The number of devices of the kind that precede it."""


def device_choice(name: str, kind: str) -> DeviceChoice:
    """Parses a device `name=kind`, as in `a=local`, `b=vulkan` or `c=local[1]`. Raises
    INVALID_ARGUMENT.
    """
    found = _KIND.fullmatch(kind)
    if found is None or not _NAME.fullmatch(name):
        raise invalid_argument(
            f"'{name}={kind}' is no device; it is a name and {' or '.join(KINDS)}, as a=local or "
            "b=local[1] for the second one of that kind"
        )
    return DeviceChoice(name, KINDS[found["kind"]], int(found["ordinal"] or 0))


KINDS = {"local": "local", "vulkan": "vulkan", "webgpu": "vulkan"}
"""Accepted names for kinds of devices -> their family."""
_KIND = re.compile(rf"(?P<kind>{'|'.join(KINDS)})(\[(?P<ordinal>\d+)\])?")
_NAME = re.compile(r"[A-Za-z_][\w$.-]*")


@cache
def find_target(name: str) -> Target:
    """Returns the target of that name. Raises NOT_FOUND with the near names."""
    if name not in TARGETS:
        raise not_found(f"no target '{name}'{near_names(name, list(TARGETS))}")
    _, module, attribute = TARGETS[name]
    return getattr(import_module(module), attribute)()


def target_of_tag(tag: str) -> Target:
    """Returns the target whose executables carry this tag. Raises NOT_FOUND."""
    for name, (own_tag, _, _) in TARGETS.items():
        if own_tag == tag:
            return find_target(name)
    raise not_found(f"no target makes iree.executable({tag})")
