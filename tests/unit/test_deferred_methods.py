"""Generated methods that wait for their first call are those that `dataclasses` generates."""

from __future__ import annotations

import dataclasses
import sys
import types
from dataclasses import dataclass, field

import pytest

from ireelite import deferred_methods
from ireelite.deferred_methods import defer_methods

SOURCE = '''
"""A module of classes."""
from dataclasses import dataclass, field

@dataclass(frozen=True)
class Base:
    """With a default."""
    x: int
    tags: list[str] = field(default_factory=list, compare=False)

@dataclass(frozen=True)
class Child(Base):
    """Of a class whose methods are deferred too."""
    y: int = 3

@dataclass(order=True, slots=True)
class Ordered:
    """Compared."""
    x: int

@dataclass
class Recursive:
    """Printed within itself."""
    other: object = None
'''


def defined(package: str) -> dict:
    module = types.ModuleType(f"{package}.module_of_test")
    sys.modules[module.__name__] = module
    try:
        exec(SOURCE, module.__dict__)
    finally:
        del sys.modules[module.__name__]
    return module.__dict__


@pytest.fixture
def deferring(monkeypatch):
    monkeypatch.setattr(dataclasses, "_create_fn", dataclasses._create_fn)
    defer_methods()


@pytest.mark.usefixtures("deferring")
def test_classes_behave_as_those_of_other_packages():
    ours, theirs = defined("ireelite"), defined("elsewhere")
    for classes in (ours, theirs):
        child = classes["Child"](1)
        assert (child.x, child.y, child.tags) == (1, 3, [])
        assert child == classes["Child"](1, ["a"], 3) != classes["Child"](2)
        assert child != classes["Base"](1)
        assert hash(child) == hash((1, 3))
        assert repr(child) == "Child(x=1, tags=[], y=3)"
        assert repr(classes["Base"](4)) == "Base(x=4, tags=[])"
        with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'y'"):
            child.y = 5
        with pytest.raises(TypeError, match=r"Child.__init__\(\) missing 1 required"):
            classes["Child"]()
        assert dataclasses.replace(child, x=7) == classes["Child"](7)
        assert classes["Ordered"](1) < classes["Ordered"](2)
        recursive = classes["Recursive"]()
        recursive.other = recursive
        assert repr(recursive) == "Recursive(other=...)"


@pytest.mark.usefixtures("deferring")
def test_a_method_is_compiled_once_and_takes_its_place_in_the_class():
    child = defined("ireelite")["Child"]
    before = child.__init__
    child(1)
    assert child.__init__ is not before
    compiled = child.__init__
    child(2)
    assert child.__init__ is compiled
    assert compiled.__qualname__ == before.__qualname__ == "Child.__init__"


def test_classes_of_others_are_compiled_as_they_are_defined():
    assert set(deferred_methods._PACKAGES) == {"xdsl", "ireelite"}

    @dataclass
    class Elsewhere:
        values: list[int] = field(default_factory=list)

    before = Elsewhere.__init__
    Elsewhere()
    assert Elsewhere.__init__ is before
