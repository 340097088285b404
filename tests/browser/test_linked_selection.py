"""One selection for all views of a page: what is chosen in one is lit in the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
LIT = {
    "ir": ".wb-pane .wb-op.wb-lit",
    "steps": ".wb-row.wb-touched",
    "diffs-view": ".wb-lit",
    "dispatches": ".node.wb-chosen",
    "executable": ".wb-lit",
    "memory": ".wb-chosen",
    "timeline": ".mark.wb-lit",
    "debugger": ".wb-row.wb-lit",
}
"""For each view, what shows that something in it belongs to what is selected."""
SEEN = """(lit) => Object.fromEntries(Object.entries(lit).map(([view, marks]) =>
  [view, [...document.querySelectorAll(`.wb-${view} ${marks.split(', ').join(`, .wb-${view} `)}`)]
    .map((node) => node.dataset.s ?? node.dataset.event ?? node.dataset.n ?? node.id + node.textContent)]))"""


def select(page: Page, serial: int) -> dict[str, list[str]]:
    """Chooses an op in the IR view; returns what is lit in each view."""
    op = page.locator(f'.wb-ir .wb-pane[data-pane="hlo"] .wb-op[data-s="{serial}"] .wb-t1')
    op.first.click()
    page.mouse.move(2, 2)
    return page.evaluate(SEEN, LIT)


def first(record: Any, name: str) -> int:
    return next(n for n in record.stage("hlo").nodes if record.nodes[n].name == name)


@pytest.fixture(params=["page", "workbench"])
def opened(request: pytest.FixtureRequest, page: Page, digits_page: Any) -> Page:
    is_bench = request.param == "workbench"
    page.goto((digits_page.bench_file if is_bench else digits_page.file).as_uri())
    if is_bench:
        for tab in page.get_by_role("tab").all():
            if tab.get_attribute("aria-selected") == "false":
                tab.click(modifiers=["Shift"])
    page.wait_for_selector(".wb-timeline .mark")
    page.wait_for_selector(".wb-debugger .wb-row")
    return page


def test_an_op_lights_its_relatives_in_every_view(opened: Page, digits_page: Any, driver: Any):
    watch = driver.Watch(opened)
    record = digits_page.program.record
    one = select(opened, first(record, "stablehlo.dot_general"))
    assert {view for view, lit in one.items() if not lit} == set()
    other = select(opened, first(record, "stablehlo.maximum"))
    assert {view for view in LIT if one[view] == other[view]} <= {"executable"}
    watch.check()


@pytest.mark.parametrize(
    ("view", "mark"),
    [
        ("steps", ".wb-diff"),
        ("diffs-view", ".wb-cell[data-s]"),
        ("dispatches", ".node.region"),
        ("executable", "[data-s]"),
        ("timeline", '.mark[aria-label^="dispatch "]'),
    ],
)
def test_each_view_sets_the_selection(
    opened: Page, digits_page: Any, driver: Any, view: str, mark: str
):
    select(opened, first(digits_page.program.record, "stablehlo.constant"))
    before = driver.lit_ops(opened)
    opened.locator(f".wb-{view} {mark}").last.click()
    opened.mouse.move(2, 2)
    assert driver.lit_ops(opened) != before
