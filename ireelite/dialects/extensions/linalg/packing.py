"""`linalg` ops that are no loop nest with one map an operand: the softmax, and tiled layouts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseArrayBase,
    IndexType,
    IntegerAttr,
    TensorType,
    i64,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.extensions.linalg.syntax import (
    numbers,
    parse_operands,
    parse_results,
    print_operands,
    require_results,
)


@irdl_op_definition
class SoftmaxOp(IRDLOperation):
    """exp(x - max(x)) / sum(exp(x - max(x))) along one dimension:
    `%1 = linalg.softmax dimension(1) ins(%a : tensor<2x8xf32>) outs(%b : tensor<2x8xf32>)
    -> tensor<2x8xf32>`.
    """

    name = "linalg.softmax"

    input = operand_def(TensorType)
    output = operand_def(TensorType)
    dimension = prop_def(IntegerAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure())

    def __init__(self, input: SSAValue, output: SSAValue, dimension: int):
        super().__init__(
            operands=[input, output],
            properties={"dimension": IntegerAttr(dimension, i64)},
            result_types=[output.type],
        )

    def verify_(self) -> None:
        assert isinstance(self.input.type, TensorType)
        rank = len(self.input.type.get_shape())
        types = (self.input.type, self.output.type, self.result.type)
        if not all(map(compatible_types, types[:-1], types[1:])):
            raise VerifyException("takes and yields tensors of one type")
        if not 0 <= self.dimension.value.data < rank:
            raise VerifyException(f"{self.input.type} has no dimension {self.dimension.value.data}")

    @classmethod
    def parse(cls, parser: Parser) -> SoftmaxOp:
        parser.parse_keyword("dimension")
        with parser.in_parens():
            dimension = parser.parse_integer()
        place = parser.pos
        inputs, outputs = parse_operands(parser, "ins"), parse_operands(parser, "outs")
        declared = parse_results(parser)
        if len(inputs) != 1 or len(outputs) != 1:
            parser.raise_error("'linalg.softmax' takes one input and one output", place)
        op = cls(inputs[0], outputs[0], dimension)
        require_results(parser, declared, op, place)
        return op

    def print(self, printer: Printer) -> None:
        printer.print_string(f" dimension({self.dimension.value.data})")
        print_operands(printer, "ins", [self.input])
        print_operands(printer, "outs", [self.output])
        printer.print_string(" -> ")
        printer.print_attribute(self.result.type)


class LayoutOp(IRDLOperation):
    """Between a plain and a tiled layout.

    In the tiled layout, each dimension that `inner_dims_pos` names is divided into tiles of
    `inner_tiles` elements: its outer part stays where it is, or where `outer_dims_perm` puts it, and
    the tiles are the innermost dimensions. A size of a tile may be an operand.
    """

    source = operand_def(TensorType)
    dest = operand_def(TensorType)
    padding_value = opt_operand_def()
    inner_tiles = var_operand_def(IndexType)
    outer_dims_perm = prop_def(DenseArrayBase)
    inner_dims_pos = prop_def(DenseArrayBase)
    static_inner_tiles = prop_def(DenseArrayBase)
    result = result_def(TensorType)

    irdl_options = (AttrSizedOperandSegments(as_property=True),)
    traits = traits_def(Pure())

    def __init__(
        self,
        source: SSAValue,
        dest: SSAValue,
        dims: Sequence[int],
        tiles: Sequence[int],
        order: Sequence[int] = (),
        padding: SSAValue | None = None,
        computed_tiles: Sequence[SSAValue] = (),
    ):
        """Takes one `?` in `tiles` for each of `computed_tiles`."""
        super().__init__(
            operands=[source, dest, [] if padding is None else [padding], computed_tiles],
            properties={
                "outer_dims_perm": DenseArrayBase.from_list(i64, order),
                "inner_dims_pos": DenseArrayBase.from_list(i64, dims),
                "static_inner_tiles": DenseArrayBase.from_list(i64, tiles),
            },
            result_types=[dest.type],
        )

    @property
    def dims(self) -> list[int]:
        """The dimensions that are divided into tiles."""
        return list(numbers(self.inner_dims_pos))

    @property
    def tiles(self) -> list[int]:
        """The elements of a tile in each of them; `?` for those that operands say."""
        return list(numbers(self.static_inner_tiles))

    def order(self, rank: int) -> list[int]:
        """Returns, for each outer dimension of the tiled layout, the dimension of the plain one."""
        given = list(numbers(self.outer_dims_perm))
        return given or list(range(rank))

    def verify_layout(self, plain: TensorType, tiled: TensorType, may_pad: bool) -> None:
        """Verifies that one shape is the other's tiled layout. Where a size is open, nothing is
        known of those that follow from it.
        """
        if self.dest.type != self.result.type:
            raise VerifyException(f"yields a {self.dest.type}, not a {self.result.type}")
        shape, rank = plain.get_shape(), len(plain.get_shape())
        dims, order = self.dims, self.order(rank)
        valid = len(set(dims)) == len(dims) == len(self.tiles) and all(0 <= d < rank for d in dims)
        positive = all(t > 0 or t == DYNAMIC_INDEX for t in self.tiles)
        if not valid or sorted(order) != list(range(rank)) or not positive:
            raise VerifyException(
                f"can't divide dimensions {dims} of {plain} into tiles of {self.tiles}"
            )
        if self.tiles.count(DYNAMIC_INDEX) != len(self.inner_tiles):
            raise VerifyException("needs an operand for each tile whose size is open")
        tile = dict(zip(dims, self.tiles, strict=True))
        known = [d for d in dims if DYNAMIC_INDEX not in (shape[d], tile[d])]
        if not may_pad and (cut := [d for d in known if shape[d] % tile[d]]):
            raise VerifyException(
                f"needs a padding value: dimension {cut[0]} of {shape[cut[0]]} elements is no "
                f"multiple of {tile[cut[0]]}"
            )
        outer = [
            DYNAMIC_INDEX
            if DYNAMIC_INDEX in (shape[d], tile.get(d, 1))
            else ceil(shape[d] / tile.get(d, 1))
            for d in order
        ]
        made = TensorType(plain.element_type, outer + self.tiles)
        if not compatible_types(made, tiled):
            raise VerifyException(f"makes {made} of {plain}, not {tiled}")

    @classmethod
    def parse(cls, parser: Parser):
        source, padding, padding_type = parser.parse_unresolved_operand(), None, None
        if parser.parse_optional_keyword("padding_value") is not None:
            with parser.in_parens():
                padding = parser.parse_unresolved_operand()
                parser.parse_punctuation(":")
                padding_type = parser.parse_type()
        lists: dict[str, list[int]] = {}
        computed: list[SSAValue] = []
        place = parser.pos

        def parse_number() -> int:
            operand = parser.parse_optional_unresolved_operand()
            if operand is None:
                return parser.parse_integer()
            computed.append(parser.resolve_operand(operand, IndexType()))
            return DYNAMIC_INDEX

        for name in ("outer_dims_perm", "inner_dims_pos", "inner_tiles"):
            if parser.parse_optional_keyword(name) is not None:
                parser.parse_punctuation("=")
                number = parse_number if name == "inner_tiles" else parser.parse_integer
                lists[name] = parser.parse_comma_separated_list(Parser.Delimiter.SQUARE, number)
        if "inner_dims_pos" not in lists or "inner_tiles" not in lists:
            parser.raise_error("expected inner_dims_pos and inner_tiles", place)
        parser.parse_keyword("into")
        dest = parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        place = parser.pos
        source_type = parser.parse_type()
        parser.parse_punctuation("->")
        dest_type = parser.parse_type()
        values = parser.resolve_operands([source, dest], [source_type, dest_type], place)
        filler = None
        if padding is not None and padding_type is not None:
            filler = parser.resolve_operand(padding, padding_type)
        op = cls(
            values[0],
            values[1],
            lists["inner_dims_pos"],
            lists["inner_tiles"],
            lists.get("outer_dims_perm", ()),
            filler,
            computed,
        )
        op.attributes |= attributes
        return op

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.source)
        if self.padding_value is not None:
            printer.print_string(" padding_value(")
            printer.print_ssa_value(self.padding_value)
            printer.print_string(" : ")
            printer.print_attribute(self.padding_value.type)
            printer.print_string(")")
        if order := list(numbers(self.outer_dims_perm)):
            printer.print_string(f" outer_dims_perm = {order}")
        printer.print_string(f" inner_dims_pos = {self.dims} inner_tiles = ")
        with printer.in_square_brackets():
            computed = iter(self.inner_tiles)
            printer.print_list(self.tiles, lambda size: print_tile(printer, size, computed))
        printer.print_string(" into ")
        printer.print_ssa_value(self.dest)
        if self.attributes:
            printer.print_string(" ")
            printer.print_attr_dict(self.attributes)
        printer.print_string(" : ")
        print_arrow(printer, self.source.type, self.dest.type)


def print_tile(printer: Printer, size: int, computed: Iterator[SSAValue]) -> None:
    """Prints the size of a tile: a number, or the operand that gives it."""
    if size == DYNAMIC_INDEX:
        printer.print_ssa_value(next(computed))
    else:
        printer.print_string(str(size))


def compatible_types(a: Attribute, b: Attribute) -> bool:
    """Returns whether two types can be those of one tensor."""
    assert isinstance(a, TensorType) and isinstance(b, TensorType)
    shapes = a.get_shape(), b.get_shape()
    return (
        a.element_type == b.element_type
        and len(shapes[0]) == len(shapes[1])
        and all(m == n or DYNAMIC_INDEX in (m, n) for m, n in zip(*shapes, strict=True))
    )


def print_arrow(printer: Printer, source: Attribute, target: Attribute) -> None:
    printer.print_attribute(source)
    printer.print_string(" -> ")
    printer.print_attribute(target)


@irdl_op_definition
class PackOp(LayoutOp):
    """A tensor in a tiled layout; `padding_value` fills tiles that it does not fill.

    ```mlir
    %1 = linalg.pack %0 padding_value(%c : f32) inner_dims_pos = [0, 1] inner_tiles = [8, 4]
        into %init : tensor<9x8xf32> -> tensor<2x2x8x4xf32>
    ```
    """

    name = "linalg.pack"

    def verify_(self) -> None:
        source, result = self.source.type, self.result.type
        assert isinstance(source, TensorType) and isinstance(result, TensorType)
        self.verify_layout(source, result, self.padding_value is not None)
        padding = self.padding_value
        if padding is not None and padding.type != source.element_type:
            raise VerifyException(f"pads with a {source.element_type}, not a {padding.type}")


@irdl_op_definition
class UnPackOp(LayoutOp):
    """The tensor that has a tiled layout; what fills up tiles is left out.

    ```mlir
    %1 = linalg.unpack %0 inner_dims_pos = [0, 1] inner_tiles = [8, 4]
        into %init : tensor<2x2x8x4xf32> -> tensor<9x8xf32>
    ```
    """

    name = "linalg.unpack"

    def verify_(self) -> None:
        source, result = self.source.type, self.result.type
        assert isinstance(source, TensorType) and isinstance(result, TensorType)
        self.verify_layout(result, source, may_pad=True)
        if self.padding_value is not None:
            raise VerifyException("takes no padding value")


PACKING_OPS = (PackOp, SoftmaxOp, UnPackOp)
