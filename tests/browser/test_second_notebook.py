"""The second notebook in JupyterLab: modules in Python and C++, a debugger, and a timeline."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NOTEBOOK = "09_programs_of_several_modules.ipynb"


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_it_runs_and_can_be_read(
    lab: Any, page: Page, theme: str, pictures: Path, driver: ModuleType
):
    watch = driver.Watch(page)
    lab.open(page, NOTEBOOK, theme)
    timeline = page.locator(".wb-timeline").first
    timeline.scroll_into_view_if_needed()
    told = page.locator(".jp-OutputArea-output", has=page.locator(".wb-timeline")).first.locator(
        ".wb-told"
    )
    dispatches = timeline.locator('.mark[aria-label^="dispatch "]')
    assert dispatches.count() == 2
    # none of the modules was compiled with a record, so there are no ops to light
    assert told.text_content() == "Point at a slice."
    dispatches.first.hover()
    assert "dispatch abs_rgn_dispatch_0" in (told.text_content() or "")
    assert page.evaluate(driver.FAINT_TEXT) == []
    page.screenshot(path=pictures / f"modules_{theme.split()[-1].lower()}.png")
    assert page.evaluate(driver.ASK_KERNEL, "call.position") == "34"
    watch.check()
