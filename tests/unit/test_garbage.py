"""Garbage collection is put off and is as it was afterwards."""

from __future__ import annotations

import gc
import weakref

import pytest

import ireelite
from ireelite.garbage import collection_paused

SOURCE = """
func.func @f(%a: tensor<f32>) -> tensor<f32> {
  %0 = stablehlo.tanh %a : tensor<f32>
  return %0 : tensor<f32>
}"""


@pytest.fixture(autouse=True)
def _collecting():
    """Has collection on and nothing frozen, before and behind the test."""
    gc.unfreeze()
    gc.enable()
    yield
    gc.unfreeze()
    gc.enable()


def test_no_collection_runs_meanwhile_and_what_stays_is_old_afterwards():
    before = sum(row["collections"] for row in gc.get_stats())
    with collection_paused(stays=True):
        kept = [[] for _ in range(10_000)]
        assert not gc.isenabled()
        assert sum(row["collections"] for row in gc.get_stats()) == before
    assert gc.isenabled()
    assert not any(each is kept for each in gc.get_objects(generation=0))
    assert any(each is kept for each in gc.get_objects(generation=2))


def test_collection_is_on_again_behind_an_error():
    with pytest.raises(KeyError), collection_paused():
        raise KeyError
    assert gc.isenabled()


def test_collection_that_is_off_stays_off():
    gc.disable()
    with collection_paused():
        pass
    assert not gc.isenabled()


def test_objects_that_the_program_has_frozen_stay_frozen():
    gc.freeze()
    frozen = gc.get_freeze_count()
    with collection_paused(stays=True):
        pass
    assert gc.get_freeze_count() >= frozen - 1_000  # those that were released meanwhile


def test_modules_that_are_loaded_in_a_loop_are_collected_without_being_asked_for():
    data = ireelite.compile(SOURCE, targets="vmvx").data
    ireelite.load(data)
    gc.collect()
    modules = []
    for _ in range(40):
        module = ireelite.load(data)
        module.f(1.0)
        modules.append(weakref.ref(module))
    assert sum(each() is not None for each in modules) < 20
