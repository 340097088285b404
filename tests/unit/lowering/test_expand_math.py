"""Expansion of math functions as a pass:
what it leaves alone, what it makes, where its ops come from.
"""

import pytest
from xdsl.dialects import arith, math, memref, scf
from xdsl.dialects.builtin import ModuleOp

from ireelite.lowering.scalars.expand_math import EXPANSIONS, WIDE_EXPANSIONS, expand_math
from ireelite.provenance import Tracker
from ireelite.syntax.context import make_context
from ireelite.syntax.parser import StageParser

ALL = {**EXPANSIONS, **WIDE_EXPANSIONS}
BINARY = (
    "arith.remf",
    "math.atan2",
    "math.nextafter",
    "math.polygamma",
    "math.powf",
    "math.zeta",
)
PRIMITIVE = {math.AbsFOp, math.FloorOp, math.RoundEvenOp, math.SqrtOp}

KERNEL = """
func.func @kernel(%a: memref<4xf32>, %b: memref<4xf32>) attributes {{iree.executable.export}} {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %start = arith.constant 1.0 : f32
  %sum = scf.for %i = %c0 to %c4 step %c1 iter_args(%acc = %start) -> (f32) {{
    %x = memref.load %a[%i] : memref<4xf32>
    %y = {op} : f32
    %s = arith.addf %acc, %y : f32
    scf.yield %s : f32
  }}
  memref.store %sum, %b[%c0] : memref<4xf32>
  func.return
}}
"""


def parse(op: str) -> ModuleOp:
    return StageParser(make_context(), KERNEL.format(op=op)).parse_module()


def call(kind: type) -> str:
    return f"{kind.name} %x, %acc" if kind.name in BINARY else f"{kind.name} %x"


@pytest.mark.parametrize("has_f64", [True, False])
@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_what_is_left_is_arithmetic(kind, has_f64):
    kernels = parse(call(kind))
    before = str(kernels)
    expanded = expand_math(kernels, has_f64=has_f64)
    expanded.verify()
    assert str(kernels) == before
    left = {type(op) for op in expanded.walk() if op.name.startswith("math.")}
    assert left <= PRIMITIVE
    assert not any(type(op) in ALL for op in expanded.walk())
    assert has_f64 or "f64" not in str(expanded)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_every_op_derives_from_the_one_it_expands_or_copies(kind):
    kernels = parse(call(kind))
    tracker = Tracker()
    with tracker.running("expand-math", "executables"):
        expanded = expand_math(kernels, tracker)
    (function,) = (op for op in kernels.walk() if type(op) is kind)
    roots = {tracker.serial(op) for op in kernels.walk()}
    for op in expanded.walk():
        assert tracker.record.ancestors(tracker.serial(op)) & roots
    (rewrite,) = [r for r in tracker.record.passes[0].rewrites if r.pattern == ALL[kind].__name__]
    assert rewrite.ops_in == [tracker.serial(function)]
    assert rewrite.file.startswith("ireelite/lowering/scalars/")


def test_kernels_without_math_are_returned_themselves():
    kernels = parse("arith.mulf %x, %x")
    assert expand_math(kernels) is kernels


def test_a_target_keeps_what_it_has_instructions_for():
    kernels = parse("math.exp %x")
    assert expand_math(kernels, keep={math.ExpOp}) is kernels


def test_the_rest_is_copied():
    expanded = expand_math(parse("math.rsqrt %x"))
    kinds = [type(op) for op in expanded.walk()]
    for kind, count in ((memref.LoadOp, 1), (memref.StoreOp, 1), (scf.ForOp, 1), (arith.AddfOp, 1)):
        assert kinds.count(kind) == count
    assert (
        "@kernel(%a: memref<4xf32>, %b: memref<4xf32>) attributes {iree.executable.export}"
        in str(expanded)
    )
