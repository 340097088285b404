"""The whole workbench: a page with tabs, and the same in JupyterLab."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

import workbench

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
THEME = "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
SHOWN = "() => [...document.querySelectorAll('[role=tabpanel]')].filter((p) => !p.hidden).map((p) => p.id)"


@pytest.fixture(scope="module")
def bench(repository: Path) -> workbench.Workbench:
    return workbench.open(repository / "notebooks" / "data" / "digits_mlp.pb")


@pytest.fixture
def opened(page: Page, bench: workbench.Workbench, tmp_path: Path) -> Page:
    file = tmp_path / "workbench.html"
    file.write_text(bench.to_html(), encoding="utf-8")
    page.goto(file.as_uri())
    page.wait_for_selector(".wb-ir .wb-op")
    return page


def test_every_tab_shows_its_view(opened: Page, bench: workbench.Workbench, driver: ModuleType):
    watch = driver.Watch(opened)
    assert opened.locator(".wb-pipeline .stage").count() > 5
    tabs = opened.get_by_role("tab")
    assert tabs.all_inner_texts() == [name for name in bench.views if name != "pipeline"]
    for tab in tabs.all():
        tab.click()
        (shown,) = opened.evaluate(SHOWN)
        assert tab.get_attribute("aria-controls") == shown
        opened.locator(f"#{shown} .wb").wait_for()
        assert opened.locator(f"#{shown} .wb").bounding_box()["height"] > 40  # pyright: ignore
        assert opened.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    watch.check()


def test_tabs_together_are_linked_and_keys_go_through_them(
    opened: Page, bench: workbench.Workbench, driver: ModuleType
):
    watch = driver.Watch(opened)
    opened.get_by_role("tab", name="run").click(modifiers=["Shift"])
    assert len(opened.evaluate(SHOWN)) == 2
    dispatch = next(s for s in bench["run"].model.slices if s.kind == "dispatch")
    driver.click_event(opened, dispatch.id)
    seeds = bench["run"].model.seeds(dispatch.id)
    record = bench.shared.record
    assert record is not None
    wanted = set().union(*(record.relatives(serial) for serial in seeds))
    assert driver.lit_ops(opened)["hlo"] == wanted & set(record.stage("hlo").nodes)
    opened.get_by_role("tab", name="run").press("ArrowRight")
    opened.keyboard.press("Enter")
    assert opened.url.endswith("#values")
    assert len(opened.evaluate(SHOWN)) == 1
    opened.reload()
    opened.wait_for_selector(".wb-tensor .cell")
    assert opened.get_by_role("tab", selected=True).all_inner_texts() == ["values"]
    watch.check()


@pytest.mark.slow
def test_the_notebook_has_tabs_too(lab: Any, page: Page, pictures: Path, driver: ModuleType):
    watch = driver.Watch(page)
    lab.open(page, "reference/workbench.ipynb")
    box = page.locator(".jp-OutputArea-output", has=page.locator(".wb-pipeline")).first
    box.scroll_into_view_if_needed()
    page.get_by_role("tab", name="run", exact=True).first.click()
    page.locator('.wb-timeline .mark[aria-label^="dispatch "]').first.click()
    page.get_by_role("tab", name="debugger", exact=True).first.click()
    page.locator(".wb-debugger .wb-now").first.wait_for()
    page.locator('.wb-debugger [data-do="step"]').first.click()
    assert page.evaluate(driver.ASK_KERNEL, "bench['debugger'].debugger.position") == "1"
    for theme in ("Light", "Dark"):
        page.evaluate(THEME, f"JupyterLab {theme}")
        assert page.evaluate(driver.FAINT_TEXT) == []
        page.screenshot(path=pictures / f"workbench_{theme.lower()}.png")
    watch.check()
