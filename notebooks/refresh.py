"""Runs notebooks again and writes them in the one form in which they are kept.

    python notebooks/refresh.py                     # all of them
    python notebooks/refresh.py notebooks/00*.ipynb # some
    python notebooks/refresh.py --check             # runs nothing: is every notebook in that form?

What is kept: outputs as pictures and text, which are the same on every run. What is dropped: the
state of widgets (a running notebook makes it anew, a sleeping one shows the picture), times of
execution, names of machines.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import nbformat

HERE = Path(__file__).resolve().parent
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
KEPT_IN_CELLS = ("tags", "jupyter")
"""`jupyter` folds the output under a prediction: a click on its bar, or `O`, shows it."""


PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAC0lEQVR42mNgAAIAAAUAAen63NgAAAAASUVORK5CYII="
)
"""A transparent picture of one pixel."""
COVER = {"output_type": "display_data", "data": {"image/png": PIXEL}, "metadata": {}}
"""The first output of a folded cell, until it runs: JupyterLab writes the first line of the first
output beside the fold, which would be the answer. Of a picture it writes nothing, and nbval, which
compares no pictures, does not miss it.
"""


def all_notebooks() -> list[Path]:
    """Every notebook below this folder."""
    return sorted(p for p in HERE.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)


def execute(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Runs all cells from the notebook's own folder; those in solutions/ must be right."""
    from nbclient import NotebookClient

    strict = "solutions" in path.parts
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")]),
        # Shown after some seconds, so not the same on every run.
        "IREELITE_PROGRESS": "0",
    }
    environment.pop("WB_STRICT", None)
    if strict:
        environment["WB_STRICT"] = "1"
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        store_widget_state=False,
    )
    client.execute(env=environment)


def normalise(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The form that is kept: numbered from 1, ids from positions where they are missing, no state,
    no times.
    """
    notebook.metadata = nbformat.from_dict(METADATA)
    count = 0
    for position, cell in enumerate(notebook.cells):
        cell.metadata = nbformat.from_dict(
            {k: v for k, v in cell.metadata.items() if k in KEPT_IN_CELLS}
        )
        cell.setdefault("id", f"cell-{position}")
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        kept = [_output(output, count) for output in _joined(cell.outputs)]
        cell.outputs = [output for output in kept if output.get("data", True)]
        if cell.outputs and cell.metadata.get("jupyter", {}).get("outputs_hidden"):
            cell.outputs.insert(0, nbformat.from_dict(COVER))
    return notebook


def _output(output: Any, count: int) -> Any:
    if "execution_count" in output:
        output.execution_count = count
    if "data" in output:
        output.data.pop(WIDGET_VIEW, None)
        if output.data == COVER["data"]:
            output.data.clear()
        output.metadata = nbformat.from_dict({})
    return output


def _joined(outputs: list[Any]) -> list[Any]:
    """Outputs with the neighbouring pieces of one stream put together."""
    joined: list[Any] = []
    for output in outputs:
        before = joined[-1] if joined else None
        if (
            output.output_type == "stream"
            and before is not None
            and before.get("name") == output.name
        ):
            before.text += output.text
        else:
            joined.append(output)
    return joined


def written(notebook: nbformat.NotebookNode) -> str:
    """The file's text."""
    return nbformat.writes(notebook, version=4) + "\n"


def main(arguments: list[str]) -> int:
    """Refreshes or checks; the exit status says how many notebooks are not in form."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "notebooks", nargs="*", type=Path, help="which ones (all of them by default)"
    )
    parser.add_argument("--check", action="store_true", help="run nothing and write nothing")
    options = parser.parse_args(arguments)
    wrong = 0
    for path in [p.resolve() for p in options.notebooks] or all_notebooks():
        notebook = nbformat.read(path, as_version=4)
        if options.check:
            same = written(normalise(notebook)) == path.read_text(encoding="utf-8")
            wrong += not same
            print(f"{'ok ' if same else 'NOT'} {path.relative_to(HERE.parent)}")
            continue
        execute(notebook, path)
        path.write_text(written(normalise(notebook)), encoding="utf-8")
        print(f"ran {path.relative_to(HERE.parent)}")
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
