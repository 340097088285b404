"""What a user may decide about a compilation."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ireelite.light_dataclass import field, light_dataclass
from ireelite.lowering.fusion.rules import ALL_RULES, checked_rules
from ireelite.lowering.schedules.shader_schedules import SHADER_SCHEDULES
from ireelite.lowering.schedules.tiles import SCHEDULES
from ireelite.status import StatusCode, StatusError, check_name, invalid_argument
from ireelite.targets.registry import (
    TARGETS,
    DeviceChoice,
    TargetOptions,
    device_choice,
    find_target,
)

if TYPE_CHECKING:
    from ireelite.passes import Pass

EXECUTION_MODELS = ("async-internal", "async-external", "host-only")
"""`async-internal`: a call returns when its results are ready. `async-external`: it takes a fence
to wait for and one to signal, and returns at once. `host-only`: no tensor work, and no device."""
INLINE_MODELS = ("inline-static", "inline-dynamic")
"""Those of upstream's compiler alone, whose programs have no device."""

VERIFY_VARIABLE = "IREELITE_VERIFY_PASSES"
"""The environment variable that, as `1`, lets every compilation verify the output of each pass."""


@light_dataclass(frozen=True)
class CompileOptions:
    """What a user may decide about a compilation."""

    targets: tuple[str, ...] | None = None
    """Names of targets, each of which must take the program; None means all, and a target that
    can't take the program is left out."""
    workgroup_size: tuple[int, int, int] | None = None
    """Invocations in a workgroup, x y z; None lets each target choose."""
    module_name: str | None = None
    """Name of the VM module; None means the source module's, or `module`."""
    polyglot_zip: bool = True
    """Whether the file is also a ZIP archive that lists its parts."""
    strip_source_map: bool = False
    """Whether the file says nothing about where in the source its instructions come from."""
    execution_model: str = "async-internal"
    """How functions are called and what they may do: one of `EXECUTION_MODELS`."""
    cpu: str = "host"
    """What native code is made for: `host`, or `generic` for any CPU of the architecture."""
    schedule: str | None = None
    """The schedule of native kernels, one of `SCHEDULES`; None is that of the CPU's registers."""
    vulkan_target: str | None = None
    """The devices that shaders are scheduled for, one of `SHADER_SCHEDULES`; None is this machine's."""
    shader_capabilities: tuple[str, ...] | None = None
    """The SPIR-V capabilities that shaders may have; None lets them have what they need."""
    fusion: frozenset[str] = ALL_RULES
    """The rules of fusion that are on, of `lowering/fusion/rules.py`."""
    element_types: tuple[str, ...] = ()
    """Conversions of `lowering/frontend/element_types.py` before all else: `demote-f64-to-f32`."""
    reassociate: bool = True
    """Whether reductions of floats may add in another order, long ones as partial results."""
    microkernels: bool = True
    """Whether products of matrices for vmvx become calls of the VM module `vmvx`."""
    verify: bool = field(default_factory=lambda: os.environ.get(VERIFY_VARIABLE) == "1")
    """Whether each pass's output is verified."""

    devices: tuple[tuple[str, str], ...] = ()
    """(name, kind) of each device of a multi-device program, where the kind is `local` or `vulkan`,
    or `local[1]` for the second device of that kind. Empty for a program that runs on one device of
    any kind."""
    own_passes: tuple[tuple[str, Pass], ...] = ()
    """(point, pass): passes of the reader's own, each after a stage or a pass of the pipeline; see
    `own_passes.py`."""

    def __post_init__(self) -> None:
        if self.execution_model in INLINE_MODELS:
            raise StatusError(
                StatusCode.UNIMPLEMENTED,
                f"this compiler has no execution model '{self.execution_model}': use "
                "async-internal, with which a call returns when its results are ready, too; what "
                "upstream's compiler makes for that model is run",
            )
        check_name("execution model", self.execution_model, EXECUTION_MODELS)
        if self.schedule is not None:
            check_name("schedule", self.schedule, SCHEDULES)
        if self.vulkan_target is not None:
            check_name("Vulkan target", self.vulkan_target, SHADER_SCHEDULES)
        checked_rules(self.fusion)
        for name in self.targets or ():
            check_name("target", name, TARGETS)
        names = [choice.name for choice in self.device_choices]
        if len(set(names)) < len(names):
            raise invalid_argument(f"two devices have one name: {', '.join(names)}")

    @property
    def device_names(self) -> tuple[str, ...]:
        """Device names of a multi-device program; the first is the default."""
        return tuple(name for name, _ in self.devices)

    @property
    def in_order(self) -> list[str]:
        """The targets in the order in which a device is asked for them."""
        named = [name for name in TARGETS if self.targets is None or name in self.targets]
        families = {choice.family for choice in self.device_choices}
        return [name for name in named if not families or find_target(name).device in families]

    @property
    def device_choices(self) -> tuple[DeviceChoice, ...]:
        """The devices of a multi-device program; empty for a program for one device."""
        return tuple(device_choice(name, kind) for name, kind in self.devices)

    @property
    def code_generation(self) -> TargetOptions:
        """The part that targets see."""
        return TargetOptions(
            self.workgroup_size,
            self.polyglot_zip,
            not self.strip_source_map,
            self.cpu,
            schedule=self.schedule,
            vulkan_target=self.vulkan_target,
            shader_capabilities=self.shader_capabilities,
            reassociate=self.reassociate,
            microkernels=self.microkernels,
        )
