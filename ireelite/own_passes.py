"""Passes of the reader's own: xDSL's `ModulePass`es and `RewritePattern`s, run at a point of the
pipeline, verified and recorded like all others.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Any

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import (
    PatternRewriter,
    PatternRewriteWalker,
    RewritePattern,
)

from ireelite.passes import PIPELINE, Compilation, Pass
from ireelite.provenance.watching import WrappedPattern, watching
from ireelite.stages import STAGES, stage_index
from ireelite.status import StatusCode, StatusError, invalid_argument, near_names, not_found

POINTS = (*STAGES[:-1], *dict.fromkeys(step.name for step in PIPELINE))
"""What a pass may follow: a stage, or a pass of the pipeline."""
MIN_LIMIT = 1_000
LIMIT_PER_OP = 100
"""A pattern may be applied as often as `MIN_LIMIT` and this for each op of the program."""


def passes_by_point(given: Mapping[str, Any]) -> tuple[tuple[str, Pass], ...]:
    """Returns (point, pass) for each pass of `{point: [pass, ...]}`, where a pass is a
    `ModulePass`, a `RewritePattern`, or a class of either that takes no arguments.

    Raises NOT_FOUND for a point that there is not, INVALID_ARGUMENT for anything that is no pass.
    """
    found: list[tuple[str, Pass]] = []
    for point, own in given.items():
        if point not in POINTS:
            near = near_names(point, POINTS, listed=0)
            raise not_found(
                f"no point '{point}' in the pipeline{near}; a pass may follow a stage "
                f"({', '.join(STAGES[:-1])}) or a pass ({', '.join(POINTS[len(STAGES) - 1 :])})"
            )
        towards = _stage_of(point)
        for one in own if isinstance(own, list | tuple) else [own]:
            found.append((point, own_pass(one, towards, f" after '{point}'")))
    return tuple(found)


def _stage_of(point: str) -> str:
    """Returns the stage that a pass after a point works towards."""
    if point in STAGES:
        return STAGES[stage_index(point) + 1]
    return next(step.stage for step in PIPELINE if step.name == point)


def checked_pass(own: Any, place: str = "") -> ModulePass | RewritePattern:
    """Returns a pass or pattern that is given as itself or as its class.

    `place` tells in errors where it runs. Raises INVALID_ARGUMENT for anything that is no pass.
    """
    if isinstance(own, type) and issubclass(own, ModulePass | RewritePattern):
        try:
            own = own()
        except TypeError as error:
            raise invalid_argument(
                f"class {own.__name__}{place} cannot be made without arguments ({error}); "
                f"give a pass that is made, as {own.__name__}(...)"
            ) from error
    if not isinstance(own, ModulePass | RewritePattern):
        raise invalid_argument(
            f"expected an xDSL ModulePass or RewritePattern{place}, not {own!r}; "
            "both are classes to derive from, in xdsl.passes and xdsl.pattern_rewriter"
        )
    return own


def own_pass(given: Any, stage: str = "", place: str = "") -> Pass:
    """Returns a step of the pipeline that runs a pass or pattern of the reader's own.

    `place` tells in errors where it runs. Raises INVALID_ARGUMENT for anything that is no pass.
    """
    own = checked_pass(given, place)
    name = name_of(type(own))

    def run(program: ModuleOp, compilation: Compilation) -> ModuleOp:
        with watching(compilation.tracker, own, program):
            apply_pass(own, program)
        _verify(program, f"pass '{name}'{place}")
        return program

    return Pass(name, _summary_of(type(own)), stage, run)


def _summary_of(own: type) -> str:
    """Returns the first line of the docstring of a class, or that it is the reader's own."""
    lines = (own.__dict__.get("__doc__") or "").strip().splitlines()
    return lines[0] if lines else "a pass of your own"


def name_of(own: type) -> str:
    """Returns the name of a pass: its `name`, or the name of its class."""
    name = getattr(own, "name", None)
    return name if isinstance(name, str) else own.__name__


def load_passes(path: str | Path) -> dict[str, Pass]:
    """Returns the passes and patterns that a Python file defines, by name, in its order.

    Classes that need arguments are left out. Raises NOT_FOUND for a missing file, INVALID_ARGUMENT
    for one without a pass, or that is no Python or raises.
    """
    path = Path(path)
    if not path.is_file():
        raise not_found(f"{path}: no such file")
    module = ModuleType(path.stem)
    module.__file__ = str(path)
    try:
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), module.__dict__)
    except SyntaxError as error:
        raise invalid_argument(f"{path}:{error.lineno}: {error.msg}") from error
    except Exception as error:
        raise invalid_argument(
            f"{path}: {type(error).__name__}: {error}{_line_of(error)}"
        ) from error
    classes = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and value.__module__ == module.__name__
        and issubclass(value, ModulePass | RewritePattern)
    ]
    if not classes:
        raise invalid_argument(f"{path}: defines no class of xDSL's ModulePass or RewritePattern")
    passes: dict[str, Pass] = {}
    for own in classes:
        try:
            passes[name_of(own)] = own_pass(own)
        except StatusError:
            if own is classes[-1] and not passes:
                raise
    return passes


def apply_pass(
    own: ModulePass | RewritePattern, program: ModuleOp, context: Context | None = None
) -> None:
    """Runs a pass, or applies a pattern until it matches nowhere. Raises ABORTED for a pattern that
    goes on matching what it has made, INVALID_ARGUMENT for one that raises anything.
    """
    from ireelite.syntax.context import make_context

    name = name_of(type(own))
    try:
        if isinstance(own, ModulePass):
            own.apply(context or make_context(), program)
        else:
            limit = MIN_LIMIT + LIMIT_PER_OP * sum(1 for _ in program.walk())
            PatternRewriteWalker(_LimitedPattern(own, name, limit)).rewrite_module(program)
    except (StatusError, RecursionError, MemoryError):
        raise
    except Exception as error:
        why = str(error).strip().split("\n")[0]
        raised = f"{type(error).__name__}: {why}" if why else type(error).__name__
        raise invalid_argument(f"pass '{name}' raised {raised}{_line_of(error)}") from error


def _line_of(error: Exception) -> str:
    """Returns where the code outside of packages raised an error, or called what raised it."""
    frames = extract_tb(error.__traceback__)
    own = [frame for frame in frames if not _is_packaged(frame.filename)]
    if not own:
        return ""
    file = "the cell" if "ipykernel" in own[-1].filename else Path(own[-1].filename).name
    return f", at line {own[-1].lineno} of {file}"


def _is_packaged(file: str) -> bool:
    return "site-packages" in file or Path(file).is_relative_to(Path(__file__).parent)


class _LimitedPattern(WrappedPattern):
    """A pattern that may be applied a limited number of times, so that no driver runs for ever."""

    def __init__(self, pattern: RewritePattern, name: str, limit: int):
        self.pattern, self.name, self.limit = pattern, name, limit
        self.applied = 0

    def around(self, pattern: RewritePattern) -> RewritePattern:
        return _LimitedPattern(pattern, self.name, self.limit)

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
        """Raises ABORTED at the application after the last that is allowed."""
        self.pattern.match_and_rewrite(op, rewriter)
        if rewriter.has_done_action:
            self.applied += 1
            if self.applied > self.limit:
                raise StatusError(
                    StatusCode.ABORTED,
                    f"pattern '{self.name}' was applied {self.applied} times, the "
                    f"last time to '{op.name}', and still matches what it has made; a pattern has "
                    "to leave alone what is already as it should be",
                )


def _verify(program: ModuleOp, culprit: str) -> None:
    from ireelite.syntax.parser import verify

    try:
        verify(program)
    except StatusError as error:
        raise invalid_argument(f"{error.message}; {culprit} left this op invalid") from error
