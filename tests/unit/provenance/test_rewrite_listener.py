"""Greedy patterns feed the record: what they insert, replace, merge and erase has a rewrite with the
pattern's name and place.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from xdsl.dialects import arith, test
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, i32
from xdsl.ir import Operation
from xdsl.pattern_rewriter import (
    GreedyRewritePatternApplier,
    PatternRewriter,
    PatternRewriteWalker,
    RewritePattern,
    op_type_rewrite_pattern,
)

from ireelite.provenance import Tracker
from ireelite.records import CompilationRecord


class AddZero(RewritePattern):
    """x + 0 is x."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.AddiOp, rewriter: PatternRewriter, /) -> None:
        zero = op.rhs.owner
        if isinstance(zero, arith.ConstantOp) and zero.value == IntegerAttr(0, i32):
            rewriter.replace(op, [], [op.lhs])


class MulTwo(RewritePattern):
    """x * y becomes x + x."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.MuliOp, rewriter: PatternRewriter, /) -> None:
        rewriter.replace(op, arith.AddiOp(op.lhs, op.lhs))


class EraseDead(RewritePattern):
    """A constant without uses goes."""

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
        if isinstance(op, arith.ConstantOp) and not op.result.uses:
            rewriter.erase(op)


def program() -> tuple[ModuleOp, dict[str, Operation]]:
    two, zero = (
        arith.ConstantOp.from_int_and_width(2, 32),
        arith.ConstantOp.from_int_and_width(0, 32),
    )
    product = arith.MuliOp(two, two)
    total = arith.AddiOp(product, zero)
    use = test.TestOp([total.result])
    module = ModuleOp([two, zero, product, total, use])
    return module, {"two": two, "zero": zero, "product": product, "total": total}


@pytest.fixture
def run() -> tuple[Tracker, ModuleOp, dict[str, int]]:
    """The patterns, run once, and the serials of the ops before."""
    module, ops = program()
    tracker = Tracker()
    serials = {name: tracker.serial(op) for name, op in ops.items()}
    listener = tracker.listener()
    patterns = [listener.watched(p) for p in (AddZero(), MulTwo(), EraseDead())]
    with tracker.running("canonicalize", "hlo"):
        driver = GreedyRewritePatternApplier(patterns, dce_enabled=False)
        PatternRewriteWalker(driver, listener=listener).rewrite_module(module)
    return tracker, module, serials


def test_every_application_is_a_rewrite_with_its_pattern_s_place(run):
    tracker, _, serials = run
    rewrites = {r.pattern: r for r in tracker.record.passes[0].rewrites}
    assert set(rewrites) == {"AddZero", "MulTwo", "EraseDead"}
    lines = Path(__file__).read_text().splitlines()
    for name, rewrite in rewrites.items():
        assert rewrite.file == "tests/unit/provenance/test_rewrite_listener.py"
        above = "\n".join(lines[rewrite.line - 6 : rewrite.line])
        assert f"class {name}" in above
    assert rewrites["EraseDead"].ops_in == [serials["zero"]]
    assert rewrites["EraseDead"].ops_out == []


def test_what_a_pattern_makes_comes_from_what_it_matched(run):
    tracker, module, serials = run
    (sum_,) = [op for op in module.walk() if isinstance(op, arith.AddiOp)]
    ancestors = tracker.record.ancestors(tracker.serial(sum_))
    assert {serials["product"], serials["total"]} <= ancestors
    assert serials["two"] not in ancestors


def test_an_op_that_takes_over_another_s_uses_comes_from_both_and_from_no_cycle():
    _, ops = program()
    tracker = Tracker()
    before = tracker.serial(ops["two"])
    other = tracker.serial(ops["zero"])
    tracker.derive(ops["zero"], [ops["two"]])
    tracker.merge(ops["two"], ops["zero"])
    after = tracker.serial(ops["two"])
    assert after not in (before, other)
    assert tracker.record.ancestors(after) == {before, other}
    assert tracker.record.ancestors(before) == set()


def test_a_match_without_a_change_records_nothing():
    module, _ = program()
    tracker = Tracker()
    listener = tracker.listener()

    class Nothing(RewritePattern):
        def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
            pass

    with tracker.running("canonicalize", "hlo"):
        PatternRewriteWalker(listener.watched(Nothing()), listener=listener).rewrite_module(module)
    assert list(tracker.record.passes[0].rewrites) == []


def test_a_decision_is_kept_with_its_figures_and_is_found_by_the_two_ops():
    _, ops = program()
    tracker = Tracker()
    with tracker.running("form-dispatches", "dispatch"):
        tracker.decide(
            "fusion",
            [ops["two"], ops["product"]],
            "not fused",
            "the intermediate has a second user",
            {"users": 2, "bytes": 4.5},
        )
    tracker.stage("hlo", list(ops.values()), "", [], [])
    record: CompilationRecord = tracker.record
    (decision,) = record.decisions("fusion")
    assert decision.facts == {"users": 2, "bytes": 4.5}
    assert record.decisions("tiling") == []
    assert record.why("hlo/2", "hlo/0") == (
        "fusion, by form-dispatches: not fused: the intermediate has a second user "
        "(users 2, bytes 4.5)"
    )
    assert record.why("hlo/1", "hlo/0") == "no pass recorded a decision about hlo/1 and hlo/0"
