"""Files of the GGUF format, versions 2 and 3: key-value pairs, descriptions of tensors, data.

Tensors are taken as they are stored: blocks of a quantised type stay blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from ireelite.hal.files import HostFile
from ireelite.parameters.index import Parameter
from ireelite.parameters.reading import Cursor, file_range
from ireelite.status import StatusCode, StatusError, invalid_argument

MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_ALIGNMENT_KEY = "general.alignment"
_ALIGNMENT = 32
"""Of the data, unless the file says another."""

_VALUES = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
"""Type of a value -> its `struct` format."""
_WIDTHS = {"B": 1, "b": 1, "?": 1, "H": 2, "h": 2, "I": 4, "i": 4, "f": 4, "Q": 8, "q": 8, "d": 8}
_STRING, _ARRAY = 8, 9
_UINT32 = 4

TYPES: dict[int, tuple[str, int, int]] = {
    0: ("F32", 1, 4),
    1: ("F16", 1, 2),
    2: ("Q4_0", 32, 18),
    3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34),
    9: ("Q8_1", 32, 40),
    10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292),
    24: ("I8", 1, 1),
    25: ("I16", 1, 2),
    26: ("I32", 1, 4),
    27: ("I64", 1, 8),
    28: ("F64", 1, 8),
    30: ("BF16", 1, 2),
}
"""Number of a tensor's type -> its name, elements of a block, bytes of a block."""


def read_gguf(file: HostFile) -> Iterator[Parameter]:
    """Yields the tensors of a file.

    Raises INVALID_ARGUMENT for a malformed file, OUT_OF_RANGE for one that is cut off, and
    UNIMPLEMENTED for other versions and for tensors of other types.
    """
    cursor = Cursor(file)
    magic, version, tensor_count, pair_count = cursor.unpack("4sIQQ", "the GGUF header")
    if magic != MAGIC:
        raise invalid_argument(f"the file is no GGUF file: it begins with {magic!r}")
    if version not in _VERSIONS:
        raise StatusError(
            StatusCode.UNIMPLEMENTED, f"GGUF version {version} is not supported; 2 and 3 are"
        )
    alignment = _ALIGNMENT
    for _ in range(pair_count):
        key = _read_string(cursor)
        (kind,) = cursor.unpack("I", "a value's type")
        if key == _ALIGNMENT_KEY and kind == _UINT32:
            (alignment,) = cursor.unpack("I", "the alignment")
        else:
            _skip_value(cursor, kind)
    if alignment < 1:
        raise invalid_argument(f"{_ALIGNMENT_KEY} is {alignment}; it must be positive")
    rows = [_read_description(cursor) for _ in range(tensor_count)]
    data_at = -(-cursor.offset // alignment) * alignment
    for key, length, offset in rows:
        where = file_range(file, data_at + offset, length, f"tensor `{key}`")
        yield Parameter(key, length, where)


def _read_string(cursor: Cursor) -> str:
    (length,) = cursor.unpack("Q", "a string's length")
    return cursor.take(length, "a string").decode(errors="replace")


def _skip_value(cursor: Cursor, kind: int) -> None:
    if kind == _STRING:
        _read_string(cursor)
    elif kind == _ARRAY:
        element, count = cursor.unpack("IQ", "an array's type and length")
        if element == _STRING:
            for _ in range(count):
                _read_string(cursor)
        elif element in _VALUES:
            cursor.skip(count * _WIDTHS[_VALUES[element]])
        else:
            raise invalid_argument(f"GGUF arrays of value type {element} are not supported")
    elif kind in _VALUES:
        cursor.take(_WIDTHS[_VALUES[kind]], "a value")
    else:
        raise invalid_argument(f"GGUF value type {kind} is not known")


def _read_description(cursor: Cursor) -> tuple[str, int, int]:
    """Returns a tensor's name, its length in bytes, and its offset in the data."""
    key = _read_string(cursor)
    (rank,) = cursor.unpack("I", "a tensor's rank")
    extents = [cursor.unpack("Q", "a tensor's extents")[0] for _ in range(rank)]
    kind, offset = cursor.unpack("IQ", "a tensor's type and offset")
    if kind not in TYPES:
        known = ", ".join(name for name, *_ in TYPES.values())
        raise StatusError(
            StatusCode.UNIMPLEMENTED, f"GGUF tensor `{key}` is of type {kind}; known are {known}"
        )
    _, elements, size = TYPES[kind]
    return key, prod(extents) * size // elements, offset
