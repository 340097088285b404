"""A compilation record as a file: all of it comes back, a column is read when it is used, other
versions and damaged files are refused.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from ireelite.program import compile_source
from ireelite.records import CompilationRecord, ExecutionRecord
from ireelite.records.columns import ints, pack_ints, unpack_ints
from ireelite.records.file_format import MAGIC, PREFIX, VERSION
from ireelite.status import StatusCode, StatusError

ROOT = Path(__file__).resolve().parents[3]
VERSION_ONE = Path(__file__).with_name("version_one.json")


@pytest.fixture(scope="module")
def record() -> CompilationRecord:
    return compile_source(ROOT / "notebooks" / "data" / "simple_mul.pb", record=True).record


@pytest.mark.parametrize(
    "values",
    [[], [0], [-1, -1, 5], [2**31 - 1, 0, 2**31 - 1], [3, 2, 1, 0] * 100],
    ids=["empty", "one", "negative", "large", "many"],
)
def test_a_column_comes_back(values):
    assert unpack_ints(pack_ints(ints(values)), len(values)) == ints(values)


@pytest.mark.parametrize("change", [b"", b"x", b"\x00" * 40], ids=["empty", "short", "zeros"])
def test_a_column_that_is_not_what_was_written_is_refused(change):
    with pytest.raises(ValueError):
        unpack_ints(change, 3)
    with pytest.raises(ValueError):
        unpack_ints(pack_ints(ints([1, 2])), 3)
    with pytest.raises(ValueError):
        unpack_ints(pack_ints(ints([1, 2, 3, 4])), 3)


def test_a_file_keeps_everything(record, tmp_path):
    record.save(tmp_path / "simple_mul.record")
    again = CompilationRecord.load(tmp_path / "simple_mul.record")
    assert again == record
    assert again.summary() == record.summary()
    assert again.to_bytes() == record.to_bytes()
    for stage in record.stages:
        assert again.stage(stage.name).text == stage.text
        assert again.stage(stage.name).name_starts.values == stage.name_starts.values
    assert [again.identity(n) for n in range(len(again.nodes))] == [
        record.identity(n) for n in range(len(record.nodes))
    ]
    assert [share.unexplained for share in again.provenance_shares()] == [
        share.unexplained for share in record.provenance_shares()
    ]


def test_a_record_that_is_read_reads_a_column_when_it_is_used(record):
    again = CompilationRecord.from_bytes(record.to_bytes())
    assert len(again.nodes) == len(record.nodes)
    assert "names" not in vars(again.nodes)
    assert again.nodes[0].name == record.nodes[0].name
    assert "names" in vars(again.nodes) and "more_children" not in vars(again.nodes)
    assert "starts" not in vars(again.stages[0].value_spans)


def test_nodes_say_where_they_stand_and_where_they_come_from(record):
    entries = {node.entry_point for node in record.nodes} - {None}
    assert entries == {"simple_mul_rgn_dispatch_0"}
    words = {
        node.name: node
        for node in record.nodes
        if node.entry_point is not None and node.name in ("OpFMul", "mul.f32", "arith.mulf")
    }
    assert set(words) == {"OpFMul", "mul.f32", "arith.mulf"}
    assert {node.executable for node in words.values()} == {"simple_mul_ex_dispatch_0"}
    assert {node.location for node in words.values()} == {("Mul", 0, 0)}
    assert "simple_mul" in {node.symbol for node in record.nodes}


def test_a_location_in_text_is_a_line_and_a_column(tmp_path):
    path = tmp_path / "double.mlir"
    path.write_text(
        "func.func @double(%x: tensor<2xf32>) -> tensor<2xf32> {\n"
        "  %0 = stablehlo.add %x, %x : tensor<2xf32>\n"
        "  return %0 : tensor<2xf32>\n}\n"
    )
    record = compile_source(path, targets=["vmvx"], record=True).record
    (add,) = [node for node in record.nodes if node.name == "stablehlo.add"]
    assert add.location is not None and add.location[1:] == (2, 8)
    product = [node for node in record.nodes if node.name == "add.f32"]
    assert product and {node.location for node in product} == {add.location}


def test_version_one_is_converted():
    record = CompilationRecord.load(VERSION_ONE)
    assert record.source == "double.mlir"
    assert [stage.name for stage in record.stages] == ["hlo", "dispatch"]
    (add,) = [node.serial for node in record.nodes if node.name == "stablehlo.add"]
    assert record.identity(add) == "hlo/2"
    names = {record.nodes[serial].name for serial in record.descendants(add)}
    assert "arith.addf" in names
    span = record.stage("hlo").op_spans[2]
    assert record.stage("hlo").text[span.start : span.end] == (
        "%0 = stablehlo.add %x, %x : tensor<2xf32>"
    )
    assert any(run.rewrites for run in record.passes) and record.instructions[0].addresses == [
        (0, 12)
    ]
    assert CompilationRecord.from_bytes(record.to_bytes()) == record


def _version_one(**changes: object) -> bytes:
    return json.dumps(json.loads(VERSION_ONE.read_text()) | changes).encode()


def _version_two(record: CompilationRecord, version: int) -> bytes:
    data = bytearray(record.to_bytes())
    struct.pack_into("<I", data, len(MAGIC), version)
    return bytes(data)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda r: _version_two(r, VERSION + 1), "has version 3; this reader takes versions 1 and 2"),
        (lambda r: _version_one(version=2), "version 2; this reader takes"),
        (lambda r: _version_one(format="ireelite.execution-record"), "ireelite.execution-record"),
        (lambda r: b"[]", "ireelite.compilation-record"),
        (lambda r: _version_one(nodes=None), "compile the program again"),
        (lambda r: _version_one(nodes=[{"name": "x"}]), "compile the program again"),
        (lambda r: b"", "not a record"),
        (lambda r: b"\x00", "not a record"),
        (lambda r: b"\xff\xfe", "not a compilation record"),
        (lambda r: b"null", "ireelite.compilation-record"),
    ],
)  # fmt: skip
def test_another_version_or_format_is_refused(record, make, words):
    with pytest.raises(StatusError) as caught:
        CompilationRecord.from_bytes(make(record))
    assert caught.value.code is StatusCode.INVALID_ARGUMENT
    assert words in caught.value.message


def test_a_cut_or_changed_file_is_refused(record):
    data = record.to_bytes()
    length = PREFIX.unpack_from(data)[2]
    payload = PREFIX.size + length
    for broken in (
        data[: PREFIX.size - 1],
        data[: payload - 1],
        data[: PREFIX.size] + b"x" + data[PREFIX.size + 1 :],
        data[:payload],
        data[: payload + 100],
    ):
        with pytest.raises(StatusError) as caught:
            again = CompilationRecord.from_bytes(broken)
            list(again.nodes)
            [stage.text for stage in again.stages]
        assert caught.value.code is StatusCode.DATA_LOSS, caught.value
        assert "compile again with a record" in caught.value.message


def test_a_changed_column_is_noticed(record):
    data = bytearray(record.to_bytes())
    length = PREFIX.unpack_from(data)[2]
    sections = json.loads(data[PREFIX.size : PREFIX.size + length])["sections"]
    offset, size, _ = sections["node/names"]
    begin = PREFIX.size + length + offset
    data[begin + size - 1] ^= 1
    with pytest.raises(StatusError, match=r"DATA_LOSS.*column 'node/names'"):
        list(CompilationRecord.from_bytes(bytes(data)).nodes)


@pytest.mark.parametrize("text", ["", "{", "\x00", "null"])
def test_an_execution_record_that_is_not_json_is_refused(text):
    with pytest.raises(StatusError) as caught:
        ExecutionRecord.from_json(text)
    assert caught.value.code is StatusCode.INVALID_ARGUMENT
