"""The line that says how far a view, a page or a record is."""

from __future__ import annotations

import io
from contextlib import redirect_stderr

import pytest

import workbench
from ireelite import progress as lines
from ireelite.records import CompilationRecord
from workbench import progress
from workbench.model import rewrite_stepper
from workbench.progress import at, counted, each, is_silent, without_progress, working


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
