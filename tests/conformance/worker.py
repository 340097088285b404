"""A process that runs files of the table, one job a line of JSON, and prints each case as it ends."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cases import FAILED, Case, first_line, run_checks, run_command, run_reference, run_text
from suites import REFERENCE, TARGETS, UPSTREAM_RUNTIME, Command
from upstream_runtime import run_under_upstream


def run_job(job: dict[str, Any]) -> Iterator[Case]:
    """The cases of one file in one column of the table."""
    text, column, flags = Path(job["path"]).read_text(), job["column"], job["flags"]
    commands = [Command(c["function"], tuple(c["inputs"]), c["prefix"]) for c in job["commands"]]
    if column == REFERENCE and not commands:
        yield from run_text(text, run_reference(flags))
    elif column in UPSTREAM_RUNTIME and not commands:
        yield from run_text(text, run_under_upstream(column, flags))
    elif column in TARGETS:
        if commands:
            for command in commands:
                yield run_command(text, column, flags, command)
        else:
            yield from run_text(text, run_checks(column, flags))


def main() -> None:
    """Works until its standard input ends. What it runs may print: only results go to the pipe."""
    results = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    for line in sys.stdin:
        try:
            for case in run_job(json.loads(line)):
                print(json.dumps(case.to_json()), file=results)
        except Exception as error:
            traceback.print_exc()
            case = Case("?", FAILED, f"{type(error).__name__}: {first_line(error)}")
            print(json.dumps(case.to_json()), file=results)
        print("{}", file=results)


if __name__ == "__main__":
    main()
