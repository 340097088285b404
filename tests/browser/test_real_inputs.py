"""Real programs in the whole workbench: each opens, selects, steps and is exported."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

import workbench

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.interop]
SHORT = 500
"""Number of ops of the `long` program here; the table of `make views-bench` uses twenty times as
many.
"""
SELECTED = ".wb-lit, .wb-chosen, .wb-here"


@pytest.fixture(scope="module")
def inputs(repository: Path) -> ModuleType:
    folder = str(repository / "tests" / "benchmarks")
    sys.path.insert(0, folder)
    try:
        import views_bench  # pyright: ignore[reportMissingImports]
    finally:
        sys.path.remove(folder)
    return views_bench


@pytest.mark.parametrize(
    "name",
    ["digits_cnn", "transformer", "upstream_vmvx", "upstream_llvm_cpu", "upstream_dump", "loop", "long"],
)  # fmt: skip
def test_a_real_program_opens_selects_steps_and_is_exported(
    page: Page, inputs: ModuleType, tmp_path: Path, driver: Any, name: str
):
    source = inputs.INPUTS[name](tmp_path, SHORT)
    bench = workbench.open(source)
    html = bench.to_html(name)
    assert len(html) < 3_000_000
    file = tmp_path / "page.html"
    file.write_text(html, encoding="utf-8")
    watch = driver.Watch(page)
    page.goto(file.as_uri())
    page.wait_for_selector(inputs.FIRST)
    if "IR" in bench.names:
        op = page.locator(".wb-ir [data-s] .wb-t1").nth(3)
    else:
        op = page.locator(".wb-timeline .mark").nth(2)
    op.click()
    page.mouse.move(2, 2)
    assert page.locator(SELECTED).count() > 0
    stepper = next(tab for tab in inputs.STEPPERS if tab in bench.names)
    inputs.choose(page, stepper)
    root = page.locator(inputs.STEPPERS[stepper]).first
    root.wait_for()
    now = ".wb-steps .wb-told" if stepper == "rewrites" else ".wb-debugger .wb-now"
    before = page.locator(now).first.inner_text()
    root.press("ArrowRight")
    root.press("ArrowRight")
    assert page.locator(now).first.inner_text() != before
    for tab in bench.names:
        if tab != "pipeline":
            inputs.choose(page, tab)
    watch.check()
