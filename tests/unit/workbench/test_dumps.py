"""Dumps of other compilers: headings, ops by lines and indentation, and which op became which."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

import workbench
from ireelite.records import CompilationRecord
from ireelite.status import StatusCode, StatusError
from workbench.dumps import is_dump, read_dump
from workbench.dumps.follow import compare
from workbench.dumps.locations import Locations
from workbench.dumps.ops import NONE, LineReader
from workbench.dumps.sections import heading
from workbench.model.subtree import subtree

BEFORE = """#map = affine_map<(d0) -> (d0)>
module @net {
  func.func public @main(%arg0: tensor<4xf32>, %arg1: tensor<4xf32>) -> tensor<4xf32> {
    %cst = stablehlo.constant dense<0.000000e+00> : tensor<4xf32>
    %0 = stablehlo.multiply %arg0, %arg1 : tensor<4xf32>
    %1 = stablehlo.add %0, %cst : tensor<4xf32>
    %2 = stablehlo.negate %1 : tensor<4xf32>
    return %2 : tensor<4xf32>
  }
  func.func private @other(%arg0: i32) -> i32 {
    return %arg0 : i32
  }
}
"""
SIMPLER = """module @net {
  func.func public @main(%arg0: tensor<4xf32>, %arg1: tensor<4xf32>) -> tensor<4xf32> {
    %0 = stablehlo.multiply %arg0, %arg1 : tensor<4xf32>
    %1 = stablehlo.negate %0 : tensor<4xf32>
    return %1 : tensor<4xf32>
  }
  func.func private @other(%arg0: i32) -> i32 {
    return %arg0 : i32
  }
}
"""
ONE_FUNCTION = """func.func public @main(%arg0: tensor<4xf32>, %arg1: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tensor.empty() : tensor<4xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%arg0, %arg1 : tensor<4xf32>, tensor<4xf32>) outs(%0 : tensor<4xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %3 = arith.mulf %in, %in_0 : f32
    linalg.yield %3 : f32
  } -> tensor<4xf32>
  %2 = stablehlo.negate %1 : tensor<4xf32>
  return %2 : tensor<4xf32>
}
"""
LINALG = """#map = affine_map<(d0) -> (d0)>
module @net {
  func.func public @main(%arg0: tensor<4xf32>, %arg1: tensor<4xf32>) -> tensor<4xf32> {
    %0 = tensor.empty() : tensor<4xf32>
    %1 = linalg.generic {indexing_maps = [#map], iterator_types = ["parallel"]} ins(%arg0, %arg1 : tensor<4xf32>, tensor<4xf32>) outs(%0 : tensor<4xf32>) {
    ^bb0(%in: f32, %in_0: f32, %out: f32):
      %3 = arith.mulf %in, %in_0 : f32
      linalg.yield %3 : f32
    } -> tensor<4xf32>
    %2 = stablehlo.negate %1 : tensor<4xf32>
    return %2 : tensor<4xf32>
  }
  func.func private @other(%arg0: i32) -> i32 {
    return %arg0 : i32
  }
}
"""


def after(title: str, text: str) -> str:
    return f"// -----// IR Dump After {title} //----- //\n{text}\n"


DUMP = (
    after("VerifyPass: verify-input", BEFORE)
    + after("mlir::CanonicalizerPass: canonicalize{max-iterations=10 top-down=true}", SIMPLER)
    + after("CSEPass: cse", SIMPLER)
    + after("ToLinalgPass: to-linalg", ONE_FUNCTION)
    + after("PipelinePass: pipeline", LINALG)
)


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> CompilationRecord:
    file = tmp_path_factory.mktemp("dump") / "net.mlir"
    file.write_text(DUMP, encoding="utf-8")
    assert is_dump(file)
    return read_dump(file)


def named(record: CompilationRecord, name: str, stage: int = 0) -> list[int]:
    stages = [run.after for run in record.passes if run.after is not None]
    return [n for n in stages[stage].nodes if record.nodes.name(n) == name]


@pytest.mark.parametrize(
    ("line", "class_name", "name", "failed"),
    [
        ("IR Dump After CSEPass: cse", "CSEPass", "cse", False),
        ("IR Dump After mlir::a::FooPass: foo{x=1 y={2}}", "FooPass", "foo", False),
        ("IR Dump After CSE (cse) ('func.func' operation: @main)", "CSE", "cse", False),
        ("IR Dump After Inliner (inline)", "Inliner", "inline", False),
        ("IR Dump After Canonicalizer", "Canonicalizer", "Canonicalizer", False),
        ("IR Dump After CSE Failed (cse)", "CSE", "cse", True),
    ],
)
def test_headings_of_all_tools(line: str, class_name: str, name: str, failed: bool):
    section = heading(f"// -----// {line} //----- //")
    assert section is not None and section.after
    assert (section.class_name, section.name, section.failed) == (class_name, name, failed)


def test_a_line_that_is_no_heading_is_none():
    assert heading("// -----// something else") is None


def test_a_program_is_read_by_lines_and_indentation():
    program = LineReader().read(LINALG.splitlines())
    assert [facts.name for facts in program.facts] == [
        "builtin.module", "func.func", "tensor.empty", "linalg.generic", "arith.mulf",
        "linalg.yield", "stablehlo.negate", "func.return", "func.func", "func.return",
    ]  # fmt: skip
    assert program.depths == [0, 1, 2, 2, 3, 3, 2, 2, 1, 2]
    assert [facts.symbol for facts in program.facts if facts.symbol] == ["net", "main", "other"]
    assert program.facts[3].result == "%1"
    assert program.end(1) == 8


def test_an_alias_says_what_it_means():
    reader = LineReader()
    part, whole = reader.read(ONE_FUNCTION.splitlines()), reader.read(LINALG.splitlines())
    assert whole.forms[1:8] == part.forms


def test_an_op_without_change_stays_the_same_node_and_values_may_be_renumbered(record):
    multiply = named(record, "stablehlo.multiply")
    assert multiply == named(record, "stablehlo.multiply", 1)
    negate = {named(record, "stablehlo.negate", n)[0] for n in range(3)}
    assert len(negate) == 1


def test_passes_without_effect_have_no_rewrites(record):
    runs = {run.name: run for run in record.passes}
    assert list(runs) == ["verify-input", "canonicalize", "cse", "to-linalg @main", "pipeline"]
    assert [len(run.rewrites) for run in record.passes] == [0, 2, 0, 1, 0]
    assert runs["cse"].after is None and runs["pipeline"].after is None
    rewrites = list(runs["canonicalize"].rewrites)
    gone = [[record.nodes.name(n) for n in rewrite.ops_in] for rewrite in rewrites]
    assert gone == [["stablehlo.constant"], ["stablehlo.add"]]
    assert {(rewrite.pattern, *rewrite.ops_out) for rewrite in rewrites} == {("CanonicalizerPass",)}


def test_what_took_the_place_of_an_op_is_derived_from_it(record):
    (multiply,) = named(record, "stablehlo.multiply")
    made = {record.nodes.name(n) for n in record.descendants(multiply)}
    assert made == {"tensor.empty", "linalg.generic", "arith.mulf", "linalg.yield"}


def test_a_function_alone_takes_its_place_in_the_program(record):
    last = record.stages[-1]
    assert [record.nodes.name(n) for n in last.nodes].count("func.func") == 2
    assert last.text.rstrip() == LINALG.rstrip()


def test_every_view_takes_it(record):
    for view in (
        workbench.RewriteStepper(record),
        workbench.IRView(record),
        workbench.PipelineMap(record),
    ):
        assert view.to_text() and view.to_html().startswith("<!DOCTYPE html>")
    text = workbench.RewriteStepper(record, 1).to_text()
    assert "  - %1 = stablehlo.add %0, %cst : tensor<4xf32>" in text
    again = CompilationRecord.from_bytes(record.to_bytes())
    assert again == record
    assert [run.after == own.after for run, own in zip(again.passes, record.passes)] == [True] * 5


def test_locations_follow_ops_where_nothing_else_does(tmp_path: Path):
    first = """module {
  func.func @f(%arg0: i32 loc("m.py":1:1)) -> i32 {
    %0 = a.one %arg0 : i32 loc(#loc3)
    %1 = a.two %0 : i32 loc(#loc4)
    return %1 : i32 loc(#loc5)
  } loc(#loc1)
} loc(#loc)
#loc = loc("m.py":0:0)
#loc1 = loc("m.py":1:1)
#loc3 = loc("m.py":3:1)
#loc4 = loc(callsite("m.py":4:1 at "n.py":9:1))
#loc5 = loc("m.py":5:1)
"""
    second = first.replace("a.one", "b.uno").replace("a.two", "b.due").replace(
        "    %0 = b.uno %arg0 : i32 loc(#loc3)\n    %1 = b.due %0 : i32 loc(#loc4)\n",
        "    %0 = b.due %arg0 : i32 loc(#loc4)\n    %1 = b.uno %0 : i32 loc(#loc3)\n",
    )  # fmt: skip
    file = tmp_path / "m.mlir"
    file.write_text(after("A: a", first) + after("B: b", second))
    record = read_dump(file)
    (one,), (two,) = named(record, "a.one"), named(record, "a.two")
    assert {record.nodes.name(n) for n in record.descendants(one)} == {"b.uno"}
    assert {record.nodes.name(n) for n in record.descendants(two)} == {"b.due"}
    assert record.nodes[two].location == ("m.py", 4, 1)
    assert record.nodes[named(record, "func.func")[0]].location == ("m.py", 1, 1)


def test_ops_that_moved_are_the_same():
    reader = LineReader()
    rows = [f"a.op{n} : i{n + 1}" for n in range(6)]
    old = reader.read(rows)
    new = reader.read([rows[3], *rows[:3], *rows[4:], "a.new : i32"])
    changes = compare(old, 0, len(old), new)
    assert changes.kept == [3, 0, 1, 2, 4, 5, NONE]
    assert changes.moved == [0]
    assert changes.groups == [([], [6])]


def test_phases_of_a_folder_are_stages(tmp_path: Path):
    for number, (phase, text) in enumerate([("input", BEFORE), ("flow", SIMPLER), ("vm", LINALG)]):
        (tmp_path / f"net.{number + 9}.{phase}.mlir").write_text(text)
    assert is_dump(tmp_path)
    record = read_dump(tmp_path)
    assert [stage.name for stage in record.stages] == ["input", "flow", "vm"]
    assert [len(run.rewrites) > 0 for run in record.passes] == [True, True]


def test_xdsl_opt_prints_the_last_program_without_a_heading(tmp_path: Path):
    program = "builtin.module {{\n  a.op : i32\n{}}}\n"
    file = tmp_path / "x.mlir"
    file.write_text(
        f"IR after cse:\n{program.format('  a.dead : i32' + chr(10))}\n\n\n\n{program.format('')}"
    )
    record = read_dump(file)
    assert [(run.name, len(run.rewrites)) for run in record.passes] == [
        ("cse", 0),
        ("the last pass", 1),
    ]


def test_errors_say_what_was_expected(tmp_path: Path):
    with pytest.raises(StatusError) as raised:
        read_dump(tmp_path / "missing.mlir")
    assert raised.value.code is StatusCode.NOT_FOUND
    with pytest.raises(StatusError, match="no file in this folder is named like"):
        read_dump(tmp_path)
    (tmp_path / "empty.txt").write_text("hello: world\n")
    with pytest.raises(StatusError, match=r"empty\.txt: holds no program; expected MLIR text"):
        read_dump(tmp_path / "empty.txt")
    for stem in "ab":
        (tmp_path / f"{stem}.1.input.mlir").write_text(SIMPLER)
    with pytest.raises(StatusError, match="the phases of several compilations"):
        read_dump(tmp_path)
    assert not is_dump(tmp_path / "empty.txt")
    assert not is_dump(tmp_path / "missing")


def test_a_conversion_without_locations_pairs_ops_by_types(tmp_path: Path):
    first = """func.func @f(%arg0: tensor<4x8xf32>, %arg1: tensor<8x2xf32>) -> tensor<2x4xf32> {
  %0 = a.dot %arg0, %arg1 : (tensor<4x8xf32>, tensor<8x2xf32>) -> tensor<4x2xf32>
  %1 = a.transpose %0 : (tensor<4x2xf32>) -> tensor<2x4xf32>
  return %1 : tensor<2x4xf32>
}
"""
    second = """func.func @f(%arg0: tensor<4x8xf32>, %arg1: tensor<8x2xf32>) -> tensor<2x4xf32> {
  %0 = b.empty() : tensor<4x2xf32>
  %1 = b.fill %0 : tensor<4x2xf32>
  %2 = b.matmul ins(%arg0, %arg1) outs(%1 : tensor<4x2xf32>) -> tensor<4x2xf32>
  %3 = b.empty() : tensor<2x4xf32>
  %4 = b.generic ins(%2) outs(%3 : tensor<2x4xf32>) {
    b.yield %2 : f32
  } -> tensor<2x4xf32>
  return %4 : tensor<2x4xf32>
}
"""
    file = tmp_path / "f.mlir"
    file.write_text(after("A: a", first) + after("B: b", second))
    record = read_dump(file)
    told = {
        name: {record.nodes.name(n) for n in record.descendants(named(record, name)[0])}
        for name in ("a.dot", "a.transpose")
    }
    assert told == {
        "a.dot": {"b.empty", "b.fill", "b.matmul"},
        "a.transpose": {"b.empty", "b.generic", "b.yield"},
    }


def origins(record: CompilationRecord, name: str) -> list[set[str]]:
    """For each op of a name in the last program, the names of what it was made from."""
    return [
        {record.nodes.name(parent) for parent in record.nodes.parents(n)}
        for n in record.stages[-1].nodes
        if record.nodes.name(n) == name
    ]


def test_the_ops_of_an_inlined_call_come_from_the_callee(tmp_path: Path):
    callee = """  util.func private @_f(%arg0: f32) -> f32 {
    %0 = a.one %arg0 : f32
    %1 = a.one %0 : f32
    util.return %1 : f32
  }
"""
    call = "    %0 = util.call @_f(%arg0) : (f32) -> f32\n    b.export %0 : f32\n"
    body = "    %0 = a.one %arg0 : f32\n    %1 = a.one %0 : f32\n    b.export %1 : f32\n"
    around = "module {{\n{}  util.func public @f(%arg0: f32) {{\n{}    util.return\n  }}\n}}\n"
    file = tmp_path / "f.mlir"
    text = after("A: a", around.format(callee, call)) + after("B: b", around.format(callee, body))
    file.write_text(text)
    record = read_dump(file)
    ones = [n for n in record.stages[-1].nodes if record.nodes.name(n) == "a.one"]
    assert [list(record.nodes.parents(n)) for n in ones] == [[], [], [ones[0]], [ones[1]]]


def test_a_conversion_without_locations_pairs_ops_by_names_and_constants(tmp_path: Path):
    first = """func.func @f(%arg0: f32, %arg1: f32) -> f32 {
  %low = a.constant dense<1.5> : f32
  %high = a.constant dense<2.5> : f32
  %0 = a.maximum %arg0, %low : f32
  %1 = a.minimum %0, %high : f32
  %2 = a.exponential %1 : f32
  return %2 : f32
}
"""
    second = """func.func @f(%arg0: f32, %arg1: f32) -> f32 {
  %cst = b.constant dense<2.5> : f32
  %0 = b.maximumf %arg0, %arg1 : f32
  %1 = b.minf %0, %cst : f32
  %2 = c.copy %1 : f32
  %3 = b.exp %2 : f32
  return %3 : f32
}
"""
    file = tmp_path / "f.mlir"
    file.write_text(after("A: a", first) + after("B: b", second))
    record = read_dump(file)
    assert "a.constant" in origins(record, "b.constant")[0]
    for name, source in (
        ("b.maximumf", "maximum"),
        ("b.minf", "minimum"),
        ("b.exp", "exponential"),
    ):
        assert f"a.{source}" in origins(record, name)[0], name
    (constant,) = (n for n in record.stages[-1].nodes if record.nodes.name(n) == "b.constant")
    texts = [
        stage.text[stage.op_spans.starts[stage.nodes.index(n)] :].split("\n")[0]
        for stage in [record.passes[0].after]
        if stage is not None
        for n in record.nodes.parents(constant)
    ]
    assert any("dense<2.5>" in text for text in texts)


def test_what_stands_where_nothing_was_has_the_origin_of_its_values_or_its_location(tmp_path: Path):
    first = """module {
  util.global private @weights : f32 loc("m.py":7:1)
  func.func @f(%arg0: i32) -> i32 {
    %0 = a.one %arg0 : i32 loc("m.py":1:1)
    %1 = a.two %0 : i32 loc("m.py":2:1)
    return %1 : i32
  }
}
"""
    second = """module {
  util.global private @weights : f32 loc("m.py":7:1)
  util.global private @weights__size : index
  func.func @f(%arg0: i32) -> i32 {
    %0 = a.one %arg0 : i32 loc("m.py":1:1)
    b.barrier %0 : i32
    %1 = a.two %0 : i32 loc("m.py":2:1)
    b.note loc("m.py":1:1)
    %c = b.count : i32
    b.uses %c : i32 loc("m.py":2:1)
    return %1 : i32
  }
}
"""
    file = tmp_path / "f.mlir"
    file.write_text(after("A: a", first) + after("B: b", second))
    record = read_dump(file)
    assert origins(record, "b.barrier") == [{"a.one"}]
    assert origins(record, "b.note") == [{"a.one"}]
    assert origins(record, "b.uses") == [{"a.two"}]
    assert origins(record, "b.count") == [{"a.two"}]
    assert {"util.global"} in origins(record, "util.global")


def generic(number: int, operands: str, body: str, type: str, iterators: str = '"parallel"') -> str:
    """An op of linalg over an empty tensor of its own, as MLIR prints it."""
    return f"""  %{number} = tensor.empty() : {type}
  %{number + 1} = linalg.generic {{iterator_types = [{iterators}]}} ins({operands}) outs(%{number} : {type}) {{
  ^bb0(%in: f32, %out: f32):
    %9{number} = {body} %in, %out : f32
    linalg.yield %9{number} : f32
  }} -> {type}
"""


def test_a_conversion_keeps_which_value_is_computed_from_which(tmp_path: Path):
    t = "tensor<4x8xf32>"
    head = f"func.func @f(%arg0: {t}, %arg1: tensor<8xf32>) -> {t} {{\n"
    first = f"""{head}  %0 = stablehlo.broadcast_in_dim %arg1, dims = [1] : (tensor<8xf32>) -> {t}
  %1 = stablehlo.add %arg0, %0 : {t}
  %2 = stablehlo.maximum %1, %arg0 : {t}
  %3 = stablehlo.reduce(%2 init: %arg0) applies stablehlo.add across dimensions = [1] : ({t}) -> tensor<4xf32>
  %4 = stablehlo.broadcast_in_dim %3, dims = [0] : (tensor<4xf32>) -> {t}
  %5 = stablehlo.subtract %2, %4 : {t}
  %6 = stablehlo.sine %5 : {t}
  return %6 : {t}
}}
"""
    second = head + "".join(
        [
            generic(0, "%arg1 : tensor<8xf32>", "copy.broadcast", t),
            generic(2, "%arg0, %1", "arith.addf", t),
            generic(4, "%3, %arg0", "arith.maximumf", t),
            generic(6, "%5", "arith.addf", "tensor<4xf32>", '"parallel", "reduction"'),
            generic(8, "%7", "copy.rows", t),
            generic(10, "%5, %9", "arith.subf", t),
            generic(12, "%11", "math.sin", t),
            f"  return %13 : {t}\n}}\n",
        ]
    )
    file = tmp_path / "f.mlir"
    file.write_text(after("A: a", first) + after("B: b", second))
    record = read_dump(file)
    expected = [
        "broadcast_in_dim",
        "add",
        "maximum",
        "reduce",
        "broadcast_in_dim",
        "subtract",
        "sine",
    ]
    for name in ("tensor.empty", "linalg.generic", "linalg.yield"):
        assert origins(record, name) == [{f"stablehlo.{op}"} for op in expected], name


def test_a_region_comes_from_the_ops_it_was_put_around(tmp_path: Path):
    first = """func.func @f(%arg0: f32) -> f32 {
  %0 = a.exp %arg0 : f32
  %1 = a.sine %0 : f32
  return %1 : f32
}
"""
    second = """func.func @f(%arg0: f32) -> f32 {
  %0 = b.region -> (f32) {
    %1 = a.exp %arg0 : f32
    %2 = a.sine %1 : f32
    b.return %2 : f32
  } count() {
    %1 = b.count()
  }
  return %0 : f32
}
"""
    file = tmp_path / "f.mlir"
    file.write_text(after("A: a", first) + after("B: b", second))
    record = read_dump(file)
    assert origins(record, "b.region") == [{"a.exp", "a.sine"}]
    assert origins(record, "b.return") == [{"a.sine"}]
    assert origins(record, "b.count") == [{"a.exp", "a.sine"}]


def test_one_op_in_the_place_of_many_comes_from_that_whose_uses_it_took(tmp_path: Path):
    t = "tensor<2x4xf32>"
    head = f"func.func @f(%arg0: {t}) -> {t} {{\n"
    names = ["exp", "sine", "tanh", "abs", "negate", "floor", "ceil", "sqrt", "log", "cosine"]
    chain = "".join(
        f"  %{n} = a.{name} %{n - 1 if n else 'arg0'} : {t}\n" for n, name in enumerate(names)
    )
    file = tmp_path / "f.mlir"
    one = f"{head}  %0 = a.whole %arg0 : {t}\n  return %0 : {t}\n}}\n"
    file.write_text(after("A: a", f"{head}{chain}  return %9 : {t}\n}}\n") + after("B: b", one))
    nodes = read_dump(file).nodes
    (whole,) = (n for n in range(len(nodes)) if nodes.name(n) == "a.whole")
    from_whom = [nodes.name(parent) for parent in nodes.parents(whole)]
    assert from_whom == ["a.cosine", "a.log", "a.sqrt", "a.ceil", "a.floor"]


def test_an_op_takes_the_place_of_that_whose_uses_it_took(tmp_path: Path):
    t = "tensor<2x4xf32>"
    head = f"func.func @f(%arg0: {t}) -> {t} {{\n"
    first = f"""{head}  %0 = a.part %arg0 {{low}} : {t}
  %1 = a.part %0 {{high}} : {t}
  %2 = a.end %1 : {t}
  return %2 : {t}
}}
"""
    # Like the first of both by its text; what uses it used the second.
    second = f"""{head}  %0 = a.part %arg0 {{low, fused}} : {t}
  %1 = a.end %0 : {t}
  return %1 : {t}
}}
"""
    file = tmp_path / "f.mlir"
    file.write_text(after("A: a", first) + after("B: b", second))
    record = read_dump(file)
    parts = [n for n in range(len(record.nodes)) if record.nodes.name(n) == "a.part"]
    assert [record.nodes.parents(n)[0] for n in parts[2:]] == [parts[1]]


def test_a_function_made_of_a_region_comes_from_the_op_that_had_it(tmp_path: Path):
    around = (
        "module {{\n{}  func.func @main(%arg0: f32) -> f32 {{\n{}    return %0 : f32\n  }}\n}}\n"
    )
    region = """    %0 = a.region -> (f32) {
      %1 = a.exp %arg0 : f32
      a.yield %1 : f32
    }
"""
    body = "  func.func private @main_0(%arg0: f32) -> f32 {\n    %1 = a.exp %arg0 : f32\n    a.yield %1 : f32\n  }\n"
    made = around.format(body, "    %0 = b.call @main_0(%arg0) : (f32) -> f32\n")
    file = tmp_path / "f.mlir"
    file.write_text(after("A: a", around.format("", region)) + after("B: b", made))
    record = read_dump(file)
    assert origins(record, "func.func")[0] == {"a.region"}
    assert origins(record, "b.call") == [{"a.region"}]
    assert origins(record, "a.exp") == [set()]


def test_operands_on_lines_that_continue_an_op_count(tmp_path: Path):
    text = "func.func @f() {\n  %0 = a.one : f32\n  %1 = a.two : f32\n  a.many \n    %0<1>, \n    %1<2>\n  return\n}\n"
    program = LineReader().read(text.splitlines())
    assert program.facts[3].operands == ("%0", "%1")


def test_locations_stand_behind_lines_as_what_they_name(tmp_path: Path):
    text = """#map = affine_map<(d0) -> (d0)>
#loc4 = loc("arg"("/tmp/a/m.py":2:5))
module {
  func.func @f(%arg0: i32 loc("arg"(#loc4))) -> i32 {
    %0 = a.one %arg0 {map = #map} : i32 loc(#loc3)
    %1 = a.two %0 : i32 loc(fused[#loc3, "/x/n.py":7:2])
    return %1 : i32 loc(#loc)
  } loc(#loc1)
} loc(#loc)
#loc = loc(unknown)
#loc1 = loc("/tmp/a/m.py":1:1)
#loc3 = loc(callsite("/tmp/a/m.py":3:1 at #loc1))
"""
    file = tmp_path / "m.mlir"
    file.write_text(after("A: a", text))
    record = read_dump(file)
    stage = record.stages[-1]
    assert (
        stage.text
        == """#map = affine_map<(d0) -> (d0)>
module {
  func.func @f(%arg0: i32) -> i32 {
    %0 = a.one %arg0 {map = #map} : i32  // m.py:3:1 at m.py:1:1
    %1 = a.two %0 : i32  // {m.py:3:1 at m.py:1:1, n.py:7:2}
    return %1 : i32
  }  // m.py:1:1
}
"""
    )
    assert (
        subtree(record, stage, 2)
        == """#map = affine_map<(d0) -> (d0)>
module {
  func.func @copied(%arg0: i32) -> (i32) {
    %0 = a.one %arg0 {map = #map} : i32  // m.py:3:1 at m.py:1:1
    return %0 : i32
  }
}
"""
    )


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ('"name"', '"name"'),
        ("unknown", ""),
        ("callsite(unknown at #loc1)", "m.py:3:1"),
        ('fused<"tag">[#loc1, unknown]', "{m.py:3:1}"),
        ('"matmul"(#loc1)', '"matmul" = m.py:3:1'),
        ('"a.py":1:2 to :5', "a.py:1:2"),
    ],
)
def test_locations_of_every_kind_have_words(location: str, words: str):
    assert Locations({"loc1": '"C:\\\\src\\\\m.py":3:1'}).words(location) == words


def test_what_changed_before_a_pass_the_pass_before_it_did(tmp_path: Path):
    before = [("A: a", BEFORE), ("B: b", SIMPLER), ("C: c", SIMPLER)]
    file = tmp_path / "net.mlir"
    file.write_text(
        "".join(after(title, text).replace("After", "Before", 1) for title, text in before)
    )
    record = read_dump(file)
    assert [(run.name, len(run.rewrites)) for run in record.passes] == [("a", 2), ("b", 0)]


def test_what_a_compiler_reports_is_no_program(tmp_path: Path):
    said = (
        "warning: no target\nnet.mlir:3:10: error: failed: %0 = a.b\n  %0 = a.b : i32\n       ^~~\n"
    )
    file = tmp_path / "net.mlir"
    dump = after("CSE Failed: cse", BEFORE.replace("    %1", f"{said}    %1"))
    file.write_bytes((said + dump).replace("\n", "\r\n").encode())
    record = read_dump(file)
    assert [run.name for run in record.passes] == ["cse failed"]
    assert [stage.text.strip() for stage in record.stages] == [BEFORE.strip()]


def test_dumps_may_be_compressed_and_damage_is_told(tmp_path: Path):
    packed = gzip.compress(DUMP.encode())
    file = tmp_path / "net.mlir.gz"
    file.write_bytes(packed)
    assert is_dump(file) and len(read_dump(file).passes) == 5
    file.write_bytes(packed[:-9])
    with pytest.raises(StatusError, match="damaged gzip file") as raised:
        read_dump(file)
    assert raised.value.code is StatusCode.DATA_LOSS


def test_a_tree_of_passes_is_read_in_the_order_of_its_numbers(tmp_path: Path):
    inner = tmp_path / "builtin_module_net" / "func_func_main"
    inner.mkdir(parents=True)
    (inner / "9_10_to-linalg.mlir").write_text(after("ToLinalgPass: to-linalg", ONE_FUNCTION))
    (inner / "9_2_cse.mlir").write_text(after("CSEPass: cse", SIMPLER))
    (inner.parent / "8_verify-input.mlir").write_text(after("VerifyPass: verify-input", BEFORE))
    assert is_dump(tmp_path)
    names = [run.name for run in read_dump(tmp_path).passes]
    assert names == ["verify-input", "cse", "to-linalg @main"]


def test_a_module_inside_that_changes_its_dialect_begins_no_phase(tmp_path: Path):
    inner = "module {\n  func.func @work(%arg0: i32) {\n    a.one %arg0 : i32\n    return\n  }\n}\n"
    lowered = inner.replace("module", "vm.module @own").replace("a.", "vm.")
    whole = "module {{\n  hal.executable @e {{\n{}  }}\n  util.func @main() {{\n    hal.run\n    hal.run\n  }}\n}}\n"

    def outer(text: str) -> str:
        return whole.format("".join(f"    {line}\n" for line in text.splitlines()))

    file = tmp_path / "f.mlir"
    programs = [outer(inner), lowered, outer(lowered)]
    file.write_text("".join(after("A: a", text) for text in programs).replace("After", "Before"))
    record = read_dump(file)
    assert [stage.name for stage in record.stages] == ["hal"]
    assert len(record.stages[0].nodes) == len(LineReader().read(programs[2].splitlines()))


def test_loops_come_from_the_op_whose_body_they_have(tmp_path: Path):
    around = "func.func @f(%arg0: f32) {{\n{}  return\n}}\n"
    inner = "%1 = a.subf %arg0 : f32\n{0}%2 = a.divf %1 : f32\n{0}a.store %2 : f32\n"
    first = "  a.generic {\n    " + inner.format("    ") + "  }\n"
    loops = "  b.for {\n    b.for {\n      " + inner.format("      ") + "    }\n  }\n"
    file = tmp_path / "f.mlir"
    file.write_text(after("A: a", around.format(first)) + after("B: b", around.format(loops)))
    assert origins(read_dump(file), "b.for") == [{"a.generic"}] * 2


def test_memory_is_made_for_what_is_written_there(tmp_path: Path):
    first = """func.func @f(%arg0: i64) -> !x.buffer {
  %0 = stream.async.execute with(%arg0 as %arg1: i64) {
    %2 = a.one %arg1 : i64
    %3 = a.two %2 : i64
    stream.yield %3 : i64
  } => !x.buffer
  return %0 : !x.buffer
}
"""
    second = """func.func @f(%arg0: i64) -> !x.buffer {
  %0 = stream.resource.alloca : !x.buffer
  %1 = stream.cmd.execute with(%arg0 as %arg1: i64, %0 as %arg2: !x.buffer) {
    b.one %arg1, %arg2 : i64
    b.two %arg2 : i64
  } => !x.timepoint
  %2 = stream.resource.dealloca await(%1) => %0 : !x.buffer
  return %0 : !x.buffer
}
"""
    file = tmp_path / "f.mlir"
    file.write_text(after("A: a", first) + after("B: b", second))
    record = read_dump(file)
    assert origins(record, "stream.resource.alloca") == origins(record, "b.one") == [{"a.one"}]
    assert origins(record, "stream.resource.dealloca") == [{"a.one"}]


def test_what_names_a_function_comes_from_what_named_it_before(tmp_path: Path):
    module = "module {{\n  x.executable @e {{\n  }}\n  func.func @f() {{\n{}    return\n  }}\n}}\n"
    first = "    a.wait\n    a.dispatch @e\n    a.wait\n"
    second = (
        "    %0 = b.lookup executable(@e) : i32\n    %1 = b.wait %0 : i32\n    b.run %0 : i32\n"
    )
    file = tmp_path / "f.mlir"
    file.write_text(after("A: a", module.format(first)) + after("B: b", module.format(second)))
    assert origins(read_dump(file), "b.lookup") == [{"a.dispatch"}]


def test_an_export_comes_from_where_its_function_comes_from(tmp_path: Path):
    def region(name: str) -> str:
        return f"    a.region {{\n      a.{name}\n      a.{name}_too\n    }} count() {{\n      a.count\n    }}\n"

    def executable(n: int, name: str) -> str:
        return (
            f"  x.executable @e{n} {{\n    x.executable.export @f{n} {{\n      a.count\n    }}\n"
            f"    func.func @f{n}() {{\n      a.{name}\n      a.{name}_too\n    }}\n  }}\n"
        )

    module = "module {{\n{}  func.func @main() {{\n{}    return\n  }}\n}}\n"
    first = module.format("", region("one") + region("two") + region("three"))
    made = "".join(executable(n, name) for n, name in enumerate(("one", "two", "three")))
    file = tmp_path / "f.mlir"
    file.write_text(after("A: a", first) + after("B: b", module.format(made, "")))
    record = read_dump(file)
    before, now = (
        [n for n in stage.nodes if record.nodes.name(n) in ("a.count", "a.region")]
        for stage in (record.passes[0].after, record.stages[-1])
        if stage is not None
    )
    assert now == before[1::2]
    exports = [
        record.nodes.parents(n)[0]
        for n in record.stages[-1].nodes
        if record.nodes.name(n) == "x.executable.export"
    ]
    assert exports == before[0::2]


def test_what_loads_an_executable_comes_from_that_and_not_from_another_loader(tmp_path: Path):
    own = (
        "  util.initializer {\n    %0 = a.device : i32\n    a.keep %0 : i32\n    util.return\n  }\n"
    )
    loader = "  util.initializer {\n    %0 = b.query : i32\n    %1 = b.create %0, @e : i32\n    b.keep %1 : i32\n    util.return\n  }\n"
    module = "module {{\n  hal.executable @e {{\n    hal.binary\n  }}\n{}}}\n"
    file = tmp_path / "f.mlir"
    file.write_text(after("A: a", module.format(own)) + after("B: b", module.format(own + loader)))
    record = read_dump(file)
    for name in ("b.query", "b.create", "b.keep"):
        assert origins(record, name) == [{"hal.executable"}], name
    (first, made) = origins(record, "util.initializer")
    assert first == set() and "util.initializer" not in made
