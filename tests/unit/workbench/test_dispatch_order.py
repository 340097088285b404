"""Barriers and arrows between commands that share memory."""

from __future__ import annotations

import itertools
from typing import Any

import ireelite
from ireelite.records import Event, ExecutionRecorder
from workbench.model.dispatch_order import Barrier, Need, barriers, needs
from workbench.model.fence_timeline import FenceTimeline
from workbench.render.svg_timeline import draw_timeline


def run(*commands: str) -> list[Event]:
    """Events of one command buffer: `alloc b1`, `| ` for a barrier, or the bindings of a dispatch."""
    recorder = ExecutionRecorder("d")
    event = recorder.event
    event("submit", "host", queue="q", operation="execute")
    phase = 0
    for command in commands:
        if command == "|":
            phase += 1
        elif command.startswith("alloc "):
            event("alloc", "q", buffer=command[6:], bytes=64)
        elif command.startswith("copy "):
            _, source, target = command.split()
            event("transfer", "q", source=source, target=target, phase=phase)
        else:
            begin = event("dispatch_begin", "q", bindings=command, phase=phase)
            event("dispatch_end", "q", [begin])
    return recorder.record.events


def kinds(*commands: str) -> set[tuple[int, int, str]]:
    """The needs by the numbers of the commands that do something."""
    events = run(*commands)
    numbers = itertools.count()
    number = {e.id: next(numbers) for e in events if "phase" in e.details}
    return {(number[n.first], number[n.then], n.kind) for n in needs(events)}


def test_what_is_written_is_followed_by_what_reads_it():
    assert kinds("alloc t", "a t[0:8]", "|", "a t[0:8] r") == {(0, 1, "data")}
    assert kinds("alloc t", "a t[0:8]", "b t[8:16]", "|", "t[0:8] t[8:16] r") == {
        (0, 2, "data"),
        (1, 2, "data"),
    }
    # a part of what was written, and two that read the same
    assert kinds("alloc t", "a t", "|", "t[0:4] r", "t[4:8] s") == {
        (0, 1, "data"),
        (0, 2, "data"),
    }
    assert kinds("c r", "c s") == set(), "constants are read by all"


def test_memory_that_is_used_again_waits_for_its_readers():
    assert kinds("alloc t", "a t[0:8]", "|", "t[0:8] t[8:16]", "|", "t[8:16] t[0:4]") == {
        (0, 1, "data"),
        (1, 2, "data"),
    }
    again = kinds("alloc t", "a t[0:8]", "|", "t[0:8] r", "|", "b t[0:8]", "|", "t[0:8] s")
    assert again == {(0, 1, "data"), (1, 2, "reuse"), (2, 3, "data")}
    assert kinds("alloc t", "a t[0:8]", "|", "a t[4:12]") == {(0, 1, "reuse")}


def test_transfers_and_several_results_count():
    assert kinds("alloc t", "copy a t[0:8]", "|", "t[0:8] r") == {(0, 1, "data")}
    assert kinds("alloc t", "alloc u", "a t u", "|", "t r", "u s") == {
        (0, 1, "data"),
        (0, 2, "data"),
    }


def test_barriers_stand_between_phases_of_one_submission():
    events = run("a b", "a c", "|", "b d") + run("x y")
    assert barriers(events, {3: 4}) == [Barrier(4, 5)]


def test_a_run_has_its_barriers_and_arrows():
    source = """func.func @f(%a: tensor<8x8xf32>) -> tensor<8x8xf32> {
      %0 = stablehlo.dot_general %a, %a, contracting_dims = [1] x [0]
        : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
      %1 = stablehlo.dot_general %0, %a, contracting_dims = [1] x [0]
        : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
      return %1 : tensor<8x8xf32> }"""
    import numpy as np

    program = ireelite.compile(source, targets=["vmvx"], record=True)
    module = ireelite.load(program, record=True)
    module.f(np.eye(8, dtype=np.float32))
    model = FenceTimeline(module.record, program.record)
    first, second = (s for s in model.slices if s.kind == "dispatch")
    assert model.barriers == [Barrier(first.end_id, second.id)]
    assert [(a.cause, a.effect) for a in model.arrows if a.kind == "data"] == [
        (first.id, second.id)
    ]
    stages = model.at_stages(model.seeds(second.id))
    assert ("hlo", "hlo/3", "stablehlo.dot_general", program.record.serial("hlo/3")) in stages
    assert "barrier" in draw_timeline(model).fragment("x")
    assert Need(first.id, second.id, "data") in needs(module.record.events)


def test_a_legend_says_what_is_assumed():
    recorder = ExecutionRecorder("d")

    def dispatches(**facts: Any) -> str:
        for bindings in ("a[0:8] t[0:8]", "t[0:8] r[0:8]"):
            begin = recorder.event("dispatch_begin", "q", bindings=bindings, phase=0, **facts)
            recorder.event("dispatch_end", "q", [begin])
        return draw_timeline(FenceTimeline(recorder.record)).document("x")

    assert "assumed" not in dispatches(writes=(1,))
    assert "wrote → reads (assumed: results are bound last)" in dispatches()
