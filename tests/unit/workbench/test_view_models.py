"""The view models: what lights up, what is found, what lies before what.

No browser, no widget library.
"""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

from ireelite.records import CompilationRecord, ExecutionRecord, ExecutionRecorder, TextSpans
from ireelite.status import StatusCode, StatusError
from workbench.model.event_ops import EventOps
from workbench.model.fence_timeline import FenceTimeline
from workbench.model.ir_tokens import SpanIndex, TokenKind
from workbench.model.ir_view import IRView
from workbench.model.lineage import Lineage
from workbench.model.pipeline_map import PipelineMap
from workbench.model.selection import Selection, shared_selection
from workbench.model.tensor_peek import TensorPeek, number
from workbench.recording import record_passes
from workbench.render.svg_tensor import draw_tensor
from workbench.render.text import tensor_text


def test_models_need_no_widget_library():
    check = (
        "import sys, workbench, workbench.model.ir_view, workbench.model.fence_timeline;"
        "import workbench.model.tensor_peek;"
        "import workbench.model.pipeline_map, workbench.model.selection, workbench.render.html;"
        "import workbench.render.svg_ir, workbench.render.svg_timeline, "
        "workbench.render.svg_tensor;"
        "bad = {'anywidget', 'ipywidgets', 'numpy', 'xdsl', 'workbench.widgets.view'} & "
        "set(sys.modules);"
        "sys.exit(repr(bad) if bad else 0)"
    )
    subprocess.run([sys.executable, "-c", check], check=True)


def test_lineage_is_the_record_s_own(compilation: CompilationRecord):
    lineage = Lineage(compilation)
    for node in compilation.nodes:
        assert lineage.relatives([node.serial]) == compilation.relatives(node.serial)
    some = [node.serial for node in compilation.nodes[::5]]
    assert lineage.relatives(some) == set().union(*(compilation.relatives(s) for s in some))


def test_the_first_picture_follows_the_op_with_the_longest_story(compilation: CompilationRecord):
    view = IRView(compilation)
    assert view.focus is not None
    assert view.identity(view.focus) == "tf/4: tf.Mul"
    assert all(view.lit().values())


def test_what_lights_up_is_exactly_the_relatives(compilation: CompilationRecord):
    view = IRView(compilation)
    for serial in (node.serial for node in compilation.nodes):
        lit = view.lit([serial])
        relatives = compilation.relatives(serial)
        for pane in view.panes:
            assert lit[pane.name] == relatives & set(pane.nodes)
            assert lit[pane.name] <= pane.shown()


def test_the_telling_lines_come_first_and_frames_last(compilation: CompilationRecord):
    view = IRView(compilation)
    told = {
        pane.name: [pane.lines[n].text.split()[-1] for n in view.telling_lines(pane, 1)]
        for pane in view.panes
    }
    assert told["spirv:kernels"] == ["OpFMul"]
    kernels = view.panes[4]
    two = [kernels.lines[n].text.split("(")[0].strip() for n in view.telling_lines(kernels, 2)]
    assert two == ["scf.parallel", "%2 = arith.mulf %0, %1 : f32"]
    shares = view.lineage.shares([compilation.serial("tf/4")])
    assert shares[compilation.serial("tf/4")] == 1
    assert set(shares) == compilation.relatives(compilation.serial("tf/4"))
    assert sum(shares[s] for s in compilation.stage("hlo").nodes if s in shares) == 1


def test_pieces_spell_the_stage_and_every_op_begins_once(compilation: CompilationRecord):
    view = IRView(compilation)
    for stage, pane in zip(compilation.stages, view.panes):
        assert "\n".join(line.text for line in pane.lines) == stage.text.rstrip("\n")
        assert sorted(line.serial for line in pane.lines if line.serial >= 0) == sorted(stage.nodes)


def test_words_know_what_they_are(compilation: CompilationRecord):
    pane = IRView(compilation).panes[1]
    kinds = {piece.text: piece.kind for line in pane.lines for piece in line.pieces}
    assert kinds["stablehlo.multiply"] is TokenKind.OP
    assert kinds["return"] is TokenKind.OP
    assert kinds["%arg0"] is TokenKind.VALUE
    assert kinds["tensor<4xf32>"] is TokenKind.TYPE
    assert kinds["@simple_mul"] is TokenKind.SYMBOL


@pytest.mark.parametrize("in_order", [True, False])
def test_the_innermost_span_is_found_in_spans_of_any_order(in_order: bool):
    spans = [(0, 40, 0), (2, 30, 1), (4, 10, 2), (10, 18, 3), (12, 15, 4), (32, 36, 5)]
    stored = TextSpans()
    for span in spans if in_order else reversed(spans):
        stored.add(*span)
    index = SpanIndex(stored)
    expected = [
        max((own for start, end, own in spans if start <= n < end), default=-1) for n in range(45)
    ]
    assert [index.at(n) for n in range(45)] == expected
    runs = list(index.runs(1, 43))
    assert [own for begin, end, own in runs for _ in range(begin, end)] == expected[1:43]
    assert all(one[2] != other[2] for one, other in pairwise(runs))


def test_a_value_knows_its_definition_and_uses(compilation: CompilationRecord):
    view = IRView(compilation)
    hlo = view.panes[1]
    value = next(p.value for p in hlo.lines[2].pieces if p.text == "%arg0")
    assert [(n, hlo.lines[n].pieces[m].text) for n, m in view.uses("hlo", value)] == [
        (1, "%arg0"),
        (2, "%arg0"),
    ]


def test_long_words_and_lines_are_cut(compilation: CompilationRecord):
    text = f'  "test.op"() {{blob = "{"ab" * 100}", list = [{", ".join("1" for _ in range(400))}]}}'
    record = CompilationRecord()
    record.add_stage("x", text, [record.nodes.add("test.op")]).op_spans.add(2, len(text), 0)
    line = IRView(record).panes[0].lines[0]
    assert len(line.text) < 600
    assert line.text.endswith("more characters")
    assert "…" in next(
        p.text for p in line.pieces if p.kind is TokenKind.STRING and len(p.text) > 20
    )


def test_search(compilation: CompilationRecord):
    view = IRView(compilation)
    assert {hit.pane for hit in view.search("FMUL")} == {
        "executables",
        "spirv:kernels",
    }
    assert {hit.word for hit in view.search("op:mul")} == {
        "tf.Mul",
        "stablehlo.multiply",
        "arith.mulf",
        "spirv.FMul",
        "OpFMul",
        "iree.multi_arch_executable",
    }
    assert all(hit.word.startswith("%") for hit in view.search("value:arg0"))
    assert {hit.word for hit in view.search("type:vector<3x")} == {
        "!spirv.ptr<vector<3xi32>, Input>",
        "vector<3xi32>",
    }
    assert all("@" in hit.word for hit in view.search("symbol:rgn_dispatch"))
    assert view.search("  ") == view.search("op:") == []


def test_stages_can_be_chosen(compilation: CompilationRecord):
    assert [pane.name for pane in IRView(compilation, stages=["vm", "tf"]).panes] == ["vm", "tf"]
    with pytest.raises(StatusError, match="did you mean 'kernels'"):
        IRView(compilation, stages=["kernel"])
    with pytest.raises(StatusError) as raised:
        IRView(compilation, focus="tf/99")
    assert raised.value.code is StatusCode.NOT_FOUND


def test_pipeline_map(compilation: CompilationRecord):
    model = PipelineMap(compilation, here="dispatch")
    assert [(box.name, box.ops, box.delta, box.rewrites) for box in model.stages[:3]] == [
        ("tf", 5, None, 0),
        ("hlo", 4, -1, 3),
        ("dispatch", 7, 3, 1),
    ]
    assert [(table.kind, table.instructions) for table in model.tables] == [("spirv", 4), ("vm", 5)]
    assert model.stages[0].dialects == (("tf", 4), ("builtin", 1))
    with pytest.raises(StatusError):
        PipelineMap(compilation, here="hlo2")


def test_a_dispatch_is_the_ops_of_its_entry_point(
    compilation: CompilationRecord, execution: ExecutionRecord
):
    ops = EventOps(compilation)
    dispatch = next(event for event in execution.events if event.kind == "dispatch_begin")
    names = sorted(ops.lineage.name(serial) for serial in ops.seeds(dispatch))
    kernel = ["arith.constant"] * 3 + [
        "arith.mulf",
        "func.func",
        "func.return",
        "memref.load",
        "memref.load",
    ]
    kernel += ["memref.store", "scf.parallel", "scf.reduce"]
    variant = [
        "spirv.FMul",
        "spirv.Load",
        "spirv.Load",
        "spirv.Load",
        "spirv.Return",
        "spirv.Store",
        "spirv.func",
    ]
    words = ["OpCapability", "OpFMul", "OpLoad", "OpStore"]
    assert names == sorted([*kernel, "spirv.mlir.addressof", *variant, *words])
    assert ops.of_entry_point("simple_mul_rgn_dispatch") == frozenset()


def test_a_host_event_is_its_vm_instruction(
    compilation: CompilationRecord, execution: ExecutionRecord
):
    ops = EventOps(compilation)
    wait = next(event for event in execution.events if event.kind == "wait")
    (serial,) = ops.seeds(wait)
    table = next(t for t in compilation.instructions if t.kind == "vm")
    assert table.addresses[table.nodes.index(serial)] == (0, 48)


def test_timeline_lights_both_ways(compilation: CompilationRecord, execution: ExecutionRecord):
    model = FenceTimeline(execution, compilation)
    dispatch = next(s for s in model.slices if s.kind == "dispatch")
    mul = compilation.serial("tf/4")
    assert dispatch.id in model.lit([mul])
    assert mul in Lineage(compilation).relatives(model.seeds(dispatch.id))
    for mark in [*model.slices, *model.instants]:
        family = Lineage(compilation).relatives(model.seeds(mark.id))
        for node in compilation.nodes:
            assert (mark.id in model.lit([node.serial])) == (node.serial in family)


def test_timeline_arrows_run_from_cause_to_effect(execution: ExecutionRecord):
    model = FenceTimeline(execution)
    kinds = {
        (model.events[a.cause].kind, model.events[a.effect].kind, a.kind): model.order[a.cause]
        < model.order[a.effect]
        for a in model.arrows
    }
    assert kinds == {
        ("submit", "dispatch_begin", "submit"): True,
        ("signal", "wait", "signal"): True,
    }
    assert [(s.label, s.depth) for s in model.slices] == [
        ("module.simple_mul", 0),
        ("simple_mul_rgn_dispatch_0", 0),
    ]
    assert {i.kind: i.depth for i in model.instants} == {
        "alloc": 1,
        "submit": 1,
        "signal": 0,
        "wait": 1,
        "free": 0,
    }
    assert model.lanes == ["host", "local-task/queue0"]


def test_dispatches_are_told_apart_by_the_ends_of_their_names():
    recorder = ExecutionRecorder()
    for name in ("mlp_rgn_dispatch_0", "mlp_rgn_dispatch_1", "mlp_rgn_dispatch_10"):
        begin = recorder.event("dispatch_begin", "q", (), {"entry_point": name})
        recorder.event("dispatch_end", "q", (begin,), {"entry_point": name})
    assert [s.short for s in FenceTimeline(recorder.record).slices] == [
        "dispatch_0",
        "dispatch_1",
        "dispatch_10",
    ]


def test_slices_nest():
    recorder = ExecutionRecorder()
    outer = recorder.event("call_begin", "host", name="outer")
    inner = recorder.event("call_begin", "host", (outer,), name="inner")
    recorder.event("call_end", "host", (inner,))
    recorder.event("call_end", "host", (outer,))
    after = recorder.event("call_begin", "host", name="after")
    recorder.event("call_end", "host", (after,))
    model = FenceTimeline(recorder.record)
    assert [(s.label, s.depth) for s in model.slices] == [("outer", 0), ("inner", 1), ("after", 0)]
    assert model.rows("host") == 2


def test_the_order_clock_ignores_how_threads_raced():
    def run(swap: bool) -> FenceTimeline:
        recorder = ExecutionRecorder()
        first = recorder.event("submit", "host")
        for queue in ("q1", "q0") if swap else ("q0", "q1"):
            begin = recorder.event("dispatch_begin", queue, (first,), {"entry_point": queue})
            recorder.event("dispatch_end", queue, (begin,), {"entry_point": queue})
        return FenceTimeline(recorder.record)

    one, other = run(False), run(True)
    assert {s.label: s.order for s in one.slices} == {s.label: s.order for s in other.slices}
    assert one.columns() == other.columns()


def test_a_wait_may_be_recorded_before_its_signal():
    recorder = ExecutionRecorder()
    first = recorder.event("submit", "host")
    waits = recorder.event("wait", "q0", (first, 3), semaphore="s1", value=1)
    second = recorder.event("submit", "host")
    signal = recorder.event("signal", "q0", (second,), semaphore="s1", value=1)
    model = FenceTimeline(recorder.record)
    assert model.order[waits] > model.order[signal] > model.order[second]
    assert (signal, waits, "signal") in {(a.cause, a.effect, a.kind) for a in model.arrows}
    assert [i.label for i in model.instants if i.lane == "q0"] == ["wait s1 ≥ 1", "signal s1 ≥ 1"]


def test_labels_have_room_on_the_order_clock(execution: ExecutionRecord):
    model = FenceTimeline(execution)
    columns = model.columns()
    for mark in model.slices:
        assert columns[mark.order[1]] - columns[mark.order[0]] >= len(mark.short)


def test_runs_are_told_apart(execution: ExecutionRecord):
    other = ExecutionRecord.from_json(execution.to_json())
    assert FenceTimeline(other).run == FenceTimeline(execution).run
    other.events.pop()
    assert FenceTimeline(other).run != FenceTimeline(execution).run


def test_memory_counter(execution: ExecutionRecord):
    assert [live for _, _, live in FenceTimeline(execution, memory=True).memory] == [16, 0]


def test_tensor_peek():
    import numpy as np

    model = TensorPeek(np.array([[1.0, -2.0], [0.5, np.nan]], np.float32), "x")
    assert (model.type, model.low, model.high, model.not_finite) == (
        "tensor<2x2xf32>",
        -2.0,
        1.0,
        1,
    )
    assert model.signed
    assert model.unit(-2.0) == -1.0
    scores = TensorPeek(np.array([[0.1, 0.7, 0.7]]), labels=["a", "b", "c"], top=2).scores
    assert [(s.label, s.index) for s in scores] == [("b", 1), ("c", 2)]
    assert TensorPeek(np.zeros((1, 64), np.float32)).grid.shape == (8, 8)
    assert TensorPeek(np.zeros(4, bool)).type == "tensor<4xi1>"
    big = TensorPeek(np.arange(10_000).reshape(100, 100))
    assert big.sampled
    assert big.grid.shape == (32, 64)
    assert big.grid[-1][-1] == 9999
    assert TensorPeek(np.float32(3)).shape == ()
    assert TensorPeek(np.zeros((0, 3))).cells() == []
    with pytest.raises(StatusError):
        TensorPeek(np.zeros(3), labels=["a"])


def test_numbers_print_the_same_everywhere():
    values = [0.0, -3.0, 1 / 3, 1e-9, 1e20, float("nan"), float("-inf")]
    assert [number(v) for v in values] == ["0", "-3", "0.3333", "1e-09", "1e+20", "nan", "-inf"]


def test_records_without_a_module_share_no_selection():
    """Both are made of a text without a name; the numbers of their ops differ."""
    text = "func.func @f(%a: i32) -> i32 {\n  return %a : i32\n}"
    one, other = (record_passes(text, passes).record for passes in ("cse", "dce,cse"))
    selection = shared_selection(one)
    assert shared_selection(one) is selection and shared_selection(other) is not selection


def test_one_selection_for_all_views_of_a_program(compilation: CompilationRecord):
    selection = shared_selection(compilation)
    assert shared_selection(compilation) is selection
    seen: list[int] = []
    selection.observe(lambda change: seen.append(change["new"]["seq"]), "state")
    mul = compilation.serial("tf/4")
    selection.select([mul])
    assert selection.relatives(compilation) == compilation.relatives(mul)
    selection.clear()
    assert (selection.ops, selection.event) == (frozenset(), None)
    assert [seq - seen[0] for seq in seen] == [0, 1]
    assert Selection().channel != Selection().channel


def test_every_stage_has_a_title():
    from ireelite.stages import STAGES
    from workbench.model.stage_names import stage_title

    assert [name for name in STAGES if not stage_title(name).meaning] == []


def test_a_tensor_of_rank_four_says_which_slice_it_shows():
    values = np.arange(2 * 3 * 2 * 2).reshape(2, 3, 2, 2)
    assert TensorPeek(values).cells() == [[0, 1], [2, 3]]
    assert "slice [0, 0, :, :]" in tensor_text(TensorPeek(values))
    chosen = TensorPeek(values, at=(1, 2))
    assert (chosen.slice, chosen.cells()) == ("[1, 2, :, :]", [[20, 21], [22, 23]])
    assert "slice [1, 2, :, :]" in draw_tensor(chosen).document("x")
    assert TensorPeek(values[0, 0]).slice == ""
    for at in ((2, 0), (0,), (0, -1)):
        with pytest.raises(StatusError, match="chooses no slice of a tensor of shape"):
            TensorPeek(values, at=at)


def test_complex_numbers_keep_their_imaginary_parts():
    model = TensorPeek(np.array([3 + 4j, -1j], np.complex64))
    assert model.type == "tensor<2xcomplex<f32>>"
    assert (model.texts(), model.cells(), model.high) == ([["3+4i", "0-1i"]], [[5, 1]], 5)
    assert "3+4i" in tensor_text(model)
    assert ">3+4i</text>" in draw_tensor(model).document("x")


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (2, 0, 3), (0, 2, 2, 2)])
def test_a_tensor_without_elements_says_that(shape: tuple[int, ...]):
    model = TensorPeek(np.zeros(shape, np.float32))
    assert tensor_text(model).endswith(" has no elements")
    assert "no elements" in draw_tensor(model).document("x")


def test_slices_say_what_they_compute(compilation: CompilationRecord):
    recorder = ExecutionRecorder()
    for name in ("main_dispatch_0_matmul_4x4x4_f32", "main_dispatch_1_reduction_4xf32"):
        begin = recorder.event("dispatch_begin", "q", (), {"entry_point": name})
        recorder.event("dispatch_end", "q", (begin,), {"entry_point": name})
    names = [s.short for s in FenceTimeline(recorder.record).slices]
    assert names == ["matmul_4x4x4_f32", "reduction_4xf32"]
