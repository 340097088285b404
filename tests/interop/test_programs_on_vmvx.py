"""Programs of all families of ops, compiled by upstream for VMVX, run in our VM; a wrong
multiplication is noticed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = [pytest.mark.interop, pytest.mark.slow]

PROGRAMS = Path(__file__).with_name("programs")


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vmvx")


def test_all_checks_pass(check_programs, modules) -> None:
    check_programs("vmvx", modules)


def test_a_wrong_multiplication_turns_them_red(run_suite, modules) -> None:
    counts = run_suite(PROGRAMS, "vmvx", modules, "--break=mul")
    assert counts.code == 1
    assert counts.failed_files >= 6
    assert counts.failures >= 18
    for name in ("multiply_floats", "multiply_integers", "product_of_columns", "complex_product"):
        assert f"[  FAILED  ] module.{name} (" in counts.output
