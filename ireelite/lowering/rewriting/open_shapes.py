"""What errors say of shapes that types leave open: which argument it is, and what to do."""

from __future__ import annotations

from xdsl.dialects import func
from xdsl.dialects.builtin import DYNAMIC_INDEX, TensorType
from xdsl.ir import Attribute, Operation

from ireelite.lowering.rewriting.sequences import is_static, is_static_tensor
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.errors import place_of


def open_argument(op: Operation) -> str:
    """Names the argument of the function around an op that leaves a size open, as the tail of an
    error.
    """
    around: Operation | None = op
    while around is not None and not isinstance(around, func.FuncOp):
        around = around.parent_op()
    for number, type in enumerate(around.function_type.inputs.data if around is not None else ()):
        if isinstance(type, TensorType) and DYNAMIC_INDEX in type.get_shape():
            assert around is not None
            name, inputs = around.sym_name.data, around.function_type.inputs.data
            return (
                f"; give argument {number} of @{name}, a {type}, a static type, in the text or by "
                f"--input-shapes={name}={','.join(map(example_sizes, inputs))}"
            )
    return "; no constant decides it"


def example_sizes(type: Attribute) -> str:
    """Returns the sizes of an argument in a flag, 8 for each that is open; nothing for a static
    one.
    """
    if not isinstance(type, TensorType) or is_static_tensor(type):
        return ""
    return "x".join("8" if size == DYNAMIC_INDEX else str(size) for size in type.get_shape())


def refused(op: Operation) -> StatusError:
    """Returns the error of an op that needs static shapes."""
    value = next(v for v in (*op.operands, *op.results) if not is_static(v))
    assert isinstance(value.type, TensorType)
    dimension = value.type.get_shape().index(DYNAMIC_INDEX)
    return StatusError(
        StatusCode.UNIMPLEMENTED,
        f"{place_of(op)}'{op.name}' has a value of type {value.type}; its shapes must be static, and "
        f"dimension {dimension} has no size{open_argument(op)}",
    )
