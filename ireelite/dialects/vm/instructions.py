"""The `vm` dialect's instructions: an op for each instruction of the virtual machine.

Instruction ops are made from the instruction table (`bytecode/isa.py`), which says what registers
and immediates an instruction has; here registers are SSA values. All print in one form: immediates
and names, operands, successors with their arguments, and the type.

```mlir
%2 = vm.mul.f32 %0, %1 : (f32, f32) -> f32
%3 = vm.call @hal.fence.create(%device, %flags) : (!vm.ref<!hal.device>, i64) -> !vm.ref<!hal.fence>
vm.cond_br %c ^bb1(%2), ^bb2 : (i32)
```

Source: IREE's VM dialect, bytecode version 17.0.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import ClassVar, cast

from xdsl.dialects.builtin import (
    DenseArrayBase,
    FloatAttr,
    IntegerAttr,
    IntegerType,
    StringAttr,
    f32,
    f64,
    i32,
    i64,
)
from xdsl.ir import (
    Attribute,
    Block,
    Operation,
    OpTraits,
    ParametrizedAttribute,
    SSAValue,
    TypeAttribute,
)
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser, Parser
from xdsl.printer import Printer
from xdsl.traits import IsTerminator, Pure
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.mlir_lexer import MLIRTokenKind

from ireelite.bytecode.isa import OPCODES, Opcode
from ireelite.syntax.errors import quoted


@irdl_attr_definition
class RefType(ParametrizedAttribute, TypeAttribute):
    """A counted reference: `!vm.ref<!hal.device>`.

    Of a list, the text does not say what it holds.
    """

    name = "vm.ref"

    object: StringAttr

    @staticmethod
    @cache
    def to(object: str) -> RefType:
        """Returns the reference to an object of this type, as `hal.device`."""
        return RefType(StringAttr(object))

    def print_parameters(self, printer: Printer) -> None:
        printer.print_string(f"<!{self.object.data}>")

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> list[Attribute]:
        with parser.in_angle_brackets():
            name = parser._current_token
            if name.kind != MLIRTokenKind.EXCLAMATION_IDENT or "." not in name.text:
                parser.raise_error("expected a type that a module registers, as !hal.device")
            parser._consume_token(MLIRTokenKind.EXCLAMATION_IDENT)
            return [StringAttr(name.text[1:])]


@irdl_attr_definition
class BufferType(ParametrizedAttribute, TypeAttribute):
    """`!vm.buffer`, as IREE spells a reference to a buffer in a `vm.signature`."""

    name = "vm.buffer"


@irdl_attr_definition
class ListType(ParametrizedAttribute, TypeAttribute):
    """`!vm.list<?>`, as IREE spells a reference to a list in a `vm.signature`."""

    name = "vm.list"

    element: StringAttr
    """What stands in the brackets."""

    def print_parameters(self, printer: Printer) -> None:
        printer.print_string(f"<{self.element.data}>")

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> list[Attribute]:
        with parser.in_angle_brackets():
            if parser.parse_optional_punctuation("?") is not None:
                return [StringAttr("?")]
            return [StringAttr(str(parser.parse_type()))]


PURE = re.compile(
    r"(const|select|cmp\.\w+)\.[if]\d\d(\.\w+)?"
    r"|(add|sub|mul|fma|min|max|abs|neg|not|and|or|xor|shl|shr|ctlz)\.[if]\d\d(\.[su])?"
    r"|(trunc|ext|bitcast)\.[if]\d+\.[if]\d+(\.[su])?|cast\.[su]i\d\d\.f\d\d"
    r"|(div|rem|ceil|floor|round|sqrt|rsqrt|atan2?|cos|sin|exp2?|expm1|log|log10|log1p|log2|pow|tanh|erf)"
    r"\.f\d\d(\.even)?"
)
"""Instructions that compute numbers from numbers and can't fail. Division of integers can."""

IMMEDIATES = {
    "imm32": "value",
    "imm64": "value",
    "immf32": "value",
    "immf64": "value",
    "g32": "global",
    "ro32": "rodata",
    "fn32": "callee",
    "S": "segments",
    "s16": "message",
}
"""Field kind -> the attribute that holds it. Types (`ty32`) follow from operands and results."""

REGISTER_TYPES: dict[str, Attribute] = {"i": i32, "q": i64, "f": f32, "d": f64}

NUMBER_TYPES: dict[str, Attribute] = {"imm32": i32, "imm64": i64, "immf32": f32, "immf64": f64}


class InstructionOp(Operation):
    """One instruction of the virtual machine."""

    opcode: ClassVar[Opcode]
    traits = OpTraits(lambda: ())

    @classmethod
    def make(
        cls,
        operands: Sequence[SSAValue] = (),
        result_types: Sequence[Attribute] = (),
        successors: Sequence[Block] = (),
        **immediates: Attribute,
    ):
        """Builds the op; operands include those passed to successors."""
        return cls.create(
            operands=list(operands),
            result_types=list(result_types),
            attributes={key.rstrip("_"): value for key, value in immediates.items()},
            successors=list(successors),
        )

    @property
    def immediates(self) -> list[tuple[str, str]]:
        """(field kind, attribute name) of the immediates, in encoded order."""
        return [(kind, IMMEDIATES[kind]) for kind in self.opcode.fields if kind in IMMEDIATES]

    def split_operands(self) -> tuple[list[SSAValue], list[list[SSAValue]]]:
        """Returns the instruction's own operands, and those passed to each successor."""
        operands = list(self.operands)
        passed: list[list[SSAValue]] = []
        for successor in reversed(self.successors if self.passes_arguments else []):
            count = len(successor.args)
            passed.append(operands[len(operands) - count :])
            operands = operands[: len(operands) - count]
        return operands, passed[::-1]

    @property
    def element(self) -> Attribute | None:
        """What a new list holds, as the module's type table names it."""
        return self.attributes.get("element")

    @property
    def passes_arguments(self) -> bool:
        """Whether successors' arguments are operands. Those of a yieldable call are its results."""
        return "M" in self.opcode.fields

    def verify_(self) -> None:
        own, passed = self.split_operands()
        branches = self.opcode.fields.count("pc")
        if len(self.successors) != branches:
            raise VerifyException(f"has {branches} successors, not {len(self.successors)}")
        for successor, values in zip(self.successors, passed, strict=False):
            if [v.type for v in values] != list(successor.arg_types):
                raise VerifyException("passes values to a block that takes others")
        fields = [kind for kind in self.opcode.fields if kind[0] not in (">",)]
        fixed = [kind[0] for kind in fields if kind in ("i", "q", "f", "d", "r", "r'")]
        listed = "L" in fields
        if len(own) < len(fixed) or (len(own) > len(fixed) and not listed):
            raise VerifyException(f"takes {len(fixed)} operands, not {len(own)}")
        for kind, operand in zip(fixed, own, strict=False):
            check_register(kind, operand.type)
        results = [kind[1] for kind in self.opcode.fields if kind[0] == ">"]
        if "L" not in results:
            if len(results) != len(self.results):
                raise VerifyException(f"yields {len(results)} values, not {len(self.results)}")
            for kind, result in zip(results, self.results, strict=True):
                check_register(kind, result.type)
        for value in (*self.operands, *self.results):
            check_machine_type(value.type)
        for kind, name in self.immediates:
            if name not in self.attributes:
                raise VerifyException(f"lacks its '{name}'")
            check_immediate(kind, name, self.attributes[name])
        if self.name == "vm.list.alloc" and not isinstance(self.element, StringAttr):
            raise VerifyException('lacks the type of the list\'s elements: {element = "i32"}')

    # -- text --------------------------------------------------------------------------------------

    def print(self, printer: Printer) -> None:
        for kind, name in self.immediates:
            printer.print_string(" ")
            print_immediate(printer, kind, self.attributes[name])
        own, passed = self.split_operands()
        if own:
            called = "fn32" in self.opcode.fields
            printer.print_string("(" if called else " ")
            printer.print_list(own, printer.print_ssa_value)
            printer.print_string(")" if called else "")
        elif "fn32" in self.opcode.fields:
            printer.print_string("()")
        for index, successor in enumerate(self.successors):
            printer.print_string(", " if index else " ")
            printer.print_block_name(successor)
            if passed and passed[index]:
                with printer.in_parens():
                    printer.print_list(passed[index], printer.print_ssa_value)
        immediates = {name for _, name in self.immediates}
        printer.print_op_attributes(
            {k: v for k, v in self.attributes.items() if k not in immediates}
        )
        if self.operands or self.results:
            printer.print_string(" : ")
        if self.operands:
            with printer.in_parens():
                printer.print_list([o.type for o in self.operands], printer.print_attribute)
            printer.print_string(" -> " if self.results else "")
        printer.print_list([r.type for r in self.results], printer.print_attribute)

    @classmethod
    def parse(cls, parser: Parser):
        place = parser.pos
        attributes: dict[str, Attribute] = {}
        for kind in cls.opcode.fields:
            if kind in IMMEDIATES:
                attributes[IMMEDIATES[kind]] = parse_immediate(parser, kind)
        called = "fn32" in cls.opcode.fields
        operands = []
        if called:
            operands = parser.parse_comma_separated_list(
                Parser.Delimiter.PAREN, parser.parse_unresolved_operand
            )
        elif (first := parser.parse_optional_unresolved_operand()) is not None:
            operands.append(first)
            while parser.parse_optional_punctuation(",") is not None:
                operands.append(parser.parse_unresolved_operand())
        successors: list[Block] = []
        while (block := parser.parse_optional_successor()) is not None:
            successors.append(block)
            operands += (
                parser.parse_optional_comma_separated_list(
                    Parser.Delimiter.PAREN, parser.parse_unresolved_operand
                )
                or []
            )
            if parser.parse_optional_punctuation(",") is None:
                break
        attributes |= parser.parse_optional_attr_dict()
        types: list[Attribute] = []
        results: list[Attribute] = []
        if parser.parse_optional_punctuation(":") is not None:
            if operands:
                types = parser.parse_comma_separated_list(Parser.Delimiter.PAREN, parser.parse_type)
            if not operands or parser.parse_optional_punctuation("->") is not None:
                results = parser.parse_comma_separated_list(
                    Parser.Delimiter.NONE, parser.parse_type
                )
        return cls.create(
            operands=list(parser.resolve_operands(operands, types, place)),
            result_types=results,
            attributes=attributes,
            successors=successors,
        )


def check_machine_type(type: Attribute) -> None:
    """Raises unless a register holds values of a type."""
    if not isinstance(type, RefType) and type not in REGISTER_TYPES.values():
        raise VerifyException(f"no register holds a {type}")


def check_register(kind: str, type: Attribute) -> None:
    """Raises unless a value of this type fits a register field of this kind."""
    if kind == "r":
        if not isinstance(type, RefType):
            raise VerifyException(f"expects a reference, not a {type}")
    elif type != REGISTER_TYPES[kind]:
        raise VerifyException(f"expects a {REGISTER_TYPES[kind]}, not a {type}")


def check_immediate(kind: str, name: str, value: Attribute) -> None:
    """Raises unless an attribute is what an immediate of this kind is held by."""
    match kind, value:
        case (("imm32" | "imm64"), IntegerAttr(type=type)) if type == NUMBER_TYPES[kind]:
            return
        case (("immf32" | "immf64"), FloatAttr(type=type)) if type == NUMBER_TYPES[kind]:
            return
        case "S", DenseArrayBase(elt_type=type) if type == i32:
            return
        case (("g32" | "ro32" | "fn32" | "s16"), StringAttr()):
            return
    raise VerifyException(f"can't have {quoted(str(value))} as its '{name}'")


def print_immediate(printer: Printer, kind: str, value: Attribute) -> None:
    """Prints a number, a name with its `@`, a list of segment sizes, or a quoted message."""
    match value:
        case IntegerAttr():
            printer.print_string(str(value.value.data))
        case FloatAttr():
            printer.print_float(value.value.data, value.type)
        case DenseArrayBase():
            sizes = list(cast("DenseArrayBase[IntegerType]", value).get_values())
            printer.print_string(f"segments {sizes} ")
        case StringAttr() if kind == "s16":
            printer.print_string_literal(value.data)
        case StringAttr():
            printer.print_symbol_name(value.data)
        case _:
            raise VerifyException(f"unexpected immediate {value}")


def parse_immediate(parser: Parser, kind: str) -> Attribute:
    """Returns the inverse of `print_immediate`."""
    if kind in ("imm32", "imm64"):
        return IntegerAttr(parser.parse_integer(), i32 if kind == "imm32" else i64)
    if kind in ("immf32", "immf64"):
        return parse_float(parser, kind)
    if kind == "S":
        parser.parse_keyword("segments")
        sizes = parser.parse_comma_separated_list(Parser.Delimiter.SQUARE, parser.parse_integer)
        return DenseArrayBase.from_list(i32, sizes)
    if kind == "s16":
        return StringAttr(parser.parse_str_literal())
    return StringAttr(parser.parse_symbol_name().data)


def parse_float(parser: Parser, kind: str) -> Attribute:
    """Returns a float; hexadecimal is its bit pattern."""
    type = f32 if kind == "immf32" else f64
    place = parser.pos
    bits = parser._current_token.text[:2].lower() == "0x"
    number = parser.parse_number()
    if bits and isinstance(number, int):
        if not 0 <= number < 1 << 8 * type.compile_time_size:
            size = 8 * type.compile_time_size
            parser.raise_error(f"expected the {size} bits of a {type}", place)
        data = number.to_bytes(type.compile_time_size, "little")
        return FloatAttr(next(iter(type.iter_unpack(data))), type)
    return FloatAttr(float(number), type)


NOT_OPS = {"block", "br_table", "yield", "call.yieldable", "cond_break", "break"}
"""Instructions that have no op: the block marker, and those that the compiler does not make."""


@cache
def instruction_class(mnemonic: str) -> type[InstructionOp] | None:
    """Returns the class of an instruction's op, or None if there is no such instruction."""
    opcode = OPCODES.get(mnemonic)
    if opcode is None or mnemonic in NOT_OPS:
        return None
    members: dict[str, object] = {
        "name": f"vm.{mnemonic}",
        "opcode": opcode,
        "__doc__": f"The instruction `{mnemonic}`.",
        "__module__": __name__,
    }
    if opcode.terminator:
        members["traits"] = OpTraits(lambda: (IsTerminator(),))
    elif PURE.fullmatch(mnemonic):
        members["traits"] = OpTraits(lambda: (Pure(),))
    return type(mnemonic.replace(".", "_"), (InstructionOp,), members)


def op(mnemonic: str) -> type[InstructionOp]:
    """Returns the class of an instruction's op. Raises KeyError for an instruction that has none."""
    found = instruction_class(mnemonic)
    if found is None:
        raise KeyError(mnemonic)
    return found
