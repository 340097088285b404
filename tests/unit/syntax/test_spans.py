"""Printing with spans gives the text of plain printing, and spans that fit it."""

from ireelite.syntax.parser import parse_module
from ireelite.syntax.printer import print_module, print_spans

SOURCE = """
func.func @main(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %zero = arith.constant 0.0 : f32
  %minus = arith.constant -0.0 : f32
  %c = stablehlo.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %0 = stablehlo.add %a, %b : tensor<4xf32>
  %1 = stablehlo.add %b, %0 : tensor<4xf32>
  %2 = stablehlo.add %1, %1 : tensor<4xf32>
  %3 = stablehlo.add %c, %2 : tensor<4xf32>
  %4 = arith.addf %zero, %minus : f32
  %5 = arith.addf %minus, %4 fastmath<fast> : f32
  %6 = arith.addf %5, %4 : f32
  %7 = arith.addf %6, %6 : f32
  return %3 : tensor<4xf32>
}
"""


def test_the_text_is_that_of_plain_printing():
    module = parse_module(SOURCE)
    assert print_spans(module).text == print_module(module, elide=True)


def test_spans_show_where_ops_and_values_are():
    spans = print_spans(parse_module(SOURCE))
    names: dict[int, set[str]] = {}
    for span in spans.value_spans:
        names.setdefault(span.index, set()).add(spans.text[span.start : span.end])
    assert all(len(each) == 1 for each in names.values())
    assert sum(map(len, names.values())) == len(set().union(*names.values())) == 13
    assert len(spans.value_spans) == spans.text.count("%")
    types = {spans.text[s.start : s.end]: spans.value_types[s.index] for s in spans.value_spans}
    assert len(spans.value_types) == 13 and types["%a"] == "tensor<4xf32>"
    for op, start, span in zip(spans.ops, spans.name_starts, spans.op_spans, strict=True):
        assert spans.text[start:].startswith(
            op.name.removeprefix("builtin.").replace("func.r", "r")
        )
        line = spans.text[span.start : span.end]
        assert line.startswith("%") == bool(op.results) and not line.endswith("\n")
