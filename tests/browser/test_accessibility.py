"""The rules of axe-core over a page with every view, in both themes and on a small screen."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
RULES = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
GRAVE = ("serious", "critical", "moderate")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_view_breaks_a_rule_of_accessibility(page: Page, digits_page: Any, theme: Any):
    page.emulate_media(color_scheme=theme)
    page.goto(digits_page.file.as_uri())
    page.wait_for_selector(".wb-timeline .mark")
    page.evaluate(RULES)
    broken = page.evaluate("async () => (await axe.run()).violations")
    found = [
        f"{rule['impact']} {rule['id']}: {node['html'][:120]}"
        for rule in broken
        if rule["impact"] in GRAVE
        for node in rule["nodes"][:3]
    ]
    assert found == []
    assert page.locator("main > section").count() == len(digits_page.views)
