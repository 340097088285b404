"""`memref.load` and `memref.store`: places in a flat array, and parts of words.

Elements of 8 and 16 bits share words: a word of storage is the least that a shader can access.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from math import prod

from xdsl.dialects import memref
from xdsl.dialects.builtin import MemRefType, i1
from xdsl.ir import SSAValue

from ireelite.dialects import spirv
from ireelite.targets.spirv.conversion import KernelConversion
from ireelite.targets.spirv.neighbours import WORDS, Neighbours
from ireelite.targets.spirv.widths import WORD_BITS, narrow_bits


def lower_alloca(op: memref.AllocaOp, to: KernelConversion) -> SSAValue:
    """Declares scratch: an array of the invocation's own, in which each element has a register's
    type.
    """
    type = op.memref.type
    assert isinstance(type, MemRefType)
    array = spirv.SpirvArrayType(prod(type.get_shape()), to.register_type(type.element_type))
    return to.insert(spirv.VariableOp(array)).pointer


def _scratch_element(
    buffer: SSAValue, indices: Sequence[SSAValue], to: KernelConversion
) -> SSAValue | None:
    """Returns the address of an element of scratch; None for another buffer."""
    if buffer in to.buffers:
        return None
    place = _flat_index(buffer, indices, to)
    return to.insert(spirv.AccessChainOp(to.value(buffer), [place])).component_ptr


def lower_load(op: memref.LoadOp, to: KernelConversion) -> SSAValue:
    """Reads an element, perhaps a part of a word, or of what was loaded with it."""
    element = op.res.type
    if (together := to.access.together.get(op)) is not None:
        return _load_neighbour(op, together, to)
    if (pointer := _scratch_element(op.memref, op.indices, to)) is not None:
        return to.insert(spirv.LoadOp(pointer)).value
    if (bits := narrow_bits(element)) is None:
        return to.insert(spirv.LoadOp(_element(op.memref, op.indices, to))).value
    index = _flat_index(op.memref, op.indices, to)
    word = to.insert(spirv.LoadOp(_element_at(op.memref, _word(index, bits, to), to))).value
    if element == i1:
        byte = to.bits("BitFieldUExtract", word, _shift(index, bits, to), bits)
        return to.binary("INotEqual", byte, to.constant(0))
    return to.bits("BitFieldSExtract", word, _shift(index, bits, to), bits)


def lower_store(op: memref.StoreOp, to: KernelConversion) -> None:
    """Writes an element. Others may write the other parts of a word: the part is cleared, then
    set.
    """
    element = op.value.type
    if (together := to.access.together.get(op)) is not None:
        _store_neighbour(op, together, to)
        return
    if (pointer := _scratch_element(op.memref, op.indices, to)) is not None:
        to.insert(spirv.StoreOp(pointer, to.wide(op.value)))
        return
    if (bits := narrow_bits(element)) is None:
        pointer = _element(op.memref, op.indices, to)
        to.insert(spirv.StoreOp(pointer, to.wide(op.value)))
        return
    value, ones = to.value(op.value), to.constant((1 << bits) - 1)
    if element == i1:
        value = to.select(value, to.constant(1), to.constant(0))
    else:
        value = to.binary("BitwiseAnd", value, ones)
    index = _flat_index(op.memref, op.indices, to)
    shift = _shift(index, bits, to)
    pointer = _element_at(op.memref, _word(index, bits, to), to)
    mask = to.unary("Not", to.binary("ShiftLeftLogical", ones, shift))
    to.insert(spirv.AtomicAndOp(pointer, mask))
    to.insert(spirv.AtomicOrOp(pointer, to.binary("ShiftLeftLogical", value, shift)))


def _word(index: SSAValue, bits: int, to: KernelConversion) -> SSAValue:
    """Returns the word that has an element of so many bits."""
    places = (WORD_BITS // bits).bit_length() - 1
    return to.binary("ShiftRightArithmetic", index, to.constant(places))


def _shift(index: SSAValue, bits: int, to: KernelConversion) -> SSAValue:
    """Returns how many bits below an element its word has."""
    within = to.binary("BitwiseAnd", index, to.constant(WORD_BITS // bits - 1))
    return to.binary("ShiftLeftLogical", within, to.constant(bits.bit_length() - 1))


def _element(buffer: SSAValue, indices: Sequence[SSAValue], to: KernelConversion) -> SSAValue:
    """Returns the address of an element: the buffer, member 0 of its struct, the place in the
    array.
    """
    pointer = to.insert(spirv.AddressOfOp(to.buffers[buffer])).pointer
    member = to.constant(0)
    places = [_flat_index(buffer, indices, to)]
    if buffer in to.access.vectors:
        within = to.binary("BitwiseAnd", places[0], to.constant(WORDS - 1))
        places = [_vector(places[0], to), within]
    return to.insert(spirv.AccessChainOp(pointer, [member, *places])).component_ptr


def _element_at(buffer: SSAValue, place: SSAValue, to: KernelConversion) -> SSAValue:
    """Returns the address of an element whose place in the array is known."""
    pointer = to.insert(spirv.AddressOfOp(to.buffers[buffer])).pointer
    return to.insert(spirv.AccessChainOp(pointer, [to.constant(0), place])).component_ptr


def _flat_index(buffer: SSAValue, indices: Sequence[SSAValue], to: KernelConversion) -> SSAValue:
    """Returns the row-major place of an element. Dimensions of extent 1 say nothing about it."""
    assert isinstance(buffer.type, MemRefType)
    place: SSAValue | None = None
    for index, size in zip(indices, buffer.type.get_shape(), strict=True):
        if size == 1:
            continue
        if place is None:
            place = to.value(index)
        else:
            place = to.binary("IAdd", to.binary("IMul", place, to.constant(size)), to.value(index))
    return to.constant(0) if place is None else place


# -- neighbours ------------------------------------------------------------------------------------


def _vector(index: SSAValue, to: KernelConversion) -> SSAValue:
    """Returns the vector that has a word."""
    return to.binary("ShiftRightArithmetic", index, to.constant(WORDS.bit_length() - 1))


def _group(
    op: memref.LoadOp | memref.StoreOp, together: Neighbours, to: KernelConversion
) -> tuple[Hashable, int]:
    """Returns which elements an access is moved with, and its number among them."""
    numbers = dict(to.numbers)
    group, number = divmod(numbers.pop(together.along), together.count)
    return (op, group, *numbers.items()), number


def _load_neighbour(op: memref.LoadOp, together: Neighbours, to: KernelConversion) -> SSAValue:
    """Returns the first of neighbours loads all."""
    key, number = _group(op, together, to)
    if number == 0:
        to.parts[key] = _load_all(op, together, to)
    return to.parts[key][number]


def _load_all(op: memref.LoadOp, together: Neighbours, to: KernelConversion) -> list[SSAValue]:
    index, element = _flat_index(op.memref, op.indices, to), op.res.type
    bits = narrow_bits(element)
    place = _vector(index, to) if bits is None else _word(index, bits, to)
    loaded = to.insert(spirv.LoadOp(_element_at(op.memref, place, to))).value
    numbers = range(together.count)
    if bits is None:
        return [to.insert(spirv.CompositeExtractOp(loaded, n)).component for n in numbers]
    if element == i1:
        parts = [to.bits("BitFieldUExtract", loaded, n * bits, bits) for n in numbers]
        return [to.binary("INotEqual", part, to.constant(0)) for part in parts]
    return [to.bits("BitFieldSExtract", loaded, n * bits, bits) for n in numbers]


def _store_neighbour(op: memref.StoreOp, together: Neighbours, to: KernelConversion) -> None:
    """Stores all neighbours with the last of them."""
    key, number = _group(op, together, to)
    parts = to.parts.setdefault(key, [])
    parts.append(to.wide(op.value))
    if number < together.count - 1:
        return
    del to.parts[key]
    index = _flat_index(op.memref, op.indices, to)
    if (bits := narrow_bits(op.value.type)) is None:
        place, value = _vector(index, to), to.insert(spirv.CompositeConstructOp(parts)).result
    else:
        place, value = _word(index, bits, to), _joined(parts, bits, to)
    to.insert(spirv.StoreOp(_element_at(op.memref, place, to), value))


def _joined(parts: Sequence[SSAValue], bits: int, to: KernelConversion) -> SSAValue:
    """Returns the word of narrow elements, the first in its low bits."""
    whole: SSAValue | None = None
    for number, part in enumerate(parts):
        if part.type == i1:
            part = to.select(part, to.constant(1), to.constant(0))
        else:
            part = to.binary("BitwiseAnd", part, to.constant((1 << bits) - 1))
        if whole is None:
            whole = part
        else:
            part = to.binary("ShiftLeftLogical", part, to.constant(number * bits))
            whole = to.binary("BitwiseOr", whole, part)
    assert whole is not None
    return whole
