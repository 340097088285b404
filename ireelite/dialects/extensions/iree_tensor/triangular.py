"""Triangular factors and systems of equations, of matrices in the last two dimensions."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import BoolAttr, TensorType, i32
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
    var_result_def,
)
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.extensions.iree_tensor.kernel_op import KernelOp
from ireelite.dialects.extensions.iree_tensor.matrices import (
    MatricesOp,
    verify_rank,
    verify_square,
)
from ireelite.dialects.tensor_types import element_type_of, shape_of


@irdl_op_definition
class CholeskyOp(MatricesOp):
    """The lower triangular factors of Hermitian matrices, of which the lower triangles are read. The
    workload are the matrices.
    """

    name = "iree_tensor.cholesky"

    result = result_def(TensorType)

    def __init__(self, a: SSAValue):
        super().__init__(operands=[a], result_types=self.types_for(a))

    @staticmethod
    def types_for(a: SSAValue) -> list[Attribute]:
        return [a.type]


@irdl_op_definition
class TriangularSolveOp(KernelOp):
    """The x of `a x = b` for lower triangular matrices, with ones in their diagonals if `unit`. The
    workload are the columns of all right sides.
    """

    name = "iree_tensor.triangular_solve"

    a = operand_def(TensorType)
    b = operand_def(TensorType)
    unit = prop_def(BoolAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure())

    def __init__(self, a: SSAValue, b: SSAValue, unit: bool):
        super().__init__(
            operands=[a, b],
            properties={"unit": BoolAttr.from_bool(unit)},
            result_types=[b.type],
        )

    @property
    def workload(self) -> tuple[int, ...]:
        *batch, _, columns = shape_of(self.b)
        return (*batch, columns)

    @property
    def reads(self) -> Sequence[int]:
        return [shape_of(self.b)[-1], 1]

    def verify_(self) -> None:
        verify_square(self.a)
        a, b = shape_of(self.a), shape_of(self.b)
        if (
            len(a) != len(b)
            or a[:-1] != b[:-1]
            or element_type_of(self.a) != element_type_of(self.b)
        ):
            raise VerifyException(f"can't solve a {self.a.type} for a {self.b.type}")
        if self.result.type != self.b.type:
            raise VerifyException(f"yields a {self.b.type}, not a {self.result.type}")


@irdl_op_definition
class LuOp(MatricesOp):
    """The triangular factors L and U of matrices whose rows are swapped so that each pivot is the
    largest of its column: `a = P L U`. The factors share one matrix, without the ones in L's diagonal;
    the second result is the row, counted from 0, with which each row was swapped in turn. The
    workload are the matrices.
    """

    name = "iree_tensor.lu"

    factors = result_def(TensorType)
    swaps = result_def(TensorType)

    def __init__(self, a: SSAValue):
        super().__init__(operands=[a], result_types=self.types_for(a))

    @staticmethod
    def types_for(a: SSAValue) -> list[Attribute]:
        *batch, rows, columns = shape_of(a)
        return [a.type, TensorType(i32, (*batch, min(rows, columns)))]

    def verify_matrices(self) -> None:
        verify_rank(self.a)


@irdl_op_definition
class TridiagonalSolveOp(KernelOp):
    """The x of `a x = b` for matrices of three diagonals: the one below the main diagonal, that one, and
    the one above. The first three results are what elimination leaves of the diagonals, the last is
    x. The workload are the matrices.
    """

    name = "iree_tensor.tridiagonal_solve"

    below = operand_def(TensorType)
    diagonal = operand_def(TensorType)
    above = operand_def(TensorType)
    b = operand_def(TensorType)
    diagonals = var_result_def(TensorType)

    traits = traits_def(Pure())

    def __init__(self, below: SSAValue, diagonal: SSAValue, above: SSAValue, b: SSAValue):
        operands = [below, diagonal, above, b]
        super().__init__(operands=operands, result_types=[[v.type for v in operands]])

    @property
    def workload(self) -> tuple[int, ...]:
        return shape_of(self.b)[:-2]

    def verify_(self) -> None:
        *batch, size, _ = shape_of(self.b) if len(shape_of(self.b)) > 1 else (0, 0)
        shapes = [(*batch, max(size - 1, 0)), (*batch, size), (*batch, max(size - 1, 0))]
        elements = {element_type_of(value) for value in self.operands}
        if [shape_of(v) for v in self.operands[:3]] != shapes or len(elements) > 1:
            types = ", ".join(str(v.type) for v in self.operands[:3])
            raise VerifyException(f"can't solve diagonals {types} for a {self.b.type}")
        if list(self.result_types) != list(self.operand_types):
            raise VerifyException("yields tensors of other types than it takes")
