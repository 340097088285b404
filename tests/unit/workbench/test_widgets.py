"""The widgets: the four ways out of each, and one selection among them. What a browser does is in
tests/browser.
"""

from __future__ import annotations

import base64
import inspect
import json
import re
import zlib
from xml.etree import ElementTree

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

import workbench
from ireelite.records import CompilationRecord, ExecutionRecord
from ireelite.status import StatusError
from workbench.widgets.view import WIDGET_VIEW, View


@pytest.fixture
def views(compilation: CompilationRecord, execution: ExecutionRecord) -> list[View]:
    return [
        workbench.PipelineMap(compilation),
        workbench.IRView(compilation),
        workbench.FenceTimeline(execution, compilation),
        workbench.TensorPeek(np.arange(4, dtype=np.float32), "result"),
        workbench.RewriteStepper(compilation),
    ]


def test_a_bundle_has_a_live_form_a_picture_and_text(views: list[View]):
    for view in views:
        bundle, _ = view._repr_mimebundle_()
        assert set(bundle) == {WIDGET_VIEW, "text/html", "text/plain"}
        assert bundle["text/plain"] == view.to_text()
        encoded = re.fullmatch(
            r'<div class="wb-still"><img src="data:image/svg\+xml;base64,([^"]*)" alt="[^"]+" '
            r'style="[^"]*"/></div><style>[^<]*</style>',
            bundle["text/html"],
        )
        assert encoded
        assert base64.b64decode(encoded[1]).decode() == view.to_svg()
        assert not re.search(r"0x[0-9a-f]{6}|\d ms\b|µs", view.to_text())


def test_data_is_plain_and_comes_back(views: list[View]):
    for view in views:
        assert json.loads(view.to_json())["kind"] == view.kind


def test_views_of_a_program_share_a_selection(views: list[View], compilation: CompilationRecord):
    pipeline, ir, timeline, tensor, steps = views
    assert pipeline.shared is ir.shared is timeline.shared is steps.shared
    assert tensor.shared is not ir.shared
    mul = compilation.serial("tf/4")
    ir.selection = {"seq": ir.selection["seq"] + 1, "ops": [mul], "event": None, "stage": None}
    assert timeline.selection == pipeline.selection == ir.shared.state
    assert ir.shared.relatives(compilation) == compilation.relatives(mul)


def test_a_focus_lights_from_the_first_frame(compilation: CompilationRecord):
    view = workbench.IRView(compilation, focus="tf/2", selection=workbench.Selection())
    assert view.shared.ops == {compilation.serial("tf/2")}
    assert "following tf/2: tf.Placeholder" in view.to_text()


def test_a_page_is_whole(views: list[View]):
    html = workbench.page(*views, title="one & all")
    assert "<title>one &amp; all</title>" in html
    assert not re.search(r"(src|href)=\"(?!data:)", html)
    assert "default-src 'none'" in html
    packed = re.search(r'id="workbench">(.*?)</script>', html, re.DOTALL)
    assert packed
    body = json.loads(packed[1].replace("<\\!--", "<!--"))
    assert [view["kind"] for view in body["views"]] == [view.kind for view in views]
    assert [view["group"] for view in body["views"]] == [0, 0, 0, 1, 0]
    assert body["groups"][0]["selection"]["ops"] == sorted(views[1].shared.ops)
    assert "graph" not in body["views"][1]["data"]
    assert body["groups"][0]["graph"] == views[1].data["graph"]
    assert html == workbench.page(*views, title="one & all")
    assert "following" in views[1].to_html()


def test_a_program_or_a_module_may_stand_for_its_record(compilation: CompilationRecord):
    class Program:
        record = compilation

    assert workbench.IRView(Program()).to_text() == workbench.IRView(compilation).to_text()


def test_completion_offers_what_a_view_has_of_its_own(compilation: CompilationRecord):
    view = workbench.IRView(compilation)
    assert dir(view) == [
        *("data", "drawing", "kind", "label", "model", "on_frame", "page_view", "picture"),
        *("shared", "source", "still", "subtree", "to_html", "to_json", "to_svg", "to_text"),
    ]
    assert all(hasattr(view, name) for name in dir(view))


def test_the_package_names_what_it_has():
    for name in workbench.__all__:
        assert getattr(workbench, name) is not None
    with pytest.raises(AttributeError):
        _ = workbench.Nothing  # pyright: ignore


def test_every_view_has_every_form_and_a_thin_script(views: list[View]):
    for view in views:
        assert len(view._esm.encode()) < 60_000
        assert repr(view) == f"<{type(view).__name__}: {view.label()}>"
        assert view.to_svg().startswith("<svg")
        assert view.label() in view.to_svg() or "&" in view.to_svg()
        assert "@media (prefers-color-scheme:dark)" in view.to_svg()


def test_a_source_of_another_kind_is_refused_by_what_the_view_takes(
    compilation: CompilationRecord, execution: ExecutionRecord
):
    class Module:
        record = execution

    with pytest.raises(StatusError, match=r"IRView shows a compilation, and Module has the"):
        workbench.IRView(Module())
    with pytest.raises(StatusError, match=r"PipelineMap shows a compiled program .* not int"):
        workbench.PipelineMap(3)
    with pytest.raises(
        StatusError, match=r"FenceTimeline shows runs, .* FenceTimeline\(ireelite.load"
    ):
        workbench.FenceTimeline(compilation)
    with pytest.raises(
        StatusError, match=r"FenceTimeline shows the runs of a loaded module.*not int"
    ):
        workbench.FenceTimeline(3)


def test_help_shows_the_example_as_lines():
    text = inspect.getdoc(workbench) or ""
    assert "    view = workbench.IRView(program)\n" in text
    for view in (workbench.IRView, workbench.PipelineMap, workbench.FenceTimeline):
        assert "Example:" in (view.__doc__ or "")
        assert "what each argument is" in (view.__init__.__doc__ or "")
    views = [
        value for name in dir(workbench) if isinstance(value := getattr(workbench, name), type)
    ]
    for view in (view for view in views if issubclass(view, View)):
        assert view.__name__ in text, "the table of views"
        arguments = set(inspect.signature(view).parameters) - {"selection"}
        assert all(f"`{name}" in (view.__doc__ or "") for name in arguments), view.__name__


def test_a_saved_notebook_and_its_page_show_every_view():
    """Without widget state, as front ends save it, and without any network."""
    source = """import workbench, numpy as np
workbench.TensorPeek(np.arange(4.0), "result")"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(notebook, timeout=60, store_widget_state=False).execute()
    still, live = notebook.cells[0].outputs
    assert set(still.data) == {"text/html", "text/plain"}
    assert set(live.data) == {WIDGET_VIEW}
    body, _ = HTMLExporter().from_notebook_node(notebook)
    assert still.data["text/html"].split('"')[3] in body


def test_the_frame_that_a_reader_saw_last_stays(compilation: CompilationRecord):
    view = workbench.PipelineMap(compilation, selection=workbench.Selection())
    first, seen = view.still(), []
    view.on_frame(lambda: seen.append(view.still()))
    markup = '<div xmlns="http://www.w3.org/1999/xhtml" class="wb">≤ chosen</div>'
    packed = base64.b64encode(zlib.compress(markup.encode())).decode()
    frame = {"packed": packed, "width": 300, "height": 80}
    for malformed in (
        *({**frame, "width": width} for width in ("300", True, -1, None)),
        *({**frame, "packed": packed} for packed in ("?", "é", None, 3, ["?"], {})),
        {"width": 1},
        {"width": 300, "height": 80},
        [frame],
        None,
    ):
        view._take_frame(None, {"frame": malformed}, None)
    view._take_frame(None, [frame], None)
    assert not seen and view.still() == first
    view._take_frame(None, {"frame": frame}, None)
    (last,) = seen
    encoded = re.search(r"base64,([^\"]+)", last["text/html"])
    assert encoded
    document = base64.b64decode(encoded[1]).decode()
    assert ElementTree.fromstring(document).attrib["viewBox"] == "0 0 300 80"
    assert markup in document and "wb-bar" in document and "prefers-color-scheme:dark" in document
    assert last["text/plain"] == first["text/plain"] and "wb-still" in last["text/html"]
