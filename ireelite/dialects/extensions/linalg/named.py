"""The class of named `linalg` ops: a structured op whose maps and scalar function its name gives.

What a name means is a `NamedSpec`: subscripts, as in an einsum, that may hold strides and dilations,

    n,h*s0+i*d0,w*s1+j*d1,c ; i,j,c,f ; n,h,w,f

and a scalar function. Loop dimensions are those of the result, in its order, and then the reduced
ones in the order in which the subscripts first name them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import ClassVar

from xdsl.builder import Builder
from xdsl.dialects.builtin import (
    AffineMapAttr,
    ArrayAttr,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    MemRefType,
    ShapedType,
    TensorType,
)
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.dialects.linalg.attrs import IteratorTypeAttr
from xdsl.dialects.linalg.ops import YieldOp
from xdsl.ir import Attribute, Block, Region, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineExpr, AffineMap
from xdsl.irdl import AttrSizedOperandSegments, IRDLOperation, opt_prop_def
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.rewriter import InsertPoint
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.extensions.linalg.attributes import TypeFn, TypeFnAttr
from ireelite.dialects.extensions.linalg.scalar_bodies import ScalarBody
from ireelite.dialects.extensions.linalg.syntax import (
    parse_operands,
    parse_results,
    print_operands,
    print_results,
    require_results,
)
from ireelite.light_dataclass import light_dataclass

TERM = re.compile(r"([a-z])(?:\*([sd])(\d))?")
"""A dimension of the loops, with the number of the stride or the dilation that it is scaled by."""


@light_dataclass(frozen=True)
class NamedSpec:
    """What a name means."""

    body: ScalarBody
    subscripts: str | None
    """The index of each operand; None for an op on operands of one shape, element by element."""
    arity: int = 2
    """How many inputs an op without subscripts has."""

    @property
    def windows(self) -> int:
        """The number of dimensions that have a stride and a dilation."""
        return window_count(self.subscripts or "")

    @property
    def inputs(self) -> int:
        """How many inputs the op has."""
        return self.arity if self.subscripts is None else self.subscripts.count(";")


@cache
def window_count(subscripts: str) -> int:
    """Returns the number of dimensions that have a stride and a dilation."""
    found = TERM.findall(subscripts)
    return 1 + max((int(number) for _, _, number in found if number), default=-1)


@cache
def indexing_maps(
    subscripts: str, strides: tuple[int, ...], dilations: tuple[int, ...]
) -> ArrayAttr[AffineMapAttr]:
    """Returns the map of each operand."""
    operands = [part.strip() for part in subscripts.split(";")]
    order = dict.fromkeys(operands[-1].replace(",", ""))
    order.update(dict.fromkeys(re.sub(r"\*[sd]\d|[^a-z]", "", "".join(operands))))
    place = {letter: number for number, letter in enumerate(order)}
    factors = {"s": strides, "d": dilations}

    def term(letter: str, kind: str, number: str) -> AffineExpr:
        dim = AffineDimExpr(place[letter])
        factor = factors[kind][int(number)] if kind else 1
        return dim if factor == 1 else dim * factor

    def index(text: str) -> AffineExpr:
        first, *rest = (term(*found) for found in TERM.findall(text))
        for other in rest:
            first = first + other
        return first

    return ArrayAttr(
        AffineMapAttr(
            AffineMap(len(order), 0, tuple(index(text) for text in operand.split(",") if text))
        )
        for operand in operands
    )


@cache
def iterator_types(rank: int, kept: frozenset[int]) -> ArrayAttr[IteratorTypeAttr]:
    """Returns the iterator types of `rank` loop dimensions: parallel for those in `kept`, which
    index the result, otherwise reduction.
    """
    kinds = (IteratorTypeAttr.reduction(), IteratorTypeAttr.parallel())
    return ArrayAttr(kinds[d in kept] for d in range(rank))


class NamedOp(LinalgStructuredOperation):
    """A named op of `linalg`.

    ```mlir
    %1 = linalg.conv_2d_nhwc_hwcf {dilations = dense<1> : tensor<2xi64>,
                                   strides = dense<2> : tensor<2xi64>}
        ins(%image, %filter : tensor<1x9x9x3xf32>, tensor<3x3x3x8xf32>)
        outs(%init : tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
    ```
    """

    SPEC: ClassVar[NamedSpec]

    strides = opt_prop_def(Attribute)
    dilations = opt_prop_def(Attribute)
    cast = opt_prop_def(TypeFnAttr)
    given_maps = opt_prop_def(ArrayAttr[AffineMapAttr], prop_name="indexing_maps")

    irdl_options = (AttrSizedOperandSegments(as_property=True),)

    def __init__(
        self,
        inputs: Sequence[SSAValue],
        outputs: Sequence[SSAValue],
        properties: Mapping[str, Attribute] | None = None,
        attributes: Mapping[str, Attribute] | None = None,
    ):
        IRDLOperation.__init__(
            self,
            operands=[inputs, outputs],
            result_types=[[v.type for v in outputs if isinstance(v.type, TensorType)]],
            properties=properties or {},
            attributes=attributes or {},
            regions=[self.make_body(inputs, outputs, properties or {})],
        )

    @classmethod
    def make_body(
        cls,
        inputs: Sequence[SSAValue],
        outputs: Sequence[SSAValue],
        properties: Mapping[str, Attribute],
    ) -> Region:
        """Returns the scalar function for operands of these types. Raises VerifyException for types
        that the op does not take.
        """
        expected = cls.SPEC.inputs
        if len(outputs) != 1 or len(inputs) != expected:
            raise VerifyException(
                f"takes {expected} inputs and one output, not {len(inputs)} and {len(outputs)}"
            )
        block = Block(arg_types=[element_type(value) for value in (*inputs, *outputs)])
        builder = Builder(InsertPoint.at_end(block))
        cast = properties.get("cast")
        unsigned = isinstance(cast, TypeFnAttr) and cast.data is TypeFn.cast_unsigned
        builder.insert(YieldOp(cls.SPEC.body(builder, block.args, unsigned)))
        return Region(block)

    def factors(self, name: str) -> tuple[int, ...]:
        """Returns the strides or dilations, 1 where the op does not give them."""
        match self.properties.get(name):
            case DenseIntOrFPElementsAttr() | DenseArrayBase() as given:
                values = tuple(int(v) for v in given.get_values())  # pyright: ignore
            case _:
                values = (1,) * self.SPEC.windows
        return values * self.SPEC.windows if len(values) == 1 else values

    def get_indexing_maps(self) -> ArrayAttr[AffineMapAttr]:
        if self.given_maps is not None:
            return self.given_maps
        if self.SPEC.subscripts is not None:
            return indexing_maps(
                self.SPEC.subscripts, self.factors("strides"), self.factors("dilations")
            )
        rank = rank_of(self.outputs[0])
        scalar, same = AffineMap(rank, 0, ()), AffineMap.identity(rank)
        return ArrayAttr(AffineMapAttr(same if rank_of(v) else scalar) for v in self.operands)

    def get_iterator_types(self) -> ArrayAttr[IteratorTypeAttr]:
        """Returns the iterator types: dimensions without an index in the result are reductions."""
        result = self.get_indexing_maps().data[-1].data
        kept = (e.position for e in result.results if isinstance(e, AffineDimExpr))
        return iterator_types(result.num_dims, frozenset(kept))

    def verify_(self) -> None:
        for name in ("strides", "dilations"):
            factors = self.factors(name)
            if len(factors) != self.SPEC.windows or any(factor <= 0 for factor in factors):
                raise VerifyException(f"takes {self.SPEC.windows} positive {name}, not {factors}")
        super().verify_()

    @classmethod
    def parse(cls, parser: Parser) -> NamedOp:
        properties: dict[str, Attribute] = {}
        if parser.parse_optional_keyword("indexing_maps") is not None:
            parser.parse_punctuation("=")
            properties["indexing_maps"] = parser.parse_attribute()
        attributes = parser.parse_optional_attr_dict()
        place = parser.pos
        inputs, outputs = parse_operands(parser, "ins"), parse_operands(parser, "outs")
        if parser.parse_optional_keyword("attrs") is not None:
            parser.parse_punctuation("=")
            attributes = {**attributes, **parser.parse_optional_attr_dict()}
        for name in ("strides", "dilations", "cast"):
            if name in attributes:
                properties[name] = attributes.pop(name)
        types = parse_results(parser)
        try:
            op = cls(inputs, outputs, properties, attributes)
        except VerifyException as error:
            parser.raise_error(f"'{cls.name}' {error}", place)
        require_results(parser, types, op, place)
        return op

    def print(self, printer: Printer) -> None:
        if self.given_maps is not None:
            printer.print_string(" indexing_maps = ")
            printer.print_attribute(self.given_maps)
        shown = {
            name: value
            for name, value in (*self.attributes.items(), *self.properties.items())
            if name not in ("indexing_maps", "operandSegmentSizes")
        }
        if shown:
            printer.print_string(" ")
            printer.print_attr_dict(dict(sorted(shown.items())))
        print_operands(printer, "ins", self.inputs)
        print_operands(printer, "outs", self.outputs)
        print_results(printer, self)


def rank_of(value: SSAValue) -> int:
    """Returns the rank of a tensor or buffer; 0 for a scalar."""
    return len(value.type.get_shape()) if isinstance(value.type, ShapedType) else 0


def element_type(value: SSAValue) -> Attribute:
    """Returns the type of the scalar that an op reads of a value at one point."""
    type = value.type
    return type.element_type if isinstance(type, TensorType | MemRefType) else type
