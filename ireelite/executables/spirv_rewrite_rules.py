"""How instructions that naga does not take, or gets wrong, are said in others that it does right.

A rule writes what an instruction means; the last thing it writes has the instruction's own result.
Upstream's compiler types all integers as unsigned, where SPIR-V leaves it to the instruction how
their bits are read. naga leaves it to the type. So most rules are one: cast, do, cast back.
"""

from __future__ import annotations

from collections.abc import Callable

from ireelite.executables.spirv_edit import SpirvEditor
from ireelite.executables.spirv_grammar import SpirvInstruction

Rule = Callable[[SpirvEditor, SpirvInstruction], None]

SIGNED_OPERANDS: dict[str, tuple[int, ...]] = {
    "OpSDiv": (2, 3),
    "OpSRem": (2, 3),
    "OpSNegate": (2,),
    "OpShiftRightArithmetic": (2,),
    "OpBitFieldSExtract": (2,),
    "OpConvertSToF": (2,),
    "OpConvertFToS": (),
    "OpSConvert": (2,),
    "OpGroupNonUniformSMin": (4,),
    "OpGroupNonUniformSMax": (4,),
    "SMin": (4, 5),
    "SMax": (4, 5),
    "SAbs": (4,),
    "SSign": (4,),
    "SClamp": (4, 5, 6),
    "FindSMsb": (4,),
}
"""Operations on signed integers -> positions of the operands whose sign matters."""

UNSIGNED_OPERANDS: dict[str, tuple[int, ...]] = {
    "OpUDiv": (2, 3),
    "OpUMod": (2, 3),
    "OpShiftRightLogical": (2,),
    "OpBitFieldUExtract": (2,),
    "OpConvertUToF": (2,),
    "OpConvertFToU": (),
    "OpUConvert": (2,),
    "OpGroupNonUniformUMin": (4,),
    "OpGroupNonUniformUMax": (4,),
    "UMin": (4, 5),
    "UMax": (4, 5),
    "UClamp": (4, 5, 6),
    "FindUMsb": (4,),
}
"""The same for unsigned ones."""

ORDERED_INVERSES = {
    "OpFUnordEqual": "OpFOrdNotEqual",
    "OpFUnordNotEqual": "OpFOrdEqual",
    "OpFUnordLessThan": "OpFOrdGreaterThanEqual",
    "OpFUnordLessThanEqual": "OpFOrdGreaterThan",
    "OpFUnordGreaterThan": "OpFOrdLessThanEqual",
    "OpFUnordGreaterThanEqual": "OpFOrdLessThan",
}
"""A comparison that is true for NaN -> the one that is false exactly where it is true."""


def _cast_operands(signed: bool, positions: tuple[int, ...]) -> Rule:
    """Returns the rule for `%r = OpSDiv %uint %a %b`, which is done in the signed type, between
    bitcasts.
    """

    def rule(edit: SpirvEditor, instruction: SpirvInstruction) -> None:
        type, result, *_ = map(int, instruction.operands)
        operands = list(instruction.operands)
        for position in positions:
            value = int(operands[position])
            operands[position] = edit.cast(edit.with_sign(edit.type_of(value), signed), value)
        signed_type = edit.with_sign(type, signed)
        if signed_type == type:
            edit.op(instruction.opcode.name, type, *operands[2:], result=result)
        else:
            value = edit.op(instruction.opcode.name, signed_type, *operands[2:])
            edit.cast(type, value, result)

    return rule


def _unordered(edit: SpirvEditor, instruction: SpirvInstruction) -> None:
    """Replaces an unordered comparison by the negation of the opposite ordered one: naga compares
    as if NaN were equal to nothing.
    """
    type, result, a, b = map(int, instruction.operands)
    inverse = edit.op(ORDERED_INVERSES[instruction.opcode.name], type, a, b)
    edit.op("OpLogicalNot", type, inverse, result=result)


def _is_unordered(edit: SpirvEditor, instruction: SpirvInstruction) -> None:
    """Replaces `OpUnordered`: whether one of the two is NaN."""
    type, result, a, b = map(int, instruction.operands)
    edit.op(
        "OpLogicalOr", type, edit.op("OpIsNan", type, a), edit.op("OpIsNan", type, b), result=result
    )


def _is_ordered(edit: SpirvEditor, instruction: SpirvInstruction) -> None:
    """Replaces `OpOrdered`: whether none of the two is NaN."""
    type, result, a, b = map(int, instruction.operands)
    either = edit.op("OpLogicalOr", type, edit.op("OpIsNan", type, a), edit.op("OpIsNan", type, b))
    edit.op("OpLogicalNot", type, either, result=result)


def _signed_modulo(edit: SpirvEditor, instruction: SpirvInstruction) -> None:
    """Replaces `OpSMod`, which naga computes in floats, by the remainder, plus the divisor where
    their signs differ.
    """
    type, result, a, b = map(int, instruction.operands)
    signed = edit.with_sign(type, True)
    truth = edit.truth(type)
    zero = edit.constant(signed, 0)
    divisor = edit.cast(signed, b)
    remainder = edit.op("OpSRem", signed, edit.cast(signed, a), divisor)
    differs = edit.op(
        "OpSLessThan", truth, edit.op("OpBitwiseXor", signed, remainder, divisor), zero
    )
    wrong = edit.op("OpLogicalAnd", truth, edit.op("OpINotEqual", truth, remainder, zero), differs)
    moved = edit.op("OpIAdd", signed, remainder, divisor)
    if signed == type:
        edit.op("OpSelect", type, wrong, moved, remainder, result=result)
    else:
        edit.cast(type, edit.op("OpSelect", signed, wrong, moved, remainder), result)


def _add_carry(edit: SpirvEditor, instruction: SpirvInstruction) -> None:
    """Replaces `OpIAddCarry`: a sum that is less than one of its terms has wrapped around."""
    type, result, a, b = map(int, instruction.operands)
    unsigned = _unsigned_member(edit, type)
    a, b = edit.cast(unsigned, a), edit.cast(unsigned, b)
    total = edit.op("OpIAdd", unsigned, a, b)
    carry = edit.op("OpULessThan", edit.truth(unsigned), total, a)
    _pair(edit, type, result, total, _as_number(edit, unsigned, carry))


def _subtract_borrow(edit: SpirvEditor, instruction: SpirvInstruction) -> None:
    """Replaces `OpISubBorrow`: the difference wraps around if the first term is the smaller one."""
    type, result, a, b = map(int, instruction.operands)
    unsigned = _unsigned_member(edit, type)
    a, b = edit.cast(unsigned, a), edit.cast(unsigned, b)
    difference = edit.op("OpISub", unsigned, a, b)
    borrow = edit.op("OpULessThan", edit.truth(unsigned), a, b)
    _pair(edit, type, result, difference, _as_number(edit, unsigned, borrow))


def _multiply_extended(edit: SpirvEditor, instruction: SpirvInstruction) -> None:
    """Replaces `OpUMulExtended` and `OpSMulExtended`: the product in two words, from products of
    halves.
    """
    type, result, a, b = map(int, instruction.operands)
    unsigned = _unsigned_member(edit, type)
    a, b = edit.cast(unsigned, a), edit.cast(unsigned, b)
    low = edit.op("OpIMul", unsigned, a, b)
    high = _high_word(edit, unsigned, a, b)
    if instruction.opcode.name == "OpSMulExtended":
        # A negative factor was taken for one larger by 2^n, so the product has the other factor
        # too often in its high word.
        for factor, other in ((a, b), (b, a)):
            excess = edit.op("OpBitwiseAnd", unsigned, _sign_mask(edit, unsigned, factor), other)
            high = edit.op("OpISub", unsigned, high, excess)
    _pair(edit, type, result, low, high)


def _high_word(edit: SpirvEditor, type: int, a: int, b: int) -> int:
    """Returns the upper word of the product of two unsigned numbers."""
    half = int(edit.component(type).operands[1]) // 2
    shift, mask = edit.constant(type, half), edit.constant(type, (1 << half) - 1)

    def upper(value: int) -> int:
        return edit.op("OpShiftRightLogical", type, value, shift)

    def lower(value: int) -> int:
        return edit.op("OpBitwiseAnd", type, value, mask)

    def times(left: int, right: int) -> int:
        return edit.op("OpIMul", type, left, right)

    def plus(left: int, right: int) -> int:
        return edit.op("OpIAdd", type, left, right)

    a0, a1, b0, b1 = lower(a), upper(a), lower(b), upper(b)
    cross, other = times(a0, b1), times(a1, b0)
    middle = plus(plus(upper(times(a0, b0)), lower(cross)), lower(other))
    return plus(plus(times(a1, b1), upper(cross)), plus(upper(other), upper(middle)))


def _sign_mask(edit: SpirvEditor, unsigned: int, value: int) -> int:
    """Returns all bits of a word if the number is negative, else none."""
    signed = edit.with_sign(unsigned, True)
    places = edit.constant(unsigned, int(edit.component(unsigned).operands[1]) - 1)
    spread = edit.op("OpShiftRightArithmetic", signed, edit.cast(signed, value), places)
    return edit.cast(unsigned, spread)


def _unsigned_member(edit: SpirvEditor, pair: int) -> int:
    """Returns the type of the two members of a struct, unsigned."""
    return edit.with_sign(int(edit.facts.defined[pair].operands[1]), False)


def _as_number(edit: SpirvEditor, type: int, truth: int) -> int:
    """Returns 1 for true and 0 for false."""
    return edit.op("OpSelect", type, truth, edit.constant(type, 1), edit.constant(type, 0))


def _pair(edit: SpirvEditor, type: int, result: int, first: int, second: int) -> None:
    """Makes the struct of two numbers."""
    members = [int(member) for member in edit.facts.defined[type].operands[1:]]
    values = [edit.cast(member, value) for member, value in zip(members, (first, second))]
    edit.op("OpCompositeConstruct", type, *values, result=result)


def _round_away(edit: SpirvEditor, instruction: SpirvInstruction) -> None:
    """Replaces `Round`: halves go away from zero. naga rounds them to even.

    x - Trunc(x) is exact; it is NaN for NaN and for infinities, which Trunc leaves as they are.
    """
    type, result, _, _, x = map(int, instruction.operands)
    truncated = edit.extended(instruction, "Trunc", x)
    rest = edit.extended(instruction, "FAbs", edit.op("OpFSub", type, x, truncated))
    far = edit.op("OpFOrdGreaterThanEqual", edit.truth(type), rest, edit.constant(type, 0.5))
    away = edit.op("OpFAdd", type, truncated, edit.extended(instruction, "FSign", x))
    edit.op("OpSelect", type, far, away, truncated, result=result)


RULES: dict[str, Rule] = {
    **{name: _cast_operands(True, positions) for name, positions in SIGNED_OPERANDS.items()},
    **{name: _cast_operands(False, positions) for name, positions in UNSIGNED_OPERANDS.items()},
    **dict.fromkeys(ORDERED_INVERSES, _unordered),
    "OpUnordered": _is_unordered,
    "OpOrdered": _is_ordered,
    "OpSMod": _signed_modulo,
    "OpIAddCarry": _add_carry,
    "OpISubBorrow": _subtract_borrow,
    "OpUMulExtended": _multiply_extended,
    "OpSMulExtended": _multiply_extended,
    "Round": _round_away,
}
"""Rules by the name of the opcode, or of the instruction of `GLSL.std.450`."""
