"""The stepper's model: every rewrite with its pattern, its source, and the ops before and after."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

import pytest
from xdsl.ir import Operation
from xdsl.pattern_rewriter import PatternRewriter, RewritePattern

import ireelite
import workbench
from ireelite.dialects.stablehlo import elementwise
from ireelite.records import CompilationRecord
from ireelite.records.columns import unpack_ints
from ireelite.status import StatusCode, StatusError
from workbench.model.pattern_sources import blocks_of, cut_out
from workbench.model.rewrite_stepper import RewriteStepper
from workbench.render.text_steps import steps_text

T = "tensor<4xf32>"
SOURCE = f"""func.func @main(%a: {T}, %b: {T}) -> {T} {{
  %0 = stablehlo.multiply %a, %b : {T}
  %1 = stablehlo.subtract %0, %b : {T}
  return %1 : {T}
}}
"""


class MultiplyTwice(RewritePattern):
    """Makes an op that no stage has: the second pattern takes it away again."""

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
        if isinstance(op, elementwise.MultiplyOp):
            rewriter.replace(op, elementwise.MaximumOp(*op.operands))


class MaximumToAdd(RewritePattern):
    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
        if isinstance(op, elementwise.MaximumOp):
            rewriter.replace(op, elementwise.AddOp(*op.operands))


class TurnOperands(RewritePattern):
    """Changes an op in place, once."""

    def match_and_rewrite(self, op: Operation, rewriter: PatternRewriter, /) -> None:
        if isinstance(op, elementwise.SubtractOp) and not op.operands[0].name_hint:
            op.operands = [op.operands[1], op.operands[1]]
            op.operands[0].name_hint = "turned"
            rewriter.notify_op_modified(op)


@pytest.fixture(scope="module")
def record() -> CompilationRecord:
    own = {"hlo": [MultiplyTwice(), MaximumToAdd(), TurnOperands()]}
    return ireelite.compile(SOURCE, targets=["vmvx"], passes=own, record=True).record


@pytest.fixture(scope="module")
def stepper(record: CompilationRecord) -> RewriteStepper:
    return RewriteStepper(record)


def steps_of(stepper: RewriteStepper, name: str):
    return [step for step in map(stepper.step, range(stepper.total)) if step.pattern.endswith(name)]


def test_a_step_has_its_pattern_its_source_and_its_ops(stepper: RewriteStepper):
    (step,) = steps_of(stepper, "MultiplyTwice")
    assert (step.run.name, Path(step.file).name) == ("MultiplyTwice", Path(__file__).name)
    assert step.source.startswith("def match_and_rewrite(self, op: Operation")
    assert "elementwise.MaximumOp(*op.operands)" in step.source
    assert [op.text for op in step.removed] == [f"%0 = stablehlo.multiply %a, %b : {T}"]
    (made,) = step.added
    assert made.name == "stablehlo.maximum"
    assert step.nanoseconds > 0
    (next_step,) = steps_of(stepper, "MaximumToAdd")
    assert next_step.removed[0].serial == made.serial
    assert next_step.removed[0].text == made.text
    assert made.text.endswith(f" = stablehlo.maximum %a, %b : {T}"), "no stage has this op"


def test_an_op_changed_in_place_has_two_texts(stepper: RewriteStepper):
    (step,) = steps_of(stepper, "TurnOperands")
    (before,), (after,) = step.removed, step.added
    assert before.serial == after.serial and step.changed == {before.serial}
    assert before.text.startswith("%1 = stablehlo.subtract %0, %b")
    assert "stablehlo.subtract %turned, %turned" in after.text


def test_rules_of_the_compiler_show_their_own_text(stepper: RewriteStepper):
    steps = [step for step in map(stepper.step, range(stepper.total)) if step.file]
    ours = [step for step in steps if step.file.startswith("ireelite/lowering/")]
    assert ours
    for step in ours:
        assert f"def {step.pattern}(" in step.source or step.pattern in step.source


def test_every_rewrite_is_there_and_every_op_has_a_text(
    stepper: RewriteStepper, record: CompilationRecord
):
    assert stepper.total == sum(len(run.rewrites) for run in record.passes)
    for step in map(stepper.step, range(stepper.total)):
        for op in (*step.removed, *step.added):
            assert op.text and "\n" not in op.text
            assert op.name.removeprefix("builtin.").removeprefix("func.") in op.text


def test_rewrites_that_touched_an_op_are_those_of_its_story(
    stepper: RewriteStepper, record: CompilationRecord
):
    mul = next(n for n in record.stage("hlo").nodes if record.nodes.name(n) == "stablehlo.multiply")
    touched = stepper.touching([mul])
    family = record.relatives(mul)
    for number in range(stepper.total):
        step = stepper.step(number)
        shown = {op.serial for op in (*step.removed, *step.added)}
        assert (number in touched) == bool(shown & family)
    (first,) = steps_of(stepper, "MultiplyTwice")
    assert touched[0] == first.number
    assert stepper.following([mul], first.number) == touched[1]
    assert stepper.following([mul], touched[1], forwards=False) == first.number
    assert stepper.following([mul], touched[-1]) is None
    assert stepper.following([mul], touched[0], forwards=False) is None


def test_columns_rebuild_every_step(stepper: RewriteStepper):
    state = stepper.state()
    columns = {
        name: unpack_ints(base64.b64decode(packed), count)
        for name, (count, packed) in state["columns"].items()
    }
    lines = zlib.decompress(base64.b64decode(state["lines"])).decode().split("\n")
    begin = 0
    for number in range(stepper.total):
        step = stepper.step(number)
        middle, end = columns["ends"][2 * number], columns["ends"][2 * number + 1]
        shown = [lines[text] for text in columns["texts"][begin:end]]
        assert shown == [op.text for op in (*step.removed, *step.added)]
        assert list(columns["ops"][begin:middle]) == [op.serial for op in step.removed]
        assert state["patterns"][columns["patterns"][number]][0] == step.pattern
        begin = end
    assert sum(row[3] for row in state["passes"]) == stepper.total


def test_text_says_what_each_pass_applied_and_one_rewrite_in_full(stepper: RewriteStepper):
    text = steps_text(RewriteStepper(stepper.record, 0))
    assert "  MultiplyTwice: 1 (MultiplyTwice x1)" in text
    assert "no rewrites: " in text
    assert f"  - %0 = stablehlo.multiply %a, %b : {T}" in text
    assert f" = stablehlo.maximum %a, %b : {T}" in text
    assert text == steps_text(RewriteStepper(stepper.record, 0))


def test_a_rewrite_that_is_not_there_is_refused(record: CompilationRecord):
    with pytest.raises(StatusError, match="there is no rewrite 9999: this record has the rewrites"):
        RewriteStepper(record, 9999)
    with pytest.raises(StatusError) as raised:
        RewriteStepper(CompilationRecord(), 1)
    assert raised.value.code is StatusCode.OUT_OF_RANGE
    assert "no rewrites" in raised.value.message


def test_a_record_from_a_file_shows_the_same(record: CompilationRecord):
    again = RewriteStepper(CompilationRecord.from_bytes(record.to_bytes()))
    assert steps_text(again) == steps_text(RewriteStepper(record))
    assert again.state() == RewriteStepper(record).state()


def test_a_record_without_rewrites_is_shown():
    view = workbench.RewriteStepper(CompilationRecord(source="empty"))
    assert view.to_text() == "The 0 rewrites of empty, by 0 of 0 passes"
    assert "0 rewrites" in view.to_svg()


def test_source_is_cut_out_with_its_short_class():
    text = "class A:\n    @wrap\n    def f(self):\n        return 1\n\n\ndef g():\n    pass\n"
    blocks = blocks_of(text)
    assert cut_out(text.splitlines(), blocks[2]).startswith("class A:\n    @wrap")
    assert cut_out(text.splitlines(), blocks[7]) == "def g():\n    pass"
    assert cut_out(text.splitlines(), blocks.get(5)) == ""
