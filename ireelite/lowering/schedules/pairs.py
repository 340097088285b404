"""Sums of products of narrow numbers, with two or four products at once.

    scf.for %k = 0 to K iter_args(%s) { %s + extsi A[i, %k] * extsi B[%k, j] }

becomes a sum over pairs, whose numbers are the halves of a 32-bit word:

    scf.for %k = 0 to K / 2 iter_args(%s) {
      dot_pairs %s, (A[i, 2 %k], A[i, 2 %k + 1]), (B[2 %k, j], B[2 %k + 1, j]) }

CPUs have instructions for registers of such words. Some have one for four products of bytes, whose
left operand is unsigned. If both operands are signed, 128 is added to each byte of the left one,
which makes it unsigned, and 128 times the sum of the column's numbers is subtracted from the
result. The words of the operand that lies along a tile's columns are packed (`packing.py`); those
of the other operand are made where they are used. A separate loop adds the products that are left
over.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith, memref, scf
from xdsl.dialects.builtin import BFloat16Type, Float32Type, IntegerAttr, IntegerType, i8, i16, i32
from xdsl.ir import Block, Operation, Region, SSAValue

from ireelite.dialects.extensions.arith_extra import DotPairsOp, DotQuadsOp
from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.schedules.packing import copy_value, find_pack, trips_of
from ireelite.lowering.schedules.strides import Strides
from ireelite.lowering.schedules.tile_builder import TileBuilder
from ireelite.lowering.schedules.tiles import RegisterFile

HALF = 16
"""Bits of the numbers of a pair."""
BYTE = 8
"""Bits of each of the four numbers in a word."""
BYTES_OF_128 = 0x80808080
WIDENED = (arith.ExtSIOp, arith.ExtUIOp, arith.ExtFOp)


@light_dataclass(frozen=True)
class PairedSum:
    """A loop that adds products of narrow numbers."""

    loop: scf.ForOp
    row: SSAValue
    """What each row of a tile multiplies by, widened."""
    column: SSAValue
    """What each column multiplies by, widened: it is packed."""
    bits: int = HALF
    """Bits of each number in a word."""

    @property
    def size(self) -> int:
        """The number of narrow numbers in a word."""
        return 32 // self.bits

    @property
    def column_bytes(self) -> int:
        """Bytes of the words that are packed for one column, at least."""
        return trips_of(self.loop) * self.bits // 8

    @property
    def has_correction(self) -> bool:
        """Whether both operands are signed bytes, so that 128 times the sum of the column's numbers
        is subtracted.
        """
        return self.bits == BYTE and is_signed(self.row) and is_signed(self.column)


def find_paired_sum(loop: scf.ParallelOp, row: int, registers: RegisterFile) -> PairedSum | None:
    """Returns the only loop within a loop over points, or the innermost one, if it adds products
    that registers hold in pairs; None if it is another.
    """
    body = loop.body.block
    inner = [op for op in loop.body.walk() if isinstance(op, scf.ForOp)]
    innermost = [op for op in inner if not any(isinstance(each, scf.ForOp) for each in op.body.ops)]
    if len(innermost) != 1 or trips_of(innermost[0]) < 2:
        return None
    (nest,) = innermost
    last = nest.body.block.last_op
    carried = nest.body.block.args[1:]
    add = last.operands[0].owner if last is not None and len(carried) == 1 else None
    if not isinstance(add, arith.AddiOp | arith.AddfOp) or carried[0] not in add.operands:
        return None
    multiply = (add.rhs if add.lhs is carried[0] else add.lhs).owner
    if not isinstance(multiply, arith.MuliOp | arith.MulfOp) or not carried[0].has_one_use():
        return None
    factors = list(multiply.operands)
    if not all(is_narrow_factor(factor, registers) for factor in factors):
        return None
    lanes = Strides(body.args[-1], between_multiples=True)
    packed = [find_pack(factor, body, row, 1) is not None for factor in factors]
    moves = [moves_along(factor, lanes) for factor in factors]
    for number, factor in enumerate(factors):
        if packed[number] and moves[number] and not moves[1 - number]:
            row_factor = factors[1 - number]
            quads = registers.quads and trips_of(nest) >= 4 and are_bytes(row_factor, factor)
            return PairedSum(nest, row_factor, factor, BYTE if quads else HALF)
    return None


def are_bytes(row: SSAValue, column: SSAValue) -> bool:
    """Returns whether both factors are widened bytes, at least one of them signed."""
    widened = [row.owner, column.owner]
    narrow = all(isinstance(op, WIDENED) and op.input.type == i8 for op in widened)
    return narrow and (is_signed(row) or is_signed(column))


def is_signed(factor: SSAValue) -> bool:
    """Returns whether a widened integer was sign-extended."""
    return isinstance(factor.owner, arith.ExtSIOp)


def is_narrow_factor(value: SSAValue, registers: RegisterFile) -> bool:
    """Returns whether a factor is loaded and widened, from a type that is a half of a word."""
    widened = value.owner
    if not isinstance(widened, WIDENED) or not isinstance(widened.input.owner, memref.LoadOp):
        return False
    if widened.input.owner.parent is not widened.parent:
        return False
    source, target = widened.input.type, widened.result.type
    if isinstance(source, BFloat16Type):
        return registers.pairs_of_floats and isinstance(target, Float32Type)
    if not isinstance(source, IntegerType) or target != i32 or not registers.pairs:
        return False
    unsigned = isinstance(widened, arith.ExtUIOp)
    return 8 <= source.width.data <= HALF - unsigned


def moves_along(factor: SSAValue, lanes: Strides) -> bool:
    """Returns whether a factor's place differs from one column to the next."""
    widened = factor.owner
    assert isinstance(widened, WIDENED)
    load = widened.input.owner
    assert isinstance(load, memref.LoadOp)
    return any(lanes.of(index) != 0 for index in load.indices)


def pair_up(found: PairedSum, to: TileBuilder) -> SSAValue:
    """Replaces a sum by one over pairs or quads. Returns the words of the column operand."""
    loop, count = found.loop, trips_of(found.loop)
    around = loop.parent
    assert around is not None
    own = [arg.type for arg in loop.body.block.args]
    holder, inner = Block(), Block(arg_types=[*own, *own[1:]] if found.has_correction else own)
    inner.args[0].name_hint = loop.body.block.args[0].name_hint
    with to.at(inner):
        first = to.multiply(inner.args[0], found.size)
        numbers = [first, *(to.add(first, to.index(n)) for n in range(1, found.size))]
        word = word_of if found.bits == HALF else bytes_of
        row, column = (word(factor, found, numbers, to) for factor in (found.row, found.column))
        to.insert(scf.YieldOp(*added(found, inner.args[1:], row, column, to)))
    with to.at(holder):
        starts = [loop.iter_args[0]]
        if found.has_correction:
            starts.append(to.insert(arith.ConstantOp(IntegerAttr(0, i32))).results[0])
        paired, *corrections = sum_loop(count // found.size, starts, inner, to)
        for correction in corrections:
            paired = to.insert(arith.SubiOp(paired, correction)).results[0]
        if count % found.size:
            paired = add_last(found, paired, to)
    for op in list(holder.ops):
        op.detach()
        around.insert_op_before(op, loop)
    loop.results[0].replace_all_uses_with(paired)
    loop.detach()
    loop.erase(safe_erase=False)
    return column


def added(
    found: PairedSum, sums: Sequence[SSAValue], row: SSAValue, column: SSAValue, to: TileBuilder
) -> list[SSAValue]:
    """Adds the products of two words to the sums; returns the new sums."""
    if found.bits == HALF:
        return [to.insert(DotPairsOp(sums[0], row, column)).results[0]]
    if not is_signed(found.column):
        return [to.insert(DotQuadsOp(sums[0], column, row)).results[0]]
    if not found.has_correction:
        return [to.insert(DotQuadsOp(sums[0], row, column)).results[0]]
    more = to.insert(arith.ConstantOp(IntegerAttr(BYTES_OF_128 - (1 << 32), i32))).results[0]
    row = to.insert(arith.XOrIOp(row, more)).results[0]
    pairs = zip(sums, (row, more), strict=True)
    return [to.insert(DotQuadsOp(sum, left, column)).results[0] for sum, left in pairs]


def bytes_of(
    factor: SSAValue, found: PairedSum, numbers: list[SSAValue], to: TileBuilder
) -> SSAValue:
    """Packs four numbers that are neighbours along the sum in one word, the first in the lowest
    byte.
    """
    widened, body = factor.owner, found.loop.body.block
    assert isinstance(widened, WIDENED)
    word: SSAValue | None = None
    for place, number in enumerate(numbers):
        known = dict[SSAValue, SSAValue]([(body.args[0], number)])
        loaded = copy_value(widened.input, known, body, to)
        byte = to.insert(arith.ExtUIOp(loaded, i32)).results[0]
        if place:
            bits = to.insert(arith.ConstantOp(IntegerAttr(BYTE * place, i32))).results[0]
            byte = to.insert(arith.ShLIOp(byte, bits)).results[0]
        word = byte if word is None else to.insert(arith.OrIOp(word, byte)).results[0]
    assert word is not None
    return word


def word_of(
    factor: SSAValue, found: PairedSum, numbers: list[SSAValue], to: TileBuilder
) -> SSAValue:
    """Returns two neighbours along the sum in one word: the first one in its low half."""
    widened = factor.owner
    assert isinstance(widened, WIDENED)
    halves: list[SSAValue] = []
    for number in numbers:
        known = dict[SSAValue, SSAValue]([(found.loop.body.block.args[0], number)])
        halves.append(half_of(widened, known, found.loop.body.block, to))
    sixteen = to.insert(arith.ConstantOp(IntegerAttr(HALF, i32))).results[0]
    high = to.insert(arith.ShLIOp(halves[1], sixteen)).results[0]
    low = halves[0]
    if isinstance(widened, arith.ExtSIOp):
        mask = to.insert(arith.ConstantOp(IntegerAttr((1 << HALF) - 1, i32))).results[0]
        low = to.insert(arith.AndIOp(low, mask)).results[0]
    return to.insert(arith.OrIOp(low, high)).results[0]


def half_of(
    widened: Operation, known: dict[SSAValue, SSAValue], body: Block, to: TileBuilder
) -> SSAValue:
    """Returns a number's bits as an i32: those of a float, or those of the widened integer."""
    if not isinstance(widened, arith.ExtFOp):
        return copy_value(widened.results[0], known, body, to)
    loaded = copy_value(widened.input, known, body, to)
    bits = to.insert(arith.BitcastOp(loaded, i16)).results[0]
    return to.insert(arith.ExtUIOp(bits, i32)).results[0]


def add_last(found: PairedSum, start: SSAValue, to: TileBuilder) -> SSAValue:
    """Adds the products that fill no word, in a loop of their own; returns the new sum."""
    old, rest = found.loop.body.block, trips_of(found.loop) % found.size
    body = Block(arg_types=[arg.type for arg in old.args])
    with to.at(body):
        position = to.add(to.index(trips_of(found.loop) - rest), body.args[0])
        values = dict[SSAValue, SSAValue](zip(old.args, (position, body.args[1]), strict=True))
        for op in old.ops:
            copy = to.insert(op.clone(dict(values)))
            copy.location = op.location
            values.update(zip(op.results, copy.results, strict=True))
    return sum_loop(rest, [start], body, to)[0]


def sum_loop(
    turns: int, starts: Sequence[SSAValue], body: Block, to: TileBuilder
) -> Sequence[SSAValue]:
    """Makes a loop from 0 to `turns` that carries sums; returns its results."""
    zero, end, one = (to.index(number) for number in (0, turns, 1))
    return to.insert(scf.ForOp(zero, end, one, starts, Region(body))).results
