"""What is known of this machine's CPU without LLVM."""

import platform

import pytest

from ireelite.executables.host_cpu import TRIPLE, certainly_runs
from ireelite.executables.native_object import host_machine


def test_it_has_nothing_that_llvm_denies():
    features = host_machine().features.split(",")
    for absent in [name[1:] for name in features if name[0] == "-"]:
        assert not certainly_runs(TRIPLE, f"+{absent}"), absent


@pytest.mark.skipif(host_machine().triple != TRIPLE, reason="for x86-64 on Linux")
def test_code_of_this_machine_is_known_to_run():
    assert certainly_runs(TRIPLE, host_machine().features)
    assert certainly_runs(TRIPLE, "")


def test_what_nobody_knows_is_not_certain():
    assert not certainly_runs(TRIPLE, "+sse2,+invented")
    assert not certainly_runs(f"{platform.machine()}-invented", "")
