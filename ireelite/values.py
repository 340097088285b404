"""Tensors and scalars as text: `2x3xf32=1 2 3 4 5 6` read and printed as IREE's tools do it.

Reading: separators are whitespace, commas and brackets in any mixture; one element stands for all;
no `=` means zeros. Numbers follow C's `strtod` and `strtoll` (a leading 0 is octal, text behind a
number is dropped). Types without such a number (`i1`, complex, `*16`) are bytes in hex. Printing:
C's `%G`, and one bracket for each outer index.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from ireelite import element_types
from ireelite.element_types import ElementType, NumericalKind
from ireelite.small_floats import FORMATS
from ireelite.status import StatusCode, StatusError, invalid_argument

_TOKEN = re.compile(r"[^\s,\[\]]+")
_INTEGER = re.compile(r"([+-]?)(?:0[xX]([0-9a-fA-F]+)|0([0-7]*)|([1-9]\d*))")
_FLOAT = re.compile(
    r"[+-]?(?:(?P<hex>0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[+-]?\d+)?)"
    r"|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan)",
    re.IGNORECASE,
)
_INTEGER_FORMATS = {8: "b", 16: "h", 32: "i", 64: "q"}
_FLOAT_FORMATS = {32: "f", 64: "d"}
_VALUE_KINDS = {NumericalKind.INTEGER, NumericalKind.SIGNED, NumericalKind.UNSIGNED}


@dataclass(frozen=True, slots=True)
class TensorValue:
    """A dense row-major tensor as bytes."""

    shape: tuple[int, ...]
    type: ElementType
    data: bytes | bytearray | memoryview
    is_storage: bool = False
    """Written `&4xf32`: to be passed as a buffer without shape and type."""

    @property
    def metadata(self) -> str:
        """Shape and type: `2x3xf32`."""
        return format_metadata(self.shape, self.type)


def format_metadata(shape: Sequence[int], type: ElementType) -> str:
    """Formats `2x3xf32`; rank 0 is the type alone."""
    return "x".join([*map(str, shape), type.name])


def format_shape(shape: Sequence[int]) -> str:
    """Formats `2x3`; rank 0 is empty."""
    return "x".join(map(str, shape))


# -- reading ---------------------------------------------------------------------------------------


def parse_metadata(text: str) -> tuple[tuple[int, ...], ElementType]:
    """Parses the shape and type of `2x3xf32`. Raises INVALID_ARGUMENT with upstream's wording."""
    shape_text, cross, type_text = text.strip().rpartition("x")
    shape: list[int] = []
    for position, dimension in enumerate(shape_text.split("x") if shape_text else ()):
        if not dimension.strip():
            raise invalid_argument(f"invalid shape specification: '{shape_text}'")
        if not re.fullmatch(r"\s*\d{1,19}\s*", dimension) or int(dimension) >= 1 << 63:
            raise invalid_argument(
                f"shape[{position}] invalid value '{dimension}' of '{shape_text}'"
            )
        shape.append(int(dimension))
    return tuple(shape), element_types.from_name(type_text if cross else text.strip())


def parse_tensor(text: str) -> TensorValue:
    """Reads `4xf32`, `2x3xf32=1 2 3 4 5 6`, `f32=7`, `&4xf32`. Files are `value_files`' business.

    Raises INVALID_ARGUMENT for bad metadata and bad numbers, OUT_OF_RANGE for too few and too many
    elements.
    """
    body = text.strip()
    is_storage = body.startswith("&")
    metadata, equals, elements = body.removeprefix("&").partition("=")
    if not equals and "x" not in metadata:
        raise invalid_argument(
            "invalid tensor specification, requires at least a shape/type (`4x2xf32=...`)"
        )
    shape, type = parse_metadata(metadata)
    count = math.prod(shape)
    try:
        return TensorValue(shape, type, parse_elements(elements, type, count), is_storage)
    except (MemoryError, OverflowError):
        raise StatusError(
            StatusCode.RESOURCE_EXHAUSTED,
            f"no memory for the {type.packed_size(count)} bytes of {metadata}",
        ) from None


def parse_elements(text: str, type: ElementType, count: int) -> bytes:
    """Parses `count` elements into bytes. No element means zeros, one stands for all."""
    tokens: list[str] = _TOKEN.findall(text)
    if not tokens:
        return bytes(type.packed_size(count))
    if len(tokens) > count:
        raise StatusError(
            StatusCode.OUT_OF_RANGE,
            f"output data overflow: element_capacity={count} < dst_i={count}",
        )
    if 1 < len(tokens) < count:
        raise StatusError(
            StatusCode.OUT_OF_RANGE,
            f"input data string underflow: dst_i={len(tokens)} < element_capacity={count}",
        )
    if type.storage_bits < 8:
        numbers = [_integer_in_range(token, type) for token in tokens]
        return _pack(numbers * count if len(numbers) == 1 else numbers, type)
    data = _encode_tokens(tokens, type)
    return data * count if len(tokens) == 1 else data


def _pack(numbers: Sequence[int], type: ElementType) -> bytes:
    """Integers that share bytes, the first in the lowest bits of the first byte."""
    bits, data = type.bits, bytearray(type.packed_size(len(numbers)))
    for position, number in enumerate(numbers):
        byte, place = divmod(position * bits, 8)
        data[byte] |= (number & ((1 << bits) - 1)) << place
    return bytes(data)


def _unpack(data: bytes | bytearray | memoryview, count: int, type: ElementType) -> list[int]:
    """Integers that share bytes; those of a type without a sign as signed ones."""
    bits, least = type.bits, 0 if type.kind == NumericalKind.UNSIGNED else 1 << type.bits - 1
    codes = (data[n * bits // 8] >> n * bits % 8 & ((1 << bits) - 1) for n in range(count))
    return [(code + least) % (1 << bits) - least for code in codes]


def _encode_tokens(tokens: list[str], type: ElementType) -> bytes:
    kind, bits = type.kind, type.bits
    if kind in _VALUE_KINDS and (code := _INTEGER_FORMATS.get(bits)):
        mask = (1 << bits) - 1
        numbers = [_integer_in_range(token, type) & mask for token in tokens]
        return struct.pack(f"<{len(tokens)}{code.upper()}", *numbers)
    if kind == NumericalKind.FLOAT and bits == 64:
        return struct.pack(f"<{len(tokens)}d", *[parse_float(token, type.name) for token in tokens])
    if kind == NumericalKind.FLOAT and bits == 32:
        return b"".join([_single(parse_float(token, type.name), token) for token in tokens])
    if small := FORMATS.get((kind, bits)):
        size = type.byte_size
        return b"".join(
            [
                small.encode(to_single(parse_float(token, type.name))).to_bytes(size, "little")
                for token in tokens
            ]
        )
    return b"".join([_hex(token, type) for token in tokens])


def parse_integer(token: str, wanted: str = "integer") -> int:
    """Parses an integer as C's `strtoll(token, ..., 0)`: decimal, 0x hexadecimal, leading-0 octal;
    what follows the number is dropped.
    """
    match = _INTEGER.match(token)
    if match is None:
        raise invalid_argument(f"invalid {wanted} value '{token}'")
    sign, hexadecimal, octal, decimal = match.groups()
    if hexadecimal is not None:
        magnitude = int(hexadecimal, 16)
    else:
        # Forty digits exceed any range; Python refuses to convert several thousand.
        magnitude = int(decimal[:40]) if decimal is not None else int(octal or "0", 8)
    return -magnitude if sign == "-" else magnitude


def _integer_in_range(token: str, type: ElementType) -> int:
    value, bits, kind = parse_integer(token, type.name), type.bits, type.kind
    low, high = -(1 << bits - 1), (1 << bits) - 1
    if kind == NumericalKind.SIGNED or (kind == NumericalKind.INTEGER and bits == 64):
        high = (1 << bits - 1) - 1
    elif kind == NumericalKind.UNSIGNED and bits < 64:
        low = 0
    if bits == 32:
        low, high = -(1 << 63), (1 << 64) - 1
    if not low <= value <= high:
        raise invalid_argument(f"{type.name} value '{token}' out of range")
    return value


def parse_float(token: str, wanted: str = "float") -> float:
    """Parses a float as C's `strtod`: decimal, hexadecimal, inf and nan; what follows the number is
    dropped.
    """
    match = _FLOAT.match(token)
    if match is None:
        raise invalid_argument(f"invalid {wanted} value '{token}'")
    if not match["hex"]:
        return float(match[0])
    try:
        return float.fromhex(match[0])
    except OverflowError:
        return -math.inf if match[0].startswith("-") else math.inf


def to_single(value: float) -> float:
    """Rounds to f32; too large becomes infinity."""
    try:
        return struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)


def _single(value: float, token: str) -> bytes:
    single = to_single(value)
    if single == 0.0 and value != 0.0:
        raise invalid_argument(f"f32 value '{token}' out of range")
    return struct.pack("<f", single)


def _hex(token: str, type: ElementType) -> bytes:
    if len(token) != 2 * type.byte_size:
        raise invalid_argument(
            f"binary hex element count mismatch: buffer length={len(token)} < "
            f"expected={2 * type.byte_size}"
        )
    try:
        return bytes.fromhex(token)
    except ValueError:
        raise invalid_argument(f"invalid hex digits in '{token}'") from None


def parse_scalar(text: str, kind: str) -> int | float:
    """Returns a VM scalar of calling-convention kind `i`, `I`, `f` or `F`. `(null)` is zero."""
    body = text.strip()
    if body == "(null)":
        return 0 if kind in "iI" else 0.0
    name = SCALAR_NAMES[kind]
    error = invalid_argument(f"parsing value `{text}` as {name}")
    try:
        value = parse_integer(body) if kind in "iI" else parse_float(body)
    except StatusError:
        raise error from None
    if kind == "f":
        return to_single(value)
    if kind == "F":
        return value
    value = int(value)
    if not -(1 << 63) <= value < 1 << 63:
        raise error
    return value if kind == "I" else (value + (1 << 31)) % (1 << 32) - (1 << 31)


SCALAR_NAMES = {"i": "i32", "I": "i64", "f": "f32", "F": "f64"}
"""Names of the calling convention's scalar kinds."""


# -- printing --------------------------------------------------------------------------------------


def format_scalar(value: int | float, kind: str) -> str:
    """Formats `i32=7`, `f32=2.5`."""
    return format_number(value, SCALAR_NAMES[kind])


def format_number(value: int | float, name: str) -> str:
    """Formats a number of a type by name: `i8=7`."""
    return f"{name}={value:g}" if name[0] == "f" else f"{name}={value}"


def format_tensor(value: TensorValue, max_elements: int = 1024) -> str:
    """Formats `2x3xf32=[1 2 3][4 5 6]`; after `max_elements` elements each row ends in `...`."""
    return f"{value.metadata}={format_elements(value, max_elements)}"


def format_elements(value: TensorValue, max_elements: int = 1024) -> str:
    """Returns the part behind the `=`."""
    shape = value.shape
    count = math.prod(shape)
    texts = iter(element_texts(value, min(count, max_elements)))
    if not shape:
        return next(texts, "...")
    budget = min(count, max_elements)
    if not count and math.prod(shape[: shape.index(0)]) > max_elements:
        return "..."  # no elements, in more rows than anybody would read

    def rows(rank: int) -> str:
        nonlocal budget
        if rank == len(shape) - 1:
            shown = min(shape[rank], budget)
            budget -= shown
            dots = "..." if shown < shape[rank] else ""
            return " ".join([next(texts) for _ in range(shown)]) + dots
        return "".join([f"[{rows(rank + 1)}]" for _ in range(shape[rank])])

    return rows(0)


def element_texts(value: TensorValue, count: int) -> list[str]:
    """Returns the first `count` elements, each as it is printed."""
    type = value.type
    kind, bits, size = type.kind, type.bits, type.byte_size
    data = bytes(memoryview(value.data)[: type.packed_size(count)])
    if kind in _VALUE_KINDS or kind == NumericalKind.FLOAT or (kind, bits) in FORMATS:
        numbers = element_numbers(type, data, count)
        if numbers is not None:
            return [str(n) if isinstance(n, int) else format_float(n) for n in numbers]
    return [data[at : at + size].hex().upper() for at in range(0, count * size, size)]


def element_numbers(
    type: ElementType, data: bytes | bytearray | memoryview, count: int
) -> Sequence[int | float] | None:
    """Elements as Python numbers, or None for types that are read and printed in hex."""
    kind, bits = type.kind, type.bits
    if type.storage_bits < 8:
        return _unpack(data, count, type)
    if kind in _VALUE_KINDS and (code := _INTEGER_FORMATS.get(bits)):
        return struct.unpack_from(
            f"<{count}{code.upper() if kind == NumericalKind.UNSIGNED else code}", data
        )
    if kind == NumericalKind.FLOAT and (code := _FLOAT_FORMATS.get(bits)):
        return struct.unpack_from(f"<{count}{code}", data)
    if small := FORMATS.get((kind, bits)):
        codes = struct.unpack_from(f"<{count}{'BH'[bits == 16]}", data)
        return [small.decode(c) for c in codes]
    return None


def format_float(value: float) -> str:
    """Formats a float as C's `%G`, with the sign of a NaN."""
    if math.isnan(value):
        return "-NAN" if math.copysign(1.0, value) < 0 else "NAN"
    return f"{value:G}"
