"""A notebook that is run, saved and reopened without its kernel shows what its reader saw last."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SOURCE = """import ireelite, workbench, numpy as np
program = ireelite.compile("data/simple_mul.pb", targets=["vmvx"], record=True)
module = ireelite.load(program, record=True)
module.simple_mul(np.ones(4, np.float32), np.ones(4, np.float32))
for view in (workbench.PipelineMap(program), workbench.IRView(program),
             workbench.FenceTimeline(module, program), workbench.TensorPeek(np.arange(4.0)),
             workbench.VMDebugger(module.simple_mul.debug(*[np.ones(4, np.float32)] * 2), program)):
    display(view)"""
HEIGHTS = (
    "[...document.querySelectorAll('.wb-still img')].map((n) => n.getBoundingClientRect().height)"
)
OUTPUTS = """[...document.querySelectorAll('.jp-OutputArea-child')]
    .filter((node) => node.getBoundingClientRect().height > 0).map((node) => node.innerText.trim())"""
STOP = "async () => await window.jupyterapp.serviceManager.sessions.shutdownAll()"
SAVE = "async () => await window.jupyterapp.commands.execute('docmanager:save')"


SVG = re.compile(r"data:image/svg\+xml;base64,([\w+/=]+)")
STILLS = "[...document.querySelectorAll('.wb-still img')].map((image) => image.src)"
KEPT = f"""(least) => {STILLS}.filter(
    (source) => atob(source.split(',')[1]).includes('foreignObject')).length >= least"""


@pytest.fixture
def page(lab: Any, browser_context: Any) -> Iterator[Page]:
    """The notebook after its cells have run."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SOURCE)])
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": {"name": "python3", "display_name": "-", "language": "python"}}
    )
    (lab.root / "kept.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
    page: Page = browser_context.new_page()
    lab.open(page, "kept.ipynb")
    page.wait_for_selector(".wb-timeline .mark")
    page.wait_for_selector(".wb-tensor .cell")
    yield page
    page.close()


def reopened(page: Page, lab: Any) -> list[str]:
    """Saves the notebook, shuts down its kernel and reopens it. Returns the pictures that it then
    shows, as SVG text.
    """
    page.evaluate(SAVE)
    page.evaluate(STOP)
    lab.open(page, "kept.ipynb", run=False)
    page.wait_for_function(f"{HEIGHTS}.filter((height) => height > 40).length === 5")
    page.wait_for_function("document.body.textContent.includes('model not found')")
    *pictures, steps = page.evaluate(OUTPUTS)
    assert pictures == [""] * 4, "pictures, and no word of widgets"
    assert "recorded steps: unfold a step" in steps
    found = [SVG.match(source) for source in page.evaluate(STILLS)]
    return [base64.b64decode(match[1]).decode() for match in found if match]


def test_what_was_chosen_last_stays_lit_when_the_kernel_is_gone(
    page: Page, lab: Any, driver: ModuleType, pictures: Path
):
    assert page.evaluate(HEIGHTS) == [0] * 5, "live views take the places of their first frames"
    assert page.evaluate(KEPT, 0) and not page.evaluate(KEPT, 1), "nothing was chosen yet"
    stage = page.locator('.wb-ir .wb-pane[data-pane="hlo"]').first
    serial = int(stage.locator(".wb-op", has_text="stablehlo.multiply").get_attribute("data-s"))
    driver.click_op(page, "hlo", serial)
    lit = driver.lit_ops(page)["hlo"]
    page.locator(".wb-tensor .cell").nth(2).click()
    page.mouse.move(2, 2)
    page.locator(".wb-debugger .wb-code").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(KEPT, arg=5)
    _, ir, timeline, tensor, call = reopened(page, lab)
    shown = {
        int(number)
        for tag in re.findall(r"<[^>]*\bwb-lit\b[^>]*>", ir)
        for number in re.findall(r'data-s="(\d+)"', tag)
    }
    assert serial in shown and lit <= shown
    assert "lit in" in ir and "wb-chosen" in tensor
    assert re.search(r"<g[^>]*\bwb-lit\b[^>]*>", timeline), "its dispatch"
    assert "position 1" in call.replace("<b>", "").replace("</b>", "")
    kept = page.locator(".wb-still details")
    kept.first.locator("summary").first.click()
    kept.nth(3).locator("summary").click()
    assert "%i0:1 = vm.const.i64 4" in kept.nth(3).inner_text()
    assert re.search(r"\* r\d +hal\.allocator", kept.nth(3).inner_text()), "without a kernel"
    kept.nth(3).scroll_into_view_if_needed()
    page.screenshot(path=pictures / "kept.png")


DEBUGGED = """import ireelite, workbench, numpy as np
program = ireelite.compile("simple_mul.pb", targets=["vmvx"], record=True)
module = ireelite.load(program)
ones = np.ones(4, np.float32)
workbench.VMDebugger(module.simple_mul.debug(ones, ones), program)"""


def test_a_debugger_steps_in_a_notebook_that_was_saved_with_its_views(
    repository: Path,
    browser_context: Any,
    driver: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(repository / "binder"))
    (tmp_path / "notebooks").mkdir()
    data = (repository / "notebooks" / "data" / "simple_mul.pb").read_bytes()
    (tmp_path / "notebooks" / "simple_mul.pb").write_bytes(data)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(DEBUGGED)])
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": {"name": "python3", "display_name": "-", "language": "python"}}
    )
    (tmp_path / "notebooks" / "saved.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
    server = driver.Lab(tmp_path / "notebooks", tmp_path)
    page: Page = browser_context.new_page()
    try:
        server.open(page, "saved.ipynb")
        page.wait_for_selector(".wb-debugger .wb-code")
        page.evaluate(SAVE)
        page.evaluate(STOP)
        server.open(page, "saved.ipynb", run=False)
        page.locator(".wb-debugger .wb-code").focus()
        place = page.locator(".wb-debugger b", has_text="position")
        assert place.inner_text() == "position 0"
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        page.wait_for_function("document.body.textContent.includes('position 3 of')")
        page.keyboard.press("ArrowLeft")
        page.wait_for_function("document.body.textContent.includes('position 2 of')")
    finally:
        page.close()
        server.close()
