"""The target `vmvx`: executables are bytecode modules that the virtual machine itself runs, and that
call its module `vmvx`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xdsl.dialects import func
from xdsl.dialects.builtin import IntegerAttr, ModuleOp
from xdsl.ir import Operation

from ireelite.bytecode.encode import encode_module
from ireelite.dialects import vm
from ireelite.dialects.sequencer import iree
from ireelite.lowering.host.scalars import SCALAR_RULES
from ireelite.lowering.rewriting.common_subexpressions import (
    eliminate_common_subexpressions,
)
from ireelite.lowering.rewriting.loop_invariants import move_loop_invariants
from ireelite.lowering.rewriting.scf_to_blocks import BlockConversion
from ireelite.lowering.scalars.expand_math import EXPANSIONS, expand_math, expand_whole_parts
from ireelite.lowering.scalars.expand_types import expand_types
from ireelite.lowering.schedules.product_calls import call_products
from ireelite.lowering.vm.branches import vm_branch_ops
from ireelite.lowering.vm.floats import to_vm_type
from ireelite.lowering.vm.vm_to_bytecode import vm_to_bytecode
from ireelite.status import StatusError, invalid_argument
from ireelite.targets.registry import Blob, DeviceFeature, TargetOptions, WorkgroupAxis
from ireelite.targets.vmvx.kernel_to_vm import CONSTANT_COUNT, RULES, kernel_to_vm
from ireelite.targets.vmvx.microkernels import MICROKERNEL_RULES, imports_of

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


class VmvxTarget:
    """Bytecode executables: slow, and able to run wherever the virtual machine does."""

    name = "vmvx"
    tag = str(iree.ExecutableFormat.IREE_BYTECODE)
    device = "local"
    format = "vmvx-bytecode-fb"

    def schedule(
        self, kernel: func.FuncOp, options: TargetOptions, tracker: Tracker | None
    ) -> None:
        """Products of matrices become calls of the runtime, unless the options forbid it; other
        kernels are plain loops.
        """
        if options.microkernels:
            call_products(kernel, tracker, in_order=not options.reassociate)

    def lower(
        self, kernels: ModuleOp, tracker: Tracker | None, options: TargetOptions
    ) -> Operation:
        """Returns a module of `vm.func` ops. Math functions that are no instruction are expanded
        first, and what a loop does not change is computed before it, once.
        """
        kernels = expand_whole_parts(expand_types(kernels, tracker), tracker)
        kernels = expand_math(kernels, tracker, keep=EXPANSIONS.keys() & SCALAR_RULES.keys())
        rules, ops = {**SCALAR_RULES, **RULES, **MICROKERNEL_RULES}, vm_branch_ops(to_vm_type)
        to = BlockConversion(rules, "vmvx", ops, tracker)
        result = ModuleOp([])
        with to.at(result.body.block):
            for kernel in kernels.body.block.ops:
                if isinstance(kernel, func.FuncOp):
                    try:
                        with to.rewriting(kernel_to_vm, kernel):
                            to.insert(kernel_to_vm(kernel, to))
                    except StatusError as error:
                        raise error.annotate(f"in dispatch '{kernel.sym_name.data}'") from None
        to.finish()
        eliminate_common_subexpressions(result, tracker)
        return move_loop_invariants(result, tracker)

    def serialize(self, body: Operation, options: TargetOptions) -> Blob:
        """Returns a bytecode module that exports each dispatch."""
        if not isinstance(body, ModuleOp):
            raise invalid_argument(
                f"iree.executable({self.tag}) must hold a module, not '{body.name}'"
            )
        module = vm.ModuleOp("module")
        functions = [op for op in body.body.block.ops if isinstance(op, vm.FuncOp)]
        module.body.block.add_ops(imports_of(functions))
        for function in functions:
            module.body.block.add_op(function.clone())
            counts = {
                "binding_count": str(binding_count(function)),
                "constant_count": str(constant_count(function)),
            }
            module.body.block.add_op(vm.ExportOp(function.sym_name.data, counts))
        originals = [op for op in body.walk() if isinstance(op, vm.InstructionOp)]
        copies = [op for op in module.walk() if isinstance(op, vm.InstructionOp)]
        original: dict[object, object] = dict(zip(copies, originals, strict=True))
        encoded = encode_module(vm_to_bytecode(module, options.source_map), options.polyglot_zip)
        return Blob(
            encoded.data,
            [
                ((ordinal, offset), mnemonic, original.get(origin, origin))
                for ordinal, offset, mnemonic, origin in encoded.origins
            ],
        )

    def features(self, body: Operation) -> Sequence[DeviceFeature]:
        """Returns nothing: host code has all types."""
        return ()

    def workgroup_counts(
        self, body: Operation, workload: tuple[int, int, int]
    ) -> tuple[int, int, int]:
        """Returns one workgroup: a call does everything."""
        return (1, 1, 1)

    def workgroup_axes(self, body: Operation) -> tuple[WorkgroupAxis, WorkgroupAxis, WorkgroupAxis]:
        """Returns one workgroup: a call does everything."""
        return WorkgroupAxis(), WorkgroupAxis(), WorkgroupAxis()

    def most_sizes(self, body: Operation) -> Sequence[int | None]:
        """Returns nothing: loops run as long as they are."""
        return ()


def binding_count(function: vm.FuncOp) -> int:
    """Returns how many bindings a dispatch function takes from its list."""
    return sum(
        isinstance(op, vm.InstructionOp) and op.name == "vm.list.get.ref" for op in function.walk()
    )


def constant_count(function: vm.FuncOp) -> int:
    """Returns how many push constants a dispatch function takes."""
    count = function.attributes.get(CONSTANT_COUNT)
    return count.value.data if isinstance(count, IntegerAttr) else 0
