"""The `check` dialect: what programs call to test themselves.

The text is IREE's; that of StableHLO's own tests, which puts no parentheses and gives one
`tolerance`, is read, too. A check that fails is written down and the program goes on.
`interpreter.probe` keeps a value under a name for a later check.
"""

from __future__ import annotations

from collections.abc import Callable

from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    FloatAttr,
    IntegerAttr,
    IntegerType,
    StringAttr,
    TensorType,
    f32,
    i64,
)
from xdsl.ir import Attribute, Dialect, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

ATOL, RTOL = 1e-4, 0.0
"""The tolerances of a check that gives no others: |lhs - rhs| <= atol + rtol * |rhs|."""


def read_tolerance(parser: Parser) -> Attribute:
    """Returns a number as an f32."""
    return FloatAttr(float(parser.parse_number()), f32)


def read_count(parser: Parser) -> Attribute:
    """Returns an integer as an i64."""
    return IntegerAttr(parser.parse_integer(), i64)


def read_name(parser: Parser) -> Attribute:
    """Returns a string."""
    return StringAttr(parser.parse_str_literal())


SETTINGS: dict[str, tuple[str, Callable[[Parser], Attribute]]] = {
    "atol": ("atol", read_tolerance),
    "rtol": ("rtol", read_tolerance),
    "tolerance": ("atol", read_tolerance),
    "max_ulp_difference": ("max_ulp_difference", read_count),
    "min_ulp_difference": ("min_ulp_difference", read_count),
    "probe_id": ("probe_id", read_name),
    "iter": ("iteration", read_count),
    "iteration": ("iteration", read_count),
}
"""What a text calls a setting -> the property, and what reads its value."""


def print_setting(name: str, value: Attribute, printer: Printer) -> None:
    """Prints `name value`, without the value's type; a constant alone."""
    if name != "value":
        printer.print_string(f"{name} ")
    match value:
        case FloatAttr():
            printer.print_float(value.value.data, value.type)
        case IntegerAttr():
            printer.print_int(value.value.data)
        case _:
            printer.print_attribute(value)


class CheckOp(IRDLOperation):
    """Compares one or two values of one type: `check.x(%0, %1) : tensor<4xf32>`."""

    def print(self, printer: Printer) -> None:
        with printer.in_parens():
            printer.print_list(self.operands, printer.print_ssa_value)
            for name, value in self.properties.items():
                printer.print_string(", ")
                print_setting(name, value, printer)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_attribute(self.operands[0].type)

    @classmethod
    def parse(cls, parser: Parser):
        place = parser.pos
        enclosed = parser.parse_optional_punctuation("(") is not None
        operands = [parser.parse_unresolved_operand()]
        settings: dict[str, Attribute] = {}
        for _ in cls.get_irdl_definition().operands[1:]:
            parser.parse_punctuation(",")
            operands.append(parser.parse_unresolved_operand())
        if "value" in cls.get_irdl_definition().properties:
            parser.parse_punctuation(",")
            settings["value"] = parser.parse_attribute()
        while parser.parse_optional_punctuation(",") is not None:
            cls._parse_setting(parser, settings)
        if enclosed:
            parser.parse_punctuation(")")
        attributes = parser.parse_optional_attr_dict()
        if isinstance(tolerance := attributes.pop("tolerance", None), FloatAttr):
            settings["atol"] = FloatAttr(tolerance.value.data, f32)
        type = cls._parse_type(parser, settings.get("value"))
        values = parser.resolve_operands(operands, [type] * len(operands), place)
        results = [type for _ in cls.get_irdl_definition().results]
        return cls.create(
            operands=values, properties=settings, attributes=attributes, result_types=results
        )

    @classmethod
    def _parse_setting(cls, parser: Parser, settings: dict[str, Attribute]) -> None:
        place = parser.pos
        name = parser.parse_identifier()
        if name not in SETTINGS or SETTINGS[name][0] not in cls.get_irdl_definition().properties:
            parser.raise_error(f"'{name}' is no setting of '{cls.name}'", place)
        parser.parse_optional_punctuation("=")
        key, read = SETTINGS[name]
        settings[key] = read(parser)

    @staticmethod
    def _parse_type(parser: Parser, value: Attribute | None) -> Attribute:
        """Returns the type of the operands, which StableHLO leaves to the constant, or writes once
        for each operand.
        """
        if isinstance(value, DenseIntOrFPElementsAttr):
            if parser.parse_optional_punctuation(":") is None:
                return value.type
        else:
            parser.parse_punctuation(":")
        types = parser.parse_comma_separated_list(Parser.Delimiter.NONE, parser.parse_type)
        return types[0]


class TruthOp(CheckOp):
    """Whether one value is true."""

    operand = operand_def()

    def __init__(self, operand: SSAValue):
        super().__init__(operands=[operand])


@irdl_op_definition
class ExpectTrueOp(TruthOp):
    """An integer that is not zero: `check.expect_true(%0) : i32`."""

    name = "check.expect_true"

    operand = operand_def(IntegerType)


@irdl_op_definition
class ExpectFalseOp(TruthOp):
    """An integer that is zero: `check.expect_false(%0) : i32`."""

    name = "check.expect_false"

    operand = operand_def(IntegerType)


@irdl_op_definition
class ExpectAllTrueOp(TruthOp):
    """A tensor of integers none of which is zero: `check.expect_all_true(%0) : tensor<4xi1>`."""

    name = "check.expect_all_true"

    operand = operand_def(TensorType)


class ComparisonOp(CheckOp):
    """Compares two tensors."""

    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)

    def verify_(self) -> None:
        if self.lhs.type != self.rhs.type:
            raise VerifyException(f"compares a {self.lhs.type} with a {self.rhs.type}")


class ConstantComparisonOp(CheckOp):
    """Compares a tensor with a constant."""

    lhs = operand_def(TensorType)
    value = prop_def(DenseIntOrFPElementsAttr)

    def verify_(self) -> None:
        if self.lhs.type != self.value.type:
            raise VerifyException(f"compares a {self.lhs.type} with a {self.value.type}")


@irdl_op_definition
class ExpectEqOp(ComparisonOp):
    """Two tensors with the same bytes: `check.expect_eq(%0, %1) : tensor<4xf32>`."""

    name = "check.expect_eq"


@irdl_op_definition
class ExpectEqConstOp(ConstantComparisonOp):
    """A tensor with the bytes of a constant.

    ```mlir
    check.expect_eq_const(%0, dense<1> : tensor<4xi32>) : tensor<4xi32>
    ```
    """

    name = "check.expect_eq_const"


@irdl_op_definition
class ExpectAlmostEqOp(ComparisonOp):
    """Two tensors of numbers with |lhs - rhs| <= atol + rtol * |rhs|.

    ```mlir
    check.expect_almost_eq(%0, %1, atol 1.0e-3, rtol 0.1) : tensor<4xf32>
    ```
    """

    name = "check.expect_almost_eq"

    atol = opt_prop_def(FloatAttr)
    rtol = opt_prop_def(FloatAttr)


@irdl_op_definition
class ExpectAlmostEqConstOp(ConstantComparisonOp):
    """A tensor of numbers that is near a constant.

    ```mlir
    check.expect_almost_eq_const(%0, dense<1.0> : tensor<4xf32>, atol 1.0e-3) : tensor<4xf32>
    ```
    """

    name = "check.expect_almost_eq_const"

    atol = opt_prop_def(FloatAttr)
    rtol = opt_prop_def(FloatAttr)


@irdl_op_definition
class ExpectCloseOp(ComparisonOp):
    """Two tensors of floats, each of which is so many representable numbers from the other.

    ```mlir
    check.expect_close(%0, %1, max_ulp_difference 3) : tensor<4xf32>
    ```
    """

    name = "check.expect_close"

    max_ulp_difference = opt_prop_def(IntegerAttr)
    min_ulp_difference = opt_prop_def(IntegerAttr)


@irdl_op_definition
class ExpectSerializedEqOp(CheckOp):
    """A tensor that equals what a probe kept, the n-th time if it kept several.

    ```mlir
    check.expect_serialized_eq(%0, probe_id "sum", iteration 1) : tensor<i64>
    ```
    """

    name = "check.expect_serialized_eq"

    expected = operand_def(TensorType)
    probe_id = prop_def(StringAttr)
    iteration = opt_prop_def(IntegerAttr)


@irdl_op_definition
class ProbeOp(CheckOp):
    """The operand itself, which is also kept under a name.

    ```mlir
    %1 = interpreter.probe(%0, probe_id "sum") : tensor<i64>
    ```
    """

    name = "interpreter.probe"

    operand = operand_def(TensorType)
    probe_id = prop_def(StringAttr)
    result = result_def(TensorType)

    def verify_(self) -> None:
        if self.operand.type != self.result.type:
            raise VerifyException(f"yields its operand's type, not {self.result.type}")


def tolerances(op: ExpectAlmostEqOp | ExpectAlmostEqConstOp) -> tuple[float, float]:
    """Returns the absolute and the relative tolerance of a check."""
    return (
        ATOL if op.atol is None else op.atol.value.data,
        RTOL if op.rtol is None else op.rtol.value.data,
    )


def ulp_bounds(op: ExpectCloseOp) -> tuple[int, int]:
    """Returns the least and the greatest distance that a check allows, in representable numbers."""
    low, high = op.min_ulp_difference, op.max_ulp_difference
    return 0 if low is None else low.value.data, 1 if high is None else high.value.data


Check = Dialect(
    "check",
    [
        ExpectTrueOp,
        ExpectFalseOp,
        ExpectAllTrueOp,
        ExpectEqOp,
        ExpectEqConstOp,
        ExpectAlmostEqOp,
        ExpectAlmostEqConstOp,
        ExpectCloseOp,
        ExpectSerializedEqOp,
    ],
)

Interpreter = Dialect("interpreter", [ProbeOp])
