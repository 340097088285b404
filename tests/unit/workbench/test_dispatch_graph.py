"""The dispatch graph: boxes, what flows between them, why; in Graphviz's language and back."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import ireelite
import workbench
from ireelite.records import CompilationRecord
from ireelite.status import StatusError
from workbench.model.box_graph import BoxGroup, GraphEdge, GraphNode
from workbench.model.dispatch_graph import DispatchGraph, with_short_edges
from workbench.model.stage_graph import StageGraph, bytes_of, shape_of, size_text
from workbench.render.svg_dispatch import draw_dispatches, place_group
from workbench.render.text_structures import dispatch_text


@pytest.fixture(scope="module")
def graph(loop_record: CompilationRecord) -> DispatchGraph:
    return DispatchGraph(loop_record)


def test_every_region_is_a_box_with_its_entry_point(
    graph: DispatchGraph, loop_record: CompilationRecord
):
    regions = [
        s for s in loop_record.stage("dispatch").nodes if "region" in loop_record.nodes.name(s)
    ]
    assert [node.serials[0] for node in graph.regions()] == regions
    points = [node.entry_point for node in graph.regions()]
    assert all("_rgn_dispatch_" in point for point in points)
    assert points[-2] == points[-3] and len(set(points)) == len(points) - 1, "equal dispatches"
    product = next(node for node in graph.regions() if "tanh" in node.title)
    assert product.title == "dot_general+tanh"
    assert "matmul" in product.ops[0] and "tanh" in product.ops[0] and product.hidden > 0
    assert "scf.parallel" in product.text and product.entry_point in product.text
    assert any("together" in reason for node in graph.regions() for reason in node.reasons)


def test_reasons_name_the_ops_that_are_made_of_one_node():
    source = Path(__file__).parents[3] / "notebooks" / "data" / "digits_mlp.pb"
    program = ireelite.compile(source, targets=["vmvx"], record=True, progress=False)
    reasons = DispatchGraph(program.record).regions()[-1].reasons
    assert (
        "math.exp and arith.divf of tf.Softmax: together, one invocation computes a row of both "
        "(640 B not moved)"
    ) in reasons
    assert any(reason.startswith("tf.Softmax and tf.ArgMax: together") for reason in reasons)


def test_a_loop_is_a_box_around_its_dispatches(graph: DispatchGraph):
    (function,) = graph.group.nodes
    assert function.inner is not None
    loop = next(node for node in function.inner.nodes if node.kind == "block")
    assert loop.title == "scf.while" and loop.inner is not None
    assert any(node.kind == "region" for node in loop.inner.nodes)
    into = [edge for edge in function.inner.edges if function.inner.nodes[edge.target] is loop]
    assert into


def test_edges_say_what_flows_and_why_two_dispatches_are_apart(graph: DispatchGraph):
    (function,) = graph.group.nodes
    assert function.inner is not None
    last = [edge for edge in function.inner.edges if edge.reasons]
    assert [edge.lines for edge in last] == [["8x16xf32 · 512 B"]] * 2
    assert "apart" in last[0].reasons[0] and "operations repeated" in last[0].reasons[0]


def test_an_input_with_many_users_and_a_far_value_have_boxes_beside_their_users():
    nodes = [GraphNode("input", "%w", 1), *(GraphNode("region", f"r{n}", n + 2) for n in range(60))]
    edges = [GraphEdge(0, n, ["w"]) for n in range(1, 61)]
    edges += [GraphEdge(n, n + 1, ["x"]) for n in range(1, 60)] + [GraphEdge(1, 60, ["far"])]
    group = with_short_edges(BoxGroup(nodes, edges))
    assert len(group.nodes) == 60 + 60 + 1 and len(group.edges) == len(edges)
    for edge in group.edges:
        source, target = group.nodes[edge.source], group.nodes[edge.target]
        assert target.kind == "region" and edge.target - edge.source <= 3
        assert source.kind == "region" or source.title in ("%w", "from r0")
    layout = place_group(group).layout
    assert layout.width < 500, "no edge runs beside the others"


def test_operands_and_arguments_are_found_in_the_text(loop_record: CompilationRecord):
    stages = StageGraph(loop_record, loop_record.stage("dispatch"))
    for op in stages.ops:
        if op.name == "iree.dispatch_region":
            assert [argument for argument, _ in op.captured] == op.arguments
            types = [(stages.type_of(a), stages.type_of(v)) for a, v in op.captured]
            assert all(one == other and one.startswith("tensor<") for one, other in types)
    compare = next(op for op in stages.ops if op.name == "arith.cmpi")
    assert stages.type_of(compare.results[0]) == "i1"
    assert [stages.value_names[v] for v in compare.operands] != []


def test_sizes_of_types():
    assert shape_of("tensor<2x?xf32>") == (2, None) and shape_of("index") is None
    assert bytes_of("memref<3x5xi8>") == 15 and bytes_of("tensor<i1>") == 1
    assert bytes_of("tensor<4xcomplex<f32>>") == 32 and bytes_of("tensor<?xf32>") is None
    assert bytes_of("memref<2x3xbf16, strided<[1, 2]>>") == 12 and bytes_of("f64") == 8
    assert [size_text(n) for n in (0, 1023, 1536, 5 << 20, None)] == [
        "0 B", "1023 B", "1.5 KB", "5 MB", "",
    ]  # fmt: skip


def test_the_drawing_has_every_box_once_and_is_the_same_each_time(graph: DispatchGraph):
    svg = draw_dispatches(graph).document(graph.label)
    assert svg == draw_dispatches(graph).document(graph.label)
    root = ET.fromstring(svg)
    drawn = [int(n) for node in root.iter() if (n := node.get("data-node")) is not None]
    boxes = [node.number for node in graph.nodes if node.inner is None]
    assert sorted(drawn) == sorted(boxes)
    assert "8x16xf32 · 512 B" in "".join(root.itertext())
    text = dispatch_text(graph)
    assert "<- scf.while: 8x16xf32 · 512 B" in text and "apart, " in text


def test_the_view_has_every_form(loop_record: CompilationRecord):
    view = workbench.DispatchGraph(loop_record)
    assert json.loads(view.to_json())["kind"] == "dispatches"
    assert view.to_svg().startswith("<svg") and view.to_text() in view.still()["text/plain"]
    assert len(view._esm.encode()) < 60_000
    assert "default-src 'none'" in view.to_html()
    assert view.shared is workbench.IRView(loop_record).shared


def test_a_record_of_an_earlier_stage_is_refused():
    record = CompilationRecord("early")
    record.add_stage("hlo", "module {\n}\n")
    with pytest.raises(StatusError, match="no stage 'dispatch', it has hlo"):
        workbench.DispatchGraph(record)


def test_dot_is_written_and_read(
    loop_record: CompilationRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    view = workbench.DispatchGraph(loop_record)
    assert view.to_dot().count("subgraph cluster_") == 2
    if shutil.which("dot") is not None:
        _reads_what_it_wrote(view, tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StatusError, match=r"UNAVAILABLE; .* install graphviz"):
        workbench.DispatchGraph.from_dot(view.to_dot())


def _reads_what_it_wrote(view: workbench.DispatchGraph, tmp_path: Path) -> None:
    file = tmp_path / "graph.dot"
    file.write_text(view.to_dot())
    again = workbench.DispatchGraph.from_dot(file)
    boxes = [node for node in view.model.nodes if node.inner is None]
    assert len(again.model.nodes) == len(boxes)
    assert sorted(node.title for node in again.model.nodes) == sorted(node.title for node in boxes)
    assert again.to_svg() == workbench.DispatchGraph.from_dot(file).to_svg()
    records = 'digraph { a [shape=record label="{x|y\\nz}"]; a -> b [label=e] }'
    read = workbench.DispatchGraph.from_dot(records).model
    assert [(node.title, node.ops) for node in read.nodes] == [("x", ["y", "z"]), ("b", [])]
    with pytest.raises(StatusError, match="no DOT text"):
        workbench.DispatchGraph.from_dot("digraph {a->")
    with pytest.raises(StatusError, match="failed to open file"):
        workbench.DispatchGraph.from_dot(tmp_path / "none.dot")
