"""Measures the first paint of `Workbench(x)` in a real JupyterLab: from the execution of its cell to
the first frame of the live views.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).resolve().parent
CELLS = (
    """import sys, time
from pathlib import Path
sys.path.insert(0, {here!r})
import views_bench, workbench
from IPython.display import display
from ireelite.records import CompilationRecord
material = workbench.open(views_bench.INPUTS[{name!r}](Path({folder!r}), {ops}))._material""",
    """began = time.process_time()
display(workbench.Workbench(material))
spent = time.process_time() - began""",
)
"""The cells of the notebook: the second is measured."""
FIRST_FRAME = """async (first) => {
  const seen = () => [...document.querySelectorAll(first)].some((node) => node.checkVisibility());
  const frame = () => new Promise(requestAnimationFrame);
  const begin = performance.now();
  window.jupyterapp.commands.execute('notebook:run-cell');
  while (!seen()) await frame();
  await frame();
  return (performance.now() - begin) / 1000;
}"""
"""Runs the active cell; returns the seconds until elements that match `first` are painted."""


@dataclass(frozen=True)
class FirstPaint:
    """Seconds of a first paint: all that passed, and of it the processor time of the kernel and of
    the page's main thread.
    """

    seconds: float
    kernel: float
    page: float


def _driver() -> ModuleType:
    """The browser tests' own functions."""
    path = HERE.parent / "browser" / "conftest.py"
    spec = importlib.util.spec_from_file_location("browser_driver", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@contextmanager
def lab(scratch: Path) -> Iterator[Any]:
    """Yields a JupyterLab server over an empty folder, for `first_paint`."""
    (scratch / "notebooks").mkdir(parents=True)
    driver = _driver()
    server = driver.Lab(scratch / "notebooks", scratch)
    server.driver = driver
    try:
        yield server
    finally:
        server.close()


def first_paint(lab: Any, context: Any, name: str, ops: int, first: str) -> FirstPaint:
    """Shows a workbench of an input of `views_bench` in a new notebook. `first` selects the elements
    of its first views.
    """
    import nbformat

    given = {"here": str(HERE), "name": name, "folder": str(lab.root), "ops": ops}
    cells = [nbformat.v4.new_code_cell(text.format(**given)) for text in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": {"name": "python3", "display_name": "-", "language": "python"}}
    )
    (lab.root / f"{name}.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
    page = context.new_page()
    page.set_default_timeout(600_000)
    lab.open(page, f"{name}.ipynb", run=False)
    run = "() => window.jupyterapp.commands.execute('notebook:run-cell-and-select-next')"
    page.evaluate(run)
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = _task_seconds(session)
    seconds = page.evaluate(FIRST_FRAME, first)
    spent = _task_seconds(session) - before
    page.wait_for_function(lab.driver.ALL_RAN)
    assert page.evaluate(lab.driver.ERRORS) == []
    kernel = float(page.evaluate(lab.driver.ASK_KERNEL, "spent"))
    page.close()
    return FirstPaint(seconds, kernel, spent)


def _task_seconds(session: Any) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")
