"""Native CPU code: kernels to the `llvm` dialect, to LLVM IR,
to an object for this machine's CPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from xdsl.dialects import func, llvm
from xdsl.dialects.builtin import (
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    IntegerAttr,
    ModuleOp,
    UnitAttr,
)
from xdsl.ir import Operation

from ireelite.executables.machine import native_format
from ireelite.executables.native import NativeEntryPoint, NativeExecutable
from ireelite.lowering.scalars.expand_math import expand_math
from ireelite.lowering.scalars.expand_types import expand_types
from ireelite.lowering.schedules.tiles import REGISTER_FILES, RegisterFile
from ireelite.lowering.schedules.tiling import tile_kernel
from ireelite.status import invalid_argument
from ireelite.targets.native.emit import module_emitter
from ireelite.targets.native.kernel_to_llvm import (
    BINDING_SIZES,
    WORKGROUP_AXIS,
    WORKGROUP_COUNT,
    lower_kernels,
)
from ireelite.targets.registry import (
    Blob,
    DeviceFeature,
    InstructionRow,
    TargetOptions,
    WorkgroupAxis,
)

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


class NativeTarget:
    """The target `llvm-cpu`: object code of this project's own container,
    for the CPU it is compiled on.
    """

    name = "llvm-cpu"
    tag = "LLVM"
    device = "local"
    format = native_format()

    def schedule(
        self, kernel: func.FuncOp, options: TargetOptions, tracker: Tracker | None
    ) -> None:
        """Tiles a kernel for the registers of a CPU."""
        if (registers := self.registers(options)) is not None:
            tile_kernel(kernel, registers, tracker)

    def registers(self, options: TargetOptions) -> RegisterFile | None:
        """Returns the registers of the schedule that the options name, or else of the CPU that code
        is made for.
        """
        if options.schedule is not None:
            return REGISTER_FILES.get(options.schedule)
        from ireelite.executables.native_object import features_of, machine_of

        machine = machine_of(options.cpu)
        features = features_of(machine)
        if not machine.triple.startswith("x86_64"):
            return REGISTER_FILES["neon"]
        wide = [name for name in ("avx512f", "avx2") if name in features]
        registers = REGISTER_FILES[wide[0] if wide else "sse"]
        pairs_of_floats = "avx512bf16" in features and options.reassociate
        quads = wide[:1] == ["avx512f"] and "avx512vnni" in features
        return replace(registers, pairs_of_floats=pairs_of_floats, quads=quads)

    def lower(
        self, kernels: ModuleOp, tracker: Tracker | None, options: TargetOptions
    ) -> Operation:
        """Returns a module of `llvm.func` ops; math functions that are no instruction are expanded
        first.
        """
        from ireelite.executables.native_object import converts_halves, machine_of

        has_halves = converts_halves(machine_of(options.cpu))
        kernels = expand_types(kernels, tracker, converts_halves=has_halves)
        kernels = expand_math(kernels, tracker)
        return lower_kernels(kernels, tracker, options.reassociate)

    def serialize(self, body: Operation, options: TargetOptions) -> Blob:
        """Compiles and packs all functions of a module. The origins are those of runs of machine
        instructions, and are listed if the options ask for them.
        """
        from ireelite.executables.native_object import compile_ir, has_elf_objects, machine_of

        if not isinstance(body, ModuleOp):
            raise invalid_argument(f"an LLVM executable's body is a module, not '{body.name}'")
        machine = machine_of(options.cpu)
        emitter = module_emitter(body)
        llvm_ir = emitter.text()
        rows: list[InstructionRow] = []
        if options.origins and has_elf_objects(machine):
            from ireelite.executables.elf_object import without_debug_sections
            from ireelite.targets.native.debug_lines import origins, with_lines

            text, ops = with_lines(emitter)
            object_code = compile_ir(text, machine)
            rows = origins(object_code, ops)
            object_code = without_debug_sections(object_code)
        else:
            object_code = compile_ir(llvm_ir, machine)
        executable = NativeExecutable(
            entry_points=tuple(describe(function) for function in entry_points(body)),
            object_code=object_code,
            cpu=machine.cpu,
            features=machine.features,
            llvm_ir=llvm_ir,
            triple=machine.triple,
        )
        return Blob(executable.encode(), rows)

    def features(self, body: Operation) -> Sequence[DeviceFeature]:
        """Returns nothing: host code has all types."""
        return ()

    def workgroup_counts(
        self, body: Operation, workload: tuple[int, int, int]
    ) -> tuple[int, int, int]:
        """Returns the extent of the grid dimension, which the entry point states: it is made for
        one workload.
        """
        for function in entry_points(body):
            count = function.attributes.get(WORKGROUP_COUNT)
            if isinstance(count, DenseIntOrFPElementsAttr):
                x, y, z = (int(n) for n in count.get_values())
                return x, y, z
        raise invalid_argument(
            f"an LLVM executable's entry point needs the attribute {WORKGROUP_COUNT}"
        )

    def workgroup_axes(self, body: Operation) -> tuple[WorkgroupAxis, WorkgroupAxis, WorkgroupAxis]:
        """Returns one workgroup for each point of the grid dimension."""
        for function in entry_points(body):
            axis = function.attributes.get(WORKGROUP_AXIS)
            if isinstance(axis, IntegerAttr):
                return WorkgroupAxis(axis.value.data), WorkgroupAxis(), WorkgroupAxis()
        raise invalid_argument(
            f"an LLVM executable's entry point needs the attribute {WORKGROUP_AXIS}"
        )

    def most_sizes(self, body: Operation) -> Sequence[int | None]:
        """Returns nothing: loops run as long as they are."""
        return ()


def entry_points(body: Operation) -> list[llvm.FuncOp]:
    """Returns the exported functions of a module."""
    return [
        op
        for op in body.regions[0].block.ops
        if isinstance(op, llvm.FuncOp)
        and isinstance(op.attributes.get("iree.executable.export"), UnitAttr)
    ]


def describe(function: llvm.FuncOp) -> NativeEntryPoint:
    """Returns what the container says of an entry point."""
    sizes = function.attributes.get(BINDING_SIZES)
    if not isinstance(sizes, DenseArrayBase):
        raise invalid_argument(
            f"an LLVM executable's entry point needs the attribute {BINDING_SIZES}"
        )
    return NativeEntryPoint(
        function.sym_name.data, tuple(int(size) for size in sizes.iter_values())
    )
