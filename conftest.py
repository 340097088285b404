"""What the whole suite shares: what this machine can run, said loudly, and how notebooks are run.

It lies beside `tests` and `notebooks`, so that it applies also where one notebook is run alone.

Two things may be missing on a reader's machine: a WebGPU adapter and Chromium. Tests marked
`webgpu` or `browser`, and notebook cells tagged `needs-webgpu`, are then reported as not run and everything
else runs. Under `CI=true` they fail instead, so that a green run there has run everything.
"""

from __future__ import annotations

import functools
import gc
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ADAPTER_PROBE = """
import wgpu.backends.wgpu_native
from wgpu.backends.wgpu_native.extras import set_instance_extras
set_instance_extras(backends=["Vulkan"])
raise SystemExit(0 if wgpu.gpu.enumerate_adapters_sync() else 3)
"""
UPSTREAM_TOOLS = ("cmeel.prefix/bin", "iree/compiler/_mlir_libs", "iree/_runtime_libs")
"""Where installed packages keep binaries."""
REMEDIES = {
    "webgpu": "no WebGPU adapter was found: install libvulkan1 and mesa-vulkan-drivers",
    "browser": "no Chromium was found: install chromium",
}

# Any value silences the Vulkan loader's complaint, also one that is not a directory.
os.environ.setdefault("XDG_RUNTIME_DIR", "/tmp")
# Every compilation of the suite, also one in a child process, verifies the output of each pass.
os.environ.setdefault("IREELITE_VERIFY_PASSES", "1")
# Upstream's tools themselves, not the scripts of that name, each of which starts Python first.
os.environ["PATH"] = os.pathsep.join(
    (
        *(f"{sysconfig.get_path('purelib')}/{folder}" for folder in UPSTREAM_TOOLS),
        os.environ.get("PATH", os.defpath),
    )
)
# A line of progress would be part of a notebook's output.
os.environ.setdefault("IREELITE_PROGRESS", "0")
# What was compiled before is compiled again, and nothing is left behind.
os.environ.setdefault("IREELITE_CACHE", "0")
# No deadline: the two cores of a CI machine are shared by the workers.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")


@functools.cache
def have_webgpu() -> bool:
    """Whether wgpu finds a Vulkan adapter; asked in a child process,
    so that no test inherits an instance.
    """
    probe = subprocess.run(
        [sys.executable, "-c", ADAPTER_PROBE], capture_output=True, check=False, timeout=120
    )
    return probe.returncode == 0


@functools.cache
def chromium_path() -> str | None:
    """Where Chromium is, or None."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def is_present(need: str) -> bool:
    """Whether this machine has what the marker `need` asks for."""
    return have_webgpu() if need == "webgpu" else chromium_path() is not None


def needs_of(item: pytest.Item) -> list[str]:
    """The markers of an item that name something a machine may lack;
    a notebook cell's tag counts as one.
    """
    needs = [need for need in REMEDIES if item.get_closest_marker(need)]
    tags = getattr(item, "cell", {}).get("metadata", {}).get("tags", [])
    return [*needs, "webgpu"] if "needs-webgpu" in tags else needs


def in_ci() -> bool:
    """Whether nothing may be left out."""
    return os.environ.get("CI", "").lower() in ("true", "1")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--approve",
        action="store_true",
        help="take the approved pictures of the views anew (tests/browser/approved)",
    )


class MachineNeeds:
    """Leaves out, or under CI fails, items whose needs this machine does not meet, and says so at
    the end.
    """

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        for need in needs_of(item):
            if is_present(need):
                continue
            if in_ci():
                pytest.fail(f"{REMEDIES[need]} (CI=true: nothing is left out)", pytrace=False)
            pytest.skip(f"NOT RUN: {REMEDIES[need]}")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        skipped = terminalreporter.stats.get("skipped", [])
        for need, remedy in REMEDIES.items():
            count = sum(f"NOT RUN: {remedy}" in str(report.longrepr) for report in skipped)
            if count:
                terminalreporter.section(
                    f"{count} tests of {need} were NOT RUN", sep="!", red=True, bold=True
                )
                terminalreporter.line(f"{remedy}, then run the tests again.")


class StrictSolutions:
    """Runs the kernels of notebooks/solutions alone with WB_STRICT=1:
    there a wrong answer raises.
    """

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if item.path.suffix != ".ipynb":
            return
        if "solutions" in item.path.parts:
            os.environ["WB_STRICT"] = "1"
        else:
            os.environ.pop("WB_STRICT", None)


class SmallHeap:
    """Lets garbage collections look at what the tests of one file make alone.

    What is imported, collected and cached for the session is millions of objects: going through
    them takes seconds, in every test that collects garbage.
    """

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self) -> None:
        freeze_survivors()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Iterator[None]:
        yield
        if nextitem is None or nextitem.path != item.path:
            freeze_survivors()


def freeze_survivors() -> None:
    """Collects garbage, and leaves what survives out of later collections."""
    gc.collect()
    gc.freeze()


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(MachineNeeds(), "machine-needs")
    config.pluginmanager.register(SmallHeap(), "small-heap")
    config.pluginmanager.register(StrictSolutions(), "strict-solutions")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, so that no worker starts one when the others have nothing
    left.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def chromium() -> Iterator[str]:
    """Path of the Chromium to drive, for tests marked `browser`."""
    path = chromium_path()
    assert path is not None, REMEDIES["browser"]
    yield path
