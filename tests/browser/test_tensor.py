"""The tensor view: slices, numbers, the worst element, what is not finite, any value of a run."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import ireelite
import workbench

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
ARRAY = np.arange(3 * 4 * 5 * 6, dtype=np.float32).reshape(3, 4, 5, 6)


@pytest.fixture(scope="module")
def program(repository: Path) -> ireelite.Program:
    source = repository / "notebooks" / "data" / "simple_mul.pb"
    return ireelite.compile(source, targets=["vmvx"], record=True)


@pytest.fixture
def opened(page: Page, program: ireelite.Program, tmp_path: Path) -> Page:
    array = ARRAY.copy()
    array[1, 2, 3, 4] = np.nan
    run = program.interpret(np.arange(4, dtype=np.float32), np.ones(4, np.float32), values=True)
    other = ARRAY[0, 0].copy()
    other[4, 1] += 7
    views = [
        workbench.TensorPeek(array, "four"),
        workbench.TensorPeek(ARRAY[0, 0], "ours", other=other),
        workbench.TensorPeek(run, program=program),
        workbench.IRView(program, stages=["hlo"]),
    ]
    file = tmp_path / "tensors.html"
    file.write_text(workbench.page(*views, title="tensors"), encoding="utf-8")
    page.goto(file.as_uri())
    page.wait_for_selector(".wb-tensor .cell")
    return page


def test_slices_numbers_and_what_is_not_finite(opened: Page, driver: ModuleType):
    watch = driver.Watch(opened)
    view = opened.locator(".wb-tensor").first
    texts = view.locator(".cell + text")
    assert texts.all_text_contents() == [str(int(v)) for v in ARRAY[0, 0].ravel()]
    view.focus()
    for _ in range(5):
        view.press("]")
    assert "slice [1, 1, :, :]" in view.locator(".wb-heading").inner_text()
    assert texts.first.text_content() == str(int(ARRAY[1, 1, 0, 0]))
    view.get_by_label("index in dimension 0").fill("2")
    assert texts.first.text_content() == str(int(ARRAY[2, 1, 0, 0]))
    view.locator('button[data-index="1,2,3,4"]').click()
    assert "[1, 2, 3, 4] = nan" in view.locator(".wb-told").inner_text()
    assert view.locator(".cell.wb-odd.wb-chosen").count() == 1
    view.focus()
    view.press("n")
    row = view.locator("tbody tr").nth(3)
    assert row.locator("td").all_inner_texts()[3:] == ["201", "nan", "203"]
    view.press("ArrowDown")
    assert "[1, 2, 0, 0] = 180" in view.locator(".wb-told").inner_text()
    watch.check()


def test_two_tensors_and_their_worst_element(opened: Page, driver: ModuleType):
    watch = driver.Watch(opened)
    view = opened.locator(".wb-tensor").nth(1)
    assert "1 of 30 elements differ; the worst is [4, 1]" in view.inner_text()
    worst = view.locator("button", has_text="go to the worst element")
    worst.click()
    assert "[4, 1] = 7" in view.locator(".wb-told").inner_text()
    view.locator("select").select_option("2")
    view.locator("button", has_text="go to the worst element").click()
    assert f"[4, 1] = {int(ARRAY[0, 0, 4, 1]) + 7}" in view.locator(".wb-told").inner_text()
    watch.check()


def test_a_selected_op_shows_its_value(opened: Page, program: ireelite.Program, driver: ModuleType):
    record = program.record
    view = opened.locator(".wb-tensor").nth(2)
    mul = next(s for s in record.stage("hlo").nodes if record.nodes.name(s).endswith("multiply"))
    driver.click_op(opened, "hlo", mul)
    assert "stablehlo.multiply" in view.locator(".wb-heading").inner_text()
    assert view.locator(".cell + text").all_text_contents() == ["0", "1", "2", "3"]


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_the_notebook_and_slices_from_the_kernel(
    lab: Any, page: Page, theme: str, pictures: Path, driver: ModuleType
):
    watch = driver.Watch(page)
    lab.open(page, "reference/tensor_peek.ipynb", theme)
    view = page.locator(".wb-tensor").first
    view.scroll_into_view_if_needed()
    view.get_by_label("index in dimension 0").fill("199")
    view.locator(".wb-heading", has_text="slice [199, :, :]").wait_for()
    view.locator(".wb-told", has_text="Point at a cell").wait_for()
    view.focus()
    view.press("ArrowRight")
    view.locator(".wb-told", has_text="[199, 0, 0] = ").wait_for()
    assert page.evaluate(driver.FAINT_TEXT) == []
    page.screenshot(path=pictures / f"tensor_{theme.split()[-1].lower()}.png")
    watch.check()


BASELINES = """(list) => [...list.children].map((cell) => {
  const mark = document.createElement('span');
  mark.style.display = 'inline-block';
  cell.append(mark);
  const { bottom } = mark.getBoundingClientRect();
  mark.remove();
  return bottom;
})"""


def test_names_and_values_of_facts_stand_on_one_line(page: Page, tmp_path: Path):
    view = workbench.TensorPeek(np.arange(48, dtype=np.float32).reshape(6, 8))
    (tmp_path / "tensor.html").write_text(view.to_html(), encoding="utf-8")
    page.goto((tmp_path / "tensor.html").as_uri())
    places = page.locator(".wb-tensor dl").evaluate(BASELINES)
    assert len(places) >= 10
    assert max(abs(a - b) for a, b in zip(places[::2], places[1::2], strict=True)) < 0.6
