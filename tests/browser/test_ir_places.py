"""What an IR view lights is in sight: at first, after a click, after a search, and by the keys."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

import ireelite
import workbench

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
HIDDEN = """(root) => [...root.querySelectorAll('.wb-pane')].filter((pane) => {
  const box = pane.querySelector('.wb-lines').getBoundingClientRect();
  const main = [...pane.querySelectorAll('.wb-line.wb-main')].map((line) => line.getBoundingClientRect());
  return main.length && !main.some((line) => line.top >= box.top && line.bottom <= box.bottom);
}).map((pane) => pane.dataset.pane)"""
HIT_IN_SIGHT = """(root) => {
  const hit = root.querySelector('.wb-hit-now');
  const [box, own] = [hit.closest('.wb-lines'), hit].map((node) => node.getBoundingClientRect());
  return own.top >= box.top && own.bottom <= box.bottom && own.left >= box.left && own.right <= box.right;
}"""


@pytest.fixture
def view(page: Page, driver: ModuleType, repository: Path, tmp_path: Path) -> Any:
    source = repository / "notebooks" / "data" / "digits_mlp.pb"
    program = ireelite.compile(source, targets=["vmvx", "vulkan-spirv"], record=True)
    file = tmp_path / "digits_mlp.html"
    file.write_text(workbench.IRView(program).to_html(), encoding="utf-8")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(file.as_uri())
    page.wait_for_selector(".wb-line.wb-main")
    driver.settled(page)
    return page.locator(".wb-ir")


def test_lit_lines_and_hits_are_inside_their_panes(view: Any, page: Page):
    assert view.evaluate(HIDDEN) == []
    lines = view.locator('.wb-pane[data-pane="hlo"] .wb-line[data-begins]')
    for number in (9, 30):
        line = lines.nth(number)
        line.scroll_into_view_if_needed()
        box = view.locator('.wb-pane[data-pane="hlo"] .wb-lines').bounding_box()
        own = line.bounding_box()
        # The empty end of the row.
        page.mouse.click(box["x"] + box["width"] - 14, own["y"] + 8)
        assert "wb-here" in (line.get_attribute("class") or "")
        assert view.evaluate(HIDDEN) == []
        page.keyboard.press("ArrowDown")
        assert "wb-cursor" in (lines.nth(number + 1).get_attribute("class") or "")
    for click in ("header", ".wb-count", ".wb-lines"):
        view.locator(f'.wb-pane[data-pane="hlo"] {click}').first.click()
        page.keyboard.press("/")
        page.keyboard.type("spirv.return")
        assert view.locator("input").input_value() == "spirv.return"
        assert view.evaluate(HIT_IN_SIGHT)
        page.keyboard.press("Escape")


def test_main_lines_differ_from_by_products(view: Any):
    lit = view.locator(".wb-line.wb-lit").count()
    main = view.locator(".wb-line.wb-main").count()
    assert 0 < main < lit / 2
    style = "(line) => getComputedStyle(line).borderLeftStyle"
    assert view.locator(".wb-line.wb-main").first.evaluate(style) == "solid"
    assert view.locator(".wb-line.wb-lit:not(.wb-main)").first.evaluate(style) == "dotted"
