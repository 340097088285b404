"""Where ops stand in the text that they were read from, if their locations do not say.

A program may give an op `loc(unknown)` or a location without a file. Both are kept as they are, in
printed text and in the module. The place in the text is kept beside them, for errors alone.
"""

from __future__ import annotations

from collections.abc import Iterator
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


def parts_of(location: Attribute) -> Iterator[Attribute]:
    """Yields a location, and each first part of a fused, named or call-site one, down to the
    innermost.
    """
    while True:
        yield location
        match location:
            case FusedLoc(locations=ArrayAttr(data=(first, *_))):
                location = first
            case NameLoc(location=inner):
                location = inner
            case CallSiteLoc(callee=inner):
                location = inner
            case _:
                return


def with_place(location: LocationAttr, place: FileLineColLoc) -> LocationAttr:
    """Returns the same location, which names no file, with the place of its op in a text."""
    placed = copy(location)
    object.__setattr__(placed, FIELD, place)
    return placed


def place_in(location: Attribute) -> FileLineColLoc | None:
    """Returns the file, line and column of a location: those that it names, else those of its op's
    text.
    """
    kept = None
    for part in parts_of(location):
        if isinstance(part, FileLineColLoc):
            return part
        kept = getattr(part, FIELD, kept)
    return kept


def name_in(location: Attribute) -> str:
    """Returns the name of a location that has one; of a graph's op it is the name of its node."""
    names = (part.desc.data for part in parts_of(location) if isinstance(part, NameLoc))
    return next(names, "")
