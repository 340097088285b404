"""A JupyterLab and a Chromium for the tests of what a reader sees,
and questions to ask of a page.
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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page, Playwright, ViewportSize

ROOT = Path(__file__).resolve().parent.parent.parent
TOKEN = "workbench"
PATIENCE_MS = 90_000
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PLAIN_TEXT = [
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--force-color-profile=srgb",
    "--force-device-scale-factor=1",
]
"""Flags that make text look alike in different builds of the browser."""
GALLERY = (
    "PipelineMap", "IRView", "RewriteStepper", "StageDiff", "DispatchGraph", "ExecutableView",
    "TensorPeek", "VMDebugger", "ModuleMap", "MemoryPlan", "FenceTimeline", "Workbench",
)  # fmt: skip
"""The views that `approved_inputs.py` makes."""
FONT_FOLDER = Path(__file__).with_name("fonts")
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{folder}</dir><cachedir>{cache}</cachedir>
  <match target="pattern">
    <test name="family" compare="contains"><string>mono</string></test>
    <edit name="family" mode="assign" binding="same"><string>Noto Sans Mono</string></edit>
  </match>
  <match target="pattern">
    <edit name="family" mode="append_last" binding="strong"><string>Noto Sans</string></edit>
  </match>
  <match target="font">
    <edit name="antialias" mode="assign"><bool>true</bool></edit>
    <edit name="hinting" mode="assign"><bool>false</bool></edit>
    <edit name="rgba" mode="assign"><const>none</const></edit>
  </match>
</fontconfig>
"""
"""A configuration of fontconfig: the fonts of one folder, without hinting and subpixels."""
LAB_CONFIG_DIRS = (
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_DATA_DIR",
    "JUPYTER_RUNTIME_DIR",
    "JUPYTERLAB_SETTINGS_DIR",
    "JUPYTERLAB_WORKSPACES_DIR",
    "IPYTHONDIR",
)
NO_NEWS = '{"disabledExtensions":{"@jupyterlab/apputils-extension:announcements":true}}'
IDLE = "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
ALL_RAN = """() => {
  const cells = window.jupyterapp.shell.currentWidget.content.model.cells;
  const list = (items) => Array.from({length: items.length}, (_, n) => items.get(n));
  const code = list(cells).filter((cell) => cell.type === 'code' && cell.sharedModel.source.trim());
  const failed = code.some((cell) => list(cell.outputs).some((output) => output.type === 'error'));
  return failed || code.every((cell) => cell.executionCount !== null && cell.executionState !== 'running');
}"""
ERRORS = """() => {
  const cells = window.jupyterapp.shell.currentWidget.content.model.cells;
  const list = (items) => Array.from({length: items.length}, (_, n) => items.get(n));
  return list(cells).filter((cell) => cell.type === 'code').flatMap((cell) => list(cell.outputs))
    .map((output) => output.toJSON())
    .filter((output) => output.output_type === 'error')
    .map((output) => output.ename + ': ' + output.evalue);
}"""
ASK_KERNEL = """async (expression) => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const reply = await kernel.requestExecute({code: '', user_expressions: {answer: expression}}).done;
  return reply.content.user_expressions.answer.data['text/plain'];
}"""
CLICKS = 3
LISTEN_FOR_CLICK = """(element) => {
  window.elementWasClicked = false;
  const note = (event) => { window.elementWasClicked = element.contains(event.target); };
  document.addEventListener('click', note, { capture: true, once: true });
}"""
LIT = """(root) => {
  const lit = {};
  for (const pane of root.querySelectorAll('.wb-pane')) {
    const runs = [...pane.querySelectorAll('.wb-op.wb-lit')];
    lit[pane.dataset.pane] = [...new Set(runs.map((run) => Number(run.dataset.s)))];
  }
  return lit;
}"""
FAINT_TEXT = Path(__file__).with_name("faint_text.js").read_text(encoding="utf-8")
LIT_EVENTS = (
    "(root) => [...root.querySelectorAll('.mark.wb-lit')].map((node) => Number(node.dataset.event))"
)


class Watch:
    """What went wrong in a page: errors on its console,
    and requests to hosts other than this one.
    """

    def __init__(self, page: Page):
        self.errors: list[str] = []
        self.elsewhere: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._note(request.url))

    def _hear(self, message: Any) -> None:
        # JupyterLab asks for the list of kernels, which Jupyter's server refuses while one starts.
        if message.type == "error" and "/api/kernels?" not in message.location["url"]:
            self.errors.append(message.text)

    def _note(self, url: str) -> None:
        here = (
            "http://127.0.0.1:",
            "ws://127.0.0.1:",
            "data:",
            "blob:",
            "file:",
            "about:",
            "devtools:",
        )
        if not url.startswith(here):
            self.elsewhere.append(url)

    def check(self) -> None:
        """Fails if there was anything."""
        assert self.errors == []
        assert self.elsewhere == []


class Lab:
    """A JupyterLab server over a copy of a folder,
    so that nothing a test does reaches the checkout.
    """

    def __init__(self, folder: Path, scratch: Path):
        self.root = scratch / "root"
        shutil.copytree(folder, self.root)
        self.port = _free_port()
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_RUNTIME_DIR": "/tmp"}
        environment.pop("WB_STRICT", None)
        for name in LAB_CONFIG_DIRS:
            (scratch / name).mkdir()
            environment[name] = str(scratch / name)
        labconfig = scratch / "JUPYTER_CONFIG_DIR" / "labconfig"
        labconfig.mkdir()
        (labconfig / "page_config.json").write_text(NO_NEWS)
        self.log = scratch / "server.log"
        command = [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--ip=127.0.0.1",
            f"--port={self.port}",
        ]
        command += [
            "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={TOKEN}",
            "--allow-root",
        ]
        command += [f"--ServerApp.root_dir={self.root}", "--LabApp.expose_app_in_browser=True"]
        command += ["--ServerApp.terminals_enabled=False"]
        self.server = subprocess.Popen(
            command, env=environment, stdout=self.log.open("wb"), stderr=subprocess.STDOUT
        )
        self._wait_until_up()

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while time.monotonic() < deadline and self.server.poll() is None:
            try:
                with urllib.request.urlopen(
                    f"http://127.0.0.1:{self.port}/api?token={TOKEN}", timeout=2
                ):
                    return
            except OSError:
                time.sleep(0.3)
        raise RuntimeError(
            f"JupyterLab did not start:\n{self.log.read_text(errors='replace')[-3000:]}"
        )

    def open(
        self, page: Page, notebook: str, theme: str = "JupyterLab Light", run: bool = True
    ) -> None:
        """Opens a notebook in a theme; runs all its cells and fails if one of them does."""
        page.goto(f"http://127.0.0.1:{self.port}/lab/tree/{notebook}?token={TOKEN}&reset")
        page.wait_for_selector(".jp-NotebookPanel .jp-Notebook", timeout=PATIENCE_MS)
        page.wait_for_function(IDLE, timeout=PATIENCE_MS)
        command = "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
        page.evaluate(command, theme)
        if run:
            page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
            page.wait_for_function(ALL_RAN, timeout=PATIENCE_MS)
            assert page.evaluate(ERRORS) == []

    def close(self) -> None:
        """Stops the server and its kernels."""
        self.server.send_signal(signal.SIGTERM)
        try:
            self.server.wait(15)
        except subprocess.TimeoutExpired:
            self.server.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def chromium_context(path: str, scratch: Path) -> Iterator[BrowserContext]:
    """A Chromium with a profile of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, launched(playwright, path, scratch) as context:
        yield context


@contextmanager
def launched(
    playwright: Playwright,
    path: str,
    scratch: Path,
    size: ViewportSize | None = None,
    flags: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Iterator[BrowserContext]:
    """Yields a Chromium with its own profile, started by a running Playwright."""
    context = playwright.chromium.launch_persistent_context(
        str(scratch),
        executable_path=path,
        headless=True,
        args=[*CHROMIUM_FLAGS, *flags],
        viewport=size or {"width": 1400, "height": 1000},
        env={**os.environ, **(environment or {})},
    )
    try:
        yield context
    finally:
        context.close()


@contextmanager
def picture_context(
    playwright: Playwright, path: str, scratch: Path, size: ViewportSize
) -> Iterator[BrowserContext]:
    """Yields a Chromium that renders the same pictures on every machine: it has only the project's
    fonts, and draws them without hinting and subpixel rendering.
    """
    fonts = scratch / "fonts.conf"
    scratch.mkdir(exist_ok=True)
    fonts.write_text(FONTS.format(folder=FONT_FOLDER, cache=scratch / "fontcache"))
    environment = {"FONTCONFIG_FILE": str(fonts)}
    profile = scratch / "profile"
    with launched(playwright, path, profile, size, PLAIN_TEXT, environment) as context:
        yield context


class Gallery:
    """A notebook with every view of `approved_inputs.py`, each in a cell."""

    def __init__(self, page: Page, names: Sequence[str]):
        self.page, self.names = page, list(names)
        self._theme = ""

    def use(self, theme: str) -> None:
        """Changes to a theme, `light` or `dark`."""
        if theme != self._theme:
            command = (
                "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', {theme})"
            )
            self.page.evaluate(command, f"JupyterLab {theme.title()}")
            self._theme = theme

    def view(self, name: str) -> Locator:
        """Scrolls to a live view; returns the output that it is in."""
        cell = self.page.locator(".jp-CodeCell").nth(1 + self.names.index(name))
        cell.scroll_into_view_if_needed()
        shown = cell.locator(".jp-OutputArea-output", has=self.page.locator(".wb")).last
        shown.locator(".wb").first.wait_for()
        return shown


@contextmanager
def gallery(lab: Lab, page: Page) -> Iterator[Gallery]:
    """Yields a notebook that shows every view; fails at the end if the console has errors."""
    import nbformat

    here = Path(__file__).resolve().parent
    names = GALLERY
    first = f"import sys\nsys.path.insert(0, {str(here)!r})\nimport approved_inputs"
    sources = [f"{first}\nviews = approved_inputs.views()", *(f"views[{name!r}]" for name in names)]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in sources])
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": {"name": "python3", "display_name": "-", "language": "python"}}
    )
    (lab.root / "gallery.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
    page.emulate_media(reduced_motion="reduce")
    watch = Watch(page)
    lab.open(page, "gallery.ipynb")
    page.mouse.move(2, 2)
    yield Gallery(page, names)
    watch.check()


class DigitsPage:
    """A page with every view of a digit classifier and of one call of it, and a workbench of the
    same with tabs.
    """

    def __init__(self, repository: Path, folder: Path):
        import numpy as np

        import ireelite
        import workbench

        data = repository / "notebooks" / "data"
        self.program = ireelite.compile(data / "digits_mlp.pb", targets=["vmvx"], record=True)
        module = ireelite.load(self.program, device="local-sync", record=True)
        images = np.load(data / "digits_test.npz")["images"][:16]
        scores, _ = module.digits_mlp(images)
        debugger = module.digits_mlp.debug(images)
        self.views = [
            workbench.PipelineMap(self.program),
            workbench.IRView(self.program, stages=["tf", "hlo", "dispatch"]),
            workbench.RewriteStepper(self.program),
            workbench.StageDiff(self.program, "hlo", "dispatch"),
            workbench.DispatchGraph(self.program),
            workbench.ExecutableView(self.program),
            workbench.MemoryPlan(self.program),
            workbench.ModuleMap(module),
            workbench.FenceTimeline(module, self.program, memory=True),
            workbench.VMDebugger(debugger, self.program),
            workbench.TensorPeek(scores, "scores"),
        ]
        self.file = folder / "digits.html"
        self.file.write_text(workbench.page(*self.views, title="digits"), encoding="utf-8")
        values = self.program.interpret(images, values=True)
        self.bench = workbench.Workbench(self.program, module, debugger, values)
        self.bench_file = folder / "workbench.html"
        self.bench_file.write_text(self.bench.to_html("digits"), encoding="utf-8")


def click_op(page: Page, pane: str, serial: int) -> None:
    """Clicks an op in a pane of the first IR view, then moves the pointer away."""
    view = page.locator(".wb-ir").first
    _click(page, view.locator(f'.wb-pane[data-pane="{pane}"] .wb-op[data-s="{serial}"] .wb-t1'))
    page.mouse.move(2, 2)


def click_event(page: Page, event: int) -> None:
    """Clicks a slice or a moment on the first timeline, then moves the pointer away."""
    _click(page, page.locator(".wb-timeline").first.locator(f'.mark[data-event="{event}"]'))
    page.mouse.move(2, 2)


def _click(page: Page, places: Locator) -> None:
    """
    Clicks the first of some elements once its page is drawn. JupyterLab may scroll between the press and the release
    of the button; such a click hits no element, and a reader clicks again.
    """
    settled(page)
    element = places.first.element_handle()
    for _ in range(CLICKS):
        page.evaluate(LISTEN_FOR_CLICK, element)
        element.click()
        if page.evaluate("() => window.elementWasClicked"):
            return
    raise AssertionError(f"{CLICKS} clicks on {element} hit something else")


def settled(page: Page) -> None:
    """Waits until views have also drawn what is out of sight."""
    page.wait_for_function("""() => !document.querySelector('[aria-busy="true"]')""")


def lit_ops(page: Page) -> dict[str, set[int]]:
    """For each pane of the first IR view, the serial numbers that are lit."""
    settled(page)
    lit = page.locator(".wb-ir").first.evaluate(LIT)
    return {pane: set(serials) for pane, serials in lit.items()}


def lit_events(page: Page) -> set[int]:
    """Event ids that are lit on the first timeline."""
    return set(page.locator(".wb-timeline").first.evaluate(LIT_EVENTS))


@pytest.fixture(scope="session")
def driver() -> ModuleType:
    """This file's own names, for tests: pytest does not let them import it."""
    return sys.modules[__name__]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The only Playwright of the process, which allows no second one."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser_context(
    playwright: Playwright, chromium: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    with launched(playwright, chromium, tmp_path_factory.mktemp("chromium")) as context:
        yield context


@pytest.fixture
def page(browser_context: BrowserContext) -> Iterator[Page]:
    page = browser_context.new_page()
    yield page
    page.close()


@pytest.fixture(scope="session")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A Firefox; see `firefox.py`."""
    sys.path.insert(0, str(Path(__file__).parent))
    try:
        from firefox import Firefox, firefox_path
    finally:
        sys.path.pop(0)
    path = firefox_path()
    assert path is not None, "install firefox-esr, or run `make system` as root"
    browser = Firefox(path, tmp_path_factory.mktemp("firefox"))
    try:
        yield browser
    finally:
        browser.close()


@pytest.fixture(scope="session")
def digits_page(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> DigitsPage:
    return DigitsPage(repository, tmp_path_factory.mktemp("digits"))


@pytest.fixture(scope="session")
def lab(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    server = Lab(repository / "notebooks", tmp_path_factory.mktemp("lab"))
    yield server
    server.close()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: $OUT, or a folder of the test run."""
    folder = Path(os.environ["OUT"]) if "OUT" in os.environ else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
