"""Dense constants in MLIR text: lists, splats, bit patterns, bytes, and resources behind the ops."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from math import copysign, inf, prod
from typing import Any

from xdsl.context import Context
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    AnyFloat,
    BytesAttr,
    ComplexType,
    DenseIntOrFPElementsAttr,
    Float80Type,
    Float128Type,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    MemRefType,
    TensorType,
    VectorType,
)
from xdsl.parser import AttrParser
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.lexer import Span
from xdsl.utils.mlir_lexer import MLIRTokenKind

from ireelite.syntax.elements import make_splat
from ireelite.syntax.locations import LocationParser

RESOURCES = re.compile(r"^\s*\{-#", re.MULTILINE)
"""The section of resources, behind the ops."""

ELIDED = "__elided__"
"""The resource that MLIR prints in place of a constant it leaves out."""

WAS_ELIDED = (
    "the elements of this constant were left out when the text was printed; print it without "
    "eliding constants"
)

BITS = tuple(bytes(255 * (byte >> bit & 1) for bit in range(8)) for byte in range(256))
"""A byte -> its bits, lowest first, as xDSL stores i1: a true is -1."""


PLAIN_LIST = re.compile(r"\[[\[\]0-9eE.,+\-\s]*+(?=>)")
"""A list whose elements are decimal numbers or such lists."""


def flattened(nested: Any) -> tuple[list[Any], list[int]]:
    """Returns the numbers of a nested list, and its shape. Raises ValueError if lists differ in
    length.
    """
    shape, first = [], nested
    while isinstance(first, list):
        shape.append(len(first))
        first = first[0] if first else None
    for extent in shape[1:]:
        if any(not isinstance(part, list) or len(part) != extent for part in nested):
            raise ValueError("lists differ in length")
        nested = [element for part in nested for element in part]
    if any(isinstance(element, list) for element in nested):
        raise ValueError("lists differ in depth")
    return nested, shape


def pack_numbers(element: Any, numbers: Sequence[Any]) -> bytes | None:
    """Returns the bytes of numbers of an element type; None if one of them is none of the type."""
    try:
        if isinstance(element, IntegerType):
            if all(type(number) is int for number in numbers):
                return element.pack([element.get_normalized_value(n) for n in numbers])
        elif isinstance(element, AnyFloat):
            return element.pack(numbers)
    except (ValueError, OverflowError, VerifyException):
        pass  # numbers that the type has not
    return None


def nearest(element: AnyFloat, number: float) -> float:
    """Returns a number, or infinity if it is too large for a type, as MLIR rounds it."""
    try:
        element.pack([number])
    except OverflowError:
        return copysign(inf, number)
    return number


class ConstantParser(LocationParser):
    """Reads dense constants without a list of their elements where the text has none."""

    class _TensorLiteralElement(AttrParser._TensorLiteralElement):
        def to_type(self, parser: AttrParser, type):  # pyright: ignore[reportIncompatibleMethodOverride]
            if isinstance(type, AnyFloat) and self.span.text[:2] in ("0x", "0X"):
                assert isinstance(self.value, int)
                size = type.compile_time_size
                if self.value >= 1 << 8 * size:
                    parser.raise_error(f"{self.span.text} has more bits than {type}", self.span)
                return next(iter(type.iter_unpack(self.value.to_bytes(size, "little"))))
            if isinstance(type, ComplexType) != isinstance(self.value, tuple):
                parser.raise_error(f"{self.span.text} is no element of type {type}", self.span)
            if isinstance(type, ComplexType):
                assert isinstance(self.value, tuple)
                return tuple(part.to_type(parser, type.element_type) for part in self.value)  # pyright: ignore
            return super().to_type(parser, type)

    def __init__(
        self,
        ctx: Context,
        input: str,
        name: str = "<unknown>",
        blobs: Sequence[bytes] = (),
    ):
        super().__init__(ctx, input, name)
        self._blobs = blobs
        """Bytes that were taken out of the text: `"0x@1"` names the second of them."""
        self._resources: Mapping[str, tuple[str, Span]] = {}
        """Key of a resource -> the text of its bytes, and where that stands."""

    def parse_optional_builtin_int_or_float_attr(self) -> IntegerAttr | FloatAttr | None:
        start = self._current_token.span
        number = super().parse_optional_builtin_int_or_float_attr()
        if isinstance(number, FloatAttr) and isinstance(number.type, Float80Type | Float128Type):
            self.raise_error(f"constants of {number.type} are not supported", start)
        if isinstance(number, IntegerAttr) and isinstance(number.type, IndexType):
            if not -(1 << 63) <= number.value.data < 1 << 63:
                self.raise_error(f"an index has 64 bits, and {number.value.data} has more", start)
        return number

    # -- dense<...> -----------------------------------------------------------------------------------

    def _parse_optional_complex(self) -> Any:
        # each part may be a bit pattern, and one may be an integer where the other is a float
        start = self._current_token.span
        if start.text != "(":
            return None
        parts: list[AttrParser._TensorLiteralElement] = []
        for mark in ("(", ","):
            self.parse_punctuation(mark)
            value, span = self._parse_bool_int_or_float()
            parts.append(self._TensorLiteralElement(value < 0, value, span))
        end = self._current_token.span.end
        self.parse_punctuation(")")
        return tuple(parts), Span(start.start, end, start.input)

    def parse_dense_int_or_fp_elements_attr(self, type: Any) -> DenseIntOrFPElementsAttr:
        self.parse_punctuation("<", " in dense attribute")
        start = self._current_token.span
        if start.text == "...":
            self.raise_error(WAS_ELIDED, start)
        data = shape = numbers = None
        elements: Sequence[AttrParser._TensorLiteralElement] = ()
        if self._current_token.kind is MLIRTokenKind.STRING_LIT:
            data = self._hexadecimal(self.parse_str_literal(), start)
        elif start.text == ">":
            shape = [0]
        elif (plain := self._read_plain_list()) is not None:
            numbers, shape = plain
        else:
            elements, shape = self._parse_tensor_literal()
        self.parse_punctuation(">", " in dense attribute")
        if type is None:
            self.parse_punctuation(":", " in dense attribute")
            type = self._parse_dense_type()
        if isinstance(type.element_type, Float80Type | Float128Type):
            self.raise_error(f"constants of {type.element_type} are not supported", start)
        if data is not None:
            return self._from_bytes(type, data, start)
        if shape and list(type.get_shape()) != shape and prod(shape) + prod(type.get_shape()):
            self.raise_error(f"a {type} has another shape than these elements: {shape}", start)
        if numbers is not None:
            packed = pack_numbers(type.element_type, numbers)
            if packed is None:  # an element is wrong, or is complex: the slower way says which
                return self._reread(start, type)
            return DenseIntOrFPElementsAttr(type, BytesAttr(packed))
        if shape:
            return DenseIntOrFPElementsAttr(type, BytesAttr(self._pack(type, elements)))
        return make_splat(type, self._pack(type, elements))

    def _read_plain_list(self) -> tuple[list[Any], list[int]] | None:
        """Returns a list of decimal numbers, in row-major order, and its shape; None for all else,
        which is read element by element.
        """
        start = self.pos
        text = PLAIN_LIST.match(self.lexer.input.content, start)
        if text is None:
            return None
        try:
            numbers, shape = flattened(json.loads(text.group()))
        except (ValueError, RecursionError):
            return None
        self._resume_from(text.end())
        return numbers, shape

    def _reread(self, start: Span, type: Any) -> DenseIntOrFPElementsAttr:
        """Reads a list of numbers element by element, and goes on behind its type."""
        end = self.pos
        self._resume_from(start.start)
        elements, _ = self._parse_tensor_literal()
        constant = DenseIntOrFPElementsAttr(type, BytesAttr(self._pack(type, elements)))
        self._resume_from(end)
        return constant

    def _parse_dense_type(self) -> Any:
        """Returns the type of a constant: static, of numbers."""
        start = self._current_token.span
        type = self.parse_type()
        if not isinstance(type, TensorType | VectorType | MemRefType):
            self.raise_error(f"a constant is a tensor, a vector or a buffer, not {type}", start)
        if not isinstance(type.element_type, IntegerType | IndexType | AnyFloat | ComplexType):
            self.raise_error(f"elements of type {type.element_type} are no numbers", start)
        if DYNAMIC_INDEX in type.get_shape():
            self.raise_error(f"a constant has a static shape, not {type}", start)
        return type

    def _pack(self, type: Any, elements: Sequence[AttrParser._TensorLiteralElement]) -> bytes:
        """Returns the bytes of elements of a type."""
        element = type.element_type
        values: list[Any] = []
        for literal in elements:
            value = literal.to_type(self, element)
            if isinstance(element, IntegerType):
                try:
                    value = element.get_normalized_value(int(value))  # pyright: ignore[reportArgumentType]
                except (VerifyException, ValueError) as error:
                    self.raise_error(str(error), literal.span)
            values.append(value)
        try:
            return element.pack(values)
        except OverflowError:
            if isinstance(element, AnyFloat):
                return element.pack([nearest(element, number) for number in values])
            self.raise_error(f"a number is too large for {element}", elements[0].span)

    def _hexadecimal(self, text: str, place: Span) -> bytes:
        """Returns the bytes of `"0x..."`."""
        digits, at, number = text.partition("@")
        if at and digits in ("0x", "0X") and number.isdecimal() and int(number) < len(self._blobs):
            return self._blobs[int(number)]
        try:
            if text[:2] in ("0x", "0X"):
                return bytes.fromhex(text[2:])
        except ValueError:
            pass  # refused below, as what does not begin with 0x
        self.raise_error("expected bytes in hexadecimal digits behind 0x", place)

    def _from_bytes(self, type: Any, data: bytes, place: Span) -> DenseIntOrFPElementsAttr:
        """Returns a constant from its bytes, those of one element for a splat, or the bits of i1."""
        count, width = prod(type.get_shape()), type.element_type.compile_time_size
        is_boolean = (
            isinstance(type.element_type, IntegerType) and type.element_type.width.data == 1
        )
        if len(data) == width:
            return make_splat(type, BITS[data[0]][:1] if is_boolean else data)
        if is_boolean and len(data) != count and len(data) == -(-count // 8):
            data = b"".join(BITS[byte] for byte in data)[:count]
        if len(data) != count * width:
            self.raise_error(f"a {type} has {count * width} bytes, not {len(data)}", place)
        return DenseIntOrFPElementsAttr(type, BytesAttr(data))

    # -- dense_resource<...> --------------------------------------------------------------------------

    def _parse_builtin_dense_resource_attr(self) -> Any:
        self.parse_punctuation("<", " in dense_resource attribute")
        place = self._current_token.span
        key = self.parse_identifier_or_str_literal(" for resource handle")
        self.parse_punctuation(">", " in dense_resource attribute")
        self.parse_punctuation(":", " in dense_resource attribute")
        type = self._parse_dense_type()
        if key not in self._resources:
            reason = WAS_ELIDED if key == ELIDED else f"there is no resource '{key}' in this text"
            self.raise_error(reason, place)
        text, where = self._resources[key]
        digits = 2 + 2 * ALIGNMENT
        self._hexadecimal(text[:digits], where)
        return self._from_bytes(type, self._hexadecimal(f"0x{text[digits:]}", where), place)

    def read_resources(self) -> None:
        """Reads the sections of resources, which stand behind the constants that name them, and
        goes back to the beginning.
        """
        text = self.lexer.input.content
        found: dict[str, tuple[str, Span]] = {}
        for section in RESOURCES.finditer(text):
            self._resume_from(section.end() - 3)
            self._parse_section(found)
        self._resources = found
        self._resume_from(0)

    def _parse_section(self, found: dict[str, tuple[str, Span]]) -> None:
        """Parses `{-# dialect_resources: {builtin: {key: "0x..."}}, external_resources: {...} #-}`."""

        def parse_entry(depth: int, wanted: bool) -> None:
            key = self.parse_identifier_or_str_literal(" in a section of resources")
            self.parse_punctuation(":")
            wanted = wanted and (depth, key) in (
                (0, "dialect_resources"),
                (1, "builtin"),
                (2, key),
            )
            if self._current_token.text == "{":
                self.parse_comma_separated_list(
                    self.Delimiter.BRACES, lambda: parse_entry(depth + 1, wanted)
                )
            elif wanted and depth == 2:
                place = self._current_token.span
                found[key] = (self.parse_str_literal(), place)
            else:
                self.parse_attribute()

        self.parse_comma_separated_list(self.Delimiter.METADATA_TOKEN, lambda: parse_entry(0, True))

    def _parse_file_metadata_dictionary(self) -> None:
        # the resources are known; here their section is passed over
        self._parse_section({})


ALIGNMENT = 4
"""Bytes before the data of a resource: its alignment."""
