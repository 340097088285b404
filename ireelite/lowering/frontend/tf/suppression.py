"""Rules for non-maximum suppression: boxes by their scores, without those that overlap better ones.

Each turn of a loop takes the best box that is left and lowers the scores of those that overlap it.
The results have the largest size that is possible, and a count.
Source: TensorFlow's `non_max_suppression_op.cc`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue

from ireelite.dialects import tf
from ireelite.lowering.frontend.tf.arithmetic import (
    Tensor,
    choose,
    counted_loop,
    fill,
    indices,
    join,
    operand,
    operands,
)
from ireelite.lowering.frontend.tf.constants import constant_int
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.indexing import gather_along
from ireelite.lowering.frontend.tf.nodes import Rule, fail, flag
from ireelite.lowering.frontend.tf.reduction import best_of, sorted_rows

LEAST = float("-inf")


@dataclass(frozen=True)
class Limits:
    """When a box is taken, and what it leaves of others: scalars."""

    overlap: Tensor
    """Boxes that share a larger part of their area are suppressed."""
    score: Tensor
    """Boxes without a larger score are never taken."""
    decay: Tensor | None = None
    """Standard deviation of soft suppression; None for one that is hard."""


@dataclass(frozen=True)
class Chosen:
    """The boxes that were taken from each of some lists, in the order of their scores."""

    places: Tensor
    """lists x boxes, i32; 0 where there are no more."""
    scores: Tensor
    """lists x boxes; -inf where there are no more."""


def suppress(boxes: Tensor, scores: Tensor, count: int, limits: Limits) -> Chosen:
    """Returns the best `count` boxes of each list: boxes are lists x boxes x 4, scores lists x
    boxes.
    """
    to = scores.to
    lists = scores.shape[0]
    starts = [
        choose(scores > limits.score, scores, LEAST),
        fill(0, scores, [lists, count]).as_type(i32),
        fill(LEAST, scores, [lists, count]),
    ]

    def turn(number: Tensor, carried: list[Tensor]) -> list[Tensor]:
        left, places, taken = carried
        score, place = (Tensor(v, to) for v in best_of(left.value, 1, "GT", i32, to))
        here = place.broadcast(left.shape, [0]).equals(indices(1, left.shape, i32, to))
        after = suppressed(left, overlap(boxes, here), limits)
        after = choose(here | (after <= limits.score), LEAST, after)
        column = indices(1, places.shape, i32, to).equals(number)
        is_taken = column & (score > limits.score).broadcast(places.shape, [0])
        places = choose(is_taken, place.broadcast(places.shape, [0]), places)
        taken = choose(is_taken, score.broadcast(taken.shape, [0]), taken)
        return [after, places, taken]

    _, places, taken = counted_loop(count, starts, turn)
    return Chosen(places, taken)


def suppressed(scores: Tensor, overlaps: Tensor, limits: Limits) -> Tensor:
    """Scores after a box was taken, by how much each box overlaps it."""
    if limits.decay is None:
        return choose(overlaps > limits.overlap, LEAST, scores)
    factor = (overlaps * overlaps * -0.5 / limits.decay).exp()
    hard = choose(overlaps > limits.overlap, LEAST, scores)
    return choose(limits.decay > 0, scores * factor, hard)


def overlap(boxes: Tensor, here: Tensor) -> Tensor:
    """Returns the area that each box shares with the one of its list that is chosen, as a part of
    the area of both.
    """
    one = choose(here.reshape(*here.shape, 1), boxes, 0).sum(1, keep=True)
    first, second = corners(boxes), corners(one)
    areas = [
        (high_y - low_y) * (high_x - low_x) for low_y, low_x, high_y, high_x in (first, second)
    ]
    height = first[2].minimum(second[2]) - first[0].maximum(second[0])
    width = first[3].minimum(second[3]) - first[1].maximum(second[1])
    shared = height.maximum(0) * width.maximum(0)
    has_area = (areas[0] > 0) & (areas[1] > 0)
    return choose(has_area, shared / (areas[0] + areas[1] - shared), 0)


def corners(boxes: Tensor) -> list[Tensor]:
    """Returns the lower y and x and the higher ones; a box may begin at any of its corners."""
    y, x, other_y, other_x = (boxes.item(2, n) for n in range(4))
    return [y.minimum(other_y), x.minimum(other_x), y.maximum(other_y), x.maximum(other_x)]


# -- one list --------------------------------------------------------------------------------------


def lower_suppression(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Lowers `NonMaxSuppressionV4` and `V5`, whose results are padded."""
    if not flag(node, "pad_to_max_output_size"):
        raise fail(
            node,
            "the number of boxes that it selects is not known: set its attribute "
            "'pad_to_max_output_size', as tf.image.non_max_suppression_padded does",
        )
    boxes, scores = operand(node, 0, to), operand(node, 1, to)
    count = min(constant_int(node, 2, to), *scores.shape[:1])
    if len(scores.shape) != 1 or boxes.shape != (*scores.shape, 4):
        raise fail(
            node, f"{scores.value.type} does not have a score for each of {boxes.value.type}"
        )
    rest = [operand(node, index, to).as_type(scores.element) for index in range(3, len(node.data))]
    limits = Limits(rest[0], rest[1], rest[2] if node.op_name.endswith("V5") else None)
    size = scores.shape[0]
    chosen = suppress(boxes.reshape(1, size, 4), scores.reshape(1, size), count, limits)
    places, found = chosen.places.reshape(count), chosen.scores.reshape(count)
    is_taken = found > LEAST
    valid = is_taken.as_type(i32).sum(0)
    missing = constant_int(node, 2, to) - count
    scores = padded(choose(is_taken, found, 0), missing)
    results = [padded(places, missing), scores, valid]
    if node.op_name.endswith("V4"):
        del results[1]
    return [result.value for result in results]


def padded(vector: Tensor, count: int) -> Tensor:
    return join([vector, fill(0, vector, [count])], 0) if count else vector


# -- classes ---------------------------------------------------------------------------------------


def lower_combined(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Lowers `CombinedNonMaxSuppression`: each class of each image by itself, then the best of an
    image.
    """
    boxes, scores = operands(node, to)[:2]
    per_class, total = constant_int(node, 2, to), constant_int(node, 3, to)
    if len(boxes.shape) != 4 or len(scores.shape) != 3 or boxes.shape[3] != 4:
        raise fail(node, f"takes boxes and scores, not {boxes.value.type} and {scores.value.type}")
    batch, size, classes = scores.shape
    if boxes.shape[:2] != (batch, size) or boxes.shape[2] not in (1, classes):
        raise fail(node, f"{boxes.value.type} does not fit scores of {scores.value.type}")
    per_class = min(per_class, size)
    limits = Limits(operand(node, 4, to), operand(node, 5, to))
    lists = batch * classes
    spread = boxes.transpose(0, 2, 1, 3)
    if boxes.shape[2] != classes:
        shape = [batch, classes, size, 4]
        spread = spread.reshape(batch, size, 4).broadcast(shape, [0, 2, 3])
    spread = spread.reshape(lists, size, 4)
    chosen = suppress(spread, scores.transpose(0, 2, 1).reshape(lists, size), per_class, limits)
    found = gather_along(spread.value, chosen.places.value, 1, 1, to)
    many = classes * per_class
    found = Tensor(found, to).reshape(batch, many, 4)
    kind = indices(1, [batch, classes, per_class], scores.element, to).reshape(batch, many)
    order = best_first(chosen.scores.reshape(batch, many))
    length = min(total, many)
    first, place = (each.part(1, 0, length) for each in order)
    is_taken = first > LEAST
    found = Tensor(gather_along(found.value, place.value, 1, 1, to), to)
    kind = Tensor(gather_along(kind.value, place.value, 1, 1, to), to)
    if "clip_boxes" not in node.attributes or flag(node, "clip_boxes"):
        found = found.clamp(0, 1)
    results = [
        choose(is_taken.reshape(batch, length, 1), found, 0),
        *(choose(is_taken, each, 0) for each in (first, kind)),
    ]
    if not flag(node, "pad_per_class") and total > length:
        results = [
            join([each, fill(0, each, [batch, total - length, *each.shape[2:]])], 1)
            for each in results
        ]
    return [*(each.value for each in results), is_taken.as_type(i32).sum(1).value]


def best_first(scores: Tensor) -> list[Tensor]:
    """Rows in descending order, and where each element was; equal ones stay in their order."""
    return [Tensor(v, scores.to) for v in sorted_rows(scores.value, i32, scores.to)]


RULES: dict[str, Rule] = {
    "CombinedNonMaxSuppression": Rule(lower_combined, 6, True),
    "NonMaxSuppressionV4": Rule(lower_suppression, 5, True),
    "NonMaxSuppressionV5": Rule(lower_suppression, 6, True),
}
"""TensorFlow op -> the rule of a suppression."""
