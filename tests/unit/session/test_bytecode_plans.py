"""Call plans of compiled bytecode: when they are made, what ends them, and the memory they use."""

import random

import numpy as np
import pytest

import ireelite
from ireelite import call_plan
from ireelite.call_plan import offsets_within
from ireelite.hal import replay
from ireelite.hal.planning import PlannedMemory
from ireelite.loaders import vmvx
from ireelite.vm.jit import dispatch

SOURCE = """
func.func @sum(%a: tensor<3000xf32>, %b: tensor<3000xf32>) -> tensor<3000xf32> {
  %0 = stablehlo.add %a, %b : tensor<3000xf32>
  return %0 : tensor<3000xf32>
}
func.func @sorted(%a: tensor<60xi32>) -> tensor<60xi32> {
  %0 = "stablehlo.sort"(%a) ({
  ^bb0(%x: tensor<i32>, %y: tensor<i32>):
    %1 = stablehlo.compare LT, %x, %y : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  }) {dimension = 0 : i64} : (tensor<60xi32>) -> tensor<60xi32>
  return %0 : tensor<60xi32>
}
"""
LOOP = """
func.func @loop(%a: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %0 = stablehlo.constant dense<0> : tensor<i32>
  %1 = stablehlo.constant dense<40> : tensor<i32>
  %2 = stablehlo.constant dense<1> : tensor<i32>
  %3:2 = stablehlo.while(%x = %a, %i = %0) : tensor<64x64xf32>, tensor<i32>
  cond {
    %4 = stablehlo.compare LT, %i, %1 : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %4 : tensor<i1>
  } do {
    %5 = stablehlo.dot %x, %a : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
    %6 = stablehlo.tanh %5 : tensor<64x64xf32>
    %7 = stablehlo.add %i, %2 : tensor<i32>
    stablehlo.return %6, %7 : tensor<64x64xf32>, tensor<i32>
  }
  return %3#0 : tensor<64x64xf32>
}
"""
CALLS = 2 + replay.TIMED_RUNS
"""After which a function whose code is compiled has a plan with a quick call."""


@pytest.fixture(scope="module")
def program():
    return ireelite.compile(SOURCE, targets=["vmvx"])


@pytest.fixture
def compiled_at_once(monkeypatch):
    monkeypatch.setattr(dispatch, "MAX_INTERPRETED_WORKGROUPS", 0)


def pair(seed):
    random = np.random.default_rng(seed)
    return [random.normal(size=3000).astype(np.float32) for _ in range(2)]


def test_a_plan_is_made_when_the_code_is_compiled(program, monkeypatch):
    monkeypatch.setattr(dispatch, "MAX_INTERPRETED_WORKGROUPS", 9 * (dispatch.DISPATCH + 1))
    monkeypatch.setattr(dispatch, "SECONDS_PER_INSTRUCTION", 1e9)
    monkeypatch.setattr(dispatch, "MAX_INTERPRETED_SECONDS", 1e9)
    function = ireelite.load(program)["sum"]
    plans = []
    for seed in range(20):
        a, b = pair(seed)
        assert (function(a, b) == a + b).all()
        plans.append(len(function._plans))
    # Tried at the second, fourth, eighth and sixteenth call.
    assert plans == [0] * 15 + [1] * 5


def test_an_array_that_is_passed_twice(program, compiled_at_once):
    function = ireelite.load(program)["sum"]
    for seed in range(CALLS + 2):
        a, _ = pair(seed)
        assert (function(a, a) == a + a).all()
    assert function._quick is not None


def test_a_plan_that_needs_too_many_instructions_is_undone(program, compiled_at_once, monkeypatch):
    monkeypatch.setattr(vmvx, "MAX_PLANNED_INSTRUCTIONS", 5000)
    function = ireelite.load(program)["sorted"]
    numbers = np.arange(60, dtype=np.int32)
    for _ in range(CALLS):
        assert (function(numbers) == numbers).all()
    assert function._quick is not None
    # An insertion sort moves each element of a falling sequence past all those before.
    assert (function(numbers[::-1].copy()) == numbers).all()
    assert not function._plans and function._quick is None
    for _ in range(CALLS):
        assert (function(numbers) == numbers).all()
    assert not function._plans


def test_a_plan_that_stops_while_it_is_timed(program, compiled_at_once, monkeypatch):
    monkeypatch.setattr(vmvx, "MAX_PLANNED_INSTRUCTIONS", 100)
    function = ireelite.load(program)["sum"]
    for seed in range(CALLS + 2):
        a, b = pair(seed)
        assert (function(a, b) == a + b).all()
    assert not function._plans


def test_a_call_that_takes_long_has_no_plan(program, compiled_at_once, monkeypatch):
    monkeypatch.setattr(call_plan, "LONGEST", 0)
    function = ireelite.load(program)["sum"]
    plans = []
    for seed in range(CALLS):
        a, b = pair(seed)
        assert (function(a, b) == a + b).all()
        plans.append(len(function._plans))
    assert plans == [0, 1, 1, 0, 0]


@pytest.mark.parametrize("device", ["local-sync", "local-task"])
def test_turns_of_a_loop_use_memory_again(device):
    program = ireelite.compile(LOOP, targets=["llvm-cpu"])
    recorded = ireelite.load(program, device=device, record=True)
    function = ireelite.load(program, device=device)["loop"]
    a = np.random.default_rng(2).normal(0, 0.1, (64, 64)).astype(np.float32)
    for _ in range(CALLS + 1):
        assert (function(a) == recorded["loop"](a)).all()
    (plan,) = function._plans
    assert plan._layout.arena <= 3 * a.nbytes


def test_no_two_allocations_in_use_lie_at_the_same_place():
    for seed in range(200):
        choose = random.Random(seed)
        rows, now = [], 0
        for _ in range(choose.randrange(30)):
            now += choose.randrange(3)
            rows.append(PlannedMemory(choose.choice([0, 1, 64, 65, 300, 4096]), now))
            if choose.random() < 0.8:
                rows[-1].died = now + choose.randrange(4)
        offsets, size = offsets_within(rows)
        ends = [offset + row.byte_length for offset, row in zip(offsets, rows, strict=True)]
        assert all(end <= size for end in ends) and all(offset % 64 == 0 for offset in offsets)
        for n, row in enumerate(rows):
            for m in range(n):
                gone = rows[m].died is not None and rows[m].died <= row.born
                assert gone or offsets[n] >= ends[m] or offsets[m] >= ends[n]


def test_memory_is_used_again():
    rows = [PlannedMemory(100, born) for born in range(50)]
    for row in rows:
        row.died = row.born + 1
    assert offsets_within(rows) == ([0] * 50, 128)
