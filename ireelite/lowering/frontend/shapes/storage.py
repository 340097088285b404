"""Encodings of tensor types that say how elements lie in memory: inside of a program they are dropped,
since each target stores truth values as it does all.
"""

from __future__ import annotations

from xdsl.dialects import func
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    FunctionType,
    ModuleOp,
    NoneAttr,
    TensorType,
    UnregisteredAttr,
    i1,
)
from xdsl.ir import Attribute, Operation
from xdsl.rewriter import Rewriter

from ireelite.lowering.rewriting.sequences import is_private
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.parser import place_of

PACKED_STORAGE = "iree_encoding.packed_storage"
"""The encoding by which 8 elements of i1 are in a byte, the first one lowest."""


def is_packed(type: Attribute) -> bool:
    """Returns whether a type says that its truth values share bytes."""
    if not isinstance(type, TensorType) or type.element_type != i1:
        return False
    encoding = type.encoding
    return isinstance(encoding, UnregisteredAttr) and encoding.attr_name.data == PACKED_STORAGE


def drop_packed_storage(module: ModuleOp) -> None:
    """Gives each such tensor its plain type, in place. Raises UNIMPLEMENTED for an argument or a
    result of a public function, of which callers see the bytes.
    """
    for op in module.walk():
        if isinstance(op, func.FuncOp):
            check_interface(op)
        for value in op.results:
            if is_packed(value.type):
                Rewriter.replace_value_with_new_type(value, plain(value.type))
        for region in op.regions:
            for block in region.blocks:
                for argument in block.args:
                    if is_packed(argument.type):
                        Rewriter.replace_value_with_new_type(argument, plain(argument.type))
        drop_in_attributes(op)


def plain(type: Attribute) -> Attribute:
    """Returns a type without that encoding."""
    if not is_packed(type):
        return type
    assert isinstance(type, TensorType)
    return TensorType(i1, type.get_shape(), NoneAttr())


def check_interface(function: func.FuncOp) -> None:
    """Raises UNIMPLEMENTED for a public function of packed truth values."""
    type = function.function_type
    for value in (*type.inputs, *type.outputs):
        if is_packed(value) and not is_private(function):
            raise StatusError(
                StatusCode.UNIMPLEMENTED,
                f"{place_of(function)}'@{function.sym_name.data}' passes a {value}; pass its bytes "
                "as a tensor of i8, and use 'flow.tensor.bitcast' inside",
            )


def drop_in_attributes(op: Operation) -> None:
    """Drops the encoding in the types of constants, globals and functions."""
    for group in (op.properties, op.attributes):
        for name, value in group.items():
            if isinstance(value, DenseIntOrFPElementsAttr) and is_packed(value.type):
                group[name] = DenseIntOrFPElementsAttr(plain(value.type), value.data)  # pyright: ignore
            elif isinstance(value, FunctionType):
                inputs, outputs = map(plain, value.inputs), map(plain, value.outputs)
                group[name] = FunctionType.from_lists([*inputs], [*outputs])
            else:
                group[name] = plain(value)
