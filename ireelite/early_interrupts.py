"""Ctrl-C while a tool's process imports what it needs, and while it ends: one line, as in between."""

from __future__ import annotations

import _signal as signal  # pyright: ignore[reportMissingImports] - `signal` imports `enum`
import os
import sys

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it: 128 and the number of the signal."""

TOOLS = {
    "ireelite-benchmark-module": "ireelite.tools.benchmark_module",
    "ireelite-check-module": "ireelite.tools.check_module",
    "ireelite-compile": "ireelite.tools.compile",
    "ireelite-dump-module": "ireelite.tools.dump_module",
    "ireelite-opt": "ireelite.tools.opt",
    "ireelite-run-module": "ireelite.tools.run_module",
    "ireelite-workbench": "workbench.tool",
}
"""The commands, and the modules that are run for them: `python -m ireelite.tools.opt`."""


def tool_of_process() -> str | None:
    """Returns the name of the tool that this process runs, as a command or as a module of Python;
    None in a process that is another program's.
    """
    command = os.path.basename(sys.argv[0]) if sys.argv else ""
    if command.removesuffix(".exe") in TOOLS:
        return command.removesuffix(".exe")
    if command != "-m" or "-m" not in sys.orig_argv:
        return None
    module = sys.orig_argv[sys.orig_argv.index("-m") + 1]
    return next((name for name, known in TOOLS.items() if known == module), None)


def end_at_interrupts() -> None:
    """Makes Ctrl-C end a tool's process with a line and exit code 130, from now on: imports and what
    runs at exit would print a traceback, or take the exception for one of their own.
    """
    tool = tool_of_process()
    if tool is None or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return

    def end(*_: object) -> None:
        os.write(2, f"{tool}: interrupted\n".encode())
        os._exit(INTERRUPTED)

    signal.signal(signal.SIGINT, end)


def raise_at_interrupts() -> None:
    """Makes Ctrl-C raise KeyboardInterrupt again, in a tool's process, while it works."""
    handler = signal.getsignal(signal.SIGINT)
    if getattr(handler, "__module__", None) == __name__:
        signal.signal(signal.SIGINT, signal.default_int_handler)
