"""The timeline's cursor: steps, payloads at the cursor, one call of many, and pending work."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest

import ireelite
import workbench
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.records import ExecutionRecorder

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

SOURCE = """func.func @f(%a: tensor<8xf32>) -> tensor<8xf32> {
  %0 = stablehlo.add %a, %a : tensor<8xf32>
  return %0 : tensor<8xf32> }"""


@pytest.fixture(scope="module")
def view() -> workbench.FenceTimeline:
    """A timeline of two calls and of a barrier that waits for a fence that is never signalled."""
    module = ireelite.load(ireelite.compile(SOURCE, targets=["vmvx"]), record=True)
    for _ in range(2):
        module.f(np.zeros(8, np.float32))
    recording = module._recording
    assert recording is not None
    never = Fence([(Semaphore(), 1)])
    log = recording.submission(module.device.lane, "barrier", never, None)
    module.device.submit(never, None, (), log)
    return workbench.FenceTimeline(module)


@pytest.fixture
def opened(page: Page, view: workbench.FenceTimeline, tmp_path: Path) -> Page:
    file = tmp_path / "timeline.html"
    file.write_text(view.to_html(), encoding="utf-8")
    page.goto(file.as_uri())
    page.wait_for_selector(".wb-timeline .mark")
    return page


def chips(page: Page) -> list[str]:
    return page.locator(".wb-payload").all_text_contents()


def test_steps_move_the_cursor_and_the_payloads(
    opened: Page, view: workbench.FenceTimeline, driver: ModuleType
):
    watch = driver.Watch(opened)
    model = view.model
    at_the_end = [
        f"{timeline.name} = {timeline.at(10**9, 'order')}" for timeline in model.timelines
    ]
    assert chips(opened) == at_the_end and opened.locator(".cursor").count() == 0
    signals = [m for m in model.instants if m.kind == "signal"]
    driver.click_event(opened, signals[0].id)
    name = model.events[signals[0].id].details["semaphore"]
    assert opened.locator(".wb-payload.wb-fresh").all_text_contents() == [f"{name} = 1"]
    assert [chip.endswith("= 1") for chip in chips(opened)].count(True) == 1
    assert opened.locator(".cursor").count() == 1
    opened.get_by_role("button", name="step back").click()
    assert not any(chip.endswith("= 1") for chip in chips(opened))
    opened.get_by_role("button", name="step forward").click()
    assert f"{name} = 1" in chips(opened)
    waits = [wait for wait in model.waits if not wait.pending]
    driver.click_event(opened, waits[-1].id)
    assert waits[-1].cause in opened.locator(".wb-told").inner_text()
    watch.check()


def test_what_blocks_is_written_until_a_mark_is_chosen(
    opened: Page, view: workbench.FenceTimeline, driver: ModuleType
):
    (line,) = opened.locator(".wb-told .wb-blocked").all_text_contents()
    assert line == view.model.blocked[0] and line.endswith("nothing that is recorded will signal")
    driver.click_event(opened, view.model.instants[0].id)
    assert opened.locator(".wb-blocked").count() == 0


def test_ten_thousand_slices_are_drawn_as_few_and_each_is_reached(
    page: Page, tmp_path: Path, driver: ModuleType
):
    """Slices that would cover each other are drawn as one; a chosen one is drawn, and zoom shows all."""
    recorder = ExecutionRecorder("local-sync")
    call = recorder.event("call_begin", "host", time_ns=0, function="f")
    cause = recorder.event("submit", "host", (call,), time_ns=1)
    slices = []
    for n in range(10_000):
        place = {"entry_point": f"k{n % 7}"}
        slices.append(recorder.event("dispatch_begin", "q/queue0", (cause,), place, 10 * n + 2))
        cause = recorder.event("dispatch_end", "q/queue0", (slices[-1],), place, 10 * n + 9)
    recorder.event("call_end", "host", (call,), time_ns=100_010, function="f")
    file = tmp_path / "many.html"
    file.write_text(workbench.FenceTimeline(recorder.record).to_html(), encoding="utf-8")
    page.goto(file.as_uri())
    page.wait_for_selector(".wb-timeline .mark")
    watch = driver.Watch(page)
    marks = page.locator(".wb-plot .mark")
    assert 200 < marks.count() < 1000
    root = page.locator(".wb-timeline")
    root.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.wait_for_selector(f'.mark.wb-lit[data-event="{slices[1]}"]')
    for _ in range(14):
        page.keyboard.press("+")
    shown = {int(id or 0) for id in marks.evaluate_all("(all) => all.map((n) => n.dataset.event)")}
    assert set(slices[1:6]) <= shown
    watch.check()


def test_a_call_is_chosen_and_fills_the_width(opened: Page, view: workbench.FenceTimeline):
    calls = [opened.locator(f'.mark[data-event="{call.id}"]') for call in view.model.calls]
    opened.get_by_role("combobox", name="call").select_option("1")
    plot = opened.locator(".wb-plot").bounding_box()
    box = calls[1].locator(".shape").bounding_box()
    assert plot and box and box["width"] > 0.75 * (plot["width"] - 170)
    opened.locator(".wb-timeline").focus()
    opened.keyboard.press("[")
    box = calls[0].locator(".shape").bounding_box()
    assert box and box["width"] > 0.75 * (plot["width"] - 170)
    opened.keyboard.press("0")
    assert opened.get_by_role("combobox", name="call").input_value() == ""


def test_what_is_pending_is_dashed_behind_now(opened: Page, view: workbench.FenceTimeline):
    (wait,) = (wait for wait in view.model.waits if wait.pending)
    line = opened.locator(f'[data-wait="{wait.id}"]')
    assert "nothing recorded will end it" in (line.locator("title").text_content() or "")
    assert line.evaluate("(n) => getComputedStyle(n).strokeDasharray") != "none"
    assert opened.locator(".wb-plot text", has_text="now").count() == 1
    last = opened.locator(f'.mark[data-event="{wait.id}"] .shape').bounding_box()
    now = opened.locator(".wb-plot text", has_text="now").bounding_box()
    assert last and now and last["x"] > now["x"] + now["width"] - 1
