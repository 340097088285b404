"""The first notebook in JupyterLab: run from top to bottom, pointed at, in light and in dark."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

import ireelite
from workbench.model.event_ops import EventOps
from workbench.model.ir_view import IRView

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.webgpu, pytest.mark.slow]
NOTEBOOK = "00_the_whole_game.ipynb"
SELECTED = "sorted(__import__('workbench.model.selection', fromlist=['x']).shared_selection(program.record).ops)"
"""What the kernel knows of the reader's choice."""


def expected(record: Any, view: IRView, seeds: set[int]) -> dict[str, set[int]]:
    """What the record says must be lit in each pane."""
    relatives = set().union(*(record.relatives(serial) for serial in seeds))
    return {pane.name: relatives & pane.shown() for pane in view.panes}


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_exactly_the_relatives_light_up(
    lab: Any, page: Page, theme: str, repository: Path, pictures: Path, driver: ModuleType
):
    record = ireelite.compile(
        repository / "notebooks" / "data" / "simple_mul.pb", record=True
    ).record
    view = IRView(record)
    watch = driver.Watch(page)
    lab.open(page, NOTEBOOK, theme)
    page.wait_for_selector(".wb-timeline .mark")

    for pane in view.panes[:3]:
        serial = next(line.serial for line in reversed(pane.lines) if line.serial >= 0)
        driver.click_op(page, pane.name, serial)
        assert driver.lit_ops(page) == expected(record, view, {serial}), view.identity(serial)
        page.wait_for_function(
            f"async (e) => await ({driver.ASK_KERNEL})(e) === '[{serial}]'", arg=SELECTED
        )
    page.screenshot(path=pictures / f"lab_op_{theme.split()[-1].lower()}.png")

    dispatch = page.locator(".wb-timeline").first.locator('.mark[aria-label^="dispatch "]').first
    event = int(dispatch.get_attribute("data-event") or -1)
    name = (dispatch.get_attribute("aria-label") or "").split()[1]
    driver.click_event(page, event)
    assert event in driver.lit_events(page)
    assert driver.lit_ops(page) == expected(
        record, view, set(EventOps(record).of_entry_point(name))
    )
    page.screenshot(path=pictures / f"lab_slice_{theme.split()[-1].lower()}.png")
    assert page.evaluate(driver.FAINT_TEXT) == []
    watch.check()


def test_it_shows_pictures_before_anything_runs(
    lab: Any, page: Page, pictures: Path, driver: ModuleType
):
    watch = driver.Watch(page)
    lab.open(page, NOTEBOOK, run=False)
    picture = page.locator('.jp-OutputArea img[src^="data:image/svg+xml"]')
    picture.first.wait_for(timeout=driver.PATIENCE_MS)
    picture.first.scroll_into_view_if_needed()
    assert picture.first.evaluate("(image) => image.complete && image.naturalWidth > 200")
    assert (picture.first.get_attribute("alt") or "").strip()
    page.screenshot(path=pictures / "lab_asleep.png")
    watch.check()
