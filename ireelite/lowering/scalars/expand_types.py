"""Kernels in the scalar types and ops that every target has.

- A float of 16 or 8 bits is an f32 that the type can hold: results of ops are rounded, and buffers
  of such numbers are buffers of i16 or i8.
- An integer of 4 or 2 bits is an i8; a buffer of those is one of packed bytes.
- A complex number is two floats; a buffer of those has one more dimension, of extent 2.
- An op on integers that may be undefined for some operands is made defined.

The kernels say the same as before, in types that a table of instructions can have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xdsl.dialects import arith, complex, func, memref
from xdsl.dialects.builtin import (
    AnyFloat,
    ArrayAttr,
    ComplexType,
    Float16Type,
    FloatAttr,
    FunctionType,
    IndexType,
    IntegerAttr,
    MemRefType,
    ModuleOp,
    f32,
    i8,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ireelite.dialects.elements import is_small_float
from ireelite.dialects.extensions import math_extra
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.scalars import (
    integer_division,
    narrow_integers,
)
from ireelite.lowering.scalars.complex_numbers import Pair
from ireelite.lowering.scalars.compound import compose
from ireelite.lowering.scalars.half_precision import (
    code_type,
    decode,
    decode_by_instruction,
    encode,
    encode_by_instruction,
    format_of,
    is_exact,
    round_by_instruction,
    round_to,
    rounded_constant,
)
from ireelite.lowering.scalars.narrow_integers import RULES as NARROW_RULES
from ireelite.lowering.scalars.narrow_integers import is_narrow, packed
from ireelite.lowering.scalars.rounding import next_by_bits
from ireelite.lowering.scalars.scalar import Scalar
from ireelite.status import StatusCode, StatusError

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


def expand_types(
    kernels: ModuleOp,
    tracker: Tracker | None = None,
    reassociates: bool = False,
    converts_halves: bool = False,
) -> ModuleOp:
    """Returns the kernels in types and ops that every target has; they themselves if they are that.

    `reassociates`: whether the target's compiler reorders sums and products that must not be.
    `converts_halves`: whether the target has instructions between f16 and f32.
    """
    if not any(needs_expansion(op) for op in kernels.walk()):
        return kernels
    module = ModuleOp([])
    if tracker is not None:
        tracker.derive(module, [kernels])
    conversion = TypeExpansion(tracker, reassociates, converts_halves)
    with conversion.at(module.body.block):
        conversion.convert_block(kernels.body.block)
    conversion.finish()
    return module


def needs_expansion(op: Operation) -> bool:
    """Returns whether an op has a value of a compound or small type, or may be undefined."""
    arguments = [a for region in op.regions for block in region.blocks for a in block.args]
    values = (*op.operands, *op.results, *arguments)
    return integer_division.can_fail(op) or any(is_expanded(v.type) for v in values)


def is_expanded(type: Attribute) -> bool:
    """Returns whether a type is replaced by others."""
    element = type.element_type if isinstance(type, MemRefType) else type
    return is_small_float(element) or is_narrow(element) or isinstance(element, ComplexType)


def expanded(type: Attribute) -> list[Attribute]:
    """Returns the types that hold a value of a type."""
    match type:
        case MemRefType(element_type=ComplexType(element_type=part)):
            return [MemRefType(stored(part), [*type.get_shape(), 2])]
        case MemRefType(element_type=element) if is_small_float(element):
            return [MemRefType(stored(element), type.get_shape())]
        case MemRefType(element_type=element) if is_narrow(element):
            return [packed(type)]
        case ComplexType(element_type=part):
            return expanded(part) * 2
        case _ if is_small_float(type):
            return [f32]
        case _ if is_narrow(type):
            return [i8]
        case _:
            return [type]


def stored(type: Attribute) -> Attribute:
    """Returns the type of a float in memory."""
    return code_type(type) if is_small_float(type) else type


class TypeExpansion(Conversion):
    """The conversion, with the real and imaginary part of each complex value."""

    def __init__(self, tracker: Tracker | None, reassociates: bool, converts_halves: bool = False):
        super().__init__({}, "kernels of plain scalars", tracker)
        self.reassociates = reassociates
        self.converts_halves = converts_halves
        self.pairs: dict[SSAValue, Pair] = {}
        self.codes: dict[SSAValue, Scalar] = {}
        """A small float that is loaded -> its bits in memory."""

    def convert(self, op: Operation) -> None:
        with self.rewriting(rule := rule_for(op), op):
            lowered = rule(op, self)
        if isinstance(lowered, Pair):
            self.pairs[op.results[0]] = lowered
        elif isinstance(lowered, SSAValue):
            self.map(op.results[0], lowered)
        elif lowered is not None:
            self.stand_for(op.results, lowered)

    def stand_for(self, old: Sequence[SSAValue], new: Sequence[SSAValue]) -> None:
        """Maps old values to new ones: a complex number to its two parts."""
        rest = iter(new)
        for value in old:
            if isinstance(value.type, ComplexType):
                self.pairs[value] = Pair(self.scalar(next(rest)), self.scalar(next(rest)))
            else:
                self.map(value, next(rest))

    def scalar(self, new: SSAValue) -> Scalar:
        """Returns a new value in formulas whose ops are rounded one by one."""
        return Scalar(new, self, reassociated=self.reassociates).exactly()

    def converts(self, type: Attribute) -> bool:
        """Returns whether an instruction converts between f32 and a type."""
        return self.converts_halves and isinstance(type, Float16Type)

    def rounded(self, x: Scalar, type: Attribute) -> Scalar:
        """Returns an f32 or f64 as the nearest f32 that a small float can hold."""
        return round_by_instruction(x) if self.converts(type) else round_to(x, type)

    def operand(self, old: SSAValue) -> Pair | Scalar:
        """Returns the new value, or pair of values, of an old one."""
        return self.pairs[old] if old in self.pairs else self.scalar(self.value(old))

    def flat(self, values: Sequence[SSAValue]) -> list[SSAValue]:
        """Returns the new values of old ones, in order."""
        found: list[SSAValue] = []
        for value in values:
            if (pair := self.pairs.get(value)) is not None:
                found += [pair.real.value, pair.imaginary.value]
            else:
                found.append(self.value(value))
        return found


def rule_for(op: Operation) -> Callable[..., Any]:
    """Returns the rule for an op, by its kind and the types of its values."""
    if not op.regions and any(is_narrow(v.type) for v in (*op.operands, *op.results)):
        return narrow_rule(op)
    if integer_division.can_fail(op):
        return integer_division.EXPANSIONS[type(op)]
    if isinstance(op, complex.CreateOp):
        return expand_create
    if isinstance(op, complex.ConstantOp):
        return expand_complex_constant
    if op.name.startswith("complex."):
        return expand_complex
    if not op.regions and any(is_expanded(v.type) for v in (*op.operands, *op.results)):
        return RULES.get(type(op), expand_small)
    return copy_expanded


def narrow_rule(op: Operation) -> Callable[..., Any]:
    """Returns the rule for an op on a narrow integer."""
    if op.name in ("scf.yield", "scf.condition"):
        return copy_expanded
    if isinstance(op, arith.BitcastOp):
        return expand_narrow_bitcast
    return NARROW_RULES.get(type(op), narrow_integers.expand_op)


def expand_narrow_bitcast(op: arith.BitcastOp, to: TypeExpansion) -> SSAValue:
    """Reinterprets a narrow integer as a small float of its width, or the other way round."""
    value = to.scalar(to.value(op.input))
    if is_small_float(op.result.type):
        code = narrow_integers.bits_alone(value, op.input.type)
        return decode(code, op.result.type).value
    if is_small_float(op.input.type):
        return narrow_integers.cut(encode(value, op.input.type), op.result.type).value
    return narrow_integers.expand_op(op, to)


# -- complex numbers -------------------------------------------------------------------------------


def expand_create(op: complex.CreateOp, to: TypeExpansion) -> Pair:
    return Pair(to.scalar(to.value(op.real)), to.scalar(to.value(op.imaginary)))


def expand_complex_constant(op: complex.ConstantOp, to: TypeExpansion) -> Pair:
    parts = [to.insert(arith.ConstantOp(part)).result for part in op.value.data]  # pyright: ignore[reportArgumentType]
    return Pair(to.scalar(parts[0]), to.scalar(parts[1]))


def expand_complex(op: Operation, to: TypeExpansion) -> Pair | SSAValue:
    """Returns the formula of an op on complex numbers. Raises UNIMPLEMENTED for one that has none."""
    from ireelite.lowering.scalars.complex_formulas import FORMULAS  # late: few programs need it

    if (formula := FORMULAS.get(type(op))) is None:
        raise StatusError(
            StatusCode.UNIMPLEMENTED,
            f"'{op.name}' of {op.operands[0].type} is not supported; supported on complex numbers: "
            f"{', '.join(sorted(kind.name for kind in FORMULAS))}",
        )
    result = formula(*(to.operand(v) for v in op.operands))
    return result if isinstance(result, Pair) else result.value


ARITHMETIC = (
    arith.AddfOp,
    arith.DivfOp,
    arith.ExtFOp,
    arith.MulfOp,
    arith.SubfOp,
    arith.TruncFOp,
)
"""Ops that make quiet NaNs of signalling ones, as an instruction that converts does. Others, moves
among them, keep all bits."""

# -- memory ----------------------------------------------------------------------------------------


def expand_load(op: memref.LoadOp, to: TypeExpansion) -> Pair | SSAValue:
    buffer, type = to.value(op.memref), op.res.type
    indices = [to.value(i) for i in op.indices]
    if to.converts(type) and all(isinstance(use.operation, ARITHMETIC) for use in op.res.uses):
        code = to.scalar(to.insert(memref.LoadOp.get(buffer, indices)).res)
        return decode_by_instruction(code).value
    if not isinstance(type, ComplexType):
        value = to.scalar(to.insert(memref.LoadOp.get(buffer, indices)).res)
        if is_small_float(type):
            to.codes[op.res] = value
            value = decode(value, type)
        return value.value
    parts = [load(buffer, [*indices, index(n, to)], type.element_type, to) for n in (0, 1)]
    return Pair(parts[0], parts[1])


def load(
    buffer: SSAValue, indices: Sequence[SSAValue], type: Attribute, to: TypeExpansion
) -> Scalar:
    """Returns a float from memory."""
    value = to.scalar(to.insert(memref.LoadOp.get(buffer, indices)).res)
    return decode(value, type) if is_small_float(type) else value


def expand_store(op: memref.StoreOp, to: TypeExpansion) -> None:
    buffer, type = to.value(op.memref), op.value.type
    indices = [to.value(i) for i in op.indices]
    if to.converts(type) and isinstance(op.value.owner, ARITHMETIC):
        code = encode_by_instruction(to.scalar(to.value(op.value)))
        to.insert(memref.StoreOp.get(code.value, buffer, indices))
        return
    if (code := to.codes.get(op.value)) is not None:
        to.insert(memref.StoreOp.get(code.value, buffer, indices))
        return
    if not isinstance(type, ComplexType):
        store(to.scalar(to.value(op.value)), buffer, indices, type, to)
        return
    for number, part in enumerate(to.pairs[op.value].parts):
        store(part, buffer, [*indices, index(number, to)], type.element_type, to)


def store(
    value: Scalar,
    buffer: SSAValue,
    indices: Sequence[SSAValue],
    type: Attribute,
    to: TypeExpansion,
) -> None:
    """Puts a float into memory."""
    value = encode(value, type) if is_small_float(type) else value
    to.insert(memref.StoreOp.get(value.value, buffer, indices))


def index(number: int, to: TypeExpansion) -> SSAValue:
    return to.insert(arith.ConstantOp(IntegerAttr(number, IndexType()))).result


# -- small floats ----------------------------------------------------------------------------------


def expand_constant(op: arith.ConstantOp, to: TypeExpansion) -> SSAValue:
    assert isinstance(op.value, FloatAttr)
    number = rounded_constant(op.value.value.data, op.result.type)
    return to.insert(arith.ConstantOp(FloatAttr(number, f32))).result


def expand_widening(op: arith.ExtFOp, to: TypeExpansion) -> SSAValue:
    """Widens a small float, which is an f32 already; rounds it for a small float of more bits that
    can't hold every number of the narrower one.
    """
    value = to.value(op.input)
    if op.result.type == f32:
        return value
    if is_small_float(op.result.type):
        if format_of(op.result.type).holds(format_of(op.input.type)):
            return value
        return to.rounded(to.scalar(value), op.result.type).value
    assert isinstance(op.result.type, AnyFloat)
    return to.insert(arith.ExtFOp(value, op.result.type)).result


def expand_narrowing(op: arith.TruncFOp, to: TypeExpansion) -> SSAValue:
    return to.rounded(to.scalar(to.value(op.input)), op.result.type).value


def expand_bitcast(op: arith.BitcastOp, to: TypeExpansion) -> SSAValue:
    """Reinterprets a small float as an i16, or another small float, or the other way round."""
    bits = to.codes.get(op.input) or to.scalar(to.value(op.input))
    if is_small_float(op.input.type) and op.input not in to.codes:
        bits = encode(bits, op.input.type)
    return (decode(bits, op.result.type) if is_small_float(op.result.type) else bits).value


def expand_select(op: arith.SelectOp, to: TypeExpansion) -> Pair | SSAValue:
    condition = to.scalar(to.value(op.cond))
    yes, no = to.operand(op.lhs), to.operand(op.rhs)
    if isinstance(yes, Pair) and isinstance(no, Pair):
        return yes.select(condition, no)
    assert isinstance(yes, Scalar) and isinstance(no, Scalar)
    return condition.select(yes, no).value


def expand_small(op: Operation, to: TypeExpansion) -> SSAValue | Sequence[SSAValue]:
    """Returns the same op on f32, whose result is rounded."""
    wide = op.create(
        operands=to.flat(op.operands),
        result_types=[t for v in op.results for t in expanded(v.type)],
        properties=dict(op.properties),
        attributes=dict(op.attributes),
    )
    composed = compose(wide, to)
    results = [composed] if composed is not None else to.insert(wide).results
    if len(op.results) != 1 or not is_small_float(type := op.results[0].type):
        return results
    if is_exact(op.name, type):
        return results
    return to.rounded(to.scalar(results[0]), type).value


def expand_next_after(op: math_extra.NextAfterOp, to: TypeExpansion) -> SSAValue:
    """Returns the next number by the bits of the small type: the next f32 rounds back."""
    x, y = (to.scalar(to.value(v)) for v in op.operands)
    type = op.result.type
    return next_by_bits(x, y, lambda v: encode(v, type), lambda v: decode(v, type)).value


RULES: Mapping[type[Operation], Callable[..., Any]] = {
    arith.BitcastOp: expand_bitcast,
    arith.ConstantOp: expand_constant,
    arith.ExtFOp: expand_widening,
    arith.SelectOp: expand_select,
    arith.TruncFOp: expand_narrowing,
    memref.LoadOp: expand_load,
    memref.StoreOp: expand_store,
    math_extra.NextAfterOp: expand_next_after,
}
"""Op with a value of an expanded type -> its rule. Others compute in f32."""


# -- everything else -------------------------------------------------------------------------------


def copy_expanded(op: Operation, to: TypeExpansion) -> Sequence[SSAValue]:
    """Returns the same op on the new values, with its regions converted, and a place for each part
    of a complex number.
    """
    regions = [
        Region(
            Block(arg_types=[t for a in block.args for t in expanded(a.type)])
            for block in region.blocks
        )
        for region in op.regions
    ]
    new = op.create(
        operands=to.flat(op.operands),
        result_types=[t for v in op.results for t in expanded(v.type)],
        properties=dict(op.properties),
        attributes=dict(op.attributes),
        regions=regions,
    )
    to.insert(new)
    if isinstance(new, func.FuncOp):
        retype(new)
    for old_region, region in zip(op.regions, regions, strict=True):
        for old_block, block in zip(old_region.blocks, region.blocks, strict=True):
            to.stand_for(old_block.args, block.args)
            with to.at(block):
                to.convert_block(old_block)
    return new.results


def retype(kernel: func.FuncOp) -> None:
    """Gives a kernel the type of its buffers."""
    old = kernel.function_type
    inputs = ArrayAttr([argument.type for argument in kernel.body.block.args])
    kernel.properties["function_type"] = FunctionType(inputs, old.outputs)
