"""Follows a greedy pattern driver: what a pattern inserts, replaces and erases becomes a rewrite in
the compilation record.

xDSL's drivers report events to a listener, but not the pattern that caused them. A pass says it:

    listener = tracker.listener()
    patterns = [listener.watched(pattern) for pattern in patterns]
    PatternRewriteWalker(GreedyRewritePatternApplier(patterns), listener=listener)

A driver of its own puts `with listener.rewriting(pattern, op):` around each match.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from xdsl.ir import Operation, OpResult, SSAValue
from xdsl.pattern_rewriter import PatternRewriter, PatternRewriterListener, RewritePattern

if TYPE_CHECKING:
    from ireelite.provenance.tracker import Tracker

Pattern = RewritePattern | Callable[..., object]


class RewriteListener(PatternRewriterListener):
    """Records the rewrites of one pass. Events outside a watched pattern are recorded as
    derivations, without the pattern's name.
    """

    def __init__(self, tracker: Tracker):
        super().__init__(
            operation_insertion_handler=[self._inserted],
            operation_removal_handler=[self._removed],
            operation_modification_handler=[self._modified],
            operation_replacement_handler=[self._replaced],
        )
        self.tracker = tracker
        self._matching = False
        self._made: list[Operation] = []
        self._gone: list[Operation] = []
        self._changed: list[Operation] = []
        self._merged: list[tuple[Operation, Operation]] = []

    def watched(self, pattern: RewritePattern) -> RewritePattern:
        """Returns the pattern, with its applications recorded under its class's name."""
        return _WatchedPattern(pattern, self)

    @contextmanager
    def rewriting(self, pattern: Pattern, op: Operation) -> Iterator[None]:
        """Records the events inside the block as one application of `pattern` to `op`.

        Nothing is recorded if there are none.
        """
        self._matching = True
        try:
            yield
        finally:
            self._matching = False
            self._finish(pattern, op)

    def _inserted(self, op: Operation) -> None:
        self._made.append(op)

    def _modified(self, op: Operation) -> None:
        if self._matching:
            self._changed.append(op)

    def _replaced(self, op: Operation, new_results: Sequence[SSAValue | None]) -> None:
        self.tracker.keep_text(op)
        self._gone.append(op)
        owners = {value.owner for value in new_results if isinstance(value, OpResult)}
        made = set(self._made)
        self._merged += [
            (owner, op)
            for owner in owners
            if isinstance(owner, Operation) and owner not in made and owner is not op
        ]

    def _removed(self, op: Operation) -> None:
        if op not in self._gone:
            self.tracker.keep_text(op)
            self._gone.append(op)
        if not self._matching:
            self._finish(None, op)

    def _finish(self, pattern: Pattern | None, op: Operation) -> None:
        """Ends one application: derives what was made, merges what was kept."""
        if not (self._made or self._gone or op in self._changed):
            self._changed.clear()
            return
        tracker = self.tracker
        sources = [op, *(gone for gone in self._gone if gone is not op)]
        gone = set(self._gone)
        made = [new for new in self._made if new not in gone]
        made += self._inlined(gone)
        new = set(made)
        for kept, replaced in self._merged:
            if kept not in gone and kept not in new:
                tracker.merge(kept, replaced)
        if not made and op in self._changed and op not in gone:
            made = [op]
            tracker.keep_new_text(op)
        if pattern is not None:
            tracker.rewrite(pattern, sources, made)
        else:
            for new in made:
                tracker.derive(new, sources)
        for events in (self._made, self._gone, self._changed, self._merged):
            events.clear()

    def _inlined(self, gone: set[Operation]) -> list[Operation]:
        """Returns the ops of blocks that were moved in, of which xDSL's drivers say nothing: those
        whose results took the place of others, and what stands before them and is as new.
        """
        found: dict[Operation, None] = {}
        made = {*self._made, *gone}
        for kept, _ in self._merged:
            run: list[Operation] = []
            one: Operation | None = kept
            while one is not None and one not in found and not self.tracker.knows(one):
                if one not in made:
                    run.append(one)
                one = one.prev_op
            found |= dict.fromkeys(inner for one in reversed(run) for inner in one.walk())
        return list(found)


class _WatchedPattern(RewritePattern):
    """A pattern whose applications a listener records."""

    def __init__(self, pattern: RewritePattern, listener: RewriteListener):
        self.pattern, self.listener = pattern, listener

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
        with self.listener.rewriting(self.pattern, op):
            self.pattern.match_and_rewrite(op, rewriter)
