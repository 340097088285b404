"""The `tf` dialect: a TensorFlow graph, one op for each node.

A node's op is named after the node's own op (`tf.Mul` for `Mul`), so the dialect has one class for
each op name that is met, all with one structure: data operands, control operands, data results, and
one `!tf.control` result. Shapes that the graph does not state are unranked. Source: TensorFlow's
`graph.proto` and `node_def.proto`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    IntAttr,
    StringAttr,
    SymbolNameConstraint,
)
from xdsl.ir import (
    Attribute,
    Dialect,
    Operation,
    ParametrizedAttribute,
    Region,
    SSAValue,
    TypeAttribute,
)
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    irdl_attr_definition,
    irdl_op_definition,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import AttrParser, Parser
from xdsl.printer import Printer
from xdsl.traits import IsolatedFromAbove, IsTerminator, SymbolOpInterface
from xdsl.utils.exceptions import VerifyException


@irdl_attr_definition
class ControlType(ParametrizedAttribute, TypeAttribute):
    """The type of an edge that orders two nodes and carries no data."""

    name = "tf.control"


@irdl_attr_definition
class DTypeType(ParametrizedAttribute, TypeAttribute):
    """An element type of TensorFlow that only graphs have, `!tf.dtype<"DT_STRING">`.

    Nodes of such types can be read and printed, not lowered.
    """

    name = "tf.dtype"

    dtype: StringAttr

    def __init__(self, dtype: str | StringAttr):
        super().__init__(StringAttr(dtype) if isinstance(dtype, str) else dtype)

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_string_literal(self.dtype.data)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> list[Attribute]:
        with parser.in_angle_brackets():
            return [StringAttr(parser.parse_str_literal())]


@irdl_attr_definition
class ShapeAttr(ParametrizedAttribute):
    """A stated shape, `#tf.shape<[4, -1]>`; -1 is an unknown dimension."""

    name = "tf.shape"

    dims: ArrayAttr[IntAttr]

    @staticmethod
    def of(dims: Sequence[int]) -> ShapeAttr:
        """The shape with these dimensions."""
        return ShapeAttr(ArrayAttr([IntAttr(d) for d in dims]))

    def as_tuple(self) -> tuple[int, ...]:
        """The dimensions."""
        return tuple(d.data for d in self.dims)

    def print_parameters(self, printer: Printer) -> None:
        printer.print_string(f"<{list(self.as_tuple())}>")

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> list[Attribute]:
        with parser.in_angle_brackets():
            dims = parser.parse_comma_separated_list(Parser.Delimiter.SQUARE, parser.parse_integer)
        return [ArrayAttr([IntAttr(d) for d in dims])]


@irdl_op_definition
class GraphOp(IRDLOperation):
    """A graph with its feeds and fetches, which a GraphDef does not name itself.

    ```mlir
    tf.graph @simple_mul inputs = ["arg0", "arg1"] outputs = ["Mul"] { ... }
    ```
    """

    name = "tf.graph"

    sym_name = prop_def(SymbolNameConstraint())
    inputs = prop_def(ArrayAttr[StringAttr])
    outputs = prop_def(ArrayAttr[StringAttr])
    body = region_def("single_block")

    traits = traits_def(IsolatedFromAbove(), SymbolOpInterface())

    def __init__(self, name: str, inputs: Sequence[str], outputs: Sequence[str], body: Region):
        super().__init__(
            properties={
                "sym_name": StringAttr(name),
                "inputs": ArrayAttr([StringAttr(n) for n in inputs]),
                "outputs": ArrayAttr([StringAttr(n) for n in outputs]),
            },
            regions=[body],
        )

    @property
    def nodes(self) -> list[NodeOp]:
        """The nodes, in the graph's order."""
        return [op for op in self.body.block.ops if isinstance(op, NodeOp)]

    def verify_(self) -> None:
        names = [node.node_name.data for node in self.nodes]
        if len(set(names)) != len(names):
            raise VerifyException("two nodes have one name")
        if missing := [i.data for i in self.inputs if i.data not in names]:
            raise VerifyException(f"input '{missing[0]}' is not a node of this graph")
        fetch = self.body.block.last_op
        if not isinstance(fetch, FetchOp) or len(fetch.fetches) != len(self.outputs):
            raise VerifyException("must end in a tf.fetch with a value for each output")

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_symbol_name(self.sym_name.data)
        for label, names in (("inputs", self.inputs), ("outputs", self.outputs)):
            printer.print_string(f" {label} = ")
            printer.print_attribute(names)
        printer.print_string(" ")
        printer.print_region(self.body, print_empty_block=False)
        printer.print_op_attributes(self.attributes)

    @classmethod
    def parse(cls, parser: Parser) -> GraphOp:
        name = parser.parse_symbol_name().data

        def names(label: str) -> list[str]:
            parser.parse_keyword(label)
            parser.parse_punctuation("=")
            return parser.parse_comma_separated_list(
                Parser.Delimiter.SQUARE, parser.parse_str_literal
            )

        inputs = names("inputs")
        outputs = names("outputs")
        op = cls(name, inputs, outputs, parser.parse_region())
        op.attributes |= parser.parse_optional_attr_dict()
        return op


@irdl_op_definition
class FetchOp(IRDLOperation):
    """Ends a graph with the values it is run for: `tf.fetch %mul : tensor<*xf32>`."""

    name = "tf.fetch"

    fetches = var_operand_def()

    traits = traits_def(IsTerminator())

    assembly_format = "attr-dict ($fetches^ `:` type($fetches))?"

    def __init__(self, fetches: Sequence[SSAValue]):
        super().__init__(operands=[fetches])


class NodeOp(IRDLOperation):
    """One node of a TensorFlow graph.

    ```mlir
    %mul, %ctl = tf.Mul(%arg0, %arg1) [%before] name("Mul") {T = f32}
        : (tensor<4xf32>, tensor<4xf32>) -> tensor<*xf32>
    ```

    Control operands stand in brackets; the last result is the node's own control edge.
    """

    data = var_operand_def()
    control = var_operand_def(ControlType)
    node_name = prop_def(StringAttr)
    outputs = var_result_def()
    done = result_def(ControlType)

    irdl_options = (AttrSizedOperandSegments(as_property=True),)

    def __init__(
        self,
        node_name: str,
        data: Sequence[SSAValue],
        control: Sequence[SSAValue],
        attributes: dict[str, Attribute],
        result_types: Sequence[Attribute],
    ):
        super().__init__(
            operands=[data, control],
            properties={"node_name": StringAttr(node_name)},
            attributes=attributes,
            result_types=[result_types, ControlType()],
        )

    @property
    def op_name(self) -> str:
        """The TensorFlow op: `Mul`."""
        return self.name.removeprefix("tf.")

    def print(self, printer: Printer) -> None:
        with printer.in_parens():
            printer.print_list(self.data, printer.print_ssa_value)
        if self.control:
            printer.print_string(" ")
            with printer.in_square_brackets():
                printer.print_list(self.control, printer.print_ssa_value)
        printer.print_string(" name(")
        printer.print_string_literal(self.node_name.data)
        printer.print_string(")")
        if self.attributes:
            printer.print_string(" ")
            printer.print_attribute(DictionaryAttr(self.attributes))
        printer.print_string(" : ")
        printer.print_function_type([v.type for v in self.data], [v.type for v in self.outputs])

    @classmethod
    def parse(cls, parser: Parser):
        place = parser.pos
        data = parser.parse_comma_separated_list(
            Parser.Delimiter.PAREN, parser.parse_unresolved_operand
        )
        control = parser.parse_optional_comma_separated_list(
            Parser.Delimiter.SQUARE, parser.parse_unresolved_operand
        )
        parser.parse_keyword("name")
        with parser.in_parens():
            node_name = parser.parse_str_literal()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        types = parser.parse_comma_separated_list(Parser.Delimiter.PAREN, parser.parse_type)
        parser.parse_punctuation("->")
        results = parser.parse_optional_comma_separated_list(
            Parser.Delimiter.PAREN, parser.parse_type
        )
        return cls(
            node_name,
            parser.resolve_operands(data, types, place),
            [parser.resolve_operand(c, ControlType()) for c in control or ()],
            attributes,
            [parser.parse_type()] if results is None else results,
        )


@cache
def node_class(op_name: str) -> type[Operation]:
    """The class of nodes whose TensorFlow op is `op_name`."""
    doc = f"A `{op_name}` node."
    return irdl_op_definition(
        type(
            f"{op_name}Node",
            (NodeOp,),
            {"name": f"tf.{op_name}", "__doc__": doc, "__module__": __name__},
        )
    )


Tf = Dialect("tf", [GraphOp, FetchOp], [ControlType, DTypeType, ShapeAttr])
