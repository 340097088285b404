"""Rules for products of matrices: `MatMul`, `BatchMatMul` and `Einsum`."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import ComplexType
from xdsl.ir import Attribute, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects import tf
from ireelite.dialects.chlo.functions import ConjOp
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.nodes import Rule, fail, flag, text
from ireelite.lowering.frontend.tf.values import (
    broadcast_last,
    common_shape,
    reduce,
    reshape,
    transpose,
)


def lower_matmul(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    lhs, rhs = to.value(node.data[0]), to.value(node.data[1])
    left, right = int(not flag(node, "transpose_a")), int(flag(node, "transpose_b"))
    ranks = len(shape_of(lhs)), len(shape_of(rhs))
    if ranks != (2, 2) or shape_of(lhs)[left] != shape_of(rhs)[right]:
        raise fail(node, f"shapes {list(shape_of(lhs))} and {list(shape_of(rhs))} do not multiply")
    return to.insert(hlo.DotGeneralOp(lhs, rhs, ([left], [right]))).result


def lower_batch_matmul(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Products of matrices in batches, which broadcast. One matrix on the right needs no batch."""
    lhs, rhs = to.value(node.data[0]), to.value(node.data[1])
    ranks = len(shape_of(lhs)), len(shape_of(rhs))
    if min(ranks) < 2:
        raise fail(node, f"{lhs.type} and {rhs.type} are not matrices")
    adjoints = [flag(node, key) for key in ("adj_x", "adj_y")]
    if isinstance(element_type_of(lhs), ComplexType):
        lhs, rhs = (
            to.insert(ConjOp(value)).result if is_adjoint else value
            for value, is_adjoint in zip((lhs, rhs), adjoints, strict=True)
        )
    left = ranks[0] - 1 - adjoints[0]
    if shape_of(lhs)[left] != shape_of(rhs)[ranks[1] - 2 + adjoints[1]]:
        raise fail(node, f"shapes {list(shape_of(lhs))} and {list(shape_of(rhs))} do not multiply")
    element = node.attributes.get("Tout")
    if ranks[1] == 2 and left == ranks[0] - 1:
        return product(lhs, rhs, ([left], [int(adjoints[1])]), ((), ()), element, to)
    batch = common_shape(node, [shape_of(lhs)[:-2], shape_of(rhs)[:-2]])
    lhs, rhs = (broadcast_last(v, [*batch, *shape_of(v)[-2:]], to) for v in (lhs, rhs))
    count = len(batch)
    dims = ([count + 1 - adjoints[0]], [count + adjoints[1]])
    return product(lhs, rhs, dims, (range(count), range(count)), element, to)


def product(
    lhs: SSAValue,
    rhs: SSAValue,
    contracting: tuple[Sequence[int], Sequence[int]],
    batching: tuple[Sequence[int], Sequence[int]],
    element: Attribute | None,
    to: TfConversion,
) -> SSAValue:
    """Returns a product, with elements of the operands' type unless another one is stated."""
    op = hlo.DotGeneralOp(lhs, rhs, contracting, batching, result_element_type=element)
    return to.insert(op).result


# -- Einsum ----------------------------------------------------------------------------------------

Labels = str
"""A letter for each dimension."""


def lower_einsum(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Sums of products by labels of dimensions, two operands at a time.

    Dimensions in an ellipsis get labels that no equation can have, the same from the end.
    """
    inputs, output, values = labelled(node, to)
    labels, value = inputs[0], values[0]
    for n, (other_labels, other) in enumerate(zip(inputs[1:], values[1:], strict=True), 1):
        later = output + "".join(inputs[n + 1 :])
        labels, value = contract(node, (labels, value), (other_labels, other), later, to)
    summed = [d for d, label in enumerate(labels) if label not in output]
    if summed:
        value = reduce(ew.AddOp, value, 0, summed, to)
        labels = "".join(label for label in labels if label in output)
    return transpose(value, [labels.index(label) for label in output], to)


def labelled(node: tf.NodeOp, to: TfConversion) -> tuple[list[Labels], Labels, list[SSAValue]]:
    """Returns the labels of each operand and of the result, and the operands without repeated
    labels and without dimensions of 1 that broadcast. Raises INVALID_ARGUMENT.
    """
    equation = text(node, "equation").replace(" ", "")
    left, arrow, right = equation.partition("->")
    terms = left.split(",")
    if not arrow or len(terms) != len(node.data):
        raise fail(node, f"its equation '{equation}' does not fit {len(node.data)} operands")
    values = [to.value(value) for value in node.data]
    longest = max(
        (len(shape_of(v)) - len(term) + 3 for v, term in zip(values, terms) if "..." in term),
        default=0,
    )
    around = "".join(chr(0x100 + n) for n in range(longest))
    sizes: dict[str, int] = {}
    inputs: list[Labels] = []
    for value, term in zip(values, terms, strict=True):
        rank = len(shape_of(value))
        hidden = rank - len(term) + 3 if "..." in term else 0
        labels = term.replace("...", around[longest - hidden :] if hidden > 0 else "")
        if len(labels) != rank or len(set(labels)) != rank or "." in labels:
            raise fail(node, f"'{term}' does not name the dimensions of {value.type} once each")
        for label, size in zip(labels, shape_of(value), strict=True):
            known = sizes.setdefault(label, size)
            if known == 1 and label in around:
                sizes[label] = size
            elif size not in (known, 1 if label in around else known):
                raise fail(node, f"'{label}' is {known} and {size}")
        inputs.append(labels)
    output = right.replace("...", around)
    if len(set(output)) != len(output) or set(output) - set("".join(inputs)):
        raise fail(node, f"its equation '{equation}' has no such result")
    for n, labels in enumerate(inputs):
        shape = shape_of(values[n])
        kept = [d for d, label in enumerate(labels) if shape[d] == sizes[label]]
        values[n] = reshape(values[n], [shape[d] for d in kept], to)
        inputs[n] = "".join(labels[d] for d in kept)
    return inputs, output, values


def contract(
    node: tf.NodeOp,
    lhs: tuple[Labels, SSAValue],
    rhs: tuple[Labels, SSAValue],
    later: Labels,
    to: TfConversion,
) -> tuple[Labels, SSAValue]:
    """Returns the product of two tensors, summed over labels that nothing needs later."""
    (left, first), (right, second) = (
        alone(*pair, other + later, to) for pair, other in ((lhs, rhs[0]), (rhs, lhs[0]))
    )
    both = [label for label in left if label in right]
    batch = [label for label in both if label in later]
    summed = [label for label in both if label not in later]
    dims = [
        tuple([labels.index(label) for label in group] for labels in (left, right))
        for group in (summed, batch)
    ]
    contracting, batching = ((a, b) for a, b in dims)
    value = to.insert(hlo.DotGeneralOp(first, second, contracting, batching)).result
    rest = [label for labels in (left, right) for label in labels if label not in both]
    return "".join((*batch, *rest)), value


def alone(
    labels: Labels, value: SSAValue, needed: Labels, to: TfConversion
) -> tuple[Labels, SSAValue]:
    """Sums over labels that nothing else has."""
    summed = [d for d, label in enumerate(labels) if label not in needed]
    if not summed:
        return labels, value
    return (
        "".join(label for label in labels if label in needed),
        reduce(ew.AddOp, value, 0, summed, to),
    )


RULES: dict[str, Rule] = {
    **dict.fromkeys(("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3"), Rule(lower_batch_matmul, 2)),
    "Einsum": Rule(lower_einsum),
    **dict.fromkeys(("MatMul", "SparseMatMul"), Rule(lower_matmul, 2)),
}
"""TensorFlow op -> the rule of a product."""
