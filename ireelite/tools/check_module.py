"""`ireelite-check-module`: runs the functions of modules that test themselves.

Every function without arguments that bytecode exports is a test, and the calls of the `check`
module are what it tests. They are optional imports, so a program compiled without them, or that
never gets to one, would pass for nothing: a module whose tests execute no check at all is an error.
Python modules and shared libraries are there to be called, and have no tests.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ireelite.modules.check import CheckLog, check_module
from ireelite.status import StatusCode, StatusError
from ireelite.tools.run_context import RunContext, argument_kinds
from ireelite.tools.runtime_flags import CONTEXT_FLAGS, Flag, Flags, boolean
from ireelite.tools.runtime_tool import run_tool
from ireelite.vm.bytecode_module import BytecodeModule

if TYPE_CHECKING:
    from ireelite.vm.function import Function

TABLE = (
    *CONTEXT_FLAGS,
    Flag(
        "expect_failure",
        boolean,
        False,
        "Whether the tests are meant to fail: the exit code is then 0 if one does, else 1.",
    ),
)


@dataclass(frozen=True)
class Outcome:
    """How one test ended."""

    name: str
    """As `module.function`."""
    checks: int
    passed: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the tool; returns the exit code: 0 if all tests pass, or 1."""
    return run_tool(Flags("ireelite-check-module", TABLE), arguments, _run)


def _run(flags: Flags) -> int:
    log = CheckLog()
    context = RunContext(flags, natives=[check_module(log)])
    begin = time.perf_counter()
    suites = {
        module.name: _tests(context, module.name)
        for module in context.modules
        if isinstance(module, BytecodeModule)
    }
    suites = {name: tests for name, tests in suites.items() if tests}
    tests = _count(sum(map(len, suites.values())), "test")
    among = f"{tests} from {_count(len(suites), 'test suite')}"
    print(f"[==========] Running {among}.")
    outcomes = {name: _run_suite(context, log, name, suites[name]) for name in suites}
    print(f"[==========] {among} ran. ({_since(begin)} total)")
    everything = [outcome for rows in outcomes.values() for outcome in rows]
    failed = any(not outcome.passed for outcome in everything)
    if not failed:
        _require_checks(context, outcomes)
    _summarize(everything)
    return int(failed != flags.expect_failure)


def _tests(context: RunContext, module: str) -> list[Function]:
    """Returns the module's exports without arguments, but for its internal ones."""
    names = [name for name in context.context.states[module].exports() if not name.startswith("__")]
    functions = [context.context.lookup_function(f"{module}.{name}") for name in names]
    return [function for function in functions if not argument_kinds(function)]


def _run_suite(
    context: RunContext, log: CheckLog, module: str, tests: list[Function]
) -> list[Outcome]:
    title = f"{_count(len(tests), 'test')} from {module}"
    begin = time.perf_counter()
    print(f"[----------] {title}")
    outcomes = [_run_test(context, log, module, function) for function in tests]
    print(f"[----------] {title} ({_since(begin)} total)\n")
    return outcomes


def _run_test(context: RunContext, log: CheckLog, module: str, function: Function) -> Outcome:
    name = f"{module}.{function.name}"
    print(f"[ RUN      ] {name}", flush=True)
    executed, failures = log.executed, len(log.failures)
    begin = time.perf_counter()
    passed = True
    try:
        context.call(function, [])
    except StatusError as error:
        passed = False
        print(f"Failure\n{error}")
    for failure in log.failures[failures:]:
        passed = False
        print(f"Failure in check.{failure.check}\n{failure.message}")
    checks = log.executed - executed
    verdict = "[       OK ]" if passed else "[  FAILED  ]"
    print(f"{verdict} {name} ({_count(checks, 'check')}, {_since(begin)})", flush=True)
    return Outcome(name, checks, passed)


def _summarize(outcomes: list[Outcome]) -> None:
    checks = sum(outcome.checks for outcome in outcomes)
    failed = [outcome for outcome in outcomes if not outcome.passed]
    passed = _count(len(outcomes) - len(failed), "test")
    print(f"[  PASSED  ] {passed}; {_count(checks, 'check')} executed in all.")
    if failed:
        print(f"[  FAILED  ] {_count(len(failed), 'test')}, listed below:")
        for outcome in failed:
            print(f"[  FAILED  ] {outcome.name}")


def _require_checks(context: RunContext, outcomes: dict[str, list[Outcome]]) -> None:
    """Raises FAILED_PRECONDITION if nothing was tested, or nothing by the tests of some module."""
    for module, rows in outcomes.items():
        if not any(outcome.checks for outcome in rows):
            raise StatusError(
                StatusCode.FAILED_PRECONDITION,
                f"the tests of module '{module}' executed no check; "
                f"tests: {', '.join(outcome.name for outcome in rows)}",
            )
    if not outcomes:
        names = ", ".join(f"'{module.name}'" for module in context.modules)
        raise StatusError(
            StatusCode.FAILED_PRECONDITION,
            f"no test in module {names}: no exported function without arguments",
        )


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _since(begin: float) -> str:
    return f"{(time.perf_counter() - begin) * 1000:.0f} ms"


if __name__ == "__main__":
    sys.exit(main())
