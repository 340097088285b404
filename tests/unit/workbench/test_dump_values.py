"""Values of dumps: which name is which value, and the types that lines tell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workbench.dumps import read_dump
from workbench.dumps.ops import LineReader
from workbench.dumps.types import result_types, used_types
from workbench.dumps.values import Values
from workbench.model.subtree import subtree

T, R = "tensor<4xf32>", "!stream.resource<external>"


@pytest.mark.parametrize(
    ("code", "types"),
    [
        (f"a.one %0 : {T}", [T]),
        (f"a.one(%0) {{x = 1 : i32}} : (i32, i1) -> {T} {{", [T]),
        ("a.pair %0 : (i32) -> (f32, i1)", ["f32", "i1"]),
        (f"a.slice %0[0] [2] [1] : {T} to tensor<2xf32>", ["tensor<2xf32>"]),
        (f"stream.tensor.import %0 : !hal.buffer_view -> {T} in {R}{{%c4}}", [R]),
        (f"stream.timepoint.await %5 => %6, %7 : {R}{{%c4}}, {R}{{%c4}}", [R, R]),
        (f"stream.resource.alloca await(%1) => {R}{{%2}} => !stream.timepoint", [R, "!stream.timepoint"]),
        ("stream.resource.pack : index", ["index", "index"]),
        (f"scf.for %i = %a to %b step %c iter_args(%x = %y) -> ({T}) : i32 {{", [T]),
        (f"tensor.extract %0[%c0] : {T}", ["f32"]),
        ("arith.cmpi slt, %0, %1 : vector<2xi32>", ["vector<2xi1>"]),
        ("arith.constant true", ["i1"]),
        ("vm.const.i64 5", ["i64"]),
        ("vm.cmp.eq.ref %0, %1 : !vm.ref<!hal.buffer>", ["i32"]),
        ("hal.device.query<%d : !hal.device> key(\"a\" :: \"b\") : i1, i32 = 0 : i32", ["i1", "i32"]),
        (f"hal.tensor.barrier join(%8 : {T}) => %f : !hal.fence", [T]),
        ('llvm.extractvalue %3[1] : !llvm.struct<"s", (i32, ptr)>', ["!llvm.ptr"]),
        ("stream.cmd.execute await(%7) => with(%3 as %arg1: !x.y{%c}) {", []),
    ],
)  # fmt: skip
def test_results_have_the_types_that_their_line_tells(code: str, types: list[str]):
    name = re.split(r"[ (<]", code)[0]
    assert result_types(name, code, max(len(types), 1)) == types


@pytest.mark.parametrize(
    ("code", "types"),
    [
        ("a.b %0, %1 : i32, f32", ["i32", "f32"]),
        ("a.b %0, %1 : i32", ["i32", "i32"]),
        ("a.b %0[%1] : (i64) -> f32", ["i64", "index"]),
        (f"memref.store %0, %1[%2] : memref{T[6:]}", ["f32", f"memref{T[6:]}", "index"]),
    ],
)
def test_operands_have_the_types_that_their_line_tells(code: str, types: list[str]):
    assert used_types(code, [n for n, mark in enumerate(code) if mark == "%"]) == types


def values_of(text: str) -> list[tuple[str, int, str]]:
    """Returns (name, number, type) of each value that a text mentions."""
    values = Values(LineReader().read(text.splitlines()), 0)
    types = values.types
    return [(text[start:end], number, types[number]) for start, end, number in values.spans]


def test_a_name_counts_in_its_region():
    text = """func.func @f(%arg0: i32) {
  %0:2 = scf.for %i = %arg0 to %arg0 step %arg0 iter_args(%x = %arg0) -> (i32, f32)  : i32 {
    %0 = a.one %x, %i : i32
    scf.yield %0 : i32
  }
  a.two %0#1 : f32
  cf.br ^bb2
^bb1:
  a.three %late : i64
^bb2:
  %late = a.four : i64
}
func.func @g(%arg0: f32) {
}
"""
    found = values_of(text)
    assert {(name, type) for name, _, type in found} == {
        ("%arg0", "i32"), ("%arg0", "f32"), ("%0", "(i32, f32)"), ("%0", "i32"), ("%i", "i32"),
        ("%x", "i32"), ("%late", "i64"),
    }  # fmt: skip
    numbers = [number for name, number, _ in found if name == "%0"]
    assert numbers[0] == numbers[3] and numbers[1] == numbers[2] != numbers[0]
    assert len({number for name, number, _ in found if name == "%late"}) == 1


DUMP = """// -----// IR Dump After A: a //----- //
#target = #hal.target<"x">
module {
  util.global private @weights : !x.buffer
  hal.executable private @e {
    hal.executable.variant public @v target(#target) {
      hal.executable.export public @run ordinal(0)
      module {
        func.func @body() {
          return
        }
      }
    }
  }
  func.func private @callee(%arg0: i32) -> i32 {
    return %arg0 : i32
  }
  func.func public @main(%arg0: i32) -> i32 {
    %0:2 = a.pair %arg0 : i32 -> i32, f32
    %1 = util.call @callee(%0#0) : (i32) -> i32
    %w = util.global.load @weights : !x.buffer
    a.dispatch @e::@v::@run(%w, %odd)
    return %1 : i32
  }
}
"""


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Returns the copy of each op of a dump, by the op's name."""
    file = tmp_path_factory.mktemp("dump") / "f.mlir"
    file.write_text(DUMP)
    record = read_dump(file)
    (stage,) = record.stages
    return {record.nodes.name(s): subtree(record, stage, n) for n, s in enumerate(stage.nodes)}


def test_results_that_share_a_name_are_cast_from_nothing(copied: dict[str, str]):
    assert (
        copied["util.call"]
        == """module {
  func.func private @callee(%arg0: i32) -> i32
  func.func @copied() -> (i32) {
    %0:2 = builtin.unrealized_conversion_cast to i32, f32
    %1 = util.call @callee(%0#0) : (i32) -> i32
    return %1 : i32
  }
}
"""
    )


def test_an_op_of_a_container_stands_in_it(copied: dict[str, str]):
    assert (
        copied["hal.executable.export"]
        == """#target = #hal.target<"x">
module {
  hal.executable private @e {
    hal.executable.variant public @v target(#target) {
      hal.executable.export public @run ordinal(0)
    }
  }
}
"""
    )


def test_symbols_are_declared_and_types_that_are_not_told_are_said(copied: dict[str, str]):
    assert (
        copied["a.dispatch"]
        == """// The text of this program does not tell the types of: %odd
#target = #hal.target<"x">
module {
  hal.executable private @e {
    hal.executable.variant public @v target(#target) {
      hal.executable.export public @run ordinal(0)
    }
  }
  func.func @copied(%w: !x.buffer, %odd: none) {
    a.dispatch @e::@v::@run(%w, %odd)
    return
  }
}
"""
    )


def test_a_line_that_was_shortened_is_said(tmp_path: Path):
    file = tmp_path / "f.mlir"
    file.write_text(f"{DUMP.splitlines()[0]}\na.one {{x = [{'1, ' * 900}1]}}\n")
    record = read_dump(file)
    assert subtree(record, record.stages[0], 0).startswith("// A line of the dump is shortened")
