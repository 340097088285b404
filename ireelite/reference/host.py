"""Ops of `util` on the values of a program: globals, constants, choices."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from xdsl.dialects.builtin import SymbolRefAttr
from xdsl.ir import Operation

from ireelite.dialects import util
from ireelite.dialects.flow_parameters import NamedParameterAttr
from ireelite.dialects.symbols import find_symbol
from ireelite.dialects.util.globals import global_at
from ireelite.reference.machine import Frame, Reference
from ireelite.reference.numbers import Array, Value, constant
from ireelite.status import StatusCode, StatusError


def load_global(op: util.GlobalLoadOp | util.GlobalAddressOp, frame: Frame) -> Value:
    name, state = op.global_name.root_reference.data, frame.machine.state
    if name not in state:
        found = find_symbol(op, SymbolRefAttr(name))
        if not isinstance(found, util.GlobalOp) or found.initial_value is None:
            raise StatusError(StatusCode.FAILED_PRECONDITION, f"global '{name}' has no value yet")
        if isinstance(found.initial_value, NamedParameterAttr):
            key = found.initial_value.key.data
            raise StatusError(
                StatusCode.FAILED_PRECONDITION,
                f"global '{name}' is parameter '{key}', which is not part of the program; "
                "give its value with interpret(..., parameters=...)",
            )
        state[name] = constant(found.initial_value, found.type)
    return state[name]


def store_global(op: util.GlobalStoreOp, frame: Frame, value: Value) -> list[Value]:
    frame.machine.state[op.global_name.root_reference.data] = value
    return []


def address(op: util.GlobalAddressOp, frame: Frame) -> Value:
    """Returns None: the ops that take an address ask which op made it."""
    return None


def load_indirect(op: util.GlobalLoadIndirectOp, frame: Frame, pointer: Value) -> Value:
    return load_global(global_at(op.pointer), frame)


def store_indirect(
    op: util.GlobalStoreIndirectOp, frame: Frame, value: Value, pointer: Value
) -> list[Value]:
    name = global_at(op.pointer).global_name.root_reference.data
    frame.machine.state[name] = value
    return []


def unfoldable_constant(op: util.UnfoldableConstantOp, frame: Frame) -> Array:
    return constant(op.value, op.result.type)


def barrier(op: Operation, frame: Frame, *operands: Value) -> list[Value]:
    return list(operands)


def switch(op: util.SwitchOp, frame: Frame, index: Array, default: Value, *cases: Value) -> Value:
    return cases[int(index)] if 0 <= int(index) < len(cases) else default


def compare(op: Operation, frame: Frame, lhs: Array, rhs: Array) -> Array:
    return np.asarray((lhs == rhs) if op.name.endswith("eq") else (lhs != rhs))


REFERENCES: Mapping[str, Reference] = {
    "util.cmp.eq": compare,
    "util.cmp.ne": compare,
    "util.global.address": address,
    "util.global.load": load_global,
    "util.global.load.indirect": load_indirect,
    "util.global.store": store_global,
    "util.global.store.indirect": store_indirect,
    "util.optimization_barrier": barrier,
    "util.switch": switch,
    "util.unfoldable_constant": unfoldable_constant,
}
