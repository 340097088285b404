"""The target `vulkan-spirv`: a kernel as a SPIR-V compute shader.

    kernel level --lower--> spirv dialect --serialize--> VKE1 executable with SPIR-V words

The form is the walkthrough's: storage buffers in set 0 in the order of the kernel's arguments,
fixed arrays in structs, one `GlobalInvocationId`. All shapes and strides are baked in, so there are
no push constants.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from xdsl.dialects import func, memref, scf
from xdsl.dialects.builtin import DenseArrayBase, DenseIntOrFPElementsAttr, ModuleOp
from xdsl.ir import Attribute, Block, Operation, Region

from ireelite.dialects import spirv
from ireelite.dialects.sequencer.iree_ll_seq import takes_open_sizes
from ireelite.executables.vke1 import Vke1Binding, Vke1Executable, Vke1Pipeline, encode_vke1
from ireelite.lowering.lockstep.tile import tile_words
from ireelite.lowering.scalars.expand_math import EXPANSIONS, expand_math
from ireelite.lowering.scalars.expand_types import expand_types
from ireelite.lowering.schedules.recompute import recompute
from ireelite.lowering.schedules.schedule import LANES, WORKLOAD
from ireelite.lowering.schedules.shader_schedules import SHADER_SCHEDULES
from ireelite.lowering.schedules.shaders import tile_shader
from ireelite.lowering.schedules.tiles import PLAIN
from ireelite.status import invalid_argument
from ireelite.targets.registry import Blob, DeviceFeature, TargetOptions, WorkgroupAxis
from ireelite.targets.spirv.arith import ARITH_RULES
from ireelite.targets.spirv.capabilities import (
    capabilities_of,
    check_allowed,
    check_floats,
    features_of,
    needs_of,
    without_unused_constants,
)
from ireelite.targets.spirv.control import (
    lower_for,
    lower_if,
    lower_index_switch,
    lower_while,
)
from ireelite.targets.spirv.conversion import KernelConversion, KernelRules
from ireelite.targets.spirv.grid import Size, choose_grid, plan_grid
from ireelite.targets.spirv.kernel import lower_kernel, lower_parallel, lower_return
from ireelite.targets.spirv.machine import schedule_of_machine
from ireelite.targets.spirv.math import MATH_RULES
from ireelite.targets.spirv.memory import lower_alloca, lower_load, lower_store
from ireelite.targets.spirv.open_sizes import AXES, MAX_SIZES, OPEN_GRID, limits_of
from ireelite.targets.spirv.serialize import serialize_module

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

EXTENSION = "SPV_KHR_storage_buffer_storage_class"

RULES: KernelRules = {
    func.FuncOp: lower_kernel,
    func.ReturnOp: lower_return,
    scf.ParallelOp: lower_parallel,
    scf.ForOp: lower_for,
    scf.IfOp: lower_if,
    scf.IndexSwitchOp: lower_index_switch,
    scf.WhileOp: lower_while,
    memref.AllocaOp: lower_alloca,
    memref.LoadOp: lower_load,
    memref.StoreOp: lower_store,
    **ARITH_RULES,
    **MATH_RULES,
}
"""What becomes of each op of the kernel level."""


class SpirvTarget:
    """SPIR-V for `--device=vulkan` and `--device=webgpu`."""

    name = "vulkan-spirv"
    tag = "SPIRV"
    device = "vulkan"
    format = "vulkan-spirv-fb"

    def schedule(
        self, kernel: func.FuncOp, options: TargetOptions, tracker: Tracker | None
    ) -> None:
        """Tiles a kernel for the devices that shaders are made for."""
        if options.schedule != PLAIN and not takes_open_sizes(kernel):
            recompute(kernel, tracker)
            name = options.vulkan_target or schedule_of_machine()
            tile_shader(kernel, SHADER_SCHEDULES[name], tracker)

    def lower(
        self, kernels: ModuleOp, tracker: Tracker | None, options: TargetOptions
    ) -> spirv.ModuleOp:
        """Returns the shader for the one kernel of a module.

        Raises UNIMPLEMENTED for types and ops that shaders cannot have, RESOURCE_EXHAUSTED for too
        many buffers.
        """
        kernels = expand_types(kernels, tracker, reassociates=True)
        plain = _the_one(kernels, func.FuncOp)
        check_floats(plain)
        kept = EXPANSIONS.keys() & MATH_RULES.keys()
        kernels = expand_math(kernels, tracker, kept, reassociates=True, has_f64=False)
        kernel = _the_one(kernels, func.FuncOp)
        name = kernel.sym_name.data
        grid = OPEN_GRID
        if not takes_open_sizes(kernel):
            grid = choose_grid(_workload(kernel), options.workgroup_size)
        top = Block()
        to = KernelConversion(RULES, grid, name, tracker)
        with to.at(top):
            to.convert(kernel)
        to.finish()
        capabilities = capabilities_of(without_unused_constants(top))
        check_allowed(capabilities, options.shader_capabilities, plain)
        module = spirv.ModuleOp(spirv.VceAttr("v1.0", capabilities, [EXTENSION]), Region(top))
        module.attributes |= needs_of(plain, capabilities) | tiles_of(kernel)
        if limits := limits_of(kernel, to.copies):
            module.attributes[MAX_SIZES] = limits
        if tracker is not None:
            tracker.derive(module, [kernel])
        return module

    def serialize(self, body: Operation, options: TargetOptions) -> Blob:
        """Returns the VKE1 executable of a shader; the table's addresses are word offsets in its
        SPIR-V.
        """
        module = _shader(body)
        encoded = serialize_module(module)
        entry_point = _the_one(module, spirv.EntryPointOp).fn.string_value()
        pipeline = Vke1Pipeline(
            entry_point, 0, _descriptor_sets(module), _push_constant_bytes(module)
        )
        data = encode_vke1(Vke1Executable((encoded.data,), (pipeline,)))
        return Blob(
            data, [((offset,), mnemonic, origin) for offset, mnemonic, origin in encoded.origins]
        )

    def features(self, body: Operation) -> Sequence[DeviceFeature]:
        """Returns what a device must have: 64-bit integers and floats, if the shader computes in
        them.
        """
        return features_of(_shader(body))

    def workgroup_counts(self, body: Operation, workload: Size) -> Size:
        """Returns how many workgroups a workload takes, from the shader's workgroup size; that of
        tiles is the shader's own.
        """
        local_size = _the_one(_shader(body), spirv.ExecutionModeOp).local_size
        own = body.attributes.get(WORKLOAD)
        return plan_grid(workload if own is None else _three(own), local_size).counts

    def workgroup_axes(self, body: Operation) -> tuple[WorkgroupAxis, WorkgroupAxis, WorkgroupAxis]:
        """Workgroups along each axis, as many as a device runs."""
        return AXES

    def most_sizes(self, body: Operation) -> Sequence[int | None]:
        """Returns what the shader's loops go around: drivers end longer ones without a word."""
        limits = body.attributes.get(MAX_SIZES)
        if not isinstance(limits, DenseArrayBase):
            return ()
        return [None if limit < 0 else int(limit) for limit in limits.iter_values()]


OpT = TypeVar("OpT", bound=Operation)


def _the_one(module: Operation, kind: type[OpT]) -> OpT:
    found = [op for op in module.regions[0].block.ops if isinstance(op, kind)]
    if len(found) != 1:
        raise invalid_argument(f"a '{module.name}' here has one '{kind.name}', not {len(found)}")
    return found[0]


def _shader(body: Operation) -> spirv.ModuleOp:
    if not isinstance(body, spirv.ModuleOp):
        raise invalid_argument(f"a SPIRV executable has a 'spirv.module', not '{body.name}'")
    return body


def _descriptor_sets(module: spirv.ModuleOp) -> tuple[tuple[Vke1Binding, ...], ...]:
    """Returns the bindings of each descriptor set, from the variables."""
    variables = [op for op in module.body.block.ops if isinstance(op, spirv.GlobalVariableOp)]
    places = sorted(variable.bind for variable in variables if variable.bind is not None)
    count = 1 + max((number for number, _ in places), default=0)
    return tuple(
        tuple(Vke1Binding(at) for number, at in places if number == n) for n in range(count)
    )


def _push_constant_bytes(module: spirv.ModuleOp) -> int:
    """Bytes of the push constants, from the variable."""
    for op in module.body.block.ops:
        if isinstance(op, spirv.GlobalVariableOp):
            block = op.type.pointee
            if op.type.storage == spirv.StorageClass.PUSH_CONSTANT:
                assert isinstance(block, spirv.SpirvStructType)
                return sum(map(spirv.byte_size, block.members))
    return 0


def _workload(kernel: func.FuncOp) -> Size:
    return _three(kernel.attributes.get(WORKLOAD))


def tiles_of(kernel: func.FuncOp) -> dict[str, Attribute]:
    """Returns the attribute of a shader whose invocations compute tiles: their number, which is not
    that of the dispatch's points.
    """
    if any(LANES in tile_words(op) for op in kernel.walk() if isinstance(op, scf.ParallelOp)):
        return {WORKLOAD: kernel.attributes[WORKLOAD]}
    return {}


def _three(attribute: Attribute | None) -> Size:
    if not isinstance(attribute, DenseIntOrFPElementsAttr) or len(attribute) != 3:
        raise invalid_argument(f"'{WORKLOAD}' must be an attribute of three numbers")
    x, y, z = (int(extent) for extent in attribute.get_values())
    return x, y, z
