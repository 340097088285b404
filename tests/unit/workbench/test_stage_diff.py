"""Programs side by side: what happened to each op, by identity, and rows that fold."""

from __future__ import annotations

import pytest

import ireelite
import workbench
from ireelite.records import CompilationRecord, Rewrite
from ireelite.records.compilation import new_stage
from ireelite.status import StatusCode, StatusError
from workbench.model.stage_diff import StageDiff, bytes_of
from workbench.render.text_diff import diff_text


def program(record: CompilationRecord, name: str, rows: list[tuple[int, str]]):
    """A program of one op a line, from (serial, text)."""
    stage = new_stage(name, "".join(f"{text}\n" for _, text in rows), [n for n, _ in rows])
    at = 0
    for n, (_, text) in enumerate(rows):
        stage.op_spans.add(at, at + len(text), n)
        at += len(text) + 1
    return stage


@pytest.fixture(scope="module")
def record() -> CompilationRecord:
    record = CompilationRecord(source="net")
    nodes = record.nodes
    old = [nodes.add(f"a.op{n}") for n in range(10)]
    became = nodes.add("b.one", [old[1]])
    halves = [nodes.add("b.half", [old[2]]) for _ in range(2)]
    merged = nodes.add("b.both", [old[3], old[4]])
    new = nodes.add("b.new")
    record.stages.append(
        program(record, "first", [(n, f"%{n} = a.op{n} : tensor<{n}x4xf32>") for n in old])
    )
    record.stages.append(
        program(
            record,
            "last",
            [
                (old[0], "%0 = a.op0 : tensor<0x4xf32>"),
                (became, "%1 = b.one : tensor<1x4xf32>"),
                (halves[0], "%2 = b.half : tensor<1x4xf32>"),
                (halves[1], "%3 = b.half : tensor<1x4xf32>"),
                (merged, "%4 = b.both : tensor<7x4xf32>"),
                (new, "%5 = b.new : f32"),
                (old[6], "%6 = a.op6 : tensor<6x4xf32>"),
                (old[7], "%name = a.op7 : tensor<7x4xf32>"),
                (old[8], "%8 = a.op8 {more} : tensor<8x4xf32>"),
                (old[5], "%9 = a.op5 : tensor<5x4xf32>"),
            ],
        )
    )
    busy = record.add_pass("busy", "last")
    busy.rewrites.append(Rewrite("rule", "", 0, [old[1]], [became]))
    busy.after = program(record, "busy", [(old[0], "%0 = a.op0 : tensor<0x4xf32>")])
    record.add_pass("idle", "last")
    return record


def test_each_op_has_the_status_of_its_story(record: CompilationRecord):
    model = StageDiff(record)
    assert model.names == ["first", "last"]
    statuses = [model.cell(1, n).status for n in range(10)]
    assert statuses == [
        "same", "became", "split", "split", "merged", "added", "same", "renamed", "changed",
        "moved",
    ]  # fmt: skip
    first = [model.cell(0, n).status for n in range(10)]
    assert first == ["same", *["became"] * 4, *["same"] * 4, "removed"]


def test_rows_put_an_op_beside_what_it_was(record: CompilationRecord):
    model = StageDiff(record)
    pairs = {(row[0], row[1]) for row in model.rows if None not in row}
    assert {(0, 0), (1, 1), (6, 6), (7, 7), (8, 8)} <= pairs
    for column in (0, 1):
        places = [row[column] for row in model.rows if row[column] is not None]
        assert places == list(range(10)), "all ops, in the program's order"


def test_columns_have_counts_bytes_and_passes(record: CompilationRecord):
    before, after = StageDiff(record).columns
    assert (before.ops, after.ops) == (10, 10)
    assert before.size == 16 * sum(range(10))
    assert after.size == 16 * (0 + 1 + 1 + 1 + 7 + 6 + 7 + 8 + 5)
    assert after.busy == ("busy (1)",) and after.idle == 1


def test_equal_regions_fold_with_some_rows_around(record: CompilationRecord):
    long = CompilationRecord(source="long")
    serials = [long.nodes.add("a.op") for _ in range(40)]
    rows = [(n, f"%{n} = a.op : i{n + 1}") for n in serials]
    long.stages.append(program(long, "one", rows))
    long.stages.append(program(long, "two", rows[:20] + rows[21:]))
    model = StageDiff(long)
    assert model.folds() == [(0, 18), (23, 40)]
    text = diff_text(model)
    assert "... 18 rows without a change" in text and "1 − %20 = a.op : i21" in text
    same = StageDiff(long, ["one", "one"])
    assert same.folds() == [(0, 40)]


def test_more_than_two_programs_stand_side_by_side(record: CompilationRecord):
    model = StageDiff(record, ["first", "busy", "last"])
    assert len(model.columns) == 3
    assert all(len(row) == 3 for row in model.rows)
    view = workbench.StageDiff(record, "first", "busy", "last")
    assert "3 last: 10 ops" in view.to_text()
    assert view.to_svg().count("<text") > 10
    view.programs = ["first", "last"]
    assert view.model.names == ["first", "last"] and view.data["columns"][1]["name"] == "last"


def test_programs_are_chosen_by_stage_and_by_pass(record: CompilationRecord):
    assert StageDiff(record).choices == ["first", "last", "busy"]
    with pytest.raises(StatusError, match="pass 'idle' left no program of its own"):
        StageDiff(record, ["idle"])
    with pytest.raises(StatusError) as raised:
        StageDiff(record, ["lost"])
    assert raised.value.code is StatusCode.NOT_FOUND and "last" in raised.value.message
    with pytest.raises(StatusError, match="no stages to compare"):
        StageDiff(CompilationRecord())


def test_stages_of_a_compilation_are_compared(compilation: CompilationRecord):
    view = workbench.StageDiff(compilation, "tf", "hlo")
    assert "stablehlo.multiply" in view.to_text()
    assert view.to_html().startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("line", "size"),
    [
        ("%0 = a.b %1 : (tensor<4xf32>) -> tensor<2x3xf16>", 12),
        ("%0:2 = a.b : memref<8xi8>, tensor<2xcomplex<f32>>", 24),
        ("a.store %0 : tensor<4xf32>", 0),
        ("%0 = a.b : tensor<?x4xf32>", 0),
        ("%0 = a.b : tensor<i1>", 1),
    ],
)
def test_bytes_are_those_of_the_results(line: str, size: int):
    assert bytes_of(line) == size


def test_the_program_after_each_pass_of_a_compilation_can_be_kept():
    t = "tensor<4xf32>"
    source = f"func.func @main(%a: {t}) -> {t} {{\n  %0 = stablehlo.add %a, %a : {t}\n  return %0 : {t}\n}}"
    record = ireelite.compile(source, targets=["vmvx"], record="passes").record
    kept = [run.name for run in record.passes if run.after is not None]
    assert {"hlo-to-linalg", "form-dispatches", "linalg-to-loops"} <= set(kept)
    assert "expand-hlo" not in kept, "it changed nothing"
    text = diff_text(StageDiff(record, ["hlo", "hlo-to-linalg", "form-dispatches"]))
    assert "arith.addf" in text and "iree.dispatch_region" in text
    assert [stage.name for stage in record.stages][:2] == ["hlo", "dispatch"]
    with pytest.raises(StatusError, match="expected True, False or 'passes'"):
        ireelite.compile(source, record="all")


LOOPS = """func.func @by_data(%x: tensor<16xf32>, %n: tensor<i32>) -> tensor<16xf32> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %r:2 = stablehlo.while(%i = %zero, %a = %x) : tensor<i32>, tensor<16xf32> cond {
    %c = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %s = stablehlo.sine %a : tensor<16xf32>
    %j = stablehlo.add %i, %one : tensor<i32>
    stablehlo.return %j, %s : tensor<i32>, tensor<16xf32>
  }
  return %r#1 : tensor<16xf32>
}
func.func @until(%x: tensor<f32>) -> tensor<f32> {
  %half = stablehlo.constant dense<0.5> : tensor<f32>
  %r = stablehlo.while(%a = %x) : tensor<f32> cond {
    %c = stablehlo.compare GT, %a, %half : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %s = stablehlo.multiply %a, %half : tensor<f32>
    stablehlo.return %s : tensor<f32>
  }
  return %r : tensor<f32>
}
func.func @on_the_host(%x: tensor<512x512xf32>) -> tensor<512x512xf32> {
  %half = stablehlo.constant dense<0.5> : tensor<f32>
  %r = stablehlo.while(%a = %x) : tensor<512x512xf32> cond {
    %e = stablehlo.slice %a [0:1, 0:1] : (tensor<512x512xf32>) -> tensor<1x1xf32>
    %m = stablehlo.reshape %e : (tensor<1x1xf32>) -> tensor<f32>
    %c = stablehlo.compare GT, %m, %half : (tensor<f32>, tensor<f32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %s = stablehlo.dot %a, %a : (tensor<512x512xf32>, tensor<512x512xf32>) -> tensor<512x512xf32>
    stablehlo.return %s : tensor<512x512xf32>
  }
  return %r : tensor<512x512xf32>
}
func.func @in_parts(%x: tensor<256xf32>) -> tensor<256xf32> {
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %n = stablehlo.constant dense<9999> : tensor<i32>
  %r:2 = stablehlo.while(%i = %zero, %a = %x) : tensor<i32>, tensor<256xf32> cond {
    %c = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %c : tensor<i1>
  } do {
    %s = stablehlo.add %a, %x : tensor<256xf32>
    %j = stablehlo.add %i, %one : tensor<i32>
    stablehlo.return %j, %s : tensor<i32>, tensor<256xf32>
  }
  return %r#1 : tensor<256xf32>
}
func.func @chosen(%which: tensor<i32>, %x: tensor<4096xf32>) -> tensor<4096xf32> {
  %r = "stablehlo.case"(%which) ({
    %a = stablehlo.sine %x : tensor<4096xf32>
    stablehlo.return %a : tensor<4096xf32>
  }, {
    %b = stablehlo.add %x, %x : tensor<4096xf32>
    stablehlo.return %b : tensor<4096xf32>
  }) : (tensor<i32>) -> tensor<4096xf32>
  return %r : tensor<4096xf32>
}
"""
"""Turns that data counts, and that data ends; a loop of the host; one in parts; a choice."""
BEFORE_THE_FRAME = ("hlo", "dispatch", "hl-seq", "ll-seq", "kernels", "schedules", "executables")
"""Stages between which nothing comes from nowhere, as the imports of the VM's module do."""


@pytest.mark.parametrize("kept", [True, "passes"])
def test_all_that_loops_and_choices_become_comes_from_an_op(kept: bool | str):
    program = ireelite.compile(LOOPS, targets=["vmvx"], record=kept)
    columns = workbench.StageDiff(program, *BEFORE_THE_FRAME).model.columns
    assert [column.counts["added"] for column in columns] == [0] * len(BEFORE_THE_FRAME)
    pairs = workbench.StageDiff(program, "hlo", "dispatch").model
    first = [pairs.cell(0, row[0]) for row in pairs.rows if row[0] is not None]
    # A loop that is counted compares nothing, and its counter may be in no tensor.
    gone = [cell.text for cell in first if cell.status == "removed"]
    assert not [text for text in gone if any(op in text for op in ("sine", "dot", "multiply"))]
