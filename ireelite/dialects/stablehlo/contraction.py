"""Contractions of the `stablehlo` dialect: products of tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdsl.dialects.builtin import (
    ArrayAttr,
    IntegerAttr,
    TensorType,
    i64,
)
from xdsl.ir import Attribute, SSAValue
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
    DotAlgorithmAttr,
    DotDimensionNumbersAttr,
    Precision,
    PrecisionAttr,
    add_attributes,
    is_set,
    parse_dimensions,
    print_attributes,
)
from ireelite.dialects.stablehlo.elements import TypedElements, compatible_shapes
from ireelite.dialects.stablehlo.elementwise import resolve_like, set_result_type
from ireelite.dialects.stablehlo.quantized_products import (
    verify_quantized_product,
    verify_quantized_right_operand,
)
from ireelite.dialects.tensor_types import element_type_of, shape_of

ONE = IntegerAttr(1, i64)


def contracted_shape(
    lhs: SSAValue,
    rhs: SSAValue,
    contracting: tuple[Sequence[int], Sequence[int]],
    batching: tuple[Sequence[int], Sequence[int]],
) -> list[int]:
    """Returns the shape of the result: batching dimensions, then the free dimensions of each
    operand.

    Raises VerifyException for dimensions it has not.
    """
    shape = [shape_of(lhs)[d] for d in batching[0] if 0 <= d < len(shape_of(lhs))]
    for value, batched, contracted in zip((lhs, rhs), batching, contracting, strict=True):
        own, named = shape_of(value), [*batched, *contracted]
        if len(set(named)) != len(named) or any(not 0 <= d < len(own) for d in named):
            raise VerifyException(
                f"dimensions {named} do not name dimensions of {value.type} once each"
            )
        shape += [own[d] for d in range(len(own)) if d not in named]
    return shape


def verify_precision(
    config: ArrayAttr[PrecisionAttr] | None, algorithm: DotAlgorithmAttr | None
) -> None:
    """Raises VerifyException for more precisions than operands, for precisions that are asked for
    beside an algorithm, and for an algorithm of no parts.
    """
    precisions = [] if config is None else [p.data for p in config]
    if len(precisions) > 2:
        raise VerifyException(f"has 2 operands, but {len(precisions)} precisions")
    if algorithm is None:
        return
    if any(precision != Precision.DEFAULT for precision in precisions):
        raise VerifyException("has an algorithm, beside which precisions must be DEFAULT")
    for name in ("lhs_component_count", "rhs_component_count", "num_primitive_operations"):
        count = getattr(algorithm, name)
        if isinstance(count, IntegerAttr) and count.value.data < 1:
            raise VerifyException(f"algorithm needs a positive {name}, not {count.value.data}")
    if not is_known(algorithm):
        raise VerifyException(f"has an algorithm that no hardware has: {algorithm}")


KNOWN_ALGORITHMS: Mapping[tuple[str, str], Sequence[int]] = {
    ("f16", "f16"): (1,),
    ("f16", "f32"): (1,),
    ("bf16", "bf16"): (1,),
    ("bf16", "f32"): (1, 3, 6, 9),
    ("tf32", "f32"): (1, 3),
    ("f32", "f32"): (1,),
    ("f64", "f64"): (1,),
    ("f8", "f32"): (1,),
}
"""Formats of both operands and of the sum -> how many primitive operations a product may take. Any
formats of 8 bits are `f8`; theirs are the only sums that may be imprecise.
"""


def is_known(algorithm: DotAlgorithmAttr) -> bool:
    """Returns whether there is hardware that computes products by an algorithm."""
    left, right, total = (
        "f8" if str(type).startswith("f8") else str(type)
        for type in (
            algorithm.lhs_precision_type,
            algorithm.rhs_precision_type,
            algorithm.accumulation_type,
        )
    )
    counts = (algorithm.lhs_component_count, algorithm.rhs_component_count)
    operations = algorithm.num_primitive_operations
    return (
        left == right
        and all(count == ONE for count in counts)
        and isinstance(operations, IntegerAttr)
        and operations.value.data in KNOWN_ALGORITHMS.get((left, total), ())
        and (left == "f8" or not is_set(algorithm.allow_imprecise_accumulation))
    )


@irdl_op_definition
class DotGeneralOp(IRDLOperation):
    """Sums products over contracting dimensions, for each index of the batching dimensions.

    ```mlir
    %2 = stablehlo.dot_general %0, %1, contracting_dims = [1] x [0]
        : (tensor<16x64xf32>, tensor<64x128xf32>) -> tensor<16x128xf32>
    ```
    """

    name = "stablehlo.dot_general"

    lhs = operand_def(TensorType)
    rhs = operand_def(TensorType)
    dot_dimension_numbers = prop_def(DotDimensionNumbersAttr)
    precision_config = opt_prop_def(ArrayAttr[PrecisionAttr])
    algorithm = opt_prop_def(DotAlgorithmAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure(), TypedElements())

    def __init__(
        self,
        lhs: SSAValue,
        rhs: SSAValue,
        contracting: tuple[Sequence[int], Sequence[int]],
        batching: tuple[Sequence[int], Sequence[int]] = ((), ()),
        precision: ArrayAttr[PrecisionAttr] | None = None,
        result_element_type: Attribute | None = None,
    ):
        shape = contracted_shape(lhs, rhs, contracting, batching)
        super().__init__(
            operands=[lhs, rhs],
            properties={
                "dot_dimension_numbers": DotDimensionNumbersAttr.of(
                    *map(tuple, (*batching, *contracting))
                ),
                "precision_config": precision,
            },
            result_types=[TensorType(result_element_type or element_type_of(lhs), shape)],
        )

    @property
    def batching(self) -> tuple[list[int], list[int]]:
        """Batching dimensions of the left and of the right operand."""
        left, right, _, _ = self.dot_dimension_numbers.numbers
        return list(left), list(right)

    @property
    def contracting(self) -> tuple[list[int], list[int]]:
        """Contracting dimensions of the left and of the right operand."""
        _, _, left, right = self.dot_dimension_numbers.numbers
        return list(left), list(right)

    def verify_(self) -> None:
        expected = contracted_shape(self.lhs, self.rhs, self.contracting, self.batching)
        left, right = shape_of(self.lhs), shape_of(self.rhs)
        for what, (a, b) in (("batching", self.batching), ("contracting", self.contracting)):
            if not compatible_shapes([left[d] for d in a], [right[d] for d in b]):
                raise VerifyException(
                    f"{what} dimensions {a} of {self.lhs.type} and {b} of {self.rhs.type} do not "
                    "match"
                )
        if not compatible_shapes(shape_of(self.result), expected):
            raise VerifyException(f"yields a tensor of shape {expected}, not {self.result.type}")
        verify_quantized_product(self.lhs, self.rhs, self.result)
        verify_quantized_right_operand(self.rhs, self.contracting[1])
        verify_precision(self.precision_config, self.algorithm)

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_list((self.lhs, self.rhs), printer.print_ssa_value)
        if self.batching[0]:
            printer.print_string(", batching_dims = {} x {}".format(*self.batching))
        printer.print_string(", contracting_dims = {} x {}".format(*self.contracting))
        if self.precision_config is not None and self.precision_config.data:
            names = ", ".join(p.data.value for p in self.precision_config)
            printer.print_string(f", precision = [{names}]")
        if self.algorithm is not None:
            printer.print_string(", algorithm = ")
            self.algorithm.print_parameters(printer)
        print_attributes(self, printer, ("dot_dimension_numbers", "precision_config", "algorithm"))
        printer.print_string(" : ")
        printer.print_operation_type(self)

    @classmethod
    def parse(cls, parser: Parser) -> DotGeneralOp:
        lhs = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        rhs = parser.parse_unresolved_operand()
        pairs: dict[str, tuple[list[int], list[int]]] = {}
        more: dict[str, Attribute] = {}
        while parser.parse_optional_punctuation(",") is not None:
            place = parser._current_token.span
            key = parser.parse_identifier()
            parser.parse_punctuation("=")
            if key == "precision":
                names = parser.parse_comma_separated_list(
                    Parser.Delimiter.SQUARE, lambda: parser.parse_str_enum(Precision)
                )
                more["precision_config"] = ArrayAttr([PrecisionAttr(n) for n in names])
            elif key == "algorithm":
                more[key] = DotAlgorithmAttr(*DotAlgorithmAttr.parse_parameters(parser))
            elif key in ("batching_dims", "contracting_dims"):
                left = parse_dimensions(parser)
                parser.parse_characters("x")
                right = parse_dimensions(parser)
                pairs[key] = (list(left.get_values()), list(right.get_values()))
            else:
                parser.raise_error(f"unknown argument '{key}' of 'stablehlo.dot_general'", place)
        attributes = parser.parse_optional_attr_dict()
        place = parser.pos
        (left_value, right_value), type = resolve_like(parser, [lhs, rhs])
        if not isinstance(type, TensorType):
            parser.raise_error(f"'{cls.name}' yields a tensor, not a {type}", place)
        none: tuple[list[int], list[int]] = ([], [])
        op = cls(
            left_value,
            right_value,
            pairs.get("contracting_dims", none),
            pairs.get("batching_dims", none),
            None,
            type.element_type,
        )
        set_result_type(op, type, parser, place)
        add_attributes(op, more | attributes)
        return op
