"""VKE1 executables: both directions, and what is wrong with broken ones."""

import struct

import pytest

from ireelite.bytecode.flatbuffer import read
from ireelite.bytecode.flatbuffer_writer import write
from ireelite.executables.vke1 import (
    EXECUTABLE,
    HEADER,
    DescriptorType,
    Vke1Binding,
    Vke1Executable,
    Vke1Pipeline,
    decode_vke1,
    encode_vke1,
)
from ireelite.status import StatusCode, StatusError

SHADER = struct.pack("<5I", 0x07230203, 0x10000, 0, 1, 0)
BUFFERS = (Vke1Binding(0), Vke1Binding(1))
EXAMPLE = Vke1Executable(
    shaders=(SHADER, SHADER + bytes(4)),
    pipelines=(
        Vke1Pipeline("multiply", 0, (BUFFERS,)),
        Vke1Pipeline("add", 1, (BUFFERS, (Vke1Binding(5, DescriptorType.UNIFORM_BUFFER),)), 8, 32),
        Vke1Pipeline("nothing", 0, ((),)),
    ),
)


def test_what_is_written_is_read():
    assert decode_vke1(encode_vke1(EXAMPLE)) == EXAMPLE


def test_equal_layouts_are_written_once():
    pipelines = tuple(Vke1Pipeline(name, 0, (BUFFERS,)) for name in ("a", "b", "c"))
    root = read(
        EXECUTABLE, encode_vke1(Vke1Executable((SHADER,), pipelines))[64:], identifier=b"VKE1"
    )
    assert len(root["descriptor_set_layouts"]) == len(root["pipeline_layouts"]) == 1


def test_header():
    data = encode_vke1(EXAMPLE)
    assert data[:8] == b"VKE1" + bytes(4)
    assert struct.unpack_from("<Q", data, 8) == (len(data) - 64,)
    assert data[16:64] == bytes(48)
    assert data[68:72] == b"VKE1"


def test_pipelines_by_entry_point():
    assert EXAMPLE.pipeline("add") is EXAMPLE.pipelines[1]
    assert EXAMPLE.pipeline("subtract") is None


def executable(**fields) -> bytes:
    pipeline = {"entry_point": "f", **fields.pop("pipeline", {})}
    value = {
        "pipelines": [pipeline],
        "pipeline_layouts": [{"descriptor_set_layout_ordinals": [0]}],
        "descriptor_set_layouts": [{"bindings": [{"descriptor_type": 7}]}],
        "shader_modules": [{"spirv_code": [1]}],
        **fields,
    }
    content = write(EXECUTABLE, value, identifier=b"VKE1")
    return HEADER.pack(b"VKE1", 0, len(content)) + content


@pytest.mark.parametrize(
    "data, code, message",
    [
        (b"VKE1", StatusCode.DATA_LOSS, "4 bytes are less than the header"),
        (b"VKE2" + bytes(60), StatusCode.DATA_LOSS, "begins with b'VKE1' version 0, not b'VKE2'"),
        (HEADER.pack(b"VKE1", 1, 0), StatusCode.DATA_LOSS, "version 1"),
        (HEADER.pack(b"VKE1", 0, 100), StatusCode.DATA_LOSS, "has 100 bytes, but 0 follow"),
        (HEADER.pack(b"VKE1", 0, 8) + bytes(8), StatusCode.DATA_LOSS, "DATA_LOSS; "),
        (
            executable(pipeline={"dispatch_abi": 1}),
            StatusCode.UNIMPLEMENTED,
            "'f' takes its buffers by device",
        ),
        (
            executable(pipeline={"shader_module_ordinal": 3}),
            StatusCode.DATA_LOSS,
            "in shader 3 of 1",
        ),
        (
            executable(pipeline={"pipeline_layout_ordinal": 1}),
            StatusCode.DATA_LOSS,
            "no pipeline layout 1",
        ),
        (executable(descriptor_set_layouts=[]), StatusCode.DATA_LOSS, "no set layout 0"),
        (
            executable(descriptor_set_layouts=[{"bindings": [{"descriptor_type": 1}]}]),
            StatusCode.UNIMPLEMENTED,
            "descriptor type 1 is not a buffer",
        ),
    ],
)
def test_broken_executables(data, code, message):
    with pytest.raises(StatusError, match=message) as caught:
        decode_vke1(data)
    assert caught.value.code == code
