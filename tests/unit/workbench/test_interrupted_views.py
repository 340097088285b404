"""An interrupted kernel leaves views as they were, with a word about it, and usable."""

from __future__ import annotations

import asyncio
import json
import zlib
from base64 import b64decode
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NoReturn

import numpy as np
import pytest

import ireelite
import workbench

SOURCE = """func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = stablehlo.add %x, %x : tensor<4xf32>
  return %y : tensor<4xf32>
}
"""


@pytest.fixture(scope="module")
def program() -> ireelite.Program:
    return ireelite.compile(SOURCE, targets=["vmvx"], record=True)


def interrupt(*_: Any, **__: Any) -> NoReturn:
    raise KeyboardInterrupt


def test_stages_stay_and_others_can_be_chosen_again(
    program: ireelite.Program, monkeypatch: pytest.MonkeyPatch
):
    view = workbench.StageDiff(program, "hlo", "dispatch")
    model, packed = view.model, view.packed
    with monkeypatch.context() as patch:
        patch.setattr("workbench.model.stage_diff.StageDiff.state", interrupt)
        view.programs = ["hlo", "vm"]
    assert view.programs == ["hlo", "dispatch"]
    assert view.model is model and view.packed == packed
    view.programs = ["hlo", "vm"]
    assert view.model.names == ["hlo", "vm"] and view.packed != packed


def test_a_compilation_leaves_the_program_that_was_shown(
    program: ireelite.Program, monkeypatch: pytest.MonkeyPatch
):
    view = workbench.ExecutableView(program)
    model, packed, choice = view.model, view.packed, view.model.choices[0]
    other = next(value for value in choice["values"] if value != choice["value"])
    choices = {choice["name"]: other}
    with monkeypatch.context() as patch:
        patch.setattr("workbench.widgets.structure_views.ExecutableModel.state", interrupt)
        view.asked = {"target": "vmvx", "choices": choices, "seq": 1}
    assert view.status.startswith("interrupted") and view.program is program
    assert view.model is model and view.packed == packed
    view.asked = {"target": "vmvx", "choices": choices, "seq": 2}
    assert view.status.startswith("compiled for vmvx") and view.packed != packed


def test_a_debugger_answers_where_it_stopped(
    program: ireelite.Program, monkeypatch: pytest.MonkeyPatch
):
    debugger = ireelite.load(program).main.debug(np.ones(4, np.float32))
    view = workbench.VMDebugger(debugger, program, ahead=0)
    with monkeypatch.context() as patch:
        patch.setattr(view.model, "go", interrupt)
        view.asked = {"command": "resume", "position": 0, "number": 1}
    told = json.loads(zlib.decompress(b64decode(view.answer)))["told"]
    assert told == "interrupted at position 0"
    view.asked = {"command": "step", "position": 0, "number": 2}
    assert view.position == 1


@pytest.mark.parametrize(
    ("patched", "work", "named"),
    [
        (
            "workbench.widgets.layout.read",
            lambda p: workbench.open(SOURCE),
            "workbench.open",
        ),
        ("workbench.widgets.view.html_page", lambda p: workbench.IRView(p).to_html(), "a page"),
        ("workbench.model.ir_view.IRView.state", lambda p: workbench.IRView(p), "IRView"),
        ("ireelite.program.lower", lambda p: ireelite.compile(SOURCE), "the compilation"),
    ],
)
def test_what_was_interrupted_is_one_line(
    program: ireelite.Program,
    patched: str,
    work: Callable[[ireelite.Program], Any],
    named: str,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(patched, interrupt)
    with pytest.raises(KeyboardInterrupt) as stop:
        work(program)
    (line,) = stop.value._render_traceback_()  # pyright: ignore[reportAttributeAccessIssue]
    assert line.startswith("KeyboardInterrupt: ") and f"{named} was interrupted (" in line
    assert type(stop.value) is KeyboardInterrupt, "so that a script ends by the signal"


def test_a_cancelled_task_is_one_line():
    module = ireelite.load(
        ireelite.compile(SOURCE, targets=["vmvx"], execution_model="async-external"),
        device="local-task",
    )

    async def waits() -> list[str]:
        argument: Future[Any] = Future()
        pending = module.main.async_(argument)
        task = asyncio.ensure_future(_awaited(pending))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as stop:
            await task
        argument.set_result(np.ones(4, np.float32))
        assert (await pending).sum() == 8
        return stop.value._render_traceback_()  # pyright: ignore[reportAttributeAccessIssue]

    with ThreadPoolExecutor(1) as thread:  # the browser tests have a loop in this one
        (line,) = thread.submit(asyncio.run, waits()).result()
    assert "the wait for 'main', which goes on, was cancelled" in line


async def _awaited(result: Any) -> Any:
    return await result
