"""The `flow` dialect's attribute for parameters: constants that stay outside of a module."""

from __future__ import annotations

from xdsl.dialects.builtin import DYNAMIC_INDEX, DictionaryAttr, StringAttr, TensorType
from xdsl.ir import Attribute, ParametrizedAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException


@irdl_attr_definition
class NamedParameterAttr(ParametrizedAttribute):
    """A constant that is read when a module is loaded, by a key within a scope, from a file or an
    array that is given then: `#flow.parameter.named<"model"::"weight"> : tensor<4xf32>`.

    The scope may be left out, and a dictionary may follow the key, which nothing here reads.
    `#stream.parameter.named` is another spelling.
    """

    name = "flow.parameter.named"

    type: Attribute
    scope: StringAttr
    key: StringAttr
    config: DictionaryAttr

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            if self.scope.data:
                printer.print_string_literal(self.scope.data)
                printer.print_string("::")
            printer.print_string_literal(self.key.data)
            if self.config.data:
                printer.print_string(", ")
                printer.print_attribute(self.config)
        printer.print_string(" : ")
        printer.print_attribute(self.type)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> list[Attribute]:
        config: Attribute = DictionaryAttr({})
        with parser.in_angle_brackets():
            scope, key = "", parser.parse_str_literal()
            if parser.parse_optional_punctuation(":") is not None:
                parser.parse_punctuation(":", " in '::' between scope and key")
                scope, key = key, parser.parse_str_literal()
            if parser.parse_optional_punctuation(",") is not None:
                place = parser.pos
                config = parser.parse_attribute()
                if not isinstance(config, DictionaryAttr):
                    parser.raise_error("expected a dictionary", place)
        parser.parse_punctuation(":")
        return [parser.parse_type(), StringAttr(scope), StringAttr(key), config]

    def verify(self) -> None:
        if not isinstance(self.type, TensorType) or DYNAMIC_INDEX in self.type.get_shape():
            raise VerifyException(
                f"parameter '{self.key.data}' is a tensor of static shape, not a {self.type}"
            )
