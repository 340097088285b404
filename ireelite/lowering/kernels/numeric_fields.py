"""Arithmetic on real or complex numbers, and loops, of builders of linear algebra."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.dialects import arith, complex, math
from xdsl.dialects.builtin import ComplexType, FloatAttr
from xdsl.ir import Attribute, SSAValue

from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.kernels.control import for_loop
from ireelite.lowering.kernels.kernel import Kernel
from ireelite.lowering.kernels.scalars import complex_constant


@light_dataclass(frozen=True)
class Field:
    """Arithmetic on real or on complex numbers of one kernel."""

    element: Attribute
    kernel: Kernel

    @property
    def is_complex(self) -> bool:
        """Whether numbers have two parts."""
        return isinstance(self.element, ComplexType)

    def zero(self) -> SSAValue:
        """Returns the number 0."""
        if isinstance(self.element, ComplexType):
            return complex_constant((0.0, 0.0), self.element, self.kernel)
        return self.kernel.constant(FloatAttr(0.0, self.element))  # pyright: ignore

    def subtract(self, a: SSAValue, b: SSAValue) -> SSAValue:
        kind = complex.SubOp if self.is_complex else arith.SubfOp
        return self.kernel.to.insert(kind(a, b)).results[0]

    def multiply(self, a: SSAValue, b: SSAValue) -> SSAValue:
        kind = complex.MulOp if self.is_complex else arith.MulfOp
        return self.kernel.to.insert(kind(a, b)).results[0]

    def divide(self, a: SSAValue, b: SSAValue) -> SSAValue:
        if self.is_complex:
            op = complex.DivOp.create(operands=[a, b], result_types=[self.element])
            return self.kernel.to.insert(op).results[0]
        return self.kernel.to.insert(arith.DivfOp(a, b)).result

    def conjugate(self, a: SSAValue) -> SSAValue:
        if not isinstance(self.element, ComplexType):
            return a
        insert = self.kernel.to.insert
        imaginary = insert(arith.NegfOp(insert(complex.ImOp(a)).results[0])).result
        real = insert(complex.ReOp(a)).results[0]
        return insert(complex.CreateOp(real, imaginary, self.element)).complex

    def root(self, a: SSAValue) -> SSAValue:
        """Returns the square root of a number whose imaginary part is 0."""
        insert = self.kernel.to.insert
        if not isinstance(self.element, ComplexType):
            return insert(math.SqrtOp(a)).result
        root = insert(math.SqrtOp(insert(complex.ReOp(a)).results[0])).result
        nothing = self.kernel.constant(FloatAttr(0.0, self.element.element_type))  # pyright: ignore
        return insert(complex.CreateOp(root, nothing, self.element)).complex

    def size(self, a: SSAValue) -> SSAValue:
        """Returns the magnitude of a number; of a complex one the sum of those of its parts, as
        LAPACK has it.
        """
        insert = self.kernel.to.insert
        if not self.is_complex:
            return insert(math.AbsFOp(a)).result
        parts = (insert(kind(a)).results[0] for kind in (complex.ReOp, complex.ImOp))
        real, imaginary = (insert(math.AbsFOp(part)).result for part in parts)
        return insert(arith.AddfOp(real, imaginary)).result


Turn = Callable[[SSAValue], object]


def each(kernel: Kernel, count: int, turn: Turn, name: str) -> None:
    """Inserts a loop that carries nothing."""

    def body(k: SSAValue, _: Sequence[SSAValue]) -> list[SSAValue]:
        turn(k)
        return []

    for_loop(kernel, kernel.number(0), kernel.number(count), [], body, name)
