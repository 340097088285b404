"""Rules for lists of tensors of one shape: `TensorList*`, and the older `TensorArray*V3`.

A list is a tensor with one more dimension, its length, which is known when the graph is compiled.
The value of a TensorArray is its flow; its handle only names it. The shape of an element is often
known only from what is put into the list, in the body of a loop that carries it: the graph is then
lowered again with the shape that was found.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import i64
from xdsl.ir import Attribute, BlockArgument, SSAValue

from ireelite.dialects import tf
from ireelite.dialects.stablehlo.indexing import DynamicSliceOp, DynamicUpdateSliceOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.tf.constants import constant_int, constant_ints, evaluate
from ireelite.lowering.frontend.tf.conversion import Argument, ElementShapeFound, TfConversion
from ireelite.lowering.frontend.tf.indexing import gather_along, scatter
from ireelite.lowering.frontend.tf.nodes import Rule, attribute, callees, fail, flag
from ireelite.lowering.frontend.tf.shapes import concatenate
from ireelite.lowering.frontend.tf.values import broadcast, filled, part, reshape, splat


def created(
    node: tf.NodeOp, shape: Sequence[int] | None, length: int, element: Attribute, to: TfConversion
) -> SSAValue:
    """Returns a list of zeros. Without the shape of an element, which must be found, it has
    numbers.
    """
    if length < 0:
        raise fail(node, f"has {length} elements")
    found = to.element_shapes.get(node, shape)
    if found is None or min(found, default=0) < 0:
        to.without_shape.add(node)
        found = ()
    return broadcast(filled(0, element, (), to), [length, *found], [], to)


def origin(value: SSAValue, to: TfConversion) -> tf.NodeOp | None:
    """Returns the node that creates a list, through what carries it and puts elements into it."""
    seen: set[SSAValue] = set()
    while value not in seen:
        seen.add(value)
        other = to.bound.get(value) or to.carried.get(value)
        if isinstance(other, Argument):
            value = other.operand
            continue
        if other is not None:
            value = other
            continue
        node = value.owner
        if isinstance(value, BlockArgument) or not isinstance(node, tf.NodeOp):
            return None
        if node.op_name in PASSED:
            value = node.data[PASSED[node.op_name]]
        elif node.op_name == "IfRegion":
            index = next(n for n, result in enumerate(node.outputs) if result is value)
            end = node.bodies[0].block.last_op
            assert end is not None
            value = end.operands[index]
        elif node.op_name in ("If", "StatelessIf"):
            index = next(n for n, result in enumerate(node.outputs) if result is value)
            value = to.function(node, callees(node)[0]).fetch.fetches[index]
        else:
            return node
    return None


PASSED = {
    "Identity": 0,
    "TensorListPopBack": 0,
    "TensorListResize": 0,
    "TensorListPushBack": 0,
    "TensorListSetItem": 0,
    "TensorArrayWriteV3": 0,
    "TensorArrayScatterV3": 0,
}
"""Op -> the operand whose list its result is."""


def with_shape(
    node: tf.NodeOp, listed: SSAValue, shape: Sequence[int], to: TfConversion
) -> SSAValue:
    """Returns the HLO value of a list whose elements have a shape. Raises `ElementShapeFound` if
    the list was created without it, and INVALID_ARGUMENT if it has another one.
    """
    value = to.value(listed)
    made_by = origin(listed, to)
    if made_by in to.without_shape:
        assert made_by is not None
        raise ElementShapeFound(made_by, tuple(shape))
    if shape_of(value)[1:] != tuple(shape):
        raise fail(
            node, f"its elements have the shape {list(shape_of(value)[1:])}, not {list(shape)}"
        )
    return value


def whole(
    node: tf.NodeOp, listed: SSAValue, stated: Sequence[int] | None, to: TfConversion
) -> SSAValue:
    """Returns the HLO value of a list that is read; its elements' shape must be known, or stated."""
    made_by = origin(listed, to)
    if made_by in to.without_shape:
        if stated is not None and min(stated, default=0) >= 0:
            return with_shape(node, listed, stated, to)
        raise fail(node, "the shape of its elements is not known: nothing was put into the list")
    return to.value(listed)


def stated_shape(node: tf.NodeOp, index: int, to: TfConversion) -> list[int] | None:
    """Returns the shape of elements that an operand states; None if it states no rank."""
    known = evaluate(node.data[index], to, needed=True)
    return [int(size) for size in known] if known is not None and known.ndim == 1 else None


def stated_attribute(node: tf.NodeOp) -> tuple[int, ...] | None:
    stated = node.attributes.get("element_shape")
    return stated.as_tuple() if isinstance(stated, tf.ShapeAttr) else None


# -- elements --------------------------------------------------------------------------------------


def starts(index: SSAValue, rank: int, to: TfConversion) -> list[SSAValue]:
    """Returns the place of an element in a list."""
    place = reshape(index, (), to)
    return [place, *[splat(0, place, to)] * (rank - 1)]


def read(value: SSAValue, index: SSAValue, to: TfConversion) -> SSAValue:
    shape = shape_of(value)
    if not shape[0]:  # a loop that reads it makes no turn
        return splat(0, value, to, shape[1:])
    cut = DynamicSliceOp(value, starts(index, len(shape), to), [1, *shape[1:]])
    return reshape(to.insert(cut).result, shape[1:], to)


def grows(node: tf.NodeOp, listed: SSAValue, to: TfConversion) -> bool:
    """Returns whether a list gets longer where an element is put behind its end."""
    made_by = origin(listed, to) if node.op_name == "TensorArrayWriteV3" else None
    asked = "resize_if_index_out_of_bounds" if made_by is None else "dynamic_size"
    return flag(node if made_by is None else made_by, asked)


def is_below(index: SSAValue, length: int, to: TfConversion) -> bool:
    """Returns whether an index is known to be below a length."""
    if (known := evaluate(index, to)) is not None:
        return known.size == 1 and known.item() < length
    return to.limits.get(to.given(index), length + 1) <= length


def write(
    node: tf.NodeOp, listed: SSAValue, index_operand: SSAValue, item: SSAValue, to: TfConversion
) -> SSAValue:
    """Returns a list of which one element is replaced. Raises INVALID_ARGUMENT for a list that grows."""
    index = to.value(index_operand)
    value = with_shape(node, listed, shape_of(item), to)
    length = shape_of(value)[0]
    if grows(node, listed, to) and not is_below(index_operand, length, to):
        raise fail(
            node,
            f"may put an element behind the end of a list of length {length}, which then grows "
            "while the program runs; make it as long as it gets: tf.TensorArray(..., size=n)",
        )
    if not length:
        return value  # the loop around it makes no turn
    if element_type_of(value) != element_type_of(item):
        raise fail(node, f"puts a {item.type} into a list of {element_type_of(value)}")
    return put_at(value, index, item, to)


def put_at(value: SSAValue, index: SSAValue, item: SSAValue, to: TfConversion) -> SSAValue:
    """Returns a list of which one element is replaced."""
    piece = reshape(item, [1, *shape_of(item)], to)
    place = starts(index, len(shape_of(value)), to)
    return to.insert(DynamicUpdateSliceOp(value, piece, place)).result


def is_all(indices: SSAValue, length: int, to: TfConversion) -> bool:
    """Returns whether indices are 0, 1, ... up to the length of a list."""
    known = evaluate(indices, to)
    if known is None or known.size != length:
        return False
    return known.reshape(-1).tolist() == list(range(length))


def pick(value: SSAValue, indices: SSAValue, to: TfConversion) -> SSAValue:
    if is_all(indices, shape_of(value)[0], to):
        return value
    return gather_along(value, to.value(indices), 0, 0, to)


def put(
    node: tf.NodeOp, listed: SSAValue, indices: SSAValue, items: SSAValue, to: TfConversion
) -> SSAValue:
    """Returns a list with many elements replaced."""
    value = with_shape(node, listed, shape_of(items)[1:], to)
    if is_all(indices, shape_of(value)[0], to) and items.type == value.type:
        return items
    places = to.value(indices)
    column = reshape(places, [*shape_of(places), 1], to)
    return scatter(node, value, column, items, None, to)


# -- TensorList ------------------------------------------------------------------------------------


def lower_reserve(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    shape, length = stated_shape(node, 0, to), constant_int(node, 1, to)
    return created(node, shape, length, attribute(node, "element_dtype"), to)


def lower_from_tensor(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    value = to.value(node.data[0])
    if not shape_of(value):
        raise fail(node, f"can't make a list of a {value.type}")
    return value


def lower_get_item(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    value = whole(node, node.data[0], stated_shape(node, 2, to), to)
    return read(value, to.value(node.data[1]), to)


def lower_set_item(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    return write(node, node.data[0], node.data[1], to.value(node.data[2]), to)


def lower_stack(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    return whole(node, node.data[0], stated_shape(node, 1, to), to)


def lower_list_gather(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    return pick(whole(node, node.data[0], stated_shape(node, 2, to), to), node.data[1], to)


def lower_list_scatter(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    return put(node, node.data[0], node.data[2], to.value(node.data[1]), to)


# -- TensorArray -----------------------------------------------------------------------------------


def lower_array(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    length, element = constant_int(node, 0, to), attribute(node, "dtype")
    value = created(node, stated_attribute(node), length, element, to)
    return [value, value][: len(node.outputs)]


def flow_of(node: tf.NodeOp, index: int, to: TfConversion) -> SSAValue:
    """Returns the operand that is the array's value. Its origin is found by the handle."""
    to.carried[node.data[index]] = node.data[0]
    return node.data[index]


def lower_array_read(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    return read(whole(node, flow_of(node, 2, to), None, to), to.value(node.data[1]), to)


def lower_array_write(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    return write(node, flow_of(node, 3, to), node.data[1], to.value(node.data[2]), to)


def lower_array_gather(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    value = whole(node, flow_of(node, 2, to), stated_attribute(node), to)
    return pick(value, node.data[1], to)


def lower_array_scatter(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    return put(node, flow_of(node, 3, to), node.data[1], to.value(node.data[2]), to)


def lower_array_split(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `TensorArraySplit`: consecutive parts of one length become elements."""
    result = split(node, to.value(node.data[1]), constant_ints(node, 2, to), to)
    with_shape(node, flow_of(node, 3, to), shape_of(result)[1:], to)
    return result


def split(node: tf.NodeOp, value: SSAValue, lengths: Sequence[int], to: TfConversion) -> SSAValue:
    """Returns a tensor as elements of one length each. Raises INVALID_ARGUMENT."""
    if len(set(lengths)) > 1 or sum(lengths) != (shape_of(value) or (0,))[0]:
        raise fail(node, f"can't split {value.type} into elements of {list(lengths)}")
    return reshape(value, [len(lengths), *lengths[:1], *shape_of(value)[1:]], to)


def lower_array_concat(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Returns the elements one after the other, and the length of each."""
    return joined(node, whole(node, flow_of(node, 1, to), None, to), to)


def joined(node: tf.NodeOp, value: SSAValue, to: TfConversion) -> Sequence[SSAValue]:
    """Returns the elements of a list one after the other, and the length of each."""
    count, *rest = shape_of(value)
    if not rest:
        raise fail(node, "elements of rank 0 can't be joined")
    lengths = broadcast(filled(rest[0], i64, (), to), [count], [], to)
    return [reshape(value, [count * rest[0], *rest[1:]], to), lengths][: len(node.outputs)]


def lower_resize(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Returns a list of another length, cut off or continued by zeros."""
    value, length = to.value(node.data[0]), constant_int(node, 1, to)
    count, *rest = shape_of(value)
    if length <= count:
        return part(value, 0, 0, length, to)
    return concatenate([value, splat(0, value, to, [length - count, *rest])], 0, to)


# -- lists that grow -------------------------------------------------------------------------------


def lower_empty(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    return created(node, stated_shape(node, 0, to), 0, attribute(node, "element_dtype"), to)


def lower_push(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Returns a list with one more element. Its length is known as long as no loop carries it."""
    item = to.value(node.data[1])
    value = with_shape(node, node.data[0], shape_of(item), to)
    return concatenate([value, reshape(item, [1, *shape_of(item)], to)], 0, to)


def lower_pop(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Returns a list without its last element, and that element."""
    value = whole(node, node.data[0], stated_shape(node, 1, to), to)
    count, *rest = shape_of(value)
    if not count:
        raise fail(node, "takes an element from an empty list")
    last = reshape(part(value, 0, count - 1, count, to), rest, to)
    return [part(value, 0, 0, count - 1, to), last]


def lower_concat(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Returns the elements one after the other, and the length of each."""
    return joined(node, whole(node, node.data[0], None, to), to)


def lower_split(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `TensorListSplit`: consecutive parts of one length become elements."""
    return split(node, to.value(node.data[0]), constant_ints(node, 2, to), to)


def lower_scatter(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Returns a new list of elements at places; as long as its last operand says, or as the places
    are.
    """
    items, places = to.value(node.data[0]), to.value(node.data[1])
    length = constant_int(node, 3, to) if len(node.data) > 3 else -1
    if length < 0:
        length = max(constant_ints(node, 1, to), default=-1) + 1
    start = splat(0, items, to, [length, *shape_of(items)[1:]])
    column = reshape(places, [*shape_of(places), 1], to)
    return scatter(node, start, column, items, None, to)


RULES: dict[str, Rule] = {
    "EmptyTensorList": Rule(lower_empty, 2),
    "TensorListConcat": Rule(lower_concat, least=1),
    "TensorListConcatV2": Rule(lower_concat, least=1),
    "TensorListPopBack": Rule(lower_pop, 2),
    "TensorListPushBack": Rule(lower_push, 2),
    "TensorListScatter": Rule(lower_scatter, 3),
    "TensorListScatterV2": Rule(lower_scatter, 4),
    "TensorListSplit": Rule(lower_split, 3),
    "TensorArrayConcatV3": Rule(lower_array_concat, 2),
    "TensorArrayGatherV3": Rule(lower_array_gather, 3),
    "TensorArrayReadV3": Rule(lower_array_read, 3),
    "TensorArrayScatterV3": Rule(lower_array_scatter, 4),
    "TensorArraySplitV3": Rule(lower_array_split, 4),
    "TensorArrayV3": Rule(lower_array, 1),
    "TensorArrayWriteV3": Rule(lower_array_write, 4),
    "TensorListFromTensor": Rule(lower_from_tensor, 2),
    "TensorListGather": Rule(lower_list_gather, 3),
    "TensorListGetItem": Rule(lower_get_item, 3),
    "TensorListResize": Rule(lower_resize, 2),
    "TensorListReserve": Rule(lower_reserve, 2),
    "TensorListScatterIntoExistingList": Rule(lower_list_scatter, 3),
    "TensorListSetItem": Rule(lower_set_item, 3),
    "TensorListStack": Rule(lower_stack, 2),
}
"""TensorFlow op -> the rule of an op on a list of tensors."""
