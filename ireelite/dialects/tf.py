"""The `tf` dialect: a TensorFlow graph, one op for each node.

A node's op is named after the node's own op (`tf.Mul` for `Mul`), so the dialect has one class for
each op name that is met, all with one structure: data operands, control operands, data results, and
one `!tf.control` result. Shapes that the graph does not state are unranked. A function of the
graph's library is a private graph, whose feeds are its arguments.

Frames and switches are nodes as any other until they are raised to `tf.WhileRegion` and
`tf.IfRegion`, the two nodes that have regions. Source: TensorFlow's `graph.proto`, `node_def.proto`
and `function.proto`.
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
    Block,
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
    opt_prop_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_region_def,
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
        """Returns the shape with these dimensions."""
        return ShapeAttr(ArrayAttr([IntAttr(d) for d in dims]))

    def as_tuple(self) -> tuple[int, ...]:
        """Returns the dimensions."""
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
    tf.graph private @then_branch inputs = ["x"] outputs = ["y"] { ... }
    ```

    A private graph is a function that other graphs call. The edge from a NextIteration to a Merge
    points back; all others point forward.
    """

    name = "tf.graph"

    sym_name = prop_def(SymbolNameConstraint())
    sym_visibility = opt_prop_def(StringAttr)
    inputs = prop_def(ArrayAttr[StringAttr])
    outputs = prop_def(ArrayAttr[StringAttr])
    body = region_def("single_block")

    traits = traits_def(IsolatedFromAbove(), SymbolOpInterface())

    def __init__(
        self,
        name: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        body: Region,
        is_private: bool = False,
    ):
        super().__init__(
            properties={
                "sym_name": StringAttr(name),
                "sym_visibility": StringAttr("private") if is_private else None,
                "inputs": ArrayAttr([StringAttr(n) for n in inputs]),
                "outputs": ArrayAttr([StringAttr(n) for n in outputs]),
            },
            regions=[body],
        )

    @property
    def nodes(self) -> list[NodeOp]:
        """The nodes, in the graph's order, but those within regions."""
        return [op for op in self.body.block.ops if isinstance(op, NodeOp)]

    @property
    def is_private(self) -> bool:
        """Whether the graph is a function of the library."""
        return self.sym_visibility is not None and self.sym_visibility.data == "private"

    @property
    def fetch(self) -> FetchOp:
        """The end of the graph, whose operands are its results."""
        fetch = self.body.block.last_op
        assert isinstance(fetch, FetchOp)
        return fetch

    def verify_(self) -> None:
        names = [node.node_name.data for node in self.nodes]
        if len(set(names)) != len(names):
            raise VerifyException("two nodes have one name")
        if missing := [i.data for i in self.inputs if i.data not in names]:
            raise VerifyException(f"input '{missing[0]}' is not a node of this graph")
        if (late := early_read(self.body.block)) is not None:
            name = late.node_name.data if isinstance(late, NodeOp) else late.name
            raise VerifyException(f"'{name}' reads a value that is computed after it")
        fetch = self.body.block.last_op
        if not isinstance(fetch, FetchOp) or len(fetch.fetches) != len(self.outputs):
            raise VerifyException("must end in a tf.fetch with a value for each output")

    def print(self, printer: Printer) -> None:
        printer.print_string(" private " if self.is_private else " ")
        printer.print_symbol_name(self.sym_name.data)
        for label, names in (("inputs", self.inputs), ("outputs", self.outputs)):
            printer.print_string(f" {label} = ")
            printer.print_attribute(names)
        printer.print_string(" ")
        printer.print_region(self.body, print_empty_block=False)
        printer.print_op_attributes(self.attributes)

    @classmethod
    def parse(cls, parser: Parser) -> GraphOp:
        is_private = parser.parse_optional_keyword("private") is not None
        name = parser.parse_symbol_name().data

        def names(label: str) -> list[str]:
            parser.parse_keyword(label)
            parser.parse_punctuation("=")
            return parser.parse_comma_separated_list(
                Parser.Delimiter.SQUARE, parser.parse_str_literal
            )

        inputs = names("inputs")
        outputs = names("outputs")
        op = cls(name, inputs, outputs, parser.parse_region(), is_private)
        op.attributes |= parser.parse_optional_attr_dict()
        return op


BACK_EDGES = {"tf.NextIteration": "tf.Merge", "tf.RefNextIteration": "tf.RefMerge"}
"""Op of a node that ends a turn of a loop -> the op that begins the next one with its value."""


def early_read(block: Block) -> Operation | None:
    """Returns the first op of a block that reads a result of one after it, but for a loop's next
    value.
    """
    made: set[Operation] = set()
    for op in block.ops:
        for value in op.operands:
            owner = value.owner
            if not isinstance(owner, Operation) or owner.parent is not block or owner in made:
                continue
            if BACK_EDGES.get(owner.name) != op.name:
                return op
        made.add(op)
    return None


@irdl_op_definition
class FetchOp(IRDLOperation):
    """Ends a graph with the values it is run for: `tf.fetch %mul : tensor<*xf32>`."""

    name = "tf.fetch"

    fetches = var_operand_def()

    traits = traits_def(IsTerminator())

    assembly_format = "attr-dict ($fetches^ `:` type($fetches))?"

    def __init__(self, fetches: Sequence[SSAValue]):
        super().__init__(operands=[fetches])


@irdl_op_definition
class YieldOp(IRDLOperation):
    """Ends a region of a node with the values that it computes: `tf.yield %0 : tensor<*xf32>`."""

    name = "tf.yield"

    values = var_operand_def()

    traits = traits_def(IsTerminator())

    assembly_format = "attr-dict ($values^ `:` type($values))?"

    def __init__(self, values: Sequence[SSAValue]):
        super().__init__(operands=[values])


CALLED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("PartitionedCall", "StatefulPartitionedCall"), ("f",)),
    **dict.fromkeys(("If", "StatelessIf"), ("then_branch", "else_branch")),
    **dict.fromkeys(("While", "StatelessWhile"), ("cond", "body")),
    **dict.fromkeys(("Case", "StatelessCase"), ("branches",)),
}
"""TensorFlow op -> the attributes that name the functions it calls."""

REGIONS = {"IfRegion": 2, "WhileRegion": 2}
"""TensorFlow op -> how many regions its nodes have; all others have none."""


class NodeOp(IRDLOperation):
    """One node of a TensorFlow graph.

    ```mlir
    %mul, %ctl = tf.Mul(%arg0, %arg1) [%before] name("Mul") {T = f32}
        : (tensor<4xf32>, tensor<4xf32>) -> tensor<*xf32>
    ```

    Control operands stand in brackets; the last result is the node's own control edge.

    A choice and a loop have regions, which read the values around them. The regions of a loop take
    the values that it carries; the first yields whether it goes on, the second the next values.

    ```mlir
    %r, %ctl_0 = tf.IfRegion(%p) name("cond/Merge") : (tensor<*xi1>) -> tensor<*xf32> ({
      tf.yield %mul : tensor<*xf32>
    }, {
      tf.yield %sub : tensor<*xf32>
    })
    %x, %ctl_1 = tf.WhileRegion(%r) name("while") : (tensor<*xf32>) -> tensor<*xf32> ({
    ^bb0(%a: tensor<*xf32>):
      %less, %ctl_2 = tf.Less(%a, %n) name("Less") : (tensor<*xf32>, tensor<f32>) -> tensor<*xi1>
      tf.yield %less : tensor<*xi1>
    }, {
    ^bb0(%b: tensor<*xf32>):
      ...
    })
    ```
    """

    data = var_operand_def()
    control = var_operand_def(ControlType)
    node_name = prop_def(StringAttr)
    outputs = var_result_def()
    done = result_def(ControlType)
    bodies = var_region_def("single_block")

    irdl_options = (AttrSizedOperandSegments(as_property=True),)

    def __init__(
        self,
        node_name: str,
        data: Sequence[SSAValue],
        control: Sequence[SSAValue],
        attributes: dict[str, Attribute],
        result_types: Sequence[Attribute],
        bodies: Sequence[Region] = (),
    ):
        super().__init__(
            operands=[data, control],
            properties={"node_name": StringAttr(node_name)},
            attributes=attributes,
            result_types=[result_types, ControlType()],
            regions=[bodies],
        )

    @property
    def op_name(self) -> str:
        """The TensorFlow op: `Mul`."""
        return self.name.removeprefix("tf.")

    def verify_(self) -> None:
        expected = REGIONS.get(self.op_name, 0)
        if len(self.bodies) != expected:
            raise VerifyException(f"has {expected} regions, not {len(self.bodies)}")
        ends = [region.block.last_op for region in self.bodies]
        if not all(isinstance(end, YieldOp) for end in ends):
            raise VerifyException("has a region that does not end in a tf.yield")
        counts = [len(end.operands) for end in ends if end is not None]
        taken = [len(region.block.args) for region in self.bodies]
        results = len(self.outputs)
        if self.op_name == "IfRegion" and (len(self.data), *taken, *counts) != (
            *(1, 0, 0),
            *(results, results),
        ):
            raise VerifyException("takes one predicate, and each region yields its results")
        if self.op_name == "WhileRegion" and (len(self.data), *taken, *counts) != (
            *(results, results, results),
            *(1, results),
        ):
            raise VerifyException("its regions take what it carries, and yield one value and those")

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
        if self.bodies:
            printer.print_string(" ")
            with printer.in_parens():
                printer.print_list(self.bodies, printer.print_region)

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
        results = [parser.parse_type()] if results is None else results
        operands = parser.resolve_operands(data, types, place)
        controls = [parser.resolve_operand(c, ControlType()) for c in control or ()]
        bodies = (
            parser.parse_optional_comma_separated_list(Parser.Delimiter.PAREN, parser.parse_region)
            if cls.name.removeprefix("tf.") in REGIONS
            else None
        )
        return cls(node_name, operands, controls, attributes, results, bodies or ())


@cache
def node_class(op_name: str) -> type[Operation]:
    """Returns the class of nodes whose TensorFlow op is `op_name`."""
    doc = f"A `{op_name}` node."
    return irdl_op_definition(
        type(
            f"{op_name}Node",
            (NodeOp,),
            {"name": f"tf.{op_name}", "__doc__": doc, "__module__": __name__},
        )
    )


Tf = Dialect("tf", [GraphOp, FetchOp, YieldOp], [ControlType, DTypeType, ShapeAttr])
