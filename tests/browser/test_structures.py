"""The views of a program's structure in JupyterLab: what a click changes in each, and in the others."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
CELLS = [
    """import ireelite, workbench
program = ireelite.compile(
    "data/digits_mlp.pb", targets=["vmvx", "vulkan-spirv"], vulkan_target="lavapipe", record=True
)
workbench.DispatchGraph(program)""",
    "workbench.MemoryPlan(program)",
    """module = ireelite.load(program)
workbench.ModuleMap(module, module.fork(), program=program)""",
    """workbench.ExecutableView(program, target="vulkan-spirv")""",
]
SEEN = "(node) => { const box = node.getBoundingClientRect(); return box.width > 0 && box.height > 0; }"

WHOLE = "(node) => node.scrollWidth <= node.clientWidth || getComputedStyle(node).overflow === 'visible'"


@pytest.fixture(scope="module")
def notebook() -> str:
    cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": {"name": "python3", "display_name": "-", "language": "python"}}
    )
    return nbformat.writes(notebook)


def test_a_choice_in_one_view_shows_in_the_others(
    lab: Any, page: Page, driver: ModuleType, notebook: str, pictures: Path
):
    watch = driver.Watch(page)
    page.set_viewport_size({"width": 1440, "height": 1000})
    (lab.root / "structures.ipynb").write_text(notebook, encoding="utf-8")
    lab.open(page, "structures.ipynb")
    _dispatches(page)
    _memory(page)
    _modules(page)
    _executable(page)
    page.screenshot(path=pictures / "structures.png")
    watch.check()


def _dispatches(page: Page) -> None:
    view = page.locator(".wb-dispatches")
    boxes = view.locator(".node.region")
    assert boxes.count() == 4
    boxes.nth(1).click()
    chosen = view.locator(".node.wb-chosen.region")
    assert chosen.count() == 1 and chosen.get_attribute("aria-pressed") == "true"
    side = view.locator(".wb-side")
    assert "digits_mlp_rgn_dispatch_1" in side.inner_text()
    assert "apart, it is made by a loop" in side.inner_text()
    assert "scf.parallel" in side.locator("pre").inner_text()
    page.keyboard.press("ArrowDown")
    assert "digits_mlp_rgn_dispatch_2" in side.inner_text()
    assert view.locator(".node.wb-chosen.region").evaluate(SEEN)
    page.keyboard.press("Escape")
    assert view.locator(".node.wb-chosen").count() == 0
    view.locator(".node.input").first.click()
    assert "what it is" in side.inner_text() and "what it computes" not in side.inner_text()
    page.keyboard.press("Escape")


def _memory(page: Page) -> None:
    view = page.locator(".wb-memory")
    bars = view.locator(".buffer")
    assert bars.count() == 5 and view.locator(".level").count() == 4
    view.locator('.buffer[aria-label^="%Relu_1"]').click()
    told = view.locator(".wb-told")
    assert "kept alive to level 2 by MatMul+BiasAdd" in told.inner_text()
    keeper = view.locator(".level.wb-keeper")
    assert keeper.count() == 1 and keeper.get_attribute("data-level") == "2"
    page.keyboard.press("ArrowRight")
    assert "level 0 runs MatMul+BiasAdd+Relu; alive: %Relu (8 KB)" in told.inner_text()
    # The dispatch of the level is chosen in the other view, too.
    box = page.locator(".wb-dispatches .node.wb-chosen.region")
    assert box.count() == 1 and "dispatch_0" in (box.text_content() or "")
    page.keyboard.press("Escape")
    assert view.locator(".wb-chosen, .wb-keeper").count() == 0


def _modules(page: Page) -> None:
    view = page.locator(".wb-modules")
    told = view.locator(".wb-told")
    view.locator('.row.import[data-key="hal.fence.create"]').click()
    assert "hal.fence.create" in told.inner_text() and "that of module hal" in told.inner_text()
    assert view.locator(".row.export.wb-chosen").get_attribute("data-key") == "fence.create"
    assert view.locator(".link.wb-chosen").count() == 1
    page.keyboard.press("ArrowLeft")
    assert "hal exports fence.create" in told.inner_text()
    view.locator('.row.global[aria-label*="__device"]').click()
    assert "context 1:" in told.inner_text() and "context 2:" in told.inner_text()
    # A part of the file that is an executable chooses its dispatch in the other views.
    view.locator('.row.part[aria-label*="_dispatch_2_vmvx"]').click()
    box = page.locator(".wb-dispatches .node.wb-chosen.region")
    assert box.count() == 1 and "dispatch_2" in (box.text_content() or "")
    page.keyboard.press("Escape")
    assert view.locator(".wb-chosen, .wb-lit").count() == 0


SCHEDULE_CHANGED = """
(before) => document.querySelector('.wb-executable [data-pane="schedule"]').innerText !== before
"""


def _executable(page: Page) -> None:
    view = page.locator(".wb-executable")
    nests = view.locator('[data-pane="nests"]')
    nests.locator(".wb-line", has_text="arith.mulf").click()
    page.mouse.move(2, 2)
    for pane, word in (("tensors", "linalg.matmul"), ("SPIR-V", "OpFMul")):
        main = view.locator(f'[data-pane="{pane}"] .wb-line.wb-main')
        assert word in main.first.inner_text(), pane
    page.keyboard.press("ArrowDown")
    assert "arith.addf" in nests.locator(".wb-cursor").inner_text()
    cell = view.locator(".wb-tiles .cell").nth(3)
    cell.hover()
    assert (
        "%arg3[0, 3] is computed by invocation 0" in view.locator(".wb-tiles .wb-told").inner_text()
    )
    # A dispatch that is chosen in another view is opened here.
    page.locator(".wb-dispatches .node.region").nth(3).click()
    page.wait_for_function("document.querySelector('.wb-executable select').value.endsWith('_3')")
    # The schedule's choices compile again.
    before = view.locator('[data-pane="schedule"]').inner_text()
    page.locator(".wb-dispatches .node.region").nth(0).click()
    page.wait_for_function("document.querySelector('.wb-executable select').value.endsWith('_0')")
    slider = view.locator('input[data-choice="vulkan_target"]')
    slider.focus()
    page.keyboard.press("End")
    page.wait_for_selector(".wb-executable .wb-compiled", timeout=60_000)
    compiled = view.locator(".wb-compiled")
    assert compiled.inner_text() == "compiled for vulkan-spirv with vulkan_target='gpu'"
    assert compiled.evaluate(WHOLE)
    page.wait_for_function(SCHEDULE_CHANGED, arg=before)
    assert view.locator("select").input_value().endswith("_0")
    # The target that was left out is there again once it is chosen.
    view.locator('[role="radio"]', has_text="vmvx").click()
    view.locator('[data-pane="VM"], [data-pane="bytecode"]').first.wait_for(timeout=60_000)
    assert view.locator('[role="radio"][aria-checked="true"]').inner_text() == "vmvx"


OVERFLOWS = """(view) => [...view.querySelectorAll('.cell')].filter((cell) => {
  const [text, box] = ['text', 'rect'].map((tag) => cell.querySelector(tag)?.getBBox().width ?? 0);
  return text > box;
}).length"""


def test_words_and_numbers_fit_what_is_shown(page: Page, driver: ModuleType, tmp_path: Path):
    """A graph that is no program, work that has not run yet, and numbers of four digits."""
    import ireelite
    import workbench
    from workbench.lessons.timed_work import op, run

    watch = driver.Watch(page)
    graph = workbench.DispatchGraph.from_dot('digraph { a -> b; b [label="b|two lines"] }')
    stuck = run([op("a", 1, waits={"s": 1})])
    program = ireelite.compile(
        "func.func @f(%x: tensor<10x128xf32>) -> tensor<10x128xf32> {\n"
        "  %0 = stablehlo.tanh %x : tensor<10x128xf32>\n  return %0 : tensor<10x128xf32>\n}",
        targets=["vmvx"],
        record=True,
    )
    views = [graph, workbench.FenceTimeline(stuck), workbench.ExecutableView(program)]
    views.append(workbench.IRView(program, stages=["hlo", "dispatch", "kernels"]))
    file = tmp_path / "views.html"
    file.write_text(workbench.page(*views, title="views"), encoding="utf-8")
    page.set_viewport_size({"width": 1000, "height": 800})
    page.goto(file.as_uri())
    side = page.locator(".wb-dispatches .wb-side")
    assert "Choose a box to read its lines." in side.inner_text()
    page.locator(".wb-dispatches .node").nth(1).click()
    assert "what it says" in side.inner_text() and "what it computes" not in side.inner_text()
    assert "semaphores now" in page.locator(".wb-timeline").inner_text()
    view = page.locator(".wb-executable")
    assert "1215" in (view.locator("svg").last.text_content() or "")
    assert view.evaluate(OVERFLOWS) == 0
    page.locator(".wb-ir .wb-pane").first.get_by_text("%0").first.click()
    told = page.locator(".wb-ir .wb-told").first
    assert "%0 : tensor<10x128xf32>" in told.inner_text() and "lit in" in told.inner_text()
    assert told.evaluate("(node) => node.scrollWidth <= node.clientWidth")
    watch.check()
