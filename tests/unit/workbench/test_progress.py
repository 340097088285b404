"""The line that says how far a view, a page or a record is."""

from __future__ import annotations

import io
from contextlib import redirect_stderr

import pytest

import ireelite
import workbench
from ireelite import progress as lines
from ireelite.records import CompilationRecord
from workbench import progress
from workbench.model import rewrite_stepper
from workbench.progress import Work, at, counted, each, is_silent, without_progress, working

ADD = """func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = stablehlo.add %x, %x : tensor<4xf32>
  return %y : tensor<4xf32>
}
"""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.delenv(lines.VARIABLE, raising=False)
    monkeypatch.setattr(progress, "DELAY", 0.0)
    monkeypatch.setattr(lines, "INTERVAL", 0.001)
    return Terminal()


def test_parts_share_the_whole():
    with working("page", lambda _: None) as work:
        seen = []
        for name in each(["one", "two"]):
            for _ in counted(range(512)):
                pass
            seen.append((name, work.fraction))
            with working("inner"):
                at(0.5)
            assert "page, " + name in work.line
        at(1)
    assert seen == [("one", 0.25), ("two", 0.75)]
    assert work.fraction == 1 and work.line.startswith("workbench: 100% after 0 s")


@pytest.fixture
def fractions(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The fractions that are reported."""
    seen: list[float] = []
    report = Work.at
    monkeypatch.setattr(Work, "at", lambda work, f: (report(work, f), seen.append(work.fraction)))
    return seen


@pytest.mark.parametrize("make", [workbench.IRView, workbench.DispatchGraph])
def test_long_views_report_a_growing_fraction(
    compilation: CompilationRecord, fractions: list[float], make: type
):
    with working("page", lambda _: None):
        make(compilation)
    assert fractions == sorted(fractions) and len(set(fractions)) > 4


def test_a_view_that_compiles_again_reports_the_steps_of_the_compilation(fractions: list[float]):
    program = ireelite.compile(ADD, targets=["vmvx"], record=True)
    view = workbench.ExecutableView(program)
    fractions.clear()
    view.asked = {"seq": 1, "target": "vmvx", "choices": {"microkernels": "off"}}
    assert view.status.startswith("compiled for vmvx with microkernels")
    assert fractions == sorted(fractions) and len(set(fractions)) > 20


def test_nothing_is_followed_outside():
    at(0.5)
    assert list(each("ab")) == ["a", "b"] and list(counted(iter("ab"), 2)) == ["a", "b"]
    assert not is_silent()
    with without_progress():
        assert is_silent()


def test_a_line_is_shown_and_removed(terminal: Terminal):
    with redirect_stderr(terminal), pytest.raises(KeyboardInterrupt), working("page"):
        at(0.4)
        while "40%" not in terminal.getvalue():
            pass
        raise KeyboardInterrupt
    shown = terminal.getvalue().split("\r\x1b[K")
    assert shown[-1] == "" and "workbench: 40% after 0 s, page" in shown


def test_a_view_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch, compilation: CompilationRecord):
    seen: list[str] = []
    with working("page", lambda _: None) as work:
        monkeypatch.setattr(rewrite_stepper, "at", lambda _: seen.append(work.line))
        workbench.RewriteStepper(compilation)
    assert seen[-1] == "workbench: after 0 s, page, RewriteStepper"
