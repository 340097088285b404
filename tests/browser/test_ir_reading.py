"""Reading in an IR view: values and symbols are followed, regions and constants folded, ops copied; of
a long program only the lines that are seen are drawn, and quickly.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import ireelite
import workbench
from ireelite.program import Program

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
LOOP = """func.func @main(%x: tensor<4xf32>, %n: tensor<i32>) -> tensor<4xf32> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %two = stablehlo.constant dense<2.0> : tensor<4xf32>
  %r:2 = stablehlo.while(%i = %zero, %acc = %x) : tensor<i32>, tensor<4xf32>
    cond {
      %c = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %c : tensor<i1>
    } do {
      %j = stablehlo.add %i, %one : tensor<i32>
      %y = stablehlo.multiply %acc, %two : tensor<4xf32>
      stablehlo.return %j, %y : tensor<i32>, tensor<4xf32>
    }
  return %r#1 : tensor<4xf32>
}"""
LONG = 700
FRAME_MS = 33
COPIED = """() => document.addEventListener('copy', (event) => {
  window.copied = event.clipboardData.getData('text/plain');
}, { once: true })"""


def chain(ops: int) -> str:
    lines = [f"  %v{n + 1} = stablehlo.add %v{n}, %b : tensor<64xf32>" for n in range(ops)]
    body = "\n".join(lines)
    kind = "tensor<64xf32>"
    return (
        f"func.func @main(%v0: {kind}, %b: {kind}) -> {kind} {{\n{body}\n"
        f"  return %v{ops} : {kind}\n}}"
    )


@pytest.fixture(scope="module")
def program() -> Program:
    return ireelite.compile(LOOP, targets=["vmvx"], record=True)


def opened(page: Page, view: Any, folder: Path) -> Any:
    file = folder / "view.html"
    file.write_text(view.to_html(), encoding="utf-8")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(file.as_uri())
    page.wait_for_selector(".wb-line.wb-main")
    return page.locator(".wb-ir")


@pytest.fixture
def reading(page: Page, program: Program, tmp_path: Path) -> Any:
    ran = program.interpret(np.ones(4, np.float32), np.int32(3), values=True)
    return opened(page, workbench.IRView(program, focus="hlo/5", values=ran), tmp_path)


def pane(view: Any, name: str = "hlo") -> Any:
    return view.locator(f'.wb-pane[data-pane="{name}"]')


def line_of(view: Any, text: str, name: str = "hlo") -> Any:
    return pane(view, name).locator(".wb-line", has_text=text).first


def test_values_are_followed_both_ways(reading: Any, page: Page, driver: ModuleType):
    watch = driver.Watch(page)
    use = line_of(reading, "stablehlo.multiply").locator(".wb-t2", has_text="%two").first
    use.hover()
    told = reading.locator(".wb-told")
    assert "%two : tensor<4xf32>, made in line 5, 1 use" in told.inner_text()
    assert pane(reading).locator(".wb-use").count() == 2
    use.click(modifiers=["ControlOrMeta"])
    assert "stablehlo.constant dense<2.0" in pane(reading).locator(".wb-cursor").inner_text()
    page.keyboard.press("u")
    assert "stablehlo.multiply" in pane(reading).locator(".wb-cursor").inner_text()
    page.keyboard.press("d")
    page.keyboard.press("d")
    assert "%two =" in pane(reading).locator(".wb-cursor").inner_text()
    page.keyboard.press("Backspace")
    assert "%two =" not in pane(reading).locator(".wb-cursor").inner_text()
    use.click()
    page.mouse.move(2, 2)
    assert "wb-here" in (line_of(reading, "%two =").get_attribute("class") or "")
    assert pane(reading).locator(".wb-use").count() == 2
    symbol = pane(reading, "vm").locator(".wb-t4", has_text="@hal.fence.await").last
    symbol.scroll_into_view_if_needed()
    symbol.dblclick()
    assert "import" in pane(reading, "vm").locator(".wb-cursor").inner_text()
    watch.check()


def test_regions_and_constants_fold(reading: Any, page: Page):
    hlo = pane(reading)
    lines = hlo.locator(".wb-line").count()
    fold = line_of(reading, "stablehlo.while").locator(".wb-fold")
    fold.click()
    assert hlo.locator(".wb-line").count() < lines
    assert "lines folded" in line_of(reading, "stablehlo.while").inner_text()
    reading.locator("input").fill("multiply")
    assert line_of(reading, "stablehlo.multiply").is_visible()
    reading.locator("input").press("Escape")
    assert hlo.locator(".wb-line").count() == lines
    line_of(reading, "stablehlo.while").click()
    page.keyboard.press("z")
    assert hlo.locator(".wb-line").count() < lines
    page.keyboard.press("Z")
    assert hlo.locator(".wb-line").count() == lines
    button = reading.locator("button", has_text="fold constants")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    assert "2 more constants" in line_of(reading, "%zero =").inner_text()
    line_of(reading, "%zero =").locator(".wb-folded").click()
    assert line_of(reading, "%two =").is_visible()


def test_values_of_a_run_stand_beside_results(reading: Any):
    ran = line_of(reading, "stablehlo.multiply").locator(".wb-ran")
    assert ran.inner_text() == "= 8 8 8 8"
    box, own = pane(reading).bounding_box(), ran.bounding_box()
    assert box["x"] < own["x"] and own["x"] + own["width"] <= box["x"] + box["width"]


def test_an_op_is_copied_as_the_model_copies_it(reading: Any, page: Page, program: Program):
    view = workbench.IRView(program.record)
    nodes = program.record.stage("hlo").nodes
    for name in ("stablehlo.multiply", "stablehlo.while", "func.return", "func.func"):
        position = next(
            n for n, serial in enumerate(nodes) if program.record.nodes.name(serial) == name
        )
        line = pane(reading).locator(f'.wb-line[data-begins="{nodes[position]}"]')
        line.locator(".wb-t1").first.click()
        page.evaluate(COPIED)
        reading.locator("button", has_text="copy op").click()
        assert page.evaluate("() => window.copied") == view.subtree(f"hlo/{position}")


def test_attributes_are_found(reading: Any, program: Program):
    view = workbench.IRView(program.record).model
    for query in ("attribute:sym", "attribute:mapping", "type:i32", "symbol:main"):
        reading.locator("input").fill(query)
        reading.page.wait_for_timeout(200)
        assert f"of {len(view.search(query))} in" in reading.locator(
            ".wb-bar .wb-count"
        ).inner_text() or (not view.search(query))


def test_what_a_search_found_is_chosen_by_keys(reading: Any, page: Page):
    pane(reading).locator(".wb-lines").focus()
    page.keyboard.press("/")
    page.keyboard.type("stablehlo.multiply")
    page.wait_for_function("() => document.querySelector('.wb-hit-now')")
    page.keyboard.press("Escape")
    assert "stablehlo.multiply" in pane(reading).locator(".wb-cursor").inner_text()
    page.keyboard.press("Enter")
    assert "stablehlo.multiply" in reading.locator(".wb-told b").first.inner_text()


def test_a_long_program_is_drawn_where_it_is_seen(page: Page, tmp_path: Path, driver: ModuleType):
    program = ireelite.compile(chain(LONG), targets=["vmvx"], record=True, progress=False)
    view = opened(page, workbench.IRView(program, focus=f"hlo/{LONG // 2}"), tmp_path)
    watch = driver.Watch(page)
    hlo = pane(view)
    assert 20 < hlo.locator(".wb-line").count() < 100
    assert hlo.locator(".wb-line.wb-here").count() == 1
    body = hlo.locator(".wb-lines")
    body.focus()
    page.keyboard.press("End")
    assert f"return %v{LONG}" in hlo.locator(".wb-cursor").inner_text()
    page.keyboard.press("d")
    assert f"%v{LONG} =" in hlo.locator(".wb-cursor").inner_text()
    view.locator("input").fill(f"value:%v{LONG - 3}")
    page.wait_for_function("() => document.querySelector('.wb-hit-now')")
    assert hlo.locator(".wb-hit-now").inner_text() == f"%v{LONG - 3}"
    frames = thread_times(page, body)
    assert sorted(frames)[int(len(frames) * 0.95)] < FRAME_MS
    watch.check()


def thread_times(page: Page, body: Any) -> list[float]:
    """Processor time of the page's thread, in milliseconds, for each of some scrolls and moves."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def used() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(m["value"] for m in metrics if m["name"] == "TaskDuration") * 1000

    box = body.bounding_box()
    times: list[float] = []
    for step in range(40):
        before = used()
        if step % 2:
            body.evaluate("(node) => { node.scrollTop += 700 }")
        else:
            page.mouse.move(box["x"] + 90, box["y"] + 20 + 16 * (step % 10))
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        times.append(used() - before)
    return times
