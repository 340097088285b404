"""Finds the origins of ops that were added where no op was removed: by location, or by operands,
users and symbols.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection

from workbench.dumps.ops import NONE, Program

MOST = 4
"""The largest number of origins that one location gives to an op."""
_SYMBOL = re.compile(r'@("[^"]*"|[\w$.\-]+)')
DEFINING = ("global", "rodata", "executable", "func")
"""Endings of the names of ops whose symbol others name."""
CONTAINERS = ("func", "module", "executable", "variant", "export")


class Origins:
    """Finds serials of old ops as origins of ops of the new program."""

    def __init__(self, old: Program, new: Program, gone: Collection[int]):
        """Takes the ops of the old program that are not in the new one as `gone`."""
        self._old, self._new, self._gone = old, new, set(gone)
        self._at: dict[tuple[str, int, int], list[int]] | None = None
        self._definers: list[list[int]] | None = None
        self._users: dict[int, int] = {}
        self._said: Counter[int] | None = None
        """How many ops of the new program have each form."""
        self._known: set[int] = set()
        """The serials of the old program."""
        self._symbols: dict[str, int] = {}
        self._named: dict[str, int] = {}
        """Symbol -> serial of the old op that defines it."""
        self._defined: dict[str, int] = {}
        """Symbol -> new op that defines it."""

    def located(self, n: int, parents: list[int]) -> list[int]:
        """Returns the serials of up to `MOST` old ops at the location of op `n`, those that are
        gone if there are any. Returns none if one of its `parents` has that location.
        """
        place = self._new.places[n]
        if place is None:
            return []
        at = self._at
        if at is None:
            at = self._at = defaultdict(list)
            for k, own in enumerate(self._old.places):
                if own is not None and not self._old.facts[k].name.endswith(CONTAINERS):
                    at[own].append(k)
        found = at.get(place, [])
        serials = [self._old.serials[k] for k in found]
        if not found or not set(parents).isdisjoint(serials):
            return []
        gone = [self._old.serials[k] for k in found if k in self._gone]
        return (gone or serials)[:MOST]

    def near(self, n: int) -> list[int]:
        """Returns the serial of an op close to new op `n`, in a list, which is empty if there is
        none: of the op that defines its symbol or an operand, of the old op that its symbol is named
        after, of the first op that uses its result or its symbol, or of the op around it, whichever
        is found first. Of a region that was put around older ops, returns up to `MOST` of those.
        """
        if self._definers is None:
            self._read()
        assert self._definers is not None
        serials, symbol = self._new.serials, self._new.facts[n].symbol
        if inside := self._inside(n):
            return inside
        for k in [self._defined.get(symbol, n), *self._definers[n]]:
            if serials[k] != NONE:
                return [serials[k]]
        # Symbols that belong to @weights are called @weights__size or @weights_0.
        stem = symbol.rpartition("_")[0]
        while stem:
            if (named := self._named.get(stem.rstrip("_"))) is not None:
                return [named]
            stem = stem.rpartition("_")[0]
        user = self._users.get(n)
        if user is None and symbol:
            user = self._symbols.get(symbol)
        for k in (user, self._around(n)):
            if k is not None and serials[k] != NONE:
                return [serials[k]]
        return []

    def _around(self, n: int) -> int | None:
        """Returns the op around an op, unless it is a function or holds functions."""
        depths, k = self._new.depths, n - 1
        while k >= 0 and depths[k] >= depths[n]:
            k -= 1
        return None if k < 0 or self._new.facts[k].name.endswith(CONTAINERS) else k

    def _inside(self, n: int) -> list[int]:
        """Returns the serials of the first ops inside an op that were kept, those directly inside if
        there are any; what ends the op's region is none of them. Ops that say what no other op says
        are preferred: those were followed for certain.
        """
        new, inner = self._new, range(n + 1, self._new.end(n))
        if not inner:
            return []
        if self._said is None:
            self._said, self._known = Counter(new.forms), set(self._old.serials)
        kept = [k for k in inner if new.serials[k] in self._known]
        sure = [k for k in kept if self._said[new.forms[k]] == 1]
        direct = [k for k in sure if new.depths[k] == new.depths[n] + 1 and k + 1 < inner.stop]
        return [new.serials[k] for k in direct or sure or kept][:MOST]

    def _read(self) -> None:
        """Reads which ops define and use which values. A name may recur in another function: the
        last definition before a use counts.
        """
        self._definers = []
        for facts, serial in zip(self._old.facts, self._old.serials, strict=True):
            if facts.symbol and facts.name.endswith(DEFINING):
                self._named.setdefault(facts.symbol, serial)
        known: dict[str, int] = {}
        for n, facts in enumerate(self._new.facts):
            if facts.symbol and facts.name.endswith(DEFINING):
                self._defined.setdefault(facts.symbol, n)
            definers = [known[name] for name in facts.operands if name in known]
            self._definers.append(definers)
            for k in definers:
                self._users.setdefault(k, n)
            for name in facts.defines:
                known[name] = n
            for name in _SYMBOL.findall(self._new.lines[n][0]):
                symbol = name.strip('"')
                if symbol != facts.symbol or not facts.name.endswith(DEFINING):
                    self._symbols.setdefault(symbol, n)
