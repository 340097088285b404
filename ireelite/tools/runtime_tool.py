"""What a tool of the runtime does around its work: reads flags, prints an error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from ireelite.tools.device_listing import list_devices_if_asked
from ireelite.tools.endings import exit_code
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

    return exit_code(flags.tool, run, print_error, owns_process=arguments is None)
