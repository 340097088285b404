"""Linear algebra of the `stablehlo` dialect: triangular factors, and systems of equations."""

from __future__ import annotations

from typing import Any

from xdsl.dialects.builtin import BoolAttr, TensorType
from xdsl.dialects.utils.enum_attribute import EnumAttribute
from xdsl.ir import SpacedOpaqueSyntaxAttribute, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.str_enum import StrEnum

from ireelite.dialects.stablehlo.attributes import add_attributes, is_set, print_attributes
from ireelite.dialects.stablehlo.elements import TypedElements
from ireelite.dialects.stablehlo.elementwise import resolve_like
from ireelite.dialects.stablehlo.shapes import compatible, require, require_yields, same_size
from ireelite.dialects.tensor_types import element_type_of, shape_of


class Transpose(StrEnum):
    """How `stablehlo.triangular_solve` takes its matrix."""

    TRANSPOSE_INVALID = "TRANSPOSE_INVALID"
    NO_TRANSPOSE = "NO_TRANSPOSE"
    TRANSPOSE = "TRANSPOSE"
    ADJOINT = "ADJOINT"


@irdl_attr_definition
class TransposeAttr(EnumAttribute[Transpose], SpacedOpaqueSyntaxAttribute):
    """`#stablehlo<transpose NO_TRANSPOSE>`"""

    name = "stablehlo.transpose"


def require_matrices(value: SSAValue) -> None:
    """Verifies that a tensor holds square matrices in its last two dimensions."""
    shape = shape_of(value)
    require(
        len(shape) >= 2 and same_size(shape[-1], shape[-2]),
        f"takes square matrices, not a {value.type}",
    )


@irdl_op_definition
class CholeskyOp(IRDLOperation):
    """The triangular factors of Hermitian matrices: `%1 = stablehlo.cholesky %0, lower = true :
    tensor<3x3xf32>`. One triangle of an operand is read; the other of a result is zero.
    """

    name = "stablehlo.cholesky"

    a = operand_def(TensorType)
    lower = opt_prop_def(BoolAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    def __init__(self, a: SSAValue, lower: bool):
        super().__init__(
            operands=[a], properties={"lower": BoolAttr.from_bool(lower)}, result_types=[a.type]
        )

    @property
    def is_lower(self) -> bool:
        """Whether the factor is a lower triangle."""
        return is_set(self.lower)

    def verify_(self) -> None:
        require_matrices(self.a)
        require_yields(self.result, element_type_of(self.a), shape_of(self.a))

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.a)
        if self.lower is not None:
            printer.print_string(f", lower = {'true' if self.is_lower else 'false'}")
        print_attributes(self, printer, ("lower",))
        printer.print_string(" : ")
        if self.a.type == self.result.type:
            printer.print_attribute(self.a.type)
        else:
            printer.print_operation_type(self)

    @classmethod
    def parse(cls, parser: Parser) -> CholeskyOp:
        operand = parser.parse_unresolved_operand()
        properties: dict[str, Any] = {}
        if parser.parse_optional_punctuation(",") is not None:
            parser.parse_keyword("lower")
            parser.parse_punctuation("=")
            properties["lower"] = BoolAttr.from_bool(parser.parse_boolean())
        attributes = parser.parse_optional_attr_dict()
        (value,), type = resolve_like(parser, [operand])
        op = cls.create(operands=[value], result_types=[type], properties=properties)
        add_attributes(op, attributes)
        return op


@irdl_op_definition
class TriangularSolveOp(IRDLOperation):
    """The x of `op(a) x = b`, or of `x op(a) = b` if `left_side` is false, for triangular matrices.

    ```mlir
    %2 = "stablehlo.triangular_solve"(%a, %b) <{left_side = true, lower = true,
        transpose_a = #stablehlo<transpose NO_TRANSPOSE>, unit_diagonal = false}>
        : (tensor<3x3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
    ```
    """

    name = "stablehlo.triangular_solve"

    a = operand_def(TensorType)
    b = operand_def(TensorType)
    left_side = prop_def(BoolAttr)
    lower = prop_def(BoolAttr)
    unit_diagonal = prop_def(BoolAttr)
    transpose_a = prop_def(TransposeAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    def __init__(
        self,
        a: SSAValue,
        b: SSAValue,
        left_side: bool,
        lower: bool,
        unit_diagonal: bool,
        transpose_a: Transpose,
    ):
        super().__init__(
            operands=[a, b],
            properties={
                "left_side": BoolAttr.from_bool(left_side),
                "lower": BoolAttr.from_bool(lower),
                "unit_diagonal": BoolAttr.from_bool(unit_diagonal),
                "transpose_a": TransposeAttr(transpose_a),
            },
            result_types=[b.type],
        )

    def verify_(self) -> None:
        require_matrices(self.a)
        a, b = shape_of(self.a), shape_of(self.b)
        shared = -2 if is_set(self.left_side) else -1
        fits = len(a) == len(b) and compatible(a[:-2], b[:-2]) and same_size(a[-1], b[shared])
        require(fits, f"can't solve a {self.a.type} for a {self.b.type}")
        require(
            element_type_of(self.a) == element_type_of(self.b), "takes numbers of one element type"
        )
        require(
            self.transpose_a.data is not Transpose.TRANSPOSE_INVALID,
            "takes no transpose TRANSPOSE_INVALID",
        )
        require_yields(self.result, element_type_of(self.b), b)


LINEAR_ALGEBRA_OPS = (CholeskyOp, TriangularSolveOp)
