"""Records the rewrites of passes that know nothing of it.

xDSL's drivers of patterns take a listener, but a pass makes its drivers inside, and may change ops
without any. Inside `with watching(tracker, own, program):` every `PatternRewriteWalker` that this
thread runs reports to the tracker; what no driver reports is found by comparing the ops before and
after.

Two methods of `PatternRewriteWalker` are replaced while at least one thread is inside such a block,
and are xDSL's own again after the last. The drivers of other threads run as they always do.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import TYPE_CHECKING, Any

from xdsl.ir import Operation
from xdsl.pattern_rewriter import (
    GreedyRewritePatternApplier,
    PatternRewriterListener,
    PatternRewriteWalker,
    RewritePattern,
)

if TYPE_CHECKING:
    from ireelite.provenance.listener import RewriteListener
    from ireelite.provenance.tracker import Tracker

_LISTENER: ContextVar[RewriteListener | None] = ContextVar("listener", default=None)
"""What the drivers of this thread report to."""
_DRIVERS = ("rewrite_module", "rewrite_region")
_LOCK = Lock()
_kept: dict[str, Callable[..., Any]] = {}
"""xDSL's own methods, while they are replaced."""
_inside = 0


@contextmanager
def watching(tracker: Tracker | None, own: Any, program: Operation) -> Iterator[None]:
    """Records what happens to `program` inside the block as rewrites of the running pass.

    `own` is the pass or the pattern that is run: what no driver reports is recorded under its name.
    Without a tracker nothing is done.
    """
    if tracker is None:
        yield
        return
    before = list(program.walk())
    for op in before:
        tracker.serial(op)
    token = _LISTENER.set(tracker.listener())
    _replace_methods()
    try:
        yield
    finally:
        _restore_methods()
        _LISTENER.reset(token)
    _record_rest(own, before, program, tracker)


class WrappedPattern(RewritePattern):
    """A pattern that does something around another one, whose applications are recorded."""

    pattern: RewritePattern

    @abstractmethod
    def around(self, pattern: RewritePattern) -> RewritePattern:
        """Returns the same around another pattern."""


def _replace_methods() -> None:
    global _inside
    with _LOCK:
        _inside += 1
        if _inside == 1:
            for name in _DRIVERS:
                _kept[name] = getattr(PatternRewriteWalker, name)
                setattr(PatternRewriteWalker, name, _watched(_kept[name]))


def _restore_methods() -> None:
    global _inside
    with _LOCK:
        _inside -= 1
        if not _inside:
            for name in _DRIVERS:
                setattr(PatternRewriteWalker, name, _kept.pop(name))


def _watched(run: Callable[..., bool]) -> Callable[..., bool]:
    """Returns a driver's method, with the patterns of this thread's pass recorded."""

    def recorded(walker: PatternRewriteWalker, root: Any) -> bool:
        listener = _LISTENER.get()
        if listener is None or walker.listener is listener:
            return run(walker, root)
        pattern, theirs = walker.pattern, walker.listener
        walker.pattern = _watched_pattern(pattern, listener)
        walker.listener = listener
        _extend(listener, theirs)
        try:
            return run(walker, root)
        finally:
            walker.pattern, walker.listener = pattern, theirs

    return recorded


def _watched_pattern(pattern: RewritePattern, listener: RewriteListener) -> RewritePattern:
    if isinstance(pattern, GreedyRewritePatternApplier):
        own = [_watched_pattern(one, listener) for one in pattern.rewrite_patterns]
        return GreedyRewritePatternApplier(own, dce_enabled=pattern.dce_enabled)
    if isinstance(pattern, WrappedPattern):
        return pattern.around(_watched_pattern(pattern.pattern, listener))
    return listener.watched(pattern)


def _extend(listener: RewriteListener, theirs: PatternRewriterListener) -> None:
    listener.operation_insertion_handler += theirs.operation_insertion_handler
    listener.operation_removal_handler += theirs.operation_removal_handler
    listener.operation_modification_handler += theirs.operation_modification_handler
    listener.operation_replacement_handler += theirs.operation_replacement_handler


def _record_rest(own: Any, before: list[Operation], program: Operation, tracker: Tracker) -> None:
    """Records what no driver reported: ops that were made, which come from those that are gone, and
    ops that are gone for nothing, each by itself.
    """
    known, now = set(before), dict.fromkeys(program.walk())
    made = [op for op in now if op not in known and not tracker.knows(op)]
    told = tracker.removed_in_pass()
    gone = [op for op in before if op not in now and tracker.serial(op) not in told]
    if made and gone:
        tracker.rewrite(own, gone, made)
    elif made:
        for op in made:
            tracker.invent(op)
    else:
        for op in gone:
            tracker.rewrite(own, [op], [])
