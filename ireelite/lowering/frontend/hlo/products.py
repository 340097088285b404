"""Products of tensors in other forms than `dot_general`: `dot`, Einstein's notation, ragged ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdsl.dialects.builtin import DYNAMIC_INDEX, TensorType, i32
from xdsl.ir import Attribute, Operation, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.chlo.ragged_dot import RaggedDotOp
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.comparison import CompareOp, SelectOp
from ireelite.dialects.stablehlo.einsum import ELLIPSIS, DotOp, EinsumOp, UnaryEinsumOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.frontend.hlo.building import (
    broadcast,
    constant,
    convert,
    subtract,
    sum_over,
)
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.replacing import InPlaceRule
from ireelite.status import StatusCode, StatusError


def expand_dot(op: DotOp, to: Conversion) -> Sequence[SSAValue]:
    contracting = ([len(shape_of(op.lhs)) - 1], [0])
    element = element_type_of(op.result)
    precision = op.precision_config
    return to.insert(
        hlo.DotGeneralOp(op.lhs, op.rhs, contracting, ((), ()), precision, element)
    ).results


def reshape(value: SSAValue, shape: Sequence[int], to: Conversion) -> SSAValue:
    """Returns the same elements in another shape."""
    return to.insert(hlo.ReshapeOp(value, TensorType(element_type_of(value), shape))).result


def transpose(value: SSAValue, order: Sequence[int], to: Conversion) -> SSAValue:
    """Returns a tensor whose dimension i is dimension order[i] of another."""
    if list(order) == sorted(order):
        return value
    shape = [shape_of(value)[d] for d in order]
    return to.insert(
        hlo.TransposeOp(value, order, TensorType(element_type_of(value), shape))
    ).result


def iota(shape: Sequence[int], dim: int, to: Conversion) -> SSAValue:
    """Returns, at each index of a shape, its component in one dimension."""
    return to.insert(hlo.IotaOp(dim, TensorType(i32, shape))).result


def keep_where(condition: SSAValue, value: SSAValue, to: Conversion) -> SSAValue:
    """Returns a tensor with 0 in place of the elements for which a condition does not hold."""
    nothing = constant(0, element_type_of(value), to, shape_of(value))
    return to.insert(SelectOp(condition, value, nothing)).result


def compare(direction: str, a: SSAValue, b: SSAValue, to: Conversion) -> SSAValue:
    return to.insert(CompareOp(direction, a, b)).result


# -- Einstein's notation -----------------------------------------------------------------------------


@light_dataclass(frozen=True)
class Named:
    """A tensor whose dimensions have names."""

    value: SSAValue
    names: list[str]

    @property
    def sizes(self) -> dict[str, int]:
        """The size of each dimension."""
        return dict(zip(self.names, shape_of(self.value), strict=True))

    def without_repeats(self, to: Conversion) -> Named:
        """Returns the diagonal along dimensions of one name: elements beside it are 0 in a sum over
        all dimensions of that name but the first.
        """
        shape = shape_of(self.value)
        for name in self.names:
            places = [d for d, other in enumerate(self.names) if other == name]
            if len(places) > 1:
                first, second = places[:2]
                equal = compare("EQ", iota(shape, first, to), iota(shape, second, to), to)
                value = sum_over(keep_where(equal, self.value, to), [second], to)
                names = [n for d, n in enumerate(self.names) if d != second]
                return Named(value, names).without_repeats(to)
        return self

    def summed_to(self, kept: Sequence[str], to: Conversion) -> Named:
        """Returns the sums over the dimensions with other names."""
        dims = [d for d, name in enumerate(self.names) if name not in kept]
        return Named(sum_over(self.value, dims, to), [n for n in self.names if n in kept])

    def without_single(self, sizes: Mapping[str, int], to: Conversion) -> Named:
        """Drops the dimensions of an ellipsis that the other operand has and that are 1 here."""
        kept = [n for n in self.names if not (self.is_repeated(n) and sizes.get(n, 1) != 1)]
        if kept == self.names:
            return self
        return Named(reshape(self.value, [self.sizes[n] for n in kept], to), kept)

    def is_repeated(self, name: str) -> bool:
        """Returns whether a dimension is one of an ellipsis, and has one index."""
        return name.startswith(ELLIPSIS) and self.sizes[name] == 1

    def in_order(self, names: Sequence[str], to: Conversion) -> SSAValue:
        """Returns the tensor with its dimensions in the order of these names."""
        return transpose(self.value, [self.names.index(n) for n in names], to)


def require_static(op: Operation) -> None:
    """Raises UNIMPLEMENTED for operands of a shape that is known at run time only."""
    if any(DYNAMIC_INDEX in shape_of(v) for v in op.operands):
        raise StatusError(
            StatusCode.UNIMPLEMENTED, f"'{op.name}' of tensors of dynamic shapes is not supported"
        )


def expand_unary_einsum(op: UnaryEinsumOp, to: Conversion) -> Sequence[SSAValue]:
    """Diagonals, sums, and a transpose."""
    require_static(op)
    (names,), result = op.names
    operand = Named(op.operand, names).without_repeats(to).summed_to(result, to)
    return [convert(operand.in_order(result, to), element_type_of(op.result), to)]


def expand_einsum(op: EinsumOp, to: Conversion) -> Sequence[SSAValue]:
    """Diagonals and sums within each operand, a `dot_general`, and a transpose."""
    require_static(op)
    (left_names, right_names), result = op.names
    left = Named(op.lhs, left_names).without_repeats(to).summed_to([*right_names, *result], to)
    right = Named(op.rhs, right_names).without_repeats(to).summed_to([*left_names, *result], to)
    left, right = left.without_single(right.sizes, to), right.without_single(left.sizes, to)
    left = left.summed_to([*right.names, *result], to)
    right = right.summed_to([*left.names, *result], to)
    product = multiply_named(left, right, result, element_type_of(op.result), to)
    return [product.in_order(result, to)]


def multiply_named(
    left: Named, right: Named, kept: Sequence[str], element: Attribute, to: Conversion
) -> Named:
    """Returns the product over the names that both have, summed over those that are not kept."""
    shared = [name for name in left.names if name in right.names]
    batch = [name for name in shared if name in kept]
    summed = [name for name in shared if name not in kept]
    dims = [
        [[operand.names.index(n) for n in names] for operand in (left, right)]
        for names in (summed, batch)
    ]
    product = hlo.DotGeneralOp(
        left.value,
        right.value,
        (dims[0][0], dims[0][1]),
        (dims[1][0], dims[1][1]),
        None,
        element,
    )
    names = batch + [n for operand in (left, right) for n in operand.names if n not in shared]
    return Named(to.insert(product).result, names)


# -- ragged products ---------------------------------------------------------------------------------


def expand_ragged_dot(op: RaggedDotOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns a `dot_general` whose left operand has a copy for each group, with 0 outside of the
    group.
    """
    element = element_type_of(op.result)
    batching, contracting = op.batching, op.contracting
    if op.ragged in batching[0]:
        product = hlo.DotGeneralOp(op.lhs, op.rhs, contracting, batching, None, element)
        return to.insert(product).results
    copies, group = copies_for_groups(op, to), len(shape_of(op.lhs))
    if op.groups:
        paired = ([*contracting[0], group], [*contracting[1], op.groups[0]])
        product = hlo.DotGeneralOp(copies, op.rhs, paired, batching, None, element)
        return to.insert(product).results
    product = hlo.DotGeneralOp(copies, op.rhs, contracting, batching, None, element)
    result = to.insert(product).result
    place = group - len(contracting[0])
    others = [d for d in range(len(shape_of(result))) if d != place]
    return [transpose(result, [place, *others], to)]


def copies_for_groups(op: RaggedDotOp, to: Conversion) -> SSAValue:
    """Returns the left operand with a last dimension of groups."""
    shape = [*shape_of(op.lhs), shape_of(op.group_sizes)[-1]]
    rank = len(shape)
    ends = group_ends(op.group_sizes, to)
    starts = subtract(ends, convert(op.group_sizes, i32, to), to)
    places = [*(op.outer if len(shape_of(ends)) > 1 else []), rank - 1]
    index = iota(shape, op.ragged, to)
    after = compare("GE", index, broadcast(starts, places, shape, to), to)
    before = compare("LT", index, broadcast(ends, places, shape, to), to)
    inside = to.insert(ew.AndOp(after, before)).result
    return keep_where(inside, broadcast(op.lhs, range(rank - 1), shape, to), to)


def group_ends(sizes: SSAValue, to: Conversion) -> SSAValue:
    """Returns the sums of the sizes of each group and those before it."""
    shape = [*shape_of(sizes), shape_of(sizes)[-1]]
    rank = len(shape)
    every = broadcast(convert(sizes, i32, to), [*range(rank - 2), rank - 1], shape, to)
    before = compare("LE", iota(shape, rank - 1, to), iota(shape, rank - 2, to), to)
    return sum_over(keep_where(before, every, to), [rank - 1], to)


EXPANSIONS: Mapping[type[Operation], InPlaceRule] = {
    DotOp: expand_dot,
    EinsumOp: expand_einsum,
    RaggedDotOp: expand_ragged_dot,
    UnaryEinsumOp: expand_unary_einsum,
}
"""Op -> the function that makes it of others."""
