"""What views take into a notebook: what they show, deflated; of a long program, a part."""

from __future__ import annotations

import base64
import json
import zlib
from itertools import accumulate
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from ireelite.program import compile_source
from ireelite.records import CompilationRecord
from workbench.model.ir_lines import TableLines
from workbench.model.ir_view import IRView
from workbench.model.lineage import Lineage
from workbench.render.svg_ir import MAX_LINES, draw_ir
from workbench.widgets.view import packed_json

ROOT = Path(__file__).resolve().parents[3]
MEGABYTE = 1_000_000


def chain(ops: int) -> str:
    """A program of that many elementwise ops, one after the other."""
    t, value, body = "tensor<256xf32>", "%a", ""
    for n in range(ops):
        op = ("add", "multiply", "subtract", "maximum")[n % 4]
        body += f"  %v{n} = stablehlo.{op} {value}, %b : {t}\n"
        value = f"%v{n}"
    return f"func.func @main(%a: {t}, %b: {t}) -> {t} {{\n{body}  return {value} : {t}\n}}\n"


@pytest.fixture(scope="module")
def long_record() -> CompilationRecord:
    return compile_source(chain(300), targets=["vmvx", "vulkan-spirv"], record=True).record


@pytest.mark.parametrize(
    ("source", "arguments"),
    [
        (repr(str(ROOT / "notebooks" / "data" / "digits_mlp.pb")), "np.ones((16, 64), np.float32)"),
        (repr(chain(300)), "*[np.ones(256, np.float32)] * 2"),
    ],
    ids=["digits_mlp", "300 ops"],
)
def test_a_saved_notebook_is_small(source: str, arguments: str):
    cells = [
        "import ireelite, workbench, numpy as np",
        f"program = ireelite.compile({source}, record=True)",
        "module = ireelite.load(program, record=True)",
        f"next(iter(module.functions.values()))({arguments})",
        "program",
        "program.record",
        "workbench.PipelineMap(program)",
        "workbench.IRView(program)",
        "workbench.FenceTimeline(module, program)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata = nbformat.from_dict({"kernelspec": {"name": "python3", "display_name": "-"}})
    NotebookClient(notebook, timeout=120, store_widget_state=True).execute()
    assert "widgets" in notebook.metadata
    assert len(nbformat.writes(notebook).encode()) < MEGABYTE


def test_packed_data_comes_back():
    data = {"kind": "ir", "text": "⋯ é </script>", "lines": [[1, "a"], [-2, 3]]}
    assert json.loads(zlib.decompress(base64.b64decode(packed_json(data)))) == data


def test_of_a_long_program_the_lines_around_the_followed_op_are_taken(
    long_record: CompilationRecord,
):
    view = IRView(long_record, focus="hlo/150")
    state = view.state(700)
    lit = view.lit()
    taken = 0
    for pane, shown in zip(view.panes, state["panes"], strict=True):
        lines = shown["text"].split("\n")
        left_out = [int(lines[n].split()[1]) for n in shown["gaps"]]
        kept = [line for n, line in enumerate(lines) if n not in shown["gaps"]]
        taken += len(kept)
        assert len(kept) + sum(left_out) == len(pane.lines)
        assert shown["ops"] == len(pane.nodes)
        if lit[pane.name]:
            assert lit[pane.name].intersection(accumulate(shown["nodes"])), pane.name
        rest = iter(pane.lines.cut([(0, len(pane.lines))]).text.split("\n"))
        assert all(line in rest for line in kept), "lines are kept in order"
    assert taken <= 700


def test_columns_say_where_ops_and_values_stand(long_record: CompilationRecord):
    view = IRView(long_record, focus="hlo/150")
    for most in (None, 700):
        state = view.state(most)
        hlo = next(pane for pane in state["panes"] if pane["name"] == "hlo")
        text, starts = hlo["text"], list(accumulate(hlo["starts"]))
        names = [state["names"][n] for n in hlo["names"]]
        for start, size, head, name in zip(starts, hlo["sizes"], hlo["heads"], names, strict=True):
            word = {"builtin.module": "module", "func.return": "return"}.get(name, name)
            assert text[start + head :].startswith(word)
            assert text[start : start + size].count("stablehlo.") == 1 or "stablehlo" not in name
        shown = sorted(set(hlo["values"]))
        types = {state["types"][hlo["valueTypes"][n]] for n in range(len(shown))}
        assert types == {"tensor<256xf32>"} and len(hlo["valueTypes"]) == len(shown)
        values = zip(accumulate(hlo["valueStarts"]), hlo["valueSizes"], hlo["values"], strict=True)
        for start, size, _ in values:
            assert text[start] == "%" and not text[start + size].isalnum()
    whole = view.state(None, "hlo")
    assert [pane["name"] for pane in whole["panes"]] == ["hlo"]
    assert whole["panes"][0]["gaps"] == []


def test_a_part_of_a_pane_is_what_the_whole_has_there(long_record: CompilationRecord):
    for pane in IRView(long_record, focus="hlo/150").panes:
        count = len(pane.lines)
        whole = pane.lines.cut([(0, count)])
        part = pane.lines.cut([(3, 4), (count // 2, count - 2)])
        assert [int(line.split()[1]) for line in part.text.split("\n") if line.startswith("⋯")] == [
            3,
            count // 2 - 4,
            2,
        ]
        own = {node: n for n, node in enumerate(whole.nodes)}
        for n, node in enumerate(part.nodes):
            there = own[node]
            first = whole.text[whole.starts[there] :].partition("\n")[0]
            assert part.text[part.starts[n] :].partition("\n")[0] == first
            assert part.heads[n] - part.starts[n] == whole.heads[there] - whole.starts[there]
            if "\n" not in whole.text[whole.starts[there] : whole.ends[there]]:
                assert part.ends[n] - part.starts[n] == whole.ends[there] - whole.starts[there]
        values = zip(part.value_starts, part.value_sizes, part.values, strict=True)
        names = {value: part.text[start : start + size] for start, size, value in values}
        for start, size, value in zip(whole.value_starts, whole.value_sizes, whole.values):
            assert names.get(value, name := whole.text[start : start + size]).startswith(name[:2])
        begun = pane.lines.begun_by(set(whole.nodes))
        assert list(begun.items()) == [
            (line.serial, n) for n, line in enumerate(pane.lines) if line.serial >= 0
        ]


def test_the_first_frame_of_a_long_program_looks_at_the_lines_it_shows(
    long_record: CompilationRecord, monkeypatch: pytest.MonkeyPatch
):
    looked: list[int] = []
    words = TableLines._words
    monkeypatch.setattr(
        TableLines, "_words", lambda lines, n: (looked.append(n), words(lines, n))[1]
    )
    view = IRView(long_record, focus="hlo/150")
    shown = view.state(700)["panes"]
    draw_ir(view)
    of_tables = [pane for pane in shown if pane["kind"] != "stage"]
    lines = sum(pane["text"].count("\n") + 1 for pane in of_tables)
    drawn = 2 * MAX_LINES * len(of_tables)  # each is looked at for the indent, and to draw it
    assert 0 < len(looked) <= lines + drawn


def test_a_short_program_is_taken_whole(compilation: CompilationRecord):
    view = IRView(compilation)
    state = view.state()
    assert state == view.state(None)
    texts = [pane["text"].count("\n") + 1 for pane in state["panes"]]
    assert texts == [len(pane.lines) for pane in view.panes]


def test_the_graph_between_shown_ops_lights_what_the_whole_graph_lights(
    long_record: CompilationRecord,
):
    lineage = Lineage(long_record)
    shown = list(range(0, len(long_record.nodes), 7))
    graph = lineage.graph(shown)
    assert set(shown) <= set(graph["serials"])
    assert len(graph["serials"]) <= len(long_record.nodes)
    parents = dict(zip(graph["serials"], graph["parents"], strict=True))

    def ancestors(serial: int) -> set[int]:
        reached: set[int] = set()
        waiting = [serial]
        while waiting:
            for parent in parents[waiting.pop()]:
                if parent not in reached:
                    reached.add(parent)
                    waiting.append(parent)
        return reached

    for serial in shown[::13]:
        assert ancestors(serial) & set(shown) == lineage.ancestors([serial]) & set(shown)


def test_a_character_is_one_unit_of_a_script_too():
    record = CompilationRecord("names.mlir")
    text = 'module {\n  a.b "🦊"\n  c.d\n}\n'
    stage = record.add_stage("hlo", text, [record.nodes.add(n) for n in ("m", "a.b", "c.d")])
    for number, word in enumerate(("module", "a.b", "c.d")):
        at = text.index(word)
        stage.op_spans.add(at, len(text) - 1 if not number else at + len(word), number)
        stage.name_starts.values.append(at)
    (pane,) = IRView(record).state()["panes"]
    units = pane["text"].encode("utf-16-le")
    place = 2 * sum(pane["starts"])
    assert units[place : place + 6].decode("utf-16-le") == "c.d"
