"""Real programs in the whole workbench: each opens, selects, steps and is exported."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

import workbench

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.interop]
SHORT = 500
"""Number of ops of the `long` program here; the table of `make views-bench` uses twenty times as
many.
"""
LIT = """(tab) => [...document.querySelectorAll(`[role=tabpanel]:not([hidden]) .wb ${tab}`)]
  .map((node) => Number(node.dataset.s ?? node.dataset.event))"""

IS_IN_SIGHT = """(box) => {
  const [own, frame] = [box.getBoundingClientRect(), box.closest('.wb-canvas').getBoundingClientRect()];
  return own.top >= frame.top && own.top < frame.bottom && own.left >= frame.left && own.left < frame.right;
}"""


def lit_in(page: Page, marks: str) -> set[int]:
    """Numbers of the elements of the tab in sight that match a CSS selector, by op or by event."""
    return set(page.evaluate(LIT, marks))


def check_selection(page: Page, bench: Any, inputs: ModuleType, driver: Any, serial: int) -> None:
    """Chooses each tab and checks that exactly the relatives of a selected op are lit in it."""
    record = bench.shared.record
    relatives = record.relatives(serial)
    driver.settled(page)
    lit, shown = lit_in(page, ".wb-op.wb-lit"), lit_in(page, ".wb-op[data-s]")
    assert lit == relatives & shown != set()
    if "stages" in bench.names:
        inputs.choose(page, "stages")
        assert lit_in(page, ".wb-cell.wb-lit") == relatives & lit_in(page, ".wb-cell[data-s]")
    if "executables" in bench.names:
        inputs.choose(page, "executables")
        lit, shown = lit_in(page, ".wb-line.wb-lit"), lit_in(page, ".wb-line[data-s]")
        assert lit == relatives & shown
    if "run" in bench.names:
        inputs.choose(page, "run")
        assert lit_in(page, ".mark.wb-lit") == bench["run"].model.lit([serial])
    if "dispatches" in bench.names:
        inputs.choose(page, "dispatches")
        names = page.locator(".wb-dispatches .node.wb-chosen").evaluate_all(
            "(all) => all.map((one) => Number(one.dataset.node))"
        )
        graph = bench["dispatches"].model
        expected = {
            node.number
            for node in graph.nodes
            if node.kind != "block" and relatives & set(node.serials)
        }
        assert set(names) == expected
        if names:
            boxes = page.locator(".wb-dispatches .node.wb-chosen")
            assert boxes.first.evaluate(IS_IN_SIGHT), "the picture is scrolled to what is lit"


@pytest.fixture(scope="module")
def inputs(repository: Path) -> ModuleType:
    folder = str(repository / "tests" / "benchmarks")
    sys.path.insert(0, folder)
    try:
        import views_bench  # pyright: ignore[reportMissingImports]
    finally:
        sys.path.remove(folder)
    return views_bench


@pytest.mark.parametrize(
    "name",
    ["digits_cnn", "transformer", "upstream_vmvx", "upstream_llvm_cpu", "upstream_dump", "loop", "long"],
)  # fmt: skip
def test_a_real_program_opens_selects_steps_and_is_exported(
    page: Page, inputs: ModuleType, tmp_path: Path, driver: Any, name: str
):
    source = inputs.INPUTS[name](tmp_path, SHORT)
    bench = workbench.open(source)
    html = bench.to_html(name)
    assert len(html) < 3_000_000
    file = tmp_path / "page.html"
    file.write_text(html, encoding="utf-8")
    watch = driver.Watch(page)
    page.goto(file.as_uri())
    page.wait_for_selector(inputs.FIRST)
    if "IR" in bench.names:
        op = page.locator(".wb-ir [data-s] .wb-t1").nth(3)
        op.click()
        page.mouse.move(2, 2)
        serial = int(op.locator("xpath=..").get_attribute("data-s") or -1)
        check_selection(page, bench, inputs, driver, serial)
    else:
        op = page.locator(".wb-timeline .mark").nth(2)
        event = op.get_attribute("data-event")
        op.click()
        page.mouse.move(2, 2)
        assert page.locator(f'.wb-timeline .mark.wb-lit[data-event="{event}"]').count() == 1
    stepper = next(tab for tab in inputs.STEPPERS if tab in bench.names)
    inputs.choose(page, stepper)
    root = page.locator(inputs.STEPPERS[stepper]).first
    root.wait_for()
    now = ".wb-steps .wb-told" if stepper == "rewrites" else ".wb-debugger .wb-now"
    before = page.locator(now).first.inner_text()
    root.press("ArrowRight")
    root.press("ArrowRight")
    assert page.locator(now).first.inner_text() != before
    for tab in bench.names:
        if tab != "pipeline":
            inputs.choose(page, tab)
    watch.check()
