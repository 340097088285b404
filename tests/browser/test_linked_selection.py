"""One selection for all views of a page: what is chosen in one is highlighted in the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
LIT = {
    "ir": ".wb-pane .wb-op.wb-lit",
    "steps": ".wb-marks i",
    "diffs-view": ".wb-lit",
    "dispatches": ".node.wb-chosen",
    "executable": ".wb-lit",
    "memory": ".wb-chosen",
    "timeline": ".mark.wb-lit",
    "debugger": ".wb-row.wb-lit",
}
"""Class name of a view -> CSS selector of its elements that are highlighted as part of the
selection.
"""
SEEN = """(lit) => Object.fromEntries(Object.entries(lit).map(([view, marks]) =>
  [view, [...document.querySelectorAll(`.wb-${view} ${marks.split(', ').join(`, .wb-${view} `)}`)]
    .map((node) => node.dataset.s ?? node.dataset.event ?? node.textContent + node.style.cssText)]))"""


ROWS = """(rows) =>
  rows.map((row) => [parseInt(row.querySelector('.wb-pc').textContent, 16), row.matches('.wb-lit')])"""


def select(page: Page, serial: int, driver: Any) -> dict[str, list[str]]:
    """Chooses an op in the IR view; returns the highlighted elements of each view."""
    op = page.locator(f'.wb-ir .wb-pane[data-pane="hlo"] .wb-op[data-s="{serial}"] .wb-t1')
    op.first.click()
    page.mouse.move(2, 2)
    driver.settled(page)
    return page.evaluate(SEEN, LIT)


def serials_of(page: Page, view: str) -> list[str]:
    """Serial numbers of the ops that a view shows."""
    return page.locator(f".wb-{view} [data-s]").evaluate_all(
        "(all) => all.map((one) => one.dataset.s)"
    )


def named(record: Any, name: str) -> list[int]:
    return [n for n in record.stage("hlo").nodes if record.nodes[n].name == name]


@pytest.fixture(params=["page", "workbench"])
def opened(request: pytest.FixtureRequest, page: Page, digits_page: Any) -> Page:
    is_bench = request.param == "workbench"
    page.goto((digits_page.bench_file if is_bench else digits_page.file).as_uri())
    page.wait_for_selector(".wb-ir .wb-op")
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
    addresses = {
        place: serial
        for table in record.instructions
        if (table.kind, table.where) == ("vm", "module")
        for place, serial in zip(table.addresses, table.nodes, strict=True)
    }
    compiled = set(map(int, serials_of(opened, "executable")))
    ops = [n for n in record.stage("hlo").nodes if record.nodes[n].name.startswith("stablehlo.")]
    # The executable view shows one executable: one op has a part in it, the other has not.
    inside = next(n for n in ops if record.relatives(n) & compiled)
    products = named(record, "stablehlo.dot_general")
    chosen = (inside, next(n for n in products if not record.relatives(n) & compiled))
    lit = [select(opened, n, driver) for n in chosen]
    assert {view for view in LIT if not lit[0][view]} == set()
    assert {view for view in LIT if not lit[1][view]} == {"executable"}
    assert {view for view in LIT if lit[0][view] == lit[1][view]} <= {"debugger"}
    for serial, views in zip(chosen, lit, strict=True):
        relatives = record.relatives(serial)
        for view in ("ir", "executable", "diffs-view"):
            assert set(map(int, views[view])) <= relatives, view
        assert set(map(int, views["executable"])) == relatives & compiled
    # The debugger shows one function: of its instructions, exactly the relatives are lit.
    rows = opened.locator(".wb-debugger .wb-code .wb-row:not(.wb-label)").evaluate_all(ROWS)
    pcs = {pc for pc, _ in rows}
    (function,) = {f for f, pc in addresses if all((f, pc) in addresses for pc in pcs)}
    relatives = record.relatives(chosen[1])
    assert {pc for pc, is_lit in rows if is_lit} == {
        pc for pc in pcs if addresses[function, pc] in relatives
    }
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
    select(opened, named(digits_page.program.record, "stablehlo.dot_general")[0], driver)
    marks, lit = opened.locator(f".wb-{view} {mark}"), [driver.lit_ops(opened)]
    for one in (marks.first, marks.last):
        one.click()
        opened.mouse.move(2, 2)
        lit.append(driver.lit_ops(opened))
    assert lit[0] != lit[1] or lit[1] != lit[2]
