"""A notebook that is run, saved and opened again without its kernel shows the first frames."""

from __future__ import annotations

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
             workbench.FenceTimeline(module, program), workbench.TensorPeek(np.arange(4.0))):
    display(view)"""
HEIGHTS = (
    "[...document.querySelectorAll('.wb-still img')].map((n) => n.getBoundingClientRect().height)"
)
OUTPUTS = """[...document.querySelectorAll('.jp-OutputArea-child')]
    .filter((node) => node.getBoundingClientRect().height > 0).map((node) => node.innerText.trim())"""
STOP = "async () => await window.jupyterapp.serviceManager.sessions.shutdownAll()"
SAVE = "async () => await window.jupyterapp.commands.execute('docmanager:save')"


def test_first_frames_stay_when_the_kernel_is_gone(
    lab: Any, browser_context: Any, driver: ModuleType
):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SOURCE)])
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": {"name": "python3", "display_name": "-", "language": "python"}}
    )
    (lab.root / "kept.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
    page: Page = browser_context.new_page()
    lab.open(page, "kept.ipynb")
    page.wait_for_selector(".wb-timeline .mark")
    page.wait_for_selector(".wb-tensor .cell")
    assert page.evaluate(HEIGHTS) == [0] * 4, "live views take the places of their first frames"
    page.evaluate(SAVE)
    page.evaluate(STOP)
    page.close()
    page = browser_context.new_page()
    lab.open(page, "kept.ipynb", run=False)
    page.wait_for_function(f"{HEIGHTS}.filter((height) => height > 40).length === 4")
    page.wait_for_function("document.body.textContent.includes('model not found')")
    assert page.evaluate(OUTPUTS) == [""] * 4, "pictures, and no word of widgets"
    page.close()
