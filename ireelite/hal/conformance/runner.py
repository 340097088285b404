"""Runs the checks against a driver, each in a thread of its own, so that a check that hangs fails."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from ireelite.hal.conformance import (
    dispatches,
    failures,
    fences,
    memory,
    recordings,
    stress,
    transfers,
    transients,
)
from ireelite.hal.conformance.checks import Check, Deviation, Level, Subject
from ireelite.hal.conformance.report import CheckResult, LevelResult, Report
from ireelite.hal.device import Device
from ireelite.hal.executable import Executable
from ireelite.hal.registry import Driver
from ireelite.status import invalid_argument

LEVELS = (
    memory.LEVEL,
    transfers.LEVEL,
    dispatches.LEVEL,
    recordings.LEVEL,
    fences.LEVEL,
    failures.LEVEL,
    transients.LEVEL,
    stress.LEVEL,
)
PATIENCE = 30.0
"""Seconds that a check may take."""
HANGS = "a check that hangs"


def levels() -> list[Level]:
    """Returns the levels of the suite, in order."""
    return list(LEVELS)


def check(
    driver: Driver | Device | Callable[[], Device],
    upto: int = len(LEVELS),
    keep_going: bool = False,
    axpy: Callable[[Device], Executable] | None = None,
    patience: float = PATIENCE,
) -> Report:
    """Runs the first `upto` levels of the suite and stops after the first level that fails, unless
    `keep_going` is set.

    `driver` is a driver, a device, or a function that creates a device. `axpy` creates the kernel
    to dispatch, `y[i] += a * x[i]` on u32, where workgroup (u, v, w) has i = u + 4 v + 16 w; by
    default, a device whose loaders accept SPIR-V gets SPIR-V, and any other a `HostExecutable`. A
    check that takes more than `patience` seconds fails and may block its device: no other is run.
    With `keep_going` the checks after it get a new device, and are not run if `driver` is a device
    or returns the same one again. Raises INVALID_ARGUMENT if `driver` is none of these, and any
    error of creating the device.
    """
    make = _maker(driver)
    device = make()
    if not isinstance(device, Device):
        raise invalid_argument(
            f"a driver makes a device, a subclass of ireelite.hal.device.Device; got {device!r}"
        )
    name = device.id
    blocked = False
    found: list[LevelResult] = []
    for number, level in enumerate(LEVELS[:upto], 1):
        going = keep_going or not found or found[-1].outcome == "passed"
        results: list[CheckResult] = []
        for each in level.checks:
            if blocked or not going:
                results.append(CheckResult(each.title, "not run"))
                continue
            results.append(_run(each, device, axpy, patience))
            if results[-1].got == HANGS:
                used = device
                device = make() if keep_going else used
                blocked = device is used
        found.append(LevelResult(number, level.name, level.about, results))
    return Report(name, found)


def _maker(driver: Driver | Device | Callable[[], Device]) -> Callable[[], Device]:
    if isinstance(driver, Driver):
        return lambda: driver.create("")
    if isinstance(driver, Device):
        return lambda: driver
    if callable(driver):
        return driver
    raise invalid_argument(
        f"a driver, a device or a function that makes one is expected, not {driver!r}"
    )


def _run(
    check: Check, device: Device, axpy: Callable[[Device], Executable] | None, patience: float
) -> CheckResult:
    ended: list[tuple[str, str]] = []

    def work() -> None:
        try:
            check.run(Subject(device, axpy))
            ended.append(("", ""))
        except Deviation as deviation:
            ended.append((deviation.expected, deviation.got))
        except BaseException as error:
            ended.append(("no exception", _described(error)))

    began = time.monotonic()
    thread = threading.Thread(target=work, name=f"check: {check.title}", daemon=True)
    thread.start()
    thread.join(patience)
    seconds = time.monotonic() - began
    if not ended:
        ended.append((f"an end within {patience:g} seconds", HANGS))
    expected, got = ended[0]
    outcome = "failed" if expected else "passed"
    return CheckResult(check.title, outcome, expected, got, check.hint, seconds)


def _described(error: BaseException) -> str:
    """Returns the text of an exception and the innermost function outside of the package."""
    package = Path(__file__).parents[2]
    frames: Sequence[traceback.FrameSummary] = traceback.extract_tb(error.__traceback__)
    others = [frame for frame in frames if package not in Path(frame.filename).parents]
    where = f" in {others[-1].name}" if others and others[-1].name != "run" else ""
    named = type(error).__name__
    text = str(error)
    return f"{text if text.startswith(named) else f'{named}: {text}'}{where}"
