"""Light data classes behave as those of `dataclasses` do."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import dataclass

import pytest

from ireelite.light_dataclass import field, light_dataclass


@light_dataclass(frozen=True)
class Point:
    """A frozen one."""

    x: int
    y: int = 2
    tags: tuple[str, ...] = field(default_factory=tuple)


@dataclass(frozen=True)
class Twin:
    """What `Point` is held against."""

    x: int
    y: int = 2
    tags: tuple[str, ...] = dataclasses.field(default_factory=tuple)


@light_dataclass()
class Row:
    """One that may change."""

    values: list[int] = field(default_factory=list)
    total: int = 0

    def __post_init__(self) -> None:
        self.total = sum(self.values)


def test_instances_are_equal_printed_and_matched_by_their_fields():
    point = Point(1, tags=("a",))
    assert point == Point(1, 2, ("a",)) != Point(1, 3, ("a",))
    assert point != Twin(1, 2, ("a",))
    assert repr(point) == repr(Twin(1, 2, ("a",))).replace("Twin", "Point")
    assert {point: 1}[Point(1, 2, ("a",))] == 1
    match point:
        case Point(x, y):
            assert (x, y) == (1, 2)


def test_frozen_instances_refuse_changes_and_others_are_not_hashed():
    point = Point(1)
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'x'"):
        point.x = 3  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'y'"):
        del point.y
    with pytest.raises(TypeError, match="unhashable"):
        hash(Row())


def test_factories_make_a_value_for_each_instance():
    first, second = Row(), Row([1, 2])
    first.values.append(3)
    assert (Row().values, second.total) == ([], 3)
    assert not hasattr(Row, "values")


def test_arguments_are_checked_as_those_of_any_function():
    with pytest.raises(TypeError, match=r"Point.__init__\(\) missing 1 required .* 'x'"):
        Point()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        Point(1, z=2)  # type: ignore[call-arg]


def test_functions_of_dataclasses_take_them():
    assert [row.name for row in dataclasses.fields(Point)] == ["x", "y", "tags"]
    assert dataclasses.asdict(Point(1)) == {"x": 1, "y": 2, "tags": ()}
    assert dataclasses.replace(Point(1), y=5) == Point(1, 5)
    assert pickle.loads(pickle.dumps(Point(4))) == copy.copy(Point(4)) == Point(4)


def test_classes_that_cannot_be_light_are_refused():
    with pytest.raises(TypeError, match="derives from object alone"):
        light_dataclass()(type("Child", (Point,), {"__annotations__": {"z": "int"}}))
    with pytest.raises(TypeError, match="at least one field"):
        light_dataclass()(type("Empty", (), {}))
    with pytest.raises(TypeError, match="b has no default"):
        light_dataclass()(type("Late", (), {"__annotations__": {"a": "int", "b": "int"}, "a": 1}))
    with pytest.raises(TypeError, match="default_factory"):
        odd = {"__annotations__": {"a": "int"}, "a": dataclasses.field()}
        light_dataclass()(type("Odd", (), odd))
