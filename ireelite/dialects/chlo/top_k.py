"""`chlo.top_k`: the largest elements and their indices."""

from __future__ import annotations

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    BoolAttr,
    IntegerAttr,
    IntegerType,
    TensorType,
    i32,
    i64,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    IRDLOperation,
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
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.stablehlo.attributes import (
    add_attributes,
    print_attributes,
)
from ireelite.dialects.stablehlo.elements import TypedElements, compatible, compatible_shapes
from ireelite.dialects.tensor_types import element_type_of, shape_of


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
