"""Functions of data classes that wait for their first call do what those do that do not."""

from __future__ import annotations

import copy
import dataclasses
import sys
import types
from typing import Any

import pytest

from ireelite.deferred_functions import defer_functions, deferred

TEXT = """
from dataclasses import dataclass, field

@dataclass(frozen=True)
class Point:
    x: int
    y: int = 2
    notes: list[str] = field(default_factory=list, compare=False)

@dataclass(frozen=True)
class Place(Point):
    z: int = 3

@dataclass(order=True)
class Row:
    total: int

    def __post_init__(self):
        self.total += 1
"""


@pytest.fixture(params=["ireelite.sample_of_a_test", "sample_of_a_test"])
def sample(request, monkeypatch):
    """A module whose data classes wait, and one whose do not."""
    defer_functions()
    module = types.ModuleType(request.param)
    monkeypatch.setitem(sys.modules, request.param, module)
    exec(TEXT, module.__dict__)
    return module


def test_instances_are_made_compared_and_shown(sample):
    place = sample.Place(1, z=4)
    assert (place.x, place.y, place.z, place.notes) == (1, 2, 4, [])
    assert place == sample.Place(1, 2, ["a"], 4) != sample.Place(1) and place != 1
    assert sample.Point(1) != sample.Place(1) and sample.Point(1) == sample.Point(1)
    assert hash(place) == hash(copy.deepcopy(place)) and len({place, sample.Place(1)}) == 2
    assert repr(place) == "Place(x=1, y=2, notes=[], z=4)"
    assert dataclasses.replace(place, z=5).z == 5 and dataclasses.asdict(place)["y"] == 2
    assert sample.Row(1) < sample.Row(2) and sample.Row(1).total == 2


def test_mistakes_are_refused(sample):
    with pytest.raises(TypeError, match="__init__"):
        sample.Point()
    for change in (lambda p: setattr(p, "x", 2), lambda p: delattr(p, "x")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            change(sample.Place(1))
        with pytest.raises(dataclasses.FrozenInstanceError):
            change(sample.Point(1))


def test_functions_are_compiled_when_they_are_called():
    """And take the place of those that waited, in a class and in copies of it."""
    calls: list[str] = []

    def make():
        calls.append("made")
        return lambda self, more: (self, more)

    first = deferred("pair", make)
    one = type("One", (), {"pair": first})
    other = type("Other", (one,), {"pair": first})
    assert not calls
    thing: Any = other()
    assert thing.pair(1) == (thing, 1) and thing.pair(2) == (thing, 2) and calls == ["made"]
    assert one.__dict__["pair"] is other.__dict__["pair"] is not first
