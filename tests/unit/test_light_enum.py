"""Enumerations that are cheap to define act as those of `enum` do."""

from __future__ import annotations

import copy
import enum
import pickle

import pytest

from ireelite import light_enum

_CODES = {"OK": 0, "LOST": 2, "GONE": 2, "LATE": 7}
_BITS = {"NONE": 0, "READ": 1, "WRITE": 2, "BOTH": 3, "MAP": 8}


class Codes(light_enum.IntEnum):
    """At the top of a module, as pickled classes are."""

    OK = 0
    LATE = 7

    @property
    def is_late(self) -> bool:
        """Whether it is the one."""
        return self == Codes.LATE


def _both(base: str, members: dict[str, int]) -> list[type]:
    """The same class by either module."""
    made: list[type] = []
    for module in (enum, light_enum):
        bases = (getattr(module, base),)
        meta = type(bases[0])
        prepare = meta.__prepare__
        body = prepare("Kind", bases)
        for name, value in {"__module__": __name__, "__qualname__": "Kind", **members}.items():
            body[name] = value
        made.append(meta("Kind", bases, body))
    return made


def _seen(kind: type) -> list[object]:
    """What can be observed of a class and its members."""
    members: dict[str, int] = kind.__members__  # type: ignore[attr-defined]
    rows = [
        (key, member.name, member.value, repr(member), str(member), f"{member:03d}", hash(member))
        for key, member in members.items()
    ]
    return [*rows, [repr(member) for member in kind], len(kind)]  # type: ignore[attr-defined, call-overload]


@pytest.mark.parametrize(("base", "members"), [("IntEnum", _CODES), ("IntFlag", _BITS)])
def test_members_are_those_of_enum(base: str, members: dict[str, int]) -> None:
    theirs, ours = _both(base, members)
    assert _seen(ours) == _seen(theirs)


def test_values_give_members_and_other_values_are_refused() -> None:
    assert Codes(7) is Codes.LATE
    assert Codes["OK"] is Codes.OK
    assert Codes.LATE.is_late
    with pytest.raises(ValueError, match="3 is not a valid Codes"):
        Codes(3)
    with pytest.raises(KeyError):
        Codes["NEVER"]
    with pytest.raises(AttributeError, match="cannot reassign member 'OK'"):
        Codes.OK = 3  # type: ignore[misc]


def test_flags_combine_as_those_of_enum_do() -> None:
    theirs, ours = _both("IntFlag", {name: bit for name, bit in _BITS.items() if name != "BOTH"})
    for value in range(32):
        combined, expected = ours(value), theirs(value)
        assert (repr(combined), combined.name) == (repr(expected), expected.name)
        assert [repr(bit) for bit in combined] == [repr(bit) for bit in expected]
        assert [bit in combined for bit in ours] == [bit in expected for bit in theirs]
        for other in (0, 1, 6, 9):
            for got, want in (
                (combined | other, expected | other),
                (combined & other, expected & other),
                (combined ^ other, expected ^ other),
                (other | combined, other | expected),
            ):
                assert (type(got), repr(got)) == (ours, repr(want))


def test_copies_are_the_members_themselves() -> None:
    assert pickle.loads(pickle.dumps(Codes.LATE)) is Codes.LATE
    assert copy.deepcopy([Codes.OK])[0] is Codes.OK
