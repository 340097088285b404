"""Where ops stand in the text that they were read from, if their locations do not say.

A program may give an op `loc(unknown)` or a location without a file. Both are kept as they are, in
printed text and in the module. The place in the text is kept beside them, for errors alone.
"""

from __future__ import annotations

from copy import copy

from xdsl.dialects.builtin import (
    ArrayAttr,
    CallSiteLoc,
    FileLineColLoc,
    FusedLoc,
    LocationAttr,
    NameLoc,
)
from xdsl.ir import Attribute

FIELD = "text_place"
"""The field of a location object that holds a place. It is no parameter: locations compare and
print without it.
"""


def innermost(location: Attribute) -> Attribute:
    """Returns the first plain location inside a fused, named or call-site location, at any depth."""
    while True:
        match location:
            case FusedLoc(locations=ArrayAttr(data=(first, *_))):
                location = first
            case NameLoc(location=inner):
                location = inner
            case CallSiteLoc(callee=inner):
                location = inner
            case _:
                return location


def with_place(location: LocationAttr, place: FileLineColLoc) -> LocationAttr:
    """The same location, which names no file, with the place of its op in a text."""
    placed = copy(location)
    object.__setattr__(placed, FIELD, place)
    return placed


def place_in(location: Attribute) -> FileLineColLoc | None:
    """The file, line and column of a location: those that it names, else those of its op's text."""
    named = innermost(location)
    return named if isinstance(named, FileLineColLoc) else getattr(location, FIELD, None)
