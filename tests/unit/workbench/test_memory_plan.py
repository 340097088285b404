"""The plan of memory: what is where and when, what keeps it alive, and how small it could be."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from copy import copy
from dataclasses import replace
from itertools import combinations

import pytest

import workbench
from ireelite.records import CompilationRecord
from ireelite.status import StatusError
from workbench.model.memory_plan import FunctionPlan, MemoryPlan
from workbench.render.svg_memory import draw_memory
from workbench.render.text_structures import memory_text


@pytest.fixture(scope="module")
def model(loop_record: CompilationRecord) -> MemoryPlan:
    return MemoryPlan(loop_record)


@pytest.fixture(scope="module")
def plan(model: MemoryPlan) -> FunctionPlan:
    (plan,) = model.functions
    return plan


def test_buffers_that_share_bytes_are_apart_in_time(plan: FunctionPlan):
    assert len(plan.transients) >= 4
    for one, other in combinations(plan.transients, 2):
        assert one.offset is not None and other.offset is not None
        same_bytes = one.offset < other.end and other.offset < one.end
        same_time = one.first <= other.last and other.first <= one.last
        assert not (same_bytes and same_time)
        assert (other.name in one.sharing) == same_bytes
    assert any(buffer.sharing for buffer in plan.transients)


def test_the_lower_bound_is_the_peak_of_what_is_in_use(plan: FunctionPlan):
    used = [plan.used(level) for level in range(plan.levels)]
    assert max(used) == plan.lower_bound <= plan.arena <= plan.without_sharing
    assert all(buffer.end <= plan.arena for buffer in plan.transients)


def test_what_keeps_a_buffer_alive_uses_it_in_its_last_level(model: MemoryPlan, plan: FunctionPlan):
    graph = model.graph
    position = {op.serial: op for op in graph.ops}
    dispatches = 0
    for buffer in plan.buffers:
        assert buffer.keepers and buffer.begins[0].first == buffer.first
        assert all(keeper.last <= buffer.last for keeper in buffer.keepers)
        value = position[buffer.serials[-1]].results[0]
        for keeper in (keeper for keeper in buffer.keepers if keeper.entry_point):
            lowered = [n for n in model.record.nodes.children(keeper.serial) if n in position]
            own = [op for n in lowered if (op := position[n]).name.endswith("dispatch")]
            text = graph.text_of(own[0].position)
            named = own[0].operands
            # A loop returns one of the buffers that it was given, under another name.
            of_loops = [v for v in named if "scf." in graph.ops[graph.definers[v]].name]
            assert value in named or of_loops
            assert keeper.entry_point in text
            dispatches += 1
    assert dispatches >= 3


def test_results_live_to_the_end_and_what_the_host_reads_is_no_part_of_the_arena(
    plan: FunctionPlan,
):
    reasons = {buffer.reason for buffer in plan.own}
    assert reasons == {"the function returns it", "the host reads it"}
    result = next(buffer for buffer in plan.own if "returns" in buffer.reason)
    assert result.last == plan.levels - 1 and result.type == "memref<8x16xf32>"
    assert [name for name, _ in plan.arguments] == ["%n", "%x", "%w"]


def test_a_loop_spans_the_levels_in_it(plan: FunctionPlan):
    loop = next(work for work in plan.work if work.name == "scf.while")
    inside = [work for work in plan.work if loop.first <= work.first and work.last <= loop.last]
    assert any(work.entry_point for work in inside) and loop.first < loop.last


def test_text_and_drawing_have_every_buffer_and_level(model: MemoryPlan, plan: FunctionPlan):
    text = memory_text(model)
    root = ET.fromstring(draw_memory(model).document(model.label))
    bars = [node.get("data-buffer") for node in root.iter() if node.get("data-buffer") is not None]
    levels = [node for node in root.iter() if node.get("data-level") is not None]
    assert sorted(map(int, bars)) == list(range(len(plan.buffers)))
    assert len(levels) == plan.levels == text.count("\n  level ")
    assert all(f"  {buffer.name} " in text for buffer in plan.buffers)


def test_few_levels_fit_in_a_narrow_page(model: MemoryPlan, plan: FunctionPlan):
    few = copy(model)
    few.functions = [replace(plan, levels=4, work=plan.work[:1], buffers=[])]
    assert draw_memory(few).width <= 720


def test_the_view_has_every_form(loop_record: CompilationRecord):
    view = workbench.MemoryPlan(loop_record)
    state = json.loads(view.to_json())
    assert state["kind"] == "memory" and state["functions"][0]["buffers"]
    assert view.to_svg() == workbench.MemoryPlan(loop_record).to_svg()
    assert "default-src 'none'" in view.to_html() and len(view._esm.encode()) < 60_000


def test_a_record_without_a_plan_is_refused(compilation: CompilationRecord):
    with pytest.raises(StatusError, match="no plan of memory: its stages are tf, hlo"):
        workbench.MemoryPlan(compilation)
