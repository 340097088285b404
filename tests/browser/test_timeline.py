"""The timeline: zoom at the chosen slice, the band while dragging, barriers, from a slice to its ops."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest

import ireelite
import workbench
from ireelite.records import ExecutionRecord
from workbench.lessons import fences, timed_work

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser
COVERED = """(names) => {
  const marks = [...document.querySelectorAll('.mark path.shape')].map((node) => node.getBoundingClientRect());
  const meets = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  return names.filter((name) => marks.some((mark) => meets(name.getBoundingClientRect(), mark)))
    .map((name) => name.textContent);
}"""
"""Returns the names that a mark covers."""


@pytest.fixture(scope="module")
def views(repository: Path) -> list[workbench.FenceTimeline | workbench.IRView]:
    source = repository / "notebooks" / "data" / "digits_mlp.pb"
    program = ireelite.compile(source, targets=["vmvx"], record=True)
    module = ireelite.load(program, record=True)
    module.digits_mlp(np.zeros((16, 64), np.float32))
    return [
        workbench.FenceTimeline(module, program),
        workbench.IRView(program, stages=["tf", "hlo"]),
    ]


@pytest.fixture
def opened(page: Page, views: list[workbench.FenceTimeline], tmp_path: Path) -> Page:
    file = tmp_path / "timeline.html"
    file.write_text(workbench.page(*views, title="a run"), encoding="utf-8")
    page.goto(file.as_uri())
    page.wait_for_selector(".wb-timeline .mark")
    return page


def middle(mark: Locator) -> float:
    box = mark.locator(".shape").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2


def test_zoom_keeps_the_chosen_slice_where_it_is(opened: Page, driver: ModuleType):
    watch = driver.Watch(opened)
    chosen = opened.locator('.mark[aria-label^="dispatch "]').nth(2)
    before, wide = middle(chosen), chosen.locator(".shape").bounding_box()
    chosen.click()
    opened.locator(".wb-timeline").focus()
    opened.keyboard.press("+")
    after = chosen.locator(".shape").bounding_box()
    assert wide and after and after["width"] > 1.5 * wide["width"]
    assert abs(middle(chosen) - before) < 3
    assert "wb-lit" in (chosen.get_attribute("class") or "")
    opened.keyboard.press("-")
    assert abs(middle(chosen) - before) < 3
    watch.check()


def test_dragging_draws_a_band_and_zooms_to_it(opened: Page, driver: ModuleType):
    watch = driver.Watch(opened)
    first, last = (opened.locator('.mark[aria-label^="dispatch "]').nth(n) for n in (0, 1))
    boxes = [each.locator(".shape").bounding_box() for each in (first, last)]
    assert boxes[0] and boxes[1]
    left, right = boxes[0]["x"] - 4, boxes[1]["x"] + boxes[1]["width"] + 4
    y = boxes[0]["y"] + boxes[0]["height"] + 9
    opened.mouse.move(left, y)
    opened.mouse.down()
    opened.mouse.move((left + right) / 2, y)
    opened.mouse.move(right, y)
    band = opened.locator(".wb-timeline .band").bounding_box()
    assert band and abs(band["x"] - left) < 3 and abs(band["width"] - (right - left)) < 4
    opened.mouse.up()
    assert opened.locator(".wb-timeline .band").count() == 0
    plot = opened.locator(".wb-plot").bounding_box()
    shown = [each.locator(".shape").bounding_box() for each in (first, last)]
    assert plot and shown[0] and shown[1]
    assert shown[1]["x"] + shown[1]["width"] - shown[0]["x"] > 0.8 * (plot["width"] - 170)
    opened.locator(".wb-timeline button", has_text="all").click()
    assert abs(middle(first) - (boxes[0]["x"] + boxes[0]["width"] / 2)) < 3
    watch.check()


def test_from_a_slice_to_its_op_at_each_stage_and_back(
    opened: Page, views: list[workbench.FenceTimeline], driver: ModuleType
):
    model = views[0].model
    dispatches = [s for s in model.slices if s.kind == "dispatch"]
    assert opened.locator(".wb-plot path.barrier").count() == len(model.barriers) == 3
    drawn = opened.locator('.arrow[data-kind="data"]').evaluate_all(
        "(all) => all.map((n) => [Number(n.dataset.cause), Number(n.dataset.effect)])"
    )
    assert drawn == [[a.cause, a.effect] for a in model.arrows if a.kind == "data"] != []
    driver.click_event(opened, dispatches[1].id)
    stages = opened.locator(".wb-stages button")
    assert stages.evaluate_all("(all) => all.map((n) => n.querySelector('b').textContent)") == [
        identity for _, identity, _, _ in model.at_stages(model.seeds(dispatches[1].id))
    ]
    hlo = opened.locator(".wb-stages button", has_text="hlo/")
    serial = int(hlo.get_attribute("data-serial") or -1)
    hlo.click()
    assert serial in driver.lit_ops(opened)["hlo"]
    assert dispatches[1].id in driver.lit_events(opened)
    assert dispatches[0].id not in driver.lit_events(opened)


NAMED = """(root) => {
  const numbers = new Map([...root.querySelectorAll('.wb-numbered span')].map((one) =>
    [one.querySelector('b').textContent, one.textContent.replace(/^\\d+ /, '')]));
  return [...root.querySelectorAll('.mark')].filter((mark) => mark.querySelector('rect.shape')).map((mark) => {
    const written = mark.querySelector('text')?.textContent ?? '';
    return [mark.querySelector('title').textContent, numbers.get(written) ?? written];
  });
}"""
"""Returns (tooltip, name inside or by its number) of each slice."""


def test_a_slice_without_room_for_its_name_has_a_number(
    opened: Page, views: list[workbench.FenceTimeline], driver: ModuleType
):
    watch = driver.Watch(opened)
    for width in (900, 560):
        opened.set_viewport_size({"width": width, "height": 700})
        opened.wait_for_timeout(200)
        slices = opened.locator(".wb-timeline").evaluate(NAMED)
        assert len(slices) == len(views[0].data["slices"])
        for (tooltip, named), mark in zip(slices, views[0].data["slices"], strict=True):
            assert mark["label"] in tooltip
            assert mark["short"].startswith(named.removesuffix("…")) and len(named) > 2
    opened.locator(".wb-numbered span").first.click()
    assert opened.locator(".wb-timeline .mark.wb-lit").count() > 0
    watch.check()


def test_no_mark_stands_on_the_name_of_a_slice(page: Page, tmp_path: Path):
    file = tmp_path / "names.html"
    run = json.loads(timed_work.run(fences.PIPELINE).to_json())
    for event in run["events"]:
        # A wait ends where the next slice has its name.
        event["time_ns"] += 8_000_000 if event["kind"] == "wait" else 0
    view = workbench.FenceTimeline(ExecutionRecord.from_json(json.dumps(run)), clock="time")
    file.write_text(workbench.page(view, title="names"), encoding="utf-8")
    page.goto(file.as_uri())
    page.wait_for_selector(".wb-timeline .mark")
    for width in (1440, 900):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(200)
        marks = page.locator(".wb-timeline .mark")
        names = marks.locator("text:not(.middle)")
        assert {"read1", "work1", "work3"} <= set(names.all_text_contents())
        assert names.evaluate_all(COVERED) == []
