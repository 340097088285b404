"""Ops of the `chlo` dialect that repeat an operand until the shapes of all are one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseArrayBase,
    IntegerType,
    TensorType,
    i1,
    i64,
)
from xdsl.dialects.utils.enum_attribute import EnumAttribute
from xdsl.ir import Attribute, Operation, SpacedOpaqueSyntaxAttribute, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    ParsePropInAttrDict,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.chlo import functions
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.attributes import ComparisonDirection, ComparisonType
from ireelite.dialects.stablehlo.comparison import CompareOp
from ireelite.dialects.stablehlo.elements import (
    OPERANDS,
    Elements,
    baseline,
    compatible_shapes,
    elements_of,
    verify_comparison,
    verify_kind,
)
from ireelite.dialects.stablehlo.mixed import ComplexOp
from ireelite.dialects.tensor_types import element_type_of, shape_of, tensor_type_of


@irdl_attr_definition
class ComparisonDirectionAttr(EnumAttribute[ComparisonDirection], SpacedOpaqueSyntaxAttribute):
    """`#chlo<comparison_direction GT>`"""

    name = "chlo.comparison_direction"


@irdl_attr_definition
class ComparisonTypeAttr(EnumAttribute[ComparisonType], SpacedOpaqueSyntaxAttribute):
    """`#chlo<comparison_type FLOAT>`"""

    name = "chlo.comparison_type"


def broadcast_size(first: int, second: int) -> int:
    """Returns the size of a dimension that is `first` long in one operand and `second` in another.

    Raises VerifyException for two sizes that differ, neither of which is 1.
    """
    if first == 1 or first == second:
        return second
    if second == 1:
        return first
    if DYNAMIC_INDEX in (first, second):
        return max(first, second)
    raise VerifyException(f"dimensions of {first} and {second} elements do not match")


def broadcast_shape(*shapes: Sequence[int]) -> list[int]:
    """Returns the shape of tensors whose last dimensions are aligned."""
    rank = max(map(len, shapes))
    result = [1] * rank
    for shape in shapes:
        padded = [*[1] * (rank - len(shape)), *shape]
        result = [broadcast_size(a, b) for a, b in zip(result, padded, strict=True)]
    return result


class BroadcastingOp(IRDLOperation):
    """An op of two tensors whose shapes differ: the dimensions of the one of lower rank are the
    last of the other, or those of `broadcast_dimensions`.

    ```mlir
    %2 = chlo.broadcast_add %0, %1 {broadcast_dimensions = array<i64: 0>}
        : (tensor<4x3xf32>, tensor<4xf32>) -> tensor<4x3xf32>
    ```
    """

    ELEMENTWISE: ClassVar[type[Operation]]
    """The op on tensors of one shape."""

    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)
    broadcast_dimensions = opt_prop_def(DenseArrayBase[IntegerType])
    result = result_def(TensorType)

    irdl_options = (ParsePropInAttrDict(),)
    traits = traits_def(Pure())

    assembly_format = (
        "$lhs `,` $rhs attr-dict `:` `(` type($lhs) `,` type($rhs) `)` `->` type($result)"
    )

    def __init__(self, lhs: SSAValue, rhs: SSAValue, dimensions: Sequence[int] | None = None):
        properties: dict[str, Attribute] = {}
        if dimensions is not None:
            properties["broadcast_dimensions"] = DenseArrayBase.from_list(i64, dimensions)
        super().__init__(
            operands=[lhs, rhs], properties=properties, result_types=[TensorType(i1, [])]
        )
        element = self.element_type(element_type_of(lhs))
        self.result._type = TensorType(element, self.shape)

    @classmethod
    def element_type(cls, operand: Attribute) -> Attribute:
        """Returns the element type of the result, from that of an operand."""
        return operand

    @property
    def places(self) -> list[list[int]]:
        """For each operand, the dimensions of the result that its own are.

        Raises VerifyException for `broadcast_dimensions` that name others than there are.
        """
        ranks = [len(shape_of(v)) for v in (self.lhs, self.rhs)]
        rank = max(ranks)
        last = [list(range(rank - r, rank)) for r in ranks]
        if self.broadcast_dimensions is None:
            return last
        dims = [int(d) for d in self.broadcast_dimensions.get_values()]
        smaller = min(ranks)
        valid = all(0 <= d < rank for d in dims) and dims == sorted(set(dims))
        if len(dims) != smaller or not valid:
            raise VerifyException(
                f"broadcast dimensions {dims} do not name, in order, the dimensions of a tensor of "
                f"rank {smaller} in one of rank {rank}"
            )
        return [dims if r < rank else last[n] for n, r in enumerate(ranks)]

    @property
    def shape(self) -> list[int]:
        """The shape of the result. Raises VerifyException for shapes that do not match."""
        result = [1] * max(len(shape_of(v)) for v in (self.lhs, self.rhs))
        for value, places in zip((self.lhs, self.rhs), self.places, strict=True):
            for size, place in zip(shape_of(value), places, strict=True):
                result[place] = broadcast_size(result[place], size)
        return result

    def verify_(self) -> None:
        kinds = [baseline(element_type_of(v)) for v in (self.lhs, self.rhs)]
        if kinds[0] != kinds[1]:
            raise VerifyException(f"needs elements of one type, not {kinds[0]} and {kinds[1]}")
        for value in (self.lhs, self.rhs):
            verify_kind(tensor_type_of(value), OPERANDS.get(self.ELEMENTWISE.name, Elements.ANY))
        expected = baseline(self.element_type(kinds[0]))
        if not compatible_shapes(self.shape, shape_of(self.result)):
            raise VerifyException(f"yields a tensor of shape {self.shape}, not {self.result.type}")
        if baseline(element_type_of(self.result)) != expected:
            raise VerifyException(f"yields elements of type {expected}, not {self.result.type}")


def broadcasting(name: str, elementwise: type[Operation]) -> type[BroadcastingOp]:
    """Returns the op `chlo.broadcast_<name>`."""
    body: dict[str, Any] = {
        "name": f"chlo.broadcast_{name}",
        "ELEMENTWISE": elementwise,
        "__module__": __name__,
        "__annotations__": {"ELEMENTWISE": ClassVar},
        "__doc__": f"`{elementwise.name}` of tensors of two shapes.",
    }
    return irdl_op_definition(type(f"Broadcast{elementwise.__name__}", (BroadcastingOp,), body))


SAME_TYPE_OPS: Mapping[str, type[BroadcastingOp]] = {
    op.name.partition(".")[2]: broadcasting(op.name.partition(".")[2], op)
    for op in (
        ew.AddOp,
        ew.AndOp,
        ew.Atan2Op,
        ew.DivideOp,
        ew.MaximumOp,
        ew.MinimumOp,
        ew.MultiplyOp,
        ew.OrOp,
        ew.PowerOp,
        ew.RemainderOp,
        ew.ShiftLeftOp,
        ew.ShiftRightArithmeticOp,
        ew.ShiftRightLogicalOp,
        ew.SubtractOp,
        ew.XorOp,
        functions.NextAfterOp,
        functions.PolygammaOp,
        functions.ZetaOp,
    )
}
"""Name of an elementwise op, without its dialect -> the op that broadcasts."""


@irdl_op_definition
class BroadcastComplexOp(BroadcastingOp):
    """Complex numbers of real and imaginary parts of two shapes."""

    name = "chlo.broadcast_complex"
    ELEMENTWISE: ClassVar = ComplexOp

    @classmethod
    def element_type(cls, operand: Attribute) -> Attribute:
        return ComplexOp.element_type(operand)


@irdl_op_definition
class BroadcastCompareOp(BroadcastingOp):
    """A comparison of tensors of two shapes:
    `chlo.broadcast_compare %0, %1 {comparison_direction = #chlo<comparison_direction LT>} : ...`.
    """

    name = "chlo.broadcast_compare"
    ELEMENTWISE: ClassVar = CompareOp

    comparison_direction = prop_def(ComparisonDirectionAttr)
    compare_type = opt_prop_def(ComparisonTypeAttr)

    @classmethod
    def element_type(cls, operand: Attribute) -> Attribute:
        return i1

    def verify_(self) -> None:
        super().verify_()
        kind = ComparisonType.NOTYPE if self.compare_type is None else self.compare_type.data
        verify_comparison(tensor_type_of(self.lhs), kind)


@irdl_op_definition
class BroadcastSelectOp(IRDLOperation):
    """Elements of one of two tensors; the last dimensions of all three are aligned.

    ```mlir
    %3 = chlo.broadcast_select %0, %1, %2
        : (tensor<4xi1>, tensor<f32>, tensor<3x4xf32>) -> tensor<3x4xf32>
    ```
    """

    name = "chlo.broadcast_select"

    pred = operand_def(TensorType)
    on_true = operand_def(TensorType)
    on_false = operand_def(TensorType)
    result = result_def(TensorType)

    traits = traits_def(Pure())

    assembly_format = (
        "$pred `,` $on_true `,` $on_false attr-dict `:` "
        "`(` type($pred) `,` type($on_true) `,` type($on_false) `)` `->` type($result)"
    )

    @property
    def shape(self) -> list[int]:
        """The shape of the result. Raises VerifyException for shapes that do not match."""
        return broadcast_shape(*(shape_of(v) for v in self.operands))

    def verify_(self) -> None:
        if element_type_of(self.pred) != i1:
            raise VerifyException(f"chooses by a tensor of i1, not {self.pred.type}")
        element = element_type_of(self.result)
        if any(element_type_of(v) != element for v in (self.on_true, self.on_false)):
            raise VerifyException("both choices and the result must have one element type")
        if elements_of(element) is None:
            raise VerifyException(f"takes no tensors with elements of type {element}")
        if not compatible_shapes(self.shape, shape_of(self.result)):
            raise VerifyException(f"yields a tensor of shape {self.shape}, not {self.result.type}")


BROADCASTING_OPS: list[type[Operation]] = [
    *SAME_TYPE_OPS.values(),
    BroadcastCompareOp,
    BroadcastComplexOp,
    BroadcastSelectOp,
]
"""Every op of this file."""

BROADCASTING_ATTRIBUTES: list[type[Attribute]] = [ComparisonDirectionAttr, ComparisonTypeAttr]
