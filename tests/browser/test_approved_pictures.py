"""Compares each view in JupyterLab, light and dark, with a picture that a person approved.

What is lit is compared by structure beside the picture: a lit line has too few pixels to be noticed.

`make approve` takes new pictures; look at them before they are committed. Pictures are the same on
every machine: the program, its module and its run are files (`approved_inputs.py`), the fonts are
the project's (`fonts/`), and hinting, subpixel rendering and animations are off.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HERE = Path(__file__).resolve().parent
APPROVED = HERE / "approved"
LIT_ROWS = APPROVED / "lit_rows.json"
"""For each view, what is lit in it (`LIT`)."""
MARKS = (
    "wb-lit",
    "wb-main",
    "wb-here",
    "wb-from",
    "wb-to",
    "wb-chosen",
    "wb-touched",
    "wb-now",
    "wb-keeper",
)
LIT = """(root, marks) => [...root.querySelectorAll(marks.map((mark) => `.${mark}`).join())]
  .filter((node) => !node.matches('.wb-line .wb-op') && node.checkVisibility())
  .map((node) => [
    marks.filter((mark) => node.classList.contains(mark)).join(' '),
    (node.getAttribute('aria-label') ?? node.textContent).trim().slice(0, 80),
  ].join(': '))"""
"""Returns a line for each row or mark that is lit: how, and what stands in it."""
VIEWS = (
    "PipelineMap", "IRView", "RewriteStepper", "StageDiff", "DispatchGraph", "ExecutableView",
    "TensorPeek", "VMDebugger", "ModuleMap", "MemoryPlan", "FenceTimeline", "Workbench",
)  # fmt: skip
THEMES = ("light", "dark")
SIZE = {"width": 1440, "height": 1500}
MAX_DIFFERENT = 0.005
"""Largest share of pixels that may differ."""
TOLERANCE = 48
"""Largest difference between equal pixels in one colour channel, of 255: two builds of one browser
smooth edges differently.
"""
STEP = 17
"""Channels of approved pictures are rounded to multiples of this, 16 values in all, which makes the
files a third as large.
"""
MAX_TRIES = 20
TO_WHOLE_PIXELS = """(node) => {
  Object.assign(node.style, {position: 'relative', left: 0, top: 0});
  const {left, top} = node.getBoundingClientRect();
  Object.assign(node.style, {left: `${Math.ceil(left) - left}px`, top: `${Math.ceil(top) - top}px`});
}"""
"""Moves a view to whole pixels, so that content above does not change how its lines are rounded."""


# -- pictures ----------------------------------------------------------------------------------------


def different(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Returns a mask, of the larger width and height, with True for each pixel that differs.

    A pixel differs if it is unlike all nine pixels around its place in the other picture, in either
    direction. Pixels that only one of the pictures has differ.
    """
    height, width = (max(sizes) for sizes in zip(first.shape[:2], second.shape[:2], strict=True))
    common = tuple(min(sizes) for sizes in zip(first.shape[:2], second.shape[:2], strict=True))
    outcome = np.ones((height, width), bool)
    inside = (slice(common[0]), slice(common[1]))
    ours, theirs = first[inside].astype(np.int16), second[inside].astype(np.int16)
    outcome[inside] = _apart(ours, theirs) | _apart(theirs, ours)
    return outcome


def _apart(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Returns a mask with True for each pixel of `ours` that is unlike all nine around its place in
    `theirs`.
    """
    height, width = ours.shape[:2]
    apart = np.ones((height, width), bool)
    around = np.pad(theirs, ((1, 1), (1, 1), (0, 0)), mode="edge")
    for y in range(3):
        for x in range(3):
            beside = around[y : y + height, x : x + width]
            apart &= np.abs(ours - beside).max(axis=2) > TOLERANCE
    return apart


def agree(approved: np.ndarray, picture: np.ndarray) -> bool:
    """True if at most `MAX_DIFFERENT` of the pixels differ."""
    return bool(different(approved, picture).mean() <= MAX_DIFFERENT)


def picture_of_difference(approved: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Returns the approved picture, paled, with the pixels that differ in red."""
    canvas = np.full((*mask.shape, 3), 255, np.uint8)
    canvas[: approved.shape[0], : approved.shape[1]] = 255 - (255 - approved) // 4
    canvas[mask] = (215, 30, 30)
    return canvas


def read(data: bytes | Path) -> np.ndarray:
    """Returns a picture as an array of height × width × 3 values from 0 to 255."""
    source = io.BytesIO(data) if isinstance(data, bytes) else data
    with Image.open(source) as image:
        return np.asarray(image.convert("RGB"))


def write(picture: np.ndarray, path: Path) -> Path:
    Image.fromarray(picture).save(path, optimize=True)
    return path


def approve(picture: np.ndarray, path: Path) -> None:
    """Saves a picture as the approved one, unless no pixel differs from the approved one."""
    if path.is_file() and not different(read(path), picture).any():
        return
    path.parent.mkdir(exist_ok=True)
    write((np.round(picture / STEP) * STEP).astype(np.uint8), path)


def compare(view: str, theme: str, picture: np.ndarray, approved: Path, folder: Path) -> None:
    """Fails if too many pixels differ, and then writes three pictures to `folder`: the approved
    one, the present one, and the difference.
    """
    assert approved.is_file(), f"{view} has no approved picture in {theme}: run make approve"
    before = read(approved)
    mask = different(before, picture)
    if mask.mean() <= MAX_DIFFERENT:
        return
    name = f"{view}-{theme}"
    paths = (
        write(before, folder / f"{name}-approved.png"),
        write(picture, folder / f"{name}-now.png"),
        write(picture_of_difference(before, mask), folder / f"{name}-difference.png"),
    )
    pytest.fail(
        f"{view} in {theme}: {mask.mean():.2%} of the pixels differ from the approved picture "
        f"({MAX_DIFFERENT:.1%} may).\n  approved    {paths[0]}\n  now         {paths[1]}\n"
        f"  difference  {paths[2]}\nIf it is to look like this now, run make approve and commit "
        f"{approved.relative_to(HERE.parent.parent)}.",
        pytrace=False,
    )


@pytest.fixture(scope="module")
def gallery(
    lab: Any,
    chromium: str,
    playwright: Playwright,
    driver: ModuleType,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Any]:
    """The notebook with all views, in a browser that renders the same pictures on every machine."""
    scratch = tmp_path_factory.mktemp("approved")
    with (
        driver.picture_context(playwright, chromium, scratch, SIZE) as context,
        driver.gallery(lab, context.new_page()) as gallery,
    ):
        yield gallery


def picture_of(gallery: Any, view: str, theme: str, known: np.ndarray | None) -> np.ndarray:
    """Returns a picture of a view: the first that agrees with `known`, or the second of two equal
    ones.
    """
    gallery.use(theme)
    shown = gallery.view(view)
    before = b""
    for _ in range(MAX_TRIES):
        shown.evaluate(TO_WHOLE_PIXELS)
        now = shown.screenshot(animations="disabled", caret="hide")
        if now == before or (known is not None and agree(known, read(now))):
            return read(now)
        before = now
        gallery.page.wait_for_timeout(120)
    raise AssertionError(f"{view} in {theme} does not come to rest")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_looks_as_approved(
    view: str, theme: str, gallery: Any, pictures: Path, request: pytest.FixtureRequest
):
    path = APPROVED / f"{view}-{theme}.png"
    again = request.config.getoption("--approve")
    known = None if again or not path.is_file() else read(path)
    picture = picture_of(gallery, view, theme, known)
    if again:
        approve(picture, path)
    compare(view, theme, picture, path, pictures)


@pytest.mark.parametrize("view", VIEWS)
def test_what_is_lit_is_as_approved(
    view: str, gallery: Any, driver: ModuleType, request: pytest.FixtureRequest
):
    shown = gallery.view(view)
    driver.settled(gallery.page)
    lit = shown.evaluate(LIT, MARKS)
    approved = json.loads(LIT_ROWS.read_text(encoding="utf-8")) if LIT_ROWS.is_file() else {}
    if request.config.getoption("--approve"):
        approved[view] = lit
        text = json.dumps(approved, indent=1, ensure_ascii=False)
        LIT_ROWS.write_text(text + "\n", encoding="utf-8")
    assert lit == approved[view]


# -- the comparison itself ---------------------------------------------------------------------------


def striped(width: int = 100) -> np.ndarray:
    """Returns a white picture with a dark line, one pixel wide, in every ten pixels."""
    picture = np.full((60, width, 3), 255, np.uint8)
    picture[:, ::10] = 40
    return picture


def test_smooth_edges_are_no_difference_and_other_content_is():
    picture = striped()
    softer = picture.copy()
    softer[:, ::10] += 40
    moved = np.roll(picture, 1, axis=1)
    assert not different(picture, softer).any()
    assert different(picture, moved).mean() < MAX_DIFFERENT
    other = picture.copy()
    other[10:30, 20:60] = (0, 120, 190)
    assert different(picture, other).mean() == pytest.approx(20 * 36 / 6000, rel=0.2)
    assert different(picture, striped(110)).mean() == pytest.approx(10 / 110)


def test_a_difference_names_the_view_the_share_and_three_pictures(tmp_path: Path):
    approved = APPROVED / "PipelineMap-light.png"
    changed = 255 - read(approved)
    with pytest.raises(pytest.fail.Exception) as failure:
        compare("PipelineMap", "light", changed, approved, tmp_path)
    message = str(failure.value)
    assert "PipelineMap in light" in message and "% of the pixels" in message
    assert {path.name.rpartition("-")[2] for path in tmp_path.iterdir()} == {
        "approved.png", "now.png", "difference.png"
    }  # fmt: skip
    assert all(str(path) in message for path in tmp_path.iterdir())
