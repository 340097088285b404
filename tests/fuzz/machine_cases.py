"""Cases of the fuzzer of what runs programs: shaders, modules, calls of the HAL, and files for each
tool.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from random import Random
from typing import Any, Protocol

from fuzz_limits import TooLong, at_most
from machine_code_cases import Programs, Shaders
from machine_hal_cases import HalCalls
from machine_tool_cases import Tools
from text_cases import Outcome, signature_of, trace_of
from text_corpus import Program

from ireelite.status import StatusCode, StatusError

MEMORY = 24 << 30
"""Bytes of address space that cases may use: drivers map far more than they use."""


class Kind(Protocol):
    """Makes and runs cases of one kind."""

    def make(self, random: Random) -> tuple[str, bytes]:
        """Returns the name of the mutation, and the bytes of the case."""
        ...

    def run(self, data: bytes) -> str:
        """Runs a case; returns the name of the stage that it reached. Raises StatusError if the
        case is refused; any other exception is a finding.
        """
        ...


KINDS: dict[str, Any] = {
    "hal": HalCalls,
    "programs": Programs,
    "shaders": Shaders,
    "tools": Tools,
}


class MachineCases:
    """The cases of one kind, by seed."""

    memory = MEMORY

    def __init__(self, seed: int, kind: str):
        self.seed = seed
        self.name = kind
        self.targets: Sequence[str] = (kind,)
        self.programs = (kind,)

    @functools.cached_property
    def kind(self) -> Kind:
        """Makes and runs the cases. It is created in the process that first uses it."""
        return KINDS[self.name]()

    def warm_up(self) -> None:
        """Makes one case, which loads what cases need."""
        self.make(0)

    def make(self, case: int) -> tuple[str, Program]:
        """Returns the name of the mutation, and the bytes of the case as a program."""
        edit, data = self.kind.make(Random(f"{self.seed}/{case}"))
        return edit, Program(self.name, data)

    def run(self, case: int, program: Program, patience: float) -> Outcome:
        """Runs a case; returns its outcome."""
        try:
            with at_most(patience):
                return Outcome(self.kind.run(program.data))
        except StatusError as error:
            if error.code is StatusCode.INTERNAL:
                return Outcome("text", "", f"INTERNAL: {error.message[:60]}", trace_of(error))
            return Outcome("text", error.message)
        except (Exception, TooLong) as error:
            return Outcome("text", "", signature_of(error), trace_of(error))
