"""Every view at 200 % zoom, and with the keyboard alone, in JupyterLab.

At 200 %, a window of 1440 pixels is 720 CSS pixels wide, which is the width of the page here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HERE = Path(__file__).resolve().parent
ZOOMED = (HERE / "zoomed.js").read_text(encoding="utf-8")
UNREACHABLE = (HERE / "unreachable.js").read_text(encoding="utf-8")
SIZE = {"width": 720, "height": 450}
WITHOUT_SIDEBAR = "() => window.jupyterapp.commands.execute('application:toggle-left-area')"
VIEWS = {
    "PipelineMap": (".stage >> nth=0", ("ArrowRight", "Enter")),
    "IRView": (".wb-lines >> nth=0", ("ArrowDown", "ArrowDown", "Enter")),
    "RewriteStepper": ("[role=tree]", ("ArrowDown", "ArrowDown")),
    "StageDiff": ("[role=list]", ("ArrowDown", "ArrowDown", "Enter")),
    "DispatchGraph": (".wb-canvas", ("ArrowDown", "Enter")),
    "ExecutableView": (".wb-lines >> nth=0", ("ArrowDown", "ArrowDown", "Enter")),
    "TensorPeek": (".wb-tensor", ("ArrowRight", "ArrowDown")),
    "VMDebugger": (".wb-code", ("ArrowUp", "Enter")),
    "ModuleMap": (".wb-canvas", ("ArrowDown", "Enter")),
    "MemoryPlan": (".wb-canvas", ("ArrowDown", "Enter")),
    "FenceTimeline": (".wb-timeline", ("ArrowRight", "ArrowRight", "Enter")),
    "Workbench": (".lm-TabBar-tab.lm-mod-current", ("ArrowRight", "Enter")),
}
"""View -> (selector of the part that takes keys, keys that change what the view shows)."""
MAX_TABS = 60
FIRST = """(root) => {
  const all = root.querySelectorAll('.wb:is([tabindex="0"]), .wb :is([tabindex="0"], button, input, select)');
  [...all].find((node) => node.checkVisibility() && !node.disabled)?.focus();
  return root.contains(document.activeElement);
}"""
VISIT = """(root) => {
  const node = document.activeElement;
  if (!root.contains(node) || node.dataset.visited) return null;
  node.dataset.visited = '1';
  const box = node.getBoundingClientRect();
  const isSeen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const style = getComputedStyle(node);
  const marked = [node, ...node.querySelectorAll(':scope > *')].map((one) => getComputedStyle(one));
  const isMarked = marked.some((one) => one.outlineStyle !== 'none' || parseFloat(one.strokeWidth) >= 2);
  return {name: `${node.localName}.${node.className?.baseVal ?? node.className}`, isSeen, isMarked};
}"""


@pytest.fixture(scope="module")
def gallery(lab: Any, browser_context: Any, driver: ModuleType) -> Iterator[Any]:
    page = browser_context.new_page()
    page.set_viewport_size(SIZE)
    with driver.gallery(lab, page) as gallery:
        page.evaluate(WITHOUT_SIDEBAR)
        yield gallery
    page.close()


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_is_cut_or_covered_at_200_percent(view: str, gallery: Any, pictures: Path):
    shown = gallery.view(view)
    gallery.page.wait_for_timeout(150)
    found = shown.evaluate(ZOOMED)
    if found:
        shown.screenshot(path=pictures / f"{view}-at-200-percent.png")
    assert found == []


def test_parts_side_by_side_are_wide_enough_to_be_read(gallery: Any):
    gallery.page.set_viewport_size(SIZE | {"width": 780})
    columns = {"VMDebugger": ".wb-codepane, .wb-aside", "StageDiff": ".wb-diff-head"}
    for view, parts in columns.items():
        boxes = [part.bounding_box() for part in gallery.view(view).locator(parts).all()]
        assert len(boxes) == 2
        assert min(box["width"] for box in boxes) > 290, view
    gallery.page.set_viewport_size(SIZE)


@pytest.mark.parametrize("view", VIEWS)
def test_all_that_answers_a_pointer_answers_keys(view: str, gallery: Any):
    shown, keyboard = gallery.view(view), gallery.page.keyboard
    assert shown.evaluate(FIRST)
    visits: list[dict[str, Any]] = []
    while len(visits) < MAX_TABS and (visit := shown.evaluate(VISIT)):
        visits.append(visit)
        keyboard.press("Tab")
    assert [visit["name"] for visit in visits if not visit["isSeen"]] == []
    assert [visit["name"] for visit in visits if not visit["isMarked"]] == []
    assert shown.evaluate(UNREACHABLE) == []
    part, pressed = VIEWS[view]
    shown.locator(part).first.focus()
    before = shown.inner_html()
    for key in pressed:
        keyboard.press(key)
    gallery.page.wait_for_function(
        "([node, before]) => node.innerHTML !== before", arg=[shown.element_handle(), before]
    )
