"""Programs of all families of ops, compiled by upstream for Vulkan, rewritten for WebGPU and run
there; a wrong multiplication is noticed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = [pytest.mark.interop, pytest.mark.slow, pytest.mark.webgpu]

PROGRAMS = Path(__file__).with_name("programs")


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("webgpu")


def test_all_checks_pass(check_programs, modules) -> None:
    check_programs("vulkan-spirv", modules, not_compiled=("fourier",))


def test_a_wrong_multiplication_turns_them_red(run_suite, modules) -> None:
    files = ("contractions", "floats", "shapes")
    counts = run_suite(PROGRAMS, "vulkan-spirv", modules, "--break=mul", "--only", *files)
    assert counts.code == 1
    assert counts.failures >= 10
    for name in ("multiply_floats", "dot", "convolution"):
        assert f"[  FAILED  ] module.{name} (" in counts.output
