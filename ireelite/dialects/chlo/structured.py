"""Ops of the `chlo` dialect that are not elementwise: constants, `top_k`, `ragged_dot`, `scan`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    ArrayAttr,
    BoolAttr,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    FloatAttr,
    FunctionType,
    IntegerAttr,
    IntegerType,
    TensorType,
    i32,
    i64,
)
from xdsl.dialects.utils.enum_attribute import EnumAttribute
from xdsl.ir import Attribute, Block, Operation, Region, SpacedOpaqueSyntaxAttribute, SSAValue
from xdsl.irdl import (
    AttrSizedOperandSegments,
    AttrSizedResultSegments,
    IRDLOperation,
    irdl_attr_definition,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import ConstantLike, IsolatedFromAbove, Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.stablehlo.attributes import (
    DIMENSIONS,
    Precision,
    StructureAttribute,
    add_attributes,
    print_attributes,
)
from ireelite.dialects.stablehlo.elements import TypedElements, compatible, compatible_shapes
from ireelite.dialects.stablehlo.elementwise import element_type_of, shape_of


@irdl_op_definition
class ConstantOp(IRDLOperation):
    """A tensor known at compile time: `%0 = chlo.constant dense<1.0> : tensor<4xf32>`."""

    name = "chlo.constant"

    value = prop_def(DenseIntOrFPElementsAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements(), ConstantLike())

    def print(self, printer: Printer) -> None:
        print_attributes(self, printer, ("value",))
        printer.print_string(" ")
        printer.print_attribute(self.value)

    @classmethod
    def parse(cls, parser: Parser) -> ConstantOp:
        attributes = parser.parse_optional_attr_dict()
        place = parser.pos
        value = parser.parse_attribute()
        if not isinstance(value, DenseIntOrFPElementsAttr):
            parser.raise_error("expected a dense constant", place)
        op = cls.create(properties={"value": value}, result_types=[value.type])
        add_attributes(op, attributes)
        return op

    def verify_(self) -> None:
        if self.value.type != self.result.type:
            raise VerifyException(f"holds a {self.value.type} but yields a {self.result.type}")


@irdl_op_definition
class ConstantLikeOp(IRDLOperation):
    """One number everywhere in a tensor of the operand's shape:
    `%1 = "chlo.constant_like"(%0) {value = 1.0 : f32} : (tensor<4xf32>) -> tensor<4xf32>`.
    """

    name = "chlo.constant_like"

    operand = operand_def(TensorType)
    value = prop_def(IntegerAttr | FloatAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    def verify_(self) -> None:
        if self.value.type != element_type_of(self.result):
            raise VerifyException(f"repeats a {self.value.type} but yields a {self.result.type}")
        if not compatible_shapes(shape_of(self.operand), shape_of(self.result)):
            raise VerifyException(
                f"yields the shape of {self.operand.type}, not {self.result.type}"
            )


@irdl_op_definition
class TopKOp(IRDLOperation):
    """The k largest elements along the last dimension, in falling order, and their indices. Of equal
    elements the one with the lower index comes first.

    ```mlir
    %1, %2 = chlo.top_k(%0, k = 2) : tensor<4x8xf32> -> (tensor<4x2xf32>, tensor<4x2xi32>)
    ```
    """

    name = "chlo.top_k"

    operand = operand_def(TensorType)
    k = prop_def(IntegerAttr)
    is_stable = opt_prop_def(BoolAttr)
    values = result_def(TensorType)
    indices = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    def __init__(self, operand: SSAValue, k: int):
        shape = [*shape_of(operand)[:-1], k]
        super().__init__(
            operands=[operand],
            properties={"k": IntegerAttr(k, i64)},
            result_types=[TensorType(element_type_of(operand), shape), TensorType(i32, shape)],
        )

    def verify_(self) -> None:
        shape, k = shape_of(self.operand), self.k.value.data
        if not shape or (shape[-1] != DYNAMIC_INDEX and not 0 <= k <= shape[-1]):
            raise VerifyException(f"can't take {k} elements along the last dimension of {shape}")
        expected = TensorType(element_type_of(self.operand), [*shape[:-1], k])
        if not compatible(self.values.type, expected):
            raise VerifyException(f"yields {expected}, not {self.values.type}")
        if not compatible_shapes(shape_of(self.indices), expected.get_shape()):
            raise VerifyException(f"yields indices of shape {expected.get_shape()}")
        if not isinstance(element := element_type_of(self.indices), IntegerType):
            raise VerifyException(f"yields indices, which are integers, not {element}")

    def print(self, printer: Printer) -> None:
        printer.print_string("(")
        printer.print_ssa_value(self.operand)
        printer.print_string(f", k = {self.k.value.data}")
        if self.is_stable is not None and not self.is_stable.value.data:
            printer.print_string(", is_stable = false")
        printer.print_string(")")
        print_attributes(self, printer, ("k", "is_stable"))
        printer.print_string(" : ")
        printer.print_attribute(self.operand.type)
        printer.print_string(" -> (")
        printer.print_list(self.result_types, printer.print_attribute)
        printer.print_string(")")

    @classmethod
    def parse(cls, parser: Parser) -> TopKOp:
        properties: dict[str, Attribute] = {}
        parser.parse_punctuation("(")
        operand = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        parser.parse_keyword("k")
        parser.parse_punctuation("=")
        properties["k"] = IntegerAttr(parser.parse_integer(allow_boolean=False), i64)
        while parser.parse_optional_punctuation(",") is not None:
            place = parser.pos
            word = parser.parse_identifier()
            parser.parse_punctuation("=")
            flag = parser.parse_boolean()
            if word == "is_stable":
                properties[word] = BoolAttr.from_bool(flag)
            elif word != "largest" or not flag:  # what `mhlo.topk` says
                parser.raise_error(f"'{cls.name}' finds the largest elements, stable or not", place)
        parser.parse_punctuation(")")
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        value = parser.resolve_operand(operand, parser.parse_type())
        parser.parse_punctuation("->")
        types = parser.parse_comma_separated_list(Parser.Delimiter.PAREN, parser.parse_type)
        op = cls.create(operands=[value], properties=properties, result_types=types)
        add_attributes(op, attributes)
        return op


# -- ragged products ---------------------------------------------------------------------------------


@irdl_attr_definition
class PrecisionAttr(EnumAttribute[Precision], SpacedOpaqueSyntaxAttribute):
    """`#chlo<precision HIGHEST>`"""

    name = "chlo.precision"


@irdl_attr_definition
class RaggedDotDimensionNumbersAttr(StructureAttribute):
    """Which dimensions `chlo.ragged_dot` pairs, and which one has groups."""

    name = "chlo.ragged_dot"

    lhs_batching_dimensions: DenseArrayBase[IntegerType]
    rhs_batching_dimensions: DenseArrayBase[IntegerType]
    lhs_contracting_dimensions: DenseArrayBase[IntegerType]
    rhs_contracting_dimensions: DenseArrayBase[IntegerType]
    lhs_ragged_dimensions: DenseArrayBase[IntegerType]
    rhs_group_dimensions: DenseArrayBase[IntegerType]

    FIELDS: ClassVar = {
        "lhs_batching_dimensions": DIMENSIONS,
        "rhs_batching_dimensions": DIMENSIONS,
        "lhs_contracting_dimensions": DIMENSIONS,
        "rhs_contracting_dimensions": DIMENSIONS,
        "lhs_ragged_dimensions": DIMENSIONS,
        "rhs_group_dimensions": DIMENSIONS,
    }


def numbers(array: DenseArrayBase[IntegerType]) -> list[int]:
    return [int(n) for n in array.get_values()]


@irdl_op_definition
class RaggedDotOp(IRDLOperation):
    """A product of tensors, one dimension of which is cut into groups of the sizes of a third tensor.

    - A free dimension of the left operand: each group is multiplied with its own part of the right
      one, `[b, m, k], [g, b, k, n], [b, g] -> [b, m, n]`.
    - A contracting dimension: each group has its own sum,
      `[b, m, k], [b, k, n], [b, g] -> [g, b, m, n]`.
    - A batching dimension: groups change nothing, `[b, m, k], [b, k, n], [g] -> [b, m, n]`.
    """

    name = "chlo.ragged_dot"

    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)
    group_sizes = operand_def(TensorType)
    ragged_dot_dimension_numbers = prop_def(RaggedDotDimensionNumbersAttr)
    precision_config = opt_prop_def(ArrayAttr[PrecisionAttr])
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    @property
    def batching(self) -> tuple[list[int], list[int]]:
        """Batching dimensions of the left and of the right operand."""
        dims = self.ragged_dot_dimension_numbers
        return numbers(dims.lhs_batching_dimensions), numbers(dims.rhs_batching_dimensions)

    @property
    def contracting(self) -> tuple[list[int], list[int]]:
        """Contracting dimensions of the left and of the right operand."""
        dims = self.ragged_dot_dimension_numbers
        return numbers(dims.lhs_contracting_dimensions), numbers(dims.rhs_contracting_dimensions)

    @property
    def ragged(self) -> int:
        """The left operand's dimension that has groups."""
        return numbers(self.ragged_dot_dimension_numbers.lhs_ragged_dimensions)[0]

    @property
    def groups(self) -> list[int]:
        """The right operand's dimension with a part for each group; none, or one."""
        return numbers(self.ragged_dot_dimension_numbers.rhs_group_dimensions)

    @property
    def outer(self) -> list[int]:
        """The left operand's dimensions for whose indices `group_sizes` has sizes of their own."""
        (batch, _), (contracting, _) = self.batching, self.contracting
        if self.ragged in batch:
            return batch[: batch.index(self.ragged)]
        if self.ragged in contracting:
            return [*batch, *contracting[: contracting.index(self.ragged)]]
        return [*batch, *(d for d in range(self.ragged) if d not in (*batch, *contracting))]

    def verify_(self) -> None:
        left, right = shape_of(self.lhs), shape_of(self.rhs)
        dims = self.ragged_dot_dimension_numbers
        if len(numbers(dims.lhs_ragged_dimensions)) != 1:
            raise VerifyException("needs one dimension with groups in the left operand")
        for shape, named in zip((left, right), self._named(), strict=True):
            if len(set(named)) != len(named) or any(not 0 <= d < len(shape) for d in named):
                raise VerifyException(f"dimensions {named} do not name some of {shape} once each")
        for a, b in (self.batching, self.contracting):
            if len(a) != len(b) or [left[d] for d in a] != [right[d] for d in b]:
                raise VerifyException(
                    f"dimensions {a} of {self.lhs.type} and {b} of {self.rhs.type} do not match"
                )
        if not 0 <= self.ragged < len(left):
            raise VerifyException(f"{self.lhs.type} has no dimension {self.ragged}")
        self._verify_groups()
        if list(shape_of(self.result)) != self.shape:
            raise VerifyException(f"yields a tensor of shape {self.shape}, not {self.result.type}")

    def _named(self) -> tuple[list[int], list[int]]:
        return (
            [*self.batching[0], *self.contracting[0]],
            [*self.batching[1], *self.contracting[1], *self.groups],
        )

    def _verify_groups(self) -> None:
        sizes = shape_of(self.group_sizes)
        expected = [shape_of(self.lhs)[d] for d in self.outer]
        if not sizes or (len(sizes) != 1 and list(sizes[:-1]) != expected):
            whole = ", ".join(map(str, [*expected, "g"]))
            raise VerifyException(
                f"needs group sizes of shape [g] or [{whole}] for g groups, not {list(sizes)}"
            )
        free = self.ragged not in (*self.batching[0], *self.contracting[0])
        if len(self.groups) != free:
            raise VerifyException(
                f"needs {int(free)} dimension of groups in the right operand, not {self.groups}"
            )
        if free and shape_of(self.rhs)[self.groups[0]] != sizes[-1]:
            raise VerifyException(
                f"has {sizes[-1]} groups, and {shape_of(self.rhs)[self.groups[0]]} parts for them"
            )

    @property
    def shape(self) -> list[int]:
        """The shape of the result."""
        left, right = shape_of(self.lhs), shape_of(self.rhs)
        named = self._named()
        groups = [shape_of(self.group_sizes)[-1]] if self.ragged in self.contracting[0] else []
        return [
            *groups,
            *(left[d] for d in self.batching[0]),
            *(size for d, size in enumerate(left) if d not in named[0]),
            *(size for d, size in enumerate(right) if d not in named[1]),
        ]


# -- scans -------------------------------------------------------------------------------------------


@irdl_op_definition
class ScanOp(IRDLOperation):
    """Calls a function on the parts of tensors along a dimension, one by one, and passes what it
    carries from call to call: outputs, of which each call yields a part, then the last carries.

    ```mlir
    %1, %2 = chlo.scan(%0) inits (%z) dimension = 0 {
    ^bb0(%x: tensor<3xf32>, %c: tensor<3xf32>):
      %s = stablehlo.add %x, %c : tensor<3xf32>
      stablehlo.return %s, %s : tensor<3xf32>, tensor<3xf32>
    } : (tensor<2x3xf32>, tensor<3xf32>) -> (tensor<2x3xf32>, tensor<3xf32>)
    ```
    """

    name = "chlo.scan"

    inputs = var_operand_def(TensorType)
    inits = var_operand_def(TensorType)
    dimension = prop_def(IntegerAttr)
    scan_dim_size = opt_prop_def(IntegerAttr)
    is_reverse = opt_prop_def(BoolAttr)
    is_associative = opt_prop_def(BoolAttr)
    outputs = var_result_def(TensorType)
    carries = var_result_def(TensorType)
    body = region_def("single_block")

    irdl_options = (
        AttrSizedOperandSegments(as_property=True),
        AttrSizedResultSegments(as_property=True),
    )
    traits = traits_def(IsolatedFromAbove(), TypedElements())

    @property
    def axis(self) -> int:
        """The dimension along which the tensors are taken apart."""
        return self.dimension.value.data

    @property
    def backwards(self) -> bool:
        """Whether the last part comes first."""
        return self.is_reverse is not None and bool(self.is_reverse.value.data)

    @property
    def size(self) -> int:
        """How often the function is called. Raises VerifyException for inputs that differ."""
        sizes = {shape_of(v)[self.axis] for v in self.inputs}
        if self.scan_dim_size is not None:
            sizes.add(self.scan_dim_size.value.data)
        sizes.discard(DYNAMIC_INDEX)
        if len(sizes) != 1:
            raise VerifyException(f"needs one number of parts, not {sorted(sizes)}")
        return sizes.pop()

    def verify_(self) -> None:
        if any(not 0 <= self.axis < len(shape_of(v)) for v in self.inputs):
            raise VerifyException(f"dimension {self.axis} is outside an input")
        size = self.size
        parts: list[Attribute] = [without(v.type, self.axis) for v in self.inputs]
        expected = [*parts, *(v.type for v in self.inits)]
        block = self.body.block
        if len(block.args) != len(expected) or not all(
            compatible(a.type, t) for a, t in zip(block.args, expected, strict=True)
        ):
            raise VerifyException(
                f"calls a function of ({', '.join(map(str, expected))}), not of "
                f"({', '.join(str(a.type) for a in block.args)})"
            )
        returned = block.last_op.operands if block.last_op is not None else ()
        count = len(self.outputs)
        types = [
            with_size(v.type, self.axis, size) if n < count else v.type
            for n, v in enumerate(returned)
        ]
        if len(types) != len(self.results) or not all(
            compatible(v.type, t) for v, t in zip(self.results, types, strict=True)
        ):
            raise VerifyException(
                f"yields ({', '.join(map(str, types))}), not "
                f"({', '.join(map(str, self.result_types))})"
            )

    def print(self, printer: Printer) -> None:
        for before, values in (("(", self.inputs), (" inits (", self.inits)):
            printer.print_string(before)
            printer.print_list(values, printer.print_ssa_value)
            printer.print_string(")")
        printer.print_string(f" dimension = {self.axis}")
        shown = ("dimension", "operandSegmentSizes", "resultSegmentSizes")
        rest = {k: v for k, v in self.properties.items() if k not in shown} | self.attributes
        if rest:
            printer.print_string(" attributes")
            printer.print_op_attributes(rest)
        printer.print_string(" ")
        printer.print_region(self.body)
        printer.print_string(" : ")
        printer.print_operation_type(self)

    @classmethod
    def parse(cls, parser: Parser) -> ScanOp:
        inputs = parser.parse_comma_separated_list(
            Parser.Delimiter.PAREN, parser.parse_unresolved_operand
        )
        parser.parse_keyword("inits")
        inits = parser.parse_comma_separated_list(
            Parser.Delimiter.PAREN, parser.parse_unresolved_operand
        )
        parser.parse_keyword("dimension")
        parser.parse_punctuation("=")
        axis = parser.parse_integer(allow_boolean=False)
        attributes: dict[str, Attribute] = {}
        if parser.parse_optional_keyword("attributes") is not None:
            attributes = parser.parse_optional_attr_dict()
        body = parser.parse_region()
        parser.parse_punctuation(":")
        place = parser.pos
        type = parser.parse_type()
        if not isinstance(type, FunctionType) or len(type.outputs) < len(inits):
            parser.raise_error("expected a function type with a result for each init", place)
        values = parser.resolve_operands([*inputs, *inits], type.inputs.data, place)
        op = cls(values[: len(inputs)], values[len(inputs) :], axis, body, type.outputs.data)
        add_attributes(op, attributes)
        return op

    def __init__(
        self,
        inputs: Sequence[SSAValue],
        inits: Sequence[SSAValue],
        dimension: int,
        body: Region | Block,
        result_types: Sequence[Attribute],
    ):
        count = len(result_types) - len(inits)
        super().__init__(
            operands=[inputs, inits],
            properties={"dimension": IntegerAttr(dimension, i64)},
            result_types=[result_types[:count], result_types[count:]],
            regions=[body if isinstance(body, Region) else Region(body)],
        )


def without(type: Attribute, axis: int) -> TensorType:
    """A tensor type without one of its dimensions."""
    assert isinstance(type, TensorType)
    shape = list(type.get_shape())
    del shape[axis]
    return TensorType(type.element_type, shape)


def with_size(type: Attribute, axis: int, size: int) -> TensorType:
    """A tensor type with another dimension."""
    assert isinstance(type, TensorType)
    shape = list(type.get_shape())
    shape.insert(axis, size)
    return TensorType(type.element_type, shape)


STRUCTURED_OPS: list[type[Operation]] = [
    ConstantLikeOp,
    ConstantOp,
    RaggedDotOp,
    ScanOp,
    TopKOp,
]
"""Every op of this file."""

STRUCTURED_ATTRIBUTES: list[type[Attribute]] = [PrecisionAttr, RaggedDotDimensionNumbersAttr]
