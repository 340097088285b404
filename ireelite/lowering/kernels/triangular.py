"""`iree_tensor.cholesky` and `iree_tensor.triangular_solve`: rows in order, each from those before.

Loops have constant bounds, and what is not in a triangle is left out by a branch: devices that end
long loops divide those whose number of turns is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.dialects import memref
from xdsl.ir import SSAValue

from ireelite.dialects.extensions.iree_tensor import CholeskyOp, TriangularSolveOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.kernels.control import choose, for_loop, when
from ireelite.lowering.kernels.kernel import Kernel
from ireelite.lowering.kernels.numbers import Number
from ireelite.lowering.kernels.numeric_fields import Field, each
from ireelite.lowering.tensors.access import Read
from ireelite.lowering.tensors.indices import Indices


def less_products(
    start: SSAValue,
    count: int,
    below: SSAValue,
    product: Callable[[SSAValue], SSAValue],
    field: Field,
) -> SSAValue:
    """Returns `start` less the products for k from 0 to below `below`, one after the other."""
    kernel = field.kernel

    def turn(k: SSAValue, carried: Sequence[SSAValue]) -> Sequence[SSAValue]:
        inside = (Number(k, kernel) < Number(below, kernel)).value
        return choose(
            kernel,
            inside,
            lambda: [field.subtract(carried[0], product(k))],
            lambda: [carried[0]],
        )

    return for_loop(kernel, kernel.number(0), kernel.number(count), [start], turn)[0]


def build_triangular_solve(
    op: TriangularSolveOp, point: Indices, outputs: Sequence[SSAValue], kernel: Kernel
) -> None:
    size, field = shape_of(op.a)[-1], Field(element_type_of(op.b), kernel)
    batch, column = point[:-1], point[-1]
    outer = [kernel.index(index) for index in batch]
    (result,) = outputs

    def solved(k: SSAValue) -> SSAValue:
        return kernel.to.insert(memref.LoadOp.get(result, [*outer, k, kernel.index(column)])).res

    def coefficient(i: SSAValue, k: SSAValue) -> SSAValue:
        at = (*batch, kernel.variable(i, size), kernel.variable(k, size))
        return kernel.pull([Read(op.a, at)])[0]

    def row(i: SSAValue) -> None:
        (right,) = kernel.pull([Read(op.b, (*batch, kernel.variable(i, size), column))])
        value = less_products(
            right, size, i, lambda k: field.multiply(coefficient(i, k), solved(k)), field
        )
        if not op.unit.value.data:
            value = field.divide(value, coefficient(i, i))
        place = [*outer, i, kernel.index(column)]
        kernel.to.insert(memref.StoreOp.get(value, result, place))

    each(kernel, size, row, "i")


def build_cholesky(
    op: CholeskyOp, point: Indices, outputs: Sequence[SSAValue], kernel: Kernel
) -> None:
    """Builds the factor column by column: the root of what is left of the diagonal, then the
    elements below it.
    """
    size, field = shape_of(op.a)[-1], Field(element_type_of(op.a), kernel)
    outer = [kernel.index(index) for index in point]
    (factor,) = outputs

    def load(i: SSAValue, k: SSAValue) -> SSAValue:
        return kernel.to.insert(memref.LoadOp.get(factor, [*outer, i, k])).res

    def store(value: SSAValue, i: SSAValue, k: SSAValue) -> None:
        kernel.to.insert(memref.StoreOp.get(value, factor, [*outer, i, k]))

    def rest(i: SSAValue, j: SSAValue) -> SSAValue:
        """Returns an element of the matrix less the products of what its rows have before column j."""
        at = (*point, kernel.variable(i, size), kernel.variable(j, size))
        (start,) = kernel.pull([Read(op.a, at)])
        return less_products(
            start,
            size,
            j,
            lambda k: field.multiply(load(i, k), field.conjugate(load(j, k))),
            field,
        )

    def column(j: SSAValue) -> None:
        root = field.root(rest(j, j))
        store(root, j, j)

        def element(i: SSAValue) -> None:
            above = (Number(i, kernel) < Number(j, kernel)).value
            below = (Number(j, kernel) < Number(i, kernel)).value
            when(kernel, above, lambda: store(field.zero(), i, j))
            when(kernel, below, lambda: store(field.divide(rest(i, j), root), i, j))

        each(kernel, size, element, "i")

    each(kernel, size, column, "j")
