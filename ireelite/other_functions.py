"""What an error about one function of an MLIR text says of the others: which of them compile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from xdsl.utils.exceptions import ParseError
from xdsl.utils.lexer import Input
from xdsl.utils.mlir_lexer import MLIRTokenKind

from ireelite.compile_options import CompileOptions
from ireelite.importers.source import Source
from ireelite.light_dataclass import light_dataclass
from ireelite.passes import Compilation
from ireelite.pipeline import lower
from ireelite.status import StatusCode, StatusError
from ireelite.summaries import first_few
from ireelite.syntax.errors import PLACE
from ireelite.syntax.lexer import StageLexer

LONGEST_TEXT = 50_000
"""Characters of the longest text that is compiled once more to find out what compiles."""

MAX_FUNCTIONS = 8
"""Functions that are tried one by one."""


@light_dataclass(frozen=True)
class FunctionText:
    """Where a function stands in a text."""

    name: str
    start: int
    end: int
    is_public: bool
    """Whether other modules may call it."""


@contextmanager
def naming_other_functions(
    source: Source, options: CompileOptions, stage: str | None = None, stop: str = "module"
) -> Iterator[None]:
    """Adds to an error about one function which others compile: with these options, from `stage`,
    or the one that the text is in, to `stop`.
    """
    try:
        yield
    except StatusError as error:
        place = PLACE.match(error.message)
        if source.is_mlir and source.jax is None and place is not None:
            if error.code is not StatusCode.INTERNAL:
                remaining = Remaining(source, replace(options, verify=False), stage, stop)
                if said := remaining.functions_that_compile(int(place[2]), int(place[3])):
                    error.annotate(said)
        raise


@light_dataclass(frozen=True)
class Remaining:
    """A text of which one function does not compile."""

    source: Source
    options: CompileOptions
    stage: str | None
    stop: str

    def functions_that_compile(self, line: int, column: int) -> str:
        """Formats `without @f the other functions of the module compile: @g, @h`. Empty if the
        place is in no function, or no other function compiles.
        """
        text = self.source.data.decode(errors="replace")
        if len(text) > LONGEST_TEXT:
            return ""
        at = sum(len(each) + 1 for each in text.split("\n")[: line - 1]) + column - 1
        functions = function_texts(text)
        failing = next((f for f in functions if f.start <= at < f.end), None)
        others = [f for f in functions if f.is_public and f is not failing]
        if failing is None or not others:
            return ""
        if self.compiles(without(text, [failing])):
            names = ", ".join(first_few([f"@{function.name}" for function in others]))
            return f"without @{failing.name} the other functions of the module compile: {names}"
        found: list[str] = []
        for function in others[:MAX_FUNCTIONS] if len(others) > 1 else ():
            rest = [f for f in others if f is not function]
            if self.compiles(without(text, [failing, *rest])):
                found.append(f"@{function.name}")
        names = ", ".join(found)
        return f"of the other functions of the module these compile alone: {names}" if found else ""

    def compiles(self, text: str) -> bool:
        """Returns whether a text compiles as the whole one should have."""
        try:
            module, start = replace(self.source, data=text.encode()).parse()
            lower(module, self.stage or start, self.stop, Compilation(self.options))
        except Exception:  # whatever it is, the user's error is the first one
            return False
        return True


def without(text: str, functions: Sequence[FunctionText]) -> str:
    """Returns a text with blanks in place of functions: all else stays at its line and column."""
    for function in functions:
        gone = "".join("\n" if c == "\n" else " " for c in text[function.start : function.end])
        text = text[: function.start] + gone + text[function.end :]
    return text


def function_texts(text: str) -> list[FunctionText]:
    """Returns the functions of a text in their custom form, in order: each ends where the next op
    of the module begins, or the module ends. Those from the first character on that begins no token
    are left out.
    """
    found: list[FunctionText] = []
    lexer = StageLexer(Input(text, "functions"))
    start, end, depth = None, 0, 0
    words: list[str] = []
    try:
        while True:
            token = lexer.lex()
            word, at_end = token.span.text, token.kind is MLIRTokenKind.EOF
            is_op = token.kind is MLIRTokenKind.BARE_IDENT and "." in word
            if start is not None and (at_end or depth < 0 or (depth == 0 and is_op)):
                name = next((word[1:] for word in words if word.startswith("@")), "")
                is_public = "{" in words and "private" not in words[:3]
                found.append(FunctionText(name, start, end, is_public))
                start = None
            if at_end:
                return found
            if word == "func.func" and start is None:
                start, depth, words = token.span.start, 0, []
            depth += (word in "{(") - (word in ")}") if word else 0
            if start is not None and depth >= 0:
                end = token.span.end
                words.append(word)
    except ParseError:
        return found
