"""The `iree_interp` dialect: the one op of the old interpreter that the high-level sequencer still shows."""

from __future__ import annotations

from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, MemRefType, TensorType
from xdsl.ir import Dialect
from xdsl.irdl import IRDLOperation, irdl_op_definition, prop_def, result_def, traits_def
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException


@irdl_op_definition
class ConstantOp(IRDLOperation):
    """A buffer that holds a constant: a workload, or weights. Prints the tensor, yields the buffer.

    ```mlir
    %0 = iree_interp.constant dense<[4, 1, 1]> : tensor<3xi32>
    ```
    """

    name = "iree_interp.constant"

    value = prop_def(DenseIntOrFPElementsAttr)
    result = result_def(MemRefType)

    traits = traits_def(Pure())

    def __init__(self, value: DenseIntOrFPElementsAttr):
        type = value.type
        super().__init__(
            properties={"value": value},
            result_types=[MemRefType(type.element_type, type.get_shape())],
        )

    def verify_(self) -> None:
        type, buffer = self.value.type, self.result.type
        assert isinstance(type, TensorType) and isinstance(buffer, MemRefType)
        if (type.get_shape(), type.element_type) != (buffer.get_shape(), buffer.element_type):
            raise VerifyException(f"a constant of {type} can't fill a {buffer}")

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_attribute(self.value)
        printer.print_op_attributes(self.attributes)

    @classmethod
    def parse(cls, parser: Parser) -> ConstantOp:
        value = parser.parse_attribute()
        if not isinstance(value, DenseIntOrFPElementsAttr) or not isinstance(value.type, TensorType):
            parser.raise_error("expected a dense constant of a tensor type")
        op = cls(value)
        op.attributes |= parser.parse_optional_attr_dict()
        return op


IreeInterp = Dialect("iree_interp", [ConstantOp])
