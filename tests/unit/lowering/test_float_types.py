"""Every op of the arith and math dialects on every float type: each target lowers it, or refuses it
as UNIMPLEMENTED at its place.
"""

import pytest
from xdsl.dialects.builtin import ModuleOp

from ireelite.status import StatusCode, StatusError
from ireelite.syntax.context import make_context
from ireelite.syntax.parser import StageParser
from ireelite.targets.registry import TARGETS, TargetOptions, find_target

KERNEL = """
func.func @kernel(%a: memref<4x{type}>, %b: memref<4x{type}>, %c: memref<4x{stored}>) attributes {{
    iree.executable.export, iree.ordinal = 0 : i32,
    iree.executable.workload = dense<[4, 1, 1]> : tensor<3xi32>}} {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  "scf.parallel"(%c0, %c4, %c1) <{{operandSegmentSizes = array<i32: 1, 1, 1, 0>}}> ({{
  ^bb0(%i: index):
    %x = memref.load %a[%i] : memref<4x{type}>
    %y = memref.load %b[%i] : memref<4x{type}>
    %r = {op}
    memref.store %r, %c[%i] : memref<4x{stored}>
    scf.reduce
  }}) : (index, index, index) -> ()
  func.return
}}
"""

UNARY = (
    "math.absf math.acos math.acosh math.asin math.asinh math.atan math.atanh math.cbrt math.ceil "
    "math.cos math.cosh math.erf math.exp math.exp2 math.expm1 math.floor math.log math.log10 "
    "math.log1p math.log2 math.round math.roundeven math.rsqrt math.sin math.sinh math.sqrt "
    "math.tan math.tanh math.trunc arith.negf"
).split()
BINARY = (
    "math.atan2 math.powf arith.remf arith.addf arith.subf arith.mulf arith.divf arith.maximumf "
    "arith.minimumf"
).split()
CASTS = (
    "arith.fptosi %x : {type} to i8|i8",
    "arith.fptosi %x : {type} to i32|i32",
    "arith.fptoui %x : {type} to i64|i64",
    "arith.cmpf olt, %x, %y : {type}|i1",
    "arith.cmpf une, %x, %y : {type}|i1",
)
OPS = (
    *(f"{name} %x : {{type}}|{{type}}" for name in UNARY),
    *(f"{name} %x, %y : {{type}}|{{type}}" for name in BINARY),
    "math.fma %x, %y, %x : {type}|{type}",
)
TYPES = ("f16", "bf16", "f32", "f64")
"""Casts and comparisons are tried on the types that registers have."""
WHOLE = {("f32", target) for target in TARGETS} | {("f64", "llvm-cpu"), ("f64", "vmvx")}
"""Where nothing is refused."""


def kernel(op: str, type: str) -> ModuleOp:
    text, stored = op.format(type=type).split("|")
    source = KERNEL.format(op=text, type=type, stored=stored)
    return StageParser(make_context(), source, "kernel.mlir").parse_module()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("type", TYPES)
def test_every_op_is_lowered_or_refused_at_its_place(type, target):
    for op in OPS if type in ("f16", "bf16") else (*OPS, *CASTS):
        module = kernel(op, type)
        try:
            find_target(target).lower(module, None, TargetOptions()).verify()
        except StatusError as error:
            assert error.code == StatusCode.UNIMPLEMENTED, (op, error)
            assert "kernel.mlir:" in str(error) and type in str(error), (op, error)
            assert (type, target) not in WHOLE or "i64" in op, (op, error)
