"""HLO tensors with Python's operators, in which rules write their formulas.

Operands broadcast by NumPy's rules; a Python number has the other operand's type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from xdsl.dialects.builtin import ComplexType, i32
from xdsl.ir import Attribute, Block, Region, SSAValue

from ireelite.dialects.chlo import functions as chlo
from ireelite.dialects.stablehlo import ReturnOp, control
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.indexing import ConcatenateOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.tf import values
from ireelite.lowering.frontend.tf.conversion import TfConversion


@dataclass(frozen=True, eq=False)
class Tensor:
    """An HLO value, and the conversion that ops on it are added to."""

    value: SSAValue
    to: TfConversion

    @property
    def shape(self) -> tuple[int, ...]:
        return shape_of(self.value)

    @property
    def element(self) -> Attribute:
        return element_type_of(self.value)

    def apply(self, op: type[ew.UnaryOp] | type[chlo.UnaryOp]) -> Tensor:
        """Returns an elementwise function of the tensor."""
        return Tensor(self.to.insert(op(self.value)).result, self.to)

    def combine(self, op: type[ew.BinaryOp], other: Operand) -> Tensor:
        """Returns an elementwise function of two tensors."""
        lhs, rhs = together(self, other)
        return Tensor(self.to.insert(op(lhs.value, rhs.value)).result, self.to)

    def compare(self, direction: str, other: Operand) -> Tensor:
        """Booleans of a comparison."""
        lhs, rhs = together(self, other)
        return Tensor(values.compare(direction, lhs.value, rhs.value, self.to), self.to)

    def as_type(self, element: Attribute) -> Tensor:
        """Returns the same numbers as elements of another type."""
        return Tensor(values.convert(self.value, element, self.to), self.to)

    def reshape(self, *shape: int) -> Tensor:
        return Tensor(values.reshape(self.value, shape, self.to), self.to)

    def transpose(self, *order: int) -> Tensor:
        return Tensor(values.transpose(self.value, order, self.to), self.to)

    def broadcast(self, shape: Sequence[int], dims: Sequence[int]) -> Tensor:
        """Returns the tensor repeated: its dimension i becomes dimension dims[i] of a shape."""
        return Tensor(values.broadcast(self.value, shape, dims, self.to), self.to)

    def part(self, dim: int, start: int, limit: int) -> Tensor:
        """Returns the elements from `start` up to `limit` along a dimension."""
        return Tensor(values.part(self.value, dim, start, limit, self.to), self.to)

    def item(self, dim: int, index: int) -> Tensor:
        """Returns one element along a dimension, which disappears."""
        rest = (*self.shape[:dim], *self.shape[dim + 1 :])
        return self.part(dim, index, index + 1).reshape(*rest)

    def reduce(self, op: type[ew.BinaryOp], init: float, *dims: int, keep: bool = False) -> Tensor:
        """Folds dimensions, which stay with one element each if they are kept."""
        folded = Tensor(values.reduce(op, self.value, init, dims, self.to), self.to)
        kept = (1 if d in dims else size for d, size in enumerate(self.shape))
        return folded.reshape(*kept) if keep else folded

    def sum(self, *dims: int, keep: bool = False) -> Tensor:
        return self.reduce(ew.AddOp, 0, *dims, keep=keep)

    def __add__(self, other: Operand) -> Tensor:
        return self.combine(ew.AddOp, other)

    def __sub__(self, other: Operand) -> Tensor:
        return self.combine(ew.SubtractOp, other)

    def __mul__(self, other: Operand) -> Tensor:
        return self.combine(ew.MultiplyOp, other)

    def __truediv__(self, other: Operand) -> Tensor:
        return self.combine(ew.DivideOp, other)

    def __and__(self, other: Tensor) -> Tensor:
        return self.combine(ew.AndOp, other)

    def __or__(self, other: Tensor) -> Tensor:
        return self.combine(ew.OrOp, other)

    def __neg__(self) -> Tensor:
        return self.apply(ew.NegateOp)

    def __abs__(self) -> Tensor:
        return self.apply(ew.AbsOp)

    def __lt__(self, other: Operand) -> Tensor:
        return self.compare("LT", other)

    def __le__(self, other: Operand) -> Tensor:
        return self.compare("LE", other)

    def __gt__(self, other: Operand) -> Tensor:
        return self.compare("GT", other)

    def __ge__(self, other: Operand) -> Tensor:
        return self.compare("GE", other)

    def equals(self, other: Operand) -> Tensor:
        return self.compare("EQ", other)

    def maximum(self, other: Operand) -> Tensor:
        return self.combine(ew.MaximumOp, other)

    def minimum(self, other: Operand) -> Tensor:
        return self.combine(ew.MinimumOp, other)

    def clamp(self, low: Operand, high: Operand) -> Tensor:
        return self.maximum(low).minimum(high)

    def exp(self) -> Tensor:
        return self.apply(ew.ExponentialOp)

    def log(self) -> Tensor:
        return self.apply(ew.LogOp)

    def sqrt(self) -> Tensor:
        return self.apply(ew.SqrtOp)

    def conjugate(self) -> Tensor:
        """Returns the conjugates of complex numbers; real ones are their own."""
        return self.apply(chlo.ConjOp) if isinstance(self.element, ComplexType) else self

    def floor(self) -> Tensor:
        return self.apply(ew.FloorOp)


Operand = Tensor | float


def operand(node: Any, index: int, to: TfConversion) -> Tensor:
    """Returns an operand of a node."""
    return Tensor(to.value(node.data[index]), to)


def operands(node: Any, to: TfConversion) -> list[Tensor]:
    """Returns all operands of a node."""
    return [operand(node, index, to) for index in range(len(node.data))]


def fill(value: float, like: Tensor, shape: Sequence[int] = ()) -> Tensor:
    """Returns a tensor of one number, with the element type of another tensor."""
    return Tensor(values.splat(value, like.value, like.to, shape), like.to)


def indices(dim: int, shape: Sequence[int], element: Attribute, to: TfConversion) -> Tensor:
    """Returns each element's index along a dimension."""
    return Tensor(values.iota(dim, element, shape, to), to)


def together(*parts: Operand) -> list[Tensor]:
    """Tensors and numbers, each in their common shape."""
    first = next(each for each in parts if isinstance(each, Tensor))
    tensors = [each if isinstance(each, Tensor) else fill(each, first) for each in parts]
    shape = broadcast_shape([each.shape for each in tensors])
    return [
        Tensor(values.broadcast_last(squeezed(each, shape).value, shape, each.to), each.to)
        for each in tensors
    ]


def squeezed(tensor: Tensor, shape: Sequence[int]) -> Tensor:
    """Returns a tensor whose dimensions are as many as those of a shape that it broadcasts to, or
    none.
    """
    if all(size == 1 for size in tensor.shape):
        return tensor.reshape()
    return tensor.reshape(*[1] * (len(shape) - len(tensor.shape)), *tensor.shape)


def broadcast_shape(shapes: Sequence[Sequence[int]]) -> list[int]:
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(shape)) + tuple(shape) for shape in shapes]
    return [next((n for n in sizes if n != 1), 1) for sizes in zip(*padded, strict=True)]


def choose(condition: Tensor, on_true: Operand, on_false: Operand) -> Tensor:
    """Elements of one tensor where a condition holds, and of another elsewhere."""
    one, other = together(on_true, on_false)
    condition, one, other = together(condition, one, other)
    return Tensor(values.select(condition.value, one.value, other.value, one.to), one.to)


def counted_loop(
    count: int, starts: Sequence[Tensor], turn: Callable[[Tensor, list[Tensor]], Sequence[Tensor]]
) -> list[Tensor]:
    """Returns the values that a loop of `count` turns carries in the end. `turn` makes the next
    values of the number of a turn, from 0 on, and of the values before it.
    """
    to = starts[0].to
    first = Tensor(values.filled(0, i32, (), to), to)
    return loop_while(
        [first, *starts],
        lambda carried: carried[0] < count,
        lambda carried: [carried[0] + 1, *turn(carried[0], carried[1:])],
    )[1:]


def loop_while(
    starts: Sequence[Tensor],
    goes_on: Callable[[list[Tensor]], Tensor],
    turn: Callable[[list[Tensor]], Sequence[Tensor]],
) -> list[Tensor]:
    """Returns the values that a loop carries in the end. `goes_on` makes a boolean of the values,
    and `turn` the next values.
    """
    to = starts[0].to
    types = [each.value.type for each in starts]
    condition, body = Block(arg_types=types), Block(arg_types=types)
    with to.at(condition):
        to.insert(ReturnOp(goes_on([Tensor(arg, to) for arg in condition.args]).value))
    with to.at(body):
        made = turn([Tensor(arg, to) for arg in body.args])
        to.insert(ReturnOp(*(each.value for each in made)))
    carried = [each.value for each in starts]
    loop = to.insert(control.WhileOp(carried, Region(condition), Region(body)))
    return [Tensor(result, to) for result in loop.results]


def join(tensors: Sequence[Tensor], dim: int) -> Tensor:
    """Tensors one after the other along a dimension."""
    to = tensors[0].to
    if len(tensors) == 1:
        return tensors[0]
    return Tensor(to.insert(ConcatenateOp([t.value for t in tensors], dim)).result, to)


def stack(tensors: Sequence[Tensor], dim: int) -> Tensor:
    """Tensors of one shape along a new dimension."""
    shape = tensors[0].shape
    return join([t.reshape(*shape[:dim], 1, *shape[dim:]) for t in tensors], dim)
