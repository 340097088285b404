"""Takes one program text through everything that reads or compiles it.

A program that is refused must be refused by a `StatusError` of one line that begins with a place:
the file, and for MLIR text the line and the column. Every other end is a finding.
"""

from __future__ import annotations

import re
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from fuzz_limits import TooLong, at_most
from text_corpus import Program, graph_bytes

from ireelite.compile_options import CompileOptions
from ireelite.importers.source import GRAPHDEF, MLIR, Source
from ireelite.other_functions import naming_other_functions
from ireelite.passes import Compilation
from ireelite.pipeline import encode, lower
from ireelite.stages import stage_index
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.errors import PLACE
from ireelite.syntax.parser import parse_module
from ireelite.syntax.printer import print_module

NAME = "fuzz.mlir"
GRAPH_NAME = "fuzz.pb"

STAGES = ("text", "program", "module", "results")
"""Where a case ends: in reading the text, in compiling the program, with a module, or with results
of the reference interpreter too."""

LONGEST_MESSAGE = 1500
"""Characters of a message; a line of a terminal shows no more."""

LARGEST_ARGUMENT = 1 << 12
"""Elements of the largest argument that the interpreter is given."""

INTERPRETED = 3.0
"""Seconds that the interpreter has: a program may loop for ever."""

LOOPS = re.compile(r"while|scf\.for|call|cf\.")
"""What lets a program run for ever."""


class Fault(Exception):
    """An end that no case may have, other than an exception of its own."""


@dataclass(frozen=True)
class Outcome:
    """How a case ended."""

    stage: str
    """One of `STAGES`."""
    refusal: str = ""
    """What the error said, if the program was refused."""
    signature: str = ""
    """What tells one kind of finding from another; nothing if there is none."""
    detail: str = ""
    """The traceback of a finding, or what is wrong."""


def run_text(program: Program, target: str, interpreted: bool, patience: float) -> Outcome:
    """Reads, verifies, prints, reads again, compiles and interprets a program."""
    case = Case(program, target, interpreted)
    try:
        with at_most(patience, processor=True):
            case.run()
    except StatusError as error:
        if (wrong := mistakes_of(error, program.is_graph)) is not None:
            return Outcome(case.stage, "", wrong, f"{error}\n{trace_of(error)}")
        return Outcome(case.stage, error.message)
    except Fault as fault:
        return Outcome(case.stage, "", str(fault).splitlines()[0][:80], str(fault))
    except (Exception, TooLong) as error:
        return Outcome(case.stage, "", signature_of(error), trace_of(error))
    return Outcome(case.stage)


def mistakes_of(error: StatusError, is_graph: bool) -> str | None:
    """What is wrong with an error's form; None if nothing is."""
    text = "; ".join([error.message, *error.contexts])
    if error.code is StatusCode.INTERNAL:
        return f"INTERNAL: {_without_names(text)}"
    if "\n" in text or "\r" in text:
        return f"a message of several lines: {_without_names(text)}"
    if len(text) > LONGEST_MESSAGE:
        return f"a message of many words: {_without_names(text)}"
    if is_graph:
        placed = text.startswith((GRAPH_NAME, "node '", "<memory>"))
    else:
        placed = PLACE.match(text) is not None or text.startswith(f"{NAME} is ")
        if text.startswith(f"{NAME}:") and not error.excerpt:
            return f"a place without its line: {_without_names(text)}"
    return None if placed else f"a message without a place: {_without_names(text)}"


class Case:
    """A program on its way through the compiler."""

    def __init__(self, program: Program, target: str, interpreted: bool):
        self.program = program
        self.target = target
        self.interpreted = interpreted
        self.stage = STAGES[0]

    def run(self) -> None:
        """Goes as far as the program does."""
        source = self.source()
        options = CompileOptions((self.target,), verify=True)
        named = naming_other_functions(source, options) if self.interpreted else nullcontext()
        with named:
            self.compile(source, options)

    def compile(self, source: Source, options: CompileOptions) -> None:
        """Compiles a program, and interprets it if that is wanted."""
        module, start = source.parse()
        if not self.program.is_graph:
            self.print_and_read(module)
        self.stage = STAGES[1]
        compilation = Compilation(options)
        warnings.simplefilter("ignore")
        with source.excerpts():
            encode(lower(module, start, "module", compilation), compilation)
        self.stage = STAGES[2]
        if self.interpreted and stage_index(start) <= stage_index("hlo"):
            self.interpret(source)
            self.stage = STAGES[3]

    def source(self) -> Source:
        """The program as the compiler gets it. Every other graph text is given in binary form."""
        data = self.program.data
        if not self.program.is_graph:
            return Source(data, NAME, "main", MLIR).without_digits()
        if self.interpreted and (binary := graph_bytes(data)):
            data = binary
        return Source(data, GRAPH_NAME, "main", GRAPHDEF)

    def print_and_read(self, module: Any) -> None:
        """What is printed is read back as the same program."""
        text = print_module(module)
        try:
            again = print_module(parse_module(text, "printed.mlir"))
        except StatusError as error:
            raise Fault(
                f"printed and not read: {_without_names(error.message)}\n{error}"
            ) from error
        if again != text:
            pairs = zip(text.splitlines(), again.splitlines(), strict=False)
            lines = next((pair for pair in pairs if pair[0] != pair[1]), ("", ""))
            raise Fault(f"printed, read and printed otherwise\n{lines[0]}\n{lines[1]}")

    def interpret(self, source: Source) -> None:
        """Calls each function with small numbers."""
        from ireelite.reference.interpret import interpret_module, public_functions

        module, start = source.parse()
        with source.excerpts():
            module = lower(module, start, "hlo", Compilation(CompileOptions()))
        for name, function in list(public_functions(module).items())[:3]:
            arguments = [_argument(type) for type in function.function_type.inputs.data]
            if any(argument is None for argument in arguments):
                continue
            may_loop = LOOPS.search(self.program.text) is not None
            try:
                with source.excerpts(), loop_at_most(INTERPRETED if may_loop else None):
                    interpret_module(module, name, arguments)
            except StatusError as error:
                if mistakes_of(error, self.program.is_graph):
                    raise


@contextmanager
def loop_at_most(seconds: float | None) -> Iterator[None]:
    """Ends the block after so many seconds, if there is a limit, without an error."""
    if seconds is None:
        yield
        return
    with suppress(TooLong), at_most(seconds, processor=True):
        yield


def _argument(type: Any) -> Any:
    """An array of a parameter's type; None for a type without one of moderate size."""
    import numpy as np

    from ireelite.reference.numbers import dtype_of

    try:
        shape, dtype = type.get_shape() if hasattr(type, "get_shape") else (), dtype_of(type)
    except (StatusError, KeyError, AttributeError):
        return None
    if any(size < 0 for size in shape) or prod(size or 1 for size in shape) > LARGEST_ARGUMENT:
        return None
    count = prod(shape)
    return (np.arange(count) % 3).reshape(shape).astype(dtype)


def signature_of(error: BaseException) -> str:
    """The type of an exception, and the innermost functions of the project that it passed."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "ireelite" in Path(frame.filename).parts] or frames[-1:]
    places = [f"{Path(frame.filename).name}:{frame.name}" for frame in ours[-2:]]
    if isinstance(error, RecursionError | TooLong):
        places = list(dict.fromkeys(f"{Path(f.filename).name}" for f in ours))[-3:]
    return f"{type(error).__name__} in {' > '.join(places)}"


def trace_of(error: BaseException) -> str:
    lines = traceback.format_exception(error)
    return "".join(lines if len(lines) < 30 else [*lines[:6], "  ...\n", *lines[-20:]])


def _without_names(text: str) -> str:
    """A message without what differs between programs."""
    text = re.sub(r"^.*?:\d+:\d+: ", "", text)
    text = re.sub(r"tensor<[^ ]*|'[^']*'|%\S+|@\S+|\([^()]*\)", "_", text)
    return re.sub(r"-?\d+", "0", text)[:90]
