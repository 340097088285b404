"""What the rules of `tf_to_hlo` ask of a TensorFlow node, and how they say that it is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from xdsl.dialects import func
from xdsl.dialects.builtin import (
    ArrayAttr,
    FloatAttr,
    IntegerAttr,
    StringAttr,
    SymbolRefAttr,
    TensorType,
    UnrankedTensorType,
)
from xdsl.ir import Attribute, Block, Operation
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects import tf
from ireelite.dialects.tf import CALLED
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.syntax.errors import place_in_text


@dataclass(frozen=True)
class Rule:
    """How nodes of one op become HLO."""

    lower: Callable[[tf.NodeOp, Any], Any]
    """A function of the node and the conversion; returns the values of the results."""
    operands: int | None = None
    """How many data operands the op takes, if that is fixed."""
    orders: bool = False
    """Whether it orders elements, which refuses complex ones."""
    least: int = 0
    """How many data operands the op takes at least, if their number is not fixed."""


DROPPED = ("Assert", "ControlTrigger", "NoOp", "PrintV2")
"""Ops that are left out. TensorFlow's own compiler drops assertions too."""

ELEMENT_TYPES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("half", "bfloat16", "float", "double", "complex64", "complex128"),
)
"""TensorFlow's names of the element types that programs have."""


def fail(node: tf.NodeOp, message: str) -> StatusError:
    """Returns the error for a node that is wrong: its place, its name and its op."""
    return invalid_argument(
        f"{place_in_text(node)}node '{node.node_name.data}' ({node.op_name}): {message}"
    )


LARGEST_TABLE, LONGEST_LOOP = 1 << 24, 1 << 18
"""Elements of the largest table of places or weights that a rule computes, and turns of the longest
loop by which it does.
"""


def check_table(node: tf.NodeOp, elements: int, turns: int = 0) -> None:
    """Raises RESOURCE_EXHAUSTED if lowering a node takes a table of too many elements, or a loop of
    too many turns to compute one.
    """
    for count, most, what in (
        (elements, LARGEST_TABLE, "a table of {} elements"),
        (turns, LONGEST_LOOP, "{} steps"),
    ):
        if count > most:
            raise StatusError(
                StatusCode.RESOURCE_EXHAUSTED,
                f"{place_in_text(node)}node '{node.node_name.data}' ({node.op_name}): takes "
                f"{what.format(count)} to compile, which is more than {most}; give it smaller sizes",
            )


SHAPES_OF_CONTROL: dict[str, tuple[int | None, int]] = {
    **dict.fromkeys(("Enter", "Exit", "NextIteration", "LoopCond"), (1, 1)),
    "Switch": (2, 2),
    "Merge": (None, 2),
}
"""Op of a frame or a choice -> how many operands, if that is fixed, and results it has."""


def base_op(node: Operation) -> str:
    """Returns the TensorFlow op of a node, where `RefSwitch` is a `Switch`."""
    name = node.name.removeprefix("tf.")
    short = name.removeprefix("Ref")
    return short if short in SHAPES_OF_CONTROL else name


def verify_control(node: tf.NodeOp) -> None:
    """Raises INVALID_ARGUMENT for a node of a frame or a choice without its operands or results."""
    if (counts := SHAPES_OF_CONTROL.get(base_op(node))) is None:
        return
    operands, results = counts
    if operands is not None and len(node.data) != operands:
        raise fail(node, f"takes {operands} operands, not {len(node.data)}")
    if len(node.outputs) != results:
        raise fail(node, f"has {results} results, not {len(node.outputs)}")


def flag(node: tf.NodeOp, key: str, absent: bool = False) -> bool:
    """Returns a boolean attribute; `absent` if the node has none."""
    value = node.attributes.get(key)
    return bool(value.value.data) if isinstance(value, IntegerAttr) else absent


def verify_types(node: tf.NodeOp) -> None:
    """Raises UNIMPLEMENTED if a result of the node has elements that only TensorFlow has, but for
    the variants and resources that rules make tensors of.
    """
    for value in node.outputs:
        if not isinstance(value.type, (TensorType, UnrankedTensorType)):
            continue
        element = value.type.element_type
        made = () if node.op_name in ("Const", "Placeholder") else ("DT_RESOURCE", "DT_VARIANT")
        if isinstance(element, tf.DTypeType) and element.dtype.data not in made:
            raise StatusError(
                StatusCode.UNIMPLEMENTED,
                f"{place_in_text(node)}node '{node.node_name.data}' ({node.op_name}): element type "
                f"{element.dtype.data} is not supported; supported: {', '.join(ELEMENT_TYPES)}",
            )


def attribute(node: tf.NodeOp, key: str) -> Attribute:
    """Returns an attribute that a node must have."""
    if key not in node.attributes:
        raise fail(node, f"has no attribute '{key}'")
    return node.attributes[key]


def integer(node: tf.NodeOp, key: str, default: int = 0) -> int:
    """Returns an integer attribute, or its default."""
    value = node.attributes.get(key)
    return value.value.data if isinstance(value, IntegerAttr) else default


def number(node: tf.NodeOp, key: str, default: float) -> float:
    """Returns a float attribute, or its default."""
    value = node.attributes.get(key)
    return value.value.data if isinstance(value, FloatAttr) else default


def text(node: tf.NodeOp, key: str, default: str = "") -> str:
    """Returns a string attribute, or its default."""
    value = node.attributes.get(key)
    return value.data if isinstance(value, StringAttr) else default


def integers_of(node: tf.NodeOp, key: str) -> list[int] | None:
    """Returns a list of integers, or None if there is none."""
    value = node.attributes.get(key)
    if not isinstance(value, ArrayAttr):
        return None
    return [item.value.data for item in value.data if isinstance(item, IntegerAttr)]


def callees(node: tf.NodeOp) -> list[str]:
    """Returns the functions that a node calls, in the order of its op's attributes."""
    names: list[str] = []
    for key in CALLED.get(node.op_name, ()):
        value = attribute(node, key)
        for item in value.data if isinstance(value, ArrayAttr) else (value,):
            if not isinstance(item, SymbolRefAttr):
                raise fail(node, f"its attribute '{key}' names no function")
            names.append(item.root_reference.data)
    return names


VERIFIED_WITHIN = ("stablehlo.case", "stablehlo.if", "stablehlo.while")
"""Ops in whose regions ops were verified when they were added."""


def verify_after(before: Operation | None, block: Block, node: tf.NodeOp) -> None:
    """Verifies the ops that a node's rule added to a block;
    what is wrong with them is wrong with the node.
    """
    op = block.first_op if before is None else before.next_op
    while op is not None:
        try:
            if not isinstance(op, func.CallOp):  # its function is not in the module yet
                op.verify(verify_nested_ops=op.name not in VERIFIED_WITHIN)
        except VerifyException as error:
            raise fail(node, str(error).splitlines()[0]) from error
        for type in op.result_types:
            if isinstance(type, TensorType) and any(size < 0 for size in type.get_shape()):
                raise fail(node, f"has a result with a negative size: {list(type.get_shape())}")
        op = op.next_op


def needed(fetch: tf.FetchOp) -> set[Operation]:
    """Nodes that a fetch reads, directly or not; control edges count.

    What only a dropped check reads, or a Print beside its result, is not among them.
    """
    reached: set[Operation] = set()
    waiting: list[Operation] = [fetch]
    while waiting:
        op = waiting.pop()
        inner = [operand for each in op.walk() for operand in each.operands] if op.regions else []
        if is_dropped(op) or op.name == "tf.Print":
            printed = 1 if op.name == "tf.Print" else 0
            read = (*getattr(op, "data", ())[:printed], *getattr(op, "control", ()))
        else:
            read = (*op.operands, *inner)
        for operand in read:
            if isinstance(owner := operand.owner, Operation) and owner not in reached:
                reached.add(owner)
                waiting.append(owner)
    return reached


def is_dropped(op: Operation) -> bool:
    """Returns whether the node has no effect in a program: it groups others, or checks a condition."""
    return isinstance(op, tf.NodeOp) and op.op_name in DROPPED
