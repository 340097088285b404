"""The debugger's view: stepped in a page without a kernel, and driven together with a kernel."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import ireelite
import workbench
from workbench.render.text_debugger import in_order

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
SLOTS = "(all) => all.map((node) => node.dataset.slot)"
IN_SIGHT = """(node) => {
  const box = node.closest('.wb-code').getBoundingClientRect();
  const own = node.getBoundingClientRect();
  return own.top >= box.top && own.bottom <= box.bottom;
}"""


@pytest.fixture(scope="module")
def view(repository: Path) -> workbench.VMDebugger:
    program = ireelite.compile(repository / "notebooks" / "data" / "simple_mul.pb", record=True)
    module = ireelite.load(program)
    call = module.simple_mul.debug(np.arange(4, dtype=np.float32), np.ones(4, np.float32))
    return workbench.VMDebugger(call, program)


@pytest.fixture
def opened(page: Page, view: workbench.VMDebugger, tmp_path: Path) -> Page:
    file = tmp_path / "debugger.html"
    ir = workbench.IRView(view.shared.record, stages=["hlo"])
    file.write_text(workbench.page(view, ir, title="a call"), encoding="utf-8")
    page.goto(file.as_uri())
    page.wait_for_selector(".wb-debugger .wb-now")
    return page


def position(page: Page) -> int:
    return int(page.locator(".wb-debugger .wb-where b").first.inner_text().split()[1])


def test_a_page_shows_at_each_step_what_the_debugger_shows(
    opened: Page, view: workbench.VMDebugger, driver: ModuleType
):
    watch = driver.Watch(opened)
    root = opened.locator(".wb-debugger")
    root.focus()
    last = view.debugger.recorded
    keys = ["ArrowRight"] * last + ["ArrowLeft"] * last
    ways = [*range(last), *range(last, 0, -1)]
    for at, key in zip(ways, keys, strict=True):
        assert position(opened) == at
        check_step(opened, view, at)
        root.press(key)
    assert position(opened) == 0
    watch.check()


def check_step(page: Page, view: workbench.VMDebugger, at: int) -> None:
    """What the page shows at a position is what the model has there."""
    stack = view.model.trace.stack(at)
    if not stack:
        assert "returned" in page.locator(".wb-debugger .wb-where").inner_text()
        return
    row = view.model.listing.functions[stack[-1].function].rows[stack[-1].row]
    now = page.locator(".wb-now")
    assert now.locator(".wb-text").inner_text() == row.text
    assert now.evaluate(IN_SIGHT)
    registers = in_order(stack[-1])
    assert page.locator(".wb-register").evaluate_all(SLOTS) == [r.slot for r in registers]
    changed = [r.slot for r in registers if r.changed]
    assert page.locator(".wb-changed").evaluate_all(SLOTS) == changed


def test_breakpoints_objects_and_the_selection(
    opened: Page, view: workbench.VMDebugger, driver: ModuleType
):
    watch = driver.Watch(opened)
    root = opened.locator(".wb-debugger")
    box = root.locator("input[type=text]")
    box.fill("@hal.fence.await")
    box.press("Enter")
    root.locator('[data-do="resume"]').click()
    awaits = opened.locator(".wb-now .wb-text").inner_text()
    assert "@hal.fence.await" in awaits
    assert "breakpoint @hal.fence.await" in root.locator(".wb-where").inner_text()
    assert opened.locator(".wb-row.wb-stop").count() == 1
    root.press("Home")
    assert position(opened) == 0
    root.locator("button.wb-register").first.click()
    held = root.locator(".wb-held").first
    assert [held.locator("td").nth(n).inner_text() for n in range(1, 5)] == ["0", "1", "2", "3"]

    record = view.shared.record
    assert record is not None
    mul = next(s for s in record.stage("hlo").nodes if record.nodes.name(s).endswith("multiply"))
    driver.click_op(opened, "hlo", mul)
    lit = record.relatives(mul)
    wanted = [row.pc for row in view.model.listing.functions[0].rows if row.serial in lit]
    shown = opened.locator(".wb-row.wb-lit .wb-pc").all_inner_texts()
    assert wanted and [int(text, 16) for text in shown] == wanted
    root.locator("button", has_text="at the selected op").click()
    assert opened.locator(".wb-row.wb-stop").count() == len(wanted) + 1
    opened.locator(".wb-row.wb-lit .wb-text").first.click()
    serial = next(row.serial for row in view.model.listing.functions[0].rows if row.pc == wanted[0])
    assert driver.lit_ops(opened)["hlo"] == record.relatives(serial) & set(
        record.stage("hlo").nodes
    )
    opened.locator(".wb-row", has_text="hal.fence.await").dblclick()
    assert opened.locator(".wb-now .wb-text").inner_text() == awaits
    box.fill("no.such.function")
    box.press("Enter")
    wrong = root.locator('[role="alert"]')
    assert "no instruction at" in wrong.inner_text()
    below = [each.bounding_box()["y"] for each in (box, wrong)]
    assert 0 < below[1] - below[0] < 60, "beside the field"
    box.press_sequentially("x")
    assert wrong.inner_text() == ""
    watch.check()


def wait_for_answer(page: Page, driver: ModuleType, expression: str, expected: str) -> None:
    """Asks the kernel until an expression has a value: what a click sends may arrive later than the
    question. Fails after ten seconds.
    """
    for _ in range(100):
        if (answer := page.evaluate(driver.ASK_KERNEL, expression)) == expected:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{expression} is {answer}, not {expected}")


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_the_notebook_and_the_kernel_go_together(
    lab: Any, page: Page, theme: str, pictures: Path, driver: ModuleType
):
    watch = driver.Watch(page)
    lab.open(page, "reference/vm_debugger.ipynb", theme)
    root = page.locator(".wb-debugger").first
    root.scroll_into_view_if_needed()
    assert page.evaluate(driver.ASK_KERNEL, "call.position") == "8"
    root.locator('[data-do="step"]').click()
    wait_for_answer(page, driver, "call.position", "9")
    root.locator('[data-do="end"]').click()
    wait_for_answer(page, driver, "call.finished", "True")
    assert page.evaluate(driver.ASK_KERNEL, "view.go('to 3').position") == "3"
    root.locator(".wb-where", has_text="position 3").wait_for()
    box = root.locator("input[type=text]")
    box.fill("module.missing")
    box.press("Enter")
    root.locator('[role="alert"]', has_text="NOT_FOUND").wait_for()
    assert box.input_value() == "module.missing", "what is wrong stays to be mended"
    box.fill("")
    assert page.evaluate(driver.FAINT_TEXT) == []
    page.screenshot(path=pictures / f"debugger_{theme.split()[-1].lower()}.png")
    watch.check()
