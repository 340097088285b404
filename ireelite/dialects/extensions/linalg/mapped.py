"""`linalg` ops whose function or maps the program gives: `map`, `reduce`, `elementwise`, `contract`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from xdsl.builder import Builder
from xdsl.dialects.builtin import (
    I64,
    AffineMapAttr,
    ArrayAttr,
    DenseArrayBase,
    IndexType,
    IntegerAttr,
    TensorType,
    i64,
)
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.dialects.linalg.attrs import IteratorTypeAttr
from xdsl.dialects.linalg.ops import YieldOp
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineMap
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    OperandDef,
    irdl_op_definition,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.rewriter import InsertPoint
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.extensions.linalg import scalar_bodies as bodies
from ireelite.dialects.extensions.linalg.attributes import (
    ElementwiseKind,
    ElementwiseKindAttr,
)
from ireelite.dialects.extensions.linalg.named import NamedOp, NamedSpec, element_type, rank_of
from ireelite.dialects.extensions.linalg.named_ops import ELEMENTWISE, arity_of
from ireelite.dialects.extensions.linalg.syntax import (
    numbers,
    parse_operands,
    parse_results,
    print_operands,
    print_results,
    require_results,
)


def applied(kind: type[Operation], operands: Sequence[SSAValue]) -> Operation | None:
    """Returns an op of this kind on scalars; None if it has another number of operands, or needs
    more than operands.
    """
    if not issubclass(kind, IRDLOperation):
        return None
    definition = kind.get_irdl_definition()
    single = all(type(operand) is OperandDef for _, operand in definition.operands)
    if not single or len(definition.operands) != len(operands) or definition.regions:
        return None
    try:
        return kind(*operands)
    except (TypeError, ValueError):
        return None


class RegionOp(LinalgStructuredOperation):
    """A structured op with a function that the program gives. The short form names an op:

    ```mlir
    %1 = linalg.map { arith.addf } ins(%a, %b : tensor<4xf32>, tensor<4xf32>)
        outs(%init : tensor<4xf32>)
    ```
    """

    irdl_options = (AttrSizedOperandSegments(as_property=True),)

    HAS_DIMENSIONS: ClassVar = False

    def __init__(
        self,
        inputs: Sequence[SSAValue],
        outputs: Sequence[SSAValue],
        body: Region,
        dimensions: Sequence[int] | None = None,
    ):
        IRDLOperation.__init__(
            self,
            operands=[inputs, outputs],
            result_types=[[v.type for v in outputs if isinstance(v.type, TensorType)]],
            properties=(
                {}
                if dimensions is None
                else {"dimensions": DenseArrayBase.from_list(i64, dimensions)}
            ),
            regions=[body],
        )

    @classmethod
    def operands_of_short_form(cls, args: Sequence[SSAValue], inputs: int) -> list[SSAValue]:
        """Returns the arguments of the body that the op of a short form takes."""
        return list(args[:inputs])

    @classmethod
    def parse(cls, parser: Parser) -> RegionOp:
        payload: type[Operation] | None = None
        payload_attributes: dict[str, Attribute] = {}
        if parser.parse_optional_punctuation("{") is not None:
            place = parser.pos
            name = parser.parse_identifier()
            payload = parser.ctx.get_optional_op(name)
            if payload is None:
                parser.raise_error(f"there is no op '{name}'", place)
            payload_attributes = dict(parser.parse_optional_attr_dict())
            parser.parse_punctuation("}")
        place = parser.pos
        inputs, outputs = parse_operands(parser, "ins"), parse_operands(parser, "outs")
        dimensions = None
        if cls.HAS_DIMENSIONS:
            parser.parse_keyword("dimensions")
            parser.parse_punctuation("=")
            dimensions = parser.parse_comma_separated_list(
                Parser.Delimiter.SQUARE, parser.parse_integer
            )
        attributes = parser.parse_optional_attr_dict()
        types = [element_type(v) for v in (*inputs, *outputs)]
        if payload is not None:
            block = Block(arg_types=types)
            operands = cls.operands_of_short_form(block.args, len(inputs))
            made = applied(payload, operands)
            if made is None:
                parser.raise_error(
                    f"'{payload.name}' is no function of {len(operands)} scalars", place
                )
            made.attributes |= payload_attributes
            block.add_ops([made, YieldOp(*made.results)])
            body = Region(block)
        else:
            arguments = parser.parse_comma_separated_list(
                Parser.Delimiter.PAREN, parser.parse_argument
            )
            body = parser.parse_region(arguments)
            if len(arguments) == len(inputs) and not cls.HAS_DIMENSIONS:
                for type in types[len(inputs) :]:
                    body.block.insert_arg(type, len(body.block.args))
        declared = parse_results(parser)
        op = cls(inputs, outputs, body, dimensions)
        op.attributes |= attributes
        if declared:
            require_results(parser, declared, op, place)
        return op

    def print(self, printer: Printer) -> None:
        print_operands(printer, "ins", self.inputs)
        print_operands(printer, "outs", self.outputs)
        if self.HAS_DIMENSIONS:
            dimensions = self.properties["dimensions"]
            assert isinstance(dimensions, DenseArrayBase)
            printer.print_string(f" dimensions = {list(numbers(dimensions))}")
        if self.attributes:
            printer.print_string(" ")
            printer.print_attr_dict(self.attributes)
        printer.print_string(" ")
        with printer.in_parens():
            printer.print_list(self.body.block.args, printer.print_block_argument)
        printer.print_string(" ")
        printer.print_region(self.body, print_entry_block_args=False)


@irdl_op_definition
class MapOp(RegionOp):
    """Applies a function to tensors of one shape, element by element:
    `linalg.map ins(%a : tensor<4xf32>) outs(%b : tensor<4xf32>) (%in: f32, %out: f32) {...}`.
    """

    name = "linalg.map"

    def get_indexing_maps(self) -> ArrayAttr[AffineMapAttr]:
        same = AffineMapAttr(AffineMap.identity(rank_of(self.outputs[0])))
        return ArrayAttr([same] * len(self.operands))

    def get_iterator_types(self) -> ArrayAttr[IteratorTypeAttr]:
        return ArrayAttr([IteratorTypeAttr.parallel()] * rank_of(self.outputs[0]))


@irdl_op_definition
class ReduceOp(RegionOp):
    """Joins the elements along dimensions with a function of an element and of what is joined:
    `linalg.reduce ins(%a : ...) outs(%b : ...) dimensions = [1] (%in: f32, %total: f32) {...}`.
    """

    name = "linalg.reduce"
    HAS_DIMENSIONS: ClassVar = True

    dimensions = prop_def(DenseArrayBase)

    @classmethod
    def operands_of_short_form(cls, args: Sequence[SSAValue], inputs: int) -> list[SSAValue]:
        """Returns the operands with the element that is reduced first, as upstream has it."""
        return [args[1], args[0]] if len(args) == 2 else list(args)

    @property
    def reduced(self) -> tuple[int, ...]:
        """The dimensions of the inputs that the results do not have."""
        return numbers(self.dimensions)

    def get_indexing_maps(self) -> ArrayAttr[AffineMapAttr]:
        rank = rank_of(self.inputs[0])
        kept = tuple(AffineDimExpr(d) for d in range(rank) if d not in self.reduced)
        whole, part = AffineMap.identity(rank), AffineMap(rank, 0, kept)
        return ArrayAttr(
            AffineMapAttr(map) for map in (*[whole] * len(self.inputs), *[part] * len(self.outputs))
        )

    def get_iterator_types(self) -> ArrayAttr[IteratorTypeAttr]:
        return ArrayAttr(
            IteratorTypeAttr.reduction() if d in self.reduced else IteratorTypeAttr.parallel()
            for d in range(rank_of(self.inputs[0]))
        )

    def verify_(self) -> None:
        rank = rank_of(self.inputs[0])
        if len(set(self.reduced)) < len(self.reduced) or any(
            not 0 <= d < rank for d in self.reduced
        ):
            raise VerifyException(f"can't reduce dimensions {list(self.reduced)} of {rank}")
        super().verify_()


@irdl_op_definition
class IndexOp(IRDLOperation):
    """The index along a dimension of the loops around: `%i = linalg.index 0 : index`."""

    name = "linalg.index"

    dim = prop_def(IntegerAttr[I64])
    result = result_def(IndexType)

    traits = traits_def(Pure())

    assembly_format = "$dim attr-dict `:` type($result)"

    def __init__(self, dim: int):
        super().__init__(properties={"dim": IntegerAttr(dim, i64)}, result_types=[IndexType()])

    def verify_(self) -> None:
        around = self.parent_op()
        if not isinstance(around, LinalgStructuredOperation):
            raise VerifyException("must stand directly in the body of a structured op")
        count, dim = len(around.get_iterator_types()), self.dim.value.data
        if not 0 <= dim < count:
            raise VerifyException(f"asks for dimension {dim} of loops that have {count}")


KINDS: dict[str, bodies.ScalarBody] = {
    **{name: ELEMENTWISE[name] for name in ELEMENTWISE if name not in ("max", "min", "copy")},
    "max_signed": bodies.binary(bodies.MAXIMUM),
    "min_signed": bodies.binary(bodies.MINIMUM),
    "max_unsigned": bodies.binary(bodies.MAXIMUM_UNSIGNED),
    "min_unsigned": bodies.binary(bodies.MINIMUM_UNSIGNED),
}
"""Kind of a `linalg.elementwise` -> its scalar function."""


@irdl_op_definition
class ElementwiseOp(NamedOp):
    """A scalar function by name, with maps if operands are broadcast or transposed:
    `linalg.elementwise kind=#linalg.elementwise_kind<add> ins(...) outs(...) -> ...`.
    """

    name = "linalg.elementwise"
    SPEC: ClassVar = NamedSpec(bodies.copy, None)

    kind = prop_def(ElementwiseKindAttr)

    @classmethod
    def make_body(cls, inputs, outputs, properties) -> Region:
        kind = properties.get("kind")
        if not isinstance(kind, ElementwiseKindAttr) or len(outputs) != 1:
            raise VerifyException("takes a kind, inputs and one output")
        if len(inputs) != (count := arity_of(str(kind.data))):
            raise VerifyException(f"takes {count} inputs for {kind.data}, not {len(inputs)}")
        block = Block(arg_types=[element_type(value) for value in (*inputs, *outputs)])
        builder = Builder(InsertPoint.at_end(block))
        unsigned = kind.data in (ElementwiseKind.max_unsigned, ElementwiseKind.min_unsigned)
        builder.insert(YieldOp(KINDS[str(kind.data)](builder, block.args, unsigned)))
        return Region(block)

    @classmethod
    def parse(cls, parser: Parser) -> NamedOp:
        parser.parse_keyword("kind")
        parser.parse_punctuation("=")
        kind = parser.parse_attribute()
        properties: dict[str, Attribute] = {"kind": kind}
        if parser.parse_optional_keyword("indexing_maps") is not None:
            parser.parse_punctuation("=")
            properties["indexing_maps"] = parser.parse_attribute()
        place = parser.pos
        inputs, outputs = parse_operands(parser, "ins"), parse_operands(parser, "outs")
        declared = parse_results(parser)
        try:
            op = cls(inputs, outputs, properties)
        except VerifyException as error:
            parser.raise_error(f"'{cls.name}' {error}", place)
        require_results(parser, declared, op, place)
        return op

    def print(self, printer: Printer) -> None:
        printer.print_string(" kind=")
        printer.print_attribute(self.kind)
        if self.given_maps is not None:
            printer.print_string(" indexing_maps = ")
            printer.print_attribute(self.given_maps)
        print_operands(printer, "ins", self.inputs)
        print_operands(printer, "outs", self.outputs)
        print_results(printer, self)


@irdl_op_definition
class ContractOp(NamedOp):
    """A product of two tensors, summed, with maps that the program gives:
    `linalg.contract indexing_maps = [...] ins(%a, %b : ...) outs(%c : ...) -> ...`.
    """

    name = "linalg.contract"
    SPEC: ClassVar = NamedSpec(bodies.multiply_add, None)

    def verify_(self) -> None:
        if self.given_maps is None or len(self.inputs) != 2:
            raise VerifyException("takes indexing_maps and two inputs")
        super().verify_()


MAPPED_OPS = (ContractOp, ElementwiseOp, IndexOp, MapOp, ReduceOp)
