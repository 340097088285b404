"""The stepper in a page: keys step, the list follows, the selection finds what touched an op, and a
hundred thousand rewrites stay quick.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

import ireelite
import workbench
from ireelite.records import CompilationRecord
from workbench.model.rewrite_stepper import RewriteStepper

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
MAX_STEP_MS = 50
MAX_FRAME_MS = 33
TIMES = """async (root) => {
  const rows = root.querySelector('.wb-rows');
  const press = (key) => rows.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
  const steps = [], frames = [];
  for (let n = 0; n < 100; n++) {
    const begin = performance.now();
    press('ArrowRight');
    rows.offsetHeight;
    steps.push(performance.now() - begin);
    await new Promise(requestAnimationFrame);
  }
  for (let n = 0, last = performance.now(); n < 100; n++) {
    rows.scrollTop += 500;
    await new Promise(requestAnimationFrame);
    frames.push(performance.now() - last);
    last = performance.now();
  }
  const middle = (times) => times.sort((a, b) => a - b)[times.length / 2];
  return [middle(steps), middle(frames)];
}"""


def opened(page: Page, view: Any, file: Path) -> Any:
    file.write_text(view.to_html(), encoding="utf-8")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(file.as_uri())
    page.wait_for_selector(".wb-row.wb-now")
    return page.locator(".wb-steps")


def shown(root: Any) -> int:
    return int(root.locator(".wb-told").inner_text().split()[0].replace(",", "")) - 1


def test_keys_step_and_the_selection_finds_what_touched_an_op(
    page: Page, repository: Path, tmp_path: Path, driver: ModuleType, pictures: Path
):
    source = repository / "notebooks" / "data" / "simple_mul.pb"
    record = ireelite.compile(source, targets=["vmvx"], record=True).record
    watch = driver.Watch(page)
    root = opened(page, workbench.RewriteStepper(record), tmp_path / "steps.html")
    model = RewriteStepper(record)
    rows = root.locator(".wb-rows")
    assert shown(root) == model.at

    def card_is(number: int) -> None:
        step = model.step(number)
        assert shown(root) == number
        assert root.locator("h3").inner_text() == step.pattern
        texts = [op.text for op in (*step.removed, *step.added)]
        lines = root.locator(".wb-diff").all_inner_texts()
        assert [line[1:].strip() for line in lines] == texts
        now = root.locator(".wb-row.wb-now")
        assert now.get_attribute("data-n") == str(number)
        box, own = rows.bounding_box(), now.bounding_box()
        assert box["y"] <= own["y"] and own["y"] + own["height"] <= box["y"] + box["height"]

    rows.focus()
    for key, number in (("Home", 0), ("ArrowRight", 1), ("End", model.total - 1), ("ArrowLeft", model.total - 2)):  # fmt: skip
        page.keyboard.press(key)
        card_is(number)
    touched = model.touching(model.followed)
    page.keyboard.press("Home")
    if touched[0] != 0:
        page.keyboard.press("n")
    for number in touched[1:6]:
        page.keyboard.press("n")
        card_is(number)
    page.keyboard.press("p")
    card_is(touched[4] if len(touched) > 5 else touched[-2])

    line = root.locator(".wb-diff").last
    serial = int(line.get_attribute("data-s"))
    line.click()
    told = f"{len(model.touching([serial]))} rewrites touched"
    page.wait_for_function(
        "(told) => document.querySelector('.wb-steps').textContent.includes(told)", arg=told
    )
    root.locator("input[type=search]").fill("multiply")
    page.wait_for_function("() => document.querySelector('.wb-rows').textContent.includes('found')")
    found = root.locator(".wb-row-rewrite").count()
    assert 0 < found < model.total
    page.keyboard.press("Escape")
    root.get_by_role("button", name="play or pause").click()
    start = shown(root)
    page.wait_for_function(
        "(start) => parseInt(document.querySelector('.wb-steps .wb-told').textContent.replace(',', '')) > start + 1",
        arg=start,
    )
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(driver.FAINT_TEXT) == []
        page.screenshot(path=pictures / f"steps_{scheme}.png")
    page.emulate_media(color_scheme="null")
    watch.check()


def test_a_hundred_thousand_rewrites_stay_quick(page: Page, tmp_path: Path):
    record = CompilationRecord(source="long")
    patterns = [record.patterns.number(f"Pattern{n}", "own.py", n + 1) for n in range(20)]
    last = record.nodes.add("a.op")
    record.add_stage("hlo", "a.op\n", [last]).op_spans.add(0, 4, 0)
    for n in range(10):
        run = record.add_pass(f"pass-{n}", "dispatch", 1000)
        for row in range(10_000):
            made = record.nodes.add("a.op", [last])
            run.rewrites.add(patterns[row % 20], [last], [made], 100)
            record.op_texts.add(last, 2 * (10_000 * n + row), f"%{last} = a.op %{made} : f32")
            last = made
    record.add_stage("dispatch", "a.op\n", [last]).op_spans.add(0, 4, 0)
    root = opened(page, workbench.RewriteStepper(record), tmp_path / "long.html")
    step, frame = root.evaluate(TIMES)
    assert step < MAX_STEP_MS
    assert frame < MAX_FRAME_MS
    assert root.locator(".wb-row").count() < 60


def test_programs_side_by_side_fold_jump_and_follow(
    page: Page, repository: Path, tmp_path: Path, driver: ModuleType, pictures: Path
):
    source = repository / "notebooks" / "data" / "simple_mul.pb"
    program = ireelite.compile(source, targets=["vmvx"], record=True)
    view = workbench.StageDiff(program, "hl-seq", "ll-seq", "kernels")
    file = tmp_path / "diff.html"
    file.write_text(view.to_html(), encoding="utf-8")
    watch = driver.Watch(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(file.as_uri())
    page.wait_for_selector(".wb-diffs-view .wb-cell")
    root = page.locator(".wb-diffs-view")
    assert root.locator(".wb-diff-head").count() == 3
    body = root.locator(".wb-rows")
    body.focus()
    page.keyboard.press("n")
    first = root.locator(".wb-cursor .wb-cell").evaluate_all(
        "(cells) => cells.map((cell) => cell.className)"
    )
    assert any("wb-s-same" not in name for name in first)
    op = root.locator(".wb-cell[data-s]").first
    serial = int(op.get_attribute("data-s"))
    op.click()
    page.mouse.move(2, 2)
    relatives = program.record.relatives(serial)
    lit = set(
        root.locator(".wb-cell.wb-lit").evaluate_all("(cells) => cells.map((c) => +c.dataset.s)")
    )
    assert lit and lit <= relatives
    hidden = root.locator(".wb-unchanged").count()
    if hidden:
        whole = root.locator(".wb-tall").bounding_box()["width"]
        assert root.locator(".wb-unchanged").first.bounding_box()["width"] > 0.9 * whole
    root.get_by_role("button", name="show or fold").click()
    if hidden:
        assert root.locator(".wb-unchanged").count() == 0
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(driver.FAINT_TEXT) == []
        page.screenshot(path=pictures / f"diff_{scheme}.png")
    page.emulate_media(color_scheme="null")
    watch.check()


def test_a_notebook_chooses_other_programs(lab: Any, page: Page, driver: ModuleType):
    watch = driver.Watch(page)
    lab.open(page, "reference/stage_diff.ipynb")
    root = page.locator(".wb-diffs-view").first
    root.locator("select").first.wait_for()
    root.locator("select").first.select_option("cse")
    page.wait_for_function(
        "() => document.querySelector('.wb-diffs-view .wb-diff-head b').textContent === 'cse'"
    )
    watch.check()
