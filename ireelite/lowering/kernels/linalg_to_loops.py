"""The beginning of stage 6, shared by all targets: tensors become loops over buffers.

A kernel computes each element of its outputs from the elements it needs, so lowering asks
backwards: the scalar of a tensor at an index is made from the scalars of the op's operands at the
indices that op reads. Elementwise ops and ops that only move data thereby vanish into index
arithmetic, and a reduction is a loop with its accumulator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from xdsl.dialects import arith, func, memref, scf, tensor
from xdsl.dialects.builtin import (
    AnyFloat,
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    MemRefType,
    ModuleOp,
    TensorType,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.ir.affine import (
    AffineBinaryOpExpr,
    AffineBinaryOpKind,
    AffineConstantExpr,
    AffineDimExpr,
    AffineExpr,
)

from ireelite.dialects.sequencer import iree
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.scalars.compound import compose
from ireelite.status import StatusCode, StatusError

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

Indices = tuple[SSAValue, ...]


def linalg_to_loops(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """The same sequencer, with each unspecified executable's function made a kernel of loops."""
    to = Conversion({}, "loops", tracker)
    result = ModuleOp([], module.attributes, module.sym_name)
    with to.at(result.body.block):
        for op in module.body.block.ops:
            if isinstance(op, iree.MultiArchExecutableOp):
                with to.rewriting(linalg_to_loops, op):
                    lower_executable(op, to)
            else:
                with to.deriving_from(op):
                    to.clone(op)
    to.finish()
    return result


def lower_executable(op: iree.MultiArchExecutableOp, to: Conversion) -> None:
    """An executable with its kernels."""
    variants: list[Operation] = []
    for variant in op.executables:
        inner = variant.module
        assert isinstance(inner, ModuleOp)
        kernels = ModuleOp([])
        with to.at(kernels.body.block):
            for function in inner.body.block.ops:
                if isinstance(function, func.FuncOp):
                    with to.rewriting(lower_kernel, function):
                        to.insert(lower_kernel(function, to))
        copy = iree.ExecutableOp(variant.format, kernels)
        variants.append(copy)
        if to.tracker is not None:
            to.tracker.derive(copy, (variant,))
            to.tracker.derive(kernels, (inner,))
    ordinal = None if op.ordinal is None else op.ordinal.value.data
    to.insert(iree.MultiArchExecutableOp(op.sym_name.data, Region(Block(variants)), ordinal))


def lower_kernel(function: func.FuncOp, to: Conversion) -> func.FuncOp:
    """A function of buffers whose body is one parallel loop over its outputs' index space."""
    block = Block(arg_types=function.body.block.arg_types)
    for index, (old, new) in enumerate(zip(function.args, block.args, strict=True)):
        to.map(old, new)
        new.name_hint = f"arg{index}"
    stores = [op for op in function.body.block.ops if isinstance(op, iree.StoreOutputOp)]
    if not stores:
        raise StatusError(
            StatusCode.INVALID_ARGUMENT, f"'{function.sym_name.data}' stores no output"
        )
    shape = _shape(stores[0].value.type)
    if any(_shape(store.value.type) != shape for store in stores):
        raise StatusError(
            StatusCode.UNIMPLEMENTED, f"'{function.sym_name.data}' has outputs of different shapes"
        )
    KernelLowering(to, block).run(shape, stores)
    kernel = func.FuncOp(function.sym_name.data, function.function_type, Region(block))
    kernel.attributes |= function.attributes
    return kernel


class KernelLowering:
    """One kernel: knows which scalars are there already, at which indices."""

    def __init__(self, to: Conversion, entry: Block):
        self.to = to
        self.entry = entry
        self.scalars: list[dict[tuple[SSAValue, Indices], SSAValue]] = [{}]
        """What has been computed, innermost loop last:
        a loop's scalars can't be used outside of it.
        """
        self.constants: dict[Attribute, SSAValue] = {}

    def run(self, shape: tuple[int, ...], stores: Sequence[iree.StoreOutputOp]) -> None:
        """Fills the kernel: constants, the parallel loop, the stores in it."""
        to = self.to
        rank = max(len(shape), 1)
        body = Block(arg_types=[IndexType()] * rank)
        for argument, name in zip(body.args, "ijlmn"):
            argument.name_hint = name
        indices: Indices = tuple(body.args) if shape else ()
        with to.at(body):
            for value in read_in_place(
                stores
            ):  # in order, so that a long chain is no deep recursion
                self.scalar(value, indices)
            for store in stores:
                value = self.scalar(store.value, indices)
                with to.rewriting(lower_store, store):
                    lower_store(value, to.value(store.target), indices, to)
            to.insert(scf.ReduceOp())
        zero, one = self.index(0), self.index(1)
        ends = [self.index(size) for size in shape] or [one]
        with to.at(self.entry):
            to.insert(scf.ParallelOp([zero] * rank, ends, [one] * rank, Region(body)))
            to.insert(func.ReturnOp())

    # -- constants, which stand once at the kernel's top -------------------------------------------

    def constant(self, value: IntegerAttr | FloatAttr) -> SSAValue:
        """A scalar constant."""
        if value not in self.constants:
            with self.to.at(self.entry):
                result = self.to.insert(arith.ConstantOp(value)).result
            if isinstance(value.type, IndexType):
                result.name_hint = f"c{value.value.data}"
            self.constants[value] = result
        return self.constants[value]

    def index(self, value: int) -> SSAValue:
        """A constant index."""
        return self.constant(IntegerAttr(value, IndexType()))

    # -- scalars of tensors ------------------------------------------------------------------------

    def scalar(self, value: SSAValue, indices: Indices) -> SSAValue:
        """The element of a tensor at an index, computed at most once where it is needed."""
        for scope in reversed(self.scalars):
            if (known := scope.get((value, indices))) is not None:
                return known
        if not isinstance(value.type, TensorType):
            return self.element(value)
        op = value.owner
        assert isinstance(op, Operation), "a kernel's arguments are buffers"
        if isinstance(op, LinalgStructuredOperation):
            results = self.structured(op, indices)
            for result, scalar in zip(op.results, results, strict=True):
                self.scalars[-1][result, indices] = scalar
            return self.scalars[-1][value, indices]
        rule = READERS.get(type(op), read_elementwise)
        scalar = rule(op, indices, self)
        self.scalars[-1][value, indices] = scalar
        return scalar

    def element(self, value: SSAValue) -> SSAValue:
        """A scalar of the tensor level: a constant, or an extracted element."""
        op = value.owner
        if isinstance(op, arith.ConstantOp) and isinstance(op.value, IntegerAttr | FloatAttr):
            with self.to.rewriting(read_constant, op):
                return self.constant(op.value)
        if isinstance(op, tensor.ExtractOp):
            return self.scalar(op.tensor, tuple(self.element(i) for i in op.indices))
        raise unsupported(op if isinstance(op, Operation) else None)

    def structured(self, op: LinalgStructuredOperation, indices: Indices) -> list[SSAValue]:
        """A linalg op at one output index: its body, inside a loop for each reduced dimension."""
        maps = [m.data for m in op.get_indexing_maps()]
        kinds = [kind.data for kind in op.get_iterator_types()]
        inits = list(op.outputs)
        loop: list[SSAValue | None] = [None] * len(kinds)
        for expr, index in zip(maps[len(op.inputs)].results, indices, strict=True):
            if not isinstance(expr, AffineDimExpr):
                raise unsupported(op)
            loop[expr.position] = index
        reduced = [d for d, kind in enumerate(kinds) if kind == "reduction"]
        extents = loop_extents(op)

        def point(accumulators: Sequence[SSAValue] | None) -> list[SSAValue]:
            dims = [index for index in loop if index is not None]
            inputs: list[SSAValue] = []
            block = op.regions[0].block
            count = len(op.inputs)
            for value, map, argument in zip(
                op.inputs, maps[:count], block.args[:count], strict=True
            ):
                if argument.uses:
                    at = tuple(self.affine(e, dims) for e in map.results)
                    inputs.append(self.scalar(value, at))
                else:
                    inputs.append(argument)
            if accumulators is None:
                arguments = block.args[count:]
                accumulators = [
                    self.scalar(init, indices) if argument.uses else argument
                    for init, argument in zip(inits, arguments, strict=True)
                ]
            with self.to.rewriting(inline_body, op):
                return inline_body(block, [*inputs, *accumulators], dims, self)

        if not reduced:
            return point(None)
        starts = [self.scalar(init, indices) for init in inits]
        with self.to.rewriting(make_reduction_loop, op):
            return make_reduction_loop(self, reduced, extents, loop, starts, point)

    def affine(self, expr: AffineExpr, dims: Sequence[SSAValue]) -> SSAValue:
        """The value of an affine expression at a point."""
        match expr:
            case AffineDimExpr(position=position):
                return dims[position]
            case AffineConstantExpr(value=value):
                return self.index(value)
            case AffineBinaryOpExpr(kind=kind, lhs=lhs, rhs=rhs) if kind in AFFINE_OPS:
                operands = self.affine(lhs, dims), self.affine(rhs, dims)
                return self.to.insert(AFFINE_OPS[kind](*operands)).results[0]  # pyright: ignore[reportCallIssue]
            case _:
                raise StatusError(
                    StatusCode.UNIMPLEMENTED, f"affine expression {expr} is not supported"
                )


AFFINE_OPS: dict[AffineBinaryOpKind, type[Operation]] = {
    AffineBinaryOpKind.Add: arith.AddiOp,
    AffineBinaryOpKind.Mul: arith.MuliOp,
}


def _shape(type: Attribute) -> tuple[int, ...]:
    assert isinstance(type, TensorType | MemRefType)
    return type.get_shape()


def unsupported(op: Operation | None) -> StatusError:
    """The error for an op inside a dispatch that has no rule."""
    what = f"'{op.name}'" if op is not None else "this value"
    return StatusError(StatusCode.UNIMPLEMENTED, f"{what} can't be lowered to loops")


def read_in_place(stores: Sequence[iree.StoreOutputOp]) -> list[SSAValue]:
    """The values that are read at the index that is stored to, in the order of the program."""
    reached: set[Operation] = set()
    waiting = [store.value for store in stores]
    while waiting:
        op = waiting.pop().owner
        if isinstance(op, Operation) and op not in reached:
            reached.add(op)
            if not isinstance(op, LinalgStructuredOperation) and type(op) not in READERS:
                waiting.extend(op.operands)
    block = stores[0].parent_block()
    assert block is not None
    return [op.results[0] for op in block.ops if op in reached and op.results]


def loop_extents(op: LinalgStructuredOperation) -> list[int]:
    """The size of each loop dimension, read off the operands."""
    extents: dict[int, int] = {}
    maps = op.get_indexing_maps()
    for value, map in zip((*op.inputs, *op.outputs), maps, strict=True):
        if isinstance(value.type, TensorType):
            for expr, size in zip(map.data.results, value.type.get_shape(), strict=True):
                if isinstance(expr, AffineDimExpr):
                    extents[expr.position] = size
    return [extents[d] for d in range(len(extents))]


# -- what the rules make ---------------------------------------------------------------------------


def lower_store(value: SSAValue, target: SSAValue, indices: Indices, to: Conversion) -> None:
    """`iree.store_output` at one point; rank 0 has no index."""
    to.insert(memref.StoreOp.get(value, target, indices))


def inline_body(
    block: Block, arguments: Sequence[SSAValue], dims: Sequence[SSAValue], kernel: KernelLowering
) -> list[SSAValue]:
    """A linalg op's body at one point: the values it yields."""
    values: dict[SSAValue, SSAValue] = dict(zip(block.args, arguments, strict=True))
    for op in block.ops:
        if isinstance(op, linalg.YieldOp):
            return [values[v] if v in values else kernel.element(v) for v in op.operands]
        if isinstance(op, linalg.IndexOp):
            values[op.result] = dims[op.dim.value.data]
        elif isinstance(op, arith.ConstantOp) and isinstance(op.value, IntegerAttr | FloatAttr):
            values[op.result] = kernel.constant(op.value)
        else:
            around = {o: kernel.element(o) for o in op.operands if o not in values}
            copy = op.clone({**values, **around})
            results = insert_scalar(copy, kernel)
            if kernel.to.tracker is not None and copy.parent is not None:
                kernel.to.tracker.derive(copy, (op,))
            values.update(zip(op.results, results, strict=True))
    raise unsupported(block.parent_op())


def insert_scalar(op: Operation, kernel: KernelLowering) -> Sequence[SSAValue]:
    """Inserts an op on scalars, or the formula that stands for it; its results."""
    if (value := compose(op, kernel.to)) is not None:
        op.erase()
        return [value]
    return kernel.to.insert(op).results


def make_reduction_loop(
    kernel: KernelLowering,
    reduced: Sequence[int],
    extents: Sequence[int],
    loop: list[SSAValue | None],
    starts: Sequence[SSAValue],
    point: Callable[[Sequence[SSAValue]], list[SSAValue]],
) -> list[SSAValue]:
    """Loops over the reduced dimensions, outermost first, that carry the accumulators."""
    if not reduced:
        return point(starts)
    dim, *inner = reduced
    body = Block(arg_types=[IndexType(), *(s.type for s in starts)])
    loop[dim] = body.args[0]
    body.args[0].name_hint = "k"
    kernel.scalars.append({})
    with kernel.to.at(body):
        results = make_reduction_loop(kernel, inner, extents, loop, body.args[1:], point)
        kernel.to.insert(scf.YieldOp(*results))
    kernel.scalars.pop()
    bounds = kernel.index(0), kernel.index(extents[dim]), kernel.index(1)
    return list(kernel.to.insert(scf.ForOp(*bounds, starts, Region(body))).results)


# -- how each op at the tensor level is read at an index -------------------------------------------


def read_elementwise(op: Operation, indices: Indices, kernel: KernelLowering) -> SSAValue:
    """An arith or math op on tensors: the same op on scalars."""
    if not op.name.startswith(("arith.", "math.")) or len(op.results) != 1:
        raise unsupported(op)
    operands = [kernel.scalar(operand, indices) for operand in op.operands]
    type = op.results[0].type
    assert isinstance(type, TensorType)
    with kernel.to.rewriting(read_elementwise, op):
        scalar = op.create(
            operands=operands,
            result_types=[type.element_type],
            properties=dict(op.properties),
            attributes=dict(op.attributes),
        )
        return insert_scalar(scalar, kernel)[0]


def read_input(op: iree.LoadInputOp, indices: Indices, kernel: KernelLowering) -> SSAValue:
    """An element of an input buffer."""
    with kernel.to.rewriting(read_input, op):
        return kernel.to.insert(memref.LoadOp.get(kernel.to.value(op.source), indices)).res


def read_constant(op: arith.ConstantOp, indices: Indices, kernel: KernelLowering) -> SSAValue:
    """A splat, at any index. Other constants are data and come in as buffers."""
    value = op.value
    assert isinstance(value, DenseIntOrFPElementsAttr)
    element = value.get_element_type()
    number = next(iter(value.get_values()))
    with kernel.to.rewriting(read_constant, op):
        if isinstance(element, AnyFloat):
            return kernel.constant(FloatAttr(float(number), element))  # pyright: ignore[reportArgumentType]
        assert isinstance(element, IntegerType | IndexType)
        return kernel.constant(IntegerAttr(int(number), element))  # pyright: ignore[reportArgumentType]


def read_broadcast(op: linalg.BroadcastOp, indices: Indices, kernel: KernelLowering) -> SSAValue:
    """The operand without the added dimensions."""
    added = op.dimensions.get_values()
    return kernel.scalar(op.input, tuple(i for d, i in enumerate(indices) if d not in added))


def read_slice(op: tensor.ExtractSliceOp, indices: Indices, kernel: KernelLowering) -> SSAValue:
    """The operand at offset + index * stride."""
    offsets, strides = op.static_offsets.get_values(), op.static_strides.get_values()
    at: list[SSAValue] = []
    with kernel.to.rewriting(read_slice, op):
        for index, offset, stride in zip(indices, offsets, strides, strict=True):
            if stride != 1:
                index = kernel.to.insert(arith.MuliOp(index, kernel.index(int(stride)))).result
            if offset != 0:
                index = kernel.to.insert(arith.AddiOp(index, kernel.index(int(offset)))).result
            at.append(index)
    return kernel.scalar(op.source, tuple(at))


def read_reshaped(
    op: tensor.CollapseShapeOp | tensor.ExpandShapeOp, indices: Indices, kernel: KernelLowering
) -> SSAValue:
    """The operand at the same row-major position."""
    with kernel.to.rewriting(read_reshaped, op):
        position = linearise(indices, _shape(op.result.type), kernel)
        at = delinearise(position, _shape(op.src.type), kernel)
    return kernel.scalar(op.src, at)


def linearise(indices: Indices, shape: Sequence[int], kernel: KernelLowering) -> SSAValue:
    """The row-major position of an index."""
    position = kernel.index(0) if not indices else indices[0]
    for index, size in zip(indices[1:], shape[1:], strict=True):
        scaled = kernel.to.insert(arith.MuliOp(position, kernel.index(size))).result
        position = kernel.to.insert(arith.AddiOp(scaled, index)).result
    return position


def delinearise(position: SSAValue, shape: Sequence[int], kernel: KernelLowering) -> Indices:
    """The index at a row-major position."""
    indices: list[SSAValue] = []
    for size in reversed(shape[1:]):
        extent = kernel.index(size)
        indices.append(kernel.to.insert(arith.RemUIOp(position, extent)).result)
        position = kernel.to.insert(arith.DivUIOp(position, extent)).result
    return (position, *reversed(indices)) if shape else ()


READERS: dict[type[Operation], Callable[..., SSAValue]] = {
    arith.ConstantOp: read_constant,
    iree.LoadInputOp: read_input,
    linalg.BroadcastOp: read_broadcast,
    tensor.CollapseShapeOp: read_reshaped,
    tensor.ExpandShapeOp: read_reshaped,
    tensor.ExtractSliceOp: read_slice,
}
"""Op on tensors -> the function that reads it at an index. The rest are elementwise or linalg."""
