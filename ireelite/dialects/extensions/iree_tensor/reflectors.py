"""Orthogonal factors of matrices in the last two dimensions, as products of reflectors.

A reflector is `I - tau v vᴴ`. Of the k-th, the first k elements of v are 0, the next is 1, and those
after it stand below the diagonal, in column k of the matrix that it helped to reduce.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import BoolAttr, TensorType, i32
from xdsl.ir import SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def, traits_def
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.extensions.iree_tensor.kernel_op import UNBOUNDED_READS, KernelOp
from ireelite.dialects.extensions.iree_tensor.matrices import MatricesOp, verify_rank
from ireelite.dialects.tensor_types import element_type_of, shape_of


@irdl_op_definition
class QrOp(MatricesOp):
    """The factors of `a = Q R`: R on and above the diagonal, and below it the reflectors whose product
    is Q; their taus; and the column of `a`, counted from 0, that each column of the factors was made
    of. That is the same column, unless `pivoting` brings the longest that is left to the front at
    each step. The workload are the matrices.
    """

    name = "iree_tensor.qr"

    pivoting = prop_def(BoolAttr)
    factors = result_def(TensorType)
    taus = result_def(TensorType)
    order = result_def(TensorType)

    def __init__(self, a: SSAValue, pivoting: bool = False):
        super().__init__(
            operands=[a],
            properties={"pivoting": BoolAttr.from_bool(pivoting)},
            result_types=self.types_for(a),
        )

    @staticmethod
    def types_for(a: SSAValue) -> list[TensorType]:
        """Returns the types of the factors, the taus and the order."""
        *batch, rows, columns = shape_of(a)
        element = element_type_of(a)
        return [
            TensorType(element, shape_of(a)),
            TensorType(element, (*batch, min(rows, columns))),
            TensorType(i32, (*batch, columns)),
        ]

    def verify_matrices(self) -> None:
        verify_rank(self.a)


@irdl_op_definition
class HessenbergOp(MatricesOp):
    """The factors of `a = Q H Qᴴ`: H on, above and next below the diagonal, and below that the
    reflectors whose product is Q, each a row further down than those of `iree_tensor.qr`; and their
    taus. H of a Hermitian matrix has three diagonals. The workload are the matrices.
    """

    name = "iree_tensor.hessenberg"

    factors = result_def(TensorType)
    taus = result_def(TensorType)

    def __init__(self, a: SSAValue):
        super().__init__(operands=[a], result_types=self.types_for(a))

    @staticmethod
    def types_for(a: SSAValue) -> list[TensorType]:
        """Returns the types of the factors and the taus."""
        *batch, size, _ = shape_of(a)
        element = element_type_of(a)
        return [
            TensorType(element, shape_of(a)),
            TensorType(element, (*batch, max(size - 1, 0))),
        ]


@irdl_op_definition
class ReflectOp(KernelOp):
    """`Q c`, or `Qᴴ c` of an `adjoint`, for the product Q of the reflectors below the diagonals of `a`,
    as many as there are taus. The workload are the columns of `c`.
    """

    name = "iree_tensor.reflect"

    a = operand_def(TensorType)
    taus = operand_def(TensorType)
    c = operand_def(TensorType)
    adjoint = prop_def(BoolAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure())

    def __init__(self, a: SSAValue, taus: SSAValue, c: SSAValue, adjoint: bool = False):
        super().__init__(
            operands=[a, taus, c],
            properties={"adjoint": BoolAttr.from_bool(adjoint)},
            result_types=[c.type],
        )

    @property
    def workload(self) -> tuple[int, ...]:
        *batch, _, columns = shape_of(self.c)
        return (*batch, columns)

    @property
    def reads(self) -> Sequence[int]:
        return [UNBOUNDED_READS, UNBOUNDED_READS, 1]

    def verify_(self) -> None:
        a, taus, c = (shape_of(value) for value in self.operands)
        if (
            len({element_type_of(value) for value in self.operands}) > 1
            or len(a) < 2
            or a[:-1] != c[:-1]
            or len(c) != len(a)
            or taus[:-1] != a[:-2]
            or not taus
            or taus[-1] > min(a[-2:])
        ):
            raise VerifyException(
                f"can't multiply a {self.c.type} by reflectors of a {self.a.type} and a "
                f"{self.taus.type}"
            )
        if self.result.type != self.c.type:
            raise VerifyException(f"yields a {self.c.type}, not a {self.result.type}")
