"""Source locations from text and graphs to the table of a module."""

import pytest
from xdsl.dialects.builtin import (
    ArrayAttr,
    CallSiteLoc,
    FileLineColLoc,
    FusedLoc,
    IntAttr,
    ModuleOp,
    NameLoc,
    NoneAttr,
    StringAttr,
    UnknownLoc,
)

from ireelite.bytecode.locations import CallSite, FileLineCol, Fused, Name
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.locations import SourceMap, fused
from ireelite.status import StatusError
from ireelite.syntax.parser import parse_module
from ireelite.syntax.printer import print_module


def place(line: int) -> FileLineColLoc:
    return FileLineColLoc(StringAttr("a.mlir"), IntAttr(line), IntAttr(1))


def op_at(location):
    op = ModuleOp([])
    op.location = location
    return op


A, B = place(1), place(2)
UNKNOWN = UnknownLoc()


@pytest.mark.parametrize(
    ("locations", "expected"),
    [
        ([A], A),
        ([UNKNOWN], UNKNOWN),
        ([UNKNOWN, UNKNOWN], UNKNOWN),
        ([A, UNKNOWN], A),
        ([A, A], A),
        ([A, B], FusedLoc(ArrayAttr([A, B]), NoneAttr())),
        ([FusedLoc(ArrayAttr([A, B]), NoneAttr()), B], FusedLoc(ArrayAttr([A, B]), NoneAttr())),
        (
            [FusedLoc(ArrayAttr([A]), StringAttr("m")), B],
            FusedLoc(ArrayAttr([FusedLoc(ArrayAttr([A]), StringAttr("m")), B]), NoneAttr()),
        ),
    ],
)
def test_what_is_made_of_several_ops(locations, expected):
    assert fused([op_at(location) for location in locations]) == expected


def test_a_conversion_hands_locations_on():
    to = Conversion({}, "test")
    target = ModuleOp([])
    with to.at(target.body.block):
        outside = to.insert(ModuleOp([]))
        with to.rewriting(test_a_conversion_hands_locations_on, op_at(A), op_at(B)):
            both = to.insert(ModuleOp([]))
            kept = to.insert(op_at(B))
            with to.deriving_from(op_at(UNKNOWN)):
                around = to.insert(ModuleOp([]))
            with to.rewriting(test_a_conversion_hands_locations_on, op_at(A)):
                inner = to.insert(ModuleOp([]))
    assert outside.location == UNKNOWN
    assert both.location == around.location == FusedLoc(ArrayAttr([A, B]), NoneAttr())
    assert kept.location == B
    assert inner.location == A


def test_the_table_has_all_kinds():
    named = NameLoc(StringAttr("mul"), A)
    call = CallSiteLoc(named, B)
    both = FusedLoc(ArrayAttr([call, UNKNOWN]), StringAttr("m"))
    table = SourceMap()
    assert table.row(UNKNOWN) == 0
    assert table.row(both) == table.row(both) == 5
    assert table.row(NameLoc(StringAttr("bare"), NoneAttr())) == 6
    assert table.table.rows == [
        None,
        FileLineCol("a.mlir", 1, 1),
        Name("mul", 1),
        FileLineCol("a.mlir", 2, 1),
        CallSite(2, 3),
        Fused((4, 0), '"m"'),
        Name("bare"),
    ]


TEXT = """\
#loc1 = loc("x")
module @m {
  func.func @f(%arg0: tensor<4xf32> loc("x")) -> tensor<4xf32> {
    %0 = stablehlo.add %arg0, %arg0 : tensor<4xf32> loc(#loc4)
    %1 = stablehlo.add %0, %0 : tensor<4xf32>
    %2 = stablehlo.add %1, %1 : tensor<4xf32> loc(unknown)
    %3 = stablehlo.add %2, %2 : tensor<4xf32> loc(fused<"m">[#loc1, "b.mlir":3:4])
    return %3 : tensor<4xf32> loc(#loc)
  } loc(#loc)
} loc(#loc)
#loc = loc(unknown)
#loc2 = loc("<stdin>":4:0)
#loc4 = loc("jit(f)/add"(callsite("f"(#loc2) at #loc2)))
"""


def test_text_says_where_it_comes_from():
    module = parse_module(TEXT, "text.mlir")
    adds = [op for op in module.walk() if op.name == "stablehlo.add"]
    table = SourceMap()
    rows = [table.table.rows[table.row(op.location)] for op in adds]
    assert rows == [
        Name("jit(f)/add", 3),
        FileLineCol("text.mlir", 5, 10),
        None,
        Fused((6, 7), '"m"'),
    ]
    assert table.table.rows[1:4] == [FileLineCol("<stdin>", 4, 0), Name("f", 1), CallSite(2, 1)]
    text = print_module(module, locations=True)
    assert print_module(parse_module(text), locations=True) == text
    assert "loc(" not in print_module(module)


RANGES = """\
module @m {
  func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
    %0 = stablehlo.add %x, %x : tensor<4xf32> loc("m.py":3:8 to :17)
    %1 = stablehlo.add %0, %0 : tensor<4xf32> loc("m.py":3:8 to 4:2)
    %2 = stablehlo.add %1, %1 : tensor<4xf32> loc(#loc2)
    %3 = stablehlo.add %2, %2 : tensor<4xf32> loc(fused["m.py":3:8 to :17, "m.py":5:1])
    return %3 : tensor<4xf32>
  }
}
#loc1 = loc("m.py":7:1 to 7:9)
#loc2 = loc("jit(f)/add"(callsite("f"("m.py":3:8 to :17) at #loc1)))
"""
"""As JAX prints what it traces."""


def test_a_range_is_known_by_where_it_begins():
    module = parse_module(RANGES, "text.mlir")
    adds = [op for op in module.walk() if op.name == "stablehlo.add"]
    table = SourceMap()
    rows = [table.table.rows[table.row(op.location)] for op in adds]
    assert rows[:2] == [FileLineCol("m.py", 3, 8)] * 2
    assert isinstance(rows[2], Name) and rows[2].name == "jit(f)/add"
    assert isinstance(rows[3], Fused) and len(rows[3].locations) == 2
    assert FileLineCol("m.py", 7, 1) in table.table.rows


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('module {} loc("m.py":3:8 to 4)', "Expected ':'"),
        ("module {} loc(#loc9)", "undefined symbol alias '#loc9'"),
        ("module {\n} loc(#loc)\n#loc = loc(fused[#loc])", "a.mlir:3:22: undefined symbol alias"),
        ("module {} loc(fused)", "expected"),
        ("module {} loc(3)", "Unexpected location syntax"),
    ],
)
def test_what_is_no_location(text, reason):
    with pytest.raises(StatusError) as caught:
        parse_module(text, "a.mlir")
    assert reason in str(caught.value)
