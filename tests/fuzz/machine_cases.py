"""What a fuzzed process is given besides programs: shaders, modules, calls of the HAL, and spoiled
files for each tool."""

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
"""Bytes of address space that cases may take: drivers map far more than they use."""


class Kind(Protocol):
    """Cases of one kind."""

    def make(self, random: Random) -> tuple[str, bytes]:
        """How a case was made, and its bytes."""
        ...

    def run(self, data: bytes) -> str:
        """The stage at which a case ends well. Raises StatusError for a refusal, and a finding."""
        ...


KINDS: dict[str, Any] = {
    "hal": HalCalls,
    "programs": Programs,
    "shaders": Shaders,
    "tools": Tools,
}


class MachineCases:
    """The cases of a seed, of one kind."""

    memory = MEMORY

    def __init__(self, seed: int, kind: str):
        self.seed = seed
        self.name = kind
        self.targets: Sequence[str] = (kind,)
        self.programs = (kind,)

    @functools.cached_property
    def kind(self) -> Kind:
        """What makes and runs the cases, in the process that does."""
        return KINDS[self.name]()

    def warm_up(self) -> None:
        """Loads what cases need."""
        self.make(0)

    def make(self, case: int) -> tuple[str, Program]:
        """How a case was made, and its bytes."""
        edit, data = self.kind.make(Random(f"{self.seed}/{case}"))
        return edit, Program(self.name, data)

    def run(self, case: int, program: Program, patience: float) -> Outcome:
        """How a case ends."""
        try:
            with at_most(patience):
                return Outcome(self.kind.run(program.data))
        except StatusError as error:
            if error.code is StatusCode.INTERNAL:
                return Outcome("text", "", f"INTERNAL: {error.message[:60]}", trace_of(error))
            return Outcome("text", error.message)
        except (Exception, TooLong) as error:
            return Outcome("text", "", signature_of(error), trace_of(error))
