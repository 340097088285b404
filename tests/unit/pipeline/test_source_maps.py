"""Compiled modules say where in the source their instructions come from."""

import re

import pytest

from ireelite.bytecode.decode import decode_module
from ireelite.bytecode.locations import FileLineCol, Fused, Name, places
from ireelite.program import compile_source
from ireelite.session import load
from ireelite.status import StatusError
from ireelite.tools.dump_module import main as dump

TEXT = """\
module @m {
  func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
    %c = stablehlo.constant dense<2.0> : tensor<4xf32>
    %0 = stablehlo.multiply %x, %c : tensor<4xf32>
    %1 = stablehlo.exponential %0 : tensor<4xf32>
    return %1 : tensor<4xf32>
  }
}
"""


@pytest.fixture
def source(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "f.mlir").write_text(TEXT)
    return "f.mlir"


def lines_of(data: bytes) -> set[int]:
    module = decode_module(data)
    rows = {
        row.location
        for each in module.functions
        for block in each.blocks
        for row in block.instructions
        if row.location is not None
    }
    found = [place for row in rows for place in places(module.locations, row)]
    assert {place.filename for place in found} <= {"f.mlir"}
    return {place.line for place in found}


def test_host_code_and_executables_name_source_lines(source):
    data = compile_source(source, targets=["vmvx"]).data
    assert {2, 4, 5, 6} <= lines_of(data)
    executables = [
        row.data for row in decode_module(data).rodata if b"IREE" in bytes(row.data[:99])
    ]
    assert len(executables) == 1
    assert {4, 5} <= lines_of(executables[0])


def test_stripped(source):
    data = compile_source(source, targets=["vmvx"], strip_source_map=True).data
    assert b"f.mlir" not in data
    assert decode_module(data).locations == []
    assert decode_module(data).functions[0].name == ""
    assert len(data) < len(compile_source(source, targets=["vmvx"]).data)


def test_nodes_of_a_graph_are_named(simple_mul_graph):
    module = decode_module(compile_source(simple_mul_graph, targets=["vmvx"]).data)
    names = {row.name for row in module.locations if isinstance(row, Name)}
    assert {"arg0", "arg1", "simple_mul"} <= names


@pytest.fixture
def simple_mul_graph():
    from pathlib import Path

    return Path(__file__).resolve().parents[3] / "notebooks" / "data" / "simple_mul.pb"


def test_a_failure_names_function_and_line(source):
    module = load(compile_source(source, targets=["vmvx"]).data)
    with pytest.raises(StatusError) as caught:
        module.f([1.0] * 5)
    trace = str(caught.value).splitlines()[1]
    assert re.match(r"\[ 0\] bytecode m\.f:\d+ f\.mlir:2:3", trace), trace


def test_the_dump_shows_source_lines(source, tmp_path, capsys):
    (tmp_path / "f.vmfb").write_bytes(compile_source(source, targets=["vmvx"]).data)
    assert dump(["--output=disassembly", "--source_lines", "--function=f", "f.vmfb"]) == 0
    assert "  // f.mlir:6:5  return %1 : tensor<4xf32>\n" in capsys.readouterr().out
    (tmp_path / "f.mlir").unlink()
    from ireelite.tools.dump_module import _source_lines

    _source_lines.cache_clear()
    assert dump(["--output=disassembly", "--source_lines", "--function=f", "f.vmfb"]) == 0
    assert "  // f.mlir:6:5\n" in capsys.readouterr().out
    assert dump(["--output=disassembly", "--function=f", "f.vmfb"]) == 0
    assert "f.mlir" not in capsys.readouterr().out


def test_a_fused_dispatch_comes_from_all_its_ops(source):
    module = decode_module(compile_source(source, targets=["vmvx"]).data)
    ops = [row for row in module.locations if isinstance(row, Fused)]
    lines = [
        {place.line for place in places([*module.locations, row], len(module.locations))}
        for row in ops
    ]
    assert any({4, 5} <= each for each in lines)
    assert FileLineCol("f.mlir", 4, 10) in module.locations
