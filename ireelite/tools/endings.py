"""How a tool ends: its exit code, and one line on standard error for what went wrong."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Callable

from ireelite.early_interrupts import INTERRUPTED, end_at_interrupts, raise_at_interrupts
from ireelite.status import StatusCode, StatusError

TRACEBACK = "IREELITE_TRACEBACK"
"""An environment variable: if it is set, errors are printed with the traceback."""


def exit_code(
    tool: str,
    work: Callable[[], int],
    show: Callable[[StatusError], None],
    owns_process: bool = False,
) -> int:
    """Returns the exit code of some work: its own, or 1 after an error, which `show` prints.

    What no tool expects becomes INTERNAL. Usage errors of `argparse` pass through. Ctrl-C ends a
    process that is the tool's own at once, whatever a device's threads are working on.
    """
    try:
        raise_at_interrupts()
        code = work()
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()  # whoever read the output has enough
        return 1
    except KeyboardInterrupt:
        _drop_output()
        print(f"{tool}: interrupted", file=sys.stderr, flush=True)
        if owns_process:
            os._exit(INTERRUPTED)
        return INTERRUPTED
    except Exception as error:
        _flush_output()
        show(as_status(error, tool))
        if os.environ.get(TRACEBACK):
            import traceback

            traceback.print_exc()
        return 1
    finally:
        end_at_interrupts()
    return code


def forgo_collections() -> None:
    """Turns off garbage collection in a process that compiles once and ends: going through its
    graphs of ops takes a tenth of its time while it runs, and a quarter at its end.
    """
    gc.disable()
    atexit.register(gc.freeze)


def as_status(error: Exception, tool: str) -> StatusError:
    """Returns an error as a status: RESOURCE_EXHAUSTED for memory, `code_of` for what the system
    refuses, INTERNAL for a fault of the tool.
    """
    if isinstance(error, StatusError):
        return error
    if isinstance(error, MemoryError):
        return StatusError(StatusCode.RESOURCE_EXHAUSTED, "there is not enough memory")
    if isinstance(error, OSError) and error.strerror:
        from ireelite.files import code_of

        what = f"'{error.filename}'" if error.filename else "a stream"
        return StatusError(code_of(error), f"can't use {what}: {error.strerror}")
    first = (str(error).splitlines() or [""])[0]
    return StatusError(
        StatusCode.INTERNAL,
        f"{type(error).__name__}: {first}; this is a fault of {tool}, please report it with the "
        f"command line and the output under {TRACEBACK}=1",
    )


def _flush_output() -> None:
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        _drop_output()


def _drop_output() -> None:
    """Lets what is left in standard output go: Python would complain when it flushes at exit."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
    except (OSError, ValueError):  # standard output is no file, as in a test
        return
