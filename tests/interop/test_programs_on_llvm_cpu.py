"""Programs of all families of ops, compiled by upstream to machine code, called in this process."""

from __future__ import annotations

import pytest

from ireelite.executables import machine

pytestmark = [
    pytest.mark.interop,
    pytest.mark.slow,
    pytest.mark.skipif(not machine.is_supported(), reason="the code is for x86-64 Linux"),
]


def test_all_checks_pass(check_programs, tmp_path) -> None:
    check_programs("llvm-cpu", tmp_path)
