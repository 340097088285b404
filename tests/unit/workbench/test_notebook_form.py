"""The form of the notebooks: kept as `refresh.py` writes them, short of text,
whole without a network.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[3]
LESSONS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
MAX_TEXT = 5
MAX_COLUMNS = 110
"""Columns of code that a reader sees without scrolling, beside JupyterLab's list of files."""


def cells(path: Path) -> list[nbformat.NotebookNode]:
    return nbformat.read(path, as_version=4).cells


def test_notebooks_are_kept_in_one_form():
    command = [sys.executable, str(ROOT / "notebooks" / "refresh.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_is_more_to_do_than_to_read(path: Path):
    title, *rest = cells(path)
    assert title.source.startswith("# ")
    assert "you will be able to" in title.source
    written = 0
    for cell in rest:
        written = (
            0 if cell.cell_type == "code" else written + sum(map(bool, cell.source.splitlines()))
        )
        assert written <= MAX_TEXT, cell.source
    text = "\n".join(cell.source for cell in rest if cell.cell_type == "markdown")
    assert text.count("**Predict") >= 2
    assert rest[-1].source.startswith("**Only here.**") and "**Next:**" in rest[-1].source


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_what_a_reader_predicts_is_folded_until_the_cell_runs(path: Path):
    behind: list[nbformat.NotebookNode] = []
    for cell in [*reversed(cells(path))]:
        if cell.cell_type == "code":
            behind.append(cell)
            continue
        if re.search(r"\*\*Predict\.?\*\*", cell.source):
            shown = [each for each in behind if each.outputs and ".check(" not in each.source]
            if shown:
                assert shown[0].metadata.get("jupyter", {}).get("outputs_hidden"), cell.source
                assert set(shown[0].outputs[0].data) == {"image/png"}, "its first line is shown"
        behind = []


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_code_fits_beside_the_list_of_files(path: Path):
    lines = [
        line
        for cell in cells(path)
        if cell.cell_type == "code"
        for line in cell.source.splitlines()
    ]
    assert [line for line in lines if len(line) > MAX_COLUMNS] == []


def test_one_notebook_alone_runs_as_it_does_in_the_suite(request: pytest.FixtureRequest):
    plugins = request.config.pluginmanager.get_plugins()
    (shared,) = [each for each in plugins if hasattr(each, "StrictSolutions")]
    folder = Path(shared.__file__).parent
    assert all(path.is_relative_to(folder) for path in LESSONS)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_exercise_starts_unsolved_and_is_solved_next_door(path: Path):
    outcomes = re.compile(r"^[✓✗…] (\w+): (right|wrong|not yet)")

    def checked(notebook: Path) -> dict[str, str]:
        found: dict[str, str] = {}
        for cell in cells(notebook):
            for output in cell.get("outputs", []):
                if match := outcomes.match(output.get("data", {}).get("text/plain", "")):
                    found[match[1]] = match[2]
        return found

    lesson, solutions = checked(path), checked(path.parent / "solutions" / path.name)
    assert len(lesson) >= 2
    assert set(lesson.values()) == {"not yet"}
    assert solutions == dict.fromkeys(lesson, "right")


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_shows_pictures_that_it_carries_itself(path: Path):
    html = [
        o["data"]["text/html"]
        for c in cells(path)
        for o in c.get("outputs", [])
        if "text/html" in o.get("data", {})
    ]
    assert html
    for picture in html:
        if not picture.startswith(("<table", "<pre")):
            assert re.findall(r'(?:src|href)="([^":]*:)', picture) == ["data:"]
            assert re.search(r'alt="[^"]+"', picture)
