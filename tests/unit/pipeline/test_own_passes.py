"""Passes and patterns of the reader's own: at any point, verified, recorded, in every view."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import (
    GreedyRewritePatternApplier,
    PatternRewriter,
    PatternRewriteWalker,
    RewritePattern,
)
from xdsl.rewriter import Rewriter

import ireelite
from ireelite.dialects.stablehlo import elementwise
from ireelite.own_passes import POINTS, load_passes
from ireelite.status import StatusCode, StatusError
from ireelite.tools import opt
from workbench import IRView, PipelineMap

T = "tensor<4xf32>"
SOURCE = f"""func.func @main(%a: {T}, %b: {T}) -> {T} {{
  %0 = stablehlo.multiply %a, %b : {T}
  return %0 : {T}
}}
"""
A = np.arange(4, dtype=np.float32)


class MultiplyToAdd(RewritePattern):
    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
        if isinstance(op, elementwise.MultiplyOp):
            rewriter.replace(op, elementwise.AddOp(*op.operands))


class WithDriver(ModulePass):
    name = "with-driver"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        patterns = GreedyRewritePatternApplier([MultiplyToAdd()])
        PatternRewriteWalker(patterns).rewrite_module(op)


class ByHand(ModulePass):
    name = "by-hand"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for found in list(op.walk()):
            if isinstance(found, elementwise.MultiplyOp):
                Rewriter.replace_op(found, elementwise.AddOp(*found.operands))


class Breaks(ModulePass):
    name = "breaks"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for found in op.walk():
            if isinstance(found, elementwise.MultiplyOp):
                found.operands = found.operands[:1]


@pytest.mark.parametrize("own", [MultiplyToAdd(), MultiplyToAdd, WithDriver(), ByHand()])
def test_a_pass_rewrites_is_recorded_and_lights_what_it_made(own: object):
    program = ireelite.compile(SOURCE, targets=["vmvx"], passes={"hlo": [own]}, record=True)
    assert (ireelite.load(program).main(A, A) == A + A).all()
    name = getattr(own, "name", "MultiplyToAdd")
    run = next(run for run in program.record.passes if run.name == name)
    assert len(run.rewrites) == 1
    mul = next(
        serial
        for serial in program.record.stage("hlo").nodes
        if program.record.nodes[serial].name == "stablehlo.multiply"
    )
    made = {program.record.nodes[serial].name for serial in program.record.relatives(mul)}
    assert {"arith.addf", "stablehlo.multiply"} <= made
    assert f"by {name}: 1 rewrite" in PipelineMap(program).to_text()
    assert "arith.addf" in IRView(program, focus=program.record.identity(mul)).to_text()
    assert "arith.addf" in program.ir("dispatch")


def test_a_pass_may_follow_every_point_and_runs_there():
    seen: list[str] = []

    def at(point: str) -> ModulePass:
        class Seen(ModulePass):
            name = f"after-{point}"

            def apply(self, ctx: Context, op: ModuleOp) -> None:
                seen.append(point)

        return Seen()

    skipped = {"tf", "raise-tf-control-flow", "tf-to-hlo", "convert-element-types"}
    skipped |= {"place-on-devices"}  # of programs for several devices
    points = [point for point in POINTS if point not in skipped]
    program = ireelite.compile(
        SOURCE, targets=["vmvx"], passes={point: [at(point)] for point in points}, record=True
    )
    assert sorted(seen) == sorted(points)
    assert seen.index("hlo") < seen.index("expand-hlo") < seen.index("dispatch")
    recorded = [run.name for run in program.record.passes]
    assert recorded.index("after-form-dispatches") == recorded.index("form-dispatches") + 1
    assert (ireelite.load(program).main(A, A) == A * A).all()


class SwapsForEver(RewritePattern):
    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
        if isinstance(op, elementwise.MultiplyOp):
            rewriter.replace(op, elementwise.MultiplyOp(op.rhs, op.lhs))


@pytest.mark.parametrize("record", [False, True])
def test_a_pattern_that_matches_what_it_makes_is_an_error(record: bool):
    with pytest.raises(
        StatusError, match=r"'SwapsForEver' was applied .*stablehlo.multiply"
    ) as raised:
        ireelite.compile(SOURCE, passes={"hlo": [SwapsForEver()]}, record=record)
    assert raised.value.code is StatusCode.ABORTED


def test_errors_name_the_pass_and_the_points():
    with pytest.raises(StatusError) as raised:
        ireelite.compile(SOURCE, passes={"hl": [WithDriver()]})
    assert raised.value.code is StatusCode.NOT_FOUND
    assert all(point in str(raised.value) for point in POINTS)
    with pytest.raises(StatusError, match="expected an xDSL ModulePass or RewritePattern after"):
        ireelite.compile(SOURCE, passes={"hlo": [print]})
    with pytest.raises(StatusError, match=r"'stablehlo.multiply' op .*pass 'breaks' after 'hlo'"):
        ireelite.compile(SOURCE, passes={"hlo": [Breaks()]})
    with pytest.raises(StatusError, match=r"is to follow 'tf', which .* it comes to hlo, "):
        ireelite.compile(SOURCE, targets=["vmvx"], passes={"tf": [WithDriver()]})


def test_opt_loads_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "my_passes.py"
    file.write_text(
        textwrap.dedent("""
        from ireelite.dialects.stablehlo import elementwise
        from xdsl.passes import ModulePass
        from xdsl.pattern_rewriter import PatternRewriteWalker, RewritePattern

        class MultiplyToAdd(RewritePattern):
            def match_and_rewrite(self, op, rewriter, /):
                if isinstance(op, elementwise.MultiplyOp):
                    rewriter.replace(op, elementwise.AddOp(*op.operands))

        class MyPass(ModulePass):
            name = "my-pass"
            def apply(self, ctx, op):
                PatternRewriteWalker(MultiplyToAdd()).rewrite_module(op)
        """)
    )
    source = tmp_path / "main.mlir"
    source.write_text(SOURCE)
    for flag in ("--my-pass", "--passes=my-pass", "--MultiplyToAdd"):
        assert opt.main([f"--load={file}", flag, str(source)]) == 0
        assert "stablehlo.add" in capsys.readouterr().out
    assert opt.main([f"--load={source}2", str(source)]) == 1
    assert "no such file" in capsys.readouterr().err
    assert "my_passes" not in sys.modules


class ReadsFromNowhere(ModulePass):
    name = "reads-from-nowhere"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        product = next(one for one in op.walk() if len(one.operands) == 2)
        product.operands[1] = product.clone().results[0]


class Raises(ModulePass):
    name = "raises"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        raise KeyError("weights")


class TakesArguments(ModulePass):
    name = "takes-arguments"

    def __init__(self, size: int):
        self.size = size

    def apply(self, ctx: Context, op: ModuleOp) -> None: ...


@pytest.mark.parametrize("point", ["hlo", "ll-seq", "vm"])
def test_an_op_that_reads_from_outside_is_where_the_error_is(point: str):
    said = r"\.mlir:\d+:[^1]\d*: '[\w.]+' op reads as operand 1 the result of '[\w.]+', which is in no block"
    with pytest.raises(StatusError, match=said):
        ireelite.compile(SOURCE, targets=["vmvx"], passes={point: [ReadsFromNowhere()]})


def test_what_a_pass_raises_is_an_error_of_that_pass():
    with pytest.raises(
        StatusError,
        match=r"pass 'raises' raised KeyError: 'weights', at line \d+ of test_own_passes",
    ) as raised:
        ireelite.compile(SOURCE, passes={"hlo": [Raises]})
    assert raised.value.code is StatusCode.INVALID_ARGUMENT
    with pytest.raises(StatusError, match="TakesArguments after 'hlo' cannot be made without"):
        ireelite.compile(SOURCE, passes={"hlo": [TakesArguments]})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\ndef f(:\n", r"mine\.py:2: invalid syntax"),
        ("import numpy\n\n1 / 0\n", r"mine\.py: ZeroDivisionError: .*, at line 3 of mine\.py"),
    ],
)
def test_a_file_of_passes_that_cannot_run_is_one_line(tmp_path: Path, text: str, said: str):
    file = tmp_path / "mine.py"
    file.write_text(text)
    with pytest.raises(StatusError, match=said):
        load_passes(file)
