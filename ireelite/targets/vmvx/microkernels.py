"""Ops of the `vmvx` dialect become calls of the VM module `vmvx`."""

from __future__ import annotations

from xdsl.dialects.builtin import StringAttr, i32
from xdsl.ir import Operation, SSAValue

from ireelite.dialects import vm, vmvx
from ireelite.lowering.rewriting.conversion import Conversion, Rules
from ireelite.lowering.vm.building import emit, number

IMPORTS = {
    "vmvx.mmt4d": "0rIIrIIrIIIIIiiii_v",
    **{f"vmvx.copy.2d.x{bits}": "0rIIIrIIIII_v" for bits in vmvx.COPIED_BITS},
}
"""Name of an import -> its calling convention."""
ACCUMULATE, ALLOW_ANY_TILE = 0x100, 0x200
"""Flags of `mmt4d`. Without the second one, IREE's runtime ends the process where it has no code of
its own for a tile's size."""


def lower_product(op: vmvx.Mmt4dOp, to: Conversion) -> Operation:
    flags: SSAValue = number(to, vmvx.PRODUCTS[op.types] | ALLOW_ANY_TILE, i32)
    if op.accumulate is not None:
        adds = number(to, vmvx.PRODUCTS[op.types] | ALLOW_ANY_TILE | ACCUMULATE, i32)
        flags = emit(to, "select.i32", to.value(op.accumulate), adds, flags, type=i32)
    places = [to.value(value) for value in op.operands[:12]]
    tile = [emit(to, "trunc.i64.i32", to.value(size), type=i32) for size in (op.m0, op.n0, op.k0)]
    return call("vmvx.mmt4d", [*places, *tile, flags], to)


def lower_copy(op: vmvx.CopyOp, to: Conversion) -> Operation:
    return call(f"vmvx.copy.2d.x{op.bits}", to.operands(op), to)


def call(name: str, operands: list[SSAValue], to: Conversion) -> Operation:
    """Returns a call of an import."""
    return to.insert(vm.op("call").make(operands, [], callee=StringAttr(name)))


MICROKERNEL_RULES: Rules = {vmvx.Mmt4dOp: lower_product, vmvx.CopyOp: lower_copy}


def imports_of(functions: list[vm.FuncOp]) -> list[vm.ImportOp]:
    """Returns what functions import of the module `vmvx`, in order."""
    called = dict.fromkeys(
        op.attributes["callee"] for each in functions for op in each.walk() if op.name == "vm.call"
    )
    names = [name.data for name in called if isinstance(name, StringAttr)]
    return [vm.ImportOp(name, IMPORTS[name]) for name in names if name in IMPORTS]
