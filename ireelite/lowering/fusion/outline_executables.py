"""Stage 3 to 4: dispatch regions become executables, tensors become buffers.

A region's body moves into a function of an `iree.executable(Unspecified)`, whose arguments are the
region's inputs and then its outputs, all buffers. In its place stay a buffer for each output and an
`iree_hl_seq.dispatch`. Regions that compute the same share one executable.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from xdsl.dialects import arith, func, memref, scf, tensor
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    MemRefType,
    ModuleOp,
    TensorType,
    UnitAttr,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ireelite.dialects.elements import signless
from ireelite.dialects.extensions.tensor_extra import BitcastOp
from ireelite.dialects.sequencer import iree, iree_hl_seq, iree_interp
from ireelite.dialects.sequencer.iree_ll_seq import allocated_size, byte_size
from ireelite.dialects.sequencer.syntax import buffer_of, entry_point
from ireelite.lowering.fusion.open_regions import dispatch_open_region, outline_open_region
from ireelite.lowering.fusion.updates import Update, find_update
from ireelite.lowering.rewriting.conversion import Conversion, Rules, copy_op
from ireelite.lowering.rewriting.plain_names import plain_name
from ireelite.lowering.rewriting.sequences import (
    CONTROL_OPS,
    is_host_code,
    output_storage,
    with_body,
)
from ireelite.lowering.rewriting.structure import structure_of
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.printer import splat_of

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


def to_buffer(type: Attribute) -> MemRefType:
    """Returns the buffer that holds a tensor."""
    if not isinstance(type, TensorType):
        raise StatusError(StatusCode.UNIMPLEMENTED, f"no buffer can hold a value of type {type}")
    return buffer_of(type)


class Outliner:
    """The rules, with what they share: the function they are in and the executables made so far."""

    def __init__(self, module: ModuleOp, tracker: Tracker | None):
        rules: Rules = {
            **dict.fromkeys((*CONTROL_OPS, scf.ConditionOp, scf.YieldOp), lower_control),
            arith.ConstantOp: self.lower_constant,
            **dict.fromkeys((arith.IndexCastOp, iree.CheckSizeOp, *SIZE_OPS), copy_op),
            func.FuncOp: self.lower_function,
            func.ReturnOp: self.lower_return,
            iree.DispatchRegionOp: self.outline_region,
            iree.DynamicDispatchRegionOp: self.outline_open_region,
            tensor.DimOp: lower_dim,
            tensor.EmptyOp: self.lower_empty,
            tensor.ExtractOp: lower_extract,
        }
        self.to = Conversion(rules, "the sequencer", tracker)
        self.result = ModuleOp([])
        self.names = {getattr(op.properties.get("sym_name"), "data", "") for op in module.ops}
        """Names that no further executable may have."""
        self.made: dict[Hashable, tuple[str, func.FuncOp]] = {}
        """Workload and structure of a region -> the executable and its entry point that were made
        of the first such region.
        """
        self.function = ""
        self.dispatches = 0

    def lower_function(self, op: func.FuncOp, to: Conversion) -> None:
        self.function, self.dispatches = plain_name(op.sym_name.data), 0
        inputs = [to_buffer(t) for t in op.function_type.inputs]
        outputs = [to_buffer(t) for t in op.function_type.outputs]
        block = Block(arg_types=inputs)
        for old, new in zip(op.body.block.args, block.args, strict=True):
            to.map(old, new)
        with to.at(block):
            to.convert_block(op.body.block)
        with to.deriving_from(op):
            to.insert(with_body(op, inputs, outputs, Region(block)))

    def lower_constant(self, op: arith.ConstantOp, to: Conversion) -> Operation:
        if not isinstance(op.value, DenseIntOrFPElementsAttr):
            return to.clone(op)
        return to.insert(iree_interp.ConstantOp(op.value))

    def lower_empty(self, op: tensor.EmptyOp, to: Conversion) -> Operation:
        sizes = [to.value(size) for size in op.dynamic_sizes]
        alloc = to.insert(iree_hl_seq.AllocHeapOp(to_buffer(op.tensor.type), sizes))
        alloc.attributes[iree.UNDEFINED] = UnitAttr()
        return alloc

    def lower_return(self, op: func.ReturnOp, to: Conversion) -> Operation:
        """Returns a constant that is returned is copied, since the caller owns what it gets. So is
        what goes into an argument that is storage, unless it can be made there.
        """
        function = op.parent_op()
        assert isinstance(function, func.FuncOp)
        arguments = to.block.args
        storage = {n: arguments[i] for i, n in enumerate(output_storage(function)) if n is not None}
        results = to.operands(op)
        for number, value in enumerate(results):
            overwritten = value in storage.values() and value is not storage.get(number)
            if overwritten or (
                isinstance(value.owner, iree_interp.ConstantOp) and number not in storage
            ):
                results[number] = self.copy(value, to)
        for number, target in storage.items():
            results[number] = self.store(results[number], target, op.operands[number], to)
        return to.insert(iree_hl_seq.ReturnOp(results))

    def copy(self, value: SSAValue, to: Conversion) -> SSAValue:
        """Returns a new buffer with the same contents."""
        assert isinstance(value.type, MemRefType)
        target = to.insert(iree_hl_seq.AllocHeapOp(value.type)).result
        self.write(value, target, to)
        return target

    def write(self, value: SSAValue, target: SSAValue, to: Conversion) -> None:
        """Copies a buffer to another; fills that with a constant of equal elements."""
        constant = value.owner
        if isinstance(constant, iree_interp.ConstantOp) and len(constant.value):
            if (pattern := splat_of(constant.value)) is not None:
                to.insert(iree_hl_seq.FillOp(pattern, target))
                if not value.uses and constant.parent is not None:
                    constant.detach()
                    constant.erase()
                return
        to.insert(iree_hl_seq.CopyOp(value, target))

    def store(self, value: SSAValue, target: SSAValue, old: SSAValue, to: Conversion) -> SSAValue:
        """Puts a result into an argument that is storage. It is made there in the first place if
        it is one result only, the argument's old contents are not read, and it fills whole words.
        """
        alloc = value.owner
        if value is target:
            return value
        whole = byte_size(target.type) == allocated_size(target.type)
        if (
            isinstance(alloc, iree_hl_seq.AllocHeapOp)
            and not target.uses
            and returned_once(old)
            and whole
        ):
            value.replace_all_uses_with(target)
            alloc.detach()
            alloc.erase()
            return target
        self.write(value, target, to)
        return target

    def outline_region(self, op: iree.DispatchRegionOp, to: Conversion) -> Sequence[SSAValue]:
        """Returns a dispatch of the region's executable, which all regions of one structure share."""
        workload, update = op.workload.owner, find_update(op)
        key = (
            workload.value if isinstance(workload, arith.ConstantOp) else None,
            structure_of(op.body),
            update is not None,
        )
        if key in self.made:
            executable, entry = self.made[key]
            if to.tracker is not None:
                self.derive_from_twin(op, entry)
        else:
            executable, name = self.new_names()
            entry = self.make_executable(op, executable, name, update)
            self.made[key] = executable, entry
        outputs: list[SSAValue] = []
        for output in op.outputs:
            alloc = to.insert(iree_hl_seq.AllocHeapOp(to_buffer(output.type)))
            alloc.result.name_hint = output.name_hint
            outputs.append(alloc.result)
        bindings = [to.value(v) for v in op.inputs]
        counts = to.value(op.workload)
        if update is not None:
            to.insert(iree_hl_seq.CopyOp(bindings.pop(update.input), outputs[0]))
            counts = to.insert(iree_interp.ConstantOp(update.workload)).result
        to.insert(
            iree_hl_seq.DispatchOp(
                entry_point(executable, entry.sym_name.data), counts, bindings + outputs
            )
        )
        return outputs

    def outline_open_region(
        self, op: iree.DynamicDispatchRegionOp, to: Conversion
    ) -> Sequence[SSAValue]:
        """Returns a dispatch over a workload that the host computes."""
        key = "open", structure_of(op.body)
        if key in self.made:
            executable, entry = self.made[key]
        else:
            executable, name = self.new_names()
            entry = outline_open_region(op, executable, name, to, self.result)
            self.made[key] = executable, entry
        return dispatch_open_region(op, executable, entry.sym_name.data, to)

    def new_names(self) -> tuple[str, str]:
        """Returns unused names for an executable of the current function, and for its entry point."""
        while (executable := f"{self.function}_ex_dispatch_{self.dispatches}") in self.names:
            self.dispatches += 1
        self.names.add(executable)
        entry = f"{self.function}_rgn_dispatch_{self.dispatches}"
        self.dispatches += 1
        return executable, entry

    def derive_from_twin(self, op: iree.DispatchRegionOp, made: func.FuncOp) -> None:
        """Records that an entry point comes from one more region, op by op."""
        assert self.to.tracker is not None
        copies = list(made.body.walk())[len(op.inputs) :]
        *ops, end = op.body.walk()
        for own, copy in zip((*ops, *[end] * (len(copies) - len(ops))), copies, strict=True):
            self.to.tracker.derive(copy, (own,))

    def make_executable(
        self, op: iree.DispatchRegionOp, executable: str, entry: str, update: Update | None
    ) -> func.FuncOp:
        """Returns the region's body between loads of its inputs and stores of its outputs, or of a
        part that it updates. Integers have no sign in an executable.
        """
        to = self.to
        arguments = list(op.body.block.args)
        if update is not None:
            del arguments[update.input]
        inputs = [signless(to_buffer(v.type)) for v in arguments]
        types = inputs + [signless(to_buffer(v.type)) for v in op.outputs]
        block = Block(arg_types=types)
        for index, argument in enumerate(block.args):
            argument.name_hint = f"arg{index}"
        with to.at(block):
            for old, new in zip(arguments, block.args[: len(inputs)], strict=True):
                to.values[old] = to.insert(iree.LoadInputOp(new, signless(old.type))).result
            for inner in op.body.block.ops:
                if update is not None and inner is update.op:
                    part, starts = to.value(inner.operands[1]), map(to.value, update.op.starts)
                    to.insert(
                        iree.UpdateOutputOp(part, block.args[-1], list(starts), update.op.unsigned)
                    )
                elif update is not None and isinstance(inner, iree.ReturnOp):
                    to.insert(iree.ReturnOp())
                elif isinstance(inner, iree.ReturnOp):
                    for value, target in zip(
                        inner.arguments, block.args[len(inputs) :], strict=True
                    ):
                        to.insert(iree.StoreOutputOp(to.value(value), target))
                    to.insert(iree.ReturnOp())
                elif isinstance(inner, BitcastOp) and is_change_of_sign(inner):
                    to.values[inner.result] = to.value(inner.source)
                else:
                    to.apply(inner, copy_op, inner.results)
        function = func.FuncOp(entry, (types, []), Region(block))
        function.attributes[iree.EXPORT] = UnitAttr()
        variant = iree.ExecutableOp(iree.ExecutableFormat.UNSPECIFIED, ModuleOp([function]))
        with to.at(self.result.body.block):
            to.insert(iree.MultiArchExecutableOp(executable, Region(Block([variant]))))
        if to.tracker is not None:
            for made in (variant, variant.module, function):
                to.tracker.derive(made, (op,))
        return function


def lower_control(op: Operation, to: Conversion) -> Operation:
    """Returns the same loop, choice or end of a region, with buffers in place of tensors."""
    return to.insert(
        type(op).create(
            operands=to.operands(op),
            result_types=[to_stored(type) for type in op.result_types],
            properties=op.properties,
            attributes=op.attributes,
            regions=[lower_region(region, to) for region in op.regions],
        )
    )


def lower_region(region: Region, to: Conversion) -> Region:
    if not region.blocks:
        return Region()
    block = Block(arg_types=[to_stored(argument.type) for argument in region.block.args])
    for old, new in zip(region.block.args, block.args, strict=True):
        to.map(old, new)
    with to.at(block):
        to.convert_block(region.block)
    return Region(block)


def to_stored(type: Attribute) -> Attribute:
    """Returns a tensor's buffer; any other type itself."""
    return to_buffer(type) if isinstance(type, TensorType) else type


SIZE_OPS = (
    arith.AddiOp,
    arith.SubiOp,
    arith.MuliOp,
    arith.DivSIOp,
    arith.MaxSIOp,
    arith.MinSIOp,
)
"""What the host computes sizes by."""


def lower_dim(op: tensor.DimOp, to: Conversion) -> Operation:
    return to.insert(memref.DimOp(to.value(op.source), to.value(op.index)))


def lower_extract(op: tensor.ExtractOp, to: Conversion) -> Operation:
    """Lowers a read of an element to a load by the sequencer, which decides by it."""
    return to.insert(memref.LoadOp.get(to.value(op.tensor), []))


def is_change_of_sign(op: BitcastOp) -> bool:
    """Returns whether both types of an op are the same but for the sign of integers."""
    return signless(op.source.type) == signless(op.result.type)


def returned_once(value: SSAValue) -> bool:
    """Returns whether a value is one result of its function, not two."""
    return sum(isinstance(use.operation, func.ReturnOp) for use in value.uses) == 1


def outline_executables(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """Returns a module of executables, then the sequences that dispatch them, and host code as it
    is.
    """
    outliner = Outliner(module, tracker)
    functions = ModuleOp([])
    with outliner.to.at(functions.body.block):
        for op in module.body.block.ops:
            if is_host_code(op):
                outliner.to.apply(op, copy_op, op.results)
            else:
                outliner.to.convert(op)
    outliner.to.finish()
    for function in list(functions.body.block.ops):
        function.detach()
        outliner.result.body.block.add_op(function)
    outliner.result.attributes |= module.attributes
    if module.sym_name is not None:
        outliner.result.properties["sym_name"] = module.sym_name
    return outliner.result
