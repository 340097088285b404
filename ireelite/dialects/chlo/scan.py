"""`chlo.scan`: a function called on the parts of tensors along a dimension."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    BoolAttr,
    FunctionType,
    IntegerAttr,
    TensorType,
    i64,
)
from xdsl.ir import Attribute, Block, Region, SSAValue
from xdsl.irdl import (
    AttrSizedOperandSegments,
    AttrSizedResultSegments,
    IRDLOperation,
    irdl_op_definition,
    opt_prop_def,
    prop_def,
    region_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import IsolatedFromAbove
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.stablehlo.attributes import (
    add_attributes,
)
from ireelite.dialects.stablehlo.elements import TypedElements, compatible
from ireelite.dialects.tensor_types import shape_of


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
        printer.print_string(f" dimension={self.axis}")
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
    """Returns a tensor type without one of its dimensions."""
    assert isinstance(type, TensorType)
    shape = list(type.get_shape())
    del shape[axis]
    return TensorType(type.element_type, shape)


def with_size(type: Attribute, axis: int, size: int) -> TensorType:
    """Returns a tensor type with another dimension."""
    assert isinstance(type, TensorType)
    shape = list(type.get_shape())
    shape.insert(axis, size)
    return TensorType(type.element_type, shape)
