"""The workbench in hosts other than JupyterLab: Notebook 7, Voila and marimo.

Each host opens a page with an `IRView` and a `Workbench`. A test clicks an op, chooses tabs, and
checks what changes on the screen. `make reach` installs the hosts into an environment of their own
and runs this file, which `make test` leaves out.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parent.parent.parent
HOSTS_PYTHON = os.environ.get("HOSTS_PYTHON", sys.executable)
"""The Python interpreter of the environment with the hosts."""
PATIENCE_MS = 60_000
TOKEN = "workbench"
FOLDERS = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
SETUP = """import ireelite, workbench, numpy as np
program = ireelite.compile("simple_mul.pb", targets=["vmvx"], record=True)
module = ireelite.load(program, record=True)
module.simple_mul(np.ones(4, np.float32), np.ones(4, np.float32))
view = workbench.IRView(program, stages=["tf", "hlo"], focus="tf/1")
bench = workbench.Workbench(program, module)"""
MARIMO = f"""import marimo
app = marimo.App()

@app.cell
def _():
    {SETUP.replace(chr(10), chr(10) + "    ")}
    return (bench, view)

@app.cell
def _(view):
    import marimo
    marimo.ui.anywidget(view)
    return

@app.cell
def _(bench):
    bench
    return

if __name__ == "__main__":
    app.run()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a program, a notebook and an app."""
    shutil.copy(ROOT / "notebooks" / "data" / "simple_mul.pb", tmp_path)
    cells = [nbformat.v4.new_code_cell(source) for source in (SETUP, "view", "bench")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": {"name": "python3", "display_name": "-", "language": "python"}}
    )
    (tmp_path / "page.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
    (tmp_path / "page.py").write_text(MARIMO, encoding="utf-8")
    return tmp_path


@contextmanager
def served(folder: Path, path: str, *command: str) -> Iterator[str]:
    """Starts a host's server, yields the address of a page, and stops the server at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_RUNTIME_DIR": "/tmp"}
    for name in FOLDERS:
        environment[f"JUPYTER_{name}"] = str(folder / name)
    log = folder / "server.log"
    server = subprocess.Popen(
        [HOSTS_PYTHON, "-m", *(part.format(port=port) for part in command)],
        cwd=folder,
        env=environment,
        stdout=log.open("wb"),
        stderr=subprocess.STDOUT,
    )
    try:
        address = f"http://127.0.0.1:{port}{path}"
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while True:
            try:
                urllib.request.urlopen(address, timeout=60).close()
                break
            except OSError:
                if server.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(log.read_text(errors="replace")[-3000:]) from None
                time.sleep(0.3)
        yield address
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()


@pytest.fixture(scope="session")
def context(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(tmp_path_factory.mktemp("chromium")),
            executable_path=chromium,
            headless=True,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
            viewport={"width": 1400, "height": 1200},
        )
        yield context
        context.close()


def look(page: Page, folder: Path) -> None:
    """Clicks an op and chooses tabs of the workbench. Raises AssertionError if the views do not
    change as expected.
    """
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    view = page.locator(".wb-ir:not(.wb-bench .wb-ir)").first
    op = view.locator('.wb-pane[data-pane="hlo"] .wb-op .wb-t1')
    op.first.wait_for(timeout=PATIENCE_MS)
    lit = "(root) => [...root.querySelectorAll('.wb-op.wb-lit')].map((op) => op.dataset.s).join()"
    before = view.evaluate(lit)
    op.nth(1).click()
    page.mouse.move(2, 2)
    after = view.evaluate(lit)
    assert after and after != before
    assert page.locator(".wb-pipeline .stage").count() > 5
    assert page.locator(".wb-memory").count() == 0, "a view is made when its tab is chosen"
    page.get_by_role("tab", name="memory", exact=True).click()
    page.locator(".wb-memory svg").first.wait_for(timeout=PATIENCE_MS)
    page.get_by_role("tab", name="rewrites", exact=True).click()
    told = page.locator(".wb-steps .wb-told")
    told.wait_for(timeout=PATIENCE_MS)
    number = told.inner_text()
    page.get_by_title("one on (→)").first.click()
    told.filter(has_not_text=number).wait_for()
    number = told.inner_text()
    page.get_by_role("tree", name="stages, passes and rewrites").focus()
    page.keyboard.press("ArrowRight")
    told.filter(has_not_text=number).wait_for()
    page.screenshot(path=Path(os.environ.get("OUT", folder)) / f"{folder.name}.png")
    assert errors == []


def test_notebook_7(context: Any, folder: Path):
    command = ("notebook", "--no-browser", "--allow-root", "--port={port}")
    command += (f"--IdentityProvider.token={TOKEN}", "--ServerApp.port_retries=0")
    command += ("--JupyterNotebookApp.expose_app_in_browser=True",)
    with served(folder, f"/api?token={TOKEN}", *command) as address:
        page = context.new_page()
        page.goto(f"{address.partition('/api')[0]}/notebooks/page.ipynb?token={TOKEN}")
        page.wait_for_function(
            "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status"
            " === 'idle'",
            timeout=PATIENCE_MS,
        )
        page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        look(page, folder)
        page.close()


def test_voila(context: Any, folder: Path):
    command = ("voila", "page.ipynb", "--no-browser", "--port={port}", "--Voila.ip=127.0.0.1")
    with served(folder, "/voila/static/voila.js", *command) as address:
        page = context.new_page()
        page.goto(address.partition("/voila/")[0], timeout=PATIENCE_MS)
        look(page, folder)
        page.close()


def test_marimo(context: Any, folder: Path):
    command = ("marimo", "run", "page.py", "--headless", "--no-token", "--port={port}")
    with served(folder, "/health", *command) as address:
        page = context.new_page()
        page.goto(address.partition("/health")[0])
        look(page, folder)
        page.close()
