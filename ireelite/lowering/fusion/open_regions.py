"""Dispatch regions over tensors whose types leave sizes open, and the executables they become.

A region takes the sizes that it computes with as inputs behind its tensors, each once: shapes inside
of it are the same exactly if they are outside. Its workload is the leading dimensions that all of its
results share, three at most; what is left of a result runs in loops of one invocation.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith, func
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    IndexType,
    IntegerAttr,
    MemRefType,
    ModuleOp,
    TensorType,
    UnitAttr,
)
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ireelite.dialects.elements import signless
from ireelite.dialects.extensions.iree_tensor.kernel_op import KernelOp
from ireelite.dialects.extensions.tensor_extra import BitcastOp
from ireelite.dialects.sequencer import iree, iree_hl_seq
from ireelite.dialects.sequencer.syntax import entry_point
from ireelite.lowering.rewriting.conversion import Conversion, copy_op
from ireelite.lowering.rewriting.outlining import Outlining
from ireelite.lowering.tensors.indices import Extent, type_shape
from ireelite.lowering.tensors.sizes import MAX_PARALLEL, Shape, Sizes, is_open, open_workload
from ireelite.lowering.tensors.workload import workload_of_sizes


def form_open_region(outlined: Outlining, sizes: Sizes, before: Operation, workload: Shape) -> None:
    """Makes the region of outlined ops, before an op. The workload is that of ops whose kernels
    builders write.
    """
    constants: dict[int, arith.ConstantOp] = {}

    def outer(size: Extent) -> SSAValue:
        if isinstance(size, SSAValue):
            return size
        return constants.setdefault(size, index_constant(size)).result

    shapes = [sizes.of(output) for output in outlined.outputs]
    body = Body(outlined, sizes)
    end = iree.ReturnOp(*outlined.outputs)
    outlined.block.add_op(end)
    built = any(isinstance(op, KernelOp) for op in outlined.block.ops)
    counts = workload_of_sizes(workload[:MAX_PARALLEL] if built else open_workload(shapes))
    operands = [outer(count) for count in counts]
    open_sizes = [
        outer(size)
        for output, shape in zip(outlined.outputs, shapes, strict=True)
        for size, known in zip(shape, type_shape(output), strict=True)
        if known == DYNAMIC_INDEX
    ]
    region = iree.DynamicDispatchRegionOp(
        operands, body.inputs, open_sizes, outlined.result_types, Region(outlined.block)
    )
    made = [*constants.values(), region]
    Rewriter.insert_op(made, InsertPoint.before(before))
    outlined.replace(form_open_region, region.outputs, [*made, end, *body.made])


def index_constant(size: int) -> arith.ConstantOp:
    """Returns a size that is a number."""
    constant = arith.ConstantOp(IntegerAttr(size, IndexType()))
    constant.result.name_hint = f"c{size}"
    return constant


class Body:
    """The block of a region that is being made: gives each size one argument, and says which of them
    the open sizes of its tensors are.
    """

    def __init__(self, outlined: Outlining, sizes: Sizes):
        self.block, self.sizes = outlined.block, sizes
        self.inputs: list[SSAValue] = []
        """What the block's arguments are outside."""
        self.made: list[Operation] = []
        self._values: dict[Extent, SSAValue] = {}
        first = self.block.first_op
        arguments = list(zip(outlined.inputs, list(self.block.args), strict=True))
        tensors = [(v, a) for v, a in arguments if not isinstance(v.type, IndexType)]
        self.inputs += [value for value, _ in tensors]
        for value, argument in arguments:
            if isinstance(value.type, IndexType):
                argument.replace_all_uses_with(self.value(sizes.find(value)))
                self.block.erase_arg(argument)
        for number, (value, argument) in enumerate(tensors):
            argument.name_hint = f"arg{number}"
            if is_open(value):
                shape = zip(sizes.of(value), type_shape(value), strict=True)
                own = [self.value(size) for size, known in shape if known == DYNAMIC_INDEX]
                sized = iree.SizedOp(argument, own)
                argument.replace_uses_with_if(
                    sized.result, lambda use, sized=sized: use.operation is not sized
                )
                self.made.append(sized)
        if first is not None:
            self.block.insert_ops_before(self.made, first)

    def value(self, size: Extent) -> SSAValue:
        """Returns a size inside of the block."""
        if size not in self._values:
            if isinstance(size, int):
                self.made.append(constant := index_constant(size))
                self._values[size] = constant.result
            else:
                argument = self.block.insert_arg(IndexType(), len(self.block.args))
                argument.name_hint = "size"
                self.inputs.append(size)
                self._values[size] = argument
        return self._values[size]


# -- executables -------------------------------------------------------------------------------------


def outline_open_region(
    op: iree.DynamicDispatchRegionOp, executable: str, entry: str, to: Conversion, result: ModuleOp
) -> func.FuncOp:
    """Returns the executable of a region: its function takes the buffers of its inputs and results,
    and then the sizes.
    """
    tensors = [a for a in op.body.block.args if isinstance(a.type, TensorType)]
    sizes = [a for a in op.body.block.args if not isinstance(a.type, TensorType)]
    buffers = [open_buffer(v) for v in (*tensors, *op.outputs)]
    types = [*buffers, *(size.type for size in sizes)]
    block = Block(arg_types=types)
    for index, argument in enumerate(block.args):
        argument.name_hint = f"arg{index}" if index < len(buffers) else f"size{index}"
    arguments = dict(zip(tensors, block.args, strict=False))
    outputs = block.args[len(tensors) : len(buffers)]
    with to.at(block):
        for old, new in zip(sizes, block.args[len(buffers) :], strict=True):
            to.values[old] = new
        for old, new in arguments.items():
            if not is_open(old):
                to.values[old] = to.insert(iree.LoadInputOp(new, signless(old.type))).result
        for inner in op.body.block.ops:
            if isinstance(inner, iree.SizedOp) and inner.source in arguments:
                own = [to.value(size) for size in inner.sizes]
                loaded = iree.LoadInputOp(arguments[inner.source], signless(inner.result.type), own)  # pyright: ignore
                to.values[inner.result] = to.insert(loaded).result
            elif isinstance(inner, iree.ReturnOp):
                for value, target in zip(inner.arguments, outputs, strict=True):
                    to.insert(iree.StoreOutputOp(to.value(value), target))
                to.insert(iree.ReturnOp())
            elif isinstance(inner, BitcastOp) and signless(inner.source.type) == signless(
                inner.result.type
            ):
                to.values[inner.result] = to.value(inner.source)
            else:
                to.apply(inner, copy_op, inner.results)
    function = func.FuncOp(entry, (types, []), Region(block))
    function.attributes[iree.EXPORT] = UnitAttr()
    variant = iree.ExecutableOp(iree.ExecutableFormat.UNSPECIFIED, ModuleOp([function]))
    with to.at(result.body.block):
        to.insert(iree.MultiArchExecutableOp(executable, Region(Block([variant]))))
    if to.tracker is not None:
        for new in (variant, variant.module, function):
            to.tracker.derive(new, (op,))
    return function


def open_buffer(value: SSAValue) -> MemRefType:
    """Returns the buffer of an executable that holds a tensor."""
    type = signless(value.type)
    assert isinstance(type, TensorType)
    return MemRefType(type.element_type, type.get_shape())


def dispatch_open_region(
    op: iree.DynamicDispatchRegionOp, executable: str, entry: str, to: Conversion
) -> Sequence[SSAValue]:
    """Inserts buffers for the results and the dispatch that writes them; returns the buffers."""
    outputs: list[SSAValue] = []
    for output, sizes in zip(op.outputs, op.output_sizes(), strict=True):
        assert isinstance(output.type, TensorType)
        type = MemRefType(output.type.element_type, output.type.get_shape())
        alloc = to.insert(iree_hl_seq.AllocHeapOp(type, [to.value(size) for size in sizes]))
        alloc.result.name_hint = output.name_hint
        outputs.append(alloc.result)
    inputs = [to.value(v) for v in op.inputs]
    bindings = [v for v in inputs if isinstance(v.type, MemRefType)]
    sizes = [v for v in inputs if not isinstance(v.type, MemRefType)]
    workload = [to.value(size) for size in op.workload]
    name = entry_point(executable, entry)
    to.insert(iree_hl_seq.DynamicDispatchOp(name, workload, bindings + outputs, sizes))
    return outputs
