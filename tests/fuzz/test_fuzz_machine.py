"""Runs some cases of each kind of the machine fuzzer, and checks that it finds faults."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import ireelite
from ireelite.hal.drivers.local_sync import LocalSyncDevice
from ireelite.hal.executable import LoaderSet

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # the fuzzer is a program of its own, not a package

from machine_cases import MachineCases  # noqa: E402
from machine_code_cases import Programs  # noqa: E402

BROKEN = f"""
import os, sys
sys.path[:0] = [{str(HERE)!r}]
import fuzz_machine, machine_cases
class Broken:
    def make(self, random):
        return "made", bytes([random.randrange(256)])
    def run(self, data):
        self.count = getattr(self, "count", 0) + 1
        if self.count == 2:
            raise KeyError("an exception of another type")
        if self.count == 3:
            os.abort()
        return "results"
machine_cases.KINDS["hal"] = Broken
sys.exit(fuzz_machine.main())
"""


@pytest.mark.webgpu
@pytest.mark.parametrize(
    ("kind", "count"), [("hal", 8), ("tools", 25), ("shaders", 25), ("programs", 2)]
)
def test_nothing_is_found(kind: str, count: int):
    cases = MachineCases(3, kind)
    found: Counter[str] = Counter()
    for case in range(count):
        edit, program = cases.make(case)
        outcome = cases.run(case, program, 60)
        assert not outcome.signature, f"case {case}, {edit}: {outcome.detail}"
        found["refused" if outcome.refusal else outcome.stage] += 1
    assert len(found) > (kind == "tools"), found


def test_an_attribute_error_of_a_call_is_found(monkeypatch: pytest.MonkeyPatch):
    class Loaded:
        """Exports one function; the others are no longer exported."""

        def scaled(self, *arguments: object) -> None:
            raise AttributeError("within the call")

    monkeypatch.setattr(ireelite, "load", lambda *arguments, **keywords: Loaded())
    programs = Programs.__new__(Programs)
    programs.opened = [LocalSyncDevice(LoaderSet([]))]
    with pytest.raises(AttributeError, match="within the call"):
        programs.run(b"")
    monkeypatch.delattr(Loaded, "scaled")
    assert programs.run(b"") == "results"


def test_what_is_broken_is_found(tmp_path: Path):
    tool = tmp_path / "broken.py"
    tool.write_text(BROKEN)
    command = [sys.executable, str(tool), "hal", "--cases=4", f"--keep={tmp_path / 'kept'}"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "finding: KeyError in" in ran.stdout
    assert "finding: the process died: SIGABRT" in ran.stdout
    assert len(list((tmp_path / "kept").iterdir())) == 2
