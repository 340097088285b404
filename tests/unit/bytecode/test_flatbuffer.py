"""FlatBuffers of our own, with the `flatbuffers` package as oracle."""

import struct

import flatbuffers
import pytest
from flatbuffers import number_types
from flatbuffers.table import Table as OracleTable
from hypothesis import given
from hypothesis import strategies as st

from ireelite.bytecode.flatbuffer import (
    Bytes,
    Nested,
    NestedVector,
    Scalar,
    Scalars,
    Struct,
    Structs,
    Table,
    Text,
    Texts,
    read,
)
from ireelite.bytecode.flatbuffer_writer import write
from ireelite.status import StatusCode, StatusError

POINT = Table("Point", {"x": Scalar("i"), "name": Text()})
SHAPE = Table(
    "Shape",
    {
        "name": Text(),
        "id": Scalar("Q", default=7),
        "ratio": Scalar("f"),
        "data": Bytes(align=16),
        "words": Scalars("I"),
        "pairs": Structs("hi2x", align=4),
        "corner": Struct("ii", align=4),
        "tags": Texts(),
        "origin": Nested(POINT),
        "points": NestedVector(POINT),
        "kind": Scalar("B"),
    },
    required=("name",),
)
VALUE = {
    "name": "häuser",
    "id": 1 << 63,
    "ratio": 0.5,
    "data": b"0123456789",
    "words": (1, 2, 0xFFFFFFFF),
    "pairs": [(1, -2), (3, -4)],
    "corner": (5, 6),
    "tags": ["a", "", "ccc"],
    "origin": {"x": -1, "name": "o"},
    "points": [{"x": 1, "name": "p"}, {"x": 0, "name": None}],
    "kind": 2,
}


@pytest.mark.parametrize("size_prefix", [False, True])
def test_what_is_written_can_be_read(size_prefix):
    data = write(SHAPE, VALUE, identifier=b"SHAP", size_prefix=size_prefix)
    assert read(SHAPE, data, identifier=b"SHAP", size_prefix=size_prefix) == VALUE


def test_absent_fields_are_none_or_their_default():
    found = read(SHAPE, write(SHAPE, {"name": "n"}))
    assert found == dict.fromkeys(SHAPE.fields) | {"name": "n", "id": 7, "ratio": 0.0, "kind": 0}


def test_equal_values_give_equal_bytes_and_vtables_are_shared():
    assert write(SHAPE, VALUE) == write(SHAPE, dict(reversed(VALUE.items())))
    one = write(SHAPE, {"name": "n", "points": [{"x": 1}]})
    four = write(SHAPE, {"name": "n", "points": [{"x": 1}] * 4})
    assert len(four) - len(one) == 3 * (4 + 8)


def test_alignment_counts_from_the_size_prefix():
    data = write(SHAPE, VALUE, size_prefix=True)
    assert data.index(b"0123456789") % 16 == 0
    assert data.index(struct.pack("<Q", 1 << 63)) % 8 == 0
    assert struct.unpack_from("<I", data)[0] == len(data) - 4


def _oracle_field(table: OracleTable, slot: int) -> int:
    offset = table.Offset(4 + 2 * slot)
    assert offset
    return offset + table.Pos


def test_the_oracle_reads_what_we_write():
    data = write(SHAPE, VALUE)
    root = OracleTable(bytearray(data), struct.unpack_from("<I", data)[0])
    assert root.String(_oracle_field(root, 0)).decode() == "häuser"
    assert root.Get(number_types.Uint64Flags, _oracle_field(root, 1)) == 1 << 63
    assert root.Get(number_types.Float32Flags, _oracle_field(root, 2)) == 0.5
    words = _oracle_field(root, 4) - root.Pos
    assert root.VectorLen(words) == 3
    assert root.Get(number_types.Uint32Flags, root.Vector(words) + 8) == 0xFFFFFFFF
    points = root.Vector(_oracle_field(root, 9) - root.Pos)
    second = OracleTable(root.Bytes, root.Indirect(points + 4))
    assert second.Offset(4) == 0, "a default is left out"


def test_we_read_what_the_oracle_writes():
    builder = flatbuffers.Builder(0)
    name = builder.CreateString("oracle")
    data = builder.CreateByteVector(b"bytes")
    point_name = builder.CreateString("p")
    builder.StartObject(2)
    builder.PrependInt32Slot(0, -5, 0)
    builder.PrependUOffsetTRelativeSlot(1, point_name, 0)
    point = builder.EndObject()
    builder.StartVector(4, 1, 4)
    builder.PrependUOffsetTRelative(point)
    points = builder.EndVector()
    builder.StartObject(11)
    builder.PrependUOffsetTRelativeSlot(0, name, 0)
    builder.PrependUint64Slot(1, 99, 7)
    builder.PrependUOffsetTRelativeSlot(3, data, 0)
    builder.PrependUOffsetTRelativeSlot(9, points, 0)
    builder.FinishSizePrefixed(builder.EndObject(), file_identifier=b"SHAP")
    found = read(SHAPE, bytes(builder.Output()), identifier=b"SHAP", size_prefix=True)
    assert (found["name"], found["id"], bytes(found["data"])) == ("oracle", 99, b"bytes")
    assert found["points"] == [{"x": -5, "name": "p"}]
    assert found["words"] is None


def test_byte_vectors_are_views_of_the_buffer():
    data = bytearray(write(SHAPE, VALUE))
    view = read(SHAPE, data)["data"]
    data[data.index(b"0123456789")] = ord("X")
    assert bytes(view) == b"X123456789"


def _fails(data: bytes, **kwargs) -> StatusError:
    with pytest.raises(StatusError) as caught:
        read(SHAPE, data, **kwargs)
    assert caught.value.code == StatusCode.DATA_LOSS
    return caught.value


def test_broken_buffers_are_refused():
    data = write(SHAPE, VALUE)
    assert "identifier" in str(_fails(data, identifier=b"NOPE"))
    assert "size prefix" in str(_fails(struct.pack("<I", 1 << 31) + data, size_prefix=True))
    assert "claims" in str(
        _fails(data.replace(struct.pack("<I", 10) + b"0123", struct.pack("<I", 1 << 31) + b"0123"))
    )
    assert "UTF-8" in str(_fails(data.replace("häuser".encode(), b"h\xff\xffuser")))
    assert "missing" in str(_fails(write(Table("Other", {}), {})))
    for length in range(len(data) - 8):
        _fails(data[:length])


def test_tables_that_alias_cannot_make_reading_slow():
    """A vector of n pointers to one table that holds a vector of n pointers: n squared strings."""
    count = 20_000
    outer = Table("Outer", {"lists": NestedVector(Table("L", {"tags": Texts()}))})
    data = bytearray(write(outer, {"lists": [{"tags": ["x"] * count}] + [{}] * count}))
    root = struct.unpack_from("<I", data)[0]
    field = root + 4
    vector = field + struct.unpack_from("<I", data, field)[0]
    first = vector + 4 + struct.unpack_from("<I", data, vector + 4)[0]
    for position in range(count):
        at = vector + 4 + 4 * position
        struct.pack_into("<I", data, at, (first - at) & 0xFFFFFFFF)
    with pytest.raises(StatusError, match=r"overlap|ends|vtable"):
        read(outer, data)


def test_a_missing_required_field_cannot_be_written():
    with pytest.raises(StatusError, match="required"):
        write(SHAPE, {})


@given(st.binary(max_size=200))
def test_no_bytes_give_another_error(data):
    for size_prefix in (False, True):
        try:
            read(SHAPE, data, size_prefix=size_prefix)
        except StatusError as error:
            assert error.code == StatusCode.DATA_LOSS


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_no_changed_byte_gives_another_error(position, value):
    data = bytearray(write(SHAPE, VALUE))
    data[position % len(data)] = value
    try:
        read(SHAPE, data)
    except StatusError as error:
        assert error.code == StatusCode.DATA_LOSS
