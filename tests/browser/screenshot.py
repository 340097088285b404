"""Takes the README's pictures: `workbench.png`, the first notebook in JupyterLab with one op chosen,
lit in every stage; `stepper.png`, a rewrite of a compilation; `dump.png`, a rewrite of upstream's
compiler, out of its dump.

Usage: screenshot.py [FOLDER]; by default `notebooks/reference`. The browser is driven as in the
tests, through their `conftest.py`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PICTURES = ROOT / "notebooks" / "reference"
NOTEBOOK = "00_the_whole_game.ipynb"
SIZE = {"width": 1500, "height": 1490}
PAGE_SIZE = {"width": 1260, "height": 530}
LAYER = """
func.func @layer(%x: tensor<16x64xf32>, %w: tensor<64x32xf32>, %b: tensor<32xf32>) -> tensor<16x32xf32> {
  %product = stablehlo.dot %x, %w : (tensor<16x64xf32>, tensor<64x32xf32>) -> tensor<16x32xf32>
  %bias = stablehlo.broadcast_in_dim %b, dims = [1] : (tensor<32xf32>) -> tensor<16x32xf32>
  %sum = stablehlo.add %product, %bias : tensor<16x32xf32>
  %zero = stablehlo.constant dense<0.0> : tensor<16x32xf32>
  %positive = stablehlo.maximum %sum, %zero : tensor<16x32xf32>
  return %positive : tensor<16x32xf32>
}
"""
UPSTREAM = (
    "iree-compile", "--iree-input-type=stablehlo", "--iree-hal-target-device=local",
    "--iree-hal-local-target-device-backends=vmvx", "--mlir-print-ir-after-all",
)  # fmt: skip
FUSED = "elementwise-op-fusion"
"""The pass of upstream's whose first rewrite the picture shows."""
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
                page.screenshot(path=picture)
        finally:
            lab.close()


def take_pages(folder: Path, chromium: str) -> None:
    """Writes the pictures of two pages with a `RewriteStepper`."""
    import ireelite
    import workbench

    drive = driver()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        scratch = Path(name)
        source, dump = scratch / "layer.mlir", scratch / "layer_dump.mlir"
        source.write_text(LAYER)
        with dump.open("wb") as printed:
            command = [*UPSTREAM, str(source), "-o", str(scratch / "layer.vmfb")]
            subprocess.run(command, stderr=printed, check=True)
        digits = ireelite.compile(ROOT / "notebooks" / "data" / "digits_mlp.pb", record=True)
        pages = {"stepper": digits.record, "dump": workbench.read_dump(dump)}
        with drive.chromium_context(chromium, scratch / "chromium") as context:
            page = context.new_page()
            page.set_viewport_size(PAGE_SIZE)
            for picture, record in pages.items():
                file = scratch / f"{picture}.html"
                file.write_text(workbench.RewriteStepper(record).to_html(), encoding="utf-8")
                page.goto(file.as_uri())
                page.wait_for_selector(".wb-steps .wb-card")
                if picture == "dump":
                    show_pass(page, FUSED)
                page.wait_for_timeout(500)
                page.screenshot(path=folder / f"{picture}.png")


def show_pass(page: Page, name: str) -> None:
    """Goes to the first rewrite of a pass."""
    page.get_by_label("find rewrites by pass, pattern or text").fill(name)
    page.keyboard.press("Enter")
    page.mouse.move(2, 2)


def main() -> None:
    """Says where the pictures went, or what is missing."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    chromium = next(filter(None, map(shutil.which, names)), None)
    if chromium is None:
        sys.exit("no Chromium was found: install chromium")
    folder = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else PICTURES
    folder.mkdir(parents=True, exist_ok=True)
    take_pages(folder, chromium)
    take(folder / "workbench.png", chromium)
    print(f"wrote workbench.png, stepper.png and dump.png in {folder}")


if __name__ == "__main__":
    main()
