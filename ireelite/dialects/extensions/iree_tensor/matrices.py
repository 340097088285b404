"""`MatricesOp`, the base of ops that reduce the matrices in the last two dimensions of a tensor."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from xdsl.dialects.builtin import TensorType
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import operand_def, traits_def
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.extensions.iree_tensor.kernel_op import KernelOp
from ireelite.dialects.tensor_types import shape_of


class MatricesOp(KernelOp):
    """An op on the matrices of `a`, whose type decides those of all results. The workload are the
    matrices.
    """

    a = operand_def(TensorType)

    traits = traits_def(Pure())

    @staticmethod
    @abstractmethod
    def types_for(a: SSAValue) -> Sequence[Attribute]:
        """Returns the types of the results for matrices `a`."""

    @property
    def workload(self) -> tuple[int, ...]:
        return shape_of(self.a)[:-2]

    def verify_matrices(self) -> None:
        """Raises VerifyException unless the op takes matrices of this shape: by default, square ones."""
        verify_square(self.a)

    def verify_(self) -> None:
        self.verify_matrices()
        if list(self.result_types) != (expected := list(self.types_for(self.a))):
            found = ", ".join(map(str, self.result_types))
            raise VerifyException(f"yields ({', '.join(map(str, expected))}), not ({found})")


def verify_square(value: SSAValue) -> None:
    """Raises VerifyException for a tensor without square matrices in its last dimensions."""
    shape = shape_of(value)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise VerifyException(f"takes square matrices, not a {value.type}")


def verify_rank(value: SSAValue) -> None:
    """Raises VerifyException for a tensor of fewer than two dimensions."""
    if len(shape_of(value)) < 2:
        raise VerifyException(f"takes matrices, not a {value.type}")
