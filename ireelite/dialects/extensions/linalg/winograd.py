"""The three transforms of Winograd's convolution, F(m, r): m results of a filter of r elements from
a tile of m + r - 1 inputs.

With G, Bᵀ and Aᵀ as below, the convolution of a tile d with a filter g is
Aᵀ ((G g Gᵀ) * (Bᵀ d B)) A, whose product is element by element. A filter that extends along one
dimension only is transformed along that one.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import DYNAMIC_INDEX, AnyFloat, IntegerAttr, TensorType, i32
from xdsl.ir import SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.extensions.linalg.packing import compatible_types
from ireelite.dialects.extensions.linalg.syntax import (
    parse_operands,
    parse_results,
    print_operands,
    require_results,
)
from ireelite.light_dataclass import light_dataclass

Matrix = Sequence[Sequence[float]]

UNTRANSFORMED: Matrix = [[1.0]]
"""The matrix along a dimension in which the filter has one element."""


@light_dataclass(frozen=True)
class Winograd:
    """F(m, r) with its matrices, which are MLIR's; `output` includes MLIR's scalar factor."""

    m: int
    r: int
    filter: Matrix
    """G, of m + r - 1 rows and r columns."""
    input: Matrix
    """Bᵀ, square, of m + r - 1 rows."""
    output: Matrix
    """Aᵀ, of m rows and m + r - 1 columns."""

    @property
    def alpha(self) -> int:
        """The inputs of a tile."""
        return self.m + self.r - 1


F_2_3 = Winograd(
    2,
    3,
    [[-1, 0, 0], [1 / 2, -1 / 2, 1 / 2], [1 / 2, 1 / 2, 1 / 2], [0, 0, 1]],
    [[-1, 0, 1, 0], [0, -1, 1, 0], [0, 1, 1, 0], [0, -1, 0, 1]],
    [[1, 1, 1, 0], [0, -1, 1, 1]],
)
F_4_3 = Winograd(
    4,
    3,
    [
        [1, 0, 0],
        [-1 / 3, 1 / 3, -1 / 3],
        [-1 / 3, -1 / 3, -1 / 3],
        [1 / 12, -1 / 6, 1 / 3],
        [1 / 12, 1 / 6, 1 / 3],
        [0, 0, 1],
    ],
    [
        [1 / 4, 0, -5 / 16, 0, 1 / 16, 0],
        [0, 1 / 4, -1 / 4, -1 / 16, 1 / 16, 0],
        [0, -1 / 4, -1 / 4, 1 / 16, 1 / 16, 0],
        [0, 1 / 4, -1 / 8, -1 / 4, 1 / 8, 0],
        [0, -1 / 4, -1 / 8, 1 / 4, 1 / 8, 0],
        [0, 1 / 4, 0, -5 / 16, 0, 1 / 16],
    ],
    [
        [4, 8, 8, 4, 4, 0],
        [0, -8, 8, -8, 8, 0],
        [0, 8, 8, 16, 16, 0],
        [0, -8, 8, -32, 32, 16],
    ],
)
F_2_5 = Winograd(
    2,
    5,
    [
        [1, 0, 0, 0, 0],
        [1 / 6, -1 / 6, 1 / 6, -1 / 6, 1 / 6],
        [-1 / 6, -1 / 6, -1 / 6, -1 / 6, -1 / 6],
        [-4 / 15, 2 / 15, -1 / 15, 1 / 30, -1 / 60],
        [1 / 60, 1 / 30, 1 / 15, 2 / 15, 4 / 15],
        [0, 0, 0, 0, 1],
    ],
    [
        [1 / 8, 3 / 16, -1 / 4, -3 / 16, 1 / 8, 0],
        [0, 1 / 8, 1 / 16, -5 / 16, 1 / 8, 0],
        [0, -1 / 8, -5 / 16, -1 / 16, 1 / 8, 0],
        [0, 1 / 4, -1 / 8, -1 / 4, 1 / 8, 0],
        [0, -1 / 8, -1 / 4, 1 / 8, 1 / 4, 0],
        [0, 1 / 8, 3 / 16, -1 / 4, -3 / 16, 1 / 8],
    ],
    [[8, 16, 16, 32, 16, 0], [0, -16, 16, -16, 32, 8]],
)
ALGORITHMS = {"F_2_3": F_2_3, "F_4_3": F_4_3, "F_2_5": F_2_5}
"""Keyword -> the algorithm, in the order of MLIR's numbers for them."""


class WinogradOp(IRDLOperation):
    """A transform along two spatial dimensions: `linalg.NAME fmr(F_4_3)
    ins(%a : type) outs(%b : type) -> type`.
    """

    MATRIX: ClassVar[str]
    """The field of `Winograd` that the op applies."""
    RANKS: ClassVar[tuple[int, int]]
    """Of the source, and of the result."""

    source = operand_def(TensorType)
    dest = operand_def(TensorType)
    fmr = prop_def(IntegerAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure())

    def __init__(self, source: SSAValue, dest: SSAValue, fmr: int):
        """Takes an algorithm as `fmr`, its index in `ALGORITHMS`."""
        super().__init__(
            operands=[source, dest],
            properties={"fmr": IntegerAttr(fmr, i32)},
            result_types=[dest.type],
        )

    @property
    def algorithm(self) -> Winograd:
        return list(ALGORITHMS.values())[self.fmr.value.data]

    @property
    @abstractmethod
    def transformed(self) -> tuple[bool, bool]:
        """Whether the height is transformed, and whether the width is."""

    @property
    def matrices(self) -> list[Matrix]:
        """The matrices along the height and along the width."""
        matrix = getattr(self.algorithm, self.MATRIX)
        return [matrix if used else UNTRANSFORMED for used in self.transformed]

    @property
    def steps(self) -> list[int]:
        """The distance of two tiles in height and in width, in elements."""
        return [self.algorithm.m if used else 1 for used in self.transformed]

    @property
    def tiles(self) -> list[int]:
        """The inputs of a tile in height and in width."""
        return [self.algorithm.alpha if used else 1 for used in self.transformed]

    @abstractmethod
    def result_shape(self, shape: Sequence[int]) -> list[int]:
        """Returns the result's shape that follows from the source's; raises a `VerifyException` if
        the source can't be transformed.
        """

    def verify_(self) -> None:
        source, dest = self.source.type, self.dest.type
        assert isinstance(source, TensorType) and isinstance(dest, TensorType)
        if not 0 <= self.fmr.value.data < len(ALGORITHMS):
            raise VerifyException(f"takes an fmr of {', '.join(ALGORITHMS)}, numbered from 0")
        ranks = source.get_num_dims(), dest.get_num_dims()
        if ranks != self.RANKS:
            raise VerifyException(
                "takes a tensor of rank {} and yields one of rank {}, not {} and {}".format(
                    *self.RANKS, *ranks
                )
            )
        if not isinstance(source.element_type, AnyFloat):
            raise VerifyException(f"transforms floating-point numbers, not {source.element_type}")
        made = TensorType(source.element_type, self.result_shape(source.get_shape()))
        if not compatible_types(made, dest) or not compatible_types(dest, self.result.type):
            raise VerifyException(f"makes {made} of {source}, not {self.result.type}")

    @classmethod
    def parse(cls, parser: Parser):
        attributes = parser.parse_optional_attr_dict()
        parser.parse_keyword("fmr")
        with parser.in_parens():
            place = parser.pos
            name = parser.parse_optional_str_literal() or parser.parse_identifier()
        if name not in ALGORITHMS:
            parser.raise_error(f"expected one of {', '.join(ALGORITHMS)}", place)
        place = parser.pos
        inputs, outputs = parse_operands(parser, "ins"), parse_operands(parser, "outs")
        if len(inputs) != 1 or len(outputs) != 1:
            parser.raise_error(f"'{cls.name}' takes one input and one output", place)
        declared = parse_results(parser)
        op = cls(inputs[0], outputs[0], list(ALGORITHMS).index(name))
        op.attributes |= attributes
        require_results(parser, declared, op, place)
        return op

    def print(self, printer: Printer) -> None:
        if self.attributes:
            printer.print_string(" ")
            printer.print_attr_dict(self.attributes)
        printer.print_string(f" fmr({list(ALGORITHMS)[self.fmr.value.data]})")
        print_operands(printer, "ins", [self.source])
        print_operands(printer, "outs", [self.dest])
        printer.print_string(" -> ")
        printer.print_attribute(self.result.type)


def extents(value: SSAValue) -> tuple[int, ...]:
    assert isinstance(value.type, TensorType)
    return value.type.get_shape()


@irdl_op_definition
class WinogradFilterTransformOp(WinogradOp):
    """G g Gᵀ of each filter (f, kh, kw, c), as (alpha, alpha, c, f)."""

    name = "linalg.winograd_filter_transform"
    MATRIX: ClassVar[str] = "filter"
    RANKS: ClassVar[tuple[int, int]] = (4, 4)

    @property
    def transformed(self) -> tuple[bool, bool]:
        _, height, width, _ = extents(self.source)
        return height != 1, width != 1

    def result_shape(self, shape: Sequence[int]) -> list[int]:
        filters, height, width, channels = shape
        r = self.algorithm.r
        if (height, width) not in ((r, r), (r, 1), (1, r)):
            raise VerifyException(
                f"takes filters of {r}x{r}, {r}x1 or 1x{r} elements, not of {height}x{width}"
            )
        return [*self.tiles, channels, filters]


@irdl_op_definition
class WinogradInputTransformOp(WinogradOp):
    """Bᵀ d B of each tile of an image (n, h, w, c), as (alpha, alpha, tile, tile, n, c).

    Tiles begin m elements apart; rows and columns that fill no tile are not read. The result's
    first two extents are 1 where the image is not transformed.
    """

    name = "linalg.winograd_input_transform"
    MATRIX: ClassVar[str] = "input"
    RANKS: ClassVar[tuple[int, int]] = (4, 6)

    @property
    def transformed(self) -> tuple[bool, bool]:
        height, width, *_ = extents(self.dest)
        return height != 1, width != 1

    def result_shape(self, shape: Sequence[int]) -> list[int]:
        batch, *image, channels = shape
        counts = [
            n if n == DYNAMIC_INDEX else max(0, (n - tile) // step + 1)
            for n, tile, step in zip(image, self.tiles, self.steps, strict=True)
        ]
        return [*self.tiles, *counts, batch, channels]


@irdl_op_definition
class WinogradOutputTransformOp(WinogradOp):
    """Aᵀ y A of each tile (alpha, alpha, tile, tile, n, f), added to the image (n, h, w, f) in
    `outs`.
    """

    name = "linalg.winograd_output_transform"
    MATRIX: ClassVar[str] = "output"
    RANKS: ClassVar[tuple[int, int]] = (6, 4)

    @property
    def transformed(self) -> tuple[bool, bool]:
        height, width, *_ = extents(self.source)
        return height != 1, width != 1

    def result_shape(self, shape: Sequence[int]) -> list[int]:
        *tile, rows, columns, batch, filters = shape
        if any(n not in (DYNAMIC_INDEX, wanted) for n, wanted in zip(tile, self.tiles)):
            alpha = self.algorithm.alpha
            raise VerifyException(
                f"takes tiles of {alpha}x{alpha}, {alpha}x1 or 1x{alpha} elements, not of "
                f"{tile[0]}x{tile[1]}"
            )
        image = [
            n if n == DYNAMIC_INDEX else n * step
            for n, step in zip((rows, columns), self.steps, strict=True)
        ]
        return [batch, *image, filters]


WINOGRAD_OPS = (WinogradFilterTransformOp, WinogradInputTransformOp, WinogradOutputTransformOp)
