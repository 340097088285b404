"""Light named tuples behave as those of `typing` do."""

from __future__ import annotations

import copy
import pickle
import typing

import pytest

from ireelite.light_named_tuple import NamedTuple


class Span(NamedTuple):
    """A part of a text."""

    start: int
    end: int = 9

    def length(self) -> int:
        """How many places it has."""
        return self.end - self.start

    @property
    def middle(self) -> int:
        """Between both ends."""
        return (self.start + self.end) // 2


class Twin(typing.NamedTuple):
    """What `Span` is held against."""

    start: int
    end: int = 9


class Change(NamedTuple):
    """Fields that have the names of what makes tuples."""

    cls: type
    new: bytes = b""
    tuple: int = 1


class Longer(Span):
    """A class of its own, with the same fields."""


def test_is_a_tuple_with_names() -> None:
    span = Span(2)
    assert span == (2, 9) == Twin(2) and isinstance(span, tuple) and hash(span) == hash((2, 9))
    assert (span.start, span.end, span.middle, span.length()) == (2, 9, 5, 7)
    assert repr(span) == repr(Twin(2)).replace("Twin", "Span")
    assert Span.__doc__ == "A part of a text." and Span._fields == Twin._fields
    assert Span._field_defaults == Twin._field_defaults
    assert Span(end=1, start=0) == (0, 1)
    match span:
        case Span(start, end):
            assert (start, end) == (2, 9)
    assert type(Longer(3)) is Longer and Longer(3) == (3, 9) and type(Span(3)) is Span


def test_fields_have_any_name_without_an_underscore_before_it() -> None:
    assert Change(int, b"1") == (int, b"1", 1) and Change(str, new=b"2", tuple=3).new == b"2"
    with pytest.raises(TypeError, match="Wrong: fields do not begin with an underscore"):

        class Wrong(NamedTuple):  # pyright: ignore
            _first: int  # pyright: ignore


def test_is_copied_and_changed() -> None:
    span = Span(2, 3)
    assert pickle.loads(pickle.dumps(span)) == copy.copy(span) == span
    assert span._replace(end=4) == (2, 4) and type(span._replace(end=4)) is Span
    assert span._asdict() == {"start": 2, "end": 3}
    assert Span._make([5, 6]) == (5, 6)


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: Span(),  # pyright: ignore
        lambda: Span(1, 2, 3),  # pyright: ignore
        lambda: Span(1, other=2),  # pyright: ignore
        lambda: Span._make([1]),
        lambda: Span(1)._replace(other=2),
    ],
)
def test_refuses_what_fields_do_not_take(mistake: typing.Callable[[], object]) -> None:
    with pytest.raises((TypeError, ValueError)):
        mistake()


def test_is_not_changed_in_place() -> None:
    with pytest.raises(AttributeError):
        Span(1).start = 2  # pyright: ignore
    with pytest.raises(AttributeError):
        Span(1).other = 2  # pyright: ignore


def test_fields_with_defaults_come_last() -> None:
    with pytest.raises(TypeError, match="Wrong: a field without a default follows"):

        class Wrong(NamedTuple):  # pyright: ignore
            first: int = 1
            second: int  # pyright: ignore
