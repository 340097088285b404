"""Every command and every snippet of the README runs as it stands, in a folder that has `notebooks/`."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text()
BLOCK = re.compile(
    r"^(?P<mark><!-- needs JAX -->\n)?```(?P<kind>\w+)\n(?P<code>.*?)^```", re.M | re.S
)
BLOCKS = list(BLOCK.finditer(TEXT))
LINK = re.compile(r"\]\((?!http)(?P<path>[^)#]+)\)")


def commands() -> list[str]:
    """The lines after a prompt, in order."""
    lines = "\n".join(block["code"] for block in BLOCKS if block["kind"] == "console")
    return [line.removeprefix("$ ") for line in lines.splitlines() if line.startswith("$ ")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the README's commands were run."""
    place = tmp_path_factory.mktemp("readme")
    (place / "notebooks").symlink_to(ROOT / "notebooks")
    run = [line for line in commands() if line.startswith(("cp ", "ireelite-"))]
    script = place / "commands.sh"
    script.write_text("\n".join(run))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", script],
        cwd=place,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (place / "printed").write_text(done.stdout)
    return place


def environment() -> dict[str, str]:
    """That of this process, with the environment's programs and this checkout first."""
    return os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }


def test_the_commands_print_results(folder):
    printed = (folder / "printed").read_text()
    assert printed.count("4xf32=5 12 21 32") == 2  # run, and interpreted
    assert printed.count("hi, visitor 2") == 2
    assert "[  PASSED  ] 2 tests; 2 checks" in printed


def test_the_other_commands_are_known():
    targets = re.findall(r"^(\w+):.*## ", (ROOT / "Makefile").read_text(), re.M)
    for line in commands():
        words = line.split()
        if words[0] == "make":
            assert words[1] in targets, line
        else:
            assert words[0] in ("cp", "source") or words[0].startswith("ireelite-"), line


def test_the_snippets_run(folder):
    """One after the other, in one process. What needs JAX is only compiled where there is none."""
    have_jax = importlib.util.find_spec("jax") is not None
    run: list[str] = []
    for block in BLOCKS:
        if block["kind"] == "python":
            compile(block["code"], "README.md", "exec")
            if have_jax or not block["mark"]:
                run.append(block["code"])
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(run)],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "[ 5. 12. 21. 32.]" in done.stdout
    assert "of 16 digits read right" in done.stdout


def test_the_links_lead_to_files():
    for link in LINK.finditer(TEXT):
        assert (ROOT / link["path"]).exists(), link["path"]
