"""What views take into a notebook: what they show, deflated; of a long program, a part."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from ireelite.program import compile_source
from ireelite.records import CompilationRecord
from workbench.model.ir_view import LEFT_OUT, IRView
from workbench.model.lineage import Lineage
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
    assert sum(line[0] != LEFT_OUT for pane in state["panes"] for line in pane["lines"]) <= 700
    lit = view.lit()
    for pane, shown in zip(view.panes, state["panes"], strict=True):
        taken = [line for line in shown["lines"] if line[0] != LEFT_OUT]
        left_out = sum(int(line[1]) for line in shown["lines"] if line[0] == LEFT_OUT)
        assert len(taken) + left_out == len(pane.lines)
        assert shown["ops"] == len(pane.nodes)
        if lit[pane.name]:
            assert {line[0] for line in taken} & lit[pane.name], pane.name
        rest = iter(line.text for line in pane.lines)
        for line in taken:
            assert "".join(line[1::4]) in rest, "lines are kept in order"


def test_a_short_program_is_taken_whole(compilation: CompilationRecord):
    view = IRView(compilation)
    state = view.state()
    assert state == view.state(None)
    assert [len(p["lines"]) for p in state["panes"]] == [len(p.lines) for p in view.panes]


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
