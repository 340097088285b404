"""The interrupt button stops what a notebook's kernel does: the cell shows one line, and the views
answer as before.
"""

from __future__ import annotations

import time
from types import ModuleType
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
COUNT = """import numpy as np, ireelite, workbench
from unittest import mock
count = '''func.func @count(%n: tensor<i32>) -> tensor<i32> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %done = stablehlo.while(%i = %zero) : tensor<i32>
    cond {
      %less = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %less : tensor<i1>
    } do {
      %next = stablehlo.add %i, %one : tensor<i32>
      stablehlo.return %next : tensor<i32>
    }
  return %done : tensor<i32>
}'''
program = ireelite.compile(count, targets=["vmvx"], record=True)
module = ireelite.load(program)
later = ireelite.load(program, device="local-task")
very_long = np.int32(2**31 - 1)
def endless(*_):
    while True:
        pass"""
VIEWS = """ir = workbench.IRView(program, stages=["hlo", "dispatch"])
debugger = workbench.VMDebugger(module.count.debug(very_long), program, ahead=0)
display(ir, debugger)"""
LONG = {
    "the call of 'count'": "module.count(very_long)",
    "IRView": (
        "with mock.patch('workbench.model.ir_view.IRView.state', endless):\n"
        "    workbench.IRView(program)"
    ),
    "the wait for 'count', which goes on,": "later.count.async_(very_long).result()",
}
SLOW_ANSWER = "ir.shared.observe(endless, 'state')"
QUICK_ANSWER = "ir.shared.unobserve(endless, 'state')"
RUN_NEXT = "() => void window.jupyterapp.commands.execute('notebook:run-cell-and-select-next')"
STATUS = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status"
INTERRUPT = "() => window.jupyterapp.commands.execute('notebook:interrupt-kernel')"
SHUT_DOWN = "() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()"
POSITION = "() => document.querySelector('.wb-debugger .wb-where b').innerText"
TOLD = ".wb-debugger .wb-told"


def test_interrupts_leave_views_usable(lab: Any, page: Page, driver: ModuleType):
    cells = [nbformat.v4.new_code_cell(text) for text in (COUNT, VIEWS, *LONG.values())]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": {"name": "python3", "display_name": "-", "language": "python"}}
    )
    (lab.root / "interrupts.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
    watch = driver.Watch(page)
    lab.open(page, "interrupts.ipynb", run=False)
    for _ in (COUNT, VIEWS):
        page.evaluate(RUN_NEXT)
    page.wait_for_selector(".wb-debugger .wb-now", timeout=driver.PATIENCE_MS)

    for number, work in enumerate(LONG):
        page.evaluate(RUN_NEXT)
        interrupt(page, driver)
        line = (
            page.locator(".jp-OutputArea-output[data-mime-type$=stderr]").nth(number).inner_text()
        )
        assert (
            line.strip() == f"KeyboardInterrupt: {work} was interrupted (%tb Verbose shows where)"
        )

    # The debugger goes on from where it was interrupted.
    page.locator(".wb-debugger button", has_text="run ▶▶").click()
    interrupt(page, driver)
    page.wait_for_function(
        "(told) => document.querySelector(told).innerText.startsWith('interr')", arg=TOLD
    )
    before = int(page.evaluate(POSITION).split()[1])
    assert before > 0
    page.locator(".wb-debugger button", has_text="step ▶").click()
    page.wait_for_function(f"(now) => ({POSITION})() === now", arg=f"position {before + 1}")

    # The answer to one selection is interrupted, and the next selection is answered.
    page.evaluate(driver.ASK_KERNEL, SLOW_ANSWER)
    driver.click_op(page, "hlo", first_serial(page, "stablehlo.add"))
    interrupt(page, driver)
    page.evaluate(driver.ASK_KERNEL, QUICK_ANSWER)
    chosen = first_serial(page, "stablehlo.constant")
    driver.click_op(page, "hlo", chosen)
    deadline = time.monotonic() + driver.PATIENCE_MS / 1000
    while page.evaluate(driver.ASK_KERNEL, "sorted(ir.shared.ops)") != f"[{chosen}]":
        assert time.monotonic() < deadline, "the kernel does not hear of the second selection"
        page.wait_for_timeout(100)
    assert driver.lit_ops(page)["hlo"] == {chosen} and driver.lit_ops(page)["dispatch"]
    page.evaluate(SHUT_DOWN)  # The call still runs; no cell waits for it.
    watch.check()


def interrupt(page: Page, driver: ModuleType) -> None:
    """Interrupts the kernel once it is at work, and waits until it is idle."""
    page.wait_for_function(f"() => ({STATUS})() === 'busy'", timeout=driver.PATIENCE_MS)
    page.wait_for_timeout(300)
    page.evaluate(INTERRUPT)
    page.wait_for_function(driver.IDLE, timeout=driver.PATIENCE_MS)


def first_serial(page: Page, name: str) -> int:
    """Returns the serial number of the first op of a name in the pane of stage `hlo`."""
    op = page.locator('.wb-ir .wb-pane[data-pane="hlo"] .wb-op', has_text=name).first
    return int(op.get_attribute("data-s") or -1)
