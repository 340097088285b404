"""The attributes of the `stablehlo` dialect, in the names and the syntax of the specification."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

from xdsl.dialects.builtin import (
    ArrayAttr,
    BoolAttr,
    DenseArrayBase,
    DictionaryAttr,
    FloatAttr,
    IntegerAttr,
    IntegerType,
    NoneAttr,
    f64,
    i32,
    i64,
)
from xdsl.dialects.utils.enum_attribute import EnumAttribute
from xdsl.ir import Attribute, Operation, ParametrizedAttribute, SpacedOpaqueSyntaxAttribute
from xdsl.irdl import IRDLOperation, irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.str_enum import StrEnum

# -- enumerations ------------------------------------------------------------------------------------


class ComparisonDirection(StrEnum):
    """How `stablehlo.compare` compares."""

    EQ = "EQ"
    NE = "NE"
    GE = "GE"
    GT = "GT"
    LE = "LE"
    LT = "LT"


@irdl_attr_definition
class ComparisonDirectionAttr(EnumAttribute[ComparisonDirection], SpacedOpaqueSyntaxAttribute):
    """`#stablehlo<comparison_direction GT>`"""

    name = "stablehlo.comparison_direction"


class ComparisonType(StrEnum):
    """The order of the values that `stablehlo.compare` compares."""

    NOTYPE = "NOTYPE"
    FLOAT = "FLOAT"
    TOTALORDER = "TOTALORDER"
    SIGNED = "SIGNED"
    UNSIGNED = "UNSIGNED"


@irdl_attr_definition
class ComparisonTypeAttr(EnumAttribute[ComparisonType], SpacedOpaqueSyntaxAttribute):
    """`#stablehlo<comparison_type FLOAT>`"""

    name = "stablehlo.comparison_type"


class FftType(StrEnum):
    """A Fourier transform: forward or inverse, of complex or of real numbers."""

    FFT = "FFT"
    IFFT = "IFFT"
    RFFT = "RFFT"
    IRFFT = "IRFFT"


@irdl_attr_definition
class FftTypeAttr(EnumAttribute[FftType], SpacedOpaqueSyntaxAttribute):
    """`#stablehlo<fft_type RFFT>`"""

    name = "stablehlo.fft_type"


class Precision(StrEnum):
    """How much precision a product of tensors asks for."""

    DEFAULT = "DEFAULT"
    HIGH = "HIGH"
    HIGHEST = "HIGHEST"


@irdl_attr_definition
class PrecisionAttr(EnumAttribute[Precision], SpacedOpaqueSyntaxAttribute):
    """`#stablehlo<precision HIGHEST>`"""

    name = "stablehlo.precision"


class ResultAccuracyMode(StrEnum):
    """Which accuracy a function asks for."""

    DEFAULT = "DEFAULT"
    HIGHEST = "HIGHEST"
    TOLERANCE = "TOLERANCE"


@irdl_attr_definition
class ResultAccuracyModeAttr(EnumAttribute[ResultAccuracyMode]):
    """`#stablehlo.result_accuracy_mode<DEFAULT>`"""

    name = "stablehlo.result_accuracy_mode"

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> ResultAccuracyMode:
        with parser.in_angle_brackets():
            return parser.parse_str_enum(ResultAccuracyMode)

    def print_parameter(self, printer: Printer) -> None:
        printer.print_string(f"<{self.data.value}>")


# -- structures --------------------------------------------------------------------------------------


def parse_dimensions(parser: AttrParser) -> DenseArrayBase[IntegerType]:
    """Parses `[0, 1]`."""
    numbers = parser.parse_comma_separated_list(parser.Delimiter.SQUARE, parser.parse_integer)
    return DenseArrayBase.from_list(i64, numbers)


def parse_i64(parser: AttrParser) -> IntegerAttr:
    return IntegerAttr(parser.parse_integer(allow_boolean=False), i64)


def parse_f64(parser: AttrParser) -> FloatAttr:
    return FloatAttr(float(parser.parse_number()), f64)


def parse_boolean(parser: AttrParser) -> BoolAttr:
    return BoolAttr.from_bool(parser.parse_boolean())


def is_set(flag: Attribute | None) -> bool:
    """Returns whether a boolean attribute is there and true."""
    return isinstance(flag, IntegerAttr) and flag.value.data != 0


class StructureAttribute(ParametrizedAttribute):
    """An attribute of named fields: `#stablehlo.x<first = [0], second = 1>`. Fields of the default
    value are not required, nor printed unless `PRINTS_DEFAULTS`; the order is free.
    """

    PRINTS_DEFAULTS: ClassVar[bool] = False

    FIELDS: ClassVar[Mapping[str, tuple[Callable[[AttrParser], Attribute], Attribute]]]
    """Field's name -> its parser and its default value, in the order of the parameters."""

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            return cls.parse_fields(parser)

    @classmethod
    def parse_fields(cls, parser: AttrParser) -> Sequence[Attribute]:
        """Returns the fields, up to the closing bracket."""
        found: dict[str, Attribute] = {}
        while parser._current_token.text != ">":
            place = parser._current_token.span
            name = parser.parse_identifier()
            if name not in cls.FIELDS:
                fields = ", ".join(cls.FIELDS)
                parser.raise_error(
                    f"'{cls.name}' has no field '{name}'; its fields are {fields}", place
                )
            if name in found:
                parser.raise_error(f"field '{name}' is given twice", place)
            parser.parse_punctuation("=")
            found[name] = cls.FIELDS[name][0](parser)
            if parser.parse_optional_punctuation(",") is None:
                break
        return [found.get(name, default) for name, (_, default) in cls.FIELDS.items()]

    def print_parameters(self, printer: Printer) -> None:
        shown = [
            (name, value)
            for (name, (_, default)), value in zip(
                self.FIELDS.items(), self.parameters, strict=True
            )
            if self.PRINTS_DEFAULTS or value != default
        ]
        with printer.in_angle_brackets():
            printer.print_list(shown, lambda field: print_field(printer, *field))


def print_field(printer: Printer, name: str, value: Attribute) -> None:
    """Prints `name = value`, without the types that every value of the field has."""
    printer.print_string(f"{name} = ")
    if isinstance(value, DenseArrayBase):
        printer.print_string(str([int(v) for v in value.get_values()]))
    elif isinstance(value, IntegerAttr) and value.type == i64:
        printer.print_string(str(value.value.data))
    elif isinstance(value, FloatAttr):
        printer.print_float(value.value.data, f64)
    else:
        printer.print_attribute(value)


NO_DIMENSIONS = DenseArrayBase.from_list(i64, [])
DIMENSIONS = (parse_dimensions, NO_DIMENSIONS)


@irdl_attr_definition
class DotDimensionNumbersAttr(StructureAttribute):
    """Which dimensions `stablehlo.dot_general` pairs:
    `#stablehlo.dot<lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [0]>`.
    """

    name = "stablehlo.dot"

    lhs_batching_dimensions: DenseArrayBase[IntegerType]
    rhs_batching_dimensions: DenseArrayBase[IntegerType]
    lhs_contracting_dimensions: DenseArrayBase[IntegerType]
    rhs_contracting_dimensions: DenseArrayBase[IntegerType]

    FIELDS: ClassVar = {
        "lhs_batching_dimensions": DIMENSIONS,
        "rhs_batching_dimensions": DIMENSIONS,
        "lhs_contracting_dimensions": DIMENSIONS,
        "rhs_contracting_dimensions": DIMENSIONS,
    }

    @property
    def numbers(self) -> tuple[tuple[int, ...], ...]:
        """The dimensions in the order of the fields, decoded once."""
        if (found := self.__dict__.get("_numbers")) is None:
            arrays = (getattr(self, name) for name in self.FIELDS)
            found = tuple(tuple(map(int, array.get_values())) for array in arrays)
            object.__setattr__(self, "_numbers", found)
        return found

    @staticmethod
    @cache
    def of(*numbers: tuple[int, ...]) -> DotDimensionNumbersAttr:
        """Builds the attribute from the dimensions, in the order of the fields."""
        return DotDimensionNumbersAttr(*(DenseArrayBase.from_list(i64, each) for each in numbers))


@irdl_attr_definition
class DotAlgorithmAttr(StructureAttribute):
    """The number formats in which a product of tensors may be computed."""

    name = "stablehlo.dot_algorithm"

    lhs_precision_type: Attribute
    rhs_precision_type: Attribute
    accumulation_type: Attribute
    lhs_component_count: Attribute
    rhs_component_count: Attribute
    num_primitive_operations: Attribute
    allow_imprecise_accumulation: Attribute

    FIELDS: ClassVar = {
        "lhs_precision_type": (AttrParser.parse_type, NoneAttr()),
        "rhs_precision_type": (AttrParser.parse_type, NoneAttr()),
        "accumulation_type": (AttrParser.parse_type, NoneAttr()),
        "lhs_component_count": (parse_i64, NoneAttr()),
        "rhs_component_count": (parse_i64, NoneAttr()),
        "num_primitive_operations": (parse_i64, NoneAttr()),
        "allow_imprecise_accumulation": (parse_boolean, NoneAttr()),
    }


DEFAULT_MODE = ResultAccuracyModeAttr(ResultAccuracyMode.DEFAULT)


@irdl_attr_definition
class ResultAccuracyAttr(StructureAttribute):
    """The accuracy that a function asks for:
    `#stablehlo.result_accuracy<ulps = 5, mode = #stablehlo.result_accuracy_mode<TOLERANCE>>`.
    """

    name = "stablehlo.result_accuracy"

    atol: FloatAttr
    rtol: FloatAttr
    ulps: IntegerAttr
    mode: Attribute

    FIELDS: ClassVar = {
        "atol": (parse_f64, FloatAttr(0.0, f64)),
        "rtol": (parse_f64, FloatAttr(0.0, f64)),
        "ulps": (parse_i64, IntegerAttr(0, i64)),
        "mode": (AttrParser.parse_attribute, NoneAttr()),
    }

    def verify(self) -> None:
        tolerances = (self.atol.value.data, self.rtol.value.data, self.ulps.value.data)
        if min(tolerances) < 0:
            raise VerifyException(f"has a negative tolerance, {min(tolerances)}")
        if not isinstance(self.mode, ResultAccuracyModeAttr):
            return
        if self.mode.data is not ResultAccuracyMode.TOLERANCE and any(tolerances):
            raise VerifyException(
                f"has tolerances, which only mode TOLERANCE has, not {self.mode.data.value}"
            )


DEFAULT_ACCURACY = ResultAccuracyAttr(
    FloatAttr(0.0, f64), FloatAttr(0.0, f64), IntegerAttr(0, i64), DEFAULT_MODE
)

ATTRIBUTES: list[type[Attribute]] = [
    ComparisonDirectionAttr,
    ComparisonTypeAttr,
    DotAlgorithmAttr,
    DotDimensionNumbersAttr,
    FftTypeAttr,
    PrecisionAttr,
    ResultAccuracyAttr,
    ResultAccuracyModeAttr,
]
"""Every attribute of the dialect."""


# -- properties in the pretty form -------------------------------------------------------------------


def add_attributes(op: Operation, attributes: Mapping[str, Attribute]) -> None:
    """Adds the dictionary of an op's pretty form: names of properties are properties of the op,
    the others attributes.
    """
    assert isinstance(op, IRDLOperation)
    properties = op.get_irdl_definition().properties
    for name, value in attributes.items():
        (op.properties if name in properties else op.attributes)[name] = value


def print_attributes(op: Operation, printer: Printer, shown: Sequence[str] = ()) -> None:
    """Prints an op's dictionary in alphabetical order: its attributes, and the properties that the
    pretty form does not show in another way (`shown` names those) and that differ from their default
    value.
    """
    rest: dict[str, Any] = {
        name: value
        for name, value in op.properties.items()
        if name not in shown and value != DEFAULT_PROPERTIES.get(name)
    }
    printer.print_op_attributes(dict(sorted((rest | op.attributes).items())))


DEFAULT_PROPERTIES: Mapping[str, Attribute] = {
    "api_version": IntegerAttr(1, i32),
    "called_computations": ArrayAttr([]),
    "composite_attributes": DictionaryAttr({}),
    "has_side_effect": BoolAttr.from_bool(False),
    "output_operand_aliases": ArrayAttr([]),
    "result_accuracy": DEFAULT_ACCURACY,
    "version": IntegerAttr(0, i32),
}
"""Property -> the value that the pretty form does not print."""
