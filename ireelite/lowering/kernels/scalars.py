"""The scalar function of each op on tensors: what a kernel computes at one point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from xdsl.dialects import arith, complex, tensor
from xdsl.dialects.builtin import (
    AnyFloat,
    ComplexType,
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    TensorType,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.ir import Attribute, Block, Operation, SSAValue

from ireelite.dialects.extensions.linalg.mapped import IndexOp
from ireelite.lowering.scalars.compound import compose
from ireelite.lowering.tensors.access import Access, Read, captured
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.elements import splat_of

if TYPE_CHECKING:
    from ireelite.lowering.kernels.kernel import Kernel


def apply_scalar_op(
    op: Operation, made: Access, scalars: Sequence[SSAValue], kernel: Kernel
) -> Sequence[SSAValue]:
    """Returns an op without a loop at one point, from the scalars of its reads."""
    if isinstance(op, LinalgStructuredOperation):
        with kernel.to.rewriting(inline_body, op):
            return inline_body(op, made, scalars, None, kernel)
    with kernel.to.rewriting(apply_scalar_op, op):
        type = op.results[0].type
        scalar = op.create(
            operands=scalars,
            result_types=[type.element_type if isinstance(type, TensorType) else type],
            properties=dict(op.properties),
            attributes=dict(op.attributes),
        )
        return insert_scalar(scalar, kernel)


def inline_body(
    op: LinalgStructuredOperation,
    made: Access,
    scalars: Sequence[SSAValue],
    accumulators: Sequence[SSAValue] | None,
    kernel: Kernel,
) -> list[SSAValue]:
    """Returns a linalg op's body at one point: the values it yields.

    `scalars` are those of `made.reads`; `accumulators` are what a loop carries, or None for an op
    without one.
    """
    block = op.regions[0].block
    inputs, outputs = block.args[: len(op.inputs)], block.args[len(op.inputs) :]
    read = [argument for argument in inputs if argument.uses]
    if accumulators is None:
        read += [argument for argument in outputs if argument.uses]
    values = dict(zip((*read, *captured(block)), scalars, strict=True))
    if accumulators is not None:
        values.update(zip(outputs, accumulators, strict=True))
    for inner in block.ops:
        if isinstance(inner, linalg.YieldOp):
            return [values[v] for v in inner.operands]
        if isinstance(inner, IndexOp):
            values[inner.result] = kernel.index(made.dims[inner.dim.value.data])
        else:
            apply_inner(inner, values, kernel)
    raise StatusError(StatusCode.INVALID_ARGUMENT, f"the body of '{op.name}' yields nothing")


def apply_inner(op: Operation, values: dict[SSAValue, SSAValue], kernel: Kernel) -> None:
    """Applies an op of a function of scalars; adds its results to `values`."""
    if isinstance(op, arith.ConstantOp) and isinstance(op.value, IntegerAttr | FloatAttr):
        values[op.result] = kernel.constant(op.value)
        return
    copy = op.clone(values)
    results = insert_scalar(copy, kernel)
    if kernel.to.tracker is not None and copy.parent is not None:
        kernel.to.tracker.derive(copy, (op,))
    values.update(zip(op.results, results, strict=True))


def insert_scalar(op: Operation, kernel: Kernel) -> Sequence[SSAValue]:
    """Inserts an op on scalars, or the formula for one that no target has; its results."""
    if (value := compose(op, kernel.to)) is not None:
        op.erase()
        return [value]
    return kernel.to.insert(op).results


def read_constant(op: arith.ConstantOp, kernel: Kernel) -> SSAValue:
    """Returns a scalar, or a tensor with one value everywhere. Other constants are in buffers.

    Raises UNIMPLEMENTED for a constant of several values.
    """
    value = op.value
    if isinstance(value, IntegerAttr | FloatAttr):
        return kernel.constant(value)
    assert isinstance(value, DenseIntOrFPElementsAttr)
    if len(value) > 1 and splat_of(value) is None:
        raise StatusError(
            StatusCode.UNIMPLEMENTED, "a constant of several values can't be part of a kernel"
        )
    return scalar_constant(next(iter(value.get_values())), value.get_element_type(), kernel)


def read_empty(op: tensor.EmptyOp, kernel: Kernel) -> SSAValue:
    """Returns an element that does not matter: 0."""
    element = op.tensor.type.element_type
    return scalar_constant((0, 0) if isinstance(element, ComplexType) else 0, element, kernel)


def scalar_constant(number: Any, element: Attribute, kernel: Kernel) -> SSAValue:
    """Returns a number as a constant of an element type; a complex one has two parts."""
    if isinstance(element, ComplexType):
        return complex_constant(number, element, kernel)
    if isinstance(element, AnyFloat):
        return kernel.constant(FloatAttr(float(number), element))
    assert isinstance(element, IntegerType | IndexType)
    return kernel.constant(IntegerAttr(int(number), element))


def complex_constant(parts: tuple[float, float], type: ComplexType, kernel: Kernel) -> SSAValue:
    """Returns a complex number of two constants, next to these."""
    values = [kernel.constant(FloatAttr(part, type.element_type)) for part in parts]  # pyright: ignore
    block = values[0].owner.parent
    assert isinstance(block, Block)
    with kernel.to.at(block):
        return kernel.to.insert(complex.CreateOp(values[0], values[1], type)).complex


LEAVES: dict[type[Operation], Callable[..., SSAValue]] = {
    arith.ConstantOp: read_constant,
    tensor.EmptyOp: read_empty,
}
"""Ops that have one value at every index, made of nothing."""


def apply_region(
    block: Block, arguments: Sequence[SSAValue], around: dict[SSAValue, SSAValue], kernel: Kernel
) -> list[SSAValue]:
    """Returns a function of scalars at the current point: what its terminator takes.

    `around` are the scalars of values from outside of the block, by `scalars_around`.
    """
    values = dict(zip(block.args, arguments, strict=True)) | around
    end = block.last_op
    assert end is not None
    for op in block.ops:
        if op is not end:
            apply_inner(op, values, kernel)
    return [values[v] for v in end.operands]


def scalars_around(block: Block, kernel: Kernel) -> dict[SSAValue, SSAValue]:
    """Returns the scalars of the values from outside of a block that it reads."""
    outside = captured(block)
    scalars = kernel.pull([Read(value, ()) for value in outside])
    return dict(zip(outside, scalars, strict=True))
