"""A page in a file: what is linked in a notebook is linked there, with no kernel and no network."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest

import ireelite
import workbench
from workbench.model.fence_timeline import FenceTimeline
from workbench.model.ir_view import IRView

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


class Story:
    """simple_mul, compiled and run, and a page about it."""

    def __init__(self, repository: Path, folder: Path):
        program = ireelite.compile(repository / "notebooks" / "data" / "simple_mul.pb", record=True)
        module = ireelite.load(program, record=True)
        module.simple_mul(np.arange(4, dtype=np.float32), np.ones(4, np.float32))
        self.record = program.record
        self.view = IRView(self.record)
        self.timeline = FenceTimeline(module.record, self.record)
        self.file = folder / "simple_mul.html"
        views = [workbench.PipelineMap(program), workbench.IRView(program)]
        views += [
            workbench.FenceTimeline(module, program, memory=True),
            workbench.TensorPeek(np.eye(3), "x"),
        ]
        self.file.write_text(workbench.page(*views, title="simple_mul"), encoding="utf-8")

    def lit(self, seeds: set[int]) -> dict[str, set[int]]:
        """What the record says must be lit where."""
        relatives = set().union(*(self.record.relatives(serial) for serial in seeds))
        return {pane.name: relatives & pane.shown() for pane in self.view.panes}


@pytest.fixture(scope="module")
def story(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Story:
    return Story(repository, tmp_path_factory.mktemp("page"))


@pytest.fixture
def opened(page: Page, story: Story) -> Page:
    page.goto(story.file.as_uri())
    page.wait_for_selector(".wb-timeline .mark")
    return page


def test_every_op_lights_exactly_its_relatives(opened: Page, story: Story, driver: ModuleType):
    watch = driver.Watch(opened)
    for pane in story.view.panes[:5]:
        for serial in sorted(pane.shown()):
            driver.click_op(opened, pane.name, serial)
            assert driver.lit_ops(opened) == story.lit({serial}), story.view.identity(serial)
            assert driver.lit_events(opened) == story.timeline.lit([serial])
    watch.check()


def test_every_event_lights_the_ops_it_ran(opened: Page, story: Story, driver: ModuleType):
    for mark in [*story.timeline.slices, *story.timeline.instants]:
        driver.click_event(opened, mark.id)
        assert driver.lit_ops(opened) == story.lit(set(story.timeline.seeds(mark.id))), mark.label
        assert driver.lit_events(opened) == story.timeline.lit(story.timeline.seeds(mark.id)) | {
            mark.id
        }


def test_the_first_frame_already_follows_an_op(opened: Page, story: Story, driver: ModuleType):
    assert story.view.focus is not None
    assert driver.lit_ops(opened) == story.lit({story.view.focus})
    assert opened.locator(".wb-chip:not(.wb-dim)").count() == len(story.view.panes)


def test_a_pointer_passes_over_and_leaves_no_trace(opened: Page, story: Story, driver: ModuleType):
    before = driver.lit_ops(opened)
    root = story.record.stages[1].nodes[0]
    opened.locator(f'.wb-pane[data-pane="hlo"] .wb-op[data-s="{root}"] .wb-t1').first.hover()
    assert driver.lit_ops(opened) == story.lit({root})
    opened.mouse.move(2, 2)
    assert driver.lit_ops(opened) == before


def test_a_value_shows_its_uses(opened: Page):
    value = opened.locator('.wb-pane[data-pane="hlo"] .wb-t2').first
    value.hover()
    used = opened.locator('.wb-pane[data-pane="hlo"] .wb-use')
    assert used.count() >= 2
    assert set(used.all_inner_texts()) == {value.inner_text()}


def test_search_finds_what_the_model_finds(opened: Page, story: Story, driver: ModuleType):
    box = opened.locator(".wb-ir input")
    for query in ("mul", "op:mul", "type:4xf32", "symbol:dispatch", "value:arg0", "no such word"):
        box.fill(query)
        driver.settled(opened)
        assert opened.locator(".wb-hit").count() == len(story.view.search(query)), query
    box.fill("op:mul")
    box.press("Enter")
    assert opened.locator(".wb-ir [role=status]").last.inner_text().startswith("2 of ")


def test_keys_alone_do_everything(opened: Page, story: Story, driver: ModuleType):
    lines = opened.locator('.wb-pane[data-pane="hlo"] .wb-lines')
    lines.focus()
    lines.press("Home")
    lines.press("ArrowDown")
    lines.press("Enter")
    chosen = story.record.stages[1].nodes[1]
    lines.evaluate("(node) => node.blur()")
    assert driver.lit_ops(opened) == story.lit({chosen})
    plot = opened.locator(".wb-timeline")
    plot.focus()
    plot.press("Home")
    first = min(mark.id for mark in [*story.timeline.slices, *story.timeline.instants])
    assert first in driver.lit_events(opened)
    clock = plot.locator("button[aria-pressed]")
    assert "causes" in clock.inner_text()
    plot.press("t")
    assert "time" in clock.inner_text()
    plot.press("+")
    plot.press("0")
    plot.press("Escape")
    assert driver.lit_events(opened) == set()
    card = opened.locator('.stage[data-stage="vm"]')
    card.focus()
    card.press("Enter")
    assert "wb-chosen" in (card.get_attribute("class") or "")
    # Scrolling is smooth, and takes a while.
    opened.wait_for_function("() => document.querySelector('.wb-panes').scrollLeft > 900")


def test_everything_has_a_name_for_a_screen_reader(opened: Page):
    unnamed = opened.evaluate(
        """() => [...document.querySelectorAll('button, input, [role]:not([role=status])')]
          .filter((n) => !(n.getAttribute('aria-label') || n.textContent.trim() || n.getAttribute('title')))
          .map((n) => n.outerHTML)"""
    )
    assert unnamed == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_reads_in_light_and_in_dark(
    opened: Page, scheme: str, pictures: Path, driver: ModuleType
):
    opened.emulate_media(color_scheme=scheme)  # pyright: ignore[reportArgumentType]
    faint = opened.evaluate(driver.FAINT_TEXT)
    opened.screenshot(path=pictures / f"page_{scheme}.png", full_page=True)
    opened.emulate_media(color_scheme="null")
    assert faint == []


def test_without_scripts_it_is_text(story: Story):
    assert "<noscript><pre>following " in story.file.read_text(encoding="utf-8")
