"""How large the open sizes of a tensor can be: an encoding of its type.

Compiled programs take any size, as for `?` alone: bounds are read, verified and printed.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import DYNAMIC_INDEX, DenseArrayBase, IntegerType, i64
from xdsl.ir import Attribute, ParametrizedAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.stablehlo.fields import numbers


def parse_bound(parser: AttrParser) -> int:
    """Returns a size, or `?`."""
    unknown = parser.parse_optional_punctuation("?") is not None
    return DYNAMIC_INDEX if unknown else parser.parse_integer()


def bounds_text(bounds: Attribute) -> str:
    """Bounds as text: `3, ?`."""
    return ", ".join("?" if b == DYNAMIC_INDEX else str(b) for b in numbers(bounds))


@irdl_attr_definition
class BoundsAttr(ParametrizedAttribute):
    """How large each dimension of a tensor can be, as its encoding:
    `tensor<?x?xf32, #stablehlo.bounds<3, ?>>`.
    """

    name = "stablehlo.bounds"

    bounds: DenseArrayBase[IntegerType]

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        bounds = parser.parse_comma_separated_list(
            parser.Delimiter.ANGLE, lambda: parse_bound(parser)
        )
        return [DenseArrayBase.from_list(i64, bounds)]

    def print_parameters(self, printer: Printer) -> None:
        printer.print_string(f"<{bounds_text(self.bounds)}>")

    def verify_shape(self, shape: Sequence[int]) -> None:
        """Raises VerifyException for a shape with another rank, or with a size that is known and has
        a bound.
        """
        bounds = numbers(self.bounds)
        if len(bounds) != len(shape):
            raise VerifyException(f"has {len(bounds)} bounds for {len(shape)} dimensions")
        for dimension, (size, bound) in enumerate(zip(shape, bounds, strict=True)):
            if size != DYNAMIC_INDEX and bound != DYNAMIC_INDEX:
                raise VerifyException(
                    f"has a bound of {bound} for dimension {dimension}, whose size is {size}; only "
                    "a size that is open has one"
                )


@irdl_attr_definition
class TypeExtensionsAttr(ParametrizedAttribute):
    """The older spelling of bounds, `#stablehlo.type_extensions<bounds = [3, ?]>`; it reads as
    `#stablehlo.bounds<3, ?>`.
    """

    name = "stablehlo.type_extensions"

    bounds: DenseArrayBase[IntegerType]

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            parser.parse_keyword("bounds")
            parser.parse_punctuation("=")
            bounds = parser.parse_comma_separated_list(
                parser.Delimiter.SQUARE, lambda: parse_bound(parser)
            )
        return [DenseArrayBase.from_list(i64, bounds)]

    @classmethod
    def new(cls, params: Sequence[Attribute]) -> BoundsAttr:  # pyright: ignore
        return BoundsAttr.new(params)


BOUNDS_ATTRIBUTES: list[type[Attribute]] = [BoundsAttr, TypeExtensionsAttr]
"""Every attribute of this file."""
