"""Finds what the ops that a pass made come from: the op whose place each one took, or where it took
that of none, its location, users, operands and symbols.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Container, Iterable, Iterator
from functools import cached_property

from workbench.dumps.align import ENDS
from workbench.dumps.follow import Changes
from workbench.dumps.ops import NONE, Program, definers

MOST = 4
"""The largest number of origins that one location, or a region, gives to an op."""
ROUNDS = 4
"""How often the origins of ops are looked for near them, each time with those that were found."""
MAX_FOLDED = 4
"""The largest number of ops without an image of their own that count as folded into one op."""
_SYMBOL = re.compile(r'(?<!<)@("[^"]*"|[\w$.\-]+)')
DEFINING = ("global", "rodata")
"""Endings of the names of ops whose symbol names a value."""
CONTAINERS = ("func", "module", "executable", "variant", "executable.export")
"""Endings of the names of ops that nothing inside comes from."""
ALLOCATES = re.compile(r"\.(de)?alloca?$|^tensor\.empty$|^stream\.resource\.pack$")
FREES = re.compile(r"\.dealloca?$")
_BOUND = re.compile(r"(%[\w$.\-]+)(?:#\d+)? as (%[\w$.\-]+)")
CONSTANT = re.compile(r"\.const(ant)?\b")


class Origins:
    """Finds serials of old ops as origins of ops of the new program."""

    def __init__(self, old: Program, new: Program, changes: Changes, invented: Container[int]):
        """Takes two programs and how they differ, and the serials of ops that come from none."""
        self._old, self._new, self._changes = old, new, changes
        self._invented = invented
        self._found: dict[int, list[int]] = {}
        """The origins of ops of the new program that have been yielded."""

    def of_all(self) -> Iterator[tuple[int, list[int]]]:
        """Yields (op of the new program, serials of what it comes from) for each op that was not
        kept; none for one whose origin cannot be told.
        """
        old, new, changes = self._old, self._new, self._changes
        # What is made in the place of nothing may be a copy, as calls that are inlined are.
        copied = {form: [serial] for form, serial in zip(old.forms, old.serials, strict=True)}
        folded = self._folded()
        orphans: list[int] = []
        for gone, made in changes.groups:
            inlined = _callees(old, gone)
            for n in made:
                partner = changes.partners.get(n, NONE)
                if body := inlined.get(new.forms[n]):
                    own = [body.popleft()]
                elif gone and (namesake := self._namesake(n, partner)) != NONE:
                    own = [old.serials[namesake]]
                elif executable := self._executable(n):
                    own = executable
                elif self._is_allocation(n, partner):
                    own = []
                elif n not in changes.sure and (inside := self._inside(n)):
                    own = inside
                elif partner != NONE:
                    own = [old.serials[k] for k in (partner, *folded.get(partner, ()))]
                else:
                    own = [] if gone or self._is_common(n) else copied.get(new.forms[n], [])
                if own := self._located(n, own) or own:
                    self._found[n] = own
                    yield n, own
                else:
                    orphans.append(n)
        # An op that was made for its user stands before the user and gets the user's origin.
        # What stands inside an op comes before it in this order, and both before what names it.
        orphans.sort(key=lambda n: (new.end(n) == n + 1, -n))
        for _ in range(ROUNDS):
            left: list[int] = []
            for n in orphans:
                if own := self._near(n):
                    self._found[n] = own
                    yield n, own
                else:
                    left.append(n)
            was, orphans = len(orphans), left
            if len(left) == was:
                break
        for n in orphans:
            yield n, self._instead_of.get(n, [])

    def _is_common(self, n: int) -> bool:
        """Returns whether new op `n` has regions or ends one: equal lines of such ops do not show
        that one is a copy of the other.
        """
        return self._new.facts[n].name.endswith(ENDS) or self._new.end(n) > n + 1

    def _executable(self, n: int) -> list[int]:
        """Returns the serial of the executable that new op `n` names in an initializer that was made
        to load it; none for another op.
        """
        line = self._new.lines[n][0]
        if "@" in line and any(n in loader for loader in self._loaders):
            found = (self._executables.get(name, NONE) for name in self._names(n))
            return [serial for serial in found if serial != NONE][:1]
        return []

    @cached_property
    def _loaders(self) -> list[range]:
        """The initializers of the new program that were not there."""
        new = self._new
        return [
            range(n, new.end(n))
            for n, facts in enumerate(new.facts)
            if facts.name.endswith(".initializer") and new.serials[n] == NONE
            if n not in self._changes.partners
        ]

    @cached_property
    def _executables(self) -> dict[str, int]:
        """Symbol -> serial of the executable of that name in the new program."""
        own = zip(self._new.facts, self._new.serials, strict=True)
        return {facts.symbol: n for facts, n in own if facts.name.endswith(".executable")}

    def _is_allocation(self, n: int, partner: int) -> bool:
        """Returns whether new op `n` allocates or frees memory where old op `partner` did not: it was
        made for what is written there.
        """
        if not ALLOCATES.search(self._new.facts[n].name):
            return False
        return partner == NONE or not ALLOCATES.search(self._old.facts[partner].name)

    def _namesake(self, n: int, partner: int) -> int:
        """Returns the first op that is gone and named the function or executable that new op `n`
        names, which no op named like `n` did; -1 if there is none, or if `partner` named it, too.
        """
        new = self._new
        if new.facts[n].is_scope or "@" not in new.lines[n][0] or self._executable(n):
            return NONE
        for symbol in self._names(n):
            users = self._gone_users.get(symbol, [])
            if users and partner not in users:
                return users[0]
        return NONE

    @cached_property
    def _gone_users(self) -> dict[str, list[int]]:
        """Symbol -> the ops that are gone and named it, if it is that of a function or executable."""
        old, users = self._old, defaultdict[str, list[int]](list)
        scopes = {facts.symbol for facts in old.facts if facts.is_scope}
        for n in sorted(self._gone):
            if not old.facts[n].is_scope and "@" in old.lines[n][0]:
                for symbol in _SYMBOL.findall(old.lines[n][0]):
                    if (symbol := symbol.strip('"')) in scopes:
                        users[symbol].append(n)
        return users

    @cached_property
    def _instead_of(self) -> dict[int, list[int]]:
        """For ops in groups that took the place of others, the last of the outermost of those."""
        found: dict[int, list[int]] = {}
        for gone, made in self._changes.groups:
            if inner := [k for k in reversed(gone) if not self._old.facts[k].is_scope]:
                k = min(inner, key=self._old.depths.__getitem__)
                found |= {n: [self._old.serials[k]] for n in made}
        return found

    def _of(self, n: int) -> list[int]:
        """Returns what an op of the new program comes from: itself, if it was kept; none of what a
        pass invented.
        """
        serial = self._new.serials[n]
        own = self._found.get(n, [] if serial == NONE else [serial])
        return [serial for serial in own if serial not in self._invented]

    def _folded(self) -> dict[int, list[int]]:
        """Returns, by the op that used them, ops that are gone without an image of their own."""
        old, folded = self._old, defaultdict[int, list[int]](list)
        absorbed = {n for n in self._changes.absorbed if not CONSTANT.search(old.facts[n].name)}
        if not absorbed:
            return folded
        paired = set(self._changes.partners.values())
        into: dict[int, int] = {}
        for n in sorted(absorbed, reverse=True):
            user = self._old_users.get(n, NONE)
            user = into.get(user, user)
            if user in paired and len(folded[user]) < MAX_FOLDED:
                into[n] = user
                folded[user].append(n)
        return folded

    @cached_property
    def _old_users(self) -> dict[int, int]:
        users: dict[int, int] = {}
        for n, own in definers(self._old, range(len(self._old))):
            for k in own:
                if isinstance(k, int):
                    users.setdefault(k, n)
        return users

    # -- by location -------------------------------------------------------------------------------

    def _located(self, n: int, parents: list[int]) -> list[int]:
        """Returns the serials of up to `MOST` old ops at the location of op `n`, those that are
        gone if there are any. Returns none if one of its `parents` has that location.
        """
        place = self._new.places[n]
        if place is None:
            return []
        found = self._at.get(place, [])
        serials = [self._old.serials[k] for k in found]
        if not found or not set(parents).isdisjoint(serials):
            return []
        gone = [self._old.serials[k] for k in found if k in self._gone]
        return (gone or serials)[:MOST]

    @cached_property
    def _gone(self) -> set[int]:
        return {n for gone, _ in self._changes.groups for n in gone}

    @cached_property
    def _at(self) -> dict[tuple[str, int, int], list[int]]:
        at: dict[tuple[str, int, int], list[int]] = defaultdict(list)
        for k, own in enumerate(self._old.places):
            if own is not None and not self._old.facts[k].is_scope:
                at[own].append(k)
        return at

    # -- by users, operands and symbols ------------------------------------------------------------

    def _near(self, n: int) -> list[int]:
        """Returns the serial of an op close to new op `n`, in a list, which is empty if there is
        none: of the first op that uses its result, of the op that defines its symbol or an operand,
        of the old op that its symbol is named after, of the first op that names its symbol, or of the
        op around it, whichever is found first. Of a region that was put around older ops, returns
        up to `MOST` of those.
        """
        operands, users = self._links
        if inside := self._inside(n):
            return inside
        if FREES.search(self._new.facts[n].name):
            for k in operands[n]:
                if ALLOCATES.search(self._new.facts[k].name):
                    # What is freed may be found in the next round.
                    return self._of(k)
        for k in self._writers.get(n, ()):
            if own := self._of(k):
                return own
        named = self._names(n)
        for name in named:
            if own := self._named_after(name, n):
                return own
        for k in users.get(n, ()):
            if own := self._of(k):
                return own
        for k in operands[n]:
            if not CONSTANT.search(self._new.facts[k].name) and (own := self._of(k)):
                return own
        near = [self._symbols.get(name, NONE) for name in named[:1]]
        for k in (*near, self._around(n)):
            if k != NONE and (own := self._of(k)):
                return own
        inner = (self._of(k) for k in range(n + 1, self._new.end(n)) if k in self._found)
        return [*dict.fromkeys(serial for own in inner for serial in own)][:MOST]

    def _named_after(self, symbol: str, n: int) -> list[int]:
        """Returns the origin of the op that defines a symbol, or of the old op that it is named
        after: symbols that belong to @weights are called @weights__size or @weights_0.
        """
        if (k := self._defined.get(symbol, n)) != n and (own := self._of(k)):
            return own
        stem = symbol.rpartition("_")[0]
        while stem:
            if (serial := self._named.get(stem.rstrip("_"), NONE)) != NONE:
                return [] if serial in self._invented else [serial]
            stem = stem.rpartition("_")[0]
        return []

    def _names(self, n: int) -> list[str]:
        """Returns the symbols that the line of an op names or defines."""
        return [name.strip('"') for name in _SYMBOL.findall(self._new.lines[n][0])]

    def _around(self, n: int) -> int:
        """Returns the op around an op, which may be an initializer; -1 if that is a function or
        holds functions.
        """
        depths, k = self._new.depths, n - 1
        while k >= 0 and depths[k] >= depths[n]:
            k -= 1
        if k < 0 or self._new.facts[k].name.endswith(CONTAINERS):
            return NONE
        return k

    def _inside(self, n: int) -> list[int]:
        """Returns the serials of the first ops inside an op that were kept, those directly inside if
        there are any; what ends the op's region is none of them. Ops that say what no other op says
        are preferred: those were followed for certain.
        """
        new, inner = self._new, range(n + 1, self._new.end(n))
        if not inner or new.facts[n].is_scope:
            return []
        if bodies := [self._changes.partners[k] for k in inner if k in self._nests]:
            return [self._old.serials[k] for k in dict.fromkeys(bodies)][:MOST]
        kept = [k for k in inner if new.serials[k] in self._known]
        sure = [k for k in kept if self._said[new.forms[k]] == 1]
        direct = [k for k in kept if new.depths[k] == new.depths[n] + 1 and k + 1 < inner.stop]
        return [new.serials[k] for k in direct or sure or kept][:MOST]

    @cached_property
    def _nests(self) -> set[int]:
        """The ops of the new program that have the body now of one that is gone, without being one of
        its kind: what is around them was made of that, too.
        """
        partners = self._changes.partners
        return {
            n
            for n in self._changes.sure
            if not self._new.facts[n].is_scope
            and n in partners
            and self._old.facts[partners[n]].name != self._new.facts[n].name
        }

    @cached_property
    def _said(self) -> Counter[int]:
        """How many ops of the new program have each form."""
        return Counter(self._new.forms)

    @cached_property
    def _known(self) -> set[int]:
        return set(self._old.serials)

    @cached_property
    def _links(self) -> tuple[list[list[int]], dict[int, list[int]]]:
        """The ops that define the operands of each op of the new program, and those that use it."""
        found: list[list[int]] = []
        users: dict[int, list[int]] = defaultdict(list)
        for n, operands in definers(self._new, range(len(self._new))):
            own = [k for k in operands if isinstance(k, int)]
            found.append(own)
            for k in own:
                if len(users[k]) < MOST:
                    users[k].append(n)
        return found, users

    @cached_property
    def _writers(self) -> dict[int, list[int]]:
        """For ops that allocate, the ops that use the memory in a region to which it is given."""
        new, found = self._new, defaultdict[int, list[int]](list)
        for n, operands in definers(new, range(len(new))):
            line = new.lines[n][0]
            if " as %" not in line:
                continue
            inside = range(n + 1, new.end(n))
            of_name = dict(zip(new.facts[n].operands, operands, strict=True))
            for name, argument in _BOUND.findall(line):
                k = of_name.get(name)
                if isinstance(k, int) and ALLOCATES.search(new.facts[k].name):
                    users = (j for j in inside if argument in new.facts[j].operands)
                    found[k] += list(users)[:MOST]
        return found

    @cached_property
    def _named(self) -> dict[str, int]:
        """Symbol -> serial of the old op that defines it."""
        named: dict[str, int] = {}
        for facts, serial in zip(self._old.facts, self._old.serials, strict=True):
            if facts.symbol and facts.name.endswith(DEFINING):
                named.setdefault(facts.symbol, serial)
        return named

    @cached_property
    def _defined(self) -> dict[str, int]:
        """Symbol -> new op that defines it: a global, or a function made of an op's region."""
        defined: dict[str, int] = {}
        for n, facts in enumerate(self._new.facts):
            if facts.symbol and (facts.name.endswith(DEFINING) or n in self._changes.sure):
                defined.setdefault(facts.symbol, n)
        return defined

    @cached_property
    def _symbols(self) -> dict[str, int]:
        """Symbol -> first new op that names it."""
        symbols: dict[str, int] = {}
        for n, facts in enumerate(self._new.facts):
            for symbol in () if facts.is_scope else self._names(n):
                if symbol != facts.symbol or not facts.name.endswith(DEFINING):
                    symbols.setdefault(symbol, n)
        return symbols


def _callees(old: Program, gone: Iterable[int]) -> dict[int, deque[int]]:
    """Returns the ops inside the functions that removed ops called, as serials by form, in order:
    where a call was, its callee's ops are copied.
    """
    called = {old.facts[n].symbol for n in gone if old.facts[n].name.endswith("call")}
    bodies: dict[int, deque[int]] = defaultdict(deque)
    for n, facts in enumerate(old.facts if called else ()):
        if facts.symbol in called and facts.name.endswith("func"):
            for inner in range(n + 1, old.end(n)):
                bodies[old.forms[inner]].append(old.serials[inner])
    return bodies
