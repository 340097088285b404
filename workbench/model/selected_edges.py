"""The edges that join what is selected to what a view shows, where the view does not show it.

They are found for all selected ops at once, since a dispatch may have tens of thousands. A node
between two that are joined is left out if it has one parent; one with several stays, so that each
node is passed once.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ireelite.records import Nodes
from workbench.model.packed import packed_ints

Serials: TypeAlias = NDArray[np.int32]
Mask: TypeAlias = NDArray[np.bool_]
"""A truth for each node of a record."""
PackedEdges: TypeAlias = dict[str, list[int | str]]
"""The columns `children` and `parents`, as `packed_ints` returns them."""


class SelectedEdges:
    """Edges around the selected nodes of one record."""

    def __init__(self, nodes: Nodes):
        self._nodes, self._size = nodes, len(nodes)
        self._first = np.array(nodes.first_parents, np.int32)
        several = _serials(nodes.more_children)
        own = np.flatnonzero(self._first >= 0).astype(np.int32)
        self._children = np.concatenate((own, several))
        self._parents = np.concatenate((self._first[own], _serials(nodes.more_parents)))
        self._joints = self.mask(several)
        """The nodes with several parents."""
        self._ops: Sequence[int] = ()
        self._selected = _serials(())
        self._near = self._kept = self.mask(())
        """The relatives of what is selected; those of them that are joined for all views."""
        self._between: PackedEdges = {}

    def mask(self, serials: Sequence[int] | Serials) -> Mask:
        """Returns which nodes of the record are among the given ones."""
        marked = np.zeros(self._size, np.bool_)
        marked[_serials(serials)] = True
        return marked

    def select(self, ops: Sequence[int]) -> Serials:
        """Takes the ops of a selection, of which the other methods speak then; returns those that
        the record has.
        """
        if ops is not self._ops:
            serials = _serials(ops)
            self._selected = serials[(serials >= 0) & (serials < self._size)]
            self._near = self._relatives()
            self._kept = self.mask(self._selected) | (self._joints & self._near)
            self._between = _packed(*self._edges(self._kept))
            self._ops = ops  # if an interrupt has not come before
        return self._selected

    def between(self) -> PackedEdges:
        """Returns the edges between the selected nodes: the same for all views."""
        return self._between

    def around(self, shown: Mask) -> PackedEdges:
        """Returns the edges between the selected nodes and their relatives that a view shows."""
        joined = self._kept | (shown & self._near)
        children, parents = self._edges(joined)
        own = ~(self._kept[children] & self._kept[parents])
        return _packed(children[own], parents[own])

    def _edges(self, joined: Mask) -> tuple[Serials, Serials]:
        """Returns the edges, child and parent, that join some of the relatives of what is selected,
        each to the next of them.
        """
        # The next joined node above each node; a node without one leads to itself.
        above = np.arange(self._size, dtype=np.int32)
        between = np.flatnonzero(self._near & ~joined & (self._first >= 0))
        above[between] = self._first[between]
        while ((further := above[above[between]]) != above[between]).any():
            above[between] = further
        own = joined[self._children]
        children, parents = self._children[own], above[self._parents[own]]
        there = joined[parents]
        return children[there], parents[there]

    def _relatives(self) -> Mask:
        """Returns the selected nodes, all that they came from and all that came from them."""
        selected = self.mask(self._selected)
        starts, targets = self._nodes.child_index()
        below = selected[self._parents] & ~selected[self._children]
        above = selected[self._children] & ~selected[self._parents]
        later = _reached(
            selected, self._children[below], lambda n: targets[starts[n] : starts[n + 1]]
        )
        return later | _reached(selected, self._parents[above], self._nodes.parents)


def _reached(passed: Mask, begin: Serials, following: Callable[[int], Iterable[int]]) -> Mask:
    """Returns the nodes that were passed, those to begin with, and all that follow them."""
    marked = bytearray(passed.tobytes())
    waiting = begin.tolist()
    while waiting:
        node = waiting.pop()
        if not marked[node]:
            marked[node] = 1
            waiting.extend(following(node))
    return np.frombuffer(marked, np.bool_)


def _serials(serials: Sequence[int] | Serials) -> Serials:
    return np.array(serials, np.int32)


def _packed(children: Serials, parents: Serials) -> PackedEdges:
    return {
        "children": packed_ints(array("i", children.tobytes())),
        "parents": packed_ints(array("i", parents.tobytes())),
    }
