"""An IR view that took a part of a long program into a notebook gets the rest from the kernel."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SOURCE = """import ireelite, workbench
from workbench.model import ir_view
ir_view.IRView.state.__defaults__ = (150, None)  # as if the program were that long
program = ireelite.compile("data/digits_mlp.pb", targets=["vmvx"], record=True)
view = workbench.IRView(program, focus="hlo/5", stages=["hlo", "kernels", "vm"])
view"""
CHOOSE = "view.shared.select([program.record.serial('dispatch/30')])"


def test_the_rest_of_a_pane_comes_from_the_kernel(lab: Any, page: Page, driver: ModuleType):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SOURCE)])
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": {"name": "python3", "display_name": "-", "language": "python"}}
    )
    (lab.root / "long.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
    watch = driver.Watch(page)
    lab.open(page, "long.ipynb")
    pane = page.locator('.wb-pane[data-pane="vm"]')
    gap = pane.locator(".wb-gap").first
    gap.scroll_into_view_if_needed()
    before = pane.locator(".wb-line").count()
    assert "more lines" in gap.inner_text()
    gap.click()
    page.wait_for_function(
        "() => !document.querySelector('.wb-pane[data-pane=vm] .wb-gap')", timeout=30_000
    )
    assert pane.locator(".wb-line").count() > before
    # An op of a stage that has no pane here lights its relatives in those that have one.
    page.evaluate(driver.ASK_KERNEL, CHOOSE)
    page.wait_for_function("() => !document.querySelector('.wb-pane[data-pane=hlo] .wb-here')")
    page.wait_for_function("() => document.querySelector('.wb-pane[data-pane=kernels] .wb-to')")
    assert pane.locator(".wb-line.wb-here").count() == 0
    watch.check()
