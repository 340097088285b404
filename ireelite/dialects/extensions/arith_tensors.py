"""The `arith` ops that MLIR has on tensors too, and xDSL on scalars only: comparisons, select, and
conversions between element types.

Each has one name and two classes: xDSL's for scalars, and one of this file for tensors, which says
the same of every element. A reader stands for both in the dialect and makes the one that fits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xdsl.dialects import arith
from xdsl.dialects.arith import Arith as ARITH
from xdsl.dialects.builtin import (
    AnyFloat,
    IntegerAttr,
    IntegerType,
    TensorType,
    i1,
)
from xdsl.ir import Attribute, Operation
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException


class TensorOp(IRDLOperation):
    """An op on tensors of one shape that does to each element what an op of its name does to a
    scalar.
    """

    def verify_(self) -> None:
        shapes = {
            v.type.get_shape()
            for v in (*self.operands, *self.results)
            if isinstance(v.type, TensorType)
        }
        if len(shapes) != 1:
            raise VerifyException("must have operands and a result of one shape")


# -- comparisons -------------------------------------------------------------------------------------


PREDICATES: Mapping[str, Sequence[str]] = {
    "arith.cmpf": arith.CMPF_COMPARISON_OPERATIONS,
    "arith.cmpi": arith.CMPI_COMPARISON_OPERATIONS,
}
"""Op's name -> its predicates, each at its number."""


class TensorComparison(TensorOp):
    """A comparison of each two elements."""

    predicate = prop_def(IntegerAttr)
    fastmath = opt_prop_def(arith.FastMathFlagsAttr)
    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)
    result = result_def(TensorType)

    traits = traits_def(Pure())

    @classmethod
    def like(cls, op: arith.CmpiOp | arith.CmpfOp) -> TensorComparison:
        """Returns the op on tensors that xDSL has read as one that yields a scalar, in place of
        that.
        """
        assert isinstance(op.lhs.type, TensorType)
        type = TensorType(i1, op.lhs.type.get_shape())
        right = cls.create(operands=op.operands, result_types=[type], properties=op.properties)
        op.erase()
        return right

    def verify_(self) -> None:
        super().verify_()
        assert isinstance(self.result.type, TensorType)
        if self.lhs.type != self.rhs.type or self.result.type.element_type != i1:
            raise VerifyException("compares tensors of one type, and yields a tensor of i1")
        if not 0 <= self.predicate.value.data < len(PREDICATES[self.name]):
            raise VerifyException(f"there is no predicate {self.predicate.value.data}")

    def print(self, printer: Printer) -> None:
        printer.print_string(f" {PREDICATES[self.name][self.predicate.value.data]}, ")
        printer.print_list(self.operands, printer.print_ssa_value)
        if self.fastmath is not None and self.fastmath != arith.FastMathFlagsAttr("none"):
            printer.print_string(" fastmath")
            self.fastmath.print_parameter(printer)
        printer.print_string(" : ")
        printer.print_attribute(self.lhs.type)


@irdl_op_definition
class TensorCmpfOp(TensorComparison):
    """`%2 = arith.cmpf olt, %0, %1 : tensor<4xf32>`: a `tensor<4xi1>`."""

    name = "arith.cmpf"


@irdl_op_definition
class TensorCmpiOp(TensorComparison):
    """`%2 = arith.cmpi slt, %0, %1 : tensor<4xi32>`: a `tensor<4xi1>`."""

    name = "arith.cmpi"


def _comparison_reader(
    scalar: type[arith.CmpfOp] | type[arith.CmpiOp], tensors: type[TensorComparison]
) -> type[Operation]:
    """Returns a reader of a comparison, of scalars or tensors. Its predicate may be quoted."""

    def parse(cls, parser: Parser) -> Operation:
        word = parser.parse_optional_str_literal()
        predicate = parser.parse_identifier() if word is None else word
        parser.parse_punctuation(",")
        operands = parser.parse_comma_separated_list(
            Parser.Delimiter.NONE, parser.parse_unresolved_operand
        )
        flags: dict[str, Any] = {}
        if scalar is arith.CmpfOp and parser.parse_optional_keyword("fastmath"):
            parameters = arith.FastMathFlagsAttr.parse_parameter(parser)
            flags["fastmath"] = arith.FastMathFlagsAttr(parameters)
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        place, type = parser.pos, parser.parse_type()
        values = parser.resolve_operands(operands, [type] * 2, place)
        lhs, rhs = values
        op: Operation = scalar(lhs, rhs, predicate, **flags)
        op = tensors.like(op) if isinstance(type, TensorType) else op  # pyright: ignore
        op.attributes |= attributes
        return op

    return _reader(scalar, tensors, parse)


def _reader(
    scalar: type[Operation], tensors: type[TensorOp], parse: Callable[..., Operation]
) -> type[Operation]:
    """Returns a class, registered in the dialect, that constructs the scalar or the tensor op."""

    def create(cls, **parts: Any) -> Operation:
        return fitting(tensors, parts)

    members = {"parse": classmethod(parse), "create": classmethod(create)}
    return type(f"{scalar.__name__}Reader", (scalar,), members)


def fitting(tensors: type[TensorOp], parts: Mapping[str, Any]) -> Operation:
    """Returns an op in its generic form: of tensors if an operand is one, else of scalars."""
    on_tensors = any(isinstance(v.type, TensorType) for v in parts["operands"])
    return (tensors if on_tensors else SCALARS[tensors]).create(**parts)


# -- select ------------------------------------------------------------------------------------------


@irdl_op_definition
class TensorSelectOp(TensorOp):
    """One of each two elements: `%3 = arith.select %0, %1, %2 : tensor<4xi1>, tensor<4xf32>`.
    One condition can choose for all: `%3 = arith.select %p, %1, %2 : tensor<4xf32>`.
    """

    name = "arith.select"
    cond = operand_def()
    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)
    result = result_def(TensorType)

    traits = traits_def(Pure())

    def verify_(self) -> None:
        super().verify_()
        if not self.lhs.type == self.rhs.type == self.result.type:
            raise VerifyException("selects between tensors of one type")
        cond = self.cond.type
        if (cond.element_type if isinstance(cond, TensorType) else cond) != i1:
            raise VerifyException(f"the condition must be an i1 or a tensor of i1, not {cond}")

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_ssa_value)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        if isinstance(self.cond.type, TensorType):
            printer.print_attribute(self.cond.type)
            printer.print_string(", ")
        printer.print_attribute(self.result.type)


class SelectReader(arith.SelectOp):
    """Reads `arith.select`, of scalars or tensors."""

    @classmethod
    def parse(cls, parser: Parser) -> Operation:  # pyright: ignore[reportIncompatibleMethodOverride]
        start = parser.pos
        values = parser.parse_comma_separated_list(
            Parser.Delimiter.NONE, parser.parse_unresolved_operand
        )
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        types = parser.parse_comma_separated_list(Parser.Delimiter.NONE, parser.parse_type)
        cond = types[0] if len(types) == 2 else i1
        operands = parser.resolve_operands(values, [cond, types[-1], types[-1]], start)
        kind = TensorSelectOp if isinstance(types[-1], TensorType) else arith.SelectOp
        return kind.create(operands=operands, result_types=[types[-1]], attributes=attributes)

    @classmethod
    def create(cls, **parts: Any) -> Operation:  # pyright: ignore[reportIncompatibleMethodOverride]
        return fitting(TensorSelectOp, parts)


# -- conversions of element types ----------------------------------------------------------------------


class TensorCast(TensorOp):
    """Each element as another type: `%1 = arith.sitofp %0 : tensor<4xi32> to tensor<4xf32>`."""

    input = operand_def(TensorType)
    result = result_def(TensorType)

    traits = traits_def(Pure())

    assembly_format = "$input attr-dict `:` type($input) `to` type($result)"

    def verify_(self) -> None:
        super().verify_()
        assert isinstance(self.input.type, TensorType) and isinstance(self.result.type, TensorType)
        source, target = self.input.type.element_type, self.result.type.element_type
        takes, yields, order = CONVERSIONS[self.name]
        if not (isinstance(source, takes) and isinstance(target, yields)):
            raise VerifyException(f"can't convert elements of type {source} to {target}")
        if order and (_width(target) - _width(source)) * order <= 0:
            word = "wider" if order > 0 else "narrower"
            raise VerifyException(f"the new elements must be {word}, not {source} to {target}")


def _width(type: Attribute) -> int:
    return type.width.data if isinstance(type, IntegerType) else getattr(type, "bitwidth", 0)


CONVERSIONS: Mapping[str, tuple[Any, Any, int]] = {
    "arith.extf": (AnyFloat, AnyFloat, 1),
    "arith.extsi": (IntegerType, IntegerType, 1),
    "arith.extui": (IntegerType, IntegerType, 1),
    "arith.fptosi": (AnyFloat, IntegerType, 0),
    "arith.fptoui": (AnyFloat, IntegerType, 0),
    "arith.sitofp": (IntegerType, AnyFloat, 0),
    "arith.truncf": (AnyFloat, AnyFloat, -1),
    "arith.trunci": (IntegerType, IntegerType, -1),
    "arith.uitofp": (IntegerType, AnyFloat, 0),
}
"""Op's name -> the elements it takes, those it yields, and 1 if these must be wider, -1 if narrower."""


def _cast(scalar: type[Operation]) -> type[TensorOp]:
    """Returns the class of a conversion on tensors."""
    members = {"__doc__": TensorCast.__doc__, "__module__": __name__, "name": scalar.name}
    return irdl_op_definition(type(f"Tensor{scalar.__name__}", (TensorCast,), members))


CASTS: Mapping[type[TensorOp], type[Operation]] = {
    _cast(op): op for op in ARITH.operations if op.name in CONVERSIONS
}
"""Class of a conversion on tensors -> that on scalars."""

SCALARS: Mapping[type[TensorOp], type[Operation]] = {
    TensorCmpfOp: arith.CmpfOp,
    TensorCmpiOp: arith.CmpiOp,
    TensorSelectOp: arith.SelectOp,
    **CASTS,
}
"""Class on tensors -> class on scalars."""


def _cast_reader(tensors: type[TensorOp]) -> type[Operation]:
    """Returns a reader of a conversion, of scalars or tensors."""
    scalar = SCALARS[tensors]

    def parse(cls, parser: Parser) -> Operation:
        start = parser.pos
        value = parser.parse_unresolved_operand()
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        source = parser.parse_type()
        parser.parse_keyword("to")
        target = parser.parse_type()
        operands = parser.resolve_operands([value], [source], start)
        return cls.create(operands=operands, result_types=[target], attributes=attributes)

    return _reader(scalar, tensors, parse)


READERS: Mapping[str, type[Operation]] = {
    reader.name: reader
    for reader in (
        _comparison_reader(arith.CmpfOp, TensorCmpfOp),
        _comparison_reader(arith.CmpiOp, TensorCmpiOp),
        SelectReader,
        *map(_cast_reader, CASTS),
    )
}
"""Op's name -> what stands for its two classes in the dialect."""
