"""Kernels that compute sums of products: which dimension is a row, a column, or is summed up.

    scf.parallel (%i, %j, %l) { %0 = scf.for %k ... { acc + left * right } ; ... ; store }

A dimension that only the left operand needs is one of rows, one that only the right one needs is one
of columns; the others are batches. One dimension of rows and one of columns make the matrix of a
product; the product is computed for each point of all other dimensions.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from xdsl.dialects import arith, memref, scf
from xdsl.dialects.builtin import FloatAttr, IntegerAttr, i8, i32
from xdsl.dialects.builtin import f32 as F32
from xdsl.ir import Attribute, Operation, SSAValue

from ireelite.light_dataclass import field, light_dataclass
from ireelite.lowering.schedules.linear_places import Places, Terms
from ireelite.lowering.schedules.strides import constant_of


@light_dataclass()
class Operand:
    """A matrix that is multiplied: a value for each of its rows and each point of the sums."""

    value: SSAValue
    needs: frozenset[SSAValue]
    """The counters that it is computed from."""
    row: SSAValue | None = None
    """The dimension of its rows; None if it has one row."""
    place: Terms | None = None
    """Where it is loaded from, if it is just loaded."""

    @property
    def load(self) -> memref.LoadOp | None:
        """What loads it, if it is just loaded."""
        return self.value.owner if isinstance(self.value.owner, memref.LoadOp) else None


@light_dataclass()
class Product:
    """The product that a loop over points computes."""

    loop: scf.ParallelOp
    places: Places
    sums: list[scf.ForOp]
    """The loops that add up, outermost first."""
    multiply: Operation
    left: Operand
    right: Operand
    stores: list[memref.StoreOp]
    extents: dict[SSAValue, SSAValue] = field(default_factory=dict)
    """Counter -> how often it counts."""

    @property
    def result(self) -> SSAValue:
        """The sum of one point."""
        return self.sums[0].results[0]

    @property
    def element(self) -> Attribute:
        """The type of the sums."""
        return self.result.type

    @property
    def counters(self) -> list[SSAValue]:
        """Those of the sums."""
        return [loop.body.block.args[0] for loop in self.sums]

    @property
    def batches(self) -> list[SSAValue]:
        """The dimensions that are neither rows nor columns of the matrices."""
        matrix = (self.left.row, self.right.row)
        return [dimension for dimension in self.loop.body.block.args if dimension not in matrix]

    def extent(self, counter: SSAValue | None) -> int | None:
        """Returns how often a counter counts; None if that is open. Without a counter it is once."""
        return 1 if counter is None else constant_of(self.extents[counter])


def find_product(loop: scf.ParallelOp) -> Product | None:
    """Returns the product that a loop computes at its points; None if it computes anything else."""
    if loop.initVals or not counts_by_ones(loop.lowerBound, loop.step):
        return None
    body = loop.body.block
    nests = [op for op in body.ops if isinstance(op, scf.ForOp)]
    if len(nests) != 1 or (sums := find_sums(nests[0])) is None:
        return None
    stores = [op for op in body.ops if isinstance(op, memref.StoreOp)]
    others = (op for op in body.ops if op is not nests[0])
    if not stores or not all(map(is_repeatable, others)):
        return None
    counters: list[SSAValue] = [each.body.block.args[0] for each in sums]
    places = Places(loop, [*body.args, *counters])
    if not all(places.is_outside(each.ub) for each in sums):
        return None
    if (found := find_factors(sums)) is None:
        return None
    multiply, factors = found
    written = {op.memref for op in stores}
    left, right = (operand_of(value, places) for value in factors)
    if reads_any(left.value, written) or reads_any(right.value, written):
        return None
    if any(counter not in (left.needs & right.needs) for counter in counters):
        return None
    ends = [*loop.upperBound, *(each.ub for each in sums)]
    dimensions: list[SSAValue] = [*body.args, *counters]
    extents = dict(zip(dimensions, ends, strict=True))
    product = Product(loop, places, sums, multiply, left, right, stores, extents)
    return product if choose_matrix(product) else None


def counts_by_ones(lower: Sequence[SSAValue], step: Sequence[SSAValue]) -> bool:
    """Returns whether all dimensions of a loop count from 0 by 1."""
    return all(constant_of(value) == 0 for value in lower) and all(
        constant_of(value) == 1 for value in step
    )


def find_sums(nest: scf.ForOp) -> list[scf.ForOp] | None:
    """Loops in each other, outermost first, that carry one sum which begins with zero; None if it
    is anything else.
    """
    start = nest.iter_args[0].owner if len(nest.iter_args) == 1 else None
    if not isinstance(start, arith.ConstantOp) or not is_zero(start.value):
        return None
    sums: list[scf.ForOp] = []
    inner: scf.ForOp | None = nest
    while inner is not None:
        if len(inner.iter_args) != 1 or not counts_by_ones([inner.lb], [inner.step]):
            return None
        if sums and inner.iter_args[0] is not sums[-1].body.block.args[1]:
            return None
        sums.append(inner)
        ops = list(inner.body.block.ops)
        nested = [op for op in ops if isinstance(op, scf.ForOp)]
        if len(nested) > 1 or not all(is_repeatable(op) for op in ops if op not in nested):
            return None
        inner = nested[0] if nested else None
    for outer, within in pairwise(sums):
        last = outer.body.block.last_op
        if last is None or last.operands[0] is not within.results[0]:
            return None
        if not is_used_once(outer.body.block.args[1]):
            return None
    return sums


def is_zero(value: Attribute) -> bool:
    """Returns whether a constant is zero, and not negative zero."""
    if isinstance(value, FloatAttr):
        return str(value.value.data) == "0.0"
    return isinstance(value, IntegerAttr) and value.value.data == 0


def is_used_once(value: SSAValue) -> bool:
    return len(list(value.uses)) == 1


def is_repeatable(op: Operation) -> bool:
    """Returns whether an op computes values, or ends a block or stores one: no loop, and no memory."""
    if isinstance(op, memref.StoreOp | scf.ReduceOp | scf.YieldOp):
        return True
    if isinstance(op, scf.IfOp):
        inner = (each for region in op.regions for block in region.blocks for each in block.ops)
        return all(is_repeatable(each) and not isinstance(each, memref.StoreOp) for each in inner)
    pure = op.name.partition(".")[0] in ("arith", "math", "complex")
    return not op.regions and (pure or isinstance(op, memref.LoadOp))


def find_factors(sums: Sequence[scf.ForOp]) -> tuple[Operation, tuple[SSAValue, SSAValue]] | None:
    """Returns the multiplication within the loops, and what it multiplies: f32, or i8 that are
    widened.
    """
    body = sums[-1].body.block
    carried, last = body.args[1], body.last_op
    add = None if last is None else last.operands[0].owner
    if not isinstance(add, arith.AddfOp | arith.AddiOp) or not is_used_once(carried):
        return None
    if carried not in (add.lhs, add.rhs) or add.lhs is add.rhs:
        return None
    multiply = (add.rhs if add.lhs is carried else add.lhs).owner
    if isinstance(multiply, arith.MulfOp) and multiply.result.type == F32:
        return multiply, (multiply.lhs, multiply.rhs)
    if not isinstance(multiply, arith.MuliOp) or multiply.result.type != i32:
        return None
    widened = [value.owner for value in multiply.operands]
    narrow = [op.input for op in widened if isinstance(op, arith.ExtSIOp) and op.input.type == i8]
    return (multiply, (narrow[0], narrow[1])) if len(narrow) == 2 else None


def operand_of(value: SSAValue, places: Places) -> Operand:
    """Returns an operand, whose rows are not chosen yet."""
    operand = Operand(value, places.needs(value))
    if operand.load is not None and not places.is_outside(value):
        operand.place = places.flat(operand.load.memref, operand.load.indices)
    return operand


def reads_any(value: SSAValue, buffers: set[SSAValue]) -> bool:
    """Returns whether a value is computed from what one of these buffers holds."""
    waiting, seen = [value], {value}
    while waiting:
        owner = waiting.pop().owner
        for op in owner.walk() if isinstance(owner, Operation) else ():
            if isinstance(op, memref.LoadOp) and op.memref in buffers:
                return True
            new = [each for each in op.operands if each not in seen]
            seen.update(new)
            waiting += new
    return False


OPEN_EXTENT = 64
"""What an open extent is taken for where times are compared."""


def choose_matrix(product: Product) -> bool:
    """Chooses the dimensions of rows and of columns, the longest each, and those of columns where
    the result has neighbours; returns whether there are any.
    """
    left, right = product.left, product.right
    dimensions = product.loop.body.block.args
    rows = [each for each in dimensions if each in left.needs - right.needs]
    columns = [each for each in dimensions if each in right.needs - left.needs]
    if not rows and not columns:
        return False
    store = product.stores[0]
    place = product.places.flat(store.memref, store.indices)

    def length(dimension: SSAValue) -> int:
        extent = product.extent(dimension)
        return OPEN_EXTENT if extent is None else extent

    def rank(dimension: SSAValue) -> tuple[bool, int]:
        size = length(dimension)
        return (is_one(product.places.factor(place, dimension)) and size >= NEIGHBOURS, size)

    left.row, right.row = max(rows, key=rank, default=None), max(columns, key=rank, default=None)
    if left.row is not None and (right.row is None or rank(left.row)[0] > rank(right.row)[0]):
        product.left, product.right = right, left
    return True


NEIGHBOURS = 4
"""The length of a dimension of neighbours that is better than a longer one."""


def is_one(terms: Terms | None) -> bool:
    """Returns whether a factor is one."""
    return terms == {(): 1}
