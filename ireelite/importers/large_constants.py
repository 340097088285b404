"""Large constants of a binary GraphDef, apart from its message.

protobuf keeps a copy of each byte that it parses. Nodes that are long because they hold a constant
are parsed one by one, and their elements are taken out before the whole message is parsed, so that
one copy of the weights is in memory beside the file. Source: protobuf's wire format.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from ireelite.light_named_tuple import NamedTuple

MIN_SEPARATE_BYTES = 1 << 16
"""Bytes of the shortest node that is parsed by itself."""

LENGTH_DELIMITED = 2
"""The wire type of messages and bytes."""

NODE_FIELD = 1
"""The field of a GraphDef that lists its nodes."""


class Field(NamedTuple):
    """A field of a message: where it begins, where its payload does, and where it ends."""

    number: int
    start: int
    payload: int
    end: int


def split_constants(data: bytes) -> tuple[bytes, dict[str, bytes]]:
    """Returns a GraphDef whose large constants have no elements, and those by the node's name.

    Returns malformed bytes as they are: to refuse them is protobuf's work.
    """
    contents: dict[str, bytes] = {}
    parts: list[bytes | memoryview] = []
    view, kept = memoryview(data), 0
    for field in fields(data):
        if field.number != NODE_FIELD or field.end - field.payload < MIN_SEPARATE_BYTES:
            continue
        if (node := _constant(view[field.payload : field.end])) is None:
            continue
        tensor = node.attr["value"].tensor
        contents[node.name] = tensor.tensor_content
        tensor.ClearField("tensor_content")
        short = node.SerializeToString()
        parts += [
            view[kept : field.start],
            bytes([NODE_FIELD << 3 | LENGTH_DELIMITED]),
            varint(len(short)),
        ]
        parts.append(short)
        kept = field.end
    if not contents:
        return data, {}
    return b"".join((*parts, view[kept:])), contents


def _constant(payload: memoryview) -> Any:
    """Returns the node if it is a constant whose elements are bytes."""
    from google.protobuf.message import DecodeError

    node = vars(import_module("tensorboard.compat.proto.node_def_pb2"))["NodeDef"]()
    try:
        node.ParseFromString(bytes(payload))
    except DecodeError:
        return None
    has_value = node.op == "Const" and node.name and "value" in node.attr
    return node if has_value and node.attr["value"].tensor.tensor_content else None


def fields(data: bytes) -> Iterator[Field]:
    """Yields the fields of a message, up to one that is malformed."""
    at = 0
    while at < len(data):
        start = at
        tag, at = read_varint(data, at)
        payload = at
        match tag & 7:
            case 0:
                _, at = read_varint(data, at)
            case 1:
                at += 8
            case 2:
                length, payload = read_varint(data, at)
                at = payload + length
            case 5:
                at += 4
            case _:
                return
        if at > len(data) or at <= start:
            return
        yield Field(tag >> 3, start, payload, at)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Returns a number and where it ends; the end is past the data if it is malformed."""
    value = 0
    for position in range(at, min(at + 10, len(data))):
        value |= (data[position] & 0x7F) << 7 * (position - at)
        if data[position] < 0x80:
            return value, position + 1
    return 0, len(data) + 1


def varint(value: int) -> bytes:
    """Returns a number as protobuf writes it."""
    digits = bytearray()
    while value >= 0x80:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*digits, value])
