"""Eigenvalues and singular values of matrices in the last two dimensions."""

from __future__ import annotations

from xdsl.dialects.builtin import ComplexType, TensorType, i32
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, result_def, traits_def
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.extensions.iree_tensor.kernel_op import KernelOp
from ireelite.dialects.extensions.iree_tensor.matrices import MatricesOp, verify_square
from ireelite.dialects.tensor_types import element_type_of, shape_of


def real_of(element: Attribute) -> Attribute:
    """Returns the type of magnitudes of numbers."""
    return element.element_type if isinstance(element, ComplexType) else element


@irdl_op_definition
class EigenOp(MatricesOp):
    """The eigenvalues of Hermitian matrices, of which the lower triangles are read, in ascending order,
    and in the columns of the second result their eigenvectors, of length 1. The third result is the
    buffer in which the matrices became diagonal. The workload are the matrices.
    """

    name = "iree_tensor.eigen"

    values = result_def(TensorType)
    vectors = result_def(TensorType)
    diagonal = result_def(TensorType)

    def __init__(self, a: SSAValue):
        super().__init__(operands=[a], result_types=self.types_for(a))

    @staticmethod
    def types_for(a: SSAValue) -> list[TensorType]:
        """Returns the types of the values, the vectors and the diagonal matrices."""
        shape, element = shape_of(a), element_type_of(a)
        matrices = TensorType(element, shape)
        return [TensorType(real_of(element), shape[:-1]), matrices, matrices]


@irdl_op_definition
class OrthogonalizeOp(MatricesOp):
    """Rotates the columns of matrices that have no more columns than rows until they are orthogonal,
    the longest first: the lengths, which are the singular values; the columns, all divided by one
    power of two, or by 1; and the product of the rotations, whose columns are the right singular
    vectors. The workload are the matrices.
    """

    name = "iree_tensor.orthogonalize"

    lengths = result_def(TensorType)
    columns = result_def(TensorType)
    rotation = result_def(TensorType)

    def __init__(self, a: SSAValue):
        super().__init__(operands=[a], result_types=self.types_for(a))

    @staticmethod
    def types_for(a: SSAValue) -> list[TensorType]:
        """Returns the types of the lengths, the columns and the rotations."""
        *batch, _, columns = shape_of(a)
        element = element_type_of(a)
        return [
            TensorType(real_of(element), (*batch, columns)),
            TensorType(element, shape_of(a)),
            TensorType(element, (*batch, columns, columns)),
        ]

    def verify_matrices(self) -> None:
        shape = shape_of(self.a)
        if len(shape) < 2 or shape[-1] > shape[-2]:
            raise VerifyException(
                f"takes matrices with no more columns than rows, not a {self.a.type}"
            )


@irdl_op_definition
class SchurOp(KernelOp):
    """The factors of `a = Q T Qᴴ` for Hessenberg matrices of complex numbers: T is triangular, and its
    diagonal has the eigenvalues; `basis Q`; and 0, or the last row whose eigenvalue was not found.
    The workload are the matrices.
    """

    name = "iree_tensor.schur"

    a = operand_def(TensorType)
    basis = operand_def(TensorType)
    triangle = result_def(TensorType)
    vectors = result_def(TensorType)
    failed = result_def(TensorType)

    traits = traits_def(Pure())

    def __init__(self, a: SSAValue, basis: SSAValue):
        counts = TensorType(i32, shape_of(a)[:-2])
        super().__init__(operands=[a, basis], result_types=[a.type, a.type, counts])

    @property
    def workload(self) -> tuple[int, ...]:
        return shape_of(self.a)[:-2]

    def verify_(self) -> None:
        verify_complex_pair(self)
        expected = [self.a.type, self.a.type, TensorType(i32, shape_of(self.a)[:-2])]
        if list(self.result_types) != expected:
            raise VerifyException(f"yields {', '.join(map(str, expected))}")


@irdl_op_definition
class EigenvectorsOp(KernelOp):
    """The eigenvectors, of length 1 and with a largest element that is real, of `basis a basisᴴ` for
    upper triangular matrices of complex numbers, in the columns of the first result. The second has
    those of `a`, of any length. The workload are the columns.
    """

    name = "iree_tensor.eigenvectors"

    a = operand_def(TensorType)
    basis = operand_def(TensorType)
    vectors = result_def(TensorType)
    inner = result_def(TensorType)

    traits = traits_def(Pure())

    def __init__(self, a: SSAValue, basis: SSAValue):
        super().__init__(operands=[a, basis], result_types=[a.type, a.type])

    @property
    def workload(self) -> tuple[int, ...]:
        return shape_of(self.a)[:-1]

    def verify_(self) -> None:
        verify_complex_pair(self)
        if list(self.result_types) != [self.a.type] * 2:
            raise VerifyException(f"yields two {self.a.type}")


def verify_complex_pair(op: SchurOp | EigenvectorsOp) -> None:
    """Raises VerifyException for other operands than square matrices of complex numbers, and a basis
    of the same type.
    """
    verify_square(op.a)
    if not isinstance(element_type_of(op.a), ComplexType) or op.a.type != op.basis.type:
        raise VerifyException(
            f"takes complex matrices and a basis of their type, not {op.a.type} and {op.basis.type}"
        )
