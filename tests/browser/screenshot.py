"""Takes the README's picture: the first notebook in JupyterLab with one op chosen, lit in every
stage.

Usage: screenshot.py [FILE.png]; by default `notebooks/reference/workbench.png`. The browser is
driven as in the tests, through their `conftest.py`.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PICTURE = ROOT / "notebooks" / "reference" / "workbench.png"
NOTEBOOK = "00_the_whole_game.ipynb"
SIZE = {"width": 1500, "height": 1340}
CHOSEN = '.wb-ir .wb-pane[data-pane="hlo"] .wb-op:has-text("stablehlo.multiply")'
WITHOUT_SIDEBAR = "() => window.jupyterapp.commands.execute('application:toggle-left-area')"
TO_THE_TOP = """(view) => {
  for (const node of view.querySelectorAll('*')) node.scrollLeft = 0;
  view.closest('.jp-Cell').scrollIntoView({block: 'start'});
}"""


def driver() -> ModuleType:
    """The module of `conftest.py`, which is in no package."""
    specification = spec_from_file_location("browser_conftest", HERE / "conftest.py")
    assert specification is not None and specification.loader is not None
    module = module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


def take(picture: Path, chromium: str) -> None:
    """Runs the notebook, chooses its multiplication, and writes what a reader then sees."""
    drive = driver()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        scratch = Path(name)
        lab = drive.Lab(ROOT / "notebooks", scratch / "lab")
        try:
            with drive.chromium_context(chromium, scratch / "chromium") as context:
                page = context.new_page()
                page.set_viewport_size(SIZE)
                lab.open(page, NOTEBOOK)
                page.evaluate(WITHOUT_SIDEBAR)
                page.wait_for_selector(".wb-timeline .mark")
                page.locator(CHOSEN).first.click()
                page.mouse.move(2, 2)
                page.locator(".wb-ir").first.evaluate(TO_THE_TOP)
                page.wait_for_timeout(500)
                picture.parent.mkdir(parents=True, exist_ok=True)
                page.screenshot(path=picture)
        finally:
            lab.close()


def main() -> None:
    """Says where the picture went, or what is missing."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    chromium = next(filter(None, map(shutil.which, names)), None)
    if chromium is None:
        sys.exit("no Chromium was found: install chromium")
    picture = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else PICTURE
    take(picture, chromium)
    print(f"wrote {picture}")


if __name__ == "__main__":
    main()
