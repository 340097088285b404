"""The compilation record explains every op and instruction of a compiled program."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from ireelite.compile_options import CompileOptions
from ireelite.passes import PIPELINE
from ireelite.program import compile_source
from ireelite.provenance import Tracker
from ireelite.records import CompilationRecord
from ireelite.stages import STAGES
from ireelite.status import StatusCode, StatusError

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def record() -> CompilationRecord:
    """The record of a two-layer network, for all targets."""
    return compile_source(ROOT / "notebooks" / "data" / "digits_mlp.pb", record=True).record


def test_every_op_and_instruction_comes_from_the_graph_or_names_the_pass_that_made_it(record):
    shares = record.provenance_shares()
    assert [share.where for share in shares if share.unexplained] == []
    assert {s.name for s in record.stages} == set(STAGES[:-1])
    kinds = [(table.kind, table.where.partition("/")[2]) for table in record.instructions]
    assert ("vm", "") in kinds and ("spirv", "SPIRV") in kinds and ("vm", "IreeBytecode") in kinds
    assert all(share.total and share.derived for share in shares)


def test_an_inventor_is_a_pass_or_a_serializer(record):
    names = {p.name for p in PIPELINE} | {"vm-to-bytecode", "vm-release-references", "input"}
    inventors = {node.invented_by for node in record.nodes if node.invented_by is not None}
    assert {
        name for name in inventors - names if not re.fullmatch(r"\w+-serializer", name)
    } == set()


def test_no_node_is_its_own_ancestor(record):
    parents = {node.serial: node.parents for node in record.nodes}
    assert all(serial == n for n, serial in enumerate(parents))
    done: set[int] = set()
    for root in parents:
        path: list[tuple[int, bool]] = [(root, False)]
        open_nodes: set[int] = set()
        while path:
            serial, leaving = path.pop()
            if leaving:
                open_nodes.discard(serial)
                done.add(serial)
            elif serial not in done:
                assert serial not in open_nodes, f"{record.identity(serial)} comes from itself"
                open_nodes.add(serial)
                path.append((serial, True))
                path += [(parent, False) for parent in parents[serial] if parent not in done]


def test_identities_resolve_both_ways(record):
    for stage in record.stages:
        assert len(set(stage.nodes)) == len(stage.nodes)
        for position, serial in enumerate(stage.nodes):
            assert record.serial(f"{stage.name}/{position}") == serial
            first, _, at = record.identity(serial).partition("/")
            assert record.stage(first).nodes[int(at)] == serial


def test_spans_show_the_ops_in_the_text(record):
    short = {"builtin.module": "module", "func.return": "return"}
    for stage in record.stages:
        assert len(stage.op_spans) == len(stage.nodes)
        for span in stage.op_spans:
            name = record.nodes[stage.nodes[span.index]].name
            assert short.get(name, name) in stage.text[span.start : span.end].splitlines()[0]
        for span in stage.value_spans:
            assert stage.text[span.start] == "%"


def test_a_multiplication_can_be_followed_from_the_graph_to_the_words(record):
    graph = record.stage("tf")
    (matmul, *_) = (s for s in graph.nodes if record.nodes[s].name == "tf.MatMul")
    names = {record.nodes[s].name for s in record.descendants(matmul)}
    assert {
        "stablehlo.dot_general",
        "linalg.matmul",
        "arith.mulf",
        "llvm.fmul",
        "spirv.FMul",
        "OpFMul",
        "vmvx.mmt4d",
    } <= names
    words = {s for s in record.descendants(matmul) if record.nodes[s].name == "OpFMul"}
    assert words and all(matmul in record.ancestors(word) for word in words)


def test_every_rewrite_names_a_line_that_defines_its_rule(record):
    sources: dict[str, list[str]] = {}
    rewrites = [r for step in record.passes for r in step.rewrites]
    assert len(rewrites) > 100
    for rewrite in rewrites:
        path = ROOT / rewrite.file
        assert path.is_file() and path.is_relative_to(ROOT / "ireelite"), rewrite.file
        lines = sources.setdefault(rewrite.file, path.read_text().splitlines())
        assert re.search(r"\b(def|class|lambda)\b|^@", lines[rewrite.line - 1].strip()), rewrite
        known = len(record.nodes)
        assert all(0 <= serial < known for serial in (*rewrite.ops_in, *rewrite.ops_out))


def test_every_pass_ran_once_and_took_time(record):
    assert [step.name for step in record.passes] == [
        *(p.name for p in PIPELINE if p.needed(CompileOptions())),
        "vm-to-bytecode",
    ]
    assert all(step.nanoseconds > 0 for step in record.passes)


def test_the_module_names_its_record():
    from ireelite.bytecode.decode import decode_module

    program = compile_source(
        ROOT / "notebooks" / "data" / "simple_mul.pb", targets=["vmvx"], record=True
    )
    assert decode_module(program.data).attrs["ireelite.record"] == program.record.module_digest
    assert re.fullmatch(r"[0-9a-f]{32}", program.record.module_digest)


def test_instruction_addresses_are_in_order(record):
    for table in record.instructions:
        assert table.addresses == sorted(set(table.addresses))
        assert len(table.addresses) == len(table.nodes)


@pytest.mark.parametrize(
    ("identity", "message"),
    [
        ("hlo/99999", "no op 'hlo/99999': stage 'hlo' has the ops hlo/0 to hlo/"),
        ("hlo/x", "no op 'hlo/x'"),
        ("hloo/1", "no stage 'hloo' in this record; did you mean 'hlo'"),
        ("", "no stage ''"),
    ],
)
def test_an_identity_that_is_not_there(record, identity, message):
    with pytest.raises(StatusError) as caught:
        record.serial(identity)
    assert caught.value.code is StatusCode.NOT_FOUND
    assert caught.value.message.startswith(message)


def test_the_time_of_a_pass_is_not_that_of_its_import(monkeypatch):
    module = "ireelite.lowering.frontend.hlo.one_device"
    seen = {}

    def running(tracker, name, stage):
        seen[name] = module in sys.modules
        return plain(tracker, name, stage)

    plain = Tracker.running
    monkeypatch.setattr(Tracker, "running", running)
    monkeypatch.delitem(sys.modules, module, raising=False)
    compile_source(
        ROOT / "notebooks" / "samples" / "simple_mul.mlir", targets=["vmvx"], record=True
    )
    assert seen["keep-one-device"]
