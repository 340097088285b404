"""The exported page in Firefox: every view is drawn, and what is selected in one lights in all."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.browser

LIT = "[...document.querySelectorAll('.wb-ir .wb-pane[data-pane={pane}] .wb-op.wb-lit')].map((op) => +op.dataset.s)"
ARROW_DOWN = "\ue015"


@pytest.fixture
def opened(firefox: Any, digits_page: Any) -> Any:
    firefox.errors.clear()
    firefox.open(digits_page.file.as_uri())
    firefox.wait_for("document.querySelector('.wb-timeline .mark')")
    return firefox


def test_every_view_is_drawn_without_an_error(opened: Any, digits_page: Any):
    empty = "[...document.querySelectorAll('main > section > div')].filter((view) => view.offsetHeight < 20).length"
    opened.wait_for(f"{empty} === 0")
    assert opened.ask("document.querySelectorAll('main > section').length") == len(
        digits_page.views
    )
    assert opened.errors == []


def test_an_op_that_is_clicked_lights_its_relatives(opened: Any, digits_page: Any):
    record = digits_page.program.record
    serial = next(
        n for n in record.stage("hlo").nodes if record.nodes[n].name == "stablehlo.dot_general"
    )
    opened.click(f".wb-pane[data-pane=hlo] .wb-op[data-s='{serial}'] .wb-t1")
    relatives = record.relatives(serial)
    for pane in ("tf", "hlo"):
        lit = set(opened.ask(LIT.format(pane=pane)))
        assert lit == relatives & set(record.stage(pane).nodes)
    assert opened.ask("document.querySelectorAll('.wb-timeline .mark.wb-lit').length") > 0
    assert opened.errors == []


def test_keys_move_the_selection(opened: Any):
    opened.click(".wb-pane[data-pane=tf] .wb-op .wb-t1")
    before = opened.ask(LIT.format(pane="tf"))
    opened.press(ARROW_DOWN)
    assert opened.ask(LIT.format(pane="tf")) != before
    assert opened.errors == []
