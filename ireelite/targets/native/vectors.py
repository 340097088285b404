"""Registers of several numbers in the `llvm` dialect."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import llvm, memref
from xdsl.dialects.builtin import DenseArrayBase, VectorType, i1, i8, i32, i64
from xdsl.ir import Block, SSAValue

from ireelite.dialects.extensions import llvm_extra
from ireelite.lowering.rewriting.scf_to_blocks import BlockConversion
from ireelite.targets.native.memory import element_pointer, element_size, memory_type
from ireelite.targets.native.scalars_to_llvm import EQUAL, NOT_EQUAL, integer

LINE = 64
"""Bytes that a non-temporal store is aligned to, or its own if they are fewer."""


class LlvmVectors:
    """Vectors of LLVM, of any length: its code generator splits long ones."""

    def index(self, value: int, to: BlockConversion) -> SSAValue:
        """Returns a constant i64."""
        return integer(value, 64, to)

    def splat(self, value: SSAValue, lanes: int, to: BlockConversion) -> SSAValue:
        """Returns the number in the first lane of a vector, then in all."""
        vector = VectorType(value.type, [lanes])
        undefined = to.insert(llvm.UndefOp(vector)).res
        first = to.insert(llvm_extra.InsertElementOp(undefined, value, integer(0, 32, to))).res
        mask = DenseArrayBase.from_list(i32, [0] * lanes)
        return to.insert(llvm.ShuffleVectorOp(first, undefined, mask, vector)).res

    def load(self, op: memref.LoadOp, lanes: int, to: BlockConversion) -> SSAValue:
        """Emits one load of neighbours; bytes are i1s if they are not zero."""
        pointer = element_pointer(to, op.memref, op.indices)
        element = memory_type(op.res.type)
        vector = VectorType(element, [lanes])
        loaded = to.insert(llvm.LoadOp(pointer, vector, element_size(element))).dereferenced_value
        if op.res.type != i1:
            return loaded
        zeros = self.splat(integer(0, 8, to), lanes, to)
        return to.insert(llvm.ICmpOp(loaded, zeros, NOT_EQUAL)).res

    def store(self, op: memref.StoreOp, lanes: int, to: BlockConversion) -> None:
        """Emits one store of neighbours; i1s as bytes."""
        value = to.value(op.value)
        element = memory_type(op.value.type)
        if op.value.type == i1:
            value = to.insert(llvm.ZExtOp(value, VectorType(i8, [lanes]))).res
        pointer = element_pointer(to, op.memref, op.indices)
        size = element_size(element)
        if not is_nontemporal(op):
            to.insert(llvm.StoreOp(value, pointer, size))
            return
        alignment = min(LINE, size * lanes)
        past, usual, after = Block(), Block(), Block()
        to.branch(is_aligned(to.value(op.memref), alignment, to), past, usual)
        to.enter(past)
        to.insert(llvm.StoreOp(value, pointer, alignment, nontemporal=True))
        to.ops.branch(to, after, [])
        to.enter(usual)
        to.insert(llvm.StoreOp(value, pointer, size))
        to.ops.branch(to, after, [])
        to.enter(after)

    def transpose(self, rows: Sequence[SSAValue], to: BlockConversion) -> list[SSAValue]:
        """Returns a round of exchanges for each bit of a lane's number: each pair of registers
        whose numbers differ in that bit exchanges the lanes which differ in it, too.
        """
        registers, count = list(rows), len(rows)
        bit = 1
        while bit < count:
            for number in range(count):
                if not number & bit:
                    pair = registers[number], registers[number | bit]
                    low = [n if not n & bit else count + n - bit for n in range(count)]
                    high = [n + bit if not n & bit else count + n for n in range(count)]
                    registers[number] = shuffle(*pair, low, to)
                    registers[number | bit] = shuffle(*pair, high, to)
            bit *= 2
        return registers


def is_nontemporal(op: memref.StoreOp) -> bool:
    """Returns whether a store goes past the caches."""
    return op.nontemporal is not None and bool(op.nontemporal.value.data)


def is_aligned(pointer: SSAValue, alignment: int, to: BlockConversion) -> SSAValue:
    """Returns whether an address is a multiple of a power of two."""
    address = to.insert(llvm.PtrToIntOp(pointer, i64)).output
    below = to.insert(llvm.AndOp(address, integer(alignment - 1, 64, to))).res
    return to.insert(llvm.ICmpOp(below, integer(0, 64, to), EQUAL)).res


def shuffle(a: SSAValue, b: SSAValue, lanes: Sequence[int], to: BlockConversion) -> SSAValue:
    """Returns the lanes of two registers, those of the second counted behind those of the first."""
    mask = DenseArrayBase.from_list(i32, lanes)
    return to.insert(llvm.ShuffleVectorOp(a, b, mask, a.type)).res
