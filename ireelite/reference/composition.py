"""Ops of StableHLO that hold a program together: tuples, tokens, composites, custom calls."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from xdsl.ir import Operation

from ireelite.dialects.stablehlo.collectives import CollectiveOp
from ireelite.reference.linear_algebra import householder_product
from ireelite.reference.machine import Frame, Reference, symbol
from ireelite.reference.numbers import Array, Value, dtype_of, integer, word
from ireelite.status import StatusCode, StatusError


def token(op: Operation, frame: Frame, *operands: Value) -> list[Value]:
    """Returns None as the token: the ops here have no side effects to order."""
    return [None]


def same(op: Operation, frame: Frame, *operands: Value) -> list[Value]:
    return list(operands)


def make_tuple(op: Operation, frame: Frame, *operands: Value) -> list[Value]:
    return [tuple(operands)]


def tuple_element(op: Operation, frame: Frame, operand: tuple[Value, ...]) -> list[Value]:
    return [operand[integer(op, "index")]]


def composite(op: Operation, frame: Frame, *operands: Value) -> list[Value]:
    """Computes what the decomposition does."""
    return frame.call(symbol(op, "decomposition"), operands)


def device_number(op: Operation, frame: Frame) -> Array:
    """Returns 0: a program runs on one device."""
    return np.zeros((), dtype_of(op.results[0].type))


def exchange(op: Operation, frame: Frame, *operands: Array) -> list[Value]:
    """Returns what one device gets of an exchange with itself: its data. Without groups all devices
    are one. Raises UNIMPLEMENTED for an exchange of several devices.
    """
    assert isinstance(op, CollectiveOp) and op.groups is not None
    if any(op.groups.get_values()) or list(op.operand_types) != list(op.result_types):
        raise StatusError(
            StatusCode.UNIMPLEMENTED, "the reference has one device, and this is for several"
        )
    return list(operands)


def own_exchange(op: Operation, frame: Frame, *operands: Array) -> list[Value]:
    """Returns the same of an exchange that a device need not take part in: zeros if it does not."""
    results = exchange(op, frame, *operands)
    assert isinstance(op, CollectiveOp) and op.groups is not None
    return results if len(op.groups) else [np.zeros_like(value) for value in operands]


def manual_computation(op: Operation, frame: Frame, *operands: Array) -> list[Value]:
    """Runs the body that each device runs on its part: one device has all."""
    return frame.run(op.regions[0], operands)


def shape_assertion(op: Operation, frame: Frame, *operands: Array) -> list[Value]:
    """Computes nothing: an assertion about shapes holds once they are static, and upstream removes
    it.
    """
    return []


CUSTOM_CALLS: Mapping[str, Reference] = {
    "LayoutConstraint": same,
    "ProductOfElementaryHouseholderReflectors": householder_product,
    "Sharding": same,
    "SPMDFullToShardShape": same,
    "SPMDShardToFullShape": same,
    "annotate_device_placement": same,
    "shape_assertion": shape_assertion,
}
"""Name of a target -> what it computes."""


def custom_call(op: Operation, frame: Frame, *operands: Value) -> list[Value]:
    name = word(op, "call_target_name")
    if (reference := CUSTOM_CALLS.get(name)) is None:
        if (results := frame.machine.run_other(op, operands)) is not None:
            return results
        raise StatusError(
            StatusCode.UNIMPLEMENTED, f"the reference does not know the custom call '{name}'"
        )
    results = reference(op, frame, *operands)
    return results if isinstance(results, list) else [np.asarray(results)]


REFERENCES: Mapping[str, Reference] = {
    "sdy.manual_computation": manual_computation,
    "sdy.mesh": token,
    "sdy.reshard": same,
    "sdy.sharding_constraint": same,
    "stablehlo.after_all": token,
    "stablehlo.all_gather": exchange,
    "stablehlo.all_reduce": exchange,
    "stablehlo.all_to_all": exchange,
    "stablehlo.collective_broadcast": own_exchange,
    "stablehlo.collective_permute": own_exchange,
    "stablehlo.composite": composite,
    "stablehlo.create_token": token,
    "stablehlo.custom_call": custom_call,
    "stablehlo.partition_id": device_number,
    "stablehlo.reduce_scatter": exchange,
    "stablehlo.replica_id": device_number,
    "stablehlo.get_tuple_element": tuple_element,
    "stablehlo.optimization_barrier": same,
    "stablehlo.tuple": make_tuple,
}
