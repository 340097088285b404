"""The workbench of anything: which views apply, what is left out and why, pages, and the tool."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ireelite
import workbench
from ireelite.status import StatusCode, StatusError
from workbench import material
from workbench.material import Material, array_of_text, gather, made_up, read
from workbench.tool import main
from workbench.widgets.layout import ROWS

SOURCE = """func.func @main(%x: tensor<4xf32>, %n: tensor<i32>) -> tensor<4xf32> {
  %y = stablehlo.add %x, %x : tensor<4xf32>
  return %y : tensor<4xf32>
}
"""
OPEN = SOURCE.replace("4xf32", "?xf32")
ALL = ["pipeline", "IR", "rewrites", "stages", "dispatches", "executables", "memory"]
ALL += ["run", "values", "debugger", "modules"]


@pytest.fixture(scope="module")
def bench() -> workbench.Workbench:
    return workbench.open(SOURCE)


def test_a_program_has_all_views_and_one_selection(bench: workbench.Workbench):
    assert [name for name in bench.views if name in ALL] == ALL and bench.left_out == {}
    assert {id(view.shared) for view in bench.views.values()} == {id(bench.shared)}
    assert repr(bench).startswith("<Workbench of <memory>.mlir: pipeline, IR, ")
    text = bench.to_text()
    assert all(f"== {name}\n" in text for name in ALL)
    assert set(json.loads(bench.to_json())) == set(bench.views)
    assert bench.to_svg().count("<svg") == 1 + len(bench.views)
    assert set(bench.still()) == {"text/html", "text/plain"}
    assert bench.still()["text/html"].count("<h4>") == len(bench.views)
    assert bench["run"] is bench.views["run"]
    with pytest.raises(StatusError, match=r"this workbench has no view 'runn'; .*'run'"):
        bench["runn"]
    live = bench.live()
    assert live.children[0] is bench["pipeline"]
    assert list(live.children[1].titles) == [name for name in bench.views if name != "pipeline"]


def test_a_view_is_made_when_its_tab_is_chosen(monkeypatch: pytest.MonkeyPatch):
    bench = workbench.open(SOURCE)
    tabs = bench.live().children[1]
    assert list(bench._made) == ["pipeline", "IR"]
    assert tabs.children[0].children == (bench["IR"],)
    place = list(tabs.titles).index("memory")
    assert "“memory” is made now" in tabs.children[place].children[0].value
    tabs.selected_index = place
    assert list(bench._made) == ["pipeline", "IR", "memory"]
    assert tabs.children[place].children == (bench["memory"],)

    failure: BaseException = StatusError(StatusCode.DATA_LOSS, "the last page is missing")

    def fail(_: Any, __: Any) -> Any:
        raise failure

    working = bench._rows["stages"]
    monkeypatch.setitem(bench._rows, "stages", replace(working, make=fail))
    place = list(tabs.titles).index("stages")
    tabs.selected_index = place
    (told,) = tabs.children[place].children
    assert "DATA_LOSS; the last page is missing" in told.value
    failure = KeyboardInterrupt()
    tabs.selected_index = 0
    tabs.selected_index = place
    told, again = tabs.children[place].children
    assert "was interrupted" in told.value
    monkeypatch.setitem(bench._rows, "stages", working)
    again.click()
    assert tabs.children[place].children == (bench["stages"],)


def test_an_export_leaves_out_what_cannot_be_made(monkeypatch: pytest.MonkeyPatch):
    bench = workbench.Workbench(ireelite.compile(SOURCE, targets=["vmvx"], record=True))

    def fail(_: Any, __: Any) -> Any:
        raise StatusError(StatusCode.DATA_LOSS, "the last page is missing")

    monkeypatch.setitem(bench._rows, "stages", replace(bench._rows["stages"], make=fail))
    assert "left out stages: DATA_LOSS; the last page is missing" in bench.to_html()
    assert "stages" not in bench.names
    with pytest.raises(StatusError, match="no view 'stages': DATA_LOSS; the last page"):
        bench["stages"]


def test_its_page_is_whole_and_small(bench: workbench.Workbench):
    html = bench.to_html("one & all")
    assert "<title>one &amp; all</title>" in html and "default-src 'none'" in html
    assert not re.search(r"(src|href)=\"(?!data:)", html)
    tabs = re.findall(r'role="tab" [^>]*>([^<]*)</button>', html)
    assert tabs == [name for name in bench.views if name != "pipeline"]
    assert len(html) < 1_000_000
    assert html == bench.to_html("one & all")


def test_each_source_has_the_views_that_apply(tmp_path: Path):
    program = ireelite.compile(SOURCE, targets=["vmvx"], record=True)
    module = ireelite.load(program, record=True)
    module.main(np.ones(4, np.float32), np.int32(0))
    only = workbench.Workbench(program.record)
    assert "run" not in only.views and "IR" in only.views and "modules" not in only.views
    assert list(workbench.Workbench(module.record).views) == ["run"]
    both = workbench.Workbench(program, module)
    assert "run" in both.views and "debugger" not in both.views
    assert list(workbench.Workbench(module.main.debug(np.ones(4, np.float32), 0)).views) == [
        "debugger"
    ]
    file, record, run = (tmp_path / name for name in ("m.vmfb", "m.record", "run.json"))
    file.write_bytes(program.data)
    program.record.save(record)
    module.record.save(run)
    assert list(workbench.open(file).views) == ["run", "debugger", "modules"]
    assert list(workbench.open(file, run=False).views) == ["modules"]
    assert "IR" in workbench.open(str(record)).views
    assert list(workbench.open(run).views) == ["run"]
    assert list(workbench.open(program.data, run=False).views) == ["modules"]


def test_a_dump_of_another_compiler_is_read(tmp_path: Path):
    dump = tmp_path / "dump.mlir"
    heading = "// -----// IR Dump After {} //----- //\n"
    module = (
        "module {{\n  func.func @f(%arg0: f32) -> f32 {{\n    {}\n    return %0 : f32\n  }}\n}}\n\n"
    )
    before, after = "%0 = other.op %arg0 : f32", "%0 = another.op %arg0 : f32"
    dump.write_text(
        heading.format("First (first)") + module.format(before)
        + heading.format("Second (second)") + module.format(after)
    )  # fmt: skip
    bench = workbench.open(dump)
    assert {"pipeline", "IR", "rewrites"} <= set(bench.views) and bench.title == "dump.mlir"
    assert "another.op" in bench["IR"].to_json() + bench["IR"].to_text()
    assert "memory" in bench.left_out


def test_what_cannot_be_had_is_named():
    bench = workbench.open(OPEN)
    assert (
        "argument input0 of `main` is tensor<?xf32>, whose size is not known"
        in (bench.left_out["run"])
    )
    assert "== run: left out: argument" in bench.to_text()
    assert "left out run: argument input0" in bench.to_html()
    given = workbench.open(OPEN, [np.ones(3, np.float32), np.int32(0)])
    assert given.left_out == {} and "run" in given.views
    with pytest.raises(StatusError, match=r"a workbench shows programs, .*, not int"):
        workbench.Workbench(3)
    with pytest.raises(StatusError, match=r"failed to open file 'no\.pb'"):
        workbench.open("no.pb")
    with pytest.raises(StatusError, match="no view applies to this"):
        workbench.Workbench(Material())


@pytest.mark.parametrize(
    "source",
    [
        "func.func @f() { return }",
        "func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> { return %x : tensor<4xf32> }",
        "func.func @f(%n: i32) -> i32 { %0 = arith.addi %n, %n : i32 return %0 : i32 }",
        "module {\n}",
    ],
)
def test_programs_without_work_for_a_device_have_the_other_views(source: str):
    bench = workbench.open(source)
    shown = bench.to_text()
    assert {"pipeline", "IR", "dispatches", "modules"} <= set(bench.names)
    assert "== executables: left out: FAILED_PRECONDITION; this program has no kernels" in shown
    assert "== memory: left out: FAILED_PRECONDITION; this program has no buffers" in shown
    assert "left out executables" in bench.to_html() and len(bench.to_svg()) > 1000
    module = ireelite.load(ireelite.compile(source), record=True)
    empty = workbench.FenceTimeline(module.record)
    assert "invoke module.__init" in empty.to_text() or "nothing is recorded yet" in empty.to_text()


def test_a_call_with_arguments_that_are_made_up_ends(monkeypatch: pytest.MonkeyPatch):
    source = """func.func @main(%n: i32) -> i32 {
      %zero = arith.constant 0 : i32
      %last = scf.while (%i = %n) : (i32) -> i32 {
        %more = arith.cmpi eq, %i, %zero : i32
        scf.condition(%more) %i : i32
      } do {
      ^bb0(%i: i32):
        %twice = arith.addi %i, %i : i32
        scf.yield %twice : i32
      }
      return %last : i32
    }"""
    monkeypatch.setattr(material, "MAX_SECONDS", 0.3)
    bench = workbench.open(source)
    why = bench.left_out["run"]
    assert why.startswith("DEADLINE_EXCEEDED; ") and why.endswith("give inputs to see a run")
    assert "values" not in bench.names and "== run: left out: DEADLINE" in bench.to_text()
    assert "run" in workbench.open(source, [7]).names


def test_a_module_whose_imports_are_not_there_is_shown(tmp_path: Path):
    source = """module @user {
      func.func private @other.twice(%x: i32) -> i32
      func.func @main(%x: i32) -> i32 {
        %0 = call @other.twice(%x) : (i32) -> i32
        return %0 : i32
      }
    }"""
    path = ireelite.compile(source, execution_model="host-only").save(tmp_path / "user.vmfb")
    bench = workbench.open(path)
    assert bench.names == ["modules"] and "required module 'other'" in bench.left_out["run"]
    assert "imports other.twice  not resolved" in bench.to_text()
    with pytest.raises(StatusError, match="no driver 'gpu' registered"):
        workbench.open(path, device="gpu")
    with pytest.raises(StatusError, match="no function `nope` exported"):
        workbench.open(SOURCE, function="nope")


def test_rows_name_parts_of_the_material():
    known = Material(others={"dump": 1})
    assert known.has("dump") and not known.has("program") and not known.has("nothing")
    names = set(Material.__dataclass_fields__)
    assert all(set(row.needs) <= names | {"dump"} for row in ROWS)
    assert gather().title == "workbench"


def test_arguments_are_made_up_and_read_from_texts(tmp_path: Path):
    module = ireelite.load(ireelite.compile(SOURCE, targets=["vmvx"]))
    x, n = made_up(module.main)
    assert x.tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1]) and n.shape == () and n == 0
    assert array_of_text("2x2xi32=1 2 3 4").tolist() == [[1, 2], [3, 4]]
    assert array_of_text("-7") == -7
    np.save(tmp_path / "x.npy", np.eye(2))
    assert array_of_text(f"@{tmp_path / 'x.npy'}").tolist() == [[1, 0], [0, 1]]
    with pytest.raises(StatusError, match=r"failed to open file 'no\.npy'"):
        array_of_text("@no.npy")
    assert read(SOURCE, run=False).module is None


def test_the_tool_is_installed(repository: Path):
    import tomllib

    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    assert project["scripts"]["ireelite-workbench"] == "workbench.tool:main"
    assert "`ireelite-workbench " in (repository / "README.md").read_text()


def test_the_tool_writes_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    source, page = tmp_path / "m.mlir", tmp_path / "report.html"
    source.write_text(OPEN)
    flags = ["--input=3xf32=1 2 3", "--input=i32=0", "--function=main", f"--output={page}"]
    assert main([str(source), *flags]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"wrote {page} (0.") and "pipeline, IR, " in out and err == ""
    assert "<title>m.mlir</title>" in page.read_text()
    assert main([str(source), "--no-run", "--text"]) == 0
    assert "== pipeline\n" in capsys.readouterr().out
    assert main([str(source), "-o", str(tmp_path / "none" / "x.html"), "--no-run"]) == 1
    assert "ireelite-workbench: NOT_FOUND; can't write " in capsys.readouterr().err
    assert main(["nothing.mlir"]) == 1
    assert "failed to open file 'nothing.mlir'" in capsys.readouterr().err
    source.write_text("func.func @f( {")
    assert main([str(source)]) == 1
    assert "m.mlir:1:" in capsys.readouterr().err
    for flags in (["--help"], []):
        with pytest.raises(SystemExit):
            main(flags)
    out, err = capsys.readouterr()
    assert "--input VALUE" in out and "the following arguments are required: source" in err
