"""The short form of `scf.parallel`: what is printed is read back, and faults are found where they are."""

from __future__ import annotations

import pytest

from ireelite.status import StatusError
from ireelite.syntax.parser import parse_module, verify
from ireelite.syntax.printer import print_module, print_spans

LOOP = """module {
  func.func @f(%a: index, %b: index, %x: f32) -> f32 {
    scf.parallel (%i) = (%a) to (%b) step (%a) {
      scf.reduce
    } {mapping = ["lanes"]}
    %0 = scf.parallel (%m, %n) = (%a, %a) to (%b, %b) step (%a, %a) init (%x) -> f32 {
      scf.reduce(%x : f32) {
      ^bb0(%1: f32, %2: f32):
        %3 = arith.addf %1, %2 : f32
        scf.reduce.return %3 : f32
      }
    }
    %4, %5 = scf.parallel (%k) = (%a) to (%b) step (%a) init (%x, %x) -> (f32, f32) {
      scf.reduce(%x, %x : f32, f32) {
      ^bb0(%6: f32, %7: f32):
        scf.reduce.return %6 : f32
      } {
      ^bb0(%6: f32, %7: f32):
        scf.reduce.return %7 : f32
      }
    }
    return %4 : f32
  }
}
"""
GENERIC = """
func.func @f(%a: index, %b: index) {
  "scf.parallel"(%a, %b, %a) <{operandSegmentSizes = array<i32: 1, 1, 1, 0>}> ({
  ^bb0(%i: index):
    "scf.reduce"() : () -> ()
  }) : (index, index, index) -> ()
  return
}"""


def test_loops_are_printed_as_they_are_read():
    module = parse_module(LOOP)
    verify(module)
    again = print_module(module)
    assert again == print_module(parse_module(again))
    for line in LOOP.splitlines():
        if "scf.parallel" in line or "mapping" in line:
            assert line[line.find("scf.parallel") :].strip() in again


def test_the_generic_form_means_the_same():
    printed = print_module(parse_module(GENERIC))
    assert "scf.parallel (%i) = (%a) to (%b) step (%a) {" in printed


def test_every_op_and_induction_variable_has_its_place():
    spans = print_spans(parse_module(GENERIC))
    names = [op.name for op in spans.ops]
    assert names == ["builtin.module", "func.func", "scf.parallel", "scf.reduce", "func.return"]
    at = spans.name_starts[names.index("scf.parallel")]
    assert spans.text[at:].startswith("scf.parallel (%i)")
    places = [spans.text[span.start : span.end] for span in spans.value_spans]
    assert places.count("%i") == 1 and places.count("%a") == 3


@pytest.mark.parametrize(
    ("fault", "mended", "said"),
    [
        ("to (%b) step", "to (%b, %b) step", "expected 1 bounds for 1 induction variables, not 2"),
        ("scf.parallel (%i)", "scf.parallel %i", "expected"),
        ("step (%a) {", "step (%x) {", "f32"),
        ("init (%x) -> f32", "init (%x)", ""),
    ],
)
def test_faults_are_found_where_they_are(fault: str, mended: str, said: str):
    with pytest.raises(StatusError, match=r"<memory>:\d+:\d+|:\d+:\d+") as raised:
        verify(parse_module(LOOP.replace(fault, mended, 1)))
    assert said in str(raised.value)
