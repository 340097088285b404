"""The shared selection: its fields, the ops it fills in from a record, its graph on a page."""

from __future__ import annotations

import base64
import json
import zlib
from random import Random
from typing import Any

import pytest

import workbench
from ireelite.records import CompilationRecord, ExecutionRecord
from ireelite.records.columns import Strings, unpack_ints
from ireelite.records.nodes import Nodes, Places
from workbench.model.lineage import Lineage
from workbench.model.selected_edges import SelectedEdges
from workbench.model.selection import KINDS, NOTHING, Selection, with_runs, without_runs
from workbench.render.assets import script
from workbench.widgets.view import page


@pytest.fixture
def selection(compilation: CompilationRecord) -> Selection:
    return Selection(record=compilation)


def named(record: CompilationRecord, ops: frozenset[int]) -> list[str]:
    return [record.nodes.name(serial) for serial in sorted(ops)]


def test_a_selection_begins_empty_and_knows_its_kind(selection: Selection):
    assert selection.state == NOTHING
    assert set(KINDS) < set(NOTHING)
    for given, kind in [
        ({"ops": [3]}, "op"),
        ({"ops": [3], "stage": "hlo"}, "op"),
        ({"event": 0, "run": "r", "ops": [3]}, "slice"),
        ({"buffer": "b1", "run": "r"}, "buffer"),
        ({"stage": "hlo"}, "stage"),
        ({}, None),
    ]:
        selection.select(**given)
        assert selection.get("kind") == kind
        assert {field: selection.get(field) for field in given} == given


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"value": {"stage": "hlo", "number": 2, "name": "%0"}}, ["stablehlo.multiply"]),
        ({"value": {"stage": "hlo", "number": 0, "name": "%arg0"}}, ["func.func"]),
        ({"instruction": {"table": "spirv:simple_mul_ex_dispatch_0/SPIRV", "address": [13]}},
         ["OpFMul"]),
        ({"address": {"module": "module", "function": 0, "pc": 12}}, ["call"]),
        ({"value": {"stage": "none", "number": 0, "name": "%0"}}, []),
        ({"instruction": {"table": "spirv:other", "address": [13]}}, []),
    ],
)  # fmt: skip
def test_ops_are_filled_from_the_record(
    selection: Selection, given: dict[str, Any], expected: list[str]
):
    selection.select(**given)
    record = selection.record
    assert record is not None
    assert named(record, selection.ops) == expected
    (field,) = given
    assert selection.get(field) == given[field]


def test_a_dispatch_has_the_ops_of_its_kernel(selection: Selection, compilation: CompilationRecord):
    selection.select(dispatch="simple_mul_rgn_dispatch_0")
    assert {"arith.mulf", "spirv.FMul", "OpFMul"} <= set(named(compilation, selection.ops))


def test_what_a_script_selects_without_ops_is_filled_too(
    selection: Selection, compilation: CompilationRecord
):
    view = workbench.IRView(compilation, selection=selection)
    address = {"module": "module", "function": 0, "pc": 0}
    view.selection = {**NOTHING, "seq": 50, "kind": "address", "address": address}
    assert named(compilation, selection.ops) == ["call"]
    assert view.selection == selection.state
    assert selection.get("seq") > 50


def test_a_page_has_one_graph_a_program(compilation: CompilationRecord, execution: ExecutionRecord):
    some = workbench.IRView(compilation, stages=["tf", "hlo"])
    rest = workbench.IRView(compilation, stages=["kernels", "vm"])
    alone = workbench.FenceTimeline(execution)
    html = page(some, alone, rest)
    views = [some, rest]
    serials = set().union(*(view.data["graph"]["serials"] for view in views))
    graph = Lineage(compilation).graph(serials)
    assert str(graph["serials"]).replace(" ", "") in html
    assert html.count('"graph":{') == 1


def test_every_script_is_one_module():
    for kind in ("ir", "pipeline", "timeline", "tensor"):
        assert "export const" not in script(kind)
        assert "import " not in script(kind).split("*/")[-1]


def test_what_a_view_does_not_show_is_joined_to_what_it_shows(
    selection: Selection, compilation: CompilationRecord, monkeypatch: pytest.MonkeyPatch
):
    view = workbench.IRView(compilation, stages=["tf", "kernels"], selection=selection)
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(view, "send", sent.append)
    chosen = compilation.serial("hlo/2")
    selection.select([chosen])
    (edges,) = [message["edges"] for message in sent]
    own = view.data["graph"]
    shown = set(own["serials"])
    graph = joined(compilation, own, edges)
    assert graph.ancestors([chosen]) & shown == compilation.ancestors(chosen) & shown != set()
    assert graph.descendants([chosen]) & shown == compilation.descendants(chosen) & shown != set()
    assert graph.ancestors([chosen]) <= compilation.ancestors(chosen)
    assert graph.descendants([chosen]) <= compilation.descendants(chosen)
    selection.select([chosen])
    selection.select([compilation.serial("tf/4")])
    assert len(sent) == 1


def joined(record: CompilationRecord, own: dict[str, Any], sent: list[Any]) -> Nodes:
    """Returns the graph of a view's script: its own edges and those that were sent."""
    graph = Nodes(strings := Strings(), Places(strings))
    for serial in range(len(record.nodes)):
        graph.add(str(serial))
    for child, parents in zip(own["serials"], own["parents"], strict=True):
        for parent in parents:
            graph.add_parent(child, parent)
    for part in sent:
        columns = [
            unpack_ints(base64.b64decode(packed), count)
            for count, packed in (part["children"], part["parents"])
        ]
        for child, parent in zip(*columns, strict=True):
            graph.add_parent(child, parent)
    return graph


def test_any_selection_is_joined_to_what_any_view_shows():
    """Random graphs: what a script finds is what the whole record has of it."""
    random = Random(1)
    for _ in range(60):
        record = CompilationRecord("random")
        size = random.randrange(2, 60)
        for serial in range(size):
            several = min(serial, random.choice([0, 1, 1, 1, 2, 3]))
            record.nodes.add("op", random.sample(range(serial), several))
        shown = sorted(random.sample(range(size), random.randrange(1, size)))
        own, edges = Lineage(record).graph(shown), SelectedEdges(record.nodes)
        known, sent = edges.mask(own["serials"]), []
        for _ in range(3):
            chosen = edges.select(random.sample(range(size), random.randrange(1, size)))
            sent += [edges.between(), edges.around(known)]
            known[chosen] = True
            graph = joined(record, own, sent)
            for few in ([int(chosen[0])], chosen.tolist()):
                seen = set(shown) | set(chosen.tolist())
                for whole, found in (
                    (record.nodes.ancestors(few), graph.ancestors(few)),
                    (record.nodes.descendants(few), graph.descendants(few)),
                ):
                    assert found & seen == whole & seen and found <= whole


def test_a_selection_of_many_ops_crosses_as_runs(compilation: CompilationRecord):
    ops = [*range(10, 90), 5, 200, 202]
    sent = with_runs({"seq": 3, "ops": ops})
    assert sent == {"seq": 3, "ops": {"runs": [5, 1, 10, 80, 200, 1, 202, 1]}}
    assert without_runs(sent) == {"seq": 3, "ops": sorted(ops)}
    few = {"seq": 4, "ops": [9, 3]}
    assert with_runs(few) == without_runs(few) == few
    view = workbench.IRView(compilation, selection=Selection())
    count = len(compilation.nodes)
    view.set_state({"selection": {**NOTHING, "seq": 9, "ops": {"runs": [0, count]}}})
    assert count > 64 and view.shared.ops == set(range(count))
    assert "runs" in view.get_state("selection")["selection"]["ops"]


def test_a_part_of_a_pane_is_completed_by_the_kernel(
    compilation: CompilationRecord, monkeypatch: pytest.MonkeyPatch
):
    view = workbench.IRView(compilation, selection=Selection())
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(view, "send", sent.append)
    view._answer(view, {"pane": "vm"}, [])
    (pane,) = json.loads(zlib.decompress(base64.b64decode(sent[0]["packed"])))["panes"]
    assert pane["text"].split("\n")[0] == "module {" and pane["gaps"] == []
