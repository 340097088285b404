"""The functions of a file, each of which is a case: compiled for a target, run, and judged.

A whole file is compiled at once if that goes; else its sections, and else their functions, so that
one that is refused does not hide the others.
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeGuard

from suites import DISTRIBUTED, TARGETS, Command, sections
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation

from ireelite.importers.source import MLIR, Source
from ireelite.lowering.frontend.element_types import CONVERSIONS, convert_element_types
from ireelite.modules.check import CheckLog, check_module
from ireelite.reference import interpret_module
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.parser import parse_module
from ireelite.syntax.printer import print_module
from ireelite.tools import run_module
from ireelite.tools.compile import UsageError, compile_with, parse_flags
from ireelite.tools.run_context import RunContext, argument_kinds
from ireelite.tools.runtime_flags import CONTEXT_FLAGS, Flags

PASSED, FAILED, REFUSED = "passed", "failed", "refused"
FUNCTION = re.compile(r"func\.func\s+(?:public\s+)?@([\w.$-]+)\s*\(")


@dataclass(frozen=True)
class Case:
    """What became of one function."""

    name: str
    status: str
    reason: str = ""
    checks: int = 0

    def to_json(self) -> dict[str, Any]:
        """Its fields."""
        return asdict(self)


class Refusal(Exception):
    """The compiler's error for a text."""


Run = Callable[[str], Iterable[Case]]
"""Compiles a text and runs its functions. Raises Refusal before the first case."""


def first_line(error: BaseException) -> str:
    """An error in one line, without the name of the file."""
    line = next(iter(str(error).splitlines()), type(error).__name__)
    return re.sub(r"\S+\.mlir:(\d+):(\d+)", r"\1:\2", line)[:300]


def run_text(text: str, run: Run) -> Iterator[Case]:
    """The cases of a text, of as many functions at a time as can be compiled together."""
    try:
        yield from run(text)
        return
    except Refusal as error:
        why = str(error)
    if len(parts := sections(text)) > 1:
        for part in parts:
            if not DISTRIBUTED.search(part):
                yield from run_text(part, run)
        return
    alone = list(each_function(text)) or list(each_function_text(text))
    if len(alone) < 2:
        for name in FUNCTION.findall(text) or ["?"]:
            yield Case(name, REFUSED, why)
        return
    for name, part in alone:
        try:
            yield from run(part)
        except Refusal as error:
            yield Case(name, REFUSED, str(error))


def each_function(text: str) -> Iterator[tuple[str, str]]:
    """Each test function of a text with all that is no test; nothing if it can't be read."""
    try:
        module = parse_module(text, "text.mlir")
    except StatusError:
        return
    for name in tests_of(module):
        copy = module.clone()
        for op in list(copy.ops):
            if is_test(op) and op.sym_name.data != name:
                op.detach()
        yield name, print_module(copy)


def each_function_text(text: str) -> Iterator[tuple[str, str]]:
    """Each function of a text that can't be read as a whole, with what stands before the first."""
    head, *parts = re.split(r"^(?=func\.func\b)", text, flags=re.MULTILINE)
    for part in parts:
        if (name := FUNCTION.match(part)) is not None:
            yield name[1], head + part


def tests_of(module: ModuleOp) -> list[str]:
    """The names of the functions that a tester calls."""
    return [op.sym_name.data for op in module.ops if is_test(op)]


def is_test(op: Operation) -> TypeGuard[func.FuncOp]:
    """Whether an op is a function that a tester calls."""
    if not isinstance(op, func.FuncOp) or op.is_declaration or op.function_type.inputs.data:
        return False
    return op.sym_visibility is None or op.sym_visibility.data == "public"


# -- on our runtime ------------------------------------------------------------------------------------


def compile_text(text: str, target: str, flags: Sequence[str]) -> bytes:
    """A module. Raises Refusal."""
    try:
        wanted = parse_flags([*flags, f"--iree-hal-target-backends={target}", "text.mlir"])
        return compile_with(wanted, Source(text.encode(), "text.mlir", "main", MLIR)).data
    except (StatusError, UsageError) as error:
        raise Refusal(first_line(error)) from error
    except Exception as error:  # a fault of the compiler
        raise Refusal(f"INTERNAL; {type(error).__name__}: {first_line(error)}") from error


@contextlib.contextmanager
def module_file(data: bytes) -> Iterator[Path]:
    """A file with a module."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "module.vmfb"
        path.write_bytes(data)
        yield path


def run_checks(column: str, flags: Sequence[str]) -> Run:
    """Runs functions that test themselves on a target's device."""
    target, device = TARGETS[column]

    def run(text: str) -> Iterator[Case]:
        log = CheckLog()
        context_flags = Flags("conformance", CONTEXT_FLAGS)
        with module_file(compile_text(text, target, flags)) as path:
            context_flags.parse([f"--module={path}", f"--device={device}"])
            context = RunContext(context_flags, natives=[check_module(log)])
        testing = testing_functions(text)
        for name, function in context.functions().items():
            if argument_kinds(function):
                continue
            executed, failures = log.executed, len(log.failures)
            reason = ""
            try:
                context.call(function, [])
            except Exception as error:
                reason = first_line(error)
            for failure in log.failures[failures:]:
                reason = reason or f"{failure.check}: {' '.join(failure.message.split())[:260]}"
            count = log.executed - executed
            if not (reason or count) and name in testing:
                reason = "executed no check"
            yield Case(name, FAILED if reason else PASSED, reason, count)

    return run


def testing_functions(text: str) -> set[str]:
    """The names of the functions that have checks."""
    return {
        op.sym_name.data
        for op in parse_module(text, "text.mlir").ops
        if isinstance(op, func.FuncOp) and any(o.name.startswith("check.") for o in op.walk())
    }


def run_reference(flags: Sequence[str]) -> Run:
    """Runs functions that test themselves in the NumPy interpreter."""

    def run(text: str) -> Iterator[Case]:
        module = program_of(text, flags)
        for name in tests_of(module):
            yield interpreted(module, name)

    return run


def program_of(text: str, flags: Sequence[str]) -> ModuleOp:
    """A program, with the element types that flags ask for. Raises Refusal."""
    names = [flag.removeprefix("--iree-input-") for flag in flags]
    try:
        module, _ = Source(text.encode(), "text.mlir", "main", MLIR).parse()
        return convert_element_types(module, [n for n in names if n in CONVERSIONS], None)
    except StatusError as error:
        raise Refusal(first_line(error)) from error


def interpreted(module: ModuleOp, name: str) -> Case:
    """The case of a function of a program in the NumPy interpreter."""
    try:
        outcome = interpret_module(module, name)
    except StatusError as error:
        refused = error.code == StatusCode.UNIMPLEMENTED
        return Case(name, REFUSED if refused else FAILED, first_line(error))
    except Exception as error:
        return Case(name, FAILED, f"{type(error).__name__}: {first_line(error)}")
    reason = outcome.failures[0] if outcome.failures else ""
    reason = first_line(RuntimeError(reason)) if reason else ""
    return Case(name, FAILED if reason else PASSED, reason, outcome.checks)


def run_command(text: str, column: str, flags: Sequence[str], command: Command) -> Case:
    """Runs a function as a command line does and checks what it prints."""
    target, device = TARGETS[column]
    name = command.function or (FUNCTION.findall(text) or ["?"])[0]
    try:
        data = compile_text(text, target, flags)
    except Refusal as error:
        return Case(name, REFUSED, str(error))
    printed = io.StringIO()
    with module_file(data) as path, contextlib.redirect_stdout(printed):
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors):
            code = run_module.main(
                [
                    f"--module={path}",
                    f"--device={device}",
                    *([f"--function={command.function}"] if command.function else []),
                    *(f"--input={value}" for value in command.inputs),
                ]
            )
    if code:
        return Case(name, FAILED, first_line(RuntimeError(errors.getvalue())))
    problem = file_check(printed.getvalue(), text, command.prefix)
    return Case(name, FAILED if problem else PASSED, problem, 1)


def file_check(output: str, checks: str, prefix: str) -> str:
    """What `filecheck` says against an output; nothing if it has all that it must have."""
    from filecheck.finput import FInput
    from filecheck.matcher import Matcher
    from filecheck.options import Options
    from filecheck.parser import Parser, pattern_for_opts

    options = Options(match_filename="output", check_prefixes=[prefix])
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        parser = Parser(options, io.StringIO(checks), *pattern_for_opts(options))
        code = Matcher(options, FInput("output", output), parser).run()
    return "" if code == 0 else " ".join(told.getvalue().split())[:200] or "filecheck failed"
