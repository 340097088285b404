"""Functions of a library that fences call: once, whatever comes in between, and never after the
library is unloaded.
"""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.modules.dynamic import load_dynamic_module
from ireelite.status import StatusCode, StatusError
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance
from ireelite.vm.refs import Buffer

THING = Buffer(b"held", mutable=False)


class Output:
    """A standard output that remembers what is written, and then does something."""

    def __init__(self, then: Callable[[str], None] = lambda text: None):
        self.lines: list[str] = []
        self.then = then

    def write(self, text: str) -> None:
        self.lines.append(text)
        self.then(text)

    def flush(self) -> None:
        pass


@pytest.fixture
def module(everything: Path) -> Any:
    """The module in a context; when a test is over, the library holds nothing but its state."""
    dynamic = load_dynamic_module(everything)
    context = Context(Instance(), [dynamic])

    def call(name: str, *arguments: Any) -> None:
        context.lookup_function(f"everything.{name}")(*arguments)

    yield call
    held = dynamic.holdings
    assert (held.references, held.statuses, held.allocations) == (0, 0, 1)


def fence() -> Fence:
    return Fence([(Semaphore(), 1)])


def interrupt(text: str) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("decide", "outcome"),
    [
        (Fence.signal, "reached"),
        (lambda fence: fence.fail(StatusError(StatusCode.DATA_LOSS, "gone")), "failed"),
    ],
)
def test_an_interrupt_does_not_repeat_a_call(module, monkeypatch, decide, outcome):
    """The waiters of a fence are called again after an interrupt."""
    monkeypatch.setattr("sys.stdout", output := Output(interrupt))
    source, others = fence(), []
    module("say_when", source, THING)
    source.when_reached(others.append)
    with pytest.raises(KeyboardInterrupt):
        decide(source)
    assert output.lines == [outcome] and len(others) == 1


@pytest.mark.parametrize("source", [None, fence()])
def test_an_interrupt_in_a_call_at_once_is_no_failure_to_the_library(module, monkeypatch, source):
    """The library would free, after a failure, what its function has freed."""
    if source is not None:
        source.signal()
    monkeypatch.setattr("sys.stdout", output := Output(interrupt))
    with pytest.raises(KeyboardInterrupt):
        module("say_when", source, THING)
    assert output.lines == ["reached"]


def test_a_fence_that_cannot_be_watched_does_not_call(module, monkeypatch):
    monkeypatch.setattr("sys.stdout", output := Output())

    def watch(self: Fence, *arguments: Any) -> None:
        original(self, *arguments)
        raise MemoryError

    original = Fence.watch
    monkeypatch.setattr(Fence, "watch", watch)
    source = fence()
    with pytest.raises(StatusError, match="out of memory"):
        module("say_when", source, THING)
    source.signal()
    assert output.lines == []


def test_a_fence_in_garbage_calls_when_the_thread_has_left_the_library(module, monkeypatch):
    """The library may hold a lock while Python collects."""
    collect: Callable[[str], Any] = lambda text: gc.collect() if text == "work" else None  # noqa: E731
    monkeypatch.setattr("sys.stdout", output := Output(collect))
    cycle: list[Any] = [source := fence()]
    cycle.append(cycle)
    module("say_when", source, THING)
    del cycle, source
    module("work")
    assert output.lines == ["work", "failed"]


def test_a_fence_calls_while_a_library_s_function_runs_if_that_decides_it(module, monkeypatch):
    source = fence()
    decide: Callable[[str], Any] = lambda text: source.signal() if text == "work" else None  # noqa: E731
    monkeypatch.setattr("sys.stdout", output := Output(decide))
    module("say_when", source, THING)
    module("work")
    assert output.lines == ["work", "busy"]


def test_a_call_may_register_and_decide_other_fences(module, monkeypatch):
    first, second = fence(), fence()

    def then(text: str) -> None:
        if text == "reached" and len(output.lines) == 1:
            module("say_when", second, THING)
            second.fail(StatusError(StatusCode.ABORTED, "by the first"))

    monkeypatch.setattr("sys.stdout", output := Output(then))
    module("say_when", first, THING)
    first.signal()
    assert output.lines == ["reached", "failed"]


def test_a_fence_that_is_decided_at_exit_does_not_call_into_an_unloaded_library(everything):
    script = f"""
import atexit
from ireelite.hal.semaphore import Fence, Semaphore
source = Fence([(Semaphore(), 1)])
atexit.register(lambda: (source.signal(), print("signalled", flush=True)))
from ireelite.modules.dynamic import load_dynamic_module
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance
from ireelite.vm.refs import Buffer
context = Context(Instance(), [load_dynamic_module({str(everything)!r})])
say_when = context.lookup_function("everything.say_when")
say_when(source, Buffer(b"held", mutable=False))
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "signalled\n", "")
