"""What one node of a GraphDef says: its attributes, and the types of its results.

Source: TensorFlow's `attr_value.proto`, `tensor.proto`, and the op definitions in `core/ops`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    ArrayAttr,
    BytesAttr,
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IntegerAttr,
    StringAttr,
    SymbolRefAttr,
    TensorType,
    UnitAttr,
    UnrankedTensorType,
    f32,
    i1,
    i32,
    i64,
)
from xdsl.ir import Attribute, TypeAttribute

from ireelite.dialects.tf import DTypeType, ShapeAttr
from ireelite.importers.tf_results import RESULT_LISTS, result_count
from ireelite.importers.tf_types import TYPES, element_type, scalar_bytes
from ireelite.status import StatusCode, StatusError, invalid_argument

ELEMENTS: dict[str, Attribute] = {
    **dict.fromkeys(("Equal", "NotEqual", "Greater", "GreaterEqual", "Less", "LessEqual"), i1),
    **dict.fromkeys(("IsFinite", "IsInf", "IsNan", "LogicalAnd", "LogicalNot", "LogicalOr"), i1),
    **dict.fromkeys(("All", "Any", "LoopCond"), i1),
    **dict.fromkeys(("Rank", "Shape", "Size"), i32),
    **dict.fromkeys(("ArgMax", "ArgMin"), i64),
    **dict.fromkeys(("TensorArraySizeV3", "TensorListLength"), i32),
}
"""Ops with an element type that is not the operands', where no attribute states another."""

TYPE_ATTRIBUTES = ("output_type", "DstT", "out_type", "dtype", "element_dtype")
"""Attributes that state the element type of a node's results."""

LARGEST = 1 << 31
"""Bytes of the largest constant. A GraphDef is at most 2 GiB long."""


def result_element(op: str, attributes: dict[str, Attribute]) -> Attribute:
    """Returns the element type of a node's results, as far as its attributes state it; f32
    otherwise.
    """
    stated = [attributes[key] for key in TYPE_ATTRIBUTES if key in attributes]
    fallback = (ELEMENTS.get(op), attributes.get("T"), f32)
    return next(a for a in (*stated, *fallback) if isinstance(a, TypeAttribute))


def result_types(node: Any, attributes: dict[str, Attribute]) -> list[Attribute]:
    """Returns ranked types where the node states its shape, otherwise unranked ones of the element
    type it states.
    """
    value = attributes.get("value")
    if node.op == "Const" and isinstance(value, DenseIntOrFPElementsAttr):
        return [value.type]
    element = result_element(node.op, attributes)
    if node.op.startswith("Placeholder") and isinstance(
        shape := attributes.get("shape"), ShapeAttr
    ):
        return [ranked(element, shape.as_tuple())]
    listed = attributes.get(RESULT_LISTS.get(node.op, ""))
    elements = list(listed.data) if isinstance(listed, ArrayAttr) else []
    elements += [element] * (result_count(node) - len(elements))
    return [UnrankedTensorType(element) for element in elements]


def ranked(element: Attribute, shape: Iterable[int]) -> TensorType:
    """Returns the tensor type of a stated shape, where a negative size is unknown."""
    return TensorType(element, [DYNAMIC_INDEX if size < 0 else size for size in shape])


def node_attributes(node: Any, source: str, content: bytes = b"") -> dict[str, Attribute]:
    """Returns a node's attributes, in the order of their names. Raises INVALID_ARGUMENT.

    `content` has the elements of a constant that are kept apart from the node.
    """
    attributes: dict[str, Attribute] = {}
    for key in sorted(node.attr):
        where = f"{source}: node '{node.name}', attribute '{key}'"
        is_apart = bool(content) and key == "value"
        value = attribute(node.attr[key], where, content if is_apart else b"")
        if value is not None:
            attributes[key] = value
    return attributes


def attribute(value: Any, where: str, content: bytes = b"") -> Attribute | None:
    """Converts one attribute of a node; returns None for one that is not set."""
    match value.WhichOneof("value"):
        case "type":
            return element_type(value.type)
        case "shape":
            return _shape(value.shape)
        case "tensor":
            return tensor_value(value.tensor, where, content)
        case "s":
            return _string(value.s)
        case "i":
            return IntegerAttr(value.i, i64)
        case "f":
            return FloatAttr(value.f, f32)
        case "b":
            return IntegerAttr(int(value.b), i1)
        case "func":
            return SymbolRefAttr(value.func.name) if value.func.name else None
        case "list":
            return ArrayAttr(list(_list_items(value.list, where)))
        case _:
            return None


def _string(data: bytes) -> Attribute:
    try:
        return StringAttr(data.decode("utf-8"))
    except UnicodeDecodeError:
        return BytesAttr(data)


def _shape(shape: Any) -> Attribute:
    """Returns a stated shape; a unit if the rank is unknown."""
    return UnitAttr() if shape.unknown_rank else ShapeAttr.of([d.size for d in shape.dim])


def _list_items(items: Any, where: str) -> Iterable[Attribute]:
    yield from (_string(s) for s in items.s)
    yield from (IntegerAttr(i, i64) for i in items.i)
    yield from (FloatAttr(f, f32) for f in items.f)
    yield from (IntegerAttr(int(b), i1) for b in items.b)
    yield from (element_type(t) for t in items.type)
    yield from (_shape(s) for s in items.shape)
    yield from (tensor_value(t, where) for t in items.tensor)
    yield from (SymbolRefAttr(f.name) for f in items.func if f.name)


def tensor_value(tensor: Any, where: str, content: bytes = b"") -> Attribute:
    """Returns a `TensorProto` as a constant; strings as a list; the bare type for other elements
    that no program can hold.
    """
    if tensor.dtype in TYPES:
        return dense(tensor, where, content)
    if tensor.string_val:
        return ArrayAttr([_string(s) for s in tensor.string_val])
    element = element_type(tensor.dtype)
    assert isinstance(element, DTypeType)
    return element


def dense(tensor: Any, where: str, content: bytes = b"") -> DenseIntOrFPElementsAttr:
    """Returns a `TensorProto` as a constant, its elements as bytes.

    A short value list repeats its last element. Raises INVALID_ARGUMENT, and RESOURCE_EXHAUSTED for
    more than 2 GiB.
    """
    element = element_type(tensor.dtype)
    shape = [d.size for d in tensor.tensor_shape.dim]
    if tensor.tensor_shape.unknown_rank or any(size < 0 for size in shape):
        raise invalid_argument(f"{where}: the shape of a constant must be known; it is {shape}")
    count = 1
    for size in shape:
        count *= size
    data = content or tensor.tensor_content or scalar_bytes(tensor, where)
    width = element.compile_time_size
    if count * width > LARGEST:
        raise StatusError(
            StatusCode.RESOURCE_EXHAUSTED,
            f"{where}: tensor of shape {shape} takes {count * width} bytes; "
            f"a constant has at most {LARGEST}",
        )
    if len(data) > count * width or len(data) % width:
        raise invalid_argument(
            f"{where}: tensor of shape {shape} holds {len(data)} bytes; expected {count * width}"
        )
    if len(data) < count * width:
        last = data[-width:] if data else bytes(width)
        data += last * ((count * width - len(data)) // width)
    return DenseIntOrFPElementsAttr(TensorType(element, shape), BytesAttr(data))
