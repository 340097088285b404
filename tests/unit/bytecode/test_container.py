"""Flat and polyglot `.vmfb` files."""

import io
import struct
import zipfile
import zlib

import pytest

from ireelite.bytecode.container import Member, read_container, segment_offsets, write_container
from ireelite.status import StatusCode, StatusError

FLATBUFFER = struct.pack("<I", 40) + b"F" * 40
MEMBERS = [
    Member("a.bin", b"first"),
    Member("a_longer_name_so_that_padding_differs.fb", bytes(5000)),
    Member("c.txt", b""),
]


@pytest.mark.parametrize("polyglot", [False, True])
def test_parts_are_found_again(polyglot):
    file = write_container(FLATBUFFER, MEMBERS, polyglot)
    contents = read_container(file)
    assert bytes(contents.flatbuffer[4:44]) == b"F" * 40
    for member, offset in zip(MEMBERS, segment_offsets(MEMBERS, polyglot), strict=True):
        assert bytes(contents.segment(offset, len(member.data))) == member.data
        assert (contents.rodata_base + offset) % 64 == 0


def test_a_polyglot_file_is_a_zip():
    file = write_container(FLATBUFFER, MEMBERS, polyglot_zip=True)
    archive = zipfile.ZipFile(io.BytesIO(file))
    assert archive.testzip() is None
    assert archive.namelist() == ["module.fb", *(member.name for member in MEMBERS)]
    assert archive.read("a.bin") == b"first"
    first = archive.infolist()[0]
    assert first.date_time == (1980, 1, 1, 0, 0, 0)
    assert first.compress_type == zipfile.ZIP_STORED
    assert zlib.crc32(archive.read("module.fb")) == first.CRC
    assert archive.read("module.fb")[4:44] == b"F" * 40
    contents = read_container(file)
    names = contents.member_names()
    assert [names[offset] for offset in segment_offsets(MEMBERS, True)] == [
        member.name for member in MEMBERS
    ]


def test_the_size_prefix_stands_at_a_multiple_of_64():
    file = write_container(FLATBUFFER, [], polyglot_zip=True)
    assert file.index(b"FFFF") - 4 == 64
    assert (struct.unpack_from("<I", file, 64)[0] + 4) % 64 == 0


def test_a_flat_file_without_members_is_the_flatbuffer():
    assert write_container(FLATBUFFER, [], polyglot_zip=False) == FLATBUFFER
    assert read_container(FLATBUFFER).member_names() == {}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        b"\x7fELF" + bytes(100),
        b"ML\xefR" + bytes(64),
        struct.pack("<I", 1 << 31) + bytes(1020),
        struct.pack("<I", 4) + bytes(1020),
        b"PK\x03\x04" + bytes(22) + b"\xff\xff\xff\xff" + bytes(100),
    ],
    ids=["empty", "zip header cut off", "elf", "mlir bytecode", "2 GiB", "too small", "long names"],
)
def test_foreign_files_are_refused(data):
    with pytest.raises(StatusError) as caught:
        read_container(data)
    assert caught.value.code == StatusCode.DATA_LOSS


def test_segments_beyond_the_file_are_out_of_range():
    contents = read_container(write_container(FLATBUFFER, MEMBERS))
    with pytest.raises(StatusError, match="OUT_OF_RANGE"):
        contents.segment(0, 1 << 40)
