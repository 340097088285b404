"""Calls of the `check` module. Its functions are optional imports: a program that is loaded without
the module skips its checks.
"""

from __future__ import annotations

from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, StringAttr, TensorType, f32, i32, i64
from xdsl.ir import Attribute, Block, SSAValue

from ireelite.dialects import check
from ireelite.lowering.host.conversion import HostConversion
from ireelite.lowering.host.types import resize
from ireelite.lowering.host.values import same
from ireelite.lowering.host.views import exact_view, without_padding
from ireelite.lowering.rewriting.conversion import Rules
from ireelite.lowering.vm.buffer_views import upload_view
from ireelite.lowering.vm.building import number

FUNCTIONS = {
    "check.expect_true": "0i_v",
    "check.expect_false": "0i_v",
    "check.expect_all_true": "0rr_v",
    "check.expect_eq": "0rrr_v",
    "check.expect_almost_eq": "0rrrff_v",
    "check.expect_close": "0rrrII_v",
    "check.expect_serialized_eq": "0rrrI_v",
    "check.probe": "0rrr_v",
}
"""Function of the `check` module -> its calling convention."""


def lower_truth(op: check.TruthOp, to: HostConversion) -> None:
    """Checks a number as an i32: a wider one by whether it is zero."""
    value = to.value(op.operand)
    if value.type == i64:
        value = to.b.value("cmp.nz.i64", [value], i32)
    call(to, op.name, [resize(to, value, i32)])


def lower_all_true(op: check.ExpectAllTrueOp, to: HostConversion) -> None:
    compare(to, op.name, [op.operand])


def lower_equal(op: check.ExpectEqOp, to: HostConversion) -> None:
    compare(to, op.name, [op.lhs, op.rhs])


def lower_equal_constant(op: check.ExpectEqConstOp, to: HostConversion) -> None:
    compare(to, "check.expect_eq", [op.lhs], [uploaded(to, op.value)])


def lower_almost_equal(op: check.ExpectAlmostEqOp, to: HostConversion) -> None:
    compare(to, op.name, [op.lhs, op.rhs], numbers(to, check.tolerances(op), f32))


def lower_almost_equal_constant(op: check.ExpectAlmostEqConstOp, to: HostConversion) -> None:
    more = [uploaded(to, op.value), *numbers(to, check.tolerances(op), f32)]
    compare(to, "check.expect_almost_eq", [op.lhs], more)


def lower_close(op: check.ExpectCloseOp, to: HostConversion) -> None:
    compare(to, op.name, [op.lhs, op.rhs], numbers(to, check.ulp_bounds(op), i64))


def lower_serialized_equal(op: check.ExpectSerializedEqOp, to: HostConversion) -> None:
    turn = 0 if op.iteration is None else op.iteration.value.data
    more = [to.b.text(op.probe_id.data), number(to, turn, i64)]
    compare(to, op.name, [op.expected], more)


def lower_probe(op: check.ProbeOp, to: HostConversion) -> SSAValue:
    compare(to, "check.probe", [op.operand], [to.b.text(op.probe_id.data)])
    return same(to, op.operand, op.result)


def uploaded(to: HostConversion, value: DenseIntOrFPElementsAttr) -> SSAValue:
    """Returns a view of the elements of a constant."""
    assert isinstance(value.type, TensorType)
    return without_padding(to, upload_view(to.b, value, to.region), value.type)


def numbers(to: HostConversion, values: tuple[float, float], type: Attribute) -> list[SSAValue]:
    """Constants of a register type."""
    return [number(to, value, type) for value in values]


def compare(
    to: HostConversion, name: str, tensors: list[SSAValue], more: list[SSAValue] | None = None
) -> None:
    """Calls a function on the device, tensors that are ready, and other arguments."""
    to.await_values(tensors)
    views = [exact_view(to, tensor) for tensor in tensors]
    call(to, name, [to.b.device(), *views, *(more or [])])


def call(to: HostConversion, name: str, arguments: list[SSAValue]) -> None:
    """Calls a function of the `check` module if the module is there."""
    to.b.declare_import(name, FUNCTIONS[name], None, optional=True)
    present, after = Block(), Block()
    (resolved,) = to.b.emit("import.resolved", [], [i32], callee=StringAttr(name))
    to.branch(resolved, present, after)
    to.enter(present)
    to.b.call(name, *arguments, types=[])
    to.b.emit("br", successors=[after])
    to.enter(after)


CHECK_RULES: Rules = {
    check.ExpectAllTrueOp: lower_all_true,
    check.ExpectAlmostEqConstOp: lower_almost_equal_constant,
    check.ExpectAlmostEqOp: lower_almost_equal,
    check.ExpectCloseOp: lower_close,
    check.ExpectEqConstOp: lower_equal_constant,
    check.ExpectEqOp: lower_equal,
    check.ExpectFalseOp: lower_truth,
    check.ExpectSerializedEqOp: lower_serialized_equal,
    check.ExpectTrueOp: lower_truth,
    check.ProbeOp: lower_probe,
}
