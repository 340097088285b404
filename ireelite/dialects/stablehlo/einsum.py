"""Products of tensors in older spellings: `dot`, `einsum` and `unary_einsum`."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import DYNAMIC_INDEX, ArrayAttr, StringAttr, TensorType
from xdsl.ir import Attribute, Operation, SSAValue
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

from ireelite.dialects.stablehlo.attributes import (
    Precision,
    PrecisionAttr,
    add_attributes,
    print_attributes,
)
from ireelite.dialects.stablehlo.elements import TypedElements, compatible_shapes
from ireelite.dialects.stablehlo.elementwise import resolve_like
from ireelite.dialects.tensor_types import shape_of

ELLIPSIS = "..."
"""What names all dimensions that no letter names."""


@irdl_op_definition
class DotOp(IRDLOperation):
    """The product of two vectors or matrices, over the last dimension of the left and the first of
    the right.

    ```mlir
    %2 = stablehlo.dot %0, %1, precision = [DEFAULT, HIGHEST]
        : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2xf32>
    ```
    """

    name = "stablehlo.dot"

    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)
    precision_config = opt_prop_def(ArrayAttr[PrecisionAttr])
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    def __init__(
        self,
        lhs: SSAValue,
        rhs: SSAValue,
        result_type: Attribute,
        precision: ArrayAttr[PrecisionAttr] | None = None,
    ):
        super().__init__(
            operands=[lhs, rhs],
            properties={"precision_config": precision},
            result_types=[result_type],
        )

    def verify_(self) -> None:
        left, right = shape_of(self.lhs), shape_of(self.rhs)
        if not (1 <= len(left) <= 2 and 1 <= len(right) <= 2):
            raise VerifyException(
                f"multiplies vectors and matrices, not {self.lhs.type} and {self.rhs.type}"
            )
        if not compatible_shapes(left[-1:], right[:1]):
            raise VerifyException(
                f"the last dimension of {self.lhs.type} and the first of {self.rhs.type} differ"
            )
        expected = [*left[:-1], *right[1:]]
        if not compatible_shapes(expected, shape_of(self.result)):
            raise VerifyException(f"yields a tensor of shape {expected}, not {self.result.type}")

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list(self.operands, printer.print_ssa_value)
        print_precision(self.precision_config, printer)
        print_attributes(self, printer, ("precision_config",))
        printer.print_string(" : ")
        printer.print_operation_type(self)

    @classmethod
    def parse(cls, parser: Parser) -> DotOp:
        lhs = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        rhs = parser.parse_unresolved_operand()
        precision = parse_precision(parser)
        attributes = parser.parse_optional_attr_dict()
        values, type = resolve_like(parser, [lhs, rhs])
        op = cls(values[0], values[1], type, precision)
        add_attributes(op, attributes)
        return op


def print_precision(config: ArrayAttr[PrecisionAttr] | None, printer: Printer) -> None:
    """Prints `, precision = [DEFAULT, HIGHEST]`, if there is a configuration."""
    if config is not None:
        names = ", ".join(p.data.value for p in config)
        printer.print_string(f", precision = [{names}]")


def parse_precision(parser: Parser) -> ArrayAttr[PrecisionAttr] | None:
    """Parses `, precision = [DEFAULT, HIGHEST]`, or nothing."""
    if parser.parse_optional_punctuation(",") is None:
        return None
    parser.parse_keyword("precision")
    parser.parse_punctuation("=")
    names = parser.parse_comma_separated_list(
        Parser.Delimiter.SQUARE, lambda: parser.parse_str_enum(Precision)
    )
    return ArrayAttr([PrecisionAttr(n) for n in names])


# -- Einstein's notation -----------------------------------------------------------------------------


def subscripts(text: str) -> list[str]:
    """Returns the names of an operand's dimensions: letters, and at most one `...`.

    Raises VerifyException for anything else.
    """
    names, rest = [], text.strip()
    while rest:
        name = ELLIPSIS if rest.startswith(ELLIPSIS) else rest[0]
        if name != ELLIPSIS and not name.isalpha():
            raise VerifyException(f"'{name}' in '{text}' names no dimension")
        names.append(name)
        rest = rest[len(name) :].lstrip()
    if names.count(ELLIPSIS) > 1:
        raise VerifyException(f"'{text}' has more than one '...'")
    return names


def dimension_names(names: Sequence[str], rank: int) -> list[str]:
    """Returns a name for each dimension of a tensor: an ellipsis names those that are left from the
    right, `...0` the last of them.

    Raises VerifyException if names and dimensions do not match.
    """
    letters = len(names) - (ELLIPSIS in names)
    unnamed = rank - letters
    if unnamed < 0 or (unnamed and ELLIPSIS not in names):
        raise VerifyException(f"'{''.join(names)}' does not name {rank} dimensions")
    every = [f"{ELLIPSIS}{n}" for n in reversed(range(unnamed))]
    return [name for part in names for name in (every if part == ELLIPSIS else [part])]


class EinsumBase(IRDLOperation):
    """A sum of products in Einstein's notation: over each name that the result has not."""

    einsum_config = prop_def(StringAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    @property
    def names(self) -> tuple[list[list[str]], list[str]]:
        """The names of the dimensions of each operand, and of the result. Without an arrow, the
        result has the names that occur once, in alphabetical order, behind those of an ellipsis.

        Raises VerifyException for a text that names other dimensions than there are.
        """
        text, arrow, result = self.einsum_config.data.partition("->")
        parts = text.split(",")
        if len(parts) != len(self.operands):
            raise VerifyException(
                f"'{self.einsum_config.data}' has {len(parts)} operands, not {len(self.operands)}"
            )
        operands = [
            dimension_names(subscripts(part), len(shape_of(value)))
            for part, value in zip(parts, self.operands, strict=True)
        ]
        every = [name for names in operands for name in names]
        if arrow:
            return operands, self._result_names(subscripts(result), every)
        shared = sorted({n for n in every if n.startswith(ELLIPSIS)}, reverse=True)
        single = sorted(n for n in every if n.isalpha() and every.count(n) == 1)
        return operands, [*shared, *single]

    def _result_names(self, names: Sequence[str], known: Sequence[str]) -> list[str]:
        unnamed = len({n for n in known if n.startswith(ELLIPSIS)})
        letters = len(names) - (ELLIPSIS in names)
        result = dimension_names(names, letters + (unnamed if ELLIPSIS in names else 0))
        if unknown := [name for name in result if name not in known]:
            raise VerifyException(f"no operand has a dimension '{unknown[0]}'")
        if len(set(result)) != len(result):
            raise VerifyException("names a dimension of the result twice")
        return result

    def result_shape(self) -> list[int]:
        """Returns the sizes of the result's dimensions. Raises VerifyException for a dimension that
        has two sizes.
        """
        operands, result = self.names
        sizes: dict[str, int] = {}
        for value, names in zip(self.operands, operands, strict=True):
            for size, name in zip(shape_of(value), names, strict=True):
                known = sizes.setdefault(name, size)
                if known == DYNAMIC_INDEX or (name.startswith(ELLIPSIS) and known == 1):
                    sizes[name] = size
                elif DYNAMIC_INDEX != size != known and not (
                    name.startswith(ELLIPSIS) and size == 1
                ):
                    raise VerifyException(f"dimension '{name}' is both {known} and {size}")
        return [sizes[name] for name in result]

    def verify_(self) -> None:
        expected = self.result_shape()
        if not compatible_shapes(expected, shape_of(self.result)):
            raise VerifyException(f"yields a tensor of shape {expected}, not {self.result.type}")


@irdl_op_definition
class EinsumOp(EinsumBase):
    """A product of two tensors in Einstein's notation.

    ```mlir
    %2 = stablehlo.einsum %0, %1, config = "ab,bc->ac"
        : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
    ```
    """

    name = "stablehlo.einsum"

    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)

    assembly_format = (
        "$lhs `,` $rhs `,` `config` `=` $einsum_config attr-dict `:` "
        "functional-type(operands, results)"
    )

    def __init__(self, lhs: SSAValue, rhs: SSAValue, config: str, result_type: Attribute):
        super().__init__(
            operands=[lhs, rhs],
            properties={"einsum_config": StringAttr(config)},
            result_types=[result_type],
        )


@irdl_op_definition
class UnaryEinsumOp(EinsumBase):
    """Sums, diagonals and transposes of one tensor in Einstein's notation.

    ```mlir
    %1 = stablehlo.unary_einsum %0, config = "ab->a" : (tensor<2x3xf32>) -> tensor<2xf32>
    ```
    """

    name = "stablehlo.unary_einsum"

    operand = operand_def(TensorType)

    assembly_format = (
        "$operand `,` `config` `=` $einsum_config attr-dict `:` functional-type(operands, results)"
    )

    def __init__(self, operand: SSAValue, config: str, result_type: Attribute):
        super().__init__(
            operands=[operand],
            properties={"einsum_config": StringAttr(config)},
            result_types=[result_type],
        )


EINSUM_OPS: list[type[Operation]] = [DotOp, EinsumOp, UnaryEinsumOp]
"""Every op of this file."""
