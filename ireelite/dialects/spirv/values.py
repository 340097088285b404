"""The `spirv` ops that compute values: families of one shape each, and a table of names for each
family.

`BINARY["FMul"]` is the class of `spirv.FMul`. An op of a family prints as MLIR prints it:

    %3 = spirv.FMul %1, %2 : f32
    %4 = spirv.FOrdLessThan %1, %2 : f32
    %5 = spirv.ConvertSToF %0 : i32 to f32
    %6 = spirv.ShiftRightLogical %0, %1 : i32, i32
    %7 = spirv.GL.Fma %1, %2, %3 : f32
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self, TypeVar

from xdsl.dialects.builtin import VectorType, i1
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import IRDLOperation, irdl_op_definition, operand_def, result_def, traits_def
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.spirv.types import element_type, is_bool, is_float, is_integer, is_value

DOMAINS: dict[str, Callable[[Attribute], bool]] = {
    "float": is_float,
    "integer": is_integer,
    "bool": is_bool,
    "number": lambda type: is_float(type) or is_integer(type),
    "any": lambda _: True,
}
"""What the operands of an op may be made of."""


def require(type: Attribute, domain: str, op: str) -> None:
    """Raises VerifyException if a type is not in a domain."""
    if not is_value(type) or not DOMAINS[domain](type):
        kind = "value" if domain == "any" else domain
        raise VerifyException(f"'{op}' takes a {kind} or a vector of 2 to 4 of them, not {type}")


def require_same(one: Attribute, other: Attribute, op: str) -> None:
    """Raises VerifyException if two types that must agree do not."""
    if one != other:
        raise VerifyException(f"'{op}' needs equal types here, not {one} and {other}")


def bool_like(type: Attribute) -> Attribute:
    """Returns `i1`, or a vector of it as long as a vector type."""
    return VectorType(i1, type.get_shape()) if isinstance(type, VectorType) else i1


class ValueOp(IRDLOperation):
    """An op without side effects that makes one value of its operands."""

    DOMAIN: ClassVar[str] = "any"
    """What the operands are made of: a key of `DOMAINS`."""

    result = result_def()
    traits = traits_def(Pure())

    def __init__(self, *operands: SSAValue):
        # As `create` does: the general initializer, which flattens lists, takes twice the time.
        result = self.infer([operand.type for operand in operands])
        Operation.__init__(self, operands=operands, result_types=[result])

    @classmethod
    def infer(cls, types: Sequence[Attribute]) -> Attribute:
        """Returns the result's type, from the operands' types."""
        return types[0]

    @classmethod
    def parse_types(cls, parser: Parser, count: int) -> tuple[Sequence[Attribute], Attribute]:
        """Returns the operands' types and the result's, from what stands behind the colon."""
        type = parser.parse_type()
        types = [type] * count
        return types, cls.infer(types)

    def print_types(self, printer: Printer) -> None:
        """Prints what `parse_types` reads."""
        printer.print_attribute(self.operands[0].type)

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        place = parser.pos
        names = parser.parse_comma_separated_list(
            parser.Delimiter.NONE, parser.parse_unresolved_operand
        )
        if len(names) != (arity := len(cls.get_irdl_definition().operands)):
            parser.raise_error(f"'{cls.name}' takes {arity} operands, not {len(names)}", place)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        types, result = cls.parse_types(parser, len(names))
        operands = [parser.resolve_operand(n, t) for n, t in zip(names, types, strict=True)]
        return cls.create(operands=operands, result_types=[result], attributes=attributes)

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_ssa_value)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        self.print_types(printer)

    def verify_(self) -> None:
        types = [operand.type for operand in self.operands]
        require(types[0], self.DOMAIN, self.name)
        for type in types[1:]:
            require_same(types[0], type, self.name)
        require_same(self.infer(types), self.result.type, self.name)


class UnaryOp(ValueOp):
    """`%r = spirv.FNegate %x : f32`: one value to one of the same type."""

    operand = operand_def()


class BinaryOp(ValueOp):
    """`%r = spirv.FMul %x, %y : f32`: two values to one, all of one type."""

    lhs = operand_def()
    rhs = operand_def()


class TernaryOp(ValueOp):
    """`%r = spirv.GL.Fma %x, %y, %z : f32`: three values to one, all of one type."""

    a = operand_def()
    b = operand_def()
    c = operand_def()


class PredicateOp(ValueOp):
    """`%r = spirv.IsNan %x : f32`: a question about one value. The result is `i1`."""

    operand = operand_def()

    @classmethod
    def infer(cls, types: Sequence[Attribute]) -> Attribute:
        return bool_like(types[0])


class CompareOp(ValueOp):
    """`%r = spirv.SLessThan %x, %y : i32`: two values of one type compared. The result is `i1`."""

    lhs = operand_def()
    rhs = operand_def()

    @classmethod
    def infer(cls, types: Sequence[Attribute]) -> Attribute:
        return bool_like(types[0])


class MixedOp(ValueOp):
    """An op whose integer operands may differ in type; the result is like the first.

    It prints all types.
    """

    @classmethod
    def parse_types(cls, parser: Parser, count: int) -> tuple[Sequence[Attribute], Attribute]:
        place = parser.pos
        types = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        if len(types) != count:
            parser.raise_error(f"'{cls.name}' has {count} operands, but {len(types)} types", place)
        return types, cls.infer(types)

    def print_types(self, printer: Printer) -> None:
        printer.print_list([operand.type for operand in self.operands], printer.print_attribute)

    def verify_(self) -> None:
        for operand in self.operands:
            require(operand.type, self.DOMAIN, self.name)
        require_same(self.operands[0].type, self.result.type, self.name)


class ShiftOp(MixedOp):
    """`%r = spirv.ShiftLeftLogical %x, %n : i32, i32`:
    shifted by the number in the second operand.
    """

    base = operand_def()
    shift = operand_def()


class BitFieldExtractOp(MixedOp):
    """`%r = spirv.BitFieldSExtract %x, %offset, %count : i32, i32, i32`:
    bits, extended to full width.
    """

    base = operand_def()
    offset = operand_def()
    count = operand_def()


class CastOp(ValueOp):
    """`%r = spirv.ConvertSToF %x : i32 to f32`: one value to another type."""

    TARGET: ClassVar[str] = "any"
    """What the result is made of: a key of `DOMAINS`."""

    operand = operand_def()

    def __init__(self, operand: SSAValue, result_type: Attribute):
        IRDLOperation.__init__(self, operands=[operand], result_types=[result_type])

    @classmethod
    def parse_types(cls, parser: Parser, count: int) -> tuple[Sequence[Attribute], Attribute]:
        source = parser.parse_type()
        parser.parse_keyword("to")
        return [source], parser.parse_type()

    def print_types(self, printer: Printer) -> None:
        printer.print_attribute(self.operand.type)
        printer.print_string(" to ")
        printer.print_attribute(self.result.type)

    def verify_(self) -> None:
        source, result = self.operand.type, self.result.type
        require(source, self.DOMAIN, self.name)
        require(result, self.TARGET, self.name)
        if bool_like(source) != bool_like(result):
            raise VerifyException(
                f"'{self.name}' cannot change the number of elements: {source} to {result}"
            )
        widths = [element_type(type).bitwidth for type in (source, result)]  # pyright: ignore
        if self.name == "spirv.Bitcast" and widths[0] != widths[1]:
            raise VerifyException(
                f"'{self.name}' needs types of equal width, not {source} and {result}"
            )
        if self.DOMAIN == self.TARGET != "number" and widths[0] == widths[1]:
            raise VerifyException(
                f"'{self.name}' changes the width, but {source} has that of {result}"
            )


OpT = TypeVar("OpT", bound=ValueOp)


class Family(Mapping[str, type[OpT]]):
    """Op classes by name, each defined when it is first asked for; the keyword of names is their
    domain, or for casts `domain_to_target`.
    """

    def __init__(self, base: type[OpT], **names: str):
        self._base = base
        self._domains = {name: domain for domain, text in names.items() for name in text.split()}
        self._defined: dict[str, type[OpT]] = {}

    def __getitem__(self, name: str) -> type[OpT]:
        if (known := self._defined.get(name)) is not None:
            return known
        domain, _, target = self._domains[name].partition("_to_")
        fields = {"__module__": __name__, "name": f"spirv.{name}"}
        op: Any = irdl_op_definition(type(f"{name.replace('.', '')}Op", (self._base,), fields))
        op.DOMAIN = domain
        if target:
            op.TARGET = target
        return self._defined.setdefault(name, op)

    def __iter__(self) -> Iterator[str]:
        return iter(self._domains)

    def __len__(self) -> int:
        return len(self._domains)


UNARY = Family(
    UnaryOp,
    float="""FNegate GL.FAbs GL.FSign GL.Floor GL.Ceil GL.Trunc GL.RoundEven GL.Exp GL.Exp2 GL.Log GL.Log2
        GL.Sqrt GL.InverseSqrt GL.Sin GL.Cos GL.Tan GL.Asin GL.Acos GL.Atan GL.Sinh GL.Cosh GL.Tanh""",
    integer="SNegate Not BitCount BitReverse GL.SAbs GL.SSign GL.FindUMsb",
    bool="LogicalNot",
)
BINARY = Family(
    BinaryOp,
    float="FAdd FSub FMul FDiv FRem FMod GL.FMin GL.FMax GL.NMin GL.NMax GL.Pow GL.Atan2",
    integer="""IAdd ISub IMul SDiv UDiv SRem UMod BitwiseAnd BitwiseOr BitwiseXor
        GL.SMin GL.SMax GL.UMin GL.UMax""",
    bool="LogicalAnd LogicalOr LogicalEqual LogicalNotEqual",
)
TERNARY = Family(TernaryOp, float="GL.Fma GL.FClamp GL.FMix", integer="GL.SClamp GL.UClamp")
PREDICATE = Family(PredicateOp, float="IsNan IsInf")
COMPARE = Family(
    CompareOp,
    float="""FOrdEqual FOrdNotEqual FOrdLessThan FOrdLessThanEqual FOrdGreaterThan FOrdGreaterThanEqual
        FUnordEqual FUnordNotEqual FUnordLessThan FUnordLessThanEqual FUnordGreaterThan
        FUnordGreaterThanEqual""",
    integer="""IEqual INotEqual SLessThan SLessThanEqual SGreaterThan SGreaterThanEqual
        ULessThan ULessThanEqual UGreaterThan UGreaterThanEqual""",
)
SHIFT = Family(ShiftOp, integer="ShiftLeftLogical ShiftRightLogical ShiftRightArithmetic")
BIT_FIELD = Family(BitFieldExtractOp, integer="BitFieldSExtract BitFieldUExtract")
CAST = Family(
    CastOp,
    integer_to_float="ConvertSToF ConvertUToF",
    float_to_integer="ConvertFToS ConvertFToU",
    integer_to_integer="SConvert UConvert",
    float_to_float="FConvert",
    number_to_number="Bitcast",
)
FAMILIES: dict[str, Family[Any]] = {
    name: table
    for table in (UNARY, BINARY, TERNARY, PREDICATE, COMPARE, SHIFT, BIT_FIELD, CAST)
    for name in table
}
"""The family of each op of this file, by the op's name without `spirv.`."""


def value_class(name: str) -> type[ValueOp] | None:
    """Returns the class of `spirv.<name>`; None if it is no op of this file."""
    return FAMILIES[name][name] if name in FAMILIES else None
