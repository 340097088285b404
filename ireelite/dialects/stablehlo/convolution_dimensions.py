"""The attribute of the `stablehlo` dialect that says what the dimensions of a convolution are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, IntegerType, i64
from xdsl.ir import Attribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer

from ireelite.dialects.stablehlo.attributes import (
    DIMENSIONS,
    StructureAttribute,
    parse_i64,
    print_field,
)

DIMENSION = (parse_i64, IntegerAttr(0, i64))


@irdl_attr_definition
class ConvDimensionNumbersAttr(StructureAttribute):
    """What the dimensions of a convolution's operands and result are: `b` batch, `f` features, `i`
    and `o` features of the input and the output, numbers spatial dimensions:
    `#stablehlo.conv<[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]>`, or
    `#stablehlo.conv<raw input_batch_dimension = 0, ...>`.
    """

    name = "stablehlo.conv"

    input_batch_dimension: IntegerAttr
    input_feature_dimension: IntegerAttr
    input_spatial_dimensions: DenseArrayBase[IntegerType]
    kernel_input_feature_dimension: IntegerAttr
    kernel_output_feature_dimension: IntegerAttr
    kernel_spatial_dimensions: DenseArrayBase[IntegerType]
    output_batch_dimension: IntegerAttr
    output_feature_dimension: IntegerAttr
    output_spatial_dimensions: DenseArrayBase[IntegerType]

    FIELDS: ClassVar = {
        "input_batch_dimension": DIMENSION,
        "input_feature_dimension": DIMENSION,
        "input_spatial_dimensions": DIMENSIONS,
        "kernel_input_feature_dimension": DIMENSION,
        "kernel_output_feature_dimension": DIMENSION,
        "kernel_spatial_dimensions": DIMENSIONS,
        "output_batch_dimension": DIMENSION,
        "output_feature_dimension": DIMENSION,
        "output_spatial_dimensions": DIMENSIONS,
    }
    LETTERS: ClassVar = ("bf", "io", "bf")
    """The letters of the dimensions that are not spatial, in the order of the parameters."""

    @property
    def groups(self) -> list[list[int]]:
        """For the input, the kernel and the output: the dimension of each letter, then the spatial
        dimensions.
        """
        values = [
            [v.value.data] if isinstance(v, IntegerAttr) else [int(d) for d in v.get_values()]  # pyright: ignore
            for v in self.parameters
        ]
        return [[d for part in values[k : k + 3] for d in part] for k in (0, 3, 6)]

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            if parser.parse_optional_keyword("raw") is not None:
                return cls.parse_fields(parser)
            return cls.parse_dimensions(parser)

    @classmethod
    def parse_dimensions(cls, parser: AttrParser) -> Sequence[Attribute]:
        """Parses `[b, 0, f]x[0, i, o]->[b, 0, f]`."""
        parameters: list[Attribute] = []
        for letters, separator in zip(cls.LETTERS, ("x", "->", ""), strict=True):
            parameters += parse_layout(parser, letters)
            if separator:
                parser.parse_characters(separator)
        return parameters

    def print_dimensions(self, printer: Printer) -> None:
        """Prints `[b, 0, f]x[0, i, o]->[b, 0, f]`."""
        texts: list[str] = []
        for letters, group in zip(self.LETTERS, self.groups, strict=True):
            names = dict(zip(group, (*letters, *map(str, range(len(group) - 2))), strict=True))
            texts.append(f"[{', '.join(names[d] for d in sorted(names))}]")
        printer.print_string("{}x{}->{}".format(*texts))

    def print_parameters(self, printer: Printer) -> None:
        if any(sorted(group) != list(range(len(group))) for group in self.groups):
            printer.print_string("<raw")
            for name, value in zip(self.FIELDS, self.parameters, strict=True):
                printer.print_string(" " if name == "input_batch_dimension" else ", ")
                print_field(printer, name, value)
            printer.print_string(">")
        else:
            with printer.in_angle_brackets():
                self.print_dimensions(printer)


def parse_layout(parser: AttrParser, letters: str) -> list[Attribute]:
    """Parses `[b, 0, 1, f]` and returns the positions of the letters, then of the numbers."""
    names = [*letters]
    found: dict[str, int] = {}

    def parse_name() -> None:
        place = parser._current_token.span
        number = parser.parse_optional_integer(allow_boolean=False, allow_negative=False)
        name = parser.parse_identifier() if number is None else str(number)
        if number is None and name not in names:
            parser.raise_error(
                f"'{name}' is no dimension here; expected a number or {' or '.join(names)}", place
            )
        if name in found:
            parser.raise_error(f"dimension '{name}' is given twice", place)
        found[name] = len(found)

    opening = parser._current_token.span
    parser.parse_comma_separated_list(parser.Delimiter.SQUARE, parse_name)
    names += [str(d) for d in range(len(found) - len(letters))]
    if missing := [name for name in names if name not in found]:
        parser.raise_error(f"dimension '{missing[0]}' is missing", opening)
    places = [found[name] for name in names]
    letter_places: list[Attribute] = [IntegerAttr(p, i64) for p in places[: len(letters)]]
    return [*letter_places, DenseArrayBase.from_list(i64, places[len(letters) :])]
