"""Linear algebra: ops of the `iree_tensor` dialect on lower triangles, and what brings others to it."""

from __future__ import annotations

from collections.abc import Callable

from xdsl.dialects import arith, complex
from xdsl.dialects.builtin import ComplexType, TensorType, f32
from xdsl.ir import SSAValue

from ireelite.dialects.elements import is_small_float
from ireelite.dialects.extensions import iree_tensor
from ireelite.dialects.stablehlo.linear_algebra import (
    CholeskyOp,
    Transpose,
    TriangularSolveOp,
    is_set,
)
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.rewriting.conversion import Conversion, Rules
from ireelite.lowering.tensors.hlo_to_linalg.movement import transposed
from ireelite.lowering.tensors.hlo_to_linalg.scalars import build_convert
from ireelite.lowering.tensors.hlo_to_linalg.signless import tensor_type
from ireelite.lowering.tensors.hlo_to_linalg.structured_ops import pointwise, sliced


def lower_cholesky(op: CholeskyOp, to: Conversion) -> SSAValue:
    """Returns an upper factor is the conjugate transpose of that of the matrix that the upper
    triangle says.
    """
    value = widened(to.value(op.a), to)
    if not op.is_lower:
        value = conjugated(swapped(value, to), to)
    factor = to.insert(iree_tensor.CholeskyOp(value)).result
    if not op.is_lower:
        factor = conjugated(swapped(factor, to), to)
    return narrowed(factor, tensor_type(op.result), to)


def lower_triangular_solve(op: TriangularSolveOp, to: Conversion) -> SSAValue:
    """Lowers the solution of `x op(a) = b`, which is that of `op(a)ᵀ xᵀ = bᵀ`; an upper triangle is
    a lower one in reverse order.
    """
    a, b = (widened(to.value(v), to) for v in (op.a, op.b))
    left, lower = is_set(op.left_side), is_set(op.lower)
    form = op.transpose_a.data
    if form is Transpose.ADJOINT:
        a = conjugated(a, to)
    if (form is Transpose.NO_TRANSPOSE) != left:
        a, lower = swapped(a, to), not lower
    if not left:
        b = swapped(b, to)
    if not lower:
        a, b = reversed_in(a, (-2, -1), to), reversed_in(b, (-2,), to)
    result = to.insert(iree_tensor.TriangularSolveOp(a, b, is_set(op.unit_diagonal))).result
    if not lower:
        result = reversed_in(result, (-2,), to)
    if not left:
        result = swapped(result, to)
    return narrowed(result, tensor_type(op.result), to)


def widened(value: SSAValue, to: Conversion) -> SSAValue:
    """Widens small floats to f32."""
    element = element_type_of(value)
    if not is_small_float(element):
        return value
    return elementwise(value, TensorType(f32, shape_of(value)), convert_to(f32, element, to), to)


def narrowed(value: SSAValue, type: TensorType, to: Conversion) -> SSAValue:
    """Returns the numbers as elements of another type."""
    source = element_type_of(value)
    if source == type.element_type:
        return value
    return elementwise(value, type, convert_to(type.element_type, source, to), to)


def convert_to(target, source, to: Conversion) -> Callable[[SSAValue], SSAValue]:
    return lambda v: build_convert(v, source, target, to)


def elementwise(
    value: SSAValue, type: TensorType, function: Callable[[SSAValue], SSAValue], to: Conversion
) -> SSAValue:
    return pointwise([value], type, lambda v: function(v[0]), to)


def conjugated(value: SSAValue, to: Conversion) -> SSAValue:
    """Returns complex conjugates; real numbers as they are."""
    element = element_type_of(value)
    if not isinstance(element, ComplexType):
        return value

    def conjugate(v: SSAValue) -> SSAValue:
        imaginary = to.insert(arith.NegfOp(to.insert(complex.ImOp(v)).results[0])).result
        real = to.insert(complex.ReOp(v)).results[0]
        return to.insert(complex.CreateOp(real, imaginary, element)).complex

    return elementwise(value, TensorType(element, shape_of(value)), conjugate, to)


def swapped(value: SSAValue, to: Conversion) -> SSAValue:
    """Returns the transposed matrices."""
    shape = list(shape_of(value))
    order = [*range(len(shape) - 2), len(shape) - 1, len(shape) - 2]
    return transposed(value, order, to)


def reversed_in(value: SSAValue, dims: tuple[int, ...], to: Conversion) -> SSAValue:
    """Returns the elements in reverse order in some dimensions, counted from the last."""
    shape = shape_of(value)
    back = {d % len(shape) for d in dims}
    ranges = [(size - 1, size, -1) if d in back else (0, size, 1) for d, size in enumerate(shape)]
    return sliced(value, ranges, TensorType(element_type_of(value), shape), to)


RULES: Rules = {
    CholeskyOp: lower_cholesky,
    TriangularSolveOp: lower_triangular_solve,
}
