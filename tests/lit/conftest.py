"""Runs the RUN lines of the `.mlir` and `.pbtxt` files here, in this process, and holds the output
to their CHECK lines.

The commands are those of the tools, `filecheck` and `not`; `%s` is the file and `%S` its directory.
Pipes and `2>&1` work; nothing else of a shell does.
"""

from __future__ import annotations

import io
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from pathlib import Path

import pytest

from ireelite.tools import compile as compile_tool
from ireelite.tools import opt as opt_tool

TOOLS: dict[str, Callable[[Sequence[str]], int]] = {
    "ireelite-compile": compile_tool.main,
    "ireelite-opt": opt_tool.main,
}
RUN = re.compile(r"^\s*(?://|#)\s*RUN:\s*(.*?)\s*$", re.MULTILINE)


class RunFailed(Exception):
    """A command of a RUN line did not do what the line says."""


class Stream(io.TextIOWrapper):
    """A standard stream over bytes in memory."""

    def __init__(self, data: bytes = b""):
        super().__init__(io.BytesIO(data), encoding="utf-8", write_through=True)

    @property
    def contents(self) -> bytes:
        """Everything that was written."""
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue()


@contextmanager
def standard_streams(stdin: bytes, out: Stream, err: Stream) -> Iterator[None]:
    """Standard input, output and error of a command, for the length of a `with`."""
    saved = sys.stdin, sys.stdout
    sys.stdin, sys.stdout = Stream(stdin), out
    try:
        with redirect_stderr(err):
            yield
    finally:
        sys.stdin, sys.stdout = saved


def run_tool(words: list[str], stdin: bytes) -> bytes:
    """Runs a tool's main function; its output, with its errors if the command ends in `2>&1`."""
    fails = words[0] == "not"
    merge = words[-1] == "2>&1"
    name, *arguments = words[int(fails) : len(words) - int(merge)]
    out, err = Stream(), Stream()
    with standard_streams(stdin, out, out if merge else err):
        code = TOOLS[name](arguments)
    if bool(code) != fails:
        message = f"'{shlex.join(words)}' ended with exit code {code}"
        raise RunFailed(f"{message}\n{(out if merge else err).contents.decode()}")
    return out.contents


def run_filecheck(words: list[str], output: bytes, path: Path) -> None:
    """Holds a command's output to the CHECK lines of a file."""
    from filecheck.finput import FInput
    from filecheck.matcher import Matcher
    from filecheck.options import parse_argv_options
    from filecheck.parser import Parser, pattern_for_opts

    options = parse_argv_options(list(words))
    checks = Parser(options, io.StringIO(path.read_text()), *pattern_for_opts(options))
    text = output.decode()
    complaint = io.StringIO()
    with redirect_stderr(complaint):
        matcher = Matcher(options, FInput("<output>", text), checks)
        failed = matcher.run()
    if failed:
        raise RunFailed(f"{complaint.getvalue()}\noutput:\n{text}")


class LitRun(pytest.Item):
    """One RUN line."""

    def __init__(self, *, command: str, **kwargs):
        super().__init__(**kwargs)
        self.command = command

    def runtest(self) -> None:
        command = self.command.replace("%s", str(self.path)).replace("%S", str(self.path.parent))
        output = b""
        for stage in command.split(" | "):
            words = shlex.split(stage)
            if words[0] == "filecheck":
                run_filecheck(words, output, self.path)
            else:
                output = run_tool(words, output)

    def repr_failure(self, excinfo, style=None):
        if isinstance(excinfo.value, RunFailed):
            return f"RUN: {self.command}\n{excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self):
        return self.path, None, f"{self.parent.name if self.parent else ''}: {self.command}"


class LitFile(pytest.File):
    """A file with RUN lines: one test each."""

    def collect(self) -> Iterator[LitRun]:
        commands = RUN.findall(self.path.read_text())
        if not commands:
            raise self.CollectError(f"{self.path} has no RUN line")
        for number, command in enumerate(commands):
            yield LitRun.from_parent(self, name=f"run{number}", command=command)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> LitFile | None:
    if file_path.suffix in (".mlir", ".pbtxt"):
        return LitFile.from_parent(parent, path=file_path)
    return None
