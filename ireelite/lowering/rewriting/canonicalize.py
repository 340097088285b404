"""Canonicalization: xDSL's patterns for `arith`, `scf`, `memref`, `tensor` and other dialects, until
none applies, and then dead code elimination.

Patterns that compute with floating-point constants are left out: they reassociate, and they round
through Python's floats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.pattern_rewriter import (
    GreedyRewritePatternApplier,
    PatternRewriter,
    PatternRewriteWalker,
    RewritePattern,
)
from xdsl.traits import HasCanonicalizationPatternsTrait
from xdsl.transforms.canonicalization_patterns.arith import (
    FoldConstConstOp,
    FoldConstsByReassociation,
)

from ireelite.lowering.rewriting.dead_code import eliminate_dead_code

if TYPE_CHECKING:
    from ireelite.provenance import Tracker
    from ireelite.provenance.listener import RewriteListener

INEXACT = (FoldConstConstOp, FoldConstsByReassociation)


def canonicalize(module: ModuleOp, tracker: Tracker | None = None) -> ModuleOp:
    """Canonicalizes a module, in place."""
    listener = None if tracker is None else tracker.listener()
    walker = PatternRewriteWalker(CanonicalPatterns(listener))
    if listener is not None:
        walker.listener = listener
    walker.rewrite_module(module)
    return eliminate_dead_code(module, tracker)


class CanonicalPatterns(RewritePattern):
    """The exact canonicalization patterns of each op's type."""

    def __init__(self, listener: RewriteListener | None):
        self.listener = listener
        self._appliers: dict[type[Operation], RewritePattern | None] = {}

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
        kind = type(op)
        if kind not in self._appliers:
            self._appliers[kind] = self._applier(op)
        if (applier := self._appliers[kind]) is not None:
            applier.match_and_rewrite(op, rewriter)

    def _applier(self, op: Operation) -> RewritePattern | None:
        """Returns the patterns of one type of ops, with their applications recorded."""
        patterns = [
            pattern
            for trait in op.get_traits_of_type(HasCanonicalizationPatternsTrait)
            for pattern in trait.get_patterns(type(op))
            if not isinstance(pattern, INEXACT)
        ]
        if not patterns:
            return None
        if self.listener is not None:
            patterns = [self.listener.watched(pattern) for pattern in patterns]
        return GreedyRewritePatternApplier(patterns, dce_enabled=False)
