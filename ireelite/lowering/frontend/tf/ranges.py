"""Rules for TensorFlow ops that make sequences of numbers."""

from __future__ import annotations

from typing import Any

from ireelite.dialects import tf
from ireelite.dialects.tensor_types import element_type_of
from ireelite.lowering.frontend.tf.arithmetic import choose, indices, operand
from ireelite.lowering.frontend.tf.constants import (
    constant_int,
    evaluate,
    lower_constant_only,
    lower_evaluated,
)
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.evaluation import length_of_range
from ireelite.lowering.frontend.tf.nodes import Rule, fail


def lower_range(node: tf.NodeOp, to: TfConversion) -> Any:
    """Returns the numbers from `start` up to `limit`, `delta` apart: constants if they are few."""
    bounds = [evaluate(value, to, needed=True) for value in node.data]
    small = lower_evaluated(node, to, needed=True)
    if small is not None or any(bound is None for bound in bounds):
        return small or lower_constant_only(node, to)
    start, limit, delta = (bound.item() for bound in bounds if bound is not None)
    element = element_type_of(to.value(node.data[0]))
    place = indices(0, (length_of_range(start, limit, delta),), element, to)
    return (place * delta + start).value


def lower_linear_space(node: tf.NodeOp, to: TfConversion) -> Any:
    """Returns `count` numbers from `start` to `stop`, both included."""
    small = lower_evaluated(node, to)
    if small is not None:
        return small
    start, stop, count = operand(node, 0, to), operand(node, 1, to), constant_int(node, 2, to)
    if start.shape or stop.shape or count < 1:
        raise fail(
            node,
            f"takes two numbers and a count of 1 or more, not {start.value.type}, "
            f"{stop.value.type} and {count}",
        )
    place = indices(0, (count,), start.element, to)
    step = (stop - start) / max(1, count - 1)
    last = place.equals(count - 1) if count > 1 else place.compare("LT", 0)
    return choose(last, stop, place * step + start).value


RULES: dict[str, Rule] = {
    "LinSpace": Rule(lower_linear_space, 3),
    "Range": Rule(lower_range, 3),
}
"""TensorFlow op -> the rule of an op that makes a sequence."""
