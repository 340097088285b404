"""Libraries that several files test with, built once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ireelite.modules.dynamic.build import build_dynamic_module

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def everything_source() -> Path:
    """The module in C that uses all of the interface."""
    return ROOT / "tests" / "data" / "dynamic" / "everything.c"


@pytest.fixture(scope="session")
def build_everything(
    everything_source: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Path]:
    """Builds that module, with compiler flags.

    A machine without a C compiler cannot test dynamic modules, and says so here.
    """

    def build(*flags: str) -> Path:
        output = tmp_path_factory.mktemp("library") / "everything.so"
        return build_dynamic_module(
            everything_source, output, ["-Wall", "-Wextra", "-Werror", *flags]
        )

    return build


@pytest.fixture(scope="session")
def everything(build_everything: Callable[..., Path]) -> Path:
    """That module, built."""
    return build_everything()


@pytest.fixture(scope="session")
def sample_directory() -> Path:
    """The sample in C++ and its program."""
    return ROOT / "notebooks" / "samples" / "custom_module"


@pytest.fixture(scope="session")
def custom_module(sample_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, built."""
    output = tmp_path_factory.mktemp("sample") / "custom_module.so"
    flags = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    return build_dynamic_module(sample_directory / "custom_module.cc", output, flags)
