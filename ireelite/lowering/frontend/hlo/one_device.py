"""Within HLO: what says how a program is spread over devices disappears, since there is one.

A mesh of one device, a sharding on it, and a body that each device runs on its part of a tensor
have no effect then, and what one device gets of an exchange with itself is what it gives. Raises
UNIMPLEMENTED for a program that wants several devices.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from math import prod
from typing import TYPE_CHECKING, Any

from xdsl.dialects import func
from xdsl.dialects.builtin import DictionaryAttr, IntegerAttr, ModuleOp, StringAttr, TensorType
from xdsl.ir import Attribute, Operation

from ireelite.dialects import sdy
from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.stablehlo.collectives import CollectiveOp, CollectivePermuteOp
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.elements import splat
from ireelite.syntax.errors import place_of

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

COUNTS = ("mhlo.num_partitions", "mhlo.num_replicas")
"""Attributes of a module that count devices."""

SHARDING = "mhlo.sharding"
"""The attribute of arguments, results and custom calls that holds a sharding of XLA's."""

SPREAD_CALLS = ("Sharding", "SPMDFullToShardShape", "SPMDShardToFullShape")
"""Targets of custom calls that only say how their operand lies on devices."""

DEVICES = re.compile(r"devices=\[([\d,]+)\]")
INLINED_MESH = re.compile(r"mesh<\[([^\]]*)\]")


def keep_one_device(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """Removes meshes and shardings in place."""
    refuse_counts(module)
    for op in list(module.walk()):
        refuse_shardings(op)
        if (rule := RULES.get(op.name)) is not None:
            rule(op, tracker)
    return module


def several(op: Operation, what: str) -> StatusError:
    return StatusError(
        StatusCode.UNIMPLEMENTED,
        f"{place_of(op)}{what}: a program runs on one device; lower it for one, without shardings",
    )


def refuse_counts(module: ModuleOp) -> None:
    """Raises for a module that is divided or repeated."""
    for name in COUNTS:
        count = module.attributes.get(name)
        if isinstance(count, IntegerAttr) and count.value.data != 1:
            raise several(module, f"this module wants {count.value.data} devices ({name})")


def refuse_shardings(op: Operation) -> None:
    """Raises for a sharding over several devices on an op, or on an argument or a result."""
    for attributes in attribute_dictionaries(op):
        for name, value in attributes.items():
            if name == SHARDING and isinstance(value, StringAttr):
                tiles = DEVICES.search(value.data)
                wanted = prod(map(int, tiles[1].split(","))) if tiles is not None else 1
            elif isinstance(value, sdy.TextAttr):
                mesh = INLINED_MESH.search(value.text.data)
                sizes = re.findall(r"=(\d+)", mesh[1]) if mesh is not None else []
                wanted = prod(map(int, sizes))
            else:
                continue
            if wanted != 1:
                raise several(op, f"a sharding over {wanted} devices ({name})")


def attribute_dictionaries(op: Operation) -> Iterator[Mapping[str, Any]]:
    """Yields the attributes of an op, and those of the arguments and results of a function."""
    if op.attributes:
        yield op.attributes
    if isinstance(op, func.FuncOp):
        for values in (op.arg_attrs, op.res_attrs):
            for each in values or ():
                if isinstance(each, DictionaryAttr):
                    yield each.data


def remove_mesh(op: sdy.MeshOp, tracker: Tracker | None) -> None:
    if op.mesh.devices != 1:
        axes = zip(op.mesh.axes, op.mesh.sizes, strict=True)
        listed = ", ".join(f"{axis.data}={size.data}" for axis, size in axes)
        raise several(op, f"a mesh of {op.mesh.devices} devices ({listed})")
    erase(op, remove_mesh, tracker)


def remove_placement(op: Operation, tracker: Tracker | None) -> None:
    op.results[0].replace_all_uses_with(op.operands[0])
    erase(op, remove_placement, tracker)


def remove_spread_call(op: Operation, tracker: Tracker | None) -> None:
    target = op.properties.get("call_target_name", op.attributes.get("call_target_name"))
    if isinstance(target, StringAttr) and target.data in SPREAD_CALLS:
        remove_placement(op, tracker)


def inline_computation(op: sdy.ManualComputationOp, tracker: Tracker | None) -> None:
    body, block = op.body.block, op.parent_block()
    ending = body.last_op
    assert block is not None and isinstance(ending, sdy.ReturnOp)
    pairs = [
        *zip(body.args, op.tensors, strict=True),
        *zip(op.outputs, ending.arguments, strict=True),
    ]
    if any(inner.type != outer.type for inner, outer in pairs):
        raise several(op, "this computation runs on parts of its operands")
    for result, value in zip(op.outputs, ending.arguments, strict=True):
        result.replace_all_uses_with(value)
    for argument, operand in zip(body.args, op.tensors, strict=True):
        argument.replace_all_uses_with(operand)
    ending.detach()
    ending.erase()
    moved = list(body.ops)
    for inner in moved:
        inner.detach()
    block.insert_ops_before(moved, op)
    erase(op, inline_computation, tracker)


def keep_operands(op: CollectiveOp, tracker: Tracker | None) -> None:
    """Replaces the results of an exchange of one device with itself by the operands."""
    refuse_exchange(op, 1)
    for result, operand in zip(op.results, op.operands, strict=True):
        result.replace_all_uses_with(operand)
    erase(op, keep_operands, tracker)


def keep_own(op: CollectiveOp, tracker: Tracker | None) -> None:
    """Replaces the result of an exchange that the device need not take part in: by the operand if
    it does, else by zeros.
    """
    refuse_exchange(op, 2 if isinstance(op, CollectivePermuteOp) else 1)
    assert op.groups is not None
    value = op.operands[0]
    if not len(op.groups):
        zeros = replacing_constant(op, value.type)
        value = zeros.results[0]
    op.results[0].replace_all_uses_with(value)
    erase(op, keep_own, tracker)


def number_device(op: Operation, tracker: Tracker | None) -> None:
    """Replaces the number of the device, of which there is one, by 0."""
    zero = replacing_constant(op, op.results[0].type)
    op.results[0].replace_all_uses_with(zero.results[0])
    erase(op, number_device, tracker)


def replacing_constant(op: Operation, type: Attribute) -> hlo.ConstantOp:
    """Inserts zeros before an op, where the op is in its text."""
    assert isinstance(type, TensorType)
    made = hlo.ConstantOp(splat(type, 0))
    made.location = op.location
    block = op.parent_block()
    assert block is not None
    block.insert_op_before(made, op)
    return made


def refuse_exchange(op: CollectiveOp, width: int) -> None:
    """Raises for an exchange of several devices, in groups (or pairs) of `width` numbers."""
    assert op.groups is not None
    if len(op.groups) > width or any(op.groups.get_values()):
        devices = ", ".join(map(str, op.groups.get_values()))
        raise several(op, f"'{op.name}' exchanges data between devices {devices}")
    if list(op.operand_types) != list(op.result_types):
        raise several(op, f"'{op.name}' has results of other types than its operands")


def erase(op: Operation, rule: Callable[..., None], tracker: Tracker | None) -> None:
    """Erases an op whose results have no uses left."""
    if tracker is not None:
        tracker.rewrite(rule, [op], [])
    op.detach()
    op.erase()


RULES: Mapping[str, Callable[[Any, Tracker | None], None]] = {
    "sdy.manual_computation": inline_computation,
    "sdy.mesh": remove_mesh,
    "sdy.reshard": remove_placement,
    "sdy.sharding_constraint": remove_placement,
    "stablehlo.all_gather": keep_operands,
    "stablehlo.all_reduce": keep_operands,
    "stablehlo.all_to_all": keep_operands,
    "stablehlo.collective_broadcast": keep_own,
    "stablehlo.collective_permute": keep_own,
    "stablehlo.custom_call": remove_spread_call,
    "stablehlo.partition_id": number_device,
    "stablehlo.reduce_scatter": keep_operands,
    "stablehlo.replica_id": number_device,
}
"""Every op that is about devices, by its name."""
