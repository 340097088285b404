"""Where an element is when data decides it: clamped numbers, and choices between places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdsl.dialects import arith
from xdsl.dialects.builtin import IndexType, IntegerAttr, IntegerType, i32, i64
from xdsl.ir import SSAValue

from ireelite.lowering.kernels.control import choose
from ireelite.lowering.tensors.indices import Element, Index
from ireelite.lowering.tensors.moves import Choice, Read, Test

if TYPE_CHECKING:
    from ireelite.lowering.kernels.kernel import Kernel


def element_index(atom: Element, value: SSAValue, kernel: Kernel) -> SSAValue:
    """Returns the index that a scalar is. A number that is clamped is clamped in its own type:
    `index` may have fewer bits.
    """
    type = value.type
    if isinstance(type, IndexType):
        return value
    if atom.clamped is not None and atom.clamped.most is not None:
        return below_size(value, atom.clamped.most, atom.clamped.unsigned, kernel)
    if atom.clamped is not None:
        assert isinstance(type, IntegerType)
        bits, unsigned = type.width.data, atom.clamped.unsigned
        largest = (1 << bits) - 1 if unsigned else (1 << (bits - 1)) - 1
        if not unsigned:
            zero = kernel.constant(IntegerAttr(0, type))
            value = kernel.to.insert(arith.MaxSIOp(value, zero)).result
        if atom.high < largest:
            high = kernel.constant(IntegerAttr(atom.high, type, truncate_bits=True))
            kind = arith.MinUIOp if unsigned else arith.MinSIOp
            value = kernel.to.insert(kind(value, high)).result
        if min(atom.high, largest) >= 1 << (bits - 1):
            value = kernel.to.insert(arith.ExtUIOp(value, i64)).result
    return kernel.to.insert(arith.IndexCastOp(value, IndexType())).result


def below_size(value: SSAValue, most: Index, unsigned: bool, kernel: Kernel) -> SSAValue:
    """Returns an integer clamped to 0 to an index that a size decides. One that `index` may not
    hold is compared as an i64.
    """
    to, type = kernel.to, value.type
    assert isinstance(type, IntegerType)
    if not unsigned:
        value = to.insert(arith.MaxSIOp(value, kernel.constant(IntegerAttr(0, type)))).result
    bits = type.width.data if unsigned else type.width.data - 1
    if bits > 31:
        if type.width.data < 64:
            value = to.insert(arith.ExtUIOp(value, i64)).result
        high = to.insert(arith.IndexCastOp(kernel.index(most), i64)).result
        least = arith.MinUIOp if unsigned else arith.MinSIOp
        return to.insert(
            arith.IndexCastOp(to.insert(least(value, high)).result, IndexType())
        ).result
    if unsigned and type.width.data < 32:
        value = to.insert(arith.ExtUIOp(value, i32)).result
    place = to.insert(arith.IndexCastOp(value, IndexType())).result
    return to.insert(arith.MinSIOp(place, kernel.index(most))).result


def read_place(place: Read | Choice, kernel: Kernel) -> SSAValue:
    """Returns the scalar of the place that the tests choose, inserted at the current point. Where
    the bounds of the indices decide it, the other place is left out: a shader must not even name an
    element that is not there.
    """
    if isinstance(place, Read):
        return kernel.pull([place])[0]
    known = [test.known for test in place.tests]
    if False in known:
        return read_place(place.no, kernel)
    if None not in known:
        return read_place(place.yes, kernel)
    open_tests = [test for test, answer in zip(place.tests, known, strict=True) if answer is None]
    condition, *others = [holds(test, kernel) for test in open_tests]
    for other in others:
        condition = kernel.to.insert(arith.AndIOp(condition, other)).result
    (element,) = choose(
        kernel,
        condition,
        lambda: [read_place(place.yes, kernel)],
        lambda: [read_place(place.no, kernel)],
    )
    return element


def holds(test: Test, kernel: Kernel) -> SSAValue:
    """Returns whether a test holds. A number below zero is a large one without a sign."""
    index, low, high = test.index, test.low, test.high
    if not isinstance(high, int):
        value, end = kernel.index(index), kernel.index(high)
        condition = kernel.to.insert(arith.CmpiOp(value, end, "slt")).result
        if index.low < low:
            first = kernel.to.insert(arith.CmpiOp(value, kernel.number(low), "sge")).result
            condition = kernel.to.insert(arith.AndIOp(condition, first)).result
    elif index.low >= low:
        value, end = kernel.index(index), kernel.number(high)
        condition = kernel.to.insert(arith.CmpiOp(value, end, "slt")).result
    else:
        value = kernel.index(kernel.space.add(index, kernel.space.constant(-low)))
        condition = kernel.to.insert(arith.CmpiOp(value, kernel.number(high - low), "ult")).result
    if test.step == 1:
        return condition
    offset = kernel.index(kernel.space.add(index, kernel.space.constant(-low)))
    rest = kernel.to.insert(arith.RemUIOp(offset, kernel.number(test.step))).result
    whole = kernel.to.insert(arith.CmpiOp(rest, kernel.number(0), "eq")).result
    return kernel.to.insert(arith.AndIOp(condition, whole)).result
