"""Drawings: well-formed, in bounds, told in words too, and the same every time."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from ireelite.records import CompilationRecord, ExecutionRecord
from workbench.model.fence_timeline import FenceTimeline
from workbench.model.ir_view import IRView
from workbench.model.pipeline_map import TABLE_KINDS, PassBox, PipelineMap, StageBox
from workbench.model.stage_names import stage_title
from workbench.model.tensor_peek import TensorPeek
from workbench.render import text
from workbench.render.assets import KINDS, STATIC, script, style
from workbench.render.palette import ROLES, heat, ink_on
from workbench.render.svg import Drawing, data_image, fitted, text_width, wrapped
from workbench.render.svg_ir import draw_ir
from workbench.render.svg_pipeline import draw_pipeline, pass_lines
from workbench.render.svg_tensor import draw_tensor
from workbench.render.svg_timeline import draw_timeline

SVG = "{http://www.w3.org/2000/svg}"
Makers = dict[str, Callable[[], Drawing]]


@pytest.fixture
def drawings(compilation: CompilationRecord, execution: ExecutionRecord) -> Makers:
    values = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)
    labels = [str(n) for n in range(10)]
    return {
        "pipeline": lambda: draw_pipeline(PipelineMap(compilation, "hlo")),
        "ir": lambda: draw_ir(IRView(compilation)),
        "timeline": lambda: draw_timeline(FenceTimeline(execution, compilation, memory=True)),
        "timeline, zoomed": lambda: draw_timeline(
            FenceTimeline(execution), "time", (10_000, 30_000)
        ),
        "tensor": lambda: draw_tensor(TensorPeek(values, "x")),
        "picture": lambda: draw_tensor(TensorPeek(np.zeros(64))),
        "scores": lambda: draw_tensor(TensorPeek(np.linspace(0, 1, 10), labels=labels)),
        "nothing": lambda: draw_tensor(TensorPeek(np.full((2, 2), np.nan))),
    }


def test_drawings_are_documents_that_say_what_they_show(drawings: Makers):
    for name, make in drawings.items():
        root = ElementTree.fromstring(make().document(f"the {name}", "what it shows"))
        assert root.get("role") == "img"
        assert root.get("aria-label") == f"the {name}"
        assert [root[0].tag, root[1].tag] == [f"{SVG}title", f"{SVG}desc"]
        assert "prefers-color-scheme:dark" in (root.find(f"{SVG}style").text or "")  # pyright: ignore


def test_drawings_are_the_same_every_time_and_bring_nothing_from_elsewhere(drawings: Makers):
    for make in drawings.values():
        document = make().document("x")
        assert document == make().document("x")
        assert not re.search(
            r"https?://(?!www\.w3\.org/2000/svg)|url\(|<script|<image|\bid=", document
        )


def test_nothing_stands_outside_the_picture(drawings: Makers):
    for name, make in drawings.items():
        drawing = make()
        for node in ElementTree.fromstring(drawing.fragment("x")).iter():
            if node.tag == f"{SVG}rect":
                right = float(node.get("x", 0)) + float(node.get("width", 0))
                bottom = float(node.get("y", 0)) + float(node.get("height", 0))
                assert right <= drawing.width + 0.5, name
                assert bottom <= drawing.height + 0.5, name
            if node.tag == f"{SVG}text":
                assert 0 <= float(node.get("x", 0)) <= drawing.width, name
                assert float(node.get("y", 0)) <= drawing.height, name


def test_texts_on_one_line_do_not_meet(drawings: Makers):
    for name, make in drawings.items():
        rows: dict[str, list[tuple[float, float, str]]] = {}
        for node in ElementTree.fromstring(make().document("x")).iter(f"{SVG}text"):
            words = "".join(node.itertext())
            width = text_width(
                words, float(node.get("font-size", 0)), "mono" in node.get("class", "")
            )
            x = float(node.get("x", 0))
            left = (
                x
                - {"start": 0.0, "middle": width / 2, "end": width}[
                    node.get("text-anchor", "start")
                ]
            )
            rows.setdefault(node.get("y", ""), []).append((left, left + width, words))
        for row in rows.values():
            row.sort()
            for (_, end, one), (begin, _, other) in pairwise(row):
                assert end <= begin + 1, f"{name}: {one!r} meets {other!r}"


def test_every_class_has_a_colour_in_both_worlds(drawings: Makers):
    css = style()
    for make in drawings.values():
        for classes in re.findall(r'class="([^"]*)"', make().fragment("x")):
            for one in classes.split():
                if one.startswith(("fill-", "stroke-")):
                    assert one.partition("-")[2] in ROLES
                    assert f".{one} " in css, one


def test_text_is_cut_to_its_room():
    assert fitted("short", 200, 10) == "short"
    cut = fitted("a long text that cannot fit", 60, 10)
    assert cut.endswith("…")
    assert text_width(cut, 10) <= 60
    assert wrapped("one two three four", 45, 10, 2)[0] == "one two"
    assert len(wrapped("one two three four", 45, 10, 2)) == 2


def test_heat_is_readable():
    def light(colour: str) -> float:
        channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for signed, low in ((False, 0), (True, -100)):
        for step in range(low, 101):
            ground = heat(step / 100, signed)
            pair = sorted([light(ground), light(ink_on(ground))])
            assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.0, (signed, step)
    shades = [light(heat(step / 100, False)) for step in range(101)]
    assert shades == sorted(shades, reverse=True)


def test_an_image_shows_where_scripts_are_taken_out(drawings: Makers):
    html = data_image(drawings["ir"]().document("x"), 'say "it"')
    assert html.startswith('<img src="data:image/svg+xml;base64,')
    assert 'alt="say &quot;it&quot;"' in html


def test_text_says_the_same_without_times(
    compilation: CompilationRecord, execution: ExecutionRecord
):
    later = ExecutionRecord.from_json(execution.to_json())
    later.events = [type(e)(**{**vars(e), "time_ns": e.time_ns * 3}) for e in later.events]
    assert text.timeline_text(FenceTimeline(later)) == text.timeline_text(FenceTimeline(execution))
    assert text.timeline_text(FenceTimeline(execution, memory=True)).split("\n") == [
        "host",
        "  host.0: call module.simple_mul",
        "    host.1: alloc 16 bytes",
        "    host.2: submit execute",
        "    host.3: wait s1 ≥ 1  <- queue0.1",
        "  host.4: free",
        "local-task/queue0",
        "  queue0.0: dispatch simple_mul_rgn_dispatch_0  <- host.2",
        "  queue0.1: signal s1 ≥ 1",
        "semaphore s1: 0 -> 1 by local-task/queue0",
        "peak of live bytes: 16",
    ]
    lines = text.pipeline_text(PipelineMap(compilation, "hlo")).split("\n")
    assert (
        lines[2]
        == "2 hlo             4 ops  StableHLO: math on tensors, in ops of about a hundred kinds  <- here"
    )
    assert lines[3] == "    by tf-to-hlo: 3 rewrites"
    first = text.ir_text(IRView(compilation)).split("\n")
    assert first[0] == "following tf/4: tf.Mul: lit in 9 of 9 places"
    assert first[2] == "hlo         | %0 = stablehlo.multiply %arg0, %arg1 : tensor<4xf32>"
    digit = text.tensor_text(TensorPeek(np.eye(8).ravel(), "digit")).split("\n")
    assert digit[0] == "digit: tensor<64xf64> min 0 mean 0.125 max 1"
    assert digit[1] == "@@" + " " * 14


def test_scripts_are_small_whole_and_alone():
    for kind in KINDS:
        source = script(kind)
        assert len(source.encode()) < 60_000
        assert not re.search(r"^import ", source, re.MULTILINE)
        assert len(re.findall(r"^export ", source, re.MULTILINE)) == 1
        assert not re.search(
            r"(?<!owner)[^\w.]document\.|https?://(?!www\.w3\.org/2000/svg)", source
        )
        assert "stopPropagation" in source
        lines = source.splitlines()
        assert all(line.count("`") % 2 == 0 for line in lines), "no text goes over two lines"
    assert "url(" not in style()
    assert "@import" not in style()
    assert {"steps", "ir"} < set(KINDS)
    assert {path.suffix for path in STATIC.iterdir()} == {".css", ".js"}
    assert all(path.read_text() in style() for path in STATIC.glob("*.css"))


@pytest.mark.parametrize(("ops", "delta"), [(9, 2), (436, 303), (4035, -24930), (251110, 170520)])
def test_counts_of_a_stage_stand_apart(ops: int, delta: int):
    stages = [StageBox(f"s{n}", "stage", "", ops, delta if n else None, (), ()) for n in range(10)]
    model = SimpleNamespace(stages=stages, tables=[], here=None)
    svg = draw_pipeline(model).document("counts", "")  # pyright: ignore[reportArgumentType]
    found = re.findall(r'<text x="([\d.]+)" y="([\d.]+)" font-size="([\d.]+)"([^>]*)>([^<]+)', svg)
    count, unit, more = (
        next(match for match in found[::-1] if match[4] == text)
        for text in (str(ops), "ops", f"{'+' if delta > 0 else '−'}{abs(delta)}")
    )
    end = float(count[0]) + text_width(count[4], float(count[2]))
    after = float(unit[0]) + text_width("ops", 9.5)
    assert end <= float(unit[0])
    assert more[1] != unit[1] or float(more[0]) - text_width(more[4], 9.5) >= after


def test_of_many_passes_the_busiest_are_named():
    class Run:
        def __init__(self, rewrites: int):
            self.name, self.rewrites = f"p{rewrites}", rewrites

    class Stage:
        busy_passes = [Run(n % 50 + 1) for n in range(0, 700, 7)]
        idle_passes = [Run(0), Run(0)]

    lines = pass_lines(Stage())  # pyright: ignore[reportArgumentType]
    assert len(lines) == 10 and lines[-2:] == ["and 92 passes with fewer", "2 idle passes"]
    assert all(line.startswith("p") for line in lines[:8]) and "p50 50×" in lines


def test_a_stage_has_its_whole_name_and_a_pass_its_whole_count():
    run = PassBox("translate-executables", 1234, 0, ())
    stage = StageBox("executables", "target code", "", 9, 1, (), (run,))
    table = SimpleNamespace(kind=next(iter(TABLE_KINDS)), instructions=10)
    model = SimpleNamespace(stages=[stage] * 9, tables=[table], here=None)
    svg = draw_pipeline(model).document("names", "")  # pyright: ignore[reportArgumentType]
    texts = re.findall(r"<text[^>]*>([^<]+)", svg)
    assert texts.count("executables") == 9
    assert texts.count("translate-") == 9
    assert sum(text.startswith("executable") and text.endswith("1234×") for text in texts) == 9


def test_a_stage_of_another_compiler_is_named_once_and_its_passes_stay_inside():
    run = PassBox("iree-vm-hoist-inlined-rodata", 14, 0, ())
    stages = [
        StageBox(name, stage_title(name).title, "", 9, 1, (), (run,)) for name in ("flow", "hal")
    ]
    model = SimpleNamespace(stages=stages, tables=[], here=None)
    drawing = draw_pipeline(model)  # pyright: ignore[reportArgumentType]
    found = re.findall(r'<text x="([\d.]+)"[^>]*>([^<]+)', drawing.document("stages", ""))
    assert [text for _, text in found].count("flow") == 1
    passes = [(float(x), text) for x, text in found if text.startswith("iree-vm")]
    assert len(passes) == 2
    assert all(x + text_width(text, 8.5, True) <= drawing.width for x, text in passes)
