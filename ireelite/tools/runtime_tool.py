"""What a tool of the runtime does around its work: reads flags, prints an error, knows a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

from ireelite.status import StatusError
from ireelite.tools.device_listing import list_devices_if_asked
from ireelite.tools.run_context import print_error
from ireelite.tools.runtime_flags import Flags


def run_tool(flags: Flags, arguments: Sequence[str] | None, work: Callable[[Flags], int]) -> int:
    """Reads the flags, from the command line by default, and works; returns the exit code.

    Help and listings of devices are done here, and errors reported.
    """

    def run() -> int:
        if not flags.parse(sys.argv[1:] if arguments is None else arguments):
            return 0
        return 0 if list_devices_if_asked(flags) else work(flags)

    return reporting(run)


def reporting(work: Callable[[], int]) -> int:
    """The exit code of some work. An error is one line on standard error, and 1."""
    try:
        return work()
    except StatusError as error:
        sys.stdout.flush()
        print_error(error)
        return 1
    except BrokenPipeError:
        # Whoever read the output has enough; Python would complain once more when it flushes at
        # exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
