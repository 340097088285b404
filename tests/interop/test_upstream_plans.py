"""Modules that upstream's `iree-compile` made for CPUs run by plans here, with the same results."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ireelite
from ireelite.executables import machine
from ireelite.hal import replay
from ireelite.hal.host_pool import host_pool
from ireelite.vm.jit import dispatch

pytestmark = pytest.mark.interop

COMPILER = Path(sys.executable).parent / "iree-compile"
FLAGS = ("--iree-hal-target-device=local", "--iree-llvmcpu-target-cpu=generic")
BACKEND = "--iree-hal-local-target-device-backends"
NATIVE = pytest.mark.skipif(not machine.is_supported(), reason="the code is for x86-64 Linux")
SOURCE = """
func.func @wide(%a: tensor<400x999xf32>) -> tensor<400x999xf32> {
  %0 = stablehlo.multiply %a, %a : tensor<400x999xf32>
  return %0 : tensor<400x999xf32>
}
func.func @loop(%a: tensor<256xi32>) -> tensor<256xi32> {
  %0 = stablehlo.constant dense<0> : tensor<i32>
  %1 = stablehlo.constant dense<300> : tensor<i32>
  %2 = stablehlo.constant dense<1> : tensor<i32>
  %3:2 = stablehlo.while(%x = %a, %i = %0) : tensor<256xi32>, tensor<i32>
  cond {
    %4 = stablehlo.compare LT, %i, %1 : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %4 : tensor<i1>
  } do {
    %5 = stablehlo.multiply %x, %x : tensor<256xi32>
    %6 = stablehlo.add %5, %a : tensor<256xi32>
    %7 = stablehlo.add %i, %2 : tensor<i32>
    stablehlo.return %6, %7 : tensor<256xi32>, tensor<i32>
  }
  return %3#0 : tensor<256xi32>
}
func.func @sorts_a_constant(%a: tensor<6xi32>) -> tensor<6xi32> {
  %0 = util.unfoldable_constant dense<[3, 2, 6, 1, 4, 5]> : tensor<6xi32>
  %1 = "stablehlo.sort"(%0) ({
  ^bb0(%x: tensor<i32>, %y: tensor<i32>):
    %less = stablehlo.compare LT, %x, %y : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %less : tensor<i1>
  }) {dimension = 0 : i64, is_stable = false} : (tensor<6xi32>) -> tensor<6xi32>
  %2 = stablehlo.multiply %1, %a : tensor<6xi32>
  return %2 : tensor<6xi32>
}
"""
CALLS = 4 + replay.TIMED_RUNS


@pytest.fixture(scope="module", params=["vmvx", pytest.param("llvm-cpu", marks=NATIVE)])
def module(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plans") / "module.vmfb"
    command = [str(COMPILER), *FLAGS, f"{BACKEND}={request.param}", "-", "-o", str(path)]
    subprocess.run(command, input=SOURCE.encode(), check=True, timeout=120)
    return path


@pytest.fixture(autouse=True)
def compiled_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "MAX_INTERPRETED_WORKGROUPS", 0)


@pytest.mark.parametrize("above", ["SHARED_ABOVE", "SHARED_IN_BURSTS_ABOVE"])
def test_threads_share_workgroups(
    module: Path, above: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, above, 0)
    pool = host_pool()
    monkeypatch.setattr(pool, "threads", 3)
    pool.stop()
    function = ireelite.load(module, device="local-task")["wide"]
    a = np.random.default_rng(1).normal(size=(400, 999)).astype(np.float32)
    for _ in range(20):
        assert (function(a) == a * a).all()
    (plan,) = function._plans
    assert plan._replay.is_shared and function._quick is not None
    pool.stop()


@pytest.mark.parametrize("device", ["local-sync", "local-task"])
def test_arrays_at_any_offset(module: Path, device: str) -> None:
    function = ireelite.load(module, device=device)["wide"]
    whole = np.random.default_rng(2).normal(size=400 * 999 + 16).astype(np.float32)
    for start in (0, 4, 8, 12, 16, 1, 2, 3) * 2:
        a = whole[start : start + 400 * 999].reshape(400, 999)
        before = a.copy()
        assert (function(a) == before * before).all() and (a == before).all()
    assert len(function._plans) == 1


@pytest.mark.parametrize("device", ["local-sync", "local-task"])
def test_a_loop_is_one_plan(module: Path, device: str) -> None:
    function = ireelite.load(module, device=device)["loop"]
    for seed in range(CALLS):
        a = np.random.default_rng(seed).integers(-9, 9, 256, np.int32)
        expected = a
        for _ in range(300):
            expected = expected * expected + a
        assert (function(a) == expected).all()
    (plan,) = function._plans
    # Each turn's buffers take the memory that the turn before the last has given back.
    assert function._quick is not None and plan._layout.arena <= 4 * a.nbytes


def test_a_constant_that_is_sorted_in_place_stays_as_it_is(module: Path) -> None:
    function = ireelite.load(module)["sorts_a_constant"]
    for factor in range(CALLS):
        a = np.full(6, factor, np.int32)
        assert function(a).tolist() == [factor * n for n in range(1, 7)]
