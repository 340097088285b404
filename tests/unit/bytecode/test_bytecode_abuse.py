"""Files that lie about themselves are refused before memory is taken for their lies."""

import io
import struct
import tracemalloc
import zipfile

import pytest

from ireelite.bytecode import schema
from ireelite.bytecode.build import function, module, row
from ireelite.bytecode.container import read_container
from ireelite.bytecode.decode import decode_module
from ireelite.bytecode.encode import encode_module
from ireelite.bytecode.flatbuffer import NestedVector, Scalar, Table, read
from ireelite.bytecode.flatbuffer_writer import write
from ireelite.bytecode.verify import MAX_GLOBAL_BYTES, MAX_GLOBAL_REFS, verify_module
from ireelite.status import StatusError
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance

RETURN = row("return", ())
LITTLE = 300_000
"""Bytes: Python's own, to raise an error and to read a file of some kilobytes."""


def small(**fields) -> bytes:
    built = module("m", {"f": function("0v_v", [[RETURN]])}, rodata=[b"abc", bytes(5000)], **fields)
    return encode_module(built, polyglot_zip=False).data


def altered(change, data=None) -> bytes:
    """A small module with its root table changed."""
    contents = read_container(data or small())
    root = read(schema.MODULE, contents.flatbuffer, size_prefix=True)
    change(root)
    changed = write(schema.MODULE, root, identifier=schema.FILE_IDENTIFIER, size_prefix=True)
    return changed + bytes(-len(changed) % 64) + bytes(contents.file[contents.rodata_base :])


def refused(data: bytes) -> str:
    """The error of loading and linking a file, which may cost little memory."""
    Context(Instance(), [BytecodeModule.from_bytes(small())])  # what Python imports is no cost
    tracemalloc.start()
    try:
        with pytest.raises(StatusError) as caught:
            Context(Instance(), [BytecodeModule.from_bytes(data)])
        assert tracemalloc.get_traced_memory()[1] < LITTLE + 100 * len(data)
    finally:
        tracemalloc.stop()
    return str(caught.value)


def patched(data: bytes, find: bytes, value: bytes) -> bytes:
    assert data.count(find) == 1
    return data.replace(find, value)


def test_the_small_module_is_good():
    verify_module(decode_module(small()))
    verify_module(decode_module(altered(lambda root: None)))


# -- containers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 15, 1 << 16, 0x7FFF_FFFF, 0xFFFF_FFFF])
def test_a_size_prefix_that_lies(size):
    assert refused(struct.pack("<I", size) + small()[4:1000])


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compressed_members_are_never_unpacked(method):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("module.fb", bytes(64 << 20))
    assert "is compressed" in refused(file.getvalue())


def test_an_archive_within_an_archive_is_no_module():
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("module.fb", small())
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("module.fb", inner.getvalue())
    assert refused(outer.getvalue())


def test_an_archive_of_many_members_that_claim_to_be_huge():
    header = struct.pack("<IHHHHHIIIHH", 0x04034B50, 45, 0, 0, 0, 33, 0, 0, 0xFFFFFFFE, 1, 0) + b"x"
    data = small()
    names = read_container(b"PK\3\4" + header[4:] + data + header * 500).member_names()
    assert len(names) <= 1
    empty = struct.pack("<IHHHHHIIIHH", 0x04034B50, 45, 0, 0, 0, 33, 0, 0, 0, 0, 0)
    file = empty + data + bytes(-(len(empty) + len(data)) % 64)
    assert len(read_container(file + empty * 500).member_names()) <= 502


def test_member_names_that_are_not_there():
    header = struct.pack("<IHHHHHIIIHH", 0x04034B50, 45, 0, 0, 0, 33, 0, 0, 0, 0xFFFF, 0xFFFF)
    assert refused(header + small())


# -- FlatBuffers -----------------------------------------------------------------------------------


def word(position: int, value: int) -> bytes:
    """The small module with one 32-bit word of its FlatBuffer overwritten."""
    data = bytearray(small())
    struct.pack_into("<I", data, position, value)
    return bytes(data)


def test_any_word_of_a_file_may_lie():
    """Offsets past the end, backwards, onto themselves; counts and lengths without limit."""
    data = small()
    size = struct.unpack_from("<I", data)[0]
    tracemalloc.start()
    for position in range(4, min(size, 800), 4):
        for value in (0, 1, 4, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFC, 0xFFFF_FFFF, size):
            try:
                verify_module(decode_module(word(position, value)))
            except StatusError:
                continue
    assert tracemalloc.get_traced_memory()[1] < 4 << 20
    tracemalloc.stop()


def test_a_vector_that_points_to_one_table_again_and_again():
    """Work and memory follow the size of a file, not what its offsets multiply it to."""
    leaf = Table("Leaf", {"number": Scalar("I")})
    root = Table("Root", {"rows": NestedVector(leaf)})
    count = 50_000
    data = bytearray(struct.pack("<IHHHxxiI", 12, 6, 8, 4, 8, 4))
    vector = len(data)
    table = vector + 4 + 4 * count + 8
    data += struct.pack("<I", count)
    data += b"".join(struct.pack("<I", table - vector - 4 - 4 * n) for n in range(count))
    data += struct.pack("<HHHxxiI", 6, 8, 4, 8, 7)
    assert read(root, write(root, {"rows": [{"number": 7}]})) == {"rows": [{"number": 7}]}
    tracemalloc.start()
    with pytest.raises(StatusError, match="its parts overlap"):
        read(root, data)
    assert tracemalloc.get_traced_memory()[1] < 100 * len(data)
    tracemalloc.stop()


def test_strings_that_are_not_text():
    assert "not UTF-8" in refused(
        patched(small(attrs={"key": "unusual"}), b"unusual", b"un\xffsual")
    )


def test_functions_that_share_their_code():
    def overlap(root):
        root["function_descriptors"] *= 1000
        root["function_signatures"] *= 1000

    body = [row("const.i32", n, 0) for n in range(500)]
    built = module("m", {"f": function("0v_v", [[*body, RETURN]])})
    data = altered(overlap, encode_module(built, polyglot_zip=False).data)
    assert "ranges of its functions overlap" in refused(data)


def test_blocks_beyond_those_declared():
    code = b"\x79" * 100_000

    def blocks(root):
        root["bytecode_data"] = code
        root["function_descriptors"] = [(0, len(code), 0, 0, 3, 1, 1)]

    data = altered(blocks)
    tracemalloc.start()
    with pytest.raises(StatusError, match="declares 3 blocks and has more"):
        decode_module(data)
    assert tracemalloc.get_traced_memory()[1] < LITTLE
    tracemalloc.stop()


@pytest.mark.parametrize(
    "descriptor",
    [
        (0, 1 << 30, 0, 0, 1, 0, 0),
        (-8, 8, 0, 0, 1, 0, 0),
        (0, -1, 0, 0, 1, 0, 0),
        (1 << 30, 4, 0, 0, 1, 0, 0),
        (0, 4, 0, 0, -1, 0, 0),
        (0, 4, 0, 0, 1, -1, 0),
        (0, 4, 0, 0, 1, 0, -1),
        (0, 4, 0, 0, 1, 0, 0x4000),
        (0, 4, 0x80, 0, 1, 0, 0),
    ],
)
def test_descriptors_that_lie(descriptor):
    assert refused(altered(lambda root: root.update(function_descriptors=[descriptor])))


def test_requirements_of_another_runtime():
    assert "unknown to this runtime" in refused(
        altered(lambda root: root.update(requirements=0x100))
    )


@pytest.mark.parametrize(
    "state",
    [
        {"global_bytes_capacity": (1 << 31) - 1, "global_ref_count": 0},
        {"global_bytes_capacity": MAX_GLOBAL_BYTES + 1, "global_ref_count": 0},
        {"global_bytes_capacity": 0, "global_ref_count": (1 << 31) - 1},
        {"global_bytes_capacity": 0, "global_ref_count": MAX_GLOBAL_REFS + 1},
        {"global_bytes_capacity": -1, "global_ref_count": 0},
        {"global_bytes_capacity": 0, "global_ref_count": -1},
    ],
)
def test_globals_without_end(state):
    assert "globals" in refused(altered(lambda root: root.update(module_state=state)))


@pytest.mark.parametrize(
    ("offset", "length"), [(0, 1 << 31), (1 << 40, 1), ((1 << 64) - 1, (1 << 64) - 1), (0, 1 << 63)]
)
def test_rodata_that_is_not_there(offset, length):
    def external(root):
        root["rodata_segments"][1] |= {
            "external_data_offset": offset,
            "external_data_length": length,
        }

    assert "external rodata" in refused(altered(external))


def test_compressed_rodata():
    def compressed(root):
        root["rodata_segments"][0] |= {"compression_type_type": 2}

    assert "unknown compression" in refused(altered(compressed))


def test_exports_of_one_name():
    def twice(root):
        root["exported_functions"] = root["exported_functions"] * 2

    assert "two exports are called 'f'" in refused(altered(twice))


def test_spans_that_would_repeat_without_end():
    """65534 times ten thousand letters are not written out to find that they are not there."""
    span = "C" + "i" * 10_000 + "D"
    call = row("call.variadic", 1 << 31, (0xFFFE,), (0,), ())
    built = module("m", {"f": function("0v_v", [[call, RETURN]])}, imports={"x.f": f"0{span}_v"})
    tracemalloc.start()
    with pytest.raises(StatusError, match="1 arguments where 655340000 are expected"):
        verify_module(built)
    assert tracemalloc.get_traced_memory()[1] < LITTLE
    tracemalloc.stop()


def test_large_rodata_is_not_copied(tmp_path):
    """External rodata is a view of the file's bytes, whatever its size."""
    data = small()
    size = 1 << 24

    def grown(root):
        root["rodata_segments"][1] |= {"external_data_length": size}

    head = altered(grown, data)
    path = tmp_path / "large.vmfb"
    with open(path, "wb") as file:
        file.write(head)
        file.truncate(len(head) + size + 64)
    tracemalloc.start()
    loaded = BytecodeModule.from_file(path)
    assert tracemalloc.get_traced_memory()[1] < LITTLE
    tracemalloc.stop()
    assert len(loaded.rodata[1]) == size
