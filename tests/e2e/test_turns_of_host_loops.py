"""What a turn costs of a loop that is no kernel: one condition is read back, and nothing allocated."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

import ireelite

WIDE = "tensor<5000xf32>"
TEXT = f"""
func.func @halve(%x: {WIDE}, %least: tensor<f32>) -> ({WIDE}, {WIDE}) {{
  %0:2 = stablehlo.while(%a = %x, %b = %x) : {WIDE}, {WIDE}
  cond {{
    %1 = stablehlo.slice %a [7:8] : ({WIDE}) -> tensor<1xf32>
    %2 = stablehlo.reshape %1 : (tensor<1xf32>) -> tensor<f32>
    %3 = stablehlo.compare GT, %2, %least : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %3 : tensor<i1>
  }} do {{
    %one = stablehlo.constant dense<1.0> : {WIDE}
    %1 = stablehlo.subtract %a, %one : {WIDE}
    stablehlo.return %1, %a : {WIDE}, {WIDE}
  }}
  return %0#0, %0#1 : {WIDE}, {WIDE}
}}
func.func @nested(%x: {WIDE}, %least: tensor<f32>, %p: tensor<i1>) -> ({WIDE}, {WIDE}) {{
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %three = stablehlo.constant dense<3> : tensor<i32>
  %0:2 = stablehlo.while(%a = %x, %b = %x) : {WIDE}, {WIDE}
  cond {{
    %1 = stablehlo.slice %a [7:8] : ({WIDE}) -> tensor<1xf32>
    %2 = stablehlo.reshape %1 : (tensor<1xf32>) -> tensor<f32>
    %3 = stablehlo.compare GT, %2, %least : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %3 : tensor<i1>
  }} do {{
    %step = stablehlo.constant dense<1.0> : {WIDE}
    %1 = stablehlo.subtract %a, %step : {WIDE}
    %2:3 = stablehlo.while(%i = %zero, %c = %1, %d = %b) : tensor<i32>, {WIDE}, {WIDE}
    cond {{
      %3 = stablehlo.compare LT, %i, %three : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %3 : tensor<i1>
    }} do {{
      %3 = stablehlo.add %i, %one : tensor<i32>
      %4:2 = "stablehlo.if"(%p) ({{
        %5 = stablehlo.negate %d : {WIDE}
        stablehlo.return %5, %c : {WIDE}, {WIDE}
      }}, {{
        stablehlo.return %d, %c : {WIDE}, {WIDE}
      }}) : (tensor<i1>) -> ({WIDE}, {WIDE})
      stablehlo.return %3, %4#1, %4#0 : tensor<i32>, {WIDE}, {WIDE}
    }}
    stablehlo.return %2#1, %2#2 : {WIDE}, {WIDE}
  }}
  return %0#0, %0#1 : {WIDE}, {WIDE}
}}
"""


@pytest.fixture(scope="module")
def program() -> ireelite.Program:
    return ireelite.compile(TEXT, targets=["vmvx"], record=True)


def test_every_loop_stays_one(program: ireelite.Program):
    assert {d.verdict for d in program.record.decisions("loops")} == {"separate"}


@pytest.mark.parametrize(("name", "dispatches"), [("halve", 2), ("nested", 5)])
def test_a_turn_waits_once_and_allocates_nothing(
    name: str, dispatches: int, program: ireelite.Program
):
    """The events of turns 11 to 30, of which each has a twentieth. The inner loop's choice, which
    nothing in flight writes, is read without waiting.
    """

    def events(turns: int) -> Counter[str]:
        session = ireelite.load(program, record=True)
        choice = [np.array(True)] if name == "nested" else []
        x = np.full(5000, turns, np.float32)
        results = getattr(session, name)(x, np.float32(0), *choice)
        assert 0 in {np.asarray(each)[0] for each in results}
        return Counter(f"{e.kind} on {e.lane.partition('/')[0]}" for e in session.record.events)

    few, many = events(10), events(30)
    turn = {kind: (many[kind] - few[kind]) / 20 for kind in many}
    assert turn["dispatch_begin on local-sync"] == dispatches
    assert turn["wait on host"] == 1
    for kind in ("alloc", "transfer", "upload"):
        assert turn.get(f"{kind} on local-sync", 0) == turn.get(f"{kind} on host", 0) == 0
