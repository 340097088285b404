"""What the rules of `tf_to_hlo` ask of a TensorFlow node, and how they say that it is wrong."""

from __future__ import annotations

from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, IntegerAttr
from xdsl.ir import Attribute, Block, Operation
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects import tf
from ireelite.status import StatusCode, StatusError


def fail(node: tf.NodeOp, message: str) -> StatusError:
    """The error for a node that is wrong, naming it."""
    return StatusError(
        StatusCode.INVALID_ARGUMENT, f"node '{node.node_name.data}' ({node.op_name}): {message}"
    )


def flag(node: tf.NodeOp, key: str) -> bool:
    """A boolean attribute; absent is False."""
    value = node.attributes.get(key)
    return isinstance(value, IntegerAttr) and bool(value.value.data)


def constant_ints(node: tf.NodeOp, index: int) -> list[int]:
    """The integers of an operand that must be a Const node."""
    owner = node.data[index].owner
    if isinstance(owner, tf.NodeOp) and owner.op_name == "Const":
        value = owner.attributes.get("value")
        if isinstance(value, DenseIntOrFPElementsAttr):
            return [int(v) for v in value.get_values()]
    raise fail(node, f"operand {index} must be a constant")


def axes(node: tf.NodeOp, index: int, rank: int) -> list[int]:
    """Constant dimension numbers, counted from the end if negative."""
    dims = constant_ints(node, index)
    if any(not -rank <= d < rank for d in dims):
        raise fail(node, f"dimensions {dims} are outside a tensor of rank {rank}")
    return sorted({d % rank for d in dims})


def attribute(node: tf.NodeOp, key: str) -> Attribute:
    """An attribute that a node must have."""
    if key not in node.attributes:
        raise fail(node, f"has no attribute '{key}'")
    return node.attributes[key]


def verify_after(before: Operation | None, block: Block, node: tf.NodeOp) -> None:
    """Verifies the ops that a node's rule added to a block;
    what is wrong with them is wrong with the node.
    """
    op = block.first_op if before is None else before.next_op
    while op is not None:
        try:
            op.verify()
        except VerifyException as error:
            raise fail(node, str(error).splitlines()[0]) from error
        op = op.next_op


def needed(fetch: tf.FetchOp) -> set[Operation]:
    """Nodes that a fetch reads, directly or not; control edges count."""
    reached: set[Operation] = set()
    waiting: list[Operation] = [fetch]
    while waiting:
        for operand in waiting.pop().operands:
            if isinstance(owner := operand.owner, Operation) and owner not in reached:
                reached.add(owner)
                waiting.append(owner)
    return reached
