"""Garbage collection is put off and is as it was afterwards."""

from __future__ import annotations

import gc

import pytest

from ireelite.garbage import collection_paused


@pytest.fixture(autouse=True)
def _collecting():
    """Has collection on and nothing frozen, before and behind the test."""
    gc.unfreeze()
    gc.enable()
    yield
    gc.unfreeze()
    gc.enable()


def test_no_collection_runs_meanwhile_and_what_was_made_is_old_afterwards():
    before = sum(row["collections"] for row in gc.get_stats())
    with collection_paused():
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
    with collection_paused():
        pass
    assert gc.get_freeze_count() >= frozen - 1_000  # those that were released meanwhile
