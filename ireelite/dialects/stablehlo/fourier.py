"""Fourier transforms of the `stablehlo` dialect."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import (
    ComplexType,
    DenseArrayBase,
    Float32Type,
    Float64Type,
    IntegerType,
    TensorType,
    i64,
)
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.stablehlo.attributes import (
    FftType,
    FftTypeAttr,
    add_attributes,
    parse_dimensions,
    print_attributes,
)
from ireelite.dialects.stablehlo.elements import TypedElements, expect_results
from ireelite.dialects.stablehlo.elementwise import resolve_like
from ireelite.dialects.stablehlo.shapes import compatible
from ireelite.dialects.tensor_types import tensor_type_of


@irdl_op_definition
class FftOp(IRDLOperation):
    """The discrete Fourier transform over the last dimensions, one to three.

    ```mlir
    %1 = stablehlo.fft %0, type = RFFT, length = [16] : (tensor<3x16xf32>) -> tensor<3x9xcomplex<f32>>
    ```
    """

    name = "stablehlo.fft"

    operand = operand_def(TensorType)
    fft_type = prop_def(FftTypeAttr)
    fft_length = prop_def(DenseArrayBase[IntegerType])
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    def __init__(self, operand: SSAValue, kind: FftType, lengths: Sequence[int]):
        super().__init__(
            operands=[operand],
            properties={
                "fft_type": FftTypeAttr(kind),
                "fft_length": DenseArrayBase.from_list(i64, lengths),
            },
            result_types=[transformed(tensor_type_of(operand), kind, lengths)],
        )

    @property
    def kind(self) -> FftType:
        """Which transform it is."""
        return self.fft_type.data

    @property
    def lengths(self) -> tuple[int, ...]:
        """The lengths of the transform in the last dimensions."""
        return tuple(int(v) for v in self.fft_length.get_values())

    def verify_(self) -> None:
        expect_results(self, [transformed(tensor_type_of(self.operand), self.kind, self.lengths)])

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.operand)
        printer.print_string(f", type = {self.kind.value}, length = {list(self.lengths)}")
        print_attributes(self, printer, ("fft_type", "fft_length"))
        printer.print_string(" : ")
        printer.print_operation_type(self)

    @classmethod
    def parse(cls, parser: Parser) -> FftOp:
        operand = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        parser.parse_keyword("type")
        parser.parse_punctuation("=")
        kind = FftTypeAttr(parser.parse_str_enum(FftType))
        parser.parse_punctuation(",")
        parser.parse_keyword("length")
        parser.parse_punctuation("=")
        lengths = parse_dimensions(parser)
        attributes = parser.parse_optional_attr_dict()
        values, type = resolve_like(parser, [operand])
        op = cls.create(operands=values, result_types=[type])
        add_attributes(op, {"fft_type": kind, "fft_length": lengths, **attributes})
        return op


def transformed(operand: TensorType, kind: FftType, lengths: Sequence[int]) -> Attribute:
    """Returns the type of a transform's result. A transform of real numbers holds the first half of
    the frequencies in the last dimension; the others follow by symmetry.

    Raises VerifyException for a tensor that the transform does not take.
    """
    element, shape = operand.element_type, list(operand.get_shape())
    number = element.element_type if isinstance(element, ComplexType) else element
    is_real = not isinstance(element, ComplexType)
    if is_real != (kind is FftType.RFFT) or not isinstance(number, Float32Type | Float64Type):
        numbers = "real" if kind is FftType.RFFT else "complex"
        raise VerifyException(f"{kind.value} takes {numbers} numbers of f32 or f64, not {operand}")
    if not 1 <= len(lengths) <= 3 or len(lengths) > len(shape):
        raise VerifyException(f"transforms 1 to 3 dimensions of {operand}, not {len(lengths)}")
    half = lengths[-1] // 2 + 1 if lengths[-1] else 0
    taken = [*lengths[:-1], half] if kind is FftType.IRFFT else list(lengths)
    last = shape[-len(lengths) :]
    if any(n < 0 for n in lengths) or not compatible(last, taken):
        raise VerifyException(
            f"{kind.value} of length {list(lengths)} takes last dimensions {taken}, not {last}"
        )
    if kind is FftType.RFFT:
        return TensorType(ComplexType(number), [*shape[:-1], half])
    if kind is FftType.IRFFT:
        return TensorType(number, [*shape[: -len(lengths)], *lengths])
    return operand


FOURIER_OPS: list[type[IRDLOperation]] = [FftOp]
"""Every op of this file."""
