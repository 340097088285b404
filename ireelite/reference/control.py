"""Control flow: of StableHLO, of `scf` and `cf`, and calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from xdsl.dialects import cf
from xdsl.ir import Block, Operation

from ireelite.reference.machine import Frame, Reference, symbol
from ireelite.reference.numbers import Array, Value, integer_list
from ireelite.status import StatusCode, StatusError


def while_(op: Operation, frame: Frame, *state: Value) -> list[Value]:
    condition, body = op.regions
    values = list(state)
    while frame.run(condition, values)[0]:
        values = frame.run(body, values)
    return values


def if_(op: Operation, frame: Frame, pred: Array) -> list[Value]:
    return frame.run(op.regions[0 if pred else 1])


def case(op: Operation, frame: Frame, index: Array) -> list[Value]:
    """Returns the branch of an index; the last one for an index that has none."""
    count = len(op.regions)
    return frame.run(op.regions[int(index) if 0 <= int(index) < count else count - 1])


def scf_while(op: Operation, frame: Frame, *state: Value) -> list[Value]:
    before, after = op.regions
    values = list(state)
    while True:
        goes_on, *values = frame.run(before, values)
        if not goes_on:
            return values
        values = frame.run(after, values)


def scf_for(
    op: Operation, frame: Frame, low: Array, high: Array, step: Array, *state: Value
) -> Any:
    values = list(state)
    for index in range(int(low), int(high), int(step)):
        values = frame.run(op.regions[0], [np.asarray(index, low.dtype), *values])
    return values


def scf_if(op: Operation, frame: Frame, condition: Array) -> list[Value]:
    region = op.regions[0 if condition else 1]
    return frame.run(region) if region.blocks else []


def index_switch(op: Operation, frame: Frame, index: Array) -> list[Value]:
    """Returns the region of the case that the index is; the first region for others."""
    cases = integer_list(op.properties.get("cases"))
    place = cases.index(int(index)) + 1 if int(index) in cases else 0
    return frame.run(op.regions[place])


def execute_region(op: Operation, frame: Frame) -> list[Value]:
    return frame.run(op.regions[0])


def call(op: Operation, frame: Frame, *arguments: Value) -> list[Value]:
    return frame.call(symbol(op, "callee"), arguments)


# -- branches ------------------------------------------------------------------------------------------


def branch(op: cf.BranchOp, frame: Frame, *arguments: Value) -> tuple[Block, list[Value]]:
    return op.successors[0], list(arguments)


def conditional_branch(
    op: cf.ConditionalBranchOp, frame: Frame, condition: Array, *arguments: Value
) -> tuple[Block, list[Value]]:
    count = len(op.then_arguments)
    if condition:
        return op.successors[0], list(arguments[:count])
    return op.successors[1], list(arguments[count:])


def switch(
    op: cf.SwitchOp, frame: Frame, flag: Array, *operands: Value
) -> tuple[Block, list[Value]]:
    """Returns the block of a case, or the default."""
    values = iter(operands)
    default = [next(values) for _ in op.default_operands]
    groups = [[next(values) for _ in group] for group in op.case_operand]
    cases = [] if op.case_values is None else [int(v) for v in op.case_values.get_values()]
    for case, block, group in zip(cases, op.case_blocks, groups):
        if case == int(flag):
            return block, group
    return op.default_block, default


def assert_(op: Operation, frame: Frame, condition: Array) -> list[Value]:
    if not condition:
        message = getattr(op.properties.get("msg"), "data", "assertion failed")
        raise StatusError(StatusCode.FAILED_PRECONDITION, message)
    return []


REFERENCES: Mapping[str, Reference] = {
    "cf.assert": assert_,
    "cf.br": branch,
    "cf.cond_br": conditional_branch,
    "cf.switch": switch,
    "func.call": call,
    "scf.execute_region": execute_region,
    "scf.for": scf_for,
    "scf.if": scf_if,
    "scf.index_switch": index_switch,
    "scf.while": scf_while,
    "stablehlo.case": case,
    "stablehlo.if": if_,
    "stablehlo.while": while_,
}
