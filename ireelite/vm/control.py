"""From blocks and branches to the loops and ifs of a program, since Python has no goto.

The way blocks dominate each other gives the nesting: a block with one way in stands where that way
is taken, a block where ways meet stands behind the `if` they come from, a block with a way back to
it is the head of a loop. What does not fit (a branch out of two loops at once, a loop with two
entries) is left to a
`while` over block numbers.
"""

from __future__ import annotations

from ireelite.light_named_tuple import NamedTuple
from ireelite.vm.dataflow import Edge, Flow
from ireelite.vm.loops import Irreducible, edges_out, immediate_dominators, natural_loops

_SMALL = 8
"""A block of at most so many instructions may be written more than once."""
_DEEPEST = 60
"""Levels of indentation that Python's compiler surely takes (100), less what statements add."""
_DEEPEST_LOOP = 15
"""Nested loops that Python's compiler surely takes (20)."""


class Run(NamedTuple):
    """The instructions of a block, a `return` or `fail` at its end included."""

    block: int
    ends: bool = False
    """Whether nothing comes after."""


class Moves(NamedTuple):
    """The moves of an edge."""

    block: int
    edge: Edge


class Branch(NamedTuple):
    """One of several ways out of a block, as its terminator chooses."""

    block: int
    arms: list[list[Node]]
    """In the order of the block's edges."""


class Way(NamedTuple):
    """A way out of a loop, and what there is to do on it before what comes after the loop."""

    block: int
    nodes: list[Node]


class Loop(NamedTuple):
    """Repeats until a `Leave`; falling off the end of the body repeats it too."""

    body: list[Node]
    head: int
    ways: list[Way]
    """In the order of `edges_out`."""
    endless: bool = False
    """Whether nothing comes after."""


class Leave(NamedTuple):
    """Out of the innermost loop."""


class Repeat(NamedTuple):
    """On to the next round of the innermost loop."""


class Goto(NamedTuple):
    """The way along an edge, in a function that is a loop over block numbers."""

    edge: Edge


Node = Run | Moves | Branch | Loop | Leave | Repeat | Goto


class _Unstructured(Exception):
    """The blocks do not nest."""


class _Around(NamedTuple):
    """The innermost loop: the blocks where the next round begins and where it goes on after the
    last.
    """

    head: int
    exit: int | None


def structure(flow: Flow) -> list[Node] | None:
    """Returns the function as nested nodes, or None if its blocks do not nest."""
    try:
        return _Structurer(flow).place(0, None, None)
    except (_Unstructured, RecursionError):
        return None


def falls_through(nodes: list[Node]) -> bool:
    """Returns whether control can reach what stands behind these nodes."""
    if not nodes:
        return True
    match nodes[-1]:
        case Run(_, ends):
            return not ends
        case Loop(endless=endless):
            return not endless
        case Branch(_, arms):
            return any(falls_through(arm) for arm in arms)
        case Leave() | Repeat():
            return False
        case _:
            return True


def nests(nodes: list[Node], depth: int = 1, loops: int = 0) -> bool:
    """Returns whether Python's compiler takes such nesting."""
    if depth > _DEEPEST or loops > _DEEPEST_LOOP:
        return False
    for node in nodes:
        if isinstance(node, Loop) and not nests(node.body, depth + 1, loops + 1):
            return False
        if isinstance(node, Branch) and not all(nests(arm, depth + 1, loops) for arm in node.arms):
            return False
    return True


class _Structurer:
    def __init__(self, flow: Flow):
        self.flow = flow
        self.dominators = immediate_dominators(flow)
        try:
            self.loops = natural_loops(flow, self.dominators)
        except Irreducible as error:
            raise _Unstructured from error
        self.dominated: dict[int, list[int]] = {}
        for block in flow.order[1:]:
            self.dominated.setdefault(self.dominators[block], []).append(block)
        self.forward: dict[int, set[int]] = {block: set() for block in flow.order}
        self.ways_in: dict[int, int] = dict.fromkeys(flow.order, 0)
        for block in flow.order:
            for edge in flow.edges[block]:
                if flow.position[edge.target] > flow.position[block]:
                    self.forward[edge.target].add(block)
                    self.ways_in[edge.target] += 1

    def place(self, block: int, follow: int | None, around: _Around | None) -> list[Node]:
        """Returns the nodes from a block on, up to where control goes on to `follow` by itself."""
        if block not in self.loops:
            return self._body(block, follow, around)
        body = self.loops[block]
        exits = {
            edge.target
            for inside in body
            for edge in self.flow.edges[inside]
            if edge.target not in body and not self._repeatable(edge.target)
        }
        if not exits:
            exits = {edge.target for edge in self.flow.edges[block] if edge.target not in body}
        if len(exits) > 1:
            raise _Unstructured
        leave = next(iter(exits), None)
        ways = [
            Way(inside, self._take(inside, edge, leave, None))
            for inside, edge in edges_out(self.flow, body)
        ]
        nodes = self._body(block, block, _Around(block, leave))
        loop = Loop(nodes, block, ways, endless=leave is None)
        if leave is None or leave == follow:
            return [loop]
        inline = self.forward.get(leave, set()) <= body
        return [loop, *self._arrive(leave, follow, around, inline)]

    def _body(self, block: int, follow: int | None, around: _Around | None) -> list[Node]:
        edges = self.flow.edges[block]
        if not edges:
            return [Run(block, ends=True)]
        run = Run(block)
        if len(edges) == 1:
            return [run, *self._take(block, edges[0], follow, around)]
        meeting = self._meeting_point(block, follow, around)
        after = follow if meeting is None else meeting
        branch = Branch(block, [self._take(block, edge, after, around) for edge in edges])
        if meeting is None:
            return [run, branch]
        return [run, branch, *self.place(meeting, follow, around)]

    def _take(
        self, block: int, edge: Edge, follow: int | None, around: _Around | None
    ) -> list[Node]:
        moves: list[Node] = [Moves(block, edge)] if edge.moves else []
        ahead = self.flow.position[edge.target] > self.flow.position[block]
        inline = ahead and self.ways_in[edge.target] == 1
        return moves + self._arrive(edge.target, follow, around, inline)

    def _arrive(
        self, target: int, follow: int | None, around: _Around | None, inline: bool
    ) -> list[Node]:
        if target == follow:
            return []
        if around is not None and target == around.head:
            return [Repeat()]
        if around is not None and target == around.exit:
            return [Leave()]
        if inline or self._repeatable(target):
            return self.place(target, follow, around)
        raise _Unstructured

    def _meeting_point(self, block: int, follow: int | None, around: _Around | None) -> int | None:
        """Returns where the ways out of a block come together again: the last such block that it
        dominates.
        """
        inside = self.loops[around.head] if around is not None else None
        best: int | None = None
        for other in self.dominated.get(block, ()):
            if (
                self.ways_in[other] > 1
                and other != follow
                and (inside is None or other in inside)
                and not self._repeatable(other)
            ):
                best = other
        return best

    def _repeatable(self, block: int) -> bool:
        """Returns whether a block is small and ends the function, so that it may stand in several
        places.
        """
        return not self.flow.edges[block] and len(self.flow.blocks[block].instructions) <= _SMALL
