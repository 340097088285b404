"""The `quant` dialect: types of integers that denote floats on a uniform grid.

`!quant.uniform<i8:f32, 0.5:3>` is an i8 `q` that denotes the f32 `(q - 3) * 0.5`. With a list of
scales, `!quant.uniform<i8:f32:1, {0.5:3, 0.25}>`, each index of the tensor's dimension 1 has its own
scale and zero point. `i8<-127:127>` restricts the storage to a range.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from xdsl.dialects.builtin import (
    AnyFloat,
    ArrayAttr,
    FloatAttr,
    IntegerAttr,
    IntegerType,
    NoneAttr,
    Signedness,
    TensorType,
    f64,
    i64,
)
from xdsl.ir import Attribute, Dialect, ParametrizedAttribute, TypeAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

LARGEST_STORAGE = 32
"""Bits of the widest storage type."""


def integer_range(type: IntegerType) -> tuple[int, int]:
    """Returns the least and the largest number of an integer type; one without a sign is signed."""
    bits = type.width.data
    if type.signedness.data == Signedness.UNSIGNED:
        return 0, (1 << bits) - 1
    return -(1 << bits - 1), (1 << bits - 1) - 1


@irdl_attr_definition
class UniformType(ParametrizedAttribute, TypeAttribute):
    """An integer that denotes the float `(integer - zero_point) * scale`."""

    name = "quant.uniform"

    storage_type: IntegerType
    storage_min: IntegerAttr
    storage_max: IntegerAttr
    expressed_type: AnyFloat
    dimension: IntegerAttr | NoneAttr
    scales: ArrayAttr[FloatAttr]
    zero_points: ArrayAttr[IntegerAttr]

    @classmethod
    def of(
        cls,
        storage: IntegerType,
        expressed: AnyFloat,
        scales: Sequence[float],
        zero_points: Sequence[int],
        dimension: int | None = None,
        range: tuple[int, int] | None = None,
    ) -> UniformType:
        """Returns the type with these parameters; `range` None is all that the storage type holds."""
        least, largest = range or integer_range(storage)
        return cls(
            storage,
            IntegerAttr(least, i64),
            IntegerAttr(largest, i64),
            expressed,
            NoneAttr() if dimension is None else IntegerAttr(dimension, i64),
            ArrayAttr(FloatAttr(scale, f64) for scale in scales),
            ArrayAttr(IntegerAttr(point, i64) for point in zero_points),
        )

    @property
    def range(self) -> tuple[int, int]:
        """The least and the largest number that the storage holds."""
        return self.storage_min.value.data, self.storage_max.value.data

    @property
    def axis(self) -> int | None:
        """The dimension along which scales differ; None for one scale for the whole tensor."""
        return None if isinstance(self.dimension, NoneAttr) else self.dimension.value.data

    @property
    def steps(self) -> list[float]:
        """The scales, rounded to the expressed type."""
        return [FloatAttr(s.value.data, self.expressed_type).value.data for s in self.scales]

    @property
    def offsets(self) -> list[int]:
        """The zero points."""
        return [point.value.data for point in self.zero_points]

    def verify(self) -> None:
        low, high = integer_range(self.storage_type)
        least, largest = self.range
        if not 1 <= self.storage_type.width.data <= LARGEST_STORAGE:
            raise VerifyException(f"stores {LARGEST_STORAGE} bits at most, not {self.storage_type}")
        if not low <= least < largest <= high:
            raise VerifyException(
                f"storage range {least}:{largest} is empty or outside {self.storage_type}"
            )
        if self.axis is None and len(self.scales) != 1:
            raise VerifyException("has several scales but no dimension that they belong to")
        if self.axis is not None and self.axis < 0:
            raise VerifyException(f"dimension {self.axis} is negative")
        for scale, step in zip(self.scales, self.steps, strict=True):
            if not 0 < step < inf:
                raise VerifyException(
                    f"scale {scale.value.data} is not positive and finite in {self.expressed_type}"
                )
        if wrong := [point for point in self.offsets if not least <= point <= largest]:
            raise VerifyException(f"zero point {wrong[0]} is outside {least}:{largest}")

    # -- text ----------------------------------------------------------------------------------------

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            storage = parse_storage(parser)
            range = parse_range(parser)
            parser.parse_punctuation(":")
            place = parser.pos
            expressed = parser.parse_type()
            if not isinstance(expressed, AnyFloat):
                parser.raise_error(f"expected a float type, not {expressed}", place)
            dimension = None
            if parser.parse_optional_punctuation(":") is not None:
                dimension = parser.parse_integer(allow_boolean=False)
            parser.parse_punctuation(",")
            if parser._current_token.text == "{":
                pairs = parser.parse_comma_separated_list(
                    parser.Delimiter.BRACES, lambda: parse_scale(parser)
                )
            else:
                pairs = [parse_scale(parser)]
        scales, points = [s for s, _ in pairs], [p for _, p in pairs]
        return cls.of(storage, expressed, scales, points, dimension, range).parameters

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            unsigned = self.storage_type.signedness.data == Signedness.UNSIGNED
            printer.print_string(f"{'ui' if unsigned else 'i'}{self.storage_type.width.data}")
            if self.range != integer_range(self.storage_type):
                printer.print_string("<{}:{}>".format(*self.range))
            printer.print_string(":")
            printer.print_attribute(self.expressed_type)
            if self.axis is not None:
                printer.print_string(f":{self.axis}")
            printer.print_string(", ")
            pairs = list(zip(self.scales, self.offsets, strict=True))
            if self.axis is None:
                print_scale(printer, *pairs[0])
            else:
                with printer.in_braces():
                    printer.print_list(pairs, lambda pair: print_scale(printer, *pair), ",")


def parse_storage(parser: AttrParser) -> IntegerType:
    """Parses `i8`, `si8`, `ui8`, or MLIR's short `u8`. Signed types lose their sign, as elsewhere
    in HLO.
    """
    place = parser.pos
    type = parser.parse_optional_type()
    if type is None:
        word = parser.parse_identifier()
        if not (word.startswith("u") and word[1:].isdigit()):
            parser.raise_error(f"expected an integer type, not '{word}'", place)
        type = IntegerType(int(word[1:]), Signedness.UNSIGNED)
    if not isinstance(type, IntegerType):
        parser.raise_error(f"expected an integer type, not {type}", place)
    if type.signedness.data == Signedness.SIGNED:
        return IntegerType(type.width.data)
    return type


def parse_range(parser: AttrParser) -> tuple[int, int] | None:
    """Parses `<-127:127>`."""
    if parser.parse_optional_punctuation("<") is None:
        return None
    least = parser.parse_integer()
    parser.parse_punctuation(":")
    largest = parser.parse_integer()
    parser.parse_punctuation(">")
    return least, largest


def parse_scale(parser: AttrParser) -> tuple[float, int]:
    """Parses `0.5:3`, or a scale alone."""
    scale = float(parser.parse_number())
    if parser.parse_optional_punctuation(":") is None:
        return scale, 0
    return scale, parser.parse_integer()


def print_scale(printer: Printer, scale: FloatAttr, zero_point: int) -> None:
    printer.print_float(scale.value.data, scale.type)
    if zero_point:
        printer.print_string(f":{zero_point}")


def storage_of(type: Attribute) -> Attribute:
    """Returns the type that holds the elements of a quantized type, or tensor: its storage type.
    Any other type is returned itself.
    """
    if isinstance(type, TensorType) and isinstance(type.element_type, UniformType):
        return TensorType(type.element_type.storage_type, type.get_shape(), type.encoding)
    return type.storage_type if isinstance(type, UniformType) else type


def expressed_of(type: Attribute) -> Attribute:
    """Returns the type of the floats that a quantized type, or tensor, denotes. Any other type is
    returned itself.
    """
    if isinstance(type, TensorType) and isinstance(type.element_type, UniformType):
        return TensorType(type.element_type.expressed_type, type.get_shape(), type.encoding)
    return type.expressed_type if isinstance(type, UniformType) else type


Quant = Dialect("quant", [], [UniformType])
