"""Passes of any xDSL pipeline, and passes and patterns of the reader's own: recorded with no code of
ours in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest
from xdsl.context import Context
from xdsl.dialects import arith, func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import (
    PatternRewriter,
    PatternRewriteWalker,
    RewritePattern,
    op_type_rewrite_pattern,
)
from xdsl.rewriter import InsertPoint
from xdsl.traits import SymbolTable

import workbench
from ireelite.status import StatusError

SOURCE = """func.func @f(%a: i32) -> i32 {
  %zero = arith.constant 0 : i32
  %0 = arith.addi %a, %zero : i32
  %1 = arith.muli %0, %0 : i32
  %2 = arith.muli %0, %0 : i32
  %3 = arith.addi %1, %2 : i32
  return %3 : i32
}
"""


class SubtractNothing(RewritePattern):
    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: arith.AddiOp, rewriter: PatternRewriter, /) -> None:
        rewriter.replace(op, arith.SubiOp(op.lhs, op.rhs))


class OwnPass(ModulePass):
    name = "own-pass"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        PatternRewriteWalker(SubtractNothing()).rewrite_module(op)


@pytest.fixture(scope="module")
def done():
    return workbench.record_passes(SOURCE, "canonicalize,cse,dce")


def test_each_pass_has_its_rewrites_and_its_program(done):
    runs = {run.name: run for run in done.record.passes}
    assert list(runs) == ["canonicalize", "cse", "dce"]
    assert len(runs["canonicalize"].rewrites) >= 1 and runs["canonicalize"].after is not None
    (merged,) = runs["cse"].rewrites
    assert [done.record.nodes.name(n) for n in merged.ops_in] == ["arith.muli"]
    assert runs["dce"].after is None
    assert [stage.name for stage in done.record.stages] == ["input", "output"]
    assert str(done.module).count("arith.muli") == 1
    assert repr(done).startswith("<RecordedPasses: 3 passes, ")


def test_views_take_it(done):
    view = workbench.StageDiff(done, "input", "canonicalize", "cse")
    assert "1 − " in view.to_text() and "arith.muli" in view.to_text()
    steps = workbench.RewriteStepper(done, 0)
    assert "in canonicalize" in steps.to_text()
    again = type(done.record).from_bytes(done.record.to_bytes())
    assert again == done.record


@pytest.mark.parametrize("own", [SubtractNothing, SubtractNothing(), OwnPass, [OwnPass()]])
def test_a_class_of_the_reader_s_own_is_stepped_through(own: object):
    done = workbench.record_passes(SOURCE, own)
    (run,) = done.record.passes
    assert [rewrite.pattern for rewrite in run.rewrites] == ["SubtractNothing"] * 2
    step = workbench.RewriteStepper(done).model.step(0)
    assert "arith.SubiOp(op.lhs, op.rhs)" in step.source
    assert step.removed[0].text == "%0 = arith.addi %a, %zero : i32"
    assert "arith.subi %a, %zero : i32" in step.added[0].text
    add = next(
        n for n in done.record.stage("input").nodes if done.record.nodes.name(n) == "arith.addi"
    )
    made = {done.record.nodes.name(n) for n in done.record.descendants(add)}
    assert made == {"arith.subi"}


def test_a_list_mixes_pipelines_and_passes():
    done = workbench.record_passes(SOURCE, ["canonicalize", OwnPass, "cse"])
    assert [run.name for run in done.record.passes] == ["canonicalize", "own-pass", "cse"]


def test_the_module_that_was_given_stays_as_it_was(tmp_path: Path):
    file = tmp_path / "f.mlir"
    file.write_text(SOURCE)
    first = workbench.record_passes(file, [])
    assert first.record.source == "f.mlir"
    named = workbench.record_passes(str(file), [])
    assert named.record.source == "f.mlir" and str(named.module) == str(first.module)
    before = str(first.module)
    second = workbench.record_passes(first.module, "canonicalize")
    assert str(first.module) == before != str(second.module)


def test_drivers_are_xdsl_s_own_again_and_other_threads_are_left_alone():
    own = PatternRewriteWalker.rewrite_module
    seen: list[object] = []

    class Inside(ModulePass):
        name = "inside"

        def apply(self, ctx: Context, op: ModuleOp) -> None:
            def elsewhere() -> None:
                other = op.clone()
                seen.append(PatternRewriteWalker(SubtractNothing()).rewrite_module(other))

            thread = Thread(target=elsewhere)
            thread.start()
            thread.join()

    done = workbench.record_passes(SOURCE, Inside)
    assert seen == [True]
    assert len(done.record.passes[0].rewrites) == 0
    assert PatternRewriteWalker.rewrite_module is own
    with pytest.raises(
        StatusError, match="pass 'inside' raised ZeroDivisionError: division by zero"
    ):
        workbench.record_passes(SOURCE, type("Fails", (Inside,), {"apply": lambda *_: 1 / 0})())
    assert PatternRewriteWalker.rewrite_module is own


def test_errors_name_the_source(tmp_path: Path):
    for missing in (tmp_path / "no.mlir", str(tmp_path / "no.mlir")):
        with pytest.raises(StatusError, match=r"NOT_FOUND; no file '.*no\.mlir'"):
            workbench.record_passes(missing, "cse")
    with pytest.raises(StatusError, match="MLIR text or the path of a file, not NoneType"):
        workbench.record_passes(None, "cse")  # pyright: ignore[reportArgumentType]
    assert workbench.record_passes('"test.op"() : () -> ()', "cse").record.source == "module"


def test_errors_name_the_pass():
    with pytest.raises(StatusError, match=r"pipeline 'cse\{a='': Unknown token$"):
        workbench.record_passes(SOURCE, "cse{a='")
    with pytest.raises(StatusError, match="pipeline 'no-such-pass': "):
        workbench.record_passes(SOURCE, "no-such-pass")
    with pytest.raises(StatusError, match="expected an xDSL ModulePass or RewritePattern"):
        workbench.record_passes(SOURCE, [print])

    class Breaks(RewritePattern):
        @op_type_rewrite_pattern
        def match_and_rewrite(self, op: arith.MuliOp, rewriter: PatternRewriter, /) -> None:
            op.operands = op.operands[:1]

    with pytest.raises(StatusError, match=r"'arith.muli' op .*pass 'Breaks' left this op invalid"):
        workbench.record_passes(SOURCE, Breaks)


@dataclass
class Counted(RewritePattern):
    """A pattern that is a dataclass: it defines equality, and therefore cannot be hashed."""

    count: int = 0

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
        if op.name == "arith.muli":
            self.count += 1
            rewriter.erase(op, safe_erase=False)


def test_a_pattern_without_a_hash_is_recorded():
    unused = "func.func @f(%a: i32) {\n  %0 = arith.muli %a, %a : i32\n  func.return\n}\n"
    done = workbench.record_passes(unused, Counted())
    assert [rewrite.pattern for rewrite in done.record.passes[0].rewrites] == ["Counted"]


class InlineCalls(RewritePattern):
    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
        if not isinstance(op, func.CallOp):
            return
        callee = SymbolTable.lookup_symbol(op, op.callee)
        assert isinstance(callee, func.FuncOp)
        body = callee.body.clone()
        end = body.block.last_op
        assert end is not None
        rewriter.inline_block(body.block, InsertPoint.before(op), op.operands)
        values = list(end.operands)
        rewriter.erase(end)
        rewriter.replace(op, [], values)


def test_the_ops_of_an_inlined_block_come_from_the_call():
    calls = """func.func @g(%x: i32) -> i32 {
  %one = arith.constant 1 : i32
  %r = arith.addi %x, %one : i32
  func.return %r : i32
}
func.func @f(%a: i32) -> i32 {
  %m = arith.muli %a, %a : i32
  %q = func.call @g(%m) : (i32) -> i32
  func.return %q : i32
}
"""
    record = workbench.record_passes(calls, InlineCalls).record
    (rewrite,) = record.passes[0].rewrites
    assert [record.nodes.name(n) for n in rewrite.ops_out] == ["arith.constant", "arith.addi"]
    assert record.nodes.name(rewrite.ops_in[0]) == "func.call"
