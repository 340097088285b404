"""Tensors in files: NumPy's `.npy`, several in one file if need be, and raw binary.

Written without NumPy, so that the tools start quickly. Sources of the format: NumPy's
`lib/format.py` (NEP 1).
"""

from __future__ import annotations

import ast
import math
import re
import struct
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from ireelite import element_types
from ireelite.element_types import ElementType, NumericalKind
from ireelite.files import code_of, is_file, reason, write_all
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.values import TensorValue, parse_metadata, parse_tensor

LARGEST_READ = 1 << 26
"""Bytes to read at once."""

MAGIC = b"\x93NUMPY"
_LETTERS = {
    "b": NumericalKind.BOOLEAN,
    "i": NumericalKind.SIGNED,
    "u": NumericalKind.UNSIGNED,
    "f": NumericalKind.FLOAT,
    "c": NumericalKind.COMPLEX,
}
_KINDS = {kind: letter for letter, kind in _LETTERS.items()} | {NumericalKind.INTEGER: "i"}


class InputFiles:
    """The files named by one run's inputs: `@f` opens a file,
    `+f` goes on in the one that is open.
    """

    def __init__(self) -> None:
        self._open: dict[str, BufferedReader] = {}

    def close(self) -> None:
        """Closes what is open."""
        for file in self._open.values():
            file.close()
        self._open.clear()

    def read(self, text: str) -> list[TensorValue]:
        """Returns the tensors that an input specification means: one, or all in a file for
        `*f.npy`.

        Raises NOT_FOUND for missing files, DATA_LOSS and UNIMPLEMENTED for damaged and unusual
        ones, and what
        `parse_tensor` raises.
        """
        text = text.strip()
        if not text:
            raise invalid_argument("no value specified for input")
        if text[0] in "@+*":
            return self._read_npy(text[0], text[1:])
        metadata, equals, source = text.partition("=")
        if equals and source[:1] in ("@", "+"):
            shape, type = parse_metadata(metadata.removeprefix("&"))
            size = type.packed_size(math.prod(shape))
            data = _read_exactly(self._file(source[0], source[1:]), size)
            return [TensorValue(shape, type, data, metadata.startswith("&"))]
        return [parse_tensor(text)]

    def _read_npy(self, how: str, path: str) -> list[TensorValue]:
        if not path.endswith(".npy"):
            raise StatusError(
                StatusCode.UNIMPLEMENTED,
                "only numpy (.npy) files are supported for metadata-less variant I/O",
            )
        file = self._file("@" if how == "*" else how, path)
        if how != "*":
            return [read_npy(file)]
        values = [read_npy(file)]
        while file.peek(1):
            values.append(read_npy(file))
        return values

    def _file(self, how: str, path: str) -> BufferedReader:
        if how == "+" and path in self._open:
            return self._open[path]
        if path in self._open:
            self._open.pop(path).close()
        try:
            file = open(path, "rb")  # noqa: SIM115
        except (OSError, ValueError) as error:
            raise StatusError(
                code_of(error), f"unable to open file `{path}`: {reason(error)}"
            ) from error
        self._open[path] = file
        return file


def read_npy(file: BinaryIO) -> TensorValue:
    """Returns the next array of a `.npy` stream. Signed integers read as `si32`, as NumPy's are.

    Raises DATA_LOSS for what is no array, UNIMPLEMENTED for big-endian, Fortran-order and
    non-numeric ones.
    """
    head = _read_exactly(file, 8)
    if head[:6] != MAGIC:
        raise StatusError(
            StatusCode.DATA_LOSS, "not a .npy array: it does not begin with its magic bytes"
        )
    wide = head[6] >= 2
    (length,) = struct.unpack("<I" if wide else "<H", _read_exactly(file, 4 if wide else 2))
    try:
        header = ast.literal_eval(
            _read_exactly(file, length).decode("utf-8" if head[6] >= 3 else "latin1")
        )
        description, fortran, shape = (
            header["descr"],
            header["fortran_order"],
            tuple(header["shape"]),
        )
    except (ValueError, SyntaxError, LookupError, TypeError) as error:
        raise StatusError(StatusCode.DATA_LOSS, f"damaged .npy header: {error}") from error
    except (RecursionError, MemoryError) as error:
        raise StatusError(StatusCode.DATA_LOSS, "damaged .npy header: nested too deeply") from error
    if not all(isinstance(size, int) and size >= 0 for size in shape):
        raise StatusError(StatusCode.DATA_LOSS, f"damaged .npy header: the shape is {shape}")
    if fortran and len(shape) > 1:
        raise StatusError(StatusCode.UNIMPLEMENTED, "fortran order arrays not supported")
    type = _from_description(description)
    return TensorValue(shape, type, _read_exactly(file, type.packed_size(math.prod(shape))))


def _from_description(description: object) -> ElementType:
    match = (
        re.fullmatch(r"([<>|=]?)([a-zA-Z])(\d{1,9})", description)
        if isinstance(description, str)
        else None
    )
    if match is None:
        raise StatusError(StatusCode.UNIMPLEMENTED, f"unsupported data type {description!r}")
    order, letter, size = match[1], match[2], int(match[3])
    if order == ">":
        raise StatusError(
            StatusCode.UNIMPLEMENTED, f"big-endian data type '{description}' unsupported"
        )
    if letter not in _LETTERS:
        raise StatusError(StatusCode.UNIMPLEMENTED, f"unsupported data type {letter}")
    return element_types.from_code(_LETTERS[letter] << 24 | 8 * size)


def npy_bytes(value: TensorValue) -> bytes:
    """Returns a tensor as a version 1.0 `.npy` array. Raises UNIMPLEMENTED for types that NumPy
    itself does not have.
    """
    kind = value.type.kind
    if kind not in _KINDS:
        raise StatusError(
            StatusCode.UNIMPLEMENTED, f"element type {value.type} has no NumPy equivalent"
        )
    size = value.type.byte_size
    order = "|" if size == 1 else "<"
    shape = f"({', '.join(map(str, value.shape))}{',' if len(value.shape) == 1 else ''})"
    header = (
        f"{{'descr': '{order}{_KINDS[kind]}{size}', 'fortran_order': False, 'shape': {shape}, }}"
    )
    padded = header + " " * (-(len(header) + 11) % 64) + "\n"
    return (
        MAGIC
        + b"\x01\x00"
        + struct.pack("<H", len(padded))
        + padded.encode("latin1")
        + bytes(value.data)
    )


class OutputFiles:
    """The files named by one run's outputs; nothing is written before `commit`."""

    def __init__(self) -> None:
        self._pending: dict[str, bytearray] = {}
        self._appended: set[str] = set()

    def write(self, text: str, value: TensorValue) -> None:
        """Writes a value: `@f.npy` and `@f.bin` write, `+f.npy` and `+f.bin` append; any other
        ending is raw binary.
        """
        path = text[1:]
        data = npy_bytes(value) if path.endswith(".npy") else bytes(value.data)
        if text[0] == "@":
            self._pending[path] = bytearray()
            self._appended.discard(path)
        elif path not in self._pending:
            self._pending[path] = bytearray()
            self._appended.add(path)
        self._pending[path] += data

    def commit(self) -> None:
        """Writes the files, each whole or not at all. Raises what the system says when one cannot
        be read or written, as FAILED_PRECONDITION for a directory.
        """
        contents: dict[str | Path, bytes | bytearray] = {**self._pending}
        for path in self._appended:
            if is_file(path):
                contents[path] = _read_whole(path) + contents[path]
        write_all(contents)


def _read_whole(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise StatusError(code_of(error), f"can't append to '{path}': {reason(error)}") from error


def _read_exactly(file: BinaryIO, size: int) -> bytes:
    """Bytes of a file, in pieces, as a damaged header may ask for more than there is memory."""
    pieces: list[bytes] = []
    while size:
        piece = file.read(min(size, LARGEST_READ))
        if not piece:
            raise StatusError(StatusCode.OUT_OF_RANGE, "end-of-file encountered during read")
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
