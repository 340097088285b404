"""The `arith` dialect of the project: xDSL's, ops that MLIR has and xDSL has not, and the ops on
tensors of `arith_tensors.py`.
"""

from __future__ import annotations

from typing import ClassVar

from xdsl.dialects.arith import Arith as XDSL_ARITH
from xdsl.dialects.arith import (
    ArithConstantMaterializationInterface,
    FloatingPointLikeBinaryOperation,
)
from xdsl.dialects.builtin import AnyFloat, IndexType, IntegerType, TensorType, f32, i32
from xdsl.ir import Attribute, Dialect, SSAValue
from xdsl.irdl import (
    EqAttrConstraint,
    IRDLOperation,
    VarConstraint,
    irdl_op_definition,
    operand_def,
    result_def,
    traits_def,
)
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.extensions.arith_tensors import READERS


@irdl_op_definition
class RemFOp(FloatingPointLikeBinaryOperation):
    """The remainder of a division towards zero, with the dividend's sign:
    `%r = arith.remf %a, %b : f32`.
    """

    name = "arith.remf"

    traits = traits_def(Pure())


@irdl_op_definition
class IndexCastUIOp(IRDLOperation):
    """An integer without a sign as an index, or the low bits of an index:
    `%1 = arith.index_castui %0 : i8 to index`.
    """

    name = "arith.index_castui"

    input = operand_def(IndexType | IntegerType)
    result = result_def(IndexType | IntegerType)

    traits = traits_def(Pure())

    assembly_format = "$input attr-dict `:` type($input) `to` type($result)"

    def verify_(self) -> None:
        if isinstance(self.input.type, IndexType) == isinstance(self.result.type, IndexType):
            raise VerifyException(
                f"casts between an index and an integer, not {self.input.type} to {self.result.type}"
            )


@irdl_op_definition
class DotPairsOp(IRDLOperation):
    """A sum and the products of two pairs of numbers, which are the halves of words: i16 that are
    added to an i32, or bf16 that are added to an f32: `%s = arith.dot_pairs %sum, %a, %b : i32` is
    sum + low(a) * low(b) + high(a) * high(b). The order of a sum of floats is open, and numbers
    below the normal ones may count as zeros.
    """

    name = "arith.dot_pairs"
    T: ClassVar = VarConstraint("T", EqAttrConstraint(i32) | EqAttrConstraint(f32))

    sum = operand_def(T)
    left = operand_def(i32)
    right = operand_def(i32)
    result = result_def(T)

    traits = traits_def(Pure())

    assembly_format = "$sum `,` $left `,` $right attr-dict `:` type($sum)"

    def __init__(self, sum: SSAValue, left: SSAValue, right: SSAValue):
        super().__init__(operands=[sum, left, right], result_types=[sum.type])


@irdl_op_definition
class DotQuadsOp(IRDLOperation):
    """Adds four products of bytes to a sum. Each operand packs four bytes in a word: the bytes of
    the first are unsigned, those of the second signed. `%s = arith.dot_quads %sum, %a, %b : i32`.
    """

    name = "arith.dot_quads"
    T: ClassVar = VarConstraint("T", EqAttrConstraint(i32))

    sum = operand_def(T)
    left = operand_def(T)
    right = operand_def(T)
    result = result_def(T)

    traits = traits_def(Pure())

    assembly_format = "$sum `,` $left `,` $right attr-dict `:` type($sum)"

    def __init__(self, sum: SSAValue, left: SSAValue, right: SSAValue):
        super().__init__(operands=[sum, left, right], result_types=[sum.type])


class ScalingOp(IRDLOperation):
    """A float, or a tensor of floats, beside a scale of which the exponent counts."""

    input = operand_def()
    scale = operand_def()
    result = result_def()

    traits = traits_def(Pure())

    assembly_format = (
        "$input `,` $scale attr-dict `:` type($input) `,` type($scale) `to` type($result)"
    )

    WIDENS: ClassVar[bool]

    def __init__(self, input: SSAValue, scale: SSAValue, type: Attribute):
        super().__init__(operands=[input, scale], result_types=[type])

    def verify_(self) -> None:
        types = [self.input.type, self.scale.type, self.result.type]
        shapes = {t.get_shape() if isinstance(t, TensorType) else None for t in types}
        if len(shapes) != 1:
            raise VerifyException("must have operands and a result of one shape")
        source, scale, result = (t.element_type if isinstance(t, TensorType) else t for t in types)
        if not all(isinstance(t, AnyFloat) for t in (source, scale, result)):
            raise VerifyException(f"takes and yields floats, not {source}, {scale} and {result}")
        assert isinstance(source, AnyFloat) and isinstance(result, AnyFloat)
        wider = result.bitwidth - source.bitwidth
        if (wider if self.WIDENS else -wider) <= 0:
            word = "wider" if self.WIDENS else "narrower"
            raise VerifyException(f"the result must be {word}, not {source} to {result}")


@irdl_op_definition
class ScalingExtFOp(ScalingOp):
    """The product of a float and the power of two that a scale is, in a wider type:
    `%2 = arith.scaling_extf %0, %1 : f4E2M1FN, f8E8M0FNU to f32`.
    """

    name = "arith.scaling_extf"
    WIDENS: ClassVar[bool] = True


@irdl_op_definition
class ScalingTruncFOp(ScalingOp):
    """The quotient of a float and the power of two that a scale is, in a narrower type:
    `%2 = arith.scaling_truncf %0, %1 : f32, f8E8M0FNU to f4E2M1FN`.
    """

    name = "arith.scaling_truncf"
    WIDENS: ClassVar[bool] = False


Arith = Dialect(
    "arith",
    [
        *(READERS.get(op.name, op) for op in XDSL_ARITH.operations),
        DotPairsOp,
        DotQuadsOp,
        IndexCastUIOp,
        RemFOp,
        ScalingExtFOp,
        ScalingTruncFOp,
    ],
    [*XDSL_ARITH.attributes],
    [ArithConstantMaterializationInterface()],
)
