"""What long compilations show: where they are, in percent, and nothing at their end."""

import io
import sys
from contextlib import redirect_stderr
from types import SimpleNamespace

import pytest

import ireelite
from ireelite import progress as module
from ireelite.passes import STEPS
from ireelite.progress import PARSING, SHARES, Progress, line_writer, progress
from ireelite.tools import compile as tool

PROGRAM = "func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {\n  %0 = stablehlo.negate %x : tensor<4xf32>\n  return %0 : tensor<4xf32>\n}"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.delenv(module.VARIABLE)
    monkeypatch.setattr(module, "DELAY", 0.0)
    monkeypatch.setattr(module, "INTERVAL", 0.001)
    return Terminal()


def test_shares_name_steps():
    assert SHARES.keys() <= set(STEPS)


def test_the_percentage_follows_the_steps_and_the_time_within_one():
    now = 0.0
    made = Progress(STEPS, print, "tool", lambda: now)
    seen = [made.fraction]
    for step in STEPS:
        made.at(step, "hlo")
        for _ in range(3):
            now += 1.0
            seen.append(made.fraction)
    assert seen == sorted(seen) and seen[0] == 0 and 0.9 < seen[-1] < 1
    assert made.line == f"tool: {seen[-1]:.0%} after {now:.0f} s, vm-to-bytecode (towards hlo)"
    made.at("a pass of somebody else")
    assert made.fraction >= 0.9


def test_it_begins_with_parsing():
    assert Progress(STEPS, print).line.endswith(f"0%, {PARSING}".replace("0%", "0 s"))


def test_a_terminal_has_one_line_that_disappears(terminal):
    with redirect_stderr(terminal):
        ireelite.compile(PROGRAM, targets=("vmvx",))
    lines = terminal.getvalue().split("\r\x1b[K")
    assert lines[0] == "" == lines[-1]
    assert all(line.startswith("ireelite: ") and "% after" in line for line in lines[1:-1])
    assert len(lines) > 3


def test_it_can_be_left_out(terminal, monkeypatch, tmp_path):
    path = tmp_path / "a.mlir"
    path.write_text(PROGRAM)
    flags = [str(path), "--iree-hal-target-backends=vmvx", "-o", str(tmp_path / "a.vmfb")]
    with redirect_stderr(terminal):
        ireelite.compile(PROGRAM, targets=("vmvx",), progress=False)
        assert tool.main([*flags, "--progress=false"]) == 0
        monkeypatch.setenv(module.VARIABLE, "0")
        assert tool.main(flags) == 0
        assert terminal.getvalue() == ""
        monkeypatch.delenv(module.VARIABLE)
        assert tool.main(flags) == 0
    assert "ireelite-compile: " in terminal.getvalue()


def test_short_compilations_show_nothing(terminal, monkeypatch):
    monkeypatch.setattr(module, "DELAY", 60.0)
    with redirect_stderr(terminal):
        ireelite.compile(PROGRAM, targets=("vmvx",))
    assert terminal.getvalue() == ""


def test_a_pipe_has_none_and_a_notebook_overwrites_its_line(monkeypatch):
    monkeypatch.delenv(module.VARIABLE)
    monkeypatch.setattr(sys, "stderr", stream := io.StringIO())
    assert line_writer() is None
    with progress(STEPS) as shown:
        assert shown is None
    monkeypatch.setattr(module, "in_notebook", lambda: True)
    shown: list[dict[str, str]] = []
    output = SimpleNamespace(update=lambda bundle, raw: shown.append(bundle))
    monkeypatch.setattr(
        "IPython.display.display",
        lambda bundle, raw, display_id: shown.append(bundle) or output,
    )
    write = line_writer()
    assert write is not None
    write("1 < 2")
    write("")
    assert [each["text/plain"] for each in shown] == ["1 < 2", ""]
    assert [each["text/html"] for each in shown] == ["<small>1 &lt; 2</small>", ""]
    assert stream.getvalue() == ""


def test_a_failure_removes_the_line(terminal):
    with redirect_stderr(terminal), pytest.raises(ireelite.StatusError):
        ireelite.compile(PROGRAM.replace("negate", "negat"))
    assert terminal.getvalue().rpartition("\r\x1b[K")[2] == ""
