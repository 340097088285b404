"""Ops of the `stablehlo` dialect that move, convert or make elements: `broadcast_in_dim`, `constant`,
`convert`, `iota`, `reshape`, `slice` and `transpose`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import ClassVar

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    IntegerAttr,
    IntegerType,
    TensorType,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import ConstantLike, Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.quant import storage_of
from ireelite.dialects.stablehlo.attributes import (
    add_attributes,
    parse_dimensions,
    print_attributes,
)
from ireelite.dialects.stablehlo.elements import TypedElements, compatible_shapes
from ireelite.dialects.stablehlo.elementwise import resolve_like, set_result_type
from ireelite.dialects.stablehlo.shapes import (
    is_static,
    require_static,
    require_yields,
    same_size,
)
from ireelite.dialects.tensor_types import element_type_of, shape_of


class ReshapingOp(IRDLOperation):
    """One operand, one result of another type: `%1 = stablehlo.x %0 :
    (tensor<..>) -> tensor<..>`.
    """

    ONE_TYPE: ClassVar[bool] = False
    """Whether the type is printed alone where operand and result have one."""

    operand = operand_def(TensorType)
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    def __init__(self, operand: SSAValue, result_type: Attribute):
        super().__init__(operands=[operand], result_types=[result_type])

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.operand)
        print_attributes(self, printer)
        printer.print_string(" : ")
        if self.ONE_TYPE and self.operand.type == self.result.type:
            printer.print_attribute(self.result.type)
        else:
            printer.print_operation_type(self)

    @classmethod
    def parse(cls, parser: Parser):
        older = parser.parse_optional_punctuation("(") is not None
        operand = parser.parse_unresolved_operand()
        if older:
            parser.parse_punctuation(")")
        attributes = parser.parse_optional_attr_dict()
        (value,), type = resolve_like(parser, [operand])
        op = cls(value, type)
        add_attributes(op, attributes)
        return op


@irdl_op_definition
class ConvertOp(ReshapingOp):
    """Changes the element type: `%1 = stablehlo.convert %0 : (tensor<4xi32>) -> tensor<4xf32>`."""

    name = "stablehlo.convert"
    ONE_TYPE: ClassVar = True

    def verify_(self) -> None:
        if not compatible_shapes(shape_of(self.operand), shape_of(self.result)):
            raise VerifyException(f"changes the shape: {self.operand.type} to {self.result.type}")


@irdl_op_definition
class ReshapeOp(ReshapingOp):
    """The same elements in row-major order under another shape."""

    name = "stablehlo.reshape"

    def verify_(self) -> None:
        source, target = shape_of(self.operand), shape_of(self.result)
        same_type = element_type_of(self.operand) == element_type_of(self.result)
        same_count = not is_static(source, target) or prod(source) == prod(target)
        if not same_type or not same_count:
            raise VerifyException(f"can't reshape {self.operand.type} to {self.result.type}")


class DimensionsOp(IRDLOperation):
    """One operand and a list of dimensions: `%1 = stablehlo.x %0, dims = [1, 0] : (...) -> ...`."""

    LIST: ClassVar[str]
    """The property that holds the list."""

    operand = operand_def(TensorType)
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    def __init__(self, operand: SSAValue, dimensions: Sequence[int], result_type: Attribute):
        super().__init__(
            operands=[operand],
            properties={self.LIST: DenseArrayBase.from_list(i64, dimensions)},
            result_types=[result_type],
        )

    @property
    def dims(self) -> tuple[int, ...]:
        """The list of dimensions."""
        dimensions = self.properties[self.LIST]
        assert isinstance(dimensions, DenseArrayBase)
        return tuple(int(d) for d in dimensions.get_values())

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.operand)
        printer.print_string(f", dims = {list(self.dims)}")
        print_attributes(self, printer, (self.LIST,))
        printer.print_string(" : ")
        printer.print_operation_type(self)

    @classmethod
    def parse(cls, parser: Parser):
        operand = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        parser.parse_keyword("dims")
        parser.parse_punctuation("=")
        dims = list(parse_dimensions(parser).get_values())
        attributes = parser.parse_optional_attr_dict()
        (value,), type = resolve_like(parser, [operand])
        op = cls(value, dims, type)
        add_attributes(op, attributes)
        return op


@irdl_op_definition
class BroadcastInDimOp(DimensionsOp):
    """Repeats a tensor: dimension i of the operand becomes dimension dims[i] of the result.

    ```mlir
    %1 = stablehlo.broadcast_in_dim %0, dims = [1] : (tensor<128xf32>) -> tensor<16x128xf32>
    ```
    """

    name = "stablehlo.broadcast_in_dim"
    LIST: ClassVar = "broadcast_dimensions"

    broadcast_dimensions = prop_def(DenseArrayBase[IntegerType])

    def verify_(self) -> None:
        require_static(self.result, "dynamic_broadcast_in_dim")
        source, target = shape_of(self.operand), shape_of(self.result)
        if len(self.dims) != len(source) or len(set(self.dims)) != len(source):
            raise VerifyException(
                f"dims {list(self.dims)} do not name each of the operand's dimensions once"
            )
        for size, dim in zip(source, self.dims, strict=True):
            if not 0 <= dim < len(target) or not (size == 1 or same_size(size, target[dim])):
                raise VerifyException(f"can't broadcast {self.operand.type} to {self.result.type}")
        if element_type_of(self.operand) != element_type_of(self.result):
            raise VerifyException(f"can't broadcast {self.operand.type} to {self.result.type}")


@irdl_op_definition
class TransposeOp(DimensionsOp):
    """Permutes dimensions: dimension i of the result is dimension dims[i] of the operand."""

    name = "stablehlo.transpose"
    LIST: ClassVar = "permutation"

    permutation = prop_def(DenseArrayBase[IntegerType])

    def verify_(self) -> None:
        source = shape_of(self.operand)
        if sorted(self.dims) != list(range(len(source))):
            raise VerifyException(f"dims {list(self.dims)} are not a permutation")
        require_yields(self.result, element_type_of(self.operand), [source[d] for d in self.dims])


def sliced_shape(ranges: Sequence[tuple[int, int, int]]) -> list[int]:
    """Returns the extents of (start, limit, stride) ranges.

    Raises VerifyException for a stride that is not positive.
    """
    if wrong := [stride for _, _, stride in ranges if stride <= 0]:
        raise VerifyException(f"stride {wrong[0]} is not positive")
    return [max(0, -(-(limit - start) // stride)) for start, limit, stride in ranges]


@irdl_op_definition
class SliceOp(IRDLOperation):
    """A rectangular part: elements start, start + stride, ... below limit in each dimension.

    ```mlir
    %1 = stablehlo.slice %0 [1:3, 0:8:2] : (tensor<4x8xf32>) -> tensor<2x4xf32>
    ```
    """

    name = "stablehlo.slice"

    operand = operand_def(TensorType)
    start_indices = prop_def(DenseArrayBase[IntegerType])
    limit_indices = prop_def(DenseArrayBase[IntegerType])
    strides = prop_def(DenseArrayBase[IntegerType])
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    def __init__(self, operand: SSAValue, ranges: Sequence[tuple[int, int, int]]):
        starts, limits, strides = ([r[k] for r in ranges] for k in range(3))
        shape = sliced_shape(ranges)
        super().__init__(
            operands=[operand],
            properties={
                "start_indices": DenseArrayBase.from_list(i64, starts),
                "limit_indices": DenseArrayBase.from_list(i64, limits),
                "strides": DenseArrayBase.from_list(i64, strides),
            },
            result_types=[TensorType(element_type_of(operand), shape)],
        )

    @property
    def ranges(self) -> list[tuple[int, int, int]]:
        """(start, limit, stride) for each dimension."""
        columns = (self.start_indices, self.limit_indices, self.strides)
        return [
            (int(a), int(b), int(c))
            for a, b, c in zip(*(c.get_values() for c in columns), strict=True)
        ]

    def verify_(self) -> None:
        shape = shape_of(self.operand)
        if len(shape) != len(self.ranges):
            raise VerifyException(f"needs a range for each of {len(shape)} dimensions")
        for size, (start, limit, stride) in zip(shape, self.ranges, strict=True):
            if not 0 <= start <= limit or (size != DYNAMIC_INDEX and limit > size):
                raise VerifyException(
                    f"range {start}:{limit}:{stride} is outside a dimension of {size}"
                )
        require_yields(self.result, element_type_of(self.operand), sliced_shape(self.ranges))

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.operand)
        parts = [f"{a}:{b}" + (f":{c}" if c != 1 else "") for a, b, c in self.ranges]
        printer.print_string(f" [{', '.join(parts)}]")
        print_attributes(self, printer, ("start_indices", "limit_indices", "strides"))
        printer.print_string(" : ")
        printer.print_operation_type(self)

    @classmethod
    def parse(cls, parser: Parser) -> SliceOp:
        operand = parser.parse_unresolved_operand()

        def parse_range() -> tuple[int, int, int]:
            start = parser.parse_integer()
            parser.parse_punctuation(":")
            limit = parser.parse_integer()
            stride = parser.parse_integer() if parser.parse_optional_punctuation(":") else 1
            return start, limit, stride

        ranges = parser.parse_comma_separated_list(Parser.Delimiter.SQUARE, parse_range)
        attributes = parser.parse_optional_attr_dict()
        place = parser.pos
        (value,), type = resolve_like(parser, [operand])
        op = cls(value, ranges)
        set_result_type(op, type, parser, place)
        add_attributes(op, attributes)
        return op


@irdl_op_definition
class ConstantOp(IRDLOperation):
    """A tensor known at compile time: `%0 = stablehlo.constant dense<1.0> : tensor<4xf32>`.

    Of quantized elements, the value has the storage:
    `%0 = stablehlo.constant() <{value = dense<1> : tensor<4xi8>}> : () -> tensor<4x!quant...>`.
    """

    name = "stablehlo.constant"

    value = prop_def(DenseIntOrFPElementsAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements(), ConstantLike())

    def __init__(self, value: DenseIntOrFPElementsAttr):
        super().__init__(properties={"value": value}, result_types=[value.type])

    def verify_(self) -> None:
        if self.value.type != storage_of(self.result.type):
            raise VerifyException(f"holds a {self.value.type} but yields a {self.result.type}")

    def print(self, printer: Printer) -> None:
        if self.value.type != self.result.type:
            print_generic(self, printer)
            return
        print_attributes(self, printer, ("value",))
        printer.print_string(" ")
        printer.print_attribute(self.value)

    @classmethod
    def parse(cls, parser: Parser) -> ConstantOp:
        if parser.parse_optional_punctuation("(") is not None:
            return parse_generic(cls, parser)
        attributes = parser.parse_optional_attr_dict()
        place = parser.pos
        value = parser.parse_attribute()
        if not isinstance(value, DenseIntOrFPElementsAttr):
            parser.raise_error("expected a dense constant", place)
        op = cls(value)
        add_attributes(op, attributes)
        return op


def print_generic(op: ConstantOp, printer: Printer) -> None:
    """Prints `() <{value = ...}> {attributes} : () -> type`, for a value of another type than the
    result.
    """
    printer.print_string("() <")
    with printer.in_braces():
        printer.print_string("value = ")
        printer.print_attribute(op.value)
    printer.print_string(">")
    printer.print_op_attributes(op.attributes)
    printer.print_string(" : ")
    printer.print_operation_type(op)


def parse_generic(op_type: type[ConstantOp], parser: Parser) -> ConstantOp:
    """Parses what `print_generic` prints, behind its first parenthesis."""
    parser.parse_punctuation(")")
    attributes: dict[str, Attribute] = {}
    if parser.parse_optional_punctuation("<") is not None:
        attributes |= parser.parse_optional_attr_dict()
        parser.parse_punctuation(">")
    attributes |= parser.parse_optional_attr_dict()
    _, type = resolve_like(parser, [])
    op = op_type.create(result_types=[type])
    add_attributes(op, attributes)
    return op


@irdl_op_definition
class IotaOp(IRDLOperation):
    """Counts up along one dimension: `%0 = stablehlo.iota dim = 1 : tensor<16x10xi32>`."""

    name = "stablehlo.iota"

    iota_dimension = prop_def(IntegerAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    def __init__(self, dimension: int, result_type: Attribute):
        super().__init__(
            properties={"iota_dimension": IntegerAttr(dimension, i64)}, result_types=[result_type]
        )

    def print(self, printer: Printer) -> None:
        printer.print_string(f" dim = {self.iota_dimension.value.data}")
        print_attributes(self, printer, ("iota_dimension",))
        printer.print_string(" : ")
        printer.print_attribute(self.result.type)

    @classmethod
    def parse(cls, parser: Parser) -> IotaOp:
        parser.parse_keyword("dim")
        parser.parse_punctuation("=")
        dimension = parser.parse_integer()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        op = cls(dimension, parser.parse_type())
        add_attributes(op, attributes)
        return op

    def verify_(self) -> None:
        require_static(self.result, "dynamic_iota")
        if not 0 <= self.iota_dimension.value.data < len(shape_of(self.result)):
            raise VerifyException(
                f"{self.result.type} has no dimension {self.iota_dimension.value.data}"
            )


MOVEMENT_OPS: list[type[Operation]] = [
    BroadcastInDimOp,
    ConstantOp,
    ConvertOp,
    IotaOp,
    ReshapeOp,
    SliceOp,
    TransposeOp,
]
