"""binder/ stands what a Binder service does with it:
read by repo2docker, then run in a fresh environment.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BINDER = ROOT / "binder"
FIRST_NOTEBOOK = "notebooks/00_the_whole_game.ipynb"
DISTRIBUTION = re.compile(r"[A-Za-z0-9._-]+")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what is in the checkout and belongs to it; nothing that was built there."""
    copy = tmp_path / "checkout"
    copy.mkdir()
    command = ["git", "-c", "safe.directory=*", "-C", str(ROOT), "ls-files", "-z"]
    listed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (source := ROOT / name).is_file():
            target = copy / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return copy


def requirements(lines: list[str]) -> dict[str, str]:
    """Distribution name -> its whole requirement line."""
    stripped = [line.split("#")[0].strip() for line in lines]
    return {match.group(): line for line in stripped if (match := DISTRIBUTION.match(line))}


def test_requirements_are_those_of_the_project():
    """The image has the core and what a reader needs, in the same versions,
    and none of the test tools.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    expected = [*project["dependencies"], *extras["notebook"]]
    assert requirements((BINDER / "requirements.txt").read_text().splitlines()) == requirements(
        expected
    )


@pytest.mark.parametrize("script", ["postBuild", "start"])
def test_scripts_are_sound(script: str):
    assert os.access(BINDER / script, os.X_OK)
    subprocess.run(["bash", "-n", str(BINDER / script)], check=True)


def test_start_hands_over_to_the_server():
    """`start` must end by becoming the command it was given."""
    command = [str(BINDER / "start"), "sh", "-c", "echo ran with $XDG_RUNTIME_DIR"]
    environment = {name: value for name, value in os.environ.items() if name != "XDG_RUNTIME_DIR"}
    printed = subprocess.run(
        command, capture_output=True, check=True, text=True, env=environment
    ).stdout
    assert printed == "ran with /tmp\n"


def test_repo2docker_reads_it(checkout: Path):
    """The Dockerfile that repo2docker would build from; its dry run needs no Docker."""
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    run = subprocess.run(
        command, capture_output=True, text=True, cwd=checkout, check=False, timeout=120
    )
    printed = run.stdout + run.stderr
    assert run.returncode == 0, printed
    packages = " ".join(sorted((BINDER / "apt.txt").read_text().split()))
    for line in (
        "Building conda environment for python=3.12",
        f"apt-get install --yes --no-install-recommends {packages} ",
        '/bin/pip install --no-cache-dir -r "binder/requirements.txt"',
        "RUN ./binder/postBuild",
        'ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"',
    ):
        assert line in printed, line


@pytest.mark.slow
def test_a_fresh_environment_runs_the_first_walkthrough(checkout: Path, tmp_path: Path):
    """What the image's build does, then what its first reader does."""
    home = tmp_path / "environment"
    venv.create(home, with_pip=True, symlinks=True)
    environment = os.environ | {
        "PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "JUPYTER_DATA_DIR": str(tmp_path / "data"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "IPYTHONDIR": str(tmp_path / "ipython"),
    }

    def build(*command: str) -> None:
        run = subprocess.run(
            command, capture_output=True, text=True, cwd=checkout, env=environment, check=False
        )
        assert run.returncode == 0, (
            f"{' '.join(command)}\n{run.stdout[-4000:]}\n{run.stderr[-4000:]}"
        )

    build(
        "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "binder/requirements.txt"
    )
    build("binder/postBuild")
    build(
        "binder/start",
        "jupyter",
        "nbconvert",
        "--to",
        "notebook",
        "--execute",
        "--stdout",
        FIRST_NOTEBOOK,
    )


def test_views_are_saved_with_notebooks_on_binder_and_by_make_lab(checkout: Path):
    environment = {**os.environ, "JUPYTER_CONFIG_PATH": "/other"}
    command = [str(checkout / "binder" / "start"), "printenv", "JUPYTER_CONFIG_PATH"]
    path = subprocess.run(
        command, env=environment, capture_output=True, check=True, text=True
    ).stdout
    make = ["make", "--dry-run", "lab"]
    recipe = subprocess.run(make, cwd=checkout, capture_output=True, check=True, text=True).stdout
    assert path.strip() == f"{checkout / 'binder'}:/other"
    assert f'JUPYTER_CONFIG_PATH="{checkout}/binder' in recipe
    settings = json.loads((BINDER / "labconfig" / "default_setting_overrides.json").read_text())
    assert settings["@jupyter-widgets/jupyterlab-manager:plugin"] == {"saveState": True}
