"""Parsers of command lines whose complaints are one line."""

from __future__ import annotations

import argparse
import re
from typing import NoReturn

from ireelite.status import near_names

UNKNOWN = re.compile(r"unrecognized arguments: (--[\w-]+)")


class UsageError(Exception):
    """A command line that is malformed; its text says what is wrong."""


class FlagParser(argparse.ArgumentParser):
    """A parser that raises UsageError, of one line, where `argparse` prints the usage and ends the
    process. For an unknown flag, the line has the near ones.
    """

    def error(self, message: str) -> NoReturn:
        near = ""
        if unknown := UNKNOWN.match(message):
            near = near_names(unknown[1], list(self._option_string_actions), listed=0)
        raise UsageError(f"{self.prog}: error: {message}{near}; {self.prog} --help lists the flags")


class ToolParser(FlagParser):
    """A parser that prints that line and ends the process with code 2."""

    def error(self, message: str) -> NoReturn:
        try:
            super().error(message)
        except UsageError as error:
            self.exit(2, f"{error}\n")
